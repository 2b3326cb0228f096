/* Views: what applies to one value together. Interned, so that equal ones are compared once. */
#include "contract/schema/schema_compare_impl.h"
#include "base/check.h"
#include <stdlib.h>

bool array_room(struct array *a, size_t size, size_t limit)
{
	if (a->count < a->capacity)
		return true;
	size_t more = a->capacity ? a->capacity * 2 : 64;
	if (a->count >= limit)
		return false;
	void *moved = realloc(a->items, more * size);
	if (!moved)
		return false;
	a->items = moved;
	a->capacity = more;
	return true;
}

struct flat {
	struct schema_compare *c;
	const struct schema *parts[VIEW_PARTS_MAX];
	size_t count;
	bool full, never;
};

static void flatten(struct flat *f, const struct schema *s, unsigned depth)
{
	enum { LEVELS = 200 };
	const uint64_t only_combines = KW_BIT(KW_REF) | KW_BIT(KW_ALL_OF);
	if (s->boolean) {
		f->never |= !s->truth;
		return;
	}
	if (depth == LEVELS) {
		f->full = true;
		return;
	}
	if (s->present & ~only_combines || (s->types != TYPE_ALL && !s->present)) {
		for (size_t i = 0; i < f->count; i++)
			if (f->parts[i] == s)
				return;
		if (f->count == VIEW_PARTS_MAX) {
			f->full = true;
			return;
		}
		f->parts[f->count++] = s;
		const struct schema *closed = schema_closed(f->c, s);
		bool counts = closed && !closed->boolean;
		f->full |= counts && f->count == VIEW_PARTS_MAX;
		if (counts && f->count < VIEW_PARTS_MAX)
			f->parts[f->count++] = closed;
	}
	if (schema_has(s, KW_REF))
		flatten(f, schema_one(s, KW_REF), depth + 1);
	const struct schema_entry *all = schema_entry(s, KW_ALL_OF);
	for (uint32_t i = 0; all && i < all->value->count; i++)
		flatten(f, all->list[i], depth + 1);
}

static uint8_t types_of_values(const struct doc *values, const struct doc *constant)
{
	uint8_t types = values ? 0 : TYPE_ALL;
	for (uint32_t i = 0; values && i < values->count; i++)
		types |= (uint8_t)schema_type_of(&values->items[i]);
	return constant ? types & (uint8_t)schema_type_of(constant) : types;
}

static uint8_t refined_types(const struct schema *s, unsigned depth)
{
	enum { LEVELS = 5, LOOKED_AT = 32 };
	static const enum schema_keyword choices[] = { KW_ANY_OF, KW_ONE_OF };
	if (s->boolean)
		return s->truth ? TYPE_ALL : 0;
	uint8_t types = s->types & types_of_values(schema_value(s, KW_ENUM), schema_value(s, KW_CONST));
	if (depth == LEVELS)
		return types;
	if (schema_has(s, KW_REF))
		types &= refined_types(schema_one(s, KW_REF), depth + 1);
	const struct schema_entry *e = schema_entry(s, KW_ALL_OF);
	for (uint32_t i = 0; e && i < e->value->count && i < LOOKED_AT; i++)
		types &= refined_types(e->list[i], depth + 1);
	for (size_t k = 0; k < ARRAY_LEN(choices); k++) {
		uint8_t any = 0;
		if (!(e = schema_entry(s, choices[k])) || e->value->count > LOOKED_AT)
			continue;
		for (uint32_t i = 0; i < e->value->count; i++)
			any |= refined_types(e->list[i], depth + 1);
		types &= any;
	}
	return types;
}

static uint64_t hash_parts(const struct flat *f, const struct schema_entry *const *chosen, size_t chosen_count)
{
	uint64_t h = str_hash(str_from((const char *)f->parts, f->count * sizeof(f->parts[0])));
	if (chosen_count)
		h ^= str_hash(str_from((const char *)chosen, chosen_count * sizeof(chosen[0]))) * 31;
	return h ^ f->never ^ ((uint64_t)f->full << 1);
}

static bool same_view(const struct view *v, const struct flat *f, const struct schema_entry *const *chosen, size_t chosen_count)
{
	return v->count == f->count && v->never == f->never && v->open_ended == f->full && v->chosen_count == chosen_count &&
	       !memcmp(v->parts, f->parts, f->count * sizeof(f->parts[0])) && (!chosen_count || !memcmp(v->chosen, chosen, chosen_count * sizeof(chosen[0])));
}

