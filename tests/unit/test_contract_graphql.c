/* GraphQL: pairs of schemas with what is found in them, faults with place and remedy, one pair for each of graphql-inspector's types of change and one near to it,
 * several schemas in one source, documentation, and input that is meant to hurt. */
#include "contract/graphql/query.h"
#include "contract_cases.h"

/* ---- pairs ---- */

struct seen { bool with[RULE_COUNT], without[RULE_COUNT]; };

static bool has_rule(const struct changes *found, size_t rule)
{
	for (size_t i = 0; i < found->count; i++)
		for (size_t j = 0; j < found->items[i].rules_count; j++)
			if (found->items[i].rules[j] == rule)
				return true;
	return false;
}

/* "TYPE: remark" has the type, "not TYPE" has it not. What breaks is proved. */
static void check_pair(const struct contract_case *k, const struct changes *found, void *ctx)
{
	struct seen *seen = ctx;
	bool absent = str_starts(k->name, STR("not "));
	struct str rest = absent ? str_skip(k->name, 4) : k->name, type = str_split(&rest, ':');
	bool known = false;
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (!str_eq(rule_infos[i].checker, STR("graphql-inspector")) || !str_eq(rule_infos[i].name, type))
			continue;
		known = true;
		assert_int_equal(has_rule(found, i), !absent);
		*(absent ? &seen->without[i] : &seen->with[i]) = true;
	}
	assert_true(known);
	for (size_t i = 0; i < found->count; i++) {
		const struct change *x = &found->items[i];
		assert_false(str_empty(x->sentence));
		if (x->level == CHANGE_BREAKING)
			assert_int_equal(x->witness.state, WITNESS_PROVED);
		if (x->witness.state == WITNESS_PROVED)
			assert_false(str_empty(x->witness.text) || str_empty(x->witness.of) || str_empty(x->witness.before) || str_empty(x->witness.after));
	}
}

static void pairs(void **state)
{
	struct seen seen = { 0 };
	(void)state;
	assert_true(run_cases("tests/contract/graphql/pairs.txt", check_pair, &seen) > 180);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		/* Uses of directives at fields of queries stand in no schema; graphql-inspector never reports them either. */
		bool never = str_starts(rule_infos[i].name, STR("DIRECTIVE_USAGE_FIELD_")) && !str_starts(rule_infos[i].name, STR("DIRECTIVE_USAGE_FIELD_DEFINITION_"));
		if (!str_eq(rule_infos[i].checker, STR("graphql-inspector")) || never)
			continue;
		if (!seen.with[i] || !seen.without[i])
			print_error("no pair for %.*s\n", STR_FMT(rule_infos[i].name));
		assert_true(seen.with[i] && seen.without[i]);
	}
}

static void faults(void **state)
{
	(void)state;
	assert_true(run_cases("tests/contract/graphql/faults.txt", NULL, NULL) > 50);
}

static void more(void **state)
{
	(void)state;
	assert_true(run_cases("tests/contract/graphql/more.txt", NULL, NULL) > 5);
}

/* ---- one source at a time ---- */

static struct contract_model *read_text(struct source *s, struct str text, struct err *e)
{
	source_init(s, STR("test"));
	assert_true(source_add(s, STR("s.graphqls"), text, e));
	assert_true(source_sort(s, e));
	return graphql_format.read(s, e);
}

static void documentation(void **state)
{
	struct source s;
	struct err e = { 0 };
	struct buf b;
	struct json_out o;
	(void)state;
	struct contract_model *m = read_text(&s,
		STR("\"All orders.\" type Query {\n  \"One.\" order(id: ID!, full: Boolean = true): Order @deprecated\n}\n\"What was bought.\"\ntype Order { id: ID! state: State }\n"
		    "enum State { OPEN \"Paid.\" PAID }\nunion U = Order\n"),
		&e);
	assert_non_null(m);
	buf_init(&b, 1 << 16);
	json_out_init(&o, &b);
	graphql_format.describe(m, &o);
	assert_true(str_eq(buf_str(&b),
		STR("{\"contracts\":[{\"file\":\"s.graphqls\",\"title\":\"s.graphqls\",\"version\":\"\",\"description\":\"\",\"operations\":[{\"id\":\"Query.order\",\"title\":\"order\","
		    "\"description\":\"One.\",\"deprecated\":true,\"line\":2,\"parameters\":[{\"name\":\"id\",\"in\":\"argument\",\"type\":\"ID!\",\"required\":true,\"description\":\"\","
		    "\"deprecated\":false},{\"name\":\"full\",\"in\":\"argument\",\"type\":\"Boolean\",\"required\":false,\"description\":\"\",\"deprecated\":false}],"
		    "\"answers\":[{\"status\":\"data\",\"type\":\"Order\",\"description\":\"\"}]}],\"types\":[{\"name\":\"Order\",\"kind\":\"object\",\"description\":\"What was bought.\","
		    "\"deprecated\":false,\"line\":5,\"fields\":[{\"name\":\"id\",\"type\":\"ID!\",\"required\":true,\"description\":\"\",\"deprecated\":false},{\"name\":\"state\","
		    "\"type\":\"State\",\"required\":false,\"description\":\"\",\"deprecated\":false}],\"values\":[]},{\"name\":\"State\",\"kind\":\"enum\",\"description\":\"\","
		    "\"deprecated\":false,\"line\":6,\"fields\":[],\"values\":[{\"name\":\"OPEN\",\"description\":\"\"},{\"name\":\"PAID\",\"description\":\"Paid.\"}]},{\"name\":\"U\","
		    "\"kind\":\"union\",\"description\":\"\",\"deprecated\":false,\"line\":7,\"fields\":[],\"values\":[{\"name\":\"Order\",\"description\":\"\"}]}]}]}")));
	buf_release(&b);
	graphql_format.free(m);
	source_release(&s);
}

