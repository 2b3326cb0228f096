/* pleach contract record CONSUMER PROVIDER: listens to the calls between two services of the running fleet, and drafts the consumer's pact of them. Ends after --seconds, or with Ctrl-C. */
#include "base/check.h"
#include "cli/ask.h"
#include "cli/contract.h"
#include "cli/output.h"
#include "contract/pact/draft.h"
#include "node/redact.h"
#include "part/record_calls.h"
#include <stdio.h>

enum { SECONDS_DEFAULT = 10, SECONDS_MOST = 86400, LINE_MAX_BYTES = 2 << 20 };
struct recording {
	struct ask ask;
	struct draft draft;
	struct buf line;
	struct timer timer;
	uint64_t missed;
	bool full, ended, listens;
	struct err err;
};

static void end(struct recording *r)
{
	r->ended = true;
	loop_stop(r->ask.loop);
}

static void on_time(struct timer *t) { end(CONTAINER_OF(t, struct recording, timer)); }

static void on_interrupt(void *ctx, enum sys_signal s)
{
	(void)s;
	end(ctx);
}

static void show(struct recording *r)
{
	char line[100];
	progress(str_from(line, (size_t)snprintf(line, sizeof(line), "%zu calls, %zu interactions", r->draft.calls, r->draft.count)));
}

static void take_line(struct recording *r, struct str line)
{
	struct arena a;
	struct err e = { 0 };
	if (!line.len)
		return;
	arena_init(&a, 16 << 20);
	const struct json *call = json_parse(&a, line, &e);
	if (call) {
		r->missed = (uint64_t)json_get_i64(call, STR("missed"), 0);
		r->full = !draft_add(&r->draft, call);
	}
	arena_release(&a);
	show(r);
}

static bool on_data(void *ctx, struct str piece)
{
	struct recording *r = ctx;
	if (!r->listens) { /* the first byte says so */
		r->listens = true;
		struct cli *c = r->ask.cli;
		progress_end();
		sys_print(SYS_STDERR, arena_printf(&c->arena, "listens to calls of %.*s to %.*s; Ctrl-C ends it\n", STR_FMT(c->arguments[0]), STR_FMT(c->arguments[1])));
	}
	while (piece.len && !r->full) {
		size_t n = str_find_char(piece, '\n');
		buf_add(&r->line, str_sub(piece, 0, n));
		if (n == SIZE_MAX)
			break;
		take_line(r, buf_str(&r->line));
		buf_clear(&r->line);
		piece = str_skip(piece, n + 1);
	}
	if (r->full)
		end(r);
	return !r->ended;
}

static void on_done(void *ctx, const struct http_result *res)
{
	struct recording *r = ctx;
	if (res->status == 409)
		err_set(&r->err, ERR_CONFLICT, "somebody records calls already; one at a time");
	else if (!res->status)
		err_set(&r->err, ERR_UNAVAILABLE, "the gateway of the fleet does not run here; start the fleet with `pleach up`");
	else if (res->status != 200)
		err_set(&r->err, ERR_UPSTREAM, "the gateway answered with status %d", res->status);
	end(r);
}

static bool known(struct recording *r, struct str name, bool consumer, struct err *e)
{
	const struct json *fleet;
	if (consumer && str_eq(name, STR("outside")))
		return true;
	if (!ask_json(&r->ask, STR("/api/fleet"), &fleet, e))
		return false;
	const struct json *list = json_get(fleet, STR("services"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (str_eq(json_get_str(&list->items[i], STR("service"), STR("")), name))
			return true;
	return err_set(e, ERR_NOT_FOUND, "the running fleet has no service %.*s%s", STR_FMT(name), consumer ? "; callers from outside are called `outside`" : "");
}

static bool seconds_of(struct cli *c, uint64_t *seconds, struct err *e)
{
	struct str text = cli_option(c, "seconds");
	*seconds = SECONDS_DEFAULT;
	return !text.p || (str_to_u64(text, seconds) && *seconds && *seconds <= SECONDS_MOST) ||
	       err_set(e, ERR_USAGE, "--seconds: `%.*s` is no number from 1 to %d", STR_FMT(text), SECONDS_MOST);
}

static bool listen(struct recording *r, struct cli *c, struct err *e)
{
	struct target t;
	uint64_t seconds;
	if (!seconds_of(c, &seconds, e) || !ask_open(&r->ask, c, e) || !known(r, c->arguments[0], true, e) || !known(r, c->arguments[1], false, e))
		return false;
	target_begin(&t, RECORD_CALLS_PATH);
	target_add(&t, "consumer", c->arguments[0]);
	target_add(&t, "service", c->arguments[1]);
	struct http_call_options o = { .address = part_socket(PART_SOCKET_GATEWAY), .method = STR("GET"), .target = target_end(&t, c), .timeout = INT64_MAX, .on_data = on_data, .ctx = r };
	loop_on_signal(r->ask.loop, on_interrupt, r);
	timer_set(&r->timer, r->ask.loop, loop_now(r->ask.loop) + (int64_t)seconds * SECOND, on_time);
	show(r);
	if (!http_call(r->ask.http, &o, on_done))
		return err_set(e, ERR_NO_MEMORY, "no memory for the request");
	loop_run(r->ask.loop);
	timer_cancel(&r->timer);
	progress_end();
	*e = r->err;
	return !err_is_set(e);
}

static int write(struct recording *r, struct cli *c)
{
	struct buf b;
	struct err e = { 0 };
	int status;
	if (!r->draft.count) {
		err_set(&e, ERR_NOT_FOUND, "%zu calls of %.*s to %.*s were seen%s; nothing was written. Let it run longer: --seconds 60", r->draft.calls, STR_FMT(c->arguments[0]), STR_FMT(c->arguments[1]),
			r->draft.left_out ? ", with bodies that cannot be read" : "");
		return contract_fail_plain(c, &e);
	}
	buf_init(&b, 64 << 20);
	if (!draft_write(&r->draft, c->arguments[0], c->arguments[1], STR(PLEACH_VERSION), &b)) {
		err_set(&e, ERR_TOO_LARGE, "the draft is larger than 64 MiB; record for a shorter time");
		status = contract_fail_plain(c, &e);
	} else {
		status = contract_print(c, buf_str(&b));
		sys_print(SYS_STDERR, arena_printf(&c->arena, "%zu interactions of %zu calls; %zu calls left out, %llu missed. A draft: it holds values of real calls; look through it before it is kept.\n", r->draft.count,
						   r->draft.calls, r->draft.left_out, (unsigned long long)r->missed));
	}
	buf_release(&b);
	return status;
}

int cmd_contract_record(struct cli *c)
{
	struct recording r = { 0 };
	struct err e = { 0 };
	struct str cwd = sys_cwd(&c->arena);
	draft_init(&r.draft, redact_is_secret_key);
	buf_init(&r.line, LINE_MAX_BYTES);
	bool ok = listen(&r, c, &e);
	sys_chdir(cwd); /* asking goes to the fleet's root */
	int status = ok ? write(&r, c) : contract_fail_plain(c, &e);
	ask_close(&r.ask);
	buf_release(&r.line);
	draft_release(&r.draft);
	return status;
}
