/* Views of what is inside: members, items, names. See schema_view.c. */
#include "contract/schema/schema_compare_impl.h"
#include "base/check.h"

/* What is matched against names of members only, which are texts. */
static const struct schema names_are_texts = { .types = TYPE_STRING };

enum { LIST_MAX = 128 };
struct list { const struct schema *items[LIST_MAX]; size_t count; };

static void add(struct list *l, const struct schema *s)
{
	if (l->count < LIST_MAX)
		l->items[l->count++] = s;
}

static uint32_t view_of_list(struct schema_compare *c, const struct list *l) { return view_of_schemas(c, l->items, l->count, NULL, 0); }

/* Whether anything in the part describes the name; what does goes into the list. A pattern that cannot be decided is taken as not matching. */
static bool describe(const struct schema *part, struct str name, struct list *l, bool *declared)
{
	const struct schema_entry *properties = schema_entry(part, KW_PROPERTIES), *patterns = schema_entry(part, KW_PATTERN_PROPERTIES);
	const struct doc_member *own = properties ? doc_member(properties->value, name) : NULL;
	bool described = own != NULL;
	*declared |= own != NULL;
	if (own)
		add(l, properties->list[own - properties->value->members]);
	for (uint32_t i = 0; patterns && i < patterns->value->count; i++)
		if (schema_pattern_match(set_of(part), doc_key(&patterns->value->members[i]), name) == PATTERN_YES) {
			described = true;
			add(l, patterns->list[i]);
		}
	return described;
}

uint32_t view_property(struct schema_compare *c, const struct view *v, struct str name, bool *declared)
{
	struct list l;
	l.count = 0;
	*declared = false;
	for (uint32_t i = 0; i < v->count; i++)
		if (!describe(v->parts[i], name, &l, declared) && schema_has(v->parts[i], KW_ADDITIONAL_PROPERTIES))
			add(&l, schema_one(v->parts[i], KW_ADDITIONAL_PROPERTIES));
	return view_of_list(c, &l);
}

uint32_t view_pattern(struct schema_compare *c, const struct view *v, struct str pattern, bool *declared)
{
	struct list l;
	l.count = 0;
	*declared = false;
	for (uint32_t i = 0; i < v->count; i++) {
		const struct schema_entry *patterns = schema_entry(v->parts[i], KW_PATTERN_PROPERTIES);
		const struct doc_member *m = patterns ? doc_member(patterns->value, pattern) : NULL;
		*declared |= m != NULL;
		if (m)
			add(&l, patterns->list[m - patterns->value->members]);
		else if (schema_has(v->parts[i], KW_ADDITIONAL_PROPERTIES))
			add(&l, schema_one(v->parts[i], KW_ADDITIONAL_PROPERTIES));
	}
	return view_of_list(c, &l);
}

static uint32_t view_of_keyword(struct schema_compare *c, const struct view *v, enum schema_keyword k, const struct schema *always)
{
	struct list l;
	l.count = 0;
	for (uint32_t i = 0; i < v->count; i++)
		if (schema_has(v->parts[i], k))
			add(&l, schema_one(v->parts[i], k));
	if (always)
		add(&l, always);
	return view_of_list(c, &l);
}

uint32_t view_other_properties(struct schema_compare *c, const struct view *v) { return view_of_keyword(c, v, KW_ADDITIONAL_PROPERTIES, NULL); }
uint32_t view_other_items(struct schema_compare *c, const struct view *v) { return view_of_keyword(c, v, KW_ITEMS, NULL); }
uint32_t view_names(struct schema_compare *c, const struct view *v) { return view_of_keyword(c, v, KW_PROPERTY_NAMES, &names_are_texts); }

uint32_t view_item(struct schema_compare *c, const struct view *v, uint32_t index, bool *declared)
{
	struct list l;
	l.count = 0;
	*declared = false;
	for (uint32_t i = 0; i < v->count; i++) {
		const struct schema_entry *prefix = schema_entry(v->parts[i], KW_PREFIX_ITEMS);
		bool own = prefix && index < prefix->value->count;
		*declared |= own;
		if (own)
			add(&l, prefix->list[index]);
		else if (schema_has(v->parts[i], KW_ITEMS))
			add(&l, schema_one(v->parts[i], KW_ITEMS));
	}
	return view_of_list(c, &l);
}

