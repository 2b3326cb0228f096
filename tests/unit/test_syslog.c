/* Syslog messages and framing: both RFCs, and the forms in which real senders depart from them. */
#include "base/time.h"
#include "store/syslog.h"
#include "store/syslog_frame.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct syslog_parser parser;

static int64_t at(const char *text)
{
	int64_t t;
	assert_true(time_parse(str_z(text), &t));
	return t;
}

static struct syslog_message parse_in(struct str text, const char *now, int64_t zone, const char *host)
{
	struct syslog_message m;
	struct syslog_source source = { .now = at(now), .zone = zone, .host = str_z(host) };
	syslog_parse(&parser, &source, text, &m);
	return m;
}
static struct syslog_message parse(const char *text) { return parse_in(str_z(text), "2026-11-25T12:00:00Z", 0, ""); }

static void assert_text(struct str s, const char *expected)
{
	if (!str_eq(s, str_z(expected)))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_FMT(s), expected);
}
static const char *attr(const struct syslog_message *m, const char *key)
{
	static char out[256];
	struct str s = attr_find_str(m->record.attrs, m->record.attr_count, str_z(key));
	if (!s.p)
		return NULL;
	snprintf(out, sizeof(out), "%.*s", STR_FMT(s));
	return out;
}

static void the_new_form(void **state)
{
	(void)state;
	struct syslog_message m = parse("<34>1 2026-10-11T22:14:15.003Z mymachine.example.com su 42 ID47 - \xef\xbb\xbf'su root' failed for lonvig on /dev/pts/8\n");
	assert_false(m.malformed);
	assert_true(m.record.time == at("2026-10-11T22:14:15.003Z"));
	assert_int_equal(m.record.severity, SEVERITY_ERROR + 1);
	assert_text(m.resource.service, "su");
	assert_text(m.resource.instance, "mymachine.example.com");
	assert_int_equal(m.resource.attr_count, 1);
	assert_text(m.resource.attrs[0].key, "host.name");
	assert_text(m.record.body, "'su root' failed for lonvig on /dev/pts/8");
	assert_string_equal(attr(&m, "syslog.procid"), "42");
	assert_string_equal(attr(&m, "syslog.msgid"), "ID47");
	assert_string_equal(attr(&m, "syslog.facility"), "auth");
}

static void nothing_but_nil(void **state)
{
	(void)state;
	struct syslog_message m = parse("<13>1 - - - - - - text");
	assert_false(m.malformed);
	assert_true(m.record.time == at("2026-11-25T12:00:00Z"));
	assert_text(m.resource.service, "unknown");
	assert_text(m.resource.instance, "");
	assert_int_equal(m.resource.attr_count, 0);
	assert_text(m.record.body, "text");
	assert_text(parse("<13>1 - - - - - -  rsyslog's blank").record.body, "rsyslog's blank");
	assert_text(parse("<13>1 - - - - - -   indented").record.body, "  indented");
	m = parse("<13>1 - - - - - -");
	assert_false(m.malformed);
	assert_text(m.record.body, "");
	m = parse_in(STR("<13>1 - - - - - - x"), "2026-11-25T12:00:00Z", 0, "192.0.2.7");
	assert_text(m.resource.instance, "192.0.2.7");
}

static void structured_data(void **state)
{
	(void)state;
	struct syslog_message m = parse("<165>1 2026-10-11T22:14:15Z h app - - "
					"[exampleSDID@32473 iut=\"3\" eventSource=\"a \\\"b\\\" \\\\ \\] \\c\"][examplePriority@32473 class=\"high\"][empty@1] body");
	assert_false(m.malformed);
	assert_string_equal(attr(&m, "exampleSDID@32473.iut"), "3");
	assert_string_equal(attr(&m, "exampleSDID@32473.eventSource"), "a \"b\" \\ ] \\c");
	assert_string_equal(attr(&m, "examplePriority@32473.class"), "high");
	assert_text(m.record.body, "body");
	assert_string_equal(attr(&m, "syslog.facility"), "local4");
	assert_int_equal(m.record.severity, SEVERITY_INFO + 1);
	m = parse("<165>1 2026-10-11T22:14:15Z h app - - [a@1 b=\"c\"][broken d=e] body");
	assert_true(m.malformed);
	assert_string_equal(attr(&m, "a@1.b"), "c");
	assert_text(m.record.body, "[broken d=e] body");
}

