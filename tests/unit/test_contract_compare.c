/* Comparison of schemas: for each kind of change a pair that breaks in just the directions named, each break with a witness; pairs that must not break; reach, places,
 * limits. In breadth: tests/contract/schema_campaign.c. */
#include "base/check.h"
#include "contract/format.h"
#include "contract/schema/confluent.h"
#include "contract/schema/schema_impl.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct side { struct source source; struct schema_set *set; const struct schema *schema; };

static void open_side(struct side *s, const char *text, enum schema_dialect dialect)
{
	struct err e = { 0 };
	source_init(&s->source, STR("api"));
	assert_true(source_add(&s->source, STR("s.json"), str_z(text), &e) && source_sort(&s->source, &e));
	s->set = schema_set_new(&s->source);
	struct doc_file *f = schema_set_document(s->set, STR("s.json"), &e);
	s->schema = f ? schema_set_read(s->set, f, f->root, dialect, &e) : NULL;
	if (!s->schema)
		fail_msg("%s: %s", text, e.message);
}

static void close_side(struct side *s)
{
	schema_set_free(s->set);
	source_release(&s->source);
}

static void compare(struct side sides[2], int direction, enum schema_position position, bool information, struct changes *out)
{
	const struct contract_options options = { .information = information, .witnesses = true };
	const struct schema_root root = { .operation = STR("op"), .direction = (enum reach_direction)direction, .position = position, .of = STR("op body") };
	struct err e = { 0 };
	changes_init(out);
	struct schema_compare *c = schema_compare_new(sides[0].set, sides[1].set, &options, out, confluent_json_label, NULL);
	assert_true(schema_compare_root(c, sides[0].schema, sides[1].schema, &root));
	if (!schema_compare_run(c, &e))
		fail_msg("%s", e.message);
	schema_compare_free(c);
	changes_done(out);
}

/* Names of the breaking changes and warnings, each with '!' (proved), '?' (unproved) or '~' (a warning) in front. */
static void names(const struct changes *c, struct buf *b)
{
	buf_clear(b);
	for (size_t i = 0; i < c->count; i++) {
		const struct change *x = &c->items[i];
		if (x->level == CHANGE_INFO)
			continue;
		buf_printf(b, "%s%s%s", b->len ? " " : "", x->level == CHANGE_WARNING ? "~" : x->witness.state == WITNESS_PROVED ? "!" : "?", change_infos[x->kind].name.p);
	}
	buf_char(b, 0);
}

