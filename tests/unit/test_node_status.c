/* A node's report: there and back, whatever its instances wrote last; what decoding refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/node_status.h"

static void there_and_back(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct buf b, c;
	struct str unconfined[] = { STR("no cgroup: memory is limited by address space") };
	struct instance_status instances[] = {
		{ .service = STR("orders"), .instance = STR("orders-1"), .state = INSTANCE_HEALTHY,
		  .address = { .family = SYS_IPV4, .port = 20001, .ip = { 127, 0, 0, 1 } }, .pid = 812, .since = 1795435200123456789, .started = 5,
		  .restarts = 3, .last_exit = STR("signal 9 (killed)"), .last_lines = STR("a line\nwith \"quotes\" and \0 in it\n"), .rss = 1, .cpu_ns = 2 },
		{ .service = STR("pleach-store"), .instance = STR("pleach-store"), .part = true, .state = INSTANCE_BACKOFF, .next_start = 99,
		  .why = STR("it ended at start") },
	};
	struct node_status s = { .node = STR("n1"), .fleet_version = 7, .time = 1795435200123456789, .unconfined = unconfined,
				 .unconfined_count = 1, .instances = instances, .instances_count = 2 };
	buf_init(&b, 1 << 20);
	buf_init(&c, 1 << 20);
	node_status_encode(&s, &b);
	struct node_status *again = node_status_decode(buf_str(&b), &e);
	if (!again)
		fail_msg("%s", e.message);
	node_status_encode(again, &c);
	assert_true(str_eq(buf_str(&b), buf_str(&c)));
	assert_true(str_eq(again->instances[0].last_lines, instances[0].last_lines));
	assert_int_equal(again->instances[0].since, 1795435200123456789);
	assert_int_equal(again->instances[1].address.family, SYS_NONE);
	assert_true(again->instances[1].part);
	node_status_free(again);
	node_status_free(NULL);
	buf_release(&b);
	buf_release(&c);
}

static void refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "[]", "{}", "{\"node\":\"N\"}", "{\"node\":\"n\",\"instances\":1}", "{\"node\":\"n\",\"instances\":[{}]}",
		"{\"node\":\"n\",\"instances\":[{\"service\":\"a\",\"instance\":\"a-1\",\"state\":\"?\"}]}",
		"{\"node\":\"n\",\"instances\":[{\"service\":\"a\",\"instance\":\"a-1\",\"state\":\"healthy\",\"pid\":-1}]}",
		"{\"node\":\"n\",\"unconfined\":[1]}",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = { 0 };
		if (node_status_decode(str_z(bad[i]), &e) || !err_is_set(&e))
			fail_msg("accepted: %s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
