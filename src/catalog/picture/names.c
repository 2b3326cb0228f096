/* Names of services, teams and people (impl.h). */
#include "catalog/picture/impl.h"

struct str name_folded(struct arena *a, struct str name)
{
	char *to = arena_bytes(a, name.len);
	for (size_t i = 0; to && i < name.len; i++) {
		char c = name.p[i];
		to[i] = c == '_' || c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return str_from(to ? to : "", to ? name.len : 0);
}

static struct str behind_last(struct str s, char c)
{
	for (size_t i = s.len; i-- > 0;)
		if (s.p[i] == c)
			return str_skip(s, i + 1);
	return s;
}

struct str owner_name(struct making *m, struct str raw)
{
	struct arena *a = &m->p->arena;
	bool person = str_starts(raw, STR("user:")) || (raw.len > 1 && str_find_char(str_skip(raw, 1), '@') != SIZE_MAX) || (str_starts(raw, STR("@")) && str_find_char(raw, '/') == SIZE_MAX);
	size_t team = (uintptr_t)map_get(&m->people, name_folded(a, raw));
	if (team)
		return m->p->teams[team - 1].name;
	if (person)
		return raw;
	struct str name = raw;
	if (str_starts(name, STR("group:")) || str_starts(name, STR("team:")))
		name = behind_last(name, ':');
	name = behind_last(name, '/');
	while (str_starts(name, STR("@")))
		name = str_skip(name, 1);
	team = (uintptr_t)map_get(&m->teams, name_folded(a, name));
	return team ? m->p->teams[team - 1].name : name.len ? name : raw;
}

/* Members are written as login, mail or name; git knows names and mails, and the login of who commits by a forge's own address ("12+ada@users.noreply…"). */
struct picture_team *team_of_person(struct making *m, struct str name, struct str mail)
{
	struct arena *a = &m->p->arena;
	size_t at = str_find_char(mail, '@'), plus = str_find_char(str_sub(mail, 0, at), '+');
	struct str login = str_sub(mail, plus == SIZE_MAX ? 0 : plus + 1, at);
	struct str keys[] = { name_folded(a, mail), name_folded(a, name), name_folded(a, login), arena_printf(a, "@%.*s", STR_FMT(name_folded(a, login))),
			      arena_printf(a, "@%.*s", STR_FMT(name_folded(a, name))) };
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		size_t team = keys[i].len > 1 ? (uintptr_t)map_get(&m->people, keys[i]) : 0;
		if (team)
			return &m->p->teams[team - 1];
	}
	return NULL;
}