#define O(members) "{\"type\":\"object\"," members "}"
static const struct { const char *before, *after, *request, *response; } cases[] = {
	/* types */
	{ "{\"type\":\"integer\"}", "{\"type\":\"number\"}", "", "!type-widened" },
	{ "{\"type\":\"number\"}", "{\"type\":\"integer\"}", "!type-narrowed", "" },
	{ "{\"type\":\"string\"}", "{\"type\":\"integer\"}", "!type-changed", "!type-changed" },
	{ "{\"type\":[\"string\",\"null\"]}", "{\"type\":\"string\"}", "!type-narrowed", "" },
	{ "{\"type\":[\"null\",\"string\"]}", "{\"type\":[\"string\",\"null\"]}", "", "" },
	{ "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "{\"type\":[\"string\",\"integer\"]}", "", "" },
	/* values */
	{ "{\"enum\":[\"a\",\"b\"]}", "{\"enum\":[\"a\"]}", "!enum-value-removed", "" },
	{ "{\"enum\":[\"a\"]}", "{\"enum\":[\"a\",\"b\"]}", "", "!enum-value-added" },
	{ "{\"enum\":[\"a\",1]}", "{\"enum\":[1.0,\"a\"]}", "", "" },
	{ "{\"type\":\"string\"}", "{\"type\":\"string\",\"enum\":[\"a\"]}", "!enum-added", "" },
	{ "{\"enum\":[\"a\"]}", "{\"type\":\"string\"}", "", "!enum-removed" },
	{ "{\"const\":1}", "{\"const\":2}", "!const-changed", "!const-changed" },
	{ "{\"const\":1}", "{\"enum\":[1]}", "", "" },
	{ "{\"enum\":[1,2]}", "{\"enum\":[1,2],\"maximum\":2}", "", "" },
	{ "{\"type\":\"integer\"}", "{\"type\":\"integer\",\"const\":3}", "!const-added", "" },
	/* numbers */
	{ "{\"type\":\"number\",\"minimum\":1}", "{\"type\":\"number\",\"minimum\":2}", "!minimum-raised", "" },
	{ "{\"type\":\"number\",\"minimum\":2}", "{\"type\":\"number\",\"minimum\":1}", "", "!minimum-lowered" },
	{ "{\"type\":\"number\"}", "{\"type\":\"number\",\"maximum\":5}", "!maximum-added", "" },
	{ "{\"type\":\"number\",\"maximum\":5}", "{\"type\":\"number\"}", "", "!maximum-removed" },
	{ "{\"type\":\"number\",\"minimum\":1}", "{\"type\":\"number\",\"exclusiveMinimum\":1}", "!minimum-raised", "" },
	{ "{\"type\":\"number\",\"exclusiveMinimum\":1}", "{\"type\":\"number\",\"exclusiveMinimum\":2}", "!exclusive-minimum-raised", "" },
	{ "{\"type\":\"integer\",\"exclusiveMinimum\":1}", "{\"type\":\"integer\",\"minimum\":2}", "", "" },
	{ "{\"type\":\"string\"}", "{\"type\":\"string\",\"minimum\":5}", "", "" },
	{ "{\"type\":\"integer\",\"multipleOf\":2}", "{\"type\":\"integer\",\"multipleOf\":4}", "!multiple-of-changed", "" },
	{ "{\"type\":\"integer\",\"multipleOf\":6}", "{\"type\":\"integer\",\"multipleOf\":3}", "", "!multiple-of-changed" },
	{ "{\"type\":\"integer\"}", "{\"type\":\"integer\",\"multipleOf\":1}", "", "" },
	/* texts */
	{ "{\"type\":\"string\",\"maxLength\":5}", "{\"type\":\"string\",\"maxLength\":3}", "!max-length-lowered", "" },
	{ "{\"type\":\"string\"}", "{\"type\":\"string\",\"minLength\":0}", "", "" },
	{ "{\"type\":\"string\"}", "{\"type\":\"string\",\"minLength\":1}", "!min-length-added", "" },
	{ "{\"type\":\"string\",\"pattern\":\"^[a-c]+$\"}", "{\"type\":\"string\",\"pattern\":\"^[b-d]+$\"}", "!pattern-changed", "!pattern-changed" },
	{ "{\"type\":\"string\"}", "{\"type\":\"string\",\"pattern\":\"^x\"}", "!pattern-added", "" },
	{ "{\"type\":\"string\",\"pattern\":\"^x\"}", "{\"type\":\"string\"}", "", "!pattern-removed" },
	{ "{\"type\":\"string\",\"pattern\":\"(a)\\\\1\"}", "{\"type\":\"string\",\"pattern\":\"(?<=z)a\"}", "?pattern-changed", "?pattern-changed" },
	/* arrays */
	{ "{\"type\":\"array\"}", "{\"type\":\"array\",\"maxItems\":2}", "!max-items-added", "" },
	{ "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "!type-changed", "!type-changed" },
	{ "{\"type\":\"array\"}", "{\"type\":\"array\",\"uniqueItems\":true}", "!unique-items-added", "" },
	{ "{\"type\":\"array\",\"maxItems\":1}", "{\"type\":\"array\",\"maxItems\":1,\"uniqueItems\":true}", "", "" },
	{ "{\"type\":\"array\"}", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "!items-narrowed", "" },
	{ "{\"type\":\"array\",\"items\":false}", "{\"type\":\"array\"}", "", "!items-opened" },
	{ "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"}]}", "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "!prefix-item-added", "" },
	{ "{\"type\":\"array\"}", "{\"type\":\"array\",\"contains\":{\"type\":\"string\"}}", "!contains-added", "" },
	{ "{\"type\":\"array\",\"contains\":{\"const\":1}}", "{\"type\":\"array\",\"contains\":{\"type\":\"integer\"}}", "", "!contains-changed" },
	{ "{\"type\":\"array\",\"contains\":{\"const\":1},\"minContains\":2}", "{\"type\":\"array\",\"contains\":{\"const\":1}}", "", "!min-contains-lowered" },
	/* objects */
	{ O("\"properties\":{\"a\":{\"type\":\"string\"}}"), O("\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]"), "!property-became-required", "" },
	{ O("\"properties\":{\"a\":{}},\"required\":[\"a\"]"), O("\"properties\":{\"a\":{}}"), "", "!property-became-optional" },
	{ O("\"additionalProperties\":false"), O("\"properties\":{\"a\":{}},\"additionalProperties\":false,\"required\":[\"a\"]"), "!required-property-added", "!property-added" },
	{ O("\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]"), O("\"properties\":{}"), "~required-property-removed", "!required-property-removed" },
	{ O("\"properties\":{}"), O("\"properties\":{\"a\":{\"type\":\"string\"}}"), "~property-added", "" },
	{ O("\"properties\":{}"), O("\"properties\":{\"a\":{}}"), "", "" },
	{ O("\"properties\":{},\"additionalProperties\":false"), O("\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":false"), "", "!property-added" },
	{ O("\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":false"), O("\"additionalProperties\":false"), "!property-removed", "" },
	{ O("\"additionalProperties\":{\"type\":\"string\"}"), O("\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":{\"type\":\"string\"}"), "", "" },
	{ O("\"additionalProperties\":{\"type\":\"string\"}"), O("\"properties\":{\"a\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"string\"}"), "!property-added", "!property-added" },
	{ O("\"properties\":{\"a\":{}}"), O("\"properties\":{\"a\":{}},\"additionalProperties\":false"), "!additional-properties-closed", "" },
	{ O("\"additionalProperties\":false"), O("\"additionalProperties\":true"), "", "!additional-properties-opened" },
	{ O("\"additionalProperties\":true"), O("\"additionalProperties\":{\"type\":\"string\"}"), "!additional-properties-narrowed", "" },
	{ O("\"patternProperties\":{\"^x_\":{\"type\":\"string\"}}"), O("\"patternProperties\":{\"^x_\":{\"type\":\"integer\"}}"), "!type-changed", "!type-changed" },
	{ O("\"title\":\"t\""), O("\"patternProperties\":{\"^x_\":{\"type\":\"integer\"}}"), "!pattern-property-added", "" },
	{ O("\"title\":\"t\""), O("\"propertyNames\":{\"maxLength\":2}"), "!property-names-added", "" },
	{ O("\"title\":\"t\""), O("\"propertyNames\":{\"type\":\"string\"}"), "", "" },
	{ O("\"title\":\"t\""), O("\"dependentRequired\":{\"a\":[\"b\"]}"), "!dependent-required-added", "" },
	{ O("\"required\":[\"b\"]"), O("\"required\":[\"b\"],\"dependentRequired\":{\"a\":[\"b\"]}"), "", "" },
	{ O("\"title\":\"t\""), O("\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}}"), "!dependent-schema-added", "" },
	{ O("\"title\":\"t\""), O("\"minProperties\":1"), "!min-properties-added", "" },
	/* combinations */
	{ "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}", "", "" },
	{ "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}", "", "" },
	{ "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"integer\"},{\"type\":\"null\"}]}", "", "!one-of-branch-added" },
	{ "{\"anyOf\":[{\"title\":\"A\",\"minimum\":5},{\"title\":\"B\",\"maximum\":2}]}", "{\"anyOf\":[{\"title\":\"A\",\"minimum\":5}]}", "!any-of-branch-removed", "" },
	{ "{\"allOf\":[{\"type\":\"string\"},{\"maxLength\":3}]}", "{\"type\":\"string\",\"maxLength\":3}", "", "" },
	{ "{\"allOf\":[{\"type\":\"string\"},{\"maxLength\":3}]}", "{\"allOf\":[{\"type\":\"string\"},{\"maxLength\":2}]}", "!max-length-lowered", "" },
	{ "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"string\"}}}", "{\"$ref\":\"#/$defs/b\",\"$defs\":{\"b\":{\"type\":\"string\"}}}", "", "" },
	{ "{\"type\":\"integer\",\"not\":{\"minimum\":5}}", "{\"type\":\"integer\",\"not\":{\"minimum\":3}}", "!not-changed", "" },
	{ "{\"type\":\"string\"}", "{\"type\":\"string\",\"not\":{\"type\":\"integer\"}}", "", "" },
	{ "{\"type\":\"integer\"}", "{\"type\":\"integer\",\"not\":{\"const\":3}}", "!not-added", "" },
	{ "{\"type\":\"integer\"}", "{\"type\":\"integer\",\"if\":{\"minimum\":5},\"then\":{\"multipleOf\":2}}", "!condition-added", "" },
	{ "{\"if\":{\"type\":\"string\"},\"then\":{\"maxLength\":5}}", "{\"if\":{\"type\":\"string\"},\"then\":{\"maxLength\":4}}", "!condition-changed", "" },
	{ "{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":{}}}],\"unevaluatedProperties\":false}", "{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":{}}}],\"unevaluatedProperties\":false}", "", "" },
	{ "{\"type\":\"object\"}", "{\"type\":\"object\",\"unevaluatedProperties\":false}", "!additional-properties-closed", "" },
	{ "{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":{}}}],\"unevaluatedProperties\":false}",
		"{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":{},\"b\":{\"type\":\"string\"}}}],\"unevaluatedProperties\":false}", "", "!property-added" },
	{ "{\"type\":\"object\",\"anyOf\":[{\"properties\":{\"a\":{}}}]}", "{\"type\":\"object\",\"anyOf\":[{\"properties\":{\"a\":{}}}],\"unevaluatedProperties\":false}",
		"!unevaluated-properties-added", "" },
	{ "{\"type\":\"string\"}", "false", "!values-refused", "" },
	{ "false", "{\"type\":\"string\"}", "", "!values-allowed" },
	/* found by the campaign, by seed */
	{ "{\"type\":[\"integer\",\"array\"],\"anyOf\":[{\"type\":\"number\"},{\"type\":\"array\",\"contains\":{}},false]}", "{\"type\":[\"integer\",\"array\"],\"anyOf\":[{\"type\":\"number\"},false]}", "!any-of-branch-removed", "" }, /* 11044 */
	{ "{\"type\":\"object\",\"propertyNames\":{\"maxLength\":1},\"const\":{\"b\":true}}", "{\"type\":\"object\",\"propertyNames\":{\"maxLength\":1},\"const\":{\"b\":true},\"enum\":[\"\",{}]}",
		"!enum-value-removed", "" }, /* 5081324 */
	/* cycles */
	{ "{\"properties\":{\"next\":{\"$ref\":\"#\"},\"v\":{\"type\":\"integer\"}}}", "{\"properties\":{\"next\":{\"$ref\":\"#\"},\"v\":{\"type\":\"integer\"}}}", "", "" },
	{ "{\"properties\":{\"next\":{\"$ref\":\"#\"},\"v\":{\"type\":\"integer\"}}}", "{\"properties\":{\"next\":{\"$ref\":\"#\"},\"v\":{\"type\":\"string\"}}}", "!type-changed", "!type-changed" },
	{ "{\"properties\":{\"next\":{\"$ref\":\"#\"}}}", "{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"properties\":{\"next\":{\"properties\":{\"next\":{\"$ref\":\"#/$defs/n\"}}}}}}}", "", "" },
	/* annotations */
	{ "{\"type\":\"string\",\"format\":\"date\"}", "{\"type\":\"string\",\"format\":\"uuid\"}", "~format-changed", "~format-changed" },
	{ "{\"type\":\"string\"}", "{\"type\":\"string\",\"format\":\"uuid\"}", "", "" },
	{ "{\"default\":1,\"title\":\"a\"}", "{\"default\":2,\"description\":\"b\"}", "~default-changed", "~default-changed" },
};

