/* Whole numbers of a column, packed: the same for all, or offsets from the smallest (or from the number before), in units of a common
 * power of a thousand, with as many bytes as the largest needs, byte by byte in planes so that compression finds the high bytes together.
 * The format is in docs/store-format.md, "Numbers". */
#ifndef PLEACH_STORE_INTS_H
#define PLEACH_STORE_INTS_H
#include "store/bytes.h"

void ints_encode(struct buf *out, const int64_t *v, size_t n);
/* n numbers off r into v; on a fault r becomes bad and v is zeros. */
void ints_decode(struct bytes *r, int64_t *v, size_t n);
/* Moves r behind n numbers without unpacking them. */
void ints_skip(struct bytes *r, size_t n);
#endif
