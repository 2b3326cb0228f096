/* What the readers of segment files share (segment_file.c, segment_read.c, segment_tables.c). */
#ifndef PLEACH_STORE_SEGMENT_FILE_H
#define PLEACH_STORE_SEGMENT_FILE_H
#include "store/segment.h"

enum { SEGMENT_ENDS = SEGMENT_HEADER + SEGMENT_TRAILER + 512 /* about: what is read when a file is opened */ };
/* Sets e. Returns false. */
bool segment_damaged(const struct segment *s, const char *what, struct err *e);
/* All n bytes, or e is set. */
bool segment_pread(int fd, void *to, size_t n, uint64_t offset, const struct segment *s, struct err *e);
#endif
