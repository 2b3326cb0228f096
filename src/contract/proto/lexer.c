/* The lexer: one pass, by a table of character classes. */
#include "contract/proto/lexer.h"

enum { LETTER = 1, DIGIT = 2, BLANK = 4, HEX = 8 };
static const uint8_t classes[256] = {
	['a' ... 'f'] = LETTER | HEX, ['g' ... 'z'] = LETTER, ['A' ... 'F'] = LETTER | HEX, ['G' ... 'Z'] = LETTER, ['_'] = LETTER, ['0' ... '9'] = DIGIT | HEX,
	[' '] = BLANK, ['\t'] = BLANK, ['\r'] = BLANK, ['\n'] = BLANK, ['\v'] = BLANK, ['\f'] = BLANK,
};
static inline bool is(char c, int wanted) { return classes[(unsigned char)c] & wanted; }

void lexer_init(struct lexer *x, struct str text)
{
	*x = (struct lexer){ .text = text.p ? text.p : "", .size = (uint32_t)text.len };
	if (str_starts(text, STR("\xef\xbb\xbf")))
		x->at = 3;
}

/* Skips a comment that begins at x->at; false where a block has no end. */
static bool skip_comment(struct lexer *x, bool block)
{
	const char *end = x->text + x->size, *p = x->text + x->at;
	if (!block) {
		p = memchr(p, '\n', (size_t)(end - p));
		x->at = p ? (uint32_t)(p - x->text) : x->size;
		return true;
	}
	for (p += 2; p < end && (p = memchr(p, '*', (size_t)(end - p))); p++)
		if (p + 1 < end && p[1] == '/') {
			x->at = (uint32_t)(p + 2 - x->text);
			return true;
		}
	x->at = x->size;
	return false;
}

/* Blanks and comments. *doc: the block of comments directly before what follows. */
static bool skip_blanks(struct lexer *x, uint32_t *doc)
{
	unsigned lines = 0; /* ends of lines since the last comment or token */
	bool same_line = x->last_end > 0;
	*doc = 0;
	while (x->at < x->size) {
		char c = x->text[x->at];
		if (is(c, BLANK)) {
			lines += c == '\n';
			same_line = same_line && c != '\n';
			if (lines > 1)
				*doc = 0;
			x->at++;
			continue;
		}
		char next = x->at + 1 < x->size ? x->text[x->at + 1] : 0;
		bool block = c == '/' && next == '*';
		if (!block && !(c == '/' && next == '/') && !(c == '#' && x->hash))
			return true;
		if (!*doc && !same_line)
			*doc = x->at + 1;
		uint32_t start = x->at;
		if (!skip_comment(x, block)) {
			*doc = start + 1;
			return false;
		}
		lines = 0;
	}
	*doc = 0;
	return true;
}

static void bad(struct token *t, const char *problem)
{
	t->kind = TOKEN_BAD;
	t->problem = problem;
}

static void number(struct lexer *x, struct token *t)
{
	const char *s = x->text;
	uint32_t at = x->at, size = x->size;
	t->kind = TOKEN_INT;
	if (s[at] == '0' && at + 1 < size && (s[at + 1] | 32) == 'x') {
		for (at += 2; at < size && is(s[at], HEX); at++)
			;
		if (at == x->at + 2)
			bad(t, "a hexadecimal number has digits behind 0x");
	} else {
		while (at < size && is(s[at], DIGIT))
			at++;
		if (at < size && s[at] == '.') {
			t->kind = TOKEN_FLOAT;
			for (at++; at < size && is(s[at], DIGIT); at++)
				;
		}
		if (at < size && (s[at] | 32) == 'e') {
			uint32_t digits = at + 1 + (at + 1 < size && (s[at + 1] == '+' || s[at + 1] == '-'));
			t->kind = TOKEN_FLOAT;
			for (at = digits; at < size && is(s[at], DIGIT); at++)
				;
			if (at == digits)
				bad(t, "an exponent has digits behind e");
		}
		if (t->kind == TOKEN_FLOAT && at < size && (s[at] | 32) == 'f')
			at++;
		if (t->kind == TOKEN_INT && s[x->at] == '0')
			for (uint32_t i = x->at; i < at; i++)
				if (s[i] > '7')
					bad(t, "a number that begins with 0 is octal and has digits 0 to 7; leave the 0 out");
	}
	if (t->kind != TOKEN_BAD && at < size && is(s[at], LETTER | DIGIT))
		bad(t, "a blank is needed between a number and a name");
	x->at = t->end = at;
}

static void quoted(struct lexer *x, struct token *t)
{
	char quote = x->text[x->at++];
	t->kind = TOKEN_TEXT;
	while (x->at < x->size && x->text[x->at] != quote) {
		if (x->text[x->at] == '\n') {
			bad(t, "a string ends on the line on which it begins; close it with its quote");
			break;
		}
		x->at += x->text[x->at] == '\\' ? 2 : 1;
	}
	if (x->at >= x->size) {
		x->at = x->size;
		bad(t, "the file ends inside of a string; close it with its quote");
	} else if (t->kind == TOKEN_TEXT) {
		x->at++;
	}
	t->end = x->at;
}

void lexer_next(struct lexer *x, struct token *t)
{
	bool closed = skip_blanks(x, &t->doc);
	t->offset = t->end = x->at;
	t->symbol = 0;
	if (!closed) {
		t->offset = t->doc - 1;
		bad(t, "the file ends inside of a comment; close it with */");
		return;
	}
	if (x->at == x->size) {
		t->kind = TOKEN_END;
		return;
	}
	char c = x->text[x->at];
	if (is(c, LETTER)) {
		uint32_t at = x->at + 1;
		while (at < x->size && is(x->text[at], LETTER | DIGIT))
			at++;
		t->kind = TOKEN_NAME;
		x->at = t->end = at;
	} else if (is(c, DIGIT) || (c == '.' && x->at + 1 < x->size && is(x->text[x->at + 1], DIGIT))) {
		number(x, t);
	} else if (c == '"' || c == '\'') {
		quoted(x, t);
	} else if ((unsigned char)c < 0x21 || (unsigned char)c > 0x7e) {
		x->at++;
		t->end = x->at;
		bad(t, "this character may stand in comments and strings only");
	} else {
		t->kind = TOKEN_SYMBOL;
		t->symbol = c;
		t->end = ++x->at;
	}
	x->last_end = t->end;
}
