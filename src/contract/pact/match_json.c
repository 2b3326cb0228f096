/* JSON bodies: objects member by member, lists item by item, under the rules that are in force at each place. Where a list's or object's rule is of its shape
 * (type, values, eachKey, arrayContains …) it decides how members are paired; rules of values fall through to the members. As npm's Pact judges. */
#include "contract/pact/match_impl.h"

static bool compare(struct pact_matching *m, const struct doc *e, const struct doc *a);

static bool member(struct pact_matching *m, const struct doc_member *at, const struct doc *e)
{
	if (!pact_push(m, PACT_STEP_NAME, doc_key(at), 0))
		return false;
	bool ok = compare(m, e, &at->value);
	pact_pop(m, 1);
	return ok;
}

static bool item(struct pact_matching *m, uint32_t index, const struct doc *e, const struct doc *a)
{
	if (!pact_push(m, PACT_STEP_INDEX, (struct str){ NULL, 0 }, index))
		return false;
	bool ok = compare(m, e, a);
	pact_pop(m, 1);
	return ok;
}

/* Names that are missing, or too many. */
static bool keys(struct pact_matching *m, const struct doc *e, const struct doc *a)
{
	bool ok = true;
	for (uint32_t i = 0; i < e->count; i++) {
		if (doc_get(a, doc_key(&e->members[i])))
			continue;
		struct str key = str_sub(doc_key(&e->members[i]), 0, 200);
		ok = pact_differs(m, key, (struct str){ NULL, 0 }, "the member \"%.*s\" is missing", STR_FMT(key));
		if (!m->out)
			return false;
	}
	for (uint32_t i = 0; !m->more && i < a->count; i++) {
		if (doc_get(e, doc_key(&a->members[i])))
			continue;
		struct str key = str_sub(doc_key(&a->members[i]), 0, 200);
		ok = pact_differs(m, (struct str){ NULL, 0 }, key, "the member \"%.*s\" is not expected", STR_FMT(key));
		if (!m->out)
			return false;
	}
	return ok;
}

static bool members(struct pact_matching *m, const struct doc *e, const struct doc *a)
{
	bool ok = keys(m, e, a);
	for (uint32_t i = 0; (ok || m->out) && i < e->count; i++) {
		const struct doc_member *at = doc_member(a, doc_key(&e->members[i]));
		if (at)
			ok = member(m, at, &e->members[i].value) && ok;
	}
	return ok;
}

/* The expected value that an actual member of any name is compared with. */
static const struct doc *like(const struct doc *e, const struct doc_member *a)
{
	const struct doc *same = doc_get(e, doc_key(a));
	return same ? same : e->count ? &e->members[0].value : NULL;
}

static bool values(struct pact_matching *m, const struct doc *e, const struct doc *a)
{
	bool ok = true;
	for (uint32_t i = 0; (ok || m->out) && i < a->count; i++) {
		const struct doc *expected = like(e, &a->members[i]);
		if (expected)
			ok = member(m, &a->members[i], expected) && ok;
	}
	return ok;
}

/* Each value by the matcher's own rules and by no others. */
static bool each_value(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a)
{
	struct pact_force before = m->inherited;
	uint32_t before_depth = m->inherited_depth;
	bool object = a->type == DOC_OBJECT, ok = true;
	m->inherited = (struct pact_force){ k->inner, k->inner_count, false, false };
	m->inherited_depth = m->depth + 1;
	for (uint32_t i = 0; (ok || m->out) && i < a->count; i++) {
		const struct doc *expected = object ? like(e, &a->members[i]) : i < e->count ? &e->items[i] : e->count ? &e->items[0] : NULL;
		const struct doc *actual = object ? &a->members[i].value : &a->items[i];
		if (!expected)
			expected = actual;
		ok = (object ? member(m, &a->members[i], expected) : item(m, i, expected, actual)) && ok;
	}
	m->inherited = before;
	m->inherited_depth = before_depth;
	return ok;
}

