/* Gemfile.lock of Bundler: sections by name in the first column, gems with four blanks, what they need with six. PATH are gems of the repository itself; DEPENDENCIES is what the Gemfile asks for. */
#include "base/check.h"
#include "catalog/packages/reading.h"

enum section { SECTION_NONE, SECTION_GEMS, SECTION_PATH, SECTION_DEPENDENCIES, SECTION_OTHER };

static enum section section_of(struct str line)
{
	static const struct { const char *name; enum section section; } rows[] = {
		{ "GEM", SECTION_GEMS }, { "GIT", SECTION_GEMS }, { "PATH", SECTION_PATH }, { "PLUGIN SOURCE", SECTION_GEMS }, { "DEPENDENCIES", SECTION_DEPENDENCIES }, { "PLATFORMS", SECTION_OTHER },
		{ "CHECKSUMS", SECTION_OTHER }, { "RUBY VERSION", SECTION_OTHER }, { "BUNDLED WITH", SECTION_OTHER }, { "METADATA", SECTION_OTHER },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(line, str_z(rows[i].name)))
			return rows[i].section;
	return SECTION_NONE;
}

/* "name (1.2.3-x86_64-linux)": the platform is no part of the version, which has no "-". */
static bool gem(struct package_reading *r, struct str line, const struct map *direct, uint32_t number)
{
	size_t open = str_find(line, STR(" ("));
	if (open == SIZE_MAX || open == 0 || !str_ends(line, STR(")")))
		return package_wrong(r, number, "expected `name (version)` here; let bundler write the file anew");
	struct str name = str_sub(line, 0, open), version = str_sub(line, open + 2, line.len - 1);
	size_t dash = str_find_char(version, '-');
	return package_add(r, name, dash == SIZE_MAX ? version : str_sub(version, 0, dash), map_get(direct, name) ? PACKAGE_DIRECT : PACKAGE_TRANSITIVE, number);
}

/* "name (~> 1.0)!": "!" says that its source is not the usual one. */
static bool asked(struct package_reading *r, struct str line, struct map *direct)
{
	size_t end = str_find_char(line, ' ');
	struct str name = end == SIZE_MAX ? line : str_sub(line, 0, end);
	if (str_ends(name, STR("!")))
		name.len--;
	return package_mark(r, direct, name);
}

static bool pass(struct package_reading *r, struct map *direct, enum section wanted)
{
	struct package_lines l = { .rest = r->text };
	enum section section = SECTION_NONE;
	while (package_next_line(&l)) {
		size_t indent = 0;
		while (indent < l.line.len && l.line.p[indent] == ' ')
			indent++;
		struct str line = str_trim(l.line);
		if (!line.len)
			continue;
		if (indent == 0) {
			section = section_of(line);
			if (section == SECTION_NONE)
				return package_wrong(r, l.number, "`%.*s` is no section of a Gemfile.lock; let bundler write the file anew", STR_FMT(str_sub(line, 0, 60)));
			continue;
		}
		if (section == SECTION_NONE)
			return package_wrong(r, l.number, "a line before the first section; let bundler write the file anew");
		if (section != wanted)
			continue;
		if (wanted == SECTION_DEPENDENCIES ? !asked(r, line, direct) : indent == 4 && !gem(r, line, direct, l.number))
			return false;
	}
	return true;
}

bool package_read_gemfile(struct package_reading *r)
{
	struct map direct;
	map_init(&direct, PACKAGES_MAX);
	bool ok = pass(r, &direct, SECTION_DEPENDENCIES) && pass(r, &direct, SECTION_GEMS);
	map_release(&direct);
	return ok;
}
