/* pleach findings: where declared and observed disagree, most severe first, each with its remedy. */
#include "base/time.h"
#include "cli/ask.h"
#include "cli/output.h"

static enum style severity_style(struct str severity)
{
	return str_eq(severity, STR("failure")) ? STYLE_RED : str_eq(severity, STR("warning")) ? STYLE_AMBER : STYLE_BLUE;
}

static void evidence(struct cli *c, const struct json *x)
{
	struct str file = json_get_str(x, STR("file"), STR("")), query = json_get_str(x, STR("query"), STR("")),
		   trace = json_get_str(x, STR("trace"), STR(""));
	if (file.len)
		buf_printf(&c->out, "  see   %.*s:%lld\n", STR_FMT(file), (long long)json_get_i64(x, STR("line"), 0));
	if (trace.len)
		buf_printf(&c->out, "  see   pleach trace %.*s\n", STR_FMT(trace));
	if (query.len)
		buf_printf(&c->out, "  see   pleach logs '%.*s'\n", STR_FMT(query));
}

static void one(struct cli *c, const struct json *x)
{
	struct str severity = json_get_str(x, STR("severity"), STR("")), owner = json_get_str(x, STR("owner"), STR(""));
	struct str remedy = json_get_str(x, STR("remedy"), STR(""));
	int64_t since;
	out_styled(c, severity_style(severity), arena_printf(&c->arena, "%-8.*s", STR_FMT(severity)));
	out_bold(c, json_get_str(x, STR("sentence"), STR("")));
	buf_add(&c->out, STR("\n  owner "));
	buf_add(&c->out, owner.len ? owner : STR("nobody"));
	if (time_parse(json_get_str(x, STR("since"), STR("")), &since))
		buf_printf(&c->out, ", since %.*s", STR_FMT(text_ago(c, since)));
	buf_char(&c->out, '\n');
	evidence(c, x);
	bool first = true;
	while (remedy.p) {
		struct str line = str_split(&remedy, '\n');
		buf_printf(&c->out, "%s%.*s\n", first ? "  do    " : "        ", STR_FMT(line));
		first = false;
	}
	buf_char(&c->out, '\n');
}

static void missing(struct cli *c, const struct json *answer)
{
	const struct json *list = json_get(answer, STR("missing"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (list->items[i].type == JSON_STRING) {
			out_styled(c, STYLE_AMBER, STR("not judged: "));
			buf_printf(&c->out, "%.*s\n", STR_FMT(list->items[i].s));
		}
}

static void print(struct cli *c, const struct json *answer)
{
	static const char *const order[] = { "failure", "warning", "info" };
	const struct json *list = json_get(answer, STR("findings"));
	struct str only = c->argument_count ? c->arguments[0] : STR("");
	size_t shown = 0;
	for (int s = 0; s < 3; s++)
		for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
			const struct json *x = &list->items[i];
			if (!str_eq(json_get_str(x, STR("severity"), STR("")), str_z(order[s])) ||
			    (only.len && !str_eq(json_get_str(x, STR("service"), STR("")), only)))
				continue;
			one(c, x);
			shown++;
		}
	if (!shown)
		buf_add(&c->out, STR("Nothing to do: declared and observed agree.\n"));
	missing(c, answer);
}

int cmd_findings(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct str body;
	const struct json *answer;
	bool ok = ask_open(&client, c, &e) && ask_get(&client, PART_SOCKET_CONTROL, STR("/api/findings"), &body, &e) &&
		  (answer = json_parse(&c->arena, body, &e));
	if (ok && c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else if (ok)
		print(c, answer);
	if (ok)
		ask_link(&client, STR("/findings"));
	ask_close(&client);
	return ok ? 0 : cli_fail(c, &e);
}
