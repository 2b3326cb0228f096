/* Two fields under one number of a pair of messages. A cause is told once: what follows from the file's new syntax is told there, a number that went to quite another field
 * is one change of its type. */
#include "contract/proto/compare_field.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"

struct change *field_change(const struct field_pair *p, enum change_kind kind, struct str detail)
{
	struct change *x = compare_add(p->c, kind, compare_join(p->c, p->where, p->name), detail, p->a->file, p->f->offset, p->b->file, p->g->offset);
	pair_reach(p->c, p->pair, x);
	return x;
}

void field_rule(const struct field_pair *p, struct change *x, enum rule_id id)
{
	if (p->same_name)
		compare_rule(p->c, x, id);
}

/* The map that an entry belongs to; NULL where the message is no map's entry. */
static const struct proto_field *map_of(const struct proto_message *entry)
{
	for (uint32_t i = 0; entry->map_entry && entry->parent && i < entry->parent->field_count; i++)
		if (entry->parent->fields[i].message == entry && proto_is_map(&entry->parent->fields[i]))
			return &entry->parent->fields[i];
	return NULL;
}

void field_prove(const struct field_pair *p, struct change *x)
{
	const struct proto_field *map = map_of(p->a);
	const struct proto_message *now = map ? p->c->to_new[p->a->parent->id] : NULL;
	if (now)
		witness_message(p->c, x, p->a->parent, now, &map->number, 1);
	else
		witness_message(p->c, x, p->a, p->b, &p->f->number, 1);
}

void field_prove_code(const struct field_pair *p, struct change *x, const char *before, const char *after)
{
	witness_code(p->c, x, compare_join(p->c, p->where, p->name), before, after);
}

static bool is_extension(const struct field_pair *p) { return p->a != p->c->pairs[p->pair].old_message; }
static bool real_oneof(const struct proto_field *f) { return f->oneof >= 0 && !f->synthetic; }

enum cardinality { IMPLICIT, EXPLICIT, REQUIRED, REPEATED, MAP };
static enum cardinality cardinality(const struct proto_field *f)
{
	if (f->label == PROTO_REPEATED)
		return proto_is_map(f) ? MAP : REPEATED;
	return f->label == PROTO_REQUIRED ? REQUIRED : f->presence ? EXPLICIT : IMPLICIT;
}
static const char *cardinality_name(enum cardinality c)
{
	static const char *const names[] = { "implicit", "optional", "required", "repeated", "a map" };
	return names[c];
}

static void cardinality_rules(const struct field_pair *p, struct change *x)
{
	enum cardinality from = cardinality(p->f), to = cardinality(p->g);
	bool lists = from >= REPEATED && to >= REPEATED, singles = from <= EXPLICIT && to <= EXPLICIT;
	if (from == to)
		return;
	field_rule(p, x, RULE_BUF_FIELD_SAME_CARDINALITY);
	if (!singles && !lists)
		field_rule(p, x, RULE_BUF_FIELD_WIRE_COMPATIBLE_CARDINALITY);
	if (!singles)
		field_rule(p, x, RULE_BUF_FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY);
	if ((from == REQUIRED) != (to == REQUIRED))
		field_rule(p, x, RULE_BUF_MESSAGE_SAME_REQUIRED_FIELDS);
}

/* buf's groups of types that it takes for one another. */
static int wire_group(uint8_t t)
{
	switch (t) {
	case PROTO_INT32: case PROTO_INT64: case PROTO_UINT32: case PROTO_UINT64: case PROTO_BOOL:
		return 100;
	case PROTO_SINT32: case PROTO_SINT64:
		return 101;
	case PROTO_FIXED32: case PROTO_SFIXED32:
		return 102;
	case PROTO_FIXED64: case PROTO_SFIXED64:
		return 103;
	default:
		return t;
	}
}
static int json_group(uint8_t t)
{
	switch (t) {
	case PROTO_INT32: case PROTO_UINT32:
		return 100;
	case PROTO_INT64: case PROTO_UINT64:
		return 101;
	case PROTO_FIXED32: case PROTO_SFIXED32: case PROTO_FIXED64: case PROTO_SFIXED64:
		return wire_group(t);
	default:
		return t;
	}
}

