/* Instances of views: constructive, plain where `random` is 0, different otherwise. What asks for too much (a `not`, counts that contradict each other) may make
 * a value that is not valid; callers check with the validator. Bounded by MAKE_DEPTH and MAKE_WORK. */
#include "base/check.h"
#include "contract/doc/doc_impl.h"
#include "contract/schema/schema_make.h"
#include <math.h>

enum { MAKE_DEPTH = 30, MAKE_WORK = 4000, CHOICES = 6 };

const struct doc *make_doc_text(struct maker *m, struct str text)
{
	struct doc *d = text.p ? ARENA_NEW(m->arena, struct doc) : NULL;
	if (d)
		*d = (struct doc){ .type = DOC_STRING, .count = (uint32_t)text.len & DOC_COUNT_MAX, .p = text.p };
	return d;
}

static const struct doc *make_simple(struct maker *m, enum doc_type type)
{
	struct doc *d = ARENA_NEW(m->arena, struct doc);
	if (d)
		d->type = type & 15;
	return d;
}

static const struct doc *make_real(struct maker *m, double v)
{
	struct doc *d = ARENA_NEW(m->arena, struct doc);
	if (!d)
		return NULL;
	d->type = v == floor(v) && fabs(v) < 1e15 ? DOC_INT : DOC_DOUBLE;
	if (d->type == DOC_INT)
		d->i = (int64_t)v;
	else
		d->d = v;
	return d;
}

struct range { double low, high; bool has_low, has_high, low_open, high_open; };

static void narrow(struct range *r, const struct doc *v, bool lower, bool open)
{
	if (!v)
		return;
	double d = doc_number(v);
	if (lower && (!r->has_low || d > r->low || (d == r->low && open))) {
		r->low = d;
		r->low_open = open;
		r->has_low = true;
	}
	if (!lower && (!r->has_high || d < r->high || (d == r->high && open))) {
		r->high = d;
		r->high_open = open;
		r->has_high = true;
	}
}

static double whole_in(const struct range *r, double step, uint32_t salt)
{
	double v = 1;
	if (r->has_low) {
		v = ceil(r->low / step) * step;
		if (v == r->low && r->low_open)
			v += step;
	} else if (r->has_high) {
		v = floor(r->high / step) * step;
		if (v == r->high && r->high_open)
			v -= step;
		return v - salt * step;
	} else {
		v = step;
	}
	return v + salt * step;
}

static bool fits(const struct range *r, double v)
{
	return !(r->has_low && (v < r->low || (v == r->low && r->low_open))) && !(r->has_high && (v > r->high || (v == r->high && r->high_open)));
}

static const struct doc *make_number(struct maker *m, const struct view *v, const struct goal *g, unsigned types)
{
	struct range r = { 0 };
	struct bound low = view_bound(v, KW_MINIMUM, KW_EXCLUSIVE_MINIMUM, true), high = view_bound(v, KW_MAXIMUM, KW_EXCLUSIVE_MAXIMUM, false);
	narrow(&r, low.value, true, low.exclusive);
	narrow(&r, high.value, false, high.exclusive);
	narrow(&r, g->low, true, g->low_open);
	narrow(&r, g->high, false, g->high_open);
	double step = 1;
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *of = schema_value(v->parts[i], KW_MULTIPLE_OF);
		if (of && (step == 1 || doc_number(of) > step))
			step = doc_number(of);
	}
	uint32_t salt = m->salt + make_random(m, 7);
	double value = whole_in(&r, step, salt);
	if (types & TYPE_INTEGER && fits(&r, value) && (value == floor(value) || types & TYPE_FRACTION))
		return make_real(m, value);
	if (types & TYPE_INTEGER && step != floor(step) && fits(&r, value = whole_in(&r, 1, salt)))
		return make_real(m, value);
	if (!(types & TYPE_FRACTION))
		return fits(&r, value = whole_in(&r, step, 0)) ? make_real(m, value) : NULL;
	double fraction = step != 1 && step != floor(step) ? whole_in(&r, step, salt) : r.has_low && r.has_high ? r.low + (r.high - r.low) / 2 : r.has_low ? r.low + 0.5 + salt :
			  r.has_high ? r.high - 0.5 - salt : 0.5 + salt;
	if (fraction == floor(fraction) && !(types & TYPE_INTEGER))
		fraction += step != floor(step) ? step : r.has_low && r.has_high ? (r.high - r.low) / 4 : 0.5;
	return make_real(m, fraction);
}

