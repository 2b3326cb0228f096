/* The outbox against a real server that counts: batching, retries with the same batch id, refusal for good, the full queue,
 * flushing. */
#include "http_raw.h"
#include "net/http_server.h"
#include "net/outbox.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct loop *l;
static struct http_client *client;
static struct http_server *server;
static struct sys_addr address;
static struct outbox *outbox;
static int requests, flushed;
static int script[16]; /* status of each request; 0: 200 */
static char last_id[64], ids[16][64];
static struct buf received;
static uint64_t told;
static char why[64];

static void handle(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	const struct http_request *r = http_request(x);
	struct str id = http1_find(&r->head, STR("pleach-batch"));
	assert_true(id.len >= 18 && id.len < sizeof(last_id) && id.p[16] == '-');
	assert_true(str_eq(http1_get(&r->head, HTTP_CONTENT_TYPE), STR("application/json")));
	assert_true(str_eq(r->path, STR("/v1/logs")));
	snprintf(ids[requests % 16], sizeof(ids[0]), "%.*s", STR_FMT(id));
	int status = script[requests++ % 16];
	if (!status || status == 200)
		buf_add(&received, r->body);
	http_answer(x, status ? status : 200, STR(""), STR(""), STR(""));
}

static void on_lost(void *ctx, uint64_t records, struct str reason)
{
	(void)ctx;
	told += records;
	snprintf(why, sizeof(why), "%.*s", STR_FMT(reason));
}

static void listen_on(struct sys_addr *a)
{
	struct err e = {0};
	server = http_server_new(l, NULL, handle, NULL);
	assert_true(http_server_listen(server, a, a, &e));
}

static void open_outbox(struct outbox_options o)
{
	outbox_free(outbox);
	o.address = address;
	o.path = STR("/v1/logs");
	o.content_type = STR("application/json");
	o.prefix = STR("[");
	o.suffix = STR("]");
	o.on_lost = on_lost;
	outbox = outbox_new(l, client, &o);
	assert_non_null(outbox);
}

static int set_up(void **state)
{
	(void)state;
	struct err e = {0};
	l = loop_new();
	client = http_client_new(l, NULL);
	assert_true(sys_addr_parse(&address, STR("127.0.0.1:0"), &e));
	listen_on(&address);
	buf_init(&received, 16 << 20);
	requests = flushed = 0;
	told = 0;
	memset(script, 0, sizeof(script));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	outbox_free(outbox);
	outbox = NULL;
	http_client_free(client);
	http_server_free(server);
	buf_release(&received);
	loop_free(l);
	return 0;
}

static void on_flushed(void *ctx)
{
	(void)ctx;
	flushed++;
}

static void test_batches(void **state)
{
	(void)state;
	open_outbox((struct outbox_options){.linger = 20 * MSEC, .batch_bytes = 10});
	assert_true(outbox_add(outbox, STR("a")));
	assert_true(outbox_add(outbox, STR("b")));
	assert_int_equal(requests, 0);
	RUN_UNTIL(l, requests == 1); /* after a while */
	assert_true(str_eq(buf_str(&received), STR("[ab]")));
	assert_true(outbox_add(outbox, STR("12345")));
	assert_true(outbox_add(outbox, STR("67890!"))); /* would be over: the first goes alone, the second at once */
	RUN_UNTIL(l, requests == 3 || outbox_stats(outbox).records == 4);
	char *room = outbox_room(outbox, 100);
	assert_non_null(room);
	memcpy(room, "in place, longer than a batch", 29);
	outbox_commit(outbox, 29);
	RUN_UNTIL(l, outbox_stats(outbox).records == 5);
	assert_true(str_eq(buf_str(&received), STR("[ab][12345][67890!][in place, longer than a batch]")));
	assert_int_equal(outbox_stats(outbox).queued_bytes, 0);
	assert_string_not_equal(ids[0], ids[1]);
}

static void test_retries_keep_the_id(void **state)
{
	(void)state;
	open_outbox((struct outbox_options){.linger = MSEC});
	script[0] = 503;
	script[1] = 507;
	assert_true(outbox_add(outbox, STR("x")));
	RUN_UNTIL(l, outbox_stats(outbox).records == 1);
	assert_int_equal(requests, 3);
	assert_string_equal(ids[0], ids[1]);
	assert_string_equal(ids[0], ids[2]);
	assert_int_equal(outbox_stats(outbox).retries, 2);
	assert_int_equal(told, 0);
}

static void test_refused_for_good(void **state)
{
	(void)state;
	open_outbox((struct outbox_options){.linger = MSEC});
	script[0] = 400;
	assert_true(outbox_add(outbox, STR("x")) && outbox_add(outbox, STR("y")));
	RUN_UNTIL(l, told == 2);
	assert_string_equal(why, "Bad Request");
	assert_true(outbox_add(outbox, STR("z")));
	RUN_UNTIL(l, outbox_stats(outbox).records == 1);
	assert_int_equal(outbox_stats(outbox).lost, 2);
}

static void test_other_side_away(void **state)
{
	(void)state;
	http_server_free(server);
	open_outbox((struct outbox_options){.linger = MSEC, .max_bytes = 1000, .batch_bytes = 100});
	for (int i = 0; i < 100; i++)
		assert_true(outbox_add(outbox, STR("0123456789")));
	for (int i = 0; i < 50; i++)
		assert_false(outbox_add(outbox, STR("0123456789")));
	assert_int_equal(outbox_stats(outbox).queued_bytes, 1000);
	assert_int_equal(told, 1); /* the first at once, the others once a second */
	RUN_UNTIL(l, outbox_stats(outbox).retries >= 2);
	outbox_flush(outbox, 10 * MSEC, on_flushed, NULL);
	RUN_UNTIL(l, flushed == 1); /* though nothing was sent */
	listen_on(&address);
	RUN_UNTIL(l, outbox_stats(outbox).records == 100);
	assert_int_equal(outbox_stats(outbox).queued_bytes, 0);
	assert_true(outbox_add(outbox, STR("x")));
	RUN_UNTIL(l, told == 50);
	assert_string_equal(why, "the queue is full");
}

static void test_flush(void **state)
{
	(void)state;
	open_outbox((struct outbox_options){.linger = 3600 * SECOND});
	outbox_flush(outbox, SECOND, on_flushed, NULL); /* nothing to do: still later, once */
	assert_int_equal(flushed, 0);
	RUN_UNTIL(l, flushed == 1);
	assert_true(outbox_add(outbox, STR("x")));
	outbox_flush(outbox, 10 * SECOND, on_flushed, NULL);
	RUN_UNTIL(l, flushed == 2);
	assert_int_equal(outbox_stats(outbox).records, 1);
}

int main(void)
{
	sys_init();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_batches), TEST(test_retries_keep_the_id), TEST(test_refused_for_good), TEST(test_other_side_away),
	    TEST(test_flush),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
