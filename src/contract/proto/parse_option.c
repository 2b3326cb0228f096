/* Options and their values, as they stand: which field of which options message a name means is found out when all files are read (option.c). */
#include "contract/proto/parse.h"
#include <stdlib.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)((0xf00 >> n & 0xf0) | c | (n == 2 ? 0xc0 : 0));
	return n;
}

/* Up to `most` digits of a base at *i. */
static uint32_t digits(struct str s, size_t *i, int base, size_t most)
{
	uint32_t v = 0;
	for (size_t n = 0; n < most && *i < s.len && digit_of(s.p[*i]) < base; n++, ++*i)
		v = v * (uint32_t)base + (uint32_t)digit_of(s.p[*i]);
	return v;
}

/* One escape behind the backslash at s.p[*i]; never longer than what it is written with. */
static size_t escape(struct str s, size_t *i, char *to)
{
	static const char from[] = "abfnrtv\\'\"?", meaning[] = "\a\b\f\n\r\t\v\\'\"?";
	char c = s.p[*i];
	const char *known = c ? strchr(from, c) : NULL;
	if (known) {
		++*i;
		*to = meaning[known - from];
		return 1;
	}
	if (c == 'x' || c == 'X') {
		++*i;
		*to = (char)digits(s, i, 16, 2);
		return 1;
	}
	if (c == 'u' || c == 'U') {
		++*i;
		uint32_t v = digits(s, i, 16, c == 'u' ? 4 : 8);
		if (v >= 0xd800 && v < 0xdc00 && *i + 5 < s.len && s.p[*i] == '\\' && s.p[*i + 1] == 'u') {
			*i += 2;
			v = 0x10000 + ((v - 0xd800) << 10) + (digits(s, i, 16, 4) - 0xdc00);
		}
		return put_utf8(to, v > 0x10ffff ? 0xfffd : v);
	}
	if (digit_of(c) < 8) {
		*to = (char)digits(s, i, 8, 3);
		return 1;
	}
	++*i;
	*to = c;
	return 1;
}

static size_t unescape(struct str s, char *to)
{
	size_t at = 0;
	for (size_t i = 0; i < s.len;) {
		if (s.p[i] == '\\' && i + 1 < s.len) {
			i++;
			at += escape(s, &i, to + at);
		} else {
			to[at++] = s.p[i++];
		}
	}
	return at;
}

bool parse_string(struct parser *p, struct str *value, const char *what)
{
	if (p->token.kind != TOKEN_TEXT)
		return parse_unexpected(p, what);
	struct str first = str_sub(parse_text(p), 1, parse_text(p).len - 1);
	parse_next(p);
	if (p->token.kind != TOKEN_TEXT && str_find_char(first, '\\') == SIZE_MAX) {
		*value = first;
		return true;
	}
	struct str joined = { NULL, 0 };
	for (struct str part = first;; part = str_sub(parse_text(p), 1, parse_text(p).len - 1), parse_next(p)) {
		char *to = arena_bytes(p->arena, joined.len + part.len + 4);
		if (!to)
			return parse_full(p);
		if (joined.len)
			memcpy(to, joined.p, joined.len);
		joined = str_from(to, joined.len + unescape(part, to + joined.len));
		if (p->token.kind != TOKEN_TEXT)
			break;
	}
	*value = joined;
	return true;
}

