/* JSON: what is read, where a fault is said to be, look-ups, and writing (which must give valid JSON of any bytes). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include "base/check.h"
#include "base/json.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 16 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static const struct json *parse(const char *text)
{
	struct err e = { 0 };
	const struct json *j = json_parse(&arena, str_z(text), &e);
	if (!j)
		fail_msg("%s: %s", text, e.message);
	assert_false(err_is_set(&e));
	return j;
}

static void expect_written(const char *text, const char *expected)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	json_out_value(&o, parse(text));
	if (!buf_ok(&b) || !str_eq(buf_str(&b), str_z(expected)))
		fail_msg("%.*s instead of %s", STR_FMT(buf_str(&b)), expected);
	buf_release(&b);
}

static void values(void **state)
{
	(void)state;
	assert_int_equal(parse(" null ")->type, JSON_NULL);
	assert_int_equal(parse("true")->type, JSON_TRUE);
	assert_int_equal(parse("false")->type, JSON_FALSE);
	assert_true(parse("-9223372036854775808")->type == JSON_INT && parse("-9223372036854775808")->i == INT64_MIN);
	assert_true(parse("9223372036854775807")->type == JSON_INT && parse("9223372036854775807")->i == INT64_MAX);
	assert_true(parse("18446744073709551615")->type == JSON_UINT && parse("18446744073709551615")->u == UINT64_MAX);
	assert_true(parse("0.1")->type == JSON_DOUBLE && parse("0.1")->d == 0.1);
	assert_true(parse("1e3")->type == JSON_DOUBLE && parse("\"\"")->type == JSON_STRING && parse("\"\"")->s.p);
	assert_true(parse("[]")->count == 0 && parse("{}")->type == JSON_OBJECT);
	assert_true(str_eq(parse("\"\\u0000\\n\\ud83d\\ude00\"")->s, STR("\0\n\xf0\x9f\x98\x80")));
}

static void legal_but_unusual(void **state)
{
	(void)state;
	assert_true(parse("18446744073709551616")->type == JSON_DOUBLE && parse("18446744073709551616")->d == 18446744073709551616.0);
	expect_written("[-9223372036854775809,\"12345678901234567890123 \\\" 99999999999999999999\"]",
		       "[-9.223372036854776e+18,\"12345678901234567890123 \\\" 99999999999999999999\"]");
	/* Halves of surrogate pairs that stand alone become U+FFFD; whole pairs and escaped backslashes stay. */
	expect_written("{\"\\ud83d\":\"\\udc00\\ud800x\\ud83d\\ude00\\\\ud800\\ud800\\ud83d\\ude00\"}",
		       "{\"\xef\xbf\xbd\":\"\xef\xbf\xbd\xef\xbf\xbdx\xf0\x9f\x98\x80\\\\ud800\xef\xbf\xbd\xf0\x9f\x98\x80\"}");
}

static void look_ups(void **state)
{
	(void)state;
	const struct json *j = parse("{\"a\":1,\"s\":\"x\",\"f\":2.5,\"t\":true,\"u\":18446744073709551615,\"a\":2,\"\":{\"deep\":[null]}}");
	assert_int_equal(j->count, 7);
	assert_int_equal(json_get_i64(j, STR("a"), -1), 2); /* of duplicates the last */
	assert_int_equal(json_get_i64(j, STR("s"), -1), -1);
	assert_int_equal(json_get_i64(j, STR("u"), -1), -1);
	assert_int_equal(json_get_i64(j, STR("none"), -1), -1);
	assert_true(str_eq(json_get_str(j, STR("s"), STR("-")), STR("x")) && str_eq(json_get_str(j, STR("a"), STR("-")), STR("-")));
	assert_true(json_get_f64(j, STR("f"), 0) == 2.5 && json_get_f64(j, STR("a"), 0) == 2 && json_get_f64(j, STR("s"), 7) == 7);
	assert_true(json_get_f64(j, STR("u"), 0) == 18446744073709551615.0);
	assert_true(json_get_bool(j, STR("t"), false) && json_get_bool(j, STR("a"), true) && !json_get_bool(j, STR("a"), false));
	assert_int_equal(json_get(json_get(j, STR("")), STR("deep"))->items[0].type, JSON_NULL);
	assert_null(json_get(json_get(json_get(j, STR("a")), STR("x")), STR("y")));
	assert_null(json_get(NULL, STR("x")));
}

