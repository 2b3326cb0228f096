/* Validation of what is inside of a value: the items of an array, the members of an object. See schema_valid.c. */
#include "base/check.h"
#include "contract/schema/schema_valid.h"
#include <stdlib.h>

enum { HASHED_ITEMS = 24 };

const char *valid_type_name(unsigned type)
{
	static const char *const names[] = { "null", "boolean", "integer", "number", "string", "array", "object" };
	return names[__builtin_ctz(type)];
}

void valid_type_names(unsigned types, struct buf *out)
{
	if ((types & TYPE_NUMBER) == TYPE_NUMBER)
		types &= ~(unsigned)TYPE_INTEGER;
	for (unsigned bit = 1; bit <= TYPE_OBJECT; bit <<= 1) {
		if (!(types & bit))
			continue;
		if (out->len)
			buf_add(out, STR(", "));
		buf_add(out, str_z(valid_type_name(bit)));
	}
	if (!types)
		buf_add(out, STR("nothing"));
}

static enum validity check_item(struct valid_check *c, const struct schema *s, const struct doc *v, uint32_t i, uint8_t *seen)
{
	struct valid_step step = { c->path, { NULL, 0 }, i };
	c->path = &step;
	enum validity answer = valid_schema(c, s, &v->items[i], NULL);
	c->path = step.above;
	if (seen)
		seen[i] = 1;
	return answer;
}

static enum validity check_items(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	const struct schema_entry *prefix = schema_entry(s, KW_PREFIX_ITEMS);
	const struct schema *items = schema_one(s, KW_ITEMS);
	enum validity answer = VALIDITY_YES;
	for (uint32_t i = 0; answer != VALIDITY_NO && i < v->count; i++) {
		const struct schema *of = prefix && i < prefix->value->count ? prefix->list[i] : items;
		if (of)
			answer = valid_and(answer, check_item(c, of, v, i, seen));
	}
	return answer;
}

static enum validity check_contains(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	const struct schema *of = schema_one(s, KW_CONTAINS);
	const struct doc *min = schema_value(s, KW_MIN_CONTAINS), *max = schema_value(s, KW_MAX_CONTAINS);
	double least = min ? doc_number(min) : 1;
	uint32_t yes = 0, open = 0;
	bool marks = s->dialect == SCHEMA_2020_12 || s->dialect == SCHEMA_OPENAPI_31;
	for (uint32_t i = 0; i < v->count; i++) {
		enum validity answer = valid_quietly(c, of, &v->items[i], NULL);
		yes += answer == VALIDITY_YES;
		open += answer == VALIDITY_UNKNOWN;
		if (seen && marks && answer == VALIDITY_YES)
			seen[i] = 1;
	}
	if (yes + open < least)
		return valid_fault(c, "contains", "has %u items that match `contains`; at least %g are needed", (unsigned)yes, least);
	if (max && yes > doc_number(max))
		return valid_fault(c, "maxContains", "has %u items that match `contains`; at most %g are allowed", (unsigned)yes, doc_number(max));
	return yes < least || (max && yes + open > doc_number(max)) ? VALIDITY_UNKNOWN : VALIDITY_YES;
}

struct hashed { uint64_t hash; const struct doc *value; };

static int hash_order(const void *a, const void *b)
{
	uint64_t x = ((const struct hashed *)a)->hash, y = ((const struct hashed *)b)->hash;
	return x < y ? -1 : x > y;
}

static bool unique_by_hash(struct valid_check *c, const struct doc *v)
{
	struct hashed *all = ARENA_ARRAY(&c->scratch, v->count, struct hashed);
	for (uint32_t i = 0; all && i < v->count; i++)
		all[i] = (struct hashed){ doc_hash(&v->items[i]), &v->items[i] };
	if (all)
		qsort(all, v->count, sizeof(*all), hash_order);
	for (uint32_t i = 1; all && i < v->count; i++)
		for (uint32_t j = i; j-- > 0 && all[j].hash == all[i].hash;)
			if (doc_equal(all[i].value, all[j].value))
				return false;
	return true;
}

