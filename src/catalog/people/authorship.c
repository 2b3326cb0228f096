/* See authorship.h. Changes are sorted by file and person once, so all is n log n. */
#include "catalog/people/authorship.h"
#include "base/check.h"
#include "base/glob.h"
#include "base/map.h"
#include <math.h>
#include <stdlib.h>

struct tally { size_t file, person, order; bool added, recent; };
struct work { struct map paths, mails, names; size_t *parent, *person; struct tally *tallies; size_t tally_count; size_t *authored_by, *owners; size_t pairs; };

double authorship_degree(bool first, size_t own, size_t others) { return 3.293 + 1.098 * first + 0.164 * (double)own - 0.321 * log(1 + (double)others); }

static struct str lower(struct arena *a, struct str s)
{
	struct str c = arena_strz(a, s);
	for (size_t i = 0; c.p && i < c.len; i++)
		if (c.p[i] >= 'A' && c.p[i] <= 'Z')
			((char *)c.p)[i] += 'a' - 'A';
	return c;
}

static bool is_robot(struct str s)
{
	static const char *const patterns[] = {
#define BOT(pattern) pattern,
#include "tbl/bots.h"
#undef BOT
	};
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		if (glob_matches(str_z(patterns[i]), s))
			return true;
	return str_find(s, STR("[bot]")) != SIZE_MAX;
}

bool author_is_bot(struct arena *a, struct str name, struct str mail) { return is_robot(lower(a, name)) || is_robot(lower(a, mail)); }

static size_t root(size_t *parent, size_t i)
{
	for (; parent[i] != i; i = parent[i])
		parent[i] = parent[parent[i]];
	return i;
}

/* The commit is the same person's as the one that had the key first; the lower number (the newer commit) stands for both. */
static bool join(struct work *k, struct map *m, struct str key, size_t i)
{
	void *seen = map_get(m, key);
	if (!seen)
		return map_put(m, key, (void *)(uintptr_t)(i + 1));
	size_t x = root(k->parent, (uintptr_t)seen - 1), y = root(k->parent, i);
	k->parent[x < y ? y : x] = x < y ? x : y;
	return true;
}

static bool identify(struct work *k, struct authorship *w, struct arena *a, const struct history *h, int64_t now)
{
	for (size_t i = 0; i < h->count; i++) {
		struct str mail = lower(a, h->commits[i].mail), name = lower(a, str_strip(h->commits[i].name));
		k->parent[i] = i;
		if (a->full || (mail.len && !join(k, &k->mails, mail, i)) || (str_find_char(name, ' ') != SIZE_MAX && !join(k, &k->names, name, i)))
			return false;
	}
	for (size_t i = 0; i < h->count; i++) {
		const struct history_commit *c = &h->commits[i];
		size_t r = root(k->parent, i);
		if (r == i) {
			w->people[w->count] = (struct author){ .name = c->name, .mail = c->mail, .last = c->time };
			k->person[i] = w->count++;
		}
		struct author *p = &w->people[k->person[i] = k->person[r]];
		p->bot = p->bot || author_is_bot(a, c->name, c->mail);
		p->last = c->time > p->last ? c->time : p->last;
		p->commits += c->time > now - AUTHORSHIP_ACTIVE;
	}
	return !a->full;
}

static int by_file(const void *x, const void *y)
{
	const struct tally *p = x, *q = y;
	if (p->file != q->file)
		return p->file < q->file ? -1 : 1;
	return p->person < q->person ? -1 : p->person > q->person;
}

static void gather(struct work *k, struct authorship *w, const struct history *h, int64_t now, size_t *recent)
{
	for (size_t i = 0; i < h->count; i++) {
		for (size_t j = h->commits[i].first; j < h->commits[i].first + h->commits[i].count; j++) {
			uintptr_t f = (uintptr_t)map_get(&k->paths, h->changes[j].path);
			if (!f || h->changes[j].kind == HISTORY_DELETED || w->people[k->person[i]].bot)
				continue;
			bool now_active = h->commits[i].time > now - AUTHORSHIP_ACTIVE;
			k->tallies[k->tally_count++] = (struct tally){ f - 1, k->person[i], i, h->changes[j].kind == HISTORY_ADDED, now_active };
			w->changes += now_active;
			if (now_active && ++recent[k->person[i]] > w->strongest_changes) {
				w->strongest = k->person[i];
				w->strongest_changes = recent[k->person[i]];
			}
		}
	}
}

static double degree_of(const struct tally *t, size_t from, size_t to, size_t creator, size_t all)
{
	return authorship_degree(t[from].person == creator, to - from, all - (to - from));
}