uint32_t view_prefix_length(const struct view *v)
{
	uint32_t length = 0;
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *prefix = schema_value(v->parts[i], KW_PREFIX_ITEMS);
		length = prefix && prefix->count > length ? prefix->count : length;
	}
	return length;
}

/* As the validator: a property that does not cross in the direction is excused where its own schema says so. */
static bool excused(const struct schema_compare *c, const struct schema *part, struct str name, int direction)
{
	const struct schema_entry *properties = schema_entry(part, KW_PROPERTIES);
	const struct doc_member *m = properties && !c->any_use ? doc_member(properties->value, name) : NULL;
	return m && schema_says(properties->list[m - properties->value->members], direction == REQ ? KW_READ_ONLY : KW_WRITE_ONLY);
}

bool view_requires(const struct schema_compare *c, const struct view *v, struct str name, int direction)
{
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *names = schema_value(v->parts[i], KW_REQUIRED);
		for (uint32_t k = 0; names && k < names->count; k++)
			if (str_eq(doc_str(&names->items[k]), name) && !excused(c, v->parts[i], name, direction))
				return true;
	}
	return false;
}

/* The finite list of values of a view, where it has one. */
static const struct doc *values_of(const struct view *v, uint32_t *count)
{
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *values = schema_value(v->parts[i], KW_ENUM), *constant = schema_value(v->parts[i], KW_CONST);
		*count = constant ? 1 : values ? values->count : 0;
		if (constant || values)
			return constant ? constant : values->items;
	}
	return NULL;
}

static bool no_value_in(struct schema_compare *c, const struct view *values_in, const struct view *other)
{
	uint32_t count;
	const struct doc *values = values_of(values_in, &count);
	for (uint32_t i = 0; values && i < count; i++)
		if (view_check(c, other, &values[i], SCHEMA_USE_ANY) != VALIDITY_NO)
			return false;
	return values != NULL;
}

/* A member that one of them demands and that has no value in common. */
static bool disjoint_members(struct schema_compare *c, uint32_t a, uint32_t b, unsigned depth)
{
	enum { NAMES_MAX = 32 };
	for (uint32_t i = 0, looked = 0; i < view_at(c, a)->count; i++) {
		const struct doc *names = schema_value(view_at(c, a)->parts[i], KW_REQUIRED);
		for (uint32_t k = 0; names && k < names->count && looked++ < NAMES_MAX; k++) {
			bool declared;
			struct str name = doc_str(&names->items[k]);
			if (!view_requires(c, view_at(c, a), name, BOTH) || (!c->any_use && !view_requires(c, view_at(c, a), name, REQ)))
				continue;
			const struct view va = *view_at(c, a), vb = *view_at(c, b);
			uint32_t in_a = view_property(c, &va, name, &declared), in_b = view_property(c, &vb, name, &declared);
			if (in_a == UINT32_MAX || in_b == UINT32_MAX)
				return false;
			if (view_at(c, in_b)->never || view_at(c, in_a)->never)
				return true;
			if (view_requires(c, &vb, name, BOTH) && view_disjoint(c, in_a, in_b, depth + 1))
				return true;
		}
	}
	return false;
}

bool view_disjoint(struct schema_compare *c, uint32_t a, uint32_t b, unsigned depth)
{
	enum { LEVELS = 3 };
	const struct view *va = view_at(c, a), *vb = view_at(c, b);
	if (va->never || vb->never || !(va->refined & vb->refined))
		return true;
	if (no_value_in(c, va, vb) || no_value_in(c, vb, va))
		return true;
	bool objects = (va->refined & vb->refined) == TYPE_OBJECT;
	return objects && depth < LEVELS && (disjoint_members(c, a, b, depth) || disjoint_members(c, b, a, depth));
}
