/* OTLP requests in JSON, by the protocol's own rules (opentelemetry-proto, "JSON Protobuf Encoding"): lowerCamelCase names, ids in hex of
 * either case, enumerations as integers, 64-bit numbers as numbers or decimal text, other bytes in base64, null as absent, unknown fields
 * ignored. The text is parsed into a tree first (base/json.h), which has an arena of its own with a limit. */
#include "base/base64.h"
#include "base/json.h"
#include "store/ingest.h"

struct decoder {
	struct ingest *in;
	struct err *e;
};

static bool wrong(struct decoder *d, const char *what)
{
	return err_set(d->e, ERR_INPUT, "the body is not an OTLP JSON message: %s", what);
}

static bool out_of_memory(struct decoder *d)
{
	return err_set(d->e, ERR_TOO_LARGE, "one record takes more than %d MiB of memory", INGEST_RECORD_ARENA >> 20);
}

/* A member, or NULL when absent or null. */
static const struct json *member(const struct json *j, struct str key)
{
	const struct json *m = json_get(j, key);
	return m && m->type != JSON_NULL ? m : NULL;
}

static bool list(struct decoder *d, const struct json *j, struct str key, const struct json **items, size_t *n)
{
	const struct json *m = member(j, key);
	*n = m ? m->count : 0;
	*items = m && *n ? m->items : NULL;
	return !m || m->type == JSON_ARRAY ? true : err_set(d->e, ERR_INPUT, "%.*s is not a list", STR_FMT(key));
}

static bool text(struct decoder *d, const struct json *j, struct str key, struct str *out)
{
	const struct json *m = member(j, key);
	*out = m && m->type == JSON_STRING ? m->s : STR("");
	return !m || m->type == JSON_STRING ? true : err_set(d->e, ERR_INPUT, "%.*s is not text", STR_FMT(key));
}

static bool as_i64(const struct json *m, int64_t *out)
{
	if (m->type == JSON_INT)
		*out = m->i;
	else if (m->type == JSON_UINT)
		*out = INT64_MAX;
	else if (m->type == JSON_DOUBLE && m->d >= -9.2e18 && m->d <= 9.2e18 && m->d == (double)(int64_t)m->d)
		*out = (int64_t)m->d;
	else if (m->type == JSON_STRING) {
		uint64_t u;
		if (str_to_i64(m->s, out))
			return true;
		if (!str_to_u64(m->s, &u))
			return false;
		*out = INT64_MAX;
	} else
		return false;
	return true;
}

static bool number(struct decoder *d, const struct json *j, struct str key, int64_t *out)
{
	const struct json *m = member(j, key);
	*out = 0;
	return !m || as_i64(m, out) ? true : err_set(d->e, ERR_INPUT, "%.*s is not an integer", STR_FMT(key));
}

static bool time_of(struct decoder *d, const struct json *j, struct str key, int64_t *out)
{
	if (!number(d, j, key, out))
		return false;
	if (*out < 0)
		*out = 0;
	return true;
}

/* --- values ------------------------------------------------------------------------------------------------------------------------ */

static bool value_to_json(struct decoder *d, const struct json *j, struct json_out *o, int depth);

static bool members_to_json(struct decoder *d, const struct json *values, struct json_out *o, int depth)
{
	json_out_object(o);
	for (size_t i = 0; i < values->count; i++) {
		struct str key;
		if (!text(d, &values->items[i], STR("key"), &key))
			return false;
		json_out_key(o, key);
		if (!value_to_json(d, member(&values->items[i], STR("value")), o, depth + 1))
			return false;
	}
	json_out_end(o);
	return true;
}

static bool nested_to_json(struct decoder *d, const struct json *holder, bool map, struct json_out *o, int depth)
{
	const struct json *values = member(holder, STR("values"));
	if (values && values->type != JSON_ARRAY)
		return wrong(d, "the values of a list are not a list");
	static const struct json none = { .type = JSON_ARRAY };
	if (!values)
		values = &none;
	if (map)
		return members_to_json(d, values, o, depth);
	json_out_array(o);
	for (size_t i = 0; i < values->count; i++)
		if (!value_to_json(d, &values->items[i], o, depth + 1))
			return false;
	json_out_end(o);
	return true;
}

