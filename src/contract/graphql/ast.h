/* What GraphQL texts are read into: values, type references, members and types of a schema. Built by parse.c and build.c in one arena; names are slices
 * of the source's texts. Everything knows its byte, so that people can be shown its line. */
#ifndef PLEACH_CONTRACT_GRAPHQL_AST_H
#define PLEACH_CONTRACT_GRAPHQL_AST_H
#include "base/arena.h"
#include "base/map.h"
#include "contract/source.h"

enum {
	GQL_DEPTH_MAX = 128,    /* nesting of values and selections */
	GQL_LISTS_MAX = 30,     /* list levels of one type: bits of gql_ref.nonnull */
	GQL_NAMES_MAX = 2000000 /* types and directives of one schema */
};

struct gql_spot { uint32_t file, offset; }; /* index of the file in its set of files, byte in it */

enum gql_value_kind { GQL_NULL, GQL_INT, GQL_FLOAT, GQL_STRING, GQL_BOOLEAN, GQL_ENUM, GQL_VARIABLE, GQL_LIST, GQL_OBJECT };
struct gql_argument;
struct gql_value {
	uint8_t kind;
	uint32_t count, offset; /* count: of items or fields */
	union {
		struct str text;                   /* of scalars; strings are decoded, variables without `$` */
		const struct gql_value *items;
		const struct gql_argument *fields;
	};
};
struct gql_argument { /* of a field, a directive, or a field of an object value */
	struct str name;
	uint32_t offset;
	struct gql_value value;
};
struct gql_use { /* of a directive */
	struct str name;
	struct gql_spot spot;
	const struct gql_argument *args;
	uint32_t count;
};
struct gql_uses { struct gql_use *items; uint32_t count, capacity; };

struct gql_type;
/* `[Order!]!`: one list, not null at levels 0 (the list) and 1 (its items). */
struct gql_ref {
	struct str name;
	struct gql_type *type; /* resolved by check.c */
	uint32_t offset;
	uint32_t nonnull;      /* bit per level, 0 outermost, `lists` the named type */
	uint8_t lists;
};
static inline bool gql_required_ref(const struct gql_ref *r) { return r->nonnull & 1; }

struct gql_members { struct gql_member *items; uint32_t count, capacity; const uint32_t *sorted; /* by name; NULL until built */ };
/* A field, an argument, an input field, an enum value, an implemented interface or a member of a union: what has no use in one of them is empty. */
struct gql_member {
	struct str name, description;
	bool described;
	struct gql_spot spot;
	struct gql_ref type;
	const struct gql_value *default_value;
	struct gql_members args;
	struct gql_uses uses;
};

enum gql_kind { GQL_SCALAR, GQL_OBJECT_TYPE, GQL_INTERFACE, GQL_UNION, GQL_ENUM_TYPE, GQL_INPUT };
struct gql_type_list { struct gql_type **items; uint32_t count, capacity; };
struct gql_type {
	struct str name, description;
	enum gql_kind kind;
	bool described, builtin, extension_only;
	uint32_t id;                 /* index in the schema's types */
	struct gql_spot spot;
	struct gql_members members;  /* fields, input fields, enum values */
	struct gql_members links;    /* interfaces that it implements, types of a union */
	struct gql_uses uses;
	struct gql_type_list users;  /* of an interface: types that implement it; of an object: unions that hold it */
};
static inline bool gql_is_composite(const struct gql_type *t) { return t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE || t->kind == GQL_UNION; }
static inline bool gql_is_input(const struct gql_type *t) { return t->kind == GQL_SCALAR || t->kind == GQL_ENUM_TYPE || t->kind == GQL_INPUT; }

#define GQL_LOCATIONS(X)                                                                                                                        \
	X(QUERY) X(MUTATION) X(SUBSCRIPTION) X(FIELD) X(FRAGMENT_DEFINITION) X(FRAGMENT_SPREAD) X(INLINE_FRAGMENT) X(VARIABLE_DEFINITION)       \
	X(SCHEMA) X(SCALAR) X(OBJECT) X(FIELD_DEFINITION) X(ARGUMENT_DEFINITION) X(INTERFACE) X(UNION) X(ENUM) X(ENUM_VALUE) X(INPUT_OBJECT)    \
	X(INPUT_FIELD_DEFINITION)
enum gql_location {
#define LOCATION(name) GQL_AT_##name,
	GQL_LOCATIONS(LOCATION)
#undef LOCATION
	GQL_AT_COUNT
};
enum { GQL_EXECUTABLE = (1 << GQL_AT_SCHEMA) - 1 }; /* the places in what clients send */
extern const struct str gql_location_names[GQL_AT_COUNT];

struct gql_directive {
	struct str name, description;
	bool described, builtin, repeatable;
	uint32_t locations; /* bit per gql_location */
	struct gql_spot spot;
	struct gql_members args;
};

enum gql_operation { GQL_QUERY, GQL_MUTATION, GQL_SUBSCRIPTION, GQL_OPERATIONS };
extern const struct str gql_operation_names[GQL_OPERATIONS]; /* "query" … */
struct gql_file { const struct source_file *source; struct line_index lines; bool indexed; };
struct gql_files { struct gql_file *items; uint32_t count, capacity; struct arena *arena; };

/* All definitions of one contract, extensions merged, references resolved. */
struct gql_schema {
	struct str name;             /* of its folder or, where it is one file, of the file */
	struct arena *arena;
	struct gql_files *files;
	uint32_t first_file, last_file; /* its files are between them, perhaps beside those of others */
	struct map by_name, directive_names;
	struct gql_type_list types;
	struct gql_directive **directives;
	uint32_t directive_count, directive_capacity;
	struct gql_type *roots[GQL_OPERATIONS];
	struct gql_spot root_spots[GQL_OPERATIONS];
	struct str root_names[GQL_OPERATIONS]; /* as a `schema` definition names them */
	bool defined, described;     /* by a `schema` definition */
	struct str description;
	struct gql_spot spot;
	struct gql_uses uses;
};

const struct gql_member *gql_member_of(const struct gql_members *m, struct str name);
const struct gql_use *gql_use_of(const struct gql_uses *u, struct str name);
const struct gql_value *gql_use_argument(const struct gql_use *u, struct str name);
struct gql_type *gql_type_of(const struct gql_schema *s, struct str name);
const struct gql_directive *gql_directive_of(const struct gql_schema *s, struct str name);
static inline bool gql_one_of(const struct gql_type *t) { return gql_use_of(&t->uses, STR("oneOf")) != NULL; }
/* An argument or input field that must be given: not null and without default. */
static inline bool gql_required(const struct gql_member *m) { return gql_required_ref(&m->type) && !m->default_value; }
/* The interface implements, or the union holds, or it is the type itself. */
bool gql_possible(const struct gql_type *abstract, const struct gql_type *object);
/* Whether a value can be of both types: what a fragment may be spread in. */
bool gql_overlap(const struct gql_type *a, const struct gql_type *b);
bool gql_value_equal(const struct gql_value *a, const struct gql_value *b);
/* "[Order!]!" */
void gql_ref_write(struct buf *b, const struct gql_ref *r);
struct str gql_ref_text(struct arena *a, const struct gql_ref *r);
void gql_value_write(struct buf *b, const struct gql_value *v);
struct str gql_value_text(struct arena *a, const struct gql_value *v);
struct text_place gql_place(struct gql_files *f, struct gql_spot spot);
#endif
