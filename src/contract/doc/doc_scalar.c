/* The scalars of YAML 1.2's core schema (chapter 10.3.2): what of it is a JSON value. Infinities and NaN are no JSON, so they stay text, as do YAML 1.1's
 * `yes`, `no`, dates and sexagesimal numbers. */
#include "contract/doc/doc_impl.h"

static bool is_one_of(struct str s, struct str a, struct str b, struct str c) { return str_eq(s, a) || str_eq(s, b) || str_eq(s, c); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t skip_digits(struct str s, size_t at)
{
	while (at < s.len && is_digit(s.p[at]))
		at++;
	return at;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? ; *whole where neither point nor exponent is there. */
static bool is_decimal(struct str s, bool *whole)
{
	size_t at = s.len && (s.p[0] == '-' || s.p[0] == '+'), start = at;
	at = skip_digits(s, at);
	size_t digits = at - start;
	*whole = at == s.len;
	if (at < s.len && s.p[at] == '.') {
		size_t after = skip_digits(s, at + 1);
		digits += after - at - 1;
		at = after;
	}
	if (!digits)
		return false;
	if (at < s.len && (s.p[at] == 'e' || s.p[at] == 'E')) {
		at++;
		at += at < s.len && (s.p[at] == '-' || s.p[at] == '+');
		size_t after = skip_digits(s, at);
		if (after == at)
			return false;
		at = after;
	}
	return at == s.len;
}

static bool read_digits(struct doc *to, struct str digits, unsigned base)
{
	int64_t v = 0;
	double d = 0;
	bool exact = true;
	if (!digits.len)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.p[i];
		int digit = is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 99;
		if (digit >= (int)base)
			return false;
		exact = exact && !__builtin_mul_overflow(v, (int64_t)base, &v) && !__builtin_add_overflow(v, (int64_t)digit, &v);
		d = d * base + digit;
	}
	to->type = exact ? DOC_INT : DOC_DOUBLE;
	if (exact)
		to->i = v;
	else
		to->d = d;
	return true;
}

static bool read_number(struct doc *to, struct str text)
{
	bool whole;
	int64_t i;
	if (str_starts(text, STR("0o")))
		return read_digits(to, str_skip(text, 2), 8);
	if (str_starts(text, STR("0x")))
		return read_digits(to, str_skip(text, 2), 16);
	if (!is_decimal(text, &whole))
		return false;
	struct str unsigned_text = str_skip(text, text.p[0] == '+');
	double d;
	if (whole && str_to_i64(unsigned_text, &i)) {
		to->type = DOC_INT;
		to->i = i;
		return true;
	}
	if (!str_to_f64(unsigned_text, &d))
		return false;
	to->type = DOC_DOUBLE;
	to->d = d;
	return true;
}

static bool read_word(struct doc *to, struct str text)
{
	if (str_empty(text) || str_eq(text, STR("~")) || is_one_of(text, STR("null"), STR("Null"), STR("NULL")))
		to->type = DOC_NULL;
	else if (is_one_of(text, STR("true"), STR("True"), STR("TRUE")))
		to->type = DOC_TRUE;
	else if (is_one_of(text, STR("false"), STR("False"), STR("FALSE")))
		to->type = DOC_FALSE;
	else
		return false;
	return true;
}

static void be_text(struct doc *to, struct str text)
{
	to->type = DOC_STRING;
	to->count = (uint32_t)text.len & DOC_COUNT_MAX;
	to->p = text.p;
}

void doc_plain_scalar(struct doc *to, struct str text)
{
	char c = text.len ? text.p[0] : 0;
	bool numeric = is_digit(c) || c == '-' || c == '+' || c == '.';
	if (numeric ? !read_number(to, text) : !read_word(to, text))
		be_text(to, text);
}

bool doc_tagged_scalar(struct doc *to, struct str text, struct str tag)
{
	struct str name = str_skip(tag, sizeof("tag:yaml.org,2002:") - 1);
	if (!str_starts(tag, STR("tag:yaml.org,2002:"))) {
		be_text(to, text);
		return str_eq(tag, STR("!"));
	}
	if (str_eq(name, STR("str"))) {
		be_text(to, text);
		return true;
	}
	if (str_eq(name, STR("int")))
		return read_number(to, text) && to->type == DOC_INT;
	if (str_eq(name, STR("float"))) {
		if (!read_number(to, text))
			return false;
		if (to->type == DOC_INT) {
			to->type = DOC_DOUBLE;
			to->d = (double)to->i;
		}
		return true;
	}
	if (str_eq(name, STR("bool")))
		return read_word(to, text) && to->type != DOC_NULL;
	return str_eq(name, STR("null")) && read_word(to, text) && to->type == DOC_NULL;
}
