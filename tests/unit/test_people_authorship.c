/* Degrees and truck factor computed by hand, aliases and bots. */
#include "base/check.h"
#include "catalog/people/authorship.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define C(name, mail, time) "commit\0i\0" time "\0" name "\0" mail "\0\n"

static void degrees(void **state)
{
	(void)state;
	assert_true(fabs(authorship_degree(true, 1, 0) - 4.555) < 1e-9);
	assert_true(fabs(authorship_degree(false, 1, 3) - (3.457 - 0.321 * 1.3862943611198906)) < 1e-9);
}

/* Ann (two mails) made a, b and c, Bo only d; a bot touched all; "gone" is not there any more. Files 4: Ann goes, d is left: 1 of 4 is below half. */
static void small_repository(void **state)
{
	(void)state;
	static const char text[] = C("dependabot[bot]", "x@bots", "99000000") "M\0a\0M\0b\0M\0c\0M\0d\0" C("Bo", "BO@x", "90000000") "A\0d\0A\0gone\0"
		C("Ann Lee", "ann@two", "2000") "A\0c\0" C("Ann Lee", "ann@one", "1000") "A\0a\0A\0b\0";
	static const struct str paths[] = { STR_INIT("a"), STR_INIT("b"), STR_INIT("c"), STR_INIT("d") };
	struct arena a;
	struct history h = { 0 };
	struct authorship w = { 0 };
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	assert_true(history_read(&h, &a, str_from(text, sizeof(text) - 1), &e));
	assert_true(authorship_read(&w, &a, &h, paths, ARRAY_LEN(paths), 100000000, &e));
	assert_int_equal(w.count, 3);
	assert_true(w.people[0].bot && w.people[0].files == 0);
	assert_true(str_eq(w.people[1].name, STR("Bo")) && w.people[1].files == 1 && w.people[1].commits == 1);
	assert_true(w.people[2].files == 3 && w.people[2].last == 2000);
	assert_int_equal(w.files, 4);
	assert_int_equal(w.left, 3);
	assert_int_equal(w.truck_factor, 1);
	assert_true(w.strongest == 1 && w.changes == 1 && w.strongest_changes == 1);
	arena_release(&a);
}

/* The same judged directly on seeded random histories: every file and person looked at in all changes, people removed one by one. */
enum { PEOPLE = 6, FILES = 9, STEPS = 60 };

static size_t slow_truck_factor(bool author[FILES][PEOPLE], size_t known)
{
	bool gone[PEOPLE] = { 0 };
	for (size_t turn = 0;; turn++) {
		size_t held = 0, best = PEOPLE, most = 0;
		for (size_t f = 0; f < FILES; f++) {
			bool any = false;
			for (size_t p = 0; p < PEOPLE; p++)
				any |= author[f][p] && !gone[p];
			held += any;
		}
		if (held == 0 || 2 * held < known)
			return turn;
		for (size_t p = 0; p < PEOPLE; p++) {
			size_t n = 0;
			for (size_t f = 0; f < FILES; f++)
				n += author[f][p];
			if (!gone[p] && n > most) {
				most = n;
				best = p;
			}
		}
		gone[best] = true;
	}
}

static void random_histories(void **state)
{
	(void)state;
	uint64_t seed = 7;
	for (int round = 0; round < 500; round++) {
		struct history_commit commits[PEOPLE + STEPS] = { 0 };
		struct history_change changes[STEPS];
		struct str paths[FILES];
		size_t who[STEPS], file[STEPS], known = 0;
		bool author[FILES][PEOPLE] = { 0 };
		for (size_t f = 0; f < FILES; f++)
			paths[f] = str_from("ABCDEFGHI" + f, 1);
		for (size_t p = 0; p < PEOPLE; p++) /* so that people are numbered as here */
			commits[p] = (struct history_commit){ .name = str_from("uvwxyz" + p, 1), .mail = str_from("uvwxyz" + p, 1) };
		for (size_t i = 0; i < STEPS; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			who[i] = (seed >> 33) % PEOPLE * ((seed >> 50) % 2);
			file[i] = (seed >> 40) % FILES;
			changes[i] = (struct history_change){ paths[file[i]], (enum history_kind)((seed >> 55) % 3) };
			commits[PEOPLE + i] = (struct history_commit){ .name = commits[who[i]].name, .mail = commits[who[i]].mail, .first = i, .count = 1 };
		}
		for (size_t f = 0; f < FILES; f++) {
			size_t own[PEOPLE] = { 0 }, all = 0, creator = PEOPLE;
			double most = 0;
			for (size_t i = 0; i < STEPS; i++)
				if (file[i] == f && changes[i].kind != HISTORY_DELETED) {
					own[who[i]]++;
					all++;
					creator = changes[i].kind == HISTORY_ADDED ? who[i] : creator; /* newest first: the last one stays */
				}
			known += all > 0;
			for (size_t p = 0; p < PEOPLE; p++)
				most = own[p] ? fmax(most, authorship_degree(p == creator, own[p], all - own[p])) : most;
			for (size_t p = 0; p < PEOPLE; p++) {
				double d = authorship_degree(p == creator, own[p], all - own[p]);
				author[f][p] = own[p] && d >= 3.293 && d / most > 0.75;
			}
		}
		struct history h = { .commits = commits, .count = PEOPLE + STEPS, .changes = changes, .change_count = STEPS };
		struct authorship w = { 0 };
		struct arena a;
		struct err e = { 0 };
		arena_init(&a, 1 << 20);
		assert_true(authorship_read(&w, &a, &h, paths, FILES, 1, &e));
		assert_int_equal(w.files, known);
		for (size_t p = 0; p < PEOPLE; p++) {
			size_t n = 0;
			for (size_t f = 0; f < FILES; f++)
				n += author[f][p];
			assert_int_equal(w.people[p].files, n);
		}
		assert_int_equal(w.truck_factor, slow_truck_factor(author, known));
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(degrees), cmocka_unit_test(small_repository), cmocka_unit_test(random_histories) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
