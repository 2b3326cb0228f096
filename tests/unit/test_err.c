/* Errors as values: the first stays, places, long messages, the table. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/err.h"

static void expect_text(const struct err *e, const char *text)
{
	struct buf b;
	buf_init(&b, 2000);
	err_format(e, &b);
	assert_true(str_eq(buf_str(&b), str_z(text)));
	buf_release(&b);
}

static void the_first_stays(void **state)
{
	(void)state;
	struct err e = { 0 };
	assert_false(err_is_set(&e));
	assert_false(err_set(&e, ERR_INPUT, "%d apples", 3));
	assert_false(err_set(&e, ERR_BUG, "second"));
	assert_int_equal(e.code, ERR_INPUT);
	expect_text(&e, "3 apples");
	err_place(&e, STR("a.yaml"), 3, 5);
	err_place(&e, STR("b.yaml"), 9, 9);
	expect_text(&e, "a.yaml:3:5: 3 apples");
	err_clear(&e);
	assert_false(err_is_set(&e));
	expect_text(&e, "");
}

static void places(void **state)
{
	(void)state;
	struct err e = { 0 };
	err_set(&e, ERR_INPUT, "x");
	err_place(&e, (struct str){ NULL, 0 }, 2, 7);
	expect_text(&e, "line 2:7: x");
	err_place(&e, STR("f"), 9, 9); /* the file was still missing, the line was not */
	expect_text(&e, "f:2:7: x");
	struct err no_line = { 0 };
	err_set(&no_line, ERR_INPUT, "x");
	err_place(&no_line, STR("f"), 0, 0);
	expect_text(&no_line, "f: x");
}

static void long_texts_are_cut_cleanly(void **state)
{
	(void)state;
	char path[600], text[1200];
	memset(path, 'd', sizeof(path));
	memcpy(path + sizeof(path) - 6, "/x.yml", 6);
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	struct err e = { 0 };
	err_set(&e, ERR_INPUT, "%.*s", (int)sizeof(text), text);
	assert_true(str_is_utf8(str_z(e.message)) && strlen(e.message) == 510);
	err_place(&e, str_from(path, sizeof(path)), 1, 1);
	assert_true(strlen(e.file) == 255 && str_ends(str_z(e.file), STR("/x.yml")));
}

static void table(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_DISK_FULL), "disk_full");
	assert_int_equal(err_http_status(ERR_DISK_FULL), 507);
	assert_int_equal(err_exit_code(ERR_FILE_INVALID), 2);
	assert_int_equal(err_exit_code(ERR_NONE), 0);
	for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
		assert_true(err_http_status((enum err_code)code) >= 400 && err_http_status((enum err_code)code) < 600);
		assert_true(err_exit_code((enum err_code)code) >= 1 && err_exit_code((enum err_code)code) <= 4);
		for (int other = ERR_NONE; other < code; other++)
			assert_string_not_equal(err_name((enum err_code)code), err_name((enum err_code)other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_stays), cmocka_unit_test(places), cmocka_unit_test(long_texts_are_cut_cleanly), cmocka_unit_test(table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
