/* See listener.h. Used by http_server.c, http2_server.c and stream_server.c. */
#include "net/listener.h"
#include "base/check.h"
#include <stdlib.h>

enum { LISTENER_BACKLOG = 512, LISTENER_AGAIN = 50 /* ms until accepting is tried again when descriptors ran out */ };

struct listener {
	struct listener *next;
	struct watcher watcher;
	struct timer timer;
	struct loop *loop;
	listener_f *fn;
	void *ctx;
	int fd;
	bool local;
};

static void accept_all(struct listener *l);

static void on_again(struct timer *t) { accept_all(CONTAINER_OF(t, struct listener, timer)); }

static void accept_all(struct listener *l)
{
	for (;;) {
		struct sys_addr peer = { 0 };
		int fd = sys_accept(l->fd, &peer);
		if (fd == SYS_AGAIN)
			return;
		if (fd == SYS_RESET) /* given up by the client meanwhile */
			continue;
		if (fd < 0) { /* descriptors ran out: nothing will wake us when there are some again */
			timer_set(&l->timer, l->loop, loop_now(l->loop) + (int64_t)LISTENER_AGAIN * MSEC, on_again);
			return;
		}
		l->fn(l->ctx, fd, &peer, l->local);
	}
}

static void on_event(struct watcher *w, uint32_t what)
{
	(void)what;
	accept_all(CONTAINER_OF(w, struct listener, watcher));
}

static bool port_taken(const struct sys_addr *a, const char *text, struct err *e)
{
	struct arena scratch;
	arena_init(&scratch, 65536);
	struct str owner = sys_listener_owner(a, &scratch);
	err_set(e, ERR_PORT_TAKEN, "cannot listen on %s: %s%.*s listens there already; stop it or choose another port", text,
		owner.len ? "" : "another program", STR_FMT(owner));
	arena_release(&scratch);
	return false;
}

bool listeners_add(struct listeners *list, struct loop *loop, const struct sys_addr *a, struct sys_addr *bound, listener_f *fn, void *ctx, struct err *e)
{
	char text[128];
	int fd = sys_listen(a, LISTENER_BACKLOG);
	sys_addr_text(a, text);
	if (fd == SYS_IN_USE)
		return port_taken(a, text, e);
	if (fd < 0)
		return sys_err(e, fd, "cannot listen on %s", text);
	struct listener *l = calloc(1, sizeof(*l));
	if (!l || !watcher_start(&l->watcher, loop, fd, on_event)) {
		free(l);
		sys_close(fd);
		return err_set(e, ERR_SYSTEM, "cannot watch the listener on %s", text);
	}
	l->loop = loop;
	l->fn = fn;
	l->ctx = ctx;
	l->fd = fd;
	l->local = a->family == SYS_UNIX;
	l->next = list->first;
	list->first = l;
	if (bound)
		sys_local_addr(fd, bound);
	return true;
}

void listeners_close(struct listeners *list)
{
	while (list->first) {
		struct listener *l = list->first;
		list->first = l->next;
		timer_cancel(&l->timer);
		watcher_stop(&l->watcher);
		sys_close(l->fd);
		free(l);
	}
}
