/* See grpc_client.h. A call is CONNECTING, then its one stream is open (request going out, answer coming in), then over: by the stream's end, the
 * connection's end, or its time. Every end goes through `finish`, which calls back and frees; from inside grpc_call only by a deferred call. */
#include "net/grpc_client.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/gzip.h"
#include "net/http1.h"
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

struct grpc_call {
	struct loop *loop;
	void (*done)(void *ctx, const struct grpc_reply *r);
	void *ctx;
	struct watcher watcher;
	struct timer timer;
	struct deferred deferred;
	nghttp2_session *session;
	nghttp2_session_callbacks *callbacks;
	struct sys_addr address;
	struct arena arena;        /* header fields, the request's texts */
	struct buf request, body, plain, out;
	size_t request_sent, max_message, head_size, field_count;
	struct http2_field fields[GRPC_CLIENT_FIELDS];
	struct err err;
	int64_t deadline;
	int fd, status;            /* HTTP's */
	bool connected, readable, writable, heard, over, foreign_type;
};

static const char *const names[] = { "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
				     "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
				     "UNAUTHENTICATED" };

const char *grpc_code_name(int code) { return code >= 0 && (size_t)code < ARRAY_LEN(names) ? names[code] : "UNKNOWN"; }

int grpc_code_by_name(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(str_z(names[i]), name))
			return (int)i;
	return -1;
}

/* --- the end --------------------------------------------------------------------------------------------------------------------------- */

static void call_free(struct grpc_call *c)
{
	watcher_stop(&c->watcher);
	timer_cancel(&c->timer);
	deferred_cancel(&c->deferred);
	nghttp2_session_del(c->session);
	nghttp2_session_callbacks_del(c->callbacks);
	if (c->fd >= 0)
		sys_close(c->fd);
	buf_release(&c->request);
	buf_release(&c->body);
	buf_release(&c->plain);
	buf_release(&c->out);
	arena_release(&c->arena);
	free(c);
}

void grpc_cancel(struct grpc_call *c) { call_free(c); }

static bool fail(struct grpc_call *c, enum err_code code, const char *what, int64_t why)
{
	char text[128];
	sys_addr_text(&c->address, text);
	c->over = true;
	return err_set(&c->err, code, "%s %s%s%s", text, what, why ? ": " : "", why ? sys_strerror(why) : "");
}

static struct str field(const struct grpc_call *c, struct str name)
{
	for (size_t i = c->field_count; i-- > 0;)
		if (str_eq(c->fields[i].name, name))
			return c->fields[i].value;
	return (struct str){ 0 };
}

/* The one message of the answer, if it has one. */
static bool read_message(struct grpc_call *c, struct grpc_reply *r)
{
	struct str body = buf_str(&c->body);
	if (!body.len)
		return true;
	const uint8_t *p = (const uint8_t *)body.p;
	if (body.len < GRPC_PREFIX || body.len - GRPC_PREFIX != ((size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4]))
		return fail(c, ERR_UPSTREAM, "did not answer with exactly one message", 0);
	r->message = str_skip(body, GRPC_PREFIX);
	r->has_message = true;
	if (p[0] == 0)
		return true;
	if (!str_eq(field(c, STR("grpc-encoding")), STR("gzip")))
		return fail(c, ERR_UPSTREAM, "compressed its answer in a way that was not offered", 0);
	if (!gzip_inflate(r->message, &c->plain, &c->err))
		return false;
	r->message = c->plain.len ? buf_str(&c->plain) : STR("");
	return true;
}

static void read_status(struct grpc_call *c, struct grpc_reply *r)
{
	struct str status = field(c, STR("grpc-status")), words = field(c, STR("grpc-message"));
	uint64_t code;
	if (!str_to_u64(status, &code) || code > 1000) {
		if (c->status == 200 && !c->foreign_type)
			fail(c, ERR_UPSTREAM, "answered without a grpc-status", 0);
		else if (c->status)
			err_set(&c->err, ERR_UPSTREAM, "the answer is no gRPC: HTTP status %d, content-type \"%.*s\"; is this the port of the gRPC server?", c->status, STR_FMT(field(c, STR("content-type"))));
		else
			fail(c, ERR_UPSTREAM, "broke off before it answered", 0);
		return;
	}
	r->code = (enum grpc_code)code;
	char *plain = arena_bytes(&c->arena, words.len + 1);
	size_t n = plain ? http_unescape(plain, words, false) : SIZE_MAX;
	r->words = n == SIZE_MAX ? words : str_from(plain, n);
}

static void finish(struct grpc_call *c)
{
	struct grpc_reply r = { .connected = c->connected, .fields = c->fields, .field_count = c->field_count };
	if (!err_is_set(&c->err)) {
		read_status(c, &r);
		if (!err_is_set(&c->err))
			read_message(c, &r);
	}
	r.err = c->err;
	c->done(c->ctx, &r);
	call_free(c);
}

