/* Obligations of a pair about the members of an object, and what they share with those about items (schema_rules_arrays.c). */
#include "base/check.h"
#include "contract/schema/schema_rules.h"

int rules_concerned(const struct rules *r, unsigned types)
{
	int dirs = 0;
	for (int direction = REQ; direction <= RESP; direction++)
		if (rule_a(r, direction)->refined & rule_b(r, direction)->types & types)
			dirs |= direction;
	return dirs;
}

const struct schema *rules_part_with(const struct view *v, enum schema_keyword k)
{
	for (uint32_t i = 0; i < v->count; i++)
		if (schema_has(v->parts[i], k))
			return v->parts[i];
	return v->count ? v->parts[0] : NULL;
}

static const struct schema *part_naming(const struct view *v, enum schema_keyword k, struct str name)
{
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *map = schema_value(v->parts[i], k);
		if (map && !v->parts[i]->made && doc_get(map, name))
			return v->parts[i];
	}
	return rules_part_with(v, k);
}

static const struct doc *named(const struct view *v, enum schema_keyword k, struct str name)
{
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *map = schema_value(v->parts[i], k), *found = map && !v->parts[i]->made ? doc_get(map, name) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

void rules_fill_property(struct rules *r, struct difference *d, enum schema_keyword k, struct str name)
{
	d->before = part_naming(r->views[OLD], k, name);
	d->after = part_naming(r->views[NEW], k, name);
	d->old_value = named(r->views[OLD], k, name);
	d->new_value = named(r->views[NEW], k, name);
	d->property = name;
}

/* Beside a side that takes anything, what is inside of the other need not be taken apart: a look tells whether it demands something. */
static bool blank(const struct view *v) { return !v->count && !v->never; }

static bool demands_nothing(const struct schema *s, unsigned depth)
{
	enum { LEVELS = 4 };
	static const enum schema_keyword maps[] = { KW_PROPERTIES, KW_PATTERN_PROPERTIES, KW_PREFIX_ITEMS, KW_ALL_OF };
	static const enum schema_keyword ones[] = { KW_ITEMS, KW_ADDITIONAL_PROPERTIES, KW_REF };
	uint64_t known = KW_BIT(KW_FORMAT) | KW_BIT(KW_CONTENT_ENCODING) | KW_BIT(KW_CONTENT_MEDIA_TYPE) | KW_BIT(KW_CONTENT_SCHEMA) | KW_BIT(KW_READ_ONLY) | KW_BIT(KW_WRITE_ONLY) |
		KW_BIT(KW_DEPRECATED) | KW_BIT(KW_DEFAULT) | KW_BIT(KW_EXTENSIBLE_ENUM) | KW_BIT(KW_DISCRIMINATOR);
	if (s->boolean || s->types != TYPE_ALL || depth == LEVELS)
		return s->boolean && s->truth;
	for (size_t k = 0; k < ARRAY_LEN(maps); k++) {
		const struct schema_entry *e = schema_entry(s, maps[k]);
		known |= KW_BIT(maps[k]);
		for (uint32_t i = 0; e && i < e->value->count; i++)
			if (!demands_nothing(e->list[i], depth + 1))
				return false;
	}
	for (size_t k = 0; k < ARRAY_LEN(ones); k++) {
		known |= KW_BIT(ones[k]);
		if (schema_has(s, ones[k]) && !demands_nothing(schema_one(s, ones[k]), depth + 1))
			return false;
	}
	return !(s->present & ~known);
}

static bool view_demands_nothing(const struct view *v)
{
	for (uint32_t i = 0; i < v->count; i++)
		if (!demands_nothing(v->parts[i], 0))
			return false;
	return !v->never && !v->open_ended;
}

/* Required members. */
static void require_one(struct rules *r, int direction, struct str name)
{
	const struct view *other = r->views[direction == REQ ? OLD : NEW];
	bool known = named(other, KW_PROPERTIES, name) != NULL;
	enum change_kind kind = direction == REQ ? (known ? CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED : CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_ADDED) :
						   (known ? CHANGE_KIND_SCHEMA_PROPERTY_BECAME_OPTIONAL : CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED);
	bool named_there;
	uint32_t left = view_property(r->c, other, name, &named_there);
	struct difference *d = rule_difference(r, kind, direction);
	rules_fill_property(r, d, KW_PROPERTIES, name);
	/* Whoever goes on to send what is gone is not understood, even where it is not refused. */
	if (kind == CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_REMOVED && left != UINT32_MAX && blank(view_at(r->c, left)))
		d->notice = REQ;
}

static bool earlier(const struct view *v, uint32_t part, struct str name)
{
	for (uint32_t i = 0; i < part; i++) {
		const struct doc *names = schema_value(v->parts[i], KW_REQUIRED);
		for (uint32_t k = 0; names && k < names->count; k++)
			if (str_eq(doc_str(&names->items[k]), name))
				return true;
	}
	return false;
}

static void compare_required(struct rules *r, int direction)
{
	const struct view *a = rule_a(r, direction), *b = rule_b(r, direction);
	for (uint32_t i = 0; i < b->count; i++) {
		const struct doc *names = schema_value(b->parts[i], KW_REQUIRED);
		for (uint32_t k = 0; names && k < names->count; k++) {
			struct str name = doc_str(&names->items[k]);
			if (!earlier(b, i, name) && view_requires(r->c, b, name, direction) && !view_requires(r->c, a, name, direction))
				require_one(r, direction, name);
		}
	}
}

/* Members that demand others. */
static bool demands(const struct view *v, struct str from, struct str to)
{
	static const enum schema_keyword kinds[] = { KW_DEPENDENT_REQUIRED, KW_DEPENDENCIES };
	for (uint32_t i = 0; i < v->count; i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			const struct doc *map = schema_value(v->parts[i], kinds[k]), *names = map ? doc_get(map, from) : NULL;
			for (uint32_t n = 0; doc_is(names, DOC_ARRAY) && n < names->count; n++)
				if (str_eq(doc_str(&names->items[n]), to))
					return true;
		}
	return false;
}

static void compare_demands(struct rules *r, int direction, const struct schema *part, enum schema_keyword k)
{
	const struct doc *map = schema_value(part, k);
	const struct view *a = rule_a(r, direction);
	for (uint32_t i = 0; map && i < map->count; i++) {
		const struct doc *names = &map->members[i].value;
		struct str from = doc_key(&map->members[i]);
		for (uint32_t n = 0; names->type == DOC_ARRAY && n < names->count; n++) {
			struct str to = doc_str(&names->items[n]);
			if (str_eq(from, to) || demands(a, from, to) || view_requires(r->c, a, to, direction))
				continue;
			struct difference *d =
				rule_difference(r, direction == REQ ? CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_ADDED : CHANGE_KIND_SCHEMA_DEPENDENT_REQUIRED_REMOVED, direction);
			d->before = direction == RESP ? part : rules_part_with(r->views[OLD], k);
			d->after = direction == REQ ? part : rules_part_with(r->views[NEW], k);
			d->old_value = direction == RESP ? names : NULL;
			d->new_value = direction == REQ ? names : NULL;
			d->property = from;
			break;
		}
	}
}

/* Named members. */
static bool named_earlier(const struct rules *r, int side, uint32_t part, struct str name)
{
	for (int s = OLD; s <= side; s++)
		for (uint32_t i = 0; i < (s == side ? part : r->views[s]->count); i++) {
			const struct doc *map = schema_value(r->views[s]->parts[i], KW_PROPERTIES);
			if (map && doc_get(map, name))
				return true;
		}
	return false;
}

/* A member that only one side names: on the other it is whatever that side says of members that it does not name. */
static void compare_one_sided(struct rules *r, uint32_t in_old, uint32_t in_new, bool removed, struct str name)
{
	if (in_old == UINT32_MAX || in_new == UINT32_MAX) {
		r->c->limited = true;
		return;
	}
	bool open = blank(view_at(r->c, removed ? in_new : in_old));
	int dirs = rules_concerned(r, TYPE_OBJECT), required = removed ? RESP : REQ;
	/* That it was (is) required is a cause of its own, and says all there is to say in this direction. */
	if (view_requires(r->c, r->views[removed ? OLD : NEW], name, required) && !view_requires(r->c, r->views[removed ? NEW : OLD], name, required)) {
		dirs &= ~required;
		if (!dirs || (removed && open))
			return;
	}
	bool cut = blank(r->views[removed ? NEW : OLD]);
	if (cut && view_demands_nothing(view_at(r->c, removed ? in_old : in_new)))
		return;
	if (cut)
		dirs &= removed ? RESP : REQ;
	struct difference *d = rule_difference(r, removed ? CHANGE_KIND_SCHEMA_PROPERTY_REMOVED : CHANGE_KIND_SCHEMA_PROPERTY_ADDED, dirs);
	rules_fill_property(r, d, KW_PROPERTIES, name);
	d->soft = open ? (removed ? RESP : REQ) : 0;
	d->notice = removed && open ? REQ & (uint8_t)dirs : 0;
	if (!cut)
		rule_edge(r, in_old, in_new, MAP_SAME, STEP_PROPERTY, name, 0);
}

/* What most members are: named by one part on both sides, the same, and without schemas inside. */
static bool unchanged(const struct rules *r, struct str name)
{
	const struct schema *s[2];
	for (int side = OLD; side <= NEW; side++) {
		const struct schema *part = r->views[side]->count == 1 ? r->views[side]->parts[0] : NULL;
		const struct schema_entry *properties = part && !schema_has(part, KW_PATTERN_PROPERTIES) ? schema_entry(part, KW_PROPERTIES) : NULL;
		const struct doc_member *m = properties ? doc_member(properties->value, name) : NULL;
		if (!m)
			return false;
		s[side] = properties->list[m - properties->value->members];
	}
	return schema_same_leaf(s[OLD], s[NEW]);
}

static void compare_member(struct rules *r, struct str name, int dirs)
{
	bool in_old, in_new;
	if (unchanged(r, name))
		return;
	uint32_t o = view_property(r->c, r->views[OLD], name, &in_old), n = view_property(r->c, r->views[NEW], name, &in_new);
	if (in_old && in_new)
		rule_below(r, o, n, dirs, MAP_SAME, STEP_PROPERTY, name, 0);
	else
		compare_one_sided(r, o, n, in_old, name);
}

static void compare_members(struct rules *r, int dirs)
{
	for (int side = OLD; side <= NEW; side++)
		for (uint32_t i = 0; i < r->views[side]->count; i++) {
			const struct doc *map = schema_value(r->views[side]->parts[i], KW_PROPERTIES);
			for (uint32_t k = 0; map && k < map->count; k++)
				if ((side == OLD && i == 0) || !named_earlier(r, side, i, doc_key(&map->members[k])))
					compare_member(r, doc_key(&map->members[k]), dirs);
		}
}

/* Members that nothing names, and further items: closed, open, or by a schema. */
void rules_rest(struct rules *r, uint32_t in_old, uint32_t in_new, int dirs, enum schema_keyword k, const struct rest_kinds *kinds, enum edge_step step, uint32_t index)
{
	if (in_old == UINT32_MAX || in_new == UINT32_MAX) {
		r->c->limited = true;
		return;
	}
	const struct view o = *view_at(r->c, in_old), n = *view_at(r->c, in_new);
	bool old_open = !o.count && !o.never, new_open = !n.count && !n.never;
	if ((old_open && new_open) || (o.never && n.never))
		return;
	if (!old_open && !new_open && !o.never && !n.never) {
		rule_below(r, in_old, in_new, dirs, MAP_SAME, step, STR(""), index);
		return;
	}
	enum change_kind kind = n.never ? kinds->closed : o.never ? kinds->opened : old_open ? kinds->narrowed : kinds->widened;
	int breaks = n.never || old_open ? REQ : RESP;
	bool cut = blank(r->views[OLD]) || blank(r->views[NEW]);
	if (!(breaks & dirs) || (cut && view_demands_nothing(old_open ? &n : &o)))
		return;
	struct difference *d = rule_difference(r, kind, breaks);
	d->before = rules_part_with(r->views[OLD], k);
	d->after = rules_part_with(r->views[NEW], k);
	d->old_value = d->before ? schema_value(d->before, k) : NULL;
	d->new_value = d->after ? schema_value(d->after, k) : NULL;
	if (!cut || o.never || n.never)
		rule_edge(r, in_old, in_new, MAP_SAME, step, STR(""), index);
}

/* Patterns of members. */
enum { PATTERNS_COMPARED = 32 };

static size_t patterns_of(const struct view *v, struct str *out)
{
	size_t n = 0;
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *map = schema_value(v->parts[i], KW_PATTERN_PROPERTIES);
		for (uint32_t k = 0; map && k < map->count; k++) {
			bool known = false;
			for (size_t j = 0; j < n && j < PATTERNS_COMPARED; j++)
				known |= str_eq(out[j], doc_key(&map->members[k]));
			if (!known && n++ < PATTERNS_COMPARED)
				out[n - 1] = doc_key(&map->members[k]);
		}
	}
	return n;
}

