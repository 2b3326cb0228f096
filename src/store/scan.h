/* A scan: all rows of some kinds in a range of time that match a query, from memory and segments, as they were acknowledged at its start.
 * Sources are visited newest first (or oldest first) by their time range, blocks within a segment likewise; what time, service, level
 * or trace id exclude is never read. The owner gets each matching row and may say which ranges of time it still wants.
 *
 * scan_begin and scan_end on the loop; scan_step anywhere, one thread at a time. */
#ifndef PLEACH_STORE_SCAN_H
#define PLEACH_STORE_SCAN_H
#include "store/query.h"
#include "store/scan_match.h"
#include "store/task.h"

#define SCAN_MAX_NS (INT64_C(15) * 1000000000)
enum { SCAN_MAX_ROWS = 200 * 1000 * 1000, SCAN_MEMORY_ROWS = 2048, SCAN_PASSED = 64 /* sources that one step passes by, nothing of them being wanted */ };

struct scan_row {
	uint64_t segment;
	uint32_t position;
	struct row_head head;
	struct str row;
	const struct mem_resource *resource;
};
struct scan_source {
	struct memtable *memtable;   /* or */
	struct segment *segment;
	uint32_t rows;
	int64_t min_time, max_time;
	uint64_t number;
};
struct scan {
	/* set by the owner before scan_begin */
	struct store *store;
	const struct query *q;
	int64_t from, to;            /* both included */
	uint8_t kinds;               /* bit per row_kind */
	bool oldest_first;
	bool (*wants)(void *ctx, int64_t min_time, int64_t max_time); /* may be NULL */
	void (*row)(void *ctx, const struct scan_row *r);
	/* A segment's block that is open in the reader, and its rows that match: an owner that counts by columns sets *handled, else rows are made and
	 * given to `row`. False: e is set. May be NULL. */
	bool (*block)(void *ctx, struct block *b, const uint64_t *rows, bool *handled, struct err *e);
	/* For an owner that asks for nothing but how many: a block of which that is known without its rows. May be NULL. */
	void (*count)(void *ctx, uint32_t rows);
	/* Called when a source is opened; reader is NULL for memory. May be NULL; false: the source's rows are not wanted. */
	bool (*source)(void *ctx, const struct scan_source *s, struct segment_reader *reader, struct err *e);
	void *ctx;
	/* results */
	uint64_t rows, bytes;        /* looked at */
	uint32_t segments, skipped, damaged;
	bool cut;
	struct err err;              /* the first damage met */
	/* internal */
	struct scan_source *sources;
	size_t source_count, at;
	struct segment_reader reader;
	bool open;
	uint32_t next_block;         /* blocks visited of this source */
	uint32_t next_row;           /* of a memtable */
	const struct mem_chunk *chunk;
	struct arena arena;          /* of the current source */
	struct matcher matcher;
	struct buf scratch;
	int64_t deadline;
};
bool scan_begin(struct scan *s);     /* false: no memory */
bool scan_step(struct scan *s);
void scan_end(struct scan *s);
#endif
