/* Requests and answers of the HTTP/2 server, and the budget of memory that arriving requests share (http2_server.h says how). Called by
 * http2_conn.c as frames arrive, and by handlers. The states are in http2_impl.h.
 *
 * The budget has two halves. The first is for first windows, set aside when a body begins: without room there the request is refused.
 * The second is for what is beyond: a request waits for it, first come, first served. As max_body is at most one half, the first in line gets
 * its share at the latest when nothing else is set aside, and read_timeout bounds how long that takes. */
#include "base/check.h"
#include "base/metric.h"
#include "net/http1.h"
#include "net/http2_impl.h"
#include <stdlib.h>

static void on_late(struct timer *t);

/* --- the budget ------------------------------------------------------------------------------------------------------------------ */

static void tell_held(const struct http2_server *s)
{
	metric_set(METRIC_HTTP2_HELD, (int64_t)(s->first_held + s->more_held));
}

static void stop_waiting(struct http2_call *c)
{
	if (!c->link_waiting)
		return;
	*c->link_waiting = c->next_waiting;
	if (c->next_waiting)
		c->next_waiting->link_waiting = c->link_waiting;
	else
		c->server->waiting_end = c->link_waiting;
	c->link_waiting = NULL;
}

/* Opens the client's window for the whole body. */
static void open_window(struct http2_call *c, size_t more)
{
	c->more_held = more;
	c->server->more_held += more;
	nghttp2_session_set_local_window_size(c->conn->session, NGHTTP2_FLAG_NONE, c->id, (int32_t)(HTTP2_WINDOW + more + HTTP2_SLACK));
	http2_conn_kick(c->conn);
}

static size_t wanted(const struct http2_call *c)
{
	return c->size > HTTP2_WINDOW ? c->size - HTTP2_WINDOW : 0;
}

static void serve_waiting(struct http2_server *s)
{
	for (struct http2_call *c = s->waiting; c && s->more_held + wanted(c) <= s->o.max_held / 2; c = s->waiting) {
		stop_waiting(c);
		open_window(c, wanted(c));
	}
	tell_held(s);
}

static void release(struct http2_call *c)
{
	struct http2_server *s = c->server;
	stop_waiting(c);
	buf_release(&c->body);
	buf_init(&c->body, 0);
	s->first_held -= c->first_held;
	s->more_held -= c->more_held;
	c->first_held = c->more_held = 0;
	serve_waiting(s);
}

static bool hold_first(struct http2_call *c)
{
	struct http2_server *s = c->server;
	if (c->first_held || s->first_held + HTTP2_WINDOW > s->o.max_held / 2)
		return c->first_held > 0;
	c->first_held = HTTP2_WINDOW;
	s->first_held += HTTP2_WINDOW;
	tell_held(s);
	return true;
}

/* The size is known: sets it aside, or waits for that. */
static void hold_more(struct http2_call *c)
{
	struct http2_server *s = c->server;
	if (!wanted(c))
		return;
	c->next_waiting = NULL;
	c->link_waiting = s->waiting_end;
	*s->waiting_end = c;
	s->waiting_end = &c->next_waiting;
	serve_waiting(s);
}

/* --- life ------------------------------------------------------------------------------------------------------------------------- */

static void set_timer(struct http2_call *c, int64_t after)
{
	timer_set(&c->timer, c->server->loop, loop_now(c->server->loop) + after, on_late);
}

struct http2_call *http2_call_new(struct http2_conn *conn, int32_t id)
{
	struct http2_call *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->conn = conn;
	c->server = conn->server;
	c->id = id;
	arena_init(&c->arena, HTTP2_CALL_ARENA);
	buf_init(&c->body, conn->server->o.max_body);
	buf_init(&c->answer, HTTP2_MAX_ANSWER);
	c->next = conn->calls;
	c->link = &conn->calls;
	if (c->next)
		c->next->link = &c->next;
	conn->calls = c;
	set_timer(c, c->server->o.read_timeout);
	return c;
}

void http2_call_free(struct http2_call *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	timer_cancel(&c->timer);
	release(c);
	buf_release(&c->body);
	buf_release(&c->answer);
	arena_release(&c->arena);
	free(c);
}

static void orphan(struct http2_call *c)
{
	struct http2_server *s = c->server;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	timer_cancel(&c->timer);
	release(c);
	c->conn = NULL;
	c->next = s->orphans;
	c->link = &s->orphans;
	if (c->next)
		c->next->link = &c->next;
	s->orphans = c;
}

