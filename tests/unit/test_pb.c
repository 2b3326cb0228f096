/* The protobuf wire format: what is written reads back, and hostile input only makes the reader bad. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/pb.h"

static void round_trip(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	buf_add(&b, STR("before"));
	buf_consume(&b, 6); /* a start that is not 0 must not disturb pb_end */
	pb_varint(&b, 1, UINT64_MAX);
	pb_fixed64(&b, 2, UINT64_C(0x0102030405060708));
	size_t outer = pb_begin(&b, 536870911);
	size_t inner = pb_begin(&b, 4);
	pb_end(&b, inner);
	pb_bytes(&b, 5, STR("text"));
	pb_end(&b, outer);
	pb_fixed32(&b, 6, 0xdeadbeef);
	pb_put_double(&b, 7, -1.5);
	assert_true(buf_ok(&b));
	struct pb_reader r = pb_reader(buf_str(&b));
	struct pb_field f;
	assert_true(pb_next(&r, &f) && f.number == 1 && f.wire == PB_VARINT && f.value == UINT64_MAX);
	assert_true(pb_next(&r, &f) && f.number == 2 && f.wire == PB_FIXED64 && f.value == UINT64_C(0x0102030405060708));
	assert_true(pb_next(&r, &f) && f.number == 536870911 && f.wire == PB_BYTES);
	struct pb_reader nested = pb_reader(f.bytes);
	assert_true(pb_next(&nested, &f) && f.number == 4 && f.bytes.len == 0);
	assert_true(pb_next(&nested, &f) && f.number == 5 && str_eq(f.bytes, STR("text")));
	assert_true(!pb_next(&nested, &f) && !nested.bad);
	assert_true(pb_next(&r, &f) && f.wire == PB_FIXED32 && f.value == 0xdeadbeef);
	assert_true(pb_next(&r, &f) && pb_double(f.value) == -1.5);
	assert_true(!pb_next(&r, &f) && !r.bad);
	buf_release(&b);
}

/* Encodings from the specification's own text. */
static void published_bytes(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	pb_varint(&b, 1, 150);
	pb_bytes(&b, 2, STR("testing"));
	assert_true(str_eq(buf_str(&b), STR("\x08\x96\x01\x12\x07testing")));
	buf_release(&b);
	assert_true(pb_zigzag(0) == 0 && pb_zigzag(1) == -1 && pb_zigzag(2) == 1 && pb_zigzag(4294967294) == 2147483647);
	assert_true(pb_zigzag(UINT64_MAX) == INT64_MIN);
}

static void malformed(void **state)
{
	(void)state;
	static const struct str bad[] = {
		STR_INIT("\x08"),					      /* no value */
		STR_INIT("\x08\x80"),					      /* half a varint */
		STR_INIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),     /* 65 bits */
		STR_INIT("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), /* eleven bytes */
		STR_INIT("\x00\x01"),					      /* field 0 */
		STR_INIT("\x80\x80\x80\x80\x10\x01"),			      /* field 2^29 */
		STR_INIT("\x0b\x0c"),					      /* group */
		STR_INIT("\x0e"),  STR_INIT("\x0f"),			      /* wire types 6 and 7 */
		STR_INIT("\x12\x05" "abcd"),				      /* longer than the input */
		STR_INIT("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),     /* 2^64 - 1 bytes */
		STR_INIT("\x09" "1234567"), STR_INIT("\x0d" "123"),
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct pb_reader r = pb_reader(bad[i]);
		struct pb_field f = { .number = 77 };
		assert_false(pb_next(&r, &f));
		assert_true(r.bad && f.number == 77);
		assert_false(pb_next(&r, &f));
	}
	struct pb_reader empty = pb_reader((struct str){ NULL, 0 });
	struct pb_field f;
	assert_true(!pb_next(&empty, &f) && !empty.bad);
}

static void writing_fails_with_its_buffer(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	size_t mark = pb_begin(&b, 1);
	pb_bytes(&b, 2, STR("0123456789"));
	pb_end(&b, mark);
	assert_false(buf_ok(&b));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(round_trip), cmocka_unit_test(published_bytes), cmocka_unit_test(malformed),
					    cmocka_unit_test(writing_fails_with_its_buffer) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
