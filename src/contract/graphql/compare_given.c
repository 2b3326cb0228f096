/* Differences of what is given: arguments of fields and directives, fields of inputs. See compare.h. */
#include "contract/graphql/compare.h"

static struct str argument_name(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m, const struct gql_member *a)
{
	return gql_text(c, "%.*s.%.*s(%.*s:)", STR_FMT(t->name), STR_FMT(m->name), STR_FMT(a->name));
}

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
	return at->place.field ? argument_name(c, at->place.type, at->place.field, m) : gql_member_name(c, at->place.type, m);
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
	bool safe = a->lists == b->lists && gql_same_name(c, a, b) && !(b->nonnull & ~a->nonnull);
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
