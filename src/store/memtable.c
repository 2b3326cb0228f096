/* Rows in memory (memtable.h). */
#include "store/memtable.h"
#include "base/check.h"
#include "base/time.h"
#include <stdlib.h>

struct memtable *memtable_new(uint64_t number)
{
	struct memtable *m = calloc(1, sizeof(*m));
	CHECK(m);
	m->refs = 1;
	m->number = number;
	m->min_time = INT64_MAX;
	m->max_time = INT64_MIN;
	map_init(&m->by_bytes, MEM_MAX_RESOURCES);
	edge_table_init(&m->edges, EDGE_MAX_KEYS);
	seen_table_init(&m->seen);
	return m;
}

void memtable_unref(struct memtable *m)
{
	CHECK(m->refs > 0);
	if (--m->refs)
		return;
	for (struct batch *b = m->batches, *next; b; b = next) {
		next = b->next;
		batch_free(b);
	}
	for (struct mem_chunk *c = m->first, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	for (size_t i = 0; i < ARRAY_LEN(m->resources); i++)
		free(m->resources[i]);
	map_release(&m->by_bytes);
	edge_table_release(&m->edges);
	seen_table_release(&m->seen);
	senders_release(&m->senders);
	free(m);
}

static struct mem_row *next_row(struct memtable *m)
{
	uint32_t at = m->rows % MEM_CHUNK;
	if (at == 0) {
		struct mem_chunk *c = calloc(1, sizeof(*c));
		CHECK(c);
		if (m->last)
			m->last->next = c;
		else
			m->first = c;
		m->last = c;
		m->size += sizeof(*c);
	}
	m->rows++;
	return &m->last->rows[at];
}

void memtable_gap(struct memtable *m, uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i++)
		next_row(m);
}

bool memtable_room(const struct memtable *m, const struct batch *b)
{
	struct batch_reader it;
	return batch_read(&it, batch_str(b)) && it.resources + m->resource_count <= MEM_MAX_RESOURCES && (uint64_t)m->rows + batch_rows(b) < UINT32_MAX;
}

/* The number of these resource bytes in this memtable. */
static uint32_t resource_number(struct memtable *m, struct str bytes)
{
	uintptr_t known = (uintptr_t)map_get(&m->by_bytes, bytes);
	if (known)
		return (uint32_t)known - 1;
	uint32_t number = m->resource_count;
	CHECK(number < MEM_MAX_RESOURCES);
	struct mem_resource **page = &m->resources[number / MEM_RESOURCE_PAGE];
	if (!*page) {
		*page = calloc(MEM_RESOURCE_PAGE, sizeof(**page));
		CHECK(*page);
		m->size += MEM_RESOURCE_PAGE * sizeof(**page);
	}
	struct mem_resource *r = &(*page)[number % MEM_RESOURCE_PAGE];
	r->bytes = bytes;
	if (!resource_names(bytes, &r->names))
		r->names = (struct resource){ .service = STR("unknown"), .version = STR(""), .instance = STR("") };
	CHECK(map_put(&m->by_bytes, bytes, (void *)(uintptr_t)(number + 1)));
	m->resource_count++;
	return number;
}

static void count_row(struct memtable *m, struct mem_resource *r, struct str row)
{
	struct row_head h;
	CHECK(row_head(row, &h));
	if (h.time < m->min_time)
		m->min_time = h.time;
	if (h.time > m->max_time)
		m->max_time = h.time;
	int64_t bucket = time_floor(h.time, EDGE_BUCKET);
	if (!r->seen || r->seen->bucket != bucket)
		r->seen = seen_table_entry(&m->seen, bucket, r->names.service);
	if (h.kind == ROW_SPAN) {
		m->spans++;
		edge_table_span(&m->edges, r->names.service, row);
	} else {
		m->records++;
	}
	if (r->seen)
		seen_add(r->seen, h.kind != ROW_SPAN, h.kind == ROW_SPAN, h.time);
}

void memtable_add(struct memtable *m, struct batch *b)
{
	struct batch_reader it;
	struct str bytes;
	uint32_t resource, n = 0;
	size_t tables = edge_table_size(&m->edges) + m->seen.arena.used;
	CHECK(batch_read(&it, batch_str(b)));
	uint32_t *numbers = malloc((it.resources + 1) * sizeof(*numbers));
	CHECK(numbers);
	while (batch_next_resource(&it, &bytes))
		numbers[n++] = resource_number(m, bytes);
	while (batch_next_row(&it, &resource, &bytes)) {
		CHECK(resource < n);
		struct mem_row *row = next_row(m);
		*row = (struct mem_row){ (const uint8_t *)bytes.p, (uint32_t)bytes.len, numbers[resource] };
		count_row(m, memtable_resource(m, numbers[resource]), bytes);
	}
	CHECK(!it.r.bad);
	free(numbers);
	b->next = m->batches;
	m->batches = b;
	m->size += sizeof(*b) + b->len + edge_table_size(&m->edges) + m->seen.arena.used - tables;
}

void memtable_fill(struct memtable *m, struct mem_row *gap, struct str resource, struct str row)
{
	CHECK(!gap->p);
	*gap = (struct mem_row){ (const uint8_t *)row.p, (uint32_t)row.len, resource_number(m, resource) };
	count_row(m, memtable_resource(m, gap->resource), row);
}

const struct mem_row *memtable_row(const struct memtable *m, uint32_t position, uint32_t rows)
{
	if (position >= rows)
		return NULL;
	const struct mem_chunk *c = m->first;
	for (uint32_t i = position / MEM_CHUNK; i > 0; i--)
		c = c->next;
	const struct mem_row *r = &c->rows[position % MEM_CHUNK];
	return r->p ? r : NULL;
}
