/* Whether a value can be given where a type is expected (section 5.6.1 and the input coercion of section 3), and hints for misspelt names. */
#include "base/suggest.h"
#include "contract/graphql/schema.h"
#include <stdio.h>
#include <stdlib.h>

enum { CANDIDATES_MAX = 4096 };

static struct gql_hint hint_of(struct str typed, const struct str *names, size_t n)
{
	struct gql_hint h = { { 0 } };
	struct str near = suggest(typed, names, n);
	if (near.p)
		snprintf(h.text, sizeof(h.text), " (did you mean `%.*s`?)", STR_FMT(near));
	return h;
}

struct gql_hint gql_hint_member(const struct gql_members *m, struct str typed)
{
	struct str names[256];
	size_t n = 0;
	for (uint32_t i = 0; i < m->count && n < 256; i++)
		names[n++] = m->items[i].name;
	return hint_of(typed, names, n);
}

struct gql_hint gql_hint_type(const struct gql_schema *s, struct str typed)
{
	struct str *names = calloc(CANDIDATES_MAX, sizeof(*names));
	size_t n = 0;
	for (uint32_t i = 0; names && i < s->types.count && n < CANDIDATES_MAX; i++)
		names[n++] = s->types.items[i]->name;
	struct gql_hint h = names ? hint_of(typed, names, n) : (struct gql_hint){ { 0 } };
	free(names);
	return h;
}

static bool unfit(struct gql_fault *f, const struct gql_value *v, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool unfit(struct gql_fault *f, const struct gql_value *v, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	f->offset = v->offset;
	vsnprintf(f->message, sizeof(f->message), format, args);
	va_end(args);
	return false;
}

static bool int32_range(struct str digits)
{
	int64_t i;
	return str_to_i64(digits, &i) && i >= INT32_MIN && i <= INT32_MAX;
}

static bool scalar_fits(const struct gql_type *t, const struct gql_value *v)
{
	if (!t->builtin)
		return true;
	if (str_eq(t->name, STR("Int")))
		return v->kind == GQL_INT && int32_range(v->text);
	if (str_eq(t->name, STR("Float")))
		return v->kind == GQL_INT || v->kind == GQL_FLOAT;
	if (str_eq(t->name, STR("Boolean")))
		return v->kind == GQL_BOOLEAN;
	if (str_eq(t->name, STR("ID")))
		return v->kind == GQL_INT || v->kind == GQL_STRING;
	return v->kind == GQL_STRING;
}

static bool one_of_fits(const struct gql_type *t, const struct gql_value *v, struct gql_fault *f)
{
	if (!gql_one_of(t))
		return true;
	if (v->count != 1 || v->fields[0].value.kind == GQL_NULL)
		return unfit(f, v, "`%.*s` takes exactly one field, and not null", STR_FMT(t->name));
	return true;
}

static bool object_fits(const struct gql_schema *s, const struct gql_type *t, const struct gql_value *v, struct gql_fault *f)
{
	if (v->kind != GQL_OBJECT)
		return unfit(f, v, "`%.*s` needs an object such as { field: value }", STR_FMT(t->name));
	uint32_t required = 0, given = 0;
	for (uint32_t i = 0; i < v->count; i++) {
		const struct gql_member *m = gql_member_of(&t->members, v->fields[i].name);
		if (!m)
			return unfit(f, v, "`%.*s` has no field `%.*s`%s", STR_FMT(t->name), STR_FMT(v->fields[i].name), gql_hint_member(&t->members, v->fields[i].name).text);
		for (uint32_t j = 0; v->count < 64 && j < i; j++)
			if (str_eq(v->fields[j].name, m->name))
				return unfit(f, v, "the field `%.*s` is given twice", STR_FMT(m->name));
		if (!gql_value_fits(s, &m->type, &v->fields[i].value, f))
			return false;
		given += gql_required(m);
	}
	for (uint32_t i = 0; i < t->members.count; i++)
		required += gql_required(&t->members.items[i]);
	for (uint32_t i = 0; given < required && i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i];
		bool there = false;
		for (uint32_t j = 0; j < v->count; j++)
			there |= str_eq(v->fields[j].name, m->name);
		if (gql_required(m) && !there)
			return unfit(f, v, "the field `%.*s` of `%.*s` must be given", STR_FMT(m->name), STR_FMT(t->name));
	}
	return one_of_fits(t, v, f);
}

static bool named_fits(const struct gql_schema *s, const struct gql_type *t, const struct gql_value *v, struct gql_fault *f)
{
	if (!t)
		return true;
	if (t->kind == GQL_INPUT)
		return object_fits(s, t, v, f);
	if (t->kind == GQL_ENUM_TYPE) {
		if (v->kind == GQL_ENUM && gql_member_of(&t->members, v->text))
			return true;
		return unfit(f, v, "`%.*s` has no value `%.*s`%s", STR_FMT(t->name), v->kind == GQL_LIST || v->kind == GQL_OBJECT ? 0 : (int)v->text.len, v->text.p,
			v->kind == GQL_ENUM ? gql_hint_member(&t->members, v->text).text : "");
	}
	return scalar_fits(t, v) || unfit(f, v, "this is no value of the type `%.*s`", STR_FMT(t->name));
}

static bool level_fits(const struct gql_schema *s, const struct gql_ref *r, int level, const struct gql_value *v, struct gql_fault *f)
{
	if (v->kind == GQL_VARIABLE)
		return true;
	if (v->kind == GQL_NULL)
		return !(r->nonnull >> level & 1) || unfit(f, v, "null is not allowed here");
	if (level == r->lists)
		return named_fits(s, r->type, v, f);
	if (v->kind != GQL_LIST)
		return level_fits(s, r, level + 1, v, f); /* one value stands for a list of it */
	for (uint32_t i = 0; i < v->count; i++)
		if (!level_fits(s, r, level + 1, &v->items[i], f))
			return false;
	return true;
}

bool gql_value_fits(const struct gql_schema *s, const struct gql_ref *r, const struct gql_value *v, struct gql_fault *f) { return level_fits(s, r, 0, v, f); }
