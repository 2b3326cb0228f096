/* A real store in a directory of its own, behind a real HTTP server, asked over a real connection: what the store's tests share. */
#ifndef PLEACH_TESTS_STORE_WORLD_H
#define PLEACH_TESTS_STORE_WORLD_H
#include "base/json.h"
#include "base/metric.h"
#include "model/call.h"
#include "model/otlp.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "store/upkeep.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct world {
	char directory[64];
	struct loop *loop;
	struct store *store;
	struct http_server *server;
	struct http_client *client;
	struct sys_addr address;
	struct store_options options;
	struct arena arena;       /* of the answers since the last world_clear */
	bool closed;
	unsigned reports;
	char reported[512];
};
struct reply { int status; struct str body, type, retry_after, product; const struct json *json; bool done; struct world *w; };

static void world_handle(void *ctx, struct http_exchange *x)
{
	struct world *w = ctx;
	struct err e = { 0 };
	if (store_handle(w->store, x))
		return;
	err_set(&e, ERR_NOT_FOUND, "no such path");
	http_answer_err(x, &e);
}

static void world_too_large(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	store_refuse_large(x);
}

static void world_before_body(void *ctx, struct http_exchange *x)
{
	struct world *w = ctx;
	store_before_body(w->store, x);
}

static void world_report(void *ctx, uint8_t severity, struct str message)
{
	struct world *w = ctx;
	(void)severity;
	w->reports++;
	snprintf(w->reported, sizeof(w->reported), "%.*s", STR_FMT(message));
}

static void world_open(struct world *w)
{
	struct err e = { 0 };
	struct sys_addr any = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	struct http_server_options limits = { .max_body = STORE_MAX_RECEIVED, .max_arena = 128u << 20,
					      .too_large = world_too_large, .before_body = world_before_body };
	w->loop = loop_new();
	w->options.directory = str_z(w->directory);
	w->options.report = world_report;
	w->options.ctx = w;
	w->store = store_new(w->loop, &w->options, &e);
	if (!w->store)
		fail_msg("%s", e.message);
	w->server = http_server_new(w->loop, &limits, world_handle, w);
	assert_true(http_server_listen(w->server, &any, &w->address, &e));
	w->client = http_client_new(w->loop, &(struct http_client_options){ 0 });
	w->closed = false;
}

static inline int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	snprintf(w->directory, sizeof(w->directory), "/tmp/pleach-store-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	arena_init(&w->arena, 256 << 20);
	world_open(w);
	*state = w;
	return 0;
}

static void world_timeout(struct timer *t)
{
	(void)t;
	fail_msg("nothing happened for 20 seconds");
}

static void world_wait(struct world *w)
{
	struct timer limit = { 0 };
	timer_set(&limit, w->loop, sys_now() + 20 * SECOND, world_timeout);
	loop_run(w->loop);
	timer_cancel(&limit);
}

static void world_is_closed(void *ctx)
{
	struct world *w = ctx;
	w->closed = true;
	loop_stop(w->loop);
}

/* Orderly, as at `pleach down`. */
static void world_close(struct world *w)
{
	http_client_free(w->client);
	http_server_free(w->server);
	store_close(w->store, world_is_closed, w);
	while (!w->closed)
		world_wait(w);
	loop_free(w->loop);
}

static void world_tick(struct timer *t)
{
	loop_stop(t->loop);
}

/* Until no worker is busy for the store. */
static inline void world_settle(struct world *w)
{
	while (w->store->committing || w->store->flushing || w->store->running || w->store->upkeep->busy) {
		struct timer tick = { 0 };
		timer_set(&tick, w->loop, sys_now() + MSEC, world_tick);
		loop_run(w->loop);
	}
}

/* As by kill -9: what is on disk is all that is left. */
static inline void world_kill(struct world *w)
{
	world_settle(w);
	http_client_free(w->client);
	http_server_free(w->server);
	store_abandon(w->store);
	loop_free(w->loop);
}

