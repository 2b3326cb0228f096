/* pleach snapshot: makes one, lists them, removes one. */
#include "cli/ask.h"
#include "cli/output.h"

static void line(struct cli *c, const struct json *s)
{
	buf_printf(&c->out, "%-24.*s  %-30.*s  %6lld segments  %12lld bytes  %lld log lines, %lld spans\n", STR_FMT(json_get_str(s, STR("name"), STR("?"))),
		   STR_FMT(json_get_str(s, STR("created"), STR(""))), (long long)json_get_i64(s, STR("segments"), 0), (long long)json_get_i64(s, STR("bytes"), 0),
		   (long long)json_get_i64(s, STR("records"), 0), (long long)json_get_i64(s, STR("spans"), 0));
}

static void show(struct cli *c, const struct json *answer)
{
	const struct json *list = json_get(answer, STR("snapshots"));
	if (!list)
		line(c, answer);
	for (uint32_t i = 0; list && i < list->count; i++)
		line(c, &list->items[i]);
	if (list && !list->count)
		buf_add(&c->out, STR("There are no snapshots.\n"));
}

static bool ask(struct cli *c, struct ask *client, const struct json **answer, struct str *body, struct err *e)
{
	struct str name = c->argument_count ? c->arguments[0] : STR("");
	struct buf b;
	struct json_out o;
	if (cli_flag(c, "list"))
		return ask_send(client, PART_SOCKET_STORE, "GET", STR("/api/store/snapshots"), STR(""), answer, body, e);
	if (cli_flag(c, "remove")) {
		if (str_empty(name) || str_find_char(name, '/') != SIZE_MAX || str_find_char(name, '?') != SIZE_MAX)
			return err_set(e, ERR_USAGE, "--remove needs the name of a snapshot; `pleach snapshot --list` shows them");
		return ask_send(client, PART_SOCKET_STORE, "DELETE", arena_printf(&c->arena, "/api/store/snapshots/%.*s", STR_FMT(name)), STR(""), answer, body, e);
	}
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "name", name);
	json_out_end(&o);
	bool ok = ask_send(client, PART_SOCKET_STORE, "POST", STR("/api/store/snapshot"), buf_str(&b), answer, body, e);
	buf_release(&b);
	return ok;
}

int cmd_snapshot(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	const struct json *answer = NULL;
	struct str body = STR("");
	if (!ask_open(&client, c, &e) || !ask(c, &client, &answer, &body, &e)) {
		ask_close(&client);
		return cli_fail(c, &e);
	}
	ask_close(&client);
	if (c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else
		show(c, answer);
	return 0;
}