static bool unique(struct valid_check *c, const struct doc *v)
{
	if (v->count > HASHED_ITEMS)
		return unique_by_hash(c, v);
	for (uint32_t i = 1; i < v->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (doc_equal(&v->items[i], &v->items[j]))
				return false;
	return true;
}

enum validity valid_array(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	const struct doc *k;
	if ((k = schema_value(s, KW_MIN_ITEMS)) && v->count < doc_number(k))
		return valid_fault(c, "minItems", "has %u items; at least %g are needed", (unsigned)v->count, doc_number(k));
	if ((k = schema_value(s, KW_MAX_ITEMS)) && v->count > doc_number(k))
		return valid_fault(c, "maxItems", "has %u items; at most %g are allowed", (unsigned)v->count, doc_number(k));
	if (doc_true(schema_value(s, KW_UNIQUE_ITEMS)) && !unique(c, v))
		return valid_fault(c, "uniqueItems", "has an item twice");
	enum validity answer = VALIDITY_YES;
	if (s->present & (KW_BIT(KW_PREFIX_ITEMS) | KW_BIT(KW_ITEMS)))
		answer = check_items(c, s, v, seen);
	if (answer != VALIDITY_NO && schema_has(s, KW_CONTAINS))
		answer = valid_and(answer, check_contains(c, s, v, seen));
	return answer;
}

/* Members by all that describes them in this schema; *described tells whether anything does. */
static enum validity check_member(struct valid_check *c, const struct schema *s, const struct doc_member *m, bool *described)
{
	const struct schema_entry *properties = schema_entry(s, KW_PROPERTIES), *patterns = schema_entry(s, KW_PATTERN_PROPERTIES);
	const struct doc_member *own = properties ? doc_member(properties->value, doc_key(m)) : NULL;
	enum validity answer = VALIDITY_YES;
	bool open = false;
	*described = own != NULL;
	if (own)
		answer = valid_schema(c, properties->list[own - properties->value->members], &m->value, NULL);
	for (uint32_t i = 0; patterns && answer != VALIDITY_NO && i < patterns->value->count; i++) {
		enum pattern_answer match = schema_pattern_match(c->set, doc_key(&patterns->value->members[i]), doc_key(m));
		open |= match == PATTERN_UNKNOWN;
		if (match != PATTERN_YES)
			continue;
		*described = true;
		answer = valid_and(answer, valid_schema(c, patterns->list[i], &m->value, NULL));
	}
	if (!*described && schema_has(s, KW_ADDITIONAL_PROPERTIES)) {
		const struct schema *rest = schema_one(s, KW_ADDITIONAL_PROPERTIES);
		*described = true;
		if (rest->boolean && !rest->truth)
			return open ? VALIDITY_UNKNOWN : valid_fault(c, "additionalProperties", "is a property that is not allowed");
		answer = valid_schema(c, rest, &m->value, NULL);
	}
	return open && answer == VALIDITY_YES ? VALIDITY_UNKNOWN : answer;
}

static enum validity check_members(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	const struct schema *names = schema_one(s, KW_PROPERTY_NAMES);
	enum validity answer = VALIDITY_YES;
	for (uint32_t i = 0; answer != VALIDITY_NO && i < v->count; i++) {
		const struct doc_member *m = &v->members[i];
		struct valid_step step = { c->path, doc_key(m), 0 };
		bool described;
		c->path = &step;
		answer = valid_and(answer, check_member(c, s, m, &described));
		if (answer != VALIDITY_NO && names) {
			const struct doc name = { .type = DOC_STRING, .count = m->key_len & ((1u << 28) - 1), .p = m->key };
			enum validity named = valid_quietly(c, names, &name, NULL);
			answer = valid_and(answer, named == VALIDITY_NO ? valid_fault(c, "propertyNames", "is no name that is allowed") : named);
		}
		c->path = step.above;
		if (seen && described)
			seen[i] = 1;
	}
	return answer;
}

/* A required property that does not cross in this direction need not be there (OpenAPI: readOnly in requests, writeOnly in responses). */
static bool excused(const struct valid_check *c, const struct schema *s, struct str name)
{
	const struct schema_entry *properties = schema_entry(s, KW_PROPERTIES);
	const struct doc_member *m = properties && c->use != SCHEMA_USE_ANY ? doc_member(properties->value, name) : NULL;
	return m && schema_says(properties->list[m - properties->value->members], c->use == SCHEMA_USE_REQUEST ? KW_READ_ONLY : KW_WRITE_ONLY);
}

static enum validity check_required(struct valid_check *c, const struct schema *s, const struct doc *names, const struct doc *v, const char *keyword)
{
	for (uint32_t i = 0; names && i < names->count; i++) {
		struct str name = doc_str(&names->items[i]);
		if (!doc_get(v, name) && !excused(c, s, name))
			return valid_fault(c, keyword, "`%.*s` is missing", STR_FMT(str_sub(name, 0, 120)));
	}
	return VALIDITY_YES;
}

static enum validity check_dependent(struct valid_check *c, const struct schema *s, enum schema_keyword k, const struct doc *v)
{
	const struct doc *map = schema_value(s, k);
	enum validity answer = VALIDITY_YES;
	for (uint32_t i = 0; map && answer != VALIDITY_NO && i < map->count; i++)
		if (map->members[i].value.type == DOC_ARRAY && doc_get(v, doc_key(&map->members[i])))
			answer = check_required(c, s, &map->members[i].value, v, "dependentRequired");
	return answer;
}

enum validity valid_object(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	const struct doc *k;
	if ((k = schema_value(s, KW_MIN_PROPERTIES)) && v->count < doc_number(k))
		return valid_fault(c, "minProperties", "has %u properties; at least %g are needed", (unsigned)v->count, doc_number(k));
	if ((k = schema_value(s, KW_MAX_PROPERTIES)) && v->count > doc_number(k))
		return valid_fault(c, "maxProperties", "has %u properties; at most %g are allowed", (unsigned)v->count, doc_number(k));
	if (check_required(c, s, schema_value(s, KW_REQUIRED), v, "required") == VALIDITY_NO || check_dependent(c, s, KW_DEPENDENT_REQUIRED, v) == VALIDITY_NO ||
		check_dependent(c, s, KW_DEPENDENCIES, v) == VALIDITY_NO)
		return VALIDITY_NO;
	const uint64_t members = KW_BIT(KW_PROPERTIES) | KW_BIT(KW_PATTERN_PROPERTIES) | KW_BIT(KW_ADDITIONAL_PROPERTIES) | KW_BIT(KW_PROPERTY_NAMES);
	return s->present & members ? check_members(c, s, v, seen) : VALIDITY_YES;
}
