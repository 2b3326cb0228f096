/* Base64 (RFC 4648). */
#ifndef PLEACH_BASE_BASE64_H
#define PLEACH_BASE_BASE64_H
#include "base/arena.h"
#include "base/buf.h"
/* Appends, with padding, in the standard alphabet. */
void base64_encode(struct buf *out, struct str bytes);
/* Both alphabets, padded or not, into the arena; false for any other text, or when the arena is full. */
bool base64_decode(struct arena *a, struct str text, struct str *out);
#endif
