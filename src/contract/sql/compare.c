/* What changes for those who read the tables. See compare.h. */
#include "contract/sql/compare.h"
#include <stdlib.h>

enum { TEXT_MAX = 8192 };

struct str sql_text(struct sql_compare *c, const char *format, ...)
{
	va_list args;
	struct buf b;
	buf_init(&b, TEXT_MAX);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	struct str s = buf_ok(&b) ? arena_str(&c->out->arena, buf_str(&b)) : STR("…");
	buf_release(&b);
	return s;
}

static struct change_place place(struct sql_compare *c, const struct sql_schema *s, const struct sql_spot *spot)
{
	if (!spot)
		return (struct change_place){ 0 };
	struct text_place at = sql_place(s, *spot);
	return (struct change_place){ arena_str(&c->out->arena, s->files[spot->file].source->path), at.line, at.column };
}

static struct change *add(struct sql_compare *c, enum change_kind kind, struct str subject, struct str detail, const struct sql_spot *old_spot, const struct sql_spot *new_spot)
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

static void set_level(struct change *x, enum change_level level)
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

static void set_reach(struct sql_compare *c, struct change *x, const struct sql_schema *s, struct sql_names list)
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

static void reach_table(struct sql_compare *c, struct change *x, const struct sql_schema *s, const struct sql_table *t)
{
	struct sql_names list = { 0 };
	push_reach(c, &list, arena_str(&c->out->arena, t->key));
	set_reach(c, x, s, list);
}

/* ---- columns ---- */

static struct str column_name(struct sql_compare *c, const struct sql_table *t, const struct sql_column *m) { return sql_text(c, "%.*s.%.*s", STR_FMT(t->name), STR_FMT(m->name)); }
static struct str copy(struct sql_compare *c, struct str s) { return sql_text(c, "%.*s", STR_FMT(s)); }

/* What a column was in the old table: the one of its name, or of a former name that no column has now. */
static const struct sql_column *was(const struct sql_table *t, const struct sql_table *now, const struct sql_column *n)
{
	const struct sql_column *same = sql_column_of(t, n->key);
	for (size_t i = n->former.count; !same && i-- > 0;)
		if (!sql_column_of(now, n->former.items[i]))
			same = sql_column_of(t, n->former.items[i]);
	return same;
}

/* Of a view's column: whether the table that it comes from lost it, which is told there. */
static bool told_by_base(const struct sql_compare *c, const struct sql_column *m)
{
	const struct sql_table *base = m->base_table.p ? sql_table_of(c->after, m->base_table) : NULL;
	return m->base_table.p && (!base || !sql_column_of(base, m->base_column));
}

/* In quotes a name is qualified: SQLite takes "name" for a text where there is no such column. */
static bool column_query(struct sql_compare *c, struct change *x, struct str column, struct str table)
{
	struct str name = sql_quoted(c, column), from = sql_quoted(c, table);
	if (name.p != column.p)
		return sql_prove_query(c, x, sql_text(c, "SELECT %.*s.%.*s FROM %.*s", STR_FMT(from), STR_FMT(name), STR_FMT(from)));
	return sql_prove_query(c, x, sql_text(c, "SELECT %.*s FROM %.*s", STR_FMT(name), STR_FMT(from)));
}

static void column_gone(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *renamed)
{
	if (t->view && told_by_base(c, m))
		return;
	struct change *x = add(c, renamed ? CHANGE_KIND_SQL_COLUMN_RENAMED : CHANGE_KIND_SQL_COLUMN_REMOVED, column_name(c, t, m), renamed ? copy(c, renamed->name) : STR(""), &m->spot,
		renamed ? &renamed->spot : NULL);
	if (!x)
		return;
	x->sentence = renamed ? sql_text(c, "The column `%.*s` of `%.*s` is called `%.*s` now", STR_FMT(m->name), STR_FMT(t->name), STR_FMT(renamed->name)) :
				sql_text(c, "The column `%.*s` of `%.*s` was removed", STR_FMT(m->name), STR_FMT(t->name));
	reach_table(c, x, c->before, t);
	if (!column_query(c, x, m->name, now->name))
		column_query(c, x, m->name, t->name);
}

