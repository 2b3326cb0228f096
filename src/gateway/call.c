/* One call: its id, its route, its time limits, its attempts, its end. The states are in state.h; bodies move in relay.c.
 *
 * An attempt may be followed by another one only when nothing of the request reached an application (the connection was not made, or took
 * no byte), or when a kept connection closed before any byte of an answer, the method may be repeated, and what was sent of the body is
 * still there. So a request that may not be repeated is never sent to two applications. */
#include "gateway/record.h"
#include "gateway/state.h"
#include "gateway/upstream.h"
#include <stdlib.h>

static void next_attempt(struct call *k);

struct call *call_take(struct client *c)
{
	struct gateway *g = c->g;
	struct call *k = g->free_calls;
	if (k) {
		g->free_calls = k->next;
	} else {
		k = calloc(1, sizeof(*k));
		if (!k)
			return NULL;
		buf_init(&k->tracestate, CALL_TRACESTATE_MAX);
	}
	g->calls++;
	k->next = NULL;
	k->client = c;
	k->plan = NULL;
	k->lane = NULL;
	k->route = NULL;
	k->path = (struct str){ NULL, 0 };
	k->up = NULL;
	k->counted = k->keep_alive = k->head_sent = k->request_broken = k->streaming = k->chunked_out = k->own_answer = k->malformed = false;
	k->attempts = k->interim = 0;
	k->head = k->replay = k->replay_last = NULL;
	k->replay_bytes = 0;
	k->in = k->out = (struct body){ .done = true };
	k->request_id = (struct str){ NULL, 0 };
	k->deadline = k->phase_due = k->client_due = NEVER;
	k->reason = CALL_OK;
	k->status = 0;
	k->bytes_in = k->bytes_out = 0;
	k->note = NULL;
	return k;
}

static void give_back(struct call *k)
{
	struct gateway *g = call_gateway(k);
	if (k->counted)
		k->lane->edge->active--;
	relay_replay_release(k);
	block_give(&g->blocks, k->head);
	plan_unref(k->plan);
	k->client = NULL;
	k->plan = NULL;
	k->next = g->free_calls;
	g->free_calls = k;
	g->calls--;
}

void call_drop(struct call *k)
{
	if (k->up)
		upstream_release(k->up, false);
	k->client->call = NULL;
	give_back(k);
}

static int64_t now_of(const struct call *k) { return loop_now(call_gateway(k)->loop); }

/* --- the end ------------------------------------------------------------------------------------------------------------------------ */

enum ending { END_ANSWERED, END_BROKEN /* the client sees a reset */ };

static void end(struct call *k, enum ending how)
{
	struct client *c = k->client;
	struct gateway *g = c->g;
	int64_t now = now_of(k);
	record_call(k, now);
	metric_observe(METRIC_GATEWAY_SECONDS, now - k->started, k->context.trace.b, gateway_wall(g, now));
	bool keep_alive = k->keep_alive && !g->draining && c->listener->entry;
	bool linger = !k->in.done;
	give_back(k);
	metric_set(METRIC_GATEWAY_ACTIVE, (int64_t)g->calls);
	c->call = NULL;
	if (how == END_BROKEN)
		client_reset(c);
	else
		client_call_ended(c, keep_alive, linger);
}

/* The attempt in progress is over without an answer that can be used. */
static void stop_attempt(struct call *k, enum call_reason why)
{
	if (!k->up)
		return;
	struct attempt *a = call_attempt_now(k);
	a->reason = why;
	a->total = now_of(k) - a->start;
	metric_inc(METRIC_GATEWAY_ATTEMPTS_FAILED);
	upstream_release(k->up, false);
	k->up = NULL;
}

void call_client_gone(struct call *k)
{
	if (!k->own_answer && k->reason == CALL_OK)
		k->reason = REASON_CLIENT_GONE;
	stop_attempt(k, REASON_CLIENT_GONE);
	k->status = 0;
	end(k, END_BROKEN);
}

void call_fail_status(struct call *k, enum call_reason why, int status)
{
	stop_attempt(k, why);
	if (!k->own_answer)
		k->reason = why;
	if (k->head_sent) {
		end(k, END_BROKEN);
		return;
	}
	if (!k->in.done)
		k->keep_alive = false;
	answer_own(k, why, status);
}

void call_fail(struct call *k, enum call_reason why) { call_fail_status(k, why, call_reasons[why].status); }

void call_answered(struct call *k)
{
	struct attempt *a = call_attempt_now(k);
	a->total = now_of(k) - a->start;
	a->reason = CALL_OK;
	bool reusable = k->answer.keep_alive && k->out.kind != HTTP1_UNTIL_CLOSE && k->in.done && !k->request_broken;
	upstream_release(k->up, reusable);
	k->up = NULL;
	k->state = CALL_FLUSHING;
	if (k->client->conn.out) {
		call_arm(k);
		return;
	}
	call_flushed(k);
}

