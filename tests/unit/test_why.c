/* Reading a trace for explanation: order of steps, own time, critical path, the first failure, hostile shapes. */
#include "control/why.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct arena arena;

static const struct json *parse(const char *text)
{
	struct err e = { 0 };
	const struct json *j = json_parse(&arena, str_z(text), &e);
	if (!j)
		print_error("%s\n", e.message);
	assert_non_null(j);
	return j;
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 8u << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

#define SPAN(id, parent, from, to, start, duration, status, code)                                                                              \
	"{\"id\":\"" id "\",\"parent\":\"" parent "\",\"name\":\"POST /v1\",\"service\":\"gateway\",\"start_ns\":\"" #start                        \
	"\",\"duration_ns\":" #duration ",\"status\":\"" status "\",\"attributes\":{\"pleach.caller\":\"" from "\",\"pleach.service\":\"" to       \
	"\",\"http.response.status_code\":" #code "}}"

/* edge -> orders (201) -> invoicing (201) -> notification (504) */
static const char *const failing =
	"{\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"spans\":["
	SPAN("00000000000000c3", "00000000000000b2", "invoicing", "notification", 300, 300, "error", 504) ","
	SPAN("00000000000000a1", "", "edge", "orders", 100, 900, "unset", 201) ","
	SPAN("00000000000000b2", "00000000000000a1", "orders", "invoicing", 200, 500, "unset", 201)
	"],\"logs\":[{\"level\":\"info\",\"service\":\"orders\",\"body\":\"x\"},{\"level\":\"warn\",\"service\":\"invoicing\",\"body\":\"late\"}]}";

static void steps_follow_the_calls(void **state)
{
	struct why w;
	(void)state;
	assert_true(why_read(&w, &arena, parse(failing)));
	assert_int_equal(w.count, 3);
	assert_true(str_eq(w.steps[0].service, STR("orders")));
	assert_true(str_eq(w.steps[1].service, STR("invoicing")));
	assert_true(str_eq(w.steps[2].service, STR("notification")));
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(w.steps[i].depth, i);
	assert_int_equal(w.steps[0].self, 400);
	assert_int_equal(w.steps[1].self, 200);
	assert_int_equal(w.steps[2].self, 300);
	assert_true(w.steps[0].critical && w.steps[1].critical && w.steps[2].critical);
}

static void the_deepest_failure_is_the_cause(void **state)
{
	struct why w;
	(void)state;
	assert_true(why_read(&w, &arena, parse(failing)));
	assert_true(w.failed);
	assert_false(w.root->failed);
	assert_true(str_eq(w.cause->service, STR("notification")));
	assert_int_equal(w.lines_count, 1);
}

static void without_a_failure_the_longest_own_time_is_named(void **state)
{
	struct why w;
	(void)state;
	assert_true(why_read(&w, &arena,
			     parse("{\"spans\":[" SPAN("00000000000000a1", "", "edge", "orders", 0, 1000, "unset", 200) ","
				   SPAN("00000000000000b2", "00000000000000a1", "orders", "stock", 100, 800, "unset", 200) "]}")));
	assert_false(w.failed);
	assert_true(str_eq(w.cause->service, STR("stock")));
}

static void of_parallel_children_only_the_last_to_end_is_critical(void **state)
{
	struct why w;
	(void)state;
	assert_true(why_read(&w, &arena,
			     parse("{\"spans\":[" SPAN("00000000000000a1", "", "edge", "orders", 0, 1000, "unset", 200) ","
				   SPAN("00000000000000b2", "00000000000000a1", "orders", "stock", 100, 300, "unset", 200) ","
				   SPAN("00000000000000b3", "00000000000000a1", "orders", "prices", 100, 700, "unset", 200) "]}")));
	for (size_t i = 1; i < 3; i++)
		assert_int_equal(w.steps[i].critical, str_eq(w.steps[i].service, STR("prices")));
	assert_int_equal(w.steps[0].self, 300); /* 0..100 and 800..1000: overlapping children count once */
}

static void a_parent_never_seen_makes_a_root(void **state)
{
	struct why w;
	(void)state;
	assert_true(why_read(&w, &arena, parse("{\"spans\":[" SPAN("00000000000000b2", "00000000000000ff", "orders", "stock", 100, 300, "unset", 200) "]}")));
	assert_int_equal(w.count, 1);
	assert_int_equal(w.steps[0].depth, 0);
}

static void cycles_and_self_parents_end(void **state)
{
	struct why w;
	(void)state;
	assert_true(why_read(&w, &arena,
			     parse("{\"spans\":[" SPAN("00000000000000a1", "00000000000000b2", "x", "y", 0, 10, "error", 500) ","
				   SPAN("00000000000000b2", "00000000000000a1", "y", "x", 0, 10, "error", 500) ","
				   SPAN("00000000000000c3", "00000000000000c3", "y", "z", 0, 10, "unset", 200) "]}")));
	assert_int_equal(w.count, 3);
	assert_non_null(w.cause);
}

static void nothing_to_explain_is_said(void **state)
{
	struct why w;
	(void)state;
	assert_false(why_read(&w, &arena, parse("{\"spans\":[],\"logs\":[]}")));
	assert_false(why_read(&w, &arena, parse("{}")));
	assert_true(why_read(&w, &arena, parse("{\"spans\":[{}]}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(steps_follow_the_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(the_deepest_failure_is_the_cause, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_failure_the_longest_own_time_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(of_parallel_children_only_the_last_to_end_is_critical, setup, teardown),
		cmocka_unit_test_setup_teardown(a_parent_never_seen_makes_a_root, setup, teardown),
		cmocka_unit_test_setup_teardown(cycles_and_self_parents_end, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_to_explain_is_said, setup, teardown),
	};
	return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
