/* Teams and their members: from pleach.yaml of the fleet, and from what repositories say (Backstage's Groups and Users, other pleach.yaml). */
#include "catalog/picture/impl.h"
#include <stdlib.h>

enum { TEAMS_MAX = 20000 };

static struct picture_team *team(struct making *m, struct str name)
{
	struct picture *p = m->p;
	struct str folded = name_folded(&p->arena, name);
	uintptr_t at = (uintptr_t)map_get(&m->teams, folded);
	if (at)
		return &p->teams[at - 1];
	if (!name.len || p->teams_count == TEAMS_MAX || !ARENA_PUSH_ROOM(&p->arena, p->teams, p->teams_count, p->teams_capacity))
		return NULL;
	p->teams[p->teams_count] = (struct picture_team){ .name = name };
	map_put(&m->teams, folded, (void *)(uintptr_t)(p->teams_count + 1));
	return &p->teams[p->teams_count++];
}

static void member(struct making *m, struct picture_team *t, struct str name)
{
	struct picture *p = m->p;
	for (size_t i = 0; i < t->members_count; i++)
		if (str_eq_ci(t->members[i], name))
			return;
	if (ARENA_PUSH_ROOM(&p->arena, t->members, t->members_count, t->members_capacity))
		t->members[t->members_count++] = name;
}

static void of_fleet(struct making *m, const struct fleet *f)
{
	for (size_t i = 0; f && i < f->teams_count; i++) {
		struct picture_team *t = team(m, f->teams[i].name);
		if (!t)
			continue;
		t->known = true;
		t->contact = f->teams[i].contact;
		t->file = f->teams[i].place.file;
		t->line = f->teams[i].place.line;
		for (size_t k = 0; k < f->teams[i].members_count; k++)
			member(m, t, f->teams[i].members[k]);
	}
}

static void of_repository(struct making *m, const struct repository *r)
{
	for (size_t i = 0; i < r->teams_count; i++) {
		const struct crawled_team *from = &r->teams[i];
		struct picture_team *t = team(m, from->name);
		if (!t)
			continue;
		if (!t->known) {
			t->file = from->file;
			t->line = from->line;
			t->repository = r;
		}
		t->known = true;
		t->contact = t->contact.len ? t->contact : from->contact;
		t->parent = t->parent.len ? t->parent : from->parent;
		for (size_t k = 0; k < from->members_count; k++)
			member(m, t, from->members[k]);
	}
}

static int by_name(const void *x, const void *y) { return str_cmp(((const struct picture_team *)x)->name, ((const struct picture_team *)y)->name); }

bool teams_gather(struct making *m)
{
	struct picture *p = m->p;
	of_fleet(m, m->from->fleet);
	for (size_t i = 0; i < m->from->repositories_count; i++)
		of_repository(m, &m->from->repositories[i]);
	if (p->teams_count)
		qsort(p->teams, p->teams_count, sizeof(*p->teams), by_name);
	map_clear(&m->teams);
	for (size_t i = 0; i < p->teams_count; i++)
		map_put(&m->teams, name_folded(&p->arena, p->teams[i].name), (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < p->teams_count; i++)
		for (size_t k = 0; k < p->teams[i].members_count; k++)
			map_put(&m->people, name_folded(&p->arena, p->teams[i].members[k]), (void *)(uintptr_t)(i + 1));
	return !p->arena.full;
}

/* --- what they have and do ----------------------------------------------------------------------------------------------------------------------- */

/* A person counts once, in whatever many services. */
static void count_people(struct making *m)
{
	struct map seen;
	map_init(&seen, 1 << 20);
	for (size_t i = 0; i < m->p->count; i++)
		for (size_t k = 0; k < m->p->services[i].people_count; k++) {
			const struct picture_person *who = &m->p->services[i].people[k];
			struct picture_team *t = who->team.len ? team(m, who->team) : NULL;
			if (!t)
				continue;
			t->last = who->last > t->last ? who->last : t->last;
			if (who->anywhere > m->p->now - PICTURE_ACTIVE && !map_get(&seen, who->mail) && map_put(&seen, who->mail, t))
				t->active++;
		}
	map_release(&seen);
}

void teams_count(struct making *m)
{
	count_people(m);
	for (size_t i = 0; i < m->p->count; i++) {
		const struct picture_service *s = &m->p->services[i];
		struct picture_team *t = s->owner.len && str_find_char(s->owner, '@') == SIZE_MAX ? team(m, s->owner) : NULL;
		if (!t)
			continue;
		t->services++;
		t->conflicts += s->conflict.len > 0;
		t->orphans += s->orphan != 0;
	}
	if (m->p->teams_count) /* those that are only named came behind the others */
		qsort(m->p->teams, m->p->teams_count, sizeof(*m->p->teams), by_name);
}