void call_flushed(struct call *k) { end(k, END_ANSWERED); }

/* --- ids ------------------------------------------------------------------------------------------------------------------------------ */

static bool is_trusted(struct client *c, const struct plan *p)
{
	if (c->trust_plan != p->serial) {
		c->trust_plan = p->serial;
		c->trusted = !c->listener->entry->outside || plan_trusts(p, &c->peer);
	}
	return c->trusted;
}

/* A trace of our own. */
static void start_trace(struct call *k)
{
	k->context = (struct trace_context){ .trace = trace_id_make(sys_random(), sys_random()), .flags = TRACE_SAMPLED | TRACE_RANDOM };
	k->span = span_id_make(sys_random());
	k->origin = ORIGIN_STARTED;
	buf_clear(&k->tracestate);
}

/* The one valid traceparent that came in; two are as good as none. */
static bool incoming_trace(const struct http1_head *h, struct trace_context *in)
{
	size_t first = h->first[HTTP_TRACEPARENT];
	if (!first || !traceparent_parse(in, h->headers[first - 1].value))
		return false;
	for (size_t i = first; i < h->count; i++)
		if (h->headers[i].id == HTTP_TRACEPARENT)
			return false;
	return true;
}

static void combine_tracestate(struct call *k)
{
	const struct http1_head *h = &k->request;
	struct str values[HTTP1_MAX_HEADERS];
	size_t n = 0;
	for (size_t i = h->first[HTTP_TRACESTATE] - 1u; i < h->count; i++)
		if (h->headers[i].id == HTTP_TRACESTATE)
			values[n++] = h->headers[i].value;
	if (!tracestate_combine(&k->tracestate, values, n))
		buf_clear(&k->tracestate);
}

static void identify(struct call *k, bool trusted)
{
	struct trace_context in;
	k->request_id = http1_get(&k->request, HTTP_X_REQUEST_ID);
	if (!incoming_trace(&k->request, &in)) {
		start_trace(k);
		return;
	}
	if (!trusted) {
		start_trace(k);
		k->origin = ORIGIN_RESTARTED;
		k->outside = in;
		return;
	}
	k->context = in;
	k->span = span_id_make(sys_random());
	k->origin = ORIGIN_CONTINUED;
	buf_clear(&k->tracestate);
	if (k->request.first[HTTP_TRACESTATE])
		combine_tracestate(k);
}

/* --- time limits ---------------------------------------------------------------------------------------------------------------------- */

/* gRPC's time-out: up to eight digits and a unit. NEVER when absent or malformed. */
static int64_t grpc_timeout(struct str s)
{
	static const struct { char unit; int64_t ns; } units[] = { { 'n', 1 },	    { 'u', USEC },	  { 'm', MSEC },
								   { 'S', SECOND }, { 'M', 60 * SECOND }, { 'H', 3600 * SECOND } };
	uint64_t n;
	if (s.len < 2 || s.len > 9 || !str_to_u64(str_sub(s, 0, s.len - 1), &n))
		return NEVER;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (units[i].unit == s.p[s.len - 1])
			return (int64_t)n * units[i].ns;
	return NEVER;
}

/* The smallest of the route's time-out and what the caller allows. False when that has passed already. */
static bool set_deadline(struct call *k, bool trusted)
{
	const struct http1_head *h = &k->request;
	int64_t left = k->lane->timeout;
	uint64_t ms;
	if (trusted && h->first[HTTP_PLEACH_DEADLINE] && str_to_u64(http1_get(h, HTTP_PLEACH_DEADLINE), &ms) && ms < (uint64_t)(left / MSEC))
		left = (int64_t)ms * MSEC;
	if (h->first[HTTP_GRPC_TIMEOUT]) {
		int64_t grpc = grpc_timeout(http1_get(h, HTTP_GRPC_TIMEOUT));
		if (grpc < left)
			left = grpc;
	}
	k->deadline = k->started + left;
	return k->deadline > now_of(k);
}

void call_arm(struct call *k)
{
	int64_t due = k->deadline < k->phase_due ? k->deadline : k->phase_due;
	if (k->client_due < due)
		due = k->client_due;
	struct client *c = k->client;
	timer_set(&c->timer, c->g->loop, due, c->timer.fn);
}

/* Whether it is the client that everybody waits for: its request is not complete, and the instance has all that came. */
static bool client_is_late(const struct call *k)
{
	bool waits_for_continue = k->request.expect_continue && k->bytes_in == 0;
	return !k->in.done && !k->request_broken && k->up && !k->up->conn.out && !waits_for_continue;
}

