/* See abandoned.h. */
#include "catalog/libraries/abandoned.h"
#include "base/check.h"

static const struct { enum package_type type; struct str name, since, instead, source; } rows[] = {
#define ABANDONED(type, name, since, instead, source) { PACKAGE_##type, STR_INIT(name), STR_INIT(since), STR_INIT(instead), STR_INIT(source) },
#include "tbl/abandoned.h"
#undef ABANDONED
};

static int compare(size_t row, const struct package *p)
{
	if (rows[row].type != p->type)
		return rows[row].type < p->type ? -1 : 1;
	for (size_t i = 0; i < rows[row].name.len && i < p->name.len; i++) {
		char c = p->name.p[i], d = rows[row].name.p[i];
		if ((p->type == PACKAGE_NUGET || p->type == PACKAGE_GOLANG) && c >= 'A' && c <= 'Z')
			c = (char)(c + 'a' - 'A');
		if (c != d)
			return (unsigned char)d < (unsigned char)c ? -1 : 1;
	}
	return rows[row].name.len == p->name.len ? 0 : rows[row].name.len < p->name.len ? -1 : 1;
}

bool package_abandoned(const struct package *p, struct abandoned *out)
{
	size_t from = 0, to = ARRAY_LEN(rows);
	*out = (struct abandoned){ p->abandoned, STR(""), STR(""), STR("") };
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int order = compare(mid, p);
		if (order == 0) {
			*out = (struct abandoned){ p->abandoned.len ? p->abandoned : STR("its makers have given it up"), rows[mid].since, rows[mid].instead, rows[mid].source };
			return true;
		}
		if (order < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return p->abandoned.len > 0;
}
