/* Plans: text to plan to text (tests/golden/query), aggregates and their merging, distinct counts, patterns, what is kept; and plans run on rows. The
 * meaning of whole queries is held against an oracle in tests/flow/test_query.py. */
#include "base/check.h"
#include "store/pipe_group.h"
#include "store/pipe_run.h"
#include "sys/sys.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;

static struct pipe plan_of(struct str text)
{
	struct pipe p;
	struct err e = { 0 };
	if (!pipe_parse(&p, &arena, text, &e))
		fail_msg("%.*s: %s (at %u)", STR_FMT(text), e.message, e.column);
	return p;
}

static struct str file(const char *name)
{
	static char data[1 << 20];
	char path[4096];
	snprintf(path, sizeof(path), "%s/tests/golden/query/%s", getenv("SOURCE_ROOT"), name);
	FILE *f = fopen(path, "r");
	if (!f)
		return STR("");
	size_t n = fread(data, 1, sizeof(data), f);
	fclose(f);
	return arena_str(&arena, str_from(data, n));
}

/* Every input, an arrow, and what the plan prints; PLEACH_GOLDEN=1 writes the file anew. What is printed reads as an equal plan. */
static void texts_are_read_and_written(void **state)
{
	struct str rest = file("inputs.txt"), expected = file("plans.txt");
	struct buf all, again;
	(void)state;
	buf_init(&all, 1 << 20);
	buf_init(&again, 1 << 20);
	assert_true(rest.len > 1000);
	rest.len--; /* the last line's end */
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		struct err e = { 0 };
		struct pipe p;
		buf_add(&all, line);
		buf_add(&all, STR("\n    "));
		if (!pipe_parse(&p, &arena, line, &e)) {
			buf_printf(&all, "%u: %s\n", e.column, e.message);
			continue;
		}
		size_t start = all.len;
		pipe_print(&all, &p);
		struct str printed = str_skip(buf_str(&all), start);
		struct pipe second = plan_of(printed);
		buf_clear(&again);
		pipe_print(&again, &second);
		if (!str_eq(buf_str(&again), printed))
			fail_msg("%.*s becomes %.*s", STR_FMT(printed), STR_FMT(buf_str(&again)));
		pipe_release(&second);
		pipe_release(&p);
		buf_char(&all, '\n');
	}
	if (getenv("PLEACH_GOLDEN")) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/tests/golden/query/plans.txt", getenv("SOURCE_ROOT"));
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(buf_str(&all).p, 1, all.len, f), all.len);
		fclose(f);
	} else if (!str_eq(buf_str(&all), expected)) {
		fail_msg("not as tests/golden/query/plans.txt has it:\n%.*s", STR_FMT(buf_str(&all)));
	}
	buf_release(&all);
	buf_release(&again);
}

/* --- distinct ---------------------------------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(uint64_t n)
{
	char text[24];
	return str_hash(str_from(text, (size_t)snprintf(text, sizeof(text), "v%llu", (unsigned long long)n)));
}

static void distinct_is_exact_then_close(void **state)
{
	(void)state;
	struct distinct d = { 0 }, other = { 0 };
	static const uint64_t sizes[] = { 1, 100, DISTINCT_EXACT, DISTINCT_EXACT + 1, 200000, 1000000 };
	uint64_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		for (; n < sizes[i]; n++) {
			distinct_add(&d, hash_of(n));
			distinct_add(&d, hash_of(n / 2));
		}
		double off = fabs((double)distinct_count(&d) - (double)n) / (double)n;
		assert_int_equal(distinct_exact(&d), n <= DISTINCT_EXACT);
		if (distinct_exact(&d) ? off > 0 : off > 0.04) /* five standard errors */
			fail_msg("%llu counted as %llu", (unsigned long long)n, (unsigned long long)distinct_count(&d));
	}
	for (n = 0; n < 1000; n++)
		distinct_add(&other, hash_of(n + 999500));
	uint64_t before = distinct_count(&d);
	distinct_merge(&other, &d);
	assert_false(distinct_exact(&other));
	assert_true(distinct_count(&other) >= before && (double)distinct_count(&other) < (double)before * 1.01);
	assert_true(distinct_bytes(&d) == DISTINCT_REGISTERS);
	distinct_release(&d);
	distinct_release(&other);
}

/* --- groups -------------------------------------------------------------------------------------------------------------------------------- */

struct lines { struct value cells[64][8]; size_t count, width; };

static void keep_line(void *ctx, const struct value *cells)
{
	struct lines *l = ctx;
	assert_true(l->count < 64);
	memcpy(l->cells[l->count++], cells, l->width * sizeof(*cells));
}

