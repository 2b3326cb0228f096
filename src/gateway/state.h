/* What the files of the gateway share: the gateway itself, its listeners, client connections and calls. Only this directory includes it.
 *
 * Who owns whom: the gateway its listeners, plan, edges, pools and free lists; a listener its clients; a client (one connection) at most
 * one call at a time; a call the upstream connection that its present attempt uses. A pool owns its idle upstream connections.
 *
 * Client connection:                        Call:
 *                                              COLLECTING  a body that is to be transformed is not whole yet (shift.c)
 *   IDLE    no byte of a request yet           CONNECTING  an attempt opens a connection
 *   HEAD    reading a head                     WAITING     the request goes out; nothing of the answer's head is through
 *   CALL    a call is in progress              ANSWERING   the answer's body goes to the client
 *   LINGER  answered, closing: input is        FLUSHING    nothing more comes; bytes for the client are still queued
 *           read and thrown away
 *   GONE    closed, freed at the end of the turn
 *
 *   IDLE -> HEAD (first byte) -> CALL (head complete, or refused) -> IDLE (call_end, kept alive) | LINGER | GONE
 *   COLLECTING -> CONNECTING, WAITING (whole) | FLUSHING (own answer)
 *   CONNECTING -> WAITING (connected) -> ANSWERING (final head) -> FLUSHING (body complete) -> end
 *   CONNECTING, WAITING -> CONNECTING, WAITING (next attempt) | FLUSHING (own answer)
 *   any -> end (client gone, broken off) */
#ifndef PLEACH_GATEWAY_STATE_H
#define PLEACH_GATEWAY_STATE_H
#include "base/check.h"
#include "base/metric.h"
#include "gateway/conn.h"
#include "gateway/gateway.h"
#include "gateway/meter.h"
#include "gateway/plan.h"
#include "gateway/tape.h"
#include "model/call.h"
#include "model/ids.h"
#include "net/http1.h"

enum {
	CALL_ATTEMPTS = 3,
	CALL_REPLAY_MAX = 64 * 1024,  /* of a request's body kept for a second attempt */
	CALL_INTERIM_MAX = 16,        /* 1xx answers passed on */
	CALL_TRACESTATE_MAX = 16384,
	CLIENT_LINGER_MAX = 1 << 20,  /* bytes thrown away after an answer that closes */
	LISTEN_BACKLOG = 4096,
};
#define CLIENT_LINGER (2 * SECOND)
#define CLIENT_FLUSH SECOND /* an own answer must be taken within this time */
#define LISTEN_RETRY SECOND
#define NEVER INT64_MAX

struct gateway {
	struct loop *loop;
	struct gateway_sink sink;
	struct gateway_limits limits;
	void (*on_problem)(void *ctx, const struct sys_addr *listen, const struct err *e);
	void *ctx;
	struct str resource;          /* encoded: the record's constant beginning */
	char resource_bytes[256];
	struct plan *plan;
	uint64_t plan_serial;         /* of the newest plan */
	struct listener *listeners;
	struct edge *edges;
	struct pool *pools;
	struct upstream *free_upstreams;
	struct client *free_clients, *gone_clients;
	struct upstream *gone_upstreams;
	struct call *free_calls;
	struct blocks blocks;
	struct deferred reap;         /* frees what went away in this turn */
	struct timer sweep;           /* closes upstream connections that were idle for long */
	struct timer grace;
	size_t clients, calls, upstreams, idle_upstreams;
	int64_t wall_offset, wall_checked; /* wall = loop_now + wall_offset */
	bool draining;
	void (*drained)(void *ctx);
	void *drained_ctx;
	struct buf scratch;           /* text of own answers */
	struct meter meter;           /* who uses what */
	struct tape tape;             /* who listens to whole calls */
};
int64_t gateway_wall(struct gateway *g, int64_t monotonic);
void gateway_reap(struct gateway *g);        /* frees at the end of this turn */
void gateway_check_drained(struct gateway *g);

