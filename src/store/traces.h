/* Traces in summary: what a list of traces shows. Each segment has a section with the part that its spans know of each trace; a list adds up
 * the parts, since a trace may lie in several segments and in memory. A span of the gateway counts for the service it called. */
#ifndef PLEACH_STORE_TRACES_H
#define PLEACH_STORE_TRACES_H
#include "base/map.h"
#include "store/row.h"

enum { TRACE_MAX_SERVICES = 64, TRACE_MAX_NAME = 256 };
struct trace_part {
	struct trace_id id;
	int64_t start, end;          /* of the earliest and the latest span's ends */
	uint32_t spans, errors;
	bool rooted;                 /* the root below has no parent; else it is the earliest span */
	int64_t root_start;
	struct str root_service, root_name;
	int32_t status;              /* HTTP status of the root, 0 unknown */
	struct str *services;        /* sorted by name only when shown */
	size_t service_count, service_room;
	bool matched;                /* a span of it matched the query (lists only) */
};
struct trace_table { struct map map; struct arena arena; };
enum { TRACE_TABLE_ARENA = 64 << 20, TRACE_TABLE_MAX = 1 << 20 };
void trace_table_init(struct trace_table *t, size_t memory);
void trace_table_release(struct trace_table *t);
/* Adds a span; its entry, or NULL when the table is full. service: the resource's. */
struct trace_part *trace_table_span(struct trace_table *t, struct str service, const struct row_parts *p);
bool trace_table_merge(struct trace_table *t, const struct trace_part *part);
struct trace_part *trace_table_get(const struct trace_table *t, const struct trace_id *id);
void trace_table_remove(struct trace_table *t, const struct trace_id *id);
void trace_table_encode(const struct trace_table *t, struct buf *out);
/* One entry of a section; services is room for TRACE_MAX_SERVICES. False at a fault. */
bool trace_decode(struct bytes *r, struct trace_part *p, struct str services[TRACE_MAX_SERVICES]);
#endif
