/* pom.xml of Maven and project files of .NET. Both are what people write, not lock files: what they ask for is direct, and a version may come from elsewhere (a parent, a list of versions), where it stays empty.
 * Properties that the file itself defines are put in (${name}, $(name)); a version with one that it does not define is empty. */
#include "base/check.h"
#include "catalog/packages/xml_scan.h"
#include <stdio.h>

enum { PROPERTIES_MAX = 10000, SUBSTITUTIONS = 16, VALUE_MAX = 1000 };
struct item { struct str group, artifact, version, type, scope; uint32_t line; };
struct items { struct item *items; size_t count, capacity; };
struct build_file {
	struct package_reading *r;
	struct map properties;       /* name to struct str */
	struct items asked, managed; /* managed: versions for those that give none */
	struct item now;
	struct str prefix;           /* of a property's use: "${" or "$(" */
	char close;
};

static bool property(struct build_file *b, struct str name, struct str value)
{
	struct str *kept = ARENA_NEW(b->r->scratch, struct str);
	if (!kept)
		return package_full(b->r);
	*kept = value;
	return map_put(&b->properties, name, kept) ? true : package_full(b->r);
}

/* A text with its properties put in, one after the other; empty where one is not defined or they go in circles. */
static struct str resolved(struct build_file *b, struct str s)
{
	for (int i = 0; i < SUBSTITUTIONS; i++) {
		size_t at = str_find(s, b->prefix), end = at == SIZE_MAX ? SIZE_MAX : str_find_char(str_skip(s, at), b->close);
		if (at == SIZE_MAX)
			return s;
		const struct str *value = end == SIZE_MAX ? NULL : map_get(&b->properties, str_sub(s, at + 2, at + end));
		if (!value || value->len + s.len > VALUE_MAX)
			break;
		s = arena_printf(b->r->scratch, "%.*s%.*s%.*s", STR_FMT(str_sub(s, 0, at)), STR_FMT(*value), STR_FMT(str_skip(s, at + end + 1)));
	}
	return STR("");
}

static bool push(struct build_file *b, struct items *l)
{
	if (l->count >= PACKAGES_MAX || !ARENA_PUSH_ROOM(b->r->scratch, l->items, l->count, l->capacity))
		return package_full(b->r);
	l->items[l->count++] = b->now;
	return true;
}

/* All events of the file to `step`, if its root is what it must be. */
static bool scan(struct build_file *b, const char *root, bool (*step)(struct build_file *b, const struct xml_scan *x, enum xml_event e))
{
	struct xml_scan x;
	xml_scan_init(&x, b->r);
	for (;;) {
		enum xml_event e = xml_scan_next(&x);
		if (e == XML_WRONG || e == XML_END)
			return e == XML_END;
		if (e == XML_OPEN && x.depth == 1 && !str_eq(x.names[0], str_z(root)))
			return package_wrong(b->r, x.line, "expected `<%s>` here, found `<%.*s>`", root, STR_FMT(str_sub(x.names[0], 0, 60)));
		if (!step(b, &x, e))
			return false;
	}
}

/* --- Maven --------------------------------------------------------------------------------------------------------------------------------------- */

static const char *const asked_at[] = { "project/dependencies/dependency", "project/profiles/profile/dependencies/dependency" };
static const char *const managed_at[] = { "project/dependencyManagement/dependencies/dependency", "project/profiles/profile/dependencyManagement/dependencies/dependency" };

static bool at_any(const struct xml_scan *x, const char *const *paths, const char *more)
{
	char path[120];
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s%s", paths[i], more);
		if (xml_scan_at(x, path))
			return true;
	}
	return false;
}

static void coordinate(struct build_file *b, struct str name, struct str text)
{
	static const char *const names[] = { "groupId", "artifactId", "version", "type", "scope" };
	struct str *const to[] = { &b->now.group, &b->now.artifact, &b->now.version, &b->now.type, &b->now.scope };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, str_z(names[i])))
			*to[i] = text;
}

/* ${project.version} and what it inherits from its parent. */
static bool of_project(struct build_file *b, const struct xml_scan *x, bool parent)
{
	struct str name = x->names[x->depth - 1];
	struct str own = arena_printf(b->r->scratch, "project.%.*s", STR_FMT(name)), above = arena_printf(b->r->scratch, "project.parent.%.*s", STR_FMT(name));
	if (!own.p || !above.p)
		return package_full(b->r);
	if (parent)
		return property(b, above, x->text) && (map_get(&b->properties, own) || property(b, own, x->text));
	return property(b, own, x->text);
}