static struct str usual_text(struct maker *m, const struct view *v)
{
	static const struct { struct str format, text; } rows[] = {
		{ STR_INIT("date"), STR_INIT("2026-01-31") }, { STR_INIT("date-time"), STR_INIT("2026-01-31T12:00:00Z") }, { STR_INIT("time"), STR_INIT("12:00:00Z") },
		{ STR_INIT("uuid"), STR_INIT("00000000-0000-4000-8000-000000000000") }, { STR_INIT("email"), STR_INIT("a@example.org") },
		{ STR_INIT("uri"), STR_INIT("http://example.org/") }, { STR_INIT("ipv4"), STR_INIT("192.0.2.1") },
	};
	for (uint32_t i = 0; i < v->count && !m->random && !m->salt; i++) {
		struct str format = doc_str(schema_value(v->parts[i], KW_FORMAT));
		for (size_t k = 0; k < ARRAY_LEN(rows); k++)
			if (str_eq(format, rows[k].format))
				return rows[k].text;
	}
	return STR("");
}

static const struct doc *make_string(struct maker *m, const struct view *v, const struct goal *g)
{
	enum { LENGTH_MAX = 1 << 20 };
	struct bound low = view_bound(v, KW_MIN_LENGTH, KW_MIN_LENGTH, true), high = view_bound(v, KW_MAX_LENGTH, KW_MAX_LENGTH, false);
	double least = low.value ? doc_number(low.value) : 0, most = high.value ? doc_number(high.value) : LENGTH_MAX;
	struct str pattern = g->match;
	for (uint32_t i = 0; i < v->count && !pattern.p; i++)
		pattern = doc_str(schema_value(v->parts[i], KW_PATTERN));
	least = g->least >= 0 && g->least > least ? (double)g->least : least;
	most = g->most >= 0 && g->most < most ? (double)g->most : most;
	if (least > most || least > LENGTH_MAX)
		return NULL;
	if (pattern.p)
		return make_doc_text(m, make_text(m, pattern, (int64_t)least, (int64_t)most));
	struct str usual = usual_text(m, v);
	if (usual.len && (double)usual.len >= least && (double)usual.len <= most && g->least < 0)
		return make_doc_text(m, usual);
	static const char letters[] = "abcx_-1 A";
	size_t len = (size_t)(least > 0 ? least : most >= 1 ? 1 : 0), spare = (size_t)(most - (double)len > 3 ? 3 : most - (double)len);
	if (g->least < 0 && g->most < 0)
		len += m->salt ? (spare > 0) : make_random(m, (uint32_t)spare + 1);
	if (m->random && least == 0 && !make_random(m, 6))
		len = 0;
	char *text = arena_bytes(m->arena, len + 1);
	for (size_t i = 0; text && i < len; i++)
		text[i] = letters[make_random(m, sizeof(letters) - 1)];
	if (text && m->salt && len)
		text[len - 1] = (char)('a' + m->salt % 26);
	return text ? make_doc_text(m, str_from(text, len)) : NULL;
}

/* The values of an enumeration that the whole view takes. */
static bool from_list(struct maker *m, const struct view *v, unsigned types, const struct doc **out)
{
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *constant = schema_value(v->parts[i], KW_CONST), *values = schema_value(v->parts[i], KW_ENUM);
		const struct doc *list = constant ? constant : values ? values->items : NULL;
		uint32_t count = constant ? 1 : values ? values->count : 0, start = count ? (m->salt + make_random(m, count)) % count : 0;
		if (!list)
			continue;
		*out = NULL;
		for (uint32_t k = 0; k < count && !*out; k++) {
			const struct doc *d = &list[(start + k) % count];
			if (types & schema_type_of(d) && view_check(m->c, v, d, SCHEMA_USE_ANY) == VALIDITY_YES)
				*out = d;
		}
		return true;
	}
	return false;
}

static bool speaks_of(const struct view *v, uint64_t keywords)
{
	for (uint32_t i = 0; i < v->count; i++)
		if (v->parts[i]->present & keywords)
			return true;
	return false;
}

