/* The engine on columns against the matcher of rows: whatever is asked, both name the same rows, and no filter hides one. */
#include "store/scan_match.h"
#include "store/segment_cache.h"
#include "store_rows.h"

enum { QUERIES = 200 };

struct whole { struct str row; uint32_t resource; };

/* The rows of all blocks, made once. */
static struct whole *make_rows(struct segment_reader *r, struct arena *a)
{
	struct err e = { 0 };
	struct whole *list = ARENA_ARRAY(a, r->found.rows, struct whole);
	uint32_t n = 0;
	for (uint32_t k = 0; k < r->block_count; k++) {
		struct block_rows it;
		struct block_row row;
		assert_true(segment_block(r, &r->blocks[k], &it, &e));
		while (block_next(&it, r, &row, &e))
			list[n++] = (struct whole){ arena_str(a, row.row), row.resource };
	}
	assert_false(err_is_set(&e));
	return list;
}

/* A piece of a row's text, as people paste it: mostly whole words. */
static struct str piece(struct arena *a, const struct memtable *m)
{
	struct row_parts p;
	struct attr at;
	struct buf text;
	const struct mem_row *row;
	do
		row = memtable_row(m, (uint32_t)draw(m->rows), m->rows);
	while (!row || !row_parts(mem_row_str(row), &p));
	buf_init(&text, 1 << 20);
	if (draw(2)) {
		buf_add(&text, p.body);
	} else {
		uint64_t n = draw(4);
		for (uint64_t i = 0; i <= n && attrs_next(&p.attrs, &at); i++) {
			buf_clear(&text);
			value_text(&text, &at.value);
		}
	}
	struct str s = buf_str(&text);
	size_t from = draw(s.len + 1), to = from + 1 + draw(draw(3) ? 12 : 40);
	if (draw(3)) {
		while (from > 0 && query_is_token_char(s.p[from - 1]))
			from--;
		while (to < s.len && query_is_token_char(s.p[to]))
			to++;
	}
	s = arena_str(a, str_sub(s, from, to));
	buf_release(&text);
	return s;
}

static void add_quoted(struct buf *b, struct str s)
{
	buf_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_char(b, '\\');
		buf_char(b, s.p[i]);
	}
	buf_char(b, '"');
}

static void add_term(struct buf *b, struct arena *a, const struct memtable *m)
{
	static const char *const fixed[] = { "level:error", "level>=warn", "service:service-1", "-service:service-3", "key3:*", "has:key4", "key1>5", "key2<=50", "cache",
					     "request", "user", "status:error", "duration>300us", "kind:client", "scope:lib", "key5:true", "key0!=7", "took", "id", "*a*",
					     "/took [0-9]+ms/", "/^w/", "key3:/[a-f]{3}/", "trace:*", "span:*", "parent:*", "kind:log", "body:*", "=\"ser\"", "name:cache" };
	static const char *const compares[] = { ":", "=", "!=", ":", ">", "<=" };
	if (draw(6) == 0)
		buf_char(b, '-');
	if (draw(3) == 0) {
		buf_add(b, str_z(fixed[draw(ARRAY_LEN(fixed))]));
		return;
	}
	/* Parts of numbers and of ids. */
	if (draw(4) == 0) {
		static const char hex[] = "0123456789abcdef";
		bool decimal = draw(2);
		buf_char(b, '*');
		for (uint64_t n = 1 + draw(6); n > 0; n--)
			buf_char(b, hex[draw(decimal ? 10 : 16)]);
		buf_add(b, draw(4) ? STR("*") : STR(""));
		return;
	}
	bool left = false, right = false;
	if (draw(3) == 0)
		buf_printf(b, "%s%s", draw(4) ? "key" : "body", "");
	if (b->len && buf_str(b).p[b->len - 1] == 'y' && draw(20))
		buf_u64(b, draw(8));
	if (b->len && buf_str(b).p[b->len - 1] != '(' && buf_str(b).p[b->len - 1] != ' ' && buf_str(b).p[b->len - 1] != '-')
		buf_add(b, str_z(compares[draw(ARRAY_LEN(compares))]));
	else
		left = draw(5) == 0, right = draw(5) == 0;
	if (left)
		buf_char(b, '*');
	add_quoted(b, piece(a, m));
	if (right)
		buf_char(b, '*');
}

