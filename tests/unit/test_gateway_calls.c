/* What the gateway does with calls that go well: routes, heads, bodies in every framing, connections kept, ids, deadlines, records. */
#include "gateway_world.h"

static struct got got;

static void a_call_at_the_edge(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = edge_client(w, "GET /orders/v1/list?open=1 HTTP/1.1\r\nHost: shop.example\r\nX-Request-Id: r-17\r\nAccept: a\r\nAccept: b\r\n\r\n");
	await_status(c, &got, 200);
	assert_true(str_starts(got_body(&got), STR("GET /v1/list?open=1 HTTP/1.1\r\nHost: shop.example\r\nX-Request-Id: r-17\r\nAccept: a\r\nAccept: b\r\n")));
	assert_true(got_has(&got, "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"));
	assert_true(got_has(&got, "\r\ntraceparent: 00-"));
	assert_int_equal(got_header(&got, "pleach-trace").len, 32);
	char sent[64];
	snprintf(sent, sizeof(sent), "traceparent: 00-%.*s-", STR_FMT(got_header(&got, "pleach-trace")));
	assert_true(got_has(&got, sent));
	await_records(w, 1);
	assert_string_equal(span_attribute(w, 0, CALL_CALLER), "edge");
	assert_string_equal(span_attribute(w, 0, CALL_SERVICE), "orders");
	assert_string_equal(span_attribute(w, 0, CALL_PATH), "/orders/v1/list");
	assert_string_equal(span_attribute(w, 0, CALL_STATUS), "200");
	assert_string_equal(span_attribute(w, 0, CALL_ORIGIN), "started");
	assert_string_equal(span_attribute(w, 0, CALL_REQUEST_ID), "r-17");
	assert_string_equal(span_attribute(w, 0, CALL_REASON), "");
	struct str attempt = attempt_event(w, 0, 0);
	assert_string_equal(attribute(attempt, 3, ATTEMPT_INSTANCE), "orders-1");
	assert_string_equal(attribute(attempt, 3, ATTEMPT_RESULT), "answered");
	assert_string_equal(attribute(attempt, 3, ATTEMPT_REUSED), "0");
	assert_null(attempt_event(w, 0, 1).p);
	assert_string_equal(attribute(pb_find(pb_find(str_from(w->records[0], w->record_len[0]), 1, 0), 1, 0), 1, "service.name"), "gateway");
	world_free(w);
}

static void between_services(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = client_to(w, &w->inner);
	peer_send(c, STR("GET /orders/v1/list HTTP/1.1\r\nHost: h\r\n\r\n"));
	await_status(c, &got, 200);
	assert_true(str_starts(got_body(&got), STR("GET /orders/v1/list HTTP/1.1\r\n")));
	assert_false(got_has(&got, "X-Forwarded"));
	await_records(w, 1);
	assert_string_equal(span_attribute(w, 0, CALL_CALLER), "shop");
	world_free(w);
}

