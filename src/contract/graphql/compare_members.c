/* Differences of fields, arguments, input fields, enum values, interfaces and members of unions. See compare.h. */
#include "contract/graphql/compare.h"

static struct str member_name(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m) { return gql_text(c, "%.*s.%.*s", STR_FMT(t->name), STR_FMT(m->name)); }
static struct str argument_name(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m, const struct gql_member *a)
{
	return gql_text(c, "%.*s.%.*s(%.*s:)", STR_FMT(t->name), STR_FMT(m->name), STR_FMT(a->name));
}

/* ---- fields ---- */

static bool same_type(const struct gql_ref *a, const struct gql_ref *b) { return a->type == b->type && a->lists == b->lists && a->nonnull == b->nonnull; }

static bool same_field(const struct gql_member *a, const struct gql_member *b)
{
	if (!a || !b)
		return a == b;
	if (!same_type(&a->type, &b->type) || a->args.count != b->args.count)
		return false;
	for (uint32_t i = 0; i < a->args.count; i++) {
		const struct gql_member *x = &a->args.items[i], *y = gql_member_of(&b->args, x->name);
		if (!y || !same_type(&x->type, &y->type) || !gql_value_equal(x->default_value, y->default_value))
			return false;
	}
	return true;
}

/* An interface of the type has the same field with the same difference: told there, once. */
static bool told_by_interface(const struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, struct str name)
{
	const struct gql_member *m = gql_member_of(&t->members, name), *n = gql_member_of(&now->members, name);
	for (uint32_t i = 0; i < t->links.count; i++) {
		const struct gql_type *it = t->links.items[i].type.type, *it_now = gql_match(c, it);
		if (!it_now || !gql_clean(c, it) || !gql_member_of(&now->links, it_now->name))
			continue;
		const struct gql_member *im = gql_member_of(&it->members, name), *in = gql_member_of(&it_now->members, name);
		if ((im || in) && same_field(m, im) && same_field(n, in))
			return true;
	}
	return false;
}

static uint32_t followers(const struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, struct str name)
{
	uint32_t n = 0;
	for (uint32_t i = 0; t->kind == GQL_INTERFACE && i < t->users.count; i++) {
		const struct gql_type *u = t->users.items[i], *v = gql_match(c, u);
		if (v && gql_member_of(&v->links, now->name) && same_field(gql_member_of(&t->members, name), gql_member_of(&u->members, name)) &&
			same_field(gql_member_of(&now->members, name), gql_member_of(&v->members, name)))
			n++;
	}
	return n;
}

static struct str also(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, struct str name)
{
	uint32_t n = followers(c, t, now, name);
	return n ? gql_text(c, ", as it is in the %u type%s that implement%s `%.*s`", n, n == 1 ? "" : "s", n == 1 ? "s" : "", STR_FMT(t->name)) : STR("");
}

