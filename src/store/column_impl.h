/* What the files that write columns share (column_write.h). */
#ifndef PLEACH_STORE_COLUMN_IMPL_H
#define PLEACH_STORE_COLUMN_IMPL_H
#include "store/column_write.h"

/* A stream's entry in the directory, and its bytes, compressed where that pays. */
void column_stream(struct column_shared *s, struct str raw, bool compress, struct buf *directory, struct buf *streams);
/* By this compressor; NULL: not compressed. */
void column_stream_by(struct column_shared *s, ZSTD_CCtx *compressor, struct str raw, struct buf *directory, struct buf *streams);
/* column_text.c: column_end of a column of text; lets go of the scratch memory. */
void column_end_text(struct column_shared *s, struct column_out *c, bool records, struct buf *directory, struct buf *streams);
void column_free_values(struct column_shared *s);
#endif
