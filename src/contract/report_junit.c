/* A report as JUnit's XML: a case for each change, failed where it counts, skipped where it is approved; one passed case where nothing is to be told, since
 * a suite without cases is shown as an error by some readers. */
#include "contract/report.h"

void report_xml(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len;) {
		size_t n = str_utf8_sequence(str_skip(s, i));
		unsigned char c = (unsigned char)s.p[i];
		bool hole = n == 3 && c == 0xef && (unsigned char)s.p[i + 1] == 0xbf && (unsigned char)s.p[i + 2] >= 0xbe; /* U+FFFE and U+FFFF */
		if (c == '<')
			buf_add(b, STR("&lt;"));
		else if (c == '>')
			buf_add(b, STR("&gt;"));
		else if (c == '&')
			buf_add(b, STR("&amp;"));
		else if (c == '"')
			buf_add(b, STR("&quot;"));
		else if (c == '\n' || c == '\t' || c == '\r')
			buf_printf(b, "&#%u;", c);
		else if (!n || c < 0x20 || hole)
			buf_add(b, STR("\xef\xbf\xbd"));
		else
			buf_add(b, str_sub(s, i, i + n));
		i += n ? n : 1;
	}
}

static void attribute(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, " %s=\"", name);
	report_xml(b, value);
	buf_char(b, '"');
}

static void begin_case(struct buf *b, struct str class_name, struct str name, const struct change_place *p)
{
	buf_add(b, STR("<testcase"));
	attribute(b, "classname", class_name);
	attribute(b, "name", name);
	if (p->file.len)
		attribute(b, "file", p->file);
	if (p->file.len && p->line)
		buf_printf(b, " line=\"%u\"", p->line);
	buf_char(b, '>');
}

static void put_place(struct buf *b, const char *side, const struct change_place *p)
{
	if (p->file.len)
		buf_printf(b, "%s: %.*s:%u:%u\n", side, STR_FMT(p->file), p->line, p->column);
}

static void failure(struct buf *b, const struct change *x, struct str kind)
{
	const struct change_info *info = &change_infos[x->kind];
	struct buf text;
	buf_init(&text, 1 << 20);
	put_place(&text, "old", &x->old_place);
	put_place(&text, "new", &x->new_place);
	if (info->why.len)
		buf_printf(&text, "%.*s\n", STR_FMT(info->why));
	if (x->witness.state == WITNESS_PROVED)
		buf_printf(&text, "%.*s: %.*s\nold: %.*s\nnew: %.*s\n", STR_FMT(x->witness.of), STR_FMT(x->witness.text), STR_FMT(x->witness.before), STR_FMT(x->witness.after));
	if (info->remedy.len)
		buf_printf(&text, "%.*s\n", STR_FMT(info->remedy));
	if (x->use) {
		buf_add(&text, STR("used by "));
		report_use(&text, x, 20, "; ");
		buf_char(&text, '\n');
	}
	buf_add(b, STR("<failure"));
	attribute(b, "type", kind);
	attribute(b, "message", x->sentence.len ? x->sentence : info->title);
	buf_char(b, '>');
	report_xml(b, buf_str(&text));
	buf_add(b, STR("</failure>"));
	buf_release(&text);
}

static void put_change(const struct report *r, struct buf *b, const struct change *x)
{
	const struct approval *a = report_approval(r, x);
	struct change_place place = report_place(x);
	struct buf kind, name, words;
	buf_init(&kind, 4096);
	buf_init(&name, 1 << 20);
	buf_init(&words, 1 << 20);
	report_kind(&kind, x->kind);
	buf_printf(&name, "%.*s (", STR_FMT(x->sentence.len ? x->sentence : change_infos[x->kind].title));
	buf_hex(&name, x->fingerprint, sizeof(x->fingerprint));
	buf_char(&name, ')');
	begin_case(b, buf_str(&kind), buf_str(&name), &place);
	if (a) {
		buf_printf(&words, "approved by %.*s until %.*s: %.*s", STR_FMT(a->owner), STR_FMT(a->expires), STR_FMT(a->reason));
		buf_add(b, STR("<skipped"));
		attribute(b, "message", buf_str(&words));
		buf_add(b, STR("/>"));
	} else if (report_unused(x)) {
		report_use(&words, x, 20, "; ");
		buf_add(b, STR("<skipped"));
		attribute(b, "message", buf_str(&words));
		buf_add(b, STR("/>"));
	} else if (x->level >= r->fails) {
		failure(b, x, buf_str(&kind));
	}
	buf_add(b, STR("</testcase>\n"));
	buf_release(&kind);
	buf_release(&name);
	buf_release(&words);
}

static void put_note(struct buf *b, const struct report_note *n)
{
	begin_case(b, STR("contract"), n->text, &n->place);
	if (n->failure) {
		buf_add(b, STR("<failure"));
		attribute(b, "message", n->text);
		buf_add(b, STR("/>"));
	}
	buf_add(b, STR("</testcase>\n"));
}

void report_junit(const struct report *r, struct buf *b)
{
	struct report_counts n = report_count(r);
	size_t cases = r->changes->count + (r->notes ? r->notes->count : 0), failed = n.failures;
	struct change_place nowhere = { 0 };
	for (int level = r->fails; level <= CHANGE_BREAKING; level++)
		failed += n.level[level];
	buf_add(b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites><testsuite name=\"pleach contract\""));
	buf_printf(b, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", cases ? cases : 1, failed, n.approved + n.unused);
	for (size_t i = 0; i < r->changes->count; i++)
		put_change(r, b, &r->changes->items[i]);
	for (size_t i = 0; r->notes && i < r->notes->count; i++)
		put_note(b, &r->notes->items[i]);
	if (!cases) {
		begin_case(b, STR("contract"), STR("The contract breaks nobody"), &nowhere);
		buf_add(b, STR("</testcase>\n"));
	}
	buf_add(b, STR("</testsuite></testsuites>\n"));
}
