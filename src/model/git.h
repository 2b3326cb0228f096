/* The user's own `git`, asked for revisions, lists of files and their texts: a process without a shell, its output bounded, nothing of the working tree
 * touched. Revisions come from the command line, so they are never taken for options. */
#ifndef PLEACH_MODEL_GIT_H
#define PLEACH_MODEL_GIT_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/sys.h"

enum { GIT_WORDS_MAX = 32, GIT_LIST_MAX = 256 << 20 /* bytes of a list of files */ };
#define GIT_PATIENCE (INT64_C(60) * 1000000000) /* ns without a byte: then it is ended */

/* Runs `git WORDS…` in the directory; its standard output is appended to `out`. False with e where git is missing, fails (its own first line of words is
 * given), says more than fits into `out`, or says nothing for GIT_PATIENCE. */
bool git_run(struct arena *a, struct str directory, const struct str *words, size_t count, struct buf *out, struct err *e);

/* `git cat-file --batch`: texts by object id, one after the other. */
struct git_batch {
	struct sys_process process;
	int poller;
	struct buf in;             /* what it has said and nobody has taken */
	bool open;
};
bool git_batch_open(struct git_batch *b, struct arena *a, struct str directory, struct err *e);
/* Of a larger object than `limit` nothing is kept, and *size tells. Else the text goes into the arena. */
bool git_batch_read(struct git_batch *b, struct str id, size_t limit, struct arena *a, struct str *text, size_t *size, struct err *e);
void git_batch_close(struct git_batch *b);
#endif
