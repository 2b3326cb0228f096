/* A bounded queue of messages on their way to another part by HTTP POST: telemetry out. The owner adds encoded records; the outbox joins
 * them into batches (after `linger` or at `batch_bytes`), sends one batch at a time, keeps a batch until the other side has
 * acknowledged it (2xx), and retries with exponential back-off and jitter on 429, 502, 503, 504, 507 and on lost connections, as OTLP asks.
 * Another 4xx/5xx drops the batch (it would fail for ever) and counts it. When `max_bytes` are queued, new records are refused and
 * counted: the caller never waits. After a retry a record may arrive twice; the receiver sees the batch id header
 * `Pleach-Batch: <16 hex>-<n>` and drops repeats. */
#ifndef PLEACH_NET_OUTBOX_H
#define PLEACH_NET_OUTBOX_H
#include "net/http_client.h"

struct outbox;
enum { OUTBOX_MAX_BYTES = 8 << 20 /* of the queue, unless the options say otherwise */ };
struct outbox_options {
	struct sys_addr address;
	struct str path;            /* "/v1/logs" */
	struct str content_type;    /* "application/x-protobuf" */
	struct str prefix;          /* bytes that stand before and after the joined records in each body (may be empty) */
	struct str suffix;
	size_t max_bytes;           /* 0: OUTBOX_MAX_BYTES */
	size_t batch_bytes;         /* 0: 256 KiB */
	int64_t linger;             /* ns; 0: 100 ms */
	/* Told of each record lost: refused for a full queue or dropped for good. May be NULL. */
	void (*on_lost)(void *ctx, uint64_t records, struct str why);
	void *ctx;
};
struct outbox *outbox_new(struct loop *l, struct http_client *c, const struct outbox_options *o);
void outbox_free(struct outbox *o);
/* Appends one record's bytes; false when the queue is full (counted, on_lost called at most once a second). */
bool outbox_add(struct outbox *o, struct str record);
/* As outbox_add for encoders that write in place: room of n bytes (NULL when full), then outbox_commit with what was used. */
char *outbox_room(struct outbox *o, size_t n);
void outbox_commit(struct outbox *o, size_t used);
/* Sends what is queued now and calls done when it was acknowledged, or after `limit` ns. */
void outbox_flush(struct outbox *o, int64_t limit, void (*done)(void *ctx), void *ctx);
struct outbox_stats { uint64_t records, batches, retries, lost; size_t queued_bytes; };
struct outbox_stats outbox_stats(const struct outbox *o);
#endif
