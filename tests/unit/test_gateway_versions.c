/* What the gateway does with versions of an API that go away, or that another version's provider serves: headers, brown-outs, transforms. */
#include "gateway_world.h"
#include "base/metric.h"
#include "model/lifetime.h"

static struct got got;
#define DAY (86400 * (int64_t)SECOND)

#define TRANSFORM \
	"operations:\\n" \
	"  - old: POST /v1/orders\\n" \
	"    new: PUT /v2/purchases\\n" \
	"    query: [ { rename: { from: dry, to: dry_run } } ]\\n" \
	"    request:\\n" \
	"      - rename: { from: name, to: customer.name }\\n" \
	"      - set: { at: source, value: v1 }\\n" \
	"    response:\\n" \
	"      - rename: { from: total.cents, to: total_cents }\\n" \
	"      - remove: { at: total }\\n" \
	"    failure: [ { rename: { from: problem, to: error } } ]\\n" \
	"    status: { 202: 201 }\\n" \
	"  - old: GET /v1/orders/{id}\\n" \
	"    new: GET /v2/purchases/{id}/summary\\n" \
	"    response: [ { map: { at: state, values: { sent: done } } } ]\\n"
#define SERVES \
	"{\"version\":\"v1\",\"path\":\"/v1\",\"deprecated\":1767225600000000000,\"sunset\":1924991999000000000,\"successor\":\"v2\"," \
	"\"documentation\":\"https://docs.example/move\"%s},{\"version\":\"v2\",\"path\":\"/v2\"}"

static struct world *world_of(void (*react)(struct peer *p), const char *more)
{
	static char serves[8192];
	struct world *w = world_new(react);
	snprintf(serves, sizeof(serves), SERVES, more);
	w->serves = serves;
	world_start(w);
	return w;
}

static void headers_of_a_version(void **state)
{
	(void)state;
	struct world *w = world_of(react_echo, "");
	struct peer *c = edge_client(w, "GET /orders/v1/list HTTP/1.1\r\nHost: h\r\n\r\n");
	await_status(c, &got, 200);
	assert_true(str_eq(got_header(&got, "deprecation"), STR("@1767225600")));
	assert_true(str_eq(got_header(&got, "sunset"), STR("Mon, 31 Dec 2030 23:59:59 GMT")) || str_eq(got_header(&got, "sunset"), STR("Tue, 31 Dec 2030 23:59:59 GMT")));
	assert_true(str_eq(got_header(&got, "link"), STR("<https://docs.example/move>; rel=\"deprecation\", <https://docs.example/move>; rel=\"sunset\", "
							 "</orders/v2>; rel=\"successor-version\"")));
	/* Within the fleet the successor's path is what the provider sees. */
	struct peer *in = client_to(w, &w->inner);
	peer_send(in, STR("GET /v1/list HTTP/1.1\r\nHost: h\r\n\r\n"));
	await_status(in, &got, 200);
	assert_true(str_find(got_header(&got, "link"), STR("</v2>; rel=\"successor-version\"")) != SIZE_MAX);
	/* The other version says nothing. */
	c = edge_client(w, "GET /orders/v2/list HTTP/1.1\r\nHost: h\r\n\r\n");
	await_status(c, &got, 200);
	assert_null(got_header(&got, "deprecation").p);
	assert_null(got_header(&got, "sunset").p);
	assert_null(got_header(&got, "link").p);
	/* Our own answers say it too. */
	w->healthy = 0;
	struct err e = { 0 };
	assert_true(world_apply(w, &e));
	c = edge_client(w, "GET /orders/v1/list HTTP/1.1\r\nHost: h\r\n\r\n");
	await_status(c, &got, 503);
	assert_true(str_eq(got_header(&got, "deprecation"), STR("@1767225600")));
	world_free(w);
}

static void react_says_itself(struct peer *p)
{
	struct http1_head h;
	struct buf text;
	buf_init(&text, 65536);
	while (peer_take_request(p, &text, &h))
		peer_send(p, STR("HTTP/1.1 200 OK\r\nDeprecation: @1\r\nSUNSET: Sat, 01 Jan 2028 00:00:00 GMT\r\nLink: <x>; rel=\"next\"\r\nContent-Length: 0\r\n\r\n"));
	buf_release(&text);
	if (p->ended)
		peer_end(p, sys_close);
}

