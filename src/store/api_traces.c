/* GET /api/traces: traces in summary, newest first by their start.
 *
 * Summaries of segments and memory are added up from the newest source to the oldest. A trace is complete when every source that is left ends
 * TRACE_SPREAD before it starts; complete traces are judged (range, service, errors, duration, query) and leave the table, so memory
 * stays small and the list may stop as soon as it has enough. Spans more than TRACE_SPREAD before the rest of their trace are not added. */
#include "base/check.h"
#include "base/time.h"
#include "store/api.h"
#include "store/traces.h"
#include <stdio.h>
#include <stdlib.h>

enum { TRACES_LIMIT = 500, TRACES_ARENA = 48 << 20, TRACES_COMPACT = 6 << 20 };
#define TRACE_SPREAD (INT64_C(15) * 60 * 1000000000)

struct trace_key { int64_t start; struct trace_id id; };
struct traces_task {
	struct query_task base;
	struct trace_table table, chosen; /* not yet complete; complete and matching */
	int64_t from, to, min_duration;
	struct str service;
	bool error, has_query, bounded, more, full;
	struct trace_key after;
	size_t limit;
	struct buf scratch;
};

/* --- adding up ------------------------------------------------------------------------------------------------------------------------------------- */

static void add_memory(struct traces_task *t, const struct scan_source *src)
{
	const struct mem_chunk *c = src->memtable->first;
	for (uint32_t i = 0; i < src->rows; i++) {
		const struct mem_row *m = &c->rows[i % MEM_CHUNK];
		struct row_parts p;
		if (m->p && m->p[0] == ROW_SPAN && row_parts(mem_row_str(m), &p)) {
			const struct mem_resource *r = memtable_resource(src->memtable, m->resource);
			const struct query_row row = { &r->names, r->bytes, mem_row_str(m) };
			struct trace_part *part = trace_table_span(&t->table, r->names.service, &p);
			if (!part)
				t->full = true;
			else if (t->has_query && !part->matched)
				part->matched = query_matches(&t->base.q, &row, &t->scratch);
		}
		t->base.scan.rows++;
		if (i % MEM_CHUNK == MEM_CHUNK - 1 && i + 1 < src->rows)
			c = c->next;
	}
}

static bool add_segment(struct traces_task *t, struct segment_reader *r, struct err *e)
{
	struct str section, services[TRACE_MAX_SERVICES];
	struct trace_part part;
	if (!segment_section(r, SECTION_TRACES, &section, e))
		return false;
	struct bytes b = bytes_of(section);
	uint64_t n = take_varint(&b);
	for (uint64_t i = 0; i < n && trace_decode(&b, &part, services); i++)
		if (!trace_table_merge(&t->table, &part))
			t->full = true;
	t->base.scan.bytes += section.len;
	return b.bad ? err_set(e, ERR_CORRUPT, "segment %llu is damaged: its traces", (unsigned long long)r->found.number) : true;
}

/* --- judging --------------------------------------------------------------------------------------------------------------------------------------- */

static int64_t duration_of(const struct trace_part *p) { return p->end > p->start ? p->end - p->start : 0; }

static bool key_before(const struct trace_part *p, const struct trace_key *k)
{
	return p->start != k->start ? p->start < k->start : memcmp(&p->id, &k->id, sizeof(p->id)) < 0;
}

static bool in_list(const struct traces_task *t, const struct trace_part *p)
{
	bool named = t->service.len == 0;
	for (size_t i = 0; i < p->service_count && !named; i++)
		named = str_eq(p->services[i], t->service);
	return named && p->start >= t->from && p->start <= t->to && (!t->error || p->errors) && duration_of(p) >= t->min_duration &&
	       (!t->has_query || p->matched) && (!t->bounded || key_before(p, &t->after));
}

/* Takes all traces out of the table that start after `limit`; the rest goes into a fresh one when much memory is used up. */
static void complete(struct traces_task *t, int64_t limit)
{
	for (uint32_t i = 0; i < t->table.map.count;) {
		struct trace_part *p = t->table.map.entries[i].value;
		if (p->start <= limit) {
			i++;
			continue;
		}
		if (in_list(t, p) && !trace_table_merge(&t->chosen, p))
			t->full = true;
		trace_table_remove(&t->table, &p->id); /* the last entry takes its place */
	}
	if (t->table.arena.used < TRACES_COMPACT)
		return;
	struct trace_table fresh;
	trace_table_init(&fresh, TRACES_ARENA);
	for (uint32_t i = 0; i < t->table.map.count; i++)
		if (!trace_table_merge(&fresh, t->table.map.entries[i].value))
			t->full = true;
	trace_table_release(&t->table);
	t->table = fresh;
}

/* --- the scan ---------------------------------------------------------------------------------------------------------------------------------------- */

static bool traces_source(void *ctx, const struct scan_source *src, struct segment_reader *reader, struct err *e)
{
	struct traces_task *t = ctx;
	complete(t, src->max_time > INT64_MAX - TRACE_SPREAD ? INT64_MAX : src->max_time + TRACE_SPREAD);
	if (!reader) {
		add_memory(t, src);
		return false;
	}
	return add_segment(t, reader, e) && t->has_query;
}

static void traces_row(void *ctx, const struct scan_row *r)
{
	struct traces_task *t = ctx;
	struct trace_part *p = trace_table_get(&t->table, &r->head.trace);
	if (p)
		p->matched = true;
}

