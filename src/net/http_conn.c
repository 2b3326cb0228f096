/* Connections of the HTTP server, from their first byte to their end. The states are in http_server_impl.h, answers in
 * http_answer.c. Handlers are only called from here; what they do to an exchange takes effect when the connection runs next, so
 * nothing is freed under a handler's feet. Called by http_server.c, and by events.
 *
 * An idle connection holds no buffer: about 500 bytes. */
#include "base/check.h"
#include "base/metric.h"
#include "net/http_server_impl.h"
#include <stdlib.h>

static void conn_run(struct http_conn *c);

void http_conn_close(struct http_conn *c)
{
	struct http_server *s = c->server;
	struct http_exchange *x = c->x;
	watcher_stop(&c->watcher);
	timer_cancel(&c->timer);
	deferred_cancel(&c->kick);
	if (c->reset)
		sys_reset(c->fd);
	else
		sys_close(c->fd);
	buf_release(&c->in);
	buf_release(&c->out);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	s->count--;
	metric_add(METRIC_HTTP_CONNECTIONS, (uint64_t)-1);
	bool handling = c->state == CONN_HANDLING && x && !x->answered;
	free(c);
	if (x && handling && !x->on_gone) { /* the handler will answer into the void */
		x->conn = NULL;
		x->next = s->orphans;
		x->link = &s->orphans;
		if (x->next)
			x->next->link = &x->next;
		s->orphans = x;
	} else if (x) {
		void (*gone)(void *) = handling ? x->on_gone : NULL;
		void *ctx = x->gone_ctx;
		if (gone)
			gone(ctx);
		http_exchange_free(x);
	}
	if (s->draining && s->count == 0 && s->drained) {
		void (*done)(void *) = s->drained;
		s->drained = NULL;
		timer_cancel(&s->grace);
		done(s->drained_ctx);
	}
}

void http_exchange_free(struct http_exchange *x)
{
	buf_release(&x->body);
	arena_release(&x->arena);
	free(x);
}

static void on_kick(struct deferred *d)
{
	conn_run(CONTAINER_OF(d, struct http_conn, kick));
}

void http_conn_kick(struct http_conn *c)
{
	loop_defer(c->server->loop, &c->kick, on_kick);
}

/* --- reading
 * ---------------------------------------------------------------------------------------------------------------------- */

static void read_once(struct http_conn *c, struct buf *to, size_t size)
{
	char *room = buf_room(to, size);
	int64_t n = room ? sys_read(c->fd, room, size) : SYS_LIMIT;
	if (n > 0)
		buf_added(to, (size_t)n);
	else if (n == 0)
		c->eof = true;
	else if (n == SYS_AGAIN)
		c->readable = false;
	else
		c->broken = true;
}

/* Reads what is there, up to `limit` bytes in the buffer. False when nothing new came. */
static bool fill(struct http_conn *c, size_t limit)
{
	size_t before = c->in.len;
	while (c->readable && !c->eof && !c->broken && c->in.len < limit) {
		read_once(c, &c->in, SERVER_READ_SIZE);
	}
	return c->in.len > before;
}

/* Reads what is there of a body whose length is known to where it stays. False when nothing new came. */
static bool fill_body(struct http_conn *c)
{
	struct http_exchange *x = c->x;
	size_t left = (size_t)x->request.head.length - x->body.len, size = left < SERVER_BODY_SIZE ? left : SERVER_BODY_SIZE;
	if (!c->readable || c->eof || c->broken)
		return false;
	size_t before = x->body.len;
	read_once(c, &x->body, size);
	return x->body.len > before;
}

static void set_timer(struct http_conn *c, int64_t after);

static struct http_exchange *exchange_new(struct http_conn *c)
{
	struct http_exchange *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->conn = c;
	x->server = c->server;
	arena_init(&x->arena, c->server->o.max_arena);
	buf_init(&x->body, c->server->o.max_body);
	x->request.peer = c->peer;
	x->request.local = c->local;
	return x;
}

