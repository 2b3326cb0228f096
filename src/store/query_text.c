/* Text of a row against a leaf: needles without case at token boundaries, exact needles, regexes. The inner loop of every scan that no
 * index helps, so the search for a needle looks at 16 places at a time (first and last byte of the needle together; after W. Mula). */
#include "store/query_impl.h"
#ifdef __SSE2__
#include <immintrin.h>
#endif

static inline unsigned char lower(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

static inline bool equal_lower(const char *p, struct str needle)
{
	for (size_t i = 0; i < needle.len; i++)
		if (lower(p[i]) != (unsigned char)needle.p[i])
			return false;
	return true;
}

/* Letters are compared with bit 0x20 set, which is their lower case; no other byte becomes a letter's code by it but its upper case. */
static inline char fold_of(char c) { return c >= 'a' && c <= 'z' ? 0x20 : 0; }

size_t text_find_lower(struct str text, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > text.len)
		return SIZE_MAX;
	size_t last = text.len - needle.len, i = 0;
#ifdef __SSE2__
	char a = needle.p[0], z = needle.p[needle.len - 1];
	const __m128i first = _mm_set1_epi8(a), first_fold = _mm_set1_epi8(fold_of(a));
	const __m128i end = _mm_set1_epi8(z), end_fold = _mm_set1_epi8(fold_of(z));
	for (; i + 16 <= last + 1; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text.p + i));
		__m128i y = _mm_loadu_si128((const __m128i *)(const void *)(text.p + i + needle.len - 1));
		unsigned hits = (unsigned)_mm_movemask_epi8(
			_mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(x, first_fold), first), _mm_cmpeq_epi8(_mm_or_si128(y, end_fold), end)));
		for (; hits; hits &= hits - 1) {
			size_t at = i + (unsigned)__builtin_ctz(hits);
			if (equal_lower(text.p + at, needle))
				return at;
		}
	}
#endif
	for (; i <= last; i++)
		if (lower(text.p[i]) == (unsigned char)needle.p[0] && equal_lower(text.p + i, needle))
			return i;
	return SIZE_MAX;
}

static bool has_token(const struct query_node *n, struct str text)
{
	size_t from = 0;
	while (from <= text.len) {
		size_t at = text_find_lower(str_skip(text, from), n->lower);
		if (at == SIZE_MAX)
			return false;
		at += from;
		size_t end = at + n->lower.len;
		if ((!n->edge_left || at == 0 || !query_is_token_char(text.p[at - 1])) &&
		    (!n->edge_right || end == text.len || !query_is_token_char(text.p[end])))
			return true;
		from = at + 1;
	}
	return false;
}

static bool holds(enum query_compare c, int order)
{
	switch (c) {
	case QUERY_LESS: return order < 0;
	case QUERY_LESS_EQUAL: return order <= 0;
	case QUERY_GREATER: return order > 0;
	case QUERY_GREATER_EQUAL: return order >= 0;
	case QUERY_NOT_EQUAL: return order != 0;
	default: return order == 0;
	}
}

bool query_text_matches(const struct query_node *n, struct str text)
{
	switch (n->compare) {
	case QUERY_TOKEN: return has_token(n, text);
	case QUERY_EQUAL: return str_eq_ci(text, n->text);
	case QUERY_NOT_EQUAL: return !str_eq_ci(text, n->text);
	case QUERY_PRESENT: return text.len > 0;
	case QUERY_EXACT: return str_find(text, n->text) != SIZE_MAX;
	case QUERY_REGEX: return regex_matches(n->regex, text);
	/* Order between a number and something else means nothing. */
	default: return !n->is_number && holds(n->compare, str_cmp(text, n->text));
	}
}

static bool as_number(const struct value *v, double *out)
{
	switch (v->type) {
	case VALUE_INT: *out = (double)v->i; return true;
	case VALUE_DOUBLE: *out = v->d; return true;
	case VALUE_STR: return v->s.len < 40 && str_to_f64(v->s, out);
	default: return false;
	}
}

static bool compare_number(const struct query_node *n, double v)
{
	if (v != v)
		return n->compare == QUERY_NOT_EQUAL;
	return holds(n->compare, v < n->number ? -1 : v > n->number);
}

bool query_value_matches(const struct query_node *n, const struct value *v, struct buf *scratch)
{
	double number;
	if (n->compare == QUERY_PRESENT)
		return v->type != VALUE_EMPTY;
	if (n->op == QUERY_FIELD && n->is_number && n->compare < QUERY_PRESENT && as_number(v, &number))
		return compare_number(n, number);
	if (v->type == VALUE_STR || v->type == VALUE_JSON)
		return query_text_matches(n, v->s);
	buf_clear(scratch);
	value_text(scratch, v);
	return query_text_matches(n, buf_str(scratch));
}
