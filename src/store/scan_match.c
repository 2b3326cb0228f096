/* A query's tree on a block (scan_match.h): sets of rows are joined as the tree says; leaves go to the columns that their field is kept in.
 * Whatever a leaf can't answer from columns, it answers from rows made whole, by the row matcher itself. */
#include "store/scan_match.h"
#include "base/check.h"
#include <stdlib.h>

enum { MATCHER_ARENA = 64 << 20 };

static bool no_memory(struct err *e) { return err_set(e, ERR_NO_MEMORY, "no memory for a query"); }

static void add_leaves(struct matcher *m, const struct query_node *n)
{
	for (; n->op == QUERY_AND || n->op == QUERY_OR; n = n->left)
		add_leaves(m, n->right);
	if (n->op == QUERY_NOT)
		add_leaves(m, n->left);
	if (n->op != QUERY_TEXT && n->op != QUERY_FIELD)
		return;
	matcher_need(m, n);
	if (m->leaf_count == MATCH_MAX_LEAVES) {
		m->by_rows = true;
		return;
	}
	m->leaves[m->leaf_count] = (struct leaf_state){ .leaf = n };
	leaf_prepare(&m->leaves[m->leaf_count++]);
}

void matcher_init(struct matcher *m, const struct query *q)
{
	*m = (struct matcher){ .q = q };
	arena_init(&m->arena, MATCHER_ARENA);
	buf_init(&m->scratch, ROW_HARD_BYTES);
	buf_init(&m->value, ROW_HARD_BYTES);
	m->needs = calloc(MATCH_MAX_TOKENS, sizeof(*m->needs));
	if (m->needs)
		add_leaves(m, q->root);
}

void matcher_release(struct matcher *m)
{
	for (uint32_t i = 0; i < m->leaf_count; i++)
		free(m->leaves[i].texts);
	arena_release(&m->arena);
	buf_release(&m->scratch);
	buf_release(&m->value);
	free(m->needs);
	m->needs = NULL;
}

/* --- leaves --------------------------------------------------------------------------------------------------------------------------------- */

struct leaf_state *matcher_leaf(struct matcher *m, const struct query_node *n)
{
	for (uint32_t i = 0; i < m->leaf_count; i++)
		if (m->leaves[i].leaf == n)
			return &m->leaves[i];
	return NULL;
}

bool leaf_ready(struct matcher *m, struct leaf_state *s)
{
	if (!s->entries)
		s->entries = arena_alloc(&m->arena, m->r->dictionary.count);
	return s->entries != NULL;
}

/* Rows made whole, asked one by one. */
static bool by_rows(struct matcher *m, const struct query_node *n, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	static const struct query_extra nothing;
	struct segment_reader *r = m->r;
	for (uint32_t w = 0; w < bits_words(r->block.k->rows); w++)
		for (uint64_t left = rows[w] & ~hits[w]; left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left), resource, position;
			if (!block_row_at(&r->block, row, &r->row, &resource, &position, e))
				return false;
			const struct query_row q = { &r->resources[resource].names, r->resources[resource].bytes, buf_str(&r->row) };
			m->rows_made++;
			if (query_node_matches(n, &q, &nothing, &m->scratch))
				bits_set(hits, row);
		}
	return true;
}

/* Sets the rows whose resource is marked. */
static bool by_resource(struct matcher *m, const uint8_t *marked, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	const struct segment_block *k = b->k;
	struct column *c = block_column(b, COLUMN_RESOURCE);
	bool any = false, all = k->resource_count != 0;
	for (uint32_t i = 0; k->resource_count == 0 && i < m->r->resource_count && !any; i++)
		any = marked[i];
	for (uint32_t i = 0; i < k->resource_count; i++) {
		any |= marked[k->resources[i]];
		all &= marked[k->resources[i]];
	}
	if (!any)
		return true;
	if (all) {
		for (uint32_t w = 0; w < bits_words(k->rows); w++)
			hits[w] |= rows[w];
		return true;
	}
	if (!column_numbers(b, c, e))
		return false;
	for (uint32_t i = 0; i < k->rows; i++)
		if (bits_get(rows, i)) {
			if (c->numbers[i] < 0 || c->numbers[i] >= m->r->resource_count)
				return segment_corrupt(m->r, "the resources of rows", e);
			if (marked[c->numbers[i]])
				bits_set(hits, i);
		}
	return true;
}

