/* Definitions of directives, and what is said about parts of a schema: uses of directives, deprecation, descriptions. See compare.h. */
#include "contract/graphql/compare.h"

/* ---- uses ---- */

struct usage { enum rule_id added, removed; };
#define USAGE(name) { GQL_RULE(DIRECTIVE_USAGE_##name##_ADDED), GQL_RULE(DIRECTIVE_USAGE_##name##_REMOVED) }

static struct usage usage_of(enum gql_part part, enum gql_kind kind)
{
	static const struct usage types[] = { USAGE(SCALAR), USAGE(OBJECT), USAGE(INTERFACE), USAGE(UNION_MEMBER), USAGE(ENUM), USAGE(INPUT_OBJECT) };
	static const struct usage parts[] = { [GQL_PART_SCHEMA] = USAGE(SCHEMA), [GQL_PART_FIELD] = USAGE(FIELD_DEFINITION), [GQL_PART_ARGUMENT] = USAGE(ARGUMENT_DEFINITION),
		[GQL_PART_INPUT_FIELD] = USAGE(INPUT_FIELD_DEFINITION), [GQL_PART_ENUM_VALUE] = USAGE(ENUM_VALUE), [GQL_PART_DIRECTIVE] = { RULE_COUNT, RULE_COUNT },
		[GQL_PART_DIRECTIVE_ARGUMENT] = { RULE_COUNT, RULE_COUNT } };
	return part == GQL_PART_TYPE ? types[kind] : parts[part];
}

static void set_rules(struct gql_compare *c, struct change *x, const struct gql_names *n)
{
	size_t count = 0;
	struct gql_names real;
	for (size_t i = 0; i < n->count; i++)
		if (n->items[i] != RULE_COUNT)
			real.items[count++] = n->items[i];
	change_rules(c->out, x, real.items, count);
}

static const struct gql_use *nth_use(const struct gql_uses *u, struct str name, uint32_t n)
{
	for (uint32_t i = 0; i < u->count; i++)
		if (str_eq(u->items[i].name, name) && !n--)
			return &u->items[i];
	return NULL;
}

static uint32_t number_of(const struct gql_uses *u, uint32_t at)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < at; i++)
		n += str_eq(u->items[i].name, u->items[at].name);
	return n;
}

static struct str use_text(struct gql_compare *c, const struct gql_use *u)
{
	struct buf b;
	buf_init(&b, 1024);
	buf_printf(&b, "@%.*s", STR_FMT(u->name));
	for (uint32_t i = 0; i < u->count; i++) {
		buf_printf(&b, "%s%.*s: ", i ? ", " : "(", STR_FMT(u->args[i].name));
		gql_value_write(&b, &u->args[i].value);
	}
	if (u->count)
		buf_char(&b, ')');
	struct str s = buf_ok(&b) ? arena_str(&c->out->arena, buf_str(&b)) : gql_text(c, "@%.*s", STR_FMT(u->name));
	buf_release(&b);
	return s;
}

enum { USES_MAX = 1000 }; /* of one part, that are compared */

/* What differs between the arguments of two uses of one directive. */
static void argument_rules(const struct gql_use *a, const struct gql_use *b, struct gql_names *n)
{
	for (uint32_t i = 0; a && i < a->count; i++) {
		const struct gql_value *other = gql_use_argument(b, a->args[i].name);
		if (!other || !gql_value_equal(other, &a->args[i].value))
			gql_names_add(n, GQL_RULE(DIRECTIVE_USAGE_ARGUMENT_REMOVED));
	}
	for (uint32_t i = 0; b && i < b->count; i++) {
		const struct gql_value *other = gql_use_argument(a, b->args[i].name);
		if (!other || !gql_value_equal(other, &b->args[i].value))
			gql_names_add(n, GQL_RULE(DIRECTIVE_USAGE_ARGUMENT_ADDED));
	}
}

struct noted { enum gql_part part; enum gql_kind kind; struct str subject; };

static bool usual_reason(const struct gql_use *u)
{
	const struct gql_value *v = gql_use_argument(u, STR("reason"));
	return !v || v->kind == GQL_NULL || str_eq(v->text, STR("No longer supported"));
}

