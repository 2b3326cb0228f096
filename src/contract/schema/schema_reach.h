/* Private to contract/schema: which roots carry a change. Visits form a graph with cycles; its strongly connected components are found once, and the roots
 * above a component are a set that is made once and shared by all below that have no other. */
#ifndef PLEACH_CONTRACT_SCHEMA_REACH_H
#define PLEACH_CONTRACT_SCHEMA_REACH_H
#include "contract/schema/schema_compare_impl.h"

struct transition { uint32_t from, to; };
struct reach_set {
	uint32_t *ranks;             /* of roots in the order of their operations, with the direction in the lowest bit; sorted */
	size_t count;
	struct reach *entries;       /* one for each operation; made when first asked for */
	size_t entry_count;
	uint8_t positions;
};
struct reach_finder;
/* NULL where there is no memory. `transitions`: struct transition. */
struct reach_finder *reach_finder_new(struct schema_compare *c, const struct array *transitions);
void reach_finder_free(struct reach_finder *f);
/* The roots above a pair's visits in the local directions `dirs`; lives in the changes' arena. NULL on a limit. */
const struct reach_set *reach_of(struct reach_finder *f, uint32_t pair, int dirs);
#endif
