/* See record.h. One pass, no allocation, no formatting. Lengths of nested messages are varints padded to three bytes (legal, and up to
 * 2 MiB), filled in at their end. Numbers are the fields of opentelemetry/proto/trace/v1/trace.proto. */
#include "gateway/record.h"
#include "gateway/state.h"
#include "gateway/tried.h"
#include "gateway/upstream.h"
#include "model/record.h"

enum {
	TAG_RESOURCE_SPANS = 1 << 3 | 2,
	TAG_RESOURCE = 1 << 3 | 2, TAG_SCOPE_SPANS = 2 << 3 | 2,
	TAG_SCOPE = 1 << 3 | 2, TAG_SPAN = 2 << 3 | 2,
	TAG_SPAN_ATTRIBUTE = 9 << 3 | 2, TAG_EVENT = 11 << 3 | 2, TAG_LINK = 13 << 3 | 2, TAG_STATUS = 15 << 3 | 2,
	TAG_EVENT_ATTRIBUTE = 3 << 3 | 2,
	PATH_MAX_RECORDED = 1024, REQUEST_ID_MAX = 256, TRACESTATE_RECORDED = 1024,
	ATTEMPT_MAX = 1024, /* bytes of an attempt's event */
	TRIED_MAX = 3 * TRIED_TEXT_MAX + 256, /* bytes of what is said of a test */
};

/* --- writing ---------------------------------------------------------------------------------------------------------------------- */

static inline char *put_bytes(char *p, const void *from, size_t n)
{
	if (n)
		memcpy(p, from, n);
	return p + n;
}

static inline char *put_varint(char *p, uint64_t v)
{
	while (v >= 0x80) {
		*p++ = (char)(v | 0x80);
		v >>= 7;
	}
	*p++ = (char)v;
	return p;
}

static inline char *put_fixed64(char *p, uint8_t tag, uint64_t v)
{
	*p++ = (char)tag;
	return put_bytes(p, &v, sizeof(v)); /* all machines we run on are little-endian: checked below */
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fixed64 is little-endian");

static inline char *put_field(char *p, uint8_t tag, struct str s)
{
	*p++ = (char)tag;
	p = put_varint(p, s.len);
	return put_bytes(p, s.p, s.len);
}

static inline char *put_open(char *p, uint8_t tag, char **length)
{
	*p++ = (char)tag;
	*length = p;
	return p + 3;
}

static inline void put_close(char *p, char *length)
{
	size_t n = (size_t)(p - length) - 3;
	length[0] = (char)(n | 0x80);
	length[1] = (char)((n >> 7) | 0x80);
	length[2] = (char)((n >> 14) & 0x7f);
}

static inline size_t varint_len(uint64_t v)
{
	size_t n = 1;
	while (v >>= 7)
		n++;
	return n;
}

/* KeyValue { 1: key, 2: AnyValue { 1: text } } */
static inline char *put_text(char *p, uint8_t tag, struct str key, struct str value)
{
	size_t any = 1 + varint_len(value.len) + value.len;
	*p++ = (char)tag;
	p = put_varint(p, 2 + key.len + 1 + varint_len(any) + any);
	p = put_field(p, 1 << 3 | 2, key);
	*p++ = 2 << 3 | 2;
	p = put_varint(p, any);
	return put_field(p, 1 << 3 | 2, value);
}

/* KeyValue { 1: key, 2: AnyValue { 2: bool or 3: int } } */
static inline char *put_number(char *p, uint8_t tag, struct str key, uint8_t kind, int64_t value)
{
	size_t any = 1 + varint_len((uint64_t)value);
	*p++ = (char)tag;
	p = put_varint(p, 2 + key.len + 2 + any);
	p = put_field(p, 1 << 3 | 2, key);
	*p++ = 2 << 3 | 2;
	p = put_varint(p, any);
	*p++ = (char)(kind << 3);
	return put_varint(p, (uint64_t)value);
}
#define PUT_TEXT(p, tag, key, value) ((p) = put_text((p), (tag), STR(key), (value)))
#define PUT_INT(p, tag, key, value) ((p) = put_number((p), (tag), STR(key), 3, (value)))
#define PUT_BOOL(p, tag, key, value) ((p) = put_number((p), (tag), STR(key), 2, (value)))

/* --- what is encoded beforehand ---------------------------------------------------------------------------------------------------- */

static size_t text_max(struct str value) { return value.len + 64; }

bool record_route_attributes(struct arena *a, struct route *r, struct str service)
{
	char *out = arena_bytes(a, text_max(service) + text_max(r->version) + text_max(r->prefix));
	if (!out)
		return false;
	char *p = out;
	PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_SERVICE, service);
	if (r->version.len)
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_API, r->version);
	PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_ROUTE, r->prefix);
	r->attributes = str_from(out, (size_t)(p - out));
	return true;
}

bool record_caller_attributes(struct arena *a, struct lane *l)
{
	char *out = arena_bytes(a, text_max(l->caller));
	if (!out)
		return false;
	char *p = out;
	PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_CALLER, l->caller);
	l->attributes = str_from(out, (size_t)(p - out));
	return true;
}

