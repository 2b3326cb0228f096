/* The technology radar (catalog/libraries/radar.h): each rule at its border, every capability with its quarter, languages and resources; and the rings of random fleets against a count from first principles. */
#include "base/check.h"
#include "catalog/libraries/radar.h"
#include "libraries_world.h"
#include <stdlib.h>

static void rules(void **state)
{
	static const struct { struct radar_figures f; enum radar_rule rule; } rows[] = {
		{ { 1, 1, 0, 1 }, RADAR_RULE_ASLEEP },
		{ { 9, 9, 0, 4 }, RADAR_RULE_ASLEEP },
		{ { 2, 0, 2, 4 }, RADAR_RULE_COMMON }, /* half */
		{ { 2, 0, 2, 5 }, RADAR_RULE_SEVERAL },
		{ { 5, 0, 1, 1 }, RADAR_RULE_SEVERAL }, /* one team is no majority */
		{ { 5, 0, 1, 2 }, RADAR_RULE_SEVERAL },
		{ { 10, 8, 2, 3 }, RADAR_RULE_COMMON }, /* most teams have it, however much of it sleeps */
		{ { 4, 2, 1, 3 }, RADAR_RULE_FADING },
		{ { 5, 2, 1, 3 }, RADAR_RULE_SEVERAL },
		{ { 2, 1, 1, 3 }, RADAR_RULE_SINGLE }, /* two are too few to call it fading */
		{ { 1, 0, 1, 1 }, RADAR_RULE_SINGLE },
		{ { 1, 0, 0, 0 }, RADAR_RULE_SINGLE }, /* nobody's */
		{ { 3, 0, 0, 0 }, RADAR_RULE_SEVERAL },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (radar_rule_of(&rows[i].f) != rows[i].rule)
			fail_msg("row %zu: %.*s", i, STR_FMT(radar_rules[radar_rule_of(&rows[i].f)].name));
	for (size_t users = 1; users <= 8; users++) /* there is a rule for everything that can be */
		for (size_t asleep = 0; asleep <= users; asleep++)
			for (size_t of = 0; of <= 6; of++)
				for (size_t teams = 0; teams <= of && teams <= users - asleep; teams++)
					assert_true(radar_rule_of(&(struct radar_figures){ users, asleep, teams, of }) < RADAR_RULES);
}

/* A new capability must be given its quarter: libraries do not stand among languages. */
static void every_capability_has_a_quarter(void **state)
{
	(void)state;
	for (int c = CAPABILITY_NONE + 1; c < CAPABILITIES; c++)
		if (radar_quadrant_of((enum capability)c) == RADAR_PLATFORM)
			fail_msg("%s has no row in tbl/radar_fields.h", capability_name((enum capability)c));
}

static const struct radar_blip *blip(const struct radar *r, const char *kind, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (str_eq(r->items[i].kind, str_z(kind)) && str_eq(r->items[i].name, str_z(name)))
			return &r->items[i];
	return NULL;
}

/* From manifests in any spelling, from compose files, and from the drivers that lock files tell of; names of one's own are no technology. */
static void languages_and_resources(void **state)
{
	struct world w;
	struct claim said[3][3] = {
		{ { .key = CLAIM_LANGUAGE, .value = STR("python") }, { .key = CLAIM_NEEDS, .value = STR("Kafka") }, { .key = CLAIM_OWNER, .value = STR("t0") } },
		{ { .key = CLAIM_LANGUAGE, .value = STR("Python") }, { .key = CLAIM_NEEDS, .value = STR("orders-db") }, { .key = CLAIM_OWNER, .value = STR("t1") } },
		{ { .key = CLAIM_LANGUAGE, .value = STR("Go") }, { .key = CLAIM_NEEDS, .value = STR("postgresql") }, { .key = CLAIM_OWNER, .value = STR("t2") } },
	};
	struct libraries l;
	struct radar r;
	struct err e = { 0 };
	(void)state;
	world_init(&w, 3);
	picture_free(w.p);
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 3; k++) {
			said[i][k].source = SOURCE_MANIFEST;
			said[i][k].file = STR("x");
			said[i][k].time = NOW;
		}
		w.u[i].claims = said[i];
		w.u[i].claims_count = 3;
	}
	w.p = picture_new(&(struct picture_sources){ .repositories = w.r, .repositories_count = SERVICES, .now = NOW }, &e);
	found(&w, 0, PACKAGE_PYPI, "asyncpg", "1", PACKAGE_DIRECT);
	found(&w, 0, PACKAGE_PYPI, "psycopg2", "1", PACKAGE_DIRECT);
	assert_true(libraries_make(&l, &w.a, w.p, w.found, w.count) && radar_make(&r, &w.a, w.p, &l));
	const struct radar_blip *python = blip(&r, "language", "Python"), *go = blip(&r, "language", "Go"), *postgresql = blip(&r, "database", "postgresql"), *kafka = blip(&r, "broker", "kafka");
	assert_true(python && python->figures.users == 2 && python->figures.teams == 2 && python->figures.of_teams == 3 && python->rule == RADAR_RULE_COMMON);
	assert_true(go && go->figures.users == 1 && go->rule == RADAR_RULE_SINGLE);
	assert_true(postgresql && postgresql->figures.users == 2 && postgresql->figures.teams == 2 && postgresql->quadrant == RADAR_PLATFORM);
	assert_true(kafka && kafka->figures.users == 1 && kafka->figures.of_teams == 1);
	assert_null(blip(&r, "database", "orders-db"));
	assert_true(blip(&r, "postgresql", "asyncpg")->quadrant == RADAR_DATA);
	assert_int_equal(r.count, 6);
	world_release(&w);
}

