/* The files of a repository as a crawl sees them: names and object ids of a commit, or what lies in a folder without git. */
#ifndef PLEACH_CATALOG_CRAWL_FILES_H
#define PLEACH_CATALOG_CRAWL_FILES_H
#include "catalog/crawl/crawl.h"

/* id: of git's object; of a folder's file a fingerprint of size and time. path: in the repository, at most CRAWL_PATH_MAX bytes. */
enum { CRAWL_PATH_MAX = 4096 };
struct crawl_file { struct str path, id; int64_t time; /* of a folder's file, seconds since 1970; else 0 */ };
struct crawl_files { struct crawl_file *items; size_t count, capacity; bool cut; };
/* Sorted by path. Symbolic links and submodules are left out, and what is not the project's own (crawl_skips). */
bool crawl_files_of(const struct crawl_target *t, struct str head, struct arena *a, struct crawl_files *out, struct err *e);
bool crawl_fingerprint(struct str folder, struct arena *a, struct str *fingerprint, struct err *e);
/* Folders with code of others or what tests are fed with. */
bool crawl_skips(struct str name);
/* Whether a path lies in such a folder. */
bool crawl_skips_path(struct str path);
#endif
