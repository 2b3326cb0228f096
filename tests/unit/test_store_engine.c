/* The store as its users meet it: OTLP in over HTTP, and every route's answer, from memory and from segments, before and after a
 * restart that was orderly or not. */
#include "base/check.h"
#include "store_world.h"

static const struct attr host[] = { { STR_INIT("host.name"), { .type = VALUE_STR, .s = STR_INIT("h1") } } };
static const struct resource orders = { STR_INIT("orders"), STR_INIT("1.2"), STR_INIT("orders-1"), host, 1 };
static const struct resource stock = { STR_INIT("stock"), STR_INIT(""), STR_INIT("stock-1"), NULL, 0 };
static const struct resource gateway = { STR_INIT("gateway"), STR_INIT(""), STR_INIT(""), NULL, 0 };

enum where { MEMORY, SEGMENT, REPLAYED };

/* Runs the same checks on rows in memory, after an orderly end (segments), and after a kill (log replayed). */
static void move_to(struct world *w, enum where where)
{
	if (where == MEMORY)
		return;
	if (where == SEGMENT)
		world_close(w);
	else
		world_kill(w);
	world_open(w);
}

static const struct json *row_at(const struct json *j, size_t i) { return &json_get(j, STR("rows"))->items[i]; }
static struct str body_at(const struct json *j, size_t i) { return json_get_str(row_at(j, i), STR("body"), STR("?")); }
static struct str id_at(const struct json *j, size_t i) { return json_get_str(row_at(j, i), STR("id"), STR("?")); }

static void write_rows(struct world *w, size_t n, int64_t start)
{
	char bodies[64][32];
	struct log_record r[64];
	CHECK(n <= 64);
	for (size_t i = 0; i < n; i++) {
		snprintf(bodies[i], sizeof(bodies[i]), "row number %zu", i);
		r[i] = world_log(i % 2 ? &stock : &orders, start + (int64_t)i * 1000, i % 5 == 0 ? SEVERITY_ERROR : SEVERITY_INFO, str_z(bodies[i]));
	}
	world_post_log(w, r, n);
}

static void search_and_page(struct world *w, enum where where)
{
	int64_t start = sys_wall() - MINUTE;
	write_rows(w, 50, start);
	const struct json *all = WORLD_JSON(w, "/api/logs?limit=1000");
	assert_int_equal(rows_of(all, STR("rows")), 50);
	struct str newest = id_at(all, 0), last = id_at(all, 49);
	move_to(w, where);
	const struct json *j = WORLD_JSON(w, "/api/logs?limit=1000");
	assert_int_equal(rows_of(j, STR("rows")), 50);
	assert_true(str_eq(id_at(j, 0), newest) && str_eq(id_at(j, 49), last)); /* ids never change */
	assert_true(str_eq(body_at(j, 0), STR("row number 49")));
	assert_true(str_eq(json_get_str(j, STR("next"), STR("?")), STR("")));
	/* Pages of 7, both ways, give every row once. */
	for (int up = 0; up < 2; up++) {
		struct str next = STR("");
		size_t seen = 0;
		do {
			j = WORLD_JSON(w, "/api/logs?limit=7&order=%s&after=%.*s", up ? "asc" : "desc", STR_FMT(next));
			for (size_t i = 0; i < rows_of(j, STR("rows")); i++, seen++) {
				char expected[32];
				snprintf(expected, sizeof(expected), "row number %zu", up ? seen : 49 - seen);
				assert_true(str_eq(body_at(j, i), str_z(expected)));
			}
			next = json_get_str(j, STR("next"), STR(""));
		} while (next.len);
		assert_int_equal(seen, 50);
	}
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=service:stock"), STR("rows")), 25);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=level:error"), STR("rows")), 10);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=level%%3E%%3Dwarn+service:stock"), STR("rows")), 5);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=NUMBER+%%22row+number+4%%22"), STR("rows")), 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=NUMBER+%%22row+number+4%%22*"), STR("rows")), 11);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=host.name:h1"), STR("rows")), 25);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=nothing"), STR("rows")), 0);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?from=%lld&to=%lld", (long long)start + 10000, (long long)start + 19000), STR("rows")), 10);
	const struct json *h = WORLD_JSON(w, "/api/logs/histogram?buckets=10&from=%lld&to=%lld", (long long)start, (long long)start + 49999);
	assert_int_equal(json_get_i64(h, STR("total"), -1), 50);
	assert_int_equal(json_get(h, STR("levels"))->count, 2);
	assert_int_equal(json_get(&json_get(h, STR("levels"))->items[1], STR("counts"))->count, 10);
	assert_int_equal(json_get(&json_get(h, STR("levels"))->items[0], STR("counts"))->items[3].i, 1);
	const struct json *f = WORLD_JSON(w, "/api/logs/fields?q=level:error");
	assert_true(str_eq(json_get_str(&json_get(f, STR("fields"))->items[0], STR("name"), STR("?")), STR("service")));
	/* The lines around: of the same instance only. */
	j = WORLD_JSON(w, "/api/logs/context?id=%.*s&before=2&after=2", STR_FMT(newest));
	assert_int_equal(rows_of(j, STR("rows")), 3);
	assert_true(str_eq(body_at(j, 0), STR("row number 45")) && json_get_bool(row_at(j, 2), STR("here"), false));
	assert_int_equal(world_get(w, "/api/logs/context?id=s999-1").status, 404);
	assert_int_equal(world_get(w, "/api/logs/context?id=nonsense").status, 400);
}

