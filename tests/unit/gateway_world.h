/* A small world for the gateway's tests on the real loop: scripted back ends, raw clients, one gateway with one edge listener and one
 * listener from "shop" to "orders", and its records decoded as far as the tests ask. Everything on 127.0.0.1, ports chosen by the system. */
#ifndef TEST_GATEWAY_WORLD_H
#define TEST_GATEWAY_WORLD_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/check.h"
#include "base/pb.h"
#include "gateway/gateway.h"
#include "model/call.h"
#include "net/http1.h"

enum { WORLD_BACKENDS = 3, PEER_MAX = 1 << 20, RECORDS_MAX = 64, RECORD_MAX = 16384 };

struct world;
struct peer { /* a connection of a back end or of a client */
	struct watcher w;
	struct world *world;
	struct backend *backend; /* NULL: a client */
	struct buf in, out;
	bool connected, ended, reset, closed, stalled /* does not read */;
	int requests;
	struct peer *next;
};
struct backend {
	struct world *world;
	struct watcher listener;
	struct sys_addr address;
	struct peer *peers;
	struct buf seen;         /* everything that any connection received */
	int connections, requests;
	/* Called when bytes came or the stream ended; takes what it uses off p->in. */
	void (*react)(struct peer *p);
	int state;               /* for the script */
};
struct world {
	struct loop *loop;
	struct gateway *gateway;
	struct backend backends[WORLD_BACKENDS];
	struct peer *clients;
	struct sys_addr edge, inner;
	int64_t timeout, first_byte;
	const char *trust, *serves;
	int healthy;             /* how many of the back ends are in the snapshot as healthy */
	size_t max_body;
	struct gateway_limits limits;
	uint64_t version;
	char records[RECORDS_MAX][RECORD_MAX];
	size_t record_len[RECORDS_MAX];
	int record_count;
	char room[65536];
	bool sink_full, problem_told, problem_over;
	char problem[600];
	bool (*until)(struct world *w, void *arg);
	void *until_arg;
	bool held;
	struct timer tick;
	int64_t deadline;
	bool drained;
};

/* --- running ----------------------------------------------------------------------------------------------------------------------- */

static inline void world_tick(struct timer *t)
{
	struct world *w = CONTAINER_OF(t, struct world, tick);
	w->held = w->until(w, w->until_arg);
	if (w->held || loop_now(w->loop) > w->deadline)
		loop_stop(w->loop);
	else
		timer_set(t, w->loop, loop_now(w->loop) + MSEC / 2, world_tick);
}

/* Runs the loop until the condition holds; fails the test after ten seconds. */
static inline bool world_try(struct world *w, bool (*until)(struct world *, void *), void *arg, int64_t limit)
{
	w->until = until;
	w->until_arg = arg;
	w->deadline = sys_now() + limit;
	timer_set(&w->tick, w->loop, 0, world_tick);
	loop_run(w->loop);
	return w->held;
}
static inline void world_run(struct world *w, bool (*until)(struct world *, void *), void *arg)
{
	assert_true(world_try(w, until, arg, 10 * SECOND));
}

/* --- peers ------------------------------------------------------------------------------------------------------------------------- */

static inline void peer_flush(struct peer *p)
{
	while (p->connected && !p->closed && p->out.len) {
		int64_t n = sys_write(p->w.fd, p->out.data + p->out.start, p->out.len);
		if (n == SYS_AGAIN)
			return;
		if (n < 0) {
			p->reset = p->ended = true;
			return;
		}
		buf_consume(&p->out, (size_t)n);
	}
}
static inline void peer_send(struct peer *p, struct str s)
{
	buf_add(&p->out, s);
	peer_flush(p);
}
static inline void peer_end(struct peer *p, void (*how)(int fd))
{
	if (p->closed)
		return;
	int fd = p->w.fd;
	watcher_stop(&p->w);
	how(fd);
	p->closed = true;
}
static inline void peer_read(struct peer *p)
{
	char chunk[65536];
	while (!p->closed && !p->ended && !p->stalled) {
		int64_t n = sys_read(p->w.fd, chunk, sizeof(chunk));
		if (n == SYS_AGAIN)
			return;
		if (n <= 0) {
			p->ended = true;
			p->reset = n < 0;
		} else {
			buf_add_bytes(&p->in, chunk, (size_t)n);
			if (p->backend)
				buf_add_bytes(&p->backend->seen, chunk, (size_t)n);
		}
		if (p->backend)
			p->backend->react(p);
	}
}
static inline void peer_ready(struct watcher *watcher, uint32_t what)
{
	struct peer *p = CONTAINER_OF(watcher, struct peer, w);
	(void)what;
	if (!p->connected)
		p->connected = sys_connected(watcher->fd) == 0;
	peer_flush(p);
	peer_read(p);
}
static inline struct peer *peer_new(struct world *w, struct backend *b, int fd)
{
	struct peer *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	p->world = w;
	p->backend = b;
	p->connected = b != NULL;
	buf_init(&p->in, PEER_MAX * 8);
	buf_init(&p->out, PEER_MAX * 8);
	struct peer **list = b ? &b->peers : &w->clients;
	p->next = *list;
	*list = p;
	assert_true(watcher_start(&p->w, w->loop, fd, peer_ready));
	return p;
}
static inline void peers_free(struct peer **list)
{
	while (*list) {
		struct peer *p = *list;
		*list = p->next;
		peer_end(p, sys_close);
		buf_release(&p->in);
		buf_release(&p->out);
		free(p);
	}
}
static inline void backend_accept(struct watcher *watcher, uint32_t what)
{
	struct backend *b = CONTAINER_OF(watcher, struct backend, listener);
	(void)what;
	for (int fd; (fd = sys_accept(watcher->fd, NULL)) >= 0;) {
		b->connections++;
		peer_new(b->world, b, fd);
	}
}

