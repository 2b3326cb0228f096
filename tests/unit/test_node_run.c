/* The node with real processes: starting, health, ends and restarts, back-off, ports, output that never blocks a service. */
#include "base/check.h"
#include "node/node_impl.h"
#include "node_world.h"
#include <signal.h>
#include <unistd.h>

static bool a_is_unhealthy(void) { return status("a-1")->state == INSTANCE_UNHEALTHY; }
/* The kernel's counters of a small process lag behind, and the node asks them once a second. */
static bool use_is_known(void) { return status("a-1")->rss > 0; }

/* --- starting ----------------------------------------------------------------------------------------------------------------------- */

static void a_service_starts_with_its_environment_and_becomes_healthy(void **state)
{
	(void)state;
	uint64_t checks = metric_get(METRIC_NODE_HEALTH_CHECKS), starts = metric_get(METRIC_NODE_STARTS);
	struct want w = { .name = "a",
			  .command = { child(), "env", "PORT", "env", "INVOICING_URL", "env", "OTEL_RESOURCE_ATTRIBUTES", "env", "GREETING", "serve", "200" },
			  .health = "/healthz",
			  .version = "v7",
			  .env = { "NAME=${FRUIT}-${INSTANCE}", "GREETING=hello ${NAME} $${NAME}" },
			  .calls = { "invoicing" } };
	int64_t begun = sys_now();
	apply_one(&w);
	assert_true(run_until(a_is_healthy, 5000));
	printf("healthy %.1f ms after its start\n", (double)(sys_now() - begun) / MSEC);
	const struct instance_status *s = status("a-1");
	assert_true(s->address.port >= NODE_PORT_FIRST && s->address.port < NODE_PORT_FIRST + NODE_PORT_COUNT);
	assert_true(s->pid > 1 && s->restarts == 0 && !s->part);
	assert_true(s->started > 0 && s->since >= s->started);
	assert_true(str_empty(s->why) && str_empty(s->last_exit));
	char port[64];
	snprintf(port, sizeof(port), "a-1|PORT=%d\n", s->address.port);
	assert_true(wrote(port));
	assert_true(wrote("a-1|INVOICING_URL=http://127.0.0.1:18100\n"));
	assert_true(wrote("a-1|OTEL_RESOURCE_ATTRIBUTES=service.version=v7,service.instance.id=a-1\n"));
	assert_true(wrote("a-1|GREETING=hello apple-a-1 ${NAME}\n"));
	assert_true(metric_get(METRIC_NODE_HEALTH_CHECKS) > checks);
	assert_true(metric_get(METRIC_NODE_STARTS) > starts);
	assert_int_equal(metric_get(METRIC_NODE_INSTANCES), 1);
	assert_int_equal(metric_get(METRIC_NODE_WANTED), 1);
	assert_true(run_until(use_is_known, 5000));
	assert_int_equal(node_running(node), 1);
}

static void without_a_health_path_a_port_that_accepts_is_healthy(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "sleep", "100", "serve", "500" } });
	assert_true(run_until(a_is_healthy, 5000));
}

static void a_worker_that_never_listens_is_left_alone(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "beat", "50" } });
	assert_true(run_until(a_is_unhealthy, 5000));
	run_until(NULL, 500); /* 2 * 3 failed checks and more */
	const struct instance_status *s = status("a-1");
	assert_int_equal(s->state, INSTANCE_UNHEALTHY);
	assert_true(says(s->why, "connecting to 127.0.0.1:"));
	assert_int_equal(s->restarts, 0);
}

static bool limit_written(void) { return wrote("a-1|limit 536870912\n"); }
static void an_address_space_limit_reaches_the_service(void **state)
{
	static const char *const unconfined = "cpus of a: no cgroup limit is applied";
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "limit", "sleep", "5000" }, .memory = 512 << 20, .cpus = 1.5 });
	assert_true(run_until(limit_written, 5000));
	struct node_status *r = node_report(node);
	assert_int_equal(r->unconfined_count, 1);
	assert_true(says(r->unconfined[0], unconfined));
	node_status_free(r);
}

static bool tried_again(void) { return strstr(world.text, "cannot start") != strrchr(world.text, '\n') && status("a-1")->state == INSTANCE_BACKOFF; }

