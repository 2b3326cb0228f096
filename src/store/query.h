/* The query language's first stage: text as people type it, parsed once into a tree (query_parse.c, query_value.c; the forms of Loki:
 * query_loki.c) that the engine runs on rows (query_match.c). The page for people is docs/query.md. Nothing but these files knows the
 * syntax or the meaning of a field, so another engine can be given the same tree. Pipes are in store/pipe.h.
 *
 *   blanks mean AND; or, not, and (&&, ||) in either case where a term may stand; parentheses; AND binds closer than OR
 *   word            in any field, without case, at token boundaries; pre* *suf *sub* drop the right, left, both boundaries
 *   "a phrase"      the same, with blanks; \" and \\ inside; `raw text` the same without escapes
 *   ="exact text"   in any field, with case, no boundaries
 *   "a phrase"* *"a phrase"  without that boundary
 *   /regex/ /regex/i  anywhere in any field (PCRE2)
 *   -term           NOT
 *   field:value     equal, or contained at token boundaries; stars as above; field:a,b either; field:(a or b); field:/regex/
 *   field=v field!=v field>=500 field<2 ...   whole value: numbers as numbers, other values as text (= and != without case)
 *   field:[1 TO 5] field:{1 TO 5}  ranges; has:field, field:*, _exists_:field  present; last:30m  time, instead of from and to
 *   {app="x", level=~"a|b"} |= "y" != "z" |~ "re" !~ "re"    as Loki has them
 * Fields of every row: service version instance level trace span body, and where the record has no attribute of that name: name message
 * msg kind status duration scope parent. Any other name is an attribute of the record or of its resource, or, with dots, a place within
 * an attribute that is a JSON object.
 *
 * A token is a longest run of letters, digits, "_" and bytes from 0x80. A needle has a boundary at an end where its own outermost character
 * belongs to a token: "time" is not in "timeout", "/v1/orders" is in "GET /v1/orders HTTP" and not in "/v1/orders2". */
#ifndef PLEACH_STORE_QUERY_H
#define PLEACH_STORE_QUERY_H
#include "base/err.h"
#include "store/row.h"

enum { QUERY_MAX_TEXT = 4096, QUERY_MAX_DEPTH = 32, QUERY_MAX_REGEXES = 16 };
enum query_op { QUERY_ALL, QUERY_AND, QUERY_OR, QUERY_NOT, QUERY_TEXT, QUERY_FIELD };
enum query_compare {
	QUERY_TOKEN,                 /* contained at token boundaries (or equal, which is the same); of numbers: equal */
	QUERY_EQUAL, QUERY_NOT_EQUAL, QUERY_LESS, QUERY_LESS_EQUAL, QUERY_GREATER, QUERY_GREATER_EQUAL, /* whole value; QUERY_FIELD only */
	QUERY_PRESENT,               /* QUERY_FIELD only */
	QUERY_EXACT,                 /* contained, with case, no boundaries */
	QUERY_REGEX
};
enum query_field {
	FIELD_ATTRIBUTE, FIELD_SERVICE, FIELD_VERSION, FIELD_INSTANCE, FIELD_LEVEL, FIELD_TRACE, FIELD_SPAN, FIELD_BODY, FIELD_KIND,
	FIELD_STATUS, FIELD_DURATION, FIELD_SCOPE, FIELD_PARENT
};
struct query_regex;
/* AND and OR chains lean left; a list field:a,b is a chain of OR. */
struct query_node {
	enum query_op op;
	const struct query_node *left, *right; /* NOT: left only */
	/* A leaf, everything parsed: */
	enum query_compare compare;
	struct str text;             /* the needle without quotes and outer stars; of a regex its source */
	struct str lower;            /* text in lower case (ASCII) */
	bool edge_left, edge_right;  /* QUERY_TOKEN: needs a boundary there */
	bool is_number;              /* QUERY_FIELD: text is a number, so "5" may also match a value written 5.0 or 5e0 */
	double number;               /* ns for FIELD_DURATION */
	bool is_trace, is_span;      /* an id: FIELD_TRACE, FIELD_SPAN, FIELD_PARENT, or a bare word of that shape, which then also matches
	                              * rows that have this id (a UUID's dashes are left out) */
	struct trace_id trace;
	struct span_id span;
	const struct query_regex *regex;
	bool whole;                  /* QUERY_REGEX: the whole value has to match (field=~"re") */
	/* QUERY_FIELD: */
	enum query_field field;
	bool attribute_first;        /* an attribute of this name, where the row has one, is meant instead of the field */
	struct str name;             /* as typed: an attribute's name */
	uint8_t low, high;           /* FIELD_LEVEL (not PRESENT or REGEX): severities that match; NOT_EQUAL: that don't */
	uint32_t column;             /* in the query's text, from 1 */
};
struct query {
	const struct query_node *root;
	struct str text;             /* of the first stage */
	/* Set when every match must have this trace id: the engine then goes by the index of ids. */
	bool has_trace;
	struct trace_id trace;
	bool has_last;               /* last:30m: from now - last to now, whatever else was asked for */
	int64_t last;
	struct query_regex *regexes;
};
/* The tree lives in the arena, compiled regexes in memory of their own until query_release. On an error: ERR_INPUT, message, column (place
 * in the text, from 1, in bytes), and nothing to release. Pipes are refused with a message that says who takes them. */
