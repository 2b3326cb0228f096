/* The store: log records and spans in, on disk before they are acknowledged, and out again by time, service, level, text and id; calls
 * between services counted as they arrive. One directory, one owner (a lock file), one loop.
 *
 * Promises. An acknowledged batch survives kill -9 and power loss at any later moment, and is there once, also when its sender repeats
 * it (Pleach-Batch). A refused batch leaves nothing visible behind. A row's id (segment and position) never changes. A query sees
 * only what is acknowledged. The format of the files is in docs/store-format.md.
 *
 * part/store.c makes the HTTP server and hands each request to store_handle. Everything else in this folder is internal. */
#ifndef PLEACH_STORE_STORE_H
#define PLEACH_STORE_STORE_H
#include "base/err.h"
#include "net/loop.h"

struct http_exchange;
struct grpc_options;
struct store;

/* Suggested limits for the server in front (http_server_options): OTLP bodies as received; after decompression STORE_MAX_BODY. */
enum { STORE_MAX_RECEIVED = 16 << 20, STORE_MAX_BODY = 64 << 20 };

/* How long rows of a service are kept; a pattern may hold '*' and '?'. A name goes before patterns, of those the longest counts. */
struct store_keep { struct str service; int64_t ns; };
enum { STORE_KEEP_MAX = 256 };
struct store_options {
	struct str directory;   /* created when missing; copied */
	int64_t keep_ns;        /* age at which rows go; 0: 14 days */
	const struct store_keep *keep; /* services with an age of their own; copied */
	size_t keep_count;
	int64_t keep_bytes;     /* size of all files at which the oldest go; 0: 20 GiB */
	int64_t memory;         /* bytes of rows held in memory: waiting, not yet in a segment, or of a segment being rewritten; 0: 32 MiB, at least 1 MiB. A quarter as much, beside it, is for segment_cache.h */
	/* Told what an operator must know: a damaged file, a full disk, a failing fsync. severity as in model/record.h. May be NULL. */
	void (*report)(void *ctx, uint8_t severity, struct str message);
	void *ctx;
};
/* Opens the directory and recovers what is in it. NULL with e set: the directory cannot be used, or another process has it. */
struct store *store_new(struct loop *l, const struct store_options *o, struct err *e);
/* Takes what comes in by protocols other than HTTP, from now on until store_close. Once. A port that is taken is ERR_PORT_TAKEN and says by
 * whom; nothing listens then. */
struct store_listen_options {
	struct sys_addr syslog;   /* RFC 5424 and 3164, UDP and TCP; family SYS_NONE: off */
	struct sys_addr forward;  /* Fluent Forward; family SYS_NONE: off */
	int64_t zone;             /* ns east of UTC, of syslog times that name none */
	struct str secret;        /* that senders of Fluent Forward must know; empty: none. Copied */
};
bool store_listen(struct store *s, const struct store_listen_options *o, struct err *e);
/* Answers the request if its route is the store's (rows "store" of tbl/routes.h), now or later; false and untouched otherwise. */
bool store_handle(struct store *s, struct http_exchange *x);
/* Answers a request whose body is over STORE_MAX_RECEIVED, before it was read: 413, in the form of the sender's protocol. */
void store_refuse_large(struct http_exchange *x);
/* Fills in what a gRPC server in front of this store needs: OTLP's methods, limits, and the store's own say before a message is read. */
void store_grpc_options(struct store *s, struct grpc_options *o);
/* Answers a request whose records there is no room for now, before its body is read; leaves all others alone. */
void store_before_body(struct store *s, struct http_exchange *x);
/* Refuses what comes from now on, commits and writes out what it has, ends queries and tails, frees itself, then calls done (never
 * from inside this call). */
void store_close(struct store *s, void (*done)(void *ctx), void *ctx);
/* Frees at once without writing anything: as if the process had been killed. For tests; only while no work is outstanding. */
void store_abandon(struct store *s);
#endif
