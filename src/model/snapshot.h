/* What control compiles from the catalogue and the nodes' reports, and what gateway and node act on: immutable, versioned, reference-counted.
 * It travels as JSON (GET /api/snapshot) and lies on disk as the same JSON. A snapshot that does not decode is not taken. */
#ifndef PLEACH_MODEL_SNAPSHOT_H
#define PLEACH_MODEL_SNAPSHOT_H
#include "model/fleet.h"
#include "model/operations.h"

/* One running instance as its node reports it. */
enum instance_state { INSTANCE_STARTING, INSTANCE_HEALTHY, INSTANCE_UNHEALTHY, INSTANCE_STOPPING, INSTANCE_BACKOFF, INSTANCE_STOPPED };
struct endpoint {
	struct str instance;      /* "invoicing-2" */
	struct sys_addr address;
	enum instance_state state;
};
struct snap_call {            /* one edge: caller -> callee */
	struct str callee;
	struct sys_addr listen;   /* where the gateway takes this caller's calls to this callee */
	int64_t timeout;          /* ns, whole call; default 15 s when not said */
	uint32_t callee_index;    /* into services; UINT32_MAX: unknown service */
};
struct snap_service {
	struct str name, owner, contact, directory; /* contact: of the owner */
	struct run run;
	struct served *serves;    /* path prefixes and API versions */
	size_t serves_count;
	struct snap_call *calls;
	size_t calls_count;
	struct endpoint *endpoints; /* all known instances; the gateway uses the healthy ones */
	size_t endpoints_count;
	bool exposed;             /* reachable from the edge under "/<name>" (that prefix is taken off) */
};
struct snapshot {
	struct arena arena;
	uint32_t references;
	uint64_t version;         /* rises with each change, across restarts of control */
	uint64_t fleet_version;   /* rises only when the catalogue changed (not when an endpoint did) */
	struct str fleet;
	struct snap_service *services; /* sorted by name */
	size_t services_count;
	struct {
		struct sys_addr listen;
		struct str *trust;
		size_t trust_count;
		int64_t connect_timeout, first_byte_timeout, timeout; /* ns */
		size_t max_body;
	} gateway;
	struct followed *follow;  /* log files of this machine */
	size_t follow_count;
	struct sys_addr otlp;     /* where services send their telemetry: OTEL_EXPORTER_OTLP_ENDPOINT */
};
enum { SNAPSHOT_MAX_BYTES = 16 << 20 /* of its JSON */, SNAPSHOT_MAX_MEMORY = 64 << 20, SNAPSHOT_MAX_OPERATIONS = 20000 /* of all services; what is beyond is left out */ };
void snapshot_encode(const struct snapshot *s, struct buf *out);
/* With one reference. NULL with e. Unknown members are ignored, so that an older part can follow a newer control. */
struct snapshot *snapshot_decode(struct str json, struct err *e);
/* References may be taken and dropped on any thread. */
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s);
const struct snap_service *snapshot_service(const struct snapshot *s, struct str name);

/* Which of the service's `serves` answers this path (as the callee sees it): the longest prefix that ends at a path segment; NULL when none does.
 * A service that declares none has one entry: version "", path "/". */
const struct served *snapshot_route(const struct snap_service *s, struct str path);

/* Compiling (control): a fleet, the ports it gave to edges, and the endpoints reported. port(ctx, caller, callee) gives the edge's listen
 * port (never 0); endpoints(ctx, service, &n) the instances known. A service with `address` gets that as its one, healthy endpoint. */
struct snapshot_sources {
	const struct fleet *fleet;
	uint64_t version, fleet_version;
	uint16_t (*port)(void *ctx, struct str caller, struct str callee);
	const struct endpoint *(*endpoints)(void *ctx, struct str service, size_t *n);
	/* What a version's contract serves, with paths as the service sees them; may be NULL. */
	const struct operation *(*operations)(void *ctx, struct str service, const struct served *served, size_t *n);
	void *ctx;
};
struct snapshot *snapshot_compile(const struct snapshot_sources *sources, struct err *e);
const char *instance_state_name(enum instance_state s);
bool instance_state_parse(enum instance_state *s, struct str name);
#endif
