/* The figures of a fleet (advice.h): sizes, and coupling as measured from calls where calls were seen, else as declared. */
#include "base/check.h"
#include "base/map.h"
#include "catalog/advice/advice.h"
#include <stdlib.h>

enum { PICTURE_EDGES_MAX = 1 << 20, CHATTY = 5 /* calls for each call that comes in */, CHATTY_FEWEST = 100 /* calls */ };
/* Edges of one service stand together: from first[service] on. */
struct graph { size_t n; size_t *from, *to, *first; size_t count, capacity; size_t *index, *low, *stack, depth, next, *component_size; bool *on_stack; struct arena *a; size_t in_cycles; };

static size_t number_of(const struct picture *p, struct str name)
{
	const struct picture_service *s = picture_service(p, name);
	return s ? (size_t)(s - p->services) : SIZE_MAX;
}

static bool has_edge(const struct graph *g, size_t from, size_t to)
{
	for (size_t i = g->first[from]; i < g->count; i++)
		if (g->to[i] == to)
			return true;
	return false;
}

static void edge(struct graph *g, size_t from, size_t to)
{
	size_t same = g->capacity;
	if (to == SIZE_MAX || from == to || g->count == PICTURE_EDGES_MAX || has_edge(g, from, to))
		return;
	if (!ARENA_PUSH_ROOM(g->a, g->from, g->count, g->capacity) || !ARENA_PUSH_ROOM(g->a, g->to, g->count, same))
		return;
	g->from[g->count] = from;
	g->to[g->count++] = to;
}

/* Tarjan 1972, without recursion: each frame is a node and the place in the list of edges. */
struct frame { size_t node, edge; };

static void enter(struct graph *g, size_t v)
{
	g->index[v] = g->low[v] = ++g->next;
	g->stack[g->depth++] = v;
	g->on_stack[v] = true;
}

static void leave(struct graph *g, size_t v)
{
	size_t size = 0;
	if (g->low[v] != g->index[v])
		return;
	for (size_t w = SIZE_MAX; w != v; size++) {
		w = g->stack[--g->depth];
		g->on_stack[w] = false;
	}
	g->in_cycles += size > 1 ? size : 0;
}

static void walk(struct graph *g, struct frame *frames, size_t start)
{
	size_t top = 0;
	frames[top++] = (struct frame){ start, g->first[start] };
	enter(g, start);
	while (top) {
		struct frame *f = &frames[top - 1];
		size_t v = f->node;
		if (f->edge == g->count || g->from[f->edge] != v) {
			leave(g, v);
			top--;
			if (top && g->low[v] < g->low[frames[top - 1].node])
				g->low[frames[top - 1].node] = g->low[v];
			continue;
		}
		size_t w = g->to[f->edge++];
		if (!g->index[w]) {
			enter(g, w);
			frames[top++] = (struct frame){ w, g->first[w] };
		} else if (g->on_stack[w] && g->index[w] < g->low[v]) {
			g->low[v] = g->index[w];
		}
	}
}

static void cycles(struct graph *g)
{
	struct frame *frames = ARENA_ARRAY(g->a, g->n + 1, struct frame);
	g->index = ARENA_ARRAY(g->a, g->n + 1, size_t);
	g->low = ARENA_ARRAY(g->a, g->n + 1, size_t);
	g->stack = ARENA_ARRAY(g->a, g->n + 1, size_t);
	g->on_stack = ARENA_ARRAY(g->a, g->n + 1, bool);
	if (!frames || !g->index || !g->low || !g->stack || !g->on_stack)
		return;
	for (size_t i = 0; i < g->n; i++)
		if (!g->index[i])
			walk(g, frames, i);
}

static void couple(struct figures *f, struct arena *a, const struct picture *p)
{
	struct graph g = { .a = a, .n = p->count, .first = ARENA_ARRAY(a, p->count + 1, size_t) };
	for (size_t i = 0; g.first && i < p->count; i++) {
		g.first[i] = g.count;
		const struct picture_service *s = &p->services[i];
		const struct catalog_value *declared = picture_value(s, CLAIM_CALLS); /* what was seen is among them */
		for (size_t k = 0; declared && k < declared->count; k++)
			edge(&g, i, number_of(p, declared->claims[k].says));
	}
	size_t *out = ARENA_ARRAY(a, g.n + 1, size_t), *in = ARENA_ARRAY(a, g.n + 1, size_t);
	for (size_t i = 0; out && in && i < g.count; i++) {
		const struct picture_service *from = &p->services[g.from[i]], *to = &p->services[g.to[i]];
		f->cross_team_edges += from->owner.len && to->owner.len && !str_eq(from->owner, to->owner);
		if (++out[g.from[i]] > f->fan_out) {
			f->fan_out = out[g.from[i]];
			f->widest = from->name;
		}
		if (++in[g.to[i]] > f->fan_in) {
			f->fan_in = in[g.to[i]];
			f->hub = to->name;
		}
	}
	f->edges = g.count;
	if (g.first)
		cycles(&g);
	f->in_cycles = g.in_cycles;
}

static void chatter(struct figures *f, struct arena *a, const struct picture *p)
{
	uint64_t most = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct picture_service *s = &p->services[i];
		uint64_t in = 0;
		for (size_t k = 0; k < s->callers_count; k++)
			in += s->callers[k]->calls;
		for (size_t k = 0; k < s->calls_count; k++) {
			uint64_t n = s->calls[k]->calls;
			if (!in || n < CHATTY_FEWEST || n < CHATTY * in || n / in <= most)
				continue;
			most = n / in;
			f->chatty = arena_printf(a, "%.*s calls %.*s %.1f times for each call that it gets", STR_FMT(s->name), STR_FMT(s->calls[k]->callee), (double)n / (double)in);
		}
	}
}

