/* A pair of enums: values by number (several names may share one), openness, what is reserved. */
#include "contract/proto/compare.h"
#include "contract/proto/witness.h"
#include <stdlib.h>

/* Values sorted by number, then as they stand: big enums are compared in one walk. */
static int number_order(const void *x, const void *y)
{
	const struct proto_value *const *a = x, *const *b = y;
	if ((*a)->number != (*b)->number)
		return (*a)->number < (*b)->number ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

static const struct proto_value **sorted(struct comparer *c, const struct proto_enum *e)
{
	const struct proto_value **v = ARENA_ARRAY(&c->arena, e->value_count, const struct proto_value *);
	for (uint32_t i = 0; v && i < e->value_count; i++)
		v[i] = &e->values[i];
	if (v)
		qsort(v, e->value_count, sizeof(*v), number_order);
	return v;
}

/* An enum that no message carries is a matter of source code only. */
static void narrow(struct comparer *c, uint32_t pair, struct change *x)
{
	if (x && c->pairs[pair].users == PAIR_NONE)
		x->categories &= CHANGE_SOURCE;
}

static void value_removed(struct comparer *c, uint32_t pair, const struct proto_value *v)
{
	const struct pair *p = &c->pairs[pair];
	const struct proto_enum *a = p->old_enum, *b = p->new_enum;
	bool number = is_reserved_number(b->reserved, b->reserved_count, v->number), name = is_reserved_name(b->reserved_names, b->reserved_name_count, v->name);
	struct change *x = compare_add(c, CHANGE_KIND_PROTO_ENUM_VALUE_REMOVED, compare_join(c, a->full, v->name), arena_printf(&c->out->arena, "%d", v->number), a->file, v->offset, b->file,
		b->offset);
	if (!x)
		return;
	compare_say(c, x, "`%.*s` (%d) of %.*s was removed%s", STR_FMT(v->name), v->number, STR_FMT(a->full),
		number && name ? "; number and name are reserved" : number ? "; its name is not reserved" : name ? "; its number is not reserved" : "; neither number nor name is reserved");
	if (number && b->features.enum_type != ENUM_CLOSED)
		x->categories &= (uint8_t)~CHANGE_WIRE;
	if (p->same_name) {
		compare_rule(c, x, RULE_BUF_ENUM_VALUE_NO_DELETE);
		if (!number)
			compare_rule(c, x, RULE_BUF_ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED);
		if (!name)
			compare_rule(c, x, RULE_BUF_ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED);
	}
	narrow(c, pair, x);
	pair_reach(c, pair, x);
	witness_enum(c, x, pair, v->number);
	witness_code(c, x, compare_join(c, a->full, v->name), "is a value", "is not there");
}

static bool name_under(const struct proto_value **v, uint32_t from, uint32_t to, struct str name)
{
	for (uint32_t i = from; i < to; i++)
		if (str_eq(v[i]->name, name))
			return true;
	return false;
}

static uint32_t run_end(const struct proto_value **v, uint32_t count, uint32_t from)
{
	uint32_t to = from;
	while (to < count && v[to]->number == v[from]->number)
		to++;
	return to;
}

/* The names of one number on both sides. buf demands that all old names stay. */
static void names(struct comparer *c, uint32_t pair, const struct proto_value **v, uint32_t from, uint32_t to, const struct proto_value **w, uint32_t w_from, uint32_t w_to)
{
	const struct pair *p = &c->pairs[pair];
	for (uint32_t i = from; i < to; i++) {
		if (name_under(w, w_from, w_to, v[i]->name))
			continue;
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_ENUM_VALUE_RENAMED, compare_join(c, p->old_enum->full, v[i]->name), w[w_from]->name, p->old_enum->file, v[i]->offset,
			p->new_enum->file, w[w_from]->offset);
		compare_say(c, x, "%d of %.*s was `%.*s` and is now `%.*s`", v[i]->number, STR_FMT(p->old_enum->full), STR_FMT(v[i]->name), STR_FMT(w[w_from]->name));
		if (p->same_name)
			compare_rule(c, x, RULE_BUF_ENUM_VALUE_SAME_NAME);
		narrow(c, pair, x);
		pair_reach(c, pair, x);
		witness_enum(c, x, pair, v[i]->number);
		witness_code(c, x, compare_join(c, p->old_enum->full, v[i]->name), "is a value", "is not there");
	}
}

static void value_added(struct comparer *c, uint32_t pair, const struct proto_value *w)
{
	const struct pair *p = &c->pairs[pair];
	bool closed = p->old_enum->features.enum_type == ENUM_CLOSED;
	struct str subject = compare_join(c, p->new_enum->full, w->name);
	if (is_reserved_number(p->old_enum->reserved, p->old_enum->reserved_count, w->number) ||
		is_reserved_name(p->old_enum->reserved_names, p->old_enum->reserved_name_count, w->name)) {
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_RESERVED_REUSED, subject, STR(""), p->old_enum->file, p->old_enum->offset, p->new_enum->file, w->offset);
		compare_say(c, x, "`%.*s` (%d) of %.*s uses what was reserved", STR_FMT(w->name), w->number, STR_FMT(p->new_enum->full));
		pair_reach(c, pair, x);
	}
	struct change *x = compare_add(c, closed ? CHANGE_KIND_PROTO_ENUM_VALUE_ADDED_CLOSED : CHANGE_KIND_PROTO_ENUM_VALUE_ADDED, subject, STR(""), p->old_enum->file, p->old_enum->offset,
		p->new_enum->file, w->offset);
	compare_say(c, x, "`%.*s` (%d) of %.*s is new", STR_FMT(w->name), w->number, STR_FMT(p->new_enum->full));
	pair_reach(c, pair, x);
	if (closed)
		witness_enum(c, x, pair, w->number);
}

