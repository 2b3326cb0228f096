/* What happens to segments after they are on disk: rows that go by query or by their service's age, and snapshots. What goes must be gone from
 * the files (they are searched for its bytes); what stays must be as it was, under the same ids. */
#include "base/check.h"
#include "store/scan.h"
#include "store/traces.h"
#include "store_rows.h"
#include <unistd.h>

static const struct resource orders = { STR_INIT("orders"), STR_INIT("1.2"), STR_INIT("orders-1"), NULL, 0 };
static const struct resource stock = { STR_INIT("stock"), STR_INIT(""), STR_INIT("stock-1"), NULL, 0 };
static const struct resource gateway = { STR_INIT("gateway"), STR_INIT(""), STR_INIT(""), NULL, 0 };
#define SECRET "ada@example.org"

/* --- rewriting ---------------------------------------------------------------------------------------------------------------------------------- */

struct kept { struct str row, resource; };
static bool mark_some(void *ctx, struct segment_reader *r, uint64_t *gone, struct err *e)
{
	(void)e;
	for (uint32_t p = 0; p < r->found.rows; p++)
		if (((const bool *)ctx)[p])
			bits_set(gone, p);
	return true;
}

/* By position. */
static struct kept *read_all(struct arena *a, struct str directory, const struct segment *s)
{
	struct kept *all = ARENA_ARRAY(a, s->rows + 1, struct kept);
	struct segment_reader r;
	struct err e = { 0 };
	uint32_t rows = 0, spans = 0;
	assert_true(segment_open(&r, directory, s, &e) && segment_index(&r, &e));
	for (uint32_t i = 0; i < r.block_count; i++) {
		struct block_rows it;
		struct block_row row;
		assert_true(segment_block(&r, &r.blocks[i], &it, &e));
		while (block_next(&it, &r, &row, &e)) {
			assert_null(all[row.position].row.p);
			all[row.position] = (struct kept){ arena_str(a, row.row), arena_str(a, r.resources[row.resource].bytes) };
			rows++;
			spans += r.blocks[i].kind == ROW_SPAN;
		}
		assert_false(err_is_set(&e));
	}
	assert_int_equal(rows, s->records + s->spans);
	assert_int_equal(spans, s->spans);
	segment_close(&r);
	return all;
}

static uint64_t spans_in_traces(struct str directory, const struct segment *s)
{
	struct segment_reader r;
	struct err e = { 0 };
	struct str section;
	struct trace_part part = { 0 };
	struct str services[TRACE_MAX_SERVICES];
	uint64_t sum = 0;
	assert_true(segment_open(&r, directory, s, &e) && segment_section(&r, SECTION_TRACES, &section, &e));
	struct bytes b = bytes_of(section);
	for (uint64_t n = take_varint(&b); n > 0; n--) {
		assert_true(trace_decode(&b, &part, services));
		sum += part.spans;
	}
	segment_close(&r);
	return sum;
}

static void rewrite_keeps_the_rest(void **state)
{
	struct world *w = *state;
	struct str directory = str_z(w->directory);
	struct memtable *m = rows_memtable(900);
	struct segment s, found;
	struct err e = { 0 };
	int64_t code;
	m->wal_length = 4711;
	senders_note(&m->senders, (struct batch_id){ 5, 77 });
	assert_true(segment_write(m, directory, &s, &code));
	memtable_unref(m);
	struct kept *before = read_all(&w->arena, directory, &s);
	bool *goes = ARENA_ARRAY(&w->arena, s.rows, bool);
	for (uint32_t p = 0; p < s.rows; p++)
		goes[p] = draw(3) == 0;
	struct rewrite rw = { .directory = directory, .segment = &s, .mark = mark_some, .ctx = goes };
	assert_int_equal(segment_rewrite(&rw), REWRITE_DONE);
	assert_true(segment_load(directory, 900, &found, &e));
	assert_true(found.sum == rw.written.sum && found.sum != s.sum && found.rows == s.rows && found.created == s.created && found.log_length == 4711);
	struct kept *after = read_all(&w->arena, directory, &found);
	for (uint32_t p = 0; p < s.rows; p++) {
		bool there = before[p].row.p && !goes[p];
		assert_true(there == (after[p].row.p != NULL));
		assert_true(!there || (str_eq(before[p].row, after[p].row) && str_eq(before[p].resource, after[p].resource)));
	}
	assert_int_equal(spans_in_traces(directory, &found), found.spans);
	struct sender_table senders = { 0 };
	assert_true(segment_senders(directory, &found, &senders, &e) && senders_repeated(&senders, (struct batch_id){ 5, 77 }));
	senders_release(&senders);
	/* Once more, of what was known before: the file is seen to be another one. */
	assert_int_equal(segment_rewrite(&rw), REWRITE_DONE);
	memset(goes, 1, s.rows);
	assert_int_equal(segment_rewrite(&rw), REWRITE_DONE);
	assert_true(segment_load(directory, 900, &found, &e));
	assert_int_equal(found.records + found.spans, 0);
	read_all(&w->arena, directory, &found);
	rw.segment = &found;
	memset(goes, 0, s.rows);
	assert_int_equal(segment_rewrite(&rw), REWRITE_SAME);
}

