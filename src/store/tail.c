/* GET /api/logs/tail: log records as they are committed, as server-sent events. A commit's rows are held against every tail's query right away, on
 * the loop; what takes longer than TAIL_SLICE goes on in later turns, so that neither commits nor other clients wait for hundreds of tails
 * (the rows stay in their memtable, which is referenced until then). A listener that does not read is never waited for: rows that its
 * connection's queue has no room for are counted, and told as `lost` when there is room again; so are those beyond TAIL_BACKLOG.
 *
 * Pipes: where, parse, fields work row by row; limit ends the tail (`end`). What needs all rows is refused with its place. */
#include "base/check.h"
#include "base/metric.h"
#include "store/api.h"
#include "store/pipe_run.h"
#include <stdio.h>
#include <stdlib.h>

#define TAIL_COMMENT (INT64_C(15) * 1000000000)
#define TAIL_SLICE (INT64_C(5) * 1000000)
enum { TAIL_BACKLOG = 200 * 1000 /* rows */ };

struct tail {
	struct tail *next;
	struct store *store;
	struct http_exchange *x;
	struct arena arena, scratch;
	struct pipe plan;
	struct pipe_run run;
	struct buf event;
	uint64_t lost, since;        /* since: the first commit that is shown */
	struct timer comment;
	bool ended;                  /* told: freed after the row */
	/* Whether rows of a resource can match at all, of the last one seen. */
	uint64_t last_segment;
	uint32_t last_resource;
	bool last_may;
};
struct tail_work { struct tail_work *next; struct memtable *memtable; uint32_t at, end; uint64_t commit; };

static void drop_work(struct store *s)
{
	while (s->tail_work) {
		struct tail_work *w = s->tail_work;
		s->tail_work = w->next;
		memtable_unref(w->memtable);
		free(w);
	}
	s->tail_work_end = NULL;
	s->tail_backlog = 0;
	timer_cancel(&s->tail_timer);
}

static void free_tail(struct tail *t)
{
	struct store *s = t->store;
	struct tail **at = &s->tails;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	s->tail_count--;
	metric_set(METRIC_STORE_TAILS, s->tail_count);
	if (!s->tails)
		drop_work(s);
	timer_cancel(&t->comment);
	pipe_run_release(&t->run);
	pipe_release(&t->plan);
	arena_release(&t->arena);
	arena_release(&t->scratch);
	buf_release(&t->event);
	free(t);
}

static void gone(void *ctx) { free_tail(ctx); }

/* `lost` goes before anything else, so that a reader knows where the gap is. */
static bool tell_lost(struct tail *t)
{
	char text[64];
	if (t->lost == 0)
		return true;
	int n = snprintf(text, sizeof(text), "event: lost\ndata: {\"rows\":%llu}\n\n", (unsigned long long)t->lost);
	if (!http_stream_write(t->x, str_from(text, n > 0 ? (size_t)n : 0)))
		return false;
	t->lost = 0;
	return true;
}

static void end(struct tail *t)
{
	http_on_gone(t->x, NULL, NULL);
	http_stream_on_drained(t->x, NULL, NULL);
	http_stream_end(t->x);
	free_tail(t);
}

static void drained(void *ctx)
{
	struct tail *t = ctx;
	if (tell_lost(t) && pipe_run_done(&t->run) && http_stream_write(t->x, STR("event: end\ndata: {}\n\n")))
		end(t);
}

/* --- rows ------------------------------------------------------------------------------------------------------------------------------------ */

static void on_out(void *ctx, const struct pipe_row *r)
{
	struct tail *t = ctx;
	struct json_out o;
	const struct scan_row *s = r->row;
	buf_clear(&t->event);
	buf_add(&t->event, STR("event: row\n"));
	if (s)
		buf_printf(&t->event, "id: s%llu-%u\n", (unsigned long long)s->segment, s->position);
	buf_add(&t->event, STR("data: "));
	json_out_init(&o, &t->event);
	if (!s) {
		attrs_json(&o, r->attrs, r->count);
	} else if (row_json_open(&o, &t->scratch, s->segment, s->position, s->row, s->resource->bytes)) {
		if (r->count) {
			json_out_key(&o, STR("made"));
			attrs_json(&o, r->attrs, r->count);
		}
		json_out_end(&o);
	}
	buf_add(&t->event, STR("\n\n"));
	if (!buf_ok(&t->event) || !tell_lost(t) || !http_stream_write(t->x, buf_str(&t->event))) {
		t->lost++;
		metric_inc(METRIC_STORE_TAIL_LOST);
	}
}

static bool may_match(struct tail *t, const struct scan_row *r, uint32_t resource)
{
	if (t->last_segment != r->segment || t->last_resource != resource) {
		t->last_segment = r->segment;
		t->last_resource = resource;
		t->last_may = query_may_match(&t->plan.q, &r->resource->names, UINT8_MAX);
	}
	return t->last_may;
}

static void offer(struct tail *t, const struct scan_row *r, uint32_t resource)
{
	const struct query_row q = { &r->resource->names, r->resource->bytes, r->row };
	if (pipe_run_done(&t->run) || !may_match(t, r, resource) || !query_matches(&t->plan.q, &q, &t->run.text))
		return;
	pipe_run_row(&t->run, 0, r);
	/* Where the queue is full, the end is told when it has drained. */
	if (pipe_run_done(&t->run) && t->lost == 0 && http_stream_write(t->x, STR("event: end\ndata: {}\n\n")))
		t->ended = true;
}