/* Doubles a table of numbers + 1; `hash_at` gives the hash of an entry. */
static bool slots_grow(struct schema_compare *c, struct array *slots, size_t count, uint64_t (*hash_at)(struct schema_compare *c, uint32_t i))
{
	if ((count + 1) * 4 < slots->capacity * 3)
		return true;
	size_t size = slots->capacity ? slots->capacity * 2 : 1024;
	uint32_t *larger = calloc(size, sizeof(uint32_t));
	if (!larger)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		size_t at = hash_at(c, i) & (size - 1);
		while (larger[at])
			at = (at + 1) & (size - 1);
		larger[at] = i + 1;
	}
	free(slots->items);
	*slots = (struct array){ larger, 0, size };
	return true;
}

static uint64_t view_hash(struct schema_compare *c, uint32_t i)
{
	const struct view *v = view_at(c, i);
	struct flat f = { .count = v->count, .never = v->never, .full = v->open_ended };
	memcpy(f.parts, v->parts, v->count * sizeof(f.parts[0]));
	return hash_parts(&f, v->chosen, v->chosen_count);
}

/* Types whose bounds exclude each other. */
static unsigned impossible_types(const struct view *v)
{
	static const struct { enum schema_keyword low, low_open, high, high_open; unsigned types; } rows[] = {
		{ KW_MINIMUM, KW_EXCLUSIVE_MINIMUM, KW_MAXIMUM, KW_EXCLUSIVE_MAXIMUM, TYPE_NUMBER }, { KW_MIN_LENGTH, KW_MIN_LENGTH, KW_MAX_LENGTH, KW_MAX_LENGTH, TYPE_STRING },
		{ KW_MIN_ITEMS, KW_MIN_ITEMS, KW_MAX_ITEMS, KW_MAX_ITEMS, TYPE_ARRAY }, { KW_MIN_PROPERTIES, KW_MIN_PROPERTIES, KW_MAX_PROPERTIES, KW_MAX_PROPERTIES, TYPE_OBJECT },
	};
	unsigned impossible = 0;
	uint64_t present = 0;
	for (uint32_t i = 0; i < v->count; i++)
		present |= v->parts[i]->present;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!(present & (KW_BIT(rows[i].low) | KW_BIT(rows[i].low_open))) || !(present & (KW_BIT(rows[i].high) | KW_BIT(rows[i].high_open))))
			continue;
		struct bound low = view_bound(v, rows[i].low, rows[i].low_open, true), high = view_bound(v, rows[i].high, rows[i].high_open, false);
		int order = schema_number_order(low.value, high.value);
		if (order > 0 || (order == 0 && (low.exclusive || high.exclusive)))
			impossible |= rows[i].types;
	}
	return impossible;
}

const struct schema *schema_of_types(struct schema_compare *c, unsigned types)
{
	if (!c->of_types[types] && (c->of_types[types] = ARENA_NEW(&c->arena, struct schema)))
		c->of_types[types]->types = (uint8_t)types;
	return c->of_types[types];
}

static uint32_t intern(struct schema_compare *c, const struct flat *f, const struct schema_entry *const *chosen, size_t chosen_count)
{
	if (!slots_grow(c, &c->view_slots, c->views.count, view_hash)) {
		c->limited = true;
		return UINT32_MAX;
	}
	uint32_t *slots = c->view_slots.items;
	size_t mask = c->view_slots.capacity - 1, at = hash_parts(f, chosen, chosen_count) & mask;
	for (; slots[at]; at = (at + 1) & mask)
		if (same_view(view_at(c, slots[at] - 1), f, chosen, chosen_count))
			return slots[at] - 1;
	const struct schema **parts = ARENA_ARRAY(&c->arena, f->count, const struct schema *);
	const struct schema_entry **kept = chosen_count ? ARENA_ARRAY(&c->arena, chosen_count, const struct schema_entry *) : NULL;
	struct view *v = parts && (kept || !chosen_count) ? ARRAY_PUSH(&c->views, struct view, VIEWS_MAX) : NULL;
	if (!v) {
		c->limited = true;
		return UINT32_MAX;
	}
	memcpy(parts, f->parts, f->count * sizeof(parts[0]));
	if (kept)
		memcpy(kept, chosen, chosen_count * sizeof(kept[0]));
	*v = (struct view){ .parts = parts, .chosen = kept, .count = (uint16_t)f->count, .chosen_count = (uint16_t)chosen_count, .types = TYPE_ALL, .refined = TYPE_ALL,
		.never = f->never, .open_ended = f->full };
	for (size_t i = 0; i < f->count; i++) {
		v->types &= f->parts[i]->types;
		v->refined &= refined_types(f->parts[i], 0);
	}
	v->refined &= v->types & (uint8_t)~impossible_types(v);
	slots[at] = (uint32_t)c->views.count;
	return (uint32_t)c->views.count - 1;
}

