/* See lex.h. One token a call, no state: a token ends where the next begins. */
#include "contract/graphql/lex.h"

static bool name_start(unsigned char c) { return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_'; }
static bool digit(unsigned char c) { return c >= '0' && c <= '9'; }

static size_t skip(struct str text, size_t at)
{
	for (; at < text.len; at++) {
		unsigned char c = (unsigned char)text.p[at];
		if (c == '#')
			while (at + 1 < text.len && text.p[at + 1] != '\n' && text.p[at + 1] != '\r')
				at++;
		else if (c == 0xef && str_starts(str_skip(text, at), STR("\xef\xbb\xbf")))
			at += 2;
		else if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != ',')
			break;
	}
	return at;
}

static struct gql_token token(enum gql_token_kind kind, size_t from, size_t to) { return (struct gql_token){ kind, (uint32_t)from, (uint32_t)(to - from), NULL }; }
static struct gql_token wrong(size_t at, const char *what) { return (struct gql_token){ GQL_T_WRONG, (uint32_t)at, 1, what }; }

static struct gql_token number(struct str text, size_t from)
{
	size_t at = from + (text.p[from] == '-');
	enum gql_token_kind kind = GQL_T_INT;
	size_t digits = at;
	while (at < text.len && digit((unsigned char)text.p[at]))
		at++;
	if (at == digits)
		return wrong(from, "`-` without digits behind it; write a number such as -1");
	if (text.p[digits] == '0' && at - digits > 1)
		return wrong(from, "a number must not begin with 0; drop the zero");
	if (at < text.len && text.p[at] == '.') {
		size_t fraction = ++at;
		while (at < text.len && digit((unsigned char)text.p[at]))
			at++;
		if (at == fraction)
			return wrong(at - 1, "no digits behind the point; write a number such as 1.5");
		kind = GQL_T_FLOAT;
	}
	if (at < text.len && (text.p[at] | 32) == 'e') {
		at++;
		if (at < text.len && (text.p[at] == '+' || text.p[at] == '-'))
			at++;
		size_t exponent = at;
		while (at < text.len && digit((unsigned char)text.p[at]))
			at++;
		if (at == exponent)
			return wrong(at - 1, "no digits in the exponent; write a number such as 1e3");
		kind = GQL_T_FLOAT;
	}
	if (at < text.len && (name_start((unsigned char)text.p[at]) || text.p[at] == '.'))
		return wrong(at, "a number must not be followed by a letter, `_` or `.`; put a blank between them");
	return token(kind, from, at);
}

static struct gql_token block_string(struct str text, size_t from)
{
	for (size_t at = from + 3; at + 3 <= text.len; at++) {
		if (text.p[at] == '\\' && str_starts(str_skip(text, at), STR("\\\"\"\"")))
			at += 3;
		else if (str_starts(str_skip(text, at), STR("\"\"\"")))
			return token(GQL_T_BLOCK, from, at + 3);
	}
	return wrong(from, "this block string has no end; close it with \"\"\"");
}

static struct gql_token string(struct str text, size_t from)
{
	if (str_starts(str_skip(text, from), STR("\"\"\"")))
		return block_string(text, from);
	for (size_t at = from + 1; at < text.len; at++) {
		if (text.p[at] == '"')
			return token(GQL_T_STRING, from, at + 1);
		if (text.p[at] == '\n' || text.p[at] == '\r')
			break;
		if (text.p[at] == '\\')
			at++;
	}
	return wrong(from, "this string has no end on its line; close it with `\"`, or use \"\"\" for several lines");
}

struct gql_token gql_lex(struct str text, size_t at)
{
	at = skip(text, at);
	if (at >= text.len)
		return token(GQL_T_END, text.len, text.len);
	unsigned char c = (unsigned char)text.p[at];
	if (name_start(c)) {
		size_t end = at + 1;
		while (end < text.len && (name_start((unsigned char)text.p[end]) || digit((unsigned char)text.p[end])))
			end++;
		return token(GQL_T_NAME, at, end);
	}
	if (c == '"')
		return string(text, at);
	if (c == '-' || digit(c))
		return number(text, at);
	if (c == '.')
		return str_starts(str_skip(text, at), STR("...")) ? token(GQL_T_SPREAD, at, at + 3) : wrong(at, "a single point; a spread is written `...`");
	if (c && strchr("!$&():=@[]{|}", c))
		return token(GQL_T_PUNCTUATOR, at, at + 1);
	return wrong(at, c < 128 ? "this character has no meaning in GraphQL; remove it" : "letters beyond ASCII may only stand in strings and comments");
}

