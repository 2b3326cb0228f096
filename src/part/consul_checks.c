/* See consul_checks.h. A check goes LOOK UP (a worker) → ASK (http, tcp or grpc) → answered, and is freed then. */
#include "part/consul_checks.h"
#include "base/check.h"
#include "net/grpc_client.h"
#include "net/url.h"
#include <stdlib.h>

enum { BODY_SHOWN = 1000, BODY_MOST = 64 << 10, MEMORY = 128 << 10 };
#define TIMEOUT_USUAL (10 * SECOND) /* Consul's */

struct asking {
	struct consul_checks *owner;
	struct asking *next, **link;
	struct loop *loop;
	struct arena arena;
	struct str service, check;     /* ids */
	uint64_t serial;
	enum check_kind kind;
	struct str method, headers, host, path /* of gRPC: the service asked for */;
	struct url url;
	struct tls_context *tls;       /* the owner's */
	struct str tls_name;
	int64_t timeout, begun;
	struct loop_job lookup;
	size_t found;                  /* addresses */
	struct http_call *http;
	struct grpc_call *grpc;
	struct watcher watcher;
	struct timer timer;
	int fd;                        /* of TCP; -1: none */
	bool looking;
};
struct consul_checks {
	struct loop *loop;
	struct http_client *client;
	struct registrar *registrar;
	void (*asked)(void *ctx);
	void *ctx;
	struct asking *askings;
	size_t count;
	struct tls_context *verified, *unverified; /* made with the first that wants them */
	void (*closed)(void *ctx); /* NULL: it is open */
	void *closed_ctx;
};

/* --- the end of one ----------------------------------------------------------------------------------------------------------------------------------------- */

static void asking_free(struct asking *k)
{
	*k->link = k->next;
	if (k->next)
		k->next->link = k->link;
	k->owner->count--;
	timer_cancel(&k->timer);
	watcher_stop(&k->watcher);
	if (k->fd >= 0)
		sys_close(k->fd);
	arena_release(&k->arena);
	free(k);
}

static void answered(struct asking *k, enum instance_health health, struct str output)
{
	struct consul_checks *c = k->owner;
	registrar_asked(c->registrar, k->service, k->check, k->serial, health, output, loop_now(k->loop));
	asking_free(k);
	c->asked(c->ctx);
}

static void failed(struct asking *k, const char *why) { answered(k, INSTANCE_CRITICAL, str_z(why)); }

/* --- HTTP --------------------------------------------------------------------------------------------------------------------------------------------------- */

static void on_http(void *ctx, const struct http_result *h)
{
	struct asking *k = ctx;
	k->http = NULL;
	/* Of what is well nothing is shown: whoever names an address must not read by it what only this machine may. */
	struct str body = h->status >= 400 ? str_sub(h->body, 0, BODY_SHOWN) : STR("");
	struct str output = h->status ? arena_printf(&k->arena, "%d %s%s%.*s", h->status, http_phrase(h->status), body.len ? ": " : "", STR_FMT(body)) : arena_printf(&k->arena, "%s", h->err.message);
	answered(k, h->status >= 200 && h->status < 300 ? INSTANCE_PASSING : h->status == 429 ? INSTANCE_WARNING : INSTANCE_CRITICAL, output);
}

static void ask_http(struct asking *k)
{
	struct http_call_options o = { .method = k->method, .target = k->url.path.len ? k->url.path : STR("/"), .headers = k->headers, .timeout = k->timeout, .connect_timeout = k->timeout, .max_body = BODY_MOST, .ctx = k };
	o.address = k->url.address;
	o.host = k->host.len ? k->host : k->url.authority;
	o.tls = k->tls;
	o.tls_host = k->tls_name.len ? k->tls_name : k->url.host;
	k->http = http_call(k->owner->client, &o, on_http);
}

