/* See libraries.h: what was found is sorted by capability, ecosystem, library and user, and counted run by run. */
#include "catalog/libraries/libraries.h"
#include "base/check.h"
#include <stdlib.h>

struct row { enum capability capability; const struct library_found *found; size_t user; };

/* Counting each user and team once: a stamp says where it was counted last. */
struct counting { size_t *users, *teams, stamp; };

struct making { struct libraries *l; struct arena *a; const struct picture *p; struct row *rows; size_t count; struct counting counted; };

static int by_library(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int order = (a->capability > b->capability) - (a->capability < b->capability);
	order = order ? order : (a->found->package->type > b->found->package->type) - (a->found->package->type < b->found->package->type);
	order = order ? order : str_cmp(a->found->package->name, b->found->package->name);
	order = order ? order : (a->user > b->user) - (a->user < b->user);
	order = order ? order : str_cmp(a->found->package->version, b->found->package->version);
	order = order ? order : (a->found->use == PACKAGE_DIRECT ? 0 : 1) - (b->found->use == PACKAGE_DIRECT ? 0 : 1);
	order = order ? order : str_cmp(a->found->file, b->found->file);
	return order ? order : (a->found->line > b->found->line) - (a->found->line < b->found->line);
}

static bool rows_of(struct making *m, const struct library_found *found, size_t count)
{
	if (!libraries_users(m->l, m->a, m->p))
		return false;
	m->rows = ARENA_ARRAY(m->a, count + 1, struct row);
	for (size_t i = 0; m->rows && i < count; i++) {
		enum capability c = found[i].use == PACKAGE_TRANSITIVE ? CAPABILITY_NONE : packages_capability(found[i].package->type, found[i].package->name);
		size_t user = c == CAPABILITY_NONE ? SIZE_MAX : libraries_user(m->l, m->a, m->p, found[i].service, found[i].repository);
		if (user != SIZE_MAX)
			m->rows[m->count++] = (struct row){ c, &found[i], user };
	}
	if (m->count)
		qsort(m->rows, m->count, sizeof(*m->rows), by_library);
	m->counted.users = ARENA_ARRAY(m->a, m->l->users_count + 1, size_t);
	m->counted.teams = ARENA_ARRAY(m->a, m->l->teams_count + 1, size_t);
	return m->rows && m->counted.users && m->counted.teams && !m->a->full;
}

/* True the first time since the stamp rose. */
static bool first(size_t *stamps, size_t stamp, size_t i)
{
	if (i == SIZE_MAX || stamps[i] == stamp)
		return false;
	stamps[i] = stamp;
	return true;
}

static void count_uses(struct making *m, const struct library *x, size_t *users, size_t *teams)
{
	for (size_t i = 0; i < x->uses_count; i++) {
		*users += first(m->counted.users, m->counted.stamp, x->uses[i].user);
		*teams += first(m->counted.teams, m->counted.stamp, m->l->users[x->uses[i].user].team);
	}
}

static bool library(struct making *m, struct library *to, const struct row *rows, size_t n)
{
	*to = (struct library){ .name = rows[0].found->package->name, .uses = ARENA_ARRAY(m->a, n, struct library_use) };
	for (size_t i = 0; to->uses && i < n; i++) {
		const struct library_found *f = rows[i].found;
		bool again = i && rows[i - 1].user == rows[i].user && str_eq(rows[i - 1].found->package->version, f->package->version);
		if (!again)
			to->uses[to->uses_count++] = (struct library_use){ rows[i].user, f->package->version, f->file, f->line, f->use == PACKAGE_DIRECT };
	}
	m->counted.stamp++;
	if (to->uses)
		count_uses(m, to, &to->users, &to->teams);
	return to->uses != NULL;
}

static int by_use(const void *x, const void *y)
{
	const struct library *a = x, *b = y;
	if (a->teams != b->teams)
		return a->teams > b->teams ? -1 : 1;
	if (a->users != b->users)
		return a->users > b->users ? -1 : 1;
	return a->name.len != b->name.len ? (a->name.len < b->name.len ? -1 : 1) : str_cmp(a->name, b->name);
}

/* The most used library of each gives its name. */
static bool families(struct making *m, struct library_choice *c)
{
	c->family = ARENA_ARRAY(m->a, c->count, struct str);
	for (size_t i = 0; c->family && i < c->count; i++) {
		size_t f = 0;
		while (f < c->families && !libraries_related(c->type, c->items[i].name, c->family[f]))
			f++;
		c->items[i].family = f;
		if (f == c->families)
			c->family[c->families++] = c->items[i].name;
	}
	return c->family != NULL;
}

