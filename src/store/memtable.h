/* A memtable: the acknowledged rows that are not in a segment yet, in order of arrival, with what is counted from them. Its number is
 * that of its log file and of the segment it will become, and a row's position in it is the row's number for ever.
 *
 * Life: active (grows, on the loop's thread only), then frozen (a worker sorts and writes it), then freed when the last reader lets
 * go. Readers on worker threads hold a reference and a row count taken on the loop; rows below that count never move or change. */
#ifndef PLEACH_STORE_MEMTABLE_H
#define PLEACH_STORE_MEMTABLE_H
#include "store/batch.h"
#include "store/edges.h"
#include "store/seen.h"
#include "store/senders.h"

enum { MEM_CHUNK = 2048, MEM_MAX_RESOURCES = 1 << 16, MEM_RESOURCE_PAGE = 256 };
struct mem_resource { struct str bytes; struct resource names; struct seen *seen; /* its newest entry in the table below */ };
struct mem_row { const uint8_t *p; uint32_t len, resource; }; /* p NULL: a position whose row was lost to damage */
struct mem_chunk { struct mem_chunk *next; struct mem_row rows[MEM_CHUNK]; };

struct memtable {
	uint32_t refs;                /* on the loop's thread only */
	uint64_t number;
	struct memtable *next;        /* queue of frozen ones, oldest first */
	struct mem_chunk *first, *last;
	uint32_t rows;                /* positions, gaps included */
	uint32_t records, spans;
	struct mem_resource *resources[MEM_MAX_RESOURCES / MEM_RESOURCE_PAGE];
	uint32_t resource_count;
	struct map by_bytes;          /* resource bytes to number + 1 */
	struct batch *batches;        /* own the bytes */
	size_t size;                  /* bytes of memory, about */
	int64_t min_time, max_time;   /* of rows */
	int64_t started;              /* monotonic: first row */
	struct edge_table edges;
	struct seen_table seen;
	struct sender_table senders;  /* as it was when this was frozen */
	int64_t wal_length;           /* acknowledged bytes of its log file */
	int64_t created;              /* of the segment that is being rewritten; 0: the one to be written is new */
};
struct memtable *memtable_new(uint64_t number);
static inline struct memtable *memtable_ref(struct memtable *m) { m->refs++; return m; }
void memtable_unref(struct memtable *m);
/* Takes over the batch's memory. Without memory for its index the process stops (check.h): the rows are in the log. */
void memtable_add(struct memtable *m, struct batch *b);
/* Positions that the log lost to damage stay empty. */
void memtable_gap(struct memtable *m, uint32_t rows);
/* Rebuilding (rewrite.c): a row at a position that is a gap. Both texts are borrowed and must outlive the memtable; the row is known to be good. */
void memtable_fill(struct memtable *m, struct mem_row *gap, struct str resource, struct str row);
bool memtable_room(const struct memtable *m, const struct batch *b);
static inline struct mem_resource *memtable_resource(const struct memtable *m, uint32_t number)
{
	return &m->resources[number / MEM_RESOURCE_PAGE][number % MEM_RESOURCE_PAGE];
}
/* The row at a position, or NULL (beyond `rows`, or a gap). Walks the chunks. */
const struct mem_row *memtable_row(const struct memtable *m, uint32_t position, uint32_t rows);
static inline struct str mem_row_str(const struct mem_row *r) { return (struct str){ (const char *)r->p, r->len }; }
#endif
