/* One pass over an HTTP/1 head: start line, header lines, empty line. Compiled twice by meson: as http1_parse_any for every machine
 * and, with -mavx2 and HTTP1_PARSE defined, as http1_parse_avx2; http1.c chooses. Called by http1.c only.
 *
 * Invariant: on HTTP1_DONE every line ended in CRLF, every byte was looked at by a scan of its class, and no limit was passed. */
#include "net/http1_parse.h"
#include "net/http1_scan.h"

#ifndef HTTP1_PARSE
#define HTTP1_PARSE http1_parse_any
#endif

struct known_name {
	char text[24]; /* lower case */
};
static const struct known_name names[HTTP_NAME_COUNT] = {
#define HTTP_NAME(symbol, text) [HTTP_##symbol] = {text},
#include "tbl/http_names.h"
#undef HTTP_NAME
};
/* The last name of each length; the table is sorted by length, so the others stand just before it (later initialisers win). */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const uint8_t last_of_length[24] = {
#define HTTP_NAME(symbol, text) [sizeof(text) - 1] = HTTP_##symbol,
#include "tbl/http_names.h"
#undef HTTP_NAME
};
#pragma GCC diagnostic pop
static const uint8_t length_of[HTTP_NAME_COUNT] = {
#define HTTP_NAME(symbol, text) [HTTP_##symbol] = sizeof(text) - 1,
#include "tbl/http_names.h"
#undef HTTP_NAME
};