struct listener {
	struct gateway *g;
	struct listener *next;
	struct watcher watcher;
	struct timer retry;
	struct sys_addr address;
	const struct entry *entry;    /* of the gateway's plan; NULL when retired */
	struct client *clients;
	size_t connections;
	bool wanted;                  /* used while a plan is applied */
	bool problem;                 /* on_problem was told */
};
void listener_open(struct listener *l);
void listener_retire(struct listener *l);    /* stops; freed with its last client */
void listener_client_left(struct listener *l);

enum client_state { CLIENT_IDLE, CLIENT_HEAD, CLIENT_CALL, CLIENT_LINGERING, CLIENT_GONE };
struct client {
	struct conn conn;
	struct gateway *g;
	struct listener *listener;
	struct client *prev, *next;
	struct call *call;
	struct timer timer;
	struct deferred again;
	enum client_state state;
	bool trusted;
	uint64_t trust_plan;           /* serial of the plan for which `trusted` holds */
	uint32_t thrown_away;
	struct sys_addr peer;
	char peer_text[48];            /* its address without port, for clients of the edge */
	uint8_t peer_len;
};
/* A new connection; closes it when that cannot be. */
void client_new(struct listener *l, int fd, const struct sys_addr *peer);
/* The call has ended: next request, linger or close. */
void client_call_ended(struct client *c, bool keep_alive, bool linger);
void client_close(struct client *c);
void client_reset(struct client *c);
void client_free_memory(struct client *c);

enum call_state { CALL_COLLECTING, CALL_CONNECTING, CALL_WAITING, CALL_ANSWERING, CALL_FLUSHING };
enum call_origin { ORIGIN_STARTED, ORIGIN_CONTINUED, ORIGIN_RESTARTED };

struct attempt {
	const struct pool *pool;      /* lives as long as the call's plan */
	int64_t start;                /* monotonic ns */
	int64_t connect, first_byte, total; /* ns from start; -1 not reached */
	enum call_reason reason;      /* CALL_OK: answered */
	int status;
	bool reused;
};

/* A body on its way: what its framing says is still to come. */
struct body {
	enum http1_body kind;
	bool done;
	uint64_t left;
	struct http1_chunks chunks;
};
void body_start(struct body *b, const struct http1_head *h);
/* Takes body bytes from the front of the block (its own framing removed); *data lies in the block. HTTP1_DONE or _MORE, else malformed. */
enum http1_result body_take(struct body *b, struct block *in, struct str *data);

struct call {
	struct call *next;            /* free list */
	struct client *client;
	struct plan *plan;
	const struct lane *lane;      /* NULL: no route */
	const struct route *route;
	struct str path;              /* as the callee sees it, without query; may be empty */
	uint32_t operation;           /* of its route's contract; OPERATIONS_NONE */
	struct meter_looker *look;    /* reads its body's fields; NULL: nobody does */
	struct tape_call *tape;       /* it is kept for who listens; NULL: it is not */
	struct upstream *up;
	struct shift *shift;          /* NULL: the version asked for is the one that is served */
	enum call_state state;
	bool counted;                 /* in lane->edge->active */
	bool keep_alive;              /* of the client's connection, after this answer */
	bool head_sent;               /* the answer has begun */
	bool request_broken;          /* the instance takes no more of the request; its answer may still come */
	bool streaming;               /* an event stream: no whole-call time-out */
	bool chunked_out;             /* the answer goes out chunked */
	bool own_answer;
	bool malformed;               /* the head was refused: `request` is not to be looked at */
	uint8_t attempts, interim;
	struct attempt attempt[CALL_ATTEMPTS];
	struct block *head;           /* holds the request's head */
	struct block *replay, *replay_last;
	size_t replay_bytes;
	struct body in, out;
	struct http1_head request, answer;
	const char *answer_start;     /* of the answer's head in its block, while that is passed on */

	/* ids */
	struct trace_context context; /* of this call: trace, parent (zero: none), flags */
	struct span_id span;
	enum call_origin origin;
	struct trace_context outside; /* with ORIGIN_RESTARTED: the caller's */
	struct buf tracestate;
	struct str request_id;

