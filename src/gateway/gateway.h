/* The gateway: takes calls at the edge and between services, gives each an id, carries it to a healthy instance, and writes one record
 * per call with every attempt in it. HTTP/1.1 in and out. One gateway per loop; everything here runs on the loop's thread.
 *
 * Listeners: the edge (snapshot.gateway.listen), where "/<service>/rest" goes to the exposed service as "/rest", and one per declared
 * dependency (snap_call.listen), where the whole path belongs to the callee. On both, the callee's `serves` prefixes name the API version.
 *
 * What never happens: a request answered twice, a request that may not be repeated reaching two applications, an answer that broke
 * off made to look whole, a wait for the record's sink, a queue beyond its limit. */
#ifndef PLEACH_GATEWAY_GATEWAY_H
#define PLEACH_GATEWAY_GATEWAY_H
#include "model/snapshot.h"
#include "net/loop.h"

/* Where encoded records go: room for n bytes (NULL: full, the record is lost and the sink counts it), then what was used. The bytes are
 * one `resource_spans` element of OTLP's ExportTraceServiceRequest, so that they can be joined. */
struct gateway_sink {
	char *(*room)(void *ctx, size_t n);
	void (*commit)(void *ctx, size_t used);
	void *ctx;
};

/* Zero means the default. Times in ns. */
struct gateway_limits {
	size_t connections;    /* per listener; 4096 */
	size_t active;         /* calls in progress per dependency; 1024 */
	size_t idle_upstreams; /* kept connections per instance; 128 */
	int64_t head_timeout;  /* from a request's first byte to the end of its head; 10 s */
	int64_t body_idle;     /* between two pieces of a request's body; 30 s */
	int64_t keep_alive;    /* a client connection without a request; 75 s */
	int64_t upstream_idle; /* a kept connection to an instance; 30 s */
	int64_t stream_idle;   /* between two pieces of an event stream, to which no whole-call time-out applies; 5 min */
};

struct gateway_options {
	struct str instance;   /* this gateway's id in records ("gateway-1"); copied */
	struct gateway_sink sink;
	struct gateway_limits limits;
	/* A listener cannot be bound (e says which port and who has it), or could be at last (e == NULL). Retried every second. */
	void (*on_problem)(void *ctx, const struct sys_addr *listen, const struct err *e);
	void *ctx;
};

struct gateway;
/* NULL when out of memory. Carries nothing until the first gateway_apply. */
struct gateway *gateway_new(struct loop *l, const struct gateway_options *o);
/* Swaps to this snapshot in place (takes its own reference): listeners come and go, unchanged instances keep their connections, calls in
 * progress finish on the one they began with. False with e when it cannot be taken (limits); the old one then goes on. */
bool gateway_apply(struct gateway *g, struct snapshot *s, struct err *e);
/* Stops listening, closes idle connections, lets calls finish for at most `grace` ns (then answers 503 or breaks them off), then calls
 * done once, perhaps before returning. */
void gateway_drain(struct gateway *g, int64_t grace, void (*done)(void *ctx), void *ctx);
/* Breaks off everything at once. Not to be called from inside on_problem or the sink. */
void gateway_free(struct gateway *g);

/* The next report of who used what (model/usage_report.h) into out (limit at least twice USAGE_REPORT_BYTES_MAX); what is in it is not told again. False: nothing
 * is to be told. */
bool gateway_usage(struct gateway *g, struct str boot, uint64_t sequence, struct buf *out);

/* Whole calls of one consumer ("outside": callers of the edge) to one service, told as they end until take == NULL ends it. For who drafts a contract; bounded (tape.h). False: somebody
 * else listens already, or the names are too long. */
struct taped {
	struct str method, path, query, type, body;   /* the request as the service got it; type: content type */
	struct str operation;                         /* path template of its operation; empty: it fits none */
	int status;
	struct str answer_type, answer;
	bool cut;                                     /* a body is longer than was kept, or compressed */
	struct str version;                           /* of the service's API */
	uint8_t trace[16];
};
bool gateway_tape(struct gateway *g, struct str consumer, struct str service, void (*take)(void *ctx, const struct taped *t), void *ctx);

/* What is held at this moment, for tests of the limits. */
struct gateway_held {
	size_t clients, calls, upstreams, idle_upstreams, blocks, largest_queue;
};
struct gateway_held gateway_held(const struct gateway *g);
#endif
