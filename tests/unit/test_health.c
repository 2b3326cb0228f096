/* Whether a health check says so when its service is broken (catalog/score/health): given courses of a service's minutes, what is told of them. */
#include "base/check.h"
#include "catalog/score/health.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define BEGIN (int64_t)1800000000
enum { ROUND = 15 };

/* A course, a round a letter: . fine, q quiet (few calls, all fail), X most fail, x some fail, h not well, H not well while most fail, o most fail because others do. all, noticed as told at its end. */
static const struct { const char *course; size_t all, noticed; const char *why; } courses[] = {
	{ "......", 0, 0, "nothing happened" },
	{ "..X...", 0, 0, "once is no incident" },
	{ "..XXXXXX..", 1, 0, "it stayed green" },
	{ "..XXHHHH..", 1, 1, "it said so while it lasted" },
	{ "..hXXXXX..", 1, 1, "it said so just before" },
	{ "h.......XXXXXX..", 1, 0, "what it said two minutes before is another matter" },
	{ "..oooooo..", 0, 0, "the others are broken" },
	{ "..qqqqqq..", 0, 0, "too few calls" },
	{ "..xxxxxx..", 0, 0, "most calls are well" },
	{ "hhhhhh", 0, 0, "not well, and nobody calls" },
	{ "XX", 0, 0, "it has not lasted a minute" },
	{ "XXXXXXX", 1, 0, "it goes on" },
	{ "XHXX", 1, 1, "it goes on, and was noticed" },
	{ "XXXXX..XX.X.XX..XHHX..", 3, 1, "pauses of one round do not end it" },
	{ "XXXXX....XXXXX....HHHH....", 3, 1, "three" },
};

static struct health_seen seen_of(char c)
{
	struct health_seen s = { .window = 60, .calls = 100, .well = true };
	s.failed = strchr("XHo", c) ? 80 : c == 'x' ? 40 : 0;
	if (c == 'q')
		s = (struct health_seen){ .window = 60, .calls = 9, .failed = 9, .well = true };
	s.by_others = c == 'o';
	s.well = c != 'h' && c != 'H';
	return s;
}

static void what_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(courses); i++) {
		struct health_watch w = { .id = STR("x") };
		int64_t now = BEGIN;
		size_t all, noticed;
		const struct health_incident *missed;
		for (const char *c = courses[i].course; *c; c++, now += ROUND) {
			struct health_seen s = seen_of(*c);
			health_step(&w, now, &s);
		}
		health_told(&w, now - ROUND, 60, &all, &noticed, &missed);
		if (all != courses[i].all || noticed != courses[i].noticed || (missed != NULL) != (all > noticed))
			fail_msg("%s (%s): %zu, noticed %zu", courses[i].course, courses[i].why, all, noticed);
	}
}

/* Long lives: incidents stand in order, at most one goes on, and what is written comes back. */
static void long_lives(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct arena a;
		struct buf b;
		struct json_out o;
		struct health_history h = { 0 }, back = { 0 }, copied = { 0 };
		struct err e = { 0 };
		uint64_t draw = seed * 0x9e3779b97f4a7c15u;
		int64_t now = BEGIN;
		char c = '.';
		arena_init(&a, 8 << 20);
		for (int i = 0; i < 400; i++, now += ROUND) {
			draw ^= draw << 13;
			draw ^= draw >> 7;
			draw ^= draw << 17;
			if (draw % 5 == 0)
				c = ".XxHhoq"[draw / 5 % 7];
			struct health_watch *w = health_of(&h, &a, i % 2 ? STR("odd") : STR("even"));
			struct health_seen s = seen_of(c);
			health_step(w, now, &s);
			assert_true(w->count <= HEALTH_INCIDENTS && w->broken == (w->count && !w->items[w->count - 1].ended));
			for (size_t k = 0; k < w->count; k++) {
				assert_true(k + 1 == w->count || w->items[k].ended);
				assert_true(!w->items[k].ended || w->items[k].ended > w->items[k].began);
				assert_true(k == 0 || w->items[k].began >= w->items[k - 1].ended);
				assert_true(!w->items[k].noticed || w->items[k].noticed >= w->items[k].began - 60);
			}
		}
		buf_init(&b, 1 << 20);
		json_out_init(&o, &b);
		health_json(&o, &h);
		health_read(&back, &a, json_parse(&a, buf_str(&b), &e), now);
		assert_false(err_is_set(&e));
		health_copy(&copied, &a, &h);
		for (size_t i = 0; i < h.count; i++) {
			size_t all, noticed, all_back, noticed_back;
			const struct health_incident *missed;
			struct health_watch *same = health_of(&back, &a, h.items[i].id);
			assert_int_equal(health_of(&copied, &a, h.items[i].id)->count, h.items[i].count);
			health_told(&h.items[i], now + 60, 60, &all, &noticed, &missed);
			health_told(same, now + 60, 60, &all_back, &noticed_back, &missed);
			assert_true(all == all_back && noticed == noticed_back);
		}
		buf_release(&b);
		arena_release(&a);
	}
}

/* A file that is none, or of another time, is as if nothing were known. */
static void strange_files(void **state)
{
	static const char *const files[] = { "[]", "{}", "{\"services\":7}", "{\"services\":[7,{\"id\":\"\"},{\"id\":\"a\",\"incidents\":[7,{}]}]}",
					     "{\"services\":[{\"id\":\"a\",\"incidents\":[{\"began\":-5},{\"began\":1},{\"began\":9223372036854775807}]}]}" };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct arena a;
		struct err e = { 0 };
		struct health_history h = { 0 };
		arena_init(&a, 1 << 20);
		health_read(&h, &a, json_parse(&a, str_z(files[i]), &e), BEGIN);
		for (size_t k = 0; k < h.count; k++)
			assert_int_equal(h.items[k].count, 0);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_told), cmocka_unit_test(long_lives), cmocka_unit_test(strange_files) };
	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