static bool scalar(struct decoder *d, const struct json *j, struct value *v);

static bool value_to_json(struct decoder *d, const struct json *j, struct json_out *o, int depth)
{
	const struct json *m;
	struct value v;
	if (depth > INGEST_MAX_DEPTH)
		return err_set(d->e, ERR_INPUT, "a value is nested deeper than %d levels", INGEST_MAX_DEPTH);
	if ((m = member(j, STR("arrayValue"))))
		return nested_to_json(d, m, false, o, depth);
	if ((m = member(j, STR("kvlistValue"))))
		return nested_to_json(d, m, true, o, depth);
	if ((m = member(j, STR("bytesValue"))) && m->type == JSON_STRING) {
		json_out_str(o, m->s);
		return true;
	}
	if (!scalar(d, j, &v))
		return false;
	value_json(o, &v);
	return true;
}

static bool double_of(const struct json *m, double *out)
{
	if (json_is_number(m)) {
		*out = json_f64(m);
		return true;
	}
	if (m->type != JSON_STRING)
		return false;
	if (str_eq(m->s, STR("NaN")))
		*out = __builtin_nan("");
	else if (str_eq(m->s, STR("Infinity")))
		*out = __builtin_inf();
	else if (str_eq(m->s, STR("-Infinity")))
		*out = -__builtin_inf();
	else
		return str_to_f64(m->s, out);
	return true;
}

static bool scalar(struct decoder *d, const struct json *j, struct value *v)
{
	const struct json *m;
	*v = (struct value){ .type = VALUE_EMPTY };
	if ((m = member(j, STR("stringValue")))) {
		v->type = VALUE_STR;
		v->s = m->s;
		return m->type == JSON_STRING ? true : wrong(d, "stringValue is not text");
	}
	if ((m = member(j, STR("intValue")))) {
		v->type = VALUE_INT;
		return as_i64(m, &v->i) ? true : wrong(d, "intValue is not an integer");
	}
	if ((m = member(j, STR("boolValue")))) {
		v->type = VALUE_BOOL;
		v->b = m->type == JSON_TRUE;
		return m->type == JSON_TRUE || m->type == JSON_FALSE ? true : wrong(d, "boolValue is neither true nor false");
	}
	if ((m = member(j, STR("doubleValue")))) {
		v->type = VALUE_DOUBLE;
		return double_of(m, &v->d) ? true : wrong(d, "doubleValue is not a number");
	}
	if ((m = member(j, STR("bytesValue")))) {
		v->type = VALUE_BYTES;
		return m->type == JSON_STRING && base64_decode(&d->in->record, m->s, &v->s) ? true : wrong(d, "bytesValue is not base64");
	}
	return true;
}

static bool decode_value(struct decoder *d, const struct json *j, struct value *v)
{
	*v = (struct value){ .type = VALUE_EMPTY };
	if (!j)
		return true;
	if (j->type != JSON_OBJECT)
		return wrong(d, "a value is not an object such as {\"stringValue\":\"…\"}");
	if (!member(j, STR("arrayValue")) && !member(j, STR("kvlistValue")))
		return scalar(d, j, v);
	struct json_out o;
	buf_clear(&d->in->text);
	json_out_init(&o, &d->in->text);
	if (!value_to_json(d, j, &o, 0))
		return false;
	v->type = VALUE_JSON;
	v->s = arena_str(&d->in->record, buf_str(&d->in->text));
	return buf_ok(&d->in->text) && v->s.p ? true : out_of_memory(d);
}

