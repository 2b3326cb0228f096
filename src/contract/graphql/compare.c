/* Compares two GraphQL models: which schema is which, operations' types, and types one by one. See compare.h. */
#include "contract/graphql/compare.h"
#include <stdlib.h>

enum { SCRATCH_BYTES = 1 << 30, TEXT_MAX = 4096 };

struct str gql_text(struct gql_compare *c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	struct str s = changes_text(c->out, format, args);
	va_end(args);
	return s;
}

static struct change_place place(const struct gql_schema *s, const struct gql_spot *spot)
{
	if (!spot)
		return (struct change_place){ 0 };
	struct text_place at = gql_place(s->files, *spot);
	return (struct change_place){ s->files->items[spot->file].source->path, at.line, at.column };
}

struct change *gql_change(struct gql_compare *c, enum change_kind kind, struct str subject, struct str detail, const struct gql_spot *old_spot, const struct gql_spot *new_spot,
	enum rule_id rule, enum rule_id second)
{
	if (change_infos[kind].level == CHANGE_INFO && !c->options->information)
		return NULL;
	/* Of several contracts in one source, each has changes of its own. */
	if (c->out_prefix.len)
		subject = gql_text(c, "%.*s: %.*s", STR_FMT(c->out_prefix), STR_FMT(subject));
	/* Names are slices of the sources, which need not live as long as the changes. */
	struct change *x = changes_add(c->out, kind, arena_str(&c->out->arena, subject), arena_str(&c->out->arena, detail));
	enum rule_id rules[] = { rule, second };
	if (!x)
		return NULL;
	x->old_place = place(c->before, old_spot);
	x->new_place = place(c->after, new_spot);
	x->old_place.file = arena_str(&c->out->arena, x->old_place.file);
	x->new_place.file = arena_str(&c->out->arena, x->new_place.file);
	change_rules(c->out, x, rules, rule == RULE_COUNT ? 0 : second == RULE_COUNT ? 1 : 2);
	return x;
}

void gql_set_level(struct change *x, enum change_level level)
{
	if (!x)
		return;
	x->level = level;
	if (level == CHANGE_INFO)
		x->witness.state = WITNESS_NONE;
	else if (x->witness.state == WITNESS_NONE)
		x->witness.state = WITNESS_UNPROVED;
}

void gql_not_reached(struct gql_compare *c, struct change *x)
{
	if (!x)
		return;
	gql_set_level(x, CHANGE_INFO);
	x->sentence = gql_text(c, "%.*s; no operation reaches it that does not break by another change", STR_FMT(x->sentence));
}

/* ---- the operations' types ---- */

static bool held_by_root(const struct gql_compare *c, const struct gql_type *t)
{
	for (int i = 0; i < GQL_OPERATIONS; i++)
		if (c->before->roots[i] == t && !c->after->roots[i])
			return true;
	return false;
}

static void root_witness(struct gql_compare *c, struct change *x, enum gql_operation operation)
{
	const struct gql_type *t = c->before->roots[operation];
	struct buf b;
	buf_init(&b, TEXT_MAX);
	for (uint32_t i = 0; x && x->witness.state != WITNESS_PROVED && i < t->members.count; i++) {
		buf_clear(&b);
		buf_printf(&b, "%s{ ", operation == GQL_QUERY ? "" : operation == GQL_MUTATION ? "mutation " : "subscription ");
		if (!gql_write_field(c, &b, &t->members.items[i], NULL, NULL, STR("")))
			continue;
		buf_add(&b, STR(" }"));
		gql_prove(c, x, buf_str(&b));
	}
	if (x && x->witness.state != WITNESS_PROVED && operation != GQL_SUBSCRIPTION) {
		buf_clear(&b);
		buf_printf(&b, "%s{ ... on %.*s { __typename } }", operation == GQL_QUERY ? "" : "mutation ", STR_FMT(t->name));
		gql_prove(c, x, buf_str(&b));
	}
	buf_release(&b);
}

/* All operations of a root type. */
static void reach_all(struct gql_compare *c, struct change *x, const struct gql_type *a)
{
	struct reach *list = ARENA_ARRAY(&c->out->arena, a->members.count ? a->members.count : 1, struct reach);
	for (uint32_t i = 0; list && i < a->members.count; i++)
		list[i] = (struct reach){ gql_text(c, "%.*s.%.*s", STR_FMT(a->name), STR_FMT(a->members.items[i].name)), REACH_BOTH };
	x->reach = list;
	x->reach_count = list ? a->members.count : 0;
}

