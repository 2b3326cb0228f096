/* What the fleet's own broker of pacts says of providers, for the score: asked on the loop's thread before a round goes to its worker. */
#ifndef PLEACH_PART_CATALOG_PACTS_H
#define PLEACH_PART_CATALOG_PACTS_H
#include "catalog/score/score.h"

struct catalog_pact { struct str provider; struct score_pacts of; };
/* Everything in the arena. asked: there is a broker. */
struct catalog_pacts { struct arena *arena; struct catalog_pact *items; size_t count, capacity; bool asked; };
void catalog_pacts_add(struct catalog_pacts *p, struct str provider, struct score_pacts of); /* texts are copied */
/* NULL: no broker was asked; of a provider that it did not tell of there is no pact. */
const struct score_pacts *catalog_pacts_of(const struct catalog_pacts *p, struct str service);
#endif
