/* Lock files in JSON of one or two levels: Pipfile.lock, composer.lock, NuGet's packages.lock.json. */
#include "base/check.h"
#include "catalog/packages/reading.h"

/* Its keys beside `_meta` are groups of packages: "default", "develop", and more since pipenv 2022. */
bool package_read_pipfile(struct package_reading *r)
{
	struct json_lines lines = { 0 };
	const struct json *j = package_json(r, &lines);
	if (!j || !package_object(r, &lines, j, "_meta", true) || !package_objects(r, &lines, j, "the group"))
		return false;
	for (uint32_t g = 0; g < j->count; g++) {
		const struct json *group = &j->members[g].value;
		if (str_eq(j->members[g].key, STR("_meta")))
			continue;
		if (!package_objects(r, &lines, group, "the package"))
			return false;
		for (uint32_t i = 0; i < group->count; i++) {
			const struct json *p = &group->members[i].value;
			struct str version = json_get_str(p, STR("version"), STR(""));
			bool local = json_get(p, STR("path")) || (json_get(p, STR("file")) && json_get(p, STR("editable")));
			while (str_starts(version, STR("=")))
				version = str_skip(version, 1);
			if (!local && !package_add(r, group->members[i].key, version, PACKAGE_UNTOLD, json_line(&lines, p)))
				return false;
		}
	}
	return true;
}

static bool composer_list(struct package_reading *r, const struct json_lines *lines, const struct json *list, const char *key)
{
	if (!list || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY)
		return package_wrong(r, json_line(lines, list), "`%s` must be a list; let the tool write the file anew", key);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct json *p = &list->items[i], *dist = json_get(p, STR("dist"));
		struct str name = json_get_str(p, STR("name"), STR(""));
		if (!name.len)
			return package_wrong(r, json_line(lines, p), "a package without `name`; let the tool write the file anew");
		struct str version = json_get_str(p, STR("version"), STR(""));
		if (!str_eq(json_get_str(dist, STR("type"), STR("")), STR("path")) && !package_add(r, name, version, PACKAGE_UNTOLD, json_line(lines, p)))
			return false;
		/* true, or the name of what to use instead. */
		const struct json *given_up = json_get(p, STR("abandoned"));
		struct str words = given_up && given_up->type == JSON_STRING ? arena_printf(r->scratch, "abandoned; use %.*s", STR_FMT(given_up->s)) :
				   json_get_bool(p, STR("abandoned"), false)    ? STR("abandoned") : STR("");
		if (words.len && !package_given_up(r, name, version, words))
			return false;
	}
	return true;
}

bool package_read_composer(struct package_reading *r)
{
	struct json_lines lines = { 0 };
	const struct json *j = package_json(r, &lines);
	if (!j)
		return false;
	if (!json_get(j, STR("packages")))
		return package_wrong(r, 1, "the file has no `packages`; let composer write it anew");
	return composer_list(r, &lines, json_get(j, STR("packages")), "packages") && composer_list(r, &lines, json_get(j, STR("packages-dev")), "packages-dev");
}

/* By target framework, so most packages stand there several times. */
bool package_read_nuget(struct package_reading *r)
{
	struct json_lines lines = { 0 };
	const struct json *j = package_json(r, &lines), *frameworks = j ? package_object(r, &lines, j, "dependencies", true) : NULL;
	if (!frameworks || !package_objects(r, &lines, frameworks, "the framework"))
		return false;
	for (uint32_t f = 0; f < frameworks->count; f++) {
		const struct json *packages = &frameworks->members[f].value;
		if (!package_objects(r, &lines, packages, "the package"))
			return false;
		for (uint32_t i = 0; i < packages->count; i++) {
			const struct json *p = &packages->members[i].value;
			struct str type = json_get_str(p, STR("type"), STR(""));
			if (!str_eq(type, STR("Project")) && !package_add(r, packages->members[i].key, json_get_str(p, STR("resolved"), STR("")),
								 str_eq(type, STR("Direct")) ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE, json_line(&lines, p)))
				return false;
		}
	}
	return true;
}
