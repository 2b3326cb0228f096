/* Values of messages: setting, comparing, saying. */
#include "contract/proto/dynamic.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct dyn *dyn_new(struct arena *a, const struct proto_message *type)
{
	struct dyn *d = ARENA_NEW(a, struct dyn);
	if (d)
		d->type = type;
	return d;
}

int64_t dyn_signed(struct dyn_value v) { return v.negative ? (int64_t)(0 - v.magnitude) : (int64_t)v.magnitude; }

const struct dyn_field *dyn_get(const struct dyn *d, int32_t number)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->fields[i].field->number == number)
			return &d->fields[i];
	return NULL;
}

static struct dyn_field *slot(struct arena *a, struct dyn *d, const struct proto_field *f)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->fields[i].field == f)
			return &d->fields[i];
	if (!ARENA_PUSH_ROOM(a, d->fields, d->count, d->capacity))
		return NULL;
	d->fields[d->count] = (struct dyn_field){ .field = f };
	return &d->fields[d->count++];
}

static void drop_members(struct dyn *d, const struct proto_field *f)
{
	for (size_t i = 0; i < d->count;)
		if (d->fields[i].field != f && d->fields[i].field->oneof == f->oneof)
			d->fields[i] = d->fields[--d->count];
		else
			i++;
}

/* How two messages are compared: fields under their numbers (bytes) or under their JSON names. */
struct same { bool by_name; struct dyn_fault *difference; };
static bool value_same(struct dyn_value a, struct dyn_value b, const struct same *how);

bool dyn_put(struct arena *a, struct dyn *d, const struct proto_field *f, struct dyn_value v)
{
	if (f->oneof >= 0)
		drop_members(d, f);
	struct dyn_field *s = slot(a, d, f);
	if (!s)
		return false;
	if (proto_is_map(f)) { /* the last one of a key stays */
		struct dyn_fault none;
		const struct same how = { false, &none };
		const struct dyn_field *key = dyn_get(v.message, 1);
		for (size_t i = 0; i < s->count; i++) {
			const struct dyn_field *other = dyn_get(s->values[i].message, 1);
			if ((!key && !other) || (key && other && value_same(key->values[0], other->values[0], &how))) {
				s->values[i] = v;
				return true;
			}
		}
	}
	if (f->label != PROTO_REPEATED)
		s->count = 0;
	if (!ARENA_PUSH_ROOM(a, s->values, s->count, s->capacity))
		return false;
	s->values[s->count++] = v;
	return true;
}

struct dyn_value dyn_default(const struct proto_field *f)
{
	struct dyn_value v = { .kind = DYN_INT };
	char text[64] = "";
	memcpy(text, f->default_text.p ? f->default_text.p : "", f->default_text.len < sizeof(text) ? f->default_text.len : sizeof(text) - 1);
	switch (f->type) {
	case PROTO_STRING: case PROTO_BYTES:
		return (struct dyn_value){ .kind = DYN_BYTES, .bytes = f->default_text };
	case PROTO_DOUBLE: case PROTO_FLOAT:
		return (struct dyn_value){ .kind = DYN_REAL, .real = strtod(text, NULL) };
	case PROTO_BOOL:
		v.magnitude = str_eq(f->default_text, STR("true"));
		return v;
	case PROTO_ENUM: {
		const struct proto_value *named = f->has_default ? proto_value_by_name(f->enumeration, f->default_text) : NULL;
		return dyn_int(named ? named->number : f->enumeration->value_count ? f->enumeration->values[0].number : 0);
	}
	default:
		v.negative = text[0] == '-';
		v.magnitude = strtoull(text + v.negative, NULL, 10);
		return v;
	}
}

const struct proto_field *dyn_missing(const struct dyn *d)
{
	for (uint32_t i = 0; i < d->type->field_count; i++)
		if (d->type->fields[i].label == PROTO_REQUIRED && !dyn_get(d, d->type->fields[i].number))
			return &d->type->fields[i];
	for (size_t i = 0; i < d->count; i++)
		for (size_t j = 0; j < d->fields[i].count; j++) {
			const struct proto_field *f = d->fields[i].values[j].kind == DYN_MESSAGE ? dyn_missing(d->fields[i].values[j].message) : NULL;
			if (f)
				return f;
		}
	return NULL;
}

static void say_value(const struct proto_field *f, struct dyn_value v, struct buf *out)
{
	switch (v.kind) {
	case DYN_INT: {
		const struct proto_value *named = f->type == PROTO_ENUM ? proto_value_by_number(f->enumeration, (int32_t)dyn_signed(v)) : NULL;
		if (named)
			buf_add(out, named->name);
		else if (f->type == PROTO_BOOL)
			buf_add(out, v.magnitude ? STR("true") : STR("false"));
		else
			buf_printf(out, "%s%llu", v.negative ? "-" : "", (unsigned long long)v.magnitude);
		break;
	}
	case DYN_REAL:
		buf_printf(out, "%g", v.real);
		break;
	case DYN_BYTES:
		if (str_is_utf8(v.bytes)) {
			buf_printf(out, "\"%.*s\"", STR_FMT(str_sub(v.bytes, 0, 60)));
		} else {
			buf_add(out, STR("bytes "));
			buf_hex(out, (const uint8_t *)v.bytes.p, v.bytes.len < 30 ? v.bytes.len : 30);
		}
		break;
	case DYN_MESSAGE:
		buf_char(out, '{');
		dyn_say(v.message, out);
		buf_char(out, '}');
		break;
	}
}

