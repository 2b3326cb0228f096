/* What the gateway does when something goes wrong: the next attempt or none, time-outs of every phase, its own answers, limits, a changing
 * snapshot, taken ports, the drain. */
#include "gateway_world.h"
#include "base/json.h"

static struct got got;
#define GET "GET /orders/ HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST "POST /orders/ HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"

static void react_never(struct peer *p)
{
	if (p->ended)
		peer_end(p, sys_close);
}
static void react_reset(struct peer *p)
{
	p->backend->requests++;
	peer_end(p, sys_reset);
}
static void react_garbage(struct peer *p)
{
	peer_send(p, STR("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"));
}
static void react_cut(struct peer *p)
{
	peer_send(p, STR("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"));
	peer_end(p, sys_close);
}
static void react_cut_chunked(struct peer *p)
{
	peer_send(p, STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
	peer_end(p, sys_close);
}
static void react_switch(struct peer *p) { peer_send(p, STR("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")); }
static void react_begin(struct peer *p)
{
	if (p->in.len) {
		buf_clear(&p->in);
		p->backend->state = 1;
		peer_send(p, STR("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"));
	}
	if (p->ended)
		peer_end(p, sys_close);
}

/* The first request on a connection is answered, the second one closes it without an answer. */
static void react_goes_stale(struct peer *p)
{
	if (p->requests == 0)
		react_echo(p);
	else if (p->in.len || p->ended) {
		p->backend->state++;
		peer_end(p, sys_close);
	}
}

static void expect_own(struct world *w, struct peer *c, int status, const char *error, const char *token)
{
	char want[128];
	await_status(c, &got, status);
	snprintf(want, sizeof(want), "\"error\":\"%s\"", error);
	if (!got_has(&got, want))
		fail_msg("not %s: %.*s", error, STR_FMT(got_body(&got)));
	snprintf(want, sizeof(want), "pleach; error=%s; ", token);
	if (!str_starts(got_header(&got, "proxy-status"), str_z(want)))
		fail_msg("not %s: %.*s", token, STR_FMT(got.whole));
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 65536);
	const struct json *j = json_parse(&a, got_body(&got), &e);
	assert_non_null(j);
	assert_true(str_eq(json_get_str(j, STR("trace_id"), STR("")), got_header(&got, "pleach-trace")));
	assert_non_null(json_get(j, STR("attempts")));
	arena_release(&a);
	await_records(w, 1);
	assert_reason(w, w->record_count - 1, error);
}

static void nobody_listens(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	backend_stop(&w->backends[0]);
	world_start(w);
	struct peer *c = edge_client(w, POST);
	expect_own(w, c, 502, "connect_refused", "connection_refused");
	assert_true(got_has(&got, "\"dependency\":\"orders\",\"phase\":\"connect\",\"reason\":\"orders refused the connection: nothing listens at its address\""));
	assert_true(str_find(got_header(&got, "proxy-status"), STR("next-hop=\"orders-1\"; details=\"orders refused")) != SIZE_MAX);
	assert_string_equal(attribute(attempt_event(w, 0, 0), 3, ATTEMPT_RESULT), "connect_refused");
	assert_string_equal(attribute(attempt_event(w, 0, 0), 3, ATTEMPT_FIRST_BYTE), "-1");
	world_free(w);
}

static void another_instance_takes_over(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	w->healthy = 3;
	backend_stop(&w->backends[0]);
	backend_stop(&w->backends[1]);
	world_start(w);
	for (int i = 0; i < 8; i++) { /* also what may not be repeated: nothing has reached anybody */
		struct peer *c = edge_client(w, POST);
		await_status(c, &got, 200);
		assert_true(str_ends(got_body(&got), STR("body")));
	}
	assert_int_equal(w->backends[2].requests, 8);
	world_free(w);
}

static void nowhere_to_go(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	backend_stop(&w->backends[0]);
	w->backends[0].address = (struct sys_addr){ .family = SYS_IPV4, .port = 9, .ip = { 255, 255, 255, 255 } };
	world_start(w);
	struct peer *c = edge_client(w, GET);
	expect_own(w, c, 502, "connect_failed", "destination_ip_unroutable");
	world_free(w);
}