/* Authors of the file whose changes are [from, to): appended to owners (the file) and authored_by (the person). */
static void judge_file(struct work *k, struct authorship *w, size_t from, size_t to, int64_t now)
{
	size_t creator = SIZE_MAX, oldest = 0, before = k->pairs;
	double most = 0;
	bool active = false;
	for (size_t i = from; i < to; i++)
		if (k->tallies[i].added && (creator == SIZE_MAX || k->tallies[i].order > oldest)) {
			creator = k->tallies[i].person;
			oldest = k->tallies[i].order;
		}
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = from, j; i < to; i = j) {
			for (j = i; j < to && k->tallies[j].person == k->tallies[i].person; j++)
				;
			double d = degree_of(k->tallies, i, j, creator, to - from);
			if (pass == 0)
				most = d > most ? d : most;
			else if (d >= 3.293 && d / most > 0.75) {
				k->owners[k->pairs] = w->files;
				k->authored_by[k->pairs++] = k->tallies[i].person;
				w->people[k->tallies[i].person].files++;
				active |= w->people[k->tallies[i].person].last > now - AUTHORSHIP_ACTIVE;
			}
		}
	w->left += k->pairs > before && !active;
	w->files++;
}

static int by_rank(const void *x, const void *y, void *people)
{
	size_t p = *(const size_t *)x, q = *(const size_t *)y;
	size_t m = ((struct author *)people)[p].files, n = ((struct author *)people)[q].files;
	return m != n ? (m > n ? -1 : 1) : p < q ? -1 : p > q;
}

/* Who goes at which turn is known in advance (files authored do not change as others leave), so a file lasts until its last author's turn. */
static bool truck(struct work *k, struct authorship *w, struct arena *a)
{
	size_t *rank = ARENA_ARRAY(a, w->count + 1, size_t), *turn = ARENA_ARRAY(a, w->count + 1, size_t), *ends = ARENA_ARRAY(a, w->count + 1, size_t);
	size_t *last = ARENA_ARRAY(a, w->files + 1, size_t), held = 0;
	if (!rank || !turn || !ends || !last)
		return false;
	for (size_t i = 0; i < w->count; i++)
		rank[i] = i;
	qsort_r(rank, w->count, sizeof(*rank), by_rank, w->people);
	for (size_t i = 0; i < w->count; i++)
		turn[rank[i]] = i + 1;
	for (size_t i = 0; i < k->pairs; i++)
		if (turn[k->authored_by[i]] > last[k->owners[i]])
			last[k->owners[i]] = turn[k->authored_by[i]];
	for (size_t i = 0; i < w->files; i++)
		if (last[i]) {
			held++;
			ends[last[i]]++;
		}
	while (2 * held >= w->files && held > 0)
		held -= ends[++w->truck_factor];
	return true;
}

static bool people_of(struct work *k, struct authorship *w, struct arena *a, const struct history *h, const struct authorship *known, int64_t now)
{
	w->people = ARENA_ARRAY(a, (known ? known->count : h->count) + 1, struct author);
	w->person = k->person = known ? known->person : ARENA_ARRAY(a, h->count + 1, size_t);
	k->parent = known ? NULL : ARENA_ARRAY(a, h->count + 1, size_t);
	if (a->full)
		return false;
	if (!known)
		return identify(k, w, a, h, now);
	for (w->count = 0; w->count < known->count; w->count++) {
		w->people[w->count] = known->people[w->count];
		w->people[w->count].files = 0;
	}
	return true;
}

static bool run(struct work *k, struct authorship *w, struct arena *a, const struct history *h, const struct authorship *known, const struct str *paths, size_t n, int64_t now)
{
	if (!people_of(k, w, a, h, known, now))
		return false;
	size_t *recent = ARENA_ARRAY(a, w->count + 1, size_t);
	k->tallies = ARENA_ARRAY(a, h->change_count + 1, struct tally);
	k->owners = ARENA_ARRAY(a, h->change_count + 1, size_t);
	k->authored_by = ARENA_ARRAY(a, h->change_count + 1, size_t);
	if (a->full)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!map_put(&k->paths, paths[i], (void *)(uintptr_t)(i + 1)))
			return false;
	gather(k, w, h, now, recent);
	qsort(k->tallies, k->tally_count, sizeof(*k->tallies), by_file);
	for (size_t i = 0, j; i < k->tally_count; i = j) {
		for (j = i; j < k->tally_count && k->tallies[j].file == k->tallies[i].file; j++)
			;
		judge_file(k, w, i, j, now);
	}
	return truck(k, w, a);
}

bool authorship_of(struct authorship *w, struct arena *a, const struct history *h, const struct authorship *known, const struct str *paths, size_t path_count, int64_t now, struct err *e)
{
	struct work k = { 0 };
	struct authorship read = { 0 };
	map_init(&k.paths, HISTORY_CHANGES_MAX);
	map_init(&k.mails, HISTORY_COMMITS_MAX);
	map_init(&k.names, HISTORY_COMMITS_MAX);
	bool ok = run(&k, &read, a, h, known, paths, path_count, now);
	map_release(&k.paths);
	map_release(&k.mails);
	map_release(&k.names);
	if (!ok)
		return err_set(e, ERR_NO_MEMORY, "authorship of the repository does not fit into the memory for it");
	*w = read;
	return true;
}

bool authorship_read(struct authorship *w, struct arena *a, const struct history *h, const struct str *paths, size_t path_count, int64_t now, struct err *e)
{
	return authorship_of(w, a, h, NULL, paths, path_count, now, e);
}
