/* Transforms between two versions: reading the file (places of faults), bodies, queries, paths. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/transform.h"
#include <stdio.h>
#include <string.h>

static struct arena memory;

static const struct transform *read_text(const char *text, struct err *e) { return transform_read(&memory, STR("t.yaml"), str_z(text), e); }

/* The steps of a response, written in flow form. */
static const struct transform *with_steps(const char *key, const char *steps)
{
	struct err e = { 0 };
	struct str text = arena_printf(&memory, "steps:\n  message: [ { rename: { from: a, to: b } } ]\noperations:\n  - old: GET /v1/x\n    new: GET /v2/x\n    %s: %s\n", key, steps);
	const struct transform *t = transform_read(&memory, STR("t.yaml"), text, &e);
	if (!t)
		fail_msg("%s: %u:%u: %s", steps, e.line, e.column, e.message);
	return t;
}

static void bodies(void **state)
{
	(void)state;
	static const struct { const char *steps, *in, *out; } cases[] = {
		{ "[ { rename: { from: a, to: b } } ]", "{\"a\":1,\"c\":2}", "{\"c\":2,\"b\":1}" },
		{ "[ { rename: { from: a, to: b } } ]", "{\"c\":2}", "{\"c\":2}" },
		/* what is at `to` is what was at `from`: nothing, if nothing was there */
		{ "[ { rename: { from: a, to: b } } ]", "{\"b\":2}", "{}" },
		{ "[ { rename: { from: a, to: b } } ]", "{\"a\":null,\"b\":2}", "{\"b\":null}" },
		{ "[ { rename: { from: a, to: b } } ]", "[1]", "[1]" },
		{ "[ { rename: { from: a, to: b } } ]", "7", "7" },
		{ "[ { move: { from: a.b, to: c.d.e } } ]", "{\"a\":{\"b\":[1]}}", "{\"a\":{},\"c\":{\"d\":{\"e\":[1]}}}" },
		/* what lies in the way is replaced, or taken out where nothing comes */
		{ "[ { move: { from: a, to: c.d } } ]", "{\"a\":1,\"c\":5}", "{\"c\":{\"d\":1}}" },
		{ "[ { move: { from: a, to: c.d } } ]", "{\"c\":5}", "{}" },
		{ "[ { move: { from: a, to: c.d } } ]", "{\"c\":{\"d\":1,\"e\":2}}", "{\"c\":{\"e\":2}}" },
		{ "[ { rename: { from: \"l[].a\", to: \"l[].b\" } } ]", "{\"l\":[{\"a\":1},2,{\"c\":{}},{\"a\":{}}]}", "{\"l\":[{\"b\":1},2,{\"c\":{}},{\"b\":{}}]}" },
		{ "[ { rename: { from: \"[].a\", to: \"[].b\" } } ]", "[{\"a\":1}]", "[{\"b\":1}]" },
		{ "[ { rename: { from: \"l[][].a\", to: \"l[][].b\" } } ]", "{\"l\":[[{\"a\":1}],[]]}", "{\"l\":[[{\"b\":1}],[]]}" },
		/* swapping goes by a third name */
		{ "[ { rename: { from: a, to: t } }, { rename: { from: b, to: a } }, { rename: { from: t, to: b } } ]", "{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}" },
		{ "[ { default: { at: a, value: x } } ]", "{}", "{\"a\":\"x\"}" },
		{ "[ { default: { at: a, value: x } } ]", "{\"a\":null}", "{\"a\":null}" },
		{ "[ { default: { at: a.b, value: 7 } } ]", "{\"a\":3}", "{\"a\":{\"b\":7}}" },
		{ "[ { default: { at: \"l[].a\", value: [1, \"1\", true, null, 1.5, { k: v }] } } ]", "{\"l\":[{},{\"a\":0}]}",
		  "{\"l\":[{\"a\":[1,\"1\",true,null,1.5,{\"k\":\"v\"}]},{\"a\":0}]}" },
		/* each place has a value of its own */
		{ "[ { set: { at: \"l[].a\", value: { k: v } } }, { rename: { from: \"l[].a.k\", to: \"l[].a.z\" } } ]", "{\"l\":[{},{\"a\":0}]}",
		  "{\"l\":[{\"a\":{\"z\":\"v\"}},{\"a\":{\"z\":\"v\"}}]}" },
		{ "[ { remove: { at: a.b } } ]", "{\"a\":{\"b\":1,\"b\":2,\"c\":3}}", "{\"a\":{\"c\":3}}" },
		{ "[ { remove: { at: a.b } } ]", "{\"a\":[1]}", "{\"a\":[1]}" },
		{ "[ { map: { at: s, values: { sent: done, 1: one, true: yes, null: none } } } ]", "{\"s\":\"sent\"}", "{\"s\":\"done\"}" },
		{ "[ { map: { at: s, values: { sent: done, 1: one, true: yes, null: none } } } ]", "{\"s\":1}", "{\"s\":\"one\"}" },
		{ "[ { map: { at: s, values: { sent: done, 1: one, true: yes, null: none } } } ]", "{\"s\":null}", "{\"s\":\"none\"}" },
		{ "[ { map: { at: s, values: { sent: done } } } ]", "{\"s\":\"other\"}", "{\"s\":\"other\"}" },
		{ "[ { map: { at: s, values: { sent: done }, otherwise: 9 } } ]", "{\"s\":[1]}", "{\"s\":9}" },
		{ "[ { map: { at: \"t[]\", values: { a: b } } } ]", "{\"t\":[\"a\",\"c\"]}", "{\"t\":[\"b\",\"c\"]}" },
		{ "[ { split: { at: n, by: \" \", into: [f, l] } } ]", "{\"n\":\"a b c\"}", "{\"f\":\"a\",\"l\":\"b c\"}" },
		{ "[ { split: { at: n, by: \" \", into: [f, l] } } ]", "{\"n\":\"a\",\"f\":1}", "{\"f\":\"a\",\"l\":\"\"}" },
		{ "[ { split: { at: n, by: \" \", into: [f, l] } } ]", "{\"n\":5,\"l\":1}", "{}" },
		{ "[ { split: { at: n, by: \" \", into: [n, l] } } ]", "{\"n\":\"a b\"}", "{\"n\":\"a\",\"l\":\"b\"}" },
		{ "[ { join: { from: [f, l], by: \" \", into: n } } ]", "{\"f\":\"a\",\"l\":7,\"x\":0}", "{\"x\":0,\"n\":\"a 7\"}" },
		{ "[ { join: { from: [f, l], by: \" \", into: n } } ]", "{\"f\":null,\"l\":{},\"n\":1}", "{}" },
		{ "[ { convert: { at: a, as: text } } ]", "{\"a\":1.5}", "{\"a\":\"1.5\"}" },
		{ "[ { convert: { at: a, as: text } } ]", "{\"a\":false}", "{\"a\":\"false\"}" },
		{ "[ { convert: { at: a, as: number } } ]", "{\"a\":\"12\"}", "{\"a\":12}" },
		{ "[ { convert: { at: a, as: number } } ]", "{\"a\":\"x\"}", "{\"a\":\"x\"}" },
		{ "[ { use: { steps: message } } ]", "{\"a\":1}", "{\"b\":1}" },
		{ "[ { use: { steps: message, at: \"l[]\" } } ]", "{\"l\":[{\"a\":1}],\"a\":2}", "{\"l\":[{\"b\":1}],\"a\":2}" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		struct buf out;
		buf_init(&out, 4096);
		const struct transform *t = with_steps("response", cases[i].steps);
		if (!transform_text(&t->operations[0].response, str_z(cases[i].in), &out, &e) || !str_eq(buf_str(&out), str_z(cases[i].out)))
			fail_msg("%s of %s: %.*s %s", cases[i].steps, cases[i].in, STR_FMT(buf_str(&out)), e.message);
		buf_release(&out);
	}
}

static void queries(void **state)
{
	(void)state;
	static const struct { const char *steps, *in, *out; } cases[] = {
		{ "[ { rename: { from: a, to: b } } ]", "a=1&x=%20&a=2", "b=1&x=%20&b=2" },
		{ "[ { rename: { from: a, to: b } } ]", "b=1", "" },
		{ "[ { rename: { from: \"a b\", to: \"c d\" } } ]", "a+b=1&a%20b=2&flag", "c%20d=1&c%20d=2&flag" },
		{ "[ { default: { at: a, value: x y } } ]", "", "a=x%20y" },
		{ "[ { default: { at: a, value: x } } ]", "a", "a" },
		{ "[ { set: { at: a, value: [1, true] } } ]", "a=9&b", "b&a=1&a=true" },
		{ "[ { remove: { at: a } } ]", "a&b=1&a=2&%61", "b=1" },
		{ "[ { map: { at: a, values: { x: 1, \"y z\": 2 }, otherwise: 3 } } ]", "a=x&a=y+z&a&b=x", "a=1&a=2&a=3&b=x" },
		{ "[ { map: { at: a, values: { x: 1 } } } ]", "a=%zz&a=x", "a=%zz&a=1" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out;
		buf_init(&out, 4096);
		const struct transform *t = with_steps("query", cases[i].steps);
		if (!transform_query(&t->operations[0].query, str_z(cases[i].in), &out) || !str_eq(buf_str(&out), str_z(cases[i].out)))
			fail_msg("%s of %s: %.*s", cases[i].steps, cases[i].in, STR_FMT(buf_str(&out)));
		buf_release(&out);
	}
	struct buf many, out;
	buf_init(&many, 65536);
	buf_init(&out, 65536);
	for (int i = 0; i < TRANSFORM_QUERY_MAX + 1; i++)
		buf_add(&many, STR("a&"));
	const struct transform *t = with_steps("query", "[ { remove: { at: b } } ]");
	assert_false(transform_query(&t->operations[0].query, buf_str(&many), &out));
	buf_release(&many);
	buf_release(&out);
}

static void operations(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct transform_slots slots;
	struct buf b;
	buf_init(&b, 4096);
	const struct transform *t = read_text("operations:\n"
					      "  - { old: 'GET /v1/{a}/x/{b}', new: 'POST /v2/{b}/{a}', status: { 202: 201, 299: 200 } }\n"
					      "  - { old: GET /v1/me/x/y, new: GET /v2/me }\n", &e);
	assert_non_null(t);
	const struct transform_operation *op = transform_find(t, STR("GET"), STR("/v1/p%2F/x/q"), &slots);
	assert_ptr_equal(op, &t->operations[0]);
	transform_target(op, &slots, &b);
	assert_true(str_eq(buf_str(&b), STR("/v2/q/p%2F")));
	assert_int_equal(transform_answer_status(op, 202), 201);
	assert_int_equal(transform_answer_status(op, 200), 200);
	assert_ptr_equal(transform_find(t, STR("GET"), STR("/v1/me/x/y"), &slots), &t->operations[1]);
	static const char *const others[] = { "/v1/a/x", "/v1//x/b", "/v1/a/x/b/", "/v1/a/y/b", "", "/" };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_null(transform_find(t, STR("GET"), str_z(others[i]), &slots));
	assert_null(transform_find(t, STR("PUT"), STR("/v1/me/x/y"), &slots));
	buf_release(&b);
}

#define OP "operations:\n  - old: GET /v1/x\n    new: GET /v2/x\n"
static void faults(void **state)
{
	(void)state;
	static const struct { const char *text; uint32_t line; const char *words; } cases[] = {
		{ "", 1, "must be a mapping" },
		{ "operation: []\n", 1, "did you mean `operations`" },
		{ "operations: 7\n", 1, "a list of at most" },
		{ "operations:\n  - { old: GET /v1/x }\n", 2, "needs `old` and `new`" },
		{ "operations:\n  - { old: /v1/x, new: GET /v2/x }\n", 2, "a method and a path" },
		{ "operations:\n  - { old: 'GET /v1/{a}', new: 'GET /v2/{b}' }\n", 2, "{b} of the new path" },
		{ "operations:\n  - { old: GET /a, new: GET /b }\n  - { old: GET /a, new: GET /c }\n", 3, "stands here and in line 2" },
		{ OP "    respons: []\n", 4, "did you mean `response`" },
		{ OP "    response: {}\n", 4, "steps are a list" },
		{ OP "    response: [ rename ]\n", 4, "a step is a mapping of one key" },
		{ OP "    response: [ { renam: {} } ]\n", 4, "did you mean `rename`" },
		{ OP "    response: [ { explode: {} } ]\n", 4, "there is no step `explode`" },
		{ OP "    response: [ { rename: { from: a } } ]\n", 4, "needs `to`" },
		{ OP "    response: [ { rename: { from: a, to: b, too: c } } ]\n", 4, "no key `too`" },
		{ OP "    response: [ { rename: { from: a, to: a } } ]\n", 4, "lies within" },
		{ OP "    response: [ { rename: { from: a, to: a.b } } ]\n", 4, "lies within" },
		{ OP "    response: [ { rename: { from: 'a[].b', to: 'c[].b' } } ]\n", 4, "the same arrays" },
		{ OP "    response: [ { rename: { from: 'a[]', to: b } } ]\n", 4, "must end in a name" },
		{ OP "    response: [ { remove: { at: 'a..b' } } ]\n", 4, "is no place in a body" },
		{ OP "    response: [ { remove: { at: 'a[b' } } ]\n", 4, "is no place in a body" },
		{ OP "    response: [ { remove: { at: a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a } } ]\n", 4, "more than 16 parts" },
		{ OP "    response: [ { split: { at: a.b, by: ' ', into: [c] } } ]\n", 4, "is not beside" },
		{ OP "    response: [ { split: { at: a, by: '', into: [c] } } ]\n", 4, "needs `by`" },
		{ OP "    response: [ { map: { at: a, values: {} } } ]\n", 4, "`values` must be a mapping" },
		{ OP "    response: [ { convert: { at: a, as: date } } ]\n", 4, "`text` or `number`" },
		{ OP "    response: [ { use: { steps: x } } ]\n", 4, "no `x` under `steps`" },
		{ "steps:\n  x: [ { use: { steps: x } } ]\n" OP "    response: [ { use: { steps: x } } ]\n", 2, "may not `use` others" },
		{ OP "    query: [ { split: { at: a, by: ' ', into: [c] } } ]\n", 4, "a query takes" },
		{ OP "    query: [ { remove: { at: a.b } } ]\n", 4, "is no query parameter" },
		{ OP "    query: [ { set: { at: a, value: { b: c } } } ]\n", 4, "or a list of them" },
		{ OP "    status: { 204: 200 }\n", 4, "not one without a body" },
		{ OP "    status: { 200: ok }\n", 4, "a status is a number" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		if (read_text(cases[i].text, &e) || e.line != cases[i].line || !strstr(e.message, cases[i].words) || strcmp(e.file, "t.yaml") != 0)
			fail_msg("%s: %s:%u: %s", cases[i].text, e.file, e.line, e.message);
	}
}

static void limits(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct buf b, out;
	buf_init(&b, 4 << 20);
	buf_init(&out, 4 << 20);
	buf_add(&b, STR("\""));
	for (int i = 0; i < TRANSFORM_BODY_MAX; i++)
		buf_char(&b, 'x');
	buf_add(&b, STR("\""));
	const struct transform *t = with_steps("response", "[ { rename: { from: a, to: b } } ]");
	assert_false(transform_text(&t->operations[0].response, buf_str(&b), &out, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	/* What grows beyond the limit: a large value for each of many elements. */
	struct str big = arena_printf(&memory, "[ { set: { at: \"[].a\", value: \"%.*s\" } } ]", 2000, buf_str(&b).p + 1);
	t = with_steps("response", big.p);
	buf_clear(&b);
	buf_add(&b, STR("[{}"));
	for (int i = 0; i < 1000; i++)
		buf_add(&b, STR(",{}"));
	buf_add(&b, STR("]"));
	err_clear(&e);
	assert_false(transform_text(&t->operations[0].response, buf_str(&b), &out, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	assert_int_equal(out.len, 0);
	err_clear(&e);
	assert_false(transform_text(&t->operations[0].response, STR("{\"a\":"), &out, &e));
	assert_int_equal(e.code, ERR_INPUT);
	buf_clear(&b);
	buf_add(&b, STR(OP "    response:\n"));
	for (int i = 0; i <= TRANSFORM_STEPS_MAX; i++)
		buf_add(&b, STR("      - remove: { at: a }\n"));
	err_clear(&e);
	assert_null(transform_read(&memory, STR("t.yaml"), buf_str(&b), &e));
	assert_non_null(strstr(e.message, "more than 500 steps"));
	buf_release(&b);
	buf_release(&out);
}

int main(void)
{
	arena_init(&memory, 64 << 20);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies), cmocka_unit_test(queries), cmocka_unit_test(operations), cmocka_unit_test(faults), cmocka_unit_test(limits),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&memory);
	return failed;
}
