/* Following the snapshot: long-polls control over its socket, keeps the last good one on disk, starts from that when control is away,
 * and tells its owner of each new version. Used by gateway and node. */
#ifndef PLEACH_MODEL_FOLLOW_H
#define PLEACH_MODEL_FOLLOW_H
#include "model/snapshot.h"
#include "net/http_client.h"

struct follow;
struct follow_options {
	struct sys_addr control;
	struct str part;        /* who follows ("gateway", "node"), so that control knows what each acts on */
	struct str file;        /* where the last one is kept; empty: nowhere */
	/* A new snapshot (the callee takes its own reference). Called at once with the one from disk if there is one. */
	void (*on_snapshot)(void *ctx, struct snapshot *s);
	/* Control became unreachable (why) or reachable again (NULL), for the part's log; also once at the start. Connected with a why: the
	 * snapshot was taken but could not be kept on disk. May be NULL. */
	void (*on_state)(void *ctx, bool connected, const struct err *why);
	void *ctx;
};
/* Calls on_snapshot before it returns when there is a file. NULL without memory. Not to be freed from inside its callbacks. */
struct follow *follow_new(struct loop *l, struct http_client *c, const struct follow_options *o);
void follow_free(struct follow *f);
#endif
