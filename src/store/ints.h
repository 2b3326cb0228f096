/* Whole numbers of a column, packed by what they look like (docs/store-format.md, "Numbers"): offsets from the smallest, or from the number before;
 * places in a list of the few that occur; or, for times of which some are finer than others, each kind apart. Offsets are in units of a
 * common power of a thousand. What looks random goes bit by bit to a stream that is not compressed, the rest byte by byte, in planes, to one that is.
 *
 * `packed` may be the same buf as `out` where there is one stream only. */
#ifndef PLEACH_STORE_INTS_H
#define PLEACH_STORE_INTS_H
#include "base/arena.h"
#include "store/bytes.h"

void ints_encode(struct buf *out, struct buf *packed, const int64_t *v, size_t n);
/* n numbers off both streams (ints_skip: without unpacking them) into v; on a fault r becomes bad and v is zeros. */
void ints_skip(struct bytes *r, struct bytes *packed, size_t n);
/* Bounds of the n numbers that begin there, read off their head. False: it does not tell (n is more than a piece, or times). */
bool ints_bounds(struct bytes r, size_t n, int64_t *least, int64_t *most);
void ints_decode(struct bytes *r, struct bytes *packed, int64_t *v, size_t n);
#endif
