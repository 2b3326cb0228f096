/* A snapshot made ready for routing: what stays the same for every call on a route is looked up, sorted and encoded once, here.
 *
 * A plan is immutable and reference-counted: the gateway holds the newest one, each call the one it began with. Pools and edges outlive
 * plans: a plan refers to those of the gateway by name and address, so an unchanged instance keeps its connections and an unchanged
 * dependency its count of active calls. Made by gateway_apply, used by call.c. */
#ifndef PLEACH_GATEWAY_PLAN_H
#define PLEACH_GATEWAY_PLAN_H
#include "gateway/gateway.h"
#include "base/arena.h"
#include "base/map.h"
#include "model/operations.h"

enum {
	PLAN_ARENA_MAX = 48 << 20,
	PLAN_NETWORKS_MAX = 64,
};

/* One caller -> callee dependency; lives as long as any plan or call names it. */
struct edge {
	struct edge *next;
	uint32_t references;
	uint32_t active;           /* calls in progress */
	char key[160];             /* "caller>callee" */
};

struct route {
	struct str prefix;         /* as the callee sees it; "/" for everything */
	struct str version;        /* may be empty */
	struct str attributes;     /* encoded: service, API, route */
	const struct version *life; /* NULL: a version of which nothing more is said (version.h) */
	struct operations operations; /* of its contract */
	const struct operation *operation_list; /* the snapshot's */
	size_t operation_count;
};
struct target {
	struct str service;
	struct route *routes;      /* longest prefix first */
	size_t route_count;
	struct pool **pools;       /* of the healthy instances */
	size_t pool_count;
	size_t known;              /* instances in any state */
};
/* One way in to one service. */
struct lane {
	struct str caller;
	const struct target *target;
	struct edge *edge;
	int64_t timeout;           /* whole call, ns */
	bool outside;              /* calls come from outside the fleet */
	struct str attributes;     /* encoded: caller */
	struct meter_line *lines;  /* one for each of the target's routes (meter.h) */
};
struct entry {                     /* what a listener takes */
	struct sys_addr listen;
	bool outside;
	struct lane *lane;         /* of an inner listener; NULL at the edge */
	struct str what;           /* for messages: "the edge", "calls from orders to invoicing" */
};
struct network { enum sys_family family; uint8_t ip[16]; unsigned bits; };

struct plan {
	uint32_t references;
	uint64_t serial;           /* no two plans of a gateway have the same */
	struct arena arena;
	struct snapshot *snapshot;
	struct gateway *gateway;
	struct target *targets;
	size_t target_count;
	struct lane *lanes;
	size_t lane_count;
	struct entry *entries;
	size_t entry_count;
	struct map exposed;        /* service name -> lane of the edge */
	struct network networks[PLAN_NETWORKS_MAX];
	size_t network_count;
	int64_t connect_timeout, first_byte_timeout;
	size_t max_body;
};
/* Whether some server could read the path as leaving this beginning of it. */
bool plan_escapes(struct str path, struct str prefix);
struct plan *plan_new(struct gateway *g, struct snapshot *s, struct err *e);
struct plan *plan_ref(struct plan *p);
void plan_unref(struct plan *p);
bool plan_trusts(const struct plan *p, const struct sys_addr *peer);

enum route_result { ROUTE_FOUND, ROUTE_NONE, ROUTE_ESCAPES /* dot segments would leave the prefix that was matched */ };
/* Where a path that came in on this entry goes. *path is the part of it that the callee sees; may be empty (means "/"). */
enum route_result plan_route(const struct plan *p, const struct entry *e, struct str in, const struct lane **lane, const struct route **route,
			     struct str *path);
#endif
