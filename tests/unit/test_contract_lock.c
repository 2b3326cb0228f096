/* contract.lock: what is written is read again byte by byte, whatever the texts are; what was edited is refused with its place. */
#include "contract/lock.h"
#include "base/check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct lock_file files[] = {
	{ STR_INIT("../common/money.yaml"), STR_INIT("type: object\n") },
	{ STR_INIT("a b.json"), STR_INIT("{}") },
	{ STR_INIT("bom.yaml"), STR_INIT("\xef\xbb\xbf" "a: 1\n") },
	{ STR_INIT("crlf.yaml"), STR_INIT("a: 1\r\n\r\nb: 2\r\n") },
	{ STR_INIT("crlf_open.yaml"), STR_INIT("a: 1\r\nb: 2") },
	{ STR_INIT("deep.yaml"), STR_INIT("   first line is indented\n\ttab\n\n  \n---\n...\n# comment\n") },
	{ STR_INIT("empty.proto"), STR_INIT("") },
	{ STR_INIT("ends.yaml"), STR_INIT("a\n\n\n") },
	{ STR_INIT("line.yaml"), STR_INIT("\n") },
	{ STR_INIT("mixed.yaml"), STR_INIT("a\r\nb\nc\r") },
	{ STR_INIT("set.binpb"), STR_INIT("\x0a\x00\xff\xfe\x01") },
	{ STR_INIT("utf8.yaml"), STR_INIT("größe: \xf0\x9f\x90\xbb\nsep: \xe2\x80\xa8\n") },
};

static void there_and_back(void **state)
{
	struct buf b, again;
	struct arena a;
	struct lock l;
	struct err e = { 0 };
	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&again, 1 << 20);
	arena_init(&a, 200 << 20);
	lock_write(&b, files, ARRAY_LEN(files));
	assert_true(buf_ok(&b) && lock_recognises(buf_str(&b)) && str_is_utf8(buf_str(&b)));
	assert_true(lock_read(&a, STR("contract.lock"), buf_str(&b), &l, &e));
	assert_int_equal(l.count, ARRAY_LEN(files));
	for (size_t i = 0; i < l.count; i++) {
		assert_true(str_eq(l.files[i].path, files[i].path) && str_eq(l.files[i].text, files[i].text));
		assert_ptr_equal(lock_find(&l, files[i].path), &l.files[i]);
	}
	assert_null(lock_find(&l, STR("nowhere")));
	lock_write(&again, l.files, l.count);
	assert_true(str_eq(buf_str(&b), buf_str(&again)));
	buf_release(&b);
	buf_release(&again);
	arena_release(&a);
}

static void nothing_locked(void **state)
{
	struct buf b;
	struct arena a;
	struct lock l;
	struct err e = { 0 };
	(void)state;
	buf_init(&b, 1 << 20);
	arena_init(&a, 1 << 20);
	lock_write(&b, NULL, 0);
	assert_true(lock_read(&a, STR("contract.lock"), buf_str(&b), &l, &e));
	assert_int_equal(l.count, 0);
	buf_release(&b);
	arena_release(&a);
}

/* The lock with `from` replaced by `to` (once) is refused in that line, with these words. */
static void refused(const char *from, const char *to, uint32_t line, const char *words)
{
	static const struct lock_file two[] = { { STR_INIT("a.yaml"), STR_INIT("a: 1\nb: 2\n") }, { STR_INIT("b.yaml"), STR_INIT("c: 3\n") } };
	struct buf b, edited;
	struct arena a;
	struct lock l;
	struct err e = { 0 };
	buf_init(&b, 1 << 20);
	buf_init(&edited, 1 << 20);
	arena_init(&a, 200 << 20);
	lock_write(&b, two, ARRAY_LEN(two));
	struct str text = buf_str(&b);
	size_t at = str_find(text, str_z(from));
	assert_true(at != SIZE_MAX);
	buf_printf(&edited, "%.*s%s", (int)at, text.p, to);
	buf_add(&edited, str_skip(text, at + strlen(from)));
	assert_false(lock_read(&a, STR("api/contract.lock"), buf_str(&edited), &l, &e));
	assert_string_equal(e.file, "api/contract.lock");
	if (e.line != line || !strstr(e.message, words))
		fail_msg("line %u, not %u: %s", e.line, line, e.message);
	assert_non_null(strstr(e.message, "pleach contract lock") ? e.message : strstr(e.message, "first line"));
	buf_release(&b);
	buf_release(&edited);
	arena_release(&a);
}

static void edited_by_hand(void **state)
{
	(void)state;
	refused("a: 1", "a: 2", 6, "not the one that was locked");
	refused("b.yaml", "a.yaml", 11, "order of their paths");
	refused("version: 1", "version: 2", 4, "another release");
	refused("version: 1\n", "<<<<<<< ours\nversion: 1\n", 4, "merge");
	refused("    text: |2+\n      a: 1", "    text: |2+\n    a: 1", 8, "text is missing");
	refused("    sha256:", "    sha512:", 7, "sha256");
	refused("files:\n", "", 5, "files:");
	refused("    text: |2+", "    text: >2+", 8, "text");
	refused("# contract.lock", "#contract.lock", 1, "first line");
	refused("      c: 3\n", "      c: 3\nmore\n", 15, "next file");
}

static void truncated(void **state)
{
	struct buf b;
	struct arena a;
	struct lock l;
	(void)state;
	buf_init(&b, 1 << 20);
	arena_init(&a, 200 << 20);
	lock_write(&b, files, ARRAY_LEN(files));
	size_t whole = 0;
	for (size_t n = 0; n < b.len; n++) {
		struct err e = { 0 };
		if (lock_read(&a, STR("l"), str_sub(buf_str(&b), 0, n), &l, &e))
			whole++; /* cut between two files, or at the very end's line end */
		else
			assert_true(e.line > 0 && e.message[0]);
		arena_reset(&a);
	}
	assert_in_range(whole, 1, 3 * ARRAY_LEN(files));
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(nothing_locked), cmocka_unit_test(edited_by_hand), cmocka_unit_test(truncated) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