/* ---- the values of strings ---- */

static size_t utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

static bool hex(struct str s, uint32_t *out)
{
	uint32_t v = 0;
	if (s.len == 0 || s.len > 8)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i], low = c | 32;
		if (!digit(c) && (low < 'a' || low > 'f'))
			return false;
		v = v << 4 | (uint32_t)(digit(c) ? c - '0' : low - 'a' + 10);
	}
	*out = v;
	return true;
}

/* At `\u` in s: the character, and how many bytes it was written in; 0 where it is none. */
static size_t unicode(struct str s, uint32_t *c)
{
	size_t used = 6;
	if (s.len > 2 && s.p[2] == '{') {
		size_t close = str_find_char(s, '}');
		if (close == SIZE_MAX || !hex(str_sub(s, 3, close), c))
			return 0;
		used = close + 1;
	} else if (s.len < 6 || !hex(str_sub(s, 2, 6), c)) {
		return 0;
	} else if (*c >= 0xd800 && *c < 0xdc00) {
		uint32_t low;
		if (s.len < 12 || s.p[6] != '\\' || s.p[7] != 'u' || !hex(str_sub(s, 8, 12), &low) || low < 0xdc00 || low > 0xdfff)
			return 0;
		*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
		used = 12;
	}
	return *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff) ? 0 : used;
}

static struct str quoted(struct arena *a, struct str s, const char **what)
{
	if (str_find_char(s, '\\') == SIZE_MAX)
		return s;
	char *out = arena_bytes(a, s.len);
	size_t n = 0;
	for (size_t i = 0; out && i < s.len; i++) {
		if (s.p[i] != '\\') {
			out[n++] = s.p[i];
			continue;
		}
		static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
		const char *known = i + 1 < s.len && s.p[i + 1] ? strchr(from, s.p[i + 1]) : NULL;
		uint32_t c;
		size_t used = i + 1 < s.len && s.p[i + 1] == 'u' ? unicode(str_skip(s, i), &c) : 0;
		if (known) {
			out[n++] = to[known - from];
			i++;
		} else if (used) {
			n += utf8(out + n, c);
			i += used - 1;
		} else {
			*what = "this string has an escape that is none; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX \\u{X}";
			return (struct str){ 0 };
		}
	}
	return str_from(out, n);
}

/* The next line of a block string without its end; p == NULL at the end. */
static struct str line_of(struct str *rest)
{
	size_t i = 0;
	struct str all = *rest;
	while (i < all.len && all.p[i] != '\n' && all.p[i] != '\r')
		i++;
	size_t end = i < all.len && all.p[i] == '\r' && i + 1 < all.len && all.p[i + 1] == '\n' ? i + 2 : i + 1;
	*rest = i < all.len ? str_skip(all, end) : (struct str){ 0 };
	return str_sub(all, 0, i);
}

static size_t indent_of(struct str line)
{
	size_t i = 0;
	while (i < line.len && (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	return i;
}

/* Section 2.9.4: the common indentation is taken away, and empty lines at both ends. */
static struct str block(struct arena *a, struct str s)
{
	size_t common = SIZE_MAX, first = SIZE_MAX, last = 0, number = 0, n = 0;
	for (struct str rest = s; rest.p; number++) {
		struct str line = line_of(&rest);
		size_t indent = indent_of(line);
		if (indent == line.len)
			continue;
		if (number && indent < common)
			common = indent;
		first = first == SIZE_MAX ? number : first;
		last = number;
	}
	if (first == SIZE_MAX)
		return STR("");
	char *out = arena_bytes(a, s.len);
	number = 0;
	for (struct str rest = s; out && rest.p && number <= last; number++) {
		struct str line = line_of(&rest);
		if (number < first)
			continue;
		if (number)
			line = str_skip(line, common == SIZE_MAX ? 0 : common);
		if (number > first)
			out[n++] = '\n';
		for (size_t i = 0; i < line.len; i++) {
			if (str_starts(str_skip(line, i), STR("\\\"\"\"")))
				i++;
			out[n++] = line.p[i];
		}
	}
	return str_from(out, n);
}

struct str gql_string(struct arena *a, struct str text, const struct gql_token *t, const char **what)
{
	*what = NULL;
	size_t quotes = t->kind == GQL_T_BLOCK ? 3 : 1;
	struct str inner = str_sub(text, t->offset + quotes, t->offset + t->len - quotes);
	return t->kind == GQL_T_BLOCK ? block(a, inner) : quoted(a, inner, what);
}
