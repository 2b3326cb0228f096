/* See radar.h: what is used is gathered as rows, sorted by what it is compared with, and counted run by run. */
#include "catalog/libraries/radar.h"
#include "base/check.h"
#include <stdlib.h>

static bool rule_asleep(const struct radar_figures *f) { return f->asleep == f->users; }
static bool rule_common(const struct radar_figures *f) { return f->teams >= 2 && 2 * f->teams >= f->of_teams; }
static bool rule_fading(const struct radar_figures *f) { return f->users >= 3 && 2 * f->asleep >= f->users; }
static bool rule_several(const struct radar_figures *f) { return f->users - f->asleep >= 2; }
static bool rule_single(const struct radar_figures *f) { return f->users > f->asleep; }

const struct radar_rule_info radar_rules[RADAR_RULES] = {
#define RADAR_RULE(symbol, name, ring, function, meaning) { STR_INIT(name), RADAR_##ring, STR_INIT(meaning) },
#include "tbl/radar_rules.h"
#undef RADAR_RULE
};

enum radar_rule radar_rule_of(const struct radar_figures *f)
{
	static bool (*const holds[RADAR_RULES])(const struct radar_figures *f) = {
#define RADAR_RULE(symbol, name, ring, function, meaning) rule_##function,
#include "tbl/radar_rules.h"
#undef RADAR_RULE
	};
	for (size_t i = 0; i < RADAR_RULES; i++)
		if (holds[i](f))
			return (enum radar_rule)i;
	UNREACHABLE(); /* who has it is asleep, or not */
}

enum radar_quadrant radar_quadrant_of(enum capability c)
{
	static const enum radar_quadrant quadrants[CAPABILITIES] = {
#define RADAR_FIELD(capability, quadrant) [CAPABILITY_##capability] = RADAR_##quadrant,
#include "tbl/radar_fields.h"
#undef RADAR_FIELD
	};
	CHECK(c < CAPABILITIES);
	return quadrants[c];
}

static const struct { struct str name, kind; enum capability capability; } resources[] = {
#define RADAR_RESOURCE(name, kind, capability) { STR_INIT(name), STR_INIT(kind), CAPABILITY_##capability },
#include "tbl/radar_resources.h"
#undef RADAR_RESOURCE
};

/* --- what is used ---------------------------------------------------------------------------------------------------------------------------------------- */

struct row { struct radar_blip blip; struct str folded; size_t user; };
struct making { struct radar *r; struct arena *a; const struct libraries *l; struct row *rows; size_t count, capacity; size_t *stamps, stamp; };

static bool add(struct making *m, const struct radar_blip *b, size_t user)
{
	char *folded = arena_bytes(m->a, b->name.len);
	if (!folded || !ARENA_PUSH_ROOM(m->a, m->rows, m->count, m->capacity))
		return false;
	for (size_t i = 0; i < b->name.len; i++)
		folded[i] = b->name.p[i] >= 'A' && b->name.p[i] <= 'Z' ? (char)(b->name.p[i] | 0x20) : b->name.p[i];
	m->rows[m->count++] = (struct row){ *b, str_from(folded, b->name.len), user };
	return true;
}

static bool add_resource(struct making *m, size_t resource, size_t user)
{
	struct radar_blip b = { .quadrant = RADAR_PLATFORM, .kind = resources[resource].kind, .meaning = STR(""), .ecosystem = STR(""), .name = resources[resource].name };
	return add(m, &b, user);
}

static bool of_libraries(struct making *m)
{
	for (size_t i = 0; i < m->l->count; i++) {
		const struct library_choice *c = &m->l->items[i];
		for (size_t k = 0; k < c->count; k++)
			for (size_t u = 0; u < c->items[k].uses_count; u++) {
				struct radar_blip b = { .quadrant = radar_quadrant_of(c->capability), .kind = str_z(capability_name(c->capability)), .meaning = str_z(capability_meaning(c->capability)),
							.ecosystem = str_z(package_type_name(c->type)), .name = c->family[c->items[k].family], .choice = c, .family = c->items[k].family };
				if (!add(m, &b, c->items[k].uses[u].user))
					return false;
				for (size_t n = 0; n < ARRAY_LEN(resources); n++)
					if (resources[n].capability == c->capability && !add_resource(m, n, c->items[k].uses[u].user))
						return false;
			}
	}
	return true;
}

static bool of_service(struct making *m, size_t user)
{
	const struct picture_service *s = m->l->users[user].service;
	const struct catalog_value *languages = picture_value(s, CLAIM_LANGUAGE), *needs = picture_value(s, CLAIM_NEEDS);
	for (size_t i = 0; languages && i < languages->count; i++) {
		struct radar_blip b = { .quadrant = RADAR_PLATFORM, .kind = STR("language"), .meaning = STR(""), .ecosystem = STR(""), .name = languages->claims[i].says };
		if (b.name.len && !add(m, &b, user))
			return false;
	}
	for (size_t i = 0; needs && i < needs->count; i++)
		for (size_t n = 0; n < ARRAY_LEN(resources); n++)
			if (str_eq_ci(resources[n].name, needs->claims[i].says) && !add_resource(m, n, user))
				return false;
	return true;
}

