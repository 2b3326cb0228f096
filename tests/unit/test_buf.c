/* Growing buffers: the sticky failure at the limit, queues, number formats. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/buf.h"

#define HOLDS(b, text) assert_true(str_eq(buf_str(b), STR(text)))

static void failure_is_sticky_and_keeps_the_content(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	assert_true(str_empty(buf_str(&b)));
	buf_add(&b, STR("12345678"));
	buf_add(&b, STR("abc"));
	assert_true(!buf_ok(&b));
	buf_add(&b, STR("x"));
	buf_char(&b, 'x');
	buf_u64(&b, 1);
	buf_printf(&b, "%d", 1);
	HOLDS(&b, "12345678");
	assert_null(buf_room(&b, 1));
	buf_clear(&b);
	assert_true(buf_ok(&b));
	buf_add(&b, STR("1234567890"));
	assert_true(buf_ok(&b));
	buf_char(&b, 'x');
	assert_false(buf_ok(&b));
	buf_rewind(&b, 3);
	assert_true(buf_ok(&b));
	HOLDS(&b, "123");
	buf_release(&b);
}

static void printing_to_the_limit(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 300);
	buf_printf(&b, "%0255d", 1);
	buf_printf(&b, "%s", "1"); /* exactly fills the first allocation: the NUL needs more */
	assert_true(buf_ok(&b) && b.len == 256);
	buf_printf(&b, "%044d", 1);
	assert_true(buf_ok(&b) && b.len == 300);
	buf_printf(&b, "%s", "");
	assert_true(buf_ok(&b));
	buf_printf(&b, "%s", "1");
	assert_true(!buf_ok(&b) && b.len == 300);
	buf_release(&b);
}

static void numbers(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	buf_u64(&b, 0);
	buf_char(&b, ' ');
	buf_u64(&b, UINT64_MAX);
	buf_char(&b, ' ');
	buf_i64(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_i64(&b, -1);
	buf_char(&b, ' ');
	buf_hex(&b, (const uint8_t *)"\x00\xfe", 2);
	HOLDS(&b, "0 18446744073709551615 -9223372036854775808 -1 00fe");
	buf_release(&b);
}

/* A queue of one million bytes through a buffer of 1000: order is kept and memory stays bounded. */
static void queue(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	unsigned in = 0, out = 0, step = 0;
	while (out < 1000000) {
		step = step * 1103515245 + 12345;
		for (unsigned n = step >> 16 & 255; n && b.len < 1000; n--)
			buf_char(&b, (char)in++);
		size_t take = step >> 24;
		struct str s = buf_str(&b);
		if (take > s.len)
			take = s.len;
		for (size_t i = 0; i < take; i++)
			assert_int_equal((unsigned char)s.p[i], out++ & 255);
		buf_consume(&b, take);
	}
	assert_true(buf_ok(&b) && b.capacity <= 4096);
	buf_release(&b);
}

static void room(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	char *p = buf_room(&b, 5000);
	assert_non_null(p);
	memset(p, 'x', 5000);
	buf_added(&b, 3);
	HOLDS(&b, "xxx");
	buf_truncate(&b, 1);
	buf_consume(&b, 1);
	assert_true(b.len == 0 && b.start == 0);
	assert_null(buf_room(&b, SIZE_MAX));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failure_is_sticky_and_keeps_the_content), cmocka_unit_test(printing_to_the_limit), cmocka_unit_test(numbers),
		cmocka_unit_test(queue), cmocka_unit_test(room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
