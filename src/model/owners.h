/* OWNERS files: who owns a path of a repository, as Gerrit (plugins/code-owners, backend find-owners) and Kubernetes (Prow's `approvers`) read them.
 *
 * A file's owners are those of the nearest OWNERS, in its folder or above, that names any for it. Gerrit's: the lines for all files, and those per file whose names match; `set noparent` ends the search
 * upwards, per file too; `include` takes another file's lines as one's own, `file:` those for all files. `*` is everybody, and nobody in particular. Kubernetes' (YAML): `approvers`, those of the filter
 * `.*`, `options.no_parent_owners`; a name of OWNERS_ALIASES stands for its people too.
 *
 * Files are asked for when a path needs them, and read once. All texts live in the arena. Not shared between threads. */
#ifndef PLEACH_MODEL_OWNERS_H
#define PLEACH_MODEL_OWNERS_H
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"

enum { OWNERS_TEXT_MAX = 256 << 10 /* bytes of a file; a larger one says nothing */, OWNERS_GRANTS_MAX = 2000 /* of one file, with what it includes */, OWNERS_DEPTH_MAX = 16 /* of includes */,
       OWNERS_FILES_MAX = 1 << 20, OWNERS_PATH_MAX = 4096 };
struct owners_grant {
	struct str glob;  /* of file names; empty: all */
	struct str who;   /* "ada@example.org", Kubernetes' "ada" or alias; empty: `set noparent` for glob */
	struct str file;  /* where it stands, and where */
	uint32_t line;
};
struct owners_source {
	/* The text of a path; text->p == NULL: there is no such file. False with e: nothing can be read any more. */
	bool (*text)(void *ctx, struct str path, struct arena *a, struct str *text, struct err *e);
	/* A line that cannot be followed. */
	void (*problem)(void *ctx, struct str file, uint32_t line, struct str words);
	/* Whether a path that has no text may be there all the same, so that nothing is wrong with naming it. NULL: never. */
	bool (*hidden)(void *ctx, struct str path);
	void *ctx;
};
struct owners {
	struct arena *arena;
	struct owners_source from;
	bool kubernetes;     /* Kubernetes' form counts; else a file of it says nothing */
	struct map files;    /* by path; internal */
	struct map aliases;
	bool aliases_read, failed;
	struct err *e;
};
void owners_init(struct owners *o, struct arena *a, bool kubernetes, struct owners_source from);
void owners_release(struct owners *o);
/* Reads one OWNERS, so that what is wrong with it is told even if no path needs it. False with e. */
bool owners_read(struct owners *o, struct str path, struct err *e);
/* Each owner of a path, in the order of lines. False with e. */
bool owners_of(struct owners *o, struct str path, void (*each)(void *ctx, const struct owners_grant *g), void *ctx, struct err *e);
#endif
