/* The HTTP/1 parser: every case of http1_cases.h whole, cut at every byte, byte by byte, and followed by another request; what a
 * good head is split into; limits at their edges; the variants for other CPUs; text helpers. */
#include "base/check.h"
#include "http1_cases.h"
#include "net/http1_parse.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct str next_request = STR_INIT("GET /next HTTP/1.1\r\nHost: next\r\n\r\n");

/* A copy of exactly the size, so that a sanitizer sees a read beyond it. */
static char *exact(struct str s)
{
	char *p = malloc(s.len ? s.len : 1);
	CHECK(p);
	memcpy(p, s.p, s.len);
	return p;
}

static enum http1_result once(struct http1_head *h, struct str in, bool response)
{
	char *copy = exact(in);
	enum http1_result r =
	    response ? http1_response(h, str_from(copy, in.len), false) : http1_request(h, str_from(copy, in.len));
	free(copy);
	return r;
}

/* Feeds the first `cut` bytes, then all; with cut 0, byte by byte. */
static enum http1_result in_pieces(struct http1_head *h, struct str in, bool response, size_t cut)
{
	enum http1_result r = HTTP1_MORE;
	h->scanned = 0;
	if (cut && (r = once(h, str_sub(in, 0, cut), response)) == HTTP1_MORE)
		r = once(h, in, response);
	for (size_t n = 1; !cut && n <= in.len && r == HTTP1_MORE; n++)
		r = once(h, str_sub(in, 0, n), response);
	return r;
}

static void check_case(const struct http1_case *c, bool response)
{
	static struct http1_head h, other;
	char joined[1024];
	CHECK(c->bytes.len + next_request.len < sizeof(joined));
	memcpy(joined, c->bytes.p, c->bytes.len);
	memcpy(joined + c->bytes.len, next_request.p, next_request.len);
	struct str with_next = {joined, c->bytes.len + next_request.len};
	memset(&h, 0xee, sizeof(h));
	h.scanned = 0;
	enum http1_result r = once(&h, c->bytes, response);
	if (r != c->result)
		print_error("%s: %s, expected %s\n", c->name, http1_reason(r), http1_reason(c->result));
	assert_int_equal(r, c->result);
	for (size_t cut = 0; cut < c->bytes.len; cut++) {
		assert_int_equal(in_pieces(&other, c->bytes, response, cut), c->result);
		assert_int_equal(in_pieces(&other, with_next, response, cut), c->result);
	}
	if (r != HTTP1_DONE)
		return;
	assert_int_equal(h.size, c->bytes.len);
	assert_int_equal(other.size, c->bytes.len);
	assert_int_equal(h.body, c->body);
	assert_int_equal(h.length, c->length);
	assert_int_equal(h.keep_alive, c->keep_alive);
	for (size_t n = 0; n < c->bytes.len; n++) { /* no proper prefix is a message */
		h.scanned = 0;
		assert_int_equal(once(&h, str_sub(c->bytes, 0, n), response), HTTP1_MORE);
	}
}

static void test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(http1_requests); i++)
		check_case(&http1_requests[i], false);
}

static void test_responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(http1_responses); i++)
		check_case(&http1_responses[i], true);
}

/* Decodes in pieces of `step` bytes; *end: how much was consumed in all. */
static enum http1_result decode(struct str in, size_t step, char *out, size_t *out_len, size_t *end)
{
	struct http1_chunks c = {0};
	enum http1_result r = HTTP1_MORE;
	*out_len = *end = 0;
	for (size_t at = 0; at < in.len && r == HTTP1_MORE;) {
		struct str piece = str_sub(in, at, at + step), data;
		char *copy = exact(piece);
		size_t used = SIZE_MAX;
		r = http1_chunk(&c, str_from(copy, piece.len), &used, &data);
		assert_true(used <= piece.len && (used > 0 || r != HTTP1_MORE));
		if (data.len)
			memcpy(out + *out_len, data.p, data.len);
		*out_len += data.len;
		at += used;
		*end = at;
		free(copy);
	}
	return r;
}

