/* JSON: reading by simdjson (base/json.cc, the only C++ file) into a compact tree in an arena; writing into a buf.
 * Duplicate keys: the last one wins in json_get. Depth is limited to JSON_MAX_DEPTH. Numbers: integers that fit are kept exact. */
#ifndef PLEACH_BASE_JSON_H
#define PLEACH_BASE_JSON_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INT, JSON_UINT /* only above INT64_MAX */, JSON_DOUBLE, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
enum { JSON_MAX_DEPTH = 64 };
struct json {
	enum json_type type;
	uint32_t count;          /* array: elements, object: members */
	union {
		int64_t i;
		uint64_t u;
		double d;
		struct str s;
		struct json *items;            /* array */
		struct json_member *members;   /* object, in the order of the text */
	};
};
struct json_member {
	struct str key;
	struct json value;
};
/* The tree lives in the arena (strings too: the text may go away). NULL with e set (ERR_INPUT with line and column, or ERR_TOO_LARGE
 * when the arena is full). */
const struct json *json_parse(struct arena *a, struct str text, struct err *e);
/* Member by key; NULL when j is NULL, no object, or has none. */
const struct json *json_get(const struct json *j, struct str key);
/* Typed look-ups with a fall-back: the value when present and of the type, else `otherwise`. */
struct str json_get_str(const struct json *j, struct str key, struct str otherwise);
int64_t json_get_i64(const struct json *j, struct str key, int64_t otherwise);
double json_get_f64(const struct json *j, struct str key, double otherwise);
bool json_get_bool(const struct json *j, struct str key, bool otherwise);
static inline bool json_is_number(const struct json *j) { return j && j->type >= JSON_INT && j->type <= JSON_DOUBLE; }
double json_f64(const struct json *j); /* of any number */

/* Writing. Commas and nesting are kept by the writer; output is compact, or indented by two blanks. A non-UTF-8 byte is written as U+FFFD.
 * Errors are the buf's (sticky). */
struct json_out {
	struct buf *b;
	bool pretty;
	uint8_t depth;
	uint64_t not_first, in_object; /* bit per depth */
	bool after_key;
};
void json_out_init(struct json_out *o, struct buf *b);
void json_out_object(struct json_out *o);
void json_out_array(struct json_out *o);
void json_out_end(struct json_out *o); /* closes the innermost */
void json_out_key(struct json_out *o, struct str key);
void json_out_str(struct json_out *o, struct str v);
void json_out_i64(struct json_out *o, int64_t v);
void json_out_u64(struct json_out *o, uint64_t v);
void json_out_f64(struct json_out *o, double v); /* shortest that reads back the same; NaN and infinities as null */
void json_out_bool(struct json_out *o, bool v);
void json_out_null(struct json_out *o);
void json_out_hex(struct json_out *o, const uint8_t *bytes, size_t n);
void json_out_raw(struct json_out *o, struct str json); /* a value already written as JSON */
void json_out_value(struct json_out *o, const struct json *j);
/* key and value in one, for the common case */
void json_kv_str(struct json_out *o, const char *key, struct str v);
void json_kv_i64(struct json_out *o, const char *key, int64_t v);
void json_kv_u64(struct json_out *o, const char *key, uint64_t v);
void json_kv_f64(struct json_out *o, const char *key, double v);
void json_kv_bool(struct json_out *o, const char *key, bool v);
/* Only the string literal with quotes and escapes. */
void json_quote(struct buf *b, struct str v);
#endif
