/* Reads the statements of a file one after the other and applies those that define tables, views, enums and domains; the rest is skipped. See model.h. */
#include "contract/sql/parse.h"
#include <stdio.h>

bool sql_fail(struct sql_parser *p, uint32_t offset, const char *format, ...)
{
	char text[400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct text_place at = sql_place(p->s, (struct sql_spot){ p->file, offset });
	err_set(p->e, ERR_FILE_INVALID, "%s", text);
	err_place(p->e, p->s->files[p->file].source->path, at.line, at.column);
	return false;
}

bool sql_no_room(struct sql_parser *p) { return err_set(p->e, ERR_TOO_LARGE, "%.*s has more tables than fit into the memory for them", STR_FMT(p->s->name)); }

bool sql_next(struct sql_parser *p)
{
	p->token = sql_lex(p->text, p->token.offset + p->token.len);
	return p->token.kind != SQL_T_WRONG || sql_fail(p, p->token.offset, "%s", p->token.wrong);
}

bool sql_take(struct sql_parser *p, const char *word) { return sql_at_word(p, word) && sql_next(p); }
bool sql_take_mark(struct sql_parser *p, char c) { return sql_at_mark(p, c) && sql_next(p); }

bool sql_take_words(struct sql_parser *p, const char *first, const char *second, const char *third)
{
	if (!sql_take(p, first))
		return false;
	if (second && sql_take(p, second) && third)
		sql_take(p, third);
	return sql_ok(p);
}

static bool no_schema(struct str s) { return str_eq_ci(s, STR("public")) || str_eq_ci(s, STR("main")) || str_eq_ci(s, STR("dbo")); }

bool sql_name(struct sql_parser *p, struct str *name, struct str *key, const char *wanted)
{
	struct str schema = { 0 };
	for (;;) {
		if (p->token.kind != SQL_T_WORD && p->token.kind != SQL_T_QUOTED)
			return sql_fail(p, p->token.offset, p->token.kind == SQL_T_END ? "the file ends here, but %s is missing; is it cut short?" : "%s is needed here", wanted);
		*name = sql_unquoted(p->arena, p->text, &p->token);
		if (!sql_next(p))
			return false;
		if (!sql_at_mark(p, '.'))
			break;
		schema = *name;
		if (!sql_next(p))
			return false;
	}
	*key = sql_folded(p->arena, *name);
	if (schema.len && !no_schema(schema))
		*key = sql_folded(p->arena, arena_printf(p->arena, "%.*s.%.*s", STR_FMT(schema), STR_FMT(*name)));
	if (schema.len && !no_schema(schema))
		*name = *key;
	return key->p ? true : sql_no_room(p);
}

bool sql_skip_group(struct sql_parser *p)
{
	uint32_t open = p->token.offset;
	size_t depth = 0;
	do {
		depth += sql_at_mark(p, '(');
		depth -= sql_at_mark(p, ')');
		if (p->token.kind == SQL_T_END)
			return sql_fail(p, open, "this parenthesis is not closed before the file ends; is it cut short?");
		if (!sql_next(p))
			return false;
	} while (depth);
	return true;
}

bool sql_skip_item(struct sql_parser *p)
{
	while (!sql_at_end(p) && !sql_at_mark(p, ',') && !sql_at_mark(p, ')'))
		if (!(sql_at_mark(p, '(') ? sql_skip_group(p) : sql_next(p)))
			return false;
	return true;
}

bool sql_column_names(struct sql_parser *p, struct sql_names *keys)
{
	struct str name, key;
	if (!sql_take_mark(p, '('))
		return sql_ok(p) ? sql_fail(p, p->token.offset, "`(` and the names of columns are needed here") : false;
	do {
		if (p->token.kind == SQL_T_WORD || p->token.kind == SQL_T_QUOTED) {
			if (!sql_name(p, &name, &key, "the name of a column"))
				return false;
			if (keys->count == SQL_COLUMNS_MAX)
				return sql_fail(p, p->token.offset, "more than %d columns; no database takes that", SQL_COLUMNS_MAX);
			if (!sql_names_add(p->arena, keys, key))
				return sql_no_room(p);
		}
		if (!sql_skip_item(p))
			return false;
	} while (sql_take_mark(p, ','));
	if (!sql_ok(p))
		return false;
	return sql_take_mark(p, ')') || (sql_ok(p) && sql_fail(p, p->token.offset, "`)` is missing here; is the statement cut short?"));
}

bool sql_parse_strings(struct sql_parser *p, struct sql_names *n)
{
	if (!sql_take_mark(p, '('))
		return sql_ok(p) ? sql_fail(p, p->token.offset, "`(` and values in quotes are needed here") : false;
	while (p->token.kind == SQL_T_STRING) {
		if (n->count == SQL_VALUES_MAX)
			return sql_fail(p, p->token.offset, "more than %d values; make them rows of a table", SQL_VALUES_MAX);
		if (!sql_names_add(p->arena, n, sql_unquoted(p->arena, p->text, &p->token)))
			return sql_no_room(p);
		if (!sql_next(p))
			return false;
		if (!sql_take_mark(p, ','))
			break;
	}
	return sql_ok(p) && (sql_take_mark(p, ')') || (sql_ok(p) && sql_fail(p, p->token.offset, "`)` is missing here; is the statement cut short?")));
}

/* ---- enums and domains ---- */

static bool create_type(struct sql_parser *p)
{
	struct sql_spot spot = sql_here(p);
	struct sql_enum *x = ARENA_NEW(p->arena, struct sql_enum);
	if (!x)
		return sql_no_room(p);
	spot = sql_here(p);
	if (!sql_name(p, &x->name, &x->key, "the name of the type"))
		return false;
	x->spot = spot;
	if (!sql_take(p, "as") || !sql_take(p, "enum"))
		return sql_ok(p);
	if (sql_at_mark(p, '(') && !sql_parse_strings(p, &x->values))
		return false;
	return map_put(&p->s->enums, x->key, x) || sql_no_room(p);
}

static bool alter_type(struct sql_parser *p)
{
	struct str name, key;
	if (!sql_name(p, &name, &key, "the name of the type"))
		return false;
	struct sql_enum *x = map_get(&p->s->enums, key);
	if (!x)
		return true;
	if (sql_take(p, "add")) {
		sql_take(p, "value");
		sql_take_words(p, "if", "not", "exists");
		return sql_ok(p) && (p->token.kind != SQL_T_STRING || x->values.count == SQL_VALUES_MAX || sql_names_add(p->arena, &x->values, sql_unquoted(p->arena, p->text, &p->token)) || sql_no_room(p));
	}
	if (!sql_take(p, "rename"))
		return sql_ok(p);
	if (sql_take(p, "value") && p->token.kind == SQL_T_STRING) {
		struct str from = sql_unquoted(p->arena, p->text, &p->token);
		if (!sql_next(p) || !sql_take(p, "to") || p->token.kind != SQL_T_STRING)
			return sql_ok(p);
		for (size_t i = 0; i < x->values.count; i++)
			if (str_eq(x->values.items[i], from))
				x->values.items[i] = sql_unquoted(p->arena, p->text, &p->token);
	} else if (sql_take(p, "to")) {
		map_remove(&p->s->enums, key);
		return sql_name(p, &x->name, &x->key, "the new name of the type") && (map_put(&p->s->enums, x->key, x) || sql_no_room(p));
	}
	return sql_ok(p);
}

static bool create_domain(struct sql_parser *p)
{
	struct sql_domain *d = ARENA_NEW(p->arena, struct sql_domain);
	if (!d)
		return sql_no_room(p);
	d->spot = sql_here(p);
	if (!sql_name(p, &d->name, &d->key, "the name of the domain"))
		return false;
	sql_take(p, "as");
	if (!sql_ok(p) || !sql_parse_type(p, &d->type))
		return false;
	while (!sql_at_end(p)) {
		if (sql_take(p, "not"))
			d->not_null = sql_at_word(p, "null");
		else if (!sql_ok(p) || !(sql_at_mark(p, '(') ? sql_skip_group(p) : sql_next(p)))
			return false;
	}
	return map_put(&p->s->domains, d->key, d) || sql_no_room(p);
}

static bool alter_domain(struct sql_parser *p)
{
	struct str name, key;
	if (!sql_name(p, &name, &key, "the name of the domain"))
		return false;
	struct sql_domain *d = map_get(&p->s->domains, key);
	bool set = sql_at_word(p, "set"), drop = sql_at_word(p, "drop");
	if (d && (set || drop) && sql_next(p) && sql_take(p, "not") && sql_at_word(p, "null"))
		d->not_null = set;
	return sql_ok(p);
}

/* ---- removing, renaming, commenting ---- */

static bool drop(struct sql_parser *p)
{
	struct str name, key;
	sql_take(p, "materialized");
	struct map *from = sql_at_word(p, "table") || sql_at_word(p, "view") ? &p->s->tables : sql_at_word(p, "type") ? &p->s->enums : sql_at_word(p, "domain") ? &p->s->domains : NULL;
	if (!from || !sql_next(p))
		return sql_ok(p);
	sql_take_words(p, "if", "exists", NULL);
	do {
		if (!sql_ok(p) || !sql_name(p, &name, &key, "a name"))
			return false;
		map_remove(from, key);
	} while (sql_take_mark(p, ','));
	return sql_ok(p);
}

/* MySQL: RENAME TABLE a TO b, c TO d */
static bool rename_tables(struct sql_parser *p)
{
	struct str name, key, new_name, new_key;
	if (!sql_take(p, "table"))
		return sql_ok(p);
	do {
		if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of a table") || !sql_take(p, "to") || !sql_name(p, &new_name, &new_key, "the new name of the table"))
			return sql_ok(p);
		struct sql_table *t = sql_table_of(p->s, key);
		if (t && !sql_rename_table(p, t, new_name, new_key))
			return false;
	} while (sql_take_mark(p, ','));
	return sql_ok(p);
}

static bool comment(struct sql_parser *p)
{
	struct str name, key;
	sql_take(p, "on");
	bool column = sql_at_word(p, "column"), table = sql_at_word(p, "table") || sql_at_word(p, "view");
	if ((!column && !table) || !sql_next(p))
		return sql_ok(p);
	if (table && !sql_name(p, &name, &key, "the name of a table"))
		return false;
	struct sql_table *t = table ? sql_table_of(p->s, key) : NULL;
	struct sql_column *c = NULL;
	if (column) { /* schema.table.column: the last part is the column */
		struct str parts[8];
		size_t n = 0;
		do {
			if (n == 8 || (p->token.kind != SQL_T_WORD && p->token.kind != SQL_T_QUOTED))
				return true;
			parts[n++] = sql_folded(p->arena, sql_unquoted(p->arena, p->text, &p->token));
			if (!sql_next(p))
				return false;
		} while (sql_take_mark(p, '.'));
		if (n > 1)
			t = sql_table_of(p->s, n == 2 || no_schema(parts[n - 3]) ? parts[n - 2] : arena_printf(p->arena, "%.*s.%.*s", STR_FMT(parts[n - 3]), STR_FMT(parts[n - 2])));
		c = t ? sql_column_of(t, parts[n - 1]) : NULL;
	}
	if (!sql_take(p, "is") || !t || (column && !c))
		return sql_ok(p);
	struct str text = p->token.kind == SQL_T_STRING ? sql_unquoted(p->arena, p->text, &p->token) : STR("");
	*(column ? &c->comment : &t->comment) = text;
	return true;
}

/* ---- statements ---- */

/* Up to the next `;`, past the bodies of triggers and procedures (BEGIN … END with `;` in them). */
static bool skip_statement(struct sql_parser *p, bool body)
{
	size_t depth = 0;
	while (p->token.kind != SQL_T_END && (depth || !sql_at_mark(p, ';'))) {
		bool end = body && sql_at_word(p, "end");
		depth += body && (sql_at_word(p, "begin") || sql_at_word(p, "case"));
		if (sql_at_mark(p, '(') ? !sql_skip_group(p) : !sql_next(p))
			return false;
		bool of_block = sql_at_word(p, "if") || sql_at_word(p, "loop") || sql_at_word(p, "while") || sql_at_word(p, "repeat");
		depth -= end && depth && !of_block;
		if (end && sql_at_word(p, "case") && !sql_next(p))
			return false;
	}
	return p->token.kind == SQL_T_END || sql_next(p);
}

static void to_line_end(struct sql_parser *p)
{
	size_t at = p->token.offset;
	while (at < p->text.len && p->text.p[at] != '\n')
		at++;
	p->token = (struct sql_token){ .kind = SQL_T_MARK, .offset = (uint32_t)at };
}

/* After COPY … FROM stdin; rows follow up to a line of "\." */
static bool skip_copied(struct sql_parser *p)
{
	bool from_stdin = false;
	while (!sql_at_end(p)) {
		from_stdin |= sql_at_word(p, "stdin");
		if (!sql_next(p))
			return false;
	}
	if (!from_stdin)
		return true;
	size_t end = str_find(str_skip(p->text, p->token.offset), STR("\n\\."));
	p->token = (struct sql_token){ .kind = SQL_T_MARK, .offset = (uint32_t)(end == SIZE_MAX ? p->text.len : p->token.offset + end + 3) };
	return sql_next(p);
}

/* MySQL's client: DELIMITER // … DELIMITER ; encloses procedures only. */
static bool skip_delimited(struct sql_parser *p)
{
	struct str rest = str_skip(p->text, p->token.offset + 9);
	size_t again = str_find_ci(rest, STR("delimiter ;"));
	p->token = (struct sql_token){ .kind = SQL_T_MARK, .offset = (uint32_t)(again == SIZE_MAX ? p->text.len : p->token.offset + 9 + again + 11) };
	return sql_next(p);
}

static bool create(struct sql_parser *p, bool *body)
{
	bool replace = sql_take_words(p, "or", "replace", NULL), temporary = false;
	while (sql_at_word(p, "temp") || sql_at_word(p, "temporary") || sql_at_word(p, "global") || sql_at_word(p, "local") || sql_at_word(p, "unlogged") || sql_at_word(p, "foreign") ||
		sql_at_word(p, "materialized") || sql_at_word(p, "recursive") || sql_at_word(p, "virtual") || sql_at_word(p, "algorithm") || sql_at_word(p, "definer") || sql_at_word(p, "sql")) {
		bool setting = sql_at_word(p, "algorithm") || sql_at_word(p, "definer") || sql_at_word(p, "sql");
		temporary |= sql_at_word(p, "temp") || sql_at_word(p, "temporary");
		if (!sql_next(p))
			return false;
		while (setting && !sql_at_end(p) && !sql_at_word(p, "view") && !sql_at_word(p, "sql") && !sql_at_word(p, "definer") && !sql_at_word(p, "trigger") && !sql_at_word(p, "procedure") &&
			!sql_at_word(p, "function"))
			if (!sql_next(p))
				return false;
	}
	if (!sql_ok(p) || temporary)
		return sql_ok(p);
	*body = sql_at_word(p, "trigger") || sql_at_word(p, "function") || sql_at_word(p, "procedure") || sql_at_word(p, "event");
	if (sql_take(p, "table"))
		return sql_create_table(p);
	if (sql_take(p, "view"))
		return sql_create_view(p, replace);
	if (sql_take(p, "type"))
		return create_type(p);
	return sql_ok(p) && (!sql_take(p, "domain") || create_domain(p)) && sql_ok(p);
}

static bool alter(struct sql_parser *p)
{
	sql_take(p, "foreign");
	if (sql_take(p, "table"))
		return sql_alter_table(p);
	if (sql_take(p, "type"))
		return alter_type(p);
	if (sql_take(p, "domain"))
		return alter_domain(p);
	sql_take(p, "materialized");
	if (sql_take(p, "view"))
		return sql_alter_table(p);
	return sql_ok(p);
}

static bool statement(struct sql_parser *p)
{
	bool body = false, ok = true;
	p->statement = p->token.offset;
	if (sql_at_mark(p, '\\')) { /* psql's own commands */
		to_line_end(p);
		return sql_next(p);
	}
	if (sql_at_word(p, "delimiter"))
		return skip_delimited(p);
	if (sql_take(p, "create"))
		ok = create(p, &body);
	else if (sql_take(p, "alter"))
		ok = alter(p);
	else if (sql_take(p, "drop"))
		ok = drop(p);
	else if (sql_take(p, "rename"))
		ok = rename_tables(p);
	else if (sql_take(p, "comment"))
		ok = comment(p);
	else if (sql_take(p, "copy"))
		ok = skip_copied(p);
	return ok && sql_ok(p) && skip_statement(p, body);
}

/* What stands behind the mark undoes the migration. */
static struct str forward_part(struct str text)
{
	static const struct str marks[] = { STR_INIT("-- +goose Down"), STR_INIT("-- +migrate Down"), STR_INIT("-- migrate:down"), STR_INIT("--//@UNDO"), STR_INIT("-- //@UNDO") };
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t at = str_find_ci(text, marks[i]);
		if (at != SIZE_MAX)
			text = str_sub(text, 0, at);
	}
	return text;
}

bool sql_apply(struct sql_schema *s, uint32_t file, struct err *e)
{
	struct sql_parser p = { .s = s, .arena = s->arena, .file = file, .text = forward_part(s->files[file].source->text), .e = e };
	if (!sql_next(&p))
		return false;
	while (p.token.kind != SQL_T_END)
		if (!statement(&p))
			return false;
	return true;
}
