/* Which libraries count as one (libraries.h). */
#include "base/check.h"
#include "catalog/libraries/libraries.h"

/* Hosts with code of many: behind them stands whose it is. Others are somebody's own. */
static bool is_shared(struct str host)
{
	static const char *const hosts[] = { "github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gopkg.in", "golang.org", "google.golang.org" };
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (str_eq(host, str_z(hosts[i])))
			return true;
	return false;
}

/* The part of a name that says whose it is; empty: it says nothing. */
static struct str publisher(enum package_type t, struct str name)
{
	struct str rest = name, host = str_split(&rest, '/');
	size_t parts = (t == PACKAGE_GOLANG || t == PACKAGE_SWIFT) && is_shared(host) ? 2 : 1, seen = 0;
	if (t == PACKAGE_MAVEN)
		return str_sub(name, 0, str_find_char(name, ':'));
	if (t == PACKAGE_NUGET || (t == PACKAGE_NPM && !str_starts(name, STR("@"))))
		return STR("");
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == '/' && ++seen == parts)
			return str_sub(name, 0, i);
	return STR("");
}

/* "redis" and "redis-om", "org.slf4j" and "org.slf4j.bridge": the longer one goes on at a new word. */
static bool begins(struct str longer, struct str shorter)
{
	static const char joints[] = "-_./:";
	return shorter.len && longer.len > shorter.len && str_starts(longer, shorter) && memchr(joints, longer.p[shorter.len], sizeof(joints) - 1);
}

/* The row of tbl/library_families.h that a name begins with; SIZE_MAX: none. */
static size_t project_of(struct str name)
{
	static const char *const words[] = {
#define LIBRARY_FAMILY(word) word,
#include "tbl/library_families.h"
#undef LIBRARY_FAMILY
	};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(name, str_z(words[i])) || begins(name, str_z(words[i])))
			return i;
	return SIZE_MAX;
}

/* Groups of one project differ behind their third part: com.fasterxml.jackson.core, com.fasterxml.jackson.module. */
static struct str project(struct str group)
{
	size_t dots = 0;
	for (size_t i = 0; i < group.len; i++)
		if (group.p[i] == '.' && ++dots == 3)
			return str_sub(group, 0, i);
	return dots == 2 ? group : STR("");
}

bool libraries_related(enum package_type type, struct str a, struct str b)
{
	struct str pa = publisher(type, a), pb = publisher(type, b);
	const struct capability_row *row = packages_capability_row(type, a);
	if (str_eq(a, b) || begins(a, b) || begins(b, a) || (pa.len && str_eq(pa, pb)))
		return true;
	if (type == PACKAGE_MAVEN && (begins(pa, pb) || begins(pb, pa) || (project(pa).len && str_eq(project(pa), project(pb)))))
		return true;
	if (project_of(a) != SIZE_MAX && project_of(a) == project_of(b))
		return true;
	return row && str_ends(str_z(row->name), STR("*")) && row == packages_capability_row(type, b);
}