static void add_rows(struct groups *g, int from, int to)
{
	static const struct str names[] = { STR_INIT("a"), STR_INIT("b"), STR_INIT("c") };
	for (int i = from; i < to; i++) {
		struct value key = { .type = VALUE_STR, .s = names[i % 3] }, n = { .type = VALUE_INT, .i = i }, args[7] = { { 0 }, n, n, n, n, n, n };
		groups_add(g, &key, args, 1);
	}
}

/* What one table counts and what two count together is the same. */
static void groups_merge_as_one(void **state)
{
	(void)state;
	struct pipe p = plan_of(STR("* | stats count(), sum(n), avg(n), min(n), max(n), p90(n), distinct(n) by k"));
	struct groups *one = groups_new(&p.stages[0], 1), *left = groups_new(&p.stages[0], 1), *right = groups_new(&p.stages[0], 1);
	struct lines whole = { .width = 8 }, joined = { .width = 8 };
	add_rows(one, 0, 3000);
	add_rows(left, 0, 1000);
	add_rows(right, 1000, 3000);
	groups_merge(left, right);
	groups_each(one, keep_line, &whole);
	groups_each(left, keep_line, &joined);
	assert_int_equal(whole.count, 3);
	assert_int_equal(joined.count, 3);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 8; k++)
			assert_int_equal(pipe_value_compare(&whole.cells[i][k], &joined.cells[i][k]), 0);
	assert_int_equal(whole.cells[1][1].i, 1000);
	assert_int_equal(whole.cells[1][2].i, 1000 + 3 * 999 * 1000 / 2); /* 1, 4, … 2998 */
	assert_int_equal(whole.cells[1][4].i, 1);
	assert_int_equal(whole.cells[1][5].i, 2998);
	assert_int_equal(whole.cells[1][7].i, 1000);
	double p90;
	assert_true(pipe_value_number(&whole.cells[1][6], &p90) && fabs(p90 - 2699) < 2699 * 0.012);
	assert_false(groups_cut(one));
	groups_free(one);
	groups_free(left);
	groups_free(right);
	pipe_release(&p);
}

static void count_lines(void *ctx, const struct value *cells)
{
	uint64_t *sums = ctx;
	sums[0]++;
	sums[1] += (uint64_t)cells[1].i;
	if (cells[0].type == VALUE_STR && str_eq(cells[0].s, STR("(other)")))
		sums[2] = (uint64_t)cells[1].i;
}

/* More keys than there is memory for: nothing is lost of the sum, and it is told. */
static void groups_are_bounded(void **state)
{
	(void)state;
	struct pipe p = plan_of(STR("* | top k"));
	struct pipe_aggregate count = { .function = PIPE_COUNT, .name = STR("count") };
	struct pipe_stage stage = { .op = STAGE_STATS, .keys = p.stages[0].keys, .key_count = 1, .aggregates = &count, .aggregate_count = 1 };
	struct groups *g = groups_new(&stage, 1), *second = groups_new(&stage, 1);
	char text[200];
	uint64_t sums[3] = { 0 };
	enum { ROWS = 600000 };
	for (int i = 0; i < ROWS; i++) {
		struct value key = { .type = VALUE_STR, .s = { text, (size_t)snprintf(text, sizeof(text), "%0150d", i) } }, none = { 0 };
		groups_add(g, &key, &none, 1);
	}
	assert_true(groups_cut(g));
	groups_merge(second, g);
	groups_each(second, count_lines, sums);
	assert_true(groups_cut(second));
	assert_true(sums[0] > 1000 && sums[0] < PIPE_MEMORY / 150);
	assert_int_equal(sums[1], ROWS);
	assert_true(sums[2] > 0);
	groups_free(g);
	groups_free(second);
	pipe_release(&p);
}

static void percentiles_of_any_sign(void **state)
{
	(void)state;
	struct pipe p = plan_of(STR("* | stats p10(x), p50(x), p90(x)"));
	struct groups *g = groups_new(&p.stages[0], 1);
	struct lines l = { .width = 3 };
	for (int i = -500; i <= 500; i++) {
		struct value x = { .type = VALUE_DOUBLE, .d = i / 1000.0 }, args[] = { x, x, x };
		groups_add(g, NULL, args, 1);
	}
	groups_each(g, keep_line, &l);
	static const double expected[] = { -0.4, 0, 0.4 };
	for (int i = 0; i < 3; i++) {
		double v;
		assert_true(pipe_value_number(&l.cells[0][i], &v));
		if (fabs(v - expected[i]) > 0.006)
			fail_msg("%g instead of %g", v, expected[i]);
	}
	groups_free(g);
	pipe_release(&p);
}

