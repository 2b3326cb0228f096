/* Lock files in TOML: Cargo.lock, poetry.lock, uv.lock. All are lists of [[package]]; in Cargo's and uv's the projects themselves are among them, and what these name is direct. */
#include "base/check.h"
#include "catalog/packages/toml.h"

static bool is_package(const struct toml_section *s) { return s->list && str_eq(s->name, STR("package")); }

/* Name and version of a package; false with err where it has no name. */
static bool named(struct package_reading *r, const struct toml_section *s, struct str *name)
{
	*name = toml_text(&s->table, "name");
	return name->len ? true : package_wrong(r, s->table.line, "a package without `name`; let the tool write the file anew");
}

static bool one_file(struct package_reading *r, struct toml_file *f)
{
	if (!toml_read(f, r))
		return false;
	/* Cargo writes no package at all into the lock file of nothing, the others neither: but then there is a version of the format. */
	if (f->count == 1 && f->items[0].table.count == 0)
		return package_wrong(r, 1, "the file has no [[package]]; let the tool write it anew");
	return true;
}

bool package_read_poetry(struct package_reading *r)
{
	struct toml_file f = { 0 };
	struct str name;
	if (!one_file(r, &f))
		return false;
	for (size_t i = 0; i < f.count; i++) {
		const struct toml_section *s = &f.items[i];
		if (!is_package(s))
			continue;
		if (!named(r, s, &name))
			return false;
		/* Its source stands in a table behind it. */
		bool local = false;
		for (size_t k = i + 1; k < f.count && !is_package(&f.items[k]) && !local; k++)
			local = str_eq(f.items[k].name, STR("package.source")) && str_eq(toml_text(&f.items[k].table, "type"), STR("directory"));
		if (!local && !package_add(r, name, toml_text(&s->table, "version"), PACKAGE_UNTOLD, s->table.line))
			return false;
	}
	return true;
}

/* "name", "name version" or "name version (source)" of Cargo; { name = "…" } of uv. */
static struct str asked_name(const struct toml *item)
{
	if (item->type == TOML_TABLE)
		return toml_text(item, "name");
	struct str rest = item->type == TOML_STRING ? item->text : STR("");
	return str_split(&rest, ' ');
}

static bool mark_list(struct package_reading *r, struct map *direct, const struct toml *list)
{
	for (size_t i = 0; list && list->type == TOML_LIST && i < list->count; i++) {
		const struct toml *item = &list->items[i];
		struct str name = asked_name(item), rest, version;
		if (!name.len)
			return package_wrong(r, item->line, "a dependency without a name; let the tool write the file anew");
		if (item->type == TOML_STRING) {
			rest = item->text;
			str_split(&rest, ' ');
			version = str_split(&rest, ' ');
		} else {
			version = toml_text(item, "version");
		}
		if (!package_mark(r, direct, version.len ? arena_printf(r->scratch, "%.*s %.*s", STR_FMT(name), STR_FMT(version)) : name))
			return false;
	}
	return true;
}

static enum package_use use_of(struct package_reading *r, const struct map *direct, struct str name, struct str version)
{
	struct str both = arena_printf(r->scratch, "%.*s %.*s", STR_FMT(name), STR_FMT(version));
	return map_get(direct, name) || (both.p && map_get(direct, both)) ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE;
}

static bool cargo_local(const struct toml_section *s) { return !toml_get(&s->table, "source"); }

static bool uv_local(const struct toml_section *s)
{
	static const char *const kinds[] = { "editable", "virtual", "directory", "path" };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (toml_get(toml_get(&s->table, "source"), kinds[i]))
			return !str_ends(toml_text(toml_get(&s->table, "source"), kinds[i]), STR(".whl"));
	return false;
}

/* What a project of the repository asks for: its own list, and the lists of groups and extras in the tables behind it. */
static bool mark_project(struct package_reading *r, struct map *direct, const struct toml_file *f, size_t i)
{
	if (!mark_list(r, direct, toml_get(&f->items[i].table, "dependencies")))
		return false;
	for (i++; i < f->count && !is_package(&f->items[i]); i++) {
		const struct toml_section *s = &f->items[i];
		if (!str_eq(s->name, STR("package.optional-dependencies")) && !str_eq(s->name, STR("package.dev-dependencies")))
			continue;
		for (size_t k = 0; k < s->table.count; k++)
			if (!mark_list(r, direct, &s->table.items[k]))
				return false;
	}
	return true;
}

static bool with_projects(struct package_reading *r, struct map *direct, const struct toml_file *f, bool (*local)(const struct toml_section *))
{
	struct str name;
	for (size_t i = 0; i < f->count; i++)
		if (is_package(&f->items[i]) && local(&f->items[i]) && !mark_project(r, direct, f, i))
			return false;
	for (size_t i = 0; i < f->count; i++) {
		const struct toml_section *s = &f->items[i];
		if (!is_package(s))
			continue;
		if (!named(r, s, &name))
			return false;
		struct str version = toml_text(&s->table, "version");
		if (!local(s) && !package_add(r, name, version, use_of(r, direct, name, version), s->table.line))
			return false;
	}
	return true;
}

static bool read_with_projects(struct package_reading *r, bool (*local)(const struct toml_section *))
{
	struct toml_file f = { 0 };
	struct map direct;
	if (!one_file(r, &f))
		return false;
	map_init(&direct, PACKAGES_MAX);
	bool ok = with_projects(r, &direct, &f, local);
	map_release(&direct);
	return ok;
}

bool package_read_cargo(struct package_reading *r) { return read_with_projects(r, cargo_local); }
bool package_read_uv(struct package_reading *r) { return read_with_projects(r, uv_local); }
