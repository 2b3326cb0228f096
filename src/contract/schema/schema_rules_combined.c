/* Obligations of a pair about what combines schemas: anyOf, oneOf, not, if, dependent schemas, unevaluated*, dynamic references; and annotations.
 *
 * anyOf is monotone: A holds where each of its alternatives is taken by one of B's. oneOf is so only where B's alternatives exclude each other; otherwise
 * the alternatives must be the same ones, one by one. A choice that only A has is decided by cases: every case must be taken by all of B. */
#include "base/check.h"
#include "contract/schema/schema_compare_impl.h"

static const struct schema *first_part(const struct view *v) { return v->count ? v->parts[0] : NULL; }

/* Alternatives that belong together: the same node, the same reference, the same title, at last the same position. */
static bool same_mark(const struct schema *o, const struct schema *n, int step)
{
	static const struct str title = STR_INIT("title");
	const struct doc *a, *b;
	switch (step) {
	case 0:
		a = schema_value(o, KW_REF);
		b = schema_value(n, KW_REF);
		return a && b && str_eq(doc_str(a), doc_str(b));
	case 1:
		return doc_equal(o->node, n->node);
	case 2:
		a = doc_get(o->node, title);
		b = doc_get(n->node, title);
		return doc_is(a, DOC_STRING) && doc_is(b, DOC_STRING) && doc_equal(a, b);
	default:
		return o->types == n->types && o->types != TYPE_ALL;
	}
}

struct alignment { uint32_t to_new[BRANCHES_MAX], to_old[BRANCHES_MAX]; uint32_t old_count, new_count; bool complete; };

static void align(const struct schema_entry *o, const struct schema_entry *n, struct alignment *a)
{
	enum { STEPS = 4 };
	a->old_count = o->value->count;
	a->new_count = n->value->count;
	memset(a->to_new, 0xff, sizeof(a->to_new));
	memset(a->to_old, 0xff, sizeof(a->to_old));
	for (int step = 0; step < STEPS; step++)
		for (uint32_t i = 0; i < a->old_count; i++)
			for (uint32_t j = 0; j < a->new_count && a->to_new[i] == UINT32_MAX; j++)
				if (a->to_old[j] == UINT32_MAX && same_mark(o->list[i], n->list[j], step)) {
					a->to_new[i] = j;
					a->to_old[j] = i;
				}
	for (uint32_t i = 0; i < a->old_count && i < a->new_count; i++)
		if (a->to_new[i] == UINT32_MAX && a->to_old[i] == UINT32_MAX && a->old_count == a->new_count) {
			a->to_new[i] = i;
			a->to_old[i] = i;
		}
	a->complete = a->old_count == a->new_count;
	for (uint32_t i = 0; i < a->old_count; i++)
		a->complete = a->complete && a->to_new[i] != UINT32_MAX;
}

static bool exclusive(struct rules *r, const struct schema_entry *e)
{
	for (uint32_t i = 0; i < e->value->count; i++)
		for (uint32_t j = 0; j < i; j++) {
			uint32_t a = view_of_schema(r->c, e->list[i]), b = view_of_schema(r->c, e->list[j]);
			if (a == UINT32_MAX || b == UINT32_MAX || !view_disjoint(r->c, a, b, 0))
				return false;
		}
	return true;
}

struct choice { struct disjunction o, n; struct alignment alignment; };

static void fill_choice(struct difference *d, const struct disjunction *o, const struct disjunction *n, uint32_t branch)
{
	d->before = o->part;
	d->after = n->part;
	d->old_value = o->entry ? (branch == UINT32_MAX ? o->entry->value : o->entry->list[branch]->node) : NULL;
	d->new_value = n->entry ? n->entry->value : NULL;
}

static bool branch_is_one(const struct choice *k) { return k->n.one || k->o.one; }

