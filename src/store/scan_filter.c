/* Which blocks a query can match at all, by the filters of the segment (scan_match.h): a leaf that asks for whole tokens needs each of them to be in the
 * block, or among the static ones of the segment. */
#include "store/column_write.h"
#include "store/scan_match.h"
#include "store/text_split.h"
#include <stdio.h>
#include <xxhash.h>

/* --- what a leaf needs of the filters ------------------------------------------------------------------------------------------------------- */

static void need(struct matcher *m, uint64_t hash, bool id)
{
	for (uint32_t i = 0; i < m->need_count; i++)
		if (m->needs[i].hash == hash && m->needs[i].id == id)
			return;
	if (m->need_count < MATCH_MAX_TOKENS)
		m->needs[m->need_count++] = (struct token_need){ .hash = hash, .id = id };
}

/* Whether every match of the leaf has the value's tokens in it, as the writer saw them. Below a dotted name only where that is not within JSON. */
static bool is_filtered(const struct query_node *n)
{
	if (n->op == QUERY_TEXT)
		return n->compare == QUERY_TOKEN || n->compare == QUERY_EXACT;
	if (n->compare != QUERY_TOKEN && n->compare != QUERY_EQUAL)
		return false;
	if (n->field == FIELD_TRACE)
		return true;
	return n->field == FIELD_ATTRIBUTE || (n->field == FIELD_BODY && !n->attribute_first);
}

/* Variables have digits, or are groups of a UUID, or ids, in hex: any other token is entered for all blocks of its segment or not at all
 * (column_tokens.c), so there is no need to ask for one. */
static bool never_varies(struct str token)
{
	bool hex = true;
	for (size_t i = 0; i < token.len; i++) {
		char c = token.p[i];
		if (c >= '0' && c <= '9')
			return false;
		hex = hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
	}
	return !hex;
}

/* Calls fn with each hash that must be in a block (or, shared, in the segment) if the leaf is to match there. */
static void each_need(const struct query_node *n, void (*fn)(void *ctx, uint64_t hash, bool id, bool shared), void *ctx)
{
	char number[24];
	struct str text = n->text, token;
	bool whole = n->compare == QUERY_EQUAL;
	if (!is_filtered(n))
		return;
	if (n->is_trace) {
		fn(ctx, XXH64(n->trace.b, sizeof(n->trace.b), 0), true, false);
		return;
	}
	if (n->op == QUERY_FIELD && n->field == FIELD_ATTRIBUTE && n->is_number) {
		double v = n->number < 0 ? -n->number : n->number;
		if (v > 1e15 || v != (double)(int64_t)v)
			return;
		text = str_from(number, (size_t)snprintf(number, sizeof(number), "%lld", (long long)v));
		whole = true;
	}
	for (size_t at = 0; token_next(text, &at, &token);) {
		bool start = token.p == text.p, end = at == text.len, edges = n->compare == QUERY_TOKEN;
		if ((whole || ((!start || (edges && n->edge_left)) && (!end || (edges && n->edge_right)))) && column_filters(token))
			fn(ctx, token_hash(token), false, never_varies(token));
	}
}

static void collect(void *ctx, uint64_t hash, bool id, bool shared)
{
	(void)shared;
	need(ctx, hash, id);
}

void matcher_need(struct matcher *m, const struct query_node *leaf) { each_need(leaf, collect, m); }

/* --- filters -------------------------------------------------------------------------------------------------------------------------------- */

static enum section section_of(bool id) { return id ? SECTION_IDS : SECTION_TOKENS; }

struct asking { struct matcher *m; uint32_t block; bool may; bool one, apart, asked; };

static void ask(void *ctx, uint64_t hash, bool id, bool shared)
{
	struct asking *a = ctx;
	for (uint32_t i = 0; i < a->m->need_count; i++) {
		const struct token_need *t = &a->m->needs[i];
		if (t->hash == hash && t->id == id && t->loaded && !segment_answer_has(&t->answer, section_of(id), hash, a->block, shared))
			a->may = false;
	}
}

