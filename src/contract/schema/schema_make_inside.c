/* Instances of views: objects and arrays. See schema_make.c. */
#include "base/check.h"
#include "contract/doc/doc_impl.h"
#include "contract/schema/schema_make.h"

enum { MEMBERS_MAX = 96, ITEMS_MAX = 128 };
struct members { struct str names[MEMBERS_MAX]; size_t count; };

static bool has(const struct members *l, struct str name)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->names[i], name))
			return true;
	return false;
}

static void add(struct members *l, const struct goal *g, struct str name)
{
	if (l->count < MEMBERS_MAX && !has(l, name) && !(g->without.p && str_eq(g->without, name)))
		l->names[l->count++] = name;
}

static void add_required(struct members *l, const struct view *v, const struct goal *g)
{
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *names = schema_value(v->parts[i], KW_REQUIRED);
		for (uint32_t k = 0; names && k < names->count; k++)
			add(l, g, doc_str(&names->items[k]));
	}
}

static void add_demanded(struct members *l, const struct view *v, const struct goal *g)
{
	static const enum schema_keyword kinds[] = { KW_DEPENDENT_REQUIRED, KW_DEPENDENCIES };
	for (size_t at = 0; at < l->count; at++)
		for (uint32_t i = 0; i < v->count; i++)
			for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
				const struct doc *map = schema_value(v->parts[i], kinds[k]), *names = map ? doc_get(map, l->names[at]) : NULL;
				for (uint32_t n = 0; doc_is(names, DOC_ARRAY) && n < names->count; n++)
					add(l, g, doc_str(&names->items[n]));
			}
}

/* Schemas that members bring with them become parts. */
static struct view with_brought(struct maker *m, const struct view *given, const struct members *l)
{
	static const enum schema_keyword kinds[] = { KW_DEPENDENT_SCHEMAS, KW_DEPENDENCIES };
	struct view v = *given;
	for (uint32_t i = 0; i < given->count; i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			const struct schema_entry *e = schema_entry(given->parts[i], kinds[k]);
			for (uint32_t n = 0; e && n < e->value->count; n++) {
				uint32_t next = e->list[n] && has(l, doc_key(&e->value->members[n])) ? view_with(m->c, &v, e->list[n], NULL) : UINT32_MAX;
				if (next != UINT32_MAX)
					v = *view_at(m->c, next);
			}
		}
	return v;
}

static bool possible(struct maker *m, const struct view *v, struct str name)
{
	bool declared;
	const struct view copy = *v;
	uint32_t inner = view_property(m->c, &copy, name, &declared);
	return inner != UINT32_MAX && !view_at(m->c, inner)->never;
}

/* Declared members, then invented ones, until there are enough; with chance some more. */
static void fill(struct maker *m, struct members *l, const struct view *v, const struct goal *g, double least, double most)
{
	enum { INVENTED = 200 };
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *map = schema_value(v->parts[i], KW_PROPERTIES);
		for (uint32_t k = 0; map && k < map->count; k++)
			if (((double)l->count < least || (m->random && (double)l->count < most && !make_random(m, 3))) && possible(m, v, doc_key(&map->members[k])))
				add(l, g, doc_key(&map->members[k]));
	}
	for (uint32_t i = 0; i < v->count && (double)l->count < least; i++) {
		const struct doc *map = schema_value(v->parts[i], KW_PATTERN_PROPERTIES);
		for (uint32_t k = 0; map && k < map->count && (double)l->count < least; k++)
			for (int tries = 0; tries < 4 && (double)l->count < least; tries++) {
				struct str name = make_text(m, doc_key(&map->members[k]), tries, -1);
				if (name.p && possible(m, v, name))
					add(l, g, name);
			}
	}
	if (m->random && !m->declared && !make_random(m, 4) && (double)l->count < most)
		least = (double)l->count + 1;
	uint32_t naming = view_names(m->c, v);
	if (naming == UINT32_MAX)
		return;
	const struct view names = *view_at(m->c, naming);
	for (uint32_t i = 0; i < INVENTED && (double)l->count < least; i++) {
		struct goal any = GOAL_ANY;
		uint64_t kept = m->random;
		m->random = kept + i * 7919;
		const struct doc *made = i % 2 && names.count > 1 ? make_instance(m, &names, &any) : NULL;
		m->random = kept;
		struct str name = made ? doc_str(made) : arena_printf(m->arena, "%s%u", i % 4 < 2 ? "p" : "x", i);
		if (name.p && possible(m, v, name))
			add(l, g, name);
	}
}

static double limit_of(const struct view *v, enum schema_keyword k, bool lower, double otherwise)
{
	struct bound b = view_bound(v, k, k, lower);
	return b.value ? doc_number(b.value) : otherwise;
}

