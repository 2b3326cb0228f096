/* The HTTP/1.1 client: calls from start to end. Connections and their pool are in http_pool.c.
 *
 * A call owns at most one connection at a time and a connection serves at most one call. A call is
 *   CONNECTING -> SENDING and receiving (an answer may come before the request is out) -> done, or failed at any time.
 * Every end goes through `finish`, which lets go of the connection first and then calls back from a deferred call or an event,
 * never from inside http_call. */
#include "net/http_client_impl.h"
#include <stdlib.h>

_Static_assert(HTTP_CLIENT_AHEAD == 2 * CLIENT_READ_SIZE, "what is given after a pause");

/* --- the end of a call
 * ------------------------------------------------------------------------------------------------------------- */

static void call_free(struct http_call *call)
{
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
	timer_cancel(&call->timer);
	deferred_cancel(&call->deferred);
	if (call->conn)
		client_conn_free(call->conn);
	buf_release(&call->request);
	buf_release(&call->in);
	buf_release(&call->body);
	free(call->head_copy);
	free(call);
}

/* The connection may serve another call: request sent, answer complete, nothing beyond it, and both sides want to go on. */
static bool reusable(const struct http_call *call)
{
	return call->answered && call->head.keep_alive && !call->send_failed && !call->eof && call->sent == call->request.len &&
	       call->in.len == 0 && call->head.status >= 200;
}

static void finish(struct http_call *call)
{
	struct http_result r = {.connected = call->connected, .err = call->err};
	if (!err_is_set(&call->err)) {
		r.status = call->head.status;
		r.head = &call->head;
		r.body = call->body.len ? buf_str(&call->body) : STR("");
	}
	if (call->conn && !err_is_set(&call->err) && reusable(call)) {
		client_conn_keep(call->conn);
		call->conn = NULL;
	} else if (call->conn) {
		client_conn_free(call->conn);
		call->conn = NULL;
	}
	timer_cancel(&call->timer);
	call->running = true; /* http_cancel from within done only marks */
	call->done(call->o.ctx, &r);
	call_free(call);
}

static void on_deferred(struct deferred *d)
{
	finish(CONTAINER_OF(d, struct http_call, deferred));
}

/* Ends a call from inside http_call: the callback comes later. */
static void finish_later(struct http_call *call)
{
	loop_defer(call->client->loop, &call->deferred, on_deferred);
}

static bool fail(struct http_call *call, enum err_code code, const char *what, int64_t why)
{
	char text[128];
	sys_addr_text(&call->o.address, text);
	err_set(&call->err, code, "%s %s%s%s", text, what, why ? ": " : "", why ? sys_strerror(why) : "");
	return false;
}

static bool fail_tls(struct http_call *call, const char *why)
{
	char text[128];
	sys_addr_text(&call->o.address, text);
	return err_set(&call->err, tls_distrusts(call->conn->tls) ? ERR_FORBIDDEN : ERR_UPSTREAM, "%s (%s): %s", call->peer.host, text, why);
}

static void on_timer(struct timer *t)
{
	struct http_call *call = CONTAINER_OF(t, struct http_call, timer);
	if (!call->connected)
		fail(call, loop_now(t->loop) < call->deadline ? ERR_UNAVAILABLE : ERR_TIMEOUT,
		     call->conn && call->conn->joined ? "did not answer TLS's handshake in time: does it speak TLS there?" : "did not accept the connection in time", 0);
	else
		fail(call, ERR_TIMEOUT, call->answered ? "did not complete its answer in time" : "did not answer in time", 0);
	finish(call);
}

/* --- sending and receiving: each returns false when the call is over, with call->err set or the answer complete
 * ------------------------- */

static void set_deadline(struct http_call *call)
{
	if (call->deadline == INT64_MAX)
		timer_cancel(&call->timer);
	else
		timer_set(&call->timer, call->client->loop, call->deadline, on_timer);
}