static void search_in_memory(void **state) { search_and_page(*state, MEMORY); }
static void search_in_segments(void **state) { search_and_page(*state, SEGMENT); }
static void search_after_a_kill(void **state) { search_and_page(*state, REPLAYED); }

static struct span call_span(uint8_t trace, uint8_t id, uint8_t parent, const char *caller, const char *callee, int64_t start, int64_t ms, int64_t status,
			     const char *reason, struct attr space[6])
{
	space[0] = attr_str(STR(CALL_CALLER), str_z(caller));
	space[1] = attr_str(STR(CALL_SERVICE), str_z(callee));
	space[2] = attr_str(STR(CALL_API), STR("v1"));
	space[3] = attr_int(STR(CALL_STATUS), status);
	space[4] = attr_str(STR(CALL_ORIGIN), parent ? STR(CALL_CONTINUED) : STR(CALL_STARTED));
	space[5] = attr_str(STR(CALL_REASON), str_z(reason));
	return (struct span){ .resource = &gateway, .trace = { { trace } }, .id = { { id } }, .parent = { { parent } }, .name = STR("POST /v1"), .kind = SPAN_SERVER,
			      .start = start, .end = start + ms * MSEC, .status = status >= 500 ? SPAN_ERROR : SPAN_UNSET, .attrs = space,
			      .attr_count = reason[0] ? 6 : 5 };
}

