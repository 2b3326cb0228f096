/* Degrees and truck factor computed by hand, aliases and bots. */
#include "base/check.h"
#include "catalog/people/authorship.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define C(name, mail, time) "commit\0i\0" time "\0" name "\0" mail "\0\n"

static void degrees(void **state)
{
	(void)state;
	assert_true(fabs(authorship_degree(true, 1, 0) - 4.555) < 1e-9);
	assert_true(fabs(authorship_degree(false, 1, 3) - (3.457 - 0.321 * 1.3862943611198906)) < 1e-9);
}

/* Ann (two mails) made a, b and c, Bo only d; a bot touched all; "gone" is not there any more. Files 4: Ann goes, d is left: 1 of 4 is below half. */
static void small_repository(void **state)
{
	(void)state;
	static const char text[] = C("dependabot[bot]", "x@bots", "99000000") "M\0a\0M\0b\0M\0c\0M\0d\0" C("Bo", "BO@x", "90000000") "A\0d\0A\0gone\0"
		C("Ann Lee", "ann@two", "2000") "A\0c\0" C("Ann Lee", "ann@one", "1000") "A\0a\0A\0b\0";
	static const struct str paths[] = { STR_INIT("a"), STR_INIT("b"), STR_INIT("c"), STR_INIT("d") };
	struct arena a;
	struct history h = { 0 };
	struct authorship w = { 0 };
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	assert_true(history_read(&h, &a, str_from(text, sizeof(text) - 1), &e));
	assert_true(authorship_read(&w, &a, &h, paths, ARRAY_LEN(paths), 100000000, &e));
	assert_int_equal(w.count, 3);
	assert_true(w.people[0].bot && w.people[0].files == 0);
	assert_true(str_eq(w.people[1].name, STR("Bo")) && w.people[1].files == 1 && w.people[1].commits == 1);
	assert_true(w.people[2].files == 3 && w.people[2].last == 2000);
	assert_int_equal(w.files, 4);
	assert_int_equal(w.left, 3);
	assert_int_equal(w.truck_factor, 1);
	assert_true(w.strongest == 1 && w.changes == 1 && w.strongest_changes == 1);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(degrees), cmocka_unit_test(small_repository) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
