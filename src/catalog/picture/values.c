/* What is believed: claims of one key that say the same are one answer, as sure as all of them together (1 - Π(1 - confidence), as if they erred independently); the surest
 * answer is believed. Where others say something else of the owner with some weight, the conflict is told in words. */
#include "base/check.h"
#include "catalog/picture/impl.h"
#include <stdlib.h>

/* An answer that is less sure than this contradicts nobody. */
#define WEIGHT 0.15
/* Commits of a year from which they say something of who owns. */
enum { COMMITS_FEWEST = 5 };

static int order(const void *x, const void *y)
{
	const struct catalog_claim *a = x, *b = y;
	if (a->claim->key != b->claim->key)
		return a->claim->key < b->claim->key ? -1 : 1;
	if (a->confidence != b->confidence)
		return a->confidence > b->confidence ? -1 : 1;
	if (a->claim->source != b->claim->source)
		return a->claim->source < b->claim->source ? -1 : 1;
	return str_cmp(a->says, b->says);
}

static double together(const struct catalog_value *v, struct str says)
{
	double not_so = 1;
	for (size_t i = 0; i < v->count; i++)
		if (str_eq_ci(v->claims[i].says, says))
			not_so *= 1 - v->claims[i].confidence;
	return 1 - not_so;
}

static bool said_before(const struct catalog_value *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq_ci(v->claims[k].says, v->claims[i].says))
			return true;
	return false;
}

static void decide(struct catalog_value *v)
{
	for (size_t i = 0; i < v->count; i++) {
		if (said_before(v, i))
			continue;
		double c = together(v, v->claims[i].says);
		v->answers++;
		if (v->answers == 1 || c > v->confidence) {
			v->says = v->claims[i].says;
			v->confidence = c;
		}
	}
}

static void values_of(struct making *m, struct gathered *g)
{
	struct picture_service *s = &g->service;
	struct catalog_claim *c = g->claims;
	for (size_t i = 0; i < g->claims_count; i++) {
		c[i].confidence = claim_confidence(c[i].claim, m->p->now);
		c[i].says = c[i].claim->key == CLAIM_OWNER ? owner_name(m, c[i].claim->value) : c[i].claim->value;
	}
	if (g->claims_count)
		qsort(c, g->claims_count, sizeof(*c), order);
	s->values = ARENA_ARRAY(&m->p->arena, CLAIM_KEY_COUNT, struct catalog_value);
	for (size_t i = 0, k; s->values && i < g->claims_count; i = k) {
		for (k = i; k < g->claims_count && c[k].claim->key == c[i].claim->key; k++)
			;
		struct catalog_value *v = &s->values[s->values_count++];
		*v = (struct catalog_value){ .key = c[i].claim->key, .claims = &c[i], .count = k - i };
		decide(v);
	}
}

/* --- the owner by commits -------------------------------------------------------------------------------------------------------------------------- */

static void people_of(struct making *m, struct gathered *g)
{
	struct picture_service *s = &g->service;
	const struct unit_people *p = s->unit ? &s->unit->people : NULL;
	s->people = p && p->count ? ARENA_ARRAY(&m->p->arena, p->count, struct picture_person) : NULL;
	for (size_t i = 0; s->people && i < p->count; i++) {
		const struct picture_team *t = team_of_person(m, p->items[i].name, p->items[i].mail);
		s->people[s->people_count++] =
			(struct picture_person){ p->items[i].name, p->items[i].mail, t ? t->name : STR(""), p->items[i].commits, p->items[i].files, p->items[i].last, p->items[i].last };
	}
}

