/* The times of a block's rows where senders look at their clocks more or less closely: whole seconds, milliseconds, microseconds, or finer. How fine a row's
 * time is follows from its text's template but for exceptions; then each kind by itself is nearly a straight line (docs/store-format.md, "Times"). */
#ifndef PLEACH_STORE_TIMES_H
#define PLEACH_STORE_TIMES_H
#include "store/bytes.h"

enum { TIMES_BY_ENTRY = 16 }; /* first byte of the stream of numbers */
/* codes: by row, below `entries`. False, and nothing is written: it would not pay, or memory is short; numbers like any others then. */
bool times_encode(struct buf *out, struct buf *packed, const int64_t *v, uint32_t n, const uint16_t *codes, uint32_t entries);
/* Behind the first byte. False: malformed, or no memory. */
struct times_codes { const void *p; uint8_t width; }; /* as in a text column (block.h) */
bool times_decode(struct bytes *r, struct bytes *packed, int64_t *v, uint32_t n, struct times_codes codes, uint32_t entries);
#endif
