/* Pact files: what is refused and where, faults of rules, what a pact's identity is made of, generators, limits. */
#include "contract/pact/generate.h"
#include "contract/pact/match.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define PARTIES "\"consumer\":{\"name\":\"c\"},\"provider\":{\"name\":\"p\"}"

static const struct pact *take(struct arena *a, const char *text, struct err *e)
{
	arena_init(a, 64 << 20);
	return pact_read(a, STR("p.json"), str_z(text), e);
}

static void refused(const char *text, uint32_t line, const char *words)
{
	struct arena a;
	struct err e = { 0 };
	assert_null(take(&a, text, &e));
	if (e.line != line || !strstr(e.message, words))
		fail_msg("%u: %s", e.line, e.message);
	arena_release(&a);
}

static void wrong_files_are_told_with_their_place(void **state)
{
	(void)state;
	refused("{}", 1, "does not name its consumer");
	refused("{\"consumer\":{\"name\":\"c\"},\n\"provider\":{}}", 2, "does not name its provider");
	refused("{" PARTIES "}", 1, "neither \"interactions\" nor \"messages\"");
	refused("{" PARTIES ",\"interactions\":[\n{\"request\":{}}]}", 2, "no \"response\"");
	refused("{" PARTIES ",\"interactions\":[],\"metadata\":{\"pactSpecification\":{\"version\":\"5.0\"}}}", 1, "not known; 1 to 4 are");
	refused("{" PARTIES ",\"interactions\":[\n{\"request\":{},\"response\":{\"status\":9}}]}", 2, "from 100 to 999");
	refused("{\"consumer\":", 1, "");
	char *large = calloc(1, PACT_TEXT_MAX + 2);
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 64 << 20);
	assert_null(pact_read(&a, STR("p.json"), str_from(large, PACT_TEXT_MAX + 1), &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	arena_release(&a);
	free(large);
}

static void same_id(const char *one, const char *two, bool same)
{
	struct arena a, b;
	struct err e = { 0 };
	char x[PACT_CONTENT_ID], y[PACT_CONTENT_ID];
	const struct pact *p = take(&a, one, &e), *q = take(&b, two, &e);
	assert_non_null(p);
	assert_non_null(q);
	assert_true(pact_content_id(p, x) && pact_content_id(q, y));
	if ((memcmp(x, y, PACT_CONTENT_ID) == 0) != same)
		fail_msg("%s\n%s", one, two);
	arena_release(&a);
	arena_release(&b);
}

static void content_is_what_a_pact_says(void **state)
{
	(void)state;
#define ONE(description, body) "{\"description\":\"" description "\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},\"response\":{\"status\":200,\"body\":" body "}}"
#define FILE(items) "{" PARTIES ",\"interactions\":[" items "]}"
	same_id(FILE(ONE("a", "{\"x\":1,\"y\":2}") "," ONE("b", "1")), "{\"metadata\":{\"pactRust\":{}},\"interactions\":[" ONE("b", "1") "," ONE("a", "{ \"y\":2, \"x\":1 }") "]," PARTIES "}", true);
	same_id(FILE(ONE("a", "{\"x\":1}")), FILE(ONE("a", "{\"x\":1.0}")), false);
	same_id(FILE(ONE("a", "{\"x\":1}")), FILE(ONE("a", "{\"x\":2}")), false);
	same_id(FILE(ONE("a", "1")), FILE(ONE("b", "1")), false);
	same_id(FILE(ONE("a", "1")), FILE(ONE("a", "1") "," ONE("a", "1")), false);
	same_id(FILE(ONE("a", "1")), "{" PARTIES ",\"interactions\":[{\"_id\":\"z\",\"comments\":{},\"pending\":false,\"response\":{\"body\":1,\"status\":200},\"request\":{\"path\":\"/\",\"method\":\"get\"},"
		"\"description\":\"a\"}]}", true);
	same_id(FILE(ONE("a", "1")), "{" PARTIES ",\"metadata\":{\"pactSpecification\":{\"version\":\"3.0.0\"}},\"interactions\":[" ONE("a", "1") "]}", false);
}

static void exploding_expressions_and_unknown_matchers_are_faults(void **state)
{
	static const char text[] = "{" PARTIES ",\"interactions\":[{\"description\":\"d\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},\"response\":{\"status\":200,\"body\":{\"a\":\"x\",\"b\":1,\"c\":1},"
		"\"matchingRules\":{\"body\":{\"$.a\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"(a+)+b\"}]},\"$.b\":{\"matchers\":[{\"match\":\"nope\"}]},"
		"\"$.c\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"(\"}]}}}}}],\"metadata\":{\"pactSpecification\":{\"version\":\"3.0.0\"}}}";
	struct arena a;
	struct err e = { 0 };
	struct pact_mismatches out;
	(void)state;
	const struct pact *p = take(&a, text, &e);
	assert_non_null(p);
	assert_int_equal(pact_faults(p, NULL, NULL), 2);
	struct pact_actual sent = { .status = 200, .has_body = true, .body = STR("{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabX\",\"b\":1,\"c\":1}") };
	pact_mismatches_init(&out, &a);
	assert_false(pact_match_response(&p->interactions[0].responses[0], &sent, &a, &out));
	assert_int_equal(out.count, 3);
	assert_non_null(strstr(out.items[0].sentence.p, "too many steps"));
	assert_true(out.items[1].fault && out.items[2].fault);
	arena_release(&a);
}

static uint64_t next(void *ctx)
{
	uint64_t *x = ctx;
	*x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *x >> 20;
}

static void generators_make_what_their_rules_take(void **state)
{
	static const char text[] = "{" PARTIES ",\"interactions\":[{\"description\":\"d\",\"request\":{\"method\":\"GET\",\"path\":\"/o/1\",\"query\":{\"q\":[\"1\"]},\"headers\":{\"X\":\"1\"},"
		"\"body\":{\"i\":1,\"d\":1.5,\"h\":\"a\",\"s\":\"a\",\"r\":\"a\",\"u\":\"a\",\"t\":\"a\",\"l\":[{\"n\":1},{\"n\":2}],\"url\":\"u\",\"keep\":1.0},"
		"\"matchingRules\":{\"path\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"/o/77\"}]},\"query\":{\"q\":{\"matchers\":[{\"match\":\"integer\"}]}},\"header\":{\"X\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"[A-F0-9]{6}\"}]}},"
		"\"body\":{\"$.i\":{\"matchers\":[{\"match\":\"integer\"}]},\"$.d\":{\"matchers\":[{\"match\":\"decimal\"}]},\"$.h\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"[A-F0-9]{10}\"}]},"
		"\"$.s\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"\\\\w{7}\"}]},\"$.r\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"(a|b){2,3}-\\\\d+[^x]?\"}]},"
		"\"$.u\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\"}]},\"$.t\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"2026-12-01T00:00:00Z\"}]},"
		"\"$.l[*].n\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"[5-6]\"}]},\"$.url\":{\"matchers\":[{\"match\":\"regex\",\"regex\":\"http://h:1/orders/1\"}]}}},"
		"\"generators\":{\"path\":{\"type\":\"ProviderState\",\"expression\":\"/o/${id}\"},\"query\":{\"q\":{\"type\":\"RandomInt\",\"min\":5,\"max\":9}},\"header\":{\"X\":{\"type\":\"RandomHexadecimal\",\"digits\":6}},"
		"\"body\":{\"$.i\":{\"type\":\"RandomInt\"},\"$.d\":{\"type\":\"RandomDecimal\",\"digits\":4},\"$.h\":{\"type\":\"RandomHexadecimal\"},\"$.s\":{\"type\":\"RandomString\",\"size\":7},"
		"\"$.r\":{\"type\":\"Regex\",\"regex\":\"(a|b){2,3}-\\\\d+[^x]?\"},\"$.u\":{\"type\":\"Uuid\"},\"$.t\":{\"type\":\"DateTime\",\"format\":\"yyyy-MM-dd'T'HH:mm:ssX\",\"expression\":\"+5 days @ midnight\"},"
		"\"$.l[*].n\":{\"type\":\"RandomInt\",\"min\":5,\"max\":6},\"$.url\":{\"type\":\"MockServerURL\",\"example\":\"http://x/orders/1\",\"regex\":\".*(/orders/\\\\d+)$\"}}}},"
		"\"response\":{\"status\":200}}],\"metadata\":{\"pactSpecification\":{\"version\":\"3.0.0\"}}}";
	struct arena a;
	struct err e = { 0 };
	uint64_t seed = 7;
	struct pact_part made;
	(void)state;
	const struct pact *p = take(&a, text, &e);
	assert_non_null(p);
	struct pact_generate g = { .random = next, .ctx = &seed, .now = INT64_C(1795680000000000000) /* 2026-11-26T08:00:00Z */, .base_url = STR("http://h:1") };
	struct doc id = { .type = DOC_INT, .i = 77 };
	struct doc_member values = { .key = "id", .key_len = 2, .value = id };
	struct doc states = { .type = DOC_OBJECT, .count = 1, .members = &values };
	g.state_values = &states;
	assert_true(pact_generates(&p->interactions[0].request));
	for (int i = 0; i < 50; i++) {
		struct pact_mismatches out;
		if (!pact_generate_part(&p->interactions[0].request, &g, &a, &made, &e))
			fail_msg("%s", e.message);
		struct str query = arena_printf(&a, "q=%.*s", STR_FMT(made.query.items[0].values[0]));
		struct pact_actual sent = { .method = STR("GET"), .path = made.path, .query = query, .headers = made.headers, .body = made.body.bytes, .has_body = true };
		pact_mismatches_init(&out, &a);
		if (!pact_match_request(&p->interactions[0].request, &sent, &a, &out))
			fail_msg("%.*s: %.*s", STR_FMT(made.body.bytes), STR_FMT(out.items[0].sentence));
		assert_true(str_find(made.body.bytes, STR("\"keep\":1.0")) != SIZE_MAX);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(wrong_files_are_told_with_their_place), cmocka_unit_test(content_is_what_a_pact_says),
		cmocka_unit_test(exploding_expressions_and_unknown_matchers_are_faults), cmocka_unit_test(generators_make_what_their_rules_take) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