/* The team of most of the year's commits, if it has at least half of them. */
static void owner_by_commits(struct making *m, struct gathered *g)
{
	const struct picture_service *s = &g->service;
	size_t best = 0, all = s->unit ? s->unit->people.commits : 0;
	struct str team = STR("");
	for (size_t i = 0; i < s->people_count; i++) {
		size_t n = 0;
		for (size_t k = 0; k < s->people_count; k++)
			n += s->people[i].team.len && str_eq(s->people[k].team, s->people[i].team) ? s->people[k].commits : 0;
		if (n > best) {
			best = n;
			team = s->people[i].team;
		}
	}
	struct claim *c = best >= COMMITS_FEWEST && 2 * best >= all ? ARENA_NEW(&m->p->arena, struct claim) : NULL;
	if (!c || !ARENA_PUSH_ROOM(&m->p->arena, g->claims, g->claims_count, g->claims_capacity))
		return;
	*c = (struct claim){ .key = CLAIM_OWNER, .source = SOURCE_GIT, .value = team, .time = s->unit->people.last_commit,
			     .detail = arena_printf(&m->p->arena, "%zu of %zu commits of the last year", best, all) };
	g->claims[g->claims_count++] = (struct catalog_claim){ .claim = c, .repository = s->repository };
}

/* --- conflicts ------------------------------------------------------------------------------------------------------------------------------------- */

static struct str said_by(struct arena *a, const struct catalog_claim *c)
{
	const struct claim *x = c->claim;
	if (x->source == SOURCE_GIT)
		return arena_printf(a, "%.*s are by %.*s", STR_FMT(x->detail), STR_FMT(c->says));
	if (str_find(x->file, STR("://")) != SIZE_MAX) /* imported: it has no lines */
		return arena_printf(a, "%.*s says %.*s", STR_FMT(x->file), STR_FMT(c->says));
	if (x->file.len)
		return arena_printf(a, "%.*s:%u says %.*s", STR_FMT(x->file), x->line ? x->line : 1, STR_FMT(c->says));
	return arena_printf(a, "%.*s says %.*s", STR_FMT(claim_sources[x->source].name), STR_FMT(c->says));
}

/* Who names several owners in one file does not contradict himself. */
static bool same_file_before(const struct catalog_value *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (v->claims[k].claim->source == v->claims[i].claim->source && v->claims[k].repository == v->claims[i].repository && str_eq(v->claims[k].claim->file, v->claims[i].claim->file))
			return true;
	return false;
}

static struct str conflict_of(struct making *m, const struct catalog_value *v)
{
	struct str text = STR("");
	size_t told = 0;
	for (size_t i = 0; i < v->count; i++) {
		if (v->claims[i].confidence < WEIGHT || said_before(v, i) || same_file_before(v, i))
			continue;
		text = arena_printf(&m->p->arena, "%.*s%s%.*s", STR_FMT(text), told ? "; " : "", STR_FMT(said_by(&m->p->arena, &v->claims[i])));
		told++;
	}
	return told > 1 ? text : STR("");
}

static void type_of(struct picture_service *s)
{
	const struct catalog_value *type = picture_value(s, CLAIM_TYPE);
	bool runs = picture_value(s, CLAIM_RUNS) || picture_value(s, CLAIM_PORT) || picture_value(s, CLAIM_HEALTH) || s->seen || s->in_fleet;
	s->is_service = runs || (s->declared && (!type || str_find_ci(type->says, STR("librar")) == SIZE_MAX));
}

void service_values(struct making *m, struct gathered *g)
{
	people_of(m, g);
	owner_by_commits(m, g);
	values_of(m, g);
	const struct catalog_value *owner = picture_value(&g->service, CLAIM_OWNER);
	g->service.owner = owner ? owner->says : STR("");
	g->service.owner_confidence = owner ? owner->confidence : 0;
	g->service.conflict = owner ? conflict_of(m, owner) : STR("");
	type_of(&g->service);
}

const struct catalog_value *picture_value(const struct picture_service *s, enum claim_key key)
{
	for (size_t i = 0; i < s->values_count; i++)
		if (s->values[i].key == key)
			return &s->values[i];
	return NULL;
}