/* An alternative that only one side has; `dirs` are those in which that is a break unless others take its values. */
static void lone_branch(struct rules *r, const struct choice *k, bool in_old, uint32_t branch, int cover, int always)
{
	const struct disjunction *mine = in_old ? &k->o : &k->n, *theirs = in_old ? &k->n : &k->o;
	enum change_kind kind = in_old ? (branch_is_one(k) ? CHANGE_KIND_SCHEMA_ONE_OF_BRANCH_REMOVED : CHANGE_KIND_SCHEMA_ANY_OF_BRANCH_REMOVED) :
					 (branch_is_one(k) ? CHANGE_KIND_SCHEMA_ONE_OF_BRANCH_ADDED : CHANGE_KIND_SCHEMA_ANY_OF_BRANCH_ADDED);
	uint32_t own = rule_within(r, view_of_schema(r->c, mine->entry->list[branch]));
	for (int pass = 0; pass < 2; pass++) {
		int dirs = pass ? always : cover & ~always;
		if (!dirs)
			continue;
		struct difference *d = rule_difference(r, kind, dirs);
		d->before = in_old ? mine->entry->list[branch] : k->o.part;
		d->after = in_old ? k->n.part : mine->entry->list[branch];
		d->old_value = in_old ? mine->entry->list[branch]->node : k->o.entry->value;
		d->new_value = in_old ? k->n.entry->value : mine->entry->list[branch]->node;
		for (uint32_t j = 0; !pass && j < theirs->entry->value->count; j++) {
			uint32_t other = rule_within(r, view_of_schema(r->c, theirs->entry->list[j]));
			rule_edge(r, in_old ? own : other, in_old ? other : own, MAP_SAME, STEP_HERE, STR(""), 0);
		}
		ARRAY_AT(&r->c->obligations, struct obligation, r->c->obligations.count - 1)->any = true;
	}
}

/* Whether the side's alternatives (B of the direction) ask for more than that one of them takes the value. */
static bool strict(struct rules *r, const struct disjunction *b) { return b->one && b->entry->value->count > 1 && !exclusive(r, b->entry); }

static void compare_choice(struct rules *r, struct choice *k)
{
	int strict_dirs = (strict(r, &k->n) ? REQ : 0) | (strict(r, &k->o) ? RESP : 0);
	align(k->o.entry, k->n.entry, &k->alignment);
	/* A strict direction holds only between two oneOfs of the same alternatives. */
	if (strict_dirs && (!k->o.one || !k->n.one)) {
		struct difference *d = rule_difference(r, k->n.one ? CHANGE_KIND_SCHEMA_ONE_OF_ADDED : CHANGE_KIND_SCHEMA_ONE_OF_REMOVED, strict_dirs);
		fill_choice(d, &k->o, &k->n, UINT32_MAX);
	}
	for (uint32_t i = 0; i < k->alignment.old_count; i++) {
		uint32_t j = k->alignment.to_new[i];
		if (j == UINT32_MAX) {
			lone_branch(r, k, true, i, REQ, strict_dirs);
			continue;
		}
		uint32_t o = rule_within(r, view_of_schema(r->c, k->o.entry->list[i])), n = rule_within(r, view_of_schema(r->c, k->n.entry->list[j]));
		for (int direction = REQ; direction <= RESP; direction++)
			rule_below(r, o, n, direction, strict_dirs & direction ? MAP_BOTH : MAP_SAME, STEP_HERE, STR(""), 0);
	}
	for (uint32_t j = 0; j < k->alignment.new_count; j++)
		if (k->alignment.to_old[j] == UINT32_MAX)
			lone_branch(r, k, false, j, RESP, strict_dirs);
}

static void fill_lone(struct rules *r, struct difference *d, const struct disjunction *k, int side)
{
	const struct disjunction none = { .part = first_part(r->views[1 - side]) };
	fill_choice(d, side == OLD ? k : &none, side == NEW ? k : &none, UINT32_MAX);
}

/* A choice that only one side has. On the side where it must be kept, one alternative must take all that the other side gives; on the side where it only
 * limits, each case is compared with the other side as a whole. */
