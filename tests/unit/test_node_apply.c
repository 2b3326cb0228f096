/* What a new snapshot changes, the order in which everything stops, parts, and the tables that need no process. */
#include "base/check.h"
#include "node/node_impl.h"
#include "node_world.h"
#include <signal.h>

static size_t healthy_of(const char *service)
{
	struct node_status *r = node_report(node);
	size_t n = 0;
	for (size_t i = 0; i < r->instances_count; i++)
		n += str_eq(r->instances[i].service, str_z(service)) && r->instances[i].state == INSTANCE_HEALTHY;
	node_status_free(r);
	return n;
}
static size_t shown(void)
{
	struct node_status *r = node_report(node);
	size_t n = r->instances_count;
	node_status_free(r);
	return n;
}

/* --- changes ------------------------------------------------------------------------------------------------------------------------ */

static bool two_healthy(void) { return healthy_of("a") == 2; }
static bool three_healthy(void) { return healthy_of("a") == 3; }
static bool only_one_left(void) { return shown() == 1; }

static void instances_follow_the_number_and_others_are_not_touched(void **state)
{
	(void)state;
	struct want w = { .name = "a", .command = { child(), "serve", "200" }, .instances = 2, .health = "/" };
	apply_one(&w);
	assert_true(run_until(two_healthy, 5000));
	int64_t first = status("a-1")->pid, second = status("a-2")->pid;
	uint16_t port = status("a-2")->address.port;
	assert_true(port != status("a-1")->address.port);
	w.instances = 3;
	w.health = "/other"; /* takes effect without a restart */
	w.grace = SECOND;
	apply(2, &w, 1);
	assert_true(run_until(three_healthy, 5000));
	assert_int_equal(status("a-1")->pid, first);
	assert_int_equal(status("a-2")->pid, second);
	w.instances = 1;
	apply(3, &w, 1);
	assert_true(run_until(only_one_left, 5000));
	assert_int_equal(status("a-1")->pid, first);
	w.instances = 2;
	apply(4, &w, 1);
	assert_true(run_until(two_healthy, 5000));
	assert_int_equal(status("a-2")->address.port, port); /* the slot keeps it */
	struct node_status *r = node_report(node);
	assert_int_equal(r->fleet_version, 4);
	node_status_free(r);
}

static size_t fewest;
static void count_healthy(void)
{
	size_t n = healthy_of("a");
	if (n < fewest)
		fewest = n;
}
static bool all_new(void)
{
	return healthy_of("a") == 3 && strstr(world.text, "a-1|new") && strstr(world.text, "a-2|new") && strstr(world.text, "a-3|new");
}

static void a_changed_service_is_replaced_one_instance_at_a_time(void **state)
{
	(void)state;
	struct want w = { .name = "a", .command = { child(), "print", "old", "serve", "200" }, .instances = 3, .health = "/" };
	apply_one(&w);
	assert_true(run_until(three_healthy, 5000));
	fewest = 3;
	world.on_change = count_healthy;
	w.command[2] = "new";
	apply(2, &w, 1);
	assert_true(run_until(all_new, 5000));
	world.on_change = NULL;
	assert_int_equal(fewest, 2);
	assert_int_equal(status("a-1")->restarts, 0); /* being replaced is no failure */
}

static void a_version_that_never_gets_healthy_stops_its_own_roll_out(void **state)
{
	(void)state;
	struct want w = { .name = "a", .command = { child(), "print", "old", "serve", "200" }, .instances = 3, .health = "/" };
	apply_one(&w);
	assert_true(run_until(three_healthy, 5000));
	struct want broken = w;
	broken.command[3] = "exit";
	broken.command[4] = "1";
	apply(2, &broken, 1);
	run_until(NULL, 500);
	assert_int_equal(healthy_of("a"), 2);
	apply(3, &w, 1); /* back: what was never touched is right as it is */
	int64_t untouched = status("a-3")->pid;
	assert_true(run_until(three_healthy, 5000));
	assert_int_equal(status("a-3")->pid, untouched);
}

static void a_single_instance_is_stopped_and_started_anew(void **state)
{
	(void)state;
	struct want w = { .name = "a", .command = { child(), "env", "COLOUR", "serve", "200" }, .health = "/", .env = { "COLOUR=red" } };
	apply_one(&w);
	assert_true(run_until(a_is_healthy, 5000));
	int64_t pid = status("a-1")->pid;
	w.env[0] = "COLOUR=blue";
	apply(2, &w, 1);
	run_until(NULL, 20);
	assert_true(run_until(a_is_healthy, 5000));
	assert_true(status("a-1")->pid != pid);
	assert_true(wrote("a-1|COLOUR=red\n") && wrote("a-1|COLOUR=blue\n"));
}

