/* Any bytes as a Fluent Forward stream: the end of a message is found at the same place in whatever steps it arrives, what is taken makes a sound
 * batch, and what msgpack-c reads is as long as our own scan said. */
#include "base/check.h"
#include "store/forward.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct forward_decoder decoder;
static bool ready;

static void check_scan(struct str stream, size_t step)
{
	struct msgpack_scan whole = { 0 }, steps = { 0 };
	enum msgpack_scanned end = msgpack_scan(&whole, stream), now = MSGPACK_MORE;
	for (size_t seen = 0; now == MSGPACK_MORE; seen += step) {
		size_t n = seen < stream.len ? seen : stream.len;
		now = msgpack_scan(&steps, str_sub(stream, 0, n));
		if (n == stream.len)
			break;
	}
	CHECK(now == end && (end != MSGPACK_WHOLE || steps.at == whole.at));
}

static void check_batch(struct batch_builder *b)
{
	struct batch_reader it;
	struct str s;
	uint32_t number, rows = 0;
	struct row_parts parts;
	struct err e = { 0 };
	struct batch *batch = batch_finish(b, &e);
	CHECK(batch);
	CHECK(batch_read(&it, batch_str(batch)));
	while (batch_next_resource(&it, &s))
		;
	for (; batch_next_row(&it, &number, &s); rows++)
		CHECK(row_parts(s, &parts));
	CHECK(rows == batch->records);
	batch_free(batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str stream = str_from((const char *)data + (size > 0), size - (size > 0)), message;
	struct batch_builder b;
	const struct time_window window = time_window(INT64_C(1795435200) * 1000000000, INT64_C(1000000000000000));
	if (!ready)
		ready = forward_decoder_init(&decoder);
	CHECK(ready);
	check_scan(stream, size ? (size_t)data[0] + 1 : 1);
	batch_builder_init(&b);
	while (msgpack_take(&stream, &message)) {
		struct forward_message m;
		struct err e = { 0 };
		if (!forward_read(&decoder, message, &m, &e)) {
			CHECK(err_is_set(&e));
			break;
		}
		if (m.nil || m.signal)
			continue;
		uint64_t before = b.records + b.rejected;
		forward_add(&decoder, &m, &window, STR(""), &b);
		CHECK(b.records + b.rejected - before <= m.count);
	}
	check_batch(&b);
	batch_builder_release(&b);
	return 0;
}