static void a_missing_command_says_so_and_is_tried_again(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { "./not-there" }, .directory = "/usr/bin" });
	assert_true(a_waits());
	const struct instance_status *s = status("a-1");
	assert_true(says(s->why, "./not-there") && says(s->why, "/usr/bin"));
	assert_true(s->next_start > 0 && s->pid == 0);
	assert_true(run_until(tried_again, 2000));
	apply_one(&(struct want){ .name = "a", .command = { "no-such-command-anywhere" } });
	run_until(NULL, 5);
	assert_true(says(status("a-1")->why, "PATH"));
	apply_one(&(struct want){ .name = "a", .command = { child(), "serve", "200" } }); /* mended: starts at once, whatever the back-off was */
	assert_true(run_until(a_is_healthy, 2000));
	assert_true(str_empty(status("a-1")->why));
}

static void an_unknown_variable_is_named_with_the_nearest_known_one(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "print", "${FRIUT}" } });
	assert_int_equal(status("a-1")->state, INSTANCE_BACKOFF);
	assert_true(says(status("a-1")->why, "${FRIUT}") && says(status("a-1")->why, "did you mean ${FRUIT}?"));
	apply_one(&(struct want){ .name = "a", .command = { child(), "print", "${FRUIT" } });
	run_until(NULL, 5);
	assert_true(says(status("a-1")->why, "without its `}`"));
}

/* --- ends -------------------------------------------------------------------------------------------------------------------------- */

static int64_t old_pid, ended_at, running_at;
static void watch_pid(void)
{
	int64_t pid = status("a-1")->pid;
	if (pid > 0 && pid != old_pid && running_at == 0)
		running_at = sys_now();
}
static bool is_back(void) { return running_at != 0 && a_is_healthy(); }

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void a_killed_instance_is_back_in_milliseconds_on_the_same_port(void **state)
{
	enum { KILLS = 20 };
	int64_t took[KILLS];
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "serve", "200" }, .health = "/" });
	assert_true(run_until(a_is_healthy, 5000));
	uint16_t port = status("a-1")->address.port;
	uint64_t exits = metric_get(METRIC_NODE_EXITS), measured = metric_get(METRIC_NODE_RESTART_SECONDS);
	world.on_change = watch_pid;
	for (int i = 0; i < KILLS; i++) {
		run_until(NULL, 110); /* healthy for backoff_reset: the next restart is a first one */
		old_pid = status("a-1")->pid;
		running_at = 0;
		ended_at = sys_now();
		kill((pid_t)old_pid, SIGKILL);
		assert_true(run_until(is_back, 5000));
		took[i] = running_at - ended_at;
	}
	world.on_change = NULL;
	qsort(took, KILLS, sizeof(*took), by_size);
	printf("restart after SIGKILL: median %.2f ms, most %.2f ms of %d\n", (double)took[KILLS / 2] / MSEC, (double)took[KILLS - 1] / MSEC, KILLS);
	/* How fast it is, bench/node_restart.c measures on a quiet machine; here only that nothing waits. */
	assert_true(took[KILLS / 2] < 50 * MSEC);
	assert_int_equal(status("a-1")->address.port, port);
	assert_int_equal(status("a-1")->restarts, KILLS);
	assert_true(says(status("a-1")->last_exit, "signal 9 (killed)"));
	assert_int_equal(metric_get(METRIC_NODE_EXITS), exits + KILLS);
	assert_true(metric_get(METRIC_NODE_RESTART_SECONDS) > measured);
}

static int64_t starts_at[16];
static size_t starts_seen;
static void note_start(const struct log_record *r)
{
	if (str_eq(r->body, STR("up")) && starts_seen < ARRAY_LEN(starts_at))
		starts_at[starts_seen++] = sys_now();
}
static bool six_starts(void) { return starts_seen >= 6; }

static void a_crash_loop_backs_off_and_its_last_lines_are_kept_without_secrets(void **state)
{
	(void)state;
	starts_seen = 0;
	world.on_record = note_start;
	apply_one(&(struct want){ .name = "a", .command = { child(), "print", "up", "eprint", "cannot open db: password=hunter2", "exit", "3" } });
	assert_true(run_until(six_starts, 5000));
	world.on_record = NULL;
	assert_true(wrote("here|a-1 ended by itself: exit status 3; started again\n")); /* the first time at once */
	static const int64_t least[] = { 40, 80, 160, 200 };
	for (size_t i = 0; i < ARRAY_LEN(least); i++)
		assert_true(starts_at[i + 2] - starts_at[i + 1] >= least[i] * MSEC);
	assert_true(run_until(a_waits, 1000));
	const struct instance_status *s = status("a-1");
	assert_true(says(s->last_exit, "exit status 3"));
	assert_true(says(s->last_lines, "up\ncannot open db: password=[redacted]") || says(s->last_lines, "cannot open db: password=[redacted]\nup"));
	assert_true(says(s->why, "exit status 3") && s->restarts >= 5);
	assert_false(wrote("hunter2"));
	assert_true(wrote("here|a-1 ended by itself again: exit status 3"));
}

