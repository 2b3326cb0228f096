/* Fair shares of a bounded queue: a shouting source fills its own share only. */
#include "part/fair.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { LIMIT = 1 << 20, LINE = 1000 };
#define SECOND_NS ((int64_t)1000000000)
static struct fair fair;

static int setup(void **state)
{
	(void)state;
	fair = (struct fair){ .limit = LIMIT };
	return 0;
}

static void while_there_is_room_anybody_may_add(void **state)
{
	(void)state;
	for (size_t queued = 0; queued + LINE <= LIMIT / 2; queued += LINE)
		assert_true(fair_allows(&fair, STR("loud-1"), LINE, queued, SECOND_NS));
}

static void beyond_half_a_shouter_is_held_and_a_quiet_one_is_not(void **state)
{
	size_t queued = 0;
	(void)state;
	for (int i = 0; i < 100000; i++)
		if (queued + LINE <= LIMIT && fair_allows(&fair, STR("loud-1"), LINE, queued, SECOND_NS))
			queued += LINE;
	assert_in_range(queued, LIMIT / 2, LIMIT / 2 + LIMIT / 16 + LINE);
	for (int i = 0; i < 50; i++)
		assert_true(fair_allows(&fair, STR("quiet-1"), LINE, queued, SECOND_NS));
}

static void each_second_brings_a_new_budget(void **state)
{
	size_t taken = 0;
	(void)state;
	for (int second = 1; second <= 3; second++)
		for (int i = 0; i < 1000; i++)
			taken += fair_allows(&fair, STR("loud-1"), LINE, LIMIT - 1, second * SECOND_NS) ? LINE : 0;
	assert_in_range(taken, 3 * (LIMIT / 16 - LINE), 3 * (LIMIT / 16));
}

static void losses_are_told_once_a_second_and_all_counted(void **state)
{
	uint64_t lost, told = 0, sum = 0;
	(void)state;
	for (int i = 0; i < 5000; i++)
		if (fair_lost(&fair, STR("loud-1"), SECOND_NS + i * (SECOND_NS / 1000), &lost)) {
			told++;
			sum += lost;
		}
	assert_in_range(told, 5, 6);
	assert_in_range(sum, 3900, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(while_there_is_room_anybody_may_add, setup),
		cmocka_unit_test_setup(beyond_half_a_shouter_is_held_and_a_quiet_one_is_not, setup),
		cmocka_unit_test_setup(each_second_brings_a_new_budget, setup),
		cmocka_unit_test_setup(losses_are_told_once_a_second_and_all_counted, setup),
	};
	return cmocka_run_group_tests_name("fair", tests, NULL, NULL);
}
