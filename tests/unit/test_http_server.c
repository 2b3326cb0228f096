/* The HTTP server over real sockets: whole and streamed answers, pipelining, every hostile request refused and the connection
 * closed, limits, time-outs, clients that go away, draining. */
#include "http1_cases.h"
#include "http_raw.h"
#include "net/http_server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct loop *l;
static struct http_server *server;
static struct sys_addr address;
static int calls, gone, drained;
static struct http_exchange *kept;
static size_t stream_left, stream_refusals;

static void on_gone(void *ctx)
{
	(void)ctx;
	gone++;
	kept = NULL;
}

static void pump(void *ctx)
{
	struct http_exchange *x = ctx;
	static char piece[100000];
	memset(piece, 'p', sizeof(piece));
	while (stream_left) {
		size_t n = stream_left < sizeof(piece) ? stream_left : sizeof(piece);
		if (!http_stream_write(x, str_from(piece, n))) {
			stream_refusals++;
			return;
		}
		assert_true(http_stream_queued(x) <= HTTP_STREAM_QUEUE + 64);
		stream_left -= n;
	}
	http_stream_end(x);
}

static void handle(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	const struct http_request *r = http_request(x);
	calls++;
	if (str_eq(r->path, STR("/echo"))) {
		http_answer(x, 200, STR("text/plain"), STR("X-Test: yes\r\n"), r->body);
	} else if (str_eq(r->path, STR("/error"))) {
		struct err e = {0};
		err_set(&e, ERR_NOT_FOUND, "no service \"%s\"", "x");
		err_place(&e, STR("pleach.yaml"), 3, 7);
		http_answer_err(x, &e);
	} else if (str_eq(r->path, STR("/later")) || str_eq(r->path, STR("/deaf"))) {
		kept = x;
		if (str_eq(r->path, STR("/later")))
			http_on_gone(x, on_gone, NULL);
	} else if (str_eq(r->path, STR("/stream"))) {
		http_stream_begin(x, 200, STR("text/plain"), STR(""));
		http_stream_on_drained(x, pump, x);
		http_on_gone(x, on_gone, NULL);
		pump(x);
	} else if (str_eq(r->path, STR("/abort"))) {
		http_stream_begin(x, 200, STR("text/plain"), STR(""));
		assert_true(http_stream_write(x, STR("half")));
		http_stream_abort(x);
	} else if (str_eq(r->path, STR("/empty"))) {
		http_answer(x, 204, STR(""), STR(""), STR(""));
	} else {
		struct str text =
		    arena_printf(http_arena(x), "%.*s %.*s%s", STR_FMT(r->head.method), STR_FMT(r->path), r->local ? " local" : "");
		http_answer(x, 200, STR("text/plain"), STR(""), text);
	}
}

static void start(const struct http_server_options *o)
{
	struct err e = {0};
	server = http_server_new(l, o, handle, NULL);
	assert_true(sys_addr_parse(&address, STR("127.0.0.1:0"), &e));
	if (!http_server_listen(server, &address, &address, &e))
		print_error("%s\n", e.message);
	assert_false(err_is_set(&e));
	calls = gone = drained = 0;
	stream_refusals = 0;
	kept = NULL;
}

static int set_up(void **state)
{
	(void)state;
	l = loop_new();
	start(&(struct http_server_options){.max_body = 1000, .read_timeout = 5 * SECOND});
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	http_server_free(server);
	loop_free(l);
	return 0;
}

static void restart(const struct http_server_options *o)
{
	http_server_free(server);
	start(o);
}

static void open_raw(struct raw *r)
{
	raw_adopt(r, l, sys_connect(&address));
	RUN_UNTIL(l, sys_connected(r->fd) != SYS_AGAIN);
}

/* Sends, waits for `want` in the answer. */
static void ask(const char *request, const char *want)
{
	struct raw r;
	open_raw(&r);
	raw_send(l, &r, str_z(request));
	RUN_UNTIL(l, raw_has(&r, want));
	raw_close(&r);
}

#define HOST_LINE "Host: t\r\n"

