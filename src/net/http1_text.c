/* Small text helpers of HTTP: tokens, values, lists, phrases, percent-escapes, query parameters. No state, no allocation. */
#include "net/http1.h"
#include "base/buf.h"
#include "net/http1_scan.h"

struct str http1_find(const struct http1_head *h, struct str name)
{
	for (size_t i = 0; i < h->count; i++)
		if (str_eq_ci(h->headers[i].name, name))
			return h->headers[i].value;
	return str_from(NULL, 0);
}

bool http1_list_has(struct str list, struct str token)
{
	while (list.p)
		if (str_eq_ci(str_trim(str_split(&list, ',')), token))
			return true;
	return false;
}

bool http1_is_token(struct str s)
{
	return s.len && http1_scan_token(s.p, s.p + s.len) == s.p + s.len;
}

bool http1_is_value(struct str s)
{
	return s.len == 0 || http1_scan_value(s.p, s.p + s.len) == s.p + s.len;
}

const char *http_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
	    {100, "Continue"},
	    {101, "Switching Protocols"},
	    {103, "Early Hints"},
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {206, "Partial Content"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {307, "Temporary Redirect"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {411, "Length Required"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {416, "Range Not Satisfiable"},
	    {417, "Expectation Failed"},
	    {421, "Misdirected Request"},
	    {422, "Unprocessable Content"},
	    {426, "Upgrade Required"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	    {507, "Insufficient Storage"},
	};
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}

void http_escape(struct buf *out, struct str s, const char *also)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && (strchr("-._~", c) || (also && strchr(also, c))));
		if (plain) {
			buf_char(out, (char)c);
		} else {
			buf_char(out, '%');
			buf_char(out, hex[c >> 4]);
			buf_char(out, hex[c & 15]);
		}
	}
}

size_t http_unescape(char *out, struct str s, bool plus_is_blank)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t byte = (uint8_t)s.p[i];
		if (byte == '%') {
			if (!str_to_hex_bytes(str_sub(s, i + 1, i + 3), &byte, 1))
				return SIZE_MAX;
			i += 2;
		} else if (byte == '+' && plus_is_blank) {
			byte = ' ';
		}
		if (byte == 0)
			return SIZE_MAX;
		out[n++] = (char)byte;
	}
	return n;
}

bool http_query_get(struct str query, struct str name, struct str *value)
{
	while (query.p) {
		struct str pair = str_split(&query, '&');
		size_t equals = str_find_char(pair, '=');
		if (str_eq(str_sub(pair, 0, equals), name)) {
			*value = equals == SIZE_MAX ? str_sub(pair, pair.len, pair.len) : str_skip(pair, equals + 1);
			return true;
		}
	}
	return false;
}
