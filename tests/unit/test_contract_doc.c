/* Documents: JSON and YAML into one tree with places; what is refused, with its place; look-ups, equality, limits. */
#include "contract/doc/doc.h"
#include "base/check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct parsed { struct arena arena; struct err err; struct doc_file *file; };

static void parse(struct parsed *p, struct str text)
{
	*p = (struct parsed){ 0 };
	arena_init(&p->arena, 256 << 20);
	p->file = doc_parse(&p->arena, STR("f"), text, &p->err);
	assert_int_equal(p->file != NULL, !err_is_set(&p->err));
}

static void as_json(struct str text, const char *expected)
{
	struct parsed p;
	struct buf b;
	struct json_out o;
	parse(&p, text);
	if (!p.file)
		fail_msg("%.*s: %s", STR_FMT(text), p.err.message);
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	doc_write(p.file->root, &o);
	buf_char(&b, 0);
	assert_string_equal(buf_str(&b).p, expected);
	buf_release(&b);
	arena_release(&p.arena);
}

static void refused(struct str text, uint32_t line, uint32_t column, const char *words)
{
	struct parsed p;
	parse(&p, text);
	if (p.file)
		fail_msg("taken: %.*s", (int)(text.len < 60 ? text.len : 60), text.p);
	if (!strstr(p.err.message, words) || p.err.line != line || p.err.column != column)
		fail_msg("%.*s: %u:%u: %s", (int)(text.len < 60 ? text.len : 60), text.p, p.err.line, p.err.column, p.err.message);
	assert_string_equal(p.err.file, "f");
	arena_release(&p.arena);
}

static void json_values(void **state)
{
	(void)state;
	as_json(STR("{\"a\":[1,-2,3.5,true,false,null,\"x\",{},[]]}"), "{\"a\":[1,-2,3.5,true,false,null,\"x\",{},[]]}");
	as_json(STR(" [\"\\u00e9\\n\\ud83d\\ude00\",\"\\\"\"] "), "[\"\xc3\xa9\\n\xf0\x9f\x98\x80\",\"\\\"\"]");
	as_json(STR("{\"\\u0061\\\"b\":1,\"\":2}"), "{\"a\\\"b\":1,\"\":2}");
	as_json(STR("[9223372036854775807,9223372036854775808,123456789012345678901234567890,1e3,1.0,-0]"),
		"[9223372036854775807,9.223372036854776e+18,1.2345678901234568e+29,1000,1,0]");
	as_json(STR("\xef\xbb\xbf{\"a\":1}"), "{\"a\":1}");
}

static void json_refused(void **state)
{
	(void)state;
	refused(STR("{\"a\":1,\n \"b\":2,\n \"a\":3}"), 3, 2, "already set in line 1, column 2");
	refused(STR("[1,2"), 1, 5, "ends too early");
	refused(STR("[1,]"), 1, 4, "expected a value");
	refused(STR("[1 2]"), 1, 4, "expected a comma");
	refused(STR("{\"a\":1}}"), 1, 8, "nothing may follow");
	refused(STR("{\"a\":1} x"), 1, 9, "nothing may follow");
	refused(STR("{\"a\":01}"), 1, 6, "begin with a zero");
	refused(STR("{\"a\":1e999}"), 1, 6, "too large");
	refused(STR("{\"a\":-}"), 1, 7, "digit");
	refused(STR("{\"a\":tru}"), 1, 6, "expected a value");
	refused(STR("{\"a\":nulx}"), 1, 6, "expected a value"); /* found by the fuzzer */
	refused(STR("{a:1}"), 1, 2, "key in double quotes");
	refused(STR("{\"a\" 1}"), 1, 6, "colon");
	refused(STR("[\"\\x\"]"), 1, 4, "unknown escape");
	refused(STR("[\"a\nb\"]"), 1, 4, "control character");
	refused(STR("[\"\xff\"]"), 1, 3, "UTF-8");
	refused(STR("[\"\\ud800\"]"), 0, 0, "surrogate");
	refused(STR("[\"abc"), 1, 2, "no closing quote");
}

