/* See tape.h. */
#include "gateway/tape.h"
#include "gateway/state.h"
#include <stdlib.h>

static bool is_text(const char *kept, struct str s) { return str_eq(str_z(kept), s); }

bool gateway_tape(struct gateway *g, struct str consumer, struct str service, void (*take)(void *ctx, const struct taped *t), void *ctx)
{
	struct tape *t = &g->tape;
	if (!take) {
		t->on = false;
		return true;
	}
	if (t->on || consumer.len >= sizeof(t->consumer) || service.len >= sizeof(t->service))
		return false;
	t->on = true;
	memcpy(t->consumer, consumer.p, consumer.len);
	t->consumer[consumer.len] = '\0';
	memcpy(t->service, service.p, service.len);
	t->service[service.len] = '\0';
	t->take = take;
	t->ctx = ctx;
	return true;
}

void tape_begin(struct call *k)
{
	struct tape *t = &call_gateway(k)->tape;
	struct str caller = k->lane->outside ? STR(USAGE_REPORT_OUTSIDE) : k->lane->caller;
	if (k->shift || !is_text(t->consumer, caller) || !is_text(t->service, k->lane->target->service) || t->calls == TAPE_CALLS_MAX || !(k->tape = calloc(1, sizeof(*k->tape))))
		return;
	t->calls++;
	buf_init(&k->tape->request, TAPE_BODY_MAX);
	buf_init(&k->tape->answer, TAPE_BODY_MAX);
	buf_init(&k->tape->answer_type, 256);
}

static void keep(struct tape_call *t, struct buf *b, struct str piece)
{
	size_t room = TAPE_BODY_MAX - b->len;
	t->cut |= piece.len > room;
	buf_add(b, str_sub(piece, 0, room));
}

void tape_request(struct tape_call *t, struct str piece) { keep(t, &t->request, piece); }
void tape_answer(struct tape_call *t, struct str piece) { keep(t, &t->answer, piece); }

void tape_head(struct call *k)
{
	struct str type = http1_get(&k->answer, HTTP_CONTENT_TYPE);
	k->tape->cut |= http1_get(&k->answer, HTTP_CONTENT_ENCODING).len > 0; /* bytes that nobody reads here */
	buf_clear(&k->tape->answer_type);
	buf_add(&k->tape->answer_type, str_sub(type, 0, 255));
}

void tape_end(struct call *k)
{
	struct gateway *g = call_gateway(k);
	struct tape_call *t = k->tape;
	if (g->tape.on && k->reason == CALL_OK && !k->own_answer && k->status) {
		const struct route *r = k->route;
		struct taped told = { .method = k->request.method, .path = k->path.len ? k->path : STR("/"), .query = k->request.query, .type = http1_get(&k->request, HTTP_CONTENT_TYPE),
				      .body = buf_str(&t->request), .status = k->status, .answer_type = buf_str(&t->answer_type), .answer = buf_str(&t->answer), .cut = t->cut,
				      .version = r ? r->version : STR("") };
		if (r && k->operation != OPERATIONS_NONE && k->operation < r->operation_count)
			told.operation = r->operation_list[k->operation].path;
		memcpy(told.trace, k->context.trace.b, sizeof(told.trace));
		g->tape.take(g->tape.ctx, &told);
	}
	tape_drop(k);
}

void tape_drop(struct call *k)
{
	struct tape_call *t = k->tape;
	if (!t)
		return;
	call_gateway(k)->tape.calls--;
	buf_release(&t->request);
	buf_release(&t->answer);
	buf_release(&t->answer_type);
	free(t);
	k->tape = NULL;
}
