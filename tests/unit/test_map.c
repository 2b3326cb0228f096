/* The hash map against a plain array: insertion, replacement, removal, the limit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include "base/map.h"

enum { KEYS = 500 };
static char names[KEYS][8];

static void *number(unsigned n)
{
	return (void *)(uintptr_t)(n + 1);
}

static void simple(void **state)
{
	(void)state;
	struct map m;
	map_init(&m, 3);
	assert_null(map_get(&m, STR("a")));
	assert_null(map_remove(&m, STR("a")));
	assert_true(map_put(&m, STR("a"), number(1)) && map_put(&m, STR("b"), number(2)) && map_put(&m, STR(""), number(3)));
	assert_false(map_put(&m, STR("c"), number(4)));
	assert_true(map_put(&m, STR("a"), number(5))); /* replacing is no growth */
	assert_int_equal(m.count, 3);
	assert_ptr_equal(map_get(&m, STR("a")), number(5));
	assert_ptr_equal(map_get(&m, (struct str){ NULL, 0 }), number(3));
	assert_true(str_eq(m.entries[0].key, STR("a")) && str_eq(m.entries[1].key, STR("b")));
	assert_ptr_equal(map_remove(&m, STR("a")), number(5));
	assert_null(map_get(&m, STR("a")));
	assert_true(map_put(&m, STR("c"), number(4)));
	map_clear(&m);
	assert_true(m.count == 0 && !map_get(&m, STR("b")));
	assert_true(map_put(&m, STR("b"), number(1)));
	map_release(&m);
}

static void against_an_array(void **state)
{
	(void)state;
	void *expected[KEYS] = { NULL };
	unsigned random = 1, count = 0;
	struct map m;
	map_init(&m, KEYS);
	for (unsigned i = 0; i < KEYS; i++)
		snprintf(names[i], sizeof(names[i]), "k%u", i);
	for (unsigned step = 0; step < 100000; step++) {
		random = random * 1103515245 + 12345;
		unsigned k = (random >> 8) % KEYS;
		struct str key = str_z(names[k]);
		if (random >> 31) {
			count += expected[k] == NULL;
			expected[k] = number(step);
			assert_true(map_put(&m, key, number(step)));
		} else {
			count -= expected[k] != NULL;
			assert_ptr_equal(map_remove(&m, key), expected[k]);
			expected[k] = NULL;
		}
		assert_int_equal(m.count, count);
		unsigned other = (random >> 16) % KEYS;
		assert_ptr_equal(map_get(&m, str_z(names[other])), expected[other]);
	}
	for (unsigned i = 0; i < KEYS; i++)
		assert_ptr_equal(map_get(&m, str_z(names[i])), expected[i]);
	map_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(simple), cmocka_unit_test(against_an_array) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
