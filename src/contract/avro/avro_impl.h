/* What the files that read Avro schemas share. */
#ifndef PLEACH_CONTRACT_AVRO_IMPL_H
#define PLEACH_CONTRACT_AVRO_IMPL_H
#include "base/map.h"
#include "contract/avro/avro.h"

struct avro_set {
	struct arena arena;
	struct avro_file *files;
	size_t count;
	struct map names;            /* full name to the first file's struct avro_schema */
	struct map doubtful;         /* of these, what another file defines differently */
	struct avro_schema **all;    /* by id */
	size_t all_capacity;
	uint32_t schemas;
};
struct avro_reader {
	struct avro_set *set;
	struct avro_file *file;
	struct err *e;
};
/* Names (avro_names.c). */
bool avro_name_valid(struct str name, bool dots);
/* Full name and namespace of a definition or reference; full.p NULL with the reader's error: no valid name. */
struct str avro_full_name(struct avro_reader *r, const struct doc *at, struct str name, struct str space, struct str *own_space);
bool avro_primitive(struct str name, enum avro_type *type);
/* Finds the definitions of a file and gives each a schema that is filled later. */
bool avro_declare(struct avro_reader *r, const struct doc *node, struct str space, unsigned depth);
/* A type that a name refers to; NULL with an error. */
const struct avro_schema *avro_refer(struct avro_reader *r, const struct doc *at, struct str name, struct str space);
struct avro_schema *avro_schema_new(struct avro_reader *r, enum avro_type type, const struct doc *node);
/* Sets the reader's error with the place of `at`. Always false. */
bool avro_fault(struct avro_reader *r, uint32_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool avro_no_memory(struct avro_reader *r);
#endif
