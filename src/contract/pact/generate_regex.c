/* A text that a regular expression describes, chosen at random: the expression is walked once and each choice is made where it stands. Look-around and references back
 * describe no text by themselves; an expression that has them is refused with a sentence. What comes out is checked against the expression itself. */
#include "contract/pact/generate_impl.h"

enum { DEPTH_MAX = 50, REPEAT_MORE = 8 /* what * and + add at most */, TRIES_MAX = 5 };
struct walk {
	struct str rest;
	struct buf *out;
	const struct pact_generate *g;
	const char *why;
	unsigned depth;
	uint64_t work;
};

static bool alternatives(struct walk *w, bool write);

static bool refuse(struct walk *w, const char *why)
{
	if (!w->why)
		w->why = why;
	return false;
}

static void put_code(struct walk *w, bool write, uint32_t c)
{
	if (!write)
		return;
	if (c < 0x80) {
		buf_char(w->out, (char)c);
	} else if (c < 0x800) {
		buf_char(w->out, (char)(0xc0 | c >> 6));
		buf_char(w->out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_char(w->out, (char)(0xe0 | c >> 12));
		buf_char(w->out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(w->out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_char(w->out, (char)(0xf0 | c >> 18));
		buf_char(w->out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_char(w->out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(w->out, (char)(0x80 | (c & 0x3f)));
	}
}

/* What a class may give: printable ASCII, and single characters beyond. */
struct set { bool ascii[128]; uint32_t others[32]; size_t others_count; };

static void set_range(struct set *s, uint32_t from, uint32_t to)
{
	for (uint32_t c = from; c <= to && c < 128; c++)
		s->ascii[c] = true;
	if (to >= 128 && s->others_count < 32)
		s->others[s->others_count++] = from >= 128 ? from : to;
}

static void set_escape(struct set *s, char c)
{
	struct set one = { 0 };
	char low = (char)(c | 0x20);
	if (low == 'd' || low == 'w')
		set_range(&one, '0', '9');
	if (low == 'w') {
		set_range(&one, 'a', 'z');
		set_range(&one, 'A', 'Z');
		set_range(&one, '_', '_');
	}
	if (low == 's')
		set_range(&one, ' ', ' ');
	if (low == 'h')
		set_range(&one, ' ', ' ');
	for (int i = ' '; i < 127; i++)
		if (c == low ? one.ascii[i] : !one.ascii[i])
			s->ascii[i] = true;
}

static void choose(struct walk *w, bool write, const struct set *s)
{
	size_t n = s->others_count;
	for (int i = 0; i < 128; i++)
		n += s->ascii[i];
	if (!n) {
		refuse(w, "a class of characters has none that can be written");
		return;
	}
	size_t at = write ? w->g->random(w->g->ctx) % n : 0;
	for (uint32_t i = 0; i < 128; i++)
		if (s->ascii[i] && at-- == 0) {
			put_code(w, write, i);
			return;
		}
	put_code(w, write, s->others[at]);
}

static bool next(struct walk *w, uint32_t *c)
{
	size_t n = str_utf8_sequence(w->rest);
	const unsigned char *p = (const unsigned char *)w->rest.p;
	if (!n)
		return false;
	*c = n == 1 ? p[0] : n == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu) : n == 3 ? (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu) :
		(p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
	w->rest = str_skip(w->rest, n);
	return true;
}

/* Behind a backslash: a character (true), or a class or position (*kind is its letter). */
static bool escape(struct walk *w, uint32_t *c, char *kind)
{
	uint8_t bytes[2];
	*kind = 0;
	if (!next(w, c))
		return refuse(w, "it ends with a backslash");
	switch (*c) {
	case 'd': case 'D': case 'w': case 'W': case 's': case 'S': case 'h': case 'b': case 'B': case 'A': case 'z': case 'Z': case 'G':
		*kind = (char)*c;
		return true;
	case 'n': *c = '\n'; return true;
	case 't': *c = '\t'; return true;
	case 'r': *c = '\r'; return true;
	case 'f': *c = '\f'; return true;
	case 'u':
		if (!str_to_hex_bytes(str_sub(w->rest, 0, 4), bytes, 2))
			return refuse(w, "\\u needs four hexadecimal digits");
		*c = (uint32_t)bytes[0] << 8 | bytes[1];
		w->rest = str_skip(w->rest, 4);
		return true;
	case 'x':
		if (!str_to_hex_bytes(str_sub(w->rest, 0, 2), bytes, 1))
			return refuse(w, "\\x needs two hexadecimal digits");
		*c = bytes[0];
		w->rest = str_skip(w->rest, 2);
		return true;
	case 'p': case 'P': case 'k': case 'Q': case 'E': case 'X': case 'R': case 'K':
		return refuse(w, "properties of characters and references back are not generated");
	default:
		if (*c >= '1' && *c <= '9')
			return refuse(w, "references back are not generated");
		return true;
	}
}

static bool named_class(struct walk *w, struct set *s)
{
	static const struct { const char *name, *escapes; } classes[] = { { "[:digit:]", "d" }, { "[:alnum:]", "" }, { "[:alpha:]", "" }, { "[:word:]", "w" }, { "[:space:]", "s" } };
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (!str_starts(w->rest, str_z(classes[i].name)))
			continue;
		w->rest = str_skip(w->rest, strlen(classes[i].name));
		if (classes[i].escapes[0]) {
			set_escape(s, classes[i].escapes[0]);
			return true;
		}
		set_range(s, 'a', 'z');
		set_range(s, 'A', 'Z');
		if (i == 1)
			set_range(s, '0', '9');
		return true;
	}
	return false;
}

static bool class_item(struct walk *w, uint32_t *c, struct set *s, bool *single)
{
	char kind;
	*single = true;
	if (!next(w, c))
		return refuse(w, "a class has no ]");
	if (*c != '\\')
		return true;
	if (!escape(w, c, &kind))
		return false;
	if (kind == 'b')
		*c = 8;
	else if (kind) {
		set_escape(s, kind);
		*single = false;
	}
	return true;
}

static bool character_class(struct walk *w, bool write)
{
	struct set s = { 0 };
	bool negated = str_starts(w->rest, STR("^")), first = true, single;
	w->rest = str_skip(w->rest, negated);
	while (first || !str_starts(w->rest, STR("]"))) {
		uint32_t from, to;
		first = false;
		if (named_class(w, &s))
			continue;
		if (!class_item(w, &from, &s, &single))
			return false;
		to = from;
		if (single && w->rest.len > 1 && w->rest.p[0] == '-' && w->rest.p[1] != ']') {
			w->rest = str_skip(w->rest, 1);
			if (!class_item(w, &to, &s, &single))
				return false;
			if (!single)
				to = from;
		}
		if (single && to < from)
			return refuse(w, "a range of characters is the wrong way round");
		if (single)
			set_range(&s, from, to);
	}
	w->rest = str_skip(w->rest, 1);
	if (negated) {
		for (int i = 0; i < 128; i++)
			s.ascii[i] = i >= ' ' && i < 127 && !s.ascii[i];
		s.others_count = 0;
	}
	choose(w, write, &s);
	return !w->why;
}

static bool group(struct walk *w, bool write)
{
	if (str_starts(w->rest, STR("?"))) {
		struct str r = w->rest;
		size_t close = str_find_char(r, '>');
		if (str_starts(r, STR("?:")))
			w->rest = str_skip(r, 2);
		else if ((str_starts(r, STR("?<")) || str_starts(r, STR("?P<"))) && !str_starts(r, STR("?<=")) && !str_starts(r, STR("?<!")) && close != SIZE_MAX)
			w->rest = str_skip(r, close + 1);
		else
			return refuse(w, "look-around and switches are not generated");
	}
	if (++w->depth > DEPTH_MAX)
		return refuse(w, "its groups are nested too deeply");
	if (!alternatives(w, write))
		return false;
	w->depth--;
	if (!str_starts(w->rest, STR(")")))
		return refuse(w, "a group has no )");
	w->rest = str_skip(w->rest, 1);
	return true;
}

static bool atom(struct walk *w, bool write)
{
	uint32_t c;
	char kind;
	struct set s = { 0 };
	if (!next(w, &c))
		return refuse(w, "it is no UTF-8 text");
	switch (c) {
	case '(':
		return group(w, write);
	case '[':
		return character_class(w, write);
	case '.':
		set_escape(&s, 'w');
		choose(w, write, &s);
		return true;
	case '^':
	case '$':
		return true;
	case '\\':
		if (!escape(w, &c, &kind))
			return false;
		if (kind && strchr("bBAzZG", kind))
			return true;
		if (kind) {
			set_escape(&s, kind);
			choose(w, write, &s);
			return true;
		}
		put_code(w, write, c);
		return true;
	default:
		put_code(w, write, c);
		return true;
	}
}

/* {2}, {2,}, {2,5}; false where a brace stands for itself. */
static bool braces(struct walk *w, uint64_t *low, uint64_t *high)
{
	size_t end = str_find_char(w->rest, '}');
	struct str inside = end == SIZE_MAX ? STR("") : str_sub(w->rest, 1, end), rest = inside, first = str_split(&rest, ',');
	if (!str_to_u64(first, low) || *low > PACT_GENERATED_TEXT_MAX)
		return false;
	*high = *low;
	if (rest.p && !rest.len)
		*high = *low + REPEAT_MORE;
	else if (rest.p && (!str_to_u64(rest, high) || *high < *low || *high > 2 * PACT_GENERATED_TEXT_MAX))
		return false;
	w->rest = str_skip(w->rest, end + 1);
	return true;
}

static void quantifier(struct walk *w, uint64_t *low, uint64_t *high)
{
	char c = w->rest.len ? w->rest.p[0] : 0;
	*low = *high = 1;
	if (c == '*' || c == '+' || c == '?') {
		*low = c == '+';
		*high = c == '?' ? 1 : *low + REPEAT_MORE;
		w->rest = str_skip(w->rest, 1);
	} else if (c != '{' || !braces(w, low, high)) {
		return;
	}
	if (str_starts(w->rest, STR("?")) || str_starts(w->rest, STR("+")))
		w->rest = str_skip(w->rest, 1); /* lazy and possessive say the same here */
}

static bool repeated(struct walk *w, bool write)
{
	struct str start = w->rest, after;
	uint64_t low, high;
	if (!atom(w, false))
		return false;
	quantifier(w, &low, &high);
	after = w->rest;
	uint64_t n = write && high > low ? low + w->g->random(w->g->ctx) % (high - low + 1) : low;
	for (uint64_t i = 0; write && i < n; i++) {
		w->rest = start;
		if (!w->work || buf_str(w->out).len > PACT_GENERATED_TEXT_MAX)
			return refuse(w, "its text would be too long");
		w->work--;
		if (!atom(w, true))
			return false;
	}
	w->rest = after;
	return true;
}

static bool sequence(struct walk *w, bool write)
{
	while (w->rest.len && w->rest.p[0] != '|' && w->rest.p[0] != ')') {
		if (!w->work--)
			return refuse(w, "it takes too many steps");
		if (!repeated(w, write))
			return false;
	}
	return true;
}

static bool alternatives(struct walk *w, bool write)
{
	struct str starts[64];
	size_t n = 0;
	for (;;) {
		if (n < 64)
			starts[n++] = w->rest;
		if (!sequence(w, false))
			return false;
		if (!str_starts(w->rest, STR("|")))
			break;
		w->rest = str_skip(w->rest, 1);
	}
	struct str end = w->rest;
	if (!write)
		return true;
	w->rest = starts[w->g->random(w->g->ctx) % n];
	bool ok = sequence(w, true);
	w->rest = end;
	return ok;
}

bool pact_regex_text(struct str pattern, const struct pact_generate *g, struct arena *a, struct str *out, const char **why)
{
	struct str told;
	struct buf b;
	const struct pact_regex *x = pact_regex_compile(a, pattern, &told);
	bool ok = false;
	*why = x ? NULL : "it does not compile";
	buf_init(&b, 4 * PACT_GENERATED_TEXT_MAX);
	for (int i = 0; x && !ok && !*why && i < TRIES_MAX; i++) {
		struct walk w = { .rest = pattern, .out = &b, .g = g, .work = 200000 };
		buf_clear(&b);
		if (!alternatives(&w, true) || w.rest.len)
			*why = w.why ? w.why : "a ) has no (";
		else
			ok = pact_regex_fits(x, buf_str(&b)) == PACT_REGEX_YES;
	}
	if (ok)
		*out = arena_str(a, buf_str(&b));
	else if (!*why)
		*why = "no text was found that fits it";
	buf_release(&b);
	return ok && out->p;
}
