/* See grpc.h. A call comes as a whole HTTP/2 request; `serve` checks it from the outside in: method and content type (HTTP's statuses), path,
 * encoding and framing (gRPC's codes), and then calls the method. */
#include "net/grpc.h"
#include "base/base64.h"
#include "base/check.h"
#include "base/gzip.h"
#include "base/pb.h"
#include <stdio.h>
#include <stdlib.h>

static const struct str encodings = STR_INIT("identity,gzip");

struct grpc_server {
	struct http2_server *http;
	struct grpc_options o;
	bool draining;
};

/* --- answers -------------------------------------------------------------------------------------------------------------------- */

static bool is_grpc(const struct http2_call *c)
{
	struct str type = http2_find(c, STR("content-type"));
	return str_eq_ci(str_sub(type, 0, 16), STR("application/grpc")) && (type.len == 16 || type.p[16] == '+' || type.p[16] == ';');
}

void grpc_answer(struct http2_call *c, struct str message)
{
	static const struct http2_field ok = { STR_INIT("grpc-status"), STR_INIT("0") };
	const struct http2_field fields[] = { { STR("content-type"), STR("application/grpc") }, { STR("grpc-accept-encoding"), encodings } };
	struct buf b;
	CHECK(message.len <= HTTP2_MAX_ANSWER - GRPC_PREFIX);
	const uint8_t prefix[GRPC_PREFIX] = { 0, (uint8_t)(message.len >> 24), (uint8_t)(message.len >> 16), (uint8_t)(message.len >> 8),
					      (uint8_t)message.len };
	buf_init(&b, HTTP2_MAX_ANSWER);
	buf_add_bytes(&b, prefix, GRPC_PREFIX);
	buf_add(&b, message);
	http2_answer(c, &(struct http2_answer){ .status = 200,
						.fields = fields,
						.field_count = ARRAY_LEN(fields),
						.body = buf_str(&b),
						.trailers = &ok,
						.trailer_count = 1 });
	buf_release(&b);
}

/* Percent-encoding of grpc-message: printable ASCII but '%' stands for itself. */
static void escape(struct buf *b, struct str words)
{
	for (size_t i = 0; i < words.len; i++) {
		uint8_t byte = (uint8_t)words.p[i];
		if (byte > 0x20 && byte < 0x7f && byte != '%')
			buf_char(b, (char)byte);
		else if (byte == ' ' && i > 0 && i + 1 < words.len) /* at the ends a field value has none */
			buf_char(b, ' ');
		else
			buf_printf(b, "%%%02X", byte);
	}
}

/* google.rpc.Status with google.rpc.RetryInfo, in base64 without padding as "-bin" fields have it. */
static void details(struct buf *out, enum grpc_code code, struct str words, int64_t retry)
{
	struct buf b;
	buf_init(&b, 4096);
	pb_varint(&b, 1, (uint64_t)code);
	pb_bytes(&b, 2, words);
	size_t any = pb_begin(&b, 3);
	pb_bytes(&b, 1, STR("type.googleapis.com/google.rpc.RetryInfo"));
	size_t info = pb_begin(&b, 2), delay = pb_begin(&b, 1);
	pb_varint(&b, 1, (uint64_t)(retry / SECOND));
	if (retry % SECOND)
		pb_varint(&b, 2, (uint64_t)(retry % SECOND));
	pb_end(&b, delay);
	pb_end(&b, info);
	pb_end(&b, any);
	base64_encode(out, buf_str(&b));
	while (out->len && buf_str(out).p[out->len - 1] == '=')
		buf_truncate(out, out->len - 1);
	buf_release(&b);
}

void grpc_fail(struct http2_call *c, enum grpc_code code, struct str words, int64_t retry)
{
	struct buf message, bin;
	char number[4];
	int digits = snprintf(number, sizeof(number), "%d", (int)code);
	words = str_sub(words, 0, GRPC_MAX_WORDS);
	buf_init(&message, 4096);
	buf_init(&bin, 8192);
	escape(&message, words);
	struct http2_field fields[5] = { { STR("content-type"), STR("application/grpc") },
					 { STR("grpc-status"), str_from(number, (size_t)digits) },
					 { STR("grpc-message"), buf_str(&message) },
					 { STR("grpc-accept-encoding"), encodings } };
	size_t n = 4;
	if (retry) {
		details(&bin, code, words, retry);
		fields[n++] = (struct http2_field){ STR("grpc-status-details-bin"), buf_str(&bin) };
	}
	http2_answer(c, &(struct http2_answer){ .status = 200, .fields = fields, .field_count = n });
	buf_release(&message);
	buf_release(&bin);
}

