/* Which services are released in lock-step (releases.h), and what is said of releases. */
#include "base/check.h"
#include "base/map.h"
#include "catalog/releases/releases.h"
#include <math.h>
#include <stdlib.h>

enum { PAIRS_MAX = 200000 /* that are looked at */, SHOWN = 20 };
#define SURE 0.001
struct event { int64_t time; size_t service; };
struct pair { uint64_t key /* the smaller place above the greater one; the map's, as bytes */; size_t close; };

static int by_time(const void *x, const void *y)
{
	const struct event *a = x, *b = y;
	return a->time == b->time ? (a->service > b->service) - (a->service < b->service) : a->time < b->time ? -1 : 1;
}

/* Releases of x with one of y within the hour when those of y are moved; both newest first. Each of y counts for one of x at most. */
static size_t together(const struct releases *x, const struct releases *y, int64_t moved, int64_t since)
{
	size_t n = 0, k = 0;
	for (size_t i = 0; i < x->count && x->items[i].time > since; i++) {
		int64_t t = x->items[i].time;
		while (k < y->count && y->items[k].time + moved > t + RELEASES_WITHIN)
			k++;
		if (k < y->count && y->items[k].time + moved >= t - RELEASES_WITHIN) {
			n++;
			k++;
		}
	}
	return n;
}

/* P(X >= k) of a Poisson distribution. */
static double tail(size_t k, double mean)
{
	double term = exp(-mean), below = 0;
	for (size_t i = 0; i < k; i++) {
		below += term;
		term *= mean / (double)(i + 1);
	}
	return below >= 1 ? 0 : 1 - below;
}

static bool judge(const struct release_history *h, const struct picture *p, struct lockstep *l)
{
	const struct releases *x = &h->of[l->a], *y = &h->of[l->b];
	int64_t since = p->now - RELEASES_YEAR;
	size_t moved = 0;
	l->together = together(x, y, 0, since);
	l->of = x->year < y->year ? x->year : y->year;
	if (l->together < LOCKSTEP_FEWEST || 2 * l->together <= l->of)
		return false;
	for (int day = 1; day <= LOCKSTEP_DAYS; day++)
		moved += together(x, y, day * (int64_t)86400, since) + together(x, y, -day * (int64_t)86400, since);
	l->chance = (double)moved / (2 * LOCKSTEP_DAYS);
	/* Of two that release seldom no moved count may have any. */
	return tail(l->together, l->chance < 0.25 ? 0.25 : l->chance) < SURE;
}

static int surest_first(const void *x, const void *y)
{
	const struct lockstep *a = x, *b = y;
	double p = (double)a->together - a->chance, q = (double)b->together - b->chance;
	return p > q ? -1 : p < q ? 1 : a->a != b->a ? (a->a < b->a ? -1 : 1) : (a->b > b->b) - (a->b < b->b);
}

/* Pairs of different repositories that were close at all, with how often; few of all pairs. */
static bool count_close(const struct release_history *h, struct map *close, struct pair *pairs, size_t *count, const struct event *events, size_t n, const struct picture *p)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && events[k].time <= events[i].time + RELEASES_WITHIN; k++) {
			size_t a = events[i].service < events[k].service ? events[i].service : events[k].service, b = events[i].service < events[k].service ? events[k].service : events[i].service;
			if (a == b || (p->services[a].repository == p->services[b].repository && !(h->of[a].seen && h->of[b].seen)))
				continue;
			uint64_t key = (uint64_t)a << 32 | b;
			struct pair *x = map_get(close, str_from((const char *)&key, sizeof(key)));
			if (!x && *count == PAIRS_MAX)
				return true; /* what there is more is not looked at */
			if (!x) {
				x = &pairs[(*count)++];
				*x = (struct pair){ key, 0 };
				if (!map_put(close, str_from((const char *)&x->key, sizeof(x->key)), x))
					return false;
			}
			x->close++;
		}
	return true;
}

static struct event *events_of(const struct release_history *h, const struct picture *p, size_t *n)
{
	size_t all = 0;
	for (size_t i = 0; i < p->count; i++)
		all += h->of[i].year >= LOCKSTEP_FEWEST ? h->of[i].year : 0;
	struct event *events = calloc(all + 1, sizeof(*events));
	*n = 0;
	for (size_t i = 0; events && i < p->count; i++)
		for (size_t k = 0; h->of[i].year >= LOCKSTEP_FEWEST && k < h->of[i].year && k < h->of[i].count; k++)
			events[(*n)++] = (struct event){ h->of[i].items[k].time, i };
	if (events)
		qsort(events, *n, sizeof(*events), by_time);
	return events;
}

bool lockstep_find(struct release_history *h, struct arena *a, const struct picture *p)
{
	size_t n, count = 0, capacity = 0;
	struct event *events = events_of(h, p, &n);
	struct pair *pairs = calloc(PAIRS_MAX, sizeof(*pairs));
	struct map close;
	map_init(&close, PAIRS_MAX);
	bool ok = events && pairs && count_close(h, &close, pairs, &count, events, n, p);
	for (size_t i = 0; ok && i < count && h->pairs_count < LOCKSTEP_MAX; i++) {
		struct lockstep l = { .a = (size_t)(pairs[i].key >> 32), .b = (size_t)(pairs[i].key & UINT32_MAX) };
		if (pairs[i].close < LOCKSTEP_FEWEST || !judge(h, p, &l))
			continue;
		ok = ARENA_PUSH_ROOM(a, h->pairs, h->pairs_count, capacity);
		if (ok)
			h->pairs[h->pairs_count++] = l;
	}
	if (ok && h->pairs_count)
		qsort(h->pairs, h->pairs_count, sizeof(*h->pairs), surest_first);
	map_release(&close);
	free(events);
	free(pairs);
	return ok;
}

void releases_json(struct json_out *o, const struct release_history *h, const struct picture *p, size_t service)
{
	const struct releases *r = h->of ? &h->of[service] : NULL;
	json_kv_u64(o, "releases_year", r ? r->year : 0);
	json_out_key(o, STR("releases"));
	json_out_array(o);
	for (size_t i = 0; r && i < r->count && i < SHOWN; i++) {
		json_out_object(o);
		json_kv_str(o, "version", r->items[i].version);
		json_kv_str(o, "tag", r->items[i].tag);
		json_kv_i64(o, "time_ms", r->items[i].time * 1000);
		json_kv_bool(o, "whole", r->items[i].whole);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_key(o, STR("released_with"));
	json_out_array(o);
	for (size_t i = 0; i < h->pairs_count; i++) {
		const struct lockstep *l = &h->pairs[i];
		if (l->a != service && l->b != service)
			continue;
		const struct picture_service *other = &p->services[l->a == service ? l->b : l->a];
		json_out_object(o);
		json_kv_str(o, "service", other->name);
		json_kv_str(o, "owner", other->owner);
		json_kv_u64(o, "together", l->together);
		json_kv_u64(o, "of", l->of);
		json_kv_f64(o, "by_habit", l->chance);
		json_out_end(o);
	}
	json_out_end(o);
}
