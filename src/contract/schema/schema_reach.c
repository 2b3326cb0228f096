/* See schema_reach.h. */
#include "contract/schema/schema_reach.h"
#include "base/check.h"
#include <stdlib.h>

enum { NO_COMPONENT = UINT32_MAX };
struct ranked { uint32_t root; struct str operation; };
struct reach_finder {
	struct schema_compare *c;
	uint32_t *above_starts, *above;      /* of a visit: the visits that lead to it */
	uint32_t *component;                 /* by visit; numbered so that those above come first */
	uint32_t *member_starts, *members;   /* visits by component */
	const struct reach_set **sets;       /* by component, once known */
	uint32_t *rank;                      /* by root */
	uint32_t *by_rank;
	uint32_t components;
	struct { const struct reach_set *a, *b, *joined; } known[64]; /* of two joined, by their addresses */
};

static bool reverse(struct reach_finder *f, const struct array *transitions)
{
	size_t n = f->c->visits.count;
	f->above_starts = calloc(n + 2, sizeof(uint32_t));
	f->above = malloc((transitions->count + 1) * sizeof(uint32_t));
	if (!f->above_starts || !f->above)
		return false;
	for (size_t i = 0; i < transitions->count; i++)
		f->above_starts[ARRAY_AT(transitions, struct transition, i)->to + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		f->above_starts[i] += f->above_starts[i - 1];
	for (size_t i = 0; i < transitions->count; i++) {
		const struct transition *t = ARRAY_AT(transitions, struct transition, i);
		f->above[f->above_starts[t->to + 1]++] = t->from;
	}
	return true;
}

/* Tarjan's algorithm with a stack of its own, along the reversed edges: a component is complete when all above it are. */
struct tarjan { uint32_t *index, *low, *stack, *path, *next; uint32_t counter, stacked, depth; };

static void close_component(struct reach_finder *f, struct tarjan *t, uint32_t visit)
{
	uint32_t member;
	do {
		member = t->stack[--t->stacked];
		f->component[member] = f->components;
	} while (member != visit);
	f->components++;
}

static void enter(const struct reach_finder *f, struct tarjan *t, uint32_t visit)
{
	t->index[visit] = t->low[visit] = ++t->counter;
	t->stack[t->stacked++] = visit;
	t->next[visit] = f->above_starts[visit];
	t->path[t->depth++] = visit;
}

static void search_from(struct reach_finder *f, struct tarjan *t, uint32_t start)
{
	enter(f, t, start);
	while (t->depth) {
		uint32_t visit = t->path[t->depth - 1];
		if (t->next[visit] < f->above_starts[visit + 1]) {
			uint32_t above = f->above[t->next[visit]++];
			if (!t->index[above])
				enter(f, t, above);
			else if (f->component[above] == NO_COMPONENT && t->index[above] < t->low[visit])
				t->low[visit] = t->index[above];
			continue;
		}
		t->depth--;
		if (t->low[visit] == t->index[visit])
			close_component(f, t, visit);
		if (t->depth && t->low[visit] < t->low[t->path[t->depth - 1]])
			t->low[t->path[t->depth - 1]] = t->low[visit];
	}
}

static bool find_components(struct reach_finder *f)
{
	size_t n = f->c->visits.count;
	uint32_t *memory = calloc(n * 5 + 1, sizeof(uint32_t));
	f->component = malloc((n + 1) * sizeof(uint32_t));
	if (!memory || !f->component) {
		free(memory);
		return false;
	}
	struct tarjan t = { memory, memory + n, memory + 2 * n, memory + 3 * n, memory + 4 * n, 0, 0, 0 };
	memset(f->component, 0xff, (n + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < n; i++)
		if (!t.index[i])
			search_from(f, &t, i);
	free(memory);
	return true;
}

static bool list_members(struct reach_finder *f)
{
	size_t n = f->c->visits.count;
	f->member_starts = calloc(f->components + 2u, sizeof(uint32_t));
	f->members = malloc((n + 1) * sizeof(uint32_t));
	f->sets = calloc(f->components + 1u, sizeof(*f->sets));
	if (!f->member_starts || !f->members || !f->sets)
		return false;
	for (size_t i = 0; i < n; i++)
		f->member_starts[f->component[i] + 2]++;
	for (size_t i = 2; i < f->components + 2u; i++)
		f->member_starts[i] += f->member_starts[i - 1];
	for (uint32_t i = 0; i < n; i++)
		f->members[f->member_starts[f->component[i] + 1]++] = i;
	return true;
}

static int ranked_order(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int order = str_cmp(x->operation, y->operation);
	return order ? order : x->root < y->root ? -1 : x->root > y->root;
}

static bool rank_roots(struct reach_finder *f)
{
	size_t n = f->c->roots.count;
	struct ranked *all = malloc((n + 1) * sizeof(*all));
	f->rank = malloc((n + 1) * sizeof(uint32_t));
	f->by_rank = malloc((n + 1) * sizeof(uint32_t));
	if (!all || !f->rank || !f->by_rank) {
		free(all);
		return false;
	}
	for (uint32_t i = 0; i < n; i++)
		all[i] = (struct ranked){ i, ARRAY_AT(&f->c->roots, struct root, i)->root.operation };
	if (n)
		qsort(all, n, sizeof(*all), ranked_order);
	for (uint32_t i = 0; i < n; i++) {
		f->rank[all[i].root] = i;
		f->by_rank[i] = all[i].root;
	}
	free(all);
	return true;
}

struct reach_finder *reach_finder_new(struct schema_compare *c, const struct array *transitions)
{
	struct reach_finder *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->c = c;
	if (reverse(f, transitions) && find_components(f) && list_members(f) && rank_roots(f))
		return f;
	reach_finder_free(f);
	return NULL;
}

void reach_finder_free(struct reach_finder *f)
{
	if (!f)
		return;
	free(f->above_starts);
	free(f->above);
	free(f->component);
	free(f->member_starts);
	free(f->members);
	free(f->sets);
	free(f->rank);
	free(f->by_rank);
	free(f);
}

/* Sets. */
static int number_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static const struct reach_set *make_set(struct reach_finder *f, uint32_t *ranks, size_t count)
{
	struct arena *a = &f->c->out->arena;
	struct reach_set *s = ARENA_NEW(a, struct reach_set);
	uint32_t *kept = ARENA_ARRAY(a, count, uint32_t);
	if (!s || !kept)
		return NULL;
	if (count)
		qsort(ranks, count, sizeof(*ranks), number_order);
	for (size_t i = 0; i < count; i++)
		if (!i || ranks[i] != ranks[i - 1])
			kept[s->count++] = ranks[i];
	s->ranks = kept;
	for (size_t i = 0; i < s->count; i++)
		s->positions |= (uint8_t)(1u << ARRAY_AT(&f->c->roots, struct root, f->by_rank[kept[i] / 2])->root.position);
	return s;
}

static size_t first_root(const struct schema_compare *c, uint32_t pair)
{
	size_t low = 0, high = c->roots.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ARRAY_AT(&c->roots, struct root, middle)->pair < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool push_rank(struct array *ranks, uint32_t rank)
{
	uint32_t *room = ARRAY_PUSH(ranks, uint32_t, REACH_MAX);
	if (room)
		*room = rank;
	return room != NULL;
}

static void own_roots(struct reach_finder *f, const struct visit *v, struct array *ranks)
{
	for (size_t k = v->from == UINT32_MAX ? first_root(f->c, v->pair) : f->c->roots.count; k < f->c->roots.count; k++) {
		const struct root *r = ARRAY_AT(&f->c->roots, struct root, k);
		if (r->pair != v->pair)
			break;
		if (r->root.direction & v->root_direction)
			push_rank(ranks, f->rank[k] * 2 + (v->root_direction == RESP));
	}
}

enum { PARTS_JOINED = 64 };
struct parts { const struct reach_set *items[PARTS_JOINED]; size_t count; bool more; };

static void add_part(struct parts *p, const struct reach_set *s, struct array *ranks)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i] == s)
			return;
	if (p->count < PARTS_JOINED) {
		p->items[p->count++] = s;
		return;
	}
	for (size_t i = 0; i < s->count; i++)
		push_rank(ranks, s->ranks[i]);
	p->more = true;
}

