/* Asking the store and the other parts: passing a request on as it is (streams included), or asking a question of control's own. When the client
 * goes away first, the call is cancelled. */
#include "base/check.h"
#include "control/state.h"
#include <stdlib.h>

/* --- passing on ------------------------------------------------------------------------------------------------------------------ */
struct passing {
	struct control *control;
	struct http_exchange *x;
	struct http_call *call;
	bool begun;
	struct buf refusal;          /* what came instead of a stream: an error with its words */
};
enum { REFUSAL_MAX = 64 << 10 };


static void free_passing(struct passing *p)
{
	buf_release(&p->refusal);
	free(p);
}

static void passing_gone(void *ctx)
{
	struct passing *p = ctx;
	http_cancel(p->call);
	free_passing(p);
}

static void pass_head(void *ctx, const struct http1_head *head)
{
	struct passing *p = ctx;
	struct str type = http1_get(head, HTTP_CONTENT_TYPE);
	/* An event stream has no end; anything else is answered whole, so that its length is known. */
	if (!str_starts(type, STR("text/event-stream")))
		return;
	p->begun = true;
	http_stream_begin(p->x, head->status, type, STR("Cache-Control: no-store\r\n"));
}

/* The listener reads too slowly: the store's own bound per tail counts what is lost; here the stream is ended and the client reconnects. */
static bool pass_data(void *ctx, struct str piece)
{
	struct passing *p = ctx;
	if (!p->begun) {
		buf_add(&p->refusal, piece);
		return true;
	}
	if (http_stream_write(p->x, piece))
		return true;
	http_on_gone(p->x, NULL, NULL);
	http_stream_abort(p->x);
	free_passing(p);
	return false;
}

static void pass_done(void *ctx, const struct http_result *r)
{
	struct passing *p = ctx;
	struct http_exchange *x = p->x;
	http_on_gone(x, NULL, NULL);
	if (p->begun) {
		http_stream_end(x);
	} else if (r->status == 0) {
		struct err e = { 0 };
		err_set(&e, r->err.code == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE, "the part that knows this is not reachable: %s", r->err.message);
		http_answer_err(x, &e);
	} else {
		struct str type = http1_get(r->head, HTTP_CONTENT_TYPE);
		http_answer(x, r->status, type, STR("Cache-Control: no-store\r\n"), p->refusal.len ? buf_str(&p->refusal) : r->body);
	}
	free_passing(p);
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
	buf_init(&p->refusal, REFUSAL_MAX);
	if (str_eq(http_request(x)->path, STR("/api/logs/tail"))) {
		o.timeout = INT64_MAX;
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
