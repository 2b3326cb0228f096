/* Joins definitions and extensions of a group of files into one schema. See schema.h. */
#include "contract/graphql/schema.h"
#include <stdlib.h>

static bool no_room(struct gql_schema *s, struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "%.*s does not fit into the memory for a GraphQL schema; split it into several contracts", STR_FMT(s->name));
}

static bool add_type(struct gql_schema *s, struct gql_type *t, struct err *e)
{
	size_t capacity = s->types.capacity;
	if (!ARENA_PUSH_ROOM(s->arena, s->types.items, s->types.count, capacity) || !map_put(&s->by_name, t->name, t))
		return no_room(s, e);
	s->types.capacity = (uint32_t)capacity;
	t->id = s->types.count;
	s->types.items[s->types.count++] = t;
	return true;
}

static bool add_directive(struct gql_schema *s, struct gql_directive *d, struct err *e)
{
	size_t capacity = s->directive_capacity;
	if (!ARENA_PUSH_ROOM(s->arena, s->directives, s->directive_count, capacity) || !map_put(&s->directive_names, d->name, d))
		return no_room(s, e);
	s->directive_capacity = (uint32_t)capacity;
	s->directives[s->directive_count++] = d;
	return true;
}

/* The types that every schema has (section 3.5). */
static bool add_scalars(struct gql_schema *s, struct err *e)
{
	static const struct str scalars[] = { STR_INIT("Int"), STR_INIT("Float"), STR_INIT("String"), STR_INIT("Boolean"), STR_INIT("ID") };
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		struct gql_type *t = ARENA_NEW(s->arena, struct gql_type);
		if (!t)
			return no_room(s, e);
		*t = (struct gql_type){ .name = scalars[i], .kind = GQL_SCALAR, .builtin = true };
		if (!add_type(s, t, e))
			return false;
	}
	return true;
}

/* The directives that every schema has (section 3.13); its own definition of one takes the place of ours. */
static bool add_directives(struct gql_schema *s, struct err *e)
{
	static const struct { struct str name, argument, type; bool required; uint32_t locations; } directives[] = {
		{ STR_INIT("skip"), STR_INIT("if"), STR_INIT("Boolean"), true, 1 << GQL_AT_FIELD | 1 << GQL_AT_FRAGMENT_SPREAD | 1 << GQL_AT_INLINE_FRAGMENT },
		{ STR_INIT("include"), STR_INIT("if"), STR_INIT("Boolean"), true, 1 << GQL_AT_FIELD | 1 << GQL_AT_FRAGMENT_SPREAD | 1 << GQL_AT_INLINE_FRAGMENT },
		{ STR_INIT("deprecated"), STR_INIT("reason"), STR_INIT("String"), false,
			1 << GQL_AT_FIELD_DEFINITION | 1 << GQL_AT_ARGUMENT_DEFINITION | 1 << GQL_AT_INPUT_FIELD_DEFINITION | 1 << GQL_AT_ENUM_VALUE },
		{ STR_INIT("specifiedBy"), STR_INIT("url"), STR_INIT("String"), true, 1 << GQL_AT_SCALAR },
		{ STR_INIT("oneOf"), STR_INIT(""), STR_INIT(""), false, 1 << GQL_AT_INPUT_OBJECT },
	};
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		if (map_get(&s->directive_names, directives[i].name))
			continue;
		struct gql_directive *d = ARENA_NEW(s->arena, struct gql_directive);
		struct gql_member *m = ARENA_NEW(s->arena, struct gql_member);
		if (!d || !m)
			return no_room(s, e);
		*d = (struct gql_directive){ .name = directives[i].name, .builtin = true, .locations = directives[i].locations };
		*m = (struct gql_member){ .name = directives[i].argument, .type = { .name = directives[i].type, .nonnull = directives[i].required } };
		d->args = (struct gql_members){ .items = m, .count = !str_empty(m->name), .capacity = 1 };
		if (!add_directive(s, d, e))
			return false;
	}
	return true;
}

static bool twice(struct gql_schema *s, struct gql_spot now, struct gql_spot before, struct str name, struct err *e)
{
	struct text_place at = gql_place(s->files, before);
	struct str file = s->files->items[before.file].source->path;
	return gql_fail(s->files, now, e, "`%.*s` is already defined in %.*s:%u; rename one of them, or write `extend` here", STR_FMT(name), STR_FMT(file), at.line);
}

