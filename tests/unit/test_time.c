/* Times, durations and sizes as text: round trips, limits, refusals. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <time.h>
#include "base/check.h"
#include "base/time.h"

static void expect(struct buf *b, const char *text)
{
	if (!str_eq(buf_str(b), str_z(text)))
		fail_msg("%.*s instead of %s", STR_FMT(buf_str(b)), text);
	buf_clear(b);
}

static const int64_t second = 1000000000;

static void written(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 200);
	time_rfc3339(&b, INT64_C(1763899200123456789), 9);
	expect(&b, "2025-11-23T12:00:00.123456789Z");
	time_rfc3339(&b, INT64_C(1763899200123999999), 3);
	expect(&b, "2025-11-23T12:00:00.123Z");
	time_rfc3339(&b, -1, 6);
	expect(&b, "1969-12-31T23:59:59.999999Z");
	time_rfc3339(&b, 951782400 * second, 0);
	expect(&b, "2000-02-29T00:00:00Z");
	time_rfc3339(&b, INT64_MAX, 9);
	expect(&b, "2262-04-11T23:47:16.854775807Z");
	time_rfc3339(&b, INT64_MIN, 9);
	expect(&b, "1677-09-21T00:12:43.145224192Z");
	time_http(&b, 784111777 * second); /* RFC 9110's own example */
	expect(&b, "Sun, 06 Nov 1994 08:49:37 GMT");
	buf_release(&b);
}

/* Each day of 1678 to 2261, and the C library as the witness. */
static void every_day_round_trips(void **state)
{
	(void)state;
	struct buf b;
	char expected[32];
	buf_init(&b, 64);
	for (int64_t day = -106650; day < 106650; day++) {
		time_t t = (time_t)(day * 86400 + 3661);
		struct tm tm;
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
		buf_clear(&b);
		time_rfc3339(&b, (int64_t)t * second, 0);
		int64_t back = 0;
		if (!str_eq(buf_str(&b), str_z(expected)) || !time_parse(buf_str(&b), &back) || back != (int64_t)t * second)
			fail_msg("%s", expected);
	}
	buf_release(&b);
}

static void parsed(void **state)
{
	(void)state;
	static const struct { const char *text; int64_t wall; } good[] = {
		{ "2025-11-23T12:00:00.123456789Z", INT64_C(1763899200123456789) },
		{ "2025-11-23t14:30:00.5+02:30", INT64_C(1763899200500000000) },
		{ "2025-11-23 07:00:00-05:00", INT64_C(1763899200000000000) },
		{ "2025-11-23 12:00:00", INT64_C(1763899200000000000) },
		{ "2025-11-23", INT64_C(1763856000000000000) },
		{ "2025-11-23T12:00:00.1234567899999Z", INT64_C(1763899200123456789) },
		{ "2016-12-31T23:59:60Z", INT64_C(1483228800000000000) },
		{ "1763899200", INT64_C(1763899200000000000) },
		{ "1763899200.25", INT64_C(1763899200250000000) },
		{ "1763899200123", INT64_C(1763899200123000000) },
		{ "1763899200123456", INT64_C(1763899200123456000) },
		{ "1763899200123456789", INT64_C(1763899200123456789) },
		{ "0", 0 },
		{ "2262-04-11T23:47:16.854775807Z", INT64_MAX },
		{ "1677-09-21T00:12:43.145224192Z", INT64_MIN },
	};
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		int64_t wall = 1;
		if (!time_parse(str_z(good[i].text), &wall) || wall != good[i].wall)
			fail_msg("%s: %lld", good[i].text, (long long)wall);
	}
}

