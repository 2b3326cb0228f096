/* YAML (libfyaml, YAML 1.2) as a tree with the place of each node, for the files that people write. Scalars stay text: what a scalar
 * means is decided by the reader of the field. Limits: YAML_MAX_BYTES, depth 32, anchors and aliases are refused (no file of ours needs
 * them, and they allow exponential growth), duplicate keys are an error, one document a file. */
#ifndef PLEACH_BASE_YAML_H
#define PLEACH_BASE_YAML_H
#include "base/arena.h"
#include "base/err.h"

enum { YAML_MAX_BYTES = 1 << 20, YAML_MAX_DOCUMENTS = 1000 };
enum yaml_type { YAML_NULL, YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };
struct yaml {
	enum yaml_type type;
	uint32_t line, column;       /* of the node's first character, from 1 */
	bool quoted;                 /* scalar in quotes or block style: text even if it looks like a number */
	struct str text;             /* scalar */
	uint32_t count;
	struct yaml *items;          /* sequence */
	struct yaml_pair *pairs;     /* mapping, in the order of the file */
};
struct yaml_pair {
	struct str key;
	uint32_t line, column;       /* of the key */
	struct yaml value;
};
/* NULL with e set (ERR_FILE_INVALID with file, line and column). An empty file gives a YAML_NULL node. */
const struct yaml *yaml_parse(struct arena *a, struct str file, struct str text, struct err *e);
/* A file of another tool: all its documents that have something in them; anchors, aliases and merge keys (`<<`) are resolved, tags passed over. Nodes behind aliases
 * are shared, so whoever walks such a tree without a bound walks as long as its author wishes. False with e as above, *out untouched then. */
struct yaml_documents { struct yaml *items; size_t count; };
bool yaml_parse_all(struct arena *a, struct str file, struct str text, struct yaml_documents *out, struct err *e);
const struct yaml *yaml_get(const struct yaml *y, struct str key);
const char *yaml_type_name(enum yaml_type t); /* "a list", "a mapping", "a value", "nothing" */
#endif