static void each_kind(void **state)
{
	struct buf found;
	int wrong = 0;
	(void)state;
	buf_init(&found, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct side sides[2];
		open_side(&sides[0], cases[i].before, SCHEMA_2020_12);
		open_side(&sides[1], cases[i].after, SCHEMA_2020_12);
		for (int direction = REACH_REQUEST; direction <= REACH_RESPONSE; direction++) {
			const char *expected = direction == REACH_REQUEST ? cases[i].request : cases[i].response;
			struct changes c;
			compare(sides, direction, SCHEMA_RECORD, false, &c);
			names(&c, &found);
			if (strcmp(buf_str(&found).p, expected)) {
				print_message("%s -> %s, %s: \"%s\" instead of \"%s\"\n", cases[i].before, cases[i].after, direction == REACH_REQUEST ? "request" : "response", buf_str(&found).p, expected);
				wrong++;
			}
			changes_release(&c);
		}
		close_side(&sides[0]);
		close_side(&sides[1]);
	}
	buf_release(&found);
	assert_int_equal(wrong, 0);
}

/* A change deep inside: one finding, with the whole way in its witness, its places and all that it reaches. */
static void one_finding(void **state)
{
	static const char before[] = "{\"title\":\"Orders\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/Order\"},\"b\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Order\"}}},\n"
				     "\"$defs\":{\"Order\":{\"type\":\"object\",\"properties\":{\"total\":{\"type\":\"integer\",\n  \"minimum\":0}},\"required\":[\"total\"]}}}";
	static const char after[] = "{\"title\":\"Orders\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/Order\"},\"b\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Order\"}}},\n"
				    "\"$defs\":{\"Order\":{\"type\":\"object\",\"properties\":{\"total\":{\"type\":\"integer\",\n\n  \"minimum\":1}},\"required\":[\"total\"]}}}";
	struct side sides[2];
	struct changes c;
	(void)state;
	open_side(&sides[0], before, SCHEMA_2020_12);
	open_side(&sides[1], after, SCHEMA_2020_12);
	compare(sides, REACH_REQUEST, SCHEMA_BODY, true, &c);
	assert_int_equal(c.count, 1);
	const struct change *x = &c.items[0];
	assert_int_equal(x->kind, CHANGE_KIND_SCHEMA_MINIMUM_RAISED);
	assert_true(str_eq(x->subject, STR("s.json#/$defs/Order/properties/total")));
	assert_true(str_eq(x->detail, STR("0 to 1")));
	assert_true(str_eq(x->sentence, STR("Order.total: A least number is tighter (0 to 1)")));
	assert_int_equal(x->old_place.line, 3);
	assert_int_equal(x->new_place.line, 4);
	assert_int_equal(x->new_place.column, 3);
	assert_int_equal(x->witness.state, WITNESS_PROVED);
	assert_int_equal(x->witness.what, WITNESS_REQUEST);
	assert_true(str_eq(x->witness.text, STR("{\"a\":{\"total\":0}}")));
	assert_true(str_eq(x->witness.before, STR("valid")));
	assert_true(str_eq(x->witness.after, STR("/a/total is below 1")));
	assert_int_equal(x->reach_count, 1);
	assert_int_equal(x->reach[0].direction, REACH_REQUEST);
	assert_int_equal(x->rules_count, 1);
	assert_true(str_eq(rule_infos[x->rules[0]].name, STR("MINIMUM_INCREASED")));
	changes_release(&c);
	compare(sides, REACH_RESPONSE, SCHEMA_BODY, false, &c);
	assert_int_equal(c.count, 0);
	changes_release(&c);
	close_side(&sides[0]);
	close_side(&sides[1]);
}

