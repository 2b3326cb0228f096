/* Listeners: one per entry of the plan, found again by address when the plan changes. A port that is taken is reported with its owner and
 * tried again every second; calls on other listeners go on meanwhile. */
#include "gateway/state.h"
#include <stdlib.h>

#define REFUSAL "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n" \
		"Proxy-Status: pleach; error=connection_limit_reached; details=\"too many connections\"\r\n\r\n"

static void on_retry(struct timer *t);

static void on_connection(struct watcher *w, uint32_t what)
{
	(void)what;
	struct listener *l = CONTAINER_OF(w, struct listener, watcher);
	while (l->entry && w->fd >= 0) {
		struct sys_addr peer;
		int fd = sys_accept(w->fd, &peer);
		if (fd == SYS_AGAIN)
			return;
		if (fd == SYS_RESET)
			continue; /* gone again before we took it */
		if (fd < 0) {
			/* No descriptors or memory left. Readiness will not be told again, so look again soon. */
			timer_set(&l->retry, l->g->loop, loop_now(l->g->loop) + LISTEN_RETRY / 10, on_retry);
			return;
		}
		if (l->connections >= l->g->limits.connections) {
			metric_inc(METRIC_GATEWAY_REFUSED);
			(void)sys_write(fd, REFUSAL, sizeof(REFUSAL) - 1);
			sys_close(fd);
			continue;
		}
		client_new(l, fd, &peer);
	}
}

static void on_retry(struct timer *t)
{
	struct listener *l = CONTAINER_OF(t, struct listener, retry);
	if (!l->entry)
		return;
	if (l->watcher.fd >= 0)
		on_connection(&l->watcher, SYS_READABLE);
	else
		listener_open(l);
}

static void trouble(struct listener *l, int code)
{
	struct gateway *g = l->g;
	timer_set(&l->retry, g->loop, loop_now(g->loop) + LISTEN_RETRY, on_retry);
	if (l->problem)
		return; /* told already; looking for the owner is slow */
	l->problem = true;
	struct arena arena;
	arena_init(&arena, 65536);
	char text[128];
	struct str at = sys_addr_text(&l->address, text);
	struct err e = { 0 };
	if (code == SYS_IN_USE) {
		struct str owner = sys_listener_owner(&l->address, &arena);
		err_set(&e, ERR_PORT_TAKEN, "%.*s is taken%s%.*s, so %.*s cannot be served; stop that program or choose another address (tried again every second)",
			STR_FMT(at), owner.len ? " by " : "", STR_FMT(owner), STR_FMT(l->entry->what));
	} else {
		sys_err(&e, code, "cannot listen on %.*s for %.*s", STR_FMT(at), STR_FMT(l->entry->what));
	}
	if (g->on_problem)
		g->on_problem(g->ctx, &l->address, &e);
	arena_release(&arena);
}

void listener_open(struct listener *l)
{
	struct gateway *g = l->g;
	if (l->watcher.fd >= 0)
		return;
	int fd = sys_listen(&l->address, LISTEN_BACKLOG);
	if (fd >= 0 && !watcher_start(&l->watcher, g->loop, fd, on_connection)) {
		sys_close(fd);
		l->watcher.fd = -1;
		fd = SYS_LIMIT;
	}
	if (fd < 0) {
		trouble(l, fd);
		return;
	}
	timer_cancel(&l->retry);
	if (l->problem && g->on_problem)
		g->on_problem(g->ctx, &l->address, NULL);
	l->problem = false;
}

static void unlink_and_free(struct listener *l)
{
	struct gateway *g = l->g;
	for (struct listener **at = &g->listeners; *at; at = &(*at)->next)
		if (*at == l) {
			*at = l->next;
			free(l);
			return;
		}
	UNREACHABLE();
}

void listener_retire(struct listener *l)
{
	l->entry = NULL;
	timer_cancel(&l->retry);
	if (l->watcher.fd >= 0) {
		int fd = l->watcher.fd;
		watcher_stop(&l->watcher);
		l->watcher.fd = -1;
		sys_close(fd);
	}
	l->connections++; /* closing the last idle client must not free it under us */
	for (struct client *c = l->clients, *next; c; c = next) {
		next = c->next;
		if (c->state == CLIENT_IDLE)
			client_close(c);
	}
	listener_client_left(l);
}

void listener_client_left(struct listener *l)
{
	CHECK(l->connections > 0);
	l->connections--;
	if (l->connections == 0 && !l->entry)
		unlink_and_free(l);
}
