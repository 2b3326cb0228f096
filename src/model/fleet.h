/* What owners wrote down: pleach.yaml of the fleet and service.yaml of each service, parsed into types that cannot hold nonsense.
 * Everything lives in the fleet's arena and is immutable afterwards. Keys and their kinds are rows in tbl/fleet_keys.h, from which also the
 * reference page and the "nearest right spelling" come. */
#ifndef PLEACH_MODEL_FLEET_H
#define PLEACH_MODEL_FLEET_H
#include "base/arena.h"
#include "base/err.h"
#include "sys/sys.h"

/* How large a fleet may be; what reaches a limit is an error with its place. Snapshots have the same limits. */
enum { FLEET_MAX_SERVICES = 4096, FLEET_MAX_TEAMS = 4096, FLEET_MAX_CALLS = 256 /* of one service */, FLEET_MAX_SERVES = 64,
       FLEET_MAX_INSTANCES = 1000 /* of one service */, FLEET_MAX_PATTERN = 128 /* bytes of a pattern of services */, FLEET_MAX_WORDS = 256 /* of a command, environment or other list */,
       FLEET_MAX_LOGS = 64 /* patterns of one service */, FLEET_MAX_FOLLOW = 256, FLEET_MAX_RULES = 16, FLEET_MAX_BROWNOUTS = 64 /* of one version */, FLEET_MAX_TEXT = 4096 /* bytes of one value */, FLEET_MAX_ERRORS = 100 /* reported in one go */ };

struct place { struct str file; uint32_t line, column; }; /* file relative to the fleet's root */

struct team {
	struct str name, contact, alerts;
	struct str *members;    /* "@ada", "ada@example.org", or a name */
	size_t members_count;
	struct place place;
};
enum ownership { OWNERSHIP_STRONG, OWNERSHIP_WEAK, OWNERSHIP_COLLECTIVE };
enum tier { TIER_NONE, TIER_BRONZE, TIER_SILVER, TIER_GOLD, TIER_PLATINUM };
/* One version of an API, and until when it is served (model/lifetime.h). */
struct brownout {
	int64_t from, to;       /* wall ns: of the first time; to > from */
	int64_t every, until;   /* ns from one beginning to the next, 0: once; wall ns at which a series ends */
	int status;             /* 410 or 503 */
};
struct operation;
struct transform;
struct served {
	struct str version, path, schema;
	int64_t deprecated, sunset;       /* wall ns; 0: not said. The sunset is the last second of its day */
	struct str successor, documentation;
	struct brownout *brownouts;
	size_t brownouts_count;
	struct str served_by;             /* version whose provider answers; empty: it is served itself */
	struct str transform, transform_text; /* file as written; what is in it; of a snapshot only the text */
	const struct operation *operations; /* of a snapshot's only: what its contract serves (model/operations.h) */
	size_t operations_count;
	const struct transform *steps;    /* read from it; NULL: none, or a snapshot (the gateway reads its own) */
	struct place place, schema_place, transform_place;
};
struct dependency {
	struct str service;
	int64_t timeout;        /* ns; 0: not said */
	struct str on_failure;  /* empty: not said */
	struct place place;
};
struct run {
	bool present;           /* false: Pleach does not start it (it runs elsewhere) */
	struct str *command;    /* "${PORT}" and other ${NAME} are filled in by the node */
	size_t command_count;
	uint32_t instances;     /* 1..1000 */
	struct str health;      /* path of the health check; empty: healthy when its port accepts */
	int64_t memory;         /* bytes; 0: no limit */
	double cpus;            /* 0: no limit */
	struct str *env;        /* "NAME=value" */
	size_t env_count;
	struct str *logs;       /* patterns of the log files that it writes, absolute */
	size_t logs_count;
	int64_t stop_grace;     /* ns between SIGTERM and SIGKILL; default 10 s */
	struct place place;
};
/* Log files of others on this machine. */
struct followed { struct str files; /* absolute pattern */ struct str service; struct place place; };
struct service {
	struct str name, owner;  /* owner empty: not said (a finding, not an error) */
	enum ownership ownership;
	enum tier tier;
	struct str directory;    /* absolute, of service.yaml */
	struct str address;      /* of a service that runs elsewhere: "host:port"; empty with run */
	struct run run;
	struct served *serves;
	size_t serves_count;
	struct dependency *calls;
	size_t calls_count;
	struct str *journeys;    /* files, absolute */
	size_t journeys_count;
	struct place place;
};
/* Of the fleet's own: holds for a service while at most `most` of its log lines of the last hour match. */
struct score_rule { struct str name, query, raise; int64_t most; int weight; struct place place; };
struct service_age { struct str service; int64_t ns; }; /* service: a name, or a pattern with * and ? */
/* A registry that is followed. Files are absolute paths; empty: none. */
struct fleet_registry { struct str url, token /* file */, scope /* etcd: prefix; Kubernetes: namespace */, ca, cert, key /* files (PEM) for https */, user, password /* file */; };

