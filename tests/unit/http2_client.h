/* An HTTP/2 client for the tests of the server, in the same loop: nghttp2's other side on a socket of our own, with what a test needs to
 * misbehave: bodies that pause, answers that are not read, raw bytes between frames. Runs over Linux and in the simulator. */
#ifndef PLEACH_TESTS_HTTP2_CLIENT_H
#define PLEACH_TESTS_HTTP2_CLIENT_H
#include "base/buf.h"
#include "base/check.h"
#include "net/loop.h"
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

struct h2_client {
	struct loop *loop;
	struct watcher watcher;
	struct deferred kick;
	nghttp2_session *session;
	struct buf out;
	int fd;
	bool connected, ended;    /* ended: the stream is over, by its end, a reset or an error */
	bool hold;                /* does not read */
	bool goaway;
	uint32_t goaway_error;
	int32_t goaway_last;
	unsigned pongs;
};

struct h2_request {
	struct h2_client *client;
	struct str body;
	size_t sent, pause;       /* the body stops before this byte until it is moved */
	int32_t id;
	int status;
	unsigned heads;           /* HEADERS frames that came: 2 with trailers */
	struct buf fields;        /* "name: value\n" of all of them */
	struct buf data;
	bool closed, ended;       /* closed: the stream is; ended: by END_STREAM */
	uint32_t error;
};

static inline void h2_run(struct h2_client *c);
static inline void h2_on_kick(struct deferred *d) { h2_run(CONTAINER_OF(d, struct h2_client, kick)); }
static inline void h2_kick(struct h2_client *c) { loop_defer(c->loop, &c->kick, h2_on_kick); }

static inline int h2_on_header(nghttp2_session *s, const nghttp2_frame *f, const uint8_t *name, size_t n, const uint8_t *value, size_t m, uint8_t flags, void *ctx)
{
	struct h2_request *r = nghttp2_session_get_stream_user_data(s, f->hd.stream_id);
	(void)flags, (void)ctx;
	if (!r)
		return 0;
	if (n == 7 && memcmp(name, ":status", 7) == 0)
		r->status = atoi((const char *)value);
	buf_printf(&r->fields, "%.*s: %.*s\n", (int)n, (const char *)name, (int)m, (const char *)value);
	return 0;
}

