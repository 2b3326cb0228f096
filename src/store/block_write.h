/* Writing blocks: rows in, columns out (column.h). One writer a segment; the rows' bytes must outlive it. */
#ifndef PLEACH_STORE_BLOCK_WRITE_H
#define PLEACH_STORE_BLOCK_WRITE_H
#include "base/arena.h"
#include "base/map.h"
#include "store/column_write.h"
#include "store/row.h"

enum { LEVELS = 7, SHAPE_MAX_FIELDS = ROW_MAX_ATTRS, WRITER_ARENA = 256 << 20 };
struct shape_field { uint32_t name; uint8_t type; };
struct shape {
	uint32_t number;
	struct shape_field *fields;
	uint32_t count;
	uint32_t *columns;            /* by field: number of its column in the block `block` */
	uint32_t block;
	bool repeats;                 /* two of its fields share a column */
};
struct block_writer {
	struct column_shared shared;
	struct arena arena;
	struct map names;             /* to number + 1; entries stand by number */
	struct map shapes;            /* key to the shape */
	struct shape **shape_list;
	uint32_t shape_count, shape_room;
	struct column_out fixed[COLUMN_ATTRIBUTE];
	struct column_out *attributes[BLOCK_MAX_COLUMNS]; /* the first attribute_count are used in this block, attribute_made exist */
	uint32_t attribute_count, attribute_made;
	struct buf directory, streams, key, text;
	uint32_t last_shape;          /* a row is often like the one before */
	/* the block being filled */
	uint8_t kind;
	bool odd;                     /* see struct block */
	uint32_t rows, row_room;      /* row_room: how many fit into the columns in which each row has a value */
	size_t bytes;
	struct trace_id run;          /* of COLUMN_TRACE */
	int64_t run_length;
	struct buf span_ids, parents; /* of spans, by row */
};
bool block_writer_init(struct block_writer *w, uint64_t seed);
void block_writer_release(struct block_writer *w);
/* Adds a row that row_parts has read. The caller ends the block by its limits. */
void block_add(struct block_writer *w, struct str row, const struct row_parts *p, uint32_t resource, uint32_t position);
/* The block's bytes: directory compressed, then streams. Valid until the next call. */
struct block_bytes { struct str directory, streams; uint32_t directory_raw; };
bool block_end(struct block_writer *w, struct block_bytes *out);
/* Tables of the segment: names and shapes. */
void block_encode_names(const struct block_writer *w, struct buf *out);
void block_encode_shapes(const struct block_writer *w, struct buf *out);
#endif
