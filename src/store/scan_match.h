/* A query's tree on a block's columns: which rows match, without making rows of them. Leaves run on dictionary entries once a segment, on
 * the packed values of variables, on numbers; only what columns cannot answer makes rows whole and asks query_match.c, so that both always
 * agree. Filters say before a block is opened that it can't match.
 *
 * A matcher belongs to one scan; matcher_segment is called when a segment is opened. */
#ifndef PLEACH_STORE_SCAN_MATCH_H
#define PLEACH_STORE_SCAN_MATCH_H
#include "store/bits.h"
#include "store/query.h"
#include "store/scan_needle.h"
#include "store/segment.h"

enum { MATCH_MAX_LEAVES = 64, MATCH_MAX_TOKENS = 128, MATCH_FIRST_TEXTS = 4096, MATCH_MAX_TEXTS = 1 << 17 }; /* more leaves: rows are made; more tokens: are not filtered by */
enum verdict { VERDICT_UNKNOWN, VERDICT_NEVER, VERDICT_MAYBE, VERDICT_ALWAYS };

/* What is known of a text of the cache's pool, by its number. */
struct text_verdict { uint32_t born, verdict; };
/* What is kept for a leaf; entries, resources and within_json of the segment that is read. */
struct leaf_state {
	const struct query_node *leaf;
	struct text_verdict *texts;   /* text_count of them */
	uint32_t text_count;
	uint8_t *entries;             /* verdict by dictionary entry */
	uint8_t *resources;           /* by resource: matches by a name or attribute of it */
	bool needs_static;            /* a whole token of the needle has no digit: `needed` must be in the template */
	struct str needed;
	bool may_span_variables;      /* the needle can stand in, or reach into, a variable */
	bool single_token;            /* the needle is nothing but characters of tokens */
	struct needle needle;         /* then */
	bool probes;                  /* it is a whole token, not of digits alone: streams alone mostly say that a block does not have it (scan_probe.c) */
	bool in_dictionary, dictionary_known; /* of this segment: its bytes have the needle */
	bool in_no_template;          /* of this segment, by its filter: only in variables, or in whole values */
	bool in_no_entry;             /* nor in those */
	bool dotted;                  /* of an attribute whose name has a dot: it may be within JSON … */
	bool within_json;             /* … of a name that attributes of this segment have */
};
struct token_need { uint64_t hash; bool id; bool loaded; struct segment_answer answer; };
struct matcher {
	const struct query *q;
	struct segment_reader *r;
	struct arena arena;           /* of the segment */
	struct leaf_state leaves[MATCH_MAX_LEAVES];
	uint32_t leaf_count;
	bool by_rows;                 /* more leaves than that */
	struct token_need *needs;     /* MATCH_MAX_TOKENS, by leaf in the order of the tree */
	uint32_t need_count;
	struct buf scratch, value;
	uint64_t rows_made;
};
void matcher_init(struct matcher *m, const struct query *q);
void matcher_release(struct matcher *m);
/* False: nothing in this segment matches, or e is set. */
bool matcher_segment(struct matcher *m, struct segment_reader *r, struct err *e);
/* False only when certain: by the segment's filters. */
bool matcher_may_have(struct matcher *m, const struct segment_block *k);
/* Leaves those rows of the set that match. The block is open in the reader. */
bool matcher_select(struct matcher *m, uint64_t *rows, struct err *e);

/* How many of the open block's rows match, where its directory alone says it; else *known is false. For a block whose rows are all asked for. */
bool matcher_count(struct matcher *m, uint32_t *count, bool *known, struct err *e);

/* Columns that a text leaf looks at. */
static inline bool column_is_searched(const struct column *c) { return c->id == COLUMN_BODY || c->id == COLUMN_SCOPE || c->id == COLUMN_MESSAGE || c->id == COLUMN_ATTRIBUTE; }

/* scan_probe.c. Whether the open block, which may be bare, certainly has no row that matches; the query asks for whole tokens (matcher_probes). */
bool matcher_probes(const struct matcher *m);
bool matcher_absent(struct matcher *m, bool *absent, struct err *e);

/* scan_ids.c: rows by trace and span id; whether such can match the leaf at all, or the block has none that does. */
bool leaf_ids(struct matcher *m, const struct query_node *n, const uint64_t *rows, uint64_t *hits, struct err *e);
bool leaf_may_be_id(const struct query_node *n);
bool leaf_not_in_ids(struct matcher *m, const struct leaf_state *s, bool *absent, struct err *e);
/* scan_match.c: `entries` is there; `resources` is there and tells which match a text leaf; whether numbers of this type can match it. */
bool leaf_ready(struct matcher *m, struct leaf_state *s);
bool leaf_resources(struct matcher *m, struct leaf_state *s);
bool leaf_may_be_number(const struct query_node *n, enum value_type type);
/* scan_filter.c: notes what the leaf needs of the filters. */
void matcher_need(struct matcher *m, const struct query_node *leaf);
/* The leaf's state; NULL: there are too many. */
struct leaf_state *matcher_leaf(struct matcher *m, const struct query_node *n);
/* scan_text.c: a leaf on the values of a text column. rows: those to look at; hits: set for those that match. */
void leaf_prepare(struct leaf_state *s);
bool leaf_text_column(struct matcher *m, struct leaf_state *s, struct column *c, const uint64_t *rows, uint64_t *hits, struct err *e);
/* How many of the column's values match, where its entries say it. */
bool leaf_text_count(struct matcher *m, struct leaf_state *s, struct column *c, uint32_t *count, bool *known, struct err *e);
/* scan_stream.c: whether the needle of a leaf that asks tokens is certainly in no variable of the column; the block may be bare. Then, where it may be, entry by entry: for digits, which can be
 * in any number, and for whole tokens the verdicts of entries no value of which can hold them become NEVER. */
bool leaf_not_in_streams(struct matcher *m, const struct leaf_state *s, struct column *c, bool *absent, struct err *e);
bool leaf_exclude_entries(struct matcher *m, const struct leaf_state *s, struct column *c, uint8_t *verdicts, struct err *e);
#endif
