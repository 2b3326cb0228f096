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

static struct str base_name(struct str path)
{
	for (size_t i = path.len; i-- > 0;)
		if (path.p[i] == '/')
			return str_skip(path, i + 1);
	return path;
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

size_t libraries_user(struct libraries *l, struct arena *a, const struct picture *p, struct str service, struct str repository)
{
	for (size_t i = l->users_count; i-- > 0;) /* files of one service come one after the other */
		if (service.len ? l->users[i].service && str_eq(l->users[i].name, service) : !l->users[i].service && str_eq(l->users[i].repository, repository))
			return i;
	if (!ARENA_PUSH_ROOM(a, l->users, l->users_count, l->users_capacity))
		return SIZE_MAX;
	struct library_user *u = &l->users[l->users_count];
	const struct picture_service *s = service.len ? picture_service(p, service) : NULL;
	*u = (struct library_user){ .name = s ? s->name : base_name(repository), .repository = repository, .service = s, .owner = s ? s->owner : STR(""), .contact = STR("") };
	if (s) {
		u->person = active(p, s);
		u->asleep = asleep(p, s);
	} else {
		of_repository(u, p);
	}
	const struct picture_team *t = u->owner.len ? picture_team(p, u->owner) : NULL;
	u->contact = t ? t->contact : STR("");
	u->team = team(l, a, u->owner);
	return l->users_count++;
}