static const struct reach_set *join(struct reach_finder *f, struct parts *p, struct array *ranks)
{
	if (p->count == 1 && !ranks->count)
		return p->items[0];
	for (size_t i = 0; i < p->count; i++)
		for (size_t k = 0; k < p->items[i]->count; k++)
			push_rank(ranks, p->items[i]->ranks[k]);
	return make_set(f, ranks->items, ranks->count);
}

/* All above a component is complete before it: their numbers are smaller. */
static const struct reach_set *component_set(struct reach_finder *f, uint32_t component)
{
	struct array ranks = { 0 };
	struct parts p = { .count = 0 };
	for (uint32_t i = f->member_starts[component]; i < f->member_starts[component + 1]; i++) {
		uint32_t visit = f->members[i];
		own_roots(f, ARRAY_AT(&f->c->visits, struct visit, visit), &ranks);
		for (uint32_t k = f->above_starts[visit]; k < f->above_starts[visit + 1]; k++) {
			uint32_t above = f->component[f->above[k]];
			if (above != component && f->sets[above])
				add_part(&p, f->sets[above], &ranks);
		}
	}
	const struct reach_set *s = join(f, &p, &ranks);
	free(ranks.items);
	return s;
}

/* Fills the sets of all components above one, itself included, in their order. */
static void fill_sets(struct reach_finder *f, uint32_t component)
{
	struct array wanted = { 0 }, stack = { 0 };
	uint8_t *seen = calloc(f->components + 1u, 1);
	push_rank(&stack, component);
	while (seen && stack.count) {
		uint32_t at = *ARRAY_AT(&stack, uint32_t, --stack.count);
		if (seen[at] || f->sets[at])
			continue;
		seen[at] = 1;
		if (!push_rank(&wanted, at))
			break;
		for (uint32_t i = f->member_starts[at]; i < f->member_starts[at + 1]; i++)
			for (uint32_t k = f->above_starts[f->members[i]]; k < f->above_starts[f->members[i] + 1]; k++)
				if (f->component[f->above[k]] != at)
					push_rank(&stack, f->component[f->above[k]]);
	}
	if (wanted.count)
		qsort(wanted.items, wanted.count, sizeof(uint32_t), number_order);
	for (size_t i = 0; i < wanted.count; i++)
		f->sets[*ARRAY_AT(&wanted, uint32_t, i)] = component_set(f, *ARRAY_AT(&wanted, uint32_t, i));
	free(seen);
	free(wanted.items);
	free(stack.items);
}

