/* Which type of the new schema is which of the old one: by name and kind; else as renamed, where a type is gone, and every member that had it and is still there has one and the same
 * new type of its kind instead, or where both hold the same kind of operation. */
#include "contract/graphql/compare.h"

struct votes { const struct gql_type **became; bool *refused; };

static void vote(struct gql_compare *c, struct votes *v, const struct gql_type *before, const struct gql_type *after)
{
	if (c->match[before->id] || gql_type_of(c->after, before->name) || before->kind == GQL_SCALAR)
		return;
	if (gql_type_of(c->before, after->name) || after->kind != before->kind || (v->became[before->id] && v->became[before->id] != after))
		v->refused[before->id] = true;
	else
		v->became[before->id] = after;
}

static void vote_members(struct gql_compare *c, struct votes *v, const struct gql_members *before, const struct gql_members *after)
{
	for (uint32_t i = 0; i < before->count; i++) {
		const struct gql_member *m = &before->items[i], *n = gql_member_of(after, m->name);
		if (!n)
			continue;
		if (m->type.type && n->type.type)
			vote(c, v, m->type.type, n->type.type);
		vote_members(c, v, &m->args, &n->args);
	}
}

/* At least half of what is in it is in the other, too: else it is no renaming. */
static bool alike(const struct gql_type *a, const struct gql_type *b)
{
	const struct gql_members *x = a->kind == GQL_UNION ? &a->links : &a->members, *y = b->kind == GQL_UNION ? &b->links : &b->members;
	uint32_t same = 0;
	for (uint32_t i = 0; i < x->count; i++)
		same += gql_member_of(y, x->items[i].name) != NULL;
	return same * 2 >= x->count;
}

static bool pair(struct gql_compare *c, struct gql_type *before, struct gql_type *after)
{
	if (c->match[before->id] || c->back[after->id])
		return false;
	c->match[before->id] = after;
	c->back[after->id] = before;
	return true;
}

/* One round over all matched types; a pair that is found lets the next round look into it. */
static bool round_of_votes(struct gql_compare *c, struct votes *v)
{
	bool found = false;
	uint32_t n = c->before->types.count;
	memset(v->became, 0, n * sizeof(*v->became));
	memset(v->refused, 0, n * sizeof(*v->refused));
	for (uint32_t i = 0; i < n; i++) {
		const struct gql_type *t = c->before->types.items[i], *m = c->match[i];
		if (m && t->kind != GQL_ENUM_TYPE)
			vote_members(c, v, &t->members, &m->members);
	}
	for (uint32_t i = 0; i < n; i++) {
		struct gql_type *became = (struct gql_type *)(uintptr_t)v->became[i];
		if (became && !v->refused[i] && alike(c->before->types.items[i], became))
			found |= pair(c, c->before->types.items[i], became);
	}
	return found;
}

enum { ROUNDS_MAX = 16 };

bool gql_match_types(struct gql_compare *c)
{
	uint32_t n = c->before->types.count;
	c->match = ARENA_ARRAY(&c->scratch, n, struct gql_type *);
	c->back = ARENA_ARRAY(&c->scratch, c->after->types.count, struct gql_type *);
	struct votes v = { ARENA_ARRAY(&c->scratch, n, const struct gql_type *), ARENA_ARRAY(&c->scratch, n, bool) };
	if (!c->match || !c->back || !v.became || !v.refused)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct gql_type *t = c->before->types.items[i], *same = gql_type_of(c->after, t->name);
		if (same && same->kind == t->kind)
			pair(c, t, same);
	}
	for (int i = 0; i < GQL_OPERATIONS; i++) {
		struct gql_type *a = c->before->roots[i], *b = c->after->roots[i];
		if (a && b && !gql_type_of(c->after, a->name) && !gql_type_of(c->before, b->name))
			pair(c, a, b);
	}
	for (int i = 0; i < ROUNDS_MAX && round_of_votes(c, &v); i++)
		;
	return true;
}
