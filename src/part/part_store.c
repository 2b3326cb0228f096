/* The part `store`: the store behind an HTTP server on its Unix socket and on the address where services send OTLP. */
#include "base/check.h"
#include "model/fleet.h"
#include "model/record.h"
#include "part/part.h"
#include "store/store.h"

static struct {
	struct store *store;
} self;

static void handle(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	if (store_handle(self.store, x))
		return;
	struct err e = { 0 };
	err_set(&e, ERR_NOT_FOUND, "the store has no %.*s", STR_FMT(http_request(x)->path));
	http_answer_err(x, &e);
}

static void too_large(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	store_refuse_large(x);
}

static void before_body(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	store_before_body(self.store, x);
}

static void report(void *ctx, uint8_t severity, struct str message)
{
	part_log_str(ctx, severity, message);
}

/* From the command line (the node says everything), or from pleach.yaml when the store runs alone. */
static bool settings(struct part *p, struct store_options *o, struct sys_addr *listen, struct err *e)
{
	const struct part_settings *s = p->settings;
	o->keep_ns = s->keep;
	o->keep_bytes = s->size;
	o->memory = s->memory;
	if (s->listen.len)
		return sys_addr_parse(listen, s->listen, e);
	struct fleet *f = fleet_load(s->root, e, NULL);
	if (!f)
		return false;
	o->keep_ns = f->store.keep_ns;
	o->keep_bytes = f->store.keep_bytes;
	o->memory = f->store.memory;
	*listen = f->store.listen;
	fleet_free(f);
	return true;
}

static bool start(struct part *p, struct err *e)
{
	struct store_options o = { .directory = STR(PART_STATE "/store"), .report = report, .ctx = p };
	struct http_server_options limits = { .max_body = STORE_MAX_RECEIVED, .max_arena = 128u << 20, .too_large = too_large, .before_body = before_body };
	struct sys_addr listen;
	char text[128];
	if (!settings(p, &o, &listen, e))
		return false;
	self.store = store_new(p->loop, &o, e);
	if (!self.store)
		return false;
	p->handler = handle;
	if (!part_serve(p, PART_SOCKET_STORE, &limits, e) || !http_server_listen(p->server, &listen, NULL, e))
		return false;
	part_log(p, SEVERITY_INFO, "the store takes OTLP, JSON lines, Elasticsearch bulk and Loki push at http://%.*s", STR_FMT(sys_addr_text(&listen, text)));
	return true;
}

static void closed(void *ctx)
{
	part_end(ctx, 0);
}

static void drained(void *ctx)
{
	store_close(self.store, closed, ctx);
}

static void stop(struct part *p)
{
	http_server_drain(p->server, SECOND, drained, p);
}

const struct part_kind part_store = { .name = STR_INIT("store"), .start = start, .stop = stop };
