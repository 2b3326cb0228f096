/* Values that a schema takes, to try what is done with them: not to prove something for all of them. */
#ifndef PLEACH_CONTRACT_SCHEMA_SAMPLE_H
#define PLEACH_CONTRACT_SCHEMA_SAMPLE_H
#include "contract/schema/schema.h"

struct schema_sampler;
/* NULL where there is no memory. The set must outlive it. */
struct schema_sampler *schema_sampler_new(struct schema_set *set);
void schema_sampler_free(struct schema_sampler *s);
/* The n-th value of a schema, checked, in `a`: 0 the plainest (what is required), others by chance, the same for the same n. Only members that are described.
 * NULL: none was found for this n. */
const struct doc *schema_sample(struct schema_sampler *s, const struct schema *of, uint64_t n, enum schema_use use, struct arena *a);
#endif
