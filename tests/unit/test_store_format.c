/* The store's files: rows come back as they were written, damage is noticed and reported, never returned as data. */
#include "base/check.h"
#include "store_world.h"

static const struct attr host[] = { { STR_INIT("host.name"), { .type = VALUE_STR, .s = STR_INIT("h1") } } };
static const struct resource orders = { STR_INIT("orders"), STR_INIT("1.2"), STR_INIT("orders-1"), host, 1 };

static void rows_come_back(void **state)
{
	struct arena a;
	struct buf b;
	uint64_t cut = 0;
	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	const struct attr attrs[] = { attr_int(STR("i"), INT64_MIN), attr_bool(STR("b"), true), attr_str(STR("s"), STR("")), { STR("e"), { .type = VALUE_EMPTY } },
				      { STR("d"), { .type = VALUE_DOUBLE, .d = -0.5 } }, { STR("x"), { .type = VALUE_BYTES, .s = STR("\0\1") } },
				      { STR("j"), { .type = VALUE_JSON, .s = STR("[1]") } } };
	const struct span_event event = { .time = -5, .name = STR("attempt"), .attrs = attrs, .attr_count = 2 };
	const struct span_link link = { .trace = { { 9 } }, .span = { { 8 } }, .state = STR("k=v"), .attrs = attrs, .attr_count = 1 };
	struct span s = { .trace = { { 1 } }, .id = { { 2 } }, .parent = { { 3 } }, .state = STR("a=b"), .name = STR("n"), .scope = STR("sc"), .kind = SPAN_PRODUCER,
			  .start = 10, .end = 5, .flags = 0x301, .status = SPAN_OK, .status_message = STR("m"), .attrs = attrs, .attr_count = ARRAY_LEN(attrs), .events = &event,
			  .event_count = 1, .links = &link, .link_count = 1 };
	row_encode_span(&b, &s, &cut);
	struct span back = { 0 };
	assert_true(row_span(buf_str(&b), &a, &back));
	assert_memory_equal(&back.trace, &s.trace, 16);
	assert_memory_equal(&back.parent, &s.parent, 8);
	assert_true(back.start == 10 && back.end == 5 && back.flags == 0x301 && back.kind == SPAN_PRODUCER && back.status == SPAN_OK);
	assert_true(str_eq(back.state, s.state) && str_eq(back.scope, s.scope) && str_eq(back.status_message, s.status_message));
	assert_int_equal(back.attr_count, 7);
	assert_true(back.attrs[0].value.i == INT64_MIN && back.attrs[4].value.d == -0.5 && str_eq(back.attrs[5].value.s, STR("\0\1")));
	assert_true(back.events[0].time == -5 && back.events[0].attr_count == 2 && str_eq(back.links[0].state, STR("k=v")));
	/* Every shorter prefix is refused. */
	for (size_t n = 0; n < b.len; n++) {
		struct span cutoff = { 0 };
		assert_false(row_span(str_sub(buf_str(&b), 0, n), &a, &cutoff));
	}
	buf_clear(&b);
	struct log_record r = { .time = INT64_MAX, .observed = 1, .severity = 24, .trace = { { 1 } }, .body = STR("b"), .attrs = attrs, .attr_count = 3 }, got = { 0 };
	row_encode_log(&b, &r, &cut);
	assert_true(row_log(buf_str(&b), &a, &got));
	assert_true(got.time == INT64_MAX && got.observed == 1 && got.severity == 24 && got.attr_count == 3 && span_id_is_zero(&got.span));
	assert_int_equal(cut, 0);
	arena_release(&a);
	buf_release(&b);
}

/* The only file with that ending in the store's directory. */
struct search { struct world *w; const char *suffix; char path[256]; };
static bool on_name(void *ctx, struct str name, bool directory)
{
	struct search *s = ctx;
	if (!directory && str_ends(name, str_z(s->suffix)))
		snprintf(s->path, sizeof(s->path), "%s/%.*s", s->w->directory, STR_FMT(name));
	return true;
}
static struct str find(struct search *s, struct world *w, const char *suffix)
{
	*s = (struct search){ .w = w, .suffix = suffix };
	assert_true(sys_list(str_z(w->directory), on_name, s) >= 0);
	return str_z(s->path);
}

