/* Parameters, tasks and JSON of the store's answers (api.h). */
#include "store/api.h"
#include "base/check.h"
#include "base/metric.h"
#include "base/time.h"
#include <stdio.h>
#include <stdlib.h>

/* --- parameters ----------------------------------------------------------------------------------------------------------------------------- */

struct str store_api_param(struct http_exchange *x, struct arena *a, const char *name, struct err *e)
{
	struct str raw;
	if (!http_query_get(http_request(x)->head.query, str_z(name), &raw))
		return (struct str){ NULL, 0 };
	char *out = arena_bytes(a, raw.len + 1);
	size_t n = out ? http_unescape(out, raw, true) : SIZE_MAX;
	if (n == SIZE_MAX) {
		err_set(e, ERR_INPUT, "the parameter %s has a bad %%-escape", name);
		return (struct str){ NULL, 0 };
	}
	return (struct str){ out, n };
}

bool store_api_time(struct str text, int64_t now, int64_t *out)
{
	int64_t back;
	if (str_eq(text, STR("now"))) {
		*out = now;
		return true;
	}
	if (duration_parse(text, &back)) {
		*out = back < now ? now - back : 0;
		return true;
	}
	return time_parse(text, out);
}

static bool one_time(struct http_exchange *x, struct arena *a, const char *name, int64_t now, int64_t *out, struct err *e)
{
	struct str text = store_api_param(x, a, name, e);
	if (err_is_set(e))
		return false;
	if (str_empty(text) || store_api_time(text, now, out))
		return true;
	return err_set(e, ERR_INPUT, "%s: \"%.*s\" is not a time; give RFC 3339, Unix time, or a duration back from now such as 30m", name, STR_FMT(text));
}

bool store_api_range(struct http_exchange *x, struct arena *a, int64_t *from, int64_t *to, struct err *e)
{
	int64_t now = sys_wall();
	*to = now;
	if (!one_time(x, a, "to", now, to, e))
		return false;
	*from = *to > 3600 * SECOND ? *to - 3600 * SECOND : 0;
	if (!one_time(x, a, "from", now, from, e))
		return false;
	return *from <= *to ? true : err_set(e, ERR_INPUT, "from is after to");
}

uint64_t store_api_number(struct http_exchange *x, struct arena *a, const char *name, uint64_t otherwise, uint64_t min, uint64_t max, struct err *e)
{
	uint64_t v;
	struct str text = store_api_param(x, a, name, e);
	if (str_empty(text))
		return otherwise;
	if (str_to_u64(text, &v) && v >= min && v <= max)
		return v;
	err_set(e, ERR_INPUT, "%s is a number from %llu to %llu", name, (unsigned long long)min, (unsigned long long)max);
	return otherwise;
}

/* --- tasks ------------------------------------------------------------------------------------------------------------------------------------ */

static void gone(void *ctx)
{
	struct query_task *t = ctx;
	t->x = NULL;
	__atomic_store_n(&t->task.cancelled, true, __ATOMIC_RELAXED);
	task_resume(&t->task);
}

void *query_task_new(struct store *s, struct http_exchange *x, size_t size)
{
	struct query_task *t = calloc(1, size);
	if (!t) {
		struct err e = { 0 };
		err_set(&e, ERR_NO_MEMORY, "no memory for a query");
		http_answer_err(x, &e);
		return NULL;
	}
	t->store = s;
	t->x = x;
	arena_init(&t->arena, API_ARENA);
	buf_init(&t->out, API_MAX_ANSWER);
	http_on_gone(x, gone, t);
	return t;
}

void query_task_free(struct query_task *t)
{
	scan_end(&t->scan);
	if (t->release)
		t->release(t);
	query_release(&t->q);
	arena_release(&t->arena);
	buf_release(&t->out);
	free(t);
}

bool query_task_fail(struct query_task *t)
{
	if (t->x) {
		http_on_gone(t->x, NULL, NULL);
		http_answer_err(t->x, &t->err);
	}
	query_task_free(t);
	return false;
}