/* Whether what filters say of the leaf does not hold in the block: the value may stand in JSON, escaped, or where names are not known. */
static bool is_beyond_filters(struct matcher *m, const struct query_node *n, uint32_t block)
{
	if (n->op != QUERY_FIELD || n->field != FIELD_ATTRIBUTE)
		return false;
	const struct leaf_state *s = matcher_leaf(m, n);
	return !s || (s->dotted && (s->within_json || m->r->blocks[block].odd));
}

/* Whether what is needed is in one block only. */
static void ask_for_one(void *ctx, uint64_t hash, bool id, bool shared)
{
	struct asking *a = ctx;
	(void)shared;
	for (uint32_t i = 0; i < a->m->need_count; i++) {
		const struct token_need *t = &a->m->needs[i];
		if (t->hash == hash && t->id == id && t->loaded) {
			a->asked = true;
			a->one = a->one && !t->answer.page && t->answer.of.verdict == FILTER_SOME;
			a->apart = a->apart && t->answer.of.apart;
		}
	}
}

static bool may_have(struct matcher *m, const struct query_node *n, uint32_t block)
{
	switch (n->op) {
	case QUERY_AND: return may_have(m, n->left, block) && may_have(m, n->right, block);
	case QUERY_OR: return may_have(m, n->left, block) || may_have(m, n->right, block);
	case QUERY_TEXT:
	case QUERY_FIELD: {
		struct asking a = { .m = m, .block = block, .may = true };
		each_need(n, ask, &a);
		return a.may || is_beyond_filters(m, n, block);
	}
	default: return true;
	}
}

bool matcher_may_have(struct matcher *m, const struct segment_block *k) { return may_have(m, m->q->root, k->number); }

/* A token that the filter knows of one block stands in no template: those are entered for all blocks (column_tokens.c). */
static void look_for_templates(struct matcher *m)
{
	for (uint32_t i = 0; i < m->leaf_count; i++) {
		struct leaf_state *s = &m->leaves[i];
		struct asking a = { .m = m, .one = true, .apart = true };
		const struct query_node *n = s->leaf;
		s->in_no_template = s->in_no_entry = false;
		if (n->op != QUERY_TEXT || n->compare != QUERY_TOKEN || !n->edge_left || !n->edge_right || !s->single_token)
			continue;
		each_need(n, ask_for_one, &a);
		s->in_no_template = a.asked && a.one;
		s->in_no_entry = s->in_no_template && a.apart;
	}
}

/* Whether an attribute of the segment's rows or resources is JSON that may hold the name. */
static bool is_within_json(const struct segment_reader *r, struct str name)
{
	struct attrs it;
	struct attr a;
	for (uint32_t i = 0; i < r->shape_count; i++)
		for (uint32_t k = 0; k < r->shapes[i].count; k++)
			if (r->shapes[i].types[k] == VALUE_JSON && query_path_begins(r->names[r->shapes[i].names[k]], name))
				return true;
	for (uint32_t i = 0; i < r->resource_count; i++)
		for (bool more = resource_attrs(r->resources[i].bytes, &it); more && attrs_next(&it, &a);)
			if (a.value.type == VALUE_JSON && query_path_begins(a.key, name))
				return true;
	return false;
}

static bool look_for_json(struct matcher *m, struct segment_reader *r, struct err *e)
{
	for (uint32_t i = 0; i < m->leaf_count; i++) {
		struct leaf_state *s = &m->leaves[i];
		if (!s->dotted)
			continue;
		if (!segment_index(r, e))
			return false;
		s->within_json = is_within_json(r, s->leaf->name);
	}
	return true;
}

bool matcher_segment(struct matcher *m, struct segment_reader *r, struct err *e)
{
	m->r = r;
	arena_reset(&m->arena);
	for (uint32_t i = 0; i < m->leaf_count; i++) {
		m->leaves[i].entries = m->leaves[i].resources = NULL;
		m->leaves[i].dictionary_known = false;
	}
	for (uint32_t i = 0; i < m->need_count; i++) {
		struct token_need *t = &m->needs[i];
		t->loaded = false;
		if (!segment_filter(r, section_of(t->id), t->hash, &t->answer, e))
			return false;
		t->loaded = true;
	}
	look_for_templates(m);
	if (m->need_count == 0)
		return true;
	if (!look_for_json(m, r, e))
		return false;
	for (uint32_t i = 0; i < r->found.blocks; i++)
		if (may_have(m, m->q->root, i))
			return true;
	return false;
}
