/* Following the snapshot against a control that is well, silent, wrong, absent or in a hurry. Everything runs on one loop: the control here
 * is a server on a Unix socket that answers as each test says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/follow.h"
#include "net/http_server.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct world {
	struct loop *loop;
	struct http_client *client;
	struct http_server *server;
	struct follow *follow;
	char directory[64], file[96];
	struct sys_addr address;
	/* control */
	uint64_t version;              /* 0: answers 304 at once */
	int status;                    /* 0: as it should; otherwise this status with `body` */
	const char *body;
	unsigned requests;
	struct http_exchange *waiting; /* a long poll */
	/* what the follower told */
	uint64_t seen[16];
	unsigned seen_count, up, down;
	struct err why;
	/* running until */
	bool (*until)(struct world *w);
	struct timer tick;
	int64_t deadline;
	bool late;
};

static struct str snapshot_text(uint64_t version, char out[512])
{
	int n = snprintf(out, 512, "{\"version\":%llu,\"fleet\":\"x\",\"gateway\":{\"listen\":\"127.0.0.1:1\",\"connect_timeout_ns\":1,"
				   "\"first_byte_timeout_ns\":1,\"timeout_ns\":1},\"services\":[]}", (unsigned long long)version);
	return str_from(out, (size_t)n);
}

static void answer(struct world *w, struct http_exchange *x)
{
	char text[512];
	if (w->status)
		http_answer(x, w->status, STR("application/json"), STR(""), str_z(w->body));
	else
		http_answer(x, 200, STR("application/json"), STR(""), snapshot_text(w->version, text));
}

static void gone(void *ctx)
{
	((struct world *)ctx)->waiting = NULL;
}

static void handle(void *ctx, struct http_exchange *x)
{
	struct world *w = ctx;
	struct str after;
	uint64_t v = 0;
	const struct http_request *r = http_request(x);
	w->requests++;
	assert_true(str_eq(r->path, STR("/api/snapshot")));
	assert_true(http_query_get(r->head.query, STR("after"), &after) && str_to_u64(after, &v));
	if (w->status || w->version > v) {
		answer(w, x);
	} else if (w->version == 0) {
		http_answer(x, 304, STR(""), STR(""), STR(""));
	} else {
		w->waiting = x;
		http_on_gone(x, gone, w);
	}
}

static void publish(struct world *w, uint64_t version)
{
	struct http_exchange *x = w->waiting;
	w->version = version;
	w->waiting = NULL;
	if (x)
		answer(w, x);
}

static void on_snapshot(void *ctx, struct snapshot *s)
{
	struct world *w = ctx;
	assert_true(w->seen_count < ARRAY_LEN(w->seen));
	w->seen[w->seen_count++] = s->version;
}

static void on_state(void *ctx, bool connected, const struct err *why)
{
	struct world *w = ctx;
	if (connected)
		w->up++;
	else
		w->down++;
	if (why)
		w->why = *why;
}

static void tick(struct timer *t)
{
	struct world *w = CONTAINER_OF(t, struct world, tick);
	w->late = sys_now() > w->deadline;
	if (w->late || w->until(w))
		loop_stop(w->loop);
	else
		timer_set(t, w->loop, sys_now() + 2 * MSEC, tick);
}

static void run_until(struct world *w, bool (*until)(struct world *w))
{
	w->until = until;
	w->deadline = sys_now() + 10 * SECOND;
	timer_set(&w->tick, w->loop, sys_now() + MSEC, tick);
	loop_run(w->loop);
	assert_false(w->late);
}

static void serve(struct world *w)
{
	struct err e = { 0 };
	struct http_server_options o = { 0 };
	w->server = http_server_new(w->loop, &o, handle, w);
	if (!http_server_listen(w->server, &w->address, NULL, &e))
		fail_msg("%s", e.message);
}

static void follow(struct world *w)
{
	struct follow_options o = { .control = w->address, .file = str_z(w->file), .on_snapshot = on_snapshot, .on_state = on_state, .ctx = w };
	w->follow = follow_new(w->loop, w->client, &o);
	assert_non_null(w->follow);
}