static uint32_t pattern_view(struct rules *r, int side, struct str pattern, bool *declared) { return view_pattern(r->c, r->views[side], pattern, declared); }

/* A pattern that only one side has: names that match it are what the other side says of others, and of those that match its other patterns. */
static void compare_new_pattern(struct rules *r, int side, struct str pattern, const struct str *others, size_t other_count, int dirs)
{
	bool declared;
	uint32_t mine = pattern_view(r, side, pattern, &declared), rest = view_other_properties(r->c, r->views[1 - side]);
	struct difference *d = rule_difference(r, side == NEW ? CHANGE_KIND_SCHEMA_PATTERN_PROPERTY_ADDED : CHANGE_KIND_SCHEMA_PATTERN_PROPERTY_REMOVED, dirs);
	rules_fill_property(r, d, KW_PATTERN_PROPERTIES, pattern);
	rule_edge(r, side == OLD ? mine : rest, side == OLD ? rest : mine, MAP_SAME, STEP_PATTERN, pattern, 0);
	for (size_t i = 0; i < other_count; i++) {
		uint32_t theirs = pattern_view(r, 1 - side, others[i], &declared);
		rule_edge(r, side == OLD ? mine : theirs, side == OLD ? theirs : mine, MAP_SAME, STEP_PATTERN, others[i], 0);
	}
}

