/* What changes for those who read the tables: folders, enums and domains, and what the comparison of tables needs. See compare.h. */
#include "contract/sql/compare.h"
#include <stdlib.h>

struct str sql_text(struct sql_compare *c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	struct str s = changes_text(c->out, format, args);
	va_end(args);
	return s;
}

struct str sql_copy(struct sql_compare *c, struct str s) { return sql_text(c, "%.*s", STR_FMT(s)); }

static struct change_place place(struct sql_compare *c, const struct sql_schema *s, const struct sql_spot *spot)
{
	if (!spot)
		return (struct change_place){ 0 };
	struct text_place at = sql_place(s, *spot);
	return (struct change_place){ arena_str(&c->out->arena, s->files[spot->file].source->path), at.line, at.column };
}

struct change *sql_change(struct sql_compare *c, enum change_kind kind, struct str subject, struct str detail, const struct sql_spot *old_spot, const struct sql_spot *new_spot)
{
	if (change_infos[kind].level == CHANGE_INFO && !c->options->information)
		return NULL;
	if (c->prefix.len)
		subject = sql_text(c, "%.*s: %.*s", STR_FMT(c->prefix), STR_FMT(subject));
	struct change *x = changes_add(c->out, kind, subject, detail);
	if (!x)
		return NULL;
	x->old_place = place(c, c->before, old_spot);
	x->new_place = place(c, c->after, new_spot);
	return x;
}

void sql_set_level(struct change *x, enum change_level level)
{
	x->level = level;
	x->witness.state = level == CHANGE_INFO ? WITNESS_NONE : WITNESS_UNPROVED;
}

/* ---- reach: the table, and the views over it ---- */

static int reach_order(const void *a, const void *b) { return str_cmp(((const struct reach *)a)->operation, ((const struct reach *)b)->operation); }

static void push_reach(struct sql_compare *c, struct sql_names *list, struct str key)
{
	if (!sql_names_has(list, key))
		sql_names_add(&c->out->arena, list, key);
}

static void views_over(struct sql_compare *c, const struct sql_schema *s, struct sql_names *list)
{
	for (size_t done = 0; done < list->count; done++)
		for (uint32_t i = 0; i < s->tables.count; i++) {
			const struct sql_table *v = s->tables.entries[i].value;
			if (v->view && sql_names_has(&v->sources, list->items[done]))
				push_reach(c, list, arena_str(&c->out->arena, v->key));
		}
}

void sql_set_reach(struct sql_compare *c, struct change *x, const struct sql_schema *s, struct sql_names list)
{
	if (!x)
		return;
	views_over(c, s, &list);
	struct reach *r = ARENA_ARRAY(&c->out->arena, list.count ? list.count : 1, struct reach);
	for (size_t i = 0; r && i < list.count; i++)
		r[i] = (struct reach){ list.items[i], REACH_RESPONSE };
	if (r && list.count)
		qsort(r, list.count, sizeof(*r), reach_order);
	x->reach = r;
	x->reach_count = r ? list.count : 0;
}

void sql_reach_table(struct sql_compare *c, struct change *x, const struct sql_schema *s, const struct sql_table *t)
{
	struct sql_names list = { 0 };
	push_reach(c, &list, arena_str(&c->out->arena, t->key));
	sql_set_reach(c, x, s, list);
}

/* ---- enums and domains ---- */

/* The first table that has a column of the type on both sides, and all of them for the reach. */
static const struct sql_column *users_of(struct sql_compare *c, struct str type, struct sql_names *tables, const struct sql_table **t, const struct sql_table **now)
{
	const struct sql_column *first = NULL;
	for (uint32_t i = 0; i < c->before->tables.count; i++) {
		const struct sql_table *a = c->before->tables.entries[i].value, *b = sql_table_of(c->after, a->key);
		for (size_t j = 0; j < a->count && !a->view; j++) {
			const struct sql_column *m = &a->columns[j], *n = b ? sql_column_of(b, m->key) : NULL;
			if (!str_eq(m->type.name, type))
				continue;
			push_reach(c, tables, arena_str(&c->out->arena, a->key));
			if (!first && n && str_eq(n->type.name, type) && !m->type.arrays) {
				first = m;
				*t = a;
				*now = b;
			}
		}
	}
	return first;
}

static void compare_enum(struct sql_compare *c, const struct sql_enum *a, const struct sql_enum *b)
{
	const struct sql_table *t = NULL, *now = NULL;
	struct sql_names tables = { 0 };
	const struct sql_column *m = users_of(c, a->key, &tables, &t, &now);
	for (int added = 0; added < 2; added++) {
		const struct sql_names *from = added ? &b->values : &a->values, *to = added ? &a->values : &b->values;
		for (size_t i = 0; i < from->count; i++) {
			if (sql_names_has(to, from->items[i]))
				continue;
			struct change *x = sql_change(c, added ? CHANGE_KIND_SQL_ENUM_VALUE_ADDED : CHANGE_KIND_SQL_ENUM_VALUE_REMOVED, sql_copy(c, b->name), sql_copy(c, from->items[i]), &a->spot, &b->spot);
			if (!x)
				continue;
			x->sentence = sql_text(c, added ? "The enum `%.*s` has a new value '%.*s'" : "The enum `%.*s` no longer has the value '%.*s'", STR_FMT(b->name), STR_FMT(from->items[i]));
			sql_set_reach(c, x, c->before, tables);
			if (!tables.count)
				sql_set_level(x, CHANGE_INFO);
			else if (m)
				sql_witness_value(c, x, t, now, m, from->items[i]);
		}
	}
}