static void field_removed(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *m)
{
	struct buf b;
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_FIELD_REMOVED, member_name(c, t, m), STR(""), &m->spot, NULL, GQL_RULE(FIELD_REMOVED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The field `%.*s` of `%.*s` was removed%.*s", STR_FMT(m->name), STR_FMT(t->name), STR_FMT(also(c, t, now, m->name)));
	gql_reach_field(c, x, true, t, m, REACH_RESPONSE);
	if (!gql_clean(c, t)) {
		gql_not_reached(c, x);
		return;
	}
	struct buf way;
	buf_init(&b, 4096);
	buf_init(&way, 4096);
	if (gql_write_field(c, &b, m, NULL, NULL, STR("")) && gql_write_way(c, &way, t, STR(""), buf_str(&b)))
		gql_prove(c, x, buf_str(&way));
	buf_release(&way);
	buf_release(&b);
}

static bool only_tighter(const struct gql_compare *c, const struct gql_ref *a, const struct gql_ref *b)
{
	return a->lists == b->lists && gql_same_named(c, a, b) && !(a->nonnull & ~b->nonnull);
}

static bool all_possible(const struct gql_compare *c, const struct gql_type *a, const struct gql_type *b)
{
	const struct gql_type *was = c->back[b->id];
	if (b->kind == GQL_OBJECT_TYPE)
		return was && gql_possible(a, was);
	const struct gql_members *links = b->kind == GQL_UNION ? &b->links : NULL;
	for (uint32_t i = 0; i < (links ? links->count : b->users.count); i++) {
		const struct gql_type *o = links ? links->items[i].type.type : b->users.items[i];
		if (o->kind == GQL_OBJECT_TYPE && !(c->back[o->id] && gql_possible(a, c->back[o->id])))
			return false;
	}
	return true;
}

static bool text_scalar(const struct gql_type *t) { return t->builtin && (str_eq(t->name, STR("String")) || str_eq(t->name, STR("ID"))); }

/* Each answer of the new type is one of the old type. */
static bool answers_fit(const struct gql_compare *c, const struct gql_ref *a, const struct gql_ref *b)
{
	const struct gql_type *x = a->type, *y = b->type;
	if (a->lists != b->lists || (a->nonnull & ~b->nonnull))
		return false;
	if (gql_is_composite(x) || gql_is_composite(y))
		return gql_is_composite(x) && gql_is_composite(y) && all_possible(c, x, y);
	if (text_scalar(x))
		return text_scalar(y) || y->kind == GQL_ENUM_TYPE;
	return c->match[x->id] == y || (x->builtin && y->builtin && str_eq(x->name, STR("Float")) && str_eq(y->name, STR("Int")));
}

static void field_type(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *m, const struct gql_member *n)
{
	if (gql_same_ref(c, &m->type, &n->type))
		return;
	struct str old_type = gql_ref_text(&c->out->arena, &m->type), new_type = gql_ref_text(&c->out->arena, &n->type);
	struct str detail = gql_text(c, "%.*s to %.*s", STR_FMT(old_type), STR_FMT(new_type));
	bool tighter = only_tighter(c, &m->type, &n->type), clean = gql_clean(c, t);
	enum change_kind kind = CHANGE_KIND_GRAPHQL_FIELD_TYPE_CHANGED;
	if (tighter)
		kind = clean && gql_witness_merge(c, NULL, t, m, n) ? CHANGE_KIND_GRAPHQL_FIELD_MERGE : CHANGE_KIND_GRAPHQL_FIELD_TYPE_TIGHTENED;
	struct change *x = gql_change(c, kind, member_name(c, t, m), detail, &m->spot, &n->spot, GQL_RULE(FIELD_TYPE_CHANGED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The field `%.*s` of `%.*s` answers %.*s instead of %.*s%.*s", STR_FMT(m->name), STR_FMT(t->name), STR_FMT(new_type), STR_FMT(old_type),
		STR_FMT(also(c, t, now, m->name)));
	gql_reach_field(c, x, true, t, m, REACH_RESPONSE);
	if (tighter) {
		if (kind == CHANGE_KIND_GRAPHQL_FIELD_MERGE)
			gql_witness_merge(c, x, t, m, n);
		return;
	}
	if (!clean) {
		gql_not_reached(c, x);
		return;
	}
	gql_witness_field_type(c, x, t, m, n);
	if (x->witness.state == WITNESS_PROVED || !answers_fit(c, &m->type, &n->type))
		return;
	/* Nobody can get a value that he did not expect; only code that was made from the schema sees another type. */
	gql_set_level(x, CHANGE_WARNING);
	x->categories = CHANGE_SOURCE;
	gql_witness_merge(c, x, t, m, n);
}

void gql_compare_fields(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now)
{
	for (uint32_t i = 0; i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i], *n = gql_member_of(&now->members, m->name);
		bool told = !same_field(m, n) && told_by_interface(c, t, now, m->name);
		if (!n) {
			if (!told)
				field_removed(c, t, now, m);
			continue;
		}
		struct gql_side before = gql_side_of(m), after = gql_side_of(n);
		gql_compare_notes(c, GQL_PART_FIELD, t->kind, member_name(c, t, m), &before, &after);
		if (!told)
			field_type(c, t, now, m, n);
		gql_compare_arguments(c, t, told ? NULL : now, m, n);
	}
	for (uint32_t i = 0; i < now->members.count; i++) {
		const struct gql_member *n = &now->members.items[i];
		if (gql_member_of(&t->members, n->name) || told_by_interface(c, t, now, n->name))
			continue;
		struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_FIELD_ADDED, member_name(c, now, n), STR(""), NULL, &n->spot, GQL_RULE(FIELD_ADDED), RULE_COUNT);
		if (x)
			x->sentence = gql_text(c, "`%.*s` has a new field `%.*s`", STR_FMT(now->name), STR_FMT(n->name));
		gql_reach_field(c, x, false, now, n, REACH_RESPONSE);
	}
}

