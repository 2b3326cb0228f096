/* The pipe `context n`: the n lines before and after each hit, from the same service and instance, at most a day away. Two scans serve all hits:
 * one back from the latest hit, one forth from the earliest. Windows that touch become one; a line between two windows that do not is told
 * by "gap" on the first line behind it. */
#include "base/check.h"
#include "store/api_query.h"
#include <stdlib.h>

#define CONTEXT_REACH (INT64_C(24) * 3600 * 1000000000)

static bool is_of(const struct context_hit *h, const struct resource *names)
{
	return str_eq(h->who.service, names->service) && str_eq(h->who.instance, names->instance);
}

/* --- scans ---------------------------------------------------------------------------------------------------------------------------------- */

static void offer(struct query_all *t, struct collector *c, const struct scan_row *r)
{
	size_t before = c->bytes;
	if (t->held > PIPE_MEMORY) {
		t->why = "the lines around the hits are too large; ask for fewer";
		return;
	}
	collect_row(c, r);
	t->held += c->bytes - before;
}

static void back_row(void *ctx, const struct scan_row *r)
{
	struct query_all *t = ctx;
	for (size_t i = 0; i < t->hit_count; i++)
		if (r->head.time >= t->hits[i].key.time - CONTEXT_REACH && is_of(&t->hits[i], &r->resource->names))
			offer(t, &t->hits[i].before, r);
}

static void forth_row(void *ctx, const struct scan_row *r)
{
	struct query_all *t = ctx;
	for (size_t i = 0; i < t->hit_count; i++)
		if (r->head.time - CONTEXT_REACH <= t->hits[i].key.time && is_of(&t->hits[i], &r->resource->names))
			offer(t, &t->hits[i].after, r);
}

static bool back_wants(void *ctx, int64_t min, int64_t max)
{
	struct query_all *t = ctx;
	for (size_t i = 0; i < t->hit_count; i++)
		if (max >= t->hits[i].key.time - CONTEXT_REACH && collect_wants(&t->hits[i].before, min, max))
			return true;
	return false;
}

static bool forth_wants(void *ctx, int64_t min, int64_t max)
{
	struct query_all *t = ctx;
	for (size_t i = 0; i < t->hit_count; i++)
		if (min - CONTEXT_REACH <= t->hits[i].key.time && collect_wants(&t->hits[i].after, min, max))
			return true;
	return false;
}

bool query_context_prepare(struct query_all *t)
{
	struct query_task *b = &t->base;
	struct err e = { 0 };
	if (!query_parse(&t->everything, &b->arena, STR(""), &e))
		return false;
	t->hits = ARENA_ARRAY(&b->arena, PIPE_MAX_HITS, struct context_hit);
	/* Their real range is known when the hits are; until then it is all time, so that every source is held. */
	t->back = (struct scan){ .store = b->store, .q = &t->everything, .kinds = b->scan.kinds, .ctx = t, .from = INT64_MIN, .to = INT64_MAX, .row = back_row, .wants = back_wants };
	t->forth = t->back;
	t->forth.row = forth_row;
	t->forth.wants = forth_wants;
	t->forth.oldest_first = true;
	return t->hits && scan_begin(&t->back) && scan_begin(&t->forth);
}

void query_context_hit(struct query_all *t, const struct pipe_row *r)
{
	struct arena *a = &t->base.arena;
	if (t->hit_count == PIPE_MAX_HITS) {
		t->why = "context is shown of the first 50 hits";
		return;
	}
	struct context_hit *h = &t->hits[t->hit_count];
	h->key = (struct row_key){ r->parts.head.time, r->row->segment, r->row->position };
	h->row = arena_str(a, r->row->row);
	h->resource = arena_str(a, r->row->resource->bytes);
	if (!h->row.p || !h->resource.p || !resource_names(h->resource, &h->who) || !collect_init(&h->before, t->context, false)) {
		t->run.failed = true;
		return;
	}
	if (!collect_init(&h->after, t->context, true)) {
		collect_release(&h->before);
		t->run.failed = true;
		return;
	}
	h->before.bounded = h->after.bounded = true;
	h->before.after = h->after.after = h->key;
	t->hit_count++;
}

