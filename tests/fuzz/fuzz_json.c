/* Any bytes as JSON: no crash, no leak; a refused text has a place within it, an accepted one is written and read back the same. Any bytes
 * as a text to write: the literal is valid JSON. */
#include "base/check.h"
#include "base/json.h"

enum { MEMORY = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(struct buf *b, const struct json *j)
{
	struct json_out o;
	json_out_init(&o, b);
	json_out_value(&o, j);
	CHECK(buf_ok(b));
}

static void check_place(struct str text, const struct err *e)
{
	uint32_t lines = 1;
	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n';
	CHECK(e->line >= 1 && e->line <= lines && e->column >= 1 && e->column <= text.len + 1);
}

static void check_text(struct arena *a, struct str text)
{
	struct buf first, second;
	struct err e = { 0 }, again = { 0 };
	buf_init(&first, 16 * MEMORY);
	buf_init(&second, 16 * MEMORY);
	const struct json *j = json_parse(a, text, &e);
	CHECK((j != NULL) == !err_is_set(&e));
	if (j) {
		write_value(&first, j);
		CHECK(str_is_utf8(buf_str(&first)));
		arena_reset(a);
		j = json_parse(a, buf_str(&first), &again);
		if (j) {
			write_value(&second, j);
			CHECK(str_eq(buf_str(&first), buf_str(&second)));
		} else {
			CHECK(again.code == ERR_TOO_LARGE);
		}
	} else if (e.code == ERR_INPUT) {
		check_place(text, &e);
	}
	buf_release(&first);
	buf_release(&second);
}

static void check_quote(struct arena *a, struct str text)
{
	struct buf b;
	struct err e = { 0 };
	buf_init(&b, 16 * MEMORY);
	json_quote(&b, text);
	arena_reset(a);
	const struct json *j = json_parse(a, buf_str(&b), &e);
	CHECK(j && j->type == JSON_STRING && (!str_is_utf8(text) || str_eq(j->s, text)));
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	if (size > MEMORY / 16)
		return 0;
	arena_init(&a, MEMORY * 8);
	check_text(&a, str_from((const char *)data, size));
	check_quote(&a, str_from((const char *)data, size));
	arena_release(&a);
	return 0;
}
