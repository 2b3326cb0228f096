/* The HTTP/2 server over real sockets, asked by nghttp2's client: answers with and without body and trailers, now and later; the budget of
 * memory; limits and time-outs; floods of frames that carry nothing; clients that go away, do not read, or speak something else; draining. */
#include "base/metric.h"
#include "http2_client.h"
#include "http_raw.h"
#include "net/http2_server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Generous: it is only reached when something is wrong. */
#define UNTIL(condition)                                                                                                                       \
	do {                                                                                                                                   \
		int64_t until_deadline = sys_now() + 60 * SECOND;                                                                              \
		while (!(condition) && sys_now() < until_deadline)                                                                             \
			turn(l);                                                                                                               \
		if (!(condition))                                                                                                              \
			print_error("never came true: %s\n", #condition);                                                                     \
		assert_true(condition);                                                                                                        \
	} while (0)

enum { KEPT_MAX = 200 };
static struct loop *l;
static struct http2_server *server;
static struct sys_addr address;
static int calls, gone, drained, refused[4];
static struct http2_call *kept[KEPT_MAX];
static int kept_count;
static char big[1 << 20];

static void on_gone(void *ctx)
{
	gone++;
	*(struct http2_call **)ctx = NULL;
}

static void answer(struct http2_call *c, int status, struct str body, struct str trailer)
{
	struct http2_field field = { STR("x-test"), STR("yes") }, last = { STR("x-last"), trailer };
	http2_answer(c, &(struct http2_answer){ .status = status, .fields = &field, .field_count = 1, .body = body, .trailers = &last, .trailer_count = trailer.len > 0 });
}

static void handle(void *ctx, struct http2_call *c)
{
	const struct http2_request *q = http2_request(c);
	(void)ctx;
	calls++;
	if (str_eq(q->path, STR("/echo"))) {
		answer(c, 200, q->body, STR("end"));
	} else if (str_eq(q->path, STR("/count"))) {
		char text[24];
		int n = snprintf(text, sizeof(text), "%zu", q->body.len);
		answer(c, 200, str_from(text, (size_t)n), STR("end"));
	} else if (str_eq(q->path, STR("/big"))) {
		answer(c, 200, str_from(big, sizeof(big)), STR("end"));
	} else if (str_eq(q->path, STR("/later")) || str_eq(q->path, STR("/deaf"))) {
		assert_true(kept_count < KEPT_MAX);
		kept[kept_count] = c;
		if (str_eq(q->path, STR("/later")))
			http2_on_gone(c, on_gone, &kept[kept_count]);
		kept_count++;
	} else {
		answer(c, 404, STR(""), STR(""));
	}
}

static void refuse(void *ctx, struct http2_call *c, enum http2_refusal why)
{
	static const int statuses[] = { 413, 431, 503, 408 };
	(void)ctx;
	refused[why]++;
	answer(c, statuses[why], STR("no"), STR(""));
}

/* Bodies here begin with their length in decimal and a blank. */
static size_t body_size(struct str first)
{
	uint64_t n;
	size_t end = str_find_char(first, ' ');
	return end != SIZE_MAX && str_to_u64(str_sub(first, 0, end), &n) ? (size_t)n : 0;
}

static void start(struct http2_server_options o)
{
	struct err e = { 0 };
	o.refuse = refuse;
	server = http2_server_new(l, &o, handle, NULL);
	assert_true(sys_addr_parse(&address, STR("127.0.0.1:0"), &e));
	assert_true(http2_server_listen(server, &address, &address, &e));
	calls = gone = drained = kept_count = 0;
	memset(refused, 0, sizeof(refused));
}

static int set_up(void **state)
{
	(void)state;
	l = loop_new();
	memset(big, 'b', sizeof(big));
	start((struct http2_server_options){ 0 });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	http2_server_free(server);
	loop_free(l);
	return 0;
}

static void restart(struct http2_server_options o)
{
	http2_server_free(server);
	start(o);
}

static struct str sized(char *space, size_t n)
{
	memset(space, 's', n);
	int digits = snprintf(space, n, "%zu ", n);
	space[digits] = 's';
	return str_from(space, n);
}

static void get(struct h2_client *c, struct h2_request *r, const char *path, struct str body)
{
	h2_ask(c, r, "POST", path, "text/plain", NULL, STR(""), body);
}

/* --- answers ------------------------------------------------------------------------------------------------------------------------ */

static void test_answers(void **state)
{
	(void)state;
	struct h2_client c;
	struct h2_request r[40] = { 0 };
	h2_open(&c, l, &address, 0, false);
	get(&c, &r[0], "/echo", STR("hello"));
	get(&c, &r[1], "/nothing", STR(""));
	get(&c, &r[2], "/echo", STR(""));
	get(&c, &r[3], "/big", STR("12 sized one"));
	UNTIL(r[0].closed && r[1].closed && r[2].closed && r[3].closed);
	assert_true(r[0].ended && r[0].status == 200 && r[0].heads == 2 && h2_has(&r[0], "x-test: yes\n") && h2_has(&r[0], "x-last: end\n"));
	assert_true(str_eq(buf_str(&r[0].data), STR("hello")));
	assert_true(r[1].ended && r[1].status == 404 && r[1].heads == 1 && r[1].data.len == 0);
	assert_true(r[2].ended && r[2].status == 200 && r[2].heads == 2 && r[2].data.len == 0 && h2_has(&r[2], "x-last: end\n"));
	assert_true(r[3].ended && r[3].data.len == sizeof(big) && h2_has(&r[3], "x-last: end\n"));
	for (size_t i = 4; i < 40; i++)
		get(&c, &r[i], "/count", STR("123456789"));
	for (size_t i = 4; i < 40; i++) {
		UNTIL(r[i].closed);
		assert_true(r[i].ended && str_eq(buf_str(&r[i].data), STR("9")));
	}
	assert_int_equal(calls, 40);
	assert_int_equal(http2_server_held(server), 0);
	assert_int_equal(http2_server_connections(server), 1);
	for (size_t i = 0; i < 40; i++)
		h2_release(&r[i]);
	h2_close(&c);
	UNTIL(http2_server_connections(server) == 0);
}

static void test_later_and_gone(void **state)
{
	(void)state;
	struct h2_client c;
	struct h2_request r[5] = { 0 };
	h2_open(&c, l, &address, 0, false);
	for (size_t i = 0; i < 5; i++)
		get(&c, &r[i], i % 2 ? "/deaf" : "/later", STR("x"));
	UNTIL(kept_count == 5);
	answer(kept[0], 200, STR("0"), STR("end"));
	answer(kept[1], 200, STR("1"), STR("end"));
	UNTIL(r[0].closed && r[1].closed);
	assert_true(r[0].ended && r[1].ended && gone == 0);
	h2_cancel(&r[2]);
	UNTIL(gone == 1);
	assert_null(kept[2]);
	h2_close(&c);
	UNTIL(gone == 2 && http2_server_connections(server) == 0);
	assert_null(kept[4]);
	answer(kept[3], 200, STR("into the void"), STR("end")); /* it did not ask: answered when nobody listens any more */
	for (size_t i = 0; i < 5; i++)
		h2_release(&r[i]);
}

/* A client that ends its own sending still gets its answer; what it had only begun is dropped. */
static void test_half_closed(void **state)
{
	(void)state;
	struct h2_client c;
	struct h2_request r[2] = { 0 };
	h2_open(&c, l, &address, 0, false);
	get(&c, &r[0], "/later", STR("x"));
	r[1].pause = 1;
	get(&c, &r[1], "/echo", STR("xy"));
	UNTIL(kept_count == 1 && r[1].sent == 1);
	sys_shutdown_write(c.fd);
	UNTIL(r[1].closed);
	answer(kept[0], 200, STR("late"), STR("end"));
	UNTIL(r[0].closed && r[0].ended);
	assert_true(str_eq(buf_str(&r[0].data), STR("late")));
	UNTIL(c.ended && http2_server_connections(server) == 0);
	assert_int_equal(calls, 1);
	h2_release(&r[0]);
	h2_release(&r[1]);
	h2_close(&c);
}

/* --- memory -------------------------------------------------------------------------------------------------------------------------- */

static void test_budget(void **state)
{
	enum { SIZE = 150000, HELD = 400000 };
	static char body[SIZE];
	struct h2_client c, other;
	struct h2_request r[3] = { 0 }, more[2] = { 0 };
	(void)state;
	restart((struct http2_server_options){ .max_body = SIZE, .max_held = HELD, .body_size = body_size });
	h2_open(&c, l, &address, 0, false);
	h2_open(&other, l, &address, 0, false);
	for (size_t i = 0; i < 3; i++) { /* the first gets its share, 150000 - 65535; the second too; the third waits */
		r[i].pause = i < 2 ? SIZE : SIZE_MAX;
		get(&c, &r[i], "/count", sized(body, SIZE));
		UNTIL(r[i].sent == (i < 2 ? SIZE : 65535));
	}
	assert_int_equal(http2_server_held(server), 65535 * 3 + 2 * (SIZE - 65535));
	/* First windows are used up: a fourth request is refused, whoever sends it; one without a body is not. */
	get(&other, &more[0], "/count", STR("2 "));
	get(&other, &more[1], "/count", STR(""));
	UNTIL(more[0].closed && more[1].closed);
	assert_int_equal(more[0].status, 503);
	assert_int_equal(more[1].status, 200);
	assert_int_equal(refused[HTTP2_BUSY], 1);
	h2_cancel(&r[0]);
	UNTIL(r[2].closed);
	assert_true(r[2].ended && str_eq(buf_str(&r[2].data), STR("150000")));
	h2_go_on(&r[1], SIZE_MAX);
	UNTIL(r[1].closed);
	assert_true(r[1].ended && str_eq(buf_str(&r[1].data), STR("150000")));
	assert_int_equal(http2_server_held(server), 0);
	for (size_t i = 0; i < 3; i++)
		h2_release(&r[i]);
	h2_release(&more[0]);
	h2_release(&more[1]);
	h2_close(&c);
	h2_close(&other);
}

/* A connection that ends gives back what was set aside for it, and those who wait elsewhere go on. */
static void test_budget_of_the_gone(void **state)
{
	enum { SIZE = 150000 };
	static char body[SIZE];
	struct h2_client c, other;
	struct h2_request r[2] = { 0 }, waits = { 0 };
	(void)state;
	restart((struct http2_server_options){ .max_body = SIZE, .max_held = 400000, .body_size = body_size });
	h2_open(&c, l, &address, 0, false);
	h2_open(&other, l, &address, 0, false);
	for (size_t i = 0; i < 2; i++) {
		r[i].pause = SIZE - 1;
		get(&c, &r[i], "/count", sized(body, SIZE));
		UNTIL(r[i].sent == SIZE - 1);
	}
	get(&other, &waits, "/count", body[0] ? str_from(body, SIZE) : STR(""));
	UNTIL(waits.sent == 65535);
	h2_close(&c);
	UNTIL(waits.closed);
	assert_true(waits.ended && str_eq(buf_str(&waits.data), STR("150000")));
	assert_int_equal(http2_server_held(server), 0);
	h2_release(&waits);
	h2_release(&r[0]);
	h2_release(&r[1]);
	h2_close(&other);
}

static void test_too_large(void **state)
{
	enum { SIZE = 1 << 20 };
	static char body[SIZE + 10];
	struct h2_client c;
	struct h2_request r[3] = { 0 };
	(void)state;
	restart((struct http2_server_options){ .max_body = SIZE, .body_size = body_size });
	h2_open(&c, l, &address, 0, false);
	get(&c, &r[0], "/count", sized(body, SIZE + 1)); /* announced: refused before it is sent */
	UNTIL(r[0].closed);
	assert_true(r[0].ended && r[0].status == 413 && r[0].error == NGHTTP2_NO_ERROR && r[0].sent <= 65535);
	get(&c, &r[1], "/count", sized(body, SIZE));
	UNTIL(r[1].closed);
	assert_true(r[1].ended && r[1].status == 200);
	h2_close(&c);
	restart((struct http2_server_options){ .max_body = 100000 }); /* not announced: refused at its first byte too many */
	h2_open(&c, l, &address, 0, false);
	get(&c, &r[2], "/count", str_from(body, 100001));
	UNTIL(r[2].closed);
	assert_true(r[2].ended && r[2].status == 413 && refused[HTTP2_TOO_LARGE] == 1 && calls == 0);
	assert_int_equal(http2_server_held(server), 0);
	for (size_t i = 0; i < 3; i++)
		h2_release(&r[i]);
	h2_close(&c);
}

static void test_head_too_large(void **state)
{
	static char value[20000];
	struct h2_client c;
	struct h2_request r[2] = { 0 };
	(void)state;
	memset(value, 'v', sizeof(value));
	h2_open(&c, l, &address, 0, false);
	h2_ask(&c, &r[0], "POST", "/echo", "text/plain", "x-big", str_from(value, sizeof(value)), STR("x"));
	h2_ask(&c, &r[1], "POST", "/echo", "text/plain", "x-big", str_from(value, 16000), STR("x"));
	UNTIL(r[0].closed && r[1].closed);
	assert_int_equal(r[0].status, 431);
	assert_int_equal(r[1].status, 200);
	h2_release(&r[0]);
	h2_release(&r[1]);
	h2_close(&c);
}

/* --- time ------------------------------------------------------------------------------------------------------------------------------ */

static void test_late(void **state)
{
	struct h2_client c, silent, begun;
	struct h2_request r = { .pause = 3 };
	(void)state;
	restart((struct http2_server_options){ .read_timeout = 1500 * MSEC });
	h2_open(&c, l, &address, 0, false);
	get(&c, &r, "/echo", STR("hello"));
	UNTIL(r.closed);
	assert_true(r.ended && r.status == 408 && refused[HTTP2_LATE] == 1 && calls == 0);
	h2_open(&silent, l, &address, 0, true); /* says nothing at all */
	UNTIL(silent.ended);
	h2_open(&begun, l, &address, 0, true); /* a head that does not end holds up its connection */
	h2_raw(&begun, STR(NGHTTP2_CLIENT_MAGIC));
	h2_frame(&begun, NGHTTP2_SETTINGS, 0, 0, STR(""));
	h2_frame(&begun, NGHTTP2_HEADERS, 0, 1, STR("\x83\x86\x84"));
	UNTIL(begun.ended);
	h2_release(&r);
	h2_close(&c);
	h2_close(&silent);
	h2_close(&begun);
}

static void test_idle(void **state)
{
	struct h2_client c;
	struct h2_request r = { 0 };
	(void)state;
	restart((struct http2_server_options){ .idle = 300 * MSEC });
	h2_open(&c, l, &address, 0, false);
	get(&c, &r, "/later", STR("x"));
	UNTIL(kept_count == 1);
	int64_t until = sys_now() + 600 * MSEC;
	while (sys_now() < until) /* a connection with a call in progress is not idle */
		turn(l);
	assert_false(c.goaway);
	answer(kept[0], 200, STR("ok"), STR("end"));
	UNTIL(r.closed && c.goaway);
	assert_true(r.ended && c.goaway_error == NGHTTP2_NO_ERROR && c.goaway_last == r.id);
	UNTIL(c.ended && http2_server_connections(server) == 0);
	h2_release(&r);
	h2_close(&c);
}

/* Answers that are not taken: a stream whose window stays closed is reset, a socket that is not read from ends. */
static void test_slow_readers(void **state)
{
	struct h2_client c, deaf;
	struct h2_request r = { 0 }, many[30] = { 0 }, ok = { 0 };
	(void)state;
	restart((struct http2_server_options){ .write_timeout = 500 * MSEC });
	h2_open(&c, l, &address, 1000, false);
	get(&c, &r, "/big", STR("x"));
	UNTIL(r.data.len == 1000);
	UNTIL(r.closed);
	assert_true(!r.ended && r.error == NGHTTP2_CANCEL);
	h2_open(&deaf, l, &address, 16 << 20, false);
	nghttp2_session_set_local_window_size(deaf.session, NGHTTP2_FLAG_NONE, 0, 1 << 30);
	get(&deaf, &ok, "/echo", STR("x"));
	UNTIL(ok.closed);
	deaf.hold = true;
	for (size_t i = 0; i < 30; i++)
		get(&deaf, &many[i], "/big", STR("x"));
	UNTIL(calls >= 3);
	UNTIL(http2_server_connections(server) == 1);
	h2_release(&r);
	h2_release(&ok);
	for (size_t i = 0; i < 30; i++)
		h2_release(&many[i]);
	h2_close(&c);
	h2_close(&deaf);
}

/* --- abuse ------------------------------------------------------------------------------------------------------------------------------ */

static const char request_head[] = "\x83\x86\x84\x41\x01t"; /* POST / http, :authority t */

static void send_pings(struct h2_client *c, uint32_t i) { (void)i; h2_frame(c, NGHTTP2_PING, 0, 0, STR("12345678")); }
static void send_settings(struct h2_client *c, uint32_t i) { (void)i; h2_frame(c, NGHTTP2_SETTINGS, 0, 0, STR("")); }
static void send_priorities(struct h2_client *c, uint32_t i) { h2_frame(c, NGHTTP2_PRIORITY, 0, 2 * i + 1, STR("\0\0\0\0\1")); }
static void send_updates(struct h2_client *c, uint32_t i) { (void)i; h2_frame(c, NGHTTP2_WINDOW_UPDATE, 0, 0, STR("\0\0\0\1")); }
static void send_resets(struct h2_client *c, uint32_t i)
{
	h2_frame(c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2 * i + 1, str_from(request_head, sizeof(request_head) - 1));
	h2_frame(c, NGHTTP2_RST_STREAM, 0, 2 * i + 1, STR("\0\0\0\x8"));
}
static void send_empty_data(struct h2_client *c, uint32_t i)
{
	if (i == 0)
		h2_frame(c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, str_from(request_head, sizeof(request_head) - 1));
	h2_frame(c, NGHTTP2_DATA, 0, 1, STR(""));
}
static void send_continuations(struct h2_client *c, uint32_t i)
{
	if (i == 0)
		h2_frame(c, NGHTTP2_HEADERS, 0, 1, str_from(request_head, sizeof(request_head) - 1));
	h2_frame(c, NGHTTP2_CONTINUATION, 0, 1, STR("\x40\x01x\x01y"));
}

/* Each kind of flood ends its own connection, within ten thousand frames, while another client is served. */
static void test_floods(void **state)
{
	static void (*const floods[])(struct h2_client *, uint32_t) = { send_pings,   send_settings, send_priorities,   send_updates,
									send_resets,  send_empty_data, send_continuations };
	struct h2_client good;
	(void)state;
	h2_open(&good, l, &address, 0, false);
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		struct h2_client bad;
		struct h2_request r = { 0 };
		uint64_t cut = metric_get(METRIC_HTTP2_CUT);
		h2_open(&bad, l, &address, 0, true);
		h2_raw(&bad, STR(NGHTTP2_CLIENT_MAGIC));
		h2_frame(&bad, NGHTTP2_SETTINGS, 0, 0, STR(""));
		for (uint32_t n = 0; n < 10000; n++)
			floods[i](&bad, n);
		get(&good, &r, "/echo", STR("x"));
		UNTIL(bad.ended);
		UNTIL(r.closed);
		assert_true(r.ended && r.status == 200);
		assert_true(metric_get(METRIC_HTTP2_CUT) > cut || floods[i] == send_continuations || floods[i] == send_resets);
		h2_release(&r);
		h2_close(&bad);
	}
	UNTIL(http2_server_connections(server) == 1);
	h2_close(&good);
}

