/* unevaluatedProperties where nothing that is decided by the value (anyOf, oneOf, if, dependent schemas, dynamic references) stands beside it: then it says what
 * additionalProperties would, over all the names that the schema, its $ref and its allOf describe. For the comparison it becomes such a part, so that
 * the common form (allOf with unevaluatedProperties: false) is judged by the rules. Made once a schema. */
#include "contract/doc/doc_impl.h"
#include "contract/schema/schema_compare_impl.h"

enum { COVER_MAX = 64, NAMES_MAX = 2048 };
struct cover {
	const struct schema *parts[COVER_MAX];
	size_t count;
	bool decided;     /* by the value, or too large */
	bool all;         /* additionalProperties describes whatever is left */
};
static const struct schema anything = { .boolean = true, .truth = true };

static void cover(struct cover *k, const struct schema *s, bool top)
{
	const uint64_t by_value = KW_BIT(KW_ANY_OF) | KW_BIT(KW_ONE_OF) | KW_BIT(KW_IF) | KW_BIT(KW_DEPENDENT_SCHEMAS) | KW_BIT(KW_DEPENDENCIES) | KW_BIT(KW_DYNAMIC_REF);
	if (s->boolean)
		return;
	for (size_t i = 0; i < k->count; i++)
		if (k->parts[i] == s)
			return;
	k->decided |= k->count == COVER_MAX || s->present & by_value;
	k->all |= schema_has(s, KW_ADDITIONAL_PROPERTIES) || (!top && schema_has(s, KW_UNEVALUATED_PROPERTIES));
	if (k->decided)
		return;
	k->parts[k->count++] = s;
	if (schema_has(s, KW_REF))
		cover(k, schema_one(s, KW_REF), false);
	const struct schema_entry *all = schema_entry(s, KW_ALL_OF);
	for (uint32_t i = 0; all && i < all->value->count; i++)
		cover(k, all->list[i], false);
}

/* An entry of all names that the parts have under a keyword, each allowing anything. */
static bool make_names(struct schema_compare *c, const struct cover *k, enum schema_keyword keyword, struct schema_entry *out)
{
	struct map known;
	size_t count = 0;
	map_init(&known, NAMES_MAX);
	bool ok = true;
	for (size_t i = 0; i < k->count; i++) {
		const struct doc *map = schema_value(k->parts[i], keyword);
		for (uint32_t n = 0; ok && map && n < map->count; n++)
			ok = map_put(&known, doc_key(&map->members[n]), (void *)&map->members[n]);
	}
	count = known.count;
	struct doc_member *members = ARENA_ARRAY(&c->arena, count, struct doc_member);
	const struct schema **list = ARENA_ARRAY(&c->arena, count, const struct schema *);
	struct doc *value = ARENA_NEW(&c->arena, struct doc);
	uint32_t first, twice;
	ok = ok && members && list && value;
	for (size_t i = 0; ok && i < count; i++) {
		members[i] = *(const struct doc_member *)known.entries[i].value;
		list[i] = &anything;
	}
	map_release(&known);
	if (!ok || !doc_make_object(&c->arena, value, members, count, &first, &twice))
		return false;
	out->value = value;
	out->list = list;
	return true;
}

static const struct schema *make_closed(struct schema_compare *c, const struct schema *s)
{
	struct cover k = { .count = 0 };
	cover(&k, s, true);
	if (k.decided)
		return NULL;
	if (k.all)
		return &anything;
	struct schema *made = ARENA_NEW(&c->arena, struct schema);
	struct schema_entry *entries = ARENA_ARRAY(&c->arena, 3, struct schema_entry);
	if (!made || !entries || !make_names(c, &k, KW_PROPERTIES, &entries[0]) || !make_names(c, &k, KW_PATTERN_PROPERTIES, &entries[1]))
		return NULL;
	entries[2] = *schema_entry(s, KW_UNEVALUATED_PROPERTIES);
	_Static_assert(KW_PROPERTIES < KW_PATTERN_PROPERTIES && KW_PATTERN_PROPERTIES < KW_ADDITIONAL_PROPERTIES, "entries stand in this order");
	*made = *s;
	made->made = true;
	made->types = TYPE_ALL;
	made->present = KW_BIT(KW_PROPERTIES) | KW_BIT(KW_PATTERN_PROPERTIES) | KW_BIT(KW_ADDITIONAL_PROPERTIES);
	made->entries = entries;
	return made;
}

const struct schema *schema_closed(struct schema_compare *c, const struct schema *s)
{
	static const char open; /* in the map: decided by the value */
	if (!schema_has(s, KW_UNEVALUATED_PROPERTIES))
		return NULL;
	const void *known = pointer_map_get(&c->closed, s);
	if (!known) {
		const struct schema *made = make_closed(c, s);
		known = made ? (const void *)made : &open;
		pointer_map_put(&c->closed, s, (void *)known);
	}
	return known == &open ? NULL : known;
}