static bool has_pattern(const struct str *list, size_t count, struct str pattern)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(list[i], pattern))
			return true;
	return false;
}

/* With several patterns in several parts a name may match in any combination: only the same shape is compared, anything else is left to a witness. */
static bool too_many_patterns(struct rules *r, const struct str *o, size_t old_count, const struct str *n, size_t new_count)
{
	size_t all = old_count;
	for (size_t i = 0; i < new_count && i < PATTERNS_COMPARED; i++)
		all += !has_pattern(o, old_count < PATTERNS_COMPARED ? old_count : PATTERNS_COMPARED, n[i]);
	return old_count > PATTERNS_COMPARED || new_count > PATTERNS_COMPARED || (all > 1 && (r->views[OLD]->count > 1 || r->views[NEW]->count > 1));
}

static void compare_patterns(struct rules *r, int dirs)
{
	struct str lists[2][PATTERNS_COMPARED];
	size_t counts[2];
	for (int side = OLD; side <= NEW; side++)
		counts[side] = patterns_of(r->views[side], lists[side]);
	if (too_many_patterns(r, lists[OLD], counts[OLD], lists[NEW], counts[NEW])) {
		bool same = r->views[OLD]->count == r->views[NEW]->count;
		for (uint32_t i = 0; same && i < r->views[OLD]->count; i++)
			same = schema_identical(r->c, r->views[OLD]->parts[i], r->views[NEW]->parts[i]);
		if (!same)
			rules_fill_property(r, rule_difference(r, CHANGE_KIND_SCHEMA_SCHEMA_CHANGED, dirs), KW_PATTERN_PROPERTIES, STR(""));
		return;
	}
	for (int side = OLD; side <= NEW; side++)
		for (size_t i = 0; i < counts[side]; i++) {
			bool declared;
			if (!has_pattern(lists[1 - side], counts[1 - side], lists[side][i]))
				compare_new_pattern(r, side, lists[side][i], lists[1 - side], counts[1 - side], dirs);
			else if (side == OLD)
				rule_below(r, pattern_view(r, OLD, lists[side][i], &declared), pattern_view(r, NEW, lists[side][i], &declared), dirs, MAP_SAME, STEP_PATTERN, lists[side][i], 0);
		}
}

