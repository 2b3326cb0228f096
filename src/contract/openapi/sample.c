/* An example value of a schema, small: what a request needs to be accepted. What the description gives (example, default, enum) comes first; else one is
 * made from the constraints of the schema and of what it is combined from. The caller checks it by the validator: a sample that does not fit is no error. */
#include "contract/openapi/sample.h"
#include "contract/doc/doc_impl.h"
#include "contract/schema/schema_impl.h"

enum { PARTS_MAX = 64, DEPTH_MAX = 16, TEXT_MAX = 4096, ITEMS_MAX = 64, MEMBERS_MAX = 128 };
/* The schemas that apply to one value: itself, what it refers to, allOf, and the first of anyOf and oneOf. */
struct parts { const struct schema *items[PARTS_MAX]; size_t count; };
struct sampling { struct arena *arena; unsigned depth; };

static void gather(struct parts *p, const struct schema *s)
{
	if (!s || p->count == PARTS_MAX)
		return;
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i] == s)
			return;
	p->items[p->count++] = s;
	gather(p, schema_one(s, KW_REF));
	const struct schema_entry *all = schema_entry(s, KW_ALL_OF), *any = schema_entry(s, KW_ANY_OF), *one = schema_entry(s, KW_ONE_OF);
	for (uint32_t i = 0; all && i < all->value->count; i++)
		gather(p, all->list[i]);
	if (any && any->value->count)
		gather(p, any->list[0]);
	if (one && one->value->count)
		gather(p, one->list[0]);
}

static const struct doc *first_value(const struct parts *p, enum schema_keyword k)
{
	for (size_t i = 0; i < p->count; i++)
		if (schema_value(p->items[i], k))
			return schema_value(p->items[i], k);
	return NULL;
}

/* The description's own example; only what validates counts, as examples are often wrong. */
static const struct doc *given(const struct schema *s, const struct parts *p)
{
	const struct doc *list = first_value(p, KW_ENUM);
	for (size_t i = 0; i < p->count; i++) {
		const struct doc *node = p->items[i]->node, *examples = doc_get(node, STR("examples"));
		const struct doc *candidates[] = { doc_get(node, STR("example")), doc_is(examples, DOC_ARRAY) && examples->count ? examples->items : NULL,
			doc_get(node, STR("default")), doc_get(node, STR("const")) };
		for (size_t j = 0; j < sizeof(candidates) / sizeof(candidates[0]); j++)
			if (candidates[j] && schema_valid(s, candidates[j], SCHEMA_USE_REQUEST, NULL))
				return candidates[j];
	}
	for (uint32_t i = 0; list && i < list->count; i++)
		if (schema_valid(s, &list->items[i], SCHEMA_USE_REQUEST, NULL))
			return &list->items[i];
	return NULL;
}

static struct doc *new_node(struct sampling *x, enum doc_type type)
{
	struct doc *d = ARENA_NEW(x->arena, struct doc);
	if (d)
		d->type = type;
	return d;
}

static const struct doc *text(struct sampling *x, const struct parts *p)
{
	static const struct { struct str format, value; } formats[] = {
		{ STR_INIT("date"), STR_INIT("2026-01-31") }, { STR_INIT("date-time"), STR_INIT("2026-01-31T12:00:00Z") }, { STR_INIT("time"), STR_INIT("12:00:00Z") },
		{ STR_INIT("uuid"), STR_INIT("00000000-0000-4000-8000-000000000000") }, { STR_INIT("email"), STR_INIT("a@example.com") },
		{ STR_INIT("uri"), STR_INIT("https://example.com/") }, { STR_INIT("ipv4"), STR_INIT("192.0.2.1") }, { STR_INIT("ipv6"), STR_INIT("2001:db8::1") },
		{ STR_INIT("hostname"), STR_INIT("example.com") }, { STR_INIT("byte"), STR_INIT("YQ==") },
	};
	struct doc *d = new_node(x, DOC_STRING);
	struct str format = doc_str(first_value(p, KW_FORMAT)), value = STR("a");
	size_t least = 0;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (str_eq(format, formats[i].format))
			value = formats[i].value;
	for (size_t i = 0; i < p->count; i++) {
		const struct doc *min = schema_value(p->items[i], KW_MIN_LENGTH);
		if (min && doc_number(min) > (double)least)
			least = doc_number(min) < TEXT_MAX ? (size_t)doc_number(min) : TEXT_MAX;
	}
	if (value.len < least) {
		char *longer = arena_bytes(x->arena, least);
		if (!longer)
			return NULL;
		memset(longer, 'a', least);
		value = str_from(longer, least);
	}
	if (d) {
		d->p = value.p;
		d->count = (uint32_t)value.len & 0xfffffff;
	}
	return d;
}

