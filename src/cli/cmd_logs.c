/* pleach logs: searches log lines, newest last as in a file; counts them by pipes; or follows them. */
#include "cli/ask.h"
#include "cli/logs_show.h"
#include "cli/output.h"
#include "cli/row.h"

/* A line of `| fields a, b`. */
static void values_print(struct cli *c, const struct json *row)
{
	for (uint32_t i = 0; row && row->type == JSON_OBJECT && i < row->count; i++) {
		struct buf b;
		struct json_out o;
		buf_init(&b, 1 << 20);
		json_out_init(&o, &b);
		if (row->members[i].value.type == JSON_STRING)
			buf_add(&b, row->members[i].value.s);
		else
			json_out_value(&o, &row->members[i].value);
		buf_add(&c->out, i ? STR("  ") : STR(""));
		text_safe(&c->out, buf_str(&b));
		buf_release(&b);
	}
	buf_char(&c->out, '\n');
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
		const struct json *row = json_parse(&scratch, data, &e);
		if (json_get(row, STR("time_ns")))
			row_print(c, row, cli_flag(c, "fields"));
		else
			values_print(c, row);
		arena_release(&scratch);
	} else if (str_eq(name, STR("lost"))) {
		struct buf b;
		buf_init(&b, 4096);
		buf_printf(&b, "pleach: lines came faster than they could be shown; some are left out: %.*s\n", STR_FMT(data));
		sys_print(SYS_STDERR, buf_str(&b));
		buf_release(&b);
	}
	cli_flush(c);
	return !str_eq(name, STR("end"));
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

static void summary(struct cli *c, const struct json *answer)
{
	struct buf b;
	if (!sys_is_terminal(SYS_STDOUT))
		return;
	buf_init(&b, 4096);
	const struct json *scanned = json_get(answer, STR("scanned")), *rows = json_get(answer, STR("rows"));
	buf_printf(&b, "%u lines; %lld rows scanned in %.*s", rows ? rows->count : 0, (long long)json_get_i64(scanned, STR("rows"), 0),
		   STR_FMT(text_duration(c, json_get_i64(answer, STR("took_ns"), 0))));
	if (json_get_str(answer, STR("next"), STR("")).len)
		buf_add(&b, STR("; there are more (--limit)"));
	out_styled(c, STYLE_DIM, buf_str(&b));
	buf_char(&c->out, '\n');
	buf_release(&b);
}

/* What a limit left out must not be overlooked in a pipe either: it goes to standard error. */
static void tell_cut(const struct json *answer)
{
	struct buf b;
	if (!json_get_bool(answer, STR("cut"), false))
		return;
	buf_init(&b, 4096);
	buf_printf(&b, "pleach: this is not all: %.*s\n", STR_FMT(json_get_str(answer, STR("why"), STR("a limit ended the search"))));
	sys_print(SYS_STDERR, buf_str(&b));
	buf_release(&b);
}

static void add_search(struct cli *c, struct target *t, struct str q)
{
	target_add(t, "q", q);
	target_add(t, "from", cli_option(c, "from"));
	target_add(t, "to", cli_option(c, "to"));
}

static bool ask_histogram(struct cli *c, struct ask *client, struct str q, struct str *body, struct err *e)
{
	struct target t;
	target_begin(&t, "/api/logs/histogram");
	add_search(c, &t, q);
	target_add(&t, "buckets", arena_printf(&c->arena, "%d", logs_histogram_buckets(sys_terminal_width())));
	return ask_get(client, PART_SOCKET_CONTROL, target_end(&t, c), body, e);
}

static void show(struct cli *c, const struct json *answer)
{
	bool fields = cli_flag(c, "fields");
	if (str_eq(json_get_str(answer, STR("kind"), STR("")), STR("rows")))
		logs_rows(c, answer, fields);
	else
		logs_table(c, answer, fields);
	cli_flush(c);
	tell_cut(answer);
	summary(c, answer);
}

static int search(struct cli *c, struct ask *client, struct str q)
{
	struct err e = { 0 };
	struct target t;
	struct str body, histogram = { NULL, 0 };
	const struct json *answer, *bars = NULL;
	target_begin(&t, "/api/query");
	add_search(c, &t, q);
	target_add(&t, "limit", cli_option(c, "limit"));
	if (!ask_get(client, PART_SOCKET_CONTROL, target_end(&t, c), &body, &e) || !(answer = json_parse(&c->arena, body, &e)))
		return cli_fail(c, &e);
	if (cli_flag(c, "histogram") && (!ask_histogram(c, client, q, &histogram, &e) || !(bars = json_parse(&c->arena, histogram, &e))))
		return cli_fail(c, &e);
	if (c->json) {
		if (bars)
			buf_printf(&c->out, "{\"histogram\":%.*s,\"answer\":%.*s}\n", STR_FMT(histogram), STR_FMT(body));
		else
			buf_printf(&c->out, "%.*s\n", STR_FMT(body));
		return 0;
	}
	if (bars)
		logs_histogram(c, bars, sys_terminal_width());
	show(c, answer);
	target_begin(&t, "/logs");
	add_search(c, &t, q);
	ask_link(client, target_end(&t, c));
	return 0;
}

int cmd_logs(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct str q = cli_query(c);
	int status = !ask_open(&client, c, &e) ? cli_fail(c, &e) : cli_flag(c, "follow") ? follow(c, &client, q) : search(c, &client, q);
	ask_close(&client);
	return status;
}