void call_timer(struct call *k)
{
	int64_t now = now_of(k);
	bool over = now >= k->deadline;
	switch (k->state) {
	case CALL_CONNECTING:
		if (over || now >= k->phase_due) {
			call_attempt_failed(k, REASON_CONNECT_TIMEOUT);
			return;
		}
		break;
	case CALL_WAITING:
		if (now >= k->client_due || (over && client_is_late(k))) {
			call_fail(k, REASON_CLIENT_TIMEOUT);
			return;
		}
		if (over || now >= k->phase_due) {
			call_attempt_failed(k, REASON_FIRST_BYTE_TIMEOUT);
			return;
		}
		break;
	case CALL_ANSWERING:
		if (over || now >= k->client_due) {
			call_fail(k, k->client->conn.out ? REASON_CLIENT_TIMEOUT : REASON_CALL_TIMEOUT);
			return;
		}
		break;
	case CALL_FLUSHING:
		if (over || now >= k->client_due) {
			call_fail(k, REASON_CLIENT_TIMEOUT);
			return;
		}
		break;
	}
	call_arm(k);
}

/* --- the beginning ---------------------------------------------------------------------------------------------------------------- */

static void refuse(struct call *k, enum call_reason why, int status)
{
	const struct entry *entry = k->client->listener->entry;
	start_trace(k);
	k->malformed = true;
	k->in.done = false; /* so that the connection closes, and after what is still coming */
	k->plan = plan_ref(call_gateway(k)->plan);
	k->lane = entry ? entry->lane : NULL;
	metric_inc(METRIC_GATEWAY_REFUSED);
	call_fail_status(k, why, status);
}

void call_refuse(struct call *k, enum http1_result r)
{
	k->note = http1_reason(r);
	refuse(k, REASON_BAD_REQUEST, http1_status(r));
}

void call_refuse_late(struct call *k) { refuse(k, REASON_CLIENT_TIMEOUT, call_reasons[REASON_CLIENT_TIMEOUT].status); }

static bool is_method(const struct call *k, const char *name) { return str_eq(k->request.method, str_z(name)); }

/* What can be said before an instance is asked: CALL_OK or why not. */
static enum call_reason admit(struct call *k, bool trusted)
{
	struct gateway *g = call_gateway(k);
	struct http1_head *h = &k->request;
	const struct entry *entry = k->client->listener->entry;
	if (is_method(k, "CONNECT") || is_method(k, "TRACE"))
		return REASON_METHOD;
	switch (plan_route(k->plan, entry, h->path, &k->lane, &k->route, &k->path)) {
	case ROUTE_FOUND:
		break;
	case ROUTE_NONE:
		return REASON_NO_ROUTE;
	case ROUTE_ESCAPES:
		k->note = "its dot segments leave the route's path";
		return REASON_BAD_REQUEST;
	}
	if (h->body == HTTP1_LENGTH && h->length > k->plan->max_body)
		return REASON_BODY_TOO_LARGE;
	if (k->lane->edge->active >= g->limits.active)
		return REASON_OVERLOAD;
	return set_deadline(k, trusted) ? CALL_OK : REASON_DEADLINE;
}

void call_begin(struct call *k)
{
	struct client *c = k->client;
	struct gateway *g = c->g;
	metric_inc(METRIC_GATEWAY_REQUESTS);
	metric_set(METRIC_GATEWAY_ACTIVE, (int64_t)g->calls);
	k->plan = plan_ref(g->plan);
	k->keep_alive = k->request.keep_alive;
	body_start(&k->in, &k->request);
	if (!c->listener->entry) {
		start_trace(k);
		call_fail(k, REASON_DRAINING);
		return;
	}
	bool trusted = is_trusted(c, k->plan);
	identify(k, trusted);
	enum call_reason why = admit(k, trusted);
	if (why != CALL_OK) {
		if (call_reasons[why].status == 400)
			metric_inc(METRIC_GATEWAY_REFUSED);
		call_fail(k, why);
		return;
	}
	k->lane->edge->active++;
	k->counted = true;
	if (!k->in.done)
		k->client_due = now_of(k) + g->limits.body_idle;
	next_attempt(k);
}

/* --- attempts ------------------------------------------------------------------------------------------------------------------------- */

static enum call_reason connect_reason(int code)
{
	switch (code) {
	case SYS_REFUSED:
	case SYS_NOT_FOUND: /* a Unix socket that is not there */
		return REASON_CONNECT_REFUSED;
	case SYS_TIMEDOUT:
		return REASON_CONNECT_TIMEOUT;
	default:
		return REASON_CONNECT_FAILED;
	}
}

void call_request_sent(struct call *k)
{
	if (k->state != CALL_WAITING || k->phase_due != NEVER || !k->in.done || k->up->conn.out)
		return;
	k->client_due = NEVER;
	k->phase_due = now_of(k) + k->plan->first_byte_timeout;
	call_arm(k);
}

