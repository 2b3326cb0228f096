/* Witnesses: a value that one side's root takes and the other's does not. It is made for the pair where the difference is, so that it breaks just that
 * obligation, put into the least value around it up to a root, and checked there by the validator on both sides: what is reported as proved is proved.
 *
 * A *spot* is a place in the value, from the root down: the view that its value must fit (all that applies there on the giving side) and the step that led to it.
 * Work is bounded for each change (CANDIDATES, CHANGE_CHECKS, CHANGE_MAKES) and for all; what is not found stays unproved. */
#include "base/check.h"
#include "contract/schema/schema_compare_impl.h"

enum { CANDIDATES = 400, CHANGE_CHECKS = 400000, CHANGE_MAKES = 60000, SEEK_DEPTH = 6, SPOTS_MAX = 64, TRIES = 10, WITNESS_BYTES = 64 << 20, WITNESS_TEXT_MAX = 1 << 16, PATH_MAX_VISITS = 600 };

struct spot {
	const struct spot *above;      /* NULL at the root */
	struct view view;
	uint8_t step;
	uint32_t index;
	struct str name;
	bool aim;                      /* where the difference is */
};
struct seeking {
	struct schema_compare *c;
	struct arena arena;            /* of one candidate and what is around it */
	const struct root *root;
	int direction;                 /* of the root */
	unsigned candidates;
	uint64_t checks, makes;        /* that were left at the beginning */
	const struct doc *proof;       /* found */
	struct schema_fault fault;
	struct view refusing;          /* at the aim: what must refuse the value there, so that the proof is one of this difference and of no other beside it */
	uint64_t seed;
};

static const struct schema *giver(const struct seeking *s) { return s->direction == REQ ? s->root->before : s->root->after; }
static const struct schema *taker(const struct seeking *s) { return s->direction == REQ ? s->root->after : s->root->before; }

/* Puts a value into the least value of the spot above. */
static const struct doc *embed(struct seeking *s, const struct spot *at, const struct doc *value, uint64_t random)
{
	static const struct str other_names[] = { STR_INIT("other"), STR_INIT("x"), STR_INIT("p1"), STR_INIT("zz9"), STR_INIT("c") };
	struct maker m = { .c = s->c, .arena = &s->arena, .random = random };
	struct goal g = GOAL_ANY;
	g.inner = value;
	switch ((enum edge_step)at->step) {
	case STEP_PROPERTY:
		g.with = at->name;
		break;
	case STEP_OTHER_PROPERTY:
		g.other_name = other_names[random % ARRAY_LEN(other_names)];
		break;
	case STEP_PATTERN:
		g.other_name = make_text(&m, at->name, 0, -1);
		break;
	case STEP_NAME:
		g.other_name = doc_str(value);
		g.inner = NULL;
		break;
	case STEP_CONTAINS:
		g.index = 0;
		break;
	default:
		g.index = at->index;
	}
	return (g.with.p || g.other_name.p || g.index >= 0) ? make_instance(&m, &at->above->view, &g) : NULL;
}

static bool proves(struct seeking *s, const struct doc *value)
{
	enum schema_use use = use_of(s->c, s->direction);
	struct schema_fault fault;
	uint64_t given = s->c->checks < CHECK_STEPS ? s->c->checks : CHECK_STEPS, left = given;
	bool proof = schema_check_within(set_of(giver(s)), giver(s), value, use, NULL, &left) == VALIDITY_YES &&
		     schema_check_within(set_of(taker(s)), taker(s), value, use, &fault, &left) == VALIDITY_NO;
	s->c->checks -= given - left;
	if (!proof)
		return false;
	s->proof = value;
	s->fault = fault;
	return true;
}

static bool tired(const struct seeking *s)
{
	return s->candidates >= CANDIDATES || s->c->checks + CHANGE_CHECKS <= s->checks || s->c->makes + CHANGE_MAKES <= s->makes || !s->c->checks || !s->c->makes;
}

static bool misses(struct seeking *s, const struct spot *at, const struct doc *value)
{
	return at->aim && !s->refusing.open_ended && view_check(s->c, &s->refusing, value, use_of(s->c, s->direction)) == VALIDITY_YES;
}

