/* The HTTP client against a scripted other side: framing of every kind, what breaks off, interim answers, the pool and its stale
 * connections, time-outs, cancelling, limits. */
#include "http_raw.h"
#include "net/http_client.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PEERS = 8 };
static struct loop *l;
static struct http_client *client;
static struct sys_addr address;
static int listener;
static struct watcher listener_watcher;
static struct raw peers[PEERS];
static size_t peer_count;
static bool hold_new; /* a peer does not read until it is told to */

static struct answer {
	int done, status, heads, pieces, stop_after;
	enum err_code code;
	bool connected;
	char body[4096];
	size_t len;
	struct http_call *call;
	bool cancel_in_head;
} answer;

static void on_listener(struct watcher *w, uint32_t what)
{
	(void)w;
	(void)what;
	for (int fd; (fd = sys_accept(listener, NULL)) >= 0;) {
		assert_true(peer_count < PEERS);
		struct raw *peer = &peers[peer_count++];
		raw_adopt(peer, l, fd);
		peer->hold = hold_new;
	}
}

static int set_up(void **state)
{
	(void)state;
	struct err e = {0};
	l = loop_new();
	client = http_client_new(l, NULL);
	assert_true(sys_addr_parse(&address, STR("127.0.0.1:0"), &e));
	listener = sys_listen(&address, 16);
	assert_true(listener >= 0 && sys_local_addr(listener, &address) == 0);
	watcher_start(&listener_watcher, l, listener, on_listener);
	peer_count = 0;
	hold_new = false;
	memset(&answer, 0, sizeof(answer));
	return 0;
}

static void close_listener(void)
{
	watcher_stop(&listener_watcher);
	if (listener >= 0)
		sys_close(listener);
	listener = -1;
}

static int tear_down(void **state)
{
	(void)state;
	http_client_free(client);
	close_listener();
	for (size_t i = 0; i < peer_count; i++)
		raw_close(&peers[i]);
	loop_free(l);
	return 0;
}

static void on_done(void *ctx, const struct http_result *r)
{
	struct answer *a = ctx;
	a->done++;
	a->status = r->status;
	a->code = r->err.code;
	a->connected = r->connected;
	assert_true((r->status == 0) == (r->head == NULL) && (r->status == 0) == err_is_set(&r->err));
	if (r->body.len) {
		assert_true(r->body.len <= sizeof(a->body));
		memcpy(a->body, r->body.p, r->body.len);
		a->len = r->body.len;
	}
}

static bool on_data(void *ctx, struct str piece)
{
	struct answer *a = ctx;
	memcpy(a->body + a->len, piece.p, piece.len);
	a->len += piece.len;
	return ++a->pieces != a->stop_after;
}

static void on_head(void *ctx, const struct http1_head *h)
{
	struct answer *a = ctx;
	a->heads++;
	assert_int_equal(h->status, 200);
	if (a->cancel_in_head)
		http_cancel(a->call);
}

static void call_with(struct http_call_options o, const char *method)
{
	o.address = address;
	o.method = str_z(method);
	if (!o.target.len)
		o.target = STR("/t");
	o.ctx = &answer;
	memset(answer.body, 0, sizeof(answer.body));
	answer.done = answer.status = 0;
	answer.len = 0;
	answer.code = ERR_NONE;
	answer.call = http_call(client, &o, on_done);
	assert_int_equal(answer.done, 0);
}

/* Calls; peer `n` gets the request and answers with these bytes. */
static void exchange(const char *method, size_t n, const char *bytes)
{
	call_with((struct http_call_options){0}, method);
	RUN_UNTIL(l, peer_count > n && raw_has(&peers[n], "\r\n\r\n"));
	buf_clear(&peers[n].got);
	raw_send(l, &peers[n], str_z(bytes));
}

static void end_peer(size_t n)
{
	sys_close(peers[n].fd);
	watcher_stop(&peers[n].watcher);
	peers[n].fd = -1;
}

static void expect_body(const char *body)
{
	RUN_UNTIL(l, answer.done == 1);
	assert_int_equal(answer.status, 200);
	assert_true(str_eq(str_from(answer.body, answer.len), str_z(body)));
}

