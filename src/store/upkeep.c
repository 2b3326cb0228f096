/* Units of upkeep, one after the other (upkeep.h). */
#include "store/upkeep.h"
#include "base/check.h"
#include "base/json.h"
#include "base/metric.h"
#include <stdlib.h>

static void on_retry(struct timer *t)
{
	struct upkeep *u = CONTAINER_OF(t, struct upkeep, retry);
	store_upkeep_next(u->store);
}

bool upkeep_new(struct store *s)
{
	struct upkeep *u = calloc(1, sizeof(*u));
	if (!u)
		return false;
	u->store = s;
	u->retry.fn = on_retry;
	u->deletions.next_id = 1;
	s->upkeep = u;
	return true;
}

void upkeep_free(struct upkeep *u)
{
	if (!u)
		return;
	timer_cancel(&u->retry);
	deletions_free(&u->deletions);
	free(u);
}

void upkeep_later(struct upkeep *u)
{
	timer_set(&u->retry, u->store->loop, loop_now(u->store->loop) + UPKEEP_RETRY, on_retry);
}

static void run(struct loop_job *j)
{
	struct upkeep *u = CONTAINER_OF(j, struct upkeep, job);
	u->run(u);
}

static void done(struct loop_job *j)
{
	struct upkeep *u = CONTAINER_OF(j, struct upkeep, job);
	struct store *s = u->store;
	struct segment *segment = u->segment;
	u->busy = false;
	u->segment = NULL;
	bool ok = u->finish(u);
	if (segment)
		store_segment_unref(s, segment);
	if (ok)
		u->failing = false;
	else
		upkeep_later(u);
	/* Writing out what is new comes first, but not always: both get on. */
	store_flush_next(s);
	if (ok)
		store_upkeep_next(s);
	store_commit_next(s);
	store_close_step(s);
}

void upkeep_begin(struct upkeep *u, struct segment *segment, void (*unit)(struct upkeep *u), bool (*finish)(struct upkeep *u))
{
	CHECK(!u->busy && !u->store->flushing);
	u->busy = true;
	u->run = unit;
	u->finish = finish;
	u->segment = segment;
	if (segment)
		segment->refs++;
	u->rewrite = (struct rewrite){ .directory = u->store->directory, .segment = segment, .ctx = u };
	u->job = (struct loop_job){ .run = run, .done = done };
	loop_work(u->store->loop, &u->job);
}

bool store_upkeep_next(struct store *s)
{
	struct upkeep *u = s->upkeep;
	if (u->busy || s->flushing || s->closing)
		return false;
	timer_cancel(&u->retry);
	/* One that waits for rows to be in segments may have begun to write them. */
	return deletion_next(u) || (!s->flushing && snapshot_next(u)) || (!s->flushing && retention_next(u));
}

bool store_settled(struct store *s, uint64_t *upto)
{
	if (s->active->number <= *upto && s->active->rows == 0 && !s->committing)
		*upto = s->active->number - 1;
	if (s->active->number <= *upto) {
		s->freeze_due = true;
		store_commit_next(s);
	}
	if (s->active->number <= *upto)
		return false;
	for (const struct memtable *m = s->frozen; m; m = m->next)
		if (m->number <= *upto)
			return false;
	return true;
}

bool upkeep_rewritten(struct upkeep *u)
{
	struct store *s = u->store;
	const struct rewrite *w = &u->rewrite;
	if (u->result == REWRITE_DONE) {
		store_replace_segment(s, w->segment, &w->written);
		u->rewritten++;
		u->removed += w->gone;
		metric_inc(METRIC_STORE_REWRITTEN);
		metric_add(METRIC_STORE_REMOVED_ROWS, w->gone);
	} else if (u->result == REWRITE_DAMAGED) {
		s->damaged++;
		store_report(s, SEVERITY_ERROR, "%s; rows that should go stay in it", w->err.message);
	} else if (u->result == REWRITE_FAILED) {
		if (!u->failing)
			store_report(s, SEVERITY_ERROR, "%s; it is tried again", w->err.message);
		u->failing = true;
		return false;
	}
	return true;
}

void upkeep_json(const struct upkeep *u, struct json_out *o)
{
	uint64_t waiting = 0;
	int64_t bytes = 0;
	for (const struct deletion *d = u->deletions.oldest; d; d = d->next)
		waiting += !deletion_ended(d);
	for (uint32_t i = 0; i < u->snapshots.count; i++)
		bytes += u->snapshots.list[i].bytes;
	json_out_object(o);
	json_kv_bool(o, "busy", u->busy);
	json_kv_u64(o, "segment", u->segment ? u->segment->number : 0);
	json_kv_bool(o, "failing", u->failing);
	json_kv_u64(o, "deletions", waiting);
	/* since this part started */
	json_kv_u64(o, "rewritten_segments", u->rewritten);
	json_kv_u64(o, "removed_rows", u->removed);
	json_kv_u64(o, "snapshots", u->snapshots.count);
	json_kv_i64(o, "snapshot_bytes", bytes);
	json_out_end(o);
}
