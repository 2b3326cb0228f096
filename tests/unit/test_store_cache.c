/* The cache of segments' tables: what it keeps is bounded and read once, and it never shows what is gone or hides what is there (of
 * rows that are deleted: test_store_upkeep.c). */
#include "base/check.h"
#include "store/segment_cache.h"
#include "store_world.h"
#include <sys/resource.h>
#include <unistd.h>

enum { SEGMENTS = 6, ROWS = 300, WORDS_ROOM = 160 };

static const struct resource orders = {STR_INIT("orders"), STR_INIT("1.2"), STR_INIT("orders-1"), NULL, 0};

/* Each call makes one segment: rows with a word that only this one has, templates of its own, and some that all have. */
static void add_segment(struct world *w, unsigned number)
{
	static char texts[ROWS][WORDS_ROOM];
	static struct log_record records[ROWS];
	for (unsigned i = 0; i < ROWS; i++) {
		if (i % 3)
			snprintf(texts[i], WORDS_ROOM, "shared template number%c took %u ms", 'a' + i % 20, i);
		else
			snprintf(texts[i], WORDS_ROOM, "only in segment%c of kind%c%c and seen by %u", 'a' + number, 'a' + i % 26,
			         'a' + i / 26, i);
		records[i] = world_log(&orders, sys_wall() - MINUTE + i, SEVERITY_INFO, str_z(texts[i]));
	}
	world_post_log(w, records, ROWS);
	world_close(w);
	world_open(w);
}

static void add_segments(struct world *w)
{
	for (unsigned i = 0; i < SEGMENTS; i++)
		add_segment(w, i);
	assert_int_equal(w->store->segment_count, SEGMENTS);
}

static int64_t count(struct world *w, const char *query)
{
	const struct json *rows = json_get(WORLD_JSON(w, "/api/query?q=%s%%7Cstats%%20count()", query), STR("rows"));
	return rows->count == 1 && rows->items[0].count == 1 ? rows->items[0].items[0].i : -1;
}

/* Words of one segment, of all, of none; and a part of a word, which no filter knows. */
static void answers_are_right(struct world *w)
{
	assert_int_equal(count(w, "segmentc"), ROWS / 3);
	assert_int_equal(count(w, "shared"), SEGMENTS * ROWS * 2 / 3);
	assert_int_equal(count(w, "nowhere"), 0);
	assert_int_equal(count(w, "*egment*"), SEGMENTS * ROWS / 3);
	assert_int_equal(count(w, "*"), SEGMENTS * ROWS);
}

static void what_was_read_is_kept(void **state)
{
	struct world *w = *state;
	add_segments(w);
	answers_are_right(w);
	struct segment_cache *c = &w->store->cache;
	assert_int_equal(c->files, SEGMENTS);
	assert_true(segment_cache_bytes(c) > 0 && segment_cache_bytes(c) < c->limit);
	uint64_t misses = metric_get(METRIC_STORE_CACHE_MISSES), hits = metric_get(METRIC_STORE_CACHE_HITS);
	answers_are_right(w);
	assert_int_equal(metric_get(METRIC_STORE_CACHE_MISSES), misses);
	assert_true(metric_get(METRIC_STORE_CACHE_HITS) > hits);
	assert_int_equal(metric_get(METRIC_STORE_CACHE_FILES), SEGMENTS);
	assert_int_equal(metric_get(METRIC_STORE_CACHE_BYTES), segment_cache_bytes(c));
}

/* Templates that all segments have are there once: all together need little more than one. */
static void texts_are_shared(void **state)
{
	struct world *w = *state;
	add_segments(w);
	assert_int_equal(count(w, "shared"), SEGMENTS * ROWS * 2 / 3);
	const struct text_pool *p = &w->store->cache.pool;
	uint32_t shared = 0, own = 0;
	for (uint32_t i = 0; i < p->size; i++) {
		shared += p->table[i] && p->table[i]->refs == SEGMENTS;
		own += p->table[i] && p->table[i]->refs == 1;
	}
	assert_int_equal(shared, 1 + 20); /* the variable, and the templates */
	assert_int_equal(own, SEGMENTS * ROWS / 3);
	assert_int_equal(shared + own, p->count);
}

