/* Avro schemas (specification 1.11): named types, unions, defaults and logical types of one source, read from .avsc files and ready to compare.
 *
 * A file holds one schema: a named type, an array (which is a union) of them, or any other type. Names are looked up in the file first, then in all
 * files of the source, so types may stand in files of their own in any order. Everything lives in the set's arena and is not changed after reading.
 * Schemas are numbered (`id`, from 0): what is known about pairs of them is kept by these numbers. */
#ifndef PLEACH_CONTRACT_AVRO_H
#define PLEACH_CONTRACT_AVRO_H
#include "base/map.h"
#include "contract/doc/doc.h"
#include "contract/format.h"

enum avro_type {
	AVRO_NULL, AVRO_BOOLEAN, AVRO_INT, AVRO_LONG, AVRO_FLOAT, AVRO_DOUBLE, AVRO_BYTES, AVRO_STRING, /* primitive */
	AVRO_FIXED, AVRO_ENUM, AVRO_RECORD, /* named */
	AVRO_ARRAY, AVRO_MAP, AVRO_UNION
};
enum {
	AVRO_DEPTH_MAX = 200,        /* types within types in one file */
	AVRO_SCHEMAS_MAX = 1 << 22,  /* in one set */
	AVRO_BRANCHES_MAX = 4096,    /* of one union */
	AVRO_FIXED_MAX = 1 << 30     /* bytes of a fixed */
};
struct avro_schema;
/* A place where a schema stands: a field's type, a branch, items, a file's root. */
struct avro_use {
	const struct avro_schema *schema;
	struct str path;             /* "shop.Order.lines[]"; of a root the type's name, or the file's path where it has none */
	uint32_t offset;
	struct doc_file *file;
};
struct avro_field {
	struct str name;
	struct avro_use use;
	const struct doc *node, *default_value; /* the latter NULL: none; else valid for the type */
	const struct str *aliases;
	size_t aliases_count;
	uint32_t offset;
};
/* Finds a text in a list by hash. */
struct avro_index { const struct str *texts; uint32_t *slots; size_t count, mask; };
struct avro_schema {
	enum avro_type type;
	uint32_t id;
	struct doc_file *file;
	const struct doc *node;      /* as it is written */
	uint32_t offset;
	struct str name;             /* full; empty where the type has none */
	struct str space;            /* the name's namespace */
	const struct str *aliases;   /* full names */
	size_t aliases_count;
	const struct avro_field *fields; /* record */
	size_t fields_count;
	const struct avro_use *parts;    /* union: branches; array and map: one */
	size_t parts_count;
	struct avro_index names;     /* of fields or symbols */
	struct str default_symbol;   /* p NULL: none */
	int64_t size;                /* fixed */
	struct str logical;          /* known and valid only: what is neither is ignored, as the specification says */
	int64_t precision, scale;
};
struct avro_file {
	struct doc_file *doc;
	struct map *names;           /* full name to struct avro_schema */
	struct avro_use root;
};
struct avro_set;
/* Every file for which `takes` is true (all when NULL). NULL with e: file, line, column and remedy. The source must outlive the set. */
struct avro_set *avro_set_read(const struct source *s, bool (*takes)(const struct source_file *f), struct err *e);
void avro_set_free(struct avro_set *set);
size_t avro_set_files(const struct avro_set *set);
const struct avro_file *avro_set_file(const struct avro_set *set, size_t i);
uint32_t avro_set_schemas(const struct avro_set *set); /* ids are below this */
const struct avro_schema *avro_set_schema(const struct avro_set *set, uint32_t id);
/* By full name, in any file; NULL where there is none. */
const struct avro_schema *avro_set_find(const struct avro_set *set, struct str name);
/* "int", "shop.Order", "array", "union": as branches are called in Avro's JSON. */
struct str avro_type_name(const struct avro_schema *s);
/* For people: "long", "[null, shop.Order]", "array of string", "map of int", "long (timestamp-millis)". */
void avro_type_text(const struct avro_schema *s, struct buf *b);
static inline bool avro_is_named(const struct avro_schema *s) { return s->type >= AVRO_FIXED && s->type <= AVRO_RECORD; }
/* The name without its namespace. */
struct str avro_short_name(struct str full);
/* SIZE_MAX where it is not there. */
size_t avro_index_find(const struct avro_index *x, struct str text);
bool avro_index_build(struct avro_index *x, struct arena *a, const struct str *texts, size_t count);
/* Whether a JSON value may be the default of the type (a union's is of its first branch). *why: what is wrong, in words. */
bool avro_default_valid(const struct avro_schema *s, const struct doc *value, const char **why);

/* The parsing canonical form: two schemas with the same one read and write the same bytes. */
void avro_canonical(const struct avro_set *set, const struct avro_use *root, struct buf *b);
/* The whole schema without insignificant white space, attributes in Avro's own order: what a registry hands out. Names of other files stay references. */
void avro_normal(const struct avro_file *file, struct buf *b);
/* CRC-64-AVRO (the specification's Rabin fingerprint) of a canonical form. */
uint64_t avro_rabin(struct str canonical);
#endif
