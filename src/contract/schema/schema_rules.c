/* The obligations of one pair: what both sides say of the value itself (types, enumerations, bounds, patterns). What is inside of it is in
 * schema_rules_objects.c and schema_rules_arrays.c, what combines schemas in schema_rules_combined.c. */
#include "base/check.h"
#include "contract/schema/schema_compare_impl.h"
#include <math.h>

struct obligation *rule_obligation(struct rules *r, uint32_t difference, int dirs, bool any)
{
	struct obligation *o = ARRAY_PUSH(&r->c->obligations, struct obligation, EDGES_MAX);
	if (!o) {
		r->c->limited = true;
		return NULL;
	}
	*o = (struct obligation){ .edges = (uint32_t)r->c->edges.count, .difference = difference, .dirs = (uint8_t)dirs, .any = any };
	return o;
}

struct difference *rule_difference(struct rules *r, enum change_kind kind, int dirs)
{
	struct difference *d = ARRAY_PUSH(&r->c->differences, struct difference, CHANGES_MAX * 4);
	if (!d || !rule_obligation(r, (uint32_t)r->c->differences.count - 1, dirs, false)) {
		r->c->limited = true;
		return &r->c->nowhere;
	}
	*d = (struct difference){ .kind = kind, .pair = r->pair };
	return d;
}

void rule_edge(struct rules *r, uint32_t old_view, uint32_t new_view, enum edge_map map, enum edge_step step, struct str name, uint32_t index)
{
	uint32_t child = pair_of(r->c, old_view, new_view);
	struct edge *e = ARRAY_PUSH(&r->c->edges, struct edge, EDGES_MAX);
	if (!e || !r->c->obligations.count) {
		r->c->limited = true;
		return;
	}
	*e = (struct edge){ .child = child, .index = index, .name = name, .map = (uint8_t)map, .step = (uint8_t)step };
	ARRAY_AT(&r->c->obligations, struct obligation, r->c->obligations.count - 1)->edge_count++;
}

void rule_below(struct rules *r, uint32_t old_view, uint32_t new_view, int dirs, enum edge_map map, enum edge_step step, struct str name, uint32_t index)
{
	if (old_view != UINT32_MAX && new_view != UINT32_MAX) {
		const struct view *o = view_at(r->c, old_view), *n = view_at(r->c, new_view);
		if (!o->count && !n->count && o->never == n->never)
			return;
	}
	uint32_t below = pair_of(r->c, old_view, new_view);
	if (below == NO_PAIR) { /* not compared any more: then it is said here */
		struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, dirs);
		d->before = r->views[OLD]->count ? r->views[OLD]->parts[0] : NULL;
		d->after = r->views[NEW]->count ? r->views[NEW]->parts[0] : NULL;
	} else if (rule_obligation(r, NO_DIFFERENCE, dirs, false)) {
		rule_edge(r, old_view, new_view, map, step, name, index);
	}
}

uint32_t rule_within(struct rules *r, uint32_t view)
{
	unsigned types = r->views[OLD]->refined | r->views[NEW]->refined;
	if (view == UINT32_MAX || types == TYPE_ALL || !(view_at(r->c, view)->refined & ~types))
		return view;
	const struct view copy = *view_at(r->c, view);
	const struct schema *limit = schema_of_types(r->c, types);
	return limit ? view_with(r->c, &copy, limit, NULL) : UINT32_MAX;
}

/* Whether values of these types can be in A and be refused by B for a keyword of theirs. */
static bool concerns(const struct rules *r, int direction, unsigned types) { return rule_a(r, direction)->refined & rule_b(r, direction)->types & types; }

static int concerned(const struct rules *r, unsigned types) { return (concerns(r, REQ, types) ? REQ : 0) | (concerns(r, RESP, types) ? RESP : 0); }

static const struct schema *part_with(const struct view *v, enum schema_keyword k)
{
	for (uint32_t i = 0; i < v->count; i++)
		if (schema_has(v->parts[i], k))
			return v->parts[i];
	return NULL;
}

static const struct schema *any_part(const struct view *v, enum schema_keyword k)
{
	const struct schema *s = part_with(v, k);
	return s ? s : v->count ? v->parts[0] : NULL;
}

