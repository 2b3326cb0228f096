/* pleach contract fits PACT… CONTRACT: consumers' pacts against the provider's OpenAPI description, or .proto files, without running the provider. Exit status 0: all fit; 1: something
 * does not; 2: wrong use, or a file that cannot be read. */
#include "base/check.h"
#include "cli/contract.h"
#include "cli/output.h"
#include "contract/pact/fits.h"
#include "sys/sys.h"

enum { PACT_ARENA = 512 << 20, REPORT_BYTES = 256 << 20 };
struct checked { struct str path; const struct pact *pact; struct pact_fits fits; struct checked *next; };
struct fits_run { struct cli *cli; struct arena arena; struct side contract, none; const struct contract_format *contract_format; struct contract_model *model; struct checked *first, **last; enum report_format format; };

static bool read_format(struct fits_run *r, struct err *e)
{
	struct str format = cli_option(r->cli, "format");
	r->format = r->cli->json ? REPORT_JSON : REPORT_TEXT;
	if (format.p && !report_format_parse(format, &r->format, e))
		return false;
	if (r->format == REPORT_SARIF || r->format == REPORT_GITHUB)
		return err_set(e, ERR_USAGE, "--format %.*s: what fits is written as text, json or junit", STR_FMT(format));
	r->cli->json = r->format == REPORT_JSON;
	return true;
}

static bool read_contract(struct fits_run *r, struct str name, struct err *e)
{
	side_init(&r->contract, name);
	side_init(&r->none, STR(""));
	if (!side_read_named(r->cli, &r->contract, e))
		return false;
	if (r->contract.missing || !r->contract.count)
		return err_set(e, ERR_NOT_FOUND, "there is no contract under the name %.*s", STR_FMT(name));
	if (!side_pair(&r->none, &r->contract, e))
		return false;
	static const struct contract_format *const judges[] = { &openapi_format, &proto_format };
	for (size_t i = 0; i < r->contract.source.count; i++)
		for (size_t k = 0; k < ARRAY_LEN(judges) && !r->contract_format; k++)
			r->contract_format = judges[k]->recognises(&r->contract.source.files[i]) ? judges[k] : NULL;
	if (!r->contract_format)
		return err_set(e, ERR_USAGE, "%.*s is no OpenAPI description and no .proto file; pacts are checked against these", STR_FMT(name));
	r->model = r->contract_format->read(&r->contract.source, e);
	return r->model != NULL;
}

static bool check(struct fits_run *r, struct str path, struct err *e)
{
	struct checked *c = ARENA_NEW(&r->arena, struct checked);
	struct str text = { NULL, 0 };
	if (!c)
		return err_set(e, ERR_TOO_LARGE, "no memory is left for the pact %.*s", STR_FMT(path));
	if (!sys_read_file(path, PACT_TEXT_MAX, &r->arena, &text, e))
		return false;
	c->path = path;
	c->pact = pact_read(&r->arena, path, text, e);
	bool proto = r->contract_format == &proto_format;
	if (!c->pact || !(proto ? pact_check_proto : pact_check_openapi)(c->pact, r->model, &r->arena, &c->fits, e))
		return false;
	*r->last = c;
	r->last = &c->next;
	return true;
}

static void place(struct fits_run *r, struct buf *b, struct change_place p)
{
	struct str file = side_show(&r->contract, p.file);
	text_safe(b, file);
	buf_printf(b, ":%u:%u", p.line, p.column);
}

static void as_text(struct fits_run *r, const struct checked *c, struct buf *b)
{
	for (uint32_t i = 0; i < c->fits.count; i++) {
		const struct pact_fit *t = &c->fits.items[i];
		if (!t->count)
			continue;
		buf_printf(b, "%s  ", t->verdict == PACT_FIT_NO ? "does not fit" : t->verdict == PACT_FIT_UNJUDGED ? "not judged  " : "fits        ");
		text_safe(b, t->interaction->description);
		buf_add(b, STR("  ("));
		text_safe(b, pact_interaction_title(&r->arena, t->interaction));
		buf_add(b, STR(")\n"));
		for (size_t k = 0; k < t->count; k++) {
			const struct pact_fit_finding *x = &t->findings[k];
			buf_printf(b, "  %s  ", x->warning ? "warning" : "failure");
			text_safe(b, x->where);
			buf_add(b, STR(": "));
			text_safe(b, x->sentence);
			buf_add(b, STR("\n    pact      "));
			text_safe(b, c->path);
			buf_printf(b, ":%u:%u\n", x->at.line, x->at.column);
			if (x->contract.line) {
				buf_add(b, STR("    contract  "));
				place(r, b, x->contract);
				buf_char(b, '\n');
			}
		}
	}
	text_safe(b, c->path);
	buf_printf(b, ": %u of %u interactions of %.*s fit the contract of %.*s, %u do not, %u are not judged, %u warnings\n", c->fits.count - c->fits.failed - c->fits.unjudged, c->fits.count,
		STR_FMT(c->pact->consumer), STR_FMT(c->pact->provider), c->fits.failed, c->fits.unjudged, c->fits.warned);
}

