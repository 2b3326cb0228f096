/* The operability score (catalog/score): weights and tiers, what cannot be measured, gains that add up, levels, and the course by day. */
#include "base/check.h"
#include "catalog/score/score.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { NOW = 1800000000, DAY_SECONDS = 86400 };

static struct dependency calls[] = { { .service = STR_INIT("b"), .timeout = 5, .on_failure = STR_INIT("later") }, { .service = STR_INIT("c"), .timeout = 0 } };
static struct served serves[] = { { .version = STR_INIT("v1"), .schema = STR_INIT("a.proto") } };

/* A picture of one service of a team. */
struct world { struct picture *p; struct repository r; struct unit u; struct claim claims[4]; struct unit_person people[2]; struct crawled_team team; struct str members[2]; struct picture_call seen[2]; struct service declared; };

static const struct picture_service *make(struct world *w, const char *tier, bool owned)
{
	struct err e = { 0 };
	size_t n = 0;
	*w = (struct world){ .people = { { STR_INIT("Ada"), STR_INIT("ada@x"), 9, 5, NOW - 10 }, { STR_INIT("Bob"), STR_INIT("bob@x"), 3, 4, NOW - 20 } }, .members = { STR_INIT("ada@x"), STR_INIT("bob@x") },
			     .seen = { { STR_INIT("edge"), STR_INIT("a"), 100, 0, 0, NOW }, { STR_INIT("a"), STR_INIT("b"), 50, 0, 10, NOW } } };
	if (owned)
		w->claims[n++] = (struct claim){ .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = STR("team"), .file = STR("service.yaml"), .line = 1, .time = NOW };
	if (tier)
		w->claims[n++] = (struct claim){ .key = CLAIM_TIER, .source = SOURCE_PLEACH, .value = str_z(tier), .file = STR("service.yaml"), .line = 2, .time = NOW };
	w->team = (struct crawled_team){ .name = STR("team"), .contact = STR("#team"), .members = w->members, .members_count = 2, .file = STR("pleach.yaml"), .line = 1 };
	w->u = (struct unit){ .name = STR("a"), .root = STR(""), .tree = STR(""), .declared = true, .claims = w->claims, .claims_count = n,
			      .people = { .last_commit = NOW - 10, .commits = 12, .files = 9, .truck_factor = 2, .items = w->people, .count = 2 } };
	w->r = (struct repository){ .path = STR("/r/a"), .origin = STR(""), .head = STR("1"), .note = STR(""), .units = &w->u, .units_count = 1, .teams = &w->team, .teams_count = 1 };
	w->declared = (struct service){ .name = STR("a"), .run = { .present = true, .health = STR("/healthz") }, .serves = serves, .serves_count = 1, .calls = calls, .calls_count = 2 };
	struct picture_sources s = { .repositories = &w->r, .repositories_count = 1, .calls = w->seen, .calls_count = 2, .observed = true, .now = NOW };
	w->p = picture_new(&s, &e);
	assert_non_null(w->p);
	return picture_service(w->p, STR("a"));
}

static struct score score_of(struct world *w, const struct picture_service *s, const struct score_evidence *e)
{
	struct score out;
	score_make(&out, &w->p->arena, w->p, s, &w->declared, e, NULL);
	return out;
}

static bool near(double a, double b) { return fabs(a - b) < 1e-6; }

static void evidence_becomes_points(void **state)
{
	struct world w;
	const struct score_evidence good = { .status_known = true, .runs_here = true, .wanted = 2, .healthy = 2, .logs_known = true, .lines = 100, .lines_with_id = 90 };
	(void)state;
	const struct picture_service *s = make(&w, NULL, true);
	struct score got = score_of(&w, s, &good);
	assert_true(near(got.facets[SCORE_OWNER].value, 1) && near(got.facets[SCORE_CONTACT].value, 0.8) && near(got.facets[SCORE_HEALTH].value, 1));
	assert_true(near(got.facets[SCORE_LOG_IDS].value, 1)); /* nine of ten lines: starts and timers belong to no request */
	assert_true(near(got.facets[SCORE_TRACES].value, 0.8)); /* 10 of 50 began anew */
	assert_true(near(got.facets[SCORE_TIMEOUTS].value, 0.5) && near(got.facets[SCORE_ON_FAILURE].value, 0.5) && near(got.facets[SCORE_CONTRACT].value, 1));
	assert_true(near(got.facets[SCORE_KNOWLEDGE].value, 1) && near(got.facets[SCORE_AGREED].value, 1) && near(got.facets[SCORE_TIER].value, 0));
	assert_true(got.facets[SCORE_SPARE].value < 0 && got.facets[SCORE_RUNBOOK].value < 0); /* from gold and silver on */
	/* owner 5, contact 3 * 0.8, health 4, ids 3, traces 3 * 0.8, time-outs 4 / 2, on failure 4 / 2, contract 3, knowledge 3, agreed 2, of 34. */
	assert_true(near(got.points, 100 * 28.8 / 36));
	assert_int_equal(got.next, SCORE_TIMEOUTS);
	picture_free(w.p);
}

