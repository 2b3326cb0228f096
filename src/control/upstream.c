/* Asking the store and the other parts: passing a request on as it is (streams included), or asking a question of control's own. When the client
 * goes away first, the call is cancelled. */
#include "base/check.h"
#include "control/state.h"
#include <stdlib.h>

/* --- passing on ------------------------------------------------------------------------------------------------------------------ */
struct passing {
	struct control *control;
	struct http_exchange *x;
	struct http_call *call;       /* NULL once the other side has said all */
	bool begun;
	struct buf held;              /* begun: what the client's connection had no room for; else an error's words instead of a stream */
};
enum { REFUSAL_MAX = 64 << 10 };

static void free_passing(struct passing *p)
{
	buf_release(&p->held);
	free(p);
}

static void passing_gone(void *ctx)
{
	struct passing *p = ctx;
	if (p->call)
		http_cancel(p->call);
	free_passing(p);
}

static void end_stream(struct passing *p, bool whole)
{
	http_on_gone(p->x, NULL, NULL);
	http_stream_on_drained(p->x, NULL, NULL);
	if (whole)
		http_stream_end(p->x);
	else
		http_stream_abort(p->x); /* so that nobody takes a part for the whole */
	free_passing(p);
}

static void pass_drained(void *ctx)
{
	struct passing *p = ctx;
	if (p->held.len && !http_stream_write(p->x, buf_str(&p->held)))
		return;
	buf_clear(&p->held);
	if (p->call)
		http_resume(p->call);
	else
		end_stream(p, true);
}

static void pass_head(void *ctx, const struct http1_head *head)
{
	struct passing *p = ctx;
	struct str type = http1_get(head, HTTP_CONTENT_TYPE);
	/* Events have no end, and lines are wanted as they are found; anything else is answered whole, so that its length is known. */
	if (!str_starts(type, STR("text/event-stream")) && !str_starts(type, STR("application/x-ndjson")))
		return;
	p->begun = true;
	http_stream_begin(p->x, head->status, type, STR("Cache-Control: no-store\r\n"));
	http_stream_on_drained(p->x, pass_drained, p);
}

/* A client that reads slowly stops the reading from the store, and so the store: nothing piles up here. */
static bool pass_data(void *ctx, struct str piece)
{
	struct passing *p = ctx;
	if (p->begun && !p->held.len && http_stream_write(p->x, piece))
		return true;
	buf_add(&p->held, piece);
	if (p->begun)
		http_pause(p->call);
	return true;
}

static void pass_done(void *ctx, const struct http_result *r)
{
	struct passing *p = ctx;
	struct http_exchange *x = p->x;
	p->call = NULL;
	if (p->begun) {
		if (r->status == 0 || !buf_ok(&p->held) || !p->held.len)
			end_stream(p, r->status != 0 && buf_ok(&p->held));
		return; /* with something held: pass_drained ends it */
	}
	http_on_gone(x, NULL, NULL);
	if (r->status == 0) {
		struct err e = { 0 };
		err_set(&e, r->err.code == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE, "the part that knows this is not reachable: %s", r->err.message);
		http_answer_err(x, &e);
	} else {
		struct str type = http1_get(r->head, HTTP_CONTENT_TYPE);
		http_answer(x, r->status, type, STR("Cache-Control: no-store\r\n"), p->held.len ? buf_str(&p->held) : r->body);
	}
	free_passing(p);
}

static bool wants_stream(struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	return str_eq(r->path, STR("/api/logs/tail")) || str_find_ci(http1_get(&r->head, HTTP_ACCEPT), STR("application/x-ndjson")) != SIZE_MAX;
}

void upstream_pass(struct control *c, struct http_exchange *x, const struct sys_addr *to, struct str target)
{
	struct passing *p = calloc(1, sizeof(*p));
	struct http_call_options o = { .address = *to, .method = STR("GET"), .target = target, .timeout = 60 * SECOND, .max_body = 128u << 20, .ctx = p };
	struct err e = { 0 };
	if (!p) {
		err_set(&e, ERR_NO_MEMORY, "no memory for the request");
		http_answer_err(x, &e);
		return;
	}
	*p = (struct passing){ .control = c, .x = x };
	buf_init(&p->held, REFUSAL_MAX + HTTP_CLIENT_AHEAD);
	if (wants_stream(x)) {
		o.timeout = INT64_MAX;
		o.headers = str_eq(http_request(x)->path, STR("/api/query")) ? STR("Accept: application/x-ndjson\r\n") : STR("");
		o.on_head = pass_head;
		o.on_data = pass_data;
	}
	p->call = http_call(c->options.client, &o, pass_done);
	if (!p->call) {
		free_passing(p);
		err_set(&e, ERR_UNAVAILABLE, "the part that knows this is not reachable");
		http_answer_err(x, &e);
		return;
	}
	http_on_gone(x, passing_gone, p);
}

/* --- asking ------------------------------------------------------------------------------------------------------------------------ */
struct asking {
	struct control *control;
	struct http_exchange *x;
	struct http_call *call;
	asked_f *fn;
	void *ctx;
};

static void asking_gone(void *ctx)
{
	struct asking *a = ctx;
	http_cancel(a->call);
	free(a);
}

static void ask_done(void *ctx, const struct http_result *r)
{
	struct asking *a = ctx;
	struct arena arena;
	struct err e = { 0 };
	const struct json *answer = NULL;
	arena_init(&arena, 256u << 20);
	if (a->x)
		http_on_gone(a->x, NULL, NULL);
	if (r->status == 0) {
		err_set(&e, r->err.code == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE, "the store is not reachable: %s", r->err.message);
	} else {
		answer = json_parse(&arena, r->body, &e);
		if (answer && r->status >= 300) {
			struct str message = json_get_str(answer, STR("message"), STR("the store refused"));
			enum err_code code = r->status == 404 ? ERR_NOT_FOUND : r->status == 400 ? ERR_INPUT : ERR_UPSTREAM;
			err_set(&e, code, "%.*s", STR_FMT(message));
			answer = NULL;
		}
	}
	a->fn(a->control, a->x, a->ctx, answer, &e);
	arena_release(&arena);
	free(a);
}

struct asking *upstream_ask(struct control *c, struct http_exchange *x, struct str target, asked_f *fn, void *ctx)
{
	struct asking *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	*a = (struct asking){ .control = c, .x = x, .fn = fn, .ctx = ctx };
	struct http_call_options o = {
		.address = c->options.store, .method = STR("GET"), .target = target, .timeout = 20 * SECOND, .max_body = 64u << 20, .ctx = a
	};
	a->call = http_call(c->options.client, &o, ask_done);
	if (!a->call) {
		free(a);
		return NULL;
	}
	if (x)
		http_on_gone(x, asking_gone, a);
	return a;
}

void upstream_cancel(struct asking *a)
{
	if (a->x)
		http_on_gone(a->x, NULL, NULL);
	asking_gone(a);
}
