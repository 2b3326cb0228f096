/* Whether all fields of one response name can be merged (FieldsInSetCanMerge, section 5.3.2), pair by pair, with a limit on the pairs. */
#include "contract/graphql/query.h"

enum { PAIRS_MAX = 1 << 20 };
struct entry { const struct gql_selection *field; const struct gql_type *parent; const struct gql_member *member; };
struct entries { struct entry *items; size_t count, capacity; };

static bool collect(struct gql_query_check *c, const struct gql_selections *set, const struct gql_type *parent, struct entries *out, uint32_t depth)
{
	for (uint32_t i = 0; i < set->count; i++) {
		const struct gql_selection *x = &set->items[i];
		const struct gql_executable *fragment = x->kind == GQL_SPREAD ? gql_fragment_of(c->d, x->name) : NULL;
		struct str on = fragment ? fragment->on : x->on;
		if (++c->steps > PAIRS_MAX || depth > GQL_DEPTH_MAX)
			return gql_query_wrong(c, x->offset, "too large to be checked");
		if (x->kind != GQL_FIELD) {
			const struct gql_type *t = str_empty(on) ? parent : gql_type_of(c->s, on);
			if (t && !collect(c, fragment ? &fragment->set : &x->set, t, out, depth + 1))
				return false;
			continue;
		}
		if (!ARENA_PUSH_ROOM(c->arena, out->items, out->count, out->capacity))
			return gql_query_wrong(c, x->offset, "too large to be checked");
		out->items[out->count++] = (struct entry){ x, parent, gql_field_of(parent, x->name) };
	}
	return true;
}

static bool same_arguments(const struct gql_selection *a, const struct gql_selection *b)
{
	if (a->arg_count != b->arg_count)
		return false;
	for (uint32_t i = 0; i < a->arg_count; i++) {
		bool found = false;
		for (uint32_t j = 0; j < b->arg_count; j++)
			found |= str_eq(a->args[i].name, b->args[j].name) && gql_value_equal(&a->args[i].value, &b->args[j].value);
		if (!found)
			return false;
	}
	return true;
}

static bool same_shape(const struct gql_ref *a, const struct gql_ref *b)
{
	if (a->lists != b->lists || a->nonnull != b->nonnull)
		return false;
	if (!gql_is_composite(a->type) || !gql_is_composite(b->type))
		return str_eq(a->name, b->name);
	return true;
}

static bool merge_all(struct gql_query_check *c, const struct entries *all, bool exclusive, uint32_t depth);

static bool merge_pair(struct gql_query_check *c, const struct entry *a, const struct entry *b, bool exclusive, uint32_t depth)
{
	struct entries below = { 0 };
	if (!a->member || !b->member)
		return true;
	exclusive |= a->parent != b->parent && a->parent->kind == GQL_OBJECT_TYPE && b->parent->kind == GQL_OBJECT_TYPE;
	if (!exclusive && (!str_eq(a->field->name, b->field->name) || !same_arguments(a->field, b->field)))
		return gql_query_wrong(c, b->field->offset, "`%.*s` stands for two different fields", STR_FMT(a->field->alias));
	if (!same_shape(&a->member->type, &b->member->type))
		return gql_query_wrong(c, b->field->offset, "`%.*s` stands for fields of two different types", STR_FMT(a->field->alias));
	if (!a->field->set.count || !b->field->set.count)
		return true;
	return collect(c, &a->field->set, a->member->type.type, &below, 0) && collect(c, &b->field->set, b->member->type.type, &below, 0) &&
	       merge_all(c, &below, exclusive, depth + 1);
}

static bool merge_all(struct gql_query_check *c, const struct entries *all, bool exclusive, uint32_t depth)
{
	if (depth > GQL_DEPTH_MAX)
		return gql_query_wrong(c, 0, "nested too deep");
	for (size_t i = 0; i < all->count; i++) {
		for (size_t j = i + 1; j < all->count; j++) {
			if (!str_eq(all->items[i].field->alias, all->items[j].field->alias))
				continue;
			if (++c->steps > PAIRS_MAX)
				return gql_query_wrong(c, all->items[i].field->offset, "too large to be checked");
			if (!merge_pair(c, &all->items[i], &all->items[j], exclusive, depth))
				return false;
		}
		/* What stands in one field alone must merge with itself, too. */
		struct entries below = { 0 };
		const struct entry *x = &all->items[i];
		if (x->member && x->field->set.count && !exclusive && !(collect(c, &x->field->set, x->member->type.type, &below, 0) && merge_all(c, &below, false, depth + 1)))
			return false;
	}
	return true;
}

bool gql_fields_merge(struct gql_query_check *c, const struct gql_selections *set, const struct gql_type *parent)
{
	struct entries all = { 0 };
	c->steps = 0;
	return collect(c, set, parent, &all, 0) && merge_all(c, &all, false, 0);
}