static void agree(void **state)
{
	struct world *w = *state;
	struct err e = { 0 };
	struct segment seg;
	struct segment_reader r;
	struct buf text, scratch;
	int64_t code;
	unsigned parsed = 0, matched = 0, excluded = 0;
	struct segment_cache cache;
	struct memtable *m = rows_memtable(7700);
	assert_true(segment_write(m, str_z(w->directory), &seg, &code));
	r = (struct segment_reader){ 0 };
	segment_cache_init(&cache, 64 << 20);
	assert_true(segment_next(&r, &cache, str_z(w->directory), &seg, &e) && segment_index(&r, &e));
	buf_init(&text, 1 << 20);
	buf_init(&scratch, 8 << 20);
	struct arena made;
	arena_init(&made, 1 << 30);
	const struct whole *all = make_rows(&r, &made);
	if (getenv("SEED"))
		seed = strtoull(getenv("SEED"), NULL, 10);
	for (int i = 0; i < QUERIES; i++) {
		struct arena a;
		struct query q = { 0 };
		static struct matcher match;
		arena_init(&a, 64 << 20);
		buf_clear(&text);
		for (uint64_t n = 1 + draw(3); n > 0; n--) {
			add_term(&text, &a, m);
			if (n > 1)
				buf_add(&text, draw(3) ? STR(" ") : STR(" or "));
		}
		e = (struct err){ 0 };
		if (!query_parse(&q, &a, buf_str(&text), &e)) {
			arena_release(&a);
			continue;
		}
		parsed++;
		matcher_init(&match, &q);
		bool may = matcher_segment(&match, &r, &e);
		assert_false(err_is_set(&e));
		for (uint32_t k = 0; k < r.block_count; k++) {
			uint64_t rows[BITS_WORDS];
			bool block_may = may && matcher_may_have(&match, &r.blocks[k]);
			assert_true(block_open(&r, &r.blocks[k], &e));
			uint32_t count;
			bool is_known;
			assert_true(matcher_count(&match, &count, &is_known, &e));
			bits_fill(rows, r.blocks[k].rows);
			if (!matcher_select(&match, rows, &e))
				fail_msg("%.*s: %s", STR_FMT(buf_str(&text)), e.message);
			bool any = bits_any(rows, r.blocks[k].rows);
			if (is_known && count != bits_count(rows, r.blocks[k].rows))
				fail_msg("the directory of block %u says %u rows of %u for %.*s", k, count, bits_count(rows, r.blocks[k].rows), STR_FMT(buf_str(&text)));
			matched += any;
			excluded += !block_may;
			if (any && !block_may)
				fail_msg("a filter hides a match of %.*s", STR_FMT(buf_str(&text)));
			for (uint32_t row = 0; row < r.blocks[k].rows; row++) {
				const struct whole *one = &all[r.blocks[k].first_rank + row];
				const struct query_row qr = { &r.resources[one->resource].names, r.resources[one->resource].bytes, one->row };
				if (query_matches(&q, &qr, &scratch) != bits_get(rows, row))
					fail_msg("row %u of block %u: columns say %d for %.*s", row, k, bits_get(rows, row), STR_FMT(buf_str(&text)));
			}
		}
		matcher_release(&match);
		query_release(&q);
		arena_release(&a);
	}
	print_message("%u queries ran, %u blocks had matches, %u were excluded by filters\n", parsed, matched, excluded);
	assert_true(parsed > QUERIES / 2 && matched > 100 && excluded > 10);
	arena_release(&made);
	segment_close(&r);
	segment_cache_drop(&cache, &seg);
	segment_cache_release(&cache);
	memtable_unref(m);
	buf_release(&text);
	buf_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(agree, world_setup, world_teardown) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
