/* Patterns of names. */
#include "base/check.h"
#include "base/glob.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void matches(void **state)
{
	static const struct { const char *pattern, *name; bool matches; } table[] = {
		{ "a.log", "a.log", true }, { "a.log", "a.log.1", false }, { "*.log", "a.log", true }, { "*.log", ".log", false }, { ".*", ".log", true },
		{ "*", "", true }, { "a*", "a", true }, { "a?", "a", false }, { "a?", "ab", true }, { "*a*b*c", "xxaxxbxxc", true }, { "*a*b*c", "xxaxxbxxcx", false },
		{ "app.log*", "app.log.1.gz", true }, { "?.log", ".log", false }, { "**", "x", true }, { "", "", true }, { "", "a", false },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (glob_matches(str_z(table[i].pattern), str_z(table[i].name)) != table[i].matches)
			fail_msg("%s and %s", table[i].pattern, table[i].name);
	assert_true(glob_is_pattern(STR("a?")) && glob_is_pattern(STR("*")) && !glob_is_pattern(STR("a.log")));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(matches) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
