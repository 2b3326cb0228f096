/* See toml.h: one pass, a state a function. */
#include "catalog/packages/toml.h"

struct scan { struct package_reading *r; const char *p, *end; uint32_t line; };

static inline int at(const struct scan *s) { return s->p < s->end ? (unsigned char)*s->p : -1; }
static inline bool starts(const struct scan *s, const char *word) { return str_starts(str_from(s->p, (size_t)(s->end - s->p)), str_z(word)); }

static bool wrong(struct scan *s, const char *what) { return package_wrong(s->r, s->line, "%s; let the tool write the file anew", what); }

static void blanks(struct scan *s)
{
	while (at(s) == ' ' || at(s) == '\t')
		s->p++;
}

static void comment(struct scan *s)
{
	blanks(s);
	if (at(s) == '#')
		while (s->p < s->end && *s->p != '\n')
			s->p++;
}

/* Blanks, comments and line ends. */
static void space(struct scan *s)
{
	for (comment(s); at(s) == '\n' || (at(s) == '\r' && starts(s, "\r\n")); comment(s)) {
		s->line += *s->p == '\n';
		s->p++;
	}
}

static bool line_end(struct scan *s)
{
	comment(s);
	if (s->p == s->end || at(s) == '\n' || starts(s, "\r\n"))
		return true;
	return wrong(s, "expected the end of the line here");
}

static bool unicode(struct scan *s, size_t digits, char *to, size_t *n)
{
	uint32_t c = 0;
	for (size_t i = 0; i < digits; i++, s->p++) {
		int d = at(s);
		int v = d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : d >= 'A' && d <= 'F' ? d - 'A' + 10 : -1;
		if (v < 0)
			return wrong(s, "a wrong escape in a string");
		c = c << 4 | (uint32_t)v;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return wrong(s, "an escape that is no character");
	if (c < 0x80) {
		to[(*n)++] = (char)c;
	} else if (c < 0x800) {
		to[(*n)++] = (char)(0xc0 | c >> 6);
		to[(*n)++] = (char)(0x80 | (c & 63));
	} else {
		if (c >= 0x10000)
			to[(*n)++] = (char)(0xf0 | c >> 18);
		to[(*n)++] = (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 63) : 0xe0 | c >> 12);
		to[(*n)++] = (char)(0x80 | (c >> 6 & 63));
		to[(*n)++] = (char)(0x80 | (c & 63));
	}
	return true;
}

/* Behind a backslash. Never writes more than it reads. */
static bool escape(struct scan *s, bool many, char *to, size_t *n)
{
	static const char from[] = "btnfre\"\\", into[] = "\b\t\n\f\r\033\"\\";
	int c = at(s);
	const char *known = c > 0 ? strchr(from, c) : NULL;
	if (known) {
		to[(*n)++] = into[known - from];
		s->p++;
		return true;
	}
	if (c == 'u' || c == 'U') {
		s->p++;
		return unicode(s, c == 'u' ? 4 : 8, to, n);
	}
	if (!many || (c != '\n' && c != ' ' && c != '\t' && c != '\r'))
		return wrong(s, "a wrong escape in a string");
	for (; at(s) == ' ' || at(s) == '\t' || at(s) == '\n' || at(s) == '\r'; s->p++)
		s->line += *s->p == '\n';
	return true;
}

/* At a quote. */
static bool string(struct scan *s, bool lines_allowed, struct str *out)
{
	char quote = *s->p;
	bool many = starts(s, quote == '"' ? "\"\"\"" : "'''");
	const char *mark = quote == '"' ? "\"\"\"" : "'''";
	if (many && !lines_allowed)
		return wrong(s, "a key of several lines");
	s->p += many ? 3 : 1;
	if (many && starts(s, "\r\n"))
		s->p++;
	if (many && at(s) == '\n') {
		s->line++;
		s->p++;
	}
	const char *from = s->p;
	uint32_t line = s->line;
	/* Room for the longest that it can be: up to its end in the file. */
	const char *stop = from;
	while (stop < s->end && (many ? !(*stop == quote && str_starts(str_from(stop, (size_t)(s->end - stop)), str_z(mark))) : *stop != quote && *stop != '\n'))
		stop += *stop == '\\' && quote == '"' && stop + 1 < s->end ? 2 : 1;
	if (many)
		for (int i = 0; i < 2 && stop + 3 < s->end && stop[3] == quote; i++)
			stop++;
	if (stop >= s->end || *stop != quote)
		return package_wrong(s->r, line, "a string without its closing quote; let the tool write the file anew");
	char *to = arena_bytes(s->r->scratch, (size_t)(stop - from));
	size_t n = 0;
	if (!to)
		return package_full(s->r);
	while (s->p < stop) {
		s->line += *s->p == '\n';
		if (*s->p != '\\' || quote == '\'')
			to[n++] = *s->p++;
		else if (s->p++, !escape(s, many, to, &n))
			return false;
	}
	s->p = stop + (many ? 3 : 1);
	*out = str_from(to, n);
	return true;
}

