/* Columns: how a block keeps its rows (docs/store-format.md, "Blocks"). A row's head, ids, text and each attribute go to columns of their own; a row's
 * *shape* (names and types of its attributes, in order) says which attribute columns it has a value in. Shared by the writer
 * (column_write.c, block_write.c) and the reader (column_read.c, block_read.c). */
#ifndef PLEACH_STORE_COLUMN_H
#define PLEACH_STORE_COLUMN_H
#include "store/bytes.h"

enum column_id {
	COLUMN_POSITION, COLUMN_TIME, COLUMN_RESOURCE, COLUMN_LEVEL, COLUMN_FLAGS, COLUMN_SHAPE, COLUMN_BODY, COLUMN_TRACE, COLUMN_SPAN, COLUMN_OBSERVED,
	COLUMN_PARENT, COLUMN_DURATION, COLUMN_KIND, COLUMN_SPAN_FLAGS, COLUMN_SCOPE, COLUMN_STATE, COLUMN_MESSAGE, COLUMN_TAIL, COLUMN_REST,
	COLUMN_ATTRIBUTE, COLUMN_IDS
};
enum column_form { FORM_NUMBERS, FORM_TEXT, FORM_BYTES, FORM_COUNT }; /* BYTES: of a fixed size, that do not compress, and numbers beside them */
enum column_stream { STREAM_CODES, STREAM_HIGH_CODES, STREAM_INDEX, STREAM_TEXT, STREAM_NUMBERS, STREAM_PLAIN, STREAM_COUNT };
enum {
	BLOCK_ROWS = 16384,
	BLOCK_BYTES = 8 << 20,         /* of rows as they are in memory; a block ends with the row that reaches it */
	BLOCK_MAX_COLUMNS = 512,       /* rows that need more keep their attributes together, in COLUMN_REST */
	SEGMENT_MAX_NAMES = 4096, SEGMENT_MAX_SHAPES = 4096,
	SHAPE_REST = 0,                /* the shape of such rows */
	LITERALS_MAX = 256,            /* different values up to which a text column's values are dictionary entries as a whole */
	STREAM_MAX = 64 << 20,
	WIDTH_PACKED = 4,              /* beside the width of a text column's codes: its entries and their counts are packed as numbers */
	BODY_NOTHING = 0, BODY_USUAL = 1, BODY_LEAST = 2, /* how a column follows from the body's entries (column_by_body) */
	PARENT_NONE = 0, PARENT_GIVEN = 1, PARENT_ROW = 2 /* and from there on: zig-zag distance to the parent's row */
};
/* Columns whose numbers may be kept by the body's entry (column_end_by_body). */
static inline bool column_by_body(enum column_id id) { return id == COLUMN_RESOURCE || id == COLUMN_LEVEL || id == COLUMN_SHAPE; }
static inline enum column_form column_form(enum column_id id)
{
	switch (id) {
	case COLUMN_BODY: case COLUMN_SCOPE: case COLUMN_STATE: case COLUMN_MESSAGE: case COLUMN_TAIL: case COLUMN_REST: return FORM_TEXT;
	case COLUMN_TRACE: case COLUMN_SPAN: case COLUMN_PARENT: return FORM_BYTES;
	default: return FORM_NUMBERS;
	}
}
#endif
