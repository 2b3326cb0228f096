/* pleach logs: searches log lines, newest last as in a file; or follows them. */
#include "cli/ask.h"
#include "cli/output.h"
#include "cli/row.h"

/* The arguments joined by blanks: `pleach logs level:error timeout` needs no quotes. An argument with blanks is a phrase. */
static struct str query_of(struct cli *c)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	for (size_t i = 0; i < c->argument_count; i++) {
		struct str word = c->arguments[i];
		bool phrase = c->argument_count > 1 && str_find_char(word, ' ') != SIZE_MAX && str_find_char(word, '"') == SIZE_MAX;
		if (i)
			buf_char(&b, ' ');
		buf_printf(&b, phrase ? "\"%.*s\"" : "%.*s", STR_FMT(word));
	}
	struct str q = arena_str(&c->arena, buf_str(&b));
	buf_release(&b);
	return q;
}

static bool on_event(void *ctx, struct str name, struct str data)
{
	struct cli *c = ctx;
	struct err e = { 0 };
	if (c->json && str_eq(name, STR("row"))) {
		buf_printf(&c->out, "%.*s\n", STR_FMT(data));
	} else if (str_eq(name, STR("row"))) {
		struct arena scratch;
		arena_init(&scratch, 16u << 20);
		row_print(c, json_parse(&scratch, data, &e), cli_flag(c, "fields"));
		arena_release(&scratch);
	} else if (str_eq(name, STR("lost"))) {
		struct buf b;
		buf_init(&b, 4096);
		buf_printf(&b, "pleach: lines came faster than they could be shown; some are left out: %.*s\n", STR_FMT(data));
		sys_print(SYS_STDERR, buf_str(&b));
		buf_release(&b);
	}
	cli_flush(c);
	return true;
}

static int follow(struct cli *c, struct ask *client, struct str q)
{
	struct err e = { 0 };
	struct target t;
	target_begin(&t, "/api/logs/tail");
	target_add(&t, "q", q);
	bool ok = ask_events(client, target_end(&t, c), on_event, c, &e);
	return ok ? 0 : cli_fail(c, &e);
}

static void summary(struct cli *c, const struct json *answer, uint32_t shown)
{
	struct buf b;
	if (!sys_is_terminal(SYS_STDOUT))
		return;
	buf_init(&b, 4096);
	const struct json *scanned = json_get(answer, STR("scanned"));
	buf_printf(&b, "%u lines; %lld rows scanned in %.*s", shown, (long long)json_get_i64(scanned, STR("rows"), 0),
		   STR_FMT(text_duration(c, json_get_i64(answer, STR("took_ns"), 0))));
	if (json_get_str(answer, STR("next"), STR("")).len)
		buf_add(&b, STR("; there are more (--limit)"));
	if (json_get_bool(answer, STR("cut"), false))
		buf_add(&b, STR("; a limit ended the scan early, narrow the time range"));
	out_styled(c, STYLE_DIM, buf_str(&b));
	buf_char(&c->out, '\n');
	buf_release(&b);
}

static int search(struct cli *c, struct ask *client, struct str q)
{
	struct err e = { 0 };
	struct target t;
	struct str body;
	const struct json *answer, *rows;
	target_begin(&t, "/api/logs");
	target_add(&t, "q", q);
	target_add(&t, "from", cli_option(c, "from"));
	target_add(&t, "to", cli_option(c, "to"));
	target_add(&t, "limit", cli_option(c, "limit"));
	if (!ask_get(client, PART_SOCKET_CONTROL, target_end(&t, c), &body, &e) || !(answer = json_parse(&c->arena, body, &e)))
		return cli_fail(c, &e);
	if (c->json) {
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
		return 0;
	}
	rows = json_get(answer, STR("rows"));
	uint32_t n = rows && rows->type == JSON_ARRAY ? rows->count : 0;
	for (uint32_t i = n; i-- > 0;)
		row_print(c, &rows->items[i], cli_flag(c, "fields"));
	summary(c, answer, n);
	target_begin(&t, "/logs");
	target_add(&t, "q", q);
	target_add(&t, "from", cli_option(c, "from"));
	target_add(&t, "to", cli_option(c, "to"));
	ask_link(client, target_end(&t, c));
	return 0;
}

int cmd_logs(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct str q = query_of(c);
	int status = !ask_open(&client, c, &e) ? cli_fail(c, &e) : cli_flag(c, "follow") ? follow(c, &client, q) : search(c, &client, q);
	ask_close(&client);
	return status;
}
