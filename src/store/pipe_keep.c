/* The best n of some rows, in a heap with the worst on top (pipe_run.h). One more than asked for is held, as the sign that there is more. Each
 * kept row is one block of memory: what decides its order, the fields that pipes made, and of a record its bytes and its resource's. */
#include "base/check.h"
#include "store/pipe_run.h"
#include <stdlib.h>

struct kept {
	struct row_key key;
	bool is_row;
	size_t bytes, attr_count;
	struct str resource, row;
	struct attr *attrs;
	struct value values[];       /* of the keys */
};
struct pipe_keep {
	struct keep_options o;
	struct kept **items;
	size_t count, capacity, bytes;
	bool dropped, more, finished;
	struct row_key last;
};

struct pipe_keep *keep_new(const struct keep_options *o)
{
	struct pipe_keep *k = calloc(1, sizeof(*k));
	if (k)
		k->o = *o;
	return k;
}

void keep_free(struct pipe_keep *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->count; i++)
		free(k->items[i]);
	free(k->items);
	free(k);
}

/* --- order --------------------------------------------------------------------------------------------------------------------------------- */

/* What a row is compared by before it is copied. */
struct probe { const struct value *values; const struct row_key *key; bool is_row; const struct attr *attrs; size_t attr_count; };

static struct probe probe_of(const struct kept *i) { return (struct probe){ i->values, &i->key, i->is_row, i->attrs, i->attr_count }; }

static int compare_values(const struct pipe_keep *k, const struct probe *a, const struct probe *b)
{
	for (size_t i = 0; i < k->o.key_count; i++) {
		int order = pipe_value_compare(&a->values[i], &b->values[i]);
		bool empty = a->values[i].type == VALUE_EMPTY || b->values[i].type == VALUE_EMPTY; /* last in either order */
		if (order)
			return k->o.keys[i].descending && !empty ? -order : order;
	}
	return 0;
}

/* < 0: a comes first. */
static int compare(const struct pipe_keep *k, const struct probe *a, const struct probe *b)
{
	int order = compare_values(k, a, b);
	if (order)
		return order;
	if (a->is_row && b->is_row) {
		order = row_key_compare(a->key, b->key);
		return k->o.oldest_first ? order : -order;
	}
	for (size_t i = 0; order == 0 && i < a->attr_count && i < b->attr_count; i++)
		order = pipe_value_compare(&a->attrs[i].value, &b->attrs[i].value);
	return order;
}

static bool worse(const struct pipe_keep *k, size_t i, size_t j)
{
	struct probe a = probe_of(k->items[i]), b = probe_of(k->items[j]);
	return compare(k, &a, &b) > 0;
}

static void swap(struct pipe_keep *k, size_t i, size_t j)
{
	struct kept *item = k->items[i];
	k->items[i] = k->items[j];
	k->items[j] = item;
}

static void sift_down(struct pipe_keep *k, size_t i)
{
	for (;;) {
		size_t top = i, left = 2 * i + 1, right = left + 1;
		if (left < k->count && worse(k, left, top))
			top = left;
		if (right < k->count && worse(k, right, top))
			top = right;
		if (top == i)
			return;
		swap(k, i, top);
		i = top;
	}
}

static void drop_worst(struct pipe_keep *k)
{
	k->bytes -= k->items[0]->bytes;
	free(k->items[0]);
	k->items[0] = k->items[--k->count];
	sift_down(k, 0);
	k->dropped = true;
}

static bool full(const struct pipe_keep *k) { return k->count > k->o.limit || (k->count > 1 && k->bytes > k->o.bytes); }

/* --- adding -------------------------------------------------------------------------------------------------------------------------------- */

static size_t text_size(const struct value *v) { return v->type == VALUE_STR || v->type == VALUE_JSON || v->type == VALUE_BYTES ? v->s.len : 0; }

static struct str put(char **at, struct str s)
{
	struct str copy = { *at, s.len };
	if (s.len)
		memcpy(*at, s.p, s.len);
	*at += s.len;
	return copy;
}

static struct value put_value(char **at, const struct value *v)
{
	struct value copy = *v;
	if (v->type == VALUE_STR || v->type == VALUE_JSON || v->type == VALUE_BYTES)
		copy.s = put(at, v->s);
	return copy;
}

