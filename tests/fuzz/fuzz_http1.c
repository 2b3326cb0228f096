/* Any bytes as an HTTP/1 request ('q' first), response ('r'; 'h': to HEAD) or chunked body (anything else first). What a head is
 * split into lies inside of it, nothing beyond its end is taken, and the result is the same however the bytes arrive: at once, byte
 * by byte, in pieces, in a buffer that moves. */
#include "base/check.h"
#include "net/http1.h"
#include "net/http1_parse.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 40000 };

static enum http1_result parse(struct http1_head *h, struct str in, char kind)
{
	return kind == 'q' ? http1_request(h, in) : http1_response(h, in, kind == 'h');
}

static bool inside(struct str part, struct str whole)
{
	return part.len == 0 || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

static void check_head(const struct http1_head *h, struct str in, char kind)
{
	CHECK(h->size > 0 && h->size <= in.len && h->size <= HTTP1_MAX_HEAD);
	struct str head = str_sub(in, 0, h->size);
	CHECK(str_ends(head, STR("\r\n\r\n")));
	CHECK(h->count <= HTTP1_MAX_HEADERS && (h->minor == 0 || h->minor == 1));
	for (size_t i = 0; i < h->count; i++) {
		CHECK(inside(h->headers[i].name, head) && inside(h->headers[i].value, head));
		CHECK(http1_is_token(h->headers[i].name) && http1_is_value(h->headers[i].value));
	}
	for (int id = 1; id < HTTP_NAME_COUNT; id++)
		CHECK(h->first[id] <= h->count && (!h->first[id] || h->headers[h->first[id] - 1].id == (enum http_name)id));
	CHECK(inside(h->method, head) && inside(h->target, head) && inside(h->query, head) && inside(h->phrase, head) &&
	      inside(h->host, head));
	CHECK(inside(h->path, head) || str_eq(h->path, STR("/"))); /* of an absolute target without path */
	CHECK((h->body == HTTP1_LENGTH) == (h->length > 0) || kind != 'q');
	CHECK(kind != 'q' || h->body != HTTP1_UNTIL_CLOSE);
	CHECK(kind != 'h' || h->body == HTTP1_NO_BODY);
	if (kind == 'q')
		CHECK(http1_is_token(h->method) && h->target.len > 0 && (h->minor == 0 || h->host.len > 0));
	else
		CHECK(h->status >= 100 && h->status <= 599);
}

/* The same head, found in two places, gives the same parts. */
static void check_same(const struct http1_head *a, struct str in, const struct http1_head *b, const char *base)
{
	CHECK(a->size == b->size && a->count == b->count && a->body == b->body && a->length == b->length &&
	      a->keep_alive == b->keep_alive);
	CHECK(a->upgrade == b->upgrade && a->expect_continue == b->expect_continue && a->status == b->status &&
	      a->minor == b->minor);
	CHECK(str_eq(a->method, b->method) && str_eq(a->target, b->target) && str_eq(a->path, b->path) &&
	      str_eq(a->query, b->query));
	CHECK(str_eq(a->host, b->host) && memcmp(a->first, b->first, sizeof(a->first)) == 0);
	for (size_t i = 0; i < a->count; i++)
		CHECK(a->headers[i].name.p - in.p == b->headers[i].name.p - base &&
		      a->headers[i].value.p - in.p == b->headers[i].value.p - base &&
		      a->headers[i].name.len == b->headers[i].name.len && a->headers[i].value.len == b->headers[i].value.len &&
		      a->headers[i].id == b->headers[i].id);
}

static void fuzz_head(struct str in, char kind)
{
	static struct http1_head whole, pieces;
	whole.scanned = 0;
	enum http1_result want = parse(&whole, in, kind), got = HTTP1_MORE;
	CHECK(want < HTTP1_RESULT_COUNT && http1_status(want) && http1_reason(want));
	if (want == HTTP1_DONE)
		check_head(&whole, in, kind);
	size_t step = in.len > 600 ? in.len / 300 : 1;
	for (size_t n = 0; got == HTTP1_MORE && n < in.len;) { /* each time from memory of exactly the size */
		n = n + step < in.len ? n + step : in.len;
		char *copy = malloc(n);
		CHECK(copy);
		memcpy(copy, in.p, n);
		if (pieces.scanned > n || n <= step)
			pieces.scanned = 0;
		got = parse(&pieces, str_from(copy, n), kind);
		if (got == HTTP1_DONE)
			check_same(&whole, in, &pieces, copy);
		free(copy);
	}
	CHECK(in.len == 0 || got == want);
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2")) {
		enum http1_kind k = kind == 'q' ? HTTP1_REQUEST : kind == 'h' ? HTTP1_RESPONSE_TO_HEAD : HTTP1_RESPONSE;
		struct str most = str_sub(in, 0, HTTP1_MAX_HEAD);
		CHECK(http1_parse_any(&whole, most, k) == http1_parse_avx2(&pieces, most, k));
	}
#endif
}

/* Decodes in pieces of at most `step`; *end is what was consumed. */
static enum http1_result decode(struct str in, size_t step, char *out, size_t *len, size_t *end)
{
	struct http1_chunks c = {0};
	enum http1_result r = HTTP1_MORE;
	*len = *end = 0;
	while (r == HTTP1_MORE && *end < in.len) {
		struct str piece = str_sub(in, *end, *end + step), data;
		size_t used;
		r = http1_chunk(&c, piece, &used, &data);
		CHECK(used <= piece.len && inside(data, piece) && (used > 0 || r != HTTP1_MORE));
		if (data.len)
			memcpy(out + *len, data.p, data.len);
		*len += data.len;
		*end += used;
	}
	return r;
}

static void fuzz_chunks(struct str in)
{
	static char a[INPUT_MAX], b[INPUT_MAX];
	static const size_t steps[] = {1, 3, 64};
	size_t a_len, a_end, b_len, b_end;
	enum http1_result r = decode(in, in.len, a, &a_len, &a_end);
	CHECK(r == HTTP1_DONE || r == HTTP1_MORE || r == HTTP1_BAD_CHUNK || r == HTTP1_BAD_TRAILER);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		CHECK(decode(in, steps[i], b, &b_len, &b_end) == r);
		CHECK(a_len == b_len && a_end == b_end && memcmp(a, b, a_len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > INPUT_MAX)
		return 0;
	struct str in = {(const char *)data + 1, size - 1};
	if (data[0] == 'q' || data[0] == 'r' || data[0] == 'h')
		fuzz_head(in, (char)data[0]);
	else
		fuzz_chunks(in);
	return 0;
}