static inline int h2_on_frame(nghttp2_session *s, const nghttp2_frame *f, void *ctx)
{
	struct h2_client *c = ctx;
	struct h2_request *r = f->hd.stream_id ? nghttp2_session_get_stream_user_data(s, f->hd.stream_id) : NULL;
	if (f->hd.type == NGHTTP2_GOAWAY) {
		c->goaway = true;
		c->goaway_error = f->goaway.error_code;
		c->goaway_last = f->goaway.last_stream_id;
	}
	c->pongs += f->hd.type == NGHTTP2_PING && f->hd.flags & NGHTTP2_FLAG_ACK;
	if (r && (f->hd.type == NGHTTP2_HEADERS || f->hd.type == NGHTTP2_DATA)) {
		r->heads += f->hd.type == NGHTTP2_HEADERS;
		r->ended |= (f->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	}
	return 0;
}

static inline int h2_on_data(nghttp2_session *s, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *ctx)
{
	struct h2_request *r = nghttp2_session_get_stream_user_data(s, id);
	(void)flags, (void)ctx;
	if (r)
		buf_add_bytes(&r->data, data, len);
	return 0;
}

static inline int h2_on_close(nghttp2_session *s, int32_t id, uint32_t error, void *ctx)
{
	struct h2_request *r = nghttp2_session_get_stream_user_data(s, id);
	(void)ctx;
	if (r) {
		r->closed = true;
		r->error = error;
	}
	return 0;
}

static inline ssize_t h2_next(nghttp2_session *s, int32_t id, uint8_t *out, size_t room, uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct h2_request *r = source->ptr;
	(void)s, (void)id, (void)ctx;
	size_t end = r->pause < r->body.len ? r->pause : r->body.len, n = end - r->sent < room ? end - r->sent : room;
	if (n == 0 && r->pause <= r->body.len)
		return NGHTTP2_ERR_DEFERRED;
	memcpy(out, r->body.p + r->sent, n);
	r->sent += n;
	if (r->sent == r->body.len && r->pause > r->body.len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static inline void h2_end(struct h2_client *c)
{
	c->ended = true;
}

static inline void h2_write(struct h2_client *c)
{
	const uint8_t *data;
	ssize_t n = 1;
	while (!c->ended && n > 0) {
		if (c->out.len) {
			int64_t wrote = sys_write(c->fd, buf_str(&c->out).p, c->out.len);
			if (wrote == SYS_AGAIN || wrote == 0)
				return;
			if (wrote < 0) { /* what was said before may still be read */
				buf_clear(&c->out);
				return;
			}
			buf_consume(&c->out, (size_t)wrote);
			continue;
		}
		n = c->session ? nghttp2_session_mem_send(c->session, &data) : 0;
		CHECK(n >= 0);
		buf_add_bytes(&c->out, data, (size_t)n);
	}
}

static inline void h2_run(struct h2_client *c)
{
	char space[16384];
	if (!c->connected) {
		int code = sys_connected(c->fd);
		if (code == SYS_AGAIN)
			return;
		c->connected = code == 0;
		if (code < 0)
			h2_end(c);
	}
	h2_write(c);
	while (!c->ended && !c->hold) {
		int64_t n = sys_read(c->fd, space, sizeof(space));
		if (n == SYS_AGAIN)
			break;
		if (n <= 0 || (c->session && nghttp2_session_mem_recv(c->session, (const uint8_t *)space, (size_t)n) < 0))
			h2_end(c);
	}
	h2_write(c);
}

static inline void h2_event(struct watcher *w, uint32_t what)
{
	(void)what;
	h2_run(CONTAINER_OF(w, struct h2_client, watcher));
}

/* window: of each of its streams, left as it is by reading when not 0 (a slow reader's). raw: no nghttp2, only h2_raw. */
static inline void h2_open(struct h2_client *c, struct loop *l, const struct sys_addr *a, uint32_t window, bool raw)
{
	*c = (struct h2_client){ .loop = l, .fd = sys_connect(a) };
	CHECK(c->fd >= 0 && watcher_start(&c->watcher, l, c->fd, h2_event));
	buf_init(&c->out, 64 << 20);
	if (raw)
		return;
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	CHECK(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, h2_on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, h2_on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, h2_on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, h2_on_close);
	nghttp2_option_set_no_auto_window_update(option, window != 0);
	nghttp2_option_set_peer_max_concurrent_streams(option, 1000);
	CHECK(nghttp2_session_client_new2(&c->session, callbacks, c, option) == 0);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	nghttp2_settings_entry settings = { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window };
	CHECK(nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, &settings, window ? 1 : 0) == 0);
	h2_kick(c);
}

static inline void h2_close(struct h2_client *c)
{
	if (c->fd < 0)
		return;
	deferred_cancel(&c->kick);
	watcher_stop(&c->watcher);
	sys_close(c->fd);
	c->fd = -1;
	c->ended = true;
	nghttp2_session_del(c->session);
	c->session = NULL;
	buf_release(&c->out);
}

/* Bytes as they are, before whatever nghttp2 says next. */
static inline void h2_raw(struct h2_client *c, struct str bytes)
{
	buf_add(&c->out, bytes);
	h2_kick(c);
}

/* One frame of any type, as it is. */
static inline void h2_frame(struct h2_client *c, uint8_t type, uint8_t flags, uint32_t stream, struct str payload)
{
	const uint8_t head[9] = { (uint8_t)(payload.len >> 16), (uint8_t)(payload.len >> 8), (uint8_t)payload.len, type, flags,
				  (uint8_t)(stream >> 24), (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream };
	buf_add_bytes(&c->out, head, sizeof(head));
	h2_raw(c, payload);
}

static inline nghttp2_nv h2_pair(const char *name, struct str value)
{
	return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name, .namelen = strlen(name), .value = (uint8_t *)(uintptr_t)value.p, .valuelen = value.len };
}

/* The body must stay. type: content-type; extra: one more field, its name NULL where there is none. */
static inline void h2_ask(struct h2_client *c, struct h2_request *r, const char *method, const char *path, const char *type, const char *extra, struct str extra_value,
			  struct str body)
{
	nghttp2_nv fields[6] = { h2_pair(":method", str_z(method)), h2_pair(":scheme", STR("http")), h2_pair(":path", str_z(path)),
				 h2_pair(":authority", STR("test")), h2_pair("content-type", str_z(type)) };
	size_t n = 5;
	if (extra)
		fields[n++] = h2_pair(extra, extra_value);
	if (!r->pause)
		r->pause = SIZE_MAX;
	r->client = c;
	r->body = body;
	buf_init(&r->fields, 64 << 10);
	buf_init(&r->data, 64 << 20);
	nghttp2_data_provider data = { .source.ptr = r, .read_callback = h2_next };
	r->id = nghttp2_submit_request(c->session, NULL, fields, n, body.len || r->pause != SIZE_MAX ? &data : NULL, r);
	CHECK(r->id > 0);
	h2_kick(c);
}

static inline void h2_go_on(struct h2_request *r, size_t pause)
{
	r->pause = pause;
	nghttp2_session_resume_data(r->client->session, r->id);
	h2_kick(r->client);
}

static inline void h2_cancel(struct h2_request *r)
{
	nghttp2_submit_rst_stream(r->client->session, NGHTTP2_FLAG_NONE, r->id, NGHTTP2_CANCEL);
	h2_kick(r->client);
}

static inline void h2_release(struct h2_request *r)
{
	buf_release(&r->fields);
	buf_release(&r->data);
}

static inline bool h2_has(const struct h2_request *r, const char *text) { return str_find(buf_str(&r->fields), str_z(text)) != SIZE_MAX; }
#endif
