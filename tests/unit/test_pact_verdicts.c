/* The comparison beside npm's Pact: every pair that tests/contract/pact/npm_verdicts.py put to it gets the verdict that it gave (tests/contract/pact/verdicts.json). Where
 * ours differs on purpose, the case has "ours" and the reason. */
#include "contract/pact/generate.h"
#include "contract/pact/match.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static bool part_of(struct doc_file *f, const struct doc *node, enum pact_kind kind, struct pact_part *out, struct arena *a)
{
	struct err e = { 0 };
	if (pact_read_part(a, f, node, PACT_V4, kind, out, &e))
		return true;
	print_error("%s\n", e.message);
	return false;
}

static bool request_fits(struct doc_file *f, const struct doc *c, struct arena *a, struct pact_mismatches *out)
{
	struct pact_part e, sent;
	const struct doc *actual = doc_get(c, STR("actual"));
	if (!part_of(f, doc_get(c, STR("expected")), PACT_HTTP, &e, a) || !part_of(f, actual, PACT_HTTP, &sent, a))
		return false;
	const struct doc *body = doc_get(actual, STR("body"));
	struct pact_actual x = { .method = sent.method, .path = sent.path, .query = doc_str(doc_get(actual, STR("query"))), .headers = sent.headers, .body = doc_str(body), .has_body = body != NULL };
	return pact_match_request(&e, &x, a, out);
}

static bool message_fits(struct doc_file *f, const struct doc *c, struct arena *a, struct pact_mismatches *out)
{
	struct pact_part e, sent;
	if (!part_of(f, doc_get(c, STR("expected")), PACT_MESSAGE, &e, a) || !part_of(f, doc_get(c, STR("actual")), PACT_MESSAGE, &sent, a))
		return false;
	struct pact_actual x = { .metadata = sent.metadata, .type = sent.body.type, .body = sent.body.bytes, .has_body = sent.body.state == PACT_BODY_PRESENT };
	return pact_match_message(&e, &x, a, out);
}

static bool fits(struct doc_file *f, const struct doc *c, struct arena *a, struct pact_mismatches *out)
{
	struct str kind = doc_str(doc_get(c, STR("kind")));
	bool known;
	pact_mismatches_init(out, a);
	if (str_eq(kind, STR("time")))
		return pact_time_fits(doc_str(doc_get(c, STR("form"))), doc_str(doc_get(c, STR("text"))), &known);
	return str_eq(kind, STR("request")) ? request_fits(f, c, a, out) : message_fits(f, c, a, out);
}

static void show(const struct doc *c, bool ours, const struct pact_mismatches *out)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	doc_write(c, &o);
	buf_char(&b, '\n');
	pact_mismatches_text(out, "    ", &b);
	printf("ours %s: %.*s", ours ? "fits" : "differs", STR_FMT(buf_str(&b)));
	buf_release(&b);
}

static struct str read_table(struct arena *a)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/tests/contract/pact/verdicts.json", getenv("SOURCE_ROOT"));
	FILE *f = fopen(path, "rb");
	char *text = arena_bytes(a, 8 << 20);
	assert_non_null(f);
	assert_non_null(text);
	size_t n = fread(text, 1, 8 << 20, f);
	fclose(f);
	return str_from(text, n);
}

static void verdicts_are_those_of_npm(void **state)
{
	struct arena a, one;
	struct err e = { 0 };
	size_t wrong = 0, on_purpose = 0;
	(void)state;
	arena_init(&a, 256 << 20);
	arena_init(&one, 64 << 20);
	struct doc_file *f = doc_parse(&a, STR("verdicts.json"), read_table(&a), &e);
	const struct doc *cases = f ? doc_get(f->root, STR("cases")) : NULL;
	assert_non_null(cases);
	for (uint32_t i = 0; i < cases->count; i++) {
		struct pact_mismatches out;
		bool ours = fits(f, &cases->items[i], &one, &out);
		const struct doc *differs = doc_get(&cases->items[i], STR("ours"));
		on_purpose += differs != NULL;
		if (ours != doc_true(differs ? differs : doc_get(&cases->items[i], STR("verdict")))) {
			show(&cases->items[i], ours, &out);
			wrong++;
		}
		arena_reset(&one);
	}
	printf("%u verdicts, %zu differ on purpose, %zu otherwise\n", cases->count, on_purpose, wrong);
	assert_true(cases->count > 3000 && on_purpose < 60);
	assert_int_equal(wrong, 0);
	arena_release(&one);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(verdicts_are_those_of_npm) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