/* ---- what is given: arguments and input fields ---- */

/* Where something is given: the kinds of change and the rules for it. */
struct given_rows {
	enum change_kind removed, added, defaulted, required, type, default_value;
	enum rule_id rule_removed, rule_added, rule_type, rule_default;
};
static const struct given_rows argument_rows = { CHANGE_KIND_GRAPHQL_ARGUMENT_REMOVED, CHANGE_KIND_GRAPHQL_ARGUMENT_ADDED, CHANGE_KIND_GRAPHQL_ARGUMENT_ADDED,
	CHANGE_KIND_GRAPHQL_REQUIRED_ARGUMENT_ADDED, CHANGE_KIND_GRAPHQL_ARGUMENT_TYPE_CHANGED, CHANGE_KIND_GRAPHQL_ARGUMENT_DEFAULT_CHANGED, GQL_RULE(FIELD_ARGUMENT_REMOVED),
	GQL_RULE(FIELD_ARGUMENT_ADDED), GQL_RULE(FIELD_ARGUMENT_TYPE_CHANGED), GQL_RULE(FIELD_ARGUMENT_DEFAULT_CHANGED) };
static const struct given_rows directive_rows = { CHANGE_KIND_GRAPHQL_ARGUMENT_REMOVED, CHANGE_KIND_GRAPHQL_ARGUMENT_ADDED, CHANGE_KIND_GRAPHQL_ARGUMENT_ADDED,
	CHANGE_KIND_GRAPHQL_REQUIRED_ARGUMENT_ADDED, CHANGE_KIND_GRAPHQL_ARGUMENT_TYPE_CHANGED, CHANGE_KIND_GRAPHQL_ARGUMENT_DEFAULT_CHANGED, GQL_RULE(DIRECTIVE_ARGUMENT_REMOVED),
	GQL_RULE(DIRECTIVE_ARGUMENT_ADDED), GQL_RULE(DIRECTIVE_ARGUMENT_TYPE_CHANGED), GQL_RULE(DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED) };
static const struct given_rows input_rows = { CHANGE_KIND_GRAPHQL_INPUT_FIELD_REMOVED, CHANGE_KIND_GRAPHQL_INPUT_FIELD_ADDED, CHANGE_KIND_GRAPHQL_DEFAULTED_INPUT_FIELD_ADDED,
	CHANGE_KIND_GRAPHQL_REQUIRED_INPUT_FIELD_ADDED, CHANGE_KIND_GRAPHQL_INPUT_FIELD_TYPE_CHANGED, CHANGE_KIND_GRAPHQL_INPUT_FIELD_DEFAULT_CHANGED, GQL_RULE(INPUT_FIELD_REMOVED),
	GQL_RULE(INPUT_FIELD_ADDED), GQL_RULE(INPUT_FIELD_TYPE_CHANGED), GQL_RULE(INPUT_FIELD_DEFAULT_VALUE_CHANGED) };

struct given_at { const struct given_rows *rows; struct gql_input_place place; const struct gql_type *new_type; const char *word; bool clean, client; };

static struct str given_name(struct gql_compare *c, const struct given_at *at, const struct gql_member *m)
{
	if (at->place.directive)
		return gql_text(c, "@%.*s(%.*s:)", STR_FMT(at->place.directive->name), STR_FMT(m->name));
	return at->place.field ? argument_name(c, at->place.type, at->place.field, m) : member_name(c, at->place.type, m);
}