static void test_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(http1_chunk_cases); i++) {
		const struct http1_chunk_case *c = &http1_chunk_cases[i];
		char joined[512], out[512];
		memcpy(joined, c->bytes.p, c->bytes.len);
		memcpy(joined + c->bytes.len, next_request.p, next_request.len);
		for (size_t step = 1; step <= c->bytes.len + next_request.len; step++) {
			size_t n, end;
			enum http1_result r = decode(str_from(joined, c->bytes.len + next_request.len), step, out, &n, &end);
			if (r != c->result)
				print_error("%s: %s, expected %s\n", c->name, http1_reason(r), http1_reason(c->result));
			assert_int_equal(r, c->result);
			if (r == HTTP1_DONE) {
				assert_int_equal(end, c->bytes.len);
				assert_true(str_eq(str_from(out, n), c->data));
			}
		}
	}
}

static void test_chunk_limits(void **state)
{
	(void)state;
	char text[HTTP1_MAX_TRAILERS + 64], out[64];
	for (int over = 0; over <= 1; over++) {
		size_t n, end,
		    len = (size_t)snprintf(text, sizeof(text), "1;%0*d\r\nx\r\n0\r\n\r\n", HTTP1_MAX_CHUNK_EXTENSION + over, 0);
		assert_int_equal(decode(str_from(text, len), len, out, &n, &end), over ? HTTP1_BAD_CHUNK : HTTP1_DONE);
		/* name, colon, value, and the CR LF CR LF after it count */
		len = (size_t)snprintf(text, sizeof(text), "0\r\nx:%0*d\r\n\r\n", HTTP1_MAX_TRAILERS - 6 + over, 0);
		assert_int_equal(decode(str_from(text, len), 7, out, &n, &end), over ? HTTP1_BAD_TRAILER : HTTP1_DONE);
	}
}

static void fill(char *text, size_t n, const char *begin, const char *end)
{
	memset(text, 'a', n);
	memcpy(text, begin, strlen(begin));
	memcpy(text + n - strlen(end), end, strlen(end));
}

static void expect_all_ways(struct str in, enum http1_result want)
{
	static struct http1_head h;
	h.scanned = 0;
	assert_int_equal(http1_request(&h, in), want);
	h.scanned = 0;
	enum http1_result r = HTTP1_MORE;
	for (size_t n = 1; n <= in.len && r == HTTP1_MORE; n++)
		r = http1_request(&h, str_sub(in, 0, n));
	assert_int_equal(r, want);
}

static void test_limits(void **state)
{
	(void)state;
	static char text[HTTP1_MAX_HEAD + 4096];
	for (size_t over = 0; over <= 1; over++) {
		size_t n = HTTP1_MAX_HEAD + over;
		fill(text, n, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "\r\n\r\n");
		expect_all_ways(str_from(text, n), over ? HTTP1_HEAD_TOO_LARGE : HTTP1_DONE);
		n = HTTP1_MAX_TARGET + over + 4 + 9 + 13;
		fill(text, n, "GET /", " HTTP/1.1\r\nHost: a\r\n\r\n");
		expect_all_ways(str_from(text, n), over ? HTTP1_TARGET_TOO_LONG : HTTP1_DONE);
		n = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
		for (size_t i = 1; i < HTTP1_MAX_HEADERS + over; i++)
			n += (size_t)sprintf(text + n, "X%zu: y\r\n", i);
		n += (size_t)sprintf(text + n, "\r\n");
		expect_all_ways(str_from(text, n), over ? HTTP1_TOO_MANY_HEADERS : HTTP1_DONE);
	}
	memset(text, 'a', sizeof(text)); /* endless things */
	expect_all_ways(str_from(text, sizeof(text)), HTTP1_TARGET_TOO_LONG);
	memcpy(text, "GET / HTTP/1.1\r\n", 16);
	expect_all_ways(str_from(text, sizeof(text)), HTTP1_HEAD_TOO_LARGE);
	memcpy(text, "GET /bbbbbbbbbbb", 16);
	expect_all_ways(str_from(text, sizeof(text)), HTTP1_TARGET_TOO_LONG);
}

/* A wrong byte is refused when it arrives, not when the head is complete. */
static void test_refused_early(void **state)
{
	(void)state;
	static const struct {
		struct str in;
		enum http1_result result;
	} early[] = {
	    {STR_INIT("GET / HTTP/1.1\n"), HTTP1_BAD_LINE_END},
	    {STR_INIT("GET / HTTP/1.1\r\nHost: a\n"), HTTP1_BAD_LINE_END},
	    {STR_INIT("\x16"), HTTP1_BAD_METHOD},
	    {STR_INIT("HELO x\r\n"), HTTP1_BAD_START_LINE},
	    {STR_INIT("GET / HTTP/3.0\r\n"), HTTP1_BAD_VERSION},
	    {STR_INIT("\r\n\r\n"), HTTP1_BAD_START_LINE},
	    {STR_INIT("GET / HTTP/1.1\r\nX: \0"), HTTP1_BAD_HEADER_VALUE},
	};
	for (size_t i = 0; i < ARRAY_LEN(early); i++)
		expect_all_ways(early[i].in, early[i].result);
}