static bool enum_superset(const struct proto_enum *a, const struct proto_enum *b)
{
	for (uint32_t i = 0; i < a->value_count; i++) {
		const struct proto_value *v = proto_value_by_name(b, a->values[i].name);
		if (!v || v->number != a->values[i].number)
			return false;
	}
	return true;
}

static void type_rules(const struct field_pair *p, struct change *x)
{
	const struct proto_field *f = p->f, *g = p->g;
	field_rule(p, x, RULE_BUF_FIELD_SAME_TYPE);
	field_rule(p, x, RULE_PROTOLOCK_NO_CHANGING_FIELD_TYPES);
	bool wire = wire_group(f->type) == wire_group(g->type) || (f->type == PROTO_STRING && g->type == PROTO_BYTES), json = json_group(f->type) == json_group(g->type);
	if (f->type == PROTO_ENUM && g->type == PROTO_ENUM)
		wire = json = str_eq(f->enumeration->name, g->enumeration->name) && enum_superset(f->enumeration, g->enumeration);
	else if (f->type == g->type)
		wire = json = false;
	if (!wire)
		field_rule(p, x, RULE_BUF_FIELD_WIRE_COMPATIBLE_TYPE);
	if (!json)
		field_rule(p, x, RULE_BUF_FIELD_WIRE_JSON_COMPATIBLE_TYPE);
}

static bool both_maps(const struct field_pair *p) { return proto_is_map(p->f) && proto_is_map(p->g); }

/* Whether type names differ for people, though the types may be matched (renamed). */
static bool type_name_changed(const struct field_pair *p)
{
	if (both_maps(p))
		return false;
	if (proto_is_message(p->f) && proto_is_message(p->g))
		return p->f->type != p->g->type || (!proto_is_map(p->f) && !str_eq(p->f->message->full, p->g->message->full));
	if (p->f->type == PROTO_ENUM && p->g->type == PROTO_ENUM)
		return !str_eq(p->f->enumeration->full, p->g->enumeration->full);
	return p->f->type != p->g->type;
}

static void name_rules(const struct field_pair *p, struct change *x)
{
	if (!str_eq(p->f->name, p->g->name)) {
		field_rule(p, x, RULE_BUF_FIELD_SAME_NAME);
		field_rule(p, x, RULE_PROTOLOCK_NO_CHANGING_FIELD_NAMES);
	}
	if (!str_eq(p->f->json_name, p->g->json_name))
		field_rule(p, x, RULE_BUF_FIELD_SAME_JSON_NAME);
}

/* What a change of the type has told of besides. */
enum told { TOLD_NOTHING, TOLD_CARDINALITY, TOLD_CARDINALITY_AND_NAME };

/* "repeated int32": the type with what the field is of it, where that changed as well. */
static struct str whole_type(const struct field_pair *p, const struct proto_field *f, struct str type)
{
	enum cardinality from = cardinality(p->f), to = cardinality(p->g), own = cardinality(f);
	bool told = from != to && own != MAP && (own >= REQUIRED || own == EXPLICIT) && !proto_is_message(f);
	return told || own == REPEATED ? arena_printf(&p->c->out->arena, "%s %.*s", cardinality_name(own), STR_FMT(type)) : type;
}

