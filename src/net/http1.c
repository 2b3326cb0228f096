/* Entry of the HTTP/1 parser: a fast attempt at the whole head, and a resumable scan where that does not succeed.
 *
 * The attempt (http1_parse.c) parses in one pass; mostly the whole head is there and that is all. Otherwise the scan walks the
 * bytes from where it stopped last time, refuses control bytes and wrong line ends the moment they arrive, judges the start line
 * when it is complete, and has the head parsed again when the empty line is there. All refusals come from the scan, so the result
 * does not depend on how the bytes were cut. Called by gateway, http_server.c, http_client.c. */
#include "net/http1.h"
#include "base/check.h"
#include "net/http1_parse.h"
#include "net/http1_scan.h"

/* A longer start line has too long a target, whatever else is wrong with it. */
enum { MAX_REQUEST_LINE = HTTP1_MAX_METHOD + 1 + HTTP1_MAX_TARGET + 1 + 8 + 2 };

static enum http1_result parse(struct http1_head *h, struct str in, enum http1_kind kind)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return http1_parse_avx2(h, in, kind);
#endif
	return http1_parse_any(h, in, kind);
}

/* A control byte at `at` within the unfinished line: which part of the message it spoils. */
static enum http1_result control_byte(const struct http1_head *h, struct str in, size_t at, enum http1_kind kind)
{
	struct str before = str_sub(in, h->line, at);
	if (h->started)
		return str_find_char(before, ':') == SIZE_MAX ? HTTP1_BAD_HEADER_NAME : HTTP1_BAD_HEADER_VALUE;
	if (kind != HTTP1_REQUEST)
		return HTTP1_BAD_START_LINE;
	size_t blank = str_find_char(before, ' ');
	if (blank == SIZE_MAX)
		return HTTP1_BAD_METHOD;
	return str_find_char(str_skip(before, blank + 1), ' ') == SIZE_MAX ? HTTP1_BAD_TARGET : HTTP1_BAD_START_LINE;
}

/* The line that ends with the CRLF at `at` is complete. HTTP1_MORE: go on with the next. */
static enum http1_result line_done(struct http1_head *h, struct str in, size_t at, enum http1_kind kind)
{
	bool empty = at == h->line;
	if (empty && !h->started) /* one empty line may stand before a request (RFC 9112 section 2.2) */
		return kind == HTTP1_REQUEST && at == 0 ? HTTP1_MORE : HTTP1_BAD_START_LINE;
	if (h->started && !empty)
		return HTTP1_MORE;
	enum http1_result r = parse(h, str_sub(in, 0, at + 2), kind);
	CHECK(empty ? r != HTTP1_MORE : r != HTTP1_DONE);
	h->started = true;
	return r;
}

/* How far this line may go: the end of the input, of the head's limit, or of the start line's. */
static size_t line_limit(const struct http1_head *h, struct str in, enum http1_kind kind)
{
	size_t limit = in.len < HTTP1_MAX_HEAD ? in.len : HTTP1_MAX_HEAD;
	if (kind == HTTP1_REQUEST && !h->started && limit > h->line + MAX_REQUEST_LINE)
		limit = h->line + MAX_REQUEST_LINE;
	return limit;
}

static enum http1_result unfinished(struct http1_head *h, size_t at, size_t limit, enum http1_kind kind)
{
	h->scanned = at;
	if (kind == HTTP1_REQUEST && !h->started && limit == h->line + MAX_REQUEST_LINE)
		return HTTP1_TARGET_TOO_LONG;
	return limit == HTTP1_MAX_HEAD ? HTTP1_HEAD_TOO_LARGE : HTTP1_MORE;
}

