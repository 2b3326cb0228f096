/* Ids and W3C Trace Context level 2; the tracestate cases are those of the W3C's own trace-context test suite. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/ids.h"
#include <stdio.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static bool parses(const char *text)
{
	struct trace_context c;
	return traceparent_parse(&c, str_z(text));
}

static void traceparent_of_version_00(void **state)
{
	(void)state;
	struct trace_context c;
	char out[TRACEPARENT_LEN];
	assert_true(traceparent_parse(&c, STR("00-" TRACE "-" SPAN "-03")));
	assert_int_equal(c.flags, TRACE_SAMPLED | TRACE_RANDOM);
	traceparent_write(out, &c);
	assert_memory_equal(out, "00-" TRACE "-" SPAN "-03", TRACEPARENT_LEN);
	/* flags beyond the two are dropped */
	assert_true(traceparent_parse(&c, STR("00-" TRACE "-" SPAN "-ff")));
	assert_int_equal(c.flags, 3);
	assert_true(traceparent_parse(&c, STR("00-" TRACE "-" SPAN "-00")));
	assert_int_equal(c.flags, 0);
}

static void traceparent_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "00", "00-" TRACE "-" SPAN "-0", "00-" TRACE "-" SPAN "-01-", "00-" TRACE "-" SPAN "-01-more", "00-" TRACE "-" SPAN "-011",
		"ff-" TRACE "-" SPAN "-01", "0g-" TRACE "-" SPAN "-01", "00-00000000000000000000000000000000-" SPAN "-01",
		"00-" TRACE "-0000000000000000-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", "00-" TRACE "-00F067AA0BA902B7-01",
		"00-" TRACE "-" SPAN "-0A", "00_" TRACE "-" SPAN "-01", "00-" TRACE "_" SPAN "-01", "00-" TRACE "-" SPAN ".01",
		"00-" TRACE "-" SPAN "-.0", "00-.bf92f3577b34da6a3ce929d0e0e4736-" SPAN "-01", "CC-" TRACE "-" SPAN "-01",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (parses(bad[i]))
			fail_msg("accepted: %s", bad[i]);
	}
}

static void traceparent_of_later_versions(void **state)
{
	(void)state;
	struct trace_context c;
	assert_true(parses("cc-" TRACE "-" SPAN "-01"));
	assert_true(parses("cc-" TRACE "-" SPAN "-01-what-the-future-will-be-like"));
	assert_false(parses("cc-" TRACE "-" SPAN "-01.what-the-future-will-not-be-like"));
	assert_true(parses("cc-" TRACE "-" SPAN "-01-"));
	assert_true(traceparent_parse(&c, STR("01-" TRACE "-" SPAN "-07")));
	assert_int_equal(c.flags, 3);
}

static void failure_leaves_the_output_alone(void **state)
{
	(void)state;
	struct trace_context c, before;
	memset(&c, 7, sizeof(c));
	before = c;
	assert_false(traceparent_parse(&c, STR("00-" TRACE "-" SPAN "-0x")));
	assert_memory_equal(&c, &before, sizeof(c));
	struct trace_id t = { { 9 } };
	assert_false(trace_id_parse(&t, STR("4bf92f3577b34da6a3ce929d0e0e473x")));
	assert_int_equal(t.b[0], 9);
}

/* Joined list, or "refused". */
static const char *combined(const struct str *values, size_t n)
{
	static char text[16384];
	struct buf b;
	buf_init(&b, sizeof(text) - 1);
	buf_add(&b, STR("|"));
	bool ok = tracestate_combine(&b, values, n);
	struct str s = buf_str(&b);
	if (!ok)
		assert_int_equal(s.len, 1);
	memcpy(text, s.p + 1, s.len - 1);
	text[s.len - 1] = 0;
	buf_release(&b);
	return ok ? text : "refused";
}

