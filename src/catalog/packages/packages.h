/* The packages that a service is made of, as its lock files tell (tbl/lock_files.h). Pure: text in, list out.
 *
 * A lock file is what its tool resolved, for all platforms and purposes at once, so the list may hold more than what runs: packages for other systems, for tests, for the build. Where a file says which
 * packages the project itself asks for, they are direct, all others transitive; most formats do not say. Each package stands once a file (by name and version), at its first line.
 *
 * Names are as their ecosystem writes them: npm "@scope/name", Maven "group:artifact", Go the module path, Swift host and path of the repository ("github.com/apple/swift-nio"); PyPI's are
 * normalised (PEP 503: lower case, runs of - _ . as one -). A version is empty where the file pins none. What lies in the repository itself (workspaces, path dependencies) is no package. */
#ifndef PLEACH_CATALOG_PACKAGES_PACKAGES_H
#define PLEACH_CATALOG_PACKAGES_PACKAGES_H
#include "base/arena.h"
#include "base/err.h"

enum package_type {
#define PURL_TYPE(symbol, type) PACKAGE_##symbol,
#include "tbl/purl_types.h"
#undef PURL_TYPE
	PACKAGE_TYPES
};
enum package_use { PACKAGE_UNTOLD, PACKAGE_DIRECT, PACKAGE_TRANSITIVE };
enum { PACKAGES_MAX = 200000 /* of one list */, PACKAGES_ABANDONED_MAX = 300 /* bytes of what is said of one */, PACKAGES_TEXT_MAX = 64 << 20 /* bytes of one file */, PACKAGES_SCRATCH = 1 << 30 /* bytes while one file is read */ };
/* abandoned: what the file says of this version having been given up ("deprecated", "abandoned"), one line; empty: nothing. */
struct package { enum package_type type; enum package_use use; struct str name, version; uint32_t line /* from 1; 0: not known */; struct str abandoned; };
/* Zeroed is empty. Items live in the arena that is given with it. */
struct package_list { struct package *items; size_t count, capacity; };

/* What many files say: each package (name and version) once, its `use` and `line` saying nothing; and file by file what stands where. */
struct package_file { struct str service /* whose it is; empty: of the repository as a whole */, repository, path; size_t first, count /* mentions */; };
struct package_mention { uint32_t package, line; enum package_use use; };
struct package_index {
	struct package *packages;
	size_t packages_count, packages_capacity;
	struct package_file *files;
	size_t files_count, files_capacity;
	struct package_mention *mentions;
	size_t mentions_count, mentions_capacity;
};

const char *package_type_name(enum package_type t); /* as in a purl: "npm" */
/* Whether packages_read knows files of this name. */
bool packages_is_lock(struct str path);
/* Base name of the file that tells the same better: where it lies in the same folder, the given one need not be read (go.sum beside go.mod). Empty: none. */
struct str packages_better(struct str path);
/* Adds what the file tells. Texts are copied: `text` may go away. False with e (ERR_FILE_INVALID with file and line, ERR_TOO_LARGE, ERR_NOT_FOUND for a name that is none of the table's): the list then
 * has what it had before. */
bool packages_read(struct package_list *l, struct arena *a, struct str path, struct str text, struct err *e);
/* The package URL, canonical by the purl specification (ECMA-427): names in lower case where the type says so, everything percent-encoded but letters, digits and -._~: */
void package_purl(struct buf *to, const struct package *p);
#endif
