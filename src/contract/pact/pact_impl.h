/* Private to contract/pact: what reading, comparing and generating share. */
#ifndef PLEACH_CONTRACT_PACT_IMPL_H
#define PLEACH_CONTRACT_PACT_IMPL_H
#include "contract/pact/pact.h"

/* The state of one reading. Functions return false with e set. */
struct pact_reader {
	struct arena *arena;
	struct doc_file *file;
	enum pact_version version;
	struct err *e;
	unsigned nested;                   /* rules within rules */
};
/* ERR_FILE_INVALID with the node's place; always false. */
bool pact_fault(struct pact_reader *r, const struct doc *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool pact_full(struct pact_reader *r);
/* The member as text; empty where there is none; false where it is something else. */
bool pact_text(struct pact_reader *r, const struct doc *of, const char *key, struct str *out);

bool pact_read_interaction(struct pact_reader *r, const struct doc *node, enum pact_kind kind, struct pact_interaction *out);
bool pact_read_content(struct pact_reader *r, const struct doc *node, enum pact_kind kind, struct pact_part *out);
bool pact_read_rules(struct pact_reader *r, const struct doc *node, struct pact_part *out);
bool pact_read_generators(struct pact_reader *r, const struct doc *node, struct pact_part *out);
/* One matcher; what is wrong with it becomes its fault. False only where memory is full. */
bool pact_read_matcher(struct pact_reader *r, const struct doc *node, struct pact_matcher *out);
bool pact_read_fields(struct pact_reader *r, const struct doc *node, struct pact_fields *out);
/* a=1&b=2 as fields in order of first occurrence, percent-encoding undone; in `a`. */
bool pact_query_fields(struct arena *a, struct str query, struct pact_fields *out);
/* Percent-encoding undone; '+' is a blank where `plus`. The text itself where there is nothing to undo; p NULL: the arena is full. */
struct str pact_percent_decode(struct arena *a, struct str s, bool plus);

/* "$.a[0]" and, for names (headers, query parameters), "a" or "a[0]". False with a sentence in `why` where it is no path. */
bool pact_path_parse(struct arena *a, struct str text, bool name, struct pact_path *out, struct str *why);

/* Bodies. What a body is of, from what is said and what it looks like. */
struct str pact_media_type(struct arena *a, struct str written); /* lower case, without parameters */
bool pact_type_is_json(struct str type);
bool pact_type_is_xml(struct str type);
bool pact_type_is_text(struct str type);
struct str pact_type_guess(struct str bytes);
/* Any JSON text, also one that is no object and no list; NULL with e where it is none. */
const struct doc *pact_json(struct arena *a, struct str text, struct err *e);
/* The JSON text of a node of a file without white space, numbers and escapes as written. p NULL: the arena is full. */
struct str pact_json_text(struct arena *a, const struct doc_file *f, const struct doc *node);
bool pact_read_body(struct pact_reader *r, const struct doc *node, struct pact_part *part, struct str said);

/* Regular expressions: the whole text must fit. NULL with a sentence in `why`. */
const struct pact_regex *pact_regex_compile(struct arena *a, struct str pattern, struct str *why);
enum pact_regex_answer { PACT_REGEX_NO, PACT_REGEX_YES, PACT_REGEX_LIMIT };
enum pact_regex_answer pact_regex_fits(const struct pact_regex *x, struct str text);
#endif
