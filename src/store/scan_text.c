/* Leaves of a query on text columns (scan_match.h). A leaf's verdict on a dictionary entry holds for every value that is this entry: never,
 * always, or maybe, by what its variables are. Why so much is certain: a variable is a whole token and has a digit (or is a group of a UUID), so a needle
 * of whole tokens without digits stands in the template or nowhere (text_split.h). Entry 0 is one variable of any text. */
#include "store/query_impl.h"
#include "store/scan_match.h"
#include "store/text_pool.h"
#include "store/text_split.h"
#include <stdlib.h>

enum { NUMBER_TEMPLATE = 8 }; /* the longest template of a number: signs, point, exponent and its variables */

/* A group of a UUID is a variable even without a digit. */
static bool like_uuid_group(struct str token)
{
	if (token.len != 4 && token.len != 8 && token.len != 12)
		return false;
	for (size_t i = 0; i < token.len; i++)
		if ((token.p[i] | 0x20) < 'a' || (token.p[i] | 0x20) > 'f')
			return false;
	return true;
}

void leaf_prepare(struct leaf_state *s)
{
	const struct query_node *n = s->leaf;
	struct str token, text = n->lower.p ? n->lower : n->text;
	bool tokens = n->compare == QUERY_TOKEN;
	s->dotted = n->op == QUERY_FIELD && n->field == FIELD_ATTRIBUTE && str_find_char(n->name, '.') != SIZE_MAX;
	s->single_token = text.len > 0;
	for (size_t i = 0; i < text.len; i++)
		s->single_token &= token_byte(text.p[i]);
	s->may_span_variables = !tokens || memchr(text.p, TEMPLATE_VAR, text.len);
	for (size_t at = 0; tokens && token_next(text, &at, &token);) {
		bool from_start = token.p == text.p, to_end = at == text.len;
		bool whole = (!from_start || n->edge_left) && (!to_end || n->edge_right);
		if (!whole || token_has_digit(token) || like_uuid_group(token))
			s->may_span_variables = true;
		else if (token.len > s->needed.len)
			s->needed = token;
	}
	s->needs_static = s->needed.len > 0;
	s->single_token = s->single_token && n->lower.p;
	if (s->single_token)
		needle_init(&s->needle, n->lower);
	bool other = false;
	for (size_t i = 0; s->single_token && i < n->lower.len; i++)
		other = other || n->lower.p[i] < '0' || n->lower.p[i] > '9';
	/* A word without digits stands in the dictionary where a filter says so, but for one segment of a thousand: there is nothing to ask before. */
	s->probes = s->single_token && other && (token_has_digit(n->lower) || s->needle.hex) && n->op == QUERY_TEXT && tokens && n->edge_left && n->edge_right && !n->is_span;
}

/* --- verdicts ----------------------------------------------------------------------------------------------------------------------------- */

static bool is_mark_only(struct str t) { return t.len == 1 && t.p[0] == TEMPLATE_VAR; }

/* Whether a value of this template can be equal (without case) to the text: what is before the first variable and behind the last decides. */
static bool can_equal(struct str template, struct str text)
{
	size_t first = str_find_char(template, TEMPLATE_VAR), behind = 0;
	while (behind < template.len && template.p[template.len - 1 - behind] != TEMPLATE_VAR)
		behind++;
	return text.len > first + behind && str_eq_ci(str_sub(template, 0, first), str_sub(text, 0, first)) &&
	       str_eq_ci(str_skip(template, template.len - behind), str_skip(text, text.len - behind));
}

static enum verdict judge_variable(const struct leaf_state *s, struct str t)
{
	const struct query_node *n = s->leaf;
	if (is_mark_only(t) || (n->op == QUERY_FIELD && n->is_number && t.len <= NUMBER_TEMPLATE))
		return VERDICT_MAYBE;
	switch (n->compare) {
	case QUERY_PRESENT:
		return VERDICT_ALWAYS;
	case QUERY_TOKEN:
		/* What stands beside a variable is no part of a token, so an edge there is a boundary exactly as in the text. */
		if (!memchr(n->text.p, TEMPLATE_VAR, n->text.len) && query_text_matches(n, t))
			return VERDICT_ALWAYS;
		if (!s->may_span_variables || (s->needs_static && text_find_lower(t, s->needed) == SIZE_MAX))
			return VERDICT_NEVER;
		return VERDICT_MAYBE;
	case QUERY_EXACT:
		return !memchr(n->text.p, TEMPLATE_VAR, n->text.len) && query_text_matches(n, t) ? VERDICT_ALWAYS : VERDICT_MAYBE;
	case QUERY_EQUAL:
		return can_equal(t, n->text) ? VERDICT_MAYBE : VERDICT_NEVER;
	case QUERY_NOT_EQUAL:
		return can_equal(t, n->text) ? VERDICT_MAYBE : VERDICT_ALWAYS;
	default:
		return VERDICT_MAYBE;
	}
}

