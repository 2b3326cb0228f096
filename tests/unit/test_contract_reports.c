/* Reports: every form of the same changes, with texts that each form must escape; counts and what fails. */
#include "contract/report.h"
#include "base/check.h"
#include "base/time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define NASTY "a<b>&\"c\"% ::error,x:y\r\n\x1b[31m \xc3\xa9"

struct world { struct changes changes; struct notes notes; const struct approval *approved[4]; struct approval approval; struct report report; struct buf out; };

static void world_init(struct world *w)
{
	static const enum rule_id rules[] = { RULE_PROTOLOCK_NO_REMOVING_RPCS, RULE_PROTOLOCK_NO_CHANGING_FIELD_IDS };
	static struct reach reach[8];
	*w = (struct world){ 0 };
	changes_init(&w->changes);
	notes_init(&w->notes);
	buf_init(&w->out, 4 << 20);
	struct change *x = changes_add(&w->changes, CHANGE_KIND_CONTRACT_REMOVED, STR("Order"), STR(""));
	x->sentence = STR("`" NASTY "` was removed");
	x->old_place = (struct change_place){ STR("api dir/a%b.yaml"), 7, 3 };
	x->witness = (struct witness){ WITNESS_PROVED, WITNESS_REQUEST, STR("POST /orders"), STR("{\n  \"x\": \"" NASTY "\"\n}"), STR("valid"), STR("`x` is missing") };
	for (size_t i = 0; i < ARRAY_LEN(reach); i++)
		reach[i] = (struct reach){ arena_printf(&w->changes.arena, "GET /%zu", i), REACH_RESPONSE };
	x->reach = reach;
	x->reach_count = ARRAY_LEN(reach);
	change_rules(&w->changes, x, rules, ARRAY_LEN(rules));
	x = changes_add(&w->changes, CHANGE_KIND_CONTRACT_REMOVED, STR("Other"), STR(""));
	x->sentence = STR("`Other` was removed");
	x->old_place = (struct change_place){ STR("b.yaml"), 1, 1 };
	x->new_place = (struct change_place){ STR("b.yaml"), 4, 2 };
	x = changes_add(&w->changes, CHANGE_KIND_CONTRACT_ADDED, STR("New"), STR(""));
	x->new_place = (struct change_place){ STR("c.yaml"), 1, 1 };
	changes_done(&w->changes);
	w->approval = (struct approval){ .owner = STR("billing"), .reason = STR("agreed <here>"), .expires = STR("2027-01-31") };
	w->report = (struct report){ .changes = &w->changes, .notes = &w->notes, .approved = w->approved, .old_name = STR("main:api/"), .new_name = STR("api/"), .old_elsewhere = true,
		.fails = CHANGE_BREAKING, .version = STR("1.2.3") };
}

static void world_release(struct world *w)
{
	changes_release(&w->changes);
	notes_release(&w->notes);
	buf_release(&w->out);
}

static struct str written(struct world *w, enum report_format f)
{
	buf_clear(&w->out);
	report_write(&w->report, f, &w->out);
	assert_true(buf_ok(&w->out));
	return buf_str(&w->out);
}

static void has(struct str text, const char *words)
{
	if (str_find(text, str_z(words)) == SIZE_MAX)
		fail_msg("no `%s` in:\n%.*s", words, STR_FMT(text));
}

static void has_not(struct str text, const char *words)
{
	if (str_find(text, str_z(words)) != SIZE_MAX)
		fail_msg("`%s` in:\n%.*s", words, STR_FMT(text));
}

/* The change with this subject. */
static size_t index_of(struct world *w, const char *subject)
{
	for (size_t i = 0; i < w->changes.count; i++)
		if (str_eq(w->changes.items[i].subject, str_z(subject)))
			return i;
	fail();
	return 0;
}

static void text_for_people(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	struct str text = written(&w, REPORT_TEXT);
	has(text, "old     api dir/a%b.yaml:7:3  in main:api/");
	has(text, "new     b.yaml:4:2");
	has(text, "GET /0 (response)");
	has(text, "GET /4 (response) and 3");
	has(text, "protolock NoRemovingRPCs, NoChangingFieldIDs");
	has(text, "old: valid");
	has(text, "new: `x` is missing");
	has(text, "unproved");
	has(text, "2 breaking changes, 1 change that breaks nobody between main:api/ and api/");
	has_not(text, "\x1b"); /* what a contract says must not steer the terminal */
	size_t first = str_find(text, STR("finds neither its operations"));
	assert_true(first != SIZE_MAX && str_find(str_skip(text, first + 1), STR("finds neither its operations")) == SIZE_MAX); /* the kind's reason once */
	w.report.explain = true;
	text = written(&w, REPORT_TEXT);
	has(text, "GET /7 (response)");
	has(text, "NoRemovingRPCs: A method must stay.");
	first = str_find(text, STR("finds neither its operations"));
	assert_true(str_find(str_skip(text, first + 1), STR("finds neither its operations")) != SIZE_MAX);
	w.report.color = true;
	has(written(&w, REPORT_TEXT), "\x1b[31mbreaking");
	world_release(&w);
}

