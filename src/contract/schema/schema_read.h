/* Private to contract/schema: the steps of reading, between schema_set.c (which schema when) and schema_read.c (what a schema says). */
#ifndef PLEACH_CONTRACT_SCHEMA_READ_H
#define PLEACH_CONTRACT_SCHEMA_READ_H
#include "contract/schema/schema_impl.h"

/* The schema at a node, its keywords read later; NULL where the set is full. `resource` is that of the schema it stands in. */
struct schema *schema_set_place(struct schema_set *set, const struct schema_resource *resource, const struct doc *node, enum schema_dialect dialect);
bool schema_read_keywords(struct schema_set *set, struct schema *s, struct err *e);
/* Refuses schemas that apply themselves to the same value, which no validator can end; for those read since the last call. */
bool schema_read_loops(struct schema_set *set, struct err *e);
bool schema_read_full(struct err *e);
void schema_read_prepare(struct schema_set *set);
#endif