static void expect_str(struct str got, const char *want)
{
	if (!str_eq(got, str_z(want)))
		print_error("got \"%.*s\", expected \"%s\"\n", STR_FMT(got), want);
	assert_true(str_eq(got, str_z(want)));
}

static void test_parts(void **state)
{
	(void)state;
	static struct http1_head h;
	struct str in =
	    STR("\r\nPOST /a/b?c=d?e HTTP/1.1\r\nHOST: x.example:80\r\nX-One:  two words \t\r\ntRaCePaRenT: 00\r\nX-one: again\r\n"
	        "Connection: Upgrade, close\r\nUpgrade: h2c\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
	assert_int_equal(http1_request(&h, in), HTTP1_DONE);
	assert_int_equal(h.size, in.len - 2);
	expect_str(h.method, "POST");
	expect_str(h.target, "/a/b?c=d?e");
	expect_str(h.path, "/a/b");
	expect_str(h.query, "c=d?e");
	expect_str(h.host, "x.example:80");
	assert_int_equal(h.minor, 1);
	assert_int_equal(h.count, 8);
	assert_true(h.upgrade && h.expect_continue && !h.keep_alive);
	expect_str(h.headers[1].name, "X-One");
	expect_str(h.headers[1].value, "two words");
	assert_int_equal(h.headers[1].id, HTTP_OTHER);
	assert_int_equal(h.headers[2].id, HTTP_TRACEPARENT);
	expect_str(http1_get(&h, HTTP_TRACEPARENT), "00");
	expect_str(http1_find(&h, STR("x-one")), "two words");
	assert_null(http1_get(&h, HTTP_VIA).p);
	assert_null(http1_find(&h, STR("x-two")).p);

	h.scanned = 0;
	assert_int_equal(http1_request(&h, STR("GET http://a:81?q HTTP/1.0\r\n\r\n")), HTTP1_DONE);
	expect_str(h.path, "/");
	expect_str(h.query, "q");
	expect_str(h.host, "a:81");
	assert_null(http1_get(&h, HTTP_TRACEPARENT).p);
	h.scanned = 0;
	assert_int_equal(http1_response(&h, STR("HTTP/1.1 418 I'm a pot\r\nContent-Length: 9\r\n\r\n"), true), HTTP1_DONE);
	assert_int_equal(h.status, 418);
	expect_str(h.phrase, "I'm a pot");
	assert_int_equal(h.body, HTTP1_NO_BODY);
	assert_true(h.keep_alive);
}

/* Each row of the table is found in any case and nothing near it is; the table is sorted by length. */
static void test_names(void **state)
{
	(void)state;
	static const char *const names[] = {
#define HTTP_NAME(symbol, text) text,
#include "tbl/http_names.h"
#undef HTTP_NAME
	};
	static struct http1_head h;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char text[128], name[32];
		assert_true(i == 0 || strlen(names[i - 1]) <= strlen(names[i]));
		for (int how = 0; how < 4; how++) {
			size_t n = strlen(names[i]);
			memcpy(name, names[i], n + 1);
			if (how == 1 || how == 2)
				for (size_t k = 0; k < n; k += (size_t)how)
					name[k] = (char)(name[k] >= 'a' && name[k] <= 'z' ? name[k] ^ 0x20 : name[k]);
			if (how == 3)
				name[n / 2] = '_';
			sprintf(text, "HTTP/1.0 200 OK\r\n%s: %s\r\n\r\n", name, i + 1 == HTTP_CONTENT_LENGTH ? "1" : "chunked");
			h.scanned = 0;
			enum http1_result r = http1_response(&h, str_z(text), false);
			if (i + 1 == HTTP_TRANSFER_ENCODING && how < 3) {
				assert_int_equal(r, HTTP1_BAD_TRANSFER_ENCODING);
				continue;
			}
			assert_int_equal(r, HTTP1_DONE);
			assert_int_equal(h.headers[0].id, how < 3 ? i + 1 : HTTP_OTHER);
			assert_int_equal(h.first[i + 1], how < 3);
		}
	}
}