static inline int world_teardown(void **state)
{
	struct world *w = *state;
	char command[128];
	world_close(w);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->directory);
	assert_int_equal(system(command), 0);
	arena_release(&w->arena);
	free(w);
	return 0;
}

static void world_answered(void *ctx, const struct http_result *r)
{
	struct reply *out = ctx;
	struct world *w = out->w;
	if (r->status == 0)
		fail_msg("no answer: %s", r->err.message);
	out->status = r->status;
	out->body = arena_str(&w->arena, r->body);
	out->type = arena_str(&w->arena, http1_find(r->head, STR("content-type")));
	out->retry_after = arena_str(&w->arena, http1_find(r->head, STR("retry-after")));
	out->product = arena_str(&w->arena, http1_find(r->head, STR("x-elastic-product")));
	if (out->body.len && str_starts(out->type, STR("application/json"))) {
		struct err e = { 0 };
		out->json = json_parse(&w->arena, out->body, &e);
		if (!out->json)
			fail_msg("the answer is no JSON: %s\n%.*s", e.message, STR_FMT(out->body));
	}
	out->done = true;
	loop_stop(w->loop);
}

static struct reply world_ask(struct world *w, const char *method, const char *target, const char *headers, const char *type, struct str body)
{
	struct reply r = { .w = w };
	struct http_call_options o = { .address = w->address, .method = str_z(method), .target = str_z(target), .headers = str_z(headers),
				       .content_type = str_z(type), .body = body, .timeout = 20 * SECOND, .max_body = 64u << 20, .ctx = &r };
	assert_non_null(http_call(w->client, &o, world_answered));
	while (!r.done)
		world_wait(w);
	return r;
}

static inline struct reply world_get(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct reply world_get(struct world *w, const char *format, ...)
{
	char target[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(target, sizeof(target), format, args);
	va_end(args);
	return world_ask(w, "GET", target, "", "", STR(""));
}

/* A GET that must succeed, as JSON. */
#define WORLD_JSON(w, ...)                                                                                                             \
	({                                                                                                                             \
		struct reply got = world_get(w, __VA_ARGS__);                                                                          \
		if (got.status != 200)                                                                                                 \
			fail_msg("status %d: %.*s", got.status, STR_FMT(got.body));                                                    \
		got.json;                                                                                                              \
	})

/* As a sender must: 429 means that the store is still writing out what it has, and the same batch comes again. */
static inline struct reply world_post(struct world *w, const char *target, struct str body)
{
	struct reply r = world_ask(w, "POST", target, "", "application/x-protobuf", body);
	for (int again = 0; r.status == 429 && again < 100; again++) {
		world_settle(w);
		r = world_ask(w, "POST", target, "", "application/x-protobuf", body);
	}
	return r;
}

static inline void world_post_log(struct world *w, const struct log_record *records, size_t n)
{
	struct buf b;
	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < n; i++)
		otlp_encode_log(&b, &records[i]);
	struct reply r = world_post(w, "/v1/logs", buf_str(&b));
	assert_int_equal(r.status, 200);
	assert_int_equal(r.body.len, 0);
	buf_release(&b);
}

static inline void world_post_span(struct world *w, const struct span *spans, size_t n)
{
	struct buf b;
	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < n; i++)
		otlp_encode_span(&b, &spans[i]);
	struct reply r = world_post(w, "/v1/traces", buf_str(&b));
	assert_int_equal(r.status, 200);
	assert_int_equal(r.body.len, 0);
	buf_release(&b);
}

static inline struct log_record world_log(const struct resource *r, int64_t time, uint8_t severity, struct str body)
{
	return (struct log_record){ .resource = r, .time = time, .severity = severity, .body = body };
}
static inline size_t rows_of(const struct json *j, struct str key)
{
	const struct json *rows = json_get(j, key);
	assert_non_null(rows);
	assert_int_equal(rows->type, JSON_ARRAY);
	return rows->count;
}
#define MINUTE (INT64_C(60) * 1000000000)
#endif
