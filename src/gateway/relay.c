/* Bodies in both directions. A piece is taken from the block that it was read into, stripped of its framing, and sent in the framing that
 * goes out; chunk extensions and trailers end here. The source is not read while the other side has CONN_OUT_HIGH bytes queued. */
#include "gateway/state.h"
#include "gateway/upstream.h"
#include "gateway/version.h"

void body_start(struct body *b, const struct http1_head *h)
{
	*b = (struct body){ .kind = h->body, .left = h->length, .done = h->body == HTTP1_NO_BODY };
}

static enum http1_result take_chunked(struct body *b, struct block *in, struct str *data)
{
	char *to = in->data + in->from;
	size_t len = 0;
	enum http1_result r = HTTP1_MORE;
	while (in->from < in->to && r == HTTP1_MORE) {
		size_t used = 0;
		struct str run = { NULL, 0 };
		r = http1_chunk(&b->chunks, block_str(in), &used, &run);
		if (run.len) {
			if (to + len != run.p)
				memmove(to + len, run.p, run.len); /* runs lie behind `to`: what is overwritten has been read */
			len += run.len;
		}
		in->from += (uint32_t)used;
		if (used == 0)
			break;
	}
	*data = str_from(to, len);
	b->done = r == HTTP1_DONE;
	return r;
}

enum http1_result body_take(struct body *b, struct block *in, struct str *data)
{
	*data = block_str(in);
	switch (b->kind) {
	case HTTP1_NO_BODY:
		data->len = 0;
		b->done = true;
		return HTTP1_DONE;
	case HTTP1_LENGTH:
		if (data->len > b->left)
			data->len = (size_t)b->left;
		in->from += (uint32_t)data->len;
		b->left -= data->len;
		b->done = b->left == 0;
		return b->done ? HTTP1_DONE : HTTP1_MORE;
	case HTTP1_CHUNKED:
		return take_chunked(b, in, data);
	case HTTP1_UNTIL_CLOSE:
		in->from = in->to;
		return HTTP1_MORE;
	}
	UNREACHABLE();
}

int body_pieces(struct sys_iovec v[BODY_PIECES], char size[BODY_SIZE_TEXT], struct str data, bool chunked, bool last)
{
	static const char end[] = "\r\n0\r\n\r\n";
	int n = 0;
	if (!chunked) {
		if (data.len)
			v[n++] = (struct sys_iovec){ data.p, data.len };
		return n;
	}
	if (data.len) {
		char *p = size + BODY_SIZE_TEXT;
		*--p = '\n';
		*--p = '\r';
		for (size_t left = data.len; left; left >>= 4)
			*--p = "0123456789abcdef"[left & 15];
		v[n++] = (struct sys_iovec){ p, (size_t)(size + BODY_SIZE_TEXT - p) };
		v[n++] = (struct sys_iovec){ data.p, data.len };
		v[n++] = (struct sys_iovec){ end, last ? sizeof(end) - 1 : 2 };
	} else if (last) {
		v[n++] = (struct sys_iovec){ end + 2, sizeof(end) - 3 };
	}
	return n;
}

/* --- the request ---------------------------------------------------------------------------------------------------------------- */

void relay_replay_release(struct call *k)
{
	while (k->replay) {
		struct block *b = k->replay;
		k->replay = b->next;
		block_give(&call_gateway(k)->blocks, b);
	}
	k->replay_last = NULL;
	k->replay_bytes = 0;
}

/* Only an attempt on a kept connection is ever repeated after something was sent. */
static void keep_for_replay(struct call *k, struct str data)
{
	if (k->bytes_in != k->replay_bytes || !call_attempt_now(k)->reused)
		return;
	if (k->replay_bytes + data.len > CALL_REPLAY_MAX) {
		relay_replay_release(k);
		return;
	}
	while (data.len) {
		struct block *b = k->replay_last;
		if (!b || b->to == BLOCK_SIZE) {
			b = block_take(&call_gateway(k)->blocks);
			if (!b) {
				relay_replay_release(k);
				return;
			}
			if (k->replay_last)
				k->replay_last->next = b;
			else
				k->replay = b;
			k->replay_last = b;
		}
		size_t n = BLOCK_SIZE - b->to < data.len ? BLOCK_SIZE - b->to : data.len;
		memcpy(b->data + b->to, data.p, n);
		b->to += (uint32_t)n;
		k->replay_bytes += n;
		data = str_skip(data, n);
	}
}

