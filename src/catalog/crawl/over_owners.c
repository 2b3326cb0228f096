/* Whom Gerrit's OWNERS files name (model/owners.h), laid over the services (over.h). Kubernetes' form is read elsewhere (read_text.c). */
#include "base/map.h"
#include "catalog/crawl/over.h"
#include "catalog/crawl/units.h"
#include "model/owners.h"
#include <stdlib.h>

enum { CLAIMS_MOST = 16 /* of one service */ };
struct tally { struct tally_key { size_t unit; const struct owners_grant *grant; } key; size_t files; };
struct laying {
	struct over *o;
	bool (*text)(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e);
	void *ctx;
	struct owners owners;
	struct map index;              /* of tallies, by their keys: place + 1 */
	struct tally *tallies;
	size_t count, capacity, unit;  /* unit: whose file is asked about */
	bool full;
};

static const struct crawl_file *file_at(const struct over *o, struct str path)
{
	size_t low = 0, high = o->files->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = str_cmp(o->files->items[middle].path, path);
		if (c == 0)
			return &o->files->items[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool text_at(void *ctx, struct str path, struct arena *a, struct str *text, struct err *e)
{
	struct laying *l = ctx;
	const struct crawl_file *f = file_at(l->o, path);
	*text = (struct str){ 0 };
	return !f || l->text(l->ctx, f, a, text, e);
}

static void problem(void *ctx, struct str file, uint32_t line, struct str words)
{
	struct laying *l = ctx;
	struct repository *r = l->o->repository;
	if (r->problems_count < REPOSITORY_PROBLEMS_MAX && ARENA_PUSH_ROOM(l->o->arena, r->problems, r->problems_count, r->problems_capacity))
		r->problems[r->problems_count++] = (struct crawl_problem){ file, words, line, 1 };
}

/* A part of a repository does not know what lies outside of it. */
static bool hidden(void *ctx, struct str path)
{
	const struct laying *l = ctx;
	return l->o->repository->prefix.len || (path.p && crawl_skips_path(path));
}

static void count(void *ctx, const struct owners_grant *g)
{
	struct laying *l = ctx;
	struct tally_key key = { l->unit, g };
	uintptr_t at = (uintptr_t)map_get(&l->index, str_from((const char *)&key, sizeof(key)));
	if (at) {
		l->tallies[at - 1].files++;
		return;
	}
	struct tally_key *kept = ARENA_NEW(l->o->arena, struct tally_key);
	if (!kept || !ARENA_PUSH_ROOM(l->o->arena, l->tallies, l->count, l->capacity)) {
		l->full = true;
		return;
	}
	*kept = key;
	l->tallies[l->count++] = (struct tally){ key, 1 };
	l->full = l->full || !map_put(&l->index, str_from((const char *)kept, sizeof(*kept)), (void *)(uintptr_t)l->count);
}

static int by_unit(const void *x, const void *y)
{
	const struct tally *a = x, *b = y;
	if (a->key.unit != b->key.unit)
		return a->key.unit < b->key.unit ? -1 : 1;
	if (a->files != b->files)
		return a->files > b->files ? -1 : 1;
	int file = str_cmp(a->key.grant->file, b->key.grant->file);
	return file ? file : (a->key.grant->line > b->key.grant->line) - (a->key.grant->line < b->key.grant->line);
}

/* Whoever owns about as many of its files as the one with most. */
static void tell(struct laying *l, const size_t *files)
{
	struct over *o = l->o;
	size_t most = 0, told = 0;
	for (size_t i = 0; i < l->count; i++) {
		const struct tally *t = &l->tallies[i];
		const struct owners_grant *g = t->key.grant;
		bool first = !i || t->key.unit != l->tallies[i - 1].key.unit;
		most = first ? t->files : most;
		told = first ? 0 : told;
		if (10 * t->files < 9 * most || told++ >= CLAIMS_MOST)
			continue;
		const struct crawl_file *file = file_at(o, g->file);
		struct str detail = t->files == files[t->key.unit] ? STR("") : arena_printf(o->arena, "%zu of its %zu files", t->files, files[t->key.unit]);
		unit_claim(o->arena, &o->repository->units[t->key.unit],
			   &(struct claim){ .key = CLAIM_OWNER, .source = SOURCE_OWNERS, .value = g->who, .detail = detail, .file = g->file, .line = g->line, .time = file && file->time ? file->time : over_changed(o->history, g->file) });
	}
}

bool over_owners(struct over *o, bool (*text)(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e), void *ctx, struct err *e)
{
	struct laying l = { .o = o, .text = text, .ctx = ctx };
	bool ok = true, any = false;
	owners_init(&l.owners, o->arena, false, (struct owners_source){ text_at, problem, hidden, &l });
	map_init(&l.index, CRAWL_FILES_MAX);
	for (size_t i = 0; i < o->files->count && ok; i++)
		if (str_eq(path_name(o->files->items[i].path), STR("OWNERS"))) {
			ok = owners_read(&l.owners, o->files->items[i].path, e);
			any = true;
		}
	size_t *unit = any && ok ? over_units(o) : NULL, *files = unit ? ARENA_ARRAY(o->arena, o->repository->units_count + 1, size_t) : NULL;
	for (size_t i = 0; files && i < o->files->count && ok; i++)
		if (unit[i] != SIZE_MAX) {
			l.unit = unit[i];
			files[unit[i]]++;
			ok = owners_of(&l.owners, o->files->items[i].path, count, &l, e);
		}
	if (files && l.count)
		qsort(l.tallies, l.count, sizeof(*l.tallies), by_unit);
	if (files)
		tell(&l, files);
	map_release(&l.index);
	owners_release(&l.owners);
	return ok && ((!l.full && !o->arena->full) || err_set(e, ERR_NO_MEMORY, "what OWNERS files say does not fit into memory"));
}
