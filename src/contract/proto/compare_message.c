/* A pair of messages: fields that are gone, new or others; oneofs; what is reserved; extension ranges; options of the message. */
#include "contract/proto/compare.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"

static const struct pair *at(const struct comparer *c, uint32_t pair) { return &c->pairs[pair]; }

/* The peers match messages by name only. */
static void rule(struct comparer *c, uint32_t pair, struct change *x, enum rule_id id)
{
	if (at(c, pair)->same_name)
		compare_rule(c, x, id);
}

static bool real_oneof(const struct proto_field *f) { return f->oneof >= 0 && !f->synthetic; }

static void removed_rules(struct comparer *c, uint32_t pair, struct change *x, const struct proto_message *b, const struct proto_field *f)
{
	bool number = is_reserved_number(b->reserved, b->reserved_count, f->number), name = is_reserved_name(b->reserved_names, b->reserved_name_count, f->name);
	rule(c, pair, x, RULE_BUF_FIELD_NO_DELETE);
	if (!number)
		rule(c, pair, x, RULE_BUF_FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED);
	if (!name)
		rule(c, pair, x, RULE_BUF_FIELD_NO_DELETE_UNLESS_NAME_RESERVED);
	if (!number || !name)
		rule(c, pair, x, RULE_PROTOLOCK_NO_REMOVING_FIELDS_WITHOUT_RESERVE);
	if (f->label == PROTO_REQUIRED)
		rule(c, pair, x, RULE_BUF_MESSAGE_SAME_REQUIRED_FIELDS);
}

static void field_removed(struct comparer *c, uint32_t pair, const struct proto_field *f)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	const struct proto_field *moved = proto_field_by_name(b, f->name);
	if (moved && proto_field_by_number(a, moved->number))
		moved = NULL; /* that number was another field's: the name moved there, the field is gone */
	enum change_kind kind = moved ? CHANGE_KIND_PROTO_FIELD_NUMBER_CHANGED : CHANGE_KIND_PROTO_FIELD_REMOVED;
	struct str detail = moved ? arena_printf(&c->out->arena, "%d to %d", f->number, moved->number) : arena_printf(&c->out->arena, "%d", f->number);
	struct change *x = compare_add(c, kind, compare_join(c, a->full, f->name), detail, a->file, f->offset, b->file, moved ? moved->offset : b->offset);
	if (!x)
		return;
	if (moved) {
		compare_say(c, x, "`%.*s` of %.*s changed its number from %d to %d", STR_FMT(f->name), STR_FMT(a->full), f->number, moved->number);
		rule(c, pair, x, RULE_PROTOLOCK_NO_CHANGING_FIELD_IDS);
	} else {
		bool number = is_reserved_number(b->reserved, b->reserved_count, f->number), name = is_reserved_name(b->reserved_names, b->reserved_name_count, f->name);
		compare_say(c, x, "`%.*s` (number %d) of %.*s was removed%s", STR_FMT(f->name), f->number, STR_FMT(a->full),
			number && name ? "; number and name are reserved" : number ? "; its name is not reserved" : name ? "; its number is not reserved" : "; neither number nor name is reserved");
		if (number && f->label != PROTO_REQUIRED)
			x->categories &= (uint8_t)~CHANGE_WIRE;
	}
	removed_rules(c, pair, x, b, f);
	if (real_oneof(f) && !moved) {
		uint32_t left = 0;
		for (uint32_t i = 0; i < b->oneof_count; i++)
			left += str_eq(b->oneofs[i].name, a->oneofs[f->oneof].name);
		if (!left)
			rule(c, pair, x, RULE_BUF_ONEOF_NO_DELETE);
	}
	pair_reach(c, pair, x);
	witness_message(c, x, a, b, &f->number, 1);
}

