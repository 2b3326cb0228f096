/* See tokens.h: one look at each byte. */
#include "catalog/copies/tokens.h"
#include "base/check.h"

enum class { CLASS_OTHER, CLASS_BLANK, CLASS_WORD, CLASS_QUOTE, CLASS_LINE };
enum { BLIND_WORD = 1, BLIND_NUMBER = 2, BLIND_STRING = 3, LONG_LINE = 1000 /* bytes a line on the average */, HEAD = 2048, STRING_MOST = 1024 /* bytes: a longer one is no string, so that quotes which nothing closes cost no more */ };

static enum class class_of(unsigned char c)
{
	if (c == '\n')
		return CLASS_LINE;
	if (c <= ' ' || c == 0x7f)
		return CLASS_BLANK;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80)
		return CLASS_WORD;
	return c == '"' || c == '\'' || c == '`' ? CLASS_QUOTE : CLASS_OTHER;
}

bool tokens_kind(struct str path, unsigned *comments)
{
	static const struct { const char *ending; unsigned comments; } rows[] = {
#define CODE_FILE(ending, comments) { ending, comments },
#include "tbl/code_files.h"
#undef CODE_FILE
	};
	static const char *const not[] = { ".min.js", ".min.css", "package-lock.json", "pnpm-lock.yaml", "composer.lock", ".pb.go", "_pb2.py", ".d.ts" };
	for (size_t i = 0; i < ARRAY_LEN(not); i++)
		if (str_ends(path, str_z(not[i])))
			return false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_ends(path, str_z(rows[i].ending))) {
			*comments = rows[i].comments;
			return true;
		}
	return false;
}

bool tokens_worth(struct str text)
{
	struct str head = str_sub(text, 0, HEAD);
	size_t lines = 1;
	if (memchr(head.p, 0, head.len) || str_find(head, STR("@generated")) != SIZE_MAX || str_find(head, STR("DO NOT EDIT")) != SIZE_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n';
	return text.len / lines < LONG_LINE;
}

struct scan { const unsigned char *p, *end; uint32_t line; unsigned comments; bool blind; };

static bool at(const struct scan *s, const char *word)
{
	size_t n = strlen(word);
	return (size_t)(s->end - s->p) >= n && !memcmp(s->p, word, n);
}

static void to_line_end(struct scan *s)
{
	const void *end = memchr(s->p, '\n', (size_t)(s->end - s->p));
	s->p = end ? end : s->end;
}

static void to_word(struct scan *s, const char *word, size_t skip)
{
	s->p += skip;
	while (s->p < s->end && !at(s, word))
		s->line += *s->p++ == '\n';
	s->p += s->p < s->end ? strlen(word) : 0;
}

static bool comment(struct scan *s)
{
	unsigned c = s->comments;
	if ((c & COMMENT_SLASH) && at(s, "/*"))
		to_word(s, "*/", 2);
	else if ((c & COMMENT_XML) && at(s, "<!--"))
		to_word(s, "-->", 4);
	else if (((c & COMMENT_SLASH) && at(s, "//")) || ((c & COMMENT_HASH) && *s->p == '#') || ((c & COMMENT_DASH) && at(s, "--")) || ((c & COMMENT_SEMI) && *s->p == ';') ||
		 ((c & COMMENT_PERCENT) && *s->p == '%'))
		to_line_end(s);
	else
		return false;
	return true;
}

/* Up to the same quote; one that is not closed in its line is a character by itself (but for the quotes that may go over lines). */
static const unsigned char *string_end(const struct scan *s)
{
	unsigned char quote = *s->p;
	const unsigned char *most = s->end - s->p > STRING_MOST ? s->p + STRING_MOST : s->end;
	for (const unsigned char *p = s->p + 1; p < most; p++) {
		if (*p == quote)
			return p + 1;
		if (*p == '\\')
			p++;
		else if (*p == '\n' && quote != '`')
			break;
	}
	return s->p + 1;
}

static uint32_t hash_of(const unsigned char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a: tokens are short */
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 32);
}

static bool push(struct tokens *t, struct arena *a, uint32_t hash, uint32_t line)
{
	size_t lines = t->capacity;
	if (!ARENA_PUSH_ROOM(a, t->hash, t->count, t->capacity) || !ARENA_PUSH_ROOM(a, t->line, t->count, lines))
		return false;
	t->hash[t->count] = hash;
	t->line[t->count++] = line;
	return true;
}

static bool token(struct scan *s, struct tokens *t, struct arena *a, enum class class)
{
	const unsigned char *from = s->p, *to = from + 1;
	uint32_t line = s->line;
	if (class == CLASS_WORD)
		while (to < s->end && class_of(*to) == CLASS_WORD)
			to++;
	else if (class == CLASS_QUOTE)
		to = string_end(s);
	for (const unsigned char *p = from; class == CLASS_QUOTE && p < to; p++)
		s->line += *p == '\n';
	s->p = to;
	bool number = class == CLASS_WORD && *from >= '0' && *from <= '9';
	uint32_t hash = !s->blind || class == CLASS_OTHER ? hash_of(from, (size_t)(to - from)) : class == CLASS_QUOTE ? BLIND_STRING : number ? BLIND_NUMBER : BLIND_WORD;
	return push(t, a, hash, line);
}

bool tokens_read(struct tokens *t, struct arena *a, struct str text, unsigned comments, bool blind)
{
	struct scan s = { (const unsigned char *)text.p, (const unsigned char *)text.p + text.len, 1, comments, blind };
	while (s.p < s.end) {
		enum class class = class_of(*s.p);
		if (class == CLASS_LINE) {
			s.line++;
			s.p++;
		} else if (class == CLASS_BLANK) {
			s.p++;
		} else if ((class == CLASS_WORD || class == CLASS_QUOTE || !comment(&s)) && !token(&s, t, a, class)) {
			return false;
		}
	}
	return true;
}
