/* Names: what is allowed, what the remedy proposes, and the variables made of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/names.h"

static void good_names(void **state)
{
	(void)state;
	static const char *const good[] = { "a", "7", "orders", "order-lines", "a_b.c-d", "v2.1",
					    "a23456789012345678901234567890123456789012345678901234567890123" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct err e = { 0 };
		assert_true(name_check(str_z(good[i]), "the name", &e));
		assert_false(err_is_set(&e));
	}
}

static void bad_names(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "-a", "a-", "a--b", "a.-b", "Orders", "a b", "a/b", "\xc3\xa4", "..", "_x",
					   "a234567890123456789012345678901234567890123456789012345678901234" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = { 0 };
		if (name_check(str_z(bad[i]), "the name", &e))
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.code, ERR_INPUT);
	}
}

static void remedy(void **state)
{
	(void)state;
	struct err e = { 0 };
	name_check(STR("Order Service"), "the name", &e);
	assert_non_null(strstr(e.message, "write `order-service`"));
	struct err binary = { 0 };
	name_check(STR("\xff\xfe\x01"), "the name", &binary);
	assert_null(strchr(binary.message, '\xff'));
}

static void reserved(void **state)
{
	(void)state;
	assert_true(name_is_reserved(STR("gateway")));
	assert_true(name_is_reserved(STR("edge")));
	assert_true(name_is_reserved(STR("pleach-store")));
	assert_false(name_is_reserved(STR("gateways")));
	assert_false(name_is_reserved(STR("orders")));
}

static void variables(void **state)
{
	(void)state;
	char out[80];
	assert_true(str_eq(name_env_url(STR("notification"), out), STR("NOTIFICATION_URL")));
	assert_true(str_eq(name_env_url(STR("order-lines.v2"), out), STR("ORDER_LINES_V2_URL")));
	assert_true(str_eq(name_env_url(STR("7up"), out), STR("_7UP_URL")));
	assert_int_equal(name_env_url(STR("1a345678901234567890123456789012345678901234567890123456789012b"), out).len, 68);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(good_names), cmocka_unit_test(bad_names), cmocka_unit_test(remedy),
					    cmocka_unit_test(reserved), cmocka_unit_test(variables) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
