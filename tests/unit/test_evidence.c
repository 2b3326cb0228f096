/* Evidence that people and jobs bring (catalog/score/evidence): what is taken and what is refused, how it fades, and that what is written comes back. */
#include "base/check.h"
#include "catalog/score/evidence.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NOW (int64_t)1800000000
#define DAY (int64_t)86400

static void what_is_taken(void **state)
{
	/* says: words of the error; NULL: it is taken. */
	static const struct { const char *body, *says; } cases[] = {
		{ "{\"kind\":\"restore\"}", NULL }, { "{\"kind\":\"rollback\",\"ok\":false,\"note\":\"slow\",\"link\":\"https://ci.example/7\"}", NULL }, { "{\"kind\":\"restore\",\"more\":[1]}", NULL },
		{ "[]", "one object" }, { "7", "one object" }, { "{}", "no kind" }, { "{\"kind\":\"Restore\"}", "no kind" }, { "{\"kind\":7}", "`kind` is a text" }, { "{\"kind\":\"restore\",\"ok\":1}", "true or false" },
		{ "{\"kind\":\"restore\",\"note\":\"a\\nb\"}", "one line" }, { "{\"kind\":\"restore\",\"note\":{}}", "`note` is a text" }, { "{\"kind\":\"restore\",\"link\":\"javascript:alert(1)\"}", "is a URL" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct err e = { 0 };
		struct evidence x = { 0 };
		arena_init(&a, 1 << 20);
		bool ok = evidence_take(&x, json_parse(&a, str_z(cases[i].body), &e), &e);
		if (ok != (cases[i].says == NULL) || (!ok && !strstr(e.message, cases[i].says)))
			fail_msg("%s: %s", cases[i].body, e.message);
		arena_release(&a);
	}
}

static void long_words(void **state)
{
	struct arena a;
	struct evidence x;
	struct err e = { 0 };
	(void)state;
	arena_init(&a, 1 << 20);
	char *text = arena_bytes(&a, 4096);
	snprintf(text, 4096, "{\"kind\":\"restore\",\"note\":\"%0501d\"}", 0);
	assert_false(evidence_take(&x, json_parse(&a, str_z(text), &e), &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	arena_release(&a);
}

static void how_it_fades(void **state)
{
	static const struct { int64_t days; bool ok; double value; } cases[] = { { 0, true, 1 }, { 92, true, 1 }, { 93, true, 0.7 }, { 183, true, 0.7 }, { 365, true, 0.4 }, { 366, true, 0.1 }, { 3660, true, 0.1 }, { 0, false, 0 } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_true(evidence_value(&(struct evidence){ .ok = cases[i].ok, .at = NOW - cases[i].days * DAY }, NOW) == cases[i].value);
}

static void comes_back(void **state)
{
	struct arena a;
	struct buf b;
	struct json_out o;
	struct err e = { 0 };
	struct evidence_list l = { 0 }, back = { 0 };
	(void)state;
	arena_init(&a, 8 << 20);
	for (int i = 0; i < 300; i++) {
		assert_true(ARENA_PUSH_ROOM(&a, l.items, l.count, l.capacity));
		l.items[l.count++] = (struct evidence){ i % 3 ? STR("a") : STR("b \"quoted\""), i % 2 ? EVIDENCE_RESTORE : EVIDENCE_ROLLBACK, i % 5 != 0, NOW - 300 + i, arena_printf(&a, "note %d", i), STR("") };
	}
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	evidence_json(&o, &l);
	evidence_read(&back, &a, json_parse(&a, buf_str(&b), &e));
	assert_int_equal(back.count, l.count);
	for (size_t i = 0; i < l.count; i++)
		assert_true(str_eq(back.items[i].service, l.items[i].service) && back.items[i].kind == l.items[i].kind && back.items[i].ok == l.items[i].ok && back.items[i].at == l.items[i].at && str_eq(back.items[i].note, l.items[i].note));
	assert_true(evidence_newest(&back, STR("a"), EVIDENCE_RESTORE)->at == NOW - 1);
	assert_null(evidence_newest(&back, STR("c"), EVIDENCE_RESTORE));
	back = (struct evidence_list){ 0 };
	evidence_read(&back, &a, json_parse(&a, STR("{\"evidence\":[7,{},{\"service\":\"a\",\"kind\":\"restore\"},{\"service\":\"\",\"kind\":\"restore\",\"at\":5},{\"service\":\"a\",\"kind\":\"x\",\"at\":5}]}"), &e));
	assert_int_equal(back.count, 0);
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_taken), cmocka_unit_test(long_words), cmocka_unit_test(how_it_fades), cmocka_unit_test(comes_back) };
	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
