/* One side of a comparison: the files that describe a contract, wherever they come from (a file, a folder, a git revision, a lock file, a
 * running fleet). All text is held in memory, in the source's arena: a contract is read once, whole, and places in it are byte offsets.
 * Limits: SOURCE_FILE_MAX a file, SOURCE_MAX together, SOURCE_FILES_MAX files; over one of them is an error that names the file. */
#ifndef PLEACH_CONTRACT_SOURCE_H
#define PLEACH_CONTRACT_SOURCE_H
#include "base/arena.h"
#include "base/err.h"

enum { SOURCE_FILE_MAX = 64 << 20, SOURCE_MAX = 512 << 20, SOURCE_FILES_MAX = 100000 };
struct source_file {
	struct str path;       /* relative to the source's root, with '/', without "." and ".." parts; unique in the source */
	struct str text;       /* as it was stored; no terminator */
};
struct source {
	struct arena arena;
	struct str name;       /* as the user named it: "api/", "main:api/", "api/contract.lock" */
	struct source_file *files; /* sorted by path (byte order) after source_sort */
	size_t count, capacity;
	size_t bytes;          /* of all texts */
};
void source_init(struct source *s, struct str name);
void source_release(struct source *s);
/* Adds a file; path and text are copied. False with e on a limit or a path that leaves the root. */
bool source_add(struct source *s, struct str path, struct str text, struct err *e);
/* Sorts by path and refuses a path that is there twice; once, after the last source_add. */
bool source_sort(struct source *s, struct err *e);
/* By path; NULL where there is none. */
const struct source_file *source_find(const struct source *s, struct str path);
/* `reference`, as it stands in the file `from`, as a path of the source ("../common.yaml" in "api/orders.yaml" is "common.yaml"), in the
 * arena; p == NULL where it leaves the root, is absolute, or names another host. */
struct str source_resolve(struct arena *a, struct str from, struct str reference);

/* Where a byte of a text is, for people. Line and column from 1; a column counts characters (UTF-8), a tab is one. */
struct text_place { uint32_t line, column; };
/* Finds lines of one text by bisection; built once a file, on the first question. */
struct line_index { uint32_t *starts; size_t count; struct str text; };
bool line_index_build(struct line_index *x, struct arena *a, struct str text);
struct text_place line_index_place(const struct line_index *x, size_t offset);
#endif
