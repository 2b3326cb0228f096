/* Segments: immutable files of rows in blocks of columns, with an index, a dictionary and filters (docs/store-format.md). Log records stand in
 * order of arrival (by time where some are very late), spans by trace. Written once from a frozen memtable (segment_write.c, block_write.c), read block by block (segment_read.c, block.h).
 * Everything that is read is checksummed; damage is an error of what was asked, never a wrong answer. Only a summary of each segment stays in memory. */
#ifndef PLEACH_STORE_SEGMENT_H
#define PLEACH_STORE_SEGMENT_H
#include "store/block.h"
#include "store/filter.h"
#include "store/memtable.h"
#include "sys/sys.h"

enum {
	SEGMENT_VERSION = 3,             /* written */
	SEGMENT_OLDEST = 2,              /* read; filters, entries and times are others there */
	SEGMENT_HEADER = 64,
	SEGMENT_TRAILER = 24,
	SEGMENT_MAX_SECTION = 256 << 20,
	SEGMENT_BLOCK_RESOURCES = 256,   /* more in one block: any */
	SEGMENT_LEVELS = 7
};
enum section {
	SECTION_RESOURCES, SECTION_BLOCKS, SECTION_NAMES, SECTION_SHAPES, SECTION_DICTIONARY, SECTION_TOKENS, SECTION_IDS, SECTION_TRACES, SECTION_EDGES,
	SECTION_SEEN, SECTION_SENDERS, SECTION_COUNT
};
struct section_place { uint64_t offset, stored, raw, sum; uint32_t codec; };

/* The summary. */
struct segment {
	uint64_t number;
	uint32_t version;            /* of the file's format */
	uint32_t refs;               /* on the loop's thread only; the list holds one */
	bool dead;                   /* out of the list: the file goes with the last reference */
	struct segment *rewritten;   /* the same file, written anew without some rows: this one holds a reference, so that the file outlives both */
	uint32_t rows, records, spans, blocks;
	int64_t min_time, max_time, created;
	int64_t log_length;          /* bytes of the log that it covers */
	int64_t bytes;
	uint64_t sum;                /* of the footer, which holds those of all parts: files with the same hold the same */
	int64_t due;                 /* retention: not looked at again before (wall) */
	uint64_t footer_offset;
	uint32_t footer_length;
	struct segment_tables *cached; /* segment_cache.h */
	struct segment *next_gone;   /* without references, waits until its cached tables may be let go */
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
	uint8_t kind;                /* row_kind */
	uint8_t levels;              /* bit per level with rows */
	bool odd;                    /* as its directory says (block.h); true where the file does not tell (version 2) */
	uint64_t offset;
	uint32_t stored, directory, directory_raw, directory_sum; /* bytes in all; of the directory at its start, when decompressed, its checksum */
	uint32_t rows, first_rank, number;
	int64_t min_time, max_time;
	uint32_t min_position, max_position;
	uint32_t level_rows[SEGMENT_LEVELS];
	uint32_t resource_count;     /* 0: any */
	const uint32_t *resources, *resource_rows;
};
/* What is known of a segment beside its rows, decoded; it does not change once it is loaded. Index and tables are loaded when first asked for.
 * Of one reader, or shared through the cache (segment_cache.h). */
