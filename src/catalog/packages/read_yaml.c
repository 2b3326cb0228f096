/* Lock files in YAML: pnpm-lock.yaml (versions 5, 6 and 9) and pubspec.lock.
 *
 * pnpm's grow beyond what base/yaml.h takes at once (a large repository's has some MiB), so the file is cut where a key begins in the first column, and its lists again where one begins in the third, and the
 * pieces are read one by one. Sections that tell nothing (snapshots, settings) are passed over. */
#include "base/check.h"
#include "base/yaml.h"
#include "catalog/packages/reading.h"

enum { PIECE = 256 << 10 };

/* --- pieces -------------------------------------------------------------------------------------------------------------------------------------- */

struct pnpm { struct package_reading *r; struct map direct /* "name version" */; bool five; };
typedef bool entry_reader(struct pnpm *p, struct str key, const struct yaml *value, uint32_t line);

static bool piece(struct pnpm *p, struct str text, uint32_t before, entry_reader *entry)
{
	struct err wrong = { 0 };
	if (!str_strip(text).len)
		return true;
	const struct yaml *y = yaml_parse(p->r->scratch, p->r->path, text, &wrong);
	if (!y) {
		err_set(p->r->err, wrong.code, "%.400s", wrong.message);
		err_place(p->r->err, p->r->path, wrong.line ? wrong.line + before : 0, wrong.column);
		return false;
	}
	if (y->type != YAML_MAPPING)
		return y->type == YAML_NULL ? true : package_wrong(p->r, y->line + before, "expected a mapping here, found %s; let pnpm write the file anew", yaml_type_name(y->type));
	for (uint32_t i = 0; i < y->count; i++)
		if (!entry(p, y->pairs[i].key, &y->pairs[i].value, y->pairs[i].line + before))
			return false;
	return true;
}

/* The entries of a section, which are indented by two blanks; text begins with the line behind the section's key, `line` is that key's. */
static bool entries(struct pnpm *p, struct str text, uint32_t line, entry_reader *entry)
{
	struct package_lines l = { .rest = text };
	size_t from = 0;
	uint32_t before = line;
	while (package_next_line(&l)) {
		size_t at = (size_t)(l.line.p - text.p);
		bool begins = str_starts(l.line, STR("  ")) && l.line.len > 2 && l.line.p[2] != ' ' && l.line.p[2] != '-' && l.line.p[2] != ':'; /* "? key" has its ":" in the next line */
		if (!begins || at - from < PIECE)
			continue;
		if (!piece(p, str_sub(text, from, at), before, entry))
			return false;
		from = at;
		before = line + l.number - 1;
	}
	return piece(p, str_skip(text, from), before, entry);
}

/* Each section whose key is among `keys`; `value` for what stands behind the colon. */
static bool sections(struct pnpm *p, const char *const *keys, size_t count, entry_reader *entry)
{
	struct package_lines l = { .rest = p->r->text };
	struct str name = STR("");
	size_t from = 0;
	uint32_t line = 0;
	for (bool more = true; more;) {
		more = package_next_line(&l);
		bool begins = more && l.line.len && !strchr(" \t#-", l.line.p[0]);
		if (more && !begins)
			continue;
		size_t at = more ? (size_t)(l.line.p - p->r->text.p) : p->r->text.len;
		for (size_t k = 0; name.len && k < count; k++)
			if (str_eq(name, str_z(keys[k])) && !entries(p, str_sub(p->r->text, from, at), line, entry))
				return false;
		if (!more)
			break;
		size_t colon = str_find_char(l.line, ':');
		if (colon == SIZE_MAX)
			return package_wrong(p->r, l.number, "expected a key with a colon here; let pnpm write the file anew");
		name = str_sub(l.line, 0, colon);
		line = l.number;
		from = l.rest.p ? (size_t)(l.rest.p - p->r->text.p) : p->r->text.len;
		struct str value = str_trim(str_skip(l.line, colon + 1));
		if (str_eq(name, STR("lockfileVersion")))
			p->five = str_starts(value, STR("5")) || str_starts(value, STR("'5"));
	}
	return true;
}

/* --- pnpm ---------------------------------------------------------------------------------------------------------------------------------------- */

/* Path of a package: "/a/1.0_peers" (5), "/a@1.0(peers)" (6), "a@1.0(peers)" (9). False where it is none of the registry. */
static bool path_parts(const struct pnpm *p, struct str path, struct str *name, struct str *version)
{
	size_t at, end;
	bool slash = str_starts(path, STR("/"));
	path = str_skip(path, slash);
	path = str_sub(path, 0, str_find_char(path, '('));
	if (p->five) {
		at = str_find_char(path, '/');
		if (at != SIZE_MAX && str_starts(path, STR("@"))) {
			size_t behind = str_find_char(str_skip(path, at + 1), '/');
			at = behind == SIZE_MAX ? SIZE_MAX : at + 1 + behind;
		}
		if (!slash || at == SIZE_MAX)
			return false;
	} else {
		at = str_find_char(str_skip(path, 1), '@');
		if (at == SIZE_MAX)
			return false;
		at++;
	}
	*name = str_sub(path, 0, at);
	*version = str_skip(path, at + 1);
	end = p->five ? str_find_char(*version, '_') : SIZE_MAX;
	*version = str_sub(*version, 0, end);
	return name->len && version->len && str_find_char(*version, ':') == SIZE_MAX;
}

