/* Hostile requests: each is refused with a status of the 400 class (or 501, 505), the connection is closed, and nothing of it reaches the
 * back end; nor does the request that is pipelined behind it. Sent whole, and cut in two. The kinds are those of RFC 9112 and of the
 * attacks known as request smuggling. */
#include "gateway_world.h"

#define H "Host: h\r\n"
#define NEXT "GET /orders/smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
#define CL "Content-Length: "
#define TE "Transfer-Encoding: "
#define P "POST /orders/ HTTP/1.1\r\n" H
static const char *const hostile[] = {
	/* framing */
	P CL "5\r\n" TE "chunked\r\n\r\n0\r\n\r\n",
	P TE "chunked\r\n" CL "5\r\n\r\n0\r\n\r\n",
	P CL "5\r\n" CL "5\r\n\r\nhello",
	P CL "5\r\n" CL "6\r\n\r\nhello",
	P CL "5, 5\r\n\r\nhello",
	P CL "+5\r\n\r\nhello",
	P CL "-1\r\n\r\n",
	P CL "0x5\r\n\r\nhello",
	P CL "5 5\r\n\r\nhello",
	P CL "\r\n\r\n",
	P CL "9223372036854775808000\r\n\r\n",
	P CL "5;\r\n\r\nhello",
	P TE "xchunked\r\n\r\n0\r\n\r\n",
	P TE "chunked, identity\r\n\r\n0\r\n\r\n",
	P TE "identity, chunked\r\n\r\n0\r\n\r\n",
	P TE "chunked, chunked\r\n\r\n0\r\n\r\n",
	P TE "chunked;\r\n\r\n0\r\n\r\n",
	P TE "\"chunked\"\r\n\r\n0\r\n\r\n",
	P TE "\x0b" "chunked\r\n\r\n0\r\n\r\n",
	P "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	P "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
	P TE "chunked\r\n" TE "chunked\r\n\r\n0\r\n\r\n",
	P TE "chunked\r\n" TE "identity\r\n\r\n0\r\n\r\n",
	P TE "gzip, chunked\r\n\r\n0\r\n\r\n",
	P TE "\r\n\r\n0\r\n\r\n",
	"POST /orders/ HTTP/1.0\r\n" H TE "chunked\r\n\r\n0\r\n\r\n",
	P "Content-Length : 5\r\n\r\nhello",
	P "Content_Length\x01: 5\r\n\r\nhello",
	/* chunks */
	P TE "chunked\r\n\r\n0_2e\r\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n 1\r\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n\r\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n10000000000000001\r\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n1;a\nx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n1\rx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
	P TE "chunked\r\n\r\n1\r\nx0\r\n\r\n",
	P TE "chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
	P TE "chunked\r\n\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
	P TE "chunked\r\n\r\n0\r\nHost: evil\r\n\r\n",
	P TE "chunked\r\n\r\n0\n\n",
	/* lines and bytes */
	"GET /orders/ HTTP/1.1\n" H "\r\n",
	"GET /orders/ HTTP/1.1\r\nHost: h\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H "A: b\r\n\n",
	"GET /orders/ HTTP/1.1\r\n" H "A: b\r\n\rX\r\n",
	"GET /orders/ HTTP/1.1\r\n" H "A: x\x01y\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H "A: b\r\n folded\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H ": empty\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H "A b: c\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H "A(b: c\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H "no colon\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n X: first folded\r\n" H "\r\n",
	/* request line */
	"GET  /orders/ HTTP/1.1\r\n" H "\r\n",
	"GET\t/orders/ HTTP/1.1\r\n" H "\r\n",
	"GET /orders/  HTTP/1.1\r\n" H "\r\n",
	"GET /orders/\r\n" H "\r\n",
	"GET /orders/ HTTP/1.10\r\n" H "\r\n",
	"GET /orders/ HTTP/2.0\r\n" H "\r\n",
	"GET /orders/ http/1.1\r\n" H "\r\n",
	"G ET /orders/ HTTP/1.1\r\n" H "\r\n",
	"GET /orders/#frag HTTP/1.1\r\n" H "\r\n",
	"GET /orders/\x7f HTTP/1.1\r\n" H "\r\n",
	"GET /orders/\xc3\xa4 HTTP/1.1\r\n" H "\r\n",
	"GET orders HTTP/1.1\r\n" H "\r\n",
	"\r\n\r\n\r\nGET /orders/ HTTP/1.1\r\n" H "\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	/* Host */
	"GET /orders/ HTTP/1.1\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\n" H H "\r\n",
	"GET /orders/ HTTP/1.1\r\nHost: a, b\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\nHost: user@h\r\n\r\n",
	"GET /orders/ HTTP/1.1\r\nHost: h:99999\r\n\r\n",
};

static struct got got;

static bool settled(struct world *w, void *arg)
{
	struct peer *c = arg;
	struct gateway_held h = gateway_held(w->gateway);
	return c->ended && h.clients == 0;
}

