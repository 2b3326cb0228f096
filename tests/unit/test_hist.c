/* Histograms of scale 5: the index against a long-double logarithm, quantiles within 1.09 %, merging, the stored form. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include "base/hist.h"

static uint64_t seed = 42;
static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* The definition: the i with 2^(i/32) < v <= 2^((i+1)/32). */
static bool in_bucket(uint64_t v, int index)
{
	long double x = (long double)v;
	return exp2l((long double)index / 32) < x && x <= exp2l((long double)(index + 1) / 32);
}

static void index_by_definition(void **state)
{
	(void)state;
	for (uint64_t v = 1; v < 100000; v++)
		if (!in_bucket(v, hist_index(v)))
			fail_msg("%llu: %d", (unsigned long long)v, hist_index(v));
	for (int i = 0; i < 1000000; i++) {
		uint64_t v = random64() >> (i & 63);
		if (v && !in_bucket(v, hist_index(v)))
			fail_msg("%llu: %d", (unsigned long long)v, hist_index(v));
	}
}

static void index_at_boundaries(void **state)
{
	(void)state;
	assert_int_equal(hist_index(1), -1);
	assert_int_equal(hist_index(2), 31);
	assert_int_equal(hist_index(3), 50); /* floor(32 * log2 3) */
	assert_int_equal(hist_index(UINT64_MAX), 2047);
	for (int top = 1; top < 64; top++) {
		assert_int_equal(hist_index(UINT64_C(1) << top), top * 32 - 1);
		if (top >= 6) /* before, the next integer is more than one bucket away */
			assert_int_equal(hist_index((UINT64_C(1) << top) + 1), top * 32);
	}
	/* The integers on both sides of each boundary. */
	for (int index = 400; index < 2016; index++) {
		if (index % 32 == 31)
			continue;
		uint64_t below = (uint64_t)floorl(exp2l((long double)(index + 1) / 32));
		assert_int_equal(hist_index(below - 1), index);
		assert_int_equal(hist_index(below + 2), index + 1);
		assert_true(fabs(hist_lower((int16_t)(index + 1)) / exp2((index + 1) / 32.0) - 1) < 1e-14);
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

enum { VALUES = 20000 };
static uint64_t values[VALUES];

static void quantiles(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	assert_int_equal(hist_quantile(&h, 0.5), 0);
	for (int i = 0; i < VALUES; i++) {
		values[i] = (uint64_t)exp(10 + 10 * (double)(random64() >> 11) / 9007199254740992.0);
		hist_add(&h, values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), compare);
	for (int permille = 1; permille < 1000; permille++) {
		uint64_t exact = values[(size_t)ceil(permille / 1000.0 * VALUES) - 1];
		double error = fabs((double)hist_quantile(&h, permille / 1000.0) / (double)exact - 1);
		if (error > 0.0109)
			fail_msg("p%d/1000: error %f", permille, error);
	}
	assert_true(hist_quantile(&h, 0) == values[0] && hist_quantile(&h, 1) == values[VALUES - 1] && hist_quantile(&h, -1) == values[0]);
	hist_release(&h);
}

static void zeros_and_single_values(void **state)
{
	(void)state;
	struct hist h;
	hist_init(&h);
	hist_add(&h, 0);
	assert_true(h.zero == 1 && hist_quantile(&h, 0.5) == 0);
	hist_add(&h, 1000);
	hist_add(&h, 1000);
	assert_int_equal(hist_quantile(&h, 0.5), 991); /* the centre of (980.6, 1002.1] */
	struct hist one;
	hist_init(&one);
	hist_add(&one, 1000);
	assert_int_equal(hist_quantile(&one, 0.5), 1000); /* clamped */
	hist_release(&one);
	assert_true(h.count == 3 && h.sum == 2000 && h.min == 0 && h.max == 1000);
	hist_clear(&h);
	assert_true(h.count == 0 && hist_quantile(&h, 0.5) == 0);
	hist_add(&h, UINT64_MAX);
	hist_add(&h, UINT64_MAX);
	assert_true(h.sum == UINT64_MAX && hist_quantile(&h, 0.5) == UINT64_MAX);
	hist_release(&h);
}

static void same(const struct hist *a, const struct hist *b)
{
	assert_true(a->count == b->count && a->zero == b->zero && a->sum == b->sum && a->min == b->min && a->max == b->max && a->used == b->used);
	for (uint32_t i = 0; i < a->used; i++)
		assert_true(a->buckets[i].index == b->buckets[i].index && a->buckets[i].count == b->buckets[i].count);
}

static void merging_is_adding(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct hist all, a, b;
		hist_init(&all);
		hist_init(&a);
		hist_init(&b);
		for (int n = round; n > 0; n--) {
			uint64_t v = random64() >> (40 + random64() % 24);
			hist_add(&all, v);
			hist_add(random64() & 1 ? &a : &b, v);
		}
		assert_true(hist_merge(&a, &b));
		same(&a, &all);
		hist_release(&all);
		hist_release(&a);
		hist_release(&b);
	}
}

static void bounded(void **state)
{
	(void)state;
	struct hist h, other;
	hist_init(&h);
	hist_init(&other);
	for (int16_t index = 200; index < 2000; index++) {
		hist_add(&h, (uint64_t)(hist_lower(index) * 1.01));
		if (index > 1500)
			hist_add(&other, (uint64_t)(hist_lower(index) * 1.01));
	}
	assert_true(h.used == HIST_MAX_BUCKETS && h.count == 1800);
	uint64_t counted = 0;
	for (uint32_t i = 0; i < h.used; i++)
		counted += h.buckets[i].count;
	assert_int_equal(counted, 1800);
	assert_false(hist_merge(&h, &other)); /* too many buckets: refused, unchanged */
	assert_true(h.used == HIST_MAX_BUCKETS && h.count == 1800);
	hist_release(&h);
	hist_release(&other);
}

static void stored_form(void **state)
{
	(void)state;
	struct hist h, back;
	hist_init(&h);
	hist_init(&back);
	for (int i = 0; i < 300; i++)
		hist_add(&h, random64() >> (20 + i % 44));
	hist_add(&h, 0);
	hist_add(&h, 1);
	struct buf b;
	buf_init(&b, 10000);
	hist_encode(&h, &b);
	buf_add(&b, STR("rest"));
	struct str in = buf_str(&b);
	assert_true(hist_decode(&back, &in) && str_eq(in, STR("rest")));
	same(&h, &back);
	/* Cut anywhere it is refused, and changes nothing; damaged anywhere it is refused or in order. */
	for (size_t n = 0; n + 4 < b.len; n++) {
		struct str part = str_sub(buf_str(&b), 0, n);
		assert_false(hist_decode(&back, &part));
		assert_int_equal(part.len, n);
		same(&h, &back);
	}
	for (size_t n = 0; n < b.len; n++) {
		for (int bit = 0; bit < 8; bit++) {
			struct hist damaged;
			hist_init(&damaged);
			b.data[n] = (char)(b.data[n] ^ 1 << bit);
			struct str part = buf_str(&b);
			if (hist_decode(&damaged, &part)) {
				assert_true(damaged.used <= HIST_MAX_BUCKETS && damaged.min <= damaged.max);
				for (uint32_t i = 1; i < damaged.used; i++)
					assert_true(damaged.buckets[i - 1].index < damaged.buckets[i].index);
				(void)hist_quantile(&damaged, 0.99);
			}
			b.data[n] = (char)(b.data[n] ^ 1 << bit);
			hist_release(&damaged);
		}
	}
	buf_release(&b);
	hist_release(&h);
	hist_release(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_by_definition), cmocka_unit_test(index_at_boundaries), cmocka_unit_test(quantiles),
		cmocka_unit_test(zeros_and_single_values), cmocka_unit_test(merging_is_adding), cmocka_unit_test(bounded), cmocka_unit_test(stored_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
