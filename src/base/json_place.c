/* A strict scan of JSON text (RFC 8259) that stops at the first fault. States: before a value, after a value, before a key, before a
 * colon; nesting is a bit a level (1: object). Called by base/json.cc when simdjson has refused a text. */
#include "base/json_place.h"
#include "base/check.h"
#include "base/json.h"

/* Longer ones are not tried for overflow: they are legal, however odd. */
enum { LONG_NUMBER = 400 };

enum state { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, AFTER };

struct scan {
	struct str text;
	size_t at;
	enum state state;
	unsigned depth, levels;
	bool object[JSON_PLACE_DEPTH_MAX];
	const char *what; /* the fault, NULL while there is none */
};

static bool fault(struct scan *s, const char *what)
{
	s->what = what;
	return false;
}

static inline int peek(const struct scan *s)
{
	return s->at < s->text.len ? (unsigned char)s->text.p[s->at] : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool scan_number(struct scan *s)
{
	size_t start = s->at;
	if (peek(s) == '-')
		s->at++;
	if (!is_digit(peek(s)))
		return fault(s, "a digit must follow the minus sign");
	if (peek(s) == '0' && s->at + 1 < s->text.len && is_digit(s->text.p[s->at + 1]))
		return fault(s, "a number must not begin with a zero");
	while (is_digit(peek(s)))
		s->at++;
	if (peek(s) == '.') {
		s->at++;
		if (!is_digit(peek(s)))
			return fault(s, "a digit must follow the decimal point");
		while (is_digit(peek(s)))
			s->at++;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (!is_digit(peek(s)))
			return fault(s, "a digit must follow the exponent sign");
		while (is_digit(peek(s)))
			s->at++;
	}
	double v;
	struct str number = str_sub(s->text, start, s->at);
	if (number.len <= LONG_NUMBER && !str_to_f64(number, &v)) {
		s->at = start;
		return fault(s, "the number is too large");
	}
	return true;
}

static bool scan_escape(struct scan *s)
{
	static const char simple[] = "\"\\/bfnrt";
	uint8_t unit[2];
	s->at++;
	int c = peek(s);
	if (c == 'u') {
		s->at++;
		if (!str_to_hex_bytes(str_sub(s->text, s->at, s->at + 4), unit, 2))
			return fault(s, "four hexadecimal digits must follow \\u");
		s->at += 4;
		return true;
	}
	if (c <= 0 || !memchr(simple, c, sizeof(simple) - 1))
		return fault(s, "unknown escape; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
	s->at++;
	return true;
}

static bool scan_string(struct scan *s)
{
	size_t start = s->at++;
	for (;;) {
		int c = peek(s);
		if (c < 0) {
			s->at = start;
			return fault(s, "a text that begins here has no closing quote");
		}
		if (c == '"') {
			s->at++;
			return true;
		}
		if (c < 0x20)
			return fault(s, "a control character in a text must be escaped (a line end as \\n); or a quote is missing");
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		size_t n = str_utf8_sequence(str_skip(s->text, s->at));
		if (n == 0)
			return fault(s, "bytes that are not UTF-8");
		s->at += n;
	}
}

static bool scan_open(struct scan *s, bool object)
{
	if (s->depth == s->levels)
		return fault(s, s->levels == JSON_MAX_DEPTH ? "nested too deeply; 64 levels are allowed" : "nested too deeply");
	s->object[s->depth++] = object;
	s->at++;
	s->state = object ? KEY_OR_END : VALUE_OR_END;
	return true;
}

static bool scan_close(struct scan *s)
{
	s->depth--;
	s->at++;
	s->state = AFTER;
	return true;
}

static bool scan_word(struct scan *s)
{
	static const struct str words[] = { STR_INIT("true"), STR_INIT("false"), STR_INIT("null") };
	size_t end = s->at;
	while (end < s->text.len && ((s->text.p[end] | 0x20) >= 'a' && (s->text.p[end] | 0x20) <= 'z'))
		end++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_eq(str_sub(s->text, s->at, end), words[i])) {
			s->at = end;
			return true;
		}
	}
	return fault(s, "expected a value: a text in double quotes, a number, true, false, null, [ or {");
}

static bool scan_value(struct scan *s)
{
	int c = peek(s);
	if (c == '{' || c == '[')
		return scan_open(s, c == '{');
	s->state = AFTER;
	return c == '"' ? scan_string(s) : is_digit(c) || c == '-' ? scan_number(s) : scan_word(s);
}

static bool scan_key(struct scan *s)
{
	if (peek(s) != '"')
		return fault(s, "expected a key in double quotes");
	s->state = COLON;
	return scan_string(s);
}