static bool crashed(void) { return !str_empty(status("a-1")->last_exit); }
static bool segfault_named(void) { return says(status("a-1")->last_exit, "signal 11 (segmentation fault)"); }
static void a_signal_is_named(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "raw", "last words without an end", "sleep", "10", "exit", "0" } });
	assert_true(run_until(crashed, 5000));
	assert_true(wrote("a-1|last words without an end\n"));
	apply_one(&(struct want){ .name = "a", .command = { "sh", "-c", "kill -SEGV $$" } });
	assert_true(run_until(segfault_named, 5000));
}

static bool term_ignored(void) { return wrote("did not stop within 100 ms of SIGTERM; killed") && status("a-1")->state == INSTANCE_STOPPED; }
static void what_ignores_sigterm_is_killed_after_its_grace(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "ignore-term", "serve", "200" }, .grace = 100 * MSEC });
	assert_true(run_until(a_is_healthy, 5000));
	int64_t pid = status("a-1")->pid, asked = sys_now();
	apply(2, NULL, 0);
	assert_int_equal(status("a-1")->state, INSTANCE_STOPPING);
	assert_true(run_until(term_ignored, 5000));
	assert_true(sys_now() - asked >= 100 * MSEC);
	assert_false(sys_alive(pid));
}

static bool file_there(void) { return access("node_straggler", R_OK) == 0 && a_is_healthy(); }
static void what_a_dead_instance_left_behind_goes_with_it(void **state)
{
	(void)state;
	long left = 0;
	unlink("node_straggler");
	apply_one(&(struct want){ .name = "a", .command = { child(), "straggler", "node_straggler", "serve", "200" }, .directory = "." });
	assert_true(run_until(file_there, 5000));
	FILE *f = fopen("node_straggler", "r");
	assert_int_equal(fscanf(f, "%ld", &left), 1);
	fclose(f);
	unlink("node_straggler");
	uint16_t port = status("a-1")->address.port;
	old_pid = status("a-1")->pid;
	kill((pid_t)old_pid, SIGKILL);
	assert_true(run_until(file_there, 5000));
	assert_false(sys_alive(left)); /* it would have held the port */
	assert_int_equal(status("a-1")->address.port, port);
	unlink("node_straggler");
}

/* --- health ------------------------------------------------------------------------------------------------------------------------ */

static bool restarted(void) { return status("a-1")->restarts >= 1 && a_is_healthy(); }
static void an_instance_that_stays_unhealthy_is_started_again(void **state)
{
	(void)state;
	uint64_t failed = metric_get(METRIC_NODE_HEALTH_FAILED);
	apply_one(&(struct want){ .name = "a", .command = { child(), "serve-some", "3", "503" }, .health = "/healthz" });
	assert_true(run_until(a_is_healthy, 5000));
	int64_t pid = status("a-1")->pid;
	assert_true(run_until(a_is_unhealthy, 5000));
	assert_true(says(status("a-1")->why, "answers 503") && says(status("a-1")->why, "/healthz"));
	assert_int_equal(status("a-1")->pid, pid);
	assert_true(run_until(restarted, 5000));
	assert_true(status("a-1")->pid != pid);
	assert_true(wrote("here|a-1 stays unhealthy and is started again"));
	assert_true(metric_get(METRIC_NODE_HEALTH_FAILED) >= failed + 6);
}

static bool says_why_it_starts(void) { return status("a-1")->state == INSTANCE_STARTING && says(status("a-1")->why, "answers 503"); }
static void what_never_becomes_healthy_counts_after_its_patience(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "serve", "503" }, .health = "/" });
	assert_true(run_until(says_why_it_starts, 5000));
	assert_true(run_until(a_is_unhealthy, 5000));
}

/* --- ports ------------------------------------------------------------------------------------------------------------------------- */

