/* pleach contract explain KIND | ID [OLD] [NEW]: a kind of change in plain words, or one change of a comparison with everything that is known of it. */
#include "base/check.h"
#include "base/suggest.h"
#include "cli/contract.h"
#include "cli/output.h"

static bool is_kind(const struct change_info *k, struct str name)
{
	struct str kind = name, format = str_split(&kind, '/');
	return kind.p ? str_eq(k->format, format) && str_eq(k->name, kind) : str_eq(k->name, name);
}

static void kind_text(struct cli *c, const struct change_info *k)
{
	struct str names[4];
	size_t n = category_names(k->categories, names);
	out_bold(c, arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(k->format), STR_FMT(k->name)));
	buf_printf(&c->out, "  %s", change_level_name(k->level));
	for (size_t i = 0; i < n; i++)
		buf_printf(&c->out, "%s%.*s", i ? ", " : "; ", STR_FMT(names[i]));
	buf_printf(&c->out, "\n%.*s.\n", STR_FMT(k->title));
	if (k->why.len) {
		buf_add(&c->out, STR("\nWhy somebody fails\n  "));
		text_wrapped(&c->out, k->why, 2, 98);
	}
	if (k->remedy.len) {
		buf_add(&c->out, STR("\nThe same without breaking anyone\n  "));
		text_wrapped(&c->out, k->remedy, 2, 98);
	}
	buf_char(&c->out, '\n');
}

static void kind_json(struct cli *c, const struct change_info *k)
{
	struct json_out o;
	json_out_init(&o, &c->out);
	json_out_object(&o);
	json_kv_str(&o, "format", k->format);
	json_kv_str(&o, "kind", k->name);
	json_kv_str(&o, "level", str_z(change_level_name(k->level)));
	json_kv_str(&o, "title", k->title);
	json_kv_str(&o, "why", k->why);
	json_kv_str(&o, "remedy", k->remedy);
	json_out_end(&o);
	buf_char(&c->out, '\n');
}

static int no_kind(struct cli *c, struct str name)
{
	struct err e = { 0 };
	struct str names[CHANGE_KIND_COUNT];
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++)
		names[i] = change_infos[i].name;
	struct str near = suggest(name, names, CHANGE_KIND_COUNT);
	if (near.p)
		err_set(&e, ERR_NOT_FOUND, "there is no kind of change `%.*s`; did you mean `%.*s`?", STR_FMT(name), STR_FMT(near));
	else
		err_set(&e, ERR_NOT_FOUND, "there is no kind of change `%.*s`, and it is no change's id (12 hexadecimal digits); `pleach contract rules` lists the kinds", STR_FMT(name));
	return contract_fail_plain(c, &e);
}

/* Keeps the one change; false where it is not among what was found. */
static bool keep_one(struct contract_run *r, const uint8_t id[6])
{
	for (size_t i = 0; i < r->all.count; i++)
		if (!memcmp(r->all.items[i].fingerprint, id, 6)) {
			r->all.items[0] = r->all.items[i];
			r->approved[0] = r->approved[i];
			r->all.count = 1;
			return true;
		}
	return false;
}

static void how_to_approve(struct cli *c, struct str id)
{
	buf_printf(&c->out, "To agree to it, with the owner, add a line to " APPROVALS_FILE ":\n"
			    "- { change: %.*s, owner: TEAM, reason: \"why it may break\", expires: YYYY-MM-DD }\n", STR_FMT(id));
}

static int one_change(struct cli *c, const uint8_t id[6])
{
	struct contract_run run;
	struct err e = { 0 };
	bool ok = contract_run_init(&run, c, &e);
	if (ok) {
		run.selection.level = CHANGE_INFO;
		run.report.explain = true;
		ok = contract_compare_arguments(&run, c->arguments + 1, c->argument_count - 1, &e);
	}
	if (ok && !keep_one(&run, id))
		ok = err_set(&e, ERR_NOT_FOUND, "there is no change %.*s between %.*s and %.*s", STR_FMT(c->arguments[0]), STR_FMT(run.report.old_name), STR_FMT(run.report.new_name));
	int status = ok ? 0 : contract_fail_plain(c, &e);
	if (ok && contract_report(&run) != 2 && run.format == REPORT_TEXT && run.all.items[0].level == CHANGE_BREAKING && !run.approved[0])
		how_to_approve(c, c->arguments[0]);
	contract_run_release(&run);
	return status;
}

int cmd_contract_explain(struct cli *c)
{
	struct str name = c->arguments[0];
	uint8_t id[6];
	bool any = false;
	if (str_to_hex_bytes(name, id, sizeof(id)))
		return one_change(c, id);
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
		if (!is_kind(&change_infos[i], name) || (any && c->json))
			continue;
		any = true;
		if (c->json)
			kind_json(c, &change_infos[i]);
		else
			kind_text(c, &change_infos[i]);
	}
	if (!any)
		return no_kind(c, name);
	struct str text = arena_str(&c->arena, buf_str(&c->out));
	buf_clear(&c->out);
	return contract_print(c, text);
}