static void field_added(struct comparer *c, uint32_t pair, const struct proto_field *g)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	bool number = is_reserved_number(a->reserved, a->reserved_count, g->number), name = is_reserved_name(a->reserved_names, a->reserved_name_count, g->name);
	const struct proto_field *was = proto_field_by_name(a, g->name);
	struct str subject = compare_join(c, b->full, g->name);
	struct change *x = NULL;
	if (number || name) {
		x = compare_add(c, CHANGE_KIND_PROTO_RESERVED_REUSED, subject, number ? STR("number") : STR("name"), a->file, a->offset, b->file, g->offset);
		compare_say(c, x, "`%.*s` of %.*s uses the %s that was reserved", STR_FMT(g->name), STR_FMT(b->full), number && name ? "number and name" : number ? "number" : "name");
		rule(c, pair, x, RULE_PROTOLOCK_NO_USING_RESERVED_FIELDS);
		if (x && !number)
			x->categories &= (uint8_t)~CHANGE_WIRE;
		pair_reach(c, pair, x);
		witness_message(c, x, a, b, &g->number, 1);
	}
	if (g->label == PROTO_REQUIRED) {
		x = compare_add(c, CHANGE_KIND_PROTO_REQUIRED_FIELD_ADDED, subject, STR(""), a->file, a->offset, b->file, g->offset);
		compare_say(c, x, "`%.*s` of %.*s is new and required", STR_FMT(g->name), STR_FMT(b->full));
		rule(c, pair, x, RULE_BUF_MESSAGE_SAME_REQUIRED_FIELDS);
		pair_reach(c, pair, x);
		witness_message(c, x, a, b, NULL, 0);
	}
	if (!was || proto_field_by_number(b, was->number)) {
		x = compare_add(c, CHANGE_KIND_PROTO_FIELD_ADDED, subject, STR(""), NULL, 0, b->file, g->offset);
		compare_say(c, x, "`%.*s` of %.*s is new", STR_FMT(g->name), STR_FMT(b->full));
	}
	compare_field_rules(c, pair, NULL, g);
}

/* The members of a oneof that is gone: where they are now, with the peers' rules about them. Returns the new oneof of all of them, empty where there is none. */
static struct str members(struct comparer *c, uint32_t pair, uint32_t oneof, struct change *x, int32_t numbers[2], size_t *count)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	struct str now = { NULL, 0 };
	*count = 0;
	for (uint32_t i = 0; i < a->field_count; i++) {
		const struct proto_field *f = &a->fields[i], *g = f->oneof == (int32_t)oneof ? proto_field_by_number(b, f->number) : NULL;
		if (!g)
			continue;
		rule(c, pair, x, RULE_BUF_FIELD_SAME_ONEOF);
		if (!real_oneof(g))
			rule(c, pair, x, RULE_PROTOLOCK_NO_MOVING_FIELDS_INTO_OR_OUT_OF_ONEOF);
		if (f->presence != g->presence && g->label == PROTO_OPTIONAL)
			rule(c, pair, x, RULE_BUF_FIELD_SAME_CARDINALITY);
		if (real_oneof(g))
			now = b->oneofs[g->oneof].name;
		if (*count < 2)
			numbers[(*count)++] = f->number;
	}
	return now;
}

/* A oneof that is gone and whose members are not: renamed or dissolved, told once. (Members that went are told of themselves.) */
static void oneofs(struct comparer *c, uint32_t pair)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	for (uint32_t i = 0; i < a->oneof_count; i++) {
		bool kept = a->oneofs[i].synthetic, left = false;
		for (uint32_t j = 0; j < b->oneof_count; j++)
			kept |= str_eq(a->oneofs[i].name, b->oneofs[j].name) && !b->oneofs[j].synthetic;
		for (uint32_t j = 0; j < a->field_count; j++)
			left |= a->fields[j].oneof == (int32_t)i && proto_field_by_number(b, a->fields[j].number);
		if (kept || !left)
			continue;
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_ONEOF_REMOVED, compare_join(c, a->full, a->oneofs[i].name), STR(""), a->file, a->oneofs[i].offset, b->file, b->offset);
		int32_t numbers[2];
		size_t count;
		rule(c, pair, x, RULE_BUF_ONEOF_NO_DELETE);
		struct str now = members(c, pair, i, x, numbers, &count);
		if (now.p)
			compare_say(c, x, "oneof `%.*s` of %.*s is now called `%.*s`", STR_FMT(a->oneofs[i].name), STR_FMT(a->full), STR_FMT(now));
		else
			compare_say(c, x, "oneof `%.*s` of %.*s was removed; its members stand alone", STR_FMT(a->oneofs[i].name), STR_FMT(a->full));
		pair_reach(c, pair, x);
		if (x && !now.p && count == 2) {
			x->categories |= CHANGE_WIRE;
			witness_message(c, x, a, b, numbers, count);
		}
		witness_code(c, x, compare_join(c, a->full, a->oneofs[i].name), "tells which member is set", "is not there");
	}
}