/* Takes one whole request off p->in into *text (head and decoded body joined, in `store`); false when it is not complete. */
static inline bool peer_take_request(struct peer *p, struct buf *store, struct http1_head *h)
{
	struct buf copy = p->in; /* the head's strings must outlive the consuming: they are copied */
	h->scanned = 0;
	if (http1_request(h, buf_str(&copy)) != HTTP1_DONE)
		return false;
	struct str rest = str_skip(buf_str(&copy), h->size);
	struct http1_chunks c = { 0 };
	buf_clear(store);
	buf_add(store, str_sub(buf_str(&copy), 0, h->size));
	size_t used = 0;
	if (h->body == HTTP1_LENGTH) {
		if (rest.len < h->length)
			return false;
		buf_add(store, str_sub(rest, 0, (size_t)h->length));
		used = (size_t)h->length;
	} else if (h->body == HTTP1_CHUNKED) {
		for (;;) {
			size_t n = 0;
			struct str data = { NULL, 0 };
			enum http1_result r = http1_chunk(&c, str_skip(rest, used), &n, &data);
			buf_add(store, data);
			used += n;
			if (r == HTTP1_DONE)
				break;
			assert_int_equal(r, HTTP1_MORE);
			if (n == 0)
				return false;
		}
	}
	buf_consume(&p->in, h->size + used);
	return true;
}

/* The usual back end: answers 200 with the text of the request it got. */
static inline void react_echo(struct peer *p)
{
	struct http1_head h;
	struct buf text;
	buf_init(&text, PEER_MAX * 8);
	while (peer_take_request(p, &text, &h)) {
		char head[128];
		p->requests++;
		p->backend->requests++;
		int n = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", text.len);
		peer_send(p, str_from(head, (size_t)n));
		if (!str_starts(buf_str(&text), STR("HEAD ")))
			peer_send(p, buf_str(&text));
	}
	buf_release(&text);
	if (p->ended)
		peer_end(p, sys_close);
}

/* --- the world ----------------------------------------------------------------------------------------------------------------------- */

static inline char *world_room(void *ctx, size_t n)
{
	struct world *w = ctx;
	return !w->sink_full && n <= sizeof(w->room) ? w->room : NULL;
}
static inline void world_commit(void *ctx, size_t used)
{
	struct world *w = ctx;
	assert_true(w->record_count < RECORDS_MAX && used <= RECORD_MAX);
	memcpy(w->records[w->record_count], w->room, used);
	w->record_len[w->record_count++] = used;
}
static inline void world_problem(void *ctx, const struct sys_addr *listen, const struct err *e)
{
	struct world *w = ctx;
	(void)listen;
	if (e) {
		w->problem_told = true;
		snprintf(w->problem, sizeof(w->problem), "%s", e->message);
	} else {
		w->problem_over = true;
	}
}

static inline struct sys_addr free_address(void)
{
	struct sys_addr a = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	int fd = sys_listen(&a, 1);
	assert_true(fd >= 0 && sys_local_addr(fd, &a) == 0);
	sys_close(fd);
	return a;
}

