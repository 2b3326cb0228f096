/* Templates and variables of text (text_split.h). Bytes are classified 16 at a time into sets of bits, and only tokens with a digit are visited. */
#include "store/text_split.h"
#include "store/scratch.h"
#define XXH_INLINE_ALL /* tokens are short: a call would cost more than the hash */
#include <xxhash.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

enum { OTHER = 0, LETTER = 1, DIGIT = 2, MARK = 4 };
static const uint8_t classes[256] = {
	['0' ... '9'] = DIGIT, ['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER, ['_'] = LETTER, [0x80 ... 0xff] = LETTER, [TEMPLATE_VAR] = MARK };
static inline uint8_t class_of(char c) { return classes[(uint8_t)c]; }

bool token_byte(char c) { return class_of(c) & (LETTER | DIGIT); }

bool token_has_digit(struct str token)
{
	for (size_t i = 0; i < token.len; i++)
		if (class_of(token.p[i]) == DIGIT)
			return true;
	return false;
}

bool token_next(struct str text, size_t *at, struct str *token)
{
	size_t i = *at;
	while (i < text.len && !token_byte(text.p[i]))
		i++;
	size_t start = i;
	while (i < text.len && token_byte(text.p[i]))
		i++;
	*at = i;
	*token = str_sub(text, start, i);
	return i > start;
}

uint64_t token_hash(struct str token)
{
	SCRATCH char low[TOKEN_HASHED];
	size_t n = token.len < TOKEN_HASHED ? token.len : TOKEN_HASHED;
	bool upper = false;
	for (size_t i = 0; i < n; i++)
		upper |= token.p[i] >= 'A' && token.p[i] <= 'Z';
	for (size_t i = 0; i < n && upper; i++) {
		char c = token.p[i];
		low[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return XXH3_64bits(upper ? low : token.p, n);
}

/* The value of a hex digit, 16 and more for all else. */
static const uint8_t hex_values[256] = {
	[0 ... '0' - 1] = 255, ['9' + 1 ... 'A' - 1] = 255, ['F' + 1 ... 'a' - 1] = 255, ['f' + 1 ... 255] = 255,
	['0'] = 0, ['1'] = 1, ['2'] = 2, ['3'] = 3, ['4'] = 4, ['5'] = 5, ['6'] = 6, ['7'] = 7, ['8'] = 8, ['9'] = 9,
	['a'] = 10, ['b'] = 11, ['c'] = 12, ['d'] = 13, ['e'] = 14, ['f'] = 15, ['A'] = 10, ['B'] = 11, ['C'] = 12, ['D'] = 13, ['E'] = 14, ['F'] = 15 };

static bool hex_run(const char *p, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i += 2) {
		unsigned high = hex_values[(uint8_t)p[i]], low = hex_values[(uint8_t)p[i + 1]];
		if ((high | low) > 15)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}

enum { UUID_LENGTH = 36, UUID_GROUPS = 5 };
static const uint8_t uuid_at[UUID_GROUPS] = { 0, 9, 14, 19, 24 }, uuid_len[UUID_GROUPS] = { 8, 4, 4, 4, 12 };

/* A UUID at p, of which n bytes are there, not followed by more of its last group. */
static bool uuid(const char *p, size_t n, uint8_t id[16])
{
	if (n < UUID_LENGTH || p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-' || (n > UUID_LENGTH && token_byte(p[UUID_LENGTH])))
		return false;
	uint8_t *to = id;
	for (int g = 0; g < UUID_GROUPS; to += uuid_len[g] / 2, g++)
		if (!hex_run(p + uuid_at[g], uuid_len[g], to))
			return false;
	return true;
}

bool token_id16(struct str text, size_t token, uint8_t id[16])
{
	if (token == 32)
		return hex_run(text.p, 32, id);
	return token == 8 && uuid(text.p, text.len, id);
}

/* --- splitting --------------------------------------------------------------------------------------------------------------------------- */

static bool whole(struct text_split *s, struct str text)
{
	s->text[0] = TEMPLATE_VAR;
	s->len = s->vars = 1;
	s->var[0] = text;
	s->word[0] = variable_at(0, text.len);
	return false;
}

/* The text being cut. from: what is not yet written. */
struct cutting { struct text_split *s; const char *text, *from, *end; };

/* Most pieces are short, and a copy of a fixed size needs no call: where there is as much to read, more is copied than is meant. */
static inline void copy(char *to, const char *from, size_t n, const char *end)
{
	if (n <= TEMPLATE_SLACK && end - from >= TEMPLATE_SLACK)
		memcpy(to, from, TEMPLATE_SLACK);
	else
		memcpy(to, from, n);
}

/* Static text up to the variable, then its mark. */
static inline bool emit(struct cutting *c, const char *start, const char *stop, bool digits)
{
	struct text_split *s = c->s;
	size_t n = (size_t)(start - c->from), len = (size_t)(stop - start), at = (size_t)(start - c->text);
	if (s->len + n + 1 > TEMPLATE_MAX_BYTES || s->vars == TEMPLATE_MAX_VARS)
		return false;
	copy(s->text + s->len, c->from, n, c->end);
	s->len += (uint32_t)n;
	s->text[s->len++] = TEMPLATE_VAR;
	s->word[s->vars] = digits ? variable_of_digits(at, start, len) : variable_at(at, len);
	s->var[s->vars++] = str_from(start, len);
	c->from = stop;
	return true;
}

static bool all_digits(const char *p, const char *end)
{
	while (p < end && class_of(*p) == DIGIT)
		p++;
	return p == end;
}

static bool emit_uuid(struct cutting *c, const char *p)
{
	for (int g = 0; g < UUID_GROUPS; g++) {
		const char *start = p + uuid_at[g], *stop = start + uuid_len[g];
		if (!emit(c, start, stop, all_digits(start, stop)))
			return false;
	}
	return true;
}

/* Bytes of a piece of text by class, a bit each. */
enum { PIECE = 64 };
struct classes { uint64_t token, digit; bool mark; };

#ifdef __SSE2__
static inline uint64_t in_range(__m128i x, char from, int count)
{
	__m128i shifted = _mm_add_epi8(x, _mm_set1_epi8((char)(-from - 128)));
	return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(shifted, _mm_set1_epi8((char)(-128 + count))));
}

static inline struct classes classify_full(const char *p)
{
	struct classes c = { 0 };
	__m128i marks = _mm_setzero_si128();
	for (unsigned k = 0; k < PIECE / 16; k++) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * k));
		uint64_t digit = in_range(x, '0', 10);
		uint64_t other = in_range(_mm_or_si128(x, _mm_set1_epi8(0x20)), 'a', 26) | (uint64_t)(unsigned)_mm_movemask_epi8(x) |
				 (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8('_')));
		marks = _mm_or_si128(marks, _mm_cmpeq_epi8(x, _mm_set1_epi8(TEMPLATE_VAR)));
		c.digit |= digit << (16 * k);
		c.token |= (digit | other) << (16 * k);
	}
	c.mark = _mm_movemask_epi8(marks);
	return c;
}
#endif

