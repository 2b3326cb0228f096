/* See lex.h. */
#include "contract/sql/lex.h"

static bool word_start(unsigned char c) { return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c >= 128 || c == '@'; }
static bool digit(unsigned char c) { return c >= '0' && c <= '9'; }

static size_t line_end(struct str text, size_t at)
{
	while (at < text.len && text.p[at] != '\n')
		at++;
	return at;
}

/* Past blanks and comments; false where a comment has no end, with *at at its beginning. */
static bool skip(struct str text, size_t *at)
{
	size_t i = *at;
	while (i < text.len) {
		char c = text.p[i], d = i + 1 < text.len ? text.p[i + 1] : '\0';
		if (c == '#' || (c == '-' && d == '-')) {
			i = line_end(text, i);
		} else if (c == '/' && d == '*') {
			size_t start = i, depth = 1;
			for (i += 2; i < text.len && depth; i++) {
				bool open = text.p[i] == '/' && i + 1 < text.len && text.p[i + 1] == '*', close = text.p[i] == '*' && i + 1 < text.len && text.p[i + 1] == '/';
				depth += open;
				depth -= close;
				i += open || close;
			}
			if (depth) {
				*at = start;
				return false;
			}
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || (unsigned char)c == 0xef) {
			i += (unsigned char)c == 0xef && str_starts(str_skip(text, i), STR("\xef\xbb\xbf")) ? 3 : 1;
		} else {
			break;
		}
	}
	*at = i;
	return true;
}

static struct sql_token token(enum sql_token_kind kind, size_t from, size_t to) { return (struct sql_token){ kind, (uint32_t)from, (uint32_t)(to - from), NULL }; }
static struct sql_token wrong(size_t at, const char *what) { return (struct sql_token){ SQL_T_WRONG, (uint32_t)at, 1, what }; }

/* Where the text that begins with a quote at `from` ends, SIZE_MAX where it does not. escapes: of backslashes. */
static size_t quote_end(struct str text, size_t from, char quote, bool escapes)
{
	for (size_t i = from + 1; i < text.len; i++) {
		if (escapes && text.p[i] == '\\')
			i++;
		else if (text.p[i] == quote && i + 1 < text.len && text.p[i + 1] == quote)
			i++;
		else if (text.p[i] == quote)
			return i + 1;
	}
	return SIZE_MAX;
}

/* MySQL escapes by backslashes and PostgreSQL does not: 'it\'s' against 'C:\'. It is an escape where what follows the quote cannot follow a string. */
static bool escaped(struct str text, size_t from)
{
	size_t plain = quote_end(text, from, '\'', false);
	if (plain == SIZE_MAX)
		return true;
	if (plain < 2 || text.p[plain - 2] != '\\')
		return false;
	while (plain < text.len && (text.p[plain] == ' ' || text.p[plain] == '\t'))
		plain++;
	return plain < text.len && !strchr(",;)\n\r", text.p[plain]);
}

static struct sql_token string(struct str text, size_t from, size_t quote, bool escapes)
{
	size_t end = quote_end(text, quote, '\'', escapes || escaped(text, quote));
	return end == SIZE_MAX ? wrong(from, "this string has no end; close it with `'`") : token(SQL_T_STRING, from, end);
}

static struct sql_token dollar(struct str text, size_t from)
{
	size_t tag = from + 1;
	while (tag < text.len && (word_start((unsigned char)text.p[tag]) || digit((unsigned char)text.p[tag])))
		tag++;
	if (tag >= text.len || text.p[tag] != '$')
		return token(SQL_T_MARK, from, from + 1);
	struct str delimiter = str_sub(text, from, tag + 1);
	size_t end = str_find(str_skip(text, tag + 1), delimiter);
	return end == SIZE_MAX ? wrong(from, "this $-quoted text has no end; close it with the same $ mark") : token(SQL_T_STRING, from, tag + 1 + end + delimiter.len);
}

static struct sql_token name(struct str text, size_t from, char close)
{
	size_t end = quote_end(text, from, close, false);
	return end == SIZE_MAX ? wrong(from, "this name has no end; close its quote") : token(SQL_T_QUOTED, from, end);
}

struct sql_token sql_lex(struct str text, size_t at)
{
	if (!skip(text, &at))
		return wrong(at, "this comment has no end; close it with */");
	if (at >= text.len)
		return token(SQL_T_END, text.len, text.len);
	unsigned char c = (unsigned char)text.p[at];
	if ((c == 'E' || c == 'e') && at + 1 < text.len && text.p[at + 1] == '\'')
		return string(text, at, at + 1, true);
	size_t end = at + 1;
	if (word_start(c)) {
		while (end < text.len && (word_start((unsigned char)text.p[end]) || digit((unsigned char)text.p[end]) || text.p[end] == '$'))
			end++;
		return token(SQL_T_WORD, at, end);
	}
	if (digit(c)) {
		while (end < text.len && (digit((unsigned char)text.p[end]) || text.p[end] == '.' || (text.p[end] | 32) == 'e' || (text.p[end] | 32) == 'x'))
			end++;
		return token(SQL_T_NUMBER, at, end);
	}
	switch (c) {
	case '\'':
		return string(text, at, at, false);
	case '$':
		return dollar(text, at);
	case '"':
	case '`':
		return name(text, at, (char)c);
	case '[': /* a name for SQLite; in PostgreSQL arrays, which hold digits or nothing */
		return end < text.len && word_start((unsigned char)text.p[end]) ? name(text, at, ']') : token(SQL_T_MARK, at, end);
	default:
		return token(SQL_T_MARK, at, end);
	}
}

struct str sql_unquoted(struct arena *a, struct str text, const struct sql_token *t)
{
	struct str s = str_sub(text, t->offset, t->offset + t->len);
	if (t->kind != SQL_T_QUOTED && t->kind != SQL_T_STRING)
		return s;
	if (s.p[0] == '$') {
		size_t tag = str_find_char(str_skip(s, 1), '$') + 2;
		return str_sub(s, tag, s.len - tag);
	}
	if ((s.p[0] | 32) == 'e')
		s = str_skip(s, 1);
	char quote = s.p[s.len - 1];
	s = str_sub(s, 1, s.len - 1);
	const char doubled[] = { quote, quote };
	if (str_find(s, str_from(doubled, 2)) == SIZE_MAX && (t->kind != SQL_T_STRING || str_find_char(s, '\\') == SIZE_MAX))
		return s;
	char *out = arena_bytes(a, s.len);
	size_t n = 0;
	for (size_t i = 0; out && i < s.len; i++) {
		if (i + 1 < s.len && ((s.p[i] == quote && s.p[i + 1] == quote) || (s.p[i] == '\\' && s.p[i + 1] == quote)))
			i++;
		out[n++] = s.p[i];
	}
	return out ? str_from(out, n) : s;
}

struct str sql_folded(struct arena *a, struct str name)
{
	char *out = arena_bytes(a, name.len ? name.len : 1);
	for (size_t i = 0; out && i < name.len; i++)
		out[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 32 : name.p[i]);
	return out ? str_from(out, name.len) : name;
}