/* A value for a spot: whether it proves the break when it is put into a root's value. */
static bool candidate(struct seeking *s, const struct spot *at, const struct doc *value)
{
	enum { AROUND = 5 };
	if (!value || tired(s) || view_check(s->c, &at->view, value, use_of(s->c, s->direction)) == VALIDITY_NO || misses(s, at, value))
		return false;
	for (uint64_t around = 0; around < (at->above ? AROUND : 1) && !tired(s); around++) {
		const struct doc *whole = value;
		s->candidates++;
		for (const struct spot *i = at; whole && i->above; i = i->above) {
			whole = embed(s, i, whole, around ? around * 7919 + s->seed : 0);
			whole = whole && misses(s, i->above, whole) ? NULL : whole;
		}
		if (whole && proves(s, whole))
			return true;
	}
	return false;
}

static bool try_goal(struct seeking *s, const struct spot *at, const struct goal *g, unsigned tries)
{
	for (unsigned i = 0; i < tries && !tired(s); i++) {
		struct maker m = { .c = s->c, .arena = &s->arena, .random = i ? i * 104729 + s->seed : 0 };
		if (candidate(s, at, make_instance(&m, &at->view, g)))
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
	return candidate(s, at, bound);
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
	return try_goal(s, at, &g, TRIES);
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
		return candidate(s, at, list);
	for (uint32_t i = 0; i < list->count && i < 64; i++)
		if (candidate(s, at, &list->items[i]))
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
		if (candidate(s, at, d))
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

static uint32_t join(struct schema_compare *c, const struct view *a, const struct view *b)
{
	const struct schema *list[2 * VIEW_PARTS_MAX];
	const struct schema_entry *chosen[2 * VIEW_CHOSEN_MAX];
	size_t n = a->count, k = a->chosen_count < VIEW_CHOSEN_MAX ? a->chosen_count : VIEW_CHOSEN_MAX;
	memcpy(list, a->parts, n * sizeof(list[0]));
	memcpy(list + n, b->parts, b->count * sizeof(list[0]));
	if (k)
		memcpy(chosen, a->chosen, k * sizeof(chosen[0]));
	for (uint32_t i = 0; i < b->chosen_count && k < VIEW_CHOSEN_MAX; i++)
		chosen[k++] = b->chosen[i];
	/* A choice of `a` whose branch `b` is, is decided. */
	struct disjunction open[DISJUNCTIONS_MAX];
	size_t count = view_disjunctions(a, open);
	for (size_t i = 0; i < count && k < VIEW_CHOSEN_MAX; i++)
		for (uint32_t j = 0; j < open[i].entry->value->count; j++) {
			uint32_t v = view_of_schema(c, open[i].entry->list[j]);
			if (v != UINT32_MAX && b->count && view_at(c, v)->count == b->count && view_at(c, v)->parts[0] == b->parts[0]) {
				chosen[k++] = open[i].entry;
				break;
			}
		}
	return view_of_schemas(c, list, n + b->count, chosen, k);
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
			joined = join(s->c, &next.view, &copy);
		}
		if (list[i] && joined == UINT32_MAX)
			return false;
		if (list[i])
			next.view = *view_at(s->c, joined);
	}
	return try_goal(s, &next, &any, TRIES);
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
		return try_goal(s, at, &g, TRIES);
	case CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_ADDED:
	case CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_REMOVED:
	case CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_CHANGED:
		g.other_name = STR("zz9");
		return try_goal(s, at, &g, TRIES);
	default:
		return false;
	}
}

/* Values that are aimed at the keyword that changed. */
static bool try_aimed(struct seeking *s, const struct spot *at, const struct difference *d, int direction, const struct view *b)
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
		return try_goal(s, at, &g, TRIES);
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_ADDED:
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_OPTIONAL:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED:
		g.without = d->property;
		return try_goal(s, at, &g, TRIES);
	case CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_ADDED:
	case CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_REMOVED:
		return try_demand(s, at, d, direction);
	case CHANGE_KIND_SCHEMA_MULTIPLE_OF_ADDED:
	case CHANGE_KIND_SCHEMA_MULTIPLE_OF_REMOVED:
	case CHANGE_KIND_SCHEMA_MULTIPLE_OF_CHANGED:
		if (try_parts(s, at, tight_bound(d, direction)))
			return true;
		g.types = TYPE_INTEGER;
		if (try_goal(s, at, &g, TRIES))
			return true;
		g.types = TYPE_FRACTION;
		return try_goal(s, at, &g, TRIES);
	case CHANGE_KIND_SCHEMA_PATTERN_ADDED:
	case CHANGE_KIND_SCHEMA_PATTERN_REMOVED:
	case CHANGE_KIND_SCHEMA_PATTERN_CHANGED:
		g.types = TYPE_STRING;
		return try_goal(s, at, &g, 2 * TRIES);
	default:
		return try_combined(s, at, d, direction);
	}
}