/* What gRPC clients do as a matter of course stays far within the allowance. */
static void test_keepalive_is_no_flood(void **state)
{
	struct h2_client c;
	(void)state;
	h2_open(&c, l, &address, 0, false);
	for (unsigned i = 0; i < 300; i++) {
		struct h2_request r = { 0 };
		for (unsigned k = 0; k < 8; k++)
			nghttp2_submit_ping(c.session, NGHTTP2_FLAG_NONE, NULL);
		get(&c, &r, "/echo", STR("x"));
		UNTIL(r.closed);
		assert_true(r.ended);
		h2_release(&r);
	}
	UNTIL(c.pongs == 2400);
	assert_false(c.goaway);
	h2_close(&c);
}

static void test_limits(void **state)
{
	struct h2_client c, second, third;
	(void)state;
	restart((struct http2_server_options){ .max_connections = 2 });
	h2_open(&c, l, &address, 0, true);
	h2_raw(&c, STR(NGHTTP2_CLIENT_MAGIC));
	h2_frame(&c, NGHTTP2_SETTINGS, 0, 0, STR(""));
	for (uint32_t i = 0; i < 100; i++) /* "/later", more than HTTP2_MAX_STREAMS of them */
		h2_frame(&c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 2 * i + 1, STR("\x83\x86\x04\x06/later\x41\x01t"));
	UNTIL(calls >= HTTP2_MAX_STREAMS);
	h2_open(&second, l, &address, 0, true);
	UNTIL(http2_server_connections(server) == 2);
	h2_open(&third, l, &address, 0, true);
	UNTIL(third.ended);
	assert_int_equal(calls, HTTP2_MAX_STREAMS);
	h2_close(&c);
	h2_close(&second);
	h2_close(&third);
	UNTIL(gone == HTTP2_MAX_STREAMS && http2_server_connections(server) == 0);
}

