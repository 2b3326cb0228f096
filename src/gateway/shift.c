/* Calls to a version that another version's provider serves: path and query are those of the new version, JSON bodies are transformed both ways
 * (model/transform.h). A body that is to be transformed is collected first, at most TRANSFORM_BODY_MAX, and goes out with its length; what is not JSON
 * passes as it is. An answer that cannot be transformed is never passed on: the caller would misread it.
 *
 *   request: CALL_COLLECTING (body wanted and not whole) -> the first attempt as for any call, its body from `body`
 *   answer:  CALL_ANSWERING with `answering` set: collected; whole -> transformed, CALL_FLUSHING until `answer` is sent */
#include "gateway/version.h"
#include "gateway/meter.h"
#include "gateway/state.h"
#include "gateway/upstream.h"
#include <stdlib.h>

struct shift {
	const struct transform_operation *op; /* NULL: only the path changes */
	struct str method;
	struct buf target;                    /* path and query that the provider sees */
	struct buf body;                      /* of the request: as it came, then as it is sent */
	size_t body_sent;
	struct buf head, answer;              /* of the answer: our head, and the body as it came, then as it is sent */
	size_t answer_sent;
	bool collecting, replaces, answering;
};

void shift_free(struct shift *s)
{
	if (!s)
		return;
	buf_release(&s->target);
	buf_release(&s->body);
	buf_release(&s->head);
	buf_release(&s->answer);
	free(s);
}

static bool ends_with_ci(struct str s, struct str end) { return s.len >= end.len && str_eq_ci(str_skip(s, s.len - end.len), end); }

/* "application/json", "application/problem+json; charset=utf-8" */
static bool is_json(const struct http1_head *h)
{
	struct str type = http1_get(h, HTTP_CONTENT_TYPE);
	type = str_trim(str_sub(type, 0, str_find_char(type, ';')));
	return str_eq_ci(type, STR("application/json")) || ends_with_ci(type, STR("+json"));
}

static bool is_encoded(const struct http1_head *h)
{
	struct str v = http1_get(h, HTTP_CONTENT_ENCODING);
	return v.len && !str_eq_ci(v, STR("identity"));
}

/* --- the request --------------------------------------------------------------------------------------------------------------------------- */

static bool make_target(struct call *k, struct shift *s, const struct transform_slots *slots)
{
	const struct version *v = k->route->life;
	struct str query = k->request.query;
	if (s->op) {
		transform_target(s->op, slots, &s->target);
	} else {
		struct str rest = k->route->prefix.len > 1 ? str_skip(k->path, k->route->prefix.len) : k->path;
		if (v->provider_path.len > 1)
			buf_add(&s->target, v->provider_path);
		buf_add(&s->target, rest);
		if (s->target.len == 0)
			buf_char(&s->target, '/');
	}
	if (plan_escapes(buf_str(&s->target), v->provider_path))
		return false;
	if (query.p && !(s->op && s->op->query.count)) {
		buf_char(&s->target, '?');
		buf_add(&s->target, query);
	} else if (s->op && s->op->query.count) {
		size_t before = s->target.len;
		buf_char(&s->target, '?');
		if (!transform_query(&s->op->query, query, &s->target))
			return false;
		if (s->target.len == before + 1 && buf_ok(&s->target))
			buf_truncate(&s->target, before);
	}
	return buf_ok(&s->target);
}

enum call_reason shift_begin(struct call *k)
{
	const struct version *v = k->route->life;
	struct transform_slots slots;
	struct shift *s = calloc(1, sizeof(*s));
	if (!s)
		return REASON_OVERLOAD;
	k->shift = s;
	buf_init(&s->target, 2 * HTTP1_MAX_TARGET);
	buf_init(&s->body, TRANSFORM_BODY_MAX);
	buf_init(&s->head, 2 * HTTP1_MAX_HEAD);
	buf_init(&s->answer, TRANSFORM_BODY_MAX);
	bool head = str_eq(k->request.method, STR("HEAD"));
	s->op = v->transform ? transform_find(v->transform, head ? STR("GET") : k->request.method, k->path, &slots) : NULL;
	s->method = s->op && !head ? s->op->new_method : k->request.method;
	if (!make_target(k, s, &slots)) {
		k->note = "its path or query cannot be turned into one of the version that serves it";
		return REASON_BAD_REQUEST;
	}
	if (!s->op || !s->op->request.count || k->in.done || !is_json(&k->request))
		return CALL_OK;
	if (is_encoded(&k->request)) {
		k->note = "it is compressed; send it plain";
		return REASON_TRANSFORM_REQUEST;
	}
	s->collecting = true;
	return CALL_OK;
}

bool shift_collects(const struct call *k) { return k->shift && k->shift->collecting; }

static void collected(struct call *k)
{
	struct shift *s = k->shift;
	struct err e = { 0 };
	struct buf out;
	buf_init(&out, TRANSFORM_BODY_MAX + 1024);
	s->collecting = false;
	bool ok = transform_text(&s->op->request, buf_str(&s->body), &out, &e);
	buf_release(&s->body);
	s->body = out;
	if (!ok) {
		k->note = e.code == ERR_TOO_LARGE ? "it is too large" : "it is not JSON";
		call_fail_status(k, REASON_TRANSFORM_REQUEST, e.code == ERR_TOO_LARGE ? 413 : 400);
		return;
	}
	s->replaces = true;
	k->in.kind = HTTP1_LENGTH;
	k->client_due = NEVER;
	call_next_attempt(k);
}

