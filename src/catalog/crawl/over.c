/* See over.h. */
#include "catalog/crawl/over.h"
#include "base/check.h"
#include "catalog/crawl/reading.h"
#include "catalog/crawl/units.h"
#include "catalog/people/authorship.h"
#include "model/codeowners.h"
#include <stdlib.h>

size_t *over_units(struct over *o)
{
	size_t *unit = ARENA_ARRAY(o->arena, o->files->count + 1, size_t);
	struct units_index *x = unit ? units_index_new(o->repository) : NULL;
	if (!x)
		return NULL;
	for (size_t i = 0; i < o->files->count; i++) /* sorted, so a folder's files have one answer */
		unit[i] = i && str_eq(path_folder(o->files->items[i].path), path_folder(o->files->items[i - 1].path)) ? unit[i - 1] :
			  units_index_find(x, path_folder(o->files->items[i].path));
	units_index_free(x);
	return unit;
}

/* --- CODEOWNERS ------------------------------------------------------------------------------------------------------------------------------------ */

struct owner_tally { size_t unit; struct str owner; size_t files; uint32_t line; };
struct tallies { struct owner_tally *items; size_t count, capacity; };

static void count_owner(struct tallies *t, struct arena *a, size_t unit, const struct codeowners_rule *rule)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->items[i].unit == unit && str_eq(t->items[i].owner, rule->owners[0])) {
			t->items[i].files++;
			return;
		}
	if (ARENA_PUSH_ROOM(a, t->items, t->count, t->capacity))
		t->items[t->count++] = (struct owner_tally){ unit, rule->owners[0], 1, rule->line };
}

static const struct crawl_file *codeowners_file(const struct over *o)
{
	for (size_t p = 0; p < CODEOWNERS_PLACES; p++)
		for (size_t i = 0; i < o->files->count; i++)
			if (str_eq(o->files->items[i].path, codeowners_places[p]))
				return &o->files->items[i];
	return NULL;
}

/* A rule that must be asked comes before one that is optional. */
static const struct codeowners_rule *deciding(const struct codeowners *c, const struct codeowners_rule *const *rules)
{
	const struct codeowners_rule *best = NULL;
	for (size_t i = 0; i < c->sections_count; i++)
		if (rules[i] && rules[i]->owners_count && (!best || (c->sections[best->section].optional && !c->sections[i].optional)))
			best = rules[i];
	return best;
}

static void tell_owner(struct over *o, const struct tallies *t, size_t unit, size_t files, struct str file, int64_t time)
{
	const struct owner_tally *best = NULL;
	for (size_t i = 0; i < t->count; i++)
		if (t->items[i].unit == unit && (!best || t->items[i].files > best->files))
			best = &t->items[i];
	if (!best)
		return;
	struct str detail = best->files == files ? STR("all its files") : arena_printf(o->arena, "%zu of its %zu files", best->files, files);
	unit_claim(o->arena, &o->repository->units[unit],
		   &(struct claim){ .key = CLAIM_OWNER, .source = SOURCE_CODEOWNERS, .value = best->owner, .detail = detail, .file = file, .line = best->line, .time = time });
}

static void faults(struct over *o, const struct codeowners *c, struct str file)
{
	struct repository *r = o->repository;
	for (size_t i = 0; i < c->faults_count && r->problems_count < REPOSITORY_PROBLEMS_MAX && ARENA_PUSH_ROOM(o->arena, r->problems, r->problems_count, r->problems_capacity); i++)
		r->problems[r->problems_count++] = (struct crawl_problem){ file, c->faults[i].message, c->faults[i].line, 1 };
}

static bool match_all(struct over *o, const struct codeowners *c, const struct crawl_file *file, int64_t time)
{
	size_t *unit = over_units(o), *files = ARENA_ARRAY(o->arena, o->repository->units_count + 1, size_t);
	const struct codeowners_rule **rules = ARENA_ARRAY(o->arena, c->sections_count, const struct codeowners_rule *);
	struct tallies t = { 0 };
	struct codeowners_walk w;
	bool full = false;
	if (!unit || !files || !rules)
		return false;
	codeowners_walk_init(&w, c);
	for (size_t i = 0; i < o->files->count && !full; i++) {
		if (unit[i] == SIZE_MAX)
			continue;
		files[unit[i]]++;
		const struct codeowners_rule *rule = codeowners_match(&w, o->files->items[i].path, rules, &full) ? deciding(c, rules) : NULL;
		if (rule)
			count_owner(&t, o->arena, unit[i], rule);
	}
	codeowners_walk_release(&w);
	for (size_t i = 0; i < o->repository->units_count; i++)
		tell_owner(o, &t, i, files[i], file->path, time);
	return !full && !o->arena->full;
}