static void compare_domain(struct sql_compare *c, const struct sql_domain *a, const struct sql_domain *b)
{
	const struct sql_table *t = NULL, *now = NULL;
	struct sql_names tables = { 0 };
	enum sql_type_change how = sql_type_compare(&a->type, &b->type);
	bool null = a->not_null && !b->not_null;
	if (how == SQL_TYPE_SAME && !null)
		return;
	const struct sql_column *m = users_of(c, a->key, &tables, &t, &now);
	struct str detail = sql_text(c, "%.*s%s to %.*s%s", STR_FMT(a->type.text), a->not_null ? " not null" : "", STR_FMT(b->type.text), b->not_null ? " not null" : "");
	struct change *x = sql_change(c, CHANGE_KIND_SQL_DOMAIN_CHANGED, sql_copy(c, b->name), detail, &a->spot, &b->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The domain `%.*s` changed from %.*s", STR_FMT(b->name), STR_FMT(detail));
	sql_set_reach(c, x, c->before, tables);
	if (!tables.count || (how == SQL_TYPE_WIDER && !null))
		sql_set_level(x, CHANGE_INFO);
	else if (how == SQL_TYPE_BEHAVIOUR && !null)
		sql_set_level(x, CHANGE_WARNING);
	else if (m && null)
		sql_witness_null(c, x, t, now, m);
	else if (m)
		sql_witness_type(c, x, t, now, m, sql_column_of(now, m->key));
}

/* ---- folders ---- */

static void drop_information(struct changes *out, size_t from)
{
	size_t kept = from;
	for (size_t i = from; i < out->count; i++)
		if (out->items[i].level != CHANGE_INFO)
			out->items[kept++] = out->items[i];
	out->count = kept;
}

static void compare_schemas(const struct sql_schema *before, const struct sql_schema *after, const struct contract_options *options, bool several, struct changes *out)
{
	struct sql_compare c = { .before = before, .after = after, .options = options, .out = out };
	size_t from = out->count;
	if (several)
		c.prefix = before->name;
	for (uint32_t i = 0; i < before->tables.count; i++) {
		const struct sql_table *t = before->tables.entries[i].value, *now = sql_table_of(after, t->key);
		if (now)
			sql_compare_table(&c, t, now);
		else
			sql_table_gone(&c, t);
	}
	for (uint32_t i = 0; i < after->tables.count; i++) {
		const struct sql_table *n = after->tables.entries[i].value;
		if (sql_was_table(&c, n))
			continue;
		struct change *x = sql_change(&c, CHANGE_KIND_SQL_TABLE_ADDED, sql_copy(&c, n->name), STR(""), NULL, &n->spot);
		if (x)
			x->sentence = sql_text(&c, "The %s `%.*s` is new", n->view ? "view" : "table", STR_FMT(n->name));
	}
	for (uint32_t i = 0; i < before->enums.count; i++) {
		const struct sql_enum *a = before->enums.entries[i].value, *b = map_get(&after->enums, a->key);
		if (b)
			compare_enum(&c, a, b);
	}
	for (uint32_t i = 0; i < before->domains.count; i++) {
		const struct sql_domain *a = before->domains.entries[i].value, *b = map_get(&after->domains, a->key);
		if (b)
			compare_domain(&c, a, b);
	}
	if (!options->information)
		drop_information(out, from);
}

static void alone(struct changes *out, const struct sql_schema *s, bool added, const struct contract_options *options)
{
	if (added && !options->information)
		return;
	const struct sql_table *t = s->tables.entries[0].value;
	struct str name = arena_str(&out->arena, s->name);
	struct change *x = changes_add(out, added ? CHANGE_KIND_CONTRACT_ADDED : CHANGE_KIND_CONTRACT_REMOVED, name, STR("sql"));
	if (!x)
		return;
	struct text_place at = sql_place(s, t->spot);
	*(added ? &x->new_place : &x->old_place) = (struct change_place){ arena_str(&out->arena, s->files[t->spot.file].source->path), at.line, at.column };
	x->sentence = arena_printf(&out->arena, "The tables of %.*s %s", STR_FMT(name), added ? "are new" : "were removed");
}

/* Folders of one name belong together; and where each side has one left, these do. */
bool sql_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out, struct err *e)
{
	static const struct sql_model none;
	const struct sql_model *a = old_model ? (const struct sql_model *)old_model : &none, *b = new_model ? (const struct sql_model *)new_model : &none;
	bool *taken = calloc(b->count + 1, sizeof(*taken)), *matched = calloc(a->count + 1, sizeof(*matched)), several = a->count > 1 || b->count > 1;
	size_t old_left = 0, new_left = 0, old_last = 0, new_last = 0;
	if (!taken || !matched) {
		free(taken);
		free(matched);
		return err_set(e, ERR_NO_MEMORY, "no memory for the comparison of tables");
	}
	for (size_t i = 0, j = 0; i < a->count; i++) { /* both are sorted by name */
		while (j < b->count && str_cmp(b->schemas[j].name, a->schemas[i].name) < 0)
			j++;
		matched[i] = j < b->count && str_eq(a->schemas[i].name, b->schemas[j].name);
		if (matched[i]) {
			taken[j] = true;
			compare_schemas(&a->schemas[i], &b->schemas[j], options, several, out);
		} else {
			old_left++, old_last = i;
		}
	}
	for (size_t j = 0; j < b->count; j++)
		if (!taken[j])
			new_left++, new_last = j;
	bool moved = old_left == 1 && new_left == 1;
	if (moved)
		compare_schemas(&a->schemas[old_last], &b->schemas[new_last], options, several, out);
	for (size_t i = 0; i < a->count && !moved; i++)
		if (!matched[i])
			alone(out, &a->schemas[i], false, options);
	for (size_t j = 0; j < b->count && !moved; j++)
		if (!taken[j])
			alone(out, &b->schemas[j], true, options);
	free(taken);
	free(matched);
	return true;
}