static void refused_one(struct world *w, struct str text, size_t cut, const char *label)
{
	struct peer *c = client_to(w, &w->edge);
	w->record_count = 0;
	buf_clear(&w->backends[0].seen);
	peer_send(c, str_sub(text, 0, cut));
	if (cut < text.len) {
		for (int i = 0; i < 4; i++)
			world_try(w, has_ended, c, 0);
		peer_send(c, str_skip(text, cut));
	}
	peer_send(c, STR(NEXT));
	await(c, &got);
	if (!((got.head.status >= 400 && got.head.status < 500) || got.head.status == 501 || got.head.status == 505))
		fail_msg("%s: status %d", label, got.head.status);
	size_t answer = got.head.size + got.len;
	await_end(c);
	if (c->in.len != answer)
		fail_msg("%s: something follows the refusal: %.*s", label, STR_FMT(str_skip(buf_str(&c->in), answer)));
	peer_end(c, sys_close);
	world_run(w, settled, c);
	if (str_find(buf_str(&w->backends[0].seen), STR("smuggled")) != SIZE_MAX)
		fail_msg("%s: the pipelined request went through", label);
	if (cut >= text.len && w->backends[0].seen.len != 0)
		fail_msg("%s: the back end saw %.*s", label, STR_FMT(buf_str(&w->backends[0].seen)));
	assert_int_equal(w->record_count, 1);
	assert_reason(w, 0, "bad_request");
}

/* A body that turns bad after its head was passed on: the instance must see a request that is not complete. */
static void react_only_whole(struct peer *p)
{
	react_echo(p);
	if (p->ended)
		peer_end(p, sys_close);
}

static void hostile_requests(void **state)
{
	(void)state;
	struct world *w = world_with(react_only_whole);
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct str text = str_z(hostile[i]);
		refused_one(w, text, text.len, hostile[i]);
		for (size_t cut = 1; cut < text.len; cut += 1 + text.len / 7)
			refused_one(w, text, cut, hostile[i]);
		peers_free(&w->clients);
	}
	assert_int_equal(w->backends[0].requests, 0);
	world_free(w);
}

static void nul_bytes(void **state)
{
	(void)state;
	static const char value[] = "GET /orders/ HTTP/1.1\r\nHost: h\r\nA: x\0y\r\n\r\n", name[] = "GET /orders/ HTTP/1.1\r\nHost: h\r\nA\0: x\r\n\r\n",
			  target[] = "GET /orders/\0 HTTP/1.1\r\nHost: h\r\n\r\n";
	struct world *w = world_with(react_only_whole);
	refused_one(w, STR(value), sizeof(value) - 1, "NUL in a value");
	refused_one(w, STR(name), sizeof(name) - 1, "NUL in a name");
	refused_one(w, STR(target), sizeof(target) - 1, "NUL in the target");
	world_free(w);
}

static void endless_heads(void **state)
{
	(void)state;
	struct world *w = world_with(react_only_whole);
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add(&text, STR("GET /orders/ HTTP/1.1\r\nHost: h\r\nA: "));
	for (int i = 0; i < 20000; i++)
		buf_char(&text, 'a');
	refused_one(w, buf_str(&text), text.len, "one endless header");
	assert_int_equal(got.head.status, 431);
	buf_clear(&text);
	buf_add(&text, STR("GET /orders/ HTTP/1.1\r\nHost: h\r\n"));
	for (int i = 0; i < 200; i++)
		buf_printf(&text, "A%d: b\r\n", i);
	buf_add(&text, STR("\r\n"));
	refused_one(w, buf_str(&text), text.len, "too many headers");
	assert_int_equal(got.head.status, 431);
	buf_clear(&text);
	buf_add(&text, STR("GET /orders/"));
	for (int i = 0; i < 20000; i++)
		buf_char(&text, 'a');
	refused_one(w, buf_str(&text), text.len, "an endless target");
	assert_int_equal(got.head.status, 414);
	buf_clear(&text);
	buf_add(&text, STR("POST /orders/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;"));
	for (int i = 0; i < 5000; i++)
		buf_char(&text, 'e');
	refused_one(w, buf_str(&text), text.len, "an endless chunk extension");
	buf_release(&text);
	world_free(w);
}

/* Two answers on one connection, or bytes behind an answer: the connection is not used again. */
static void react_two_answers(struct peer *p)
{
	struct http1_head h;
	struct buf text;
	buf_init(&text, 65536);
	while (peer_take_request(p, &text, &h)) {
		p->backend->requests++;
		peer_send(p, STR("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
				 "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"));
	}
	buf_release(&text);
}

static void poisoned_connections(void **state)
{
	(void)state;
	struct world *w = world_with(react_two_answers);
	struct peer *c = client_to(w, &w->edge);
	for (int i = 0; i < 5; i++) {
		peer_send(c, STR("GET /orders/ HTTP/1.1\r\nHost: h\r\n\r\n"));
		await(c, &got);
		assert_true(str_eq(got_body(&got), STR("ok")));
		buf_consume(&c->in, got.head.size + got.len);
	}
	assert_int_equal(c->in.len, 0);
	assert_int_equal(w->backends[0].connections, 5);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_requests),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(endless_heads),
		cmocka_unit_test(poisoned_connections),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
