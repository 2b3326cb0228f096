/* Schemas: reading in each dialect, references, what is refused and where, validation. Validation in breadth is checked beside ajv (tests/contract/schema_ajv.mjs). */
#include "base/check.h"
#include "contract/schema/schema_impl.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct file { const char *path, *text; };
struct world { struct source source; struct schema_set *set; struct err err; const struct schema *schema; };

static void open_files(struct world *w, enum schema_dialect dialect, const struct file *files, size_t count, struct str pointer)
{
	*w = (struct world){ 0 };
	source_init(&w->source, STR("api"));
	for (size_t i = 0; i < count; i++)
		assert_true(source_add(&w->source, str_z(files[i].path), str_z(files[i].text), &w->err));
	assert_true(source_sort(&w->source, &w->err));
	w->set = schema_set_new(&w->source);
	struct doc_file *f = schema_set_document(w->set, str_z(files[0].path), &w->err);
	const struct doc *node = f ? doc_pointer(f->root, pointer) : NULL;
	w->schema = node ? schema_set_read(w->set, f, node, dialect, &w->err) : NULL;
	assert_int_equal(w->schema != NULL, !err_is_set(&w->err));
}

static void open_one(struct world *w, enum schema_dialect dialect, const char *text)
{
	const struct file f = { "s.json", text };
	open_files(w, dialect, &f, 1, STR(""));
}

static void close_world(struct world *w)
{
	schema_set_free(w->set);
	source_release(&w->source);
}

static bool takes(struct world *w, const char *instance, enum schema_use use, struct schema_fault *fault)
{
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	struct str boxed = arena_printf(&a, "[%s]", instance);
	struct doc_file *f = doc_parse(&a, STR("i"), boxed, &e);
	assert_non_null(f);
	bool valid = schema_valid(w->schema, &f->root->items[0], use, fault);
	arena_release(&a);
	return valid;
}