/* Gives the gateway a snapshot made from the world's settings. */
static inline bool world_apply(struct world *w, struct err *e)
{
	char text[8192], a[128], b[128];
	int n = snprintf(text, sizeof(text),
			 "{\"version\":%llu,\"fleet_version\":1,\"fleet\":\"shop\",\"gateway\":{\"listen\":\"%s\",\"trust\":[%s],\"connect_timeout_ns\":1000000000,"
			 "\"first_byte_timeout_ns\":%lld,\"timeout_ns\":%lld,\"max_body\":%zu},\"services\":["
			 "{\"name\":\"hidden\",\"exposed\":false,\"serves\":[],\"calls\":[],\"endpoints\":[]},"
			 "{\"name\":\"orders\",\"exposed\":true,\"serves\":[%s],\"calls\":[],\"endpoints\":[",
			 (unsigned long long)++w->version, sys_addr_text(&w->edge, a).p, w->trust, (long long)w->first_byte, (long long)w->timeout,
			 w->max_body, w->serves);
	for (int i = 0; i < WORLD_BACKENDS; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s{\"instance\":\"orders-%d\",\"address\":\"%s\",\"state\":\"%s\"}", i ? "," : "", i + 1,
			      sys_addr_text(&w->backends[i].address, b).p, i < w->healthy ? "healthy" : "unhealthy");
	n += snprintf(text + n, sizeof(text) - (size_t)n,
		      "]},{\"name\":\"shop\",\"exposed\":false,\"serves\":[],\"calls\":[{\"callee\":\"orders\",\"listen\":\"%s\",\"timeout_ns\":%lld}],\"endpoints\":[]}]}",
		      sys_addr_text(&w->inner, b).p, (long long)w->timeout);
	struct snapshot *s = snapshot_decode(str_from(text, (size_t)n), e);
	if (!s)
		fail_msg("%s", e->message);
	bool ok = gateway_apply(w->gateway, s, e);
	snapshot_unref(s);
	return ok;
}

static inline struct world *world_new(void (*react)(struct peer *p))
{
	struct world *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	sys_init();
	w->loop = loop_new();
	w->timeout = 5 * SECOND;
	w->first_byte = 3 * SECOND;
	w->trust = "\"127.0.0.0/8\"";
	w->serves = "";
	w->healthy = 1;
	w->max_body = 32 << 20;
	for (int i = 0; i < WORLD_BACKENDS; i++) {
		struct backend *b = &w->backends[i];
		b->world = w;
		b->react = react;
		buf_init(&b->seen, PEER_MAX * 64);
		b->address = (struct sys_addr){ .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
		int fd = sys_listen(&b->address, 64);
		assert_true(fd >= 0 && sys_local_addr(fd, &b->address) == 0);
		assert_true(watcher_start(&b->listener, w->loop, fd, backend_accept));
	}
	w->edge = free_address();
	w->inner = free_address();
	return w;
}
static inline void world_start(struct world *w)
{
	struct err e = { 0 };
	struct gateway_options o = { .instance = STR("gateway-1"), .sink = { world_room, world_commit, w }, .limits = w->limits,
				     .on_problem = world_problem, .ctx = w };
	w->gateway = gateway_new(w->loop, &o);
	assert_non_null(w->gateway);
	if (!world_apply(w, &e))
		fail_msg("%s", e.message);
}
static inline struct world *world_with(void (*react)(struct peer *p))
{
	struct world *w = world_new(react);
	world_start(w);
	return w;
}
static inline void backend_stop(struct backend *b)
{
	int fd = b->listener.fd;
	watcher_stop(&b->listener);
	if (fd >= 0)
		sys_close(fd);
}
static inline void world_free(struct world *w)
{
	gateway_free(w->gateway);
	peers_free(&w->clients);
	for (int i = 0; i < WORLD_BACKENDS; i++) {
		backend_stop(&w->backends[i]);
		peers_free(&w->backends[i].peers);
		buf_release(&w->backends[i].seen);
	}
	timer_cancel(&w->tick);
	loop_free(w->loop);
	free(w);
}

/* --- clients --------------------------------------------------------------------------------------------------------------------------- */

static inline struct peer *client_to(struct world *w, const struct sys_addr *a)
{
	int fd = sys_connect(a);
	assert_true(fd >= 0);
	return peer_new(w, NULL, fd);
}
static inline struct peer *edge_client(struct world *w, const char *text)
{
	struct peer *p = client_to(w, &w->edge);
	peer_send(p, str_z(text));
	return p;
}
static inline bool has_ended(struct world *w, void *arg)
{
	(void)w;
	return ((struct peer *)arg)->ended;
}

/* One answer, parsed; `whole` is the client's stream from its head on. */
struct got { struct http1_head head; char body[1 << 17]; size_t len; struct str whole; };
struct waiting { struct peer *p; struct got *g; bool to_head; };
static inline bool answer_complete(struct world *w, void *arg)
{
	struct waiting *x = arg;
	struct got *g = x->g;
	(void)w;
	g->head.scanned = 0;
	enum http1_result r = http1_response(&g->head, buf_str(&x->p->in), x->to_head);
	if (r == HTTP1_MORE)
		return false;
	assert_int_equal(r, HTTP1_DONE);
	struct str rest = str_skip(buf_str(&x->p->in), g->head.size);
	g->len = 0;
	g->whole = buf_str(&x->p->in);
	switch (g->head.body) {
	case HTTP1_NO_BODY:
		break;
	case HTTP1_LENGTH:
		if (rest.len < g->head.length)
			return false;
		assert_true(g->head.length <= sizeof(g->body));
		g->len = (size_t)g->head.length;
		memcpy(g->body, rest.p, g->len);
		break;
	case HTTP1_CHUNKED: {
		struct http1_chunks c = { 0 };
		for (;;) {
			size_t n = 0;
			struct str data = { NULL, 0 };
			r = http1_chunk(&c, rest, &n, &data);
			assert_true(g->len + data.len <= sizeof(g->body));
			if (data.len)
				memcpy(g->body + g->len, data.p, data.len);
			g->len += data.len;
			rest = str_skip(rest, n);
			if (r == HTTP1_DONE)
				return true;
			assert_int_equal(r, HTTP1_MORE);
			if (n == 0)
				return false;
		}
	}
	case HTTP1_UNTIL_CLOSE:
		if (!x->p->ended || x->p->reset)
			return false;
		assert_true(rest.len <= sizeof(g->body));
		g->len = rest.len;
		memcpy(g->body, rest.p, rest.len);
	}
	return true;
}
static inline struct str got_body(const struct got *g) { return str_from(g->body, g->len); }
static inline bool got_has(const struct got *g, const char *text) { return str_find(got_body(g), str_z(text)) != SIZE_MAX; }
static inline struct str got_header(const struct got *g, const char *name) { return http1_find(&g->head, str_z(name)); }
static inline void await(struct peer *p, struct got *g)
{
	struct waiting x = { p, g, false };
	world_run(p->world, answer_complete, &x);
}
static inline void await_status(struct peer *p, struct got *g, int status)
{
	await(p, g);
	if (g->head.status != status)
		fail_msg("expected %d, got: %.*s", status, STR_FMT(g->whole));
}
static inline void await_end(struct peer *p) { world_run(p->world, has_ended, p); }

/* --- records ----------------------------------------------------------------------------------------------------------------------------- */

static inline struct str pb_find(struct str message, uint32_t number, int nth)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	while (pb_next(&r, &f))
		if (f.number == number && f.wire == PB_BYTES && nth-- == 0)
			return f.bytes;
	assert_false(r.bad);
	return (struct str){ NULL, 0 };
}
/* The span of record i. */
static inline struct str record_span(struct world *w, int i)
{
	assert_true(i < w->record_count);
	struct str spans = pb_find(str_from(w->records[i], w->record_len[i]), 1, 0);
	return pb_find(pb_find(spans, 2, 0), 2, 0);
}
/* Text of an attribute (numbers in decimal), "" when absent. field: 9 of a span, 3 of an event. */
static inline const char *attribute(struct str message, uint32_t field, const char *key)
{
	static char text[4][512];
	static int turn;
	char *out = text[turn++ % 4];
	out[0] = 0;
	struct str kv;
	for (int n = 0; (kv = pb_find(message, field, n)).p; n++) {
		if (!str_eq(pb_find(kv, 1, 0), str_z(key)))
			continue;
		struct pb_reader r = pb_reader(pb_find(kv, 2, 0));
		struct pb_field f;
		assert_true(pb_next(&r, &f));
		if (f.wire == PB_BYTES)
			snprintf(out, sizeof(text[0]), "%.*s", STR_FMT(f.bytes));
		else
			snprintf(out, sizeof(text[0]), "%lld", (long long)f.value);
	}
	return out;
}
static inline const char *span_attribute(struct world *w, int i, const char *key) { return attribute(record_span(w, i), 9, key); }
/* Asserts the reason of a record, and notes for tests/checks/coverage.py that a test did. */
static inline void assert_reason(struct world *w, int i, const char *reason)
{
	const char *folder = getenv("PLEACH_TOUCHED");
	char path[512];
	assert_string_equal(span_attribute(w, i, CALL_REASON), reason);
	snprintf(path, sizeof(path), "%s/reasons.jsonl", folder ? folder : "");
	FILE *f = folder ? fopen(path, "a") : NULL;
	if (f) {
		fprintf(f, "[\"%s\"]\n", reason);
		fclose(f);
	}
}
static inline struct str attempt_event(struct world *w, int i, int n) { return pb_find(record_span(w, i), 11, n); }
static inline bool recorded(struct world *w, void *arg) { return w->record_count >= *(int *)arg; }
static inline void await_records(struct world *w, int n) { world_run(w, recorded, &n); }
#endif