static enum http1_result scan(struct http1_head *h, struct str in, enum http1_kind kind)
{
	size_t at = h->scanned;
	for (;;) {
		size_t limit = line_limit(h, in, kind);
		at = (size_t)(http1_scan_value(in.p + at, in.p + limit) - in.p);
		if (at == limit || (in.p[at] == '\r' && at + 1 == limit))
			return unfinished(h, at, limit, kind);
		if (in.p[at] == '\n' || (in.p[at] == '\r' && in.p[at + 1] != '\n'))
			return HTTP1_BAD_LINE_END;
		if (in.p[at] != '\r')
			return control_byte(h, in, at, kind);
		enum http1_result r = line_done(h, in, at, kind);
		if (r != HTTP1_MORE)
			return r;
		h->line = at += 2;
	}
}

static enum http1_result any(struct http1_head *h, struct str in, enum http1_kind kind)
{
	if (h->scanned == 0) {
		h->line = 0;
		h->started = false;
		h->count = 0;
		if (in.len == 0)
			return HTTP1_MORE;
		if (parse(h, str_sub(in, 0, HTTP1_MAX_HEAD), kind) == HTTP1_DONE)
			return HTTP1_DONE;
	}
	return scan(h, in, kind);
}

enum http1_result http1_request(struct http1_head *head, struct str in)
{
	return any(head, in, HTTP1_REQUEST);
}

enum http1_result http1_response(struct http1_head *head, struct str in, bool to_head)
{
	return any(head, in, to_head ? HTTP1_RESPONSE_TO_HEAD : HTTP1_RESPONSE);
}

static const struct {
	int status;
	const char *words;
} results[HTTP1_RESULT_COUNT] = {
    [HTTP1_DONE] = {200, "complete"},
    [HTTP1_MORE] = {400, "the message is not complete"},
    [HTTP1_BAD_LINE_END] = {400, "a line must end in CR LF; a CR or LF stands alone"},
    [HTTP1_BAD_METHOD] = {400, "the method must be upper-case letters, at most 32"},
    [HTTP1_BAD_TARGET] =
        {400, "the request target must be a path, an http URL, or * with OPTIONS, without blanks, controls or fragment"},
    [HTTP1_BAD_VERSION] = {505, "the version must be HTTP/1.1 or HTTP/1.0"},
    [HTTP1_BAD_START_LINE] = {400, "the start line is malformed"},
    [HTTP1_BAD_HEADER_NAME] = {400, "a header name must be a token directly followed by a colon"},
    [HTTP1_BAD_HEADER_VALUE] = {400, "a header value holds a control character"},
    [HTTP1_FOLDED] = {400, "a header is folded over several lines"},
    [HTTP1_BAD_HOST] = {400, "exactly one well-formed Host is required, equal to the target's authority"},
    [HTTP1_BAD_LENGTH] = {400, "Content-Length must be one plain decimal number"},
    [HTTP1_LENGTH_AND_CHUNKED] = {400, "Content-Length and Transfer-Encoding exclude each other"},
    [HTTP1_BAD_TRANSFER_ENCODING] = {400, "Transfer-Encoding must be a single chunked, in HTTP/1.1 only"},
    [HTTP1_UNKNOWN_CODING] = {501, "the only transfer coding known here is chunked"},
    [HTTP1_HEAD_TOO_LARGE] = {431, "start line and headers together exceed 15360 bytes"},
    [HTTP1_TOO_MANY_HEADERS] = {431, "more than 100 headers"},
    [HTTP1_TARGET_TOO_LONG] = {414, "the request target exceeds 8192 bytes"},
    [HTTP1_BAD_CHUNK] = {400, "the chunked body is malformed"},
    [HTTP1_BAD_TRAILER] = {400, "the trailer section is malformed, too large, or holds a field that does not belong there"},
    [HTTP1_BAD_STATUS] = {400, "the status must be three digits from 100 to 599"},
};
_Static_assert(HTTP1_MAX_HEAD == 15360 && HTTP1_MAX_HEADERS == 100 && HTTP1_MAX_TARGET == 8192 && HTTP1_MAX_METHOD == 32,
               "the words name the limits");

const char *http1_reason(enum http1_result r)
{
	return results[r].words;
}

int http1_status(enum http1_result r)
{
	return results[r].status;
}
