/* GET /api/query: a search with pipes (docs/query.md), answered whole as JSON or, with Accept: application/x-ndjson, as lines while it runs. The
 * rows of a scan go through the plan's run (pipe_run.h); compare adds a second scan of the earlier time, context two more around the hits
 * (api_context.c). */
#include "store/api_query.h"
#include "base/check.h"

/* --- rows out ------------------------------------------------------------------------------------------------------------------------------ */

static void cell_json(struct query_all *t, enum pipe_column_type type, const struct value *v)
{
	struct buf text;
	if (type != PIPE_COLUMN_TIME || v->type != VALUE_INT) {
		value_json(&t->o, v);
		return;
	}
	buf_init(&text, 64);
	time_rfc3339(&text, v->i, 9);
	json_out_str(&t->o, buf_str(&text));
	buf_release(&text);
}

static void row_line(struct query_all *t, const struct pipe_row *r)
{
	const struct scan_row *s = r->row;
	if (!row_json_open(&t->o, &t->scratch, s->segment, s->position, s->row, s->resource->bytes))
		return;
	if (r->count) {
		json_out_key(&t->o, STR("made"));
		attrs_json(&t->o, r->attrs, r->count);
	}
	json_out_end(&t->o);
}

static void table_line(struct query_all *t, const struct pipe_row *r)
{
	json_out_array(&t->o);
	for (size_t i = 0; i < r->count; i++)
		cell_json(t, t->run.columns[i].type, &r->attrs[i].value);
	json_out_end(&t->o);
}

static void columns_json(struct query_all *t)
{
	static const struct str types[] = { STR_INIT("text"), STR_INIT("number"), STR_INIT("time") };
	json_out_key(&t->o, STR("columns"));
	json_out_array(&t->o);
	for (size_t i = 0; i < t->run.column_count; i++) {
		const struct pipe_column *c = &t->run.columns[i];
		json_out_object(&t->o);
		json_kv_str(&t->o, "name", c->name);
		json_kv_str(&t->o, "type", types[c->type]);
		if (c->approximate)
			json_kv_bool(&t->o, "approximate", true);
		json_out_end(&t->o);
	}
	json_out_end(&t->o);
}

static void on_out(void *ctx, const struct pipe_row *r)
{
	struct query_all *t = ctx;
	t->count++;
	if (t->context) {
		query_context_hit(t, r);
		return;
	}
	if (t->base.stream) {
		if (!r->row && t->count == 1) {
			json_out_init(&t->o, &t->base.out);
			json_out_object(&t->o);
			columns_json(t);
			json_out_end(&t->o);
			buf_char(&t->base.out, '\n');
		}
		json_out_init(&t->o, &t->base.out);
		json_out_object(&t->o);
		json_out_key(&t->o, STR("row"));
	}
	if (r->row)
		row_line(t, r);
	else
		table_line(t, r);
	if (t->base.stream) {
		json_out_end(&t->o);
		buf_char(&t->base.out, '\n');
	}
}

static struct str kind_of(const struct query_all *t)
{
	struct str kind = STR("rows");
	for (size_t i = 0; i < t->plan.stage_count; i++)
		if (stage_makes_table(t->plan.stages[i].op))
			kind = t->plan.stages[i].op == STAGE_PATTERNS || (t->plan.stages[i].op == STAGE_COMPARE && str_eq(kind, STR("patterns"))) ? STR("patterns") : STR("table");
	return t->run.buckets ? STR("buckets") : kind;
}

static void summary_json(struct query_all *t)
{
	struct query_task *b = &t->base;
	struct row_key key;
	char next[64];
	json_kv_str(&t->o, "kind", kind_of(t));
	columns_json(t);
	json_kv_str(&t->o, "order", t->context || !t->run.page ? STR("given") : t->run.o.oldest_first ? STR("asc") : STR("desc"));
	json_kv_str(&t->o, "next", !t->context && pipe_run_next(&t->run, &key) ? row_key_text(&key, next) : STR(""));
	ns_json(&t->o, "from_ns", t->from);
	ns_json(&t->o, "to_ns", t->to);
	if (t->run.back) {
		b->scan.rows += t->earlier.rows;
		b->scan.bytes += t->earlier.bytes;
		b->scan.segments += t->earlier.segments;
		b->scan.damaged += t->earlier.damaged;
		b->scan.cut |= t->earlier.cut;
	}
	const char *why = t->run.why ? t->run.why : b->scan.cut ? "the scan ended at its limit of time or rows; narrow the range of time" : t->why;
	b->scan.cut |= t->run.cut || t->why;
	scanned_json(&t->o, b);
	if (why)
		json_kv_str(&t->o, "why", str_z(why));
}