static void given_reach(struct gql_compare *c, struct change *x, const struct given_at *at, bool old_side)
{
	if (at->place.directive || !x)
		return;
	if (at->place.field)
		gql_reach_field(c, x, old_side, old_side ? at->place.type : at->new_type, at->place.field, REACH_REQUEST);
	else
		gql_reach_type(c, x, old_side, old_side ? at->place.type : at->new_type, REACH_REQUEST);
}

/* Breaks clients, if they can give it at all; else it is information, or, of a directive for schemas only, about the server's own text. */
static void given_breaks(struct gql_compare *c, struct change *x, const struct given_at *at, enum gql_given_break how, const struct gql_member *m, const struct gql_member *n)
{
	if (!at->client) {
		gql_set_level(x, CHANGE_INFO);
		x->sentence = gql_text(c, "%.*s; only schemas use it, no client does", STR_FMT(x->sentence));
	} else if (!at->clean) {
		gql_not_reached(c, x);
	} else {
		gql_witness_input(c, x, &at->place, how, m, n);
	}
}

static void given_removed(struct gql_compare *c, const struct given_at *at, const struct gql_member *m)
{
	struct change *x = gql_change(c, at->rows->removed, given_name(c, at, m), STR(""), &m->spot, NULL, at->rows->rule_removed, RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The %s `%.*s` was removed", at->word, STR_FMT(given_name(c, at, m)));
	given_reach(c, x, at, true);
	given_breaks(c, x, at, GQL_BREAK_REMOVED, m, NULL);
}

static void given_added(struct gql_compare *c, const struct given_at *at, const struct gql_member *n)
{
	bool required = gql_required(n);
	enum change_kind kind = required ? at->rows->required : n->default_value ? at->rows->defaulted : at->rows->added;
	struct change *x = gql_change(c, kind, given_name(c, at, n), gql_ref_text(&c->out->arena, &n->type), NULL, &n->spot, at->rows->rule_added, RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The %s `%.*s` is new%s", at->word, STR_FMT(given_name(c, at, n)), required ? " and must be given" : n->default_value ? " and has a default" : "");
	given_reach(c, x, at, false);
	if (required)
		given_breaks(c, x, at, GQL_BREAK_REQUIRED, NULL, n);
	else if (!at->clean || at->place.directive)
		gql_set_level(x, CHANGE_INFO);
}

static struct str default_text(struct gql_compare *c, const struct gql_value *v) { return v ? gql_value_text(&c->out->arena, v) : STR("none"); }

static void given_type(struct gql_compare *c, const struct given_at *at, const struct gql_member *m, const struct gql_member *n)
{
	const struct gql_ref *a = &m->type, *b = &n->type;
	if (gql_same_ref(c, a, b))
		return;
	struct str old_type = gql_ref_text(&c->out->arena, a), new_type = gql_ref_text(&c->out->arena, b);
	struct str detail = gql_text(c, "%.*s to %.*s", STR_FMT(old_type), STR_FMT(new_type));
	bool safe = a->lists == b->lists && gql_same_named(c, a, b) && !(b->nonnull & ~a->nonnull);
	struct change *x = gql_change(c, at->rows->type, given_name(c, at, m), detail, &m->spot, &n->spot, at->rows->rule_type, RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The %s `%.*s` takes %.*s instead of %.*s", at->word, STR_FMT(given_name(c, at, m)), STR_FMT(new_type), STR_FMT(old_type));
	given_reach(c, x, at, true);
	if (safe)
		gql_set_level(x, CHANGE_INFO);
	else
		given_breaks(c, x, at, GQL_BREAK_TYPE, m, n);
}

/* A default taken from what may not be null makes it a thing that must be given. */
static void given_default(struct gql_compare *c, const struct given_at *at, const struct gql_member *m, const struct gql_member *n)
{
	if (gql_value_equal(m->default_value, n->default_value))
		return;
	bool breaks = m->default_value && !n->default_value && gql_required_ref(&n->type);
	struct str old_default = default_text(c, m->default_value), new_default = default_text(c, n->default_value);
	struct change *x = gql_change(c, at->rows->default_value, given_name(c, at, m), gql_text(c, "%.*s to %.*s", STR_FMT(old_default), STR_FMT(new_default)), &m->spot, &n->spot,
		at->rows->rule_default, RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The default of the %s `%.*s` is %.*s instead of %.*s%s", at->word, STR_FMT(given_name(c, at, m)), STR_FMT(new_default), STR_FMT(old_default),
		breaks ? ", so that it must be given now" : "");
	given_reach(c, x, at, true);
	if (breaks) {
		gql_set_level(x, CHANGE_BREAKING);
		x->categories = CHANGE_WIRE | CHANGE_SOURCE;
		given_breaks(c, x, at, GQL_BREAK_REQUIRED, m, n);
	} else {
		given_breaks(c, x, at, GQL_BREAK_DEFAULT, m, n);
	}
}

static void compare_given(struct gql_compare *c, const struct given_at *at, const struct gql_members *before, const struct gql_members *after, bool told)
{
	enum gql_part part = at->place.directive ? GQL_PART_DIRECTIVE_ARGUMENT : at->place.field ? GQL_PART_ARGUMENT : GQL_PART_INPUT_FIELD;
	for (uint32_t i = 0; i < before->count; i++) {
		const struct gql_member *m = &before->items[i], *n = gql_member_of(after, m->name);
		if (!n) {
			if (!told)
				given_removed(c, at, m);
			continue;
		}
		struct gql_side a = gql_side_of(m), b = gql_side_of(n);
		gql_compare_notes(c, part, GQL_SCALAR, given_name(c, at, m), &a, &b);
		if (told)
			continue;
		given_type(c, at, m, n);
		given_default(c, at, m, n);
	}
	for (uint32_t i = 0; i < after->count && !told; i++)
		if (!gql_member_of(before, after->items[i].name))
			given_added(c, at, &after->items[i]);
}

/* new_type NULL: differences are told by an interface, only notes are compared. */
void gql_compare_arguments(struct gql_compare *c, const struct gql_type *t, const struct gql_type *new_type, const struct gql_member *m, const struct gql_member *n)
{
	const struct given_at at = { &argument_rows, { t, m, n, NULL }, new_type, "argument", gql_clean(c, t), true };
	compare_given(c, &at, &m->args, &n->args, !new_type);
}

void gql_compare_directive_arguments(struct gql_compare *c, const struct gql_directive *d, const struct gql_directive *now)
{
	bool client = (d->locations & now->locations & GQL_EXECUTABLE) != 0;
	const struct given_at at = { &directive_rows, { NULL, NULL, NULL, d }, NULL, "argument", true, client };
	compare_given(c, &at, &d->args, &now->args, false);
}

void gql_compare_inputs(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now)
{
	const struct given_at at = { &input_rows, { t, NULL, NULL, NULL }, now, "input field", gql_clean_given(c, t), true };
	compare_given(c, &at, &t->members, &now->members, false);
}

/* ---- enums, interfaces, unions ---- */

static void value_removed(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m)
{
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_ENUM_VALUE_REMOVED, member_name(c, t, m), STR(""), &m->spot, NULL, GQL_RULE(ENUM_VALUE_REMOVED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The value `%.*s` of `%.*s` was removed", STR_FMT(m->name), STR_FMT(t->name));
	gql_reach_type(c, x, true, t, REACH_BOTH);
	if (gql_clean_given(c, t)) {
		gql_witness_enum(c, x, t, m->name, false);
	} else if (gql_clean(c, t)) { /* only answered, never given: code that names it does not build any more */
		gql_set_level(x, CHANGE_WARNING);
		x->categories = CHANGE_SOURCE;
	} else {
		gql_not_reached(c, x);
	}
}

static void value_added(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *n)
{
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_ENUM_VALUE_ADDED, member_name(c, t, n), STR(""), NULL, &n->spot, GQL_RULE(ENUM_VALUE_ADDED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "`%.*s` has a new value `%.*s`", STR_FMT(t->name), STR_FMT(n->name));
	gql_reach_type(c, x, false, now, REACH_BOTH);
	if (gql_clean(c, t)) {
		gql_witness_enum(c, x, t, n->name, true);
	} else {
		gql_set_level(x, CHANGE_INFO);
		x->sentence = gql_text(c, "%.*s; it is only given, never answered", STR_FMT(x->sentence));
	}
}

void gql_compare_values(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now)
{
	for (uint32_t i = 0; i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i], *n = gql_member_of(&now->members, m->name);
		if (!n) {
			value_removed(c, t, m);
			continue;
		}
		struct gql_side a = gql_side_of(m), b = gql_side_of(n);
		gql_compare_notes(c, GQL_PART_ENUM_VALUE, GQL_ENUM_TYPE, member_name(c, t, m), &a, &b);
	}
	for (uint32_t i = 0; i < now->members.count; i++)
		if (!gql_member_of(&t->members, now->members.items[i].name))
			value_added(c, t, now, &now->members.items[i]);
}

static void link_removed(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *link)
{
	const struct gql_type *other = link->type.type, *other_now = gql_match(c, other);
	bool in_union = t->kind == GQL_UNION;
	if (!other_now)
		return; /* the other type is gone or of another kind: told of it */
	struct change *x = gql_change(c, in_union ? CHANGE_KIND_GRAPHQL_UNION_MEMBER_REMOVED : CHANGE_KIND_GRAPHQL_INTERFACE_REMOVED, member_name(c, t, link), STR(""), &link->spot, NULL,
		in_union ? GQL_RULE(UNION_MEMBER_REMOVED) : GQL_RULE(OBJECT_TYPE_INTERFACE_REMOVED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, in_union ? "The union `%.*s` no longer holds `%.*s`" : "`%.*s` no longer implements `%.*s`", STR_FMT(t->name), STR_FMT(link->name));
	gql_reach_type(c, x, true, in_union ? t : other, REACH_RESPONSE);
	if (gql_overlap(now, other_now)) {
		gql_set_level(x, CHANGE_INFO);
		x->sentence = gql_text(c, "%.*s; the types that implemented both still do", STR_FMT(x->sentence));
	} else if (!gql_clean(c, t) && !gql_clean(c, other)) {
		gql_not_reached(c, x);
	} else {
		gql_witness_spread(c, x, t, other);
	}
}

static void link_added(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now, const struct gql_member *link)
{
	const struct gql_type *other_now = link->type.type, *other = c->back[other_now->id];
	bool in_union = t->kind == GQL_UNION;
	const struct gql_type *abstract = in_union ? t : other;
	struct change *x = gql_change(c, in_union ? CHANGE_KIND_GRAPHQL_UNION_MEMBER_ADDED : CHANGE_KIND_GRAPHQL_INTERFACE_ADDED, member_name(c, t, link), STR(""), NULL, &link->spot,
		in_union ? GQL_RULE(UNION_MEMBER_ADDED) : GQL_RULE(OBJECT_TYPE_INTERFACE_ADDED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, in_union ? "The union `%.*s` holds also `%.*s`" : "`%.*s` also implements `%.*s`", STR_FMT(t->name), STR_FMT(link->name));
	gql_reach_type(c, x, false, in_union ? now : other_now, REACH_RESPONSE);
	if (!abstract || !gql_clean(c, abstract) || (c->rooted && !c->steps[abstract->id].flows) || now->kind == GQL_INTERFACE)
		gql_set_level(x, CHANGE_INFO); /* nobody can be answered it who did not know it */
	else
		gql_witness_new_type(c, x, abstract, in_union ? link->name : now->name);
}

void gql_compare_links(struct gql_compare *c, const struct gql_type *t, const struct gql_type *now)
{
	for (uint32_t i = 0; i < t->links.count; i++) {
		const struct gql_type *other = t->links.items[i].type.type, *other_now = gql_match(c, other);
		if (!other_now || !gql_member_of(&now->links, other_now->name))
			link_removed(c, t, now, &t->links.items[i]);
	}
	for (uint32_t i = 0; i < now->links.count; i++) {
		const struct gql_type *other = c->back[now->links.items[i].type.type->id];
		if (!other || !gql_member_of(&t->links, other->name))
			link_added(c, t, now, &now->links.items[i]);
	}
}