static void what_the_provider_says_stays(void **state)
{
	(void)state;
	struct world *w = world_of(react_says_itself, "");
	struct peer *c = edge_client(w, "GET /orders/v1/list HTTP/1.1\r\nHost: h\r\n\r\n");
	await_status(c, &got, 200);
	struct str head = str_sub(got.whole, 0, got.head.size);
	assert_true(str_find(head, STR("Deprecation: @1\r\n")) != SIZE_MAX && str_find(head, STR("Deprecation: @17")) == SIZE_MAX);
	assert_true(str_find(head, STR("SUNSET: Sat")) != SIZE_MAX && str_find(head, STR("Sunset:")) == SIZE_MAX);
	assert_true(str_find(head, STR("Link: <x>; rel=\"next\"\r\n")) != SIZE_MAX && str_find(head, STR("successor-version")) != SIZE_MAX);
	world_free(w);
}

static void brownouts(void **state)
{
	(void)state;
	char more[256];
	int64_t now = sys_wall();
	snprintf(more, sizeof(more), ",\"brownouts\":[{\"from\":%lld,\"to\":%lld,\"every\":%lld,\"until\":%lld,\"status\":410}]", (long long)(now - DAY),
		 (long long)(now - DAY + 60 * SECOND), (long long)DAY, (long long)(now + 10 * DAY));
	struct world *w = world_of(react_echo, more);
	struct peer *c = edge_client(w, "GET /orders/v1/list HTTP/1.1\r\nHost: h\r\n\r\n");
	await(c, &got);
	assert_int_equal(got.head.status, 410);
	uint64_t after;
	assert_true(str_to_u64(got_header(&got, "retry-after"), &after) && after > 50 && after <= 60);
	assert_true(got_has(&got, "\"error\":\"brownout\""));
	assert_true(got_has(&got, "\"ends\":\""));
	assert_true(got_has(&got, "\"successor\":\"v2\""));
	assert_true(got_has(&got, "\"documentation\":\"https://docs.example/move\""));
	assert_true(got_header(&got, "deprecation").len > 0);
	await_records(w, 1);
	assert_reason(w, 0, "brownout");
	assert_int_equal(w->backends[0].requests, 0);
	assert_int_equal(metric_get(METRIC_GATEWAY_BROWNOUTS), 1);
	c = edge_client(w, "GET /orders/v2/list HTTP/1.1\r\nHost: h\r\n\r\n");
	await_status(c, &got, 200);
	world_free(w);
}

static void brownout_times(void **state)
{
	(void)state;
	struct brownout b[] = { { 100, 110, 50, 270, 503 }, { 400, 500, 0, 500, 410 } };
	struct served v = { .brownouts = b, .brownouts_count = 2 };
	static const struct { int64_t now; int on; int64_t ends, change; } cases[] = {
		{ 0, -1, 0, 100 },    { 99, -1, 0, 100 },   { 100, 0, 110, 110 }, { 109, 0, 110, 110 },   { 110, -1, 0, 150 }, { 155, 0, 160, 160 },
		{ 250, 0, 260, 260 }, { 260, -1, 0, 400 },  { 300, -1, 0, 400 },  { 450, 1, 500, 500 }, { 500, -1, 0, INT64_MAX },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ends = 0, change = 0;
		const struct brownout *on = lifetime_brownout(&v, cases[i].now, &ends, &change);
		if (on != (cases[i].on < 0 ? NULL : &b[cases[i].on]) || (on && ends != cases[i].ends) || change != cases[i].change)
			fail_msg("at %lld: ends %lld, changes %lld", (long long)cases[i].now, (long long)ends, (long long)change);
	}
	/* A series ends in the middle of a time: that time is cut. */
	b[0].until = 255;
	int64_t ends;
	assert_non_null(lifetime_brownout(&v, 254, &ends, NULL));
	assert_int_equal(ends, 255);
}

/* --- transforms ------------------------------------------------------------------------------------------------------------------------------- */

static const char *answer_head, *answer_body;
static void react_answers(struct peer *p)
{
	struct http1_head h;
	struct buf text;
	buf_init(&text, PEER_MAX * 8);
	while (peer_take_request(p, &text, &h)) {
		p->backend->requests++;
		peer_send(p, str_z(answer_head));
		peer_send(p, str_z(answer_body));
		if (!strstr(answer_head, "Content-Length") && !strstr(answer_head, "chunked"))
			peer_end(p, sys_close);
	}
	buf_release(&text);
	if (p->ended)
		peer_end(p, sys_close);
}

static struct world *shifted(void) { return world_of(react_answers, ",\"served_by\":\"v2\",\"transform\":\"t.yaml\",\"transform_text\":\"" TRANSFORM "\""); }