/* A property that callers cannot send may become required: requests lack it as before. */
static void read_only(void **state)
{
	struct side sides[2];
	struct changes c;
	(void)state;
	open_side(&sides[0], O("\"properties\":{\"id\":{\"type\":\"string\",\"readOnly\":true}}"), SCHEMA_OPENAPI_30);
	open_side(&sides[1], O("\"properties\":{\"id\":{\"type\":\"string\",\"readOnly\":true}},\"required\":[\"id\"]"), SCHEMA_OPENAPI_30);
	compare(sides, REACH_REQUEST, SCHEMA_BODY, false, &c);
	assert_int_equal(c.count, 0);
	changes_release(&c);
	compare(sides, REACH_REQUEST, SCHEMA_RECORD, false, &c);
	assert_int_equal(c.count, 1);
	changes_release(&c);
	close_side(&sides[0]);
	close_side(&sides[1]);
}

/* Alternatives that double at each level, on both sides, with a change at the bottom: an answer at once. */
static void exponential(void **state)
{
	struct buf b[2];
	struct side sides[2];
	struct changes c;
	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_init(&b[i], 1 << 20);
		buf_add(&b[i], STR("{\"$ref\":\"#/d/0\",\"d\":["));
		for (int k = 0; k < 30; k++)
			buf_printf(&b[i], "{\"%s\":[{\"$ref\":\"#/d/%d\"},{\"properties\":{\"x\":{\"$ref\":\"#/d/%d\"}}},{\"not\":{\"$ref\":\"#/d/%d\"}}]},", k % 2 ? "oneOf" : "anyOf", k + 1, k + 1, k + 1);
		buf_printf(&b[i], "{\"type\":\"%s\"}]}", i ? "string" : "integer");
		buf_char(&b[i], 0);
		open_side(&sides[i], buf_str(&b[i]).p, SCHEMA_2020_12);
	}
	compare(sides, REACH_REQUEST, SCHEMA_RECORD, false, &c);
	assert_true(changes_at_least(&c, CHANGE_BREAKING) > 0);
	changes_release(&c);
	for (int i = 0; i < 2; i++) {
		close_side(&sides[i]);
		buf_release(&b[i]);
	}
}

