/* See record_calls.h. */
#include "part/record_calls.h"
#include "base/base64.h"
#include "base/json.h"

static struct { struct gateway *gateway; struct http_exchange *x; uint64_t missed; } reader;

static void put_body(struct json_out *o, const char *text_key, const char *bytes_key, struct str body)
{
	struct buf b;
	if (str_is_utf8(body)) {
		json_kv_str(o, text_key, body);
		return;
	}
	buf_init(&b, 1 << 20);
	base64_encode(&b, body);
	json_kv_str(o, bytes_key, buf_str(&b));
	buf_release(&b);
}

static void take(void *ctx, const struct taped *t)
{
	struct buf b;
	struct json_out o;
	(void)ctx;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "method", t->method);
	json_kv_str(&o, "path", t->path);
	json_kv_str(&o, "query", t->query);
	json_kv_str(&o, "operation", t->operation);
	json_kv_str(&o, "version", t->version);
	json_kv_str(&o, "type", t->type);
	put_body(&o, "body", "body_base64", t->body);
	json_kv_i64(&o, "status", t->status);
	json_kv_str(&o, "answer_type", t->answer_type);
	put_body(&o, "answer", "answer_base64", t->answer);
	json_kv_bool(&o, "cut", t->cut);
	json_out_key(&o, STR("trace"));
	json_out_hex(&o, t->trace, sizeof(t->trace));
	json_kv_u64(&o, "missed", reader.missed);
	json_out_end(&o);
	buf_char(&b, '\n');
	if (!buf_ok(&b) || !http_stream_write(reader.x, buf_str(&b)))
		reader.missed++;
	buf_release(&b);
}

static void gone(void *ctx)
{
	(void)ctx;
	gateway_tape(reader.gateway, STR(""), STR(""), NULL, NULL);
	reader.x = NULL;
}

static bool named(struct http_exchange *x, const char *name, struct str *value, struct err *e)
{
	struct str raw;
	if (!http_query_get(http_request(x)->head.query, str_z(name), &raw) || !raw.len)
		return err_set(e, ERR_INPUT, "say whose calls: " RECORD_CALLS_PATH "?consumer=NAME&service=NAME");
	char *out = arena_bytes(http_arena(x), raw.len + 1);
	size_t n = out ? http_unescape(out, raw, true) : SIZE_MAX;
	if (n == SIZE_MAX)
		return err_set(e, ERR_INPUT, "`%s` is no well-formed parameter", name);
	*value = str_from(out, n);
	return true;
}

void record_calls_handle(struct gateway *g, struct http_exchange *x)
{
	struct err e = { 0 };
	struct str consumer, service;
	bool ok = http_request(x)->local || err_set(&e, ERR_FORBIDDEN, "whole calls are shown on the Unix socket only");
	ok = ok && named(x, "consumer", &consumer, &e) && named(x, "service", &service, &e);
	if (ok && !gateway_tape(g, consumer, service, take, NULL))
		ok = err_set(&e, ERR_CONFLICT, "somebody records calls already; one at a time");
	if (!ok) {
		http_answer_err(x, &e);
		return;
	}
	reader.gateway = g;
	reader.x = x;
	reader.missed = 0;
	http_on_gone(x, gone, NULL);
	http_stream_begin(x, 200, STR("application/x-ndjson"), STR("Cache-Control: no-store\r\n"));
	http_stream_write(x, STR("\n")); /* it listens from now on */
}
