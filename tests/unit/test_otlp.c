/* OTLP out, read back field by field with the protobuf reader: numbers and types as opentelemetry-proto has them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/pb.h"
#include "model/otlp.h"

/* The nth field of that number on a path of numbers from the message; fails when it is not there. */
static struct pb_field at(struct str message, const uint32_t *path, size_t depth, size_t nth)
{
	struct pb_field f = { 0 };
	for (size_t i = 0; i < depth; i++) {
		struct pb_reader r = pb_reader(message);
		size_t seen = 0;
		bool found = false;
		while (!found && pb_next(&r, &f))
			found = f.number == path[i] && (i + 1 < depth || seen++ == nth);
		if (!found || r.bad)
			fail_msg("no field %u at depth %zu", path[i], i);
		message = f.bytes;
	}
	return f;
}
#define AT(message, nth, ...) at(message, (const uint32_t[]){ __VA_ARGS__ }, ARRAY_LEN(((const uint32_t[]){ __VA_ARGS__ })), nth)

static size_t count(struct str message, uint32_t number)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	size_t n = 0;
	while (pb_next(&r, &f))
		n += f.number == number;
	assert_false(r.bad);
	return n;
}

static const struct attr extra[] = { { STR_INIT("host"), { .type = VALUE_STR, .s = STR_INIT("h1") } } };
static const struct resource orders = { STR_INIT("orders"), STR_INIT("1.2"), STR_INIT("orders-1"), extra, 1 };

static void a_log_record(void **state)
{
	(void)state;
	const struct attr attrs[] = { attr_int(STR("n"), -5), attr_bool(STR("b"), true), { STR("d"), { .type = VALUE_DOUBLE, .d = 2.5 } },
				      { STR("j"), { .type = VALUE_JSON, .s = STR("[1,{\"k\":\"v\"},null,false]") } },
				      { STR("x"), { .type = VALUE_JSON, .s = STR("{no json") } },
				      { STR("y"), { .type = VALUE_BYTES, .s = STR("\x01\x02") } } };
	struct log_record r = { .resource = &orders, .time = 1795435200123456789, .observed = 7, .severity = SEVERITY_WARN, .trace = { { 1, 2 } },
				.span = { { 3 } }, .body = STR("hello"), .attrs = attrs, .attr_count = ARRAY_LEN(attrs) };
	struct buf b;
	buf_init(&b, 1 << 20);
	otlp_encode_log(&b, &r);
	otlp_encode_log(&b, &r); /* records join by concatenation */
	assert_true(buf_ok(&b));
	struct str all = buf_str(&b);
	assert_int_equal(count(all, 1), 2);
	assert_int_equal(count(AT(all, 0, 1, 1).bytes, 1), 4); /* three names and the rest */
	assert_true(str_eq(AT(all, 0, 1, 1, 1, 1).bytes, STR("service.name")));
	struct str record = AT(all, 0, 1, 2, 2).bytes;
	assert_int_equal(AT(record, 0, 1).value, 1795435200123456789);
	assert_int_equal(AT(record, 0, 1).wire, PB_FIXED64);
	assert_int_equal(AT(record, 0, 2).value, SEVERITY_WARN);
	assert_true(str_eq(AT(record, 0, 3).bytes, STR("warn")));
	assert_true(str_eq(AT(record, 0, 5, 1).bytes, STR("hello")));
	assert_int_equal(count(record, 6), ARRAY_LEN(attrs));
	assert_int_equal((int64_t)AT(AT(record, 0, 6).bytes, 0, 2, 3).value, -5);
	assert_int_equal(AT(AT(record, 1, 6).bytes, 0, 2, 2).value, 1);
	assert_true(pb_double(AT(AT(record, 2, 6).bytes, 0, 2, 4).value) == 2.5);
	struct str array = AT(AT(record, 3, 6).bytes, 0, 2, 5).bytes;
	assert_int_equal(count(array, 1), 4);
	assert_int_equal(AT(array, 0, 1, 3).value, 1);
	assert_true(str_eq(AT(AT(array, 1, 1).bytes, 0, 6, 1, 2, 1).bytes, STR("v")));
	assert_int_equal(AT(array, 2, 1).bytes.len, 0);
	assert_true(str_eq(AT(AT(record, 4, 6).bytes, 0, 2, 1).bytes, STR("{no json")));
	assert_true(str_eq(AT(AT(record, 5, 6).bytes, 0, 2, 7).bytes, STR("\x01\x02")));
	assert_int_equal(AT(record, 0, 9).bytes.len, 16);
	assert_int_equal(AT(record, 0, 10).bytes.len, 8);
	assert_int_equal(AT(record, 0, 11).value, 7);
	buf_release(&b);
}

