/* A variable of a text in eight bytes, so that hundreds of thousands of them can wait for their block: a number of at most 17 digits, which most are, with how
 * many digits it has (so nothing of its text is lost), or else where it stands in its text. Whoever has only numbers before him never looks at a text
 * again. */
#ifndef PLEACH_STORE_VARIABLE_H
#define PLEACH_STORE_VARIABLE_H
#include "base/str.h"

enum { VARIABLE_DIGITS = 17, VARIABLE_ROOM = 24 };
/* Bit 63: a number; bits 58 to 62 its digits, below it itself. Else bits 31 to 61: where it begins, below that its length. */
struct variable { uint64_t word; };
#define VARIABLE_NUMBER (UINT64_C(1) << 63)

static inline struct variable variable_at(size_t at, size_t len) { return (struct variable){ (uint64_t)at << 31 | len }; }
/* Of text that is digits only; beyond VARIABLE_DIGITS it is a place like any other. */
static inline struct variable variable_of_digits(size_t at, const char *p, size_t len)
{
	uint64_t v = 0;
	if (len > VARIABLE_DIGITS)
		return variable_at(at, len);
	for (size_t i = 0; i < len; i++)
		v = v * 10 + (uint64_t)(p[i] - '0');
	return (struct variable){ VARIABLE_NUMBER | (uint64_t)len << 58 | v };
}
static inline bool variable_is_number(struct variable v) { return v.word >> 63; }
static inline unsigned variable_digits(struct variable v) { return (unsigned)(v.word >> 58 & 31); }
static inline uint64_t variable_number(struct variable v) { return v.word & ((UINT64_C(1) << 58) - 1); }
/* Its bytes: in `room` for a number, else in the text that it is of. */
static inline struct str variable_text(struct variable v, const char *text, char room[VARIABLE_ROOM])
{
	if (!variable_is_number(v))
		return str_from(text + (v.word >> 31), v.word & 0x7fffffff);
	unsigned n = variable_digits(v);
	uint64_t u = variable_number(v);
	for (unsigned i = n; i-- > 0; u /= 10)
		room[i] = (char)('0' + u % 10);
	return str_from(room, n);
}
/* Whether two of the same kind of text are the same bytes. */
static inline bool variable_eq(struct variable a, const char *a_text, struct variable b, const char *b_text)
{
	if (a.word == b.word && (variable_is_number(a) || a_text == b_text))
		return true;
	if (variable_is_number(a) || variable_is_number(b))
		return false;
	return str_eq(str_from(a_text + (a.word >> 31), a.word & 0x7fffffff), str_from(b_text + (b.word >> 31), b.word & 0x7fffffff));
}
#endif
