/* The HTTP/1.1 server as a whole: options, listeners, draining, the end. Connections are in http_conn.c, answers in http_answer.c.
 */
#include "base/check.h"
#include "net/http_server_impl.h"
#include <stdlib.h>

static void on_accepted(void *ctx, int fd, const struct sys_addr *peer, bool local)
{
	http_conn_new(ctx, fd, peer, local);
}

bool http_server_listen(struct http_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e)
{
	return listeners_add(&s->listeners, s->loop, a, bound, on_accepted, s, e);
}

/* --- the server as a whole
 * ------------------------------------------------------------------------------------------------------------- */

struct http_server *http_server_new(struct loop *l, const struct http_server_options *o, http_handler_f *handler, void *ctx)
{
	struct http_server *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->loop = l;
	s->o = o ? *o : (struct http_server_options){0};
	s->handler = handler;
	s->ctx = ctx;
	if (!s->o.max_connections)
		s->o.max_connections = 1024;
	if (!s->o.max_body)
		s->o.max_body = 1 << 20;
	if (!s->o.max_arena)
		s->o.max_arena = 8 << 20;
	if (!s->o.idle)
		s->o.idle = 75 * SECOND;
	if (!s->o.read_timeout)
		s->o.read_timeout = 30 * SECOND;
	return s;
}

static void on_grace(struct timer *t)
{
	struct http_server *s = CONTAINER_OF(t, struct http_server, grace);
	/* The last one calls `drained`, which may free the server: look no further than the count known before. */
	for (size_t n = s->count; n > 0; n--) {
		s->conns->reset = true;
		http_conn_close(s->conns);
	}
}

void http_server_drain(struct http_server *s, int64_t grace, void (*done)(void *ctx), void *ctx)
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
	size_t n = s->count;
	for (struct http_conn *c = s->conns, *next; n > 0; n--, c = next) {
		next = c->next;
		c->close = true;
		if (c->state == CONN_IDLE && !c->running)
			http_conn_close(c);
	}
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	listeners_close(&s->listeners);
	s->drained = NULL;
	timer_cancel(&s->grace);
	while (s->conns)
		http_conn_close(s->conns);
	while (s->orphans) {
		struct http_exchange *x = s->orphans;
		s->orphans = x->next;
		http_exchange_free(x);
	}
	free(s);
}

size_t http_server_connections(const struct http_server *s)
{
	return s->count;
}
