/* Any bytes as a syslog stream: each byte belongs to one frame or is passed over, in whatever steps it arrives the messages are the same, and each
 * becomes a record within its limits. The first byte says in which steps. */
#include "base/check.h"
#include "store/row.h"
#include "store/syslog.h"
#include "store/syslog_frame.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct syslog_parser parser;
static bool ready;

static void check_inside(struct str s, struct str whole)
{
	CHECK(s.len <= whole.len);
}

static void check_message(struct str text)
{
	struct syslog_source source = { .now = INT64_C(1795435200) * 1000000000, .zone = INT64_C(3600) * 1000000000, .host = STR("192.0.2.1") };
	struct syslog_message m;
	struct buf row;
	struct row_parts parts;
	uint64_t cut = 0;
	syslog_parse(&parser, &source, text, &m);
	CHECK(m.record.severity >= 1 && m.record.severity <= 24);
	CHECK(m.record.observed == source.now && m.resource.service.len > 0 && m.resource.instance.len > 0);
	CHECK(m.record.attr_count <= ROW_MAX_ATTRS);
	check_inside(m.record.body, text);
	buf_init(&row, ROW_HARD_BYTES);
	row_encode_log(&row, &m.record, &cut);
	CHECK(buf_ok(&row) && row_parts(buf_str(&row), &parts));
	buf_release(&row);
}

/* A hash of all messages, and how many there were. */
static uint64_t run(struct str stream, size_t step, bool look)
{
	struct syslog_frames f = { 0 };
	struct syslog_frame frame;
	uint64_t sum = 0;
	size_t done = 0, seen = 0;
	for (;;) {
		if (syslog_next_frame(&f, str_sub(stream, done, seen), seen == stream.len, &frame)) {
			CHECK(frame.used > 0 && frame.used <= seen - done);
			done += frame.used;
			if (!frame.message.p)
				continue;
			CHECK(frame.message.len <= SYSLOG_MAX_MESSAGE);
			sum = sum * 31 + str_hash(frame.message) + frame.cut;
			if (look)
				check_message(frame.message);
		} else if (seen == stream.len) {
			break;
		} else {
			seen += step < stream.len - seen ? step : stream.len - seen;
		}
	}
	CHECK(done == stream.len);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str stream = str_from((const char *)data + (size > 0), size - (size > 0));
	if (!ready)
		ready = syslog_parser_init(&parser);
	CHECK(ready);
	check_message(stream);
	uint64_t whole = run(stream, SIZE_MAX, true);
	CHECK(run(stream, size ? (size_t)data[0] + 1 : 1, false) == whole);
	return 0;
}
