/* From parsed files to a model: imports, names, types, options, features. Steps run once, in this order, by read.c; each returns false with e (file, line,
 * column, remedy) on the first fault. */
#ifndef PLEACH_CONTRACT_PROTO_LINK_H
#define PLEACH_CONTRACT_PROTO_LINK_H
#include "contract/proto/parse.h"

struct linker {
	struct proto_model *model;
	struct arena *scratch;        /* ends after reading */
	struct parser *parser;        /* for embedded files */
	struct err *err;
	uint32_t *seen, mark;         /* by file index: the mark of the last link_see that saw it; the last mark */
	struct proto_message *options[10]; /* the options messages, by enum proto_owner */
	struct buf bytes;             /* of the options of one element */
};
/* Whose options: the messages of descriptor.proto. */
enum proto_owner { OWNER_FILE, OWNER_MESSAGE, OWNER_FIELD, OWNER_ONEOF, OWNER_ENUM, OWNER_VALUE, OWNER_SERVICE, OWNER_METHOD, OWNER_RANGE, OWNER_COUNT };

/* Always false: at an offset of a file. */
bool link_fail(struct linker *l, const struct proto_file *f, uint32_t offset, const char *format, ...) __attribute__((format(printf, 4, 5)));
struct proto_file *link_new_file(struct linker *l, struct str path);

/* import.c: each import finds its file (or none, where that is allowed); embedded files are added; no file imports itself over others. */
bool link_imports(struct linker *l);
/* symbol.c: full names, parents, ids. */
bool link_symbols(struct linker *l);
/* From now on names are looked up as `f` sees them. */
void link_see(struct linker *l, const struct proto_file *f);
/* The symbol that `name` means in `scope` (a full name; empty: none), inner to outer; NULL where none is seen. `types`: only messages and enums count. */
const struct proto_symbol *link_lookup(struct linker *l, struct str scope, struct str name, bool types);
/* The text of an error for a name that link_lookup did not find. */
bool link_unknown(struct linker *l, const struct proto_file *f, uint32_t offset, struct str scope, struct str name, const char *what);
/* type.c: fields', extensions' and methods' types. */
bool link_types(struct linker *l);
/* option.c: options as encoded bytes. */
bool link_options(struct linker *l);
/* aggregate.c: text format as an encoded message, appended. */
bool link_aggregate(struct linker *l, const struct proto_file *f, struct str scope, const struct proto_message *m, struct str text, uint32_t offset, struct buf *out);
/* One value of a field, with its tag. */
bool link_scalar(struct linker *l, const struct proto_file *f, const struct proto_field *field, const struct proto_option *value, struct buf *out);
/* feature.c: features, and what follows from them for fields and enums. Before and after link_options, which needs to know of packing. */
bool link_features(struct linker *l);
/* check.c: numbers and names that stand twice or are reserved, defaults, what a syntax forbids. */
bool link_checks(struct linker *l);

/* wellknown.c: the text of a file that is always there; p == NULL: none. */
struct str proto_wellknown(struct str path);
/* Whether an import may be missing, since such files only define options that change no contract. */
bool proto_may_miss(struct str path);
#endif
