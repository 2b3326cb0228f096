/* An expected JSON body beside the schema of what the provider gives: each member that the consumer names must be one that the schema names, each value one that it allows;
 * and where the pact has a rule, what the schema allows beyond the rule is a warning. `$ref` and allOf are taken together; of oneOf and anyOf one alternative must fit. */
#include "contract/pact/fits_impl.h"
#include "contract/schema/schema_impl.h"

enum { PARTS_MAX = 64, FLATTEN_DEPTH_MAX = 40 };
struct parts { const struct schema *items[PARTS_MAX]; size_t count; };

static bool walk(struct fitting *f, const struct parts *p, const struct doc *v, unsigned choices);

struct change_place fit_schema_place(const struct schema *s)
{
	struct doc_file *file = schema_file(s);
	if (!file || !schema_node(s))
		return (struct change_place){ 0 };
	struct text_place at = doc_place(file, schema_node(s)->offset);
	return (struct change_place){ file->path, at.line, at.column };
}

static struct str here(struct fitting *f)
{
	f->matching->where = PACT_AT_BODY;
	struct str place = pact_place(f->matching);
	return arena_printf(f->arena, "%.*s %.*s", STR_FMT(f->part), STR_FMT(place));
}

/* The schema with all that applies to the same value. */
static void flatten(struct parts *p, const struct schema *s, unsigned depth)
{
	if (!s || p->count == PARTS_MAX || depth == FLATTEN_DEPTH_MAX)
		return;
	p->items[p->count++] = s;
	if (s->boolean)
		return;
	flatten(p, schema_one(s, KW_REF), depth + 1);
	const struct schema_entry *all = schema_entry(s, KW_ALL_OF);
	for (uint32_t i = 0; all && i < all->value->count; i++)
		flatten(p, all->list[i], depth + 1);
}

static const struct schema *property(const struct schema *s, struct str name)
{
	const struct schema_entry *e = schema_entry(s, KW_PROPERTIES);
	for (uint32_t i = 0; e && i < e->value->count; i++)
		if (str_eq(doc_key(&e->value->members[i]), name))
			return e->list[i];
	return NULL;
}

static void pattern_properties(struct fitting *f, const struct schema *s, struct str name, struct parts *out, bool *found)
{
	const struct schema_entry *e = schema_entry(s, KW_PATTERN_PROPERTIES);
	for (uint32_t i = 0; e && i < e->value->count; i++)
		if (schema_pattern_match(f->model->set, doc_key(&e->value->members[i]), name) == PATTERN_YES) {
			flatten(out, e->list[i], 0);
			*found = true;
		}
}

/* What is said of a member. False: it is in no part, and the object says what it has. */
static bool member_parts(struct fitting *f, const struct parts *p, struct str name, struct parts *out)
{
	bool found = false, says = false, open = false;
	for (size_t i = 0; i < p->count; i++) {
		const struct schema *s = p->items[i], *own = property(s, name), *more;
		if (s->boolean)
			continue;
		says = says || schema_has(s, KW_PROPERTIES) || schema_has(s, KW_PATTERN_PROPERTIES) || schema_has(s, KW_ADDITIONAL_PROPERTIES);
		bool here_found = own != NULL;
		flatten(out, own, 0);
		pattern_properties(f, s, name, out, &here_found);
		more = here_found ? NULL : schema_one(s, KW_ADDITIONAL_PROPERTIES);
		if (more && !(more->boolean && !more->truth)) {
			flatten(out, more, 0);
			open = true;
		}
		found = found || here_found;
	}
	return found || open || !says;
}

static bool promised(const struct parts *p, struct str name)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct doc *list = p->items[i]->boolean ? NULL : schema_value(p->items[i], KW_REQUIRED);
		for (uint32_t k = 0; doc_is(list, DOC_ARRAY) && k < list->count; k++)
			if (str_eq(doc_str(&list->items[k]), name))
				return true;
	}
	return false;
}

static bool member(struct fitting *f, const struct parts *p, const struct doc_member *m)
{
	struct parts inner = { 0 };
	struct str name = doc_key(m);
	bool ok = true;
	if (!pact_push(f->matching, PACT_STEP_NAME, name, 0))
		return false;
	if (!member_parts(f, p, name, &inner))
		ok = fit_tell(f, false, &m->value, fit_schema_place(p->items[0]), here(f), "the contract has no member \"%.*s\" here", STR_FMT(str_sub(name, 0, 100)));
	else if (inner.count && !promised(p, name))
		fit_tell(f, true, &m->value, fit_schema_place(inner.items[0]), here(f), "the contract does not promise \"%.*s\": it is not required", STR_FMT(str_sub(name, 0, 100)));
	if (ok && inner.count)
		ok = walk(f, &inner, &m->value, 0);
	pact_pop(f->matching, 1);
	return ok;
}

static bool item(struct fitting *f, const struct parts *p, uint32_t index, const struct doc *v)
{
	struct parts inner = { 0 };
	for (size_t i = 0; i < p->count; i++) {
		const struct schema_entry *first = p->items[i]->boolean ? NULL : schema_entry(p->items[i], KW_PREFIX_ITEMS);
		if (first && index < first->value->count)
			flatten(&inner, first->list[index], 0);
		else if (!p->items[i]->boolean)
			flatten(&inner, schema_one(p->items[i], KW_ITEMS), 0);
	}
	if (!inner.count)
		return true;
	if (!pact_push(f->matching, PACT_STEP_INDEX, (struct str){ NULL, 0 }, index))
		return false;
	bool ok = walk(f, &inner, v, 0);
	pact_pop(f->matching, 1);
	return ok;
}

