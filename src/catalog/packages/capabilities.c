/* See capabilities.h: bisection for the name, then for each of its beginnings with a `*` behind it, the longest first. */
#include "catalog/packages/capabilities.h"
#include "base/check.h"

static const struct capability_row rows[] = {
#define CAPABILITY(type, name, capability) { PACKAGE_##type, name, CAPABILITY_##capability },
#include "tbl/capabilities.h"
#undef CAPABILITY
};

static const struct { const char *name, *meaning; } kinds[] = {
	{ "", "" },
#define CAPABILITY_KIND(symbol, name, meaning) { name, meaning },
#include "tbl/capability_kinds.h"
#undef CAPABILITY_KIND
};

const char *capability_name(enum capability c)
{
	CHECK(c < CAPABILITIES);
	return kinds[c].name;
}

const char *capability_meaning(enum capability c)
{
	CHECK(c < CAPABILITIES);
	return kinds[c].meaning;
}

const struct capability_row *capability_rows(size_t *count)
{
	*count = ARRAY_LEN(rows);
	return rows;
}

int capability_order(enum package_type a_type, struct str a, enum package_type b_type, struct str b)
{
	return a_type != b_type ? (a_type > b_type) - (a_type < b_type) : str_cmp(a, b);
}

static const struct capability_row *find(enum package_type type, struct str name)
{
	size_t from = 0, to = ARRAY_LEN(rows);
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = capability_order(type, name, rows[middle].type, str_z(rows[middle].name));
		if (order == 0)
			return &rows[middle];
		if (order > 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* NuGet compares its names without case, hosts of modules and repositories do too. */
static bool caseless(enum package_type t) { return t == PACKAGE_NUGET || t == PACKAGE_GOLANG || t == PACKAGE_SWIFT || t == PACKAGE_COMPOSER; }

const struct capability_row *packages_capability_row(enum package_type type, struct str name)
{
	char text[CAPABILITY_NAME_MAX + 1];
	if (!name.len || name.len > CAPABILITY_NAME_MAX)
		return NULL;
	for (size_t i = 0; i < name.len; i++)
		text[i] = caseless(type) && name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : name.p[i];
	const struct capability_row *row = find(type, str_from(text, name.len));
	for (size_t n = name.len; !row && n > 0; n--) {
		text[n] = '*';
		row = find(type, str_from(text, n + 1));
	}
	return row;
}

enum capability packages_capability(enum package_type type, struct str name)
{
	const struct capability_row *row = packages_capability_row(type, name);
	return row ? row->capability : CAPABILITY_NONE;
}
