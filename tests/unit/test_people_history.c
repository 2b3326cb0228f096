/* What git log says becomes commits and changes: made up by hand, hostile, and from a real repository. */
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>
#include "catalog/people/history.h"
#include "model/git.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void by_hand(void **state)
{
	(void)state;
	static const char text[] = "commit\0id1\0" "1000\0Ann Lee\0ann@x\0\nA\0commit\0M\0a\nb\0commit\0id2\0" "900\0\0\0commit\0id3\0" "800\0Bo\0b@x\0\nD\0old\0T\0link";
	struct arena a;
	struct history h = { 0 };
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	assert_true(history_read(&h, &a, str_from(text, sizeof(text)), &e));
	assert_int_equal(h.count, 3);
	assert_int_equal(h.change_count, 4);
	assert_true(str_eq(h.commits[0].name, STR("Ann Lee")) && h.commits[0].time == 1000 && h.commits[0].count == 2);
	assert_true(str_eq(h.changes[0].path, STR("commit")) && h.changes[0].kind == HISTORY_ADDED);
	assert_true(str_eq(h.changes[1].path, STR("a\nb")) && h.changes[1].kind == HISTORY_MODIFIED);
	assert_true(h.commits[1].count == 0 && h.commits[1].name.len == 0);
	assert_true(h.commits[2].first == 2 && h.changes[2].kind == HISTORY_DELETED && h.changes[3].kind == HISTORY_MODIFIED);
	arena_release(&a);
}

/* a became b, b became c; another a and another b were there before and after. */
static void moves(void **state)
{
	(void)state;
	static const char text[] = "commit\0id9\0" "9\0A\0a@x\0\nM\0c\0A\0a\0" "commit\0id8\0" "8\0B\0b@x\0\nR100\0b\0c\0" "commit\0id7\0" "7\0A\0a@x\0\nM\0b\0" "commit\0id6\0" "6\0B\0b@x\0\nR100\0a\0b\0"
				   "commit\0id5\0" "5\0A\0a@x\0\nD\0b\0M\0a\0" "commit\0id4\0" "4\0A\0a@x\0\nA\0a\0" "commit\0id3\0" "3\0A\0a@x\0\nD\0a\0A\0b";
	static const char *const paths[] = { "c", "a", "c", "b", "c", "c", "a", "b" };
	struct arena a;
	struct history h = { 0 };
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	assert_true(history_read(&h, &a, str_from(text, sizeof(text)), &e));
	assert_int_equal(h.count, 7);
	assert_int_equal(h.change_count, ARRAY_LEN(paths));
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_true(str_eq(h.changes[i].path, str_z(paths[i])));
	assert_true(h.commits[1].count == 0 && h.commits[3].count == 0); /* nobody's work */
	arena_release(&a);
}

static void broken(void **state)
{
	(void)state;
	static const struct str texts[] = { STR_INIT("A\0x\0"), STR_INIT("commit\0id\0"), STR_INIT("commit\0i\0" "1\0n\0m\0A\0"), STR_INIT("commit\0i\0" "1\0n\0m\0R\0x\0"), STR_INIT("commit\0i\0" "1\0n\0m\0R100\0x\0"), STR_INIT("commit\0i\0" "1\0n\0m\0R100\0x\0\0"), STR_INIT("R100\0x\0y\0"),
		STR_INIT("commit\0i\0" "1\0n\0m\0A\0x"), STR_INIT("fatal") };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct arena a;
		struct history h = { .count = 7 };
		struct err e = { 0 };
		arena_init(&a, 1 << 20);
		if (history_read(&h, &a, texts[i], &e) || !err_is_set(&e) || h.count != 7)
			fail_msg("text %zu is accepted", i);
		arena_release(&a);
	}
}

static void git(struct arena *a, struct str folder, const char *line)
{
	struct str words[GIT_WORDS_MAX], rest = str_z(line);
	struct buf out;
	struct err e = { 0 };
	size_t n = 0;
	buf_init(&out, 1 << 20);
	while (rest.p)
		words[n++] = str_split(&rest, '|');
	if (!git_run(a, folder, words, n, &out, &e))
		fail_msg("%s: %s", line, e.message);
	buf_release(&out);
}

#define AS_ANN "-c|user.name=Ann|-c|user.email=ann@old|"
#define AS_BO "-c|user.name=Bo Dee|-c|user.email=bo@x|"

static void put(const char *folder, const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A mailmap, a name with a line end, an empty commit, a rename and a merge. */
static void real_repository(void **state)
{
	(void)state;
	static const struct str log[] = { STR_INIT("log"), STR_INIT("-z"), STR_INIT("--name-status"), STR_INIT(HISTORY_MOVES), STR_INIT("--use-mailmap"), STR_INIT(HISTORY_FORMAT) };
	char folder[] = "/tmp/people_history_XXXXXX";
	struct arena a;
	struct buf out;
	struct history h = { 0 };
	struct err e = { 0 };
	assert_non_null(mkdtemp(folder));
	arena_init(&a, 64 << 20);
	buf_init(&out, 1 << 20);
	struct str at = str_z(folder);
	git(&a, at, "init|-q|-b|main");
	put(folder, ".mailmap", "Ann Lee <ann@new> <ann@old>\n");
	put(folder, "a\nb", "1\n");
	git(&a, at, "add|-A");
	git(&a, at, AS_ANN "commit|-q|-m|one");
	git(&a, at, AS_BO "commit|-q|--allow-empty|-m|empty");
	git(&a, at, "checkout|-q|-b|side");
	git(&a, at, "mv|a\nb|moved");
	git(&a, at, AS_BO "commit|-q|-m|move");
	git(&a, at, "checkout|-q|main");
	put(folder, "c", "2\n");
	git(&a, at, "add|-A");
	git(&a, at, AS_ANN "commit|-q|-m|two");
	git(&a, at, AS_ANN "merge|-q|--no-ff|-m|merge|side");
	bool ok = git_run(&a, at, log, ARRAY_LEN(log), &out, &e) && history_read(&h, &a, buf_str(&out), &e);
	if (!ok)
		fail_msg("%s", e.message);
	assert_int_equal(h.count, 5);
	assert_int_equal(h.change_count, 3); /* .mailmap, what is called moved now; c */
	assert_int_equal(h.commits[0].count, 0);
	size_t ann = 0, moved = 0, empty = 0;
	for (size_t i = 0; i < h.count; i++) {
		ann += str_eq(h.commits[i].name, STR("Ann Lee")) && str_eq(h.commits[i].mail, STR("ann@new"));
		empty += h.commits[i].count == 0;
	}
	for (size_t i = 0; i < h.change_count; i++)
		moved += h.changes[i].kind == HISTORY_ADDED && str_eq(h.changes[i].path, STR("moved"));
	assert_true(ann == 3 && empty == 3 && moved == 1);
	buf_release(&out);
	arena_release(&a);
	char remove[600];
	snprintf(remove, sizeof(remove), "rm -rf '%s'", folder);
	assert_int_equal(system(remove), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(by_hand), cmocka_unit_test(moves), cmocka_unit_test(broken), cmocka_unit_test(real_repository) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