/* The pass for any CPU and the one for AVX2 find the same heads complete, with the same parts. */
static void test_variants(void **state)
{
	(void)state;
#ifdef __x86_64__
	if (!__builtin_cpu_supports("avx2"))
		skip();
	static struct http1_head a, b;
	for (size_t i = 0; i < ARRAY_LEN(http1_requests); i++) {
		struct str in = http1_requests[i].bytes;
		char *copy = exact(in);
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		assert_int_equal(http1_parse_any(&a, str_from(copy, in.len), HTTP1_REQUEST),
		                 http1_parse_avx2(&b, str_from(copy, in.len), HTTP1_REQUEST));
		assert_memory_equal(&a, &b, sizeof(a));
		free(copy);
	}
	/* every byte at many places of a name, a value and a target */
	for (int byte = 0; byte < 256; byte++) {
		for (size_t at = 0; at < 100; at++) {
			char text[256];
			size_t n =
			    (size_t)sprintf(text, "GET /%0*d HTTP/1.1\r\nHost: a\r\nX%0*d: %0*d\r\n\r\n", 40, 0, 40, 0, 40, 0);
			text[at + 5] = (char)byte;
			memset(&a, 0, sizeof(a));
			memset(&b, 0, sizeof(b));
			assert_int_equal(http1_parse_any(&a, str_from(text, n), HTTP1_REQUEST),
			                 http1_parse_avx2(&b, str_from(text, n), HTTP1_REQUEST));
			assert_memory_equal(&a, &b, sizeof(a));
		}
	}
#else
	skip();
#endif
}

static void test_text(void **state)
{
	(void)state;
	assert_true(http1_is_token(STR("a-B_9!")));
	assert_false(http1_is_token(STR("")));
	assert_false(http1_is_token(STR("a b")));
	assert_true(http1_is_value(STR("")));
	assert_true(http1_is_value(STR("a\tb \xff")));
	assert_false(http1_is_value(STR("a\r\nb")));
	assert_true(http1_list_has(STR("a, gzip ,b"), STR("GZIP")));
	assert_false(http1_list_has(STR("gzipped"), STR("gzip")));
	assert_false(http1_list_has(str_from(NULL, 0), STR("gzip")));
	assert_string_equal(http_phrase(404), "Not Found");
	assert_string_equal(http_phrase(299), "Unknown");
	assert_int_equal(http1_status(HTTP1_BAD_VERSION), 505);
	assert_int_equal(http1_status(HTTP1_TARGET_TOO_LONG), 414);
	assert_int_equal(http1_status(HTTP1_HEAD_TOO_LARGE), 431);
	assert_int_equal(http1_status(HTTP1_UNKNOWN_CODING), 501);
	for (int r = 0; r < HTTP1_RESULT_COUNT; r++)
		assert_true(http1_reason((enum http1_result)r) && http1_status((enum http1_result)r) >= 200);

	char out[64];
	size_t n = http_unescape(out, STR("a%2Fb%20c+d"), false);
	assert_true(str_eq(str_from(out, n), STR("a/b c+d")));
	n = http_unescape(out, STR("a+b%2b"), true);
	assert_true(str_eq(str_from(out, n), STR("a b+")));
	assert_int_equal(http_unescape(out, STR("%zz"), false), SIZE_MAX);
	assert_int_equal(http_unescape(out, STR("%2"), false), SIZE_MAX);
	assert_int_equal(http_unescape(out, STR("%00"), false), SIZE_MAX);

	struct str v = STR("untouched");
	assert_false(http_query_get(STR("ab=1&b"), STR("a"), &v));
	expect_str(v, "untouched");
	assert_true(http_query_get(STR("ab=1&b"), STR("b"), &v));
	expect_str(v, "");
	assert_true(http_query_get(STR("ab=1=2&b"), STR("ab"), &v));
	expect_str(v, "1=2");
	assert_false(http_query_get(str_from(NULL, 0), STR("b"), &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),     cmocka_unit_test(test_responses), cmocka_unit_test(test_chunks),
	    cmocka_unit_test(test_chunk_limits), cmocka_unit_test(test_limits),    cmocka_unit_test(test_refused_early),
	    cmocka_unit_test(test_parts),        cmocka_unit_test(test_names),     cmocka_unit_test(test_variants),
	    cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
