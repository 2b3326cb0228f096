/* The names that oasdiff and Redocly give to a difference of schemas, by where it is and whom it breaks. Most depend on the kind alone (tbl/rules_schema.h);
 * what depends on more is here. AsyncAPI has Redocly's. */
#include "contract/openapi/label.h"
#include "contract/openapi/compare.h"
#include "contract/schema/schema_impl.h"

struct rule_pair { enum rule_id body, property; };
struct schema_rules { struct rule_pair request, response; enum rule_id parameter, redocly; };

#define PAIR_OF(body, property) { body, property }
#define Q(x) { RULE_OASDIFF_REQUEST_BODY_##x, RULE_OASDIFF_REQUEST_PROPERTY_##x }
#define R(x) { RULE_OASDIFF_RESPONSE_BODY_##x, RULE_OASDIFF_RESPONSE_PROPERTY_##x }
#define QP(x) { RULE_COUNT, RULE_OASDIFF_REQUEST_PROPERTY_##x }
#define RP(x) { RULE_COUNT, RULE_OASDIFF_RESPONSE_PROPERTY_##x }
#define P(x) RULE_OASDIFF_REQUEST_PARAMETER_##x
#define NO2 { RULE_COUNT, RULE_COUNT }
#define NO1 RULE_COUNT
#define SCHEMA_RULE_ROW(kind, request, response, parameter, redocly) [CHANGE_KIND_SCHEMA_##kind] = { request, response, parameter, RULE_REDOCLY_##redocly },
static const struct schema_rules rows[CHANGE_KIND_COUNT] = {
#include "tbl/rules_schema.h"
};
/* A row that is not there is all zero: rule 0 belongs to another checker. */
static bool has_row(enum change_kind k) { return rows[k].redocly != (enum rule_id)0; }

struct labels { enum rule_id *out; size_t count, limit; };

static void add(struct labels *l, enum rule_id id)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->out[i] == id)
			return;
	if (id != RULE_COUNT && l->count < l->limit)
		l->out[l->count++] = id;
}

static bool is_list(const struct doc *d) { return doc_is(d, DOC_ARRAY); }
static const struct doc *node_of(const struct schema *s) { return s ? s->node : NULL; }
static bool has(const struct schema *s, struct str key) { return doc_get(node_of(s), key) != NULL; }

/* Only null came or went, said by OpenAPI 3.0's `nullable`. */
static bool is_nullable(const struct schema_difference *d)
{
	unsigned before = d->before ? d->before->types : TYPE_ALL, after = d->after ? d->after->types : TYPE_ALL;
	return (before ^ after) == TYPE_NULL && (has(d->before, STR("nullable")) || has(d->after, STR("nullable")));
}

static void types(const struct schema_difference *d, struct schema_rules *r)
{
	static const struct schema_rules nullable = { Q(BECAME_NOT_NULLABLE), R(BECAME_NULLABLE), P(BECAME_NOT_NULLABLE), RULE_REDOCLY_SCHEMA_TYPE_CHANGED };
	static const struct schema_rules lists = { Q(LIST_OF_TYPES_NARROWED), R(LIST_OF_TYPES_WIDENED), P(LIST_OF_TYPES_NARROWED), RULE_REDOCLY_SCHEMA_TYPE_CHANGED };
	static const struct schema_rules single = { Q(TYPE_CHANGED), R(TYPE_GENERALIZED), P(TYPE_CHANGED), RULE_REDOCLY_SCHEMA_TYPE_CHANGED };
	*r = is_nullable(d) ? nullable : is_list(d->old_value) || is_list(d->new_value) ? lists : single;
}

/* if, then and else: what of it came, went. */
static void conditions(const struct schema_difference *d, struct labels *l, unsigned breaks)
{
	static const struct { struct str key; struct schema_rules rules; } parts[] = {
		{ STR_INIT("if"), { Q(IF_ADDED), R(IF_REMOVED), NO1, NO1 } },
		{ STR_INIT("then"), { Q(THEN_ADDED), R(THEN_REMOVED), NO1, NO1 } },
		{ STR_INIT("else"), { Q(ELSE_ADDED), R(ELSE_REMOVED), NO1, NO1 } },
	};
	for (size_t i = 0; i < 3; i++) {
		bool before = has(d->before, parts[i].key), after = has(d->after, parts[i].key);
		if (breaks & REACH_REQUEST && !before && after)
			add(l, d->at_root ? parts[i].rules.request.body : parts[i].rules.request.property);
		if (breaks & REACH_RESPONSE && before && !after)
			add(l, d->at_root ? parts[i].rules.response.body : parts[i].rules.response.property);
	}
	add(l, RULE_REDOCLY_SCHEMA_COMBINATOR_CHANGED);
}

