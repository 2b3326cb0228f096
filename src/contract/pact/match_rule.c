/* Which rule is in force where a comparison stands. A rule's path fits where the comparison stands, or further in: then it cascades. Of several the heaviest wins
 * (specification version 2, "matching rules": 2 for a name or index, 1 for *, multiplied, and, as npm's Pact does, times the number of steps). */
#include "contract/pact/match_impl.h"

static bool index_is(struct str name, uint32_t index)
{
	uint64_t n;
	return str_to_u64(name, &n) && n == index;
}

/* 2, 1, or 0 for no fit. A list's index and an object's key of digits are the same to a path. */
static unsigned step_weight(const struct pact_step *rule, const struct pact_step *here)
{
	switch (rule->kind) {
	case PACT_STEP_ANY_NAME:
		return 1;
	case PACT_STEP_NAME:
		return here->kind == PACT_STEP_NAME ? (str_eq(rule->name, here->name) ? 2 : 0) : index_is(rule->name, here->index) ? 2 : 0;
	case PACT_STEP_INDEX:
		return here->kind == PACT_STEP_INDEX ? (rule->index == here->index ? 2 : 0) : index_is(here->name, rule->index) ? 2 : 0;
	case PACT_STEP_ANY_INDEX: {
		uint64_t n;
		return here->kind == PACT_STEP_INDEX || str_to_u64(here->name, &n) ? 1 : 0;
	}
	}
	return 0;
}

struct weight { uint64_t weight; bool cascaded; };

static struct weight weigh(const struct pact_path *p, const struct pact_step *steps, uint32_t depth)
{
	uint64_t w = 2;
	if (p->count > depth)
		return (struct weight){ 0, false };
	for (uint32_t i = 0; i < p->count; i++) {
		unsigned one = step_weight(&p->steps[i], &steps[i]);
		if (!one)
			return (struct weight){ 0, false };
		if (w < UINT64_MAX / 256)
			w *= one;
	}
	return (struct weight){ w * (p->count + 1), p->count != depth };
}

/* In XML each element has an index among its like-named siblings, which a path may leave out; a [*] where a name should stand is any name. */
static struct weight weigh_xml(const struct pact_path *p, const struct pact_step *steps, uint32_t depth)
{
	uint64_t w = 2;
	uint32_t at = 0;
	for (uint32_t i = 0; i < p->count; i++) {
		const struct pact_step *rule = &p->steps[i];
		bool index = rule->kind == PACT_STEP_INDEX || rule->kind == PACT_STEP_ANY_INDEX;
		unsigned one;
		if (!index && at < depth && steps[at].kind == PACT_STEP_INDEX)
			at++;
		if (at >= depth)
			return (struct weight){ 0, false };
		if (rule->kind == PACT_STEP_ANY_INDEX)
			one = 1;
		else
			one = step_weight(rule, &steps[at]);
		if (!one)
			return (struct weight){ 0, false };
		if (w < UINT64_MAX / 256)
			w *= one;
		at++;
	}
	while (at < depth && steps[at].kind == PACT_STEP_INDEX)
		at++;
	return (struct weight){ w * (p->count + 1), at != depth };
}

struct pact_force pact_force_here(struct pact_matching *m)
{
	const struct pact_rule *best = NULL;
	struct weight heaviest = { 0, false };
	if (m->inherited.count) /* what an eachValue demands of its values goes before all rules of the pact (npm's Pact does it so) */
		return (struct pact_force){ m->inherited.matchers, m->inherited.count, false, m->depth != m->inherited_depth };
	for (uint32_t i = 0; i < m->rules->count; i++) {
		const struct pact_rule *r = &m->rules->items[i];
		struct weight w = m->xml ? weigh_xml(&r->path, m->steps, m->depth) : weigh(&r->path, m->steps, m->depth);
		if (w.weight && w.weight >= heaviest.weight) {
			heaviest = w;
			best = r;
		}
	}
	if (!best)
		return (struct pact_force){ 0 };
	return (struct pact_force){ best->matchers, best->count, best->any, heaviest.cascaded };
}