static void compare_types(struct rules *r)
{
	const struct view *o = r->views[OLD], *n = r->views[NEW];
	bool narrowed = o->refined & ~n->types, widened = n->refined & ~o->types;
	if (!narrowed && !widened)
		return;
	struct difference *d = rule_difference(r, narrowed && widened ? CHANGE_KIND_SCHEMA_TYPE_CHANGED : narrowed ? CHANGE_KIND_SCHEMA_TYPE_NARROWED : CHANGE_KIND_SCHEMA_TYPE_WIDENED,
		(narrowed ? REQ : 0) | (widened ? RESP : 0));
	d->old_types = o->refined;
	d->new_types = n->refined;
	d->before = any_part(o, KW_TYPE);
	d->after = any_part(n, KW_TYPE);
	d->old_value = d->before ? schema_value(d->before, KW_TYPE) : NULL;
	d->new_value = d->after ? schema_value(d->after, KW_TYPE) : NULL;
}

/* Enumerations. */
static const struct doc *list_of(const struct view *v, enum schema_keyword *k, const struct schema **part, uint32_t *count)
{
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *constant = schema_value(v->parts[i], KW_CONST), *values = schema_value(v->parts[i], KW_ENUM);
		if (!constant && !values)
			continue;
		*k = constant ? KW_CONST : KW_ENUM;
		*part = v->parts[i];
		*count = constant ? 1 : values->count;
		return constant ? constant : values->items;
	}
	return NULL;
}

static bool in_list(const struct doc *values, uint32_t count, const struct doc *v)
{
	for (uint32_t i = 0; i < count; i++)
		if (doc_equal(&values[i], v))
			return true;
	return false;
}

/* The first value of A that B's list does not have, although A takes it. */
static const struct doc *missing(const struct rules *r, int direction, const struct doc *mine, uint32_t count, const struct doc *theirs, uint32_t their_count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!in_list(theirs, their_count, &mine[i]) && view_check(r->c, rule_a(r, direction), &mine[i], use_of(r->c, direction)) != VALIDITY_NO)
			return &mine[i];
	return NULL;
}

static void fill_values(struct difference *d, const struct schema *before, const struct schema *after, enum schema_keyword old_k, enum schema_keyword new_k)
{
	d->before = before;
	d->after = after;
	d->old_value = before ? schema_value(before, old_k) : NULL;
	d->new_value = after ? schema_value(after, new_k) : NULL;
}

/* Lists of B beyond its first, which compare_lists has judged: what A gives must stand in each. */
static void compare_further_lists(struct rules *r, int direction, const struct doc *mine, uint32_t count, const struct doc *judged)
{
	static const enum schema_keyword lists[] = { KW_ENUM, KW_CONST };
	const struct view *b = rule_b(r, direction);
	for (uint32_t i = 0; i < b->count; i++)
		for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
			const struct doc *value = schema_value(b->parts[i], lists[k]), *list = value && lists[k] == KW_ENUM ? value->items : value;
			if (!list || list == judged)
				continue;
			const struct doc *gone = missing(r, direction, mine, count, list, lists[k] == KW_ENUM ? value->count : 1);
			if (!gone)
				continue;
			struct difference *d = rule_difference(r, direction == REQ ? CHANGE_KIND_SCHEMA_ENUM_VALUE_REMOVED : CHANGE_KIND_SCHEMA_ENUM_VALUE_ADDED, direction);
			d->before = direction == REQ ? r->views[OLD]->parts[0] : b->parts[i];
			d->after = direction == REQ ? b->parts[i] : r->views[NEW]->parts[0];
			d->old_value = direction == REQ ? gone : value;
			d->new_value = direction == REQ ? value : gone;
			d->tight = gone;
		}
}