static bool named_type(const struct sql_compare *c, const struct sql_type *a, const struct sql_type *b)
{
	return str_eq(a->name, b->name) && a->arrays == b->arrays &&
	       ((map_get(&c->before->enums, a->name) && map_get(&c->after->enums, b->name)) || (map_get(&c->before->domains, a->name) && map_get(&c->after->domains, b->name)));
}

static enum change_kind type_kind(enum sql_type_change t)
{
	return t == SQL_TYPE_WIDER ? CHANGE_KIND_SQL_TYPE_WIDENED : t == SQL_TYPE_NARROWER ? CHANGE_KIND_SQL_TYPE_NARROWED : t == SQL_TYPE_BEHAVIOUR ? CHANGE_KIND_SQL_TYPE_MEANING :
														  CHANGE_KIND_SQL_TYPE_CHANGED;
}

static void column_type(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	struct sql_type a = sql_type_resolved(c->before, &m->type), b = sql_type_resolved(c->after, &n->type);
	enum sql_type_change how = named_type(c, &m->type, &n->type) ? SQL_TYPE_SAME : sql_type_compare(&a, &b);
	if (how == SQL_TYPE_SAME)
		return;
	struct change *x = add(c, type_kind(how), column_name(c, now, n), sql_text(c, "%.*s to %.*s", STR_FMT(m->type.text), STR_FMT(n->type.text)), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The column `%.*s` of `%.*s` is %.*s instead of %.*s", STR_FMT(n->name), STR_FMT(now->name), STR_FMT(n->type.text), STR_FMT(m->type.text));
	reach_table(c, x, c->before, t);
	if (how != SQL_TYPE_BEHAVIOUR)
		sql_witness_type(c, x, t, now, m, n);
}

static void column_null(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	if (m->not_null == n->not_null)
		return;
	struct change *x = add(c, m->not_null ? CHANGE_KIND_SQL_NULL_ALLOWED : CHANGE_KIND_SQL_NULL_REFUSED, column_name(c, now, n), STR(""), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, m->not_null ? "The column `%.*s` of `%.*s` may be null now" : "The column `%.*s` of `%.*s` is never null any more", STR_FMT(n->name), STR_FMT(now->name));
	reach_table(c, x, c->before, t);
	sql_witness_null(c, x, t, now, m);
}

static void column_default(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	if (str_eq_ci(m->default_text, n->default_text) || m->generated || n->generated)
		return;
	struct str a = str_empty(m->default_text) ? STR("none") : m->default_text, b = str_empty(n->default_text) ? STR("none") : n->default_text;
	struct change *x = add(c, CHANGE_KIND_SQL_DEFAULT_CHANGED, column_name(c, now, n), sql_text(c, "%.*s to %.*s", STR_FMT(a), STR_FMT(b)), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The default of `%.*s` of `%.*s` is %.*s instead of %.*s", STR_FMT(n->name), STR_FMT(now->name), STR_FMT(b), STR_FMT(a));
	reach_table(c, x, c->before, t);
}

/* The unit that a comment names; empty where it names none. */
static struct str unit_in(struct str comment)
{
	static const char *const units[] = { "cents", "cent", "euros", "euro", "eur", "dollars", "dollar", "usd", "pence", "pounds", "percent", "per mille", "basis points", "milliseconds", "ms",
		"microseconds", "nanoseconds", "seconds", "minutes", "hours", "days", "bytes", "kilobytes", "megabytes", "kb", "mb", "kg", "grams", "mg", "metres", "meters", "cm", "mm", "km", "miles",
		"inches", "feet", "utc", "local time", "gross", "net" };
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct str unit = str_z(units[i]);
		size_t at = str_find_ci(comment, unit);
		if (at == SIZE_MAX)
			continue;
		char before = at ? comment.p[at - 1] : ' ', after = at + unit.len < comment.len ? comment.p[at + unit.len] : ' ';
		bool letters = ((before | 32) >= 'a' && (before | 32) <= 'z') || ((after | 32) >= 'a' && (after | 32) <= 'z');
		if (!letters)
			return unit;
	}
	return (struct str){ 0 };
}

static void column_comment(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	struct str a = unit_in(m->comment), b = unit_in(n->comment);
	if (str_eq(m->comment, n->comment))
		return;
	bool unit = a.p && b.p && !str_eq(a, b);
	struct change *x = add(c, unit ? CHANGE_KIND_SQL_UNIT_CHANGED : CHANGE_KIND_SQL_COMMENT_CHANGED, column_name(c, now, n),
		unit ? sql_text(c, "%.*s to %.*s", STR_FMT(a), STR_FMT(b)) : STR(""), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = unit ? sql_text(c, "The comment of `%.*s` of `%.*s` says %.*s instead of %.*s", STR_FMT(n->name), STR_FMT(now->name), STR_FMT(b), STR_FMT(a)) :
			     sql_text(c, "The comment of `%.*s` of `%.*s` is another", STR_FMT(n->name), STR_FMT(now->name));
	reach_table(c, x, c->before, t);
}

/* Values of an enum that is written in the column. */
static void inline_values(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	for (int added = 0; added < 2; added++) {
		const struct sql_names *from = added ? &n->type.values : &m->type.values, *to = added ? &m->type.values : &n->type.values;
		for (size_t i = 0; m->type.values.count && n->type.values.count && i < from->count; i++) {
			if (sql_names_has(to, from->items[i]))
				continue;
			struct change *x = add(c, added ? CHANGE_KIND_SQL_ENUM_VALUE_ADDED : CHANGE_KIND_SQL_ENUM_VALUE_REMOVED, column_name(c, now, n), copy(c, from->items[i]), &m->spot,
				&n->spot);
			if (!x)
				continue;
			x->sentence = sql_text(c, added ? "`%.*s` of `%.*s` has a new value '%.*s'" : "`%.*s` of `%.*s` no longer has the value '%.*s'", STR_FMT(n->name), STR_FMT(now->name),
				STR_FMT(from->items[i]));
			reach_table(c, x, c->before, t);
			sql_witness_value(c, x, t, now, m, from->items[i]);
		}
	}
}

static void compare_column(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	column_comment(c, t, now, m, n);
	if (t->view)
		return; /* its types are those of the tables */
	column_type(c, t, now, m, n);
	inline_values(c, t, now, m, n);
	column_null(c, t, now, m, n);
	column_default(c, t, now, m, n);
}

/* ---- tables ---- */

static void primary_key(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now)
{
	bool same = t->primary.count == now->primary.count;
	for (size_t i = 0; i < now->primary.count && same; i++) {
		const struct sql_column *n = sql_column_of(now, now->primary.items[i]), *m = n ? was(t, now, n) : NULL;
		same = sql_names_has(&t->primary, m ? m->key : now->primary.items[i]);
	}
	if (same)
		return;
	struct buf b;
	buf_init(&b, 4096);
	for (int side = 0; side < 2; side++) {
		const struct sql_names *keys = side ? &now->primary : &t->primary;
		if (side)
			buf_add(&b, STR(" to "));
		for (size_t i = 0; i < keys->count; i++)
			buf_printf(&b, "%s%.*s", i ? ", " : "", STR_FMT(keys->items[i]));
		if (!keys->count)
			buf_add(&b, STR("none"));
	}
	struct str detail = buf_ok(&b) ? copy(c, buf_str(&b)) : STR("long keys");
	buf_release(&b);
	struct change *x = add(c, CHANGE_KIND_SQL_PRIMARY_KEY_CHANGED, copy(c, now->name), detail, &t->spot, &now->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The primary key of `%.*s` changed from %.*s", STR_FMT(now->name), STR_FMT(detail));
	reach_table(c, x, c->before, t);
	if (!t->primary.count)
		set_level(x, CHANGE_INFO); /* nobody could rely on one */
	else
		sql_witness_key(c, x, t, now);
}

static void compare_table(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now)
{
	const struct sql_column **origin = ARENA_ARRAY(&c->out->arena, now->count + 1, const struct sql_column *); /* of each column now */
	for (size_t j = 0; origin && j < now->count; j++)
		origin[j] = was(t, now, &now->columns[j]);
	for (size_t i = 0; origin && i < t->count; i++) {
		const struct sql_column *m = &t->columns[i], *n = NULL;
		for (size_t j = 0; j < now->count && !n; j++)
			n = origin[j] == m ? &now->columns[j] : NULL;
		if (!n && now->open)
			continue;
		if (!n || !str_eq(m->key, n->key))
			column_gone(c, t, now, m, n);
		if (n)
			compare_column(c, t, now, m, n);
	}
	for (size_t j = 0; origin && j < now->count; j++) {
		const struct sql_column *n = &now->columns[j];
		if (origin[j] || (t->view && (n->base_table.p || t->open)))
			continue;
		struct change *x = add(c, CHANGE_KIND_SQL_COLUMN_ADDED, column_name(c, now, n), STR(""), NULL, &n->spot);
		if (x)
			x->sentence = sql_text(c, "`%.*s` has a new column `%.*s`", STR_FMT(now->name), STR_FMT(n->name));
		reach_table(c, x, c->after, now);
	}
	if (!t->view && !now->view)
		primary_key(c, t, now);
	if (t->view && now->view && !str_eq(t->definition, now->definition)) {
		struct change *x = add(c, CHANGE_KIND_SQL_VIEW_CHANGED, copy(c, now->name), STR(""), &t->spot, &now->spot);
		if (x)
			x->sentence = sql_text(c, "The view `%.*s` selects otherwise", STR_FMT(now->name));
		reach_table(c, x, c->before, t);
	}
}

static const struct sql_table *renamed_to(const struct sql_compare *c, const struct sql_table *t)
{
	for (uint32_t i = 0; i < c->after->tables.count; i++) {
		const struct sql_table *n = c->after->tables.entries[i].value;
		if (n->former.count && !sql_table_of(c->before, n->key) && sql_names_has(&n->former, t->key))
			return n;
	}
	return NULL;
}

static bool was_table(const struct sql_compare *c, const struct sql_table *n)
{
	bool found = sql_table_of(c->before, n->key) != NULL;
	for (size_t i = 0; i < n->former.count && !found; i++) {
		const struct sql_table *t = sql_table_of(c->before, n->former.items[i]);
		found = t && !sql_table_of(c->after, t->key);
	}
	return found;
}

static void table_gone(struct sql_compare *c, const struct sql_table *t)
{
	const struct sql_table *now = renamed_to(c, t);
	struct change *x = add(c, now ? CHANGE_KIND_SQL_TABLE_RENAMED : CHANGE_KIND_SQL_TABLE_REMOVED, copy(c, t->name), now ? copy(c, now->name) : STR(""), &t->spot, now ? &now->spot : NULL);
	if (x) {
		const char *what = t->view ? "view" : "table";
		x->sentence = now ? sql_text(c, "The %s `%.*s` is called `%.*s` now", what, STR_FMT(t->name), STR_FMT(now->name)) : sql_text(c, "The %s `%.*s` was removed", what, STR_FMT(t->name));
		reach_table(c, x, c->before, t);
		sql_prove_query(c, x, sql_text(c, "SELECT * FROM %.*s", STR_FMT(sql_quoted(c, t->name))));
	}
	if (now)
		compare_table(c, t, now);
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
			struct change *x = add(c, added ? CHANGE_KIND_SQL_ENUM_VALUE_ADDED : CHANGE_KIND_SQL_ENUM_VALUE_REMOVED, copy(c, b->name), copy(c, from->items[i]), &a->spot, &b->spot);
			if (!x)
				continue;
			x->sentence = sql_text(c, added ? "The enum `%.*s` has a new value '%.*s'" : "The enum `%.*s` no longer has the value '%.*s'", STR_FMT(b->name), STR_FMT(from->items[i]));
			set_reach(c, x, c->before, tables);
			if (!tables.count)
				set_level(x, CHANGE_INFO);
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
	struct change *x = add(c, CHANGE_KIND_SQL_DOMAIN_CHANGED, copy(c, b->name), detail, &a->spot, &b->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The domain `%.*s` changed from %.*s", STR_FMT(b->name), STR_FMT(detail));
	set_reach(c, x, c->before, tables);
	if (!tables.count || (how == SQL_TYPE_WIDER && !null))
		set_level(x, CHANGE_INFO);
	else if (how == SQL_TYPE_BEHAVIOUR && !null)
		set_level(x, CHANGE_WARNING);
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
			compare_table(&c, t, now);
		else
			table_gone(&c, t);
	}
	for (uint32_t i = 0; i < after->tables.count; i++) {
		const struct sql_table *n = after->tables.entries[i].value;
		if (was_table(&c, n))
			continue;
		struct change *x = add(&c, CHANGE_KIND_SQL_TABLE_ADDED, copy(&c, n->name), STR(""), NULL, &n->spot);
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
