/* The query language: what parses, where errors point, what matches. */
#include "base/check.h"
#include "store/query.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static struct buf row_bytes, resource_bytes, scratch;
static const struct attr resource_attributes[] = { { STR_INIT("host.name"), { .type = VALUE_STR, .s = STR_INIT("web-7") } } };
static const struct resource who = { STR_INIT("orders"), STR_INIT("1.2"), STR_INIT("orders-1"), resource_attributes, 1 };

static void log_row(void)
{
	const struct attr attrs[] = { attr_int(STR("order_id"), 17), attr_str(STR("path"), STR("/v1/Orders")), attr_bool(STR("retry"), true),
				      attr_str(STR("size"), STR("4096")), { STR("took"), { .type = VALUE_DOUBLE, .d = 2.5 } },
				      { STR("tags"), { .type = VALUE_JSON, .s = STR("[\"red\",\"blue\"]") } }, attr_str(STR("city"), STR("M\xc3\xbcnchen")) };
	struct log_record r = { .time = 1, .severity = 13, .trace = { { 0xab } }, .body = STR("Payment was REFUSED (code 51): http://x/y"), .attrs = attrs,
				.attr_count = ARRAY_LEN(attrs) };
	uint64_t cut = 0;
	buf_clear(&row_bytes);
	row_encode_log(&row_bytes, &r, &cut);
}

static void span_row(void)
{
	struct span s = { .trace = { { 1 } }, .id = { { 2 } }, .name = STR("POST /v1"), .kind = SPAN_CLIENT, .start = 1000, .end = 1000 + 300000000, .status = SPAN_ERROR,
			  .status_message = STR("too late"), .scope = STR("http") };
	uint64_t cut = 0;
	buf_clear(&row_bytes);
	row_encode_span(&row_bytes, &s, &cut);
}

static bool matches(const char *text)
{
	struct query q;
	struct err e = { 0 };
	uint64_t cut = 0;
	arena_clear(&arena);
	if (!query_parse(&q, &arena, str_z(text), &e))
		fail_msg("%s: %s", text, e.message);
	buf_clear(&resource_bytes);
	resource_encode(&resource_bytes, &who, &cut);
	const struct query_row r = { &who, buf_str(&resource_bytes), buf_str(&row_bytes) };
	return query_matches(&q, &r, &scratch);
}

static void what_matches_a_record(void **state)
{
	static const char *const yes[] = { "", "  ", "payment", "REFUS", "refused payment", "\"was refused\"", "orders", "17", "-nothing", "-\"was lost\"", "service:orders",
		"SERVICE:ORDERS", "service:ord*", "service:*ders", "service:*rde*", "service!=stock", "level:warn", "level>=warn", "level<error", "level<=warn", "level!=error", "level:*",
		"order_id:17", "order_id=17", "order_id>=17", "order_id<18", "order_id:>16", "order_id!=18", "order_id:*", "size>1000", "took<3", "took:2.5", "retry:true", "tags:*red*",
		"red", "path:/v1/orders", "path:\"/v1/orders\"", "host.name:web-7", "host.name:web*", "missing!=1", "-missing:*", "trace:ab000000000000000000000000000000",
		"trace_id:AB000000000000000000000000000000", "trace:*", "-span:*", "instance:orders-1", "version:1.2", "body:*refused*", "nothing OR payment", "nothing OR (payment refused)",
		"NOT nothing", "payment AND refused", "(payment)", "http://x/y", "m\xc3\xbcnchen", "city:M\xc3\xbcnchen", "51", "kind:log", "\"\"", "- payment OR payment" };
	static const char *const no[] = { "nothing", "-payment", "refused -payment", "\"refused was\"", "service:stock", "service:order", "level:error", "level>warn", "level<warn", "order_id:18",
		"order_id>17", "order_id>a", "order_id:1*8", "missing:*", "missing:1", "missing>1", "trace:00000000000000000000000000000001", "span:*", "nothing OR never", "payment nothing",
		"NOT payment", "-(payment OR nothing)", "duration>1ms", "status:error", "kind:client", "body:refused" };
	(void)state;
	log_row();
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (!matches(yes[i]))
			fail_msg("does not match: %s", yes[i]);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (matches(no[i]))
			fail_msg("matches: %s", no[i]);
}

