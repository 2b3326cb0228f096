/* Libraries that are known to be given up: because the lock file says so of that very version (npm's and pnpm's `deprecated`, composer's `abandoned`: what the registry said when the file was written), or by
 * tbl/abandoned.h. Nobody is asked; what is not known here may be given up all the same. */
#ifndef PLEACH_CATALOG_LIBRARIES_ABANDONED_H
#define PLEACH_CATALOG_LIBRARIES_ABANDONED_H
#include "catalog/packages/packages.h"

/* since ("2020-02"), instead, source: of the table, empty where the lock file alone says it. why: the file's words, else the table's. */
struct abandoned { struct str why, since, instead, source; };
/* why may be the package's own text, or constant. */
bool package_abandoned(const struct package *p, struct abandoned *out);
#endif