/* The row matcher takes an empty text of a fixed field for a field that is not there, and doesn't compare it as a number (query_match.c). */
static bool whole_matches(struct matcher *m, const struct query_node *n, const struct column *c, struct str text)
{
	struct value v = { .type = (enum value_type)c->type, .s = text };
	if (c->id == COLUMN_ATTRIBUTE)
		return query_value_matches(n, &v, &m->scratch);
	return text.len || n->op == QUERY_TEXT ? query_text_matches(n, text) : query_absent_matches(n);
}

static enum verdict judge(struct matcher *m, const struct leaf_state *s, const struct column *c, struct str t)
{
	return memchr(t.p, TEMPLATE_VAR, t.len) ? judge_variable(s, t) : whole_matches(m, s->leaf, c, t) ? VERDICT_ALWAYS : VERDICT_NEVER;
}

/* Where the verdict on a text of the pool is kept, which holds in all segments. NULL: there is no room. */
static struct text_verdict *kept_verdict(struct leaf_state *s, const struct pool_text *t)
{
	if (t->number >= MATCH_MAX_TEXTS)
		return NULL;
	if (t->number >= s->text_count) {
		uint32_t count = s->text_count ? s->text_count : MATCH_FIRST_TEXTS;
		while (count <= t->number)
			count *= 2;
		struct text_verdict *texts = realloc(s->texts, count * sizeof(*texts));
		if (!texts)
			return NULL;
		memset(texts + s->text_count, 0, (count - s->text_count) * sizeof(*texts));
		s->texts = texts;
		s->text_count = count;
	}
	struct text_verdict *v = &s->texts[t->number];
	if (v->born != t->born)
		*v = (struct text_verdict){ .born = t->born, .verdict = VERDICT_UNKNOWN };
	return v;
}

static enum verdict judge_text(struct matcher *m, struct leaf_state *s, const struct column *c, struct str t)
{
	struct text_verdict *kept = m->r->dictionary.pooled ? kept_verdict(s, text_pool_of(t)) : NULL;
	if (!kept)
		return judge(m, s, c, t);
	if (kept->verdict == VERDICT_UNKNOWN)
		kept->verdict = judge(m, s, c, t);
	return (enum verdict)kept->verdict;
}

static enum verdict verdict_of(struct matcher *m, struct leaf_state *s, const struct column *c, uint32_t entry)
{
	struct str t = m->r->dictionary.texts[entry]; /* not yet looked at: it may be far away */
	/* Bytes are matched by their hex text, and JSON never as a number: the same entry means another thing there. */
	bool usual = c->id != COLUMN_ATTRIBUTE || c->type == VALUE_STR;
	if (!usual)
		return c->type == VALUE_JSON && !memchr(t.p, TEMPLATE_VAR, t.len) && !whole_matches(m, s->leaf, c, t) ? VERDICT_NEVER : VERDICT_MAYBE;
	uint8_t *known = &s->entries[entry];
	if (s->in_no_template && dictionary_vars(&m->r->dictionary, entry) > 0)
		return VERDICT_MAYBE;
	if (*known == VERDICT_UNKNOWN)
		*known = (uint8_t)judge_text(m, s, c, t);
	return (enum verdict)*known;
}

/* --- variables ------------------------------------------------------------------------------------------------------------------------------ */

/* Whether a character of the needle (lower case) can be in no value of the slot. */
static bool foreign_character(const struct query_node *n, const struct slot *s)
{
	for (size_t i = 0; i < n->lower.len; i++) {
		char c = n->lower.p[i];
		bool digit = c >= '0' && c <= '9';
		if (s->kind == SLOT_HEX ? digit || (c >= 'a' && c <= 'f') : digit)
			continue;
		char upper = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
		if (s->kind == SLOT_HEX || (!memchr(s->before.p, c, s->before.len) && !memchr(s->before.p, upper, s->before.len) &&
					    !memchr(s->after.p, c, s->after.len) && !memchr(s->after.p, upper, s->after.len)))
			return true;
	}
	return false;
}

/* Whether no value of the slot can match, found without looking at each. The needle is nothing but token characters. */
static bool slot_excluded(const struct query_node *n, const struct slot *s)
{
	switch (s->kind) {
	case SLOT_NUMBER:
	case SLOT_HEX:
		return foreign_character(n, s);
	case SLOT_TEXT:
		return s->before.len == 0 && s->after.len == 0 && text_find_lower(s->all, n->lower) == SIZE_MAX;
	default:
		return false;
	}
}

static bool slot_value_matches(struct matcher *m, const struct query_node *n, const struct slot *s, uint32_t i)
{
	buf_clear(&m->value);
	slot_value(s, i, &m->value);
	return query_text_matches(n, buf_str(&m->value));
}

