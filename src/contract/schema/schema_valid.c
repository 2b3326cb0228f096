/* Validation of a value: all keywords of all drafts, formats as annotations. Three answers: a pattern that PCRE2 does not know, or a limit, leaves the
 * answer open unless something else decides it. Limits: SCHEMA_VALIDATE_DEPTH_MAX levels, WORK_MAX schemas applied (oneOf and anyOf over references can
 * ask for exponentially many). What is evaluated is kept as a byte for each member or item, only where an unevaluated* keyword asks. */
#include "base/check.h"
#include "contract/schema/schema_valid.h"
#include <stdio.h>
#include <stdlib.h>

enum { WORK_MAX = 2000000, HASHED_ITEMS = 32 };

enum validity valid_and(enum validity a, enum validity b)
{
	if (a == VALIDITY_NO || b == VALIDITY_NO)
		return VALIDITY_NO;
	return a == VALIDITY_UNKNOWN || b == VALIDITY_UNKNOWN ? VALIDITY_UNKNOWN : VALIDITY_YES;
}

static void write_step(const struct valid_step *at, struct buf *b)
{
	if (!at)
		return;
	write_step(at->above, b);
	buf_char(b, '/');
	if (!at->key.p)
		buf_u64(b, at->index);
	for (size_t i = 0; i < at->key.len; i++)
		buf_add(b, at->key.p[i] == '~' ? STR("~0") : at->key.p[i] == '/' ? STR("~1") : str_sub(at->key, i, i + 1));
}

static void put(char *to, size_t size, struct str text)
{
	size_t n = text.len < size ? text.len : size - 1;
	memcpy(to, text.p, n);
	to[n] = 0;
}

enum validity valid_fault(struct valid_check *c, const char *keyword, const char *format, ...)
{
	if (!c->fault || c->fault->keyword[0])
		return VALIDITY_NO;
	struct buf b;
	va_list args;
	buf_init(&b, sizeof(c->fault->message) * 4);
	write_step(c->path, &b);
	put(c->fault->instance, sizeof(c->fault->instance), buf_str(&b));
	buf_clear(&b);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	put(c->fault->message, sizeof(c->fault->message), buf_str(&b));
	put(c->fault->keyword, sizeof(c->fault->keyword), str_z(keyword));
	buf_release(&b);
	return VALIDITY_NO;
}

enum validity valid_quietly(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	struct schema_fault *fault = c->fault;
	c->fault = NULL;
	enum validity answer = valid_schema(c, s, v, seen);
	c->fault = fault;
	return answer;
}

/* Where a dynamic reference leads from here: to the outermost resource that was entered and has the anchor. */
static const struct schema *dynamic_target(const struct valid_check *c, const struct schema *s)
{
	const struct schema_entry *e = schema_entry(s, KW_DYNAMIC_REF);
	const struct schema *target = e->one;
	struct str reference = doc_str(e->value);
	size_t hash = str_find_char(reference, '#');
	struct str name = hash == SIZE_MAX ? STR("") : str_skip(reference, hash + 1);
	bool recursive = s->dialect == SCHEMA_2019_09;
	if (recursive ? !target->resource->recursive_anchor : !name.len || map_get(&target->resource->dynamic, name) != target->node)
		return target;
	for (const struct valid_scope *at = c->scope; at; at = at->outer) {
		const struct schema_resource *r = at->resource;
		const struct doc *node = recursive ? (r->recursive_anchor ? r->root : NULL) : map_get(&r->dynamic, name);
		const struct schema *found = node ? pointer_map_get(&c->set->schemas, node) : NULL;
		target = found ? found : target; /* the last one asked is the outermost */
	}
	return target;
}

static enum validity in_place(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	if (!seen)
		return valid_schema(c, s, v, NULL);
	uint8_t *own = arena_alloc(&c->scratch, v->count + 1u);
	if (!own)
		return VALIDITY_UNKNOWN;
	enum validity answer = valid_schema(c, s, v, own);
	for (uint32_t i = 0; answer == VALIDITY_YES && i < v->count; i++)
		seen[i] |= own[i];
	return answer;
}

