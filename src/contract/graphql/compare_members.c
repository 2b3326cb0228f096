/* Differences of enum values, interfaces and members of unions. See compare.h. */
#include "contract/graphql/compare.h"

struct str gql_member_name(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m) { return gql_text(c, "%.*s.%.*s", STR_FMT(t->name), STR_FMT(m->name)); }

static void value_removed(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m)
{
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_ENUM_VALUE_REMOVED, gql_member_name(c, t, m), STR(""), &m->spot, NULL, GQL_RULE(ENUM_VALUE_REMOVED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The value `%.*s` of `%.*s` was removed", STR_FMT(m->name), STR_FMT(t->name));
	gql_reach_type(c, x, true, t, REACH_BOTH);
	if (gql_clean_given(c, t)) {
		gql_witness_enum(c, x, t, m->name, false);
	} else if (gql_clean(c, t)) { /* only answered, never given: code that names it does not build any more */
		gql_set_level(x, CHANGE_WARNING);
		x->categories = CHANGE_SOURCE;
	} else {
		gql_not_reached(c, x);
	}
}

static void value_added(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *n)
{
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_ENUM_VALUE_ADDED, gql_member_name(c, t, n), STR(""), NULL, &n->spot, GQL_RULE(ENUM_VALUE_ADDED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "`%.*s` has a new value `%.*s`", STR_FMT(t->name), STR_FMT(n->name));
	gql_reach_type(c, x, false, now, REACH_BOTH);
	if (gql_clean(c, t)) {
		gql_witness_enum(c, x, t, n->name, true);
	} else {
		gql_set_level(x, CHANGE_INFO);
		x->sentence = gql_text(c, "%.*s; it is only given, never answered", STR_FMT(x->sentence));
	}
}

void gql_compare_values(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now)
{
	for (uint32_t i = 0; i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i], *n = gql_member_of(&now->members, m->name);
		if (!n) {
			value_removed(c, t, m);
			continue;
		}
		struct gql_side a = gql_side_of(m), b = gql_side_of(n);
		gql_compare_notes(c, GQL_PART_ENUM_VALUE, GQL_ENUM_TYPE, gql_member_name(c, t, m), &a, &b);
	}
	for (uint32_t i = 0; i < now->members.count; i++)
		if (!gql_member_of(&t->members, now->members.items[i].name))
			value_added(c, t, now, &now->members.items[i]);
}

static void link_removed(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *link)
{
	const struct gql_type *other = link->type.type, *other_now = gql_match(c, other);
	bool in_union = t->kind == GQL_UNION;
	if (!other_now)
		return; /* the other type is gone or of another kind: told of it */
	struct change *x = gql_change(c, in_union ? CHANGE_KIND_GRAPHQL_UNION_MEMBER_REMOVED : CHANGE_KIND_GRAPHQL_INTERFACE_REMOVED, gql_member_name(c, t, link), STR(""), &link->spot, NULL,
		in_union ? GQL_RULE(UNION_MEMBER_REMOVED) : GQL_RULE(OBJECT_TYPE_INTERFACE_REMOVED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, in_union ? "The union `%.*s` no longer holds `%.*s`" : "`%.*s` no longer implements `%.*s`", STR_FMT(t->name), STR_FMT(link->name));
	gql_reach_type(c, x, true, in_union ? t : other, REACH_RESPONSE);
	if (gql_overlap(now, other_now)) {
		gql_set_level(x, CHANGE_INFO);
		x->sentence = gql_text(c, "%.*s; the types that implemented both still do", STR_FMT(x->sentence));
	} else if (!gql_clean(c, t) && !gql_clean(c, other)) {
		gql_not_reached(c, x);
	} else {
		gql_witness_spread(c, x, t, other);
	}
}

static void link_added(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *link)
{
	const struct gql_type *other_now = link->type.type, *other = c->back[other_now->id];
	bool in_union = t->kind == GQL_UNION;
	const struct gql_type *abstract = in_union ? t : other;
	struct change *x = gql_change(c, in_union ? CHANGE_KIND_GRAPHQL_UNION_MEMBER_ADDED : CHANGE_KIND_GRAPHQL_INTERFACE_ADDED, gql_member_name(c, t, link), STR(""), NULL, &link->spot,
		in_union ? GQL_RULE(UNION_MEMBER_ADDED) : GQL_RULE(OBJECT_TYPE_INTERFACE_ADDED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, in_union ? "The union `%.*s` holds also `%.*s`" : "`%.*s` also implements `%.*s`", STR_FMT(t->name), STR_FMT(link->name));
	gql_reach_type(c, x, false, in_union ? now : other_now, REACH_RESPONSE);
	if (!abstract || !gql_clean(c, abstract) || (c->rooted && !c->steps[abstract->id].flows) || now->kind == GQL_INTERFACE)
		gql_set_level(x, CHANGE_INFO); /* nobody can be answered it who did not know it */
	else
		gql_witness_new_type(c, x, abstract, in_union ? link->name : now->name);
}

void gql_compare_links(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now)
{
	for (uint32_t i = 0; i < t->links.count; i++) {
		const struct gql_type *other = t->links.items[i].type.type, *other_now = gql_match(c, other);
		if (!other_now || !gql_member_of(&now->links, other_now->name))
			link_removed(c, t, now, &t->links.items[i]);
	}
	for (uint32_t i = 0; i < now->links.count; i++) {
		const struct gql_type *other = c->back[now->links.items[i].type.type->id];
		if (!other || !gql_member_of(&t->links, other->name))
			link_added(c, t, now, &now->links.items[i]);
	}
}