static void trace_ids(void **state)
{
	static const char id[] = "4bf92f3577b34da6a3ce929d0e0e4736";
	static const char *const texts[] = {
		"<14>1 - h app - - [trace@1 traceId=\"4bf92f3577b34da6a3ce929d0e0e4736\" spanId=\"00f067aa0ba902b7\"] x",
		"<14>1 - h app - - - order failed trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
		"<14>1 - h app - - - @cee: {\"msg\":\"x\",\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}",
		"<14>1 - h app - - - {\"msg\":\"x\",\"trace\":{\"id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}}",
		"<14>Oct 11 22:14:15 h app: traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct syslog_message m = parse(texts[i]);
		char hex[32];
		hex_encode(hex, m.record.trace.b, 16);
		if (memcmp(hex, id, 32) != 0)
			fail_msg("no trace id in %s", texts[i]);
	}
	struct syslog_message m = parse(texts[0]);
	assert_false(span_id_is_zero(&m.record.span));
}

static void json_text(void **state)
{
	(void)state;
	struct syslog_message m =
		parse("<14>1 2026-10-11T22:14:15Z web-1 runtime 7 - - @cee:{\"message\":\"paid\",\"level\":\"error\",\"service\":\"orders\",\"host\":\"inner\",\"amount\":12}");
	assert_text(m.record.body, "paid");
	assert_int_equal(m.record.severity, SEVERITY_ERROR);
	assert_text(m.resource.service, "orders");
	assert_text(m.resource.instance, "web-1");
	assert_string_equal(attr(&m, "syslog.appname"), "runtime");
	assert_string_equal(attr(&m, "host"), "inner");
	const struct value *amount = attr_find(m.record.attrs, m.record.attr_count, STR("amount"));
	assert_true(amount && amount->type == VALUE_INT && amount->i == 12);
	m = parse("<14>1 - h app - - - {\"amount\":12}");
	assert_text(m.record.body, "{\"amount\":12}");
	m = parse("<14>1 - h app - - - {\"amount\":12");
	assert_text(m.record.body, "{\"amount\":12");
	assert_null(attr_find(m.record.attrs, m.record.attr_count, STR("amount")));
}

static const struct {
	const char *text, *time, *host, *service, *procid, *body;
} olds[] = {
	{ "<13>Oct 11 22:14:15 mymachine su[77]: 'su root' failed", "2026-10-11T22:14:15Z", "mymachine", "su", "77", "'su root' failed" },
	{ "<13>Oct  1 22:14:15 mymachine su: x", "2026-10-01T22:14:15Z", "mymachine", "su", NULL, "x" },
	{ "<13>Oct  1 22:14:15 mymachine su:x", "2026-10-01T22:14:15Z", "mymachine", "unknown", NULL, "su:x" },
	{ "<13>Oct 11 22:14:15.123456 h app: x", "2026-10-11T22:14:15.123456Z", "h", "app", NULL, "x" },
	{ "<13>Oct 11 2025 22:14:15 h app: x", "2025-10-11T22:14:15Z", "h", "app", NULL, "x" },
	{ "<13>Oct 11 22:14:15 2025 h app: x", "2025-10-11T22:14:15Z", "h", "app", NULL, "x" },
	/* rsyslog's forward format */
	{ "<13>2026-10-11T22:14:15.003+02:00 h app[1]: x", "2026-10-11T20:14:15.003Z", "h", "app", "1", "x" },
	/* no host */
	{ "<13>Oct 11 22:14:15 app[1]: x y", "2026-10-11T22:14:15Z", "", "app", "1", "x y" },
	{ "<13>Oct 11 22:14:15 app: x y", "2026-10-11T22:14:15Z", "", "app", NULL, "x y" },
	/* a tag without a colon, and a text that is none */
	{ "<34>Oct 11 22:14:15 mymachine su 'su root' failed", "2026-10-11T22:14:15Z", "mymachine", "su", NULL, "'su root' failed" },
	{ "<34>Oct 11 22:14:15 mymachine Connection refused", "2026-10-11T22:14:15Z", "mymachine", "unknown", NULL, "Connection refused" },
	{ "<34>Oct 11 22:14:15 mymachine ERROR: refused", "2026-10-11T22:14:15Z", "mymachine", "unknown", NULL, "ERROR: refused" },
	{ "<13>Oct 11 22:14:15 h postfix/smtpd[12]: connect", "2026-10-11T22:14:15Z", "h", "postfix/smtpd", "12", "connect" },
	{ "<13>Oct 11 22:14:15 fe80::1 app: x", "2026-10-11T22:14:15Z", "fe80::1", "app", NULL, "x" },
	/* no time: no host */
	{ "<13>app[3]: x", NULL, "", "app", "3", "x" },
	{ "<13>just words", NULL, "", "unknown", NULL, "just words" },
	/* no priority */
	{ "Oct 11 22:14:15 h app: x", "2026-10-11T22:14:15Z", "h", "app", NULL, "x" },
	{ "words: more", NULL, "", "unknown", NULL, "words: more" },
	{ "<999>Oct 11 22:14:15 h app: x", NULL, "", "unknown", NULL, "<999>Oct 11 22:14:15 h app: x" },
	{ "<13", NULL, "", "unknown", NULL, "<13" },
	{ "", NULL, "", "unknown", NULL, "" },
	{ "<13>Feb 30 22:14:15 h app: x", NULL, "", "unknown", NULL, "Feb 30 22:14:15 h app: x" },
};