static void yaml_values(void **state)
{
	(void)state;
	as_json(STR("a: 1\nb: [no, on, 2020-01-01, ~, null, True, 0x1F, 0o17, 1.5, +3, .5, 1e2, 12:30, -7]\n"),
		"{\"a\":1,\"b\":[\"no\",\"on\",\"2020-01-01\",null,null,true,31,15,1.5,3,0.5,100,\"12:30\",-7]}");
	as_json(STR("200: ok\ntrue: yes\n'q': \"e\\u00e9\"\ns: 'it''s'\n"), "{\"200\":\"ok\",\"true\":\"yes\",\"q\":\"e\xc3\xa9\",\"s\":\"it's\"}");
	as_json(STR("a: |\n  x\n  y\nb: >-\n  x\n  y\nc:\nd: two\n  lines\n"), "{\"a\":\"x\\ny\\n\",\"b\":\"x y\",\"c\":null,\"d\":\"two lines\"}");
	as_json(STR("a: !!str 1\nb: !!int \"2\"\nc: !!float 3\nd: .inf\ne: '1'\n"), "{\"a\":\"1\",\"b\":2,\"c\":3,\"d\":\".inf\",\"e\":\"1\"}");
	as_json(STR("base: &b {x: 1, y: [2]}\nuse: *b\nm:\n  <<: *b\n  x: 3\nn:\n  <<: [{y: 9}, *b]\n"),
		"{\"base\":{\"x\":1,\"y\":[2]},\"use\":{\"x\":1,\"y\":[2]},\"m\":{\"x\":3,\"y\":[2]},\"n\":{\"y\":9,\"x\":1}}");
	as_json(STR(""), "null");
	as_json(STR("# only a comment\n"), "null");
	as_json(STR("- &a 1\n- *a\n- &a 2\n- *a\n"), "[1,1,2,2]");
}

static void yaml_refused(void **state)
{
	(void)state;
	refused(STR("a: 1\nb: 2\na: 3\n"), 3, 1, "already set in line 1, column 1");
	refused(STR("a: 1\n---\nb: 2\n"), 2, 1, "second document");
	refused(STR("a: *x\n"), 1, 5, "no anchor");
	refused(STR("a: &x\n  b: *x\n"), 2, 7, "no anchor");
	refused(STR("a: !include x.yaml\n"), 1, 13, "tag");
	refused(STR("a: 1\n b: 2\n"), 1, 4, "check the indentation");
	refused(STR("a: \"x\n"), 1, 5, "without closing quote");
	refused(STR("a: \x01\n"), 1, 4, "control character");
	refused(STR("a: \xff\n"), 1, 4, "UTF-8");
	refused(STR("? [a]\n: 1\n"), 1, 3, "key must be");
	refused(STR("<<: 1\n"), 1, 5, "takes a mapping");
}

/* Each line repeats the one before ten times. */
static void bomb(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 1 << 16);
	buf_add(&b, STR("a0: &a0 [x]\n"));
	for (int i = 1; i < 12; i++) {
		buf_printf(&b, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&b, "%s*a%d", j ? "," : "", i - 1);
		buf_add(&b, STR("]\n"));
	}
	refused(buf_str(&b), 7, 19, "aliases blow");
	buf_release(&b);
}

static void deep(void **state)
{
	static char text[40001];
	(void)state;
	memset(text, '[', 20000);
	memset(text + 20000, ']', 20000);
	refused(str_from(text, 40000), 1, 513, "nested too deeply");
	as_json(str_from(text + 20000 - 3, 6), "[[[]]]");
	struct parsed p;
	parse(&p, str_from(text + 20000 - 512, 1024));
	assert_non_null(p.file);
	struct buf b;
	struct json_out o;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	doc_write(p.file->root, &o);
	assert_int_equal(buf_str(&b).len, 1024);
	buf_release(&b);
	arena_release(&p.arena);
	text[0] = '-';
	text[1] = ' ';
	refused(str_from(text, 20000), 1, 514, "nested too deeply");
}

static void places(void **state)
{
	struct parsed p;
	(void)state;
	parse(&p, STR("{\n \"a\\u0041\": {\"\xc3\xa9\": \"x\", \"n\": 12 }\n}"));
	const struct doc *inner = doc_get(p.file->root, STR("aA"));
	const struct doc_member *m = doc_member(inner, STR("n"));
	struct text_place at = doc_place(p.file, m->key_offset);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.column, 24);
	at = doc_place(p.file, m->value.offset);
	assert_int_equal(at.column, 29);
	at = doc_place(p.file, inner->offset);
	assert_int_equal(at.column, 13);
	arena_release(&p.arena);
	parse(&p, STR("a:\n  'b': \"x\"\n  c: |\n    t\n"));
	inner = doc_get(p.file->root, STR("a"));
	at = doc_place(p.file, inner->members[0].key_offset);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.column, 3);
	at = doc_place(p.file, inner->members[0].value.offset);
	assert_int_equal(at.column, 8);
	arena_release(&p.arena);
}