const struct doc *make_object(struct maker *m, const struct view *given, const struct goal *g)
{
	struct members l;
	struct doc_member members[MEMBERS_MAX];
	size_t count = 0;
	l.count = 0;
	if (g->with.p)
		l.names[l.count++] = g->with;
	if (g->other_name.p)
		l.names[l.count++] = g->other_name;
	add_required(&l, given, g);
	add_demanded(&l, given, g);
	const struct view v = with_brought(m, given, &l);
	add_required(&l, &v, g);
	double least = limit_of(&v, KW_MIN_PROPERTIES, true, 0), most = limit_of(&v, KW_MAX_PROPERTIES, false, MEMBERS_MAX);
	least = g->least > least ? (double)g->least : least;
	most = g->most >= 0 && (double)g->most < most ? (double)g->most : most;
	if (least <= MEMBERS_MAX)
		fill(m, &l, &v, g, least, most);
	add_demanded(&l, &v, g);
	uint32_t salt = m->salt;
	m->salt = 0;
	for (size_t i = 0; i < l.count; i++) {
		bool declared, named = (g->with.p && str_eq(g->with, l.names[i])) || (g->other_name.p && str_eq(g->other_name, l.names[i]));
		uint32_t inner = view_property(m->c, &v, l.names[i], &declared);
		struct goal any = GOAL_ANY;
		const struct doc *value = named && g->inner ? g->inner : NULL;
		m->salt = i == 0 ? salt : 0;
		if (!value && inner != UINT32_MAX) {
			const struct view copy = *view_at(m->c, inner);
			value = make_instance(m, &copy, &any);
		}
		if (!value)
			return NULL;
		members[count++] = (struct doc_member){ l.names[i].p, (uint32_t)l.names[i].len, 0, *value };
	}
	struct doc *d = ARENA_NEW(m->arena, struct doc);
	uint32_t first, twice;
	return d && doc_make_object(m->arena, d, members, count, &first, &twice) ? d : NULL;
}

/* The item's view, with what must be contained for as many items as are needed. */
static uint32_t item_view(struct maker *m, const struct view *v, uint32_t index)
{
	bool declared;
	uint32_t at = view_item(m->c, v, index, &declared), offset = 0;
	for (uint32_t i = 0; i < v->count && at != UINT32_MAX; i++) {
		if (!schema_has(v->parts[i], KW_CONTAINS))
			continue;
		const struct doc *least = schema_value(v->parts[i], KW_MIN_CONTAINS);
		uint32_t needed = least ? (uint32_t)doc_number(least) : 1;
		if (index >= offset && index < offset + needed) {
			const struct view copy = *view_at(m->c, at);
			at = view_with(m->c, &copy, schema_one(v->parts[i], KW_CONTAINS), NULL);
		}
		offset += m->random && make_random(m, 2) ? needed : 0;
	}
	return at;
}

static double contained(const struct view *v)
{
	double n = 0;
	for (uint32_t i = 0; i < v->count; i++) {
		const struct doc *least = schema_value(v->parts[i], KW_MIN_CONTAINS);
		double needed = !schema_has(v->parts[i], KW_CONTAINS) ? 0 : least ? doc_number(least) : 1;
		n = needed > n ? needed : n;
	}
	return n;
}

const struct doc *make_array(struct maker *m, const struct view *v, const struct goal *g)
{
	struct doc items[ITEMS_MAX];
	double least = limit_of(v, KW_MIN_ITEMS, true, 0), most = limit_of(v, KW_MAX_ITEMS, false, ITEMS_MAX), needed = contained(v);
	bool vary = false;
	least = needed > least ? needed : least;
	least = g->least > least ? (double)g->least : least;
	least = g->index >= 0 && (double)g->index + 1 > least ? (double)g->index + 1 : least;
	least = g->twice && least < 2 ? 2 : least;
	most = g->most >= 0 && (double)g->most < most ? (double)g->most : most;
	if (m->random && g->most < 0 && g->index < 0 && least < most)
		least += make_random(m, 3);
	if (least > ITEMS_MAX || least > most)
		return NULL;
	for (uint32_t i = 0; i < v->count; i++)
		vary |= doc_true(schema_value(v->parts[i], KW_UNIQUE_ITEMS));
	uint32_t salt = m->salt;
	for (uint32_t i = 0; i < (uint32_t)least; i++) {
		struct goal any = GOAL_ANY;
		uint32_t at = item_view(m, v, i);
		if (at == UINT32_MAX)
			return NULL;
		const struct view copy = *view_at(m->c, at);
		m->salt = (vary && !g->twice ? i : 0) + (i == 0 ? salt : 0);
		const struct doc *item = g->index == (int64_t)i && g->inner ? g->inner : g->twice && i == 1 ? &items[0] : make_instance(m, &copy, &any);
		m->salt = salt;
		if (!item)
			return NULL;
		items[i] = *item;
	}
	struct doc *d = ARENA_NEW(m->arena, struct doc);
	return d && doc_make_array(m->arena, d, items, (size_t)least) ? d : NULL;
}
