/* Which old operation is which new one: by method and path, where names of path parameters do not count, and a prefix that moved between the server's URL
 * and the paths is seen through. What has no counterpart is gone or new. */
#include "base/map.h"
#include "contract/openapi/compare.h"

enum { KEYS_MAX = 200000 };
struct side { struct map operations, paths; bool full; }; /* operations by key; paths by key: those that have one */
struct matching { struct openapi_comparison *c; struct side before, after; const struct openapi_operation **taken; };

static struct str path_of(struct arena *a, const struct openapi *api, const struct openapi_operation *op, bool full)
{
	if (op->path->kind == OPENAPI_CALLBACK)
		return arena_printf(a, "callback of %.*s %.*s: %.*s", STR_FMT(op->parent->method), STR_FMT(op->parent->path->key), STR_FMT(op->path->key));
	if (op->path->kind == OPENAPI_WEBHOOK)
		return arena_printf(a, "webhook %.*s", STR_FMT(op->path->key));
	return full ? arena_printf(a, "%.*s%.*s", STR_FMT(api->base), STR_FMT(op->path->key)) : op->path->key;
}

static struct str key_of(struct arena *a, struct str method, struct str path) { return arena_printf(a, "%.*s %.*s", STR_FMT(method), STR_FMT(path)); }

/* Two paths of one key (/a/{x} and /a/{y}, /a and /a/) are against the specification, but written: the second keeps its name as it stands. */
static struct str free_key(struct openapi_comparison *c, const struct side *s, const struct openapi_operation *op, struct str path)
{
	struct str key = key_of(&c->arena, op->method, path);
	const struct openapi_operation *other = key.p ? map_get(&s->operations, key) : NULL;
	return other && op->path->kind == OPENAPI_OPERATION ? key_of(&c->arena, op->method, op->path->path) : key;
}

static bool index_side(struct openapi_comparison *c, const struct openapi *api, struct side *s, bool full)
{
	map_init(&s->operations, KEYS_MAX);
	map_init(&s->paths, KEYS_MAX);
	s->full = full;
	for (size_t i = 0; i < api->operations.count; i++) {
		struct openapi_operation *op = api->operations.items[i];
		struct str path = path_of(&c->arena, api, op, full), key = free_key(c, s, op, path);
		if (!key.p || (!map_get(&s->operations, key) && !map_put(&s->operations, key, op)) || (!map_get(&s->paths, path) && !map_put(&s->paths, path, op->path)))
			return false;
	}
	return true;
}

static void release_side(struct side *s)
{
	map_release(&s->operations);
	map_release(&s->paths);
}

static size_t common(const struct side *a, const struct side *b)
{
	size_t n = 0;
	for (uint32_t i = 0; i < a->operations.count; i++)
		n += map_get(&b->operations, a->operations.entries[i].key) != NULL;
	return n;
}

/* With the server's path in front where that finds more: "/v1" may have moved from the URL to the paths. */
static bool index_both(struct matching *m)
{
	struct openapi_comparison *c = m->c;
	if (!index_side(c, c->before, &m->before, false) || !index_side(c, c->after, &m->after, false))
		return false;
	if (str_eq(c->before->base, c->after->base))
		return true;
	struct side before, after;
	bool ok = index_side(c, c->before, &before, true) && index_side(c, c->after, &after, true);
	if (ok && common(&before, &after) > common(&m->before, &m->after)) {
		struct side bare[2] = { m->before, m->after };
		m->before = before;
		m->after = after;
		before = bare[0];
		after = bare[1];
	}
	release_side(&before);
	release_side(&after);
	return ok;
}

/* The rule's name by what was said about the end of the operation. */
static void removed_rules(struct openapi_comparison *c, struct change *x, enum life_state state, bool whole_path)
{
	static const enum rule_id of_operation[] = { RULE_OASDIFF_API_REMOVED_WITHOUT_DEPRECATION, OPENAPI_NO_RULE, RULE_OASDIFF_API_REMOVED_BEFORE_SUNSET, OPENAPI_NO_RULE,
		RULE_OASDIFF_API_PATH_SUNSET_PARSE };
	static const enum rule_id of_path[] = { RULE_OASDIFF_API_PATH_REMOVED_WITHOUT_DEPRECATION, OPENAPI_NO_RULE,
		RULE_OASDIFF_API_PATH_REMOVED_BEFORE_SUNSET, OPENAPI_NO_RULE,
		RULE_OASDIFF_API_PATH_SUNSET_PARSE };
	openapi_rules(c, x, whole_path ? of_path[state] : of_operation[state], whole_path ? RULE_REDOCLY_PATH_REMOVED : RULE_REDOCLY_OPERATION_REMOVED);
}