static bool finish_connecting(struct http_call *call)
{
	struct client_conn *n = call->conn;
	if (n->connected || !n->writable)
		return true;
	int r = client_conn_stands(n);
	if (r == SYS_AGAIN) {
		n->writable = n->joined; /* what comes next in TLS is seen by any event */
		return true;
	}
	if (r < 0 && n->tls && tls_why(n->tls)[0])
		return fail_tls(call, tls_why(n->tls));
	if (r < 0)
		return fail(call, ERR_UNAVAILABLE, "cannot be reached", r);
	n->connected = true;
	n->readable |= n->tls != NULL; /* it may have read ahead */
	call->connected = true;
	set_deadline(call);
	return true;
}

static void send_request(struct http_call *call)
{
	struct client_conn *n = call->conn;
	if (n->tls && n->writable && !tls_flush(n->tls, n->fd))
		n->writable = false;
	while (n->writable && !call->send_failed && call->sent < call->request.len) {
		struct str left = str_skip(buf_str(&call->request), call->sent);
		int64_t w = client_conn_write(n, left.p, left.len);
		if (w > 0)
			call->sent += (size_t)w;
		else if (w == SYS_AGAIN || w == 0)
			n->writable = false;
		else
			call->send_failed = true; /* an answer may stand in the receive queue all the same */
	}
}

static bool give(struct http_call *call, struct str data)
{
	if (data.len == 0 || call->cancelled)
		return !call->cancelled;
	call->body_seen += data.len;
	if (call->o.on_data) {
		if (!call->o.on_data(call->o.ctx, data))
			call->cancelled = true;
		return !call->cancelled;
	}
	buf_add(&call->body, data);
	return buf_ok(&call->body) || fail(call, ERR_TOO_LARGE, "sent a larger answer than was asked for", 0);
}

/* The head is complete: its spans get memory of their own, as the input moves on. */
static bool take_head(struct http_call *call)
{
	size_t size = call->head.size;
	free(call->head_copy);
	call->head_copy = malloc(size);
	if (!call->head_copy)
		return fail(call, ERR_NO_MEMORY, "answered, but there is no memory for it", 0);
	memcpy(call->head_copy, buf_str(&call->in).p, size);
	buf_consume(&call->in, size);
	call->head.scanned = 0;
	enum http1_result r = http1_response(&call->head, str_from(call->head_copy, size), call->to_head);
	CHECK(r == HTTP1_DONE);
	if (call->head.status >= 200) {
		call->answered = true;
		if (call->o.on_head)
			call->o.on_head(call->o.ctx, &call->head);
		return !call->cancelled;
	}
	call->head.scanned = 0;
	if (call->head.status == 101 || ++call->interim > CLIENT_MAX_INTERIM)
		return fail(call, ERR_UPSTREAM, "answered with an interim status that nobody asked for", 0);
	return true;
}

enum progress { WAIT, GO_ON, OVER };

static enum progress take_chunked(struct http_call *call)
{
	enum http1_result r = HTTP1_MORE;
	while (r == HTTP1_MORE && call->in.len) {
		size_t used;
		struct str data;
		r = http1_chunk(&call->chunks, buf_str(&call->in), &used, &data);
		if (!give(call, data))
			return OVER;
		buf_consume(&call->in, used);
	}
	if (r == HTTP1_DONE)
		return OVER;
	if (r == HTTP1_MORE)
		return WAIT;
	fail(call, ERR_UPSTREAM, http1_reason(r), 0);
	return OVER;
}

static enum progress take_body(struct http_call *call)
{
	const struct http1_head *h = &call->head;
	if (h->body == HTTP1_NO_BODY)
		return OVER;
	if (h->body == HTTP1_CHUNKED)
		return take_chunked(call);
	struct str data = buf_str(&call->in);
	if (h->body == HTTP1_LENGTH && data.len > h->length - call->body_seen)
		data.len = (size_t)(h->length - call->body_seen);
	if (!give(call, data))
		return OVER;
	buf_consume(&call->in, data.len);
	return h->body == HTTP1_LENGTH && call->body_seen == h->length ? OVER : WAIT;
}

