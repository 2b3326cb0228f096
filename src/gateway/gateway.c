/* The gateway's life: made, given snapshots, drained, freed. Called by part/gateway.c and by tests. */
#include "gateway/gateway.h"
#include "gateway/record.h"
#include "gateway/state.h"
#include "gateway/upstream.h"
#include <stdlib.h>

enum { SCRATCH_MAX = 32768 };

static void set_limits(struct gateway_limits *l)
{
	if (!l->connections)
		l->connections = 4096;
	if (!l->active)
		l->active = 1024;
	if (!l->idle_upstreams)
		l->idle_upstreams = 128;
	if (!l->head_timeout)
		l->head_timeout = 10 * SECOND;
	if (!l->body_idle)
		l->body_idle = 30 * SECOND;
	if (!l->keep_alive)
		l->keep_alive = 75 * SECOND;
	if (!l->upstream_idle)
		l->upstream_idle = 30 * SECOND;
	if (!l->stream_idle)
		l->stream_idle = 300 * SECOND;
}

struct gateway *gateway_new(struct loop *l, const struct gateway_options *o)
{
	struct gateway *g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->loop = l;
	g->sink = o->sink;
	g->limits = o->limits;
	set_limits(&g->limits);
	g->on_problem = o->on_problem;
	g->ctx = o->ctx;
	g->resource = record_resource(g->resource_bytes, sizeof(g->resource_bytes), o->instance);
	buf_init(&g->scratch, SCRATCH_MAX);
	meter_init(&g->meter);
	return g;
}

int64_t gateway_wall(struct gateway *g, int64_t monotonic)
{
	int64_t now = loop_now(g->loop);
	if (g->wall_offset == 0 || now - g->wall_checked > SECOND) {
		g->wall_checked = now;
		g->wall_offset = sys_wall() - sys_now();
	}
	return monotonic + g->wall_offset;
}

/* --- snapshots ---------------------------------------------------------------------------------------------------------------------- */

static struct listener *find_listener(struct gateway *g, const struct sys_addr *a)
{
	for (struct listener *l = g->listeners; l; l = l->next)
		if (l->entry && sys_addr_eq(&l->address, a))
			return l;
	return NULL;
}

static struct listener *new_listener(struct gateway *g, const struct sys_addr *a)
{
	struct listener *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->g = g;
	l->address = *a;
	l->watcher.fd = -1;
	l->next = g->listeners;
	g->listeners = l;
	return l;
}

/* Every entry has its listener, no other listener stays. */
static bool match_listeners(struct gateway *g, struct plan *p, struct err *e)
{
	for (struct listener *l = g->listeners; l; l = l->next)
		l->wanted = false;
	for (size_t i = 0; i < p->entry_count; i++) {
		struct listener *l = find_listener(g, &p->entries[i].listen);
		if (!l)
			l = new_listener(g, &p->entries[i].listen);
		if (!l) {
			err_set(e, ERR_NO_MEMORY, "no memory for a listener");
			continue;
		}
		l->wanted = true;
		l->entry = &p->entries[i];
	}
	for (struct listener *l = g->listeners, *next; l; l = next) {
		next = l->next;
		if (l->entry && !l->wanted)
			listener_retire(l);
	}
	return !err_is_set(e);
}

bool gateway_apply(struct gateway *g, struct snapshot *s, struct err *e)
{
	if (g->draining)
		return err_set(e, ERR_CONFLICT, "the gateway is stopping");
	struct plan *p = plan_new(g, s, e);
	if (!p)
		return false;
	struct plan *old = g->plan;
	g->plan = p;
	bool ok = match_listeners(g, p, e);
	plan_unref(old);
	for (struct listener *l = g->listeners; l; l = l->next)
		if (l->entry)
			listener_open(l);
	metric_set(METRIC_GATEWAY_SNAPSHOT, (int64_t)s->version);
	return ok;
}

/* --- what went away in this turn -------------------------------------------------------------------------------------------------------- */

