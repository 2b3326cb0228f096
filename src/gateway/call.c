/* One call: its attempts, its time limits, its end. The states are in state.h; it begins in begin.c; bodies move in relay.c.
 *
 * An attempt may be followed by another one only when nothing of the request reached an application (the connection was not made, or took
 * no byte), or when a kept connection closed before any byte of an answer, the method may be repeated, and what was sent of the body is
 * still there. So a request that may not be repeated is never sent to two applications. */
#include "gateway/record.h"
#include "gateway/state.h"
#include "gateway/upstream.h"
#include "gateway/version.h"
#include <stdlib.h>

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
	k->operation = OPERATIONS_NONE;
	k->look = NULL;
	k->tape = NULL;
	k->up = NULL;
	k->shift = NULL;
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
	shift_free(k->shift);
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
	meter_drop(k);
	tape_drop(k);
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
	meter_end(k, now);
	if (k->tape)
		tape_end(k);
	metric_observe(METRIC_GATEWAY_SECONDS, now - k->started, k->context.trace.b, gateway_wall(g, now));
	bool keep_alive = call_keeps_client(k);
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

/* All of the answer is here. */
static void flush(struct call *k)
{
	struct client *c = k->client;
	if (k->shift && shift_has_answer(k) && !k->own_answer && !shift_answer_sent(k)) {
		if (call_lives(c, k))
			call_arm(k);
		return;
	}
	if (c->conn.out)
		call_arm(k);
	else
		call_flushed(k);
}

void call_answered(struct call *k)
{
	struct attempt *a = call_attempt_now(k);
	a->total = now_of(k) - a->start;
	a->reason = CALL_OK;
	bool reusable = k->answer.keep_alive && k->out.kind != HTTP1_UNTIL_CLOSE && k->in.done && !k->request_broken;
	upstream_release(k->up, reusable);
	k->up = NULL;
	if (k->shift && shift_has_answer(k) && !shift_answer(k))
		return;
	k->state = CALL_FLUSHING;
	flush(k);
}

void call_flushed(struct call *k) { end(k, END_ANSWERED); }

/* --- time limits ---------------------------------------------------------------------------------------------------------------------- */

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
	case CALL_COLLECTING:
		if (over || now >= k->client_due) {
			call_fail(k, REASON_CLIENT_TIMEOUT);
			return;
		}
		break;
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
	if (k->state != CALL_WAITING || k->phase_due != NEVER || !k->in.done || (k->shift && !shift_request_sent(k)) || k->up->conn.out)
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
	int r = k->shift ? shift_request(k, data) : forward_request(k, data);
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

void call_next_attempt(struct call *k)
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
		if (str_eq(k->request.method, str_z(methods[i])))
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
		call_next_attempt(k);
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
	case CALL_COLLECTING:
		shift_collect(k);
		return;
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
		flush(k);
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
