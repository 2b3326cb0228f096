/* A comparison from its roots to its changes. After the graph of pairs is solved it is walked once from the roots: a *visit* is a pair with the direction
 * that must hold there and the direction of the root it came from (`not` turns one round, oneOf asks for both). Differences of visited pairs become
 * changes; the roots that reach one are found by the visits' reverse edges. Called by the formats. */
#include "base/check.h"
#include "contract/schema/schema_reach.h"
#include <stdlib.h>

enum { VISITS_MAX = 8 << 20, COMPARE_BYTES = 1 << 30, CHECKS_MAX = 50000000, MAKES_MAX = 20000000 };

struct schema_compare *schema_compare_new(struct schema_set *old_set, struct schema_set *new_set, const struct contract_options *options, struct changes *out,
	schema_label *label, void *ctx)
{
	struct schema_compare *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->sets[OLD] = old_set;
	c->sets[NEW] = new_set;
	c->options = options;
	c->out = out;
	c->label = label;
	c->ctx = ctx;
	arena_init(&c->arena, COMPARE_BYTES);
	c->checks = CHECKS_MAX;
	c->makes = MAKES_MAX;
	return c;
}

void schema_compare_free(struct schema_compare *c)
{
	if (!c)
		return;
	struct array *const arrays[] = { &c->views, &c->pairs, &c->obligations, &c->edges, &c->differences, &c->roots, &c->view_slots, &c->pair_slots, &c->visits };
	for (size_t i = 0; i < ARRAY_LEN(arrays); i++)
		free(arrays[i]->items);
	free(c->view_of[OLD]);
	free(c->view_of[NEW]);
	free(c->parents);
	free(c->parent_starts);
	free(c->visit_of);
	pointer_map_release(&c->identical);
	pointer_map_release(&c->closed);
	arena_release(&c->arena);
	free(c);
}

bool schema_compare_root(struct schema_compare *c, const struct schema *before, const struct schema *after, const struct schema_root *root)
{
	struct root *r = ARRAY_PUSH(&c->roots, struct root, REACH_MAX);
	if (!r)
		return !(c->limited = true);
	*r = (struct root){ before, after, *root, NO_PAIR };
	/* Changes name them when the callers' own memory is gone. */
	r->root.operation = arena_str(&c->out->arena, root->operation);
	r->root.of = arena_str(&c->out->arena, root->of);
	c->any_use |= root->position == SCHEMA_RECORD;
	return true;
}

static bool make_root_pairs(struct schema_compare *c)
{
	for (int side = OLD; side <= NEW; side++) {
		c->view_of_count[side] = c->sets[side]->count;
		if (!(c->view_of[side] = calloc(c->view_of_count[side] + 1, sizeof(uint32_t))))
			return false;
	}
	for (size_t i = 0; i < c->roots.count; i++) {
		struct root *r = ARRAY_AT(&c->roots, struct root, i);
		r->pair = pair_of(c, view_of_schema(c, r->before), view_of_schema(c, r->after));
		if (r->pair == NO_PAIR)
			return false;
	}
	return true;
}

/* Visits. */
struct walk {
	struct schema_compare *c;
	struct array transitions;    /* struct transition */
	struct reach_finder *finder;
};

static void visit(struct walk *w, uint32_t pair, int local, int root_direction, uint32_t from, uint32_t edge, uint32_t root)
{
	struct schema_compare *c = w->c;
	uint32_t *slot = &w->c->visit_of[(size_t)pair * VISIT_STATES + visit_state(local, root_direction)];
	if (!*slot) {
		struct visit *v = ARRAY_PUSH(&c->visits, struct visit, VISITS_MAX);
		if (!v) {
			c->limited = true;
			return;
		}
		*v = (struct visit){ pair, from, edge, (uint8_t)local, (uint8_t)root_direction, root };
		*slot = (uint32_t)c->visits.count;
		pair_at(c, pair)->reached |= (uint8_t)(1u << visit_state(local, root_direction));
	}
	if (from == UINT32_MAX)
		return;
	struct transition *t = ARRAY_PUSH(&w->transitions, struct transition, EDGES_MAX);
	if (t)
		*t = (struct transition){ from, *slot - 1 };
	else
		c->limited = true;
}