static void test_strangers(void **state)
{
	static const char *const words[] = { "GET / HTTP/1.1\r\nHost: t\r\n\r\n", "POST /v1/logs HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}",
					     "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n", "\x16\x03\x01\x02\x01 a TLS hello that is long enough" };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct raw r;
		raw_adopt(&r, l, sys_connect(&address));
		UNTIL(sys_connected(r.fd) != SYS_AGAIN);
		raw_send(l, &r, str_z(words[i]));
		UNTIL(r.eof || r.reset);
		assert_true(raw_has(&r, "HTTP/1.1 505 ") && raw_has(&r, "speaks HTTP/2"));
		raw_close(&r);
	}
	UNTIL(http2_server_connections(server) == 0);
	assert_int_equal(calls, 0);
}

/* --- the end ----------------------------------------------------------------------------------------------------------------------------- */

static void on_drained(void *ctx)
{
	(void)ctx;
	drained++;
}

static void test_drain(void **state)
{
	struct h2_client c, idle, stubborn;
	struct h2_request r = { 0 }, ok = { 0 }, late = { 0 };
	(void)state;
	h2_open(&c, l, &address, 0, false);
	h2_open(&idle, l, &address, 0, false);
	h2_open(&stubborn, l, &address, 0, false);
	get(&c, &r, "/later", STR("x"));
	get(&idle, &ok, "/echo", STR("x"));
	get(&stubborn, &late, "/later", STR("x"));
	UNTIL(kept_count == 2 && ok.closed);
	http2_server_drain(server, 60 * SECOND, on_drained, NULL);
	UNTIL(c.goaway && idle.ended);
	assert_true(c.goaway_error == NGHTTP2_NO_ERROR && c.goaway_last == r.id && drained == 0);
	for (int i = 0; i < 2; i++)
		answer(kept[i], 200, STR("still answered"), STR("end"));
	UNTIL(drained == 1);
	UNTIL(c.ended && stubborn.ended);
	assert_true(r.ended && r.status == 200 && late.ended);
	struct h2_client refused_one;
	h2_open(&refused_one, l, &address, 0, false);
	UNTIL(refused_one.ended);
	h2_release(&r);
	h2_release(&ok);
	h2_release(&late);
	h2_close(&c);
	h2_close(&idle);
	h2_close(&stubborn);
	h2_close(&refused_one);
}

static void test_drain_grace(void **state)
{
	struct h2_client c;
	struct h2_request r = { 0 };
	(void)state;
	h2_open(&c, l, &address, 0, false);
	get(&c, &r, "/later", STR("x"));
	UNTIL(kept_count == 1);
	http2_server_drain(server, 50 * MSEC, on_drained, NULL);
	UNTIL(drained == 1);
	assert_int_equal(gone, 1);
	UNTIL(c.ended);
	h2_release(&r);
	h2_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_later_and_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_half_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_budget, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_budget_of_the_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_head_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_idle, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow_readers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_floods, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keepalive_is_no_flood, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strangers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain_grace, set_up, tear_down),
	};
	sys_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