/* Looks at what is in the input. */
static enum progress take(struct http_call *call)
{
	if (call->answered)
		return take_body(call);
	if (call->in.len == 0)
		return WAIT;
	enum http1_result r = http1_response(&call->head, buf_str(&call->in), call->to_head);
	if (r == HTTP1_MORE)
		return WAIT;
	if (r != HTTP1_DONE) {
		fail(call, ERR_UPSTREAM, http1_reason(r), 0);
		return OVER;
	}
	return take_head(call) ? GO_ON : OVER;
}

static int open_fresh(struct http_call *call)
{
	int64_t connect = loop_now(call->client->loop) + call->o.connect_timeout;
	timer_set(&call->timer, call->client->loop, connect < call->deadline ? connect : call->deadline, on_timer);
	return client_conn_open(call);
}

/* The stream ended (why 0) or broke. OVER unless the call starts again on a fresh connection. */
static enum progress closed(struct http_call *call, int64_t why)
{
	call->eof = true;
	if (call->conn->tls && tls_why(call->conn->tls)[0]) {
		fail_tls(call, tls_why(call->conn->tls));
		return OVER;
	}
	if (why == 0 && call->answered && call->head.body == HTTP1_UNTIL_CLOSE)
		return OVER;
	/* A request of which no byte was taken can be sent again whatever it asks for. */
	if (call->received || !call->conn->reused || call->retried || !(call->idempotent || call->sent == 0)) {
		fail(call, ERR_UPSTREAM, call->received ? "broke off its answer" : "closed the connection without an answer", why);
		return OVER;
	}
	client_conn_free(call->conn);
	call->conn = NULL;
	call->retried = true;
	call->eof = call->send_failed = call->connected = false;
	call->sent = 0;
	int r = open_fresh(call);
	if (r == 0)
		return WAIT;
	fail(call, ERR_UNAVAILABLE, "cannot be reached", r);
	return OVER;
}

static enum progress receive(struct http_call *call)
{
	while (call->conn->readable && !call->paused) {
		char *room = buf_room(&call->in, CLIENT_READ_SIZE);
		if (!room) {
			fail(call, ERR_NO_MEMORY, "answered, but there is no memory for it", 0);
			return OVER;
		}
		int64_t n = client_conn_read(call->conn, room, CLIENT_READ_SIZE);
		if (n == SYS_AGAIN) {
			call->conn->readable = false;
			break;
		}
		if (n <= 0)
			return closed(call, n);
		call->received = true;
		buf_added(&call->in, (size_t)n);
		enum progress p;
		while ((p = take(call)) == GO_ON)
			;
		if (p == OVER)
			return OVER;
	}
	if (call->send_failed && !call->conn->readable && !call->paused) /* broken for writing, and no answer is coming either */
		return closed(call, SYS_RESET);
	return WAIT;
}

void http_call_run(struct http_call *call)
{
	call->running = true;
	bool over = !finish_connecting(call);
	if (!over && call->conn->connected) {
		send_request(call);
		over = receive(call) == OVER;
	}
	call->running = false;
	if (call->cancelled)
		call_free(call);
	else if (over)
		finish(call);
}

/* --- starting
 * ------------------------------------------------------------------------------------------------------------------------ */

static void write_request(struct http_call *call, const struct http_call_options *o)
{
	struct buf *b = &call->request;
	char text[128];
	buf_add(b, o->method);
	buf_char(b, ' ');
	buf_add(b, o->target);
	buf_add(b, STR(" HTTP/1.1\r\nHost: "));
	buf_add(b, o->host.len ? o->host : o->address.family == SYS_UNIX ? STR("localhost") : sys_addr_text(&o->address, text));
	buf_add(b, STR("\r\n"));
	buf_add(b, o->headers);
	if (o->content_type.len) {
		buf_add(b, STR("Content-Type: "));
		buf_add(b, o->content_type);
		buf_add(b, STR("\r\n"));
	}
	if (o->body.len || str_eq(o->method, STR("POST")) || str_eq(o->method, STR("PUT")) || str_eq(o->method, STR("PATCH"))) {
		buf_add(b, STR("Content-Length: "));
		buf_u64(b, o->body.len);
		buf_add(b, STR("\r\n"));
	}
	buf_add(b, STR("\r\n"));
	buf_add(b, o->body);
}

