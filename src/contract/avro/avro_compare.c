/* The walk: from each root along the pairs of reader's and writer's types, breadth first, so that the way to a cause is a shortest one. Each pair is met
 * once a root. What does not fit at a pair itself becomes a cause (avro_causes.c); what does not fit below is found there. */
#include "contract/avro/avro_causes.h"
#include <stdlib.h>

/* The edge that a union's reader takes for the type: the same type before a promotion. */
static uint32_t taken_edge(const struct avro_walk *w, const struct avro_pair *p)
{
	uint32_t first = UINT32_MAX;
	for (uint32_t i = 0; i < p->edge_count; i++) {
		const struct avro_pair *child = &w->r.pairs[w->r.edges[p->first_edge + i].pair];
		if (child->fits && child->reader->type == child->writer->type)
			return i;
		if (child->fits && first == UINT32_MAX)
			first = i;
	}
	return first;
}

static bool is_leaf(const struct avro_pair *p) { return !p->fits && p->fault != AVRO_FITS && p->fault != AVRO_FAULT_FIELDS; }

static void follow(struct avro_walk *w, uint32_t item, const struct avro_edge *e)
{
	const struct avro_item from = w->items[item];
	const struct avro_pair *child = &w->r.pairs[e->pair];
	struct avro_item to = { e->pair, item, e->step, e->reader ? e->reader : from.reader, e->writer ? e->writer : from.writer };
	if (is_leaf(child))
		avro_cause_leaf(w, &to);
	else
		avro_cause_logical(w, &to);
	if (w->seen[e->pair] == w->stamp)
		return;
	w->seen[e->pair] = w->stamp;
	if (!ARENA_PUSH_ROOM(&w->c->arena, w->items, w->count, w->capacity)) {
		w->c->full = true;
		return;
	}
	w->items[w->count++] = to;
}

static void visit(struct avro_walk *w, uint32_t item)
{
	const struct avro_pair *p = &w->r.pairs[w->items[item].pair];
	if (p->reader->type == AVRO_RECORD && p->writer->type == AVRO_RECORD && (p->fault == AVRO_FITS || p->fault == AVRO_FAULT_FIELDS))
		avro_cause_fields(w, item);
	if (p->reader->type == AVRO_ENUM && p->writer->type == AVRO_ENUM && p->fits)
		avro_cause_defaulted(w, item);
	if (p->any && p->fits) {
		uint32_t taken = taken_edge(w, p);
		if (taken != UINT32_MAX)
			follow(w, item, &w->r.edges[p->first_edge + taken]);
		return;
	}
	for (uint32_t i = 0; i < p->edge_count; i++)
		follow(w, item, &w->r.edges[p->first_edge + i]);
}

static void walk_root(struct avro_walk *w, uint32_t root)
{
	const struct avro_root *r = &w->c->roots[root];
	bool backward = w->direction == REACH_REQUEST;
	struct avro_edge e = { .pair = w->pairs[root], .step = UINT32_MAX, .reader = backward ? &r->after : &r->before, .writer = backward ? &r->before : &r->after };
	w->root = root;
	w->stamp = root + 1;
	w->count = 1;
	w->items[0] = (struct avro_item){ UINT32_MAX, UINT32_MAX, UINT32_MAX, e.reader, e.writer };
	follow(w, 0, &e);
	for (uint32_t i = 1; i < w->count; i++)
		visit(w, i);
}

static bool prepare(struct avro_walk *w)
{
	struct avro_compare *c = w->c;
	bool backward = w->direction == REACH_REQUEST;
	w->pairs = ARENA_ARRAY(&c->arena, c->roots_count + 1, uint32_t);
	bool ok = w->pairs && avro_resolution_init(&w->r, &c->arena);
	for (size_t i = 0; ok && i < c->roots_count; i++) {
		const struct avro_schema *before = c->roots[i].before.schema, *after = c->roots[i].after.schema;
		w->pairs[i] = avro_resolution_add(&w->r, backward ? after : before, backward ? before : after);
		ok = w->pairs[i] != UINT32_MAX;
	}
	ok = ok && avro_resolution_run(&w->r);
	w->seen = ok ? ARENA_ARRAY(&c->arena, w->r.count + 1, uint32_t) : NULL;
	return w->seen && ARENA_PUSH_ROOM(&c->arena, w->items, w->count, w->capacity);
}

void avro_compare_direction(struct avro_compare *c, enum reach_direction direction)
{
	struct avro_walk w = { .c = c, .direction = direction };
	if (!prepare(&w)) {
		c->full = true;
		return;
	}
	for (size_t i = 0; i < c->roots_count && !c->full; i++)
		walk_root(&w, (uint32_t)i);
}