static bool traces_wants(void *ctx, int64_t min, int64_t max)
{
	const struct traces_task *t = ctx;
	(void)min, (void)max;
	/* What is chosen is newer than what may still come: sources are visited in this order. */
	return t->chosen.map.count <= t->limit && !t->full;
}

/* --- the answer ------------------------------------------------------------------------------------------------------------------------------------- */

static int newest(const void *a, const void *b)
{
	const struct trace_part *x = *(struct trace_part *const *)a, *y = *(struct trace_part *const *)b;
	if (x->start != y->start)
		return x->start > y->start ? -1 : 1;
	return -memcmp(&x->id, &y->id, sizeof(x->id));
}

static int by_name(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static void trace_json(struct json_out *o, struct trace_part *p)
{
	json_out_object(o);
	id_json(o, "trace_id", p->id.b, sizeof(p->id.b), true);
	time_json(o, "time", p->start);
	ns_json(o, "time_ns", p->start);
	json_kv_i64(o, "duration_ns", duration_of(p));
	json_kv_str(o, "root_service", p->root_service);
	json_kv_str(o, "root_name", p->root_name);
	json_out_key(o, STR("services"));
	json_out_array(o);
	qsort(p->services, p->service_count, sizeof(*p->services), by_name);
	for (size_t i = 0; i < p->service_count; i++)
		json_out_str(o, p->services[i]);
	json_out_end(o);
	json_kv_u64(o, "spans", p->spans);
	json_kv_u64(o, "errors", p->errors);
	json_kv_i64(o, "status", p->status);
	json_out_end(o);
}

static void traces_render(struct query_task *base)
{
	struct traces_task *t = (struct traces_task *)(void *)base;
	struct json_out o;
	char next[80] = "";
	complete(t, INT64_MIN);
	size_t n = t->chosen.map.count, shown = n < t->limit ? n : t->limit;
	struct trace_part **list = malloc((n + 1) * sizeof(*list));
	if (!list) {
		err_set(&base->err, ERR_NO_MEMORY, "no memory for this answer");
		return;
	}
	for (size_t i = 0; i < n; i++)
		list[i] = t->chosen.map.entries[i].value;
	qsort(list, n, sizeof(*list), newest);
	base->scan.cut |= t->full;
	json_out_init(&o, &base->out);
	json_out_object(&o);
	json_out_key(&o, STR("traces"));
	json_out_array(&o);
	for (size_t i = 0; i < shown; i++)
		trace_json(&o, list[i]);
	json_out_end(&o);
	if (n > shown) {
		int len = snprintf(next, sizeof(next), "%lld.", (long long)list[shown - 1]->start);
		hex_encode(next + len, list[shown - 1]->id.b, sizeof(list[shown - 1]->id.b));
		next[len + 32] = '\0';
	}
	json_kv_str(&o, "next", str_z(next));
	scanned_json(&o, base);
	json_out_end(&o);
	free(list);
}

static void traces_release(struct query_task *base)
{
	struct traces_task *t = (struct traces_task *)(void *)base;
	trace_table_release(&t->table);
	trace_table_release(&t->chosen);
	buf_release(&t->scratch);
}

static bool traces_options(struct traces_task *t, struct http_exchange *x)
{
	struct query_task *b = &t->base;
	struct str service = store_api_param(x, &b->arena, "service", &b->err), duration = store_api_param(x, &b->arena, "min_duration", &b->err);
	struct str error = store_api_param(x, &b->arena, "error", &b->err), after = store_api_param(x, &b->arena, "after", &b->err);
	t->limit = store_api_number(x, &b->arena, "limit", 50, 1, TRACES_LIMIT, &b->err);
	t->service = service.p ? service : STR("");
	t->error = str_eq(error, STR("true")) || str_eq(error, STR("1"));
	if (!str_empty(duration) && !duration_parse(duration, &t->min_duration))
		err_set(&b->err, ERR_INPUT, "min_duration is a duration such as 300ms");
	if (!str_empty(after)) {
		struct str start = str_split(&after, '.');
		t->bounded = true;
		if (!after.p || !str_to_i64(start, &t->after.start) || !str_to_hex_bytes(after, t->after.id.b, sizeof(t->after.id.b)))
			err_set(&b->err, ERR_INPUT, "after is not a place that this store has given");
	}
	return err_is_set(&b->err) ? query_task_fail(b) : true;
}

void store_api_traces(struct store *s, struct http_exchange *x)
{
	struct traces_task *t = query_task_new(s, x, sizeof(*t));
	if (!t || !query_task_parameters(&t->base))
		return;
	struct scan *scan = &t->base.scan;
	trace_table_init(&t->table, TRACES_ARENA);
	trace_table_init(&t->chosen, TRACES_ARENA);
	buf_init(&t->scratch, ROW_HARD_BYTES);
	t->base.release = traces_release;
	if (!traces_options(t, x))
		return;
	t->has_query = t->base.q.root->op != QUERY_ALL;
	t->from = scan->from;
	t->to = t->bounded && t->after.start < scan->to ? t->after.start : scan->to;
	scan->from = t->from < INT64_MIN + TRACE_SPREAD ? INT64_MIN : t->from - TRACE_SPREAD;
	scan->to = t->to > INT64_MAX - TRACE_SPREAD ? INT64_MAX : t->to + TRACE_SPREAD;
	scan->kinds = 1 << ROW_SPAN;
	scan->row = traces_row;
	scan->wants = traces_wants;
	scan->source = traces_source;
	t->base.render = traces_render;
	query_task_start(&t->base);
}