struct str record_instance_attributes(char *out, size_t room, struct str instance, struct str address)
{
	if (text_max(instance) + text_max(address) > room)
		return (struct str){ NULL, 0 };
	char *p = out;
	PUT_TEXT(p, TAG_EVENT_ATTRIBUTE, ATTEMPT_INSTANCE, instance);
	PUT_TEXT(p, TAG_EVENT_ATTRIBUTE, ATTEMPT_ADDRESS, address);
	return str_from(out, (size_t)(p - out));
}

struct str record_resource(char *out, size_t room, struct str instance)
{
	char text[200];
	char *p = text, *length;
	if (instance.len > 64)
		instance.len = 64;
	p = put_open(p, TAG_RESOURCE, &length);
	PUT_TEXT(p, 1 << 3 | 2, "service.name", STR(CALL_GATEWAY));
	if (instance.len)
		PUT_TEXT(p, 1 << 3 | 2, "service.instance.id", instance);
	put_close(p, length);
	size_t n = (size_t)(p - text);
	CHECK(n <= sizeof(text) && n <= room);
	memcpy(out, text, n);
	return str_from(out, n);
}

/* --- the record ---------------------------------------------------------------------------------------------------------------------- */

static struct str at_most(struct str s, size_t n) { return str_sub(s, 0, n); }

static char *put_attempt(char *p, const struct attempt *a, int64_t wall_offset)
{
	char *length;
	p = put_open(p, TAG_EVENT, &length);
	p = put_fixed64(p, 1 << 3 | 1, (uint64_t)(a->start + wall_offset));
	p = put_field(p, 2 << 3 | 2, STR(CALL_ATTEMPT));
	p = put_bytes(p, a->pool->attributes.p, a->pool->attributes.len);
	PUT_INT(p, TAG_EVENT_ATTRIBUTE, ATTEMPT_CONNECT, a->connect);
	PUT_INT(p, TAG_EVENT_ATTRIBUTE, ATTEMPT_FIRST_BYTE, a->first_byte);
	PUT_INT(p, TAG_EVENT_ATTRIBUTE, ATTEMPT_TOTAL, a->total);
	PUT_TEXT(p, TAG_EVENT_ATTRIBUTE, ATTEMPT_RESULT, call_reasons[a->reason].name);
	PUT_BOOL(p, TAG_EVENT_ATTRIBUTE, ATTEMPT_REUSED, a->reused);
	if (a->status)
		PUT_INT(p, TAG_EVENT_ATTRIBUTE, CALL_STATUS, a->status);
	put_close(p, length);
	return p;
}

static char *put_ids(char *p, const struct call *k)
{
	*p++ = 1 << 3 | 2;
	*p++ = 16;
	p = put_bytes(p, k->context.trace.b, 16);
	*p++ = 2 << 3 | 2;
	*p++ = 8;
	p = put_bytes(p, k->span.b, 8);
	if (k->tracestate.len)
		p = put_field(p, 3 << 3 | 2, at_most(buf_str(&k->tracestate), TRACESTATE_RECORDED));
	if (k->origin == ORIGIN_CONTINUED) {
		*p++ = 4 << 3 | 2;
		*p++ = 8;
		p = put_bytes(p, k->context.parent.b, 8);
	}
	return p;
}

/* "METHOD prefix", as far as these are known. */
static char *put_name(char *p, struct str method, struct str prefix)
{
	*p++ = 5 << 3 | 2;
	p = put_varint(p, method.len + 1 + prefix.len);
	p = put_bytes(p, method.p, method.len);
	*p++ = ' ';
	return put_bytes(p, prefix.p, prefix.len);
}

/* Status { 2: message, 3: code }: the reason in words, with the dependency's name in. */
static char *put_error(char *p, const struct call *k)
{
	char *status, *message;
	p = put_open(p, TAG_STATUS, &status);
	if (k->reason != CALL_OK) {
		struct str words = call_reasons[k->reason].words, mark = STR("{service}");
		size_t at = str_find(words, mark);
		p = put_open(p, 2 << 3 | 2, &message);
		p = put_bytes(p, words.p, at == SIZE_MAX ? words.len : at);
		if (at != SIZE_MAX) {
			struct str service = k->lane ? k->lane->target->service : STR("the service");
			p = put_bytes(p, service.p, service.len);
			p = put_bytes(p, words.p + at + mark.len, words.len - at - mark.len);
		}
		put_close(p, message);
	}
	*p++ = 3 << 3;
	*p++ = SPAN_ERROR;
	put_close(p, status);
	return p;
}

static bool is_from_outside(const struct call *k) { return !k->malformed && (!k->lane || k->lane->outside); }

static char *put_tried(char *p, const struct call *k)
{
	struct tried t;
	if (!tried_read(&t, http1_get(&k->request, HTTP_USER_AGENT), http1_get(&k->request, HTTP_BAGGAGE)))
		return p;
	PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_SYNTHETIC, STR("test"));
	if (t.agent.len)
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_USER_AGENT, t.agent);
	if (t.name_len)
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_TEST_CASE, str_from(t.name, t.name_len));
	if (t.suite_len)
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_TEST_SUITE, str_from(t.suite, t.suite_len));
	return p;
}