static bool nothing_runs(void) { return node_running(node) == 0; }
static void a_removed_service_stops_and_can_come_back_at_once(void **state)
{
	(void)state;
	struct want w = { .name = "a", .command = { child(), "serve", "200" }, .health = "/" };
	apply_one(&w);
	assert_true(run_until(a_is_healthy, 5000));
	apply(2, NULL, 0);
	apply(3, &w, 1); /* while it is still stopping */
	assert_true(run_until(a_is_healthy, 5000));
	apply(4, NULL, 0);
	assert_true(run_until(nothing_runs, 5000));
	assert_int_equal(shown(), 0);
	run_until(NULL, 5);
	assert_int_equal(metric_get(METRIC_NODE_INSTANCES), 0);
}

/* --- stopping ----------------------------------------------------------------------------------------------------------------------- */

static char order[64];
static size_t ends;
/* Notes the first letter of each instance when it is first seen stopping; all that stop together are in one group: "a.bc.d". */
static void note_stopping(void)
{
	struct node_status *r = node_report(node);
	for (size_t i = 0; i < r->instances_count; i++) {
		char c = r->instances[i].instance.p[0];
		if (r->instances[i].state != INSTANCE_STOPPING || strchr(order, c))
			continue;
		/* everything noted before must have ended by now, unless it is told at the same moment */
		for (size_t k = 0; k < r->instances_count; k++)
			if (strchr(order, r->instances[k].instance.p[0]) && r->instances[k].since != r->instances[i].since)
				ends++;
		order[strlen(order)] = c;
	}
	node_status_free(r);
}

static bool all_healthy(void)
{
	struct node_status *r = node_report(node);
	bool all = true;
	for (size_t i = 0; i < r->instances_count; i++)
		all &= r->instances[i].state == INSTANCE_HEALTHY;
	node_status_free(r);
	return all;
}

static void stop_and_note(void)
{
	memset(order, 0, sizeof(order));
	ends = 0;
	assert_true(run_until(all_healthy, 5000));
	world.on_change = note_stopping;
	node_stop(node, take_stop, NULL);
	assert_true(run_until(is_stopped, 5000));
	world.on_change = NULL;
}

static void callers_stop_before_what_they_call(void **state)
{
	(void)state;
	struct want wants[] = {
		{ .name = "a", .command = { child(), "serve", "200" }, .calls = { "c" } },
		{ .name = "b", .command = { child(), "serve", "200" }, .calls = { "a" } },
		{ .name = "c", .command = { child(), "serve", "200" } },
		{ .name = "d", .command = { child(), "serve", "200" }, .calls = { "c", "a" } },
	};
	apply(1, wants, ARRAY_LEN(wants));
	stop_and_note();
	assert_true(!strcmp(order, "bdac") || !strcmp(order, "dbac"));
}

static void a_circle_is_broken_at_its_first_name(void **state)
{
	(void)state;
	struct want wants[] = {
		{ .name = "a", .command = { child(), "serve", "200" }, .calls = { "b" } },
		{ .name = "b", .command = { child(), "serve", "200" }, .calls = { "a" } },
	};
	apply(1, wants, ARRAY_LEN(wants));
	stop_and_note();
	assert_string_equal(order, "ab");
}

static void parts_stop_last_and_in_their_order(void **state)
{
	(void)state;
	char socket[64];
	snprintf(socket, sizeof(socket), "./node_part.sock");
	struct str first[] = { str_z(child()), STR("serve-unix"), str_z(socket) }, second[] = { str_z(child()), STR("beat"), STR("1000") };
	struct str env[] = { STR("LANG=C") };
	struct node_part parts[] = {
		{ .name = STR("x-store"), .argv = first, .argc = 3, .env = env, .env_count = 1, .stop_order = 2 },
		{ .name = STR("y-gateway"), .argv = second, .argc = 3, .env = env, .env_count = 1, .stop_order = 1 },
	};
	struct err e = { 0 };
	assert_true(sys_addr_parse(&parts[0].address, str_z(socket), &e));
	node_run_parts(node, parts, 2);
	struct want w = { .name = "a", .command = { child(), "serve", "200" } };
	apply_one(&w);
	stop_and_note();
	assert_string_equal(order, "ayx");
	assert_int_equal(ends, 0); /* each told when the one before had ended */
}

static void a_service_that_cannot_start_does_not_hold_up_the_stop(void **state)
{
	(void)state;
	struct want wants[] = {
		{ .name = "a", .command = { "no-such-command" }, .calls = { "b" } },
		{ .name = "b", .command = { child(), "ignore-term", "serve", "200" }, .grace = 50 * MSEC },
	};
	apply(1, wants, ARRAY_LEN(wants));
	run_until(NULL, 50);
	node_stop(node, take_stop, NULL);
	assert_true(run_until(is_stopped, 5000));
}

