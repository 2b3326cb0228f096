/* Control's state and what its files share. Nobody outside src/control includes it.
 *
 * Data and its life: the fleet (last good, replaced on a change of files), the snapshot (replaced on a change of fleet or endpoints), one
 * report per node (replaced on each PUT), the findings (replaced on each judgement), waiters and event streams (as long as their client). */
#ifndef PLEACH_CONTROL_STATE_H
#define PLEACH_CONTROL_STATE_H
#include "base/json.h"
#include "control/control.h"
#include "model/finding.h"
#include "model/node_status.h"

enum { MAX_NODES = 64, MAX_WAITERS = 1024, MAX_STREAMS = 256, MAX_PORTS = 4096, MAX_FINDINGS = 4096, MAX_FOLLOWERS = 16 };

struct node_seen {
	struct node_status *status;
	int64_t seen; /* monotonic ns */
};
/* A port that the gateway listens on for one edge; kept for good, so that an edge's address never changes. */
struct edge_port {
	struct str caller, callee;
	uint16_t port;
};
struct waiter; /* of a snapshot: control/poll.c */
struct stream; /* of events: control/events.c */

/* Findings of one judgement, with all their text. */
struct findings {
	struct arena arena;
	struct finding *items;
	size_t count, capacity;
	struct str missing; /* what could not be judged, in words; empty: nothing */
};
struct follower {
	char part[32];
	uint64_t version;   /* the newest snapshot it has */
};

struct control {
	struct loop *loop;
	int64_t began;                  /* monotonic ns */
	struct control_options options; /* its texts live in `arena` */
	struct arena arena;

	/* catalogue (catalogue.c) */
	struct fleet *fleet;         /* last good; NULL when only the snapshot on disk is left */
	struct err fleet_error;      /* of the newest files, when they were not taken */
	int64_t fleet_error_since;   /* wall */
	uint64_t fingerprint;
	struct timer watch, operations; /* operations: contracts were read, a new snapshot is due */
	struct snapshot *snapshot;   /* never NULL after control_new */
	struct buf snapshot_json;
	uint64_t version, fleet_version;
	struct edge_port *ports;
	size_t ports_count, ports_capacity;

	/* nodes (nodes.c) */
	struct node_seen nodes[MAX_NODES];
	size_t nodes_count;
	struct follower followers[MAX_FOLLOWERS];
	size_t followers_count;

	/* findings (judge.c) */
	struct findings *findings;
	struct timer judge_timer;
	struct judging *judging;     /* a judgement under way */
	int64_t few_since[1024];     /* by service of the snapshot: wall ns since when fewer than wanted, 0: enough */

	struct waiter *waiters;
	size_t waiters_count;
	struct stream *streams;
	size_t streams_count;
	struct timer heartbeat;
	bool changed_status;
	struct deferred announce;
};

void control_log(struct control *c, uint8_t severity, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* catalogue.c: loads files, compiles snapshots. */
bool catalogue_start(struct control *c, struct err *e);
void catalogue_stop(struct control *c);
/* The endpoints changed: a new snapshot, if it differs. */
void catalogue_endpoints_changed(struct control *c);
/* Catalogue look-ups that hold without a fleet too (empty then). */
const struct service *catalogue_service(const struct control *c, struct str name);
struct str catalogue_owner(const struct control *c, struct str service);
struct str catalogue_contact(const struct control *c, struct str owner);
const struct dependency *catalogue_call(const struct control *c, struct str caller, struct str callee);

/* ports.c: the kept state of control: versions and edge ports. */
bool ports_load(struct control *c, struct err *e);
void ports_save(struct control *c);
uint16_t ports_of_edge(void *control, struct str caller, struct str callee);

/* nodes.c */
void nodes_put(struct control *c, struct http_exchange *x, struct str node);
void nodes_release(struct control *c);
const struct endpoint *nodes_endpoints(void *control, struct str service, size_t *n);
struct instance_count { uint32_t wanted, running, healthy; };
struct instance_count nodes_count_of(const struct control *c, struct str service);
/* All that is wanted is healthy, and gateway and node act on the newest catalogue. */
bool nodes_all_healthy(const struct control *c);
void api_status(struct control *c, struct http_exchange *x);

/* poll.c: followers of the snapshot. */
void poll_snapshot(struct control *c, struct http_exchange *x);
void poll_announce(struct control *c);
void poll_release(struct control *c);

/* events.c: server-sent events. */
void events_open(struct control *c, struct http_exchange *x);
void events_send(struct control *c, const char *name, struct str json);
void events_release(struct control *c);

/* upstream.c: asking the store and the other parts. */
void upstream_pass(struct control *c, struct http_exchange *x, const struct sys_addr *to, struct str target);
/* fn is called once with the parsed answer (NULL and e when there is none), unless the client of x goes away first. x may be NULL. */
typedef void asked_f(struct control *c, struct http_exchange *x, void *ctx, const struct json *answer, const struct err *e);
struct asking;
struct asking *upstream_ask(struct control *c, struct http_exchange *x, struct str target, asked_f *fn, void *ctx);
/* fn is not called. */
void upstream_cancel(struct asking *a);

/* the API */
void api_fleet(struct control *c, struct http_exchange *x);
void api_map(struct control *c, struct http_exchange *x);
void api_findings(struct control *c, struct http_exchange *x);
void api_why(struct control *c, struct http_exchange *x, struct str trace);
void api_openapi(struct http_exchange *x);
/* An answer of 200 with JSON; releases the buffer. Too large for it: 500. */
void api_answer(struct http_exchange *x, struct buf *b);
void api_time(struct json_out *o, const char *key, int64_t wall); /* RFC 3339, or null for 0 */

/* judge.c */
void judge_start(struct control *c);
void judge_stop(struct control *c);
/* The files changed: judges again in this turn of the loop rather than when it is due. One under way goes on and may miss the change. */
void judge_soon(struct control *c);
uint32_t judge_count(const struct control *c, struct str service);

/* console.c: the console's files, from the binary or from a directory. */
bool console_answer(struct control *c, struct http_exchange *x);
#endif
