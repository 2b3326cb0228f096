/* CREATE VIEW: its columns, from its list of names or from what it selects, and the tables that it reads. See parse.h. */
#include "contract/sql/parse.h"

/* The words behind FROM and JOIN at any depth, and those after commas of the outermost FROM. */
static bool find_sources(struct sql_parser *p, struct sql_table *v)
{
	bool names_follow = false, in_from = false;
	int depth = 0;
	while (!sql_at_end(p)) {
		if (sql_at_word(p, "from") || sql_at_word(p, "join")) {
			names_follow = true;
			in_from = depth == 0;
		} else if (names_follow && (p->token.kind == SQL_T_WORD || p->token.kind == SQL_T_QUOTED) && !sql_at_word(p, "lateral") && !sql_at_word(p, "only")) {
			struct str name, key;
			names_follow = false;
			if (!sql_name(p, &name, &key, "a name"))
				return false;
			if (v->sources.count < SQL_SOURCES_MAX && sql_table_of(p->s, key) && !sql_names_has(&v->sources, key) && !sql_names_add(p->arena, &v->sources, key))
				return sql_no_room(p);
			continue;
		} else if (sql_at_word(p, "where") || sql_at_word(p, "group") || sql_at_word(p, "order") || sql_at_word(p, "union") || sql_at_word(p, "limit")) {
			in_from = names_follow = false;
		} else if (sql_at_mark(p, ',') && in_from && depth == 0) {
			names_follow = true;
		} else if (!sql_at_mark(p, '(')) {
			names_follow = names_follow && (sql_at_word(p, "lateral") || sql_at_word(p, "only"));
		}
		depth += sql_at_mark(p, '(') - sql_at_mark(p, ')');
		if (!sql_next(p))
			return false;
	}
	return true;
}

static const struct sql_column *source_column(const struct sql_parser *p, const struct sql_table *v, struct str key, const struct sql_table **of)
{
	for (size_t i = 0; i < v->sources.count; i++) {
		const struct sql_table *t = sql_table_of(p->s, v->sources.items[i]);
		const struct sql_column *c = t ? sql_column_of(t, key) : NULL;
		if (c) {
			*of = t;
			return c;
		}
	}
	return NULL;
}

static bool add_derived(struct sql_parser *p, struct sql_table *v, struct str name, struct str key, struct sql_spot spot, struct str base)
{
	const struct sql_table *of = NULL;
	const struct sql_column *from = base.p ? source_column(p, v, base, &of) : NULL;
	struct sql_column *c = sql_new_column(p, v, name, key, spot);
	if (!c)
		return false;
	c->type.length = c->type.scale = -1;
	if (from) {
		c->type = from->type;
		c->base_table = of->key;
		c->base_column = from->key;
	}
	return true;
}

static bool add_star(struct sql_parser *p, struct sql_table *v, struct sql_spot spot)
{
	if (!v->sources.count)
		v->open = true;
	for (size_t i = 0; i < v->sources.count; i++) {
		const struct sql_table *t = sql_table_of(p->s, v->sources.items[i]);
		v->open |= !t || t->open;
		for (size_t j = 0; t && t != v && j < t->count; j++)
			if (!sql_column_of(v, t->columns[j].key) && !add_derived(p, v, t->columns[j].name, t->columns[j].key, spot, t->columns[j].key))
				return false;
	}
	return true;
}

