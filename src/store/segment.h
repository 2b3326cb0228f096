/* Segments: immutable files of rows, sorted by time within their kind, in compressed blocks with an index (docs/store-format.md). Written once
 * from a frozen memtable (segment_write.c), read block by block (segment_read.c). Everything that is read is checksummed; damage is an
 * error of what was asked, never a wrong answer. Only a summary of each segment stays in memory. */
#ifndef PLEACH_STORE_SEGMENT_H
#define PLEACH_STORE_SEGMENT_H
#include "store/memtable.h"
#include "sys/sys.h"

enum {
	SEGMENT_VERSION = 1,
	SEGMENT_HEADER = 64,
	SEGMENT_TRAILER = 24,
	SEGMENT_BLOCK_ROWS = 1024,
	SEGMENT_BLOCK_BYTES = 256 << 10,
	SEGMENT_MAX_BLOCK = 16 << 20,    /* sanity of what is read: a block of one large row */
	SEGMENT_MAX_SECTION = 256 << 20,
	SEGMENT_BLOCK_RESOURCES = 32,    /* more in one block: any */
	FILTER_PAGE = 4096, FILTER_BITS = (FILTER_PAGE - 8) * 8, FILTER_PROBES = 6, FILTER_BITS_PER_ID = 10
};
enum section {
	SECTION_RESOURCES, SECTION_BLOCKS, SECTION_ORDER, SECTION_TRACE_IDS, SECTION_FILTER, SECTION_TRACES, SECTION_EDGES, SECTION_SEEN,
	SECTION_SENDERS, SECTION_COUNT
};
struct section_place { uint64_t offset, stored, raw, sum; uint32_t codec; };

/* The summary. */
struct segment {
	uint64_t number;
	uint32_t refs;               /* on the loop's thread only; the list holds one */
	bool dead;                   /* out of the list: the file goes with the last reference */
	uint32_t rows, records, spans;
	int64_t min_time, max_time, created;
	int64_t bytes;
	uint64_t footer_offset;
	uint32_t footer_length;
};
/* Writes the memtable as a segment: temporary name, sync, rename, sync of the directory. Blocks: for a worker. On success fills *out.
 * False: nothing of it stays (or, after a failed sync of the directory, a whole file that may be written again); *code says why. */
bool segment_write(const struct memtable *m, struct str directory, struct segment *out, int64_t *code);
/* Reads the summary. */
bool segment_load(struct str directory, uint64_t number, struct segment *out, struct err *e);
/* Recovery: the sender table of a segment. */
bool segment_senders(struct str directory, const struct segment *s, struct sender_table *t, struct err *e);

/* --- reading: one reader per query and segment, on one thread ---------------------------------------------------------------------- */
struct segment_block {
	uint8_t kind, levels;        /* row_kind; bit per level */
	uint64_t offset, sum;
	uint32_t stored, raw, rows, first_rank;
	int64_t min_time, max_time;
	uint32_t resource_count;     /* 0: any */
	const uint32_t *resources;
};
struct segment_reader {
	int fd;
	const struct segment *segment;
	struct section_place sections[SECTION_COUNT];
	struct arena arena;          /* index and resources */
	struct segment_block *blocks;
	uint32_t block_count;
	struct mem_resource *resources;
	uint32_t resource_count;
	struct buf stored, raw;      /* of the current block or section */
	void *decompressor;
	uint64_t bytes;              /* read so far */
};
/* Opens the file and reads its footer; nothing else yet. */
bool segment_open(struct segment_reader *r, struct str directory, const struct segment *s, struct err *e);
void segment_close(struct segment_reader *r);
/* Reads index and resources (once). */
bool segment_index(struct segment_reader *r, struct err *e);
/* A section's content, valid until the next read of a block or section. */
bool segment_section(struct segment_reader *r, enum section s, struct str *out, struct err *e);
/* The rows of a block, valid until the next read. */
struct block_rows { struct bytes r; uint32_t left, rank; };
struct block_row { uint32_t rank, position, resource; struct str row; };
bool segment_block(struct segment_reader *r, const struct segment_block *b, struct block_rows *rows, struct err *e);
bool block_next(struct block_rows *rows, const struct segment_reader *r, struct block_row *out);
/* False when the segment certainly has no row with this trace id; reads one page. */
bool segment_may_have(struct segment_reader *r, const struct trace_id *id, bool *may, struct err *e);
/* Ranks of the rows with this trace id, ascending, in the arena. */
bool segment_ranks(struct segment_reader *r, const struct trace_id *id, struct arena *a, uint32_t **ranks, size_t *count, struct err *e);
/* The rank of a position; UINT32_MAX when there is no such row. */
bool segment_rank_of(struct segment_reader *r, uint32_t position, uint32_t *rank, struct err *e);
/* The block that holds a rank, or NULL. */
const struct segment_block *segment_block_of(const struct segment_reader *r, uint32_t rank);

/* The filter's bits for an id: page and FILTER_PROBES bit numbers within it. */
struct filter_spot { uint32_t page; uint32_t bits[FILTER_PROBES]; };
struct filter_spot filter_spot(const struct trace_id *id, uint32_t pages);
#endif
