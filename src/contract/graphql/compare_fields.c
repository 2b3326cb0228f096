/* Differences of the fields of objects and interfaces. See compare.h. */
#include "contract/graphql/compare.h"

static bool same_type(const struct gql_ref *a, const struct gql_ref *b) { return a->type == b->type && a->lists == b->lists && a->nonnull == b->nonnull; }

static bool same_field(const struct gql_member *a, const struct gql_member *b)
{
	if (!a || !b)
		return a == b;
	if (!same_type(&a->type, &b->type) || a->args.count != b->args.count)
		return false;
	for (uint32_t i = 0; i < a->args.count; i++) {
		const struct gql_member *x = &a->args.items[i], *y = gql_member_of(&b->args, x->name);
		if (!y || !same_type(&x->type, &y->type) || !gql_value_equal(x->default_value, y->default_value))
			return false;
	}
	return true;
}

/* An interface of the type has the same field with the same difference: told there, once. */
static bool told_by_interface(const struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, struct str name)
{
	const struct gql_member *m = gql_member_of(&t->members, name), *n = gql_member_of(&now->members, name);
	for (uint32_t i = 0; i < t->links.count; i++) {
		const struct gql_type *it = t->links.items[i].type.type, *it_now = gql_match(c, it);
		if (!it_now || !gql_clean(c, it) || !gql_member_of(&now->links, it_now->name))
			continue;
		const struct gql_member *im = gql_member_of(&it->members, name), *in = gql_member_of(&it_now->members, name);
		if ((im || in) && same_field(m, im) && same_field(n, in))
			return true;
	}
	return false;
}

/* A type that implements the interface and has the same difference in the same field: told with it. */
static const struct gql_type *follows(const struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_type *u, struct str name)
{
	const struct gql_type *v = gql_match(c, u);
	bool both = v && gql_member_of(&v->links, now->name) && same_field(gql_member_of(&t->members, name), gql_member_of(&u->members, name)) &&
		    same_field(gql_member_of(&now->members, name), gql_member_of(&v->members, name));
	return both ? v : NULL;
}

static uint32_t followers(const struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, struct str name)
{
	uint32_t n = 0;
	for (uint32_t i = 0; t->kind == GQL_INTERFACE && i < t->users.count; i++)
		n += follows(c, t, now, t->users.items[i], name) != NULL;
	return n;
}

/* In the type itself or, for an interface, in one that it is told for. */
static bool merges(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_type *now, const struct gql_member *m, const struct gql_member *n)
{
	if (gql_clean(c, t) && gql_witness_merge(c, x, t, m, n))
		return true;
	for (uint32_t i = 0; t->kind == GQL_INTERFACE && i < t->users.count; i++) {
		const struct gql_type *u = t->users.items[i], *v = follows(c, t, now, u, m->name);
		if (v && gql_witness_merge(c, x, u, gql_member_of(&u->members, m->name), gql_member_of(&v->members, m->name)))
			return true;
	}
	return false;
}

static struct str also(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, struct str name)
{
	uint32_t n = followers(c, t, now, name);
	return n ? gql_text(c, ", as it is in the %u type%s that implement%s `%.*s`", n, n == 1 ? "" : "s", n == 1 ? "s" : "", STR_FMT(t->name)) : STR("");
}

