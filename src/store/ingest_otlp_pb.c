/* OTLP requests in protobuf. Field numbers are those of opentelemetry-proto 1.x; unknown fields are skipped, a known field with a wrong
 * wire type makes the message malformed. A repeated element may come before the singular one that it belongs to (a resource after its
 * records is legal protobuf), so the resource is looked for first. */
#include "base/base64.h"
#include "base/pb.h"
#include "store/ingest.h"

struct decoder {
	struct ingest *in;
	struct err *e;
};

static bool malformed(struct decoder *d, const char *where)
{
	return err_set(d->e, ERR_INPUT, "the body is not an OTLP protobuf message: %s is malformed", where);
}

static bool out_of_memory(struct decoder *d)
{
	return err_set(d->e, ERR_TOO_LARGE, "one record takes more than %d MiB of memory", INGEST_RECORD_ARENA >> 20);
}

static bool is_bytes(const struct pb_field *f) { return f->wire == PB_BYTES; }

/* Ends a loop over fields: right when the message was read to its end. */
static bool finished(struct decoder *d, const struct pb_reader *r, const char *where)
{
	return r->bad ? malformed(d, where) : true;
}

static int64_t time_of(uint64_t v) { return v > INT64_MAX ? INT64_MAX : (int64_t)v; }

/* --- values ------------------------------------------------------------------------------------------------------------------------ */

static bool value_to_json(struct decoder *d, struct str message, struct json_out *o, int depth);

static bool list_to_json(struct decoder *d, struct str message, struct json_out *o, int depth)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	json_out_array(o);
	while (pb_next(&r, &f))
		if (f.number == 1 && (!is_bytes(&f) || !value_to_json(d, f.bytes, o, depth + 1)))
			return malformed(d, "ArrayValue");
	json_out_end(o);
	return finished(d, &r, "ArrayValue");
}

static bool member_to_json(struct decoder *d, struct str message, struct json_out *o, int depth)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct str key = STR(""), value = { NULL, 0 };
	while (pb_next(&r, &f)) {
		if (f.number == 1 && is_bytes(&f))
			key = f.bytes;
		else if (f.number == 2 && is_bytes(&f))
			value = f.bytes;
	}
	json_out_key(o, key);
	if (value.p)
		return finished(d, &r, "KeyValue") && value_to_json(d, value, o, depth + 1);
	json_out_null(o);
	return finished(d, &r, "KeyValue");
}

static bool map_to_json(struct decoder *d, struct str message, struct json_out *o, int depth)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	json_out_object(o);
	while (pb_next(&r, &f))
		if (f.number == 1 && (!is_bytes(&f) || !member_to_json(d, f.bytes, o, depth)))
			return malformed(d, "KeyValueList");
	json_out_end(o);
	return finished(d, &r, "KeyValueList");
}

static void bytes_to_json(struct decoder *d, struct str bytes, struct json_out *o)
{
	struct buf text;
	buf_init(&text, BATCH_MAX_BYTES);
	base64_encode(&text, bytes);
	json_out_str(o, buf_str(&text));
	if (!buf_ok(&text))
		d->in->text.failed = true;
	buf_release(&text);
}

/* The last field of the oneof counts, as protobuf says. */
static bool last_field(struct decoder *d, struct str message, struct pb_field *last)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	*last = (struct pb_field){ 0 };
	while (pb_next(&r, &f)) {
		static const enum pb_wire wires[] = { PB_BYTES, PB_VARINT, PB_VARINT, PB_FIXED64, PB_BYTES, PB_BYTES, PB_BYTES };
		if (f.number >= 1 && f.number <= 7) {
			if (f.wire != wires[f.number - 1])
				return malformed(d, "AnyValue");
			*last = f;
		}
	}
	return finished(d, &r, "AnyValue");
}