static void pointers(void **state)
{
	struct parsed p;
	(void)state;
	parse(&p, STR("{\"a/b\":{\"m~n\":[1,{\"{id}\":7}]},\"\":3}"));
	const struct doc *r = p.file->root;
	assert_ptr_equal(doc_pointer(r, STR("")), r);
	assert_ptr_equal(doc_pointer(r, STR("#")), r);
	assert_int_equal(doc_pointer(r, STR("#/a~1b/m~0n/1/%7Bid%7D"))->i, 7);
	assert_int_equal(doc_pointer(r, STR("/a~1b/m~0n/0"))->i, 1);
	assert_int_equal(doc_pointer(r, STR("/"))->i, 3);
	assert_null(doc_pointer(r, STR("/a~1b/m~0n/2")));
	assert_null(doc_pointer(r, STR("/a~1b/m~0n/00")));
	assert_null(doc_pointer(r, STR("/nowhere/x")));
	assert_null(doc_pointer(r, STR("nowhere")));
	arena_release(&p.arena);
}

static void large_objects(void **state)
{
	struct parsed p;
	struct buf b;
	(void)state;
	buf_init(&b, 1 << 20);
	buf_char(&b, '{');
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%s\"k%d\":%d", i ? "," : "", i, i);
	buf_char(&b, '}');
	parse(&p, buf_str(&b));
	for (int i = 0; i < 5000; i++) {
		struct str key = arena_printf(&p.arena, "k%d", i);
		assert_int_equal(doc_get(p.file->root, key)->i, i);
	}
	assert_null(doc_get(p.file->root, STR("k5000")));
	arena_release(&p.arena);
	buf_truncate(&b, buf_str(&b).len - 1);
	buf_add(&b, STR(",\"k77\":1}"));
	parse(&p, buf_str(&b));
	assert_null(p.file);
	assert_non_null(strstr(p.err.message, "\"k77\" is already set in line 1"));
	arena_release(&p.arena);
	buf_release(&b);
}

static void equality(void **state)
{
	static const struct { struct str a, b; bool equal; } cases[] = {
		{ STR_INIT("[1]"), STR_INIT("[1.0]"), true }, { STR_INIT("[1]"), STR_INIT("[true]"), false }, { STR_INIT("[0]"), STR_INIT("[false]"), false },
		{ STR_INIT("{\"a\":1,\"b\":[2]}"), STR_INIT("{\"b\":[2.0],\"a\":1e0}"), true }, { STR_INIT("[1,2]"), STR_INIT("[2,1]"), false },
		{ STR_INIT("[\"\\u0061\"]"), STR_INIT("[\"a\"]"), true }, { STR_INIT("[0.0]"), STR_INIT("[-0.0]"), true },
		{ STR_INIT("[9223372036854775807]"), STR_INIT("[9223372036854775808]"), false }, { STR_INIT("{}"), STR_INIT("[]"), false },
		{ STR_INIT("{\"a\":1}"), STR_INIT("{\"b\":1}"), false },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct parsed a, b;
		parse(&a, cases[i].a);
		parse(&b, cases[i].b);
		assert_int_equal(doc_equal(a.file->root, b.file->root), cases[i].equal);
		assert_int_equal(doc_equal(b.file->root, a.file->root), cases[i].equal);
		if (cases[i].equal)
			assert_true(doc_hash(a.file->root) == doc_hash(b.file->root));
		arena_release(&a.arena);
		arena_release(&b.arena);
	}
}

/* What a tree may take: under four times its text. */
static void memory(void **state)
{
	struct parsed p;
	struct buf b;
	(void)state;
	buf_init(&b, 8 << 20);
	buf_add(&b, STR("{\"schemas\":["));
	for (int i = 0; i < 20000; i++)
		buf_printf(&b, "%s{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\",\"format\":\"int64\"}},\"required\":[\"id\"],\"description\":\"The number %d\"}",
			i ? "," : "", i);
	buf_add(&b, STR("]}"));
	parse(&p, buf_str(&b));
	assert_non_null(p.file);
	assert_true(p.arena.used < 4 * buf_str(&b).len);
	arena_release(&p.arena);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(json_values), cmocka_unit_test(json_refused), cmocka_unit_test(yaml_values), cmocka_unit_test(yaml_refused),
		cmocka_unit_test(bomb), cmocka_unit_test(deep), cmocka_unit_test(places), cmocka_unit_test(pointers), cmocka_unit_test(large_objects),
		cmocka_unit_test(equality), cmocka_unit_test(memory) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