static const char *one(const char *value)
{
	struct str v = str_z(value);
	return combined(&v, 1);
}

static void tracestate_kept(void **state)
{
	(void)state;
	struct str two[] = { STR("foo=1,bar=2"), STR("rojo=1,congo=2") };
	struct str with_empty[] = { STR("foo=1"), STR("") };
	assert_string_equal(one("foo=1,bar=2"), "foo=1,bar=2");
	assert_string_equal(combined(two, 2), "foo=1,bar=2,rojo=1,congo=2");
	assert_string_equal(combined(with_empty, 2), "foo=1");
	assert_string_equal(one("foo=1 \t , \t bar=2, \t baz=3"), "foo=1,bar=2,baz=3");
	assert_string_equal(one("foo=1\t \t,\t \tbar=2,\t \tbaz=3"), "foo=1,bar=2,baz=3");
	assert_string_equal(one(" foo=1"), "foo=1");
	assert_string_equal(one("foo=1,"), "foo=1");
	assert_string_equal(one("foo=1,,,bar=2"), "foo=1,bar=2");
	assert_string_equal(one(""), "");
	assert_string_equal(one("foo=1,foo=2"), "foo=1,foo=2");
	assert_string_equal(one("foo= a b"), "foo= a b");
	/* level 2: these keys are valid */
	assert_string_equal(one("foo@=1"), "foo@=1");
	assert_string_equal(one("foo@@bar=1,bar=2"), "foo@@bar=1,bar=2");
	assert_string_equal(one("foo@bar@baz=1"), "foo@bar@baz=1");
	assert_string_equal(one("0foo=1,t0/_-*@v=2"), "0foo=1,t0/_-*@v=2");
}

static void tracestate_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "foo", "=1", "@foo=1", "foo=", "foo =1", "FOO=1", "foo.bar=1", "foo=a=b", "foo=1,bar", "-foo=1",
					   "_foo=1", "*foo=1", "/foo=1", "foo=\x7f", "foo=\xc3\xa4", "foo bar=1", "foo=1;bar=2\x01", "foo=bar=baz" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (strcmp(one(bad[i]), "refused") != 0)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void tracestate_limits(void **state)
{
	(void)state;
	char text[2048];
	struct buf b;
	buf_init(&b, sizeof(text));
	for (int i = 0; i < 32; i++)
		buf_printf(&b, "bar%02d=%02d,", i, i);
	memcpy(text, buf_str(&b).p, buf_str(&b).len);
	text[buf_str(&b).len - 1] = 0;
	assert_string_equal(one(text), text); /* 32 members; an empty one does not count */
	buf_add(&b, STR("bar33=1"));
	assert_string_equal(combined((struct str[]){ buf_str(&b) }, 1), "refused");
	buf_release(&b);
	for (int key = 256; key <= 257; key++) {
		memset(text, 'z', (size_t)key);
		strcpy(text + key, "=1");
		assert_int_equal(strcmp(one(text), "refused") != 0, key == 256);
	}
	for (int value = 256; value <= 257; value++) {
		strcpy(text, "a=");
		memset(text + 2, 'v', (size_t)value);
		text[2 + value] = 0;
		assert_int_equal(strcmp(one(text), "refused") != 0, value == 256);
	}
}

static void tracestate_without_room(void **state)
{
	(void)state;
	struct buf b;
	struct str v = STR("foo=1,bar=2");
	buf_init(&b, 8);
	assert_false(tracestate_combine(&b, &v, 1));
	assert_int_equal(buf_str(&b).len, 0);
	buf_release(&b);
}

