/* What the fleet's own broker of pacts says of services as providers, for the score: asked on the loop's thread before a round goes to its worker. */
#ifndef PLEACH_PART_CATALOG_PACTS_H
#define PLEACH_PART_CATALOG_PACTS_H
#include "catalog/picture/picture.h"
#include "catalog/score/score.h"

/* Of one provider; what it gives need not live on. */
typedef struct score_pacts catalog_ask_pacts(void *ctx, struct str provider);
struct catalog_pacts { struct str *names; struct score_pacts *items; size_t count; };
/* Of the services of the picture before (NULL: there is none yet), and of the fleet's. Everything in the arena; ask NULL: nothing is known. */
void catalog_pacts_gather(struct catalog_pacts *to, struct arena *a, const struct picture *before, const struct fleet *f, catalog_ask_pacts *ask, void *ctx);
/* NULL: nobody was asked about it. */
const struct score_pacts *catalog_pacts_of(const struct catalog_pacts *p, struct str service);
#endif
