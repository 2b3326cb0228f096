/* Clones of remote repositories for the catalogue: bare, of the remote's HEAD alone, with its whole history, but without contents (`--filter=blob:none`, where the remote can) except those files
 * of the newest commit that a crawl reads. Fetched by the system's git, CLONES_AT_ONCE at a time, each within bounds of time and bytes; nothing of a repository is run (no hooks, no
 * submodules, no checkout), nobody is asked for anything, and only GIT_URL_PROTOCOLS are spoken.
 *
 *     FOLDER/<fingerprint of its URL>/<name>.git      refs/heads/pleach: the remote's HEAD when it was last fetched
 *                                    /fetched         there since the first fetch that ended well
 *                                    /lock            held while it is fetched
 *
 * One that cannot be fetched stays as it was, hinders no other, and is told; a git that says nothing for GIT_PATIENCE has hung. What nobody has named for CLONES_KEPT_DAYS is removed. For a process of its own (`pleach crawl --clones`), as git is waited for. */
#ifndef PLEACH_PART_CLONES_H
#define PLEACH_PART_CLONES_H
#include "base/arena.h"
#include "base/err.h"

#define CLONES_BYTES (INT64_C(4) << 30) /* of one clone, unless something else is said */
enum { CLONES_AT_ONCE = 4, CLONES_FIRST_SECONDS = 900, CLONES_NEXT_SECONDS = 180, CLONES_KEPT_DAYS = 30 };
struct clones_options { struct str folder; int64_t bytes; };
/* Fetches all. told: of each, err.code ERR_NONE: it is as the remote is. */
bool clones_fetch(const struct clones_options *o, const struct str *urls, size_t count, void (*told)(void *ctx, struct str url, const struct err *why), void *ctx, struct err *e);
/* Where the clone of a URL is; and whether it has been fetched once, so that it can be read. */
struct str clones_path(struct arena *a, struct str folder, struct str url);
bool clones_is_there(struct arena *a, struct str folder, struct str url);
#endif
