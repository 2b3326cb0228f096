/* What a library is for (tbl/capabilities.h), so that many lists of packages become "three HTTP clients, four JSON libraries". Pure; the tables are constant. */
#ifndef PLEACH_CATALOG_PACKAGES_CAPABILITIES_H
#define PLEACH_CATALOG_PACKAGES_CAPABILITIES_H
#include "catalog/packages/packages.h"

enum capability {
	CAPABILITY_NONE,
#define CAPABILITY_KIND(symbol, name, meaning) CAPABILITY_##symbol,
#include "tbl/capability_kinds.h"
#undef CAPABILITY_KIND
	CAPABILITIES
};
enum { CAPABILITY_NAME_MAX = 256 /* bytes; longer names have none */ };
struct capability_row { enum package_type type; const char *name; enum capability capability; };

/* Of a package by its name as in struct package; CAPABILITY_NONE where the table does not know it. The row with that name counts, else the longest one ending with `*` that it begins with. */
enum capability packages_capability(enum package_type type, struct str name);
/* That row; NULL: the table does not know it. */
const struct capability_row *packages_capability_row(enum package_type type, struct str name);
const char *capability_name(enum capability c);    /* "http-client"; "" for CAPABILITY_NONE */
const char *capability_meaning(enum capability c); /* "HTTP clients"; "" for CAPABILITY_NONE */
/* The table, for documents and for the check of its order. */
const struct capability_row *capability_rows(size_t *count);
/* Byte order of (type, name), by which the table is sorted. */
int capability_order(enum package_type a_type, struct str a, enum package_type b_type, struct str b);
#endif
