/* Looking through a fleet's folders for tests that cross borders (borders.h): first all names, so that nothing is read when nothing changed; then
 * the text of each test. */
#include "base/check.h"
#include "contract/borders/borders_impl.h"
#include "model/codeowners.h"
#include <stdio.h>
#include <stdlib.h>

enum { UP_MAX = 32 /* folders above a start in which a repository's top is looked for */, REPORT_MAX = 64 << 20, NAMES_ARENA = 128 << 20 };

struct repository { struct str top; const struct codeowners *owners; struct str file; /* as shown; empty: it has none */ };
struct candidate { struct str path; const struct service *service; const struct repository *repository; size_t below; /* where the path below the service begins */ bool journey; };
struct finding_borders {
	const struct fleet *fleet;
	struct borders *report;
	struct border_names names;
	struct arena arena;            /* of the walk */
	struct map folders, journeys;  /* absolute path to struct service */
	struct candidate *candidates;
	size_t count, capacity, bytes;
	int64_t deadline;
};
/* A folder on the way down. */
struct level {
	struct finding_borders *f;
	struct str path;
	const struct service *service;
	const struct repository *repository;
	size_t below, depth;
};

static struct str join(struct arena *a, struct str folder, struct str name)
{
	return str_ends(folder, STR("/")) ? arena_printf(a, "%.*s%.*s", STR_FMT(folder), STR_FMT(name)) : arena_printf(a, "%.*s/%.*s", STR_FMT(folder), STR_FMT(name));
}

static struct str parent(struct str path)
{
	size_t i = path.len;
	while (i > 0 && path.p[i - 1] != '/')
		i--;
	return str_sub(path, 0, i > 1 ? i - 1 : i);
}

/* From the fleet's root, with "../" where the path leads out of it. */
static struct str shown(struct finding_borders *f, struct str path)
{
	struct arena *a = &f->report->arena;
	struct str base = f->fleet->root, up = STR("");
	for (int i = 0; i < UP_MAX && !(str_starts(path, base) && (path.len > base.len && (path.p[base.len] == '/' || str_ends(base, STR("/"))))); i++) {
		base = parent(base);
		up = arena_printf(a, "%.*s../", STR_FMT(up));
	}
	size_t skip = str_ends(base, STR("/")) ? base.len : base.len + 1;
	return arena_printf(a, "%.*s%.*s", STR_FMT(up), STR_FMT(str_skip(path, skip)));
}

static void leave_out(struct finding_borders *f, const char *why)
{
	if (!f->report->cut)
		f->report->why = str_z(why);
	f->report->cut = true;
}

static void mix(struct finding_borders *f, struct str path, const struct sys_stat *st)
{
	uint64_t step[5] = { f->report->fingerprint, str_hash(path), (uint64_t)st->modified, (uint64_t)st->size, st->inode };
	f->report->fingerprint = str_hash(str_from((const char *)step, sizeof(step)));
}

/* --- repositories ------------------------------------------------------------------------------------------------------------------------- */

static bool is_top(struct finding_borders *f, struct str folder)
{
	struct sys_stat st;
	return sys_stat(join(&f->arena, folder, STR(".git")), &st) >= 0;
}

/* In the order in which GitHub looks; the last is GitLab's own. */
static struct repository *repository_at(struct finding_borders *f, struct str top)
{
	struct arena *a = &f->report->arena;
	struct repository *r = ARENA_NEW(a, struct repository);
	if (!r)
		return NULL;
	r->top = arena_str(a, top);
	for (size_t i = 0; i < CODEOWNERS_PLACES; i++) {
		struct str path = join(a, top, codeowners_places[i]), text;
		struct sys_stat st;
		struct err e = { 0 };
		if (sys_stat(path, &st) < 0 || !st.regular || sys_is_link(path) || !sys_read_file(path, CODEOWNERS_BYTES_MAX, a, &text, &e))
			continue;
		mix(f, path, &st);
		r->owners = codeowners_read(a, codeowners_dialect_of(codeowners_places[i], text), text);
		r->file = r->owners ? shown(f, path) : STR("");
		break;
	}
	return r;
}

/* Of a folder where looking begins: the nearest top above it, else the folder itself. */
static struct repository *repository_of(struct finding_borders *f, struct str folder)
{
	struct str at = folder;
	for (int i = 0; i < UP_MAX && at.len > 1; i++, at = parent(at))
		if (is_top(f, at))
			return repository_at(f, at);
	return repository_at(f, folder);
}

/* --- the walk -------------------------------------------------------------------------------------------------------------------------------- */

