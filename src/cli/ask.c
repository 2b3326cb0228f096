/* See ask.h. Everything runs on one loop that stops when the answer is there. */
#include "cli/ask.h"
#include "base/check.h"
#include "cli/output.h"
#include "model/ids.h"

bool ask_open(struct ask *c, struct cli *cli, struct err *e)
{
	struct str root;
	*c = (struct ask){ .cli = cli };
	if (!cli_root(cli, &root, e))
		return false;
	c->loop = loop_new();
	if (!c->loop)
		return err_set(e, ERR_SYSTEM, "no event loop could be made: too many open files?");
	c->http = http_client_new(c->loop, NULL);
	return true;
}

void ask_close(struct ask *c)
{
	if (c->http)
		http_client_free(c->http);
	if (c->loop)
		loop_free(c->loop);
}

struct waiting {
	struct ask *client;
	struct err *e;
	struct str body;
	bool ok;
};

static bool not_running(struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "the fleet is not running here; start it with `pleach up`");
}

/* The error that an answer's body describes, under its own name. */
static void answer_error(struct ask *c, int status, struct str body, struct err *e)
{
	struct err parse = { 0 };
	const struct json *j = json_parse(&c->cli->arena, body, &parse);
	struct str name = json_get_str(j, STR("error"), STR(""));
	enum err_code code = status == 404 ? ERR_NOT_FOUND : ERR_UPSTREAM;
	for (int i = 1; i < ERR_COUNT; i++)
		if (str_eq(str_z(err_name((enum err_code)i)), name))
			code = (enum err_code)i;
	struct str message = json_get_str(j, STR("message"), STR(""));
	if (message.len)
		err_set(e, code, "%.*s", STR_FMT(message));
	else
		err_set(e, code, "the answer had status %d", status);
}

static void on_done(void *ctx, const struct http_result *r)
{
	struct waiting *w = ctx;
	loop_stop(w->client->loop);
	if (r->status == 0) {
		if (r->connected)
			*w->e = r->err;
		else
			not_running(w->e);
	} else if (r->status >= 300) {
		answer_error(w->client, r->status, r->body, w->e);
	} else {
		w->body = arena_str(&w->client->cli->arena, r->body);
		w->ok = w->body.p != NULL || r->body.len == 0;
		if (!w->ok)
			err_set(w->e, ERR_NO_MEMORY, "the answer is too large");
	}
}

static bool exchange(struct ask *c, const char *socket, struct str method, struct str target, struct str json, struct str *body, struct err *e)
{
	struct waiting w = { .client = c, .e = e };
	struct http_call_options o = { .address = part_socket(socket), .method = method, .target = target, .content_type = json.len ? STR("application/json") : STR(""),
				       .body = json, .timeout = 60 * SECOND, .max_body = 128u << 20, .ctx = &w };
	if (!http_call(c->http, &o, on_done))
		return not_running(e);
	loop_run(c->loop);
	if (body)
		*body = w.body;
	return w.ok;
}

bool ask_get(struct ask *c, const char *socket, struct str target, struct str *body, struct err *e)
{
	return exchange(c, socket, STR("GET"), target, STR(""), body, e);
}

bool ask_send(struct ask *c, const char *socket, const char *method, struct str target, struct str json, const struct json **answer, struct str *body, struct err *e)
{
	if (!exchange(c, socket, str_z(method), target, json, body, e))
		return false;
	*answer = body->len ? json_parse(&c->cli->arena, *body, e) : NULL;
	return !err_is_set(e);
}

bool ask_post(struct ask *c, const char *socket, struct str target, struct err *e)
{
	return exchange(c, socket, STR("POST"), target, STR(""), NULL, e);
}

bool ask_json(struct ask *c, struct str target, const struct json **answer, struct err *e)
{
	struct str body;
	if (!ask_get(c, PART_SOCKET_CONTROL, target, &body, e))
		return false;
	*answer = json_parse(&c->cli->arena, body, e);
	return *answer != NULL;
}

/* Server-sent events (WHATWG HTML section 9.2): lines "event: x", "data: y"; an empty line ends an event. */
struct events {
	struct waiting w;
	struct buf line;
	struct buf data;
	char name[32];
	size_t name_len;
	bool (*fn)(void *ctx, struct str name, struct str data);
	void *ctx;
	bool stopped;
};

static bool event_line(struct events *v, struct str line)
{
	bool go_on = true;
	if (line.len == 0) {
		if (v->data.len)
			go_on = v->fn(v->ctx, str_from(v->name, v->name_len), buf_str(&v->data));
		buf_clear(&v->data);
		v->name_len = 0;
	} else if (str_starts(line, STR("event:"))) {
		struct str name = str_trim(str_skip(line, 6));
		v->name_len = name.len < sizeof(v->name) ? name.len : sizeof(v->name);
		memcpy(v->name, name.p, v->name_len);
	} else if (str_starts(line, STR("data:"))) {
		if (v->data.len)
			buf_char(&v->data, '\n');
		buf_add(&v->data, str_trim(str_skip(line, 5)));
	}
	return go_on;
}

