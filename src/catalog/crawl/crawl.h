/* Crawling: from folders to repositories (repository.h). Nothing of a repository is run, and nothing in it is written: git is asked for names and contents of the newest
 * commit and for its history, the working tree is not looked at. A folder without git is walked, symbolic links are not followed. Meant for a process of its own that
 * has given up what it does not need (sys_confine): texts of strangers are parsed here. */
#ifndef PLEACH_CATALOG_CRAWL_CRAWL_H
#define PLEACH_CATALOG_CRAWL_CRAWL_H
#include "catalog/crawl/repository.h"
#include "base/err.h"

enum { CRAWL_REPOSITORIES_MAX = 10000, CRAWL_FILES_MAX = 1 << 20 /* of a repository */, CRAWL_FILE_BYTES = 1 << 20 /* larger ones are not read */, CRAWL_DEPTH = 6 /* of folders
       in which repositories are looked for */, CRAWL_COMMITS = 100000 /* the newest */, CRAWL_MEMORY = 1 << 30 };
struct crawl_target {
	struct str path;       /* absolute */
	struct str top;        /* of its repository: the same, or a folder above; empty: no git */
	struct str prefix;     /* path below top; "" */
	struct str git;        /* folder with HEAD */
	struct str common;     /* folder with refs; the same but for a linked work tree */
	bool shallow;          /* its history is cut off */
};
struct crawl_targets { struct crawl_target *items; size_t count, capacity; bool cut; };
/* The repositories at, below or around a folder; the folder itself where there is none. Sorted, each once. False where the folder is not there. */
bool crawl_find(struct crawl_targets *t, struct arena *a, struct str folder, struct err *e);
/* The commit that HEAD is at, from git's own files, without a process; asks git where they are of a newer kind. Of a folder without git a fingerprint of names, sizes
 * and times. False with e: it has no commit yet, or is not readable. */
/* The repository's newest tags, and their mark, into r. False with e where git cannot tell. */
bool crawl_tags(const struct crawl_target *t, struct arena *a, struct repository *r, struct err *e);
/* Is another when tags have changed (or may have); without git's help. Empty: there are none. */
struct str crawl_tags_mark(const struct crawl_target *t, struct arena *a);
bool crawl_head(const struct crawl_target *t, struct arena *a, struct str *head, struct err *e);
/* Reads it. Files that are wrong are problems in it; false with e only where the repository itself cannot be read. Everything lives in the arena. now: seconds since 1970. */
bool crawl_repository(const struct crawl_target *t, struct str head, int64_t now, struct arena *a, struct repository *out, struct err *e);
#endif
