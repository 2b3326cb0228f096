/* Any bytes as source text: every place is within its file, of the least size, and what is told of a text and itself covers it. */
#include "base/check.h"
#include "catalog/copies/copies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t lines_of(struct str text)
{
	uint32_t n = 1;
	for (size_t i = 0; i < text.len; i++)
		n += text.p[i] == '\n';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.c", "a.py", "a.html", "a.sql", "a.clj", "a.erl", "a.php", "a.json" };
	struct arena a;
	struct copies c;
	struct err e = { 0 };
	if (size < 2)
		return 0;
	struct str name = str_z(names[data[0] % 8]), text = { (const char *)data + 1, size - 1 }, half = str_sub(text, 0, text.len / 2);
	struct copies_file files[] = { { name, text }, { name, half }, { name, str_skip(text, half.len) } };
	arena_init(&a, 64 << 20);
	CHECK(copies_find(&c, &a, files, 3, data[0] & 8, &e));
	for (size_t i = 0; i < c.count; i++) {
		const struct copy *x = &c.items[i];
		CHECK(x->a <= x->b && x->b < 3 && x->tokens >= COPIES_TOKENS);
		CHECK(x->a_from >= 1 && x->a_to >= x->a_from + COPIES_LINES - 1 && x->a_to <= lines_of(files[x->a].text));
		CHECK(x->b_from >= 1 && x->b_to >= x->b_from + COPIES_LINES - 1 && x->b_to <= lines_of(files[x->b].text));
		CHECK(x->a != x->b || x->a_from <= x->b_from);
	}
	arena_release(&a);
	return 0;
}
