/* What files of repositories say (catalog/crawl): each tests/crawl/NAME.case has files ("=== path" and their text), and behind "=== expected" the services, teams, decisions and
 * problems that come of them. UPDATE_GOLDEN=1 writes what came. */
#include "base/check.h"
#include "catalog/crawl/over.h"
#include "catalog/crawl/units.h"
#include "sys/sys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void claims(struct buf *out, const struct unit *u)
{
	for (size_t i = 0; i < u->claims_count; i++) {
		const struct claim *c = &u->claims[i];
		buf_printf(out, "  %.*s: %.*s", STR_FMT(claim_keys[c->key].name), STR_FMT(c->value));
		if (c->detail.len)
			buf_printf(out, " (%.*s)", STR_FMT(c->detail));
		buf_printf(out, " by %.*s %.*s:%u\n", STR_FMT(claim_sources[c->source].name), STR_FMT(c->file), c->line);
	}
}

static void tell(struct buf *out, const struct repository *r)
{
	for (size_t i = 0; i < r->units_count; i++) {
		const struct unit *u = &r->units[i];
		buf_printf(out, "%s %.*s at %s%.*s\n", u->declared ? "service" : "inferred", STR_FMT(u->name), u->root.p ? "/" : "(nowhere)", STR_FMT(u->root));
		claims(out, u);
	}
	for (size_t i = 0; i < r->teams_count; i++) {
		buf_printf(out, "team %.*s", STR_FMT(r->teams[i].name));
		for (size_t k = 0; k < r->teams[i].members_count; k++)
			buf_printf(out, " %.*s", STR_FMT(r->teams[i].members[k]));
		buf_printf(out, " by %.*s:%u\n", STR_FMT(r->teams[i].file), r->teams[i].line);
	}
	for (size_t i = 0; i < r->decisions_count; i++)
		buf_printf(out, "decision %.*s [%.*s, %.*s] %.*s%s%.*s\n", STR_FMT(r->decisions[i].title), STR_FMT(r->decisions[i].status), STR_FMT(r->decisions[i].date), STR_FMT(r->decisions[i].file),
			   r->decisions[i].chosen ? ": chosen " : r->decisions[i].outcome.len ? ": " : "", STR_FMT(r->decisions[i].outcome));
	for (size_t i = 0; i < r->problems_count; i++)
		buf_printf(out, "problem %.*s:%u:%u %.*s\n", STR_FMT(r->problems[i].file), r->problems[i].line, r->problems[i].column, STR_FMT(r->problems[i].message));
}

static void read_one(struct reading *r, struct str path, struct str text)
{
	struct arena scratch;
	struct err e = { 0 };
	struct str word;
	bool registry, known;
	reading_f *read = reading_of(path, &word, &registry);
	if (!read)
		return;
	arena_init(&scratch, 1 << 20);
	r->scratch = &scratch;
	r->file = path;
	r->text = text;
	r->time = 7;
	if (!(registry ? read_registry(r, &known, &e) : read(r, word, &e)))
		reading_problem(r, &e);
	arena_release(&scratch);
}

/* Takes a file off the front: its path, and its text up to the next "\n=== ". */
static bool next_file(struct str *rest, struct str *path, struct str *text)
{
	if (!str_starts(*rest, STR("=== ")))
		return false;
	*path = str_split(rest, '\n');
	*path = str_skip(*path, 4);
	size_t end = str_starts(*rest, STR("=== ")) ? 0 : str_find(*rest, STR("\n=== "));
	*text = end == SIZE_MAX ? *rest : str_sub(*rest, 0, end ? end + 1 : 0);
	*rest = str_skip(*rest, text->len);
	return true;
}

/* Files of a case as a commit's, by path. */
enum { CASE_FILES = 200 };
struct case_files { struct crawl_file items[CASE_FILES]; struct str texts[CASE_FILES]; size_t count; };

static int by_path(const void *x, const void *y) { return str_cmp(((const struct crawl_file *)x)->path, ((const struct crawl_file *)y)->path); }

/* `id` is the number of its text. */
static bool text_of_case(void *ctx, const struct crawl_file *f, struct arena *a, struct str *text, struct err *e)
{
	const struct case_files *files = ctx;
	uint64_t n;
	(void)a;
	(void)e;
	assert_true(str_to_u64(f->id, &n) && n < files->count);
	*text = files->texts[n];
	return true;
}