static struct kept *copy_row(const struct pipe_keep *k, const struct pipe_row *r, const struct value *values, const struct row_key *key)
{
	size_t head = sizeof(struct kept) + k->o.key_count * sizeof(struct value) + r->count * sizeof(struct attr), text = 1;
	for (size_t i = 0; i < k->o.key_count; i++)
		text += text_size(&values[i]);
	for (size_t i = 0; i < r->count; i++)
		text += r->attrs[i].key.len + text_size(&r->attrs[i].value);
	if (r->row)
		text += r->row->resource->bytes.len + r->row->row.len;
	struct kept *item = malloc(head + text);
	if (!item)
		return NULL;
	*item = (struct kept){ .key = *key, .is_row = r->row != NULL, .bytes = head + text, .attr_count = r->count };
	item->attrs = (struct attr *)(void *)(item->values + k->o.key_count);
	char *at = (char *)(item->attrs + r->count);
	for (size_t i = 0; i < k->o.key_count; i++)
		item->values[i] = put_value(&at, &values[i]);
	for (size_t i = 0; i < r->count; i++) {
		item->attrs[i].key = put(&at, r->attrs[i].key);
		item->attrs[i].value = put_value(&at, &r->attrs[i].value);
	}
	if (r->row) {
		item->resource = put(&at, r->row->resource->bytes);
		item->row = put(&at, r->row->row);
	}
	return item;
}

static bool room(struct pipe_keep *k)
{
	if (k->count < k->capacity)
		return true;
	size_t capacity = k->capacity ? 2 * k->capacity : 16;
	struct kept **items = realloc(k->items, capacity * sizeof(*items));
	if (!items)
		return false;
	k->items = items;
	k->capacity = capacity;
	return true;
}

static bool is_beyond(const struct pipe_keep *k, const struct row_key *key)
{
	int order = row_key_compare(key, &k->o.after);
	return !k->o.bounded || (k->o.oldest_first ? order > 0 : order < 0);
}

bool keep_add(struct pipe_keep *k, struct pipe_row *r, struct arena *scratch, struct buf *text)
{
	struct value values[PIPE_MAX_KEYS];
	struct row_key key = { 0 };
	if (r->row)
		key = (struct row_key){ r->parts.head.time, r->row->segment, r->row->position };
	if (r->row && !is_beyond(k, &key))
		return true;
	for (size_t i = 0; i < k->o.key_count; i++)
		values[i] = pipe_value(r, &k->o.keys[i], scratch, text);
	if (full(k)) {
		struct probe a = { values, &key, r->row != NULL, r->attrs, r->count }, b = probe_of(k->items[0]);
		if (compare(k, &a, &b) >= 0) {
			k->dropped = true;
			return true;
		}
	}
	struct kept *item = room(k) ? copy_row(k, r, values, &key) : NULL;
	if (!item)
		return false;
	if (k->count > k->o.limit)
		drop_worst(k);
	k->items[k->count] = item;
	k->bytes += item->bytes;
	for (size_t i = k->count++; i > 0 && worse(k, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(k, i, (i - 1) / 2);
	while (k->count > 2 && k->bytes - k->items[0]->bytes > k->o.bytes)
		drop_worst(k);
	return true;
}

bool keep_wants(const struct pipe_keep *k, int64_t min_time, int64_t max_time)
{
	if (k->o.bounded && (k->o.oldest_first ? max_time < k->o.after.time : min_time > k->o.after.time))
		return false;
	if (!full(k) || k->o.key_count)
		return true;
	return k->o.oldest_first ? min_time <= k->items[0]->key.time : max_time >= k->items[0]->key.time;
}

/* --- handing out --------------------------------------------------------------------------------------------------------------------------- */

static void hand_out(struct kept *item, void (*fn)(void *ctx, struct pipe_row *r), void *ctx)
{
	struct attr attrs[PIPE_MAX_MADE];
	struct pipe_row r = { .attrs = attrs, .count = item->attr_count };
	struct mem_resource resource = { .bytes = item->resource };
	struct scan_row row = { .segment = item->key.segment, .position = item->key.position, .row = item->row, .resource = &resource };
	CHECK(item->attr_count <= PIPE_MAX_MADE);
	memcpy(attrs, item->attrs, item->attr_count * sizeof(*attrs));
	if (item->is_row) {
		if (!row_parts(item->row, &r.parts) || !resource_names(item->resource, &resource.names))
			return;
		row.head = r.parts.head;
		r.row = &row;
	}
	fn(ctx, &r);
}

/* Empties the heap worst first, from the end of the array. */
void keep_finish(struct pipe_keep *k, void (*fn)(void *ctx, struct pipe_row *r), void *ctx)
{
	k->more = full(k) || k->dropped;
	if (full(k))
		drop_worst(k);
	size_t n = k->count;
	while (k->count > 1) {
		swap(k, 0, --k->count);
		sift_down(k, 0);
	}
	k->count = n;
	if (n)
		k->last = k->items[n - 1]->key;
	for (size_t i = 0; i < n; i++)
		hand_out(k->items[i], fn, ctx);
	k->finished = true;
}

bool keep_more(const struct pipe_keep *k) { return k->more; }
struct row_key keep_last(const struct pipe_keep *k) { return k->last; }