/* A value of digits alone against a needle of digits: without making text of more than the number. */
static bool number_matches(const struct query_node *n, const struct slot *s, uint32_t i)
{
	char space[24];
	const char *from = slot_decimal(s, i, space);
	return query_text_matches(n, str_from(from, (size_t)(space + sizeof(space) - from)));
}

/* The least number that has as many digits as the needle: smaller ones can't hold it. */
static int64_t least_with(size_t digits)
{
	int64_t least = 1;
	for (size_t i = 1; i < digits && i < SLOT_MAX_DIGITS; i++)
		least *= 10;
	return least;
}

static bool numbers_hits(const struct query_node *n, const struct slot *s, uint8_t *hits)
{
	int64_t least = s->digits >= n->lower.len ? INT64_MIN : least_with(n->lower.len);
	bool any = false;
	for (uint32_t i = 0; i < s->n; i++)
		if (s->numbers[i] >= least && number_matches(n, s, i))
			hits[i] = any = true;
	return any;
}

/* A whole needle of hex digits is compared as bytes. */
static bool hex_hits(const struct query_node *n, const struct slot *s, uint8_t *hits)
{
	uint8_t raw[SLOT_MAX_HEX];
	bool any = false;
	if (n->lower.len != 2 * (size_t)s->bytes || !str_to_hex_bytes(n->lower, raw, s->bytes))
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		if (memcmp(s->raw + (size_t)i * s->bytes, raw, s->bytes) == 0)
			hits[i] = any = true;
	return any;
}

/* By value of the slot: 1 where it matches. Few different values are looked at once each. False: e is set. */
static bool slot_hits(struct matcher *m, const struct query_node *n, struct slot *s, uint8_t *hits, bool *any, struct err *e)
{
	if (s->kind == SLOT_SAME) {
		if (query_text_matches(n, s->before)) {
			memset(hits, 1, s->n);
			*any = true;
		}
		return true;
	}
	if (slot_excluded(n, s))
		return true;
	if (s->kind == SLOT_HEX && n->edge_left && n->edge_right) {
		*any |= hex_hits(n, s, hits);
		return true;
	}
	if (!slot_unpack(s, &m->r->block.arena))
		return segment_corrupt(m->r, "the values of a template", e);
	if (s->kind == SLOT_NUMBER && s->before.len == 0 && s->after.len == 0) {
		*any |= numbers_hits(n, s, hits);
		return true;
	}
	uint8_t by_code[SLOT_MAX_CODES + 1] = { 0 };
	for (uint32_t i = 0; i < s->n; i++) {
		uint8_t *known = s->kind == SLOT_CODES ? &by_code[s->raw[i]] : NULL;
		bool hit = known && *known ? *known == 2 : slot_value_matches(m, n, s, i);
		if (known)
			*known = hit ? 2 : 1;
		hits[i] |= hit;
		*any |= hit;
	}
	return true;
}

/* --- a column ------------------------------------------------------------------------------------------------------------------------------- */

/* What is to be done with the values of a column's local entries: a verdict on all of one, or look at its `hits` by number of the value among its like. */
struct judged {
	uint8_t *verdicts;            /* enum verdict */
	uint8_t **hits;               /* NULL: by text; only where a verdict is MAYBE */
	bool some, all;               /* not NEVER; ALWAYS */
	bool maybe;
};

/* A needle of one token matches a value where it matches a variable: the static text was looked at before. */
static bool by_variables(struct matcher *m, const struct query_node *n, struct column *c, uint32_t local, struct judged *j, struct err *e)
{
	bool any = false;
	uint32_t count;
	struct slot *slots = column_local(&m->r->block, c, local, &count, e);
	if (!slots)
		return false;
	j->hits[local] = arena_alloc(&m->r->block.arena, c->counts[local]);
	if (!j->hits[local])
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	for (uint32_t k = 0; k < count; k++)
		if (!slot_hits(m, n, &slots[k], j->hits[local], &any, e))
			return false;
	if (!any)
		j->verdicts[local] = VERDICT_NEVER;
	return true;
}

static bool value_matches(struct matcher *m, const struct query_node *n, struct column *c, uint32_t i, struct err *e)
{
	buf_clear(&m->value);
	return column_value(&m->r->block, c, i, &m->value, e) && whole_matches(m, n, c, buf_str(&m->value));
}

static void sum_up(struct judged *j, uint32_t n)
{
	j->some = j->maybe = false;
	j->all = true;
	for (uint32_t i = 0; i < n; i++) {
		j->maybe |= j->verdicts[i] == VERDICT_MAYBE;
		j->some |= j->verdicts[i] != VERDICT_NEVER;
		j->all &= j->verdicts[i] == VERDICT_ALWAYS;
	}
}