static void compare_names(struct rules *r, int dirs)
{
	uint32_t o = view_names(r->c, r->views[OLD]), n = view_names(r->c, r->views[NEW]);
	if (o == UINT32_MAX || n == UINT32_MAX) {
		r->c->limited = true;
		return;
	}
	bool in_old = view_at(r->c, o)->count > 1 || view_at(r->c, o)->never, in_new = view_at(r->c, n)->count > 1 || view_at(r->c, n)->never;
	if (in_old == in_new) {
		if (in_old)
			rule_below(r, o, n, dirs, MAP_SAME, STEP_NAME, STR(""), 0);
		return;
	}
	struct difference *d = rule_difference(r, in_new ? CHANGE_KIND_SCHEMA_PROPERTY_NAMES_ADDED : CHANGE_KIND_SCHEMA_PROPERTY_NAMES_REMOVED, in_new ? REQ : RESP);
	d->before = rules_part_with(r->views[OLD], KW_PROPERTY_NAMES);
	d->after = rules_part_with(r->views[NEW], KW_PROPERTY_NAMES);
	rule_edge(r, o, n, MAP_SAME, STEP_NAME, STR(""), 0);
}

void rules_objects(struct rules *r)
{
	static const enum schema_keyword demanding[] = { KW_DEPENDENT_REQUIRED, KW_DEPENDENCIES };
	static const struct rest_kinds kinds = { CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_CLOSED, CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_OPENED,
		CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_NARROWED, CHANGE_KIND_SCHEMA_ADDITIONAL_PROPERTIES_WIDENED };
	int dirs = rules_concerned(r, TYPE_OBJECT);
	if (!dirs)
		return;
	for (int direction = REQ; direction <= RESP; direction++) {
		const struct view *b = rule_b(r, direction);
		if (!(dirs & direction))
			continue;
		compare_required(r, direction);
		for (uint32_t i = 0; i < b->count; i++)
			for (size_t k = 0; k < ARRAY_LEN(demanding); k++)
				compare_demands(r, direction, b->parts[i], demanding[k]);
	}
	compare_members(r, dirs);
	compare_patterns(r, dirs);
	rules_rest(r, view_other_properties(r->c, r->views[OLD]), view_other_properties(r->c, r->views[NEW]), dirs, KW_ADDITIONAL_PROPERTIES, &kinds, STEP_OTHER_PROPERTY, 0);
	compare_names(r, dirs);
}
