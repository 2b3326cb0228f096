/* Copied code between services of a picture: the working trees of its repositories that lie here, each file the service's whose folder is nearest above it (catalog/copies). Reads and compares
 * at once; the caller waits. */
#ifndef PLEACH_PART_CATALOG_COPIES_H
#define PLEACH_PART_CATALOG_COPIES_H
#include "catalog/copies/copies.h"
#include "catalog/picture/picture.h"

enum { COPIES_FILES_MAX = 200000, COPIES_BYTES_MAX = 1 << 30, COPIES_PLACES_SHOWN = 20 /* of a pair */ };
struct copied_place { struct str a_file, b_file; uint32_t a_from, a_to, b_from, b_to; };
/* Of two services: all that they share, the longest places first. Files are absolute. */
struct copied_pair { const struct picture_service *a, *b; size_t lines, places_count; struct copied_place places[COPIES_PLACES_SHOWN]; };
struct catalog_copies { struct arena arena; struct copied_pair *pairs; size_t count, capacity, files, tokens; bool cut; };
/* Most lines first. NULL with e where memory ends. */
struct catalog_copies *catalog_copies_make(const struct picture *p, struct err *e);
void catalog_copies_free(struct catalog_copies *c);
void catalog_copies_json(struct json_out *o, const struct catalog_copies *c, struct str missing);
#endif
