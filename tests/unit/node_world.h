/* A node with real processes for its tests: what it wrote, what it reports, and running its loop until something is true. */
#ifndef NODE_WORLD_H
#define NODE_WORLD_H
#include "base/metric.h"
#include "node/node.h"
#include "node_snapshot.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

static struct loop *l;
static struct http_client *client;
static struct node *node;
static struct {
	char text[1 << 18]; /* "instance|body\n" of each record */
	size_t len, records, last_attrs;
	uint8_t last_severity;
	void (*on_record)(const struct log_record *r);
	void (*on_change)(void);
	bool stopped;
} world;

static const char *child(void)
{
	const char *path = getenv("NODE_CHILD");
	assert_non_null(path);
	return path;
}

static bool take_record(void *ctx, const struct log_record *r)
{
	(void)ctx;
	world.records++;
	if (world.on_record)
		world.on_record(r);
	int n = snprintf(world.text + world.len, sizeof(world.text) - world.len, "%.*s|%.*s\n", STR_FMT(r->resource->instance),
			 STR_FMT(str_sub(r->body, 0, 2000)));
	if (world.len + (size_t)n < sizeof(world.text))
		world.len += (size_t)n;
	return true;
}
static void take_change(void *ctx)
{
	(void)ctx;
	if (world.on_change)
		world.on_change();
}
static void take_stop(void *ctx)
{
	(void)ctx;
	world.stopped = true;
}

static int node_set_up(void **state)
{
	static const struct str env[] = { STR_INIT("PATH=/usr/bin:/bin"), STR_INIT("FRUIT=apple") };
	(void)state;
	memset(&world, 0, sizeof(world));
	sys_init();
	l = loop_new();
	client = http_client_new(l, &(struct http_client_options){ 0 });
	struct node_options o = {
		.name = STR("here"),
		.version = STR("0.1"),
		.client = client,
		.env = env,
		.env_count = ARRAY_LEN(env),
		.on_record = take_record,
		.on_change = take_change,
		.backoff_first = 40 * MSEC,
		.backoff_max = 200 * MSEC,
		.backoff_reset = 100 * MSEC,
		.health_interval = 30 * MSEC,
		.health_timeout = 200 * MSEC,
		.start_patience = 300 * MSEC,
	};
	node = node_new(l, &o);
	return l && client && node ? 0 : -1;
}

struct waiting {
	struct timer tick;
	bool (*done)(void);
	int64_t deadline;
	bool came;
};
static void tick(struct timer *t)
{
	struct waiting *w = CONTAINER_OF(t, struct waiting, tick);
	w->came = w->done && w->done();
	if (w->came || sys_now() >= w->deadline)
		loop_stop(l);
	else
		timer_set(t, l, sys_now() + MSEC, tick);
}
/* True as soon as the condition holds; false after so many ms. NULL: never holds. */
static bool run_until(bool (*done)(void), int64_t ms)
{
	struct waiting w = { .done = done, .deadline = sys_now() + ms * MSEC };
	timer_set(&w.tick, l, sys_now(), tick);
	loop_run(l);
	timer_cancel(&w.tick);
	return w.came;
}

static bool is_stopped(void) { return world.stopped; }
static int node_tear_down(void **state)
{
	(void)state;
	if (!world.stopped) {
		node_stop(node, take_stop, NULL);
		assert_true(run_until(is_stopped, 15000));
	}
	assert_int_equal(node_running(node), 0);
	node_free(node);
	http_client_free(client);
	loop_free(l);
	return 0;
}

static void apply(uint64_t version, const struct want *wants, size_t n)
{
	struct snapshot *s = want_snapshot(version, wants, n);
	node_apply(node, s);
	snapshot_unref(s);
}
static void apply_one(const struct want *w) { apply(1, w, 1); }

/* The report's entry for an instance, kept until the next call; pid 0 and STOPPED when it has none. */
static const struct instance_status *status(const char *instance)
{
	static struct node_status *report;
	static const struct instance_status none = { .state = INSTANCE_STOPPED };
	node_status_free(report);
	report = node_report(node);
	for (size_t i = 0; i < report->instances_count; i++)
		if (str_eq(report->instances[i].instance, str_z(instance)))
			return &report->instances[i];
	return &none;
}
static bool wrote(const char *text) { return strstr(world.text, text) != NULL; }
static inline bool says(struct str s, const char *part) { return str_find(s, str_z(part)) != SIZE_MAX; }
static bool a_is_healthy(void) { return status("a-1")->state == INSTANCE_HEALTHY; }
static inline bool a_waits(void) { return status("a-1")->state == INSTANCE_BACKOFF; }
#endif