static void test_answers(void **state)
{
	(void)state;
	ask("GET /a HTTP/1.1\r\n" HOST_LINE "\r\n", "Content-Length: 6\r\n\r\nGET /a");
	ask("POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 5\r\n\r\nhello", "X-Test: yes\r\nContent-Length: 5\r\n\r\nhello");
	ask("POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
	    "\r\n\r\nhello");
	ask("GET /error HTTP/1.1\r\n" HOST_LINE "\r\n", "HTTP/1.1 404 Not Found\r\n");
	ask("GET /error HTTP/1.1\r\n" HOST_LINE "\r\n",
	    "{\"error\":\"not_found\",\"message\":\"no service \\\"x\\\"\",\"file\":\"pleach.yaml\",\"line\":3,\"column\":7}");
	ask("GET /empty HTTP/1.1\r\n" HOST_LINE "\r\n", "204 No Content\r\n");
	ask("GET /a HTTP/1.0\r\n\r\n", "Connection: close\r\n");
	ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive\r\n");
	RUN_UNTIL(l, http_server_connections(server) == 0);
	assert_int_equal(calls, 8);
}

static void test_head_and_204_have_no_body(void **state)
{
	(void)state;
	struct raw r;
	open_raw(&r);
	raw_send(l, &r,
	         STR("HEAD /a HTTP/1.1\r\n" HOST_LINE "\r\nGET /empty HTTP/1.1\r\n" HOST_LINE "\r\nGET /z HTTP/1.1\r\n" HOST_LINE
	             "\r\n"));
	RUN_UNTIL(l, raw_has(&r, "GET /z"));
	assert_true(raw_has(&r, "Content-Length: 7\r\n\r\nHTTP/1.1 204 No Content\r\n"));
	assert_false(raw_has(&r, "HEAD /a"));
	raw_close(&r);
}

static void test_pipelined_in_order(void **state)
{
	(void)state;
	struct raw r;
	struct buf all, want;
	buf_init(&all, 1 << 20);
	open_raw(&r);
	for (int i = 0; i < 300; i++)
		buf_printf(&all, "POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 4\r\n\r\n%04d", i);
	buf_add(&all, STR("GET /later HTTP/1.1\r\n" HOST_LINE "\r\nGET /last HTTP/1.1\r\n" HOST_LINE "\r\n"));
	raw_send(l, &r, buf_str(&all));
	RUN_UNTIL(l, kept && raw_has(&r, "\r\n\r\n0299"));
	for (int i = 0; i < 3; i++)
		turn(l);
	assert_false(raw_has(&r, "GET /last")); /* waits for the one before */
	http_answer(kept, 200, STR(""), STR(""), STR("now"));
	RUN_UNTIL(l, raw_has(&r, "GET /last"));
	buf_init(&want, 64);
	size_t at = 0;
	for (int i = 0; i < 300; i++) {
		buf_clear(&want);
		buf_printf(&want, "\r\n\r\n%04d", i);
		size_t found = str_find(str_skip(buf_str(&r.got), at), buf_str(&want));
		assert_true(found != SIZE_MAX);
		at += found;
	}
	buf_release(&all);
	buf_release(&want);
	raw_close(&r);
}

static void test_byte_by_byte(void **state)
{
	(void)state;
	struct raw r;
	open_raw(&r);
	struct str request = STR("POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
	for (size_t i = 0; i < request.len; i++) {
		raw_send(l, &r, str_sub(request, i, i + 1));
		if (i % 7 == 0)
			turn(l);
	}
	RUN_UNTIL(l, raw_has(&r, "\r\n\r\nabc"));
	raw_close(&r);
}

static void test_hostile_requests_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(http1_requests); i++) {
		const struct http1_case *c = &http1_requests[i];
		struct raw r;
		char want[32];
		if (c->result == HTTP1_DONE)
			continue;
		open_raw(&r);
		raw_send(l, &r, c->bytes);
		raw_send(l, &r, STR("GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"));
		RUN_UNTIL(l, r.eof || r.reset);
		snprintf(want, sizeof(want), "HTTP/1.1 %d ", http1_status(c->result));
		if (!raw_has(&r, want))
			print_error("%s: wanted %s, got %.*s\n", c->name, want, STR_FMT(buf_str(&r.got)));
		assert_true(raw_has(&r, want) && raw_has(&r, "Connection: close\r\n") && raw_has(&r, "\"error\":\""));
		assert_false(raw_has(&r, "smuggled"));
		raw_close(&r);
	}
	for (size_t i = 0; i < ARRAY_LEN(http1_chunk_cases); i++) {
		const struct http1_chunk_case *c = &http1_chunk_cases[i];
		struct raw r;
		if (c->result == HTTP1_DONE)
			continue;
		open_raw(&r);
		raw_send(l, &r, STR("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"));
		raw_send(l, &r, c->bytes);
		raw_send(l, &r, STR("GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"));
		RUN_UNTIL(l, r.eof || r.reset);
		assert_true(raw_has(&r, "HTTP/1.1 400 ") && !raw_has(&r, "smuggled"));
		raw_close(&r);
	}
	assert_int_equal(calls, 0);
}

