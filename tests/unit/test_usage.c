/* What consumers use: counting, batches that come twice, days, limits, the file after a restart, a file that is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "contract/usage/usage.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY ((int64_t)86400 * 1000)
#define NOW (20000 * DAY + 5000)
static char folder[64], file[96];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/pleach-usage-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/usage.db", folder);
	return 0;
}

static int teardown(void **state)
{
	char name[128];
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", file, i == 0 ? "" : i == 1 ? "-wal" : "-shm");
		unlink(name);
	}
	return rmdir(folder);
}

static struct usage *open_usage(void)
{
	struct err e = { 0 };
	struct usage *u = usage_new(str_z(file), &e);
	assert_non_null(u);
	if (err_is_set(&e))
		fail_msg("%s", e.message);
	return u;
}

static struct usage_delta delta(const char *consumer, const char *operation, const char *field, uint64_t calls, int64_t last_ms)
{
	return (struct usage_delta){ .consumer = str_z(consumer), .service = STR("orders"), .version = STR("v1"), .operation = str_z(operation), .field = str_z(field), .calls = calls,
				     .failed = calls / 2, .first_ms = last_ms, .last_ms = last_ms, .trace = { (uint8_t)calls } };
}

static void take(struct usage *u, uint64_t sequence, const struct usage_delta *d, size_t count)
{
	struct err e = { 0 };
	const struct usage_source from = { STR("gateway-1"), STR("boot"), sequence };
	if (!usage_take(u, &from, d, count, &e))
		fail_msg("%s", e.message);
}

struct told { char text[4096]; size_t n; };
static void tell(void *ctx, const struct usage_seen *s)
{
	struct told *t = ctx;
	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n, "%.*s|%.*s|%.*s|%llu|%llu|%d;", STR_FMT(s->consumer), STR_FMT(s->operation), STR_FMT(s->field), (unsigned long long)s->calls,
				 (unsigned long long)s->failed, s->trace[0]);
	assert_true(t->n < sizeof(t->text));
}

static const char *all(struct usage *u, int64_t since)
{
	static struct told t;
	t.n = 0;
	t.text[0] = '\0';
	usage_each(u, STR("orders"), STR("v1"), since, tell, &t);
	return t.text;
}

static void counts(void **state)
{
	(void)state;
	struct usage *u = open_usage();
	const struct usage_delta first[] = { delta("b", "GET /x", "", 4, NOW), delta("a", "GET /x", "", 2, NOW - DAY), delta("a", "GET /x", "query.limit", 1, NOW - DAY), delta("outside", "", "GET /y", 3, NOW) };
	take(u, 1, first, ARRAY_LEN(first));
	const char *expected = "outside||GET /y|3|1|3;a|GET /x||2|1|2;a|GET /x|query.limit|1|0|1;b|GET /x||4|2|4;";
	assert_string_equal(all(u, 0), expected);
	take(u, 1, first, ARRAY_LEN(first)); /* comes twice: once more is not counted */
	assert_string_equal(all(u, 0), expected);
	assert_string_equal(all(u, NOW - 1000), "outside||GET /y|3|1|3;b|GET /x||4|2|4;");
	const struct usage_delta more = delta("a", "GET /x", "", 8, NOW);
	take(u, 2, &more, 1);
	assert_string_equal(all(u, NOW - 1000), "outside||GET /y|3|1|3;a|GET /x||8|4|8;b|GET /x||4|2|4;");
	usage_free(u);
	u = open_usage(); /* as after a crash: nothing is written at the end */
	assert_string_equal(all(u, 0), "outside||GET /y|3|1|3;a|GET /x||10|5|8;a|GET /x|query.limit|1|0|1;b|GET /x||4|2|4;");
	take(u, 2, &more, 1);
	assert_string_equal(all(u, NOW - 1000), "outside||GET /y|3|1|3;a|GET /x||8|4|8;b|GET /x||4|2|4;");
	const struct usage_source other = { STR("gateway-1"), STR("another boot"), 1 };
	struct err e = { 0 };
	assert_true(usage_take(u, &other, &more, 1, &e));
	assert_string_equal(all(u, NOW - 1000), "outside||GET /y|3|1|3;a|GET /x||16|8|8;b|GET /x||4|2|4;");
	usage_free(u);
}

