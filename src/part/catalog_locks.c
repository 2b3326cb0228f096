/* See catalog_locks.h: first all folders are walked for names, then files are read unless they are what they were. */
#include "part/catalog_locks.h"
#include "base/check.h"
#include "base/map.h"
#include "catalog/crawl/files.h"
#include "catalog/crawl/reading.h"
#include "catalog/crawl/units.h"
#include <stdlib.h>

enum { FOLDERS_DEPTH = 32, FOLDERS_MAX = 1 << 20, READING_MEMORY = 768 << 20, WALK_MEMORY = 512 << 20 };

/* --- where they lie ------------------------------------------------------------------------------------------------------------------------------------ */

struct locks_walk {
	struct catalog_locks *to;
	struct arena *scratch;         /* names of folders */
	const struct picture *p;
	struct str top, prefix;        /* folder that is walked; what it is called within its repository */
	const struct repository *r;    /* NULL: the folder of a service of the fleet */
	const struct units_index *x;
	const struct picture_service *service; /* where r is NULL */
	struct str folder;             /* absolute, that is being listed */
	size_t depth, folders;
	struct map seen;               /* paths, as one clone may be found through two folders */
};

/* The picture's service of a unit; NULL: it says the same as another's. */
static const struct picture_service *service_of(const struct locks_walk *w, const struct unit *u)
{
	for (size_t i = 0; i < w->p->count; i++)
		if (w->p->services[i].unit == u && w->p->services[i].repository == w->r)
			return &w->p->services[i];
	return NULL;
}

/* Of the file in the folder at hand: NULL, the repository's as a whole. False: of a unit that is told of elsewhere. */
static bool whose(struct locks_walk *w, const struct picture_service **s)
{
	struct str below = w->folder.len > w->top.len ? str_skip(w->folder, w->top.len + 1) : STR("");
	struct str root = !w->prefix.len ? below : below.len ? arena_printf(w->scratch, "%.*s/%.*s", STR_FMT(w->prefix), STR_FMT(below)) : w->prefix;
	size_t unit = units_index_find(w->x, root);
	*s = unit == SIZE_MAX ? NULL : service_of(w, &w->r->units[unit]);
	return unit == SIZE_MAX || *s;
}

static bool no_room(struct locks_walk *w)
{
	w->to->cut = true;
	return false;
}

static void mix(struct catalog_locks *l, const struct package_file *f, const struct sys_stat *st)
{
	uint64_t step[6] = { l->fingerprint, str_hash(f->path), str_hash(f->service), str_hash(f->repository), (uint64_t)st->modified, (uint64_t)st->size };
	l->fingerprint = str_hash(str_from((const char *)step, sizeof(step)));
}

static bool lock_file(struct locks_walk *w, struct str path)
{
	static char marked;
	struct catalog_locks *l = w->to;
	struct sys_stat st;
	struct str better = packages_better(path), folder = w->folder;
	if (sys_is_link(path) || sys_stat(path, &st) < 0 || !st.regular || map_get(&w->seen, path))
		return true;
	struct sys_stat other;
	if (better.len && sys_stat(arena_printf(w->scratch, "%.*s/%.*s", STR_FMT(folder), STR_FMT(better)), &other) >= 0 && other.regular)
		return true;
	const struct picture_service *s = w->service;
	if (w->r && !whose(w, &s))
		return true;
	if (l->index.files_count == LOCKS_FILES_MAX)
		return no_room(w);
	struct package_file f = { arena_str(&l->arena, s ? s->name : STR("")), arena_str(&l->arena, w->top), arena_str(&l->arena, path), 0, 0 };
	if (!f.path.p || !ARENA_PUSH_ROOM(&l->arena, l->index.files, l->index.files_count, l->index.files_capacity) || !map_put(&w->seen, f.path, &marked))
		return false;
	l->index.files[l->index.files_count++] = f;
	mix(l, &f, &st);
	return true;
}

