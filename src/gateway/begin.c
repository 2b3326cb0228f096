/* How a call begins: its id, its route, what it is allowed, its deadline. Called by client.c with a head that is complete, malformed or late. */
#include "gateway/state.h"
#include "gateway/version.h"

static int64_t now_of(const struct call *k) { return loop_now(call_gateway(k)->loop); }

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

/* --- the deadline ------------------------------------------------------------------------------------------------------------------ */

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

/* Whether a version that goes away, or that another one's provider serves, takes the call. */
static enum call_reason admit_version(struct call *k)
{
	int64_t ends;
	if (version_brownout(k, &ends))
		return REASON_BROWNOUT;
	return k->route->life->provider_path.len ? shift_begin(k) : CALL_OK;
}

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
	if (!set_deadline(k, trusted))
		return REASON_DEADLINE;
	return k->route->life ? admit_version(k) : CALL_OK;
}

static void refuse_admission(struct call *k, enum call_reason why)
{
	int64_t ends;
	const struct brownout *b = why == REASON_BROWNOUT ? version_brownout(k, &ends) : NULL;
	if (why == REASON_BROWNOUT)
		metric_inc(METRIC_GATEWAY_BROWNOUTS);
	if (call_reasons[why].status == 400)
		metric_inc(METRIC_GATEWAY_REFUSED);
	call_fail_status(k, why, b ? b->status : call_reasons[why].status);
}

/* Who waits to be asked for the body is asked: the provider cannot do it before it has the request. */
static void call_collect(struct call *k)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct sys_iovec v = { go_on, sizeof(go_on) - 1 };
	k->state = CALL_COLLECTING;
	if (k->request.expect_continue && k->request.minor > 0 && block_len(k->client->conn.in) == 0 && conn_send(&k->client->conn, &v, 1) < 0)
		call_client_gone(k);
	else
		shift_collect(k);
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
	if (k->route)
		meter_begin(k);
	if (k->route && g->tape.on && why == CALL_OK)
		tape_begin(k);
	if (why != CALL_OK) {
		refuse_admission(k, why);
		return;
	}
	k->lane->edge->active++;
	k->counted = true;
	if (!k->in.done)
		k->client_due = now_of(k) + g->limits.body_idle;
	if (k->shift && shift_collects(k))
		call_collect(k);
	else
		call_next_attempt(k);
}
