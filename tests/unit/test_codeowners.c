/* CODEOWNERS: patterns and paths as a table, files with sections, faults; and against a plain matcher that tries every way, with random patterns and paths. */
#include "base/buf.h"
#include "base/check.h"
#include "model/codeowners.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "codeowners_cases.h"

static const struct codeowners *read_text(struct arena *a, enum codeowners_dialect d, const char *text)
{
	const struct codeowners *c = codeowners_read(a, d, str_z(text));
	assert_non_null(c);
	return c;
}

/* What decides of the path in a section; NULL: nothing. */
static const struct codeowners_rule *decides(const struct codeowners *c, struct str path, size_t section)
{
	const struct codeowners_rule *rules[CODEOWNERS_SECTIONS_MAX];
	struct codeowners_walk w;
	bool full = false;
	codeowners_walk_init(&w, c);
	codeowners_match(&w, path, rules, &full);
	assert_false(full);
	codeowners_walk_release(&w);
	return rules[section];
}

/* --- the table --------------------------------------------------------------------------------------------------------------------------------- */

static unsigned expect(enum codeowners_dialect d, const char *pattern, const char *paths, bool wanted)
{
	char text[256];
	struct arena a;
	struct str rest = str_z(paths);
	unsigned n = 0;
	arena_init(&a, 1 << 20);
	snprintf(text, sizeof(text), "%s @x\n", pattern);
	const struct codeowners *c = read_text(&a, d, text);
	if (c->count != 1)
		fail_msg("%s is not read", pattern);
	while (rest.len) {
		struct str word = arena_str(&a, str_split(&rest, ' '));
		for (size_t i = 0; i < word.len; i++)
			if (word.p[i] == '~')
				((char *)word.p)[i] = ' ';
		if ((decides(c, word, 0) != NULL) != wanted)
			fail_msg("%s: \"%s\" and \"%.*s\", %s", d == CODEOWNERS_GITHUB ? "GitHub" : "GitLab", pattern, STR_FMT(word), wanted ? "should match" : "should not match");
		n++;
	}
	arena_release(&a);
	return n;
}

static void table(void **state)
{
	unsigned n = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(github_cases); i++)
		n += expect(CODEOWNERS_GITHUB, github_cases[i].pattern, github_cases[i].matches, true) + expect(CODEOWNERS_GITHUB, github_cases[i].pattern, github_cases[i].passes, false);
	for (size_t i = 0; i < ARRAY_LEN(gitlab_cases); i++)
		n += expect(CODEOWNERS_GITLAB, gitlab_cases[i].pattern, gitlab_cases[i].matches, true) + expect(CODEOWNERS_GITLAB, gitlab_cases[i].pattern, gitlab_cases[i].passes, false);
	if (n < 300)
		fail_msg("only %u cases", n);
	print_message("%u cases\n", n);
}

/* --- files ------------------------------------------------------------------------------------------------------------------------------------- */

/* "@a ada@example.org"; "-": nobody owns what matches; "": nothing matches. */
static void owned(const struct codeowners *c, const char *path, size_t section, const char *wanted)
{
	struct buf b;
	const struct codeowners_rule *r = decides(c, str_z(path), section);
	buf_init(&b, 4096);
	for (size_t i = 0; r && i < r->owners_count; i++)
		buf_printf(&b, "%s%.*s", i ? " " : "", STR_FMT(r->owners[i]));
	if (r && !r->owners_count)
		buf_char(&b, '-');
	if (!str_eq(buf_str(&b), str_z(wanted)))
		fail_msg("%s in section %zu: \"%.*s\", not \"%s\"", path, section, STR_FMT(buf_str(&b)), wanted);
	buf_release(&b);
}

