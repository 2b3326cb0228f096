/* Connections of the HTTP client and the pool of idle ones: last used first, because that one is the least likely to have been
 * closed. A pooled connection holds no buffer; anything that happens on it closes it. Called by http_client.c. */
#include "net/http_client_impl.h"
#include <stdlib.h>

static void unpool(struct client_conn *n)
{
	if (!n->pool)
		return;
	*n->link = n->next;
	if (n->next)
		n->next->link = n->link;
	n->pool->count--;
	n->pool = NULL;
	timer_cancel(&n->timer);
}

void client_conn_free(struct client_conn *n)
{
	unpool(n);
	watcher_stop(&n->watcher);
	sys_close(n->fd);
	tls_free(n->tls);
	free(n);
}

static bool same(const struct client_peer *x, const struct client_peer *y) { return x->tls == y->tls && sys_addr_eq(&x->address, &y->address) && strcmp(x->host, y->host) == 0; }

int client_conn_stands(struct client_conn *n)
{
	int r = n->joined ? 0 : sys_connected(n->fd);
	if (r < 0)
		return r;
	n->joined = true;
	return n->tls ? tls_handshake(n->tls, n->fd) : 0;
}

int64_t client_conn_read(struct client_conn *n, void *p, size_t size) { return n->tls ? tls_read(n->tls, n->fd, p, size) : sys_read(n->fd, p, size); }

int64_t client_conn_write(struct client_conn *n, const void *p, size_t size) { return n->tls ? tls_write(n->tls, n->fd, p, size) : sys_write(n->fd, p, size); }

static void on_idle_end(struct timer *t)
{
	client_conn_free(CONTAINER_OF(t, struct client_conn, timer));
}

static struct pool *pool_for(struct http_client *c, const struct client_peer *peer, bool create)
{
	for (struct pool *p = c->pools; p; p = p->next)
		if (same(&p->peer, peer))
			return p;
	struct pool *p = create && c->pool_count < CLIENT_MAX_POOLS ? calloc(1, sizeof(*p)) : NULL;
	if (!p)
		return NULL;
	p->peer = *peer;
	p->next = c->pools;
	c->pools = p;
	c->pool_count++;
	return p;
}

void client_conn_keep(struct client_conn *n)
{
	struct http_client *c = n->client;
	struct pool *p = pool_for(c, &n->peer, true);
	n->call = NULL;
	if (!p || p->count >= c->o.max_idle) {
		client_conn_free(n);
		return;
	}
	n->pool = p;
	n->next = p->idle;
	n->link = &p->idle;
	if (n->next)
		n->next->link = &n->next;
	p->idle = n;
	p->count++;
	timer_set(&n->timer, c->loop, loop_now(c->loop) + c->o.idle, on_idle_end);
}

/* The most recently used one that is still open and silent; others met on the way are closed. */
struct client_conn *client_conn_reuse(struct http_client *c, const struct client_peer *peer)
{
	struct pool *p = pool_for(c, peer, false);
	while (p && p->idle) {
		struct client_conn *n = p->idle;
		char byte;
		if (client_conn_read(n, &byte, 1) == SYS_AGAIN) {
			unpool(n);
			n->reused = true;
			n->readable = false;
			return n;
		}
		client_conn_free(n);
	}
	return NULL;
}

static void on_conn_event(struct watcher *w, uint32_t what)
{
	struct client_conn *n = CONTAINER_OF(w, struct client_conn, watcher);
	if (!n->call) { /* the other side closed it, or speaks unasked; but for TLS's own words */
		char byte;
		if ((what & (SYS_READABLE | SYS_HANGUP)) && !(n->tls && client_conn_read(n, &byte, 1) == SYS_AGAIN))
			client_conn_free(n);
		return;
	}
	if (what & (SYS_READABLE | SYS_HANGUP))
		n->readable = true;
	if (what & (SYS_WRITABLE | SYS_HANGUP))
		n->writable = true;
	http_call_run(n->call);
}

int client_conn_open(struct http_call *call)
{
	int fd = sys_connect(&call->o.address);
	if (fd < 0)
		return fd;
	struct client_conn *n = calloc(1, sizeof(*n));
	if (n && call->o.tls)
		n->tls = tls_new(call->o.tls, str_z(call->peer.host));
	if (!n || (call->o.tls && !n->tls) || !watcher_start(&n->watcher, call->client->loop, fd, on_conn_event)) {
		if (n)
			tls_free(n->tls);
		free(n);
		sys_close(fd);
		return SYS_LIMIT;
	}
	n->client = call->client;
	n->fd = fd;
	n->peer = call->peer;
	n->call = call;
	call->conn = n;
	return 0;
}

void client_pools_free(struct http_client *c)
{
	while (c->pools) {
		struct pool *p = c->pools;
		while (p->idle)
			client_conn_free(p->idle);
		c->pools = p->next;
		free(p);
	}
}
