/* npm's package-lock.json, versions 1 to 3. From version 2 on `packages` has a member for each folder: "" is the project, other paths without node_modules are its workspaces, the rest are packages where
 * they are installed; what a project asks for is the package nearest to it on the way up. Version 1 has only a tree of `dependencies`, and does not tell who asked. */
#include "base/check.h"
#include "catalog/packages/reading.h"

static const char *const asked_by[] = { "dependencies", "devDependencies", "optionalDependencies", "peerDependencies" };
static const struct str modules = STR_INIT("node_modules/");

/* Where the last "node_modules/" of a path ends; SIZE_MAX: there is none. */
static size_t behind_modules(struct str path)
{
	for (size_t at = path.len; at-- > 0;)
		if (str_starts(str_skip(path, at), modules) && (at == 0 || path.p[at - 1] == '/'))
			return at + modules.len;
	return SIZE_MAX;
}

/* "packages/a" + "x": the first of packages/a/node_modules/x, packages/node_modules/x, node_modules/x that there is. */
static bool mark_asked(struct package_reading *r, struct map *installed, struct map *direct, struct str folder, struct str name)
{
	for (;;) {
		struct str path = arena_printf(r->scratch, "%.*s%snode_modules/%.*s", STR_FMT(folder), folder.len ? "/" : "", STR_FMT(name));
		if (!path.p)
			return package_full(r);
		if (map_get(installed, path))
			return package_mark(r, direct, path);
		if (!folder.len)
			return true;
		while (folder.len && folder.p[folder.len - 1] != '/')
			folder.len--;
		folder.len -= folder.len > 0;
	}
}

static bool project(struct package_reading *r, struct map *installed, struct map *direct, const struct json_member *m)
{
	for (size_t k = 0; k < ARRAY_LEN(asked_by); k++) {
		const struct json *names = json_get(&m->value, str_z(asked_by[k]));
		for (uint32_t i = 0; names && names->type == JSON_OBJECT && i < names->count; i++)
			if (!mark_asked(r, installed, direct, str_sub(m->key, 0, 1000), names->members[i].key))
				return false;
	}
	return true;
}

static bool folders(struct package_reading *r, const struct json_lines *lines, const struct json *packages, struct map *installed, struct map *direct)
{
	for (uint32_t i = 0; i < packages->count; i++)
		if (behind_modules(packages->members[i].key) != SIZE_MAX && !package_mark(r, installed, packages->members[i].key))
			return false;
	for (uint32_t i = 0; i < packages->count; i++)
		if (behind_modules(packages->members[i].key) == SIZE_MAX && !project(r, installed, direct, &packages->members[i]))
			return false;
	for (uint32_t i = 0; i < packages->count; i++) {
		const struct json_member *m = &packages->members[i];
		size_t at = behind_modules(m->key);
		if (at == SIZE_MAX || json_get_bool(&m->value, STR("link"), false))
			continue;
		/* An alias has its own name in the path, the package's in `name`. */
		struct str name = json_get_str(&m->value, STR("name"), str_skip(m->key, at));
		struct str version = json_get_str(&m->value, STR("version"), STR("")), given_up = json_get_str(&m->value, STR("deprecated"), STR(""));
		if (!package_add(r, name, version, map_get(direct, m->key) ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE, json_line(lines, &m->value)))
			return false;
		if (given_up.len && !package_given_up(r, name, version, given_up))
			return false;
	}
	return true;
}

/* Version 1: as deep as JSON is read. */
static bool tree(struct package_reading *r, const struct json_lines *lines, const struct json *dependencies)
{
	if (!package_objects(r, lines, dependencies, "the package"))
		return false;
	for (uint32_t i = 0; i < dependencies->count; i++) {
		const struct json_member *m = &dependencies->members[i];
		struct str name = m->key, version = json_get_str(&m->value, STR("version"), STR(""));
		if (str_starts(version, STR("npm:"))) {
			size_t at = str_find_char(str_skip(version, 5), '@');
			name = str_skip(version, 4);
			if (at != SIZE_MAX) {
				version = str_skip(name, at + 2);
				name = str_sub(name, 0, at + 1);
			}
		}
		if (!str_starts(version, STR("file:")) && !package_add(r, name, version, PACKAGE_UNTOLD, json_line(lines, &m->value)))
			return false;
		const struct json *below = json_get(&m->value, STR("dependencies"));
		if (below && below->type == JSON_OBJECT && !tree(r, lines, below))
			return false;
	}
	return true;
}

bool package_read_package_lock(struct package_reading *r)
{
	struct json_lines lines = { 0 };
	const struct json *j = package_json(r, &lines);
	if (!j)
		return false;
	if (!json_get(j, STR("packages"))) {
		const struct json *dependencies = package_object(r, &lines, j, "dependencies", !json_get(j, STR("lockfileVersion")));
		return dependencies ? tree(r, &lines, dependencies) : !err_is_set(r->err);
	}
	const struct json *packages = package_object(r, &lines, j, "packages", true);
	struct map installed, direct;
	if (!packages || !package_objects(r, &lines, packages, "the package"))
		return false;
	map_init(&installed, PACKAGES_MAX);
	map_init(&direct, PACKAGES_MAX);
	bool ok = folders(r, &lines, packages, &installed, &direct);
	map_release(&installed);
	map_release(&direct);
	return ok;
}
