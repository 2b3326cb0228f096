/* See units.h. */
#include "catalog/crawl/units.h"
#include "base/check.h"
#include "base/map.h"
#include <stdlib.h>

static char folded(char c) { return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static bool same_name(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (folded(a.p[i]) != folded(b.p[i]))
			return false;
	return true;
}

bool unit_is_called(const struct unit *u, struct str name)
{
	if (same_name(u->name, name))
		return true;
	for (size_t i = 0; i < u->claims_count; i++)
		if (u->claims[i].key == CLAIM_ALIAS && same_name(u->claims[i].value, name))
			return true;
	return false;
}

void unit_claim(struct arena *a, struct unit *u, const struct claim *c)
{
	if (c->key == CLAIM_ALIAS && same_name(c->value, u->name))
		return;
	for (size_t i = 0; i < u->claims_count; i++)
		if (u->claims[i].key == c->key && u->claims[i].source == c->source && str_eq(u->claims[i].value, c->value))
			return;
	if (u->claims_count < UNIT_CLAIMS_MAX && ARENA_PUSH_ROOM(a, u->claims, u->claims_count, u->claims_capacity))
		u->claims[u->claims_count++] = *c;
}

/* Sources that have declared each unit, beside the units. */
struct making { struct reading *r; struct repository *to; uint32_t declared_by[REPOSITORY_UNITS_MAX]; };

static struct unit *add(struct making *m, const struct subject *s, struct str name)
{
	struct repository *to = m->to;
	if (to->units_count == REPOSITORY_UNITS_MAX) {
		to->note = STR("it has more services than are kept");
		return NULL;
	}
	if (!ARENA_PUSH_ROOM(m->r->arena, to->units, to->units_count, to->units_capacity))
		return NULL;
	to->units[to->units_count] = (struct unit){ .name = name, .root = s->root, .declared = s->kind == SUBJECT_DECLARED };
	return &to->units[to->units_count++];
}

static void take(struct making *m, struct unit *u, const struct subject *s)
{
	if (!u)
		return;
	/* A folder's name is no name that others use. */
	if (s->name.len && s->source != SOURCE_DOCKERFILE && !same_name(s->name, u->name))
		unit_claim(m->r->arena, u, &(struct claim){ .key = CLAIM_ALIAS, .source = s->source, .value = s->name, .file = s->file, .line = s->line, .time = s->count ? s->claims[0].time : 0 });
	for (size_t i = 0; i < s->count; i++)
		unit_claim(m->r->arena, u, &s->claims[i]);
}

static struct unit *named(struct making *m, struct str name)
{
	for (size_t i = 0; i < m->to->units_count; i++)
		if (unit_is_called(&m->to->units[i], name))
			return &m->to->units[i];
	return NULL;
}

/* At the folder or the nearest above it. */
static struct unit *nearest(struct making *m, struct str root, bool declared)
{
	struct unit *best = NULL;
	for (size_t i = 0; i < m->to->units_count; i++) {
		struct unit *u = &m->to->units[i];
		bool above = u->root.p && (u->root.len == 0 || str_below(root, u->root));
		if (above && (u->declared || !declared) && (!best || u->root.len > best->root.len))
			best = u;
	}
	return best;
}

static void declare(struct making *m, const struct subject *s)
{
	struct unit *u = named(m, s->name);
	for (size_t i = 0; i < m->to->units_count && !u; i++)
		if (str_eq(m->to->units[i].root, s->root) && !(m->declared_by[i] & 1u << s->source))
			u = &m->to->units[i];
	u = u ? u : add(m, s, s->name);
	if (u)
		m->declared_by[u - m->to->units] |= 1u << s->source;
	take(m, u, s);
}

static struct str repository_name(const struct repository *r)
{
	struct str name = path_name(r->path);
	return str_ends(name, STR(".git")) ? str_sub(name, 0, name.len - 4) : name;
}

static void infer(struct making *m, const struct subject *s)
{
	struct unit *u = nearest(m, s->root, true);
	for (size_t i = 0; i < m->to->units_count && !u; i++)
		if (str_eq(m->to->units[i].root, s->root) && m->to->units[i].root.p)
			u = &m->to->units[i];
	/* Some repositories have their recipes side by side, and name what they build. */
	u = u ? u : add(m, s, s->root.len || s->source == SOURCE_COMPOSE ? s->name : repository_name(m->to));
	take(m, u, s);
}

static struct str image_base(struct str image)
{
	struct str name = path_name(image);
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == ':' || name.p[i] == '@')
			return str_sub(name, 0, i);
	return name;
}