static bool each_key(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a)
{
	bool ok = true;
	for (uint32_t i = 0; (ok || m->out) && i < a->count; i++) {
		const struct doc_member *at = &a->members[i];
		struct doc key = pact_text_doc(doc_key(at)), example = e->count ? pact_text_doc(doc_key(&e->members[0])) : key;
		if (!pact_push(m, PACT_STEP_NAME, doc_key(at), 0))
			return false;
		ok = pact_scalar(m, (struct pact_force){ k->inner, k->inner_count, false, false }, &example, &key) && ok;
		pact_pop(m, 1);
		const struct doc *expected = doc_get(e, doc_key(at));
		if (expected && (ok || m->out))
			ok = member(m, at, expected) && ok;
	}
	return ok;
}

static bool sized(struct pact_matching *m, const struct pact_matcher *k, const struct doc *a)
{
	if (k->has_min && a->count < k->min)
		return pact_differs(m, (struct str){ NULL, 0 }, pact_show(m, a), "expected at least %llu items but there are %u", (unsigned long long)k->min, a->count);
	if (k->has_max && a->count > k->max)
		return pact_differs(m, (struct str){ NULL, 0 }, pact_show(m, a), "expected at most %llu items but there are %u", (unsigned long long)k->max, a->count);
	return true;
}

/* Items by their like; a list that is longer than its example repeats the example's first. */
static bool items_like(struct pact_matching *m, const struct doc *e, const struct doc *a)
{
	bool ok = true;
	for (uint32_t i = 0; e->count && (ok || m->out) && i < a->count; i++)
		ok = item(m, i, i < e->count ? &e->items[i] : &e->items[0], &a->items[i]) && ok;
	return ok;
}

static bool items(struct pact_matching *m, const struct doc *e, const struct doc *a)
{
	bool ok = e->count == a->count;
	if (!ok)
		pact_differs(m, pact_show(m, e), pact_show(m, a), "expected a list of %u items but it has %u", e->count, a->count);
	for (uint32_t i = 0; (ok || m->out) && i < e->count && i < a->count; i++)
		ok = item(m, i, &e->items[i], &a->items[i]) && ok;
	return ok;
}

/* Whether an item fits a variant: under its rules alone, from a root of its own, and without telling. */
static bool variant_fits(struct pact_matching *m, const struct pact_rules *rules, const struct doc *e, const struct doc *a)
{
	struct pact_matching *own = arena_alloc(m->scratch, sizeof(*own));
	if (!own)
		return pact_work(m, UINT64_MAX);
	*own = (struct pact_matching){ .part = m->part, .rules = rules, .where = m->where, .more = m->more, .textual = m->textual, .scratch = m->scratch, .work = m->work };
	bool ok = compare(own, e, a);
	m->work = own->work;
	return ok && pact_work(m, 1);
}

static bool contains_one(struct pact_matching *m, const struct pact_rules *rules, uint32_t index, const struct doc *e, const struct doc *a)
{
	if (index >= e->count)
		return pact_differs_fault(m, arena_printf(m->scratch, "the variant %u of arrayContains has no example: the list in the pact has %u items", index, e->count));
	for (uint32_t i = 0; i < a->count; i++)
		if (variant_fits(m, rules, &e->items[index], &a->items[i]))
			return true;
	return pact_differs(m, pact_show(m, &e->items[index]), pact_show(m, a), "no item of the list is like the variant at index %u", index);
}

static bool contains(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a)
{
	static const struct pact_rules none = { NULL, 0 };
	bool ok = true;
	for (uint32_t i = 0; (ok || m->out) && i < (k->variants_count ? k->variants_count : e->count); i++)
		ok = contains_one(m, k->variants_count ? k->variants[i].rules : &none, k->variants_count ? k->variants[i].index : i, e, a) && ok;
	return ok;
}

