/* Group commit. A batch waits in a queue; while one commit is being written and synced by a worker, those that arrive join the next.
 * Only when the sync is done do the rows become visible, are counted, shown to tails and acknowledged, in the order of the log.
 *
 * Limits: bytes waiting, and bytes in memory altogether (flush.c). Beyond them a batch is refused with ERR_OVERLOAD before it is decoded
 * where possible; nothing ever blocks. */
#include "base/check.h"
#include "base/metric.h"
#include "store/internal.h"

static void answer(struct batch *b, const struct err *result)
{
	if (b->done)
		b->done(b, result);
}

static void refuse(struct batch *b, const struct err *why)
{
	answer(b, why);
	batch_free(b);
}

static void set_waiting(struct store *s, size_t bytes)
{
	s->waiting = bytes;
	metric_set(METRIC_STORE_WAITING, (int64_t)bytes);
}

bool store_has_room(const struct store *s, size_t bytes, struct err *e)
{
	size_t memory = (size_t)s->options.memory;
	if (s->closing)
		return err_set(e, ERR_UNAVAILABLE, "the store is stopping");
	/* One batch is always taken when nothing else waits, whatever its size. */
	if (s->waiting && s->waiting + bytes > memory / 4)
		return err_set(e, ERR_OVERLOAD, "%zu bytes wait to be written; try again later", s->waiting);
	if (s->frozen_count && store_memory(s) + bytes > memory) {
		if (s->flush_full)
			return err_set(e, ERR_DISK_FULL, "the disk is full; nothing of this batch was kept");
		return err_set(e, ERR_OVERLOAD, "writing segments lags behind; try again later");
	}
	return true;
}

static bool in_flight(const struct batch *list, struct batch_id id)
{
	for (; list; list = list->next)
		if (list->id.sender == id.sender && list->id.number >= id.number)
			return true;
	return false;
}

void store_submit(struct store *s, struct batch *b)
{
	struct err e = { 0 };
	if (senders_repeated(&s->senders, b->id)) {
		metric_inc(METRIC_STORE_REPEATED);
		refuse(b, NULL);
		return;
	}
	if (b->id.sender && (in_flight(s->commit.list, b->id) || in_flight(s->queue, b->id))) {
		err_set(&e, ERR_OVERLOAD, "this batch is being written already");
		refuse(b, &e);
		return;
	}
	if (!store_has_room(s, b->len, &e)) {
		refuse(b, &e);
		return;
	}
	b->next = NULL;
	b->received = loop_now(s->loop);
	*s->queue_end = b;
	s->queue_end = &b->next;
	set_waiting(s, s->waiting + b->len);
	store_commit_next(s);
}

/* --- the worker's part ----------------------------------------------------------------------------------------------------------------- */

static void run(struct loop_job *j)
{
	struct commit *c = CONTAINER_OF(j, struct commit, job);
	c->result = wal_commit(&c->wal, c->store->directory, c->list, c->first_row, &c->code);
}

/* --- outcomes ---------------------------------------------------------------------------------------------------------------------------- */

static void acknowledge(struct store *s, struct batch *list)
{
	for (struct batch *b = list, *next; b; b = next) {
		next = b->next;
		uint32_t first = s->active->rows;
		set_waiting(s, s->waiting - b->len);
		if (s->active->rows == 0) {
			s->active->started = loop_now(s->loop);
			timer_set(&s->age, s->loop, s->active->started + FLUSH_EARLY, s->age.fn);
		}
		memtable_add(s->active, b);
		senders_note(&s->senders, b->id);
		metric_add(METRIC_STORE_RECORDS, b->records);
		metric_add(METRIC_STORE_SPANS, b->spans);
		metric_observe(METRIC_STORE_COMMIT_SECONDS, loop_now(s->loop) - b->received, NULL, sys_wall());
		answer(b, NULL);
		tails_offer(s, b, first);
	}
	s->active->wal_length = s->wal.durable;
	if (s->disk_full && !s->flush_full) {
		s->disk_full = false;
		store_report(s, SEVERITY_INFO, "the disk has space again");
	}
}

static void refuse_all(struct store *s, struct batch *list, int64_t code)
{
	struct err e = { 0 };
	if (code == SYS_NO_SPACE) {
		err_set(&e, ERR_DISK_FULL, "the disk is full; nothing of this batch was kept");
		if (!s->disk_full)
			store_report(s, SEVERITY_ERROR, "the disk is full: batches are refused until there is space");
		s->disk_full = true;
	} else {
		err_set(&e, ERR_UNAVAILABLE, "the batch could not be written: %s", sys_strerror(code));
		store_report(s, SEVERITY_ERROR, "writing the log failed: %s", sys_strerror(code));
	}
	for (struct batch *b = list, *next; b; b = next) {
		next = b->next;
		set_waiting(s, s->waiting - b->len);
		refuse(b, &e);
	}
}

/* After a failed sync the file is not written again (wal.h). Without acknowledged bytes in it, it counts for nothing and the file
 * before it stays the one that the next header names. */
static void distrust(struct store *s)
{
	if (s->active->rows) {
		store_freeze(s);
		return;
	}
	char space[SYS_PATH_MAX + 1];
	if (s->wal.fd >= 0)
		sys_close(s->wal.fd);
	sys_unlink(store_path(space, s->directory, s->wal.number, ".log"));
	s->wal.fd = -1;
	s->wal.durable = 0;
	s->wal.number++;
	s->active->number = s->wal.number;
}

static void done(struct loop_job *j)
{
	struct commit *c = CONTAINER_OF(j, struct commit, job);
	struct store *s = c->store;
	struct batch *list = c->list;
	c->list = NULL;
	s->wal = c->wal;
	metric_inc(METRIC_STORE_COMMITS);
	if (c->result == WAL_OK)
		acknowledge(s, list);
	else
		refuse_all(s, list, c->code);
	s->committing = false;
	if (c->result == WAL_UNTRUSTED)
		distrust(s);
	store_commit_next(s);
	store_close_step(s);
}

/* --- the next commit ---------------------------------------------------------------------------------------------------------------------- */

static uint64_t resources_of(const struct batch *b)
{
	struct batch_reader it;
	return batch_read(&it, batch_str(b)) ? it.resources : 0;
}

/* Takes batches off the queue that go into one commit. */
static struct batch *take(struct store *s)
{
	struct batch *list = s->queue, **end = &s->queue;
	size_t bytes = 0;
	uint64_t resources = s->active->resource_count;
	for (uint32_t n = 0; *end; n++) {
		bytes += (*end)->len;
		resources += resources_of(*end);
		if (n > 0 && (n >= COMMIT_MAX_BATCHES || bytes > COMMIT_MAX_BYTES || resources > MEM_MAX_RESOURCES))
			break;
		end = &(*end)->next;
	}
	s->queue = *end;
	*end = NULL;
	if (!s->queue)
		s->queue_end = &s->queue;
	return list;
}

void store_commit_next(struct store *s)
{
	if (s->committing)
		return;
	bool large = s->active->size >= store_freeze_size(s) || (s->queue && !memtable_room(s->active, s->queue));
	if (s->active->rows && (s->freeze_due || large))
		store_freeze(s);
	if (!s->queue)
		return;
	s->committing = true;
	s->commit = (struct commit){ .job = { .run = run, .done = done }, .store = s, .list = take(s), .wal = s->wal, .first_row = s->active->rows };
	loop_work(s->loop, &s->commit.job);
}
