/* Protobuf contracts: what is wrong gets place and remedy, limits hold, places and comments are right, renamed and recursive messages, reach, descriptor sets. */
#include "contract/format.h"
#include "contract/proto/proto.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct file { const char *path, *text; };
enum { FILES = 4 };

static struct contract_model *read_files(struct source *s, const struct file *files, struct err *e)
{
	source_init(s, STR("api"));
	for (size_t i = 0; i < FILES && files[i].path; i++)
		assert_true(source_add(s, str_z(files[i].path), str_z(files[i].text), e));
	assert_true(source_sort(s, e));
	return proto_format.read(s, e);
}

/* Rows: a text, the place of its fault, words of the message. */
static void faults(void **state)
{
	static const struct { const char *text; uint32_t line, column; const char *message; } rows[] = {
		{ "syntax = \"proto3\";\nmessage A {\n  string id = ;\n}\n", 3, 15, "number" },
		{ "syntax = \"proto3\";\nmessage A {\n  string id = 1\n}\n", 4, 1, "`;` behind the field" },
		{ "syntax = \"proto3\";\nmessage A {\n  string id = 1;\n", 4, 1, "cut off" },
		{ "syntax = \"proto3\";\nmessage A { /* no end", 2, 13, "close it with */" },
		{ "syntax = \"proto3\";\noption java_package = \"x;\n", 2, 23, "close it with its quote" },
		{ "syntax = \"proto4\";\n", 1, 10, "proto2" },
		{ "edition = \"2031\";\n", 1, 11, "2023 and 2024" },
		{ "syntax = \"proto3\";\nmessage A { B b = 1; }\n", 2, 13, "`B` is not known here" },
		{ "syntax = \"proto3\";\nimport \"gone.proto\";\n", 2, 1, "no such file" },
		{ "syntax = \"proto3\";\nmessage A { int32 a = 1; int32 b = 1; }\n", 2, 26, "stands twice" },
		{ "syntax = \"proto3\";\nmessage A { int32 a = 1; int32 a = 2; }\n", 2, 26, "stands twice" },
		{ "syntax = \"proto3\";\nmessage A { reserved 2 to 4; int32 a = 3; }\n", 2, 30, "reserved" },
		{ "syntax = \"proto3\";\nmessage A { reserved \"a\"; int32 a = 3; }\n", 2, 27, "reserved" },
		{ "syntax = \"proto3\";\nmessage A { int32 a = 19001; }\n", 2, 13, "Protobuf's own" },
		{ "syntax = \"proto3\";\nmessage A { int32 a = 536870912; }\n", 2, 23, "from 1 to" },
		{ "syntax = \"proto3\";\nenum E { A = 1; }\n", 2, 10, "number 0" },
		{ "syntax = \"proto3\";\nenum E { }\n", 2, 1, "at least one" },
		{ "syntax = \"proto3\";\nmessage A { required int32 a = 1; }\n", 2, 13, "proto2 only" },
		{ "syntax = \"proto2\";\nmessage A { int32 a = 1; }\n", 2, 13, "`optional`, `required` or `repeated`" },
		{ "syntax = \"proto3\";\nmessage A { int32 a = 1 [deprecatd = true]; }\n", 2, 26, "no option `deprecatd`" },
		{ "syntax = \"proto3\";\nmessage A { int32 a = 1 [deprecated = 5]; }\n", 2, 26, "of type bool" },
		{ "syntax = \"proto2\";\nmessage A { optional int32 a = 1 [default = \"x\"]; }\n", 2, 35, "of type int32" },
		{ "syntax = \"proto3\";\nmessage A { map<double, string> a = 1; }\n", 2, 17, "map's key" },
		{ "syntax = \"proto3\";\nmessage A {}\nmessage A {}\n", 3, 1, "already in" },
		{ "syntax = \"proto3\";\nservice S { rpc A(B) returns (C); }\n", 2, 13, "`B` is not known here" },
		{ "syntax = \"proto3\";\nimport \"a.proto\";\n", 2, 1, "circle" },
		{ "syntax = \"proto3\";\nmessage \xc3\xa4 {}\n", 2, 9, "comments and strings only" },
		{ "syntax = \"proto3\";\nmessage A { extensions 5 to 2; }\n", 2, 29, "ends behind its beginning" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct source s;
		struct err e = { 0 };
		const struct file files[FILES] = { { "a.proto", rows[i].text } };
		struct contract_model *m = read_files(&s, files, &e);
		if (m || !strstr(e.message, rows[i].message) || e.line != rows[i].line || e.column != rows[i].column || strcmp(e.file, "a.proto"))
			fail_msg("%s%s:%u:%u: %s", rows[i].text, e.file, e.line, e.column, m ? "(read)" : e.message);
		source_release(&s);
	}
}

static void far_faults(void **state)
{
	struct source s;
	struct err e = { 0 };
	(void)state;
	const struct file circle[FILES] = { { "a.proto", "syntax = \"proto3\";\nimport \"b.proto\";\n" }, { "b.proto", "syntax = \"proto3\";\nimport \"c.proto\";\n" },
		{ "c.proto", "syntax = \"proto3\";\n\nimport \"a.proto\";\n" } };
	assert_null(read_files(&s, circle, &e));
	assert_non_null(strstr(e.message, "a.proto → b.proto → c.proto → a.proto"));
	assert_string_equal(e.file, "c.proto");
	assert_int_equal(e.line, 3);
	source_release(&s);
	err_clear(&e);
	const struct file unseen[FILES] = { { "a.proto", "syntax = \"proto3\";\npackage p;\nmessage A { B b = 1; }\n" }, { "b.proto", "syntax = \"proto3\";\npackage p;\nmessage B {}\n" } };
	assert_null(read_files(&s, unseen, &e));
	assert_non_null(strstr(e.message, "add: import \"b.proto\";"));
	source_release(&s);
}

/* The proto root need not be the source's: imports are found above the importing file, or under the one folder that has them; a vendored copy counts once. */
static void roots(void **state)
{
	struct source s;
	struct err e = { 0 };
	(void)state;
	const struct file deep[FILES] = { { "api/proto/shop/v1/a.proto", "syntax = \"proto3\";\npackage shop.v1;\nimport \"shop/v1/b.proto\";\nimport \"lib/c.proto\";\nmessage A { B b = 1; lib.C c = 2; }\n" },
		{ "api/proto/shop/v1/b.proto", "syntax = \"proto3\";\npackage shop.v1;\nmessage B {}\n" }, { "vendor/x/lib/c.proto", "syntax = \"proto3\";\npackage lib;\nmessage C {}\n" } };
	struct contract_model *m = read_files(&s, deep, &e);
	if (!m)
		fail_msg("%s: %s", e.file, e.message);
	proto_format.free(m);
	source_release(&s);
	const struct file copies[FILES] = { { "a.proto", "syntax = \"proto3\";\nimport \"two/c.proto\";\nmessage A { lib.C c = 2; }\n" },
		{ "one/c.proto", "syntax = \"proto3\";\npackage lib;\nmessage C {}\n" }, { "two/c.proto", "syntax = \"proto3\";\npackage lib;\nmessage C {}\n" } };
	m = read_files(&s, copies, &e);
	if (!m)
		fail_msg("%s: %s", e.file, e.message);
	proto_format.free(m);
	source_release(&s);
	const struct file different[FILES] = { { "one/c.proto", "syntax = \"proto3\";\npackage lib;\nmessage C {}\n" }, { "two/c.proto", "syntax = \"proto3\";\npackage lib;\nmessage C { int32 n = 1; }\n" } };
	assert_null(read_files(&s, different, &e));
	assert_non_null(strstr(e.message, "already in one/c.proto"));
	source_release(&s);
}

static char *repeat(const char *begin, const char *part, const char *end_part, size_t n)
{
	size_t size = strlen(begin) + n * (strlen(part) + strlen(end_part)) + 1;
	char *text = malloc(size), *at = text;
	assert_non_null(text);
	at += sprintf(at, "%s", begin);
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "%s", part);
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "%s", end_part);
	return text;
}

