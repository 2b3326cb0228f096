/* Findings: the table is complete, and the JSON has every member that docs/api.md promises. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "model/finding.h"

static void the_table(void **state)
{
	(void)state;
	for (int i = 0; i < FINDING_KIND_COUNT; i++) {
		const struct finding_info *info = &finding_infos[i];
		assert_false(str_empty(info->name) || str_empty(info->pain) || str_empty(info->title) || str_empty(info->remedy));
		assert_true(str_eq(info->severity, STR("info")) || str_eq(info->severity, STR("warning")) || str_eq(info->severity, STR("failure")));
		for (int k = 0; k < i; k++)
			assert_false(str_eq(info->name, finding_infos[k].name));
	}
}

static void as_json(void **state)
{
	(void)state;
	struct finding f = { .kind = FINDING_NO_TIMEOUT, .id = STR("no-timeout:orders:stock"), .service = STR("orders"), .owner = STR("sales"),
			     .dependency = STR("stock"), .sentence = STR("orders calls stock without a time-out"),
			     .place = { STR("services/orders/service.yaml"), 9, 3 }, .since = 1795435200000000000 };
	struct buf b;
	struct json_out o;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	finding_json(&o, &f);
	assert_true(str_eq(buf_str(&b),
		STR("{\"id\":\"no-timeout:orders:stock\",\"kind\":\"no-timeout\",\"pain\":\"robustness\",\"severity\":\"warning\","
		    "\"title\":\"A dependency without a time-out\",\"service\":\"orders\",\"owner\":\"sales\",\"dependency\":\"stock\","
		    "\"sentence\":\"orders calls stock without a time-out\",\"remedy\":\"Add `timeout:` to the dependency; twice its p99 is a good start.\","
		    "\"query\":\"\",\"trace\":\"\",\"file\":\"services/orders/service.yaml\",\"line\":9,\"since\":\"2026-11-23T12:00:00.000Z\"}")));
	buf_clear(&b);
	json_out_init(&o, &b);
	f.remedy = STR("Write `timeout: 200ms`.");
	finding_json(&o, &f);
	assert_true(str_find(buf_str(&b), STR("\"remedy\":\"Write `timeout: 200ms`.\"")) != SIZE_MAX);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_table), cmocka_unit_test(as_json) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
