/* GET /api/logs/histogram: matching records by time and level. GET /api/logs/fields: their fields with the most frequent values. */
#include "base/check.h"
#include "base/map.h"
#include "store/api.h"
#include "store/bits.h"
#include <stdlib.h>

/* --- histogram -------------------------------------------------------------------------------------------------------------------------------- */

enum { HISTOGRAM_MAX = 2000 };
struct histogram_task {
	struct query_task base;
	struct row_filter filter;
	int64_t step;
	uint64_t buckets, total;
	uint64_t *counts;            /* level * buckets + bucket; in the arena */
};

static void histogram_row(void *ctx, const struct scan_row *r)
{
	struct histogram_task *t = ctx;
	uint64_t i = ((uint64_t)r->head.time - (uint64_t)t->base.scan.from) / (uint64_t)t->step;
	if (i >= t->buckets)
		i = t->buckets - 1;
	t->counts[row_level(&r->head) * t->buckets + i]++;
	t->total++;
}

static uint64_t bucket_of(const struct histogram_task *t, int64_t time)
{
	uint64_t i = ((uint64_t)time - (uint64_t)t->base.scan.from) / (uint64_t)t->step;
	return i < t->buckets ? i : t->buckets - 1;
}

/* All rows of a block within one bucket are counted by its head, others by their times and levels. */
static bool histogram_block(void *ctx, struct block *b, const uint64_t *rows, bool *handled, struct err *e)
{
	struct histogram_task *t = ctx;
	const struct segment_block *k = b->k;
	struct column *times = block_column(b, COLUMN_TIME), *levels = block_column(b, COLUMN_LEVEL);
	uint32_t count = bits_count(rows, k->rows);
	*handled = t->filter.plan.stage_count == 0;
	if (!*handled)
		return true;
	t->total += count;
	bool one = bucket_of(t, k->min_time) == bucket_of(t, k->max_time);
	if (count == k->rows && one) {
		for (int i = 0; i < LEVEL_COUNT; i++)
			t->counts[(size_t)i * t->buckets + bucket_of(t, k->min_time)] += k->level_rows[i];
		return true;
	}
	if ((!one && !column_numbers(b, times, e)) || !column_numbers(b, levels, e))
		return false;
	for (uint32_t w = 0; w < bits_words(k->rows); w++)
		for (uint64_t left = rows[w]; left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left);
			t->counts[level_index((uint8_t)levels->numbers[row]) * t->buckets + bucket_of(t, one ? k->min_time : times->numbers[row])]++;
		}
	return true;
}

static void level_json(struct json_out *o, const struct histogram_task *t, uint8_t level)
{
	const uint64_t *counts = t->counts + level * t->buckets;
	uint64_t any = 0;
	for (uint64_t i = 0; i < t->buckets; i++)
		any |= counts[i];
	if (!any)
		return;
	json_out_object(o);
	json_kv_str(o, "level", level_name(level));
	json_out_key(o, STR("counts"));
	json_out_array(o);
	for (uint64_t i = 0; i < t->buckets; i++)
		json_out_u64(o, counts[i]);
	json_out_end(o);
	json_out_end(o);
}

static void histogram_render(struct query_task *base)
{
	struct histogram_task *t = (struct histogram_task *)(void *)base;
	struct json_out o;
	json_out_init(&o, &base->out);
	json_out_object(&o);
	ns_json(&o, "from_ns", base->scan.from);
	ns_json(&o, "to_ns", base->scan.to);
	json_kv_i64(&o, "step_ns", t->step);
	json_kv_u64(&o, "total", t->total);
	json_out_key(&o, STR("levels"));
	json_out_array(&o);
	for (uint8_t level = LEVEL_COUNT; level-- > 1;)
		level_json(&o, t, level);
	level_json(&o, t, 0);
	json_out_end(&o);
	scanned_json(&o, base);
	json_out_end(&o);
}

static void histogram_scanned(void *ctx, const struct scan_row *r) { row_filter_offer(&((struct histogram_task *)ctx)->filter, r); }
static void histogram_release(struct query_task *base) { pipe_run_release(&((struct histogram_task *)(void *)base)->filter.run); }

void store_api_histogram(struct store *s, struct http_exchange *x)
{
	struct histogram_task *t = query_task_new(s, x, sizeof(*t));
	if (!t)
		return;
	t->base.release = histogram_release;
	if (!query_task_filter(&t->base, &t->filter, histogram_row))
		return;
	struct query_task *b = &t->base;
	t->buckets = store_api_number(x, &b->arena, "buckets", 60, 1, HISTOGRAM_MAX, &b->err);
	/* The last bucket takes what is left over, so that every record of the range is counted. */
	uint64_t range = (uint64_t)b->scan.to - (uint64_t)b->scan.from + 1;
	t->step = (int64_t)((range + t->buckets - 1) / t->buckets);
	t->counts = ARENA_ARRAY(&b->arena, t->buckets * LEVEL_COUNT, uint64_t);
	if (!t->counts)
		err_set(&b->err, ERR_NO_MEMORY, "no memory for a query");
	if (err_is_set(&b->err)) {
		query_task_fail(b);
		return;
	}
	b->scan.kinds = 1 << ROW_LOG;
	b->scan.row = histogram_scanned;
	b->scan.block = histogram_block;
	b->render = histogram_render;
	query_task_start(b);
}