static void traces_and_edges(struct world *w, enum where where)
{
	struct attr a[4][6];
	struct span_event attempt = { .time = sys_wall(), .name = STR(CALL_ATTEMPT) };
	int64_t now = sys_wall(), start = now - MINUTE;
	struct span s[] = { call_span(1, 1, 0, "edge", "orders", start, 100, 201, "", a[0]), call_span(1, 2, 1, "orders", "stock", start + MSEC, 50, 201, "", a[1]),
			    call_span(2, 3, 0, "edge", "orders", start + SECOND, 300, 502, "", a[2]),
			    call_span(2, 4, 3, "orders", "stock", start + SECOND + MSEC, 290, 504, "first_byte_timeout", a[3]) };
	s[3].events = &attempt;
	s[3].event_count = 1;
	world_post_span(w, s, 2);
	/* The second trace straddles: half before the restart, half after it. */
	world_post_span(w, s + 3, 1);
	move_to(w, where);
	world_post_span(w, s + 2, 1);
	struct log_record line = world_log(&stock, start + SECOND + 2 * MSEC, SEVERITY_ERROR, STR("the shelf did not answer"));
	line.trace = (struct trace_id){ { 2 } };
	world_post_log(w, &line, 1);
	const struct json *t = json_get(WORLD_JSON(w, "/api/traces"), STR("traces"));
	assert_int_equal(t->count, 2);
	assert_true(str_eq(json_get_str(&t->items[0], STR("root_service"), STR("?")), STR("orders")));
	assert_int_equal(json_get_i64(&t->items[0], STR("spans"), 0), 2);
	assert_int_equal(json_get_i64(&t->items[0], STR("errors"), 0), 2);
	assert_int_equal(json_get_i64(&t->items[0], STR("status"), 0), 502);
	assert_int_equal(json_get_i64(&t->items[0], STR("duration_ns"), 0), 300 * MSEC);
	assert_int_equal(json_get(&t->items[0], STR("services"))->count, 2);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/traces?error=true"), STR("traces")), 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/traces?min_duration=200ms&service=stock"), STR("traces")), 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/traces?service=nobody"), STR("traces")), 0);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/traces?q=error.type:first_byte_timeout"), STR("traces")), 1);
	const struct json *page = WORLD_JSON(w, "/api/traces?limit=1");
	struct str next = json_get_str(page, STR("next"), STR(""));
	assert_true(next.len > 0);
	page = WORLD_JSON(w, "/api/traces?limit=1&after=%.*s", STR_FMT(next));
	assert_int_equal(rows_of(page, STR("traces")), 1);
	assert_int_equal(json_get_i64(&json_get(page, STR("traces"))->items[0], STR("status"), 0), 201);
	const struct json *one = WORLD_JSON(w, "/api/traces/02000000000000000000000000000000");
	assert_int_equal(rows_of(one, STR("spans")), 2);
	assert_int_equal(rows_of(one, STR("logs")), 1);
	assert_true(json_get_bool(one, STR("complete"), false));
	assert_int_equal(json_get(&json_get(one, STR("spans"))->items[1], STR("events"))->count, 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=trace:02000000000000000000000000000000"), STR("rows")), 1);
	assert_int_equal(world_get(w, "/api/traces/0f000000000000000000000000000000").status, 404);
	assert_int_equal(world_get(w, "/api/traces/xyz").status, 400);
	const struct json *e = json_get(WORLD_JSON(w, "/api/edges?step=10s"), STR("edges"));
	assert_int_equal(e->count, 2);
	const struct json *inner = &e->items[1];
	assert_true(str_eq(json_get_str(inner, STR("callee"), STR("?")), STR("stock")));
	assert_int_equal(json_get_i64(inner, STR("calls"), 0), 2);
	assert_int_equal(json_get_i64(inner, STR("errors"), 0), 1);
	assert_int_equal(json_get_i64(inner, STR("max_ns"), 0), 290 * MSEC);
	assert_int_equal(json_get_i64(json_get(inner, STR("statuses")), STR("504"), 0), 1);
	assert_int_equal(json_get_i64(json_get(inner, STR("reasons")), STR("first_byte_timeout"), 0), 1);
	assert_int_equal(json_get(inner, STR("operations"))->count, 1);
	assert_true(json_get(inner, STR("series"))->count >= 1);
	assert_true(str_eq(json_get_str(inner, STR("failed_trace"), STR("?")), STR("02000000000000000000000000000000")));
	assert_int_equal(json_get_i64(&e->items[0], STR("started"), 0), 2);
	const struct json *seen = json_get(WORLD_JSON(w, "/api/seen"), STR("services"));
	assert_int_equal(seen->count, 2);
	assert_int_equal(json_get_i64(&seen->items[0], STR("spans"), 0), 4);
	assert_int_equal(json_get_i64(&seen->items[1], STR("records"), 0), 1);
	const struct json *st = WORLD_JSON(w, "/api/store");
	assert_int_equal(json_get_i64(st, STR("spans"), 0), 4);
	assert_int_equal(json_get_i64(st, STR("segments"), -1), where == SEGMENT ? 1 : json_get_i64(st, STR("segments"), -1));
}

static void traces_in_memory(void **state) { traces_and_edges(*state, MEMORY); }
static void traces_over_segments(void **state) { traces_and_edges(*state, SEGMENT); }
static void traces_after_a_kill(void **state) { traces_and_edges(*state, REPLAYED); }