static void visit_below(struct walk *w, uint32_t number)
{
	struct schema_compare *c = w->c;
	const struct visit at = *ARRAY_AT(&c->visits, struct visit, number);
	const struct pair p = *pair_at(c, at.pair);
	if (p.proved & at.local || p.split[at.local - 1] != NO_OBLIGATION)
		return;
	for (uint32_t i = 0; i < p.count; i++) {
		const struct obligation *o = ARRAY_AT(&c->obligations, struct obligation, p.obligations + i);
		if (o->difference != NO_DIFFERENCE || !(o->dirs & at.local) || !o->edge_count)
			continue;
		const struct edge *e = ARRAY_AT(&c->edges, struct edge, o->edges);
		if (e->child == NO_PAIR)
			continue;
		for (int direction = REQ; direction <= RESP; direction++)
			if (e->map == MAP_BOTH || (e->map == MAP_SAME) == (direction == at.local))
				visit(w, e->child, direction, at.root_direction, number, o->edges, at.root);
	}
}

static bool walk_all(struct walk *w)
{
	struct schema_compare *c = w->c;
	if (!(w->c->visit_of = calloc(c->pairs.count * VISIT_STATES + 1, sizeof(uint32_t))))
		return false;
	for (uint32_t i = 0; i < c->roots.count; i++) {
		const struct root *r = ARRAY_AT(&c->roots, struct root, i);
		for (int direction = REQ; direction <= RESP; direction++)
			if (r->root.direction & direction)
				visit(w, r->pair, direction, direction, UINT32_MAX, 0, i);
	}
	for (uint32_t i = 0; i < c->visits.count; i++)
		visit_below(w, i);
	return !c->limited && (w->finder = reach_finder_new(c, &w->transitions));
}

static int root_order(const void *a, const void *b)
{
	const struct root *x = a, *y = b;
	if (x->pair != y->pair)
		return x->pair < y->pair ? -1 : 1;
	return str_cmp(x->root.operation, y->root.operation);
}

/* Changes. */
static struct change_place place_of(const struct schema *s, const struct doc *value, struct str property, struct arena *a)
{
	if (!s || !s->resource)
		return (struct change_place){ 0 };
	struct doc_file *f = schema_file(s);
	uint32_t offset = s->node->offset;
	const struct doc *properties = s->node->type == DOC_OBJECT && property.p ? doc_get(s->node, STR("properties")) : NULL;
	const struct doc_member *m = properties ? doc_member(properties, property) : NULL;
	for (uint32_t i = 0; value && !m && s->node->type == DOC_OBJECT && i < s->node->count; i++)
		if (&s->node->members[i].value == value)
			m = &s->node->members[i];
	struct text_place p = doc_place(f, m ? m->key_offset : offset);
	return (struct change_place){ arena_str(a, f->path), p.line, p.column };
}

/* A side that does not have the keyword is shown where it would stand. */
static struct change_place place_on(struct schema_compare *c, const struct difference *d, int side)
{
	const struct schema *s = side == OLD ? d->before : d->after;
	const struct view *v = side_view(c, pair_at(c, d->pair), side);
	if (!s && v->count)
		return place_of(v->parts[0], NULL, (struct str){ 0 }, &c->out->arena);
	return place_of(s, side == OLD ? d->old_value : d->new_value, d->property, &c->out->arena);
}

static enum change_level level_of(const struct difference *d, int broken, int reached)
{
	if (d->annotation)
		return d->minor ? CHANGE_INFO : change_infos[d->kind].level;
	if (broken & ~d->soft)
		return CHANGE_BREAKING;
	return broken || d->notice & reached ? CHANGE_WARNING : CHANGE_INFO;
}

static void name_rules(struct schema_compare *c, struct change *x, const struct difference *d, int dirs, uint8_t positions, bool at_root)
{
	enum { RULES_MAX = 8 };
	enum rule_id ids[RULES_MAX];
	const struct schema_difference seen = { .kind = d->kind, .breaks = (enum reach_direction)dirs, .positions = positions, .at_root = at_root, .before = d->before, .after = d->after,
		.old_value = d->old_value, .new_value = d->new_value, .property = d->property };
	size_t n = c->label ? c->label(c->ctx, &seen, ids, RULES_MAX) : 0;
	if (n)
		change_rules(c->out, x, ids, n);
}

/* Adds what the change did not reach yet; both are sorted. */
static void take_reach(struct schema_compare *c, struct change *x, const struct reach_set *set)
{
	struct reach *all = x->reach_count ? ARENA_ARRAY(&c->out->arena, set->entry_count + x->reach_count, struct reach) : NULL;
	size_t i = 0, k = 0, n = 0;
	if (!x->reach_count) {
		x->reach = set->entries;
		x->reach_count = set->entry_count;
		return;
	}
	while (all && (i < set->entry_count || k < x->reach_count)) {
		int order = i == set->entry_count ? 1 : k == x->reach_count ? -1 : str_cmp(set->entries[i].operation, x->reach[k].operation);
		all[n] = order <= 0 ? set->entries[i++] : x->reach[k];
		if (order >= 0)
			all[n].direction |= x->reach[k++].direction;
		n++;
	}
	if (all) {
		x->reach = all;
		x->reach_count = n;
	}
}

