/* CREATE TABLE, ALTER TABLE and the types in them. See parse.h. */
#include "contract/sql/parse.h"

/* ---- types ---- */

static bool numbers_in(struct sql_parser *p, int64_t *numbers, size_t *count)
{
	*count = 0;
	if (!sql_take_mark(p, '('))
		return sql_ok(p);
	while (!sql_at_mark(p, ')')) {
		if (p->token.kind == SQL_T_END)
			return sql_fail(p, p->token.offset, "the file ends here, but `)` is missing; is it cut short?");
		if (p->token.kind == SQL_T_NUMBER && *count < 2) {
			int64_t n;
			numbers[(*count)++] = str_to_i64(sql_text_of(p), &n) ? n : -1;
		}
		if (!sql_next(p))
			return false;
	}
	return sql_next(p);
}

static bool second_word(struct str first, struct sql_parser *p)
{
	return (str_eq(first, STR("double")) && sql_at_word(p, "precision")) ||
	       ((str_eq(first, STR("character")) || str_eq(first, STR("char"))) && sql_at_word(p, "varying"));
}

static bool zone(struct sql_parser *p, struct str *words)
{
	if (!str_eq(*words, STR("time")) && !str_eq(*words, STR("timestamp")))
		return true;
	bool with = sql_at_word(p, "with"), without = sql_at_word(p, "without");
	if (!with && !without)
		return true;
	if (!sql_next(p) || !sql_take(p, "time") || !sql_take(p, "zone"))
		return sql_ok(p);
	*words = arena_printf(p->arena, "%.*s %s time zone", STR_FMT(*words), with ? "with" : "without");
	return true;
}

static bool after_type(struct sql_parser *p, struct sql_type *t)
{
	for (;;) {
		if (sql_take(p, "unsigned"))
			t->is_unsigned = true;
		else if (sql_take(p, "zerofill") || sql_take(p, "signed"))
			;
		else if (sql_take(p, "array"))
			t->arrays++;
		else if (sql_at_mark(p, '[') && t->arrays < 8) {
			t->arrays++;
			while (!sql_at_mark(p, ']') && !sql_at_end(p))
				if (!sql_next(p))
					return false;
			if (!sql_take_mark(p, ']'))
				return sql_ok(p) && sql_fail(p, p->token.offset, "`]` is missing here; is the statement cut short?");
		} else {
			return sql_ok(p);
		}
	}
}

bool sql_parse_type(struct sql_parser *p, struct sql_type *t)
{
	struct str name, key, words;
	int64_t numbers[2];
	size_t count = 0;
	uint32_t start = p->token.offset, end = start;
	*t = (struct sql_type){ .length = -1, .scale = -1 };
	if (!sql_name(p, &name, &key, "a type"))
		return false;
	end = p->token.offset;
	words = key;
	if (second_word(words, p)) {
		words = arena_printf(p->arena, "%.*s %.*s", STR_FMT(words), STR_FMT(sql_folded(p->arena, sql_text_of(p))));
		if (!sql_next(p))
			return false;
	}
	if (str_eq(words, STR("enum")) || str_eq(words, STR("set"))) {
		if (sql_at_mark(p, '(') && !sql_parse_strings(p, &t->values))
			return false;
	} else if (sql_at_mark(p, '(') && !numbers_in(p, numbers, &count)) {
		return false;
	}
	if (!zone(p, &words))
		return false;
	sql_type_set(t, words, numbers, count);
	if (!after_type(p, t))
		return false;
	end = p->token.offset;
	t->text = str_strip(str_sub(p->text, start, end));
	return true;
}

/* ---- tables and columns ---- */

struct sql_table *sql_new_table(struct sql_parser *p, struct str name, struct str key, struct sql_spot spot)
{
	struct sql_table *t = ARENA_NEW(p->arena, struct sql_table);
	if (!t || !map_put(&p->s->tables, key, t)) {
		sql_no_room(p);
		return NULL;
	}
	*t = (struct sql_table){ .name = name, .key = key, .spot = spot };
	return t;
}

struct sql_column *sql_new_column(struct sql_parser *p, struct sql_table *t, struct str name, struct str key, struct sql_spot spot)
{
	struct sql_column *c = sql_column_of(t, key);
	if (c)
		return c; /* ADD COLUMN IF NOT EXISTS, or a definition given anew */
	if (t->count == SQL_COLUMNS_MAX) {
		sql_fail(p, spot.offset, "`%.*s` has more than %d columns; no database takes that", STR_FMT(t->name), SQL_COLUMNS_MAX);
		return NULL;
	}
	if (!ARENA_PUSH_ROOM(p->arena, t->columns, t->count, t->capacity)) {
		sql_no_room(p);
		return NULL;
	}
	c = &t->columns[t->count++];
	*c = (struct sql_column){ .name = name, .key = key, .spot = spot };
	return c;
}