static void deprecation(struct gql_compare *c, const struct noted *at, const struct gql_use *a, const struct gql_use *b)
{
	struct gql_names n = { 0 };
	bool field = at->part == GQL_PART_FIELD, value = at->part == GQL_PART_ENUM_VALUE;
	const struct usage usage = usage_of(at->part, at->kind);
	if (!a)
		gql_names_add(&n, field ? GQL_RULE(FIELD_DEPRECATION_ADDED) : value ? GQL_RULE(ENUM_VALUE_DEPRECATION_REASON_ADDED) : usage.added);
	else if (!b)
		gql_names_add(&n, field ? GQL_RULE(FIELD_DEPRECATION_REMOVED) : value ? GQL_RULE(ENUM_VALUE_DEPRECATION_REASON_REMOVED) : usage.removed);
	else if (usual_reason(a))
		gql_names_add(&n, field ? GQL_RULE(FIELD_DEPRECATION_REASON_ADDED) : value ? GQL_RULE(ENUM_VALUE_DEPRECATION_REASON_ADDED) : RULE_COUNT);
	else if (usual_reason(b))
		gql_names_add(&n, field ? GQL_RULE(FIELD_DEPRECATION_REASON_REMOVED) : value ? GQL_RULE(ENUM_VALUE_DEPRECATION_REASON_REMOVED) : RULE_COUNT);
	else
		gql_names_add(&n, field ? GQL_RULE(FIELD_DEPRECATION_REASON_CHANGED) : value ? GQL_RULE(ENUM_VALUE_DEPRECATION_REASON_CHANGED) : RULE_COUNT);
	gql_names_add(&n, a && b ? RULE_COUNT : a ? usage.removed : usage.added);
	if (b)
		argument_rules(a, b, &n);
	enum change_kind kind = !a ? CHANGE_KIND_GRAPHQL_DEPRECATION_ADDED : !b ? CHANGE_KIND_GRAPHQL_DEPRECATION_REMOVED : CHANGE_KIND_GRAPHQL_DEPRECATION_CHANGED;
	struct change *x = gql_change(c, kind, at->subject, STR(""), a ? &a->spot : NULL, b ? &b->spot : NULL, RULE_COUNT, RULE_COUNT);
	if (!x)
		return;
	x->sentence = !b ? gql_text(c, "`%.*s` is no longer deprecated", STR_FMT(at->subject)) :
		       a ? gql_text(c, "`%.*s` is deprecated for another reason: %.*s", STR_FMT(at->subject), STR_FMT(use_text(c, b))) :
			   gql_text(c, "`%.*s` is deprecated: %.*s", STR_FMT(at->subject), STR_FMT(use_text(c, b)));
	set_rules(c, x, &n);
}

static void one_of(struct gql_compare *c, const struct noted *at, const struct gql_use *a, const struct gql_use *b)
{
	const struct gql_type *t = gql_type_of(c->before, at->subject);
	struct change *x = gql_change(c, b ? CHANGE_KIND_GRAPHQL_ONE_OF_ADDED : CHANGE_KIND_GRAPHQL_ONE_OF_REMOVED, at->subject, STR(""), a ? &a->spot : NULL, b ? &b->spot : NULL,
		b ? GQL_RULE(DIRECTIVE_USAGE_INPUT_OBJECT_ADDED) : GQL_RULE(DIRECTIVE_USAGE_INPUT_OBJECT_REMOVED), RULE_COUNT);
	if (!x || !t)
		return;
	x->sentence = gql_text(c, b ? "`%.*s` takes exactly one of its fields now" : "`%.*s` takes any of its fields together now", STR_FMT(at->subject));
	gql_reach_type(c, x, true, t, REACH_REQUEST);
	if (!b)
		return;
	if (!gql_clean_given(c, t))
		gql_not_reached(c, x);
	else
		gql_witness_one_of(c, x, t);
}

static void use_changed(struct gql_compare *c, const struct noted *at, const struct gql_use *a, const struct gql_use *b)
{
	struct gql_names n = { 0 };
	const struct usage usage = usage_of(at->part, at->kind);
	const struct gql_use *u = b ? b : a;
	enum change_kind kind = !a ? CHANGE_KIND_GRAPHQL_USE_ADDED : !b ? CHANGE_KIND_GRAPHQL_USE_REMOVED : CHANGE_KIND_GRAPHQL_USE_CHANGED;
	if (!a || !b)
		gql_names_add(&n, a ? usage.removed : usage.added);
	if (b)
		argument_rules(a, b, &n);
	if (!n.count)
		return;
	struct str detail = a && b ? gql_text(c, "%.*s to %.*s", STR_FMT(use_text(c, a)), STR_FMT(use_text(c, b))) : use_text(c, u);
	struct change *x = gql_change(c, kind, at->subject, detail, a ? &a->spot : NULL, b ? &b->spot : NULL, RULE_COUNT, RULE_COUNT);
	if (!x)
		return;
	x->sentence = a && b ? gql_text(c, "`@%.*s` of `%.*s` has other arguments", STR_FMT(u->name), STR_FMT(at->subject)) :
			       gql_text(c, b ? "`@%.*s` was added to `%.*s`" : "`@%.*s` was taken from `%.*s`", STR_FMT(u->name), STR_FMT(at->subject));
	set_rules(c, x, &n);
	if (a && b && n.count == 1 && n.items[0] == GQL_RULE(DIRECTIVE_USAGE_ARGUMENT_ADDED))
		gql_set_level(x, CHANGE_INFO);
}

