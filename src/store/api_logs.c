/* GET /api/logs: a page of log records. GET /api/logs/context: the lines around one line. */
#include "base/check.h"
#include "store/api.h"
#include "store/collect.h"

/* --- search ---------------------------------------------------------------------------------------------------------------------------------- */

struct logs_task {
	struct query_task base;
	struct collector found;
};

static void logs_row(void *ctx, const struct scan_row *r) { collect_row(&((struct logs_task *)ctx)->found, r); }
static bool logs_wants(void *ctx, int64_t min, int64_t max) { return collect_wants(&((struct logs_task *)ctx)->found, min, max); }
static void logs_release(struct query_task *t) { collect_release(&((struct logs_task *)(void *)t)->found); }

static void rows_json(struct json_out *o, struct collector *c, const struct row_key *here)
{
	struct arena scratch;
	arena_init(&scratch, 2 * ROW_HARD_BYTES + (1 << 20));
	for (size_t i = 0; i < c->count; i++) {
		const struct collected *r = &c->items[i];
		row_json(o, &scratch, r->key.segment, r->key.position, collected_row(r), collected_resource(r),
			 here && r->key.segment == here->segment && r->key.position == here->position);
	}
	arena_release(&scratch);
}

static void logs_render(struct query_task *base)
{
	struct logs_task *t = (struct logs_task *)(void *)base;
	struct json_out o;
	char next[64];
	collect_finish(&t->found);
	json_out_init(&o, &base->out);
	json_out_object(&o);
	json_out_key(&o, STR("rows"));
	json_out_array(&o);
	rows_json(&o, &t->found, NULL);
	json_out_end(&o);
	json_kv_str(&o, "next", t->found.more && t->found.count ? row_key_text(&t->found.items[t->found.count - 1].key, next) : STR(""));
	scanned_json(&o, base);
	json_out_end(&o);
	if (t->found.failed)
		err_set(&base->err, ERR_NO_MEMORY, "no memory for the rows of this answer");
}

static bool logs_options(struct logs_task *t, struct http_exchange *x)
{
	struct query_task *b = &t->base;
	struct row_key after = { 0 };
	uint64_t limit = store_api_number(x, &b->arena, "limit", 100, 1, COLLECT_MAX, &b->err);
	struct str order = store_api_param(x, &b->arena, "order", &b->err), place = store_api_param(x, &b->arena, "after", &b->err);
	bool up = str_eq(order, STR("asc"));
	if (!str_empty(order) && !up && !str_eq(order, STR("desc")))
		err_set(&b->err, ERR_INPUT, "order is asc or desc");
	if (!str_empty(place) && !row_key_parse(&after, place))
		err_set(&b->err, ERR_INPUT, "after is not a place that this store has given");
	if (err_is_set(&b->err))
		return query_task_fail(b);
	if (!collect_init(&t->found, limit, up)) {
		err_set(&b->err, ERR_NO_MEMORY, "no memory for a query");
		return query_task_fail(b);
	}
	t->found.bounded = !str_empty(place);
	t->found.after = after;
	b->scan.oldest_first = up;
	return true;
}

void store_api_logs(struct store *s, struct http_exchange *x)
{
	struct logs_task *t = query_task_new(s, x, sizeof(*t));
	if (!t || !query_task_parameters(&t->base))
		return;
	t->base.release = logs_release;
	if (!logs_options(t, x))
		return;
	t->base.scan.kinds = 1 << ROW_LOG;
	t->base.scan.row = logs_row;
	t->base.scan.wants = logs_wants;
	t->base.render = logs_render;
	query_task_start(&t->base);
}

/* --- context ---------------------------------------------------------------------------------------------------------------------------------- */

/* Three passes: find the row, then the rows before it, then those after it. The second scan is begun with the first, on the loop. */
struct context_task {
	struct query_task base;      /* its scan: the rows before */
	struct scan later;
	struct collector before, after;
	struct row_key here;
	struct resource who;         /* of the row; text in the task's arena */
	bool located, found;
	struct str here_row, here_resource;
};
#define CONTEXT_SPAN (INT64_C(24) * 3600 * 1000000000)

static bool same_instance(const struct context_task *t, const struct scan_row *r)
{
	return str_eq(r->resource->names.service, t->who.service) && str_eq(r->resource->names.instance, t->who.instance);
}

static void before_row(void *ctx, const struct scan_row *r)
{
	struct context_task *t = ctx;
	if (same_instance(t, r))
		collect_row(&t->before, r);
}

static void after_row(void *ctx, const struct scan_row *r)
{
	struct context_task *t = ctx;
	if (same_instance(t, r))
		collect_row(&t->after, r);
}

static bool before_wants(void *ctx, int64_t min, int64_t max) { return collect_wants(&((struct context_task *)ctx)->before, min, max); }
static bool after_wants(void *ctx, int64_t min, int64_t max) { return collect_wants(&((struct context_task *)ctx)->after, min, max); }

static void set_here(struct context_task *t, struct str row, struct str resource)
{
	struct row_head h;
	t->here_row = arena_str(&t->base.arena, row);
	t->here_resource = arena_str(&t->base.arena, resource);
	if (!t->here_row.p || !t->here_resource.p || !row_head(row, &h) || h.kind != ROW_LOG || !resource_names(t->here_resource, &t->who))
		return;
	t->here.time = h.time;
	t->found = true;
}