static bool decode_attrs(struct decoder *d, const struct json *j, const struct attr **out, size_t *count)
{
	const struct json *items;
	size_t n;
	struct attr_list l = { 0 };
	if (!list(d, j, STR("attributes"), &items, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct attr a;
		if (items[i].type != JSON_OBJECT)
			return wrong(d, "an attribute is not an object");
		if (!text(d, &items[i], STR("key"), &a.key) || !decode_value(d, member(&items[i], STR("value")), &a.value))
			return false;
		if (!attr_list_add(d->in, &l, a))
			return out_of_memory(d);
	}
	*out = l.items;
	*count = l.count;
	return true;
}

/* --- records ------------------------------------------------------------------------------------------------------------------------- */

/* An id of the wrong form counts as absent, as in protobuf: the record's other content is worth keeping. */
static bool take_id(struct decoder *d, const struct json *j, struct str key, uint8_t *id, size_t n)
{
	struct str s;
	if (!text(d, j, key, &s))
		return false;
	if (s.len == 2 * n)
		str_to_hex_bytes(s, id, n);
	return true;
}

static bool log_body(struct decoder *d, const struct json *j, struct log_record *rec)
{
	struct value v;
	if (!decode_value(d, j, &v))
		return false;
	if (v.type == VALUE_STR || v.type == VALUE_JSON) {
		rec->body = v.s;
		return true;
	}
	buf_clear(&d->in->text);
	value_text(&d->in->text, &v);
	rec->body = arena_str(&d->in->record, buf_str(&d->in->text));
	return rec->body.p ? true : out_of_memory(d);
}

static bool decode_log(struct decoder *d, const struct json *j)
{
	struct log_record rec = { .body = STR("") };
	struct str severity_text, event;
	int64_t time, severity;
	if (!time_of(d, j, STR("timeUnixNano"), &time) || !time_of(d, j, STR("observedTimeUnixNano"), &rec.observed) ||
	    !number(d, j, STR("severityNumber"), &severity) || !text(d, j, STR("severityText"), &severity_text) ||
	    !text(d, j, STR("eventName"), &event) || !take_id(d, j, STR("traceId"), rec.trace.b, sizeof(rec.trace.b)) ||
	    !take_id(d, j, STR("spanId"), rec.span.b, sizeof(rec.span.b)) || !log_body(d, member(j, STR("body")), &rec) ||
	    !decode_attrs(d, j, &rec.attrs, &rec.attr_count))
		return false;
	rec.severity = severity >= 0 && severity <= 24 ? (uint8_t)severity : SEVERITY_NONE;
	ingest_log(d->in, &rec, severity_text, event, time);
	return true;
}

static bool decode_events(struct decoder *d, const struct json *j, struct span *s)
{
	const struct json *items;
	size_t n;
	if (!list(d, j, STR("events"), &items, &n))
		return false;
	if (n > ROW_MAX_EVENTS)
		n = ROW_MAX_EVENTS + 1;
	struct span_event *events = n ? ARENA_ARRAY(&d->in->record, n, struct span_event) : NULL;
	if (n && !events)
		return out_of_memory(d);
	for (size_t i = 0; i < n; i++)
		if (!time_of(d, &items[i], STR("timeUnixNano"), &events[i].time) || !text(d, &items[i], STR("name"), &events[i].name) ||
		    !decode_attrs(d, &items[i], &events[i].attrs, &events[i].attr_count))
			return false;
	s->events = events;
	s->event_count = n;
	return true;
}

static bool decode_links(struct decoder *d, const struct json *j, struct span *s)
{
	const struct json *items;
	size_t n;
	if (!list(d, j, STR("links"), &items, &n))
		return false;
	if (n > ROW_MAX_EVENTS)
		n = ROW_MAX_EVENTS + 1;
	struct span_link *links = n ? ARENA_ARRAY(&d->in->record, n, struct span_link) : NULL;
	if (n && !links)
		return out_of_memory(d);
	for (size_t i = 0; i < n; i++)
		if (!take_id(d, &items[i], STR("traceId"), links[i].trace.b, sizeof(links[i].trace.b)) ||
		    !take_id(d, &items[i], STR("spanId"), links[i].span.b, sizeof(links[i].span.b)) ||
		    !text(d, &items[i], STR("traceState"), &links[i].state) ||
		    !decode_attrs(d, &items[i], &links[i].attrs, &links[i].attr_count))
			return false;
	s->links = links;
	s->link_count = n;
	return true;
}

static bool decode_status(struct decoder *d, const struct json *j, struct span *s)
{
	int64_t code;
	const struct json *status = member(j, STR("status"));
	if (!number(d, status, STR("code"), &code) || !text(d, status, STR("message"), &s->status_message))
		return false;
	s->status = code >= 0 && code <= SPAN_ERROR ? (enum span_status)code : SPAN_UNSET;
	return true;
}

static bool decode_span(struct decoder *d, const struct json *j)
{
	struct span s = { 0 };
	int64_t kind, flags;
	if (!take_id(d, j, STR("traceId"), s.trace.b, sizeof(s.trace.b)) || !take_id(d, j, STR("spanId"), s.id.b, sizeof(s.id.b)) ||
	    !take_id(d, j, STR("parentSpanId"), s.parent.b, sizeof(s.parent.b)) || !text(d, j, STR("traceState"), &s.state) ||
	    !text(d, j, STR("name"), &s.name) || !number(d, j, STR("kind"), &kind) || !number(d, j, STR("flags"), &flags) ||
	    !time_of(d, j, STR("startTimeUnixNano"), &s.start) || !time_of(d, j, STR("endTimeUnixNano"), &s.end) ||
	    !decode_status(d, j, &s) || !decode_attrs(d, j, &s.attrs, &s.attr_count) || !decode_events(d, j, &s) || !decode_links(d, j, &s))
		return false;
	s.kind = kind >= 0 && kind <= SPAN_CONSUMER ? (enum span_kind)kind : SPAN_UNSPECIFIED;
	s.flags = (uint32_t)flags;
	ingest_span(d->in, &s);
	return true;
}

static bool count_points(struct decoder *d, const struct json *j)
{
	static const struct str kinds[] = { STR_INIT("gauge"), STR_INIT("sum"), STR_INIT("histogram"), STR_INIT("exponentialHistogram"),
					    STR_INIT("summary") };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct json *points;
		size_t n;
		if (!list(d, member(j, kinds[i]), STR("dataPoints"), &points, &n))
			return false;
		d->in->points += n;
	}
	return true;
}

