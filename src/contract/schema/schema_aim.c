/* Which values to try as witnesses of a difference: goals for the generator, by the kind of change. See schema_witness.c. */
#include "base/check.h"
#include "contract/schema/schema_witness.h"

static bool try_goal(struct seeking *s, const struct spot *at, const struct goal *g, unsigned tries)
{
	for (unsigned i = 0; i < tries && !seeking_tired(s); i++) {
		struct maker m = { .c = s->c, .arena = &s->arena, .random = i ? i * 104729 + s->seed : 0 };
		if (seeking_candidate(s, at, make_instance(&m, &at->view, g)))
			return true;
	}
	return false;
}

/* Goals. */
static const struct doc *tight_bound(const struct difference *d, int direction) { return direction == REQ ? d->new_value : d->old_value; }

static bool is_between(enum change_kind k, enum change_kind first, enum change_kind last) { return k >= first && k <= last; }

static bool try_number(struct seeking *s, const struct spot *at, const struct difference *d, int direction, bool lower, bool exclusive)
{
	struct goal g = GOAL_ANY;
	const struct doc *bound = tight_bound(d, direction);
	if (lower) {
		g.high = bound;
		g.high_open = !exclusive;
	} else {
		g.low = bound;
		g.low_open = !exclusive;
	}
	if (!bound || !doc_is_number(bound))
		return false;
	if (try_goal(s, at, &g, 3))
		return true;
	g.types = TYPE_FRACTION;
	if (try_goal(s, at, &g, 3))
		return true;
	g = GOAL_ANY;
	g.value = bound; /* where one side excludes the bound itself */
	return seeking_candidate(s, at, bound);
}

static bool try_count(struct seeking *s, const struct spot *at, const struct difference *d, int direction, bool lower, unsigned type)
{
	struct goal g = GOAL_ANY;
	const struct doc *bound = tight_bound(d, direction);
	g.types = (uint8_t)type;
	if (!bound || !doc_is_number(bound) || doc_number(bound) > 1e6)
		return false;
	if (lower)
		g.most = (int64_t)doc_number(bound) - 1;
	else
		g.least = (int64_t)doc_number(bound) + 1;
	return try_goal(s, at, &g, WITNESS_TRIES);
}

static bool try_bounds(struct seeking *s, const struct spot *at, const struct difference *d, int direction, bool *tried)
{
	enum change_kind k = d->kind;
	*tried = true;
#define RANGE(name, last) is_between(k, CHANGE_KIND_SCHEMA_##name##_ADDED, CHANGE_KIND_SCHEMA_##name##_##last)
	if (RANGE(MINIMUM, REMOVED))
		return try_number(s, at, d, direction, true, false);
	if (RANGE(EXCLUSIVE_MINIMUM, REMOVED))
		return try_number(s, at, d, direction, true, true);
	if (RANGE(MAXIMUM, REMOVED))
		return try_number(s, at, d, direction, false, false);
	if (RANGE(EXCLUSIVE_MAXIMUM, REMOVED))
		return try_number(s, at, d, direction, false, true);
	if (RANGE(MIN_LENGTH, REMOVED))
		return try_count(s, at, d, direction, true, TYPE_STRING);
	if (RANGE(MAX_LENGTH, REMOVED))
		return try_count(s, at, d, direction, false, TYPE_STRING);
	if (RANGE(MIN_ITEMS, REMOVED))
		return try_count(s, at, d, direction, true, TYPE_ARRAY);
	if (RANGE(MAX_ITEMS, REMOVED))
		return try_count(s, at, d, direction, false, TYPE_ARRAY);
	if (RANGE(MIN_PROPERTIES, REMOVED))
		return try_count(s, at, d, direction, true, TYPE_OBJECT);
	if (RANGE(MAX_PROPERTIES, REMOVED))
		return try_count(s, at, d, direction, false, TYPE_OBJECT);
#undef RANGE
	*tried = false;
	return false;
}

static bool try_types(struct seeking *s, const struct spot *at, const struct view *b)
{
	for (unsigned bit = 1; bit <= TYPE_OBJECT; bit <<= 1) {
		struct goal g = GOAL_ANY;
		g.types = (uint8_t)bit;
		if (at->view.refined & bit && !(b->types & bit) && try_goal(s, at, &g, 4))
			return true;
	}
	return false;
}

static bool try_values(struct seeking *s, const struct spot *at, const struct doc *list)
{
	if (!list)
		return false;
	if (list->type != DOC_ARRAY)
		return seeking_candidate(s, at, list);
	for (uint32_t i = 0; i < list->count && i < 64; i++)
		if (seeking_candidate(s, at, &list->items[i]))
			return true;
	return false;
}