static void paths(void **state)
{
	(void)state;
	static const struct { const char *target, *seen; int status; const char *api; } cases[] = {
		{ "/orders", "GET / HTTP", 404, "" },
		{ "/orders/v1", "GET /v1 HTTP", 200, "v1" },
		{ "/orders/v1?x", "GET /v1?x HTTP", 200, "v1" },
		{ "/orders/v1/a/../b", "GET /v1/a/../b HTTP", 200, "v1" },
		{ "/orders/v1beta", NULL, 404, "" },
		{ "/orders/v1/beta/x", "GET /v1/beta/x HTTP", 200, "beta" },
		{ "/orders/v1/betax", "GET /v1/betax HTTP", 200, "v1" },
		{ "/orders/v3", NULL, 404, "" },
		{ "/ordersx/v1", NULL, 404, "" },
		{ "/hidden/", NULL, 404, "" },
		{ "/", NULL, 404, "" },
		{ "/%6frders/v1", NULL, 404, "" },
		{ "/orders%2fv1", NULL, 404, "" },
		{ "/orders/v1/../v2", NULL, 400, "" },
		{ "/orders/v1/%2e%2E/v2", NULL, 400, "" },
		{ "/orders/v1/.%2e/v2", NULL, 400, "" },
		{ "/orders/v1/a/..%2f../v2", NULL, 400, "" },
		{ "/orders/v1//../v2", NULL, 400, "" },
		{ "/orders/v1/..", NULL, 400, "" },
		{ "/orders/v1/..;x/v2", NULL, 400, "" },
		{ "/orders/v1/a%5c..%5c..%5cv2", NULL, 400, "" },
		{ "/orders/v1/...", "GET /v1/... HTTP", 200, "v1" },
		{ "/orders/v1/./x", "GET /v1/./x HTTP", 200, "v1" },
		{ "/orders/v1/100%25", "GET /v1/100%25 HTTP", 200, "v1" },
		{ "http://shop.example/orders/v1/x?q", "GET /v1/x?q HTTP", 200, "v1" },
	};
	struct world *w = world_new(react_echo);
	w->serves = "{\"version\":\"v1\",\"path\":\"/v1\"},{\"version\":\"beta\",\"path\":\"/v1/beta\"}";
	world_start(w);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: shop.example\r\n\r\n", cases[i].target);
		struct peer *c = edge_client(w, text);
		await(c, &got);
		if (got.head.status != cases[i].status)
			fail_msg("%s: %d instead of %d", cases[i].target, got.head.status, cases[i].status);
		if (cases[i].status == 200 && !str_starts(got_body(&got), str_z(cases[i].seen)))
			fail_msg("%s: the service saw %.*s", cases[i].target, STR_FMT(got_body(&got)));
		if (cases[i].status == 200)
			assert_string_equal(span_attribute(w, (int)i, CALL_API), cases[i].api);
		else
			assert_reason(w, (int)i, cases[i].status == 404 ? "no_route" : "bad_request");
	}
	world_free(w);
}

static void heads_are_cleaned(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Mine, Authorization, content-length, x-request-id\r\nX-Mine: no\r\n"
					"Keep-Alive: 5\r\nTE: trailers\r\nTrailer: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\nProxy-Connection: x\r\n"
					"Proxy-Authorization: p\r\nAuthorization: yes\r\nX-Request-Id: kept\r\nBaggage: a=1\r\nbaggage: b=2\r\nX-Last: end\r\n\r\n");
	await_status(c, &got, 200);
	static const char *const gone[] = { "Connection:", "X-Mine", "Keep-Alive", "TE:", "Trailer", "Upgrade", "HTTP2", "Proxy-" };
	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		if (got_has(&got, gone[i]))
			fail_msg("%s went through: %.*s", gone[i], STR_FMT(got_body(&got)));
	assert_true(got_has(&got, "Authorization: yes\r\nX-Request-Id: kept\r\nBaggage: a=1\r\nbaggage: b=2\r\nX-Last: end\r\n"));
	world_free(w);
}

static void react_odd_head(struct peer *p)
{
	struct http1_head h;
	struct buf text;
	buf_init(&text, 65536);
	while (peer_take_request(p, &text, &h))
		peer_send(p, STR("HTTP/1.1 200 Fine\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-End: 2\r\npleach-trace: forged\r\nSet-Cookie: a\r\n"
				 "Set-Cookie: b\r\nContent-Length: 2\r\n\r\nok"));
	buf_release(&text);
}

static void answers_are_cleaned(void **state)
{
	(void)state;
	struct world *w = world_with(react_odd_head);
	struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost: h\r\n\r\n");
	await_status(c, &got, 200);
	assert_null(got_header(&got, "x-hop").p);
	assert_null(got_header(&got, "keep-alive").p);
	assert_null(got_header(&got, "connection").p);
	assert_int_equal(got_header(&got, "pleach-trace").len, 32);
	assert_true(str_find(got.whole, STR("X-End: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n")) != SIZE_MAX);
	world_free(w);
}

/* --- connections -------------------------------------------------------------------------------------------------------------------- */

static void both_sides_are_kept(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = client_to(w, &w->edge);
	for (int i = 0; i < 5; i++) {
		char text[128], want[64];
		snprintf(text, sizeof(text), "GET /orders/%d HTTP/1.1\r\nHost: h\r\n\r\n", i);
		snprintf(want, sizeof(want), "GET /%d HTTP/1.1", i);
		peer_send(c, str_z(text));
		await_status(c, &got, 200);
		assert_true(str_starts(got_body(&got), str_z(want)));
		buf_clear(&c->in);
	}
	assert_int_equal(w->backends[0].connections, 1);
	assert_string_equal(attribute(attempt_event(w, 4, 0), 3, ATTEMPT_REUSED), "1");
	assert_string_equal(attribute(attempt_event(w, 4, 0), 3, ATTEMPT_CONNECT), "0");
	struct gateway_held held = gateway_held(w->gateway);
	assert_int_equal(held.blocks, 0); /* idle connections hold no buffers */
	assert_int_equal(held.idle_upstreams, 1);
	world_free(w);
}