static void make_entries(struct reach_finder *f, struct reach_set *s)
{
	s->entries = ARENA_ARRAY(&f->c->out->arena, s->count, struct reach);
	for (size_t i = 0; s->entries && i < s->count; i++) {
		const struct root *r = ARRAY_AT(&f->c->roots, struct root, f->by_rank[s->ranks[i] / 2]);
		enum reach_direction direction = s->ranks[i] & 1 ? REACH_RESPONSE : REACH_REQUEST;
		if (s->entry_count && str_eq(s->entries[s->entry_count - 1].operation, r->root.operation))
			s->entries[s->entry_count - 1].direction |= direction;
		else
			s->entries[s->entry_count++] = (struct reach){ r->root.operation, direction };
	}
}

const struct reach_set *reach_of(struct reach_finder *f, uint32_t pair, int dirs)
{
	struct array ranks = { 0 };
	struct parts p = { .count = 0 };
	for (int local = REQ; local <= RESP; local++)
		for (int root = REQ; root <= RESP; root++) {
			uint32_t number = f->c->visit_of[(size_t)pair * VISIT_STATES + visit_state(local, root)];
			if (!number || !(dirs & local))
				continue;
			uint32_t component = f->component[number - 1];
			if (!f->sets[component])
				fill_sets(f, component);
			if (f->sets[component])
				add_part(&p, f->sets[component], &ranks);
		}
	size_t slot = p.count == 2 ? (((uintptr_t)p.items[0] ^ (uintptr_t)p.items[1] * 3) >> 4) % ARRAY_LEN(f->known) : 0;
	if (p.count == 2 && f->known[slot].a == p.items[0] && f->known[slot].b == p.items[1])
		return f->known[slot].joined;
	struct reach_set *s = p.count ? (struct reach_set *)join(f, &p, &ranks) : NULL;
	free(ranks.items);
	if (s && !s->entries)
		make_entries(f, s);
	if (s && p.count == 2) {
		f->known[slot].a = p.items[0];
		f->known[slot].b = p.items[1];
		f->known[slot].joined = s;
	}
	return s;
}