static void faulty(const struct codeowners *c, size_t i, uint32_t line, bool left_out, const char *part)
{
	assert_true(i < c->faults_count);
	if (c->faults[i].line != line || c->faults[i].left_out != left_out || str_find(c->faults[i].message, str_z(part)) == SIZE_MAX)
		fail_msg("fault %zu: line %u, %d: %.*s", i, c->faults[i].line, c->faults[i].left_out, STR_FMT(c->faults[i].message));
}

static void last_line_decides(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	const struct codeowners *c = read_text(&a, CODEOWNERS_GITHUB,
					       "# all\n* @shop/sales # here too\n\n!no @x\na[b] @x\n[Section]\n/e2e/ @shop/billing\tada@example.org\r\n/e2e/free/\n/e2e/free/x @ada_b\n\\#x @y\n/ @y\na/***/b @y\n*.c @one two\n"
					       "/d/ @a/b/c\n");
	assert_int_equal(c->count, 4);
	assert_int_equal(c->sections_count, 1);
	owned(c, "x", 0, "@shop/sales");
	owned(c, "e2e/x", 0, "@shop/billing ada@example.org");
	owned(c, "e2e/free/y", 0, "-");
	owned(c, "e2e/free/x", 0, "@ada_b");
	owned(c, "a.c", 0, "@shop/sales");
	assert_int_equal(decides(c, STR("e2e/x"), 0)->line, 7);
	faulty(c, 0, 4, true, "! is not taken");
	faulty(c, 1, 5, true, "[ ]");
	faulty(c, 2, 6, true, "[ ]");
	faulty(c, 3, 10, true, "# cannot be escaped");
	faulty(c, 4, 11, true, "matches nothing");
	faulty(c, 5, 12, true, "three stars");
	faulty(c, 6, 13, true, "\"two\" is no owner");
	faulty(c, 7, 14, true, "\"@a/b/c\" is no owner");
	assert_int_equal(c->faults_count, 8);
	arena_release(&a);
}

static void sections(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	const struct codeowners *c = read_text(&a, CODEOWNERS_GITLAB,
					       "* @admin\n"
					       "[README Owners]\nREADME.md @user1 @user2\ninternal/README.md @user4\n"
					       "^[Other][2] @docs @group/sub/deep\nREADME.md\n/free/ @@maintainers ada@example.org\n"
					       "[other]\n*.txt bad @last\n"
					       "[broken @x\n"
					       "^[Go]\n*.go @go\n");
	assert_int_equal(c->sections_count, 4);
	owned(c, "README.md", 0, "@admin");
	owned(c, "README.md", 1, "@user1 @user2");
	owned(c, "internal/README.md", 1, "@user4");
	owned(c, "internal/README.md", 2, "@docs @group/sub/deep");
	owned(c, "free/a/b", 2, "@@maintainers ada@example.org");
	owned(c, "free/a.txt", 2, "@last");
	owned(c, "a.go", 1, "");
	owned(c, "a.go", 3, "@go");
	/* "Other" is required: one of its two headings is. */
	assert_false(c->sections[2].optional);
	assert_int_equal(c->sections[2].approvals, 2);
	assert_true(c->sections[3].optional);
	assert_int_equal(c->sections[1].approvals, 1);
	faulty(c, 0, 9, false, "\"bad\" is no owner");
	faulty(c, 1, 10, false, "no heading");
	arena_release(&a);
}

static void exclusions(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	const struct codeowners *c = read_text(&a, CODEOWNERS_GITLAB, "* @all\n!pom.xml\npom.xml @x\n[Ruby]\n*.rb @ruby\n!/config/**/*.rb\n/config/routes.rb @ops\n[Nobody]\n/n/\n");
	owned(c, "a", 0, "@all");
	owned(c, "x/pom.xml", 0, "");
	owned(c, "a.rb", 1, "@ruby");
	owned(c, "config/routes.rb", 1, "");
	owned(c, "config/routes.rb", 0, "@all");
	owned(c, "n/a", 2, "-");
	arena_release(&a);
}