static void flip(struct str path, int64_t offset)
{
	uint8_t byte;
	int fd = sys_open(path, SYS_OPEN_RW);
	assert_true(fd >= 0);
	assert_int_equal(sys_pread(fd, &byte, 1, offset), 1);
	byte ^= 0x40;
	assert_int_equal(sys_pwrite(fd, &byte, 1, offset), 0);
	sys_close(fd);
}

static void write_one(struct world *w, const char *body)
{
	struct log_record r = world_log(&orders, sys_wall(), SEVERITY_INFO, str_z(body));
	world_post_log(w, &r, 1);
}

static size_t count_rows(struct world *w) { return rows_of(WORLD_JSON(w, "/api/logs"), STR("rows")); }

static void a_torn_tail_is_cut(void **state)
{
	struct world *w = *state;
	struct search s;
	write_one(w, "first");
	write_one(w, "second");
	world_kill(w);
	struct sys_stat st;
	struct str log = find(&s, w, ".log");
	assert_int_equal(sys_stat(log, &st), 0);
	int fd = sys_open(log, SYS_OPEN_RW);
	assert_int_equal(sys_truncate(fd, st.size - 3), 0);
	sys_close(fd);
	world_open(w);
	assert_int_equal(count_rows(w), 1);
	assert_int_equal(w->store->damaged, 0);
	assert_int_equal(w->reports, 1);
}

static void damage_in_a_log_is_stepped_over(void **state)
{
	struct world *w = *state;
	struct search s;
	write_one(w, "first");
	write_one(w, "second");
	write_one(w, "third");
	const struct json *before = WORLD_JSON(w, "/api/logs?q=third");
	world_kill(w);
	flip(find(&s, w, ".log"), WAL_HEADER + WAL_RECORD_HEAD + 5);
	world_open(w);
	assert_int_equal(count_rows(w), 2);
	assert_int_equal(w->store->damaged, 1);
	assert_true(str_find(str_z(w->reported), STR("damaged")) != SIZE_MAX);
	/* The rows behind it keep their ids, also in the segment. */
	for (int i = 0; i < 2; i++) {
		const struct json *after = WORLD_JSON(w, "/api/logs?q=third");
		assert_true(str_eq(json_get_str(&json_get(after, STR("rows"))->items[0], STR("id"), STR("")),
				   json_get_str(&json_get(before, STR("rows"))->items[0], STR("id"), STR("?"))));
		world_close(w);
		world_open(w);
	}
}

/* --- every byte ------------------------------------------------------------------------------------------------------------------------------- */

enum { VARIED_LOGS = 80, VARIED_SPANS = 20 };

