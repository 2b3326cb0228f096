/* GET /api/traces: traces in summary, newest first by their start.
 *
 * With a query, a first scan finds the traces that have a matching span, at most TRACES_FOUND of them, newest first; then only summaries of those are
 * added up, and only of segments whose filter of ids knows one of them.
 *
 * Summaries of segments and memory are added up from the newest source to the oldest. A trace is complete when every source that is left ends
 * TRACE_SPREAD before it starts; complete traces are judged (range, service, errors, duration, query) and leave the table, so memory
 * stays small and the list may stop as soon as it has enough. Spans more than TRACE_SPREAD before the rest of their trace are not added. */
#include "base/check.h"
#include "base/time.h"
#include "store/api.h"
#include "store/bits.h"
#include "store/traces.h"
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { TRACES_FOUND = 4096, TRACES_ASKED = 64 /* ids that a segment's filter is asked for */, TRACES_LIMIT = 500, TRACES_ARENA = 48 << 20, TRACES_COMPACT = 6 << 20 };
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
	struct scan finding;               /* with a query: the first scan */
	struct query asked;                /* of that; the second asks for everything */
	struct trace_table found;
	bool searched;
};

/* --- adding up ------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_wanted(struct traces_task *t, const struct trace_id *id) { return !t->has_query || trace_table_get(&t->found, id); }

static void add_memory(struct traces_task *t, const struct scan_source *src)
{
	const struct mem_chunk *c = src->memtable->first;
	for (uint32_t i = 0; i < src->rows; i++) {
		const struct mem_row *m = &c->rows[i % MEM_CHUNK];
		struct row_parts p;
		if (m->p && m->p[0] == ROW_SPAN && row_parts(mem_row_str(m), &p) && is_wanted(t, &p.head.trace)) {
			const struct mem_resource *r = memtable_resource(src->memtable, m->resource);
			if (!trace_table_span(&t->table, r->names.service, &p))
				t->full = true;
		}
		t->base.scan.rows++;
		if (i % MEM_CHUNK == MEM_CHUNK - 1 && i + 1 < src->rows)
			c = c->next;
	}
}

/* Whether the segment can hold a trace that was found. Of many ids one is in most segments: then it is not asked. */
static bool may_hold(struct traces_task *t, struct segment_reader *r, struct err *e)
{
	struct segment_answer answer;
	if (!t->has_query || t->found.map.count > TRACES_ASKED)
		return true;
	for (uint32_t i = 0; i < t->found.map.count; i++) {
		const struct trace_part *p = t->found.map.entries[i].value;
		uint64_t hash = XXH64(p->id.b, sizeof(p->id.b), 0);
		if (!segment_filter(r, SECTION_IDS, hash, &answer, e))
			return false;
		for (uint32_t k = 0; k < r->found.blocks; k++)
			if (segment_answer_has(&answer, SECTION_IDS, hash, k, false))
				return true;
	}
	return false;
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
		if (is_wanted(t, &part.id) && !trace_table_merge(&t->table, &part))
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
	       (!t->bounded || key_before(p, &t->after));
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
	if (!reader)
		add_memory(t, src);
	else if (may_hold(t, reader, e))
		add_segment(t, reader, e);
	return false;
}

static void no_row(void *ctx, const struct scan_row *r) { (void)ctx, (void)r; }

static void note_found(struct traces_task *t, const struct trace_id *id)
{
	struct trace_part part = { .id = *id };
	if (!trace_table_get(&t->found, id) && !trace_table_merge(&t->found, &part))
		t->full = true;
}

static void found_row(void *ctx, const struct scan_row *r) { note_found(ctx, &r->head.trace); }

static bool found_block(void *ctx, struct block *b, const uint64_t *rows, bool *handled, struct err *e)
{
	struct column *trace = block_column(b, COLUMN_TRACE);
	*handled = trace != NULL;
	if (!trace || !block_map(b, e) || !column_bytes(b, trace, e))
		return !trace;
	for (uint32_t w = 0; w < bits_words(b->k->rows); w++)
		for (uint64_t left = rows[w]; left; left &= left - 1) {
			uint32_t at = trace->at[w * 64 + (uint32_t)__builtin_ctzll(left)];
			struct trace_id id;
			if (at == NO_VALUE)
				continue;
			memcpy(&id, trace->plain.p + (size_t)trace->index[at] * sizeof(id), sizeof(id));
			note_found(ctx, &id);
		}
	return true;
}

static bool found_wants(void *ctx, int64_t min, int64_t max)
{
	struct traces_task *t = ctx;
	(void)min, (void)max;
	if (t->found.map.count < TRACES_FOUND)
		return true;
	t->finding.cut = true;
	return false;
}

static bool traces_wants(void *ctx, int64_t min, int64_t max)
{
	const struct traces_task *t = ctx;
	(void)min, (void)max;
	/* What is chosen is newer than what may still come: sources are visited in this order. */
	return t->chosen.map.count <= t->limit && !t->full;
}

static bool traces_step(struct task *task)
{
	struct traces_task *t = CONTAINER_OF(task, struct traces_task, base.task);
	if (!t->searched) {
		if (scan_step(&t->finding))
			return true;
		t->searched = true;
		t->base.scan.rows += t->finding.rows;
		t->base.scan.bytes += t->finding.bytes;
		t->base.scan.cut |= t->finding.cut;
	}
	if (scan_step(&t->base.scan))
		return true;
	t->base.render(&t->base);
	t->base.rendered = true;
	return false;
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
	scan_end(&t->finding);
	query_release(&t->asked);
	trace_table_release(&t->table);
	trace_table_release(&t->chosen);
	trace_table_release(&t->found);
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
	trace_table_init(&t->found, TRACES_ARENA);
	buf_init(&t->scratch, ROW_HARD_BYTES);
	t->base.release = traces_release;
	if (!traces_options(t, x))
		return;
	t->has_query = t->base.q.root->op != QUERY_ALL;
	if (t->has_query) {
		t->asked = t->base.q;
		t->base.q = (struct query){ 0 };
		if (!query_parse(&t->base.q, &t->base.arena, STR(""), &t->base.err)) {
			query_task_fail(&t->base);
			return;
		}
	}
	t->from = scan->from;
	t->to = t->bounded && t->after.start < scan->to ? t->after.start : scan->to;
	scan->from = t->from < INT64_MIN + TRACE_SPREAD ? INT64_MIN : t->from - TRACE_SPREAD;
	scan->to = t->to > INT64_MAX - TRACE_SPREAD ? INT64_MAX : t->to + TRACE_SPREAD;
	scan->kinds = 1 << ROW_SPAN;
	scan->row = no_row;
	scan->wants = traces_wants;
	scan->source = traces_source;
	t->base.render = traces_render;
	t->searched = !t->has_query;
	if (t->has_query) {
		t->finding = (struct scan){ .store = s, .q = &t->asked, .kinds = 1 << ROW_SPAN, .from = scan->from, .to = scan->to, .row = found_row,
					    .block = found_block, .wants = found_wants, .ctx = t };
		if (!scan_begin(&t->finding)) {
			err_set(&t->base.err, ERR_NO_MEMORY, "no memory for a query");
			query_task_fail(&t->base);
			return;
		}
	}
	query_task_start_with(&t->base, traces_step);
}