struct fleet {
	struct arena arena;
	struct str name, root;       /* root: absolute directory of pleach.yaml */
	struct team *teams;
	size_t teams_count;
	struct service *services;    /* sorted by name */
	size_t services_count;
	struct {
		struct sys_addr listen;      /* the edge; default 127.0.0.1:8080 */
		uint16_t first_port;         /* of the listeners between services (loopback); default 18100; key `ports` */
		struct str *trust;           /* addresses or networks whose trace ids are continued; default loopback; key `trust` */
		size_t trust_count;
		struct str *expose;          /* services reachable from the edge; NULL: all */
		struct place *expose_places;
		size_t expose_count;
		int64_t timeout;             /* whole call from the edge; default 15 s */
		bool timeout_said;           /* it is written down, not the default */
		int64_t connect_timeout;     /* of each attempt; default 1 s */
		int64_t first_byte_timeout;  /* of each attempt; 0: not said (10 s, or the longest time-out that is written down) */
		size_t max_body;             /* bytes; default 64M */
	} gateway;
	struct {
		int64_t keep_ns, keep_bytes; /* default 14 days, 20G */
		struct service_age *ages;    /* services with another time; key `keep.services` */
		size_t age_count;
		struct sys_addr listen;      /* OTLP/HTTP; default 127.0.0.1:4318 */
		struct sys_addr syslog, forward; /* family SYS_NONE: not taken */
		int64_t syslog_zone;         /* ns east of UTC */
		struct str forward_secret;   /* absolute path of the file with it; empty: none */
		int64_t memory;              /* bytes the store may hold unflushed; default 16M */
		struct sys_addr grpc;        /* OTLP/gRPC; SYS_NONE: not wanted */
	} store;
	struct followed *follow;
	size_t follow_count;
	struct { struct sys_addr listen; } control; /* API and console; default 127.0.0.1:7070 */
	struct {
		int64_t window;              /* ns; default 14 days */
		uint32_t threshold;          /* default 1 */
		struct str *environments;    /* of the broker; none: whatever is newest */
		size_t environments_count;
	} contracts;                 /* which use of a contract counts */
	struct {
		struct str *repositories; size_t count; /* folders and addresses of remote ones (model/git_url.h), as written; none: the root */
		int64_t every;                          /* ns between two rounds */
		int64_t clone_size;                     /* bytes, the most of a clone of a remote one */
		struct str work_items, work_items_token; /* a project of a forge, a webhook or a file, and a file with its token, as written; empty: none */
		struct str backstage, backstage_token;  /* URL of a Backstage that is asked too, and a file with its token, as written; empty: none */
		struct score_rule *rules; size_t rules_count;
	} catalog;
	struct { struct fleet_registry consul, etcd, kubernetes; struct str dns_server, *dns; size_t dns_count; } discovery;
	struct str *patterns;        /* `services` as written */
	size_t patterns_count;
	/* Keys of the design whose room does not exist yet are parsed and kept as known but unused; a warning each says so. */
	struct err *warnings;
	size_t warnings_count;
};
/* Reads pleach.yaml in `root` and every service.yaml that its `services` patterns match. NULL with e (place and remedy) on the first
 * error; the errors beyond it are appended to `more` when not NULL (each "file:line:column: message\n"). */
struct fleet *fleet_load(struct str root, struct err *e, struct buf *more);
void fleet_free(struct fleet *f);
const struct service *fleet_service(const struct fleet *f, struct str name);
const struct team *fleet_team(const struct fleet *f, struct str name);
/* The directory of the nearest pleach.yaml, from `start` upwards; ERR_NOT_FOUND otherwise. */
bool fleet_find_root(struct str start, struct arena *a, struct str *root, struct err *e);
/* Changes whenever a file the fleet is made of changes (names, sizes, times). */
uint64_t fleet_fingerprint(const struct fleet *f);
#endif
