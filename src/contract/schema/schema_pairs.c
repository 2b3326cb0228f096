/* The graph of pairs: made by a work list, solved to its greatest fixed point by another. See schema_compare_impl.h. */
#include "base/check.h"
#include "contract/schema/schema_compare_impl.h"
#include <stdlib.h>

static uint64_t pair_hash(uint32_t a, uint32_t b)
{
	uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15ULL;
	return h ^ (h >> 29);
}

static bool grow_slots(struct schema_compare *c)
{
	struct array *slots = &c->pair_slots;
	if ((c->pairs.count + 1) * 4 < slots->capacity * 3)
		return true;
	size_t size = slots->capacity ? slots->capacity * 2 : 1024;
	uint32_t *larger = calloc(size, sizeof(uint32_t));
	if (!larger)
		return false;
	for (uint32_t i = 0; i < c->pairs.count; i++) {
		size_t at = pair_hash(pair_at(c, i)->old_view, pair_at(c, i)->new_view) & (size - 1);
		while (larger[at])
			at = (at + 1) & (size - 1);
		larger[at] = i + 1;
	}
	free(slots->items);
	*slots = (struct array){ larger, 0, size };
	return true;
}

uint32_t pair_of(struct schema_compare *c, uint32_t old_view, uint32_t new_view)
{
	if (old_view == UINT32_MAX || new_view == UINT32_MAX || !grow_slots(c)) {
		c->limited = true;
		return NO_PAIR;
	}
	uint32_t *slots = c->pair_slots.items;
	size_t mask = c->pair_slots.capacity - 1, at = pair_hash(old_view, new_view) & mask;
	for (; slots[at]; at = (at + 1) & mask) {
		const struct pair *p = pair_at(c, slots[at] - 1);
		if (p->old_view == old_view && p->new_view == new_view)
			return slots[at] - 1;
	}
	if (c->pairs.count == PAIRS_MAX)
		return NO_PAIR; /* an ordinary event: what leads here does not hold, and is reported unproved */
	struct pair *p = ARRAY_PUSH(&c->pairs, struct pair, PAIRS_MAX);
	if (!p) {
		c->limited = true;
		return NO_PAIR;
	}
	*p = (struct pair){ .old_view = old_view, .new_view = new_view, .split = { NO_OBLIGATION, NO_OBLIGATION } };
	slots[at] = (uint32_t)c->pairs.count;
	return (uint32_t)c->pairs.count - 1;
}

bool pairs_expand(struct schema_compare *c)
{
	for (uint32_t i = 0; i < c->pairs.count; i++)
		rules_expand(c, i);
	return !c->limited;
}

static bool edge_holds(const struct schema_compare *c, const struct edge *e, int direction)
{
	if (e->child == NO_PAIR)
		return false;
	uint8_t unsafe = ARRAY_AT(&c->pairs, struct pair, e->child)->unsafe;
	if (e->map == MAP_BOTH)
		return !unsafe;
	return !(unsafe & (e->map == MAP_SAME ? direction : BOTH & ~direction));
}

bool obligation_holds(const struct schema_compare *c, const struct obligation *o, int direction)
{
	if (!o->edge_count)
		return false;
	for (uint32_t i = 0; i < o->edge_count; i++)
		if (edge_holds(c, ARRAY_AT(&c->edges, struct edge, o->edges + i), direction) == o->any)
			return o->any;
	return !o->any;
}

static const struct obligation *split_of(const struct schema_compare *c, const struct pair *p, int direction)
{
	uint32_t at = p->split[direction - 1];
	return at == NO_OBLIGATION ? NULL : ARRAY_AT(&c->obligations, struct obligation, at);
}

uint8_t obligation_broken(const struct schema_compare *c, const struct pair *p, const struct obligation *o)
{
	uint8_t broken = 0;
	for (int direction = REQ; direction <= RESP; direction++) {
		const struct obligation *split = split_of(c, p, direction);
		if (o->dirs & direction && !(p->proved & direction) && (!split || split == o) && !obligation_holds(c, o, direction))
			broken |= (uint8_t)direction;
	}
	return broken;
}

static uint8_t unsafe_now(const struct schema_compare *c, const struct pair *p)
{
	uint8_t unsafe = 0;
	for (uint32_t i = 0; i < p->count && unsafe != BOTH; i++)
		unsafe |= obligation_broken(c, p, ARRAY_AT(&c->obligations, struct obligation, p->obligations + i));
	return unsafe;
}

/* Reverse edges: parent_starts[i] to parent_starts[i + 1] in parents. */
static bool reverse(struct schema_compare *c)
{
	size_t n = c->pairs.count, total = 0;
	free(c->parents);
	free(c->parent_starts);
	c->parent_starts = calloc(n + 2, sizeof(uint32_t));
	for (size_t i = 0; c->parent_starts && i < c->edges.count; i++)
		if (ARRAY_AT(&c->edges, struct edge, i)->child != NO_PAIR)
			c->parent_starts[ARRAY_AT(&c->edges, struct edge, i)->child + 2]++, total++;
	c->parents = malloc((total + 1) * sizeof(uint32_t));
	if (!c->parents || !c->parent_starts)
		return false;
	for (size_t i = 2; i < n + 2; i++)
		c->parent_starts[i] += c->parent_starts[i - 1];
	for (uint32_t p = 0; p < n; p++)
		for (uint32_t i = 0; i < pair_at(c, p)->count; i++) {
			const struct obligation *o = ARRAY_AT(&c->obligations, struct obligation, pair_at(c, p)->obligations + i);
			for (uint32_t k = 0; k < o->edge_count; k++) {
				uint32_t child = ARRAY_AT(&c->edges, struct edge, o->edges + k)->child;
				if (child != NO_PAIR)
					c->parents[c->parent_starts[child + 1]++] = p;
			}
		}
	return true;
}

void pairs_solve(struct schema_compare *c)
{
	size_t n = c->pairs.count, count = 0;
	uint32_t *work = malloc((n * 2 + 1) * sizeof(uint32_t));
	if (!work || !reverse(c)) {
		c->limited = true;
		for (uint32_t i = 0; i < n; i++)
			pair_at(c, i)->unsafe = BOTH;
		free(work);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		if ((pair_at(c, i)->unsafe |= unsafe_now(c, pair_at(c, i))))
			work[count++] = i;
	/* A pair comes back at most once more for each direction. */
	while (count) {
		uint32_t child = work[--count];
		for (uint32_t k = c->parent_starts[child]; k < c->parent_starts[child + 1]; k++) {
			struct pair *p = pair_at(c, c->parents[k]);
			uint8_t now = p->unsafe == BOTH ? BOTH : p->unsafe | unsafe_now(c, p);
			if (now != p->unsafe) {
				p->unsafe = now;
				work[count++] = c->parents[k];
			}
		}
	}
	free(work);
}