/* --- asked over the socket ------------------------------------------------------------------------------------------------------------------------ */

/* All requests over a Unix socket from now on. */
static void by_socket(struct world *w)
{
	struct err e = { 0 };
	struct sys_addr a = { .family = SYS_UNIX };
	snprintf(a.path, sizeof(a.path), "%s.sock", w->directory);
	assert_true(http_server_listen(w->server, &a, NULL, &e));
	w->address = a;
}

static int socket_setup(void **state)
{
	world_setup(state);
	by_socket(*state);
	return 0;
}

static int socket_teardown(void **state)
{
	char path[80];
	snprintf(path, sizeof(path), "%s.sock", ((struct world *)*state)->directory);
	unlink(path);
	return world_teardown(state);
}

static void reopen(struct world *w, bool kill)
{
	if (kill)
		world_kill(w);
	else
		world_close(w);
	world_open(w);
	by_socket(w);
}

static struct reply ask(struct world *w, const char *method, const char *target, const char *body)
{
	return world_ask(w, method, target, "", "application/json", str_z(body));
}

/* Whether any file of the store holds these bytes, as they are or compressed as the store compresses (so rows are read as well). */
static bool in_files(const struct world *w, const char *bytes)
{
	char command[256];
	snprintf(command, sizeof(command), "grep -rqaF '%s' '%s'", bytes, w->directory);
	return system(command) == 0;
}

static void write_rows(struct world *w, const struct resource *r, const char *before, const char *after, int n)
{
	char bodies[64][64];
	struct log_record rows[64];
	CHECK(n <= 64);
	for (int i = 0; i < n; i++) {
		snprintf(bodies[i], sizeof(bodies[i]), "%s%d%s", before, i, after);
		rows[i] = world_log(r, sys_wall() - MINUTE + i * 1000, SEVERITY_INFO, str_z(bodies[i]));
	}
	world_post_log(w, rows, (size_t)n);
}

static size_t found(struct world *w, const char *q) { return rows_of(WORLD_JSON(w, "/api/logs?limit=1000&q=%s", q), STR("rows")); }

static const struct json *deletion(struct world *w, int64_t id)
{
	const struct json *list = json_get(WORLD_JSON(w, "/api/deletions"), STR("deletions"));
	for (uint32_t i = 0; i < list->count; i++)
		if (json_get_i64(&list->items[i], STR("id"), 0) == id)
			return &list->items[i];
	fail_msg("there is no deletion %lld", (long long)id);
	return NULL;
}

static const struct json *wait_for(struct world *w, int64_t id)
{
	for (int i = 0; i < 20000; i++) {
		const struct json *d = deletion(w, id);
		struct str now = json_get_str(d, STR("state"), STR(""));
		if (!str_eq(now, STR("waiting")) && !str_eq(now, STR("running")))
			return d;
		struct timer tick = { 0 };
		timer_set(&tick, w->loop, sys_now() + MSEC, world_tick);
		loop_run(w->loop);
	}
	fail_msg("deletion %lld does not end", (long long)id);
	return NULL;
}

/* Rows in two segments, in a log, of which some have the secret; and other rows. */
static void fill(struct world *w)
{
	write_rows(w, &orders, "order ", " of " SECRET " paid", 20);
	write_rows(w, &stock, "item ", " taken", 20);
	reopen(w, false);
	write_rows(w, &orders, "order ", " shipped", 10);
	write_rows(w, &stock, SECRET " asked for item ", "", 10);
	reopen(w, false);
	write_rows(w, &orders, "letter ", " to " SECRET, 5);
	write_rows(w, &orders, "parcel ", "", 5);
}

