/* The query language's first stage: text as people type it, parsed once into a tree (query_parse.c) that the engine runs on rows
 * (query_match.c). Nothing but these two files knows the syntax or the meaning of a field, so another engine can be given the same tree.
 *
 *   blanks mean AND; OR, NOT, AND in capitals and parentheses work as in other search boxes; AND binds closer than OR
 *   word            in the body (a span's name) or any attribute value; ASCII letters without case, whole or part
 *   "a phrase"      the same, with blanks; \" and \\ inside
 *   -term           NOT
 *   field:value     equal without case; * at either end of an unquoted value matches anything; field:* means present
 *   field=v field!=v field>=500 field<2 ...   numbers compare as numbers, other values as text; durations (300ms) for `duration`
 * Fields of every row: service version instance level trace span body (name for spans) kind status duration scope parent; any other name
 * is an attribute of the record or of its resource. */
#ifndef PLEACH_STORE_QUERY_H
#define PLEACH_STORE_QUERY_H
#include "base/err.h"
#include "store/row.h"

enum { QUERY_MAX_TEXT = 4096, QUERY_MAX_DEPTH = 32 };
enum query_op { QUERY_ALL, QUERY_AND, QUERY_OR, QUERY_NOT, QUERY_TEXT, QUERY_FIELD };
enum query_compare { QUERY_EQUAL, QUERY_NOT_EQUAL, QUERY_LESS, QUERY_LESS_EQUAL, QUERY_GREATER, QUERY_GREATER_EQUAL, QUERY_PRESENT };
enum query_field {
	FIELD_ATTRIBUTE, FIELD_SERVICE, FIELD_VERSION, FIELD_INSTANCE, FIELD_LEVEL, FIELD_TRACE, FIELD_SPAN, FIELD_BODY, FIELD_KIND,
	FIELD_STATUS, FIELD_DURATION, FIELD_SCOPE, FIELD_PARENT
};
struct query_node {
	enum query_op op;
	const struct query_node *left, *right; /* NOT: left only */
	/* QUERY_TEXT: text. QUERY_FIELD: the rest. */
	struct str text;             /* value as typed, without quotes and outer stars */
	enum query_field field;
	enum query_compare compare;
	struct str name;             /* of an attribute */
	bool star_before, star_after;
	bool is_number;
	double number;               /* of the value; ns for FIELD_DURATION */
	uint8_t low, high;           /* FIELD_LEVEL: severities that match */
	struct trace_id trace;
	struct span_id span;
	uint32_t column;             /* in the query's text, from 1 */
};
struct query {
	const struct query_node *root;
	struct str text;
	/* Set when every match must have this trace id: the engine then goes by the index of ids. */
	bool has_trace;
	struct trace_id trace;
};
/* The tree lives in the arena. On an error: ERR_INPUT, message, column (place in the text, from 1, in bytes). */
bool query_parse(struct query *q, struct arena *a, struct str text, struct err *e);

/* A row as the matcher sees it. */
struct query_row {
	const struct resource *resource; /* names; attrs not needed */
	struct str resource_bytes;       /* encoded: for attributes of the resource */
	struct str row;
};
/* scratch: for numbers as text; cleared and reused. */
bool query_matches(const struct query *q, const struct query_row *r, struct buf *scratch);

/* Whether any row of this resource with a level in the mask (bit = level index) can match: false only when certain. */
bool query_may_match(const struct query *q, const struct resource *names, uint8_t level_mask);
/* none 0, trace 1, debug 2, info 3, warn 4, error 5, fatal 6 */
enum { LEVEL_COUNT = 7 };
uint8_t level_index(uint8_t severity);
/* The level of a row: of its severity; a span that failed counts as error, another one as none. */
uint8_t row_level(const struct row_head *h);
#endif
