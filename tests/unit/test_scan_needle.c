/* Needles that are whole tokens, in the streams of slots: each value of a slot is found in its streams, whatever its frame and kind, and few strangers are let through. */
#include "store/scan_needle.h"
#include "base/buf.h"
#include "store/slot.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { VALUES = 40, LONGEST = 48 };
static uint64_t state = 1;

static uint32_t pick(uint32_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % n;
}

/* A token of a kind: what stands before and behind is the same for all values of a slot. */
static size_t token(char *to, uint32_t kind, uint64_t of_slot)
{
	static const char *const words[] = { "web", "Node", "x", "order_", "blk_", "r", "" };
	const char *before = words[of_slot % 7], *after = words[of_slot / 7 % 7];
	switch (kind) {
	case 0: return (size_t)snprintf(to, LONGEST, "%s%u%s", before, pick(100000), after);
	case 1: return (size_t)snprintf(to, LONGEST, "%08x%08x", pick(UINT32_MAX), pick(UINT32_MAX));
	case 2: return (size_t)snprintf(to, LONGEST, "%sk%cz%u%s", before, 'a' + (int)pick(26), pick(10), after);
	case 3: return (size_t)snprintf(to, LONGEST, "%sQ%u%c%u%s", before, pick(1000), 'A' + (int)pick(26), pick(1000), after);
	default: return (size_t)snprintf(to, LONGEST, "%s%03u%s", before, pick(3), after);
	}
}

static struct needle needle_of(struct str value, char *lower)
{
	struct needle n;
	for (size_t i = 0; i < value.len; i++)
		lower[i] = value.p[i] >= 'A' && value.p[i] <= 'Z' ? (char)(value.p[i] + 32) : value.p[i];
	needle_init(&n, str_from(lower, value.len));
	return n;
}

static bool may_be(const struct needle *n, const struct slot_streams *o)
{
	return needle_may_be_value_in_texts(n, buf_str(&o->text)) || needle_may_be_in_bytes(n, buf_str(&o->plain));
}

static bool only_digits(struct str v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
	return true;
}

static void values_are_found(void **unused)
{
	(void)unused;
	uint32_t strangers = 0, let_through = 0;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct slot_streams o;
		static char space[VALUES * 3][LONGEST];
		struct str v[VALUES * 3];
		char lower[LONGEST];
		size_t count = 1 + seed % VALUES;
		state = seed;
		buf_init(&o.text, 1 << 20);
		buf_init(&o.ints, 1 << 20);
		buf_init(&o.plain, 1 << 20);
		/* A few slots, one behind the other, as in a column. */
		for (int slot = 0; slot < 3; slot++) {
			uint32_t kind = pick(5);
			uint64_t of_slot = pick(49);
			for (size_t i = 0; i < count; i++) {
				char *to = space[(size_t)slot * VALUES + i];
				v[(size_t)slot * VALUES + i] = str_from(to, token(to, kind, of_slot));
			}
			slot_encode(&o, v + (size_t)slot * VALUES, count);
		}
		assert_true(buf_ok(&o.text) && buf_ok(&o.ints) && buf_ok(&o.plain));
		for (size_t i = 0; i < 3 * (size_t)VALUES; i++) {
			struct str value = v[i];
			if (i % VALUES >= count || only_digits(value))
				continue;
			struct needle n = needle_of(value, lower);
			if (!may_be(&n, &o))
				fail_msg("seed %llu: %.*s is not found", (unsigned long long)seed, STR_FMT(value));
		}
		for (int i = 0; i < 20; i++) {
			char other[LONGEST];
			struct needle n = needle_of(str_from(other, (size_t)snprintf(other, sizeof(other), "other%c%u%c", 'a' + (int)pick(26), pick(1000000), 'a' + (int)pick(26))), lower);
			strangers++;
			let_through += may_be(&n, &o);
		}
		buf_release(&o.text);
		buf_release(&o.ints);
		buf_release(&o.plain);
	}
	if (let_through * 200 > strangers)
		fail_msg("%u of %u strangers are let through", let_through, strangers);
}

/* What a damaged stream says does not matter, but nothing outside of it is read: each length of it, in memory of its own. */
static void streams_that_end_anywhere(void **unused)
{
	(void)unused;
	static const char whole[] = "\x09\x03web\x00\x00\x0b\x02no\x03re1\x02\x01w\x01x\x0c\x00\x0cnowherenowhe\x09\x3cn";
	char lower[LONGEST];
	struct needle n = needle_of(STR("nowhere1"), lower);
	for (size_t i = 0; i < sizeof(whole); i++) {
		char *copy = malloc(i ? i : 1);
		assert_non_null(copy);
		memcpy(copy, whole, i);
		needle_may_be_value_in_texts(&n, str_from(copy, i));
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values_are_found), cmocka_unit_test(streams_that_end_anywhere) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