/* Numbers that are no multiples, on both sides of zero and far from it. */
static bool try_parts(struct seeking *s, const struct spot *at, const struct doc *of)
{
	static const double factors[] = { 0.5, 1.5, -0.5, 1.25, 0.25, 2.5, 10.5, -1.5, -3.5, 100.5 };
	for (size_t i = 0; of && doc_is_number(of) && i < ARRAY_LEN(factors); i++) {
		struct doc *d = ARENA_NEW(&s->arena, struct doc);
		double v = doc_number(of) * factors[i];
		if (!d)
			return false;
		*d = v == (double)(int64_t)v ? (struct doc){ .type = DOC_INT, .i = (int64_t)v } : (struct doc){ .type = DOC_DOUBLE, .d = v };
		if (seeking_candidate(s, at, d))
			return true;
	}
	return false;
}

static bool try_demand(struct seeking *s, const struct spot *at, const struct difference *d, int direction)
{
	const struct doc *names = direction == REQ ? d->new_value : d->old_value;
	for (uint32_t i = 0; doc_is(names, DOC_ARRAY) && i < names->count; i++) {
		struct goal g = GOAL_ANY;
		g.with = d->property;
		g.without = doc_str(&names->items[i]);
		if (try_goal(s, at, &g, 4))
			return true;
	}
	return false;
}

/* Values of this place that fit a further schema too. */
static bool try_joined(struct seeking *s, const struct spot *at, const struct schema *with, const struct schema *and)
{
	const struct schema *list[2] = { with, and };
	struct spot next = *at;
	struct goal any = GOAL_ANY;
	for (int i = 0; i < 2; i++) {
		uint32_t own = list[i] ? view_of_schema(s->c, list[i]) : UINT32_MAX, joined = UINT32_MAX;
		if (own != UINT32_MAX) {
			const struct view copy = *view_at(s->c, own);
			joined = seeking_join(s->c, &next.view, &copy);
		}
		if (list[i] && joined == UINT32_MAX)
			return false;
		if (list[i])
			next.view = *view_at(s->c, joined);
	}
	return try_goal(s, &next, &any, WITNESS_TRIES);
}

/* Two alternatives at once, for oneOf. */
static bool try_two_branches(struct seeking *s, const struct spot *at, const struct schema *holder)
{
	enum { TRIED = 6 };
	const struct schema_entry *e = holder && holder->resource ? schema_entry(holder, KW_ONE_OF) : NULL;
	for (uint32_t i = 0; e && i < e->value->count && i < TRIED; i++)
		for (uint32_t j = 0; j < i; j++)
			if (try_joined(s, at, e->list[i], e->list[j]))
				return true;
	return false;
}

static const struct schema *inside(const struct schema *s, enum schema_keyword k) { return s && s->resource && schema_has(s, k) ? schema_one(s, k) : NULL; }

static bool try_condition(struct seeking *s, const struct spot *at, const struct difference *d)
{
	const struct schema *sides[2] = { d->before, d->after };
	for (int i = 0; i < 2; i++)
		if (inside(sides[i], KW_IF) && try_joined(s, at, inside(sides[i], KW_IF), NULL))
			return true;
	return false;
}

static bool try_combined(struct seeking *s, const struct spot *at, const struct difference *d, int direction)
{
	const struct schema *giving = direction == REQ ? d->before : d->after, *taking = direction == REQ ? d->after : d->before;
	struct goal g = GOAL_ANY;
	switch (d->kind) {
	case CHANGE_KIND_SCHEMA_NOT_ADDED:
	case CHANGE_KIND_SCHEMA_NOT_REMOVED:
	case CHANGE_KIND_SCHEMA_NOT_CHANGED:
		return inside(taking, KW_NOT) && try_joined(s, at, inside(taking, KW_NOT), NULL);
	case CHANGE_KIND_SCHEMA_CONDITION_ADDED:
	case CHANGE_KIND_SCHEMA_CONDITION_REMOVED:
	case CHANGE_KIND_SCHEMA_CONDITION_CHANGED:
		return try_condition(s, at, d);
	case CHANGE_KIND_SCHEMA_ONE_OF_ADDED:
	case CHANGE_KIND_SCHEMA_ONE_OF_REMOVED:
		return try_two_branches(s, at, taking);
	case CHANGE_KIND_SCHEMA_ANY_OF_BRANCH_REMOVED:
	case CHANGE_KIND_SCHEMA_ONE_OF_BRANCH_REMOVED:
	case CHANGE_KIND_SCHEMA_ANY_OF_BRANCH_ADDED:
	case CHANGE_KIND_SCHEMA_ONE_OF_BRANCH_ADDED:
		return (giving && giving->resource && try_joined(s, at, giving, NULL)) || (taking && taking->resource && try_joined(s, at, taking, NULL)) || try_two_branches(s, at, taking);
	case CHANGE_KIND_SCHEMA_DEPENDENT_SCHEMA_ADDED:
	case CHANGE_KIND_SCHEMA_DEPENDENT_SCHEMA_REMOVED:
		g.with = d->property;
		return try_goal(s, at, &g, WITNESS_TRIES);
	case CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_ADDED:
	case CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_REMOVED:
	case CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_CHANGED:
		g.other_name = STR("zz9");
		return try_goal(s, at, &g, WITNESS_TRIES);
	default:
		return false;
	}
}

