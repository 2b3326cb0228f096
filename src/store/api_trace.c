/* GET /api/traces/{trace_id}: all spans and log records of one trace, wherever they lie. Spans that arrived twice are shown once. */
#include "base/check.h"
#include "store/api.h"
#include "store/collect.h"
#include <stdlib.h>

enum { TRACE_MAX_SPANS = 10000, TRACE_MAX_LOGS = 1000, TRACE_BYTES = 32 << 20 };
struct trace_task {
	struct query_task base;
	struct collector logs;       /* the oldest TRACE_MAX_LOGS */
	struct collected *spans;
	size_t span_count, span_room, span_bytes;
	bool spans_cut;
};

static void trace_row(void *ctx, const struct scan_row *r)
{
	struct trace_task *t = ctx;
	if (r->head.kind == ROW_LOG) {
		collect_row(&t->logs, r);
		return;
	}
	if (t->span_count >= TRACE_MAX_SPANS || t->span_bytes > TRACE_BYTES || !ARENA_PUSH_ROOM(&t->base.arena, t->spans, t->span_count, t->span_room)) {
		t->spans_cut = true;
		return;
	}
	struct collected item = { .key = { r->head.time, r->segment, r->position }, .resource = r->resource->bytes.len, .row = r->row.len };
	item.data = malloc(item.resource + item.row + 1);
	if (!item.data) {
		t->spans_cut = true;
		return;
	}
	memcpy(item.data, r->resource->bytes.p, item.resource);
	memcpy(item.data + item.resource, r->row.p, item.row);
	t->span_bytes += item.resource + item.row;
	t->spans[t->span_count++] = item;
}

static void trace_release(struct query_task *base)
{
	struct trace_task *t = (struct trace_task *)(void *)base;
	for (size_t i = 0; i < t->span_count; i++)
		free(t->spans[i].data);
	collect_release(&t->logs);
}

static int by_id(const void *a, const void *b)
{
	const struct collected *x = a, *y = b;
	struct row_head p, q;
	if (!row_head(collected_row(x), &p) || !row_head(collected_row(y), &q))
		return 0;
	int order = memcmp(&p.span, &q.span, sizeof(p.span));
	return order ? order : row_key_compare(&x->key, &y->key);
}

static int by_time(const void *a, const void *b) { return row_key_compare(&((const struct collected *)a)->key, &((const struct collected *)b)->key); }

static void drop_repeats(struct trace_task *t)
{
	size_t kept = 0;
	struct row_head last = { 0 }, h;
	if (t->span_count == 0)
		return;
	qsort(t->spans, t->span_count, sizeof(*t->spans), by_id);
	for (size_t i = 0; i < t->span_count; i++) {
		if (!row_head(collected_row(&t->spans[i]), &h) || (kept && memcmp(&h.span, &last.span, sizeof(h.span)) == 0)) {
			free(t->spans[i].data);
			continue;
		}
		last = h;
		t->spans[kept++] = t->spans[i];
	}
	t->span_count = kept;
	qsort(t->spans, kept, sizeof(*t->spans), by_time);
}

static void events_json(struct json_out *o, const struct span *s)
{
	json_out_key(o, STR("events"));
	json_out_array(o);
	for (size_t i = 0; i < s->event_count; i++) {
		json_out_object(o);
		json_kv_str(o, "name", s->events[i].name);
		ns_json(o, "time_ns", s->events[i].time);
		json_out_key(o, STR("attributes"));
		attrs_json(o, s->events[i].attrs, s->events[i].attr_count);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_key(o, STR("links"));
	json_out_array(o);
	for (size_t i = 0; i < s->link_count; i++) {
		json_out_object(o);
		id_json(o, "trace_id", s->links[i].trace.b, sizeof(s->links[i].trace.b), true);
		id_json(o, "span_id", s->links[i].span.b, sizeof(s->links[i].span.b), true);
		json_out_end(o);
	}
	json_out_end(o);
}

static void span_json(struct json_out *o, struct arena *scratch, const struct collected *c)
{
	static const struct str kinds[] = { STR_INIT("unspecified"), STR_INIT("internal"), STR_INIT("server"), STR_INIT("client"), STR_INIT("producer"), STR_INIT("consumer") };
	static const struct str statuses[] = { STR_INIT("unset"), STR_INIT("ok"), STR_INIT("error") };
	struct span s = { 0 };
	struct resource who = { 0 };
	if (!row_span(collected_row(c), scratch, &s) || !resource_decode(collected_resource(c), scratch, &who))
		return;
	json_out_object(o);
	id_json(o, "id", s.id.b, sizeof(s.id.b), true);
	id_json(o, "parent", s.parent.b, sizeof(s.parent.b), !span_id_is_zero(&s.parent));
	json_kv_str(o, "name", s.name);
	json_kv_str(o, "kind", kinds[s.kind]);
	json_kv_str(o, "service", who.service);
	json_kv_str(o, "version", who.version);
	json_kv_str(o, "instance", who.instance);
	json_kv_str(o, "scope", s.scope);
	ns_json(o, "start_ns", s.start);
	json_kv_i64(o, "duration_ns", s.end > s.start ? (int64_t)((uint64_t)s.end - (uint64_t)s.start) : 0);
	json_kv_str(o, "status", statuses[s.status]);
	json_kv_str(o, "status_message", s.status_message);
	json_out_key(o, STR("attributes"));
	attrs_json(o, s.attrs, s.attr_count);
	events_json(o, &s);
	json_out_end(o);
	arena_reset(scratch);
}

enum { EXTENT_KNOWN = 1000 /* spans up to which it is looked whether all parents are there */ };

static bool has_span(const struct span_id *ids, size_t n, const struct span_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&ids[i], id, sizeof(*id)) == 0)
			return true;
	return false;
}

