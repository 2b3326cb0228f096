/* Needles in streams (scan_needle.h). */
#include "store/scan_needle.h"
#include "store/query_impl.h"
#include "store/slot.h"
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

enum { LONG_NEEDLE = 16, LEAST_HEX = 3 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static unsigned hex_value(char c) { return (unsigned)(is_digit(c) ? c - '0' : c - 'a' + 10); }

static struct needle_bytes bytes_of_digits(struct str digits, size_t from)
{
	struct needle_bytes h = { .before = from ? (int)hex_value(digits.p[0]) : -1, .behind = -1 };
	for (; from + 1 < digits.len && h.count < NEEDLE_WHOLE_BYTES; from += 2)
		h.whole[h.count++] = (uint8_t)(hex_value(digits.p[from]) << 4 | hex_value(digits.p[from + 1]));
	if (from < digits.len)
		h.behind = (int)hex_value(digits.p[from]);
	return h;
}

void needle_init(struct needle *n, struct str text)
{
	*n = (struct needle){ .text = text, .digits = text.len && text.len <= NEEDLE_MAX_DIGITS, .power = 1, .hex = text.len != 0 };
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		n->digits = n->digits && is_digit(c);
		n->hex = n->hex && (is_digit(c) || (c >= 'a' && c <= 'f'));
		if (!n->digits)
			continue;
		n->number = n->number * 10 + (uint64_t)(c - '0');
		n->power *= 10;
	}
	if (n->hex && text.len >= LEAST_HEX) {
		n->even = bytes_of_digits(text, 0);
		n->odd = bytes_of_digits(text, 1);
	}
}

/* --- texts ---------------------------------------------------------------------------------------------------------------------------------- */

static bool holds(struct str texts, struct str part) { return part.len == 0 || text_find_lower(texts, part) != SIZE_MAX; }

/* Cut in three, one piece is a third of the needle or more. Of a long needle: the first piece holds its first third, or the last one its last third, or
 * what lies between them is in the middle piece. */
static bool in_pieces(struct str texts, struct str needle)
{
	size_t third = (needle.len + 2) / 3;
	if (needle.len < LONG_NEEDLE) {
		bool any = third < 2;
		for (size_t i = 0; i + third <= needle.len && !any; i++)
			any = holds(texts, str_sub(needle, i, i + third));
		return any;
	}
	struct str first = str_sub(needle, 0, third), last = str_skip(needle, needle.len - third), middle = str_sub(needle, third, needle.len - third);
	return holds(texts, first) || holds(texts, last) || holds(texts, middle);
}

/* A run of digits of the needle may be (part of) a number: then what is before and behind it stands in the texts. */
static bool around_a_number(struct str texts, struct str needle)
{
	for (size_t from = 0, to; from < needle.len; from = to) {
		to = from + 1;
		if (!is_digit(needle.p[from]))
			continue;
		while (to < needle.len && is_digit(needle.p[to]))
			to++;
		struct str before = str_sub(needle, 0, from), behind = str_skip(needle, to);
		bool first = before.len >= behind.len;
		if (holds(texts, first ? before : behind) && holds(texts, first ? behind : before))
			return true;
	}
	return false;
}

bool needle_may_be_in_texts(const struct needle *n, struct str texts) { return in_pieces(texts, n->text) || around_a_number(texts, n->text); }

/* --- whole values --- */

enum { VALUE_MOST = 60, FRAMED_NUMBER = 8 + SLOT_NUMBER, FRAMED_CODES = 8 + SLOT_CODES, FRAMED_TEXT = 8 + SLOT_TEXT };

static bool begins_at(struct str texts, size_t at, struct str part)
{
	if (part.len > texts.len - at)
		return false;
	for (size_t i = 0; i < part.len; i++) {
		char c = texts.p[at + i];
		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != part.p[i])
			return false;
	}
	return true;
}

static bool is_framed(char kind) { return kind == FRAMED_NUMBER || kind == FRAMED_CODES || kind == FRAMED_TEXT; }