static bool value_to_json(struct decoder *d, struct str message, struct json_out *o, int depth)
{
	struct pb_field f;
	if (depth > INGEST_MAX_DEPTH)
		return err_set(d->e, ERR_INPUT, "a value is nested deeper than %d levels", INGEST_MAX_DEPTH);
	if (!last_field(d, message, &f))
		return false;
	switch (f.number) {
	case 1: json_out_str(o, f.bytes); return true;
	case 2: json_out_bool(o, f.value != 0); return true;
	case 3: json_out_i64(o, (int64_t)f.value); return true;
	case 4: json_out_f64(o, pb_double(f.value)); return true;
	case 5: return list_to_json(d, f.bytes, o, depth);
	case 6: return map_to_json(d, f.bytes, o, depth);
	case 7: bytes_to_json(d, f.bytes, o); return true;
	default: json_out_null(o); return true;
	}
}

static bool nested_value(struct decoder *d, struct str message, struct value *v)
{
	struct json_out o;
	buf_clear(&d->in->text);
	json_out_init(&o, &d->in->text);
	if (!value_to_json(d, message, &o, 0))
		return false;
	v->type = VALUE_JSON;
	v->s = arena_str(&d->in->record, buf_str(&d->in->text));
	return buf_ok(&d->in->text) && v->s.p ? true : out_of_memory(d);
}

static bool decode_value(struct decoder *d, struct str message, struct value *v)
{
	struct pb_field f;
	if (!last_field(d, message, &f))
		return false;
	*v = (struct value){ .type = VALUE_EMPTY };
	switch (f.number) {
	case 1: v->type = VALUE_STR; v->s = f.bytes; return true;
	case 2: v->type = VALUE_BOOL; v->b = f.value != 0; return true;
	case 3: v->type = VALUE_INT; v->i = (int64_t)f.value; return true;
	case 4: v->type = VALUE_DOUBLE; v->d = pb_double(f.value); return true;
	case 5:
	case 6: return nested_value(d, message, v);
	case 7: v->type = VALUE_BYTES; v->s = f.bytes; return true;
	default: return true;
	}
}

static bool decode_attr(struct decoder *d, const struct pb_field *field, struct attr_list *l)
{
	if (!is_bytes(field))
		return malformed(d, "KeyValue");
	struct pb_reader r = pb_reader(field->bytes);
	struct pb_field f;
	struct attr a = { .key = STR(""), .value = { .type = VALUE_EMPTY } };
	while (pb_next(&r, &f)) {
		if (f.number == 1 && is_bytes(&f))
			a.key = f.bytes;
		else if (f.number == 2 && (!is_bytes(&f) || !decode_value(d, f.bytes, &a.value)))
			return malformed(d, "KeyValue");
	}
	if (!finished(d, &r, "KeyValue"))
		return false;
	return attr_list_add(d->in, l, a) ? true : out_of_memory(d);
}

/* --- resources and scopes ------------------------------------------------------------------------------------------------------------ */

/* The last bytes field of that number, or empty. */
static struct str find_message(struct str message, uint32_t number)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct str found = STR("");
	while (pb_next(&r, &f))
		if (f.number == number && is_bytes(&f))
			found = f.bytes;
	return found;
}

static bool decode_resource(struct decoder *d, struct str message)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct attr_list l = { 0 };
	while (pb_next(&r, &f))
		if (f.number == 1 && !decode_attr(d, &f, &l))
			return false;
	if (!finished(d, &r, "Resource"))
		return false;
	ingest_resource(d->in, l.items, l.count);
	return true;
}

/* --- records ------------------------------------------------------------------------------------------------------------------------- */

static void take_id(const struct pb_field *f, uint8_t *id, size_t n)
{
	if (is_bytes(f) && f->bytes.len == n)
		memcpy(id, f->bytes.p, n);
}

static bool log_body(struct decoder *d, const struct pb_field *f, struct log_record *rec)
{
	struct value v;
	if (!is_bytes(f) || !decode_value(d, f->bytes, &v))
		return malformed(d, "LogRecord.body");
	if (v.type == VALUE_STR || v.type == VALUE_JSON) {
		rec->body = v.s;
		return true;
	}
	buf_clear(&d->in->text);
	value_text(&d->in->text, &v);
	rec->body = arena_str(&d->in->record, buf_str(&d->in->text));
	return rec->body.p ? true : out_of_memory(d);
}