/* --- the request --------------------------------------------------------------------------------------------------------------------- */

static const struct names { struct str resources, scopes, records; } names[] = {
	[SIGNAL_LOGS] = { STR_INIT("resourceLogs"), STR_INIT("scopeLogs"), STR_INIT("logRecords") },
	[SIGNAL_TRACES] = { STR_INIT("resourceSpans"), STR_INIT("scopeSpans"), STR_INIT("spans") },
	[SIGNAL_METRICS] = { STR_INIT("resourceMetrics"), STR_INIT("scopeMetrics"), STR_INIT("metrics") },
};

static bool decode_scope(struct decoder *d, enum signal s, const struct json *j)
{
	const struct json *items;
	size_t n;
	if (!text(d, member(j, STR("scope")), STR("name"), &d->in->scope) || !list(d, j, names[s].records, &items, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (items[i].type != JSON_OBJECT)
			return wrong(d, "a record is not an object");
		bool ok = s == SIGNAL_LOGS ? decode_log(d, &items[i]) : s == SIGNAL_TRACES ? decode_span(d, &items[i]) : count_points(d, &items[i]);
		if (!ok)
			return false;
	}
	return true;
}

static bool decode_resource(struct decoder *d, enum signal s, const struct json *j)
{
	const struct attr *attrs = NULL;
	const struct json *items;
	size_t n = 0;
	if (s != SIGNAL_METRICS) {
		if (!decode_attrs(d, member(j, STR("resource")), &attrs, &n))
			return false;
		ingest_resource(d->in, attrs, n);
	}
	if (!list(d, j, names[s].scopes, &items, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!decode_scope(d, s, &items[i]))
			return false;
	return true;
}

static bool decode_request(struct decoder *d, enum signal s, const struct json *root)
{
	const struct json *items;
	size_t n;
	if (root->type != JSON_OBJECT)
		return wrong(d, "it is not an object");
	if (!list(d, root, names[s].resources, &items, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!decode_resource(d, s, &items[i]))
			return false;
	return true;
}

bool ingest_json(struct ingest *in, enum signal s, struct str body, struct err *e)
{
	struct decoder d = { in, e };
	struct arena tree;
	arena_init(&tree, INGEST_JSON_ARENA);
	const struct json *root = json_parse(&tree, body, e);
	bool ok = root && decode_request(&d, s, root);
	arena_release(&tree);
	return ok;
}