static void render(struct query_task *base)
{
	struct query_all *t = (struct query_all *)(void *)base;
	if (!base->stream) {
		json_out_init(&t->o, &base->out);
		json_out_object(&t->o);
		json_out_key(&t->o, STR("rows"));
		json_out_array(&t->o);
	}
	if (!t->run_finished)
		pipe_run_finish(&t->run);
	if (t->context)
		query_context_render(t);
	if (base->stream) {
		json_out_init(&t->o, &base->out);
		json_out_object(&t->o);
		json_out_key(&t->o, STR("end"));
		json_out_object(&t->o);
		summary_json(t);
		json_out_end(&t->o);
		json_out_end(&t->o);
		buf_char(&base->out, '\n');
	} else {
		json_out_end(&t->o);
		summary_json(t);
		json_out_end(&t->o);
	}
	if (t->run.failed)
		err_set(&base->err, ERR_NO_MEMORY, "no memory for the rows of this answer");
}

/* --- the scans ------------------------------------------------------------------------------------------------------------------------------ */

static void now_row(void *ctx, const struct scan_row *r) { pipe_run_row(&((struct query_all *)ctx)->run, 0, r); }
static void earlier_row(void *ctx, const struct scan_row *r) { pipe_run_row(&((struct query_all *)ctx)->run, 1, r); }
static bool now_block(void *ctx, struct block *b, const uint64_t *rows, bool *handled, struct err *e)
{
	return pipe_run_block(&((struct query_all *)ctx)->run, 0, b, rows, handled, e);
}
static bool earlier_block(void *ctx, struct block *b, const uint64_t *rows, bool *handled, struct err *e)
{
	return pipe_run_block(&((struct query_all *)ctx)->run, 1, b, rows, handled, e);
}
/* Nothing but time was asked for, and the whole segment lies in it: its tables may be enough. */
static bool whole_segment(struct query_all *t, struct scan *scan, int side, const struct scan_source *s, struct segment_reader *reader, struct err *e)
{
	bool handled = false;
	const struct query *q = scan->q;
	bool whole = reader && q->root->op == QUERY_ALL && !q->has_trace && scan->kinds == 1 << ROW_LOG && s->min_time >= scan->from && s->max_time <= scan->to;
	if (whole && !pipe_run_segment(&t->run, side, reader, &handled, e))
		return false;
	scan->rows += handled ? s->rows : 0;
	return !handled;
}
static bool now_source(void *ctx, const struct scan_source *s, struct segment_reader *reader, struct err *e)
{
	struct query_all *t = ctx;
	return whole_segment(t, &t->base.scan, 0, s, reader, e);
}
static bool earlier_source(void *ctx, const struct scan_source *s, struct segment_reader *reader, struct err *e)
{
	struct query_all *t = ctx;
	return whole_segment(t, &t->earlier, 1, s, reader, e);
}
static void now_count(void *ctx, uint32_t rows) { pipe_run_count(&((struct query_all *)ctx)->run, 0, rows); }
static void earlier_count(void *ctx, uint32_t rows) { pipe_run_count(&((struct query_all *)ctx)->run, 1, rows); }
static bool now_wants(void *ctx, int64_t min, int64_t max) { return pipe_run_wants(&((struct query_all *)ctx)->run, min, max); }

static bool step(struct task *task)
{
	struct query_all *t = CONTAINER_OF(task, struct query_all, base.task);
	if (t->base.stream && t->base.out.len > STREAM_AHEAD)
		return true; /* the loop takes it away first */
	if (scan_step(&t->base.scan) || (t->run.back && scan_step(&t->earlier)))
		return true;
	if (t->context) {
		if (!t->run_finished) {
			t->run_finished = true;
			pipe_run_finish(&t->run);
			query_context_begin(t);
			return true;
		}
		if (query_context_step(t))
			return true;
	}
	t->base.render(&t->base);
	t->base.rendered = true;
	return false;
}

static void release(struct query_task *base)
{
	struct query_all *t = (struct query_all *)(void *)base;
	scan_end(&t->earlier);
	query_context_release(t);
	pipe_run_release(&t->run);
	arena_release(&t->scratch);
}

/* --- the request ----------------------------------------------------------------------------------------------------------------------------- */

static bool wants_lines(struct http_exchange *x) { return str_find_ci(http1_get(&http_request(x)->head, HTTP_ACCEPT), STR("application/x-ndjson")) != SIZE_MAX; }