/* With room for about two segments: the answers are the same, and what a scan has read itself it does not drive out. */
static void bytes_are_bounded(void **state)
{
	struct world *w = *state;
	add_segments(w);
	answers_are_right(w);
	struct segment_cache *c = &w->store->cache;
	size_t all = segment_cache_bytes(c);
	world_close(w);
	world_open(w);
	c = &w->store->cache;
	c->limit = all * 2 / 5;
	uint64_t evicted = metric_get(METRIC_STORE_CACHE_EVICTED);
	for (int i = 0; i < 3; i++) {
		uint64_t hits = metric_get(METRIC_STORE_CACHE_HITS), misses = metric_get(METRIC_STORE_CACHE_MISSES);
		assert_int_equal(count(w, "shared"), SEGMENTS * ROWS * 2 / 3);
		assert_true(segment_cache_bytes(c) <= c->limit);
		if (i) {
			assert_true(metric_get(METRIC_STORE_CACHE_HITS) > hits);
			assert_true(metric_get(METRIC_STORE_CACHE_MISSES) > misses);
		}
		answers_are_right(w);
		assert_true(segment_cache_bytes(c) <= c->limit);
	}
	assert_true(metric_get(METRIC_STORE_CACHE_EVICTED) > evicted);
	/* No room at all. */
	c->limit = 0;
	answers_are_right(w);
	assert_int_equal(c->counted, 0);
	assert_int_equal(c->pool.count, 0);
}

static void files_are_bounded(void **state)
{
	struct world *w = *state;
	add_segments(w);
	struct segment_cache *c = &w->store->cache;
	c->most_files = 2;
	for (int i = 0; i < 3; i++) {
		answers_are_right(w);
		assert_int_equal(c->files, 2);
	}
	/* Another query's segment takes the place of one that this query did not need. */
	assert_int_equal(count(w, "segmenta"), ROWS / 3);
	assert_int_equal(c->files, 2);
}

