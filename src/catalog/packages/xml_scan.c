/* See xml_scan.h. */
#include "catalog/packages/xml_scan.h"

void xml_scan_init(struct xml_scan *x, struct package_reading *r)
{
	*x = (struct xml_scan){ .r = r, .p = r->text.p, .end = r->text.p + r->text.len, .line = 1, .now = 1 };
}

static struct str left(const struct xml_scan *x) { return str_from(x->p, (size_t)(x->end - x->p)); }

static void step(struct xml_scan *x, size_t n)
{
	for (; n && x->p < x->end; n--, x->p++)
		x->now += *x->p == '\n';
}

static enum xml_event wrong(struct xml_scan *x, const char *what)
{
	package_wrong(x->r, x->now, "%s", what);
	return XML_WRONG;
}

static bool white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void space(struct xml_scan *x)
{
	while (x->p < x->end && white(*x->p))
		step(x, 1);
}

/* Up to and with `mark`; false where it does not come. */
static bool pass(struct xml_scan *x, const char *mark)
{
	size_t at = str_find(left(x), str_z(mark));
	if (at == SIZE_MAX)
		return false;
	step(x, at + strlen(mark));
	return true;
}

static struct str name(struct xml_scan *x)
{
	const char *from = x->p;
	while (x->p < x->end && !white(*x->p) && !strchr("<>/=\"'&", *x->p))
		x->p++;
	struct str s = str_from(from, (size_t)(x->p - from));
	size_t colon = str_find_char(s, ':');
	return colon == SIZE_MAX ? s : str_skip(s, colon + 1);
}

/* Behind "&": the character, and how many bytes its name has; 0 where it is none. Only what is below U+0080 is decoded, the rest stands for "?": no name or version has it. */
static size_t entity(struct str s, char *c)
{
	static const struct { const char *name; char c; } known[] = { { "amp;", '&' }, { "lt;", '<' }, { "gt;", '>' }, { "quot;", '"' }, { "apos;", '\'' } };
	size_t end = str_find_char(str_sub(s, 0, 12), ';');
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_starts(s, str_z(known[i].name))) {
			*c = known[i].c;
			return strlen(known[i].name);
		}
	if (end == SIZE_MAX || end < 2 || s.p[0] != '#')
		return 0;
	bool hex = s.p[1] == 'x';
	uint32_t code = 0;
	for (size_t i = 1 + hex; i < end; i++) {
		int d = s.p[i] >= '0' && s.p[i] <= '9' ? s.p[i] - '0' : hex && (s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'f' ? (s.p[i] | 0x20) - 'a' + 10 : -1;
		if (d < 0)
			return 0;
		code = code * (hex ? 16 : 10) + (uint32_t)d;
		code = code > 0x110000 ? 0x110000 : code;
	}
	*c = code && code < 0x80 ? (char)code : '?';
	return end + 1;
}

/* Entities decoded; p == NULL where one is none, or memory ends. */
static struct str decoded(struct xml_scan *x, struct str s)
{
	if (str_find_char(s, '&') == SIZE_MAX)
		return s;
	char *to = arena_bytes(x->r->scratch, s.len);
	size_t n = 0;
	for (size_t i = 0; to && i < s.len; i++) {
		to[n] = s.p[i];
		size_t took = s.p[i] == '&' ? entity(str_skip(s, i + 1), &to[n]) : 0;
		if (s.p[i] == '&' && !took)
			return str_from(NULL, 0);
		i += took;
		n++;
	}
	return str_from(to, to ? n : 0);
}

static bool attribute(struct xml_scan *x)
{
	struct str key = name(x);
	space(x);
	if (!key.len || !str_starts(left(x), STR("=")))
		return wrong(x, "expected an attribute with its value here"), false;
	step(x, 1);
	space(x);
	char quote = x->p < x->end ? *x->p : 0;
	size_t end = quote == '"' || quote == '\'' ? str_find_char(str_skip(left(x), 1), quote) : SIZE_MAX;
	if (end == SIZE_MAX)
		return wrong(x, "expected the attribute's value in quotes here"), false;
	struct str value = decoded(x, str_sub(left(x), 1, end + 1));
	if (!value.p)
		return wrong(x, "an entity that XML does not have; write `&amp;` for `&`"), false;
	if (x->attributes_count == XML_SCAN_ATTRIBUTES)
		return wrong(x, "more attributes than a build file has"), false;
	x->attributes[x->attributes_count].name = key;
	x->attributes[x->attributes_count++].value = value;
	step(x, end + 2);
	return true;
}

