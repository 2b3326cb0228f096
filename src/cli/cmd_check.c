/* pleach check: validates pleach.yaml and the service.yaml files without touching anything. */
#include "cli/output.h"
#include "base/json.h"
#include "model/fleet.h"

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

static void success_json(struct cli *c, const struct fleet *f)
{
	struct json_out o;
	json_out_init(&o, &c->out);
	json_out_object(&o);
	json_kv_bool(&o, "valid", true);
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
	json_out_end(&o);
	buf_char(&c->out, '\n');
}

int cmd_check(struct cli *c)
{
	struct err e = { 0 };
	struct str root;
	struct buf more;
	if (c->argument_count) {
		struct str start = c->arguments[0];
		if (!str_starts(start, STR("/")))
			start = arena_printf(&c->arena, "%.*s/%.*s", STR_FMT(sys_cwd(&c->arena)), STR_FMT(start));
		if (!fleet_find_root(start, &c->arena, &root, &e))
			return cli_fail(c, &e);
	} else if (!cli_root(c, &root, &e)) {
		return cli_fail(c, &e);
	}
	buf_init(&more, 256 << 10);
	struct fleet *f = fleet_load(root, &e, &more);
	if (!f) {
		int status = cli_fail(c, &e);
		if (!c->json)
			sys_print(SYS_STDERR, buf_str(&more));
		buf_release(&more);
		return status;
	}
	if (c->json) {
		success_json(c, f);
	} else {
		warnings_text(c, f);
		buf_printf(&c->out, "%.*s is valid: %zu services, %zu teams.\n", STR_FMT(f->name), f->services_count, f->teams_count);
	}
	fleet_free(f);
	buf_release(&more);
	return 0;
}
