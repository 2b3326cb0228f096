/* pleach status: the instances, wanted against running and healthy, and why not. */
#include "cli/ask.h"
#include "base/time.h"
#include "cli/output.h"

static enum style state_style(struct str state)
{
	if (str_eq(state, STR("healthy")))
		return STYLE_GREEN;
	if (str_eq(state, STR("starting")) || str_eq(state, STR("stopping")))
		return STYLE_AMBER;
	return STYLE_RED;
}

static struct str since(struct cli *c, const struct json *instance)
{
	int64_t wall;
	return time_parse(json_get_str(instance, STR("since"), STR("")), &wall) ? text_ago(c, wall) : STR("");
}

static void instance_rows(struct cli *c, struct table *t, const struct json *service)
{
	const struct json *instances = json_get(service, STR("instances"));
	for (uint32_t i = 0; instances && i < instances->count; i++) {
		const struct json *x = &instances->items[i];
		struct str state = json_get_str(x, STR("state"), STR("?"));
		table_cell(t, json_get_str(x, STR("instance"), STR("")), STYLE_BOLD);
		table_cell(t, state, state_style(state));
		table_cell(t, since(c, x), STYLE_DIM);
		table_right(t, json_get_i64(x, STR("pid"), 0) ? arena_printf(&c->arena, "%lld", (long long)json_get_i64(x, STR("pid"), 0)) : STR(""), STYLE_NONE);
		table_cell(t, json_get_str(x, STR("address"), STR("")), STYLE_NONE);
		table_right(t, text_size(c, json_get_i64(x, STR("rss"), 0)), STYLE_NONE);
		table_right(t, arena_printf(&c->arena, "%lld", (long long)json_get_i64(x, STR("restarts"), 0)),
			    json_get_i64(x, STR("restarts"), 0) ? STYLE_AMBER : STYLE_NONE);
		table_cell(t, json_get_str(x, STR("why"), STR("")), STYLE_RED);
	}
}

static void trouble(struct cli *c, const struct json *service, bool always)
{
	const struct json *instances = json_get(service, STR("instances"));
	for (uint32_t i = 0; instances && i < instances->count; i++) {
		const struct json *x = &instances->items[i];
		struct str lines = json_get_str(x, STR("last_lines"), STR("")), exit = json_get_str(x, STR("last_exit"), STR(""));
		bool well = str_eq(json_get_str(x, STR("state"), STR("")), STR("healthy"));
		if ((well && !always) || (!lines.len && !exit.len))
			continue;
		buf_char(&c->out, '\n');
		out_bold(c, json_get_str(x, STR("instance"), STR("")));
		if (exit.len)
			buf_printf(&c->out, " ended last with %.*s", STR_FMT(exit));
		buf_add(&c->out, STR("; its last lines:\n"));
		while (lines.p) {
			struct str line = str_split(&lines, '\n');
			if (!line.len)
				continue;
			buf_add(&c->out, STR("  "));
			out_safe(&c->out, line);
			buf_char(&c->out, '\n');
		}
	}
}

static void print(struct cli *c, const struct json *status)
{
	const struct json *services = json_get(status, STR("services")), *nodes = json_get(status, STR("nodes"));
	static const char *const heads[] = { "INSTANCE", "STATE", "SINCE", "PID", "ADDRESS", "MEMORY", "RESTARTS", "" };
	struct str only = c->argument_count ? c->arguments[0] : STR("");
	struct table t;
	table_init(&t, c, 8);
	for (int i = 0; i < 8; i++)
		(i == 3 || i == 5 || i == 6 ? table_right : table_cell)(&t, str_z(heads[i]), STYLE_DIM);
	for (uint32_t i = 0; services && i < services->count; i++)
		if (!only.len || str_eq(json_get_str(&services->items[i], STR("service"), STR("")), only))
			instance_rows(c, &t, &services->items[i]);
	table_print(&t);
	for (uint32_t i = 0; services && i < services->count; i++)
		if (!only.len || str_eq(json_get_str(&services->items[i], STR("service"), STR("")), only))
			trouble(c, &services->items[i], only.len > 0);
	for (uint32_t i = 0; nodes && i < nodes->count; i++) {
		const struct json *words = json_get(&nodes->items[i], STR("unconfined"));
		for (uint32_t k = 0; words && words->type == JSON_ARRAY && k < words->count; k++)
			if (words->items[k].type == JSON_STRING)
				out_wrapped(&c->out, arena_printf(&c->arena, "Not confined: %.*s", STR_FMT(words->items[k].s)), 2, 100);
	}
}

static bool service_known(const struct json *status, struct str name)
{
	const struct json *services = json_get(status, STR("services"));
	for (uint32_t i = 0; services && i < services->count; i++)
		if (str_eq(json_get_str(&services->items[i], STR("service"), STR("")), name))
			return true;
	return false;
}

int cmd_status(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct str body;
	const struct json *status = NULL;
	bool ok = ask_open(&client, c, &e) && ask_get(&client, PART_SOCKET_CONTROL, STR("/api/status"), &body, &e) &&
		  (status = json_parse(&c->arena, body, &e));
	if (ok && c->argument_count && !service_known(status, c->arguments[0]))
		ok = err_set(&e, ERR_NOT_FOUND, "there is no service `%.*s` in this fleet; `pleach status` lists them", STR_FMT(c->arguments[0]));
	if (ok && c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else if (ok)
		print(c, status);
	if (ok)
		ask_link(&client, STR("/services"));
	ask_close(&client);
	return !ok ? cli_fail(c, &e) : json_get_bool(status, STR("healthy"), false) ? 0 : 1;
}
