/* Whether a reader's schema reads what a writer's schema wrote (specification, "Schema Resolution"), for all pairs of types that meet below given
 * roots. Each pair is looked at once, whatever the number of places where it meets. The answer is the greatest fixed point: pairs are taken to fit
 * until one of their parts does not, so recursive types need no special care and nothing recurses.
 *
 * A pair needs all of its edges (records, arrays, maps, a union that is written), or one of them (a union that reads one type). A pair without edges is
 * decided by itself (`fault`). Names of records, enums and fixed types must be the same without their namespaces, or stand in the reader's aliases. */
#ifndef PLEACH_CONTRACT_AVRO_RESOLVE_H
#define PLEACH_CONTRACT_AVRO_RESOLVE_H
#include "contract/avro/avro.h"

enum avro_fault {
	AVRO_FITS,
	AVRO_FAULT_TYPE,             /* the types do not go together */
	AVRO_FAULT_NAME,             /* the same kind of type under another name */
	AVRO_FAULT_SIZE,             /* fixed */
	AVRO_FAULT_SYMBOLS,          /* the writer has symbols that the reader has not, nor a default */
	AVRO_FAULT_FIELDS,           /* the reader's record has fields that the writer's has not, and no defaults for them */
	AVRO_FAULT_BRANCH            /* no branch of the reader's union takes the type */
};
struct avro_edge {
	uint32_t pair;
	uint32_t step;               /* what to choose in the writer's schema to get there: branch or field; UINT32_MAX: nothing to choose */
	const struct avro_use *reader, *writer; /* where the two meet; NULL: where their pair met */
};
struct avro_pair {
	const struct avro_schema *reader, *writer;
	uint32_t first_edge, edge_count;
	uint32_t alive;              /* edges whose pair fits */
	bool any;                    /* one edge is enough */
	bool fits;
	enum avro_fault fault;       /* of its own, whatever its edges say */
};
struct avro_resolution {
	struct arena *arena;
	struct avro_pair *pairs;
	size_t count, capacity;
	struct avro_edge *edges;
	size_t edges_count, edges_capacity;
	uint32_t *slots;             /* hash of pairs */
	size_t mask;
};
enum { AVRO_PAIRS_MAX = 1 << 22 };
bool avro_resolution_init(struct avro_resolution *r, struct arena *arena);
/* The pair of two schemas; UINT32_MAX on a limit. */
uint32_t avro_resolution_add(struct avro_resolution *r, const struct avro_schema *reader, const struct avro_schema *writer);
/* Looks at all pairs below those added and decides them. False on a limit. */
bool avro_resolution_run(struct avro_resolution *r);
/* The writer's field that a field of the reader gets: by its name, else by its aliases. NULL: none. */
const struct avro_field *avro_field_of(const struct avro_field *reader_field, const struct avro_schema *writer);
/* Whether the names of two named types of one kind go together. */
bool avro_names_fit(const struct avro_schema *reader, const struct avro_schema *writer);
/* The first look at a pair that is no union: AVRO_FITS where only its parts can still fail. */
enum avro_fault avro_first_look(const struct avro_schema *reader, const struct avro_schema *writer);
#endif