static void on_deferred(struct deferred *d) { finish(CONTAINER_OF(d, struct grpc_call, deferred)); }

static void on_timer(struct timer *t)
{
	struct grpc_call *c = CONTAINER_OF(t, struct grpc_call, timer);
	fail(c, c->connected ? ERR_TIMEOUT : ERR_UNAVAILABLE, c->connected ? "did not answer in time" : "did not accept the connection in time", 0);
	finish(c);
}

/* --- what nghttp2 tells ------------------------------------------------------------------------------------------------------------------ */

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
	struct grpc_call *c = ctx;
	struct str n = str_from((const char *)name, name_len), v = str_from((const char *)value, value_len);
	(void)session, (void)frame, (void)flags;
	uint64_t status;
	if (str_eq(n, STR(":status"))) {
		if (str_to_u64(v, &status) && status < 1000)
			c->status = (int)status;
		return 0;
	}
	c->head_size += name_len + value_len + 32;
	if (c->field_count == GRPC_CLIENT_FIELDS || c->head_size > GRPC_CLIENT_HEAD) {
		fail(c, ERR_TOO_LARGE, "answered with more metadata than is read", 0);
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	}
	struct http2_field kept = { arena_str(&c->arena, n), arena_str(&c->arena, v) };
	if (!kept.name.p || !kept.value.p)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	c->fields[c->field_count++] = kept;
	if (str_eq(n, STR("content-type")))
		c->foreign_type = !str_starts(v, STR("application/grpc"));
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *ctx)
{
	struct grpc_call *c = ctx;
	(void)session, (void)flags, (void)id;
	if (!c->foreign_type)
		buf_add_bytes(&c->body, data, len);
	if (buf_ok(&c->body))
		return 0;
	fail(c, ERR_TOO_LARGE, "answered with a larger message than is read", 0);
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *ctx)
{
	struct grpc_call *c = ctx;
	(void)session, (void)id;
	c->over = true;
	if (error && !field(c, STR("grpc-status")).p)
		fail(c, ERR_UPSTREAM, nghttp2_http2_strerror(error), 0);
	return 0;
}

static ssize_t read_request(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct grpc_call *c = ctx;
	(void)session, (void)id, (void)source;
	struct str left = str_skip(buf_str(&c->request), c->request_sent);
	size_t n = left.len < room ? left.len : room;
	memcpy(to, left.p, n);
	c->request_sent += n;
	if (n == left.len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

/* --- bytes ------------------------------------------------------------------------------------------------------------------------------- */

static void give(struct grpc_call *c)
{
	while (!c->over) {
		const uint8_t *data;
		while (c->out.len < 65536) {
			ssize_t n = nghttp2_session_mem_send(c->session, &data);
			if (n < 0)
				fail(c, ERR_UPSTREAM, nghttp2_strerror((int)n), 0);
			if (n <= 0)
				break;
			buf_add_bytes(&c->out, data, (size_t)n);
		}
		if (!c->out.len || !c->writable)
			return;
		int64_t w = sys_write(c->fd, buf_str(&c->out).p, c->out.len);
		if (w > 0)
			buf_consume(&c->out, (size_t)w);
		else if (w == SYS_AGAIN || w == 0)
			c->writable = false;
		else
			return; /* an answer may stand in the receive queue all the same */
	}
}

static void take(struct grpc_call *c)
{
	char space[16384];
	while (c->readable && !c->over) {
		int64_t n = sys_read(c->fd, space, sizeof(space));
		if (n == SYS_AGAIN) {
			c->readable = false;
		} else if (n <= 0) {
			c->over = true;
			if (!field(c, STR("grpc-status")).p)
				fail(c, ERR_UPSTREAM, "closed the connection without an answer", n);
		} else {
			/* HTTP/1 reads as the head of a huge frame, for which nghttp2 would wait. */
			bool foreign = !c->heard && str_starts(str_from(space, (size_t)n), STR("HTTP/"));
			c->heard = true;
			ssize_t r = foreign ? -1 : nghttp2_session_mem_recv(c->session, (const uint8_t *)space, (size_t)n);
			bool dead = r < 0 || !nghttp2_session_want_read(c->session);
			if (dead && !c->over && !err_is_set(&c->err))
				fail(c, ERR_UPSTREAM, "does not speak HTTP/2 with prior knowledge (gRPC without TLS); is this the port of the gRPC server?", 0);
			c->over |= dead;
		}
	}
}

static void run(struct grpc_call *c)
{
	if (!c->connected && c->writable) {
		int r = sys_connected(c->fd);
		if (r == 0)
			c->connected = true;
		else if (r == SYS_AGAIN)
			c->writable = false;
		else
			fail(c, ERR_UNAVAILABLE, "cannot be reached", r);
	}
	if (c->connected) {
		give(c);
		take(c);
		give(c);
	}
	if (c->over)
		finish(c);
}

static void on_event(struct watcher *w, uint32_t what)
{
	struct grpc_call *c = CONTAINER_OF(w, struct grpc_call, watcher);
	if (what & (SYS_READABLE | SYS_HANGUP))
		c->readable = true;
	if (what & (SYS_WRITABLE | SYS_HANGUP))
		c->writable = true;
	run(c);
}

/* --- starting ------------------------------------------------------------------------------------------------------------------------------ */

static nghttp2_nv pair(struct str name, struct str value)
{
	return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name.p, .value = (uint8_t *)(uintptr_t)value.p, .namelen = name.len, .valuelen = value.len };
}

static bool make_session(struct grpc_call *c)
{
	if (nghttp2_session_callbacks_new(&c->callbacks) != 0)
		return false;
	nghttp2_session_callbacks_set_on_header_callback(c->callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c->callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(c->callbacks, on_stream_close);
	const nghttp2_settings_entry settings[] = { { NGHTTP2_SETTINGS_ENABLE_PUSH, 0 }, { NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, GRPC_CLIENT_HEAD } };
	return nghttp2_session_client_new(&c->session, c->callbacks, c) == 0 && nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings)) == 0;
}

