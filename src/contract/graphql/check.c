/* Resolves the references of a schema and refuses what section 3 of the specification forbids. See schema.h. */
#include "contract/graphql/schema.h"
#include <stdio.h>
#include <stdlib.h>

enum { SORT_FROM = 9 }; /* fewer members are searched from the first to the last */

static bool wrong(struct gql_schema *s, struct gql_spot spot, struct err *e, const char *format, ...) __attribute__((format(printf, 4, 5)));
static bool wrong(struct gql_schema *s, struct gql_spot spot, struct err *e, const char *format, ...)
{
	char text[400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return gql_fail(s->files, spot, e, "%s", text);
}

static struct gql_spot ref_spot(struct gql_spot member, const struct gql_ref *r) { return (struct gql_spot){ member.file, r->offset }; }

/* ---- names ---- */

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct gql_member *items = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = str_cmp(items[x].name, items[y].name);
	return order ? order : (x > y) - (x < y);
}

static bool doubled(struct gql_schema *s, const struct gql_member *first, const struct gql_member *second, struct err *e)
{
	struct text_place at = gql_place(s->files, first->spot);
	return wrong(s, second->spot, e, "`%.*s` stands here a second time, first in line %u; remove one", STR_FMT(second->name), at.line);
}

static bool index_members(struct gql_schema *s, struct gql_members *m, struct err *e)
{
	if (m->count < SORT_FROM) {
		for (uint32_t i = 1; i < m->count; i++)
			for (uint32_t j = 0; j < i; j++)
				if (str_eq(m->items[i].name, m->items[j].name))
					return doubled(s, &m->items[j], &m->items[i], e);
		return true;
	}
	uint32_t *sorted = ARENA_ARRAY(s->arena, m->count, uint32_t);
	if (!sorted)
		return err_set(e, ERR_TOO_LARGE, "%.*s does not fit into the memory for a GraphQL schema", STR_FMT(s->name));
	for (uint32_t i = 0; i < m->count; i++)
		sorted[i] = i;
	qsort_r(sorted, m->count, sizeof(*sorted), by_name, m->items);
	m->sorted = sorted;
	for (uint32_t i = 1; i < m->count; i++)
		if (str_eq(m->items[sorted[i - 1]].name, m->items[sorted[i]].name))
			return doubled(s, &m->items[sorted[i - 1]], &m->items[sorted[i]], e);
	return true;
}

static bool reserved(struct gql_schema *s, struct str name, struct gql_spot spot, struct err *e)
{
	return !str_starts(name, STR("__")) || wrong(s, spot, e, "`%.*s`: names that begin with __ belong to GraphQL itself; choose another", STR_FMT(name));
}

/* ---- references ---- */

static bool resolve(struct gql_schema *s, struct gql_ref *r, struct gql_spot spot, struct err *e)
{
	r->type = gql_type_of(s, r->name);
	return r->type || wrong(s, ref_spot(spot, r), e, "the type `%.*s` is defined nowhere%s; define it or add the file that does", STR_FMT(r->name), gql_hint_type(s, r->name).text);
}

static bool resolve_inputs(struct gql_schema *s, struct gql_members *list, struct err *e)
{
	if (!index_members(s, list, e))
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		struct gql_member *m = &list->items[i];
		if (!resolve(s, &m->type, m->spot, e) || !reserved(s, m->name, m->spot, e))
			return false;
		if (!gql_is_input(m->type.type))
			return wrong(s, ref_spot(m->spot, &m->type), e, "`%.*s` is a type of answers and cannot be given as `%.*s`; use a scalar, an enum or an `input`",
				STR_FMT(m->type.name), STR_FMT(m->name));
	}
	return true;
}

static bool resolve_fields(struct gql_schema *s, struct gql_type *t, struct err *e)
{
	if (!index_members(s, &t->members, e))
		return false;
	for (uint32_t i = 0; i < t->members.count; i++) {
		struct gql_member *m = &t->members.items[i];
		if (!resolve(s, &m->type, m->spot, e) || !reserved(s, m->name, m->spot, e) || !resolve_inputs(s, &m->args, e))
			return false;
		if (m->type.type->kind == GQL_INPUT)
			return wrong(s, ref_spot(m->spot, &m->type), e, "`%.*s` is an `input` and cannot be the answer of `%.*s`; use a type that answers are made of",
				STR_FMT(m->type.name), STR_FMT(m->name));
	}
	return true;
}

