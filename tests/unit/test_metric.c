/* Metrics: counting, histograms with exemplars, the OpenMetrics text line by line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include "base/metric.h"

static struct buf out;

static struct str expose(const char *part)
{
	buf_clear(&out);
	metric_expose(&out, str_z(part));
	assert_true(buf_ok(&out));
	return buf_str(&out);
}

static bool has_line(struct str text, const char *line)
{
	while (text.p)
		if (str_eq(str_split(&text, '\n'), str_z(line)))
			return true;
	return false;
}

static void expect_line(struct str text, const char *line)
{
	if (!has_line(text, line))
		fail_msg("no line \"%s\" in:\n%.*s", line, STR_FMT(text));
}

static void counters_and_gauges(void **state)
{
	(void)state;
	metric_inc(METRIC_STORE_SPANS);
	metric_add(METRIC_STORE_SPANS, 41);
	metric_set(METRIC_STORE_BYTES, 1 << 20);
	metric_set(METRIC_STORE_WAITING, -5);
	metric_set(METRIC_PROCESS_START, INT64_C(1763899200123456789));
	assert_int_equal(metric_get(METRIC_STORE_SPANS), 42);
	struct str text = expose("store");
	expect_line(text, "# TYPE pleach_store_spans counter");
	expect_line(text, "pleach_store_spans_total 42");
	expect_line(text, "# TYPE pleach_store_bytes gauge");
	expect_line(text, "# UNIT pleach_store_bytes bytes");
	expect_line(text, "pleach_store_bytes 1048576");
	expect_line(text, "pleach_store_waiting_bytes -5");
	expect_line(text, "# UNIT process_start_time_seconds seconds");
	expect_line(text, "process_start_time_seconds 1763899200.123456789");
	assert_true(str_ends(text, STR("\n# EOF\n")));
	assert_false(has_line(text, "# TYPE pleach_gateway_requests counter")); /* another part's */
	assert_true(has_line(expose("gateway"), "# TYPE pleach_gateway_requests counter"));
}

static void histograms(void **state)
{
	(void)state;
	static const uint8_t trace[16] = { 0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36 }, none[16] = { 0 };
	metric_observe(METRIC_STORE_QUERY_SECONDS, 500000, trace, INT64_C(1763899200123000000)); /* upper-inclusive */
	metric_observe(METRIC_STORE_QUERY_SECONDS, 500001, NULL, 0);
	metric_observe(METRIC_STORE_QUERY_SECONDS, -1, none, 0);
	metric_observe(METRIC_STORE_QUERY_SECONDS, INT64_C(60000000000), trace, INT64_C(1763899201000000000));
	assert_int_equal(metric_get(METRIC_STORE_QUERY_SECONDS), 4);
	struct str text = expose("store");
	expect_line(text, "# TYPE pleach_store_query_seconds histogram");
	expect_line(text, "# UNIT pleach_store_query_seconds seconds");
	expect_line(text, "pleach_store_query_seconds_bucket{le=\"0.0005\"} 2 # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 0.000500000 1763899200.123000000");
	expect_line(text, "pleach_store_query_seconds_bucket{le=\"0.001\"} 3");
	expect_line(text, "pleach_store_query_seconds_bucket{le=\"10.0\"} 3");
	expect_line(text, "pleach_store_query_seconds_bucket{le=\"+Inf\"} 4 # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 60.000000000 1763899201.000000000");
	expect_line(text, "pleach_store_query_seconds_count 4");
	expect_line(text, "pleach_store_query_seconds_sum 60.001000001");
}

/* Each family once, with its help, and every name of the table is one of a known part. */
static void every_row_is_exposed(void **state)
{
	(void)state;
	static const struct { const char *name, *part; } rows[] = {
#define METRIC_ROW(symbol, kind, name, unit, part, help) { name, part },
#include "tbl/metrics.h"
#undef METRIC_ROW
	};
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		char line[200];
		size_t times = 0;
		struct str text = expose(str_eq(str_z(rows[i].part), STR("all")) ? "node" : rows[i].part);
		int n = snprintf(line, sizeof(line), "# HELP %s ", rows[i].name);
		while (text.p)
			times += str_starts(str_split(&text, '\n'), str_from(line, (size_t)n));
		if (times != 1)
			fail_msg("%s: %zu times", rows[i].name, times);
	}
}

enum { THREADS = 4, OBSERVATIONS = 20000 };

static void *observe(void *argument)
{
	uint8_t trace[16];
	memset(trace, (int)(uintptr_t)argument, sizeof(trace));
	for (int i = 0; i < OBSERVATIONS; i++) {
		metric_inc(METRIC_NODE_LINES);
		metric_observe(METRIC_NODE_RESTART_SECONDS, (int64_t)(uintptr_t)argument * 1111111111, trace, (int64_t)(uintptr_t)argument * 1111111111);
	}
	return NULL;
}

/* Nothing is lost, and an exemplar is never mixed of two: trace id, value and time carry the same digit. */
static void many_threads(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, observe, (void *)(i + 6)), 0);
	for (int round = 0; round < 200; round++) {
		struct str text = expose("node");
		while (text.p) {
			struct str line = str_split(&text, '\n');
			size_t at = str_find(line, STR("# {trace_id=\"0"));
			if (at == SIZE_MAX)
				continue;
			char digit = line.p[at + 14];
			struct str rest = str_skip(line, at + 13);
			for (size_t i = 0; i < 32; i++)
				assert_true(rest.p[i] == (i % 2 ? digit : '0'));
			assert_true(rest.p[35] == digit && rest.p[47] == digit);
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(metric_get(METRIC_NODE_LINES), THREADS * OBSERVATIONS);
	assert_int_equal(metric_get(METRIC_NODE_RESTART_SECONDS), THREADS * OBSERVATIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(counters_and_gauges), cmocka_unit_test(histograms), cmocka_unit_test(every_row_is_exposed),
					    cmocka_unit_test(many_threads) };
	buf_init(&out, 1 << 20);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&out);
	return failed;
}
