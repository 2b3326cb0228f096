/* Messages from and to Protobuf's JSON. Well-known types have their own forms; times, masks and free values are kept as the text that they are. */
#include "contract/proto/dynamic.h"
#include "base/base64.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum form { FORM_MESSAGE, FORM_WRAPPER, FORM_TEXT, FORM_ANY };
static enum form form_of(const struct proto_message *m)
{
	static const struct { struct str name; enum form form; } forms[] = {
		{ STR_INIT("Timestamp"), FORM_TEXT }, { STR_INIT("Duration"), FORM_TEXT }, { STR_INIT("FieldMask"), FORM_TEXT }, { STR_INIT("Struct"), FORM_ANY },
		{ STR_INIT("Value"), FORM_ANY }, { STR_INIT("ListValue"), FORM_ANY }, { STR_INIT("Any"), FORM_ANY }, { STR_INIT("DoubleValue"), FORM_WRAPPER },
		{ STR_INIT("FloatValue"), FORM_WRAPPER }, { STR_INIT("Int64Value"), FORM_WRAPPER }, { STR_INIT("UInt64Value"), FORM_WRAPPER },
		{ STR_INIT("Int32Value"), FORM_WRAPPER }, { STR_INIT("UInt32Value"), FORM_WRAPPER }, { STR_INIT("BoolValue"), FORM_WRAPPER },
		{ STR_INIT("StringValue"), FORM_WRAPPER }, { STR_INIT("BytesValue"), FORM_WRAPPER },
	};
	if (str_starts(m->full, STR("google.protobuf.")))
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
			if (str_eq(m->name, forms[i].name) && (forms[i].form != FORM_WRAPPER || m->field_count == 1))
				return forms[i].form;
	return FORM_MESSAGE;
}

/* A value that has no JSON: something stands in its place, and the whole is refused. */
static bool no_json(struct json_out *o)
{
	json_out_null(o);
	return false;
}

static bool write_message(const struct dyn *d, struct json_out *o);
static bool write_value(const struct proto_field *f, struct dyn_value v, struct json_out *o)
{
	const struct proto_value *named;
	struct buf text;
	switch (f->type) {
	case PROTO_MESSAGE: case PROTO_GROUP:
		if (v.kind == DYN_MESSAGE)
			return write_message(v.message, o);
		json_out_raw(o, v.bytes); /* a well-known type that was read from JSON */
		return true;
	case PROTO_BOOL:
		json_out_bool(o, v.magnitude != 0);
		return true;
	case PROTO_ENUM:
		named = proto_value_by_number(f->enumeration, (int32_t)dyn_signed(v));
		if (named)
			json_out_str(o, named->name);
		else
			json_out_i64(o, dyn_signed(v));
		return true;
	case PROTO_INT64: case PROTO_UINT64: case PROTO_FIXED64: case PROTO_SFIXED64: case PROTO_SINT64:
		buf_init(&text, 64);
		buf_printf(&text, "%s%llu", v.negative ? "-" : "", (unsigned long long)v.magnitude);
		json_out_str(o, buf_str(&text));
		buf_release(&text);
		return true;
	case PROTO_DOUBLE: case PROTO_FLOAT:
		if (isnan(v.real) || isinf(v.real))
			json_out_str(o, isnan(v.real) ? STR("NaN") : v.real > 0 ? STR("Infinity") : STR("-Infinity"));
		else
			json_out_f64(o, v.real);
		return true;
	case PROTO_STRING:
		if (!str_is_utf8(v.bytes))
			return no_json(o);
		json_out_str(o, v.bytes);
		return true;
	case PROTO_BYTES:
		buf_init(&text, v.bytes.len * 2 + 8);
		base64_encode(&text, v.bytes);
		json_out_str(o, buf_str(&text));
		buf_release(&text);
		return true;
	default:
		json_out_i64(o, dyn_signed(v));
		return true;
	}
}

