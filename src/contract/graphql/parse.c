/* Reads one file of schema definitions (GraphQL October 2021 and September 2025, section 3) into a list of definitions and extensions; build.c joins
 * them. Executable definitions between them are an error: they belong into files of their own. */
#include "contract/graphql/parse.h"

static bool parse_description(struct gql_parser *p, struct str *text, bool *there)
{
	*there = p->token.kind == GQL_T_STRING || p->token.kind == GQL_T_BLOCK;
	struct gql_value v;
	if (!*there)
		return true;
	if (!gql_parse_value(p, &v, true))
		return false;
	*text = v.text;
	return true;
}

/* Members are collected on a stack, lists within lists, and each list is copied at its end: so a list takes no more memory than it needs. */
static bool push_member(struct gql_parser *p, const struct gql_member *m)
{
	if (!ARENA_PUSH_ROOM(p->arena, p->stack, p->stacked, p->stack_room))
		return gql_no_room(p);
	p->stack[p->stacked++] = *m;
	return true;
}

static bool take_members(struct gql_parser *p, struct gql_members *list, size_t from)
{
	size_t n = p->stacked - from;
	struct gql_member *items = ARENA_ARRAY(p->arena, n ? n : 1, struct gql_member);
	if (!items)
		return gql_no_room(p);
	memcpy(items, p->stack + from, n * sizeof(*items));
	p->stacked = from;
	*list = (struct gql_members){ .items = items, .count = (uint32_t)n, .capacity = (uint32_t)n };
	return true;
}

/* An argument or an input field. */
static bool parse_input(struct gql_parser *p, struct gql_member *m)
{
	bool has_default;
	if (!parse_description(p, &m->description, &m->described))
		return false;
	m->spot = gql_here(p);
	if (!gql_name(p, &m->name, "a name") || !gql_expect(p, ':', "`:` and a type") || !gql_parse_ref(p, &m->type) || !gql_maybe(p, '=', &has_default))
		return false;
	if (has_default) {
		struct gql_value *v = ARENA_NEW(p->arena, struct gql_value);
		if (!v)
			return gql_no_room(p);
		if (!gql_parse_value(p, v, true))
			return false;
		m->default_value = v;
	}
	return gql_parse_uses(p, &m->uses, true);
}

static bool parse_list(struct gql_parser *p, struct gql_members *list, char open, char close, bool (*one)(struct gql_parser *, struct gql_member *))
{
	bool there, closed = false;
	size_t from = p->stacked;
	if (!gql_maybe(p, open, &there))
		return false;
	if (!there)
		return true;
	do {
		struct gql_member m = { 0 };
		if (!one(p, &m) || !push_member(p, &m))
			return false;
	} while (gql_maybe(p, close, &closed) && !closed);
	return closed && take_members(p, list, from);
}

static bool parse_field(struct gql_parser *p, struct gql_member *m)
{
	if (!parse_description(p, &m->description, &m->described))
		return false;
	m->spot = gql_here(p);
	return gql_name(p, &m->name, "the name of a field") && parse_list(p, &m->args, '(', ')', parse_input) && gql_expect(p, ':', "`:` and the field's type") &&
	       gql_parse_ref(p, &m->type) && gql_parse_uses(p, &m->uses, true);
}

static bool parse_enum_value(struct gql_parser *p, struct gql_member *m)
{
	if (!parse_description(p, &m->description, &m->described))
		return false;
	m->spot = gql_here(p);
	if (gql_at_word(p, STR("true")) || gql_at_word(p, STR("false")) || gql_at_word(p, STR("null")))
		return gql_unexpected(p, "the name of an enum value (`true`, `false` and `null` are none)");
	return gql_name(p, &m->name, "the name of an enum value") && gql_parse_uses(p, &m->uses, true);
}

/* Names with `separator` between them, also before the first: interfaces, and members of a union. */
static bool parse_links(struct gql_parser *p, struct gql_members *list, char separator)
{
	bool there;
	size_t from = p->stacked;
	if (!gql_maybe(p, separator, &there))
		return false;
	do {
		struct gql_member m = { .spot = gql_here(p), .type.offset = p->token.offset };
		if (!gql_name(p, &m.name, "the name of a type") || !gql_maybe(p, separator, &there))
			return false;
		m.type.name = m.name;
		if (!push_member(p, &m))
			return false;
	} while (there);
	return take_members(p, list, from);
}

static bool parse_type_body(struct gql_parser *p, struct gql_type *t)
{
	bool there;
	if ((t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE) && gql_at_word(p, STR("implements")) && (!gql_next(p) || !parse_links(p, &t->links, '&')))
		return false;
	if (!gql_parse_uses(p, &t->uses, true))
		return false;
	switch (t->kind) {
	case GQL_OBJECT_TYPE:
	case GQL_INTERFACE:
		return parse_list(p, &t->members, '{', '}', parse_field);
	case GQL_ENUM_TYPE:
		return parse_list(p, &t->members, '{', '}', parse_enum_value);
	case GQL_INPUT:
		return parse_list(p, &t->members, '{', '}', parse_input);
	case GQL_UNION:
		return gql_maybe(p, '=', &there) && (!there || parse_links(p, &t->links, '|'));
	default:
		return true;
	}
}

