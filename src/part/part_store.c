/* The part `store`: the store behind an HTTP server on its Unix socket and on the address where services send OTLP, a gRPC
 * server for the same, and its own listeners for syslog and Fluent Forward. Asked to stop: gRPC and HTTP drain one after the other, then the store
 * closes, and only then the gRPC server is freed, as its calls wait for the store's answers. */
#include "base/check.h"
#include "base/time.h"
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

static void before_body(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	store_before_body(self.store, x);
}

static void report(void *ctx, uint8_t severity, struct str message)
{
	part_log_str(ctx, severity, message);
}

enum { SECRET_MOST = 1024, KEEP_MEMORY = 16 << 20 /* between queries */ };

/* The secret's file without the white space around it. It goes nowhere but into the listener. */
static bool read_secret(struct arena *a, struct str path, struct str *secret, struct err *e)
{
	struct str text;
	if (str_empty(path))
		return true;
	if (!sys_read_file(path, SECRET_MOST, a, &text, e))
		return false;
	*secret = str_strip(text);
	if (str_empty(*secret))
		return err_set(e, ERR_INPUT, "%.*s holds no secret for Fluent Forward; write one into it or take `forward_secret` out", STR_FMT(path));
	return true;
}

static bool address(struct str text, struct sys_addr *a, struct err *e) { return str_empty(text) || sys_addr_parse(a, text, e); }

static bool listeners_said(const struct part_settings *s, struct arena *a, struct store_listen_options *o, struct err *e)
{
	if (s->syslog_zone.len && !zone_parse(s->syslog_zone, &o->zone))
		return err_set(e, ERR_USAGE, "--syslog-zone: `%.*s` is no offset from UTC, such as +02:00", STR_FMT(s->syslog_zone));
	return address(s->syslog, &o->syslog, e) && address(s->forward, &o->forward, e) && read_secret(a, s->forward_secret, &o->secret, e);
}

struct addresses { struct sys_addr http, grpc; struct store_listen_options others; };

/* "orders=3d,audit-*=400d" */
static bool ages_said(struct arena *a, struct str text, struct store_options *o, struct err *e)
{
	struct store_keep *list = ARENA_ARRAY(a, STORE_KEEP_MAX, struct store_keep);
	while (list && text.p && text.len) {
		struct str ns = str_split(&text, ','), service = str_split(&ns, '=');
		if (o->keep_count == STORE_KEEP_MAX || str_empty(service) || !ns.p || !duration_parse(ns, &list[o->keep_count].ns))
			return err_set(e, ERR_USAGE, "--keep-services: write services and durations, at most %d, such as orders=3d,audit-*=400d", STORE_KEEP_MAX);
		list[o->keep_count++].service = service;
	}
	o->keep = list;
	return list ? true : err_set(e, ERR_NO_MEMORY, "no memory for the settings");
}

static bool ages_written(struct arena *a, const struct fleet *f, struct store_options *o, struct err *e)
{
	struct store_keep *list = ARENA_ARRAY(a, f->store.age_count + 1, struct store_keep);
	for (size_t i = 0; list && i < f->store.age_count; i++)
		list[o->keep_count++] = (struct store_keep){ arena_str(a, f->store.ages[i].service), f->store.ages[i].ns };
	o->keep = list;
	return list ? true : err_set(e, ERR_NO_MEMORY, "no memory for the settings");
}

/* From the command line (the node says everything), or from pleach.yaml when the store runs alone. */
static bool settings(struct part *p, struct arena *a, struct store_options *o, struct addresses *to, struct err *e)
{
	const struct part_settings *s = p->settings;
	o->keep_ns = s->keep;
	o->keep_bytes = s->size;
	o->memory = s->memory;
	if (!address(s->grpc, &to->grpc, e) || !ages_said(a, s->keep_services, o, e))
		return false;
	if (s->listen.len)
		return sys_addr_parse(&to->http, s->listen, e) && listeners_said(s, a, &to->others, e);
	struct fleet *f = fleet_load(s->root, e, NULL);
	if (!f)
		return false;
	o->keep_ns = f->store.keep_ns;
	o->keep_bytes = f->store.keep_bytes;
	o->memory = f->store.memory;
	to->http = f->store.listen;
	if (!s->grpc.len)
		to->grpc = f->store.grpc;
	to->others = (struct store_listen_options){ .syslog = f->store.syslog, .forward = f->store.forward, .zone = f->store.syslog_zone };
	bool ok = (s->keep_services.len || ages_written(a, f, o, e)) && read_secret(a, f->store.forward_secret, &to->others.secret, e);
	fleet_free(f);
	return ok;
}

static bool start_listeners(struct part *p, const struct store_listen_options *o, struct err *e)
{
	char text[128];
	if (o->syslog.family == SYS_NONE && o->forward.family == SYS_NONE)
		return true;
	if (!store_listen(self.store, o, e))
		return false;
	if (o->syslog.family != SYS_NONE)
		part_log(p, SEVERITY_INFO, "the store takes syslog at %.*s, UDP and TCP", STR_FMT(sys_addr_text(&o->syslog, text)));
	if (o->forward.family != SYS_NONE)
		part_log(p, SEVERITY_INFO, "the store takes Fluent Forward at %.*s%s", STR_FMT(sys_addr_text(&o->forward, text)),
			 o->secret.len ? ", from senders that know the secret" : "");
	return true;
}

static bool serve_grpc(struct part *p, const struct sys_addr *a, struct err *e)
{
	struct grpc_options o;
	char text[128];
	if (a->family == SYS_NONE)
		return true;
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

static bool start_with(struct part *p, struct arena *a, struct err *e)
{
	struct store_options o = { .directory = STR(PART_STATE "/store"), .report = report, .ctx = p };
	struct http_server_options limits = { .max_body = STORE_MAX_RECEIVED, .max_arena = 128u << 20, .too_large = too_large, .before_body = before_body };
	struct addresses to = { 0 };
	char text[128];
	if (!settings(p, a, &o, &to, e))
		return false;
	self.store = store_new(p->loop, &o, e);
	if (!self.store)
		return false;
	p->handler = handle;
	if (!part_serve(p, PART_SOCKET_STORE, &limits, e) || !http_server_listen(p->server, &to.http, NULL, e))
		return false;
	part_log(p, SEVERITY_INFO, "the store takes OTLP, JSON lines, Elasticsearch bulk and Loki push at http://%.*s", STR_FMT(sys_addr_text(&to.http, text)));
	return serve_grpc(p, &to.grpc, e) && start_listeners(p, &to.others, e);
}

static bool start(struct part *p, struct err *e)
{
	struct arena a;
	sys_keep_memory(KEEP_MEMORY);
	arena_init(&a, 1 << 18);
	bool ok = start_with(p, &a, e);
	arena_release(&a);
	return ok;
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
