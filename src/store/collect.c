/* A bounded heap of rows (collect.h). */
#include "store/collect.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

int row_key_compare(const struct row_key *a, const struct row_key *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

bool row_key_parse(struct row_key *k, struct str text)
{
	uint64_t position;
	struct row_key out;
	struct str time = str_split(&text, '.'), segment = str_split(&text, '.');
	if (!text.p || !str_to_i64(time, &out.time) || !str_to_u64(segment, &out.segment) || !str_to_u64(text, &position) || position > UINT32_MAX)
		return false;
	out.position = (uint32_t)position;
	*k = out;
	return true;
}

struct str row_key_text(const struct row_key *k, char out[64])
{
	int n = snprintf(out, 64, "%lld.%llu.%u", (long long)k->time, (unsigned long long)k->segment, k->position);
	return str_from(out, n > 0 ? (size_t)n : 0);
}

bool row_id_parse(struct row_key *k, struct str text)
{
	uint64_t segment, position;
	size_t dash = str_find_char(text, '-');
	if (!str_starts(text, STR("s")) || dash == SIZE_MAX || !str_to_u64(str_sub(text, 1, dash), &segment) ||
	    !str_to_u64(str_skip(text, dash + 1), &position) || position > UINT32_MAX)
		return false;
	*k = (struct row_key){ .segment = segment, .position = (uint32_t)position };
	return true;
}

bool collect_init(struct collector *c, size_t limit, bool oldest_first)
{
	CHECK(limit <= COLLECT_MAX);
	*c = (struct collector){ .limit = limit, .oldest_first = oldest_first };
	c->items = calloc(limit + 1, sizeof(*c->items));
	return c->items != NULL;
}

void collect_release(struct collector *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->items[i].data);
	free(c->items);
	*c = (struct collector){ 0 };
}

/* a comes later in the answer than b. */
static bool worse(const struct collector *c, const struct row_key *a, const struct row_key *b)
{
	int order = row_key_compare(a, b);
	return c->oldest_first ? order > 0 : order < 0;
}

static void sift_down(struct collector *c, size_t i)
{
	for (;;) {
		size_t top = i, left = 2 * i + 1, right = left + 1;
		if (left < c->count && worse(c, &c->items[left].key, &c->items[top].key))
			top = left;
		if (right < c->count && worse(c, &c->items[right].key, &c->items[top].key))
			top = right;
		if (top == i)
			return;
		struct collected swap = c->items[i];
		c->items[i] = c->items[top];
		c->items[top] = swap;
		i = top;
	}
}

static void sift_up(struct collector *c, size_t i)
{
	while (i > 0 && worse(c, &c->items[i].key, &c->items[(i - 1) / 2].key)) {
		struct collected swap = c->items[i];
		c->items[i] = c->items[(i - 1) / 2];
		c->items[(i - 1) / 2] = swap;
		i = (i - 1) / 2;
	}
}

static void drop_worst(struct collector *c)
{
	c->bytes -= c->items[0].resource + c->items[0].row;
	free(c->items[0].data);
	c->items[0] = c->items[--c->count];
	sift_down(c, 0);
}

static bool full(const struct collector *c) { return c->count > c->limit || (c->count > 1 && c->bytes > COLLECT_BYTES); }

bool collect_wants(const struct collector *c, int64_t min_time, int64_t max_time)
{
	if (c->bounded && (c->oldest_first ? max_time < c->after.time : min_time > c->after.time))
		return false;
	if (!full(c))
		return true;
	return c->oldest_first ? min_time <= c->items[0].key.time : max_time >= c->items[0].key.time;
}

void collect_row(struct collector *c, const struct scan_row *r)
{
	struct row_key key = { r->head.time, r->segment, r->position };
	if (c->bounded && !worse(c, &key, &c->after))
		return;
	if (full(c) && !worse(c, &c->items[0].key, &key))
		return;
	struct collected item = { .key = key, .resource = r->resource->bytes.len, .row = r->row.len };
	item.data = malloc(item.resource + item.row + 1);
	if (!item.data) {
		c->failed = true;
		return;
	}
	memcpy(item.data, r->resource->bytes.p, item.resource);
	memcpy(item.data + item.resource, r->row.p, item.row);
	if (c->count == c->limit + 1)
		drop_worst(c);
	c->items[c->count] = item;
	c->bytes += item.resource + item.row;
	sift_up(c, c->count++);
	/* One more than fits stays, as the sign that there is more. */
	while (c->count > 2 && c->bytes - c->items[0].resource - c->items[0].row > COLLECT_BYTES)
		drop_worst(c);
}

static int compare_up(const void *a, const void *b) { return row_key_compare(&((const struct collected *)a)->key, &((const struct collected *)b)->key); }
static int compare_down(const void *a, const void *b) { return -compare_up(a, b); }

void collect_finish(struct collector *c)
{
	c->more = full(c);
	qsort(c->items, c->count, sizeof(*c->items), c->oldest_first ? compare_up : compare_down);
	if (c->more) {
		c->count--;
		free(c->items[c->count].data);
	}
}
