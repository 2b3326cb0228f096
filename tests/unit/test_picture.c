/* One picture of what repositories, the fleet and traffic say (catalog/picture): owners, contradictions, orphans and who is next, identity through moves and renames. */
#include "base/check.h"
#include "catalog/picture/picture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { YEAR = 365 * 86400, NOW = 1800000000 };

static struct claim owners[] = {
	{ .key = CLAIM_OWNER, .source = SOURCE_BACKSTAGE, .value = STR_INIT("group:default/billing"), .file = STR_INIT("catalog-info.yaml"), .line = 9, .time = NOW - YEAR },
	{ .key = CLAIM_OWNER, .source = SOURCE_CODEOWNERS, .value = STR_INIT("@shop/payments"), .file = STR_INIT("CODEOWNERS"), .line = 3, .detail = STR_INIT("all its files"), .time = NOW - YEAR },
};
static struct unit_person people[] = {
	{ STR_INIT("Lou"), STR_INIT("lou@example.org"), 37, 9, NOW - 1000 },
	{ STR_INIT("Bea Bell"), STR_INIT("7+bea@users.noreply.example.org"), 3, 1, NOW - 2000 },
};
static struct str billing_members[] = { STR_INIT("@bea") }, logistics_members[] = { STR_INIT("lou@example.org") }, gone_members[] = { STR_INIT("Gus Gone") };
static struct crawled_team teams[] = {
	{ .name = STR_INIT("Billing"), .members = billing_members, .members_count = 1, .file = STR_INIT("teams.yaml"), .line = 1 },
	{ .name = STR_INIT("payments"), .members = NULL, .file = STR_INIT("teams.yaml"), .line = 2 },
	{ .name = STR_INIT("logistics"), .members = logistics_members, .members_count = 1, .file = STR_INIT("teams.yaml"), .line = 3 },
	{ .name = STR_INIT("gone"), .members = gone_members, .members_count = 1, .file = STR_INIT("teams.yaml"), .line = 4 },
};

static struct picture *make(const struct picture_sources *s)
{
	struct err e = { 0 };
	struct picture *p = picture_new(s, &e);
	assert_non_null(p);
	return p;
}

static bool is(struct str a, const char *b) { return str_eq(a, str_z(b)); }

static struct unit unit_of(const char *name, const char *root, struct claim *claims, size_t n)
{
	return (struct unit){ .name = str_z(name), .root = root ? str_z(root) : (struct str){ NULL, 0 }, .declared = true, .claims = claims, .claims_count = n, .tree = STR("") };
}

static struct repository repository_of(const char *path, struct unit *units, size_t n)
{
	return (struct repository){ .path = str_z(path), .origin = STR(""), .head = STR("1"), .note = STR(""), .units = units, .units_count = n };
}

/* The example of the issue: declared billing, CODEOWNERS payments, commits by logistics. */
static void contradicted_owner(void **state)
{
	struct unit u = unit_of("invoicing", "", owners, 2);
	u.people = (struct unit_people){ .last_commit = NOW - 1000, .commits = 40, .files = 10, .truck_factor = 1, .items = people, .count = 2 };
	struct repository r = repository_of("/r/invoicing", &u, 1);
	r.teams = teams;
	r.teams_count = ARRAY_LEN(teams);
	struct picture *p = make(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .now = NOW });
	const struct picture_service *s = picture_service(p, STR("INVOICING"));
	(void)state;
	assert_non_null(s);
	assert_true(is(s->owner, "logistics")); /* fresh commits against files of a year ago */
	assert_true(is(s->conflict, "37 of 40 commits of the last year are by logistics; catalog-info.yaml:9 says Billing; CODEOWNERS:3 says payments"));
	assert_true(s->owner_confidence > 0.69 && s->owner_confidence < 0.71);
	assert_true(is(s->people[1].team, "Billing"));
	assert_int_equal(s->orphan, 0);
	assert_int_equal(picture_team(p, STR("logistics"))->active, 1);
	assert_int_equal(picture_team(p, STR("billing"))->active, 1);
	assert_int_equal(picture_team(p, STR("logistics"))->services, 1);
	picture_free(p);
}