void dyn_say(const struct dyn *d, struct buf *out)
{
	bool first = true;
	for (uint32_t i = 0; i < d->type->field_count; i++) {
		const struct proto_field *f = &d->type->fields[i];
		const struct dyn_field *s = dyn_get(d, f->number);
		if (!s || !s->count)
			continue;
		buf_printf(out, "%s%.*s: %s", first ? "" : ", ", STR_FMT(f->name), f->label == PROTO_REPEATED ? "[" : "");
		for (size_t j = 0; j < s->count; j++) {
			if (j)
				buf_add(out, STR(", "));
			say_value(f, s->values[j], out);
		}
		if (f->label == PROTO_REPEATED)
			buf_char(out, ']');
		first = false;
	}
	if (d->unknown)
		buf_printf(out, "%sfield %u: not known", first ? "" : ", ", d->unknown_number);
	else if (first)
		buf_add(out, STR("nothing set"));
}

static bool message_same(const struct dyn *a, const struct dyn *b, const struct same *how);
static bool value_same(struct dyn_value a, struct dyn_value b, const struct same *how)
{
	if (a.kind != b.kind)
		return false;
	switch (a.kind) {
	case DYN_INT:
		return a.magnitude == b.magnitude && (a.negative == b.negative || !a.magnitude);
	case DYN_REAL:
		return a.real == b.real || (isnan(a.real) && isnan(b.real));
	case DYN_BYTES:
		return str_eq(a.bytes, b.bytes);
	default:
		return message_same(a.message, b.message, how);
	}
}

static bool fail(struct dyn_fault *f, const struct proto_field *field, const char *what)
{
	if (!f->text[0])
		snprintf(f->text, sizeof(f->text), "`%.*s` %s", STR_FMT(field->name), what);
	return false;
}

static bool single_same(const struct proto_field *f, const struct dyn_field *x, const struct proto_field *g, const struct dyn_field *y, const struct same *how)
{
	if (x && y)
		return value_same(x->values[0], y->values[0], how) || fail(how->difference, f, "is another value");
	if (proto_is_message(f) || proto_is_message(g))
		return (!x && !y) || fail(how->difference, f, x ? "is not set" : "is set");
	struct dyn_value a = x ? x->values[0] : dyn_default(f), b = y ? y->values[0] : dyn_default(g);
	if (a.kind != b.kind)
		return (!x && !y && !f->has_default && !g->has_default) || fail(how->difference, f, "is not read");
	return value_same(a, b, how) || fail(how->difference, f, x || y ? "is another value" : "means another value where it is not set");
}

static bool field_same(const struct proto_field *f, const struct dyn_field *x, const struct proto_field *g, const struct dyn_field *y, const struct same *how)
{
	if (f->label != PROTO_REPEATED && g->label != PROTO_REPEATED)
		return single_same(f, x, g, y, how);
	size_t n = x ? x->count : 0, m = y ? y->count : 0;
	if (n != m)
		return fail(how->difference, f, m < n ? "loses values" : "has more values");
	bool map = proto_is_map(f) && proto_is_map(g);
	for (size_t i = 0; i < n; i++) {
		bool same = value_same(x->values[i], y->values[i], how);
		for (size_t j = 0; map && !same && j < m; j++)
			same = value_same(x->values[i], y->values[j], how);
		if (!same)
			return fail(how->difference, f, "has other values");
	}
	return true;
}

static const struct proto_field *counterpart(const struct proto_message *m, const struct proto_field *f, const struct same *how)
{
	if (!how->by_name)
		return proto_field_by_number(m, f->number);
	for (uint32_t i = 0; i < m->field_count; i++)
		if (str_eq(m->fields[i].json_name, f->json_name))
			return &m->fields[i];
	const struct proto_field *g = proto_field_by_name(m, f->json_name); /* readers take a field's own name, too */
	return g ? g : proto_field_by_name(m, f->name);
}

static bool message_same(const struct dyn *a, const struct dyn *b, const struct same *how)
{
	if (a->unknown != b->unknown) {
		if (!how->difference->text[0])
			snprintf(how->difference->text, sizeof(how->difference->text), "field %u is not known and ignored", b->unknown ? b->unknown_number : a->unknown_number);
		return false;
	}
	for (uint32_t i = 0; i < a->type->field_count; i++) {
		const struct proto_field *f = &a->type->fields[i], *g = counterpart(b->type, f, how);
		const struct dyn_field *x = dyn_get(a, f->number), *y = g ? dyn_get(b, g->number) : NULL;
		if (!g) {
			if (x && x->count)
				return fail(how->difference, f, "is not known and ignored");
			continue;
		}
		if (!field_same(f, x, g, y, how))
			return false;
	}
	for (size_t i = 0; i < b->count; i++)
		if (b->fields[i].count && !counterpart(a->type, b->fields[i].field, how))
			return fail(how->difference, b->fields[i].field, "is set");
	return true;
}

bool dyn_same(const struct dyn *a, const struct dyn *b, struct dyn_fault *difference)
{
	const struct same how = { false, difference };
	difference->text[0] = 0;
	return message_same(a, b, &how);
}

bool dyn_same_json(const struct dyn *a, const struct dyn *b, struct dyn_fault *difference)
{
	const struct same how = { true, difference };
	difference->text[0] = 0;
	return message_same(a, b, &how);
}
