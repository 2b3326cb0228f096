/* From what files said (reading.h) to the services of a repository. Names are compared without case, '_' as '-'.
 *
 * A file that declares a service makes one, or joins the one of that name, or the one of that folder if no file of the same kind has declared one there (then both
 * names are its). A folder that is built belongs to the declared service at or above it, else is a service itself. What runs under a name is the service of that name or
 * image, else one whose code is not known. The rest is said of the service whose folder is nearest above; in a repository without services it makes one, of
 * the repository's name. */
#ifndef PLEACH_CATALOG_CRAWL_UNITS_H
#define PLEACH_CATALOG_CRAWL_UNITS_H
#include "catalog/crawl/reading.h"

/* Fills r->repository->units. False where memory ends. */
bool units_make(struct reading *r);
/* The unit whose folder is nearest above a path (or is it); SIZE_MAX: none. Needs units_index. */
struct units_index;
struct units_index *units_index_new(const struct repository *r);
size_t units_index_find(const struct units_index *x, struct str path);
void units_index_free(struct units_index *x);
/* Appends a claim unless the same is there from the same source. */
void unit_claim(struct arena *a, struct unit *u, const struct claim *c);
bool unit_is_called(const struct unit *u, struct str name);
#endif
