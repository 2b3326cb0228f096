/* Lines of output: cutting them, reading them, keeping secrets out of them, and the last ones that explain a crash. */
#include "base/check.h"
#include "base/metric.h"
#include "model/log_text.h"
#include "node/line.h"
#include "node/output.h"
#include "node/redact.h"
#include "node/tail.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above */
#include <cmocka.h>

static void check_str(struct str have, const char *want, const char *where)
{
	if (!str_eq(have, str_z(want)))
		fail_msg("%s\n gives  %.*s\n wanted %s", where, STR_FMT(have), want);
}

/* --- secrets ------------------------------------------------------------------------------------------------------------------------ */

static void secret_keys_are_known_by_their_end(void **state)
{
	static const char *const secret[] = { "password", "PASSWORD", "db_password", "dbPassword", "passwd", "client_secret", "token", "access_token",
					      "accessToken", "X-Access-Token", "Authorization", "Proxy-Authorization", "api_key", "apikey", "x-api-key",
					      "cookie", "Set-Cookie", "private_key", "access_key", "AWS_SECRET_ACCESS_KEY", "aws.credentials" };
	static const char *const plain[] = { "tokens_used", "token_count", "trace_id", "traceId", "span_id", "key", "keys", "author", "password_changed",
					     "cookies_seen", "broken", "secretary", "", "-", "pwd", "bypass" };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(secret); i++)
		if (!redact_is_secret_key(str_z(secret[i])))
			fail_msg("%s is not taken for a secret", secret[i]);
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (redact_is_secret_key(str_z(plain[i])))
			fail_msg("%s is taken for a secret", plain[i]);
}