/* The connection stands: the head, and what has come of the body, go out. */
static void send_request(struct call *k)
{
	struct client *c = k->client;
	struct str data = { NULL, 0 };
	k->state = CALL_WAITING;
	k->phase_due = NEVER;
	k->answer.scanned = 0;
	if (!k->in.done && c->conn.in && !k->replay) {
		enum call_reason why = relay_take(k, &data);
		if (why != CALL_OK) {
			call_fail(k, why);
			return;
		}
	}
	int r = forward_request(k, data);
	conn_consume(&c->conn, 0);
	if (r < 0) {
		k->request_broken = true;
		k->up->conn.readable = true;
		relay_answer(k); /* perhaps it said why before it closed */
		return;
	}
	if (k->in.done)
		call_request_sent(k);
	else
		relay_request(k);
}

static void connection_failed(struct call *k, enum call_reason why);

static void next_attempt(struct call *k)
{
	struct pool *p = balance_pick(k);
	if (!p) {
		call_fail(k, REASON_NO_INSTANCE);
		return;
	}
	int64_t now = now_of(k);
	struct attempt *a = &k->attempt[k->attempts++];
	*a = (struct attempt){ .pool = p, .start = now, .connect = -1, .first_byte = -1, .total = -1 };
	k->request_broken = false;
	metric_inc(METRIC_GATEWAY_ATTEMPTS);
	/* After a failure a kept connection is not worth another risk. */
	k->up = k->attempts == 1 ? upstream_reuse(p, k) : NULL;
	if (k->up) {
		a->reused = true;
		a->connect = 0;
		metric_inc(METRIC_GATEWAY_REUSED);
		send_request(k);
		return;
	}
	int why = 0;
	k->up = upstream_connect(p, k, &why);
	if (!k->up) {
		a->total = 0;
		metric_inc(METRIC_GATEWAY_ATTEMPTS_FAILED);
		connection_failed(k, connect_reason(why));
		return;
	}
	k->state = CALL_CONNECTING;
	k->phase_due = now + k->plan->connect_timeout;
	call_arm(k);
}

static bool may_repeat(const struct call *k)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS" };
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (is_method(k, methods[i]))
			return true;
	return false;
}

/* An instance that refuses is not asked again at once; one whose kept connection had gone stale is. */
static bool worth_another(const struct call *k)
{
	return k->attempts < CALL_ATTEMPTS && now_of(k) < k->deadline && body_is_replayable(k) &&
	       (balance_has_other(k) || k->attempt[k->attempts - 1].reused);
}

static void connection_failed(struct call *k, enum call_reason why)
{
	call_attempt_now(k)->reason = why;
	if (worth_another(k))
		next_attempt(k);
	else
		call_fail(k, why);
}

void call_attempt_failed(struct call *k, enum call_reason why)
{
	const struct attempt *a = call_attempt_now(k);
	bool nothing_sent = k->up->conn.sent == k->up->sent_before;
	bool went_stale = why == REASON_RESET_BEFORE_ANSWER && a->reused && may_repeat(k);
	bool again = a->first_byte < 0 && (nothing_sent || went_stale) && why != REASON_FIRST_BYTE_TIMEOUT;
	if (!again) {
		call_fail(k, why);
		return;
	}
	stop_attempt(k, why);
	connection_failed(k, why);
}

void call_connected(struct call *k, int result)
{
	if (result < 0) {
		call_attempt_failed(k, connect_reason(result));
		return;
	}
	struct attempt *a = call_attempt_now(k);
	a->connect = now_of(k) - a->start;
	send_request(k);
}

/* --- events ------------------------------------------------------------------------------------------------------------------------------- */

void call_client_event(struct call *k)
{
	struct client *c = k->client;
	if (c->conn.hangup || conn_flush(&c->conn) < 0) {
		call_client_gone(k);
		return;
	}
	switch (k->state) {
	case CALL_CONNECTING:
		return; /* its body waits */
	case CALL_WAITING:
	case CALL_ANSWERING:
		if (!k->in.done)
			relay_request(k);
		if (call_lives(c, k) && k->state == CALL_ANSWERING)
			relay_answer(k);
		return;
	case CALL_FLUSHING:
		if (!c->conn.out)
			call_flushed(k);
		return;
	}
}

void call_upstream_event(struct call *k)
{
	struct client *c = k->client;
	struct upstream *u = k->up;
	if (u->conn.out && conn_flush(&u->conn) < 0) {
		k->request_broken = true;
		u->conn.readable = true;
	}
	if (!k->in.done)
		relay_request(k);
	else
		call_request_sent(k);
	if (call_lives(c, k) && k->up == u && u->conn.readable)
		relay_answer(k);
}