/* Published counts half where pacts tell whether it is kept; where there is none it counts alone, and that is said. */
static void contracts_are_verified(void **state)
{
	struct world w;
	const struct score_pacts some = { 4, 3, 1, STR_INIT("mobile") }, none = { 0 };
	(void)state;
	const struct picture_service *s = make(&w, NULL, true);
	struct score_value got = score_of(&w, s, &(struct score_evidence){ .pacts = &some }).facets[SCORE_CONTRACT];
	assert_true(near(got.value, 0.875) && str_eq(got.measured, STR("1 of 1 versions; 3 of 4 pacts verified, mobile's failed")));
	got = score_of(&w, s, &(struct score_evidence){ .pacts = &none }).facets[SCORE_CONTRACT];
	assert_true(near(got.value, 1) && str_ends(got.measured, STR("; no pact of it is known, so nothing verifies it")));
	picture_free(w.p);
}

/* What nothing measures says so whatever else is known, takes no point and is never what to do next. */
static void unseen_counts_nowhere(void **state)
{
	static const enum score_facet unseen[] = { SCORE_OBJECTIVES, SCORE_JOURNEYS };
	static const char *const tiers[] = { NULL, "bronze", "platinum" };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tiers); i++) {
		struct world w;
		const struct picture_service *s = make(&w, tiers[i], true);
		struct score got = score_of(&w, s, &(struct score_evidence){ .runs_here = true, .wanted = 2, .healthy = 2 });
		size_t counted = 0;
		for (int k = 0; k < SCORE_FACET_COUNT; k++)
			counted += got.facets[k].value >= 0;
		assert_int_equal(got.measured, counted);
		for (size_t k = 0; k < ARRAY_LEN(unseen); k++) {
			const struct score_value *v = &got.facets[unseen[k]];
			assert_true(v->value < 0 && v->gain == 0 && got.next != unseen[k]);
			assert_true(str_starts(v->measured, STR("not measured yet: ")));
		}
		picture_free(w.p);
	}
}

/* What the score would rise by, for each facet alone, and all of them together. */
static void gains_add_up(void **state)
{
	static const char *const tiers[] = { NULL, "bronze", "silver", "gold", "platinum", "tier 1", "2", "odd" };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tiers); i++)
		for (int bits = 0; bits < 8; bits++) {
			struct world w;
			const struct picture_service *s = make(&w, tiers[i], bits & 1);
			struct score got = score_of(&w, s, &(struct score_evidence){ .runs_here = bits & 2, .wanted = 2, .healthy = bits & 2 ? 1 : 0, .logs_known = bits & 4, .lines = 100, .lines_with_id = 10 });
			double all = got.points, most = 0;
			for (int k = 0; k < SCORE_FACET_COUNT; k++) {
				all += got.facets[k].gain;
				most = got.facets[k].gain > most ? got.facets[k].gain : most;
				assert_true(got.facets[k].value < 0 ? got.facets[k].gain == 0 : got.facets[k].value <= 1);
				assert_true(got.facets[k].measured.len > 0);
			}
			assert_true(near(all, 100) && got.points >= 0 && got.points <= 100);
			assert_true(got.next == SCORE_NOTHING ? most == 0 : near(got.facets[got.next].gain, most));
			picture_free(w.p);
		}
}