/* Whether a slot that begins here has a frame that the needle fits into, and may have what is left of the needle within. */
static bool fits_frame(struct str texts, size_t at, struct str needle)
{
	if (at + 2 >= texts.len || !is_framed(texts.p[at]))
		return false;
	size_t before = (uint8_t)texts.p[at + 1], then = at + 2 + before;
	if (before > needle.len || then >= texts.len || !begins_at(texts, at + 2, str_sub(needle, 0, before)))
		return false;
	size_t after = (uint8_t)texts.p[then];
	if (before + after == 0 || before + after > needle.len || !begins_at(texts, then + 1, str_skip(needle, needle.len - after)))
		return false;
	struct str within = str_sub(needle, before, needle.len - after);
	bool number = true;
	for (size_t i = 0; i < within.len; i++)
		number = number && is_digit(within.p[i]);
	return number || (texts.p[at] != FRAMED_NUMBER && holds(texts, within));
}

/* Each place that may be the beginning of a slot with a frame. Others may look like one: that lets more through. */
static bool in_frames(struct str texts, struct str needle)
{
	size_t i = 0;
#ifdef __SSE2__
	const __m128i number = _mm_set1_epi8(FRAMED_NUMBER), codes = _mm_set1_epi8(FRAMED_CODES), text = _mm_set1_epi8(FRAMED_TEXT);
	for (; i + 16 <= texts.len; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(texts.p + i));
		unsigned hits = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, number), _mm_cmpeq_epi8(x, codes)), _mm_cmpeq_epi8(x, text)));
		for (; hits; hits &= hits - 1)
			if (fits_frame(texts, i + (unsigned)__builtin_ctz(hits), needle))
				return true;
	}
#endif
	for (; i < texts.len; i++)
		if (fits_frame(texts, i, needle))
			return true;
	return false;
}

bool needle_may_be_value_in_texts(const struct needle *n, struct str texts)
{
	if (n->text.len > VALUE_MOST)
		return needle_may_be_in_texts(n, texts);
	return holds(texts, n->text) || in_frames(texts, n->text);
}

/* --- bytes ---------------------------------------------------------------------------------------------------------------------------------- */

static bool is_at(struct str in, size_t at, const struct needle_bytes *h)
{
	size_t end = at + h->count;
	/* The first and the last are known to be equal. */
	return (h->count <= 2 || memcmp(in.p + at, h->whole, h->count) == 0) && (h->before < 0 || (at > 0 && ((uint8_t)in.p[at - 1] & 15) == h->before)) &&
	       (h->behind < 0 || (end < in.len && (uint8_t)in.p[end] >> 4 == h->behind));
}

/* 16 places at a time by the first byte and the last. */
static bool find_bytes(struct str in, const struct needle_bytes *h)
{
	size_t i = 0, n = h->count;
	if (in.len < n)
		return false;
#ifdef __SSE2__
	const __m128i first = _mm_set1_epi8((char)h->whole[0]), last = _mm_set1_epi8((char)h->whole[n - 1]);
	for (; i + n - 1 + 16 <= in.len; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(in.p + i)), y = _mm_loadu_si128((const __m128i *)(const void *)(in.p + i + n - 1));
		unsigned hits = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(x, first), _mm_cmpeq_epi8(y, last)));
		for (; hits; hits &= hits - 1)
			if (is_at(in, i + (unsigned)__builtin_ctz(hits), h))
				return true;
	}
#endif
	for (; i + n <= in.len; i++)
		if ((uint8_t)in.p[i] == h->whole[0] && (uint8_t)in.p[i + n - 1] == h->whole[n - 1] && is_at(in, i, h))
			return true;
	return false;
}

bool needle_may_be_in_bytes(const struct needle *n, struct str bytes)
{
	if (!n->hex)
		return false;
	return n->text.len < LEAST_HEX ? bytes.len > 0 : find_bytes(bytes, &n->even) || find_bytes(bytes, &n->odd);
}

/* --- numbers -------------------------------------------------------------------------------------------------------------------------------- */

bool needle_in_number(const struct needle *n, int64_t v, unsigned digits)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, least = n->power / 10;
	/* Below `least` there are too few digits, but for zeros in front. */
	for (; u >= least || digits >= n->text.len; u /= 10, digits -= digits > 0)
		if (u % n->power == n->number && (u >= least || digits >= n->text.len))
			return true;
	return false;
}
