/* Calls between services, counted from the gateway's spans as they arrive: one entry per bucket of EDGE_BUCKET, caller, callee, API version
 * and operation. A memtable has a table, a segment has it as a section; a query adds up those that overlap its time. As the table is a
 * function of the rows, replaying the log gives it back exactly.
 *
 * The number of entries of a table is limited: beyond, operations (and then names) fold into EDGE_OTHER, so sums stay right. */
#ifndef PLEACH_STORE_EDGES_H
#define PLEACH_STORE_EDGES_H
#include "base/hist.h"
#include "base/map.h"
#include "store/row.h"

#define EDGE_BUCKET (INT64_C(10) * 1000000000)
#define EDGE_OTHER "(other)"
enum { EDGE_MAX_KEYS = 8192, EDGE_MAX_STATUSES = 64, EDGE_MAX_REASONS = 32, EDGE_MAX_NAME = 128, EDGE_ARENA = 64 << 20 };

struct edge_count { int32_t status; struct str reason; uint64_t count; };
struct edge {
	int64_t bucket;                  /* start, ns */
	struct str caller, callee, api, operation;
	uint64_t calls, errors, started, restarted;
	int64_t last;                    /* start of the newest call */
	struct hist durations;
	int64_t slow_ns;                 /* the slowest call's duration, and its trace */
	struct trace_id slow, failed;    /* failed: of the newest that failed; zero: none */
	int64_t failed_at;
	struct edge_count *statuses, *reasons; /* in the table's arena */
	size_t status_count, status_room, reason_count, reason_room;
};
struct edge_table {
	struct map map;                  /* encoded key to struct edge */
	struct arena arena;
	uint32_t limit;
};
void edge_table_init(struct edge_table *t, uint32_t limit);
void edge_table_release(struct edge_table *t);
/* Counts the span if it is a call's. service: of its resource. */
void edge_table_span(struct edge_table *t, struct str service, struct str row);
/* Adds `from` to the entry of `key` (bucket and four names of it are used). False when memory is short. */
bool edge_table_add(struct edge_table *t, const struct edge *key, const struct edge *from);
void edge_table_encode(const struct edge_table *t, struct buf *out);
/* Where a decoded entry's lists are kept. */
struct edge_space { struct edge_count statuses[EDGE_MAX_STATUSES], reasons[EDGE_MAX_REASONS]; };
/* Entries one by one from a section: fills *e (zeroed before the first; release e->durations with hist_release after the last). */
bool edge_decode(struct bytes *r, struct edge *e, struct edge_space *space);
uint64_t edge_table_size(const struct edge_table *t);
#endif
