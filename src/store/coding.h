/* Bodies as they were before compression, for the protocols that are not OTLP. What comes out is bounded by the buffer's limit and never
 * believed in advance. */
#ifndef PLEACH_STORE_CODING_H
#define PLEACH_STORE_CODING_H
#include "base/buf.h"
#include "base/err.h"

/* By the words of Content-Encoding: none, identity, gzip, x-gzip, deflate, zstd, snappy (raw block format, as Prometheus and Loki name it).
 * *body is the input itself where nothing was compressed, else what now is in `out`. ERR_MEDIA_TYPE for other words, ERR_INPUT for damaged
 * data, ERR_TOO_LARGE beyond out's limit. */
bool coding_decode(struct str coding, struct str in, struct buf *out, struct str *body, struct err *e);
bool snappy_inflate(struct str in, struct buf *out, struct err *e);
bool zstd_inflate(struct str in, struct buf *out, struct err *e);
#endif
