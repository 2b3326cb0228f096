/* Connections to instances, and the pools that keep the idle ones. */
#ifndef PLEACH_GATEWAY_UPSTREAM_H
#define PLEACH_GATEWAY_UPSTREAM_H
#include "gateway/conn.h"

struct gateway;
struct call;

/* One instance at one address. The gateway finds it by name and address, so it survives a change of snapshot that leaves it alone.
 * References are held by plans and by open connections. */
struct pool {
	struct pool *next;
	struct gateway *g;
	uint32_t references;
	uint32_t plans;              /* of these, by plans: none left means that the instance is no longer wanted */
	uint32_t active;             /* calls in progress */
	uint32_t idle_count;
	struct upstream *idle, *idle_oldest; /* last used first */
	struct sys_addr address;
	struct str service, instance, address_text;
	struct str attributes;       /* encoded: instance and address of an attempt */
	char text[640];
};
/* With a reference of a plan; NULL when out of memory or a name is too long. */
struct pool *pool_get(struct gateway *g, struct str service, struct str instance, const struct sys_addr *address);
void pool_give(struct pool *p);

enum upstream_state { UPSTREAM_CONNECTING, UPSTREAM_BUSY, UPSTREAM_IDLE, UPSTREAM_GONE };
struct upstream {
	struct conn conn;
	struct pool *pool;
	struct call *call;
	struct upstream *prev, *next; /* in the pool's idle list, or a free list */
	int64_t idle_since;
	enum upstream_state state;
	uint64_t sent_before;        /* conn.sent when the present call began */
};
/* The connection used last that is still good, for this call; NULL when there is none. */
struct upstream *upstream_reuse(struct pool *p, struct call *k);
/* Starts connecting; NULL with *why (a SYS_ code) when that fails at once. call_connected tells the rest. */
struct upstream *upstream_connect(struct pool *p, struct call *k, int *why);
/* The call is done with it: kept for the next one, or closed. */
void upstream_release(struct upstream *u, bool reusable);
void upstream_close_idle(struct pool *p, int64_t idle_since_before);
void upstream_free_memory(struct upstream *u);
#endif