static inline struct classes classify(const char *p, size_t n)
{
#ifdef __SSE2__
	char padded[PIECE] = { 0 }; /* zeros are of no class */
	if (n >= PIECE)
		return classify_full(p);
	memcpy(padded, p, n);
	return classify_full(padded);
#else
	struct classes c = { 0 };
	for (size_t i = 0; i < n && i < PIECE; i++) {
		uint8_t is = class_of(p[i]);
		c.digit |= (uint64_t)(is == DIGIT) << i;
		c.token |= (uint64_t)((is & (LETTER | DIGIT)) != 0) << i;
		c.mark |= is == MARK;
	}
	return c;
#endif
}

/* The UUID that this token, with a digit, is a group of, when the groups before it have none; NULL: it is none. from: what is still free. */
static const char *uuid_around(const char *from, const char *token, size_t len, const char *end)
{
	uint8_t id[16];
	for (int g = 0; g < UUID_GROUPS; g++) {
		const char *start = token - uuid_at[g];
		if (len != uuid_len[g] || token - from < uuid_at[g] || (start > from && token_byte(start[-1])))
			continue;
		if ((g == 0 ? token + len < end && token[len] == '-' : token[-1] == '-') && uuid(start, (size_t)(end - start), id))
			return start;
	}
	return NULL;
}