static void chain(void **state)
{
	enum { LEVELS = 10000 };
	struct buf b[2];
	struct side sides[2];
	struct changes c;
	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_init(&b[i], 4 << 20);
		buf_add(&b[i], STR("{\"$ref\":\"#/d/0\",\"d\":["));
		for (int k = 0; k < LEVELS; k++)
			buf_printf(&b[i], "{\"properties\":{\"p\":{\"$ref\":\"#/d/%d\"}}},", k + 1);
		buf_printf(&b[i], "{\"type\":\"%s\"}]}", i ? "string" : "integer");
		buf_char(&b[i], 0);
		open_side(&sides[i], buf_str(&b[i]).p, SCHEMA_2020_12);
	}
	compare(sides, REACH_REQUEST, SCHEMA_RECORD, false, &c);
	assert_int_equal(changes_at_least(&c, CHANGE_BREAKING), 1);
	assert_int_equal(c.items[0].witness.state, WITNESS_UNPROVED); /* too deep for a document */
	changes_release(&c);
	for (int i = 0; i < 2; i++) {
		close_side(&sides[i]);
		buf_release(&b[i]);
	}
}

/* Alternatives that have nothing in common, on three levels, each of which may be taken by any other: more pairs than are compared. */
static void too_many_pairs(void **state)
{
	enum { BRANCHES = 40 };
	struct buf b[2];
	struct side sides[2];
	struct changes c;
	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_init(&b[i], 8 << 20);
		buf_add(&b[i], STR("{\"$defs\":{"));
		for (int level = 0; level < 3; level++)
			for (int k = 0; k < BRANCHES; k++) {
				buf_printf(&b[i], "\"%d_%d\":{\"type\":\"object\",\"title\":\"%d_%d_%d\",\"properties\":{\"p\":{\"anyOf\":[", level, k, i, level, k);
				for (int j = 0; j < BRANCHES + i && level < 2; j++)
					buf_printf(&b[i], "%s{\"$ref\":\"#/$defs/%d_%d\",\"title\":\"%d_%d_%d_%d\",\"minProperties\":%d}", j ? "," : "", level + 1, j % BRANCHES, i, level, k, j, k * 2 + i);
				buf_printf(&b[i], "%s]}}},", level < 2 ? "" : i ? "{\"type\":\"string\"}" : "{\"type\":\"integer\"}");
			}
		buf_add(&b[i], STR("\"end\":{}},\"anyOf\":["));
		for (int j = 0; j < BRANCHES + i; j++)
			buf_printf(&b[i], "%s{\"$ref\":\"#/$defs/0_%d\",\"title\":\"%d_%d\"}", j ? "," : "", j % BRANCHES, i, j);
		buf_add(&b[i], STR("]}"));
		buf_char(&b[i], 0);
		open_side(&sides[i], buf_str(&b[i]).p, SCHEMA_2020_12);
	}
	compare(sides, REACH_RESPONSE, SCHEMA_RECORD, false, &c);
	assert_true(changes_at_least(&c, CHANGE_BREAKING) > 0);
	changes_release(&c);
	for (int i = 0; i < 2; i++) {
		close_side(&sides[i]);
		buf_release(&b[i]);
	}
}