enum call_reason relay_take(struct call *k, struct str *data)
{
	enum http1_result r = body_take(&k->in, k->client->conn.in, data);
	if (r != HTTP1_DONE && r != HTTP1_MORE) {
		k->note = http1_reason(r);
		return REASON_BAD_REQUEST;
	}
	keep_for_replay(k, *data);
	meter_body(k->look, *data);
	if (k->tape)
		tape_request(k->tape, *data);
	k->bytes_in += data->len;
	return k->bytes_in > k->plan->max_body ? REASON_BODY_TOO_LARGE : CALL_OK;
}

/* Sends one piece; false when the instance takes no more. */
static bool send_request_piece(struct call *k, struct str data)
{
	struct sys_iovec v[BODY_PIECES];
	char size[BODY_SIZE_TEXT];
	int n = body_pieces(v, size, data, k->in.kind == HTTP1_CHUNKED, k->in.done);
	if (n > 0 && conn_send(&k->up->conn, v, n) < 0) {
		k->request_broken = true;
		k->up->conn.readable = true; /* perhaps it answered before it closed */
		return false;
	}
	return true;
}

void relay_request(struct call *k)
{
	struct client *c = k->client;
	while (!k->in.done && !k->request_broken && k->up->conn.out_bytes < CONN_OUT_HIGH) {
		if (block_len(c->conn.in) == 0) {
			int64_t n = conn_read(&c->conn);
			if (n == SYS_AGAIN)
				break;
			if (n <= 0) {
				call_client_gone(k);
				return;
			}
			k->client_due = loop_now(c->g->loop) + c->g->limits.body_idle;
		}
		struct str data;
		enum call_reason why = relay_take(k, &data);
		if (why != CALL_OK) {
			call_fail(k, why);
			return;
		}
		bool going = send_request_piece(k, data);
		conn_consume(&c->conn, 0);
		if (!going)
			break;
	}
	if (k->in.done)
		call_request_sent(k);
	else
		call_arm(k);
}

/* --- the answer ------------------------------------------------------------------------------------------------------------------- */

/* The stream from the instance ended: what that means depends on how far the answer was. */
static void answer_ended(struct call *k, int64_t how)
{
	if (k->state == CALL_ANSWERING && k->out.kind == HTTP1_UNTIL_CLOSE && how == 0) {
		k->out.done = true;
		struct sys_iovec v[BODY_PIECES];
		char size[BODY_SIZE_TEXT];
		int n = body_pieces(v, size, (struct str){ NULL, 0 }, k->chunked_out, true);
		if (n > 0 && conn_send(&k->client->conn, v, n) < 0)
			call_client_gone(k);
		else
			call_answered(k);
		return;
	}
	if (k->state == CALL_WAITING)
		call_attempt_failed(k, call_attempt_now(k)->first_byte < 0 ? REASON_RESET_BEFORE_ANSWER : REASON_RESET_IN_ANSWER);
	else
		call_fail(k, REASON_RESET_IN_ANSWER);
}

/* Body bytes of the answer that lie in the block. */
static bool pass_answer(struct call *k, bool with_head)
{
	struct conn *from = &k->up->conn;
	struct client *c = k->client;
	struct str data = { NULL, 0 };
	if (from->in && !k->out.done) {
		enum http1_result r = body_take(&k->out, from->in, &data);
		if (r != HTTP1_DONE && r != HTTP1_MORE) {
			call_fail(k, REASON_BAD_ANSWER);
			return false;
		}
	}
	if (k->shift && shift_has_answer(k))
		return shift_add(k, data);
	if (k->tape)
		tape_answer(k->tape, data);
	int r = 0;
	if (with_head) {
		r = forward_answer(k, data);
	} else {
		struct sys_iovec v[BODY_PIECES];
		char size[BODY_SIZE_TEXT];
		int n = body_pieces(v, size, data, k->chunked_out, k->out.done);
		if (n > 0)
			r = conn_send(&c->conn, v, n);
	}
	k->bytes_out += data.len;
	if (r < 0) {
		call_client_gone(k);
		return false;
	}
	if (k->streaming)
		k->client_due = loop_now(c->g->loop) + c->g->limits.stream_idle;
	return true;
}