struct segment_tables {
	uint32_t refs;
	int fd;
	struct segment found;        /* what the file itself says: it may have been rewritten since `s` was read; no pointer into it is kept */
	struct section_place sections[SECTION_COUNT];
	struct arena arena;          /* of what follows */
	bool indexed;                /* blocks and resources are there */
	struct segment_block *blocks;
	uint32_t block_count;
	struct mem_resource *resources;
	uint32_t resource_count;
	struct dictionary_view dictionary;
	const struct str *names;
	uint32_t name_count;
	const struct block_shape *shapes;
	uint32_t shape_count;
	const uint8_t *pages[SECTION_COUNT]; /* of filters of one page, checked; NULL: not yet read */
	/* segment_cache.c */
	struct segment *owner;       /* whose `cached` this is; NULL: in no cache */
	struct segment_tables *newer, *older;
	uint64_t used;               /* when a scan last asked for it, by the cache's clock */
	size_t counted;              /* bytes of index and tables in the cache's sum */
	bool surplus;                /* index and tables go with the reader: they are damaged, or the cache has no room for them */
};
struct segment_cache;
struct segment_reader {
	struct segment_tables *tables;
	struct segment_cache *cache; /* NULL: the tables are its own */
	uint64_t began;              /* by the cache's clock */
	struct segment found;        /* and what follows up to shapes: as in `tables` */
	struct segment_block *blocks;
	uint32_t block_count;
	struct mem_resource *resources;
	uint32_t resource_count;
	struct dictionary_view dictionary;
	const struct str *names;
	uint32_t name_count;
	const struct block_shape *shapes;
	uint32_t shape_count;
	struct arena arena;          /* for the reader's owner, until the next segment */
	struct block block;          /* the one open */
	struct buf stored, raw;      /* of the current section or stream */
	struct buf row;              /* of block_next */
	void *decompressor;
	uint64_t bytes;              /* read so far */
};
/* Opens the file and reads its footer; nothing else yet. Footer and data are of one file, also when it is replaced meanwhile. */
bool segment_open(struct segment_reader *r, struct str directory, const struct segment *s, struct err *e);
/* The same in a reader that was open before (or is zeroed), whose memory is used again, by way of the cache (or NULL): only for whoever may use that
 * now (segment_cache.h). segment_close ends it also after a failure. */
bool segment_next(struct segment_reader *r, struct segment_cache *c, struct str directory, struct segment *s, struct err *e);
void segment_close(struct segment_reader *r);
/* Reads index, resources, names and shapes (once). */
bool segment_index(struct segment_reader *r, struct err *e);
/* Reads the dictionary, too (once); block_open does it. */
bool segment_tables(struct segment_reader *r, struct err *e);
/* A section's content, valid until the next read of a section. */
bool segment_section(struct segment_reader *r, enum section s, struct str *out, struct err *e);
/* A stream of a block, checked and unpacked into the arena. */
bool segment_stream(struct segment_reader *r, const struct stream_place *p, struct arena *a, struct str *out, struct err *e);
/* segment_tables.c: the file opened, its footer read; one reference. NULL: e is set. */
struct segment_tables *segment_tables_new(struct str directory, uint64_t number, struct err *e);
void segment_tables_unref(struct segment_tables *t);
/* Sets e: this segment is damaged. Returns false. */
bool segment_corrupt(const struct segment_reader *r, const char *what, struct err *e);
/* The rows of a block one by one, in order of rank; a row is valid until the next call. */
struct block_rows { uint32_t next; };
struct block_row { uint32_t rank, position, resource; struct str row; };
bool segment_block(struct segment_reader *r, const struct segment_block *b, struct block_rows *rows, struct err *e);
/* False at the end, or on damage (e). */
bool block_next(struct block_rows *rows, struct segment_reader *r, struct block_row *out, struct err *e);
/* What a filter of the segment says of a hash. Reads one page, which a filter of version 2 goes on to need (in the reader's arena). */
struct segment_answer { struct filter_answer of; const uint8_t *page; };
bool segment_filter(struct segment_reader *r, enum section s, uint64_t hash, struct segment_answer *out, struct err *e);
/* Whether the hash may be in the block. shared: it was entered for all blocks or not at all. */
bool segment_answer_has(const struct segment_answer *a, enum section s, uint64_t hash, uint32_t block, bool shared);
/* The rank of a position; UINT32_MAX when there is no such row. */
bool segment_rank_of(struct segment_reader *r, uint32_t position, uint32_t *rank, struct err *e);
/* The block that holds a rank, or NULL. */
const struct segment_block *segment_block_of(const struct segment_reader *r, uint32_t rank);
#endif
