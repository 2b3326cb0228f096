/* A report as workflow commands of GitHub Actions: `::error file=…,line=…,col=…,title=…::message`. A message ends with its line, so line ends and
 * the characters that separate are escaped as the runner unescapes them. */
#include "contract/report.h"

static void escaped(struct buf *b, struct str s, bool property)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
			buf_printf(b, "%%%02X", c);
		else if (c >= 0x20 || c == '\t')
			buf_char(b, s.p[i]);
	}
}

void report_github_line(struct buf *b, const char *level, const struct change_place *p, struct str title, struct str message)
{
	buf_printf(b, "::%s ", level);
	if (p->file.len) {
		buf_add(b, STR("file="));
		escaped(b, p->file, true);
		if (p->line)
			buf_printf(b, ",line=%u", p->line);
		if (p->line && p->column)
			buf_printf(b, ",col=%u", p->column);
		buf_char(b, ',');
	}
	buf_add(b, STR("title="));
	escaped(b, title, true);
	buf_add(b, STR("::"));
	escaped(b, message, false);
	buf_char(b, '\n');
}

static void put_change(const struct report *r, struct buf *b, const struct change *x)
{
	static const char *const levels[] = { [CHANGE_INFO] = "notice", [CHANGE_WARNING] = "warning", [CHANGE_BREAKING] = "error" };
	const struct change_info *info = &change_infos[x->kind];
	const struct approval *a = report_approval(r, x);
	struct change_place place = report_place(x);
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add(&text, x->sentence.len ? x->sentence : info->title);
	buf_char(&text, '.');
	if (a)
		buf_printf(&text, "\nApproved by %.*s until %.*s: %.*s", STR_FMT(a->owner), STR_FMT(a->expires), STR_FMT(a->reason));
	if (info->why.len)
		buf_printf(&text, "\n%.*s", STR_FMT(info->why));
	if (x->witness.state == WITNESS_PROVED)
		buf_printf(&text, "\n%.*s: %.*s\nold: %.*s\nnew: %.*s", STR_FMT(x->witness.of), STR_FMT(x->witness.text), STR_FMT(x->witness.before), STR_FMT(x->witness.after));
	if (info->remedy.len && !a)
		buf_printf(&text, "\n%.*s", STR_FMT(info->remedy));
	if (x->use) {
		buf_add(&text, STR("\nUsed by "));
		report_use(&text, x, 20, "; ");
	}
	buf_add(&text, STR("\n"));
	report_kind(&text, x->kind);
	buf_char(&text, ' ');
	buf_hex(&text, x->fingerprint, sizeof(x->fingerprint));
	report_github_line(b, a || report_unused(x) ? "notice" : levels[x->level], &place, info->title, buf_str(&text));
	buf_release(&text);
}

void report_github(const struct report *r, struct buf *b)
{
	for (size_t i = 0; i < r->changes->count; i++)
		put_change(r, b, &r->changes->items[i]);
	for (size_t i = 0; r->notes && i < r->notes->count; i++) {
		const struct report_note *n = &r->notes->items[i];
		report_github_line(b, n->failure ? "error" : "notice", &n->place, STR("Contract"), n->text);
	}
}