/* Two that agree outweigh one that is surer. */
static void agreement(void **state)
{
	struct claim claims[] = {
		{ .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = STR_INIT("billing"), .file = STR_INIT("service.yaml"), .line = 1, .time = NOW - 4 * YEAR },
		{ .key = CLAIM_OWNER, .source = SOURCE_CODEOWNERS, .value = STR_INIT("@shop/payments"), .file = STR_INIT("CODEOWNERS"), .line = 3, .time = NOW - 3 * YEAR },
		{ .key = CLAIM_OWNER, .source = SOURCE_KUBERNETES, .value = STR_INIT("payments"), .file = STR_INIT("k.yaml"), .line = 3, .time = NOW - YEAR },
	};
	struct unit u = unit_of("a", "", claims, 3);
	struct repository r = repository_of("/r/a", &u, 1);
	struct picture *p = make(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .now = NOW });
	(void)state;
	assert_true(is(p->services[0].owner, "payments"));
	assert_true(p->services[0].conflict.len > 0);
	assert_int_equal(picture_value(&p->services[0], CLAIM_OWNER)->answers, 2);
	picture_free(p);
}

static uint32_t bit(enum orphan_reason r) { return 1u << r; }

static void orphans(void **state)
{
	struct claim gone = { .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = STR_INIT("gone"), .file = STR_INIT("service.yaml"), .line = 2, .time = NOW };
	struct claim nobody = { .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = STR_INIT("dissolved"), .file = STR_INIT("service.yaml"), .line = 2, .time = NOW };
	struct claim runs = { .key = CLAIM_RUNS, .source = SOURCE_COMPOSE, .value = STR_INIT("compose"), .file = STR_INIT("c.yml"), .line = 1, .time = NOW };
	struct unit_person gus = { STR_INIT("Gus Gone"), STR_INIT("gus@example.org"), 0, 8, NOW - 2 * YEAR };
	struct unit units[] = { unit_of("old", "old", &gone, 1), unit_of("lost", "lost", &nobody, 1), unit_of("quiet", "quiet", &runs, 1), unit_of("busy", "busy", owners, 1) };
	units[0].people = (struct unit_people){ .last_commit = NOW - 2 * YEAR, .files = 8, .left = 8, .items = &gus, .count = 1 };
	units[3].people = (struct unit_people){ .last_commit = NOW - 1000, .commits = 40, .files = 10, .items = people, .count = 2 };
	struct repository r = repository_of("/r/all", units, 4);
	r.teams = teams;
	r.teams_count = ARRAY_LEN(teams);
	struct picture_seen seen[] = { { STR_INIT("old"), NOW - 5 }, { STR_INIT("busy"), NOW - 5 }, { STR_INIT("who"), NOW - 5 }, { STR_INIT("lost"), NOW - 5 } };
	struct picture_call calls[] = { { STR_INIT("busy"), STR_INIT("old"), 90, 1, 0, NOW - 5 }, { STR_INIT("edge"), STR_INIT("old"), 10, 0, 0, NOW - 5 } };
	struct picture *p = make(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .seen = seen, .seen_count = 4, .calls = calls, .calls_count = 2, .observed = true, .now = NOW });
	(void)state;
	const struct picture_service *old = picture_service(p, STR("old")), *lost = picture_service(p, STR("lost")), *quiet = picture_service(p, STR("quiet"));
	assert_int_equal(old->orphan, bit(ORPHAN_INACTIVE_OWNER) | bit(ORPHAN_ABANDONED));
	assert_int_equal(old->callers_count, 2);
	assert_true(is(old->next, "logistics")); /* owns busy, which makes nine calls of ten */
	assert_true(is(old->next_why, "its busy makes 90 % of the calls"));
	assert_int_equal(lost->orphan, bit(ORPHAN_UNKNOWN_OWNER));
	assert_int_equal(quiet->orphan, bit(ORPHAN_NO_OWNER) | bit(ORPHAN_NEVER_SEEN));
	assert_int_equal(picture_service(p, STR("busy"))->orphan, 0);
	const struct picture_service *who = picture_service(p, STR("who"));
	assert_int_equal(who->orphan, bit(ORPHAN_NO_OWNER) | bit(ORPHAN_STRANGER));
	assert_false(who->declared);
	assert_null(picture_service(p, STR("edge")));
	picture_free(p);
	/* Without the store nobody can say that a service was never seen. */
	p = make(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .now = NOW });
	assert_int_equal(picture_service(p, STR("quiet"))->orphan, bit(ORPHAN_NO_OWNER));
	picture_free(p);
}

/* Whoever wrote it is asked first; where no team is known, the person. */
static void next_owner(void **state)
{
	struct unit u = unit_of("a", "", NULL, 0);
	u.people = (struct unit_people){ .last_commit = NOW - 1000, .commits = 40, .files = 10, .items = people, .count = 2 };
	struct repository r = repository_of("/r/a", &u, 1);
	struct picture *p = make(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .now = NOW });
	(void)state;
	assert_true(is(p->services[0].owner, ""));
	assert_true(is(p->services[0].next, "Lou <lou@example.org>"));
	assert_true(is(p->services[0].next_why, "Lou wrote 9 of its 10 files"));
	picture_free(p);
}

