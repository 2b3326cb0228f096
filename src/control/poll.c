/* GET /api/snapshot?after=V&wait=S&part=NAME: answered when the version is above V, at the latest after S seconds (304). A follower that names
 * itself and asks after V has V: that is how control knows what gateway and node act on. */
#include "base/check.h"
#include "control/state.h"
#include <stdlib.h>

enum { LONGEST_WAIT = 60 /* s */ };
/* So long a control that has just begun waits for the nodes' first reports before it hands out what it has compiled. */
#define SETTLE (5 * SECOND)

struct waiter {
	struct waiter *next, **back;
	struct control *control;
	struct http_exchange *x;
	uint64_t after;
	struct timer timer;
};

static void unlink_waiter(struct waiter *w)
{
	*w->back = w->next;
	if (w->next)
		w->next->back = w->back;
	w->control->waiters_count--;
	timer_cancel(&w->timer);
	free(w);
}

static void on_gone(void *ctx)
{
	unlink_waiter(ctx);
}

static void answer(struct control *c, struct http_exchange *x)
{
	http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&c->snapshot_json));
}

/* A control that was restarted does not know yet where the instances are. Who has a snapshot goes on with it until a node has reported:
 * otherwise calls would find no instance for a moment. */
static bool must_wait(const struct control *c, uint64_t after)
{
	return after && c->nodes_count == 0 && loop_now(c->loop) - c->began < SETTLE;
}

static bool is_news(const struct control *c, uint64_t after)
{
	/* above, or below: control's state was begun anew and its numbers with it */
	return c->snapshot->version != after && !must_wait(c, after);
}

static void on_time(struct timer *t)
{
	struct waiter *w = CONTAINER_OF(t, struct waiter, timer);
	struct control *c = w->control;
	struct http_exchange *x = w->x;
	bool news = is_news(c, w->after);
	http_on_gone(x, NULL, NULL);
	unlink_waiter(w);
	if (news)
		answer(c, x);
	else
		http_answer(x, 304, STR(""), STR(""), STR(""));
}

static void note_follower(struct control *c, struct str part, uint64_t version)
{
	struct follower *f = NULL;
	if (!part.len || part.len >= sizeof(f->part))
		return;
	for (size_t i = 0; i < c->followers_count; i++)
		if (str_eq(str_z(c->followers[i].part), part))
			f = &c->followers[i];
	if (!f) {
		if (c->followers_count == MAX_FOLLOWERS)
			return;
		f = &c->followers[c->followers_count++];
		memcpy(f->part, part.p, part.len);
		f->part[part.len] = 0;
	}
	f->version = version;
}

static uint64_t number(struct str query, const char *name)
{
	struct str text;
	uint64_t v = 0;
	return http_query_get(query, str_z(name), &text) && str_to_u64(text, &v) ? v : 0;
}

void poll_snapshot(struct control *c, struct http_exchange *x)
{
	struct str query = http_request(x)->head.query, part = STR("");
	uint64_t after = number(query, "after"), wait = number(query, "wait");
	http_query_get(query, STR("part"), &part);
	note_follower(c, part, after);
	if (is_news(c, after)) {
		answer(c, x);
		return;
	}
	struct waiter *w = wait && c->waiters_count < MAX_WAITERS ? calloc(1, sizeof(*w)) : NULL;
	if (!w) {
		http_answer(x, 304, STR(""), STR(""), STR(""));
		return;
	}
	*w = (struct waiter){ .next = c->waiters, .back = &c->waiters, .control = c, .x = x, .after = after };
	if (c->waiters)
		c->waiters->back = &w->next;
	c->waiters = w;
	c->waiters_count++;
	http_on_gone(x, on_gone, w);
	wait = wait > LONGEST_WAIT ? LONGEST_WAIT : wait;
	int64_t due = loop_now(c->loop) + (int64_t)wait * SECOND;
	timer_set(&w->timer, c->loop, must_wait(c, after) && c->began + SETTLE < due ? c->began + SETTLE : due, on_time);
}

void poll_announce(struct control *c)
{
	struct waiter *w = c->waiters;
	while (w) {
		struct waiter *next = w->next;
		if (is_news(c, w->after)) {
			struct http_exchange *x = w->x;
			http_on_gone(x, NULL, NULL);
			unlink_waiter(w);
			answer(c, x);
		}
		w = next;
	}
}

void poll_release(struct control *c)
{
	while (c->waiters) {
		http_on_gone(c->waiters->x, NULL, NULL);
		unlink_waiter(c->waiters);
	}
}
