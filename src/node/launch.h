/* What a service is started with: its environment and its command with "${NAME}" filled in. Called by node/instance.c at each start, and by
 * node/group.c to see whether a new snapshot changes anything for a running instance. */
#ifndef PLEACH_NODE_LAUNCH_H
#define PLEACH_NODE_LAUNCH_H
#include "model/snapshot.h"

enum { LAUNCH_MAX_MEMORY = 4 << 20, LAUNCH_MAX_ENV = 2048, LAUNCH_MAX_VALUE = 128 << 10 /* one word or value, filled in (Linux: MAX_ARG_STRLEN) */ };
struct launch_facts {
	const struct str *base;      /* environment of every service */
	size_t base_count;
	const struct snapshot *snapshot;
	const struct snap_service *service;
	struct str instance, version;
	uint16_t port;
};
struct launch {
	struct str *argv;
	size_t argc;
	struct str *env;             /* "NAME=value", each name once */
	size_t env_count;
};
/* In order, later ones replacing earlier: the base; PORT, HOST, SERVICE, INSTANCE, SERVICE_VERSION, the OTEL_ variables, <DEPENDENCY>_URL
 * of each call; the service's own `env`. "${NAME}" in a value of `env` is what NAME has by then; in the command, what it has at the end;
 * "$${" stands for "${". False with ERR_CANNOT_START where a NAME is not known (with the nearest one that is) or a limit is reached. */
bool launch_build(struct arena *a, const struct launch_facts *f, struct launch *out, struct err *e);
/* Equal for two launches that differ only in what an instance has of its own (name and port). */
uint64_t launch_fingerprint(const struct launch_facts *f);
/* The service's own version: SERVICE_VERSION in its `env`, else the last API version it serves, else empty. */
struct str launch_version(const struct snap_service *s);
/* PORT in its `env`, when that is a plain number: it insists on this port. Else 0. */
uint16_t launch_fixed_port(const struct snap_service *s);
#endif