/* --- TCP ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static void tcp_result(struct asking *k, int r)
{
	answered(k, r == 0 ? INSTANCE_PASSING : INSTANCE_CRITICAL, arena_printf(&k->arena, "TCP connect %.*s: %s", STR_FMT(k->url.authority), r == 0 ? "Success" : sys_strerror(r)));
}

static void on_tcp(struct watcher *w, uint32_t what)
{
	struct asking *k = CONTAINER_OF(w, struct asking, watcher);
	int r = sys_connected(k->fd);
	(void)what;
	if (r != SYS_AGAIN)
		tcp_result(k, r);
}

static void on_tcp_late(struct timer *t) { tcp_result(CONTAINER_OF(t, struct asking, timer), SYS_TIMEDOUT); }

static void ask_tcp(struct asking *k)
{
	k->fd = sys_connect(&k->url.address);
	if (k->fd < 0) {
		int why = k->fd;
		k->fd = -1;
		tcp_result(k, why);
	} else if (!watcher_start(&k->watcher, k->loop, k->fd, on_tcp)) {
		tcp_result(k, SYS_LIMIT);
	} else {
		timer_set(&k->timer, k->loop, loop_now(k->loop) + k->timeout, on_tcp_late);
	}
}

/* --- gRPC: HealthCheckRequest { string service = 1 }, HealthCheckResponse { ServingStatus status = 1 } -------------------------------------------------------- */

enum { SERVING = 1, FIELD_SERVICE = 0x0a, FIELD_STATUS = 0x08 };

static int status_of(struct str message)
{
	return message.len >= 2 && (unsigned char)message.p[0] == FIELD_STATUS ? (unsigned char)message.p[1] : 0;
}

static void on_grpc(void *ctx, const struct grpc_reply *r)
{
	static const char *const names[] = { "UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN" };
	struct asking *k = ctx;
	int status = r->has_message ? status_of(r->message) : 0;
	k->grpc = NULL;
	if (err_is_set(&r->err))
		failed(k, r->err.message);
	else if (r->code != GRPC_OK)
		answered(k, INSTANCE_CRITICAL, arena_printf(&k->arena, "gRPC check %.*s: %s: %.*s", STR_FMT(k->url.authority), grpc_code_name((int)r->code), STR_FMT(str_sub(r->words, 0, BODY_SHOWN))));
	else
		answered(k, status == SERVING ? INSTANCE_PASSING : INSTANCE_CRITICAL, arena_printf(&k->arena, "gRPC check %.*s: %s", STR_FMT(k->url.authority), status == SERVING ? "success" : status < 4 ? names[status] : "UNKNOWN"));
}

