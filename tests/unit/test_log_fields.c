/* Records from named values: every spelling of what a record has, and what stays an attribute. */
#include "base/check.h"
#include "base/json_flat.h"
#include "model/log_fields.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

#define SECOND ((int64_t)1000000000)
#define NOW ((int64_t)1795435200 * SECOND) /* 2026-11-23T12:00:00Z */
#define DAY (86400 * SECOND)
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static struct log_fields f;
static struct json_flat flat;

static int set_up(void **state)
{
	(void)state;
	flat = (struct json_flat){ 0 };
	if (!log_fields_init(&f, 32, 1 << 20) || !json_flat_init(&flat, 64, 1 << 20))
		return -1;
	flat.whole = log_fields_whole;
	flat.ctx = &f;
	f.oldest = NOW - 14 * DAY;
	f.newest = NOW + DAY;
	return 0;
}
static int tear_down(void **state)
{
	(void)state;
	log_fields_release(&f);
	json_flat_release(&flat);
	return 0;
}

static const struct log_record *parse(const char *text)
{
	if (json_flat_read(&flat, str_z(text)) != JSON_FLAT_OK)
		fail_msg("%s is no JSON", text);
	log_fields_begin(&f, NOW);
	for (uint32_t i = 0; i < flat.count; i++)
		log_fields_put_json(&f, flat.members[i].key, &flat.members[i].value);
	log_fields_end(&f);
	return &f.record;
}

static void check_str(struct str have, const char *want, const char *where)
{
	if (!str_eq(have, str_z(want)))
		fail_msg("%s\n gives  %.*s\n wanted %s", where, STR_FMT(have), want);
}

static void check_attr(const char *key, const char *want, const char *where)
{
	struct buf b;
	const struct value *v = attr_find(f.record.attrs, f.record.attr_count, str_z(key));
	buf_init(&b, 4096);
	if (v)
		value_text(&b, v);
	check_str(v ? buf_str(&b) : STR("(none)"), want, where);
	buf_release(&b);
}

