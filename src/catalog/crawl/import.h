/* What a catalogue elsewhere says, as if it were a repository: entities of Backstage's API become claims as those of catalog-info.yaml files do. No I/O: whoever asks the API (part/backstage.h)
 * gives page by page what it answered. */
#ifndef PLEACH_CATALOG_CRAWL_IMPORT_H
#define PLEACH_CATALOG_CRAWL_IMPORT_H
#include "base/err.h"
#include "catalog/crawl/repository.h"

#define IMPORT_BACKSTAGE "backstage=" /* in front of the URL: the path of such a "repository" */
enum { IMPORT_ENTITIES_MAX = 20000, IMPORT_DEPTH = 16 /* of an entity's members */ };
struct import;
/* path: of the repository that it becomes; now: seconds since 1970. NULL: no memory. */
struct import *import_new(struct str path, int64_t now);
/* Entities (an array) as the API gives them. What an entity has wrong is a problem of the repository; false with e: this is no list of entities, or there are too many. */
bool import_backstage(struct import *i, const struct json *entities, struct err *e);
size_t import_count(const struct import *i);
/* The repository, as long as the import lives. NULL: it does not fit into memory. */
const struct repository *import_end(struct import *i, struct str head);
void import_free(struct import *i);
#endif