static void test_framing(void **state)
{
	(void)state;
	exchange("GET", 0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	expect_body("hello");
	exchange("GET", 0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n");
	expect_body("hello");
	exchange("HEAD", 0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
	expect_body("");
	exchange("GET", 0,
	         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
	         "1\r\n\r\nx");
	expect_body("x");
	assert_int_equal(peer_count, 1); /* all on one connection */
	exchange("GET", 0, "HTTP/1.1 200 OK\r\n\r\nuntil the");
	turn(l);
	raw_send(l, &peers[0], STR(" end"));
	end_peer(0);
	expect_body("until the end");
	struct str slow = STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
	exchange("GET", 1, "");
	for (size_t i = 0; i < slow.len; i++) {
		raw_send(l, &peers[1], str_sub(slow, i, i + 1));
		turn(l);
	}
	expect_body("hello");
}

static void test_request_bytes(void **state)
{
	(void)state;
	call_with((struct http_call_options){.host = STR("shop"),
	                                     .target = STR("/a?b"),
	                                     .headers = STR("X-One: 1\r\n"),
	                                     .content_type = STR("text/plain"),
	                                     .body = STR("hi")},
	          "POST");
	RUN_UNTIL(l, peer_count == 1 && raw_has(&peers[0], "\r\n\r\nhi"));
	assert_true(
	    str_eq(buf_str(&peers[0].got), STR("POST /a?b HTTP/1.1\r\nHost: shop\r\nX-One: 1\r\nContent-Type: text/plain\r\n"
	                                       "Content-Length: 2\r\n\r\nhi")));
	raw_send(l, &peers[0], STR("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
	expect_body("");
	call_with((struct http_call_options){.target = STR("/a b")}, "GET");
	RUN_UNTIL(l, answer.done == 1);
	assert_int_equal(answer.code, ERR_INPUT);
	assert_int_equal(peer_count, 1);
}

static void test_broken_answers(void **state)
{
	(void)state;
	static const char *const broken[] = {
	    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
	    "SSH-2.0-OpenSSH_9.2\r\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		exchange("GET", i, broken[i]);
		RUN_UNTIL(l, answer.done == 1);
		assert_int_equal(answer.code, ERR_UPSTREAM);
		assert_true(answer.connected);
		RUN_UNTIL(l, peers[i].eof || peers[i].reset); /* never kept */
	}
}

static void test_broken_off(void **state)
{
	(void)state;
	static const char *const beginnings[] = {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
	                                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"};
	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		exchange("GET", i, beginnings[i]);
		turn(l);
		end_peer(i);
		RUN_UNTIL(l, answer.done == 1);
		assert_int_equal(answer.code, ERR_UPSTREAM);
		assert_true(answer.connected);
	}
}

static void test_stale_connection(void **state)
{
	(void)state;
	exchange("GET", 0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	expect_body("");
	end_peer(0); /* seen before use: a fresh connection, for any method */
	exchange("POST", 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	expect_body("");
	exchange("GET", 1, ""); /* closed when it has the request: once more on a fresh one */
	end_peer(1);
	RUN_UNTIL(l, peer_count == 3 && raw_has(&peers[2], "\r\n\r\n"));
	end_peer(2); /* but only once */
	RUN_UNTIL(l, answer.done == 1);
	assert_int_equal(answer.code, ERR_UPSTREAM);
	exchange("GET", 3, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	expect_body("");
	exchange("POST", 3, ""); /* it may have had its effect */
	end_peer(3);
	RUN_UNTIL(l, answer.done == 1);
	assert_int_equal(answer.code, ERR_UPSTREAM);
	assert_int_equal(peer_count, 4);
}

static void test_doubtful_connections_are_not_kept(void **state)
{
	(void)state;
	static const char *const doubtful[] = {
	    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n",
	    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
	    "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
	};
	for (size_t i = 0; i < ARRAY_LEN(doubtful); i++) {
		exchange("GET", i, doubtful[i]);
		expect_body("x");
		RUN_UNTIL(l, peers[i].eof || peers[i].reset);
	}
	exchange("GET", 3, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	expect_body("");
	raw_send(l, &peers[3], STR("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")); /* unasked */
	exchange("GET", 4, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
	expect_body("good");
}

static void test_time_outs(void **state)
{
	(void)state;
	call_with((struct http_call_options){.timeout = 30 * MSEC}, "GET");
	RUN_UNTIL(l, answer.done == 1);
	assert_int_equal(answer.code, ERR_TIMEOUT);
	assert_true(answer.connected);
	close_listener();
	call_with((struct http_call_options){0}, "GET");
	RUN_UNTIL(l, answer.done == 1);
	assert_int_equal(answer.code, ERR_UNAVAILABLE);
	assert_false(answer.connected);
}

static void test_streaming_and_cancelling(void **state)
{
	(void)state;
	struct http_call_options o = {.on_data = on_data, .on_head = on_head, .timeout = INT64_MAX};
	call_with(o, "GET");
	RUN_UNTIL(l, peer_count == 1 && raw_has(&peers[0], "\r\n\r\n"));
	raw_send(l, &peers[0], STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"));
	RUN_UNTIL(l, answer.pieces == 1);
	assert_int_equal(answer.heads, 1);
	raw_send(l, &peers[0], STR("3\r\ntwo\r\n0\r\n\r\n"));
	RUN_UNTIL(l, answer.done == 1);
	assert_string_equal(answer.body, "onetwo");

	answer.stop_after = 3;
	call_with(o, "GET");
	raw_send(l, &peers[0], STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n"));
	RUN_UNTIL(l, peers[0].eof || peers[0].reset);
	assert_int_equal(answer.done, 0);

	answer.cancel_in_head = true;
	call_with(o, "GET");
	RUN_UNTIL(l, peer_count == 2);
	raw_send(l, &peers[1], STR("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"));
	RUN_UNTIL(l, peers[1].eof || peers[1].reset);
	assert_int_equal(answer.done, 0);

	call_with((struct http_call_options){0}, "GET");
	http_cancel(answer.call);
	call_with((struct http_call_options){.target = STR("no")}, "GET"); /* already failed, not yet told */
	http_cancel(answer.call);
	turn(l);
	assert_int_equal(answer.done, 0);
	call_with((struct http_call_options){0}, "GET"); /* and one that the client's end cancels */
}

static bool on_data_pausing(void *ctx, struct str piece)
{
	struct answer *a = ctx;
	on_data(ctx, piece);
	http_pause(a->call);
	return true;
}

/* While paused nothing is read, so a sender fills its socket and stops; what comes after a resume is all there, the end too. */
static void test_pausing(void **state)
{
	static char block[1 << 20];
	(void)state;
	struct http_call_options o = { .on_data = on_data_pausing, .timeout = INT64_MAX };
	call_with(o, "GET");
	RUN_UNTIL(l, peer_count == 1 && raw_has(&peers[0], "\r\n\r\n"));
	raw_send(l, &peers[0], STR("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none"));
	RUN_UNTIL(l, answer.pieces == 1);
	raw_send(l, &peers[0], STR("two"));
	for (int i = 0; i < 5; i++)
		turn(l);
	assert_int_equal(answer.pieces, 1);
	http_resume(answer.call);
	assert_int_equal(answer.pieces, 1);
	RUN_UNTIL(l, answer.done == 1);
	assert_string_equal(answer.body, "onetwo");

	memset(block, 'x', sizeof(block));
	call_with(o, "GET");
	RUN_UNTIL(l, raw_has(&peers[0], "\r\n\r\n"));
	raw_send(l, &peers[0], STR("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\nx"));
	RUN_UNTIL(l, answer.pieces == 3);
	int64_t taken = 0, n;
	while ((n = sys_write(peers[0].fd, block, sizeof(block))) > 0 && taken < 9000000)
		taken += n;
	turn(l);
	assert_true(taken < 9000000); /* the socket is full: nobody reads */
	assert_int_equal(answer.pieces, 3);
	http_cancel(answer.call);     /* also while it is paused */
	turn(l);
	assert_int_equal(answer.done, 0);
}

static void test_too_large(void **state)
{
	(void)state;
	call_with((struct http_call_options){.max_body = 4}, "GET");
	RUN_UNTIL(l, peer_count == 1 && raw_has(&peers[0], "\r\n\r\n"));
	raw_send(l, &peers[0], STR("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
	RUN_UNTIL(l, answer.done == 1);
	assert_int_equal(answer.code, ERR_TOO_LARGE);
}

static void test_early_answer(void **state)
{
	(void)state;
	static char big[8 << 20];
	hold_new = true; /* else, on a busy machine, the whole body is through before the answer */
	call_with((struct http_call_options){.body = str_from(big, sizeof(big))}, "POST");
	RUN_UNTIL(l, peer_count == 1);
	raw_send(l, &peers[0], STR("HTTP/1.1 200 Enough\r\nContent-Length: 2\r\n\r\nno"));
	expect_body("no");
	peers[0].hold = false;
	raw_read(&peers[0]);
	RUN_UNTIL(l, peers[0].eof || peers[0].reset); /* the request was not out: not kept */
}

int main(void)
{
	sys_init();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_framing),          TEST(test_request_bytes),
	    TEST(test_broken_answers),   TEST(test_broken_off),
	    TEST(test_stale_connection), TEST(test_doubtful_connections_are_not_kept),
	    TEST(test_time_outs),        TEST(test_streaming_and_cancelling), TEST(test_pausing),
	    TEST(test_too_large),        TEST(test_early_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
