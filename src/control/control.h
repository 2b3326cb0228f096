/* Control: compiles the catalogue into snapshots, hears from nodes, judges findings, explains traces, answers the HTTP API (docs/api.md, the
 * rows of part "control" in tbl/routes.h) and serves the console. What concerns logs, traces and edges it passes on to the store.
 * One thread. part/control.c gives it its loop, its server and its options. */
#ifndef PLEACH_CONTROL_CONTROL_H
#define PLEACH_CONTROL_CONTROL_H
#include "net/http_client.h"
#include "net/http_server.h"

/* Below it is the schema registry, a domain of its own (src/contract/registry), as a guest. */
#define CONTROL_REGISTRY_PATH "/schema-registry"
#define CONTROL_BROKER_PATH "/pact-broker"
struct control;
struct fleet;
struct finding_sink;
struct operation;
struct served;
/* Somebody who answers requests of whom control knows nothing: another domain, introduced by the part. */
struct control_guest {
	struct str prefix;            /* of its paths, in whole segments: "/api/contracts" */
	/* path: what follows the prefix; empty, or begins with '/'. Answers whatever the method. */
	void (*handle)(void *ctx, struct http_exchange *x, struct str path);
	/* The files of the fleet were read anew; what is needed of them must be copied. May be NULL. */
	void (*fleet)(void *ctx, const struct fleet *f);
	void *ctx;
	/* What it has to say of the fleet, at each judgement: at once, from what it knows already. May be NULL. */
	void (*judge)(void *ctx, const struct finding_sink *to);
};
struct control_options {
	struct str root;              /* the fleet's directory (holds pleach.yaml) */
	struct str state;             /* where control keeps its own files: <root>/.pleach */
	struct sys_addr store;        /* the store's socket */
	struct sys_addr gateway, node;/* API sockets of the other parts, for /metrics/{part} */
	struct http_client *client;
	struct str console_dir;       /* serves the console from this directory instead of from the binary (development); may be empty */
	const struct control_guest *guests; /* must live as long as control */
	size_t guest_count;
	/* What a version's contract serves (model/snapshot.h); NULL: not known (yet), then what was known before stays. May be NULL. */
	const struct operation *(*operations)(void *ctx, struct str service, const struct served *served, size_t *n);
	void *operations_ctx;
	/* One line for the part's own log. */
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *ctx;
};
/* Loads the fleet and compiles the first snapshot. NULL with e (place and remedy) when the files are wrong and there is no last good
 * state on disk. */
struct control *control_new(struct loop *l, const struct control_options *o, struct err *e);
/* Answers a request; every request of this part's server goes here. */
void control_handle(struct control *c, struct http_exchange *x);
/* Where the API and console should listen (from pleach.yaml). */
struct sys_addr control_listen(const struct control *c);
/* What `operations` answers changed: a new snapshot follows soon, one for many changes. */
void control_operations_changed(struct control *c);
void control_free(struct control *c);
#endif