/* Confluent's names, read as BACKWARD (what the old schema allowed must fit the new one). Where its users complain that an optional property in an open model is
 * incompatible, it is a warning here, with a record that shows the case. */
static void confluent_names(void **state)
{
	static const struct { const char *before, *after, *name; enum change_level level; } rows[] = {
		{ O("\"properties\":{}"), O("\"properties\":{\"a\":{\"type\":\"string\"}}"), "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", CHANGE_WARNING },
		{ O("\"properties\":{}"), O("\"properties\":{\"a\":{}}"), "PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", CHANGE_INFO },
		{ O("\"additionalProperties\":false"), O("\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":false"), "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", CHANGE_INFO },
		{ O("\"additionalProperties\":false"), O("\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"],\"additionalProperties\":false"),
			"REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", CHANGE_BREAKING },
		{ O("\"additionalProperties\":{\"type\":\"string\"}"), O("\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":{\"type\":\"string\"}"),
			"PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", CHANGE_INFO },
		{ O("\"additionalProperties\":{\"type\":\"string\"}"), O("\"properties\":{\"a\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"string\"}"),
			"PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", CHANGE_BREAKING },
		{ O("\"properties\":{\"a\":{}}"), O("\"properties\":{}"), "PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL", CHANGE_WARNING },
		{ O("\"properties\":{\"a\":{}},\"additionalProperties\":false"), O("\"additionalProperties\":false"), "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", CHANGE_BREAKING },
		{ O("\"properties\":{\"a\":false},\"additionalProperties\":false"), O("\"additionalProperties\":false"), "PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", CHANGE_INFO },
		{ O("\"properties\":{\"a\":{\"type\":\"string\"}}"), O("\"additionalProperties\":{\"type\":[\"string\",\"null\"]}"),
			"PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", CHANGE_INFO },
		{ O("\"properties\":{\"a\":{\"type\":\"string\"}}"), O("\"properties\":{\"a\":{\"type\":\"string\",\"default\":\"x\"}},\"required\":[\"a\"]"),
			"REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED", CHANGE_BREAKING },
		{ O("\"additionalProperties\":true"), O("\"additionalProperties\":false"), "ADDITIONAL_PROPERTIES_REMOVED", CHANGE_BREAKING },
		{ O("\"additionalProperties\":{\"type\":\"string\"}"), O("\"additionalProperties\":true"), "ADDITIONAL_PROPERTIES_EXTENDED", CHANGE_INFO },
		{ "{\"type\":\"integer\",\"multipleOf\":2}", "{\"type\":\"integer\",\"multipleOf\":4}", "MULTIPLE_OF_EXPANDED", CHANGE_BREAKING },
		{ "{\"type\":\"integer\",\"multipleOf\":4}", "{\"type\":\"integer\",\"multipleOf\":2}", "MULTIPLE_OF_REDUCED", CHANGE_INFO },
		{ "{\"type\":\"integer\",\"multipleOf\":4}", "{\"type\":\"integer\",\"multipleOf\":3}", "MULTIPLE_OF_CHANGED", CHANGE_BREAKING },
		{ "{\"enum\":[1]}", "{\"enum\":[1,2]}", "ENUM_ARRAY_EXTENDED", CHANGE_INFO },
		{ "{\"enum\":[1,2]}", "{\"enum\":[1]}", "ENUM_ARRAY_NARROWED", CHANGE_BREAKING },
		{ "{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"string\"}],\"items\":false}",
			"ITEM_ADDED_TO_CLOSED_CONTENT_MODEL", CHANGE_INFO },
		{ "{\"type\":\"string\",\"maxLength\":3}", "{\"type\":\"string\",\"maxLength\":2}", "MAX_LENGTH_DECREASED", CHANGE_BREAKING },
	};
	int wrong = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct side sides[2];
		struct changes c;
		bool found = false;
		open_side(&sides[0], rows[i].before, SCHEMA_2020_12);
		open_side(&sides[1], rows[i].after, SCHEMA_2020_12);
		compare(sides, REACH_REQUEST, SCHEMA_RECORD, true, &c);
		for (size_t k = 0; k < c.count; k++)
			for (size_t n = 0; n < c.items[k].rules_count; n++)
				found |= str_eq(rule_infos[c.items[k].rules[n]].name, str_z(rows[i].name)) && c.items[k].level == rows[i].level;
		if (!found || (rows[i].level != CHANGE_INFO && c.items[0].level != rows[i].level)) {
			print_message("%s -> %s: no %s at level %s\n", rows[i].before, rows[i].after, rows[i].name, change_level_name(rows[i].level));
			for (size_t k = 0; k < c.count; k++)
				print_message("   %s %s\n", change_infos[c.items[k].kind].name.p, change_level_name(c.items[k].level));
			wrong++;
		}
		changes_release(&c);
		close_side(&sides[0]);
		close_side(&sides[1]);
	}
	assert_int_equal(wrong, 0);
}

/* The format: contracts by path, or the only one with the only one; documentation. */
static void format(void **state)
{
	static const char before[] = "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}";
	static const char after[] = "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"title\":\"Order\",\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"description\":\"d\"}},\"definitions\":"
				    "{\"Kind\":{\"enum\":[\"x\",\"y\"]}}}";
	const struct contract_options options = { .witnesses = true };
	struct source o, n;
	struct changes c;
	struct err e = { 0 };
	(void)state;
	source_init(&o, STR("old"));
	source_init(&n, STR("new"));
	assert_true(source_add(&o, STR("order.json"), str_z(before), &e) && source_sort(&o, &e));
	assert_true(source_add(&n, STR("order-v2.json"), str_z(after), &e) && source_add(&n, STR("other.json"), STR("{}"), &e) && source_sort(&n, &e));
	changes_init(&c);
	assert_true(contract_compare(&o, &n, &options, &c, &e));
	assert_int_equal(c.count, 1);
	assert_int_equal(c.items[0].kind, CHANGE_KIND_SCHEMA_TYPE_CHANGED);
	assert_int_equal(c.items[0].reach[0].direction, REACH_BOTH);
	assert_true(str_eq(rule_infos[c.items[0].rules[0]].name, STR("TYPE_CHANGED")));
	changes_release(&c);
	assert_true(source_add(&n, STR("k.schema.yaml"), STR("type: string\n"), &e) && source_sort(&n, &e));
	changes_init(&c);
	assert_true(contract_compare(&o, &n, &options, &c, &e));
	assert_int_equal(changes_at_least(&c, CHANGE_BREAKING), 1);
	assert_int_equal(c.items[0].kind, CHANGE_KIND_CONTRACT_REMOVED);
	changes_release(&c);
	struct contract_model *m = json_schema_format.read(&n, &e);
	struct buf b;
	struct json_out out;
	buf_init(&b, 1 << 16);
	json_out_init(&out, &b);
	json_schema_format.describe(m, &out);
	buf_char(&b, 0);
	assert_non_null(strstr(buf_str(&b).p, "{\"name\":\"Order\",\"kind\":\"message\",\"deprecated\":false,\"line\":1,\"fields\":[{\"name\":\"a\",\"type\":\"integer\",\"required\":false,\"description\":\"d\""));
	assert_non_null(strstr(buf_str(&b).p, "\"name\":\"Kind\",\"kind\":\"enum\""));
	json_schema_format.free(m);
	buf_release(&b);
	source_release(&o);
	source_release(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_kind), cmocka_unit_test(one_finding), cmocka_unit_test(read_only), cmocka_unit_test(exponential), cmocka_unit_test(chain), cmocka_unit_test(too_many_pairs), cmocka_unit_test(confluent_names),
		cmocka_unit_test(format) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