static bool locate_in_segment(struct context_task *t, const struct segment *seg, struct err *e)
{
	struct segment_reader r;
	struct block_rows rows;
	struct block_row row;
	uint32_t rank;
	if (!segment_open(&r, t->base.store->directory, seg, e))
		return false;
	bool ok = segment_rank_of(&r, t->here.position, &rank, e) && segment_index(&r, e);
	const struct segment_block *b = ok && rank != UINT32_MAX ? segment_block_of(&r, rank) : NULL;
	if (b && (ok = segment_block(&r, b, &rows, e)))
		while (!t->found && block_next(&rows, &r, &row, e))
			if (row.rank == rank)
				set_here(t, row.row, r.resources[row.resource].bytes);
	segment_close(&r);
	return ok;
}

static void locate(struct context_task *t)
{
	struct scan *s = &t->base.scan;
	for (size_t i = 0; i < s->source_count && !t->found; i++) {
		const struct scan_source *src = &s->sources[i];
		if (src->number != t->here.segment)
			continue;
		if (src->segment) {
			locate_in_segment(t, src->segment, &t->base.err);
		} else {
			const struct mem_row *m = memtable_row(src->memtable, t->here.position, src->rows);
			if (m)
				set_here(t, mem_row_str(m), memtable_resource(src->memtable, m->resource)->bytes);
		}
	}
	if (!t->found)
		err_set(&t->base.err, ERR_NOT_FOUND, "there is no row with this id; it may have been removed by age");
	t->before.bounded = t->after.bounded = true;
	t->before.after = t->after.after = t->here;
	s->from = t->here.time - CONTEXT_SPAN;
	s->to = t->later.from = t->here.time;
	t->later.to = t->here.time > INT64_MAX - CONTEXT_SPAN ? INT64_MAX : t->here.time + CONTEXT_SPAN;
	s->from = s->from > t->here.time ? INT64_MIN : s->from;
}

static bool context_step(struct task *task)
{
	struct context_task *t = CONTAINER_OF(task, struct context_task, base.task);
	if (!t->located) {
		t->located = true;
		locate(t);
		return t->found;
	}
	if (scan_step(&t->base.scan) || scan_step(&t->later))
		return true;
	t->base.render(&t->base);
	t->base.rendered = true;
	return false;
}

static void context_render(struct query_task *base)
{
	struct context_task *t = (struct context_task *)(void *)base;
	struct json_out o;
	struct arena scratch;
	collect_finish(&t->before);
	collect_finish(&t->after);
	/* Nearest first was collected; shown is the order of time. */
	for (size_t i = 0; i < t->before.count / 2; i++) {
		struct collected swap = t->before.items[i];
		t->before.items[i] = t->before.items[t->before.count - 1 - i];
		t->before.items[t->before.count - 1 - i] = swap;
	}
	arena_init(&scratch, 2 * ROW_HARD_BYTES + (1 << 20));
	json_out_init(&o, &base->out);
	json_out_object(&o);
	json_out_key(&o, STR("rows"));
	json_out_array(&o);
	rows_json(&o, &t->before, NULL);
	row_json(&o, &scratch, t->here.segment, t->here.position, t->here_row, t->here_resource, true);
	rows_json(&o, &t->after, NULL);
	json_out_end(&o);
	scanned_json(&o, base);
	json_out_end(&o);
	arena_release(&scratch);
}

static void context_release(struct query_task *base)
{
	struct context_task *t = (struct context_task *)(void *)base;
	scan_end(&t->later);
	collect_release(&t->before);
	collect_release(&t->after);
}

void store_api_context(struct store *s, struct http_exchange *x)
{
	struct context_task *t = query_task_new(s, x, sizeof(*t));
	if (!t)
		return;
	struct query_task *b = &t->base;
	struct str id = store_api_param(x, &b->arena, "id", &b->err);
	uint64_t before = store_api_number(x, &b->arena, "before", 20, 0, COLLECT_MAX, &b->err);
	uint64_t after = store_api_number(x, &b->arena, "after", 20, 0, COLLECT_MAX, &b->err);
	if (!err_is_set(&b->err) && !row_id_parse(&t->here, id))
		err_set(&b->err, ERR_INPUT, "id is a row's id such as s12-345");
	if (!err_is_set(&b->err) && !query_parse(&b->q, &b->arena, STR(""), &b->err))
		err_set(&b->err, ERR_BUG, "the empty query does not parse");
	if (err_is_set(&b->err)) {
		query_task_fail(b);
		return;
	}
	b->release = context_release;
	b->render = context_render;
	bool ok = collect_init(&t->before, before, false) && collect_init(&t->after, after, true);
	b->scan.from = t->later.from = INT64_MIN;
	b->scan.to = t->later.to = INT64_MAX;
	b->scan.kinds = t->later.kinds = 1 << ROW_LOG;
	b->scan.row = before_row;
	b->scan.wants = before_wants;
	t->later.store = s;
	t->later.q = &b->q;
	t->later.ctx = t;
	t->later.row = after_row;
	t->later.wants = after_wants;
	t->later.oldest_first = true;
	if (!ok || !scan_begin(&t->later)) {
		err_set(&b->err, ERR_NO_MEMORY, "no memory for a query");
		query_task_fail(b);
		return;
	}
	query_task_start_with(b, context_step);
}
