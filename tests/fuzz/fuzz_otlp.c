/* Any bytes as an OTLP request: first byte 'l' logs, 't' traces, 'm' metrics in protobuf; the capital letter in JSON. Whatever is taken can be
 * read back row by row, becomes a memtable, and goes through the row readers that segments use; whatever is refused says why. */
#include "base/check.h"
#include "store/ingest.h"
#include "store/memtable.h"
#include "store/traces.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(struct str row, struct arena *a)
{
	struct row_parts p;
	struct attr attr;
	CHECK(row_parts(row, &p));
	CHECK(row.len <= ROW_HARD_BYTES);
	while (attrs_next(&p.attrs, &attr))
		CHECK(attr.key.len <= ROW_MAX_KEY);
	CHECK(!p.attrs.r.bad);
	if (p.head.kind == ROW_LOG) {
		struct log_record r = { 0 };
		CHECK(row_log(row, a, &r) && r.time != 0);
	} else {
		struct span s = { 0 };
		CHECK(row_span(row, a, &s) && !trace_id_is_zero(&s.trace));
	}
	arena_reset(a);
}

static void check_batch(struct batch *b)
{
	struct batch_reader it;
	struct str s;
	struct resource r;
	struct arena a;
	uint32_t resource, rows = 0;
	arena_init(&a, 64 << 20);
	CHECK(batch_read(&it, batch_str(b)));
	while (batch_next_resource(&it, &s))
		CHECK(resource_decode(s, &a, &r));
	for (; batch_next_row(&it, &resource, &s); rows++)
		check_row(s, &a);
	CHECK(!it.r.bad && rows == batch_rows(b));
	struct batch *copy = batch_from(batch_str(b), b->id);
	CHECK(copy && batch_rows(copy) == rows);
	batch_free(copy);
	arena_release(&a);
	struct memtable *m = memtable_new(1);
	memtable_add(m, b);
	CHECK(m->records + m->spans == rows && m->rows == rows);
	memtable_unref(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 1 << 16)
		return 0;
	struct str body = str_from((const char *)data + 1, size - 1);
	uint8_t kind = data[0] & 0x5f; /* in capitals */
	enum signal signal = kind == 'L' ? SIGNAL_LOGS : kind == 'T' ? SIGNAL_TRACES : SIGNAL_METRICS;
	struct batch_builder builder;
	struct ingest in;
	struct err e = { 0 };
	batch_builder_init(&builder);
	ingest_init(&in, &builder, 1795435200000000000);
	bool ok = data[0] < 'a' ? ingest_json(&in, signal, body, &e) : ingest_protobuf(&in, signal, body, &e);
	CHECK(ok != err_is_set(&e));
	struct batch *b = ok ? batch_finish(&builder, &e) : NULL;
	ingest_release(&in);
	batch_builder_release(&builder);
	if (b)
		check_batch(b);
	return 0;
}
