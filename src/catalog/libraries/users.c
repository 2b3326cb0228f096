/* Who uses libraries: services, and repositories as a whole (libraries.h). */
#include "catalog/libraries/libraries.h"

static size_t team(struct libraries *l, struct arena *a, struct str name)
{
	for (size_t i = 0; i < l->teams_count; i++)
		if (str_eq(l->teams[i], name))
			return i;
	if (!name.len || !ARENA_PUSH_ROOM(a, l->teams, l->teams_count, l->teams_capacity))
		return SIZE_MAX;
	l->teams[l->teams_count] = name;
	return l->teams_count++;
}

static const struct picture_person *active(const struct picture *p, const struct picture_service *s)
{
	return s->people_count && s->people[0].commits && s->people[0].last > p->now - PICTURE_ACTIVE ? &s->people[0] : NULL;
}

static bool asleep(const struct picture *p, const struct picture_service *s)
{
	int64_t last = s->unit ? s->unit->people.last_commit : 0;
	return last && last < p->now - PICTURE_ACTIVE;
}

/* Owned by whom all its services belong to; as active as the most active of them. */
static void of_repository(struct library_user *u, const struct picture *p)
{
	bool first = true;
	u->asleep = true;
	for (size_t i = 0; i < p->count; i++) {
		const struct picture_service *s = &p->services[i];
		if (!s->repository || !str_eq(s->repository->path, u->repository))
			continue;
		const struct picture_person *who = active(p, s);
		u->owner = first || str_eq(u->owner, s->owner) ? s->owner : STR("");
		u->asleep = u->asleep && asleep(p, s);
		u->person = who && (!u->person || who->commits > u->person->commits) ? who : u->person;
		first = false;
	}
	u->asleep = u->asleep && !first;
}

static bool contact(struct libraries *l, struct arena *a, const struct picture *p, struct library_user *u)
{
	const struct picture_team *t = u->owner.len ? picture_team(p, u->owner) : NULL;
	u->contact = t ? t->contact : STR("");
	u->team = team(l, a, u->owner);
	return !a->full;
}

bool libraries_users(struct libraries *l, struct arena *a, const struct picture *p)
{
	l->users = ARENA_ARRAY(a, p->count + 1, struct library_user);
	l->users_capacity = l->users ? p->count + 1 : 0;
	for (size_t i = 0; l->users && i < p->count; i++) {
		const struct picture_service *s = &p->services[i];
		l->users[i] = (struct library_user){ .name = s->name, .repository = s->repository ? s->repository->path : STR(""), .service = s, .owner = s->owner, .person = active(p, s), .asleep = asleep(p, s) };
		if (!contact(l, a, p, &l->users[i]))
			return false;
	}
	l->services_count = l->users_count = l->users ? p->count : 0;
	return l->users != NULL;
}

/* Services are sorted by name. */
static size_t of_name(const struct libraries *l, struct str name)
{
	size_t from = 0, to = l->services_count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = str_cmp(l->users[middle].name, name);
		if (order == 0)
			return middle;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return SIZE_MAX;
}

size_t libraries_user(struct libraries *l, struct arena *a, const struct picture *p, struct str service, struct str repository)
{
	if (service.len)
		return of_name(l, service);
	for (size_t i = l->users_count; i-- > l->services_count;)
		if (str_eq(l->users[i].repository, repository))
			return i;
	if (!ARENA_PUSH_ROOM(a, l->users, l->users_count, l->users_capacity))
		return SIZE_MAX;
	struct library_user *u = &l->users[l->users_count];
	*u = (struct library_user){ .name = path_name(repository), .repository = repository, .owner = STR("") };
	of_repository(u, p);
	contact(l, a, p, u);
	return l->users_count++;
}