static bool resource_has(struct matcher *m, const struct query_node *n, const struct mem_resource *r)
{
	struct attrs it;
	struct attr a;
	if (query_text_matches(n, r->names.service) || query_text_matches(n, r->names.version) || query_text_matches(n, r->names.instance))
		return true;
	for (bool more = resource_attrs(r->bytes, &it); more && attrs_next(&it, &a);)
		if (query_value_matches(n, &a.value, &m->scratch))
			return true;
	return false;
}

bool leaf_resources(struct matcher *m, struct leaf_state *s)
{
	if (s->resources)
		return true;
	s->resources = arena_alloc(&m->arena, (size_t)m->r->resource_count + 1);
	for (uint32_t i = 0; s->resources && i < m->r->resource_count; i++)
		s->resources[i] = resource_has(m, s->leaf, &m->r->resources[i]);
	return s->resources != NULL;
}

/* --- numbers -------------------------------------------------------------------------------------------------------------------------------- */

/* Whether the needle of a text leaf can be in the text of a value of this type. */
bool leaf_may_be_number(const struct query_node *n, enum value_type type)
{
	static const struct { enum value_type type; const char *characters; } texts[] = {
		{ VALUE_BOOL, "truefals" }, { VALUE_INT, "0123456789-" }, { VALUE_DOUBLE, "0123456789-+.enaifty" } };
	if (n->op == QUERY_FIELD || n->compare == QUERY_REGEX)
		return true;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t k = 0; texts[i].type == type && k < n->lower.len; k++)
			if (!strchr(texts[i].characters, n->lower.p[k]))
				return false;
	return type != VALUE_EMPTY;
}

/* Whole numbers nearer to zero have too few digits to hold the needle of a text leaf. */
static int64_t least_number(const struct query_node *n, const struct column *c)
{
	int64_t least = 1;
	if (n->op != QUERY_TEXT || c->type != VALUE_INT || n->compare == QUERY_REGEX)
		return 0;
	for (size_t i = 1; i < n->lower.len && i < 18; i++) {
		if (n->lower.p[i] < '0' || n->lower.p[i] > '9' || n->lower.p[0] < '0' || n->lower.p[0] > '9')
			return 0;
		least *= 10;
	}
	return least > 1 ? least : 0;
}

static struct value number_value(const struct column *c, uint32_t i)
{
	struct value v = { .type = (enum value_type)c->type };
	if (v.type == VALUE_BOOL)
		v.b = c->numbers[i] != 0;
	else if (v.type != VALUE_EMPTY)
		memcpy(&v.i, &c->numbers[i], sizeof(v.i));
	return v;
}

/* Whether the needle of digits is certainly in no value of the column. */
static bool not_in_numbers(const struct leaf_state *s, const struct column *c)
{
	if (c->type != VALUE_INT || s->leaf->op != QUERY_TEXT || s->leaf->compare != QUERY_TOKEN || !s->single_token || !s->needle.digits)
		return false;
	for (uint32_t i = 0; i < c->count; i++)
		if (needle_in_number(&s->needle, c->numbers[i], 1))
			return false;
	return true;
}

static bool by_numbers(struct matcher *m, const struct leaf_state *s, struct column *c, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	const struct query_node *n = s->leaf;
	if (!leaf_may_be_number(n, (enum value_type)c->type))
		return true;
	if (!column_numbers(b, c, e))
		return false;
	if (not_in_numbers(s, c))
		return true;
	if (!block_map(b, e))
		return false;
	bool known = false, hit = false;
	int64_t last = 0, least = least_number(n, c);
	for (uint32_t i = 0; i < b->k->rows; i++) {
		if (c->at[i] == NO_VALUE || !bits_get(rows, i) || (c->numbers[c->at[i]] < least && c->numbers[c->at[i]] > -least))
			continue;
		if (!known || c->numbers[c->at[i]] != last) {
			struct value v = number_value(c, c->at[i]);
			hit = query_value_matches(n, &v, &m->scratch);
			last = c->numbers[c->at[i]];
			known = true;
		}
		if (hit)
			bits_set(hits, i);
	}
	return true;
}

static bool by_column(struct matcher *m, struct leaf_state *s, struct column *c, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	return c->form == FORM_TEXT ? leaf_text_column(m, s, c, rows, hits, e) : by_numbers(m, s, c, rows, hits, e);
}

/* --- a text leaf: every field --------------------------------------------------------------------------------------------------------------- */

/* Rows whose attributes are kept together, or that have a field more than once, have to be made. */
static bool by_odd_rows(struct matcher *m, const struct query_node *n, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	uint64_t of[BITS_WORDS] = { 0 };
	if (!b->odd)
		return true;
	if (!block_map(b, e))
		return false;
	for (uint32_t i = 0; i < b->k->rows; i++)
		if (bits_get(rows, i) && (b->shapes[i] == SHAPE_REST || (b->repeated && bits_get(b->repeated, i)))) {
			bits_set(of, i);
			bits_clear(hits, i);
		}
	return by_rows(m, n, of, hits, e);
}

