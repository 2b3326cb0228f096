/* A task: work of a query, done in slices on a worker so that neither the loop nor a commit waits for it. One slice runs at a time; tasks
 * take turns. Embedded in its owner. */
#ifndef PLEACH_STORE_TASK_H
#define PLEACH_STORE_TASK_H
#include "store/internal.h"

#define TASK_SLICE (INT64_C(5) * 1000000) /* ns; a slice ends with the first unit of work beyond it */
enum { TASK_UNITS = 32 };                 /* and at most so many units (the simulator's clock stands still within a slice) */
struct task {
	struct loop_job job;
	struct store *store;
	struct task *next;
	bool (*step)(struct task *t);     /* one unit of work, on a worker; true: there is more */
	void (*finish)(struct task *t);   /* on the loop, once: the work is done, or `cancelled` */
	bool (*between)(struct task *t);  /* may be NULL. On the loop between slices; false: not yet, task_resume goes on */
	bool cancelled, more, parked;
	int64_t began;                    /* monotonic */
};
/* False when TASKS_MAX wait already; then finish is not called. */
bool task_start(struct store *s, struct task *t);
/* A task whose `between` said false (else nothing happens); also to end one that was cancelled since. */
void task_resume(struct task *t);
void tasks_close(struct store *s);
#endif
