/* See usage_send.h. */
#include "part/usage_send.h"
#include "base/check.h"
#include "base/metric.h"
#include "model/record.h"
#include "model/usage_report.h"
#include <stdio.h>
#include <stdlib.h>

#define EVERY (2 * SECOND)
#define RETRY_LAST (5 * SECOND)

struct usage_send {
	struct loop *loop;
	struct http_client *client;
	struct usage_send_options o;
	char target[128], boot[17];
	uint64_t sequence;           /* of the report that is out, or of the last one */
	struct buf report;           /* not acknowledged; empty: none */
	struct http_call *call;
	struct timer timer, limit;
	int64_t wait;                /* until the next try */
	bool refused;                /* told */
	void (*ended)(void *ctx);
	void *ended_ctx;
};

static void send_report(struct usage_send *s);
static void on_timer(struct timer *t) { send_report(CONTAINER_OF(t, struct usage_send, timer)); }

static void end(struct usage_send *s)
{
	void (*ended)(void *ctx) = s->ended;
	if (!ended)
		return;
	s->ended = NULL;
	timer_cancel(&s->timer);
	timer_cancel(&s->limit);
	ended(s->ended_ctx);
}

static void tell(struct usage_send *s, const struct http_result *r)
{
	char text[400];
	int n = snprintf(text, sizeof(text), "control refuses the report of what consumers use (status %d), which is left out: %.*s", r->status, (int)(r->body.len < 200 ? r->body.len : 200), r->body.p);
	if (n > 0 && !s->refused)
		s->o.log(s->o.ctx, SEVERITY_ERROR, str_from(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
	s->refused = true;
	metric_inc(METRIC_GATEWAY_USAGE_DROPPED);
}

static void on_answer(void *ctx, const struct http_result *r)
{
	struct usage_send *s = ctx;
	bool taken = r->status >= 200 && r->status < 300, never = r->status == 400 || r->status == 413;
	s->call = NULL;
	if (never)
		tell(s, r);
	if (taken || never) {
		buf_clear(&s->report);
		s->refused = s->refused && !taken;
		s->wait = EVERY;
	} else {
		s->wait = s->wait * 2 < RETRY_LAST ? s->wait * 2 : RETRY_LAST;
	}
	if (s->ended && taken)
		send_report(s); /* there may be more than one report held */
	else
		timer_set(&s->timer, s->loop, loop_now(s->loop) + (s->ended ? 100 * MSEC : s->wait), on_timer);
}

static void send_report(struct usage_send *s)
{
	if (s->call)
		return;
	if (!s->report.len && gateway_usage(s->o.gateway, str_z(s->boot), s->sequence + 1, &s->report))
		s->sequence++;
	if (!s->report.len && s->ended) {
		end(s);
		return;
	}
	if (!s->report.len) {
		timer_set(&s->timer, s->loop, loop_now(s->loop) + EVERY, on_timer);
		return;
	}
	const struct http_call_options o = { .address = s->o.control, .method = STR("PUT"), .target = str_z(s->target), .content_type = STR("application/json"), .body = buf_str(&s->report), .ctx = s };
	s->call = http_call(s->client, &o, on_answer);
	if (!s->call)
		timer_set(&s->timer, s->loop, loop_now(s->loop) + EVERY, on_timer);
}

struct usage_send *usage_send_new(struct loop *l, struct http_client *c, const struct usage_send_options *o)
{
	struct usage_send *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->loop = l;
	s->client = c;
	s->o = *o;
	s->wait = EVERY;
	buf_init(&s->report, 4 * (size_t)USAGE_REPORT_BYTES_MAX);
	snprintf(s->target, sizeof(s->target), USAGE_REPORT_PATH "/%.*s", STR_FMT(o->instance));
	snprintf(s->boot, sizeof(s->boot), "%016llx", (unsigned long long)sys_random());
	timer_set(&s->timer, l, loop_now(l) + EVERY, on_timer);
	return s;
}

static void on_limit(struct timer *t)
{
	struct usage_send *s = CONTAINER_OF(t, struct usage_send, limit);
	if (s->call)
		http_cancel(s->call);
	s->call = NULL;
	end(s);
}

void usage_send_end(struct usage_send *s, int64_t wait, void (*done)(void *ctx), void *ctx)
{
	s->ended = done;
	s->ended_ctx = ctx;
	timer_set(&s->limit, s->loop, loop_now(s->loop) + wait, on_limit);
	send_report(s);
}

void usage_send_free(struct usage_send *s)
{
	if (!s)
		return;
	timer_cancel(&s->timer);
	timer_cancel(&s->limit);
	if (s->call)
		http_cancel(s->call);
	buf_release(&s->report);
	free(s);
}