static bool read_plan(struct query_all *t, struct http_exchange *x)
{
	struct query_task *b = &t->base;
	struct str q = store_api_param(x, &b->arena, "q", &b->err);
	if (err_is_set(&b->err) || !pipe_parse(&t->plan, &b->arena, q.p ? q : STR(""), &b->err))
		return false;
	b->q = t->plan.q; /* released with the task */
	if (!store_api_range(x, &b->arena, &b->scan.from, &b->scan.to, &b->err))
		return false;
	query_last(&b->q, &b->scan.from, &b->scan.to);
	t->from = b->scan.from;
	t->to = b->scan.to;
	const struct pipe_stage *last = t->plan.stage_count ? &t->plan.stages[t->plan.stage_count - 1] : NULL;
	t->context = last && last->op == STAGE_CONTEXT ? (size_t)last->n : 0;
	return true;
}

static bool only_filters(const struct pipe *p)
{
	for (size_t i = 0; i < p->stage_count; i++)
		if (p->stages[i].op != STAGE_WHERE && p->stages[i].op != STAGE_PARSE)
			return false;
	return true;
}

static bool pages(const struct pipe *p)
{
	for (size_t i = 0; i < p->stage_count; i++)
		if (p->stages[i].op != STAGE_WHERE && p->stages[i].op != STAGE_PARSE && p->stages[i].op != STAGE_LIMIT && p->stages[i].op != STAGE_FIELDS)
			return false;
	return true;
}

static bool read_options(struct query_all *t, struct http_exchange *x, struct pipe_run_options *o)
{
	struct query_task *b = &t->base;
	struct str limit = store_api_param(x, &b->arena, "limit", &b->err);
	struct str order = store_api_param(x, &b->arena, "order", &b->err), place = store_api_param(x, &b->arena, "after", &b->err);
	struct str of = store_api_param(x, &b->arena, "of", &b->err);
	*o = (struct pipe_run_options){ .plan = &t->plan, .from = t->from, .to = t->to, .out = on_out, .ctx = t };
	o->limit = store_api_number(x, &b->arena, "limit", 100, 1, PIPE_MAX_PAGE, &b->err);
	o->oldest_first = str_eq(order, STR("asc"));
	o->bounded = !str_empty(place);
	o->as_found = b->stream && str_empty(limit) && str_empty(place) && only_filters(&t->plan);
	t->spans = str_eq(of, STR("spans"));
	if (!str_empty(order) && !o->oldest_first && !str_eq(order, STR("desc")))
		err_set(&b->err, ERR_INPUT, "order is asc or desc");
	if (!str_empty(of) && !t->spans && !str_eq(of, STR("logs")))
		err_set(&b->err, ERR_INPUT, "of is logs or spans");
	if (o->bounded && !row_key_parse(&o->after, place))
		err_set(&b->err, ERR_INPUT, "after is not a place that this store has given");
	if (o->bounded && !pages(&t->plan))
		err_set(&b->err, ERR_INPUT, "after pages through rows by their time; this search sorts, counts or shows context");
	if (t->spans && !pipe_makes_table(&t->plan))
		err_set(&b->err, ERR_INPUT, "spans are shown as a table: add | fields name, duration or | stats …; whole traces are at /api/traces");
	return !err_is_set(&b->err);
}

static void set_scans(struct query_all *t, const struct pipe_run_options *o)
{
	struct query_task *b = &t->base;
	b->scan.kinds = t->spans ? 1 << ROW_SPAN : 1 << ROW_LOG;
	b->scan.row = now_row;
	b->scan.block = now_block;
	b->scan.source = now_source;
	b->scan.wants = now_wants;
	b->scan.oldest_first = o->oldest_first;
	t->earlier = (struct scan){ .store = b->store, .q = &b->q, .kinds = b->scan.kinds, .row = earlier_row, .block = earlier_block, .source = earlier_source, .ctx = t,
				    .from = t->from - t->run.back, .to = t->to - t->run.back };
	if (pipe_run_counts(&t->run, 0))
		b->scan.count = now_count;
	if (t->run.back && pipe_run_counts(&t->run, 1))
		t->earlier.count = earlier_count;
	b->render = render;
}

void store_api_query(struct store *s, struct http_exchange *x)
{
	struct query_all *t = query_task_new(s, x, sizeof(*t));
	struct pipe_run_options o;
	if (!t)
		return;
	struct query_task *b = &t->base;
	arena_init(&t->scratch, 2 * ROW_HARD_BYTES + (1 << 20));
	b->release = release;
	b->stream = wants_lines(x);
	if (!read_plan(t, x) || !read_options(t, x, &o)) {
		query_task_fail(b);
		return;
	}
	if (!pipe_run_init(&t->run, &o)) {
		err_set(&b->err, ERR_NO_MEMORY, "no memory for a query");
		query_task_fail(b);
		return;
	}
	set_scans(t, &o);
	if ((t->run.back && !scan_begin(&t->earlier)) || (t->context && !query_context_prepare(t))) {
		err_set(&b->err, ERR_NO_MEMORY, "no memory for a query");
		query_task_fail(b);
		return;
	}
	query_task_start_with(b, step);
}
