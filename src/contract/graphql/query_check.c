/* Whether a query is valid for a schema: sections 5.2 to 5.8 of the specification. See query.h. */
#include "contract/graphql/query.h"
#include <stdio.h>

bool gql_query_wrong(struct gql_query_check *c, uint32_t offset, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	c->f->offset = offset;
	vsnprintf(c->f->message, sizeof(c->f->message), format, args);
	va_end(args);
	return false;
}

const struct gql_executable *gql_fragment_of(const struct gql_document *d, struct str name)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (d->items[i].fragment && str_eq(d->items[i].name, name))
			return &d->items[i];
	return NULL;
}

const struct gql_member *gql_field_of(const struct gql_type *parent, struct str name)
{
	static struct gql_type string = { .name = STR_INIT("String"), .kind = GQL_SCALAR, .builtin = true };
	static const struct gql_member type_name = { .name = STR_INIT("__typename"), .type = { .name = STR_INIT("String"), .type = &string, .nonnull = 1 } };
	if (str_eq(name, type_name.name))
		return &type_name;
	return parent->kind == GQL_UNION ? NULL : gql_member_of(&parent->members, name);
}

static bool check_uses(struct gql_query_check *c, const struct gql_uses *uses, enum gql_location at)
{
	for (uint32_t i = 0; i < uses->count; i++) {
		const struct gql_use *u = &uses->items[i];
		const struct gql_directive *d = gql_directive_of(c->s, u->name);
		if (!d)
			return gql_query_wrong(c, u->spot.offset, "there is no directive `@%.*s`", STR_FMT(u->name));
		if (!(d->locations >> at & 1))
			return gql_query_wrong(c, u->spot.offset, "`@%.*s` is not for %.*s", STR_FMT(u->name), STR_FMT(gql_location_names[at]));
		for (uint32_t j = 0; j < i && !d->repeatable; j++)
			if (str_eq(uses->items[j].name, u->name))
				return gql_query_wrong(c, u->spot.offset, "`@%.*s` may stand here only once", STR_FMT(u->name));
		if (!gql_arguments_valid(c, &d->args, u->args, u->count, u->spot.offset, u->name))
			return false;
	}
	return true;
}

static bool check_set(struct gql_query_check *c, const struct gql_selections *set, const struct gql_type *parent);

static bool check_field(struct gql_query_check *c, const struct gql_selection *x, const struct gql_type *parent)
{
	static const struct gql_members none = { 0 };
	bool introspection = (str_eq(x->name, STR("__schema")) || str_eq(x->name, STR("__type"))) && parent == c->s->roots[GQL_QUERY];
	const struct gql_member *m = gql_field_of(parent, x->name);
	if (introspection && !m)
		return true;
	if (!m)
		return gql_query_wrong(c, x->offset, "`%.*s` has no field `%.*s`%s", STR_FMT(parent->name), STR_FMT(x->name),
			gql_hint_member(parent->kind == GQL_UNION ? &none : &parent->members, x->name).text);
	if (!gql_arguments_valid(c, &m->args, x->args, x->arg_count, x->offset, x->name) || !check_uses(c, &x->uses, GQL_AT_FIELD))
		return false;
	if (gql_is_composite(m->type.type) != (x->set.count > 0))
		return gql_query_wrong(c, x->offset, x->set.count ? "`%.*s` is of type %.*s and has no fields" : "`%.*s` is of type %.*s, so its fields must be chosen", STR_FMT(x->name),
			STR_FMT(m->type.name));
	return !x->set.count || check_set(c, &x->set, m->type.type);
}

static const struct gql_type *condition(struct gql_query_check *c, struct str name, uint32_t offset)
{
	const struct gql_type *t = gql_type_of(c->s, name);
	if (!t)
		gql_query_wrong(c, offset, "there is no type `%.*s`%s", STR_FMT(name), gql_hint_type(c->s, name).text);
	else if (!gql_is_composite(t))
		gql_query_wrong(c, offset, "`%.*s` has no fields, so no fragment can be on it", STR_FMT(name));
	return t && gql_is_composite(t) ? t : NULL;
}

static bool apart(struct gql_query_check *c, const struct gql_type *t, const struct gql_type *parent, uint32_t offset)
{
	return gql_query_wrong(c, offset, "a fragment on `%.*s` cannot stand in `%.*s`: nothing is both", STR_FMT(t->name), STR_FMT(parent->name));
}

static bool check_inline(struct gql_query_check *c, const struct gql_selection *x, const struct gql_type *parent)
{
	const struct gql_type *t = str_empty(x->on) ? parent : condition(c, x->on, x->offset);
	if (!t)
		return false;
	return gql_overlap(t, parent) ? check_uses(c, &x->uses, GQL_AT_INLINE_FRAGMENT) && check_set(c, &x->set, t) : apart(c, t, parent, x->offset);
}

/* A fragment is walked each time it is spread (bounded by `steps`), because variables are those of the operation. `mark` is set while it is walked. */
static bool check_spread(struct gql_query_check *c, const struct gql_selection *x, const struct gql_type *parent)
{
	struct gql_executable *fragment = (struct gql_executable *)(uintptr_t)gql_fragment_of(c->d, x->name);
	if (!fragment)
		return gql_query_wrong(c, x->offset, "there is no fragment `%.*s`", STR_FMT(x->name));
	const struct gql_type *t = condition(c, fragment->on, fragment->offset);
	if (!t || !check_uses(c, &x->uses, GQL_AT_FRAGMENT_SPREAD))
		return false;
	if (!gql_overlap(t, parent))
		return apart(c, t, parent, x->offset);
	if (fragment->mark)
		return gql_query_wrong(c, x->offset, "the fragment `%.*s` spreads itself", STR_FMT(x->name));
	fragment->used = true;
	fragment->mark = 1;
	bool ok = check_uses(c, &fragment->uses, GQL_AT_FRAGMENT_DEFINITION) && check_set(c, &fragment->set, t);
	fragment->mark = 0;
	return ok;
}

