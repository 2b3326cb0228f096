/* What an API demands of values beyond their types: google.api.field_behavior and buf.validate. A stricter demand breaks old writers; the value that shows it is tried
 * against both versions' rules. */
#include "contract/proto/compare.h"
#include "contract/proto/rules.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"
#include <stdio.h>

enum { FIELD_BEHAVIOR = 1052, VALIDATE_FIELD = 1159, BEHAVIOR_REQUIRED = 2, BEHAVIOR_COUNT = 9 };
static const char *const behaviors[BEHAVIOR_COUNT] = { "", "OPTIONAL", "REQUIRED", "OUTPUT_ONLY", "INPUT_ONLY", "IMMUTABLE", "UNORDERED_LIST", "NON_EMPTY_DEFAULT", "IDENTIFIER" };

static uint32_t behavior_set(const struct proto_field *f)
{
	struct str rest = f ? proto_options_bytes(f->options) : (struct str){ NULL, 0 };
	struct wire_field w;
	uint32_t set = 0;
	while (wire_next(&rest, &w)) {
		if (w.number != FIELD_BEHAVIOR)
			continue;
		if (w.wire == PB_VARINT && w.value < BEHAVIOR_COUNT)
			set |= 1u << w.value;
		for (size_t i = 0; w.wire == PB_BYTES && i < w.bytes.len; i++)
			if ((uint8_t)w.bytes.p[i] < BEHAVIOR_COUNT)
				set |= 1u << w.bytes.p[i];
	}
	return set;
}

static struct change *add(struct comparer *c, uint32_t pair, enum change_kind kind, const struct proto_field *f, const struct proto_field *g, struct str detail, uint32_t option)
{
	const struct pair *p = &c->pairs[pair];
	const struct proto_option *was = f ? proto_option_find(f->options, option) : NULL, *now = proto_option_find(g->options, option);
	struct change *x = compare_add(c, kind, compare_join(c, p->new_message->full, g->name), detail, p->old_message->file, was ? was->offset : f ? f->offset : p->old_message->offset,
		p->new_message->file, now ? now->offset : g->offset);
	pair_reach(c, pair, x);
	return x;
}

static void behavior_changed(struct comparer *c, uint32_t pair, const struct proto_field *f, const struct proto_field *g)
{
	uint32_t before = behavior_set(f), after = behavior_set(g), changed = before ^ after;
	const struct proto_message *a = c->pairs[pair].old_message;
	if (changed & 1u << BEHAVIOR_REQUIRED && after & 1u << BEHAVIOR_REQUIRED) {
		char refused[200];
		struct change *x = add(c, pair, CHANGE_KIND_PROTO_FIELD_BECAME_REQUIRED, f, g, STR(""), FIELD_BEHAVIOR);
		compare_say(c, x, f ? "`%.*s` of %.*s must now be set (field_behavior REQUIRED)" : "`%.*s` of %.*s is new and must be set (field_behavior REQUIRED)", STR_FMT(g->name),
			STR_FMT(a->full));
		snprintf(refused, sizeof(refused), "refused: `%.*s` must be set (REQUIRED)", STR_FMT(str_sub(g->name, 0, 100)));
		witness_rule(c, x, a, NULL, NULL, "valid", refused);
	}
	for (uint32_t i = BEHAVIOR_REQUIRED + 1; i <= 5 && f; i++) {
		if (!(changed & 1u << i))
			continue;
		bool added = after & 1u << i;
		struct change *x = add(c, pair, CHANGE_KIND_PROTO_FIELD_BEHAVIOR_CHANGED, f, g, arena_printf(&c->out->arena, "%s%s", added ? "" : "no longer ", behaviors[i]), FIELD_BEHAVIOR);
		compare_say(c, x, "`%.*s` of %.*s is %s %s", STR_FMT(g->name), STR_FMT(a->full), added ? "now" : "no longer", behaviors[i]);
	}
}

/* -1: looser, 1: stricter, 0: the same. Either may be NULL. */
static int stricter(const struct rule *was, const struct rule *now)
{
	if (!was || !now) {
		const struct rule *one = was ? was : now;
		bool idle = one->way == RULE_FLAG && !one->values->values[0].magnitude;
		return idle ? 0 : now ? 1 : -1;
	}
	bool equal = was->values->count == now->values->count;
	for (size_t i = 0; equal && i < was->values->count; i++)
		equal = dyn_values_hold(now->values, was->values->values[i]);
	switch (now->way) {
	case RULE_UPPER: case RULE_LOWER: {
		double a = was->integer ? (double)was->bound : was->real, b = now->integer ? (double)now->bound : now->real;
		return a == b ? 0 : (b < a) == (now->way == RULE_UPPER) ? 1 : -1;
	}
	case RULE_FLAG: {
		bool a = was->values->values[0].magnitude, b = now->values->values[0].magnitude;
		return a == b ? 0 : b ? 1 : -1;
	}
	case RULE_ONE_OF: case RULE_NONE_OF: {
		bool kept = true;
		for (size_t i = 0; i < was->values->count; i++)
			kept = kept && dyn_values_hold(now->values, was->values->values[i]);
		return equal ? 0 : (kept == (now->way == RULE_ONE_OF)) ? -1 : 1;
	}
	default:
		return equal ? 0 : 1;
	}
}

struct trial { struct comparer *c; struct change *x; struct arena *arena; const struct rules *was, *now; const struct proto_field *f, *g; const struct proto_message *a; };

