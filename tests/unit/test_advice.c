/* Advice (catalog/advice): when each pain is here or coming, as a table of figures; coupling of random pictures against a brute-force count. */
#include "base/check.h"
#include "catalog/advice/advice.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NOW = 1800000000 };

static void when_each_is_here(void **state)
{
	static const struct { const char *what; struct figures f; enum pain pain; enum pain_state state; size_t reasons; } rows[] = {
		{ "nothing", { .observed = true, .score = -1 }, PAIN_OWNERSHIP, PAIN_NOT_YET, 0 },
		{ "small and tidy", { .services = 4, .owned = 4, .teams = 2, .people = 6, .observed = true, .versions = 3, .with_schema = 3 }, PAIN_BREAKING, PAIN_NOT_YET, 0 },
		{ "several teams", { .services = 12, .owned = 12, .teams = 3 }, PAIN_BREAKING, PAIN_COMING, 1 },
		{ "one team is nobody else's break", { .services = 12, .owned = 12, .teams = 1 }, PAIN_BREAKING, PAIN_NOT_YET, 0 },
		{ "no contract across teams", { .services = 4, .teams = 2, .versions = 3, .with_schema = 2, .cross_team_edges = 1 }, PAIN_BREAKING, PAIN_NOW, 1 },
		{ "a finding", { .findings = { [PAIN_BREAKING] = 1 } }, PAIN_BREAKING, PAIN_NOW, 1 },
		{ "unseen", { .services = 5 }, PAIN_TROUBLESHOOTING, PAIN_COMING, 1 },
		{ "seen", { .services = 5, .observed = true }, PAIN_TROUBLESHOOTING, PAIN_NOT_YET, 0 },
		{ "reports", { .services = 5 }, PAIN_REPORTING, PAIN_COMING, 1 },
		{ "a laptop takes it", { .services = 9 }, PAIN_DEVELOPMENT, PAIN_NOT_YET, 0 },
		{ "a laptop hardly takes it", { .services = 10 }, PAIN_DEVELOPMENT, PAIN_COMING, 1 },
		{ "a laptop does not", { .services = 20, .languages = 4 }, PAIN_DEVELOPMENT, PAIN_NOW, 2 },
		{ "a hundred instances", { .instances = 100 }, PAIN_RUNNING, PAIN_NOW, 1 },
		{ "twenty", { .instances = 20 }, PAIN_RUNNING, PAIN_COMING, 1 },
		{ "tests of three teams", { .teams = 3, .cross_team_edges = 2 }, PAIN_TESTING, PAIN_COMING, 1 },
		{ "teams that never meet", { .teams = 3 }, PAIN_TESTING, PAIN_NOT_YET, 0 },
		{ "many teams and tongues", { .teams = 5, .languages = 5, .services = 9 }, PAIN_OPTIMISATION, PAIN_COMING, 2 },
		{ "no time-outs", { .dependencies = 3, .without_timeout = 1 }, PAIN_ROBUSTNESS, PAIN_NOW, 1 },
		{ "a circle", { .in_cycles = 2 }, PAIN_ROBUSTNESS, PAIN_NOW, 1 },
		{ "wide and deep", { .fan_out = 6, .fan_in = 8, .widest = STR_INIT("a"), .hub = STR_INIT("b") }, PAIN_ROBUSTNESS, PAIN_COMING, 2 },
		{ "orphans", { .services = 3, .orphans = 1 }, PAIN_ORPHANS, PAIN_NOW, 1 },
		{ "one person", { .services = 3, .single_author = 1 }, PAIN_ORPHANS, PAIN_COMING, 1 },
		{ "unowned", { .services = 3, .owned = 1 }, PAIN_OWNERSHIP, PAIN_NOW, 1 },
		{ "fifty people", { .services = 3, .owned = 3, .people = 50 }, PAIN_OWNERSHIP, PAIN_NOW, 1 },
		{ "strong, and others do the work", { .services = 3, .owned = 3, .strong_by_others = 1, .strong_example = STR_INIT("a") }, PAIN_OWNERSHIP, PAIN_NOW, 1 },
		{ "collective, and too many", { .services = 3, .owned = 3, .collective = 1, .collective_people = 10 }, PAIN_OWNERSHIP, PAIN_NOW, 1 },
		{ "collective, and few", { .services = 3, .owned = 3, .collective = 1, .collective_people = 9 }, PAIN_OWNERSHIP, PAIN_NOT_YET, 0 },
		{ "weak, and only the owner", { .services = 3, .owned = 3, .weak_by_owner = 2 }, PAIN_OWNERSHIP, PAIN_COMING, 1 },
		{ "growing", { .services = 10, .owned = 10, .people = 5 }, PAIN_OWNERSHIP, PAIN_COMING, 1 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a;
		struct advice_all got;
		arena_init(&a, 1 << 20);
		advice_make(&got, &a, &rows[i].f);
		if (got.pains[rows[i].pain].state != rows[i].state || got.pains[rows[i].pain].count != rows[i].reasons)
			fail_msg("%s: %s with %zu reasons", rows[i].what, pain_state_name(got.pains[rows[i].pain].state).p, got.pains[rows[i].pain].count);
		arena_release(&a);
	}
}

/* --- coupling -------------------------------------------------------------------------------------------------------------------------------------- */

enum { SERVICES = 12 };
struct world { bool edge[SERVICES][SERVICES]; char names[SERVICES][8]; struct unit units[SERVICES]; struct claim claims[SERVICES][SERVICES + 1]; };

static void grow(struct world *w, unsigned density)
{
	for (size_t i = 0; i < SERVICES; i++) {
		snprintf(w->names[i], sizeof(w->names[i]), "s%zu", i);
		size_t n = 0;
		w->claims[i][n++] = (struct claim){ .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = i % 2 ? STR("odd") : STR("even"), .file = STR("f"), .line = 1, .time = NOW };
		for (size_t k = 0; k < SERVICES; k++) {
			w->edge[i][k] = i != k && (unsigned)rand() % 100 < density;
			if (w->edge[i][k]) {
				snprintf(w->names[k], sizeof(w->names[k]), "s%zu", k);
				w->claims[i][n++] = (struct claim){ .key = CLAIM_CALLS, .source = SOURCE_PLEACH, .value = str_z(w->names[k]), .file = STR("f"), .line = 2, .time = NOW };
			}
		}
		w->units[i] = (struct unit){ .name = str_z(w->names[i]), .root = str_z(w->names[i]), .tree = STR(""), .declared = true, .claims = w->claims[i], .claims_count = n };
	}
}

/* A service is in a circle when it reaches itself. */
static size_t circles(const struct world *w)
{
	bool reach[SERVICES][SERVICES];
	size_t n = 0;
	memcpy(reach, w->edge, sizeof(reach));
	for (size_t k = 0; k < SERVICES; k++)
		for (size_t i = 0; i < SERVICES; i++)
			for (size_t j = 0; j < SERVICES; j++)
				reach[i][j] |= reach[i][k] && reach[k][j];
	for (size_t i = 0; i < SERVICES; i++)
		n += reach[i][i];
	return n;
}

static void coupling(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 300; round++) {
		struct world w = { 0 };
		struct figures f;
		struct arena a;
		struct err e = { 0 };
		size_t edges = 0, cross = 0, out = 0, in = 0;
		grow(&w, 2 + (unsigned)rand() % 20);
		struct repository r = { .path = STR("/r"), .origin = STR(""), .head = STR("1"), .note = STR(""), .units = w.units, .units_count = SERVICES };
		struct picture *p = picture_new(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .now = NOW }, &e);
		assert_non_null(p);
		arena_init(&a, 8 << 20);
		figures_make(&f, &a, p, NULL, NULL, 0, NULL);
		for (size_t i = 0; i < SERVICES; i++) {
			size_t from = 0, to = 0;
			for (size_t k = 0; k < SERVICES; k++) {
				from += w.edge[i][k];
				to += w.edge[k][i];
				cross += w.edge[i][k] && i % 2 != k % 2;
			}
			edges += from;
			out = from > out ? from : out;
			in = to > in ? to : in;
		}
		assert_int_equal(f.services, SERVICES);
		assert_int_equal(f.edges, edges);
		assert_int_equal(f.cross_team_edges, cross);
		assert_int_equal(f.fan_out, out);
		assert_int_equal(f.fan_in, in);
		assert_int_equal(f.in_cycles, circles(&w));
		arena_release(&a);
		picture_free(p);
	}
}

