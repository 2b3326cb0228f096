/* What the fields mean that a head's framing, routing and connection depend on (RFC 9112 sections 3, 6, 7, 9; RFC 9110
 * sections 7.2, 7.6, 8.6, 10.1.1). Called by http1_parse.c while it reads the lines. Each rule refuses what two parties could read
 * in two ways. */
#include "net/http1_parse.h"

/* Letters, digits, "-._~": one bit a character, word c / 64. */
static const uint64_t host_bits[4] = {0x03ff600000000000, 0x47fffffe87fffffe, 0, 0};
static inline bool is_host_char(char c)
{
	return host_bits[(uint8_t)c >> 6] >> ((uint8_t)c & 63) & 1;
}

static bool is_ipv6_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') || c == ':' || c == '.';
}

/* At most 65535; empty is not a port. */
static bool is_port(struct str s)
{
	unsigned port = 0;
	if (s.len == 0 || s.len > 5)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		port = port * 10 + (unsigned)(s.p[i] - '0');
	}
	return port <= 65535;
}

/* host [":" port] of RFC 3986 without user information, sub-delimiters and escapes: those have no place in a name that is routed
 * by. */
static bool is_authority(struct str s)
{
	const char *p = s.p, *end = s.p + s.len;
	if (s.len && *p == '[') {
		for (p++; p < end && is_ipv6_char(*p); p++)
			;
		if (p - s.p < 3 || p == end || *p++ != ']')
			return false;
	} else {
		while (p < end && is_host_char(*p))
			p++;
		if (p == s.p)
			return false;
	}
	return p == end || (*p == ':' && is_port(str_from(p + 1, (size_t)(end - p - 1))));
}

/* Length of "http://" or "https://" at the start, without case; 0 where there is none. */
static size_t scheme_len(struct str s)
{
	if (str_eq_ci(str_sub(s, 0, 7), STR("http://")))
		return 7;
	return str_eq_ci(str_sub(s, 0, 8), STR("https://")) ? 8 : 0;
}

static void split_path(struct http1_head *h, struct str s)
{
	const char *mark = s.len ? memchr(s.p, '?', s.len) : NULL;
	size_t path = mark ? (size_t)(mark - s.p) : s.len;
	h->path = path ? str_from(s.p, path) : STR("/");
	h->query = mark ? str_skip(s, path + 1) : str_from(NULL, 0);
}

enum http1_result http1_target(struct http1_head *h)
{
	struct str t = h->target;
	if (str_eq(h->method, STR("CONNECT"))) { /* authority form, port required (RFC 9112 section 3.2.3) */
		if (!is_authority(t) || t.p[t.len - 1] == ']' || !memchr(t.p, ':', t.len))
			return HTTP1_BAD_TARGET;
		h->host = t;
		return HTTP1_DONE;
	}
	if (t.p[0] == '/') {
		split_path(h, t);
		return HTTP1_DONE;
	}
	if (t.p[0] == '*' && t.len == 1)
		return str_eq(h->method, STR("OPTIONS")) ? HTTP1_DONE : HTTP1_BAD_TARGET;
	size_t scheme = scheme_len(t), i = scheme;
	if (!scheme)
		return HTTP1_BAD_TARGET;
	while (i < t.len && t.p[i] != '/' && t.p[i] != '?')
		i++;
	h->host = str_sub(t, scheme, i);
	if (!is_authority(h->host))
		return HTTP1_BAD_TARGET;
	split_path(h, str_skip(t, i));
	return HTTP1_DONE;
}

/* A target's authority and Host must be the same: a server must believe the one, but many believe the other. */
static enum http1_result host_field(struct http1_head *h, struct str value)
{
	if (h->first[HTTP_HOST] || !is_authority(value) || (h->host.p && !str_eq_ci(h->host, value)))
		return HTTP1_BAD_HOST;
	h->host = value;
	return HTTP1_DONE;
}

/* 1*DIGIT below 2^63, once. No leading zeros: some read them as octal. */
static enum http1_result length_field(struct http1_facts *f, struct str value)
{
	uint64_t n = 0;
	if (f->has_length || value.len == 0 || value.len > 19 || (value.len > 1 && value.p[0] == '0'))
		return HTTP1_BAD_LENGTH;
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return HTTP1_BAD_LENGTH;
		n = n * 10 + (uint64_t)(value.p[i] - '0'); /* 19 digits fit */
	}
	if (n > INT64_MAX)
		return HTTP1_BAD_LENGTH;
	f->has_length = true;
	f->length = n;
	return HTTP1_DONE;
}