static void people_and_languages(struct figures *f, const struct picture *p)
{
	struct map people, languages;
	map_init(&people, 1 << 20);
	map_init(&languages, 1 << 10);
	for (size_t i = 0; i < p->count; i++) {
		const struct picture_service *s = &p->services[i];
		const struct catalog_value *language = picture_value(s, CLAIM_LANGUAGE);
		size_t there = 0;
		for (size_t k = 0; k < s->people_count; k++) {
			if (s->people[k].anywhere <= p->now - PICTURE_ACTIVE)
				continue;
			there += s->people[k].files > 0;
			map_put(&people, s->people[k].mail, f);
		}
		for (size_t k = 0; language && k < language->count; k++)
			map_put(&languages, language->claims[k].says, f);
		f->single_author += s->is_service && there == 1;
	}
	f->people = people.count;
	f->languages = languages.count;
	map_release(&people);
	map_release(&languages);
}

/* How the declared model of ownership and the commits of the last year fit: whoever changes a service most, and how many do. */
static void models(struct figures *f, const struct picture *p, const struct fleet *fleet)
{
	enum { COMMITS_FEWEST = 10 };
	for (size_t i = 0; fleet && i < p->count; i++) {
		const struct picture_service *s = &p->services[i];
		const struct service *declared = fleet_service(fleet, s->name);
		size_t all = 0, own = 0, people = 0;
		for (size_t k = 0; k < s->people_count; k++) {
			all += s->people[k].commits;
			own += s->people[k].team.len && str_eq(s->people[k].team, s->owner) ? s->people[k].commits : 0;
			people += s->people[k].commits > 0;
		}
		if (!declared || all < COMMITS_FEWEST)
			continue;
		bool others = 2 * own < all;
		f->strong_by_others += declared->ownership == OWNERSHIP_STRONG && others && s->owner.len;
		f->strong_example = declared->ownership == OWNERSHIP_STRONG && others && s->owner.len && !f->strong_example.len ? s->name : f->strong_example;
		f->weak_by_owner += declared->ownership == OWNERSHIP_WEAK && own == all;
		f->collective += declared->ownership == OWNERSHIP_COLLECTIVE;
		f->collective_people = declared->ownership == OWNERSHIP_COLLECTIVE && people > f->collective_people ? people : f->collective_people;
	}
}

static void of_fleet(struct figures *f, const struct fleet *fleet)
{
	for (size_t i = 0; fleet && i < fleet->services_count; i++) {
		const struct service *s = &fleet->services[i];
		for (size_t k = 0; k < s->calls_count; k++) {
			f->dependencies++;
			f->without_timeout += !s->calls[k].timeout;
			f->without_on_failure += !s->calls[k].on_failure.len;
		}
		for (size_t k = 0; k < s->serves_count; k++) {
			f->versions++;
			f->with_schema += s->serves[k].schema.len > 0;
		}
	}
}

static void count_findings(struct figures *f, const struct json *findings)
{
	const struct json *list = json_get(findings, STR("findings"));
	f->findings_known = list && list->type == JSON_ARRAY;
	for (uint32_t i = 0; f->findings_known && i < list->count; i++) {
		struct str pain = json_get_str(&list->items[i], STR("pain"), STR(""));
		for (int k = 0; k < PAIN_COUNT; k++)
			f->findings[k] += str_eq(pain, pain_infos[k].name);
	}
}

void figures_make(struct figures *f, struct arena *a, const struct picture *p, const struct fleet *fleet, const struct score *scores, size_t instances, const struct json *findings)
{
	double points = 0;
	*f = (struct figures){ .observed = p->observed, .instances = instances, .score = -1 };
	for (size_t i = 0; i < p->count; i++) {
		const struct picture_service *s = &p->services[i];
		if (!s->is_service)
			continue;
		f->services++;
		f->owned += s->owner.len > 0;
		f->orphans += s->orphan != 0;
		f->contradicted += s->conflict.len > 0;
		points += scores ? scores[i].points : 0;
		f->low += scores && scores[i].level < (scores[i].wanted > TIER_BRONZE ? scores[i].wanted : TIER_BRONZE);
	}
	for (size_t i = 0; i < p->teams_count; i++)
		f->teams += p->teams[i].known || p->teams[i].services;
	if (scores && f->services)
		f->score = points / (double)f->services;
	couple(f, a, p);
	chatter(f, a, p);
	people_and_languages(f, p);
	models(f, p, fleet);
	of_fleet(f, fleet);
	count_findings(f, findings);
}

void figures_releases(struct figures *f, struct arena *a, const struct picture *p, const struct release_history *h)
{
	f->lockstep = h->pairs_count;
	f->tied = h->tied;
	f->tied_in = h->tied_in;
	for (size_t i = 0; i < h->pairs_count; i++) {
		const struct lockstep *l = &h->pairs[i];
		const struct picture_service *x = &p->services[l->a], *y = &p->services[l->b];
		bool teams = x->owner.len && y->owner.len && !str_eq(x->owner, y->owner);
		if (!i || (teams && !f->lockstep_teams))
			f->lockstep_words = arena_printf(a, "%.*s and %.*s, %zu of %zu times", STR_FMT(x->name), STR_FMT(y->name), l->together, l->of);
		f->lockstep_teams += teams;
	}
}
