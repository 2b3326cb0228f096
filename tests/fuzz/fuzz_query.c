/* Any bytes as a query with pipes. What parses is printed and read again as the same, runs on a record and on a span, and its first stage agrees
 * with what it says about whole blocks; what does not parse points at a place within the text. */
#include "base/check.h"
#include "store/pipe_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct attr attrs[] = { { STR_INIT("order_id"), { .type = VALUE_INT, .i = 17 } }, { STR_INIT("path"), { .type = VALUE_STR, .s = STR_INIT("/v1") } },
				     { STR_INIT("ctx"), { .type = VALUE_JSON, .s = STR_INIT("{\"a\":{\"b\":[1,{\"c\":2}],\"d\":\"x\\n\\u00fc\"},\"e.f\":null}") } } };
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

/* Printed and read again, a plan prints the same. A text may grow past the limit by its quotes. */
static void again(const struct pipe *p)
{
	struct arena a;
	struct pipe second;
	struct err e = { 0 };
	struct buf first, printed;
	arena_init(&a, 8 << 20);
	buf_init(&first, 1 << 20);
	buf_init(&printed, 1 << 20);
	pipe_print(&first, p);
	if (first.len <= QUERY_MAX_TEXT) {
		if (!pipe_parse(&second, &a, buf_str(&first), &e)) {
			CHECK(e.code == ERR_TOO_LARGE || strstr(e.message, "nested"));
		} else {
			pipe_print(&printed, &second);
			CHECK(str_eq(buf_str(&first), buf_str(&printed)));
			pipe_release(&second);
		}
	}
	buf_release(&first);
	buf_release(&printed);
	arena_release(&a);
}

static void count(void *ctx, const struct pipe_row *r)
{
	(void)r;
	*(uint64_t *)ctx += 1;
}

static void run_plan(const struct pipe *p, struct str log, struct str span, struct str resource)
{
	struct pipe_run run;
	uint64_t rows = 0;
	const struct pipe_run_options o = { .plan = p, .from = 0, .to = 1000, .limit = 2, .out = count, .ctx = &rows };
	const struct mem_resource r = { .bytes = resource, .names = who };
	if (!pipe_run_init(&run, &o))
		return;
	for (uint32_t i = 0; i < 4; i++) {
		struct scan_row s = { .segment = 1, .position = i, .row = i % 2 ? span : log, .resource = &r };
		CHECK(row_head(s.row, &s.head));
		pipe_run_row(&run, 0, &s);
		if (run.back)
			pipe_run_row(&run, 1, &s);
	}
	pipe_run_finish(&run);
	CHECK(rows <= PIPE_MAX_LINES);
	pipe_run_release(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct pipe p;
	struct err e = { 0 };
	struct buf log, span, resource;
	uint64_t cut = 0;
	if (size > 3 * QUERY_MAX_TEXT)
		return 0;
	arena_init(&a, 8 << 20);
	buf_init(&log, 1 << 16);
	buf_init(&span, 1 << 16);
	buf_init(&resource, 1 << 16);
	struct str text = str_from((const char *)data, size);
	if (pipe_parse(&p, &a, text, &e)) {
		const struct log_record r = { .time = 1, .severity = 17, .trace = { { 1 } }, .body = STR("user bob took 17ms: it broke"), .attrs = attrs, .attr_count = 3 };
		const struct span s = { .trace = { { 1 } }, .id = { { 2 } }, .name = STR("GET /"), .start = 1, .end = 100, .attrs = attrs, .attr_count = 3 };
		again(&p);
		resource_encode(&resource, &who, &cut);
		row_encode_log(&log, &r, &cut);
		row_encode_span(&span, &s, &cut);
		run(&p.q, buf_str(&log), buf_str(&resource));
		run(&p.q, buf_str(&span), buf_str(&resource));
		run_plan(&p, buf_str(&log), buf_str(&span), buf_str(&resource));
		pipe_release(&p);
	} else {
		CHECK(err_is_set(&e) && e.message[0]);
		CHECK(e.code == ERR_TOO_LARGE || (e.column >= 1 && e.column <= text.len + 1));
	}
	arena_release(&a);
	buf_release(&log);
	buf_release(&span);
	buf_release(&resource);
	return 0;
}
