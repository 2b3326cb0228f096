/* Unary gRPC: framing, encodings, codes and words of every refusal, RetryInfo, the health service; and the store behind it: what is answered
 * with success is there, a full queue says when to try again. */
#include "base/base64.h"
#include "base/gzip.h"
#include "base/pb.h"
#include "http2_client.h"
#include "http_raw.h"
#include "net/grpc.h"
#include "store_world.h"

#define UNTIL(condition)                                                                                                                       \
	do {                                                                                                                                   \
		int64_t until_deadline = sys_now() + 60 * SECOND;                                                                              \
		while (!(condition) && sys_now() < until_deadline)                                                                             \
			turn(l);                                                                                                               \
		if (!(condition))                                                                                                              \
			print_error("never came true: %s\n", #condition);                                                                     \
		assert_true(condition);                                                                                                        \
	} while (0)

enum { LIMIT = 100000 };
static struct loop *l;
static struct grpc_server *server;
static struct h2_client client;
static struct sys_addr address;
static unsigned failures;
static bool overloaded;

static void echo(void *ctx, struct http2_call *c, struct str message)
{
	(void)ctx;
	grpc_answer(c, message);
}

static void fail_with(void *ctx, struct http2_call *c, struct str message)
{
	struct err e = { 0 };
	uint64_t code;
	(void)ctx;
	assert_true(str_to_u64(message, &code));
	err_set(&e, (enum err_code)code, "100 %% of it,\nwith t\xc3\xa4st ");
	grpc_fail_err(c, &e);
}

static bool admit(void *ctx, size_t received, struct err *e)
{
	(void)ctx, (void)received;
	return !overloaded || err_set(e, ERR_OVERLOAD, "later");
}

static void failed(void *ctx)
{
	(void)ctx;
	failures++;
}

static const struct grpc_method methods[] = { { STR_INIT("/test.Echo/Say"), echo }, { STR_INIT("/test.Faults/Fail"), fail_with } };

static int set_up(void **state)
{
	struct err e = { 0 };
	struct grpc_options o = { .methods = methods, .method_count = 2, .max_received = LIMIT, .max_message = 2 * LIMIT, .admit = admit, .failed = failed };
	(void)state;
	l = loop_new();
	server = grpc_server_new(l, &o);
	assert_true(sys_addr_parse(&address, STR("127.0.0.1:0"), &e) && grpc_server_listen(server, &address, &address, &e));
	h2_open(&client, l, &address, 0, false);
	failures = 0;
	overloaded = false;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	h2_close(&client);
	grpc_server_free(server);
	loop_free(l);
	return 0;
}

static struct str framed(struct buf *b, uint8_t flag, struct str message)
{
	const uint8_t prefix[5] = { flag, (uint8_t)(message.len >> 24), (uint8_t)(message.len >> 16), (uint8_t)(message.len >> 8), (uint8_t)message.len };
	buf_init(b, 64 << 20);
	buf_add_bytes(b, prefix, 5);
	buf_add(b, message);
	return buf_str(b);
}

/* One call, to its end. encoding: grpc-encoding, or NULL. */
static void ask_raw(struct h2_request *r, const char *path, const char *type, const char *encoding, struct str body)
{
	*r = (struct h2_request){ 0 };
	h2_ask(&client, r, "POST", path, type, encoding ? "grpc-encoding" : NULL, encoding ? str_z(encoding) : STR(""), body);
	UNTIL(r->closed);
	assert_true(r->ended);
}

static void ask(struct h2_request *r, const char *path, const char *encoding, uint8_t flag, struct str message)
{
	struct buf b;
	ask_raw(r, path, "application/grpc", encoding, framed(&b, flag, message));
	buf_release(&b);
}

static void expect_ok(struct h2_request *r, struct str message)
{
	struct buf b;
	assert_int_equal(r->status, 200);
	assert_true(r->heads == 2 && h2_has(r, "content-type: application/grpc\n") && h2_has(r, "\ngrpc-status: 0\n"));
	assert_true(str_eq(buf_str(&r->data), framed(&b, 0, message)));
	buf_release(&b);
	h2_release(r);
}

static void expect_fail(struct h2_request *r, enum grpc_code code, const char *words, bool retry)
{
	char line[32];
	snprintf(line, sizeof(line), "\ngrpc-status: %d\n", (int)code);
	if (!h2_has(r, line) || !h2_has(r, words))
		fail_msg("not %s %s:\n%.*s", line, words, STR_FMT(buf_str(&r->fields)));
	assert_true(r->status == 200 && r->heads == 1 && r->data.len == 0 && h2_has(r, "content-type: application/grpc\n"));
	assert_int_equal(h2_has(r, "grpc-status-details-bin: "), retry);
	h2_release(r);
}

static void test_messages(void **state)
{
	static char large[2 * LIMIT + 1];
	struct buf gz;
	struct h2_request r;
	(void)state;
	memset(large, 'z', sizeof(large));
	ask(&r, "/test.Echo/Say", NULL, 0, STR("hello"));
	expect_ok(&r, STR("hello"));
	ask(&r, "/test.Echo/Say", "gzip", 0, STR("")); /* the encoding is of messages that are flagged */
	expect_ok(&r, STR(""));
	buf_init(&gz, 1 << 20);
	assert_true(gzip_deflate(str_from(large, 2 * LIMIT), 6, &gz));
	ask(&r, "/test.Echo/Say", "gzip", 1, buf_str(&gz));
	expect_ok(&r, str_from(large, 2 * LIMIT));
	buf_clear(&gz);
	assert_true(gzip_deflate(str_from(large, sizeof(large)), 6, &gz));
	ask(&r, "/test.Echo/Say", "gzip", 1, buf_str(&gz));
	expect_fail(&r, GRPC_RESOURCE_EXHAUSTED, "larger than 200000 bytes when decompressed", false);
	ask(&r, "/test.Echo/Say", NULL, 0, str_from(large, LIMIT));
	expect_ok(&r, str_from(large, LIMIT));
	assert_int_equal(failures, 1);
	ask(&r, "/test.Echo/Say", NULL, 0, str_from(large, LIMIT + 1));
	expect_fail(&r, GRPC_RESOURCE_EXHAUSTED, "larger than this server takes as it is sent", false);
	assert_int_equal(failures, 2);
	buf_release(&gz);
}

static void test_bad_frames(void **state)
{
	static const struct { const char *bytes; size_t len; const char *encoding; enum grpc_code code; const char *words; } cases[] = {
		{ "", 0, NULL, GRPC_INTERNAL, "not exactly one message" },
		{ "\0\0\0", 3, NULL, GRPC_INTERNAL, "not exactly one message" },
		{ "\0\0\0\0\2x", 6, NULL, GRPC_INTERNAL, "not exactly one message" },
		{ "\0\0\0\0\1xy", 7, NULL, GRPC_INTERNAL, "not exactly one message" },
		{ "\0\0\0\0\1x\0\0\0\0\1y", 12, NULL, GRPC_INTERNAL, "not exactly one message" },
		{ "\1\0\0\0\1x", 6, NULL, GRPC_INTERNAL, "does not say how" },
		{ "\1\0\0\0\1x", 6, "identity", GRPC_INTERNAL, "does not say how" },
		{ "\2\0\0\0\1x", 6, "gzip", GRPC_INTERNAL, "does not say how" },
		{ "\1\0\0\0\1x", 6, "snappy", GRPC_UNIMPLEMENTED, "\"snappy\" is not understood" },
		{ "\1\0\0\0\4abcd", 9, "gzip", GRPC_INVALID_ARGUMENT, "damaged or not gzip" },
		{ "\1\0\0\0\0", 5, "gzip", GRPC_INVALID_ARGUMENT, "ends too early" },
	};
	struct h2_request r;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_raw(&r, "/test.Echo/Say", "application/grpc+proto", cases[i].encoding, str_from(cases[i].bytes, cases[i].len));
		assert_true(h2_has(&r, "grpc-accept-encoding: identity,gzip\n"));
		expect_fail(&r, cases[i].code, cases[i].words, false);
	}
	assert_int_equal(failures, sizeof(cases) / sizeof(cases[0]));
}

