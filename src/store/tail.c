/* GET /api/logs/tail: log records as they are committed, as server-sent events. A listener that does not read is never waited for: rows
 * that its connection's queue has no room for are counted, and told as `lost` when there is room again. */
#include "base/check.h"
#include "base/metric.h"
#include "store/api.h"
#include <stdio.h>
#include <stdlib.h>

#define TAIL_COMMENT (INT64_C(15) * 1000000000)

struct tail {
	struct tail *next;
	struct store *store;
	struct http_exchange *x;
	struct arena arena, scratch;
	struct query q;
	struct buf event, numbers;
	uint64_t lost;
	struct timer comment;
};

static void free_tail(struct tail *t)
{
	struct store *s = t->store;
	struct tail **at = &s->tails;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	s->tail_count--;
	metric_set(METRIC_STORE_TAILS, s->tail_count);
	timer_cancel(&t->comment);
	query_release(&t->q);
	arena_release(&t->arena);
	arena_release(&t->scratch);
	buf_release(&t->event);
	buf_release(&t->numbers);
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

static void drained(void *ctx) { tell_lost(ctx); }

static void offer(struct tail *t, uint64_t segment, uint32_t position, struct str row, const struct mem_resource *r)
{
	const struct query_row q = { &r->names, r->bytes, row };
	struct json_out o;
	char id[64];
	if (!query_matches(&t->q, &q, &t->numbers))
		return;
	int n = snprintf(id, sizeof(id), "event: row\nid: s%llu-%u\ndata: ", (unsigned long long)segment, position);
	buf_clear(&t->event);
	buf_add(&t->event, str_from(id, n > 0 ? (size_t)n : 0));
	json_out_init(&o, &t->event);
	row_json(&o, &t->scratch, segment, position, row, r->bytes, false);
	buf_add(&t->event, STR("\n\n"));
	if (!buf_ok(&t->event) || !tell_lost(t) || !http_stream_write(t->x, buf_str(&t->event)))
		t->lost++;
}

void tails_offer(struct store *s, const struct batch *b, uint32_t first)
{
	const struct memtable *m = s->active;
	if (!s->tails || b->records == 0)
		return;
	for (uint32_t i = 0; i < batch_rows(b); i++) {
		const struct mem_row *row = memtable_row(m, first + i, m->rows);
		if (!row || row->p[0] != ROW_LOG)
			continue;
		for (struct tail *t = s->tails, *next; t; t = next) {
			next = t->next;
			offer(t, m->number, first + i, mem_row_str(row), memtable_resource(m, row->resource));
		}
	}
}

static void on_comment(struct timer *timer)
{
	struct tail *t = CONTAINER_OF(timer, struct tail, comment);
	timer_set(timer, t->store->loop, loop_now(t->store->loop) + TAIL_COMMENT, on_comment);
	if (tell_lost(t))
		http_stream_write(t->x, STR(": still here\n\n"));
}

void tails_close(struct store *s)
{
	while (s->tails) {
		struct http_exchange *x = s->tails->x;
		http_on_gone(x, NULL, NULL);
		http_stream_on_drained(x, NULL, NULL);
		free_tail(s->tails);
		http_stream_end(x);
	}
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
	arena_init(&t->arena, 1 << 20);
	arena_init(&t->scratch, 2 * ROW_HARD_BYTES + (1 << 20));
	buf_init(&t->event, HTTP_STREAM_QUEUE);
	buf_init(&t->numbers, ROW_HARD_BYTES);
	t->next = s->tails;
	s->tails = t;
	s->tail_count++;
	struct str q = store_api_param(x, &t->arena, "q", &e);
	if (err_is_set(&e) || !query_parse(&t->q, &t->arena, q.p ? q : STR(""), &e)) {
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