static char *put_span(char *p, const struct call *k, int64_t end, int64_t wall_offset)
{
	static const struct str origins[] = { STR_INIT(CALL_STARTED), STR_INIT(CALL_CONTINUED), STR_INIT(CALL_RESTARTED) };
	bool valid = !k->malformed; /* else there is no method and no path */
	p = put_ids(p, k);
	if (valid)
		p = put_name(p, k->request.method, k->route ? k->route->prefix : STR("(no route)"));
	else
		p = put_field(p, 5 << 3 | 2, STR("refused request"));
	*p++ = 6 << 3;
	*p++ = !k->lane || k->lane->outside ? SPAN_SERVER : SPAN_CLIENT;
	p = put_fixed64(p, 7 << 3 | 1, (uint64_t)(k->started + wall_offset));
	p = put_fixed64(p, 8 << 3 | 1, (uint64_t)(end + wall_offset));
	if (k->lane)
		p = put_bytes(p, k->lane->attributes.p, k->lane->attributes.len);
	else
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_CALLER, STR(CALL_EDGE));
	if (k->route)
		p = put_bytes(p, k->route->attributes.p, k->route->attributes.len);
	else if (k->lane)
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_SERVICE, k->lane->target->service);
	if (valid) {
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_METHOD, k->request.method);
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_PATH, at_most(k->request.path, PATH_MAX_RECORDED));
	}
	PUT_INT(p, TAG_SPAN_ATTRIBUTE, CALL_STATUS, k->status);
	PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_ORIGIN, origins[k->origin]);
	if (k->bytes_in)
		PUT_INT(p, TAG_SPAN_ATTRIBUTE, CALL_BYTES_IN, (int64_t)k->bytes_in);
	if (k->bytes_out)
		PUT_INT(p, TAG_SPAN_ATTRIBUTE, CALL_BYTES_OUT, (int64_t)k->bytes_out);
	if (k->request_id.len)
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_REQUEST_ID, at_most(k->request_id, REQUEST_ID_MAX));
	if (is_from_outside(k))
		p = put_tried(p, k);
	if (k->reason != CALL_OK) {
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_REASON, call_reasons[k->reason].name);
		PUT_TEXT(p, TAG_SPAN_ATTRIBUTE, CALL_PHASE, call_reasons[k->reason].phase);
	}
	for (int i = 0; i < k->attempts; i++)
		p = put_attempt(p, &k->attempt[i], wall_offset);
	if (k->origin == ORIGIN_RESTARTED) {
		*p++ = (char)TAG_LINK;
		*p++ = 2 + 16 + 2 + 8;
		*p++ = 1 << 3 | 2;
		*p++ = 16;
		p = put_bytes(p, k->outside.trace.b, 16);
		*p++ = 2 << 3 | 2;
		*p++ = 8;
		p = put_bytes(p, k->outside.parent.b, 8);
	}
	if (k->reason != CALL_OK || k->status >= 500)
		p = put_error(p, k);
	/* flags, fixed32: the trace flags; whether the parent is remote is known (0x100), and it is where there is one (0x200) */
	uint32_t flags = k->context.flags | 0x100u | (k->origin == ORIGIN_CONTINUED ? 0x200u : 0);
	*p++ = (char)(((16 << 3 | 5) & 0x7f) | 0x80);
	*p++ = (16 << 3 | 5) >> 7;
	return put_bytes(p, &flags, sizeof(flags));
}

static size_t room_for(const struct call *k)
{
	size_t n = 1024 + (size_t)k->attempts * ATTEMPT_MAX;
	if (!k->malformed)
		n += 2 * k->request.method.len + at_most(k->request.path, PATH_MAX_RECORDED).len + at_most(k->request_id, REQUEST_ID_MAX).len;
	if (k->lane)
		n += k->lane->attributes.len + 2 * k->lane->target->service.len;
	if (k->route)
		n += k->route->attributes.len + k->route->prefix.len;
	if (is_from_outside(k))
		n += TRIED_MAX;
	return n + (k->tracestate.len ? TRACESTATE_RECORDED : 0);
}

void record_call(struct call *k, int64_t end)
{
	struct gateway *g = call_gateway(k);
	size_t n = room_for(k);
	char *start = g->sink.room ? g->sink.room(g->sink.ctx, n) : NULL;
	if (!start)
		return;
	char *resource_spans, *scope_spans, *span;
	int64_t offset = gateway_wall(g, 0);
	char *p = put_open(start, TAG_RESOURCE_SPANS, &resource_spans);
	p = put_bytes(p, g->resource.p, g->resource.len);
	p = put_open(p, TAG_SCOPE_SPANS, &scope_spans);
	p = put_bytes(p, "\x0a\x10\x0a\x0epleach.gateway", 18); /* scope { name } */
	p = put_open(p, TAG_SPAN, &span);
	p = put_span(p, k, end, offset);
	put_close(p, span);
	put_close(p, scope_spans);
	put_close(p, resource_spans);
	CHECK((size_t)(p - start) <= n);
	g->sink.commit(g->sink.ctx, (size_t)(p - start));
}
