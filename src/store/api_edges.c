/* GET /api/edges: calls between services. GET /api/seen: who sent something. GET /api/store: the state. Counts are added up from the
 * tables of memory (at once, on the loop) and from the sections of segments (by a task), for the same moment. */
#include "base/check.h"
#include "base/metric.h"
#include "base/time.h"
#include "store/api.h"
#include "store/listen.h"
#include "store/upkeep.h"
#include <stdlib.h>

enum { EDGES_MAX = 16384, EDGES_MAX_STEPS = 2000 };

struct edges_task {
	struct query_task base;
	int64_t from, to, step;
	struct edge_table totals, operations, series;
	struct edge_space space;
};

static bool in_range(int64_t bucket, int64_t from, int64_t to) { return bucket > from - EDGE_BUCKET && bucket <= to; }

/* The scan has to meet every source with a bucket that overlaps the range. */
static void widen(struct scan *s, int64_t from, int64_t to)
{
	s->from = time_floor(from, EDGE_BUCKET);
	s->to = to > INT64_MAX - EDGE_BUCKET ? INT64_MAX : time_floor(to, EDGE_BUCKET) + EDGE_BUCKET - 1;
}

static void add_edge(struct edges_task *t, const struct edge *e)
{
	struct edge key = *e;
	if (!in_range(e->bucket, t->from, t->to))
		return;
	key.bucket = 0;
	bool ok = edge_table_add(&t->operations, &key, e);
	key.operation = STR("");
	ok &= edge_table_add(&t->totals, &key, e);
	if (t->step) {
		key.bucket = time_floor(e->bucket, t->step);
		ok &= edge_table_add(&t->series, &key, e);
	}
	if (!ok)
		t->base.scan.cut = true;
}

static void add_table(struct edges_task *t, const struct edge_table *table)
{
	for (uint32_t i = 0; i < table->map.count; i++)
		add_edge(t, table->map.entries[i].value);
}

static bool edges_source(void *ctx, const struct scan_source *src, struct segment_reader *reader, struct err *e)
{
	struct edges_task *t = ctx;
	struct edge one = { 0 };
	struct str section;
	(void)src;
	if (!reader || !segment_section(reader, SECTION_EDGES, &section, e))
		return false;
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	hist_init(&one.durations);
	for (uint64_t i = 0; i < n && edge_decode(&b, &one, &t->space); i++)
		add_edge(t, &one);
	hist_release(&one.durations);
	t->base.scan.bytes += section.len;
	if (b.bad)
		err_set(e, ERR_CORRUPT, "segment %llu is damaged: its counts of calls", (unsigned long long)reader->found.number);
	return false;
}

static void no_row(void *ctx, const struct scan_row *r) { (void)ctx, (void)r; }

/* --- JSON ------------------------------------------------------------------------------------------------------------------------------------------- */

static int by_names(const void *a, const void *b)
{
	const struct edge *x = *(struct edge *const *)a, *y = *(struct edge *const *)b;
	int order = str_cmp(x->caller, y->caller);
	order = order ? order : str_cmp(x->callee, y->callee);
	order = order ? order : str_cmp(x->api, y->api);
	order = order ? order : str_cmp(x->operation, y->operation);
	return order ? order : x->bucket < y->bucket ? -1 : x->bucket > y->bucket;
}

static struct edge **sorted(struct arena *a, const struct edge_table *t)
{
	struct edge **list = ARENA_ARRAY(a, (size_t)t->map.count + 1, struct edge *);
	for (uint32_t i = 0; list && i < t->map.count; i++)
		list[i] = t->map.entries[i].value;
	if (list)
		qsort(list, t->map.count, sizeof(*list), by_names);
	return list;
}

static bool same_edge(const struct edge *a, const struct edge *b)
{
	return str_eq(a->caller, b->caller) && str_eq(a->callee, b->callee) && str_eq(a->api, b->api);
}

static void quantile_json(struct json_out *o, const char *key, const struct edge *e, double q)
{
	json_kv_u64(o, key, hist_quantile(&e->durations, q));
}