static enum told type_changed(const struct field_pair *p)
{
	struct comparer *c = p->c;
	if (!type_name_changed(p))
		return TOLD_NOTHING;
	uint8_t differs = type_differs(c, p->f, p->g);
	bool named = same_type(c, p->f, p->g) && p->f->type == p->g->type, renamed = !str_eq(p->f->name, p->g->name) && !is_extension(p);
	struct str from = proto_type_text(&c->out->arena, p->f), to = proto_type_text(&c->out->arena, p->g);
	if (p->f->type != p->g->type && (p->f->type == PROTO_GROUP || p->g->type == PROTO_GROUP)) {
		struct str *group = p->f->type == PROTO_GROUP ? &from : &to;
		*group = arena_printf(&c->out->arena, "%.*s (delimited)", STR_FMT(*group));
	}
	struct str detail = arena_printf(&c->out->arena, "%.*s to %.*s", STR_FMT(from), STR_FMT(to));
	struct change *cause = !named ? NULL : compare_cause(c, proto_is_message(p->f) ? p->f->message : NULL, p->f->type == PROTO_ENUM ? p->f->enumeration : NULL);
	if (cause) { /* the type itself is told to have another name */
		type_rules(p, cause);
		return TOLD_NOTHING;
	}
	if (named || !differs) {
		struct change *x = field_change(p, CHANGE_KIND_PROTO_FIELD_TYPE_RENAMED, detail);
		compare_say(c, x, "the type of `%.*s` of %.*s is now %.*s, which reads all of %.*s the same", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(to), STR_FMT(from));
		type_rules(p, x);
		field_prove_code(p, x, "has the old type", "has the new type");
		return TOLD_NOTHING;
	}
	from = whole_type(p, p->f, from);
	to = whole_type(p, p->g, to);
	detail = arena_printf(&c->out->arena, "%.*s to %.*s", STR_FMT(from), STR_FMT(to));
	struct change *x = field_change(p, CHANGE_KIND_PROTO_FIELD_TYPE_CHANGED, detail);
	if (!x)
		return TOLD_NOTHING;
	if ((cardinality(p->f) >= REQUIRED || cardinality(p->g) >= REQUIRED) && cardinality(p->f) != cardinality(p->g))
		differs |= DIFFERS_WIRE | DIFFERS_JSON;
	x->categories = CHANGE_SOURCE | (differs & (DIFFERS_WIRE | DIFFERS_LOSS) ? CHANGE_WIRE : 0) | (differs & DIFFERS_WIDER ? CHANGE_BEHAVIOUR : 0) |
			(differs & DIFFERS_JSON ? CHANGE_JSON : 0);
	if (renamed) {
		const struct proto_field *now = proto_field_by_name(p->b, p->f->name);
		if (now && now->type == p->f->type && now->label == p->f->label && str_eq(now->json_name, p->f->json_name))
			x->categories &= (uint8_t)~CHANGE_JSON; /* JSON goes by the name, which only has another number */
		else
			x->categories |= CHANGE_JSON;
		compare_say(c, x, "number %d of %.*s was `%.*s` (%.*s) and is now `%.*s` (%.*s)", p->f->number, STR_FMT(p->where), STR_FMT(p->name), STR_FMT(from), STR_FMT(p->g->name),
			STR_FMT(to));
		name_rules(p, x);
	} else {
		compare_say(c, x, "the type of `%.*s` of %.*s changed from %.*s to %.*s", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(from), STR_FMT(to));
	}
	type_rules(p, x);
	cardinality_rules(p, x);
	field_prove(p, x);
	field_prove_code(p, x, "has the old type", "has the new type");
	return renamed ? TOLD_CARDINALITY_AND_NAME : TOLD_CARDINALITY;
}

static void names_changed(const struct field_pair *p)
{
	struct comparer *c = p->c;
	if (str_eq(p->f->name, p->g->name)) {
		if (str_eq(p->f->json_name, p->g->json_name))
			return;
		struct str detail = arena_printf(&c->out->arena, "%.*s to %.*s", STR_FMT(p->f->json_name), STR_FMT(p->g->json_name));
		struct change *x = field_change(p, CHANGE_KIND_PROTO_FIELD_JSON_NAME_CHANGED, detail);
		compare_say(c, x, "the JSON name of `%.*s` of %.*s changed from \"%.*s\" to \"%.*s\"", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(p->f->json_name),
			STR_FMT(p->g->json_name));
		name_rules(p, x);
		field_prove(p, x);
		return;
	}
	const struct proto_field *now = proto_field_by_name(p->b, p->f->name);
	struct change *x;
	if (now) {
		x = field_change(p, CHANGE_KIND_PROTO_FIELD_NUMBER_CHANGED, arena_printf(&c->out->arena, "%d to %d", p->f->number, now->number));
		compare_say(c, x, "`%.*s` of %.*s changed its number from %d to %d; %d is now `%.*s`", STR_FMT(p->name), STR_FMT(p->where), p->f->number, now->number, p->f->number,
			STR_FMT(p->g->name));
		field_rule(p, x, RULE_PROTOLOCK_NO_CHANGING_FIELD_IDS);
	} else {
		x = field_change(p, CHANGE_KIND_PROTO_FIELD_RENAMED, p->g->name);
		compare_say(c, x, "`%.*s` of %.*s is now called `%.*s`", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(p->g->name));
		if (!is_reserved_name(p->b->reserved_names, p->b->reserved_name_count, p->f->name))
			field_rule(p, x, RULE_PROTOLOCK_NO_REMOVING_FIELDS_WITHOUT_RESERVE);
	}
	name_rules(p, x);
	field_prove(p, x);
	if (x && now && x->witness.state != WITNESS_PROVED)
		witness_other_field(c, x, p->a, p->b, p->f->number);
}