static void approval_and_failure(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	assert_true(report_fails(&w.report));
	w.approved[index_of(&w, "Order")] = &w.approval;
	assert_true(report_fails(&w.report));
	w.approved[index_of(&w, "Other")] = &w.approval;
	assert_false(report_fails(&w.report));
	struct report_counts n = report_count(&w.report);
	assert_int_equal(n.approved, 2);
	assert_int_equal(n.level[CHANGE_BREAKING], 0);
	has(written(&w, REPORT_TEXT), "by      billing, until 2027-01-31: agreed <here>");
	has(written(&w, REPORT_SARIF), "\"justification\": \"billing, until 2027-01-31: agreed <here>\"");
	has(written(&w, REPORT_JUNIT), "skipped=\"2\"");
	has(written(&w, REPORT_JUNIT), "agreed &lt;here&gt;");
	has_not(written(&w, REPORT_GITHUB), "::error ");
	w.report.fails = CHANGE_INFO;
	assert_true(report_fails(&w.report));
	w.report.fails = CHANGE_BREAKING;
	notes_add(&w.notes, true, (struct change_place){ STR("x.yaml"), 2, 1 }, "cannot be read");
	assert_true(report_fails(&w.report));
	world_release(&w);
}

static void github(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	notes_add(&w.notes, true, (struct change_place){ STR("x,y:z.yaml"), 2, 9 }, "is\nwrong");
	struct str text = written(&w, REPORT_GITHUB);
	size_t lines = 0;
	has(text, "::error file=b.yaml,line=4,col=2,title=A contract is gone::`Other` was removed.");
	has(text, "::error file=api dir/a%25b.yaml,title="); /* the thing is gone: no line of the new file */
	has(text, "a<b>&\"c\"%25 ::error,x:y%0D%0A");
	has(text, "::error file=x%2Cy%3Az.yaml,line=2,col=9,title=Contract::is%0Awrong\n");
	has(text, "::notice file=c.yaml,line=1,col=1");
	while (text.p) { /* nothing that a contract says begins a command of its own */
		struct str line = str_split(&text, '\n');
		assert_true(!line.len || str_starts(line, STR("::error ")) || str_starts(line, STR("::notice ")));
		lines += line.len > 0;
	}
	assert_int_equal(lines, 4);
	world_release(&w);
}

static void json_forms(void **state)
{
	struct world w;
	struct arena a;
	struct err e = { 0 };
	(void)state;
	world_init(&w);
	arena_init(&a, 16 << 20);
	const struct json *j = json_parse(&a, written(&w, REPORT_JSON), &e);
	assert_non_null(j);
	assert_true(json_get_bool(j, STR("failed"), false) && json_get_bool(j, STR("complete"), false));
	const struct json *changes = json_get(j, STR("changes"));
	assert_int_equal(changes->count, 3);
	const struct json *order = &changes->items[index_of(&w, "Order")];
	assert_true(str_eq(json_get_str(order, STR("sentence"), STR("")), STR("`" NASTY "` was removed")));
	assert_int_equal(json_get(order, STR("new"))->type, JSON_NULL);
	assert_int_equal(json_get(order, STR("reach"))->count, 8);
	w.changes.dropped = 5;
	assert_false(json_get_bool(json_parse(&a, written(&w, REPORT_JSON), &e), STR("complete"), true));
	const struct json *sarif = json_parse(&a, written(&w, REPORT_SARIF), &e);
	assert_non_null(sarif);
	const struct json *run = &json_get(sarif, STR("runs"))->items[0], *results = json_get(run, STR("results"));
	const struct json *rules = json_get(json_get(json_get(run, STR("tool")), STR("driver")), STR("rules"));
	assert_int_equal(results->count, 3);
	assert_int_equal(rules->count, 2);
	for (uint32_t i = 0; i < results->count; i++) {
		int64_t rule = json_get_i64(&results->items[i], STR("ruleIndex"), -1);
		assert_true(rule >= 0 && rule < rules->count);
		assert_true(str_eq(json_get_str(&rules->items[rule], STR("id"), STR("")), json_get_str(&results->items[i], STR("ruleId"), STR("?"))));
	}
	has(written(&w, REPORT_SARIF), "\"uri\": \"api%20dir/a%25b.yaml\"");
	arena_release(&a);
	world_release(&w);
}

static void junit(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	struct str text = written(&w, REPORT_JUNIT);
	has(text, "tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\"");
	has(text, "a&lt;b&gt;&amp;&quot;c&quot;% ::error,x:y&#13;&#10;\xef\xbf\xbd[31m \xc3\xa9");
	has_not(text, "\x1b");
	w.changes.count = 0;
	has(written(&w, REPORT_JUNIT), "tests=\"1\" failures=\"0\"");
	world_release(&w);
}

static void nothing_to_tell(void **state)
{
	struct world w;
	(void)state;
	world_init(&w);
	w.changes.count = 0;
	assert_false(report_fails(&w.report));
	has(written(&w, REPORT_TEXT), "No change between main:api/ and api/");
	w.report.hidden[CHANGE_INFO] = 2;
	has(written(&w, REPORT_TEXT), "Nothing breaks between main:api/ and api/; 2 changes that break nobody");
	assert_int_equal(written(&w, REPORT_GITHUB).len, 0);
	world_release(&w);
}

static void names(void **state)
{
	enum report_format f;
	struct err e = { 0 };
	(void)state;
	assert_true(report_format_parse(STR("sarif"), &f, &e) && f == REPORT_SARIF);
	assert_false(report_format_parse(STR("pdf"), &f, &e));
	assert_int_equal(e.code, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(text_for_people), cmocka_unit_test(approval_and_failure), cmocka_unit_test(github), cmocka_unit_test(json_forms), cmocka_unit_test(junit),
		cmocka_unit_test(nothing_to_tell), cmocka_unit_test(names) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
