/* The part of OTLP ingest that does not depend on the encoding. */
#include "store/ingest.h"
#include "base/check.h"

void ingest_init(struct ingest *in, struct batch_builder *b, int64_t arrival)
{
	*in = (struct ingest){ .builder = b, .arrival = arrival };
	arena_init(&in->record, INGEST_RECORD_ARENA);
	buf_init(&in->text, BATCH_MAX_BYTES);
}

void ingest_release(struct ingest *in)
{
	arena_release(&in->record);
	buf_release(&in->text);
}

bool attr_list_add(struct ingest *in, struct attr_list *l, struct attr a)
{
	if (l->count > ROW_MAX_ATTRS)
		return true;
	if (!ARENA_PUSH_ROOM(&in->record, l->items, l->count, l->capacity))
		return false;
	l->items[l->count++] = a;
	return true;
}

static bool take_name(const struct attr *a, struct str key, struct str *out)
{
	if (!str_eq(a->key, key) || a->value.type != VALUE_STR)
		return false;
	*out = a->value.s;
	return true;
}

void ingest_resource(struct ingest *in, const struct attr *attrs, size_t n)
{
	struct resource r = { .service = STR("unknown"), .version = STR(""), .instance = STR("") };
	struct attr *rest = n ? ARENA_ARRAY(&in->record, n, struct attr) : NULL;
	for (size_t i = 0; i < n && rest; i++) {
		if (take_name(&attrs[i], STR("service.name"), &r.service) || take_name(&attrs[i], STR("service.version"), &r.version) ||
		    take_name(&attrs[i], STR("service.instance.id"), &r.instance))
			continue;
		rest[r.attr_count++] = attrs[i];
	}
	if (str_empty(r.service))
		r.service = STR("unknown");
	r.attrs = rest;
	in->resource = batch_resource(in->builder, &r);
	arena_reset(&in->record);
}

void ingest_log(struct ingest *in, struct log_record *r, struct str severity_text, struct str event, int64_t time)
{
	struct attr_list l = { (struct attr *)r->attrs, r->attr_count, r->attr_count };
	if (!str_empty(event))
		attr_list_add(in, &l, attr_str(STR("event.name"), event));
	if (!str_empty(in->scope))
		attr_list_add(in, &l, attr_str(STR("otel.scope.name"), in->scope));
	r->attrs = l.items;
	r->attr_count = l.count;
	if (r->severity == SEVERITY_NONE)
		r->severity = severity_parse(severity_text);
	r->time = time ? time : r->observed ? r->observed : in->arrival;
	batch_add_log(in->builder, in->resource, r);
	arena_reset(&in->record);
}

void ingest_span(struct ingest *in, struct span *s)
{
	if (trace_id_is_zero(&s->trace) || span_id_is_zero(&s->id)) {
		batch_reject(in->builder, "a span needs a trace id of 16 bytes and a span id of 8 bytes, both not zero");
	} else {
		if (s->start == 0)
			s->start = s->end ? s->end : in->arrival;
		s->scope = in->scope;
		batch_add_span(in->builder, in->resource, s);
	}
	arena_reset(&in->record);
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i += 3) {
		uint32_t v = (uint32_t)(uint8_t)s.p[i] << 16;
		if (i + 1 < s.len)
			v |= (uint32_t)(uint8_t)s.p[i + 1] << 8;
		if (i + 2 < s.len)
			v |= (uint8_t)s.p[i + 2];
		buf_char(out, digits[v >> 18]);
		buf_char(out, digits[v >> 12 & 63]);
		buf_char(out, i + 1 < s.len ? digits[v >> 6 & 63] : '=');
		buf_char(out, i + 2 < s.len ? digits[v & 63] : '=');
	}
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	/* Both alphabets, as the proto3 JSON mapping asks of readers. */
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(struct arena *a, struct str text, struct str *out)
{
	while (text.len && text.p[text.len - 1] == '=')
		text.len--;
	if (text.len % 4 == 1)
		return false;
	char *bytes = arena_bytes(a, text.len / 4 * 3 + 3);
	if (!bytes)
		return false;
	size_t n = 0;
	uint32_t v = 0;
	for (size_t i = 0; i < text.len; i++) {
		int d = digit_value(text.p[i]);
		if (d < 0)
			return false;
		v = v << 6 | (uint32_t)d;
		if (i % 4 == 1)
			bytes[n++] = (char)(v >> 4);
		else if (i % 4 == 2)
			bytes[n++] = (char)(v >> 2);
		else if (i % 4 == 3)
			bytes[n++] = (char)v;
	}
	*out = (struct str){ bytes, n };
	return true;
}
