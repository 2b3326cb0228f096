/* The event loop (see loop.h). A turn: fetch events, then ready descriptors, due timers, finished work, deferred calls.
 *
 * Invariants: every watcher in the poller belongs to a live watcher object, because watcher_stop removes it there and from the batch in
 * delivery; heap order is by `placed`, and placed <= due, so a timer is never late: one that was set later again is put back when
 * its old place comes up. A turn ends: what its own callbacks add (timers due at once, deferred calls of deferred calls) waits for
 * the next. */
#include "net/loop.h"
#include "base/check.h"
#include "net/loop_impl.h"
#include <stdlib.h>

/* --- timers -------------------------------------------------------------------------------------------------------------------- */

static void heap_put(struct loop *l, size_t i, struct timer *t)
{
	l->heap[i] = t;
	t->slot = i + 1;
}

static void heap_up(struct loop *l, size_t i, struct timer *t)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;
		if (l->heap[parent]->placed <= t->placed)
			break;
		heap_put(l, i, l->heap[parent]);
		i = parent;
	}
	heap_put(l, i, t);
}

static void heap_down(struct loop *l, size_t i, struct timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= l->timers)
			break;
		if (child + 1 < l->timers && l->heap[child + 1]->placed < l->heap[child]->placed)
			child++;
		if (t->placed <= l->heap[child]->placed)
			break;
		heap_put(l, i, l->heap[child]);
		i = child;
	}
	heap_put(l, i, t);
}

/* A timer is embedded in an object that exists, so their number is bounded by the limits on those objects; running out of memory for
 * their pointers would mean that none of those limits was right. */
static void heap_grow(struct loop *l)
{
	if (l->timers < l->timers_room)
		return;
	size_t room = l->timers_room ? l->timers_room * 2 : 64;
	struct timer **heap = realloc(l->heap, room * sizeof(struct timer *));
	CHECK(heap);
	l->heap = heap;
	l->timers_room = room;
}

static void heap_remove(struct loop *l, struct timer *t)
{
	size_t i = t->slot - 1;
	struct timer *last = l->heap[--l->timers];
	t->slot = 0;
	if (last == t)
		return;
	if (i > 0 && last->placed < l->heap[(i - 1) / 2]->placed)
		heap_up(l, i, last);
	else
		heap_down(l, i, last);
}

void timer_set(struct timer *t, struct loop *l, int64_t due, timer_f *fn)
{
	t->fn = fn;
	t->due = due;
	if (t->slot && t->loop != l)
		heap_remove(t->loop, t);
	t->loop = l;
	if (!t->slot) {
		heap_grow(l);
		t->placed = due;
		heap_up(l, l->timers++, t);
	} else if (due < t->placed) {
		t->placed = due;
		heap_up(l, t->slot - 1, t);
	}
	/* later than its place: it stays there, and moves when that comes up */
}

void timer_cancel(struct timer *t)
{
	if (t->slot)
		heap_remove(t->loop, t);
}

static void run_timers(struct loop *l)
{
	size_t most = l->timers; /* so that timers set to "now" by timers cannot keep the turn from ending */
	while (l->timers && most && l->heap[0]->placed <= l->now) {
		struct timer *t = l->heap[0];
		if (t->due > l->now) {
			t->placed = t->due;
			heap_down(l, 0, t);
			continue;
		}
		heap_remove(l, t);
		most--;
		t->fn(t);
	}
}

/* --- watchers ------------------------------------------------------------------------------------------------------------------ */

bool watcher_start(struct watcher *w, struct loop *l, int fd, watcher_f *fn)
{
	if (sys_poll_add(l->poller, fd, w) < 0)
		return false;
	*w = (struct watcher){ fn, fd, l };
	return true;
}

void watcher_stop(struct watcher *w)
{
	struct loop *l = w->loop;
	if (!l || w->fd < 0)
		return;
	sys_poll_remove(l->poller, w->fd);
	w->fd = -1;
	for (int i = l->event_next; i < l->event_count; i++)
		if (l->events[i].data == w)
			l->events[i].data = NULL;
}

static void run_events(struct loop *l)
{
	while (l->event_next < l->event_count) {
		struct sys_event *e = &l->events[l->event_next++];
		struct watcher *w = e->data;
		if (w)
			w->fn(w, e->what);
	}
}

