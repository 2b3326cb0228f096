/* Counting a block's rows that match by its directory alone (scan_match.h): which entries its columns have, and how often. For a query of one word in
 * all fields, which is found in one column only, in whole entries; whatever is not so simple is left to matcher_select. */
#include "store/scan_match.h"

/* All or none of the block's rows, by their resources; false: some. */
static bool count_resources(const struct matcher *m, const struct leaf_state *s, uint32_t *count)
{
	const struct segment_block *k = m->r->block.k;
	uint32_t n = k->resource_count ? k->resource_count : m->r->resource_count, marked = 0;
	for (uint32_t i = 0; i < n; i++)
		marked += s->resources[k->resource_count ? k->resources[i] : i];
	*count = marked ? k->rows : 0;
	return marked == 0 || marked == n;
}

static bool count_column(struct matcher *m, struct leaf_state *s, struct column *c, uint32_t *count, bool *known, struct err *e)
{
	*count = 0;
	if (c->form == FORM_TEXT)
		return leaf_text_count(m, s, c, count, known, e);
	*known = !leaf_may_be_number(s->leaf, (enum value_type)c->type);
	return true;
}

bool matcher_count(struct matcher *m, uint32_t *count, bool *known, struct err *e)
{
	struct block *b = &m->r->block;
	const struct query_node *n = m->q->root;
	struct leaf_state *s = n->op == QUERY_TEXT && !m->q->has_trace ? matcher_leaf(m, n) : NULL;
	*known = false;
	*count = 0;
	if (!s || b->odd || leaf_may_be_id(n))
		return true;
	if (!leaf_ready(m, s) || !leaf_resources(m, s))
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	if (!count_resources(m, s, count))
		return true;
	*known = *count == b->k->rows;
	for (uint32_t i = 0; i < b->count && !*known; i++) {
		uint32_t in_column;
		bool by_entries;
		if (!column_is_searched(&b->columns[i]))
			continue;
		if (!count_column(m, s, &b->columns[i], &in_column, &by_entries, e))
			return false;
		/* Rows that match in two columns would count twice. */
		if (!by_entries || (in_column && *count))
			return true;
		*count += in_column;
	}
	*known = true;
	return true;
}
