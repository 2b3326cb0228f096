/* The part `gateway`: the gateway follows the snapshot from control, hands its records to the store, and reports to control who used what. */
#include "gateway/gateway.h"
#include "model/follow.h"
#include "model/record.h"
#include "part/part.h"
#include "part/record_calls.h"
#include "part/usage_send.h"

static struct {
	struct gateway *gateway;
	struct follow *follow;
	struct outbox *spans;
	struct usage_send *usage;
	struct part *part;
} self;

static char *room(void *ctx, size_t n)
{
	return outbox_room(ctx, n);
}

static void commit(void *ctx, size_t used)
{
	outbox_commit(ctx, used);
}

static void on_problem(void *ctx, const struct sys_addr *listen, const struct err *e)
{
	struct part *p = ctx;
	char text[128];
	struct str where = sys_addr_text(listen, text);
	if (e) {
		part_trouble(p, "cannot listen on %.*s: %s", STR_FMT(where), e->message);
	} else {
		part_trouble(p, NULL);
		part_log(p, SEVERITY_INFO, "listens on %.*s again", STR_FMT(where));
	}
}

static void on_snapshot(void *ctx, struct snapshot *s)
{
	struct err e = { 0 };
	if (!gateway_apply(self.gateway, s, &e))
		part_log(ctx, SEVERITY_ERROR, "snapshot %llu was not taken: %s", (unsigned long long)s->version, e.message);
}

static void on_state(void *ctx, bool connected, const struct err *why)
{
	if (connected)
		part_log(ctx, SEVERITY_INFO, "control answers");
	else
		part_log(ctx, SEVERITY_WARN, "control is away, going on with the last snapshot: %s", why ? why->message : "");
}

static void log_line(void *ctx, uint8_t severity, struct str message) { part_log_str(ctx, severity, message); }

static bool start_usage(struct part *p, struct str instance)
{
	const struct usage_send_options o = { self.gateway, part_socket(PART_SOCKET_CONTROL), instance, log_line, p };
	self.usage = usage_send_new(p->loop, p->client, &o);
	return self.usage != NULL;
}

static void handle(void *ctx, struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	struct err e = { 0 };
	(void)ctx;
	if (str_eq(r->path, STR(RECORD_CALLS_PATH)) && str_eq(r->head.method, STR("GET"))) {
		record_calls_handle(self.gateway, x);
		return;
	}
	err_set(&e, ERR_NOT_FOUND, "the gateway has no %.*s; it has GET " RECORD_CALLS_PATH, STR_FMT(r->path));
	http_answer_err(x, &e);
}

static bool start(struct part *p, struct err *e)
{
	self.part = p;
	p->handler = handle;
	self.spans = part_outbox(p, STR("/v1/traces"));
	struct gateway_options o = { .instance = STR("gateway-1"), .sink = { room, commit, self.spans }, .on_problem = on_problem, .ctx = p };
	self.gateway = gateway_new(p->loop, &o);
	if (!self.gateway || !start_usage(p, o.instance))
		return err_set(e, ERR_NO_MEMORY, "no memory for the gateway");
	struct follow_options f = { .control = part_socket(PART_SOCKET_CONTROL), .part = STR("gateway"),
				    .file = STR(PART_STATE "/gateway-snapshot.json"),
				    .on_snapshot = on_snapshot,
				    .on_state = on_state,
				    .ctx = p };
	self.follow = follow_new(p->loop, p->client, &f);
	return part_serve(p, PART_SOCKET_GATEWAY, NULL, e);
}

static void flushed(void *ctx)
{
	(void)ctx;
	usage_send_free(self.usage);
	gateway_free(self.gateway);
	outbox_free(self.spans);
	part_end(self.part, 0);
}

static void reported(void *ctx)
{
	(void)ctx;
	outbox_flush(self.spans, 2 * SECOND, flushed, NULL);
}

static void drained(void *ctx)
{
	(void)ctx;
	usage_send_end(self.usage, SECOND, reported, NULL);
}

static void stop(struct part *p)
{
	(void)p;
	follow_free(self.follow);
	gateway_drain(self.gateway, 5 * SECOND, drained, NULL);
}

const struct part_kind part_gateway = { .name = STR_INIT("gateway"), .start = start, .stop = stop };
