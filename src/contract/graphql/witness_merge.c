/* Fields of two types can be given one name in an answer only while both have the same shape (section 5.3.2). So a field that is never null any more, although
 * "safer", breaks queries that merge it with one that still may be. Here such a query is looked for: two types that can stand side by side in one place, and from
 * there down pair by pair. */
#include "contract/graphql/compare.h"

enum { PAIRS_MAX = 16000, SLOTS = 32768, TESTS_MAX = 400000, TRIES_MAX = 20000, PLACE_TYPES = 64, TEXT_MAX = 4096, DEPTH_MAX = 24 };

/* Two types side by side: at the top as fragments in `place`, below it as what fields of the pair above answer, under the alias k. */
struct pair {
	const struct gql_type *left, *right;
	const struct gql_member *left_field, *right_field; /* of the pair above */
	int above;                                         /* -1: at the top */
	const struct gql_type *place;
};
/* All pairs up to the limits, found once a comparison; `slots` finds a pair by its types. */
struct gql_merge_search { struct gql_compare *c; struct pair *pairs; size_t count, capacity, tests; uint32_t *slots; };

static bool same_shape(const struct gql_ref *a, const struct gql_ref *b)
{
	if (a->lists != b->lists || a->nonnull != b->nonnull)
		return false;
	bool x = gql_is_composite(a->type), y = gql_is_composite(b->type);
	return x && y ? true : !x && !y && a->type == b->type;
}

static const struct gql_member *now_of(const struct gql_compare *c, const struct gql_type *t, const struct gql_member *m)
{
	const struct gql_type *now = gql_match(c, t);
	return now ? gql_member_of(&now->members, m->name) : NULL;
}

/* The pair's two selections, "a" and "b", wrapped in those above it. */
static bool write_pair(struct gql_merge_search *s, struct buf *out, int at, struct str a, struct str b)
{
	struct buf left, right;
	const struct pair *p = &s->pairs[at];
	buf_init(&left, TEXT_MAX);
	buf_init(&right, TEXT_MAX);
	bool ok = true;
	if (p->above < 0) {
		buf_printf(&left, "... on %.*s { %.*s } ... on %.*s { %.*s }", STR_FMT(p->left->name), STR_FMT(a), STR_FMT(p->right->name), STR_FMT(b));
		ok = buf_ok(&left) && gql_write_way(s->c, out, p->place, STR(""), buf_str(&left));
	} else {
		const struct pair *up = &s->pairs[p->above];
		buf_add(&left, STR("k: "));
		buf_add(&right, STR("k: "));
		ok = gql_write_call(s->c, &left, p->left_field, now_of(s->c, up->left, p->left_field), NULL, STR("")) &&
		     gql_write_call(s->c, &right, p->right_field, now_of(s->c, up->right, p->right_field), NULL, STR(""));
		buf_printf(&left, " { %.*s }", STR_FMT(a));
		buf_printf(&right, " { %.*s }", STR_FMT(b));
		ok = ok && buf_ok(&left) && buf_ok(&right) && write_pair(s, out, p->above, buf_str(&left), buf_str(&right));
	}
	buf_release(&left);
	buf_release(&right);
	return ok;
}

static bool try_pair(struct gql_merge_search *s, struct change *x, int at, const struct gql_member *left, const struct gql_member *right, bool aliased)
{
	struct buf a, b, query;
	const struct pair *p = &s->pairs[at];
	buf_init(&a, TEXT_MAX);
	buf_init(&b, TEXT_MAX);
	buf_init(&query, TEXT_MAX);
	if (aliased) {
		buf_add(&a, STR("k: "));
		buf_add(&b, STR("k: "));
	}
	bool ok = gql_write_field(s->c, &a, left, now_of(s->c, p->left, left), NULL, STR("")) && gql_write_field(s->c, &b, right, now_of(s->c, p->right, right), NULL, STR("")) &&
		  write_pair(s, &query, at, buf_str(&a), buf_str(&b)) && gql_prove(s->c, x, buf_str(&query));
	buf_release(&query);
	buf_release(&b);
	buf_release(&a);
	return ok;
}

