/* Watches whether health checks say so when services are broken (catalog/score/health.h): from the calls of the last rounds (a minute, usually) and the state of instances, once a round; kept in .pleach/catalog/health.json. */
#ifndef PLEACH_PART_CATALOG_HEALTH_H
#define PLEACH_PART_CATALOG_HEALTH_H
#include "catalog/picture/picture.h"
#include "catalog/score/health.h"

/* How far back each round looks, in seconds: the store is asked for edges of that time. every: of rounds, ns. */
static inline int64_t catalog_health_window(int64_t every) { return 4 * every / 1000000000; }
/* One more step, from what was known before (NULL: from the folder). recent: schema "Edges", of the window, status: schema "Status"; NULL: not answered, nothing is concluded then. Written to the folder where something has
 * changed; what cannot be written is tried again with the next change. */
void catalog_health_make(struct health_history *h, struct arena *a, const struct picture *p, const struct json *recent, const struct json *status, int64_t window, const struct health_history *before,
			 struct str folder);
#endif
