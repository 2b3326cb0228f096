/* See catalog_copies.h. */
#include "part/catalog_copies.h"
#include "base/check.h"
#include "catalog/copies/tokens.h"
#include "catalog/crawl/files.h"
#include "catalog/crawl/reading.h"
#include "catalog/crawl/units.h"
#include <stdlib.h>

enum { TEXTS_MEMORY = 1 << 30 };

/* Every code file of all services. */
struct gathering { struct arena *a; struct copies_file *files; const struct picture_service **services; size_t count, capacity, service_capacity, bytes; bool cut; };

static bool add(struct gathering *g, const struct picture_service *s, struct str path)
{
	struct str text;
	struct err ignored = { 0 };
	if (g->count == COPIES_FILES_MAX || g->bytes > COPIES_BYTES_MAX) {
		g->cut = true;
		return false;
	}
	if (sys_is_link(path) || !sys_read_file(path, CRAWL_FILE_BYTES, g->a, &text, &ignored))
		return !g->a->full;
	if (!ARENA_PUSH_ROOM(g->a, g->files, g->count, g->capacity) || (g->service_capacity < g->capacity && !arena_grow(g->a, (void **)&g->services, g->count, &g->service_capacity, sizeof(*g->services))))
		return false;
	g->bytes += text.len;
	g->services[g->count] = s;
	g->files[g->count++] = (struct copies_file){ path, text };
	return true;
}

/* The picture's service of each unit of a repository; NULL: it says the same as another's. */
static const struct picture_service *service_of(const struct picture *p, const struct repository *r, const struct unit *u)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->services[i].unit == u && p->services[i].repository == r)
			return &p->services[i];
	return NULL;
}

static bool of_repository(struct gathering *g, const struct picture *p, const struct repository *r)
{
	struct crawl_target t = { .path = r->path, .top = STR("") };
	struct crawl_files files;
	struct err ignored = { 0 };
	struct units_index *x = units_index_new(r);
	const struct picture_service **services = ARENA_ARRAY(g->a, r->units_count + 1, const struct picture_service *);
	bool ok = x && services;
	for (size_t i = 0; ok && i < r->units_count; i++)
		services[i] = service_of(p, r, &r->units[i]);
	/* A bare clone has no files to be walked: nothing of it looks like code. */
	bool walked = ok && crawl_files_of(&t, STR(""), g->a, &files, &ignored);
	for (size_t k = 0; walked && k < files.count && ok; k++) {
		unsigned comments;
		struct str path = r->prefix.len ? arena_printf(g->a, "%.*s/%.*s", STR_FMT(r->prefix), STR_FMT(files.items[k].path)) : files.items[k].path;
		size_t unit = tokens_kind(path, &comments) ? units_index_find(x, path_folder(path)) : SIZE_MAX;
		if (unit != SIZE_MAX && services[unit])
			ok = add(g, services[unit], arena_printf(g->a, "%.*s/%.*s", STR_FMT(r->path), STR_FMT(files.items[k].path)));
	}
	units_index_free(x);
	return ok || g->cut;
}

static struct copied_pair *pair(struct catalog_copies *c, const struct picture_service *a, const struct picture_service *b)
{
	for (size_t i = 0; i < c->count; i++)
		if ((c->pairs[i].a == a && c->pairs[i].b == b) || (c->pairs[i].a == b && c->pairs[i].b == a))
			return &c->pairs[i];
	if (!ARENA_PUSH_ROOM(&c->arena, c->pairs, c->count, c->capacity))
		return NULL;
	c->pairs[c->count] = (struct copied_pair){ .a = a, .b = b };
	return &c->pairs[c->count++];
}

