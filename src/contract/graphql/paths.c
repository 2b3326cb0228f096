/* Ways that operations take through the old schema and, unharmed, through the new one (breadth first, so the shortest); and which root fields reach a type. See compare.h. */
#include "contract/graphql/compare.h"
#include <stdlib.h>

enum { VALUE_MAX = 2048 };

/* Whether the field can be asked for on both sides, with the same arguments. */
static bool passable(struct gql_compare *c, const struct gql_member *before, const struct gql_member *after)
{
	struct buf b;
	bool plain = true;
	for (uint32_t i = 0; i < before->args.count && plain; i++)
		plain = !gql_required(&before->args.items[i]);
	for (uint32_t i = 0; i < after->args.count && plain; i++)
		plain = !gql_required(&after->args.items[i]);
	if (plain)
		return true;
	buf_init(&b, VALUE_MAX);
	bool ok = gql_write_field(c, &b, before, after, NULL, STR("")) && buf_ok(&b);
	buf_release(&b);
	return ok;
}

struct queue { uint32_t *items; uint32_t head, tail; };

/* The first way to a type stays; a clean one takes the place of one that is not. */
static void reach(struct gql_compare *c, struct queue *q, const struct gql_type *t, struct gql_step step)
{
	struct gql_step *s = &c->steps[t->id];
	if (s->clean || (s->kind && !step.clean))
		return;
	*s = step;
	if (step.clean)
		q->items[q->tail++] = t->id;
}

static void step_fields(struct gql_compare *c, struct queue *q, const struct gql_type *t, const struct gql_type *now, bool flows)
{
	for (uint32_t i = 0; t->kind != GQL_UNION && i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i], *n = gql_member_of(&now->members, m->name);
		if (!n || !passable(c, m, n))
			continue;
		bool same = gql_same_named(c, &m->type, &n->type);
		if (same || str_eq(m->type.name, n->type.name)) /* the same name: the type is of another kind now */
			reach(c, q, m->type.type, (struct gql_step){ GQL_STEP_FIELD, t, m, same, flows });
	}
}

static void step_spread(struct gql_compare *c, struct queue *q, const struct gql_type *t, const struct gql_type *now, const struct gql_type *to, bool flows)
{
	const struct gql_type *there = gql_match(c, to);
	bool clean = there && str_eq(there->name, to->name) && gql_overlap(now, there);
	reach(c, q, to, (struct gql_step){ GQL_STEP_SPREAD, t, NULL, clean, flows });
}

/* Down: to what an interface or union can be. Up: to interfaces and unions that an object belongs to. */
static void step_spreads(struct gql_compare *c, struct queue *q, const struct gql_type *t, const struct gql_type *now, bool down, bool flows)
{
	bool unions = t->kind == GQL_UNION, users_down = t->kind == GQL_INTERFACE;
	for (uint32_t i = 0; unions == down && i < t->links.count; i++)
		step_spread(c, q, t, now, t->links.items[i].type.type, flows);
	for (uint32_t i = 0; users_down == down && i < t->users.count; i++)
		step_spread(c, q, t, now, t->users.items[i], flows);
	/* An object's unions are its users and an interface's interfaces its links; both lead up. */
}

static void walk(struct gql_compare *c, struct queue *q, bool up)
{
	while (q->head < q->tail) {
		const struct gql_type *t = c->before->types.items[q->items[q->head++]], *now = gql_match(c, t);
		bool flows = c->steps[t->id].flows && !up;
		if (!gql_is_composite(t))
			continue;
		step_fields(c, q, t, now, flows);
		step_spreads(c, q, t, now, true, flows);
		if (up)
			step_spreads(c, q, t, now, false, false);
	}
}

static bool entity(const struct gql_type *t) { return gql_use_of(&t->uses, STR("key")) && (t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE); }

static bool find_answers(struct gql_compare *c)
{
	uint32_t n = c->before->types.count;
	struct queue q = { ARENA_ARRAY(&c->scratch, (size_t)n + 1, uint32_t), 0, 0 };
	c->steps = ARENA_ARRAY(&c->scratch, n, struct gql_step);
	if (!q.items || !c->steps)
		return false;
	for (int i = 0; i < GQL_OPERATIONS; i++) {
		const struct gql_type *root = c->before->roots[i];
		if (!root)
			continue;
		c->rooted = true;
		reach(c, &q, root, (struct gql_step){ GQL_STEP_ROOT, NULL, NULL, c->after->roots[i] && gql_match(c, root) == c->after->roots[i], true });
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct gql_type *t = c->before->types.items[i];
		if (!entity(t))
			continue;
		c->rooted = true;
		reach(c, &q, t, (struct gql_step){ GQL_STEP_ENTITY, NULL, NULL, gql_match(c, t) != NULL, true });
	}
	walk(c, &q, false);
	/* Each clean type once more, now also up. Every type enters the queue once a walk. */
	uint32_t tail = q.tail;
	struct queue again = { ARENA_ARRAY(&c->scratch, (size_t)n + tail + 1, uint32_t), 0, tail };
	if (!again.items)
		return false;
	memcpy(again.items, q.items, tail * sizeof(*q.items));
	walk(c, &again, true);
	return true;
}

