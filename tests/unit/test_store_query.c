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
				      { STR("tags"), { .type = VALUE_JSON, .s = STR("[\"red\",\"blue\"]") } }, attr_str(STR("city"), STR("M\xc3\xbcnchen")), attr_str(STR("ip"), STR("10.0.0.1:80")), attr_int(STR("status"), 200),
				      { STR("deep"), { .type = VALUE_JSON, .s = STR("{\"x\":[{\"inner\":8}], \"inner\":7,\"list\":[\"a\"],\"a.b\":\"dotted\",\"quoted\":\"say \\\"x\\\" \\u00fc\"}") } } };
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
	bool yes = query_matches(&q, &r, &scratch);
	query_release(&q);
	query_release(&q);
	return yes;
}

static void check_all(const char *const *yes, size_t yes_count, const char *const *no, size_t no_count)
{
	for (size_t i = 0; i < yes_count; i++)
		if (!matches(yes[i]))
			fail_msg("does not match: %s", yes[i]);
	for (size_t i = 0; i < no_count; i++)
		if (matches(no[i]))
			fail_msg("matches: %s", no[i]);
}

static void what_matches_a_record(void **state)
{
	static const char *const yes[] = { "", "  ", "*", "payment", "refus*", "*fused", "*FUSE*", "refused payment", "\"was refused\"", "\"was refu\"*", "*\"ent was\"", "orders", "17",
		"-nothing", "-\"was lost\"", "!nothing", "service:orders", "SERVICE:ORDERS", "service.name:orders", "service:ord*", "service:*ders", "service:*rde*", "service!=stock",
		"level:warn", "level>=warn", "level<error", "level<=warn", "level!=error", "level:*", "level:error,warn", "level=~\"warn|error\"", "order_id:17", "order_id=17",
		"order_id=17.0", "order_id:\"17\"", "order_id>=17", "order_id<18", "order_id:>16", "order_id > 16", "order_id!=18", "order_id:*", "has:order_id", "_exists_:order_id",
		"size>1000", "size:4096.0", "took<3", "took:2.5", "took:2.50", "retry:true", "tags:red", "red", "path:/v1/orders", "path:orders", "path=\"/v1/orders\"", "/v1/orders",
		"path:\"/v1/orders\"", "host.name:web-7", "host.name:web*", "web-7", "missing!=1", "-missing:*", "trace:ab000000000000000000000000000000",
		"trace_id:AB000000000000000000000000000000", "ab000000000000000000000000000000", "AB000000-0000-0000-0000-000000000000", "ab00*", "trace:*", "-span:*", "instance:orders-1",
		"version:1.2", "body:refused", "message:Payment", "msg:payment", "nothing OR payment", "nothing or payment", "nothing || payment", "nothing OR (payment refused)", "NOT nothing",
		"not nothing", "payment AND refused", "payment and refused", "payment && refused", "(payment)", "http://x/y", "m\xc3\xbcnchen", "city:M\xc3\xbcnchen", "51", "\"(code\"", "kind:log",
		"\"\"", "- payment OR payment", "=\"REFUSED (code\"", "/code \\d+/", "/CODE/i", "body:/REF[A-Z]+D/", "path:/^.v1/", "path:/orders/i", "order_id:[1 TO 17]", "order_id:{16 TO *}",
		"order_id:(16 or 17)", "order_id:16,17", "path:a,orders", "order_id!=3,4", "{service=\"orders\"} |= \"REFUSED\" != \"lost\" |~ \"code \\d\" !~ \"x{9}\"",
		"{app=\"orders\", host.name=~\"web.*\"}", "{app!=\"stock\"}", "{}", "`was REFUSED`", "deep.inner:7", "deep.inner>6.5", "deep.list:a", "deep.a.b:dotted", "deep.quoted:\"say \\\"x\\\"\"",
		"has:deep.inner", "instance=\"orders-1\"", "missing=\"\"", "+payment", "last:5m payment", "10.0.0.1", "10.0.0", "ip:10.0.0.1", "10.0.0.1:80", "status:[200 TO 299]", "status:20*" };
	static const char *const no[] = { "nothing", "refuse", "REFUS", "ment", "-payment", "refused -payment", "\"refused was\"", "service:stock", "service:order", "level:error", "level>warn",
		"level<warn", "level:info,error", "level=~\"war\"", "order_id:18", "order_id:1", "order_id>17", "order_id>a", "order_id:1*8", "missing:*", "has:missing", "missing:1", "missing>1",
		"trace:00000000000000000000000000000001", "ab00", "span:*", "nothing OR never", "payment nothing", "NOT payment", "-(payment OR nothing)", "duration>1ms", "status:error",
		"kind:client", "path=/v1/order", "path:/v1/order", "path=orders", "=\"refused\"", "/code\\d+/", "/CODE/", "tags:re", "took:2", "order_id:[18 TO *]", "order_id:{17 TO 20]",
		"order_id!=3,17", "{service=\"orders\"} != \"REFUSED\"", "{app=\"stock\"}", "{service=~\"order\"}", "has:deep.nothing", "deep.inner:8", "deep.inner.more:7", "instance=\"\"",
		"order_id=\"\"", "10.0.0.2", "0.0.0.11", "ip:10.0.0.1*1", "Status:200" };
	(void)state;
	log_row();
	check_all(yes, ARRAY_LEN(yes), no, ARRAY_LEN(no));
}