static void test_not_grpc(void **state)
{
	struct h2_request r = { 0 };
	(void)state;
	ask(&r, "/test.Echo/Shout", NULL, 0, STR("x"));
	expect_fail(&r, GRPC_UNIMPLEMENTED, "no such method", false);
	ask_raw(&r, "/test.Echo/Say", "application/grpcx", NULL, STR("x"));
	assert_true(r.status == 415 && str_find(buf_str(&r.data), STR("content-type must be application/grpc")) != SIZE_MAX);
	h2_release(&r);
	ask_raw(&r, "/test.Echo/Say", "application/json", NULL, STR("{}"));
	assert_true(r.status == 415);
	h2_release(&r);
	r = (struct h2_request){ 0 };
	h2_ask(&client, &r, "GET", "/", "", NULL, STR(""), STR(""));
	UNTIL(r.closed);
	assert_true(r.ended && r.status == 405 && h2_has(&r, "allow: POST\n"));
	h2_release(&r);
}

/* Words in a field value: percent-encoded, and back again. The details say when to try again. */
static void test_errors(void **state)
{
	static const struct { enum err_code code; enum grpc_code grpc; bool retry; } rows[] = {
		{ ERR_INPUT, GRPC_INVALID_ARGUMENT, false },   { ERR_TOO_LARGE, GRPC_RESOURCE_EXHAUSTED, false }, { ERR_OVERLOAD, GRPC_UNAVAILABLE, true },
		{ ERR_UNAVAILABLE, GRPC_UNAVAILABLE, true },   { ERR_DISK_FULL, GRPC_RESOURCE_EXHAUSTED, true },  { ERR_BUG, GRPC_INTERNAL, false },
		{ ERR_FORBIDDEN, GRPC_PERMISSION_DENIED, false },
	};
	struct h2_request r;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char number[8];
		snprintf(number, sizeof(number), "%d", (int)rows[i].code);
		ask(&r, "/test.Faults/Fail", NULL, 0, str_z(number));
		expect_fail(&r, rows[i].grpc, "\ngrpc-message: 100 %25 of it,%0Awith t%C3%A4st%20\n", rows[i].retry);
	}
	overloaded = true;
	ask(&r, "/test.Echo/Say", NULL, 0, STR("x"));
	/* Status { 14, "later", RetryInfo { 1 s } } */
	static const char want[] = "\x08\x0e\x12\x05later";
	struct str fields = buf_str(&r.fields), bin;
	size_t at = str_find(fields, STR("grpc-status-details-bin: "));
	assert_true(at != SIZE_MAX);
	struct arena a;
	arena_init(&a, 65536);
	fields = str_skip(fields, at + sizeof("grpc-status-details-bin: ") - 1);
	struct str text = str_split(&fields, '\n');
	assert_true(text.len > 20 && !str_ends(text, STR("=")) && base64_decode(&a, text, &bin));
	assert_true(str_starts(bin, str_from(want, sizeof(want) - 1)));
	assert_true(str_find(bin, STR("type.googleapis.com/google.rpc.RetryInfo")) != SIZE_MAX && str_ends(bin, STR("\x08\x01")));
	arena_release(&a);
	expect_fail(&r, GRPC_UNAVAILABLE, "grpc-message: later\n", true);
	/* A large message is refused before it is read. */
	static char large[LIMIT];
	r = (struct h2_request){ 0 };
	struct buf b;
	h2_ask(&client, &r, "POST", "/test.Echo/Say", "application/grpc", NULL, STR(""), framed(&b, 0, str_from(large, LIMIT)));
	UNTIL(r.closed);
	assert_true(r.ended && r.sent <= HTTP2_WINDOW);
	expect_fail(&r, GRPC_UNAVAILABLE, "grpc-message: later\n", true);
	buf_release(&b);
}