static void names_across_repositories(void **state)
{
	struct claim runs = { .key = CLAIM_RUNS, .source = SOURCE_KUBERNETES, .value = STR_INIT("kubernetes"), .file = STR_INIT("k.yaml"), .line = 1, .time = NOW };
	struct unit here = unit_of("web", "", NULL, 0), there = unit_of("web", "web", NULL, 0), deployed = unit_of("Web", NULL, &runs, 1);
	deployed.declared = false;
	struct repository r[] = { repository_of("/r/deploy", &deployed, 1), repository_of("/r/shop", &here, 1), repository_of("/r/admin", &there, 1) };
	struct picture *p = make(&(struct picture_sources){ .repositories = r, .repositories_count = 3, .now = NOW });
	(void)state;
	assert_int_equal(p->count, 2);
	assert_true(is(p->services[0].name, "admin/web"));
	assert_true(is(p->services[1].name, "web"));
	assert_true(is(p->services[1].repository->path, "/r/shop"));
	assert_non_null(picture_value(&p->services[1], CLAIM_RUNS));
	picture_free(p);
}

/* The id stays: by name, by folder, by contents; what is gone is remembered. */
static void identity(void **state)
{
	static const char sketch[] = "00000001 00000002 00000003 00000004", changed[] = "00000001 00000002 00000003 00000009";
	struct unit units[] = { unit_of("mover", "new/place", NULL, 0), unit_of("billing-api", "services/billing", NULL, 0), unit_of("ledger2", "b/ledger2", NULL, 0), unit_of("fresh", "fresh", NULL, 0) };
	units[2].tree = str_z(changed);
	struct repository r = repository_of("/r/mono", units, 4);
	struct identity before[] = {
		{ STR_INIT("mover"), STR_INIT("mover"), STR_INIT("/r/mono"), STR_INIT("old/place"), STR_INIT(""), STR_INIT("") },
		{ STR_INIT("billing"), STR_INIT("billing"), STR_INIT("/r/mono"), STR_INIT("services/billing"), STR_INIT(""), STR_INIT("") },
		{ STR_INIT("books"), STR_INIT("ledger"), STR_INIT("/r/old"), STR_INIT("a/ledger"), { sketch, sizeof(sketch) - 1 }, STR_INIT("books") },
		{ STR_INIT("away"), STR_INIT("away"), STR_INIT("/r/other"), STR_INIT(""), STR_INIT(""), STR_INIT("") },
	};
	struct picture *p = make(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .identities = before, .identities_count = 4, .now = NOW });
	(void)state;
	assert_true(is(picture_service(p, STR("mover"))->id, "mover"));
	const struct picture_service *renamed = picture_service(p, STR("billing-api")), *moved = picture_service(p, STR("ledger2"));
	assert_true(is(renamed->id, "billing") && is(renamed->was, "billing"));
	assert_true(is(moved->id, "books") && is(moved->was, "ledger"));
	assert_true(is(picture_service(p, STR("fresh"))->id, "fresh"));
	assert_ptr_equal(picture_service(p, STR("billing")), renamed);
	assert_int_equal(p->identities_count, 5);
	/* And once more, with what was kept: nothing changes. */
	struct picture *q = make(&(struct picture_sources){ .repositories = &r, .repositories_count = 1, .identities = p->identities, .identities_count = p->identities_count, .now = NOW });
	assert_true(is(picture_service(q, STR("billing-api"))->id, "billing") && is(picture_service(q, STR("billing-api"))->was, "billing"));
	assert_int_equal(q->identities_count, 5);
	picture_free(q);
	picture_free(p);
}

static void empty(void **state)
{
	struct picture *p = make(&(struct picture_sources){ .now = NOW });
	struct buf b;
	struct json_out o;
	(void)state;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	picture_json(&o, p, STR(""), false, STR(""), NULL);
	assert_true(buf_ok(&b) && str_find(buf_str(&b), STR("\"services\":[]")) != SIZE_MAX);
	buf_release(&b);
	picture_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(contradicted_owner), cmocka_unit_test(agreement), cmocka_unit_test(orphans), cmocka_unit_test(next_owner),
					    cmocka_unit_test(names_across_repositories), cmocka_unit_test(identity), cmocka_unit_test(empty) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