static void ids_are_made_and_read(void **state)
{
	(void)state;
	struct trace_id t = trace_id_make(0x0102030405060708, 0x090a0b0c0d0e0f10), zero = trace_id_make(0, 0), again;
	struct span_id s = span_id_make(0x0102030405060708), z = span_id_make(0);
	for (int i = 0; i < 16; i++)
		assert_int_equal(t.b[i], i + 1);
	assert_int_equal(s.b[7], 8);
	assert_false(trace_id_is_zero(&zero));
	assert_false(span_id_is_zero(&z));
	assert_true(trace_id_parse(&again, STR("0102030405060708090A0b0C0d0E0f10")));
	assert_true(trace_id_eq(&t, &again));
	assert_false(trace_id_parse(&again, STR("00000000000000000000000000000000")));
	assert_false(trace_id_parse(&again, STR("0102030405060708090a0b0c0d0e0f")));
	assert_true(span_id_parse(&s, STR(SPAN)));
	assert_false(span_id_parse(&s, STR("0000000000000000")));
}

static bool found(const char *text, const char *expected)
{
	struct trace_id t, wanted;
	if (!trace_id_find(&t, str_z(text)))
		return expected == NULL;
	return expected && trace_id_parse(&wanted, str_z(expected)) && trace_id_eq(&t, &wanted);
}

static void ids_in_text(void **state)
{
	(void)state;
	assert_true(found("order 17 failed trace_id=" TRACE " after 3 tries", TRACE));
	assert_true(found(TRACE, TRACE));
	assert_true(found("[" TRACE "]", TRACE));
	assert_true(found("traceparent: 00-" TRACE "-" SPAN "-01", TRACE));
	assert_true(found("4BF92F3577B34DA6A3CE929D0E0E4736", TRACE));
	assert_true(found("no id in this line, which is long enough to hold one", NULL));
	assert_true(found("", NULL));
	assert_true(found("a" TRACE, NULL));
	assert_true(found(TRACE "0", NULL));
	assert_true(found("x" TRACE, NULL));
	assert_true(found("sha256 " TRACE TRACE, NULL));
	assert_true(found("id=00000000000000000000000000000000", NULL));
	/* a checksum before the id does not take its place */
	assert_true(found("etag d41d8cd98f00b204e9800998ecf8427e trace=" TRACE, TRACE));
	assert_true(found("trace d41d8cd98f00b204e9800998ecf8427e 00-" TRACE "-" SPAN "-01", TRACE));
	assert_true(found("d41d8cd98f00b204e9800998ecf8427e then " TRACE, "d41d8cd98f00b204e9800998ecf8427e"));
}

static void named_ids_in_text(void **state)
{
	struct trace_id t;
	(void)state;
	assert_true(trace_id_find_named(&t, STR("[" TRACE "]")));
	assert_true(trace_id_find_named(&t, STR("INFO [orders," TRACE "," SPAN "] done")));
	assert_true(trace_id_find_named(&t, STR("Trace: " TRACE)));
	assert_true(trace_id_find_named(&t, STR("00-" TRACE "-" SPAN "-01")));
	assert_false(trace_id_find_named(&t, STR(TRACE)));
	assert_false(trace_id_find_named(&t, STR("[req-1 " TRACE " - -]")));
	assert_false(trace_id_find_named(&t, STR("etag " TRACE)));
}

static void ids_at_every_position(void **state)
{
	(void)state;
	char text[128];
	for (int at = 0; at < 80; at++) {
		memset(text, ' ', sizeof(text));
		memcpy(text + at, TRACE, 32);
		text[at + 40] = 0;
		assert_true(found(text, TRACE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traceparent_of_version_00), cmocka_unit_test(traceparent_refused),
		cmocka_unit_test(traceparent_of_later_versions), cmocka_unit_test(failure_leaves_the_output_alone),
		cmocka_unit_test(tracestate_kept), cmocka_unit_test(tracestate_refused),
		cmocka_unit_test(tracestate_limits), cmocka_unit_test(tracestate_without_room),
		cmocka_unit_test(ids_are_made_and_read), cmocka_unit_test(ids_in_text),
		cmocka_unit_test(named_ids_in_text), cmocka_unit_test(ids_at_every_position),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