static struct str scalar(const struct yaml *y, const char *key)
{
	const struct yaml *v = yaml_get(y, str_z(key));
	return v && v->type == YAML_SCALAR ? v->text : STR("");
}

/* One that a project asks for: name: 1.0 (5), name: { specifier, version } (from 6 on). */
static bool asked(struct pnpm *p, struct str key, const struct yaml *value, uint32_t line)
{
	struct str version = value->type == YAML_SCALAR ? value->text : scalar(value, "version"), name = key, real, both;
	(void)line;
	if (!path_parts(p, version, &name, &real)) {
		name = key;
		real = str_sub(version, 0, str_find_char(version, p->five ? '_' : '('));
	}
	both = arena_printf(p->r->scratch, "%.*s %.*s", STR_FMT(name), STR_FMT(real));
	return both.p ? package_mark(p->r, &p->direct, both) : package_full(p->r);
}

static const char *const groups[] = { "dependencies", "devDependencies", "optionalDependencies" };

static bool importer(struct pnpm *p, struct str key, const struct yaml *value, uint32_t line)
{
	(void)key;
	for (size_t k = 0; k < ARRAY_LEN(groups); k++) {
		const struct yaml *names = yaml_get(value, str_z(groups[k]));
		for (uint32_t i = 0; names && names->type == YAML_MAPPING && i < names->count; i++)
			if (!asked(p, names->pairs[i].key, &names->pairs[i].value, line))
				return false;
	}
	return true;
}

static bool pnpm_package(struct pnpm *p, struct str key, const struct yaml *value, uint32_t line)
{
	struct str name = STR(""), version = STR("");
	if (value->type != YAML_MAPPING)
		return package_wrong(p->r, line, "the package `%.*s` must be a mapping; let pnpm write the file anew", STR_FMT(str_sub(key, 0, 100)));
	if (str_eq(scalar(yaml_get(value, STR("resolution")), "type"), STR("directory")))
		return true;
	if (!path_parts(p, key, &name, &version)) {
		/* Of git or an address: name and version stand in it, or the name before the address. */
		size_t at = str_find_char(str_skip(key, 1), '@');
		version = scalar(value, "version");
		name = scalar(value, "name");
		if (!name.len && at != SIZE_MAX && !p->five)
			name = str_sub(key, 0, at + 1);
		if (!name.len)
			return package_wrong(p->r, line, "`%.*s` names no package; let pnpm write the file anew", STR_FMT(str_sub(key, 0, 100)));
	}
	struct str both = arena_printf(p->r->scratch, "%.*s %.*s", STR_FMT(name), STR_FMT(version));
	struct str given_up = scalar(value, "deprecated");
	return package_add(p->r, name, version, both.p && map_get(&p->direct, both) ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE, line) && (!given_up.len || package_given_up(p->r, name, version, given_up));
}

bool package_read_pnpm(struct package_reading *r)
{
	static const char *const importers[] = { "importers" }, *const packages[] = { "packages" };
	struct pnpm p = { .r = r };
	if (str_find(r->text, STR("lockfileVersion")) == SIZE_MAX)
		return package_wrong(r, 1, "the file has no `lockfileVersion`; let pnpm write it anew");
	map_init(&p.direct, PACKAGES_MAX);
	bool ok = sections(&p, groups, ARRAY_LEN(groups), asked) && sections(&p, importers, 1, importer) && sections(&p, packages, 1, pnpm_package);
	map_release(&p.direct);
	return ok;
}

/* --- pub ----------------------------------------------------------------------------------------------------------------------------------------- */

bool package_read_pubspec(struct package_reading *r)
{
	const struct yaml *y = yaml_parse(r->scratch, r->path, r->text, r->err), *packages;
	if (!y)
		return false;
	packages = yaml_get(y, STR("packages"));
	if (!packages || (packages->type != YAML_MAPPING && packages->type != YAML_NULL))
		return package_wrong(r, packages ? packages->line : 1, "the file has no mapping `packages`; let pub write it anew");
	for (uint32_t i = 0; packages->type == YAML_MAPPING && i < packages->count; i++) {
		const struct yaml *p = &packages->pairs[i].value;
		if (p->type != YAML_MAPPING)
			return package_wrong(r, packages->pairs[i].line, "the package `%.*s` must be a mapping; let pub write the file anew", STR_FMT(str_sub(packages->pairs[i].key, 0, 100)));
		struct str source = scalar(p, "source"), use = scalar(p, "dependency");
		/* The SDK's own parts have no version of theirs. */
		if (str_eq(source, STR("path")) || str_eq(source, STR("sdk")))
			continue;
		if (!package_add(r, packages->pairs[i].key, scalar(p, "version"), str_starts(use, STR("direct")) ? PACKAGE_DIRECT : use.len ? PACKAGE_TRANSITIVE : PACKAGE_UNTOLD, packages->pairs[i].line))
			return false;
	}
	return true;
}
