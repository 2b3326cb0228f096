/* SQL: pairs of tables with what is found in them, a pair for each kind of change and one near to it, how files of the three databases are read, faults with place and remedy,
 * documentation, types, and input that is meant to hurt. */
#include "contract/sql/model.h"
#include "contract_cases.h"

struct seen { bool with[CHANGE_KIND_COUNT], without[CHANGE_KIND_COUNT]; };

static bool has_kind(const struct changes *found, size_t kind)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->items[i].kind == kind)
			return true;
	return false;
}

/* "kind: remark" has the kind, "not kind" has it not. What breaks is proved. */
static void check_pair(const struct contract_case *k, const struct changes *found, void *ctx)
{
	struct seen *seen = ctx;
	bool absent = str_starts(k->name, STR("not "));
	struct str rest = absent ? str_skip(k->name, 4) : k->name, name = str_split(&rest, ':');
	bool known = str_eq(name, STR("reads")) || str_eq(name, STR("fault"));
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
		if (!str_eq(change_infos[i].format, STR("sql")) || !str_eq(change_infos[i].name, name))
			continue;
		known = true;
		assert_int_equal(has_kind(found, i), !absent);
		*(absent ? &seen->without[i] : &seen->with[i]) = true;
	}
	assert_true(known);
	for (size_t i = 0; i < found->count; i++) {
		const struct change *x = &found->items[i];
		assert_false(str_empty(x->sentence));
		if (x->level == CHANGE_BREAKING)
			assert_int_equal(x->witness.state, WITNESS_PROVED);
	}
}

static void pairs(void **state)
{
	struct seen seen = { 0 };
	(void)state;
	assert_true(run_cases("tests/contract/sql/pairs.txt", check_pair, &seen) > 100);
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
		if (!str_eq(change_infos[i].format, STR("sql")))
			continue;
		if (!seen.with[i] || !seen.without[i])
			print_error("no pair for %.*s\n", STR_FMT(change_infos[i].name));
		assert_true(seen.with[i] && seen.without[i]);
	}
}

static struct contract_model *read_text(struct source *s, struct str text, struct err *e)
{
	source_init(s, STR("test"));
	assert_true(source_add(s, STR("s.sql"), text, e) && source_sort(s, e));
	return sql_format.read(s, e);
}

static void documentation(void **state)
{
	struct source s;
	struct err e = { 0 };
	struct buf b;
	struct json_out o;
	(void)state;
	struct contract_model *m = read_text(&s, STR("CREATE TYPE st AS ENUM ('a');\nCREATE TABLE t (id bigint PRIMARY KEY, s st, n numeric(10, 2));\nCOMMENT ON COLUMN t.n IS 'in cents';\n"
						     "COMMENT ON TABLE t IS 'All.';\nCREATE VIEW v AS SELECT id AS k FROM t;"),
		&e);
	assert_non_null(m);
	buf_init(&b, 1 << 16);
	json_out_init(&o, &b);
	sql_format.describe(m, &o);
	assert_true(str_eq(buf_str(&b),
		STR("{\"contracts\":[{\"file\":\".\",\"title\":\".\",\"version\":\"\",\"description\":\"\",\"operations\":[],\"types\":[{\"name\":\"t\",\"kind\":\"table\",\"description\":\"All.\","
		    "\"deprecated\":false,\"line\":2,\"fields\":[{\"name\":\"id\",\"type\":\"bigint\",\"required\":true,\"description\":\"\",\"deprecated\":false},{\"name\":\"s\",\"type\":\"st\","
		    "\"required\":false,\"description\":\"\",\"deprecated\":false},{\"name\":\"n\",\"type\":\"numeric(10, 2)\",\"required\":false,\"description\":\"in cents\",\"deprecated\":false}],"
		    "\"values\":[]},{\"name\":\"v\",\"kind\":\"view\",\"description\":\"\",\"deprecated\":false,\"line\":5,\"fields\":[{\"name\":\"k\",\"type\":\"bigint\",\"required\":false,"
		    "\"description\":\"\",\"deprecated\":false}],\"values\":[]},{\"name\":\"st\",\"kind\":\"enum\",\"description\":\"\",\"deprecated\":false,\"line\":1,\"fields\":[],"
		    "\"values\":[{\"name\":\"a\"}]}]}]}")));
	buf_release(&b);
	sql_format.free(m);
	source_release(&s);
}

