/* Answers that the gateway makes itself: which dependency, in which phase, why, what was tried, and the trace id to look it up by, as
 * Proxy-Status (RFC 9209) and as a JSON body. The status is the reason's (tbl/reasons.h). */
#include "base/json.h"
#include "base/time.h"
#include "gateway/state.h"
#include "gateway/upstream.h"
#include "gateway/version.h"

/* The reason in words, with the dependency's name in. */
static void add_words(struct buf *b, enum call_reason why, struct str service)
{
	struct str words = call_reasons[why].words, mark = STR("{service}");
	size_t at = str_find(words, mark);
	if (at == SIZE_MAX) {
		buf_add(b, words);
		return;
	}
	buf_add(b, str_sub(words, 0, at));
	buf_add(b, service);
	buf_add(b, str_skip(words, at + mark.len));
}

/* A string of structured fields (RFC 8941 section 3.3.3): printable ASCII, quotes and backslashes escaped. */
static void add_sf_string(struct buf *b, struct str s)
{
	buf_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_char(b, '\\');
		buf_char(b, s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?');
	}
	buf_char(b, '"');
}

static const struct attempt *last_attempt(const struct call *k) { return k->attempts ? &k->attempt[k->attempts - 1] : NULL; }

static void add_attempts(struct json_out *o, const struct call *k)
{
	json_out_key(o, STR("attempts"));
	json_out_array(o);
	for (int i = 0; i < k->attempts; i++) {
		const struct attempt *a = &k->attempt[i];
		json_out_object(o);
		json_kv_str(o, "instance", a->pool->instance);
		json_kv_str(o, "address", a->pool->address_text);
		json_kv_str(o, "result", call_reasons[a->reason].name);
		json_kv_bool(o, "reused", a->reused);
		json_kv_i64(o, "connect_ns", a->connect);
		json_kv_i64(o, "first_byte_ns", a->first_byte);
		json_kv_i64(o, "total_ns", a->total);
		if (a->status)
			json_kv_i64(o, "status", a->status);
		json_out_end(o);
	}
	json_out_end(o);
}

static void add_said(struct json_out *o, const char *key, struct str v)
{
	if (v.len)
		json_kv_str(o, key, v);
}

static void add_time(struct json_out *o, const char *key, int64_t wall)
{
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, wall, 0);
	json_kv_str(o, key, buf_str(&b));
	buf_release(&b);
}

/* Who meets a brown-out has read nothing of what was announced: so all of it is here. */
static void add_brownout(struct json_out *o, const struct call *k)
{
	int64_t ends;
	const struct version *v = k->route->life;
	if (version_brownout(k, &ends))
		add_time(o, "ends", ends);
	add_said(o, "version", v->served->version);
	add_said(o, "successor", v->served->successor);
	if (v->served->sunset)
		add_time(o, "sunset", v->served->sunset);
	add_said(o, "owner", v->owner);
	add_said(o, "contact", v->contact);
	add_said(o, "documentation", v->served->documentation);
}

static void add_body(struct buf *b, const struct call *k, enum call_reason why)
{
	struct json_out o;
	struct str service = k->lane ? k->lane->target->service : STR("");
	json_out_init(&o, b);
	json_out_object(&o);
	json_kv_str(&o, "error", call_reasons[why].name);
	if (service.len)
		json_kv_str(&o, "dependency", service);
	json_kv_str(&o, "phase", call_reasons[why].phase);
	json_out_key(&o, STR("reason"));
	struct buf text;
	buf_init(&text, 512);
	add_words(&text, why, service);
	if (k->note) {
		buf_add(&text, STR(": "));
		buf_add(&text, str_z(k->note));
	}
	json_out_str(&o, buf_str(&text));
	buf_release(&text);
	if (why == REASON_CALL_TIMEOUT || why == REASON_FIRST_BYTE_TIMEOUT || why == REASON_CONNECT_TIMEOUT || why == REASON_DEADLINE)
		json_kv_i64(&o, "waited_ms", (loop_now(call_gateway(k)->loop) - k->started) / MSEC);
	if (why == REASON_NO_INSTANCE)
		json_kv_i64(&o, "instances_known", (int64_t)k->lane->target->known);
	if (why == REASON_BROWNOUT)
		add_brownout(&o, k);
	add_attempts(&o, k);
	json_out_key(&o, STR("trace_id"));
	json_out_hex(&o, k->context.trace.b, sizeof(k->context.trace.b));
	json_out_end(&o);
	buf_char(b, '\n');
}

/* In seconds. */
static int64_t retry_after(const struct call *k, enum call_reason why)
{
	struct gateway *g = call_gateway(k);
	int64_t ends;
	if (why != REASON_BROWNOUT || !version_brownout(k, &ends))
		return 1;
	return (ends - gateway_wall(g, loop_now(g->loop)) + SECOND - 1) / SECOND;
}

static void add_head(struct buf *b, struct call *k, enum call_reason why, int status, size_t body_len)
{
	const struct attempt *a = last_attempt(k);
	buf_printf(b, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nDate: ", status, http_phrase(status), body_len);
	time_http(b, gateway_wall(call_gateway(k), loop_now(call_gateway(k)->loop)));
	buf_printf(b, "\r\nProxy-Status: pleach; error=%.*s", STR_FMT(call_reasons[why].proxy_error));
	if (a) {
		buf_add(b, STR("; next-hop="));
		add_sf_string(b, a->pool->instance);
	}
	struct buf words;
	buf_init(&words, 512);
	add_words(&words, why, k->lane ? k->lane->target->service : STR("the service"));
	if (k->note)
		buf_printf(&words, ": %s", k->note);
	buf_add(b, STR("; details="));
	add_sf_string(b, buf_str(&words));
	buf_release(&words);
	if (status == 503 || why == REASON_BROWNOUT)
		buf_printf(b, "\r\nRetry-After: %lld", (long long)retry_after(k, why));
	buf_add(b, call_keeps_client(k) ? (k->request.minor ? STR("") : STR("\r\nConnection: keep-alive")) : STR("\r\nConnection: close"));
	buf_add(b, STR("\r\npleach-trace: "));
	buf_hex(b, k->context.trace.b, sizeof(k->context.trace.b));
	buf_add(b, STR("\r\n"));
	if (k->route && k->route->life)
		version_own_lines(k->route->life, k->lane->outside, b);
	buf_add(b, STR("\r\n"));
}

void answer_own(struct call *k, enum call_reason why, int status)
{
	struct gateway *g = call_gateway(k);
	struct buf *b = &g->scratch;
	bool to_head = !k->malformed && str_eq(k->request.method, STR("HEAD"));
	struct buf body;
	buf_init(&body, 8192);
	add_body(&body, k, why);
	buf_clear(b);
	add_head(b, k, why, status, body.len);
	if (!to_head)
		buf_add(b, buf_str(&body));
	k->bytes_out = to_head ? 0 : body.len;
	buf_release(&body);
	metric_inc(METRIC_GATEWAY_RESPONSES_OWN);
	k->own_answer = true;
	k->head_sent = true;
	k->status = status;
	k->state = CALL_FLUSHING;
	struct sys_iovec v = { buf_str(b).p, b->len };
	if (!buf_ok(b) || conn_send(&k->client->conn, &v, 1) < 0) {
		call_client_gone(k);
		return;
	}
	if (k->client->conn.out) {
		k->phase_due = NEVER;
		k->client_due = loop_now(g->loop) + CLIENT_FLUSH;
		k->deadline = NEVER;
		call_arm(k);
		return;
	}
	call_flushed(k);
}
