/* "Did you mean": what people mistype, and what is too far. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/suggest.h"

static const struct str words[] = { STR_INIT("timeout"), STR_INIT("on_failure"), STR_INIT("calls"), STR_INIT("owner"), STR_INIT("up"), STR_INIT("") };

static void nearest(void **state)
{
	(void)state;
	static const struct { const char *typed, *meant; } cases[] = {
		{ "timeuot", "timeout" }, { "time_out", "timeout" }, { "Timeout", "timeout" }, { "on-failure", "on_failure" }, { "onfailure", "on_failure" },
		{ "call", "calls" },	  { "onwer", "owner" },	     { "pu", "up" },	       { "u", "up" },		       { "timeout", "timeout" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got = suggest(str_z(cases[i].typed), words, ARRAY_LEN(words));
		if (!str_eq(got, str_z(cases[i].meant)))
			fail_msg("%s: %.*s", cases[i].typed, STR_FMT(got));
	}
}

static void nothing_near(void **state)
{
	(void)state;
	char too_long[200];
	memset(too_long, 'a', sizeof(too_long));
	assert_null(suggest(STR("replicas"), words, ARRAY_LEN(words)).p);
	assert_null(suggest(STR(""), words, ARRAY_LEN(words)).p);
	assert_null(suggest(str_from(too_long, sizeof(too_long)), words, ARRAY_LEN(words)).p);
	assert_null(suggest(STR("x"), NULL, 0).p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nearest), cmocka_unit_test(nothing_near) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