static void ask_health(struct h2_request *r, const char *service)
{
	struct buf b;
	buf_init(&b, 4096);
	if (service[0])
		pb_bytes(&b, 1, str_z(service));
	ask(r, "/grpc.health.v1.Health/Check", NULL, 0, buf_str(&b));
	buf_release(&b);
}

static void test_health(void **state)
{
	struct h2_request r;
	(void)state;
	overloaded = true; /* busy is not ill */
	ask_health(&r, "");
	expect_ok(&r, STR("\x08\x01"));
	ask_health(&r, "test.Echo");
	expect_ok(&r, STR("\x08\x01"));
	ask_health(&r, "test.Ech");
	expect_fail(&r, GRPC_NOT_FOUND, "no such service", false);
	ask(&r, "/grpc.health.v1.Health/Check", NULL, 0, STR("\xff"));
	expect_fail(&r, GRPC_INVALID_ARGUMENT, "HealthCheckRequest", false);
	ask(&r, "/grpc.health.v1.Health/Watch", NULL, 0, STR(""));
	expect_fail(&r, GRPC_UNIMPLEMENTED, "no such method", false);
}

/* --- the store -------------------------------------------------------------------------------------------------------------------- */

static const char logs_path[] = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

static struct str log_request(struct buf *b, size_t records, const char *text)
{
	buf_init(b, 64 << 20);
	size_t resource = pb_begin(b, 1), scope = pb_begin(b, 2);
	for (size_t i = 0; i < records; i++) {
		size_t record = pb_begin(b, 2);
		pb_fixed64(b, 1, (uint64_t)sys_wall());
		size_t body = pb_begin(b, 5);
		pb_bytes(b, 1, str_z(text));
		pb_end(b, body);
		pb_end(b, record);
	}
	pb_end(b, scope);
	pb_end(b, resource);
	return buf_str(b);
}