static void lone_choice(struct rules *r, const struct disjunction *k, int side)
{
	enum change_kind kind = side == NEW ? (k->one ? CHANGE_KIND_SCHEMA_ONE_OF_ADDED : CHANGE_KIND_SCHEMA_ANY_OF_ADDED) :
					      (k->one ? CHANGE_KIND_SCHEMA_ONE_OF_REMOVED : CHANGE_KIND_SCHEMA_ANY_OF_REMOVED);
	int kept = side == NEW ? REQ : RESP, limits = BOTH & ~kept;
	const struct schema_entry *e = k->entry;
	static const unsigned single_types[] = { TYPE_NULL, TYPE_BOOL, TYPE_NUMBER, TYPE_STRING, TYPE_ARRAY, TYPE_OBJECT };
	bool none = strict(r, k);
	unsigned types = r->views[1 - side]->refined;
	bool several = (types & (types - 1)) && (types & ~(unsigned)TYPE_NUMBER);
	/* Each type may be taken by another alternative. */
	for (size_t t = 0; t < ARRAY_LEN(single_types); t++) {
		if (several ? !(types & single_types[t]) : t > 0)
			continue;
		struct difference *d = rule_difference(r, kind, kept);
		fill_lone(r, d, k, side);
		uint32_t whole = several ? view_with(r->c, r->views[1 - side], schema_of_types(r->c, single_types[t]), NULL) : side == NEW ? r->old_view : r->new_view;
		for (uint32_t i = 0; i < e->value->count && !none; i++) {
			uint32_t branch = view_of_schema(r->c, e->list[i]);
			rule_edge(r, side == NEW ? whole : branch, side == NEW ? branch : whole, MAP_SAME, STEP_HERE, STR(""), 0);
		}
		ARRAY_AT(&r->c->obligations, struct obligation, r->c->obligations.count - 1)->any = true;
	}
	if (r->views[side]->chosen_count >= VIEW_CHOSEN_MAX || pair_at(r->c, r->pair)->split[limits - 1] != NO_OBLIGATION || !e->value->count)
		return;
	fill_lone(r, rule_difference(r, kind, limits), k, side);
	pair_at(r->c, r->pair)->split[limits - 1] = (uint32_t)r->c->obligations.count - 1;
	for (uint32_t i = 0; i < e->value->count; i++) {
		uint32_t chosen = view_with(r->c, r->views[side], e->list[i], e);
		rule_edge(r, side == OLD ? chosen : r->old_view, side == OLD ? r->new_view : chosen, MAP_SAME, STEP_HERE, STR(""), 0);
	}
}

static void compare_choices(struct rules *r)
{
	struct disjunction lists[2][DISJUNCTIONS_MAX];
	size_t counts[2] = { view_disjunctions(r->views[OLD], lists[OLD]), view_disjunctions(r->views[NEW], lists[NEW]) };
	for (size_t i = 0; i < counts[OLD] || i < counts[NEW]; i++) {
		const struct disjunction *o = i < counts[OLD] ? &lists[OLD][i] : NULL, *n = i < counts[NEW] ? &lists[NEW][i] : NULL;
		bool few = (!o || o->entry->value->count <= BRANCHES_MAX) && (!n || n->entry->value->count <= BRANCHES_MAX);
		if (o && n && few) {
			struct choice k = { .o = *o, .n = *n };
			compare_choice(r, &k);
		} else if (o && n) {
			if (!schema_identical(r->c, o->part, n->part))
				fill_choice(rule_difference(r, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, BOTH), o, n, UINT32_MAX);
		} else if (few) {
			lone_choice(r, o ? o : n, o ? OLD : NEW);
		} else {
			struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, BOTH);
			d->before = o ? o->part : first_part(r->views[OLD]);
			d->after = n ? n->part : first_part(r->views[NEW]);
		}
	}
}

enum { PARTS_LISTED = VIEW_PARTS_MAX };

static size_t parts_with(struct schema_compare *c, const struct view *v, enum schema_keyword k, const struct schema **out)
{
	size_t n = 0;
	for (uint32_t i = 0; i < v->count; i++)
		if (schema_has(v->parts[i], k) && (k != KW_UNEVALUATED_PROPERTIES || !schema_closed(c, v->parts[i])))
			out[n++] = v->parts[i];
	return n;
}

