/* Our HTTP/1 parser beside llhttp (Debian's node-llhttp, compiled from /usr/share/llhttp): over every case of http1_cases.h and a
 * quarter of a million mutations of them. What we accept, llhttp in its strict mode must accept too, and both must see the same
 * method, target, status, headers, body and end. What only we refuse is counted by our result.
 *
 * Two differences are wanted: methods that llhttp has not in its list but RFC 9110 section 9.1 allows; and bodies of 1xx, 204 and
 * 304, which llhttp leaves to its user (so the callback below says there is none, as Node does). */
#include "base/check.h"
#include "http1_cases.h"
#include <llhttp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MUTATIONS = 250000, MESSAGE_MAX = 1024, TEXT_MAX = 4096 };

/* What a parser saw, flat, so that two of them can be compared. */
struct seen {
	bool refused, head, complete;
	size_t end; /* of the message, when complete */
	size_t len; /* of text: start line, headers, then the body */
	size_t body_at;
	bool keep_alive;
	char text[TEXT_MAX];
	size_t value_at; /* of the header value being collected */
	enum http1_result result;
};

static void put(struct seen *s, const char *p, size_t n)
{
	CHECK(s->len + n <= sizeof(s->text));
	if (n)
		memcpy(s->text + s->len, p, n);
	s->len += n;
}

/* --- llhttp
 * ------------------------------------------------------------------------------------------------------------------------ */

static int take(llhttp_t *p, const char *at, size_t n)
{
	put(p->data, at, n);
	return 0;
}
static int end_of_field(llhttp_t *p)
{
	struct seen *s = p->data;
	put(s, ":", 1);
	s->value_at = s->len;
	return 0;
}
static int end_of_value(llhttp_t *p)
{
	struct seen *s = p->data;
	while (s->len > s->value_at && (s->text[s->len - 1] == ' ' || s->text[s->len - 1] == '\t'))
		s->len--; /* llhttp leaves blanks after a value to its user */
	put(s, "\n", 1);
	return 0;
}
static int end_of_url(llhttp_t *p)
{
	put(p->data, " ", 1);
	return 0;
}
static int in_trailer(const llhttp_t *p)
{
	return ((const struct seen *)p->data)->head;
}
static int field(llhttp_t *p, const char *at, size_t n)
{
	return in_trailer(p) ? 0 : take(p, at, n);
}
static int field_end(llhttp_t *p)
{
	return in_trailer(p) ? 0 : end_of_field(p);
}
static int value_end(llhttp_t *p)
{
	return in_trailer(p) ? 0 : end_of_value(p);
}
static int headers_complete(llhttp_t *p)
{
	struct seen *s = p->data;
	char start[64];
	if (p->type == HTTP_REQUEST)
		put(s, start, (size_t)snprintf(start, sizeof(start), "%s", llhttp_method_name(p->method)));
	else
		put(s, start, (size_t)snprintf(start, sizeof(start), "%d", p->status_code));
	put(s, start, (size_t)snprintf(start, sizeof(start), " %d", p->http_minor));
	s->head = true;
	s->body_at = s->len;
	s->keep_alive = llhttp_should_keep_alive(p);
	return p->type == HTTP_RESPONSE && (p->status_code < 200 || p->status_code == 204 || p->status_code == 304);
}
static int message_complete(llhttp_t *p)
{
	struct seen *s = p->data;
	s->complete = true;
	return HPE_PAUSED;
}

static void run_theirs(struct seen *s, struct str in, bool response)
{
	static const llhttp_settings_t settings = {
	    .on_url = take,
	    .on_url_complete = end_of_url,
	    .on_header_field = field,
	    .on_header_field_complete = field_end,
	    .on_header_value = field,
	    .on_header_value_complete = value_end,
	    .on_headers_complete = headers_complete,
	    .on_body = take,
	    .on_message_complete = message_complete,
	};
	llhttp_t p;
	memset(s, 0, offsetof(struct seen, text));
	s->value_at = 0;
	llhttp_init(&p, response ? HTTP_RESPONSE : HTTP_REQUEST, &settings);
	p.data = s;
	llhttp_errno_t e = llhttp_execute(&p, in.p, in.len);
	if (e == HPE_OK && response && !s->complete && llhttp_message_needs_eof(&p)) {
		e = llhttp_finish(&p);
		s->end = in.len;
	} else if (e == HPE_PAUSED || e == HPE_PAUSED_UPGRADE) {
		s->end = (size_t)(llhttp_get_error_pos(&p) - in.p);
		s->complete = true;
	}
	s->refused = e != HPE_OK && e != HPE_PAUSED && e != HPE_PAUSED_UPGRADE;
	s->result = e == HPE_INVALID_METHOD ? HTTP1_BAD_METHOD : HTTP1_DONE;
	if (e == HPE_INVALID_CHUNK_SIZE && llhttp_get_error_pos(&p)[-1] == ';')
		s->result = HTTP1_BAD_CHUNK;
}

/* --- ours
 * --------------------------------------------------------------------------------------------------------------------------- */

