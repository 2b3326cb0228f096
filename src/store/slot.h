/* A slot: the values that one variable of one template takes in a block, packed by what they look like. Text around all of them (a common
 * beginning and end) is kept once. Three streams take the parts, so that each compresses with its like: text, numbers, and random bytes that
 * do not compress at all (docs/store-format.md, "Slots"). */
#ifndef PLEACH_STORE_SLOT_H
#define PLEACH_STORE_SLOT_H
#include "base/arena.h"
#include "store/bytes.h"

enum slot_kind { SLOT_SAME, SLOT_NUMBER, SLOT_HEX, SLOT_CODES, SLOT_TEXT, SLOT_KINDS };
enum { SLOT_MAX_DIGITS = 18, SLOT_MAX_CODES = 255, SLOT_MAX_HEX = 128 };

struct slot_streams { struct buf text, ints, plain; };
/* n > 0 values. */
void slot_encode(struct slot_streams *o, const struct str *v, size_t n);

struct slot_reader { struct bytes text, ints, plain; };
struct slot {
	enum slot_kind kind;
	uint32_t n;
	struct str before, after;     /* around each value; SLOT_SAME: before is the value */
	uint8_t digits;               /* SLOT_NUMBER: decimal digits with leading zeros; 0: as many as needed */
	uint8_t bytes;                /* SLOT_HEX: of each value */
	const int64_t *numbers;       /* SLOT_NUMBER */
	const uint8_t *raw;           /* SLOT_HEX: n times `bytes`; SLOT_CODES: n codes */
	const struct str *values;     /* SLOT_CODES */
	uint32_t value_count;
	const uint32_t *ends;         /* SLOT_TEXT: end of each value in `all` */
	struct str all;
};
/* False: malformed (then a stream of r is bad) or the arena is full. What the slot points to lives as long as streams and arena. */
bool slot_decode(struct slot_reader *r, struct arena *a, uint32_t n, struct slot *out);
/* Appends value i. */
void slot_value(const struct slot *s, uint32_t i, struct buf *out);
#endif