void http2_call_end(struct http2_call *c)
{
	bool handling = c->state == HTTP2_CALL_HANDLING;
	if (handling && !c->on_gone) { /* the handler will answer into the void */
		orphan(c);
		return;
	}
	void (*gone)(void *) = handling ? c->on_gone : NULL;
	void *ctx = c->gone_ctx;
	if (gone)
		gone(ctx);
	http2_call_free(c);
}

/* --- the request ------------------------------------------------------------------------------------------------------------------- */

static void refuse(struct http2_call *c, enum http2_refusal why)
{
	static const int statuses[] = { [HTTP2_TOO_LARGE] = 413, [HTTP2_HEAD_TOO_LARGE] = 431, [HTTP2_BUSY] = 503, [HTTP2_LATE] = 408 };
	metric_inc(METRIC_HTTP2_REFUSED);
	release(c);
	c->state = HTTP2_CALL_HANDLING;
	if (c->server->o.refuse)
		c->server->o.refuse(c->server->ctx, c, why);
	else
		http2_answer(c, &(struct http2_answer){ .status = statuses[why] });
	CHECK(c->state == HTTP2_CALL_ANSWERED);
}

static struct str *pseudo(struct http2_request *r, struct str name)
{
	if (str_eq(name, STR(":method")))
		return &r->method;
	if (str_eq(name, STR(":path")))
		return &r->path;
	return str_eq(name, STR(":authority")) ? &r->authority : NULL;
}

void http2_call_field(struct http2_call *c, struct str name, struct str value)
{
	if (c->state != HTTP2_CALL_HEAD || c->head_too_large)
		return;
	c->head_size += name.len + value.len + 32;
	if (c->head_size > HTTP2_MAX_HEAD || c->request.field_count == HTTP2_MAX_FIELDS) {
		c->head_too_large = true;
		return;
	}
	struct str *special = pseudo(&c->request, name);
	struct str copy = arena_str(&c->arena, value);
	if (special) {
		*special = copy;
		return;
	}
	if (name.len && name.p[0] == ':')
		return;
	struct str key = arena_str(&c->arena, name);
	if (!copy.p || !key.p || !ARENA_PUSH_ROOM(&c->arena, c->fields, c->request.field_count, c->fields_room)) {
		c->head_too_large = true;
		return;
	}
	c->fields[c->request.field_count++] = (struct http2_field){ key, copy };
	c->request.fields = c->fields;
}

void http2_call_head_done(struct http2_call *c)
{
	if (c->state != HTTP2_CALL_HEAD)
		return;
	c->state = HTTP2_CALL_BODY;
	if (c->head_too_large)
		refuse(c, HTTP2_HEAD_TOO_LARGE);
}

/* Learns the size as soon as the first bytes tell. */
static void learn_size(struct http2_call *c)
{
	const struct http2_server_options *o = &c->server->o;
	if (c->size)
		return;
	c->size = o->body_size ? o->body_size(buf_str(&c->body)) : o->max_body;
	if (c->size > o->max_body)
		refuse(c, HTTP2_TOO_LARGE);
	else if (c->size && o->admit && !o->admit(c->server->ctx, c, c->size))
		refuse(c, HTTP2_BUSY);
	else
		hold_more(c);
}

void http2_call_data(struct http2_call *c, struct str data)
{
	if (c->state != HTTP2_CALL_BODY || data.len == 0)
		return;
	if (!hold_first(c)) {
		refuse(c, HTTP2_BUSY);
		return;
	}
	buf_add(&c->body, data);
	if (!buf_ok(&c->body))
		refuse(c, HTTP2_TOO_LARGE);
	else
		learn_size(c);
}

void http2_call_complete(struct http2_call *c)
{
	c->remote_closed = true;
	if (c->state != HTTP2_CALL_BODY)
		return;
	timer_cancel(&c->timer);
	c->state = HTTP2_CALL_HANDLING;
	c->request.body = buf_str(&c->body);
	metric_inc(METRIC_HTTP2_REQUESTS);
	c->server->handler(c->server->ctx, c);
	c->request.body = STR("");
	release(c);
}