static void limits(void **state)
{
	static const struct { const char *begin, *part, *end, *message; } rows[] = {
		{ "syntax = \"proto3\";\n", "message A {", "}", "nested more than 100 levels" },
		{ "syntax = \"proto2\";\n", "message A { optional group B = 1 {", "}}", "nested more than 100 levels" },
		{ "syntax = \"proto3\";\noption java_package = ", "{", "}", "nested more than 100 levels" },
		{ "syntax = \"proto3\";\noption java_package = { a: ", "[", "]", "nested more than 100 levels" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct source s;
		struct err e = { 0 };
		char *text = repeat(rows[i].begin, rows[i].part, rows[i].end, 10000);
		const struct file files[FILES] = { { "a.proto", text } };
		assert_null(read_files(&s, files, &e));
		if (!strstr(e.message, rows[i].message))
			fail_msg("%s", e.message);
		source_release(&s);
		free(text);
	}
}

/* Big but within the limits is read, beyond them is told; 50 MiB of one message's fields end soon. */
static void many(void **state)
{
	static const struct { const char *begin; size_t count; const char *message; } rows[] = {
		{ "syntax = \"proto3\";\nmessage A {\n", 9000, NULL },
		{ "syntax = \"proto3\";\nmessage A {\n", 10001, "A has 10001 fields" },
		{ "syntax = \"proto3\";\nmessage A {\n", 2000000, "A has 2000000 fields" },
		{ "syntax = \"proto3\";\nenum A { Z = 0;\n", 20000, "A has 20001 values" },
		{ "syntax = \"proto3\";\nmessage A {\n", 3000, "A has 6000 reserved" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct source s;
		struct err e = { 0 };
		struct buf b;
		buf_init(&b, SOURCE_FILE_MAX + 1024);
		buf_printf(&b, "%s", rows[i].begin);
		for (size_t k = 1; k <= rows[i].count; k++) {
			char line[64];
			int n = snprintf(line, sizeof(line), i < 3 ? "  int32 f%zu = %zu;\n" : i == 3 ? "  V%zu = %zu;\n" : "  reserved %zu, 100%zu;\n", k, k);
			buf_add(&b, str_from(line, (size_t)n));
		}
		buf_printf(&b, "}\n");
		assert_true(buf_ok(&b));
		source_init(&s, STR("api"));
		assert_true(source_add(&s, STR("a.proto"), buf_str(&b), &e) && source_sort(&s, &e));
		struct contract_model *m = proto_format.read(&s, &e);
		if (rows[i].message ? m || !strstr(e.message, rows[i].message) : !m)
			fail_msg("%s", e.message);
		if (m)
			proto_format.free(m);
		source_release(&s);
		buf_release(&b);
	}
}

static void damaged_sets(void **state)
{
	struct source s, t;
	struct err e = { 0 };
	struct buf b;
	(void)state;
	const struct file files[FILES] = { { "a.proto", "syntax = \"proto3\";\npackage p;\nmessage A { map<string, A> all = 1; oneof o { int32 b = 2; } }\n" } };
	struct contract_model *m = read_files(&s, files, &e);
	assert_non_null(m);
	buf_init(&b, 1 << 20);
	assert_true(proto_write_set((struct proto_model *)m, false, &b));
	proto_format.free(m);
	struct str whole = buf_str(&b);
	for (size_t cut = 0; cut <= whole.len; cut++) {
		source_init(&t, STR("set"));
		err_clear(&e);
		assert_true(source_add(&t, STR("a.binpb"), str_sub(whole, 0, cut), &e) && source_sort(&t, &e));
		m = proto_format.read(&t, &e);
		assert_true((m != NULL) != err_is_set(&e));
		assert_true((m != NULL) == (cut == 0 || cut == whole.len));
		if (!m)
			assert_string_equal(e.file, "a.binpb");
		if (m)
			proto_format.free(m);
		source_release(&t);
	}
	buf_release(&b);
	source_release(&s);
}

/* A contract as texts and as a set with its imports is the same contract; a file that buf's image marks as an import is not compared. */
static void sets_and_texts(void **state)
{
	static const char image_import[] = "\xd2\xf6\x03\x02\x08\x01"; /* field 8042: { 1: true } */
	const struct contract_options options = { .information = true };
	const struct file files[FILES] = { { "a.proto", "edition = \"2023\";\npackage p;\nimport \"google/protobuf/timestamp.proto\";\nimport \"b.proto\";\noption features.field_presence = IMPLICIT;\n"
							"message A { google.protobuf.Timestamp t = 1; repeated B b = 2 [features.message_encoding = DELIMITED];\n"
							"string s = 3 [features.field_presence = LEGACY_REQUIRED]; map<int32, B> m = 4; reserved 9 to max; reserved gone; }\n" },
		{ "b.proto", "syntax = \"proto2\";\npackage p;\nmessage B { optional group C = 1 { optional int32 x = 1 [default = -7, json_name = \"y\"]; } extensions 5 to 9; oneof o { E e = 2; } }\n"
			     "enum E { Z = 3; reserved 4 to 6; reserved \"Y\"; }\nextend B { optional E five = 5 [default = Z]; }\nservice S { rpc M(stream B) returns (B) { option deprecated = true; } }\n" } };
	struct source s, t;
	struct err e = { 0 };
	struct buf b;
	struct changes c;
	(void)state;
	struct contract_model *text = read_files(&s, files, &e);
	if (!text)
		fail_msg("%s:%u:%u: %s", e.file, e.line, e.column, e.message);
	buf_init(&b, 1 << 20);
	assert_true(proto_write_set((struct proto_model *)text, true, &b));
	source_init(&t, STR("set"));
	assert_true(source_add(&t, STR("all.binpb"), buf_str(&b), &e) && source_sort(&t, &e));
	struct contract_model *set = proto_format.read(&t, &e);
	if (!set)
		fail_msg("%s: %s", e.file, e.message);
	changes_init(&c);
	assert_true(proto_format.compare(text, set, &options, &c, &e) && proto_format.compare(set, text, &options, &c, &e));
	assert_int_equal(c.count, 0);
	changes_release(&c);
	proto_format.free(set);
	proto_format.free(text);
	source_release(&t);
	/* one file, marked: nothing of it is compared */
	buf_clear(&b);
	buf_add(&b, STR("\x0a\x14\x0a\x07" "c.proto" "\x22\x03\x0a\x01" "A"));
	buf_add(&b, str_from(image_import, 6));
	source_init(&t, STR("image"));
	assert_true(source_add(&t, STR("i.binpb"), buf_str(&b), &e) && source_sort(&t, &e));
	set = proto_format.read(&t, &e);
	if (!set)
		fail_msg("%s: %s", e.file, e.message);
	assert_non_null(map_get(&((struct proto_model *)set)->by_name, STR("A")));
	changes_init(&c);
	assert_true(proto_format.compare(set, NULL, &options, &c, &e));
	assert_int_equal(c.count, 0);
	changes_release(&c);
	proto_format.free(set);
	source_release(&t);
	source_release(&s);
	buf_release(&b);
}

static void compare(const struct file *before, const struct file *after, struct changes *c)
{
	struct source s, t;
	struct err e = { 0 };
	const struct contract_options options = { .information = true, .witnesses = true };
	source_init(&s, STR("old"));
	source_init(&t, STR("new"));
	for (size_t i = 0; i < FILES && before[i].path; i++)
		assert_true(source_add(&s, str_z(before[i].path), str_z(before[i].text), &e));
	for (size_t i = 0; i < FILES && after[i].path; i++)
		assert_true(source_add(&t, str_z(after[i].path), str_z(after[i].text), &e));
	assert_true(source_sort(&s, &e) && source_sort(&t, &e));
	changes_init(c);
	if (!contract_compare(&s, &t, &options, c, &e))
		fail_msg("%s:%u: %s", e.file, e.line, e.message);
	source_release(&s); /* what was found must not live in the sources or models */
	source_release(&t);
}

/* A change in a message that a cycle of messages reaches is one change with all methods that carry it, each with its direction. */
static void reach(void **state)
{
	struct changes c;
	(void)state;
	const char *services = "service S { rpc Get(Ask) returns (Tree); rpc Put(Tree) returns (Ask); rpc Other(Ask) returns (Ask); }\nmessage Ask { int32 n = 1; }\n"
			       "message Tree { Branch left = 1; Branch right = 2; }\nmessage Branch { Tree tree = 1; Leaf leaf = 2; }\n";
	char old_text[1000], new_text[1000];
	snprintf(old_text, sizeof(old_text), "syntax = \"proto3\";\npackage p;\n%smessage Leaf { string name = 1; }\n", services);
	snprintf(new_text, sizeof(new_text), "syntax = \"proto3\";\npackage p;\n%smessage Leaf { int32 name = 1; }\n", services);
	compare((const struct file[FILES]){ { "a.proto", old_text } }, (const struct file[FILES]){ { "a.proto", new_text } }, &c);
	assert_int_equal(c.count, 1);
	const struct change *x = &c.items[0];
	assert_int_equal(x->kind, CHANGE_KIND_PROTO_FIELD_TYPE_CHANGED);
	assert_int_equal(x->reach_count, 2);
	assert_true(str_eq(x->reach[0].operation, STR("p.S/Get")) && x->reach[0].direction == REACH_RESPONSE);
	assert_true(str_eq(x->reach[1].operation, STR("p.S/Put")) && x->reach[1].direction == REACH_REQUEST);
	assert_int_equal(x->witness.state, WITNESS_PROVED);
	assert_int_equal(x->new_place.line, 7);
	assert_int_equal(x->new_place.column, 16);
	changes_release(&c);
}

/* Recursive messages with the same contents under other names are the same on the wire, whichever is looked at first. */
static void renamed_cycle(void **state)
{
	struct changes c;
	(void)state;
	compare((const struct file[FILES]){ { "a.proto", "syntax = \"proto3\";\nmessage A { B b = 1; string s = 2; }\nmessage B { repeated A a = 1; }\n" } },
		(const struct file[FILES]){ { "a.proto", "syntax = \"proto3\";\nmessage C { D b = 1; string s = 2; }\nmessage D { repeated C a = 1; }\n" } }, &c);
	assert_int_equal(c.count, 2);
	for (size_t i = 0; i < c.count; i++) {
		assert_int_equal(c.items[i].kind, CHANGE_KIND_PROTO_MESSAGE_RENAMED);
		assert_int_equal(c.items[i].categories, CHANGE_SOURCE);
	}
	changes_release(&c);
}

/* No contract on one side. */
static void one_side(void **state)
{
	struct changes c;
	(void)state;
	const struct file file[FILES] = { { "a.proto", "syntax = \"proto3\";\nmessage A { int32 a = 1; }\n" } }, none[FILES] = { { NULL, NULL } };
	compare(file, none, &c);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.items[0].kind, CHANGE_KIND_PROTO_FILE_REMOVED);
	changes_release(&c);
	compare(none, file, &c);
	assert_int_equal(changes_at_least(&c, CHANGE_WARNING), 0);
	changes_release(&c);
}

static void documentation(void **state)
{
	struct source s;
	struct err e = { 0 };
	struct buf b;
	struct json_out o;
	(void)state;
	const struct file files[FILES] = { { "a.proto", "// Orders of the shop.\nsyntax = \"proto3\";\npackage shop.v1;\n\n// not of Order\n\n/* An order.\n * In two lines. */\nmessage Order {\n"
							"  string id = 1;  // its id\n  // Lines.\n  repeated string lines = 2 [deprecated = true];\n}\nservice Orders {\n  // Gets one.\n"
							"  rpc Get(Order) returns (stream Order);\n}\n" } };
	struct contract_model *m = read_files(&s, files, &e);
	assert_non_null(m);
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	proto_format.describe(m, &o);
	struct str text = buf_str(&b);
	static const char *const parts[] = { "\"description\":\"Orders of the shop.\"", "\"id\":\"shop.v1.Orders/Get\"", "\"description\":\"Gets one.\"", "\"type\":\"stream shop.v1.Order\"",
		"\"description\":\"An order.\\nIn two lines.\",\"deprecated\":false,\"line\":9", "\"type\":\"string\",\"required\":false,\"description\":\"its id\"",
		"\"type\":\"[string]\",\"required\":false,\"description\":\"Lines.\",\"deprecated\":true" };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (str_find(text, str_z(parts[i])) == SIZE_MAX)
			fail_msg("%s is not in %.*s", parts[i], STR_FMT(text));
	proto_format.free(m);
	source_release(&s);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(faults), cmocka_unit_test(far_faults), cmocka_unit_test(roots), cmocka_unit_test(limits), cmocka_unit_test(many), cmocka_unit_test(damaged_sets), cmocka_unit_test(sets_and_texts), cmocka_unit_test(reach),
		cmocka_unit_test(renamed_cycle), cmocka_unit_test(one_side), cmocka_unit_test(documentation) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
