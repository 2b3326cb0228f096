/* Any lines, in any order, with pauses (a line of one NUL): nothing is dropped or comes twice, blocks keep their limits, and what is ordinary never
 * waits for more than a pause. */
#include "base/check.h"
#include "node/join.h"
#include "node/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf out;

static void see(struct join *j, struct str text, bool cut)
{
	(void)j, (void)cut;
	CHECK(text.len > 0 && text.len <= JOIN_MAX_BYTES + LINE_MAX_BYTES && text.p[text.len - 1] != '\n');
	buf_add(&out, text);
	buf_char(&out, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct join j = { .on_text = see };
	struct buf in;
	struct str rest = str_from((const char *)data, size);
	join_init(&j);
	buf_init(&in, 1 << 24);
	buf_init(&out, 1 << 24);
	while (rest.p) {
		struct str line = str_sub(str_split(&rest, '\n'), 0, LINE_MAX_BYTES);
		if (str_eq(line, str_from("", 1))) {
			CHECK(join_idle(&j) == (j.state != JOIN_NOTHING) && j.state != JOIN_LINE);
			continue;
		}
		join_line(&j, line, false);
		if (join_class(line) != CLASS_BLANK) {
			buf_add(&in, line);
			buf_char(&in, '\n');
		}
	}
	join_flush(&j);
	CHECK(buf_ok(&in) && buf_ok(&out) && str_eq(buf_str(&in), buf_str(&out)));
	buf_release(&in);
	buf_release(&out);
	join_release(&j);
	return 0;
}