static bool write_map(const struct dyn_field *s, struct json_out *o)
{
	const struct proto_field *key_field = &s->field->message->fields[0], *value_field = &s->field->message->fields[1];
	bool ok = true;
	json_out_object(o);
	for (size_t i = 0; ok && i < s->count; i++) {
		const struct dyn_field *k = dyn_get(s->values[i].message, 1), *v = dyn_get(s->values[i].message, 2);
		struct dyn_value key = k ? k->values[0] : dyn_default(key_field);
		char text[32];
		if (key_field->type == PROTO_STRING) {
			json_out_key(o, key.bytes);
		} else {
			int n = key_field->type == PROTO_BOOL ? snprintf(text, sizeof(text), "%s", key.magnitude ? "true" : "false")
							      : snprintf(text, sizeof(text), "%s%llu", key.negative ? "-" : "", (unsigned long long)key.magnitude);
			json_out_key(o, str_from(text, (size_t)n));
		}
		if (v)
			ok = write_value(value_field, v->values[0], o);
		else if (proto_is_message(value_field))
			json_out_object(o), json_out_end(o);
		else
			ok = write_value(value_field, dyn_default(value_field), o);
	}
	json_out_end(o);
	return ok;
}

static bool write_message(const struct dyn *d, struct json_out *o)
{
	enum form form = form_of(d->type);
	bool ok = !d->unknown;
	if (form == FORM_WRAPPER) {
		const struct dyn_field *v = dyn_get(d, 1);
		return write_value(&d->type->fields[0], v ? v->values[0] : dyn_default(&d->type->fields[0]), o);
	}
	if (form != FORM_MESSAGE) {
		if (d->count)
			return no_json(o);
		if (form == FORM_TEXT)
			json_out_str(o, str_eq(d->type->name, STR("Timestamp")) ? STR("1970-01-01T00:00:00Z") : str_eq(d->type->name, STR("Duration")) ? STR("0s") : STR(""));
		else if (str_eq(d->type->name, STR("ListValue")))
			json_out_array(o), json_out_end(o);
		else if (str_eq(d->type->name, STR("Value")))
			json_out_null(o);
		else
			json_out_object(o), json_out_end(o);
		return true;
	}
	json_out_object(o);
	for (size_t i = 0; ok && i < d->count; i++) {
		const struct dyn_field *s = &d->fields[i];
		if (!s->count) /* a zero that was set is written: readers must take it */
			continue;
		json_out_key(o, s->field->json_name);
		if (proto_is_map(s->field)) {
			ok = write_map(s, o);
		} else if (s->field->label == PROTO_REPEATED) {
			json_out_array(o);
			for (size_t j = 0; ok && j < s->count; j++)
				ok = write_value(s->field, s->values[j], o);
			json_out_end(o);
		} else {
			ok = write_value(s->field, s->values[0], o);
		}
	}
	json_out_end(o);
	return ok;
}

bool dyn_to_json(const struct dyn *d, struct buf *out)
{
	struct json_out o;
	json_out_init(&o, out);
	return write_message(d, &o) && buf_ok(out);
}

struct json_reader { struct arena *arena; struct dyn_fault *fault; };
static struct dyn *read_message(struct json_reader *r, const struct proto_message *m, const struct json *j);

static bool refuse(struct json_reader *r, struct str name, const char *why)
{
	if (!r->fault->text[0])
		snprintf(r->fault->text, sizeof(r->fault->text), "refused: `%.*s` %s", STR_FMT(name), why);
	return false;
}

static bool in_range(const struct proto_field *f, struct dyn_value v)
{
	switch (f->type) {
	case PROTO_UINT32: case PROTO_FIXED32:
		return (!v.negative || !v.magnitude) && v.magnitude <= UINT32_MAX;
	case PROTO_UINT64: case PROTO_FIXED64:
		return !v.negative || !v.magnitude;
	case PROTO_INT64: case PROTO_SINT64: case PROTO_SFIXED64:
		return v.magnitude <= (uint64_t)INT64_MAX + v.negative;
	default:
		return v.magnitude <= (uint64_t)INT32_MAX + v.negative;
	}
}