static void stopping_with_nothing_to_stop_is_done_at_once(void **state)
{
	(void)state;
	node_stop(node, take_stop, NULL);
	assert_true(run_until(is_stopped, 100));
}

/* --- tables ------------------------------------------------------------------------------------------------------------------------- */

static void the_back_off_doubles_up_to_its_limit(void **state)
{
	(void)state;
	struct node n = { .options = { .backoff_first = 10 * SECOND, .backoff_max = 300 * SECOND } };
	static const int64_t seconds[] = { 0, 0, 10, 20, 40, 80, 160, 300, 300 };
	for (uint32_t i = 0; i < ARRAY_LEN(seconds); i++)
		assert_int_equal(instance_backoff(&n, i), seconds[i] * SECOND);
	assert_int_equal(instance_backoff(&n, UINT32_MAX), 300 * SECOND);
}

/* Every state but STOPPED leads to STOPPED when it is no longer wanted, and a process in a state means that its end is expected there. */
static void the_table_of_states_has_no_dead_end(void **state)
{
	(void)state;
	for (int s = 0; s < INSTANCE_STATES; s++) {
		struct transition unwant = state_transition((enum instance_state)s, EVENT_UNWANT);
		assert_int_not_equal(unwant.action, ACTION_IMPOSSIBLE);
		assert_int_not_equal(state_transition((enum instance_state)s, EVENT_WANT).action, ACTION_IMPOSSIBLE);
		assert_int_not_equal(state_transition((enum instance_state)s, EVENT_REPLACE).action, ACTION_IMPOSSIBLE);
		assert_true(unwant.next == INSTANCE_STOPPING || unwant.next == INSTANCE_STOPPED);
		bool process = s <= INSTANCE_STOPPING;
		assert_int_equal(state_transition((enum instance_state)s, EVENT_EXITED_RESTART).action != ACTION_IMPOSSIBLE, process);
		for (int e = 0; e < EVENT_COUNT; e++) {
			struct transition t = state_transition((enum instance_state)s, (enum instance_event)e);
			assert_true(strlen(event_name((enum instance_event)e)) > 0);
			/* starting is what every way into STARTING does */
			if (t.action != ACTION_IMPOSSIBLE && t.next == INSTANCE_STARTING && s != INSTANCE_STARTING)
				assert_int_equal(t.action, ACTION_START);
			if (t.action != ACTION_IMPOSSIBLE && t.next == INSTANCE_BACKOFF && s != INSTANCE_BACKOFF)
				assert_int_equal(t.action, ACTION_WAIT);
		}
	}
}

static void long_service_names_give_instance_names_of_their_own(void **state)
{
	(void)state;
	char long_a[64] = "", long_b[64] = "";
	memset(long_a, 'a', 63);
	memset(long_b, 'a', 62);
	long_b[62] = 'b';
	struct want wants[] = { { .name = long_a, .command = { child(), "beat", "500" } }, { .name = long_b, .command = { child(), "beat", "500" } } };
	apply(1, wants, 2);
	struct node_status *r = node_report(node);
	assert_int_equal(r->instances_count, 2);
	assert_true(r->instances[0].instance.len <= 63 && r->instances[1].instance.len <= 63);
	assert_false(str_eq(r->instances[0].instance, r->instances[1].instance));
	struct buf b;
	struct err e = { 0 };
	buf_init(&b, 1 << 20);
	node_status_encode(r, &b);
	struct node_status *again = node_status_decode(buf_str(&b), &e);
	assert_non_null(again);
	node_status_free(again);
	node_status_free(r);
	buf_release(&b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, node_set_up, node_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(instances_follow_the_number_and_others_are_not_touched),
		TEST(a_changed_service_is_replaced_one_instance_at_a_time),
		TEST(a_version_that_never_gets_healthy_stops_its_own_roll_out),
		TEST(a_single_instance_is_stopped_and_started_anew),
		TEST(a_removed_service_stops_and_can_come_back_at_once),
		TEST(callers_stop_before_what_they_call),
		TEST(a_circle_is_broken_at_its_first_name),
		TEST(parts_stop_last_and_in_their_order),
		TEST(a_service_that_cannot_start_does_not_hold_up_the_stop),
		TEST(stopping_with_nothing_to_stop_is_done_at_once),
		cmocka_unit_test(the_back_off_doubles_up_to_its_limit),
		cmocka_unit_test(the_table_of_states_has_no_dead_end),
		TEST(long_service_names_give_instance_names_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
