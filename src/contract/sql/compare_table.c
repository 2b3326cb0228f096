/* Tables and views, column by column. See compare.h. */
#include "contract/sql/compare.h"

/* ---- columns ---- */

static struct str column_name(struct sql_compare *c, const struct sql_table *t, const struct sql_column *m) { return sql_text(c, "%.*s.%.*s", STR_FMT(t->name), STR_FMT(m->name)); }

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
	struct change *x = sql_change(c, renamed ? CHANGE_KIND_SQL_COLUMN_RENAMED : CHANGE_KIND_SQL_COLUMN_REMOVED, column_name(c, t, m), renamed ? sql_copy(c, renamed->name) : STR(""), &m->spot,
		renamed ? &renamed->spot : NULL);
	if (!x)
		return;
	x->sentence = renamed ? sql_text(c, "The column `%.*s` of `%.*s` is called `%.*s` now", STR_FMT(m->name), STR_FMT(t->name), STR_FMT(renamed->name)) :
				sql_text(c, "The column `%.*s` of `%.*s` was removed", STR_FMT(m->name), STR_FMT(t->name));
	sql_reach_table(c, x, c->before, t);
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
	struct change *x = sql_change(c, type_kind(how), column_name(c, now, n), sql_text(c, "%.*s to %.*s", STR_FMT(m->type.text), STR_FMT(n->type.text)), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The column `%.*s` of `%.*s` is %.*s instead of %.*s", STR_FMT(n->name), STR_FMT(now->name), STR_FMT(n->type.text), STR_FMT(m->type.text));
	sql_reach_table(c, x, c->before, t);
	if (how != SQL_TYPE_BEHAVIOUR)
		sql_witness_type(c, x, t, now, m, n);
}

static void column_null(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	if (m->not_null == n->not_null)
		return;
	struct change *x = sql_change(c, m->not_null ? CHANGE_KIND_SQL_NULL_ALLOWED : CHANGE_KIND_SQL_NULL_REFUSED, column_name(c, now, n), STR(""), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, m->not_null ? "The column `%.*s` of `%.*s` may be null now" : "The column `%.*s` of `%.*s` is never null any more", STR_FMT(n->name), STR_FMT(now->name));
	sql_reach_table(c, x, c->before, t);
	sql_witness_null(c, x, t, now, m);
}

