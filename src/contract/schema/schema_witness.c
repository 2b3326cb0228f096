/* Witnesses: a value that one side's root takes and the other's does not. It is made for the pair where the difference is, so that it breaks just that
 * obligation, put into the least value around it up to a root, and checked there by the validator on both sides: what is reported as proved is proved.
 *
 * A *spot* is a place in the value, from the root down: the view that its value must fit (all that applies there on the giving side) and the step that led to it.
 * Work is bounded for each change (CANDIDATES, CHANGE_CHECKS, CHANGE_MAKES) and for all; what is not found stays unproved. */
#include "base/check.h"
#include "contract/schema/schema_witness.h"

enum { CANDIDATES = 400, CHANGE_CHECKS = 400000, CHANGE_MAKES = 60000, SEEK_DEPTH = 6, SPOTS_MAX = 64, WITNESS_BYTES = 64 << 20, WITNESS_TEXT_MAX = 1 << 16, PATH_MAX_VISITS = 600 };

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

bool seeking_tired(const struct seeking *s)
{
	return s->candidates >= CANDIDATES || s->c->checks + CHANGE_CHECKS <= s->checks || s->c->makes + CHANGE_MAKES <= s->makes || !s->c->checks || !s->c->makes;
}

static bool misses(struct seeking *s, const struct spot *at, const struct doc *value)
{
	return at->aim && !s->refusing.open_ended && view_check(s->c, &s->refusing, value, use_of(s->c, s->direction)) == VALIDITY_YES;
}

/* A value for a spot: whether it proves the break when it is put into a root's value. */
bool seeking_candidate(struct seeking *s, const struct spot *at, const struct doc *value)
{
	enum { AROUND = 5 };
	if (!value || seeking_tired(s) || view_check(s->c, &at->view, value, use_of(s->c, s->direction)) == VALIDITY_NO ||
		misses(s, at, value))
		return false;
	for (uint64_t around = 0; around < (at->above ? AROUND : 1) && !seeking_tired(s); around++) {
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

uint32_t seeking_join(struct schema_compare *c, const struct view *a, const struct view *b)
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
	if (e->child == NO_PAIR || depth >= SEEK_DEPTH || seeking_tired(s))
		return false;
	int below = direction_below(c, e, direction);
	if (!(pair_at(c, e->child)->unsafe & below))
		return false;
	const struct view inner = *side_view(c, pair_at(c, e->child), below == REQ ? OLD : NEW);
	struct spot next = { .above = at, .view = inner, .step = e->step, .index = e->index, .name = e->name };
	if (e->step == STEP_HERE || e->step == STEP_NOT) {
		uint32_t joined = seeking_join(c, &at->view, &inner);
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
	if (copy.difference != NO_DIFFERENCE && aim_at_difference(s, at, &d, direction, &b))
		return true;
	for (uint32_t i = 0; i < copy.edge_count; i++) {
		const struct edge e = *ARRAY_AT(&c->edges, struct edge, copy.edges + i);
		if (seek_edge(s, at, &e, direction, depth))
			return true;
	}
	return copy.difference != NO_DIFFERENCE && (aim_at_spoken_of(s, at, &b) || aim_anywhere(s, at));
}

static bool seek_pair(struct seeking *s, const struct spot *at, uint32_t pair, int direction, unsigned depth)
{
	struct schema_compare *c = s->c;
	const struct pair p = *pair_at(c, pair);
	const struct view b = *side_view(c, &p, direction == REQ ? NEW : OLD);
	if (b.never)
		return aim_anywhere(s, at);
	for (uint32_t i = 0; i < p.count && !seeking_tired(s); i++) {
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
			uint32_t joined = seeking_join(c, &spots[count - 1].view, &here);
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