static void field_removed(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *m)
{
	struct buf b;
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_FIELD_REMOVED, gql_member_name(c, t, m), STR(""), &m->spot, NULL, GQL_RULE(FIELD_REMOVED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The field `%.*s` of `%.*s` was removed%.*s", STR_FMT(m->name), STR_FMT(t->name), STR_FMT(also(c, t, now, m->name)));
	gql_reach_field(c, x, true, t, m, REACH_RESPONSE);
	if (!gql_clean(c, t)) {
		gql_not_reached(c, x);
		return;
	}
	struct buf way;
	buf_init(&b, 4096);
	buf_init(&way, 4096);
	if (gql_write_field(c, &b, m, NULL, NULL, STR("")) && gql_write_way(c, &way, t, STR(""), buf_str(&b)))
		gql_prove(c, x, buf_str(&way));
	buf_release(&way);
	buf_release(&b);
}

static bool only_tighter(const struct gql_compare *c, const struct gql_ref *a, const struct gql_ref *b)
{
	return a->lists == b->lists && gql_same_name(c, a, b) && !(a->nonnull & ~b->nonnull);
}

static bool all_possible(const struct gql_compare *c, const struct gql_type *a, const struct gql_type *b)
{
	const struct gql_type *was = c->back[b->id];
	if (b->kind == GQL_OBJECT_TYPE)
		return was && gql_possible(a, was);
	const struct gql_members *links = b->kind == GQL_UNION ? &b->links : NULL;
	for (uint32_t i = 0; i < (links ? links->count : b->users.count); i++) {
		const struct gql_type *o = links ? links->items[i].type.type : b->users.items[i];
		if (o->kind == GQL_OBJECT_TYPE && !(c->back[o->id] && gql_possible(a, c->back[o->id])))
			return false;
	}
	return true;
}

static bool text_scalar(const struct gql_type *t) { return t->builtin && (str_eq(t->name, STR("String")) || str_eq(t->name, STR("ID"))); }

/* Each answer of the new type is one of the old type. */
static bool answers_fit(const struct gql_compare *c, const struct gql_ref *a, const struct gql_ref *b)
{
	const struct gql_type *x = a->type, *y = b->type;
	if (a->lists != b->lists || (a->nonnull & ~b->nonnull))
		return false;
	if (gql_is_composite(x) || gql_is_composite(y))
		return gql_is_composite(x) && gql_is_composite(y) && all_possible(c, x, y);
	if (text_scalar(x))
		return text_scalar(y) || y->kind == GQL_ENUM_TYPE;
	return c->match[x->id] == y || (x->builtin && y->builtin && str_eq(x->name, STR("Float")) && str_eq(y->name, STR("Int")));
}

static void field_type(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *m, const struct gql_member *n)
{
	if (gql_same_ref(c, &m->type, &n->type))
		return;
	struct str old_type = gql_ref_text(&c->out->arena, &m->type), new_type = gql_ref_text(&c->out->arena, &n->type);
	struct str detail = gql_text(c, "%.*s to %.*s", STR_FMT(old_type), STR_FMT(new_type));
	bool tighter = only_tighter(c, &m->type, &n->type), clean = gql_clean(c, t);
	enum change_kind kind = CHANGE_KIND_GRAPHQL_FIELD_TYPE_CHANGED;
	if (tighter)
		kind = merges(c, NULL, t, now, m, n) ? CHANGE_KIND_GRAPHQL_FIELD_MERGE : CHANGE_KIND_GRAPHQL_FIELD_TYPE_TIGHTENED;
	struct change *x = gql_change(c, kind, gql_member_name(c, t, m), detail, &m->spot, &n->spot, GQL_RULE(FIELD_TYPE_CHANGED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The field `%.*s` of `%.*s` answers %.*s instead of %.*s%.*s", STR_FMT(m->name), STR_FMT(t->name), STR_FMT(new_type), STR_FMT(old_type),
		STR_FMT(also(c, t, now, m->name)));
	gql_reach_field(c, x, true, t, m, REACH_RESPONSE);
	if (tighter) {
		if (kind == CHANGE_KIND_GRAPHQL_FIELD_MERGE)
			merges(c, x, t, now, m, n);
		return;
	}
	if (!clean) {
		gql_not_reached(c, x);
		return;
	}
	gql_witness_field_type(c, x, t, m, n);
	if (x->witness.state == WITNESS_PROVED || !answers_fit(c, &m->type, &n->type))
		return;
	/* Nobody can get a value that he did not expect; only code that was made from the schema sees another type. */
	gql_set_level(x, CHANGE_WARNING);
	x->categories = CHANGE_SOURCE;
	gql_witness_merge(c, x, t, m, n);
}

void gql_compare_fields(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now)
{
	for (uint32_t i = 0; i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i], *n = gql_member_of(&now->members, m->name);
		bool told = !same_field(m, n) && told_by_interface(c, t, now, m->name);
		if (!n) {
			if (!told)
				field_removed(c, t, now, m);
			continue;
		}
		struct gql_side before = gql_side_of(m), after = gql_side_of(n);
		gql_compare_notes(c, GQL_PART_FIELD, t->kind, gql_member_name(c, t, m), &before, &after);
		if (!told)
			field_type(c, t, now, m, n);
		gql_compare_arguments(c, t, told ? NULL : now, m, n);
	}
	for (uint32_t i = 0; i < now->members.count; i++) {
		const struct gql_member *n = &now->members.items[i];
		if (gql_member_of(&t->members, n->name) || told_by_interface(c, t, now, n->name))
			continue;
		struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_FIELD_ADDED, gql_member_name(c, now, n), STR(""), NULL, &n->spot, GQL_RULE(FIELD_ADDED), RULE_COUNT);
		if (x)
			x->sentence = gql_text(c, "`%.*s` has a new field `%.*s`", STR_FMT(now->name), STR_FMT(n->name));
		gql_reach_field(c, x, false, now, n, REACH_RESPONSE);
	}
}