bool sql_rename_table(struct sql_parser *p, struct sql_table *t, struct str name, struct str key)
{
	struct str schema = str_sub(t->key, 0, str_find_char(t->key, '.') == SIZE_MAX ? 0 : str_find_char(t->key, '.'));
	if (schema.len && str_find_char(key, '.') == SIZE_MAX) /* the new name stays in the schema */
		key = arena_printf(p->arena, "%.*s.%.*s", STR_FMT(schema), STR_FMT(key)), name = key;
	if (!sql_former_add(p->arena, &t->former, t->key))
		return sql_no_room(p);
	map_remove(&p->s->tables, t->key);
	t->name = name;
	t->key = key;
	return map_put(&p->s->tables, key, t) || sql_no_room(p);
}

static bool starts_constraint(const struct sql_parser *p)
{
	static const char *const words[] = { "constraint", "primary", "unique", "foreign", "check", "exclude", "key", "index", "fulltext", "spatial" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sql_at_word(p, words[i]))
			return true;
	return false;
}

/* `key` and `index` are also good names of columns: they begin a constraint only before a name and a parenthesis. */
static bool is_column(const struct sql_parser *p)
{
	if (!starts_constraint(p))
		return true;
	if (!sql_at_word(p, "key") && !sql_at_word(p, "index") && !sql_at_word(p, "check"))
		return false;
	struct sql_token second = sql_lex(p->text, p->token.offset + p->token.len);
	if (second.kind == SQL_T_MARK)
		return false; /* KEY (a), CHECK (…) */
	struct sql_token third = sql_lex(p->text, second.offset + second.len);
	bool using_or_group = third.kind == SQL_T_MARK && p->text.p[third.offset] == '(';
	struct sql_type t = { 0 };
	sql_type_set(&t, str_from(p->text.p + second.offset, second.len), NULL, 0);
	return !using_or_group || t.family != SQL_OTHER;
}

static bool set_primary(struct sql_parser *p, struct sql_table *t, struct str constraint, const struct sql_names *keys)
{
	t->primary = *keys;
	t->primary_name = constraint.len ? sql_folded(p->arena, constraint) : arena_printf(p->arena, "%.*s_pkey", STR_FMT(t->key));
	for (size_t i = 0; i < keys->count; i++) {
		struct sql_column *c = sql_column_of(t, keys->items[i]);
		if (c)
			c->not_null = true;
	}
	return true;
}

static bool table_constraint(struct sql_parser *p, struct sql_table *t)
{
	struct str name = { 0 }, key;
	struct sql_names keys = { 0 };
	if (sql_take(p, "constraint") && !sql_at_word(p, "primary") && !sql_at_word(p, "unique") && !sql_at_word(p, "check") && !sql_at_word(p, "foreign") &&
		!sql_name(p, &name, &key, "the name of the constraint"))
		return false;
	if (!sql_take(p, "primary"))
		return sql_ok(p) && sql_skip_item(p);
	sql_take(p, "key");
	if (sql_take(p, "using") && sql_take(p, "index"))
		return sql_ok(p) && sql_skip_item(p);
	while (sql_ok(p) && !sql_at_mark(p, '(') && !sql_at_end(p))
		if (!sql_next(p)) /* CLUSTERED, USING BTREE */
			return false;
	return sql_ok(p) && sql_column_names(p, &keys) && set_primary(p, t, name, &keys) && sql_skip_item(p);
}

static bool ends_default(const struct sql_parser *p)
{
	static const char *const words[] = { "not", "null", "primary", "unique", "references", "check", "constraint", "collate", "comment", "on", "generated", "auto_increment", "first",
		"after", "default", "key" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sql_at_word(p, words[i]))
			return true;
	return sql_at_end(p) || sql_at_mark(p, ',') || sql_at_mark(p, ')');
}

/* The expression as it is written, from the first token to the next word that cannot be in it. */
static bool take_default(struct sql_parser *p, struct sql_column *c)
{
	uint32_t start = p->token.offset;
	bool first = true;
	while (first || !ends_default(p)) {
		if (sql_at_end(p))
			return sql_fail(p, p->token.offset, "the value of the default is missing here; is the statement cut short?");
		if (sql_at_mark(p, '(') ? !sql_skip_group(p) : !sql_next(p))
			return false;
		first = false;
	}
	c->default_text = str_strip(str_sub(p->text, start, p->token.offset));
	return true;
}

static bool column_option(struct sql_parser *p, struct sql_table *t, struct sql_column *c)
{
	struct sql_names keys = { 0 };
	if (sql_take(p, "not")) {
		c->not_null |= sql_at_word(p, "null");
		return sql_ok(p) && sql_next(p);
	}
	if (sql_take(p, "default"))
		return take_default(p, c);
	if (sql_take(p, "comment")) {
		c->comment = p->token.kind == SQL_T_STRING ? sql_unquoted(p->arena, p->text, &p->token) : STR("");
		return sql_next(p);
	}
	if (sql_take(p, "primary"))
		return sql_names_add(p->arena, &keys, c->key) ? set_primary(p, t, STR(""), &keys) : sql_no_room(p);
	if (sql_at_word(p, "generated") || sql_at_word(p, "auto_increment") || sql_at_word(p, "autoincrement"))
		c->generated = true;
	return sql_ok(p) && (sql_at_mark(p, '(') ? sql_skip_group(p) : sql_next(p));
}

