/* Templates and variables of text (text_split.h). One pass over the bytes by a table of their classes. */
#include "store/text_split.h"
#include <xxhash.h>

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
	char low[TOKEN_HASHED];
	size_t n = token.len < TOKEN_HASHED ? token.len : TOKEN_HASHED;
	for (size_t i = 0; i < n; i++) {
		char c = token.p[i];
		low[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return XXH3_64bits(low, n);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_run(const char *p, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i += 2) {
		int high = hex_value(p[i]), low = hex_value(p[i + 1]);
		if (high < 0 || low < 0)
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
	return false;
}

/* Static text up to the variable, then its mark. */
static inline bool emit(struct text_split *s, const char *from, const char *to, struct str var)
{
	size_t n = (size_t)(to - from);
	if (s->len + n + 1 > TEMPLATE_MAX_BYTES || s->vars == TEMPLATE_MAX_VARS)
		return false;
	memcpy(s->text + s->len, from, n);
	s->len += (uint32_t)n;
	s->text[s->len++] = TEMPLATE_VAR;
	s->var[s->vars++] = var;
	return true;
}

static bool emit_uuid(struct text_split *s, const char *from, const char *p)
{
	for (int g = 0; g < UUID_GROUPS; g++) {
		if (!emit(s, from, p + uuid_at[g], str_from(p + uuid_at[g], uuid_len[g])))
			return false;
		from = p + uuid_at[g] + uuid_len[g];
	}
	return true;
}

bool text_split(struct text_split *s, struct str text)
{
	const char *p = text.p, *end = p + text.len, *from = p;
	uint8_t id[16];
	s->len = s->vars = 0;
	while (p < end) {
		uint8_t c = class_of(*p), seen = 0;
		if (!(c & (LETTER | DIGIT))) {
			if (c == MARK)
				return whole(s, text);
			p++;
			continue;
		}
		const char *start = p;
		for (; p < end && (c = class_of(*p)) & (LETTER | DIGIT); p++)
			seen |= c;
		if (p - start == 8 && p < end && *p == '-' && uuid(start, (size_t)(end - start), id)) {
			if (!emit_uuid(s, from, start))
				return whole(s, text);
			from = p = start + UUID_LENGTH;
		} else if (seen & DIGIT) {
			if (!emit(s, from, start, str_from(start, (size_t)(p - start))))
				return whole(s, text);
			from = p;
		}
	}
	size_t n = (size_t)(end - from);
	if (s->len + n > TEMPLATE_MAX_BYTES)
		return whole(s, text);
	memcpy(s->text + s->len, from, n);
	s->len += (uint32_t)n;
	return true;
}
