/* Messages without generated code: values of any message of a model, read from bytes or JSON, written as either, and compared across two versions of a contract.
 * This is the validator behind witnesses: what an old writer wrote, as a new reader understands it. Everything is in the arena given. */
#ifndef PLEACH_CONTRACT_PROTO_DYNAMIC_H
#define PLEACH_CONTRACT_PROTO_DYNAMIC_H
#include "contract/proto/proto.h"

enum { DYN_DEPTH_MAX = 100 };
enum dyn_kind { DYN_INT, DYN_REAL, DYN_BYTES, DYN_MESSAGE };
struct dyn_value {
	enum dyn_kind kind;
	bool negative;                 /* of DYN_INT: the value is -magnitude */
	union { uint64_t magnitude; double real; struct str bytes; struct dyn *message; };
};
struct dyn_field { const struct proto_field *field; struct dyn_value *values; size_t count, capacity; };
struct dyn {
	const struct proto_message *type;
	struct dyn_field *fields;      /* the ones that are set */
	size_t count, capacity;
	uint32_t unknown, unknown_number; /* fields that the type does not know, and the first one's number */
};
struct dyn_fault { char text[256]; };   /* why a value is refused */

struct dyn *dyn_new(struct arena *a, const struct proto_message *type);
/* Sets a single field (other members of its oneof go away), appends to a repeated one. */
bool dyn_put(struct arena *a, struct dyn *d, const struct proto_field *f, struct dyn_value v);
const struct dyn_field *dyn_get(const struct dyn *d, int32_t number);
static inline struct dyn_value dyn_int(int64_t v) { return (struct dyn_value){ .kind = DYN_INT, .negative = v < 0, .magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v }; }
static inline struct dyn_value dyn_uint(uint64_t v) { return (struct dyn_value){ .kind = DYN_INT, .magnitude = v }; }
int64_t dyn_signed(struct dyn_value v);

/* NULL with the fault: malformed bytes, text that is no UTF-8 where that is checked, a required field that is missing. */
struct dyn *dyn_decode(struct arena *a, const struct proto_message *type, struct str bytes, struct dyn_fault *fault);
bool dyn_encode(const struct dyn *d, struct buf *out);
/* Protobuf's JSON. Unknown names, unknown enum names and values of another kind are refused, as its parsers do it. */
struct dyn *dyn_from_json(struct arena *a, const struct proto_message *type, struct str text, struct dyn_fault *fault);
bool dyn_to_json(const struct dyn *d, struct buf *out);
/* "total: 7, items: [{sku: \"a\"}], field 5: not known" */
void dyn_say(const struct dyn *d, struct buf *out);
/* Whether both mean the same, field by field under their numbers, defaults counted; else what does not, in words. */
bool dyn_same(const struct dyn *a, const struct dyn *b, struct dyn_fault *difference);
/* The same under their JSON names. */
bool dyn_same_json(const struct dyn *a, const struct dyn *b, struct dyn_fault *difference);
/* A required field that is missing, at any depth; NULL: none. */
const struct proto_field *dyn_missing(const struct dyn *d);
struct dyn_value dyn_default(const struct proto_field *f);
#endif