static void counts_json(struct json_out *o, const struct edge *e)
{
	json_out_key(o, STR("statuses"));
	json_out_object(o);
	for (size_t i = 0; i < e->status_count; i++) {
		struct buf text;
		buf_init(&text, 16);
		buf_u64(&text, (uint64_t)e->statuses[i].status);
		json_out_key(o, buf_str(&text));
		json_out_u64(o, e->statuses[i].count);
		buf_release(&text);
	}
	json_out_end(o);
	json_out_key(o, STR("reasons"));
	json_out_object(o);
	for (size_t i = 0; i < e->reason_count; i++) {
		json_out_key(o, e->reasons[i].reason);
		json_out_u64(o, e->reasons[i].count);
	}
	json_out_end(o);
}

static void edge_json(struct json_out *o, const struct edge *e)
{
	json_kv_str(o, "caller", e->caller);
	json_kv_str(o, "callee", e->callee);
	json_kv_str(o, "api", e->api);
	json_kv_u64(o, "calls", e->calls);
	json_kv_u64(o, "errors", e->errors);
	json_kv_u64(o, "started", e->started);
	json_kv_u64(o, "restarted", e->restarted);
	quantile_json(o, "p50_ns", e, 0.5);
	quantile_json(o, "p90_ns", e, 0.9);
	quantile_json(o, "p95_ns", e, 0.95);
	quantile_json(o, "p99_ns", e, 0.99);
	json_kv_u64(o, "max_ns", e->durations.max);
	json_kv_u64(o, "sum_ns", e->durations.sum);
	counts_json(o, e);
	id_json(o, "slow_trace", e->slow.b, sizeof(e->slow.b), !trace_id_is_zero(&e->slow));
	id_json(o, "failed_trace", e->failed.b, sizeof(e->failed.b), !trace_id_is_zero(&e->failed));
	ns_json(o, "last_ns", e->last);
}

/* Ends the object of an operation or of a piece of time. */
static void calls_json(struct json_out *o, const struct edge *e)
{
	json_kv_u64(o, "calls", e->calls);
	json_kv_u64(o, "errors", e->errors);
	quantile_json(o, "p95_ns", e, 0.95);
	json_out_end(o);
}

/* Both lists are sorted as the edges are, so each edge's part follows where the one before ended. */
static size_t operations_json(struct json_out *o, const struct edge *e, struct edge **list, size_t n, size_t at)
{
	json_out_key(o, STR("operations"));
	json_out_array(o);
	for (; at < n && same_edge(list[at], e); at++) {
		json_out_object(o);
		json_kv_str(o, "name", list[at]->operation);
		calls_json(o, list[at]);
	}
	json_out_end(o);
	return at;
}

static size_t series_json(struct json_out *o, const struct edge *e, struct edge **list, size_t n, size_t at)
{
	json_out_key(o, STR("series"));
	json_out_array(o);
	for (; at < n && same_edge(list[at], e); at++) {
		json_out_object(o);
		ns_json(o, "time_ns", list[at]->bucket);
		calls_json(o, list[at]);
	}
	json_out_end(o);
	return at;
}