/* Takes the final head out of the block and sends it on with what came of the body. */
static bool begin_answer(struct call *k)
{
	struct client *c = k->client;
	struct conn *from = &k->up->conn;
	call_attempt_now(k)->status = k->answer.status;
	k->status = k->answer.status;
	body_start(&k->out, &k->answer);
	if (k->tape)
		tape_head(k);
	k->answer_start = from->in->data + from->in->from;
	from->in->from += (uint32_t)k->answer.size;
	k->state = CALL_ANSWERING;
	k->phase_due = NEVER;
	bool whole = false; /* it goes out when all of it is here */
	if (k->shift) {
		enum call_reason why = CALL_OK;
		whole = shift_takes_answer(k, &why);
		k->status = shift_status(k);
		if (why != CALL_OK) {
			call_fail(k, why);
			return false;
		}
	}
	bool endless = k->out.kind == HTTP1_CHUNKED || k->out.kind == HTTP1_UNTIL_CLOSE;
	k->chunked_out = endless && k->request.minor > 0 && !whole;
	if (!k->in.done || c->g->draining || !c->listener->entry || (!k->chunked_out && !whole && endless))
		k->keep_alive = false;
	struct str type = http1_get(&k->answer, HTTP_CONTENT_TYPE);
	if (str_starts(type, STR("text/event-stream"))) {
		k->streaming = true;
		k->deadline = NEVER;
	}
	if (!pass_answer(k, true))
		return false;
	if (!k->out.done)
		call_arm(k);
	return true;
}

enum parsed { PARSED_MORE, PARSED_INTERIM, PARSED_FINAL, PARSED_OVER /* the attempt or the call has ended */ };

/* Head bytes are in the block. */
static enum parsed parse_answer(struct call *k)
{
	struct conn *from = &k->up->conn;
	struct attempt *a = call_attempt_now(k);
	if (a->first_byte < 0)
		a->first_byte = loop_now(call_gateway(k)->loop) - a->start;
	enum http1_result r = http1_response(&k->answer, block_str(from->in), str_eq(k->request.method, STR("HEAD")));
	if (r == HTTP1_MORE)
		return PARSED_MORE;
	/* 101 was not asked for: Upgrade is not passed on. */
	if (r != HTTP1_DONE || k->answer.status == 101 || (k->answer.status < 200 && ++k->interim > CALL_INTERIM_MAX)) {
		k->note = r != HTTP1_DONE ? http1_reason(r) : "interim answers that nobody asked for";
		call_attempt_failed(k, REASON_BAD_ANSWER);
		return PARSED_OVER;
	}
	if (k->answer.status >= 200)
		return begin_answer(k) ? PARSED_FINAL : PARSED_OVER;
	if (k->request.minor > 0 && forward_interim(k) < 0) {
		call_client_gone(k);
		return PARSED_OVER;
	}
	conn_consume(from, k->answer.size);
	k->answer.scanned = 0;
	return from->in ? PARSED_INTERIM : PARSED_MORE;
}

void relay_answer(struct call *k)
{
	struct client *c = k->client;
	while (c->conn.out_bytes < CONN_OUT_HIGH) {
		int64_t n = conn_read(&k->up->conn);
		if (n == SYS_AGAIN)
			break;
		if (n <= 0) {
			answer_ended(k, n);
			return;
		}
		if (k->state == CALL_WAITING) {
			enum parsed p;
			do
				p = parse_answer(k);
			while (p == PARSED_INTERIM);
			if (p == PARSED_OVER)
				return;
			if (p == PARSED_MORE)
				continue;
		} else if (!pass_answer(k, false)) {
			return;
		}
		conn_consume(&k->up->conn, 0);
		if (k->out.done) {
			call_answered(k);
			return;
		}
	}
}