static void strings(void **state)
{
	struct source s;
	struct err e = { 0 };
	(void)state;
	struct contract_model *m = read_text(&s,
		STR("\"a\\u00e9\\u{1F600}\\uD83D\\uDE00\\n\\\"\" type Query { a: Int }\n\"\"\"\n    first\n      second \\\"\"\"\n\n    third\n  \"\"\" scalar S"), &e);
	assert_non_null(m);
	const struct gql_schema *x = ((const struct gql_model *)m)->schemas;
	assert_true(str_eq(gql_type_of(x, STR("Query"))->description, STR("a\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80\n\"")));
	assert_true(str_eq(gql_type_of(x, STR("S"))->description, STR("first\n  second \"\"\"\n\nthird")));
	graphql_format.free(m);
	source_release(&s);
}

/* ---- what is meant to hurt ---- */

static void repeat(struct buf *b, struct str text, int n)
{
	while (n--)
		buf_add(b, text);
}

static void refused(struct str text, const char *words)
{
	struct source s;
	struct err e = { 0 };
	struct contract_model *m = read_text(&s, text, &e);
	assert_null(m);
	if (!strstr(e.message, words))
		print_error("%s\n", e.message);
	assert_non_null(strstr(e.message, words));
	assert_true(e.line > 0 && e.column > 0);
	source_release(&s);
}

static void nested(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 1 << 20);
	buf_add(&b, STR("type Query { a(i: Int = "));
	repeat(&b, STR("["), 10000);
	refused(buf_str(&b), "nested more than 128 deep");
	buf_clear(&b);
	buf_add(&b, STR("type Query { a(i: Int = "));
	repeat(&b, STR("{a:"), 10000);
	refused(buf_str(&b), "nested more than 128 deep");
	buf_clear(&b);
	buf_add(&b, STR("type Query { a: "));
	repeat(&b, STR("["), 10000);
	refused(buf_str(&b), "more than 30 lists");
	buf_release(&b);
}

static size_t compared(struct str old_text, struct str new_text, struct changes *c)
{
	struct source a, b;
	struct err e = { 0 };
	const struct contract_options options = { .information = true, .witnesses = true };
	struct contract_model *x = read_text(&a, old_text, &e), *y = read_text(&b, new_text, &e);
	assert_non_null(x);
	assert_non_null(y);
	changes_init(c);
	assert_true(graphql_format.compare(x, y, &options, c, &e));
	changes_done(c);
	graphql_format.free(x);
	graphql_format.free(y);
	source_release(&a);
	source_release(&b);
	return c->count;
}

/* What was not asked for is not told: information, witnesses. */
static void options(void **state)
{
	static const struct contract_options asked[] = { { .witnesses = true }, { .information = true }, { .information = false } };
	static const struct str before = STR_INIT("type Query { a: Int b: Int }\ninput I { x: Int }"), after = STR_INIT("type Query { a: Int c: Int }\n\"New.\" input I { y: Int }");
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct source a, b;
		struct err e = { 0 };
		struct changes c;
		struct contract_model *x = read_text(&a, before, &e), *y = read_text(&b, after, &e);
		changes_init(&c);
		assert_true(graphql_format.compare(x, y, &asked[i], &c, &e));
		assert_int_equal(c.count, asked[i].information ? 5 : 1);
		for (size_t j = 0; j < c.count; j++)
			assert_int_equal(c.items[j].witness.state, c.items[j].level == CHANGE_INFO ? WITNESS_NONE : asked[i].witnesses ? WITNESS_PROVED : WITNESS_UNPROVED);
		changes_release(&c);
		graphql_format.free(x);
		graphql_format.free(y);
		source_release(&a);
		source_release(&b);
	}
}