static void compare_lists(struct rules *r)
{
	enum schema_keyword old_k = KW_ENUM, new_k = KW_ENUM;
	const struct schema *before = NULL, *after = NULL;
	uint32_t old_count = 0, new_count = 0;
	const struct doc *old_list = list_of(r->views[OLD], &old_k, &before, &old_count), *new_list = list_of(r->views[NEW], &new_k, &after, &new_count);
	if (!old_list && !new_list)
		return;
	if (!old_list || !new_list) {
		enum change_kind kind = !old_list ? (new_k == KW_CONST ? CHANGE_KIND_SCHEMA_CONST_ADDED : CHANGE_KIND_SCHEMA_ENUM_ADDED) :
						    (old_k == KW_CONST ? CHANGE_KIND_SCHEMA_CONST_REMOVED : CHANGE_KIND_SCHEMA_ENUM_REMOVED);
		if (!concerns(r, old_list ? RESP : REQ, TYPE_ALL)) /* no type in common: that is the cause */
			return;
		struct difference *d = rule_difference(r, kind, old_list ? RESP : REQ);
		fill_values(d, before, after, old_k, new_k);
		return;
	}
	const struct doc *removed = missing(r, REQ, old_list, old_count, new_list, new_count), *added = missing(r, RESP, new_list, new_count, old_list, old_count);
	compare_further_lists(r, REQ, old_list, old_count, new_list);
	compare_further_lists(r, RESP, new_list, new_count, old_list);
	if (!concerns(r, REQ, TYPE_ALL))
		removed = NULL;
	if (!concerns(r, RESP, TYPE_ALL))
		added = NULL;
	if (removed && added && old_k == KW_CONST && new_k == KW_CONST) {
		struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_CONST_CHANGED, BOTH);
		fill_values(d, before, after, old_k, new_k);
		return;
	}
	if (removed) {
		struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_ENUM_VALUE_REMOVED, REQ);
		fill_values(d, before, after, old_k, new_k);
		d->tight = removed;
	}
	if (added) {
		struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_ENUM_VALUE_ADDED, RESP);
		fill_values(d, before, after, old_k, new_k);
		d->tight = added;
	}
}

/* Where a side takes few values only, each is tried: that decides the direction whatever the rules make of it. */
static bool all_taken(struct rules *r, int direction, const struct doc *values, uint32_t count, bool *refused)
{
	bool all = true;
	for (uint32_t i = 0; i < count; i++) {
		enum validity mine = view_check(r->c, rule_a(r, direction), &values[i], use_of(r->c, direction));
		enum validity theirs = mine == VALIDITY_NO ? VALIDITY_YES : view_check(r->c, rule_b(r, direction), &values[i], use_of(r->c, direction));
		all = all && theirs == VALIDITY_YES;
		*refused |= mine == VALIDITY_YES && theirs == VALIDITY_NO;
	}
	return all;
}

static int try_finite(struct rules *r, int direction)
{
	static const struct doc few[] = { { .type = DOC_NULL }, { .type = DOC_TRUE }, { .type = DOC_FALSE } };
	enum { TRIED = 64 };
	enum schema_keyword k;
	const struct schema *part;
	uint32_t count = ARRAY_LEN(few);
	const struct view *a = rule_a(r, direction);
	bool refused = false;
	const struct doc *values = list_of(a, &k, &part, &count);
	if (a->open_ended || rule_b(r, direction)->open_ended)
		return 0;
	if (!values && a->refined & ~(TYPE_NULL | TYPE_BOOL))
		return 0;
	if (!values) {
		values = few;
		count = ARRAY_LEN(few);
	}
	if (count <= TRIED && all_taken(r, direction, values, count, &refused))
		pair_at(r->c, r->pair)->proved |= (uint8_t)direction;
	return refused ? direction : 0;
}

