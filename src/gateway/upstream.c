/* See upstream.h.
 *
 *   CONNECTING -> BUSY (connected) | GONE (failed, abandoned)
 *   BUSY       -> IDLE (answer complete, connection in order) | GONE
 *   IDLE       -> BUSY (reused) | GONE (any event: an idle connection has nothing to say but goodbye; too old; pool retired)
 *   GONE: closed, memory freed at the end of the turn. */
#include "gateway/upstream.h"
#include "gateway/record.h"
#include "gateway/state.h"
#include <stdlib.h>

static bool pool_is(const struct pool *p, struct str service, struct str instance, const struct sys_addr *address)
{
	return str_eq(p->instance, instance) && str_eq(p->service, service) && sys_addr_eq(&p->address, address);
}

static struct str keep(struct pool *p, size_t *used, struct str s)
{
	char *to = p->text + *used;
	memcpy(to, s.p, s.len);
	*used += s.len;
	return str_from(to, s.len);
}

struct pool *pool_get(struct gateway *g, struct str service, struct str instance, const struct sys_addr *address)
{
	struct pool *p = g->pools;
	while (p && !pool_is(p, service, instance, address))
		p = p->next;
	if (!p) {
		char text[128];
		struct str at = sys_addr_text(address, text);
		if (service.len + instance.len + at.len > sizeof(p->text) / 2 - 64 || !(p = calloc(1, sizeof(*p))))
			return NULL;
		size_t used = 0;
		*p = (struct pool){ .g = g, .address = *address, .next = g->pools };
		p->service = keep(p, &used, service);
		p->instance = keep(p, &used, instance);
		p->address_text = keep(p, &used, at);
		p->attributes = record_instance_attributes(p->text + used, sizeof(p->text) - used, p->instance, p->address_text);
		g->pools = p;
	}
	p->references++;
	p->plans++;
	return p;
}

static void pool_unref(struct pool *p)
{
	if (--p->references > 0)
		return;
	CHECK(p->plans == 0 && p->idle == NULL && p->active == 0);
	for (struct pool **at = &p->g->pools; *at; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			free(p);
			return;
		}
	UNREACHABLE();
}

void pool_give(struct pool *p)
{
	CHECK(p->plans > 0);
	p->references++; /* closing the last connection must not free it under us */
	if (--p->plans == 0)
		upstream_close_idle(p, NEVER);
	p->references--;
	pool_unref(p);
}

static void idle_remove(struct upstream *u)
{
	struct pool *p = u->pool;
	if (u->prev)
		u->prev->next = u->next;
	else
		p->idle = u->next;
	if (u->next)
		u->next->prev = u->prev;
	else
		p->idle_oldest = u->prev;
	u->prev = u->next = NULL;
	p->idle_count--;
	p->g->idle_upstreams--;
}

static void gone(struct upstream *u)
{
	if (u->state == UPSTREAM_IDLE)
		idle_remove(u);
	struct pool *p = u->pool;
	struct gateway *g = p->g;
	conn_close(&u->conn);
	u->state = UPSTREAM_GONE;
	u->call = NULL;
	u->pool = NULL;
	u->next = g->gone_upstreams;
	g->gone_upstreams = u;
	g->upstreams--;
	gateway_reap(g);
	pool_unref(p);
}

static void on_event(struct watcher *w, uint32_t what)
{
	struct upstream *u = CONTAINER_OF(w, struct upstream, conn.watcher);
	conn_note(&u->conn, what);
	switch (u->state) {
	case UPSTREAM_CONNECTING: {
		int r = sys_connected(w->fd);
		if (r == SYS_AGAIN)
			return;
		if (r == 0)
			u->state = UPSTREAM_BUSY;
		call_connected(u->call, r);
		return;
	}
	case UPSTREAM_BUSY:
		call_upstream_event(u->call);
		return;
	case UPSTREAM_IDLE:
		if (what & (SYS_READABLE | SYS_HANGUP))
			gone(u); /* the end, an error, or bytes that nobody asked for */
		return;
	case UPSTREAM_GONE:
		return;
	}
}

struct upstream *upstream_reuse(struct pool *p, struct call *k)
{
	while (p->idle) {
		struct upstream *u = p->idle;
		if (u->conn.hangup || u->conn.readable) {
			gone(u);
			continue;
		}
		idle_remove(u);
		u->state = UPSTREAM_BUSY;
		u->call = k;
		u->sent_before = u->conn.sent;
		p->active++;
		return u;
	}
	return NULL;
}

struct upstream *upstream_connect(struct pool *p, struct call *k, int *why)
{
	struct gateway *g = p->g;
	int fd = sys_connect(&p->address);
	if (fd < 0) {
		*why = fd;
		return NULL;
	}
	struct upstream *u = g->free_upstreams;
	if (u)
		g->free_upstreams = u->next;
	else if (!(u = malloc(sizeof(*u)))) {
		sys_close(fd);
		*why = SYS_LIMIT;
		return NULL;
	}
	*u = (struct upstream){ .pool = p, .call = k, .state = UPSTREAM_CONNECTING };
	if (!conn_open(&u->conn, g->loop, &g->blocks, fd, on_event)) {
		sys_close(fd);
		u->next = g->free_upstreams;
		g->free_upstreams = u;
		*why = SYS_LIMIT;
		return NULL;
	}
	p->references++;
	p->active++;
	g->upstreams++;
	metric_inc(METRIC_GATEWAY_CONNECTS);
	return u;
}

static void on_sweep(struct timer *t)
{
	struct gateway *g = CONTAINER_OF(t, struct gateway, sweep);
	int64_t now = loop_now(g->loop);
	for (struct pool *p = g->pools, *next; p; p = next) {
		next = p->next;
		upstream_close_idle(p, now - g->limits.upstream_idle);
	}
	if (g->idle_upstreams)
		timer_set(&g->sweep, g->loop, now + g->limits.upstream_idle / 4, on_sweep);
}

void upstream_release(struct upstream *u, bool reusable)
{
	struct pool *p = u->pool;
	struct gateway *g = p->g;
	CHECK(p->active > 0 && u->call);
	p->active--;
	u->call = NULL;
	if (!reusable || u->state != UPSTREAM_BUSY || p->plans == 0 || g->draining || u->conn.hangup || u->conn.in || u->conn.out ||
	    p->idle_count >= g->limits.idle_upstreams) {
		gone(u);
		return;
	}
	/* Usually the last read was short, which says that nothing more is there. Where it was not, ask. */
	if (u->conn.readable && conn_read(&u->conn) != SYS_AGAIN) {
		gone(u);
		return;
	}
	u->state = UPSTREAM_IDLE;
	u->idle_since = loop_now(g->loop);
	u->prev = NULL;
	u->next = p->idle;
	if (p->idle)
		p->idle->prev = u;
	else
		p->idle_oldest = u;
	p->idle = u;
	p->idle_count++;
	g->idle_upstreams++;
	if (!timer_is_set(&g->sweep))
		timer_set(&g->sweep, g->loop, u->idle_since + g->limits.upstream_idle / 4, on_sweep);
}

void upstream_close_idle(struct pool *p, int64_t idle_since_before)
{
	p->references++;
	while (p->idle_oldest && p->idle_oldest->idle_since < idle_since_before)
		gone(p->idle_oldest);
	p->references--;
	if (p->references == 0) {
		p->references = 1;
		pool_unref(p);
	}
}

void upstream_free_memory(struct upstream *u) { free(u); }
