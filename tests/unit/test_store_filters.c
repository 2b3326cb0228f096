/* Filters never hide a row, whichever way its text was packed: what a segment writes once into its dictionary counts for all of its blocks. Each
 * test fills more than one block and asks the store for what stands in each of them. */
#include "base/check.h"
#include "store/column.h"
#include "store/filter.h"
#include "store_world.h"

enum { ROWS = BLOCK_ROWS * 2 + 100, BATCH = 2000, TEXT_ROOM = 160, MEMORY = 512 << 20 }; /* memory: all rows become one segment */

static const struct resource orders = { STR_INIT("orders"), STR_INIT(""), STR_INIT(""), NULL, 0 };

/* Texts by row, and an attribute of the same kind. */
static void fill(struct world *w, void (*text)(char *out, uint32_t row), void (*attribute)(char *out, uint32_t row))
{
	static char bodies[BATCH][TEXT_ROOM], values[BATCH][TEXT_ROOM];
	static struct log_record records[BATCH];
	static struct attr attrs[BATCH];
	w->store->options.memory = MEMORY;
	for (uint32_t row = 0; row < ROWS;) {
		uint32_t n = 0;
		for (; n < BATCH && row < ROWS; n++, row++) {
			text(bodies[n], row);
			records[n] = world_log(&orders, INT64_C(1795000000) * SECOND + row, SEVERITY_INFO, str_z(bodies[n]));
			if (!attribute)
				continue;
			attribute(values[n], row);
			attrs[n] = attr_str(STR("who"), str_z(values[n]));
			records[n].attrs = &attrs[n];
			records[n].attr_count = 1;
		}
		world_post_log(w, records, n);
	}
	/* From memory to a segment. */
	world_close(w);
	world_open(w);
	assert_int_equal(w->store->segment_count, 1);
	assert_true(w->store->segments[0]->records >= ROWS);
}

static void check(struct world *w, const char *query, uint32_t expected)
{
	const struct json *j = WORLD_JSON(w, "/api/logs/histogram?q=%s&from=1700000000000000000&to=1900000000000000000", query);
	int64_t total = json_get_i64(j, STR("total"), -1);
	if (total != expected)
		fail_msg("%s: %lld rows, expected %u", query, (long long)total, expected);
}

static void plain(char *out, uint32_t row) { snprintf(out, TEXT_ROOM, "line number %u", row + 100000); }

static void constant(char *out, uint32_t row)
{
	snprintf(out, TEXT_ROOM, "web7a runs 0123456789abcdef0123456789abcdef for 550e8400-e29b-41d4-a716-446655440000 in round %u", row + 100000);
}

/* A variable that never varies is part of its template, which is written once. */
static void constants_of_templates(void **state)
{
	struct world *w = *state;
	fill(w, constant, NULL);
	check(w, "web7a", ROWS);
	check(w, "0123456789abcdef0123456789abcdef", ROWS);
	check(w, "550e8400-e29b-41d4-a716-446655440000", ROWS);
	check(w, "133000", 0);
	check(w, "132866", 1);
}

static void uuid_of_row(char *out, uint32_t row) { snprintf(out, TEXT_ROOM, "job 018f3a5c-0%03x-7000-8000-%012x is done", row >> 12, row); }

/* A UUID of which some groups never vary (version 7: the time) is still one id. */
static void parts_of_ids(void **state)
{
	struct world *w = *state;
	fill(w, uuid_of_row, NULL);
	check(w, "018f3a5c-0000-7000-8000-000000000005", 1);
	check(w, "018f3a5c-0004-7000-8000-000000004003", 1);
	check(w, "018f3a5c-0008-7000-8000-000000008061", 1);
	check(w, "018f3a5c-0008-7000-8000-00000000a061", 0);
}

static void word_and_number(char *out, uint32_t row) { snprintf(out, TEXT_ROOM, "deadbeefdeadbeef saw %u", row); }

/* A word of a template that is also the span id of a row: the one is of all blocks, the other of its own. */
static void words_that_look_like_span_ids(void **state)
{
	struct world *w = *state;
	struct log_record r = world_log(&orders, INT64_C(1795000000) * SECOND, SEVERITY_INFO, STR("first"));
	r.span = (struct span_id){ { 0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef } };
	world_post_log(w, &r, 1);
	fill(w, plain, word_and_number);
	check(w, "deadbeefdeadbeef", ROWS + 1);
}