static void cardinality_changed(const struct field_pair *p)
{
	enum cardinality from = cardinality(p->f), to = cardinality(p->g);
	struct comparer *c = p->c;
	bool moved = real_oneof(p->f) != real_oneof(p->g);
	if (from == to)
		return;
	bool presence = (from == IMPLICIT && to == EXPLICIT) || (from == EXPLICIT && to == IMPLICIT);
	if (presence && (!p->same_syntax || moved))
		return; /* told elsewhere; presence follows */
	enum change_kind kind = presence ? CHANGE_KIND_PROTO_FIELD_PRESENCE_CHANGED
				: from == REQUIRED || to == REQUIRED ? CHANGE_KIND_PROTO_FIELD_REQUIRED_CHANGED
									     : CHANGE_KIND_PROTO_FIELD_CARDINALITY_CHANGED;
	struct str detail = arena_printf(&c->out->arena, "%s to %s", cardinality_name(from), cardinality_name(to));
	struct change *x = field_change(p, kind, detail);
	compare_say(c, x, "`%.*s` of %.*s was %s and is now %s", STR_FMT(p->name), STR_FMT(p->where), cardinality_name(from), cardinality_name(to));
	cardinality_rules(p, x);
	field_prove(p, x);
	field_prove_code(p, x, cardinality_name(from), cardinality_name(to));
}

static struct str oneof_name(const struct proto_message *m, const struct proto_field *f) { return real_oneof(f) ? m->oneofs[f->oneof].name : STR(""); }

static bool has_oneof(const struct proto_message *m, struct str name)
{
	for (uint32_t i = 0; i < m->oneof_count; i++)
		if (!m->oneofs[i].synthetic && str_eq(m->oneofs[i].name, name))
			return true;
	return false;
}

static void oneof_changed(const struct field_pair *p)
{
	struct str from = oneof_name(p->a, p->f), to = oneof_name(p->b, p->g);
	struct comparer *c = p->c;
	if (str_eq(from, to) || (from.len && !has_oneof(p->b, from)))
		return; /* a oneof that is gone is a change of its own */
	struct str detail = arena_printf(&c->out->arena, "%.*s to %.*s", STR_FMT(from), STR_FMT(to));
	struct change *x = field_change(p, CHANGE_KIND_PROTO_FIELD_ONEOF_CHANGED, detail);
	if (str_empty(from))
		compare_say(c, x, "`%.*s` of %.*s moved into oneof `%.*s`", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(to));
	else if (str_empty(to))
		compare_say(c, x, "`%.*s` of %.*s moved out of oneof `%.*s`", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(from));
	else
		compare_say(c, x, "`%.*s` of %.*s moved from oneof `%.*s` to `%.*s`", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(from), STR_FMT(to));
	field_rule(p, x, RULE_BUF_FIELD_SAME_ONEOF);
	if (str_empty(from) || str_empty(to))
		field_rule(p, x, RULE_PROTOLOCK_NO_MOVING_FIELDS_INTO_OR_OUT_OF_ONEOF);
	if (cardinality(p->f) != cardinality(p->g) && !type_name_changed(p))
		field_rule(p, x, RULE_BUF_FIELD_SAME_CARDINALITY);
	/* the field beside each other field of either oneof */
	for (uint32_t i = 0; x && i < p->a->field_count && x->witness.state != WITNESS_PROVED; i++) {
		const struct proto_field *other = &p->a->fields[i], *now = proto_field_by_number(p->b, other->number);
		if (other == p->f || !now || (!real_oneof(other) && !real_oneof(now)))
			continue;
		const int32_t numbers[2] = { p->f->number, other->number };
		witness_message(c, x, p->a, p->b, numbers, 2);
	}
	if (x && x->witness.state != WITNESS_PROVED && c->options->witnesses)
		x->categories &= (uint8_t)~CHANGE_WIRE; /* alone in its oneof: nothing to lose */
	field_prove_code(p, x, str_empty(from) ? "stands alone" : "is a member of the oneof", str_empty(to) ? "stands alone" : "is a member of the oneof");
}

