/* What the writers of reports share. */
#include "contract/report.h"
#include "base/check.h"

static const struct str names[] = {
	[REPORT_TEXT] = STR_INIT("text"),     [REPORT_JSON] = STR_INIT("json"),	  [REPORT_SARIF] = STR_INIT("sarif"),
	[REPORT_GITHUB] = STR_INIT("github"), [REPORT_JUNIT] = STR_INIT("junit"),
};

bool report_format_parse(struct str name, enum report_format *f, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i], name)) {
			*f = (enum report_format)i;
			return true;
		}
	return err_set(e, ERR_USAGE, "--format: there is no format `%.*s`; there are text, json, sarif, github and junit", STR_FMT(name));
}

void report_write(const struct report *r, enum report_format f, struct buf *b)
{
	struct json_out o;
	switch (f) {
	case REPORT_TEXT: report_text(r, b); break;
	case REPORT_JSON:
		json_out_init(&o, b);
		report_json(r, &o);
		buf_char(b, '\n');
		break;
	case REPORT_SARIF: report_sarif(r, b); break;
	case REPORT_GITHUB: report_github(r, b); break;
	case REPORT_JUNIT: report_junit(r, b); break;
	}
}

struct report_counts report_count(const struct report *r)
{
	struct report_counts n = { 0 };
	for (size_t i = 0; i < r->changes->count; i++) {
		const struct change *x = &r->changes->items[i];
		if (report_approval(r, x))
			n.approved++;
		else if (report_unused(x))
			n.unused++;
		else
			n.level[x->level]++;
	}
	for (size_t i = 0; r->notes && i < r->notes->count; i++)
		n.failures += r->notes->items[i].failure;
	return n;
}

bool report_fails(const struct report *r)
{
	struct report_counts n = report_count(r);
	size_t failing = n.failures;
	for (int level = r->fails; level <= CHANGE_BREAKING; level++)
		failing += n.level[level];
	return failing > 0;
}

struct change_place report_place(const struct change *x)
{
	if (x->new_place.file.len)
		return x->new_place;
	return (struct change_place){ x->old_place.file, 0, 0 };
}

void report_kind(struct buf *b, enum change_kind kind)
{
	buf_add(b, change_infos[kind].format);
	buf_char(b, '/');
	buf_add(b, change_infos[kind].name);
}

static void one_consumer(struct buf *b, const struct change_consumer *c)
{
	static const char *const words[] = { [USE_NOT_SEEN] = "not seen", [USE_NO_DATA] = "no data", [USE_POSSIBLE] = "possibly used", [USE_PROVED] = "proved used" };
	buf_printf(b, "%.*s", STR_FMT(c->consumer));
	if (c->owner.len)
		buf_printf(b, " (%.*s%s%.*s)", STR_FMT(c->owner), c->contact.len ? ", " : "", STR_FMT(c->contact));
	buf_printf(b, ": %s, %.*s", words[c->verdict], STR_FMT(c->reason));
	if (c->pact.len)
		buf_printf(b, ", %.*s", STR_FMT(c->pact));
	if (c->last_trace.len && c->verdict >= USE_POSSIBLE)
		buf_printf(b, ", trace %.*s", STR_FMT(c->last_trace));
}

void report_use(struct buf *b, const struct change *x, size_t most, const char *between)
{
	size_t told = 0;
	if (!x->use)
		return;
	for (int v = USE_PROVED; v >= USE_NOT_SEEN; v--) {
		for (size_t i = 0; i < x->use->count; i++) {
			if (x->use->consumers[i].verdict != (enum use_verdict)v)
				continue;
			if (told++ < most) {
				buf_add(b, str_z(told > 1 ? between : ""));
				one_consumer(b, &x->use->consumers[i]);
			}
		}
	}
	if (!told)
		buf_add(b, x->use->verdict == USE_NOT_SEEN ? STR("nobody: no consumer is known, and calls were watched for the whole window") : STR("not known: calls were not watched for the whole window"));
	if (told > most)
		buf_printf(b, "%sand %zu more", between, told - most);
}
