/* Scans over memory and segments (scan.h). */
#include "store/scan.h"
#include "base/check.h"
#include <stdlib.h>

/* --- sources ------------------------------------------------------------------------------------------------------------------------------ */

static void add_memtable(struct scan *s, struct memtable *m)
{
	if (m->rows == 0 || m->max_time < s->from || m->min_time > s->to)
		return;
	s->sources[s->source_count++] = (struct scan_source){
		.memtable = memtable_ref(m), .rows = m->rows, .min_time = m->min_time, .max_time = m->max_time, .number = m->number };
}

static int newest_first(const void *a, const void *b)
{
	const struct scan_source *x = a, *y = b;
	if (x->max_time != y->max_time)
		return x->max_time > y->max_time ? -1 : 1;
	return x->number > y->number ? -1 : x->number < y->number;
}

static int oldest_first(const void *a, const void *b)
{
	const struct scan_source *x = a, *y = b;
	if (x->min_time != y->min_time)
		return x->min_time < y->min_time ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

bool scan_begin(struct scan *s)
{
	struct store *store = s->store;
	s->sources = calloc(store->segment_count + store->frozen_count + 1, sizeof(*s->sources));
	if (!s->sources)
		return false;
	add_memtable(s, store->active);
	for (struct memtable *m = store->frozen; m; m = m->next)
		add_memtable(s, m);
	for (uint32_t i = 0; i < store->segment_count; i++) {
		struct segment *seg = store->segments[i];
		if (seg->max_time < s->from || seg->min_time > s->to) {
			s->skipped++;
			continue;
		}
		seg->refs++;
		s->sources[s->source_count++] = (struct scan_source){
			.segment = seg, .rows = seg->rows, .min_time = seg->min_time, .max_time = seg->max_time, .number = seg->number };
	}
	qsort(s->sources, s->source_count, sizeof(*s->sources), s->oldest_first ? oldest_first : newest_first);
	arena_init(&s->arena, 64 << 20);
	buf_init(&s->scratch, ROW_HARD_BYTES);
	matcher_init(&s->matcher, s->q);
	s->deadline = sys_now() + SCAN_MAX_NS;
	return true;
}

static void close_source(struct scan *s)
{
	s->open = false;
	s->chunk = NULL;
	s->next_block = s->next_row = 0;
	arena_reset(&s->arena);
}

void scan_end(struct scan *s)
{
	if (!s->sources)
		return;
	close_source(s);
	segment_close(&s->reader);
	for (size_t i = 0; i < s->source_count; i++) {
		if (s->sources[i].memtable)
			memtable_unref(s->sources[i].memtable);
		else
			store_segment_unref(s->store, s->sources[i].segment);
	}
	free(s->sources);
	s->sources = NULL;
	arena_release(&s->arena);
	buf_release(&s->scratch);
	matcher_release(&s->matcher);
	if (err_is_set(&s->err)) {
		s->store->damaged += s->damaged;
		store_report(s->store, SEVERITY_ERROR, "a query met damage: %s", s->err.message);
	}
}

static bool wants(const struct scan *s, int64_t min_time, int64_t max_time)
{
	return max_time >= s->from && min_time <= s->to && (!s->wants || s->wants(s->ctx, min_time, max_time));
}

static bool next_source(struct scan *s)
{
	close_source(s);
	s->at++;
	return s->at < s->source_count;
}

/* The rest is still worth reading; the answer says that something is missing. */
static void note_damage(struct scan *s, const struct err *e)
{
	s->damaged++;
	s->cut = true;
	if (!err_is_set(&s->err))
		s->err = *e;
}

/* --- rows ---------------------------------------------------------------------------------------------------------------------------------- */

static void offer(struct scan *s, struct scan_row *r)
{
	s->rows++;
	s->bytes += r->row.len;
	if (!row_head(r->row, &r->head) || !(s->kinds >> r->head.kind & 1) || r->head.time < s->from || r->head.time > s->to)
		return;
	if (s->q->has_trace && (!r->head.has_trace || !trace_id_eq(&r->head.trace, &s->q->trace)))
		return;
	const struct query_row q = { &r->resource->names, r->resource->bytes, r->row };
	if (s->q->root->op == QUERY_ALL || query_matches(s->q, &q, &s->scratch))
		s->row(s->ctx, r);
}

static bool step_memtable(struct scan *s, const struct scan_source *src)
{
	if (s->next_row == 0) {
		struct err e = { 0 };
		if (s->source && !s->source(s->ctx, src, NULL, &e))
			return next_source(s);
		s->chunk = src->memtable->first;
	}
	for (uint32_t i = 0; i < MEM_CHUNK && s->next_row < src->rows; i++, s->next_row++) {
		const struct mem_row *m = &s->chunk->rows[i];
		if (!m->p)
			continue;
		struct scan_row r = { .segment = src->number, .position = s->next_row, .row = mem_row_str(m),
				      .resource = memtable_resource(src->memtable, m->resource) };
		offer(s, &r);
	}
	if (s->next_row >= src->rows)
		return next_source(s);
	s->chunk = s->chunk->next;
	return true;
}

/* --- segments -------------------------------------------------------------------------------------------------------------------------------- */

/* False: nothing in it (passed: by its filters alone), or damage (e). */
static bool open_segment(struct scan *s, const struct scan_source *src, bool *passed, struct err *e)
{
	if (!segment_next(&s->reader, &s->store->cache, s->store->directory, src->segment, e))
		return false;
	s->open = true;
	s->segments++;
	if (!matcher_segment(&s->matcher, &s->reader, e)) {
		*passed = !err_is_set(e);
		return false;
	}
	return (!s->source || s->source(s->ctx, src, &s->reader, e)) && segment_index(&s->reader, e);
}

static bool block_may_match(struct scan *s, const struct segment_block *b)
{
	if (!(s->kinds >> b->kind & 1) || !wants(s, b->min_time, b->max_time))
		return false;
	if (s->q->root->op == QUERY_ALL)
		return true;
	if (!matcher_may_have(&s->matcher, b))
		return false;
	uint32_t n = b->resource_count ? b->resource_count : s->reader.resource_count;
	for (uint32_t i = 0; i < n; i++)
		if (query_may_match(s->q, &s->reader.resources[b->resource_count ? b->resources[i] : i].names, b->levels))
			return true;
	return false;
}

/* Rows of the block that lie in the range of time. */
static bool in_time(struct scan *s, struct block *b, uint64_t *rows, struct err *e)
{
	struct column *times = block_column(b, COLUMN_TIME);
	bits_fill(rows, b->k->rows);
	if (b->k->min_time >= s->from && b->k->max_time <= s->to)
		return true;
	if (!column_numbers(b, times, e))
		return false;
	for (uint32_t i = 0; i < b->k->rows; i++)
		if (times->numbers[i] < s->from || times->numbers[i] > s->to)
			bits_clear(rows, i);
	return true;
}

/* Opens the block, where it may hold something. */
static bool open_block(struct scan *s, const struct segment_block *k, bool *absent, struct err *e)
{
	*absent = false;
	if (!matcher_probes(&s->matcher))
		return block_open(&s->reader, k, e);
	return block_open_bare(&s->reader, k, e) && matcher_absent(&s->matcher, absent, e) && (*absent || block_dictionary(&s->reader.block, e));
}

static bool read_block(struct scan *s, const struct scan_source *src, const struct segment_block *k, struct err *e)
{
	struct block *b = &s->reader.block;
	uint64_t rows[BITS_WORDS];
	/* An owner that asks for nothing but how many may have it without looking at rows, and of all rows without opening the block. */
	bool counts = s->count && k->min_time >= s->from && k->max_time <= s->to, known = counts && s->q->root->op == QUERY_ALL, absent = false;
	uint32_t n = k->rows;
	s->rows += k->rows;
	if (!known && !open_block(s, k, &absent, e))
		return false;
	if (absent)
		return true;
	if (!known && counts && !matcher_count(&s->matcher, &n, &known, e))
		return false;
	if (known) {
		s->count(s->ctx, n);
		return true;
	}
	if (!in_time(s, b, rows, e) || !matcher_select(&s->matcher, rows, e))
		return false;
	if (s->block) {
		bool handled = !bits_any(rows, k->rows);
		if (!handled && !s->block(s->ctx, b, rows, &handled, e))
			return false;
		if (handled)
			return true;
	}
	if (!bits_any(rows, k->rows))
		return true;
	if (!column_numbers(b, block_column(b, COLUMN_TIME), e))
		return false;
	const int64_t *times = block_column(b, COLUMN_TIME)->numbers;
	for (n = 0; n < k->rows; n++) {
		uint32_t i = s->oldest_first ? n : k->rows - 1 - n, resource;
		struct scan_row r = { .segment = src->number };
		if (!bits_get(rows, i) || !wants(s, times[i], times[i]))
			continue;
		if (!block_row_at(b, i, &s->reader.row, &resource, &r.position, e))
			return false;
		r.row = buf_str(&s->reader.row);
		r.resource = &s->reader.resources[resource];
		s->bytes += r.row.len;
		if (!row_head(r.row, &r.head))
			return segment_corrupt(&s->reader, "a row", e);
		s->row(s->ctx, &r);
	}
	return true;
}

/* passed: nothing had to be read but its filters. */
static bool step_segment(struct scan *s, const struct scan_source *src, bool *passed)
{
	struct err e = { 0 };
	if (!s->open && !open_segment(s, src, passed, &e)) {
		if (err_is_set(&e))
			note_damage(s, &e);
		return next_source(s);
	}
	/* Skipping is cheap: go on to the first block that has to be read. */
	while (s->next_block < s->reader.block_count) {
		uint32_t i = s->next_block++;
		const struct segment_block *b = &s->reader.blocks[s->oldest_first ? i : s->reader.block_count - 1 - i];
		if (!block_may_match(s, b))
			continue;
		if (!read_block(s, src, b, &e))
			note_damage(s, &e);
		return true;
	}
	return next_source(s);
}

static bool step_source(struct scan *s, bool *passed)
{
	const struct scan_source *src = &s->sources[s->at];
	if (s->rows > SCAN_MAX_ROWS || sys_now() > s->deadline) {
		s->cut = true;
		return false;
	}
	if (!s->open && s->next_row == 0 && !wants(s, src->min_time, src->max_time)) {
		if (src->segment)
			s->skipped++;
		*passed = true;
		return next_source(s);
	}
	return src->memtable ? step_memtable(s, src) : step_segment(s, src, passed);
}

bool scan_step(struct scan *s)
{
	for (int i = 0; i < SCAN_PASSED && s->at < s->source_count; i++) {
		bool passed = false;
		if (!step_source(s, &passed))
			return false;
		if (!passed)
			break;
	}
	return s->at < s->source_count;
}