/* What stands between braces is kept as text; only its braces and strings are looked at, without recursion. */
static bool aggregate(struct parser *p, struct proto_option *o)
{
	char open[PROTO_DEPTH_MAX];
	size_t depth = 0;
	uint32_t start = p->token.end;
	o->kind = PROTO_VALUE_AGGREGATE;
	p->lexer.hash = true;
	for (;;) {
		if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_BAD) {
			p->lexer.hash = false;
			return parse_unexpected(p, "`}` behind the option's value");
		}
		char c = p->token.symbol;
		if (c == '{' || c == '[' || c == '<') {
			if (depth == PROTO_DEPTH_MAX)
				return parse_fail(p, p->token.offset, "a value nested more than %d levels deep", PROTO_DEPTH_MAX);
			open[depth++] = c;
		} else if (c == '}' || c == ']' || c == '>') {
			char closing = open[depth - 1] == '{' ? '}' : open[depth - 1] == '[' ? ']' : '>';
			if (c != closing) {
				p->lexer.hash = false;
				return parse_fail(p, p->token.offset, "expected `%c`, which closes `%c`, found `%c`", closing, open[depth - 1], c);
			}
			if (!--depth)
				break;
		}
		parse_next(p);
	}
	o->text = str_from(p->lexer.text + start, p->token.offset - start);
	p->lexer.hash = false;
	parse_next(p);
	return true;
}

static bool real(struct parser *p, struct proto_option *o)
{
	char text[128];
	struct str s = parse_text(p);
	if (s.len >= sizeof(text))
		return parse_fail(p, p->token.offset, "a number of more than %zu characters", sizeof(text) - 1);
	memcpy(text, s.p, s.len);
	text[s.len] = 0;
	o->kind = PROTO_VALUE_FLOAT;
	o->real = strtod(text, NULL);
	if (o->negative)
		o->real = -o->real;
	parse_next(p);
	return true;
}

static bool value(struct parser *p, struct proto_option *o)
{
	bool overflow;
	if (parse_at(p, '{'))
		return aggregate(p, o);
	if (p->token.kind == TOKEN_TEXT) {
		o->kind = PROTO_VALUE_TEXT;
		return parse_string(p, &o->text, "a string");
	}
	o->negative = parse_accept(p, '-');
	if (p->token.kind == TOKEN_NAME) {
		o->kind = PROTO_VALUE_NAME;
		return parse_name(p, &o->text, "a value");
	}
	if (p->token.kind == TOKEN_INT) {
		o->kind = PROTO_VALUE_INT;
		o->integer = parse_integer_text(parse_text(p), &overflow);
		if (overflow)
			return real(p, o);
		parse_next(p);
		return true;
	}
	return p->token.kind == TOKEN_FLOAT ? real(p, o) : parse_unexpected(p, "a value: a name, a number, a string or {…}");
}

/* "(a.b).c.(d)"; blanks taken out where there are any. */
static bool option_name(struct parser *p, struct str *name)
{
	uint32_t start = p->token.offset;
	size_t letters = 0;
	struct str part;
	do {
		bool custom = parse_accept(p, '(');
		if (!(custom ? parse_dotted(p, &part, "an option's name") : parse_name(p, &part, "an option's name")) || (custom && !parse_expect(p, ')', "`)` behind the option's name")))
			return false;
		letters += part.len + (custom ? 2 : 0);
	} while (parse_accept(p, '.') && ++letters);
	*name = str_from(p->lexer.text + start, p->end - start);
	if (letters == name->len)
		return true;
	return parse_joined(p, name);
}

static bool option(struct parser *p, struct proto_options **to)
{
	struct proto_option *o = ARENA_NEW(p->arena, struct proto_option);
	if (!*to)
		*to = ARENA_NEW(p->arena, struct proto_options);
	if (!o || !*to)
		return parse_full(p);
	o->offset = p->token.offset;
	if (!option_name(p, &o->name) || !parse_expect(p, '=', "`=` behind the option's name") || !value(p, o))
		return false;
	if ((*to)->last)
		(*to)->last->next = o;
	else
		(*to)->first = o;
	(*to)->last = o;
	return true;
}

bool parse_option_statement(struct parser *p, struct proto_options **to) { return option(p, to) && parse_expect(p, ';', "`;` behind the option"); }

bool parse_option_list(struct parser *p, struct proto_options **to)
{
	if (!parse_accept(p, '['))
		return true;
	do
		if (!option(p, to))
			return false;
	while (parse_accept(p, ','));
	return parse_expect(p, ']', "`,` or `]` behind the option");
}
