/* The HTTP/2 server as a whole: options, listeners, draining, the end. Connections are in http2_conn.c, calls in http2_call.c. */
#include "base/check.h"
#include "net/http2_impl.h"
#include <stdlib.h>

/* --- listeners ----------------------------------------------------------------------------------------------------------------- */

static void accept_all(struct http2_listener *l);

static void on_accept_again(struct timer *t) { accept_all(CONTAINER_OF(t, struct http2_listener, timer)); }

static void accept_all(struct http2_listener *l)
{
	struct http2_server *s = l->server;
	while (l->fd >= 0) {
		int fd = sys_accept(l->fd, NULL);
		if (fd == SYS_AGAIN)
			return;
		if (fd == SYS_RESET) /* given up by the client meanwhile */
			continue;
		if (fd < 0) { /* descriptors ran out: nothing will wake us when there are some again */
			timer_set(&l->timer, s->loop, loop_now(s->loop) + (int64_t)HTTP2_ACCEPT_AGAIN * MSEC, on_accept_again);
			return;
		}
		http2_conn_new(s, fd);
	}
}

static void on_listener_event(struct watcher *w, uint32_t what)
{
	(void)what;
	accept_all(CONTAINER_OF(w, struct http2_listener, watcher));
}

static bool port_taken(const struct sys_addr *a, struct err *e)
{
	char text[128];
	struct arena scratch;
	arena_init(&scratch, 65536);
	struct str owner = sys_listener_owner(a, &scratch);
	sys_addr_text(a, text);
	err_set(e, ERR_PORT_TAKEN, "cannot listen on %s: %s%.*s listens there already; stop it or choose another port", text,
		owner.len ? "" : "another program", STR_FMT(owner));
	arena_release(&scratch);
	return false;
}

bool http2_server_listen(struct http2_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e)
{
	char text[128];
	int fd = sys_listen(a, 512);
	if (fd == SYS_IN_USE)
		return port_taken(a, e);
	sys_addr_text(a, text);
	if (fd < 0)
		return sys_err(e, fd, "cannot listen on %s", text);
	struct http2_listener *l = calloc(1, sizeof(*l));
	if (!l || !watcher_start(&l->watcher, s->loop, fd, on_listener_event)) {
		free(l);
		sys_close(fd);
		return err_set(e, ERR_SYSTEM, "cannot watch the listener on %s", text);
	}
	l->server = s;
	l->fd = fd;
	l->next = s->listeners;
	s->listeners = l;
	if (bound)
		sys_local_addr(fd, bound);
	return true;
}

static void close_listeners(struct http2_server *s)
{
	while (s->listeners) {
		struct http2_listener *l = s->listeners;
		s->listeners = l->next;
		timer_cancel(&l->timer);
		watcher_stop(&l->watcher);
		sys_close(l->fd);
		free(l);
	}
}

/* --- the server as a whole ------------------------------------------------------------------------------------------------------- */

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
	close_listeners(s);
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
	close_listeners(s);
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
