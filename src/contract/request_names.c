/* See request_names.h. */
#include "contract/request_names.h"

static bool reaches_requests(const struct change *x)
{
	for (size_t i = 0; x->level >= CHANGE_WARNING && i < x->reach_count; i++)
		if (x->reach[i].direction & REACH_REQUEST)
			return true;
	return false;
}

bool request_names_init(struct request_names *n, struct changes *out, size_t first, struct arena *a)
{
	*n = (struct request_names){ .out = out };
	map_init(&n->by_subject, CHANGES_MAX);
	for (size_t i = first; i < out->count; i++) {
		struct change *x = &out->items[i];
		if (!reaches_requests(x) || !ARENA_PUSH_ROOM(a, n->wanted, n->count, n->capacity))
			continue;
		n->wanted[n->count++] = (struct wanted_name){ x->subject, i, (size_t)(uintptr_t)map_get(&n->by_subject, x->subject) };
		map_put(&n->by_subject, x->subject, (void *)(uintptr_t)n->count);
	}
	return n->count > 0;
}

void request_names_release(struct request_names *n) { map_release(&n->by_subject); }

static bool is_known(const struct change *x, struct str operation, struct str name)
{
	for (size_t i = 0; i < x->fields_count; i++)
		if (str_eq(x->fields[i].operation, operation) && str_eq(x->fields[i].name, name))
			return true;
	return false;
}

/* The list grows by doubling; its room is the next power of two. */
static void add(struct arena *a, struct change *x, struct str operation, struct str name)
{
	if (x->fields_count == REQUEST_NAMES_MAX || is_known(x, operation, name))
		return;
	if ((x->fields_count & (x->fields_count - 1)) == 0) {
		struct change_field *more = ARENA_ARRAY(a, x->fields_count ? 2 * x->fields_count : 1, struct change_field);
		if (!more)
			return;
		if (x->fields_count)
			memcpy(more, x->fields, x->fields_count * sizeof(*more));
		x->fields = more;
	}
	x->fields[x->fields_count++] = (struct change_field){ arena_str(a, operation), arena_str(a, name) };
}

void request_names_add(struct request_names *n, struct str subject, struct str operation, struct str name)
{
	for (size_t i = (size_t)(uintptr_t)map_get(&n->by_subject, subject); i; i = n->wanted[i - 1].next)
		add(&n->out->arena, &n->out->items[n->wanted[i - 1].change], operation, name);
}
