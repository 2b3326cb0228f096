/* Patterns of schemas: ECMA-262 regular expressions (with flag u) by PCRE2, with limits on matching. Spellings that PCRE2 reads differently are
 * rewritten: \d and \s mean what ECMA-262 says, $ matches at the very end only, \uXXXX and \u{X} are code points. What PCRE2 does not know leaves
 * the answer open. Called by the validator and the comparison. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "contract/schema/schema_impl.h"
#include <pcre2.h>

enum { MATCH_STEPS_MAX = 200000, MATCH_HEAP_KIB_MAX = 8192, PATTERN_BYTES_MAX = 16384 };
static const char unknown; /* stands for a pattern that cannot be compiled */

/* \uXXXX and \u{X…} as \x{…}; a pair of surrogates as one code point. Returns how much of s was read, 0 where it is none. */
static size_t translate_unicode(struct str s, struct buf *out)
{
	uint8_t unit[2], low[2];
	if (str_starts(s, STR("\\u{"))) {
		size_t end = str_find_char(s, '}');
		if (end == SIZE_MAX || end < 4)
			return 0;
		buf_printf(out, "\\x%.*s", (int)(end - 1), s.p + 2);
		return end + 1;
	}
	if (!str_starts(s, STR("\\u")) || !str_to_hex_bytes(str_sub(s, 2, 6), unit, 2))
		return 0;
	unsigned code = (unsigned)unit[0] << 8 | unit[1];
	struct str rest = str_skip(s, 6);
	if (code >= 0xd800 && code < 0xdc00 && str_starts(rest, STR("\\u")) && str_to_hex_bytes(str_sub(rest, 2, 6), low, 2)) {
		unsigned second = (unsigned)low[0] << 8 | low[1];
		buf_printf(out, "\\x{%x}", 0x10000 + ((code & 0x3ff) << 10) + (second & 0x3ff));
		return 12;
	}
	buf_printf(out, "\\x{%x}", code);
	return 6;
}

#define WHITE "\\t\\n\\x0b\\f\\r \\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"

static size_t translate_escape(struct str s, bool in_class, struct buf *out)
{
	size_t n = translate_unicode(s, out);
	if (n)
		return n;
	if (str_starts(s, STR("\\p{Letter}"))) {
		buf_add(out, STR("\\p{L}"));
		return sizeof("\\p{Letter}") - 1;
	}
	char c = s.len > 1 ? s.p[1] : 0;
	if (c == 's' && !in_class)
		buf_add(out, STR("[" WHITE "]"));
	else if (c == 'S' && !in_class)
		buf_add(out, STR("[^" WHITE "]"));
	else if (c == 's')
		buf_add(out, STR(WHITE));
	else if (c == 'c' && s.len > 2)
		buf_printf(out, "\\x%02x", (unsigned)(s.p[2] & 0x1f));
	else
		buf_add(out, str_sub(s, 0, 2));
	return c == 'c' && s.len > 2 ? 3 : s.len > 1 ? 2 : 1;
}

static bool translate(struct str s, struct buf *out)
{
	bool in_class = false;
	while (s.len) {
		size_t n = 1;
		if (s.p[0] == '\\') {
			n = translate_escape(s, in_class, out);
		} else if (in_class && s.p[0] == '[') {
			buf_add(out, STR("\\["));
		} else if (!in_class && (str_starts(s, STR("[]")) || str_starts(s, STR("[^]")))) {
			n = s.p[1] == ']' ? 2 : 3; /* never, and any character */
			buf_add(out, n == 2 ? STR("(?!)") : STR("(?s:.)"));
		} else if (!in_class && s.p[0] == '(' && str_starts(s, STR("(?<")) && s.len > 3 && s.p[3] != '=' && s.p[3] != '!') {
			buf_add(out, STR("(?P<"));
			n = 3;
		} else {
			in_class = s.p[0] == '[' ? true : s.p[0] == ']' ? false : in_class;
			buf_char(out, s.p[0]);
		}
		s = str_skip(s, n);
	}
	return buf_ok(out);
}

static const void *compile(struct str pattern)
{
	struct buf text;
	int code;
	PCRE2_SIZE at;
	buf_init(&text, 8 * PATTERN_BYTES_MAX);
	const void *compiled = NULL;
	if (pattern.len <= PATTERN_BYTES_MAX && translate(pattern, &text))
		compiled = pcre2_compile((PCRE2_SPTR)buf_str(&text).p, buf_str(&text).len, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	buf_release(&text);
	return compiled ? compiled : &unknown;
}

enum pattern_answer schema_pattern_match(struct schema_set *set, struct str pattern, struct str text)
{
	const void *compiled = map_get(&set->patterns, pattern);
	if (!compiled) {
		compiled = compile(pattern);
		if (!map_put(&set->patterns, pattern, (void *)compiled) && compiled != &unknown) {
			pcre2_code_free((pcre2_code *)compiled);
			return PATTERN_UNKNOWN;
		}
	}
	if (compiled == &unknown)
		return PATTERN_UNKNOWN;
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int result = PCRE2_ERROR_NOMEMORY;
	if (limits && data) {
		pcre2_set_match_limit(limits, MATCH_STEPS_MAX);
		pcre2_set_depth_limit(limits, MATCH_STEPS_MAX);
		pcre2_set_heap_limit(limits, MATCH_HEAP_KIB_MAX);
		result = pcre2_match(compiled, (PCRE2_SPTR)(text.p ? text.p : ""), text.len, 0, PCRE2_NO_UTF_CHECK, data, limits);
	}
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	return result >= 0 ? PATTERN_YES : result == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_UNKNOWN;
}

void schema_patterns_release(struct schema_set *set)
{
	for (uint32_t i = 0; i < set->patterns.count; i++)
		if (set->patterns.entries[i].value != &unknown)
			pcre2_code_free(set->patterns.entries[i].value);
}

uint32_t schema_characters(struct str text)
{
	uint32_t n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}
