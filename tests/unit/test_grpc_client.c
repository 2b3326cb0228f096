/* The unary gRPC client against our own server and against those that are none: every answer, and every way in which there is none, in words. */
#include "net/grpc_client.h"
#include "net/http_server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

enum { LIMIT = 1 << 20 };
static struct loop *l;
static struct grpc_server *server;
static struct sys_addr address;
static struct got {
	unsigned calls;
	struct err err;
	enum grpc_code code;
	char words[256], message[64];
	size_t size;
	bool has_message, type;
} got;

static void echo(void *ctx, struct http2_call *c, struct str message)
{
	(void)ctx;
	grpc_answer(c, message);
}

static void refuse(void *ctx, struct http2_call *c, struct str message)
{
	(void)ctx, (void)message;
	grpc_fail(c, GRPC_NOT_FOUND, STR("no 100 % sch\xc3\xb6n order"), 0);
}

static void silent(void *ctx, struct http2_call *c, struct str message) { (void)ctx, (void)c, (void)message; }

static int set_up(void **state)
{
	static const struct grpc_method methods[] = { { STR_INIT("/test.Echo/Say"), echo }, { STR_INIT("/test.Echo/Refuse"), refuse }, { STR_INIT("/test.Echo/Silent"), silent } };
	struct err e = { 0 };
	struct grpc_options o = { .methods = methods, .method_count = 3, .max_received = LIMIT, .max_message = LIMIT };
	(void)state;
	l = loop_new();
	server = grpc_server_new(l, &o);
	assert_true(sys_addr_parse(&address, STR("127.0.0.1:0"), &e) && grpc_server_listen(server, &address, &address, &e));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	grpc_server_free(server);
	loop_free(l);
	return 0;
}

static void on_reply(void *ctx, const struct grpc_reply *r)
{
	(void)ctx;
	got.calls++;
	got.err = r->err;
	got.code = r->code;
	snprintf(got.words, sizeof(got.words), "%.*s", STR_FMT(r->words));
	snprintf(got.message, sizeof(got.message), "%.*s", STR_FMT(r->message));
	got.size = r->message.len;
	got.has_message = r->has_message;
	for (size_t i = 0; i < r->field_count; i++)
		got.type |= str_eq(r->fields[i].name, STR("content-type"));
	loop_stop(l);
}

static void ask(const char *path, struct str message, size_t max_message, int64_t timeout)
{
	struct err e = { 0 };
	const struct http2_field field = { STR("x-tenant"), STR("acme") };
	got = (struct got){ 0 };
	struct grpc_client_options o = { .address = address, .path = str_z(path), .metadata = &field, .metadata_count = 1, .message = message, .max_message = max_message, .timeout = timeout };
	assert_non_null(grpc_call(l, &o, on_reply, NULL, &e));
	assert_int_equal(got.calls, 0);
	loop_run(l);
	assert_int_equal(got.calls, 1);
}

static void test_answers(void **state)
{
	static char large[LIMIT];
	(void)state;
	ask("/test.Echo/Say", STR("hello"), 0, 0);
	assert_true(!err_is_set(&got.err) && got.code == GRPC_OK && got.has_message && got.type);
	assert_string_equal(got.message, "hello");
	ask("/test.Echo/Say", STR(""), 0, 0);
	assert_true(got.code == GRPC_OK && got.has_message && got.size == 0);
	/* Beyond every first window of HTTP/2, both ways. */
	memset(large, 'x', sizeof(large));
	ask("/test.Echo/Say", str_from(large, sizeof(large) - 100), 0, 0);
	assert_true(!err_is_set(&got.err) && got.size == sizeof(large) - 100);
	ask("/test.Echo/Refuse", STR("x"), 0, 0);
	assert_true(!err_is_set(&got.err) && got.code == GRPC_NOT_FOUND && !got.has_message);
	assert_string_equal(got.words, "no 100 % sch\xc3\xb6n order");
	ask("/test.Echo/Nothing", STR("x"), 0, 0);
	assert_true(!err_is_set(&got.err) && got.code == GRPC_UNIMPLEMENTED);
	assert_string_equal(grpc_code_name(12), "UNIMPLEMENTED");
	assert_true(grpc_code_by_name(STR("NOT_FOUND")) == 5 && grpc_code_by_name(STR("MISSING")) == -1);
}

static void expect_fault(enum err_code code, const char *words)
{
	assert_int_equal(got.err.code, code);
	if (!strstr(got.err.message, words))
		fail_msg("%s", got.err.message);
}

static void html(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	http_answer(x, 200, STR("text/html"), STR(""), STR("<p>"));
}

static void test_no_answers(void **state)
{
	struct err e = { 0 };
	(void)state;
	ask("/test.Echo/Silent", STR("x"), 0, 50 * MSEC);
	expect_fault(ERR_TIMEOUT, "did not answer in time");
	ask("/test.Echo/Say", STR("hello"), 4, 0);
	expect_fault(ERR_TOO_LARGE, "larger message");
	struct grpc_client_options bad = { .address = address, .path = STR("test.Echo/Say") };
	assert_null(grpc_call(l, &bad, on_reply, NULL, &e));
	assert_int_equal(e.code, ERR_INPUT);
	/* A server of HTTP/1, then nobody. */
	struct http_server *http = http_server_new(l, NULL, html, NULL);
	struct sys_addr any;
	err_clear(&e);
	assert_true(sys_addr_parse(&any, STR("127.0.0.1:0"), &e) && http_server_listen(http, &any, &address, &e));
	ask("/test.Echo/Say", STR("x"), 0, 0);
	expect_fault(ERR_UPSTREAM, "HTTP/2 with prior knowledge");
	http_server_free(http);
	ask("/test.Echo/Say", STR("x"), 0, 0);
	expect_fault(ERR_UNAVAILABLE, "cannot be reached");
}

static void test_cancel(void **state)
{
	struct err e = { 0 };
	(void)state;
	got = (struct got){ 0 };
	struct grpc_client_options o = { .address = address, .path = STR("/test.Echo/Silent"), .message = STR("x") };
	struct grpc_call *c = grpc_call(l, &o, on_reply, NULL, &e);
	assert_non_null(c);
	grpc_cancel(c);
	ask("/test.Echo/Say", STR("after"), 0, 0);
	assert_string_equal(got.message, "after");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
