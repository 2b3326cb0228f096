/* What is judged of lock files (part/catalog_locks.h) and of a picture: which libraries do the same, the technology radar (catalog/libraries), and decisions about the same (catalog/decisions). For control and for the command alike. */
#ifndef PLEACH_PART_CATALOG_LIBRARIES_H
#define PLEACH_PART_CATALOG_LIBRARIES_H
#include "catalog/decisions/decisions.h"
#include "catalog/libraries/radar.h"
#include "part/catalog_locks.h"

/* Zeroed: nothing yet. Of the picture's arena, but for the locks, which are the caller's. */
struct catalog_libraries { const struct catalog_locks *locks; struct libraries libraries; struct radar radar; struct decisions decisions; struct str problem; /* why there is nothing; empty: there is */ };
/* locks: NULL, they could not be read, as e says: the rest is known all the same. Where the picture's memory ends nothing is judged, and the answer says so. */
void catalog_libraries_make(struct catalog_libraries *c, struct picture *p, const struct catalog_locks *locks, const struct err *e);
/* Schema "Libraries". */
void catalog_libraries_json(struct json_out *o, const struct catalog_libraries *c, struct str missing);
/* Schema "Radar". */
void catalog_radar_json(struct json_out *o, const struct catalog_libraries *c, struct str missing);
/* Schema "Decisions". */
void catalog_decisions_json(struct json_out *o, const struct catalog_libraries *c, struct str missing);
#endif