static enum validity in_place_quietly(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	struct schema_fault *fault = c->fault;
	c->fault = NULL;
	enum validity answer = in_place(c, s, v, seen);
	c->fault = fault;
	return answer;
}

static enum validity check_any_of(struct valid_check *c, const struct schema_entry *e, const struct doc *v, uint8_t *seen)
{
	enum validity best = VALIDITY_NO;
	for (uint32_t i = 0; i < e->value->count; i++) {
		enum validity answer = in_place_quietly(c, e->list[i], v, seen);
		best = answer == VALIDITY_YES ? answer : best == VALIDITY_NO ? answer : best;
		if (best == VALIDITY_YES && !seen)
			break;
	}
	return best == VALIDITY_NO ? valid_fault(c, "anyOf", "matches none of the %u alternatives", (unsigned)e->value->count) : best;
}

static enum validity check_one_of(struct valid_check *c, const struct schema_entry *e, const struct doc *v, uint8_t *seen)
{
	uint32_t yes = 0, open = 0;
	for (uint32_t i = 0; i < e->value->count && yes < 2; i++) {
		enum validity answer = in_place_quietly(c, e->list[i], v, seen);
		yes += answer == VALIDITY_YES;
		open += answer == VALIDITY_UNKNOWN;
	}
	if (yes > 1)
		return valid_fault(c, "oneOf", "matches more than one of the %u alternatives", (unsigned)e->value->count);
	if (open)
		return VALIDITY_UNKNOWN;
	return yes ? VALIDITY_YES : valid_fault(c, "oneOf", "matches none of the %u alternatives", (unsigned)e->value->count);
}

static enum validity check_not(struct valid_check *c, const struct schema *s, const struct doc *v)
{
	enum validity answer = valid_quietly(c, s, v, NULL);
	if (answer == VALIDITY_YES)
		return valid_fault(c, "not", "matches what `not` excludes");
	return answer == VALIDITY_NO ? VALIDITY_YES : VALIDITY_UNKNOWN;
}

static enum validity check_if(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	const struct schema *then = schema_one(s, KW_THEN), *otherwise = schema_one(s, KW_ELSE);
	enum validity condition = in_place_quietly(c, schema_one(s, KW_IF), v, seen);
	if (condition == VALIDITY_UNKNOWN) {
		enum validity a = then ? in_place_quietly(c, then, v, NULL) : VALIDITY_YES, b = otherwise ? in_place_quietly(c, otherwise, v, NULL) : VALIDITY_YES;
		return a == b ? a : VALIDITY_UNKNOWN;
	}
	const struct schema *branch = condition == VALIDITY_YES ? then : otherwise;
	return branch ? in_place(c, branch, v, seen) : VALIDITY_YES;
}

static enum validity check_combined(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	enum validity answer = VALIDITY_YES;
	const struct schema_entry *e;
	if (schema_has(s, KW_REF))
		answer = in_place(c, schema_one(s, KW_REF), v, seen);
	if (answer != VALIDITY_NO && schema_has(s, KW_DYNAMIC_REF))
		answer = valid_and(answer, in_place(c, dynamic_target(c, s), v, seen));
	if ((e = schema_entry(s, KW_ALL_OF)))
		for (uint32_t i = 0; answer != VALIDITY_NO && i < e->value->count; i++)
			answer = valid_and(answer, in_place(c, e->list[i], v, seen));
	if (answer != VALIDITY_NO && (e = schema_entry(s, KW_ANY_OF)))
		answer = valid_and(answer, check_any_of(c, e, v, seen));
	if (answer != VALIDITY_NO && (e = schema_entry(s, KW_ONE_OF)))
		answer = valid_and(answer, check_one_of(c, e, v, seen));
	if (answer != VALIDITY_NO && schema_has(s, KW_NOT))
		answer = valid_and(answer, check_not(c, schema_one(s, KW_NOT), v));
	if (answer != VALIDITY_NO && schema_has(s, KW_IF))
		answer = valid_and(answer, check_if(c, s, v, seen));
	if (v->type == DOC_OBJECT && (e = schema_entry(s, KW_DEPENDENT_SCHEMAS)))
		for (uint32_t i = 0; answer != VALIDITY_NO && i < e->value->count; i++)
			if (doc_get(v, doc_key(&e->value->members[i])))
				answer = valid_and(answer, in_place(c, e->list[i], v, seen));
	if (v->type == DOC_OBJECT && (e = schema_entry(s, KW_DEPENDENCIES)))
		for (uint32_t i = 0; answer != VALIDITY_NO && i < e->value->count; i++)
			if (e->list[i] && doc_get(v, doc_key(&e->value->members[i])))
				answer = valid_and(answer, in_place(c, e->list[i], v, seen));
	return answer;
}