static bool read_integer(const struct proto_field *f, const struct json *j, struct dyn_value *v)
{
	if (j->type == JSON_INT) {
		*v = dyn_int(j->i);
	} else if (j->type == JSON_UINT) {
		*v = dyn_uint(j->u);
	} else if (j->type == JSON_DOUBLE && j->d == trunc(j->d) && fabs(j->d) < 9e15) {
		*v = dyn_int((int64_t)j->d);
	} else if (j->type == JSON_STRING) {
		int64_t i;
		uint64_t u;
		if (str_to_u64(j->s, &u))
			*v = dyn_uint(u);
		else if (str_to_i64(j->s, &i))
			*v = dyn_int(i);
		else
			return false;
	} else {
		return false;
	}
	return in_range(f, *v);
}

static bool read_real(const struct json *j, struct dyn_value *v)
{
	*v = (struct dyn_value){ .kind = DYN_REAL };
	if (json_is_number(j)) {
		v->real = json_f64(j);
		return true;
	}
	if (j->type != JSON_STRING)
		return false;
	if (str_eq(j->s, STR("NaN")))
		v->real = NAN;
	else if (str_eq(j->s, STR("Infinity")))
		v->real = INFINITY;
	else if (str_eq(j->s, STR("-Infinity")))
		v->real = -INFINITY;
	else
		return str_to_f64(j->s, &v->real);
	return true;
}

static bool read_enum(struct json_reader *r, const struct proto_field *f, const struct json *j, struct dyn_value *v)
{
	if (j->type == JSON_STRING) {
		const struct proto_value *named = proto_value_by_name(f->enumeration, j->s);
		if (!named)
			return refuse(r, f->name, "has a value whose name is not known");
		*v = dyn_int(named->number);
		return true;
	}
	if (!read_integer(f, j, v))
		return refuse(r, f->name, "is no enum value");
	return f->enumeration->features.enum_type != ENUM_CLOSED || proto_value_by_number(f->enumeration, (int32_t)dyn_signed(*v)) || refuse(r, f->name, "has a number that is not known");
}

static bool read_value(struct json_reader *r, const struct proto_field *f, const struct json *j, struct dyn_value *v)
{
	switch (f->type) {
	case PROTO_MESSAGE: case PROTO_GROUP: {
		enum form form = form_of(f->message);
		if (form == FORM_TEXT || form == FORM_ANY) {
			struct buf text;
			if (form == FORM_TEXT && j->type != JSON_STRING)
				return refuse(r, f->name, "is no string");
			if (!str_eq(f->message->name, STR("Value")) && form == FORM_ANY && j->type != JSON_OBJECT && j->type != JSON_ARRAY)
				return refuse(r, f->name, "is no object");
			if (str_eq(f->message->name, STR("Timestamp")) && (j->s.len < 20 || j->s.p[10] != 'T'))
				return refuse(r, f->name, "is no time");
			if (str_eq(f->message->name, STR("Duration")) && !str_ends(j->s, STR("s")))
				return refuse(r, f->name, "is no duration");
			buf_init(&text, 1 << 20);
			struct json_out o;
			json_out_init(&o, &text);
			json_out_value(&o, j);
			*v = (struct dyn_value){ .kind = DYN_BYTES, .bytes = arena_str(r->arena, buf_str(&text)) };
			buf_release(&text);
			return true;
		}
		*v = (struct dyn_value){ .kind = DYN_MESSAGE, .message = read_message(r, f->message, j) };
		return v->message || refuse(r, f->name, "is no such message");
	}
	case PROTO_BOOL:
		*v = dyn_uint(j->type == JSON_TRUE);
		return j->type == JSON_TRUE || j->type == JSON_FALSE || refuse(r, f->name, "is neither true nor false");
	case PROTO_STRING:
		*v = (struct dyn_value){ .kind = DYN_BYTES, .bytes = j->s };
		return j->type == JSON_STRING || refuse(r, f->name, "is no string");
	case PROTO_BYTES:
		*v = (struct dyn_value){ .kind = DYN_BYTES };
		return (j->type == JSON_STRING && base64_decode(r->arena, j->s, &v->bytes)) || refuse(r, f->name, "is no base64");
	case PROTO_DOUBLE: case PROTO_FLOAT:
		return read_real(j, v) || refuse(r, f->name, "is no number");
	case PROTO_ENUM:
		return read_enum(r, f, j, v);
	default:
		return read_integer(f, j, v) || refuse(r, f->name, "is no integer of its range");
	}
}

