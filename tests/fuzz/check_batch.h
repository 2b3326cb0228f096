/* What the fuzzers of the store's inputs hold every batch to: each row can be read back, the batch survives its own encoding. */
#ifndef PLEACH_FUZZ_CHECK_BATCH_H
#define PLEACH_FUZZ_CHECK_BATCH_H
#include "base/check.h"
#include "store/batch.h"

/* Frees the batch. Returns its rows. */
static inline uint32_t check_batch_rows(struct batch *b)
{
	struct batch_reader it;
	struct str s;
	struct resource r;
	struct arena a;
	uint32_t resource, rows = 0;
	arena_init(&a, 64 << 20);
	CHECK(batch_read(&it, batch_str(b)));
	while (batch_next_resource(&it, &s)) {
		CHECK(resource_decode(s, &a, &r));
		CHECK(r.service.len && str_is_utf8(r.service) && str_is_utf8(r.instance) && str_is_utf8(r.version));
	}
	for (; batch_next_row(&it, &resource, &s); rows++) {
		struct log_record l = { 0 };
		CHECK(s.len <= ROW_HARD_BYTES && row_log(s, &a, &l) && l.time > 0 && l.severity <= 24);
		CHECK(str_is_utf8(l.body));
		for (size_t i = 0; i < l.attr_count; i++)
			CHECK(str_is_utf8(l.attrs[i].key) && (l.attrs[i].value.type != VALUE_STR || str_is_utf8(l.attrs[i].value.s)));
		arena_reset(&a);
	}
	CHECK(!it.r.bad && rows == batch_rows(b));
	arena_release(&a);
	batch_free(b);
	return rows;
}
#endif
