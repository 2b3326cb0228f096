/* Messages from and to bytes on the wire, as a conforming parser reads them. */
#include "contract/proto/dynamic.h"
#include "contract/proto/wire.h"
#include <stdio.h>

static unsigned wire_of(const struct proto_field *f)
{
	switch (f->type) {
	case PROTO_DOUBLE: case PROTO_FIXED64: case PROTO_SFIXED64:
		return PB_FIXED64;
	case PROTO_FLOAT: case PROTO_FIXED32: case PROTO_SFIXED32:
		return PB_FIXED32;
	case PROTO_STRING: case PROTO_BYTES: case PROTO_MESSAGE:
		return PB_BYTES;
	case PROTO_GROUP:
		return WIRE_GROUP;
	default:
		return PB_VARINT;
	}
}

static struct dyn_value scalar(const struct proto_field *f, uint64_t v)
{
	struct dyn_value real = { .kind = DYN_REAL };
	float single;
	uint32_t low = (uint32_t)v;
	switch (f->type) {
	case PROTO_INT32: case PROTO_ENUM: case PROTO_SFIXED32:
		return dyn_int((int32_t)low);
	case PROTO_INT64: case PROTO_SFIXED64:
		return dyn_int((int64_t)v);
	case PROTO_UINT32: case PROTO_FIXED32:
		return dyn_uint(low);
	case PROTO_SINT32:
		return dyn_int((int32_t)(low >> 1) ^ -(int32_t)(low & 1));
	case PROTO_SINT64:
		return dyn_int(pb_zigzag(v));
	case PROTO_BOOL:
		return dyn_uint(v != 0);
	case PROTO_DOUBLE:
		real.real = pb_double(v);
		return real;
	case PROTO_FLOAT:
		memcpy(&single, &low, sizeof(single));
		real.real = (double)single;
		return real;
	default:
		return dyn_uint(v);
	}
}

struct decoder { struct arena *arena; struct dyn_fault *fault; unsigned depth; };
static bool merge(struct decoder *r, struct dyn *d, struct str bytes);

static bool refuse(struct decoder *r, const struct proto_field *f, const char *why)
{
	snprintf(r->fault->text, sizeof(r->fault->text), "refused: `%.*s` %s", STR_FMT(f->name), why);
	return false;
}

static void unknown(struct dyn *d, uint32_t number)
{
	if (!d->unknown++)
		d->unknown_number = number;
}

static bool put_scalar(struct decoder *r, struct dyn *d, const struct proto_field *f, uint64_t raw)
{
	struct dyn_value v = scalar(f, raw);
	if (f->type == PROTO_ENUM && f->enumeration->features.enum_type == ENUM_CLOSED && !proto_value_by_number(f->enumeration, (int32_t)dyn_signed(v))) {
		unknown(d, (uint32_t)f->number);
		return true;
	}
	return dyn_put(r->arena, d, f, v);
}

static bool packed(struct decoder *r, struct dyn *d, const struct proto_field *f, struct str bytes)
{
	unsigned wire = wire_of(f);
	while (bytes.len) {
		uint64_t v = 0;
		size_t used = 0;
		if (wire == PB_VARINT) {
			while (used < bytes.len && used < 10 && bytes.p[used] & 0x80)
				used++;
			if (used >= bytes.len || used >= 10)
				return refuse(r, f, "has packed values that are cut off");
			used++;
			for (size_t i = 0; i < used; i++)
				v |= (uint64_t)(bytes.p[i] & 0x7f) << (7 * i);
		} else {
			used = wire == PB_FIXED32 ? 4 : 8;
			if (used > bytes.len)
				return refuse(r, f, "has packed values that are cut off");
			for (size_t i = 0; i < used; i++)
				v |= (uint64_t)(uint8_t)bytes.p[i] << (8 * i);
		}
		bytes = str_skip(bytes, used);
		if (!put_scalar(r, d, f, v))
			return false;
	}
	return true;
}

static bool nested(struct decoder *r, struct dyn *d, const struct proto_field *f, struct str bytes)
{
	const struct dyn_field *had = f->label == PROTO_REPEATED ? NULL : dyn_get(d, f->number);
	struct dyn *inner = had ? had->values[0].message : dyn_new(r->arena, f->message);
	if (!inner || r->depth == DYN_DEPTH_MAX)
		return refuse(r, f, "is nested too deep");
	r->depth++;
	bool ok = merge(r, inner, bytes);
	r->depth--;
	return ok && dyn_put(r->arena, d, f, (struct dyn_value){ .kind = DYN_MESSAGE, .message = inner });
}

