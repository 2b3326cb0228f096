/* GET /api/events: server-sent events that tell a console when something changed. A listener that does not read is let go when its queue is
 * full: it reconnects and loads anew, so nothing is lost by it. */
#include "base/check.h"
#include "base/metric.h"
#include "control/state.h"
#include <stdlib.h>

#define HEARTBEAT (15 * SECOND)

struct stream {
	struct stream *next, **back;
	struct control *control;
	struct http_exchange *x;
};

static void unlink_stream(struct stream *s)
{
	*s->back = s->next;
	if (s->next)
		s->next->back = s->back;
	s->control->streams_count--;
	metric_set(METRIC_CONTROL_EVENTS, (int64_t)s->control->streams_count);
	free(s);
}

static void on_gone(void *ctx)
{
	unlink_stream(ctx);
}

static void write_all(struct control *c, struct str text)
{
	struct stream *s = c->streams;
	while (s) {
		struct stream *next = s->next;
		if (!http_stream_write(s->x, text)) {
			struct http_exchange *x = s->x;
			http_on_gone(x, NULL, NULL);
			unlink_stream(s);
			http_stream_abort(x);
		}
		s = next;
	}
}

static void on_heartbeat(struct timer *t)
{
	struct control *c = CONTAINER_OF(t, struct control, heartbeat);
	write_all(c, STR(": still here\n\n"));
	if (c->streams)
		timer_set(t, c->loop, loop_now(c->loop) + HEARTBEAT, on_heartbeat);
}

void events_open(struct control *c, struct http_exchange *x)
{
	struct stream *s = c->streams_count < MAX_STREAMS ? calloc(1, sizeof(*s)) : NULL;
	if (!s) {
		struct err e = { 0 };
		err_set(&e, ERR_OVERLOAD, "%d listeners are the limit", MAX_STREAMS);
		http_answer_err(x, &e);
		return;
	}
	*s = (struct stream){ .next = c->streams, .back = &c->streams, .control = c, .x = x };
	if (c->streams)
		c->streams->back = &s->next;
	c->streams = s;
	c->streams_count++;
	metric_set(METRIC_CONTROL_EVENTS, (int64_t)c->streams_count);
	http_on_gone(x, on_gone, s);
	http_stream_begin(x, 200, STR("text/event-stream"), STR("Cache-Control: no-store\r\n"));
	http_stream_write(x, STR("retry: 1000\n\n"));
	if (!timer_is_set(&c->heartbeat))
		timer_set(&c->heartbeat, c->loop, loop_now(c->loop) + HEARTBEAT, on_heartbeat);
}

void events_send(struct control *c, const char *name, struct str json)
{
	struct buf b;
	if (!c->streams)
		return;
	buf_init(&b, 64 << 10);
	buf_printf(&b, "event: %s\ndata: %.*s\n\n", name, STR_FMT(json));
	write_all(c, buf_str(&b));
	buf_release(&b);
}

void events_release(struct control *c)
{
	while (c->streams) {
		http_on_gone(c->streams->x, NULL, NULL);
		unlink_stream(c->streams);
	}
}
