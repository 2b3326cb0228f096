/* A whole search: the first stage (query.h) and the pipes behind it, parsed once into a plan (pipe_parse.c) that the engine runs (pipe_run.h) and
 * that another engine can be given. The page for people is docs/query.md.
 *
 *   where QUERY                     keeps rows, by the language of the first stage; also of fields that pipes made, and of columns
 *   parse "user <u> in <ms:num>ms"  fields out of the message, or of a field: parse path "/v1/<what>"; parse /(?<ms>\d+)ms/
 *   stats count(), p95(ms) as slow by service, bucket(1m)
 *   top 10 field                    most frequent values;  top 10 a, b: pairs
 *   patterns                        messages grouped by what is the same in them
 *   sort by a desc, b   limit 10   fields a, b   context 5   compare 1d
 * Loki's and others' words for the same are understood: json and logfmt (nothing to do), filter, pattern, regexp, extract, head, order. */
#ifndef PLEACH_STORE_PIPE_H
#define PLEACH_STORE_PIPE_H
#include "store/query.h"

enum {
	PIPE_MAX_STAGES = 16,
	PIPE_MAX_KEYS = 8,           /* fields of by, top, sort */
	PIPE_MAX_AGGREGATES = 16,
	PIPE_MAX_FIELDS = 32,        /* of fields, and of one parse */
	PIPE_MAX_PAGE = 1000,        /* rows of an answer */
	PIPE_MAX_LINES = 10000,      /* lines of a table */
	PIPE_MAX_CONTEXT = 100,      /* lines on each side */
	PIPE_MAX_HITS = 50,          /* rows whose context is shown */
	PIPE_MAX_GROUPS = 1 << 20    /* of stats, top, patterns; also bounded in bytes: PIPE_MEMORY */
};
enum { PIPE_MEMORY = 64 << 20 };

enum stage_op { STAGE_WHERE, STAGE_PARSE, STAGE_STATS, STAGE_TOP, STAGE_PATTERNS, STAGE_SORT, STAGE_LIMIT, STAGE_FIELDS, STAGE_CONTEXT, STAGE_COMPARE };
enum pipe_source { PIPE_FIELD /* as in a query: field */, PIPE_TIME, PIPE_BUCKET /* of time */, PIPE_ID };
struct pipe_field {
	enum pipe_source source;
	struct query_node leaf;      /* PIPE_FIELD: field, attribute_first, name */
	struct str name;             /* as typed; "time" for a bucket */
	int64_t step;                /* PIPE_BUCKET, ns */
	bool descending;             /* of a sort */
};
enum pipe_function { PIPE_COUNT, PIPE_RATE, PIPE_SUM, PIPE_AVG, PIPE_MIN, PIPE_MAX, PIPE_PERCENTILE, PIPE_DISTINCT };
struct pipe_aggregate {
	enum pipe_function function;
	bool has_field;              /* count() and rate() may have none */
	struct pipe_field field;
	double quantile;             /* 0 to 1 */
	struct str name;             /* of the column */
};
/* A piece of a parse pattern: text, or (name set) a capture; name "_" is left out. */
struct pipe_piece { struct str text, name; bool is_number; };
struct pipe_stage {
	enum stage_op op;
	uint32_t column;             /* in the query's text, from 1 */
	const struct query_node *where;
	struct pipe_field from;      /* parse */
	struct pipe_piece *pieces;
	size_t piece_count;
	const struct query_regex *regex; /* parse /…/ */
	struct pipe_aggregate *aggregates;
	size_t aggregate_count;
	struct pipe_field *keys;     /* stats by, top, sort, fields */
	size_t key_count;
	uint64_t n;                  /* top, limit, context */
	int64_t back;                /* compare, ns */
};
struct pipe {
	struct query q;
	struct pipe_stage *stages;
	size_t stage_count;
};
/* Plan in the arena; errors as query_parse has them. pipe_release releases the query. */
bool pipe_parse(struct pipe *p, struct arena *a, struct str text, struct err *e);
static inline void pipe_release(struct pipe *p) { query_release(&p->q); }
/* The whole text in the one usual spelling; parses to an equal plan. */
void pipe_print(struct buf *b, const struct pipe *p);
/* What comes out: log rows, or a table whose columns are known before it runs. */
bool pipe_makes_table(const struct pipe *p);
static inline bool stage_makes_table(enum stage_op op) { return op == STAGE_STATS || op == STAGE_TOP || op == STAGE_PATTERNS || op == STAGE_COMPARE || op == STAGE_FIELDS; }
#endif