static bool submit(struct grpc_call *c, const struct grpc_client_options *o, int64_t timeout)
{
	char text[128];
	struct str authority = o->authority.len ? o->authority : sys_addr_text(&o->address, text);
	nghttp2_nv nv[GRPC_CLIENT_FIELDS + 10];
	size_t n = 0;
	nv[n++] = pair(STR(":method"), STR("POST"));
	nv[n++] = pair(STR(":scheme"), STR("http"));
	nv[n++] = pair(STR(":path"), o->path);
	nv[n++] = pair(STR(":authority"), authority);
	nv[n++] = pair(STR("te"), STR("trailers"));
	nv[n++] = pair(STR("content-type"), STR("application/grpc"));
	nv[n++] = pair(STR("grpc-accept-encoding"), STR("identity,gzip"));
	struct str limit = arena_printf(&c->arena, "%lldm", (long long)(timeout / MSEC));
	nv[n++] = pair(STR("grpc-timeout"), limit);
	for (size_t i = 0; i < o->metadata_count; i++)
		nv[n++] = pair(o->metadata[i].name, o->metadata[i].value);
	nghttp2_data_provider body = { .read_callback = read_request };
	return limit.p && nghttp2_submit_request(c->session, NULL, nv, n, &body, NULL) > 0;
}

static void connect_to(struct grpc_call *c)
{
	c->fd = sys_connect(&c->address);
	if (c->fd >= 0 && watcher_start(&c->watcher, c->loop, c->fd, on_event))
		return;
	fail(c, ERR_UNAVAILABLE, "cannot be reached", c->fd < 0 ? c->fd : SYS_LIMIT);
	loop_defer(c->loop, &c->deferred, on_deferred);
}

struct grpc_call *grpc_call(struct loop *l, const struct grpc_client_options *o, void (*done)(void *ctx, const struct grpc_reply *r), void *ctx, struct err *e)
{
	if (o->metadata_count > GRPC_CLIENT_FIELDS || !str_starts(o->path, STR("/")) || o->message.len > UINT32_MAX - GRPC_PREFIX) {
		err_set(e, ERR_INPUT, "this is no gRPC call: the path \"%.*s\" must begin with '/', and metadata has at most %d fields", STR_FMT(o->path), GRPC_CLIENT_FIELDS);
		return NULL;
	}
	struct grpc_call *c = calloc(1, sizeof(*c));
	CHECK(c);
	int64_t timeout = o->timeout ? o->timeout : 10 * SECOND;
	*c = (struct grpc_call){ .loop = l, .done = done, .ctx = ctx, .address = o->address, .fd = -1, .watcher.fd = -1, .max_message = o->max_message ? o->max_message : 4 << 20 };
	arena_init(&c->arena, 4 * GRPC_CLIENT_HEAD);
	buf_init(&c->request, o->message.len + GRPC_PREFIX);
	buf_init(&c->body, c->max_message + GRPC_PREFIX);
	buf_init(&c->plain, c->max_message);
	buf_init(&c->out, GRPC_CLIENT_OUT);
	const uint8_t prefix[GRPC_PREFIX] = { 0, (uint8_t)(o->message.len >> 24), (uint8_t)(o->message.len >> 16), (uint8_t)(o->message.len >> 8), (uint8_t)o->message.len };
	buf_add_bytes(&c->request, prefix, GRPC_PREFIX);
	buf_add(&c->request, o->message);
	if (!buf_ok(&c->request) || !make_session(c) || !submit(c, o, timeout)) {
		call_free(c);
		err_set(e, ERR_NO_MEMORY, "there is no memory for a gRPC call");
		return NULL;
	}
	timer_set(&c->timer, l, loop_now(l) + timeout, on_timer);
	connect_to(c);
	return c;
}
