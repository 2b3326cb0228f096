/* A slot: the values that one variable of one template takes in a block, packed by what they look like. Text around all of them (a common
 * beginning and end) is kept once. Three streams take the parts, so that each compresses with its like: text, numbers, and random bytes that
 * do not compress at all (docs/store-format.md, "Slots"). */
#ifndef PLEACH_STORE_SLOT_H
#define PLEACH_STORE_SLOT_H
#include "base/arena.h"
#include "store/bytes.h"
#include "store/variable.h"

enum slot_kind { SLOT_SAME, SLOT_NUMBER, SLOT_HEX, SLOT_CODES, SLOT_TEXT, SLOT_KINDS };
enum { SLOT_MAX_DIGITS = 18, SLOT_MAX_CODES = 255, SLOT_MAX_HEX = 128 };

struct slot_streams { struct buf text, ints, plain; };
/* n > 0 values. */
void slot_encode(struct slot_streams *o, const struct str *v, size_t n);
/* The same for numbers only. False, and nothing is written, where they cannot be kept as numbers (zeros in front of some). */
bool slot_encode_numbers(struct slot_streams *o, const struct variable *v, size_t n);

struct slot_reader { struct bytes text, ints, plain; };
struct slot {
	enum slot_kind kind;
	uint32_t n;
	struct str before, after;     /* around each value; SLOT_SAME: before is the value */
	uint8_t digits;               /* SLOT_NUMBER: decimal digits with leading zeros; 0: as many as needed */
	uint8_t bytes;                /* SLOT_HEX: of each value */
	const uint8_t *raw;           /* SLOT_HEX: n times `bytes`; SLOT_CODES: n codes */
	const struct str *values;     /* SLOT_CODES */
	uint32_t value_count;
	struct str all;               /* SLOT_TEXT: the values without gaps */
	/* SLOT_NUMBER, SLOT_TEXT: unpacked by slot_unpack */
	const int64_t *numbers;
	const uint32_t *ends;         /* of each value in `all` */
	struct bytes packed_ints, packed_plain;
};
/* What can be said without unpacking numbers, which are skipped. False: malformed (then a stream of r is bad) or the arena is full. What the slot
 * points to lives as long as streams and arena. */
bool slot_decode(struct slot_reader *r, struct arena *a, uint32_t n, struct slot *out);
/* What a slot is, without taking it apart; fields that its kind does not have are not set. False: as above. */
struct slot_outline {
	enum slot_kind kind;
	uint8_t digits;               /* SLOT_NUMBER */
	struct str texts;             /* all that it has in the stream of texts */
	struct str raw;               /* SLOT_HEX */
	struct bytes ints, plain;     /* SLOT_NUMBER, SLOT_TEXT: n packed numbers begin there */
};
bool slot_skim(struct slot_reader *r, uint32_t n, struct slot_outline *out);
/* Before slot_value. False: malformed, or the arena is full. */
bool slot_unpack(struct slot *s, struct arena *a);
/* Appends value i. */
void slot_value(const struct slot *s, uint32_t i, struct buf *out);
/* The decimal text of a value of SLOT_NUMBER without what is around it, in out (24 bytes, used from its end); its beginning. */
const char *slot_decimal(const struct slot *s, uint32_t i, char out[24]);
#endif
