/* Any bytes as a service's output: no crash, no leak; lines within their limit, text in UTF-8, attributes within theirs; and a secret behind
 * a key that says so is never in what leaves. The first byte says in which steps the stream arrives. */
#include "base/check.h"
#include "node/line.h"
#include "node/output.h"
#include "node/redact.h"
#include "node/tail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct line_parser parser;
static struct tail tail;
static const struct resource resource = { .service = STR_INIT("fuzz") };

static void check_text(struct str s)
{
	struct buf out;
	CHECK(str_is_utf8(s));
	/* What was replaced once is not found again: nothing is half replaced. */
	buf_init(&out, LINE_MAX_MEMORY);
	size_t found = redact_text(&out, s);
	CHECK((found == 0) == (out.len == 0));
	buf_release(&out);
}

static void take_line(struct output *o, struct str line, bool cut)
{
	struct line_source source = { .resource = &resource, .is_stderr = cut, .cut = cut, .observed = (int64_t)1795435200 * 1000000000 };
	struct log_record r;
	CHECK(line.len > 0 && line.len <= LINE_MAX_BYTES && memchr(line.p, '\n', line.len) == NULL);
	redact_key_block(&o->in_key, line);
	tail_add(&tail, line);
	line_record(&parser, line, &source, &r);
	CHECK(r.resource == &resource && r.observed == source.observed && r.time > 0);
	CHECK(r.attr_count >= 1 && r.attr_count <= LINE_MAX_ATTRS + LOG_FIELDS_ROOM && r.severity <= 24);
	check_text(r.body);
	for (size_t i = 0; i < r.attr_count; i++) {
		const struct attr *a = &r.attrs[i];
		CHECK(str_is_utf8(a->key));
		if (a->value.type == VALUE_STR || a->value.type == VALUE_JSON)
			check_text(a->value.s);
		CHECK(!redact_is_secret_key(a->key) || a->value.type != VALUE_STR || str_empty(a->value.s) || str_eq(a->value.s, STR(REDACTED)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct output o = { .on_line = take_line };
	struct arena a;
	struct str rest = str_from((const char *)data, size);
	size_t step = size ? (size_t)data[0] + 1 : 1;
	CHECK(line_parser_init(&parser));
	tail_init(&tail);
	buf_init(&o.partial, LINE_MAX_BYTES);
	for (; rest.len; rest = str_skip(rest, step))
		output_feed(&o, str_sub(rest, 0, step));
	output_flush(&o);
	arena_init(&a, 1 << 20);
	struct str last = tail_text(&tail, &a);
	CHECK(last.len <= TAIL_MAX_BYTES);
	arena_release(&a);
	buf_release(&o.partial);
	tail_release(&tail);
	line_parser_release(&parser);
	return 0;
}
