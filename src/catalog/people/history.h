/* The history of a repository as git tells it in one pass: commits with their author, and the paths each changed. Read from the output of
 *   git log -z --name-status HISTORY_MOVES --use-mailmap HISTORY_FORMAT [revision]
 * which needs no blobs, so a clone without them is enough. A file that moved unchanged is one file: its changes before carry the path that it has now, and moving it is nobody's change. A merge has no changes of its own (git lists none for it), an empty commit neither.
 * Names, mails and paths are any bytes: git ends each with a NUL, which none of them can contain, so nothing in them is taken for structure. */
#ifndef PLEACH_CATALOG_PEOPLE_HISTORY_H
#define PLEACH_CATALOG_PEOPLE_HISTORY_H
#include "base/arena.h"
#include "base/err.h"

/* Fields of a commit, each ended by a NUL. The mark in front is the one thing a status (one letter) can not be. */
#define HISTORY_FORMAT "--format=tformat:commit%x00%H%x00%at%x00%aN%x00%aE"
#define HISTORY_MOVES "-M100%" /* whole files alone: found by their ids, without reading them */
enum {
	HISTORY_COMMITS_MAX = 1 << 20,
	HISTORY_CHANGES_MAX = 16 << 20,
	HISTORY_TEXT_MAX = 1024 /* bytes of a name or a mail; what is longer is cut */
};

enum history_kind { HISTORY_ADDED, HISTORY_MODIFIED, HISTORY_DELETED };

struct history_change {
	struct str path;              /* the newest that this file has had */
	enum history_kind kind;
};

struct history_commit {
	struct str id, name, mail;    /* name and mail of the author, after the mailmap */
	int64_t time;                 /* of authorship, seconds since 1970 */
	size_t first, count;          /* its changes */
};

struct history {
	struct history_commit *commits; /* in git's order: newest first */
	size_t count, capacity;
	struct history_change *changes;
	size_t change_count, change_capacity;
};

/* Reads git's output. Texts point into it, arrays are the arena's. False with e where it is not such an output, or a limit is reached; *h is untouched then. */
bool history_read(struct history *h, struct arena *a, struct str output, struct err *e);
#endif
