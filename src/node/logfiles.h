/* Log files that are followed: which there are (patterns of the snapshot: `logs` of services, `follow` of the fleet), reading them in turns, and
 * sending what they say to the store, each line exactly once.
 *
 * How a line comes to be there once, whatever crashes: records gather in a batch. Before a batch is sent for the first time, it is written to the
 * state file, whole, together with how far every file was read when it was closed and its number (logfile_state.h); one file, replaced at once.
 * After a start the batch of the state file is sent again, byte for byte the same under the same `Pleach-Batch: <sender>-<number>`, which the
 * store takes once. At most one batch is out. So:
 *   - no line is lost as long as its file can be found: under its name, renamed or copied within its directory
 *   - no line is there twice as long as the state file is kept and the store remembers the sender (of its 1024 newest ones)
 * When the store is away or full, reading stops when the next batch is full: the lines wait in their files.
 *
 * One thread; the disk is read on the loop, written off it. */
#ifndef PLEACH_NODE_LOGFILES_H
#define PLEACH_NODE_LOGFILES_H
#include "model/node_status.h"
#include "model/snapshot.h"
#include "net/http_client.h"

enum { LOGFILES_MAX = 500 /* followed at once: half of the usual limit of handles, the other half is for instances */, LOGFILES_MAX_DIRECTORIES = 256, LOGFILES_MAX_PATTERNS = 1024,
       LOGFILES_BATCH = 1 << 20 /* bytes of a batch at which no more is read for it */ };
struct logfiles;
struct logfiles_options {
	struct str state;              /* path of the state file */
	struct sys_addr store;
	struct http_client *client;
	struct str node;               /* name of this node */
	/* A message for people about something that went wrong, or well again. */
	void (*say)(void *ctx, uint8_t severity, struct str message);
	void (*on_change)(void *ctx);  /* errors of files changed */
	void *ctx;
	size_t batch;                  /* for tests; 0: LOGFILES_BATCH */
};
/* Texts of the options live as long as it does. NULL with e when the state file cannot be read or the system refuses. */
struct logfiles *logfiles_new(struct loop *l, const struct logfiles_options *o, struct err *e);
/* What to follow from now on; takes a reference. */
void logfiles_apply(struct logfiles *all, struct snapshot *s);
/* Ends reading and sending; done is called once, maybe at once, when nothing is under way any more. Then logfiles_free. */
void logfiles_stop(struct logfiles *all, void (*done)(void *ctx), void *ctx);
void logfiles_free(struct logfiles *all);
/* Into the report, in its arena: one row a file, and one a pattern that is in trouble. */
void logfiles_report(const struct logfiles *all, struct node_status *s);
#endif
