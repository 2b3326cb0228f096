/* Rows of every kind and shape, by a seed: what the tests of columns and of matching share. */
#ifndef PLEACH_TESTS_STORE_ROWS_H
#define PLEACH_TESTS_STORE_ROWS_H
#include "base/check.h"
#include "store/segment.h"
#include "store_world.h"

static uint64_t seed = 88172645463325252;
static inline uint64_t draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n ? seed % n : 0;
}

/* --- rows through a segment ------------------------------------------------------------------------------------------------------------------ */

static size_t random_most = 3000; /* bytes of a text without any order */

static inline struct str some_text(struct arena *a)
{
	switch (draw(10)) {
	case 0: return STR("");
	case 1: return STR("cache miss for user");
	case 2: return arena_printf(a, "request %llu from 10.0.%llu.%llu took %llums", (unsigned long long)draw(100000), (unsigned long long)draw(256),
				    (unsigned long long)draw(256), (unsigned long long)draw(900));
	case 3: return arena_printf(a, "%016llx%016llx", (unsigned long long)draw(UINT64_MAX), (unsigned long long)draw(UINT64_MAX));
	case 4: return arena_printf(a, "odd \x11 byte %llu", (unsigned long long)draw(100));
	case 5: return arena_printf(a, "w%llxq", (unsigned long long)draw(UINT64_MAX));
	case 6: {
		size_t n = draw(random_most);
		char *p = arena_bytes(a, n);
		for (size_t i = 0; i < n; i++)
			p[i] = (char)draw(256);
		return str_from(p, n);
	}
	case 7: return arena_printf(a, "web7a-0f3c9 runs 018f3a5c-0000-7000-8000-%012llx", (unsigned long long)draw(UINT64_C(1) << 48)); /* variables that never vary */
	case 8: return STR("started 0123456789abcdef0123456789abcdef on web7a-0f3c9");
	default: return arena_printf(a, "id=%08llx-%04llx-%04llx-%04llx-%012llx", (unsigned long long)draw(UINT32_MAX), (unsigned long long)draw(65536),
				     (unsigned long long)draw(65536), (unsigned long long)draw(65536), (unsigned long long)draw(UINT64_C(1) << 48));
	}
}

static inline struct attr some_attr(struct arena *a)
{
	struct attr at = { arena_printf(a, "key%llu", (unsigned long long)draw(draw(10) ? 8 : 20000)), { .type = (enum value_type)draw(7) } };
	switch (at.value.type) {
	case VALUE_BOOL: at.value.b = draw(2); break;
	case VALUE_INT: at.value.i = (int64_t)(draw(2) ? draw(100) : draw(UINT64_MAX)); break;
	case VALUE_DOUBLE: at.value.d = (double)draw(1000) / 7; break;
	case VALUE_EMPTY: break;
	default: at.value.s = some_text(a); break;
	}
	return at;
}

static struct span_id known[4];

static inline void add_some_row(struct batch_builder *b, uint32_t resource, struct arena *a, uint64_t i)
{
	struct attr attrs[40];
	size_t n = draw(20) ? draw(6) : draw(40);
	for (size_t k = 0; k < n; k++)
		attrs[k] = some_attr(a);
	struct trace_id trace = { { 1, (uint8_t)draw(30) } };
	int64_t time = INT64_C(1795000000) * SECOND + (int64_t)(i * 1000) - (int64_t)draw(100000);
	if (draw(3)) {
		struct log_record r = { .time = time, .observed = draw(3) ? 0 : time + 5, .severity = (uint8_t)draw(25), .body = some_text(a), .attrs = attrs, .attr_count = n };
		if (draw(3) == 0)
			r.trace = trace;
		if (draw(3) == 0)
			r.span = (struct span_id){ { 7, (uint8_t)draw(256) } };
		batch_add_log(b, resource, &r);
		return;
	}
	struct span_event events[2] = { { time, STR("retry"), attrs, n > 3 ? 3 : n }, { time + 1, STR("done"), NULL, 0 } };
	struct span s = { .trace = trace, .id = { { (uint8_t)draw(256), (uint8_t)draw(256), 3 } }, .name = some_text(a), .scope = STR("lib"), .start = time,
			  .end = time + (int64_t)draw(1000000) - 10, .kind = (enum span_kind)draw(6), .flags = (uint32_t)draw(300), .status = (enum span_status)draw(3),
			  .status_message = draw(5) ? STR("") : some_text(a), .attrs = attrs, .attr_count = n, .events = events, .event_count = draw(3) };
	if (draw(3))
		s.parent = known[draw(4)];
	known[draw(4)] = s.id;
	batch_add_span(b, resource, &s);
}

/* 12 batches of 900 rows, each followed by a gap. */
static inline struct memtable *rows_memtable(uint64_t number)
{
	struct err e = { 0 };
	struct memtable *m = memtable_new(number);
	for (int k = 0; k < 12; k++) {
		struct batch_builder b;
		struct arena a;
		arena_init(&a, 512 << 20);
		batch_builder_init(&b);
		struct resource r = { .service = arena_printf(&a, "service-%d", k % 5), .version = STR("1"), .instance = STR("i") };
		uint32_t resource = batch_resource(&b, &r);
		for (uint64_t i = 0; i < 900; i++)
			add_some_row(&b, resource, &a, (uint64_t)k * 900 + i);
		struct batch *done = batch_finish(&b, &e);
		assert_non_null(done);
		memtable_add(m, done);
		batch_builder_release(&b);
		arena_release(&a);
		memtable_gap(m, 3);
	}
	return m;
}
#endif