/* Each dialect says "above 1, or nothing" its own way. */
static void dialects(void **state)
{
	static const struct { enum schema_dialect dialect; const char *schema, *valid, *invalid; } cases[] = {
		{ SCHEMA_DRAFT4, "{\"minimum\":1,\"exclusiveMinimum\":true}", "2", "1" },
		{ SCHEMA_DRAFT6, "{\"exclusiveMinimum\":1}", "2", "1" },
		{ SCHEMA_OPENAPI_30, "{\"type\":\"number\",\"minimum\":1,\"exclusiveMinimum\":true,\"nullable\":true}", "null", "1" },
		{ SCHEMA_OPENAPI_30, "{\"type\":\"number\",\"nullable\":false}", "1", "null" },
		{ SCHEMA_SWAGGER_2, "{\"type\":\"string\",\"x-nullable\":true}", "null", "1" },
		{ SCHEMA_OPENAPI_31, "{\"type\":[\"number\",\"null\"],\"exclusiveMinimum\":1}", "null", "1" },
		{ SCHEMA_DRAFT4, "{\"const\":1}", "2", "" },
		{ SCHEMA_DRAFT7, "{\"const\":1}", "1.0", "2" },
		{ SCHEMA_OPENAPI_30, "{\"const\":1,\"type\":\"integer\"}", "2", "\"\"" },
		{ SCHEMA_DRAFT7, "{\"items\":[{\"type\":\"string\"}],\"additionalItems\":false}", "[\"a\"]", "[\"a\",1]" },
		{ SCHEMA_2020_12, "{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "[\"a\"]", "[\"a\",1]" },
		{ SCHEMA_DRAFT7, "{\"dependencies\":{\"a\":[\"b\"]}}", "{\"b\":1}", "{\"a\":1}" },
		{ SCHEMA_2019_09, "{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"b\":1}", "{\"a\":1}" },
		{ SCHEMA_DRAFT7, "{\"$ref\":\"#/definitions/s\",\"maxLength\":1,\"definitions\":{\"s\":{\"type\":\"string\"}}}", "\"long\"", "1" },
		{ SCHEMA_2019_09, "{\"$ref\":\"#/$defs/s\",\"maxLength\":1,\"$defs\":{\"s\":{\"type\":\"string\"}}}", "\"l\"", "\"long\"" },
		{ SCHEMA_DRAFT7, "{\"required\":[\"a\"],\"properties\":{\"b\":{\"required\":true}}}", "{\"a\":1,\"b\":2}", "{}" },
		{ SCHEMA_2020_12, "{\"pattern\":\"^\\\\p{Lu}\\\\d+$\"}", "\"\xc3\x89" "12\"", "\"a1\"" },
		{ SCHEMA_2020_12, "{\"pattern\":\"^[^]]\\\\u0041\\\\s$\"}", "\"x]A\xc2\xa0\"", "\"xA\"" },
		{ SCHEMA_2020_12, "{\"minLength\":2,\"maxLength\":2}", "\"\xf0\x9f\x98\x80\xc3\xa9\"", "\"abc\"" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;
		open_one(&w, cases[i].dialect, cases[i].schema);
		if (!w.schema)
			fail_msg("%s: %s", cases[i].schema, w.err.message);
		if (!takes(&w, cases[i].valid, SCHEMA_USE_ANY, NULL))
			fail_msg("%s must take %s", cases[i].schema, cases[i].valid);
		if (cases[i].invalid[0] && takes(&w, cases[i].invalid, SCHEMA_USE_ANY, NULL))
			fail_msg("%s must not take %s", cases[i].schema, cases[i].invalid);
		close_world(&w);
	}
}

static void faults(void **state)
{
	struct world w;
	struct schema_fault f;
	(void)state;
	open_one(&w, SCHEMA_2020_12, "{\"properties\":{\"a/b\":{\"items\":{\"type\":\"integer\"}}},\"required\":[\"c\"]}");
	assert_false(takes(&w, "{\"c\":1,\"a/b\":[1,\"x\"]}", SCHEMA_USE_ANY, &f));
	assert_string_equal(f.instance, "/a~1b/1");
	assert_string_equal(f.keyword, "type");
	assert_string_equal(f.message, "is string; allowed: integer");
	assert_false(takes(&w, "{}", SCHEMA_USE_ANY, &f));
	assert_string_equal(f.message, "`c` is missing");
	close_world(&w);
}

/* OpenAPI: what is readOnly need not be sent, what is writeOnly does not come back. */
static void uses(void **state)
{
	struct world w;
	(void)state;
	open_one(&w, SCHEMA_OPENAPI_30,
		"{\"required\":[\"id\",\"secret\"],\"properties\":{\"id\":{\"readOnly\":true},\"secret\":{\"allOf\":[{\"type\":\"string\",\"writeOnly\":true}]}}}");
	assert_true(takes(&w, "{\"secret\":\"s\"}", SCHEMA_USE_REQUEST, NULL));
	assert_false(takes(&w, "{\"secret\":\"s\"}", SCHEMA_USE_RESPONSE, NULL));
	assert_true(takes(&w, "{\"id\":1}", SCHEMA_USE_RESPONSE, NULL));
	assert_false(takes(&w, "{\"id\":1}", SCHEMA_USE_REQUEST, NULL));
	assert_false(takes(&w, "{\"id\":1}", SCHEMA_USE_ANY, NULL));
	close_world(&w);
}

static void references(void **state)
{
	static const struct file relative[] = { { "api/a.yaml", "properties:\n  x:\n    $ref: ../common/b.json#/$defs/x\n" }, { "common/b.json", "{\"$defs\":{\"x\":{\"$ref\":\"#/$defs/y\"},\"y\":{\"type\":\"integer\"}}}" } };
	static const struct file named[] = { { "a.json", "{\"$id\":\"http://127.0.0.1/s/a\",\"$ref\":\"b#here\"}" }, { "b.json", "{\"$id\":\"http://127.0.0.1/s/b\",\"$defs\":{\"k\":{\"$anchor\":\"here\",\"type\":\"string\"}}}" } };
	static const struct file beside[] = { { "a.json", "{\"$id\":\"http://127.0.0.1/s/a.json\",\"$ref\":\"b.json\"}" }, { "b.json", "{\"type\":\"string\"}" } };
	static const struct file tree[] = { { "a.json",
		"{\"$id\":\"t\",\"$dynamicAnchor\":\"node\",\"$ref\":\"#/$defs/tree\",\"unevaluatedProperties\":false,\"$defs\":{\"tree\":{\"$id\":\"u\",\"$dynamicAnchor\":\"node\",\"properties\":{\"kids\":"
		"{\"items\":{\"$dynamicRef\":\"#node\"}}}}}}" } };
	struct world w;
	(void)state;
	open_files(&w, SCHEMA_2020_12, relative, 2, STR(""));
	assert_non_null(w.schema);
	assert_true(takes(&w, "{\"x\":1}", SCHEMA_USE_ANY, NULL));
	assert_false(takes(&w, "{\"x\":\"\"}", SCHEMA_USE_ANY, NULL));
	close_world(&w);
	open_files(&w, SCHEMA_2020_12, named, 2, STR(""));
	assert_non_null(w.schema);
	assert_false(takes(&w, "1", SCHEMA_USE_ANY, NULL));
	close_world(&w);
	open_files(&w, SCHEMA_2020_12, beside, 2, STR(""));
	assert_non_null(w.schema);
	assert_false(takes(&w, "1", SCHEMA_USE_ANY, NULL));
	close_world(&w);
	open_files(&w, SCHEMA_2020_12, tree, 1, STR(""));
	assert_non_null(w.schema);
	assert_true(takes(&w, "{\"kids\":[{\"kids\":[]}]}", SCHEMA_USE_ANY, NULL));
	assert_false(takes(&w, "{\"kids\":[{\"other\":1}]}", SCHEMA_USE_ANY, NULL));
	close_world(&w);
}

static void refused(void **state)
{
	static const struct { enum schema_dialect dialect; const char *schema; uint32_t line, column; const char *words; } cases[] = {
		{ SCHEMA_2020_12, "{\"$ref\":\"#/$defs/none\"}", 1, 9, "leads to nowhere" },
		{ SCHEMA_2020_12, "{\n \"$ref\":\"none.json\"}", 2, 9, "which api does not have" },
		{ SCHEMA_2020_12, "{\"$ref\":\"http://127.0.0.1/x.json\"}", 1, 9, "nothing is fetched" },
		{ SCHEMA_2020_12, "{\"$ref\":\"../../x.json\"}", 1, 9, "leads out of" },
		{ SCHEMA_2020_12, "{\"$ref\":\"/etc/passwd\"}", 1, 9, "leads out of" },
		{ SCHEMA_2020_12, "{\"$ref\":\"#\"}", 1, 1, "break the circle" },
		{ SCHEMA_2020_12, "{\"properties\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/properties/a\"}]}}}", 1, 30, "break the circle" },
		{ SCHEMA_2020_12, "{\"$ref\":\"#/title\",\"title\":\"x\"}", 1, 9, "no schema" },
		{ SCHEMA_2020_12, "{\"type\":\"text\"}", 1, 9, "one of" },
		{ SCHEMA_2020_12, "{\"minimum\":\"1\"}", 1, 12, "a number" },
		{ SCHEMA_2020_12, "{\"minLength\":-1}", 1, 14, "whole number" },
		{ SCHEMA_2020_12, "{\"multipleOf\":0}", 1, 15, "above 0" },
		{ SCHEMA_2020_12, "{\"properties\":[]}", 1, 15, "an object with a schema" },
		{ SCHEMA_2020_12, "{\"properties\":{\"a\":1}}", 1, 20, "a schema" },
		{ SCHEMA_2020_12, "{\"required\":[1]}", 1, 13, "property names" },
		{ SCHEMA_2020_12, "{\"enum\":1}", 1, 9, "list of values" },
		{ SCHEMA_2020_12, "[]", 1, 1, "a schema must be" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;
		open_one(&w, cases[i].dialect, cases[i].schema);
		if (w.schema)
			fail_msg("taken: %s", cases[i].schema);
		if (!strstr(w.err.message, cases[i].words) || w.err.line != cases[i].line || w.err.column != cases[i].column)
			fail_msg("%s: %u:%u: %s", cases[i].schema, w.err.line, w.err.column, w.err.message);
		assert_string_equal(w.err.file, "s.json");
		close_world(&w);
	}
}

static void follow(void **state)
{
	static const struct file files[] = { { "a.yaml", "p: {$ref: 'b.yaml#/q'}\nc: {$ref: '#/d'}\nd: {$ref: '#/c'}\n" }, { "b.yaml", "q: {$ref: '#/r'}\nr: {name: x}\n" } };
	struct world w;
	(void)state;
	open_files(&w, SCHEMA_OPENAPI_30, files, 2, STR("/p"));
	struct doc_file *f = schema_set_document(w.set, STR("a.yaml"), &w.err);
	const struct doc *node = doc_get(f->root, STR("p"));
	assert_true(schema_set_follow(w.set, &f, &node, &w.err));
	assert_string_equal(arena_strz(&w.set->arena, f->path).p, "b.yaml");
	assert_true(str_eq(doc_str(doc_get(node, STR("name"))), STR("x")));
	f = schema_set_document(w.set, STR("a.yaml"), &w.err);
	node = doc_get(f->root, STR("c"));
	assert_false(schema_set_follow(w.set, &f, &node, &w.err));
	assert_non_null(strstr(w.err.message, "in a circle"));
	close_world(&w);
}

/* A chain of 20,000 references, a pattern that explodes, alternatives that double at each level: an answer, or an open one, at once. */
static void bounded(void **state)
{
	struct buf b;
	struct world w;
	struct schema_fault f;
	(void)state;
	buf_init(&b, 8 << 20);
	buf_add(&b, STR("{\"$ref\":\"#/d/0\",\"d\":["));
	for (int i = 0; i < 20000; i++)
		buf_printf(&b, "{\"$ref\":\"#/d/%d\"},", i + 1);
	buf_add(&b, STR("{\"type\":\"string\"}]}"));
	buf_char(&b, 0);
	open_one(&w, SCHEMA_2020_12, buf_str(&b).p);
	assert_non_null(w.schema);
	assert_false(takes(&w, "1", SCHEMA_USE_ANY, &f));
	assert_string_equal(f.keyword, "limit");
	close_world(&w);
	open_one(&w, SCHEMA_2020_12, "{\"pattern\":\"^(a+)+$\"}");
	assert_false(takes(&w, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", SCHEMA_USE_ANY, &f));
	close_world(&w);
	buf_clear(&b);
	buf_add(&b, STR("{\"$ref\":\"#/d/0\",\"d\":["));
	for (int i = 0; i < 40; i++)
		buf_printf(&b, "{\"oneOf\":[{\"$ref\":\"#/d/%d\"},{\"$ref\":\"#/d/%d\"}]},", i + 1, i + 1);
	buf_add(&b, STR("{\"type\":\"string\"}]}"));
	buf_char(&b, 0);
	open_one(&w, SCHEMA_2020_12, buf_str(&b).p);
	assert_non_null(w.schema);
	assert_int_equal(schema_check(w.set, w.schema, &(struct doc){ .type = DOC_INT, .i = 1 }, SCHEMA_USE_ANY, NULL), VALIDITY_UNKNOWN);
	close_world(&w);
	buf_release(&b);
}

static void type_texts(void **state)
{
	static const struct { const char *schema, *text; } cases[] = {
		{ "{\"type\":\"string\"}", "string" }, { "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Order\"},\"$defs\":{\"Order\":{}}}", "[Order]" },
		{ "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}", "map<string, integer>" }, { "{\"type\":[\"number\",\"null\"]}", "null, number" },
		{ "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"integer\",\"format\":\"int64\"}]}", "string or integer (int64)" }, { "true", "any" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;
		open_one(&w, SCHEMA_2020_12, cases[i].schema);
		assert_non_null(w.schema);
		assert_string_equal(arena_strz(&w.set->arena, schema_type_text(w.set, w.schema)).p, cases[i].text);
		close_world(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(dialects), cmocka_unit_test(faults), cmocka_unit_test(uses), cmocka_unit_test(references), cmocka_unit_test(refused),
		cmocka_unit_test(follow), cmocka_unit_test(bounded), cmocka_unit_test(type_texts) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
