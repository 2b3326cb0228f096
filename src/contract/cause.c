/* The table of causes and their reach. A change's place in `out` is kept as its index, since the list grows. */
#include "contract/cause.h"
#include <stdlib.h>

enum { CAUSES_BYTES = 256 << 20, CAUSES_FIRST = 256 };
struct cause {
	struct cause_key key;
	uint64_t hash;
	size_t index; /* of the change in out->items; SIZE_MAX: dropped */
	struct reach *reach;
	size_t count, capacity;
	struct cause *next;
};

void causes_init(struct causes *c, struct changes *out)
{
	*c = (struct causes){ .out = out };
	arena_init(&c->arena, CAUSES_BYTES);
}

void causes_release(struct causes *c) { arena_release(&c->arena); }

static uint64_t key_hash(const struct cause_key *k)
{
	const uint64_t parts[4] = { k->kind, (uintptr_t)k->before.node, (uintptr_t)k->after.node, str_hash(k->detail) };
	return str_hash(str_from((const char *)parts, sizeof(parts)));
}

static bool same_key(const struct cause_key *a, const struct cause_key *b)
{
	return a->kind == b->kind && a->before.node == b->before.node && a->after.node == b->after.node && str_eq(a->detail, b->detail);
}

static struct cause **slot_of(struct causes *c, const struct cause_key *key, uint64_t hash)
{
	for (size_t at = hash & (c->capacity - 1);; at = (at + 1) & (c->capacity - 1))
		if (!c->slots[at] || (c->slots[at]->hash == hash && same_key(&c->slots[at]->key, key)))
			return &c->slots[at];
}

static bool make_room(struct causes *c)
{
	if (c->count * 2 < c->capacity)
		return true;
	size_t larger = c->capacity ? c->capacity * 2 : CAUSES_FIRST;
	struct cause **slots = ARENA_ARRAY(&c->arena, larger, struct cause *);
	if (!slots)
		return false;
	c->slots = slots;
	c->capacity = larger;
	for (struct cause *x = c->first; x; x = x->next)
		*slot_of(c, &x->key, x->hash) = x;
	return true;
}

static void add_reach(struct causes *c, struct cause *x, struct str operation, enum reach_direction direction)
{
	if (x->count && str_eq(x->reach[x->count - 1].operation, operation)) {
		x->reach[x->count - 1].direction |= direction;
		return;
	}
	if (ARENA_PUSH_ROOM(&c->arena, x->reach, x->count, x->capacity))
		x->reach[x->count++] = (struct reach){ operation, direction };
}

static struct change *start(struct causes *c, struct cause *x, struct str subject)
{
	struct changes *out = c->out;
	struct change *change = changes_add(out, x->key.kind, arena_str(&out->arena, subject), arena_str(&out->arena, x->key.detail));
	x->index = change ? (size_t)(change - out->items) : SIZE_MAX;
	if (change) {
		x->key.detail = change->detail;
		change->old_place = spot_place(x->key.before);
		change->new_place = spot_place(x->key.after);
	}
	return change;
}

struct change *cause_seen(struct causes *c, const struct cause_key *key, struct str subject, struct str operation, enum reach_direction direction)
{
	if (!make_room(c)) {
		c->out->dropped++;
		return NULL;
	}
	uint64_t hash = key_hash(key);
	struct cause **slot = slot_of(c, key, hash), *x = *slot;
	if (x) {
		add_reach(c, x, operation, direction);
		return NULL;
	}
	if (!(x = ARENA_NEW(&c->arena, struct cause))) {
		c->out->dropped++;
		return NULL;
	}
	*x = (struct cause){ .key = *key, .hash = hash };
	x->key.detail = arena_str(&c->arena, key->detail);
	*slot = x;
	c->count++;
	*(c->last ? &c->last->next : &c->first) = x;
	c->last = x;
	add_reach(c, x, operation, direction);
	return start(c, x, subject);
}

static int by_operation(const void *a, const void *b) { return str_cmp(((const struct reach *)a)->operation, ((const struct reach *)b)->operation); }

/* Copied into the changes' own memory, each operation once. */
static void give_reach(struct changes *out, struct cause *x)
{
	struct change *change = &out->items[x->index];
	size_t kept = 1;
	qsort(x->reach, x->count, sizeof(*x->reach), by_operation);
	for (size_t i = 1; i < x->count; i++) {
		if (str_eq(x->reach[kept - 1].operation, x->reach[i].operation))
			x->reach[kept - 1].direction |= x->reach[i].direction;
		else
			x->reach[kept++] = x->reach[i];
	}
	struct reach *copy = ARENA_ARRAY(&out->arena, kept, struct reach);
	if (copy)
		memcpy(copy, x->reach, kept * sizeof(*copy));
	change->reach = copy;
	change->reach_count = copy ? kept : 0;
}

void causes_done(struct causes *c)
{
	for (struct cause *x = c->first; x; x = x->next)
		if (x->index != SIZE_MAX && x->count)
			give_reach(c->out, x);
}
