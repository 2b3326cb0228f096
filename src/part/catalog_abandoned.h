/* Which services are made of libraries that are known to be given up (catalog/libraries/abandoned.h), by the lock files that were read. */
#ifndef PLEACH_PART_CATALOG_ABANDONED_H
#define PLEACH_PART_CATALOG_ABANDONED_H
#include "base/json.h"
#include "catalog/libraries/abandoned.h"
#include "catalog/picture/picture.h"
#include "part/catalog_locks.h"

enum { ABANDONED_SERVICE_MAX = 100 /* of one service */ };
struct abandoned_use { const struct package *package; struct abandoned what; struct str file; uint32_t line; enum package_use use; };
/* Those that the service asks for itself (or where the file does not tell) first, then what others bring in. */
struct abandoned_uses { struct abandoned_use *items; size_t count, own /* of them */, files /* lock files of the service or of its whole repository */; };
/* One for each service of the picture, in its order, in the arena; texts are those of the lock files. NULL: no memory. */
const struct abandoned_uses *catalog_abandoned_make(struct arena *a, const struct picture *p, const struct catalog_locks *l);
/* "abandoned": […] of one service. u: NULL, nothing was read. */
void catalog_abandoned_json(struct json_out *o, const struct abandoned_uses *u);
/* What stands in the score: "request 2.88.2 (use fetch, undici or got) and 2 more". */
struct str catalog_abandoned_words(struct arena *a, const struct abandoned_uses *u);
#endif