static void days(void **state)
{
	(void)state;
	struct usage *u = open_usage();
	uint32_t by_day[30];
	for (uint64_t i = 0; i < 100; i++) {
		const struct usage_delta d = delta("a", i % 2 ? "GET /x" : "GET /y", "", i + 1, NOW - (int64_t)(99 - i) * DAY);
		take(u, i + 1, &d, 1);
	}
	assert_int_equal(usage_days(u, STR("a"), STR("orders"), STR("v1"), NOW, by_day, 30), 30 * 71 + 29 * 30 / 2);
	assert_int_equal(by_day[29], 100);
	assert_int_equal(by_day[0], 71);
	assert_int_equal(usage_days(u, STR("a"), STR("orders"), STR("v1"), NOW + 40 * DAY, by_day, 30), 0);
	assert_int_equal(usage_days(u, STR("b"), STR("orders"), STR("v1"), NOW, by_day, 30), 0);
	usage_free(u);
	u = open_usage();
	assert_int_equal(usage_days(u, STR("a"), STR("orders"), STR("v1"), NOW, by_day, 30), 30 * 71 + 29 * 30 / 2);
	usage_trim(u, NOW + (USAGE_DAYS - 1) * DAY);
	assert_string_not_equal(all(u, 0), "");
	usage_trim(u, NOW + USAGE_DAYS * DAY + DAY);
	assert_string_equal(all(u, 0), "");
	usage_free(u);
	u = open_usage();
	assert_string_equal(all(u, 0), "");
	usage_free(u);
}

static void count_rows(void *ctx, const struct usage_seen *s)
{
	(void)s;
	++*(size_t *)ctx;
}

static void limits(void **state)
{
	(void)state;
	struct usage *u = open_usage();
	static struct usage_delta many[USAGE_FIELDS_MAX + 50];
	static char names[ARRAY_LEN(many)][16], long_name[USAGE_TEXT_MAX + 2];
	size_t rows = 0;
	many[0] = delta("outside", "", "", 1, NOW);
	for (size_t i = 1; i < ARRAY_LEN(many); i++) {
		snprintf(names[i], sizeof(names[i]), "GET /%zu", i);
		many[i] = delta("outside", "", names[i], 1, NOW + (int64_t)i);
	}
	take(u, 1, many, ARRAY_LEN(many));
	usage_each(u, STR("orders"), (struct str){ NULL, 0 }, 0, count_rows, &rows);
	assert_int_equal(rows, USAGE_FIELDS_MAX + 1); /* the call itself stays, the oldest paths went */
	rows = 0;
	usage_each(u, STR("orders"), STR("v1"), NOW + 51, count_rows, &rows);
	assert_int_equal(rows, USAGE_FIELDS_MAX - 1);
	memset(long_name, 'x', sizeof(long_name) - 1);
	const struct usage_delta bad[] = { delta("a", long_name, "", 1, NOW), delta("a", "GET\x1f/", "", 1, NOW), delta("a", "GET /never", "", 1, 0) };
	take(u, 2, bad, ARRAY_LEN(bad));
	assert_int_equal(usage_dropped(u), 2);
	struct err e = { 0 };
	const struct usage_source from = { STR("gateway-1"), STR("boot"), 3 };
	assert_false(usage_take(u, &from, many, USAGE_BATCH_MAX + 1, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	usage_free(u);
	rows = 0;
	u = open_usage();
	usage_each(u, STR("orders"), STR("v1"), 0, count_rows, &rows);
	assert_int_equal(rows, USAGE_FIELDS_MAX + 1);
	usage_free(u);
}

static void versions_and_watching(void **state)
{
	(void)state;
	struct usage *u = open_usage();
	struct str versions[USAGE_VERSIONS_MAX];
	char names[12][8];
	for (uint64_t i = 0; i < 12; i++) {
		struct usage_delta d = delta("a", "GET /x", "", 1, NOW + (int64_t)i);
		snprintf(names[i], sizeof(names[i]), "1.%d", (int)i);
		d.consumer_version = str_z(names[i]);
		take(u, i + 1, &d, 1);
	}
	usage_watch(u, STR("orders"), STR("v1"), 77);
	usage_watch(u, STR("orders"), STR("v1"), 99);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(usage_versions(u, STR("a"), STR("orders"), versions), USAGE_VERSIONS_MAX);
		assert_true(str_eq(versions[0], STR("1.11")) && str_eq(versions[USAGE_VERSIONS_MAX - 1], STR("1.4")));
		assert_int_equal(usage_versions(u, STR("b"), STR("orders"), versions), 0);
		assert_int_equal(usage_watched_since(u, STR("orders"), STR("v1")), 77);
		assert_int_equal(usage_watched_since(u, STR("orders"), STR("v2")), 0);
		usage_free(u);
		u = open_usage();
	}
	usage_free(u);
}

static void no_file_of_ours(void **state)
{
	(void)state;
	struct err e = { 0 };
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", f);
	fclose(f);
	struct usage *u = usage_new(str_z(file), &e);
	assert_non_null(u);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_non_null(strstr(usage_trouble(u), "usage.db"));
	const struct usage_delta d = delta("a", "GET /x", "", 1, NOW);
	const struct usage_source from = { STR("gateway-1"), STR("boot"), 1 };
	err_clear(&e);
	assert_false(usage_take(u, &from, &d, 1, &e));
	usage_watch(u, STR("orders"), STR("v1"), NOW);
	usage_trim(u, NOW);
	assert_string_equal(all(u, 0), "");
	usage_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counts, setup, teardown), cmocka_unit_test_setup_teardown(days, setup, teardown), cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(versions_and_watching, setup, teardown), cmocka_unit_test_setup_teardown(no_file_of_ours, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
