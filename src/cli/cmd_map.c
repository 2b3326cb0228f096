/* pleach map: who calls whom, one line an edge, as a table and, on a terminal, with a bar for the rate. */
#include "base/check.h"
#include "cli/ask.h"
#include "cli/output.h"

static void edge_row(struct cli *c, struct table *t, const struct json *x)
{
	int64_t calls = json_get_i64(x, STR("calls"), 0), errors = json_get_i64(x, STR("errors"), 0);
	double share = json_get_f64(x, STR("error_rate"), 0);
	enum style bad = errors == 0 ? STYLE_NONE : share >= 0.05 ? STYLE_RED : STYLE_AMBER;
	table_cell(t, json_get_str(x, STR("caller"), STR("")), STYLE_NONE);
	table_cell(t, STR("->"), STYLE_DIM);
	table_cell(t, json_get_str(x, STR("callee"), STR("")), STYLE_BOLD);
	if (calls == 0) {
		table_right(t, STR("no calls"), STYLE_DIM);
		for (int i = 0; i < 4; i++)
			table_right(t, STR(""), STYLE_NONE);
	} else {
		table_right(t, text_rate(c, json_get_f64(x, STR("rate"), 0)), STYLE_NONE);
		table_right(t, text_percent(c, share), bad);
		table_right(t, text_duration(c, json_get_i64(x, STR("p50_ns"), 0)), STYLE_NONE);
		table_right(t, text_duration(c, json_get_i64(x, STR("p95_ns"), 0)), STYLE_NONE);
		table_right(t, text_duration(c, json_get_i64(x, STR("p99_ns"), 0)), STYLE_NONE);
	}
	table_cell(t, json_get_bool(x, STR("declared"), true) ? STR("") : STR("not declared"), STYLE_AMBER);
	table_cell(t, json_get_str(x, STR("failed_trace"), STR("")), STYLE_DIM);
}

static void print(struct cli *c, const struct json *map)
{
	static const char *const heads[] = { "CALLER", "", "SERVICE", "RATE", "ERRORS", "P50", "P95", "P99", "", "A FAILED REQUEST" };
	const struct json *edges = json_get(map, STR("edges"));
	struct table t;
	if (!edges || edges->type != JSON_ARRAY || edges->count == 0) {
		buf_add(&c->out, STR("No calls and no declared dependencies. Send a request through the gateway, or add `calls:` to a service.yaml.\n"));
		return;
	}
	table_init(&t, c, ARRAY_LEN(heads));
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		(i >= 3 && i <= 7 ? table_right : table_cell)(&t, str_z(heads[i]), STYLE_DIM);
	for (uint32_t i = 0; i < edges->count; i++)
		edge_row(c, &t, &edges->items[i]);
	table_print(&t);
}

int cmd_map(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct target t;
	struct str body;
	const struct json *map;
	target_begin(&t, "/api/map");
	target_add(&t, "from", cli_option(c, "from"));
	target_add(&t, "to", cli_option(c, "to"));
	struct str target = target_end(&t, c);
	bool ok = ask_open(&client, c, &e) && ask_get(&client, PART_SOCKET_CONTROL, target, &body, &e) && (map = json_parse(&c->arena, body, &e));
	if (ok && c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else if (ok)
		print(c, map);
	if (ok)
		ask_link(&client, STR("/map"));
	ask_close(&client);
	return ok ? 0 : cli_fail(c, &e);
}
