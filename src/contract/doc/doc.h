/* A JSON or YAML document as a tree in which each node knows its byte in the text: what OpenAPI, AsyncAPI, JSON Schema, Avro and witnesses are read
 * from. 16 bytes a node, 32 a member. JSON by simdjson, YAML by libfyaml with the scalars of YAML 1.2's core schema (so `no` and dates are text),
 * anchors, aliases and `<<` (bounded). Duplicate keys are an error with both places. */
#ifndef PLEACH_CONTRACT_DOC_H
#define PLEACH_CONTRACT_DOC_H
#include "base/json.h"
#include "contract/source.h"

enum doc_type { DOC_NULL, DOC_FALSE, DOC_TRUE, DOC_INT, DOC_DOUBLE, DOC_STRING, DOC_ARRAY, DOC_OBJECT };
enum { DOC_DEPTH_MAX = 512, DOC_ALIAS_MAX = 1 << 20 /* nodes that aliases may add to one document */ };
struct doc {
	uint32_t offset;             /* of its first byte in the file's text */
	uint32_t type : 4, count : 28; /* string: bytes; array: items; object: members */
	union {
		int64_t i;
		double d;
		const char *p;               /* UTF-8, not terminated */
		const struct doc *items;
		const struct doc_member *members; /* in the order of the text */
	};
};
struct doc_member {
	const char *key;
	uint32_t key_len, key_offset;
	struct doc value;
};
struct doc_file {
	struct str path, text;
	const struct doc *root;
	struct line_index lines;     /* built on demand by doc_place */
	struct arena *arena;
};
/* By the text's first character ('{' or '[' is JSON, else YAML). The tree lives in `a`; the text must outlive it. */
struct doc_file *doc_parse(struct arena *a, struct str path, struct str text, struct err *e);
static inline struct str doc_str(const struct doc *d) { return d && d->type == DOC_STRING ? str_from(d->p, d->count) : (struct str){ NULL, 0 }; }
static inline struct str doc_key(const struct doc_member *m) { return str_from(m->key, m->key_len); }
static inline bool doc_is(const struct doc *d, enum doc_type t) { return d && d->type == t; }
static inline bool doc_is_number(const struct doc *d) { return d && (d->type == DOC_INT || d->type == DOC_DOUBLE); }
double doc_number(const struct doc *d);
/* Member of an object; NULL when d is NULL, no object, or has none. Linear up to 16 members; larger objects have a hashed index. */
const struct doc *doc_get(const struct doc *d, struct str key);
const struct doc_member *doc_member(const struct doc *d, struct str key);
bool doc_true(const struct doc *d); /* is the boolean true */
/* By JSON pointer (RFC 6901), also in its URI fragment form ("#/a~1b/%7Bid%7D"); NULL where nothing is. */
const struct doc *doc_pointer(const struct doc *root, struct str pointer);
/* Equality as of JSON Schema: 1 equals 1.0, members in any order. Hash agrees with it. */
bool doc_equal(const struct doc *a, const struct doc *b);
uint64_t doc_hash(const struct doc *d);
struct text_place doc_place(struct doc_file *f, uint32_t offset);
/* As JSON. */
void doc_write(const struct doc *d, struct json_out *o);
#endif