static bool decode_log(struct decoder *d, struct str message)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct log_record rec = { .body = STR("") };
	struct str severity_text = STR(""), event = STR("");
	struct attr_list l = { 0 };
	int64_t time = 0;
	while (pb_next(&r, &f)) {
		bool ok = true;
		switch (f.number) {
		case 1: time = time_of(f.value); ok = f.wire == PB_FIXED64; break;
		case 2: rec.severity = f.value <= 24 ? (uint8_t)f.value : SEVERITY_NONE; ok = f.wire == PB_VARINT; break;
		case 3: severity_text = f.bytes; ok = is_bytes(&f); break;
		case 5: ok = log_body(d, &f, &rec); break;
		case 6: ok = decode_attr(d, &f, &l); break;
		case 9: take_id(&f, rec.trace.b, sizeof(rec.trace.b)); ok = is_bytes(&f); break;
		case 10: take_id(&f, rec.span.b, sizeof(rec.span.b)); ok = is_bytes(&f); break;
		case 11: rec.observed = time_of(f.value); ok = f.wire == PB_FIXED64; break;
		case 12: event = f.bytes; ok = is_bytes(&f); break;
		default: break;
		}
		if (!ok)
			return malformed(d, "LogRecord");
	}
	if (!finished(d, &r, "LogRecord"))
		return false;
	rec.attrs = l.items;
	rec.attr_count = l.count;
	ingest_log(d->in, &rec, severity_text, event, time);
	return true;
}

static bool decode_event(struct decoder *d, const struct pb_field *field, struct span_event *out)
{
	if (!is_bytes(field))
		return malformed(d, "Span.Event");
	struct pb_reader r = pb_reader(field->bytes);
	struct pb_field f;
	struct attr_list l = { 0 };
	*out = (struct span_event){ .name = STR("") };
	while (pb_next(&r, &f)) {
		if (f.number == 1 && f.wire == PB_FIXED64)
			out->time = time_of(f.value);
		else if (f.number == 2 && is_bytes(&f))
			out->name = f.bytes;
		else if (f.number == 3 && !decode_attr(d, &f, &l))
			return false;
	}
	out->attrs = l.items;
	out->attr_count = l.count;
	return finished(d, &r, "Span.Event");
}

static bool decode_link(struct decoder *d, const struct pb_field *field, struct span_link *out)
{
	if (!is_bytes(field))
		return malformed(d, "Span.Link");
	struct pb_reader r = pb_reader(field->bytes);
	struct pb_field f;
	struct attr_list l = { 0 };
	*out = (struct span_link){ .state = STR("") };
	while (pb_next(&r, &f)) {
		if (f.number == 1)
			take_id(&f, out->trace.b, sizeof(out->trace.b));
		else if (f.number == 2)
			take_id(&f, out->span.b, sizeof(out->span.b));
		else if (f.number == 3 && is_bytes(&f))
			out->state = f.bytes;
		else if (f.number == 4 && !decode_attr(d, &f, &l))
			return false;
	}
	out->attrs = l.items;
	out->attr_count = l.count;
	return finished(d, &r, "Span.Link");
}

static bool decode_status(struct decoder *d, const struct pb_field *field, struct span *s)
{
	if (!is_bytes(field))
		return malformed(d, "Span.Status");
	struct pb_reader r = pb_reader(field->bytes);
	struct pb_field f;
	while (pb_next(&r, &f)) {
		if (f.number == 2 && is_bytes(&f))
			s->status_message = f.bytes;
		else if (f.number == 3 && f.wire == PB_VARINT)
			s->status = f.value <= SPAN_ERROR ? (enum span_status)f.value : SPAN_UNSET;
	}
	return finished(d, &r, "Span.Status");
}

struct span_lists {
	struct attr_list attrs;
	struct span_event *events;
	size_t event_count, event_capacity;
	struct span_link *links;
	size_t link_count, link_capacity;
};

static bool span_list_field(struct decoder *d, const struct pb_field *f, struct span_lists *l)
{
	struct arena *a = &d->in->record;
	if (f->number == 9)
		return decode_attr(d, f, &l->attrs);
	if (f->number == 11) {
		if (l->event_count > ROW_MAX_EVENTS)
			return true;
		if (!ARENA_PUSH_ROOM(a, l->events, l->event_count, l->event_capacity))
			return out_of_memory(d);
		return decode_event(d, f, &l->events[l->event_count++]);
	}
	if (l->link_count > ROW_MAX_EVENTS)
		return true;
	if (!ARENA_PUSH_ROOM(a, l->links, l->link_count, l->link_capacity))
		return out_of_memory(d);
	return decode_link(d, f, &l->links[l->link_count++]);
}