static void pipelined_in_order(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct buf all;
	buf_init(&all, 1 << 20);
	for (int i = 0; i < 40; i++) {
		if (i % 3 == 0)
			buf_printf(&all, "POST /orders/n%d HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nbody%d", i, i % 10);
		else
			buf_printf(&all, "GET /orders/n%d HTTP/1.1\r\nHost: h\r\n\r\n", i);
	}
	struct peer *c = client_to(w, &w->edge);
	peer_send(c, buf_str(&all));
	for (int i = 0; i < 40; i++) {
		char want[32];
		await_status(c, &got, 200);
		snprintf(want, sizeof(want), "/n%d HTTP", i);
		assert_true(got_has(&got, want));
		buf_consume(&c->in, got.head.size + got.len);
	}
	assert_int_equal(c->in.len, 0);
	assert_int_equal(w->backends[0].requests, 40);
	buf_release(&all);
	world_free(w);
}

static void close_and_old_versions(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	await_status(c, &got, 200);
	assert_true(str_eq(got_header(&got, "connection"), STR("close")));
	await_end(c);
	assert_false(c->reset);
	c = edge_client(w, "GET /orders/ HTTP/1.0\r\n\r\n");
	await_status(c, &got, 200);
	assert_true(got_has(&got, "HTTP/1.1\r\nHost: 127.0.0.1:"));
	await_end(c);
	c = edge_client(w, "GET /orders/ HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
	await_status(c, &got, 200);
	assert_true(str_eq(got_header(&got, "connection"), STR("keep-alive")));
	buf_clear(&c->in);
	peer_send(c, STR("GET /orders/ HTTP/1.0\r\n\r\n"));
	await_status(c, &got, 200);
	await_end(c);
	world_free(w);
}

/* --- bodies -------------------------------------------------------------------------------------------------------------------------- */

static void bodies_in_pieces(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	static const char *const requests[] = {
		"POST /orders/ HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world",
		"POST /orders/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n5;ext=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n",
	};
	for (size_t r = 0; r < ARRAY_LEN(requests); r++) {
		size_t n = strlen(requests[r]);
		for (size_t cut = 1; cut < n; cut += 3) { /* in two parts, at many places, and always followed by a second request */
			struct peer *c = client_to(w, &w->edge);
			int before = w->record_count = 0;
			peer_send(c, str_from(requests[r], cut));
			for (int i = 0; i < 3; i++)
				world_try(w, has_ended, c, 0);
			peer_send(c, str_from(requests[r] + cut, n - cut));
			peer_send(c, STR("GET /orders/second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
			await_status(c, &got, 200);
			assert_true(str_ends(got_body(&got), STR("\r\n\r\nhello world")));
			assert_false(got_has(&got, "X-Trailer"));
			buf_consume(&c->in, got.head.size + got.len);
			await_status(c, &got, 200);
			assert_true(got_has(&got, "GET /second"));
			await_records(w, before + 1);
			assert_string_equal(span_attribute(w, before, CALL_BYTES_IN), "11");
		}
	}
	world_free(w);
}

static void one_byte_at_a_time(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	const char *text = "PUT /orders/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
	struct peer *c = client_to(w, &w->edge);
	for (const char *p = text; *p; p++) {
		peer_send(c, str_from(p, 1));
		world_try(w, has_ended, c, 0);
	}
	await_status(c, &got, 200);
	assert_true(str_ends(got_body(&got), STR("\r\n\r\nabc0123456789")));
	world_free(w);
}

/* Answers with `state` bytes in several framings. */
static void react_framings(struct peer *p)
{
	struct http1_head h;
	struct buf text, body;
	buf_init(&text, 65536);
	buf_init(&body, 1 << 20);
	while (peer_take_request(p, &text, &h)) {
		bool close = false;
		if (str_starts(h.path, STR("/chunked"))) {
			buf_add(&body, STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
			for (int i = 0; i < 1000; i++)
				buf_printf(&body, "%x;e=%d\r\n%05d\r\n", 5, i, i);
			buf_add(&body, STR("0\r\n\r\n"));
		} else if (str_starts(h.path, STR("/close")) || str_starts(h.path, STR("/old"))) {
			buf_add(&body, str_starts(h.path, STR("/old")) ? STR("HTTP/1.0 200 OK\r\n\r\n") : STR("HTTP/1.1 200 OK\r\n\r\n"));
			for (int i = 0; i < 1000; i++)
				buf_printf(&body, "%05d", i);
			close = true;
		} else if (str_starts(h.path, STR("/204"))) {
			buf_add(&body, STR("HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"));
		} else if (str_starts(h.path, STR("/304"))) {
			buf_add(&body, STR("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"));
		} else {
			buf_add(&body, STR("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"));
			for (int i = 0; i < 1000 && !str_eq(h.method, STR("HEAD")); i++)
				buf_printf(&body, "%05d", i);
		}
		peer_send(p, buf_str(&body));
		buf_clear(&body);
		if (close) {
			peer_end(p, sys_close);
			break;
		}
	}
	buf_release(&text);
	buf_release(&body);
}

static void answers_in_every_framing(void **state)
{
	(void)state;
	static const struct { const char *path; size_t len; bool chunked, kept; } cases[] = {
		{ "/chunked", 5000, true, true }, { "/close", 5000, true, true }, { "/old", 5000, true, true },
		{ "/length", 5000, false, true }, { "/204", 0, false, true },     { "/304", 0, false, true },
	};
	struct world *w = world_with(react_framings);
	struct peer *c = client_to(w, &w->edge);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[128];
		snprintf(text, sizeof(text), "GET /orders%s HTTP/1.1\r\nHost: h\r\n\r\n", cases[i].path);
		peer_send(c, str_z(text));
		await(c, &got);
		assert_int_equal(got.len, cases[i].len);
		assert_int_equal(got.head.body == HTTP1_CHUNKED, cases[i].chunked);
		for (size_t k = 0; k < got.len; k += 5) {
			char number[24];
			snprintf(number, sizeof(number), "%05zu", k / 5);
			assert_memory_equal(got.body + k, number, 5);
		}
		assert_false(c->ended);
		buf_clear(&c->in);
	}
	peer_send(c, STR("HEAD /orders/length HTTP/1.1\r\nHost: h\r\n\r\n"));
	struct waiting x = { c, &got, true };
	world_run(w, answer_complete, &x);
	assert_true(str_eq(got_header(&got, "content-length"), STR("5000")));
	assert_int_equal(c->in.len, got.head.size);
	/* a client of 1.0 gets the bytes without framing, and the end by closing */
	c = edge_client(w, "GET /orders/chunked HTTP/1.0\r\n\r\n");
	await_end(c);
	await(c, &got);
	assert_int_equal(got.len, 5000);
	assert_int_equal(got.head.body, HTTP1_UNTIL_CLOSE);
	world_free(w);
}

/* 8 MiB each way through a reader that pauses: whole, in order, and never more than the limits in memory. */
static struct { size_t sent, got; bool mixed; } big;
enum { BIG = 8 << 20 };
static char big_byte(size_t i) { return (char)('a' + (i * 31 + (i >> 12)) % 26); }

static void react_count(struct peer *p)
{
	struct str in = buf_str(&p->in);
	struct http1_head h = { .scanned = 0 };
	if (p->requests == 0) {
		if (http1_request(&h, in) != HTTP1_DONE)
			return;
		buf_consume(&p->in, h.size);
		p->requests = 1;
		in = buf_str(&p->in);
	}
	for (size_t i = 0; i < in.len; i++)
		big.mixed |= in.p[i] != big_byte(big.got + i);
	big.got += in.len;
	buf_consume(&p->in, in.len);
	if (big.got == BIG && p->requests == 1) {
		p->requests = 2;
		peer_send(p, STR("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
	}
}
static bool feed(struct world *w, void *arg)
{
	struct peer *c = arg;
	char chunk[65536];
	assert_true(gateway_held(w->gateway).largest_queue <= 96 * 1024);
	if (c->out.len == 0 && big.sent < BIG) {
		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = big_byte(big.sent + i);
		big.sent += sizeof(chunk);
		peer_send(c, str_from(chunk, sizeof(chunk)));
	}
	return big.got == BIG;
}

static void a_large_upload(void **state)
{
	(void)state;
	struct world *w = world_with(react_count);
	memset(&big, 0, sizeof(big));
	struct peer *c = edge_client(w, "PUT /orders/big HTTP/1.1\r\nHost: h\r\nContent-Length: 8388608\r\n\r\n");
	world_run(w, feed, c);
	await_status(c, &got, 200);
	assert_false(big.mixed);
	await_records(w, 1);
	assert_string_equal(span_attribute(w, 0, CALL_BYTES_IN), "8388608");
	world_free(w);
}

static void react_big_answer(struct peer *p)
{
	struct http1_head h;
	struct buf text;
	buf_init(&text, 65536);
	if (peer_take_request(p, &text, &h)) {
		char *all = malloc(BIG / 2);
		for (size_t i = 0; i < BIG / 2; i++)
			all[i] = big_byte(i);
		peer_send(p, STR("HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n"));
		peer_send(p, str_from(all, BIG / 2));
		free(all);
	}
	buf_release(&text);
}
static bool queue_settled(struct world *w, void *arg)
{
	int *turns = arg;
	assert_true(gateway_held(w->gateway).largest_queue <= 96 * 1024);
	return ++*turns > 100;
}
static bool half_is_here(struct world *w, void *arg)
{
	(void)w;
	return ((struct peer *)arg)->in.len > BIG / 2;
}

static void a_slow_reader(void **state)
{
	(void)state;
	struct world *w = world_with(react_big_answer);
	struct peer *c = edge_client(w, "GET /orders/big HTTP/1.1\r\nHost: h\r\n\r\n");
	c->stalled = true;
	int turns = 0;
	world_run(w, queue_settled, &turns);
	assert_int_equal(gateway_held(w->gateway).calls, 1);
	c->stalled = false;
	peer_read(c);
	world_run(w, half_is_here, c);
	struct str all = buf_str(&c->in);
	all = str_skip(all, str_find(all, STR("\r\n\r\n")) + 4);
	assert_int_equal(all.len, BIG / 2);
	for (size_t i = 0; i < all.len; i++)
		if (all.p[i] != big_byte(i))
			fail_msg("byte %zu is wrong", i);
	world_free(w);
}

static void react_continue(struct peer *p)
{
	struct http1_head h = { .scanned = 0 };
	if (p->backend->state == 0 && http1_request(&h, buf_str(&p->in)) == HTTP1_DONE) {
		p->backend->state = 1;
		assert_true(h.expect_continue);
		peer_send(p, STR("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"));
	}
	react_echo(p);
}
static bool sees(struct world *w, void *arg)
{
	(void)w;
	return str_find(buf_str(&((struct peer *)arg)->in), STR("100 Continue\r\n\r\n")) != SIZE_MAX;
}

static void expect_continue(void **state)
{
	(void)state;
	struct world *w = world_with(react_continue);
	struct peer *c = edge_client(w, "POST /orders/ HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
	world_run(w, sees, c);
	assert_true(str_starts(buf_str(&c->in), STR("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")));
	buf_clear(&c->in);
	peer_send(c, STR("body"));
	await_status(c, &got, 200);
	assert_true(str_ends(got_body(&got), STR("body")));
	world_free(w);
}

static void react_early(struct peer *p)
{
	struct http1_head h = { .scanned = 0 };
	if (p->requests == 0 && http1_request(&h, buf_str(&p->in)) == HTTP1_DONE) {
		p->requests = 1;
		peer_send(p, STR("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!"));
	}
}

static void an_early_answer(void **state)
{
	(void)state;
	struct world *w = world_with(react_early);
	struct peer *c = edge_client(w, "POST /orders/ HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nbegin");
	await_status(c, &got, 413);
	assert_true(str_eq(got_header(&got, "connection"), STR("close")));
	peer_send(c, STR("more that nobody wants"));
	await_end(c);
	assert_false(c->reset);
	assert_int_equal(gateway_held(w->gateway).idle_upstreams, 0);
	world_free(w);
}

/* --- ids and deadlines ------------------------------------------------------------------------------------------------------------- */

#define OUTSIDE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static void a_trusted_trace_goes_on(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost: h\r\ntraceparent: " OUTSIDE "\r\ntracestate: a=1\r\ntracestate: b=2, c=3\r\n\r\n");
	await_status(c, &got, 200);
	assert_true(got_has(&got, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-"));
	assert_false(got_has(&got, "b7ad6b7169203331"));
	assert_true(got_has(&got, "-01\r\n"));
	assert_true(got_has(&got, "\r\ntracestate: a=1,b=2,c=3\r\n"));
	assert_true(str_eq(got_header(&got, "pleach-trace"), STR("0af7651916cd43dd8448eb211c80319c")));
	await_records(w, 1);
	assert_string_equal(span_attribute(w, 0, CALL_ORIGIN), "continued");
	struct str parent = pb_find(record_span(w, 0), 4, 0);
	assert_int_equal(parent.len, 8);
	assert_memory_equal(parent.p, "\xb7\xad\x6b\x71\x69\x20\x33\x31", 8);
	world_free(w);
}

static void an_outside_trace_becomes_a_link(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	w->trust = "\"10.0.0.0/8\",\"127.0.0.2\",\"::1\"";
	world_start(w);
	struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost: h\r\ntraceparent: " OUTSIDE "\r\ntracestate: a=1\r\nX-Forwarded-For: 6.6.6.6\r\n"
					"X-Forwarded-Proto: https\r\npleach-deadline: 0\r\n\r\n");
	await_status(c, &got, 200);
	assert_false(got_has(&got, "0af7651916cd43dd8448eb211c80319c"));
	assert_false(got_has(&got, "tracestate"));
	assert_false(got_has(&got, "6.6.6.6"));
	assert_false(got_has(&got, "https"));
	assert_true(got_has(&got, "-03\r\n"));
	await_records(w, 1);
	assert_string_equal(span_attribute(w, 0, CALL_ORIGIN), "restarted");
	struct str link = pb_find(record_span(w, 0), 13, 0);
	assert_memory_equal(pb_find(link, 1, 0).p, "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c", 16);
	world_free(w);
}

static void deadlines(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = client_to(w, &w->inner);
	peer_send(c, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
	await_status(c, &got, 200);
	assert_true(got_has(&got, "pleach-deadline: 5000\r\n"));
	buf_clear(&c->in);
	peer_send(c, STR("GET / HTTP/1.1\r\nHost: h\r\npleach-deadline: 250\r\n\r\n"));
	await_status(c, &got, 200);
	assert_true(got_has(&got, "pleach-deadline: 250\r\n") || got_has(&got, "pleach-deadline: 249\r\n"));
	buf_clear(&c->in);
	peer_send(c, STR("GET / HTTP/1.1\r\nHost: h\r\ngrpc-timeout: 2S\r\npleach-deadline: 99999\r\n\r\n"));
	await_status(c, &got, 200);
	assert_true(got_has(&got, "pleach-deadline: 2000\r\n"));
	buf_clear(&c->in);
	int before = w->backends[0].requests;
	peer_send(c, STR("GET / HTTP/1.1\r\nHost: h\r\npleach-deadline: 0\r\n\r\n"));
	await_status(c, &got, 504);
	assert_true(got_has(&got, "\"error\":\"deadline\""));
	assert_int_equal(w->backends[0].requests, before);
	world_free(w);
}

static void busy_instances_are_spared(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	w->healthy = 3;
	world_start(w);
	for (int i = 0; i < 30; i++) {
		struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost: h\r\n\r\n");
		(void)c;
	}
	await_records(w, 30);
	for (int i = 0; i < WORLD_BACKENDS; i++)
		assert_in_range(w->backends[i].requests, 5, 15);
	world_free(w);
}

static void a_full_sink_stops_nothing(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	w->sink_full = true;
	struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost: h\r\n\r\n");
	await_status(c, &got, 200);
	assert_int_equal(w->record_count, 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_at_the_edge),
		cmocka_unit_test(between_services),
		cmocka_unit_test(paths),
		cmocka_unit_test(heads_are_cleaned),
		cmocka_unit_test(answers_are_cleaned),
		cmocka_unit_test(both_sides_are_kept),
		cmocka_unit_test(pipelined_in_order),
		cmocka_unit_test(close_and_old_versions),
		cmocka_unit_test(bodies_in_pieces),
		cmocka_unit_test(one_byte_at_a_time),
		cmocka_unit_test(answers_in_every_framing),
		cmocka_unit_test(a_large_upload),
		cmocka_unit_test(a_slow_reader),
		cmocka_unit_test(expect_continue),
		cmocka_unit_test(an_early_answer),
		cmocka_unit_test(a_trusted_trace_goes_on),
		cmocka_unit_test(an_outside_trace_becomes_a_link),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(busy_instances_are_spared),
		cmocka_unit_test(a_full_sink_stops_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
