/* The inside of a loop, shared by loop.c and loop_work.c only. */
#ifndef PLEACH_NET_LOOP_IMPL_H
#define PLEACH_NET_LOOP_IMPL_H
#include "net/loop.h"

enum { LOOP_BATCH = 128 }; /* events fetched at once */

struct loop {
	int poller;
	bool stopped, in_turn;
	int64_t now; /* at the start of the turn */

	struct sys_event events[LOOP_BATCH];
	int event_count, event_next; /* those from event_next on are still to be delivered */

	struct timer **heap; /* binary, by timer.placed; children of i at 2i+1 and 2i+2 */
	size_t timers, timers_room;

	struct deferred *deferred, **deferred_end; /* for the end of this turn, first in first out */
	struct deferred *running;                  /* those of this turn not yet called */

	/* Work: outstanding is the loop thread's; finished is under the mutex. */
	size_t outstanding;
	struct sys_mutex mutex;
	struct loop_job *finished, **finished_end;
	int waker;
	bool work_done; /* the waker fired in this turn */
	struct watcher waker_watcher;

	void (*on_signal)(void *ctx, enum sys_signal s);
	void *signal_ctx;
	struct watcher signal_watcher;
};

bool loop_work_init(struct loop *l);
void loop_work_release(struct loop *l);
/* Calls done of the jobs that are finished. */
void loop_work_deliver(struct loop *l);
#endif