static void column_default(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	if (str_eq_ci(m->default_text, n->default_text) || m->generated || n->generated)
		return;
	struct str a = str_empty(m->default_text) ? STR("none") : m->default_text, b = str_empty(n->default_text) ? STR("none") : n->default_text;
	struct change *x = sql_change(c, CHANGE_KIND_SQL_DEFAULT_CHANGED, column_name(c, now, n), sql_text(c, "%.*s to %.*s", STR_FMT(a), STR_FMT(b)), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The default of `%.*s` of `%.*s` is %.*s instead of %.*s", STR_FMT(n->name), STR_FMT(now->name), STR_FMT(b), STR_FMT(a));
	sql_reach_table(c, x, c->before, t);
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
	struct change *x = sql_change(c, unit ? CHANGE_KIND_SQL_UNIT_CHANGED : CHANGE_KIND_SQL_COMMENT_CHANGED, column_name(c, now, n),
		unit ? sql_text(c, "%.*s to %.*s", STR_FMT(a), STR_FMT(b)) : STR(""), &m->spot, &n->spot);
	if (!x)
		return;
	x->sentence = unit ? sql_text(c, "The comment of `%.*s` of `%.*s` says %.*s instead of %.*s", STR_FMT(n->name), STR_FMT(now->name), STR_FMT(b), STR_FMT(a)) :
			     sql_text(c, "The comment of `%.*s` of `%.*s` is another", STR_FMT(n->name), STR_FMT(now->name));
	sql_reach_table(c, x, c->before, t);
}

/* Values of an enum that is written in the column. */
static void inline_values(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	for (int added = 0; added < 2; added++) {
		const struct sql_names *from = added ? &n->type.values : &m->type.values, *to = added ? &m->type.values : &n->type.values;
		for (size_t i = 0; m->type.values.count && n->type.values.count && i < from->count; i++) {
			if (sql_names_has(to, from->items[i]))
				continue;
			struct change *x = sql_change(c, added ? CHANGE_KIND_SQL_ENUM_VALUE_ADDED : CHANGE_KIND_SQL_ENUM_VALUE_REMOVED, column_name(c, now, n), sql_copy(c, from->items[i]), &m->spot,
				&n->spot);
			if (!x)
				continue;
			x->sentence = sql_text(c, added ? "`%.*s` of `%.*s` has a new value '%.*s'" : "`%.*s` of `%.*s` no longer has the value '%.*s'", STR_FMT(n->name), STR_FMT(now->name),
				STR_FMT(from->items[i]));
			sql_reach_table(c, x, c->before, t);
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
	struct str detail = buf_ok(&b) ? sql_copy(c, buf_str(&b)) : STR("long keys");
	buf_release(&b);
	struct change *x = sql_change(c, CHANGE_KIND_SQL_PRIMARY_KEY_CHANGED, sql_copy(c, now->name), detail, &t->spot, &now->spot);
	if (!x)
		return;
	x->sentence = sql_text(c, "The primary key of `%.*s` changed from %.*s", STR_FMT(now->name), STR_FMT(detail));
	sql_reach_table(c, x, c->before, t);
	if (!t->primary.count)
		sql_set_level(x, CHANGE_INFO); /* nobody could rely on one */
	else
		sql_witness_key(c, x, t, now);
}

void sql_compare_table(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now)
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
		struct change *x = sql_change(c, CHANGE_KIND_SQL_COLUMN_ADDED, column_name(c, now, n), STR(""), NULL, &n->spot);
		if (x)
			x->sentence = sql_text(c, "`%.*s` has a new column `%.*s`", STR_FMT(now->name), STR_FMT(n->name));
		sql_reach_table(c, x, c->after, now);
	}
	if (!t->view && !now->view)
		primary_key(c, t, now);
	if (t->view && now->view && !str_eq(t->definition, now->definition)) {
		struct change *x = sql_change(c, CHANGE_KIND_SQL_VIEW_CHANGED, sql_copy(c, now->name), STR(""), &t->spot, &now->spot);
		if (x)
			x->sentence = sql_text(c, "The view `%.*s` selects otherwise", STR_FMT(now->name));
		sql_reach_table(c, x, c->before, t);
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

bool sql_was_table(const struct sql_compare *c, const struct sql_table *n)
{
	bool found = sql_table_of(c->before, n->key) != NULL;
	for (size_t i = 0; i < n->former.count && !found; i++) {
		const struct sql_table *t = sql_table_of(c->before, n->former.items[i]);
		found = t && !sql_table_of(c->after, t->key);
	}
	return found;
}

void sql_table_gone(struct sql_compare *c, const struct sql_table *t)
{
	const struct sql_table *now = renamed_to(c, t);
	struct change *x = sql_change(c, now ? CHANGE_KIND_SQL_TABLE_RENAMED : CHANGE_KIND_SQL_TABLE_REMOVED, sql_copy(c, t->name), now ? sql_copy(c, now->name) : STR(""), &t->spot, now ? &now->spot : NULL);
	if (x) {
		const char *what = t->view ? "view" : "table";
		x->sentence = now ? sql_text(c, "The %s `%.*s` is called `%.*s` now", what, STR_FMT(t->name), STR_FMT(now->name)) : sql_text(c, "The %s `%.*s` was removed", what, STR_FMT(t->name));
		sql_reach_table(c, x, c->before, t);
		sql_prove_query(c, x, sql_text(c, "SELECT * FROM %.*s", STR_FMT(sql_quoted(c, t->name))));
	}
	if (now)
		sql_compare_table(c, t, now);
}
