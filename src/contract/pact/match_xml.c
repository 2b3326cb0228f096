/* XML bodies: elements by name and namespace, attributes by name in any order, children grouped by name in order within their group, text without the white space
 * around it. Paths of rules name elements ($.a.b), attributes ($.a['@x']) and text ($.a['#text']); indices may be left out. */
#include "contract/pact/match_impl.h"

static struct str step_text(struct pact_matching *m, const char *before, const struct xml_name *n)
{
	if (!n->prefix.len)
		return before[0] ? arena_printf(m->scratch, "%s%.*s", before, STR_FMT(n->local)) : n->local;
	return arena_printf(m->scratch, "%s%.*s:%.*s", before, STR_FMT(n->prefix), STR_FMT(n->local));
}

static const struct pact_matcher *shape(const struct pact_force *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (f->matchers[i].kind == PACT_TYPE)
			return &f->matchers[i];
	return NULL;
}

static bool text_at(struct pact_matching *m, struct str step, struct str e, struct str a)
{
	if (!step.p || !pact_push(m, PACT_STEP_NAME, step, 0))
		return false;
	bool ok = pact_text_fits(m, pact_force_here(m), e, a);
	pact_pop(m, 1);
	return ok;
}

static const struct xml_attribute *attribute(const struct xml_node *n, const struct xml_name *name)
{
	for (uint32_t i = 0; i < n->attributes_count; i++)
		if (xml_same_name(&n->attributes[i].name, name))
			return &n->attributes[i];
	return NULL;
}

static bool attributes(struct pact_matching *m, const struct xml_node *e, const struct xml_node *a)
{
	bool ok = true;
	for (uint32_t i = 0; (ok || m->out) && i < e->attributes_count; i++) {
		const struct xml_attribute *x = &e->attributes[i], *there = attribute(a, &x->name);
		if (there)
			ok = text_at(m, step_text(m, "@", &x->name), x->value, there->value) && ok;
		else
			ok = pact_differs(m, x->value, (struct str){ NULL, 0 }, "the attribute %.*s is missing", STR_FMT(str_sub(x->name.local, 0, 200)));
	}
	for (uint32_t i = 0; (ok || m->out) && !m->more && i < a->attributes_count; i++)
		if (!attribute(e, &a->attributes[i].name))
			ok = pact_differs(m, (struct str){ NULL, 0 }, a->attributes[i].value, "the attribute %.*s is not expected", STR_FMT(str_sub(a->attributes[i].name.local, 0, 200)));
	return ok;
}

static bool element(struct pact_matching *m, const struct xml_node *e, const struct xml_node *a, uint32_t index);

static const struct xml_node *next_of(const struct xml_node *n, const struct xml_name *name)
{
	while (n && !xml_same_name(&n->name, name))
		n = n->next;
	return n;
}

static uint32_t count_of(const struct xml_node *first, const struct xml_name *name)
{
	uint32_t n = 0;
	for (const struct xml_node *x = next_of(first, name); x; x = next_of(x->next, name))
		n++;
	return n;
}

static bool bounds(struct pact_matching *m, const struct pact_matcher *k, uint32_t n)
{
	if (k && k->has_min && n < k->min)
		return pact_differs(m, (struct str){ NULL, 0 }, (struct str){ NULL, 0 }, "expected at least %llu elements but there are %u", (unsigned long long)k->min, n);
	if (k && k->has_max && n > k->max)
		return pact_differs(m, (struct str){ NULL, 0 }, (struct str){ NULL, 0 }, "expected at most %llu elements but there are %u", (unsigned long long)k->max, n);
	return true;
}

/* Which rule the children of this name have; where a type rule is in force, there may be any number, each like its example. */
static struct pact_force group_force(struct pact_matching *m, const struct xml_name *name)
{
	struct pact_force f = { 0 };
	struct str step = step_text(m, "", name);
	if (!step.p || !pact_push(m, PACT_STEP_NAME, step, 0))
		return f;
	f = pact_force_here(m);
	pact_pop(m, 1);
	return f;
}

