/* One repository (crawl.h): its files are read, its services made, then CODEOWNERS, history and fingerprints are laid over them. */
#include "catalog/crawl/crawl.h"
#include "base/check.h"
#include "base/map.h"
#include "catalog/crawl/files.h"
#include "catalog/crawl/over.h"
#include "catalog/crawl/units.h"
#include "catalog/people/history.h"
#include "model/git.h"
#include <stdio.h>

/* Texts one after the other, from git or the folder. */
struct texts { const struct crawl_target *target; struct git_batch batch; bool open; };

static bool texts_open(struct texts *t, struct arena *a, struct err *e)
{
	t->open = t->target->top.len && git_batch_open(&t->batch, a, t->target->top, e);
	return t->open || !t->target->top.len;
}

/* A file that is too large, or that a clone does not have, is passed over; *text is empty then. */
static bool texts_read(struct texts *t, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e)
{
	size_t size = 0;
	struct err wrong = { 0 };
	*text = STR("");
	if (!t->target->top.len) {
		struct str path = arena_printf(a, "%.*s/%.*s", STR_FMT(t->target->path), STR_FMT(f->path));
		if (path.p && !sys_is_link(path))
			sys_read_file(path, CRAWL_FILE_BYTES, a, text, &wrong);
		return true;
	}
	if (git_batch_read(&t->batch, f->id, CRAWL_FILE_BYTES, a, text, &size, e) && size <= CRAWL_FILE_BYTES)
		return true;
	/* The rest of a large object is still to come, and after a missing one git may have ended: a new git for the next. */
	bool ended = err_is_set(e) && e->code != ERR_INPUT;
	err_clear(e);
	git_batch_close(&t->batch);
	return !ended && texts_open(t, a, e);
}

static void texts_close(struct texts *t)
{
	if (t->open)
		git_batch_close(&t->batch);
}

static bool text_of(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e) { return texts_read(ctx, f, a, text, e); }

/* --- files ----------------------------------------------------------------------------------------------------------------------------------------- */

static void read_one(struct reading *r, const struct crawl_file *f, reading_f *how, struct str word, bool registry)
{
	struct err e = { 0 };
	bool known;
	r->file = f->path;
	if (!(registry ? read_registry(r, &known, &e) : how(r, word, &e)))
		reading_problem(r, &e);
}

/* The time of a file: of the newest commit that names it. */
static int64_t time_of(const struct map *times, const struct crawl_file *f)
{
	const struct history_commit *c = f->time ? NULL : map_get(times, f->path);
	return c ? c->time : f->time;
}

static bool read_files(struct reading *r, struct texts *t, const struct crawl_files *files, const struct map *times, struct err *e)
{
	struct arena scratch;
	bool ok = texts_open(t, r->arena, e);
	arena_init(&scratch, 64 << 20);
	for (size_t i = 0; ok && i < files->count; i++) {
		struct str word;
		bool registry;
		reading_f *how = reading_of(files->items[i].path, &word, &registry);
		if (!how)
			continue;
		r->scratch = &scratch;
		r->time = time_of(times, &files->items[i]);
		ok = texts_read(t, &files->items[i], &scratch, &r->text, e);
		if (ok && r->text.len && str_is_utf8(r->text))
			read_one(r, &files->items[i], how, word, registry);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
	return ok;
}

/* --- history ----------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_history(const struct crawl_target *t, struct str head, struct arena *a, struct history *h, struct err *e)
{
	char most[32];
	struct str words[] = { STR("log"), STR("-z"), STR("--name-status"), STR(HISTORY_MOVES), STR("--use-mailmap"), STR("--no-ext-diff"), STR("--no-show-signature"),
			       STR("--ignore-submodules=all") /* else git reads .gitmodules, and ends where that is wrong */, STR(HISTORY_FORMAT),
			       str_from(most, (size_t)snprintf(most, sizeof(most), "--max-count=%d", CRAWL_COMMITS)), head, STR("--"), t->prefix };
	struct buf out;
	buf_init(&out, GIT_LIST_MAX);
	bool ok = git_run(a, t->top, words, t->prefix.len ? ARRAY_LEN(words) : ARRAY_LEN(words) - 2, &out, e);
	struct str text = ok ? arena_str(a, buf_str(&out)) : STR("");
	buf_release(&out);
	return ok && history_read(h, a, text, e);
}