/* Values that are aimed at the keyword that changed. */
bool aim_at_difference(struct seeking *s, const struct spot *at, const struct difference *d, int direction, const struct view *b)
{
	struct goal g = GOAL_ANY;
	bool tried;
	if (try_bounds(s, at, d, direction, &tried) || tried)
		return tried && s->proof;
	switch (d->kind) {
	case CHANGE_KIND_SCHEMA_TYPE_NARROWED:
	case CHANGE_KIND_SCHEMA_TYPE_WIDENED:
	case CHANGE_KIND_SCHEMA_TYPE_CHANGED:
		return try_types(s, at, b);
	case CHANGE_KIND_SCHEMA_ENUM_VALUE_REMOVED:
	case CHANGE_KIND_SCHEMA_ENUM_VALUE_ADDED:
	case CHANGE_KIND_SCHEMA_CONST_CHANGED:
		return try_values(s, at, direction == REQ ? d->old_value : d->new_value);
	case CHANGE_KIND_SCHEMA_UNIQUE_ITEMS_ADDED:
	case CHANGE_KIND_SCHEMA_UNIQUE_ITEMS_REMOVED:
		g.twice = true;
		return try_goal(s, at, &g, WITNESS_TRIES);
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_ADDED:
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_OPTIONAL:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED:
		g.without = d->property;
		return try_goal(s, at, &g, WITNESS_TRIES);
	case CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_ADDED:
	case CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_REMOVED:
		return try_demand(s, at, d, direction);
	case CHANGE_KIND_SCHEMA_MULTIPLE_OF_ADDED:
	case CHANGE_KIND_SCHEMA_MULTIPLE_OF_REMOVED:
	case CHANGE_KIND_SCHEMA_MULTIPLE_OF_CHANGED:
		if (try_parts(s, at, tight_bound(d, direction)))
			return true;
		g.types = TYPE_INTEGER;
		if (try_goal(s, at, &g, WITNESS_TRIES))
			return true;
		g.types = TYPE_FRACTION;
		return try_goal(s, at, &g, WITNESS_TRIES);
	case CHANGE_KIND_SCHEMA_PATTERN_ADDED:
	case CHANGE_KIND_SCHEMA_PATTERN_REMOVED:
	case CHANGE_KIND_SCHEMA_PATTERN_CHANGED:
		g.types = TYPE_STRING;
		return try_goal(s, at, &g, 2 * WITNESS_TRIES);
	default:
		return try_combined(s, at, d, direction);
	}
}

/* Each type the view takes, a few times; for an object also without each member that nobody demands, for an array by length. */
bool aim_anywhere(struct seeking *s, const struct spot *at)
{
	struct goal g = GOAL_ANY;
	if (try_goal(s, at, &g, WITNESS_TRIES))
		return true;
	for (unsigned bit = 1; bit <= TYPE_OBJECT; bit <<= 1) {
		g.types = (uint8_t)bit;
		if (at->view.refined & bit && try_goal(s, at, &g, bit == TYPE_NULL ? 1 : WITNESS_TRIES))
			return true;
	}
	for (int64_t n = 0; n < 4; n++) {
		g = GOAL_ANY;
		g.least = n;
		g.most = n;
		for (unsigned bit = TYPE_STRING; bit <= TYPE_OBJECT; bit <<= 1) {
			g.types = (uint8_t)bit;
			if (at->view.refined & bit && try_goal(s, at, &g, 2))
				return true;
		}
	}
	return false;
}

/* Values that the other side speaks of: constants and bounds of its keywords, at this place. */
bool aim_at_spoken_of(struct seeking *s, const struct spot *at, const struct view *b)
{
	static const enum schema_keyword numbers[] = { KW_MINIMUM, KW_MAXIMUM, KW_EXCLUSIVE_MINIMUM, KW_EXCLUSIVE_MAXIMUM, KW_MULTIPLE_OF, KW_CONST };
	for (uint32_t i = 0; i < b->count; i++) {
		for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
			if (seeking_candidate(s, at, schema_value(b->parts[i], numbers[k])))
				return true;
		if (try_values(s, at, schema_value(b->parts[i], KW_ENUM)))
			return true;
		const struct doc *map = schema_value(b->parts[i], KW_PROPERTIES);
		for (uint32_t k = 0; map && k < map->count && k < 16; k++) {
			struct goal g = GOAL_ANY;
			g.with = doc_key(&map->members[k]);
			if (at->view.refined & TYPE_OBJECT && try_goal(s, at, &g, 2))
				return true;
			g = GOAL_ANY;
			g.without = doc_key(&map->members[k]);
			if (at->view.refined & TYPE_OBJECT && try_goal(s, at, &g, 1))
				return true;
		}
	}
	return false;
}

