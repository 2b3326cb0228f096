/* The cache of segments' tables (segment_cache.h): a list by last use. An entry is a file with its places; its index and tables are
 * let go on their own when only the cache holds them (`strip`), the file when there are too many. */
#include "store/segment_cache.h"
#include "base/check.h"
#include "base/metric.h"
#include <string.h>

void segment_cache_init(struct segment_cache *c, size_t limit)
{
	int64_t most = sys_handles() / 4;
	*c = (struct segment_cache){.limit = limit, .most_files = most < CACHE_FILES ? (uint32_t)most : CACHE_FILES};
}

void segment_cache_release(struct segment_cache *c)
{
	CHECK(!c->newest && c->counted == 0);
	text_pool_release(&c->pool);
}

static void show(const struct segment_cache *c)
{
	metric_set(METRIC_STORE_CACHE_BYTES, (int64_t)segment_cache_bytes(c));
	metric_set(METRIC_STORE_CACHE_FILES, c->files);
}

/* --- the list
 * -------------------------------------------------------------------------------------------------------------------------------
 */

static void link_newest(struct segment_cache *c, struct segment_tables *t)
{
	t->newer = NULL;
	t->older = c->newest;
	if (c->newest)
		c->newest->newer = t;
	else
		c->oldest = t;
	c->newest = t;
}

static void unlink_from(struct segment_cache *c, struct segment_tables *t)
{
	if (t->newer)
		t->newer->older = t->older;
	else
		c->newest = t->older;
	if (t->older)
		t->older->newer = t->newer;
	else
		c->oldest = t->newer;
}

/* --- letting go
 * ------------------------------------------------------------------------------------------------------------------------------ */

/* Index and tables; nobody looks at them. */
static void strip(struct segment_cache *c, struct segment_tables *t)
{
	if (t->dictionary.pooled)
		text_pool_unref(&c->pool, &t->dictionary);
	arena_clear(&t->arena);
	c->counted -= t->counted;
	t->counted = 0;
	t->indexed = t->surplus = false;
	t->blocks = NULL;
	t->resources = NULL;
	t->names = NULL;
	t->shapes = NULL;
	t->dictionary = (struct dictionary_view){0};
	memset(t->pages, 0, sizeof(t->pages));
	t->block_count = t->resource_count = t->name_count = t->shape_count = 0;
}

static void unref(struct segment_cache *c, struct segment_tables *t)
{
	if (t->refs == 1)
		strip(c, t);
	segment_tables_unref(t);
}

void segment_cache_drop(struct segment_cache *c, struct segment *s)
{
	struct segment_tables *t = s->cached;
	if (!t)
		return;
	unlink_from(c, t);
	c->files--;
	c->counted -= t->counted;
	t->counted = 0;
	t->owner = NULL;
	s->cached = NULL;
	unref(c, t);
	show(c);
}

static bool is_idle(const struct segment_tables *t, uint64_t began)
{
	return t->refs == 1 && t->used <= began;
}

static void make_room(struct segment_cache *c, uint64_t began)
{
	for (struct segment_tables *t = c->oldest; t && segment_cache_bytes(c) > c->limit; t = t->newer)
		if (t->counted && is_idle(t, began)) {
			strip(c, t);
			metric_inc(METRIC_STORE_CACHE_EVICTED);
		}
}

/* --- use
 * --------------------------------------------------------------------------------------------------------------------------------------
 */

/* Without a place in the list the tables are the reader's alone. */
static void admit(struct segment_cache *c, struct segment *s, struct segment_tables *t, uint64_t began)
{
	if (c->files >= c->most_files && is_idle(c->oldest, began))
		segment_cache_drop(c, c->oldest->owner);
	if (c->files >= c->most_files)
		return;
	t->refs++;
	t->owner = s;
	s->cached = t;
	c->files++;
	link_newest(c, t);
}

/* The system has no more descriptors: the cache gives back its own. */
static bool give_back_files(struct segment_cache *c)
{
	uint32_t files = c->files;
	for (struct segment_tables *t = c->oldest, *newer; t; t = newer) {
		newer = t->newer;
		if (t->refs == 1)
			segment_cache_drop(c, t->owner);
	}
	return c->files < files;
}

static struct segment_tables *open_tables(struct segment_cache *c, struct str directory, uint64_t number, struct err *e)
{
	struct segment_tables *t = segment_tables_new(directory, number, e);
	if (!t && e->code == ERR_SYSTEM && give_back_files(c)) {
		*e = (struct err){0};
		t = segment_tables_new(directory, number, e);
	}
	return t;
}

struct segment_tables *segment_cache_get(struct segment_cache *c, struct segment *s, uint64_t began, struct str directory,
                                         struct err *e)
{
	struct segment_tables *t = s->cached;
	if (t) {
		t->refs++;
		unlink_from(c, t);
		link_newest(c, t);
	} else {
		t = open_tables(c, directory, s->number, e);
		if (!t)
			return NULL;
		admit(c, s, t, began);
		show(c);
	}
	t->used = ++c->clock;
	return t;
}

void segment_cache_put(struct segment_cache *c, struct segment_tables *t)
{
	if (t->owner && t->surplus && t->refs == 2) {
		strip(c, t);
		metric_inc(METRIC_STORE_CACHE_EVICTED);
	}
	unref(c, t);
	show(c);
}

void segment_cache_grown(struct segment_cache *c, struct segment_tables *t, uint64_t began)
{
	if (!t->owner)
		return;
	c->counted += t->arena.used - t->counted;
	t->counted = t->arena.used;
	make_room(c, began);
	if (segment_cache_bytes(c) > c->limit)
		t->surplus = true;
	show(c);
}

bool segment_cache_dictionary(struct segment_cache *c, struct dictionary_view *v, struct arena *a, struct str section)
{
	return text_pool_dictionary(&c->pool, v, a, section);
}