/* Reach: root fields, each once, sorted, with their direction. */
static void reached(void **state)
{
	struct changes c;
	(void)state;
	compared(STR("type Query { a(i: I): O b(e: E): Int c: E }\ntype Mutation { m(i: [I!]!): Int }\ntype O { n: N e: E }\ninterface N { x: Int }\ntype P implements N { x: Int o: O }\n"
		     "input I { e: E }\nenum E { V W }"),
		STR("type Query { a(i: I): O b(e: E): Int c: E }\ntype Mutation { m(i: [I!]!): Int }\ntype O { n: N e: E }\ninterface N { x: Int }\ntype P implements N { x: Int }\n"
		    "input I { e: E }\nenum E { V }"),
		&c);
	assert_int_equal(c.count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct change *x = &c.items[i];
		bool value = str_eq(x->subject, STR("E.W"));
		static const struct reach wanted[] = { { STR_INIT("Mutation.m"), REACH_REQUEST }, { STR_INIT("Query.a"), REACH_BOTH }, { STR_INIT("Query.b"), REACH_REQUEST },
			{ STR_INIT("Query.c"), REACH_RESPONSE } };
		assert_true(value || str_eq(x->subject, STR("P.o")));
		assert_int_equal(x->reach_count, value ? 4 : 1);
		for (size_t j = 0; j < x->reach_count; j++) {
			assert_true(str_eq(x->reach[j].operation, value ? wanted[j].operation : STR("Query.a")));
			assert_int_equal(x->reach[j].direction, value ? wanted[j].direction : REACH_RESPONSE);
		}
	}
	changes_release(&c);
}

/* A chain of 20,000 types is deeper than any witness; a field at its end is still found, unproved. Types that refer to each other in a circle end. */
static void long_chains(void **state)
{
	struct buf before, after;
	struct changes c;
	(void)state;
	buf_init(&before, 8 << 20);
	buf_init(&after, 8 << 20);
	for (int i = 0; i < 20000; i++) {
		buf_printf(&before, "type %s%d { n: T%d l: [T0] i(x: I%d): Int }\ninput I%d { i: I%d }\n", i ? "T" : "Query", i, i + 1, i, i, i + 1);
		buf_printf(&after, "type %s%d { n: T%d l: [T0] i(x: I%d): Int }\ninput I%d { i: I%d }\n", i ? "T" : "Query", i, i + 1, i, i, i + 1);
	}
	static const char end[] = "type T0 { z: Int }\nschema { query: Query0 }\ntype T20000 { a: Int %s }\ninput I20000 { i: I0 %s }\n";
	buf_printf(&before, end, "gone: Int", "gone: Int");
	buf_printf(&after, end, "", "");
	assert_int_equal(compared(buf_str(&before), buf_str(&after), &c), 2);
	for (size_t i = 0; i < c.count; i++)
		assert_true(c.items[i].level == CHANGE_BREAKING);
	changes_release(&c);
	buf_release(&before);
	buf_release(&after);
}

/* Inputs that need each other, so that no value of them can be written, and ones whose smallest value doubles with each step. */
static void values_without_end(void **state)
{
	struct buf before, after;
	struct changes c;
	(void)state;
	assert_int_equal(compared(STR("type Query { a(i: I!): Int b: Int }\ninput I { i: I! }"), STR("type Query { a: Int }\ninput I { i: I! }"), &c), 2);
	changes_release(&c);
	buf_init(&before, 1 << 20);
	buf_init(&after, 1 << 20);
	for (int i = 0; i < 60; i++) {
		buf_printf(&before, "input I%d { a: I%d! b: I%d! }\n", i, i + 1, i + 1);
		buf_printf(&after, "input I%d { a: I%d! b: I%d! }\n", i, i + 1, i + 1);
	}
	buf_add(&before, STR("input I60 { x: Int }\ntype Query { a(i: I0!): Int }"));
	buf_add(&after, STR("input I60 { x: String }\ntype Query { a(i: I0!): Int }"));
	assert_int_equal(compared(buf_str(&before), buf_str(&after), &c), 1);
	assert_true(c.items[0].level == CHANGE_BREAKING && c.items[0].witness.state == WITNESS_UNPROVED);
	changes_release(&c);
	buf_release(&before);
	buf_release(&after);
}

