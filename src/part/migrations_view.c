/* What was seen of a version that goes away: its callers, who moved, and how far the migration is. Pure but for the reading of usage. */
#include "base/check.h"
#include "part/migrations_impl.h"
#include <stdlib.h>

enum { DUE_DAYS = 30, QUIET_GAPS = 20 };
#define QUIET_LEAST (5 * (int64_t)1000)
#define QUIET_OF_DAYS (2 * DAY_MS)

struct looking {
	const struct migrations *m;
	struct arena *arena;
	struct migration_view *view;
	struct map by_consumer;          /* to struct caller index + 1 of the version; to struct newer of the successor */
};
struct newer { int64_t first_ms, last_ms; };

static const struct party *party_of(const struct migrations *m, struct str name)
{
	size_t low = 0, high = m->party_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(name, m->parties[middle].name);
		if (order == 0)
			return &m->parties[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static struct caller *caller_of(struct looking *l, struct str consumer)
{
	struct migration_view *v = l->view;
	uintptr_t at = (uintptr_t)map_get(&l->by_consumer, consumer);
	if (at)
		return &v->callers[at - 1];
	if (v->count == 4 * MIGRATION_CALLERS_MAX || !ARENA_PUSH_ROOM(l->arena, v->callers, v->count, v->capacity)) {
		v->outside_of_these++;
		return NULL;
	}
	const struct party *p = party_of(l->m, consumer);
	struct caller *c = &v->callers[v->count];
	*c = (struct caller){ .consumer = arena_str(l->arena, consumer), .owner = p ? p->owner : STR(""), .contact = p ? p->contact : STR("") };
	if (!map_put(&l->by_consumer, c->consumer, (void *)(uintptr_t)(v->count + 1)))
		return NULL;
	v->count++;
	return c;
}

static void add_used(struct looking *l, struct caller *c, struct str operation, const struct usage_seen *s)
{
	if (c->count < MIGRATION_OPERATIONS_MAX && ARENA_PUSH_ROOM(l->arena, c->operations, c->count, c->capacity))
		c->operations[c->count++] = (struct used){ arena_str(l->arena, operation), s->calls, s->last_ms };
}

static void on_old(void *ctx, const struct usage_seen *s)
{
	struct looking *l = ctx;
	/* Of calls that fit no operation one field is what was called, "GET /v1/x"; the others are members of requests. */
	bool called = str_empty(s->operation) && str_find(s->field, STR(" /")) != SIZE_MAX;
	if (s->field.len && !called)
		return;
	struct caller *c = caller_of(l, s->consumer);
	if (!c)
		return;
	if (called || s->operation.len)
		add_used(l, c, called ? s->field : s->operation, s);
	if (called)
		return; /* counted by the row of the call itself */
	c->calls += s->calls;
	c->failed += s->failed;
	if (!c->first_ms || s->first_ms < c->first_ms)
		c->first_ms = s->first_ms;
	if (s->last_ms >= c->last_ms) {
		c->last_ms = s->last_ms;
		memcpy(c->trace, s->trace, sizeof(c->trace));
	}
}

static void on_new(void *ctx, const struct usage_seen *s)
{
	struct looking *l = ctx;
	if (s->field.len)
		return;
	struct newer *n = map_get(&l->by_consumer, s->consumer);
	if (!n) {
		n = ARENA_NEW(l->arena, struct newer);
		if (!n || !map_put(&l->by_consumer, arena_str(l->arena, s->consumer), n))
			return;
		*n = (struct newer){ s->first_ms, s->last_ms };
	}
	if (s->first_ms < n->first_ms)
		n->first_ms = s->first_ms;
	if (s->last_ms > n->last_ms)
		n->last_ms = s->last_ms;
}

/* See migrations.h. Silence of twenty usual distances is no pause (of calls that come by chance, one in some hundred millions). */
static bool has_moved(const struct caller *c, const struct newer *n, int64_t now_ms)
{
	if (!n)
		return false;
	if (c->last_ms < n->first_ms)
		return true;
	int64_t span = c->last_ms - c->first_ms, quiet = c->calls > 1 ? QUIET_GAPS * (span / (int64_t)(c->calls - 1)) : DAY_MS;
	if (span > DAY_MS && quiet < QUIET_OF_DAYS)
		quiet = QUIET_OF_DAYS;
	if (quiet < QUIET_LEAST)
		quiet = QUIET_LEAST;
	return now_ms - c->last_ms > quiet && n->last_ms - c->last_ms > quiet / 2;
}

static int more_calls_first(const void *a, const void *b)
{
	const struct caller *x = a, *y = b;
	return x->calls != y->calls ? (x->calls < y->calls ? 1 : -1) : str_cmp(x->consumer, y->consumer);
}

/* Takes those who moved, and those who were not seen for the window, from the callers. */
static void sort_out(struct looking *l, struct map *newer, int64_t now_ms)
{
	struct migration_view *v = l->view;
	size_t kept = 0;
	for (size_t i = 0; i < v->count; i++) {
		struct caller *c = &v->callers[i];
		const struct newer *n = map_get(newer, c->consumer);
		bool gone = now_ms - c->last_ms > l->m->window_ms;
		bool many = str_eq(c->consumer, STR(USAGE_OUTSIDE)); /* who calls the successor may be another one */
		if (n && !many && (gone || has_moved(c, n, now_ms))) {
			if (ARENA_PUSH_ROOM(l->arena, v->moved, v->moved_count, v->moved_capacity))
				v->moved[v->moved_count++] = (struct moved){ c->consumer, c->owner, c->last_ms, n->first_ms };
		} else if (!gone) {
			v->callers[kept++] = *c;
		}
	}
	v->count = kept;
	if (kept > 1)
		qsort(v->callers, kept, sizeof(*v->callers), more_calls_first);
	if (kept > MIGRATION_CALLERS_MAX) {
		v->outside_of_these += kept - MIGRATION_CALLERS_MAX;
		v->count = MIGRATION_CALLERS_MAX;
	}
}

bool migration_is_watched(const struct migrations *m, const struct migration_view *v, int64_t now_ms)
{
	return v->watched_since_ms && now_ms - v->watched_since_ms >= m->window_ms;
}

static enum migration_state state_of(const struct migrations *m, const struct migration_view *v, int64_t now_ms)
{
	const struct served *s = &v->of->served;
	bool begun = (s->deprecated && s->deprecated / 1000000 <= now_ms) || (s->sunset && s->sunset / 1000000 <= now_ms) || (!s->deprecated && s->sunset);
	bool silent = v->count == 0 && m->usage && !v->outside_of_these && (v->moved_count || migration_is_watched(m, v, now_ms));
	if (begun && silent)
		return MIGRATION_REMOVABLE;
	if (s->sunset && s->sunset / 1000000 < now_ms)
		return MIGRATION_OVERDUE;
	if (s->sunset && v->days_left <= DUE_DAYS)
		return MIGRATION_DUE;
	return begun ? MIGRATION_DEPRECATED : MIGRATION_PLANNED;
}

const char *migration_state_name(enum migration_state s)
{
	static const char *const names[] = { "planned", "deprecated", "due", "overdue", "removable" };
	CHECK((size_t)s < ARRAY_LEN(names));
	return names[s];
}

static int64_t days_until(int64_t sunset_ms, int64_t now_ms)
{
	int64_t left = sunset_ms - now_ms;
	return left >= 0 ? left / DAY_MS : -((-left + DAY_MS - 1) / DAY_MS);
}

bool migration_look(const struct migrations *m, const struct migration *x, int64_t now_ms, struct arena *a, struct migration_view *out)
{
	struct looking l = { m, a, out, { 0 } };
	struct map newer;
	*out = (struct migration_view){ .of = x };
	if (x->served.sunset)
		out->days_left = days_until(x->served.sunset / 1000000, now_ms);
	map_init(&l.by_consumer, 4 * MIGRATION_CALLERS_MAX);
	if (m->usage) {
		out->watched_since_ms = usage_watched_since(m->usage, x->service, x->served.version);
		usage_each(m->usage, x->service, x->served.version, 0, on_old, &l);
	}
	map_release(&l.by_consumer);
	map_init(&l.by_consumer, 4 * MIGRATION_CALLERS_MAX);
	if (m->usage && x->served.successor.len)
		usage_each(m->usage, x->service, x->served.successor, 0, on_new, &l);
	newer = l.by_consumer;
	sort_out(&l, &newer, now_ms);
	for (size_t i = 0; i < out->count; i++)
		usage_days(m->usage, out->callers[i].consumer, x->service, x->served.version, now_ms, out->callers[i].days, MIGRATION_DAYS);
	map_release(&newer);
	out->state = state_of(m, out, now_ms);
	return !a->full;
}
