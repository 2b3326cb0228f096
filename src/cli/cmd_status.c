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
			text_safe(&c->out, line);
			buf_char(&c->out, '\n');
		}
	}
}

enum { FILES_SHOWN = 20 /* unless they are asked for */ };

static void file_row(struct cli *c, struct table *t, const struct json *x)
{
	int64_t lag = json_get_i64(x, STR("lag"), 0), cut = json_get_i64(x, STR("cut"), 0);
	table_cell(t, json_get_str(x, STR("path"), STR("")), STYLE_BOLD);
	table_cell(t, json_get_str(x, STR("service"), STR("")), STYLE_NONE);
	table_right(t, text_size(c, json_get_i64(x, STR("size"), 0)), STYLE_NONE);
	table_right(t, lag ? text_size(c, lag) : STR("0"), lag ? STYLE_AMBER : STYLE_NONE);
	table_right(t, arena_printf(&c->arena, "%lld", (long long)json_get_i64(x, STR("lines"), 0)), STYLE_NONE);
	table_right(t, arena_printf(&c->arena, "%lld", (long long)cut), cut ? STYLE_AMBER : STYLE_NONE);
	struct str error = json_get_str(x, STR("error"), STR(""));
	bool gone = json_get_bool(x, STR("gone"), false);
	table_cell(t, error.len ? error : gone ? STR("renamed or deleted") : STR(""), error.len ? STYLE_RED : STYLE_DIM);
}

/* Those in trouble first: they are shown however many there are. */
static void files_of(struct cli *c, const struct json *node, struct str only)
{
	static const char *const heads[] = { "FILE", "SERVICE", "SIZE", "LAG", "LINES", "CUT", "" };
	const struct json *files = json_get(node, STR("files"));
	struct str wait = json_get_str(node, STR("files_wait"), STR(""));
	uint32_t shown = 0, left = 0;
	struct table t;
	table_init(&t, c, 7);
	for (int i = 0; i < 7; i++)
		(i >= 2 && i <= 5 ? table_right : table_cell)(&t, str_z(heads[i]), STYLE_DIM);
	for (int troubled = 1; troubled >= 0; troubled--)
		for (uint32_t i = 0; files && files->type == JSON_ARRAY && i < files->count; i++) {
			const struct json *x = &files->items[i];
			bool is_troubled = json_get_str(x, STR("error"), STR("")).len > 0;
			if (is_troubled != (troubled != 0) || (only.len && !str_eq(json_get_str(x, STR("service"), STR("")), only)))
				continue;
			if (!troubled && !only.len && shown >= FILES_SHOWN) {
				left++;
				continue;
			}
			file_row(c, &t, x);
			shown++;
		}
	if (shown) {
		buf_char(&c->out, '\n');
		table_print(&t);
	}
	if (left)
		buf_printf(&c->out, "and %u more files; `pleach status SERVICE` shows those of one service\n", left);
	if (wait.len)
		text_wrapped(&c->out, arena_printf(&c->arena, "Log files wait: %.*s", STR_FMT(wait)), 2, 100);
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
	for (uint32_t i = 0; nodes && i < nodes->count; i++)
		files_of(c, &nodes->items[i], only);
	for (uint32_t i = 0; nodes && i < nodes->count; i++) {
		const struct json *words = json_get(&nodes->items[i], STR("unconfined"));
		for (uint32_t k = 0; words && words->type == JSON_ARRAY && k < words->count; k++)
			if (words->items[k].type == JSON_STRING)
				text_wrapped(&c->out, arena_printf(&c->arena, "Not confined: %.*s", STR_FMT(words->items[k].s)), 2, 100);
	}
}

static bool service_known(const struct json *status, struct str name)
{
	const struct json *services = json_get(status, STR("services"));
	for (uint32_t i = 0; services && i < services->count; i++)
		if (str_eq(json_get_str(&services->items[i], STR("service"), STR("")), name))
			return true;
	const struct json *nodes = json_get(status, STR("nodes"));
	for (uint32_t i = 0; nodes && i < nodes->count; i++) {
		const struct json *files = json_get(&nodes->items[i], STR("files"));
		for (uint32_t k = 0; files && files->type == JSON_ARRAY && k < files->count; k++)
			if (str_eq(json_get_str(&files->items[k], STR("service"), STR("")), name))
				return true;
	}
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