static void dialects(void **state)
{
	(void)state;
	assert_int_equal(codeowners_dialect_of(STR(".github/CODEOWNERS"), STR("[A]\n")), CODEOWNERS_GITHUB);
	assert_int_equal(codeowners_dialect_of(STR(".gitlab/CODEOWNERS"), STR("* @a\n")), CODEOWNERS_GITLAB);
	assert_int_equal(codeowners_dialect_of(STR("CODEOWNERS"), STR("* @a\n# x\n  ^[Docs][2] @b\n")), CODEOWNERS_GITLAB);
	assert_int_equal(codeowners_dialect_of(STR("docs/CODEOWNERS"), STR("* @a\n[ab].c @b\n")), CODEOWNERS_GITHUB);
}

static void limits(void **state)
{
	struct arena a;
	struct buf b;
	(void)state;
	arena_init(&a, 256u << 20);
	buf_init(&b, 8 << 20);
	while (b.len < CODEOWNERS_BYTES_MAX + 100)
		buf_add(&b, STR("/a/b/c/d/e/f @x\n/*a*a*a*a*a*/**/*b*b*b* @y\n"));
	const struct codeowners *c = codeowners_read(&a, CODEOWNERS_GITHUB, buf_str(&b));
	assert_non_null(c);
	assert_int_equal(c->count, CODEOWNERS_RULES_MAX);
	assert_true(c->faults_count > 0 && c->faults[c->faults_count - 1].left_out);
	buf_clear(&b);
	for (size_t i = 0; i < 70; i++)
		buf_add(&b, STR("a/"));
	buf_add(&b, STR("x @x\n"));
	for (size_t i = 0; i < CODEOWNERS_PATTERN_MAX; i++)
		buf_char(&b, 'y');
	buf_add(&b, STR("y @x\n"));
	c = codeowners_read(&a, CODEOWNERS_GITLAB, buf_str(&b));
	faulty(c, 0, 1, true, "64 parts");
	faulty(c, 1, 2, true, "1024 bytes");
	/* A small arena: no half an answer. */
	arena_release(&a);
	arena_init(&a, 8192);
	buf_clear(&b);
	while (b.len < 1 << 20)
		buf_add(&b, STR("/a/b/c/d/e/f @x\n"));
	assert_null(codeowners_read(&a, CODEOWNERS_GITHUB, buf_str(&b)));
	arena_release(&a);
	buf_release(&b);
}

/* --- against every way tried ------------------------------------------------------------------------------------------------------------------- */

static bool plain_name(const char *p, const char *s, size_t n)
{
	if (!*p)
		return n == 0;
	if (*p == '*')
		return plain_name(p + 1, s, n) || (n && plain_name(p, s + 1, n - 1));
	return n && (*p == '?' || *p == *s) && plain_name(p + 1, s + 1, n - 1);
}

/* Segments of a pattern against those of a path, both as arrays; `below`: the pattern may end at a folder. */
static bool plain_path(char **p, size_t pn, char **s, size_t sn, bool below)
{
	if (!pn)
		return sn == 0 || below;
	if (strcmp(p[0], "**") == 0 && pn > 1)
		return plain_path(p + 1, pn - 1, s, sn, below) || (sn && plain_path(p, pn, s + 1, sn - 1, below));
	return sn && plain_name(p[0], s[0], strlen(s[0])) && plain_path(p + 1, pn - 1, s + 1, sn - 1, below);
}

static size_t cut(char *text, char **out)
{
	size_t n = 0;
	for (char *save, *w = strtok_r(text, "/", &save); w; w = strtok_r(NULL, "/", &save))
		out[n++] = w;
	return n;
}