struct two_lists { const struct schema *items[2][PARTS_LISTED]; size_t counts[2]; };

static void list_both(struct rules *r, enum schema_keyword k, struct two_lists *l)
{
	for (int side = OLD; side <= NEW; side++)
		l->counts[side] = parts_with(r->c, r->views[side], k, l->items[side]);
}

static struct difference *one_or_both(struct rules *r, const struct schema *o, const struct schema *n, enum schema_keyword k, enum change_kind added, enum change_kind removed,
	enum change_kind changed)
{
	struct difference *d = rule_difference(r, o && n ? changed : n ? added : removed, o && n ? BOTH : n ? REQ : RESP);
	d->before = o ? o : first_part(r->views[OLD]);
	d->after = n ? n : first_part(r->views[NEW]);
	d->old_value = o ? schema_value(o, k) : NULL;
	d->new_value = n ? schema_value(n, k) : NULL;
	return d;
}

static void compare_nots(struct rules *r)
{
	struct two_lists l;
	list_both(r, KW_NOT, &l);
	for (size_t i = 0; i < l.counts[OLD] || i < l.counts[NEW]; i++) {
		const struct schema *o = i < l.counts[OLD] ? l.items[OLD][i] : NULL, *n = i < l.counts[NEW] ? l.items[NEW][i] : NULL;
		const struct schema *one = n ? n : o;
		if (!o || !n) {
			uint32_t excluded = view_of_schema(r->c, schema_one(one, KW_NOT)), mine = n ? r->old_view : r->new_view;
			if (excluded != UINT32_MAX && view_disjoint(r->c, excluded, mine, 0))
				continue;
		}
		one_or_both(r, o, n, KW_NOT, CHANGE_KIND_SCHEMA_NOT_ADDED, CHANGE_KIND_SCHEMA_NOT_REMOVED, CHANGE_KIND_SCHEMA_NOT_CHANGED);
		if (o && n)
			rule_edge(r, rule_within(r, view_of_schema(r->c, schema_one(o, KW_NOT))), rule_within(r, view_of_schema(r->c, schema_one(n, KW_NOT))), MAP_FLIP, STEP_NOT, STR(""), 0);
	}
}

static uint32_t branch_view(struct rules *r, const struct schema *s, enum schema_keyword k)
{
	return rule_within(r, schema_has(s, k) ? view_of_schema(r->c, schema_one(s, k)) : view_of_schemas(r->c, NULL, 0, NULL, 0));
}

static bool idle_condition(const struct schema *s) { return !schema_has(s, KW_THEN) && !schema_has(s, KW_ELSE); }

static void compare_conditions(struct rules *r)
{
	static const enum schema_keyword branches[] = { KW_THEN, KW_ELSE };
	struct two_lists l;
	list_both(r, KW_IF, &l);
	for (size_t i = 0; i < l.counts[OLD] || i < l.counts[NEW]; i++) {
		const struct schema *o = i < l.counts[OLD] ? l.items[OLD][i] : NULL, *n = i < l.counts[NEW] ? l.items[NEW][i] : NULL;
		if ((!o || idle_condition(o)) && (!n || idle_condition(n)))
			continue;
		one_or_both(r, o, n, KW_IF, CHANGE_KIND_SCHEMA_CONDITION_ADDED, CHANGE_KIND_SCHEMA_CONDITION_REMOVED, CHANGE_KIND_SCHEMA_CONDITION_CHANGED);
		if (o && n)
			rule_edge(r, branch_view(r, o, KW_IF), branch_view(r, n, KW_IF), MAP_BOTH, STEP_HERE, STR(""), 0);
		for (size_t b = 0; b < ARRAY_LEN(branches); b++)
			rule_edge(r, o ? branch_view(r, o, branches[b]) : r->old_view, n ? branch_view(r, n, branches[b]) : r->new_view, MAP_SAME, STEP_HERE, STR(""), 0);
	}
}

