/* What the files of src/node share; nobody else includes it.
 *
 * A node has groups: one for each service and one for each part. A group has slots, numbered from 1; a slot is an instance, with or without a
 * process, and keeps its name and port until the group goes. Who may do what:
 *   instance.c  changes states (the table of state.h) and does the actions, through process.c for what concerns the process
 *   group.c     says what is wanted: events WANT, UNWANT, REPLACE
 *   stop.c      the order in which everything stops
 *   node.c      the node as a whole; node_settle, once a turn after changes, lets group.c and stop.c take their next step
 *   report.c    reads */
#ifndef PLEACH_NODE_NODE_IMPL_H
#define PLEACH_NODE_NODE_IMPL_H
#include "node/health.h"
#include "node/launch.h"
#include "node/join.h"
#include "node/line.h"
#include "node/logfiles.h"
#include "node/node.h"
#include "node/output.h"
#include "node/ports.h"
#include "node/state.h"
#include "node/tail.h"

enum { NODE_NAME_BYTES = 80, NODE_INSTANCE_BYTES = 96, NODE_WHY_BYTES = 512, NODE_EXIT_BYTES = 64, NODE_MAX_MEMORY = 16 << 20 /* options and parts */ };
/* How often, and how far apart, a start waits for its own port to be let go by what the last process left behind. */
enum { PORT_WAITS = 100 };
#define PORT_WAIT ((int64_t)5 * MSEC)
#define PART_GRACE ((int64_t)10 * SECOND)
#define USAGE_AGE SECOND

/* What was read from one output stream and waits for lines that belong to it. */
struct lines { struct join join; struct timer wait; int64_t begun; /* wall ns of the first line held */ };
struct group;
struct instance {
	struct group *group;
	uint32_t number;              /* from 1 */
	char name[NODE_INSTANCE_BYTES]; /* "<service>-<n>", a part's own name */
	enum instance_state state;
	bool wanted;
	bool outdated;                /* runs with what the snapshot said before */
	bool given_up;                /* stopping because it was unhealthy: its end counts as a death */
	uint16_t port;                /* 0 until the first start */
	uint32_t port_waits;
	/* What it was started with, also after its end until the next start. NULL for parts. */
	struct snapshot *snapshot;
	const struct snap_service *service;
	uint64_t fingerprint;
	struct sys_process process;   /* pid 0: none */
	struct watcher ended;
	struct output out, err;
	struct lines out_lines, err_lines;
	struct tail tail;
	struct timer timer;           /* HEALTHY: forgets failures; STOPPING: grace; BACKOFF: next start */
	struct health health;
	uint32_t bad_checks;          /* in a row */
	uint32_t failures;            /* ends and failed starts since it was last healthy for long */
	uint64_t restarts;
	int64_t since, started;       /* wall ns */
	int64_t begun;                /* monotonic ns of the last start */
	int64_t died;                 /* monotonic ns of an end that is answered by a start at once; else 0 */
	char last_exit[NODE_EXIT_BYTES];
	struct buf last_lines;
	char why[NODE_WHY_BYTES];
	char moved[NODE_WHY_BYTES];   /* why it has another port than before; empty */
	struct resource resource;
	struct sys_usage usage;       /* as of usage_at */
	int64_t usage_at;
};
struct group {
	struct node *node;
	char name[NODE_NAME_BYTES];
	const struct node_part *part; /* NULL: a service */
	struct snapshot *snapshot;    /* newest; service lives in it. NULL: no longer wanted, or a part */
	const struct snap_service *service;
	uint64_t fingerprint;         /* of service */
	struct instance **slots;      /* slots[n - 1] */
	size_t slot_count;
	uint32_t wanted;
	bool told;                    /* node_stop has told it to stop */
	bool called;                  /* scratch of stop.c */
};
struct node {
	struct loop *loop;
	struct node_options options;
	struct arena arena;           /* what options and parts point at */
	struct snapshot *snapshot;
	struct group **services;      /* sorted by name */
	size_t service_count, service_room;
	struct group **parts;         /* in the order given */
	size_t part_count;
	struct ports ports;
	struct line_parser parser;
	struct arena launch;          /* of the start under way */
	struct attr resource_attr;    /* of every captured line: which node */
	struct logfiles *files;       /* NULL: none are followed */
	char files_trouble[700];      /* why not, although they should be */
	bool files_stopping;
	struct deferred settle;
	bool stopping;
	void (*stop_done)(void *ctx);
	void *stop_ctx;
};

/* instance.c */
struct instance *instance_new(struct group *g, uint32_t number);
void instance_free(struct instance *i); /* STOPPED */
void instance_event(struct instance *i, enum instance_event e);
void instance_want(struct instance *i);
void instance_unwant(struct instance *i);
int64_t instance_grace(const struct instance *i);
/* The delay before the start that follows the n-th failure in a row: 0, first, 2 first, 4 first … max. */
int64_t instance_backoff(const struct node *n, uint32_t failures);
void instance_why(struct instance *i, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* process.c */
/* False with why set when no process came to be; *soon: only because its port is not let go yet. */
bool process_start(struct instance *i, bool *soon);

/* group.c */
struct group *group_new(struct node *n, struct str name);
void group_free(struct group *g);
void group_apply(struct group *g, struct snapshot *s, const struct snap_service *service); /* NULL, NULL: no longer wanted */
void group_roll(struct group *g);         /* the next step of a replacement */
bool group_is_live(const struct group *g); /* something of it is not STOPPED */
void group_tell_stop(struct group *g);
struct group *group_find(const struct node *n, struct str name);

/* stop.c */
/* True when nothing is left. */
bool stop_step(struct node *n);

/* node.c */
void node_changed(struct node *n);
/* A record of the node's own about an instance, beside what that writes itself. */
void node_say(struct instance *i, enum severity severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
#endif