static void text_loses_its_secrets_and_nothing_else(void **state)
{
	/* NULL: must stay as it is */
	static const char *const table[][2] = {
		{ "password=hunter2 user=kim", "password=[redacted] user=kim" },
		{ "user=kim password=\"hun ter2\" x=1", "user=kim password=\"[redacted]\" x=1" },
		{ "db_password: hunter2, next: 3", "db_password: [redacted], next: 3" },
		{ "{\"password\":\"hun\\\"ter2\",\"user\":\"kim\"}", "{\"password\":\"[redacted]\",\"user\":\"kim\"}" },
		{ "{\\\"token\\\":\\\"abc\\\",\\\"n\\\":1}", "{\\\"token\\\":\\\"[redacted]\\\",\\\"n\\\":1}" },
		{ "{\"credentials\":{\"user\":\"kim\",\"pass\":\"x\"},\"n\":1}", "{\"credentials\":[redacted],\"n\":1}" },
		{ "{'secret': 'x'}", "{'secret': '[redacted]'}" },
		{ "GET /login?token=abc&user=kim HTTP/1.1", "GET /login?token=[redacted]&user=kim HTTP/1.1" },
		{ "Authorization: Bearer abc.def, Host: x", "Authorization: [redacted], Host: x" },
		{ "curl -H 'Authorization: Basic dXNlcjpw' http://x", "curl -H 'Authorization: [redacted]' http://x" },
		{ "sent Bearer abcdef0123456789 to x", "sent Bearer [redacted] to x" },
		{ "sent basic dXNlcjpwYXNz to x", "sent basic [redacted] to x" },
		{ "token: Bearer abcdefghijk", "token: [redacted]" },
		{ "Cookie: a=b; session=xyz", "Cookie: [redacted]" },
		{ "password => hunter2", "password => [redacted]" },
		{ "run --password hunter2 --port 1", "run --password [redacted] --port 1" },
		{ "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_9 from x", "got [redacted] from x" },
		{ "postgres://kim:hunter2@db:5432/x", "postgres://kim:[redacted]@db:5432/x" },
		{ "redis://:hunter2@cache/0", "redis://:[redacted]@cache/0" },
		{ "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----" },
		{ "password=a token=b", "password=[redacted] token=[redacted]" },
		{ "password=\"cut off", "password=\"[redacted]" },
		{ "basic authentication failed", NULL },
		{ "bearer authentication needed", NULL },
		{ "tokens_used=12 trace_id=4bf92f3577b34da6a3ce929d0e0e4736", NULL },
		{ "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL },
		{ "password=", NULL },
		{ "{\"token\":null,\"secret\":\"\"}", NULL },
		{ "http://db:5432/a@b", NULL },
		{ "password=[redacted]", NULL },
		{ "12:30:00 all is well: yes", NULL },
		{ "", NULL },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct buf out;
		buf_init(&out, 4096);
		size_t n = redact_text(&out, str_z(table[i][0]));
		assert_int_equal(n > 0, table[i][1] != NULL);
		check_str(n ? buf_str(&out) : str_z(table[i][0]), table[i][1] ? table[i][1] : table[i][0], table[i][0]);
		buf_release(&out);
	}
}

static void a_private_key_over_several_lines_is_hidden_until_its_end(void **state)
{
	uint32_t inside = 0;
	(void)state;
	assert_false(redact_key_block(&inside, STR("-----BEGIN PRIVATE KEY-----")));
	assert_true(redact_key_block(&inside, STR("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ")));
	assert_true(redact_key_block(&inside, STR("-----END PRIVATE KEY-----")));
	assert_false(redact_key_block(&inside, STR("ready")));
	assert_false(redact_key_block(&inside, STR("-----BEGIN CERTIFICATE-----")));
	assert_false(redact_key_block(&inside, STR("MIIE")));
	assert_false(redact_key_block(&inside, STR("-----BEGIN EC PRIVATE KEY-----")));
	int hidden = 0;
	while (redact_key_block(&inside, STR("never ends")))
		hidden++;
	assert_int_equal(hidden, REDACT_KEY_LINES);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------ */

static void text_lines_tell_their_level(void **state)
{
	static const struct {
		const char *line;
		uint8_t level;
	} table[] = {
		{ "ERROR could not connect", SEVERITY_ERROR },
		{ "error: could not connect", SEVERITY_ERROR },
		{ "[warn] slow", SEVERITY_WARN },
		{ "2026-11-23 12:00:00,123 INFO started", SEVERITY_INFO },
		{ "2026-11-23T12:00:00Z [main] DEBUG com.x.Y - hello", SEVERITY_DEBUG },
		{ "12:00:00 [E] broken", SEVERITY_ERROR },
		{ "2026/11/23 12:00:00 warning: disk", SEVERITY_WARN },
		{ "time=x level=warn msg=\"slow\"", SEVERITY_WARN },
		{ "msg=hello level=\"error\"", SEVERITY_ERROR },
		{ "<3>disk is failing", SEVERITY_ERROR },
		{ "<6>fine", SEVERITY_INFO },
		{ "INFO:uvicorn:started", SEVERITY_INFO },
		{ "http://x:y ERROR", SEVERITY_ERROR },
		{ "INFO:     started", SEVERITY_INFO },
		{ "CRITICAL out of memory", SEVERITY_ERROR + 1 },
		{ "listening on port 8080", SEVERITY_NONE },
		{ "30 items loaded", SEVERITY_NONE },
		{ "I think this is fine", SEVERITY_NONE },
		{ "there was an error in the end", SEVERITY_NONE },
		{ "error-free since Monday", SEVERITY_NONE },
		{ "", SEVERITY_NONE },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (log_text_level(str_z(table[i].line)) != table[i].level)
			fail_msg("%s\n gives %d, wanted %d", table[i].line, log_text_level(str_z(table[i].line)), table[i].level);
}

static const struct resource resource = { .service = STR_INIT("orders"), .instance = STR_INIT("orders-1") };
static struct line_parser parser;
#define OBSERVED ((int64_t)1795435200 * 1000000000) /* 2026-11-23T12:00:00Z */

static struct log_record parse(const char *line, bool is_stderr)
{
	struct line_source source = { .resource = &resource, .is_stderr = is_stderr, .observed = OBSERVED };
	struct log_record r;
	line_record(&parser, str_z(line), &source, &r);
	return r;
}

static struct str attr(const struct log_record *r, const char *key)
{
	static struct buf b;
	const struct value *v = attr_find(r->attrs, r->attr_count, str_z(key));
	if (!v)
		return STR("(none)");
	buf_release(&b);
	buf_init(&b, 65536);
	value_text(&b, v);
	return buf_str(&b);
}

static int set_up(void **state)
{
	(void)state;
	return line_parser_init(&parser) ? 0 : -1;
}
static int tear_down(void **state)
{
	(void)state;
	line_parser_release(&parser);
	return 0;
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static void check_ids(const struct log_record *r, const char *line)
{
	char hex[33] = "";
	hex_encode(hex, r->trace.b, 16);
	check_str(str_from(hex, 32), TRACE, line);
}

static void text_lines_tell_their_time(void **state)
{
	(void)state;
	struct log_record r = parse("2026-11-23T11:59:58.250Z WARN slow", false);
	assert_int_equal(r.time, OBSERVED - (int64_t)1750 * 1000000);
	assert_int_equal(r.observed, OBSERVED);
	assert_int_equal(r.severity, SEVERITY_WARN);
	assert_int_equal(parse("[2026-11-23T12:59:00+01:00] x", false).time, OBSERVED - (int64_t)60 * 1000000000);
	/* Without a zone, broken, or of another age: when it was read. */
	static const char *const others[] = { "2026-11-23T11:59:58 x", "2026-11-23 11:59:58Z x", "2026-13-23T11:59:58Z x", "1999-11-23T11:59:58Z x", "2026-11-23T11:59:58", "[", "" };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(parse(others[i], false).time, OBSERVED);
}

static void json_lines_become_fields_and_attributes(void **state)
{
	(void)state;
	const char *line = "{\"time\":\"2026-11-23T11:59:59.5Z\",\"level\":\"warn\",\"msg\":\"slow\",\"trace_id\":\"" TRACE "\",\"span_id\":\"" SPAN
			   "\",\"took_ms\":12.5,\"ok\":true,\"n\":3,\"none\":null,\"http\":{\"status\":500,\"peer\":{\"ip\":\"::1\"}},\"tags\":[1,2]}";
	struct log_record r = parse(line, false);
	assert_ptr_equal(r.resource, &resource);
	assert_int_equal(r.time, OBSERVED - 500000000);
	assert_int_equal(r.observed, OBSERVED);
	assert_int_equal(r.severity, SEVERITY_WARN);
	check_str(r.body, "slow", line);
	check_ids(&r, line);
	assert_false(span_id_is_zero(&r.span));
	check_str(attr(&r, "took_ms"), "12.5", line);
	check_str(attr(&r, "ok"), "true", line);
	check_str(attr(&r, "n"), "3", line);
	check_str(attr(&r, "none"), "(none)", line);
	check_str(attr(&r, "http.status"), "500", line);
	check_str(attr(&r, "http.peer"), "{\"ip\":\"::1\"}", line);
	check_str(attr(&r, "tags"), "[1,2]", line);
	check_str(attr(&r, "log.iostream"), "stdout", line);
	check_str(attr(&r, "trace_id"), "(none)", line);
}

static void what_the_resource_says_is_not_said_again(void **state)
{
	char same[256], other[] = "{\"msg\":\"x\",\"service\":\"elsewhere\",\"version\":7}";
	(void)state;
	int n = snprintf(same, sizeof(same), "{\"msg\":\"x\",\"service\":\"%.*s\",\"service\":{\"name\":\"%.*s\"},\"instance\":\"%.*s\"}",
			 STR_FMT(resource.service), STR_FMT(resource.service), STR_FMT(resource.instance));
	assert_in_range(n, 1, sizeof(same) - 1);
	struct log_record r = parse(same, false);
	check_str(attr(&r, "service"), "(none)", same);
	check_str(attr(&r, "service.name"), "(none)", same);
	check_str(attr(&r, "instance"), "(none)", same);
	r = parse(other, false);
	check_str(attr(&r, "service"), "elsewhere", other);
	check_str(attr(&r, "version"), "7", other);
}

static void the_trace_id_is_found_under_its_many_names(void **state)
{
	static const char *const lines[] = {
		"{\"msg\":\"x\",\"trace_id\":\"" TRACE "\"}",
		"{\"msg\":\"x\",\"traceId\":\"" TRACE "\"}",
		"{\"msg\":\"x\",\"TraceID\":\"4BF92F3577B34DA6A3CE929D0E0E4736\"}",
		"{\"msg\":\"x\",\"trace.id\":\"" TRACE "\"}",
		"{\"msg\":\"x\",\"trace\":{\"id\":\"" TRACE "\"}}",
		"{\"msg\":\"x\",\"traceparent\":\"00-" TRACE "-" SPAN "-01\"}",
		"{\"msg\":\"x\",\"dd.trace_id\":\"" TRACE "\"}",
		"{\"msg\":\"x\",\"dd\":{\"trace_id\":\"" TRACE "\"}}",
		"{\"msg\":\"x\",\"otelTraceID\":\"" TRACE "\"}",
		"{\"msg\":\"trace " TRACE " failed\"}",
		"call " TRACE " failed",
		"level=info trace_id=" TRACE " msg=x",
		"headers: traceparent: 00-" TRACE "-" SPAN "-01",
		"\x1b[31mERROR\x1b[0m [" TRACE "] x",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct log_record r = parse(lines[i], false);
		check_ids(&r, lines[i]);
	}
}

static void times_are_read_where_they_can_be_true(void **state)
{
	static const struct {
		const char *line;
		int64_t offset; /* from OBSERVED */
	} table[] = {
		{ "{\"ts\":1795435190,\"msg\":\"x\"}", -10 },
		{ "{\"ts\":1795435190.0,\"msg\":\"x\"}", -10 },
		{ "{\"time\":1795435190000,\"msg\":\"x\"}", -10 },
		{ "{\"timestamp\":1795435190000000000,\"msg\":\"x\"}", -10 },
		{ "{\"@timestamp\":\"2026-11-23T12:59:50+01:00\",\"msg\":\"x\"}", -10 },
		{ "{\"time\":12,\"msg\":\"x\"}", 0 },
		{ "{\"time\":12.5,\"msg\":\"x\"}", 0 },
		{ "{\"time\":\"2126-11-23T12:00:00Z\",\"msg\":\"x\"}", 0 },
		{ "{\"time\":\"yesterday\",\"msg\":\"x\"}", 0 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct log_record r = parse(table[i].line, false);
		if (r.time != OBSERVED + table[i].offset * 1000000000)
			fail_msg("%s gives %lld", table[i].line, (long long)(r.time - OBSERVED));
	}
	struct log_record r = parse("{\"time\":12,\"msg\":\"x\"}", false);
	check_str(attr(&r, "time"), "12", "a duration stays an attribute");
}

static void every_line_gives_a_record(void **state)
{
	struct log_record r;
	(void)state;
	r = parse("{\"level\":30,\"kind\":\"up\"}", true);
	assert_int_equal(r.severity, SEVERITY_INFO);
	check_str(r.body, "{\"level\":30,\"kind\":\"up\"}", "no message");
	check_str(attr(&r, "log.iostream"), "stderr", "stderr");
	r = parse("{\"msg\":\"cut of", false);
	check_str(r.body, "{\"msg\":\"cut of", "broken JSON");
	r = parse("{\"msg\":{\"a\":1}}", false);
	check_str(r.body, "{\"a\":1}", "a message that is an object");
	r = parse("[1,2]", false);
	check_str(r.body, "[1,2]", "no object");
	r = parse("just words", true);
	assert_int_equal(r.severity, SEVERITY_NONE);
	check_str(r.body, "just words", "text");
	r = parse("\x1b[32minfo\x1b[0m broken \xff byte", false);
	check_str(r.body, "info broken \xEF\xBF\xBD byte", "colours and bytes");
	assert_int_equal(r.severity, SEVERITY_INFO);
	r = parse("{\"level\":\"strange\",\"msg\":\"x\"}", false);
	check_str(attr(&r, "level"), "strange", "a level nobody knows stays an attribute");
}

static void members_beyond_the_limit_are_counted(void **state)
{
	char line[8192];
	size_t n = (size_t)snprintf(line, sizeof(line), "{\"msg\":\"x\"");
	(void)state;
	for (int i = 0; i < LINE_MAX_ATTRS + 5; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, ",\"k%d\":%d", i, i);
	snprintf(line + n, sizeof(line) - n, "}");
	struct log_record r = parse(line, false);
	check_str(attr(&r, "pleach.left_out"), "5", "left out");
	check_str(attr(&r, "k63"), "63", "kept");
}

static void secrets_do_not_leave_in_any_part_of_a_record(void **state)
{
	static const char *const lines[] = {
		"{\"msg\":\"login\",\"password\":\"hunter2\"}",
		"{\"msg\":\"login password=hunter2\"}",
		"{\"msg\":\"login\",\"request\":{\"headers\":{\"authorization\":\"Bearer hunter2\"}}}",
		"{\"msg\":\"login\",\"request\":{\"access_token\":\"hunter2\"}}",
		"{\"msg\":\"login\",\"args\":[\"--token=hunter2\"]}",
		"{\"msg\":\"login\",\"url\":\"postgres://kim:hunter2@db\"}",
		"{\"msg\":\"login\",\"secret\":{\"a\":[\"hunter2\"]}}",
		"{\"msg\":\"login\",\"body\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}",
		"{\"password\":\"hunter2\"}",
		"{\"msg\":{\"password\":\"hunter2\"}}",
		"login with password: hunter2",
		"{\"password\":\"hunter2\",\"msg\":\"cut",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct log_record r = parse(lines[i], false);
		if (str_find(r.body, STR("hunter2")) != SIZE_MAX)
			fail_msg("%s leaves in the body: %.*s", lines[i], STR_FMT(r.body));
		for (size_t k = 0; k < r.attr_count; k++)
			if ((r.attrs[k].value.type == VALUE_STR || r.attrs[k].value.type == VALUE_JSON) &&
			    str_find(r.attrs[k].value.s, STR("hunter2")) != SIZE_MAX)
				fail_msg("%s leaves in %.*s", lines[i], STR_FMT(r.attrs[k].key));
		check_str(attr(&r, "pleach.redacted"), "1", lines[i]);
	}
}

/* --- cutting ------------------------------------------------------------------------------------------------------------------------ */

static struct {
	char text[65536];
	size_t len, lines, cut;
	size_t longest;
} seen;

static void see(struct output *o, struct str line, bool cut)
{
	(void)o;
	seen.lines++;
	seen.cut += cut;
	seen.longest = line.len > seen.longest ? line.len : seen.longest;
	if (seen.len + line.len + 1 < sizeof(seen.text)) {
		memcpy(seen.text + seen.len, line.p, line.len);
		seen.len += line.len;
		seen.text[seen.len++] = '|';
		seen.text[seen.len] = 0;
	}
}

static struct output splitter(void)
{
	struct output o = { .on_line = see };
	memset(&seen, 0, sizeof(seen));
	buf_init(&o.partial, LINE_MAX_BYTES);
	return o;
}

static void lines_are_the_same_at_any_cut_of_the_stream(void **state)
{
	static const char text[] = "one\ntwo\r\n\nthree and more\n{\"a\":1}\nlast without end";
	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct output o = splitter();
		for (size_t i = 0; i < sizeof(text) - 1; i += step)
			output_feed(&o, str_sub(STR(text), i, i + step));
		output_flush(&o);
		buf_release(&o.partial);
		assert_string_equal(seen.text, "one|two|three and more|{\"a\":1}|last without end|");
	}
}

static void a_line_beyond_the_limit_is_cut_and_the_next_is_whole(void **state)
{
	static char big[3 * LINE_MAX_BYTES];
	uint64_t cut = metric_get(METRIC_NODE_LINES_CUT), lines = metric_get(METRIC_NODE_LINES);
	(void)state;
	memset(big, 'x', sizeof(big));
	for (size_t step = 1000; step <= sizeof(big); step += 7777) {
		struct output o = splitter();
		for (size_t i = 0; i < sizeof(big); i += step)
			output_feed(&o, str_sub(str_from(big, sizeof(big)), i, i + step));
		output_feed(&o, STR("\nnext\n"));
		buf_release(&o.partial);
		assert_int_equal(seen.lines, 2);
		assert_int_equal(seen.cut, 1);
		assert_int_equal(seen.longest, LINE_MAX_BYTES);
	}
	/* exactly the limit is not cut */
	struct output o = splitter();
	output_feed(&o, str_from(big, LINE_MAX_BYTES));
	output_feed(&o, STR("\n"));
	buf_release(&o.partial);
	assert_int_equal(seen.lines, 1);
	assert_int_equal(seen.cut, 0);
	assert_true(metric_get(METRIC_NODE_LINES_CUT) > cut);
	assert_true(metric_get(METRIC_NODE_LINES) > lines);
}

static void a_cut_does_not_break_a_character(void **state)
{
	static char big[LINE_MAX_BYTES + 16];
	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(big, 'x', sizeof(big));
		memcpy(big + LINE_MAX_BYTES - shift, "\xF0\x9F\x8C\xBF", 4);
		struct output o = splitter();
		output_feed(&o, str_from(big, sizeof(big)));
		output_feed(&o, STR("\n"));
		buf_release(&o.partial);
		assert_true(str_is_utf8(str_from(seen.text, seen.len)));
		assert_true(seen.longest >= LINE_MAX_BYTES - 3);
	}
}

/* --- the last lines ------------------------------------------------------------------------------------------------------------------ */

static void the_tail_keeps_the_newest_whole_lines_without_secrets(void **state)
{
	struct tail t;
	struct arena a;
	char line[200];
	(void)state;
	tail_init(&t);
	arena_init(&a, 1 << 20);
	for (int i = 0; i < 500; i++) {
		snprintf(line, sizeof(line), "line %d password=hunter2", i);
		tail_add(&t, str_z(line));
	}
	struct str text = tail_text(&t, &a);
	assert_true(text.len <= TAIL_MAX_BYTES && text.len > TAIL_MAX_BYTES / 2);
	assert_true(str_starts(text, STR("line ")));
	assert_true(str_ends(text, STR("line 499 password=[redacted]")));
	assert_int_equal(str_find(text, STR("hunter2")), SIZE_MAX);
	char big[4000];
	memset(big, 'x', sizeof(big));
	for (int i = 0; i < 10; i++)
		tail_add(&t, str_from(big, sizeof(big)));
	assert_true(tail_text(&t, &a).len <= TAIL_MAX_BYTES);
	tail_clear(&t);
	assert_int_equal(tail_text(&t, &a).len, 0);
	tail_release(&t);
	arena_release(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_keys_are_known_by_their_end),
		cmocka_unit_test(text_loses_its_secrets_and_nothing_else),
		cmocka_unit_test(a_private_key_over_several_lines_is_hidden_until_its_end),
		cmocka_unit_test(text_lines_tell_their_level), cmocka_unit_test_setup_teardown(text_lines_tell_their_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(json_lines_become_fields_and_attributes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_trace_id_is_found_under_its_many_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_the_resource_says_is_not_said_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_are_read_where_they_can_be_true, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_line_gives_a_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(members_beyond_the_limit_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(secrets_do_not_leave_in_any_part_of_a_record, set_up, tear_down),
		cmocka_unit_test(lines_are_the_same_at_any_cut_of_the_stream),
		cmocka_unit_test(a_line_beyond_the_limit_is_cut_and_the_next_is_whole),
		cmocka_unit_test(a_cut_does_not_break_a_character),
		cmocka_unit_test(the_tail_keeps_the_newest_whole_lines_without_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
