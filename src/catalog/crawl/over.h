/* What is laid over a repository's services when they are known: whom CODEOWNERS names for their files, who wrote them, by what content they are known again. */
#ifndef PLEACH_CATALOG_CRAWL_OVER_H
#define PLEACH_CATALOG_CRAWL_OVER_H
#include "catalog/crawl/files.h"
#include "catalog/people/history.h"

enum { TREE_SKETCH = 16 /* hashes */ };
struct over { struct arena *arena; struct repository *repository; const struct crawl_files *files; const struct history *history; int64_t now; };
/* A claim of each service's owner: whoever owns most of its files, with how many. Faults of the file are problems. */
bool over_codeowners(struct over *o, bool (*text)(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e), void *ctx, struct err *e);
/* The same of Gerrit's OWNERS files: those who own most of its files. What they include and is not there is a problem. */
bool over_owners(struct over *o, bool (*text)(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e), void *ctx, struct err *e);
/* Degree of authorship, truck factor, commits of the last year (catalog/people/authorship.h), each over the service's own files. */
bool over_people(struct over *o, struct err *e);
/* A sketch of the contents: the TREE_SKETCH smallest hashes of object ids, hexadecimal, blanks between (bottom-k MinHash, Broder 1997), so that a service is known
 * again where its folder moved and some files changed on the way. */
bool over_trees(struct over *o);
/* Which unit each file belongs to: SIZE_MAX none. NULL: no memory. */
size_t *over_units(struct over *o);
/* When the newest commit that names a path was made; 0: none. */
int64_t over_changed(const struct history *h, struct str path);
/* Of two sketches, how alike what they are of is: 0 to 1. */
double tree_alike(struct str a, struct str b);
#endif
