/* Any bytes as Loki's push: 'j' JSON, 'p' protobuf, 's' protobuf in snappy, 'l' labels; refused with words, or records that can be read back. */
#include "check_batch.h"
#include "store/coding.h"
#include "store/ingest_loki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void labels(struct str text)
{
	static struct loki_label found[LOKI_MAX_LABELS];
	struct arena a;
	size_t n;
	for (int loose = 0; loose < 2; loose++) {
		arena_init(&a, 64 << 20);
		loki_labels(text, &a, loose, found, &n);
		CHECK(n <= LOKI_MAX_LABELS);
		for (size_t i = 0; i < n; i++)
			CHECK(found[i].name.len && found[i].value.len <= text.len);
		arena_release(&a);
	}
}

static bool read_body(struct lines *l, char kind, struct str body, struct err *e)
{
	struct buf out;
	if (kind != 's')
		return kind == 'p' ? loki_read_protobuf(l, body, e) : loki_read_json(l, body, e);
	buf_init(&out, 1 << 20);
	bool ok = snappy_inflate(body, &out, e) && loki_read_protobuf(l, buf_str(&out), e);
	buf_release(&out);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lines *l;
	struct batch_builder builder;
	struct err e = { 0 };
	if (!l)
		l = lines_new();
	CHECK(l);
	if (size < 1)
		return 0;
	struct str body = str_from((const char *)data + 1, size - 1);
	if (data[0] == 'l') {
		labels(body);
		return 0;
	}
	batch_builder_init(&builder);
	lines_begin(l, &builder, 1795435200000000000, INT64_C(14) * 86400 * 1000000000);
	bool ok = read_body(l, (char)data[0], body, &e);
	CHECK(ok != err_is_set(&e));
	struct batch *b = ok ? batch_finish(&builder, &e) : NULL;
	if (b)
		CHECK(check_batch_rows(b) == l->counts.records);
	batch_builder_release(&builder);
	return 0;
}