static void chatty_pair(void **state)
{
	struct picture_call calls[] = { { STR_INIT("edge"), STR_INIT("a"), 100, 0, 0, NOW }, { STR_INIT("a"), STR_INIT("b"), 750, 0, 0, NOW }, { STR_INIT("b"), STR_INIT("c"), 90, 0, 0, NOW } };
	struct picture_seen seen[] = { { STR_INIT("a"), NOW }, { STR_INIT("b"), NOW } };
	struct figures f;
	struct err e = { 0 };
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	struct picture *p = picture_new(&(struct picture_sources){ .calls = calls, .calls_count = 3, .seen = seen, .seen_count = 2, .observed = true, .now = NOW }, &e);
	figures_make(&f, &a, p, NULL, NULL, 3, NULL);
	assert_true(str_eq(f.chatty, STR("a calls b 7.5 times for each call that it gets")));
	assert_int_equal(f.edges, 2);
	picture_free(p);
	arena_release(&a);
}

/* The model that is declared against who commits. */
static void models_and_commits(void **state)
{
	struct unit_person people[] = { { STR_INIT("Ada"), STR_INIT("ada@x"), 3, 1, NOW - 5 }, { STR_INIT("Bob"), STR_INIT("bob@x"), 9, 1, NOW - 5 } };
	struct str a_members[] = { STR_INIT("ada@x") }, b_members[] = { STR_INIT("bob@x") };
	struct crawled_team teams[] = { { .name = STR_INIT("a"), .members = a_members, .members_count = 1, .file = STR_INIT("t") }, { .name = STR_INIT("b"), .members = b_members, .members_count = 1, .file = STR_INIT("t") } };
	static const struct { enum ownership model; const char *owner; size_t strong, weak, collective; } rows[] = {
		{ OWNERSHIP_STRONG, "a", 1, 0, 0 }, { OWNERSHIP_STRONG, "b", 0, 0, 0 }, { OWNERSHIP_WEAK, "a", 0, 0, 0 }, { OWNERSHIP_COLLECTIVE, "a", 0, 0, 2 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct claim owner = { .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = str_z(rows[i].owner), .file = STR("f"), .line = 1, .time = NOW };
		struct unit u = { .name = STR("s"), .root = STR(""), .tree = STR(""), .declared = true, .claims = &owner, .claims_count = 1, .people = { .commits = 12, .files = 2, .items = people, .count = 2, .last_commit = NOW } };
		struct repository r = { .path = STR("/r"), .origin = STR(""), .head = STR("1"), .note = STR(""), .units = &u, .units_count = 1, .teams = teams, .teams_count = 2 };
		struct service declared = { .name = STR("s"), .owner = str_z(rows[i].owner), .ownership = rows[i].model };
		struct fleet fleet = { .services = &declared, .services_count = 1 };
		struct figures f;
		struct err e = { 0 };
		struct arena arena;
		arena_init(&arena, 1 << 20);
		struct picture *p = picture_new(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .fleet = &fleet, .now = NOW }, &e);
		figures_make(&f, &arena, p, &fleet, NULL, 0, NULL);
		assert_int_equal(f.strong_by_others, rows[i].strong);
		assert_int_equal(f.weak_by_owner, rows[i].weak);
		assert_int_equal(f.collective_people, rows[i].collective);
		picture_free(p);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(when_each_is_here), cmocka_unit_test(coupling), cmocka_unit_test(chatty_pair), cmocka_unit_test(models_and_commits) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