/* One item of the select list: its last name is the column's, and the table's column where it is nothing else than that. */
static bool select_item(struct sql_parser *p, struct sql_table *v)
{
	struct sql_spot spot = sql_here(p);
	struct str name = { 0 }, key = { 0 }, base = { 0 };
	size_t words = 0;
	bool star = false, plain = true, qualified = false;
	while (!sql_at_end(p) && !sql_at_mark(p, ',') && !sql_at_word(p, "from")) {
		if (sql_at_mark(p, '*') && (words == 0 || qualified)) { /* *, t.* */
			star = true;
			words = 1;
			qualified = false;
			if (!sql_next(p))
				return false;
		} else if (sql_at_word(p, "as") || (words && plain && (p->token.kind == SQL_T_WORD || p->token.kind == SQL_T_QUOTED))) {
			if (sql_at_word(p, "as") && !sql_next(p))
				return false;
			base = plain && words == 1 ? key : base;
			spot = sql_here(p);
			if (!sql_name(p, &name, &key, "the name of a column"))
				return false;
			words = 1;
			plain = false;
			if (!base.p)
				base = STR("");
		} else if ((p->token.kind == SQL_T_WORD || p->token.kind == SQL_T_QUOTED) && !words) {
			struct sql_token before = p->token;
			name = sql_unquoted(p->arena, p->text, &p->token);
			if (!sql_next(p))
				return false;
			while (sql_take_mark(p, '.')) {
				qualified = sql_at_mark(p, '*');
				if (qualified)
					break;
				name = sql_unquoted(p->arena, p->text, &p->token);
				before = p->token;
				if (!sql_next(p))
					return false;
			}
			spot.offset = before.offset;
			key = sql_folded(p->arena, name);
			words = 1;
		} else {
			plain = false;
			words = words ? words : 2;
			if (!(sql_at_mark(p, '(') ? sql_skip_group(p) : sql_next(p)))
				return false;
		}
	}
	if (!sql_ok(p))
		return false;
	if (star)
		return add_star(p, v, spot);
	if (words != 1) {
		v->open = true; /* an expression without a name: each database names it otherwise */
		return true;
	}
	return add_derived(p, v, name, key, spot, plain ? key : base.len ? base : (struct str){ 0 });
}

static bool select_list(struct sql_parser *p, struct sql_table *v)
{
	if (!sql_take(p, "select")) { /* WITH …, VALUES …, ( … ) */
		v->open = true;
		return sql_ok(p);
	}
	if (sql_take(p, "distinct") && sql_take(p, "on") && sql_at_mark(p, '(') && !sql_skip_group(p))
		return false;
	do {
		if (!sql_ok(p) || !select_item(p, v))
			return false;
	} while (sql_take_mark(p, ','));
	return sql_ok(p);
}

static bool named_columns(struct sql_parser *p, struct sql_table *v)
{
	struct str name, key;
	if (!sql_next(p))
		return false;
	do {
		struct sql_spot spot = sql_here(p);
		if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of a column") || !add_derived(p, v, name, key, spot, (struct str){ 0 }))
			return false;
	} while (sql_take_mark(p, ','));
	return sql_ok(p) && (sql_take_mark(p, ')') || (sql_ok(p) && sql_fail(p, p->token.offset, "`)` is missing here; is the statement cut short?")));
}

bool sql_create_view(struct sql_parser *p, bool replace)
{
	struct str name, key;
	bool if_not_there = sql_take_words(p, "if", "not", "exists");
	struct sql_spot spot = sql_here(p);
	if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of the view"))
		return false;
	if (if_not_there && !replace && sql_table_of(p->s, key))
		return true;
	struct sql_table *v = sql_new_table(p, name, key, spot);
	if (!v)
		return false;
	v->view = true;
	bool named = sql_at_mark(p, '(');
	if (named && !named_columns(p, v))
		return false;
	while (!sql_at_end(p) && !sql_at_word(p, "as")) /* WITH (security_barrier) */
		if (!(sql_at_mark(p, '(') ? sql_skip_group(p) : sql_next(p)))
			return false;
	if (p->token.kind == SQL_T_END)
		return sql_fail(p, p->token.offset, "the file ends here, but `AS` and what the view selects are missing; is it cut short?");
	if (!sql_take(p, "as"))
		return sql_ok(p);
	struct sql_token select = p->token;
	if (!find_sources(p, v))
		return false;
	v->definition = str_strip(str_sub(p->text, select.offset, p->token.offset));
	struct sql_token end = p->token;
	p->token = select;
	if (!named && !select_list(p, v))
		return false;
	p->token = end;
	return true;
}