/* Of a property that is, or was, required: whether it was there before, and whether it has a default. */
static void required(const struct schema_difference *d, struct labels *l, unsigned breaks)
{
	bool was_there = d->kind == CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED, header = d->positions & 1 << SCHEMA_HEADER;
	const struct doc *property = doc_get(doc_get(node_of(d->after), STR("properties")), d->property);
	bool fallback = doc_get(property, STR("default")) != NULL;
	if (breaks & REACH_REQUEST && d->positions & 1 << SCHEMA_BODY)
		add(l, was_there ? (fallback ? RULE_OASDIFF_REQUEST_PROPERTY_BECAME_REQUIRED_WITH_DEFAULT : RULE_OASDIFF_REQUEST_PROPERTY_BECAME_REQUIRED) :
			(fallback ? RULE_OASDIFF_NEW_REQUIRED_REQUEST_PROPERTY_WITH_DEFAULT : RULE_OASDIFF_NEW_REQUIRED_REQUEST_PROPERTY));
	if (breaks & REACH_REQUEST && header)
		add(l, was_there ? RULE_OASDIFF_REQUEST_HEADER_PROPERTY_BECAME_REQUIRED : RULE_OASDIFF_NEW_REQUIRED_REQUEST_HEADER_PROPERTY);
	add(l, RULE_REDOCLY_REQUIRED_PROPERTIES_ADDED);
}

static void not_required(const struct schema_difference *d, struct labels *l, unsigned breaks)
{
	if (breaks & REACH_RESPONSE)
		add(l, d->kind == CHANGE_KIND_SCHEMA_PROPERTY_BECAME_OPTIONAL ? RULE_OASDIFF_RESPONSE_PROPERTY_BECAME_OPTIONAL : RULE_OASDIFF_RESPONSE_REQUIRED_PROPERTY_REMOVED);
	add(l, RULE_REDOCLY_REQUIRED_PROPERTIES_REMOVED);
}

static void content(const struct schema_difference *d, struct schema_rules *r)
{
	static const struct schema_rules encoding = { Q(CONTENT_ENCODING_CHANGED), R(CONTENT_ENCODING_CHANGED), NO1, RULE_REDOCLY_SCHEMA_CONSTRAINT_CHANGED };
	static const struct schema_rules media = { Q(CONTENT_MEDIA_TYPE_CHANGED), R(CONTENT_MEDIA_TYPE_CHANGED), NO1, RULE_REDOCLY_SCHEMA_CONSTRAINT_CHANGED };
	static const struct schema_rules schema = { Q(CONTENT_SCHEMA_ADDED), R(CONTENT_SCHEMA_REMOVED), NO1, RULE_REDOCLY_SCHEMA_CONSTRAINT_CHANGED };
	const struct doc *before = node_of(d->before), *after = node_of(d->after);
	struct str old_encoding = doc_str(doc_get(before, STR("contentEncoding"))), new_encoding = doc_str(doc_get(after, STR("contentEncoding")));
	struct str old_media = doc_str(doc_get(before, STR("contentMediaType"))), new_media = doc_str(doc_get(after, STR("contentMediaType")));
	*r = !str_eq(old_encoding, new_encoding) ? encoding : !str_eq(old_media, new_media) ? media : schema;
}

static void dependent(const struct schema_difference *d, struct schema_rules *r)
{
	static const struct schema_rules whole = { Q(DEPENDENT_REQUIRED_ADDED), R(DEPENDENT_REQUIRED_REMOVED), NO1, RULE_REDOCLY_SCHEMA_CONSTRAINT_CHANGED };
	static const struct schema_rules changed = { Q(DEPENDENT_REQUIRED_CHANGED), R(DEPENDENT_REQUIRED_CHANGED), NO1, RULE_REDOCLY_SCHEMA_CONSTRAINT_CHANGED };
	*r = has(d->before, STR("dependentRequired")) && has(d->after, STR("dependentRequired")) ? changed : whole;
}

