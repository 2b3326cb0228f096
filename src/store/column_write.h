/* Writing one column of a block: values are collected row by row, then packed at the end of the block. What all columns of a segment
 * share while they are written (dictionary, filters, scratch memory) is in struct column_shared. */
#ifndef PLEACH_STORE_COLUMN_WRITE_H
#define PLEACH_STORE_COLUMN_WRITE_H
#include "model/attr.h"
#include "store/column.h"
#include "store/dictionary.h"
#include "store/filter.h"
#include "store/slot.h"
#include "store/text_split.h"
#include <zstd.h>

#define NUMBER_MAX 1000000000000000 /* doubles up to here are whole numbers exactly */
enum { TOKEN_MIN_DIGITS = 5 }; /* of a number that filters know */
struct bodies;
enum text_mode { TEXT_AUTO, TEXT_BODY, TEXT_WHOLE }; /* AUTO: literal when few differ, else split; BODY: split before (bodies.h); WHOLE: literal, else
                                                      * one variable */

struct column_shared {
	struct dictionary dictionary;
	struct filter tokens, ids;
	uint32_t block;               /* the current one's number */
	uint64_t seed;                /* of checksums */
	struct bodies *bodies;        /* TEXT_BODY */
	uint32_t first_body;          /* of the block's first row */
	const int64_t *row_resources; /* of the block's rows, for what follows from them */
	uint32_t row_count, resource_count;
	const uint32_t *resource_bases; /* by resource: the first one of its service */
	uint32_t body_locals;         /* entries of the TEXT_BODY column packed last, whose codes are still there: column_end_by_body */
	ZSTD_CCtx *compressor;
	ZSTD_CCtx *finder;            /* for the slots' bits: looks for short repetitions, ids that come again, which is all that they have */
	bool failed;                  /* no memory, or a limit that cannot be: the segment is not written */
	/* scratch of column_end */
	struct text_split split;
	uint32_t room;                /* values that the arrays by value have room for */
	uint32_t *local, *stamp;      /* by dictionary entry: its number in this column, valid where stamp is stamp_now */
	uint32_t stamp_now, entry_room;
	uint16_t *codes;              /* by value */
	uint32_t *row_vars;           /* by value: its first in vars */
	struct variable *vars, *slot_words;
	struct str *slot_values;
	char (*slot_digits)[VARIABLE_ROOM];
	size_t var_count, var_capacity, word_capacity;
	uint32_t *entries, *counts, *entry_vars; /* by local number: dictionary entry, values, variables */
	uint32_t *starts, *order;     /* by local number, by value */
	struct slot_streams slots;
	struct buf index;             /* of the slots: where each entry's begin */
	int64_t *lengths;             /* by local number, for each of the three streams */
	struct buf compressed;
};
bool column_shared_init(struct column_shared *s, uint64_t seed);
void column_shared_release(struct column_shared *s);

struct column_out {
	enum column_id id;
	uint8_t type;                 /* COLUMN_ATTRIBUTE: value_type */
	uint32_t name;
	enum column_form form;
	enum text_mode mode;
	uint32_t count, capacity;     /* numbers or texts */
	union { int64_t *numbers; struct str *texts; };
	struct buf plain;             /* FORM_BYTES */
};
/* Room for n values in all. */
bool column_reserve(struct column_shared *s, struct column_out *c, uint32_t n);
void column_number(struct column_shared *s, struct column_out *c, int64_t v);
void column_text(struct column_shared *s, struct column_out *c, struct str v);
/* Packs what was collected: an entry for the block's directory, the streams behind each other; empties the column. records: count the
 * dictionary entries as bodies of log records. */
void column_end(struct column_shared *s, struct column_out *c, bool records, struct buf *directory, struct buf *streams);
/* Right after the body's column: numbers that mostly follow from the body's entry, as what is usual for each and the exceptions. */
void column_end_by_body(struct column_shared *s, struct column_out *c, struct buf *directory, struct buf *streams);
/* Then, too: times, of which how fine they are may follow. */
void column_end_times(struct column_shared *s, struct column_out *c, struct buf *directory, struct buf *streams);
void column_release(struct column_out *c);
/* Enters the tokens of a text into the filters; a number in the spelling that searches look for. */
void column_note_tokens(struct column_shared *s, struct str text);
/* Those of a template, with digits or without: any block may hold them. */
void column_note_template(struct column_shared *s, struct str text);
/* The id that begins with this token of the text, if one does. */
void column_note_id(struct column_shared *s, struct str token, struct str text);
/* A variable of the text: a whole token. */
void column_note_variable(struct column_shared *s, struct str var, struct str text);
void column_note_number(struct column_shared *s, double v);
void column_note_odd_number(struct column_shared *s, struct str text); /* if it is one */
/* Those of a value of any type, as searches look for it. text: scratch. */
void column_note_value(struct column_shared *s, const struct value *v, struct buf *text);
/* As the filter of ids has it. */
uint64_t id_hash(const uint8_t id[16]);
/* Whether a token is in the filters at all: numbers of few digits are not. */
bool column_filters(struct str token);
#endif
