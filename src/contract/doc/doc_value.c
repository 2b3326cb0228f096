/* Values of documents: equality, hash and writing as JSON. Depth is that of the readers (DOC_DEPTH_MAX), so recursion is bounded; a YAML document whose
 * aliases share parts is walked as the tree that it stands for, which DOC_ALIAS_MAX bounds. */
#include "contract/doc/doc_impl.h"

/* A double beside an int64: equal where both are the same number; 2^63 and above are no int64. */
static bool same_number(int64_t i, double d) { return d >= -0x1p63 && d < 0x1p63 && (double)(int64_t)d == d && (int64_t)d == i; }

static bool equal_numbers(const struct doc *a, const struct doc *b)
{
	if (a->type == DOC_INT)
		return b->type == DOC_INT ? a->i == b->i : same_number(a->i, b->d);
	return b->type == DOC_INT ? same_number(b->i, a->d) : a->d == b->d;
}

static bool equal_objects(const struct doc *a, const struct doc *b)
{
	for (uint32_t i = 0; i < a->count; i++) {
		const struct doc *other = doc_get(b, doc_key(&a->members[i]));
		if (!other || !doc_equal(&a->members[i].value, other))
			return false;
	}
	return true;
}

bool doc_equal(const struct doc *a, const struct doc *b)
{
	if (a == b)
		return true;
	if (!a || !b)
		return false;
	if (doc_is_number(a) && doc_is_number(b))
		return equal_numbers(a, b);
	if (a->type != b->type)
		return false;
	if (a->type == DOC_STRING)
		return str_eq(doc_str(a), doc_str(b));
	if (a->type != DOC_ARRAY && a->type != DOC_OBJECT)
		return true;
	if (a->count != b->count)
		return false;
	if (a->type == DOC_OBJECT)
		return a->members == b->members || equal_objects(a, b);
	for (uint32_t i = 0; a->items != b->items && i < a->count; i++)
		if (!doc_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccdULL;
	return h ^ (h >> 32);
}

static uint64_t hash_number(const struct doc *d)
{
	/* What is a whole number hashes as that, however it is written. */
	if (d->type == DOC_DOUBLE && !(d->d >= -0x1p63 && d->d < 0x1p63 && (double)(int64_t)d->d == d->d)) {
		uint64_t bits;
		memcpy(&bits, &d->d, sizeof(bits));
		return mix(DOC_DOUBLE, bits);
	}
	return mix(DOC_INT, (uint64_t)(d->type == DOC_INT ? d->i : (int64_t)d->d));
}

uint64_t doc_hash(const struct doc *d)
{
	uint64_t h = d->type;
	switch ((enum doc_type)d->type) {
	case DOC_INT:
	case DOC_DOUBLE:
		return hash_number(d);
	case DOC_STRING:
		return mix(h, str_hash(doc_str(d)));
	case DOC_ARRAY:
		for (uint32_t i = 0; i < d->count; i++)
			h = mix(h, doc_hash(&d->items[i]));
		return mix(h, d->count);
	case DOC_OBJECT: /* a sum: order does not count */
		for (uint32_t i = 0; i < d->count; i++)
			h += mix(str_hash(doc_key(&d->members[i])), doc_hash(&d->members[i].value));
		return mix(h, d->count);
	default:
		return mix(h, 1);
	}
}

static void write_value(const struct doc *d, struct json_out *o)
{
	switch ((enum doc_type)d->type) {
	case DOC_NULL:
		json_out_null(o);
		break;
	case DOC_FALSE:
	case DOC_TRUE:
		json_out_bool(o, d->type == DOC_TRUE);
		break;
	case DOC_INT:
		json_out_i64(o, d->i);
		break;
	case DOC_DOUBLE:
		json_out_f64(o, d->d);
		break;
	case DOC_STRING:
		json_out_str(o, doc_str(d));
		break;
	case DOC_ARRAY:
		json_out_array(o);
		for (uint32_t i = 0; i < d->count; i++)
			write_value(&d->items[i], o);
		json_out_end(o);
		break;
	case DOC_OBJECT:
		json_out_object(o);
		for (uint32_t i = 0; i < d->count; i++) {
			json_out_key(o, doc_key(&d->members[i]));
			write_value(&d->members[i].value, o);
		}
		json_out_end(o);
		break;
	}
}

static unsigned depth_of(const struct doc *d, unsigned limit)
{
	unsigned deepest = 0;
	if ((d->type != DOC_ARRAY && d->type != DOC_OBJECT) || !limit)
		return 0;
	for (uint32_t i = 0; i < d->count && deepest < limit; i++) {
		unsigned below = depth_of(d->type == DOC_ARRAY ? &d->items[i] : &d->members[i].value, limit - 1);
		deepest = below > deepest ? below : deepest;
	}
	return deepest + 1;
}

/* For what nests deeper than json_out can: commas and brackets by hand. */
static void write_deep(const struct doc *d, struct buf *b)
{
	struct json_out o;
	if (d->type != DOC_ARRAY && d->type != DOC_OBJECT) {
		json_out_init(&o, b);
		write_value(d, &o);
		return;
	}
	buf_char(b, d->type == DOC_ARRAY ? '[' : '{');
	for (uint32_t i = 0; i < d->count; i++) {
		if (i)
			buf_char(b, ',');
		if (d->type == DOC_OBJECT) {
			json_out_init(&o, b);
			json_out_str(&o, doc_key(&d->members[i]));
			buf_char(b, ':');
		}
		write_deep(d->type == DOC_ARRAY ? &d->items[i] : &d->members[i].value, b);
	}
	buf_char(b, d->type == DOC_ARRAY ? ']' : '}');
}

void doc_write(const struct doc *d, struct json_out *o)
{
	enum { LEVELS = 64 };
	if (o->depth + depth_of(d, LEVELS) < LEVELS) {
		write_value(d, o);
		return;
	}
	struct buf b;
	buf_init(&b, SOURCE_FILE_MAX);
	write_deep(d, &b);
	json_out_raw(o, buf_str(&b));
	buf_release(&b);
}