static void what_matches_a_span(void **state)
{
	static const char *const yes[] = { "post", "name:\"POST /v1\"", "name=\"POST /v1\"", "duration>=300ms", "duration<1s", "duration:300ms", "status:error", "status!=ok", "kind:client",
		"scope:http", "level:error", "\"too late\"", "span:0200000000000000", "0200000000000000", "-parent:*", "http", "name:/^POST/" };
	static const char *const no[] = { "duration>300ms", "status:ok", "kind:server", "level:info", "parent:*", "span:0200000000000001", "0300000000000000" };
	(void)state;
	span_row();
	check_all(yes, ARRAY_LEN(yes), no, ARRAY_LEN(no));
}

static bool token_in(const char *query, struct str text)
{
	struct query q;
	struct err e = { 0 };
	arena_clear(&arena);
	assert_true(query_parse(&q, &arena, str_z(query), &e));
	bool yes = query_text_matches(q.root, text);
	query_release(&q);
	return yes;
}

/* Needles and texts of every length around the width of the search, beside the slow way. */
static void needles_are_found_anywhere(void **state)
{
	char text[80];
	(void)state;
	for (size_t length = 1; length < sizeof(text); length++)
		for (size_t at = 0; at + 5 <= length; at++) {
			memset(text, '.', length);
			memcpy(text + at, "NeEdL", 5);
			assert_true(token_in("needl", str_from(text, length)));
			assert_false(token_in("needle", str_from(text, length)));
			if (at > 0)
				text[at - 1] = 'x';
			assert_int_equal(token_in("needl", str_from(text, length)), at == 0);
			assert_true(token_in("*needl", str_from(text, length)));
			text[at + 5 < length ? at + 5 : at] = '_';
			assert_int_equal(token_in("*needl*", str_from(text, length)), at + 5 < length);
		}
	/* The first place fails at a boundary, a later one does not; and letters are not mixed up with the signs that differ by one bit. */
	assert_true(token_in("time", STR("timeout times time")));
	assert_false(token_in("\"a[\"", STR("A{ a;")));
	assert_false(token_in("\"@x\"", STR("`x")));
}

