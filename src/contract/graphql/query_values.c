/* Arguments of fields and directives in a query: known, given, of the right type, and variables where they may stand (sections 5.4, 5.6, 5.8.5). */
#include "contract/graphql/query.h"

static struct gql_variable *variable_of(struct gql_query_check *c, struct str name)
{
	for (uint32_t i = 0; i < c->operation->variable_count; i++)
		if (str_eq(c->operation->variables[i].name, name))
			return &c->operation->variables[i];
	return NULL;
}

/* Whether a value of the variable's type can stand at `level` of type r (IsVariableUsageAllowed). */
static bool allowed(const struct gql_variable *v, const struct gql_ref *r, int level, bool location_default)
{
	uint32_t wanted = r->nonnull >> level, given = v->type.nonnull;
	if (v->type.lists != r->lists - level || !str_eq(v->type.name, r->name))
		return false;
	if ((wanted & 1) && !(given & 1)) {
		if (!location_default && !(v->has_value && v->value.kind != GQL_NULL))
			return false;
		wanted &= ~1u;
	}
	return !(wanted & ~given);
}

static bool check_variable(struct gql_query_check *c, const struct gql_value *x, const struct gql_ref *r, int level, bool location_default, bool one_of)
{
	struct gql_variable *v = variable_of(c, x->text);
	if (!v)
		return gql_query_wrong(c, x->offset, "the variable `$%.*s` is not declared", STR_FMT(x->text));
	v->used = true;
	if (r && !allowed(v, r, level, location_default))
		return gql_query_wrong(c, x->offset, "the variable `$%.*s` is of another type than is needed here", STR_FMT(x->text));
	if (one_of && !gql_required_ref(&v->type))
		return gql_query_wrong(c, x->offset, "the variable `$%.*s` may be null, and a @oneOf field may not", STR_FMT(x->text));
	return true;
}

/* r == NULL: inside of a custom scalar, where only declaration counts. */
static bool check_variables(struct gql_query_check *c, const struct gql_value *x, const struct gql_ref *r, int level, bool location_default, bool one_of)
{
	if (x->kind == GQL_VARIABLE)
		return check_variable(c, x, r, level, location_default, one_of);
	if (x->kind == GQL_LIST) {
		bool inner = r && level < r->lists;
		for (uint32_t i = 0; i < x->count; i++)
			if (!check_variables(c, &x->items[i], inner ? r : NULL, level + 1, false, false))
				return false;
	}
	if (x->kind != GQL_OBJECT)
		return true;
	const struct gql_type *t = r && r->type && r->type->kind == GQL_INPUT ? r->type : NULL;
	for (uint32_t i = 0; i < x->count; i++) {
		const struct gql_member *m = t ? gql_member_of(&t->members, x->fields[i].name) : NULL;
		if (!check_variables(c, &x->fields[i].value, m ? &m->type : NULL, 0, m && m->default_value, t && gql_one_of(t)))
			return false;
	}
	return true;
}

bool gql_arguments_valid(struct gql_query_check *c, const struct gql_members *defined, const struct gql_argument *args, uint32_t count, uint32_t offset, struct str what)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct gql_member *m = gql_member_of(defined, args[i].name);
		if (!m)
			return gql_query_wrong(c, args[i].offset, "`%.*s` has no argument `%.*s`%s", STR_FMT(what), STR_FMT(args[i].name), gql_hint_member(defined, args[i].name).text);
		for (uint32_t j = 0; j < i; j++)
			if (str_eq(args[j].name, args[i].name))
				return gql_query_wrong(c, args[i].offset, "the argument `%.*s` is given twice", STR_FMT(args[i].name));
		if (!gql_value_fits(c->s, &m->type, &args[i].value, c->f) || !check_variables(c, &args[i].value, &m->type, 0, m->default_value, false))
			return false;
	}
	for (uint32_t i = 0; i < defined->count; i++) {
		const struct gql_member *m = &defined->items[i];
		bool given = false;
		for (uint32_t j = 0; j < count && !given; j++)
			given = str_eq(args[j].name, m->name);
		if (!given && gql_required(m))
			return gql_query_wrong(c, offset, "`%.*s` needs the argument `%.*s`", STR_FMT(what), STR_FMT(m->name));
	}
	return true;
}