/* What a type can hold agrees with how types compare: a wider one holds all that the narrower holds. */
static void types_hold(void **state)
{
	static const struct { const char *words; int64_t numbers[2]; size_t count; bool is_unsigned; } types[] = { { "smallint", { 0 }, 0, false }, { "int", { 0 }, 0, false },
		{ "int", { 0 }, 0, true }, { "bigint", { 0 }, 0, false }, { "numeric", { 0 }, 0, false }, { "numeric", { 10, 2 }, 2, false }, { "numeric", { 12, 2 }, 2, false },
		{ "numeric", { 12, 4 }, 2, false }, { "real", { 0 }, 0, false }, { "double", { 0 }, 0, false }, { "varchar", { 3 }, 1, false }, { "varchar", { 5 }, 1, false },
		{ "text", { 0 }, 0, false }, { "boolean", { 0 }, 0, false }, { "date", { 0 }, 0, false }, { "uuid", { 0 }, 0, false }, { "timestamp", { 0 }, 0, false }, { "bytea", { 0 }, 0, false } };
	static const char values[] = "[1,-1,40000,3000000000,-9000000000000000000,1.5,1.25,1.125,12345678901.25,1e300,true,\"abc\",\"abcd\",\"abcdefgh\",\"2026-01-02\","
				     "\"2026-01-02 03:04:05\",\"00000000-0000-4000-8000-000000000001\"]";
	struct arena a;
	struct err e = { 0 };
	(void)state;
	arena_init(&a, 1 << 20);
	const struct json *list = json_parse(&a, str_z(values), &e);
	assert_non_null(list);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (size_t j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
			struct sql_type x = { .is_unsigned = types[i].is_unsigned }, y = { .is_unsigned = types[j].is_unsigned };
			sql_type_set(&x, str_z(types[i].words), types[i].numbers, types[i].count);
			sql_type_set(&y, str_z(types[j].words), types[j].numbers, types[j].count);
			enum sql_type_change how = sql_type_compare(&x, &y), back = sql_type_compare(&y, &x);
			assert_int_equal(how == SQL_TYPE_SAME, i == j);
			if (how == SQL_TYPE_WIDER)
				assert_true(back == SQL_TYPE_NARROWER || back == SQL_TYPE_OTHER);
			for (uint32_t v = 0; v < list->count && how == SQL_TYPE_WIDER; v++)
				assert_true(!sql_type_holds(&x, &list->items[v]) || sql_type_holds(&y, &list->items[v]) || x.family == SQL_UUID);
		}
	arena_release(&a);
}

/* What was not asked for is not told; the reach is the table and the views over it, and over those. */
static void options_and_reach(void **state)
{
	static const struct contract_options asked[] = { { .witnesses = true }, { .information = true } };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct source a, b;
		struct err e = { 0 };
		struct changes c;
		struct contract_model *x = read_text(&a, STR("CREATE TABLE t (a int, b int);\nCREATE VIEW v AS SELECT a FROM t;\nCREATE VIEW w AS SELECT v.a FROM v JOIN t ON v.a = t.a;"), &e);
		struct contract_model *y = read_text(&b, STR("CREATE TABLE t (a bigint, c int);\nCREATE VIEW v AS SELECT a FROM t;\nCREATE VIEW w AS SELECT v.a FROM v JOIN t ON v.a = t.a;"), &e);
		changes_init(&c);
		assert_true(sql_format.compare(x, y, &asked[i], &c, &e));
		changes_done(&c);
		assert_int_equal(c.count, asked[i].information ? 3 : 1);
		assert_true(str_eq(c.items[0].subject, STR("t.b")));
		assert_int_equal(c.items[0].witness.state, asked[i].witnesses ? WITNESS_PROVED : WITNESS_UNPROVED);
		assert_int_equal(c.items[0].reach_count, 3);
		assert_true(str_eq(c.items[0].reach[0].operation, STR("t")) && str_eq(c.items[0].reach[1].operation, STR("v")) && str_eq(c.items[0].reach[2].operation, STR("w")));
		changes_release(&c);
		sql_format.free(x);
		sql_format.free(y);
		source_release(&a);
		source_release(&b);
	}
}

static void many(void **state)
{
	struct buf b;
	struct source s;
	struct err e = { 0 };
	(void)state;
	buf_init(&b, 8 << 20);
	buf_add(&b, STR("CREATE TABLE t ("));
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%sc%d int", i ? ", " : "", i);
	buf_add(&b, STR(");"));
	assert_null(read_text(&s, buf_str(&b), &e));
	assert_non_null(strstr(e.message, "more than 4096 columns"));
	source_release(&s);
	buf_clear(&b);
	err_clear(&e);
	buf_add(&b, STR("CREATE TABLE t (a int DEFAULT "));
	for (int i = 0; i < 10000; i++)
		buf_char(&b, '(');
	assert_null(read_text(&s, buf_str(&b), &e));
	assert_non_null(strstr(e.message, "not closed"));
	assert_int_equal(e.line, 1);
	source_release(&s);
	buf_clear(&b);
	err_clear(&e);
	buf_add(&b, STR("CREATE TYPE t AS ENUM ("));
	for (int i = 0; i < 10001; i++)
		buf_printf(&b, "%s'v%d'", i ? "," : "", i);
	buf_add(&b, STR(");"));
	assert_null(read_text(&s, buf_str(&b), &e));
	assert_non_null(strstr(e.message, "more than 10000 values"));
	source_release(&s);
	/* A column that was renamed a thousand times is still known by its last names, and views over views end. */
	buf_clear(&b);
	err_clear(&e);
	buf_add(&b, STR("CREATE TABLE t (c0 int);\nCREATE VIEW v0 AS SELECT * FROM t;\n"));
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "ALTER TABLE t RENAME c%d TO c%d;\nCREATE VIEW v%d AS SELECT * FROM v%d;\n", i, i + 1, i + 1, i);
	struct contract_model *m = read_text(&s, buf_str(&b), &e);
	assert_non_null(m);
	const struct sql_table *t = sql_table_of(((const struct sql_model *)m)->schemas, STR("t"));
	assert_int_equal(t->columns[0].former.count, SQL_FORMER_MAX);
	assert_true(sql_names_has(&t->columns[0].former, STR("c999")) && !sql_names_has(&t->columns[0].former, STR("c0")));
	assert_int_equal(sql_table_of(((const struct sql_model *)m)->schemas, STR("v1000"))->count, 1);
	sql_format.free(m);
	source_release(&s);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pairs), cmocka_unit_test(documentation), cmocka_unit_test(types_hold), cmocka_unit_test(options_and_reach), cmocka_unit_test(many) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
