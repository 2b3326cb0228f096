/* Connections of the HTTP/2 server: bytes between the socket and nghttp2, and what its frames mean for calls (http2_call.c). The states are in
 * http2_impl.h. Handlers are only called from here; what they do takes effect when the connection runs next, so nothing is freed under
 * their feet. Called by http2_server.c, and by events. */
#include "base/check.h"
#include "base/metric.h"
#include "net/http2_impl.h"
#include <stdlib.h>

static void conn_run(struct http2_conn *c);
static void on_timer(struct timer *t);

static void on_kick(struct deferred *d) { conn_run(CONTAINER_OF(d, struct http2_conn, kick)); }
void http2_conn_kick(struct http2_conn *c) { loop_defer(c->server->loop, &c->kick, on_kick); }

static void set_timer(struct http2_conn *c, int64_t after)
{
	timer_set(&c->timer, c->server->loop, loop_now(c->server->loop) + after, on_timer);
}

/* --- what nghttp2 tells ------------------------------------------------------------------------------------------------------------ */

/* Abuse, or a protocol that is not ours: everything is over, and the client is told why. */
static void cut_off(struct http2_conn *c, uint32_t error)
{
	metric_inc(METRIC_HTTP2_CUT);
	nghttp2_session_terminate_session(c->session, error);
	c->state = HTTP2_ENDING;
	c->cut = true;
}

/* Takes one frame from the allowance; false when there is none left. */
static bool pay(struct http2_conn *c)
{
	int64_t now = loop_now(c->server->loop), each = SECOND / HTTP2_FRAMES_PER_SECOND;
	int64_t grown = (now - c->frames_at) / each;
	c->frames_at += grown * each;
	c->frames += grown;
	if (c->frames > HTTP2_FRAMES_BURST)
		c->frames = HTTP2_FRAMES_BURST;
	return c->frames-- > 0;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *ctx)
{
	struct http2_conn *c = ctx;
	(void)session;
	bool carries = hd->type == NGHTTP2_HEADERS || (hd->type == NGHTTP2_DATA && (hd->length || hd->flags & NGHTTP2_FLAG_END_STREAM));
	if (!carries && !c->cut && !pay(c))
		cut_off(c, NGHTTP2_ENHANCE_YOUR_CALM);
	return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct http2_conn *c = ctx;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	struct http2_call *call = http2_call_new(c, frame->hd.stream_id);
	if (!call)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
	timer_cancel(&c->timer);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len, const uint8_t *value, size_t value_len,
		     uint8_t flags, void *ctx)
{
	struct http2_call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	(void)flags, (void)ctx;
	if (call)
		http2_call_field(call, str_from((const char *)name, name_len), str_from((const char *)value, value_len));
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	(void)ctx;
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	struct http2_call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (!call)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		http2_call_head_done(call);
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		http2_call_complete(call);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *ctx)
{
	struct http2_call *call = nghttp2_session_get_stream_user_data(session, id);
	(void)flags, (void)ctx;
	/* The connection's window is given back at once: memory is bounded by those of the streams. */
	nghttp2_session_consume_connection(session, len);
	if (call)
		http2_call_data(call, str_from((const char *)data, len));
	return 0;
}

/* An answer that ends before its request: the rest of that is not wanted (RFC 9113 section 8.1). */
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	(void)ctx;
	bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	struct http2_call *call = ends ? nghttp2_session_get_stream_user_data(session, frame->hd.stream_id) : NULL;
	if (call && !call->remote_closed)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *ctx)
{
	struct http2_conn *c = ctx;
	struct http2_call *call = nghttp2_session_get_stream_user_data(session, id);
	(void)error;
	if (!call)
		return 0;
	nghttp2_session_set_stream_user_data(session, id, NULL);
	http2_call_end(call);
	if (!c->calls && c->state == HTTP2_OPEN)
		set_timer(c, c->server->o.idle);
	return 0;
}