static void repeats_are_dropped(void **state)
{
	struct world *w = *state;
	struct log_record r = world_log(&orders, sys_wall(), SEVERITY_INFO, STR("once"));
	struct buf b;
	buf_init(&b, 1 << 20);
	otlp_encode_log(&b, &r);
	for (int restart = 0; restart < 3; restart++) {
		for (int i = 0; i < 2; i++)
			assert_int_equal(world_ask(w, "POST", "/v1/logs", "Pleach-Batch: 00112233445566aa-7\r\n", "application/x-protobuf", buf_str(&b)).status, 200);
		move_to(w, restart == 0 ? REPLAYED : SEGMENT);
		assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs"), STR("rows")), 1);
	}
	assert_int_equal(world_ask(w, "POST", "/v1/logs", "Pleach-Batch: 00112233445566aa-8\r\n", "application/x-protobuf", buf_str(&b)).status, 200);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs"), STR("rows")), 2);
	assert_int_equal(world_ask(w, "POST", "/v1/logs", "Pleach-Batch: what\r\n", "application/x-protobuf", buf_str(&b)).status, 400);
	buf_release(&b);
}

/* Many rows: several memtables and segments, and restarts in between. */
static void many_rows(void **state)
{
	struct world *w = *state;
	int64_t start = sys_wall() - MINUTE;
	char text[1500];
	memset(text, 'x', sizeof(text));
	struct log_record r[256];
	for (int k = 0; k < 20; k++) {
		for (size_t i = 0; i < 256; i++)
			r[i] = world_log(&orders, start + (k * 256 + (int64_t)i * 7 % 256) * 1000, SEVERITY_INFO, str_from(text, 500 + i));
		world_post_log(w, r, 256);
		if (k == 12) {
			world_kill(w);
			world_open(w);
		}
	}
	world_settle(w);
	assert_true(w->store->segment_count >= 3);
	const struct json *h = WORLD_JSON(w, "/api/logs/histogram");
	assert_int_equal(json_get_i64(h, STR("total"), 0), 5120);
	struct str next = STR("");
	size_t seen = 0;
	int64_t before = INT64_MAX;
	do {
		const struct json *j = WORLD_JSON(w, "/api/logs?limit=999&after=%.*s", STR_FMT(next));
		for (size_t i = 0; i < rows_of(j, STR("rows")); i++, seen++) {
			int64_t time;
			assert_true(str_to_i64(json_get_str(row_at(j, i), STR("time_ns"), STR("")), &time));
			assert_true(time < before);
			before = time;
		}
		next = json_get_str(j, STR("next"), STR(""));
	} while (next.len);
	assert_int_equal(seen, 5120);
	assert_int_equal(w->reports, 0);
}

/* Words that all rows of a segment share, ids among them, and one that most share: found in each of its blocks, by whole words and by parts. */
static void words_of_all_rows(void **state)
{
	struct world *w = *state;
	int64_t start = sys_wall() - MINUTE;
	struct log_record r[256];
	char text[256][128];
	static const char *const found[] = { "e510cdb822a0", "12345678", "4bf92f3577b34da6a3ce929d0e0e4736", "7", "deadbeef", "e510cdb*", "%22batch+e510cdb822a0%22" };
	for (int k = 0; k < 64; k++) {
		for (size_t i = 0; i < 256; i++) {
			int n = snprintf(text[i], sizeof(text[i]), "batch e510cdb822a0 of 12345678, trace 4bf92f3577b34da6a3ce929d0e0e4736: part 7, deadbeef, row %zu", (size_t)k * 256 + i);
			r[i] = world_log(&orders, start + k * 256 + (int64_t)i, SEVERITY_INFO, str_from(text[i], (size_t)n));
		}
		world_post_log(w, r, 256);
	}
	world_settle(w);
	assert_true(w->store->segment_count >= 1);
	for (size_t i = 0; i < ARRAY_LEN(found); i++) {
		const struct json *h = WORLD_JSON(w, "/api/logs/histogram?q=%s", found[i]);
		assert_int_equal(json_get_i64(h, STR("total"), 0), 64 * 256);
	}
	assert_int_equal(json_get_i64(WORLD_JSON(w, "/api/logs/histogram?q=row+12344"), STR("total"), 0), 1);
}

static int small_setup(void **state)
{
	int result = world_setup(state);
	struct world *w = *state;
	world_close(w);
	w->options.memory = 1 << 20;
	world_open(w);
	return result;
}

