/* OpenAPI: every kind of change and every rule that the peers have for it, each with a pair that triggers it and one that must not, with places on both
 * sides (the .cases files of tests/contract/openapi); what is shared is found once; bad input. */
#include "contract/format.h"
#include "../contract/check.h"
#include "../contract/verdicts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char head[] = "openapi: %s\ninfo: {title: T, version: \"1\"}\n", swagger_head[] = "swagger: \"2.0\"\ninfo: {title: T, version: \"1\"}\n";
static void schemas(void **state)
{
	(void)state;
	check_cases("openapi", "schemas", true, head, swagger_head);
}

static void pairs(void **state)
{
	(void)state;
	check_cases("openapi", "pairs", false, head, swagger_head);
}

/* oasdiff was asked about the same pairs; where the verdicts differ, docs/contract-oasdiff.md says why. */
static void beside_oasdiff(void **state)
{
	struct verdicts v;
	struct arena a;
	char folder[512], path[600];
	(void)state;
	arena_init(&a, 64 << 20);
	snprintf(folder, sizeof(folder), "%s/tests/contract/openapi", getenv("SOURCE_ROOT"));
	assert_true(verdicts_read(&v, folder, "oasdiff"));
	snprintf(path, sizeof(path), "%s/pairs.cases", folder);
	assert_true(cases_pairs(&a, path, head, swagger_head, verdicts_check, &v));
	snprintf(path, sizeof(path), "%s/schemas.cases", folder);
	assert_true(cases_schemas(&a, path, verdicts_check, &v));
	verdicts_done(&v);
	print_message("%zu verdicts compared, %zu differ\n", v.compared, v.differ);
	assert_int_equal(v.failures, 0);
	assert_true(v.compared > 500);
	arena_release(&a);
}

/* ---- several files, JSON, bad input ---- */

struct side { const char *path, *text; };

/* The sources of the last comparison: places of its changes point into them. */
static struct source sides[2];

static int release_sides(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		source_release(&sides[i]);
	memset(sides, 0, sizeof(sides));
	return 0;
}

static bool compare(const struct side *before, size_t before_count, const struct side *after, size_t after_count, struct changes *out, struct err *e)
{
	const struct contract_options options = { .information = true, .witnesses = true };
	release_sides(NULL);
	source_init(&sides[0], STR("old"));
	source_init(&sides[1], STR("new"));
	for (size_t i = 0; i < before_count; i++)
		assert_true(source_add(&sides[0], str_z(before[i].path), str_z(before[i].text), e));
	for (size_t i = 0; i < after_count; i++)
		assert_true(source_add(&sides[1], str_z(after[i].path), str_z(after[i].text), e));
	assert_true(source_sort(&sides[0], e) && source_sort(&sides[1], e));
	return contract_compare(&sides[0], &sides[1], &options, out, e);
}

#define API_HEAD "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: x\n          content:\n"

/* The cause stands in the other file, once, with both operations. */
static void several_files(void **state)
{
	static const char api[] = "{\"openapi\": \"3.0.3\", \"info\": {\"title\": \"T\", \"version\": \"1\"}, \"paths\": {"
				  "\"/a\": {\"get\": {\"responses\": {\"200\": {\"$ref\": \"parts/common.yaml#/responses/A\"}}}},"
				  "\"/b\": {\"get\": {\"responses\": {\"200\": {\"$ref\": \"parts/common.yaml#/responses/A\"}}}}}}";
	static const char common[] = "responses:\n  A:\n    description: x\n    content: {application/json: {schema: {$ref: 'types.yaml#/S'}}}\n";
	const struct side before[] = { { "api.json", api }, { "parts/common.yaml", common }, { "parts/types.yaml",
		"S:\n  type: object\n  required: [id]\n  properties: {id: {type: integer}}\n" } };
	const struct side after[] = { { "api.json", api }, { "parts/common.yaml", common }, { "parts/types.yaml",
		"S:\n  type: object\n  required: [id]\n  properties: {id: {type: number}}\n" } };
	struct changes out;
	struct err e = { 0 };
	(void)state;
	changes_init(&out);
	assert_true(compare(before, 3, after, 3, &out, &e));
	assert_int_equal(out.count, 1);
	assert_int_equal(out.items[0].level, CHANGE_BREAKING);
	assert_true(str_eq(out.items[0].new_place.file, STR("parts/types.yaml")));
	assert_int_equal(out.items[0].new_place.line, 4);
	assert_int_equal(out.items[0].reach_count, 2);
	assert_int_equal(out.items[0].witness.state, WITNESS_PROVED);
	changes_release(&out);
}