static void compare_root(struct gql_compare *c, enum gql_operation o)
{
	static const enum rule_id rules[] = { GQL_RULE(SCHEMA_QUERY_TYPE_CHANGED), GQL_RULE(SCHEMA_MUTATION_TYPE_CHANGED), GQL_RULE(SCHEMA_SUBSCRIPTION_TYPE_CHANGED) };
	const struct gql_type *a = c->before->roots[o], *b = c->after->roots[o];
	const struct gql_spot *old_spot = a ? &c->before->root_spots[o] : NULL, *new_spot = b ? &c->after->root_spots[o] : NULL;
	struct str name = gql_operation_names[o];
	if (!a == !b && (!a || gql_match(c, a) == b))
		return;
	if (!a) {
		struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_ROOT_ADDED, name, b->name, old_spot, new_spot, rules[o], RULE_COUNT);
		if (x)
			x->sentence = gql_text(c, "There are operations of kind %.*s now, in `%.*s`", STR_FMT(name), STR_FMT(b->name));
		return;
	}
	bool type_gone = !b && !gql_type_of(c->after, a->name);
	struct str detail = b ? gql_text(c, "%.*s to %.*s", STR_FMT(a->name), STR_FMT(b->name)) : a->name;
	struct change *x = gql_change(c, b ? CHANGE_KIND_GRAPHQL_ROOT_CHANGED : CHANGE_KIND_GRAPHQL_ROOT_REMOVED, name, detail, old_spot, new_spot, rules[o],
		type_gone ? GQL_RULE(TYPE_REMOVED) : RULE_COUNT);
	if (!x)
		return;
	x->sentence = b ? gql_text(c, "Operations of kind %.*s are in `%.*s` instead of `%.*s`", STR_FMT(name), STR_FMT(b->name), STR_FMT(a->name)) :
			  gql_text(c, "There are no operations of kind %.*s any more; `%.*s` held them", STR_FMT(name), STR_FMT(a->name));
	root_witness(c, x, o);
	reach_all(c, x, a);
}

/* ---- types ---- */

static const char *const kind_words[] = { "scalar", "object type", "interface", "union", "enum", "input" };

/* What graphql-inspector says of the uses of a type that is gone or renamed. */
static void add_rule(struct gql_compare *c, struct change *x, enum rule_id r)
{
	struct gql_names n = { 0 };
	for (size_t i = 0; i < x->rules_count; i++)
		gql_names_add(&n, x->rules[i]);
	gql_names_add(&n, r);
	if (n.count != x->rules_count)
		change_rules(c->out, x, n.items, n.count);
}

static bool entered(const struct gql_compare *c, const struct gql_type *t) { return !c->rooted || c->steps[t->id].kind || c->given[t->id].kind; }

static void type_removed(struct gql_compare *c, const struct gql_type *t)
{
	if (held_by_root(c, t))
		return;
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_TYPE_REMOVED, t->name, STR(""), &t->spot, NULL, GQL_RULE(TYPE_REMOVED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "The %s `%.*s` was removed", kind_words[t->kind], STR_FMT(t->name));
	for (uint32_t i = 0; i < t->users.count; i++)
		if (gql_match(c, t->users.items[i]))
			add_rule(c, x, t->kind == GQL_INTERFACE ? GQL_RULE(OBJECT_TYPE_INTERFACE_REMOVED) : GQL_RULE(UNION_MEMBER_REMOVED));
	gql_reach_type(c, x, true, t, REACH_BOTH);
	if (!entered(c, t))
		gql_not_reached(c, x);
	else
		gql_witness_type(c, x, t);
}

static void type_kind_changed(struct gql_compare *c, const struct gql_type *a, const struct gql_type *b)
{
	struct str detail = gql_text(c, "%s to %s", kind_words[a->kind], kind_words[b->kind]);
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_TYPE_KIND_CHANGED, a->name, detail, &a->spot, &b->spot, GQL_RULE(TYPE_KIND_CHANGED), RULE_COUNT);
	if (!x)
		return;
	x->sentence = gql_text(c, "`%.*s` was a%s %s and is a%s %s now", STR_FMT(a->name), strchr("aeiou", kind_words[a->kind][0]) ? "n" : "", kind_words[a->kind],
		strchr("aeiou", kind_words[b->kind][0]) ? "n" : "", kind_words[b->kind]);
	gql_reach_type(c, x, true, a, REACH_BOTH);
	if (!entered(c, a))
		gql_not_reached(c, x);
	else
		gql_witness_type(c, x, a);
}

