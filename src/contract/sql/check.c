/* Whether a table can hold rows, and whether a SELECT finds what it names: what witnesses are checked by. See model.h. */
#include "contract/sql/parse.h"
#include <stdio.h>

enum { FAULT_ROOM = 256 };

static bool fault_is(char *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fault_is(char *fault, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(fault, FAULT_ROOM, format, args);
	va_end(args);
	return false;
}

static const struct json *member(const struct json *row, struct str key)
{
	for (uint32_t i = 0; i < row->count; i++)
		if (str_eq_ci(row->members[i].key, key))
			return &row->members[i].value;
	return NULL;
}

static bool has_column(const struct sql_table *t, struct str name)
{
	for (size_t i = 0; i < t->count; i++)
		if (str_eq_ci(t->columns[i].key, name))
			return true;
	return false;
}

static bool not_null(const struct sql_schema *s, const struct sql_column *c)
{
	const struct sql_domain *d = map_get(&s->domains, c->type.name);
	return c->not_null || (d && d->not_null);
}

static bool row_fits(const struct sql_schema *s, const struct sql_table *t, const struct json *row, bool whole, char *fault)
{
	if (row->type != JSON_OBJECT)
		return fault_is(fault, "this is no row");
	for (uint32_t i = 0; i < row->count; i++)
		if (!has_column(t, row->members[i].key))
			return fault_is(fault, "there is no column `%.*s`", STR_FMT(row->members[i].key));
	for (size_t i = 0; i < t->count; i++) {
		const struct sql_column *c = &t->columns[i];
		const struct json *v = member(row, c->key);
		if (!v && !whole)
			continue;
		if (!v || v->type == JSON_NULL) {
			if (not_null(s, c) && (v || (str_empty(c->default_text) && !c->generated)))
				return fault_is(fault, "`%.*s` may not be null", STR_FMT(c->name));
			continue;
		}
		struct sql_type type = sql_type_resolved(s, &c->type);
		if (!sql_type_holds(&type, v))
			return fault_is(fault, "`%.*s` (%.*s) cannot hold the value", STR_FMT(c->name), STR_FMT(c->type.text));
	}
	return true;
}

static bool same_value(const struct json *a, const struct json *b)
{
	if (!a || !b || a->type != b->type)
		return false;
	return a->type == JSON_STRING ? str_eq(a->s, b->s) : json_is_number(a) ? json_f64(a) == json_f64(b) : true;
}

static bool same_key(const struct sql_table *t, const struct json *a, const struct json *b, bool whole)
{
	for (size_t i = 0; i < t->primary.count; i++) {
		const struct json *x = member(a, t->primary.items[i]), *y = member(b, t->primary.items[i]);
		if ((x || y || !whole) && !same_value(x, y)) /* in neither row: the default in both */
			return false;
	}
	return t->primary.count > 0;
}

bool sql_rows_fit(const struct sql_schema *s, const struct sql_table *t, const struct json *rows, bool whole, char *fault)
{
	const struct json *list = rows->type == JSON_ARRAY ? rows->items : rows;
	uint32_t n = rows->type == JSON_ARRAY ? rows->count : 1;
	for (uint32_t i = 0; i < n; i++)
		if (!row_fits(s, t, &list[i], whole, fault))
			return false;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			if (same_key(t, &list[i], &list[j], whole))
				return fault_is(fault, "two rows have the same primary key");
	return true;
}

/* ---- queries ---- */

/* Of table.column the column. */
static struct str last_part(struct str key)
{
	size_t n = key.len;
	while (n && key.p[n - 1] != '.')
		n--;
	return str_skip(key, n);
}

static bool where_works(struct sql_parser *p, const struct sql_schema *s, const struct sql_table *t, char *fault)
{
	struct str name, key;
	if (!sql_take(p, "where"))
		return true;
	if (!sql_name(p, &name, &key, "the name of a column"))
		return fault_is(fault, "%s", p->e->message);
	const struct sql_column *c = sql_column_of(t, last_part(key));
	if (!c)
		return t->open || fault_is(fault, "there is no column `%.*s` in `%.*s`", STR_FMT(name), STR_FMT(t->name));
	if (!sql_take_mark(p, '=') || p->token.kind != SQL_T_STRING)
		return true;
	struct sql_type type = sql_type_resolved(s, &c->type);
	struct str value = sql_unquoted(p->arena, p->text, &p->token);
	if (type.family == SQL_ENUM && !sql_names_has(&type.values, value))
		return fault_is(fault, "`%.*s` is no value of %.*s", STR_FMT(value), STR_FMT(c->type.text));
	return true;
}

static bool query_works(struct sql_parser *p, const struct sql_schema *s, char *fault)
{
	struct sql_names columns = { 0 };
	struct str name, key;
	if (!sql_take(p, "select"))
		return fault_is(fault, "this is no SELECT");
	do {
		if (sql_take_mark(p, '*'))
			continue;
		if (!sql_name(p, &name, &key, "the name of a column") || !sql_names_add(p->arena, &columns, last_part(key)))
			return fault_is(fault, "%s", p->e->message);
	} while (sql_take_mark(p, ','));
	if (!sql_take(p, "from") || !sql_name(p, &name, &key, "the name of a table"))
		return fault_is(fault, "FROM and a table are missing");
	const struct sql_table *t = sql_table_of(s, key);
	if (!t)
		return fault_is(fault, "there is no table `%.*s`", STR_FMT(name));
	for (size_t i = 0; i < columns.count; i++)
		if (!t->open && !sql_column_of(t, columns.items[i]))
			return fault_is(fault, "there is no column `%.*s` in `%.*s`", STR_FMT(columns.items[i]), STR_FMT(t->name));
	return where_works(p, s, t, fault);
}

bool sql_query_works(const struct sql_schema *s, struct str query, char *fault)
{
	struct arena a;
	struct err e = { 0 };
	const struct source_file text = { STR("query"), query };
	struct sql_file file = { .source = &text };
	struct sql_schema place = { .files = &file, .arena = &a };
	struct sql_parser p = { .s = &place, .arena = &a, .text = query, .e = &e };
	arena_init(&a, 1 << 20);
	bool ok = sql_next(&p) ? query_works(&p, s, fault) : fault_is(fault, "%s", e.message);
	arena_release(&a);
	return ok;
}