static bool one_name(void *ctx, struct str name, bool directory)
{
	struct locks_walk *w = ctx;
	struct str before = w->folder;
	struct sys_stat st;
	if (!directory && !packages_is_lock(name))
		return true;
	struct str path = arena_printf(w->scratch, "%.*s/%.*s", STR_FMT(before), STR_FMT(name));
	if (!path.p || path.len > CRAWL_PATH_MAX)
		return path.p ? true : no_room(w);
	if (!directory)
		return lock_file(w, path);
	if (w->depth == FOLDERS_DEPTH || crawl_skips(name) || str_eq(name, STR(".git")) || str_eq(name, STR(".pleach")) || sys_is_link(path))
		return true;
	if (sys_stat(arena_printf(w->scratch, "%.*s/.git", STR_FMT(path)), &st) >= 0)
		return true; /* a repository of its own */
	if (++w->folders > FOLDERS_MAX)
		return no_room(w);
	w->folder = path;
	w->depth++;
	sys_list(path, one_name, w);
	w->depth--;
	w->folder = before;
	return !w->to->cut && !w->to->arena.full;
}

static bool of_repository(struct locks_walk *w, const struct repository *r, struct str folder)
{
	struct units_index *x = units_index_new(r);
	w->r = r;
	w->x = x;
	w->top = w->folder = folder;
	w->prefix = r->prefix;
	if (x)
		sys_list(w->folder, one_name, w); /* a folder that is gone has no files */
	units_index_free(x);
	arena_reset(w->scratch);
	return x && !w->to->arena.full;
}

static int deepest_first(const void *x, const void *y)
{
	const struct service *a = *(const struct service *const *)x, *b = *(const struct service *const *)y;
	return a->directory.len != b->directory.len ? (a->directory.len > b->directory.len ? -1 : 1) : str_cmp(a->name, b->name);
}

/* A fleet need not be a repository. */
static bool of_fleet(struct locks_walk *w, const struct fleet *f)
{
	const struct service **sorted = ARENA_ARRAY(&w->to->arena, f->services_count + 1, const struct service *);
	for (size_t i = 0; sorted && i < f->services_count; i++)
		sorted[i] = &f->services[i];
	if (sorted)
		qsort(sorted, f->services_count, sizeof(*sorted), deepest_first);
	for (size_t i = 0; sorted && i < f->services_count && !w->to->arena.full; i++) {
		w->r = NULL;
		w->service = picture_service(w->p, sorted[i]->name);
		w->top = w->folder = sorted[i]->directory;
		if (w->service && w->top.len)
			sys_list(w->folder, one_name, w);
		arena_reset(w->scratch);
	}
	return sorted && !w->to->arena.full;
}

/* folder: where the repository's files lie; p == NULL: where each says. */
static bool find_all(struct catalog_locks *l, const struct picture *p, const struct fleet *f, struct str folder)
{
	struct arena scratch;
	struct locks_walk w = { .to = l, .scratch = &scratch, .p = p };
	bool ok = true;
	arena_init(&scratch, WALK_MEMORY);
	map_init(&w.seen, LOCKS_FILES_MAX + 1);
	for (size_t i = 0; ok && i < p->repositories_count; i++)
		ok = of_repository(&w, &p->repositories[i], folder.p ? folder : p->repositories[i].path);
	ok = ok && (!f || of_fleet(&w, f));
	map_release(&w.seen);
	arena_release(&scratch);
	return ok;
}

/* --- what they say ------------------------------------------------------------------------------------------------------------------------------------- */

struct locks_reading { struct catalog_locks *to; struct arena *scratch; struct map known; /* "type name version" to number + 1 */ size_t bytes; };

static bool problem(struct catalog_locks *l, struct str path, const struct err *e)
{
	if (l->problems_count == LOCKS_PROBLEMS_MAX)
		return true;
	if (!ARENA_PUSH_ROOM(&l->arena, l->problems, l->problems_count, l->problems_capacity))
		return false;
	l->problems[l->problems_count++] = (struct lock_problem){ path, arena_str(&l->arena, str_z(e->message)), e->line };
	return true;
}