static bool add_user(struct gql_schema *s, struct gql_type *of, struct gql_type *user, struct err *e)
{
	size_t capacity = of->users.capacity;
	if (!ARENA_PUSH_ROOM(s->arena, of->users.items, of->users.count, capacity))
		return err_set(e, ERR_TOO_LARGE, "%.*s does not fit into the memory for a GraphQL schema", STR_FMT(s->name));
	of->users.capacity = (uint32_t)capacity;
	of->users.items[of->users.count++] = user;
	return true;
}

static bool resolve_links(struct gql_schema *s, struct gql_type *t, struct err *e)
{
	enum gql_kind wanted = t->kind == GQL_UNION ? GQL_OBJECT_TYPE : GQL_INTERFACE;
	if (!index_members(s, &t->links, e))
		return false;
	for (uint32_t i = 0; i < t->links.count; i++) {
		struct gql_member *m = &t->links.items[i];
		if (!resolve(s, &m->type, m->spot, e) || !add_user(s, m->type.type, t, e))
			return false;
		if (m->type.type->kind != wanted)
			return wrong(s, m->spot, e, wanted == GQL_INTERFACE ? "`%.*s` is no interface, so nothing can implement it" : "`%.*s` is no object type, so no union can hold it",
				STR_FMT(m->name));
	}
	return true;
}

static bool not_empty(struct gql_schema *s, const struct gql_type *t, struct err *e)
{
	if (t->kind == GQL_SCALAR || t->extension_only || (t->kind == GQL_UNION ? t->links.count : t->members.count))
		return true;
	return wrong(s, t->spot, e, "`%.*s` has nothing in it; give it at least one %s", STR_FMT(t->name),
		t->kind == GQL_UNION ? "type" : t->kind == GQL_ENUM_TYPE ? "value" : "field");
}

static bool resolve_type(struct gql_schema *s, struct gql_type *t, struct err *e)
{
	if (!reserved(s, t->name, t->spot, e) || !not_empty(s, t, e))
		return false;
	switch (t->kind) {
	case GQL_OBJECT_TYPE:
	case GQL_INTERFACE:
		return resolve_fields(s, t, e) && resolve_links(s, t, e);
	case GQL_UNION:
		return resolve_links(s, t, e);
	case GQL_INPUT:
		return resolve_inputs(s, &t->members, e);
	default:
		return index_members(s, &t->members, e);
	}
}

static bool resolve_roots(struct gql_schema *s, struct err *e)
{
	for (int i = 0; i < GQL_OPERATIONS; i++) {
		if (str_empty(s->root_names[i]))
			continue;
		struct gql_type *t = s->roots[i] = gql_type_of(s, s->root_names[i]);
		if (!t)
			return wrong(s, s->root_spots[i], e, "the type `%.*s` is defined nowhere%s; define it or add the file that does", STR_FMT(s->root_names[i]),
				gql_hint_type(s, s->root_names[i]).text);
		if (t->kind != GQL_OBJECT_TYPE)
			return wrong(s, s->root_spots[i], e, "`%.*s` is no object type (`type`), so it cannot hold the operations", STR_FMT(t->name));
		for (int j = 0; j < i; j++)
			if (s->roots[j] == t)
				return wrong(s, s->root_spots[i], e, "`%.*s` holds the operations of both %.*s and %.*s; give each a type of its own", STR_FMT(t->name),
					STR_FMT(gql_operation_names[j]), STR_FMT(gql_operation_names[i]));
	}
	return true;
}

/* ---- interfaces ---- */

/* A value of `sub` is one of `super` (section 3.6.1, IsValidImplementationFieldType). */
static bool covariant(const struct gql_ref *super, const struct gql_ref *sub)
{
	if (super->lists != sub->lists || (super->nonnull & ~sub->nonnull))
		return false;
	return super->type == sub->type || (sub->type->kind != GQL_UNION && gql_is_composite(super->type) && gql_possible(super->type, sub->type));
}

