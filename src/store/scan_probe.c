/* Whether a block has a word at all, before anything is taken apart (scan_match.h). Filters are wrong now and then, and what they let through in vain is most of what a word that is nowhere costs: so a block is
 * first asked without the segment's dictionary, whose bytes are looked through once, and by its streams as they are. A whole token is the whole of a variable, or stands in the text of an entry. */
#include "store/query_impl.h"
#include "store/scan_match.h"

static bool leaf_probes(const struct matcher *m, const struct query_node *n)
{
	for (uint32_t i = 0; i < m->leaf_count; i++)
		if (m->leaves[i].leaf == n)
			return m->leaves[i].probes;
	return false;
}

static bool node_probes(const struct matcher *m, const struct query_node *n)
{
	switch (n->op) {
	case QUERY_AND: return node_probes(m, n->left) || node_probes(m, n->right);
	case QUERY_OR: return node_probes(m, n->left) && node_probes(m, n->right);
	default: return leaf_probes(m, n);
	}
}

bool matcher_probes(const struct matcher *m) { return !m->by_rows && node_probes(m, m->q->root); }

/* Its texts stand in it without gaps. */
static bool in_dictionary(struct matcher *m, struct leaf_state *s, bool *in, struct err *e)
{
	const struct dictionary_view *d = &m->r->tables->dictionary;
	struct str section;
	if (!s->dictionary_known && s->in_no_entry) {
		s->in_dictionary = false;
	} else if (!s->dictionary_known && d->count) {
		s->in_dictionary = false;
		for (uint32_t i = 0; i < d->count && !s->in_dictionary; i++)
			s->in_dictionary = text_find_lower(d->texts[i], s->needle.text) != SIZE_MAX;
	} else if (!s->dictionary_known) {
		if (!segment_section(m->r, SECTION_DICTIONARY, &section, e)) {
			m->r->tables->surplus = true;
			return false;
		}
		s->in_dictionary = text_find_lower(section, s->needle.text) != SIZE_MAX;
	}
	s->dictionary_known = true;
	*in = s->in_dictionary;
	return true;
}

static bool not_in_column(struct matcher *m, const struct leaf_state *s, struct column *c, bool *absent, struct err *e)
{
	*absent = false;
	if (c->form != FORM_TEXT)
		*absent = !leaf_may_be_number(s->leaf, (enum value_type)c->type);
	else if (c->id != COLUMN_ATTRIBUTE || c->type != VALUE_BYTES)
		return leaf_not_in_streams(m, s, c, absent, e);
	return true;
}

static bool not_in_resources(struct matcher *m, struct leaf_state *s, bool *absent, struct err *e)
{
	const struct segment_block *k = m->r->block.k;
	if (!leaf_resources(m, s))
		return err_set(e, ERR_NO_MEMORY, "no memory for a query");
	*absent = true;
	uint32_t n = k->resource_count ? k->resource_count : m->r->resource_count;
	for (uint32_t i = 0; i < n && *absent; i++)
		*absent = !s->resources[k->resource_count ? k->resources[i] : i];
	return true;
}

static bool leaf_absent(struct matcher *m, struct leaf_state *s, bool *absent, struct err *e)
{
	struct block *b = &m->r->block;
	bool in = false;
	*absent = false;
	if (b->odd)
		return true;
	if (!not_in_resources(m, s, absent, e) || (*absent && !in_dictionary(m, s, &in, e)))
		return false;
	*absent = *absent && !in;
	if (*absent && leaf_may_be_id(s->leaf) && !leaf_not_in_ids(m, s, absent, e))
		return false;
	for (uint32_t i = 0; i < b->count && *absent; i++)
		if (column_is_searched(&b->columns[i]) && !not_in_column(m, s, &b->columns[i], absent, e))
			return false;
	return true;
}

static bool node_absent(struct matcher *m, const struct query_node *n, bool *absent, struct err *e)
{
	*absent = false;
	if (!node_probes(m, n))
		return true;
	switch (n->op) {
	case QUERY_AND: return node_absent(m, n->left, absent, e) && (*absent || node_absent(m, n->right, absent, e));
	case QUERY_OR: return node_absent(m, n->left, absent, e) && (!*absent || node_absent(m, n->right, absent, e));
	default: return leaf_absent(m, matcher_leaf(m, n), absent, e);
	}
}

bool matcher_absent(struct matcher *m, bool *absent, struct err *e) { return node_absent(m, m->q->root, absent, e); }