static void the_message_has_many_names(void **state)
{
	static const char *const table[][2] = {
		{ "{\"message\":\"x\"}", "x" }, { "{\"msg\":\"x\"}", "x" }, { "{\"_msg\":\"x\"}", "x" }, { "{\"MESSAGE\":\"x\"}", "x" }, { "{\"log\":\"x\"}", "x" },
		{ "{\"body\":\"x\"}", "x" }, { "{\"event.original\":\"x\"}", "x" }, { "{\"event\":{\"original\":\"x\"}}", "x" }, { "{\"short_message\":\"x\"}", "x" },
		{ "{\"@m\":\"x\",\"@mt\":\"{a}\"}", "x" }, { "{\"event\":\"x\"}", "x" }, { "{\"log\":\"raw\",\"message\":\"x\"}", "x" }, { "{\"message\":\"x\",\"log\":\"raw\"}", "x" },
		{ "{\"message\":{\"a\":1}}", "{\"a\":1}" }, { "{\"message\":\"\"}", "" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		check_str(parse(table[i][0])->body, table[i][1], table[i][0]);
	check_attr("message", "(none)", "taken");
	parse("{\"log\":\"raw\",\"message\":\"x\"}");
	check_attr("log", "raw", "the lower one stays an attribute");
	assert_null(parse("{\"message\":7}")->body.p);
	check_attr("message", "7", "a number is no message");
	assert_null(parse("{\"a\":1}")->body.p);
}

static void the_level_has_many_forms(void **state)
{
	static const struct { const char *text; uint8_t severity; } table[] = {
		{ "{\"level\":\"warn\"}", SEVERITY_WARN }, { "{\"level\":40}", SEVERITY_WARN }, { "{\"level\":\"40\"}", SEVERITY_WARN }, { "{\"level\":60}", SEVERITY_FATAL },
		{ "{\"level\":\"\\u001b[31merror\\u001b[39m\"}", SEVERITY_ERROR }, { "{\"severity\":\"ERROR\"}", SEVERITY_ERROR }, { "{\"log\":{\"level\":\"debug\"}}", SEVERITY_DEBUG },
		{ "{\"levelname\":\"CRITICAL\"}", SEVERITY_ERROR + 1 }, { "{\"PRIORITY\":\"3\"}", SEVERITY_ERROR }, { "{\"PRIORITY\":3}", SEVERITY_ERROR },
		{ "{\"PRIORITY\":\"notice\"}", SEVERITY_INFO + 1 }, { "{\"priority\":3}", SEVERITY_NONE }, { "{\"priority\":\"3\"}", SEVERITY_NONE }, { "{\"priority\":\"err\"}", SEVERITY_ERROR },
		{ "{\"severity_number\":18}", 18 }, { "{\"severityText\":\"INFO\",\"severityNumber\":10}", 10 }, { "{\"@l\":\"Warning\"}", SEVERITY_WARN },
		{ "{\"level\":\"strange\"}", SEVERITY_NONE }, { "{\"level\":true}", SEVERITY_NONE }, { "{\"level\":-1}", SEVERITY_NONE }, { "{\"level\":3}", SEVERITY_ERROR },
		{ "{\"syslog_severity\":\"info\"}", SEVERITY_INFO },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (parse(table[i].text)->severity != table[i].severity)
			fail_msg("%s gives %d", table[i].text, f.record.severity);
	parse("{\"level\":\"strange\"}");
	check_attr("level", "strange", "stays");
}

static void the_time_has_many_forms(void **state)
{
	static const struct { const char *text; int64_t want; } table[] = {
		{ "{\"@timestamp\":\"2026-11-23T11:59:50Z\"}", NOW - 10 * SECOND },
		{ "{\"@timestamp\":\"2026-11-23T12:59:50.5+01:00\"}", NOW - 9500 * SECOND / 1000 },
		{ "{\"@timestamp\":\"2026-11-23T12:59:50.500+0100\"}", NOW - 9500 * SECOND / 1000 },
		{ "{\"@timestamp\":\"2026-11-23T12:59:50+01\"}", NOW - 10 * SECOND },
		{ "{\"timestamp\":\"2026-11-23T11:59:50\"}", NOW - 10 * SECOND },
		{ "{\"timestamp\":\"2026-11-23T11:59:50.123456789Z\"}", NOW - 10 * SECOND + 123456789 },
		{ "{\"asctime\":\"2026-11-23 11:59:50,250\"}", NOW - 9750 * SECOND / 1000 },
		{ "{\"time\":\"2026-11-23 11:59:50 +0000\"}", NOW - 10 * SECOND },
		{ "{\"time\":\"2026/11/23 11:59:50\"}", NOW - 10 * SECOND },
		{ "{\"time_local\":\"23/Nov/2026:12:59:50 +0100\"}", NOW - 10 * SECOND },
		{ "{\"time\":1795435190000}", NOW - 10 * SECOND }, /* pino */
		{ "{\"ts\":1795435190}", NOW - 10 * SECOND },
		{ "{\"ts\":1795435190.25}", NOW - 9750 * SECOND / 1000 },
		{ "{\"ts\":\"1795435190.25\"}", NOW - 9750 * SECOND / 1000 },
		{ "{\"date\":1795435190.368803}", NOW - 10 * SECOND + 368803000 },
		{ "{\"timestamp\":1795435190000000}", NOW - 10 * SECOND },
		{ "{\"timestamp\":1795435190000000000}", NOW - 10 * SECOND },
		{ "{\"timestamp\":\"1795435190000000000\"}", NOW - 10 * SECOND },
		{ "{\"__REALTIME_TIMESTAMP\":\"1795435190000000\"}", NOW - 10 * SECOND },
		{ "{\"time\":12}", NOW }, { "{\"time\":\"12\"}", NOW }, { "{\"time\":12.5}", NOW }, { "{\"time\":\"yesterday\"}", NOW }, { "{\"time\":null}", NOW }, { "{\"time\":\"\"}", NOW },
		{ "{\"time\":\"2026-11-23T11:59:50Z\",\"ts\":1}", NOW - 10 * SECOND },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int64_t d = parse(table[i].text)->time - table[i].want;
		if (d > 1000 || d < -1000 || f.time_refused)
			fail_msg("%s is off by %lld", table[i].text, (long long)d);
	}
	static const char *const refused[] = { "{\"@timestamp\":\"1970-01-01T00:00:00Z\"}", "{\"time\":\"2126-01-01T00:00:00Z\"}", "{\"ts\":1700000000}", "{\"ts\":\"2026-11-01\"}" };
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (parse(refused[i])->time != NOW || !f.time_refused || f.record.attr_count != 1)
			fail_msg("%s is taken", refused[i]);
	check_attr("ts", "2026-11-01", "stays");
}

static void ids_have_many_spellings(void **state)
{
	static const char *const traces[] = {
		"{\"trace_id\":\"" TRACE "\"}", "{\"traceId\":\"" TRACE "\"}", "{\"trace.id\":\"" TRACE "\"}", "{\"trace\":{\"id\":\"" TRACE "\"}}", "{\"TraceID\":\"4BF92F3577B34DA6A3CE929D0E0E4736\"}",
		"{\"dd.trace_id\":\"" TRACE "\"}", "{\"otelTraceID\":\"" TRACE "\"}", "{\"X-B3-TraceId\":\"" TRACE "\"}", "{\"mdc\":{\"traceId\":\"" TRACE "\"}}", "{\"labels\":{\"trace\":{\"id\":\"" TRACE "\"}}}",
		"{\"traceparent\":\"00-" TRACE "-" SPAN "-01\"}", "{\"trace_id\":\"4bf92f35-77b3-4da6-a3ce-929d0e0e4736\"}", "{\"xray_trace_id\":\"1-4bf92f35-77b34da6a3ce929d0e0e4736\"}",
		"{\"X-Amzn-Trace-Id\":\"Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=53995c3f42cd8ad8\"}", "{\"logging.googleapis.com/trace\":\"projects/x/traces/" TRACE "\"}", "{\"@tr\":\"" TRACE "\"}",
		"{\"msg\":\"call trace_id=" TRACE " failed\"}", "{\"msg\":\"got 00-" TRACE "-" SPAN "-01\"}", "{\"trace_id\":\"x\",\"traceId\":\"" TRACE "\"}",
	};
	static const char *const lows[] = { "{\"dd.trace_id\":\"11803532876627986230\"}", "{\"dd.trace_id\":11803532876627986230}", "{\"dd\":{\"trace_id\":\"11803532876627986230\"}}",
					    "{\"trace_id\":\"a3ce929d0e0e4736\"}" };
	static const char *const spans[] = { "{\"span_id\":\"" SPAN "\"}", "{\"spanId\":\"" SPAN "\"}", "{\"span\":{\"id\":\"" SPAN "\"}}", "{\"dd.span_id\":\"67667974448284343\"}", "{\"dd.span_id\":67667974448284343}",
					     "{\"traceparent\":\"00-" TRACE "-" SPAN "-01\"}", "{\"X-B3-SpanId\":\"" SPAN "\"}", "{\"attributes.span_id\":\"" SPAN "\"}" };
	char hex[33] = "";
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traces); i++) {
		hex_encode(hex, parse(traces[i])->trace.b, 16);
		check_str(str_from(hex, 32), TRACE, traces[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(lows); i++) {
		hex_encode(hex, parse(lows[i])->trace.b, 16);
		check_str(str_from(hex, 32), "0000000000000000a3ce929d0e0e4736", lows[i]);
		assert_int_equal(f.record.attr_count, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
		hex_encode(hex, parse(spans[i])->span.b, 8);
		check_str(str_from(hex, 16), SPAN, spans[i]);
	}
	static const char *const none[] = { "{\"trace_id\":\"00000000000000000000000000000000\"}", "{\"trace_id\":\"0000000000000000\"}", "{\"trace_id\":12}", "{\"trace_id\":\"abc\"}", "{\"trace_id\":true}",
					    "{\"parent.trace_id\":\"" TRACE "\"}", "{\"labels.level\":\"error\"}" };
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		assert_true(trace_id_is_zero(&parse(none[i])->trace));
		assert_int_equal(f.record.severity, SEVERITY_NONE);
		assert_int_equal(f.record.attr_count, 1);
	}
}

static void service_and_instance_are_found(void **state)
{
	static const char *const table[][3] = {
		{ "{\"service\":\"cart\"}", "cart", "" }, { "{\"service\":{\"name\":\"cart\"}}", "cart", "" }, { "{\"service.name\":\"cart\",\"host\":\"web-1\"}", "cart", "web-1" },
		{ "{\"app\":\"cart\",\"pod\":\"cart-7\",\"host\":\"n1\"}", "cart", "cart-7" }, { "{\"host\":\"n1\",\"app\":\"x\",\"service\":\"cart\",\"instance\":\"i\"}", "cart", "i" },
		{ "{\"service\":\"cart\",\"app\":\"x\"}", "cart", "" }, { "{\"container_name\":\"/cart\"}", "cart", "" },
		{ "{\"kubernetes\":{\"container_name\":\"cart\",\"pod_name\":\"cart-7\"}}", "cart", "cart-7" }, { "{\"host\":{\"name\":\"n1\"}}", "", "n1" }, { "{\"service\":7}", "", "" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		parse(table[i][0]);
		check_str(f.service, table[i][1], table[i][0]);
		check_str(f.instance, table[i][2], table[i][0]);
	}
	parse("{\"app\":\"cart\",\"host\":\"n1\",\"service.version\":\"2\"}");
	check_attr("app", "cart", "a hint stays");
	check_attr("host", "n1", "a hint stays");
	check_str(f.version, "2", "version");
	parse("{\"app\":\"x\"}");
	check_str(f.version, "", "nothing is left from the record before");
}

static void known_names_are_compared(void **state)
{
	(void)state;
	f.compare = true;
	f.service = STR("cart");
	f.instance = STR("cart-1");
	parse("{\"service\":\"cart\",\"instance\":\"cart-2\",\"app\":\"x\"}");
	check_str(f.service, "cart", "kept");
	check_attr("service", "(none)", "equal");
	check_attr("instance", "cart-2", "another");
	check_attr("app", "x", "a hint");
}

static void values_beyond_the_limit_are_counted(void **state)
{
	char text[4096] = "{\"msg\":\"x\"";
	size_t n = strlen(text);
	(void)state;
	for (int i = 0; i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",\"k%d\":%d", i, i);
	snprintf(text + n, sizeof(text) - n, ",\"level\":\"error\"}");
	parse(text);
	assert_int_equal(f.record.attr_count, 32);
	assert_int_equal(f.left_out, 8);
	assert_int_equal(f.record.severity, SEVERITY_ERROR);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_message_has_many_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_level_has_many_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_time_has_many_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ids_have_many_spellings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(service_and_instance_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(known_names_are_compared, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values_beyond_the_limit_are_counted, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