static bool field_implements(struct gql_schema *s, const struct gql_type *t, const struct gql_type *i, const struct gql_member *want, struct err *e)
{
	const struct gql_member *have = gql_member_of(&t->members, want->name);
	if (!have)
		return wrong(s, t->spot, e, "`%.*s` implements `%.*s` but has no field `%.*s`; add it, or remove the interface", STR_FMT(t->name), STR_FMT(i->name), STR_FMT(want->name));
	if (!covariant(&want->type, &have->type))
		return wrong(s, ref_spot(have->spot, &have->type), e, "the type of `%.*s.%.*s` does not fit that of the interface `%.*s`; give it the interface's", STR_FMT(t->name),
			STR_FMT(have->name), STR_FMT(i->name));
	for (uint32_t a = 0; a < want->args.count; a++) {
		const struct gql_member *x = &want->args.items[a], *y = gql_member_of(&have->args, x->name);
		if (!y)
			return wrong(s, have->spot, e, "`%.*s.%.*s` has no argument `%.*s`, which the interface `%.*s` has; add it", STR_FMT(t->name), STR_FMT(have->name), STR_FMT(x->name),
				STR_FMT(i->name));
		if (x->type.type != y->type.type || x->type.lists != y->type.lists || x->type.nonnull != y->type.nonnull)
			return wrong(s, y->spot, e, "the argument `%.*s` of `%.*s.%.*s` has another type than in the interface `%.*s`; give it the same", STR_FMT(x->name), STR_FMT(t->name),
				STR_FMT(have->name), STR_FMT(i->name));
	}
	for (uint32_t a = 0; a < have->args.count; a++)
		if (gql_required(&have->args.items[a]) && !gql_member_of(&want->args, have->args.items[a].name))
			return wrong(s, have->args.items[a].spot, e, "the argument `%.*s` must be given, but the interface `%.*s` does not have it; give it a default", STR_FMT(have->args.items[a].name),
				STR_FMT(i->name));
	return true;
}

static bool implements(struct gql_schema *s, const struct gql_type *t, const struct gql_member *link, struct err *e)
{
	const struct gql_type *i = link->type.type;
	if (i == t)
		return wrong(s, link->spot, e, "`%.*s` cannot implement itself", STR_FMT(t->name));
	for (uint32_t j = 0; j < i->links.count; j++) {
		if (i->links.items[j].type.type == t)
			return wrong(s, link->spot, e, "`%.*s` and `%.*s` implement each other; remove one of the two", STR_FMT(t->name), STR_FMT(i->name));
		if (!gql_member_of(&t->links, i->links.items[j].name))
			return wrong(s, link->spot, e, "`%.*s` must also implement `%.*s`, because `%.*s` does", STR_FMT(t->name), STR_FMT(i->links.items[j].name), STR_FMT(i->name));
	}
	for (uint32_t j = 0; j < i->members.count; j++)
		if (!field_implements(s, t, i, &i->members.items[j], e))
			return false;
	return true;
}

/* ---- values and directives ---- */

static bool check_default(struct gql_schema *s, const struct gql_member *m, struct err *e)
{
	struct gql_fault f;
	if (!m->default_value || gql_value_fits(s, &m->type, m->default_value, &f))
		return true;
	return wrong(s, (struct gql_spot){ m->spot.file, f.offset }, e, "the default of `%.*s` does not fit its type: %s", STR_FMT(m->name), f.message);
}