/* --- patterns -------------------------------------------------------------------------------------------------------------------------------- */

static void patterns_mask_what_has_digits(void **state)
{
	static const struct { const char *message, *pattern; } cases[] = { { "user bob in 12ms", "user bob in <*>" }, { "10.0.0.1:80", "<*>.<*>.<*>.<*>:<*>" }, { "", "" }, { "no digits", "no digits" },
		{ "id=4bf9-x1", "id=<*>-<*>" }, { "Z\xc3\xbcge7 a_b c_1", "<*> a_b <*>" }, { "9", "<*>" } };
	struct buf b;
	(void)state;
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&b);
		pattern_of(&b, str_z(cases[i].message));
		if (!str_eq(buf_str(&b), str_z(cases[i].pattern)))
			fail_msg("%s gives %.*s", cases[i].message, STR_FMT(buf_str(&b)));
	}
	buf_release(&b);
}

struct found { uint64_t count; struct str example; };

static void one_pattern(void *ctx, struct str template, uint64_t count, struct str example)
{
	struct found *f = ctx;
	(void)template;
	f->count += count;
	f->example = example;
}

static void examples_are_the_newest(void **state)
{
	static const struct { int64_t time; const char *message; } rows[] = { { 5, "a 5" }, { 9, "a nine 9 is longer than the room of the first one" }, { 7, "a 7" } };
	struct patterns *p = patterns_new(), *into = patterns_new();
	struct found f = { 0 };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		patterns_add(p, STR("a <*>"), str_z(rows[i].message), &(struct row_key){ .time = rows[i].time }, 2);
	patterns_add(into, STR("a <*>"), STR("a 8"), &(struct row_key){ .time = 8 }, 1);
	patterns_merge(into, p);
	patterns_each(into, one_pattern, &f);
	assert_int_equal(f.count, 7);
	assert_true(str_eq(f.example, str_z(rows[1].message)));
	patterns_free(p);
	patterns_free(into);
}

/* --- runs --------------------------------------------------------------------------------------------------------------------------------------- */

struct collected_rows { char text[1 << 14]; size_t n, rows; };

static void write_row(void *ctx, const struct pipe_row *r)
{
	struct collected_rows *c = ctx;
	struct buf b;
	buf_init(&b, 1 << 14);
	if (r->row)
		buf_printf(&b, "%lld", (long long)r->parts.head.time);
	for (size_t i = 0; i < r->count; i++) {
		buf_printf(&b, "%s%.*s=", i || r->row ? " " : "", STR_FMT(r->attrs[i].key));
		value_text(&b, &r->attrs[i].value);
	}
	c->n += (size_t)snprintf(c->text + c->n, sizeof(c->text) - c->n, "%.*s;", STR_FMT(buf_str(&b)));
	c->rows++;
	buf_release(&b);
}

static void run_on(const char *text, size_t limit, bool as_found, struct collected_rows *out)
{
	static const struct attr nothing[] = { { STR_INIT("k"), { .type = VALUE_STR, .s = STR_INIT("v") } } };
	static const struct resource who = { STR_INIT("orders"), STR_INIT(""), STR_INIT("o-1"), nothing, 1 };
	struct pipe p = plan_of(str_z(text));
	struct pipe_run run;
	struct buf resource, row;
	uint64_t cut = 0;
	const struct pipe_run_options o = { .plan = &p, .from = 0, .to = 100, .limit = limit, .as_found = as_found, .out = write_row, .ctx = out };
	*out = (struct collected_rows){ 0 };
	buf_init(&resource, 1 << 16);
	buf_init(&row, 1 << 16);
	resource_encode(&resource, &who, &cut);
	const struct mem_resource r = { .bytes = buf_str(&resource), .names = who };
	assert_true(pipe_run_init(&run, &o));
	for (uint32_t i = 0; i < 10; i++) {
		char body[32];
		const struct attr attrs[] = { attr_int(STR("n"), (int64_t)i * 7 % 10) };
		struct log_record l = { .time = i + 1, .severity = 9, .body = { body, (size_t)snprintf(body, sizeof(body), "took %ums", i) }, .attrs = attrs, .attr_count = 1 };
		buf_clear(&row);
		row_encode_log(&row, &l, &cut);
		struct scan_row s = { .segment = 1, .position = i, .row = buf_str(&row), .resource = &r };
		assert_true(row_head(s.row, &s.head));
		const struct query_row q = { &r.names, r.bytes, s.row };
		if (query_matches(&p.q, &q, &run.text))
			pipe_run_row(&run, 0, &s);
	}
	if (!as_found)
		pipe_run_finish(&run);
	pipe_run_release(&run);
	pipe_release(&p);
	buf_release(&resource);
	buf_release(&row);
}

