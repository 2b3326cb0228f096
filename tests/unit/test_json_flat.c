/* Flat reading of JSON objects: the same verdict as json_parse on every text, the same values under joined names. */
#include "base/check.h"
#include "base/json_flat.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

static struct json_flat flat;
static int set_up(void **state)
{
	(void)state;
	return json_flat_init(&flat, 16, 1 << 16) ? 0 : -1;
}
static int tear_down(void **state)
{
	(void)state;
	json_flat_release(&flat);
	return 0;
}

/* From memory of its own, so that a sanitizer sees any look beyond the end. */
static enum json_flat_result read_text(struct str text)
{
	static char *copy;
	free(copy);
	copy = malloc(text.len + !text.len);
	assert_non_null(copy);
	memcpy(copy, text.p, text.len);
	return json_flat_read(&flat, str_from(copy, text.len));
}

static const struct json *get(const char *key)
{
	for (uint32_t i = 0; i < flat.count; i++)
		if (str_eq(flat.members[i].key, str_z(key)))
			return &flat.members[i].value;
	fail_msg("there is no %s", key);
	return NULL;
}

static void check_str(struct str have, const char *want)
{
	if (!str_eq(have, str_z(want)))
		fail_msg("gives  %.*s\n wanted %s", STR_FMT(have), want);
}

static void members_come_flat_and_typed(void **state)
{
	(void)state;
	assert_int_equal(read_text(STR(" {\"s\":\"a b\", \"n\" : -12 ,\"u\":18446744073709551615,\"big\":123456789012345678901,\"d\":1.5e3,\"t\":true,\"f\":false,"
				       "\"z\":null,\"o\":{\"a\":1,\"b\":{\"c\":\"x\"},\"e\":{}},\"l\":[1, {\"a\":[]}, \"]\"] ,\"esc\":\"\\u00e9\\n\\\"\\ud83c\\udf3f\\ud800!\\/\"} \n")),
			 JSON_FLAT_OK);
	check_str(get("s")->s, "a b");
	assert_int_equal(get("n")->i, -12);
	assert_int_equal(get("u")->type, JSON_UINT);
	assert_true(get("u")->u == UINT64_MAX);
	assert_int_equal(get("big")->type, JSON_DOUBLE);
	assert_true(get("big")->d > 1.2e20 && get("big")->d < 1.3e20);
	assert_true(get("d")->d == 1500);
	assert_int_equal(get("t")->type, JSON_TRUE);
	assert_int_equal(get("f")->type, JSON_FALSE);
	assert_int_equal(get("z")->type, JSON_NULL);
	assert_int_equal(get("o.a")->i, 1);
	check_str(get("o.b.c")->s, "x");
	assert_int_equal(get("l")->type, JSON_ARRAY);
	check_str(get("l")->s, "[1, {\"a\":[]}, \"]\"]");
	check_str(get("esc")->s, "\u00e9\n\"\U0001f33f\uFFFD!/");
	assert_int_equal(flat.count, 12);
	assert_int_equal(read_text(STR("{\"a\":NaN,\"b\":-Infinity,\"c\":1e999,\"d\":-1e999,\"e\":1e-999}")), JSON_FLAT_OK);
	assert_true(isnan(get("a")->d) && isinf(get("b")->d) && get("b")->d < 0 && isinf(get("c")->d) && get("d")->d < 0 && get("e")->d == 0);
	assert_int_equal(read_text(STR("{}")), JSON_FLAT_OK);
	assert_int_equal(flat.count, 0);
}

static bool whole_o(void *ctx, struct str key)
{
	(void)ctx;
	return str_eq(key, STR("o"));
}