static void old_files_go(void **state)
{
	struct world *w = *state;
	write_rows(w, 10, sys_wall());
	world_close(w);
	w->options.keep_bytes = 1;
	world_open(w);
	write_rows(w, 10, sys_wall());
	world_close(w);
	w->options.keep_ns = 1;
	world_open(w);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs"), STR("rows")), 0);
	write_rows(w, 1, sys_wall());
	/* Numbers go on although no file was left. */
	assert_true(w->store->wal.number >= 3);
}

static void wrong_questions(void **state)
{
	struct world *w = *state;
	struct reply r = world_get(w, "/api/logs?q=level:eror");
	assert_int_equal(r.status, 400);
	assert_int_equal(json_get_i64(r.json, STR("column"), 0), 7);
	assert_true(str_find(json_get_str(r.json, STR("message"), STR("")), STR("error")) != SIZE_MAX);
	assert_int_equal(world_get(w, "/api/logs?from=yesterday").status, 400);
	assert_int_equal(world_get(w, "/api/logs?from=2026-01-02&to=2026-01-01").status, 400);
	assert_int_equal(world_get(w, "/api/logs?limit=0").status, 400);
	assert_int_equal(world_get(w, "/api/logs?after=what").status, 400);
	assert_int_equal(world_get(w, "/api/logs?order=sideways").status, 400);
	assert_int_equal(world_get(w, "/api/edges?step=1s").status, 400);
	assert_int_equal(world_get(w, "/api/traces?min_duration=soon").status, 400);
	assert_int_equal(world_get(w, "/api/nothing").status, 404);
	assert_int_equal(world_ask(w, "DELETE", "/api/logs", "", "", STR("")).status, 405);
}

struct tailed { struct world *w; struct buf text; };
static bool tail_data(void *ctx, struct str piece)
{
	struct tailed *t = ctx;
	buf_add(&t->text, piece);
	if (str_find(buf_str(&t->text), STR("event: row")) != SIZE_MAX && str_ends(buf_str(&t->text), STR("\n\n")))
		loop_stop(t->w->loop);
	return true;
}
static void tail_done(void *ctx, const struct http_result *r) { (void)ctx, (void)r; }

static void live_tail(void **state)
{
	struct world *w = *state;
	struct tailed t = { .w = w };
	buf_init(&t.text, 1 << 20);
	struct http_call_options o = { .address = w->address, .method = STR("GET"), .target = STR("/api/logs/tail?q=service:stock"), .timeout = INT64_MAX,
				       .on_data = tail_data, .ctx = &t };
	struct http_call *call = http_call(w->client, &o, tail_done);
	while (w->store->tail_count == 0)
		WORLD_JSON(w, "/api/store");
	write_rows(w, 2, sys_wall());
	while (str_find(buf_str(&t.text), STR("event: row")) == SIZE_MAX)
		world_wait(w);
	assert_true(str_find(buf_str(&t.text), STR("row number 1")) != SIZE_MAX);
	assert_true(str_find(buf_str(&t.text), STR("row number 0")) == SIZE_MAX);
	assert_true(str_find(buf_str(&t.text), STR("\nid: s")) != SIZE_MAX);
	http_cancel(call);
	for (int i = 0; i < 100 && w->store->tail_count; i++)
		WORLD_JSON(w, "/api/store");
	assert_int_equal(w->store->tail_count, 0);
	buf_release(&t.text);
}

static void one_owner(void **state)
{
	struct world *w = *state;
	struct err e = { 0 };
	struct store_options o = { .directory = str_z(w->directory) };
	assert_null(store_new(w->loop, &o, &e));
	assert_int_equal(e.code, ERR_CONFLICT);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
int main(void)
{
	sys_init();
	const struct CMUnitTest tests[] = {
		WORLD_TEST(search_in_memory), WORLD_TEST(search_in_segments), WORLD_TEST(search_after_a_kill), WORLD_TEST(traces_in_memory),
		WORLD_TEST(traces_over_segments), WORLD_TEST(traces_after_a_kill), WORLD_TEST(repeats_are_dropped),
		cmocka_unit_test_setup_teardown(words_of_all_rows, small_setup, world_teardown),
		cmocka_unit_test_setup_teardown(many_rows, small_setup, world_teardown), WORLD_TEST(old_files_go), WORLD_TEST(wrong_questions),
		WORLD_TEST(live_tail), WORLD_TEST(one_owner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
