/* The block of ours in an issue's body (workitems.h): finding, writing, replacing it. A body is people's text, so it is looked at line by line and never understood. */
#include "base/check.h"
#include "catalog/workitems/workitems.h"

enum { BLOCK_MAX = 64 << 10, INDENT_MOST = 3 };
static const char begin_mark[] = "<!-- pleach:", end_mark[] = "<!-- /pleach:", close_mark[] = " -->";

/* --- keys ----------------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; }

static void escape(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_plain(s.p[i]))
			buf_char(out, s.p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.p[i]);
}

struct str work_key(struct arena *a, struct str scope, struct str id)
{
	struct buf b;
	buf_init(&b, BLOCK_MAX);
	escape(&b, scope);
	if (scope.len)
		buf_char(&b, '/');
	escape(&b, id);
	struct str key = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	return key;
}

static struct str unescape(struct arena *a, struct str s)
{
	char *p = arena_bytes(a, s.len + 1);
	size_t n = 0;
	uint8_t byte;
	for (size_t i = 0; p && i < s.len; i++) {
		bool coded = s.p[i] == '%' && i + 2 < s.len && str_to_hex_bytes(str_sub(s, i + 1, i + 3), &byte, 1);
		p[n++] = coded ? (char)byte : s.p[i];
		i += coded ? 2 : 0;
	}
	return str_from(p, p ? n : 0);
}

struct str work_key_id(struct arena *a, struct str scope, struct str key)
{
	struct str mine = work_key(a, scope, STR(""));
	size_t slash = str_find_char(key, '/');
	if (!mine.p || !key.len || (scope.len ? !str_starts(key, mine) : slash != SIZE_MAX))
		return (struct str){ 0 };
	return unescape(a, str_skip(key, mine.len));
}

/* --- finding -------------------------------------------------------------------------------------------------------------------------------------------- */

static uint32_t reasons_of(struct str list)
{
	uint32_t reasons = 0;
	while (list.p) {
		struct str name = str_split(&list, ',');
		for (int i = 0; i < ORPHAN_REASON_COUNT; i++)
			if (str_eq(name, orphan_reasons[i].name))
				reasons |= 1u << i;
	}
	return reasons;
}

/* What stands between a mark and the end of its comment; p == NULL: the line is none of these. */
static struct str marked(struct str line, const char *mark)
{
	size_t blanks = 0;
	while (blanks < INDENT_MOST && blanks < line.len && line.p[blanks] == ' ')
		blanks++;
	line = str_skip(line, blanks);
	if (!str_starts(line, str_z(mark)))
		return (struct str){ 0 };
	line = str_strip(line);
	if (!str_ends(line, str_z(close_mark)) || line.len <= strlen(mark) + strlen(close_mark))
		return (struct str){ 0 };
	return str_sub(line, strlen(mark), line.len - strlen(close_mark));
}

struct work_block work_block_find(struct str body)
{
	struct work_block b = { 0 };
	for (size_t at = 0; at < body.len;) {
		struct str rest = str_skip(body, at), line = rest;
		size_t end = str_find_char(rest, '\n');
		line = str_sub(rest, 0, end == SIZE_MAX ? rest.len : end);
		size_t text_end = at + line.len - (str_ends(line, STR("\r")) ? 1 : 0), next = end == SIZE_MAX ? body.len : at + end + 1;
		struct str begins = b.key.len ? (struct str){ 0 } : marked(line, begin_mark), ends = marked(line, end_mark);
		if (begins.p) {
			b = (struct work_block){ .key = str_split(&begins, ' '), .begins = true, .from = at, .to = text_end };
			if (str_starts(begins, STR("reasons=")))
				b.reasons = reasons_of(str_skip(begins, 8));
		} else if (ends.p && (!b.key.len || str_eq(b.key, ends))) {
			if (!b.key.len)
				b = (struct work_block){ .key = ends, .from = at };
			b.to = text_end;
			return b;
		}
		at = next;
	}
	return b;
}

bool work_is_ours(struct str body, struct str scope)
{
	struct arena a;
	struct work_block b = work_block_find(body);
	arena_init(&a, 1 << 20);
	bool ours = b.key.len && work_key_id(&a, scope, b.key).p;
	arena_release(&a);
	return ours;
}

/* --- writing -------------------------------------------------------------------------------------------------------------------------------------------- */

