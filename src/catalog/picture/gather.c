/* What repositories, the fleet and traffic say, by service. Units of one name in several repositories are one service, unless two of them have code of their own:
 * then the repository's name is put in front of the second's. */
#include "base/check.h"
#include "catalog/picture/impl.h"
#include "catalog/crawl/import.h"
#include "catalog/crawl/reading.h"

static struct gathered *find(struct making *m, struct str name)
{
	uintptr_t at = (uintptr_t)map_get(&m->names, name_folded(&m->p->arena, name));
	return at ? &m->list[at - 1] : NULL;
}

static void call(struct making *m, struct gathered *g, struct str name)
{
	struct str folded = name_folded(&m->p->arena, name);
	if (folded.len && !map_get(&m->names, folded))
		map_put(&m->names, folded, (void *)(uintptr_t)(g - m->list + 1));
}

static struct gathered *add(struct making *m, struct str name)
{
	if (m->count == PICTURE_SERVICES_MAX || !ARENA_PUSH_ROOM(&m->p->arena, m->list, m->count, m->capacity))
		return NULL;
	struct gathered *g = &m->list[m->count++];
	*g = (struct gathered){ .service = { .name = name } };
	call(m, g, name);
	return g;
}

static void claim(struct making *m, struct gathered *g, const struct claim *c, const struct repository *r)
{
	if (!ARENA_PUSH_ROOM(&m->p->arena, g->claims, g->claims_count, g->claims_capacity))
		return;
	g->claims[g->claims_count++] = (struct catalog_claim){ .claim = c, .repository = r };
	if (c->key == CLAIM_ALIAS)
		call(m, g, c->value);
}

/* A catalogue elsewhere (catalog/crawl/import.h) that read the same file as we did says nothing new. */
static bool said_already(const struct gathered *g, const struct claim *c)
{
	for (size_t i = 0; i < g->claims_count; i++) {
		const struct claim *x = g->claims[i].claim;
		if (x->key == c->key && x->source == c->source && str_eq_ci(path_name(x->value), path_name(c->value)))
			return true;
	}
	return false;
}

static struct str repository_name(const struct repository *r)
{
	struct str name = path_name(r->path);
	return str_ends(name, STR(".git")) ? str_sub(name, 0, name.len - 4) : name;
}

static bool has_code(const struct unit *u) { return u->root.p != NULL; }

static void of_unit(struct making *m, const struct repository *r, const struct unit *u)
{
	struct gathered *g = find(m, u->name);
	if (g && g->service.unit && has_code(u)) {
		struct str name = arena_printf(&m->p->arena, "%.*s/%.*s", STR_FMT(repository_name(r)), STR_FMT(u->name));
		g = find(m, name);
		g = g ? NULL : add(m, name); /* two clones of one repository say the same twice */
	} else if (!g) {
		g = add(m, u->name);
	}
	if (!g)
		return;
	if (has_code(u)) {
		g->service.unit = u;
		g->service.repository = r;
	}
	g->service.declared |= u->declared;
	if (g->units_count < ARRAY_LEN(g->units))
		g->units[g->units_count++] = u;
	bool elsewhere = str_starts(r->path, STR(IMPORT_BACKSTAGE));
	for (size_t i = 0; i < u->claims_count; i++)
		if (!elsewhere || !said_already(g, &u->claims[i]))
			claim(m, g, &u->claims[i], r);
}

/* --- the fleet ------------------------------------------------------------------------------------------------------------------------------------- */

static void say(struct making *m, struct gathered *g, enum claim_key key, enum claim_source source, struct str value, struct str detail, struct place place)
{
	/* What is committed in the service's own file was said already. */
	for (size_t i = 0; i < g->claims_count; i++)
		if (g->claims[i].claim->key == key && g->claims[i].claim->source == SOURCE_PLEACH && str_eq(g->claims[i].claim->value, value))
			return;
	struct claim *c = value.len ? ARENA_NEW(&m->p->arena, struct claim) : NULL;
	if (!c)
		return;
	*c = (struct claim){ .key = key, .source = source, .value = value, .detail = detail, .file = place.file, .line = place.line, .time = m->from->now };
	claim(m, g, c, NULL);
}

static struct str tier_name(enum tier t)
{
	static const char *const names[] = { "", "bronze", "silver", "gold", "platinum" };
	return str_z(names[t]);
}

