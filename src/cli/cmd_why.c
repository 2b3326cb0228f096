/* pleach why: a request explained in words; the judgement is control's (/api/why), this only sets it. */
#include "cli/ask.h"
#include "cli/output.h"
#include "cli/row.h"

static void step(struct cli *c, const struct json *x)
{
	int64_t depth = json_get_i64(x, STR("depth"), 0), status = json_get_i64(x, STR("status"), 0);
	struct str owner = json_get_str(x, STR("owner"), STR(""));
	bool bad = json_get_bool(x, STR("failed"), false);
	buf_printf(&c->out, "  %*s", (int)(depth > 20 ? 40 : depth * 2), "");
	out_styled(c, json_get_bool(x, STR("critical"), false) ? STYLE_BOLD : STYLE_NONE, json_get_str(x, STR("service"), STR("")));
	buf_printf(&c->out, "  %.*s  ", STR_FMT(json_get_str(x, STR("operation"), STR(""))));
	out_styled(c, bad ? STYLE_RED : STYLE_GREEN, status > 0 ? arena_printf(&c->arena, "%lld", (long long)status) : STR("-"));
	buf_printf(&c->out, "  %.*s", STR_FMT(text_duration(c, json_get_i64(x, STR("duration_ns"), 0))));
	buf_printf(&c->out, " (itself %.*s)", STR_FMT(text_duration(c, json_get_i64(x, STR("self_ns"), 0))));
	if (owner.len)
		out_styled(c, STYLE_DIM, arena_printf(&c->arena, "  %.*s %.*s", STR_FMT(owner), STR_FMT(json_get_str(x, STR("contact"), STR("")))));
	buf_char(&c->out, '\n');
}

static void print(struct cli *c, const struct json *why)
{
	const struct json *sentences = json_get(why, STR("sentences")), *steps = json_get(why, STR("steps")), *lines = json_get(why, STR("lines"));
	for (uint32_t i = 0; sentences && sentences->type == JSON_ARRAY && i < sentences->count; i++)
		if (sentences->items[i].type == JSON_STRING)
			text_wrapped(&c->out, sentences->items[i].s, 0, 100);
	buf_char(&c->out, '\n');
	for (uint32_t i = 0; steps && steps->type == JSON_ARRAY && i < steps->count; i++)
		step(c, &steps->items[i]);
	if (lines && lines->type == JSON_ARRAY && lines->count) {
		buf_char(&c->out, '\n');
		for (uint32_t i = 0; i < lines->count; i++)
			row_print(c, &lines->items[i], false);
	}
}

int cmd_why(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct str body, id;
	const struct json *why;
	bool ok = ask_open(&client, c, &e) && ask_trace_id(&client, &id, &e) &&
		  ask_get(&client, PART_SOCKET_CONTROL, arena_printf(&c->arena, "/api/why/%.*s", STR_FMT(id)), &body, &e) &&
		  (why = json_parse(&c->arena, body, &e));
	if (ok && c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else if (ok)
		print(c, why);
	if (ok)
		ask_link(&client, arena_printf(&c->arena, "/trace/%.*s", STR_FMT(id)));
	ask_close(&client);
	return ok ? 0 : cli_fail(c, &e);
}