static bool text_leaf(struct matcher *m, struct leaf_state *s, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	static const enum column_id texts[] = { COLUMN_BODY, COLUMN_SCOPE, COLUMN_MESSAGE };
	struct block *b = &m->r->block;
	if (!leaf_resources(m, s))
		return no_memory(e);
	bool absent;
	if (!by_resource(m, s->resources, rows, hits, e) || !leaf_not_in_ids(m, s, &absent, e) || (!absent && !leaf_ids(m, s->leaf, rows, hits, e)))
		return false;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (block_column(b, texts[i]) && !leaf_text_column(m, s, block_column(b, texts[i]), rows, hits, e))
			return false;
	for (uint32_t i = 0; i < b->count; i++) {
		struct column *c = &b->columns[i];
		if (c->id == COLUMN_ATTRIBUTE && !by_column(m, s, c, rows, hits, e))
			return false;
	}
	return by_odd_rows(m, s->leaf, rows, hits, e);
}

/* --- field leaves ----------------------------------------------------------------------------------------------------------------------------- */

static bool by_names(struct matcher *m, struct leaf_state *s, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	if (!s->resources) {
		s->resources = arena_alloc(&m->arena, (size_t)m->r->resource_count + 1);
		if (!s->resources)
			return no_memory(e);
		for (uint32_t i = 0; i < m->r->resource_count; i++) {
			const struct resource *r = &m->r->resources[i].names;
			struct str name = s->leaf->field == FIELD_SERVICE ? r->service : s->leaf->field == FIELD_VERSION ? r->version : r->instance;
			s->resources[i] = name.len ? query_text_matches(s->leaf, name) : query_absent_matches(s->leaf);
		}
	}
	return by_resource(m, s->resources, rows, hits, e);
}

static bool by_level(struct matcher *m, const struct query_node *n, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	struct column *c = block_column(b, COLUMN_LEVEL);
	bool match[256];
	if (!column_numbers(b, c, e))
		return false;
	for (int i = 0; i < 256; i++) {
		uint8_t severity = b->k->kind == ROW_LOG ? (uint8_t)i : i == SPAN_ERROR ? SEVERITY_ERROR : SEVERITY_NONE;
		match[i] = query_level_matches(n, severity);
	}
	for (uint32_t i = 0; i < b->k->rows; i++)
		if (bits_get(rows, i) && match[(uint8_t)c->numbers[i]])
			bits_set(hits, i);
	return true;
}

static bool by_duration(struct matcher *m, const struct query_node *n, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	struct column *c = block_column(b, COLUMN_DURATION);
	if (!c)
		return by_rows(m, n, rows, hits, e);
	if (!column_numbers(b, c, e))
		return false;
	for (uint32_t i = 0; i < b->k->rows; i++) {
		struct value v = { .type = VALUE_INT, .i = c->numbers[i] > 0 ? c->numbers[i] : 0 };
		if (bits_get(rows, i) && query_value_matches(n, &v, &m->scratch))
			bits_set(hits, i);
	}
	return true;
}

/* Whether attributes of this name (or JSON that may hold it) are among those of the block's rows, or of a resource. */
struct presence { bool own, resource, odd; };

static struct presence presence_of(const struct matcher *m, const struct query_node *n)
{
	struct presence p = { 0 };
	const struct block *b = &m->r->block;
	struct attrs it;
	struct attr a;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct column *c = &b->columns[i];
		if (c->id != COLUMN_ATTRIBUTE)
			continue;
		struct str name = m->r->names[c->name];
		p.own |= str_eq(name, n->name);
		p.odd |= c->type == VALUE_JSON && query_path_begins(name, n->name);
	}
	for (uint32_t i = 0; i < m->r->resource_count && !p.resource; i++)
		for (bool more = resource_attrs(m->r->resources[i].bytes, &it); more && attrs_next(&it, &a);) {
			p.resource |= str_eq(a.key, n->name);
			p.odd |= a.value.type == VALUE_JSON && query_path_begins(a.key, n->name);
		}
	p.odd |= block_column(b, COLUMN_REST) != NULL;
	return p;
}