bool query_parse(struct query *q, struct arena *a, struct str text, struct err *e);
/* Of a zeroed or parsed query; may be called twice. */
void query_release(struct query *q);
/* A place's text again, in the one usual spelling; parses to an equal tree. */
void query_print(struct buf *b, const struct query_node *n);

/* A row as the matcher sees it. */
struct query_row {
	const struct resource *resource; /* names; attrs not needed */
	struct str resource_bytes;       /* encoded: for attributes of the resource */
	struct str row;
};
/* scratch: for numbers as text; cleared and reused. One thread at a time for one query (a regex has working memory). */
bool query_matches(const struct query *q, const struct query_row *r, struct buf *scratch);
/* Fields that pipes made, before all others of the row. alone: there is no row (a line of a table), every name is one of these. */
struct query_extra { const struct attr *attrs; size_t count; bool alone; };
bool query_node_matches(const struct query_node *n, const struct query_row *r, const struct query_extra *extra, struct buf *scratch);

/* --- leaves, as the row matcher uses them, for an engine that keeps values in columns ------------------------------------------------- */
/* QUERY_TEXT, or a QUERY_FIELD that compares with text: of one text. */
bool query_text_matches(const struct query_node *leaf, struct str text);
/* A leaf on one value of any type: of the leaf's field (QUERY_FIELD, not of FIELD_LEVEL and the ids), or of any field (QUERY_TEXT). */
bool query_value_matches(const struct query_node *leaf, const struct value *v, struct buf *scratch);
/* Whether a row has a trace or span id that the leaf asks for: of a QUERY_TEXT (also by its hex text), FIELD_TRACE, FIELD_SPAN. */
bool query_ids_match(const struct query_node *leaf, const struct row_head *h);
bool query_level_matches(const struct query_node *leaf, uint8_t severity);
/* A row without the field: only "not equal" holds then (and field=""). */
static inline bool query_absent_matches(const struct query_node *leaf)
{
	return leaf->compare == QUERY_NOT_EQUAL ? leaf->text.len > 0 : leaf->compare == QUERY_EQUAL && leaf->text.len == 0;
}

/* Whether any row of this resource with a level in the mask (bit = level index) can match: false only when certain. */
bool query_may_match(const struct query *q, const struct resource *names, uint8_t level_mask);
/* none 0, trace 1, debug 2, info 3, warn 4, error 5, fatal 6 */
enum { LEVEL_COUNT = 7 };
uint8_t level_index(uint8_t severity);
struct str level_name(uint8_t level); /* its word; "none" for 0 */
/* The level of a row: of its severity; a span that failed counts as error, another one as none. */
uint8_t row_level(const struct row_head *h);

/* A character of a token. */
static inline bool query_is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}
/* Whether a dotted name may be a place within an attribute of this key. */
static inline bool query_path_begins(struct str key, struct str name) { return key.len < name.len && name.p[key.len] == '.' && str_starts(name, key); }
/* The value at a path of dotted names within a JSON object's text: false when there is none. Text with escapes is decoded into scratch. */
bool query_json_path(struct str json, struct str path, struct value *out, struct buf *scratch);
/* How often a regex gave up at its limits since it was compiled (such rows count as not matching); an answer says so. */
uint64_t query_regex_limited(const struct query *q);
#endif