static int by_time(const void *a, const void *b) { return row_key_compare(&((const struct context_hit *)a)->key, &((const struct context_hit *)b)->key); }

void query_context_begin(struct query_all *t)
{
	qsort(t->hits, t->hit_count, sizeof(*t->hits), by_time);
	if (t->hit_count == 0)
		return;
	int64_t first = t->hits[0].key.time, last = t->hits[t->hit_count - 1].key.time;
	t->back.from = first < INT64_MIN + CONTEXT_REACH ? INT64_MIN : first - CONTEXT_REACH;
	t->back.to = last;
	t->forth.from = first;
	t->forth.to = last > INT64_MAX - CONTEXT_REACH ? INT64_MAX : last + CONTEXT_REACH;
}

bool query_context_step(struct query_all *t) { return t->hit_count && (scan_step(&t->back) || scan_step(&t->forth)); }

/* --- the answer ------------------------------------------------------------------------------------------------------------------------------ */

struct shown { struct row_key key; bool any; };

static void line(struct query_all *t, const struct context_hit *h, const struct row_key *key, struct str row, struct str resource, struct shown *s, bool gap)
{
	bool here = false;
	if (s->any && row_key_compare(key, &s->key) <= 0)
		return;
	for (size_t i = 0; i < t->hit_count; i++)
		here |= row_key_compare(&t->hits[i].key, key) == 0;
	s->key = *key;
	s->any = true;
	(void)h;
	if (t->base.stream) {
		json_out_init(&t->o, &t->base.out);
		json_out_object(&t->o);
		json_out_key(&t->o, STR("row"));
	}
	if (row_json_open(&t->o, &t->scratch, key->segment, key->position, row, resource)) {
		if (here)
			json_kv_bool(&t->o, "here", true);
		if (gap)
			json_kv_bool(&t->o, "gap", true);
		json_out_end(&t->o);
	}
	if (t->base.stream) {
		json_out_end(&t->o);
		buf_char(&t->base.out, '\n');
	}
}

/* Hits of one instance are shown together, in the order of time; instances in the order of their first hit. */
static void window(struct query_all *t, struct context_hit *h, struct shown *s)
{
	const struct row_key *first = h->before.count ? &h->before.items[h->before.count - 1].key : &h->key;
	bool gap = !s->any || row_key_compare(first, &s->key) > 0;
	for (size_t i = h->before.count; i-- > 0;) {
		const struct collected *c = &h->before.items[i];
		line(t, h, &c->key, collected_row(c), collected_resource(c), s, gap && i + 1 == h->before.count);
	}
	line(t, h, &h->key, h->row, h->resource, s, gap && h->before.count == 0);
	for (size_t i = 0; i < h->after.count; i++) {
		const struct collected *c = &h->after.items[i];
		line(t, h, &c->key, collected_row(c), collected_resource(c), s, false);
	}
}

void query_context_render(struct query_all *t)
{
	bool done[PIPE_MAX_HITS] = { false };
	for (size_t i = 0; i < t->hit_count; i++) {
		collect_finish(&t->hits[i].before);
		collect_finish(&t->hits[i].after);
	}
	for (size_t i = 0; i < t->hit_count; i++) {
		struct shown s = { 0 };
		for (size_t k = i; k < t->hit_count; k++) {
			if (done[k] || !is_of(&t->hits[i], &t->hits[k].who))
				continue;
			done[k] = true;
			window(t, &t->hits[k], &s);
		}
	}
	t->base.scan.rows += t->back.rows + t->forth.rows;
	t->base.scan.bytes += t->back.bytes + t->forth.bytes;
	t->base.scan.cut |= t->back.cut || t->forth.cut;
}

void query_context_release(struct query_all *t)
{
	scan_end(&t->back);
	scan_end(&t->forth);
	for (size_t i = 0; i < t->hit_count; i++) {
		collect_release(&t->hits[i].before);
		collect_release(&t->hits[i].after);
	}
	query_release(&t->everything);
}