	/* monotonic ns */
	int64_t started;
	int64_t deadline, phase_due, client_due;

	/* how it ended */
	enum call_reason reason;
	int status;
	uint64_t bytes_in, bytes_out;
	const char *note;             /* detail of a refusal, static text; NULL: none */
};
struct call *call_take(struct client *c); /* NULL when out of memory */
void call_begin(struct call *k);                       /* request complete to the end of its head */
void call_refuse(struct call *k, enum http1_result r); /* the head is malformed */
void call_refuse_late(struct call *k);                 /* the head did not come in time */
void call_client_event(struct call *k);
void call_upstream_event(struct call *k);
void call_connected(struct call *k, int result);       /* 0, or a SYS_ code */
void call_timer(struct call *k);
void call_client_gone(struct call *k);
void call_drop(struct call *k);                        /* without a record: the gateway is being freed */
/* The present attempt failed: the next one, or an answer that says why. */
void call_attempt_failed(struct call *k, enum call_reason why);
/* The call as a whole failed: answered by us, or broken off when the answer has begun. */
void call_fail(struct call *k, enum call_reason why);
void call_fail_status(struct call *k, enum call_reason why, int status);
void call_next_attempt(struct call *k);                /* admitted, or what failed before may be tried again */
void call_request_sent(struct call *k);                /* the whole request has left */
void call_answered(struct call *k);                    /* the whole answer has come from the instance */
void call_flushed(struct call *k);                     /* ... and has left for the client */
void call_arm(struct call *k);
static inline struct gateway *call_gateway(const struct call *k) { return k->client->g; }
/* Whether the client's connection goes on after this call: asked when the answer's head is made, which must say so, and at its end. */
static inline bool call_keeps_client(const struct call *k)
{
	return k->keep_alive && !k->client->g->draining && k->client->listener->entry;
}
/* Whether it has not ended meanwhile; c was its client, and c's memory is good until the end of the turn. */
static inline bool call_lives(const struct client *c, const struct call *k) { return c->state == CLIENT_CALL && c->call == k; }
static inline bool body_is_replayable(const struct call *k) { return k->replay_bytes == k->bytes_in; }
static inline struct attempt *call_attempt_now(struct call *k) { return &k->attempt[k->attempts - 1]; }

/* relay.c: bodies. Each moves what can be moved and may end the call (ask call_lives). */
void relay_request(struct call *k);
void relay_answer(struct call *k);
/* The next piece of the request's body that has come in, counted, and kept for a second attempt where that is possible. CALL_OK, or why
 * the request is refused. */
enum call_reason relay_take(struct call *k, struct str *data);
void relay_replay_release(struct call *k);
/* Pieces for one run of body bytes in the framing that goes out: at most BODY_PIECES. size: memory for the chunk's size. */
enum { BODY_PIECES = 3, BODY_SIZE_TEXT = 20 };
int body_pieces(struct sys_iovec v[BODY_PIECES], char size[BODY_SIZE_TEXT], struct str data, bool chunked, bool last);
/* forward.c: heads, with the first piece of their body. 0 or why the connection failed. */
int forward_request(struct call *k, struct str data);
int forward_interim(struct call *k);
int forward_answer(struct call *k, struct str data);
/* The same where a call is turned into one of another version (shift.c): a request whose line, and perhaps body, is ours; the head of an answer whose
 * body is ours, without its length and its end, appended to `out`. */
struct forward_changes {
	struct str method, target;
	bool replaces_body;     /* with one of `length` bytes, which follows; else `data` is the first piece */
	size_t length;
	bool plain_answer;      /* ask for the whole answer, not compressed */
};
int forward_changed_request(struct call *k, const struct forward_changes *x, struct str data);
void forward_changed_head(struct call *k, struct buf *out);
/* answer.c: our own. */
void answer_own(struct call *k, enum call_reason why, int status);
/* record.c: see record.h. balance.c: */
struct pool *balance_pick(const struct call *k);
bool balance_has_other(const struct call *k); /* an instance that this call has not tried */
#endif
