/* Crawls in processes of their own (`pleach crawl`), and what is kept of them: .pleach/catalog/repositories.jsonl has a line for each repository, services.json by what
 * services are known again. Used by control (part/catalog.h) and by `pleach catalog` alike. */
#ifndef PLEACH_PART_CATALOG_CRAWL_H
#define PLEACH_PART_CATALOG_CRAWL_H
#include "catalog/picture/picture.h"
#include "part/own.h"

#define CATALOG_STATE ".pleach/catalog"
#define CATALOG_CLONES CATALOG_STATE "/clones"
enum { CRAWLERS_MAX = OWN_MAX - 1 /* and the import */, CRAWL_FOLDERS_MAX = 60 };
struct crawlers { struct own own; };
/* A catalogue elsewhere that is asked too. path: "backstage=URL"; token: its secret; empty, none. */
struct crawl_import { struct str path, token; };
/* Starts them: one a processor, each with its share of the folders (none where there are none), and one for the import (NULL: none), which alone is given the token. known: file of an earlier crawl; empty:
 * none. On the main thread. False with e: none runs. */
/* One, which reads the repository of the folder as it is at a commit (whole id). */
bool crawler_start_at(struct crawlers *c, struct arena *a, struct str folder, struct str commit, struct err *e);
bool crawlers_start(struct crawlers *c, struct arena *a, const struct str *folders, size_t count, const struct crawl_import *import, struct str known, struct err *e);
/* Fetches remote repositories into a folder (part/clones.h), in a process of its own; crawlers_collect waits for it. What it says are failures, which belong to the crawl's output. */
bool clones_start(struct crawlers *c, struct arena *a, struct str folder, int64_t bytes, const struct str *urls, size_t count, struct err *e);
/* Lines as a crawl prints them: what is as it was, and what could not be read, and so stays as it was. */
void crawl_unchanged_line(struct buf *out, struct str path);
void crawl_failure_line(struct buf *out, struct str path, struct str error);
/* Waits for all, on any thread; told(ctx, lines so far) now and then, may be NULL. What they said, line by line, into out. False with e where one failed. Releases all. */
bool crawlers_collect(struct crawlers *c, struct buf *out, void (*told)(void *ctx, size_t lines), void *ctx, struct err *e);
/* From the main thread, while another collects: ends them. */
void crawlers_kill(const struct crawlers *c);

struct crawl_failure { struct str path, message; };
/* What is known of all repositories. Immutable when made. */
struct crawl_kept {
	struct arena arena;
	struct repository *repositories;
	struct str *lines;                 /* each as it is kept */
	size_t count;
	struct identity *identities;
	size_t identities_count;
	struct crawl_failure *failures;
	size_t failures_count;
	size_t read, unchanged;
	bool cut;
};
/* From disk; an empty one where there is nothing, or nothing of this format. NULL: no memory. */
struct crawl_kept *crawl_kept_read(struct str folder);
/* After a crawl: its output, with what it says is unchanged taken from before. Repositories it does not name are gone. Failed ones stay as they were. NULL with e. */
struct crawl_kept *crawl_kept_after(const struct crawl_kept *before, struct str output, struct err *e);
bool crawl_kept_write(const struct crawl_kept *k, struct str folder, const struct picture *p, struct err *e);
void crawl_kept_free(struct crawl_kept *k);
/* What a file that a fleet names, relative to it, holds as a secret. */
bool catalog_token(const struct fleet *f, struct str file, struct arena *a, struct str *token, struct err *e);
/* The import that a fleet's files name; path empty: none. False with e: its token cannot be read; out->path is set then. */
bool catalog_import(const struct fleet *f, struct arena *a, struct crawl_import *out, struct err *e);
/* The remote repositories that a fleet's files name. */
const struct str *catalog_remotes(const struct fleet *f, struct arena *a, size_t *count);
/* The folders that a fleet's catalogue is made of, absolute, in the arena; of remote repositories the clones, as soon as they are there. */
const struct str *catalog_folders(const struct fleet *f, struct arena *a, size_t *count);
#endif
