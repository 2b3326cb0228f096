/* What readers of lock files (read_*.c) share: where they say what they found and what is wrong. Trees live in `scratch`, which ends with the file. */
#ifndef PLEACH_CATALOG_PACKAGES_READING_H
#define PLEACH_CATALOG_PACKAGES_READING_H
#include "base/json.h"
#include "base/map.h"
#include "catalog/packages/packages.h"

struct package_reading {
	struct str path, text;
	enum package_type type;
	struct arena *scratch;
	struct err *err;
	struct package_list found; /* in scratch */
	struct map seen;           /* "name version" to place in `found` + 1 */
};
/* An empty name adds nothing; a second time, direct wins over transitive and that over untold. False where memory or room ends (err is set). */
bool package_add(struct package_reading *r, struct str name, struct str version, enum package_use use, uint32_t line);
/* What the file says of the package that was added last, or was there already: it is given up. */
bool package_given_up(struct package_reading *r, struct str name, struct str version, struct str words);
/* Always false. */
bool package_wrong(struct package_reading *r, uint32_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool package_full(struct package_reading *r);
/* A set of texts in scratch. */
bool package_mark(struct package_reading *r, struct map *set, struct str text);

/* Lines of the text, without "\n" and "\r". */
struct package_lines { struct str rest, line; uint32_t number; };
bool package_next_line(struct package_lines *l);

/* A JSON file with the lines of its values, which base/json.h does not keep. */
struct json_place_of { const struct json *value; uint32_t line; };
struct json_lines { struct json_place_of *items; size_t count, capacity; };
/* The root, or NULL with err. */
const struct json *package_json(struct package_reading *r, struct json_lines *lines);
/* Of a value (for members of objects: of the key); 1 where it is not known. */
uint32_t json_line(const struct json_lines *lines, const struct json *value);
/* Member that must be an object (or absent, where not `needed`); NULL with err set where it is not, NULL alone where absent. */
const struct json *package_object(struct package_reading *r, const struct json_lines *lines, const struct json *j, const char *key, bool needed);
/* As an object whose members are objects: false with err where one is not. */
bool package_objects(struct package_reading *r, const struct json_lines *lines, const struct json *j, const char *what);

typedef bool package_reader(struct package_reading *r);
#define LOCK_FILE(pattern, type, reader, better) package_reader package_read_##reader;
#include "tbl/lock_files.h"
#undef LOCK_FILE
#endif
