/* Which services are in nobody's hands, why, and who would be the next to ask (picture.h). */
#include "base/check.h"
#include "catalog/picture/impl.h"

const struct orphan_reason_info orphan_reasons[ORPHAN_REASON_COUNT] = {
#define ORPHAN_REASON(symbol, name, title) { STR_INIT(name), STR_INIT(title) },
#include "tbl/orphan_reasons.h"
#undef ORPHAN_REASON
};

static const struct picture_team *team_of(struct making *m, struct str name)
{
	uintptr_t at = (uintptr_t)map_get(&m->teams, name_folded(&m->p->arena, name));
	return at ? &m->p->teams[at - 1] : NULL;
}

/* A member may commit to other services than this one. */
static bool is_active(struct making *m, const struct picture_team *t)
{
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->list[i].service.people_count; k++) {
			const struct picture_person *who = &m->list[i].service.people[k];
			if (who->anywhere > m->p->now - PICTURE_ACTIVE && str_eq(who->team, t->name))
				return true;
		}
	return false;
}

static bool team_has_history(struct making *m, const struct picture_team *t)
{
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->list[i].service.people_count; k++)
			if (str_eq(m->list[i].service.people[k].team, t->name))
				return true;
	return false;
}

/* Whoever sees less than half of what is declared says nothing by not having seen the rest: it runs elsewhere. */
bool services_watched(struct making *m)
{
	size_t declared = 0, seen = 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct picture_service *s = &m->list[i].service;
		declared += s->declared && s->is_service;
		seen += s->declared && s->is_service && s->seen;
	}
	return m->p->observed && 2 * seen >= declared;
}

static uint32_t reasons(struct making *m, const struct picture_service *s)
{
	const struct picture_team *t = s->owner.len ? team_of(m, s->owner) : NULL;
	int64_t last = s->unit ? s->unit->people.last_commit : 0;
	uint32_t r = 0;
	if (!s->owner.len)
		r |= 1u << ORPHAN_NO_OWNER;
	/* Where no file says which teams there are, none is unknown; and a person is no team. */
	else if (m->p->teams_count && (!t || !t->known) && str_find_char(s->owner, '@') == SIZE_MAX)
		r |= 1u << ORPHAN_UNKNOWN_OWNER;
	else if (t && t->members_count && team_has_history(m, t) && !is_active(m, t))
		r |= 1u << ORPHAN_INACTIVE_OWNER;
	if (s->contact && !s->contact->answered)
		r |= 1u << ORPHAN_NO_ANSWER;
	if (last && last < m->p->now - PICTURE_ACTIVE && s->callers_count)
		r |= 1u << ORPHAN_ABANDONED;
	if (m->watched && s->declared && s->is_service && !s->seen)
		r |= 1u << ORPHAN_NEVER_SEEN;
	if (!s->declared && !s->unit && s->seen)
		r |= 1u << ORPHAN_STRANGER;
	return r;
}

/* --- who is next ------------------------------------------------------------------------------------------------------------------------------------ */

struct candidate { struct str name, why; double weight; };

static void better(struct candidate *best, struct str name, double weight, struct str why)
{
	if (name.len && weight > best->weight)
		*best = (struct candidate){ name, why, weight };
}

/* Who wrote it knows it best: a team by its members' files and commits, where no team is known the person. */
static void by_authors(struct making *m, const struct picture_service *s, struct candidate *best)
{
	struct arena *a = &m->p->arena;
	size_t all = s->unit ? s->unit->people.files : 0;
	for (size_t i = 0; i < s->people_count; i++) {
		const struct picture_person *who = &s->people[i];
		size_t files = 0, people = 0;
		bool active = false;
		for (size_t k = 0; k < s->people_count; k++) {
			bool same = who->team.len ? str_eq(s->people[k].team, who->team) : k == i;
			files += same ? s->people[k].files : 0;
			people += same;
			active |= same && s->people[k].anywhere > m->p->now - PICTURE_ACTIVE;
		}
		double share = all ? (double)files / (double)all : 0;
		struct str why = who->team.len ? arena_printf(a, "%zu of those who wrote it %s of %.*s, with %zu of %zu files%s", people, people == 1 ? "is" : "are", STR_FMT(who->team), files, all,
								active ? "" : ", though not active for a year") :
						 arena_printf(a, "%.*s wrote %zu of its %zu files%s", STR_FMT(who->name), files, all, active ? "" : ", though not active for a year");
		if (!str_eq(who->team.len ? who->team : who->name, s->owner))
			better(best, who->team.len ? who->team : arena_printf(a, "%.*s <%.*s>", STR_FMT(who->name), STR_FMT(who->mail)), (active ? 1 : 0.3) * (0.2 + share), why);
	}
}

/* Who calls it would suffer. */
static void by_callers(struct making *m, const struct picture_service *s, struct candidate *best)
{
	uint64_t all = 0;
	for (size_t i = 0; i < s->callers_count; i++)
		all += s->callers[i]->calls;
	for (size_t i = 0; i < s->callers_count; i++) {
		uintptr_t at = (uintptr_t)map_get(&m->names, name_folded(&m->p->arena, s->callers[i]->caller));
		const struct picture_service *caller = at ? &m->list[at - 1].service : NULL;
		if (!caller || !caller->owner.len || !all)
			continue;
		double share = (double)s->callers[i]->calls / (double)all;
		better(best, caller->owner, 0.4 * share, arena_printf(&m->p->arena, "its %.*s makes %.0f %% of the calls", STR_FMT(caller->name), 100 * share));
	}
}

void orphan_judge(struct making *m, struct picture_service *s)
{
	struct candidate best = { .name = STR(""), .why = STR("") };
	s->orphan = reasons(m, s);
	if (!s->orphan)
		return;
	if (s->conflict.len && (s->orphan & 1u << ORPHAN_NO_ANSWER))
		s->conflict = arena_printf(&m->p->arena, "%.*s; %.*s did not answer when somebody tried to reach them", STR_FMT(s->conflict), STR_FMT(s->owner));
	by_authors(m, s, &best);
	by_callers(m, s, &best);
	const struct catalog_value *owner = picture_value(s, CLAIM_OWNER);
	for (size_t i = 0; owner && i < owner->count; i++) {
		const struct picture_team *t = team_of(m, owner->claims[i].says);
		if (t && t->known && !str_eq(t->name, s->owner))
			better(&best, t->name, owner->claims[i].confidence, arena_printf(&m->p->arena, "%.*s names it", STR_FMT(claim_sources[owner->claims[i].claim->source].name)));
	}
	s->next = best.name;
	s->next_why = best.why;
}