static bool try_value(const struct trial *t, const struct dyn_value *v)
{
	const char *broken = "", *none = "";
	char after[200];
	if (t->f->type != t->g->type || rules_accept(t->was, t->f, v, &none) != 1 || rules_accept(t->now, t->g, v, &broken) != 0)
		return false;
	snprintf(after, sizeof(after), "refused: breaks the rule %s", broken);
	witness_rule(t->c, t->x, t->a, t->f, v, "valid", after);
	return t->x->witness.state == WITNESS_PROVED;
}

static bool try_text(const struct trial *t, size_t length)
{
	char *p = length <= 4096 ? arena_bytes(t->arena, length + 1) : NULL;
	if (!p)
		return false;
	memset(p, 'a', length);
	const struct dyn_value v = { .kind = DYN_BYTES, .bytes = str_from(p, length) };
	return try_value(t, &v);
}

/* Values at the edges of all rules of both sides, and a few plain ones. */
static void search(const struct trial *t)
{
	bool text = t->f->type == PROTO_STRING || t->f->type == PROTO_BYTES, real = t->f->type == PROTO_DOUBLE || t->f->type == PROTO_FLOAT;
	if (t->f->label == PROTO_REPEATED || proto_is_message(t->f)) {
		if (t->f->label != PROTO_REPEATED)
			try_value(t, NULL);
		return;
	}
	if (try_value(t, NULL))
		return;
	for (unsigned side = 0; side < 2; side++) {
		const struct rules *r = side ? t->was : t->now;
		for (size_t i = 0; i < r->count; i++) {
			const struct rule *one = &r->items[i];
			for (size_t j = 0; (one->way == RULE_ONE_OF || one->way == RULE_NONE_OF || one->way == RULE_OTHER) && j < one->values->count; j++) {
				const struct dyn_value v = one->values->values[j];
				bool fits = text ? v.kind == DYN_BYTES : real ? v.kind == DYN_REAL : v.kind == DYN_INT;
				if (fits && try_value(t, &v))
					return;
			}
			for (int step = -1; (one->way == RULE_UPPER || one->way == RULE_LOWER) && step <= 1; step++) {
				int64_t n = one->bound + step;
				const struct dyn_value v = real ? (struct dyn_value){ .kind = DYN_REAL, .real = one->real + step } : dyn_int(n);
				if (text ? n >= 0 && try_text(t, (size_t)n) : try_value(t, &v))
					return;
			}
		}
	}
	for (int64_t n = -1; n <= 3 && !text; n++) {
		const struct dyn_value v = real ? (struct dyn_value){ .kind = DYN_REAL, .real = (double)n } : dyn_int(t->f->type == PROTO_BOOL ? (n & 1) : n);
		if ((n >= 0 || (t->f->type != PROTO_UINT32 && t->f->type != PROTO_UINT64 && t->f->type != PROTO_FIXED32 && t->f->type != PROTO_FIXED64)) && try_value(t, &v))
			return;
	}
	for (size_t n = 0; text && n < 40; n++)
		if (try_text(t, n))
			return;
}

static void told(struct comparer *c, uint32_t pair, const struct proto_field *f, const struct proto_field *g, const struct rules *was, const struct rules *now, const char *names, bool tighter,
	struct arena *arena)
{
	const struct proto_message *a = c->pairs[pair].old_message;
	struct str detail = arena_str(&c->out->arena, str_z(names));
	struct change *x = add(c, pair, tighter ? CHANGE_KIND_PROTO_VALIDATION_TIGHTENED : CHANGE_KIND_PROTO_VALIDATION_LOOSENED, f, g, detail, VALIDATE_FIELD);
	compare_say(c, x, "validation of `%.*s` of %.*s is %s: %s", STR_FMT(g->name), STR_FMT(a->full), tighter ? "stricter" : "looser", names);
	const struct trial t = { c, x, arena, was, now, f, g, a };
	if (x && tighter)
		search(&t);
}

static void append(char *to, size_t room, const char *name)
{
	size_t at = strlen(to);
	snprintf(to + at, room - at, "%s%s", at ? ", " : "", name);
}

static void validation_changed(struct comparer *c, uint32_t pair, const struct proto_field *f, const struct proto_field *g)
{
	struct str a = wire_get_bytes(proto_options_bytes(f->options), VALIDATE_FIELD), b = wire_get_bytes(proto_options_bytes(g->options), VALIDATE_FIELD);
	if ((!a.p && !b.p) || str_eq(proto_options_bytes(f->options), proto_options_bytes(g->options)))
		return;
	struct arena arena;
	char tighter[300] = "", looser[300] = "";
	arena_init(&arena, 8 << 20);
	struct rules *was = ARENA_NEW(&arena, struct rules), *now = ARENA_NEW(&arena, struct rules);
	if (was && now) {
		rules_of(&arena, c->old_model, f, was);
		rules_of(&arena, c->new_model, g, now);
		for (size_t i = 0; i < now->count; i++)
			if (stricter(rules_find(was, now->items[i].name), &now->items[i]) > 0)
				append(tighter, sizeof(tighter), now->items[i].name);
			else if (stricter(rules_find(was, now->items[i].name), &now->items[i]) < 0)
				append(looser, sizeof(looser), now->items[i].name);
		for (size_t i = 0; i < was->count; i++)
			if (!rules_find(now, was->items[i].name) && stricter(&was->items[i], NULL) < 0)
				append(looser, sizeof(looser), was->items[i].name);
		if (tighter[0])
			told(c, pair, f, g, was, now, tighter, true, &arena);
		if (looser[0])
			told(c, pair, f, g, was, now, looser, false, &arena);
	}
	arena_release(&arena);
}

void compare_field_rules(struct comparer *c, uint32_t pair, const struct proto_field *f, const struct proto_field *g)
{
	if (!g->options && !(f && f->options))
		return;
	behavior_changed(c, pair, f, g);
	if (f)
		validation_changed(c, pair, f, g);
}
