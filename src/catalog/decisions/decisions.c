/* See decisions.h. */
#include "catalog/decisions/decisions.h"
#include "base/check.h"
#include "catalog/crawl/units.h"
#include <stdlib.h>

struct making { struct decisions *d; struct arena *a; const struct picture *p; const struct libraries *l; };

static const struct { struct str word; enum decision_state state; } states[] = {
#define DECISION_STATE(word, state) { STR_INIT(word), DECISION_##state },
#include "tbl/decision_states.h"
#undef DECISION_STATE
};

struct str decision_state_name(enum decision_state s)
{
	static const struct str names[] = { STR_INIT("unsaid"), STR_INIT("open"), STR_INIT("taken"), STR_INIT("ended") };
	CHECK(s < ARRAY_LEN(names));
	return names[s];
}

enum decision_state decision_state_of(struct str status)
{
	enum decision_state found = DECISION_UNSAID;
	for (size_t i = 0, end; i < status.len; i = end + 1) {
		for (end = i; end < status.len && ((status.p[end] | 0x20) >= 'a' && (status.p[end] | 0x20) <= 'z');)
			end++;
		struct str word = str_sub(status, i, end);
		for (size_t k = 0; k < ARRAY_LEN(states); k++)
			if (str_eq_ci(word, states[k].word) && (found == DECISION_UNSAID || states[k].state == DECISION_ENDED))
				found = states[k].state;
	}
	return found;
}

/* --- whose it is ------------------------------------------------------------------------------------------------------------------------------------------- */

static size_t commits_of(const struct making *m, size_t user)
{
	const struct unit *u = m->l->users[user].service->unit;
	return u ? u->people.commits : 0;
}

/* Keeps those with the most commits. */
static void add_service(const struct making *m, struct decision_known *k, size_t user)
{
	size_t at = k->services_count;
	while (at > 0 && commits_of(m, k->services[at - 1]) < commits_of(m, user))
		at--;
	if (at == DECISION_SERVICES_MAX)
		return;
	k->services_count += k->services_count < DECISION_SERVICES_MAX;
	memmove(&k->services[at + 1], &k->services[at], (k->services_count - 1 - at) * sizeof(k->services[0]));
	k->services[at] = user;
}

/* Of its folder, else of the repository; users: the repository's, whose units' users they are. */
static void services_of(const struct making *m, struct decision_known *k, const struct units_index *x, const size_t *users)
{
	size_t unit = units_index_find(x, path_folder(k->decision->file));
	for (size_t i = 0; i < k->repository->units_count; i++)
		if (users[i] != SIZE_MAX && (unit == SIZE_MAX || unit == i))
			add_service(m, k, users[i]);
}

/* User of each unit of a repository; SIZE_MAX: it says the same as another's. */
static size_t *users_of(const struct making *m, const struct repository *r)
{
	size_t *users = ARENA_ARRAY(m->a, r->units_count + 1, size_t);
	for (size_t i = 0; users && i < r->units_count; i++)
		users[i] = SIZE_MAX;
	for (size_t i = 0; users && i < m->l->services_count; i++) {
		const struct picture_service *s = m->l->users[i].service;
		if (s->repository == r && s->unit)
			users[s->unit - r->units] = i;
	}
	return users;
}

/* An option that was chosen by name counts more than what the title is about ("Kafka or RabbitMQ?"); a sentence where the title names no choice. */
static bool read_outcome(struct decision_known *k, struct arena *a)
{
	const struct decision *d = k->decision;
	struct decision_title outcome;
	if (!d->outcome.len || (k->title.choices_count && !d->chosen))
		return true;
	if (!decision_title_read(&outcome, a, d->chosen ? arena_printf(a, "use %.*s", STR_FMT(d->outcome)) : d->outcome))
		return false;
	/* What is chosen has to be known by its name, or to be a choice of what the title is of. */
	if (!outcome.choices_count || (!outcome.topic.len && !k->title.topic.len))
		return true;
	memcpy(k->title.choices, outcome.choices, sizeof(k->title.choices));
	k->title.choices_count = outcome.choices_count;
	k->title.topic = outcome.topic.len ? outcome.topic : k->title.topic;
	return true;
}

static bool of_repository(struct making *m, const struct repository *r)
{
	struct decisions *d = m->d;
	struct units_index *x = r->decisions_count ? units_index_new(r) : NULL;
	size_t *users = x ? users_of(m, r) : NULL;
	bool ok = !r->decisions_count || users;
	for (size_t i = 0; ok && i < r->decisions_count; i++) {
		ok = ARENA_PUSH_ROOM(m->a, d->items, d->count, d->capacity);
		if (!ok)
			break;
		struct decision_known *k = &d->items[d->count++];
		*k = (struct decision_known){ .repository = r, .decision = &r->decisions[i], .state = decision_state_of(r->decisions[i].status) };
		ok = decision_title_read(&k->title, m->a, k->decision->title) && read_outcome(k, m->a);
		services_of(m, k, x, users);
	}
	units_index_free(x);
	return ok;
}

/* --- which are about the same ------------------------------------------------------------------------------------------------------------------------------ */

static int by_state(const void *x, const void *y)
{
	static const int ranks[] = { [DECISION_OPEN] = 0, [DECISION_TAKEN] = 1, [DECISION_UNSAID] = 2, [DECISION_ENDED] = 3 };
	const struct decision_known *a = x, *b = y;
	if (a->state != b->state)
		return ranks[a->state] - ranks[b->state];
	int order = str_cmp(b->decision->date, a->decision->date);
	order = order ? order : str_cmp(a->repository->path, b->repository->path);
	return order ? order : str_cmp(a->decision->file, b->decision->file);
}

