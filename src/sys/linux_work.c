/* Worker threads for what would block the loop, and the mutex. The threads start with the first job and live as long as the process;
 * they take jobs in order from one ring. A full ring makes the caller do its job itself: that slows the producer instead of letting
 * the queue grow. */
#include "base/check.h"
#include "sys/linux.h"
#include <pthread.h>
#include <signal.h>

enum { WORK_QUEUE = 1024 };

struct work {
	void (*fn)(void *);
	void *arg;
};
static struct work ring[WORK_QUEUE];
static size_t head, count; /* under lock */
static int threads;        /* under lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some = PTHREAD_COND_INITIALIZER;

static void *worker(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_mutex_lock(&lock);
		while (count == 0)
			pthread_cond_wait(&some, &lock);
		struct work w = ring[head];
		head = (head + 1) % WORK_QUEUE;
		count--;
		pthread_mutex_unlock(&lock);
		w.fn(w.arg);
	}
	return NULL;
}

/* Signals stay with the loop's thread. */
static void start_worker(void)
{
	sigset_t all, before;
	pthread_t t;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&t, NULL, worker, NULL) == 0) {
		pthread_detach(t);
		threads++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void sys_work(void (*fn)(void *), void *arg)
{
	pthread_mutex_lock(&lock);
	/* A second thread only when the first has a backlog. */
	if (threads < SYS_WORKERS && (threads == 0 || count > 0))
		start_worker();
	bool queued = threads > 0 && count < WORK_QUEUE;
	if (queued) {
		ring[(head + count) % WORK_QUEUE] = (struct work){ fn, arg };
		count++;
	}
	pthread_mutex_unlock(&lock);
	if (queued)
		pthread_cond_signal(&some); /* without the lock, which the one that wakes wants at once */
	else
		fn(arg);
}

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(struct sys_mutex), "struct sys_mutex holds a pthread_mutex_t");
void sys_mutex_init(struct sys_mutex *m) { CHECK(pthread_mutex_init((pthread_mutex_t *)(void *)m, NULL) == 0); }
void sys_mutex_lock(struct sys_mutex *m) { CHECK(pthread_mutex_lock((pthread_mutex_t *)(void *)m) == 0); }
void sys_mutex_unlock(struct sys_mutex *m) { CHECK(pthread_mutex_unlock((pthread_mutex_t *)(void *)m) == 0); }