static inline uint64_t load8(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}
static inline uint32_t load4(const char *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

/* Token characters with bit 5 set equal a lower-case name exactly where they equal it without case: no token character but a letter
 * becomes a letter, and those that become a digit or hyphen are controls. Overlapping loads instead of a loop. */
static inline bool is_name(const char *p, const char *known, size_t n)
{
	const uint64_t low8 = 0x2020202020202020;
	const uint32_t low4 = 0x20202020;
	if (n >= 8)
		return (load8(p) | low8) == load8(known) && (load8(p + n - 8) | low8) == load8(known + n - 8) &&
		       (n <= 16 || (load8(p + 8) | low8) == load8(known + 8));
	if (n >= 4)
		return (load4(p) | low4) == load4(known) && (load4(p + n - 4) | low4) == load4(known + n - 4);
	for (size_t i = 0; i < n; i++)
		if ((p[i] | 0x20) != known[i])
			return false;
	return true;
}

static inline enum http_name find_name(const char *p, size_t n)
{
	if (n >= sizeof(last_of_length))
		return HTTP_OTHER;
	for (unsigned id = last_of_length[n]; id && length_of[id] == n; id--)
		if ((p[0] | 0x20) == names[id].text[0] && is_name(p, names[id].text, n))
			return (enum http_name)id;
	return HTTP_OTHER;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1" at p, 8 bytes of it there. */
static inline enum http1_result version(struct http1_head *h, const char *p)
{
	if (memcmp(p, "HTTP/", 5) != 0 || !is_digit(p[5]) || p[6] != '.' || !is_digit(p[7]))
		return HTTP1_BAD_START_LINE;
	if (p[5] != '1' || p[7] > '1')
		return HTTP1_BAD_VERSION;
	h->minor = p[7] - '0';
	return HTTP1_DONE;
}

static inline enum http1_result line_end(const char **at, const char *end)
{
	const char *p = *at;
	if (end - p < 2)
		return HTTP1_MORE;
	if (p[0] != '\r' || p[1] != '\n')
		return HTTP1_BAD_LINE_END;
	*at = p + 2;
	return HTTP1_DONE;
}

/* method SP target SP version CRLF (RFC 9112 section 3), single blanks only. Methods are upper case, as all registered ones are: a
 * lower-case "get" is something that two parties may understand differently. */
static enum http1_result request_line(struct http1_head *h, const char **at, const char *end)
{
	const char *p = *at, *start = p;
	while (p < end && ((*p >= 'A' && *p <= 'Z') || (p > start && (*p == '-' || *p == '_' || is_digit(*p)))))
		p++;
	if (p - start > HTTP1_MAX_METHOD)
		return HTTP1_BAD_METHOD;
	if (p == end)
		return HTTP1_MORE;
	if (*p != ' ' || p == start)
		return HTTP1_BAD_METHOD;
	h->method = str_from(start, (size_t)(p - start));
	start = ++p;
	p = http1_scan_target(p, end);
	if (p - start > HTTP1_MAX_TARGET)
		return HTTP1_TARGET_TOO_LONG;
	if (p == end)
		return HTTP1_MORE;
	if (p == start || *p != ' ')
		return *p == '\r' ? HTTP1_BAD_START_LINE : HTTP1_BAD_TARGET;
	h->target = str_from(start, (size_t)(p - start));
	p++;
	if (end - p < 10)
		return memchr(p, '\n', (size_t)(end - p)) ? HTTP1_BAD_START_LINE : HTTP1_MORE;
	enum http1_result r = version(h, p);
	if (r != HTTP1_DONE)
		return r;
	if (p[8] != '\r' || p[9] != '\n')
		return HTTP1_BAD_START_LINE;
	*at = p + 10;
	return http1_target(h);
}

/* version SP 3DIGIT SP [phrase] CRLF (RFC 9112 section 4). The blank after the status may be missing with an empty phrase: common,
 * and nobody can read it in two ways. */
static enum http1_result status_line(struct http1_head *h, const char **at, const char *end)
{
	const char *p = *at;
	if (end - p < 14)
		return memchr(p, '\n', (size_t)(end - p)) ? HTTP1_BAD_START_LINE : HTTP1_MORE;
	enum http1_result r = version(h, p);
	if (r != HTTP1_DONE)
		return r;
	if (p[8] != ' ')
		return HTTP1_BAD_START_LINE;
	if (p[9] < '1' || p[9] > '5' || !is_digit(p[10]) || !is_digit(p[11]))
		return HTTP1_BAD_STATUS;
	h->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
	p += 12;
	if (*p != ' ' && *p != '\r')
		return HTTP1_BAD_STATUS;
	const char *phrase = *p == ' ' ? p + 1 : p;
	p = http1_scan_value(phrase, end);
	h->phrase = str_from(phrase, (size_t)(p - phrase));
	*at = p;
	return line_end(at, end);
}

/* Fields that the head's own meaning depends on. */
static inline bool matters(enum http_name id)
{
	const uint64_t set = UINT64_C(1) << HTTP_HOST | UINT64_C(1) << HTTP_CONTENT_LENGTH | UINT64_C(1) << HTTP_TRANSFER_ENCODING |
	                     UINT64_C(1) << HTTP_CONNECTION | UINT64_C(1) << HTTP_EXPECT;
	_Static_assert(HTTP_NAME_COUNT <= 64, "one bit a name");
	return set >> id & 1;
}

/* name ":" OWS value OWS CRLF (RFC 9112 section 5). p stands at the first byte of a line that is not empty. */
static inline enum http1_result header_line(struct http1_head *h, struct http1_facts *f, const char **at, const char *end)
{
	const char *name = *at, *p = http1_scan_token(name, end);
	if (p == end)
		return HTTP1_MORE;
	if (*p != ':' || p == name)
		return *name == ' ' || *name == '\t' ? HTTP1_FOLDED : HTTP1_BAD_HEADER_NAME;
	size_t name_len = (size_t)(p - name);
	const char *raw = ++p;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	const char *value = p;
	p = http1_scan_value(p, end);
	if (end - p < 2)
		return HTTP1_MORE;
	if (p[0] != '\r' || p[1] != '\n')
		return p[0] == '\r' || p[0] == '\n' ? HTTP1_BAD_LINE_END : HTTP1_BAD_HEADER_VALUE;
	*at = p + 2;
	struct str whole = str_from(raw, (size_t)(p - raw));
	while (p > value && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	if (h->count == HTTP1_MAX_HEADERS)
		return HTTP1_TOO_MANY_HEADERS;
	enum http_name id = find_name(name, name_len);
	h->headers[h->count++] = (struct http_header){str_from(name, name_len), str_from(value, (size_t)(p - value)), id};
	if (id == HTTP_OTHER)
		return HTTP1_DONE;
	enum http1_result r = matters(id) ? http1_field(h, f, whole) : HTTP1_DONE;
	if (!h->first[id])
		h->first[id] = (uint8_t)h->count;
	return r;
}

enum http1_result HTTP1_PARSE(struct http1_head *h, struct str in, enum http1_kind kind)
{
	const char *p = in.p, *end = in.p + in.len;
	struct http1_facts f = {0};
	h->count = 0;
	memset(h->first, 0, sizeof(h->first));
	h->method = h->target = h->path = h->query = h->phrase = h->host = str_from(NULL, 0);
	h->status = 0;
	if (kind == HTTP1_REQUEST && end - p >= 2 && p[0] == '\r' && p[1] == '\n')
		p += 2;
	enum http1_result r = kind == HTTP1_REQUEST ? request_line(h, &p, end) : status_line(h, &p, end);
	while (r == HTTP1_DONE) {
		if (end - p < 2)
			return HTTP1_MORE;
		if (p[0] == '\r') {
			if (p[1] != '\n')
				return HTTP1_BAD_LINE_END;
			h->size = (size_t)(p + 2 - in.p);
			return kind == HTTP1_REQUEST ? http1_finish_request(h, &f)
			                             : http1_finish_response(h, &f, kind == HTTP1_RESPONSE_TO_HEAD);
		}
		r = header_line(h, &f, &p, end);
	}
	return r;
}