static bool covered(const struct proto_range *r, uint32_t count, const struct proto_range *wanted)
{
	int64_t next = wanted->first;
	for (bool found = true; found && next <= wanted->last;) {
		found = false;
		for (uint32_t i = 0; i < count; i++)
			if (r[i].first <= next && r[i].last >= next) {
				next = (int64_t)r[i].last + 1;
				found = true;
			}
	}
	return next > wanted->last;
}

static struct change *reservation(struct comparer *c, struct str full, struct str detail, struct proto_file *f, uint32_t old_offset, struct proto_file *g, uint32_t new_offset)
{
	struct change *x = compare_add(c, CHANGE_KIND_PROTO_RESERVATION_REMOVED, full, detail, f, old_offset, g, new_offset);
	compare_say(c, x, "%.*s no longer reserves %.*s", STR_FMT(full), STR_FMT(detail));
	return x;
}

void compare_reserved(struct comparer *c, const struct proto_message *a, const struct proto_message *b, const struct proto_enum *e, const struct proto_enum *f)
{
	struct str full = a ? a->full : e->full, now = a ? b->full : f->full;
	struct proto_file *old_file = a ? a->file : e->file, *new_file = a ? b->file : f->file;
	const struct proto_range *r = a ? a->reserved : e->reserved, *s = a ? b->reserved : f->reserved;
	const struct proto_name *n = a ? a->reserved_names : e->reserved_names, *o = a ? b->reserved_names : f->reserved_names;
	uint32_t r_count = a ? a->reserved_count : e->reserved_count, s_count = a ? b->reserved_count : f->reserved_count;
	uint32_t n_count = a ? a->reserved_name_count : e->reserved_name_count, o_count = a ? b->reserved_name_count : f->reserved_name_count;
	uint32_t offset = a ? b->offset : f->offset;
	for (uint32_t i = 0; i < r_count + n_count; i++) {
		struct change *x;
		if (i < r_count ? covered(s, s_count, &r[i]) : is_reserved_name(o, o_count, n[i - r_count].name))
			continue;
		struct str detail = i >= r_count ? arena_printf(&c->out->arena, "\"%.*s\"", STR_FMT(n[i - r_count].name))
				    : r[i].first == r[i].last ? arena_printf(&c->out->arena, "%d", r[i].first)
							      : arena_printf(&c->out->arena, "%d to %d", r[i].first, r[i].last);
		x = reservation(c, full, detail, old_file, i < r_count ? r[i].offset : n[i - r_count].offset, new_file, offset);
		if (str_eq(full, now)) {
			compare_rule(c, x, a ? RULE_BUF_RESERVED_MESSAGE_NO_DELETE : RULE_BUF_RESERVED_ENUM_NO_DELETE);
			if (a)
				compare_rule(c, x, RULE_PROTOLOCK_NO_REMOVING_RESERVED_FIELDS);
		}
	}
}

static void extension_ranges(struct comparer *c, uint32_t pair)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	for (uint32_t i = 0; i < a->range_count; i++) {
		if (covered(b->ranges, b->range_count, &a->ranges[i]))
			continue;
		struct str detail = arena_printf(&c->out->arena, "%d to %d", a->ranges[i].first, a->ranges[i].last);
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_EXTENSION_RANGE_REMOVED, a->full, detail, a->file, a->ranges[i].offset, b->file, b->offset);
		compare_say(c, x, "%.*s no longer takes extensions %.*s", STR_FMT(a->full), STR_FMT(detail));
		rule(c, pair, x, RULE_BUF_EXTENSION_MESSAGE_NO_DELETE);
		pair_reach(c, pair, x);
		witness_code(c, x, detail, "can be used by extensions", "cannot");
	}
}