/* Type and options of a column whose name was taken. SQLite allows no type at all. */
bool sql_column_body(struct sql_parser *p, struct sql_table *t, struct sql_column *c)
{
	struct sql_type type = { .length = -1, .scale = -1 };
	bool typed = (p->token.kind == SQL_T_WORD || p->token.kind == SQL_T_QUOTED) && !ends_default(p);
	if (typed && !sql_parse_type(p, &type))
		return false;
	c->type = type;
	c->not_null = type.serial;
	c->generated = type.serial;
	c->default_text = STR("");
	while (!sql_at_end(p) && !sql_at_mark(p, ',') && !sql_at_mark(p, ')')) {
		if (sql_at_word(p, "first") || sql_at_word(p, "after")) /* MySQL: where it stands */
			return sql_skip_item(p);
		if (!column_option(p, t, c))
			return false;
	}
	return sql_ok(p);
}

static bool column_definition(struct sql_parser *p, struct sql_table *t)
{
	struct sql_spot spot = sql_here(p);
	struct str name, key;
	if (!sql_name(p, &name, &key, "the name of a column"))
		return false;
	struct sql_column *c = sql_new_column(p, t, name, key, spot);
	return c && sql_column_body(p, t, c);
}

/* Columns of another table: LIKE, INHERITS. */
static bool copy_columns(struct sql_parser *p, struct sql_table *t, struct str key)
{
	const struct sql_table *from = sql_table_of(p->s, key);
	for (size_t i = 0; from && from != t && i < from->count; i++) {
		struct sql_column *c = sql_new_column(p, t, from->columns[i].name, from->columns[i].key, from->columns[i].spot);
		if (!c)
			return false;
		c->type = from->columns[i].type;
		c->not_null = from->columns[i].not_null;
	}
	return true;
}

bool sql_table_element(struct sql_parser *p, struct sql_table *t)
{
	struct str name, key;
	if (sql_take(p, "like"))
		return sql_name(p, &name, &key, "the name of a table") && copy_columns(p, t, key) && sql_skip_item(p);
	return sql_ok(p) && (is_column(p) ? column_definition(p, t) : table_constraint(p, t));
}

static bool table_elements(struct sql_parser *p, struct sql_table *t)
{
	uint32_t open = p->token.offset;
	if (!sql_next(p))
		return false;
	if (sql_at_mark(p, ')'))
		return sql_next(p);
	do {
		if (!sql_ok(p) || !sql_table_element(p, t))
			return false;
	} while (sql_take_mark(p, ','));
	if (!sql_ok(p))
		return false;
	if (sql_take_mark(p, ')'))
		return true;
	return sql_ok(p) && (p->token.kind == SQL_T_END ? sql_fail(p, open, "this parenthesis is not closed before the file ends; is it cut short?") :
							   sql_fail(p, p->token.offset, "`,` or `)` is needed here"));
}

bool sql_create_table(struct sql_parser *p)
{
	struct str name, key, other;
	bool if_not_there = sql_take_words(p, "if", "not", "exists");
	struct sql_spot spot = sql_here(p);
	if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of the table"))
		return false;
	if (if_not_there && sql_table_of(p->s, key))
		return true;
	if (sql_take(p, "partition")) /* rows of another table: no contract of its own */
		return sql_ok(p);
	struct sql_table *t = sql_new_table(p, name, key, spot);
	if (!t || !sql_ok(p))
		return false;
	if (sql_at_mark(p, '(')) {
		if (!table_elements(p, t))
			return false;
	} else if (sql_take(p, "like")) {
		return sql_name(p, &name, &other, "the name of a table") && copy_columns(p, t, other);
	} else {
		t->open = true; /* CREATE TABLE … AS SELECT: what it holds is said by the query */
	}
	while (!sql_at_end(p)) {
		if (sql_take(p, "inherits") && sql_take_mark(p, '(') && (!sql_name(p, &name, &other, "the name of a table") || !copy_columns(p, t, other)))
			return false;
		if (sql_take(p, "comment")) {
			sql_take_mark(p, '=');
			if (p->token.kind == SQL_T_STRING)
				t->comment = sql_unquoted(p->arena, p->text, &p->token);
		}
		if (!sql_ok(p) || (!sql_at_end(p) && !(sql_at_mark(p, '(') ? sql_skip_group(p) : sql_next(p))))
			return false;
	}
	return sql_ok(p);
}