static void rename_in_members(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_members *before, const struct gql_members *after, enum rule_id rule,
	enum rule_id for_arguments)
{
	for (uint32_t i = 0; i < before->count; i++) {
		const struct gql_member *m = &before->items[i], *n = gql_member_of(after, m->name);
		if (n && m->type.type == t)
			add_rule(c, x, rule);
		if (n && for_arguments != RULE_COUNT)
			rename_in_members(c, x, t, &m->args, &n->args, for_arguments, RULE_COUNT);
	}
}

static void rename_rules(struct gql_compare *c, struct change *x, const struct gql_type *t)
{
	static const enum rule_id roots[] = { GQL_RULE(SCHEMA_QUERY_TYPE_CHANGED), GQL_RULE(SCHEMA_MUTATION_TYPE_CHANGED), GQL_RULE(SCHEMA_SUBSCRIPTION_TYPE_CHANGED) };
	for (int i = 0; i < GQL_OPERATIONS; i++)
		if (c->before->roots[i] == t)
			add_rule(c, x, roots[i]);
	for (uint32_t i = 0; i < c->before->types.count; i++) {
		const struct gql_type *u = c->before->types.items[i], *now = c->match[i];
		if (!now || u->kind == GQL_ENUM_TYPE || u->kind == GQL_SCALAR || (gql_renamed(c, u)))
			continue;
		bool input = u->kind == GQL_INPUT;
		rename_in_members(c, x, t, &u->members, &now->members, input ? GQL_RULE(INPUT_FIELD_TYPE_CHANGED) : GQL_RULE(FIELD_TYPE_CHANGED),
			input ? RULE_COUNT : GQL_RULE(FIELD_ARGUMENT_TYPE_CHANGED));
		if (!gql_member_of(&u->links, t->name))
			continue;
		add_rule(c, x, u->kind == GQL_UNION ? GQL_RULE(UNION_MEMBER_REMOVED) : GQL_RULE(OBJECT_TYPE_INTERFACE_REMOVED));
		add_rule(c, x, u->kind == GQL_UNION ? GQL_RULE(UNION_MEMBER_ADDED) : GQL_RULE(OBJECT_TYPE_INTERFACE_ADDED));
	}
}

static void type_renamed(struct gql_compare *c, const struct gql_type *a, const struct gql_type *b)
{
	struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_TYPE_RENAMED, a->name, b->name, &a->spot, &b->spot, GQL_RULE(TYPE_REMOVED), GQL_RULE(TYPE_ADDED));
	if (!x)
		return;
	x->sentence = gql_text(c, "The %s `%.*s` is called `%.*s` now", kind_words[a->kind], STR_FMT(a->name), STR_FMT(b->name));
	rename_rules(c, x, a);
	if (a == c->before->roots[0] || a == c->before->roots[1] || a == c->before->roots[2])
		reach_all(c, x, a);
	else
		gql_reach_type(c, x, true, a, REACH_BOTH);
	if (!entered(c, a)) {
		gql_not_reached(c, x);
	} else if (a->kind == GQL_ENUM_TYPE && c->rooted && !gql_clean_given(c, a)) { /* nobody names it but code made from the schema */
		gql_set_level(x, CHANGE_WARNING);
		x->categories = CHANGE_SOURCE;
	} else {
		gql_witness_type(c, x, a);
	}
}

static struct gql_side side_of_type(const struct gql_type *t) { return (struct gql_side){ &t->uses, t->description, t->described, t->spot }; }

static void compare_type(struct gql_compare *c, const struct gql_type *a)
{
	const struct gql_type *b = gql_match(c, a), *same = gql_type_of(c->after, a->name);
	if (a->builtin)
		return;
	if (!b) {
		if (same)
			type_kind_changed(c, a, same);
		else
			type_removed(c, a);
		return;
	}
	if (gql_renamed(c, a))
		type_renamed(c, a, b);
	struct gql_side before = side_of_type(a), after = side_of_type(b);
	gql_compare_notes(c, GQL_PART_TYPE, a->kind, a->name, &before, &after);
	if (a->kind == GQL_OBJECT_TYPE || a->kind == GQL_INTERFACE)
		gql_compare_fields(c, a, b);
	else if (a->kind == GQL_INPUT)
		gql_compare_inputs(c, a, b);
	else if (a->kind == GQL_ENUM_TYPE)
		gql_compare_values(c, a, b);
	gql_compare_links(c, a, b);
}