static bool saw(struct world *w, const char *text) { return str_find(buf_str(&w->backends[0].seen), str_z(text)) != SIZE_MAX; }

static void a_call_is_transformed(void **state)
{
	(void)state;
	struct world *w = shifted();
	answer_head = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 28\r\nETag: \"a\"\r\n\r\n";
	answer_body = "{\"id\":7,\"total\":{\"cents\":5}}";
	struct peer *c = edge_client(w, "POST /orders/v1/orders?dry=1&x=a%20b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 14\r\n"
					"Accept-Encoding: gzip\r\nX-Last: end\r\n\r\n{\"name\":\"anna\"");
	assert_false(world_try(w, has_ended, c, 20 * MSEC)); /* not whole yet: nobody is asked */
	assert_int_equal(w->backends[0].connections, 0);
	peer_send(c, STR("}"));
	(void)c;
	world_free(w);
	w = shifted();
	c = edge_client(w, "POST /orders/v1/orders?dry=1&x=a%20b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 15\r\n"
			   "Accept-Encoding: gzip\r\nX-Last: end\r\n\r\n{\"name\":\"anna\"}GET /orders/v1/orders/a%2Fb HTTP/1.1\r\nHost: h\r\n\r\n");
	await(c, &got);
	assert_int_equal(got.head.status, 201);
	assert_true(str_starts(got.whole, STR("HTTP/1.1 201 Created\r\n")));
	assert_true(str_eq(got_body(&got), STR("{\"id\":7,\"total_cents\":5}")));
	assert_true(str_eq(got_header(&got, "etag"), STR("\"a\"")) && got_header(&got, "deprecation").len);
	assert_int_equal(got_header(&got, "pleach-trace").len, 32);
	assert_true(saw(w, "PUT /v2/purchases?dry_run=1&x=a%20b HTTP/1.1\r\n"));
	assert_true(saw(w, "{\"customer\":{\"name\":\"anna\"},\"source\":\"v1\"}"));
	assert_true(saw(w, "X-Last: end\r\n") && saw(w, "Content-Length: 42\r\n") && !saw(w, "Accept-Encoding") && !saw(w, "Content-Length: 15"));
	world_free(w);
}