/* What the schema allows and the rule does not take. */
static void beyond_rule(struct fitting *f, const struct parts *p, const struct doc *v)
{
	struct pact_force force = pact_force_here(f->matching);
	unsigned types = TYPE_ALL;
	bool values_any = false;
	for (size_t i = 0; i < p->count; i++) {
		types &= p->items[i]->boolean ? TYPE_ALL : p->items[i]->types;
		values_any = values_any || (!p->items[i]->boolean && (schema_has(p->items[i], KW_ENUM) || schema_has(p->items[i], KW_CONST)));
	}
	if (!force.count || force.any || types == TYPE_ALL || values_any)
		return;
	enum pact_matcher_kind k = force.matchers[0].kind;
	if ((types & TYPE_NULL) && v->type != DOC_NULL && (k == PACT_TYPE || k == PACT_INTEGER || k == PACT_DECIMAL || k == PACT_NUMBER || k == PACT_BOOLEAN || k == PACT_DATE || k == PACT_TIME || k == PACT_DATETIME))
		fit_tell(f, true, v, fit_schema_place(p->items[0]), here(f), "the contract allows null here; the consumer's matcher %.*s does not take it", STR_FMT(pact_matcher_name(k)));
	if (k == PACT_INTEGER && (types & TYPE_FRACTION))
		fit_tell(f, true, v, fit_schema_place(p->items[0]), here(f), "the contract allows numbers with a fraction; the consumer takes integers only");
	if (k == PACT_DECIMAL && !(types & TYPE_FRACTION))
		fit_tell(f, false, v, fit_schema_place(p->items[0]), here(f), "the consumer takes decimals only; the contract gives integers");
}

/* What a scalar must be is judged by the validator, for each part. */
static bool scalar(struct fitting *f, const struct parts *p, const struct doc *v)
{
	for (size_t i = 0; i < p->count; i++) {
		struct schema_fault fault;
		if (!schema_valid(p->items[i], v, SCHEMA_USE_RESPONSE, &fault))
			return fit_tell(f, false, v, fit_schema_place(p->items[i]), here(f), "%s", fault.message);
	}
	return true;
}

static bool container(struct fitting *f, const struct parts *p, const struct doc *v)
{
	bool ok = true;
	for (size_t i = 0; i < p->count; i++) {
		const struct schema *s = p->items[i];
		if (s->boolean ? !s->truth : !(s->types & schema_type_of(v)))
			return fit_tell(f, false, v, fit_schema_place(s), here(f), "the contract gives no %s here", v->type == DOC_OBJECT ? "object" : "list");
	}
	for (uint32_t i = 0; (ok || !f->silent) && i < v->count; i++)
		ok = (v->type == DOC_OBJECT ? member(f, p, &v->members[i]) : item(f, p, i, &v->items[i])) && ok;
	return ok;
}

/* The n-th part that offers alternatives: one of them joins the parts. */
static const struct schema_entry *choice(const struct parts *p, unsigned n)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i]->boolean)
			continue;
		const struct schema_entry *one = schema_entry(p->items[i], KW_ONE_OF), *any = schema_entry(p->items[i], KW_ANY_OF);
		if (one && n-- == 0)
			return one;
		if (any && n-- == 0)
			return any;
	}
	return NULL;
}

static bool walk(struct fitting *f, const struct parts *p, const struct doc *v, unsigned choices)
{
	const struct schema_entry *e = v->type == DOC_OBJECT || v->type == DOC_ARRAY ? choice(p, choices) : NULL;
	bool silent = f->silent;
	if (!f->work || f->arena->full)
		return fit_tell(f, false, v, (struct change_place){ 0 }, here(f), "the schema has too many alternatives to judge this");
	f->work--;
	if (!e) {
		bool ok = v->type == DOC_OBJECT || v->type == DOC_ARRAY ? container(f, p, v) : scalar(f, p, v);
		if (ok)
			beyond_rule(f, p, v);
		return ok;
	}
	for (uint32_t i = 0; i < e->value->count; i++) {
		struct parts with = *p;
		flatten(&with, e->list[i], 0);
		f->silent = true;
		bool ok = walk(f, &with, v, choices + 1);
		f->silent = silent;
		if (ok)
			return silent || walk(f, &with, v, choices + 1);
	}
	return fit_tell(f, false, v, fit_schema_place(p->items[0]), here(f), "none of the contract's %u alternatives fits", e->value->count);
}

bool fit_body(struct fitting *f, const struct pact_part *part, const struct schema *s)
{
	struct parts p = { 0 };
	f->matching = arena_alloc(f->arena, sizeof(*f->matching));
	if (!f->matching)
		return false;
	*f->matching = (struct pact_matching){ .part = part, .rules = &part->rules[PACT_RULES_BODY], .where = PACT_AT_BODY, .scratch = f->arena, .work = PACT_STEPS_WORK_MAX };
	flatten(&p, s, 0);
	return walk(f, &p, part->body.json, 0);
}