/* --- counted ---------------------------------------------------------------------------------------------------------------------------------------------- */

/* What is compared with each other stands together, and in it what is the same. */
static int by_kind(const struct row *a, const struct row *b)
{
	int order = (a->blip.quadrant > b->blip.quadrant) - (a->blip.quadrant < b->blip.quadrant);
	order = order ? order : str_cmp(a->blip.kind, b->blip.kind);
	return order ? order : str_cmp(a->blip.ecosystem, b->blip.ecosystem);
}

static int by_name(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int order = by_kind(a, b);
	order = order ? order : str_cmp(a->folded, b->folded);
	order = order ? order : (a->user > b->user) - (a->user < b->user);
	return order ? order : str_cmp(a->blip.name, b->blip.name);
}

/* Teams with a user that is not asleep, each once. */
static size_t teams(struct making *m, const struct row *rows, size_t n)
{
	size_t count = 0;
	m->stamp++;
	for (size_t i = 0; i < n; i++) {
		const struct library_user *u = &m->l->users[rows[i].user];
		if (u->asleep || u->team == SIZE_MAX || m->stamps[u->team] == m->stamp)
			continue;
		m->stamps[u->team] = m->stamp;
		count++;
	}
	return count;
}

static bool blip(struct making *m, const struct row *rows, size_t n, size_t of_teams)
{
	size_t *in = ARENA_ARRAY(m->a, n, size_t);
	if (!in || !ARENA_PUSH_ROOM(m->a, m->r->items, m->r->count, m->r->capacity))
		return false;
	struct radar_blip *b = &m->r->items[m->r->count++];
	*b = rows[0].blip;
	b->in = in;
	b->figures = (struct radar_figures){ .of_teams = of_teams, .teams = teams(m, rows, n) };
	for (size_t i = 0; i < n; i++) {
		/* "Go" before "go" */
		b->name = str_cmp(rows[i].blip.name, b->name) < 0 ? rows[i].blip.name : b->name;
		if (i && rows[i].user == rows[i - 1].user)
			continue;
		in[b->figures.users++] = rows[i].user;
		b->figures.asleep += m->l->users[rows[i].user].asleep;
	}
	b->rule = radar_rule_of(&b->figures);
	return true;
}

static bool count(struct making *m)
{
	for (size_t i = 0, end; i < m->count; i = end) {
		for (end = i + 1; end < m->count && by_kind(&m->rows[end], &m->rows[i]) == 0;)
			end++;
		size_t of_teams = teams(m, &m->rows[i], end - i);
		for (size_t k = i, last; k < end; k = last) {
			for (last = k + 1; last < end && str_eq(m->rows[last].folded, m->rows[k].folded);)
				last++;
			if (!blip(m, &m->rows[k], last - k, of_teams))
				return false;
		}
	}
	return true;
}

static int by_ring(const void *x, const void *y)
{
	const struct radar_blip *a = x, *b = y;
	enum radar_ring ra = radar_rules[a->rule].ring, rb = radar_rules[b->rule].ring;
	if (a->quadrant != b->quadrant)
		return a->quadrant < b->quadrant ? -1 : 1;
	if (ra != rb)
		return ra < rb ? -1 : 1;
	if (a->figures.teams != b->figures.teams)
		return a->figures.teams > b->figures.teams ? -1 : 1;
	if (a->figures.users != b->figures.users)
		return a->figures.users > b->figures.users ? -1 : 1;
	int order = str_cmp(a->name, b->name);
	order = order ? order : str_cmp(a->kind, b->kind);
	return order ? order : str_cmp(a->ecosystem, b->ecosystem);
}

bool radar_make(struct radar *r, struct arena *a, const struct picture *p, const struct libraries *l)
{
	struct making m = { .r = r, .a = a, .l = l, .stamps = ARENA_ARRAY(a, l->teams_count + 1, size_t) };
	bool ok = m.stamps && of_libraries(&m);
	*r = (struct radar){ 0 };
	CHECK(l->services_count == p->count);
	for (size_t i = 0; ok && i < p->count; i++)
		ok = of_service(&m, i);
	if (!ok)
		return false;
	if (m.count)
		qsort(m.rows, m.count, sizeof(*m.rows), by_name);
	if (!count(&m))
		return false;
	if (r->count)
		qsort(r->items, r->count, sizeof(*r->items), by_ring);
	return true;
}
