/* What the filters of a segment know of its texts: the tokens of variables for the block they stand in, those of templates for all blocks
 * (column_write.h), ids beside. */
#include "store/column_write.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Short numbers stand everywhere: they would fill the filter and exclude nothing. Searches know that (scan_filter.c). */
bool column_filters(struct str token)
{
	if (token.len >= TOKEN_MIN_DIGITS)
		return true;
	for (size_t i = 0; i < token.len; i++)
		if (token.p[i] < '0' || token.p[i] > '9')
			return true;
	return false;
}

uint64_t id_hash(const uint8_t id[16]) { return XXH64(id, 16, 0); }

static void note_id(struct column_shared *s, struct str token, struct str text, uint32_t block)
{
	uint8_t id[16];
	if ((token.len == 32 || token.len == 8) && token_id16(str_from(token.p, (size_t)(text.p + text.len - token.p)), token.len, id))
		filter_add(&s->ids, id_hash(id), block);
}

void column_note_id(struct column_shared *s, struct str token, struct str text) { note_id(s, token, text, s->block); }

void column_note_variable(struct column_shared *s, struct str var, struct str text)
{
	column_note_id(s, var, text);
	if (column_filters(var))
		filter_add(&s->tokens, token_hash(var), s->block);
}

static void note_static(struct column_shared *s, struct str token, struct str text)
{
	note_id(s, token, text, FILTER_ANY);
	filter_add(&s->tokens, token_hash(token), FILTER_ANY);
}

void column_note_tokens(struct column_shared *s, struct str text)
{
	struct str token;
	for (size_t at = 0; token_next(text, &at, &token);) {
		if (token_has_digit(token))
			column_note_variable(s, token, text);
		else
			note_static(s, token, text);
	}
}

void column_note_template(struct column_shared *s, struct str text)
{
	struct str token;
	for (size_t at = 0; token_next(text, &at, &token);)
		if (column_filters(token))
			note_static(s, token, text);
}

void column_note_number(struct column_shared *s, double v)
{
	char text[24];
	char *at = text + sizeof(text);
	if (v != (double)(int64_t)v || v > NUMBER_MAX || v < -NUMBER_MAX)
		return;
	uint64_t u = (uint64_t)(v < 0 ? -v : v);
	do {
		*--at = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	struct str digits = str_from(at, (size_t)(text + sizeof(text) - at));
	column_note_variable(s, digits, digits);
}

/* Numbers are equal as numbers however they are written: 00120, 1.2e2. Searches look for the usual spelling. */
void column_note_odd_number(struct column_shared *s, struct str text)
{
	double number;
	if (text.len < 40 && str_to_f64(text, &number))
		column_note_number(s, number);
}

void column_note_value(struct column_shared *s, const struct value *v, struct buf *text)
{
	switch (v->type) {
	case VALUE_EMPTY:
		return;
	case VALUE_INT:
		/* Small numbers are not in filters. */
		if (v->i > -1000 && v->i < 1000)
			return;
		column_note_number(s, (double)v->i);
		if (v->i > -NUMBER_MAX && v->i < NUMBER_MAX)
			return;
		break; /* not every digit of these is a double's */
	case VALUE_DOUBLE:
		column_note_number(s, v->d);
		break;
	case VALUE_STR:
		column_note_odd_number(s, v->s);
		break;
	default:
		break;
	}
	buf_clear(text);
	value_text(text, v);
	column_note_tokens(s, buf_str(text));
}
