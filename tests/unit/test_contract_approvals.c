/* Approvals: what a line says, what it does to a change, when it ends, and what is said of wrong lines; selection of changes. */
#include "contract/approvals.h"
#include "base/check.h"
#include "base/time.h"
#include "contract/select.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct world { struct changes changes; struct approvals approvals; struct notes notes; char id[13]; };

static void world_init(struct world *w)
{
	changes_init(&w->changes);
	approvals_init(&w->approvals);
	notes_init(&w->notes);
	struct change *x = changes_add(&w->changes, CHANGE_KIND_CONTRACT_REMOVED, STR("api.proto"), STR(""));
	x->sentence = STR("`api.proto` is gone");
	x->old_place = (struct change_place){ STR("api.proto"), 1, 1 };
	hex_encode(w->id, x->fingerprint, 6);
	w->id[12] = 0;
}

static void world_release(struct world *w)
{
	changes_release(&w->changes);
	approvals_release(&w->approvals);
	notes_release(&w->notes);
}

static int64_t on(const char *date)
{
	int64_t wall;
	assert_true(time_parse(str_z(date), &wall));
	return wall;
}

static void read_line(struct world *w, const char *expires)
{
	struct err e = { 0 };
	struct buf b;
	buf_init(&b, 4096);
	buf_printf(&b, "# agreed on\n- { change: %s, owner: billing, reason: \"nobody reads it\", expires: %s }\n", w->id, expires);
	assert_true(approvals_read(&w->approvals, STR("contract-approvals.yaml"), buf_str(&b), true, &e));
	buf_release(&b);
}

static void approved_until_its_last_day(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	read_line(&w, "2027-01-31");
	approvals_apply(&w.approvals, on("2027-01-31T23:59:59Z"), &w.changes, &w.notes);
	assert_int_equal(w.changes.count, 1);
	const struct approval *a = approvals_of(&w.approvals, &w.changes.items[0]);
	assert_non_null(a);
	assert_true(str_eq(a->owner, STR("billing")) && str_eq(a->reason, STR("nobody reads it")) && str_eq(a->expires, STR("2027-01-31")));
	assert_int_equal(a->place.line, 2);
	assert_int_equal(w.notes.count, 0);
	world_release(&w);
}

static void expired_is_a_change(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	read_line(&w, "2027-01-31");
	approvals_apply(&w.approvals, on("2027-02-01T00:00:00Z"), &w.changes, &w.notes);
	assert_int_equal(w.changes.count, 2);
	assert_int_equal(changes_at_least(&w.changes, CHANGE_BREAKING), 2);
	const struct change *x = &w.changes.items[1];
	x = w.changes.items[0].kind == CHANGE_KIND_APPROVAL_EXPIRED ? &w.changes.items[0] : x;
	assert_int_equal(x->kind, CHANGE_KIND_APPROVAL_EXPIRED);
	assert_true(str_eq(x->new_place.file, STR("contract-approvals.yaml")) && x->new_place.line == 2);
	assert_true(str_find(x->sentence, STR("billing")) != SIZE_MAX && str_find(x->sentence, STR("`api.proto` is gone")) != SIZE_MAX);
	for (size_t i = 0; i < 2; i++)
		assert_null(approvals_of(&w.approvals, &w.changes.items[i]));
	world_release(&w);
}

static void of_no_change_is_a_note(void **state)
{
	struct world w;
	struct err e = { 0 };
	(void)state;
	world_init(&w);
	assert_true(approvals_read(&w.approvals, STR("a.yaml"), STR("- { change: 000000000000, owner: x, reason: y, expires: 2020-01-01 }\n"), true, &e));
	assert_true(approvals_read(&w.approvals, STR("../a.yaml"), STR("- { change: 000000000001, owner: x, reason: y, expires: 2020-01-01 }\n"), false, &e));
	approvals_apply(&w.approvals, on("2026-01-01"), &w.changes, &w.notes);
	assert_int_equal(w.changes.count, 1);
	assert_int_equal(w.notes.count, 1); /* the one above may be about another contract */
	assert_true(str_find(w.notes.items[0].text, STR("000000000000")) != SIZE_MAX && !w.notes.items[0].failure && w.notes.items[0].place.line == 1);
	world_release(&w);
}