static void as_json(struct fits_run *r, const struct checked *c, struct json_out *o)
{
	static const char *const verdicts[] = { "fits", "does_not_fit", "not_judged" };
	json_out_object(o);
	json_kv_str(o, "file", c->path);
	json_kv_str(o, "consumer", c->pact->consumer);
	json_kv_str(o, "provider", c->pact->provider);
	json_kv_u64(o, "failed", c->fits.failed);
	json_kv_u64(o, "warnings", c->fits.warned);
	json_kv_u64(o, "not_judged", c->fits.unjudged);
	json_out_key(o, STR("interactions"));
	json_out_array(o);
	for (uint32_t i = 0; i < c->fits.count; i++) {
		const struct pact_fit *t = &c->fits.items[i];
		json_out_object(o);
		json_kv_str(o, "description", t->interaction->description);
		json_kv_str(o, "operation", t->operation);
		json_kv_str(o, "verdict", str_z(verdicts[t->verdict]));
		json_out_key(o, STR("findings"));
		json_out_array(o);
		for (size_t k = 0; k < t->count; k++) {
			const struct pact_fit_finding *x = &t->findings[k];
			json_out_object(o);
			json_kv_str(o, "level", x->warning ? STR("warning") : STR("failure"));
			json_kv_str(o, "where", x->where);
			json_kv_str(o, "sentence", x->sentence);
			json_kv_u64(o, "line", x->at.line);
			json_kv_u64(o, "column", x->at.column);
			json_kv_str(o, "contract", x->contract.line ? side_show(&r->contract, x->contract.file) : STR(""));
			json_kv_u64(o, "contract_line", x->contract.line);
			json_kv_u64(o, "contract_column", x->contract.column);
			json_out_end(o);
		}
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

static void as_junit(const struct checked *c, struct buf *b)
{
	buf_printf(b, "<testsuite name=\"pacts against the contract\" tests=\"%u\" failures=\"%u\" skipped=\"%u\">\n", c->fits.count, c->fits.failed, c->fits.unjudged);
	for (uint32_t i = 0; i < c->fits.count; i++) {
		const struct pact_fit *t = &c->fits.items[i];
		buf_add(b, STR("<testcase classname=\""));
		report_xml(b, c->path);
		buf_add(b, STR("\" name=\""));
		report_xml(b, t->interaction->description);
		buf_add(b, STR("\">"));
		for (size_t k = 0; k < t->count; k++) {
			if (t->findings[k].warning)
				continue;
			buf_add(b, STR("<failure message=\""));
			report_xml(b, t->findings[k].where);
			buf_add(b, STR(": "));
			report_xml(b, t->findings[k].sentence);
			buf_printf(b, "\">line %u, column %u</failure>", t->findings[k].at.line, t->findings[k].at.column);
			break; /* JUnit knows one failure a case */
		}
		buf_add(b, t->verdict == PACT_FIT_UNJUDGED ? STR("<skipped/></testcase>\n") : STR("</testcase>\n"));
	}
	buf_add(b, STR("</testsuite>\n"));
}

static int report(struct fits_run *r)
{
	struct buf b;
	struct json_out o;
	uint32_t failed = 0;
	buf_init(&b, REPORT_BYTES);
	json_out_init(&o, &b);
	if (r->format == REPORT_JSON) {
		json_out_object(&o);
		json_out_key(&o, STR("pacts"));
		json_out_array(&o);
	} else if (r->format == REPORT_JUNIT) {
		buf_add(&b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"));
	}
	for (const struct checked *c = r->first; c; c = c->next) {
		failed += c->fits.failed;
		if (r->format == REPORT_JSON)
			as_json(r, c, &o);
		else if (r->format == REPORT_JUNIT)
			as_junit(c, &b);
		else
			as_text(r, c, &b);
	}
	if (r->format == REPORT_JSON) {
		json_out_end(&o);
		json_out_end(&o);
		buf_char(&b, '\n');
	} else if (r->format == REPORT_JUNIT) {
		buf_add(&b, STR("</testsuites>\n"));
	}
	int status = contract_print(r->cli, buf_str(&b));
	buf_release(&b);
	return status ? status : failed ? 1 : 0;
}

int cmd_contract_fits(struct cli *c)
{
	struct fits_run r = { .cli = c };
	struct err e = { 0 };
	size_t pacts = c->argument_count - 1;
	r.last = &r.first;
	arena_init(&r.arena, PACT_ARENA);
	bool ok = read_format(&r, &e) && read_contract(&r, c->arguments[pacts], &e);
	for (size_t i = 0; ok && i < pacts; i++)
		ok = check(&r, c->arguments[i], &e);
	int status = ok ? report(&r) : contract_fail_plain(c, &e);
	if (r.model)
		r.contract_format->free(r.model);
	side_release(&r.contract);
	side_release(&r.none);
	arena_release(&r.arena);
	return status;
}
