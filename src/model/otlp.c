/* OTLP/HTTP protobuf out. Field numbers: opentelemetry-proto 1.x, logs.proto, trace.proto, common.proto, resource.proto. */
#include "model/otlp.h"
#include "base/pb.h"

enum { JSON_VALUE_MAX = 256 * 1024 }; /* memory for turning one structured value into its wire form */

static void put_str(struct buf *out, uint32_t field, struct str s)
{
	if (!str_empty(s))
		pb_bytes(out, field, s);
}

static void put_json_value(struct buf *out, uint32_t field, const struct json *j);

/* KeyValueList and ArrayValue both hold their elements in field 1. */
static void put_json_elements(struct buf *out, const struct json *j)
{
	for (uint32_t i = 0; i < j->count; i++) {
		if (j->type == JSON_ARRAY) {
			put_json_value(out, 1, &j->items[i]);
			continue;
		}
		size_t pair = pb_begin(out, 1);
		pb_bytes(out, 1, j->members[i].key);
		put_json_value(out, 2, &j->members[i].value);
		pb_end(out, pair);
	}
}

/* An AnyValue; depth is bounded by JSON_MAX_DEPTH. */
static void put_json_value(struct buf *out, uint32_t field, const struct json *j)
{
	size_t any = pb_begin(out, field), inner;
	switch (j->type) {
	case JSON_NULL:
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		pb_varint(out, 2, j->type == JSON_TRUE);
		break;
	case JSON_INT:
		pb_varint(out, 3, (uint64_t)j->i);
		break;
	case JSON_UINT:
	case JSON_DOUBLE:
		pb_put_double(out, 4, json_f64(j));
		break;
	case JSON_STRING:
		pb_bytes(out, 1, j->s);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		inner = pb_begin(out, j->type == JSON_ARRAY ? 5 : 6);
		put_json_elements(out, j);
		pb_end(out, inner);
		break;
	}
	pb_end(out, any);
}

/* Text that is no JSON after all (or too large to be turned) travels as text: nothing is lost but its shape. */
static void put_json_text(struct buf *out, uint32_t field, struct str text)
{
	struct arena scratch;
	struct err e = { 0 };
	arena_init(&scratch, JSON_VALUE_MAX);
	const struct json *j = json_parse(&scratch, text, &e);
	if (j) {
		put_json_value(out, field, j);
	} else {
		size_t any = pb_begin(out, field);
		pb_bytes(out, 1, text);
		pb_end(out, any);
	}
	arena_release(&scratch);
}

static void put_value(struct buf *out, uint32_t field, const struct value *v)
{
	if (v->type == VALUE_JSON) {
		put_json_text(out, field, v->s);
		return;
	}
	size_t any = pb_begin(out, field);
	if (v->type == VALUE_STR)
		pb_bytes(out, 1, v->s);
	else if (v->type == VALUE_BOOL)
		pb_varint(out, 2, v->b);
	else if (v->type == VALUE_INT)
		pb_varint(out, 3, (uint64_t)v->i);
	else if (v->type == VALUE_DOUBLE)
		pb_put_double(out, 4, v->d);
	else if (v->type == VALUE_BYTES)
		pb_bytes(out, 7, v->s);
	pb_end(out, any);
}

static void put_attr(struct buf *out, uint32_t field, const struct attr *a)
{
	size_t pair = pb_begin(out, field);
	pb_bytes(out, 1, a->key);
	put_value(out, 2, &a->value);
	pb_end(out, pair);
}

static void put_attrs(struct buf *out, uint32_t field, const struct attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_attr(out, field, &attrs[i]);
}

static void put_named(struct buf *out, struct str key, struct str value)
{
	if (!str_empty(value)) {
		struct attr a = attr_str(key, value);
		put_attr(out, 1, &a);
	}
}