static void setup(struct world *w)
{
	struct http_client_options o = { 0 };
	memset(w, 0, sizeof(*w));
	strcpy(w->directory, "/tmp/test-follow-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	snprintf(w->file, sizeof(w->file), "%s/snapshot.json", w->directory);
	w->address.family = SYS_UNIX;
	snprintf(w->address.path, sizeof(w->address.path), "%s/sock", w->directory);
	w->loop = loop_new();
	w->client = http_client_new(w->loop, &o);
}

static void teardown(struct world *w)
{
	follow_free(w->follow);
	http_client_free(w->client);
	if (w->server)
		http_server_free(w->server);
	timer_cancel(&w->tick);
	loop_free(w->loop);
	unlink(w->file);
	unlink(w->address.path);
	rmdir(w->directory);
}

static uint64_t version_on_disk(struct world *w)
{
	struct arena a;
	struct str text;
	struct err e = { 0 };
	uint64_t version = 0;
	arena_init(&a, 1 << 20);
	if (sys_read_file(str_z(w->file), 1 << 19, &a, &text, &e)) {
		struct snapshot *s = snapshot_decode(text, &e);
		assert_non_null(s);
		version = s->version;
		snapshot_unref(s);
	}
	arena_release(&a);
	return version;
}

static bool seen_one(struct world *w) { return w->seen_count >= 1 && w->waiting; }
static bool seen_two(struct world *w) { return w->seen_count >= 2 && w->waiting; }
static bool is_down(struct world *w) { return w->down >= 1; }
static bool is_up(struct world *w) { return w->up >= 1; }
static bool asked_three_times(struct world *w) { return w->requests >= 3; }

static void each_version_once(void **state)
{
	(void)state;
	struct world w;
	setup(&w);
	serve(&w);
	w.version = 5;
	follow(&w);
	run_until(&w, seen_one);
	assert_int_equal(version_on_disk(&w), 5);
	publish(&w, 6);
	run_until(&w, seen_two);
	assert_int_equal(w.seen[0], 5);
	assert_int_equal(w.seen[1], 6);
	assert_int_equal(w.seen_count, 2);
	assert_int_equal(version_on_disk(&w), 6);
	assert_int_equal(w.up, 1);
	assert_int_equal(w.down, 0);
	assert_int_equal(w.requests, 3);
	teardown(&w);
}

static void from_disk_when_control_is_away(void **state)
{
	(void)state;
	struct world w;
	char text[512];
	struct err e = { 0 };
	setup(&w);
	assert_true(sys_write_file(str_z(w.file), snapshot_text(9, text), &e));
	follow(&w);
	assert_int_equal(w.seen_count, 1); /* at once */
	assert_int_equal(w.seen[0], 9);
	run_until(&w, is_down);
	assert_int_equal(w.why.code, ERR_UNAVAILABLE);
	/* control comes back */
	w.version = 10;
	serve(&w);
	run_until(&w, seen_two);
	assert_int_equal(w.seen[1], 10);
	assert_int_equal(w.up, 1);
	assert_int_equal(w.down, 1);
	teardown(&w);
}

static void a_wrong_answer_is_not_taken(void **state)
{
	(void)state;
	struct world w;
	setup(&w);
	serve(&w);
	w.status = 200;
	w.body = "{\"version\":1}";
	follow(&w);
	run_until(&w, is_down);
	assert_int_equal(w.seen_count, 0);
	assert_non_null(strstr(w.why.message, "snapshot not taken"));
	assert_int_equal(version_on_disk(&w), 0);
	w.status = 503;
	w.requests = 0;
	run_until(&w, asked_three_times);
	assert_int_equal(w.down, 1); /* told once */
	w.status = 0;
	w.version = 3;
	run_until(&w, is_up);
	assert_int_equal(w.seen_count, 1);
	teardown(&w);
}

static void a_file_that_is_torn_is_no_snapshot(void **state)
{
	(void)state;
	struct world w;
	struct err e = { 0 };
	setup(&w);
	assert_true(sys_write_file(str_z(w.file), STR("{\"version\":9,\"fle"), &e));
	follow(&w);
	assert_int_equal(w.seen_count, 0);
	teardown(&w);
}

/* A control that answers 304 without waiting is asked 50 ms later at the earliest, then more and more seldom. */
static void no_tight_circle(void **state)
{
	(void)state;
	struct world w;
	setup(&w);
	serve(&w);
	int64_t start = sys_now();
	follow(&w);
	run_until(&w, asked_three_times);
	assert_true(sys_now() - start >= 150 * MSEC);
	assert_int_equal(w.up, 1);
	assert_int_equal(w.down, 0);
	teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_once), cmocka_unit_test(from_disk_when_control_is_away), cmocka_unit_test(a_wrong_answer_is_not_taken),
		cmocka_unit_test(a_file_that_is_torn_is_no_snapshot), cmocka_unit_test(no_tight_circle),
	};
	sys_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