static bool is_root_pair(const struct schema_compare *c, uint32_t pair)
{
	for (int local = REQ; local <= RESP; local++) {
		uint32_t number = c->visit_of[(size_t)pair * VISIT_STATES + visit_state(local, local)];
		if (number && ARRAY_AT(&c->visits, struct visit, number - 1)->from == UINT32_MAX)
			return true;
	}
	return false;
}

static void report(struct walk *w, const struct obligation *o, const struct difference *d, int broken, int reached, struct map *known)
{
	struct schema_compare *c = w->c;
	struct str subject, detail, sentence;
	enum change_level level = level_of(d, broken, reached);
	if (level == CHANGE_INFO && !c->options->information)
		return;
	words_of(c, d, &subject, &detail, &sentence);
	const struct reach_set *reach = reach_of(w->finder, d->pair, broken ? broken : reached);
	struct str key = arena_printf(&c->arena, "%d %.*s %.*s", (int)d->kind, STR_FMT(subject), STR_FMT(detail));
	uintptr_t at = (uintptr_t)map_get(known, key);
	struct change *x = at ? &c->out->items[at - 1] : changes_add(c->out, d->kind, subject, detail);
	if (!x)
		return;
	if (!at) {
		map_put(known, key, (void *)(uintptr_t)c->out->count);
		x->sentence = sentence;
		x->old_place = place_on(c, d, OLD);
		x->new_place = place_on(c, d, NEW);
		x->level = CHANGE_INFO;
		x->witness.state = WITNESS_NONE;
	}
	if (reach)
		take_reach(c, x, reach);
	if (level > x->level || !at) {
		x->level = level;
		x->witness = (struct witness){ .state = level == CHANGE_INFO ? WITNESS_NONE : WITNESS_UNPROVED };
		name_rules(c, x, d, broken || !(d->annotation || d->notice & reached) ? broken : reached, reach ? reach->positions : 0, is_root_pair(c, d->pair));
	}
	if (broken && x->witness.state == WITNESS_UNPROVED && c->options->witnesses && c->witnesses++ < WITNESSES_MAX)
		witness_find(c, o, d, (uint8_t)broken, x);
}

static int reached_locally(const struct pair *p)
{
	return (p->reached & 3 ? REQ : 0) | (p->reached & 12 ? RESP : 0);
}

static void report_pair(struct walk *w, uint32_t number, struct map *known)
{
	struct schema_compare *c = w->c;
	const struct pair p = *pair_at(c, number);
	int reached = reached_locally(&p);
	for (uint32_t i = 0; reached && i < p.count; i++) {
		const struct obligation o = *ARRAY_AT(&c->obligations, struct obligation, p.obligations + i);
		if (o.difference == NO_DIFFERENCE)
			continue;
		const struct difference d = *ARRAY_AT(&c->differences, struct difference, o.difference);
		report(w, &o, &d, obligation_broken(c, &p, ARRAY_AT(&c->obligations, struct obligation, p.obligations + i)) & reached, reached, known);
	}
}

bool schema_compare_run(struct schema_compare *c, struct err *e)
{
	struct walk w = { .c = c };
	struct map known;
	map_init(&known, CHANGES_MAX * 2);
	bool ok = make_root_pairs(c) && pairs_expand(c);
	if (ok) {
		pairs_solve(c);
		if (c->roots.count)
			qsort(c->roots.items, c->roots.count, sizeof(struct root), root_order);
		ok = walk_all(&w) && !c->limited;
	}
	for (uint32_t i = 0; ok && i < c->visits.count; i++) {
		uint32_t pair = ARRAY_AT(&c->visits, struct visit, i)->pair;
		uint8_t state = (uint8_t)visit_state(ARRAY_AT(&c->visits, struct visit, i)->local, ARRAY_AT(&c->visits, struct visit, i)->root_direction);
		if ((pair_at(c, pair)->reached & ((1u << state) - 1)) == 0) /* once a pair: at the first of its states */
			report_pair(&w, pair, &known);
	}
	reach_finder_free(w.finder);
	free(w.transitions.items);
	map_release(&known);
	return ok || err_set(e, ERR_TOO_LARGE, "the schemas are too large to compare (more than %d pairs of them, or no memory); compare fewer files at once", PAIRS_MAX);
}