/* What is sent must be a request that our own parser takes: a target typed by a person may hold anything. */
static bool check_request(struct http_call *call)
{
	struct http1_head *h = &call->head;
	h->scanned = 0;
	enum http1_result r = buf_ok(&call->request) ? http1_request(h, buf_str(&call->request)) : HTTP1_HEAD_TOO_LARGE;
	if (r != HTTP1_DONE)
		return err_set(&call->err, ERR_INPUT, "this is no request that can be sent: %s", http1_reason(r));
	static const struct str safe[] = {STR_INIT("GET"), STR_INIT("HEAD"), STR_INIT("PUT"), STR_INIT("DELETE"),
	                                  STR_INIT("OPTIONS")};
	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		call->idempotent |= str_eq(h->method, safe[i]);
	call->to_head = str_eq(h->method, STR("HEAD"));
	h->scanned = 0;
	return true;
}

static void set_peer(struct http_call *call, const struct http_call_options *o)
{
	CHECK(o->tls_host.len <= TLS_HOST_MAX);
	call->peer.address = o->address;
	call->peer.tls = o->tls ? tls_context_number(o->tls) : 0;
	if (o->tls)
		memcpy(call->peer.host, o->tls_host.p, o->tls_host.len);
}

static void start(struct http_call *call)
{
	struct http_client *c = call->client;
	call->conn = client_conn_reuse(c, &call->peer);
	if (call->conn) {
		call->conn->call = call;
		call->conn->writable = true;
		call->connected = true;
		set_deadline(call);
		send_request(call); /* what comes of it is seen by events */
		if (call->send_failed && closed(call, SYS_RESET) == OVER)
			finish_later(call);
		return;
	}
	int r = open_fresh(call);
	if (r < 0) {
		fail(call, ERR_UNAVAILABLE, "cannot be reached", r);
		finish_later(call);
	}
}

struct http_call *http_call(struct http_client *c, const struct http_call_options *o,
                            void (*done)(void *ctx, const struct http_result *r))
{
	struct http_call *call = calloc(1, sizeof(*call));
	CHECK(call);
	CHECK(o->headers.len == 0 || str_ends(o->headers, STR("\r\n")));
	call->client = c;
	call->done = done;
	call->o = *o;
	if (!call->o.connect_timeout)
		call->o.connect_timeout = SECOND;
	if (!call->o.timeout)
		call->o.timeout = 10 * SECOND;
	call->deadline = call->o.timeout == INT64_MAX ? INT64_MAX : loop_now(c->loop) + call->o.timeout;
	buf_init(&call->request, HTTP1_MAX_HEAD + o->body.len + 4096);
	buf_init(&call->in, HTTP1_MAX_HEAD + 2 * CLIENT_READ_SIZE);
	buf_init(&call->body, o->max_body ? o->max_body : 16 << 20);
	call->next = c->calls;
	call->link = &c->calls;
	if (call->next)
		call->next->link = &call->next;
	c->calls = call;
	write_request(call, o);
	set_peer(call, o);
	if (check_request(call))
		start(call);
	else
		finish_later(call);
	return call;
}

void http_cancel(struct http_call *call)
{
	call->cancelled = true;
	if (!call->running) /* else whoever runs it frees it */
		call_free(call);
}

void http_pause(struct http_call *call) { call->paused = true; }

static void on_resumed(struct deferred *d) { http_call_run(CONTAINER_OF(d, struct http_call, deferred)); }

void http_resume(struct http_call *call)
{
	CHECK(call->answered);
	if (!call->paused)
		return;
	call->paused = false;
	loop_defer(call->client->loop, &call->deferred, on_resumed);
}

struct http_client *http_client_new(struct loop *l, const struct http_client_options *o)
{
	struct http_client *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->loop = l;
	c->o = o ? *o : (struct http_client_options){0};
	if (!c->o.max_idle)
		c->o.max_idle = 8;
	if (!c->o.idle)
		c->o.idle = 30 * SECOND;
	return c;
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	while (c->calls)
		call_free(c->calls);
	client_pools_free(c);
	free(c);
}