/* A path item in a file of its own, with references that are relative to that file. */
static void path_items_in_files(void **state)
{
	static const char api[] = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /orders: {$ref: paths/orders.yaml}\n";
	static const char item[] = "post:\n  requestBody: {$ref: '../bodies.yaml#/Order'}\n  responses: {'200': {description: x}}\n";
	const struct side before[] = { { "api.yaml", api }, { "paths/orders.yaml", item },
		{ "bodies.yaml", "Order:\n  content: {application/json: {schema: {type: object}}}\n" } };
	const struct side after[] = { { "api.yaml", api }, { "paths/orders.yaml", item },
		{ "bodies.yaml", "Order:\n  required: true\n  content: {application/json: {schema: {type: object}}}\n" } };
	struct changes out;
	struct err e = { 0 };
	(void)state;
	changes_init(&out);
	assert_true(compare(before, 3, after, 3, &out, &e));
	assert_int_equal(out.count, 1);
	assert_int_equal(out.items[0].kind, CHANGE_KIND_OPENAPI_BODY_BECAME_REQUIRED);
	assert_true(str_eq(out.items[0].new_place.file, STR("bodies.yaml")));
	assert_int_equal(out.items[0].new_place.line, 2);
	assert_true(str_eq(out.items[0].subject, STR("bodies.yaml#/Order")));
	assert_true(str_eq(out.items[0].reach[0].operation, STR("POST /orders")));
	changes_release(&out);
}

static void contracts_come_and_go(void **state)
{
	const struct side one[] = { { "a.yaml", "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n" }, { "b.yaml",
		"openapi: 3.1.0\ninfo: {title: B, version: '1'}\npaths: {}\n" } };
	const struct side two[] = { { "a.yaml", "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n" }, { "c.yaml",
		"openapi: 3.1.0\ninfo: {title: C, version: '1'}\npaths: {}\n" } };
	struct changes out;
	struct err e = { 0 };
	(void)state;
	changes_init(&out);
	assert_true(compare(one, 2, two, 2, &out, &e));
	assert_int_equal(out.count, 2);
	assert_int_equal(out.items[0].kind, CHANGE_KIND_CONTRACT_REMOVED);
	assert_int_equal(out.items[1].kind, CHANGE_KIND_CONTRACT_ADDED);
	changes_release(&out);
}