static bool check_use(struct gql_schema *s, const struct gql_uses *uses, uint32_t n, enum gql_location at, struct err *e)
{
	const struct gql_use *u = &uses->items[n];
	const struct gql_directive *d = gql_directive_of(s, u->name);
	struct gql_fault f;
	if (!d)
		return true;
	if (!(d->locations >> at & 1))
		return wrong(s, u->spot, e, "`@%.*s` is not for %.*s; add that to its definition, or remove it here", STR_FMT(u->name), STR_FMT(gql_location_names[at]));
	for (uint32_t i = 0; i < n && !d->repeatable; i++)
		if (str_eq(uses->items[i].name, u->name))
			return wrong(s, u->spot, e, "`@%.*s` stands here twice; remove one, or define it as `repeatable`", STR_FMT(u->name));
	for (uint32_t i = 0; i < u->count; i++) {
		const struct gql_member *m = gql_member_of(&d->args, u->args[i].name);
		struct gql_spot spot = { u->spot.file, u->args[i].offset };
		if (!m)
			return wrong(s, spot, e, "`@%.*s` has no argument `%.*s`%s", STR_FMT(u->name), STR_FMT(u->args[i].name), gql_hint_member(&d->args, u->args[i].name).text);
		if (!gql_value_fits(s, &m->type, &u->args[i].value, &f))
			return wrong(s, (struct gql_spot){ u->spot.file, f.offset }, e, "the argument `%.*s` of `@%.*s` does not fit its type: %s", STR_FMT(m->name), STR_FMT(u->name), f.message);
	}
	for (uint32_t i = 0; i < d->args.count; i++)
		if (gql_required(&d->args.items[i]) && !gql_use_argument(u, d->args.items[i].name))
			return wrong(s, u->spot, e, "`@%.*s` needs the argument `%.*s`", STR_FMT(u->name), STR_FMT(d->args.items[i].name));
	return true;
}

static bool check_uses(struct gql_schema *s, const struct gql_uses *uses, enum gql_location at, struct err *e)
{
	for (uint32_t i = 0; i < uses->count; i++)
		if (!check_use(s, uses, i, at, e))
			return false;
	return true;
}

static bool check_inputs(struct gql_schema *s, const struct gql_members *list, enum gql_location at, struct err *e)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (!check_default(s, &list->items[i], e) || !check_uses(s, &list->items[i].uses, at, e))
			return false;
	return true;
}

static bool check_one_of(struct gql_schema *s, const struct gql_type *t, struct err *e)
{
	for (uint32_t i = 0; gql_one_of(t) && i < t->members.count; i++)
		if (gql_required_ref(&t->members.items[i].type) || t->members.items[i].default_value)
			return wrong(s, t->members.items[i].spot, e, "`%.*s` is in a @oneOf type: it must allow null and have no default", STR_FMT(t->members.items[i].name));
	return true;
}

static bool check_type(struct gql_schema *s, struct gql_type *t, struct err *e)
{
	static const enum gql_location at[] = { GQL_AT_SCALAR, GQL_AT_OBJECT, GQL_AT_INTERFACE, GQL_AT_UNION, GQL_AT_ENUM, GQL_AT_INPUT_OBJECT };
	if (!check_uses(s, &t->uses, at[t->kind], e))
		return false;
	if (t->kind == GQL_INPUT)
		return check_inputs(s, &t->members, GQL_AT_INPUT_FIELD_DEFINITION, e) && check_one_of(s, t, e);
	for (uint32_t i = 0; i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i];
		if (!check_uses(s, &m->uses, t->kind == GQL_ENUM_TYPE ? GQL_AT_ENUM_VALUE : GQL_AT_FIELD_DEFINITION, e) || !check_inputs(s, &m->args, GQL_AT_ARGUMENT_DEFINITION, e))
			return false;
	}
	for (uint32_t i = 0; t->kind != GQL_UNION && i < t->links.count; i++)
		if (!implements(s, t, &t->links.items[i], e))
			return false;
	return true;
}

bool gql_schema_check(struct gql_schema *s, struct err *e)
{
	for (uint32_t i = 0; i < s->types.count; i++)
		if (!resolve_type(s, s->types.items[i], e))
			return false;
	for (uint32_t i = 0; i < s->directive_count; i++)
		if (!resolve_inputs(s, &s->directives[i]->args, e))
			return false;
	if (!resolve_roots(s, e) || !check_uses(s, &s->uses, GQL_AT_SCHEMA, e))
		return false;
	for (uint32_t i = 0; i < s->types.count; i++)
		if (!check_type(s, s->types.items[i], e))
			return false;
	for (uint32_t i = 0; i < s->directive_count; i++)
		if (!check_inputs(s, &s->directives[i]->args, GQL_AT_ARGUMENT_DEFINITION, e))
			return false;
	return true;
}