/* The documentation's sentences one after the other. */
static bool plain_match(enum codeowners_dialect d, const char *pattern, const char *path)
{
	char p[256], s[256], *ps[70], *ss[70];
	size_t len = strlen(pattern), n = 1;
	bool slash_inside = memchr(pattern, '/', len - 1) != NULL, folder = pattern[len - 1] == '/', below;
	snprintf(p, sizeof(p), "%s", pattern);
	snprintf(s, sizeof(s), "%s", path);
	ps[0] = (char *)"**";
	n += cut(p, ps + 1);
	bool anywhere = pattern[0] != '/' && (d == CODEOWNERS_GITLAB || !slash_inside);
	if (folder && d == CODEOWNERS_GITLAB)
		ps[n++] = (char *)"**";
	below = d == CODEOWNERS_GITHUB && (folder || strcmp(ps[n - 1], "*") != 0);
	if (folder || (d == CODEOWNERS_GITHUB && strcmp(ps[n - 1], "**") == 0))
		ps[n++] = (char *)"*";
	return plain_path(ps + !anywhere, n - !anywhere, ss, cut(s, ss), below);
}

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void random_pattern(uint64_t *x, char *out)
{
	static const char *const parts[] = { "a", "b", "ab", "*", "**", "a*", "*b", "?", "a?b", "c", "*.c", "a.c", "*.b.c", "*.*" };
	size_t n = 1 + next(x) % 4, at = 0;
	if (next(x) % 3 == 0)
		out[at++] = '/';
	for (size_t i = 0; i < n; i++)
		at += (size_t)sprintf(out + at, "%s%s", i ? "/" : "", parts[next(x) % ARRAY_LEN(parts)]);
	if (next(x) % 4 == 0)
		out[at++] = '/';
	out[at] = 0;
}

static void random_path(uint64_t *x, char *out)
{
	static const char *const parts[] = { "a", "b", "ab", "axb", "c", "a.c", "b.b.c", ".c", "a." };
	size_t n = 1 + next(x) % 5, at = 0;
	for (size_t i = 0; i < n; i++)
		at += (size_t)sprintf(out + at, "%s%s", i ? "/" : "", parts[next(x) % ARRAY_LEN(parts)]);
}

static void one_world(uint64_t *x, enum codeowners_dialect d)
{
	enum { RULES = 12, PATHS = 40 };
	char patterns[RULES][64], path[64];
	struct arena a;
	struct buf b;
	struct codeowners_walk w;
	const struct codeowners_rule *rule[CODEOWNERS_SECTIONS_MAX];
	bool full = false;
	arena_init(&a, 1 << 20);
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < RULES; i++) {
		random_pattern(x, patterns[i]);
		buf_printf(&b, "%s @x\n", patterns[i]);
	}
	const struct codeowners *c = codeowners_read(&a, d, buf_str(&b));
	assert_non_null(c);
	assert_int_equal(c->count, RULES);
	codeowners_walk_init(&w, c);
	for (size_t k = 0; k < PATHS; k++) {
		uint32_t wanted = 0;
		random_path(x, path);
		for (uint32_t i = 0; i < RULES; i++)
			if (plain_match(d, patterns[i], path))
				wanted = i + 1;
		codeowners_match(&w, str_z(path), rule, &full);
		assert_false(full);
		if ((rule[0] ? rule[0]->line : 0) != wanted)
			fail_msg("%s: %s: line %u (%s), not %u (%s)", d ? "GitLab" : "GitHub", path, rule[0] ? rule[0]->line : 0, rule[0] ? patterns[rule[0]->line - 1] : "", wanted,
				 wanted ? patterns[wanted - 1] : "");
	}
	codeowners_walk_release(&w);
	buf_release(&b);
	arena_release(&a);
}

static void every_way(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
		one_world(&x, seed % 2 ? CODEOWNERS_GITHUB : CODEOWNERS_GITLAB);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table), cmocka_unit_test(last_line_decides), cmocka_unit_test(sections), cmocka_unit_test(exclusions),
		cmocka_unit_test(dialects), cmocka_unit_test(limits), cmocka_unit_test(every_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