enum { STEPS_MAX = 1 << 20 };

static bool check_set(struct gql_query_check *c, const struct gql_selections *set, const struct gql_type *parent)
{
	bool ok = true;
	if (++c->depth > GQL_DEPTH_MAX)
		return gql_query_wrong(c, set->count ? set->items[0].offset : 0, "nested too deep");
	for (uint32_t i = 0; ok && i < set->count; i++) {
		const struct gql_selection *x = &set->items[i];
		if (++c->steps > STEPS_MAX)
			return gql_query_wrong(c, x->offset, "too large to be checked");
		ok = x->kind == GQL_FIELD ? check_field(c, x, parent) : x->kind == GQL_INLINE ? check_inline(c, x, parent) : check_spread(c, x, parent);
	}
	c->depth--;
	return ok;
}

static bool check_variables(struct gql_query_check *c, struct gql_executable *x)
{
	for (uint32_t i = 0; i < x->variable_count; i++) {
		struct gql_variable *v = &x->variables[i];
		v->used = false;
		for (uint32_t j = 0; j < i; j++)
			if (str_eq(x->variables[j].name, v->name))
				return gql_query_wrong(c, v->offset, "the variable `$%.*s` is declared twice", STR_FMT(v->name));
		v->type.type = gql_type_of(c->s, v->type.name);
		if (!v->type.type)
			return gql_query_wrong(c, v->type.offset, "there is no type `%.*s`%s", STR_FMT(v->type.name), gql_hint_type(c->s, v->type.name).text);
		if (!gql_is_input(v->type.type))
			return gql_query_wrong(c, v->type.offset, "`%.*s` is a type of answers and cannot be a variable's", STR_FMT(v->type.name));
		if ((v->has_value && !gql_value_fits(c->s, &v->type, &v->value, c->f)) || !check_uses(c, &v->uses, GQL_AT_VARIABLE_DEFINITION))
			return false;
	}
	return true;
}

/* A subscription has one field at its root (section 5.2.4.1). */
static uint32_t root_fields(const struct gql_document *d, const struct gql_selections *set, struct str *first, uint32_t depth)
{
	uint32_t n = 0;
	for (uint32_t i = 0; depth < GQL_DEPTH_MAX && i < set->count; i++) {
		const struct gql_selection *x = &set->items[i];
		const struct gql_executable *fragment = x->kind == GQL_SPREAD ? gql_fragment_of(d, x->name) : NULL;
		if (x->kind != GQL_FIELD) {
			n += x->kind == GQL_INLINE ? root_fields(d, &x->set, first, depth + 1) : fragment ? root_fields(d, &fragment->set, first, depth + 1) : 0;
		} else if (!first->p || !str_eq(*first, x->alias)) {
			*first = x->alias;
			n += 1 + str_starts(x->name, STR("__"));
		}
	}
	return n;
}

static bool check_operation(struct gql_query_check *c, struct gql_executable *x)
{
	static const enum gql_location at[] = { GQL_AT_QUERY, GQL_AT_MUTATION, GQL_AT_SUBSCRIPTION };
	const struct gql_type *root = c->s->roots[x->operation];
	struct str first = { 0 };
	c->operation = x;
	if (!root)
		return gql_query_wrong(c, x->offset, "the schema has no operations of kind %.*s", STR_FMT(gql_operation_names[x->operation]));
	if (!check_variables(c, x) || !check_uses(c, &x->uses, at[x->operation]) || !check_set(c, &x->set, root) || !gql_fields_merge(c, &x->set, root))
		return false;
	for (uint32_t i = 0; i < x->variable_count; i++)
		if (!x->variables[i].used)
			return gql_query_wrong(c, x->variables[i].offset, "the variable `$%.*s` is not used", STR_FMT(x->variables[i].name));
	if (x->operation == GQL_SUBSCRIPTION && root_fields(c->d, &x->set, &first, 0) != 1)
		return gql_query_wrong(c, x->offset, "a subscription takes one field");
	return true;
}

static bool check_names(struct gql_query_check *c)
{
	uint32_t operations = 0;
	bool nameless = false;
	for (uint32_t i = 0; i < c->d->count; i++) {
		struct gql_executable *x = &c->d->items[i];
		operations += !x->fragment;
		nameless |= !x->fragment && str_empty(x->name);
		x->used = false;
		x->mark = 0;
		for (uint32_t j = 0; j < i; j++)
			if (x->fragment == c->d->items[j].fragment && str_eq(x->name, c->d->items[j].name))
				return gql_query_wrong(c, x->offset, "`%.*s` is there twice", STR_FMT(x->name));
	}
	return operations < 2 || !nameless || gql_query_wrong(c, 0, "an operation without name must be the only one");
}

bool gql_query_valid(const struct gql_schema *s, struct gql_document *d, struct arena *a, struct gql_fault *f)
{
	struct gql_query_check c = { .s = s, .d = d, .arena = a, .f = f };
	if (!check_names(&c))
		return false;
	for (uint32_t i = 0; i < d->count; i++)
		if (!d->items[i].fragment && !check_operation(&c, &d->items[i]))
			return false;
	for (uint32_t i = 0; i < d->count; i++)
		if (d->items[i].fragment && !d->items[i].used)
			return gql_query_wrong(&c, d->items[i].offset, "the fragment `%.*s` is not used", STR_FMT(d->items[i].name));
	return true;
}