static bool on_event_data(void *ctx, struct str piece)
{
	struct events *v = ctx;
	while (piece.len) {
		size_t end = str_find_char(piece, '\n');
		buf_add(&v->line, str_sub(piece, 0, end));
		if (end == SIZE_MAX)
			break;
		piece = str_skip(piece, end + 1);
		bool go_on = event_line(v, str_strip(buf_str(&v->line)));
		buf_clear(&v->line);
		if (!go_on) {
			v->stopped = true;
			loop_stop(v->w.client->loop);
			return false;
		}
	}
	return true;
}

static void on_events_done(void *ctx, const struct http_result *r)
{
	struct events *v = ctx;
	on_done(&v->w, r);
}

static void on_interrupt(void *ctx, enum sys_signal s)
{
	struct events *v = ctx;
	(void)s;
	v->stopped = true;
	loop_stop(v->w.client->loop);
}

bool ask_events(struct ask *c, struct str target, bool (*fn)(void *ctx, struct str name, struct str data), void *ctx, struct err *e)
{
	struct events v = { .w = { .client = c, .e = e }, .fn = fn, .ctx = ctx };
	struct http_call_options o = { .address = part_socket(PART_SOCKET_CONTROL), .method = STR("GET"), .target = target, .timeout = INT64_MAX, .on_data = on_event_data, .ctx = &v };
	buf_init(&v.line, 4u << 20);
	buf_init(&v.data, 4u << 20);
	loop_on_signal(c->loop, on_interrupt, &v);
	struct http_call *call = http_call(c->http, &o, on_events_done);
	bool ok = call != NULL;
	if (ok)
		loop_run(c->loop);
	else
		not_running(e);
	buf_release(&v.line);
	buf_release(&v.data);
	if (v.stopped) {
		/* The call may still be open; it goes with the client. */
		err_clear(e);
		return true;
	}
	return ok && v.w.ok;
}

void target_begin(struct target *t, const char *path)
{
	buf_init(&t->b, 64 << 10);
	buf_add(&t->b, str_z(path));
	t->any = false;
}

void target_add(struct target *t, const char *name, struct str value)
{
	if (!value.len)
		return;
	buf_printf(&t->b, "%c%s=", t->any ? '&' : '?', name);
	t->any = true;
	http_escape(&t->b, value, ":");
}

struct str target_end(struct target *t, struct cli *cli)
{
	struct str s = arena_str(&cli->arena, buf_str(&t->b));
	buf_release(&t->b);
	return s;
}

/* One page of traces, newest first; `after` as the page before said, empty for the first. */
static bool traces_page(struct ask *c, struct str limit, bool failed, struct str after, const struct json **answer, struct err *e)
{
	struct target t;
	target_begin(&t, "/api/traces");
	target_add(&t, "from", cli_option(c->cli, "from"));
	target_add(&t, "limit", limit);
	target_add(&t, "error", failed ? STR("true") : STR(""));
	target_add(&t, "after", after);
	return ask_json(c, target_end(&t, c->cli), answer, e);
}

static bool trace_by_search(struct ask *c, struct str *id, struct err *e)
{
	enum { PAGES = 40 }; /* of 500: with more requests than that, the slowest of the newest */
	const struct json *answer, *rows, *best = NULL;
	struct str after = STR("");
	bool slowest = cli_flag(c->cli, "slowest");
	for (int page = 0; page < (slowest ? PAGES : 1) && (page == 0 || after.len); page++) {
		if (!traces_page(c, slowest ? STR("500") : STR("1"), !slowest, after, &answer, e))
			return false;
		rows = json_get(answer, STR("traces"));
		after = json_get_str(answer, STR("next"), STR(""));
		for (uint32_t i = 0; rows && rows->type == JSON_ARRAY && i < rows->count; i++)
			if (!best || json_get_i64(&rows->items[i], STR("duration_ns"), 0) > json_get_i64(best, STR("duration_ns"), 0))
				best = &rows->items[i];
	}
	if (!best)
		return err_set(e, ERR_NOT_FOUND, slowest ? "no request was seen in this time range; --from widens it" :
							   "no request failed in this time range; --from widens it");
	*id = json_get_str(best, STR("trace_id"), STR(""));
	return true;
}

bool ask_trace_id(struct ask *c, struct str *id, struct err *e)
{
	struct trace_id trace;
	if (!c->cli->argument_count)
		return trace_by_search(c, id, e);
	*id = str_trim(c->cli->arguments[0]);
	/* A traceparent pasted whole is as good as the id in it. */
	if (id->len == TRACEPARENT_LEN)
		*id = str_sub(*id, 3, 35);
	if (!trace_id_parse(&trace, *id))
		return err_set(e, ERR_USAGE, "`%.*s` is no trace id: 32 hexadecimal digits are expected", STR_FMT(*id));
	return true;
}

void ask_link(struct ask *c, struct str path)
{
	const struct json *fleet;
	struct err e = { 0 };
	if (c->cli->json || !sys_is_terminal(SYS_STDOUT) || !ask_json(c, STR("/api/fleet"), &fleet, &e))
		return;
	struct str console = json_get_str(fleet, STR("console"), STR(""));
	buf_char(&c->cli->out, '\n');
	out_styled(c->cli, STYLE_DIM, arena_printf(&c->cli->arena, "%.*s%.*s", STR_FMT(console), STR_FMT(path)));
	buf_char(&c->cli->out, '\n');
}
