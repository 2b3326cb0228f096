/* Typed values and attributes, as OTLP's AnyValue and KeyValue. Shared by log records and spans. All text is borrowed. */
#ifndef PLEACH_MODEL_ATTR_H
#define PLEACH_MODEL_ATTR_H
#include "base/json.h"
#include "base/str.h"
enum value_type { VALUE_EMPTY, VALUE_STR, VALUE_BOOL, VALUE_INT, VALUE_DOUBLE, VALUE_BYTES, VALUE_JSON /* arrays and maps, as JSON text in s */ };
struct value {
	enum value_type type;
	union { struct str s; bool b; int64_t i; double d; };
};
struct attr { struct str key; struct value value; };
static inline struct attr attr_str(struct str k, struct str v) { return (struct attr){ k, { .type = VALUE_STR, .s = v } }; }
static inline struct attr attr_int(struct str k, int64_t v) { return (struct attr){ k, { .type = VALUE_INT, .i = v } }; }
static inline struct attr attr_bool(struct str k, bool v) { return (struct attr){ k, { .type = VALUE_BOOL, .b = v } }; }
const struct value *attr_find(const struct attr *attrs, size_t n, struct str key); /* NULL when absent */
struct str attr_find_str(const struct attr *attrs, size_t n, struct str key);      /* {NULL,0} when absent or no text */
void value_json(struct json_out *o, const struct value *v);
/* As people read it: text as it is, numbers in decimal, bytes in hex. */
void value_text(struct buf *b, const struct value *v);
#endif