static void the_old_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(olds) / sizeof(*olds); i++) {
		struct syslog_message m = parse(olds[i].text);
		print_message("%s\n", olds[i].text);
		assert_true(m.record.time == at(olds[i].time ? olds[i].time : "2026-11-25T12:00:00Z"));
		assert_text(m.resource.instance, olds[i].host);
		assert_text(m.resource.service, olds[i].service);
		assert_text(m.record.body, olds[i].body);
		const char *procid = attr(&m, "syslog.procid");
		assert_true(!procid == !olds[i].procid);
		if (procid)
			assert_string_equal(procid, olds[i].procid);
		assert_true(m.malformed == !olds[i].time);
	}
}

static void the_missing_year(void **state)
{
	(void)state;
	struct syslog_message m = parse_in(STR("<13>Dec 31 23:59:59 h app: x"), "2027-01-01T00:00:03Z", 0, "");
	assert_true(m.record.time == at("2026-12-31T23:59:59Z"));
	m = parse_in(STR("<13>Jan  1 00:00:05 h app: x"), "2026-12-31T23:59:58Z", 0, "");
	assert_true(m.record.time == at("2027-01-01T00:00:05Z"));
	m = parse_in(STR("<13>Feb 29 10:00:00 h app: x"), "2028-03-01T00:00:00Z", 0, "");
	assert_true(m.record.time == at("2028-02-29T10:00:00Z"));
	/* Times without a zone are of the configured one; those with one are not moved. */
	m = parse_in(STR("<13>Oct 11 22:14:15 h app: x"), "2026-11-25T12:00:00Z", INT64_C(7200) * 1000000000, "");
	assert_true(m.record.time == at("2026-10-11T20:14:15Z"));
	m = parse_in(STR("<13>1 2026-10-11T22:14:15Z h app - - - x"), "2026-11-25T12:00:00Z", INT64_C(7200) * 1000000000, "");
	assert_true(m.record.time == at("2026-10-11T22:14:15Z"));
}

static void levels(void **state)
{
	static const uint8_t expected[8] = { 21, 19, 18, 17, 13, 10, 9, 5 };
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		char text[64];
		snprintf(text, sizeof(text), "<%u>1 - - - - - - x", 3 * 8 + i);
		assert_int_equal(parse(text).record.severity, expected[i]);
	}
	assert_int_equal(parse("no priority").record.severity, SEVERITY_INFO + 1);
}

/* --- framing ------------------------------------------------------------------------------------------------------------------------------ */

struct frames { char text[4096]; size_t len; unsigned count, cut; };