static void default_changed(const struct field_pair *p)
{
	const struct proto_field *f = p->f, *g = p->g;
	if (f->type != g->type || f->label == PROTO_REPEATED || g->label == PROTO_REPEATED || (!f->has_default && !g->has_default) || proto_is_message(f))
		return;
	struct str from = f->has_default ? f->default_text : f->type == PROTO_ENUM ? f->enumeration->values[0].name : STR("");
	struct str to = g->has_default ? g->default_text : g->type == PROTO_ENUM ? g->enumeration->values[0].name : STR("");
	bool text = f->type == PROTO_STRING || f->type == PROTO_BYTES || f->type == PROTO_ENUM;
	if (str_empty(from) && !text)
		from = f->type == PROTO_BOOL ? STR("false") : STR("0");
	if (str_empty(to) && !text)
		to = g->type == PROTO_BOOL ? STR("false") : STR("0");
	if (str_eq(from, to))
		return;
	struct str detail = arena_printf(&p->c->out->arena, "%.*s to %.*s", STR_FMT(from), STR_FMT(to));
	struct change *x = field_change(p, CHANGE_KIND_PROTO_FIELD_DEFAULT_CHANGED, detail);
	compare_say(p->c, x, "the default of `%.*s` of %.*s changed from \"%.*s\" to \"%.*s\"", STR_FMT(p->name), STR_FMT(p->where), STR_FMT(from), STR_FMT(to));
	field_rule(p, x, RULE_BUF_FIELD_SAME_DEFAULT);
	witness_message(p->c, x, p->a, p->b, NULL, 0);
}

static void deprecated(const struct field_pair *p)
{
	enum { FIELD_OPTION_DEPRECATED = 3 };
	if (!wire_get(proto_options_bytes(p->f->options), FIELD_OPTION_DEPRECATED, 0) && wire_get(proto_options_bytes(p->g->options), FIELD_OPTION_DEPRECATED, 0)) {
		struct change *x = field_change(p, CHANGE_KIND_PROTO_DEPRECATED, STR(""));
		compare_say(p->c, x, "`%.*s` of %.*s is deprecated", STR_FMT(p->name), STR_FMT(p->where));
	}
}

void compare_field(struct comparer *c, uint32_t pair, const struct proto_field *f, const struct proto_field *g)
{
	const struct pair *at = &c->pairs[pair];
	struct field_pair p = { c, pair, at->old_message, at->new_message, f, g, at->same_name, at->old_message->file->syntax == at->new_message->file->syntax, f->name,
		at->old_message->full };
	const struct proto_field *map = map_of(p.a);
	if (map) {
		p.name = map->name;
		p.where = p.a->parent->full;
	}
	enum told told = type_changed(&p);
	if (told != TOLD_CARDINALITY_AND_NAME && !p.a->map_entry)
		names_changed(&p);
	if (told == TOLD_NOTHING)
		cardinality_changed(&p);
	oneof_changed(&p);
	default_changed(&p);
	compare_language_options(&p);
	deprecated(&p);
	compare_field_rules(c, pair, f, g);
}

void compare_extension_field(struct comparer *c, uint32_t pair, const struct proto_message *a, const struct proto_message *b, struct str full)
{
	size_t dot = full.len;
	while (dot && full.p[dot - 1] != '.')
		dot--;
	const struct field_pair p = { c, pair, a, b, &a->fields[0], &b->fields[0], c->pairs[pair].same_name, a->file->syntax == b->file->syntax, str_skip(full, dot),
		str_sub(full, 0, dot ? dot - 1 : 0) };
	if (type_changed(&p) == TOLD_NOTHING)
		cardinality_changed(&p);
	default_changed(&p);
	compare_language_options(&p);
	deprecated(&p);
}
