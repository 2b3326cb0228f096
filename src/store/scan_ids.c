/* Trace and span ids of a block against a leaf (scan_match.h). They are bytes; what asks for text is looked for in their hex digits. */
#include "store/scan_match.h"

static bool no_memory(struct err *e) { return err_set(e, ERR_NO_MEMORY, "no memory for a query"); }

static bool only_hex(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

/* Whether ids can be what the needle of a text leaf is in: their hex text is a token of 32 or 16 digits. */
bool leaf_may_be_id(const struct query_node *n)
{
	if (n->op != QUERY_TEXT || n->is_trace || n->is_span || n->compare == QUERY_REGEX)
		return true;
	return only_hex(n->lower) && !(n->compare == QUERY_TOKEN && n->edge_left && n->edge_right && n->lower.len != 16 && n->lower.len != 32);
}

/* Whether the needle is certainly in no id of the block. */
bool leaf_not_in_ids(struct matcher *m, const struct leaf_state *s, bool *absent, struct err *e)
{
	static const enum column_id ids[] = { COLUMN_TRACE, COLUMN_SPAN };
	struct block *b = &m->r->block;
	*absent = s->leaf->compare == QUERY_TOKEN && s->single_token;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]) && *absent; i++) {
		struct column *c = block_column(b, ids[i]);
		if (c && !column_bytes(b, c, e))
			return false;
		*absent = !c || !needle_may_be_in_bytes(&s->needle, c->plain);
	}
	return true;
}

/* Whether the leaf asks for nothing but rows of one trace. A text leaf may also mean text: that is looked for elsewhere. */
static bool is_whole_trace(const struct query_node *n)
{
	if (!n->is_trace || n->is_span)
		return false;
	return n->op == QUERY_TEXT ? n->compare == QUERY_TOKEN && n->edge_left && n->edge_right : n->field == FIELD_TRACE && (n->compare == QUERY_TOKEN || n->compare == QUERY_EQUAL);
}

/* A whole id is found by the runs alone. */
static bool by_trace(struct block *b, struct column *trace, const struct trace_id *id, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	if (!trace)
		return true;
	if (!column_bytes(b, trace, e))
		return false;
	size_t runs = trace->plain.len / sizeof(*id), found = 0;
	uint8_t *same = arena_alloc(&b->arena, runs + 1);
	if (!same)
		return no_memory(e);
	for (size_t i = 0; i < runs; i++)
		found += same[i] = memcmp(trace->plain.p + i * sizeof(*id), id, sizeof(*id)) == 0;
	if (!found)
		return true;
	if (!block_map(b, e))
		return false;
	for (uint32_t i = 0; i < b->k->rows; i++)
		if (trace->at[i] != NO_VALUE && same[trace->index[trace->at[i]]] && bits_get(rows, i))
			bits_set(hits, i);
	return true;
}

bool leaf_ids(struct matcher *m, const struct query_node *n, const uint64_t *rows, uint64_t *hits, struct err *e)
{
	struct block *b = &m->r->block;
	struct column *trace = block_column(b, COLUMN_TRACE), *span = block_column(b, COLUMN_SPAN);
	if (is_whole_trace(n))
		return by_trace(b, trace, &n->trace, rows, hits, e);
	if (!leaf_may_be_id(n) || (n->op == QUERY_TEXT && !trace && !span))
		return true;
	if (!block_map(b, e))
		return false;
	uint32_t known = NO_VALUE;
	bool known_hit = false;
	for (uint32_t i = 0; i < b->k->rows; i++) {
		struct row_head h = { .kind = (enum row_kind)b->k->kind };
		if (!bits_get(rows, i) || bits_get(hits, i))
			continue;
		h.has_trace = trace && trace->at[i] != NO_VALUE;
		h.has_span = span && span->at[i] != NO_VALUE;
		uint32_t run = h.has_trace ? trace->index[trace->at[i]] : NO_VALUE;
		bool alike = n->op == QUERY_FIELD && n->field == FIELD_TRACE && h.has_trace && run == known; /* rows of one run */
		if (h.has_trace)
			memcpy(&h.trace, trace->plain.p + (size_t)run * sizeof(h.trace), sizeof(h.trace));
		if (h.has_span)
			memcpy(&h.span, span->plain.p + (size_t)span->at[i] * sizeof(h.span), sizeof(h.span));
		/* The usual case first: one id, compared as bytes. */
		bool plain = n->op == QUERY_TEXT && n->compare == QUERY_TOKEN && n->edge_left && n->edge_right;
		bool hit = alike	? known_hit
			   : plain	? (n->is_trace && h.has_trace && trace_id_eq(&h.trace, &n->trace)) ||
					  (n->is_span && h.has_span && memcmp(&h.span, &n->span, sizeof(h.span)) == 0)
					: query_ids_match(n, &h);
		known = run;
		known_hit = hit;
		if (hit)
			bits_set(hits, i);
	}
	return true;
}
