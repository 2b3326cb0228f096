/* Any bytes as a query. What parses runs on a record and on a span, and agrees with what it says about whole blocks; what does not, points at
 * a place within the text. */
#include "base/check.h"
#include "store/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct attr attrs[] = { { STR_INIT("order_id"), { .type = VALUE_INT, .i = 17 } }, { STR_INIT("path"), { .type = VALUE_STR, .s = STR_INIT("/v1") } } };
static const struct resource who = { STR_INIT("orders"), STR_INIT("1"), STR_INIT("orders-1"), attrs, 1 };

static void run(const struct query *q, struct str row, struct str resource)
{
	struct buf scratch;
	struct row_head h;
	const struct query_row r = { &who, resource, row };
	buf_init(&scratch, 1 << 16);
	CHECK(row_head(row, &h));
	if (query_matches(q, &r, &scratch))
		CHECK(query_may_match(q, &who, (uint8_t)(1u << row_level(&h))));
	buf_release(&scratch);
}

/* Printed and read again, a tree prints the same. A text may grow past the limit by its quotes. */
static void again(const struct query *q)
{
	struct arena a;
	struct query second;
	struct err e = { 0 };
	struct buf first, printed;
	arena_init(&a, 8 << 20);
	buf_init(&first, 1 << 20);
	buf_init(&printed, 1 << 20);
	query_print(&first, q->root);
	if (first.len <= QUERY_MAX_TEXT) {
		if (!query_parse(&second, &a, buf_str(&first), &e))
			CHECK(e.code == ERR_TOO_LARGE || strstr(e.message, "nested"));
		else {
			query_print(&printed, second.root);
			CHECK(str_eq(buf_str(&first), buf_str(&printed)));
			query_release(&second);
		}
	}
	buf_release(&first);
	buf_release(&printed);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct query q;
	struct err e = { 0 };
	struct buf row, resource;
	uint64_t cut = 0;
	if (size > 3 * QUERY_MAX_TEXT)
		return 0;
	arena_init(&a, 8 << 20);
	buf_init(&row, 1 << 16);
	buf_init(&resource, 1 << 16);
	struct str text = str_from((const char *)data, size);
	if (query_parse(&q, &a, text, &e)) {
		again(&q);
		const struct log_record r = { .time = 1, .severity = 17, .trace = { { 1 } }, .body = STR("it broke"), .attrs = attrs, .attr_count = 2 };
		const struct span s = { .trace = { { 1 } }, .id = { { 2 } }, .name = STR("GET /"), .start = 1, .end = 100, .attrs = attrs, .attr_count = 2 };
		resource_encode(&resource, &who, &cut);
		row_encode_log(&row, &r, &cut);
		run(&q, buf_str(&row), buf_str(&resource));
		buf_clear(&row);
		row_encode_span(&row, &s, &cut);
		run(&q, buf_str(&row), buf_str(&resource));
		query_release(&q);
	} else {
		CHECK(err_is_set(&e) && e.message[0]);
		CHECK(e.code == ERR_TOO_LARGE || (e.column >= 1 && e.column <= text.len + 1));
	}
	arena_release(&a);
	buf_release(&row);
	buf_release(&resource);
	return 0;
}
