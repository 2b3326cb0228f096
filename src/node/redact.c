/* Finding secrets in text (see redact.h). One pass; at each character that may end a key or begin a known shape a finder is asked for the
 * span to replace. Every finder looks back at most KEY_MAX bytes and forward over what it replaces, so the pass is linear. */
#include "node/redact.h"
#include "base/check.h"

enum { KEY_MAX = 64, SHAPE_MIN = 8 };
enum extent { WORD, FIELD, LINE };
struct span { size_t from, to; }; /* empty: nothing found */

static const struct {
	struct str end;
	enum extent extent;
} secret_keys[] = {
#define SECRET_KEY_ROW(end, extent) { STR_INIT(end), extent },
#include "tbl/secret_keys.h"
#undef SECRET_KEY_ROW
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_alnum(char c) { return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z'); }
static bool is_key_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }
static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/* --- keys ------------------------------------------------------------------------------------------------------------------------ */

/* Index into secret_keys, or -1. Compares from the end, letters and digits only. */
static int find_secret_key(struct str key)
{
	char end[24];
	size_t n = sizeof(end);
	for (size_t i = key.len; i > 0 && n > 0; i--) {
		char c = key.p[i - 1];
		if (is_alnum(c))
			end[--n] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
	}
	struct str squashed = str_from(end + n, sizeof(end) - n);
	for (size_t i = 0; i < ARRAY_LEN(secret_keys); i++)
		if (str_ends(squashed, secret_keys[i].end))
			return (int)i;
	return -1;
}

bool redact_is_secret_key(struct str key) { return find_secret_key(key) >= 0; }

/* The key that ends before text[at], which is '=' or ':'; quoted or not, blanks between allowed. */
static struct str key_before(struct str text, size_t at)
{
	size_t to = at;
	while (to > 0 && is_blank(text.p[to - 1]) && at - to < 4)
		to--;
	if (to > 0 && (text.p[to - 1] == '"' || text.p[to - 1] == '\''))
		to -= to > 1 && text.p[to - 2] == '\\' ? 2 : 1;
	size_t from = to;
	while (from > 0 && to - from < KEY_MAX && is_key_char(text.p[from - 1]))
		from--;
	return str_sub(text, from, to);
}

/* --- values ---------------------------------------------------------------------------------------------------------------------- */

/* From behind the opening quote to before the closing one, or to the end when it was cut off. */
static size_t quoted_end(struct str text, size_t from, char quote, bool escaped)
{
	for (size_t i = from; i < text.len; i++) {
		if (escaped && text.p[i] == '\\' && i + 1 < text.len && text.p[i + 1] == quote)
			return i;
		if (!escaped && text.p[i] == quote)
			return i;
		if (text.p[i] == '\\')
			i++;
	}
	return text.len;
}

/* Past the bracket that closes the one at `from`. Brackets inside strings may end it early or late; either way what follows is asked
 * again or gone. */
static size_t bracket_end(struct str text, size_t from)
{
	size_t depth = 0;
	for (size_t i = from; i < text.len; i++) {
		char c = text.p[i];
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return i + 1;
	}
	return text.len;
}

static bool ends_word(char c) { return is_blank(c) || is_line_end(c) || (c && strchr(",;&)}]\"'<>", c)); }

static size_t bare_end(struct str text, size_t from, enum extent extent)
{
	size_t i = from;
	for (; i < text.len && !is_line_end(text.p[i]); i++) {
		char c = text.p[i];
		if ((extent == WORD && ends_word(c)) || (extent == FIELD && (c == ',' || c == '"' || c == '\'')) ||
		    (extent == LINE && c == '"'))
			break;
	}
	while (i > from && is_blank(text.p[i - 1]))
		i--;
	return i;
}

static bool says_nothing(struct str value)
{
	return str_empty(value) || str_eq(value, STR("null")) || str_eq(value, STR("true")) || str_eq(value, STR("false")) ||
	       str_eq(value, STR("None")) || str_starts(value, STR(REDACTED));
}

static struct span value_after(struct str text, size_t from, enum extent extent)
{
	if (from < text.len && text.p[from] == '>') /* "=>" */
		from++;
	while (from < text.len && is_blank(text.p[from]))
		from++;
	if (str_starts(str_skip(text, from), STR(REDACTED)))
		return (struct span){ 0 };
	bool escaped = from + 1 < text.len && text.p[from] == '\\' && (text.p[from + 1] == '"' || text.p[from + 1] == '\'');
	size_t to = from + escaped;
	if (to < text.len && (text.p[to] == '"' || text.p[to] == '\'')) {
		from = to + 1;
		to = quoted_end(text, from, text.p[from - 1], escaped);
	} else if (to < text.len && (text.p[to] == '{' || text.p[to] == '[')) {
		to = bracket_end(text, to);
	} else {
		to = bare_end(text, from, extent);
		struct str word = str_sub(text, from, to);
		if (str_eq_ci(word, STR("bearer")) || str_eq_ci(word, STR("basic"))) /* the secret is the word after it */
			to = bare_end(text, to + (to < text.len), WORD);
	}
	if (says_nothing(str_sub(text, from, to)))
		return (struct span){ 0 };
	return (struct span){ from, to };
}

static struct span secret_at_delimiter(struct str text, size_t at)
{
	struct str key = key_before(text, at);
	int row = str_empty(key) ? -1 : find_secret_key(key);
	return row < 0 ? (struct span){ 0 } : value_after(text, at + 1, secret_keys[row].extent);
}

/* --- shapes ---------------------------------------------------------------------------------------------------------------------- */

static bool is_word_start(struct str text, size_t at) { return at == 0 || !is_alnum(text.p[at - 1]); }
static bool is_token_char(char c) { return is_alnum(c) || (c && strchr("-._~+/=", c)); }

/* Long enough, and not a word of a sentence ("basic authentication failed"): it holds a digit, '=', or a capital after its first letter. */
static struct span token_span(struct str text, size_t from)
{
	size_t to = from;
	bool odd = false;
	for (; to < text.len && is_token_char(text.p[to]); to++)
		odd |= is_digit(text.p[to]) || text.p[to] == '=' || (to > from && is_upper(text.p[to]));
	return odd && to - from >= SHAPE_MIN ? (struct span){ from, to } : (struct span){ 0 };
}

/* "Bearer x" and "Basic x" (RFC 6750, RFC 7617), in any case. */
static struct span secret_of_scheme(struct str text, size_t at)
{
	static const struct str schemes[] = { STR_INIT("bearer "), STR_INIT("basic ") };
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t behind = at + schemes[i].len;
		if (is_word_start(text, at) && str_eq_ci(str_sub(text, at, behind), schemes[i]))
			return token_span(text, behind);
	}
	return (struct span){ 0 };
}