static void faults(void **state)
{
	(void)state;
	static const struct { const char *text; unsigned line, column; const char *says; } cases[] = {
		{ "", 1, 1, "empty" }, { " \n ", 2, 2, "ends too early" }, { "[1,", 1, 4, "ends too early" }, { "[1,]", 1, 4, "expected a value" },
		{ "{\"a\":1,}", 1, 8, "expected a key" }, { "{\"a\" 1}", 1, 6, "colon" }, { "{a:1}", 1, 2, "key in double quotes" },
		{ "[1\n2]", 2, 1, "comma or ]" }, { "{\"a\":1\n \"b\":2}", 2, 2, "comma or }" }, { "[\"x]", 1, 2, "closing quote" },
		{ "\"\n\"", 1, 2, "control character" }, { "[01]", 1, 2, "zero" }, { "[1.]", 1, 4, "decimal point" }, { "-", 1, 2, "minus" },
		{ "[1e]", 1, 4, "exponent" }, { "[1e400]", 1, 2, "too large" }, { "truex", 1, 1, "expected a value" }, { "nul", 1, 1, "expected a value" },
		{ "1 2", 1, 3, "nothing may follow" }, { "[]]", 1, 3, "nothing may follow" }, { "\"\\x\"", 1, 3, "unknown escape" },
		{ "\"\\u12\"", 1, 4, "four hexadecimal" }, { "\"\xff\"", 1, 2, "UTF-8" }, { "\"\xc3\xa9\" x", 1, 5, "nothing may follow" },
		{ "{\"a\":[1,2}", 1, 10, "comma or ]" }, { "[NaN]", 1, 2, "expected a value" }, { "['a']", 1, 2, "expected a value" }, { "{\"a\":1", 1, 7, "comma or }" },
		{ "[1] // no", 1, 5, "nothing may follow" }, { "\xef\xbb\xbf{}", 1, 1, "expected a value" }, { "[+1]", 1, 2, "expected a value" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		const struct json *j = json_parse(&arena, str_z(cases[i].text), &e);
		if (j || e.code != ERR_INPUT || e.line != cases[i].line || e.column != cases[i].column || !strstr(e.message, cases[i].says))
			fail_msg("%s: %d at %u:%u: %s", cases[i].text, e.code, e.line, e.column, e.message);
	}
	struct err nul = { 0 };
	assert_null(json_parse(&arena, str_from("[1\0]", 4), &nul));
	assert_int_equal(nul.column, 3);
}

static struct str nested(size_t levels, char open, char close)
{
	char *text = arena_bytes(&arena, 2 * levels);
	memset(text, open, levels);
	memset(text + levels, close, levels);
	return str_from(text, 2 * levels);
}

static void depth(void **state)
{
	(void)state;
	struct err e = { 0 };
	const struct json *j = json_parse(&arena, nested(JSON_MAX_DEPTH, '[', ']'), &e);
	assert_non_null(j);
	for (int i = 1; i < JSON_MAX_DEPTH; i++)
		j = &j->items[0];
	assert_int_equal(j->count, 0);
	static const size_t levels[] = { JSON_MAX_DEPTH + 1, JSON_MAX_DEPTH + 8, JSON_MAX_DEPTH + 9, 1000, 100000 };
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct err deep = { 0 };
		assert_null(json_parse(&arena, nested(levels[i], '[', ']'), &deep));
		assert_true(deep.code == ERR_INPUT && strstr(deep.message, "deep") && deep.column == JSON_MAX_DEPTH + 1);
	}
}

static void memory(void **state)
{
	(void)state;
	struct arena small;
	struct err e = { 0 };
	arena_init(&small, 4096);
	assert_null(json_parse(&small, STR("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
					   "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
					   "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"),
			       &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	arena_release(&small);
}

/* A text beyond what the kept parser takes, then a small one again. */
static void large(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 4 << 20);
	buf_char(&b, '[');
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "%d,", i);
	buf_add(&b, STR("\"end\"]"));
	struct err e = { 0 };
	const struct json *j = json_parse(&arena, buf_str(&b), &e);
	assert_non_null(j);
	assert_true(j->count == 100001 && j->items[99999].i == 99999 && str_eq(j->items[100000].s, STR("end")));
	buf_release(&b);
	assert_int_equal(parse("[7]")->items[0].i, 7);
}

