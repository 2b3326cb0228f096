/* From memory to segments. The active memtable is frozen when it is large or old; frozen ones are written by a worker one at a time,
 * oldest first (and not beside a unit of upkeep), so that segments appear in order and the newest one always knows the newest batch numbers. The log file goes only when its
 * segment is on disk. A flush that fails (a full disk) is tried again every FLUSH_RETRY; the rows stay in memory and in the log. */
#include "base/check.h"
#include "base/metric.h"
#include "store/upkeep.h"
#include <stdlib.h>

size_t store_memory(const struct store *s)
{
	size_t size = s->waiting + s->active->size;
	for (const struct memtable *m = s->frozen; m; m = m->next)
		size += m->size;
	return size + __atomic_load_n(&s->upkeep->rewrite.memory, __ATOMIC_RELAXED);
}

/* Half of the memory fills while the other half is written. */
size_t store_freeze_size(const struct store *s) { return (size_t)s->options.memory / 2; }

void store_push_frozen(struct store *s, struct memtable *m)
{
	m->next = NULL;
	*s->frozen_end = m;
	s->frozen_end = &m->next;
	s->frozen_count++;
}

void store_freeze(struct store *s)
{
	struct memtable *m = s->active;
	CHECK(!s->committing && m->rows);
	CHECK(senders_copy(&m->senders, &s->senders));
	m->wal_length = s->wal.durable;
	if (s->wal.fd >= 0)
		sys_close(s->wal.fd);
	s->wal = (struct wal){ .fd = -1, .number = s->wal.number + 1, .previous = s->wal.number, .previous_length = s->wal.durable };
	s->active = memtable_new(s->wal.number);
	s->freeze_due = false;
	timer_cancel(&s->age);
	store_push_frozen(s, m);
	store_flush_next(s);
}

static void run(struct loop_job *j)
{
	struct flush *f = CONTAINER_OF(j, struct flush, job);
	f->ok = segment_write(f->memtable, f->store->directory, &f->segment, &f->code);
}

static void succeeded(struct store *s, struct memtable *m, const struct segment *seg)
{
	char space[SYS_PATH_MAX + 1];
	CHECK(store_add_segment(s, seg));
	sys_unlink(store_path(space, s->directory, m->number, ".log"));
	s->frozen = m->next;
	if (!s->frozen)
		s->frozen_end = &s->frozen;
	s->frozen_count--;
	memtable_unref(m);
	if (s->flush_full)
		s->disk_full = false;
	s->flush_failed = s->flush_full = false;
	store_retain(s);
	/* A commit refused for lack of memory is the sender's to repeat; one that waits to freeze may go on now. */
	store_commit_next(s);
}

static void failed(struct store *s, int64_t code)
{
	if (!s->flush_failed)
		store_report(s, SEVERITY_ERROR, "writing a segment failed, it is tried again: %s", sys_strerror(code));
	s->flush_failed = true;
	s->flush_full = code == SYS_NO_SPACE;
	s->disk_full |= s->flush_full;
	timer_set(&s->retry, s->loop, loop_now(s->loop) + FLUSH_RETRY, s->retry.fn);
}

static void done(struct loop_job *j)
{
	struct flush *f = CONTAINER_OF(j, struct flush, job);
	struct store *s = f->store;
	s->flushing = false;
	if (f->ok)
		succeeded(s, f->memtable, &f->segment);
	else
		failed(s, f->code);
	/* What is written and what is kept up take turns. */
	if (f->ok && !store_upkeep_next(s))
		store_flush_next(s);
	store_close_step(s);
}

void store_flush_next(struct store *s)
{
	if (s->flushing || s->upkeep->busy || !s->frozen)
		return;
	s->flushing = true;
	s->flush = (struct flush){ .job = { .run = run, .done = done }, .store = s, .memtable = s->frozen };
	loop_work(s->loop, &s->flush.job);
}
