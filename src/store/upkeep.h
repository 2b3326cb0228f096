/* Upkeep: work on segments that are on disk already: deletions by query (deletion.h), a service's rows whose time is over (retention.c), snapshots
 * (snapshot.h). One unit at a time, on a worker, and never beside the writing of a segment: they take turns, so that memory holds one
 * segment's rows beyond those that wait, and commits always find a worker. */
#ifndef PLEACH_STORE_UPKEEP_H
#define PLEACH_STORE_UPKEEP_H
#include "store/deletion.h"
#include "store/internal.h"
#include "store/rewrite.h"
#include "store/snapshot.h"

#define UPKEEP_RETRY (INT64_C(1) * 1000000000) /* until what could not be done, or what has to wait, is tried again */
struct upkeep {
	struct store *store;
	struct loop_job job;
	bool busy;
	void (*run)(struct upkeep *u);      /* of the unit, on the worker */
	bool (*finish)(struct upkeep *u);   /* on the loop; false: it failed and is tried again */
	struct segment *segment;            /* what the unit is about, referenced; may be NULL */
	struct rewrite rewrite;
	enum rewrite_result result;
	struct timer retry;
	bool failing;                       /* reported once */
	struct deletions deletions;
	struct snapshots snapshots;
	uint64_t deletions_limited;         /* of the unit */
	struct deletion deletion_after;     /* what the unit makes of the deletion */
	struct snapshot snapshot_after;
	uint64_t rewritten, removed;        /* segments, rows, since the start */
	int64_t next_due;                   /* retention by service: of the segment being looked at */
};
bool upkeep_new(struct store *s);
void upkeep_free(struct upkeep *u);
/* Starts the next unit, if there is one and nothing is in its way. */
bool store_upkeep_next(struct store *s);
/* To be looked at again in a while. */
void upkeep_later(struct upkeep *u);
void upkeep_begin(struct upkeep *u, struct segment *segment, void (*run)(struct upkeep *u), bool (*finish)(struct upkeep *u));
/* Whether all rows acknowledged so far are in segments, up to number *upto; sees to it that they get there (maybe by a flush that begins now). */
bool store_settled(struct store *s, uint64_t *upto);
/* On the loop, after a unit that rewrote u->segment: takes the new file over. False: it is to be tried again; what was damaged counts as done. */
bool upkeep_rewritten(struct upkeep *u);
/* An object of GET /api/store. */
struct json_out;
void upkeep_json(const struct upkeep *u, struct json_out *o);
/* retention.c */
bool retention_next(struct upkeep *u);
int64_t store_keep_of(const struct store *s, struct str service);
#endif