static bool is_parameter_default(const struct schema_difference *d)
{
	return d->at_root && !(d->positions & ~(1u << SCHEMA_PARAMETER | 1u << SCHEMA_HEADER));
}

/* `unevaluatedProperties` where nothing beside it speaks of other members is compared as `additionalProperties`; the checkers go by the keyword. */
static void other_properties(const struct schema_difference *d, struct schema_rules *r)
{
	static const struct str keyword = STR_INIT("unevaluatedProperties"), other = STR_INIT("additionalProperties");
	bool by_keyword = (has(d->before, keyword) || has(d->after, keyword)) && !has(d->before, other) && !has(d->after, other);
	*r = rows[by_keyword && has(d->after, keyword) ? CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_ADDED :
		  by_keyword ? CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_REMOVED : CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_CLOSED];
}

/* False where the labels are complete already. */
static bool rules_of(const struct schema_difference *d, struct schema_rules *r, struct labels *l, unsigned breaks)
{
	switch (d->kind) {
	case CHANGE_KIND_SCHEMA_TYPE_NARROWED:
	case CHANGE_KIND_SCHEMA_TYPE_WIDENED:
		types(d, r);
		return true;
	case CHANGE_KIND_SCHEMA_CONDITION_ADDED:
	case CHANGE_KIND_SCHEMA_CONDITION_REMOVED:
	case CHANGE_KIND_SCHEMA_CONDITION_CHANGED:
		conditions(d, l, breaks);
		return false;
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_ADDED:
		required(d, l, breaks);
		return false;
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_OPTIONAL:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED:
		not_required(d, l, breaks);
		return false;
	case CHANGE_KIND_SCHEMA_CONTENT_CHANGED:
		content(d, r);
		return true;
	case CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_ADDED:
	case CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_REMOVED:
		dependent(d, r);
		return true;
	case CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_CLOSED:
	case CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_OPENED:
	case CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_NARROWED:
	case CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_WIDENED:
		other_properties(d, r);
		return true;
	case CHANGE_KIND_SCHEMA_DEFAULT_CHANGED:
		if (is_parameter_default(d))
			add(l, RULE_OASDIFF_REQUEST_PARAMETER_DEFAULT_VALUE_CHANGED); /* compare.c drops it: compare_parameters.c tells it whole */
		return false;
	default:
		*r = rows[d->kind];
		return has_row(d->kind);
	}
}

/* In parameters oasdiff tells the type of the parameter from that of something in it. */
static void parameter(const struct schema_difference *d, const struct schema_rules *r, struct labels *l)
{
	if (d->at_root) {
		add(l, r->parameter);
		return;
	}
	if (r->parameter == RULE_OASDIFF_REQUEST_PARAMETER_BECAME_NOT_NULLABLE)
		add(l, RULE_OASDIFF_REQUEST_PARAMETER_PROPERTY_BECAME_NOT_NULLABLE);
	else if (r->parameter == RULE_OASDIFF_REQUEST_PARAMETER_LIST_OF_TYPES_NARROWED)
		add(l, RULE_OASDIFF_REQUEST_PARAMETER_PROPERTY_LIST_OF_TYPES_NARROWED);
	else if (r->parameter == RULE_OASDIFF_REQUEST_PARAMETER_ENUM_VALUE_REMOVED)
		add(l, RULE_OASDIFF_REQUEST_PARAMETER_PROPERTY_ENUM_VALUE_REMOVED);
	else if (d->kind == CHANGE_KIND_SCHEMA_TYPE_NARROWED)
		add(l, RULE_OASDIFF_REQUEST_PARAMETER_PROPERTY_TYPE_SPECIALIZED);
	else if (d->kind == CHANGE_KIND_SCHEMA_TYPE_CHANGED)
		add(l, RULE_OASDIFF_REQUEST_PARAMETER_PROPERTY_TYPE_CHANGED);
}

