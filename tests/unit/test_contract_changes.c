/* The list of changes: order, doubles, fingerprints; the tables behind it. */
#include "contract/change.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void order_and_doubles(void **state)
{
	struct changes c;
	(void)state;
	changes_init(&c);
	struct change *x = changes_add(&c, CHANGE_KIND_CONTRACT_ADDED, STR("b.proto"), STR(""));
	x->new_place = (struct change_place){ STR("b.proto"), 1, 1 };
	x = changes_add(&c, CHANGE_KIND_CONTRACT_REMOVED, STR("z.proto"), STR(""));
	x->old_place = (struct change_place){ STR("z.proto"), 1, 1 };
	x = changes_add(&c, CHANGE_KIND_CONTRACT_REMOVED, STR("a.proto"), STR(""));
	x->old_place = (struct change_place){ STR("a.proto"), 1, 1 };
	uint8_t mark[6];
	memcpy(mark, x->fingerprint, sizeof(mark));
	x = changes_add(&c, CHANGE_KIND_CONTRACT_REMOVED, STR("a.proto"), STR(""));
	x->old_place = (struct change_place){ STR("a.proto"), 9, 1 };
	assert_memory_equal(x->fingerprint, mark, sizeof(mark)); /* lines do not count */
	changes_done(&c);
	assert_int_equal(c.count, 3);
	assert_true(str_eq(c.items[0].subject, STR("a.proto")));
	assert_true(str_eq(c.items[1].subject, STR("z.proto")));
	assert_int_equal(c.items[2].level, CHANGE_INFO);
	assert_int_equal(c.items[0].witness.state, WITNESS_UNPROVED);
	assert_int_equal(c.items[2].witness.state, WITNESS_NONE);
	assert_int_equal(changes_at_least(&c, CHANGE_BREAKING), 2);
	changes_release(&c);
}

static void fingerprints_differ(void **state)
{
	struct changes c;
	(void)state;
	changes_init(&c);
	const struct change *a = changes_add(&c, CHANGE_KIND_CONTRACT_REMOVED, STR("ab"), STR("c"));
	uint8_t first[6];
	memcpy(first, a->fingerprint, 6);
	const struct change *b = changes_add(&c, CHANGE_KIND_CONTRACT_REMOVED, STR("a"), STR("bc"));
	assert_memory_not_equal(first, b->fingerprint, 6);
	changes_release(&c);
}

/* Names are what people write into approvals: unique within their format, and a change that breaks says why and what to do instead. */
static void tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
		for (size_t j = 0; j < i; j++)
			assert_false(str_eq(change_infos[i].format, change_infos[j].format) && str_eq(change_infos[i].name, change_infos[j].name));
		if (change_infos[i].level != CHANGE_INFO)
			assert_true(change_infos[i].categories && !str_empty(change_infos[i].why) && !str_empty(change_infos[i].remedy));
	}
	for (size_t i = 0; i < RULE_COUNT; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(str_eq(rule_infos[i].checker, rule_infos[j].checker) && str_eq(rule_infos[i].name, rule_infos[j].name));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(order_and_doubles), cmocka_unit_test(fingerprints_differ), cmocka_unit_test(tables) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