bool query_task_parameters(struct query_task *t)
{
	struct str q = store_api_param(t->x, &t->arena, "q", &t->err);
	if (err_is_set(&t->err) || !query_parse(&t->q, &t->arena, q.p ? q : STR(""), &t->err) ||
	    !store_api_range(t->x, &t->arena, &t->scan.from, &t->scan.to, &t->err))
		return query_task_fail(t);
	query_last(&t->q, &t->scan.from, &t->scan.to);
	return true;
}

static void filtered(void *ctx, const struct pipe_row *r)
{
	struct row_filter *f = ctx;
	f->row(f->ctx, r->row);
}

bool query_task_filter(struct query_task *t, struct row_filter *f, void (*row)(void *ctx, const struct scan_row *r))
{
	struct str q = store_api_param(t->x, &t->arena, "q", &t->err);
	const struct pipe_run_options o = { .plan = &f->plan, .as_found = true, .limit = 1, .out = filtered, .ctx = f };
	size_t n = 0;
	if (err_is_set(&t->err) || !pipe_parse(&f->plan, &t->arena, q.p ? q : STR(""), &t->err))
		return query_task_fail(t);
	t->q = f->plan.q; /* released with the task */
	while (n < f->plan.stage_count && (f->plan.stages[n].op == STAGE_WHERE || f->plan.stages[n].op == STAGE_PARSE))
		n++;
	f->plan.stage_count = n;
	f->row = row;
	f->ctx = t;
	if (!pipe_run_init(&f->run, &o))
		err_set(&t->err, ERR_NO_MEMORY, "no memory for a query");
	if (err_is_set(&t->err) || !store_api_range(t->x, &t->arena, &t->scan.from, &t->scan.to, &t->err))
		return query_task_fail(t);
	query_last(&t->q, &t->scan.from, &t->scan.to);
	return true;
}

void row_filter_offer(struct row_filter *f, const struct scan_row *r)
{
	if (f->plan.stage_count == 0)
		f->row(f->ctx, r);
	else
		pipe_run_row(&f->run, 0, r);
}

void query_last(const struct query *q, int64_t *from, int64_t *to)
{
	if (!q->has_last)
		return;
	*to = sys_wall();
	*from = q->last < *to ? *to - q->last : 0;
}

static bool step(struct task *task)
{
	struct query_task *t = CONTAINER_OF(task, struct query_task, task);
	if (scan_step(&t->scan))
		return true;
	t->render(t);
	t->rendered = true;
	return false;
}

static void finish(struct task *task)
{
	struct query_task *t = CONTAINER_OF(task, struct query_task, task);
	if (t->x && !t->rendered && !err_is_set(&t->err))
		err_set(&t->err, ERR_UNAVAILABLE, "the store is stopping");
	if (t->stream && (t->begun || !err_is_set(&t->err))) {
		query_stream_finish(t);
		return;
	}
	if (t->x && !err_is_set(&t->err) && !buf_ok(&t->out))
		err_set(&t->err, ERR_TOO_LARGE, "the answer is larger than %d MiB; ask for less", API_MAX_ANSWER >> 20);
	if (err_is_set(&t->err)) {
		query_task_fail(t);
		return;
	}
	if (t->x) {
		http_on_gone(t->x, NULL, NULL);
		http_answer(t->x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&t->out));
	}
	query_task_free(t);
}

void query_task_start(struct query_task *t) { query_task_start_with(t, step); }

void query_task_start_with(struct query_task *t, bool (*stepper)(struct task *))
{
	t->scan.store = t->store;
	t->scan.q = &t->q;
	t->scan.ctx = t;
	t->task.step = stepper;
	t->task.finish = finish;
	t->task.between = t->stream ? query_stream_between : NULL;
	if (!scan_begin(&t->scan)) {
		err_set(&t->err, ERR_NO_MEMORY, "no memory for a query");
		query_task_fail(t);
		return;
	}
	if (!task_start(t->store, &t->task)) {
		err_set(&t->err, ERR_OVERLOAD, "%d queries wait already; try again later", TASKS_MAX);
		query_task_fail(t);
	}
}

