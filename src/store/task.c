/* Sliced work (task.h). */
#include "store/task.h"
#include "base/check.h"
#include "base/metric.h"

static void next(struct store *s);

static void run(struct loop_job *j)
{
	struct task *t = CONTAINER_OF(j, struct task, job);
	int64_t until = sys_now() + TASK_SLICE;
	t->more = true;
	for (int i = 0; t->more && i < TASK_UNITS && !__atomic_load_n(&t->cancelled, __ATOMIC_RELAXED); i++) {
		t->more = t->step(t);
		if (sys_now() >= until)
			break;
	}
}

static void end(struct store *s, struct task *t)
{
	s->task_count--;
	metric_inc(METRIC_STORE_QUERIES);
	metric_observe(METRIC_STORE_QUERY_SECONDS, sys_now() - t->began, NULL, sys_wall());
	t->finish(t);
}

static void push(struct store *s, struct task *t)
{
	t->next = NULL;
	*s->tasks_end = t;
	s->tasks_end = &t->next;
}

static void park(struct store *s, struct task *t)
{
	t->parked = true;
	t->next = s->parked;
	s->parked = t;
}

static void done(struct loop_job *j)
{
	struct task *t = CONTAINER_OF(j, struct task, job);
	struct store *s = t->store;
	s->running = NULL;
	store_forget_segments(s);
	if (!t->more || t->cancelled)
		end(s, t);
	else if (t->between && !t->between(t))
		park(s, t);
	else
		push(s, t);
	next(s);
	store_close_step(s);
}

static void next(struct store *s)
{
	while (!s->running && s->tasks) {
		struct task *t = s->tasks;
		s->tasks = t->next;
		if (!s->tasks)
			s->tasks_end = &s->tasks;
		if (t->cancelled) {
			end(s, t);
			continue;
		}
		s->running = t;
		t->job.run = run;
		t->job.done = done;
		loop_work(s->loop, &t->job);
	}
}

bool task_start(struct store *s, struct task *t)
{
	if (s->task_count >= TASKS_MAX)
		return false;
	t->store = s;
	t->began = sys_now();
	t->cancelled = false;
	s->task_count++;
	push(s, t);
	next(s);
	return true;
}

void task_resume(struct task *t)
{
	struct store *s = t->store;
	struct task **at = &s->parked;
	if (!t->parked)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->parked = false;
	push(s, t);
	next(s);
}

void tasks_close(struct store *s)
{
	while (s->parked) {
		s->parked->cancelled = true;
		task_resume(s->parked);
	}
	for (struct task *t = s->tasks; t; t = t->next)
		t->cancelled = true;
	if (s->running)
		__atomic_store_n(&s->running->cancelled, true, __ATOMIC_RELAXED);
	else
		next(s);
}
