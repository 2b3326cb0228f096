/* Filters never hide a row, whichever way its text was packed: what a segment writes once into its dictionary counts for all of its blocks. Each
 * test fills more than one block and asks the store for what stands in each of them. */
#include "base/check.h"
#include "store/column.h"
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

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	sys_init();
	const struct CMUnitTest tests[] = { WORLD_TEST(constants_of_templates), WORLD_TEST(parts_of_ids), WORLD_TEST(words_that_look_like_span_ids), WORLD_TEST(numbers_of_resources) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