/* Exactly one "chunked". A well-formed list that ends otherwise is a coding we don't have; all else is an attempt at something. */
static enum http1_result coding_field(struct http1_facts *f, struct str value)
{
	if (f->chunked)
		return HTTP1_BAD_TRANSFER_ENCODING;
	if (str_eq_ci(value, STR("chunked"))) {
		f->chunked = true;
		return HTTP1_DONE;
	}
	bool ended = false;
	for (struct str rest = value; rest.p;) {
		struct str coding = str_trim(str_split(&rest, ','));
		if (ended || !http1_is_token(coding))
			return HTTP1_BAD_TRANSFER_ENCODING;
		ended = str_eq_ci(coding, STR("chunked"));
	}
	return HTTP1_UNKNOWN_CODING;
}

static void connection_field(struct http1_facts *f, struct str value)
{
	for (struct str rest = value; rest.p;) {
		struct str option = str_trim(str_split(&rest, ','));
		if (option.len == 5)
			f->close |= str_eq_ci(option, STR("close"));
		else if (option.len == 10)
			f->keep |= str_eq_ci(option, STR("keep-alive"));
		else if (option.len == 7)
			f->upgrade |= str_eq_ci(option, STR("upgrade"));
	}
}

enum http1_result http1_field(struct http1_head *h, struct http1_facts *f, struct str raw)
{
	const struct http_header *field = &h->headers[h->count - 1];
	if (field->id == HTTP_CONNECTION) {
		connection_field(f, field->value);
		return HTTP1_DONE;
	}
	if (field->id == HTTP_EXPECT) {
		f->expect |= str_eq_ci(field->value, STR("100-continue"));
		return HTTP1_DONE;
	}
	/* A tab around the value is legal white space that some implementations take for a part of the value. */
	bool tab = raw.len && memchr(raw.p, '\t', raw.len);
	if (field->id == HTTP_HOST)
		return tab ? HTTP1_BAD_HOST : h->status ? HTTP1_DONE : host_field(h, field->value);
	if (field->id == HTTP_CONTENT_LENGTH)
		return tab ? HTTP1_BAD_LENGTH : length_field(f, field->value);
	return tab ? HTTP1_BAD_TRANSFER_ENCODING : coding_field(f, field->value);
}

/* Common to both: both framings at once, or chunked where HTTP/1.0 knows none (RFC 9112 section 6.1). */
static enum http1_result framing(struct http1_head *h, const struct http1_facts *f)
{
	if (f->chunked && f->has_length)
		return HTTP1_LENGTH_AND_CHUNKED;
	if (f->chunked && h->minor == 0)
		return HTTP1_BAD_TRANSFER_ENCODING;
	h->body = f->chunked ? HTTP1_CHUNKED : f->has_length && f->length ? HTTP1_LENGTH : HTTP1_NO_BODY;
	h->length = f->has_length ? f->length : 0;
	h->keep_alive = h->minor ? !f->close : f->keep && !f->close;
	h->upgrade = h->minor && f->upgrade && h->first[HTTP_UPGRADE];
	h->expect_continue = false;
	return HTTP1_DONE;
}

enum http1_result http1_finish_request(struct http1_head *h, const struct http1_facts *f)
{
	if (h->minor && !h->first[HTTP_HOST])
		return HTTP1_BAD_HOST;
	enum http1_result r = framing(h, f);
	if (r != HTTP1_DONE)
		return r;
	if (h->body != HTTP1_NO_BODY &&
	    str_eq(h->method, STR("CONNECT"))) /* what follows is the tunnel, says one; a body, says another */
		return h->body == HTTP1_CHUNKED ? HTTP1_BAD_TRANSFER_ENCODING : HTTP1_BAD_LENGTH;
	h->expect_continue = h->minor && f->expect && h->body != HTTP1_NO_BODY;
	return HTTP1_DONE;
}

enum http1_result http1_finish_response(struct http1_head *h, const struct http1_facts *f, bool to_head)
{
	enum http1_result r = framing(h, f);
	if (r != HTTP1_DONE)
		return r;
	bool bodiless = h->status < 200 || h->status == 204;
	if (bodiless || h->status == 304 || to_head) {
		/* A sender that announces a body where there is none may go on to send it. */
		if (bodiless && h->body != HTTP1_NO_BODY)
			h->keep_alive = false;
		h->body = HTTP1_NO_BODY;
		h->length = 0;
	} else if (!f->has_length && !f->chunked) {
		h->body = HTTP1_UNTIL_CLOSE;
		h->keep_alive = false;
	}
	return HTTP1_DONE;
}