void store_api_json(struct http_exchange *x, struct buf *b)
{
	http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(b));
}

/* --- JSON -------------------------------------------------------------------------------------------------------------------------------------- */

void time_json(struct json_out *o, const char *key, int64_t time)
{
	struct buf text;
	buf_init(&text, 64);
	time_rfc3339(&text, time, 9);
	json_kv_str(o, key, buf_str(&text));
	buf_release(&text);
}

void ns_json(struct json_out *o, const char *key, int64_t ns)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)ns);
	json_kv_str(o, key, str_from(text, n > 0 ? (size_t)n : 0));
}

void id_json(struct json_out *o, const char *key, const uint8_t *id, size_t n, bool present)
{
	json_out_key(o, str_z(key));
	if (present)
		json_out_hex(o, id, n);
	else
		json_out_str(o, STR(""));
}

void attrs_json(struct json_out *o, const struct attr *attrs, size_t n)
{
	json_out_object(o);
	for (size_t i = 0; i < n; i++) {
		json_out_key(o, attrs[i].key);
		value_json(o, &attrs[i].value);
	}
	json_out_end(o);
}

bool row_json_open(struct json_out *o, struct arena *scratch, uint64_t segment, uint32_t position, struct str row, struct str resource)
{
	struct log_record r = { 0 };
	struct resource who = { 0 };
	char id[48];
	if (!row_log(row, scratch, &r) || !resource_decode(resource, scratch, &who))
		return false;
	int n = snprintf(id, sizeof(id), "s%llu-%u", (unsigned long long)segment, position);
	json_out_object(o);
	json_kv_str(o, "id", str_from(id, n > 0 ? (size_t)n : 0));
	time_json(o, "time", r.time);
	ns_json(o, "time_ns", r.time);
	json_kv_str(o, "service", who.service);
	json_kv_str(o, "version", who.version);
	json_kv_str(o, "instance", who.instance);
	json_kv_str(o, "level", severity_name(r.severity));
	id_json(o, "trace_id", r.trace.b, sizeof(r.trace.b), !trace_id_is_zero(&r.trace));
	id_json(o, "span_id", r.span.b, sizeof(r.span.b), !span_id_is_zero(&r.span));
	json_kv_str(o, "body", r.body);
	json_out_key(o, STR("attributes"));
	attrs_json(o, r.attrs, r.attr_count);
	if (who.attr_count) {
		json_out_key(o, STR("resource"));
		attrs_json(o, who.attrs, who.attr_count);
	}
	arena_reset(scratch);
	return true;
}

void row_json(struct json_out *o, struct arena *scratch, uint64_t segment, uint32_t position, struct str row, struct str resource, bool here)
{
	if (!row_json_open(o, scratch, segment, position, row, resource))
		return;
	if (here)
		json_kv_bool(o, "here", true);
	json_out_end(o);
}

void scanned_json(struct json_out *o, const struct query_task *t)
{
	json_out_key(o, STR("scanned"));
	json_out_object(o);
	json_kv_u64(o, "rows", t->scan.rows);
	json_kv_u64(o, "bytes", t->scan.bytes);
	json_kv_u64(o, "segments", t->scan.segments);
	json_kv_u64(o, "skipped_segments", t->scan.skipped);
	if (t->scan.damaged)
		json_kv_u64(o, "damaged", t->scan.damaged);
	json_out_end(o);
	if (t->scan.cut)
		metric_inc(METRIC_STORE_QUERIES_CUT);
	json_kv_bool(o, "cut", t->scan.cut);
	json_kv_i64(o, "took_ns", sys_now() - t->task.began);
}
