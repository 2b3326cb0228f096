/* What a verification found, for people: each interaction on a line; under one that does not fit, where it stands in the pact and every difference. */
#include "base/text.h"
#include "base/time.h"
#include "contract/verify/verify.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define AMBER "\033[33m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"
enum { INDENT = 10 };

static void styled(bool color, struct buf *b, const char *style, struct str text)
{
	if (color)
		buf_add(b, str_z(style));
	text_safe(b, text);
	if (color)
		buf_add(b, STR(PLAIN));
}

static void mismatch_lines(const struct verify_result *r, struct buf *b)
{
	for (size_t i = 0; i < r->mismatches.count; i++) {
		const struct pact_mismatch *m = &r->mismatches.items[i];
		const char *where = pact_where_name(m->where);
		buf_printf(b, "%*s%s", INDENT, "", where);
		if (m->path.len) {
			buf_char(b, ' ');
			text_safe(b, m->path);
		}
		buf_add(b, STR(": "));
		text_safe(b, m->sentence);
		if (m->fault)
			buf_add(b, STR(" (the pact itself is at fault: no provider can fit it)"));
		buf_char(b, '\n');
	}
	if (r->mismatches.more)
		buf_printf(b, "%*s… and more than the %d that are shown\n", INDENT, "", PACT_MISMATCHES_MAX);
}

static void result_lines(const struct verify_result *r, bool color, struct buf *b)
{
	static const struct { const char *word, *style; } words[] = { [VERIFY_SKIPPED] = { "skipped", DIM }, [VERIFY_FITS] = { "fits", GREEN }, [VERIFY_DIFFERS] = { "differs", RED },
								       [VERIFY_FAILED] = { "failed", RED } };
	bool fails = r->verdict == VERIFY_DIFFERS || r->verdict == VERIFY_FAILED, pending = fails && (r->pending || r->pact->pending);
	const char *word = words[r->verdict].word;
	buf_add(b, STR("  "));
	styled(color, b, pending ? AMBER : words[r->verdict].style, str_z(word));
	buf_printf(b, "%*s", INDENT - 2 - (int)strlen(word), "");
	styled(color, b, BOLD, r->interaction->description);
	buf_add(b, STR("  "));
	text_safe(b, r->title);
	if (r->verdict != VERIFY_SKIPPED) {
		buf_add(b, STR("  "));
		duration_human(b, r->took);
	}
	if (pending)
		buf_add(b, STR("  pending: fails nothing yet"));
	buf_char(b, '\n');
	if (!fails)
		return;
	if (r->states.len) {
		buf_printf(b, "%*sgiven ", INDENT, "");
		text_safe(b, r->states);
		buf_char(b, '\n');
	}
	if (r->place.line) {
		buf_printf(b, "%*s", INDENT, "");
		text_safe(b, r->pact->name);
		buf_printf(b, ":%u:%u\n", r->place.line, r->place.column);
	}
	if (r->verdict == VERIFY_FAILED) {
		buf_printf(b, "%*s", INDENT, "");
		text_safe(b, str_z(r->err.message));
		buf_char(b, '\n');
	}
	mismatch_lines(r, b);
}

static void counted(struct buf *b, size_t n, const char *what, bool *any)
{
	if (!n)
		return;
	buf_printf(b, "%s%zu %s", *any ? ", " : "", n, what);
	*any = true;
}

static void summary(const struct verify *v, const struct verify_about *about, bool color, struct buf *b)
{
	struct verify_counts n = verify_count(v);
	bool any = false;
	struct buf line;
	buf_init(&line, 4096);
	buf_printf(&line, "%zu interaction%s of %zu pact%s", n.all, n.all == 1 ? "" : "s", v->pact_count, v->pact_count == 1 ? "" : "s");
	if (about->version.len)
		buf_printf(&line, " with version %.*s", STR_FMT(about->version));
	buf_add(&line, STR(": "));
	counted(&line, n.fit, n.fit == 1 ? "fits" : "fit", &any);
	counted(&line, n.differ, n.differ == 1 ? "differs" : "differ", &any);
	counted(&line, n.failed, "failed", &any);
	counted(&line, n.pending, "pending", &any);
	counted(&line, n.skipped, "skipped", &any);
	if (!any)
		buf_add(&line, STR("nothing was verified"));
	styled(color, b, verify_fails(v) ? RED : GREEN, buf_str(&line));
	buf_char(b, '\n');
	buf_release(&line);
}

void verify_report_text(const struct verify *v, const struct verify_about *about, bool color, struct buf *b)
{
	for (const struct verify_pact *p = v->pacts; p; p = p->next) {
		styled(color, b, BOLD, p->pact->consumer);
		buf_add(b, STR(" → "));
		styled(color, b, BOLD, p->pact->provider);
		buf_add(b, STR("  "));
		styled(color, b, DIM, p->name);
		buf_printf(b, "%s%s\n", p->pending ? "  pending" : "", p->wip ? "  work in progress" : "");
		for (size_t i = 0; i < p->notice_count; i++) {
			if (!str_starts(p->notices[i].when, STR("before_verification")))
				continue;
			for (struct str rest = p->notices[i].text; rest.p;) {
				buf_add(b, STR("  "));
				text_safe(b, str_split(&rest, '\n'));
				buf_char(b, '\n');
			}
		}
		for (size_t i = 0; i < p->count; i++)
			result_lines(&p->results[i], color, b);
		buf_char(b, '\n');
	}
	if (v->states_ignored)
		buf_add(b, STR("Some interactions name provider states and nothing set them up: name the URL that does with --states.\n"));
	summary(v, about, color, b);
}
