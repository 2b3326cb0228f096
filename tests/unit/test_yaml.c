/* YAML: the tree and its places, and every kind of mistake with the line and column where a person finds it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include "base/check.h"
#include "base/yaml.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static const struct yaml *parse(const char *text)
{
	struct err e = { 0 };
	const struct yaml *y = yaml_parse(&arena, STR("pleach.yaml"), str_z(text), &e);
	if (!y)
		fail_msg("%s: %u:%u: %s", text, e.line, e.column, e.message);
	return y;
}

static void expect_at(const struct yaml *y, enum yaml_type type, unsigned line, unsigned column)
{
	assert_non_null(y);
	assert_int_equal(y->type, type);
	assert_int_equal(y->line, line);
	assert_int_equal(y->column, column);
}

static void tree_and_places(void **state)
{
	(void)state;
	const struct yaml *y = parse("# comment\nname: orders\nserves:\n  - path: /orders\n    methods: [GET, \"POST\"]\nempty:\nnull: ~\ntext: |\n  two\n  lines\nlast: 'it''s'\n");
	expect_at(y, YAML_MAPPING, 2, 1);
	assert_int_equal(y->count, 6);
	expect_at(yaml_get(y, STR("name")), YAML_SCALAR, 2, 7);
	assert_true(str_eq(yaml_get(y, STR("name"))->text, STR("orders")) && !yaml_get(y, STR("name"))->quoted);
	const struct yaml *serves = yaml_get(y, STR("serves"));
	expect_at(serves, YAML_SEQUENCE, 4, 3);
	expect_at(&serves->items[0], YAML_MAPPING, 4, 5);
	const struct yaml *methods = yaml_get(&serves->items[0], STR("methods"));
	expect_at(methods, YAML_SEQUENCE, 5, 14);
	expect_at(&methods->items[1], YAML_SCALAR, 5, 20);
	assert_true(methods->items[1].quoted && !methods->items[0].quoted && methods->count == 2);
	assert_int_equal(yaml_get(y, STR("empty"))->type, YAML_NULL);
	assert_int_equal(yaml_get(y, STR("null"))->type, YAML_NULL);
	expect_at(yaml_get(y, STR("text")), YAML_SCALAR, 8, 7);
	assert_true(str_eq(yaml_get(y, STR("text"))->text, STR("two\nlines\n")) && yaml_get(y, STR("text"))->quoted);
	expect_at(yaml_get(y, STR("last")), YAML_SCALAR, 11, 7);
	assert_true(str_eq(yaml_get(y, STR("last"))->text, STR("it's")));
	assert_true(y->pairs[5].line == 11 && y->pairs[5].column == 1);
	assert_null(yaml_get(y, STR("none")));
	assert_null(yaml_get(methods, STR("x")));
	assert_null(yaml_get(NULL, STR("x")));
}

static void small_files(void **state)
{
	(void)state;
	expect_at(parse(""), YAML_NULL, 1, 1);
	expect_at(parse("# only a comment\n"), YAML_NULL, 1, 1);
	assert_int_equal(parse("---\n")->type, YAML_NULL);
	expect_at(parse("42"), YAML_SCALAR, 1, 1);
	expect_at(parse("\"\""), YAML_SCALAR, 1, 1);
	expect_at(yaml_get(parse("\"k\": >-\n\n  folded\n  text\n"), STR("k")), YAML_SCALAR, 1, 6);
	assert_int_equal(parse("{\"k\": 1}")->pairs[0].column, 2);
	assert_true(parse("{}")->type == YAML_MAPPING && parse("[]")->type == YAML_SEQUENCE && parse("[]")->count == 0);
	expect_at(yaml_get(parse("a: 1\r\nb: 2\r\n"), STR("b")), YAML_SCALAR, 2, 4);
	expect_at(yaml_get(parse("\xef\xbb\xbf" "a: 1\n"), STR("a")), YAML_SCALAR, 1, 4);
	expect_at(&yaml_get(parse("\xc3\xa4: [\xc3\xbc, x]\n"), STR("\xc3\xa4"))->items[1], YAML_SCALAR, 1, 8); /* columns count characters */
	assert_true(str_eq(yaml_get(parse("a: yes"), STR("a"))->text, STR("yes"))); /* no meaning is given here */
}

