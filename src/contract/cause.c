/* The table of causes and their reach. A change's place in `out` is kept as its index, since the list grows. */
#include "contract/cause.h"
#include <stdlib.h>

enum { CAUSES_BYTES = 256 << 20, CAUSES_FIRST = 256 };
struct cause {
	enum change_kind kind;
	struct str subject, detail;
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

static uint64_t key_hash(enum change_kind kind, struct str subject, struct str detail)
{
	const uint64_t parts[3] = { kind, str_hash(subject), str_hash(detail) };
	return str_hash(str_from((const char *)parts, sizeof(parts)));
}

static struct cause **slot_of(struct causes *c, enum change_kind kind, struct str subject, struct str detail, uint64_t hash)
{
	for (size_t at = hash & (c->capacity - 1);; at = (at + 1) & (c->capacity - 1)) {
		const struct cause *x = c->slots[at];
		if (!x || (x->hash == hash && x->kind == kind && str_eq(x->subject, subject) && str_eq(x->detail, detail)))
			return &c->slots[at];
	}
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
		*slot_of(c, x->kind, x->subject, x->detail, x->hash) = x;
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

static struct change *start(struct causes *c, struct cause *x, const struct cause_key *key)
{
	struct changes *out = c->out;
	struct change *change = changes_add(out, x->kind, x->subject, x->detail);
	x->index = change ? (size_t)(change - out->items) : SIZE_MAX;
	if (change) {
		change->old_place = spot_place(key->before);
		change->new_place = spot_place(key->after);
	}
	return change;
}

struct change *cause_seen(struct causes *c, const struct cause_key *key, struct str subject, struct str operation, enum reach_direction direction)
{
	if (!make_room(c)) {
		c->out->dropped++;
		return NULL;
	}
	uint64_t hash = key_hash(key->kind, subject, key->detail);
	struct cause **slot = slot_of(c, key->kind, subject, key->detail, hash), *x = *slot;
	if (x) {
		add_reach(c, x, operation, direction);
		return NULL;
	}
	if (!(x = ARENA_NEW(&c->arena, struct cause))) {
		c->out->dropped++;
		return NULL;
	}
	*x = (struct cause){ .kind = key->kind, .hash = hash, .subject = arena_str(&c->out->arena, subject), .detail = arena_str(&c->out->arena, key->detail) };
	*slot = x;
	c->count++;
	*(c->last ? &c->last->next : &c->first) = x;
	c->last = x;
	add_reach(c, x, operation, direction);
	return start(c, x, key);
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