static enum validity check_type(struct valid_check *c, const struct schema *s, const struct doc *v)
{
	if (s->types & schema_type_of(v))
		return VALIDITY_YES;
	struct buf allowed;
	buf_init(&allowed, 256);
	valid_type_names(s->types, &allowed);
	valid_fault(c, "type", "is %s; allowed: %.*s", valid_type_name(schema_type_of(v)), STR_FMT(buf_str(&allowed)));
	buf_release(&allowed);
	return VALIDITY_NO;
}

static enum validity check_values(struct valid_check *c, const struct schema *s, const struct doc *v)
{
	const struct doc *values = schema_value(s, KW_ENUM), *constant = schema_value(s, KW_CONST);
	if (constant && !doc_equal(constant, v))
		return valid_fault(c, "const", "is not the one value that is allowed");
	for (uint32_t i = 0; values && i < values->count; i++)
		if (doc_equal(&values->items[i], v))
			return VALIDITY_YES;
	return values ? valid_fault(c, "enum", "is none of the %u values that are allowed", (unsigned)values->count) : VALIDITY_YES;
}

static enum validity check_number(struct valid_check *c, const struct schema *s, const struct doc *v)
{
	const struct doc *k;
	if ((k = schema_value(s, KW_MINIMUM)) && schema_number_order(v, k) < 0)
		return valid_fault(c, "minimum", "is below %g", doc_number(k));
	if ((k = schema_value(s, KW_EXCLUSIVE_MINIMUM)) && schema_number_order(v, k) <= 0)
		return valid_fault(c, "exclusiveMinimum", "is not above %g", doc_number(k));
	if ((k = schema_value(s, KW_MAXIMUM)) && schema_number_order(v, k) > 0)
		return valid_fault(c, "maximum", "is above %g", doc_number(k));
	if ((k = schema_value(s, KW_EXCLUSIVE_MAXIMUM)) && schema_number_order(v, k) >= 0)
		return valid_fault(c, "exclusiveMaximum", "is not below %g", doc_number(k));
	if ((k = schema_value(s, KW_MULTIPLE_OF)) && !schema_number_multiple(v, k))
		return valid_fault(c, "multipleOf", "is no multiple of %g", doc_number(k));
	return VALIDITY_YES;
}

static enum validity check_string(struct valid_check *c, const struct schema *s, const struct doc *v)
{
	const struct doc *k;
	uint32_t length = schema_characters(doc_str(v));
	if ((k = schema_value(s, KW_MIN_LENGTH)) && length < doc_number(k))
		return valid_fault(c, "minLength", "has %u characters; at least %g are needed", length, doc_number(k));
	if ((k = schema_value(s, KW_MAX_LENGTH)) && length > doc_number(k))
		return valid_fault(c, "maxLength", "has %u characters; at most %g are allowed", length, doc_number(k));
	if (!(k = schema_value(s, KW_PATTERN)))
		return VALIDITY_YES;
	enum pattern_answer answer = schema_pattern_match(c->set, doc_str(k), doc_str(v));
	if (answer == PATTERN_NO)
		return valid_fault(c, "pattern", "does not match the pattern %.*s", STR_FMT(str_sub(doc_str(k), 0, 120)));
	return answer == PATTERN_YES ? VALIDITY_YES : VALIDITY_UNKNOWN;
}

