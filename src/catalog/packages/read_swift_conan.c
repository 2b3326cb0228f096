/* Package.resolved of Swift (versions 1 to 3) and conan.lock (of Conan 1 and 2). */
#include "base/check.h"
#include "catalog/packages/reading.h"

/* --- Swift --------------------------------------------------------------------------------------------------------------------------------------- */

/* "https://github.com/apple/swift-nio.git", "git@github.com:apple/swift-nio" -> "github.com/apple/swift-nio" */
static struct str of_address(struct package_reading *r, struct str address)
{
	size_t scheme = str_find(address, STR("://"));
	struct str rest = scheme == SIZE_MAX ? address : str_skip(address, scheme + 3);
	size_t slash = str_find_char(rest, '/'), at = str_find_char(rest, '@');
	if (at != SIZE_MAX && at < slash)
		rest = str_skip(rest, at + 1);
	while (str_ends(rest, STR("/")))
		rest.len--;
	if (str_ends(rest, STR(".git")))
		rest.len -= 4;
	size_t colon = str_find_char(rest, ':');
	if (scheme != SIZE_MAX || colon == SIZE_MAX)
		return rest;
	return arena_printf(r->scratch, "%.*s/%.*s", STR_FMT(str_sub(rest, 0, colon)), STR_FMT(str_skip(rest, colon + 1)));
}

static bool pin(struct package_reading *r, const struct json_lines *lines, const struct json *p)
{
	const struct json *state = json_get(p, STR("state"));
	struct str address = json_get_str(p, STR("location"), json_get_str(p, STR("repositoryURL"), STR("")));
	struct str name = address.len ? of_address(r, address) : json_get_str(p, STR("identity"), STR(""));
	struct str version = json_get_str(state, STR("version"), json_get_str(state, STR("branch"), json_get_str(state, STR("revision"), STR(""))));
	if (!name.len)
		return package_wrong(r, json_line(lines, p), "a pin without `location` or `repositoryURL`; let `swift package resolve` write the file anew");
	if (str_eq(json_get_str(p, STR("kind"), STR("")), STR("localSourceControl")))
		return true;
	return package_add(r, name, version, PACKAGE_UNTOLD, json_line(lines, p));
}

bool package_read_swift(struct package_reading *r)
{
	struct json_lines lines = { 0 };
	const struct json *j = package_json(r, &lines), *pins;
	if (!j)
		return false;
	pins = json_get(j, STR("pins")) ? json_get(j, STR("pins")) : json_get(json_get(j, STR("object")), STR("pins"));
	if (!pins || pins->type != JSON_ARRAY)
		return package_wrong(r, pins ? json_line(&lines, pins) : 1, "the file has no list `pins`; let `swift package resolve` write it anew");
	for (uint32_t i = 0; i < pins->count; i++)
		if (!pin(r, &lines, &pins->items[i]))
			return false;
	return true;
}

/* --- Conan --------------------------------------------------------------------------------------------------------------------------------------- */

/* "zlib/1.2.13@user/channel#revision%time:package": user and channel say who packed it, not what it is. */
static bool reference(struct package_reading *r, struct str text, enum package_use use, uint32_t line)
{
	size_t slash = str_find_char(text, '/'), end;
	if (slash == SIZE_MAX || slash == 0)
		return package_wrong(r, line, "`%.*s` is no reference of the form name/version; let conan write the file anew", STR_FMT(str_sub(text, 0, 100)));
	struct str version = str_skip(text, slash + 1);
	for (end = 0; end < version.len && version.p[end] != '#' && version.p[end] != '@' && version.p[end] != '%' && version.p[end] != ':'; end++)
		;
	return package_add(r, str_sub(text, 0, slash), str_sub(version, 0, end), use, line);
}

static bool references(struct package_reading *r, const struct json_lines *lines, const struct json *j, const char *key)
{
	const struct json *list = json_get(j, str_z(key));
	if (!list || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY)
		return package_wrong(r, json_line(lines, list), "`%s` must be a list; let conan write the file anew", key);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct json *item = &list->items[i];
		if (item->type == JSON_ARRAY && item->count) /* with its package id behind it */
			item = &item->items[0];
		if (item->type != JSON_STRING)
			return package_wrong(r, json_line(lines, &list->items[i]), "`%s` must hold references as text; let conan write the file anew", key);
		if (!reference(r, item->s, PACKAGE_UNTOLD, json_line(lines, &list->items[i])))
			return false;
	}
	return true;
}

/* Node "0" is who asks. */
static bool mark_asked(struct package_reading *r, struct map *direct, const struct json *root)
{
	static const char *const keys[] = { "requires", "build_requires" };
	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		const struct json *ids = json_get(root, str_z(keys[k]));
		for (uint32_t i = 0; ids && ids->type == JSON_ARRAY && i < ids->count; i++)
			if (ids->items[i].type == JSON_STRING && !package_mark(r, direct, ids->items[i].s))
				return false;
	}
	return true;
}

static bool graph(struct package_reading *r, const struct json_lines *lines, const struct json *nodes, struct map *direct)
{
	if (!mark_asked(r, direct, json_get(nodes, STR("0"))))
		return false;
	for (uint32_t i = 0; i < nodes->count; i++) {
		const struct json_member *m = &nodes->members[i];
		struct str ref = json_get_str(&m->value, STR("ref"), STR(""));
		if (!str_eq(m->key, STR("0")) && ref.len && !reference(r, ref, map_get(direct, m->key) ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE, json_line(lines, &m->value)))
			return false;
	}
	return true;
}

bool package_read_conan(struct package_reading *r)
{
	struct json_lines lines = { 0 };
	const struct json *j = package_json(r, &lines), *old, *nodes;
	if (!j)
		return false;
	if (!json_get(j, STR("graph_lock"))) {
		if (!json_get(j, STR("requires")) && !json_get(j, STR("version")))
			return package_wrong(r, 1, "the file has neither `requires` nor `graph_lock`; let conan write it anew");
		return references(r, &lines, j, "requires") && references(r, &lines, j, "build_requires") && references(r, &lines, j, "python_requires");
	}
	old = package_object(r, &lines, j, "graph_lock", true);
	nodes = old ? package_object(r, &lines, old, "nodes", true) : NULL;
	if (!nodes || !package_objects(r, &lines, nodes, "the node"))
		return false;
	struct map direct;
	map_init(&direct, PACKAGES_MAX);
	bool ok = graph(r, &lines, nodes, &direct);
	map_release(&direct);
	return ok;
}