static bool maven_text(struct build_file *b, const struct xml_scan *x)
{
	struct str name = x->names[x->depth - 1];
	if (xml_scan_at(x, "project/properties/*"))
		return property(b, name, x->text);
	if (xml_scan_at(x, "project/profiles/profile/properties/*"))
		return map_get(&b->properties, name) ? true : property(b, name, x->text);
	if (xml_scan_at(x, "project/parent/*") || xml_scan_at(x, "project/version") || xml_scan_at(x, "project/groupId") || xml_scan_at(x, "project/artifactId"))
		return of_project(b, x, x->depth == 3);
	if (at_any(x, asked_at, "/*") || at_any(x, managed_at, "/*"))
		coordinate(b, name, x->text);
	return true;
}

static bool maven_step(struct build_file *b, const struct xml_scan *x, enum xml_event e)
{
	if (e == XML_TEXT)
		return maven_text(b, x);
	bool asked = at_any(x, asked_at, "");
	if (!asked && !at_any(x, managed_at, ""))
		return true;
	if (e == XML_OPEN) {
		b->now = (struct item){ .line = x->line };
		return true;
	}
	if (!b->now.group.len || !b->now.artifact.len)
		return package_wrong(b->r, b->now.line, "a dependency without groupId or artifactId");
	return push(b, asked ? &b->asked : &b->managed);
}

static struct str coordinates(struct build_file *b, const struct item *i)
{
	struct str group = resolved(b, i->group), artifact = resolved(b, i->artifact);
	return arena_printf(b->r->scratch, "%.*s:%.*s", STR_FMT(group.len ? group : i->group), STR_FMT(artifact.len ? artifact : i->artifact));
}

static bool tell_maven(struct build_file *b, struct map *versions)
{
	for (size_t i = 0; i < b->managed.count; i++) {
		struct str name = coordinates(b, &b->managed.items[i]);
		if (!name.p || !map_put(versions, name, &b->managed.items[i].version))
			return package_full(b->r);
	}
	for (size_t i = 0; i < b->asked.count; i++) {
		const struct item *x = &b->asked.items[i];
		struct str name = coordinates(b, x);
		const struct str *managed = map_get(versions, name);
		if (str_eq(x->scope, STR("system")))
			continue;
		if (!package_add(b->r, name, resolved(b, x->version.len ? x->version : managed ? *managed : STR("")), PACKAGE_DIRECT, x->line))
			return false;
	}
	return true;
}

bool package_read_pom(struct package_reading *r)
{
	struct build_file b = { .r = r, .prefix = STR("${"), .close = '}' };
	struct map versions;
	map_init(&b.properties, PROPERTIES_MAX);
	map_init(&versions, PACKAGES_MAX);
	bool ok = scan(&b, "project", maven_step) && tell_maven(&b, &versions);
	map_release(&versions);
	map_release(&b.properties);
	return ok;
}

/* --- .NET ---------------------------------------------------------------------------------------------------------------------------------------- */

static void dotnet_open(struct build_file *b, const struct xml_scan *x)
{
	struct str over = xml_scan_attribute(x, "VersionOverride");
	b->now = (struct item){ .artifact = xml_scan_attribute(x, "Include"), .version = over.len ? over : xml_scan_attribute(x, "Version"), .line = x->line };
}

static bool dotnet_step(struct build_file *b, const struct xml_scan *x, enum xml_event e)
{
	struct str name = x->names[x->depth - 1];
	bool reference = str_eq(name, STR("PackageReference"));
	if (e == XML_OPEN && reference)
		dotnet_open(b, x);
	if (e == XML_TEXT && xml_scan_at(x, "Project/PropertyGroup/*"))
		return property(b, name, x->text);
	if (e == XML_TEXT && x->depth > 1 && str_eq(x->names[x->depth - 2], STR("PackageReference")) && (str_eq(name, STR("Version")) || str_eq(name, STR("VersionOverride"))))
		b->now.version = x->text;
	/* Update and Remove change one that another file includes. */
	return e == XML_CLOSE && reference && b->now.artifact.len ? push(b, &b->asked) : true;
}

bool package_read_csproj(struct package_reading *r)
{
	struct build_file b = { .r = r, .prefix = STR("$("), .close = ')' };
	map_init(&b.properties, PROPERTIES_MAX);
	bool ok = scan(&b, "Project", dotnet_step);
	for (size_t i = 0; ok && i < b.asked.count; i++) {
		struct str name = resolved(&b, b.asked.items[i].artifact);
		ok = package_add(r, name.len ? name : b.asked.items[i].artifact, resolved(&b, b.asked.items[i].version), PACKAGE_DIRECT, b.asked.items[i].line);
	}
	map_release(&b.properties);
	return ok;
}
