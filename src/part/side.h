/* One side of a comparison of contracts, as somebody named it: gathers the files that a format recognises and the files they refer to, from wherever
 * they are (a folder, a lock file, a git revision, control's answer), and makes a source of them.
 *
 * Paths of files are relative to the side's base (the folder that was named) and begin with "../" where a reference leads out of it. Sources know
 * no "..": side_pair gives both sides a common root above the bases. So a life is: init, one of the reads, pair, compare, release. */
#ifndef PLEACH_PART_SIDE_H
#define PLEACH_PART_SIDE_H
#include "base/json.h"
#include "base/map.h"
#include "contract/change.h"
#include "contract/source.h"

enum { SIDE_UP_MAX = 16 /* levels that references may lead above the base */, SIDE_NAMES_MAX = 1000000 /* looked at below a folder */, SIDE_DEPTH_MAX = 64 };
struct side_file { struct str path, text; };
struct side {
	struct source source;      /* filled by side_pair; its arena holds everything of the side */
	struct str name;           /* as the user named it: "api/", "main:api/" */
	struct str shown;          /* what stands before paths for people: "api"; empty: nothing */
	struct str base;           /* absolute folder (of the machine, or of the repository for a revision); empty: unknown */
	struct str only;           /* the one file that was named; empty: a folder */
	bool elsewhere;            /* its files are not those of the working directory */
	bool missing;              /* there is nothing under its name */
	size_t top;                /* levels above the base from which references may read */
	struct side_file *files;
	size_t count, capacity, bytes;
	struct map by_path;        /* path to (index + 1) */
	void (*progress)(size_t done, size_t all); /* may be NULL */
};
void side_init(struct side *s, struct str name);
void side_release(struct side *s);
/* The text must live in the side's arena; the path is copied. False with e on a limit. */
bool side_add(struct side *s, struct str path, struct str text, struct err *e);
const struct side_file *side_find(const struct side *s, struct str path);

/* How a text is read. Reads at most SOURCE_FILE_MAX bytes into the arena; of what is larger only the beginning, with *cut set. False without e where there is
 * no such file (or it is no file), with e where it cannot be read. `path` is relative to the side's base. */
struct side_reader {
	bool (*read)(void *ctx, struct str path, struct arena *a, struct str *text, bool *cut, struct err *e);
	void *ctx;
};
/* Adds the recognised ones of `paths` and what they refer to. A single named file is taken whatever it is called; what no format recognises is an error then.
 * A lock file as the one named file stands for what is locked in it. */
bool side_gather(struct side *s, const struct side_reader *r, const struct str *paths, size_t count, struct err *e);
/* Whether the file of this name below a folder is looked into: by its ending, and not in folders that hold no sources (".git", "node_modules", "build"…). */
bool side_may_hold(struct str path);
bool side_skips_folder(struct str name);

/* The folder (absolute) that paths begin in, what is shown before them, and how far references may lead above it. */
void side_set_base(struct side *s, struct str base);
/* A file or folder of the machine; a path that does not exist sets `missing`. */
bool side_read_path(struct side *s, struct str path, struct err *e);
/* What is locked in the file; its base is the folder of the lock. */
bool side_read_lock(struct side *s, struct str path, struct err *e);
/* The text of a lock file `name`, whose folder is s->base. */
bool side_read_lock_text(struct side *s, struct str name, struct str text, struct err *e);

/* Makes the sources, with paths from the top of the repository. Two single files of different names become one contract's versions. */
bool side_pair(struct side *before, struct side *after, struct err *e);
/* The path of the source as people know it. In the side's arena. */
struct str side_show(struct side *s, struct str path);
/* Reads, compares, and puts places as people know them into `out`. */
struct contract_options;
bool side_compare(struct side *before, struct side *after, const struct contract_options *options, struct changes *out, struct err *e);

/* The side alone, as documentation: an array of { "format", "title", "contracts" } (see contract_format.describe). Pair the side (with an empty one) before. */
bool side_describe(struct side *s, struct json_out *o, struct err *e);

/* The nearest file `name` in `folder` or above it, up to the top of its repository (or the fleet's root, or else the folder itself). Empty where there is none. */
struct str side_nearest(struct arena *a, struct str folder, const char *name);
/* The top folder within which a contract's references stay: of the repository, or the fleet, or else the folder itself. */
struct str side_top(struct arena *a, struct str folder);
/* Paths. */
struct str side_absolute(struct arena *a, struct str path);      /* from the working directory; normal */
struct str side_relative(struct arena *a, struct str base, struct str path); /* of two absolute paths: from base to path, with "../" */
struct str side_join(struct arena *a, struct str base, struct str path);     /* normal; leading "../" stay */
struct str side_folder(struct str path);                         /* "" for a name without '/' */
#endif
