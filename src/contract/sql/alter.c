/* ALTER TABLE, action by action. Tables that are defined nowhere are left alone. See parse.h. */
#include "contract/sql/parse.h"

static void remove_column(struct sql_table *t, struct str key)
{
	struct sql_column *c = sql_column_of(t, key);
	if (!c)
		return;
	size_t at = (size_t)(c - t->columns);
	memmove(c, c + 1, (t->count - at - 1) * sizeof(*c));
	t->count--;
	for (size_t i = 0; i < t->primary.count; i++)
		if (str_eq(t->primary.items[i], key))
			t->primary.count = 0;
}

static bool rename_column(struct sql_parser *p, struct sql_table *t, struct str from, struct str name, struct str key)
{
	struct sql_column *c = sql_column_of(t, from);
	if (!c || str_eq(from, key))
		return true;
	if (!sql_former_add(p->arena, &c->former, from))
		return sql_no_room(p);
	c->name = name;
	c->key = key;
	for (size_t i = 0; i < t->primary.count; i++)
		if (str_eq(t->primary.items[i], from))
			t->primary.items[i] = key;
	return true;
}

static bool add(struct sql_parser *p, struct sql_table *t)
{
	bool column = sql_take(p, "column");
	sql_take_words(p, "if", "not", "exists");
	if (!sql_ok(p))
		return false;
	if (!column && sql_at_mark(p, '(')) { /* ADD (a int, b int) */
		if (!sql_next(p))
			return false;
		do {
			if (!sql_table_element(p, t))
				return false;
		} while (sql_take_mark(p, ','));
		return sql_ok(p) && (sql_take_mark(p, ')') || (sql_ok(p) && sql_fail(p, p->token.offset, "`)` is missing here; is the statement cut short?")));
	}
	return sql_table_element(p, t);
}

static bool drop(struct sql_parser *p, struct sql_table *t)
{
	struct str name, key;
	if (sql_take(p, "primary")) {
		t->primary.count = 0;
		return sql_ok(p);
	}
	if (sql_take(p, "constraint")) {
		sql_take_words(p, "if", "exists", NULL);
		if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of the constraint"))
			return false;
		if (t->primary.count && str_eq(key, t->primary_name))
			t->primary.count = 0;
		return true;
	}
	if (sql_at_word(p, "index") || sql_at_word(p, "key") || sql_at_word(p, "foreign") || sql_at_word(p, "check"))
		return sql_skip_item(p);
	sql_take(p, "column");
	sql_take_words(p, "if", "exists", NULL);
	if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of the column"))
		return false;
	remove_column(t, key);
	return true;
}

static bool rename(struct sql_parser *p, struct sql_table *t)
{
	struct str from, from_key, name, key;
	bool table = sql_at_word(p, "to") || sql_at_word(p, "as");
	if (table)
		return sql_next(p) && sql_name(p, &name, &key, "the new name of the table") && sql_rename_table(p, t, name, key);
	if (sql_at_word(p, "constraint") || sql_at_word(p, "index") || sql_at_word(p, "key"))
		return sql_skip_item(p);
	sql_take(p, "column");
	if (!sql_ok(p) || !sql_name(p, &from, &from_key, "the name of the column"))
		return false;
	if (!sql_take(p, "to")) /* MySQL: RENAME new_name */
		return sql_ok(p) && sql_rename_table(p, t, from, from_key);
	return sql_name(p, &name, &key, "the new name of the column") && rename_column(p, t, from_key, name, key);
}

static bool take_default(struct sql_parser *p, struct sql_column *c)
{
	uint32_t start = p->token.offset;
	if (!sql_skip_item(p))
		return false;
	if (c)
		c->default_text = str_strip(str_sub(p->text, start, p->token.offset));
	return true;
}

static bool alter_column(struct sql_parser *p, struct sql_table *t)
{
	struct str name, key;
	struct sql_type type;
	sql_take(p, "column");
	if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of the column"))
		return false;
	struct sql_column *c = sql_column_of(t, key);
	bool set = sql_take(p, "set"), gone = !set && sql_take(p, "drop");
	if ((set || gone) && sql_take(p, "not")) {
		if (c && sql_at_word(p, "null"))
			c->not_null = set;
	} else if ((set || gone) && sql_take(p, "default")) {
		if (gone && c)
			c->default_text = STR("");
		return set ? take_default(p, c) : sql_ok(p);
	} else {
		if (set)
			sql_take(p, "data");
		if (sql_take(p, "type")) {
			if (!sql_parse_type(p, &type))
				return false;
			if (c)
				c->type = type;
		}
	}
	return sql_ok(p) && sql_skip_item(p);
}

/* MySQL: the column's definition anew, with another name for CHANGE. */
static bool redefine(struct sql_parser *p, struct sql_table *t, bool renames)
{
	struct str from, from_key, name, key;
	sql_take(p, "column");
	if (!sql_ok(p) || !sql_name(p, &from, &from_key, "the name of the column"))
		return false;
	struct sql_spot spot = sql_here(p);
	if (renames && (!sql_name(p, &name, &key, "the new name of the column") || !rename_column(p, t, from_key, name, key)))
		return false;
	struct sql_column *c = sql_column_of(t, renames ? key : from_key);
	struct sql_column unknown = { .name = from, .key = from_key, .spot = spot };
	return sql_column_body(p, t, c ? c : &unknown);
}

static bool action(struct sql_parser *p, struct sql_table *t)
{
	if (sql_take(p, "add"))
		return add(p, t);
	if (sql_take(p, "drop"))
		return drop(p, t);
	if (sql_take(p, "rename"))
		return rename(p, t);
	if (sql_take(p, "alter"))
		return alter_column(p, t);
	if (sql_take(p, "modify"))
		return redefine(p, t, false);
	if (sql_take(p, "change"))
		return redefine(p, t, true);
	if (sql_take(p, "set") && sql_take(p, "schema")) {
		struct str name, key;
		if (!sql_name(p, &name, &key, "the name of the schema"))
			return false;
		size_t point = str_find_char(t->key, '.');
		struct str plain = point == SIZE_MAX ? t->key : str_skip(t->key, point + 1);
		struct str whole = str_eq(key, STR("public")) ? plain : arena_printf(p->arena, "%.*s.%.*s", STR_FMT(key), STR_FMT(plain));
		map_remove(&p->s->tables, t->key);
		if (!sql_former_add(p->arena, &t->former, t->key))
			return sql_no_room(p);
		t->name = t->key = whole;
		return map_put(&p->s->tables, whole, t) || sql_no_room(p);
	}
	return sql_ok(p);
}

bool sql_alter_table(struct sql_parser *p)
{
	struct str name, key;
	sql_take_words(p, "if", "exists", NULL);
	sql_take(p, "only");
	if (!sql_ok(p) || !sql_name(p, &name, &key, "the name of the table"))
		return false;
	struct sql_table *t = sql_table_of(p->s, key);
	if (!t)
		return true;
	do {
		if (!sql_ok(p) || !action(p, t) || !sql_skip_item(p))
			return false;
	} while (sql_take_mark(p, ','));
	return sql_ok(p);
}