static void refuse_text(struct http_conn *c, int status, enum err_code code, const char *why)
{
	struct err e = {0};
	err_set(&e, code, "%s", why);
	metric_inc(METRIC_HTTP_REFUSED);
	http_refuse(c, status, &e);
}

static void refuse_large(struct http_conn *c)
{
	if (!c->server->o.too_large) {
		refuse_text(c, 413, ERR_TOO_LARGE, "the body is larger than this server takes");
		return;
	}
	metric_inc(METRIC_HTTP_REFUSED);
	c->close = true;
	c->state = CONN_HANDLING;
	timer_cancel(&c->timer);
	c->server->o.too_large(c->server->ctx, c->x);
	CHECK(c->x->answered);
}

/* Asks whether the body is wanted at all. False: it was answered already. */
static bool body_wanted(struct http_conn *c)
{
	if (!c->server->o.before_body || c->x->request.head.body == HTTP1_NO_BODY)
		return true;
	bool close = c->close;
	/* What it answers is the last on this connection; an answer that never comes ends nothing. */
	c->close = true;
	c->state = CONN_HANDLING;
	timer_cancel(&c->timer);
	c->server->o.before_body(c->server->ctx, c->x);
	if (c->x->answered) {
		metric_inc(METRIC_HTTP_REFUSED);
		return false;
	}
	c->close = close;
	return true;
}

static void refuse_parse(struct http_conn *c, enum http1_result r)
{
	int status = http1_status(r);
	refuse_text(c, status, status == 431 ? ERR_HEADERS_TOO_LARGE : ERR_INPUT, http1_reason(r));
}

/* The head is complete. Its spans must outlive the input buffer, so it is parsed again from a copy in the arena. */
static bool keep_head(struct http_conn *c)
{
	struct http_exchange *x = c->x;
	struct http1_head *h = &x->request.head;
	struct str copy = arena_str(&x->arena, str_sub(buf_str(&c->in), 0, h->size));
	if (!copy.p)
		return false;
	h->scanned = 0;
	enum http1_result r = http1_request(h, copy);
	CHECK(r == HTTP1_DONE);
	buf_consume(&c->in, h->size);
	x->request.path = h->path;
	x->head_only = str_eq(h->method, STR("HEAD"));
	return true;
}