/* Gives the stream in steps, as a server does; messages are joined with '|'. */
static void feed(struct frames *out, struct str stream, size_t step)
{
	struct syslog_frames f = { 0 };
	struct str held = str_sub(stream, 0, 0);
	held.p = stream.p;
	*out = (struct frames){ 0 };
	while ((size_t)(held.p + held.len - stream.p) < stream.len || held.len) {
		size_t seen = (size_t)(held.p + held.len - stream.p);
		bool end = seen == stream.len;
		struct syslog_frame frame;
		if (!syslog_next_frame(&f, held, end, &frame)) {
			if (end)
				break;
			held.len += step < stream.len - seen ? step : stream.len - seen;
			continue;
		}
		assert_true(frame.used > 0 && frame.used <= held.len);
		held = str_skip(held, frame.used);
		if (!frame.message.p)
			continue;
		out->count++;
		out->cut += frame.cut;
		size_t n = frame.message.len < 200 ? frame.message.len : 200;
		assert_true(out->len + n + 2 < sizeof(out->text));
		memcpy(out->text + out->len, frame.message.p, n);
		out->len += n;
		out->text[out->len++] = '|';
	}
	assert_int_equal(held.len, 0);
}

static void framing(void **state)
{
	static const struct { const char *stream, *messages; } cases[] = {
		{ "<1>a\n<2>b\n", "<1>a|<2>b|" },
		{ "5 <1>ab6 <2>abc", "<1>ab|<2>abc|" },
		{ "5 <1>ab<2>line\n6 <3>abc<4>x\n", "<1>ab|<2>line|<3>abc|<4>x|" },
		{ "6 <1>ab\n5 <2>ab", "<1>ab\n|<2>ab|" },          /* rsyslog counts its line end too */
		{ "5 <1>ab\n5 <2>ab\n", "<1>ab|<2>ab|" },          /* and some do not count it, and send it */
		{ "2026-10-11 a line\n12 monkeys\n7\n", "2026-10-11 a line|12 monkeys|7|" },
		{ "12345678 <1>too long a count\n", "12345678 <1>too long a count|" },
		{ "05 <1>leading zero\n", "05 <1>leading zero|" },
		{ "<1>a\r\n\n\n<2>b", "<1>a\r|<2>b|" },
		{ "9 <1>cut", "<1>cut|" },
		{ "5", "5|" },
		{ "5 ", "5 |" },
		{ "", "" },
	};
	struct frames got;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t step = 1; step < 40; step++) {
			feed(&got, str_z(cases[i].stream), step);
			if (got.len != strlen(cases[i].messages) || memcmp(got.text, cases[i].messages, got.len) != 0)
				fail_msg("%s in steps of %zu: %.*s", cases[i].stream, step, (int)got.len, got.text);
		}
	feed(&got, STR("<1>a\0<2>b\0"), 3);
	assert_int_equal(got.count, 2);
}

static void long_messages(void **state)
{
	enum { LONG = 1 << 20 };
	char *text = malloc(LONG + 64);
	struct frames got;
	(void)state;
	assert_non_null(text);
	memset(text, 'x', LONG);
	memcpy(text, "<1>", 3);
	memcpy(text + LONG, "\n<2>next\n", 9);
	feed(&got, str_from(text, LONG + 9), 60000);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.cut, 1);
	assert_memory_equal(got.text + got.len - 8, "<2>next|", 8);
	int n = snprintf(text, 64, "%d <1>", LONG);
	text[n] = 'x';
	size_t size = (size_t)(n - 3) + LONG;
	memset(text + n, 'x', LONG);
	memcpy(text + size, "7 <2>next", 9);
	feed(&got, str_from(text, size + 9), 60000);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.cut, 1);
	assert_memory_equal(got.text + got.len - 8, "<2>next|", 8);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_new_form),	 cmocka_unit_test(nothing_but_nil),  cmocka_unit_test(structured_data), cmocka_unit_test(trace_ids),
		cmocka_unit_test(json_text),	 cmocka_unit_test(the_old_form),     cmocka_unit_test(the_missing_year), cmocka_unit_test(levels),
		cmocka_unit_test(framing),	 cmocka_unit_test(long_messages),
	};
	assert_true(syslog_parser_init(&parser));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	syslog_parser_release(&parser);
	return failed;
}