static void compare_use(struct gql_compare *c, const struct noted *at, const struct gql_use *a, const struct gql_use *b)
{
	struct gql_names n = { 0 };
	struct str name = a ? a->name : b->name;
	if (a && b)
		argument_rules(a, b, &n);
	if (a && b && !n.count)
		return;
	if (str_eq(name, STR("deprecated")))
		deprecation(c, at, a, b);
	else if (str_eq(name, STR("oneOf")) && at->part == GQL_PART_TYPE && at->kind == GQL_INPUT)
		one_of(c, at, a, b);
	else
		use_changed(c, at, a, b);
}

static void compare_uses(struct gql_compare *c, const struct noted *at, const struct gql_uses *before, const struct gql_uses *after)
{
	for (uint32_t i = 0; i < before->count && i < USES_MAX; i++)
		compare_use(c, at, &before->items[i], nth_use(after, before->items[i].name, number_of(before, i)));
	for (uint32_t i = 0; i < after->count && i < USES_MAX; i++)
		if (!nth_use(before, after->items[i].name, number_of(after, i)))
			compare_use(c, at, NULL, &after->items[i]);
}

/* ---- descriptions ---- */

static enum rule_id description_rule(enum gql_part part, bool had, bool has)
{
	static const enum rule_id type[] = { GQL_RULE(TYPE_DESCRIPTION_ADDED), GQL_RULE(TYPE_DESCRIPTION_CHANGED), GQL_RULE(TYPE_DESCRIPTION_REMOVED) };
	static const enum rule_id field[] = { GQL_RULE(FIELD_DESCRIPTION_ADDED), GQL_RULE(FIELD_DESCRIPTION_CHANGED), GQL_RULE(FIELD_DESCRIPTION_REMOVED) };
	static const enum rule_id input[] = { GQL_RULE(INPUT_FIELD_DESCRIPTION_ADDED), GQL_RULE(INPUT_FIELD_DESCRIPTION_CHANGED), GQL_RULE(INPUT_FIELD_DESCRIPTION_REMOVED) };
	int which = !had ? 0 : has ? 1 : 2;
	switch (part) {
	case GQL_PART_TYPE:
		return type[which];
	case GQL_PART_FIELD:
		return field[which];
	case GQL_PART_INPUT_FIELD:
		return input[which];
	case GQL_PART_ARGUMENT:
		return GQL_RULE(FIELD_ARGUMENT_DESCRIPTION_CHANGED);
	case GQL_PART_ENUM_VALUE:
		return GQL_RULE(ENUM_VALUE_DESCRIPTION_CHANGED);
	case GQL_PART_DIRECTIVE:
		return GQL_RULE(DIRECTIVE_DESCRIPTION_CHANGED);
	case GQL_PART_DIRECTIVE_ARGUMENT:
		return GQL_RULE(DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED);
	default:
		return RULE_COUNT; /* of a schema: known to no other checker */
	}
}

void gql_compare_notes(struct gql_compare *c, enum gql_part part, enum gql_kind kind, struct str subject, const struct gql_side *before, const struct gql_side *after)
{
	const struct noted at = { part, kind, subject };
	if (before->uses->count || after->uses->count)
		compare_uses(c, &at, before->uses, after->uses);
	if (str_eq(before->description, after->description))
		return;
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_DESCRIPTION_CHANGED, subject, STR(""), &before->spot, &after->spot, description_rule(part, before->described, after->described),
		RULE_COUNT);
	if (x)
		x->sentence = gql_text(c, !before->described ? "`%.*s` has a description now" : after->described ? "`%.*s` is described in other words" : "`%.*s` has no description any more",
			STR_FMT(subject));
}

