/* gzip and deflate bodies (zlib), with a limit on what comes out (OTLP 1.11 asks for a bound after decompression). */
#ifndef PLEACH_BASE_GZIP_H
#define PLEACH_BASE_GZIP_H
#include "base/buf.h"
#include "base/err.h"
/* Appends the decompressed bytes; ERR_INPUT for malformed or truncated data, ERR_TOO_LARGE beyond out's limit. Concatenated gzip members
 * are all read. */
bool gzip_inflate(struct str in, struct buf *out, struct err *e);
bool gzip_deflate(struct str in, int level, struct buf *out);
#endif