static void refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "now", "2025-13-01", "2025-02-29", "1900-02-29", "2025-00-01", "2025-01-00", "2025-1-1", "2025-11-23T12:00Z",
		"2025-11-23T12:00:00", "2025-11-23T24:00:00Z", "2025-11-23T12:60:00Z", "2025-11-23T12:00:61Z", "2025-11-23T12:00:00.Z", "2025-11-23T12:00:00+0200",
		"2025-11-23T12:00:00+24:00", "2025-11-23T12:00:00Z ", "2263-01-01", "0001-01-01", "-5", "1.", "1.x", "99999999999", "9999999999999999999", "12a", ".5" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int64_t wall = 42;
		if (time_parse(str_z(bad[i]), &wall) || wall != 42)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void durations(void **state)
{
	(void)state;
	static const struct { const char *text; int64_t ns; } good[] = {
		{ "300ms", 300000000 }, { "2s", 2000000000 }, { "1m30s", INT64_C(90000000000) }, { "14d", INT64_C(1209600000000000) },
		{ "1.5h", INT64_C(5400000000000) }, { "0s", 0 }, { "7us", 7000 }, { "7µs", 7000 }, { "9ns", 9 }, { "1w", INT64_C(604800000000000) },
		{ "0.5ms", 500000 }, { "1h1ns", INT64_C(3600000000001) },
	};
	static const char *const bad[] = { "", "5", "s", "-1s", "1s1m", "1s2s", "1 s", "1x", "1.s", ".5s", "1.2.3s", "99999999999d", "1m30" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		int64_t ns = 1;
		if (!duration_parse(str_z(good[i].text), &ns) || ns != good[i].ns)
			fail_msg("%s: %lld", good[i].text, (long long)ns);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int64_t ns = 42;
		if (duration_parse(str_z(bad[i]), &ns) || ns != 42)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void durations_for_people(void **state)
{
	(void)state;
	static const struct { int64_t ns; const char *text; } cases[] = {
		{ 0, "0 ns" }, { 999, "999 ns" }, { 1000, "1.00 µs" }, { 812000, "812 µs" }, { 999499, "999 µs" }, { 999500, "1.00 ms" }, { 9994999, "9.99 ms" },
		{ 9995000, "10.0 ms" }, { 1240000000, "1.24 s" }, { 59949999999, "59.9 s" }, { 59950000000, "1 min" }, { 200000000000, "3 min 20 s" },
		{ 3599600000000, "1 h" }, { 7500000000000, "2 h 5 min" }, { 93600000000000, "1 d 2 h" }, { -1500000, "-1.50 ms" }, { INT64_MIN, "-106752 d" },
		{ INT64_C(86370000000000), "1 d" },
	};
	struct buf b;
	buf_init(&b, 64);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		duration_human(&b, cases[i].ns);
		expect(&b, cases[i].text);
	}
	buf_release(&b);
}

static void zones(void **state)
{
	(void)state;
	static const struct { const char *text; int minutes; const char *put; } good[] = {
		{ "UTC", 0, "+00:00" }, { "Z", 0, "+00:00" }, { "+02:00", 120, "+02:00" }, { "-0530", -330, "-05:30" }, { "+14", 840, "+14:00" }, { "-18:00", -1080, "-18:00" },
	};
	static const char *const bad[] = { "", "2", "02:00", "+2", "+02:60", "+19:00", "+02:0", "+02:000", "CET", "+-2" };
	struct buf b;
	buf_init(&b, 64);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		int64_t ns = 1;
		if (!zone_parse(str_z(good[i].text), &ns) || ns != good[i].minutes * INT64_C(60000000000))
			fail_msg("%s: %lld", good[i].text, (long long)ns);
		zone_put(&b, ns);
		expect(&b, good[i].put);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int64_t ns = 42;
		if (zone_parse(str_z(bad[i]), &ns) || ns != 42)
			fail_msg("accepted: %s", bad[i]);
	}
	buf_release(&b);
}

static void sizes(void **state)
{
	(void)state;
	static const struct { const char *text; int64_t bytes; } good[] = {
		{ "512", 512 }, { "64K", 65536 }, { "64KiB", 65536 }, { "20g", INT64_C(21474836480) }, { "1T", INT64_C(1099511627776) }, { "0", 0 },
		{ "8388607T", INT64_C(8388607) << 40 },
	};
	static const char *const bad[] = { "", "K", "-1", "1KB", "1.5G", "iB", "1iB", "8388608T", "1 K", "1P", "99999999999999999999" };
	static const struct { int64_t bytes; const char *text; } human[] = {
		{ 0, "0 B" }, { 1023, "1023 B" }, { 1024, "1.00 KiB" }, { 1023 * 1024, "1023 KiB" }, { 1048064, "1.00 MiB" }, { INT64_MAX, "8.00 EiB" }, { -2048, "-2.00 KiB" },
	};
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		int64_t bytes = -1;
		if (!size_parse(str_z(good[i].text), &bytes) || bytes != good[i].bytes)
			fail_msg("%s: %lld", good[i].text, (long long)bytes);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int64_t bytes = 42;
		if (size_parse(str_z(bad[i]), &bytes) || bytes != 42)
			fail_msg("accepted: %s", bad[i]);
	}
	struct buf b;
	buf_init(&b, 64);
	for (size_t i = 0; i < ARRAY_LEN(human); i++) {
		size_human(&b, human[i].bytes);
		expect(&b, human[i].text);
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written),   cmocka_unit_test(every_day_round_trips), cmocka_unit_test(parsed), cmocka_unit_test(refused),
		cmocka_unit_test(durations), cmocka_unit_test(durations_for_people),  cmocka_unit_test(sizes), cmocka_unit_test(zones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