static void of_fleet(struct making *m, const struct service *s)
{
	struct gathered *g = find(m, s->name);
	g = g ? g : add(m, s->name);
	if (!g)
		return;
	g->service.declared = g->service.in_fleet = true;
	say(m, g, CLAIM_OWNER, SOURCE_FLEET, s->owner, STR(""), s->place);
	say(m, g, CLAIM_TIER, SOURCE_FLEET, tier_name(s->tier), STR(""), s->place);
	say(m, g, CLAIM_HEALTH, SOURCE_FLEET, s->run.health, STR(""), s->place);
	say(m, g, CLAIM_RUNS, SOURCE_FLEET, s->run.present ? STR("pleach") : s->address.len ? STR("elsewhere") : STR(""), s->address, s->place);
	for (size_t i = 0; i < s->calls_count; i++)
		say(m, g, CLAIM_CALLS, SOURCE_FLEET, s->calls[i].service, s->calls[i].on_failure, s->calls[i].place);
}

/* --- traffic ---------------------------------------------------------------------------------------------------------------------------------------- */

static struct gathered *seen(struct making *m, struct str name, int64_t last)
{
	struct gathered *g = find(m, name);
	g = g ? g : add(m, name);
	if (g && last > g->service.seen)
		g->service.seen = last;
	return g;
}

static void of_traffic(struct making *m)
{
	const struct picture_sources *f = m->from;
	for (size_t i = 0; i < f->seen_count; i++)
		seen(m, f->seen[i].service, f->seen[i].last);
	for (size_t i = 0; i < f->calls_count; i++) {
		seen(m, f->calls[i].callee, f->calls[i].last);
		struct gathered *caller = find(m, f->calls[i].caller);
		struct claim *c = caller ? ARENA_NEW(&m->p->arena, struct claim) : NULL;
		if (!c)
			continue;
		caller->service.seen = f->calls[i].last > caller->service.seen ? f->calls[i].last : caller->service.seen;
		*c = (struct claim){ .key = CLAIM_CALLS, .source = SOURCE_TRAFFIC, .value = f->calls[i].callee, .time = f->calls[i].last,
				     .detail = arena_printf(&m->p->arena, "%llu calls, %llu failed", (unsigned long long)f->calls[i].calls, (unsigned long long)f->calls[i].errors) };
		claim(m, caller, c, NULL);
	}
}

/* --- registries -------------------------------------------------------------------------------------------------------------------------------------- */

static struct str found_words(struct arena *a, const struct picture_found *x)
{
	struct str count = arena_printf(a, "%zu instance%s", x->instances, x->instances == 1 ? "" : "s");
	if (x->critical)
		count = arena_printf(a, "%.*s, %zu failing", STR_FMT(count), x->critical);
	return x->first.len ? arena_printf(a, "%.*s: %.*s%s", STR_FMT(count), STR_FMT(x->first), x->instances > 1 ? ", …" : "") : count;
}

static void of_registries(struct making *m)
{
	const struct picture_sources *f = m->from;
	for (size_t i = 0; i < f->found_count; i++) {
		const struct picture_found *x = &f->found[i];
		struct gathered *g = seen(m, x->service, x->last);
		struct claim *runs = g ? ARENA_NEW(&m->p->arena, struct claim) : NULL, *owner = runs && x->owner.len ? ARENA_NEW(&m->p->arena, struct claim) : NULL;
		if (!runs)
			continue;
		*runs = (struct claim){ .key = CLAIM_RUNS, .source = x->source, .value = claim_sources[x->source].name, .detail = found_words(&m->p->arena, x), .time = x->last };
		claim(m, g, runs, NULL);
		if (!owner)
			continue;
		*owner = (struct claim){ .key = CLAIM_OWNER, .source = x->source, .value = x->owner, .time = x->last };
		claim(m, g, owner, NULL);
	}
}

bool services_gather(struct making *m)
{
	const struct picture_sources *f = m->from;
	/* What is declared first, so that names are theirs. */
	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < f->repositories_count; i++)
			for (size_t k = 0; k < f->repositories[i].units_count; k++) {
				const struct unit *u = &f->repositories[i].units[k];
				if (pass == (u->declared ? 0 : has_code(u) ? 1 : 2))
					of_unit(m, &f->repositories[i], u);
			}
	for (size_t i = 0; f->fleet && i < f->fleet->services_count; i++)
		of_fleet(m, &f->fleet->services[i]);
	of_traffic(m);
	of_registries(m);
	return !m->p->arena.full;
}