/* RFC 7519: base64url of "{"…", with at least one dot in what follows. */
static struct span json_web_token(struct str text, size_t at)
{
	if ((at > 0 && is_token_char(text.p[at - 1])) || !str_starts(str_skip(text, at), STR("eyJ")))
		return (struct span){ 0 };
	struct span s = token_span(text, at);
	return str_find_char(str_sub(text, s.from, s.to), '.') != SIZE_MAX ? s : (struct span){ 0 };
}

/* "://user:password@" */
static struct span password_of_url(struct str text, size_t at)
{
	size_t colon = 0;
	if (!str_starts(str_skip(text, at), STR("://")))
		return (struct span){ 0 };
	for (size_t i = at + 3; i < text.len && text.p[i] && !strchr("/ \t\r\n\"'?#<>", text.p[i]); i++) {
		if (text.p[i] == ':' && colon == 0)
			colon = i;
		if (text.p[i] == '@' && colon > 0 && !says_nothing(str_sub(text, colon + 1, i)))
			return (struct span){ colon + 1, i };
	}
	return (struct span){ 0 };
}

/* "--password x" in a command line */
static struct span secret_of_flag(struct str text, size_t at)
{
	size_t from = at + 2, to = from;
	if (!is_word_start(text, at) || !str_starts(str_skip(text, at), STR("--")))
		return (struct span){ 0 };
	while (to < text.len && to - from < KEY_MAX && is_key_char(text.p[to]))
		to++;
	if (to == text.len || !is_blank(text.p[to]) || !redact_is_secret_key(str_sub(text, from, to)))
		return (struct span){ 0 };
	return value_after(text, to, WORD);
}

#define KEY_BEGIN STR("-----BEGIN ")
#define KEY_NAME STR("PRIVATE KEY-----")
#define KEY_END STR("-----END ")

static struct span private_key(struct str text, size_t at)
{
	struct str rest = str_skip(text, at);
	if (!str_starts(rest, KEY_BEGIN))
		return (struct span){ 0 };
	size_t name = str_find(str_sub(rest, 0, KEY_MAX), KEY_NAME);
	if (name == SIZE_MAX)
		return (struct span){ 0 };
	size_t from = name + KEY_NAME.len, end = str_find(str_skip(rest, from), KEY_END);
	size_t to = end == SIZE_MAX ? rest.len : from + end;
	return says_nothing(str_sub(rest, from, to)) ? (struct span){ 0 } : (struct span){ at + from, at + to };
}

bool redact_key_block(uint32_t *inside, struct str line)
{
	if (*inside == 0) {
		size_t begin = str_find(line, KEY_BEGIN);
		struct str rest = begin == SIZE_MAX ? STR("") : str_skip(line, begin);
		*inside = str_find(rest, KEY_NAME) != SIZE_MAX && str_find(rest, KEY_END) == SIZE_MAX;
		return false; /* what this line itself holds of the key, private_key finds */
	}
	*inside = str_find(line, KEY_END) != SIZE_MAX || *inside >= REDACT_KEY_LINES ? 0 : *inside + 1;
	return true;
}

/* --- the pass ---------------------------------------------------------------------------------------------------------------------- */

static struct span secret_at(struct str text, size_t at)
{
	struct span s = { 0 };
	switch (text.p[at]) {
	case ':':
		s = password_of_url(text, at);
		if (s.to)
			return s;
		return secret_at_delimiter(text, at);
	case '=':
		return secret_at_delimiter(text, at);
	case 'B':
	case 'b':
		return secret_of_scheme(text, at);
	case 'e':
		return json_web_token(text, at);
	case '-':
		s = private_key(text, at);
		return s.to ? s : secret_of_flag(text, at);
	default:
		return s;
	}
}

size_t redact_text(struct buf *out, struct str text)
{
	size_t found = 0, copied = 0;
	for (size_t i = 0; i < text.len; i++) {
		struct span s = secret_at(text, i);
		if (s.to == 0)
			continue;
		CHECK(s.from >= copied && s.from < s.to && s.to <= text.len);
		buf_add(out, str_sub(text, copied, s.from));
		buf_add(out, STR(REDACTED));
		copied = s.to;
		i = s.to - 1;
		found++;
	}
	if (found)
		buf_add(out, str_skip(text, copied));
	return found;
}