static void plans_run(void **state)
{
	static const struct { const char *text, *result; bool as_found; } cases[] = {
		{ "*", "10;9;8;", false }, { "* | limit 2", "10;9;", false }, { "n>=8", "8;5;", false }, { "* | where n<2", "4;1;", false }, { "* | sort by n | limit 2", "1;4;", false },
		{ "* | sort by n desc | limit 2", "8;5;", false }, { "* | parse \"took <t:num>ms\" | where t>=8", "10 t=9;9 t=8;", false }, { "* | parse n \"<x:num>\" | limit 1", "10 x=3;", false },
		{ "* | stats count()", "count=10;", false }, { "* | stats sum(n), max(n) by k", "k=v sum(n)=45 max(n)=9;", false }, { "* | fields n, k | limit 2", "n=3 k=v;n=6 k=v;", false },
		{ "* | limit 4 | stats sum(n)", "sum(n)=20;", false }, { "* | patterns", "pattern=took <*> count=10 example=took 9ms;", false },
		{ "* | top 1 k", "k=v count=10;", false }, { "* | stats count() by n | stats count()", "count=10;", false }, { "* | stats count() by n | sort by n desc | limit 1", "n=9 count=1;", false },
		{ "* | stats count() by bucket(5ns)", "time=0 count=4;time=5 count=5;time=10 count=1;", false }, { "* | compare 1h", "count=10 count before=0;", false },
		{ "*", "1;2;3;4;5;6;7;8;9;10;", true }, { "* | where n<2 | limit 1", "1;", true }, { "* | limit 3 | fields n", "n=0;n=7;n=4;", true } };
	static struct collected_rows out;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run_on(cases[i].text, 3, cases[i].as_found, &out);
		if (strcmp(out.text, cases[i].result) != 0)
			fail_msg("%s: %s instead of %s", cases[i].text, out.text, cases[i].result);
	}
}

static void patterns_take_fields_out(void **state)
{
	static const struct { const char *plan, *text, *result; } cases[] = {
		{ "* | parse \"user <u> in <ms:num>ms\"", "the user bob in 12ms", "u=bob ms=12 " }, { "* | parse \"user <u> in <ms:num>ms\"", "user a in xms user b in 3.5ms", "u=b ms=3.5 " },
		{ "* | parse \"<a> <b>\"", "one two three", "a=one b=two three " }, { "* | parse \"<n:num>ms\"", "x -12ms", "n=-12 " }, { "* | parse \"<n:num>ms\"", "1 2 3ms", "n=3 " },
		{ "* | parse \"a<_>b<x>\"", "aXbY", "x=Y " }, { "* | parse \"<a>,\"", "no comma", "" }, { "* | parse \"x<3 <a>\"", "x<3 y", "a=y " }, { "* | parse \"k=<v:num>\"", "k=1 k=", "v=1 " },
		{ "* | parse \"t<n:num>\"", "t t5", "n=5 " }, { "* | parse /(?<a>\\d+)(?<b>x)?/", "7", "a=7 " }, { "* | parse \"[<a>]\"", "[]", "a= " } };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pipe p = plan_of(str_z(cases[i].plan));
		struct attr got[PIPE_MAX_FIELDS];
		struct buf b;
		size_t n = 0;
		buf_init(&b, 1 << 16);
		if (pipe_extract(&p.stages[0], str_z(cases[i].text), got, &n))
			for (size_t k = 0; k < n; k++) {
				buf_printf(&b, "%.*s=", STR_FMT(got[k].key));
				value_text(&b, &got[k].value);
				buf_char(&b, ' ');
			}
		if (!str_eq(buf_str(&b), str_z(cases[i].result)))
			fail_msg("%s on %s: %.*s", cases[i].plan, cases[i].text, STR_FMT(buf_str(&b)));
		buf_release(&b);
		pipe_release(&p);
	}
}

int main(void)
{
	arena_init(&arena, 64 << 20);
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts_are_read_and_written), cmocka_unit_test(distinct_is_exact_then_close), cmocka_unit_test(groups_merge_as_one),
		cmocka_unit_test(groups_are_bounded), cmocka_unit_test(percentiles_of_any_sign), cmocka_unit_test(patterns_mask_what_has_digits), cmocka_unit_test(examples_are_the_newest),
		cmocka_unit_test(plans_run), cmocka_unit_test(patterns_take_fields_out) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