static void put_head(struct seen *s, const struct http1_head *h, bool response)
{
	char start[64];
	if (!response) {
		put(s, h->target.p, h->target.len);
		put(s, " ", 1);
	}
	for (size_t i = 0; i < h->count; i++) {
		put(s, h->headers[i].name.p, h->headers[i].name.len);
		put(s, ":", 1);
		put(s, h->headers[i].value.p, h->headers[i].value.len);
		put(s, "\n", 1);
	}
	if (response)
		put(s, start, (size_t)snprintf(start, sizeof(start), "%d", h->status));
	else
		put(s, h->method.p, h->method.len);
	put(s, start, (size_t)snprintf(start, sizeof(start), " %d", h->minor));
	s->head = true;
	s->body_at = s->len;
	s->keep_alive = h->keep_alive;
}

static enum http1_result chunked_body(struct seen *s, struct str rest)
{
	struct http1_chunks c = {0};
	enum http1_result r = HTTP1_MORE;
	size_t used;
	for (struct str data; r == HTTP1_MORE && rest.len; rest = str_skip(rest, used)) {
		r = http1_chunk(&c, rest, &used, &data);
		put(s, data.p, data.len);
		s->end += used;
	}
	return r;
}

static void run_ours(struct seen *s, struct str in, bool response)
{
	static struct http1_head h;
	memset(s, 0, offsetof(struct seen, text));
	h.scanned = 0;
	enum http1_result r = response ? http1_response(&h, in, false) : http1_request(&h, in);
	if (r == HTTP1_DONE) {
		put_head(s, &h, response);
		struct str rest = str_skip(in, h.size);
		s->end = h.size;
		if (h.body == HTTP1_CHUNKED) {
			r = chunked_body(s, rest);
		} else if (h.body != HTTP1_NO_BODY) {
			if (h.body == HTTP1_LENGTH && rest.len > h.length)
				rest.len = (size_t)h.length;
			put(s, rest.p, rest.len);
			s->end += rest.len;
			r = h.body == HTTP1_UNTIL_CLOSE || rest.len == h.length ? HTTP1_DONE : HTTP1_MORE;
		}
	}
	s->result = r;
	s->complete = r == HTTP1_DONE;
	s->refused = r != HTTP1_DONE && r != HTTP1_MORE;
}

/* --- comparing
 * ----------------------------------------------------------------------------------------------------------------------- */

static size_t both_accept, both_refuse, extension_methods, chunk_extensions, stricter[HTTP1_RESULT_COUNT];

static bool llhttp_knows(struct str method)
{
#define KNOWN(number, name, string)                                                                                                \
	if (str_eq(method, STR(#string)))                                                                                          \
		return true;
	HTTP_METHOD_MAP(KNOWN)
#undef KNOWN
	return false;
}

static void differ(const char *what, struct str in)
{
	print_error("%s:\n", what);
	for (size_t i = 0; i < in.len; i++)
		if (in.p[i] >= 0x20 && in.p[i] < 0x7f && in.p[i] != '\\')
			print_error("%c", in.p[i]);
		else
			print_error("\\x%02x", (uint8_t)in.p[i]);
	print_error("\n");
	fail();
}

static void compare(struct str in, bool response)
{
	static struct seen a, b;
	run_ours(&a, in, response);
	run_theirs(&b, in, response);
	if (a.head && b.refused && b.result == HTTP1_BAD_METHOD && !response) {
		struct str start = str_starts(in, STR("\r\n")) ? str_skip(in, 2) : in;
		if (llhttp_knows(str_sub(start, 0, str_find_char(start, ' '))))
			differ("llhttp refuses a method that it knows", in);
		extension_methods++;
		return;
	}
	if (!a.refused && b.result == HTTP1_BAD_CHUNK) {
		chunk_extensions++;
		return;
	}
	if (a.refused) {
		if (b.refused)
			both_refuse++;
		else
			stricter[a.result]++;
		return;
	}
	if (!a.head)
		return;                                    /* we wait for the rest of the head: nothing is accepted */
	if (b.refused && !(a.complete == false && b.head)) /* an incomplete body that is wrong already is not accepted either */
		differ("llhttp refuses what we accept", in);
	if (!b.head || (a.complete && !b.complete))
		differ("llhttp is not done with what we have accepted", in);
	if (a.body_at != b.body_at || memcmp(a.text, b.text, a.body_at) != 0)
		differ("the heads differ", in);
	if (!a.complete)
		return;
	if (a.end != b.end || a.len != b.len || memcmp(a.text, b.text, a.len) != 0)
		differ("the bodies or their ends differ", in);
	if (a.keep_alive && !b.keep_alive)
		differ("we would go on where llhttp ends the connection", in);
	both_accept++;
}

/* --- messages
 * ------------------------------------------------------------------------------------------------------------------------ */

struct message {
	size_t len;
	bool response;
	char bytes[MESSAGE_MAX];
};
static struct message seeds[512];
static size_t seed_count;

static void add_seed(bool response, struct str head, struct str body)
{
	struct message *m = &seeds[seed_count++];
	CHECK(seed_count <= ARRAY_LEN(seeds) && head.len + body.len <= MESSAGE_MAX);
	m->response = response;
	memcpy(m->bytes, head.p, head.len);
	memcpy(m->bytes + head.len, body.p, body.len);
	m->len = head.len + body.len;
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(http1_requests); i++)
		add_seed(false, http1_requests[i].bytes, STR("5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n"));
	for (size_t i = 0; i < ARRAY_LEN(http1_responses); i++)
		add_seed(true, http1_responses[i].bytes, STR("3\r\nabc\r\n0\r\n\r\n"));
	for (size_t i = 0; i < ARRAY_LEN(http1_chunk_cases); i++) {
		add_seed(false, STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
		         http1_chunk_cases[i].bytes);
		add_seed(true, STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), http1_chunk_cases[i].bytes);
	}
	return 0;
}

static uint64_t chance_state = 0x9e3779b97f4a7c15;
static size_t chance(size_t n)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (size_t)(chance_state >> 11) % n;
}