static void on_late(struct timer *t)
{
	struct http2_call *c = CONTAINER_OF(t, struct http2_call, timer);
	struct http2_conn *conn = c->conn;
	if (c->state <= HTTP2_CALL_BODY) {
		bool whole_head = c->state == HTTP2_CALL_BODY;
		c->state = HTTP2_CALL_BODY;
		if (whole_head)
			refuse(c, HTTP2_LATE);
		else
			conn->broken = true; /* a head in pieces holds up the whole connection */
	} else {
		nghttp2_submit_rst_stream(conn->session, NGHTTP2_FLAG_NONE, c->id, NGHTTP2_CANCEL);
	}
	http2_conn_kick(conn);
}

const struct http2_request *http2_request(const struct http2_call *c) { return &c->request; }

struct str http2_find(const struct http2_call *c, struct str name)
{
	for (size_t i = 0; i < c->request.field_count; i++)
		if (str_eq(c->request.fields[i].name, name))
			return c->request.fields[i].value;
	return (struct str){ NULL, 0 };
}

void http2_on_gone(struct http2_call *c, void (*fn)(void *ctx), void *ctx)
{
	c->on_gone = fn;
	c->gone_ctx = ctx;
}

/* --- the answer ---------------------------------------------------------------------------------------------------------------------- */

static nghttp2_nv pair(struct str name, struct str value)
{
	CHECK(http1_is_token(name) || name.p[0] == ':');
	CHECK(value.len == 0 || http1_is_value(value));
	return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name.p, .namelen = name.len, .value = (uint8_t *)(uintptr_t)value.p, .valuelen = value.len };
}

/* The trailers are given to nghttp2 when the body's last byte is. */
static bool keep_trailers(struct http2_call *c, const struct http2_answer *a)
{
	c->trailers = ARENA_ARRAY(&c->arena, a->trailer_count, nghttp2_nv);
	for (size_t i = 0; i < a->trailer_count && c->trailers; i++) {
		struct str name = arena_str(&c->arena, a->trailers[i].name), value = arena_str(&c->arena, a->trailers[i].value);
		if (!name.p || !value.p)
			return false;
		c->trailers[i] = pair(name, value);
	}
	c->trailer_count = a->trailer_count;
	return c->trailers != NULL;
}

static ssize_t next_piece(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct http2_call *c = source->ptr;
	(void)ctx;
	size_t n = c->answer.len < room ? c->answer.len : room;
	if (n)
		memcpy(out, buf_str(&c->answer).p, n);
	buf_consume(&c->answer, n);
	if (c->answer.len)
		return (ssize_t)n;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (c->trailer_count) {
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		if (nghttp2_submit_trailer(session, id, c->trailers, c->trailer_count) != 0)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	return (ssize_t)n;
}

static bool submit(struct http2_call *c, const struct http2_answer *a)
{
	nghttp2_nv fields[HTTP2_ANSWER_FIELDS + 1];
	char status[4];
	size_t n = 0;
	for (int i = 2, rest = a->status; i >= 0; i--, rest /= 10)
		status[i] = (char)('0' + rest % 10);
	fields[n++] = pair(STR(":status"), str_from(status, 3));
	for (size_t i = 0; i < a->field_count; i++)
		fields[n++] = pair(a->fields[i].name, a->fields[i].value);
	buf_add(&c->answer, a->body);
	if (!buf_ok(&c->answer) || (a->trailer_count && !keep_trailers(c, a)))
		return false;
	nghttp2_data_provider body = { .source.ptr = c, .read_callback = next_piece };
	return nghttp2_submit_response(c->conn->session, c->id, fields, n, a->body.len || a->trailer_count ? &body : NULL) == 0;
}

void http2_answer(struct http2_call *c, const struct http2_answer *a)
{
	CHECK(c->state == HTTP2_CALL_HANDLING);
	CHECK(a->status >= 200 && a->status <= 599 && a->field_count <= HTTP2_ANSWER_FIELDS && a->trailer_count <= HTTP2_ANSWER_FIELDS);
	if (!c->conn) {
		http2_call_free(c);
		return;
	}
	c->state = HTTP2_CALL_ANSWERED;
	c->conn->frames += HTTP2_FRAMES_PER_CALL;
	set_timer(c, c->server->o.write_timeout);
	if (!submit(c, a)) /* better no answer than half of one */
		nghttp2_submit_rst_stream(c->conn->session, NGHTTP2_FLAG_NONE, c->id, NGHTTP2_INTERNAL_ERROR);
	http2_conn_kick(c->conn);
}
