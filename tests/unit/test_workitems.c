/* Orphans as work items (catalog/workitems): the block in a body, each transition of an issue, and random lives of services, people and a forge that fails half-way. */
#include "base/check.h"
#include "catalog/workitems/workitems.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NO_OWNER = 1u << ORPHAN_NO_OWNER, INACTIVE = 1u << ORPHAN_INACTIVE_OWNER, NEVER_SEEN = 1u << ORPHAN_NEVER_SEEN, UNJUDGED = NEVER_SEEN | 1u << ORPHAN_ABANDONED };

static struct arena a;

static struct work_service stock(uint32_t reasons)
{
	return (struct work_service){ .id = STR("stock"), .name = STR("stock"), .owner = reasons & NO_OWNER ? STR("") : STR("billing"), .reasons = reasons, .callers = 3, .next_owner = STR("logistics"), .next_why = STR("wrote most of it"), .place = STR("repo, stock") };
}

static struct work_plan plan(const struct work_service *s, const struct work_item *items, size_t count, uint32_t unjudged, bool whole)
{
	struct work_catalogue c = { .services = s, .count = s ? 1 : 0, .scope = STR(""), .unjudged = unjudged, .whole = whole };
	struct work_plan p;
	assert_true(work_plan(&a, &c, items, count, &p));
	return p;
}

static struct str z(struct str s) { return arena_strz(&a, s); }

