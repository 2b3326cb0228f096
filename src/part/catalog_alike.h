/* The same interface in different services of a picture ("built twice"): contracts that services of the fleet name, and those that lie beside code in local clones (their working trees), read
 * by their formats and compared (catalog/interfaces). Reading is skipped while no file has changed. */
#ifndef PLEACH_PART_CATALOG_ALIKE_H
#define PLEACH_PART_CATALOG_ALIKE_H
#include "catalog/interfaces/interfaces.h"
#include "catalog/picture/picture.h"

enum { ALIKE_SOURCES_MAX = 2000, ALIKE_PAIRS_MAX = 200, ALIKE_MEMORY = 512 << 20 };
struct alike_pair { struct str a, b, a_file, b_file; double score; struct str reasons[INTERFACES_REASONS_MAX]; size_t reason_count; };
/* Immutable when made, and independent of the picture. */
struct catalog_alike { struct arena arena; struct alike_pair *pairs; size_t count, interfaces, unreadable; uint64_t fingerprint; };
/* The one before where nothing changed (then *same is set). NULL with e where memory ends. */
struct catalog_alike *catalog_alike_make(const struct picture *p, const struct fleet *f, const struct catalog_alike *before, bool *same, struct err *e);
void catalog_alike_free(struct catalog_alike *c);
/* Schema "Duplicates": with the owners that the picture knows. c: NULL, nothing yet. */
void catalog_alike_json(struct json_out *o, const struct catalog_alike *c, const struct picture *p, struct str missing);
#endif
