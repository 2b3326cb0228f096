/* Building and reading batches (batch.h). */
#include "store/batch.h"
#include "base/check.h"
#include "sys/sys.h"
#include <stdlib.h>

enum { BATCH_PAGES = 128 << 10 /* bytes */ };

void batch_builder_init(struct batch_builder *b)
{
	*b = (struct batch_builder){ 0 };
	buf_init(&b->resources, BATCH_MAX_BYTES);
	buf_init(&b->rows, BATCH_MAX_BYTES);
	buf_init(&b->scratch, BATCH_MAX_BYTES);
}

void batch_builder_release(struct batch_builder *b)
{
	buf_release(&b->resources);
	buf_release(&b->rows);
	buf_release(&b->scratch);
	free(b->offsets);
	free(b->lengths);
	*b = (struct batch_builder){ 0 };
}

static bool resource_room(struct batch_builder *b)
{
	if (b->resource_count < b->capacity)
		return true;
	if (b->resource_count >= BATCH_MAX_RESOURCES)
		return false;
	uint32_t capacity = b->capacity ? b->capacity * 2 : 8;
	uint32_t *offsets = realloc(b->offsets, capacity * sizeof(*offsets));
	if (offsets)
		b->offsets = offsets;
	uint32_t *lengths = realloc(b->lengths, capacity * sizeof(*lengths));
	if (lengths)
		b->lengths = lengths;
	if (!offsets || !lengths)
		return false;
	b->capacity = capacity;
	return true;
}

/* Senders repeat a resource for each scope, so looking at the few newest ones finds it; one missed is only stored twice. */
static uint32_t find_resource(const struct batch_builder *b, struct str bytes)
{
	uint32_t oldest = b->resource_count > 16 ? b->resource_count - 16 : 0;
	for (uint32_t i = b->resource_count; i-- > oldest;)
		if (b->lengths[i] == bytes.len && memcmp(buf_str(&b->resources).p + b->offsets[i], bytes.p, bytes.len) == 0)
			return i;
	return UINT32_MAX;
}

uint32_t batch_resource(struct batch_builder *b, const struct resource *r)
{
	buf_clear(&b->scratch);
	resource_encode(&b->scratch, r, &b->cut);
	struct str bytes = buf_str(&b->scratch);
	uint32_t known = find_resource(b, bytes);
	if (known != UINT32_MAX)
		return known;
	if (!buf_ok(&b->scratch) || !resource_room(b)) {
		b->rows.failed = true;
		return UINT32_MAX;
	}
	put_varint(&b->resources, bytes.len);
	b->offsets[b->resource_count] = (uint32_t)b->resources.len;
	b->lengths[b->resource_count] = (uint32_t)bytes.len;
	buf_add(&b->resources, bytes);
	return b->resource_count++;
}

static void add_row(struct batch_builder *b, uint32_t resource)
{
	CHECK(resource < b->resource_count || b->rows.failed);
	if (!buf_ok(&b->scratch))
		b->rows.failed = true;
	put_varint(&b->rows, resource);
	put_text(&b->rows, buf_str(&b->scratch));
}

void batch_add_log(struct batch_builder *b, uint32_t resource, const struct log_record *r)
{
	buf_clear(&b->scratch);
	row_encode_log(&b->scratch, r, &b->cut);
	add_row(b, resource);
	b->records++;
}

void batch_add_span(struct batch_builder *b, uint32_t resource, const struct span *s)
{
	buf_clear(&b->scratch);
	row_encode_span(&b->scratch, s, &b->cut);
	add_row(b, resource);
	b->spans++;
}

void batch_reject(struct batch_builder *b, const char *why)
{
	if (b->rejected++ == 0) {
		size_t n = strlen(why);
		memcpy(b->why, why, n < sizeof(b->why) ? n : sizeof(b->why) - 1);
	}
}

