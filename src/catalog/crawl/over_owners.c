/* Whom Gerrit's OWNERS files name (plugins/code-owners, backend find-owners), laid over the services (over.h). A file's owners are those of the nearest OWNERS that names any for it: its lines for all
 * files, and those per file that match its name; `set noparent` ends the search upwards, per file too. `include` takes another file's lines as one's own, `file:` those for all files. `*` is everybody,
 * and nobody in particular. Kubernetes' form is read elsewhere (read_text.c). */
#include "base/glob.h"
#include "base/map.h"
#include "catalog/crawl/over.h"
#include "catalog/crawl/units.h"
#include <stdio.h>
#include <stdlib.h>

enum { INCLUDES_DEPTH = 16, OWNERS_TEXT = 256 << 10, CLAIMS_MOST = 16 /* of one service */, GRANTS_MOST = 2000 /* of one file, with what it includes */, MAIL_MOST = 254 /* bytes, RFC 5321 */ };
/* glob: of file names; empty: all. mail empty: `set noparent` for them. */
struct grant { struct str glob, mail, file; uint32_t line; };
struct owners { struct str path; struct grant *items; size_t count, capacity; bool noparent, read, reading; };
struct tally { struct tally_key { size_t unit; const struct grant *grant; } key; size_t files; };
struct laying {
	struct over *o;
	bool (*text)(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e);
	void *ctx;
	struct map files;              /* paths of OWNERS, and of what they include: struct owners */
	struct tally *tallies;
	size_t count, capacity;
	struct err *e;
	bool failed;                   /* e says why, or memory ended */
};

/* --- one file ------------------------------------------------------------------------------------------------------------------------------------- */

static void problem(struct laying *l, struct str file, uint32_t line, struct str words)
{
	struct repository *r = l->o->repository;
	if (r->problems_count < REPOSITORY_PROBLEMS_MAX && words.p && ARENA_PUSH_ROOM(l->o->arena, r->problems, r->problems_count, r->problems_capacity))
		r->problems[r->problems_count++] = (struct crawl_problem){ file, words, line, 1 };
}

static void grant(struct laying *l, struct owners *to, struct grant g)
{
	if (to->count == GRANTS_MOST)
		return;
	if (ARENA_PUSH_ROOM(l->o->arena, to->items, to->count, to->capacity))
		to->items[to->count++] = g;
	else
		l->failed = true;
}

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

/* From the top, without "." and ".."; p == NULL: it leads outside. */
static struct str resolved(struct arena *a, struct str folder, struct str path)
{
	struct str all = str_starts(path, STR("/")) || !folder.len ? path : arena_printf(a, "%.*s/%.*s", STR_FMT(folder), STR_FMT(path)), out = STR("");
	while (all.p) {
		struct str part = str_split(&all, '/');
		if (!part.len || str_eq(part, STR(".")))
			continue;
		if (str_eq(part, STR(".."))) {
			if (!out.len)
				return (struct str){ 0 };
			out = path_folder(out);
			continue;
		}
		out = out.len ? arena_printf(a, "%.*s/%.*s", STR_FMT(out), STR_FMT(part)) : part;
	}
	return out;
}

static const struct owners *owners_at(struct laying *l, struct str path, size_t depth);

/* The file that a line names. NULL: it is not here, and that was told where it should be. */
static const struct owners *named(struct laying *l, const struct owners *from, struct str target, uint32_t line, size_t depth)
{
	struct arena *a = l->o->arena;
	target = str_strip(target);
	if (str_find_char(target, ':') != SIZE_MAX) {
		problem(l, from->path, line, arena_printf(a, "`%.*s` is of another project, which is not read here; name its people", STR_FMT(str_sub(target, 0, 200))));
		return NULL;
	}
	struct str path = resolved(a, path_folder(from->path), target);
	if (depth >= INCLUDES_DEPTH) {
		problem(l, from->path, line, STR("files include each other more than 16 deep"));
		return NULL;
	}
	const struct owners *other = path.p && path.len ? owners_at(l, path, depth + 1) : NULL;
	if (other && other->reading) {
		problem(l, from->path, line, arena_printf(a, "`%.*s` includes this file itself", STR_FMT(path)));
		return NULL;
	}
	/* A part of a repository does not know what lies outside of it. */
	if (!other && !l->o->repository->prefix.len && !crawl_skips_path(path))
		problem(l, from->path, line, arena_printf(a, "`%.*s` is not in the repository", STR_FMT(str_sub(target, 0, 200))));
	return other;
}

