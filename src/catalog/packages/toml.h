/* The part of TOML 1.0 that lock files are written in, read strictly: tables, lists of tables, and keys with strings (all four kinds), lists, inline tables, and other scalars, which stay text. Dotted keys stay
 * as they are written (a."b" is "a.b"). Not checked, as only tools write these files: that keys and tables are unique, and what scalars mean. Texts are slices of the file or live in the arena. */
#ifndef PLEACH_CATALOG_PACKAGES_TOML_H
#define PLEACH_CATALOG_PACKAGES_TOML_H
#include "catalog/packages/reading.h"

enum toml_type { TOML_STRING, TOML_OTHER, TOML_LIST, TOML_TABLE };
enum { TOML_DEPTH = 16 };
struct toml {
	enum toml_type type;
	uint32_t line;
	struct str key;      /* of a member of a table */
	struct str text;     /* string, other */
	struct toml *items;  /* of a list or table */
	size_t count, capacity;
};
/* [name] or [[name]] with its keys; the first one, without a name, holds what stands before any. */
struct toml_section { struct str name; bool list; struct toml table; };
struct toml_file { struct toml_section *items; size_t count, capacity; };
/* False with the reading's err, which has the line. */
bool toml_read(struct toml_file *f, struct package_reading *r);
const struct toml *toml_get(const struct toml *table, const char *key); /* NULL: none, or `table` is none */
struct str toml_text(const struct toml *table, const char *key);        /* of a string; else empty */
#endif
