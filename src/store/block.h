/* A block of a segment, read: columns are fetched, checked and unpacked when they are first asked for, into the block's arena, which lives until the
 * next block is opened. One per segment reader, on one thread.
 *
 * A column has values only for rows that have the field: column_at maps rows to values. */
#ifndef PLEACH_STORE_BLOCK_H
#define PLEACH_STORE_BLOCK_H
#include "base/err.h"
#include "store/column.h"
#include "store/dictionary.h"
#include "store/row.h"
#include "store/slot.h"

struct segment_reader;
struct segment_block;
enum { BLOCK_ARENA = 512 << 20 };
#define NO_VALUE UINT32_MAX

struct stream_place { uint64_t offset; uint32_t raw, stored, sum; bool compressed; };
struct column {
	enum column_id id;
	enum column_form form;
	uint32_t name;                /* COLUMN_ATTRIBUTE: in the segment's names */
	uint8_t type;                 /* COLUMN_ATTRIBUTE: value_type */
	uint8_t by_body;              /* BODY_…: how numbers follow from the body's entries */
	bool by_resource;             /* codes follow from the resource */
	uint32_t count;               /* values */
	/* FORM_TEXT: the dictionary entries that occur, and how often; codes are indexes into them */
	uint8_t width;                /* bytes of a code; 0: all are entry 0 of the list */
	uint32_t locals;
	const uint32_t *entries, *counts;
	struct stream_place streams[STREAM_COUNT];
	/* unpacked when asked for */
	const int64_t *numbers;       /* FORM_NUMBERS: values; FORM_BYTES: of its meaning */
	struct str plain;             /* FORM_BYTES */
	const void *codes;            /* uint8_t or uint16_t by width */
	struct str texts, ints, plains; /* streams of the slots */
	bool has_ends;
	const uint32_t *ends[3];      /* by local: where its slots end in each of them; NULL: no entry has variables */
	struct slot **slots;          /* by local: one slot for each variable; NULL until asked for */
	const uint32_t *nth;          /* by value: how many values before it have the same code */
	const uint32_t *at;           /* by row: number of its first value, NO_VALUE */
	const uint32_t *index;        /* COLUMN_TRACE, COLUMN_PARENT: by value, index of its id in plain */
};
struct block_cell { struct column *c; uint32_t before; }; /* a field of a shape: its column, and how many fields before it have the same */
struct block {
	struct segment_reader *r;
	const struct segment_block *k;
	struct arena arena;
	struct column *columns;
	uint32_t count;
	struct buf text;              /* scratch */
	const int64_t *shapes;        /* by row */
	struct column *fixed[COLUMN_ATTRIBUTE]; /* by column_id; NULL when no row has it */
	struct block_cell **by_shape; /* by shape: its fields; NULL until it is met */
	bool bare;                    /* the dictionary is not there, and entries were not held against it */
	bool odd;                     /* some rows keep their attributes together (COLUMN_REST) or have a field more than once */
	bool mapped;                  /* `at` of all columns is known */
	bool unpacked;                /* all columns are */
	uint64_t *repeated;           /* rows that have a field more than once, a bit each (bits.h); NULL: none; known when mapped */
};
struct block_shape { const uint32_t *names; const uint8_t *types; uint32_t count; }; /* of the segment */

/* Opens block k; what was open in the reader before is gone. */
bool block_open(struct segment_reader *r, const struct segment_block *k, struct err *e);
/* The same in two steps, for whoever may not need the dictionary: until block_dictionary nothing may be asked that needs it (texts of entries, slots, rows). */
bool block_open_bare(struct segment_reader *r, const struct segment_block *k, struct err *e);
bool block_dictionary(struct block *b, struct err *e);
/* The block's column of fixed meaning, or NULL when no row has it. */
static inline struct column *block_column(const struct block *b, enum column_id id) { return b->fixed[id]; }
bool column_numbers(struct block *b, struct column *c, struct err *e);
bool column_bytes(struct block *b, struct column *c, struct err *e); /* numbers too */
bool column_codes(struct block *b, struct column *c, struct err *e);
bool column_slots(struct block *b, struct column *c, struct err *e); /* codes too; makes ready for column_local and column_value */
/* The stream in which all text of the slots stands: a value's piece is contiguous, what is around it (slot.h) stands apart. */
bool column_texts(struct block *b, struct column *c, struct str *out, struct err *e);
/* The stream in which the raw bytes of the slots stand. */
bool column_bits(struct block *b, struct column *c, struct str *out, struct err *e);
/* All of the slots' streams, without the codes: enough for column_varies and column_part. */
bool column_ends(struct block *b, struct column *c, struct err *e);
/* The slots of a local entry that has variables, one after the other. */
struct slot_reader column_part(const struct column *c, uint32_t local);
/* Whether a local entry has variables; after column_slots or column_ends. */
static inline bool column_varies(const struct column *c, uint32_t local) { return c->ends[0] && c->ends[0][local] > (local ? c->ends[0][local - 1] : 0); }
/* The slots of a local entry that has variables (*count of them), not yet unpacked; NULL: e is set. */
struct slot *column_local(struct block *b, struct column *c, uint32_t local, uint32_t *count, struct err *e);
/* `at` of all columns. */
bool block_map(struct block *b, struct err *e);
static inline uint32_t column_code(const struct column *c, uint32_t i)
{
	return c->width == 1 ? ((const uint8_t *)c->codes)[i] : c->width ? ((const uint16_t *)c->codes)[i] : 0;
}
/* Appends value i of a text column after column_slots. */
bool column_value(struct block *b, struct column *c, uint32_t i, struct buf *out, struct err *e);
/* The row, encoded as it was when it came in, and its resource; in the buf given. */
bool block_row_at(struct block *b, uint32_t row, struct buf *out, uint32_t *resource, uint32_t *position, struct err *e);
#endif
