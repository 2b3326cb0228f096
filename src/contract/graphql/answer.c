/* Whether an answer can be one to a query: each object of the answer must fit some type that it can be of. See query.h. */
#include "contract/graphql/query.h"
#include <stdio.h>

struct answering { const struct gql_schema *s; const struct gql_document *d; struct gql_fault *f; uint32_t depth, steps; };
enum { STEPS_MAX = 1 << 16, NAMES_MAX = 64 };

static bool wrong(struct answering *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(struct answering *x, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(x->f->message, sizeof(x->f->message), format, args);
	va_end(args);
	return false;
}

static bool object_fits(struct answering *x, const struct gql_selections *set, const struct gql_type *t, const struct json *j);

static bool scalar_fits(const struct gql_type *t, const struct json *j)
{
	if (!t->builtin)
		return true;
	if (str_eq(t->name, STR("Int")))
		return j->type == JSON_INT && j->i >= INT32_MIN && j->i <= INT32_MAX;
	if (str_eq(t->name, STR("Float")))
		return json_is_number(j);
	if (str_eq(t->name, STR("Boolean")))
		return j->type == JSON_TRUE || j->type == JSON_FALSE;
	return j->type == JSON_STRING;
}

static bool value_fits(struct answering *x, const struct gql_selection *field, const struct gql_ref *r, int level, const struct json *j)
{
	if (++x->steps > STEPS_MAX)
		return wrong(x, "the answer is too large to be checked");
	if (j->type == JSON_NULL)
		return !(r->nonnull >> level & 1) || wrong(x, "`%.*s` is null, and may not be", STR_FMT(field->alias));
	if (level < r->lists) {
		if (j->type != JSON_ARRAY)
			return wrong(x, "`%.*s` is no list", STR_FMT(field->alias));
		for (uint32_t i = 0; i < j->count; i++)
			if (!value_fits(x, field, r, level + 1, &j->items[i]))
				return false;
		return true;
	}
	if (gql_is_composite(r->type))
		return j->type == JSON_OBJECT ? object_fits(x, &field->set, r->type, j) : wrong(x, "`%.*s` is no object", STR_FMT(field->alias));
	if (r->type->kind == GQL_ENUM_TYPE && !(j->type == JSON_STRING && gql_member_of(&r->type->members, j->s)))
		return wrong(x, "`%.*s` is not a value of %.*s", STR_FMT(field->alias), STR_FMT(r->name));
	return r->type->kind == GQL_ENUM_TYPE || scalar_fits(r->type, j) || wrong(x, "`%.*s` is no %.*s", STR_FMT(field->alias), STR_FMT(r->name));
}

/* The fields that an object of type t is asked for. */
static bool collect(const struct answering *x, const struct gql_selections *set, const struct gql_type *t, const struct gql_selection **out, uint32_t *n, uint32_t depth)
{
	for (uint32_t i = 0; i < set->count; i++) {
		const struct gql_selection *s = &set->items[i];
		const struct gql_executable *fragment = s->kind == GQL_SPREAD ? gql_fragment_of(x->d, s->name) : NULL;
		if (s->kind == GQL_FIELD) {
			if (*n == NAMES_MAX)
				return false;
			out[(*n)++] = s;
			continue;
		}
		struct str on = fragment ? fragment->on : s->on;
		const struct gql_type *condition = str_empty(on) ? t : gql_type_of(x->s, on);
		if (condition && gql_possible(condition, t) && (depth == GQL_DEPTH_MAX || !collect(x, fragment ? &fragment->set : &s->set, t, out, n, depth + 1)))
			return false;
	}
	return true;
}

static bool fits_as(struct answering *x, const struct gql_selections *set, const struct gql_type *t, const struct json *j)
{
	const struct gql_selection *fields[NAMES_MAX];
	uint32_t n = 0;
	if (!collect(x, set, t, fields, &n, 0) || n != j->count)
		return wrong(x, "it has not the fields that were asked for");
	for (uint32_t i = 0; i < n; i++) {
		const struct json *v = json_get(j, fields[i]->alias);
		const struct gql_member *m = gql_field_of(t, fields[i]->name);
		if (!v || !m)
			return wrong(x, "`%.*s` is missing", STR_FMT(fields[i]->alias));
		if (str_eq(fields[i]->name, STR("__typename")) && !(v->type == JSON_STRING && str_eq(v->s, t->name)))
			return wrong(x, "`%.*s` is none of the types that can be answered", v->type == JSON_STRING ? (int)v->s.len : 0, v->type == JSON_STRING ? v->s.p : "");
		if (!value_fits(x, fields[i], &m->type, 0, v))
			return false;
	}
	return true;
}

static bool object_fits(struct answering *x, const struct gql_selections *set, const struct gql_type *t, const struct json *j)
{
	bool ok = false;
	if (++x->depth > GQL_DEPTH_MAX)
		return wrong(x, "nested too deep");
	if (t->kind == GQL_OBJECT_TYPE)
		ok = fits_as(x, set, t, j);
	for (uint32_t i = 0; t->kind == GQL_UNION && !ok && i < t->links.count; i++)
		ok = fits_as(x, set, t->links.items[i].type.type, j);
	for (uint32_t i = 0; t->kind == GQL_INTERFACE && !ok && i < t->users.count; i++)
		ok = t->users.items[i]->kind == GQL_OBJECT_TYPE && fits_as(x, set, t->users.items[i], j);
	x->depth--;
	return ok;
}

bool gql_answer_valid(const struct gql_schema *s, const struct gql_document *d, const struct json *answer, struct gql_fault *f)
{
	struct answering x = { .s = s, .d = d, .f = f };
	const struct json *data = json_get(answer, STR("data"));
	for (uint32_t i = 0; i < d->count; i++)
		if (!d->items[i].fragment && s->roots[d->items[i].operation])
			return data && data->type == JSON_OBJECT ? object_fits(&x, &d->items[i].set, s->roots[d->items[i].operation], data) : wrong(&x, "there is no data");
	return wrong(&x, "there is no such operation");
}