/* A second healthy instance counts from gold on, and a runbook from silver on; more evidence never makes a facet worse. */
static void tiers_ask_for_more(void **state)
{
	struct world w;
	const struct score_evidence one = { .runs_here = true, .wanted = 1, .healthy = 1 }, two = { .runs_here = true, .wanted = 2, .healthy = 2 };
	(void)state;
	const struct picture_service *s = make(&w, "silver", true);
	assert_true(near(score_of(&w, s, &one).points, score_of(&w, s, &two).points));
	assert_true(near(score_of(&w, s, &one).facets[SCORE_RUNBOOK].value, 0));
	picture_free(w.p);
	s = make(&w, "gold", true);
	assert_true(score_of(&w, s, &one).points < score_of(&w, s, &two).points);
	assert_int_equal(score_of(&w, s, &two).wanted, TIER_GOLD);
	double gold = score_of(&w, s, &two).facets[SCORE_RUNBOOK].gain;
	picture_free(w.p);
	s = make(&w, "platinum", true);
	assert_true(score_of(&w, s, &one).facets[SCORE_SPARE].gain > 0 && gold > 0);
	assert_int_equal(score_of(&w, s, &one).wanted, TIER_PLATINUM);
	picture_free(w.p);
}

/* Rules of the fleet's own count like facets; unmeasured they count nowhere. */
/* That somebody answered, or did not, and a rollback that was seen beside one that was said. */
static void tried_and_seen(void **state)
{
	(void)state;
	struct world w;
	const struct picture_service *s = make(&w, "gold", true);
	struct picture_service tried = *s;
	struct picture_contact contact = { .service = STR("a"), .note = STR("drill"), .answered = true, .at = NOW - 10 * DAY_SECONDS };
	tried.contact = &contact;
	struct score_evidence e = { .runs_here = true, .wanted = 2, .healthy = 2 };
	assert_true(near(score_of(&w, &tried, &e).facets[SCORE_CONTACT].value, 1));
	contact.at = NOW - 300 * DAY_SECONDS;
	assert_true(near(score_of(&w, &tried, &e).facets[SCORE_CONTACT].value, 0.88)); /* most of a year ago: two fifths of the last fifth */
	contact.answered = false;
	struct score got = score_of(&w, &tried, &e);
	assert_true(near(got.facets[SCORE_CONTACT].value, 0) && str_find(got.facets[SCORE_CONTACT].measured, STR("did not answer")) != SIZE_MAX && str_ends(got.facets[SCORE_CONTACT].measured, STR(": drill")));
	struct running_event back = { STR("1"), STR("2"), NOW - 5 * DAY_SECONDS, true };
	struct evidence failed = { .service = s->id, .kind = EVIDENCE_ROLLBACK, .ok = false, .at = NOW - 3 * DAY_SECONDS, .note = STR(""), .link = STR("") };
	struct evidence_list said = { &failed, 1, 1 };
	assert_true(score_of(&w, s, &e).facets[SCORE_ROLLBACK].value < 0); /* nobody could say, and nothing was seen */
	e.back = &back;
	assert_true(near(score_of(&w, s, &e).facets[SCORE_ROLLBACK].value, 1));
	e.said = &said;
	assert_true(near(score_of(&w, s, &e).facets[SCORE_ROLLBACK].value, 0)); /* the newer holds */
	failed.at = NOW - 7 * DAY_SECONDS;
	assert_true(near(score_of(&w, s, &e).facets[SCORE_ROLLBACK].value, 1));
	picture_free(w.p);
}

/* Alerts and journeys: nobody loses by them until somebody in the fleet tells of one; then silence counts, and what failed. */
static void told_by_somebody(void **state)
{
	static const struct { int facet; enum evidence_kind kind; } rows[] = { { SCORE_OBJECTIVES, EVIDENCE_ALERT }, { SCORE_JOURNEYS, EVIDENCE_JOURNEY } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		const struct picture_service *s = make(&w, "gold", true);
		struct evidence x = { .service = STR("another"), .kind = EVIDENCE_RESTORE, .ok = true, .at = NOW - DAY_SECONDS, .note = STR(""), .link = STR("") };
		struct evidence_list said = { &x, 1, 1 };
		struct score_evidence e = { .runs_here = true, .wanted = 2, .healthy = 2, .said = &said };
		double points = score_of(&w, s, &e).points;
		assert_true(score_of(&w, s, &e).facets[rows[i].facet].value < 0);
		x.kind = rows[i].kind;
		assert_true(near(score_of(&w, s, &e).facets[rows[i].facet].value, 0) && score_of(&w, s, &e).points < points);
		x.service = s->id;
		assert_true(near(score_of(&w, s, &e).facets[rows[i].facet].value, 1));
		x.ok = false;
		assert_true(near(score_of(&w, s, &e).facets[rows[i].facet].value, 0));
		picture_free(w.p);
	}
}

