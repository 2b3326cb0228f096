/* Any bytes as a protobuf message, read to five levels: no read beyond the input, no endless loop; what was read can be written and read
 * back with the same result. The same bytes as a stored histogram. */
#include "base/check.h"
#include "base/hist.h"
#include "base/pb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t walk(struct str message, unsigned depth)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	size_t fields = 0;
	while (pb_next(&r, &f)) {
		CHECK(f.number >= 1 && ++fields <= message.len);
		if (f.wire != PB_BYTES)
			continue;
		CHECK(f.bytes.p >= message.p && f.bytes.p + f.bytes.len <= message.p + message.len);
		if (depth < 5)
			walk(f.bytes, depth + 1);
	}
	CHECK(r.bad || r.p == r.end);
	return fields;
}

static void copy(struct str message, struct buf *to)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	while (pb_next(&r, &f)) {
		if (f.wire == PB_VARINT)
			pb_varint(to, f.number, f.value);
		else if (f.wire == PB_FIXED64)
			pb_fixed64(to, f.number, f.value);
		else if (f.wire == PB_FIXED32)
			pb_fixed32(to, f.number, (uint32_t)f.value);
		else
			pb_bytes(to, f.number, f.bytes);
	}
}

static void check_hist(struct str stored)
{
	struct hist h, again;
	struct buf b;
	hist_init(&h);
	hist_init(&again);
	buf_init(&b, 1 << 20);
	if (hist_decode(&h, &stored)) {
		hist_encode(&h, &b);
		struct str back = buf_str(&b);
		CHECK(hist_decode(&again, &back) && back.len == 0 && again.count == h.count && again.used == h.used);
		uint64_t median = hist_quantile(&h, 0.5);
		CHECK(h.count == 0 || median <= h.max);
		(void)hist_merge(&again, &h);
		hist_add(&h, 12345);
	}
	hist_release(&h);
	hist_release(&again);
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str message = { (const char *)data, size };
	struct buf once, twice;
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	size_t fields = walk(message, 0);
	copy(message, &once);
	if (buf_ok(&once)) {
		CHECK(walk(buf_str(&once), 5) == fields);
		copy(buf_str(&once), &twice);
		CHECK(str_eq(buf_str(&once), buf_str(&twice)));
	}
	check_hist(message);
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