static void no_instance(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	w->healthy = 0;
	world_start(w);
	struct peer *c = edge_client(w, GET);
	expect_own(w, c, 503, "no_instance", "destination_unavailable");
	assert_true(got_has(&got, "\"instances_known\":3"));
	assert_true(str_eq(got_header(&got, "retry-after"), STR("1")));
	assert_false(c->ended); /* an answer of our own does not cost the connection */
	world_free(w);
}

static void reset_before_the_answer(void **state)
{
	(void)state;
	struct world *w = world_new(react_reset);
	w->healthy = 3;
	world_start(w);
	struct peer *c = edge_client(w, GET);
	expect_own(w, c, 502, "reset_before_answer", "connection_terminated");
	/* on a fresh connection the instance may have begun: no second attempt */
	assert_int_equal(w->backends[0].requests + w->backends[1].requests + w->backends[2].requests, 1);
	world_free(w);
}

static void a_stale_connection(void **state)
{
	(void)state;
	struct world *w = world_with(react_goes_stale);
	struct peer *c = edge_client(w, GET);
	await_status(c, &got, 200);
	buf_clear(&c->in);
	peer_send(c, STR(GET)); /* may be repeated: it is, on a fresh connection */
	await_status(c, &got, 200);
	buf_clear(&c->in);
	await_records(w, 2);
	assert_string_equal(attribute(attempt_event(w, 1, 0), 3, ATTEMPT_RESULT), "reset_before_answer");
	assert_string_equal(attribute(attempt_event(w, 1, 0), 3, ATTEMPT_REUSED), "1");
	assert_string_equal(attribute(attempt_event(w, 1, 1), 3, ATTEMPT_RESULT), "answered");
	assert_int_equal(w->backends[0].state, 1);
	peer_send(c, STR("PUT /orders/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
	await_status(c, &got, 200);
	assert_true(str_ends(got_body(&got), STR("abcde"))); /* the body goes along */
	buf_clear(&c->in);
	peer_send(c, STR(POST)); /* may not be repeated */
	expect_own(w, c, 502, "reset_before_answer", "connection_terminated");
	world_free(w);
}

static void broken_answers(void **state)
{
	(void)state;
	struct world *w = world_with(react_garbage);
	struct peer *c = edge_client(w, GET);
	expect_own(w, c, 502, "bad_answer", "http_protocol_error");
	w->backends[0].react = react_switch;
	c = edge_client(w, GET);
	expect_own(w, c, 502, "bad_answer", "http_protocol_error");
	w->backends[0].react = react_cut;
	c = edge_client(w, GET);
	await_end(c); /* the answer had begun: its break must be seen */
	assert_true(c->reset);
	w->backends[0].react = react_cut_chunked;
	c = edge_client(w, GET);
	await_end(c);
	assert_true(c->reset);
	assert_true(str_find(buf_str(&c->in), STR("\r\n0\r\n")) == SIZE_MAX);
	await_records(w, 4);
	assert_reason(w, 3, "reset_in_answer");
	assert_string_equal(span_attribute(w, 3, CALL_STATUS), "200");
	world_free(w);
}

static void time_outs(void **state)
{
	(void)state;
	struct world *w = world_new(react_never);
	w->timeout = 200 * MSEC;
	w->first_byte = 60 * MSEC;
	world_start(w);
	struct peer *c = edge_client(w, GET);
	expect_own(w, c, 504, "first_byte_timeout", "connection_read_timeout");
	w->backends[0].react = react_begin;
	c = edge_client(w, GET);
	await_end(c);
	assert_true(c->reset);
	await_records(w, 2);
	assert_reason(w, 1, "call_timeout");
	/* the client that does not send its body */
	w->backends[0].react = react_never;
	c = edge_client(w, "POST /orders/ HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
	expect_own(w, c, 408, "client_timeout", "http_request_error");
	await_end(c);
	world_free(w);
}

static void a_connection_that_hangs(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	w->timeout = 150 * MSEC;
	/* a listener whose queue is full drops what comes */
	backend_stop(&w->backends[0]);
	struct sys_addr full = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	int fd = sys_listen(&full, 0), fill[8];
	assert_int_equal(sys_local_addr(fd, &full), 0);
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		fill[i] = sys_connect(&full);
	w->backends[0].address = full;
	world_start(w);
	struct peer *c = edge_client(w, GET);
	expect_own(w, c, 504, "connect_timeout", "connection_timeout");
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		sys_close(fill[i]);
	sys_close(fd);
	world_free(w);
}

static void slow_heads_and_idle_clients(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	w->limits.head_timeout = 50 * MSEC;
	w->limits.keep_alive = 30 * MSEC;
	world_start(w);
	struct peer *c = edge_client(w, "GET /orders/ HTTP/1.1\r\nHost:");
	expect_own(w, c, 408, "client_timeout", "http_request_error");
	await_end(c);
	c = edge_client(w, "");
	await_end(c);
	assert_int_equal(c->in.len, 0);
	world_free(w);
}

static bool quiet(struct world *w, void *arg)
{
	(void)arg;
	struct gateway_held h = gateway_held(w->gateway);
	return h.calls == 0 && h.upstreams == 0;
}
static bool reached(struct world *w, void *arg) { return w->backends[0].seen.len >= *(size_t *)arg; }

static void the_caller_goes_away(void **state)
{
	(void)state;
	struct world *w = world_with(react_never);
	struct peer *c = edge_client(w, GET);
	size_t some = 10;
	world_run(w, reached, &some);
	peer_end(c, sys_close);
	world_run(w, quiet, NULL);
	await_records(w, 1);
	assert_reason(w, 0, "client_gone");
	assert_string_equal(span_attribute(w, 0, CALL_STATUS), "0");
	world_free(w);
}

static void limits(void **state)
{
	(void)state;
	struct world *w = world_new(react_never);
	w->limits.active = 2;
	w->limits.connections = 4;
	w->max_body = 10;
	world_start(w);
	edge_client(w, GET);
	edge_client(w, GET);
	size_t some = 200;
	world_run(w, reached, &some);
	struct peer *c = edge_client(w, GET);
	expect_own(w, c, 503, "overload", "connection_limit_reached");
	assert_true(got_header(&got, "retry-after").len > 0);
	edge_client(w, "GET");
	struct peer *fifth = edge_client(w, GET);
	await_status(fifth, &got, 503);
	await_end(fifth);
	assert_int_equal(gateway_held(w->gateway).clients, 4);
	world_free(w);
	w = world_new(react_never);
	w->max_body = 10;
	world_start(w);
	c = edge_client(w, "POST /orders/ HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
	expect_own(w, c, 413, "body_too_large", "http_request_error");
	assert_int_equal(w->backends[0].seen.len, 0);
	c = edge_client(w, "POST /orders/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n");
	world_run(w, reached, &some);
	peer_send(c, STR("8\r\n12345678\r\n"));
	expect_own(w, c, 413, "body_too_large", "http_request_error");
	await_end(c);
	world_free(w);
}

static void refused_methods(void **state)
{
	(void)state;
	struct world *w = world_with(react_echo);
	struct peer *c = edge_client(w, "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n");
	expect_own(w, c, 501, "method_refused", "http_request_denied");
	c = edge_client(w, "TRACE /orders/ HTTP/1.1\r\nHost: h\r\n\r\n");
	expect_own(w, c, 501, "method_refused", "http_request_denied");
	assert_int_equal(w->backends[0].connections, 0);
	world_free(w);
}

/* --- snapshots ------------------------------------------------------------------------------------------------------------------------ */

static void the_snapshot_changes(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct world *w = world_with(react_echo);
	struct peer *c = edge_client(w, GET);
	await_status(c, &got, 200);
	buf_clear(&c->in);
	assert_true(world_apply(w, &e)); /* the same: connections stay */
	peer_send(c, STR(GET));
	await_status(c, &got, 200);
	buf_clear(&c->in);
	assert_int_equal(w->backends[0].connections, 1);
	/* the instance goes while a call runs: the call ends well, its connection is not kept */
	w->backends[0].react = react_begin;
	size_t seen = w->backends[0].seen.len + 10;
	struct peer *running = edge_client(w, GET);
	world_run(w, reached, &seen);
	w->healthy = 0;
	assert_true(world_apply(w, &e));
	peer_send(c, STR(GET));
	await_status(c, &got, 503);
	char rest[91];
	memset(rest, 'x', sizeof(rest));
	peer_send(w->backends[0].peers, str_from(rest, sizeof(rest)));
	await_status(running, &got, 200);
	assert_int_equal(got.len, 100);
	world_run(w, quiet, NULL);
	/* the edge moves: the old port closes its idle connections, the new one answers */
	w->healthy = 1;
	w->backends[0].react = react_echo;
	w->edge = free_address();
	assert_true(world_apply(w, &e));
	await_end(c);
	c = edge_client(w, GET);
	await_status(c, &got, 200);
	world_free(w);
}

static bool told(struct world *w, void *arg)
{
	(void)arg;
	return w->problem_told;
}
static bool over(struct world *w, void *arg)
{
	(void)arg;
	return w->problem_over;
}

static void a_port_that_is_taken(void **state)
{
	(void)state;
	struct world *w = world_new(react_echo);
	int other = sys_listen(&w->edge, 1);
	assert_true(other >= 0);
	world_start(w);
	world_run(w, told, NULL);
	assert_non_null(strstr(w->problem, "is taken by "));
	assert_non_null(strstr(w->problem, "test_gateway"));
	assert_non_null(strstr(w->problem, "the edge"));
	struct peer *c = client_to(w, &w->inner); /* the others work */
	peer_send(c, STR(GET));
	await_status(c, &got, 200);
	sys_close(other);
	world_run(w, over, NULL);
	c = edge_client(w, GET);
	await_status(c, &got, 200);
	world_free(w);
}

static void on_drained(void *ctx) { ((struct world *)ctx)->drained = true; }
static bool is_drained(struct world *w, void *arg)
{
	(void)arg;
	return w->drained;
}

static void the_drain(void **state)
{
	(void)state;
	struct world *w = world_with(react_begin);
	struct peer *idle = edge_client(w, "");
	struct peer *c = edge_client(w, GET);
	size_t some = 10;
	world_run(w, reached, &some);
	gateway_drain(w->gateway, 5 * SECOND, on_drained, w);
	await_end(idle);
	assert_false(w->drained);
	char rest[91];
	memset(rest, 'x', sizeof(rest));
	peer_send(w->backends[0].peers, str_from(rest, sizeof(rest)));
	await_status(c, &got, 200);
	await_end(c);
	assert_false(c->reset);
	world_run(w, is_drained, NULL);
	world_free(w);
	/* what does not end in time is told so */
	w = world_with(react_never);
	c = edge_client(w, GET);
	world_run(w, reached, &some);
	gateway_drain(w->gateway, 50 * MSEC, on_drained, w);
	expect_own(w, c, 503, "draining", "connection_terminated");
	world_run(w, is_drained, NULL);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(another_instance_takes_over),
		cmocka_unit_test(nowhere_to_go),
		cmocka_unit_test(no_instance),
		cmocka_unit_test(reset_before_the_answer),
		cmocka_unit_test(a_stale_connection),
		cmocka_unit_test(broken_answers),
		cmocka_unit_test(time_outs),
		cmocka_unit_test(a_connection_that_hangs),
		cmocka_unit_test(slow_heads_and_idle_clients),
		cmocka_unit_test(the_caller_goes_away),
		cmocka_unit_test(limits),
		cmocka_unit_test(refused_methods),
		cmocka_unit_test(the_snapshot_changes),
		cmocka_unit_test(a_port_that_is_taken),
		cmocka_unit_test(the_drain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
