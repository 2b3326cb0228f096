/* Running a plan (pipe.h) over rows. A run is a chain of steps, each given rows and at the end told to finish: filters hand on at once, what
 * sorts, groups or keeps hands on when it finishes. All memory is bounded; what a bound cost is told by `cut`.
 *
 * Between steps a row is a record of the store with the fields that pipes made of it, or a line of a table. One thread at a time. */
#ifndef PLEACH_STORE_PIPE_RUN_H
#define PLEACH_STORE_PIPE_RUN_H
#include "store/collect.h"
#include "store/pipe.h"

struct pipe_row {
	const struct scan_row *row;  /* NULL: a line of a table, all of it in attrs (by column) */
	struct row_parts parts;      /* of row */
	struct attr *attrs;          /* fields that pipes made, the last made first found; room for PIPE_MAX_MADE */
	size_t count;
};
enum { PIPE_MAX_MADE = 256 };
enum pipe_column_type { PIPE_COLUMN_TEXT, PIPE_COLUMN_NUMBER, PIPE_COLUMN_TIME };
struct pipe_column { struct str name; enum pipe_column_type type; bool approximate; };
enum { PIPE_MAX_COLUMNS = 2 * (PIPE_MAX_KEYS + PIPE_MAX_AGGREGATES) + PIPE_MAX_FIELDS };

struct pipe_run_options {
	const struct pipe *plan;
	int64_t from, to;            /* for rates */
	size_t limit;                /* rows of a page, when the plan has no limit */
	bool oldest_first;           /* order of rows; default newest first */
	bool bounded;                /* rows beyond `after` only */
	struct row_key after;
	bool as_found;               /* rows are in order as they come, and handed out at once (the plan has no step that waits for all) */
	/* The result, in its order, from within pipe_run_row (as_found) or pipe_run_finish. */
	void (*out)(void *ctx, const struct pipe_row *r);
	void *ctx;
};
struct pipe_step;
struct segment_reader;
struct pipe_run {
	struct pipe_run_options o;
	struct arena arena;          /* steps */
	struct arena scratch;        /* of one row */
	struct buf text;
	struct pipe_step *heads[2];  /* compare: now, before */
	struct pipe_step *steps;     /* all, for release */
	struct pipe_keep *page;      /* the keep by time that makes pages, if any */
	struct pipe_entries *entries;/* pipe_templates.c: what is known of a segment's dictionary */
	struct pipe_keep *early;     /* a keep by time that every row reaches: it says which times it still wants */
	struct pipe_column columns[PIPE_MAX_COLUMNS];
	size_t column_count;         /* 0: rows */
	bool buckets;                /* the table's first column is a bucket of time */
	int64_t back;                /* compare: how far the second side lies back; 0: one side */
	bool cut, failed;            /* a limit; no memory */
	const char *why;             /* of the cut, for people */
};
bool pipe_run_init(struct pipe_run *r, const struct pipe_run_options *o);
void pipe_run_release(struct pipe_run *r);
/* side 1: rows of the time that compare looks back to. */
void pipe_run_row(struct pipe_run *r, int side, const struct scan_row *row);
/* The rows of a block at once, by columns: *handled tells whether that can be done, else they are to be given one by one. False: e is set. */
bool pipe_run_block(struct pipe_run *r, int side, struct block *b, const uint64_t *rows, bool *handled, struct err *e);
/* A whole segment at once, all of whose log records match: *handled tells whether that was all, else its blocks are to be given (pipe_run_block), which then know
 * what was counted already. False: e is set. */
bool pipe_run_segment(struct pipe_run *r, int side, struct segment_reader *segment, bool *handled, struct err *e);
/* Whether that side begins with nothing but counting rows, which pipe_run_count then does for many at once. */
bool pipe_run_counts(const struct pipe_run *r, int side);
void pipe_run_count(struct pipe_run *r, int side, uint32_t rows);
/* Whether rows of this range of time may still change the result. */
bool pipe_run_wants(const struct pipe_run *r, int64_t min_time, int64_t max_time);
void pipe_run_finish(struct pipe_run *r);
/* After finish: the place for the next page; false: there is none. */
/* A limit has let through all it does: later rows change nothing. */
bool pipe_run_done(const struct pipe_run *r);
bool pipe_run_next(const struct pipe_run *r, struct row_key *next);

/* pipe_value.c: a field of a row; VALUE_EMPTY where it has none. Text that is made lies in the arena. */
static inline struct value pipe_text(struct str s) { return (struct value){ .type = s.len ? VALUE_STR : VALUE_EMPTY, .s = s }; }
struct value pipe_value(struct pipe_row *r, const struct pipe_field *f, struct arena *a, struct buf *text);
/* The order of a sort: numbers (and text that is one) before other text, empty last. */
int pipe_value_compare(const struct value *a, const struct value *b);
bool pipe_value_number(const struct value *v, double *out);
/* A copy with its text in the arena. */
struct value pipe_value_copy(const struct value *v, struct arena *a);

/* pipe_extract.c: parse. out has room for PIPE_MAX_FIELDS. False: the text does not fit. */
bool pipe_extract(const struct pipe_stage *s, struct str text, struct attr *out, size_t *count);

/* pipe_keep.c: the best n of some rows. */
struct pipe_keep;
struct keep_options {
	const struct pipe_field *keys; /* what decides first; then, of records, time, segment, position; of lines their cells from the left */
	size_t key_count;
	bool oldest_first;
	bool bounded;
	struct row_key after;
	size_t limit, bytes;
};
struct pipe_keep *keep_new(const struct keep_options *o);
void keep_free(struct pipe_keep *k);
/* False: no memory. */
bool keep_add(struct pipe_keep *k, struct pipe_row *r, struct arena *scratch, struct buf *text);
bool keep_wants(const struct pipe_keep *k, int64_t min_time, int64_t max_time);
/* Hands out what was kept, best first. */
void keep_finish(struct pipe_keep *k, void (*fn)(void *ctx, struct pipe_row *r), void *ctx);
bool keep_more(const struct pipe_keep *k);        /* rows were left out */
struct row_key keep_last(const struct pipe_keep *k); /* after keep_finish */

/* pipe_join.c: compare. Cells of both sides by their keys; column types say which keys are times, which the earlier side shifts. */
struct pipe_join;
struct pipe_join *join_new(struct pipe_run *run, size_t key_count, size_t cell_count, const struct pipe_column *columns);
void join_free(struct pipe_join *j);
bool join_add(struct pipe_join *j, int side, const struct pipe_row *r);
/* Lines: keys, cells now, cells before. attrs has their names. */
void join_finish(struct pipe_join *j, struct attr *attrs, void (*fn)(void *ctx, struct pipe_row *r), void *ctx);
#endif
