/* Reading and applying validation rules. */
#include "contract/proto/rules.h"
#include "contract/proto/wire.h"
#include <stdio.h>

enum { VALIDATE_FIELD = 1159, RULES_DEPTH_MAX = 4 };

bool dyn_value_equal(struct dyn_value a, struct dyn_value b)
{
	if (a.kind != b.kind)
		return false;
	if (a.kind == DYN_INT)
		return a.magnitude == b.magnitude && (a.negative == b.negative || !a.magnitude);
	if (a.kind == DYN_REAL)
		return a.real == b.real;
	if (a.kind == DYN_BYTES)
		return str_eq(a.bytes, b.bytes);
	struct dyn_fault none;
	return dyn_same(a.message, b.message, &none);
}

bool dyn_values_hold(const struct dyn_field *set, struct dyn_value v)
{
	for (size_t i = 0; set && i < set->count; i++)
		if (dyn_value_equal(set->values[i], v))
			return true;
	return false;
}

static enum rule_way way_of(const struct proto_field *f)
{
	struct str n = f->name;
	if (str_eq(n, STR("lt")) || str_eq(n, STR("lte")) || str_starts(n, STR("max_")))
		return RULE_UPPER;
	if (str_eq(n, STR("gt")) || str_eq(n, STR("gte")) || str_starts(n, STR("min_")))
		return RULE_LOWER;
	if (str_eq(n, STR("in")))
		return RULE_ONE_OF;
	if (str_eq(n, STR("not_in")))
		return RULE_NONE_OF;
	return f->type == PROTO_BOOL && f->label != PROTO_REPEATED && !str_eq(n, STR("const")) ? RULE_FLAG : RULE_OTHER;
}

static void add(struct rules *to, const char *prefix, const struct dyn_field *s)
{
	struct rule r = { .way = way_of(s->field), .values = s };
	if (str_eq(s->field->name, STR("example")) || !s->count)
		return;
	if (to->count == RULES_MAX) {
		to->partial = true;
		return;
	}
	struct str name = s->field->name;
	if (r.way == RULE_UPPER || r.way == RULE_LOWER) {
		r.integer = s->values[0].kind == DYN_INT && s->values[0].magnitude < (uint64_t)INT64_MAX;
		r.bound = r.integer ? dyn_signed(s->values[0]) : 0;
		r.real = s->values[0].kind == DYN_REAL ? s->values[0].real : 0;
		if (r.integer && str_eq(name, STR("lt"))) {
			name = STR("lte");
			r.bound--;
		} else if (r.integer && str_eq(name, STR("gt"))) {
			name = STR("gte");
			r.bound++;
		} else if (!r.integer && s->values[0].kind != DYN_REAL) {
			r.way = RULE_OTHER;
		}
	}
	snprintf(r.name, sizeof(r.name), "%s%.*s", prefix, STR_FMT(name));
	to->items[to->count++] = r;
}

static void flatten(struct rules *to, const struct dyn *d, const char *prefix, unsigned depth)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dyn_field *s = &d->fields[i];
		bool group = s->field->type == PROTO_MESSAGE && s->field->label != PROTO_REPEATED && str_starts(s->field->message->full, STR("buf.validate.")) &&
			     !str_eq(s->field->message->name, STR("Rule"));
		if (!group) {
			add(to, prefix, s);
			continue;
		}
		char inner[48];
		snprintf(inner, sizeof(inner), "%.30s%.*s.", prefix, STR_FMT(str_sub(s->field->name, 0, 12)));
		if (depth < RULES_DEPTH_MAX && s->count)
			flatten(to, s->values[0].message, inner, depth + 1);
		else
			to->partial = true;
	}
}

void rules_of(struct arena *a, const struct proto_model *m, const struct proto_field *f, struct rules *to)
{
	struct dyn_fault fault;
	to->count = 0;
	to->partial = false;
	struct str bytes = f && f->options ? wire_get_bytes(f->options->bytes, VALIDATE_FIELD) : (struct str){ NULL, 0 };
	const struct proto_symbol *s = bytes.p ? map_get(&m->by_name, STR("buf.validate.field")) : NULL;
	if (!s || s->kind != PROTO_SYMBOL_EXTENSION || !proto_is_message(&s->extension->field))
		return;
	/* an option that is set in parts (`(buf.validate.field).required = true, (…).string.min_len = 1`) stands in parts, which merge */
	struct buf joined;
	struct wire_field w;
	buf_init(&joined, 1 << 20);
	for (struct str rest = f->options->bytes; wire_next(&rest, &w);)
		if (w.number == VALIDATE_FIELD && w.wire == PB_BYTES)
			buf_add(&joined, w.bytes);
	struct str all = arena_str(a, buf_str(&joined));
	buf_release(&joined);
	const struct dyn *d = all.p ? dyn_decode(a, s->extension->field.message, all, &fault) : NULL;
	if (d)
		flatten(to, d, "", 0);
	to->partial = to->partial || !d || d->unknown;
}

