/* Arenas: alignment, zeroing, limits, overflow, re-use. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/arena.h"

static void memory_is_aligned_and_zeroed(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	assert_int_equal(a.used, 0);
	for (size_t size = 0; size < 300; size++) {
		assert_non_null(arena_bytes(&a, 1));
		unsigned char *p = arena_alloc(&a, size);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xaa, size);
	}
	arena_reset(&a);
	unsigned char *again = arena_alloc(&a, 2000);
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(again[i], 0);
	arena_release(&a);
	assert_int_equal(a.used, 0);
}

static void the_limit_holds_and_is_sticky(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 10000);
	size_t got = 0;
	while (arena_bytes(&a, 100))
		got += 100;
	assert_true(a.full && a.used <= 10000 && got > 8000 && got < 10000);
	assert_null(arena_bytes(&a, 1)); /* sticky, though a byte may be free */
	assert_null(arena_str(&a, STR("x")).p);
	assert_null(arena_printf(&a, "x").p);
	arena_reset(&a);
	assert_false(a.full);
	assert_non_null(arena_bytes(&a, 1));
	arena_clear(&a);
	assert_true(a.used == 0 && a.limit == 10000 && !a.chunks);
	arena_release(&a);
}

static void sizes_overflow_into_full(void **state)
{
	(void)state;
	volatile size_t huge = SIZE_MAX;
	struct arena a;
	arena_init(&a, 1 << 20);
	assert_null(arena_bytes(&a, huge));
	assert_true(a.full);
	arena_clear(&a);
	assert_null(arena_alloc(&a, huge - 20));
	arena_clear(&a);
	assert_null(arena_array(&a, huge / 2, 16));
	assert_true(a.full);
	arena_clear(&a);
	assert_non_null(arena_array(&a, 0, 16));
	arena_release(&a);
}

static void one_large_object(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 8 << 20);
	assert_non_null(arena_bytes(&a, 3 << 20));
	assert_non_null(arena_bytes(&a, 3 << 20));
	arena_reset(&a); /* a chunk above the usual size is given back */
	assert_int_equal(a.used, 0);
	arena_release(&a);
}

static void text(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	struct str empty = arena_str(&a, (struct str){ NULL, 0 });
	assert_true(empty.p && empty.len == 0);
	struct str copy = arena_strz(&a, STR("abc"));
	assert_true(str_eq(copy, STR("abc")) && copy.p[3] == '\0');
	struct str printed = arena_printf(&a, "%s-%d-%0*d", "x", 42, 5000, 7);
	assert_true(printed.len == 5005 && str_starts(printed, STR("x-42-000")) && str_ends(printed, STR("07")));
	arena_release(&a);
}

static void growing_array(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	int *items = NULL;
	size_t count = 0, capacity = 0;
	for (int i = 0; i < 10000; i++) {
		assert_true(ARENA_PUSH_ROOM(&a, items, count, capacity));
		items[count++] = i;
	}
	for (int i = 0; i < 10000; i++)
		assert_int_equal(items[i], i);
	while (ARENA_PUSH_ROOM(&a, items, count, capacity))
		items[count++] = 1;
	assert_true(a.full && items[9999] == 9999); /* the old array stays good */
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_aligned_and_zeroed), cmocka_unit_test(the_limit_holds_and_is_sticky),
		cmocka_unit_test(sizes_overflow_into_full),	cmocka_unit_test(one_large_object),
		cmocka_unit_test(text),				cmocka_unit_test(growing_array),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