static enum validity check_here(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	enum validity answer = check_type(c, s, v);
	if (answer != VALIDITY_NO && s->present & (KW_BIT(KW_ENUM) | KW_BIT(KW_CONST)))
		answer = check_values(c, s, v);
	if (answer == VALIDITY_NO)
		return answer;
	switch ((enum doc_type)v->type) {
	case DOC_INT:
	case DOC_DOUBLE:
		return check_number(c, s, v);
	case DOC_STRING:
		return check_string(c, s, v);
	case DOC_ARRAY:
		return valid_array(c, s, v, seen);
	case DOC_OBJECT:
		return valid_object(c, s, v, seen);
	default:
		return answer;
	}
}

static enum validity check_unevaluated(struct valid_check *c, const struct schema *rest, const struct doc *v, uint8_t *seen, const char *keyword)
{
	enum validity answer = VALIDITY_YES;
	for (uint32_t i = 0; answer != VALIDITY_NO && i < v->count; i++) {
		bool object = v->type == DOC_OBJECT;
		struct valid_step step = { c->path, object ? doc_key(&v->members[i]) : (struct str){ 0 }, i };
		if (seen[i])
			continue;
		seen[i] = 1;
		c->path = &step;
		if (rest->boolean && !rest->truth)
			answer = valid_fault(c, keyword, "is not allowed: nothing else describes it");
		else
			answer = valid_and(answer, valid_schema(c, rest, object ? &v->members[i].value : &v->items[i], NULL));
		c->path = step.above;
	}
	return answer;
}

static enum validity check_all(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	const struct schema *rest = v->type == DOC_OBJECT ? schema_one(s, KW_UNEVALUATED_PROPERTIES) : v->type == DOC_ARRAY ? schema_one(s, KW_UNEVALUATED_ITEMS) : NULL;
	uint8_t *own = seen;
	if (rest && !(own = arena_alloc(&c->scratch, v->count + 1u)))
		return VALIDITY_UNKNOWN;
	enum validity answer = check_here(c, s, v, own);
	if (answer != VALIDITY_NO)
		answer = valid_and(answer, check_combined(c, s, v, own));
	if (answer != VALIDITY_NO && rest)
		answer = valid_and(answer, check_unevaluated(c, rest, v, own, v->type == DOC_OBJECT ? "unevaluatedProperties" : "unevaluatedItems"));
	for (uint32_t i = 0; rest && seen && i < v->count; i++)
		seen[i] |= own[i];
	return answer;
}

enum validity valid_schema(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen)
{
	if (s->boolean)
		return s->truth ? VALIDITY_YES : valid_fault(c, "false", "is not allowed here");
	if (c->depth == SCHEMA_VALIDATE_DEPTH_MAX || c->work == WORK_MAX)
		return VALIDITY_UNKNOWN;
	c->depth++;
	c->work++;
	struct valid_scope scope = { c->scope, s->resource };
	if (!c->scope || c->scope->resource != s->resource)
		c->scope = &scope;
	enum validity answer = check_all(c, s, v, seen);
	if (c->scope == &scope)
		c->scope = scope.outer;
	c->depth--;
	return answer;
}

enum validity schema_check(struct schema_set *set, const struct schema *s, const struct doc *value, enum schema_use use, struct schema_fault *fault)
{
	struct valid_check c = { .set = set, .use = use, .fault = fault };
	if (fault)
		*fault = (struct schema_fault){ 0 };
	arena_init(&c.scratch, 64 << 20);
	enum validity answer = valid_schema(&c, s, value, NULL);
	arena_release(&c.scratch);
	return answer;
}

bool schema_valid(const struct schema *s, const struct doc *value, enum schema_use use, struct schema_fault *fault)
{
	enum validity answer = schema_check(s->resource->document->set, s, value, use, fault);
	if (answer == VALIDITY_UNKNOWN && fault && !fault->keyword[0]) {
		put(fault->keyword, sizeof(fault->keyword), STR("limit"));
		put(fault->message, sizeof(fault->message), STR("cannot be decided: a pattern is not understood, or the schema asks for too much work"));
	}
	return answer == VALIDITY_YES;
}