/* A number is found however it is written, in what a resource says as well. */
static void numbers_of_resources(void **state)
{
	struct world *w = *state;
	static const struct attr shard[] = { { STR_INIT("shard"), { .type = VALUE_STR, .s = STR_INIT("0012000") } }, { STR_INIT("share"), { .type = VALUE_DOUBLE, .d = 54321.0 } } };
	static const struct resource stock = { STR_INIT("stock"), STR_INIT(""), STR_INIT(""), shard, 2 };
	struct log_record r = world_log(&stock, sys_wall(), SEVERITY_INFO, STR("a line"));
	world_post_log(w, &r, 1);
	world_close(w);
	world_open(w);
	assert_int_equal(w->store->segment_count, 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=shard:12000"), STR("rows")), 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=shard:0012000"), STR("rows")), 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=share:54321"), STR("rows")), 1);
	assert_int_equal(rows_of(WORLD_JSON(w, "/api/logs?q=shard:12001"), STR("rows")), 0);
}

/* --- the filter itself ------------------------------------------------------------------------------------------------------------------------ */

static uint64_t hash_of(uint64_t n)
{
	uint64_t z = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct filter_answer ask(struct str pages, uint64_t hash, uint32_t blocks)
{
	struct filter_answer a;
	uint32_t count = (uint32_t)(pages.len / FILTER_PAGE);
	assert_true(filter_ask((const uint8_t *)pages.p + (size_t)filter_page(hash | (hash == 0), count) * FILTER_PAGE, hash, blocks, &a));
	return a;
}

static bool has(const struct filter_answer *a, uint32_t block)
{
	return a->verdict == FILTER_ALL || (a->verdict == FILTER_SOME && block >= a->first && block <= a->last);
}

/* So many hashes in so many blocks: hash n in block n modulo blocks, every tenth in the next one as well. */
static void fill_filter(struct buf *out, uint32_t n, uint32_t blocks, const struct filter_kind *kind)
{
	struct filter f;
	assert_true(filter_init(&f));
	for (uint32_t b = 0; b < blocks; b++) {
		filter_begin_block(&f);
		for (int again = 0; again < 2; again++)
			for (uint32_t i = b; i < n; i += blocks)
				filter_add(&f, hash_of(i), b);
		for (uint32_t i = (b + blocks - 1) % blocks; i < n; i += blocks)
			if (i % 10 == 0)
				filter_add(&f, hash_of(i), b);
	}
	filter_add(&f, 0, FILTER_ANY);
	buf_clear(out);
	filter_encode(&f, kind, blocks, 7, out);
	assert_true(buf_ok(out) && !f.failed);
	filter_release(&f);
}

static void filters_know_what_was_entered(void **state)
{
	static const struct { uint32_t hashes, blocks; } sizes[] = { { 1, 1 }, { 10, 1 }, { 400, 3 }, { 3200, 7 }, { 3400, 7 }, { 60000, 7 }, { 20000, 200 }, { 9000, 3000 } };
	struct buf out;
	(void)state;
	buf_init(&out, 64 << 20);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint32_t n = sizes[i].hashes, blocks = sizes[i].blocks;
		fill_filter(&out, n, blocks, &filter_tokens);
		struct str pages = buf_str(&out);
		for (uint32_t h = 0; h < n; h++) {
			struct filter_answer a = ask(pages, hash_of(h), blocks);
			assert_true(has(&a, h % blocks) && (h % 10 || has(&a, (h + 1) % blocks)));
			/* It is told apart from other blocks. */
			if (h % 10 && blocks > 3 && blocks < 1024)
				assert_true(a.verdict == FILTER_SOME && a.first == h % blocks && a.last == a.first);
		}
		struct filter_answer zero = ask(pages, 0, blocks);
		assert_int_equal(zero.verdict, FILTER_ALL);
		uint32_t strangers = 0;
		for (uint32_t h = 0; h < 20000; h++)
			strangers += ask(pages, hash_of(1000000 + h), blocks).verdict != FILTER_NONE;
		if (strangers > 20000 / 14)
			fail_msg("%u of 20000 strangers pass a filter of %u hashes in %u blocks", strangers, n, blocks);
		if (blocks == 7)
			assert_true(strangers < 20000 / 50);
		if (n > 50000)
			assert_true(pages.len * 8 < (size_t)n * 11);
	}
	/* Nothing entered: no page. */
	struct filter none;
	assert_true(filter_init(&none));
	buf_clear(&out);
	filter_encode(&none, &filter_ids, 4, 7, &out);
	assert_int_equal(out.len, 0);
	filter_release(&none);
	buf_release(&out);
}