/* Start, end, and whether every parent that is named is there. */
static void extent(const struct trace_task *t, int64_t *start, int64_t *end, bool *complete)
{
	struct span_id ids[EXTENT_KNOWN], parents[EXTENT_KNOWN];
	size_t roots = 0, n = 0;
	*start = t->span_count ? t->spans[0].key.time : t->logs.count ? t->logs.items[0].key.time : 0;
	*end = *start;
	*complete = !t->spans_cut && t->span_count > 0;
	for (size_t i = 0; i < t->span_count; i++) {
		struct row_parts p;
		if (!row_parts(collected_row(&t->spans[i]), &p))
			continue;
		if (p.head.time <= INT64_MAX - p.duration && p.head.time + p.duration > *end)
			*end = p.head.time + p.duration;
		roots += span_id_is_zero(&p.parent);
		if (t->span_count <= EXTENT_KNOWN) {
			ids[n] = p.head.span;
			parents[n++] = p.parent;
		}
	}
	for (size_t i = 0; i < n && *complete; i++)
		*complete = span_id_is_zero(&parents[i]) || has_span(ids, n, &parents[i]);
	if (roots == 0)
		*complete = false;
}

static void trace_render(struct query_task *base)
{
	struct trace_task *t = (struct trace_task *)(void *)base;
	struct json_out o;
	struct arena scratch;
	int64_t start, end;
	bool complete;
	drop_repeats(t);
	collect_finish(&t->logs);
	if (t->span_count + t->logs.count == 0) {
		err_set(&base->err, ERR_NOT_FOUND, "no span and no log record has this trace id");
		return;
	}
	extent(t, &start, &end, &complete);
	arena_init(&scratch, 8 * ROW_HARD_BYTES);
	json_out_init(&o, &base->out);
	json_out_object(&o);
	id_json(&o, "trace_id", base->q.trace.b, sizeof(base->q.trace.b), true);
	ns_json(&o, "start_ns", start);
	json_kv_i64(&o, "duration_ns", end - start);
	json_kv_bool(&o, "complete", complete);
	json_out_key(&o, STR("spans"));
	json_out_array(&o);
	for (size_t i = 0; i < t->span_count; i++)
		span_json(&o, &scratch, &t->spans[i]);
	json_out_end(&o);
	json_out_key(&o, STR("logs"));
	json_out_array(&o);
	for (size_t i = 0; i < t->logs.count; i++)
		row_json(&o, &scratch, t->logs.items[i].key.segment, t->logs.items[i].key.position, collected_row(&t->logs.items[i]),
			 collected_resource(&t->logs.items[i]), false);
	json_out_end(&o);
	json_kv_bool(&o, "logs_cut", t->logs.more);
	scanned_json(&o, base);
	json_out_end(&o);
	arena_release(&scratch);
}

void store_api_trace(struct store *s, struct http_exchange *x, struct str id)
{
	struct trace_task *t = query_task_new(s, x, sizeof(*t));
	struct trace_id trace;
	if (!t)
		return;
	struct query_task *b = &t->base;
	if (!trace_id_parse(&trace, id))
		err_set(&b->err, ERR_INPUT, "a trace id has 32 hex digits, not all zero");
	else
		query_parse(&b->q, &b->arena, arena_printf(&b->arena, "trace:%.*s", STR_FMT(id)), &b->err);
	if (!err_is_set(&b->err) && !collect_init(&t->logs, TRACE_MAX_LOGS, true))
		err_set(&b->err, ERR_NO_MEMORY, "no memory for a query");
	if (err_is_set(&b->err)) {
		query_task_fail(b);
		return;
	}
	b->release = trace_release;
	b->scan.from = INT64_MIN;
	b->scan.to = INT64_MAX;
	b->scan.kinds = 1 << ROW_LOG | 1 << ROW_SPAN;
	b->scan.row = trace_row;
	b->render = trace_render;
	query_task_start(b);
}
