/* Every case of the Pact specification's own suite (versions 1 to 4; request, response, message; ../shared/data/pact-spec): the comparison gives the result that the
 * case states. A case that cannot be read fails, and so does a missing folder. */
#include "contract/pact/match.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { CASES = 803 };
struct tally { size_t cases, wrong; };

static bool read_file(struct arena *a, const char *path, struct str *out)
{
	FILE *f = fopen(path, "rb");
	char *text = arena_bytes(a, 1 << 20);
	if (!f || !text)
		return false;
	size_t n = fread(text, 1, 1 << 20, f);
	fclose(f);
	*out = str_from(text, n);
	return n > 0 && n < 1 << 20;
}

static void encode(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_printf(b, "%%%02X", (unsigned char)s.p[i]);
}

static struct str query_of(struct arena *a, const struct pact_part *p)
{
	struct buf b;
	if (p->query_text.p)
		return p->query_text;
	buf_init(&b, 1 << 16);
	for (uint32_t i = 0; i < p->query.count; i++)
		for (uint32_t k = 0; k < p->query.items[i].count; k++) {
			buf_add(&b, buf_str(&b).len ? STR("&") : STR(""));
			encode(&b, p->query.items[i].name);
			buf_char(&b, '=');
			encode(&b, p->query.items[i].values[k]);
		}
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static bool matches(struct arena *a, struct doc_file *f, enum pact_version version, const char *what, struct pact_mismatches *out, struct err *e)
{
	enum pact_kind kind = strcmp(what, "message") == 0 ? PACT_MESSAGE : PACT_HTTP;
	struct pact_part expected, part;
	if (!pact_read_part(a, f, doc_get(f->root, STR("expected")), version, kind, &expected, e) ||
		!pact_read_part(a, f, doc_get(f->root, STR("actual")), version, kind, &part, e))
		return false;
	struct pact_actual actual = { .method = part.method, .path = part.path, .query = query_of(a, &part), .headers = part.headers, .status = part.status, .metadata = part.metadata,
		.body = part.body.bytes, .has_body = part.body.state == PACT_BODY_PRESENT || part.body.state == PACT_BODY_EMPTY };
	pact_mismatches_init(out, a);
	if (kind == PACT_MESSAGE)
		return pact_match_message(&expected, &actual, a, out);
	return strcmp(what, "request") == 0 ? pact_match_request(&expected, &actual, a, out) : pact_match_response(&expected, &actual, a, out);
}

static void one_case(const char *path, enum pact_version version, const char *what, struct tally *t)
{
	struct arena a;
	struct str text;
	struct err e = { 0 };
	struct pact_mismatches out;
	arena_init(&a, 64 << 20);
	t->cases++;
	struct doc_file *f = read_file(&a, path, &text) ? doc_parse(&a, str_z(path), text, &e) : NULL;
	bool stated = f && doc_true(doc_get(f->root, STR("match")));
	bool fits = f && matches(&a, f, version, what, &out, &e);
	if (!f || err_is_set(&e) || fits != stated || fits != (out.count == 0)) {
		struct buf told;
		buf_init(&told, 1 << 16);
		if (f && !err_is_set(&e))
			pact_mismatches_text(&out, "    ", &told);
		printf("%s: %s, stated: %s %s\n%.*s", path, fits ? "fits" : "differs", stated ? "fits" : "differs", e.message, STR_FMT(buf_str(&told)));
		buf_release(&told);
		t->wrong++;
	}
	arena_release(&a);
}

static void walk(const char *folder, enum pact_version version, const char *what, struct tally *t)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);
	if (n < 0)
		fail_msg("%s is missing", folder);
	for (int i = 0; i < n; i++) {
		char path[1024];
		const char *name = names[i]->d_name;
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (strlen(name) > 5 && strcmp(name + strlen(name) - 5, ".json") == 0)
			one_case(path, version, what, t);
		else if (name[0] != '.')
			walk(path, version, what, t);
		free(names[i]);
	}
	free(names);
}

static void every_case_gives_the_stated_result(void **state)
{
	static const struct { const char *folder; enum pact_version version; } versions[] = { { "version-1", PACT_V1 }, { "version-1.1", PACT_V1_1 }, { "version-2", PACT_V2 },
		{ "version-3", PACT_V3 }, { "version-4", PACT_V4 } };
	static const char *const kinds[] = { "request", "response", "message" };
	struct tally t = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		for (size_t k = 0; k < (versions[i].version >= PACT_V3 ? 3 : 2); k++) {
			char folder[1024];
			snprintf(folder, sizeof(folder), "%s/../shared/data/pact-spec/%s/testcases/%s", getenv("SOURCE_ROOT"), versions[i].folder, kinds[k]);
			walk(folder, versions[i].version, kinds[k], &t);
		}
	printf("%zu cases, %zu differ\n", t.cases, t.wrong);
	assert_int_equal(t.wrong, 0);
	assert_int_equal(t.cases, CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_case_gives_the_stated_result) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