static enum change_kind removed_kind(const struct openapi_operation *op, enum life_state state, bool whole_path)
{
	if (state == LIFE_OVER)
		return CHANGE_KIND_OPENAPI_SUNSET_REMOVED;
	if (state == LIFE_DEPRECATED)
		return CHANGE_KIND_OPENAPI_DEPRECATED_REMOVED;
	if (op->path->kind == OPENAPI_WEBHOOK)
		return CHANGE_KIND_OPENAPI_WEBHOOK_REMOVED;
	if (op->path->kind == OPENAPI_CALLBACK)
		return CHANGE_KIND_OPENAPI_CALLBACK_REMOVED;
	return whole_path ? CHANGE_KIND_OPENAPI_PATH_REMOVED : CHANGE_KIND_OPENAPI_OPERATION_REMOVED;
}

static void say_removed(struct openapi_comparison *c, struct change *x, const struct openapi_operation *op, enum life_state state, bool whole_path)
{
	static const char *const ends[] = { "was removed without having been deprecated", "was removed; it was deprecated, but no date was said",
		"was removed before its sunset date", "was removed after its sunset date", "was removed; its sunset date cannot be read" };
	struct str date = doc_str(op->life.sunset.node);
	openapi_say(c, x, "%.*s %s%s%.*s", STR_FMT(whole_path && op->path->kind == OPENAPI_OPERATION ? op->path->path : op->label), ends[state],
		date.len ? ", " : "", STR_FMT(date));
	removed_rules(c, x, state, whole_path);
	if (op->path->kind == OPENAPI_WEBHOOK)
		openapi_rules(c, x, RULE_OASDIFF_WEBHOOK_REMOVED, OPENAPI_NO_RULE);
}

/* A callback goes with its operation, which is reported. */
static bool is_gone_with_parent(const struct matching *m, const struct openapi_operation *op)
{
	return op->parent && !map_get(&m->after.operations, key_of(&m->c->arena, op->parent->method, path_of(&m->c->arena, m->c->before, op->parent, m->before.full)));
}

static void removed(struct matching *m, const struct openapi_operation *op)
{
	struct openapi_comparison *c = m->c;
	enum openapi_stability stability = openapi_stability_of(&op->life);
	if (stability == STABILITY_DRAFT || stability == STABILITY_ALPHA || is_gone_with_parent(m, op))
		return; /* these promise nothing */
	bool whole = !map_get(&m->after.paths, path_of(&c->arena, c->before, op, m->before.full)) && op->path->kind != OPENAPI_CALLBACK;
	enum life_state state = openapi_life_state(c, &op->life);
	const struct openapi_pair pair = openapi_pair_of(c, op, NULL);
	/* A path that is gone is one cause for all of its operations that end alike. */
	struct cause_key key = { removed_kind(op, state, whole), whole ? op->path->spot : op->spot, { 0 }, state == LIFE_UNTIL ? doc_str(op->life.sunset.node) : STR("") };
	struct change *x = openapi_see(c, &pair, key, whole && op->path->kind == OPENAPI_OPERATION ? op->path->path : op->label, pair.toward);
	if (!x)
		return;
	say_removed(c, x, op, state, whole);
	openapi_prove_request(c, &pair, x, &(struct openapi_wish){ 0 });
}

static void added(struct matching *m, const struct openapi_operation *op)
{
	static const enum change_kind kinds[] = { CHANGE_KIND_OPENAPI_OPERATION_ADDED, CHANGE_KIND_OPENAPI_WEBHOOK_ADDED, CHANGE_KIND_OPENAPI_CALLBACK_ADDED };
	const struct openapi_pair pair = openapi_pair_of(m->c, NULL, op);
	struct cause_key key = { kinds[op->path->kind], { 0 }, op->spot, { 0 } };
	openapi_say(m->c, openapi_see(m->c, &pair, key, op->label, pair.toward), "%.*s is new", STR_FMT(op->label));
}

static bool compare_matched(struct matching *m)
{
	bool ok = true;
	for (uint32_t i = 0; ok && i < m->before.operations.count; i++) {
		const struct map_entry *entry = &m->before.operations.entries[i];
		const struct openapi_pair pair = openapi_pair_of(m->c, entry->value, map_get(&m->after.operations, entry->key));
		if (pair.after)
			ok = openapi_compare_pair(m->c, &pair);
		else
			removed(m, pair.before);
	}
	for (uint32_t i = 0; ok && i < m->after.operations.count; i++)
		if (!map_get(&m->before.operations, m->after.operations.entries[i].key))
			added(m, m->after.operations.entries[i].value);
	return ok;
}

bool openapi_compare_operations(struct openapi_comparison *c)
{
	struct matching m = { .c = c };
	bool ok = index_both(&m);
	if (ok)
		openapi_compare_servers(c, m.before.full);
	ok = ok && compare_matched(&m);
	release_side(&m.before);
	release_side(&m.after);
	return ok;
}