/* ---- definitions of directives ---- */

static struct str directive_name(struct gql_compare *c, const struct gql_directive *d) { return gql_text(c, "@%.*s", STR_FMT(d->name)); }

/* Of a directive that only schemas use, clients see nothing. */
static void for_clients(struct gql_compare *c, struct change *x, const struct gql_directive *d, uint32_t locations, bool twice)
{
	if (!x)
		return;
	if (locations & GQL_EXECUTABLE) {
		gql_witness_directive(c, x, d, locations & GQL_EXECUTABLE, twice);
		return;
	}
	gql_set_level(x, CHANGE_INFO);
	x->sentence = gql_text(c, "%.*s; only schemas use it there, no client does", STR_FMT(x->sentence));
}

static void compare_locations(struct gql_compare *c, const struct gql_directive *a, const struct gql_directive *b)
{
	for (int i = 0; i < GQL_AT_COUNT; i++) {
		bool had = a->locations >> i & 1, has = b->locations >> i & 1;
		if (had == has)
			continue;
		struct change *x = gql_change(c, had ? CHANGE_KIND_GRAPHQL_DIRECTIVE_LOCATION_REMOVED : CHANGE_KIND_GRAPHQL_DIRECTIVE_LOCATION_ADDED, directive_name(c, a),
			gql_location_names[i], &a->spot, &b->spot, had ? GQL_RULE(DIRECTIVE_LOCATION_REMOVED) : GQL_RULE(DIRECTIVE_LOCATION_ADDED), RULE_COUNT);
		if (!x)
			continue;
		x->sentence = gql_text(c, had ? "`@%.*s` is no longer allowed at %.*s" : "`@%.*s` is allowed at %.*s, too", STR_FMT(a->name), STR_FMT(gql_location_names[i]));
		if (had)
			for_clients(c, x, a, 1u << i, false);
	}
}

static void compare_directive(struct gql_compare *c, const struct gql_directive *a, const struct gql_directive *b)
{
	static const struct gql_uses none = { 0 };
	struct gql_side before = { &none, a->description, a->described, a->spot }, after = { &none, b->description, b->described, b->spot };
	gql_compare_notes(c, GQL_PART_DIRECTIVE, GQL_SCALAR, directive_name(c, a), &before, &after);
	compare_locations(c, a, b);
	if (a->repeatable != b->repeatable) {
		struct change *x = gql_change(c, a->repeatable ? CHANGE_KIND_GRAPHQL_DIRECTIVE_REPEATABLE_REMOVED : CHANGE_KIND_GRAPHQL_DIRECTIVE_REPEATABLE_ADDED, directive_name(c, a),
			STR(""), &a->spot, &b->spot, a->repeatable ? GQL_RULE(DIRECTIVE_REPEATABLE_REMOVED) : GQL_RULE(DIRECTIVE_REPEATABLE_ADDED), RULE_COUNT);
		if (x)
			x->sentence = gql_text(c, a->repeatable ? "`@%.*s` may no longer be repeated" : "`@%.*s` may be repeated", STR_FMT(a->name));
		if (a->repeatable)
			for_clients(c, x, a, a->locations & b->locations, true);
	}
	gql_compare_directive_arguments(c, a, b);
}

void gql_compare_directives(struct gql_compare *c)
{
	for (uint32_t i = 0; i < c->before->directive_count; i++) {
		const struct gql_directive *a = c->before->directives[i], *b = gql_directive_of(c->after, a->name);
		if (b && !(a->builtin && b->builtin)) {
			compare_directive(c, a, b);
		} else if (!b) {
			struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_DIRECTIVE_REMOVED, directive_name(c, a), STR(""), &a->spot, NULL, GQL_RULE(DIRECTIVE_REMOVED), RULE_COUNT);
			if (x)
				x->sentence = gql_text(c, "The directive `@%.*s` was removed", STR_FMT(a->name));
			for_clients(c, x, a, a->locations, false);
		}
	}
	for (uint32_t i = 0; i < c->after->directive_count; i++) {
		const struct gql_directive *b = c->after->directives[i];
		if (gql_directive_of(c->before, b->name))
			continue;
		struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_DIRECTIVE_ADDED, directive_name(c, b), STR(""), NULL, &b->spot, GQL_RULE(DIRECTIVE_ADDED), RULE_COUNT);
		if (x)
			x->sentence = gql_text(c, "The directive `@%.*s` is new", STR_FMT(b->name));
	}
}