/* Whether a value matches where one of its variables does: then they can be looked at without making text of it. */
static bool asks_tokens(const struct leaf_state *s, const struct column *c)
{
	return s->leaf->compare == QUERY_TOKEN && s->single_token && !(s->leaf->op == QUERY_FIELD && s->leaf->is_number) && (c->id != COLUMN_ATTRIBUTE || c->type == VALUE_STR);
}

/* Verdicts by what the entries are and what their streams can't hold. */
static bool judge_entries(struct matcher *m, struct leaf_state *s, struct column *c, struct judged *j, struct err *e)
{
	bool absent = false;
	*j = (struct judged){ .verdicts = arena_alloc(&m->r->block.arena, c->locals) };
	if (!j->verdicts)
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	bool tokens = asks_tokens(s, c), before = tokens && s->dictionary_known && !s->in_dictionary;
	/* Where no entry has it, the streams are asked before, and mostly there is nothing else to ask. */
	if (before && !leaf_not_in_streams(m, s, c, &absent, e))
		return false;
	for (uint32_t i = 0; i < c->locals; i++)
		j->verdicts[i] = before && absent ? VERDICT_NEVER : (uint8_t)verdict_of(m, s, c, c->entries[i]);
	sum_up(j, c->locals);
	if (!j->maybe || !tokens)
		return true;
	if ((!before && !leaf_not_in_streams(m, s, c, &absent, e)) || (!absent && !leaf_exclude_entries(m, s, c, j->verdicts, e)))
		return false;
	for (uint32_t i = 0; i < c->locals && absent; i++)
		if (j->verdicts[i] == VERDICT_MAYBE)
			j->verdicts[i] = VERDICT_NEVER;
	sum_up(j, c->locals);
	return true;
}

static bool judge_values(struct matcher *m, struct leaf_state *s, struct column *c, struct judged *j, struct err *e)
{
	if (!j->maybe)
		return true;
	j->hits = ARENA_ARRAY(&m->r->block.arena, c->locals, uint8_t *);
	if (!j->hits)
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	if (!column_slots(&m->r->block, c, e))
		return false;
	for (uint32_t i = 0; i < c->locals && asks_tokens(s, c); i++)
		if (j->verdicts[i] == VERDICT_MAYBE && !by_variables(m, s->leaf, c, i, j, e))
			return false;
	sum_up(j, c->locals);
	return true;
}

/* May set e, which the caller looks at. */
static bool hit(struct matcher *m, const struct query_node *n, struct column *c, const struct judged *j, uint32_t value, struct err *e)
{
	uint32_t local = column_code(c, value);
	if (j->verdicts[local] != VERDICT_MAYBE)
		return j->verdicts[local] == VERDICT_ALWAYS;
	return j->hits[local] ? j->hits[local][c->nth[value]] : value_matches(m, n, c, value, e);
}

/* Every row has a value, and its code says all. */
static void always_rows(const struct block *b, const struct column *c, const struct judged *j, const uint64_t *rows, uint64_t *hits)
{
	for (uint32_t w = 0; w < bits_words(b->k->rows); w++) {
		uint32_t from = w * 64, to = from + 64 < b->k->rows ? from + 64 : b->k->rows;
		uint64_t word = 0;
		for (uint32_t row = from; row < to; row++)
			word |= (uint64_t)(j->verdicts[column_code(c, row)] == VERDICT_ALWAYS) << (row - from);
		hits[w] |= word & rows[w];
	}
}

bool leaf_text_column(struct matcher *m, struct leaf_state *s, struct column *c, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	struct judged j;
	bool mapped = c->id == COLUMN_ATTRIBUTE || c->id == COLUMN_REST;
	if (!judge_entries(m, s, c, &j, e) || !judge_values(m, s, c, &j, e))
		return false;
	if (!j.some)
		return true;
	if ((mapped && !block_map(b, e)) || !column_codes(b, c, e))
		return false;
	if (!mapped && !j.maybe) {
		always_rows(b, c, &j, rows, hits);
		return true;
	}
	for (uint32_t w = 0; w < bits_words(b->k->rows); w++)
		for (uint64_t left = rows[w] & ~hits[w]; left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left);
			uint32_t value = mapped ? c->at[row] : row;
			if (value != NO_VALUE && (j.all || hit(m, s->leaf, c, &j, value, e)))
				bits_set(hits, row);
		}
	return !err_is_set(e);
}

bool leaf_text_count(struct matcher *m, struct leaf_state *s, struct column *c, uint32_t *count, bool *known, struct err *e)
{
	struct judged j;
	*known = false;
	*count = 0;
	if (!judge_entries(m, s, c, &j, e))
		return false;
	*known = !j.maybe;
	for (uint32_t i = 0; i < c->locals; i++)
		*count += j.verdicts[i] == VERDICT_ALWAYS ? c->counts[i] : 0;
	return true;
}