static enum xml_event open_tag(struct xml_scan *x)
{
	step(x, 1);
	struct str n = name(x);
	if (!n.len)
		return wrong(x, "expected the name of an element behind `<`; write `&lt;` for `<`");
	if (x->depth == XML_SCAN_DEPTH)
		return wrong(x, "elements too deep in each other");
	if (x->depth == 0 && x->rooted)
		return wrong(x, "a second element at the top");
	x->names[x->depth++] = n;
	x->attributes_count = 0;
	x->rooted = true;
	for (space(x); x->p < x->end && *x->p != '>' && *x->p != '/'; space(x))
		if (!attribute(x))
			return XML_WRONG;
	x->empty = str_starts(left(x), STR("/>"));
	if (!x->empty && !str_starts(left(x), STR(">")))
		return wrong(x, "a tag without its `>`");
	step(x, x->empty ? 2 : 1);
	return XML_OPEN;
}

static enum xml_event close_tag(struct xml_scan *x)
{
	step(x, 2);
	struct str n = name(x);
	space(x);
	if (!x->depth || !str_eq(n, x->names[x->depth - 1])) {
		struct str expected = x->depth ? str_sub(x->names[x->depth - 1], 0, 60) : STR("");
		package_wrong(x->r, x->now, "`</%.*s>` closes nothing; %s%.*s%s", STR_FMT(str_sub(n, 0, 60)), expected.len ? "expected `</" : "nothing is open here", STR_FMT(expected), expected.len ? ">`" : "");
		return XML_WRONG;
	}
	if (!str_starts(left(x), STR(">")))
		return wrong(x, "a tag without its `>`");
	step(x, 1);
	x->closing = true;
	return XML_CLOSE;
}

/* Text up to the next tag, or a CDATA section; XML_END where it is only white space. */
static enum xml_event text(struct xml_scan *x)
{
	bool raw = str_starts(left(x), STR("<![CDATA["));
	size_t skip = raw ? 9 : 0, end = raw ? str_find(left(x), STR("]]>")) : str_find_char(left(x), '<');
	if (raw && end == SIZE_MAX)
		return wrong(x, "a CDATA section without its `]]>`");
	struct str whole = str_sub(left(x), skip, end), s = str_strip(whole);
	for (size_t i = 0; i < (size_t)(s.p - whole.p); i++)
		x->line += whole.p[i] == '\n';
	if (s.len && !x->depth)
		return wrong(x, "text outside of the first element");
	x->text = raw ? s : decoded(x, s);
	if (!x->text.p) {
		package_wrong(x->r, x->line, "an entity that XML does not have; write `&amp;` for `&`");
		return XML_WRONG;
	}
	step(x, whole.len + (raw ? 12 : 0));
	return s.len ? XML_TEXT : XML_END;
}

enum xml_event xml_scan_next(struct xml_scan *x)
{
	if (x->closing) {
		x->closing = false;
		x->depth--;
	}
	if (x->empty) {
		x->empty = false;
		x->closing = true;
		return XML_CLOSE;
	}
	while (x->p < x->end) {
		struct str rest = left(x);
		x->line = x->now;
		if (str_starts(rest, STR("<!--")) || str_starts(rest, STR("<?"))) {
			if (!pass(x, rest.p[1] == '?' ? "?>" : "-->"))
				return wrong(x, "a comment or instruction without its end");
		} else if (rest.p[0] != '<' || str_starts(rest, STR("<![CDATA["))) {
			enum xml_event e = text(x);
			if (e != XML_END)
				return e;
		} else if (str_starts(rest, STR("<!"))) {
			return wrong(x, "document types are not taken; remove it");
		} else {
			return str_starts(rest, STR("</")) ? close_tag(x) : open_tag(x);
		}
	}
	if (x->depth) {
		package_wrong(x->r, x->now, "the file ends before `</%.*s>`", STR_FMT(str_sub(x->names[x->depth - 1], 0, 60)));
		return XML_WRONG;
	}
	return x->rooted ? XML_END : wrong(x, "the file has no element");
}

struct str xml_scan_attribute(const struct xml_scan *x, const char *name)
{
	for (unsigned i = 0; i < x->attributes_count; i++)
		if (str_eq(x->attributes[i].name, str_z(name)))
			return x->attributes[i].value;
	return STR("");
}

bool xml_scan_at(const struct xml_scan *x, const char *path)
{
	struct str rest = str_z(path);
	for (unsigned i = 0; i < x->depth; i++) {
		struct str part = rest.p ? str_split(&rest, '/') : STR("");
		if (!str_eq(part, STR("*")) && !str_eq(part, x->names[i]))
			return false;
	}
	return !rest.p;
}
