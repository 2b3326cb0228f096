/* What lock files in the working trees of a picture's repositories, and in folders of a fleet's services, say (catalog/packages), and of which service each is: the one whose folder is nearest above it,
 * else of the repository as a whole.
 * Folders of others (crawl_skips), repositories within the repository and symbolic links are not entered. A file that is wrong is a problem with its place, and stops nothing else.
 * Reads at once; the caller waits. Reading is skipped while no file has changed. */
#ifndef PLEACH_PART_CATALOG_LOCKS_H
#define PLEACH_PART_CATALOG_LOCKS_H
#include "catalog/packages/packages.h"
#include "catalog/picture/picture.h"

enum { LOCKS_FILES_MAX = 20000, LOCKS_BYTES_MAX = 1 << 30 /* of all files */, LOCKS_USES_MAX = 4 << 20, LOCKS_PROBLEMS_MAX = 200, LOCKS_MEMORY = 1 << 30 };
struct lock_problem { struct str file, message; uint32_t line; };
/* Immutable when made, and independent of the picture. */
struct catalog_locks {
	struct arena arena;
	struct package_index index;    /* paths are absolute */
	struct lock_problem *problems;
	size_t problems_count, problems_capacity;
	bool cut;                      /* there is more than is looked at */
	uint64_t fingerprint;
};
/* f: NULL, none. NULL with *same where nothing has changed since the one before (NULL: none), NULL with e where memory ends. */
struct catalog_locks *catalog_locks_make(const struct picture *p, const struct fleet *f, const struct catalog_locks *before, bool *same, struct err *e);
/* Of a commit whose lock files were laid into a folder: of the picture's repositories, which are one. */
struct catalog_locks *catalog_locks_at(const struct picture *p, const struct fleet *f, struct str folder, struct err *e);
void catalog_locks_free(struct catalog_locks *l);
#endif
