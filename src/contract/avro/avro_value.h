/* Values of Avro schemas: writing the smallest one that goes a given way, in JSON and in binary (specification, "Encodings"), and reading binary through the
 * resolution of two schemas. An own small implementation: it says what a change really does to a record. */
#ifndef PLEACH_CONTRACT_AVRO_VALUE_H
#define PLEACH_CONTRACT_AVRO_VALUE_H
#include "contract/avro/avro_resolve.h"

/* On the way through a value: where the schema is met for the first time in this order, the choice is taken: branch of a union, field of a record (all of
 * its fields are written; the way goes on in this one), symbol of an enum; an array or map gets one item. */
struct avro_step { const struct avro_schema *schema; uint32_t choice; };

/* How deep the smallest value of each schema is, by id; UINT32_MAX: it has none (a record that holds itself). In the arena, NULL when that is full. */
uint32_t *avro_ranks(struct arena *a, const struct avro_set *set);

enum { AVRO_VALUE_DEPTH_MAX = 40, AVRO_VALUE_BYTES_MAX = 64 << 10 };
struct avro_writing {
	const uint32_t *ranks;
	const struct avro_step *steps;
	size_t steps_count;
	struct buf *bytes;
	struct json_out *json;       /* Avro's JSON encoding */
	unsigned depth;
	bool failed;                 /* there is no such value within the limits */
};
/* False where there is none; bytes and JSON are then useless. */
bool avro_write_value(struct avro_writing *w, const struct avro_schema *s);

/* What a reader could not make of what it read. */
struct avro_failure {
	enum avro_fault fault;
	const struct avro_schema *reader, *writer;
	const struct avro_field *field; /* AVRO_FAULT_FIELDS: the reader's */
	struct str symbol;           /* AVRO_FAULT_SYMBOLS */
};
enum { AVRO_FAILURES_MAX = 64 };
struct avro_reading {
	struct str rest;             /* bytes; what is left of them */
	struct json_out *json;       /* the value as the reader has it, null where it cannot be read; NULL: not wanted */
	struct avro_failure failures[AVRO_FAILURES_MAX];
	size_t failures_count;       /* it goes on behind a failure, so that all of a record are found */
	unsigned depth;
	bool broken;                 /* the bytes are no value of the writer's schema */
};
void avro_read_value(struct avro_reading *r, const struct avro_schema *reader, const struct avro_schema *writer);
#endif