/* Each type the view takes, a few times; for an object also without each member that nobody demands, for an array by length. */
static bool try_anything(struct seeking *s, const struct spot *at)
{
	struct goal g = GOAL_ANY;
	if (try_goal(s, at, &g, TRIES))
		return true;
	for (unsigned bit = 1; bit <= TYPE_OBJECT; bit <<= 1) {
		g.types = (uint8_t)bit;
		if (at->view.refined & bit && try_goal(s, at, &g, bit == TYPE_NULL ? 1 : TRIES))
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
static bool try_spoken_of(struct seeking *s, const struct spot *at, const struct view *b)
{
	static const enum schema_keyword numbers[] = { KW_MINIMUM, KW_MAXIMUM, KW_EXCLUSIVE_MINIMUM, KW_EXCLUSIVE_MAXIMUM, KW_MULTIPLE_OF, KW_CONST };
	for (uint32_t i = 0; i < b->count; i++) {
		for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
			if (candidate(s, at, schema_value(b->parts[i], numbers[k])))
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

static bool seek_pair(struct seeking *s, const struct spot *at, uint32_t pair, int direction, unsigned depth);

/* The direction that an edge asks for below, where `direction` is asked above; of both, the one that does not hold. */
static int direction_below(const struct schema_compare *c, const struct edge *e, int direction)
{
	uint8_t unsafe = ARRAY_AT(&c->pairs, struct pair, e->child)->unsafe;
	if (e->map == MAP_BOTH)
		return unsafe & direction ? direction : BOTH & ~direction;
	return e->map == MAP_SAME ? direction : BOTH & ~direction;
}

static bool seek_edge(struct seeking *s, const struct spot *at, const struct edge *e, int direction, unsigned depth)
{
	struct schema_compare *c = s->c;
	if (e->child == NO_PAIR || depth >= SEEK_DEPTH || tired(s))
		return false;
	int below = direction_below(c, e, direction);
	if (!(pair_at(c, e->child)->unsafe & below))
		return false;
	const struct view inner = *side_view(c, pair_at(c, e->child), below == REQ ? OLD : NEW);
	struct spot next = { .above = at, .view = inner, .step = e->step, .index = e->index, .name = e->name };
	if (e->step == STEP_HERE || e->step == STEP_NOT) {
		uint32_t joined = join(c, &at->view, &inner);
		if (joined == UINT32_MAX)
			return false;
		next = *at;
		next.view = *view_at(c, joined);
	} else if (e->step == STEP_CONTAINS) {
		next.index = 0;
	}
	return seek_pair(s, &next, e->child, below, depth + 1);
}

static bool seek_obligation(struct seeking *s, const struct spot *at, uint32_t pair, const struct obligation *o, int direction, unsigned depth)
{
	struct schema_compare *c = s->c;
	const struct view b = *side_view(c, pair_at(c, pair), direction == REQ ? NEW : OLD);
	const struct obligation copy = *o;
	const struct difference d = copy.difference == NO_DIFFERENCE ? (struct difference){ .kind = CHANGE_KIND_COUNT } : *ARRAY_AT(&c->differences, struct difference, copy.difference);
	if (copy.difference != NO_DIFFERENCE && try_aimed(s, at, &d, direction, &b))
		return true;
	for (uint32_t i = 0; i < copy.edge_count; i++) {
		const struct edge e = *ARRAY_AT(&c->edges, struct edge, copy.edges + i);
		if (seek_edge(s, at, &e, direction, depth))
			return true;
	}
	return copy.difference != NO_DIFFERENCE && (try_spoken_of(s, at, &b) || try_anything(s, at));
}

static bool seek_pair(struct seeking *s, const struct spot *at, uint32_t pair, int direction, unsigned depth)
{
	struct schema_compare *c = s->c;
	const struct pair p = *pair_at(c, pair);
	const struct view b = *side_view(c, &p, direction == REQ ? NEW : OLD);
	if (b.never)
		return try_anything(s, at);
	for (uint32_t i = 0; i < p.count && !tired(s); i++) {
		const struct obligation *o = ARRAY_AT(&c->obligations, struct obligation, p.obligations + i);
		if (obligation_broken(c, &p, o) & direction && seek_obligation(s, at, pair, o, direction, depth))
			return true;
	}
	return false;
}

/* The spots from a root to a visit. */
static size_t spots_to(struct schema_compare *c, uint32_t visit, struct spot *spots)
{
	uint32_t path[PATH_MAX_VISITS];
	size_t n = 0, count = 0;
	for (uint32_t at = visit; at != UINT32_MAX; at = ARRAY_AT(&c->visits, struct visit, at)->from) {
		if (n == PATH_MAX_VISITS)
			return 0;
		path[n++] = at;
	}
	while (n--) {
		const struct visit v = *ARRAY_AT(&c->visits, struct visit, path[n]);
		const struct view here = *side_view(c, pair_at(c, v.pair), v.local == REQ ? OLD : NEW);
		const struct edge *e = v.from == UINT32_MAX ? NULL : ARRAY_AT(&c->edges, struct edge, v.edge);
		if (e && (e->step == STEP_HERE || e->step == STEP_NOT)) {
			uint32_t joined = join(c, &spots[count - 1].view, &here);
			if (joined == UINT32_MAX)
				return 0;
			spots[count - 1].view = *view_at(c, joined);
			continue;
		}
		if (count == SPOTS_MAX)
			return 0;
		spots[count] = (struct spot){ .above = count ? &spots[count - 1] : NULL, .view = here };
		if (e) {
			spots[count].step = e->step;
			spots[count].index = e->index;
			spots[count].name = e->name;
		}
		count++;
	}
	return count;
}

static struct str fault_text(struct arena *a, const struct schema_fault *f)
{
	const char *where = f->instance[0] ? f->instance : f->message[0] == '`' ? "" : "the value";
	return arena_printf(a, "%s%s%s", where, where[0] ? " " : "", f->message);
}

static void keep(struct seeking *s, struct change *x)
{
	static const enum witness_what by_direction[] = { [REQ] = WITNESS_REQUEST, [RESP] = WITNESS_RESPONSE };
	struct arena *a = &s->c->out->arena;
	struct buf b;
	struct json_out o;
	buf_init(&b, WITNESS_TEXT_MAX);
	json_out_init(&o, &b);
	doc_write(s->proof, &o);
	struct str why = fault_text(a, &s->fault), text = buf_ok(&b) ? arena_str(a, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	if (!text.p)
		return;
	x->witness = (struct witness){ .state = WITNESS_PROVED, .what = s->root->root.position == SCHEMA_RECORD ? WITNESS_RECORD : by_direction[s->direction], .of = s->root->root.of,
		.text = text, .before = s->direction == REQ ? STR("valid") : why, .after = s->direction == REQ ? why : STR("valid") };
}

static bool seek_visit(struct seeking *s, uint32_t visit, const struct obligation *o, int direction)
{
	struct spot spots[SPOTS_MAX];
	const struct visit v = *ARRAY_AT(&s->c->visits, struct visit, visit);
	size_t n = spots_to(s->c, visit, spots);
	s->root = ARRAY_AT(&s->c->roots, struct root, v.root);
	s->direction = v.root_direction;
	if (!n)
		return false;
	spots[n - 1].aim = true;
	s->refusing = *side_view(s->c, pair_at(s->c, v.pair), direction == REQ ? NEW : OLD);
	return seek_obligation(s, &spots[n - 1], v.pair, o, direction, 0);
}

void witness_find(struct schema_compare *c, const struct obligation *o, const struct difference *d, uint8_t broken, struct change *x)
{
	struct seeking s = { .c = c, .seed = d->pair + 1, .checks = c->checks, .makes = c->makes };
	arena_init(&s.arena, WITNESS_BYTES);
	for (int local = REQ; local <= RESP && !s.proof; local++)
		for (int root = REQ; root <= RESP && !s.proof; root++) {
			uint32_t number = c->visit_of[(size_t)d->pair * VISIT_STATES + visit_state(local, root)];
			if (number && broken & local)
				seek_visit(&s, number - 1, o, local);
		}
	if (s.proof)
		keep(&s, x);
	arena_release(&s.arena);
}