static void header(const struct schema_difference *d, const struct schema_rules *r, struct labels *l, unsigned breaks)
{
	if (breaks & REACH_REQUEST) {
		if (d->at_root)
			add(l, r->parameter);
		else if (d->kind == CHANGE_KIND_SCHEMA_ENUM_ADDED)
			add(l, RULE_OASDIFF_REQUEST_HEADER_PROPERTY_BECAME_ENUM);
	}
	if (!(breaks & REACH_RESPONSE) || !d->at_root)
		return;
	if (d->kind == CHANGE_KIND_SCHEMA_TYPE_CHANGED)
		add(l, RULE_OASDIFF_RESPONSE_HEADER_TYPE_CHANGED);
	else if (d->kind == CHANGE_KIND_SCHEMA_TYPE_WIDENED)
		add(l, is_nullable(d) ? RULE_OASDIFF_RESPONSE_HEADER_BECAME_NULLABLE : RULE_OASDIFF_RESPONSE_HEADER_TYPE_GENERALIZED);
}

/* Whether the schema that breaks stands in an allOf that has more members than the one at the same place in the old description. */
static bool is_all_of_added(struct arena *a, const struct schema_difference *d)
{
	const struct schema *other = d->before;
	if (!a || !d->after || !other || !d->after->resource || !other->resource)
		return false;
	struct str pointer = schema_pointer_text(a, schema_file(d->after), d->after->node->offset);
	size_t end = pointer.len;
	while (end && pointer.p[end - 1] >= '0' && pointer.p[end - 1] <= '9')
		end--;
	struct str list = str_sub(pointer, 0, end ? end - 1 : 0);
	if (!str_ends(list, STR("/allOf")))
		return false;
	list = str_skip(list, str_find_char(list, '#'));
	const struct doc *was = doc_pointer(schema_file(other)->root, list), *is = doc_pointer(schema_file(d->after)->root, list);
	return doc_is(is, DOC_ARRAY) && (!was || (doc_is(was, DOC_ARRAY) && was->count < is->count));
}

size_t openapi_label(void *ctx, const struct schema_difference *d, enum rule_id *out, size_t limit)
{
	struct labels l = { out, 0, limit };
	struct openapi_comparison *c = ctx;
	struct schema_rules r;
	if (d->positions & 1 << SCHEMA_BODY && d->breaks & REACH_REQUEST && is_all_of_added(c ? &c->arena : NULL, d))
		add(&l, d->at_root ? RULE_OASDIFF_REQUEST_BODY_ALL_OF_ADDED : RULE_OASDIFF_REQUEST_PROPERTY_ALL_OF_ADDED);
	if (!rules_of(d, &r, &l, d->breaks))
		return l.count;
	bool whole = d->at_root && d->kind != CHANGE_KIND_SCHEMA_PROPERTY_REMOVED; /* which is told at the object that had the property */
	if (d->positions & 1 << SCHEMA_BODY && d->breaks & REACH_REQUEST)
		add(&l, whole ? r.request.body : r.request.property);
	if (d->positions & 1 << SCHEMA_BODY && d->breaks & REACH_RESPONSE)
		add(&l, whole ? r.response.body : r.response.property);
	if (d->positions & 1 << SCHEMA_PARAMETER && d->breaks & REACH_REQUEST)
		parameter(d, &r, &l);
	if (d->positions & 1 << SCHEMA_HEADER)
		header(d, &r, &l, d->breaks);
	add(&l, r.redocly);
	return l.count;
}

size_t asyncapi_label(void *ctx, const struct schema_difference *d, enum rule_id *out, size_t limit)
{
	static const enum rule_id both[] = { RULE_REDOCLY_ENUM_VALUES_ADDED, RULE_REDOCLY_ENUM_VALUES_REMOVED, RULE_REDOCLY_PROPERTY_REMOVED,
		RULE_REDOCLY_REQUIRED_PROPERTIES_ADDED,
		RULE_REDOCLY_REQUIRED_PROPERTIES_REMOVED, RULE_REDOCLY_SCHEMA_CONSTRAINT_CHANGED, RULE_REDOCLY_SCHEMA_TYPE_CHANGED };
	enum rule_id all[16];
	size_t count = 0, found = openapi_label(NULL, d, all, 16);
	(void)ctx;
	for (size_t i = 0; i < found; i++)
		for (size_t j = 0; j < sizeof(both) / sizeof(both[0]); j++)
			if (all[i] == both[j] && count < limit)
				out[count++] = all[i];
	return count;
}