/* Bounds. */
struct bound_kinds { enum schema_keyword keyword, exclusive; bool lower; unsigned types; enum change_kind added, tightened, loosened, removed, exclusive_added; };
#define KINDS(name, tight, loose) CHANGE_KIND_SCHEMA_##name##_ADDED, CHANGE_KIND_SCHEMA_##name##_##tight, CHANGE_KIND_SCHEMA_##name##_##loose, CHANGE_KIND_SCHEMA_##name##_REMOVED
static const struct bound_kinds bounds[] = {
	{ KW_MINIMUM, KW_EXCLUSIVE_MINIMUM, true, TYPE_NUMBER, KINDS(MINIMUM, RAISED, LOWERED), CHANGE_KIND_SCHEMA_EXCLUSIVE_MINIMUM_ADDED },
	{ KW_MAXIMUM, KW_EXCLUSIVE_MAXIMUM, false, TYPE_NUMBER, KINDS(MAXIMUM, LOWERED, RAISED), CHANGE_KIND_SCHEMA_EXCLUSIVE_MAXIMUM_ADDED },
	{ KW_MIN_LENGTH, KW_MIN_LENGTH, true, TYPE_STRING, KINDS(MIN_LENGTH, RAISED, LOWERED), CHANGE_KIND_SCHEMA_MIN_LENGTH_ADDED },
	{ KW_MAX_LENGTH, KW_MAX_LENGTH, false, TYPE_STRING, KINDS(MAX_LENGTH, LOWERED, RAISED), CHANGE_KIND_SCHEMA_MAX_LENGTH_ADDED },
	{ KW_MIN_ITEMS, KW_MIN_ITEMS, true, TYPE_ARRAY, KINDS(MIN_ITEMS, RAISED, LOWERED), CHANGE_KIND_SCHEMA_MIN_ITEMS_ADDED },
	{ KW_MAX_ITEMS, KW_MAX_ITEMS, false, TYPE_ARRAY, KINDS(MAX_ITEMS, LOWERED, RAISED), CHANGE_KIND_SCHEMA_MAX_ITEMS_ADDED },
	{ KW_MIN_PROPERTIES, KW_MIN_PROPERTIES, true, TYPE_OBJECT, KINDS(MIN_PROPERTIES, RAISED, LOWERED), CHANGE_KIND_SCHEMA_MIN_PROPERTIES_ADDED },
	{ KW_MAX_PROPERTIES, KW_MAX_PROPERTIES, false, TYPE_OBJECT, KINDS(MAX_PROPERTIES, LOWERED, RAISED), CHANGE_KIND_SCHEMA_MAX_PROPERTIES_ADDED },
};

/* The bound as the least (greatest) whole number that it allows, for values that are whole. */
static long double whole(const struct bound *b, bool lower)
{
	long double v = b->value->type == DOC_INT ? (long double)b->value->i : (long double)b->value->d;
	long double rounded = lower ? ceill(v) : floorl(v);
	if (b->exclusive && rounded == v)
		rounded += lower ? 1 : -1;
	return rounded;
}

/* Whether what A's bound allows, B's does too. */
static bool implied(const struct bound *a, const struct bound *b, bool lower, bool whole_numbers)
{
	if (!b->value)
		return true;
	if (!a->value)
		return false;
	if (whole_numbers) {
		long double x = whole(a, lower), y = whole(b, lower);
		return lower ? x >= y : x <= y;
	}
	int order = schema_number_order(a->value, b->value);
	if (order == 0)
		return a->exclusive || !b->exclusive;
	return lower ? order > 0 : order < 0;
}

/* A count that nothing is below of demands nothing. */
static bool is_idle(const struct bound_kinds *k, const struct bound *b) { return b->value && k->lower && k->types != TYPE_NUMBER && doc_number(b->value) <= 0; }

static void compare_bound(struct rules *r, const struct bound_kinds *k)
{
	struct bound b[2];
	int dirs = 0;
	for (int side = OLD; side <= NEW; side++) {
		b[side] = view_bound(r->views[side], k->keyword, k->exclusive, k->lower);
		if (is_idle(k, &b[side]))
			b[side] = (struct bound){ 0 };
	}
	if (!b[OLD].value && !b[NEW].value)
		return;
	for (int direction = REQ; direction <= RESP; direction++) {
		bool whole_numbers = k->types != TYPE_NUMBER || !(rule_a(r, direction)->refined & TYPE_FRACTION);
		int a = direction == REQ ? OLD : NEW;
		if (concerns(r, direction, k->types) && !implied(&b[a], &b[1 - a], k->lower, whole_numbers))
			dirs |= direction;
	}
	if (!dirs)
		return;
	int offset = !b[OLD].value ? 0 : !b[NEW].value ? 3 : dirs & REQ ? 1 : 2;
	bool exclusive = (b[OLD].exclusive || !b[OLD].value) && (b[NEW].exclusive || !b[NEW].value);
	const enum change_kind kinds[] = { k->added, k->tightened, k->loosened, k->removed };
	enum change_kind kind = exclusive ? (enum change_kind)(k->exclusive_added + (kinds[offset] - k->added)) : kinds[offset];
	struct difference *d = rule_difference(r, kind, dirs);
	d->before = b[OLD].part ? b[OLD].part : r->views[OLD]->count ? r->views[OLD]->parts[0] : NULL;
	d->after = b[NEW].part ? b[NEW].part : r->views[NEW]->count ? r->views[NEW]->parts[0] : NULL;
	d->old_value = b[OLD].value;
	d->new_value = b[NEW].value;
}