/* Where the history is cut off, git shows the commits at the edge as if they had written everything: they are taken out. */
static void cut_edge(const struct crawl_target *t, struct arena *a, struct history *h)
{
	struct str text, rest;
	struct err e = { 0 };
	struct map edge;
	size_t kept = 0;
	if (!t->shallow || !sys_read_file(arena_printf(a, "%.*s/shallow", STR_FMT(t->common)), 16 << 20, a, &text, &e))
		return;
	map_init(&edge, 1 << 20);
	for (rest = text; rest.p;)
		map_put(&edge, str_strip(str_split(&rest, '\n')), h);
	for (size_t i = 0; i < h->count; i++)
		if (!map_get(&edge, h->commits[i].id))
			h->commits[kept++] = h->commits[i];
	h->count = kept;
	map_release(&edge);
}

static void times_of(const struct history *h, struct map *times)
{
	for (size_t i = 0; i < h->count; i++)
		for (size_t k = 0; k < h->commits[i].count; k++) {
			struct str path = h->changes[h->commits[i].first + k].path, word;
			bool registry;
			if (reading_of(path, &word, &registry) && !map_get(times, path))
				map_put(times, path, &h->commits[i]);
		}
}

static void origin_of(const struct crawl_target *t, struct arena *a, struct repository *r)
{
	static const struct str words[] = { STR_INIT("config"), STR_INIT("--get"), STR_INIT("remote.origin.url") };
	struct buf out;
	struct err e = { 0 };
	buf_init(&out, 64 << 10);
	if (git_run(a, t->top, words, ARRAY_LEN(words), &out, &e)) {
		struct str url = str_strip(buf_str(&out));
		size_t scheme = str_find(url, STR("://")), at = str_find_char(url, '@');
		/* A password may stand in it. */
		if (scheme != SIZE_MAX && at != SIZE_MAX && at > scheme)
			r->origin = arena_printf(a, "%.*s%.*s", (int)(scheme + 3), url.p, STR_FMT(str_skip(url, at + 1)));
		else
			r->origin = arena_str(a, url);
	}
	buf_release(&out);
}

static bool make(struct reading *r, const struct crawl_target *t, struct str head, int64_t now, struct err *e)
{
	struct repository *to = r->repository;
	struct crawl_files files;
	struct history h = { 0 };
	struct texts texts = { .target = t };
	struct map times;
	struct err lost = { 0 };
	if (!crawl_files_of(t, head, r->arena, &files, e))
		return false;
	/* What files say is worth having without a history. */
	if (t->top.len && !read_history(t, head, r->arena, &h, &lost)) {
		h = (struct history){ 0 };
		to->note = arena_printf(r->arena, "its history cannot be read: %s", lost.message);
	}
	to->time = h.count ? h.commits[0].time : 0;
	cut_edge(t, r->arena, &h);
	to->files = files.count;
	map_init(&times, CRAWL_FILES_MAX);
	times_of(&h, &times);
	bool ok = read_files(r, &texts, &files, &times, e) && (units_make(r) || err_set(e, ERR_NO_MEMORY, "%.*s: it does not fit into memory", STR_FMT(t->path)));
	struct over over = { .arena = r->arena, .repository = to, .files = &files, .history = &h, .now = now };
	ok = ok && over_codeowners(&over, text_of, &texts, e) && over_owners(&over, text_of, &texts, e) && over_people(&over, e) && over_trees(&over);
	texts_close(&texts);
	map_release(&times);
	if (files.cut && !to->note.len)
		to->note = STR("it has more files than are looked at");
	else if (t->shallow && !to->note.len)
		to->note = STR("its history is cut off (a shallow clone)");
	return ok;
}

bool crawl_repository(const struct crawl_target *t, struct str head, int64_t now, struct arena *a, struct repository *out, struct err *e)
{
	struct reading r = { .arena = a, .repository = out };
	*out = (struct repository){ .path = t->path, .prefix = t->prefix, .head = head, .crawled = now, .origin = STR(""), .note = STR(""), .tags_mark = STR("") };
	struct err lost = { 0 };
	if (t->top.len) {
		origin_of(t, a, out);
		if (!crawl_tags(t, a, out, &lost))
			out->note = arena_printf(a, "its tags cannot be read: %s", lost.message);
	}
	return make(&r, t, head, now, e);
}