static void wrong_lines(void **state)
{
	static const struct { const char *text; uint32_t line; const char *words; } cases[] = {
		{ "change: 1\n", 1, "list of approvals" },
		{ "- text\n", 1, "mapping" },
		{ "- { owner: x, reason: y, expires: 2027-01-31 }\n", 1, "`change` of the approval is missing" },
		{ "- { change: 3f2a9c01d2e4, reason: y, expires: 2027-01-31 }\n", 1, "`owner`" },
		{ "- { change: 3f2a9c01d2e4, owner: x, reason: '', expires: 2027-01-31 }\n", 1, "`reason`" },
		{ "- { change: 3f2a9c01d2e4, owner: x, reason: y }\n", 1, "`expires`" },
		{ "\n- { change: 3f2a, owner: x, reason: y, expires: 2027-01-31 }\n", 2, "12 hexadecimal digits" },
		{ "- { change: 3f2a9c01d2e4, owner: x, reason: y, expires: 31.1.2027 }\n", 1, "last day" },
		{ "- { change: 3f2a9c01d2e4, owner: x, reason: y, expires: 2027-13-31 }\n", 1, "last day" },
		{ "- { change: 3f2a9c01d2e4, owner: x, reasn: y, expires: 2027-01-31 }\n", 1, "did you mean `reason`" },
		{ "- { change: 3f2a9c01d2e4, owner: x, reason: y, expires: 2027-01-31 }\n- { change: 3f2a9c01d2e4, owner: x, reason: y, expires: 2027-01-31 }\n", 2, "twice" },
		{ "- { change: [\n", 2, "" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct approvals a;
		struct err e = { 0 };
		approvals_init(&a);
		assert_false(approvals_read(&a, STR("contract-approvals.yaml"), str_z(cases[i].text), true, &e));
		assert_string_equal(e.file, "contract-approvals.yaml");
		if (e.line != cases[i].line || !strstr(e.message, cases[i].words))
			fail_msg("case %zu, line %u: %s", i, e.line, e.message);
		approvals_release(&a);
	}
}

static void an_empty_file_approves_nothing(void **state)
{
	struct approvals a;
	struct err e = { 0 };
	(void)state;
	approvals_init(&a);
	assert_true(approvals_read(&a, STR("a"), STR(""), true, &e) && approvals_read(&a, STR("a"), STR("# nothing\n"), true, &e) && approvals_read(&a, STR("a"), STR("[]\n"), true, &e));
	assert_int_equal(a.count, 0);
	approvals_release(&a);
}

static void selected(void **state)
{
	struct world w;
	struct selection s;
	struct err e = { 0 };
	size_t hidden[3];
	(void)state;
	world_init(&w);
	static const enum rule_id rule = RULE_PROTOLOCK_NO_REMOVING_RPCS;
	change_rules(&w.changes, &w.changes.items[0], &rule, 1);
	changes_add(&w.changes, CHANGE_KIND_CONTRACT_ADDED, STR("new.proto"), STR(""));
	changes_done(&w.changes);
	selection_init(&s);
	selection_apply(&s, &w.changes, hidden);
	assert_int_equal(w.changes.count, 1);
	assert_int_equal(hidden[CHANGE_INFO], 1);
	assert_true(selection_rules(&s, STR("protolock:strict"), &e));
	selection_apply(&s, &w.changes, hidden);
	assert_int_equal(w.changes.count, 1); /* NoRemovingRPCs is of the strict set */
	selection_init(&s);
	assert_true(selection_rules(&s, STR("protolock:NoUsingReservedFields"), &e));
	selection_apply(&s, &w.changes, hidden);
	assert_int_equal(w.changes.count, 0);
	world_release(&w);
}

static void by_category(void **state)
{
	struct world w;
	struct selection s;
	struct err e = { 0 };
	size_t hidden[3];
	struct str names[4];
	(void)state;
	world_init(&w);
	selection_init(&s);
	assert_true(selection_categories(&s, STR("json, source"), &e));
	assert_int_equal(category_names(s.categories, names), 2);
	selection_apply(&s, &w.changes, hidden);
	assert_int_equal(w.changes.count, 1);
	w.changes.items[0].categories = CHANGE_WIRE;
	selection_apply(&s, &w.changes, hidden);
	assert_int_equal(w.changes.count, 0);
	assert_false(selection_categories(&s, STR("paper"), &e));
	err_clear(&e);
	assert_false(selection_rules(&s, STR("protolok"), &e));
	assert_non_null(strstr(e.message, "protolock"));
	err_clear(&e);
	assert_false(selection_rules(&s, STR("protolock:FILE"), &e));
	assert_non_null(strstr(e.message, "no set `FILE`"));
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(approved_until_its_last_day), cmocka_unit_test(expired_is_a_change), cmocka_unit_test(of_no_change_is_a_note),
		cmocka_unit_test(wrong_lines), cmocka_unit_test(an_empty_file_approves_nothing), cmocka_unit_test(selected), cmocka_unit_test(by_category) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
