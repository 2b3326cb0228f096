/* The event loop on Linux: order, lazy timers, cancelling, closing watchers in mid-batch, work off the thread, signals. */
#include "base/check.h"
#include "net/loop.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

static struct loop *l;
static char order[64];
static size_t steps;

static int set_up(void **state)
{
	(void)state;
	sys_init();
	l = loop_new();
	memset(order, 0, sizeof(order));
	steps = 0;
	return l ? 0 : -1;
}
static int tear_down(void **state)
{
	(void)state;
	loop_free(l);
	return 0;
}
static void note(char c) { order[steps++ % (sizeof(order) - 1)] = c; }

struct named_timer { struct timer t; char name; };
static void note_timer(struct timer *t) { note(CONTAINER_OF(t, struct named_timer, t)->name); }
static void stop_timer(struct timer *t) { loop_stop(t->loop); }
static void run_for(int64_t ns)
{
	struct timer t = { 0 };
	timer_set(&t, l, sys_now() + ns, stop_timer);
	loop_run(l);
	timer_cancel(&t); /* something else may have stopped the loop before */
}

static void timers_fire_in_order_of_time(void **state)
{
	(void)state;
	struct named_timer a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' }, d = { .name = 'd' };
	int64_t now = loop_now(l);
	timer_set(&c.t, l, now + 9 * MSEC, note_timer);
	timer_set(&a.t, l, now + 1 * MSEC, note_timer);
	timer_set(&b.t, l, now + 5 * MSEC, note_timer);
	timer_set(&d.t, l, now + 7 * MSEC, note_timer);
	timer_cancel(&d.t);
	assert_false(timer_is_set(&d.t));
	run_for(12 * MSEC);
	assert_string_equal(order, "abc");
	assert_false(timer_is_set(&a.t));
}

static void a_timer_set_again_moves_lazily_but_fires_at_its_new_time(void **state)
{
	(void)state;
	struct named_timer a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	int64_t now = loop_now(l);
	timer_set(&a.t, l, now + 1 * MSEC, note_timer);
	timer_set(&b.t, l, now + 4 * MSEC, note_timer);
	timer_set(&c.t, l, now + 50 * MSEC, note_timer);
	timer_set(&a.t, l, now + 8 * MSEC, note_timer); /* later: stays at its place in the heap */
	assert_true(a.t.placed < a.t.due);
	timer_set(&c.t, l, now + 2 * MSEC, note_timer); /* earlier: moves at once */
	assert_int_equal(c.t.placed, c.t.due);
	run_for(12 * MSEC);
	assert_string_equal(order, "cba");
}

/* Against a plain model: thousands of random settings and cancellations leave the heap in order. */
static void random_timers_agree_with_a_model(void **state)
{
	(void)state;
	enum { N = 200 };
	static struct named_timer t[N];
	uint64_t x = 88172645463325252ULL;
	int64_t base = loop_now(l) - 1000000;
	for (int i = 0; i < 20000; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		struct timer *it = &t[x % N].t;
		if ((x >> 20) % 4 == 0)
			timer_cancel(it);
		else
			timer_set(it, l, base + (int64_t)((x >> 24) % 1000), note_timer);
	}
	size_t set = 0;
	for (int i = 0; i < N; i++)
		set += timer_is_set(&t[i].t);
	run_for(0);
	run_for(0);
	assert_int_equal(steps, set); /* each once */
	for (int i = 0; i < N; i++)
		assert_false(timer_is_set(&t[i].t));
}

static struct deferred first, second, third;
static void deferred_a(struct deferred *d)
{
	note('a');
	if (steps < 3)
		loop_defer(l, d, deferred_a); /* next turn, not this one */
	deferred_cancel(&third);
}
static void deferred_b(struct deferred *d)
{
	(void)d;
	note('b');
}
static void deferred_calls_run_once_in_order(void **state)
{
	(void)state;
	loop_defer(l, &first, deferred_a);
	loop_defer(l, &second, deferred_b);
	loop_defer(l, &second, deferred_b);
	loop_defer(l, &third, deferred_b);
	run_for(2 * MSEC);
	assert_string_equal(order, "aba");
	loop_defer(l, &first, deferred_b);
	loop_defer(l, &second, deferred_b);
	deferred_cancel(&second);
	loop_defer(l, &third, deferred_b);
	deferred_cancel(&first);
	run_for(1 * MSEC);
	assert_string_equal(order, "abab");
}

/* Both wakers are ready in one batch; whichever comes first closes the other, whose memory is gone then. */
static struct watcher *pair[2];
static int delivered;
static void close_the_other(struct watcher *w, uint32_t what)
{
	int other = pair[0] == w;
	if (!(what & SYS_READABLE))
		return; /* emptying the waker makes it writable again */
	delivered++;
	sys_wake_clear(w->fd);
	if (pair[other]) {
		int fd = pair[other]->fd;
		watcher_stop(pair[other]);
		sys_close(fd);
		free(pair[other]);
		pair[other] = NULL;
	}
}
static void a_watcher_closed_in_the_batch_hears_nothing(void **state)
{
	(void)state;
	delivered = 0;
	for (int i = 0; i < 2; i++) {
		pair[i] = calloc(1, sizeof(*pair[i]));
		assert_true(watcher_start(pair[i], l, sys_waker(), close_the_other));
	}
	sys_wake(pair[0]->fd);
	sys_wake(pair[1]->fd);
	run_for(2 * MSEC);
	assert_int_equal(delivered, 1);
	for (int i = 0; i < 2; i++)
		if (pair[i]) {
			sys_close(pair[i]->fd);
			watcher_stop(pair[i]);
			watcher_stop(pair[i]);
			free(pair[i]);
		}
}

struct sum { struct loop_job job; int from, result; };
static int sums_done;
static void add_up(struct loop_job *j)
{
	struct sum *s = CONTAINER_OF(j, struct sum, job);
	for (int i = 0; i <= s->from; i++)
		s->result += i;
}
static void sum_done(struct loop_job *j)
{
	struct sum *s = CONTAINER_OF(j, struct sum, job);
	assert_int_equal(s->result, s->from * (s->from + 1) / 2);
	if (++sums_done == 3000)
		loop_stop(j->loop);
}
static void work_is_done_and_handed_back(void **state)
{
	(void)state;
	static struct sum jobs[3000]; /* more than the queue holds */
	struct timer guard = { 0 };
	sums_done = 0;
	for (int i = 0; i < 3000; i++) {
		jobs[i] = (struct sum){ { add_up, sum_done, NULL, NULL }, i, 0 };
		loop_work(l, &jobs[i].job);
	}
	timer_set(&guard, l, loop_now(l) + 20 * SECOND, stop_timer);
	loop_run(l);
	timer_cancel(&guard);
	assert_int_equal(sums_done, 3000);
}

static void signalled(void *ctx, enum sys_signal s)
{
	*(int *)ctx = (int)s;
	loop_stop(l);
}
static void a_signal_reaches_the_loop(void **state)
{
	(void)state;
	int got = -1;
	loop_on_signal(l, signalled, &got);
	raise(SIGHUP);
	run_for(SECOND);
	assert_int_equal(got, SYS_SIGHUP);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(timers_fire_in_order_of_time),
		T(a_timer_set_again_moves_lazily_but_fires_at_its_new_time),
		T(random_timers_agree_with_a_model),
		T(deferred_calls_run_once_in_order),
		T(a_watcher_closed_in_the_batch_hears_nothing),
		T(work_is_done_and_handed_back),
		T(a_signal_reaches_the_loop),
	};
	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