int64_t over_changed(const struct history *h, struct str path)
{
	for (size_t i = 0; i < h->count; i++)
		for (size_t k = h->commits[i].first; k < h->commits[i].first + h->commits[i].count; k++)
			if (str_eq(h->changes[k].path, path))
				return h->commits[i].time;
	return 0;
}

bool over_codeowners(struct over *o, bool (*text)(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e), void *ctx, struct err *e)
{
	const struct crawl_file *file = codeowners_file(o);
	struct str content;
	if (!file)
		return true;
	if (!text(ctx, file, o->arena, &content, e))
		return false;
	const struct codeowners *c = codeowners_read(o->arena, codeowners_dialect_of(file->path, content), content);
	if (!c || !match_all(o, c, file, file->time ? file->time : over_changed(o->history, file->path)))
		return err_set(e, ERR_NO_MEMORY, "%.*s does not fit into memory", STR_FMT(file->path));
	faults(o, c, file->path);
	return true;
}

/* --- people ---------------------------------------------------------------------------------------------------------------------------------------- */

static int by_commits(const void *x, const void *y)
{
	const struct unit_person *a = x, *b = y;
	if (a->commits != b->commits)
		return a->commits > b->commits ? -1 : 1;
	if (a->files != b->files)
		return a->files > b->files ? -1 : 1;
	return str_cmp(a->mail, b->mail);
}

static void tell_people(struct over *o, struct unit *u, const struct history *h, const struct authorship *w, size_t *commits)
{
	struct unit_people *p = &u->people;
	size_t n = 0;
	for (size_t i = 0; i < h->count; i++) {
		const struct author *who = &w->people[w->person[i]];
		if (!h->commits[i].count || who->bot)
			continue;
		p->last_commit = h->commits[i].time > p->last_commit ? h->commits[i].time : p->last_commit;
		if (h->commits[i].time > o->now - AUTHORSHIP_ACTIVE) {
			p->commits++;
			commits[w->person[i]]++;
		}
	}
	struct unit_person *list = ARENA_ARRAY(o->arena, w->count + 1, struct unit_person);
	for (size_t i = 0; list && i < w->count; i++)
		if (commits[i] || w->people[i].files)
			list[n++] = (struct unit_person){ arena_str(o->arena, w->people[i].name), arena_str(o->arena, w->people[i].mail), commits[i], w->people[i].files, w->people[i].last };
	if (n)
		qsort(list, n, sizeof(*list), by_commits);
	p->items = list;
	p->count = n < UNIT_PEOPLE_MAX ? n : UNIT_PEOPLE_MAX;
	p->files = w->files;
	p->left = w->left;
	p->truck_factor = w->truck_factor;
}

/* The changes of one unit, with all commits, so that people stay who they are. */
static struct history part_of(const struct history *h, const size_t *unit_of_change, size_t unit, struct arena *a)
{
	struct history part = { .commits = ARENA_ARRAY(a, h->count + 1, struct history_commit) };
	for (size_t i = 0; part.commits && i < h->count; i++) {
		struct history_commit c = h->commits[i];
		c.first = part.change_count;
		c.count = 0;
		for (size_t k = h->commits[i].first; k < h->commits[i].first + h->commits[i].count; k++)
			if (unit_of_change[k] == unit && ARENA_PUSH_ROOM(a, part.changes, part.change_count, part.change_capacity)) {
				part.changes[part.change_count++] = h->changes[k];
				c.count++;
			}
		part.commits[part.count++] = c;
	}
	return part;
}