static void a_record_without_ids(void **state)
{
	(void)state;
	struct log_record r = { .time = 1, .body = STR("") };
	struct buf b;
	buf_init(&b, 1 << 20);
	otlp_encode_log(&b, &r);
	struct str record = AT(buf_str(&b), 0, 1, 2, 2).bytes;
	assert_int_equal(count(record, 9) + count(record, 10) + count(record, 2) + count(record, 11), 0);
	assert_int_equal(count(record, 5), 1);
	buf_release(&b);
}

static void a_span(void **state)
{
	(void)state;
	const struct attr attrs[] = { attr_str(STR("http.request.method"), STR("POST")) };
	const struct span_event events[] = { { 11, STR("attempt"), attrs, 1 }, { 12, STR("attempt"), NULL, 0 } };
	const struct span_link links[] = { { .trace = { { 9 } }, .span = { { 8 } }, .state = STR("a=1") } };
	struct span s = { .resource = &orders, .trace = { { 1 } }, .id = { { 2 } }, .parent = { { 3 } }, .state = STR("x=y"), .name = STR("POST /v1"),
			  .scope = STR("gateway"), .kind = SPAN_SERVER, .start = 5, .end = 6, .flags = 0x103, .status = SPAN_ERROR,
			  .status_message = STR("why"), .attrs = attrs, .attr_count = 1, .events = events, .event_count = 2, .links = links,
			  .link_count = 1 };
	struct buf b;
	buf_init(&b, 1 << 20);
	otlp_encode_span(&b, &s);
	assert_true(buf_ok(&b));
	assert_true(str_eq(AT(buf_str(&b), 0, 1, 2, 1, 1).bytes, STR("gateway")));
	struct str span = AT(buf_str(&b), 0, 1, 2, 2).bytes;
	assert_int_equal(AT(span, 0, 1).bytes.len, 16);
	assert_int_equal(AT(span, 0, 2).bytes.p[0], 2);
	assert_true(str_eq(AT(span, 0, 3).bytes, STR("x=y")));
	assert_int_equal(AT(span, 0, 4).bytes.p[0], 3);
	assert_true(str_eq(AT(span, 0, 5).bytes, STR("POST /v1")));
	assert_int_equal(AT(span, 0, 6).value, 2); /* SPAN_KIND_SERVER */
	assert_int_equal(AT(span, 0, 7).value, 5);
	assert_int_equal(AT(span, 0, 8).value, 6);
	assert_true(str_eq(AT(span, 0, 9, 2, 1).bytes, STR("POST")));
	assert_int_equal(count(span, 11), 2);
	assert_int_equal(AT(span, 0, 11, 1).value, 11);
	assert_true(str_eq(AT(span, 0, 11, 2).bytes, STR("attempt")));
	assert_int_equal(count(AT(span, 0, 11).bytes, 3), 1);
	assert_int_equal(AT(span, 0, 13, 1).bytes.p[0], 9);
	assert_true(str_eq(AT(span, 0, 13, 3).bytes, STR("a=1")));
	assert_true(str_eq(AT(span, 0, 15, 2).bytes, STR("why")));
	assert_int_equal(AT(span, 0, 15, 3).value, 2); /* STATUS_CODE_ERROR */
	assert_int_equal(AT(span, 0, 16).value, 0x103);
	assert_int_equal(AT(span, 0, 16).wire, PB_FIXED32);
	buf_release(&b);
}

static void without_room(void **state)
{
	(void)state;
	struct log_record r = { .resource = &orders, .time = 1, .body = STR("hello") };
	for (size_t limit = 1; limit < 200; limit++) {
		struct buf b;
		buf_init(&b, limit);
		otlp_encode_log(&b, &r);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_log_record), cmocka_unit_test(a_record_without_ids), cmocka_unit_test(a_span),
					    cmocka_unit_test(without_room) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