static unsigned choose_type(struct maker *m, const struct view *v, const struct goal *g, unsigned types)
{
	static const unsigned order[] = { TYPE_STRING, TYPE_INTEGER, TYPE_BOOL, TYPE_OBJECT, TYPE_ARRAY, TYPE_FRACTION, TYPE_NULL };
	const uint64_t object = KW_BIT(KW_PROPERTIES) | KW_BIT(KW_REQUIRED) | KW_BIT(KW_ADDITIONAL_PROPERTIES) | KW_BIT(KW_MIN_PROPERTIES) | KW_BIT(KW_PATTERN_PROPERTIES);
	const uint64_t array = KW_BIT(KW_ITEMS) | KW_BIT(KW_PREFIX_ITEMS) | KW_BIT(KW_MIN_ITEMS) | KW_BIT(KW_CONTAINS);
	unsigned wanted = 0;
	if (g->with.p || g->without.p || g->other_name.p)
		wanted = TYPE_OBJECT;
	else if (g->index >= 0 || g->twice)
		wanted = TYPE_ARRAY;
	else if (g->low || g->high)
		wanted = TYPE_NUMBER;
	else if (g->match.p)
		wanted = TYPE_STRING;
	types &= wanted ? wanted : TYPE_ALL;
	if (!types)
		return 0;
	if (m->random && !wanted && make_random(m, 3)) {
		unsigned n = (unsigned)__builtin_popcount(types), k = make_random(m, n);
		for (unsigned bit = 1; bit <= TYPE_OBJECT; bit <<= 1)
			if (types & bit && !k--)
				return bit;
	}
	if (types & TYPE_OBJECT && speaks_of(v, object))
		return TYPE_OBJECT;
	if (types & TYPE_ARRAY && speaks_of(v, array))
		return TYPE_ARRAY;
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (types & order[(i + m->salt) % ARRAY_LEN(order)])
			return order[(i + m->salt) % ARRAY_LEN(order)];
	return 0;
}

/* Takes one branch of each choice and each condition into the view. */
static struct view decide(struct maker *m, const struct view *given)
{
	struct view v = *given;
	for (unsigned i = 0; i < CHOICES && v.chosen_count < VIEW_CHOSEN_MAX; i++) {
		struct disjunction list[DISJUNCTIONS_MAX];
		if (!view_disjunctions(&v, list) || !list[0].entry->value->count)
			break;
		uint32_t n = list[0].entry->value->count, at = (m->salt + make_random(m, n)) % n;
		uint32_t next = view_with(m->c, &v, list[0].entry->list[at], list[0].entry);
		if (next == UINT32_MAX)
			break;
		v = *view_at(m->c, next);
	}
	for (uint32_t i = 0; m->random && i < given->count; i++) {
		const struct schema *s = given->parts[i];
		if (!schema_has(s, KW_IF) || !make_random(m, 2))
			continue;
		bool then = make_random(m, 2);
		const struct schema *list[2] = { then ? schema_one(s, KW_IF) : schema_one(s, KW_ELSE), then ? schema_one(s, KW_THEN) : NULL };
		for (int k = 0; k < 2; k++) {
			uint32_t next = list[k] ? view_with(m->c, &v, list[k], NULL) : UINT32_MAX;
			if (next != UINT32_MAX)
				v = *view_at(m->c, next);
		}
	}
	return v;
}

static const struct doc *make_decided(struct maker *m, const struct view *v, const struct goal *g)
{
	const struct doc *listed;
	unsigned types = v->refined & (g->types ? g->types : TYPE_ALL);
	if (v->never || !types)
		return NULL;
	bool inside = g->with.p || g->index >= 0 || g->other_name.p;
	if (!inside && from_list(m, v, types, &listed))
		return listed;
	unsigned type = choose_type(m, v, g, types);
	switch (type) {
	case TYPE_OBJECT:
		return make_object(m, v, g);
	case TYPE_ARRAY:
		return make_array(m, v, g);
	case TYPE_STRING:
		return make_string(m, v, g);
	case TYPE_INTEGER:
	case TYPE_FRACTION:
		return make_number(m, v, g, g->types || m->random ? type : types & TYPE_NUMBER);
	case TYPE_BOOL:
		return make_simple(m, (m->salt + make_random(m, 2)) % 2 ? DOC_FALSE : DOC_TRUE);
	case TYPE_NULL:
		return make_simple(m, DOC_NULL);
	default:
		return NULL;
	}
}

const struct doc *make_instance(struct maker *m, const struct view *given, const struct goal *g)
{
	if (g->value)
		return g->value;
	if (m->depth >= MAKE_DEPTH || m->work >= MAKE_WORK || !m->c->makes || given->never)
		return NULL;
	m->depth++;
	m->work++;
	m->c->makes--;
	const struct view v = decide(m, given);
	const struct doc *made = make_decided(m, &v, g);
	m->depth--;
	return made;
}