/* ---- inputs ---- */

static void give(struct gql_compare *c, struct queue *q, const struct gql_type *t, struct gql_given step)
{
	struct gql_given *g = &c->given[t->id];
	if (g->clean || (g->kind && !step.clean))
		return;
	*g = step;
	if (step.clean)
		q->items[q->tail++] = t->id;
}

static void give_members(struct gql_compare *c, struct queue *q, const struct gql_members *before, const struct gql_members *after, struct gql_given step)
{
	for (uint32_t i = 0; i < before->count; i++) {
		const struct gql_member *m = &before->items[i], *n = gql_member_of(after, m->name);
		if (!n)
			continue;
		step.argument = m;
		step.clean = gql_same_named(c, &m->type, &n->type);
		if (step.clean || str_eq(m->type.name, n->type.name))
			give(c, q, m->type.type, step);
	}
}

static bool find_inputs(struct gql_compare *c)
{
	uint32_t n = c->before->types.count;
	struct queue q = { ARENA_ARRAY(&c->scratch, (size_t)n + 1, uint32_t), 0, 0 };
	c->given = ARENA_ARRAY(&c->scratch, n, struct gql_given);
	if (!q.items || !c->given)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct gql_type *t = c->before->types.items[i], *now = c->match[i];
		for (uint32_t j = 0; c->steps[i].clean && (t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE) && j < t->members.count; j++) {
			const struct gql_member *m = &t->members.items[j], *k = gql_member_of(&now->members, m->name);
			if (k && m->args.count && passable(c, m, k))
				give_members(c, &q, &m->args, &k->args, (struct gql_given){ .kind = GQL_GIVEN_ARGUMENT, .from = t, .field = m });
		}
	}
	for (uint32_t i = 0; i < c->before->directive_count; i++) {
		const struct gql_directive *d = c->before->directives[i], *k = gql_directive_of(c->after, d->name);
		if (k && (d->locations & k->locations & GQL_EXECUTABLE))
			give_members(c, &q, &d->args, &k->args, (struct gql_given){ .kind = GQL_GIVEN_DIRECTIVE, .directive = d });
	}
	while (q.head < q.tail) {
		const struct gql_type *t = c->before->types.items[q.items[q.head++]];
		if (t->kind == GQL_INPUT)
			give_members(c, &q, &t->members, &gql_match(c, t)->members, (struct gql_given){ .kind = GQL_GIVEN_FIELD, .from = t });
	}
	return true;
}

bool gql_find_paths(struct gql_compare *c) { return find_answers(c) && find_inputs(c); }

/* ---- which root fields reach it ---- */

enum { REACH_BYTES = 64 << 20 };

static uint64_t *bits(const struct gql_reach *r, uint64_t *side, const struct gql_type *t) { return side + t->id * r->words; }

static bool merge(uint64_t *to, const uint64_t *from, size_t words)
{
	uint64_t grown = 0;
	for (size_t i = 0; i < words; i++) {
		grown |= from[i] & ~to[i];
		to[i] |= from[i];
	}
	return grown != 0;
}

static bool is_root(const struct gql_schema *s, const struct gql_type *t) { return t == s->roots[0] || t == s->roots[1] || t == s->roots[2]; }

struct flow { const struct gql_schema *s; struct gql_reach *r; struct queue q; bool *queued; };

static void flow_to(struct flow *f, uint64_t *side, const uint64_t *from, const struct gql_type *to)
{
	if (!merge(bits(f->r, side, to), from, f->r->words) || f->queued[to->id])
		return;
	f->queued[to->id] = true;
	f->q.items[f->q.tail++ % (f->s->types.count + 1)] = to->id;
}

static void flow_from(struct flow *f, const struct gql_type *t)
{
	const uint64_t *out = bits(f->r, f->r->out, t), *in = bits(f->r, f->r->in, t);
	if (t->kind == GQL_INPUT) {
		for (uint32_t i = 0; i < t->members.count; i++)
			flow_to(f, f->r->in, in, t->members.items[i].type.type);
		return;
	}
	if (!gql_is_composite(t))
		return;
	for (uint32_t i = 0; t->kind == GQL_UNION && i < t->links.count; i++)
		flow_to(f, f->r->out, out, t->links.items[i].type.type);
	for (uint32_t i = 0; t->kind == GQL_INTERFACE && i < t->users.count; i++)
		flow_to(f, f->r->out, out, t->users.items[i]);
	for (uint32_t i = 0; t->kind != GQL_UNION && !is_root(f->s, t) && i < t->members.count; i++) {
		flow_to(f, f->r->out, out, t->members.items[i].type.type);
		for (uint32_t j = 0; j < t->members.items[i].args.count; j++)
			flow_to(f, f->r->in, out, t->members.items[i].args.items[j].type.type);
	}
}