static bool add_pair(struct gql_merge_search *s, struct pair p)
{
	uint64_t key = (uint64_t)p.left->id << 32 | p.right->id;
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15u >> 40) % SLOTS;
	for (; s->slots[at]; at = (at + 1) % SLOTS) {
		const struct pair *x = &s->pairs[s->slots[at] - 1];
		if (x->left == p.left && x->right == p.right)
			return true;
	}
	if (s->count == PAIRS_MAX || !ARENA_PUSH_ROOM(&s->c->scratch, s->pairs, s->count, s->capacity))
		return false;
	s->pairs[s->count++] = p;
	s->slots[at] = (uint32_t)s->count;
	return true;
}

static bool usable(const struct gql_merge_search *s, const struct gql_type *place, const struct gql_type *t)
{
	const struct gql_type *now = gql_match(s->c, t), *there = gql_match(s->c, place);
	return now && there && str_eq(now->name, t->name) && gql_overlap(there, now);
}

/* The place itself and what it can be, up to `limit`; how many. */
static uint32_t types_in(const struct gql_type *place, const struct gql_type **types, uint32_t limit)
{
	uint32_t n = 0;
	types[n++] = place;
	for (uint32_t i = 0; place->kind == GQL_UNION && i < place->links.count && n < limit; i++)
		types[n++] = place->links.items[i].type.type;
	for (uint32_t i = 0; place->kind == GQL_INTERFACE && i < place->users.count && n < limit; i++)
		types[n++] = place->users.items[i];
	return n;
}

/* What can stand side by side in an interface or union, to go down from there. */
static void add_place(struct gql_merge_search *s, const struct gql_type *place)
{
	const struct gql_type *types[PLACE_TYPES];
	uint32_t n = types_in(place, types, PLACE_TYPES);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++)
			if (i != j && usable(s, place, types[i]) && usable(s, place, types[j]) && !add_pair(s, (struct pair){ types[i], types[j], NULL, NULL, -1, place }))
				return;
}

static bool exclusive(const struct gql_merge_search *s, int at)
{
	for (; at >= 0; at = s->pairs[at].above)
		if (s->pairs[at].left != s->pairs[at].right && s->pairs[at].left->kind == GQL_OBJECT_TYPE && s->pairs[at].right->kind == GQL_OBJECT_TYPE)
			return true;
	return false;
}

static int depth_of(const struct gql_merge_search *s, int at)
{
	int n = 0;
	for (; at >= 0; at = s->pairs[at].above)
		n++;
	return n;
}

/* Pairs below: fields of one shape, both composite, on both sides still the same. */
static void add_below(struct gql_merge_search *s, int at)
{
	const struct gql_type *left = s->pairs[at].left, *right = s->pairs[at].right;
	bool free_names = exclusive(s, at);
	if (left->kind == GQL_UNION || right->kind == GQL_UNION || depth_of(s, at) > DEPTH_MAX)
		return;
	for (uint32_t i = 0; i < left->members.count; i++) {
		const struct gql_member *m = &left->members.items[i], *mn = now_of(s->c, left, m);
		if (!gql_is_composite(m->type.type) || !mn || !gql_same_ref(s->c, &m->type, &mn->type))
			continue;
		for (uint32_t j = 0; j < right->members.count && s->tests++ < TESTS_MAX; j++) {
			const struct gql_member *n = &right->members.items[j], *nn = now_of(s->c, right, n);
			if ((!free_names && !str_eq(m->name, n->name)) || !nn || !same_shape(&m->type, &n->type) || !gql_is_composite(n->type.type) || !gql_same_ref(s->c, &n->type, &nn->type))
				continue;
			if (!add_pair(s, (struct pair){ m->type.type, n->type.type, m, n, at, NULL }))
				return;
		}
	}
}