static void replace(struct message *m, size_t at, size_t out, struct str in)
{
	if (m->len - out + in.len > MESSAGE_MAX)
		return;
	memmove(m->bytes + at + in.len, m->bytes + at + out, m->len - at - out);
	memcpy(m->bytes + at, in.p, in.len);
	m->len = m->len - out + in.len;
}

static void mutate(struct message *m)
{
	static const struct str words[] = {
	    STR_INIT("\r\n"),
	    STR_INIT("\n"),
	    STR_INIT("\r"),
	    STR_INIT(" "),
	    STR_INIT("\t"),
	    STR_INIT(":"),
	    STR_INIT(";"),
	    STR_INIT(","),
	    STR_INIT("0"),
	    STR_INIT("5"),
	    STR_INIT("a"),
	    STR_INIT("\0"),
	    STR_INIT("\x7f"),
	    STR_INIT("\xff"),
	    STR_INIT("\""),
	    STR_INIT("="),
	    STR_INIT("Content-Length: 5\r\n"),
	    STR_INIT("Content-Length: 0\r\n"),
	    STR_INIT("Transfer-Encoding: chunked\r\n"),
	    STR_INIT("Transfer-Encoding: identity\r\n"),
	    STR_INIT("Connection: close\r\n"),
	    STR_INIT("Connection: keep-alive\r\n"),
	    STR_INIT("Connection: upgrade\r\nUpgrade: x\r\n"),
	    STR_INIT("Host: a\r\n"),
	    STR_INIT("chunked"),
	    STR_INIT(", "),
	    STR_INIT("HTTP/1.0"),
	    STR_INIT("HTTP/1.1"),
	    STR_INIT("http://a"),
	    STR_INIT("*"),
	    STR_INIT("CONNECT"),
	    STR_INIT("X: y\r\n"),
	    STR_INIT("0\r\n\r\n"),
	    STR_INIT("%"),
	    STR_INIT("?"),
	    STR_INIT("#"),
	    STR_INIT("/"),
	    STR_INIT("@"),
	    STR_INIT("["),
	    STR_INIT("_"),
	    STR_INIT("-"),
	};
	for (size_t n = 1 + chance(3); n > 0; n--) {
		size_t at = chance(m->len + 1), left = m->len - at;
		struct str word = words[chance(ARRAY_LEN(words))];
		char byte = (char)chance(256);
		switch (chance(6)) {
		case 0:
			replace(m, at, left ? 1 : 0, str_from(&byte, 1));
			break;
		case 1:
			replace(m, at, 0, word);
			break;
		case 2:
			replace(m, at, word.len < left ? word.len : left, word);
			break;
		case 3:
			replace(m, at, left ? 1 + chance(left < 8 ? left : 8) : 0, STR(""));
			break;
		case 4: { /* put a word where a line begins */
			size_t line = str_find(str_from(m->bytes + at, left), STR("\r\n"));
			if (line != SIZE_MAX)
				replace(m, at + line + 2, 0, word);
			break;
		}
		default: { /* go on as another message does */
			const struct message *other = &seeds[chance(seed_count)];
			size_t from = chance(other->len + 1);
			replace(m, at, left, str_from(other->bytes + from, other->len - from));
		}
		}
	}
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < seed_count; i++)
		compare(str_from(seeds[i].bytes, seeds[i].len), seeds[i].response);
}

static void test_mutations(void **state)
{
	(void)state;
	static struct message m;
	for (size_t i = 0; i < MUTATIONS; i++) {
		m = seeds[chance(seed_count)];
		mutate(&m);
		compare(str_from(m.bytes, m.len), m.response);
	}
	print_message("accepted by both %zu, refused by both %zu, methods unknown to llhttp %zu, second chunk extensions %zu; only we refuse:\n",
		      both_accept, both_refuse, extension_methods, chunk_extensions);
	for (int r = 0; r < HTTP1_RESULT_COUNT; r++)
		if (stricter[r])
			print_message("%8zu %s\n", stricter[r], http1_reason((enum http1_result)r));
	assert_true(both_accept > MUTATIONS / 20 &&
	            both_refuse > MUTATIONS / 20); /* the mutations are neither all wrong nor all harmless */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_mutations)};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
