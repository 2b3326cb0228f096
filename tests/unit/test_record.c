/* Severities as loggers write them; attributes and their texts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/check.h"
#include "model/call.h"
#include "model/record.h"
#include <math.h>

static void severities(void **state)
{
	(void)state;
	static const struct { const char *text, *name; uint8_t severity; } cases[] = {
		{ "error", "error", 17 }, { "ERROR", "error", 17 }, { " warn ", "warn", 13 }, { "WARNING", "warn", 13 }, { "Information", "info", 9 },
		{ "err", "error", 17 }, { "critical", "error", 18 }, { "E", "error", 17 }, { "notice", "info", 10 }, { "panic", "fatal", 21 },
		{ "INFO2", "info", 10 }, { "debug4", "debug", 8 }, { "10", "trace", 1 }, { "30", "info", 9 }, { "60", "fatal", 21 },
		{ "3", "error", 17 }, { "7", "debug", 5 }, { "0", "fatal", 21 }, { "", "none", 0 }, { "happy", "none", 0 }, { "35", "none", 0 },
		{ "70", "none", 0 }, { "critical2", "none", 0 }, { "INFO5", "none", 0 }, { "a very long word indeed", "none", 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t got = severity_parse(str_z(cases[i].text));
		if (got != cases[i].severity)
			fail_msg("%s: %u", cases[i].text, got);
		assert_true(str_eq(severity_name(got), str_z(cases[i].name)));
	}
	assert_true(str_eq(severity_name(25), STR("none")));
	assert_true(str_eq(severity_name(24), STR("fatal")));
}

static void attributes(void **state)
{
	(void)state;
	const struct attr attrs[] = { attr_str(STR("a"), STR("x\"y")), attr_int(STR("b"), -7), attr_bool(STR("c"), true),
				      { STR("d"), { .type = VALUE_DOUBLE, .d = 0.1 } }, { STR("e"), { .type = VALUE_BYTES, .s = STR("\x01\xff") } },
				      { STR("f"), { .type = VALUE_JSON, .s = STR("[1,{\"k\":2}]") } }, { STR("g"), { .type = VALUE_EMPTY } },
				      { STR("h"), { .type = VALUE_DOUBLE, .d = INFINITY } } };
	struct buf json, text;
	struct json_out o;
	buf_init(&json, 4096);
	buf_init(&text, 4096);
	json_out_init(&o, &json);
	json_out_array(&o);
	for (size_t i = 0; i < ARRAY_LEN(attrs); i++) {
		value_json(&o, &attrs[i].value);
		value_text(&text, &attrs[i].value);
		buf_char(&text, ' ');
	}
	json_out_end(&o);
	assert_true(str_eq(buf_str(&json), STR("[\"x\\\"y\",-7,true,0.1,\"01ff\",[1,{\"k\":2}],null,null]")));
	assert_true(str_eq(buf_str(&text), STR("x\"y -7 true 0.1 01ff [1,{\"k\":2}]  Infinity ")));
	assert_int_equal(attr_find(attrs, ARRAY_LEN(attrs), STR("b"))->i, -7);
	assert_null(attr_find(attrs, ARRAY_LEN(attrs), STR("z")));
	assert_true(str_eq(attr_find_str(attrs, ARRAY_LEN(attrs), STR("a")), STR("x\"y")));
	assert_null(attr_find_str(attrs, ARRAY_LEN(attrs), STR("b")).p);
	buf_release(&json);
	buf_release(&text);
}

static void reasons(void **state)
{
	(void)state;
	assert_true(str_eq(call_reasons[CALL_OK].name, STR("answered")));
	for (int i = CALL_OK + 1; i < REASON_COUNT; i++) {
		const struct call_reason_info *r = &call_reasons[i];
		assert_true(r->status >= 400 && r->status < 600);
		assert_false(str_empty(r->name) || str_empty(r->phase) || str_empty(r->words) || str_empty(r->proxy_error));
		assert_int_equal(call_reason_find(r->name), i);
	}
	assert_int_equal(call_reason_find(STR("bad_luck")), REASON_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(severities), cmocka_unit_test(attributes), cmocka_unit_test(reasons) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