/* Rows that fill every kind of column, slot and section: words, numbers, hex, ids, few values and many, spans with parents, events and links. */
static void write_varied(struct world *w)
{
	static char bodies[VARIED_LOGS][160], users[VARIED_LOGS][32];
	static const struct attr event_attrs[] = { { STR_INIT("try"), { .type = VALUE_INT, .i = 2 } } };
	for (uint32_t i = 0; i < VARIED_LOGS; i++) {
		if (i % 4)
			snprintf(bodies[i], sizeof(bodies[i]), "some text that took %u ms for %08x%08x", i * 7919 % 500, i * 2654435761U, i);
		else
			snprintf(bodies[i], sizeof(bodies[i]), "some text that is job 550e8400-e29b-41d4-a716-4466554%05u", i);
		if (i % 3)
			snprintf(users[i], sizeof(users[i]), "user-%u", i % 9);
		else
			snprintf(users[i], sizeof(users[i]), "user %u of %u", i % 9, i);
		const struct attr attrs[] = { attr_str(STR("user"), str_z(users[i])), attr_int(STR("size"), (int64_t)i * i * 1000003), attr_bool(STR("ok"), i & 1),
					      { STR("share"), { .type = VALUE_DOUBLE, .d = i / 7.0 } }, { STR("raw"), { .type = VALUE_BYTES, .s = str_z(users[i]) } } };
		struct log_record r = world_log(&orders, sys_wall() + i * 1000, i % 5 ? SEVERITY_INFO : SEVERITY_ERROR, str_z(bodies[i]));
		r.attrs = attrs;
		r.attr_count = 2 + i % 4;
		r.observed = i % 2 ? r.time + 5 : 0;
		r.trace = i % 3 ? (struct trace_id){ { 0 } } : (struct trace_id){ { (uint8_t)(i / 4), 5, 1 } };
		world_post_log(w, &r, 1);
	}
	struct span spans[VARIED_SPANS];
	const struct span_event event = { .time = 77, .name = STR("retry"), .attrs = event_attrs, .attr_count = 1 };
	const struct span_link link = { .trace = { { 9 } }, .span = { { 8 } }, .state = STR("k=v") };
	for (uint32_t i = 0; i < VARIED_SPANS; i++)
		spans[i] = (struct span){ .resource = &orders, .trace = { { (uint8_t)(i / 4), 5, 1 } }, .id = { { (uint8_t)(i + 1), 1 } }, .parent = { { (uint8_t)(i % 4 ? i : 0), i % 4 ? 1 : 0 } },
					  .name = i % 4 ? STR("op") : STR("GET /"), .start = sys_wall() + i, .end = sys_wall() + 1000 * i, .scope = STR("lib"), .events = &event, .event_count = i % 2,
					  .links = &link, .link_count = i % 3 == 0, .attrs = host, .attr_count = 1 };
	world_post_span(w, spans, VARIED_SPANS);
	world_close(w);
	world_open(w);
}

/* Reads all that there is in the file. False: something was wrong with it. */
static bool reads_whole(struct world *w, uint64_t number, uint32_t *rows)
{
	struct segment seg;
	struct segment_reader r;
	struct err e = { 0 };
	struct str section;
	struct segment_answer answer;
	*rows = 0;
	if (!segment_load(str_z(w->directory), number, &seg, &e) || !segment_open(&r, str_z(w->directory), &seg, &e))
		return false;
	bool ok = true;
	for (int i = 0; i < SECTION_COUNT; i++)
		ok = ok && segment_section(&r, (enum section)i, &section, &e);
	ok = ok && r.tables->sections[SECTION_TOKENS].stored == FILTER_PAGE && r.tables->sections[SECTION_IDS].stored == FILTER_PAGE && segment_index(&r, &e) &&
	     segment_filter(&r, SECTION_TOKENS, 1, &answer, &e) && segment_filter(&r, SECTION_IDS, 1, &answer, &e);
	for (uint32_t i = 0; ok && i < r.block_count; i++) {
		struct block_rows it;
		struct block_row row;
		ok = segment_block(&r, &r.blocks[i], &it, &e);
		while (ok && block_next(&it, &r, &row, &e))
			++*rows;
		ok = ok && !err_is_set(&e);
	}
	segment_close(&r);
	return ok;
}

/* A reader that reads all notices every byte that is not as it was, whichever part it is in. */
static void every_byte_of_a_segment_is_checked(void **state)
{
	struct world *w = *state;
	struct search s;
	struct sys_stat st;
	uint32_t rows;
	write_varied(w);
	uint64_t number = w->store->segments[0]->number;
	struct str path = find(&s, w, ".segment");
	assert_int_equal(sys_stat(path, &st), 0);
	assert_true(reads_whole(w, number, &rows));
	assert_int_equal(rows, VARIED_LOGS + VARIED_SPANS);
	for (int64_t at = 0; at < st.size; at++) {
		/* The version stands in the header, too, and is read there. */
		if (at >= st.size - SEGMENT_TRAILER + 12 && at < st.size - SEGMENT_TRAILER + 16)
			continue;
		flip(path, at);
		if (reads_whole(w, number, &rows))
			fail_msg("byte %lld of %lld is not as it was written, and nobody notices", (long long)at, (long long)st.size);
		flip(path, at);
	}
	assert_true(reads_whole(w, number, &rows));
}

