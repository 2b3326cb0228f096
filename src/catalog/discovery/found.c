/* See found.h. Each key has a small arena of its own, so that replacing one costs nothing else. */
#include "catalog/discovery/found.h"
#include "base/check.h"
#include <stdlib.h>

enum { ENTRY_MEMORY = 8 << 20, ENTRY_CHUNK = 512 };

void found_init(struct found *f)
{
	*f = (struct found){ 0 };
	map_init(&f->entries, FOUND_KEYS_MAX);
}

static void entry_free(struct found *f, struct found_entry *e)
{
	f->instances -= e->count;
	arena_release(&e->arena);
	free(e);
}

void found_release(struct found *f)
{
	for (uint32_t i = 0; i < f->entries.count; i++)
		entry_free(f, f->entries.entries[i].value);
	map_release(&f->entries);
	*f = (struct found){ 0 };
}

static struct str copy(struct found_entry *e, struct str s) { return arena_str(&e->arena, str_sub(s, 0, FOUND_TEXT_MAX)); }

static struct found_entry *entry_new(struct str key, const struct instance *items, size_t count)
{
	struct found_entry *e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	arena_init(&e->arena, ENTRY_MEMORY);
	e->arena.chunk_most = ENTRY_CHUNK;
	e->key = arena_str(&e->arena, key);
	e->items = ARENA_ARRAY(&e->arena, count, struct instance);
	for (size_t i = 0; e->items && i < count; i++)
		e->items[i] = (struct instance){ copy(e, items[i].service), copy(e, items[i].id), copy(e, items[i].address), copy(e, items[i].owner), items[i].health };
	e->count = count;
	if (!e->arena.full)
		return e;
	arena_release(&e->arena);
	free(e);
	return NULL;
}

void found_put(struct found *f, struct str key, const struct instance *items, size_t count)
{
	found_remove(f, key);
	f->cut |= count > FOUND_KEY_INSTANCES_MAX || f->instances + count > FOUND_INSTANCES_MAX;
	count = count > FOUND_KEY_INSTANCES_MAX ? FOUND_KEY_INSTANCES_MAX : count;
	if (!count || f->instances + count > FOUND_INSTANCES_MAX)
		return;
	struct found_entry *e = entry_new(key, items, count);
	if (e && map_put(&f->entries, e->key, e)) {
		e->marked = true;
		f->instances += count;
		return;
	}
	f->cut = true;
	if (e) {
		arena_release(&e->arena);
		free(e);
	}
}

void found_remove(struct found *f, struct str key)
{
	struct found_entry *e = map_remove(&f->entries, key);
	if (e)
		entry_free(f, e);
}

void found_begin(struct found *f)
{
	f->cut = false;
	for (uint32_t i = 0; i < f->entries.count; i++)
		((struct found_entry *)f->entries.entries[i].value)->marked = false;
}

void found_keep(struct found *f, struct str key)
{
	struct found_entry *e = map_get(&f->entries, key);
	if (e)
		e->marked = true;
}

void found_sweep(struct found *f)
{
	for (uint32_t i = f->entries.count; i-- > 0;) { /* what takes a removed one's place was looked at */
		struct found_entry *e = f->entries.entries[i].value;
		if (!e->marked)
			found_remove(f, e->key);
	}
}

const char *instance_health_name(enum instance_health h)
{
	static const char *const names[] = { "unknown", "passing", "warning", "critical" };
	return names[h];
}

/* --- by service ---------------------------------------------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) { return str_cmp(((const struct found_service *)a)->service, ((const struct found_service *)b)->service); }

static struct found_service *service_of(struct map *at, struct found_service *list, size_t *n, struct str name, struct arena *a)
{
	struct found_service *s = map_get(at, name);
	if (s)
		return s;
	s = &list[*n];
	*s = (struct found_service){ .service = arena_str(a, name) };
	if (!s->service.p || !map_put(at, s->service, s))
		return NULL;
	(*n)++;
	return s;
}

static void count(struct found_service *s, const struct instance *x, struct arena *a)
{
	s->instances++;
	s->passing += x->health == INSTANCE_PASSING;
	s->critical += x->health == INSTANCE_CRITICAL;
	if (!s->first.len && x->address.len)
		s->first = arena_str(a, x->address);
	if (!s->owner.len && x->owner.len)
		s->owner = arena_str(a, x->owner);
}

const struct found_service *found_services(const struct found *f, struct arena *a, size_t *n)
{
	struct found_service *list = ARENA_ARRAY(a, f->instances + 1, struct found_service);
	struct map at;
	*n = 0;
	map_init(&at, FOUND_INSTANCES_MAX);
	for (uint32_t i = 0; list && i < f->entries.count; i++) {
		const struct found_entry *e = f->entries.entries[i].value;
		for (size_t k = 0; k < e->count; k++) {
			struct found_service *s = service_of(&at, list, n, e->items[k].service, a);
			if (s)
				count(s, &e->items[k], a);
		}
	}
	map_release(&at);
	if (!list || a->full)
		return NULL;
	qsort(list, *n, sizeof(*list), by_name);
	return list;
}