static void values(struct comparer *c, uint32_t pair)
{
	const struct proto_enum *a = c->pairs[pair].old_enum, *b = c->pairs[pair].new_enum;
	const struct proto_value **v = sorted(c, a), **w = sorted(c, b);
	for (uint32_t i = 0, j = 0; v && w && (i < a->value_count || j < b->value_count);) {
		if (j == b->value_count || (i < a->value_count && v[i]->number < w[j]->number)) {
			value_removed(c, pair, v[i++]);
		} else if (i == a->value_count || v[i]->number > w[j]->number) {
			value_added(c, pair, w[j++]);
		} else {
			uint32_t to = run_end(v, a->value_count, i), w_to = run_end(w, b->value_count, j);
			names(c, pair, v, i, to, w, j, w_to);
			i = to;
			j = w_to;
		}
	}
}

static bool equal(const struct proto_enum *a, const struct proto_enum *b)
{
	if (a->value_count != b->value_count)
		return false;
	for (uint32_t i = 0; i < a->value_count; i++)
		if (a->values[i].number != b->values[i].number || !str_eq(a->values[i].name, b->values[i].name))
			return false;
	return true;
}

/* Whether a field has the enum's first value as its default. */
static bool is_default(struct comparer *c, uint32_t pair)
{
	for (uint32_t e = c->pairs[pair].users; e != PAIR_NONE; e = c->edges[e].next) {
		const struct proto_message *m = c->pairs[c->edges[e].to].old_message;
		for (uint32_t i = 0; i < m->field_count; i++)
			if (m->fields[i].type == PROTO_ENUM && m->fields[i].enumeration == c->pairs[pair].old_enum && m->fields[i].label != PROTO_REPEATED && !m->fields[i].has_default)
				return true;
	}
	return false;
}

static struct change *whole(struct comparer *c, uint32_t pair, enum change_kind kind, struct str detail, enum rule_id rule, bool ruled)
{
	const struct pair *p = &c->pairs[pair];
	struct change *x = compare_add(c, kind, p->old_enum->full, detail, p->old_enum->file, p->old_enum->offset, p->new_enum->file, p->new_enum->offset);
	if (p->same_name && ruled)
		compare_rule(c, x, rule);
	pair_reach(c, pair, x);
	return x;
}

void compare_enum(struct comparer *c, uint32_t pair)
{
	const struct proto_enum *a = c->pairs[pair].old_enum, *b = c->pairs[pair].new_enum;
	bool same_syntax = a->file->syntax == b->file->syntax;
	if (!equal(a, b))
		values(c, pair);
	if (a->features.enum_type != b->features.enum_type && same_syntax) {
		bool closed = b->features.enum_type == ENUM_CLOSED;
		struct change *x = whole(c, pair, CHANGE_KIND_PROTO_ENUM_OPENNESS_CHANGED, closed ? STR("open to closed") : STR("closed to open"), RULE_BUF_ENUM_SAME_TYPE, true);
		int32_t unknown = 0;
		compare_say(c, x, "%.*s was %s and is now %s", STR_FMT(a->full), closed ? "open" : "closed", closed ? "closed" : "open");
		while (proto_value_by_number(a, unknown) || proto_value_by_number(b, unknown))
			unknown++;
		witness_enum(c, x, pair, unknown);
		witness_code(c, x, a->full, closed ? "is open" : "is closed", closed ? "is closed" : "is open");
	}
	if (a->features.json == JSON_ALLOW && b->features.json == JSON_BEST_EFFORT && same_syntax)
		compare_say(c, whole(c, pair, CHANGE_KIND_PROTO_ENUM_JSON_FORMAT, STR(""), RULE_BUF_ENUM_SAME_JSON_FORMAT, true), "the JSON of %.*s is no longer guaranteed (ALLOW to LEGACY_BEST_EFFORT)",
			STR_FMT(a->full));
	if (a->values[0].number != b->values[0].number) {
		struct change *x = whole(c, pair, CHANGE_KIND_PROTO_ENUM_DEFAULT_CHANGED, STR(""), RULE_BUF_FIELD_SAME_DEFAULT, is_default(c, pair));
		compare_say(c, x, "the first value of %.*s, which a field has that is not set, was `%.*s` and is now `%.*s`", STR_FMT(a->full), STR_FMT(a->values[0].name),
			STR_FMT(b->values[0].name));
		witness_enum(c, x, pair, a->values[0].number);
	}
	compare_reserved(c, NULL, NULL, a, b);
}