/* A page that says something impossible of itself. */
static void pages_may_be_malformed(void **state)
{
	static uint8_t page[FILTER_PAGE];
	struct filter_answer a;
	(void)state;
	for (int bits = 0; bits < 256; bits++) {
		page[FILTER_PAGE - 16] = (uint8_t)bits;
		assert_int_equal(filter_ask(page, hash_of(1), 5, &a), bits >= 8 && bits <= FILTER_MAX_BITS);
	}
}

/* --- names with dots -------------------------------------------------------------------------------------------------------------------------- */

static void one_row(struct world *w, struct str key, struct value v)
{
	const struct attr attr = { key, v };
	struct log_record r = world_log(&orders, sys_wall() - MINUTE, SEVERITY_INFO, STR("a purchase"));
	r.attrs = &attr;
	r.attr_count = 1;
	world_post_log(w, &r, 1);
	world_close(w);
	world_open(w);
}

static size_t coupons(struct world *w, const char *q, int64_t *scanned)
{
	const struct json *j = WORLD_JSON(w, "/api/logs?q=%s", q);
	*scanned = json_get_i64(json_get(j, STR("scanned")), STR("rows"), -1);
	return rows_of(j, STR("rows"));
}

/* Below a dotted name a value may stand in JSON, written in ways that no filter knows; where there is no such JSON, the filter decides. */
static void dotted_names(void **state)
{
	struct world *w = *state;
	int64_t scanned;
	one_row(w, STR("checkout.coupon"), (struct value){ .type = VALUE_STR, .s = STR("AUTUMN-GHOST-7") });
	one_row(w, STR("checkout.coupon"), (struct value){ .type = VALUE_STR, .s = STR("SPRING-1") });
	assert_int_equal(coupons(w, "checkout.coupon%3D%22AUTUMN-GHOST-7%22", &scanned), 1);
	assert_int_equal(scanned, 1);
	assert_int_equal(coupons(w, "checkout.coupon%3D%22AUTUMN-GOAT-7%22", &scanned), 0);
	assert_int_equal(scanned, 0);
	one_row(w, STR("checkout"), (struct value){ .type = VALUE_JSON, .s = STR("{\"coupon\":\"AUTUMN\\u002dGHO\\u0053T-7\"}") });
	assert_int_equal(coupons(w, "checkout.coupon%3D%22AUTUMN-GHOST-7%22", &scanned), 2);
	assert_int_equal(scanned, 2);
}

/* --- segments of version 2 -------------------------------------------------------------------------------------------------------------------- */

static int64_t scanned_rows(struct world *w, const char *q, uint32_t expected)
{
	const struct json *j = WORLD_JSON(w, "/api/logs/histogram?q=%s&from=1700000000000000000&to=1900000000000000000", q);
	assert_int_equal(json_get_i64(j, STR("total"), -1), expected);
	return json_get_i64(json_get(j, STR("scanned")), STR("rows"), -1);
}

/* A file that was written before version 3: 5000 rows in two blocks, "order N is done" and, each fifth, "a quiet moment". */
static void version_2_is_read(void **state)
{
	struct world *w = *state;
	char command[512];
	w->options.keep_ns = INT64_C(200) * 365 * 86400 * SECOND;
	world_close(w);
	snprintf(command, sizeof(command), "cp '%s/tests/golden/store/version-2.segment' '%s/0000000001.segment'", getenv("SOURCE_ROOT"), w->directory);
	assert_int_equal(system(command), 0);
	world_open(w);
	assert_int_equal(w->store->segment_count, 1);
	assert_int_equal(w->store->segments[0]->version, 2);
	scanned_rows(w, "order", 4000);
	scanned_rows(w, "*omen*", 1000);
	scanned_rows(w, "quiet", 1000);
	scanned_rows(w, "level:warn", 1667);
	scanned_rows(w, "customer.city:city-3", 714);
	/* One block of two, by the filter; and neither. */
	assert_true(scanned_rows(w, "104999", 1) < 5000);
	assert_int_equal(scanned_rows(w, "neverwritten", 0), 0);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	sys_init();
	const struct CMUnitTest tests[] = { WORLD_TEST(constants_of_templates), WORLD_TEST(parts_of_ids), WORLD_TEST(words_that_look_like_span_ids), WORLD_TEST(numbers_of_resources),
					    cmocka_unit_test(filters_know_what_was_entered), cmocka_unit_test(pages_may_be_malformed), WORLD_TEST(dotted_names), WORLD_TEST(version_2_is_read) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
