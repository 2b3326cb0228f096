/* Answers of the HTTP server: whole, streamed, and those that the server makes itself. They are put into the connection's queue;
 * the connection writes them when it runs next (http_conn.c), so several pieces of one turn leave in one system call. */
#include "base/check.h"
#include "base/json.h"
#include "base/time.h"
#include "net/http_server_impl.h"
#include <stdlib.h>

const struct http_request *http_request(const struct http_exchange *x)
{
	return &x->request;
}

struct arena *http_arena(struct http_exchange *x)
{
	return &x->arena;
}

struct loop *http_loop(struct http_exchange *x)
{
	return x->server->loop;
}

void http_on_gone(struct http_exchange *x, void (*fn)(void *ctx), void *ctx)
{
	x->on_gone = fn;
	x->gone_ctx = ctx;
}

static bool has_no_body(int status)
{
	return status < 200 || status == 204 || status == 304;
}

/* Status line and header lines up to, not with, the framing. */
static void begin(struct buf *b, int status, struct str content_type, struct str headers)
{
	CHECK(status >= 200 && status <= 599);
	CHECK(headers.len == 0 || str_ends(headers, STR("\r\n")));
	buf_add(b, STR("HTTP/1.1 "));
	buf_u64(b, (uint64_t)status);
	buf_char(b, ' ');
	buf_add(b, str_z(http_phrase(status)));
	buf_add(b, STR("\r\nDate: "));
	time_http(b, sys_wall());
	if (content_type.len) {
		CHECK(http1_is_value(content_type));
		buf_add(b, STR("\r\nContent-Type: "));
		buf_add(b, content_type);
	}
	buf_add(b, STR("\r\n"));
	buf_add(b, headers);
}

static void connection(struct http_conn *c)
{
	if (c->close || c->server->draining) {
		c->close = true;
		buf_add(&c->out, STR("Connection: close\r\n"));
	} else if (c->x->request.head.minor == 0) {
		buf_add(&c->out, STR("Connection: keep-alive\r\n"));
	}
}

/* The client is gone and the handler could not know: its answer ends the exchange. */
static void end_orphan(struct http_exchange *x)
{
	*x->link = x->next;
	if (x->next)
		x->next->link = x->link;
	http_exchange_free(x);
}

static void whole(struct http_conn *c, int status, struct str content_type, struct str headers, struct str body, bool head_only)
{
	begin(&c->out, status, content_type, headers);
	connection(c);
	if (!has_no_body(status)) {
		buf_add(&c->out, STR("Content-Length: "));
		buf_u64(&c->out, body.len);
		buf_add(&c->out, STR("\r\n"));
	}
	buf_add(&c->out, STR("\r\n"));
	if (!head_only && !has_no_body(status))
		buf_add(&c->out, body);
	c->x->answered = true;
	c->reset |= !buf_ok(&c->out); /* beyond SERVER_OUT_LIMIT: better no answer than half of one */
}

void http_answer(struct http_exchange *x, int status, struct str content_type, struct str headers, struct str body)
{
	CHECK(!x->answered && !x->streaming);
	if (!x->conn) {
		end_orphan(x);
		return;
	}
	whole(x->conn, status, content_type, headers, body, x->head_only);
	http_conn_kick(x->conn);
}

static void error_body(struct buf *b, const struct err *e)
{
	struct json_out o;
	json_out_init(&o, b);
	json_out_object(&o);
	json_kv_str(&o, "error", str_z(err_name(e->code)));
	json_kv_str(&o, "message", str_z(e->message));
	if (e->file[0])
		json_kv_str(&o, "file", str_z(e->file));
	if (e->line)
		json_kv_u64(&o, "line", e->line);
	if (e->column)
		json_kv_u64(&o, "column", e->column);
	json_out_end(&o);
	buf_char(b, '\n');
}

void http_answer_err(struct http_exchange *x, const struct err *e)
{
	struct buf b;
	buf_init(&b, 16384);
	error_body(&b, e);
	http_answer(x, err_http_status(e->code), STR("application/json"), STR(""), buf_str(&b));
	buf_release(&b);
}

void http_refuse(struct http_conn *c, int status, const struct err *e)
{
	struct buf b;
	buf_init(&b, 16384);
	error_body(&b, e);
	c->close = true;
	c->state = CONN_FLUSHING;
	whole(c, status, STR("application/json"), STR(""), buf_str(&b), c->x->head_only);
	buf_release(&b);
}

void http_drop(struct http_exchange *x)
{
	CHECK(!x->answered && !x->streaming);
	if (!x->conn) {
		end_orphan(x);
		return;
	}
	x->answered = true;
	x->conn->reset = true;
	http_conn_kick(x->conn);
}

/* --- streams
 * ---------------------------------------------------------------------------------------------------------------------------- */

void http_stream_begin(struct http_exchange *x, int status, struct str content_type, struct str headers)
{
	CHECK(!x->answered && !x->streaming && !has_no_body(status));
	x->streaming = true;
	if (!x->conn)
		return;
	if (x->request.head.minor == 0)
		x->conn->close = true; /* its end is the end of the connection */
	begin(&x->conn->out, status, content_type, headers);
	connection(x->conn);
	buf_add(&x->conn->out, x->request.head.minor ? STR("Transfer-Encoding: chunked\r\n\r\n") : STR("\r\n"));
	http_conn_kick(x->conn);
}

bool http_stream_write(struct http_exchange *x, struct str data)
{
	CHECK(x->streaming && !x->answered);
	struct http_conn *c = x->conn;
	if (!c || data.len == 0 || x->head_only)
		return true;
	if (c->out.len && c->out.len + data.len > HTTP_STREAM_QUEUE)
		return false;
	bool chunked = x->request.head.minor;
	if (chunked)
		buf_printf(&c->out, "%zx\r\n", data.len);
	buf_add(&c->out, data);
	if (chunked)
		buf_add(&c->out, STR("\r\n"));
	c->reset |= !buf_ok(&c->out);
	http_conn_kick(c);
	return true;
}

void http_stream_on_drained(struct http_exchange *x, void (*fn)(void *ctx), void *ctx)
{
	x->on_drained = fn;
	x->drained_ctx = ctx;
}

size_t http_stream_queued(const struct http_exchange *x)
{
	return x->conn ? x->conn->out.len : 0;
}

void http_stream_end(struct http_exchange *x)
{
	CHECK(x->streaming && !x->answered);
	if (!x->conn) {
		end_orphan(x);
		return;
	}
	x->answered = true;
	if (x->request.head.minor && !x->head_only)
		buf_add(&x->conn->out, STR("0\r\n\r\n"));
	http_conn_kick(x->conn);
}

void http_stream_abort(struct http_exchange *x)
{
	CHECK(x->streaming && !x->answered);
	if (!x->conn) {
		end_orphan(x);
		return;
	}
	x->answered = true;
	x->conn->reset = true;
	http_conn_kick(x->conn);
}