/* Only tokens with a digit are looked at. digits: it has nothing else. */
static inline bool cut(struct cutting *c, const char *start, const char *stop, bool digits)
{
	size_t len = (size_t)(stop - start);
	bool group = (len == 8 || len == 4 || len == 12) && ((stop < c->end && *stop == '-') || (start > c->from && start[-1] == '-'));
	const char *whole_id = group ? uuid_around(c->from, start, len, c->end) : NULL;
	return whole_id ? emit_uuid(c, whole_id) : emit(c, start, stop, digits);
}

bool text_split(struct text_split *s, struct str text)
{
	const char *end = text.p + text.len, *token = NULL; /* token: where one began that goes on in this piece */
	struct cutting c = { s, text.p, text.p, end };
	bool digit = false;                                 /* seen in it */
	s->len = s->vars = 0;
	for (size_t at = 0; at < text.len; at += PIECE) {
		const char *p = text.p + at;
		size_t n = text.len - at < PIECE ? text.len - at : PIECE;
		struct classes is = classify(p, n);
		if (is.mark)
			return whole(s, text);
		size_t i = 0;
		if (token) {
			uint64_t ends = ~is.token;
			i = ends ? (size_t)__builtin_ctzll(ends) : PIECE;
			digit |= (is.digit & (i < PIECE ? (UINT64_C(1) << i) - 1 : UINT64_MAX)) != 0;
			if (i >= PIECE)
				continue;
			token = token < c.from ? c.from : token;
			if (digit && p + i > c.from && !cut(&c, token, p + i, all_digits(token, p + i)))
				return whole(s, text);
			token = NULL;
		}
		for (uint64_t digits = i < PIECE ? is.digit >> i << i : 0; digits;) {
			size_t d = (size_t)__builtin_ctzll(digits);
			uint64_t gaps = ~is.token & ((UINT64_C(1) << d) - 1), ends = ~is.token >> d;
			size_t start = gaps ? 64 - (size_t)__builtin_clzll(gaps) : 0;
			size_t stop = ends ? d + (size_t)__builtin_ctzll(ends) : PIECE;
			if (stop >= PIECE) {
				token = p + start;
				digit = true;
				break;
			}
			digits = digits >> stop << stop;
			uint64_t token_bits = ((UINT64_C(1) << (stop - start)) - 1) << start; /* stop < PIECE */
			if (p + start >= c.from && !cut(&c, p + start, p + stop, (is.digit & token_bits) == token_bits))
				return whole(s, text);
		}
		/* A token without a digit so far may go on, too. */
		if (!token && n == PIECE && is.token >> (PIECE - 1)) {
			uint64_t gaps = ~is.token;
			token = p + (gaps ? 64 - (size_t)__builtin_clzll(gaps) : 0);
			digit = false;
		}
	}
	if (token && digit && end > c.from) {
		token = token < c.from ? c.from : token;
		if (!cut(&c, token, end, all_digits(token, end)))
			return whole(s, text);
	}
	size_t n = (size_t)(end - c.from);
	if (s->len + n > TEMPLATE_MAX_BYTES)
		return whole(s, text);
	memcpy(s->text + s->len, c.from, n);
	s->len += (uint32_t)n;
	return true;
}