/* --- deferred calls ------------------------------------------------------------------------------------------------------------ */

void loop_defer(struct loop *l, struct deferred *d, void (*fn)(struct deferred *d))
{
	if (d->queued) {
		d->fn = fn;
		return;
	}
	*d = (struct deferred){ fn, NULL, l, true };
	*l->deferred_end = d;
	l->deferred_end = &d->next;
}

static bool unlink_deferred(struct deferred **at, const struct deferred *d)
{
	for (; *at; at = &(*at)->next)
		if (*at == d) {
			*at = d->next;
			return true;
		}
	return false;
}

void deferred_cancel(struct deferred *d)
{
	struct loop *l = d->loop;
	if (!d->queued)
		return;
	d->queued = false;
	if (unlink_deferred(&l->running, d))
		return;
	CHECK(unlink_deferred(&l->deferred, d));
	l->deferred_end = &l->deferred;
	while (*l->deferred_end)
		l->deferred_end = &(*l->deferred_end)->next;
}

static void run_deferred(struct loop *l)
{
	l->running = l->deferred;
	l->deferred = NULL;
	l->deferred_end = &l->deferred;
	while (l->running) {
		struct deferred *d = l->running;
		l->running = d->next;
		d->queued = false;
		d->fn(d);
	}
}

/* --- signals ------------------------------------------------------------------------------------------------------------------- */

static void signals_ready(struct watcher *w, uint32_t what)
{
	struct loop *l = w->loop;
	int s;
	(void)what;
	while (w->fd >= 0 && (s = sys_signal_next(w->fd)) >= 0)
		l->on_signal(l->signal_ctx, (enum sys_signal)s);
}

void loop_on_signal(struct loop *l, void (*fn)(void *ctx, enum sys_signal s), void *ctx)
{
	l->on_signal = fn;
	l->signal_ctx = ctx;
	if (l->signal_watcher.fd >= 0)
		return;
	int fd = sys_signals();
	CHECK(fd >= 0);
	CHECK(watcher_start(&l->signal_watcher, l, fd, signals_ready));
}

/* --- turns --------------------------------------------------------------------------------------------------------------------- */

/* When the loop wants to run again without any event. */
static int64_t next_deadline(void *loop)
{
	struct loop *l = loop;
	if (l->deferred)
		return 0;
	return l->timers ? l->heap[0]->placed : INT64_MAX;
}

static void turn(struct loop *l, int64_t wait)
{
	int n = sys_poll_wait(l->poller, l->events, LOOP_BATCH, wait);
	l->event_count = n > 0 ? n : 0;
	l->event_next = 0;
	l->now = sys_now();
	l->in_turn = true;
	run_events(l);
	run_timers(l);
	loop_work_deliver(l);
	run_deferred(l);
	l->in_turn = false;
}

static void turn_without_waiting(void *loop)
{
	turn(loop, 0);
}

int64_t loop_now(const struct loop *l) { return l->in_turn ? l->now : sys_now(); }

void loop_run(struct loop *l)
{
	l->stopped = false;
	while (!l->stopped) {
		int64_t deadline = next_deadline(l);
		int64_t wait = -1;
		if (deadline != INT64_MAX) {
			wait = deadline ? deadline - sys_now() : 0;
			if (wait < 0)
				wait = 0;
		}
		turn(l, wait);
	}
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
	sys_loop_unregister(l); /* in the simulator nobody sits in loop_run */
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->deferred_end = &l->deferred;
	l->signal_watcher.fd = -1;
	l->poller = sys_poller();
	if (l->poller < 0 || !loop_work_init(l)) {
		if (l->poller >= 0)
			sys_poller_close(l->poller);
		free(l);
		return NULL;
	}
	sys_loop_register(l, l->poller, turn_without_waiting, next_deadline);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	CHECK(!l->in_turn);
	for (size_t i = 0; i < l->timers; i++)
		l->heap[i]->slot = 0;
	sys_loop_unregister(l);
	loop_work_release(l);
	if (l->signal_watcher.fd >= 0) {
		int fd = l->signal_watcher.fd;
		watcher_stop(&l->signal_watcher);
		sys_close(fd);
	}
	sys_poller_close(l->poller);
	free(l->heap);
	free(l);
}
