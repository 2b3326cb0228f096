/* Twelve services of some teams, and what their lock files say: for tests of catalog/libraries. */
#ifndef PLEACH_TEST_LIBRARIES_WORLD_H
#define PLEACH_TEST_LIBRARIES_WORLD_H
#include "catalog/libraries/libraries.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

enum { NOW = 1800000000, YEAR = 365 * 86400, SERVICES = 12, FOUND_MAX = 400 };

/* Services s0 to s11; s_i is of team t_(i % teams), the last of nobody; every fourth has been asleep for two years. */
struct world {
	struct picture *p;
	struct repository r[SERVICES];
	struct unit u[SERVICES];
	struct claim owner[SERVICES];
	struct unit_person people[SERVICES];
	char names[SERVICES][8], owners[SERVICES][8], paths[SERVICES][8];
	struct package packages[FOUND_MAX];
	struct library_found found[FOUND_MAX];
	size_t count;
	struct arena a;
};

static void world_init(struct world *w, size_t teams)
{
	struct err e = { 0 };
	memset(w, 0, sizeof(*w));
	arena_init(&w->a, 64 << 20);
	for (size_t i = 0; i < SERVICES; i++) {
		snprintf(w->names[i], sizeof(w->names[i]), "s%zu", i);
		snprintf(w->owners[i], sizeof(w->owners[i]), "t%zu", i % teams);
		snprintf(w->paths[i], sizeof(w->paths[i]), "/r/s%zu", i);
		bool asleep = i % 4 == 3;
		w->owner[i] = (struct claim){ .key = CLAIM_OWNER, .source = SOURCE_PLEACH, .value = str_z(w->owners[i]), .file = STR("service.yaml"), .line = 1, .time = NOW };
		w->people[i] = (struct unit_person){ STR("Ada"), STR("ada@x"), asleep ? 0 : 10 + i, 3, asleep ? NOW - 2 * YEAR : NOW - 100 };
		w->u[i] = (struct unit){ .name = str_z(w->names[i]), .root = STR(""), .tree = STR(""), .declared = true, .claims = &w->owner[i], .claims_count = i + 1 < SERVICES,
					 .people = { .last_commit = w->people[i].last, .commits = w->people[i].commits, .files = 3, .items = &w->people[i], .count = 1 } };
		w->r[i] = (struct repository){ .path = str_z(w->paths[i]), .origin = STR(""), .head = STR("1"), .note = STR(""), .units = &w->u[i], .units_count = 1 };
	}
	struct picture_sources s = { .repositories = w->r, .repositories_count = SERVICES, .now = NOW };
	w->p = picture_new(&s, &e);
	assert_non_null(w->p);
}

static void world_release(struct world *w)
{
	picture_free(w->p);
	arena_release(&w->a);
}

static void found(struct world *w, size_t service, enum package_type type, const char *name, const char *version, enum package_use use)
{
	w->packages[w->count] = (struct package){ .type = type, .name = str_z(name), .version = str_z(version) };
	w->found[w->count] = (struct library_found){ service == SIZE_MAX ? STR("") : str_z(w->names[service]), str_z(w->paths[service == SIZE_MAX ? 0 : service]), STR("/r/lock"), 7, use, &w->packages[w->count] };
	w->count++;
}
#endif