static uint32_t package(struct locks_reading *r, const struct package *p)
{
	struct catalog_locks *l = r->to;
	struct str key = arena_printf(r->scratch, "%d %.*s %.*s", (int)p->type, STR_FMT(p->name), STR_FMT(p->version));
	uintptr_t at = key.p ? (uintptr_t)map_get(&r->known, key) : 0;
	if (at)
		return (uint32_t)(at - 1);
	key = arena_str(&l->arena, key);
	struct package mine = { .type = p->type, .name = arena_str(&l->arena, p->name), .version = arena_str(&l->arena, p->version), .abandoned = arena_str(&l->arena, p->abandoned) };
	if (!key.p || !mine.name.p || !mine.version.p || !mine.abandoned.p || !ARENA_PUSH_ROOM(&l->arena, l->index.packages, l->index.packages_count, l->index.packages_capacity) ||
	    !map_put(&r->known, key, (void *)(uintptr_t)(l->index.packages_count + 1)))
		return UINT32_MAX;
	l->index.packages[l->index.packages_count] = mine;
	return (uint32_t)l->index.packages_count++;
}

static bool take(struct locks_reading *r, size_t file, const struct package_list *found)
{
	struct catalog_locks *l = r->to;
	l->index.files[file].first = l->index.mentions_count;
	for (size_t i = 0; i < found->count; i++) {
		uint32_t n = package(r, &found->items[i]);
		if (n == UINT32_MAX || !ARENA_PUSH_ROOM(&l->arena, l->index.mentions, l->index.mentions_count, l->index.mentions_capacity))
			return false;
		l->index.mentions[l->index.mentions_count++] = (struct package_mention){ n, found->items[i].line, found->items[i].use };
	}
	l->index.files[file].count = found->count;
	return true;
}

static bool read_one(struct locks_reading *r, size_t file)
{
	struct catalog_locks *l = r->to;
	struct err wrong = { 0 };
	struct str text, path = l->index.files[file].path;
	struct package_list found = { 0 };
	arena_reset(r->scratch);
	if (!sys_read_file(path, PACKAGES_TEXT_MAX, r->scratch, &text, &wrong))
		return problem(l, path, &wrong);
	r->bytes += text.len;
	if (!packages_read(&found, r->scratch, path, text, &wrong))
		return problem(l, path, &wrong);
	if (l->index.mentions_count + found.count > LOCKS_USES_MAX || r->bytes > LOCKS_BYTES_MAX) {
		l->cut = true;
		return true;
	}
	return take(r, file, &found);
}

static bool read_all(struct catalog_locks *l)
{
	struct arena scratch;
	struct locks_reading r = { .to = l, .scratch = &scratch };
	bool ok = true;
	arena_init(&scratch, READING_MEMORY);
	map_init(&r.known, LOCKS_USES_MAX);
	for (size_t i = 0; ok && i < l->index.files_count && r.bytes <= LOCKS_BYTES_MAX; i++)
		ok = read_one(&r, i);
	map_release(&r.known);
	arena_release(&scratch);
	return ok;
}

static struct catalog_locks *locks_new(void)
{
	struct catalog_locks *l = calloc(1, sizeof(*l));
	if (l) {
		arena_init(&l->arena, LOCKS_MEMORY);
		l->fingerprint = 1;
	}
	return l;
}

static struct catalog_locks *no_memory(struct catalog_locks *l, struct err *e)
{
	catalog_locks_free(l);
	err_set(e, ERR_NO_MEMORY, "what lock files say does not fit into the memory for it; look at fewer folders");
	return NULL;
}

struct catalog_locks *catalog_locks_make(const struct picture *p, const struct fleet *f, const struct catalog_locks *before, bool *same, struct err *e)
{
	struct catalog_locks *l = locks_new();
	bool ok = l && find_all(l, p, f, (struct str){ 0 });
	*same = ok && before && before->fingerprint == l->fingerprint && before->index.files_count == l->index.files_count;
	if (*same) {
		catalog_locks_free(l);
		return NULL;
	}
	return ok && read_all(l) ? l : no_memory(l, e);
}

struct catalog_locks *catalog_locks_at(const struct picture *p, const struct fleet *f, struct str folder, struct err *e)
{
	struct catalog_locks *l = locks_new();
	return l && find_all(l, p, f, folder) && read_all(l) ? l : no_memory(l, e);
}

void catalog_locks_free(struct catalog_locks *l)
{
	if (!l)
		return;
	arena_release(&l->arena);
	free(l);
}