static int store_up(void **state)
{
	struct grpc_options o;
	struct err e = { 0 };
	world_setup(state);
	struct world *w = *state;
	world_close(w); /* with little memory from now on */
	w->options.memory = 1 << 20;
	world_open(w);
	l = w->loop;
	store_grpc_options(w->store, &o);
	server = grpc_server_new(l, &o);
	assert_true(sys_addr_parse(&address, STR("127.0.0.1:0"), &e) && grpc_server_listen(server, &address, &address, &e));
	h2_open(&client, l, &address, 0, false);
	return 0;
}

static int store_down(void **state)
{
	h2_close(&client);
	grpc_server_free(server);
	return world_teardown(state);
}

static void test_store(void **state)
{
	struct world *w = *state;
	struct h2_request r;
	struct buf b;
	ask(&r, logs_path, NULL, 0, log_request(&b, 3, "over grpc"));
	expect_ok(&r, STR(""));
	buf_release(&b);
	/* Acknowledged is on disk and visible. */
	const struct json *found = WORLD_JSON(w, "/api/logs/histogram?q=grpc&buckets=1");
	assert_int_equal((int)json_get_i64(found, STR("total"), -1), 3);
	ask(&r, logs_path, NULL, 0, STR("\xff\xff"));
	expect_fail(&r, GRPC_INVALID_ARGUMENT, "not an OTLP protobuf message", false);
	ask(&r, logs_path, NULL, 0, STR(""));
	expect_ok(&r, STR(""));
	/* A span without ids is rejected alone; metric points are counted: partial success. */
	ask(&r, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", NULL, 0, STR("\x0a\x06\x12\x04\x12\x02\x2a\x00"));
	assert_true(h2_has(&r, "\ngrpc-status: 0\n") && str_find(buf_str(&r.data), STR("a span needs a trace id")) != SIZE_MAX);
	h2_release(&r);
	/* One metric with a gauge of two points. */
	ask(&r, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", NULL, 0, STR("\x0a\x0a\x12\x08\x12\x06\x2a\x04\x0a\x00\x0a\x00"));
	assert_true(h2_has(&r, "\ngrpc-status: 0\n") && str_find(buf_str(&r.data), STR("\x08\x02\x12\x2cmetrics are counted, not kept, by this store")) != SIZE_MAX);
	h2_release(&r);
}

/* More at once than the store has room for: each call is either acknowledged and there, or told to try again. */
static void test_store_overload(void **state)
{
	enum { CALLS = 40, RECORDS = 200 };
	struct world *w = *state;
	struct h2_request r[CALLS] = { 0 };
	struct buf b, message;
	char text[2001];
	unsigned good = 0, again = 0;
	memset(text, 'o', 2000);
	text[2000] = 0;
	struct str body = framed(&b, 0, log_request(&message, RECORDS, text));
	for (int i = 0; i < CALLS; i++)
		h2_ask(&client, &r[i], "POST", logs_path, "application/grpc", NULL, STR(""), body);
	for (int i = 0; i < CALLS; i++) {
		UNTIL(r[i].closed);
		assert_true(r[i].ended);
		good += h2_has(&r[i], "\ngrpc-status: 0\n");
		again += h2_has(&r[i], "\ngrpc-status: 14\n") && h2_has(&r[i], "grpc-status-details-bin: ");
		h2_release(&r[i]);
	}
	assert_int_equal(good + again, CALLS);
	assert_true(good > 0 && again > 0);
	world_settle(w);
	const struct json *found = WORLD_JSON(w, "/api/logs/histogram?q=&buckets=1");
	assert_int_equal((int)json_get_i64(found, STR("total"), -1), (int)(good * RECORDS));
	buf_release(&b);
	buf_release(&message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_frames, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_grpc, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_health, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_store, store_up, store_down),
		cmocka_unit_test_setup_teardown(test_store_overload, store_up, store_down),
	};
	sys_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