static bool take_schema(struct gql_schema *s, const struct gql_definition *d, struct err *e)
{
	if (!d->extends && s->defined)
		return twice(s, d->spot, s->spot, STR("schema"), e);
	for (int i = 0; i < GQL_OPERATIONS; i++) {
		if (str_empty(d->roots[i]))
			continue;
		if (!str_empty(s->root_names[i]))
			return twice(s, d->root_spots[i], s->root_spots[i], gql_operation_names[i], e);
		s->root_names[i] = d->roots[i];
		s->root_spots[i] = d->root_spots[i];
	}
	if (!d->extends) {
		s->defined = true;
		s->spot = d->spot;
		s->description = d->description;
		s->described = d->described;
	}
	for (uint32_t i = 0; i < d->uses.count; i++) {
		size_t capacity = s->uses.capacity;
		if (!ARENA_PUSH_ROOM(s->arena, s->uses.items, s->uses.count, capacity))
			return no_room(s, e);
		s->uses.capacity = (uint32_t)capacity;
		s->uses.items[s->uses.count++] = d->uses.items[i];
	}
	return true;
}

static bool take_definition(struct gql_schema *s, const struct gql_definition *d, struct err *e)
{
	if (d->kind == GQL_DEFINES_DIRECTIVE) {
		const struct gql_directive *before = gql_directive_of(s, d->directive->name);
		return before ? twice(s, d->directive->spot, before->spot, before->name, e) : add_directive(s, d->directive, e);
	}
	if (d->kind == GQL_DEFINES_SCHEMA || d->extends)
		return true;
	const struct gql_type *before = gql_type_of(s, d->type->name);
	if (before && before->builtin)
		return d->type->kind == GQL_SCALAR || gql_fail(s->files, d->type->spot, e, "`%.*s` is a type of GraphQL itself; choose another name", STR_FMT(before->name));
	return before ? twice(s, d->type->spot, before->spot, before->name, e) : add_type(s, d->type, e);
}

static bool append_members(struct gql_schema *s, struct gql_members *to, const struct gql_members *from, struct err *e)
{
	for (uint32_t i = 0; i < from->count; i++) {
		size_t capacity = to->capacity;
		if (!ARENA_PUSH_ROOM(s->arena, to->items, to->count, capacity))
			return no_room(s, e);
		to->capacity = (uint32_t)capacity;
		to->items[to->count++] = from->items[i];
	}
	return true;
}

static bool take_extension(struct gql_schema *s, const struct gql_definition *d, struct err *e)
{
	if (!d->extends || d->kind != GQL_DEFINES_TYPE)
		return true;
	struct gql_type *t = gql_type_of(s, d->type->name);
	if (!t)
		return add_type(s, d->type, e);
	if (t->kind != d->type->kind)
		return gql_fail(s->files, d->type->spot, e, "`%.*s` is extended as another kind of type than it is defined as; use the word of its definition", STR_FMT(t->name));
	for (uint32_t i = 0; i < d->type->uses.count; i++) {
		size_t capacity = t->uses.capacity;
		if (!ARENA_PUSH_ROOM(s->arena, t->uses.items, t->uses.count, capacity))
			return no_room(s, e);
		t->uses.capacity = (uint32_t)capacity;
		t->uses.items[t->uses.count++] = d->type->uses.items[i];
	}
	return append_members(s, &t->members, &d->type->members, e) && append_members(s, &t->links, &d->type->links, e);
}

static bool each(struct gql_schema *s, const struct gql_definitions *per_file, const uint32_t *group, uint32_t number,
	bool (*take)(struct gql_schema *, const struct gql_definition *, struct err *), struct err *e)
{
	for (uint32_t f = s->first_file; f < s->last_file; f++)
		for (uint32_t i = 0; group[f] == number && i < per_file[f].count; i++)
			if (!take(s, &per_file[f].items[i], e))
				return false;
	return true;
}

static bool take_roots(struct gql_schema *s, const struct gql_definition *d, struct err *e) { return d->kind != GQL_DEFINES_SCHEMA || take_schema(s, d, e); }

static void find_roots(struct gql_schema *s)
{
	static const struct str usual[GQL_OPERATIONS] = { STR_INIT("Query"), STR_INIT("Mutation"), STR_INIT("Subscription") };
	for (int i = 0; i < GQL_OPERATIONS; i++) {
		struct gql_type *t = gql_type_of(s, usual[i]);
		if (s->defined || !str_empty(s->root_names[i]) || !t || t->kind != GQL_OBJECT_TYPE)
			continue;
		s->root_names[i] = t->name;
		s->root_spots[i] = t->spot;
	}
}

bool gql_schema_build(struct gql_schema *s, struct gql_files *files, const struct gql_definitions *per_file, const uint32_t *group, uint32_t number, uint32_t from, uint32_t to,
	struct err *e)
{
	s->files = files;
	s->arena = files->arena;
	map_init(&s->by_name, GQL_NAMES_MAX);
	map_init(&s->directive_names, GQL_NAMES_MAX);
	s->first_file = from;
	s->last_file = to;
	bool ok = add_scalars(s, e) && each(s, per_file, group, number, take_definition, e) && each(s, per_file, group, number, take_extension, e) &&
		  each(s, per_file, group, number, take_roots, e) && add_directives(s, e);
	if (ok)
		find_roots(s);
	return ok;
}

void gql_schema_release(struct gql_schema *s)
{
	map_release(&s->by_name);
	map_release(&s->directive_names);
}