static void head_done(struct http_conn *c)
{
	struct http1_head *h = &c->x->request.head;
	if (!keep_head(c)) {
		refuse_text(c, 503, ERR_NO_MEMORY, "the head does not fit into the memory of one request");
		return;
	}
	if (!h->keep_alive || c->server->draining)
		c->close = true;
	if (h->length > c->server->o.max_body) {
		refuse_large(c);
		return;
	}
	if (!body_wanted(c))
		return;
	if (h->expect_continue && c->in.len == 0)
		buf_add(&c->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
	c->state = CONN_BODY;
	set_timer(c, c->server->o.read_timeout);
}

static void read_head(struct http_conn *c)
{
	enum http1_result r = http1_request(&c->x->request.head, buf_str(&c->in));
	if (r == HTTP1_DONE)
		head_done(c);
	else if (r != HTTP1_MORE)
		refuse_parse(c, r);
}

/* Moves what has arrived into the body; DONE when it is whole. */
static enum http1_result take_body(struct http_conn *c)
{
	struct http_exchange *x = c->x;
	const struct http1_head *h = &x->request.head;
	if (h->body == HTTP1_NO_BODY)
		return HTTP1_DONE;
	if (h->body == HTTP1_LENGTH) {
		size_t n = h->length - x->body.len < c->in.len ? (size_t)(h->length - x->body.len) : c->in.len;
		buf_add(&x->body, str_sub(buf_str(&c->in), 0, n));
		buf_consume(&c->in, n);
		return x->body.len == h->length ? HTTP1_DONE : HTTP1_MORE;
	}
	enum http1_result r = HTTP1_MORE;
	while (r == HTTP1_MORE && c->in.len && buf_ok(&x->body)) {
		size_t used;
		struct str data;
		r = http1_chunk(&x->chunks, buf_str(&c->in), &used, &data);
		buf_add(&x->body, data);
		buf_consume(&c->in, used);
	}
	return r;
}

static void read_body(struct http_conn *c)
{
	struct http_exchange *x = c->x;
	enum http1_result r = take_body(c);
	if (!buf_ok(&x->body)) {
		refuse_large(c);
	} else if (r == HTTP1_DONE) {
		x->request.body = x->body.len ? buf_str(&x->body) : STR("");
		c->state = CONN_HANDLING;
		timer_cancel(&c->timer);
		metric_inc(METRIC_HTTP_REQUESTS);
		c->server->handler(c->server->ctx, x);
	} else if (r != HTTP1_MORE) {
		refuse_parse(c, r);
	}
}

/* --- writing and the end of an exchange
 * ------------------------------------------------------------------------------------------------ */

/* Writes what is queued; true when the queue is empty. */
static bool flush(struct http_conn *c)
{
	bool had = c->out.len > 0;
	while (c->out.len && c->writable && !c->broken) {
		int64_t n = sys_write(c->fd, buf_str(&c->out).p, c->out.len);
		if (n > 0) {
			buf_consume(&c->out, (size_t)n);
			if (c->state >= CONN_HANDLING)
				set_timer(c, c->server->o.idle); /* progress; a reader that stands still is dropped */
		} else if (n == SYS_AGAIN || n == 0) {
			c->writable = false;
		} else {
			c->broken = true;
		}
	}
	if (c->out.len) {
		if (c->state >= CONN_HANDLING && !timer_is_set(&c->timer))
			set_timer(c, c->server->o.idle);
		return false;
	}
	if (had && c->state == CONN_HANDLING) {
		timer_cancel(&c->timer);
		if (c->x->streaming && !c->x->answered && c->x->on_drained)
			c->x->on_drained(c->x->drained_ctx);
	}
	return c->out.len == 0;
}

static void linger(struct http_conn *c)
{
	sys_shutdown_write(c->fd);
	c->state = CONN_LINGER;
	buf_release(&c->in);
	buf_init(&c->in, SERVER_READ_SIZE * 2);
	set_timer(c, 2 * SECOND);
}

/* The answer is written. */
static void exchange_done(struct http_conn *c)
{
	http_exchange_free(c->x);
	c->x = NULL;
	buf_release(&c->out);
	buf_init(&c->out, SERVER_OUT_LIMIT);
	if (c->close || c->server->draining || (c->eof && c->in.len == 0)) {
		linger(c);
		return;
	}
	c->state = CONN_IDLE;
	if (c->in.len == 0) { /* an idle connection holds no memory */
		buf_release(&c->in);
		buf_init(&c->in, HTTP1_MAX_HEAD + SERVER_PIPELINE + 2 * SERVER_READ_SIZE);
	}
	set_timer(c, c->server->o.idle);
}

static void drop_input(struct http_conn *c)
{
	while (fill(c, 1)) {
		c->dropped += (uint32_t)c->in.len;
		buf_clear(&c->in);
		if (c->dropped > SERVER_LINGER_BYTES)
			c->broken = true;
	}
	if (c->eof)
		c->broken = true;
}

/* One step; false when it must wait for an event. Ends the connection by setting `broken`. */
static bool step(struct http_conn *c)
{
	switch ((enum conn_state)c->state) {
	case CONN_IDLE:
		if (c->in.len == 0 && !fill(c, 1)) {
			c->broken |= c->eof;
			return false;
		}
		c->x = exchange_new(c);
		if (!c->x) {
			c->broken = true;
			return false;
		}
		c->state = CONN_HEAD;
		set_timer(c, c->server->o.read_timeout);
		read_head(c);
		return true;
	case CONN_HEAD:
		if (!fill(c, HTTP1_MAX_HEAD)) {
			c->broken |= c->eof;
			return false;
		}
		read_head(c);
		return true;
	case CONN_BODY:
		flush(c); /* 100 Continue */
		if (c->in.len || c->x->request.head.body == HTTP1_NO_BODY) {
			read_body(c);
			return true;
		}
		if (!(c->x->request.head.body == HTTP1_LENGTH ? fill_body(c) : fill(c, SERVER_READ_SIZE))) {
			c->broken |= c->eof;
			return false;
		}
		set_timer(c, c->server->o.read_timeout);
		if (c->x->request.head.body == HTTP1_LENGTH && c->x->body.len == c->x->request.head.length)
			read_body(c);
		return true;
	case CONN_HANDLING:
		flush(c);
		if (c->x->answered) {
			c->state = CONN_FLUSHING;
			return true;
		}
		fill(c, SERVER_PIPELINE); /* to see the end of the stream */
		c->broken |= c->eof && c->x->streaming;
		return false;
	case CONN_FLUSHING:
		if (!flush(c))
			return false;
		exchange_done(c);
		return true;
	case CONN_LINGER:
		drop_input(c);
		return false;
	}
	UNREACHABLE();
}

/* Runs a connection until it has to wait. May free it. */
static void conn_run(struct http_conn *c)
{
	CHECK(!c->running);
	c->running = true;
	int steps = 0;
	while (!c->broken && !c->reset && steps < SERVER_TURN * 4 && step(c))
		steps++;
	c->running = false;
	if (c->broken || c->reset)
		http_conn_close(c);
	else if (steps == SERVER_TURN * 4)
		http_conn_kick(c);
}

static void on_conn_event(struct watcher *w, uint32_t what)
{
	struct http_conn *c = CONTAINER_OF(w, struct http_conn, watcher);
	if (what & (SYS_READABLE | SYS_HANGUP))
		c->readable = true;
	if (what & (SYS_WRITABLE | SYS_HANGUP))
		c->writable = true;
	conn_run(c);
}

static void on_conn_timer(struct timer *t)
{
	struct http_conn *c = CONTAINER_OF(t, struct http_conn, timer);
	if (c->state == CONN_HEAD || c->state == CONN_BODY) {
		refuse_text(c, 408, ERR_TIMEOUT, "the request did not arrive in time");
	} else {
		c->reset = c->state == CONN_HANDLING || c->state == CONN_FLUSHING;
		c->broken = true;
	}
	conn_run(c);
}

static void set_timer(struct http_conn *c, int64_t after)
{
	timer_set(&c->timer, c->server->loop, loop_now(c->server->loop) + after, on_conn_timer);
}

void http_conn_new(struct http_server *s, int fd, const struct sys_addr *peer, bool local)
{
	struct http_conn *c = s->count < s->o.max_connections ? calloc(1, sizeof(*c)) : NULL;
	if (!c || !watcher_start(&c->watcher, s->loop, fd, on_conn_event)) {
		metric_inc(METRIC_HTTP_REFUSED);
		free(c);
		sys_close(fd);
		return;
	}
	c->server = s;
	c->fd = fd;
	c->peer = *peer;
	c->local = local;
	c->readable = c->writable = true;
	buf_init(&c->in, HTTP1_MAX_HEAD + SERVER_PIPELINE + 2 * SERVER_READ_SIZE);
	buf_init(&c->out, SERVER_OUT_LIMIT);
	c->next = s->conns;
	c->link = &s->conns;
	if (c->next)
		c->next->link = &c->next;
	s->conns = c;
	s->count++;
	metric_inc(METRIC_HTTP_CONNECTIONS);
	set_timer(c, s->o.idle);
	conn_run(c);
}
