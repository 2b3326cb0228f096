/* pleach delete: what a deletion by query would take; with --yes the deletion itself, waited for. Asked of the store over its own socket, which is
 * its owner's alone. */
#include "cli/ask.h"
#include "cli/output.h"

enum { BODY_MOST = 64 << 10 };
#define POLL_EVERY (INT64_C(100) * MSEC)

static struct str request(struct cli *c, bool dry)
{
	struct buf b;
	struct json_out o;
	struct str kind = cli_option(c, "kind"), who = sys_env("USER");
	buf_init(&b, BODY_MOST);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "q", cli_query(c));
	if (cli_option(c, "from").len)
		json_kv_str(&o, "from", cli_option(c, "from"));
	if (cli_option(c, "to").len)
		json_kv_str(&o, "to", cli_option(c, "to"));
	json_kv_str(&o, "kind", kind.len ? kind : STR("logs"));
	json_kv_str(&o, "by", str_sub(who, 0, 64));
	json_kv_bool(&o, "dry_run", dry);
	json_out_end(&o);
	struct str out = arena_str(&c->arena, buf_str(&b));
	buf_release(&b);
	return out;
}

static void show_plan(struct cli *c, const struct json *plan)
{
	const struct json *services = json_get(plan, STR("services"));
	long long rows = (long long)json_get_i64(plan, STR("rows"), 0);
	bool cut = json_get_bool(plan, STR("cut"), false);
	for (uint32_t i = 0; services && i < services->count; i++)
		buf_printf(&c->out, "%10lld  %.*s\n", (long long)json_get_i64(&services->items[i], STR("rows"), 0),
			   STR_FMT(json_get_str(&services->items[i], STR("service"), STR("?"))));
	buf_printf(&c->out, "%s%lld row%s would go%s\n", cut ? "At least " : "", rows, rows == 1 ? "" : "s", rows ? "; --yes removes them." : ".");
}

static const struct json *with_id(const struct json *answer, int64_t id)
{
	const struct json *list = json_get(answer, STR("deletions"));
	for (uint32_t i = 0; list && i < list->count; i++)
		if (json_get_i64(&list->items[i], STR("id"), 0) == id)
			return &list->items[i];
	return NULL;
}

static void on_poll(struct timer *t) { loop_stop(t->loop); }

/* Until the deletion has ended; it goes on in the store whatever becomes of this command. */
static const struct json *wait_for(struct cli *c, struct ask *client, int64_t id, struct err *e)
{
	const struct json *answer, *d = NULL;
	struct str body;
	for (;;) {
		if (!ask_send(client, PART_SOCKET_STORE, "GET", STR("/api/deletions"), STR(""), &answer, &body, e))
			return NULL;
		d = with_id(answer, id);
		struct str state = json_get_str(d, STR("state"), STR("done"));
		if (!str_eq(state, STR("waiting")) && !str_eq(state, STR("running")))
			break;
		struct arena scratch;
		arena_init(&scratch, 4096);
		progress(arena_printf(&scratch, "removing: %lld rows so far", (long long)json_get_i64(d, STR("rows"), 0)));
		arena_release(&scratch);
		struct timer poll = { 0 };
		timer_set(&poll, client->loop, sys_now() + POLL_EVERY, on_poll);
		loop_run(client->loop);
	}
	progress_end();
	if (!d)
		err_set(e, ERR_NOT_FOUND, "the store knows nothing of deletion %lld any more", (long long)id);
	(void)c;
	return d;
}

static int show_end(struct cli *c, const struct json *d)
{
	struct err e = { 0 };
	long long rows = (long long)json_get_i64(d, STR("rows"), 0);
	if (c->json) {
		struct json_out o;
		json_out_init(&o, &c->out);
		json_out_value(&o, d);
		buf_char(&c->out, '\n');
	} else {
		buf_printf(&c->out, "%lld row%s removed.\n", rows, rows == 1 ? "" : "s");
	}
	if (str_eq(json_get_str(d, STR("state"), STR("")), STR("done")))
		return 0;
	err_set(&e, ERR_CORRUPT, "some may be left: %lld file(s) cannot be read, and a regular expression gave up on %lld row(s); the store's log names the files",
		(long long)json_get_i64(d, STR("damaged"), 0), (long long)json_get_i64(d, STR("limited"), 0));
	return cli_fail(c, &e);
}

static int run(struct cli *c, struct ask *client, struct err *e)
{
	const struct json *answer;
	struct str body;
	bool dry = !cli_flag(c, "yes");
	if (!ask_send(client, PART_SOCKET_STORE, "POST", STR("/api/logs/delete"), request(c, dry), &answer, &body, e))
		return cli_fail(c, e);
	if (!dry) {
		const struct json *d = wait_for(c, client, json_get_i64(answer, STR("id"), 0), e);
		return d ? show_end(c, d) : cli_fail(c, e);
	}
	if (c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else
		show_plan(c, answer);
	return 0;
}

int cmd_delete(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	int status = ask_open(&client, c, &e) ? run(c, &client, &e) : cli_fail(c, &e);
	ask_close(&client);
	return status;
}
