/* The files of one side of a comparison: paths, limits, places in texts. */
#include "contract/source.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void paths(void **state)
{
	struct source s;
	struct err e = { 0 };
	(void)state;
	source_init(&s, STR("api/"));
	assert_true(source_add(&s, STR("./b/../z.proto"), STR("z"), &e));
	assert_true(source_add(&s, STR("a.proto"), STR("a"), &e));
	assert_false(source_add(&s, STR("../out.proto"), STR("a"), &e));
	assert_non_null(strstr(e.message, "inside"));
	err_clear(&e);
	assert_true(source_sort(&s, &e));
	assert_int_equal(s.count, 2);
	assert_string_equal(arena_strz(&s.arena, s.files[0].path).p, "a.proto");
	assert_non_null(source_find(&s, STR("z.proto")));
	assert_null(source_find(&s, STR("b/z.proto")));
	assert_true(source_add(&s, STR("x/../a.proto"), STR("other"), &e));
	assert_false(source_sort(&s, &e));
	assert_non_null(strstr(e.message, "twice"));
	source_release(&s);
}

static void references(void **state)
{
	static const struct { struct str from, reference, path; } cases[] = {
		{ STR_INIT("api/orders.yaml"), STR_INIT("../common.yaml"), STR_INIT("common.yaml") },
		{ STR_INIT("orders.yaml"), STR_INIT("./x/y.json"), STR_INIT("x/y.json") },
		{ STR_INIT("orders.yaml"), STR_INIT("../x.json"), { NULL, 0 } },
		{ STR_INIT("orders.yaml"), STR_INIT("/etc/passwd"), { NULL, 0 } },
		{ STR_INIT("orders.yaml"), STR_INIT("http://127.0.0.1/x.json"), { NULL, 0 } },
		{ STR_INIT("orders.yaml"), STR_INIT("file:x.json"), { NULL, 0 } },
		{ STR_INIT("a/b/c.yaml"), STR_INIT("d/time:zone.yaml"), STR_INIT("a/b/d/time:zone.yaml") },
	};
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str path = source_resolve(&a, cases[i].from, cases[i].reference);
		assert_int_equal(path.p != NULL, cases[i].path.p != NULL);
		assert_true(str_eq(path, cases[i].path));
	}
	arena_release(&a);
}

static void places(void **state)
{
	struct arena a;
	struct line_index x;
	(void)state;
	arena_init(&a, 1 << 16);
	struct str text = STR("ab\nc\xc3\xa9" "d\n\nlast");
	assert_true(line_index_build(&x, &a, text));
	static const struct { size_t offset; uint32_t line, column; } cases[] = { { 0, 1, 1 }, { 2, 1, 3 }, { 3, 2, 1 }, { 6, 2, 3 }, { 8, 3, 1 }, { 9, 4, 1 }, { 99, 4, 5 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text_place p = line_index_place(&x, cases[i].offset);
		assert_int_equal(p.line, cases[i].line);
		assert_int_equal(p.column, cases[i].column);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(paths), cmocka_unit_test(references), cmocka_unit_test(places) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