void shift_collect(struct call *k)
{
	struct client *c = k->client;
	while (!k->in.done) {
		struct str data;
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
		enum http1_result r = body_take(&k->in, c->conn.in, &data);
		if (r != HTTP1_DONE && r != HTTP1_MORE) {
			k->note = http1_reason(r);
			call_fail(k, REASON_BAD_REQUEST);
			return;
		}
		meter_body(k->look, data);
		k->bytes_in += data.len;
		buf_add(&k->shift->body, data);
		conn_consume(&c->conn, 0);
		if (!buf_ok(&k->shift->body) || k->bytes_in > k->plan->max_body) {
			k->note = "what is transformed may have 1 MiB";
			call_fail(k, REASON_BODY_TOO_LARGE);
			return;
		}
	}
	if (k->in.done)
		collected(k);
	else
		call_arm(k);
}

int shift_request(struct call *k, struct str data)
{
	struct shift *s = k->shift;
	struct forward_changes x = { .method = s->method, .target = buf_str(&s->target), .replaces_body = s->replaces, .length = s->body.len,
				     .plain_answer = s->op != NULL };
	int r = forward_changed_request(k, &x, data);
	s->body_sent = 0;
	if (r >= 0 && !shift_request_sent(k) && k->request_broken)
		return SYS_RESET;
	return r;
}

bool shift_request_sent(struct call *k)
{
	struct shift *s = k->shift;
	if (!s || !s->replaces)
		return true;
	while (s->body_sent < s->body.len && k->up->conn.out_bytes < CONN_OUT_HIGH && !k->request_broken) {
		struct str piece = str_sub(buf_str(&s->body), s->body_sent, s->body_sent + BLOCK_SIZE);
		struct sys_iovec v = { piece.p, piece.len };
		if (conn_send(&k->up->conn, &v, 1) < 0) {
			k->request_broken = true;
			k->up->conn.readable = true; /* perhaps it answered before it closed */
			return false;
		}
		s->body_sent += piece.len;
	}
	return s->body_sent == s->body.len;
}

/* --- the answer ---------------------------------------------------------------------------------------------------------------------------- */

int shift_status(const struct call *k)
{
	return k->shift && k->shift->op ? transform_answer_status(k->shift->op, k->answer.status) : k->answer.status;
}

bool shift_has_answer(const struct call *k) { return k->shift && k->shift->answering; }

bool shift_takes_answer(struct call *k, enum call_reason *why)
{
	struct shift *s = k->shift;
	*why = CALL_OK;
	if (!s->op || !transform_of_answer(s->op, k->answer.status)->count || k->out.kind == HTTP1_NO_BODY || !is_json(&k->answer))
		return false;
	if (is_encoded(&k->answer) || k->answer.status == 206) {
		k->note = k->answer.status == 206 ? "it is a part of one" : "it is compressed, although that was not asked for";
		*why = REASON_TRANSFORM_ANSWER;
		return false;
	}
	forward_changed_head(k, &s->head);
	s->answering = true;
	return true;
}

bool shift_add(struct call *k, struct str data)
{
	buf_add(&k->shift->answer, data);
	if (buf_ok(&k->shift->answer))
		return true;
	k->note = "it has more than 1 MiB";
	call_fail(k, REASON_TRANSFORM_ANSWER);
	return false;
}

bool shift_answer(struct call *k)
{
	struct shift *s = k->shift;
	struct err e = { 0 };
	struct buf out;
	buf_init(&out, TRANSFORM_BODY_MAX + 1024);
	bool ok = transform_text(transform_of_answer(s->op, k->answer.status), buf_str(&s->answer), &out, &e);
	buf_release(&s->answer);
	s->answer = out;
	if (!ok) {
		k->note = e.code == ERR_TOO_LARGE ? "it is too large" : "it is not JSON";
		call_fail(k, REASON_TRANSFORM_ANSWER);
		return false;
	}
	buf_printf(&s->head, "Content-Length: %zu\r\n", s->answer.len);
	if (!call_keeps_client(k))
		buf_add(&s->head, STR("Connection: close\r\n"));
	else if (k->request.minor == 0)
		buf_add(&s->head, STR("Connection: keep-alive\r\n"));
	buf_add(&s->head, STR("\r\n"));
	k->head_sent = true;
	k->bytes_out = s->answer.len;
	struct sys_iovec v = { buf_str(&s->head).p, s->head.len };
	if (!buf_ok(&s->head) || conn_send(&k->client->conn, &v, 1) < 0) {
		call_client_gone(k);
		return false;
	}
	return true;
}

bool shift_answer_sent(struct call *k)
{
	struct shift *s = k->shift;
	struct conn *to = &k->client->conn;
	while (s->answer_sent < s->answer.len && to->out_bytes < CONN_OUT_HIGH) {
		struct str piece = str_sub(buf_str(&s->answer), s->answer_sent, s->answer_sent + BLOCK_SIZE);
		struct sys_iovec v = { piece.p, piece.len };
		if (conn_send(to, &v, 1) < 0) {
			call_client_gone(k);
			return false;
		}
		s->answer_sent += piece.len;
	}
	return s->answer_sent == s->answer.len && !to->out;
}
