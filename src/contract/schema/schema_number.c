/* Numbers and types of values, as the validator and the comparison see them. */
#include "contract/schema/schema_impl.h"
#include <math.h>

/* 64 bits of mantissa hold every int64 and every double. */
_Static_assert(__LDBL_MANT_DIG__ >= 64, "numbers are compared as long double");

static long double exact(const struct doc *d) { return d->type == DOC_INT ? (long double)d->i : (long double)d->d; }

int schema_number_order(const struct doc *a, const struct doc *b)
{
	long double x = exact(a), y = exact(b);
	return x < y ? -1 : x > y;
}

bool schema_number_multiple(const struct doc *value, const struct doc *of)
{
	if (value->type == DOC_INT && of->type == DOC_INT)
		return of->i && value->i % of->i == 0;
	double quotient = doc_number(value) / doc_number(of);
	return isfinite(quotient) ? quotient == floor(quotient) : fmod(doc_number(value), doc_number(of)) == 0;
}

unsigned schema_type_of(const struct doc *value)
{
	switch ((enum doc_type)value->type) {
	case DOC_NULL:
		return TYPE_NULL;
	case DOC_FALSE:
	case DOC_TRUE:
		return TYPE_BOOL;
	case DOC_INT:
		return TYPE_INTEGER;
	case DOC_DOUBLE:
		return value->d == floor(value->d) ? TYPE_INTEGER : TYPE_FRACTION;
	case DOC_STRING:
		return TYPE_STRING;
	case DOC_ARRAY:
		return TYPE_ARRAY;
	default:
		return TYPE_OBJECT;
	}
}

bool schema_says(const struct schema *s, enum schema_keyword k)
{
	enum { STEPS = 8 };
	for (unsigned i = 0; s && i < STEPS; i++) {
		const struct doc *v = schema_value(s, k);
		if (v)
			return v->type == DOC_TRUE;
		const struct schema_entry *all = schema_entry(s, KW_ALL_OF);
		s = schema_has(s, KW_REF) ? schema_one(s, KW_REF) : all && all->value->count == 1 ? all->list[0] : NULL;
	}
	return false;
}