static void own_rules(void **state)
{
	static const struct score_rule items[] = { { .name = STR_INIT("quiet"), .query = STR_INIT("level:fatal"), .raise = STR_INIT("catch it"), .most = 2, .weight = 10 },
						  { .name = STR_INIT("calm"), .query = STR_INIT("retry"), .most = 0, .weight = 1 } };
	const uint64_t matched[] = { 3, 0 };
	const struct score_evidence e = { 0 };
	struct world w;
	struct score without, with, unmeasured;
	(void)state;
	const struct picture_service *s = make(&w, NULL, true);
	score_make(&without, &w.p->arena, w.p, s, &w.declared, &e, NULL);
	score_make(&with, &w.p->arena, w.p, s, &w.declared, &e, &(struct score_rules){ items, 2, matched });
	score_make(&unmeasured, &w.p->arena, w.p, s, &w.declared, &e, &(struct score_rules){ items, 2, NULL });
	assert_true(near(unmeasured.points, without.points) && unmeasured.rules[0].value < 0);
	assert_true(with.points < without.points && near(with.rules[0].value, 0) && near(with.rules[1].value, 1));
	assert_int_equal(with.next, SCORE_FACET_COUNT); /* the first rule weighs most */
	assert_int_equal(with.measured, without.measured + 2);
	assert_true(str_eq(with.rules[0].measured, STR("3 lines of the last hour match `level:fatal`; at most 2 may")));
	double all = with.points + with.rules[0].gain + with.rules[1].gain;
	for (int i = 0; i < SCORE_FACET_COUNT; i++)
		all += with.facets[i].gain;
	assert_true(near(all, 100));
	picture_free(w.p);
}

static void levels_and_words(void **state)
{
	static const struct { const char *words; enum tier tier; } rows[] = { { "Platinum", TIER_PLATINUM }, { "gold", TIER_GOLD }, { "tier_1", TIER_PLATINUM }, { "1", TIER_PLATINUM }, { "0", TIER_PLATINUM },
									     { "Tier 2", TIER_GOLD }, { "3", TIER_SILVER }, { "4", TIER_BRONZE }, { "9", TIER_BRONZE }, { "critical", TIER_NONE }, { "", TIER_NONE } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(tier_of_words(str_z(rows[i].words)), rows[i].tier);
	assert_int_equal(score_level(39.9), TIER_NONE);
	assert_int_equal(score_level(40), TIER_BRONZE);
	assert_int_equal(score_level(60), TIER_SILVER);
	assert_int_equal(score_level(75), TIER_GOLD);
	assert_int_equal(score_level(90), TIER_PLATINUM);
}

static void course(void **state)
{
	struct score_history h = { 0 }, back = { 0 };
	struct arena a;
	struct buf b;
	struct json_out o;
	struct err e = { 0 };
	(void)state;
	arena_init(&a, 16 << 20);
	score_history_add(&h, &a, STR("x"), NOW, 50.4);
	assert_true(h.changed);
	h.changed = false;
	score_history_add(&h, &a, STR("x"), NOW + 5, 50.2); /* the same day, the same points */
	assert_false(h.changed);
	score_history_add(&h, &a, STR("x"), NOW + 6, 60);
	assert_true(h.changed);
	assert_int_equal(score_history_of(&h, STR("x"))->count, 1);
	for (int i = 1; i < 200; i++)
		score_history_add(&h, &a, STR("x"), NOW + (int64_t)i * DAY_SECONDS, i % 100);
	score_history_add(&h, &a, STR("y"), NOW, 1);
	const struct score_course *x = score_history_of(&h, STR("x"));
	assert_int_equal(x->count, SCORE_DAYS);
	assert_int_equal(x->days[SCORE_DAYS - 1].points, 99);
	assert_int_equal(x->days[0].day, NOW / DAY_SECONDS + 200 - SCORE_DAYS);
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	score_history_json(&o, &h);
	score_history_read(&back, &a, json_parse(&a, buf_str(&b), &e));
	assert_int_equal(back.count, 2);
	assert_memory_equal(score_history_of(&back, STR("x"))->days, x->days, sizeof(x->days));
	assert_null(score_history_of(&back, STR("z")));
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(evidence_becomes_points), cmocka_unit_test(contracts_are_verified), cmocka_unit_test(unseen_counts_nowhere), cmocka_unit_test(gains_add_up), cmocka_unit_test(tiers_ask_for_more), cmocka_unit_test(tried_and_seen), cmocka_unit_test(told_by_somebody), cmocka_unit_test(own_rules), cmocka_unit_test(levels_and_words), cmocka_unit_test(course) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
