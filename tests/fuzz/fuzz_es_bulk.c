/* Any bytes as Elasticsearch's bulk: refused with words, or each action but delete a record, and an answer that is JSON with one item an action. */
#include "base/json.h"
#include "check_batch.h"
#include "store/ingest_es.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(struct str items, uint64_t records)
{
	struct arena a;
	struct buf b;
	struct err e = { 0 };
	uint64_t kept = 0;
	arena_init(&a, 256 << 20);
	buf_init(&b, 64 << 20);
	buf_char(&b, '[');
	buf_add(&b, items);
	buf_char(&b, ']');
	const struct json *j = json_parse(&a, buf_str(&b), &e);
	CHECK(j && j->type == JSON_ARRAY);
	for (uint32_t i = 0; i < j->count; i++) {
		CHECK(j->items[i].count == 1);
		kept += json_get_i64(&j->items[i].members[0].value, STR("status"), 0) == 201;
	}
	CHECK(kept == records);
	buf_release(&b);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lines *l;
	struct batch_builder builder;
	struct buf items;
	struct err e = { 0 };
	if (!l)
		l = lines_new();
	CHECK(l);
	batch_builder_init(&builder);
	buf_init(&items, 1 << 20);
	lines_begin(l, &builder, 1795435200000000000, INT64_C(14) * 86400 * 1000000000);
	bool ok = es_bulk_read(l, str_from((const char *)data, size), STR("fuzz-2026.11.23"), &items, &e);
	CHECK(ok != err_is_set(&e));
	struct batch *b = ok ? batch_finish(&builder, &e) : NULL;
	if (b) {
		CHECK(check_batch_rows(b) == l->counts.records);
		check_answer(buf_str(&items), l->counts.records);
	}
	buf_release(&items);
	batch_builder_release(&builder);
	return 0;
}