static bool one(struct decoder *r, struct dyn *d, const struct wire_field *w)
{
	const struct proto_field *f = proto_field_by_number(d->type, (int32_t)w->number);
	if (!f) {
		unknown(d, w->number);
		return true;
	}
	unsigned wire = wire_of(f);
	if (w->wire == PB_BYTES && f->label == PROTO_REPEATED && wire != PB_BYTES && wire != WIRE_GROUP)
		return packed(r, d, f, w->bytes);
	if (w->wire != wire) {
		unknown(d, w->number);
		return true;
	}
	if (proto_is_message(f))
		return nested(r, d, f, w->bytes);
	if (wire != PB_BYTES)
		return put_scalar(r, d, f, w->value);
	if (f->type == PROTO_STRING && f->features.utf8 == UTF8_VERIFY && !str_is_utf8(w->bytes))
		return refuse(r, f, "is no UTF-8");
	return dyn_put(r->arena, d, f, (struct dyn_value){ .kind = DYN_BYTES, .bytes = w->bytes });
}

static bool merge(struct decoder *r, struct dyn *d, struct str bytes)
{
	struct wire_field w;
	while (wire_next(&bytes, &w))
		if (!one(r, d, &w))
			return false;
	if (!bytes.len)
		return true;
	snprintf(r->fault->text, sizeof(r->fault->text), "refused: the bytes are no message");
	return false;
}

struct dyn *dyn_decode(struct arena *a, const struct proto_message *type, struct str bytes, struct dyn_fault *fault)
{
	struct decoder r = { a, fault, 0 };
	struct dyn *d = dyn_new(a, type);
	fault->text[0] = 0;
	if (!d || !merge(&r, d, bytes))
		return NULL;
	const struct proto_field *missing = dyn_missing(d);
	if (missing) {
		refuse(&r, missing, "is required and missing");
		return NULL;
	}
	return d;
}

static uint64_t bits(const struct proto_field *f, struct dyn_value v)
{
	uint64_t n = (uint64_t)dyn_signed(v);
	float single = (float)v.real;
	uint32_t low;
	switch (f->type) {
	case PROTO_SINT32: case PROTO_SINT64:
		return n << 1 ^ (uint64_t)((int64_t)n >> 63);
	case PROTO_DOUBLE:
		memcpy(&n, &v.real, sizeof(n));
		return n;
	case PROTO_FLOAT:
		memcpy(&low, &single, sizeof(low));
		return low;
	default:
		return n;
	}
}

static void fixed(struct buf *b, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++, v >>= 8)
		buf_char(b, (char)v);
}

static void put_raw(struct buf *b, const struct proto_field *f, struct dyn_value v)
{
	unsigned wire = wire_of(f);
	if (wire == PB_VARINT)
		wire_varint(b, bits(f, v));
	else
		fixed(b, bits(f, v), wire == PB_FIXED32 ? 4 : 8);
}

static void put(struct buf *b, const struct proto_field *f, struct dyn_value v)
{
	if (proto_is_message(f)) {
		if (v.kind != DYN_MESSAGE)
			return; /* a well-known type's JSON has no bytes here */
		size_t mark = wire_begin(b, (uint32_t)f->number, f->type == PROTO_GROUP);
		dyn_encode(v.message, b);
		wire_end(b, mark, (uint32_t)f->number, f->type == PROTO_GROUP);
	} else if (wire_of(f) == PB_BYTES) {
		pb_bytes(b, (uint32_t)f->number, v.bytes);
	} else {
		wire_tag(b, (uint32_t)f->number, wire_of(f));
		put_raw(b, f, v);
	}
}

static bool is_zero(struct dyn_value v) { return (v.kind == DYN_INT && !v.magnitude) || (v.kind == DYN_REAL && v.real == 0) || (v.kind == DYN_BYTES && !v.bytes.len); }

bool dyn_encode(const struct dyn *d, struct buf *b)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dyn_field *s = &d->fields[i];
		if (s->field->packed && s->count) {
			size_t mark = wire_begin(b, (uint32_t)s->field->number, false);
			for (size_t j = 0; j < s->count; j++)
				put_raw(b, s->field, s->values[j]);
			wire_end(b, mark, (uint32_t)s->field->number, false);
			continue;
		}
		for (size_t j = 0; j < s->count; j++)
			if (s->field->label == PROTO_REPEATED || s->field->presence || !is_zero(s->values[j]))
				put(b, s->field, s->values[j]);
	}
	return buf_ok(b);
}