static bool span_field(struct decoder *d, const struct pb_field *f, struct span *s, struct span_lists *l)
{
	switch (f->number) {
	case 1: take_id(f, s->trace.b, sizeof(s->trace.b)); return is_bytes(f);
	case 2: take_id(f, s->id.b, sizeof(s->id.b)); return is_bytes(f);
	case 3: s->state = f->bytes; return is_bytes(f);
	case 4: take_id(f, s->parent.b, sizeof(s->parent.b)); return is_bytes(f);
	case 5: s->name = f->bytes; return is_bytes(f);
	case 6: s->kind = f->value <= SPAN_CONSUMER ? (enum span_kind)f->value : SPAN_UNSPECIFIED; return f->wire == PB_VARINT;
	case 7: s->start = time_of(f->value); return f->wire == PB_FIXED64;
	case 8: s->end = time_of(f->value); return f->wire == PB_FIXED64;
	case 9:
	case 11:
	case 13: return span_list_field(d, f, l);
	case 15: return decode_status(d, f, s);
	case 16: s->flags = (uint32_t)f->value; return f->wire == PB_FIXED32;
	default: return true;
	}
}

static bool decode_span(struct decoder *d, struct str message)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	struct span s = { .state = STR(""), .name = STR(""), .status_message = STR("") };
	struct span_lists l = { 0 };
	while (pb_next(&r, &f))
		if (!span_field(d, &f, &s, &l))
			return malformed(d, "Span");
	if (!finished(d, &r, "Span"))
		return false;
	s.attrs = l.attrs.items;
	s.attr_count = l.attrs.count;
	s.events = l.events;
	s.event_count = l.event_count;
	s.links = l.links;
	s.link_count = l.link_count;
	ingest_span(d->in, &s);
	return true;
}

/* Every metric kind's message has its data points in field 1. */
static bool count_points(struct decoder *d, struct str metric)
{
	struct pb_reader r = pb_reader(metric), points;
	struct pb_field f, point;
	while (pb_next(&r, &f)) {
		if (!is_bytes(&f) || (f.number != 5 && f.number != 7 && f.number != 9 && f.number != 10 && f.number != 11))
			continue;
		points = pb_reader(f.bytes);
		while (pb_next(&points, &point))
			d->in->points += point.number == 1;
		if (!finished(d, &points, "Metric"))
			return false;
	}
	return finished(d, &r, "Metric");
}

/* --- the request --------------------------------------------------------------------------------------------------------------------- */

static bool decode_scope(struct decoder *d, enum signal s, struct str message)
{
	struct pb_reader r = pb_reader(message);
	struct pb_field f;
	d->in->scope = find_message(find_message(message, 1), 1);
	while (pb_next(&r, &f)) {
		if (f.number != 2)
			continue;
		if (!is_bytes(&f))
			return malformed(d, "the list of records");
		bool ok = s == SIGNAL_LOGS ? decode_log(d, f.bytes) : s == SIGNAL_TRACES ? decode_span(d, f.bytes) : count_points(d, f.bytes);
		if (!ok)
			return false;
	}
	return finished(d, &r, "the scope's list");
}

bool ingest_protobuf(struct ingest *in, enum signal s, struct str body, struct err *e)
{
	struct decoder d = { in, e };
	struct pb_reader r = pb_reader(body);
	struct pb_field f;
	while (pb_next(&r, &f)) {
		if (f.number != 1)
			continue;
		if (!is_bytes(&f))
			return malformed(&d, "the request");
		if (s != SIGNAL_METRICS && !decode_resource(&d, find_message(f.bytes, 1)))
			return false;
		struct pb_reader scopes = pb_reader(f.bytes);
		struct pb_field scope;
		while (pb_next(&scopes, &scope))
			if (scope.number == 2 && (!is_bytes(&scope) || !decode_scope(&d, s, scope.bytes)))
				return malformed(&d, "the resource's list");
		if (!finished(&d, &scopes, "the resource's list"))
			return false;
	}
	return finished(&d, &r, "the request");
}