static void edges_render(struct query_task *base)
{
	struct edges_task *t = (struct edges_task *)(void *)base;
	struct edge **edges = sorted(&base->arena, &t->totals), **operations = sorted(&base->arena, &t->operations), **series = sorted(&base->arena, &t->series);
	size_t operation = 0, step = 0;
	struct json_out o;
	if (!edges || !operations || !series) {
		err_set(&base->err, ERR_NO_MEMORY, "no memory for this answer");
		return;
	}
	json_out_init(&o, &base->out);
	json_out_object(&o);
	ns_json(&o, "from_ns", t->from);
	ns_json(&o, "to_ns", t->to);
	json_out_key(&o, STR("edges"));
	json_out_array(&o);
	for (uint32_t i = 0; i < t->totals.map.count; i++) {
		json_out_object(&o);
		edge_json(&o, edges[i]);
		operation = operations_json(&o, edges[i], operations, t->operations.map.count, operation);
		if (t->step)
			step = series_json(&o, edges[i], series, t->series.map.count, step);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_kv_bool(&o, "cut", base->scan.cut);
	json_out_end(&o);
}

static void edges_release(struct query_task *base)
{
	struct edges_task *t = (struct edges_task *)(void *)base;
	edge_table_release(&t->totals);
	edge_table_release(&t->operations);
	edge_table_release(&t->series);
}

static bool step_parameter(struct edges_task *t, struct http_exchange *x)
{
	struct query_task *b = &t->base;
	struct str text = store_api_param(x, &b->arena, "step", &b->err);
	if (!str_empty(text) && (!duration_parse(text, &t->step) || t->step < EDGE_BUCKET))
		err_set(&b->err, ERR_INPUT, "step is a duration of at least 10s");
	if (t->step && (t->to - t->from) / t->step > EDGES_MAX_STEPS)
		err_set(&b->err, ERR_INPUT, "the range has more than %d steps; make step longer", EDGES_MAX_STEPS);
	return err_is_set(&b->err) ? query_task_fail(b) : true;
}

void store_api_edges(struct store *s, struct http_exchange *x)
{
	struct edges_task *t = query_task_new(s, x, sizeof(*t));
	if (!t || !query_task_parameters(&t->base))
		return;
	t->from = t->base.scan.from;
	t->to = t->base.scan.to;
	edge_table_init(&t->totals, EDGES_MAX);
	edge_table_init(&t->operations, EDGES_MAX);
	edge_table_init(&t->series, EDGES_MAX);
	t->base.release = edges_release;
	if (!step_parameter(t, x))
		return;
	widen(&t->base.scan, t->from, t->to);
	t->base.scan.row = no_row;
	t->base.scan.source = edges_source;
	t->base.render = edges_render;
	add_table(t, &s->active->edges);
	for (const struct memtable *m = s->frozen; m; m = m->next)
		add_table(t, &m->edges);
	query_task_start(&t->base);
}

/* --- seen --------------------------------------------------------------------------------------------------------------------------------------------- */

struct seen_task {
	struct query_task base;
	int64_t from, to;
	struct seen_table totals;
};

static void add_seen(struct seen_task *t, const struct seen *s)
{
	struct seen total = *s;
	if (!in_range(s->bucket, t->from, t->to))
		return;
	total.bucket = 0;
	seen_table_add(&t->totals, &total);
}

static bool seen_source(void *ctx, const struct scan_source *src, struct segment_reader *reader, struct err *e)
{
	struct seen_task *t = ctx;
	struct seen one;
	struct str section;
	(void)src;
	if (!reader || !segment_section(reader, SECTION_SEEN, &section, e))
		return false;
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	for (uint64_t i = 0; i < n && seen_decode(&b, &one); i++)
		add_seen(t, &one);
	if (b.bad)
		err_set(e, ERR_CORRUPT, "segment %llu is damaged: its counts of senders", (unsigned long long)reader->found.number);
	return false;
}

static int by_service(const void *a, const void *b)
{
	return str_cmp((*(struct seen *const *)a)->service, (*(struct seen *const *)b)->service);
}

static void seen_render(struct query_task *base)
{
	struct seen_task *t = (struct seen_task *)(void *)base;
	uint32_t n = t->totals.map.count;
	struct seen **list = ARENA_ARRAY(&base->arena, (size_t)n + 1, struct seen *);
	struct json_out o;
	if (!list) {
		err_set(&base->err, ERR_NO_MEMORY, "no memory for this answer");
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		list[i] = t->totals.map.entries[i].value;
	qsort(list, n, sizeof(*list), by_service);
	json_out_init(&o, &base->out);
	json_out_object(&o);
	json_out_key(&o, STR("services"));
	json_out_array(&o);
	for (uint32_t i = 0; i < n; i++) {
		json_out_object(&o);
		json_kv_str(&o, "service", list[i]->service);
		json_kv_u64(&o, "records", list[i]->records);
		json_kv_u64(&o, "spans", list[i]->spans);
		ns_json(&o, "last_ns", list[i]->last);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_kv_bool(&o, "cut", base->scan.cut);
	json_out_end(&o);
}

static void seen_release(struct query_task *base) { seen_table_release(&((struct seen_task *)(void *)base)->totals); }

static void add_seen_table(struct seen_task *t, const struct seen_table *table)
{
	for (uint32_t i = 0; i < table->map.count; i++)
		add_seen(t, table->map.entries[i].value);
}

void store_api_seen(struct store *s, struct http_exchange *x)
{
	struct seen_task *t = query_task_new(s, x, sizeof(*t));
	if (!t || !query_task_parameters(&t->base))
		return;
	t->from = t->base.scan.from;
	t->to = t->base.scan.to;
	widen(&t->base.scan, t->from, t->to);
	seen_table_init(&t->totals);
	t->base.release = seen_release;
	t->base.scan.row = no_row;
	t->base.scan.source = seen_source;
	t->base.render = seen_render;
	add_seen_table(t, &s->active->seen);
	for (const struct memtable *m = s->frozen; m; m = m->next)
		add_seen_table(t, &m->seen);
	query_task_start(&t->base);
}

/* --- state ----------------------------------------------------------------------------------------------------------------------------------------------- */

struct state { uint64_t records, spans; int64_t oldest, newest; };

static void add_state(struct state *st, uint64_t records, uint64_t spans, int64_t oldest, int64_t newest)
{
	if (records + spans == 0)
		return;
	st->records += records;
	st->spans += spans;
	st->oldest = oldest < st->oldest ? oldest : st->oldest;
	st->newest = newest > st->newest ? newest : st->newest;
}

void store_api_state(struct store *s, struct http_exchange *x)
{
	struct state st = { .oldest = INT64_MAX, .newest = INT64_MIN };
	struct buf b;
	struct json_out o;
	for (uint32_t i = 0; i < s->segment_count; i++)
		add_state(&st, s->segments[i]->records, s->segments[i]->spans, s->segments[i]->min_time, s->segments[i]->max_time);
	for (const struct memtable *m = s->frozen; m; m = m->next)
		add_state(&st, m->records, m->spans, m->min_time, m->max_time);
	add_state(&st, s->active->records, s->active->spans, s->active->min_time, s->active->max_time);
	bool any = st.records + st.spans > 0;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_u64(&o, "records", st.records);
	json_kv_u64(&o, "spans", st.spans);
	json_kv_u64(&o, "segments", s->segment_count);
	json_kv_i64(&o, "bytes", store_bytes(s));
	ns_json(&o, "oldest_ns", any ? st.oldest : 0);
	ns_json(&o, "newest_ns", any ? st.newest : 0);
	json_kv_u64(&o, "waiting_bytes", s->waiting);
	json_kv_u64(&o, "memory_bytes", store_memory(s));
	json_kv_bool(&o, "disk_full", s->disk_full);
	json_kv_u64(&o, "damaged", s->damaged);
	/* since this part started */
	json_kv_u64(&o, "refused", metric_get(METRIC_STORE_REFUSED));
	json_kv_u64(&o, "rejected", metric_get(METRIC_STORE_REJECTED));
	json_kv_u64(&o, "cut", metric_get(METRIC_STORE_CUT));
	json_kv_u64(&o, "retimed", metric_get(METRIC_STORE_RETIMED));
	json_kv_u64(&o, "unparsed", metric_get(METRIC_STORE_UNPARSED));
	json_out_key(&o, STR("upkeep"));
	upkeep_json(s->upkeep, &o);
	json_out_key(&o, STR("listeners"));
	json_out_array(&o);
	listening_json(s->listening, &o);
	json_out_end(&o);
	json_out_end(&o);
	store_api_json(x, &b);
	buf_release(&b);
}