/* Keywords of which each must follow from one on the other side: multipleOf, pattern. */
static bool multiple_implied(const struct view *a, const struct doc *of)
{
	static const struct doc one = { .type = DOC_INT, .i = 1 };
	for (uint32_t i = 0; i < a->count; i++) {
		const struct doc *mine = schema_value(a->parts[i], KW_MULTIPLE_OF);
		if (mine && (doc_equal(mine, of) || (mine->type == DOC_INT && schema_number_multiple(mine, of))))
			return true;
	}
	return !(a->refined & TYPE_FRACTION) && schema_number_multiple(&one, of);
}

static bool pattern_implied(const struct view *a, const struct doc *pattern)
{
	for (uint32_t i = 0; i < a->count; i++) {
		const struct doc *mine = schema_value(a->parts[i], KW_PATTERN);
		if (mine && str_eq(doc_str(mine), doc_str(pattern)))
			return true;
	}
	return str_empty(doc_str(pattern)) || str_eq(doc_str(pattern), STR(".*")) || str_eq(doc_str(pattern), STR("^"));
}

static const struct schema *not_implied(const struct view *a, const struct view *b, enum schema_keyword k)
{
	for (uint32_t i = 0; i < b->count; i++) {
		const struct doc *v = schema_value(b->parts[i], k);
		if (v && !(k == KW_PATTERN ? pattern_implied(a, v) : multiple_implied(a, v)))
			return b->parts[i];
	}
	return NULL;
}

static void compare_each(struct rules *r, enum schema_keyword k, unsigned types, enum change_kind added, enum change_kind removed, enum change_kind changed)
{
	const struct schema *tight = concerns(r, REQ, types) ? not_implied(r->views[OLD], r->views[NEW], k) : NULL;
	const struct schema *loose = concerns(r, RESP, types) ? not_implied(r->views[NEW], r->views[OLD], k) : NULL;
	if (!tight && !loose)
		return;
	const struct schema *before = loose ? loose : part_with(r->views[OLD], k), *after = tight ? tight : part_with(r->views[NEW], k);
	struct difference *d = rule_difference(r, !before ? added : !after ? removed : changed, (tight ? REQ : 0) | (loose ? RESP : 0));
	fill_values(d, before, after, k, k);
	if (!d->before)
		d->before = any_part(r->views[OLD], k);
	if (!d->after)
		d->after = any_part(r->views[NEW], k);
}

static const struct schema *unique_part(const struct view *v)
{
	for (uint32_t i = 0; i < v->count; i++)
		if (doc_true(schema_value(v->parts[i], KW_UNIQUE_ITEMS)))
			return v->parts[i];
	return NULL;
}

static bool at_most_one(const struct view *v)
{
	struct bound most = view_bound(v, KW_MAX_ITEMS, KW_MAX_ITEMS, false);
	return most.value && doc_number(most.value) <= 1;
}

static void compare_unique(struct rules *r)
{
	const struct schema *before = unique_part(r->views[OLD]), *after = unique_part(r->views[NEW]);
	int direction = after ? REQ : RESP;
	if (!before == !after || !concerns(r, direction, TYPE_ARRAY) || at_most_one(rule_a(r, direction)))
		return;
	struct difference *d = rule_difference(r, after ? CHANGE_KIND_SCHEMA_UNIQUE_ITEMS_ADDED : CHANGE_KIND_SCHEMA_UNIQUE_ITEMS_REMOVED, direction);
	fill_values(d, before ? before : any_part(r->views[OLD], KW_UNIQUE_ITEMS), after ? after : any_part(r->views[NEW], KW_UNIQUE_ITEMS), KW_UNIQUE_ITEMS, KW_UNIQUE_ITEMS);
}