/* Where the process may open no more files, the cache lets go of its own. */
static void files_are_given_back(void **state)
{
	struct world *w = *state;
	enum { FILES = 64 };
	int taken[FILES], n = 0;
	struct rlimit before, few;
	add_segments(w);
	struct segment_cache *c = &w->store->cache;
	c->most_files = 3;
	answers_are_right(w);
	assert_int_equal(c->files, 3);
	c->most_files = CACHE_FILES;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){FILES, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (n < FILES && (taken[n] = dup(0)) >= 0)
		n++;
	answers_are_right(w);
	assert_int_equal(w->store->damaged, 0);
	assert_true(c->files <= 3);
	while (n > 0)
		close(taken[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* What a reader holds stays until it lets go, though the segment is gone. */
static void a_segment_goes_while_it_is_read(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	add_segments(w);
	struct segment_cache *c = &w->store->cache;
	struct segment *s = w->store->segments[0];
	struct segment_reader r = {0};
	s->refs++;
	assert_true(segment_next(&r, c, w->store->directory, s, &e) && segment_tables(&r, &e));
	w->store->options.keep_bytes = 1;
	store_retain(w->store);
	assert_int_equal(w->store->segment_count, 1);
	assert_int_equal(w->store->dying, 1);
	store_segment_unref(w->store, s);
	assert_int_equal(w->store->dying, 0);
	assert_int_equal(c->files, 0);
	assert_int_equal(c->counted, 0);
	/* The rows are still there for who holds it. */
	struct block_rows it;
	struct block_row row;
	uint32_t rows = 0;
	for (uint32_t i = 0; i < r.block_count; i++) {
		assert_true(segment_block(&r, &r.blocks[i], &it, &e));
		while (block_next(&it, &r, &row, &e))
			rows++;
	}
	assert_false(err_is_set(&e));
	assert_int_equal(rows, ROWS);
	assert_true(c->pool.count > 0);
	segment_close(&r);
	assert_int_equal(c->pool.count, 0);
	assert_int_equal(count(w, "segmenta"), 0);
	assert_int_equal(count(w, "segmentf"), ROWS / 3);
}

static void what_is_removed_drops_out(void **state)
{
	struct world *w = *state;
	add_segments(w);
	answers_are_right(w);
	assert_int_equal(w->store->cache.files, SEGMENTS);
	w->store->options.keep_bytes = 1;
	store_retain(w->store);
	assert_int_equal(w->store->cache.files, 1);
	assert_int_equal(count(w, "shared"), ROWS * 2 / 3);
	assert_int_equal(count(w, "segmenta"), 0);
}

/* Damage is met anew by each query, and what was loaded before it is not kept. */
static void damage_is_not_kept(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	add_segments(w);
	struct segment *s = w->store->segments[2];
	struct segment_tables *t = segment_tables_new(w->store->directory, s->number, &e);
	assert_non_null(t);
	uint64_t place = t->sections[SECTION_DICTIONARY].offset;
	segment_tables_unref(t);
	char path[256];
	snprintf(path, sizeof(path), "%s/%010llu.segment", w->directory, (unsigned long long)s->number);
	int fd = sys_open(str_z(path), SYS_OPEN_RW);
	assert_true(fd >= 0 && sys_pwrite(fd, "damage", 6, (int64_t)place + 20) == 0);
	sys_close(fd);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(count(w, "shared"), (SEGMENTS - 1) * ROWS * 2 / 3);
		assert_int_equal(w->store->damaged, (uint64_t)i + 1);
		assert_true(!s->cached || (s->cached->counted == 0 && s->cached->dictionary.count == 0));
	}
}

/* A number that was free is given again, and who remembers the old text can tell. */
static void numbers_of_texts_come_back(void **state)
{
	struct text_pool p = {0};
	struct arena a;
	struct dictionary d;
	struct dictionary_view first, second;
	struct buf section;
	bool is_new;
	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&section, 1 << 20);
	assert_true(dictionary_init(&d));
	dictionary_add(&d, STR("one"), &is_new);
	dictionary_add(&d, STR("two"), &is_new);
	dictionary_encode(&d, &section);
	dictionary_release(&d);
	assert_true(text_pool_dictionary(&p, &first, &a, buf_str(&section)) &&
	            text_pool_dictionary(&p, &second, &a, buf_str(&section)));
	assert_int_equal(first.count, 3);
	assert_true(first.texts[1].p == second.texts[1].p && str_eq(first.texts[2], STR("two")));
	uint32_t number = text_pool_of(first.texts[2])->number, born = text_pool_of(first.texts[2])->born;
	text_pool_unref(&p, &first);
	assert_int_equal(p.count, 3);
	text_pool_unref(&p, &second);
	assert_int_equal(p.count, 0);
	buf_clear(&section);
	assert_true(dictionary_init(&d));
	dictionary_add(&d, STR("three"), &is_new);
	dictionary_encode(&d, &section);
	dictionary_release(&d);
	assert_true(text_pool_dictionary(&p, &first, &a, buf_str(&section)));
	bool again = false;
	for (uint32_t i = 0; i < first.count; i++) {
		again |= text_pool_of(first.texts[i])->number == number;
		assert_true(text_pool_of(first.texts[i])->born != born);
		assert_true(text_pool_of(first.texts[i])->number < 3);
	}
	assert_true(again || first.count < 3);
	/* A section cut short leaves nothing behind. */
	for (size_t n = 0; n < section.len; n++)
		assert_false(text_pool_dictionary(&p, &second, &a, str_sub(buf_str(&section), 0, n)));
	text_pool_unref(&p, &first);
	text_pool_release(&p);
	arena_release(&a);
	buf_release(&section);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(what_was_read_is_kept),     WORLD_TEST(texts_are_shared),     WORLD_TEST(bytes_are_bounded),
	    WORLD_TEST(files_are_bounded),         WORLD_TEST(files_are_given_back), WORLD_TEST(a_segment_goes_while_it_is_read),
	    WORLD_TEST(what_is_removed_drops_out), WORLD_TEST(damage_is_not_kept),   cmocka_unit_test(numbers_of_texts_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