static void what_matches_a_span(void **state)
{
	static const char *const yes[] = { "post", "name:\"POST /v1\"", "duration>=300ms", "duration<1s", "status:error", "status!=ok", "kind:client", "scope:http", "level:error", "\"too late\"",
		"span:0200000000000000", "-parent:*" };
	static const char *const no[] = { "duration>300ms", "status:ok", "kind:server", "level:info", "parent:*" };
	(void)state;
	span_row();
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (!matches(yes[i]))
			fail_msg("does not match: %s", yes[i]);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (matches(no[i]))
			fail_msg("matches: %s", no[i]);
}

static void errors_have_a_place(void **state)
{
	static const struct { const char *text; uint32_t column; } wrong[] = {
		{ "a \"b", 3 }, { "level:eror", 7 }, { "a level>=what", 10 }, { "field:", 7 }, { "field>=", 8 }, { "trace:xyz", 7 }, { "trace:00000000000000000000000000000000", 7 },
		{ "trace>00000000000000000000000000000001", 7 }, { "span:1", 6 }, { "duration>fast", 10 }, { "(a", 1 }, { "a)", 2 }, { "a (b", 3 }, { "OR a", 1 }, { "a OR", 5 },
		{ "a AND", 6 }, { "NOT", 4 }, { "()", 2 }, { "a OR OR b", 6 } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct query q;
		struct err e = { 0 };
		arena_clear(&arena);
		if (query_parse(&q, &arena, str_z(wrong[i].text), &e))
			fail_msg("parses: %s", wrong[i].text);
		assert_int_equal(e.code, ERR_INPUT);
		if (e.column != wrong[i].column)
			fail_msg("%s: column %u instead of %u (%s)", wrong[i].text, e.column, wrong[i].column, e.message);
	}
}

static void depth_is_limited(void **state)
{
	char deep[QUERY_MAX_TEXT + 10];
	struct query q;
	struct err e = { 0 };
	(void)state;
	memset(deep, '(', 200);
	assert_false(query_parse(&q, &arena, str_from(deep, 200), &e));
	err_clear(&e);
	memset(deep, '-', sizeof(deep));
	for (size_t i = 0; i < sizeof(deep); i += 2)
		deep[i] = 'N', deep[i + 1] = ' ';
	assert_true(query_parse(&q, &arena, str_from(deep, QUERY_MAX_TEXT), &e));
	assert_false(query_parse(&q, &arena, str_from(deep, QUERY_MAX_TEXT + 1), &e));
}

static void what_blocks_can_be_skipped(void **state)
{
	struct query q;
	struct err e = { 0 };
	static const struct { const char *text; uint8_t levels; bool may; } cases[] = {
		{ "service:stock", 127, false }, { "service:orders", 127, true }, { "-service:orders", 127, false }, { "service:stock OR word", 127, true },
		{ "service:stock word", 127, false }, { "level:error", 1 << 3, false }, { "level:error", 1 << 5, true }, { "level>=warn", 1 << 6, true }, { "level<error", 1 << 5, false },
		{ "-level:error", 1 << 5, true }, { "instance:orders-1 level:none", 1, true }, { "NOT (service:orders OR word)", 127, false } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		arena_clear(&arena);
		assert_true(query_parse(&q, &arena, str_z(cases[i].text), &e));
		if (query_may_match(&q, &who, cases[i].levels) != cases[i].may)
			fail_msg("%s with levels %x", cases[i].text, cases[i].levels);
	}
}

int main(void)
{
	arena_init(&arena, 4 << 20);
	buf_init(&row_bytes, 1 << 20);
	buf_init(&resource_bytes, 1 << 20);
	buf_init(&scratch, 1 << 20);
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_matches_a_record), cmocka_unit_test(what_matches_a_span), cmocka_unit_test(errors_have_a_place),
		cmocka_unit_test(depth_is_limited), cmocka_unit_test(what_blocks_can_be_skipped) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	buf_release(&row_bytes);
	buf_release(&resource_bytes);
	buf_release(&scratch);
	return failed;
}