static void mistakes(void **state)
{
	(void)state;
	static const struct { const char *text; unsigned line, column; const char *says; } cases[] = {
		{ "a:\n\tb: 2\n", 2, 1, "tab" },
		{ "? n: \t- x", 1, 6, "tab" },
		{ "- ?\n   n:\t? x", 2, 6, "tab" },
		{ "a: 1\na: 2\n", 2, 1, "\"a\" is already set in line 1" },
		{ "x: {a: 1, b: 2, a: 3}\n", 1, 17, "already set" },
		{ "a: &x 1\n", 1, 5, "anchors" },
		{ "a: [*x]\n", 1, 6, "aliases" },
		{ "a: &x {b: 1}\n", 1, 5, "anchors" },
		{ "a: &x [1]\n", 1, 5, "anchors" },
		{ "a:\n  b: 1\n c: 2\n", 3, 2, "wrong indentation" },
		{ "a: 1\n  b: 2\n", 1, 4, "next line" },
		{ "x:\n  - a\n - b\n", 3, 2, "same column" },
		{ "a: 1\nb\nc: 2\n", 2, 1, "colon" },
		{ "a: !!str 5\n", 1, 4, "tags" },
		{ "a: !secret x\n", 1, 4, "tags" },
		{ "---\na: 1\n---\nb: 2\n", 3, 1, "second document" },
		{ "a: 'x\n", 1, 5, "without closing quote" },
		{ "a: b: c\n", 1, 5, "same line" },
		{ "? [a]\n: b\n", 1, 3, "plain text" },
		{ ": x\n", 1, 1, "key is missing" },
		{ "a: @x\n", 1, 4, "'@'" },
		{ "a: ]\n", 1, 4, "bracket" },
		{ "a: \xff\n", 1, 4, "UTF-8" },
		{ "a: 1\nb: \x01\n", 2, 4, "control character" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		const struct yaml *y = yaml_parse(&arena, STR("pleach.yaml"), str_z(cases[i].text), &e);
		if (y || e.code != ERR_FILE_INVALID || e.line != cases[i].line || e.column != cases[i].column || !strstr(e.message, cases[i].says))
			fail_msg("%s: %s:%u:%u: %s", cases[i].text, e.file, e.line, e.column, e.message);
		assert_string_equal(e.file, "pleach.yaml");
	}
	struct err nul = { 0 };
	assert_null(yaml_parse(&arena, STR("f"), str_from("a: 1\n\0", 6), &nul));
	assert_true(nul.line == 2 && nul.column == 1);
}

static void limits(void **state)
{
	(void)state;
	static char text[YAML_MAX_BYTES + 1];
	struct err e = { 0 };
	memset(text, '[', 32);
	memset(text + 32, ']', 32);
	assert_non_null(yaml_parse(&arena, STR("f"), str_from(text, 64), &e));
	memset(text, '[', 33);
	assert_null(yaml_parse(&arena, STR("f"), str_from(text, 33), &e));
	assert_true(e.line == 1 && e.column == 33 && strstr(e.message, "nested too deeply"));
	memset(text, '[', 10000);
	struct err deep = { 0 };
	assert_null(yaml_parse(&arena, STR("f"), str_from(text, 10000), &deep));
	memset(text, '#', sizeof(text));
	struct err large = { 0 };
	assert_null(yaml_parse(&arena, STR("f"), str_from(text, sizeof(text)), &large));
	assert_true(large.code == ERR_FILE_INVALID && strstr(large.message, "1048576"));
	struct arena small;
	struct err full = { 0 };
	arena_init(&small, 4096);
	for (size_t i = 0; i < 2000; i += 4)
		memcpy(text + i, "- x\n", 4);
	assert_null(yaml_parse(&small, STR("f"), str_from(text, 2000), &full));
	assert_int_equal(full.code, ERR_TOO_LARGE);
	arena_release(&small);
}

/* Duplicate keys are looked for in every mapping: many keys must not take quadratic time. */
static void many_keys(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, YAML_MAX_BYTES);
	for (int i = 0; i < 50000; i++)
		buf_printf(&b, "k%d: %d\n", i, i);
	struct err e = { 0 };
	const struct yaml *y = yaml_parse(&arena, STR("f"), buf_str(&b), &e);
	assert_non_null(y);
	assert_true(y->count == 50000 && str_eq(y->pairs[49999].key, STR("k49999")));
	buf_add(&b, STR("k77: again\n"));
	assert_null(yaml_parse(&arena, STR("f"), buf_str(&b), &e));
	assert_true(e.line == 50001 && strstr(e.message, "line 78"));
	buf_release(&b);
}

static void expect_text(const struct buf *file, struct str expected)
{
	struct err e = { 0 };
	const struct yaml *y = yaml_parse(&arena, STR("f"), buf_str(file), &e);
	assert_non_null(y);
	const struct yaml *a = yaml_get(y, STR("a"));
	assert_true(a && str_eq(a->text, expected));
}

