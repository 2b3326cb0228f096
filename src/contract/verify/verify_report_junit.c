/* What a verification found, as JUnit's XML: a case an interaction, its pact the class; a pending failure is skipped, with its reason. */
#include "contract/report.h"
#include "contract/verify/verify.h"

static void attribute(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, " %s=\"", name);
	report_xml(b, value);
	buf_char(b, '"');
}

static void reasons(const struct verify_result *r, struct buf *b)
{
	if (err_is_set(&r->err))
		buf_printf(b, "%s\n", r->err.message);
	pact_mismatches_text(&r->mismatches, "", b);
}

static void put_case(const struct verify_result *r, struct buf *b)
{
	struct buf name, text;
	bool fails = r->verdict == VERIFY_DIFFERS || r->verdict == VERIFY_FAILED;
	buf_init(&name, 1 << 20);
	buf_init(&text, 16 << 20);
	buf_printf(&name, "%.*s → %.*s", STR_FMT(r->pact->pact->consumer), STR_FMT(r->pact->pact->provider));
	buf_add(b, STR("<testcase"));
	attribute(b, "classname", buf_str(&name));
	buf_clear(&name);
	if (r->states.len)
		buf_printf(&name, "given %.*s: ", STR_FMT(r->states));
	buf_add(&name, r->interaction->description);
	attribute(b, "name", buf_str(&name));
	attribute(b, "file", r->pact->name);
	if (r->place.line)
		buf_printf(b, " line=\"%u\"", r->place.line);
	buf_printf(b, " time=\"%.3f\">", (double)r->took / 1e9);
	reasons(r, &text);
	if (r->verdict == VERIFY_SKIPPED) {
		buf_add(b, STR("<skipped message=\"left out by a filter\"/>"));
	} else if (fails && (r->pending || r->pact->pending)) {
		buf_add(b, STR("<skipped message=\"pending: it fails nothing yet\">"));
		report_xml(b, buf_str(&text));
		buf_add(b, STR("</skipped>"));
	} else if (fails) {
		struct str all = buf_str(&text), first = str_split(&all, '\n');
		buf_add(b, r->verdict == VERIFY_FAILED ? STR("<error") : STR("<failure"));
		attribute(b, "message", first);
		buf_char(b, '>');
		report_xml(b, buf_str(&text));
		buf_add(b, r->verdict == VERIFY_FAILED ? STR("</error>") : STR("</failure>"));
	}
	buf_add(b, STR("</testcase>\n"));
	buf_release(&name);
	buf_release(&text);
}

void verify_report_junit(const struct verify *v, const struct verify_about *about, struct buf *b)
{
	struct verify_counts n = verify_count(v);
	buf_add(b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites><testsuite"));
	attribute(b, "name", about->provider.len ? about->provider : STR("pleach contract verify"));
	buf_printf(b, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", n.all, n.differ, n.failed, n.pending + n.skipped);
	if (about->version.len) {
		buf_add(b, STR("<properties><property name=\"provider-version\""));
		attribute(b, "value", about->version);
		buf_add(b, STR("/></properties>\n"));
	}
	for (const struct verify_pact *p = v->pacts; p; p = p->next)
		for (size_t i = 0; i < p->count; i++)
			put_case(&p->results[i], b);
	buf_add(b, STR("</testsuite></testsuites>\n"));
}