static void rings_of_random_fleets(void **state)
{
	static const char *const names[] = { "axios", "got", "request", "superagent", "undici" };
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct world w;
		struct libraries l;
		struct radar r;
		bool uses[SERVICES][ARRAY_LEN(names)] = { 0 }, any_team[SERVICES] = { 0 };
		size_t teams = 1 + seed % 5, of_teams = 0, blips = 0;
		srand(seed);
		world_init(&w, teams);
		for (size_t i = 0; i < seed % 30; i++) {
			size_t s = (size_t)rand() % SERVICES, n = (size_t)rand() % ARRAY_LEN(names);
			found(&w, s, PACKAGE_NPM, names[n], rand() % 2 ? "1" : "2", PACKAGE_DIRECT);
			uses[s][n] = true;
			if (s % 4 != 3 && s + 1 < SERVICES)
				any_team[s % teams] = true;
		}
		for (size_t t = 0; t < teams; t++)
			of_teams += any_team[t];
		assert_true(libraries_make(&l, &w.a, w.p, w.found, w.count) && radar_make(&r, &w.a, w.p, &l));
		for (size_t n = 0; n < ARRAY_LEN(names); n++) {
			struct radar_figures f = { .of_teams = of_teams };
			bool mine[SERVICES] = { 0 };
			for (size_t s = 0; s < SERVICES; s++) {
				f.users += uses[s][n];
				f.asleep += uses[s][n] && s % 4 == 3;
				mine[s % teams] |= uses[s][n] && s % 4 != 3 && s + 1 < SERVICES;
			}
			for (size_t t = 0; t < teams; t++)
				f.teams += mine[t];
			const struct radar_blip *b = blip(&r, "http-client", names[n]);
			blips += b != NULL;
			assert_int_equal(b != NULL, f.users > 0);
			if (!b)
				continue;
			assert_int_equal(b->figures.users, f.users);
			assert_int_equal(b->figures.asleep, f.asleep);
			assert_int_equal(b->figures.teams, f.teams);
			assert_int_equal(b->figures.of_teams, of_teams);
			assert_int_equal(b->rule, radar_rule_of(&f));
		}
		assert_int_equal(blips, r.count);
		for (size_t i = 1; i < r.count; i++)
			assert_true(radar_rules[r.items[i - 1].rule].ring <= radar_rules[r.items[i].rule].ring);
		world_release(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rules), cmocka_unit_test(every_capability_has_a_quarter), cmocka_unit_test(languages_and_resources), cmocka_unit_test(rings_of_random_fleets) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
