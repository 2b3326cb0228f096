/* What the parser's files share: the state of one parse, and the regexes. */
#ifndef PLEACH_STORE_QUERY_IMPL_H
#define PLEACH_STORE_QUERY_IMPL_H
#include "store/query.h"

struct parser {
	struct arena *a;
	struct str text;
	size_t at;
	int depth;
	struct err *e;
	struct query *q;             /* gets regexes and last: */
	size_t regexes;
	bool has_field;              /* within field:( … ): what a bare value belongs to */
	struct str field;
	size_t field_at;
	bool inside;                 /* under OR, NOT or parentheses: last: may not stand there */
};

static inline bool parse_is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static inline char parse_at(const struct parser *p, size_t i) { return i < p->text.len ? p->text.p[i] : '\0'; }
static inline bool parse_is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@'; }
static inline bool parse_is_name(char c) { return parse_is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/'; }
void parse_skip_blanks(struct parser *p);
/* Always false; column from the position. */
bool query_fail(struct parser *p, size_t at, const char *message);
struct query_node *parse_node(struct parser *p, enum query_op op, size_t where);
/* NULL when one of them is. */
const struct query_node *parse_join(struct parser *p, enum query_op op, const struct query_node *left, const struct query_node *right);
const struct query_node *parse_not(struct parser *p, const struct query_node *of);
/* "…" with \" and \\, or `…`; p->at stands on the opening quote. */
bool parse_quoted(struct parser *p, struct str *out);
static inline bool parse_is_quote(char c) { return c == '"' || c == '`'; }
/* Whether a regex between slashes begins at p->at: its second slash is followed by the end of a term. */
bool parse_regex_ahead(const struct parser *p);
/* One whole first stage: up to the end or a pipe. QUERY_ALL where there is nothing. NULL: e is set. */
const struct query_node *parse_stage(struct parser *p);
/* Begins with the first stage and leaves p behind it, for what follows it. On false nothing is to be released. */
bool query_begin(struct parser *p, struct query *q, struct arena *a, struct str text, struct err *e);
/* Whether a pipe's "|" (not Loki's |= |~ and not ||) is at p->at. */
bool parse_at_pipe(const struct parser *p);

/* query_value.c: leaves. where: the value's place. */
const struct query_node *parse_text_leaf(struct parser *p);
/* The value (or list, range, group, regex) of a field, p->at behind the comparison. */
const struct query_node *parse_field_leaf(struct parser *p, struct str name, enum query_compare compare, size_t start);
/* A leaf whose text, compare, field and name are set: what they mean is worked out. */
bool parse_leaf_value(struct parser *p, struct query_node *n, size_t where);
bool parse_leaf_regex(struct parser *p, struct query_node *n, struct str source, bool without_case, bool whole, size_t where);
void parse_leaf_field(struct query_node *n, struct str name);
bool parse_leaf_lower(struct parser *p, struct query_node *n);
/* Copies without meaning; a new leaf of a field. */
struct query_node *parse_new_field(struct parser *p, struct str name, enum query_compare compare, size_t where);

/* query_loki.c */
bool loki_selector_ahead(const struct parser *p);
const struct query_node *loki_selector(struct parser *p);
bool loki_filter_ahead(const struct parser *p);
const struct query_node *loki_filter(struct parser *p);

/* query_regex.c */
enum { REGEX_MATCH_LIMIT = 200 * 1000, REGEX_DEPTH_LIMIT = 1000, REGEX_HEAP_KIB = 4 << 10, REGEX_STACK_MAX = 256 << 10, REGEX_LITERAL = 64 };
/* NULL with e (column relative to the source's beginning: the caller adds). whole: the text must match from end to end. */
struct query_regex *regex_new(struct str source, bool without_case, bool whole, struct err *e);
void regex_free(struct query_regex *r);
bool regex_matches(const struct query_regex *r, struct str text);
/* Names of groups: of a `parse /…/`. group: index from 1; false when there is none. */
bool regex_group(const struct query_regex *r, size_t i, struct str *name);
/* The group's text of the last match; {NULL,0} where it took no part. */
struct str regex_group_text(const struct query_regex *r, size_t i, struct str subject);
/* The longest text that every match holds; empty where unknown. In lower case when regex_without_case. */
struct str regex_literal(const struct query_regex *r);
bool regex_without_case(const struct query_regex *r);
struct str regex_source(const struct query_regex *r);
/* query_print.c: between quotes; between slashes. */
void query_quote(struct buf *b, struct str s);
void regex_print(struct buf *b, const struct query_regex *r);
struct query_regex **regex_link(struct query_regex *r);
uint64_t regex_limited(const struct query_regex *r);

/* query_text.c: position of the first occurrence of a needle in lower case, without ASCII case, or SIZE_MAX. */
size_t text_find_lower(struct str text, struct str lower);
#endif