static void write_all_kinds(struct json_out *o)
{
	json_out_object(o);
	json_kv_str(o, "s", STR("a\"\\\n\r\t\x01\x7f\xc3\xa9"));
	json_kv_i64(o, "i", INT64_MIN);
	json_kv_u64(o, "u", UINT64_MAX);
	json_kv_f64(o, "f", 0.1);
	json_kv_f64(o, "nan", NAN);
	json_kv_bool(o, "b", true);
	json_out_key(o, STR("list"));
	json_out_array(o);
	json_out_null(o);
	json_out_hex(o, (const uint8_t *)"\x01\xff", 2);
	json_out_raw(o, STR("{\"x\":1}"));
	json_out_object(o);
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
}

static void written(void **state)
{
	(void)state;
	struct buf b;
	struct json_out o;
	buf_init(&b, 10000);
	json_out_init(&o, &b);
	write_all_kinds(&o);
	assert_true(str_eq(buf_str(&b), STR("{\"s\":\"a\\\"\\\\\\n\\r\\t\\u0001\x7f\xc3\xa9\",\"i\":-9223372036854775808,\"u\":18446744073709551615,\"f\":0.1,"
		"\"nan\":null,\"b\":true,\"list\":[null,\"01ff\",{\"x\":1},{}]}")));
	buf_clear(&b);
	json_out_init(&o, &b);
	o.pretty = true;
	json_out_object(&o);
	json_kv_i64(&o, "a", 1);
	json_out_key(&o, STR("b"));
	json_out_array(&o);
	json_out_i64(&o, 2);
	json_out_array(&o);
	json_out_end(&o);
	json_out_end(&o);
	json_out_end(&o);
	assert_true(str_eq(buf_str(&b), STR("{\n  \"a\": 1,\n  \"b\": [\n    2,\n    []\n  ]\n}")));
	buf_release(&b);
}

static void any_bytes_become_text(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10000);
	json_quote(&b, str_from("a\xff\xc3\xe2\x82z\xed\xa0\x80\0", 10));
	assert_true(str_eq(buf_str(&b), STR("\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\u0000\"")));
	unsigned random = 7;
	for (int round = 0; round < 2000; round++) {
		char text[64];
		struct err e = { 0 };
		for (size_t i = 0; i < sizeof(text); i++) {
			random = random * 1103515245 + 12345;
			text[i] = (char)(random >> 16);
		}
		buf_clear(&b);
		json_quote(&b, str_from(text, sizeof(text)));
		assert_non_null(json_parse(&arena, buf_str(&b), &e));
		arena_reset(&arena);
	}
	buf_release(&b);
}

static void doubles_round_trip(void **state)
{
	(void)state;
	static const struct { double v; const char *text; } cases[] = {
		{ 0, "0" }, { -0.0, "-0.0" }, { 3, "3" }, { 0.1, "0.1" }, { 1e21, "1e+21" }, { 5e-324, "4.94065645841247e-324" }, { 1.0 / 3, "0.3333333333333333" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" }, { INFINITY, "null" },
	};
	struct buf b;
	buf_init(&b, 100);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json_out o;
		buf_clear(&b);
		json_out_init(&o, &b);
		json_out_f64(&o, cases[i].v);
		if (!str_eq(buf_str(&b), str_z(cases[i].text)))
			fail_msg("%.*s instead of %s", STR_FMT(buf_str(&b)), cases[i].text);
	}
	uint64_t bits = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		struct json_out o;
		double v, back;
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&v, &bits, sizeof(v));
		if (!isfinite(v))
			continue;
		buf_clear(&b);
		json_out_init(&o, &b);
		json_out_f64(&o, v);
		assert_true(str_to_f64(buf_str(&b), &back) && back == v);
	}
	buf_release(&b);
}

static void too_deep_to_write(void **state)
{
	(void)state;
	struct buf b;
	struct json_out o;
	struct err e = { 0 };
	const struct json *deep = json_parse(&arena, nested(JSON_MAX_DEPTH, '[', ']'), &e);
	buf_init(&b, 10000);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("a"));
	json_out_value(&o, deep);
	json_kv_str(&o, "b", STR("x"));
	json_out_end(&o);
	assert_false(buf_ok(&b)); /* 65 levels: refused as a whole, without harm */
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(legal_but_unusual), cmocka_unit_test(look_ups), cmocka_unit_test(faults), cmocka_unit_test(depth),
		cmocka_unit_test(memory), cmocka_unit_test(large), cmocka_unit_test(written), cmocka_unit_test(any_bytes_become_text),
		cmocka_unit_test(doubles_round_trip), cmocka_unit_test(too_deep_to_write),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