static void limits_hold(void **state)
{
	char text[4096] = "{";
	size_t n = 1;
	(void)state;
	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"k%d\":%d", i ? "," : "", i, i);
	text[n++] = '}';
	assert_int_equal(read_text(str_from(text, n)), JSON_FLAT_OK);
	assert_int_equal(flat.count, 16);
	assert_int_equal(flat.left_out, 4);
	/* objects below the depth stay whole */
	n = 0;
	for (int i = 0; i < 12; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "{\"a\":");
	text[n++] = '1';
	memset(text + n, '}', 12);
	n += 12;
	assert_int_equal(read_text(str_from(text, n)), JSON_FLAT_OK);
	check_str(get("a.a.a.a.a.a.a.a")->s, "{\"a\":{\"a\":{\"a\":{\"a\":1}}}}");
	flat.whole = whole_o;
	assert_int_equal(read_text(STR("{\"o\":{\"a\":1}}")), JSON_FLAT_OK);
	check_str(get("o")->s, "{\"a\":1}");
	flat.whole = NULL;
	/* the depth that json_parse takes, and one more */
	for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
		memcpy(text, "{\"a\":", 5);
		memset(text + 5, '[', (size_t)depth);
		memset(text + 5 + depth, ']', (size_t)depth);
		text[5 + 2 * depth] = '}';
		assert_int_equal(read_text(str_from(text, 6 + 2 * (size_t)depth)), depth == JSON_MAX_DEPTH ? JSON_FLAT_OK : JSON_FLAT_INVALID);
	}
	/* what is unescaped needs memory */
	static char big[1 << 17];
	memset(big, 'x', sizeof(big));
	memcpy(big, "{\"a\":\"\\n", 8);
	memcpy(big + sizeof(big) - 2, "\"}", 2);
	assert_int_equal(read_text(str_from(big, sizeof(big))), JSON_FLAT_NO_MEMORY);
	memcpy(big, "{\"a\":\"nn", 8);
	assert_int_equal(read_text(str_from(big, sizeof(big))), JSON_FLAT_OK);
	assert_int_equal(get("a")->s.len, sizeof(big) - 8);
}

static void what_is_no_object_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", " ", "[1]", "1", "\"x\"", "null", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\"::1}",
		"{\"a\":1 2}", "{\"a\":1}x", "{\"a\":1}{\"b\":2}", "{\"a\":1}]", "{a:1}", "{'a':1}", "{\"a\":tru}", "{\"a\":truex}", "{\"a\":true x}", "{\"a\":01}", "{\"a\":+1}",
		"{\"a\":1.}", "{\"a\":.5}", "{\"a\":-}", "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":1a}", "{\"a\":0x10}", "{\"a\":\"b\"c}", "{\"a\":\"b\" \"c\"}", "{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\\"}", "{\"a\":\"\n\"}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[1}", "{\"a\":[1]]}",
		"{\"a\":[{]}]}", "{\"a\":[{\"b\"}]}", "{\"a\":[{\"b\":}]}", "{\"a\":[{\"b\":1,}]}", "{\"a\":[{1:2}]}", "{\"a\":[\"\\q\"]}", "{\"a\":[NaN]}", "{\"a\":[tru]}", "{\"a\":[01]}",
		"{\"a\":[1]\"b\"}", "{\"a\":{\"b\":1}", "{\"a\":{\"b\":1},}", "{\"a\":-Infinit}", "{\"a\":]}", "{1:2}", "{\"a\":[}", "{\"\\q\":1}",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (read_text(str_z(wrong[i])) != JSON_FLAT_INVALID || flat.count)
			fail_msg("%s is taken", wrong[i]);
	assert_int_equal(read_text(STR("{\"a\":\"\xff\"}")), JSON_FLAT_NOT_UTF8);
	assert_int_equal(read_text(STR("{\"a\":\"\xc3\"}")), JSON_FLAT_NOT_UTF8);
}

static void objects_are_cut_from_what_follows(void **state)
{
	struct str rest = STR("{\"a\":\"}\\\"\"},\n{\"b\":[{}]}{\"c\":1}\n ] tail"), object;
	(void)state;
	assert_true(json_flat_cut(&rest, &object));
	check_str(object, "{\"a\":\"}\\\"\"}");
	assert_true(json_flat_cut(&rest, &object));
	check_str(object, "{\"b\":[{}]}");
	assert_true(json_flat_cut(&rest, &object));
	check_str(object, "{\"c\":1}");
	assert_false(json_flat_cut(&rest, &object));
	check_str(rest, "] tail");
	rest = STR("{\"a\":");
	assert_false(json_flat_cut(&rest, &object));
	check_str(rest, "{\"a\":");
	rest = STR("{\"a\\");
	assert_false(json_flat_cut(&rest, &object));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(members_come_flat_and_typed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(limits_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_object_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(objects_are_cut_from_what_follows, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