/* Schemas that a member brings with it. */
static const struct schema *brought(const struct view *v, struct str name, const struct schema **part)
{
	static const enum schema_keyword kinds[] = { KW_DEPENDENT_SCHEMAS, KW_DEPENDENCIES };
	for (uint32_t i = 0; i < v->count; i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			const struct schema_entry *e = schema_entry(v->parts[i], kinds[k]);
			const struct doc_member *m = e ? doc_member(e->value, name) : NULL;
			const struct schema *s = m ? e->list[m - e->value->members] : NULL;
			if (s) {
				*part = v->parts[i];
				return s;
			}
		}
	return NULL;
}

static void compare_brought(struct rules *r, int side, const struct schema *part, const struct schema *mine, struct str name)
{
	const struct schema *other_part = first_part(r->views[1 - side]), *other = brought(r->views[1 - side], name, &other_part);
	uint32_t own = rule_within(r, view_of_schema(r->c, mine));
	if (other) {
		uint32_t theirs = rule_within(r, view_of_schema(r->c, other)), o = side == OLD ? own : theirs, n = side == NEW ? own : theirs;
		rule_below(r, o, n, side == NEW ? REQ : RESP, MAP_SAME, STEP_HERE, STR(""), 0);
		return;
	}
	struct difference *d = rule_difference(r, side == NEW ? CHANGE_KIND_SCHEMA_DEPENDENT_SCHEMA_ADDED : CHANGE_KIND_SCHEMA_DEPENDENT_SCHEMA_REMOVED, side == NEW ? REQ : RESP);
	d->before = side == OLD ? part : other_part;
	d->after = side == NEW ? part : other_part;
	d->old_value = side == OLD ? mine->node : NULL;
	d->new_value = side == NEW ? mine->node : NULL;
	d->property = name;
	rule_edge(r, side == OLD ? own : r->old_view, side == OLD ? r->new_view : own, MAP_SAME, STEP_HERE, STR(""), 0);
}

static void compare_dependent(struct rules *r)
{
	static const enum schema_keyword kinds[] = { KW_DEPENDENT_SCHEMAS, KW_DEPENDENCIES };
	for (int side = OLD; side <= NEW; side++)
		for (uint32_t i = 0; i < r->views[side]->count; i++)
			for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
				const struct schema_entry *e = schema_entry(r->views[side]->parts[i], kinds[k]);
				for (uint32_t m = 0; e && m < e->value->count; m++)
					if (e->list[m])
						compare_brought(r, side, r->views[side]->parts[i], e->list[m], doc_key(&e->value->members[m]));
			}
}

/* What is unevaluated depends on everything beside it: only the same is safe. */
static void compare_opaque(struct rules *r, enum schema_keyword k, unsigned types, enum change_kind added, enum change_kind removed, enum change_kind changed)
{
	struct two_lists l;
	list_both(r, k, &l);
	for (size_t i = 0; i < l.counts[OLD] || i < l.counts[NEW]; i++) {
		const struct schema *o = i < l.counts[OLD] ? l.items[OLD][i] : NULL, *n = i < l.counts[NEW] ? l.items[NEW][i] : NULL;
		if (!((o ? r->views[NEW] : r->views[OLD])->refined & types) || (o && n && schema_identical(r->c, o, n)))
			continue;
		one_or_both(r, o, n, k, added, removed, changed);
	}
}

void rules_combined(struct rules *r)
{
	compare_choices(r);
	compare_nots(r);
	compare_conditions(r);
	compare_dependent(r);
	compare_opaque(r, KW_UNEVALUATED_PROPERTIES, TYPE_OBJECT, CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_ADDED, CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_REMOVED,
		CHANGE_KIND_SCHEMA_UNEVALUATED_PROPERTIES_CHANGED);
	compare_opaque(r, KW_UNEVALUATED_ITEMS, TYPE_ARRAY, CHANGE_KIND_SCHEMA_UNEVALUATED_ITEMS_ADDED, CHANGE_KIND_SCHEMA_UNEVALUATED_ITEMS_REMOVED,
		CHANGE_KIND_SCHEMA_UNEVALUATED_ITEMS_CHANGED);
	compare_opaque(r, KW_DYNAMIC_REF, TYPE_ALL, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED);
}