struct answer_case { const char *head, *body; int status; const char *wanted; };
static void answers(void **state)
{
	(void)state;
	static const struct answer_case cases[] = {
		/* chunked, and until close */
		{ "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\n{\"sta\r\na\r\nte\":\"sent\"\r\n1\r\n}\r\n0\r\n\r\n", 200,
		  "{\"state\":\"done\"}" },
		{ "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", "{\"state\":\"sent\"}", 200, "{\"state\":\"done\"}" },
		/* not JSON: as it is */
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n", "sent", 200, "sent" },
		{ "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n", "{\"state\":\"sent\"}", 404, "{\"state\":\"sent\"}" },
		/* what cannot be transformed is not passed on */
		{ "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n", "{\"a\":", 502, "transform_answer" },
		{ "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n", "\x1f\x8b\x01\x02", 502, "compressed" },
		{ "HTTP/1.1 206 Partial Content\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n", "{\"a\"", 502, "part" },
		/* broken off */
		{ "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\n{\"sta\r\nzz", 502, "bad_answer" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world *w = shifted();
		answer_head = cases[i].head;
		answer_body = cases[i].body;
		struct peer *c = edge_client(w, "GET /orders/v1/orders/7?a=b HTTP/1.1\r\nHost: h\r\n\r\n");
		await(c, &got);
		if (got.head.status != cases[i].status || !got_has(&got, cases[i].wanted))
			fail_msg("%zu: %d %.*s", i, got.head.status, STR_FMT(got_body(&got)));
		assert_true(saw(w, "GET /v2/purchases/7/summary?a=b HTTP/1.1\r\n"));
		world_free(w);
	}
}

static void requests_that_cannot_be(void **state)
{
	(void)state;
	static const struct { const char *text; int status; const char *wanted; } cases[] = {
		{ "POST /orders/v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{\"a", 400, "not JSON" },
		{ "POST /orders/v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n{\"a", 415, "compressed" },
		{ "POST /orders/v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_request" },
		{ "GET /orders/v1/orders/.. HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world *w = shifted();
		answer_head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
		answer_body = "";
		struct peer *c = edge_client(w, cases[i].text);
		await(c, &got);
		if (i < 3 && (got.head.status != cases[i].status || !got_has(&got, cases[i].wanted)))
			fail_msg("%zu: %d %.*s", i, got.head.status, STR_FMT(got_body(&got)));
		if (i < 3)
			assert_int_equal(w->backends[0].requests, 0);
		world_free(w);
	}
}

/* Only the beginning of the path changes where no operation is named; bodies pass. */
static void other_operations_pass(void **state)
{
	(void)state;
	struct world *w = shifted();
	answer_head = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n";
	answer_body = "{\"state\":\"sent\"}";
	struct peer *c = edge_client(w, "PATCH /orders/v1/orders/7/x?q HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
	await_status(c, &got, 202);
	assert_true(got_has(&got, "{\"state\":\"sent\"}"));
	assert_true(saw(w, "PATCH /v2/orders/7/x?q HTTP/1.1\r\n") && saw(w, "2\r\n{}\r\n0\r\n\r\n"));
	await_records(w, 1);
	assert_string_equal(span_attribute(w, 0, CALL_API), "v1");
	world_free(w);
}

/* More than a connection's queue holds, in both directions, from and to somebody who is slow. */
static void large_bodies(void **state)
{
	(void)state;
	enum { TEXT = 900000 };
	static char text[TEXT + 1], body[TEXT + 64], head[256];
	memset(text, 'x', TEXT);
	struct world *w = shifted();
	snprintf(body, sizeof(body), "{\"total\":{\"cents\":1},\"t\":\"%s\"}", text);
	answer_body = body;
	snprintf(head, sizeof(head), "HTTP/1.1 202 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", strlen(body));
	answer_head = head;
	struct peer *c = client_to(w, &w->edge);
	c->stalled = true;
	char ask[256];
	snprintf(ask, sizeof(ask), "POST /orders/v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", TEXT + 11);
	peer_send(c, str_z(ask));
	assert_false(world_try(w, has_ended, c, 50 * MSEC));
	peer_send(c, STR("{\"name\":\""));
	peer_send(c, str_from(text, TEXT));
	peer_send(c, STR("\"}"));
	assert_false(world_try(w, has_ended, c, 200 * MSEC));
	assert_true(w->backends[0].requests == 1);
	assert_true(gateway_held(w->gateway).largest_queue < 128 * 1024);
	c->stalled = false;
	peer_read(c);
	while (c->in.len < TEXT)
		world_try(w, has_ended, c, 5 * MSEC);
	assert_true(str_starts(buf_str(&c->in), STR("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n")));
	for (int i = 0; i < 100 && !str_ends(buf_str(&c->in), STR(",\"total_cents\":1}")); i++)
		world_try(w, has_ended, c, 5 * MSEC);
	assert_true(str_ends(buf_str(&c->in), STR("x\",\"total_cents\":1}")));
	assert_true(saw(w, "\"customer\":{\"name\":\"xxx") && !saw(w, "Expect"));
	/* One byte too many is refused. */
	c = client_to(w, &w->edge);
	peer_send(c, STR("POST /orders/v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n"));
	peer_send(c, str_from(text, TEXT));
	peer_send(c, str_from(text, 1048577 - TEXT));
	await(c, &got);
	assert_int_equal(got.head.status, 413);
	world_free(w);
}

/* A hundred header lines of which every second ends here, an absolute target, a body: more pieces than the system takes at once. */
static void as_many_pieces_as_can_be(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct buf b;
	buf_init(&b, 65536);
	buf_add(&b, STR("POST http://h/orders/a?q HTTP/1.1\r\nHost: h\r\nx: 1\r\nTransfer-Encoding: chunked\r\nx: 1\r\ntracestate: a=1\r\nx: 2\r\n"
			"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nx: 3\r\n"));
	for (int i = 0; i < 46; i++)
		buf_add(&b, STR("TE: x\r\nx: 1\r\n"));
	buf_add(&b, STR("\r\n2\r\n{}\r\n"));
	struct peer *c = client_to(w, &w->edge);
	peer_send(c, buf_str(&b));
	assert_false(world_try(w, has_ended, c, 20 * MSEC));
	peer_send(c, STR("0\r\n\r\n"));
	await_status(c, &got, 200);
	buf_release(&b);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_of_a_version),	   cmocka_unit_test(what_the_provider_says_stays), cmocka_unit_test(brownouts),
		cmocka_unit_test(brownout_times),	   cmocka_unit_test(a_call_is_transformed),	   cmocka_unit_test(answers),
		cmocka_unit_test(requests_that_cannot_be), cmocka_unit_test(other_operations_pass),	   cmocka_unit_test(large_bodies),
		cmocka_unit_test(as_many_pieces_as_can_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
