/* A batch: the rows of one request, encoded; the unit that is written to the log and acknowledged. Its bytes are the body of a batch
 * record of the write-ahead log (docs/store-format.md) from the resource table on, and after the commit the memtable keeps the very same
 * memory: rows are never copied again until they are flushed. */
#ifndef PLEACH_STORE_BATCH_H
#define PLEACH_STORE_BATCH_H
#include "base/err.h"
#include "store/row.h"

/* Who sent it, and the sender's number for it, so that a repeat is recognised; sender 0: none given. */
struct batch_id { uint64_t sender, number; };

enum { WAL_RECORD_HEAD = 48 };
struct batch {
	struct batch *next;           /* queue, then list of the memtable's batches */
	struct batch_id id;
	uint32_t records, spans;      /* rows by kind */
	int64_t received;             /* monotonic ns */
	/* Called once on the loop: acknowledged (result NULL), or refused. May be NULL. */
	void (*done)(struct batch *b, const struct err *result);
	void *ctx;
	size_t len;
	size_t pages;                 /* bytes of the pages that it lies in; 0: in the heap */
	uint8_t head[WAL_RECORD_HEAD]; /* room for the log's record head, so that head and bytes are written in one piece */
	uint8_t bytes[];              /* resources and rows */
};
static inline uint32_t batch_rows(const struct batch *b) { return b->records + b->spans; }
static inline struct str batch_str(const struct batch *b) { return (struct str){ (const char *)b->bytes, b->len }; }

/* Collects the rows of a request. Resources are told apart by their bytes. */
struct batch_builder {
	struct buf resources, rows;
	uint32_t resource_count, records, spans;
	uint32_t *offsets;            /* of each resource in `resources` (its bytes, without the length) */
	uint32_t *lengths;
	uint32_t capacity;
	uint64_t cut;                 /* records that lost a part to a limit */
	uint64_t rejected;            /* records not taken: see `why` */
	char why[160];
	struct buf scratch;
};
enum { BATCH_MAX_BYTES = 128 << 20, BATCH_MAX_RESOURCES = 65536 };
void batch_builder_init(struct batch_builder *b);
void batch_builder_release(struct batch_builder *b);
/* The number of the resource in this batch; UINT32_MAX when there are too many (then the batch is refused: batch_finish fails). */
uint32_t batch_resource(struct batch_builder *b, const struct resource *r);
void batch_add_log(struct batch_builder *b, uint32_t resource, const struct log_record *r);
void batch_add_span(struct batch_builder *b, uint32_t resource, const struct span *s);
void batch_reject(struct batch_builder *b, const char *why);
/* The finished batch in memory of its own (free it with batch_free), or NULL with ERR_TOO_LARGE / ERR_NO_MEMORY. */
struct batch *batch_finish(struct batch_builder *b, struct err *e);
void batch_free(struct batch *b);

/* Reading: resources first, then rows. */
struct batch_reader {
	struct bytes r;
	uint64_t resources, rows;     /* left to read */
};
bool batch_read(struct batch_reader *it, struct str bytes);
bool batch_next_resource(struct batch_reader *it, struct str *resource);
/* After all resources were read. */
bool batch_next_row(struct batch_reader *it, uint32_t *resource, struct str *row);
/* A batch around bytes that were read from the log; NULL when they are malformed or memory is short. */
struct batch *batch_from(struct str bytes, struct batch_id id);
#endif