/* glob: what it counts for; everything: `include`, with what is per file and noparent. */
static void import(struct laying *l, struct owners *to, const struct owners *from, struct str glob, bool everything)
{
	for (size_t i = 0; from && i < from->count; i++) {
		struct grant g = from->items[i];
		if (g.glob.len && !everything)
			continue;
		g.glob = g.glob.len ? g.glob : glob;
		grant(l, to, g);
	}
	to->noparent = to->noparent || (from && everything && from->noparent);
}

static void mails(struct laying *l, struct owners *to, struct str list, struct str glob, uint32_t line)
{
	while (list.p) {
		struct str mail = str_strip(str_split(&list, ','));
		bool plain = mail.len && mail.len <= MAIL_MOST && str_find_char(mail, '@') != SIZE_MAX;
		for (size_t i = 0; plain && i < mail.len; i++)
			plain = (unsigned char)mail.p[i] > ' ' && mail.p[i] != 0x7f;
		if (plain)
			grant(l, to, (struct grant){ glob, mail, to->path, line });
	}
}

static void per_file(struct laying *l, struct owners *to, struct str globs, struct str what, uint32_t line, size_t depth)
{
	what = str_strip(what);
	const struct owners *other = str_starts(what, STR("file:")) ? named(l, to, str_skip(what, 5), line, depth) : NULL;
	while (globs.p) {
		struct str glob = str_strip(str_split(&globs, ','));
		if (!glob.len)
			continue;
		if (str_eq(what, STR("set noparent")))
			grant(l, to, (struct grant){ glob, STR(""), to->path, line });
		else if (str_starts(what, STR("file:")))
			import(l, to, other, glob, false);
		else
			mails(l, to, what, glob, line);
	}
}

static void one_line(struct laying *l, struct owners *to, struct str line, uint32_t number, size_t depth)
{
	size_t comment = str_find_char(line, '#');
	line = str_strip(comment == SIZE_MAX ? line : str_sub(line, 0, comment));
	if (str_eq(line, STR("set noparent")))
		to->noparent = true;
	else if (str_starts(line, STR("per-file "))) {
		struct str what = str_skip(line, 9), globs = str_split(&what, '=');
		if (what.p)
			per_file(l, to, globs, what, number, depth);
		else
			problem(l, to->path, number, STR("`per-file` is written `per-file NAME = PERSON`, with more of each after commas"));
	} else if (str_starts(line, STR("include ")))
		import(l, to, named(l, to, str_skip(line, 8), number, depth), STR(""), true);
	else if (str_starts(line, STR("file:")))
		import(l, to, named(l, to, str_skip(line, 5), number, depth), STR(""), false);
	else if (str_find_char(line, ',') == SIZE_MAX)
		mails(l, to, line, STR(""), number);
}

/* Read once. NULL: there is no such file. */
static const struct owners *owners_at(struct laying *l, struct str path, size_t depth)
{
	struct arena *a = l->o->arena;
	struct owners *known = map_get(&l->files, path);
	const struct crawl_file *file = known ? NULL : file_at(l->o, path);
	struct str text;
	if (known && (known->read || known->reading))
		return known;
	if (!known && !file)
		return NULL;
	if (!known) {
		known = ARENA_NEW(a, struct owners);
		if (!known || !map_put(&l->files, file->path, known)) {
			l->failed = true;
			return NULL;
		}
		*known = (struct owners){ .path = file->path };
	} else {
		file = file_at(l->o, path);
	}
	known->reading = true;
	if (!l->text(l->ctx, file, a, &text, l->e)) {
		l->failed = true;
		return NULL;
	}
	if (text.len > OWNERS_TEXT || !str_is_utf8(text) || str_find(text, STR("approvers:")) != SIZE_MAX || str_find(text, STR("reviewers:")) != SIZE_MAX)
		text = STR("");
	for (uint32_t number = 1; text.p && text.len; number++)
		one_line(l, known, str_split(&text, '\n'), number, depth);
	known->reading = false;
	known->read = true;
	return known;
}

/* --- all files ---------------------------------------------------------------------------------------------------------------------------------------- */

