/* Defaults of fields (specification, "Complex Types: Records"): JSON values against a type. A union's default is of its first branch. A record's default may
 * leave out fields that have defaults of their own. Recursion ends with the JSON value, whose depth the document bounds. */
#include "contract/avro/avro.h"

static const char *const wrong[] = {
	[AVRO_NULL] = "it must be null",
	[AVRO_BOOLEAN] = "it must be true or false",
	[AVRO_INT] = "it must be a whole number from -2147483648 to 2147483647",
	[AVRO_LONG] = "it must be a whole number of at most 64 bits",
	[AVRO_FLOAT] = "it must be a number",
	[AVRO_DOUBLE] = "it must be a number",
	[AVRO_BYTES] = "it must be a text whose characters stand for bytes, U+0000 to U+00FF",
	[AVRO_STRING] = "it must be a text",
	[AVRO_FIXED] = "it must be a text of exactly its size, whose characters stand for bytes, U+0000 to U+00FF",
	[AVRO_ENUM] = "it must be one of the symbols",
	[AVRO_RECORD] = "it must be an object with the record's fields",
	[AVRO_ARRAY] = "it must be a list of items of its type",
	[AVRO_MAP] = "it must be an object whose members are of its type",
	[AVRO_UNION] = "it must be a value of the first branch",
};

/* Characters up to U+00FF in a text; SIZE_MAX where there are others. */
static size_t byte_characters(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c > 0xc3)
			return SIZE_MAX;
		n += (c & 0xc0) != 0x80;
	}
	return n;
}

static bool record_valid(const struct avro_schema *s, const struct doc *v, const char **why)
{
	for (size_t i = 0; i < s->fields_count; i++) {
		const struct avro_field *f = &s->fields[i];
		const struct doc *member = doc_get(v, f->name);
		if (member && !avro_default_valid(f->use.schema, member, why))
			return false;
		if (!member && !f->default_value) {
			*why = wrong[AVRO_RECORD];
			return false;
		}
	}
	return true;
}

static bool members_valid(const struct avro_schema *s, const struct doc *v, const char **why)
{
	for (size_t i = 0; i < v->count; i++)
		if (!avro_default_valid(s->parts[0].schema, v->type == DOC_ARRAY ? &v->items[i] : &v->members[i].value, why))
			return false;
	return true;
}

static bool valid(const struct avro_schema *s, const struct doc *v, const char **why)
{
	switch (s->type) {
	case AVRO_NULL: return v->type == DOC_NULL;
	case AVRO_BOOLEAN: return v->type == DOC_TRUE || v->type == DOC_FALSE;
	case AVRO_INT: return v->type == DOC_INT && v->i >= INT32_MIN && v->i <= INT32_MAX;
	case AVRO_LONG: return v->type == DOC_INT;
	case AVRO_FLOAT:
	case AVRO_DOUBLE: return doc_is_number(v);
	case AVRO_BYTES: return v->type == DOC_STRING && byte_characters(doc_str(v)) != SIZE_MAX;
	case AVRO_STRING: return v->type == DOC_STRING;
	case AVRO_FIXED: return v->type == DOC_STRING && byte_characters(doc_str(v)) == (size_t)s->size;
	case AVRO_ENUM: return v->type == DOC_STRING && avro_index_find(&s->names, doc_str(v)) != SIZE_MAX;
	case AVRO_RECORD: return v->type == DOC_OBJECT && record_valid(s, v, why);
	case AVRO_ARRAY: return v->type == DOC_ARRAY && members_valid(s, v, why);
	case AVRO_MAP: return v->type == DOC_OBJECT && members_valid(s, v, why);
	case AVRO_UNION: return valid(s->parts[0].schema, v, why);
	}
	return false;
}

bool avro_default_valid(const struct avro_schema *s, const struct doc *value, const char **why)
{
	*why = wrong[s->type];
	return valid(s, value, why);
}
