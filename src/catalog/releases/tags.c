/* Whose release a tag is (releases.h). */
#include "base/check.h"
#include "catalog/releases/releases.h"
#include <stdlib.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* alone: nothing stands before it, so that a number without a point is one too. */
static bool is_version(struct str s, bool alone)
{
	bool v = s.len > 1 && (s.p[0] == 'v' || s.p[0] == 'V') && is_digit(s.p[1]), point = false;
	size_t at = v;
	if (at >= s.len || !is_digit(s.p[at]))
		return false;
	for (; at < s.len; at++) {
		char c = s.p[at];
		point = point || c == '.';
		if (!is_digit(c) && !is_letter(c) && c != '.' && c != '+' && c != '-' && c != '_')
			return false;
	}
	return v || point || alone;
}

bool release_split(struct str tag, size_t nth, struct str *name, struct str *version)
{
	for (size_t at = 0; at < tag.len; at++) {
		char before = at ? tag.p[at - 1] : '/';
		if ((before != '/' && before != '@' && before != '-' && before != '_') || !is_version(str_skip(tag, at), at == 0) || nth-- > 0)
			continue;
		*version = str_skip(tag, at);
		*name = str_sub(tag, 0, at ? at - 1 : 0);
		return true;
	}
	return false;
}

static struct str last_part(struct str path)
{
	struct str part = path;
	while (path.p && path.len)
		part = str_split(&path, '/');
	return part;
}

static bool is_whole(const struct repository *r, struct str name)
{
	static const struct str words[] = { STR_INIT(""), STR_INIT("release"), STR_INIT("releases"), STR_INIT("rel"), STR_INIT("version"), STR_INIT("ver"), STR_INIT("v") };
	struct str origin = last_part(r->origin);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_ci(name, words[i]))
			return true;
	return str_eq_ci(name, last_part(r->path)) || (origin.len && str_eq_ci(name, str_ends(origin, STR(".git")) ? str_sub(origin, 0, origin.len - 4) : origin));
}

/* 0: it is not the service's; more: how surely. */
static int fits(const struct picture_service *s, struct str name)
{
	struct str root = s->unit && s->unit->root.p ? s->unit->root : STR("");
	if (str_eq_ci(name, s->name) || (root.len && str_eq_ci(name, root)))
		return 3;
	if (str_starts(name, STR("@")) && str_eq_ci(last_part(name), s->name))
		return 2;
	return root.len && str_eq_ci(name, last_part(root)) ? 1 : 0;
}

struct taking { struct release_history *h; struct arena *a; const struct picture *p; size_t *capacity; };

static bool add(struct taking *t, size_t service, const struct repository_tag *tag, struct str version, bool whole)
{
	struct releases *r = &t->h->of[service];
	if (r->count >= RELEASES_SERVICE_MAX)
		return true;
	if (!ARENA_PUSH_ROOM(t->a, r->items, r->count, t->capacity[service]))
		return false;
	r->items[r->count++] = (struct release){ version, tag->name, tag->time, whole };
	r->year += tag->time > t->p->now - RELEASES_YEAR;
	return true;
}

/* from, to: the repository's services, in `order`. */
static bool one_tag(struct taking *t, const struct repository *r, const struct repository_tag *tag, const size_t *order, size_t from, size_t to)
{
	struct str name, version, first = { NULL, 0 };
	int best = 0;
	bool whole = false, ok = true;
	for (size_t nth = 0; !best && release_split(tag->name, nth, &name, &version); nth++) {
		for (size_t i = from; i < to; i++)
			best = fits(&t->p->services[order[i]], name) > best ? fits(&t->p->services[order[i]], name) : best;
		for (size_t i = from; best && ok && i < to; i++)
			if (fits(&t->p->services[order[i]], name) == best)
				ok = add(t, order[i], tag, version, false);
		if (!best && !whole && is_whole(r, name)) {
			whole = true;
			first = version;
		}
	}
	for (size_t i = from; !best && whole && ok && i < to; i++)
		ok = add(t, order[i], tag, first, to - from > 1); /* of one service alone it is simply its own */
	return ok;
}

static int by_repository(const void *x, const void *y, void *picture)
{
	const struct picture *p = picture;
	const struct repository *a = p->services[*(const size_t *)x].repository, *b = p->services[*(const size_t *)y].repository;
	return a == b ? (*(const size_t *)x > *(const size_t *)y) - (*(const size_t *)x < *(const size_t *)y) : a < b ? -1 : 1;
}

static int newest_first(const void *x, const void *y)
{
	const struct release *a = x, *b = y;
	return a->time == b->time ? str_cmp(a->tag, b->tag) : a->time < b->time ? 1 : -1;
}

/* Services with releases that all are the whole repository's, where it has more than one service. */
static void count_tied(struct release_history *h, const struct picture *p, const size_t *order, size_t from, size_t to, size_t *most)
{
	size_t tied = 0;
	for (size_t i = from; i < to; i++) {
		const struct releases *r = &h->of[order[i]];
		bool all = r->count > 0;
		for (size_t k = 0; k < r->count; k++)
			all = all && r->items[k].whole;
		tied += all;
	}
	if (tied < 2)
		return;
	h->tied += tied;
	if (tied > *most) {
		*most = tied;
		h->tied_in = last_part(p->services[order[from]].repository->path);
	}
}

/* Of services that no tag is of. */
static bool add_running(struct taking *t, const struct running_history *running)
{
	bool ok = true;
	for (size_t i = 0; running && ok && i < t->p->count; i++) {
		const struct running_course *c = t->h->of[i].count || !t->p->services[i].is_service ? NULL : running_known(running, t->p->services[i].id);
		for (size_t k = c ? c->count : 0; ok && k-- > 0;)
			if (!c->events[k].back) {
				const struct repository_tag seen = { .name = STR(""), .time = c->events[k].at };
				ok = add(t, i, &seen, c->events[k].version, false);
				t->h->of[i].seen = true;
			}
	}
	return ok;
}

bool releases_make(struct release_history *h, struct arena *a, const struct picture *p, const struct running_history *running)
{
	size_t *order = calloc(p->count + 1, sizeof(*order)), n = 0, most = 0;
	struct taking t = { h, a, p, calloc(p->count + 1, sizeof(size_t)) };
	*h = (struct release_history){ .of = ARENA_ARRAY(a, p->count + 1, struct releases), .tied_in = STR("") };
	bool ok = order && t.capacity && h->of;
	for (size_t i = 0; ok && i < p->count; i++)
		if (p->services[i].is_service && p->services[i].repository && p->services[i].repository->tags_count)
			order[n++] = i;
	if (ok)
		qsort_r(order, n, sizeof(*order), by_repository, (void *)(uintptr_t)p);
	for (size_t from = 0, to; ok && from < n; from = to) {
		const struct repository *r = p->services[order[from]].repository;
		for (to = from; to < n && p->services[order[to]].repository == r;)
			to++;
		for (size_t i = 0; ok && i < r->tags_count; i++)
			ok = one_tag(&t, r, &r->tags[i], order, from, to);
		for (size_t i = from; ok && i < to; i++)
			if (h->of[order[i]].count)
				qsort(h->of[order[i]].items, h->of[order[i]].count, sizeof(struct release), newest_first);
		if (ok)
			count_tied(h, p, order, from, to, &most);
	}
	ok = ok && add_running(&t, running);
	free(order);
	free(t.capacity);
	return ok && lockstep_find(h, a, p);
}