/* Teams of each family; which most teams use, and how many use none of it. */
static void common(struct making *m, struct library_choice *c)
{
	size_t most = 0, best = 0;
	for (size_t f = 0; f < c->families; f++) {
		size_t users = 0, teams = 0;
		m->counted.stamp++;
		for (size_t i = 0; i < c->count; i++)
			if (c->items[i].family == f)
				count_uses(m, &c->items[i], &users, &teams);
		if (teams > most || (teams == most && !f)) {
			most = teams;
			best = f;
		}
	}
	c->common = c->family[best];
	c->apart = c->teams - most;
}

/* Whose services use anything of the choice most often, services that nobody works on left out; of those the one whose people are most active. */
static bool ask(struct making *m, struct library_choice *c)
{
	const struct libraries *l = m->l;
	size_t *of_team = ARENA_ARRAY(m->a, l->teams_count + 1, size_t), best = SIZE_MAX, most = 0;
	m->counted.stamp++;
	for (size_t i = 0; of_team && i < c->count; i++)
		for (size_t k = 0; k < c->items[i].uses_count; k++) {
			const struct library_user *u = &l->users[c->items[i].uses[k].user];
			if (first(m->counted.users, m->counted.stamp, c->items[i].uses[k].user) && u->team != SIZE_MAX)
				of_team[u->team] += !u->asleep;
		}
	for (size_t i = 0; of_team && i < c->count; i++)
		for (size_t k = 0; k < c->items[i].uses_count; k++) {
			const struct library_user *u = &l->users[c->items[i].uses[k].user], *b = best == SIZE_MAX ? NULL : &l->users[best];
			size_t n = u->team == SIZE_MAX ? 0 : of_team[u->team], commits = u->person ? u->person->commits : 0, than = b && b->person ? b->person->commits : 0;
			if (!b || n > most || (n == most && (commits > than || (commits == than && str_cmp(u->name, b->name) < 0)))) {
				best = c->items[i].uses[k].user;
				most = n;
			}
		}
	c->ask = best;
	c->ask_users = most ? most : 1;
	return of_team != NULL;
}

static bool choice(struct making *m, const struct row *rows, size_t n)
{
	struct libraries *l = m->l;
	if (!ARENA_PUSH_ROOM(m->a, l->items, l->count, l->capacity))
		return false;
	struct library_choice *c = &l->items[l->count++];
	*c = (struct library_choice){ .capability = rows[0].capability, .type = rows[0].found->package->type };
	for (size_t i = 0; i < n; i++)
		c->count += !i || !str_eq(rows[i].found->package->name, rows[i - 1].found->package->name);
	c->items = ARENA_ARRAY(m->a, c->count, struct library);
	for (size_t i = 0, k = 0, end; c->items && i < n; i = end) {
		for (end = i + 1; end < n && str_eq(rows[end].found->package->name, rows[i].found->package->name);)
			end++;
		if (!library(m, &c->items[k++], &rows[i], end - i))
			return false;
	}
	if (!c->items)
		return false;
	qsort(c->items, c->count, sizeof(*c->items), by_use);
	m->counted.stamp++;
	for (size_t i = 0; i < c->count; i++)
		count_uses(m, &c->items[i], &c->users, &c->teams);
	if (!families(m, c))
		return false;
	common(m, c);
	c->divided = c->families > 1 && c->teams > 1;
	l->divided += c->divided;
	return ask(m, c);
}

static int by_division(const void *x, const void *y)
{
	const struct library_choice *a = x, *b = y;
	const size_t of_a[] = { a->divided, a->divided ? a->apart : 0, a->divided ? a->families : 0, a->teams, a->families, a->users };
	const size_t of_b[] = { b->divided, b->divided ? b->apart : 0, b->divided ? b->families : 0, b->teams, b->families, b->users };
	for (size_t i = 0; i < ARRAY_LEN(of_a); i++)
		if (of_a[i] != of_b[i])
			return of_a[i] > of_b[i] ? -1 : 1;
	return a->capability != b->capability ? (a->capability > b->capability) - (a->capability < b->capability) : (a->type > b->type) - (a->type < b->type);
}

bool libraries_make(struct libraries *l, struct arena *a, const struct picture *p, const struct library_found *found, size_t count)
{
	struct making m = { .l = l, .a = a, .p = p };
	*l = (struct libraries){ 0 };
	if (!rows_of(&m, found, count))
		return false;
	for (size_t i = 0, end; i < m.count; i = end) {
		for (end = i + 1; end < m.count && m.rows[end].capability == m.rows[i].capability && m.rows[end].found->package->type == m.rows[i].found->package->type;)
			end++;
		if (!choice(&m, &m.rows[i], end - i))
			return false;
	}
	if (l->count)
		qsort(l->items, l->count, sizeof(*l->items), by_division);
	return true;
}
