/* Work off the loop's thread: a job is run by sys_work, put on the loop's list of finished jobs, and handed to done() in the next turn.
 * The list and the waker are the only things that two threads touch. */
#include "base/check.h"
#include "net/loop_impl.h"

/* The waker is never emptied: each wake is an edge of its own, and emptying it would cause one more turn ("writable again"). */
static void waker_ready(struct watcher *w, uint32_t what)
{
	if (what & SYS_READABLE)
		w->loop->work_done = true;
}

bool loop_work_init(struct loop *l)
{
	sys_mutex_init(&l->mutex);
	l->finished_end = &l->finished;
	l->waker = sys_waker();
	if (l->waker < 0)
		return false;
	if (watcher_start(&l->waker_watcher, l, l->waker, waker_ready))
		return true;
	sys_close(l->waker);
	return false;
}

void loop_work_release(struct loop *l)
{
	CHECK(l->outstanding == 0); /* a worker would write into freed memory */
	watcher_stop(&l->waker_watcher);
	sys_close(l->waker);
}

/* On the worker. The lock is held over the wake so that the loop cannot take the job, be freed, and leave us waking a closed handle. */
static void run_job(void *arg)
{
	struct loop_job *j = arg;
	struct loop *l = j->loop;
	j->run(j);
	sys_mutex_lock(&l->mutex);
	j->next = NULL;
	*l->finished_end = j;
	l->finished_end = &j->next;
	sys_wake(l->waker);
	sys_mutex_unlock(&l->mutex);
}

void loop_work(struct loop *l, struct loop_job *j)
{
	j->loop = l;
	l->outstanding++;
	sys_work(run_job, j);
}

void loop_work_deliver(struct loop *l)
{
	if (!l->work_done)
		return;
	l->work_done = false;
	sys_mutex_lock(&l->mutex);
	struct loop_job *j = l->finished;
	l->finished = NULL;
	l->finished_end = &l->finished;
	sys_mutex_unlock(&l->mutex);
	while (j) {
		struct loop_job *next = j->next;
		l->outstanding--;
		j->done(j); /* may free j, and may start more work */
		j = next;
	}
}