static void ask_grpc(struct asking *k)
{
	struct err e = { 0 };
	struct buf message;
	buf_init(&message, REGISTRAR_TEXT_MAX + 8);
	if (k->path.len) {
		buf_char(&message, FIELD_SERVICE);
		for (size_t n = k->path.len; ; n >>= 7) { /* a varint */
			buf_char(&message, (char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
			if (n <= 0x7f)
				break;
		}
		buf_add(&message, k->path);
	}
	const struct grpc_client_options o = { .address = k->url.address, .authority = k->url.authority, .path = STR("/grpc.health.v1.Health/Check"), .message = buf_str(&message), .timeout = k->timeout };
	k->grpc = grpc_call(k->loop, &o, on_grpc, k, &e);
	buf_release(&message);
	if (!k->grpc)
		failed(k, e.message);
}

static void release(struct consul_checks *c)
{
	void (*closed)(void *ctx) = c->closed;
	void *ctx = c->closed_ctx;
	tls_context_free(c->verified);
	tls_context_free(c->unverified);
	free(c);
	closed(ctx);
}

/* --- from its time to its question --------------------------------------------------------------------------------------------------------------------------- */

static void look_up(struct loop_job *job)
{
	struct asking *k = CONTAINER_OF(job, struct asking, lookup);
	k->found = sys_resolve(k->url.host, k->url.port, &k->url.address, 1);
}

static void looked_up(struct loop_job *job)
{
	static void (*const ask[])(struct asking *k) = { [CHECK_HTTP] = ask_http, [CHECK_TCP] = ask_tcp, [CHECK_GRPC] = ask_grpc };
	struct asking *k = CONTAINER_OF(job, struct asking, lookup);
	k->looking = false;
	int64_t left = k->timeout - (loop_now(k->loop) - k->begun);
	struct consul_checks *c = k->owner;
	if (c->closed) {
		asking_free(k);
		if (!c->count)
			release(c);
	} else if (!k->found)
		answered(k, INSTANCE_CRITICAL, arena_printf(&k->arena, "no name server knows the host %.*s", STR_FMT(k->url.host)));
	else if (left <= 0)
		answered(k, INSTANCE_CRITICAL, arena_printf(&k->arena, "no name server told the address of %.*s in time", STR_FMT(k->url.host)));
	else {
		k->timeout = left;
		ask[k->kind](k);
	}
}

static bool trust(struct consul_checks *c, struct asking *k, bool unverified, struct err *e)
{
	struct tls_context **to = unverified ? &c->unverified : &c->verified;
	if (!k->url.secure)
		return true;
	if (!*to)
		*to = tls_context_new(&(struct tls_options){ .unverified = unverified }, e);
	k->tls = *to;
	return *to;
}

/* "host:port" for TCP; "host:port" or "host:port/service" for gRPC. */
static bool place(struct asking *k, const struct registered_check *r, struct err *e)
{
	struct str target = arena_str(&k->arena, r->target);
	if (r->kind == CHECK_HTTP)
		return url_parse(&k->url, &k->arena, target, "HTTP", e);
	bool ok = url_parse(&k->url, &k->arena, arena_printf(&k->arena, "http://%.*s", STR_FMT(target)), r->kind == CHECK_TCP ? "TCP" : "GRPC", e);
	k->path = k->url.path.len ? str_skip(k->url.path, 1) : STR("");
	return ok;
}

static void begin(struct consul_checks *c, struct registered_check *r, int64_t now)
{
	struct asking *k = calloc(1, sizeof(*k));
	struct err e = { 0 };
	CHECK(k);
	*k = (struct asking){ .owner = c, .loop = c->loop, .serial = r->serial, .kind = r->kind, .timeout = r->timeout ? r->timeout : TIMEOUT_USUAL, .begun = now, .fd = -1, .watcher.fd = -1 };
	arena_init(&k->arena, MEMORY);
	k->service = arena_str(&k->arena, r->service->id);
	k->check = arena_str(&k->arena, r->id);
	k->method = r->method.len ? arena_str(&k->arena, r->method) : STR("GET");
	k->headers = arena_str(&k->arena, r->headers);
	k->host = arena_str(&k->arena, r->host);
	k->tls_name = arena_str(&k->arena, r->tls_name);
	k->next = c->askings;
	k->link = &c->askings;
	if (k->next)
		k->next->link = &k->next;
	c->askings = k;
	c->count++;
	r->asking = true;
	if (!place(k, r, &e) || !trust(c, k, r->unverified, &e)) {
		r->asking = false;
		registrar_asked(c->registrar, k->service, k->check, k->serial, INSTANCE_CRITICAL, str_z(e.message), now);
		asking_free(k);
		return;
	}
	k->looking = true;
	k->lookup = (struct loop_job){ .run = look_up, .done = looked_up };
	loop_work(c->loop, &k->lookup);
}

void consul_checks_due(struct consul_checks *c, int64_t now)
{
	for (uint32_t i = 0; i < c->registrar->by_id.count; i++) {
		struct registered *s = c->registrar->by_id.entries[i].value;
		for (size_t k = 0; k < s->checks_count; k++) {
			struct registered_check *r = &s->checks[k];
			if (!r->target.len || r->asking || now < r->due)
				continue;
			if (c->count < CHECKS_AT_ONCE)
				begin(c, r, now);
			else /* as soon as one is free */
				r->due = now + SECOND;
		}
	}
}

struct consul_checks *consul_checks_new(struct loop *l, struct http_client *client, struct registrar *r, void (*asked)(void *ctx), void *ctx)
{
	struct consul_checks *c = calloc(1, sizeof(*c));
	if (c)
		*c = (struct consul_checks){ .loop = l, .client = client, .registrar = r, .asked = asked, .ctx = ctx };
	return c;
}

void consul_checks_close(struct consul_checks *c, void (*closed)(void *ctx), void *ctx)
{
	c->closed = closed;
	c->closed_ctx = ctx;
	for (struct asking *k = c->askings, *next; k; k = next) {
		next = k->next;
		if (k->http)
			http_cancel(k->http);
		if (k->grpc)
			grpc_cancel(k->grpc);
		if (!k->looking)
			asking_free(k);
	}
	if (!c->count)
		release(c);
}