static void bad_input(void **state)
{
	static const struct { const char *text, *message; uint32_t line; } bad[] = {
		{ "openapi: 4.0.0\npaths: {}\n", "version must be", 1 },
		{ "openapi: 3.1.0\npaths: []\n", "must be an object", 2 },
		{ "openapi: 3.1.0\npaths: {a: {}}\n", "must begin with '/'", 2 },
		{ "openapi: 3.1.0\npaths:\n  /a:\n    get: {parameters: [{in: query}]}\n", "must have a name", 4 },
		{ "openapi: 3.1.0\npaths:\n  /a:\n    get: {parameters: [{name: x, in: body}]}\n", "must say where it is", 4 },
		{ "openapi: 3.1.0\npaths:\n  /a:\n    get: {responses: {ok: {description: x}}}\n", "must be a status", 4 },
		{ "openapi: 3.1.0\npaths:\n  /a:\n    get: {parameters: [{$ref: '#/components/parameters/None'}]}\n", "", 4 },
		{ "openapi: 3.1.0\npaths:\n  /a:\n    get: {parameters: [{$ref: 'https://example.com/p.yaml#/P'}]}\n", "", 4 },
		{ "openapi: 3.1.0\npaths:\n  /a: {$ref: '#/paths/~1b'}\n  /b: {$ref: '#/paths/~1a'}\n", "", 3 },
		{ API_HEAD "            application/json: {schema: {$ref: 'none.yaml#/X'}}\n", "", 10 },
		{ API_HEAD "            application/json: {schema: {type: strange}}\n", "", 10 },
		{ "openapi: 3.1.0\nsecurity: {}\npaths: {}\n", "must be a list", 2 },
		{ "{\"openapi\": \"3.1.0\", \"paths\": {\"/a\": ", "", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct side good = { "a.yaml", "openapi: 3.1.0\npaths: {}\n" }, side = { "a.yaml", bad[i].text };
		struct changes out;
		struct err e = { 0 };
		changes_init(&out);
		assert_false(compare(&good, 1, &side, 1, &out, &e));
		if (e.line != bad[i].line || !strstr(e.message, bad[i].message))
			fail_msg("%s: got %s:%u: %s", bad[i].text, e.file, e.line, e.message);
		assert_true(e.message[0] && e.file[0]);
		changes_release(&out);
	}
}

/* 10,000 levels of anything, and callbacks that lead back to their own path, end. */
static void deep_input(void **state)
{
	struct buf b;
	struct changes out;
	struct err e = { 0 };
	(void)state;
	buf_init(&b, 1 << 20);
	buf_add(&b, STR("{\"openapi\": \"3.1.0\", \"paths\": {\"/a\": {\"get\": {\"responses\": {\"200\": {\"description\": \"x\", \"content\": {\"application/json\": {\"schema\": "));
	for (int i = 0; i < 10000; i++)
		buf_add(&b, STR("{\"items\": "));
	buf_add(&b, STR("{}"));
	for (int i = 0; i < 10000 + 8; i++)
		buf_char(&b, '}');
	buf_char(&b, 0);
	const struct side deep = { "a.json", buf_str(&b).p };
	changes_init(&out);
	assert_false(compare(&deep, 1, &deep, 1, &out, &e));
	assert_true(e.message[0] && e.line == 1);
	changes_release(&out);
	buf_release(&b);
	const struct side circle = { "a.yaml", "openapi: 3.1.0\npaths:\n  /a:\n    post:\n      responses: {'200': {description: x}}\n      callbacks: {c: {$ref: '#/components/callbacks/C'}}\n"
					       "components:\n  callbacks:\n    C: {url: {post: {responses: {'200': {description: x}}, callbacks: {c: {$ref: '#/components/callbacks/C'}}}}}\n" };
	err_clear(&e);
	changes_init(&out);
	assert_true(compare(&circle, 1, &circle, 1, &out, &e));
	assert_int_equal(out.count, 0);
	changes_release(&out);
}

static void documentation(void **state)
{
	static const char text[] = "openapi: 3.1.0\ninfo: {title: Shop, version: '2', description: all of it}\npaths:\n  /orders/{id}:\n    put:\n      summary: change one\n"
				   "      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}\n"
				   "      responses: {'200': {description: fine, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}}}\n"
				   "components:\n  schemas:\n    Order: {type: object, required: [id], properties: {id: {type: integer, description: its number}}}\n    Colour: {enum: [red, 1]}\n";
	struct source s;
	struct err e = { 0 };
	struct buf b;
	struct json_out o;
	(void)state;
	source_init(&s, STR("s"));
	buf_init(&b, 1 << 20);
	assert_true(source_add(&s, STR("api.yaml"), STR(text), &e) && source_sort(&s, &e));
	assert_true(openapi_format.recognises(&s.files[0]));
	struct contract_model *m = openapi_format.read(&s, &e);
	assert_non_null(m);
	json_out_init(&o, &b);
	openapi_format.describe(m, &o);
	static const char *const parts[] = { "\"title\":\"Shop\"", "\"id\":\"PUT /orders/{id}\"", "\"line\":5", "\"request\":{\"type\":\"Order\"}",
		"\"type\":\"[Order]\"", "\"name\":\"Colour\",\"kind\":\"enum\"",
		"\"description\":\"its number\"", "{\"name\":\"red\"},{\"name\":\"1\"}" };
	buf_char(&b, 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(buf_str(&b).p, parts[i]))
			fail_msg("%s is not in %s", parts[i], buf_str(&b).p);
	openapi_format.free(m);
	buf_release(&b);
	source_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(schemas), cmocka_unit_test(pairs), cmocka_unit_test(beside_oasdiff),
		cmocka_unit_test(several_files), cmocka_unit_test(path_items_in_files), cmocka_unit_test(contracts_come_and_go),
		cmocka_unit_test(bad_input), cmocka_unit_test(deep_input), cmocka_unit_test(documentation) };
	return cmocka_run_group_tests(tests, NULL, release_sides);
}