/* Annotations: nothing is refused, but somebody may rely on them. */
static const struct schema *annotated(const struct view *v, enum schema_keyword k)
{
	for (uint32_t i = 0; i < v->count; i++)
		if (schema_has(v->parts[i], k))
			return v->parts[i];
	return NULL;
}

static const struct doc *meaning(const struct doc *v) { return doc_is(v, DOC_FALSE) ? NULL : v; }

static void compare_annotation(struct rules *r, enum schema_keyword k, enum change_kind kind)
{
	const struct schema *before = annotated(r->views[OLD], k), *after = annotated(r->views[NEW], k);
	bool flag = k == KW_READ_ONLY || k == KW_WRITE_ONLY || k == KW_DEPRECATED;
	const struct doc *o = before ? schema_value(before, k) : NULL, *n = after ? schema_value(after, k) : NULL;
	if (flag ? !meaning(o) == !meaning(n) : o == n || doc_equal(o, n))
		return;
	struct difference *d = rule_difference(r, kind, 0);
	d->before = before ? before : first_part(r->views[OLD]);
	d->after = after ? after : first_part(r->views[NEW]);
	d->old_value = o;
	d->new_value = n;
	d->annotation = true;
	d->minor = !flag && !o && k != KW_DISCRIMINATOR;
}

static void compare_extensible(struct rules *r)
{
	const struct schema *before = annotated(r->views[OLD], KW_EXTENSIBLE_ENUM), *after = annotated(r->views[NEW], KW_EXTENSIBLE_ENUM);
	const struct doc *o = before ? schema_value(before, KW_EXTENSIBLE_ENUM) : NULL, *n = after ? schema_value(after, KW_EXTENSIBLE_ENUM) : NULL;
	for (uint32_t i = 0; o && i < o->count; i++) {
		bool kept = false;
		for (uint32_t j = 0; n && j < n->count; j++)
			kept |= doc_equal(&o->items[i], &n->items[j]);
		if (kept || !n)
			continue;
		struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_EXTENSIBLE_ENUM_VALUE_REMOVED, 0);
		*d = (struct difference){ .kind = d->kind, .pair = d->pair, .before = before, .after = after, .old_value = o, .new_value = n, .tight = &o->items[i], .annotation = true };
	}
}

void rules_annotations(struct rules *r)
{
	static const struct { enum schema_keyword k; enum change_kind kind; } rows[] = {
		{ KW_FORMAT, CHANGE_KIND_SCHEMA_FORMAT_CHANGED }, { KW_CONTENT_ENCODING, CHANGE_KIND_SCHEMA_CONTENT_CHANGED },
		{ KW_CONTENT_MEDIA_TYPE, CHANGE_KIND_SCHEMA_CONTENT_CHANGED }, { KW_CONTENT_SCHEMA, CHANGE_KIND_SCHEMA_CONTENT_CHANGED },
		{ KW_DEFAULT, CHANGE_KIND_SCHEMA_DEFAULT_CHANGED }, { KW_READ_ONLY, CHANGE_KIND_SCHEMA_READ_ONLY_CHANGED },
		{ KW_WRITE_ONLY, CHANGE_KIND_SCHEMA_WRITE_ONLY_CHANGED }, { KW_DISCRIMINATOR, CHANGE_KIND_SCHEMA_DISCRIMINATOR_CHANGED },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		compare_annotation(r, rows[i].k, rows[i].kind);
	const struct schema *after = annotated(r->views[NEW], KW_DEPRECATED);
	bool now = after && doc_true(schema_value(after, KW_DEPRECATED));
	compare_annotation(r, KW_DEPRECATED, now ? CHANGE_KIND_SCHEMA_DEPRECATED_ADDED : CHANGE_KIND_SCHEMA_DEPRECATED_REMOVED);
	compare_extensible(r);
}