static bool scan_after(struct scan *s)
{
	int c = peek(s);
	if (s->depth == 0)
		return fault(s, "nothing may follow the value");
	bool object = s->object[s->depth - 1];
	if (c == (object ? '}' : ']'))
		return scan_close(s);
	if (c != ',')
		return fault(s, object ? "expected a comma or }" : "expected a comma or ]");
	s->at++;
	s->state = object ? KEY : VALUE;
	return true;
}

static bool scan_step(struct scan *s)
{
	switch (s->state) {
	case VALUE_OR_END:
		return peek(s) == ']' ? scan_close(s) : scan_value(s);
	case VALUE:
		return scan_value(s);
	case KEY_OR_END:
		return peek(s) == '}' ? scan_close(s) : scan_key(s);
	case KEY:
		return scan_key(s);
	case COLON:
		if (peek(s) != ':')
			return fault(s, "expected a colon after the key");
		s->at++;
		s->state = VALUE;
		return true;
	case AFTER:
		return scan_after(s);
	}
	return fault(s, "not valid JSON");
}

static bool skip_white(struct scan *s)
{
	while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\n' || peek(s) == '\r')
		s->at++;
	return s->at < s->text.len;
}

static void place(struct str text, size_t at, struct json_fault *out)
{
	uint32_t line = 1, column = 1;
	for (size_t i = 0; i < at && i < text.len; i++) {
		if (text.p[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	out->line = line;
	out->column = column;
}

bool json_find_fault(struct str text, struct json_fault *out) { return json_find_fault_deep(text, JSON_MAX_DEPTH, out); }

bool json_find_fault_deep(struct str text, unsigned levels, struct json_fault *out)
{
	CHECK(levels <= JSON_PLACE_DEPTH_MAX);
	struct scan s = { .text = text, .state = VALUE, .levels = levels };
	bool ok = true;
	while (ok && skip_white(&s))
		ok = scan_step(&s);
	if (ok && s.state != AFTER)
		ok = fault(&s, text.len == 0 ? "the text is empty" : "the text ends too early");
	else if (ok && s.depth)
		ok = fault(&s, s.object[s.depth - 1] ? "the text ends too early; expected a comma or }" :
							   "the text ends too early; expected a comma or ]");
	if (ok)
		return false;
	place(text, s.at, out);
	out->what = s.what;
	return true;
}

/* The UTF-16 unit that "\uXXXX" at the beginning of s stands for; 0 where there is none. */
static unsigned unit_at(struct str s)
{
	uint8_t bytes[2];
	if (!str_starts(s, STR("\\u")) || !str_to_hex_bytes(str_sub(s, 2, 6), bytes, 2))
		return 0;
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static bool is_high(unsigned unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(unsigned unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Copies the string literal at the beginning of *rest, quotes included, and takes it off. */
static bool relax_string(struct str *rest, struct buf *out)
{
	bool changed = false;
	struct str s = *rest;
	size_t at = 1;
	while (at < s.len && s.p[at] != '"') {
		size_t n = s.p[at] == '\\' && at + 1 < s.len ? 2 : 1;
		unsigned unit = unit_at(str_skip(s, at));
		if (unit)
			n = is_high(unit) && is_low(unit_at(str_skip(s, at + 6))) ? 12 : 6;
		if (n == 6 && (is_high(unit) || is_low(unit))) {
			buf_add(out, str_sub(s, 0, at));
			buf_add(out, STR("\\ufffd"));
			s = str_skip(s, at + 6);
			at = 0;
			changed = true;
			continue;
		}
		at += n;
	}
	buf_add(out, str_sub(s, 0, at + 1));
	*rest = str_skip(s, at + 1);
	return changed;
}

static bool relax_number(struct str *rest, struct buf *out)
{
	size_t end = 1;
	bool integer = true;
	int64_t i;
	uint64_t u;
	for (; end < rest->len && (is_digit(rest->p[end]) || (rest->p[end] && strchr(".eE+-", rest->p[end]))); end++)
		integer = integer && is_digit(rest->p[end]);
	struct str token = str_sub(*rest, 0, end);
	buf_add(out, token);
	*rest = str_skip(*rest, end);
	if (!integer || token.len < 2 || str_to_i64(token, &i) || str_to_u64(token, &u))
		return false;
	buf_add(out, STR(".0"));
	return true;
}

bool json_relax(struct str text, struct buf *out)
{
	bool changed = false;
	while (text.len) {
		if (text.p[0] == '"') {
			changed |= relax_string(&text, out);
		} else if (is_digit(text.p[0]) || text.p[0] == '-') {
			changed |= relax_number(&text, out);
		} else {
			buf_char(out, text.p[0]);
			text = str_skip(text, 1);
		}
	}
	return changed && buf_ok(out);
}
