/* Whether a needle can stand in what a column's streams hold, without taking values apart. A needle is in lower case and nothing but characters of tokens,
 * so it lies within one token; it may be a part of one. "No" is certain. */
#ifndef PLEACH_STORE_SCAN_NEEDLE_H
#define PLEACH_STORE_SCAN_NEEDLE_H
#include "base/str.h"

enum { NEEDLE_WHOLE_BYTES = 64 };
/* Whole bytes of hex digits, and the half bytes before and behind them (-1: none). */
struct needle_bytes { uint8_t whole[NEEDLE_WHOLE_BYTES]; size_t count; int before, behind; };
struct needle {
	struct str text;
	bool digits;                  /* nothing but decimal digits, at most NEEDLE_MAX_DIGITS: then */
	uint64_t number, power;       /* its value, and 10 to the number of its digits */
	bool hex;                     /* nothing but hex digits: then, from 3 on, as they stand in bytes */
	struct needle_bytes even, odd; /* beginning with the upper half of a byte, with the lower half */
};
enum { NEEDLE_MAX_DIGITS = 18 };
void needle_init(struct needle *n, struct str text);
/* The stream of texts of a column, in which a value stands in at most three pieces, or in two around a number. Not for a needle of digits only. */
bool needle_may_be_in_texts(const struct needle *n, struct str texts);
/* The same for a needle that is a whole token, not of digits alone, in a column whose variables are whole tokens (none is of entry 0): so it is the whole of a value, around which
 * a frame may stand (docs/store-format.md, "Slots"). Lets far less through. */
bool needle_may_be_value_in_texts(const struct needle *n, struct str texts);
/* Bytes whose hex digits are values, or parts of such. */
bool needle_may_be_in_bytes(const struct needle *n, struct str bytes);
/* Of a needle of digits: whether they stand in the decimal text of the number (its sign is none of it), which has at least `digits` digits. */
bool needle_in_number(const struct needle *n, int64_t v, unsigned digits);
#endif