/* Whether two decisions are of different teams; where none is known, of different repositories. */
static bool apart(const struct making *m, const struct decision_known *a, const struct decision_known *b)
{
	bool known_a = false, known_b = false;
	for (size_t i = 0; i < a->services_count; i++)
		for (size_t k = 0; k < b->services_count; k++) {
			size_t x = m->l->users[a->services[i]].team, y = m->l->users[b->services[k]].team;
			known_a |= x != SIZE_MAX;
			known_b |= y != SIZE_MAX;
			if (x != SIZE_MAX && x == y)
				return false;
		}
	return (known_a && known_b) || a->repository != b->repository;
}

static void judge(const struct making *m, struct decision_group *g)
{
	for (size_t i = 0; i < g->count && !(g->differs && g->open); i++)
		for (size_t k = i + 1; k < g->count; k++) {
			const struct decision_known *a = &m->d->items[g->items[i]], *b = &m->d->items[g->items[k]];
			if (!apart(m, a, b))
				continue;
			g->differs |= a->state == DECISION_TAKEN && b->state == DECISION_TAKEN && decision_titles_differ(&a->title, &b->title);
			g->open |= (a->state == DECISION_OPEN && b->state == DECISION_TAKEN) || (a->state == DECISION_TAKEN && b->state == DECISION_OPEN);
		}
}

/* items: of the arena. One decision alone is no group. */
static bool group(struct making *m, struct str subject, size_t *items, size_t count)
{
	struct decisions *d = m->d;
	if (count < 2)
		return true;
	if (!ARENA_PUSH_ROOM(m->a, d->groups, d->groups_count, d->groups_capacity))
		return false;
	d->groups[d->groups_count] = (struct decision_group){ .subject = subject, .items = items, .count = count };
	judge(m, &d->groups[d->groups_count++]);
	return true;
}

/* Topics are few: the words of the tables. */
static bool by_topic(struct making *m)
{
	const struct decisions *d = m->d;
	bool *done = ARENA_ARRAY(m->a, d->count + 1, bool);
	for (size_t i = 0; done && i < d->count; i++) {
		struct str topic = d->items[i].title.topic;
		if (done[i] || !topic.len)
			continue;
		size_t count = 0, *items = ARENA_ARRAY(m->a, d->count - i, size_t);
		for (size_t k = i; items && k < d->count; k++)
			if (str_eq(d->items[k].title.topic, topic)) {
				items[count++] = k;
				done[k] = true;
			}
		if (!items || !group(m, topic, items, count))
			return false;
	}
	return done != NULL;
}

static struct str words_of(struct making *m, const struct decision_title *t)
{
	struct str s = t->words[0];
	for (size_t i = 1; i < t->words_count; i++)
		s = arena_printf(m->a, "%.*s %.*s", STR_FMT(s), STR_FMT(t->words[i]));
	return s;
}

/* Those that share words with the first of them. What one topic has together already is told there. */
static bool by_words(struct making *m)
{
	const struct decisions *d = m->d;
	bool *done = ARENA_ARRAY(m->a, d->count + 1, bool);
	size_t *found = ARENA_ARRAY(m->a, d->count + 1, size_t);
	for (size_t i = 0; done && found && i < d->count; i++) {
		const struct decision_title *t = &d->items[i].title;
		size_t count = 0;
		bool one_topic = t->topic.len > 0;
		for (size_t k = i; k < d->count && !done[i]; k++)
			if (k == i || (!done[k] && decision_titles_share(t, &d->items[k].title))) {
				found[count++] = k;
				one_topic = one_topic && str_eq(d->items[k].title.topic, t->topic);
			}
		for (size_t k = 0; k < count; k++)
			done[found[k]] = true;
		size_t *items = count > 1 && !one_topic ? ARENA_ARRAY(m->a, count, size_t) : NULL;
		if (items)
			memcpy(items, found, count * sizeof(*items));
		if (items && !group(m, words_of(m, t), items, count))
			return false;
	}
	return done && found && !m->a->full;
}

static int by_difference(const void *x, const void *y)
{
	const struct decision_group *a = x, *b = y;
	if (a->differs != b->differs)
		return a->differs ? -1 : 1;
	if (a->open != b->open)
		return a->open ? -1 : 1;
	return a->count != b->count ? (a->count > b->count ? -1 : 1) : str_cmp(a->subject, b->subject);
}

bool decisions_make(struct decisions *d, struct arena *a, const struct picture *p, const struct libraries *l)
{
	struct making m = { .d = d, .a = a, .p = p, .l = l };
	*d = (struct decisions){ 0 };
	for (size_t i = 0; i < p->repositories_count; i++)
		if (!of_repository(&m, &p->repositories[i]))
			return false;
	if (d->count)
		qsort(d->items, d->count, sizeof(*d->items), by_state);
	d->cut = d->count > DECISIONS_MAX;
	d->count = d->cut ? DECISIONS_MAX : d->count;
	if (!by_topic(&m) || !by_words(&m))
		return false;
	if (d->groups_count)
		qsort(d->groups, d->groups_count, sizeof(*d->groups), by_difference);
	for (size_t i = 0; i < d->groups_count; i++)
		d->differ += d->groups[i].differs;
	return true;
}