static void put(struct catalog_copies *c, const struct gathering *g, const struct copy *x)
{
	struct copied_pair *p = g->services[x->a] == g->services[x->b] ? NULL : pair(c, g->services[x->a], g->services[x->b]);
	if (!p)
		return;
	bool turned = p->a != g->services[x->a];
	struct copied_place at = { arena_str(&c->arena, g->files[turned ? x->b : x->a].path), arena_str(&c->arena, g->files[turned ? x->a : x->b].path), turned ? x->b_from : x->a_from,
				   turned ? x->b_to : x->a_to, turned ? x->a_from : x->b_from, turned ? x->a_to : x->b_to };
	size_t i = p->places_count;
	p->lines += at.b_to - at.b_from + 1;
	while (i > 0 && p->places[i - 1].b_to - p->places[i - 1].b_from < at.b_to - at.b_from)
		i--;
	if (i == COPIES_PLACES_SHOWN)
		return;
	p->places_count += p->places_count < COPIES_PLACES_SHOWN;
	memmove(&p->places[i + 1], &p->places[i], (p->places_count - 1 - i) * sizeof(p->places[0]));
	p->places[i] = at;
}

static int by_lines(const void *x, const void *y)
{
	const struct copied_pair *a = x, *b = y;
	if (a->lines != b->lines)
		return a->lines > b->lines ? -1 : 1;
	int order = str_cmp(a->a->name, b->a->name);
	return order ? order : str_cmp(a->b->name, b->b->name);
}

static bool run(struct catalog_copies *c, struct gathering *g, const struct picture *p, struct err *e)
{
	struct copies found;
	for (size_t i = 0; i < p->repositories_count; i++)
		if (!of_repository(g, p, &p->repositories[i]))
			return err_set(e, ERR_NO_MEMORY, "the code does not fit into the memory for it; look at fewer folders");
	if (!copies_find(&found, g->a, g->files, g->count, false, e))
		return false;
	for (size_t i = 0; i < found.count; i++)
		put(c, g, &found.items[i]);
	c->files = found.files;
	c->tokens = found.tokens;
	c->cut = found.cut || g->cut;
	if (c->count)
		qsort(c->pairs, c->count, sizeof(*c->pairs), by_lines);
	return true;
}

struct catalog_copies *catalog_copies_make(const struct picture *p, struct err *e)
{
	struct catalog_copies *c = calloc(1, sizeof(*c));
	struct arena texts;
	if (!c) {
		err_set(e, ERR_NO_MEMORY, "the code does not fit into the memory for it; look at fewer folders");
		return NULL;
	}
	arena_init(&c->arena, 256 << 20);
	arena_init(&texts, (size_t)4 * TEXTS_MEMORY);
	struct gathering g = { .a = &texts };
	bool ok = run(c, &g, p, e);
	arena_release(&texts);
	if (ok)
		return c;
	catalog_copies_free(c);
	return NULL;
}

void catalog_copies_free(struct catalog_copies *c)
{
	if (!c)
		return;
	arena_release(&c->arena);
	free(c);
}

static void side(struct json_out *o, const char *key, const struct picture_service *s)
{
	json_out_key(o, str_z(key));
	json_out_object(o);
	json_kv_str(o, "service", s->name);
	json_kv_str(o, "owner", s->owner);
	json_out_end(o);
}

void catalog_copies_json(struct json_out *o, const struct catalog_copies *c, struct str missing)
{
	json_out_object(o);
	json_kv_str(o, "missing", missing);
	json_kv_u64(o, "files", c->files);
	json_kv_u64(o, "tokens", c->tokens);
	json_kv_bool(o, "cut", c->cut);
	json_out_key(o, STR("pairs"));
	json_out_array(o);
	for (size_t i = 0; i < c->count; i++) {
		json_out_object(o);
		side(o, "a", c->pairs[i].a);
		side(o, "b", c->pairs[i].b);
		json_kv_u64(o, "lines", c->pairs[i].lines);
		json_out_key(o, STR("places"));
		json_out_array(o);
		for (size_t k = 0; k < c->pairs[i].places_count; k++) {
			const struct copied_place *x = &c->pairs[i].places[k];
			json_out_object(o);
			json_kv_str(o, "a_file", x->a_file);
			json_kv_u64(o, "a_from", x->a_from);
			json_kv_u64(o, "a_to", x->a_to);
			json_kv_str(o, "b_file", x->b_file);
			json_kv_u64(o, "b_from", x->b_from);
			json_kv_u64(o, "b_to", x->b_to);
			json_out_end(o);
		}
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