/* Rows that have the attribute go by its value, the others by their resource's, or as rows without. */
static bool by_attribute(struct matcher *m, struct leaf_state *s, const struct presence *p, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	uint64_t without[BITS_WORDS];
	memcpy(without, rows, bits_words(b->k->rows) * sizeof(*rows));
	for (uint32_t i = 0; p->own && i < b->count; i++) {
		struct column *c = &b->columns[i];
		if (c->id != COLUMN_ATTRIBUTE || !str_eq(m->r->names[c->name], s->leaf->name))
			continue;
		if (!block_map(b, e) || !by_column(m, s, c, rows, hits, e))
			return false;
		for (uint32_t row = 0; row < b->k->rows; row++)
			if (c->at[row] != NO_VALUE)
				bits_clear(without, row);
	}
	if (p->resource) {
		if (!by_rows(m, s->leaf, without, hits, e))
			return false;
	} else if (query_absent_matches(s->leaf)) {
		for (uint32_t w = 0; w < bits_words(b->k->rows); w++)
			hits[w] |= without[w];
	}
	return !p->own || by_odd_rows(m, s->leaf, rows, hits, e);
}

static bool field_leaf(struct matcher *m, struct leaf_state *s, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	const struct query_node *n = s->leaf;
	struct block *b = &m->r->block;
	if (n->field == FIELD_ATTRIBUTE || n->attribute_first) {
		struct presence p = presence_of(m, n);
		if (p.odd || (n->attribute_first && (p.own || p.resource)))
			return by_rows(m, n, rows, hits, e);
		if (n->field == FIELD_ATTRIBUTE)
			return by_attribute(m, s, &p, rows, hits, e);
	}
	switch (n->field) {
	case FIELD_SERVICE:
	case FIELD_VERSION:
	case FIELD_INSTANCE: return by_names(m, s, rows, hits, e);
	case FIELD_LEVEL: return by_level(m, n, rows, hits, e);
	case FIELD_TRACE:
	case FIELD_SPAN: return leaf_ids(m, n, rows, hits, e);
	case FIELD_BODY: return leaf_text_column(m, s, block_column(b, COLUMN_BODY), rows, hits, e);
	case FIELD_SCOPE: return block_column(b, COLUMN_SCOPE) ? leaf_text_column(m, s, block_column(b, COLUMN_SCOPE), rows, hits, e) : by_rows(m, n, rows, hits, e);
	case FIELD_DURATION: return by_duration(m, n, rows, hits, e);
	default: return by_rows(m, n, rows, hits, e);
	}
}

/* --- the tree --------------------------------------------------------------------------------------------------------------------------------- */

static bool select_rows(struct matcher *m, const struct query_node *n, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	uint32_t k = m->r->block.k->rows, words = bits_words(k);
	uint64_t part[BITS_WORDS] = { 0 };
	bits_none(hits, k);
	if (!bits_any(rows, k))
		return true;
	switch (n->op) {
	case QUERY_ALL:
		memcpy(hits, rows, words * sizeof(*hits));
		return true;
	case QUERY_AND:
		return select_rows(m, n->left, rows, part, e) && select_rows(m, n->right, part, hits, e);
	case QUERY_OR:
		if (!select_rows(m, n->left, rows, hits, e))
			return false;
		uint64_t rest[BITS_WORDS];
		for (uint32_t i = 0; i < words; i++)
			rest[i] = rows[i] & ~hits[i];
		if (!select_rows(m, n->right, rest, part, e))
			return false;
		for (uint32_t i = 0; i < words; i++)
			hits[i] |= part[i];
		return true;
	case QUERY_NOT:
		if (!select_rows(m, n->left, rows, part, e))
			return false;
		for (uint32_t i = 0; i < words; i++)
			hits[i] = rows[i] & ~part[i];
		return true;
	case QUERY_TEXT:
	case QUERY_FIELD: {
		struct leaf_state *s = matcher_leaf(m, n);
		if (!s)
			return by_rows(m, n, rows, hits, e);
		if (!leaf_ready(m, s))
			return no_memory(e);
		return n->op == QUERY_TEXT ? text_leaf(m, s, rows, hits, e) : field_leaf(m, s, rows, hits, e);
	}
	}
	return false;
}

bool matcher_select(struct matcher *m, uint64_t *rows, struct err *e)
{
	uint64_t hits[BITS_WORDS] = { 0 };
	uint32_t k = m->r->block.k->rows;
	if (m->q->root->op == QUERY_ALL)
		return true;
	/* The depth of select_rows is bounded by the number of leaves. */
	if (!(m->by_rows ? by_rows(m, m->q->root, rows, hits, e) : select_rows(m, m->q->root, rows, hits, e)))
		return false;
	for (uint32_t w = 0; w < bits_words(k); w++)
		rows[w] &= hits[w];
	return true;
}