/* In a pair with t on its left: a field on the right that merges with m now and not any more. */
static bool try_right(struct gql_merge_search *s, struct change *x, int at, const struct gql_type *t, const struct gql_member *m, const struct gql_member *m_now)
{
	const struct gql_type *right = s->pairs[at].right;
	if (s->pairs[at].left != t || right->kind == GQL_UNION)
		return false;
	bool free_names = exclusive(s, at);
	for (uint32_t j = 0; j < right->members.count && s->tests++ < TRIES_MAX; j++) {
		const struct gql_member *n = &right->members.items[j], *nn = now_of(s->c, right, n);
		if (n == m || !nn || (!free_names && !str_eq(m->name, n->name)) || !same_shape(&m->type, &n->type) || same_shape(&m_now->type, &nn->type))
			continue;
		if (try_pair(s, x, at, m, n, free_names))
			return true;
	}
	return false;
}

static struct gql_merge_search *all_pairs(struct gql_compare *c)
{
	struct gql_merge_search *s = ARENA_NEW(&c->scratch, struct gql_merge_search);
	uint32_t *slots = ARENA_ARRAY(&c->scratch, SLOTS, uint32_t);
	if (!s || !slots)
		return NULL;
	*s = (struct gql_merge_search){ .c = c, .slots = slots };
	for (uint32_t i = 0; i < c->before->types.count; i++) {
		const struct gql_type *place = c->before->types.items[i];
		if ((place->kind == GQL_INTERFACE || place->kind == GQL_UNION) && c->steps[i].clean)
			add_place(s, place);
	}
	for (size_t i = 0; i < s->count; i++)
		add_below(s, (int)i);
	return s;
}

/* t beside each other type of the place, however many there are. */
static bool try_place(struct gql_merge_search *s, struct change *x, const struct gql_type *place, const struct gql_type *t, const struct gql_member *m, const struct gql_member *n)
{
	uint32_t count = 1 + (place->kind == GQL_UNION ? place->links.count : place->users.count);
	const struct gql_type **types = usable(s, place, t) ? ARENA_ARRAY(&s->c->scratch, count, const struct gql_type *) : NULL;
	if (!types || !ARENA_PUSH_ROOM(&s->c->scratch, s->pairs, s->count, s->capacity))
		return false;
	count = types_in(place, types, count);
	bool found = false;
	for (uint32_t i = 0; !found && i < count && s->tests < TRIES_MAX; i++) {
		if (types[i] == t || !usable(s, place, types[i]))
			continue;
		s->pairs[s->count] = (struct pair){ t, types[i], NULL, NULL, -1, place };
		found = try_right(s, x, (int)s->count, t, m, n);
	}
	return found;
}

bool gql_witness_merge(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *m, const struct gql_member *n)
{
	if (!c->rooted || !c->steps)
		return false;
	if (!c->merge)
		c->merge = all_pairs(c);
	struct gql_merge_search *s = c->merge;
	if (!s)
		return false;
	s->tests = 0;
	if (t->kind == GQL_INTERFACE && c->steps[t->id].clean && try_place(s, x, t, t, m, n))
		return true;
	const struct gql_members *above = &t->links;
	for (uint32_t i = 0; t->kind != GQL_UNION && i < above->count; i++)
		if (c->steps[above->items[i].type.type->id].clean && try_place(s, x, above->items[i].type.type, t, m, n))
			return true;
	for (uint32_t i = 0; t->kind == GQL_OBJECT_TYPE && i < t->users.count; i++)
		if (c->steps[t->users.items[i]->id].clean && try_place(s, x, t->users.items[i], t, m, n))
			return true;
	for (size_t i = 0; i < s->count && s->tests < TRIES_MAX; i++)
		if (s->pairs[i].left == t && try_right(s, x, (int)i, t, m, n))
			return true;
	return false;
}
