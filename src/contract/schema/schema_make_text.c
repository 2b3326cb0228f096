/* Texts that match a pattern: walks the regular expression and writes what its parts ask for, with repetitions as often as the wanted length needs. Look-around,
 * back references and the like are passed over, so the result may not match; callers check. */
#include "base/check.h"
#include "contract/schema/schema_compare_impl.h"

enum { TEXT_MAX = 4096, GROUPS_MAX = 40, EXTRA_MAX = 256 };
struct writer {
	struct maker *m;
	struct str rest;
	struct buf *out;
	uint32_t extra;          /* further repetitions where a quantifier allows them */
	unsigned depth;
	bool anchored;
};

uint32_t make_random(struct maker *m, uint32_t n)
{
	if (!m->random || n < 2)
		return 0;
	m->random = m->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(m->random >> 33) % n;
}

static void alternatives(struct writer *w, bool write);

static char take(struct writer *w)
{
	char c = w->rest.len ? w->rest.p[0] : 0;
	w->rest = str_skip(w->rest, 1);
	return c;
}

static void put_code(struct writer *w, uint32_t code, bool write)
{
	if (!write)
		return;
	if (code < 0x80) {
		buf_char(w->out, (char)code);
	} else if (code < 0x800) {
		buf_char(w->out, (char)(0xc0 | code >> 6));
		buf_char(w->out, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_char(w->out, (char)(0xe0 | code >> 12));
		buf_char(w->out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_char(w->out, (char)(0x80 | (code & 0x3f)));
	}
}

/* Behind a backslash: a character that it takes. */
static uint32_t escaped(struct writer *w)
{
	uint8_t unit[2];
	char c = take(w);
	switch (c) {
	case 'd':
		return '0' + make_random(w->m, 10);
	case 'w': case 'D': case 'S':
		return 'a' + make_random(w->m, 26);
	case 's':
		return ' ';
	case 'W':
		return '-';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'f':
		return '\f';
	case 'v':
		return '\v';
	case 'u':
		if (str_to_hex_bytes(str_sub(w->rest, 0, 4), unit, 2)) {
			w->rest = str_skip(w->rest, 4);
			return (uint32_t)unit[0] << 8 | unit[1];
		}
		return 'u';
	case 'x':
		if (str_to_hex_bytes(str_sub(w->rest, 0, 2), unit, 1)) {
			w->rest = str_skip(w->rest, 2);
			return unit[0];
		}
		return 'x';
	case 'p': case 'P': {
		size_t end = str_find_char(w->rest, '}');
		struct str name = end == SIZE_MAX ? STR("") : str_sub(w->rest, 1, end);
		w->rest = str_skip(w->rest, end == SIZE_MAX ? 0 : end + 1);
		bool upper = str_starts(name, STR("Lu")), number = str_starts(name, STR("N"));
		return c == 'P' ? '-' : upper ? 'A' : number ? '1' : 'a';
	}
	default:
		return (unsigned char)c;
	}
}

/* A character of a class. For a negated one: one of some usual ones that stands in none of its ranges. */
static void char_class(struct writer *w, bool write)
{
	enum { RANGES = 32 };
	struct { uint32_t low, high; } ranges[RANGES];
	static const char usual[] = "aA0_-. !xZ9~";
	uint32_t n = 0;
	bool negated = str_starts(w->rest, STR("^"));
	w->rest = str_skip(w->rest, negated);
	while (w->rest.len && w->rest.p[0] != ']') {
		char kind = w->rest.p[0] == '\\' && w->rest.len > 1 ? w->rest.p[1] : 0;
		uint32_t low = (unsigned char)take(w), high;
		if (low == '\\')
			low = escaped(w);
		high = low;
		if (kind == 'd' || kind == 'w' || kind == 's') {
			low = kind == 'd' ? '0' : kind == 'w' ? 'A' : ' ';
			high = kind == 'd' ? '9' : kind == 'w' ? 'z' : ' ';
		} else if (w->rest.len > 1 && w->rest.p[0] == '-' && w->rest.p[1] != ']') {
			take(w);
			high = (unsigned char)take(w);
			if (high == '\\')
				high = escaped(w);
		}
		if (n < RANGES) {
			ranges[n].low = low;
			ranges[n++].high = high;
		}
	}
	take(w);
	if (!negated && n) {
		uint32_t i = make_random(w->m, n), width = ranges[i].high >= ranges[i].low ? ranges[i].high - ranges[i].low + 1 : 1;
		put_code(w, ranges[i].low + make_random(w->m, width > 64 ? 64 : width), write);
		return;
	}
	for (const char *c = usual; *c; c++) {
		bool excluded = false;
		for (uint32_t i = 0; i < n; i++)
			excluded |= (unsigned char)*c >= ranges[i].low && (unsigned char)*c <= ranges[i].high;
		if (!excluded) {
			put_code(w, (unsigned char)*c, write);
			return;
		}
	}
}

static void group(struct writer *w, bool write)
{
	bool look = false;
	if (str_starts(w->rest, STR("?"))) {
		look = str_starts(w->rest, STR("?=")) || str_starts(w->rest, STR("?!")) || str_starts(w->rest, STR("?<=")) || str_starts(w->rest, STR("?<!"));
		while (w->rest.len && !(w->rest.p[0] == ':' || w->rest.p[0] == '=' || w->rest.p[0] == '!' || w->rest.p[0] == '>' || w->rest.p[0] == ')'))
			take(w);
		if (w->rest.len && w->rest.p[0] != ')')
			take(w);
	}
	if (w->depth++ < GROUPS_MAX)
		alternatives(w, write && !look);
	w->depth--;
	take(w);
}

static void atom(struct writer *w, bool write)
{
	char c = take(w);
	if (c == '(')
		group(w, write);
	else if (c == '[')
		char_class(w, write);
	else if (c == '\\' && w->rest.len && (w->rest.p[0] == 'b' || w->rest.p[0] == 'B'))
		take(w);
	else if (c == '\\')
		put_code(w, escaped(w), write);
	else if (c == '^' || c == '$')
		w->anchored |= c == '$';
	else if (c == '.')
		put_code(w, 'a' + make_random(w->m, 26), write);
	else if (write)
		buf_char(w->out, c);
}

static void read_count(struct writer *w, uint32_t *least, uint32_t *most)
{
	uint64_t v = 0;
	size_t end = str_find_char(w->rest, '}');
	struct str inside = end == SIZE_MAX ? STR("") : str_sub(w->rest, 1, end), first = str_split(&inside, ',');
	w->rest = str_skip(w->rest, end == SIZE_MAX ? 1 : end + 1);
	*least = str_to_u64(first, &v) ? (uint32_t)(v < TEXT_MAX ? v : TEXT_MAX) : 1;
	*most = !inside.p ? *least : str_to_u64(inside, &v) ? (uint32_t)(v < TEXT_MAX ? v : TEXT_MAX) : TEXT_MAX;
}

static void quantified(struct writer *w, bool write)
{
	struct str start = w->rest;
	atom(w, false);
	uint32_t least = 1, most = 1;
	char q = w->rest.len ? w->rest.p[0] : 0;
	if (q == '*' || q == '+' || q == '?') {
		take(w);
		least = q == '+';
		most = q == '?' ? 1 : TEXT_MAX;
	} else if (q == '{' && w->rest.len > 1 && w->rest.p[1] >= '0' && w->rest.p[1] <= '9') {
		read_count(w, &least, &most);
	}
	if (least != most && str_starts(w->rest, STR("?")))
		take(w);
	struct str after = w->rest;
	uint32_t spare = most - least, more = w->extra + (make_random(w->m, 3)), times = least + (spare < more ? spare : more);
	for (uint32_t i = 0; write && i < times && w->out->len < TEXT_MAX; i++) {
		w->rest = start;
		atom(w, true);
	}
	w->rest = after;
}

static void sequence(struct writer *w, bool write)
{
	while (w->rest.len && w->rest.p[0] != '|' && w->rest.p[0] != ')')
		quantified(w, write);
}

static void alternatives(struct writer *w, bool write)
{
	struct str start = w->rest;
	uint32_t count = 1, chosen;
	sequence(w, false);
	while (w->rest.len && w->rest.p[0] == '|') {
		take(w);
		sequence(w, false);
		count++;
	}
	struct str after = w->rest;
	if (!write)
		return;
	chosen = make_random(w->m, count);
	w->rest = start;
	for (uint32_t i = 0; i < chosen; i++) {
		sequence(w, false);
		take(w);
	}
	sequence(w, true);
	w->rest = after;
}

struct str make_text(struct maker *m, struct str pattern, int64_t least, int64_t most)
{
	struct buf out;
	struct str text = { 0 };
	buf_init(&out, 2 * TEXT_MAX);
	for (uint32_t extra = 0; pattern.len < 1000 && extra <= EXTRA_MAX; extra = extra * 2 + 1) {
		struct writer w = { .m = m, .rest = pattern, .out = &out, .extra = extra };
		buf_clear(&out);
		alternatives(&w, true);
		while (!w.anchored && (int64_t)schema_characters(buf_str(&out)) < least && out.len < TEXT_MAX)
			buf_char(&out, 'a');
		if ((int64_t)schema_characters(buf_str(&out)) >= least || extra == EXTRA_MAX)
			break;
	}
	(void)most;
	if (buf_ok(&out) && str_is_utf8(buf_str(&out)))
		text = arena_str(m->arena, buf_str(&out));
	buf_release(&out);
	return text;
}