/* Texts that libfyaml keeps in many pieces, of every style: once more than about twenty, it loses memory or bytes when asked plainly. */
static void many_pieces(void **state)
{
	(void)state;
	static const struct { const char *head, *piece, *tail, *meaning, *join; } styles[] = {
		{ "a: '", "%d''", "'\n", "%d'", "" },	 { "a: \"", "%d\\n\\x41", "\"\n", "%d\nA", "" },
		{ "a: |\n", "  %d\n", "", "%d\n", "" }, { "a: >-\n", "  %d\n", "", "%d", " " },
		{ "a:\n", "  %d\n", "", "%d", " " },
		{ "a: '", "%d''\xc3\xbf\xf0\x9f\x98\x80", "'\n", "%d'\xc3\xbf\xf0\x9f\x98\x80", "" },
	};
	struct buf file, expected;
	buf_init(&file, 1 << 16);
	buf_init(&expected, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		for (int pieces = 1; pieces < 200; pieces++) {
			buf_clear(&file);
			buf_clear(&expected);
			buf_add(&file, str_z(styles[i].head));
			for (int k = 0; k < pieces; k++) {
				char number[16];
				struct str digits = str_from(number, (size_t)snprintf(number, sizeof(number), "%d", k));
				buf_add(&file, str_sub(str_z(styles[i].piece), 0, str_find_char(str_z(styles[i].piece), '%')));
				buf_add(&file, digits);
				buf_add(&file, str_skip(str_z(styles[i].piece), str_find_char(str_z(styles[i].piece), '%') + 2));
				buf_add(&expected, k ? str_z(styles[i].join) : STR(""));
				buf_add(&expected, digits);
				buf_add(&expected, str_skip(str_z(styles[i].meaning), 2));
			}
			buf_add(&file, str_z(styles[i].tail));
			expect_text(&file, buf_str(&expected));
		}
	}
	buf_release(&file);
	buf_release(&expected);
}

/* Files of other tools (yaml_parse_all): "path=value" of each document, as asked for. */
static void foreign_files(void **state)
{
	static const struct { const char *text, *key, *inner, *value; size_t documents, which; } cases[] = {
		{ "a: 1\n---\na: 2\n", "a", NULL, "2", 2, 1 },
		{ "---\n---\na: 2\n...\n", "a", NULL, "2", 1, 0 },
		{ "x: &x {b: 1}\na: *x\n", "a", "b", "1", 1, 0 },
		{ "x: &x {b: 1, c: 2}\na:\n  <<: *x\n  c: 3\n", "a", "b", "1", 1, 0 },
		{ "x: &x {b: 1, c: 2}\na:\n  <<: *x\n  c: 3\n", "a", "c", "3", 1, 0 },
		{ "x: &x {b: 1}\ny: &y {b: 2, d: 4}\na:\n  <<: [*x, *y]\n", "a", "b", "1", 1, 0 },
		{ "x: &x {b: 1}\ny: &y {b: 2, d: 4}\na:\n  <<: [*x, *y]\n", "a", "d", "4", 1, 0 },
		{ "a: !secret word\n", "a", NULL, "word", 1, 0 },
		{ "x: &x 1\ny: &x 2\na: *x\n", "a", NULL, "2", 1, 0 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct err e = { 0 };
		struct yaml_documents d = { 0 };
		arena_init(&a, 1 << 20);
		assert_true(yaml_parse_all(&a, STR("f.yaml"), str_z(cases[i].text), &d, &e));
		assert_int_equal(d.count, cases[i].documents);
		const struct yaml *y = yaml_get(&d.items[cases[i].which], str_z(cases[i].key));
		y = cases[i].inner ? yaml_get(y, str_z(cases[i].inner)) : y;
		assert_non_null(y);
		assert_true(str_eq(y->text, str_z(cases[i].value)));
		arena_release(&a);
	}
}

/* A node within itself, an anchor of another document, and a billion laughs: the last is read in no time, as nothing is copied. */
static void foreign_tricks(void **state)
{
	static const char *const wrong[] = { "a: &a [*a]\n", "a: *b\n", "a: &b 1\n---\na: *b\n", "a: [\n", "a: 1\na: 2\n" };
	static const char laughs[] = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
				     "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
	(void)state;
	for (size_t i = 0; i <= ARRAY_LEN(wrong); i++) {
		struct arena a;
		struct err e = { 0 };
		struct yaml_documents d = { 0 };
		arena_init(&a, 64 << 10);
		assert_int_equal(yaml_parse_all(&a, STR("f.yaml"), str_z(i < ARRAY_LEN(wrong) ? wrong[i] : laughs), &d, &e), i == ARRAY_LEN(wrong));
		assert_true(i == ARRAY_LEN(wrong) || (e.code == ERR_FILE_INVALID && e.line >= 1));
		arena_release(&a);
	}
}

static void names_of_types(void **state)
{
	(void)state;
	assert_string_equal(yaml_type_name(YAML_NULL), "nothing");
	assert_string_equal(yaml_type_name(YAML_SCALAR), "a value");
	assert_string_equal(yaml_type_name(YAML_SEQUENCE), "a list");
	assert_string_equal(yaml_type_name(YAML_MAPPING), "a mapping");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_and_places), cmocka_unit_test(small_files), cmocka_unit_test(mistakes), cmocka_unit_test(limits),
		cmocka_unit_test(many_keys), cmocka_unit_test(many_pieces), cmocka_unit_test(foreign_files), cmocka_unit_test(foreign_tricks), cmocka_unit_test(names_of_types),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