static void put_resource(struct buf *out, const struct resource *r)
{
	if (!r)
		return;
	size_t resource = pb_begin(out, 1);
	put_named(out, STR("service.name"), r->service);
	put_named(out, STR("service.version"), r->version);
	put_named(out, STR("service.instance.id"), r->instance);
	put_attrs(out, 1, r->attrs, r->attr_count);
	pb_end(out, resource);
}

static void put_ids(struct buf *out, uint32_t trace_field, const struct trace_id *t, uint32_t span_field, const struct span_id *s)
{
	if (!trace_id_is_zero(t))
		pb_bytes(out, trace_field, str_from((const char *)t->b, sizeof(t->b)));
	if (!span_id_is_zero(s))
		pb_bytes(out, span_field, str_from((const char *)s->b, sizeof(s->b)));
}

void otlp_encode_log(struct buf *out, const struct log_record *r)
{
	size_t resource_logs = pb_begin(out, 1);
	put_resource(out, r->resource);
	size_t scope_logs = pb_begin(out, 2);
	size_t record = pb_begin(out, 2);
	pb_fixed64(out, 1, (uint64_t)r->time);
	if (r->severity) {
		pb_varint(out, 2, r->severity);
		pb_bytes(out, 3, severity_name(r->severity));
	}
	size_t body = pb_begin(out, 5);
	pb_bytes(out, 1, r->body);
	pb_end(out, body);
	put_attrs(out, 6, r->attrs, r->attr_count);
	put_ids(out, 9, &r->trace, 10, &r->span);
	if (r->observed)
		pb_fixed64(out, 11, (uint64_t)r->observed);
	pb_end(out, record);
	pb_end(out, scope_logs);
	pb_end(out, resource_logs);
}

static void put_event(struct buf *out, const struct span_event *e)
{
	size_t event = pb_begin(out, 11);
	pb_fixed64(out, 1, (uint64_t)e->time);
	put_str(out, 2, e->name);
	put_attrs(out, 3, e->attrs, e->attr_count);
	pb_end(out, event);
}

static void put_link(struct buf *out, const struct span_link *l)
{
	size_t link = pb_begin(out, 13);
	put_ids(out, 1, &l->trace, 2, &l->span);
	put_str(out, 3, l->state);
	put_attrs(out, 4, l->attrs, l->attr_count);
	pb_end(out, link);
}

static void put_status(struct buf *out, const struct span *s)
{
	if (s->status == SPAN_UNSET && str_empty(s->status_message))
		return;
	size_t status = pb_begin(out, 15);
	put_str(out, 2, s->status_message);
	if (s->status)
		pb_varint(out, 3, s->status);
	pb_end(out, status);
}

static void put_span(struct buf *out, const struct span *s)
{
	static const struct trace_id no_trace;
	put_ids(out, 1, &s->trace, 2, &s->id);
	put_str(out, 3, s->state);
	put_ids(out, 1, &no_trace, 4, &s->parent);
	put_str(out, 5, s->name);
	if (s->kind)
		pb_varint(out, 6, s->kind);
	pb_fixed64(out, 7, (uint64_t)s->start);
	pb_fixed64(out, 8, (uint64_t)s->end);
	put_attrs(out, 9, s->attrs, s->attr_count);
	for (size_t i = 0; i < s->event_count; i++)
		put_event(out, &s->events[i]);
	for (size_t i = 0; i < s->link_count; i++)
		put_link(out, &s->links[i]);
	put_status(out, s);
	if (s->flags)
		pb_fixed32(out, 16, s->flags);
}

void otlp_encode_span(struct buf *out, const struct span *s)
{
	size_t resource_spans = pb_begin(out, 1);
	put_resource(out, s->resource);
	size_t scope_spans = pb_begin(out, 2);
	if (!str_empty(s->scope)) {
		size_t scope = pb_begin(out, 1);
		pb_bytes(out, 1, s->scope);
		pb_end(out, scope);
	}
	size_t span = pb_begin(out, 2);
	put_span(out, s);
	pb_end(out, span);
	pb_end(out, scope_spans);
	pb_end(out, resource_spans);
}
