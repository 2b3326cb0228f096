/* Lock files of one package a line: gradle.lockfile and mix.lock. */
#include "base/check.h"
#include "catalog/packages/reading.h"

/* group:artifact:version=configuration,… and "empty=" with the configurations that have none. */
bool package_read_gradle(struct package_reading *r)
{
	struct package_lines l = { .rest = r->text };
	while (package_next_line(&l)) {
		struct str line = str_trim(l.line), name = line;
		if (!line.len || line.p[0] == '#' || str_starts(line, STR("empty=")))
			continue;
		size_t end = str_find_char(line, '='), first = str_find_char(line, ':'), second = first == SIZE_MAX ? SIZE_MAX : str_find_char(str_skip(line, first + 1), ':');
		if (end == SIZE_MAX || second == SIZE_MAX || first == 0 || second == 0 || first + 1 + second + 1 >= end)
			return package_wrong(r, l.number, "expected `group:artifact:version=configurations` here; `gradle dependencies --write-locks` writes the file anew");
		second += first + 1;
		name.len = second;
		if (!package_add(r, name, str_sub(line, second + 1, end), PACKAGE_UNTOLD, l.number))
			return false;
	}
	return true;
}

/* What stands in quotes at the beginning of *rest, which goes on behind it. Elixir's escapes are not among names and versions. */
static bool quoted(struct str *rest, struct str *out)
{
	size_t end = str_starts(*rest, STR("\"")) ? str_find_char(str_skip(*rest, 1), '"') : SIZE_MAX;
	if (end == SIZE_MAX)
		return false;
	*out = str_sub(*rest, 1, end + 1);
	*rest = str_trim(str_skip(*rest, end + 2));
	return true;
}

static bool word(struct str *rest, const char *w)
{
	if (!str_starts(*rest, str_z(w)))
		return false;
	*rest = str_trim(str_skip(*rest, strlen(w)));
	return true;
}

/* :name or :"name" */
static bool atom(struct str *rest, struct str *out)
{
	size_t end = 0;
	if (!word(rest, ":"))
		return false;
	if (quoted(rest, out))
		return true;
	while (end < rest->len && !strchr(",} ", rest->p[end]))
		end++;
	*out = str_sub(*rest, 0, end);
	*rest = str_trim(str_skip(*rest, end));
	return out->len > 0;
}

/* "name": {:hex, :package, "version", …}, or "name": {:git, "address", "revision", …}, */
static bool mix_line(struct package_reading *r, struct str line, uint32_t number)
{
	struct str name, kind, package, version, address;
	if (!quoted(&line, &name) || !(word(&line, ":") || word(&line, "=>")) || !word(&line, "{") || !atom(&line, &kind) || !word(&line, ","))
		return false;
	if (str_eq(kind, STR("hex")))
		return atom(&line, &package) && word(&line, ",") && quoted(&line, &version) && (package_add(r, package, version, PACKAGE_UNTOLD, number) || err_is_set(r->err));
	if (str_eq(kind, STR("git")))
		return quoted(&line, &address) && word(&line, ",") && quoted(&line, &version) && (package_add(r, name, version, PACKAGE_UNTOLD, number) || err_is_set(r->err));
	return false;
}

bool package_read_mix(struct package_reading *r)
{
	struct package_lines l = { .rest = r->text };
	bool opened = false, closed = false;
	while (package_next_line(&l)) {
		struct str line = str_trim(l.line);
		if (!line.len || line.p[0] == '#')
			continue;
		if (!opened && word(&line, "%{"))
			opened = true;
		if (opened && !closed && str_eq(line, STR("}"))) {
			closed = true;
			continue;
		}
		if (line.len && (!opened || closed || !mix_line(r, line, l.number)))
			return package_wrong(r, l.number, "expected `\"name\": {:hex, :package, \"version\", …}` here; `mix deps.get` writes the file anew");
		if (err_is_set(r->err))
			return false;
	}
	return opened && !closed ? package_wrong(r, l.number, "the closing brace is missing; `mix deps.get` writes the file anew") : true;
}
