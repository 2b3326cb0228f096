/* Obligations of a pair about the items of an array. */
#include "base/check.h"
#include "contract/schema/schema_rules.h"

/* Items. */
static bool reaches_item(const struct view *v, uint32_t index)
{
	struct bound most = view_bound(v, KW_MAX_ITEMS, KW_MAX_ITEMS, false);
	return !most.value || doc_number(most.value) > index;
}

static int reaching(const struct rules *r, int dirs, uint32_t index)
{
	for (int direction = REQ; direction <= RESP; direction++)
		if (!reaches_item(rule_a(r, direction), index))
			dirs &= ~direction;
	return dirs;
}

static void compare_item(struct rules *r, uint32_t index, int dirs)
{
	bool in_old, in_new;
	uint32_t o = view_item(r->c, r->views[OLD], index, &in_old), n = view_item(r->c, r->views[NEW], index, &in_new);
	if (in_old && in_new) {
		rule_below(r, o, n, dirs, MAP_SAME, STEP_ITEM, STR(""), index);
		return;
	}
	struct difference *d = rule_difference(r, in_old ? CHANGE_KIND_SCHEMA_PREFIX_ITEM_REMOVED : CHANGE_KIND_SCHEMA_PREFIX_ITEM_ADDED, dirs);
	d->before = rules_part_with(r->views[OLD], KW_PREFIX_ITEMS);
	d->after = rules_part_with(r->views[NEW], KW_PREFIX_ITEMS);
	d->property = arena_printf(&r->c->arena, "%u", (unsigned)index);
	rule_edge(r, o, n, MAP_SAME, STEP_ITEM, STR(""), index);
}

struct containing { const struct schema *part, *of; const struct doc *least, *most; };
enum { CONTAINS_MAX = 16 };

static size_t contains_of(const struct view *v, struct containing *out)
{
	size_t n = 0;
	for (uint32_t i = 0; i < v->count && n < CONTAINS_MAX; i++)
		if (schema_has(v->parts[i], KW_CONTAINS))
			out[n++] = (struct containing){ v->parts[i], schema_one(v->parts[i], KW_CONTAINS), schema_value(v->parts[i], KW_MIN_CONTAINS),
				schema_value(v->parts[i], KW_MAX_CONTAINS) };
	return n;
}

static double least_of(const struct containing *k) { return k->least ? doc_number(k->least) : 1; }

static void compare_contains_counts(struct rules *r, const struct containing *o, const struct containing *n, int dirs)
{
	double old_least = least_of(o), new_least = least_of(n);
	int tight = new_least > old_least ? REQ : new_least < old_least ? RESP : 0;
	if (tight & dirs) {
		struct difference *d = rule_difference(r, tight == REQ ? CHANGE_KIND_SCHEMA_MIN_CONTAINS_RAISED : CHANGE_KIND_SCHEMA_MIN_CONTAINS_LOWERED, tight);
		*d = (struct difference){ .kind = d->kind, .pair = d->pair, .before = o->part, .after = n->part, .old_value = o->least, .new_value = n->least };
	}
	if (!o->most && !n->most)
		return;
	tight = !o->most ? REQ : !n->most ? RESP : doc_number(n->most) < doc_number(o->most) ? REQ : doc_number(n->most) > doc_number(o->most) ? RESP : 0;
	if (tight & dirs) {
		enum change_kind kind = !o->most ? CHANGE_KIND_SCHEMA_MAX_CONTAINS_ADDED : !n->most ? CHANGE_KIND_SCHEMA_MAX_CONTAINS_REMOVED :
					tight == REQ ? CHANGE_KIND_SCHEMA_MAX_CONTAINS_LOWERED : CHANGE_KIND_SCHEMA_MAX_CONTAINS_RAISED;
		struct difference *d = rule_difference(r, kind, tight);
		*d = (struct difference){ .kind = d->kind, .pair = d->pair, .before = o->part, .after = n->part, .old_value = o->most, .new_value = n->most };
	}
}

/* At least so many is monotone in what is contained; at most so many is the other way round, so then both must be the same. */
static void compare_contains(struct rules *r, int dirs)
{
	struct containing lists[2][CONTAINS_MAX];
	size_t counts[2] = { contains_of(r->views[OLD], lists[OLD]), contains_of(r->views[NEW], lists[NEW]) };
	for (size_t i = 0; i < counts[OLD] || i < counts[NEW]; i++) {
		const struct containing *o = i < counts[OLD] ? &lists[OLD][i] : NULL, *n = i < counts[NEW] ? &lists[NEW][i] : NULL;
		if (o && n) {
			compare_contains_counts(r, o, n, dirs);
			struct difference *d = rule_difference(r, CHANGE_KIND_SCHEMA_CONTAINS_CHANGED, dirs);
			*d = (struct difference){ .kind = d->kind, .pair = d->pair, .before = o->part, .after = n->part, .old_value = o->of->node, .new_value = n->of->node };
			rule_edge(r, view_of_schema(r->c, o->of), view_of_schema(r->c, n->of), o->most || n->most ? MAP_BOTH : MAP_SAME, STEP_CONTAINS, STR(""), 0);
			continue;
		}
		const struct containing *one = o ? o : n;
		if ((least_of(one) <= 0 && !one->most) || !(dirs & (n ? REQ : RESP)))
			continue;
		struct difference *d = rule_difference(r, n ? CHANGE_KIND_SCHEMA_CONTAINS_ADDED : CHANGE_KIND_SCHEMA_CONTAINS_REMOVED, n ? REQ : RESP);
		d->before = o ? o->part : rules_part_with(r->views[OLD], KW_CONTAINS);
		d->after = n ? n->part : rules_part_with(r->views[NEW], KW_CONTAINS);
		d->old_value = o ? o->of->node : NULL;
		d->new_value = n ? n->of->node : NULL;
	}
}

void rules_arrays(struct rules *r)
{
	enum { POSITIONS = 256 };
	static const struct rest_kinds kinds = { CHANGE_KIND_SCHEMA_ITEMS_CLOSED, CHANGE_KIND_SCHEMA_ITEMS_OPENED, CHANGE_KIND_SCHEMA_ITEMS_NARROWED,
		CHANGE_KIND_SCHEMA_ITEMS_WIDENED };
	int dirs = rules_concerned(r, TYPE_ARRAY);
	uint32_t o = view_prefix_length(r->views[OLD]), n = view_prefix_length(r->views[NEW]), length = o > n ? o : n;
	if (!dirs)
		return;
	if (length > POSITIONS) {
		rules_fill_property(r, rule_difference(r, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, dirs), KW_PREFIX_ITEMS, STR(""));
		return;
	}
	for (uint32_t i = 0; i < length; i++)
		if (reaching(r, dirs, i))
			compare_item(r, i, reaching(r, dirs, i));
	if (reaching(r, dirs, length))
		rules_rest(r, view_other_items(r->c, r->views[OLD]), view_other_items(r->c, r->views[NEW]), reaching(r, dirs, length), KW_ITEMS, &kinds, STEP_OTHER_ITEM, length);
	compare_contains(r, dirs);
}