/* Each question with the number of rows that it has. */
static const struct { const char *target; const char *list; size_t rows; } questions[] = {
	{ "/api/logs?limit=200", "rows", VARIED_LOGS },
	{ "/api/logs?q=user-7&limit=200", "rows", 9 },
	{ "/api/logs?q=550e8400-e29b-41d4-a716-446655400004", "rows", 1 },
	{ "/api/logs?q=%22text+that+took%22&limit=200", "rows", 60 },
	{ "/api/traces/01050100000000000000000000000000", "spans", 4 },
};

/* Through the API: the answer is as it was, or says that something is missing; what it says of rows is true. */
static void damage_is_never_an_answer(void **state)
{
	struct world *w = *state;
	struct search s;
	struct sys_stat st;
	size_t hidden = 0;
	write_varied(w);
	struct str path = find(&s, w, ".segment");
	assert_int_equal(sys_stat(path, &st), 0);
	for (int64_t at = -1; at < st.size; at += 61) {
		if (at >= 0)
			flip(path, at);
		for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
			struct reply r = world_get(w, "%s", questions[i].target);
			size_t rows = r.status == 200 ? rows_of(r.json, str_z(questions[i].list)) : 0;
			bool cut = r.status != 200 || json_get_bool(r.json, STR("cut"), false);
			hidden += cut;
			if (at < 0 || !cut)
				assert_int_equal(rows, questions[i].rows);
			assert_true(r.status == 200 || (at >= 0 && i == 4));
			for (size_t k = 0; k < rows && i < 4; k++)
				assert_true(str_starts(json_get_str(&json_get(r.json, STR("rows"))->items[k], STR("body"), STR("")), STR("some text that")));
		}
		assert_true(world_get(w, "/api/traces").status == 200 && world_get(w, "/api/edges").status == 200);
		if (at >= 0)
			flip(path, at);
	}
	assert_true(hidden > 20);
	assert_int_equal(count_rows(w), VARIED_LOGS);
}

static void a_damaged_footer_is_reported(void **state)
{
	struct world *w = *state;
	struct search s;
	struct sys_stat st;
	write_one(w, "lost");
	world_close(w);
	struct str path = find(&s, w, ".segment");
	assert_int_equal(sys_stat(path, &st), 0);
	flip(path, st.size - 60);
	world_open(w);
	assert_int_equal(w->store->damaged, 1);
	write_one(w, "new");
	assert_int_equal(count_rows(w), 1);
	/* Its number is not used again. */
	assert_true(w->store->wal.number > 1);
}

static int restart_quick(struct world *w)
{
	int64_t before = sys_now();
	world_close(w);
	world_open(w);
	return (int)((sys_now() - before) / MSEC);
}

static void ids_of_traces_are_found(void **state)
{
	struct world *w = *state;
	struct span spans[200];
	for (int i = 0; i < 200; i++)
		spans[i] = (struct span){ .resource = &orders, .trace = { { (uint8_t)(i / 2), 5, 1 } }, .id = { { (uint8_t)i, 1 } }, .name = STR("op"), .start = sys_wall(), .end = sys_wall() };
	world_post_span(w, spans, 200);
	assert_true(restart_quick(w) < 5000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(rows_of(WORLD_JSON(w, "/api/traces/%02x050100000000000000000000000000", i), STR("spans")), 2);
	assert_int_equal(world_get(w, "/api/traces/00050200000000000000000000000000").status, 404);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
int main(void)
{
	sys_init();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back), WORLD_TEST(a_torn_tail_is_cut), WORLD_TEST(damage_in_a_log_is_stepped_over),
		WORLD_TEST(every_byte_of_a_segment_is_checked), WORLD_TEST(damage_is_never_an_answer), WORLD_TEST(a_damaged_footer_is_reported), WORLD_TEST(ids_of_traces_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
