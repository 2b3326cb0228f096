/* Reads queries (section 2 of the specification). See query.h. */
#include "contract/graphql/query.h"

static bool parse_set(struct gql_parser *p, struct gql_selections *set);

static bool parse_spread(struct gql_parser *p, struct gql_selection *s)
{
	if (!gql_next(p))
		return false;
	if (p->token.kind == GQL_T_NAME && !gql_at_word(p, STR("on"))) {
		s->kind = GQL_SPREAD;
		return gql_name(p, &s->name, "the fragment's name") && gql_parse_uses(p, &s->uses, false);
	}
	s->kind = GQL_INLINE;
	if (gql_at_word(p, STR("on")) && (!gql_next(p) || !gql_name(p, &s->on, "the name of a type")))
		return false;
	return gql_parse_uses(p, &s->uses, false) && (gql_at(p, '{') ? parse_set(p, &s->set) : gql_unexpected(p, "`{` and fields"));
}

static bool parse_selection(struct gql_parser *p, struct gql_selection *s)
{
	bool aliased;
	*s = (struct gql_selection){ .offset = p->token.offset };
	if (p->token.kind == GQL_T_SPREAD)
		return parse_spread(p, s);
	if (!gql_name(p, &s->name, "the name of a field") || !gql_maybe(p, ':', &aliased))
		return false;
	s->alias = s->name;
	if (aliased && !gql_name(p, &s->name, "the name of a field"))
		return false;
	return gql_parse_arguments(p, &s->args, &s->arg_count, false) && gql_parse_uses(p, &s->uses, false) && (!gql_at(p, '{') || parse_set(p, &s->set));
}

static bool parse_set(struct gql_parser *p, struct gql_selections *set)
{
	bool closed = false;
	if (++p->depth > GQL_DEPTH_MAX)
		return gql_fail(p->files, gql_here(p), p->e, "nested more than %d deep; ask for less at a time", GQL_DEPTH_MAX);
	if (!gql_expect(p, '{', "`{`"))
		return false;
	do {
		size_t capacity = set->capacity;
		if (!ARENA_PUSH_ROOM(p->arena, set->items, set->count, capacity))
			return gql_no_room(p);
		set->capacity = (uint32_t)capacity;
		if (!parse_selection(p, &set->items[set->count++]))
			return false;
	} while (gql_maybe(p, '}', &closed) && !closed);
	p->depth--;
	return closed;
}

static bool parse_variable(struct gql_parser *p, struct gql_variable *v)
{
	v->offset = p->token.offset;
	return gql_expect(p, '$', "`$`") && gql_name(p, &v->name, "the variable's name") && gql_expect(p, ':', "`:` and a type") && gql_parse_ref(p, &v->type) &&
	       gql_maybe(p, '=', &v->has_value) && (!v->has_value || gql_parse_value(p, &v->value, true)) && gql_parse_uses(p, &v->uses, true);
}

static bool parse_variables(struct gql_parser *p, struct gql_executable *x)
{
	bool there, closed = false;
	size_t count = 0, capacity = 0;
	if (!gql_maybe(p, '(', &there) || !there)
		return !there;
	do {
		if (!ARENA_PUSH_ROOM(p->arena, x->variables, count, capacity))
			return gql_no_room(p);
		x->variables[count] = (struct gql_variable){ 0 };
		if (!parse_variable(p, &x->variables[count++]))
			return false;
	} while (gql_maybe(p, ')', &closed) && !closed);
	x->variable_count = (uint32_t)count;
	return closed;
}

static bool parse_fragment(struct gql_parser *p, struct gql_executable *x)
{
	x->fragment = true;
	if (!gql_next(p))
		return false;
	if (gql_at_word(p, STR("on")))
		return gql_unexpected(p, "the fragment's name");
	if (!gql_name(p, &x->name, "the fragment's name"))
		return false;
	if (!gql_at_word(p, STR("on")))
		return gql_unexpected(p, "`on` and a type");
	return gql_next(p) && gql_name(p, &x->on, "the name of a type") && gql_parse_uses(p, &x->uses, false) && parse_set(p, &x->set);
}

static bool parse_executable(struct gql_parser *p, struct gql_executable *x)
{
	*x = (struct gql_executable){ .offset = p->token.offset };
	if (p->token.kind == GQL_T_STRING || p->token.kind == GQL_T_BLOCK) { /* a description, new in September 2025 */
		struct gql_value ignored;
		if (!gql_parse_value(p, &ignored, true))
			return false;
	} else if (gql_at(p, '{')) {
		return parse_set(p, &x->set);
	}
	if (gql_at_word(p, STR("fragment")))
		return parse_fragment(p, x);
	for (int i = 0; i < GQL_OPERATIONS; i++) {
		if (!gql_at_word(p, gql_operation_names[i]))
			continue;
		x->operation = (enum gql_operation)i;
		if (!gql_next(p) || (p->token.kind == GQL_T_NAME && !gql_name(p, &x->name, "a name")))
			return false;
		return parse_variables(p, x) && gql_parse_uses(p, &x->uses, false) && parse_set(p, &x->set);
	}
	return gql_unexpected(p, "`query`, `mutation`, `subscription`, `fragment` or `{`");
}

bool gql_query_parse(struct arena *a, struct str text, struct gql_document *d, struct err *e)
{
	struct gql_parser p;
	struct source_file *source = ARENA_NEW(a, struct source_file);
	struct gql_file *file = ARENA_NEW(a, struct gql_file);
	if (!source || !file)
		return err_set(e, ERR_TOO_LARGE, "the query is too large");
	*source = (struct source_file){ STR("query"), text };
	file->source = source;
	*d = (struct gql_document){ .files = { file, 1, 1, a } };
	if (!gql_parser_start(&p, &d->files, 0, e))
		return false;
	do {
		size_t capacity = d->capacity;
		if (!ARENA_PUSH_ROOM(a, d->items, d->count, capacity))
			return gql_no_room(&p);
		d->capacity = (uint32_t)capacity;
		if (!parse_executable(&p, &d->items[d->count++]))
			return false;
	} while (p.token.kind != GQL_T_END);
	return true;
}