static bool whole(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a, bool cascaded)
{
	struct str why = { NULL, 0 };
	if (k->fault.len)
		return pact_differs_fault(m, k->fault);
	return pact_value_fits(m, k, e, a, cascaded, m->out ? &why : NULL) ? true : pact_differs(m, pact_show(m, e), pact_show(m, a), "%.*s", STR_FMT(why));
}

static bool object_by(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a, bool cascaded)
{
	if (k->fault.len)
		return pact_differs_fault(m, k->fault);
	if (cascaded)
		return members(m, e, a);
	switch (k->kind) {
	case PACT_VALUES:
		return values(m, e, a);
	case PACT_EACH_KEY:
		return each_key(m, k, e, a);
	case PACT_EACH_VALUE:
		return each_value(m, k, e, a);
	case PACT_TYPE:
	case PACT_REGEX:
		return members(m, e, a);
	case PACT_INCLUDE:
		return pact_differs(m, pact_show(m, e), pact_show(m, a), "the matcher include is for texts; the value is an object");
	default:
		/* equality, notEmpty; what is of single values only can fit no object */
		return whole(m, k, e, a, cascaded) && members(m, e, a);
	}
}

static bool list_by(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a, bool cascaded)
{
	bool ok;
	if (k->fault.len)
		return pact_differs_fault(m, k->fault);
	if (cascaded)
		return k->kind == PACT_EQUALITY || k->kind == PACT_VALUES ? items(m, e, a) : items_like(m, e, a);
	switch (k->kind) {
	case PACT_ARRAY_CONTAINS:
		return contains(m, k, e, a);
	case PACT_EACH_VALUE:
		return each_value(m, k, e, a);
	case PACT_EACH_KEY:
		return whole(m, k, e, a, cascaded);
	case PACT_EQUALITY:
	case PACT_NOT_EMPTY:
		ok = whole(m, k, e, a, cascaded);
		return k->kind == PACT_EQUALITY ? ok : items_like(m, e, a) && ok;
	default:
		ok = sized(m, k, a);
		return (ok || m->out) && items_like(m, e, a) && ok;
	}
}

static bool by_rule(struct pact_matching *m, struct pact_force f, const struct doc *e, const struct doc *a)
{
	struct pact_mark before = pact_mark(m);
	bool object = e->type == DOC_OBJECT, ok = !f.any;
	for (uint32_t i = 0; i < f.count; i++) {
		const struct pact_matcher *k = &f.matchers[i];
		bool same = e->type == a->type, one;
		/* Among alternatives there may be one for a value of another type: null, or text. */
		one = !same ? whole(m, k, e, a, f.cascaded) : object ? object_by(m, k, e, a, f.cascaded) : list_by(m, k, e, a, f.cascaded);
		if (f.any && one) {
			pact_rewind(m, before);
			return true;
		}
		ok = ok && one;
		if (!ok && !f.any && !m->out)
			return false;
	}
	return ok;
}

static bool compare(struct pact_matching *m, const struct doc *e, const struct doc *a)
{
	bool container = e->type == DOC_OBJECT || e->type == DOC_ARRAY;
	if (!pact_work(m, 1 + m->rules->count))
		return false;
	struct pact_force f = pact_force_here(m);
	if (!container)
		return pact_scalar(m, f, e, a);
	if (e->type != a->type && !f.any)
		return pact_differs(m, pact_show(m, e), pact_show(m, a), "expected %s but got %s", pact_type_name(e), pact_type_name(a));
	if (f.count)
		return by_rule(m, f, e, a);
	if (e->type != a->type)
		return pact_differs(m, pact_show(m, e), pact_show(m, a), "expected %s but got %s", pact_type_name(e), pact_type_name(a));
	return e->type == DOC_OBJECT ? members(m, e, a) : items(m, e, a);
}

bool pact_json_compare(struct pact_matching *m, const struct doc *e, const struct doc *a) { return compare(m, e, a); }