static uint16_t first_port;
static bool has_moved(void) { return a_is_healthy() && status("a-1")->address.port != first_port; }
static void a_port_taken_by_another_is_changed_and_the_owner_named(void **state)
{
	(void)state;
	apply_one(&(struct want){ .name = "a", .command = { child(), "serve", "200" } });
	assert_true(run_until(a_is_healthy, 5000));
	struct sys_addr address = status("a-1")->address;
	first_port = address.port;
	/* Taken in the moment between its end and its next start: the node's loop does not run until we have it. */
	int fd;
	kill((pid_t)status("a-1")->pid, SIGKILL);
	while ((fd = sys_listen(&address, 1)) == SYS_IN_USE)
		;
	assert_true(fd >= 0);
	assert_true(run_until(has_moved, 5000));
	assert_true(says(status("a-1")->why, "was taken by test_node_run"));
	assert_true(wrote("its port"));
	sys_close(fd);
}

static void a_fixed_port_that_is_taken_cannot_start_and_says_who_has_it(void **state)
{
	(void)state;
	struct sys_addr address = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	char port[32];
	int fd = sys_listen(&address, 1);
	sys_local_addr(fd, &address);
	snprintf(port, sizeof(port), "PORT=%d", address.port);
	struct want w = { .name = "a", .command = { child(), "serve", "200" }, .env = { port } };
	apply_one(&w);
	assert_int_equal(status("a-1")->state, INSTANCE_BACKOFF);
	assert_true(says(status("a-1")->why, "is taken by test_node_run"));
	sys_close(fd);
	assert_true(run_until(a_is_healthy, 5000));
	assert_int_equal(status("a-1")->address.port, address.port);
	w.instances = 2;
	apply_one(&w);
	run_until(NULL, 10);
	assert_true(says(status("a-2")->why, "which only one instance can have"));
}

/* --- output ------------------------------------------------------------------------------------------------------------------------ */

static int64_t last_beat, longest_gap;
static size_t shouted;
static void note_beat(const struct log_record *r)
{
	int64_t now = sys_now();
	if (str_eq(r->resource->service, STR("a"))) {
		shouted += r->body.len + 1;
		return;
	}
	if (str_eq(r->body, STR("beat"))) {
		if (last_beat && now - last_beat > longest_gap)
			longest_gap = now - last_beat;
		last_beat = now;
	}
}
static bool all_shouted(void) { return shouted >= 50 << 20; }

static void a_shouting_service_is_never_blocked_and_starves_nobody(void **state)
{
	(void)state;
	struct want wants[] = { { .name = "a", .command = { child(), "shout", "50", "sleep", "60000" } }, { .name = "b", .command = { child(), "beat", "5" } } };
	last_beat = longest_gap = 0;
	shouted = 0;
	world.on_record = note_beat;
	int64_t begun = sys_now();
	apply(1, wants, 2);
	assert_true(run_until(all_shouted, 30000));
	world.on_record = NULL;
	double seconds = (double)(sys_now() - begun) / SECOND;
	printf("50 MiB of lines taken in %.2f s; another service's line waited %.1f ms at most\n", seconds, (double)longest_gap / MSEC - 5);
	assert_true(longest_gap > 0 && longest_gap < 2 * SECOND);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, node_set_up, node_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(a_service_starts_with_its_environment_and_becomes_healthy),
		TEST(without_a_health_path_a_port_that_accepts_is_healthy),
		TEST(a_worker_that_never_listens_is_left_alone),
		TEST(an_address_space_limit_reaches_the_service),
		TEST(a_missing_command_says_so_and_is_tried_again),
		TEST(an_unknown_variable_is_named_with_the_nearest_known_one),
		TEST(a_killed_instance_is_back_in_milliseconds_on_the_same_port),
		TEST(a_crash_loop_backs_off_and_its_last_lines_are_kept_without_secrets),
		TEST(a_signal_is_named),
		TEST(what_ignores_sigterm_is_killed_after_its_grace),
		TEST(what_a_dead_instance_left_behind_goes_with_it),
		TEST(an_instance_that_stays_unhealthy_is_started_again),
		TEST(what_never_becomes_healthy_counts_after_its_patience),
		TEST(a_port_taken_by_another_is_changed_and_the_owner_named),
		TEST(a_fixed_port_that_is_taken_cannot_start_and_says_who_has_it),
		TEST(a_shouting_service_is_never_blocked_and_starves_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