static void a_block_is_found_whatever_stands_around_it(void **state)
{
	(void)state;
	static const struct { const char *body, *key; uint32_t reasons; bool begins; size_t from, to; } cases[] = {
		{ "", "", 0, false, 0, 0 },
		{ "<!-- pleach:a reasons= -->\nx\n<!-- /pleach:a -->", "a", 0, true, 0, 47 },
		{ "hi\r\n\r\n<!-- pleach:a reasons=no-owner,x,never-seen -->\r\nx\r\n<!-- /pleach:a -->\r\nbye", "a", NO_OWNER | NEVER_SEEN, true, 6, 76 },
		{ "<!-- pleach:a reasons=no-owner -->\nthe end is gone", "a", NO_OWNER, true, 0, 34 },
		{ "the begin is gone\n<!-- /pleach:a -->", "a", 0, false, 18, 36 },
		{ "<!-- pleach:a -->\n<!-- /pleach:b -->\n<!-- /pleach:a -->\n", "a", 0, true, 0, 55 },
		{ "> <!-- pleach:a reasons=no-owner -->", "", 0, false, 0, 0 },     /* quoted */
		{ "    <!-- pleach:a reasons=no-owner -->", "", 0, false, 0, 0 },   /* code */
		{ "<!-- pleach: -->\n<!-- pleach:a", "", 0, false, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct work_block b = work_block_find(str_z(cases[i].body));
		assert_string_equal(z(b.key.p ? b.key : STR("")).p, cases[i].key);
		assert_int_equal(b.reasons, cases[i].reasons);
		assert_true(b.begins == cases[i].begins && b.from == cases[i].from && b.to == cases[i].to);
	}
}

static void names_of_strangers_are_text(void **state)
{
	(void)state;
	struct buf b;
	struct str evil = STR("--><img>\n/close @all #1 `x` --> [a](b) *b* ");
	struct str key = work_key(&a, STR("fleet/one"), evil);
	assert_true(str_find(key, STR("-->")) == SIZE_MAX && str_find_char(key, ' ') == SIZE_MAX);
	assert_true(str_eq(work_key_id(&a, STR("fleet/one"), key), evil));
	assert_null(work_key_id(&a, STR(""), key).p);
	assert_null(work_key_id(&a, STR("fleet/on"), key).p);
	buf_init(&b, 4096);
	work_text(&b, evil);
	struct str text = buf_str(&b);
	assert_true(str_find(text, STR("@&#8203;all")) != SIZE_MAX && str_find(text, STR("\\<img\\>")) != SIZE_MAX && str_find_char(text, '\n') == SIZE_MAX && str_find(text, STR("\\`x\\`")) != SIZE_MAX);
	buf_release(&b);
	struct work_service s = { .id = evil, .name = evil, .owner = STR(""), .reasons = NO_OWNER, .next_owner = evil, .next_why = evil, .place = evil };
	struct work_plan p = plan(&s, NULL, 0, 0, true);
	assert_int_equal(p.count, 1);
	struct work_block found = work_block_find(p.steps[0].body);
	assert_true(found.from == 0 && found.to == p.steps[0].body.len && str_eq(work_key_id(&a, STR(""), found.key), evil));
	assert_true(str_find_char(p.steps[0].title, '\n') == SIZE_MAX && p.steps[0].title.len <= WORK_TITLE_MAX);
}

static void each_transition(void **state)
{
	(void)state;
	struct work_service orphan = stock(NO_OWNER), other = stock(NO_OWNER | INACTIVE), owned = stock(0), unseen = stock(NEVER_SEEN);
	struct work_plan p = plan(&orphan, NULL, 0, 0, true);
	assert_int_equal(p.steps[0].action, WORK_RAISE);
	struct str body = p.steps[0].body, said = arena_printf(&a, "Talk to Bea.\r\n%.*s\r\nThanks", STR_FMT(body));
	struct work_item open = { STR("7"), STR("u"), said, true }, closed = { STR("7"), STR("u"), said, false };
	assert_int_equal(plan(&orphan, &open, 1, 0, true).unchanged, 1);
	assert_int_equal(plan(&orphan, &closed, 1, 0, true).unchanged, 1); /* by hand, for the same reason */
	p = plan(&other, &open, 1, 0, true);
	assert_int_equal(p.steps[0].action, WORK_UPDATE);
	assert_true(str_starts(p.steps[0].body, STR("Talk to Bea.\r\n<!--")) && str_ends(p.steps[0].body, STR("-->\r\nThanks")));
	assert_int_equal(plan(&other, &closed, 1, 0, true).steps[0].action, WORK_REOPEN); /* for another one */
	p = plan(&owned, &open, 1, 0, true);
	assert_int_equal(p.steps[0].action, WORK_CLOSE);
	assert_true(str_find(p.steps[0].comment, STR("is owned by billing now")) != SIZE_MAX);
	struct work_item settled = { STR("7"), STR("u"), p.steps[0].body, false };
	assert_int_equal(plan(&owned, &settled, 1, 0, true).unchanged, 1);
	assert_int_equal(plan(&orphan, &settled, 1, 0, true).steps[0].action, WORK_REOPEN); /* the old issue, no second one */
	assert_int_equal(plan(&owned, &closed, 1, 0, true).steps[0].action, WORK_SETTLE);
	/* Not in the catalogue: closed where it is whole. */
	assert_int_equal(plan(NULL, &open, 1, 0, true).steps[0].action, WORK_CLOSE);
	assert_int_equal(plan(NULL, &open, 1, 0, false).unchanged, 1);
	/* What could not be looked for still stands. */
	struct work_item seen = { STR("8"), STR("u"), plan(&unseen, NULL, 0, 0, true).steps[0].body, true };
	assert_int_equal(plan(&owned, &seen, 1, UNJUDGED, true).unchanged, 1);
	assert_int_equal(plan(&owned, &seen, 1, 0, true).steps[0].action, WORK_CLOSE);
	/* Two at once: the older one that is open counts. */
	struct work_item two[] = { closed, open, { STR("9"), STR("u"), said, true } };
	p = plan(&orphan, two, 3, 0, true);
	assert_true(p.count == 1 && p.unchanged == 1 && p.steps[0].action == WORK_DUPLICATE && str_eq(p.steps[0].item->number, STR("9")));
	assert_int_equal(work_block_find(p.steps[0].body).key.len, 0);
	/* Another catalogue's in the same project is not touched. */
	struct work_catalogue c = { .scope = STR("other"), .whole = true };
	assert_true(work_plan(&a, &c, &open, 1, &p) && p.count == 0 && p.unchanged == 0);
	assert_true(work_is_ours(said, STR("")) && !work_is_ours(said, STR("other")));
}

/* --- random lives -------------------------------------------------------------------------------------------------------------------------------------------- */

enum { SERVICES = 6, ISSUES = 400, ROUNDS = 60, LIVES = 300 };
struct issue { char body[6000]; bool open; };
struct life { unsigned seed; struct issue issues[ISSUES]; size_t count; struct work_service services[SERVICES]; bool there[SERVICES]; };

static unsigned chance(struct life *l, unsigned n)
{
	l->seed = l->seed * 1103515245 + 12345;
	return (l->seed >> 16) % n;
}

static void put_body(struct issue *i, struct str body)
{
	assert_true(body.len < sizeof(i->body));
	memcpy(i->body, body.p, body.len);
	i->body[body.len] = 0;
}

/* What the world does between two runs. */
static void people(struct life *l)
{
	size_t k = chance(l, SERVICES);
	struct work_service *s = &l->services[k];
	l->there[k] = chance(l, 8) != 0;
	s->reasons = (uint32_t)(chance(l, 2) ? 0 : 1 + chance(l, 7));
	s->owner = s->reasons & NO_OWNER ? STR("") : STR("team");
	s->callers = chance(l, 4);
	if (!l->count)
		return;
	struct issue *i = &l->issues[chance(l, (unsigned)l->count)];
	switch (chance(l, 5)) {
	case 0: i->open = false; break;
	case 1: i->open = true; break;
	case 2: {
		struct str with = arena_printf(&a, "A person says:\r\n%s", i->body);
		if (with.len < 5000)
			put_body(i, with);
		break;
	}
	case 3: { /* somebody removes the last line: the block has no end any more */
		char *last = strstr(i->body, "<!-- /pleach");
		if (last && chance(l, 3) == 0)
			*last = 0;
		break;
	}
	default: break;
	}
}

/* One step on the forge. False: the API failed, before it did it or after. */
static bool apply(struct life *l, const struct work_step *s, unsigned fail)
{
	unsigned luck = fail ? chance(l, fail) : 2;
	if (luck == 0)
		return false;
	struct issue *i = s->item ? &l->issues[atoi(z(s->item->number).p)] : &l->issues[l->count++];
	assert_true(l->count <= ISSUES);
	put_body(i, s->body);
	if (s->action == WORK_RAISE || s->action == WORK_REOPEN)
		i->open = true;
	if (s->action == WORK_CLOSE || s->action == WORK_DUPLICATE)
		i->open = false;
	return luck != 1;
}

static struct work_plan plan_of(struct life *l)
{
	struct work_item *items = ARENA_ARRAY(&a, l->count + 1, struct work_item);
	struct work_service *now = ARENA_ARRAY(&a, SERVICES, struct work_service);
	struct work_catalogue c = { .services = now, .scope = STR(""), .whole = true };
	struct work_plan p;
	for (size_t i = 0; i < l->count; i++)
		items[i] = (struct work_item){ arena_printf(&a, "%zu", i), STR(""), arena_str(&a, str_z(l->issues[i].body)), l->issues[i].open };
	for (size_t i = 0; i < SERVICES; i++)
		if (l->there[i])
			now[c.count++] = l->services[i];
	assert_true(work_plan(&a, &c, items, l->count, &p));
	return p;
}

static void count_issues(const struct life *l, size_t k, size_t *open, size_t *all)
{
	*open = *all = 0;
	for (size_t i = 0; i < l->count; i++) {
		struct work_block b = work_block_find(str_z(l->issues[i].body));
		if (!b.key.len || !str_eq(work_key_id(&a, STR(""), b.key), l->services[k].id))
			continue;
		*open += l->issues[i].open;
		(*all)++;
	}
}

/* Holds at any time: no second issue of one orphan, however runs fail. After a run that ended well also: what is open is an orphan. */
static void check(const struct life *l, bool well)
{
	for (size_t k = 0; k < SERVICES; k++) {
		size_t open, all;
		bool orphan = l->there[k] && l->services[k].reasons;
		count_issues(l, k, &open, &all);
		assert_true(all <= 1);
		if (well) {
			assert_true(orphan ? all == 1 : open == 0);
		}
	}
}

static void random_lives(void **state)
{
	static const struct str ids[SERVICES] = { STR_INIT("a"), STR_INIT("b-->c"), STR_INIT("ü"), STR_INIT("x y"), STR_INIT("@all"), STR_INIT("a/b") };
	static struct life l;
	(void)state;
	for (unsigned seed = 1; seed <= LIVES; seed++) {
		memset(&l, 0, sizeof(l));
		l.seed = seed;
		for (size_t k = 0; k < SERVICES; k++)
			l.services[k] = (struct work_service){ .id = ids[k], .name = ids[k], .owner = STR("team") };
		for (int round = 0; round < ROUNDS; round++) {
			people(&l);
			struct work_plan p = plan_of(&l);
			unsigned fail = chance(&l, 3) ? 0 : 3 + chance(&l, 5);
			bool well = true;
			for (size_t i = 0; i < p.count && well; i++)
				well = apply(&l, &p.steps[i], fail);
			check(&l, well);
			if (well)
				assert_int_equal(plan_of(&l).count, 0); /* a second run has nothing to do */
		}
		arena_reset(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_block_is_found_whatever_stands_around_it), cmocka_unit_test(names_of_strangers_are_text), cmocka_unit_test(each_transition),
					    cmocka_unit_test(random_lives) };
	arena_init(&a, 1 << 30);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