void grpc_fail_err(struct http2_call *c, const struct err *e)
{
	static const struct {
		enum err_code code;
		enum grpc_code grpc;
		bool retry;
	} rows[] = {
		{ ERR_INPUT, GRPC_INVALID_ARGUMENT, false },	     { ERR_TOO_LARGE, GRPC_RESOURCE_EXHAUSTED, false },
		{ ERR_MEDIA_TYPE, GRPC_UNIMPLEMENTED, false },	     { ERR_OVERLOAD, GRPC_UNAVAILABLE, true },
		{ ERR_UNAVAILABLE, GRPC_UNAVAILABLE, true },	     { ERR_NO_MEMORY, GRPC_UNAVAILABLE, true },
		{ ERR_DISK_FULL, GRPC_RESOURCE_EXHAUSTED, true },    { ERR_NOT_FOUND, GRPC_NOT_FOUND, false },
		{ ERR_FORBIDDEN, GRPC_PERMISSION_DENIED, false },    { ERR_TIMEOUT, GRPC_DEADLINE_EXCEEDED, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].code == e->code) {
			grpc_fail(c, rows[i].grpc, str_z(e->message), rows[i].retry ? SECOND : 0);
			return;
		}
	}
	grpc_fail(c, GRPC_INTERNAL, str_z(e->message), 0);
}

/* For somebody who does not speak gRPC: an HTTP status and a line of words. */
static void fail_http(struct http2_call *c, int status, struct str words)
{
	const struct http2_field fields[] = { { STR("content-type"), STR("text/plain") }, { STR("allow"), STR("POST") } };
	http2_answer(c, &(struct http2_answer){ .status = status, .fields = fields, .field_count = status == 405 ? 2 : 1, .body = words });
}

static void count_failure(const struct grpc_server *s)
{
	if (s->o.failed)
		s->o.failed(s->o.ctx);
}

/* --- the health service --------------------------------------------------------------------------------------------------------- */

/* Whether a method belongs to the service: "/<service>/<method>". */
static bool is_of(struct str path, struct str service)
{
	return path.len > service.len + 2 && str_eq(str_sub(path, 1, service.len + 1), service) && path.p[service.len + 1] == '/';
}

static void check_health(const struct grpc_server *s, struct http2_call *c, struct str message)
{
	enum { SERVING = 1, NOT_SERVING = 2 };
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct str service = STR("");
	while (pb_next(&r, &f))
		if (f.number == 1 && f.wire == PB_BYTES)
			service = f.bytes;
	if (r.bad) {
		grpc_fail(c, GRPC_INVALID_ARGUMENT, STR("this is not a HealthCheckRequest"), 0);
		return;
	}
	bool known = service.len == 0;
	for (size_t i = 0; i < s->o.method_count; i++)
		known |= is_of(s->o.methods[i].path, service);
	if (!known) {
		grpc_fail(c, GRPC_NOT_FOUND, STR("this server has no such service"), 0);
		return;
	}
	struct buf b;
	buf_init(&b, 64);
	pb_varint(&b, 1, s->draining ? NOT_SERVING : SERVING);
	grpc_answer(c, buf_str(&b));
	buf_release(&b);
}

/* --- calls ------------------------------------------------------------------------------------------------------------------------ */

static uint32_t length_of(struct str prefix)
{
	const uint8_t *p = (const uint8_t *)prefix.p;
	return (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];
}

static size_t body_size(struct str first)
{
	return first.len < GRPC_PREFIX ? 0 : (size_t)length_of(first) + GRPC_PREFIX;
}

/* The one message of the body, decompressed into `space` where it came compressed. False: answered. */
static bool read_message(struct grpc_server *s, struct http2_call *c, struct buf *space, struct str *message)
{
	struct str body = http2_request(c)->body, encoding = http2_find(c, STR("grpc-encoding"));
	struct err e = { 0 };
	if (body.len < GRPC_PREFIX || body.len != body_size(body)) {
		grpc_fail(c, GRPC_INTERNAL, STR("the request is not exactly one message with its prefix of 5 bytes"), 0);
		return false;
	}
	*message = str_skip(body, GRPC_PREFIX);
	if (body.p[0] == 0 && message->len <= s->o.max_message)
		return true;
	bool plain = str_empty(encoding) || str_eq(encoding, STR("identity"));
	if (body.p[0] != 0 && (body.p[0] != 1 || plain)) {
		grpc_fail(c, GRPC_INTERNAL, STR("the message is flagged as compressed, but grpc-encoding does not say how"), 0);
		return false;
	}
	if (body.p[0] == 0)
		err_set(&e, ERR_TOO_LARGE, "the message is larger than %zu bytes; send smaller batches", s->o.max_message);
	else if (!str_eq(encoding, STR("gzip")))
		err_set(&e, ERR_MEDIA_TYPE, "the encoding \"%.*s\" is not understood; send gzip or identity", STR_FMT(encoding));
	else if (gzip_inflate(*message, space, &e))
		*message = buf_str(space);
	if (err_is_set(&e))
		grpc_fail_err(c, &e);
	return !err_is_set(&e);
}