static bool read_key(struct json_reader *r, const struct proto_field *f, struct str key, struct dyn_value *v)
{
	const struct json text = { .type = JSON_STRING, .s = key };
	if (f->type == PROTO_BOOL) {
		*v = dyn_uint(str_eq(key, STR("true")));
		return v->magnitude || str_eq(key, STR("false")) || refuse(r, f->name, "is neither true nor false");
	}
	return read_value(r, f, &text, v);
}

static bool read_map(struct json_reader *r, struct dyn *d, const struct proto_field *f, const struct json *j)
{
	if (j->type != JSON_OBJECT)
		return refuse(r, f->name, "is no object");
	for (uint32_t i = 0; i < j->count; i++) {
		struct dyn *entry = dyn_new(r->arena, f->message);
		struct dyn_value key, value;
		if (!entry || !read_key(r, &f->message->fields[0], j->members[i].key, &key) || !read_value(r, &f->message->fields[1], &j->members[i].value, &value))
			return refuse(r, f->name, "does not fit");
		if (!dyn_put(r->arena, entry, &f->message->fields[0], key) || !dyn_put(r->arena, entry, &f->message->fields[1], value) ||
			!dyn_put(r->arena, d, f, (struct dyn_value){ .kind = DYN_MESSAGE, .message = entry }))
			return false;
	}
	return true;
}

static bool read_field(struct json_reader *r, struct dyn *d, const struct proto_field *f, const struct json *j)
{
	struct dyn_value v;
	if (j->type == JSON_NULL && !(proto_is_message(f) && form_of(f->message) == FORM_ANY))
		return true;
	if (proto_is_map(f))
		return read_map(r, d, f, j);
	if (f->label != PROTO_REPEATED)
		return read_value(r, f, j, &v) && dyn_put(r->arena, d, f, v);
	if (j->type != JSON_ARRAY)
		return refuse(r, f->name, "is no list");
	for (uint32_t i = 0; i < j->count; i++)
		if (!read_value(r, f, &j->items[i], &v) || !dyn_put(r->arena, d, f, v))
			return false;
	return true;
}

static const struct proto_field *by_json_name(const struct proto_message *m, struct str key)
{
	for (uint32_t i = 0; i < m->field_count; i++)
		if (str_eq(m->fields[i].json_name, key))
			return &m->fields[i];
	return proto_field_by_name(m, key);
}

static struct dyn *read_message(struct json_reader *r, const struct proto_message *m, const struct json *j)
{
	struct dyn *d = dyn_new(r->arena, m);
	if (d && form_of(m) == FORM_WRAPPER) {
		struct dyn_value v;
		return read_value(r, &m->fields[0], j, &v) && dyn_put(r->arena, d, &m->fields[0], v) ? d : NULL;
	}
	if (!d || j->type != JSON_OBJECT)
		return NULL;
	for (uint32_t i = 0; i < j->count; i++) {
		const struct proto_field *f = by_json_name(m, j->members[i].key);
		if (!f) {
			refuse(r, j->members[i].key, "is no field");
			return NULL;
		}
		if (f->label != PROTO_REPEATED && f->oneof >= 0 && !f->synthetic)
			for (size_t k = 0; k < d->count; k++)
				if (d->fields[k].field != f && d->fields[k].field->oneof == f->oneof) {
					refuse(r, f->name, "is in a oneof that is set already");
					return NULL;
				}
		if (!read_field(r, d, f, &j->members[i].value))
			return NULL;
	}
	return d;
}

struct dyn *dyn_from_json(struct arena *a, const struct proto_message *type, struct str text, struct dyn_fault *fault)
{
	struct json_reader r = { a, fault };
	struct err e = { 0 };
	fault->text[0] = 0;
	const struct json *j = json_parse(a, text, &e);
	struct dyn *d = j ? read_message(&r, type, j) : NULL;
	const struct proto_field *missing = d ? dyn_missing(d) : NULL;
	if (missing)
		refuse(&r, missing->name, "is required and missing");
	if (!d && !fault->text[0])
		snprintf(fault->text, sizeof(fault->text), "refused: no JSON of such a message");
	return missing ? NULL : d;
}