static bool people_of_unit(struct over *o, size_t index, const struct authorship *known, const size_t *unit_of_change, const size_t *unit_of_file, struct err *e)
{
	struct arena a;
	struct authorship w;
	size_t n = 0;
	arena_init(&a, CRAWL_MEMORY);
	struct history part = part_of(o->history, unit_of_change, index, &a);
	struct str *paths = ARENA_ARRAY(&a, o->files->count + 1, struct str);
	size_t *commits = ARENA_ARRAY(&a, known->count + 1, size_t);
	for (size_t i = 0; paths && i < o->files->count; i++)
		if (unit_of_file[i] == index)
			paths[n++] = o->files->items[i].path;
	bool ok = !a.full && authorship_of(&w, &a, &part, known, paths, n, o->now, e);
	if (ok)
		tell_people(o, &o->repository->units[index], &part, &w, commits);
	else if (!err_is_set(e))
		err_set(e, ERR_NO_MEMORY, "the history of %.*s does not fit into memory", STR_FMT(o->repository->path));
	arena_release(&a);
	return ok;
}

bool over_people(struct over *o, struct err *e)
{
	const struct history *h = o->history;
	struct authorship all;
	if (!h->count || !o->repository->units_count)
		return true;
	size_t *of_file = over_units(o), *of_change = ARENA_ARRAY(o->arena, h->change_count + 1, size_t);
	struct units_index *x = units_index_new(o->repository);
	bool ok = of_file && of_change && x && authorship_of(&all, o->arena, h, NULL, NULL, 0, o->now, e);
	for (size_t i = 0; ok && i < h->change_count; i++)
		of_change[i] = units_index_find(x, path_folder(h->changes[i].path));
	for (size_t i = 0; ok && i < o->repository->units_count; i++)
		ok = !o->repository->units[i].root.p || people_of_unit(o, i, &all, of_change, of_file, e);
	units_index_free(x);
	return ok || err_is_set(e) || err_set(e, ERR_NO_MEMORY, "the history of %.*s does not fit into memory", STR_FMT(o->repository->path));
}

/* --- contents -------------------------------------------------------------------------------------------------------------------------------------- */

struct sketch { uint32_t hashes[TREE_SKETCH]; size_t count; };

static void sketch_add(struct sketch *s, uint32_t hash)
{
	size_t at = s->count;
	while (at > 0 && s->hashes[at - 1] > hash)
		at--;
	if (at == TREE_SKETCH || (at > 0 && s->hashes[at - 1] == hash))
		return;
	size_t moved = s->count - at - (s->count == TREE_SKETCH);
	memmove(&s->hashes[at + 1], &s->hashes[at], moved * sizeof(s->hashes[0]));
	s->hashes[at] = hash;
	s->count += s->count < TREE_SKETCH;
}

bool over_trees(struct over *o)
{
	size_t *unit = over_units(o);
	struct sketch *sketches = ARENA_ARRAY(o->arena, o->repository->units_count + 1, struct sketch);
	if (!unit || !sketches)
		return false;
	for (size_t i = 0; i < o->files->count; i++)
		if (unit[i] != SIZE_MAX && !o->files->items[i].time) /* what a folder's file has is no name of its content */
			sketch_add(&sketches[unit[i]], (uint32_t)str_hash(o->files->items[i].id));
	for (size_t i = 0; i < o->repository->units_count; i++) {
		struct str text = STR("");
		for (size_t k = 0; k < sketches[i].count; k++)
			text = arena_printf(o->arena, "%.*s%s%08x", STR_FMT(text), k ? " " : "", sketches[i].hashes[k]);
		o->repository->units[i].tree = text;
	}
	return !o->arena->full;
}

double tree_alike(struct str a, struct str b)
{
	size_t both = 0, seen = 0;
	struct str x = str_split(&a, ' '), y = str_split(&b, ' ');
	if (!x.len || !y.len)
		return 0;
	/* The smallest of the two together; both lists are sorted, and digits of one length compare as their numbers. */
	for (; seen < TREE_SKETCH && (x.len || y.len); seen++) {
		int order = !x.len ? 1 : !y.len ? -1 : str_cmp(x, y);
		both += order == 0;
		if (order <= 0)
			x = str_split(&a, ' ');
		if (order >= 0)
			y = str_split(&b, ' ');
	}
	return (double)both / (double)seen;
}