static void on_reap(struct deferred *d)
{
	struct gateway *g = CONTAINER_OF(d, struct gateway, reap);
	while (g->gone_clients) {
		struct client *c = g->gone_clients;
		g->gone_clients = c->next;
		c->next = g->free_clients;
		g->free_clients = c;
	}
	while (g->gone_upstreams) {
		struct upstream *u = g->gone_upstreams;
		g->gone_upstreams = u->next;
		u->next = g->free_upstreams;
		g->free_upstreams = u;
	}
}

void gateway_reap(struct gateway *g) { loop_defer(g->loop, &g->reap, on_reap); }

/* --- the end ---------------------------------------------------------------------------------------------------------------------------- */

void gateway_check_drained(struct gateway *g)
{
	if (!g->draining || g->clients > 0 || !g->drained)
		return;
	void (*done)(void *ctx) = g->drained;
	g->drained = NULL;
	timer_cancel(&g->grace);
	done(g->drained_ctx);
}

/* Calls fn for each client; it may close that client. */
static void each_client(struct gateway *g, void (*fn)(struct client *c))
{
	for (struct listener *l = g->listeners, *next_listener; l; l = next_listener) {
		l->connections++; /* so that closing its last client does not free it */
		for (struct client *c = l->clients, *next; c; c = next) {
			next = c->next;
			fn(c);
		}
		next_listener = l->next;
		listener_client_left(l);
	}
}

static void end_of_grace(struct client *c)
{
	if (c->state == CLIENT_CALL)
		call_fail(c->call, REASON_DRAINING);
	if (c->state == CLIENT_CALL || c->state == CLIENT_HEAD)
		call_drop(c->call);
	if (c->state == CLIENT_LINGERING)
		client_close(c);
	else if (c->state != CLIENT_GONE)
		client_reset(c);
}

static void on_grace(struct timer *t)
{
	struct gateway *g = CONTAINER_OF(t, struct gateway, grace);
	each_client(g, end_of_grace);
	gateway_check_drained(g);
}

void gateway_drain(struct gateway *g, int64_t grace, void (*done)(void *ctx), void *ctx)
{
	g->draining = true;
	g->drained = done;
	g->drained_ctx = ctx;
	timer_set(&g->grace, g->loop, loop_now(g->loop) + grace, on_grace);
	for (struct listener *l = g->listeners, *next; l; l = next) {
		next = l->next;
		if (l->entry)
			listener_retire(l);
	}
	for (struct pool *p = g->pools, *next; p; p = next) {
		next = p->next;
		upstream_close_idle(p, NEVER);
	}
	gateway_check_drained(g);
}

static void break_off(struct client *c)
{
	if (c->call)
		call_drop(c->call);
	client_reset(c);
}

void gateway_free(struct gateway *g)
{
	if (!g)
		return;
	g->drained = NULL;
	timer_cancel(&g->grace);
	timer_cancel(&g->sweep);
	for (struct listener *l = g->listeners, *next; l; l = next) {
		next = l->next;
		if (l->entry)
			listener_retire(l);
	}
	each_client(g, break_off);
	plan_unref(g->plan);
	deferred_cancel(&g->reap);
	on_reap(&g->reap);
	CHECK(!g->listeners && !g->pools && !g->edges && g->calls == 0 && g->blocks.taken == 0);
	for (struct client *c; (c = g->free_clients);) {
		g->free_clients = c->next;
		client_free_memory(c);
	}
	for (struct upstream *u; (u = g->free_upstreams);) {
		g->free_upstreams = u->next;
		upstream_free_memory(u);
	}
	for (struct call *k; (k = g->free_calls);) {
		g->free_calls = k->next;
		buf_release(&k->tracestate);
		free(k);
	}
	blocks_release(&g->blocks);
	buf_release(&g->scratch);
	meter_release(&g->meter);
	free(g);
}

bool gateway_usage(struct gateway *g, struct str boot, uint64_t sequence, struct buf *out) { return meter_report(&g->meter, boot, sequence, out); }

struct gateway_held gateway_held(const struct gateway *g)
{
	return (struct gateway_held){ g->clients, g->calls, g->upstreams, g->idle_upstreams, g->blocks.taken, g->blocks.largest_queue };
}