static bool bare(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

/* a."b c".d */
static bool key(struct scan *s, struct str *out)
{
	struct str whole = STR("");
	for (;;) {
		struct str part;
		blanks(s);
		if (at(s) == '"' || at(s) == '\'') {
			if (!string(s, false, &part))
				return false;
		} else {
			const char *from = s->p;
			while (bare(at(s)))
				s->p++;
			part = str_from(from, (size_t)(s->p - from));
			if (!part.len)
				return wrong(s, "expected a key here");
		}
		whole = whole.len ? arena_printf(s->r->scratch, "%.*s.%.*s", STR_FMT(whole), STR_FMT(part)) : part;
		if (!whole.p)
			return package_full(s->r);
		blanks(s);
		if (at(s) != '.' || whole.len > 4096)
			break;
		s->p++;
	}
	*out = whole;
	return true;
}

static struct toml *push(struct scan *s, struct toml *to)
{
	if (!ARENA_PUSH_ROOM(s->r->scratch, to->items, to->count, to->capacity)) {
		package_full(s->r);
		return NULL;
	}
	to->items[to->count] = (struct toml){ .line = s->line };
	return &to->items[to->count++];
}

static bool value(struct scan *s, struct toml *to, unsigned depth);

static bool pair(struct scan *s, struct toml *table, unsigned depth)
{
	struct toml *to = push(s, table);
	if (!to || !key(s, &to->key))
		return false;
	if (at(s) != '=')
		return wrong(s, "expected `=` behind the key");
	s->p++;
	blanks(s);
	return value(s, to, depth);
}

/* Behind the bracket; line ends are taken in inline tables too, as TOML 1.1 does. */
static bool items(struct scan *s, struct toml *to, char close, unsigned depth)
{
	if (depth > TOML_DEPTH)
		return wrong(s, "lists or tables too deep in each other");
	for (s->p++, space(s); at(s) != close;) {
		struct toml *item = close == ']' ? push(s, to) : NULL;
		if (close == ']' ? !item || !value(s, item, depth) : !pair(s, to, depth))
			return false;
		space(s);
		if (at(s) == ',') {
			s->p++;
			space(s);
		} else if (at(s) != close) {
			return wrong(s, close == ']' ? "expected `,` or `]` here" : "expected `,` or `}` here");
		}
	}
	s->p++;
	return true;
}

static bool value(struct scan *s, struct toml *to, unsigned depth)
{
	const char *from = s->p;
	to->line = s->line;
	if (at(s) == '"' || at(s) == '\'') {
		to->type = TOML_STRING;
		return string(s, true, &to->text);
	}
	if (at(s) == '[' || at(s) == '{') {
		to->type = at(s) == '[' ? TOML_LIST : TOML_TABLE;
		return items(s, to, at(s) == '[' ? ']' : '}', depth + 1);
	}
	/* Numbers, times, true and false. */
	while (bare(at(s)) || at(s) == '+' || at(s) == '.' || at(s) == ':')
		s->p++;
	to->type = TOML_OTHER;
	to->text = str_from(from, (size_t)(s->p - from));
	return to->text.len ? true : wrong(s, "expected a value here");
}

static bool header(struct scan *s, struct toml_section *section)
{
	section->list = starts(s, "[[");
	section->table.line = s->line;
	s->p += section->list ? 2 : 1;
	if (!key(s, &section->name))
		return false;
	if (!starts(s, section->list ? "]]" : "]"))
		return wrong(s, "expected the closing bracket of the table's name");
	s->p += section->list ? 2 : 1;
	return line_end(s);
}

bool toml_read(struct toml_file *f, struct package_reading *r)
{
	struct scan s = { r, r->text.p, r->text.p + r->text.len, 1 };
	for (bool first = true; space(&s), first || s.p < s.end; first = false) {
		if (first || at(&s) == '[') {
			if (!ARENA_PUSH_ROOM(r->scratch, f->items, f->count, f->capacity))
				return package_full(r);
			f->items[f->count++] = (struct toml_section){ .table = { .type = TOML_TABLE, .line = s.line } };
			if (!first && !header(&s, &f->items[f->count - 1]))
				return false;
		} else if (!pair(&s, &f->items[f->count - 1].table, 0) || !line_end(&s)) {
			return false;
		}
	}
	return true;
}

const struct toml *toml_get(const struct toml *table, const char *key)
{
	for (size_t i = 0; table && table->type == TOML_TABLE && i < table->count; i++)
		if (str_eq(table->items[i].key, str_z(key)))
			return &table->items[i];
	return NULL;
}

struct str toml_text(const struct toml *table, const char *key)
{
	const struct toml *t = toml_get(table, key);
	return t && t->type == TOML_STRING ? t->text : STR("");
}