static void test_limits(void **state)
{
	(void)state;
	ask("POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 1001\r\n\r\n", "HTTP/1.1 413 ");
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_add(&b, STR("POST /echo HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\n"));
	for (int i = 0; i < 51; i++)
		buf_add(&b, STR("14\r\n01234567890123456789\r\n"));
	buf_char(&b, 0);
	ask(buf_str(&b).p, "HTTP/1.1 413 ");
	buf_clear(&b);
	buf_printf(&b, "GET / HTTP/1.1\r\n" HOST_LINE "X: %0*d\r\n\r\n", HTTP1_MAX_HEAD, 0);
	buf_char(&b, 0);
	ask(buf_str(&b).p, "HTTP/1.1 431 ");
	buf_clear(&b);
	buf_printf(&b, "GET /%0*d HTTP/1.1\r\n" HOST_LINE "\r\n", HTTP1_MAX_TARGET, 0);
	buf_char(&b, 0);
	ask(buf_str(&b).p, "HTTP/1.1 414 ");
	buf_release(&b);
	assert_int_equal(calls, 0);
	restart(&(struct http_server_options){.max_connections = 1});
	struct raw first, second;
	open_raw(&first);
	RUN_UNTIL(l, http_server_connections(server) == 1);
	open_raw(&second);
	RUN_UNTIL(l, second.eof || second.reset);
	raw_send(l, &first, STR("GET /a HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, raw_has(&first, "GET /a"));
	raw_close(&first);
	raw_close(&second);
}

static void test_expect(void **state)
{
	(void)state;
	struct raw r;
	open_raw(&r);
	raw_send(l, &r, STR("POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
	RUN_UNTIL(l, raw_has(&r, "HTTP/1.1 100 Continue\r\n\r\n"));
	assert_int_equal(calls, 0);
	raw_send(l, &r, STR("ok"));
	RUN_UNTIL(l, raw_has(&r, "\r\n\r\nok"));
	raw_close(&r);
	open_raw(&r);
	raw_send(l, &r, STR("POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n"));
	RUN_UNTIL(l, r.eof);
	assert_true(raw_has(&r, "HTTP/1.1 413 ") && !raw_has(&r, " 100 "));
	raw_close(&r);
}

static void before_body(void *ctx, struct http_exchange *x)
{
	struct err e = {0};
	(void)ctx;
	assert_int_equal(http_request(x)->body.len, 0);
	err_set(&e, ERR_OVERLOAD, "not now");
	if (str_eq(http_request(x)->path, STR("/full")))
		http_answer_err(x, &e);
	else if (str_eq(http_request(x)->path, STR("/drop")))
		http_drop(x);
}

static void test_refused_before_the_body(void **state)
{
	(void)state;
	struct raw r;
	restart(&(struct http_server_options){.max_body = 1000, .read_timeout = 5 * SECOND, .before_body = before_body});
	open_raw(&r); /* no body: not asked */
	raw_send(l, &r, STR("GET /full HTTP/1.1\r\n" HOST_LINE "\r\nPOST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 2\r\n\r\nokGET / HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, raw_has(&r, "GET /full") && raw_has(&r, "\r\n\r\nok"));
	RUN_UNTIL(l, calls == 3);
	raw_close(&r);
	open_raw(&r);
	raw_send(l, &r, STR("POST /full HTTP/1.1\r\n" HOST_LINE "Content-Length: 900\r\nExpect: 100-continue\r\n\r\n"));
	RUN_UNTIL(l, r.eof);
	assert_true(raw_has(&r, "HTTP/1.1 429 ") && raw_has(&r, "Connection: close\r\n") && !raw_has(&r, " 100 "));
	raw_close(&r);
	open_raw(&r);
	raw_send(l, &r, STR("POST /full HTTP/1.1\r\n" HOST_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
	RUN_UNTIL(l, r.eof);
	assert_true(raw_has(&r, "HTTP/1.1 429 "));
	raw_close(&r);
	open_raw(&r);
	raw_send(l, &r, STR("POST /drop HTTP/1.1\r\n" HOST_LINE "Content-Length: 2\r\n\r\n"));
	RUN_UNTIL(l, r.eof || r.reset);
	assert_int_equal(r.got.len, 0);
	raw_close(&r);
	RUN_UNTIL(l, http_server_connections(server) == 0);
	assert_int_equal(calls, 3);
}

static void test_time_outs(void **state)
{
	(void)state;
	restart(&(struct http_server_options){.read_timeout = 50 * MSEC, .idle = 120 * MSEC});
	struct raw slow, body, idle;
	open_raw(&slow);
	open_raw(&body);
	open_raw(&idle);
	raw_send(l, &body, STR("POST /echo HTTP/1.1\r\n" HOST_LINE "Content-Length: 2\r\n\r\nx"));
	raw_send(l, &slow, STR("GET / HTTP/1.1\r\n"));
	int64_t start_time = sys_now();
	while (!slow.eof && sys_now() < start_time + 5 * SECOND) { /* a byte now and then does not help */
		raw_send(l, &slow, STR("X"));
		turn(l);
	}
	assert_true(raw_has(&slow, "HTTP/1.1 408 ") && raw_has(&slow, "\"error\":\"timeout\""));
	RUN_UNTIL(l, body.eof && idle.eof);
	assert_true(raw_has(&body, "HTTP/1.1 408 "));
	assert_int_equal(idle.got.len, 0);
	raw_close(&slow);
	raw_close(&body);
	raw_close(&idle);
	RUN_UNTIL(l, http_server_connections(server) == 0);
}

static void test_stream_with_back_pressure(void **state)
{
	(void)state;
	struct raw r;
	open_raw(&r);
	stream_left = 20 << 20;
	r.hold = true;
	raw_send(l, &r, STR("GET /stream HTTP/1.0\r\n\r\n"));
	RUN_UNTIL(l, stream_refusals > 0);
	for (int i = 0; i < 5; i++)
		turn(l);
	assert_true(stream_left > 0);
	r.hold = false;
	raw_read(&r);
	RUN_UNTIL(l, r.eof);
	size_t head = str_find(buf_str(&r.got), STR("\r\n\r\n")) + 4;
	assert_int_equal(r.got.len - head, 20 << 20);
	raw_close(&r);
	open_raw(&r);
	stream_left = 100001;
	raw_send(l, &r, STR("GET /stream HTTP/1.1\r\n" HOST_LINE "\r\nGET /after HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, raw_has(&r, "GET /after"));
	assert_true(raw_has(&r, "Transfer-Encoding: chunked\r\n\r\n186a0\r\nppp") &&
	            raw_has(&r, "p\r\n1\r\np\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"));
	raw_close(&r);
	assert_int_equal(gone, 0);
}

static void test_abort_is_visible(void **state)
{
	(void)state;
	struct raw r;
	open_raw(&r);
	raw_send(l, &r, STR("GET /abort HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, r.eof || r.reset);
	assert_false(raw_has(&r, "\r\n0\r\n\r\n"));
	raw_close(&r);
}

static void test_client_goes_away(void **state)
{
	(void)state;
	struct raw r;
	open_raw(&r);
	raw_send(l, &r, STR("GET /later HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, kept);
	sys_reset(r.fd);
	watcher_stop(&r.watcher);
	r.fd = -1;
	raw_close(&r);
	RUN_UNTIL(l, gone == 1);
	open_raw(&r); /* nobody told the handler: its answer goes nowhere, and nothing breaks */
	raw_send(l, &r, STR("GET /deaf HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, kept);
	sys_reset(r.fd);
	watcher_stop(&r.watcher);
	r.fd = -1;
	raw_close(&r);
	RUN_UNTIL(l, http_server_connections(server) == 0);
	http_answer(kept, 200, STR(""), STR(""), STR("late"));
	open_raw(&r); /* only our sending ends: the answer still comes, then the end */
	raw_send(l, &r, STR("GET /later HTTP/1.1\r\n" HOST_LINE "\r\n"));
	kept = NULL;
	RUN_UNTIL(l, kept);
	sys_shutdown_write(r.fd);
	for (int i = 0; i < 3; i++)
		turn(l);
	http_answer(kept, 200, STR(""), STR(""), STR("still"));
	RUN_UNTIL(l, r.eof);
	assert_true(raw_has(&r, "still"));
	raw_close(&r);
	assert_int_equal(gone, 1);
	open_raw(&r); /* left to the end of the server */
	raw_send(l, &r, STR("GET /deaf HTTP/1.1\r\n" HOST_LINE "\r\n"));
	kept = NULL;
	RUN_UNTIL(l, kept);
	raw_close(&r);
}

static void on_drained(void *ctx)
{
	(void)ctx;
	drained++;
}

static void test_drain(void **state)
{
	(void)state;
	struct raw busy, idle;
	open_raw(&busy);
	open_raw(&idle);
	raw_send(l, &busy, STR("GET /later HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, kept && http_server_connections(server) == 2);
	http_server_drain(server, 10 * SECOND, on_drained, NULL);
	RUN_UNTIL(l, idle.eof);
	assert_int_equal(drained, 0);
	http_answer(kept, 200, STR(""), STR(""), STR("last"));
	RUN_UNTIL(l, busy.eof);
	assert_true(raw_has(&busy, "last") && raw_has(&busy, "Connection: close"));
	raw_close(&busy);
	raw_close(&idle);
	RUN_UNTIL(l, drained == 1);

	restart(NULL);
	open_raw(&busy);
	raw_send(l, &busy, STR("GET /later HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, kept);
	http_server_drain(server, 20 * MSEC, on_drained, NULL); /* the handler never answers */
	RUN_UNTIL(l, drained == 1);
	assert_int_equal(gone, 1);
	raw_close(&busy);
}

static void test_unix_socket_and_taken_port(void **state)
{
	(void)state;
	char path[64];
	struct err e = {0};
	struct sys_addr unix_address;
	struct raw r;
	snprintf(path, sizeof(path), "unix:/tmp/pleach-test-%lld", (long long)sys_pid());
	assert_true(sys_addr_parse(&unix_address, str_z(path), &e));
	assert_true(http_server_listen(server, &unix_address, NULL, &e));
	raw_adopt(&r, l, sys_connect(&unix_address));
	raw_send(l, &r, STR("GET /u HTTP/1.1\r\n" HOST_LINE "\r\n"));
	RUN_UNTIL(l, raw_has(&r, "GET /u local"));
	raw_close(&r);
	sys_unlink(str_z(path + 5));
	struct http_server *other = http_server_new(l, NULL, handle, NULL);
	assert_false(http_server_listen(other, &address, NULL, &e));
	assert_int_equal(e.code, ERR_PORT_TAKEN);
	assert_non_null(strstr(e.message, "listens there already"));
	http_server_free(other);
}

int main(void)
{
	sys_init();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_answers),
	    TEST(test_head_and_204_have_no_body),
	    TEST(test_pipelined_in_order),
	    TEST(test_byte_by_byte),
	    TEST(test_hostile_requests_are_refused),
	    TEST(test_limits),
	    TEST(test_expect),
	    TEST(test_refused_before_the_body),
	    TEST(test_time_outs),
	    TEST(test_stream_with_back_pressure),
	    TEST(test_abort_is_visible),
	    TEST(test_client_goes_away),
	    TEST(test_drain),
	    TEST(test_unix_socket_and_taken_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
