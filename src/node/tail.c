/* See tail.h. Every line in the buffer is followed by '\n'. */
#include "node/tail.h"
#include "base/check.h"
#include "model/log_text.h"
#include "node/redact.h"

void tail_init(struct tail *t) { buf_init(&t->lines, TAIL_MAX_BYTES); }
void tail_release(struct tail *t) { buf_release(&t->lines); }
void tail_clear(struct tail *t) { buf_clear(&t->lines); }

void tail_add(struct tail *t, struct str line)
{
	line = str_sub(line, 0, TAIL_MAX_LINE);
	if (str_empty(line))
		return;
	while (t->lines.len + line.len + 1 > TAIL_MAX_BYTES) {
		size_t end = str_find_char(buf_str(&t->lines), '\n');
		CHECK(end != SIZE_MAX);
		buf_consume(&t->lines, end + 1);
	}
	buf_add(&t->lines, line);
	buf_char(&t->lines, '\n');
}

/* What no longer fits after cleaning and replacing is dropped from the front, by whole lines. */
static struct str newest(struct str s)
{
	while (s.len > TAIL_MAX_BYTES) {
		size_t end = str_find_char(s, '\n');
		s = end == SIZE_MAX ? str_sub(s, 0, TAIL_MAX_BYTES) : str_skip(s, end + 1);
	}
	return s;
}

struct str tail_text(const struct tail *t, struct arena *a)
{
	struct buf without;
	struct str text = log_text_clean(a, str_strip(buf_str(&t->lines)));
	buf_init(&without, 8 * TAIL_MAX_BYTES);
	if (redact_text(&without, text) > 0)
		text = buf_ok(&without) ? buf_str(&without) : STR(REDACTED);
	struct str copy = arena_str(a, newest(text));
	buf_release(&without);
	return copy.p ? copy : STR("");
}