static void run_case(const char *name)
{
	struct arena a;
	struct err e = { 0 };
	struct buf got;
	struct str rest, path, text, inputs, expected = STR("");
	arena_init(&a, 16 << 20);
	buf_init(&got, 1 << 20);
	struct str file = arena_printf(&a, "%s/tests/crawl/%s", getenv("SOURCE_ROOT"), name);
	assert_true(sys_read_file(file, 1 << 20, &a, &rest, &e));
	inputs = rest;
	struct repository to = { .path = STR("/r/top"), .head = STR("0") };
	struct reading r = { .arena = &a, .repository = &to };
	static struct case_files files;
	files.count = 0;
	while (next_file(&rest, &path, &text)) {
		if (str_eq(path, STR("expected"))) {
			inputs = str_sub(inputs, 0, (size_t)(path.p - inputs.p) - 4);
			expected = text;
		} else {
			read_one(&r, path, text);
			assert_true(files.count < CASE_FILES);
			files.items[files.count] = (struct crawl_file){ .path = path, .id = arena_printf(&a, "%zu", files.count), .time = 7 };
			files.texts[files.count++] = text;
		}
	}
	assert_true(units_make(&r));
	qsort(files.items, files.count, sizeof(files.items[0]), by_path);
	const struct crawl_files list = { .items = files.items, .count = files.count };
	const struct history none = { 0 };
	struct over over = { .arena = &a, .repository = &to, .files = &list, .history = &none };
	assert_true(over_owners(&over, text_of_case, &files, &e));
	tell(&got, &to);
	if (getenv("UPDATE_GOLDEN")) {
		struct buf whole;
		buf_init(&whole, 1 << 20);
		buf_printf(&whole, "%.*s=== expected\n%.*s", STR_FMT(inputs), STR_FMT(buf_str(&got)));
		assert_true(sys_write_file(file, buf_str(&whole), &e));
		buf_release(&whole);
	} else if (!str_eq(buf_str(&got), expected)) {
		print_message("%s gives\n%.*s", name, STR_FMT(buf_str(&got)));
		fail();
	}
	/* What is written is read back as it was. */
	struct buf json, again;
	struct json_out o;
	struct repository back;
	buf_init(&json, 1 << 20);
	buf_init(&again, 1 << 20);
	json_out_init(&o, &json);
	repository_json(&o, &to);
	assert_true(repository_read(&back, &a, json_parse(&a, buf_str(&json), &e)));
	tell(&again, &back);
	assert_true(str_eq(buf_str(&again), buf_str(&got)));
	buf_release(&json);
	buf_release(&again);
	buf_release(&got);
	arena_release(&a);
}

static bool one(void *ctx, struct str name, bool directory)
{
	size_t *cases = ctx;
	char path[256];
	if (directory || !str_ends(name, STR(".case")))
		return true;
	snprintf(path, sizeof(path), "%.*s", STR_FMT(name));
	run_case(path);
	++*cases;
	return true;
}

static void cases_of_files(void **state)
{
	char folder[4096];
	size_t cases = 0;
	(void)state;
	snprintf(folder, sizeof(folder), "%s/tests/crawl", getenv("SOURCE_ROOT"));
	assert_true(sys_list(str_z(folder), one, &cases) >= 0);
	assert_true(cases >= 6);
}

static void paths(void **state)
{
	static const struct { const char *folder, *path, *gives; } rows[] = {
		{ "", ".", "" }, { "", "a/b", "a/b" }, { "a", "..", "" }, { "a/b", "../c", "a/c" }, { "a", "./b/./c", "a/b/c" }, { "a", "../..", NULL }, { "", "..", NULL }, { "a", "/etc", NULL }, { "a", "b/../../..", NULL },
	};
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str got = path_from(&a, str_z(rows[i].folder), str_z(rows[i].path));
		assert_int_equal(got.p != NULL, rows[i].gives != NULL);
		assert_true(!rows[i].gives || str_eq(got, str_z(rows[i].gives)));
	}
	arena_release(&a);
}

static void confidence_fades(void **state)
{
	enum { DAY_SECONDS = 86400 };
	struct claim c = { .source = SOURCE_PLEACH, .time = 1000000 };
	(void)state;
	assert_true(claim_confidence(&c, 1000000) == 0.95);
	assert_true(claim_confidence(&c, 500000) == 0.95);
	assert_true(claim_confidence(&c, 1000000 + 1460LL * DAY_SECONDS) == 0.475);
	c.time = 0;
	assert_true(claim_confidence(&c, 5) == 0.475);
	for (int i = 0; i < SOURCE_COUNT; i++)
		assert_true(claim_sources[i].sure > 0 && claim_sources[i].sure <= 100 && claim_sources[i].half_life > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cases_of_files), cmocka_unit_test(paths), cmocka_unit_test(confidence_fades) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
