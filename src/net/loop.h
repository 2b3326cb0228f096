/* The event loop: readiness, timers, deferred calls, and work off the thread. One loop per thread; a loop's objects are used only from
 * its thread. The same code runs on Linux and in the simulator (which runs the loop's turns itself).
 *
 * Order in a turn: ready descriptors, due timers, finished work, deferred calls. A callback may close any watcher, its own included;
 * events already fetched for a closed watcher are not delivered. */
#ifndef PLEACH_NET_LOOP_H
#define PLEACH_NET_LOOP_H
#include "sys/sys.h"

struct loop;
struct loop *loop_new(void); /* NULL when the system refuses */
void loop_free(struct loop *l);
/* Until loop_stop. Linux only; in the simulator the world runs it. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* The time at the start of this turn (monotonic ns): one clock call per turn. */
int64_t loop_now(const struct loop *l);

/* A watched handle, embedded in its owner. `what`: SYS_READABLE | SYS_WRITABLE | SYS_HANGUP, edge-triggered. */
struct watcher;
typedef void watcher_f(struct watcher *w, uint32_t what);
struct watcher {
	watcher_f *fn;
	int fd;             /* -1 when not watching */
	struct loop *loop;
};
bool watcher_start(struct watcher *w, struct loop *l, int fd, watcher_f *fn);
/* Stops watching; does not close the handle. Harmless when not watching. */
void watcher_stop(struct watcher *w);

/* A timer, embedded in its owner; zero-initialised is "not set". O(log n) in a heap; setting it later again is lazy and cheap. */
struct timer;
typedef void timer_f(struct timer *t);
struct timer {
	timer_f *fn;
	struct loop *loop;
	int64_t due;     /* monotonic ns */
	int64_t placed;  /* key in the heap, <= due (lazy re-arming) */
	size_t slot;     /* position in the heap + 1; 0: not set */
};
void timer_set(struct timer *t, struct loop *l, int64_t due, timer_f *fn); /* absolute monotonic ns; replaces an earlier setting */
void timer_cancel(struct timer *t);
static inline bool timer_is_set(const struct timer *t) { return t->slot != 0; }

/* Runs fn at the end of this turn (or of the next, when called from outside a turn). Embedded; at most once queued. */
struct deferred {
	void (*fn)(struct deferred *d);
	struct deferred *next;
	struct loop *loop;
	bool queued;
};
void loop_defer(struct loop *l, struct deferred *d, void (*fn)(struct deferred *d));
void deferred_cancel(struct deferred *d);

/* Work off the thread: run() in a worker (no loop calls, no shared state but *job), then done() on the loop's thread. The job must live
 * until done. There is no cancelling: an owner that goes away before waits for done. */
struct loop_job {
	void (*run)(struct loop_job *j);
	void (*done)(struct loop_job *j);
	struct loop *loop;
	struct loop_job *next;
};
void loop_work(struct loop *l, struct loop_job *j);

/* Calls fn for SIGTERM/SIGINT/SIGHUP of this process. */
void loop_on_signal(struct loop *l, void (*fn)(void *ctx, enum sys_signal s), void *ctx);
enum { MSEC = 1000000, USEC = 1000 };
#define SECOND ((int64_t)1000000000)
#endif