static void look_at_file(struct level *l, struct str name)
{
	struct finding_borders *f = l->f;
	struct str path = join(&f->arena, l->path, name);
	const struct service *journey = path.p ? map_get(&f->journeys, path) : NULL;
	struct sys_stat st;
	if (!path.p || (!journey && !border_is_test(str_skip(path, l->below))))
		return;
	if (sys_is_link(path) || sys_stat(path, &st) < 0 || !st.regular)
		return;
	if (st.size > BORDERS_FILE_MAX || f->bytes + (size_t)st.size > BORDERS_BYTES_MAX || f->count == BORDERS_TESTS_MAX || !ARENA_PUSH_ROOM(&f->arena, f->candidates, f->count, f->capacity)) {
		leave_out(f, st.size > BORDERS_FILE_MAX ? "test files of more than 1 MiB were not read" : "there are more test files than are read: 20,000, or 256 MiB of them");
		return;
	}
	f->bytes += (size_t)st.size;
	mix(f, path, &st);
	f->candidates[f->count++] = (struct candidate){ path, journey ? journey : l->service, l->repository, l->below, journey != NULL };
}

static void look_into(struct level *l);

static bool one_name(void *ctx, struct str name, bool directory)
{
	struct level *l = ctx;
	struct finding_borders *f = l->f;
	if (++f->report->names > BORDERS_NAMES_MAX || sys_now() > f->deadline) {
		leave_out(f, f->report->names > BORDERS_NAMES_MAX ? "there are more than 200,000 files; name the folders of the services only" : "looking through the files took longer than 10 s");
		return false;
	}
	if (!directory) {
		look_at_file(l, name);
		return true;
	}
	if (border_skips(name) || l->depth == BORDERS_DEPTH_MAX)
		return true;
	struct level below = { .f = f, .path = join(&f->arena, l->path, name), .service = l->service, .repository = l->repository, .below = l->below, .depth = l->depth + 1 };
	if (below.path.p && !sys_is_link(below.path))
		look_into(&below);
	return !f->report->cut || f->report->names <= BORDERS_NAMES_MAX;
}

static void look_into(struct level *l)
{
	const struct service *s = map_get(&l->f->folders, l->path);
	if (s) {
		l->service = s;
		l->below = l->path.len + 1;
		map_remove(&l->f->folders, l->path); /* what is left at the end lies outside of the root */
	}
	if (l->depth && is_top(l->f, l->path))
		l->repository = repository_at(l->f, l->path);
	sys_list(l->path, one_name, l);
}

static void start_at(struct finding_borders *f, struct str folder)
{
	struct level l = { .f = f, .path = folder, .repository = repository_of(f, folder), .below = folder.len + 1 };
	if (l.repository)
		look_into(&l);
}

static void walk(struct finding_borders *f)
{
	const struct fleet *fleet = f->fleet;
	map_init(&f->folders, FLEET_MAX_SERVICES);
	map_init(&f->journeys, FLEET_MAX_SERVICES * FLEET_MAX_WORDS);
	for (size_t i = 0; i < fleet->services_count; i++) {
		const struct service *s = &fleet->services[i];
		map_put(&f->folders, s->directory, (void *)(uintptr_t)s);
		for (size_t k = 0; k < s->journeys_count; k++)
			map_put(&f->journeys, s->journeys[k], (void *)(uintptr_t)s);
	}
	start_at(f, fleet->root);
	for (size_t i = 0; i < fleet->services_count; i++)
		if (map_get(&f->folders, fleet->services[i].directory))
			start_at(f, fleet->services[i].directory);
	map_release(&f->folders);
	map_release(&f->journeys);
}

/* --- owners ------------------------------------------------------------------------------------------------------------------------------------ */

/* "@shop/sales" and "@sales" are the team sales, if there is one; people and addresses are none. */
static const struct team *team_of(const struct fleet *f, struct str word)
{
	if (!str_starts(word, STR("@")))
		return NULL;
	struct str name = str_skip(word, 1);
	while (str_find_char(name, '/') != SIZE_MAX)
		name = str_skip(name, str_find_char(name, '/') + 1);
	for (size_t i = 0; i < f->teams_count; i++)
		if (str_eq_ci(f->teams[i].name, name))
			return &f->teams[i];
	return NULL;
}

/* All that decide of the file, section by section; the first that names a team is the one that is shown. */
static const struct codeowners_rule *own_by_rules(struct finding_borders *f, struct border_test *t, const struct repository *r, struct str path)
{
	const struct codeowners_rule *rules[CODEOWNERS_SECTIONS_MAX], *shown_rule = NULL;
	struct codeowners_walk w;
	bool full = false;
	codeowners_walk_init(&w, r->owners);
	codeowners_match(&w, path, rules, &full);
	codeowners_walk_release(&w);
	for (size_t i = 0; i < r->owners->sections_count; i++)
		for (size_t k = 0; rules[i] && k < rules[i]->owners_count && t->owner_count < BORDERS_OWNERS_MAX; k++) {
			const struct team *team = team_of(f->fleet, rules[i]->owners[k]);
			if (!team)
				continue;
			t->owners[t->owner_count++] = team->name;
			shown_rule = shown_rule ? shown_rule : rules[i];
		}
	return shown_rule;
}

