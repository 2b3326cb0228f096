/* The HTTP/1.1 server as a whole: options, listeners, draining, the end. Connections are in http_conn.c, answers in http_answer.c.
 */
#include "base/check.h"
#include "base/metric.h"
#include "net/http_server_impl.h"
#include <stdlib.h>

/* --- listeners
 * ------------------------------------------------------------------------------------------------------------------------- */

static void accept_all(struct http_listener *l);

static void on_accept_again(struct timer *t)
{
	accept_all(CONTAINER_OF(t, struct http_listener, timer));
}

static void accept_all(struct http_listener *l)
{
	struct http_server *s = l->server;
	while (l->fd >= 0) {
		struct sys_addr peer = {0};
		int fd = sys_accept(l->fd, &peer);
		if (fd == SYS_AGAIN)
			return;
		if (fd == SYS_RESET) /* given up by the client meanwhile */
			continue;
		if (fd < 0) { /* descriptors ran out: nothing will wake us when there are some again */
			timer_set(&l->timer, s->loop, loop_now(s->loop) + (int64_t)SERVER_ACCEPT_AGAIN * MSEC, on_accept_again);
			return;
		}
		http_conn_new(s, fd, &peer, l->local);
	}
}

static void on_listener_event(struct watcher *w, uint32_t what)
{
	(void)what;
	accept_all(CONTAINER_OF(w, struct http_listener, watcher));
}

bool http_server_listen(struct http_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e)
{
	char text[128];
	int fd = sys_listen(a, 512);
	if (fd == SYS_IN_USE) {
		struct arena scratch;
		arena_init(&scratch, 65536);
		struct str owner = sys_listener_owner(a, &scratch);
		sys_addr_text(a, text);
		err_set(e, ERR_PORT_TAKEN, "cannot listen on %s: %s%.*s listens there already; stop it or choose another port",
		        text, owner.len ? "" : "another program", STR_FMT(owner));
		arena_release(&scratch);
		return false;
	}
	sys_addr_text(a, text);
	if (fd < 0)
		return sys_err(e, fd, "cannot listen on %s", text);
	struct http_listener *l = calloc(1, sizeof(*l));
	if (!l || !watcher_start(&l->watcher, s->loop, fd, on_listener_event)) {
		free(l);
		sys_close(fd);
		return err_set(e, ERR_SYSTEM, "cannot watch the listener on %s", text);
	}
	l->server = s;
	l->fd = fd;
	l->local = a->family == SYS_UNIX;
	l->next = s->listeners;
	s->listeners = l;
	if (bound)
		sys_local_addr(fd, bound);
	return true;
}

static void close_listeners(struct http_server *s)
{
	while (s->listeners) {
		struct http_listener *l = s->listeners;
		s->listeners = l->next;
		timer_cancel(&l->timer);
		watcher_stop(&l->watcher);
		sys_close(l->fd);
		free(l);
	}
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
	close_listeners(s);
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
	close_listeners(s);
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
