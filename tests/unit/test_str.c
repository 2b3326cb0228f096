/* Text: comparison, search, splitting, numbers, hex, UTF-8. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/str.h"

static const struct str none = { NULL, 0 };

static void comparison(void **state)
{
	(void)state;
	assert_true(str_eq(none, STR("")));
	assert_true(str_eq(STR("a"), STR("a")) && !str_eq(STR("a"), STR("b")) && !str_eq(STR("a"), STR("ab")));
	assert_int_equal(str_cmp(none, none), 0);
	assert_true(str_cmp(STR("a"), STR("ab")) < 0 && str_cmp(STR("ab"), STR("a")) > 0 && str_cmp(STR("a\xff"), STR("a\x01")) > 0);
	assert_true(str_eq_ci(STR("Content-LENGTH"), STR("content-length")) && !str_eq_ci(STR("a["), STR("a{")));
	assert_true(!str_eq_ci(STR("\xc3\x84"), STR("\xc3\xa4"))); /* ASCII only */
	assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), none) && str_starts(none, none) && !str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")) && str_ends(none, none) && !str_ends(STR("c"), STR("bc")));
}

static void parts(void **state)
{
	(void)state;
	assert_true(str_eq(str_sub(STR("abc"), 1, 2), STR("b")) && str_eq(str_sub(STR("abc"), 2, 9), STR("c")));
	assert_true(str_empty(str_sub(STR("abc"), 5, 2)) && str_empty(str_skip(none, 3)));
	assert_true(str_eq(str_trim(STR(" \ta b\t ")), STR("a b")) && str_eq(str_trim(STR("\na\n")), STR("\na\n")));
	assert_true(str_eq(str_strip(STR("\r\n a \v\f\n")), STR("a")) && str_empty(str_strip(STR(" \n"))) && str_empty(str_trim(none)));
}

static void finding(void **state)
{
	(void)state;
	assert_int_equal(str_find_char(STR("abca"), 'a'), 0);
	assert_true(str_find_char(STR("abc"), 'x') == SIZE_MAX && str_find_char(none, 'x') == SIZE_MAX);
	assert_int_equal(str_find(STR("ababc"), STR("abc")), 2);
	assert_true(str_find(STR("ab"), STR("abc")) == SIZE_MAX && str_find(none, none) == 0);
	assert_int_equal(str_find_ci(STR("xxTimeOUT"), STR("timeout")), 2);
	assert_true(str_find_ci(STR("timeou"), STR("timeout")) == SIZE_MAX && str_find_ci(STR("timeouX"), STR("timeout")) == SIZE_MAX);
}

static void splitting(void **state)
{
	(void)state;
	static const char *const expected[] = { "a", "", "b", "" };
	struct str rest = STR("a,,b,");
	size_t n = 0;
	while (rest.p) {
		struct str part = str_split(&rest, ',');
		assert_true(n < ARRAY_LEN(expected) && str_eq(part, str_z(expected[n])));
		n++;
	}
	assert_int_equal(n, 4);
	assert_true(str_empty(str_split(&rest, ',')) && !rest.p);
	struct str empty = STR("");
	assert_true(str_empty(str_split(&empty, ',')) && !empty.p);
}

static void integers(void **state)
{
	(void)state;
	uint64_t u = 7;
	int64_t i = 7;
	static const char *const bad_u[] = { "", "-1", "+1", " 1", "1 ", "18446744073709551616", "99999999999999999999", "1a", "0x1" };
	for (size_t k = 0; k < ARRAY_LEN(bad_u); k++)
		assert_false(str_to_u64(str_z(bad_u[k]), &u));
	assert_int_equal(u, 7);
	assert_true(str_to_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
	assert_true(str_to_u64(STR("000"), &u) && u == 0);
	assert_true(str_to_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN);
	assert_true(str_to_i64(STR("9223372036854775807"), &i) && i == INT64_MAX);
	assert_false(str_to_i64(STR("9223372036854775808"), &i) || str_to_i64(STR("-9223372036854775809"), &i));
	assert_false(str_to_i64(STR("--1"), &i) || str_to_i64(STR("-"), &i) || str_to_i64(none, &i));
	assert_true(i == INT64_MAX);
}

static void floats(void **state)
{
	(void)state;
	double d = 7;
	static const char *const bad[] = { "", ".", "-", "e1", "1e", "1e+", "inf", "nan", "0x10", " 1", "1 ", "+1", "1e999", "-1e999", "1.2.3" };
	for (size_t k = 0; k < ARRAY_LEN(bad); k++)
		if (str_to_f64(str_z(bad[k]), &d))
			fail_msg("accepted: %s", bad[k]);
	assert_true(d == 7);
	assert_true(str_to_f64(STR("-1.5e3"), &d) && d == -1500);
	assert_true(str_to_f64(STR(".5"), &d) && d == 0.5 && str_to_f64(STR("5."), &d) && d == 5);
	/* Not NUL-terminated: what follows must not be read. */
	assert_true(str_to_f64(str_sub(STR("1234"), 0, 2), &d) && d == 12);
}

static void hex(void **state)
{
	(void)state;
	uint8_t bytes[4] = { 1, 2, 3, 4 };
	char text[8];
	assert_true(str_to_hex_bytes(STR("00fFaB10"), bytes, 4));
	hex_encode(text, bytes, 4);
	assert_memory_equal(text, "00ffab10", 8);
	assert_false(str_to_hex_bytes(STR("00ffab1g"), bytes, 4) || str_to_hex_bytes(STR("00ffab1"), bytes, 4) ||
		     str_to_hex_bytes(STR("00ffab1000"), bytes, 4));
	assert_int_equal(bytes[1], 0xff);
}

static void utf8(void **state)
{
	(void)state;
	static const char *const good[] = { "", "abcdefghijklm", "\xc3\xa9", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
					    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "12345678\xc3\xa9" };
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf",
					   "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "1234567\xc3", "12345678\xff" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(str_is_utf8(str_z(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_is_utf8(str_z(bad[i])));
	assert_int_equal(str_utf8_sequence(STR("\xf0\x9f\x98\x80x")), 4);
	assert_int_equal(str_utf8_sequence(none), 0);
}

static void hashing(void **state)
{
	(void)state;
	/* XXH3's published value for the empty input with seed 0: hashes are written to disk, so they may never change. */
	assert_true(str_hash(none) == UINT64_C(0x2d06800538d394c2));
	assert_true(str_hash(STR("a")) != str_hash(STR("b")) && str_hash(STR("ab")) == str_hash(str_sub(STR("abc"), 0, 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparison), cmocka_unit_test(parts), cmocka_unit_test(finding), cmocka_unit_test(splitting),
		cmocka_unit_test(integers),   cmocka_unit_test(floats), cmocka_unit_test(hex),	  cmocka_unit_test(utf8),
		cmocka_unit_test(hashing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