const struct rule *rules_find(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->items[i].name, name) == 0)
			return &r->items[i];
	return NULL;
}

static size_t characters(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool is_zero(struct dyn_value v) { return (v.kind == DYN_INT && !v.magnitude) || (v.kind == DYN_REAL && v.real == 0) || (v.kind == DYN_BYTES && !v.bytes.len); }

static int in_bounds(const struct rule *r, int64_t n) { return r->way == RULE_UPPER ? n <= r->bound : n >= r->bound; }

/* A rule of numbers, texts or enums applied to a value. */
static int accept_one(const struct rule *r, const struct proto_field *f, struct dyn_value v)
{
	const char *dot = strrchr(r->name, '.');
	struct str name = str_z(dot ? dot + 1 : r->name);
	if (r->way == RULE_ONE_OF)
		return dyn_values_hold(r->values, v);
	if (r->way == RULE_NONE_OF)
		return !dyn_values_hold(r->values, v);
	if (str_eq(name, STR("const")))
		return dyn_value_equal(r->values->values[0], v);
	if (str_eq(name, STR("min_len")) || str_eq(name, STR("max_len")))
		return in_bounds(r, (int64_t)(f->type == PROTO_STRING ? characters(v.bytes) : v.bytes.len));
	if (str_eq(name, STR("min_bytes")) || str_eq(name, STR("max_bytes")))
		return in_bounds(r, (int64_t)v.bytes.len);
	if (r->way == RULE_UPPER || r->way == RULE_LOWER) {
		if (r->integer && v.kind == DYN_INT)
			return v.magnitude > (uint64_t)INT64_MAX ? r->way == RULE_LOWER : in_bounds(r, dyn_signed(v));
		if (r->integer || v.kind != DYN_REAL)
			return -1;
		if (str_eq(name, STR("lt")))
			return v.real < r->real;
		if (str_eq(name, STR("gt")))
			return v.real > r->real;
		return r->way == RULE_UPPER ? v.real <= r->real : v.real >= r->real;
	}
	if (v.kind == DYN_BYTES && r->values->values[0].kind == DYN_BYTES) {
		struct str part = r->values->values[0].bytes;
		if (str_eq(name, STR("prefix")))
			return str_starts(v.bytes, part);
		if (str_eq(name, STR("suffix")))
			return str_ends(v.bytes, part);
		if (str_eq(name, STR("contains")) || str_eq(name, STR("not_contains")))
			return (str_find(v.bytes, part) != SIZE_MAX) == str_eq(name, STR("contains"));
	}
	if (str_eq(name, STR("len")) && v.kind == DYN_BYTES)
		return (f->type == PROTO_STRING ? characters(v.bytes) : v.bytes.len) == r->values->values[0].magnitude;
	if (str_eq(name, STR("defined_only")) && f->type == PROTO_ENUM)
		return proto_value_by_number(f->enumeration, (int32_t)dyn_signed(v)) != NULL;
	if (str_eq(name, STR("email")) && v.kind == DYN_BYTES)
		return str_find_char(v.bytes, '@') == SIZE_MAX ? 0 : -1;
	if (str_eq(name, STR("uuid")) && v.kind == DYN_BYTES)
		return v.bytes.len != 36 ? 0 : -1;
	return -1;
}

int rules_accept(const struct rules *r, const struct proto_field *f, const struct dyn_value *v, const char **broken)
{
	int verdict = r->partial ? -1 : 1;
	bool set = v && (f->presence || !is_zero(*v));
	for (size_t i = 0; i < r->count; i++) {
		const struct rule *one = &r->items[i];
		if (strcmp(one->name, "ignore") == 0)
			return -1;
		bool required = strcmp(one->name, "required") == 0;
		if (!required && !v && f->presence)
			continue; /* rules of values do not concern a field that is not set */
		struct dyn_value value = v ? *v : dyn_default(f);
		int ok = required ? set || !one->values->values[0].magnitude : f->label == PROTO_REPEATED ? -1 : accept_one(one, f, value);
		if (ok == 0) {
			*broken = one->name;
			return 0;
		}
		if (ok < 0)
			verdict = -1;
	}
	return verdict;
}