/* --- fields ------------------------------------------------------------------------------------------------------------------------------------ */

enum { FIELDS_MAX = 200, FIELD_VALUES_MAX = 2000, FIELD_VALUE_BYTES = 200, FIELDS_SHOWN = 10, FIELDS_ARENA = 32 << 20 };
struct field { struct str name; struct map values; uint64_t count; bool more; };
struct field_value { struct str text; uint64_t count; };
struct fields_task {
	struct query_task base;
	struct row_filter filter;
	struct map fields;
	struct arena memory;
	struct buf scratch;
	bool more;
};

static struct field *field_named(struct fields_task *t, struct str name)
{
	struct field *f = map_get(&t->fields, name);
	if (f)
		return f;
	if (t->fields.count >= FIELDS_MAX || !(f = ARENA_NEW(&t->memory, struct field))) {
		t->more = true;
		return NULL;
	}
	f->name = arena_str(&t->memory, name);
	map_init(&f->values, FIELD_VALUES_MAX);
	if (f->name.p && map_put(&t->fields, f->name, f))
		return f;
	return NULL;
}

static void count_value(struct fields_task *t, struct str name, struct str text)
{
	struct field *f = text.len ? field_named(t, name) : NULL;
	if (!f)
		return;
	text = str_sub(text, 0, FIELD_VALUE_BYTES);
	f->count++;
	struct field_value *v = map_get(&f->values, text);
	if (!v) {
		v = f->values.count < FIELD_VALUES_MAX ? ARENA_NEW(&t->memory, struct field_value) : NULL;
		struct str copy = v ? arena_str(&t->memory, text) : (struct str){ NULL, 0 };
		if (!copy.p || !map_put(&f->values, copy, v)) {
			f->more = true;
			return;
		}
		v->text = copy;
	}
	v->count++;
}

static void fields_row(void *ctx, const struct scan_row *r)
{
	struct fields_task *t = ctx;
	struct row_parts p;
	struct attr a;
	count_value(t, STR("service"), r->resource->names.service);
	count_value(t, STR("version"), r->resource->names.version);
	count_value(t, STR("instance"), r->resource->names.instance);
	count_value(t, STR("level"), severity_name(r->head.severity));
	if (!row_parts(r->row, &p))
		return;
	while (attrs_next(&p.attrs, &a)) {
		buf_clear(&t->scratch);
		value_text(&t->scratch, &a.value);
		count_value(t, a.key, buf_str(&t->scratch));
	}
}

static int by_count(const void *a, const void *b)
{
	const struct field_value *x = *(struct field_value *const *)a, *y = *(struct field_value *const *)b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return str_cmp(x->text, y->text);
}

static void field_json(struct json_out *o, const struct field *f)
{
	struct field_value **list = malloc((f->values.count + 1) * sizeof(*list));
	uint32_t n = list ? f->values.count : 0;
	for (uint32_t i = 0; i < n; i++)
		list[i] = f->values.entries[i].value;
	if (n)
		qsort(list, n, sizeof(*list), by_count);
	json_out_object(o);
	json_kv_str(o, "name", f->name);
	json_out_key(o, STR("values"));
	json_out_array(o);
	for (uint32_t i = 0; i < n && i < FIELDS_SHOWN; i++) {
		json_out_object(o);
		json_kv_str(o, "value", list[i]->text);
		json_kv_u64(o, "count", list[i]->count);
		json_out_end(o);
	}
	json_out_end(o);
	json_kv_u64(o, "count", f->count);
	json_kv_u64(o, "distinct", f->values.count);
	json_kv_bool(o, "more", f->more || n > FIELDS_SHOWN);
	json_out_end(o);
	free(list);
}

static void fields_render(struct query_task *base)
{
	struct fields_task *t = (struct fields_task *)(void *)base;
	struct json_out o;
	json_out_init(&o, &base->out);
	json_out_object(&o);
	json_out_key(&o, STR("fields"));
	json_out_array(&o);
	for (uint32_t i = 0; i < t->fields.count; i++)
		field_json(&o, t->fields.entries[i].value);
	json_out_end(&o);
	json_kv_bool(&o, "more", t->more);
	scanned_json(&o, base);
	json_out_end(&o);
}

static void fields_release(struct query_task *base)
{
	struct fields_task *t = (struct fields_task *)(void *)base;
	pipe_run_release(&t->filter.run);
	for (uint32_t i = 0; i < t->fields.count; i++)
		map_release(&((struct field *)t->fields.entries[i].value)->values);
	map_release(&t->fields);
	arena_release(&t->memory);
	buf_release(&t->scratch);
}

static void fields_scanned(void *ctx, const struct scan_row *r) { row_filter_offer(&((struct fields_task *)ctx)->filter, r); }

void store_api_fields(struct store *s, struct http_exchange *x)
{
	struct fields_task *t = query_task_new(s, x, sizeof(*t));
	if (!t)
		return;
	map_init(&t->fields, FIELDS_MAX);
	arena_init(&t->memory, FIELDS_ARENA);
	buf_init(&t->scratch, ROW_HARD_BYTES);
	t->base.release = fields_release;
	if (!query_task_filter(&t->base, &t->filter, fields_row))
		return;
	t->base.scan.kinds = 1 << ROW_LOG;
	t->base.scan.row = fields_scanned;
	t->base.render = fields_render;
	query_task_start(&t->base);
}