static bool group(struct pact_matching *m, const struct xml_node *e, const struct xml_node *a, const struct xml_name *name)
{
	const struct xml_node *expected = next_of(e->first, name), *first = expected, *actual = next_of(a->first, name);
	struct pact_force f = group_force(m, name);
	const struct pact_matcher *like = shape(&f);
	bool ok = f.cascaded || bounds(m, like, count_of(a->first, name));
	uint32_t index = 0;
	for (; (ok || m->out) && actual; actual = next_of(actual->next, name), index++) {
		if (!expected && !like)
			break;
		ok = element(m, expected ? expected : first, actual, index) && ok;
		expected = expected ? next_of(expected->next, name) : NULL;
	}
	for (; (ok || m->out) && expected && (!like || !index); expected = next_of(expected->next, name), index++)
		ok = pact_differs(m, name->local, (struct str){ NULL, 0 }, "the element %.*s is missing", STR_FMT(str_sub(name->local, 0, 200)));
	if (actual && !like && !m->more)
		ok = pact_differs(m, (struct str){ NULL, 0 }, name->local, "there are more elements %.*s than expected", STR_FMT(str_sub(name->local, 0, 200)));
	return ok;
}

static bool children(struct pact_matching *m, const struct xml_node *e, const struct xml_node *a, struct pact_force f)
{
	const struct pact_matcher *like = f.cascaded ? NULL : shape(&f);
	bool ok = bounds(m, like, a->children_count);
	for (const struct xml_node *x = e->first; (ok || m->out) && x; x = x->next)
		if (next_of(e->first, &x->name) == x) /* the first of its name */
			ok = group(m, e, a, &x->name) && ok;
	/* A list of like elements has no others in it. */
	for (const struct xml_node *x = a->first; (ok || m->out) && (!m->more || (like && e->first)) && x; x = x->next)
		if (!next_of(e->first, &x->name) && next_of(a->first, &x->name) == x)
			ok = pact_differs(m, (struct str){ NULL, 0 }, x->name.local, "the element %.*s is not expected", STR_FMT(str_sub(x->name.local, 0, 200)));
	return ok;
}

static bool inside(struct pact_matching *m, const struct xml_node *e, const struct xml_node *a)
{
	struct pact_force f = pact_force_here(m);
	for (uint32_t i = 0; i < f.count; i++)
		if (f.matchers[i].fault.len)
			return pact_differs_fault(m, f.matchers[i].fault);
	bool ok = attributes(m, e, a);
	if (ok || m->out)
		ok = children(m, e, a, f) && ok;
	if (ok || m->out)
		ok = text_at(m, STR("#text"), e->text, a->text) && ok;
	return ok;
}

static bool element(struct pact_matching *m, const struct xml_node *e, const struct xml_node *a, uint32_t index)
{
	struct str step = step_text(m, "", &e->name);
	if (!pact_work(m, 1 + m->rules->count) || !step.p || !pact_push(m, PACT_STEP_NAME, step, 0))
		return false;
	if (!pact_push(m, PACT_STEP_INDEX, (struct str){ NULL, 0 }, index)) {
		pact_pop(m, 1);
		return false;
	}
	bool ok = inside(m, e, a);
	pact_pop(m, 2);
	return ok;
}

bool pact_xml_compare(struct pact_matching *m, struct str expected, struct str actual)
{
	struct err wrong = { 0 }, ours = { 0 };
	const struct xml_node *e = xml_parse(m->scratch, expected, &ours), *a = e ? xml_parse(m->scratch, actual, &wrong) : NULL;
	if (!e)
		return pact_differs_fault(m, arena_printf(m->scratch, "the body in the pact: %s", ours.message));
	if (!a)
		return pact_differs(m, (struct str){ NULL, 0 }, actual, "%s", wrong.message);
	if (!xml_same_name(&e->name, &a->name))
		return pact_differs(m, e->name.local, a->name.local, "expected the element %.*s%s%.*s but got %.*s%s%.*s", STR_FMT(str_sub(e->name.local, 0, 100)),
			e->name.space.len ? " of " : "", STR_FMT(str_sub(e->name.space, 0, 100)), STR_FMT(str_sub(a->name.local, 0, 100)), a->name.space.len ? " of " : "",
			STR_FMT(str_sub(a->name.space, 0, 100)));
	m->xml = m->textual = true;
	bool ok = element(m, e, a, 0);
	m->xml = m->textual = false;
	return ok;
}
