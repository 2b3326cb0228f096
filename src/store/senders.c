/* Batch numbers by sender (senders.h). A few dozen senders at most: a plain list. */
#include "store/senders.h"
#include <stdlib.h>

static struct sender *find(const struct sender_table *t, uint64_t sender)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (t->items[i].sender == sender)
			return &t->items[i];
	return NULL;
}

bool senders_repeated(const struct sender_table *t, struct batch_id id)
{
	const struct sender *s = id.sender ? find(t, id.sender) : NULL;
	return s && id.number <= s->number;
}

static struct sender *place(struct sender_table *t)
{
	if (t->count < t->capacity)
		return &t->items[t->count++];
	if (t->capacity < SENDERS_MAX) {
		uint32_t capacity = t->capacity ? t->capacity * 2 : 16;
		struct sender *items = realloc(t->items, capacity * sizeof(*items));
		if (items) {
			t->items = items;
			t->capacity = capacity;
			return &t->items[t->count++];
		}
	}
	struct sender *oldest = t->items;
	for (uint32_t i = 1; i < t->count; i++)
		if (t->items[i].turn < oldest->turn)
			oldest = &t->items[i];
	return oldest;
}

void senders_note(struct sender_table *t, struct batch_id id)
{
	if (id.sender == 0)
		return;
	struct sender *s = find(t, id.sender);
	if (!s) {
		s = place(t);
		if (!s)
			return;
		*s = (struct sender){ .sender = id.sender };
	}
	if (id.number > s->number)
		s->number = id.number;
	s->turn = ++t->turn;
}

bool senders_copy(struct sender_table *to, const struct sender_table *from)
{
	*to = (struct sender_table){ .turn = from->turn };
	if (from->count == 0)
		return true;
	to->items = malloc(from->count * sizeof(*to->items));
	if (!to->items)
		return false;
	memcpy(to->items, from->items, from->count * sizeof(*to->items));
	to->count = to->capacity = from->count;
	return true;
}

void senders_release(struct sender_table *t)
{
	free(t->items);
	*t = (struct sender_table){ 0 };
}

static int by_turn(const void *a, const void *b)
{
	const struct sender *x = a, *y = b;
	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* Heard longest ago first: reading notes them in that order. */
void senders_encode(struct sender_table *t, struct buf *out)
{
	if (t->count)
		qsort(t->items, t->count, sizeof(*t->items), by_turn);
	put_varint(out, t->count);
	for (uint32_t i = 0; i < t->count; i++) {
		put_u64(out, t->items[i].sender);
		put_varint(out, t->items[i].number);
	}
}

bool senders_decode(struct sender_table *t, struct str section)
{
	struct bytes r = bytes_of(section);
	uint64_t n = take_varint(&r);
	for (uint64_t i = 0; i < n && i < SENDERS_MAX && !r.bad; i++) {
		struct batch_id id;
		id.sender = take_u64(&r);
		id.number = take_varint(&r);
		if (r.bad || id.sender == 0)
			return false;
		senders_note(t, id);
	}
	return !r.bad;
}
