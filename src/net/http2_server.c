/* The HTTP/2 server as a whole: options, listeners, draining, the end. Connections are in http2_conn.c, calls in http2_call.c. */
#include "base/check.h"
#include "net/http2_impl.h"
#include <stdlib.h>

static void on_accepted(void *ctx, int fd, const struct sys_addr *peer, bool local)
{
	(void)peer, (void)local;
	http2_conn_new(ctx, fd);
}

bool http2_server_listen(struct http2_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e)
{
	return listeners_add(&s->listeners, s->loop, a, bound, on_accepted, s, e);
}

static void defaults(struct http2_server_options *o)
{
	if (!o->max_connections)
		o->max_connections = 256;
	if (!o->max_body)
		o->max_body = 1 << 20;
	if (!o->max_held)
		o->max_held = 64 << 20;
	if (!o->idle)
		o->idle = 300 * SECOND;
	if (!o->read_timeout)
		o->read_timeout = 60 * SECOND;
	if (!o->write_timeout)
		o->write_timeout = 60 * SECOND;
	CHECK(o->max_body <= o->max_held / 2 && o->max_held / 2 >= HTTP2_WINDOW && o->max_body < INT32_MAX - HTTP2_SLACK);
}

struct http2_server *http2_server_new(struct loop *l, const struct http2_server_options *o, http2_handler_f *handler, void *ctx)
{
	struct http2_server *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->loop = l;
	s->o = o ? *o : (struct http2_server_options){ 0 };
	defaults(&s->o);
	s->handler = handler;
	s->ctx = ctx;
	s->waiting_end = &s->waiting;
	if (http2_callbacks(s))
		return s;
	http2_server_free(s);
	return NULL;
}

static void on_grace(struct timer *t)
{
	struct http2_server *s = CONTAINER_OF(t, struct http2_server, grace);
	/* The last one calls `drained`, which may free the server: look no further than the count known before. */
	for (size_t n = s->count; n > 0; n--) {
		s->conns->reset = true;
		http2_conn_close(s->conns);
	}
}

void http2_server_drain(struct http2_server *s, int64_t grace, void (*done)(void *ctx), void *ctx)
{
	listeners_close(&s->listeners);
	s->draining = true;
	if (s->count == 0) {
		done(ctx);
		return;
	}
	s->drained = done;
	s->drained_ctx = ctx;
	timer_set(&s->grace, s->loop, loop_now(s->loop) + grace, on_grace);
	for (struct http2_conn *c = s->conns; c; c = c->next)
		http2_conn_end(c);
}

void http2_server_free(struct http2_server *s)
{
	if (!s)
		return;
	listeners_close(&s->listeners);
	s->drained = NULL;
	timer_cancel(&s->grace);
	while (s->conns)
		http2_conn_close(s->conns);
	while (s->orphans)
		http2_call_free(s->orphans);
	nghttp2_session_callbacks_del(s->callbacks);
	nghttp2_option_del(s->option);
	free(s);
}

size_t http2_server_connections(const struct http2_server *s) { return s->count; }
size_t http2_server_held(const struct http2_server *s) { return s->first_held + s->more_held; }