void work_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		if ((unsigned char)c < 0x20 || c == 0x7f)
			c = ' ';
		/* What begins a mention or a reference to an issue has a space of no width behind it: an escape alone would still be one. */
		if (c == '@' || c == '#')
			buf_printf(out, "%c&#8203;", c);
		else if (c < 0 || is_plain(c) || strchr(" ,;:/%()'\"+=?^}", c))
			buf_char(out, c);
		else
			buf_printf(out, "\\%c", c);
	}
}

static void orphan(struct buf *out, const struct work_service *s, uint32_t reasons)
{
	buf_add(out, STR("**"));
	work_text(out, s->name);
	buf_add(out, STR("** is in nobody's hands:\n\n"));
	for (int i = 0; i < ORPHAN_REASON_COUNT; i++)
		if (reasons & 1u << i)
			buf_printf(out, "- %.*s.\n", STR_FMT(orphan_reasons[i].title));
	if (s->owner.len) {
		buf_add(out, STR("- Its owner is said to be "));
		work_text(out, s->owner);
		buf_add(out, STR(".\n"));
	}
	if (s->callers)
		buf_printf(out, "- %llu %s it.\n", (unsigned long long)s->callers, s->callers == 1 ? "service calls" : "services call");
	if (s->next_owner.len) {
		buf_add(out, STR("- Ask "));
		work_text(out, s->next_owner);
		buf_add(out, STR(": "));
		work_text(out, s->next_why);
		buf_add(out, STR(".\n"));
	}
	if (s->place.len) {
		buf_add(out, STR("- Code: "));
		work_text(out, s->place);
		buf_add(out, STR("\n"));
	}
	buf_add(out, STR("\nKept by `pleach catalog --todo`: this part is written anew, and the issue is closed when somebody has the service. What is written above or below stays.\n"));
}

struct str work_block_text(struct arena *a, struct str key, struct str id, const struct work_service *s, uint32_t reasons)
{
	struct buf b;
	const char *comma = "";
	buf_init(&b, BLOCK_MAX);
	buf_printf(&b, "%s%.*s reasons=", begin_mark, STR_FMT(key));
	for (int i = 0; i < ORPHAN_REASON_COUNT; i++)
		if (reasons & 1u << i) {
			buf_printf(&b, "%s%.*s", comma, STR_FMT(orphan_reasons[i].name));
			comma = ",";
		}
	buf_printf(&b, "%s\n", close_mark);
	if (s && reasons) {
		orphan(&b, s, reasons);
	} else if (s && s->owner.len) {
		buf_add(&b, STR("Settled: "));
		work_text(&b, s->name);
		buf_add(&b, STR(" is owned by "));
		work_text(&b, s->owner);
		buf_add(&b, STR(".\n"));
	} else {
		buf_add(&b, STR("Settled: "));
		work_text(&b, s ? s->name : id);
		buf_add(&b, s ? STR(" is in nobody's hands no more.\n") : STR(" is not in the catalogue any more.\n"));
	}
	buf_printf(&b, "%s%.*s%s", end_mark, STR_FMT(key), close_mark);
	struct str text = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	return text;
}

/* Forges keep what a browser sent, so lines may end with CR LF. */
static bool same_lines(struct str a, struct str b)
{
	size_t i = 0, k = 0;
	for (;; i++, k++) {
		while (i < a.len && a.p[i] == '\r')
			i++;
		while (k < b.len && b.p[k] == '\r')
			k++;
		if (i >= a.len || k >= b.len)
			return i >= a.len && k >= b.len;
		if (a.p[i] != b.p[k])
			return false;
	}
}

struct str work_block_replace(struct arena *a, struct str body, const struct work_block *b, struct str block)
{
	struct str before = str_sub(body, 0, b->from), after = str_skip(body, b->to);
	CHECK(b->from <= b->to && b->to <= body.len);
	if (same_lines(str_sub(body, b->from, b->to), block))
		return body;
	char *p = arena_bytes(a, before.len + block.len + after.len + 1);
	if (!p)
		return (struct str){ 0 };
	memcpy(p, before.p, before.len);
	memcpy(p + before.len, block.p, block.len);
	memcpy(p + before.len + block.len, after.p, after.len);
	return str_from(p, before.len + block.len + after.len);
}