/* Large ones live until their rows are in a segment, and so would leave holes in the heap: they have pages of their own. */
static struct batch *batch_new(size_t len)
{
	size_t size = sizeof(struct batch) + len;
	struct batch *b = size < BATCH_PAGES ? malloc(size) : sys_pages(size);
	if (b)
		*b = (struct batch){ .len = len, .pages = size < BATCH_PAGES ? 0 : size };
	return b;
}

struct batch *batch_finish(struct batch_builder *b, struct err *e)
{
	struct buf head; /* both counts; the second stands behind the resources */
	buf_init(&head, 64);
	put_varint(&head, b->resource_count);
	struct str rows = buf_str(&b->rows), resources = buf_str(&b->resources);
	size_t resource_head = head.len;
	put_varint(&head, b->records + b->spans);
	bool ok = buf_ok(&head) && buf_ok(&b->rows) && buf_ok(&b->resources);
	size_t len = head.len + resources.len + rows.len;
	struct batch *batch = ok ? batch_new(len) : NULL;
	if (batch) {
		batch->records = b->records;
		batch->spans = b->spans;
		uint8_t *to = batch->bytes;
		memcpy(to, buf_str(&head).p, resource_head);
		to += resource_head;
		memcpy(to, resources.p, resources.len);
		to += resources.len;
		memcpy(to, buf_str(&head).p + resource_head, head.len - resource_head);
		memcpy(to + (head.len - resource_head), rows.p, rows.len);
	}
	buf_release(&head);
	if (!ok)
		err_set(e, ERR_TOO_LARGE, "the batch is larger than %d MiB when stored, or has more than %d resources", BATCH_MAX_BYTES >> 20,
			BATCH_MAX_RESOURCES);
	else if (!batch)
		err_set(e, ERR_NO_MEMORY, "no memory for a batch of %zu bytes", len);
	return batch;
}

void batch_free(struct batch *b)
{
	if (b->pages)
		sys_pages_free(b, b->pages);
	else
		free(b);
}

bool batch_read(struct batch_reader *it, struct str bytes)
{
	*it = (struct batch_reader){ .r = bytes_of(bytes) };
	it->resources = take_varint(&it->r);
	if (it->resources == 0)
		it->rows = take_varint(&it->r);
	return !it->r.bad && it->resources <= BATCH_MAX_RESOURCES;
}

bool batch_next_resource(struct batch_reader *it, struct str *resource)
{
	if (it->resources == 0 || it->r.bad)
		return false;
	*resource = take_text(&it->r);
	if (--it->resources == 0)
		it->rows = take_varint(&it->r);
	return !it->r.bad;
}

bool batch_next_row(struct batch_reader *it, uint32_t *resource, struct str *row)
{
	if (it->r.bad || it->resources || it->rows == 0)
		return false;
	it->rows--;
	uint64_t number = take_varint(&it->r);
	*row = take_text(&it->r);
	*resource = (uint32_t)number;
	if (number >= BATCH_MAX_RESOURCES)
		it->r.bad = true;
	return !it->r.bad;
}

/* Counts rows by kind and checks the whole structure. */
static bool count_rows(struct str bytes, uint32_t *records, uint32_t *spans)
{
	struct batch_reader it;
	struct str s;
	struct row_head h;
	uint32_t resource, resources = 0;
	if (!batch_read(&it, bytes))
		return false;
	while (batch_next_resource(&it, &s))
		resources++;
	while (batch_next_row(&it, &resource, &s)) {
		if (resource >= resources || !row_head(s, &h))
			return false;
		if (h.kind == ROW_SPAN)
			*spans += 1;
		else
			*records += 1;
	}
	return !it.r.bad && it.rows == 0 && bytes_left(&it.r) == 0;
}

struct batch *batch_from(struct str bytes, struct batch_id id)
{
	uint32_t records = 0, spans = 0;
	if (!count_rows(bytes, &records, &spans))
		return NULL;
	struct batch *b = batch_new(bytes.len);
	if (!b)
		return NULL;
	b->id = id;
	b->records = records;
	b->spans = spans;
	memcpy(b->bytes, bytes.p, bytes.len);
	return b;
}