static const struct grpc_method *method_of(const struct grpc_server *s, const struct http2_call *c)
{
	for (size_t i = 0; i < s->o.method_count; i++)
		if (is_grpc(c) && str_eq(s->o.methods[i].path, http2_request(c)->path))
			return &s->o.methods[i];
	return NULL;
}

/* Whether a message of this size is welcome, for the methods; whatever else it is gets its answer whole. */
static bool admit(const struct grpc_server *s, const struct http2_call *c, size_t size, struct err *e)
{
	return !s->o.admit || !method_of(s, c) || s->o.admit(s->o.ctx, size, e);
}

static bool on_admit(void *ctx, struct http2_call *c, size_t size)
{
	struct err e = { 0 };
	return admit(ctx, c, size, &e);
}

static void on_refuse(void *ctx, struct http2_call *c, enum http2_refusal why)
{
	static const struct {
		int status;
		enum grpc_code code;
		int64_t retry;
		struct str words;
	} rows[] = {
		[HTTP2_TOO_LARGE] = { 413, GRPC_RESOURCE_EXHAUSTED, 0, STR_INIT("the message is larger than this server takes as it is sent; send smaller batches, or gzip") },
		[HTTP2_HEAD_TOO_LARGE] = { 431, GRPC_RESOURCE_EXHAUSTED, 0, STR_INIT("the metadata is larger than 16 KiB or has more than 100 fields") },
		[HTTP2_BUSY] = { 503, GRPC_UNAVAILABLE, SECOND, STR_INIT("too many requests are arriving at once; try again later") },
		[HTTP2_LATE] = { 408, GRPC_DEADLINE_EXCEEDED, 0, STR_INIT("the request did not arrive in time") },
	};
	struct err e = { 0 };
	count_failure(ctx);
	if (why == HTTP2_BUSY && !admit(ctx, c, GRPC_PREFIX, &e))
		grpc_fail_err(c, &e);
	else if (is_grpc(c))
		grpc_fail(c, rows[why].code, rows[why].words, rows[why].retry);
	else
		fail_http(c, rows[why].status, rows[why].words);
}

static void call_method(struct grpc_server *s, struct http2_call *c, const struct grpc_method *m)
{
	struct buf space;
	struct str message;
	struct err e = { 0 };
	buf_init(&space, s->o.max_message);
	if (!admit(s, c, http2_request(c)->body.len, &e)) {
		count_failure(s);
		grpc_fail_err(c, &e);
	} else if (!read_message(s, c, &space, &message)) {
		count_failure(s);
	} else if (m) {
		m->fn(s->o.ctx, c, message);
	} else {
		check_health(s, c, message);
	}
	buf_release(&space);
}

static void serve(void *ctx, struct http2_call *c)
{
	struct grpc_server *s = ctx;
	const struct http2_request *q = http2_request(c);
	if (!str_eq(q->method, STR("POST"))) {
		fail_http(c, 405, STR("this server speaks gRPC: POST with content-type application/grpc\n"));
		return;
	}
	if (!is_grpc(c)) {
		fail_http(c, 415, STR("this server speaks gRPC: content-type must be application/grpc\n"));
		return;
	}
	if (str_eq(q->path, STR("/grpc.health.v1.Health/Check"))) {
		call_method(s, c, NULL);
		return;
	}
	const struct grpc_method *m = method_of(s, c);
	if (m) {
		call_method(s, c, m);
		return;
	}
	count_failure(s);
	grpc_fail(c, GRPC_UNIMPLEMENTED, STR("this server has no such method"), 0);
}

/* --- the server ---------------------------------------------------------------------------------------------------------------------- */

struct grpc_server *grpc_server_new(struct loop *l, const struct grpc_options *o)
{
	struct grpc_server *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->o = *o;
	if (!s->o.max_received)
		s->o.max_received = 4 << 20;
	if (!s->o.max_message)
		s->o.max_message = 4 << 20;
	struct http2_server_options http = { .max_body = s->o.max_received + GRPC_PREFIX,
					     .max_held = o->max_held,
					     .max_connections = o->max_connections,
					     .idle = o->idle,
					     .read_timeout = o->read_timeout,
					     .write_timeout = o->write_timeout,
					     .body_size = body_size,
					     .admit = on_admit,
					     .refuse = on_refuse };
	s->http = http2_server_new(l, &http, serve, s);
	if (s->http)
		return s;
	free(s);
	return NULL;
}

bool grpc_server_listen(struct grpc_server *s, const struct sys_addr *a, struct sys_addr *bound, struct err *e)
{
	return http2_server_listen(s->http, a, bound, e);
}

void grpc_server_drain(struct grpc_server *s, int64_t grace, void (*done)(void *ctx), void *ctx)
{
	s->draining = true;
	http2_server_drain(s->http, grace, done, ctx);
}

void grpc_server_free(struct grpc_server *s)
{
	if (!s)
		return;
	http2_server_free(s->http);
	free(s);
}