static void own(struct finding_borders *f, struct border_test *t, const struct candidate *c)
{
	const struct repository *r = c->repository;
	struct arena *a = &f->report->arena;
	const struct codeowners_rule *rule = r->file.len ? own_by_rules(f, t, r, str_skip(c->path, r->top.len + !str_ends(r->top, STR("/")))) : NULL;
	if (t->owner_count) {
		t->owner_from = arena_printf(a, "%.*s:%u", STR_FMT(r->file), rule->line);
	} else if (c->service && c->service->owner.len) {
		t->owners[t->owner_count++] = c->service->owner;
		t->owner_from = arena_printf(a, "%.*s", STR_FMT(c->service->place.file));
	}
}

/* --- judging each test -------------------------------------------------------------------------------------------------------------------------- */

static void keep(struct finding_borders *f, const struct border_test *t)
{
	struct borders *b = f->report;
	struct arena *a = &b->arena;
	if (b->crossing_count == BORDERS_CROSSING_MAX || !ARENA_PUSH_ROOM(a, b->crossing, b->crossing_count, b->crossing_capacity)) {
		leave_out(f, "more than 1,000 tests cross borders; the others are not shown");
		return;
	}
	struct border_test *to = &b->crossing[b->crossing_count];
	*to = *t;
	to->touches = ARENA_ARRAY(a, t->touch_count, struct border_touch);
	for (size_t i = 0; to->touches && i < t->touch_count; i++) {
		to->touches[i] = t->touches[i];
		to->touches[i].text = arena_str(a, t->touches[i].text);
	}
	b->crossing_count += to->touches != NULL;
}

static void judge(struct finding_borders *f, const struct candidate *c, struct str text)
{
	struct border_touch touches[BORDERS_TOUCHES_MAX];
	struct borders *b = f->report;
	struct str below = str_skip(c->path, c->below);
	enum border_mark mark = border_mark_of(c->path, text);
	bool json = str_ends(c->path, STR(".json")) && !str_ends(c->path, STR(".postman_collection.json"));
	if (mark == BORDER_MARK_NONE && json)
		return; /* some data */
	b->tests++;
	b->contracts += mark == BORDER_MARK_PACT;
	b->mocked += mark == BORDER_MARK_MOCK;
	if (mark != BORDER_MARK_NONE)
		return;
	struct border_test t = { .kind = c->journey ? BORDER_JOURNEY : border_kind_of(below), .touches = touches };
	t.touch_count = border_mentions(&f->names, c->path, text, touches, ARRAY_LEN(touches));
	if (!t.touch_count)
		return;
	own(f, &t, c);
	t.file = shown(f, c->path);
	t.service = c->service ? c->service->name : STR("");
	if (border_crosses(&t)) {
		keep(f, &t);
	} else if (ARENA_PUSH_ROOM(&b->arena, b->own, b->own_count, b->own_capacity)) {
		t.touches = NULL;
		t.touch_count = 0;
		b->own[b->own_count++] = t;
	}
}

static void read_all(struct finding_borders *f)
{
	struct arena scratch;
	arena_init(&scratch, BORDERS_FILE_MAX + (64 << 10));
	for (size_t i = 0; i < f->count; i++) {
		struct str text;
		struct err e = { 0 };
		if (sys_now() > f->deadline) {
			leave_out(f, "reading the tests took longer than 10 s");
			break;
		}
		if (sys_read_file(f->candidates[i].path, BORDERS_FILE_MAX, &scratch, &text, &e))
			judge(f, &f->candidates[i], text);
		else
			leave_out(f, "some test files could not be read");
		arena_clear(&scratch);
	}
	arena_release(&scratch);
}

static int by_file(const void *a, const void *b) { return str_cmp(((const struct border_test *)a)->file, ((const struct border_test *)b)->file); }

struct borders *borders_find(const struct fleet *f, const struct borders *before, struct err *e)
{
	struct finding_borders w = { .fleet = f, .report = calloc(1, sizeof(struct borders)), .deadline = sys_now() + BORDERS_SECONDS * (int64_t)1000000000 };
	if (!w.report) {
		err_set(e, ERR_NO_MEMORY, "no memory to look for tests");
		return NULL;
	}
	arena_init(&w.report->arena, REPORT_MAX);
	arena_init(&w.arena, NAMES_ARENA);
	w.report->fingerprint = fleet_fingerprint(f);
	walk(&w);
	bool same = before && before->fingerprint == w.report->fingerprint;
	bool ok = border_names_init(&w.names, f) && !same;
	if (ok)
		read_all(&w);
	if (w.arena.full || w.report->arena.full)
		leave_out(&w, "what was found does not fit into its memory");
	if (w.report->crossing_count)
		qsort(w.report->crossing, w.report->crossing_count, sizeof(*w.report->crossing), by_file);
	border_names_release(&w.names);
	arena_release(&w.arena);
	if (ok)
		return w.report;
	if (!same)
		err_set(e, ERR_NO_MEMORY, "no memory for the names of the services");
	borders_free(w.report);
	return NULL;
}

void borders_free(struct borders *b)
{
	if (!b)
		return;
	arena_release(&b->arena);
	free(b);
}
