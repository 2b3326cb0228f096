/* Pairs of contracts in text files, and what must be found in them. A file is a list of
 *   === name
 *   --- old PATH        then the text of that file; as many as needed
 *   --- new PATH
 *   --- expect          then a line for each change: "level kind subject (detail) OLD NEW witness RULE…", places as line:column, "-" where it is not there;
 *                       or one line "error TEXT"
 * Everything that is found must stand there, and in any order. */
#ifndef PLEACH_TESTS_CONTRACT_CASES_H
#define PLEACH_TESTS_CONTRACT_CASES_H
#include "contract/format.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { CASE_LINES = 128 };
struct contract_case {
	struct str name;
	struct source before, after;
	struct str expected[CASE_LINES];
	size_t count;
};
typedef void contract_case_check(const struct contract_case *k, const struct changes *found, void *ctx);

static char *case_file(const char *path, size_t *len)
{
	char name[4096];
	const char *root = getenv("SOURCE_ROOT");
	snprintf(name, sizeof(name), "%s/%s", root ? root : ".", path);
	FILE *f = fopen(name, "rb");
	assert_non_null(f);
	char *text = malloc(4 << 20);
	assert_non_null(text);
	*len = fread(text, 1, 4 << 20, f);
	fclose(f);
	return text;
}

static size_t place_text(char *out, size_t room, const struct change_place *p)
{
	return (size_t)(str_empty(p->file) ? snprintf(out, room, "-") : snprintf(out, room, "%u:%u", p->line, p->column));
}

static void change_text(char *out, size_t room, const struct change *x)
{
	char old_place[32], new_place[32];
	place_text(old_place, sizeof(old_place), &x->old_place);
	place_text(new_place, sizeof(new_place), &x->new_place);
	size_t n = (size_t)snprintf(out, room, "%s %.*s %.*s (%.*s) %s %s %s", change_level_name(x->level), STR_FMT(change_infos[x->kind].name), STR_FMT(x->subject), STR_FMT(x->detail),
		old_place, new_place, witness_state_name(x->witness.state));
	for (size_t i = 0; i < x->rules_count && n < room; i++)
		n += (size_t)snprintf(out + n, room - n, " %.*s", STR_FMT(rule_infos[x->rules[i]].name));
}

static void compare_expected(const struct contract_case *k, const struct changes *found)
{
	bool seen[CASE_LINES] = { false };
	size_t wrong = 0;
	for (size_t i = 0; i < found->count; i++) {
		char text[4096];
		size_t j = 0;
		change_text(text, sizeof(text), &found->items[i]);
		while (j < k->count && (seen[j] || !str_eq(k->expected[j], str_z(text))))
			j++;
		if (j < k->count)
			seen[j] = true;
		else
			wrong++, print_error("%.*s: not expected: %s\n", STR_FMT(k->name), text);
	}
	for (size_t j = 0; j < k->count; j++)
		if (!seen[j])
			wrong++, print_error("%.*s: not found: %.*s\n", STR_FMT(k->name), STR_FMT(k->expected[j]));
	assert_int_equal(wrong, 0);
}

static void run_case(struct contract_case *k, contract_case_check *check, void *ctx)
{
	const struct contract_options options = { .information = true, .witnesses = true };
	struct changes c;
	struct err e = { 0 };
	changes_init(&c);
	assert_true(source_sort(&k->before, &e) && source_sort(&k->after, &e));
	if (contract_compare(&k->before, &k->after, &options, &c, &e)) {
		compare_expected(k, &c);
		if (check)
			check(k, &c, ctx);
	} else {
		struct buf b;
		buf_init(&b, 8192);
		buf_add(&b, STR("error "));
		err_format(&e, &b);
		if (k->count != 1 || !str_eq(k->expected[0], buf_str(&b)))
			print_error("%.*s: %.*s\n", STR_FMT(k->name), STR_FMT(buf_str(&b)));
		assert_true(k->count == 1 && str_eq(k->expected[0], buf_str(&b)));
		buf_release(&b);
	}
	changes_release(&c);
}

/* Returns how many cases there were. */
static size_t run_cases(const char *path, contract_case_check *check, void *ctx)
{
	size_t len, cases = 0;
	char *text = case_file(path, &len);
	struct str rest = str_from(text, len), file = { 0 }, body = { 0 };
	struct contract_case k = { 0 };
	struct source *side = NULL;
	struct err e = { 0 };
	bool expecting = false;
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		bool heading = str_starts(line, STR("=== ")), part = str_starts(line, STR("--- "));
		if ((heading || part || !rest.p) && side) {
			assert_true(source_add(side, file, body, &e));
			side = NULL;
		}
		if ((heading || !rest.p) && k.name.p) {
			run_case(&k, check, ctx);
			cases++;
			source_release(&k.before);
			source_release(&k.after);
		}
		if (heading) {
			k = (struct contract_case){ .name = str_skip(line, 4) };
			source_init(&k.before, STR("old"));
			source_init(&k.after, STR("new"));
			expecting = false;
		} else if (part) {
			expecting = str_eq(line, STR("--- expect"));
			side = expecting ? NULL : str_starts(line, STR("--- old ")) ? &k.before : &k.after;
			file = str_skip(line, 8);
			body = str_from(rest.p, 0);
		} else if (side) {
			body.len = (size_t)(line.p + line.len + 1 - body.p);
		} else if (expecting && !str_empty(line)) {
			assert_true(k.count < CASE_LINES);
			k.expected[k.count++] = line;
		}
	}
	free(text);
	return cases;
}
#endif