static void seed(struct gql_compare *c, struct flow *f, struct str name, const struct gql_member *m, const struct gql_type *t)
{
	uint64_t *one = ARENA_ARRAY(&c->scratch, f->r->words, uint64_t);
	if (!one)
		return;
	one[f->r->count / 64] |= 1ull << (f->r->count % 64);
	f->r->names[f->r->count++] = name;
	flow_to(f, f->r->out, one, t);
	for (uint32_t i = 0; m && i < m->args.count; i++)
		flow_to(f, f->r->in, one, m->args.items[i].type.type);
}

static struct str joined(struct gql_compare *c, struct str type, struct str field) { return gql_text(c, "%.*s.%.*s", STR_FMT(type), STR_FMT(field)); }

static void build_reach(struct gql_compare *c, struct gql_reach *r, const struct gql_schema *s)
{
	size_t roots = 1, types = s->types.count;
	r->built = true;
	for (int i = 0; i < GQL_OPERATIONS; i++)
		roots += s->roots[i] ? s->roots[i]->members.count : 0;
	r->words = (roots + 63) / 64;
	if (r->words * types * 16 > REACH_BYTES)
		return;
	struct flow f = { s, r, { ARENA_ARRAY(&c->scratch, types + 1, uint32_t), 0, 0 }, ARENA_ARRAY(&c->scratch, types, bool) };
	r->in = ARENA_ARRAY(&c->scratch, r->words * types, uint64_t);
	r->out = ARENA_ARRAY(&c->scratch, r->words * types, uint64_t);
	r->names = ARENA_ARRAY(&c->scratch, roots, struct str);
	if (!f.q.items || !f.queued || !r->in || !r->out || !r->names) {
		r->out = NULL;
		return;
	}
	for (int i = 0; i < GQL_OPERATIONS; i++)
		for (uint32_t j = 0; s->roots[i] && j < s->roots[i]->members.count; j++) {
			const struct gql_member *m = &s->roots[i]->members.items[j];
			seed(c, &f, joined(c, s->roots[i]->name, m->name), m, m->type.type);
		}
	struct str entities = s->roots[GQL_QUERY] ? joined(c, s->roots[GQL_QUERY]->name, STR("_entities")) : STR("Query._entities");
	size_t count = r->count;
	for (uint32_t i = 0; i < types; i++)
		if (entity(s->types.items[i])) {
			r->count = count;
			seed(c, &f, entities, NULL, s->types.items[i]);
		}
	while (f.q.head != f.q.tail) {
		uint32_t id = f.q.items[f.q.head++ % (types + 1)];
		f.queued[id] = false;
		flow_from(&f, s->types.items[id]);
	}
}

static int reach_order(const void *a, const void *b) { return str_cmp(((const struct reach *)a)->operation, ((const struct reach *)b)->operation); }

static void set_reach(struct gql_compare *c, struct change *x, const struct gql_reach *r, const struct gql_type *t, enum reach_direction direction)
{
	size_t n = 0;
	struct reach *list = r->out ? ARENA_ARRAY(&c->out->arena, r->count ? r->count : 1, struct reach) : NULL;
	for (size_t i = 0; list && i < r->count; i++) {
		uint64_t out = (direction & REACH_RESPONSE) ? bits(r, r->out, t)[i / 64] >> (i % 64) & 1 : 0;
		uint64_t in = (direction & REACH_REQUEST) ? bits(r, r->in, t)[i / 64] >> (i % 64) & 1 : 0;
		if (out || in)
			list[n++] = (struct reach){ r->names[i], (enum reach_direction)((out ? REACH_RESPONSE : 0) | (in ? REACH_REQUEST : 0)) };
	}
	if (!n)
		return;
	qsort(list, n, sizeof(*list), reach_order);
	x->reach = list;
	x->reach_count = n;
}

void gql_reach_type(struct gql_compare *c, struct change *x, bool old_side, const struct gql_type *t, enum reach_direction direction)
{
	struct gql_reach *r = old_side ? &c->old_reach : &c->new_reach;
	if (!x)
		return;
	if (!r->built)
		build_reach(c, r, old_side ? c->before : c->after);
	set_reach(c, x, r, t, direction);
}

void gql_reach_field(struct gql_compare *c, struct change *x, bool old_side, const struct gql_type *t, const struct gql_member *field, enum reach_direction direction)
{
	if (!x)
		return;
	gql_reach_type(c, x, old_side, t, REACH_RESPONSE);
	struct reach *list = (struct reach *)(uintptr_t)x->reach;
	if (is_root(old_side ? c->before : c->after, t)) {
		list = ARENA_NEW(&c->out->arena, struct reach);
		if (list)
			*list = (struct reach){ joined(c, t->name, field->name), direction };
		x->reach = list;
		x->reach_count = list != NULL;
	}
	for (size_t i = 0; i < x->reach_count; i++)
		list[i].direction = direction;
}
