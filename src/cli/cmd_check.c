/* pleach check: validates pleach.yaml, the service.yaml files and the contracts that they name, without touching anything. In CI its result is a report (--format). */
#include "base/json.h"
#include "cli/check_change.h"
#include "cli/check_fleet.h"
#include "cli/output.h"

static void warnings_text(struct cli *c, const struct fleet *f)
{
	for (size_t i = 0; i < f->warnings_count; i++) {
		struct buf b;
		buf_init(&b, 4096);
		err_format(&f->warnings[i], &b);
		out_styled(c, STYLE_AMBER, STR("note "));
		text_safe(&c->out, buf_str(&b));
		buf_char(&c->out, '\n');
		buf_release(&b);
	}
}

static void success_json(struct contract_run *r, const struct fleet *f, struct buf *b)
{
	struct json_out o;
	json_out_init(&o, b);
	json_out_object(&o);
	json_kv_bool(&o, "valid", !r->unreadable && !report_fails(&r->report));
	json_kv_str(&o, "fleet", f->name);
	json_out_key(&o, STR("services"));
	json_out_array(&o);
	for (size_t i = 0; i < f->services_count; i++)
		json_out_str(&o, f->services[i].name);
	json_out_end(&o);
	json_out_key(&o, STR("warnings"));
	json_out_array(&o);
	for (size_t i = 0; i < f->warnings_count; i++) {
		json_out_object(&o);
		json_kv_str(&o, "file", str_z(f->warnings[i].file));
		json_kv_u64(&o, "line", f->warnings[i].line);
		json_kv_u64(&o, "column", f->warnings[i].column);
		json_kv_str(&o, "message", str_z(f->warnings[i].message));
		json_out_end(&o);
	}
	json_out_end(&o);
	json_out_key(&o, STR("contracts"));
	report_json(&r->report, &o);
	json_out_end(&o);
	buf_char(b, '\n');
}

static int result_json(struct contract_run *r, const struct fleet *f)
{
	struct buf b;
	r->report.fails = r->selection.fails;
	buf_init(&b, 1 << 30);
	success_json(r, f, &b);
	int status = contract_print(r->cli, buf_str(&b));
	buf_release(&b);
	return status ? status : r->unreadable ? 2 : report_fails(&r->report) ? 1 : 0;
}

static int result_text(struct contract_run *r, const struct fleet *f, size_t contracts)
{
	struct cli *c = r->cli;
	int status = contracts ? contract_report(r) : 0;
	if (cli_option(c, "output").p)
		return status;
	warnings_text(c, f);
	if (status == 0)
		buf_printf(&c->out, contracts ? "%.*s is valid: %zu services, %zu teams, %zu contracts.\n" : "%.*s is valid: %zu services, %zu teams.\n", STR_FMT(f->name), f->services_count,
			f->teams_count, contracts);
	return status;
}

/* "services/orders/service.yaml:3:5: message", one a line: what fleet_load tells beyond its first error. */
static void more_problems(struct contract_run *r, struct str root, struct str more)
{
	struct arena *a = &r->cli->arena;
	while (more.p) {
		struct str message = str_split(&more, '\n'), file = str_split(&message, ':'), line = str_split(&message, ':'), column = str_split(&message, ':');
		uint64_t at = 0, in = 0;
		if (!message.p)
			continue;
		str_to_u64(line, &at);
		str_to_u64(column, &in);
		notes_add(&r->notes, true, (struct change_place){ side_relative(a, sys_cwd(a), side_join(a, root, file)), (uint32_t)at, (uint32_t)in }, "%.*s", STR_FMT(str_strip(message)));
	}
}

/* The files are wrong: as ever in text and JSON; in the forms that CI reads as a report. */
static int files_wrong(struct contract_run *r, struct str root, const struct err *e, struct str more)
{
	struct cli *c = r->cli;
	struct err shown = *e;
	int status = contract_fail_plain(c, e);
	if (!c->json)
		sys_print(SYS_STDERR, more);
	if (r->format == REPORT_TEXT || r->format == REPORT_JSON)
		return status;
	if (e->file[0]) {
		memset(shown.file, 0, sizeof(shown.file));
		err_place(&shown, side_relative(&c->arena, sys_cwd(&c->arena), side_join(&c->arena, root, str_z(e->file))), e->line, e->column);
	}
	contract_problem(r, &shown);
	more_problems(r, root, more);
	return contract_report(r);
}

static int check(struct contract_run *r, struct str root)
{
	struct err e = { 0 };
	struct buf more;
	int status;
	buf_init(&more, 256 << 10);
	struct fleet *f = fleet_load(root, &e, &more);
	if (f) {
		size_t contracts = check_fleet_contracts(r, f, cli_option(r->cli, "against"));
		if (!contracts) {
			r->report.old_name = STR("nothing");
			r->report.new_name = STR("this fleet: no service names a schema");
		}
		status = r->format == REPORT_JSON ? result_json(r, f) : r->format == REPORT_TEXT ? result_text(r, f, contracts) : contract_report(r);
	} else {
		status = files_wrong(r, root, &e, buf_str(&more));
	}
	fleet_free(f);
	buf_release(&more);
	return status;
}

int cmd_check(struct cli *c)
{
	if (cli_flag(c, "change"))
		return check_change(c);
	struct contract_run run;
	struct err e = { 0 };
	struct str root, start = c->argument_count ? c->arguments[0] : cli_option(c, "fleet");
	bool ok = contract_run_init(&run, c, &e) && fleet_find_root(side_absolute(&c->arena, start.p ? start : STR(".")), &c->arena, &root, &e);
	int status;
	if (ok) {
		run.selection.level = CHANGE_WARNING;
		status = check(&run, root);
	} else {
		contract_fail_plain(c, &e);
		status = err_exit_code(e.code);
	}
	contract_run_release(&run);
	return status;
}