void rules_values(struct rules *r)
{
	const unsigned numbers = TYPE_NUMBER;
	compare_types(r);
	compare_lists(r);
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
		if (concerned(r, bounds[i].types))
			compare_bound(r, &bounds[i]);
	compare_each(r, KW_MULTIPLE_OF, numbers, CHANGE_KIND_SCHEMA_MULTIPLE_OF_ADDED, CHANGE_KIND_SCHEMA_MULTIPLE_OF_REMOVED, CHANGE_KIND_SCHEMA_MULTIPLE_OF_CHANGED);
	compare_each(r, KW_PATTERN, TYPE_STRING, CHANGE_KIND_SCHEMA_PATTERN_ADDED, CHANGE_KIND_SCHEMA_PATTERN_REMOVED, CHANGE_KIND_SCHEMA_PATTERN_CHANGED);
	compare_unique(r);
}

/* Where trying out found a refused value that no rule explains (a second list in another part), the schema as a whole is named. */
static void explain(struct rules *r, uint32_t first, int refused)
{
	int explained = 0;
	for (size_t i = first; i < r->c->obligations.count; i++)
		explained |= ARRAY_AT(&r->c->obligations, struct obligation, i)->dirs;
	if (!(refused & ~explained))
		return;
	struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, refused & ~explained);
	d->before = r->views[OLD]->count ? r->views[OLD]->parts[0] : NULL;
	d->after = r->views[NEW]->count ? r->views[NEW]->parts[0] : NULL;
}

static void compare_never(struct rules *r)
{
	bool old_never = r->views[OLD]->never || !r->views[OLD]->refined, new_never = r->views[NEW]->never || !r->views[NEW]->refined;
	if (old_never && new_never)
		return;
	struct difference *d = rule_difference(r, new_never ? CHANGE_KIND_SCHEMA_VALUES_REFUSED : CHANGE_KIND_SCHEMA_VALUES_ALLOWED, new_never ? REQ : RESP);
	d->before = r->views[OLD]->count ? r->views[OLD]->parts[0] : NULL;
	d->after = r->views[NEW]->count ? r->views[NEW]->parts[0] : NULL;
}

static void compare_open_ended(struct rules *r)
{
	struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, BOTH);
	d->before = r->views[OLD]->count ? r->views[OLD]->parts[0] : NULL;
	d->after = r->views[NEW]->count ? r->views[NEW]->parts[0] : NULL;
}

static bool same_parts(struct rules *r)
{
	const struct view *o = r->views[OLD], *n = r->views[NEW];
	for (uint32_t i = 0; i < o->count && o->count == n->count; i++)
		if (!schema_identical(r->c, o->parts[i], n->parts[i]))
			return false;
	return o->count == n->count;
}

void rules_expand(struct schema_compare *c, uint32_t pair)
{
	/* Copies: the arrays move. */
	const struct view old_view = *side_view(c, pair_at(c, pair), OLD), new_view = *side_view(c, pair_at(c, pair), NEW);
	struct rules r = { c, pair, pair_at(c, pair)->old_view, pair_at(c, pair)->new_view, { &old_view, &new_view } };
	uint32_t first = (uint32_t)c->obligations.count;
	if (old_view.never || new_view.never || !old_view.refined || !new_view.refined) {
		for (int direction = REQ; direction <= RESP; direction++)
			if (!rule_a(&r, direction)->never)
				try_finite(&r, direction);
		compare_never(&r);
	} else if (old_view.open_ended || new_view.open_ended) {
		if (!same_parts(&r))
			compare_open_ended(&r);
	} else {
		int refused = try_finite(&r, REQ) | try_finite(&r, RESP);
		rules_values(&r);
		rules_objects(&r);
		rules_arrays(&r);
		rules_combined(&r);
		rules_annotations(&r);
		explain(&r, first, refused);
	}
	struct pair *p = pair_at(c, pair);
	p->obligations = first;
	p->count = (uint32_t)c->obligations.count - first;
}