static struct str ids(struct world *w, const char *q)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	const struct json *rows = json_get(WORLD_JSON(w, "/api/logs?limit=1000&q=%s", q), STR("rows"));
	for (uint32_t i = 0; i < rows->count; i++)
		buf_printf(&b, "%.*s=%.*s ", STR_FMT(json_get_str(&rows->items[i], STR("id"), STR("?"))), STR_FMT(json_get_str(&rows->items[i], STR("body"), STR("?"))));
	struct str out = arena_str(&w->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void deletion_really_removes(void **state)
{
	struct world *w = *state;
	fill(w);
	assert_int_equal(found(w, SECRET), 35);
	/* What is deleted must not come back from the cache either. */
	assert_int_equal(w->store->cache.files, 2);
	assert_true(w->store->cache.counted > 0);
	assert_true(in_files(w, SECRET)); /* in the log, and in dictionaries: the search finds what is there */
	struct str others = ids(w, "-" SECRET);
	struct reply r = ask(w, "POST", "/api/logs/delete", "{\"q\":\"" SECRET "\",\"dry_run\":true}");
	assert_int_equal(r.status, 200);
	assert_int_equal(json_get_i64(r.json, STR("rows"), 0), 35);
	assert_int_equal(json_get(r.json, STR("services"))->count, 2);
	assert_int_equal(found(w, SECRET), 35);
	r = ask(w, "POST", "/api/logs/delete", "{\"q\":\"" SECRET "\",\"by\":\"dpo\"}");
	assert_int_equal(r.status, 202);
	/* What comes after it is not meant. */
	write_rows(w, &stock, "later ", " " SECRET, 3);
	const struct json *d = wait_for(w, json_get_i64(r.json, STR("id"), 0));
	assert_true(str_eq(json_get_str(d, STR("state"), STR("")), STR("done")));
	assert_true(str_eq(json_get_str(d, STR("by"), STR("")), STR("dpo")));
	assert_int_equal(json_get_i64(d, STR("rows"), 0), 35);
	assert_int_equal(json_get_i64(d, STR("segments"), 0), 3);
	assert_int_equal(found(w, SECRET), 3);
	r = ask(w, "POST", "/api/logs/delete", "{\"q\":\"later\"}");
	wait_for(w, json_get_i64(r.json, STR("id"), 0));
	assert_int_equal(found(w, SECRET), 0);
	assert_false(in_files(w, SECRET));
	assert_true(str_eq(ids(w, ""), others));
	reopen(w, true);
	assert_false(in_files(w, SECRET));
	assert_true(str_eq(ids(w, ""), others));
	assert_true(str_eq(json_get_str(deletion(w, 1), STR("state"), STR("")), STR("done")));
}

static void deletion_survives_a_kill(void **state)
{
	struct world *w = *state;
	fill(w);
	world_settle(w);
	w->store->upkeep->busy = true; /* nothing of it is done before the end */
	struct reply r = ask(w, "POST", "/api/logs/delete", "{\"q\":\"" SECRET "\"}");
	assert_int_equal(r.status, 202);
	w->store->upkeep->busy = false;
	reopen(w, true);
	const struct json *d = wait_for(w, 1);
	assert_int_equal(json_get_i64(d, STR("rows"), 0), 35);
	assert_int_equal(found(w, SECRET), 0);
	assert_int_equal(found(w, ""), 35);
	assert_false(in_files(w, SECRET));
}

/* Of spans, by range of time, and the counts that go with them. */
static void spans_go_with_their_counts(void **state)
{
	struct world *w = *state;
	int64_t now = sys_wall() - MINUTE;
	struct attr a[] = { attr_str(STR(CALL_CALLER), STR("edge")), attr_str(STR(CALL_SERVICE), STR("orders")), attr_int(STR(CALL_STATUS), 200) };
	struct span s[6];
	for (int i = 0; i < 6; i++)
		s[i] = (struct span){ .resource = &gateway, .trace = { { 9, (uint8_t)(i / 2) } }, .id = { { 1, (uint8_t)i } }, .name = STR("GET /"), .start = now,
				      .end = now + MSEC, .attrs = a, .attr_count = 3 };
	world_post_span(w, s, 6);
	reopen(w, false);
	struct reply r = ask(w, "POST", "/api/logs/delete", "{\"q\":\"trace:09010000000000000000000000000000\",\"kind\":\"spans\",\"from\":\"1h\"}");
	assert_int_equal(r.status, 202);
	const struct json *d = wait_for(w, json_get_i64(r.json, STR("id"), 0));
	assert_int_equal(json_get_i64(d, STR("rows"), 0), 2);
	assert_int_equal(world_get(w, "/api/traces/09010000000000000000000000000000").status, 404);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/traces"), STR("traces")), 2);
	const struct json *edges = json_get(WORLD_JSON(w, "/api/edges"), STR("edges"));
	assert_int_equal(json_get_i64(&edges->items[0], STR("calls"), 0), 4);
}

static void refuses_what_it_should(void **state)
{
	struct world *w = *state;
	static const char *const bad[] = { "", "[]", "{}", "{\"q\":\"\"}", "{\"q\":\"a (\"}", "{\"q\":\"a | limit 3\"}", "{\"q\":\"a\",\"from\":\"yesterdayish\"}",
					   "{\"q\":\"a\",\"kind\":\"metrics\"}", "{\"q\":\"a\",\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-01T00:00:00Z\"}" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(ask(w, "POST", "/api/logs/delete", bad[i]).status, 400);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/deletions"), STR("deletions")), 0);
	static const char *const names[] = { "{\"name\":\".x\"}", "{\"name\":\"a/b\"}", "{\"name\":\"../x\"}", "{" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(ask(w, "POST", "/api/store/snapshot", names[i]).status, 400);
	assert_int_equal(ask(w, "DELETE", "/api/store/snapshots/none", "").status, 404);
	struct err e = { 0 };
	struct sys_addr any = { .family = SYS_IPV4, .ip = { 127, 0, 0, 1 } };
	assert_true(http_server_listen(w->server, &any, &w->address, &e));
	assert_int_equal(ask(w, "POST", "/api/logs/delete", "{\"q\":\"a\"}").status, 403);
	assert_int_equal(ask(w, "POST", "/api/store/snapshot", "{}").status, 403);
	assert_int_equal(ask(w, "DELETE", "/api/store/snapshots/none", "").status, 403);
}

/* A query that began before and opens the file afterwards, and one that holds it open: no damage, and no row twice. */
static void count_row(void *ctx, const struct scan_row *r)
{
	(void)r;
	++*(uint32_t *)ctx;
}

static void queries_go_on(void **state)
{
	struct world *w = *state;
	struct arena a;
	struct query q;
	struct err e = { 0 };
	uint32_t n[2] = { 0 };
	fill(w);
	reopen(w, false);
	arena_init(&a, 1 << 16);
	assert_true(query_parse(&q, &a, STR(""), &e));
	struct scan s[2] = { { .store = w->store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = count_row, .ctx = &n[0] },
			     { .store = w->store, .q = &q, .from = INT64_MIN, .to = INT64_MAX, .kinds = 6, .row = count_row, .ctx = &n[1] } };
	assert_true(scan_begin(&s[0]) && scan_begin(&s[1]));
	assert_true(scan_step(&s[1])); /* has read its first segment */
	uint32_t first = n[1];
	struct reply r = ask(w, "POST", "/api/logs/delete", "{\"q\":\"" SECRET "\"}");
	wait_for(w, json_get_i64(r.json, STR("id"), 0));
	/* And then everything goes, while both still hold the segments. */
	for (int i = 0; i < 2; i++) {
		while (scan_step(&s[i]))
			;
		assert_int_equal(s[i].damaged, 0);
		scan_end(&s[i]);
	}
	/* A segment that one of them had read is shown to both as it was when they began. */
	for (int i = 0; i < 2; i++)
		assert_true(n[i] >= 35 && n[i] <= 35 + first);
	query_release(&q);
	arena_release(&a);
}

/* --- retention by service --------------------------------------------------------------------------------------------------------------------------- */

static void services_have_their_own_age(void **state)
{
	struct world *w = *state;
	static const struct store_keep rules[] = { { STR_INIT("st*"), 3600 * (int64_t)1000000000 }, { STR_INIT("stoc?"), 1 }, { STR_INIT("ord*"), 1 },
						   { STR_INIT("orders"), INT64_MAX } };
	assert_int_equal(store_keep_of(w->store, STR("orders")), INT64_C(14) * 86400 * SECOND);
	fill(w);
	world_close(w);
	w->options.keep = rules;
	w->options.keep_count = ARRAY_LEN(rules);
	w->options.keep_ns = 1;
	world_open(w);
	by_socket(w);
	assert_int_equal(store_keep_of(w->store, STR("orders")), INT64_MAX);
	assert_int_equal(store_keep_of(w->store, STR("stock")), 1);
	assert_int_equal(store_keep_of(w->store, STR("store")), 3600 * (int64_t)1000000000);
	assert_int_equal(store_keep_of(w->store, STR("other")), 1);
	for (int i = 0; i < 2000 && found(w, "service:stock"); i++) {
		struct timer tick = { 0 };
		timer_set(&tick, w->loop, sys_now() + MSEC, world_tick);
		loop_run(w->loop);
	}
	world_settle(w);
	assert_int_equal(found(w, "service:stock"), 0);
	assert_int_equal(found(w, "service:orders"), 40);
	assert_int_equal(w->store->upkeep->rewritten, 2);
	/* Not again before the next is due. */
	store_upkeep_next(w->store);
	assert_false(w->store->upkeep->busy);
	w->options.keep = NULL;
	w->options.keep_count = 0;
	reopen(w, false);
	store_retain(w->store);
	assert_int_equal(found(w, ""), 0);
}

/* --- snapshots -------------------------------------------------------------------------------------------------------------------------------------- */

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
	char command[512];
	va_list args;
	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

static void snapshots(void **state)
{
	struct world *w = *state;
	fill(w);
	struct reply r = ask(w, "POST", "/api/store/snapshot", "{\"name\":\"before\"}");
	assert_int_equal(r.status, 201);
	assert_int_equal(json_get_i64(r.json, STR("records"), 0), 70); /* what was in memory is in it */
	assert_int_equal(json_get_i64(r.json, STR("segments"), 0), 3);
	assert_int_equal(ask(w, "POST", "/api/store/snapshot", "{\"name\":\"before\"}").status, 409);
	assert_int_equal(ask(w, "POST", "/api/store/snapshot", "").status, 201); /* a name by the time */
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/store/snapshots"), STR("snapshots")), 2);
	int64_t bytes = json_get_i64(WORLD_JSON(w, "/api/store"), STR("bytes"), 0);
	write_rows(w, &orders, "after ", "", 5);
	struct str all = ids(w, "-after");
	/* It survives that the store loses everything; and is a store itself. */
	reopen(w, true);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/store/snapshots"), STR("snapshots")), 2);
	world_close(w);
	shell("rm '%s'/*.segment && cp '%s'/snapshots/before/*.segment '%s'", w->directory, w->directory, w->directory);
	world_open(w);
	by_socket(w);
	assert_true(str_eq(ids(w, ""), all));
	assert_true(json_get_i64(WORLD_JSON(w, "/api/store"), STR("bytes"), 0) <= bytes);
	/* A deletion is carried out in snapshots too. */
	r = ask(w, "POST", "/api/logs/delete", "{\"q\":\"" SECRET "\"}");
	const struct json *d = wait_for(w, json_get_i64(r.json, STR("id"), 0));
	assert_int_equal(json_get_i64(d, STR("rows"), 0), 3 * 35);
	assert_false(in_files(w, SECRET));
	const struct json *list = json_get(WORLD_JSON(w, "/api/store/snapshots"), STR("snapshots"));
	assert_int_equal(json_get_i64(&list->items[0], STR("records"), 0), 35);
	assert_int_equal(ask(w, "DELETE", "/api/store/snapshots/before", "").status, 200);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/store/snapshots"), STR("snapshots")), 1);
	shell("test ! -e '%s/snapshots/before' && test ! -e '%s/snapshots/.before'", w->directory, w->directory);
	/* What a crash left of one goes. */
	shell("mkdir '%s/snapshots/.half' && touch '%s/snapshots/.half/x.segment'", w->directory, w->directory);
	reopen(w, false);
	shell("test ! -e '%s/snapshots/.half'", w->directory);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/store/snapshots"), STR("snapshots")), 1);
}

#define SOCKET_TEST(f) cmocka_unit_test_setup_teardown(f, socket_setup, socket_teardown)
int main(void)
{
	sys_init();
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(rewrite_keeps_the_rest), SOCKET_TEST(deletion_really_removes), SOCKET_TEST(deletion_survives_a_kill), SOCKET_TEST(spans_go_with_their_counts),
		SOCKET_TEST(refuses_what_it_should), SOCKET_TEST(queries_go_on), SOCKET_TEST(services_have_their_own_age), SOCKET_TEST(snapshots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
