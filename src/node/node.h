/* The node keeps the wanted instances of services and of Pleach's own parts running on this machine: starts them, gives each a port and the
 * addresses of its dependencies, checks their health, restarts what dies, stops gracefully and in order, captures their output line by line
 * without ever blocking them, and hands each line on as a log record.
 *
 * Life of an instance: a complete table of state by event in node/instance.c (states as in model/snapshot.h: STARTING, HEALTHY, UNHEALTHY,
 * STOPPING, BACKOFF, STOPPED). First restart at once, then 10 s doubling to 5 min; reset after 10 min of health (Kubernetes' figures).
 * One thread, no polling: process ends and output arrive as readiness. part/node.c joins it with follow, outbox and the report to control. */
#ifndef PLEACH_NODE_NODE_H
#define PLEACH_NODE_NODE_H
#include "model/node_status.h"
#include "model/record.h"
#include "net/http_client.h"

struct node;

/* A program that runs whatever the snapshot says: one of Pleach's own parts. */
struct node_part {
	struct str name;               /* "pleach-store" */
	const struct str *argv;
	size_t argc;
	const struct str *env;         /* "NAME=value", whole environment */
	size_t env_count;
	struct sys_addr address;       /* its API (a Unix socket), for health checks: GET /healthz */
	int stop_order;                /* stopped after all services, lower first */
};
struct node_options {
	struct str name;               /* of this node */
	struct str version;            /* of Pleach, as service.version of the parts */
	struct http_client *client;    /* for health checks */
	const struct str *env;         /* environment handed to services (PATH, HOME, LANG …), without secrets of ours */
	size_t env_count;
	/* One captured line as a log record (valid during the call); false when it could not be taken (counted as lost). */
	bool (*on_record)(void *ctx, const struct log_record *r);
	/* Something in node_report changed; called at most once a turn of the loop. */
	void (*on_change)(void *ctx);
	void *ctx;
	/* Log files: how far they were read is kept in this file, and what they say is sent to the store by the node itself, each line once
	 * (node/logfiles.h). Empty: none are followed. */
	struct str files_state;
	struct sys_addr store;
	/* Overrides for tests; 0: default. */
	int64_t backoff_first, backoff_max, backoff_reset; /* 10 s, 5 min, 10 min */
	int64_t health_interval, health_timeout;           /* 1 s (from 20 ms upwards until first healthy), 1 s */
	int64_t start_patience;                            /* how long a start may take before failed checks count; 60 s */
	uint32_t health_threshold;                         /* failures in a row until UNHEALTHY (3); an instance unhealthy for that
	                                                      long again is restarted as if it had died */
};
struct node *node_new(struct loop *l, const struct node_options *o);
/* The parts to run; once, before node_apply. */
void node_run_parts(struct node *n, const struct node_part *parts, size_t count);
/* The wanted services: starts, stops and replaces what differs (a changed command, environment or number; unchanged ones are not touched). */
void node_apply(struct node *n, struct snapshot *s);
/* Stops everything: services, callers before the services they call, then the parts by stop_order; each with SIGTERM, then SIGKILL after its
 * grace. done is called once when nothing runs any more. */
void node_stop(struct node *n, void (*done)(void *ctx), void *ctx);
/* Releases memory; nothing may run any more. */
void node_free(struct node *n);
/* The report for control, in its arena; free with node_status_free. */
struct node_status *node_report(const struct node *n);
/* Instances (services and parts) that are not stopped. */
size_t node_running(const struct node *n);
#endif
