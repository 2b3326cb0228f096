/* Batches of single records (intake.h).
 *
 * At most one batch of an intake is with the store. So they are committed in the order in which they were filled, whatever fails and is repeated
 * in between, and what is owed for a later record is never given before an earlier one is on disk. */
#include "store/intake.h"
#include "base/check.h"
#include "base/metric.h"
#include "store/internal.h"

static void advance(struct intake *in);

static size_t size_of(const struct intake *in) { return in->builder.rows.len + in->builder.resources.len; }

static void on_timer(struct timer *t) { advance(CONTAINER_OF(t, struct intake, timer)); }
static void later(struct intake *in, int64_t delay)
{
	timer_set(&in->timer, in->loop, loop_now(in->loop) + delay, on_timer);
}

void intake_init(struct intake *in, struct store *s, struct loop *l, void (*on_room)(void *ctx), void *ctx)
{
	*in = (struct intake){ .store = s, .loop = l, .on_room = on_room, .ctx = ctx };
	batch_builder_init(&in->builder);
	in->owed_end = &in->owed;
	in->flying_owed_end = &in->flying_owed;
}

static void pay_list(struct intake_owed *list, bool kept)
{
	for (struct intake_owed *next; list; list = next) {
		next = list->next;
		list->fn(list, kept);
	}
}

static void pay(struct intake *in, bool kept)
{
	struct intake_owed *list = in->flying_owed;
	in->flying_owed = NULL;
	in->flying_owed_end = &in->flying_owed;
	pay_list(list, kept);
}

/* What is owed for the builder's records goes with them. */
static void move_owed(struct intake *in)
{
	if (!in->owed)
		return;
	*in->flying_owed_end = in->owed;
	in->flying_owed_end = in->owed_end;
	in->owed = NULL;
	in->owed_end = &in->owed;
}

static void lose(struct intake *in, uint32_t rows, const char *why)
{
	metric_add(METRIC_STORE_REJECTED, rows);
	store_report(in->store, SEVERITY_ERROR, "%u records from listeners were lost: %s", rows, why);
}

static void on_done(struct batch *b, const struct err *result)
{
	struct intake *in = b->ctx;
	in->flying--;
	if (result) {
		in->refused++;
		metric_inc(METRIC_STORE_REFUSED);
		in->again = in->closing ? NULL : batch_from(batch_str(b), b->id);
		if (in->again) {
			in->backoff = !in->backoff ? INTAKE_RETRY : in->backoff < INTAKE_RETRY_MOST / 2 ? in->backoff * 2 : INTAKE_RETRY_MOST;
			later(in, in->backoff);
			return;
		}
		in->lost = true;
		lose(in, batch_rows(b), result->message);
	}
	if (in->lost)
		move_owed(in); /* a repeat of what was lost may be owed with the next: nothing is promised for either */
	if (in->flying)
		return; /* the end: two were on their way, and what is owed is owed for both */
	in->backoff = 0;
	pay(in, !in->lost);
	in->lost = in->lost && in->closing;
	if (!in->closing)
		advance(in);
}

static void submit(struct intake *in, struct batch *b)
{
	in->flying++;
	b->done = on_done;
	b->ctx = in;
	store_submit(in->store, b);
}

static uint32_t rows(const struct intake *in) { return in->builder.records + in->builder.spans; }

static void empty(struct intake *in)
{
	metric_add(METRIC_STORE_REJECTED, in->builder.rejected);
	metric_add(METRIC_STORE_CUT, in->builder.cut);
	batch_builder_release(&in->builder);
	batch_builder_init(&in->builder);
}

/* The batch that was filled; NULL when there is no memory now for it, and when there was none while it was filled: then it is gone. */
static struct batch *next_batch(struct intake *in)
{
	struct err e = { 0 };
	struct batch *b = batch_finish(&in->builder, &e);
	if (!b && e.code == ERR_NO_MEMORY && !in->closing)
		return NULL;
	move_owed(in);
	if (!b) {
		lose(in, rows(in), e.message);
		in->lost = in->closing;
		if (!in->flying)
			pay(in, false);
	}
	empty(in);
	return b;
}

static void tell_room(struct intake *in)
{
	if (!in->full || in->closing)
		return;
	in->full = false;
	in->on_room(in->ctx);
}

static bool has_room(const struct intake *in, size_t bytes)
{
	struct err e = { 0 };
	return in->closing || store_has_room(in->store, bytes, &e);
}

/* Whatever can go now goes. */
static void advance(struct intake *in)
{
	struct batch *b = in->again;
	if (in->flying)
		return;
	timer_cancel(&in->timer);
	if (!b && rows(in) == 0) {
		move_owed(in);
		pay(in, true);
		return;
	}
	if (!has_room(in, b ? b->len : size_of(in) + 64) || (!b && !(b = next_batch(in)))) {
		if (in->again || rows(in))
			later(in, INTAKE_ROOM);
		else
			tell_room(in); /* they are lost, and the way is free */
		return;
	}
	bool repeat = b == in->again;
	in->again = NULL;
	submit(in, b);
	if (!repeat)
		tell_room(in);
}

struct batch_builder *intake_builder(struct intake *in) { return &in->builder; }

void intake_added(struct intake *in)
{
	if (size_of(in) >= INTAKE_MOST || in->builder.resource_count >= INTAKE_RESOURCES)
		in->full = true;
	if (in->flying || in->again)
		return;
	if (in->full || size_of(in) >= INTAKE_BATCH)
		advance(in);
	else if (!timer_is_set(&in->timer))
		later(in, INTAKE_DELAY);
}

void intake_owe(struct intake *in, struct intake_owed *o)
{
	o->next = NULL;
	*in->owed_end = o;
	in->owed_end = &o->next;
	if (!in->flying && !timer_is_set(&in->timer))
		later(in, INTAKE_DELAY);
}

bool intake_full(const struct intake *in) { return in->full; }

void intake_close(struct intake *in)
{
	in->closing = true;
	advance(in);
	if (rows(in)) {
		struct batch *b = next_batch(in);
		if (b)
			submit(in, b);
	}
	timer_cancel(&in->timer);
}

void intake_release(struct intake *in)
{
	timer_cancel(&in->timer);
	pay(in, false);
	pay_list(in->owed, false);
	batch_builder_release(&in->builder);
	if (in->again)
		batch_free(in->again);
}
