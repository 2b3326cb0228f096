/* Ids of calls and W3C Trace Context level 2 (www.w3.org/TR/trace-context-2). One 16-byte value is trace id and correlation id in one. */
#ifndef PLEACH_MODEL_IDS_H
#define PLEACH_MODEL_IDS_H
#include "base/buf.h"
#include "base/str.h"

struct trace_id { uint8_t b[16]; };
struct span_id { uint8_t b[8]; };
static inline bool trace_id_is_zero(const struct trace_id *t) { static const struct trace_id z; return memcmp(t, &z, sizeof(z)) == 0; }
static inline bool span_id_is_zero(const struct span_id *s) { static const struct span_id z; return memcmp(s, &z, sizeof(z)) == 0; }
static inline bool trace_id_eq(const struct trace_id *a, const struct trace_id *b) { return memcmp(a, b, sizeof(*a)) == 0; }
/* From randomness (two or one 64-bit values); never zero. */
struct trace_id trace_id_make(uint64_t high, uint64_t low);
struct span_id span_id_make(uint64_t random);
/* 32 / 16 hex digits in either case (OTLP JSON allows both); not all zero. */
bool trace_id_parse(struct trace_id *t, struct str s);
bool span_id_parse(struct span_id *t, struct str s);

enum { TRACE_SAMPLED = 1, TRACE_RANDOM = 2, TRACEPARENT_LEN = 55 };
struct trace_context {
	struct trace_id trace;
	struct span_id parent;
	uint8_t flags;       /* bits 0 and 1 only; others are dropped as version 00 asks */
};
/* traceparent: lower case only; version ff refused; a higher version is read by its first 55 characters when character 56 is '-' or absent. */
bool traceparent_parse(struct trace_context *c, struct str value);
/* 55 characters, version 00. */
void traceparent_write(char out[TRACEPARENT_LEN], const struct trace_context *c);
/* tracestate: the list values of all header fields in order. Strict: any member that does not parse discards the whole list (returns
 * false and writes nothing). Empty members and blanks around members are allowed; at most 32 members; when the same key comes twice
 * the list is kept as it came. Writes the members joined by "," without blanks to out. */
bool tracestate_combine(struct buf *out, const struct str *values, size_t n);

/* A trace id that occurs in free text: 32 hex digits standing alone, or inside a traceparent. */
bool trace_id_find(struct trace_id *t, struct str text);
/* Only one that the text around it says to be one: in a traceparent, with "trace" or "correlation" shortly before it, or in brackets as loggers
 * write it. For messages of records that have fields: there, other ids of 32 digits (tenants, checksums) are as likely. */
bool trace_id_find_named(struct trace_id *t, struct str text);
#endif