static bool parse_locations(struct gql_parser *p, struct gql_directive *d)
{
	bool there;
	if (!gql_maybe(p, '|', &there))
		return false;
	do {
		struct str name = gql_token_text(p);
		int at = -1;
		for (int i = 0; i < GQL_AT_COUNT && p->token.kind == GQL_T_NAME; i++)
			if (str_eq(name, gql_location_names[i]))
				at = i;
		if (at < 0)
			return gql_unexpected(p, "a place for directives such as FIELD, QUERY, OBJECT or FIELD_DEFINITION");
		d->locations |= 1u << at;
		if (!gql_next(p) || !gql_maybe(p, '|', &there))
			return false;
	} while (there);
	return true;
}

static bool parse_directive(struct gql_parser *p, struct gql_definition *d)
{
	struct gql_directive *x = d->directive = ARENA_NEW(p->arena, struct gql_directive);
	if (!x)
		return gql_no_room(p);
	d->kind = GQL_DEFINES_DIRECTIVE;
	x->description = d->description;
	x->described = d->described;
	x->spot = gql_here(p);
	if (!gql_expect(p, '@', "`@` and the directive's name") || !gql_name(p, &x->name, "the directive's name") || !parse_list(p, &x->args, '(', ')', parse_input))
		return false;
	x->repeatable = gql_at_word(p, STR("repeatable"));
	if (x->repeatable && !gql_next(p))
		return false;
	if (!gql_at_word(p, STR("on")))
		return gql_unexpected(p, "`on` and the places of the directive");
	return gql_next(p) && parse_locations(p, x);
}

static bool parse_root(struct gql_parser *p, struct gql_definition *d)
{
	int which = -1;
	for (int i = 0; i < GQL_OPERATIONS; i++)
		if (gql_at_word(p, gql_operation_names[i]))
			which = i;
	if (which < 0)
		return gql_unexpected(p, "`query`, `mutation` or `subscription`");
	if (!str_empty(d->roots[which]))
		return gql_fail(p->files, gql_here(p), p->e, "`%.*s` stands twice in this schema definition; remove one", STR_FMT(gql_operation_names[which]));
	if (!gql_next(p) || !gql_expect(p, ':', "`:` and a type"))
		return false;
	d->root_spots[which] = gql_here(p);
	return gql_name(p, &d->roots[which], "the name of an object type");
}

static bool parse_schema(struct gql_parser *p, struct gql_definition *d)
{
	bool there, closed = false;
	d->kind = GQL_DEFINES_SCHEMA;
	if (!gql_parse_uses(p, &d->uses, true) || !gql_maybe(p, '{', &there))
		return false;
	if (!there)
		return d->extends && d->uses.count ? true : gql_unexpected(p, "`{` and the operations' types");
	do {
		if (!parse_root(p, d))
			return false;
	} while (gql_maybe(p, '}', &closed) && !closed);
	return closed;
}

static bool parse_type(struct gql_parser *p, struct gql_definition *d, enum gql_kind kind)
{
	struct gql_type *t = d->type = ARENA_NEW(p->arena, struct gql_type);
	if (!t)
		return gql_no_room(p);
	d->kind = GQL_DEFINES_TYPE;
	t->kind = kind;
	t->description = d->description;
	t->described = d->described;
	t->spot = gql_here(p);
	t->extension_only = d->extends;
	return gql_name(p, &t->name, "the name of the type") && parse_type_body(p, t);
}

static bool parse_definition(struct gql_parser *p, struct gql_definition *d)
{
	static const struct { struct str word; enum gql_kind kind; } kinds[] = {
		{ STR_INIT("scalar"), GQL_SCALAR }, { STR_INIT("type"), GQL_OBJECT_TYPE }, { STR_INIT("interface"), GQL_INTERFACE },
		{ STR_INIT("union"), GQL_UNION },   { STR_INIT("enum"), GQL_ENUM_TYPE },   { STR_INIT("input"), GQL_INPUT },
	};
	if (!parse_description(p, &d->description, &d->described))
		return false;
	d->spot = gql_here(p);
	if (gql_at_word(p, STR("extend"))) {
		if (d->described)
			return gql_unexpected(p, "a definition (an `extend` has no description)");
		d->extends = true;
		if (!gql_next(p))
			return false;
	}
	struct str word = gql_token_text(p);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && p->token.kind == GQL_T_NAME; i++)
		if (str_eq(word, kinds[i].word))
			return gql_next(p) && parse_type(p, d, kinds[i].kind);
	if (gql_at_word(p, STR("schema")))
		return gql_next(p) && parse_schema(p, d);
	if (gql_at_word(p, STR("directive")) && !d->extends)
		return gql_next(p) && parse_directive(p, d);
	if (gql_at(p, '{') || gql_at_word(p, STR("query")) || gql_at_word(p, STR("mutation")) || gql_at_word(p, STR("subscription")) || gql_at_word(p, STR("fragment")))
		return gql_fail(p->files, gql_here(p), p->e, "an operation among the definitions of a schema; move it into a file of its own");
	return gql_unexpected(p, "`type`, `interface`, `union`, `enum`, `input`, `scalar`, `directive`, `schema` or `extend`");
}

bool gql_parse_schema(struct arena *a, struct gql_files *files, uint32_t file, struct gql_definitions *out, struct err *e)
{
	struct gql_parser p;
	if (!gql_parser_start(&p, files, file, e))
		return false;
	while (p.token.kind != GQL_T_END) {
		size_t capacity = out->capacity;
		if (!ARENA_PUSH_ROOM(a, out->items, out->count, capacity))
			return gql_no_room(&p);
		out->capacity = (uint32_t)capacity;
		struct gql_definition *d = &out->items[out->count];
		*d = (struct gql_definition){ 0 };
		if (!parse_definition(&p, d))
			return false;
		out->count++;
	}
	return true;
}