static void run(struct making *m, const struct subject *s)
{
	struct unit *u = named(m, s->name);
	for (size_t i = 0; i < s->count && !u; i++)
		if (s->claims[i].key == CLAIM_IMAGE)
			u = named(m, image_base(s->claims[i].value));
	take(m, u ? u : add(m, s, s->name), s);
}

static void belongs(struct making *m, const struct subject *s)
{
	struct unit *u = nearest(m, s->root, false);
	if (!u && m->to->units_count == 0)
		u = add(m, &(struct subject){ .root = STR(""), .kind = SUBJECT_INFERRED }, repository_name(m->to));
	take(m, u, s);
}

/* OWNERS is inherited: the nearest one at or above a service is its. */
static void inherit(struct making *m)
{
	const struct reading *r = m->r;
	for (size_t i = 0; i < m->to->units_count; i++) {
		struct unit *u = &m->to->units[i];
		const struct subject *best = NULL;
		for (size_t k = 0; k < r->count && u->root.p; k++) {
			const struct subject *s = r->subjects[k];
			if (s->source == SOURCE_OWNERS && s->count && (s->root.len == 0 || str_below(u->root, s->root)) && (!best || s->root.len > best->root.len))
				best = s;
		}
		if (best)
			take(m, u, best);
	}
}

static int order(const void *x, const void *y)
{
	const struct subject *a = *(const struct subject *const *)x, *b = *(const struct subject *const *)y;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind == SUBJECT_DECLARED && a->source != b->source)
		return a->source < b->source ? -1 : 1;
	int by_root = str_cmp(a->root.p ? a->root : STR(""), b->root.p ? b->root : STR(""));
	if (by_root)
		return by_root;
	if (a->source != b->source) /* of what is inferred, the folder's name is better than any service's of a compose file */
		return a->source == SOURCE_DOCKERFILE ? -1 : b->source == SOURCE_DOCKERFILE ? 1 : a->source < b->source ? -1 : 1;
	int by_file = str_cmp(a->file, b->file);
	return by_file ? by_file : a->line < b->line ? -1 : a->line > b->line;
}

bool units_make(struct reading *r)
{
	struct making *m = calloc(1, sizeof(*m));
	if (!m)
		return false;
	m->r = r;
	m->to = r->repository;
	if (r->count)
		qsort(r->subjects, r->count, sizeof(*r->subjects), order);
	for (size_t i = 0; i < r->count; i++) {
		const struct subject *s = r->subjects[i];
		if (s->kind == SUBJECT_DECLARED)
			declare(m, s);
		else if (s->kind == SUBJECT_INFERRED)
			infer(m, s);
		else if (s->kind == SUBJECT_RUN)
			run(m, s);
		else if (s->source != SOURCE_OWNERS)
			belongs(m, s);
	}
	inherit(m);
	free(m);
	return !r->arena->full;
}

/* --- which unit a path belongs to ---------------------------------------------------------------------------------------------------------------- */

struct units_index { struct map roots; };

struct units_index *units_index_new(const struct repository *r)
{
	struct units_index *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	map_init(&x->roots, REPOSITORY_UNITS_MAX);
	for (size_t i = 0; i < r->units_count; i++)
		if (r->units[i].root.p && !map_get(&x->roots, r->units[i].root))
			map_put(&x->roots, r->units[i].root, (void *)(uintptr_t)(i + 1));
	return x;
}

size_t units_index_find(const struct units_index *x, struct str path)
{
	for (;;) {
		uintptr_t at = (uintptr_t)map_get(&x->roots, path);
		if (at || !path.len)
			return at ? at - 1 : SIZE_MAX;
		path = path_folder(path);
	}
}

void units_index_free(struct units_index *x)
{
	if (!x)
		return;
	map_release(&x->roots);
	free(x);
}
