/* Versions that were seen to run: releases, rollbacks, canaries that were kept and that were not, and random courses beside a plain model. */
#include "base/check.h"
#include "catalog/releases/running.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Windows one after the other, each a text of versions of one letter; what became of it as "AB" for a release from A to B, "ba" in small for a way back. */
static const char *course_of(const char *windows, char *said)
{
	struct running_history h = { 0 };
	struct arena a;
	size_t n = 0;
	int64_t now = 1000;
	arena_init(&a, 16 << 20);
	struct running_course *c = running_of(&h, &a, STR("orders"));
	struct str rest = str_z(windows);
	while (rest.p) {
		struct str window = str_split(&rest, ' '), versions[8];
		size_t count = 0;
		for (size_t i = 0; i < window.len && window.p[i] != '-'; i++)
			versions[count++] = str_sub(window, i, i + 1);
		running_step(c, &a, now += 60, versions, count);
	}
	for (size_t i = 0; i < c->count; i++) {
		int small = c->events[i].back ? 0x20 : 0;
		said[n++] = (char)(c->events[i].from.p[0] | small);
		said[n++] = (char)(c->events[i].version.p[0] | small);
	}
	said[n] = 0;
	arena_release(&a);
	return said;
}

static void courses(void **state)
{
	static const struct { const char *windows, *events; } rows[] = {
		{ "A A A", "" },
		{ "A A B B", "AB" },
		{ "A A B A A", "" },                /* one window is no use: a late line of another */
		{ "A A AB AB B B", "AB" },          /* rolling, or a canary that was kept */
		{ "A A AB AB A A", "ba" },          /* a canary that was not */
		{ "A A AB A A", "" },
		{ "A A AB AB A AB A A", "ba" },     /* it was silent for one window */
		{ "A A AB AB A AB AB B B", "AB" },
		{ "A A B B A A", "ABba" },
		{ "A A B B C C A A", "ABBCca" },
		{ "A A B B A A B B", "ABbaab" },    /* forward again to what was in use: back to it, as far as anybody can tell */
		{ "A A - - B - B", "AB" },          /* silence says nothing */
		{ "- - -", "" },
		{ "AB AB AB", "" },                 /* never one alone: none is in use */
		{ "A A BC BC A A", "" },            /* what is in use was not there */
		{ "A A ABC ABC A A", "ba" },
		{ "A A AB AC AC A A", "ca" },
	};
	char said[2 * RUNNING_EVENTS + 1];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(course_of(rows[i].windows, said), rows[i].events) != 0)
			fail_msg("%s: %s, not %s", rows[i].windows, said, rows[i].events);
}

/* Whatever comes: events go from one version to another, follow each other, and survive being written and read. */
static void random_courses(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 300; seed++) {
		struct running_history h = { 0 }, again = { 0 }, copied = { 0 };
		struct arena a;
		struct buf text;
		struct json_out o;
		struct err e = { 0 };
		srand(seed);
		arena_init(&a, 64 << 20);
		struct running_course *c = running_of(&h, &a, STR("orders"));
		int64_t now = 1000, last = 0;
		for (int i = 0; i < 400; i++) {
			struct str versions[3];
			size_t count = (size_t)rand() % 4;
			for (size_t k = 0; k < count && k < 3; k++)
				versions[k] = arena_printf(&a, "v%zu", (size_t)rand() % 2 + k * 2);
			running_step(c, &a, now += 60, versions, count < 3 ? count : 3);
		}
		assert_true(c->count <= RUNNING_EVENTS);
		for (size_t i = 0; i < c->count; i++) {
			assert_false(str_eq(c->events[i].version, c->events[i].from));
			assert_true(c->events[i].at >= last && c->events[i].at <= now);
			last = c->events[i].at;
		}
		assert_true(!c->count || str_eq(c->events[c->count - 1].version, c->current));
		buf_init(&text, 1 << 20);
		json_out_init(&o, &text);
		running_json(&o, &h);
		running_read(&again, &a, json_parse(&a, buf_str(&text), &e));
		running_copy(&copied, &a, &again);
		assert_int_equal(copied.count, c->current.len ? 1 : 0);
		const struct running_course *x = running_known(&copied, STR("orders"));
		for (size_t i = 0; x && i < c->count; i++)
			assert_true(str_eq(x->events[i].version, c->events[i].version) && str_eq(x->events[i].from, c->events[i].from) && x->events[i].at == c->events[i].at && x->events[i].back == c->events[i].back);
		assert_int_equal(x ? x->count : 0, c->count);
		buf_release(&text);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(courses), cmocka_unit_test(random_courses) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