static const struct doc *number(struct sampling *x, const struct parts *p, bool whole)
{
	struct doc *d = new_node(x, whole ? DOC_INT : DOC_DOUBLE);
	double low = -1e15, high = 1e15, value = 1;
	const struct doc *of = first_value(p, KW_MULTIPLE_OF);
	for (size_t i = 0; i < p->count; i++) {
		const struct doc *min = schema_value(p->items[i], KW_MINIMUM), *above = schema_value(p->items[i], KW_EXCLUSIVE_MINIMUM);
		const struct doc *max = schema_value(p->items[i], KW_MAXIMUM), *below = schema_value(p->items[i], KW_EXCLUSIVE_MAXIMUM);
		low = min && doc_number(min) > low ? doc_number(min) : low;
		low = doc_is_number(above) && doc_number(above) + 1 > low ? doc_number(above) + 1 : low;
		high = max && doc_number(max) < high ? doc_number(max) : high;
		high = doc_is_number(below) && doc_number(below) - 1 < high ? doc_number(below) - 1 : high;
	}
	value = value < low ? low : value > high ? high : value;
	if (of && doc_number(of) > 0) {
		double step = doc_number(of);
		value = low <= 0 && high >= 0 ? 0 : step * (double)(int64_t)(low / step + 1);
	}
	if (d && whole)
		d->i = (int64_t)value + ((double)(int64_t)value < low);
	else if (d)
		d->d = value;
	return d;
}

static const struct doc *make(struct sampling *x, const struct schema *s);

static const struct doc *list(struct sampling *x, const struct parts *p)
{
	struct doc items[ITEMS_MAX] = { 0 }, *d = new_node(x, DOC_ARRAY);
	size_t least = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct doc *min = schema_value(p->items[i], KW_MIN_ITEMS);
		if (min && doc_number(min) > (double)least)
			least = doc_number(min) < ITEMS_MAX ? (size_t)doc_number(min) : ITEMS_MAX;
	}
	for (size_t i = 0; i < least; i++) {
		const struct schema *of = NULL;
		for (size_t j = 0; j < p->count && !of; j++) {
			const struct schema_entry *tuple = schema_entry(p->items[j], KW_PREFIX_ITEMS);
			of = tuple && i < tuple->value->count ? tuple->list[i] : schema_one(p->items[j], KW_ITEMS);
		}
		const struct doc *item = of ? make(x, of) : new_node(x, DOC_NULL);
		if (!item)
			return NULL;
		items[i] = *item;
	}
	return d && doc_make_array(x->arena, d, items, least) ? d : NULL;
}

static const struct schema *property_of(const struct parts *p, struct str name)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct schema_entry *e = schema_entry(p->items[i], KW_PROPERTIES);
		const struct doc_member *m = e ? doc_member(e->value, name) : NULL;
		if (m)
			return e->list[m - e->value->members];
	}
	return NULL;
}

/* The required properties, except read-only ones, which a request need not have. */
static const struct doc *object(struct sampling *x, const struct parts *p)
{
	struct doc_member members[MEMBERS_MAX];
	struct doc *d = new_node(x, DOC_OBJECT);
	size_t count = 0;
	uint32_t first, twice;
	for (size_t i = 0; i < p->count; i++) {
		const struct doc *required = schema_value(p->items[i], KW_REQUIRED);
		for (uint32_t j = 0; required && j < required->count && count < MEMBERS_MAX; j++) {
			struct str name = doc_str(&required->items[j]);
			const struct schema *of = property_of(p, name);
			bool known = of && schema_says(of, KW_READ_ONLY);
			for (size_t k = 0; k < count; k++)
				known |= str_eq(doc_key(&members[k]), name);
			if (known)
				continue;
			const struct doc *value = of ? make(x, of) : new_node(x, DOC_NULL);
			if (!value)
				return NULL;
			members[count++] = (struct doc_member){ name.p, (uint32_t)name.len, 0, *value };
		}
	}
	return d && doc_make_object(x->arena, d, members, count, &first, &twice) ? d : NULL;
}

static const struct doc *made(struct sampling *x, const struct parts *p)
{
	unsigned types = TYPE_ALL;
	for (size_t i = 0; i < p->count; i++)
		types &= p->items[i]->types;
	if (types == TYPE_ALL) /* no type: what the keywords speak of */
		types = first_value(p, KW_PROPERTIES) || first_value(p, KW_REQUIRED) ? TYPE_OBJECT : first_value(p, KW_ITEMS) ? TYPE_ARRAY : TYPE_STRING;
	if (types & TYPE_OBJECT)
		return object(x, p);
	if (types & TYPE_ARRAY)
		return list(x, p);
	if (types & TYPE_STRING)
		return text(x, p);
	if (types & TYPE_NUMBER)
		return number(x, p, types & TYPE_INTEGER);
	return types & TYPE_BOOL ? new_node(x, DOC_TRUE) : types & TYPE_NULL ? new_node(x, DOC_NULL) : NULL;
}

static const struct doc *make(struct sampling *x, const struct schema *s)
{
	struct parts *p = x->depth < DEPTH_MAX ? ARENA_NEW(x->arena, struct parts) : NULL;
	if (!p)
		return NULL;
	gather(p, s);
	const struct doc *example = given(s, p);
	if (example)
		return example;
	x->depth++;
	const struct doc *d = made(x, p);
	x->depth--;
	return d;
}

const struct doc *openapi_sample(struct arena *a, const struct schema *s, enum schema_use use)
{
	struct sampling x = { a, 0 };
	struct doc *any = ARENA_NEW(a, struct doc);
	if (!s) {
		if (any)
			*any = (struct doc){ .type = DOC_STRING, .count = 1, .p = "a" };
		return any;
	}
	const struct doc *d = make(&x, s);
	return d && schema_valid(s, d, use, NULL) ? d : NULL;
}
