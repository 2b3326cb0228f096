/* A service stays the same when it moves or is renamed. It is known again by its name; else by its folder in the same repository; else by its contents (the sketch of
 * over.h), if whatever had them before is gone. Its id is the name under which it was first known. */
#include "base/check.h"
#include "catalog/crawl/over.h"
#include "catalog/picture/impl.h"

#define ALIKE 0.5

struct matching { struct making *m; bool *taken; const struct identity **of; };

static struct str origin(const struct repository *r) { return !r ? STR("") : r->origin.len ? r->origin : r->path; }

static bool fits(const struct gathered *g, const struct identity *i, bool by_contents)
{
	const struct unit *u = g->service.unit;
	if (!u || !i->repository.len)
		return false;
	if (by_contents)
		return tree_alike(i->tree, u->tree) >= ALIKE;
	return str_eq(i->root, u->root) && u->root.len && str_eq(i->repository, origin(g->service.repository));
}

static void take(struct matching *x, size_t k, size_t i)
{
	x->of[k] = &x->m->from->identities[i];
	x->taken[i] = true;
}

static void match(struct matching *x)
{
	const struct picture_sources *f = x->m->from;
	struct arena *a = &x->m->p->arena;
	struct map names;
	map_init(&names, 2 * PICTURE_SERVICES_MAX);
	for (size_t i = 0; i < f->identities_count; i++)
		map_put(&names, name_folded(a, f->identities[i].name), (void *)(uintptr_t)(i + 1));
	for (size_t k = 0; k < x->m->count; k++) {
		uintptr_t at = (uintptr_t)map_get(&names, name_folded(a, x->m->list[k].service.name));
		if (at && !x->taken[at - 1])
			take(x, k, at - 1);
	}
	map_release(&names);
	for (int pass = 0; pass < 2; pass++)
		for (size_t k = 0; k < x->m->count; k++)
			for (size_t i = 0; i < f->identities_count && !x->of[k]; i++)
				if (!x->taken[i] && fits(&x->m->list[k], &f->identities[i], pass == 1))
					take(x, k, i);
}

bool identities_keep(struct making *m)
{
	struct picture *p = m->p;
	const struct picture_sources *f = m->from;
	struct matching x = { m, ARENA_ARRAY(&p->arena, f->identities_count + 1, bool), ARENA_ARRAY(&p->arena, m->count + 1, const struct identity *) };
	p->identities = ARENA_ARRAY(&p->arena, m->count + f->identities_count + 1, struct identity);
	if (!x.taken || !x.of || !p->identities)
		return false;
	match(&x);
	for (size_t k = 0; k < m->count; k++) {
		struct picture_service *s = &m->list[k].service;
		const struct identity *before = x.of[k];
		s->id = before ? before->id : s->name;
		s->was = !before ? STR("") : str_eq(before->name, s->name) ? before->was : before->name;
		if (s->unit || s->declared)
			p->identities[p->identities_count++] = (struct identity){ s->id, s->name, origin(s->repository), s->unit ? s->unit->root : STR(""), s->unit ? s->unit->tree : STR(""), s->was };
	}
	/* What is gone is remembered: a repository may only be out of reach today. */
	for (size_t i = 0; i < f->identities_count; i++)
		if (!x.taken[i])
			p->identities[p->identities_count++] = f->identities[i];
	return true;
}
