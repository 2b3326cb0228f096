/* Whether two schemas say the same, with all that they refer to; titles, descriptions and examples do not count. Cycles are the same until a difference is found.
 * Used where rules do not reach: unevaluated*, dynamic references. Bounded by IDENTICAL_WORK schemas; beyond, they count as different. */
#include "contract/schema/schema_compare_impl.h"
#include <stdlib.h>

enum { IDENTICAL_WORK = 20000 };
struct two { const struct schema *a, *b; };
struct search { struct array stack; struct pointer_map seen; size_t work; };

static bool push(struct search *s, const struct schema *a, const struct schema *b)
{
	if (!a || !b)
		return a == b;
	const struct schema *known = pointer_map_get(&s->seen, a);
	if (known == b)
		return true;
	struct two *t = s->work++ < IDENTICAL_WORK ? ARRAY_PUSH(&s->stack, struct two, IDENTICAL_WORK) : NULL;
	if (!t || !pointer_map_put(&s->seen, a, (void *)b))
		return false;
	*t = (struct two){ a, b };
	return true;
}

enum holds { HOLDS_VALUE, HOLDS_ONE, HOLDS_LIST };

static enum holds holds(enum schema_keyword k)
{
	switch (k) {
	case KW_REF: case KW_DYNAMIC_REF: case KW_ITEMS: case KW_CONTAINS: case KW_ADDITIONAL_PROPERTIES: case KW_PROPERTY_NAMES: case KW_NOT: case KW_IF: case KW_THEN:
	case KW_ELSE: case KW_UNEVALUATED_ITEMS: case KW_UNEVALUATED_PROPERTIES: case KW_CONTENT_SCHEMA:
		return HOLDS_ONE;
	case KW_PREFIX_ITEMS: case KW_ALL_OF: case KW_ANY_OF: case KW_ONE_OF: case KW_PROPERTIES: case KW_PATTERN_PROPERTIES: case KW_DEPENDENT_SCHEMAS: case KW_DEPENDENCIES:
		return HOLDS_LIST;
	default:
		return HOLDS_VALUE;
	}
}

static bool push_list(struct search *s, const struct schema_entry *a, const struct schema_entry *b)
{
	if (a->value->count != b->value->count || a->value->type != b->value->type)
		return false;
	for (uint32_t i = 0; i < a->value->count; i++) {
		uint32_t j = i;
		if (a->value->type == DOC_OBJECT) {
			const struct doc_member *m = doc_member(b->value, doc_key(&a->value->members[i]));
			if (!m)
				return false;
			j = (uint32_t)(m - b->value->members);
			if (!a->list[i] && !doc_equal(&a->value->members[i].value, &m->value))
				return false;
		}
		if (!push(s, a->list[i], b->list[j]))
			return false;
	}
	return true;
}

static bool same_here(struct search *s, const struct schema *a, const struct schema *b)
{
	if (a->boolean || b->boolean)
		return a->boolean == b->boolean && a->truth == b->truth;
	if (a->present != b->present || a->types != b->types)
		return false;
	for (unsigned k = 0; k < KW_COUNT; k++) {
		const struct schema_entry *x = schema_entry(a, k), *y = schema_entry(b, k);
		if (!x || k == KW_TYPE)
			continue;
		bool same = holds(k) == HOLDS_ONE ? push(s, x->one, y->one) : holds(k) == HOLDS_LIST ? push_list(s, x, y) : doc_equal(x->value, y->value);
		if (!same)
			return false;
	}
	return true;
}

/* Without schemas inside. */
bool schema_same_leaf(const struct schema *a, const struct schema *b)
{
	const uint64_t inside = KW_BIT(KW_REF) | KW_BIT(KW_DYNAMIC_REF) | KW_BIT(KW_ITEMS) | KW_BIT(KW_CONTAINS) | KW_BIT(KW_ADDITIONAL_PROPERTIES) | KW_BIT(KW_PROPERTY_NAMES) |
		KW_BIT(KW_NOT) | KW_BIT(KW_IF) | KW_BIT(KW_THEN) | KW_BIT(KW_ELSE) | KW_BIT(KW_UNEVALUATED_ITEMS) | KW_BIT(KW_UNEVALUATED_PROPERTIES) | KW_BIT(KW_CONTENT_SCHEMA) |
		KW_BIT(KW_PREFIX_ITEMS) | KW_BIT(KW_ALL_OF) | KW_BIT(KW_ANY_OF) | KW_BIT(KW_ONE_OF) | KW_BIT(KW_PROPERTIES) | KW_BIT(KW_PATTERN_PROPERTIES) |
		KW_BIT(KW_DEPENDENT_SCHEMAS) | KW_BIT(KW_DEPENDENCIES);
	if (a->boolean || b->boolean || a->present != b->present || a->types != b->types || a->present & inside)
		return false;
	size_t n = (size_t)__builtin_popcountll(a->present);
	for (size_t i = 0; i < n; i++)
		if (!doc_equal(a->entries[i].value, b->entries[i].value))
			return false;
	return true;
}

bool schema_identical(struct schema_compare *c, const struct schema *a, const struct schema *b)
{
	if (pointer_map_get(&c->identical, a) == b)
		return true;
	struct search s = { 0 };
	bool same = push(&s, a, b);
	while (same && s.stack.count) {
		struct two t = *ARRAY_AT(&s.stack, struct two, --s.stack.count);
		same = same_here(&s, t.a, t.b);
	}
	for (size_t i = 0; same && i < s.seen.size; i++)
		if (s.seen.slots[i].key)
			pointer_map_put(&c->identical, s.seen.slots[i].key, s.seen.slots[i].value);
	pointer_map_release(&s.seen);
	free(s.stack.items);
	return same;
}
