/* Releases (catalog/releases): what tags say and whose they are, and lock-step: found where it is, and not where two services only have the same habits. */
#include "base/check.h"
#include "catalog/releases/releases.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define NOW (int64_t)1800000000
#define DAY (int64_t)86400

static void splits(void **state)
{
	/* tag, which place, name, version; version NULL: none. */
	static const struct { const char *tag; size_t nth; const char *name, *version; } cases[] = {
		{ "v1.2.3", 0, "", "v1.2.3" }, { "1.2.3", 0, "", "1.2.3" }, { "7", 0, "", "7" }, { "2024-10-05", 0, "", "2024-10-05" }, { "1.2.3-rc.1", 0, "", "1.2.3-rc.1" }, { "v2.0.0+build.5", 0, "", "v2.0.0+build.5" },
		{ "orders/v1.2", 0, "orders", "v1.2" }, { "orders@1.2.3", 0, "orders", "1.2.3" }, { "@shop/orders@1.2.3", 0, "@shop/orders", "1.2.3" }, { "orders-v1.2.3", 0, "orders", "v1.2.3" },
		{ "services/orders/v1.2.3", 0, "services/orders", "v1.2.3" }, { "orders_1.0", 0, "orders", "1.0" }, { "release-2024.10", 0, "release", "2024.10" }, { "orders-1.2.3-rc.1", 0, "orders", "1.2.3-rc.1" },
		{ "log4j-2-1.0.0", 0, "log4j", "2-1.0.0" }, { "log4j-2-1.0.0", 1, "log4j-2", "1.0.0" }, { "orders-v2", 0, "orders", "v2" },
		{ "latest", 0, "", NULL }, { "", 0, "", NULL }, { "orders-2", 0, "", NULL }, { "v", 0, "", NULL }, { "nightly/today", 0, "", NULL }, { "v1.2 beta", 0, "", NULL }, { "orders-", 0, "", NULL }, { "vv1.2", 0, "", NULL },
		{ "v1.2.3", 1, "", NULL },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str name, version;
		bool is = release_split(str_z(cases[i].tag), cases[i].nth, &name, &version);
		if (is != (cases[i].version != NULL) || (is && (!str_eq(name, str_z(cases[i].name)) || !str_eq(version, str_z(cases[i].version)))))
			fail_msg("%s at %zu: %d %.*s %.*s", cases[i].tag, cases[i].nth, is, is ? (int)name.len : 0, is ? name.p : "", is ? (int)version.len : 0, is ? version.p : "");
	}
}

/* --- a world of repositories with tags -------------------------------------------------------------------------------------------------------------------- */

enum { SERVICES = 8, TAGS = 400 };
struct world { struct arena a; struct picture p; struct picture_service services[SERVICES]; struct unit units[SERVICES]; struct repository repositories[SERVICES]; struct repository_tag tags[SERVICES][TAGS]; };

static struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	arena_init(&w->a, 64 << 20);
	w->p = (struct picture){ .services = w->services, .now = NOW };
	for (size_t i = 0; i < SERVICES; i++)
		w->repositories[i] = (struct repository){ .path = arena_printf(&w->a, "/work/repo%zu", i), .origin = STR("https://git.example/shop/mono.git"), .tags = w->tags[i] };
	return w;
}

static void world_free(struct world *w)
{
	arena_release(&w->a);
	free(w);
}

static void service(struct world *w, const char *name, const char *root, size_t repository)
{
	size_t i = w->p.count++;
	w->units[i] = (struct unit){ .name = str_z(name), .root = str_z(root) };
	w->services[i] = (struct picture_service){ .id = str_z(name), .name = str_z(name), .repository = &w->repositories[repository], .unit = &w->units[i], .is_service = true, .owner = str_z(i % 2 ? "billing" : "sales") };
}

static void tag(struct world *w, size_t repository, const char *name, int64_t time)
{
	struct repository *r = &w->repositories[repository];
	assert_true(r->tags_count < TAGS);
	w->tags[repository][r->tags_count++] = (struct repository_tag){ arena_printf(&w->a, "%s", name), time };
}

static void whose(void **state)
{
	struct world *w = world_new();
	struct release_history h;
	(void)state;
	service(w, "orders", "services/orders", 0);
	service(w, "invoicing", "services/bill", 0);
	service(w, "alone", "", 1);
	tag(w, 0, "v9", NOW - 5 * DAY);
	tag(w, 0, "services/bill/v1.1", NOW - 4 * DAY);
	tag(w, 0, "bill-1.2", NOW - 3 * DAY);
	tag(w, 0, "@shop/orders@2.0.0", NOW - 2 * DAY);
	tag(w, 0, "docs/v1", NOW - DAY);
	tag(w, 0, "latest", NOW - DAY);
	tag(w, 0, "MONO-10.0", NOW);
	tag(w, 1, "v1", NOW - 400 * DAY);
	tag(w, 1, "v2", NOW);
	assert_true(releases_make(&h, &w->a, &w->p, NULL));
	assert_int_equal(h.of[0].count, 3);
	assert_true(str_eq(h.of[0].items[0].version, STR("10.0")) && h.of[0].items[0].whole && str_eq(h.of[0].items[1].version, STR("2.0.0")) && !h.of[0].items[1].whole);
	assert_int_equal(h.of[1].count, 4);
	assert_true(str_eq(h.of[1].items[1].version, STR("1.2")) && str_eq(h.of[1].items[2].version, STR("v1.1")) && str_eq(h.of[1].items[3].version, STR("v9")));
	assert_int_equal(h.of[2].count, 2);
	assert_int_equal(h.of[2].year, 1);
	assert_int_equal(h.tied, 0);
	world_free(w);
}