/* Fields, arguments and values by the ten thousand in one place, and a union of as many types. */
static void wide(void **state)
{
	struct buf before, after;
	struct changes c;
	(void)state;
	buf_init(&before, 16 << 20);
	buf_init(&after, 16 << 20);
	for (int side = 0; side < 2; side++) {
		struct buf *b = side ? &after : &before;
		buf_add(b, STR("type Query { u: U e: E\n"));
		for (int i = 0; i < 20000 - side; i++)
			buf_printf(b, "f%d(a: Int): Int ", i);
		buf_add(b, STR("}\nenum E {"));
		for (int i = 0; i < 20000 - side; i++)
			buf_printf(b, " V%d", i);
		buf_add(b, STR("}\nunion U ="));
		for (int i = 0; i < 5000 - side; i++)
			buf_printf(b, " | T%d", i);
		for (int i = 0; i < 5000; i++)
			buf_printf(b, "\ntype T%d { a: Int%s }", i, side && i == 7 ? "!" : "");
	}
	assert_int_equal(compared(buf_str(&before), buf_str(&after), &c), 4);
	assert_int_equal(changes_at_least(&c, CHANGE_BREAKING), 2); /* the field, the member; the value is only answered, the type only tighter */
	changes_release(&c);
	buf_release(&before);
	buf_release(&after);
}

/* ---- queries ---- */

static void queries(void **state)
{
	static const struct { struct str text; const char *fault; } cases[] = {
		{ STR_INIT("{ a }"), NULL },
		{ STR_INIT("\"Described.\" query Q($v: Int = 1) { b(n: $v) { a ...F } } fragment F on Query { a }"), NULL },
		{ STR_INIT("{ ab }"), "did you mean" },
		{ STR_INIT("{ b }"), "its fields must be chosen" },
		{ STR_INIT("{ a { a } }"), "has no fields" },
		{ STR_INIT("query Q { a } query Q { a }"), "is there twice" },
		{ STR_INIT("{ a } query Q { a }"), "without name" },
		{ STR_INIT("{ ...F } fragment F on Query { ...F }"), "spreads itself" },
		{ STR_INIT("{ ...F }"), "no fragment" },
		{ STR_INIT("{ a } fragment F on Query { a }"), "is not used" },
		{ STR_INIT("query ($v: Int) { a }"), "is not used" },
		{ STR_INIT("{ b(n: $v) { a } }"), "is not declared" },
		{ STR_INIT("query ($v: Int, $v: Int) { b(n: $v) { a } }"), "is declared twice" },
		{ STR_INIT("query ($v: Query) { b(n: $v) { a } }"), "cannot be a variable" },
		{ STR_INIT("query ($v: [Int]) { b(n: $v) { a } }"), "another type" },
		{ STR_INIT("{ b(n: 1, n: 2) { a } }"), "is given twice" },
		{ STR_INIT("{ b(m: 1) { a } }"), "has no argument" },
		{ STR_INIT("{ a @nope }"), "there is no directive" },
		{ STR_INIT("{ a @deprecated }"), "is not for FIELD" },
		{ STR_INIT("{ a @skip(if: true) @skip(if: true) }"), "only once" },
		{ STR_INIT("{ a @skip }"), "needs the argument" },
		{ STR_INIT("{ x: a x: __typename }"), "two different fields" },
		{ STR_INIT("mutation { a }"), "has no operations" },
		{ STR_INIT("subscription { s t: s }"), "takes one field" },
		{ STR_INIT("{ ... on Int { a } }"), "has no fields" },
		{ STR_INIT("{ ... on Subscription { s } }"), "nothing is both" },
		{ STR_INIT("{ ... on Nope { s } }"), "there is no type" },
		{ STR_INIT("{ __schema { types { name } } __type(name: \"Query\") { name } }"), NULL },
	};
	struct source s;
	struct err e = { 0 };
	(void)state;
	struct contract_model *m = read_text(&s, STR("type Query { a: Int b(n: Int): Query }\ntype Subscription { s: Int }"), &e);
	assert_non_null(m);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena a;
		struct gql_document d;
		struct gql_fault f = { 0 };
		arena_init(&a, 1 << 20);
		assert_true(gql_query_parse(&a, cases[i].text, &d, &e));
		bool ok = gql_query_valid(((const struct gql_model *)m)->schemas, &d, &a, &f);
		if (ok != !cases[i].fault || (!ok && !strstr(f.message, cases[i].fault)))
			print_error("%.*s: %s\n", STR_FMT(cases[i].text), f.message);
		assert_true(ok == !cases[i].fault && (ok || strstr(f.message, cases[i].fault)));
		arena_release(&a);
	}
	graphql_format.free(m);
	source_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pairs), cmocka_unit_test(faults), cmocka_unit_test(more), cmocka_unit_test(documentation), cmocka_unit_test(strings),
		cmocka_unit_test(options), cmocka_unit_test(reached), cmocka_unit_test(nested), cmocka_unit_test(long_chains), cmocka_unit_test(values_without_end), cmocka_unit_test(wide), cmocka_unit_test(queries) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