static void types_added(struct gql_compare *c)
{
	for (uint32_t i = 0; i < c->after->types.count; i++) {
		const struct gql_type *t = c->after->types.items[i];
		if (c->back[i] || t->builtin || gql_type_of(c->before, t->name))
			continue;
		struct change *x = gql_change(c, CHANGE_KIND_GRAPHQL_TYPE_ADDED, t->name, STR(""), NULL, &t->spot, GQL_RULE(TYPE_ADDED), RULE_COUNT);
		if (x)
			x->sentence = gql_text(c, "The %s `%.*s` is new", kind_words[t->kind], STR_FMT(t->name));
		gql_reach_type(c, x, false, t, REACH_BOTH);
	}
}

/* ---- schemas ---- */

/* Information that nobody asked for. */
static void drop_information(struct gql_compare *c, size_t from)
{
	size_t kept = from;
	for (size_t i = from; i < c->out->count; i++)
		if (c->out->items[i].level != CHANGE_INFO)
			c->out->items[kept++] = c->out->items[i];
	c->out->count = kept;
}

static bool compare_schemas(const struct gql_schema *before, const struct gql_schema *after, const struct contract_options *options, bool several, struct changes *out,
	struct err *e)
{
	struct gql_compare c = { .before = before, .after = after, .options = options, .out = out };
	size_t from = out->count;
	if (several)
		c.out_prefix = before->name;
	arena_init(&c.scratch, SCRATCH_BYTES);
	bool ok = gql_match_types(&c) && gql_find_paths(&c);
	if (ok) {
		struct gql_side a = { &before->uses, before->description, before->described, before->spot }, b = { &after->uses, after->description, after->described, after->spot };
		gql_compare_notes(&c, GQL_PART_SCHEMA, GQL_SCALAR, STR("schema"), &a, &b);
		for (int i = 0; i < GQL_OPERATIONS; i++)
			compare_root(&c, (enum gql_operation)i);
		for (uint32_t i = 0; i < before->types.count; i++)
			compare_type(&c, before->types.items[i]);
		types_added(&c);
		gql_compare_directives(&c);
	}
	if (!options->information)
		drop_information(&c, from);
	arena_release(&c.scratch);
	return ok || err_set(e, ERR_TOO_LARGE, "%.*s is too large to be compared; split the schema", STR_FMT(before->name));
}

static bool matches(const struct gql_model *m, uint32_t i, struct str name, const bool *taken)
{
	return !taken[i] && str_eq(m->schemas[i].name, name);
}

static bool schema_alone(struct changes *out, const struct gql_schema *s, bool added, const struct contract_options *options)
{
	if (added && !options->information)
		return true;
	struct str name = arena_str(&out->arena, s->name);
	struct change *x = changes_add(out, added ? CHANGE_KIND_CONTRACT_ADDED : CHANGE_KIND_CONTRACT_REMOVED, name, STR("graphql"));
	if (!x)
		return true;
	struct change_place at = { arena_str(&out->arena, s->files->items[s->first_file].source->path), 1, 1 };
	x->sentence = arena_printf(&out->arena, "The GraphQL schema %.*s %s", STR_FMT(name), added ? "is new" : "was removed");
	*(added ? &x->new_place : &x->old_place) = at;
	return true;
}

/* Schemas of one name belong together; and where each side has one left, these do. */
bool gql_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out, struct err *e)
{
	static const struct gql_model none;
	const struct gql_model *a = old_model ? (const struct gql_model *)old_model : &none, *b = new_model ? (const struct gql_model *)new_model : &none;
	bool *taken = calloc(b->count + 1u, sizeof(*taken)), ok = taken != NULL, several = a->count > 1 || b->count > 1;
	uint32_t left = UINT32_MAX, unmatched = 0;
	for (uint32_t i = 0; ok && i < a->count; i++) {
		uint32_t j = 0;
		while (j < b->count && !matches(b, j, a->schemas[i].name, taken))
			j++;
		if (j < b->count) {
			taken[j] = true;
			ok = compare_schemas(&a->schemas[i], &b->schemas[j], options, several, out, e);
			continue;
		}
		unmatched++;
		if (left != UINT32_MAX)
			schema_alone(out, &a->schemas[left], false, options);
		left = i;
	}
	uint32_t news = 0, last = 0;
	for (uint32_t j = 0; ok && j < b->count; j++)
		if (!taken[j])
			news++, last = j;
	if (ok && unmatched == 1 && news == 1)
		ok = compare_schemas(&a->schemas[left], &b->schemas[last], options, several, out, e);
	else if (ok && left != UINT32_MAX)
		schema_alone(out, &a->schemas[left], false, options);
	for (uint32_t j = 0; ok && j < b->count && !(unmatched == 1 && news == 1); j++)
		if (!taken[j])
			schema_alone(out, &b->schemas[j], true, options);
	free(taken);
	return ok;
}
