/* Package URLs (purl specification, ECMA-427): pkg:type/namespace/name@version. */
#include "catalog/packages/packages.h"

static bool lower_case(enum package_type t)
{
	return t == PACKAGE_NPM || t == PACKAGE_PYPI || t == PACKAGE_GOLANG || t == PACKAGE_COMPOSER || t == PACKAGE_HEX || t == PACKAGE_PUB;
}

/* A "/" parts segments in names, where `path`; empty segments go. */
static void encoded(struct buf *to, struct str s, bool lower, bool path)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (path && c == '/' && (i == 0 || i + 1 == s.len || s.p[i + 1] == '/'))
			continue;
		if (letter || c == '-' || c == '.' || c == '_' || c == '~' || c == ':' || (path && c == '/')) {
			buf_char(to, lower && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : (char)c);
		} else {
			buf_char(to, '%');
			buf_char(to, digits[c >> 4]);
			buf_char(to, digits[c & 15]);
		}
	}
}

void package_purl(struct buf *to, const struct package *p)
{
	bool lower = lower_case(p->type);
	struct str name = p->name;
	size_t colon = p->type == PACKAGE_MAVEN ? str_find_char(name, ':') : SIZE_MAX;
	buf_printf(to, "pkg:%s/", package_type_name(p->type));
	if (colon != SIZE_MAX) {
		encoded(to, str_sub(name, 0, colon), lower, true);
		buf_char(to, '/');
		name = str_skip(name, colon + 1);
	}
	encoded(to, name, lower, true);
	if (!p->version.len)
		return;
	buf_char(to, '@');
	encoded(to, p->version, false, false);
}
