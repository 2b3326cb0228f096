/* The part `store`: the store behind an HTTP server on its Unix socket and on the address where services send OTLP. */
#include "base/check.h"
#include "model/fleet.h"
#include "model/record.h"
#include "net/grpc.h"
#include "part/part.h"
#include "store/store.h"

static struct {
	struct store *store;
	struct grpc_server *grpc; /* NULL: not wanted */
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

static void report(void *ctx, uint8_t severity, struct str message)
{
	part_log_str(ctx, severity, message);
}

/* From the command line (the node says everything), or from pleach.yaml when the store runs alone. */
static bool settings(struct part *p, struct store_options *o, struct sys_addr *listen, struct sys_addr *grpc, struct err *e)
{
	const struct part_settings *s = p->settings;
	o->keep_ns = s->keep;
	o->keep_bytes = s->size;
	o->memory = s->memory;
	*grpc = (struct sys_addr){ .family = SYS_NONE };
	if (s->grpc.len && !sys_addr_parse(grpc, s->grpc, e))
		return false;
	if (s->listen.len)
		return sys_addr_parse(listen, s->listen, e);
	struct fleet *f = fleet_load(s->root, e, NULL);
	if (!f)
		return false;
	o->keep_ns = f->store.keep_ns;
	o->keep_bytes = f->store.keep_bytes;
	o->memory = f->store.memory;
	*listen = f->store.listen;
	if (!s->grpc.len)
		*grpc = f->store.grpc;
	fleet_free(f);
	return true;
}

static bool serve_grpc(struct part *p, const struct sys_addr *a, struct err *e)
{
	struct grpc_options o;
	char text[128];
	store_grpc_options(self.store, &o);
	self.grpc = grpc_server_new(p->loop, &o);
	if (!self.grpc)
		return err_set(e, ERR_NO_MEMORY, "no memory for a gRPC server");
	if (!grpc_server_listen(self.grpc, a, NULL, e)) {
		grpc_server_free(self.grpc);
		return false;
	}
	part_log(p, SEVERITY_INFO, "the store takes OTLP over gRPC at %.*s", STR_FMT(sys_addr_text(a, text)));
	return true;
}

static bool start(struct part *p, struct err *e)
{
	struct store_options o = { .directory = STR(PART_STATE "/store"), .report = report, .ctx = p };
	struct http_server_options limits = { .max_body = STORE_MAX_RECEIVED, .max_arena = 128u << 20, .too_large = too_large };
	struct sys_addr listen, grpc;
	char text[128];
	if (!settings(p, &o, &listen, &grpc, e))
		return false;
	self.store = store_new(p->loop, &o, e);
	if (!self.store)
		return false;
	p->handler = handle;
	if (!part_serve(p, PART_SOCKET_STORE, &limits, e) || !http_server_listen(p->server, &listen, NULL, e))
		return false;
	part_log(p, SEVERITY_INFO, "the store takes OTLP at http://%.*s", STR_FMT(sys_addr_text(&listen, text)));
	return grpc.family == SYS_NONE || serve_grpc(p, &grpc, e);
}

static void closed(void *ctx)
{
	grpc_server_free(self.grpc);
	self.grpc = NULL;
	part_end(ctx, 0);
}

static void drained(void *ctx)
{
	store_close(self.store, closed, ctx);
}

static void grpc_drained(void *ctx)
{
	struct part *p = ctx;
	http_server_drain(p->server, SECOND, drained, p);
}

static void stop(struct part *p)
{
	if (self.grpc)
		grpc_server_drain(self.grpc, SECOND, grpc_drained, p);
	else
		grpc_drained(p);
}

const struct part_kind part_store = { .name = STR_INIT("store"), .start = start, .stop = stop };