enum { MESSAGE_OPTION_NO_ACCESSOR = 2 };
static void message_options(struct comparer *c, uint32_t pair)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	struct change *x;
	if (a->message_set != b->message_set) {
		x = compare_add(c, CHANGE_KIND_PROTO_MESSAGE_SET, a->full, STR(""), a->file, a->offset, b->file, b->offset);
		compare_say(c, x, "%.*s changed %s the MessageSet format", STR_FMT(a->full), b->message_set ? "to" : "from");
		pair_reach(c, pair, x);
	}
	if (!wire_get(proto_options_bytes(a->options), MESSAGE_OPTION_NO_ACCESSOR, 0) && wire_get(proto_options_bytes(b->options), MESSAGE_OPTION_NO_ACCESSOR, 0)) {
		const struct proto_option *o = proto_option_find(b->options, MESSAGE_OPTION_NO_ACCESSOR);
		x = compare_add(c, CHANGE_KIND_PROTO_MESSAGE_ACCESSOR, a->full, STR(""), a->file, a->offset, b->file, o ? o->offset : b->offset);
		compare_say(c, x, "%.*s lost its standard descriptor accessor", STR_FMT(a->full));
		rule(c, pair, x, RULE_BUF_MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR);
		witness_code(c, x, arena_printf(&c->out->arena, "%.*s.descriptor()", STR_FMT(a->full)), "is generated", "is not");
	}
	if (a->features.json == JSON_ALLOW && b->features.json == JSON_BEST_EFFORT) {
		x = compare_add(c, CHANGE_KIND_PROTO_MESSAGE_JSON_FORMAT, a->full, STR(""), a->file, a->offset, b->file, b->offset);
		compare_say(c, x, "the JSON of %.*s is no longer guaranteed (ALLOW to LEGACY_BEST_EFFORT)", STR_FMT(a->full));
		rule(c, pair, x, RULE_BUF_MESSAGE_SAME_JSON_FORMAT);
		pair_reach(c, pair, x);
	}
}

/* Two fields with one JSON name that were not so before. */
static void json_collisions(struct comparer *c, uint32_t pair)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	for (uint32_t i = 0; i < b->field_count; i++)
		for (uint32_t j = 0; j < i; j++) {
			const struct proto_field *f = &b->fields[i], *g = &b->fields[j];
			if (f->json_name.len != g->json_name.len || !str_eq(f->json_name, g->json_name))
				continue;
			const struct proto_field *f_was = proto_field_by_number(a, f->number), *g_was = proto_field_by_number(a, g->number);
			if (f_was && g_was && str_eq(f_was->json_name, g_was->json_name))
				continue;
			struct change *x = compare_add(c, CHANGE_KIND_PROTO_JSON_NAME_COLLISION, compare_join(c, b->full, f->name), g->name, a->file, a->offset, b->file, f->offset);
			compare_say(c, x, "`%.*s` and `%.*s` of %.*s have the same JSON name \"%.*s\"", STR_FMT(g->name), STR_FMT(f->name), STR_FMT(b->full), STR_FMT(f->json_name));
			pair_reach(c, pair, x);
			if (f_was || g_was)
				witness_two_fields(c, x, a, g_was ? g_was : f_was, b);
		}
}

void compare_message(struct comparer *c, uint32_t pair)
{
	const struct proto_message *a = at(c, pair)->old_message, *b = at(c, pair)->new_message;
	for (uint32_t i = 0; i < a->field_count; i++) {
		const struct proto_field *g = i < b->field_count && b->fields[i].number == a->fields[i].number ? &b->fields[i] : proto_field_by_number(b, a->fields[i].number);
		if (g)
			compare_field(c, pair, &a->fields[i], g);
		else
			field_removed(c, pair, &a->fields[i]);
	}
	for (uint32_t i = 0; i < b->field_count; i++)
		if (!(i < a->field_count && a->fields[i].number == b->fields[i].number) && !proto_field_by_number(a, b->fields[i].number))
			field_added(c, pair, &b->fields[i]);
	oneofs(c, pair);
	compare_reserved(c, a, b, NULL, NULL);
	extension_ranges(c, pair);
	message_options(c, pair);
	if (b->field_count < 500)
		json_collisions(c, pair);
}
