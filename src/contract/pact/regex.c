/* Regular expressions of matching rules, by PCRE2. As npm's Pact does it, the whole text must fit. The compiled form lives in the pact's arena, so that nothing
 * has to be freed; each match has bounded steps and memory, so that an expression that explodes is an answer of its own and not a hang. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "contract/pact/pact_impl.h"
#include <pcre2.h>

enum { REGEX_STEPS_MAX = 200000, REGEX_HEAP_KIB_MAX = 8192 };
struct pact_regex { pcre2_code *code; pcre2_match_context *limits; };

static void *take(PCRE2_SIZE n, void *arena) { return arena_alloc(arena, n); }
static void give_back(void *p, void *arena)
{
	(void)p; /* goes with the arena */
	(void)arena;
}

const struct pact_regex *pact_regex_compile(struct arena *a, struct str pattern, struct str *why)
{
	int code = 0;
	PCRE2_SIZE at = 0;
	unsigned char words[160];
	if (pattern.len > PACT_PATTERN_MAX) {
		*why = arena_printf(a, "the regular expression has %zu bytes; %d are allowed", pattern.len, PACT_PATTERN_MAX);
		return NULL;
	}
	pcre2_general_context *memory = pcre2_general_context_create(take, give_back, a);
	pcre2_compile_context *how = memory ? pcre2_compile_context_create(memory) : NULL;
	struct pact_regex *x = ARENA_NEW(a, struct pact_regex);
	if (!how || !x) {
		*why = STR("no memory is left for the regular expression");
		return NULL;
	}
	x->code = pcre2_compile((PCRE2_SPTR)(pattern.p ? pattern.p : ""), pattern.len,
		PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C, &code, &at, how);
	if (!x->code) {
		pcre2_get_error_message(code, words, sizeof(words));
		*why = arena_printf(a, "%s at character %zu of the regular expression", (const char *)words, (size_t)at + 1);
		return NULL;
	}
	x->limits = pcre2_match_context_create(memory);
	if (!x->limits) {
		*why = STR("no memory is left for the regular expression");
		return NULL;
	}
	pcre2_set_match_limit(x->limits, REGEX_STEPS_MAX);
	pcre2_set_depth_limit(x->limits, REGEX_STEPS_MAX);
	pcre2_set_heap_limit(x->limits, REGEX_HEAP_KIB_MAX);
	return x;
}

enum pact_regex_answer pact_regex_fits(const struct pact_regex *x, struct str text)
{
	if (!str_is_utf8(text))
		return PACT_REGEX_NO;
	/* Not in the arena: what a match needs for backtracking would stay there. */
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	if (!data)
		return PACT_REGEX_LIMIT;
	int result = pcre2_match(x->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.len, 0, PCRE2_NO_UTF_CHECK, data, x->limits);
	pcre2_match_data_free(data);
	return result >= 0 ? PACT_REGEX_YES : result == PCRE2_ERROR_NOMATCH ? PACT_REGEX_NO : PACT_REGEX_LIMIT;
}