static void offer_all(struct store *s, const struct tail_work *w)
{
	const struct mem_row *row = memtable_row(w->memtable, w->at, w->end);
	if (!row || !row->p || row->p[0] != ROW_LOG)
		return;
	struct scan_row r = { .segment = w->memtable->number, .position = w->at, .row = mem_row_str(row), .resource = memtable_resource(w->memtable, row->resource) };
	if (!row_head(r.row, &r.head))
		return;
	for (struct tail *t = s->tails, *next; t; t = next) {
		next = t->next;
		if (w->commit >= t->since)
			offer(t, &r, row->resource);
		if (t->ended)
			end(t);
	}
}

static void slice(struct store *s);
static void on_slice(struct timer *timer) { slice(CONTAINER_OF(timer, struct store, tail_timer)); }

/* A row at a time, for at most TAIL_SLICE. The last tail may end within: then all work is gone. */
static void slice(struct store *s)
{
	int64_t until = sys_now() + TAIL_SLICE;
	while (s->tail_work) {
		struct tail_work *w = s->tail_work;
		offer_all(s, w);
		if (!s->tail_work)
			return;
		w->at++;
		s->tail_backlog--;
		if (w->at == w->end) {
			s->tail_work = w->next;
			memtable_unref(w->memtable);
			free(w);
		}
		if (s->tail_work && sys_now() >= until) {
			timer_set(&s->tail_timer, s->loop, loop_now(s->loop), on_slice);
			return;
		}
	}
}

static void lose_all(struct store *s, uint32_t rows)
{
	metric_add(METRIC_STORE_TAIL_LOST, rows);
	for (struct tail *t = s->tails; t; t = t->next)
		t->lost += rows;
}

void tails_offer(struct store *s, const struct batch *b, uint32_t first)
{
	uint32_t rows = batch_rows(b);
	s->tail_seen++;
	if (!s->tails || b->records == 0 || rows == 0)
		return;
	struct tail_work *w = s->tail_backlog + rows <= TAIL_BACKLOG ? malloc(sizeof(*w)) : NULL;
	if (!w) {
		lose_all(s, rows);
		return;
	}
	*w = (struct tail_work){ .memtable = memtable_ref(s->active), .at = first, .end = first + rows, .commit = s->tail_seen };
	bool waiting = s->tail_work != NULL;
	*(waiting ? s->tail_work_end : &s->tail_work) = w;
	s->tail_work_end = &w->next;
	s->tail_backlog += rows;
	if (!waiting)
		slice(s);
}

/* --- tails ----------------------------------------------------------------------------------------------------------------------------------- */

static void on_comment(struct timer *timer)
{
	struct tail *t = CONTAINER_OF(timer, struct tail, comment);
	timer_set(timer, t->store->loop, loop_now(t->store->loop) + TAIL_COMMENT, on_comment);
	if (tell_lost(t))
		http_stream_write(t->x, STR(": still here\n\n"));
}

void tails_close(struct store *s)
{
	while (s->tails)
		end(s->tails);
}

static bool check_stages(const struct pipe *p, struct err *e)
{
	static const char *const words[] = { "where", "parse", "stats", "top", "patterns", "sort", "limit", "fields", "context", "compare" };
	for (size_t i = 0; i < p->stage_count; i++) {
		enum stage_op op = p->stages[i].op;
		if (op == STAGE_WHERE || op == STAGE_PARSE || op == STAGE_LIMIT || op == STAGE_FIELDS)
			continue;
		e->column = p->stages[i].column;
		return err_set(e, ERR_INPUT, "%s needs all rows, and a live tail has no end: leave it out here, or search without following", words[op]);
	}
	return true;
}

static bool prepare(struct tail *t, struct err *e)
{
	struct str q = store_api_param(t->x, &t->arena, "q", e);
	if (err_is_set(e) || !pipe_parse(&t->plan, &t->arena, q.p ? q : STR(""), e) || !check_stages(&t->plan, e))
		return false;
	const struct pipe_run_options o = { .plan = &t->plan, .as_found = true, .limit = 1, .out = on_out, .ctx = t };
	return pipe_run_init(&t->run, &o) ? true : err_set(e, ERR_NO_MEMORY, "no memory for a tail");
}

void store_api_tail(struct store *s, struct http_exchange *x)
{
	struct err e = { 0 };
	struct tail *t = s->tail_count < TAILS_MAX ? calloc(1, sizeof(*t)) : NULL;
	if (!t) {
		err_set(&e, ERR_OVERLOAD, "%d tails are open already", TAILS_MAX);
		http_answer_err(x, &e);
		return;
	}
	t->store = s;
	t->x = x;
	t->since = s->tail_seen + 1;
	t->last_segment = UINT64_MAX;
	arena_init(&t->arena, 1 << 20);
	arena_init(&t->scratch, 2 * ROW_HARD_BYTES + (1 << 20));
	buf_init(&t->event, HTTP_STREAM_QUEUE);
	t->next = s->tails;
	s->tails = t;
	s->tail_count++;
	if (!prepare(t, &e)) {
		free_tail(t);
		http_answer_err(x, &e);
		return;
	}
	metric_set(METRIC_STORE_TAILS, s->tail_count);
	http_on_gone(x, gone, t);
	http_stream_begin(x, 200, STR("text/event-stream"), STR("Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"));
	http_stream_on_drained(x, drained, t);
	on_comment(&t->comment);
}