bool http2_callbacks(struct http2_server *s)
{
	if (nghttp2_session_callbacks_new(&s->callbacks) != 0 || nghttp2_option_new(&s->option) != 0)
		return false;
	nghttp2_session_callbacks_set_on_begin_frame_callback(s->callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(s->callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(s->callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(s->callbacks, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(s->callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(s->callbacks, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(s->callbacks, on_stream_close);
	nghttp2_option_set_no_auto_window_update(s->option, 1);
	return true;
}

/* --- bytes --------------------------------------------------------------------------------------------------------------------------- */

/* What somebody hears who speaks HTTP/1 to this port: mostly OTLP over HTTP sent to the port of OTLP over gRPC. */
static void answer_foreign(struct http2_conn *c)
{
	static const char words[] = "this address speaks HTTP/2 with prior knowledge (gRPC); HTTP/1 is at another one\n";
	metric_inc(METRIC_HTTP2_CUT);
	buf_printf(&c->out, "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
		   sizeof(words) - 1, words);
	c->foreign = true;
}

static void feed(struct http2_conn *c, struct str data)
{
	if (c->state == HTTP2_LINGER) {
		c->dropped += (uint32_t)data.len;
		c->broken |= c->dropped > HTTP2_LINGER_BYTES;
		return;
	}
	if (c->foreign)
		return;
	ssize_t n = nghttp2_session_mem_recv(c->session, (const uint8_t *)data.p, data.len);
	if (n == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
		answer_foreign(c);
	} else if (n < 0) { /* flooded, or no memory */
		metric_inc(METRIC_HTTP2_CUT);
		c->broken = true;
	} else if (!c->greeted && (c->preface += (uint32_t)n) >= NGHTTP2_CLIENT_MAGIC_LEN) {
		c->greeted = true;
		if (!c->calls)
			set_timer(c, c->server->o.idle);
	}
}

/* One read; false when nothing came. */
static bool take(struct http2_conn *c)
{
	char space[HTTP2_READ];
	if (!c->readable || c->eof || c->out.len >= HTTP2_OUT)
		return false;
	int64_t n = sys_read(c->fd, space, sizeof(space));
	if (n > 0) {
		feed(c, str_from(space, (size_t)n));
		if (n < HTTP2_READ && sys_short_read_is_empty)
			c->readable = false;
		return true;
	}
	if (n == SYS_AGAIN)
		c->readable = false;
	else if (n == 0)
		c->eof = true;
	else
		c->broken = true;
	return n == 0;
}

static void on_stuck(struct timer *t)
{
	struct http2_conn *c = CONTAINER_OF(t, struct http2_conn, stuck);
	c->reset = c->broken = true;
	conn_run(c);
}

static void flush(struct http2_conn *c)
{
	while (c->out.len && c->writable && !c->broken) {
		int64_t n = sys_write(c->fd, buf_str(&c->out).p, c->out.len);
		if (n > 0) {
			buf_consume(&c->out, (size_t)n);
			timer_cancel(&c->stuck);
		} else if (n == SYS_AGAIN || n == 0) {
			c->writable = false;
		} else {
			c->broken = true;
		}
	}
	if (c->out.len && !timer_is_set(&c->stuck))
		timer_set(&c->stuck, c->server->loop, loop_now(c->server->loop) + c->server->o.write_timeout, on_stuck);
}

/* Writes what nghttp2 has to say; nothing before the client has begun to speak HTTP/2. */
static void give(struct http2_conn *c)
{
	while (c->greeted && !c->foreign && !c->broken && c->out.len < HTTP2_OUT && c->state != HTTP2_LINGER) {
		const uint8_t *data;
		ssize_t n = nghttp2_session_mem_send(c->session, &data);
		if (n < 0)
			c->broken = true;
		if (n <= 0)
			break;
		buf_add(&c->out, str_from((const char *)data, (size_t)n));
		c->broken |= !buf_ok(&c->out);
		if (c->out.len >= HTTP2_OUT)
			flush(c);
	}
	flush(c);
}

/* --- the end of a connection ------------------------------------------------------------------------------------------------------- */

void http2_conn_end(struct http2_conn *c)
{
	if (c->state != HTTP2_OPEN)
		return;
	c->state = HTTP2_ENDING;
	nghttp2_submit_goaway(c->session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(c->session), NGHTTP2_NO_ERROR, NULL, 0);
	if (!c->greeted)
		c->broken = true;
	http2_conn_kick(c);
}

static void on_timer(struct timer *t)
{
	struct http2_conn *c = CONTAINER_OF(t, struct http2_conn, timer);
	if (c->state == HTTP2_OPEN)
		http2_conn_end(c);
	else
		c->broken = true;
	conn_run(c);
}

void http2_conn_close(struct http2_conn *c)
{
	struct http2_server *s = c->server;
	CHECK(!c->running);
	watcher_stop(&c->watcher);
	timer_cancel(&c->timer);
	timer_cancel(&c->stuck);
	if (c->reset)
		sys_reset(c->fd);
	else
		sys_close(c->fd);
	while (c->calls)
		http2_call_end(c->calls);
	deferred_cancel(&c->kick);
	nghttp2_session_del(c->session);
	buf_release(&c->out);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	free(c);
	s->count--;
	metric_add(METRIC_HTTP2_CONNECTIONS, (uint64_t)-1);
	if (s->draining && s->count == 0 && s->drained) {
		void (*done)(void *) = s->drained;
		s->drained = NULL;
		timer_cancel(&s->grace);
		done(s->drained_ctx);
	}
}

/* The client's side has ended. Requests that arrived in part never will be whole. The others are answered, should the client have closed its
 * own sending only; if it is gone altogether, the PING provokes the reset that tells so. */
static void half_closed(struct http2_conn *c)
{
	if (c->greeted && c->calls)
		nghttp2_submit_ping(c->session, NGHTTP2_FLAG_NONE, NULL);
	for (struct http2_call *call = c->calls; call; call = call->next)
		if (call->state <= HTTP2_CALL_BODY)
			nghttp2_submit_rst_stream(c->session, NGHTTP2_FLAG_NONE, call->id, NGHTTP2_CANCEL);
}

/* Whether everything is said; then our side is closed, and the client's end awaited, lest a reset overtakes our last words. */
static void step_end(struct http2_conn *c)
{
	if (c->broken || c->out.len)
		return;
	if (!c->calls && c->out.capacity) { /* an idle connection holds no buffer of ours */
		buf_release(&c->out);
		buf_init(&c->out, 2 * HTTP2_OUT);
	}
	if (c->state == HTTP2_LINGER) {
		c->broken = c->eof;
		return;
	}
	bool said = c->foreign || (!nghttp2_session_want_read(c->session) && !nghttp2_session_want_write(c->session));
	if (c->eof && (said || !c->calls)) {
		c->broken = true;
	} else if (said) {
		sys_shutdown_write(c->fd);
		c->state = HTTP2_LINGER;
		set_timer(c, 2 * SECOND);
	}
}

/* Runs a connection until it has to wait. May free it. */
static void conn_run(struct http2_conn *c)
{
	CHECK(!c->running);
	c->running = true;
	bool had_eof = c->eof;
	int turns = 0;
	do
		give(c);
	while (!c->broken && ++turns < HTTP2_TURN && take(c));
	if (c->eof && !had_eof) {
		half_closed(c);
		give(c);
	}
	step_end(c);
	c->running = false;
	if (c->broken)
		http2_conn_close(c);
	else if (turns == HTTP2_TURN)
		http2_conn_kick(c);
}

static void on_event(struct watcher *w, uint32_t what)
{
	struct http2_conn *c = CONTAINER_OF(w, struct http2_conn, watcher);
	if (what & (SYS_READABLE | SYS_HANGUP))
		c->readable = true;
	if (what & (SYS_WRITABLE | SYS_HANGUP))
		c->writable = true;
	/* After the client's end a reset shows only here. */
	if (c->eof && what & SYS_HANGUP && sys_connected(c->fd) != 0)
		c->broken = true;
	conn_run(c);
}

static bool begin_session(struct http2_conn *c)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_MAX_STREAMS },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP2_MAX_HEAD },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};
	return nghttp2_session_server_new2(&c->session, c->server->callbacks, c, c->server->option) == 0 &&
	       nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings)) == 0 &&
	       nghttp2_session_set_local_window_size(c->session, NGHTTP2_FLAG_NONE, 0, HTTP2_CONN_WINDOW) == 0;
}

void http2_conn_new(struct http2_server *s, int fd)
{
	struct http2_conn *c = s->count < s->o.max_connections ? calloc(1, sizeof(*c)) : NULL;
	if (c)
		c->server = s;
	if (!c || !begin_session(c) || !watcher_start(&c->watcher, s->loop, fd, on_event)) {
		metric_inc(METRIC_HTTP2_REFUSED);
		nghttp2_session_del(c ? c->session : NULL);
		free(c);
		sys_close(fd);
		return;
	}
	c->fd = fd;
	c->readable = c->writable = true;
	c->frames = HTTP2_FRAMES_BURST;
	c->frames_at = loop_now(s->loop);
	buf_init(&c->out, 2 * HTTP2_OUT);
	c->next = s->conns;
	c->link = &s->conns;
	if (c->next)
		c->next->link = &c->next;
	s->conns = c;
	s->count++;
	metric_inc(METRIC_HTTP2_CONNECTIONS);
	set_timer(c, s->o.read_timeout);
	conn_run(c);
}
