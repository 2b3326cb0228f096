/* See health.h. At any moment at most one check is under way: a call, or a connection. */
#include "node/health.h"
#include "base/check.h"
#include "base/metric.h"
#include <stdio.h>

enum { WHY_MAX = 256, HEALTH_MAX_BODY = 64 << 10 };
static void check(struct timer *t);

/* A sixteenth of its age: 20 ms while it is young, the interval once it is old. */
static int64_t pause_of(const struct health *h)
{
	int64_t pause = (loop_now(h->loop) - h->begun) / 16;
	if (h->was_well || pause > h->interval)
		return h->interval;
	return pause > HEALTH_FIRST || h->interval < HEALTH_FIRST ? pause : HEALTH_FIRST;
}

static void finish(struct health *h, bool well, const char *why)
{
	h->was_well |= well;
	metric_inc(METRIC_NODE_HEALTH_CHECKS);
	if (!well)
		metric_inc(METRIC_NODE_HEALTH_FAILED);
	timer_set(&h->timer, h->loop, loop_now(h->loop) + pause_of(h), check);
	h->on_result(h, well, why);
}

/* --- by HTTP ----------------------------------------------------------------------------------------------------------------------- */

static void answered(void *ctx, const struct http_result *r)
{
	struct health *h = ctx;
	char where[128], why[WHY_MAX] = "";
	bool well = r->status >= 200 && r->status < 400;
	h->call = NULL;
	sys_addr_text(&h->address, where);
	if (!well && r->status)
		snprintf(why, sizeof(why), "GET %.*s at %s answers %d", STR_FMT(str_sub(h->path, 0, 64)), where, r->status);
	else if (!well)
		snprintf(why, sizeof(why), "GET %.*s at %s: %.100s", STR_FMT(str_sub(h->path, 0, 64)), where, r->err.message);
	finish(h, well, why);
}

static void ask(struct health *h)
{
	struct http_call_options o = {
		.address = h->address,
		.method = STR("GET"),
		.target = h->path,
		.connect_timeout = h->timeout,
		.timeout = h->timeout,
		.max_body = HEALTH_MAX_BODY,
		.ctx = h,
	};
	h->call = http_call(h->client, &o, answered);
	if (!h->call)
		finish(h, false, "no health check could be made: too many calls at once");
}

/* --- by connecting ----------------------------------------------------------------------------------------------------------------- */

static void close_connection(struct health *h)
{
	int fd = h->connecting.fd;
	if (h->connecting.loop && fd >= 0) {
		watcher_stop(&h->connecting);
		sys_close(fd);
	}
}

static void connected(struct health *h, int code)
{
	char where[128], why[WHY_MAX] = "";
	close_connection(h);
	timer_cancel(&h->timer);
	sys_addr_text(&h->address, where);
	if (code < 0)
		snprintf(why, sizeof(why), "connecting to %s: %s", where, code == SYS_AGAIN ? "no answer in time" : sys_strerror(code));
	finish(h, code == 0, why);
}

static void connection_ready(struct watcher *w, uint32_t what)
{
	struct health *h = CONTAINER_OF(w, struct health, connecting);
	int code = sys_connected(w->fd);
	(void)what;
	if (code != SYS_AGAIN)
		connected(h, code);
}

static void connection_late(struct timer *t)
{
	connected(CONTAINER_OF(t, struct health, timer), SYS_AGAIN);
}

static void knock(struct health *h)
{
	int fd = sys_connect(&h->address);
	if (fd >= 0 && !watcher_start(&h->connecting, h->loop, fd, connection_ready)) {
		sys_close(fd);
		fd = SYS_LIMIT;
	}
	if (fd < 0)
		connected(h, fd);
	else
		timer_set(&h->timer, h->loop, loop_now(h->loop) + h->timeout, connection_late);
}

/* ------------------------------------------------------------------------------------------------------------------------------------- */

static void check(struct timer *t)
{
	struct health *h = CONTAINER_OF(t, struct health, timer);
	if (h->address.family == SYS_NONE)
		finish(h, true, "");
	else if (str_empty(h->path))
		knock(h);
	else
		ask(h);
}

void health_begin(struct health *h)
{
	h->begun = loop_now(h->loop);
	h->was_well = false;
	h->call = NULL;
	h->connecting = (struct watcher){ .fd = -1 };
	/* A program needs a moment until it listens; one without an address is running already. */
	int64_t first = h->address.family == SYS_NONE ? 0 : HEALTH_FIRST / 4;
	timer_set(&h->timer, h->loop, h->begun + (first < h->interval ? first : h->interval), check);
}

void health_end(struct health *h)
{
	timer_cancel(&h->timer);
	if (h->call)
		http_cancel(h->call);
	h->call = NULL;
	if (h->connecting.loop)
		close_connection(h);
}