uint32_t view_of_schemas(struct schema_compare *c, const struct schema *const *list, size_t count, const struct schema_entry *const *chosen, size_t chosen_count)
{
	struct flat f = { .c = c };
	if (count == 1 && !chosen_count && list[0]->resource)
		return view_of_schema(c, list[0]);
	for (size_t i = 0; i < count; i++)
		flatten(&f, list[i], 0);
	return intern(c, &f, chosen, chosen_count);
}

uint32_t view_of_schema(struct schema_compare *c, const struct schema *s)
{
	int side = set_of(s) == c->sets[NEW] ? NEW : OLD;
	if (s->number < c->view_of_count[side] && c->view_of[side][s->number])
		return c->view_of[side][s->number] - 1;
	struct flat f = { .c = c };
	flatten(&f, s, 0);
	uint32_t v = intern(c, &f, NULL, 0);
	if (v != UINT32_MAX && s->number < c->view_of_count[side])
		c->view_of[side][s->number] = v + 1;
	return v;
}

uint32_t view_with(struct schema_compare *c, const struct view *v, const struct schema *branch, const struct schema_entry *chosen)
{
	static const struct schema nothing = { .boolean = true };
	const struct schema *list[VIEW_PARTS_MAX + 1];
	const struct schema_entry *decided[VIEW_CHOSEN_MAX + 1];
	size_t n = v->chosen_count;
	memcpy(list, v->parts, v->count * sizeof(list[0]));
	list[v->count] = v->never ? &nothing : branch;
	if (n)
		memcpy(decided, v->chosen, n * sizeof(decided[0]));
	if (chosen && n <= VIEW_CHOSEN_MAX)
		decided[n++] = chosen;
	return view_of_schemas(c, list, v->count + 1u, decided, n);
}

enum validity view_check(struct schema_compare *c, const struct view *v, const struct doc *value, enum schema_use use)
{
	enum validity answer = v->never ? VALIDITY_NO : VALIDITY_YES;
	uint64_t given = c->checks < CHECK_STEPS ? c->checks : CHECK_STEPS, left = given;
	for (uint32_t i = 0; answer != VALIDITY_NO && i < v->count; i++) {
		enum validity part = v->parts[i]->resource ? schema_check_within(set_of(v->parts[i]), v->parts[i], value, use, NULL, &left) :
				     v->parts[i]->types & schema_type_of(value) ? VALIDITY_YES : VALIDITY_NO;
		answer = part == VALIDITY_NO || answer == VALIDITY_YES ? part : answer;
	}
	c->checks -= given - left;
	return answer;
}

size_t view_disjunctions(const struct view *v, struct disjunction *out)
{
	static const enum schema_keyword choices[] = { KW_ANY_OF, KW_ONE_OF };
	size_t n = 0;
	for (uint32_t i = 0; i < v->count; i++)
		for (size_t k = 0; k < ARRAY_LEN(choices); k++) {
			const struct schema_entry *e = schema_entry(v->parts[i], choices[k]);
			bool decided = !e;
			for (uint32_t j = 0; !decided && j < v->chosen_count; j++)
				decided = v->chosen[j] == e;
			if (!decided && n < DISJUNCTIONS_MAX)
				out[n++] = (struct disjunction){ e, v->parts[i], choices[k] == KW_ONE_OF };
		}
	return n;
}

static bool tighter(const struct bound *a, const struct bound *b, bool lower)
{
	int order = schema_number_order(a->value, b->value);
	return order == 0 ? a->exclusive && !b->exclusive : lower ? order > 0 : order < 0;
}

struct bound view_bound(const struct view *v, enum schema_keyword k, enum schema_keyword exclusive, bool lower)
{
	struct bound best = { 0 };
	for (uint32_t i = 0; i < v->count; i++) {
		const struct bound both[2] = { { schema_value(v->parts[i], k), v->parts[i], false }, { schema_value(v->parts[i], exclusive), v->parts[i], exclusive != k } };
		for (int j = 0; j < 2; j++)
			if (both[j].value && (!best.value || tighter(&both[j], &best, lower)))
				best = both[j];
	}
	return best;
}