static void regexes_are_bounded(void **state)
{
	struct query q;
	struct err e = { 0 };
	char many[400], text[40];
	(void)state;
	/* Exponential in the length for a backtracking engine: it gives up, says so, and the row counts as none. */
	memset(text, 'a', sizeof(text));
	assert_true(query_parse(&q, &arena, STR("/(a|aa)+$/"), &e));
	assert_true(query_text_matches(q.root, str_from(text, sizeof(text))));
	query_release(&q);
	assert_true(query_parse(&q, &arena, STR("/^(a+)+$/"), &e));
	text[sizeof(text) - 1] = '!';
	assert_false(query_text_matches(q.root, str_from(text, sizeof(text))));
	assert_true(query_regex_limited(&q) == 1);
	query_release(&q);
	/* Bytes that are no UTF-8 neither match nor harm. */
	assert_true(query_parse(&q, &arena, STR("/b.d/"), &e));
	assert_true(query_text_matches(q.root, STR("\xff\xfe b\xc3\xbc" "d")));
	assert_false(query_text_matches(q.root, STR("b\xff" "d")));
	query_release(&q);
	size_t n = 0;
	for (int i = 0; i <= QUERY_MAX_REGEXES; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "/x%d/ ", i);
	assert_false(query_parse(&q, &arena, str_from(many, n), &e));
	assert_non_null(strstr(e.message, "16"));
	/* Literals that must be there: never one that a match can do without. */
	static const struct { const char *pattern, *text; } hold[] = { { "/ab?c/", "ac" }, { "/foo{a|bar}/", "bar}" }, { "/a(b|c)d|e/", "e" }, { "/ab*/", "a" }, { "/x{0}y/", "y" },
		{ "/(?i)ABC/", "abc" }, { "/[[:digit:]]z/", "3z" }, { "/a\\.b/", "a.b" }, { "/\\Qa|b\\E/", "a|b" }, { "/(?:x)?end/", "end" }, { "/a+b/", "aab" }, { "/\\x41/", "A" },
		{ "/(?#abc)d/", "d" }, { "/\xc3\xbc?x/", "x" },
		{ "/^user \\S+ in/", "user \xc3\x89mile in" }, { "/user [^ ]+ in/i", "\xff user \xc3\x89mile in" } };
	for (size_t i = 0; i < ARRAY_LEN(hold); i++)
		if (!token_in(hold[i].pattern, str_z(hold[i].text)))
			fail_msg("%s does not find %s", hold[i].pattern, hold[i].text);
}

static void errors_have_a_place(void **state)
{
	static const struct { const char *text; uint32_t column; } wrong[] = {
		{ "a \"b", 3 }, { "level:eror", 7 }, { "a level>=what", 10 }, { "field:", 7 }, { "field>=", 8 }, { "trace:xyz", 7 }, { "trace:00000000000000000000000000000000", 7 },
		{ "trace>00000000000000000000000000000001", 7 }, { "span:1", 6 }, { "duration>fast", 10 }, { "(a", 1 }, { "a)", 2 }, { "a (b", 3 }, { "OR a", 1 }, { "a OR", 5 },
		{ "a AND", 6 }, { "NOT", 4 }, { "()", 2 }, { "a OR OR b", 6 }, { "error: x", 7 }, { "a:b,", 5 }, { "/a(/", 4 }, { "x:/a[/", 6 }, { "x=~\"a[\"", 7 }, { "last:x", 6 },
		{ "(last:5m)", 2 }, { "a or last:5m", 6 }, { "last:5m or a", 9 }, { "last:5m last:6m", 9 }, { "-last:5m", 2 }, { "has:", 5 }, { "a | count", 3 }, { "{app=x}", 6 }, { "{app=\"x\"", 1 },
		{ "{app=\"x\" b}", 10 }, { "{a=\"b\"} |= x", 12 }, { "a |> \"x\"", 3 }, { "x:[1 TO ]", 9 }, { "sum by (app) (rate({app=\"x\"}[5m]))", 1 }, { "level:[a TO b]", 8 }, { "x:(a OR)", 8 } };
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
		{ "-level:error", 1 << 5, true }, { "instance:orders-1 level:none", 1, true }, { "NOT (service:orders OR word)", 127, false },
		{ "service:ord*", 127, true }, { "service:/^st/", 127, false }, { "level=~\"error\"", 1 << 3, true }, { "{app=\"stock\"}", 127, true } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		arena_clear(&arena);
		assert_true(query_parse(&q, &arena, str_z(cases[i].text), &e));
		bool may = query_may_match(&q, &who, cases[i].levels);
		query_release(&q);
		if (may != cases[i].may)
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
		cmocka_unit_test(depth_is_limited), cmocka_unit_test(needles_are_found_anywhere), cmocka_unit_test(regexes_are_bounded), cmocka_unit_test(what_blocks_can_be_skipped) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	buf_release(&row_bytes);
	buf_release(&resource_bytes);
	buf_release(&scratch);
	return failed;
}