static void count(struct laying *l, struct map *index, size_t unit, const struct grant *g)
{
	struct tally_key key = { unit, g };
	uintptr_t at = (uintptr_t)map_get(index, str_from((const char *)&key, sizeof(key)));
	if (at) {
		l->tallies[at - 1].files++;
		return;
	}
	struct tally_key *kept = ARENA_NEW(l->o->arena, struct tally_key);
	if (!kept || !ARENA_PUSH_ROOM(l->o->arena, l->tallies, l->count, l->capacity)) {
		l->failed = true;
		return;
	}
	*kept = key;
	l->tallies[l->count++] = (struct tally){ key, 1 };
	l->failed = l->failed || !map_put(index, str_from((const char *)kept, sizeof(*kept)), (void *)(uintptr_t)l->count);
}

/* The owners of one file. True: the search upwards is over. */
static bool count_one(struct laying *l, struct map *index, size_t unit, const struct owners *w, struct str name)
{
	bool alone = false, any = false;
	for (size_t i = 0; i < w->count; i++)
		alone = alone || (!w->items[i].mail.len && glob_matches(w->items[i].glob, name));
	for (size_t i = 0; i < w->count; i++) {
		const struct grant *g = &w->items[i];
		if (!g->mail.len || (g->glob.len ? !glob_matches(g->glob, name) : alone))
			continue;
		count(l, index, unit, g);
		any = true;
	}
	return any || alone || w->noparent;
}

static void count_file(struct laying *l, struct map *index, size_t unit, struct str path)
{
	struct str folder = path_folder(path), name = path_name(path);
	char place[CRAWL_PATH_MAX + 16];
	for (;;) {
		int n = snprintf(place, sizeof(place), "%.*s%sOWNERS", STR_FMT(folder), folder.len ? "/" : "");
		const struct owners *w = n > 0 && (size_t)n < sizeof(place) ? map_get(&l->files, str_from(place, (size_t)n)) : NULL;
		if ((w && w->read && count_one(l, index, unit, w, name)) || !folder.len)
			return;
		folder = path_folder(folder);
	}
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
		const struct grant *g = t->key.grant;
		bool first = !i || t->key.unit != l->tallies[i - 1].key.unit;
		most = first ? t->files : most;
		told = first ? 0 : told;
		if (10 * t->files < 9 * most || told++ >= CLAIMS_MOST)
			continue;
		const struct crawl_file *file = file_at(o, g->file);
		struct str detail = t->files == files[t->key.unit] ? STR("") : arena_printf(o->arena, "%zu of its %zu files", t->files, files[t->key.unit]);
		unit_claim(o->arena, &o->repository->units[t->key.unit],
			   &(struct claim){ .key = CLAIM_OWNER, .source = SOURCE_OWNERS, .value = g->mail, .detail = detail, .file = g->file, .line = g->line, .time = file && file->time ? file->time : over_changed(o->history, g->file) });
	}
}

bool over_owners(struct over *o, bool (*text)(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e), void *ctx, struct err *e)
{
	struct laying l = { .o = o, .text = text, .ctx = ctx, .e = e };
	struct map index;
	map_init(&l.files, CRAWL_FILES_MAX);
	map_init(&index, CRAWL_FILES_MAX);
	for (size_t i = 0; i < o->files->count && !l.failed; i++)
		if (str_eq(path_name(o->files->items[i].path), STR("OWNERS")))
			owners_at(&l, o->files->items[i].path, 0);
	size_t *unit = l.files.count && !l.failed ? over_units(o) : NULL, *files = unit ? ARENA_ARRAY(o->arena, o->repository->units_count + 1, size_t) : NULL;
	for (size_t i = 0; files && i < o->files->count && !l.failed; i++)
		if (unit[i] != SIZE_MAX) {
			files[unit[i]]++;
			count_file(&l, &index, unit[i], o->files->items[i].path);
		}
	if (files && l.count)
		qsort(l.tallies, l.count, sizeof(*l.tallies), by_unit);
	if (files)
		tell(&l, files);
	map_release(&index);
	map_release(&l.files);
	return (!l.failed && !o->arena->full) || err_is_set(e) ? !err_is_set(e) : err_set(e, ERR_NO_MEMORY, "what OWNERS files say does not fit into memory");
}
