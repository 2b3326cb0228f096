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