static void tied(void **state)
{
	struct world *w = world_new();
	struct release_history h;
	(void)state;
	service(w, "a", "a", 0);
	service(w, "b", "b", 0);
	service(w, "c", "", 1);
	tag(w, 0, "v1", NOW - DAY);
	tag(w, 1, "v1", NOW - DAY);
	assert_true(releases_make(&h, &w->a, &w->p, NULL));
	assert_int_equal(h.tied, 2);
	assert_true(str_eq(h.tied_in, STR("repo0")));
	tag(w, 0, "b/v2", NOW);
	assert_true(releases_make(&h, &w->a, &w->p, NULL));
	assert_int_equal(h.tied, 0);
	world_free(w);
}

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	return *seed ^= *seed << 17;
}

/* Fleets of four kinds, drawn: independent; all at five in the afternoon on days of their own; every day at five; and two that go together while others do as they like. */
static void lockstep(void **state)
{
	size_t wrong = 0, missed = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		uint64_t draw = seed * 0x9e3779b97f4a7c15u;
		struct world *w = world_new();
		struct release_history h;
		bool together = seed % 4 == 3;
		char name[SERVICES][8];
		for (size_t i = 0; i < SERVICES; i++) {
			snprintf(name[i], sizeof(name[i]), "s%zu", i);
			service(w, name[i], "", i);
		}
		for (int64_t day = 1; day < 360; day++)
			for (size_t i = 0; i < SERVICES; i++) {
				int64_t at = NOW - day * DAY, five = at + (int64_t)(next(&draw) % 1800), any = at + (int64_t)(next(&draw) % 30000);
				bool often = seed % 4 == 2, today = often || next(&draw) % 10 == 0;
				if (together && i == 1)
					continue;
				if (today)
					tag(w, i, arena_printf(&w->a, "v1.%d", (int)day).p, seed % 4 == 0 ? any : five);
				if (today && together && i == 0 && next(&draw) % 10)
					tag(w, 1, arena_printf(&w->a, "v1.%d", (int)day).p, five + (int64_t)(next(&draw) % 1800));
			}
		assert_true(releases_make(&h, &w->a, &w->p, NULL));
		bool found = h.pairs_count && h.pairs[0].a == 0 && h.pairs[0].b == 1;
		missed += together && !found;
		wrong += h.pairs_count - found;
		if (found)
			assert_true(h.pairs[0].together > h.pairs[0].of / 2 && h.pairs[0].chance < (double)h.pairs[0].together / 2);
		world_free(w);
	}
	if (missed || wrong > 2)
		fail_msg("%zu missed, %zu wrong of 200 fleets", missed, wrong);
}

/* One repository's services are not in lock-step by this rule, and three times are too few. */
static void not_told(void **state)
{
	struct world *w = world_new();
	struct release_history h;
	(void)state;
	service(w, "a", "a", 0);
	service(w, "b", "b", 0);
	service(w, "x", "", 1);
	service(w, "y", "", 2);
	for (int i = 1; i < 30; i++) {
		tag(w, 0, arena_printf(&w->a, "a/v%d", i).p, NOW - i * 11 * DAY);
		tag(w, 0, arena_printf(&w->a, "b/v%d", i).p, NOW - i * 11 * DAY + 60);
	}
	for (int i = 1; i < 4; i++) {
		tag(w, 1, arena_printf(&w->a, "v%d", i).p, NOW - i * 31 * DAY - 20000);
		tag(w, 2, arena_printf(&w->a, "v%d", i).p, NOW - i * 31 * DAY - 20000);
	}
	assert_true(releases_make(&h, &w->a, &w->p, NULL));
	assert_int_equal(h.pairs_count, 0);
	assert_int_equal(h.of[0].count, 29);
	world_free(w);
}

/* Services of one repository that no tag is of: by the versions that were seen to run, and then in lock-step too. */
static void seen_to_run(void **state)
{
	struct world *w = world_new();
	struct release_history h;
	struct running_history running = { 0 };
	(void)state;
	service(w, "a", "a", 0);
	service(w, "b", "b", 0);
	service(w, "tagged", "c", 0);
	tag(w, 0, "tagged/v1", NOW - DAY);
	for (size_t i = 0; i < 3; i++)
		w->services[i].id = w->services[i].name;
	for (int i = 0; i < 3; i++) {
		struct running_course *c = running_of(&running, &w->a, w->services[i].name);
		for (int k = 9; k > 0; k--)
			c->events[c->count++] = (struct running_event){ arena_printf(&w->a, "%d", 10 - k), STR("0"), NOW - k * 17 * DAY + i * 60, k == 2 };
	}
	assert_true(releases_make(&h, &w->a, &w->p, &running));
	assert_int_equal(h.of[0].count, 8); /* a way back is no release */
	assert_true(h.of[0].seen && h.of[0].items[0].tag.len == 0 && h.of[0].items[0].time > h.of[0].items[1].time);
	assert_true(h.of[2].count == 1 && !h.of[2].seen); /* what tags say is better */
	assert_int_equal(h.pairs_count, 1);
	assert_true(h.pairs[0].a == 0 && h.pairs[0].b == 1 && h.pairs[0].together == 8);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(splits), cmocka_unit_test(whose), cmocka_unit_test(tied), cmocka_unit_test(lockstep), cmocka_unit_test(not_told), cmocka_unit_test(seen_to_run) };
	return cmocka_run_group_tests_name("releases", tests, NULL, NULL);
}
