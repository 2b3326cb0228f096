/* What can be read from a line that is plain text: its level, and the text itself without terminal colours and broken UTF-8. */
#include "base/check.h"
#include "model/log_text.h"
#include "model/record.h"

enum { LEVEL_WORDS = 6 /* how many first words may hold the level */, LEVEL_FAR = 512 /* how far level=… is looked for */ };

/* --- cleaning ---------------------------------------------------------------------------------------------------------------------- */

/* Bytes of the control sequence at the beginning of s (ECMA-48: ESC [ parameters final), 0 when there is none. */
static size_t control_sequence(struct str s)
{
	if (s.len < 2 || s.p[0] != 0x1b)
		return 0;
	if (s.p[1] != '[')
		return 2;
	for (size_t i = 2; i < s.len; i++)
		if (s.p[i] >= 0x40 && s.p[i] <= 0x7e)
			return i + 1;
	return s.len;
}

struct str log_text_clean(struct arena *a, struct str s)
{
	bool marked = s.len && (memchr(s.p, 0x1b, s.len) || memchr(s.p, 0, s.len));
	if (!marked && str_is_utf8(s))
		return s;
	char *out = arena_bytes(a, 3 * s.len + 1);
	size_t n = 0;
	if (!out)
		return STR("");
	for (size_t i = 0; i < s.len;) {
		struct str rest = str_skip(s, i);
		size_t skip = control_sequence(rest), whole = s.p[i] ? str_utf8_sequence(rest) : 0;
		if (skip) {
			i += skip;
		} else if (whole) {
			memcpy(out + n, rest.p, whole);
			n += whole;
			i += whole;
		} else {
			memcpy(out + n, "\xEF\xBF\xBD", 3);
			n += 3;
			i++;
		}
	}
	return str_from(out, n);
}

/* --- level ------------------------------------------------------------------------------------------------------------------------- */

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

/* sd-daemon(3): "<3>text" */
static uint8_t syslog_prefix(struct str s)
{
	if (s.len < 3 || s.p[0] != '<' || s.p[1] < '0' || s.p[1] > '7' || s.p[2] != '>')
		return SEVERITY_NONE;
	return severity_parse(str_sub(s, 1, 2));
}

/* The word's letters, and whether brackets or a colon mark it as more than a word of the sentence. */
static struct str bare_word(struct str word, bool *marked)
{
	size_t from = 0, to = word.len;
	while (from < to && !is_letter(word.p[from]))
		from++;
	while (to > from && !is_letter(word.p[to - 1]))
		to--;
	bool bracketed = from > 0 && to < word.len && strchr("[(<|", word.p[from - 1]) && strchr("])>|", word.p[to]);
	*marked = bracketed || (to < word.len && word.p[to] == ':');
	/* Letters within digits or joined words are no level: "x86", "error-free" */
	if (from > 0 && !bracketed && !strchr("[(<|\"", word.p[from - 1]))
		return STR("");
	return str_sub(word, from, to);
}

static bool all_capitals(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_capital(s.p[i]))
			return false;
	return true;
}

static uint8_t level_of_word(struct str word, bool first)
{
	bool marked;
	struct str bare = bare_word(word, &marked);
	if (bare.len < (marked ? 1 : 3) || !(first || marked || all_capitals(bare)))
		return SEVERITY_NONE;
	for (size_t i = 0; i < bare.len; i++)
		if (!is_letter(bare.p[i]))
			return SEVERITY_NONE;
	return severity_parse(bare);
}

/* logfmt: level=warn */
static uint8_t level_of_pair(struct str s)
{
	static const struct str keys[] = { STR_INIT("level="), STR_INIT("lvl="), STR_INIT("severity=") };
	s = str_sub(s, 0, LEVEL_FAR);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t at = str_find(s, keys[i]);
		if (at == SIZE_MAX || (at > 0 && is_letter(s.p[at - 1])))
			continue;
		struct str value = str_skip(s, at + keys[i].len);
		if (value.len && value.p[0] == '"')
			value = str_skip(value, 1);
		size_t n = 0;
		while (n < value.len && is_letter(value.p[n]))
			n++;
		if (n)
			return severity_parse(str_sub(value, 0, n));
	}
	return SEVERITY_NONE;
}

uint8_t log_text_level(struct str s)
{
	uint8_t level = syslog_prefix(s);
	struct str rest = str_sub(str_strip(s), 0, LEVEL_FAR);
	for (size_t i = 0; i < LEVEL_WORDS && rest.p && level == SEVERITY_NONE; i++) {
		struct str word = str_split(&rest, ' ');
		size_t colon = str_find_char(word, ':');
		/* Python's own form: "ERROR:name:text" */
		if (i == 0 && colon >= 3 && colon < word.len)
			word = str_sub(word, 0, colon + 1);
		level = level_of_word(word, i == 0);
	}
	return level ? level : level_of_pair(s);
}
