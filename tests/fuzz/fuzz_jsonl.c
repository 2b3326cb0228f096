/* Any bytes as a body of JSON lines ('j' first) or text ('t'): never refused, every line a record, all text in UTF-8. */
#include "check_batch.h"
#include "store/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	batch_builder_init(&builder);
	lines_begin(l, &builder, 1795435200000000000, INT64_C(14) * 86400 * 1000000000);
	if (data[0] == 't')
		lines_read_text(l, body);
	else
		lines_read_json(l, body);
	struct batch *b = batch_finish(&builder, &e);
	CHECK(b);
	CHECK(check_batch_rows(b) == l->counts.records && l->counts.unparsed <= l->counts.records);
	batch_builder_release(&builder);
	return 0;
}
