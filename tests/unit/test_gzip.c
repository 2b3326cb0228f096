/* gzip bodies: round trips, several members, the limit, damage. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <zlib.h>
#include "base/gzip.h"

static struct str sample(size_t n)
{
	static char text[300000];
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i * i >> 7 ^ i % 97);
	return str_from(text, n);
}

static void round_trips(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 65536, 300000 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buf packed, out;
		struct err e = { 0 };
		buf_init(&packed, 1 << 20);
		buf_init(&out, sizes[i] + 6); /* exactly enough */
		buf_add(&out, STR("before"));
		assert_true(gzip_deflate(sample(sizes[i]), 6, &packed));
		assert_true(gzip_inflate(buf_str(&packed), &out, &e));
		assert_true(str_eq(str_skip(buf_str(&out), 6), sample(sizes[i])) && !err_is_set(&e));
		buf_release(&packed);
		buf_release(&out);
	}
}

static void members_and_zlib(void **state)
{
	(void)state;
	struct buf packed, out;
	struct err e = { 0 };
	buf_init(&packed, 1 << 20);
	buf_init(&out, 1000);
	assert_true(gzip_deflate(STR("one "), 6, &packed) && gzip_deflate(STR("two"), 1, &packed));
	assert_true(gzip_inflate(buf_str(&packed), &out, &e) && str_eq(buf_str(&out), STR("one two")));
	unsigned char z[100];
	uLongf n = sizeof(z);
	assert_int_equal(compress(z, &n, (const Bytef *)"deflate", 7), Z_OK);
	buf_clear(&out);
	assert_true(gzip_inflate(str_from((char *)z, n), &out, &e) && str_eq(buf_str(&out), STR("deflate")));
	buf_release(&packed);
	buf_release(&out);
}

/* A megabyte of zeros in a kilobyte must stop at the limit, and leave what was there before. */
static void bomb(void **state)
{
	(void)state;
	char *zeros = calloc(1, 1 << 20);
	assert_non_null(zeros);
	struct buf packed, out;
	struct err e = { 0 };
	buf_init(&packed, 1 << 20);
	buf_init(&out, 100000);
	buf_add(&out, STR("before"));
	assert_true(gzip_deflate(str_from(zeros, 1 << 20), 9, &packed));
	assert_false(gzip_inflate(buf_str(&packed), &out, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	assert_true(buf_ok(&out) && str_eq(buf_str(&out), STR("before")) && out.capacity <= 262144);
	buf_release(&packed);
	buf_release(&out);
	free(zeros);
}

static void one_byte_too_many(void **state)
{
	(void)state;
	struct buf packed, out;
	struct err e = { 0 };
	buf_init(&packed, 1 << 20);
	buf_init(&out, 4096);
	assert_true(gzip_deflate(sample(4097), 6, &packed));
	assert_false(gzip_inflate(buf_str(&packed), &out, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	buf_release(&packed);
	buf_release(&out);
}

static void damaged(void **state)
{
	(void)state;
	struct buf packed, out;
	buf_init(&packed, 1 << 20);
	buf_init(&out, 100000);
	assert_true(gzip_deflate(sample(3000), 6, &packed));
	struct str whole = buf_str(&packed);
	for (size_t n = 0; n < whole.len; n += 13) {
		struct err e = { 0 };
		assert_false(gzip_inflate(str_sub(whole, 0, n), &out, &e));
		assert_true(e.code == ERR_INPUT && out.len == 0 && buf_ok(&out));
	}
	packed.data[whole.len - 6] ^= 1; /* the checksum */
	struct err e = { 0 };
	assert_false(gzip_inflate(whole, &out, &e));
	assert_int_equal(e.code, ERR_INPUT);
	struct err none = { 0 };
	assert_false(gzip_inflate(STR("hello, this is no gzip"), &out, &none));
	assert_int_equal(none.code, ERR_INPUT);
	packed.data[whole.len - 6] ^= 1;
	buf_add(&packed, STR("trailing"));
	struct err trailing = { 0 };
	assert_false(gzip_inflate(buf_str(&packed), &out, &trailing));
	assert_true(trailing.code == ERR_INPUT && out.len == 0);
	buf_release(&packed);
	buf_release(&out);
}

static void no_room_to_write(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 20);
	buf_add(&out, STR("x"));
	assert_false(gzip_deflate(sample(3000), 6, &out));
	assert_false(buf_ok(&out));
	assert_true(str_eq(buf_str(&out), STR("x")));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(round_trips), cmocka_unit_test(members_and_zlib), cmocka_unit_test(bomb),
					    cmocka_unit_test(one_byte_too_many), cmocka_unit_test(damaged), cmocka_unit_test(no_room_to_write) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
