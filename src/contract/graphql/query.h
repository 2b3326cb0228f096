/* Queries: reading them, whether they are valid for a schema (section 5 of the specification), and whether an answer is one that the query can get. What witnesses
 * are checked by. Of introspection only `__typename` is looked into; `__schema` and `__type` are taken as they are. */
#ifndef PLEACH_CONTRACT_GRAPHQL_QUERY_H
#define PLEACH_CONTRACT_GRAPHQL_QUERY_H
#include "contract/graphql/schema.h"

struct gql_selections { struct gql_selection *items; uint32_t count, capacity; };
enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE };
struct gql_selection {
	enum gql_selection_kind kind;
	struct str alias, name;      /* alias: of a field, its name where it has none; name: of a spread its fragment's */
	struct str on;               /* type of an inline fragment; empty where it has none */
	uint32_t offset;
	const struct gql_argument *args;
	uint32_t arg_count;
	struct gql_uses uses;
	struct gql_selections set;
};
struct gql_variable { struct str name; struct gql_ref type; struct gql_value value; bool has_value, used; struct gql_uses uses; uint32_t offset; };
struct gql_executable {
	enum gql_operation operation;
	bool fragment;
	struct str name, on;         /* on: of a fragment */
	uint32_t offset, mark;
	bool used;
	struct gql_variable *variables;
	uint32_t variable_count;
	struct gql_uses uses;
	struct gql_selections set;
};
struct gql_document { struct gql_executable *items; uint32_t count, capacity; struct gql_files files; };
/* The text must outlive the document. */
bool gql_query_parse(struct arena *a, struct str text, struct gql_document *d, struct err *e);
/* Not const: marks in the document are set. `a` for a while. */
bool gql_query_valid(const struct gql_schema *s, struct gql_document *d, struct arena *a, struct gql_fault *f);
/* Whether {"data": …} can be the answer to the document's only operation, by its fields' types. */
bool gql_answer_valid(const struct gql_schema *s, const struct gql_document *d, const struct json *answer, struct gql_fault *f);

/* ---- between the files that check ---- */
struct gql_query_check {
	const struct gql_schema *s;
	struct gql_document *d;
	struct gql_executable *operation; /* the one being walked; its variables are in scope */
	struct arena *arena;
	struct gql_fault *f;
	uint32_t depth, steps;
};
bool gql_query_wrong(struct gql_query_check *c, uint32_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));
const struct gql_executable *gql_fragment_of(const struct gql_document *d, struct str name);
/* The definition of a field; the one of `__typename` for every composite type. */
const struct gql_member *gql_field_of(const struct gql_type *parent, struct str name);
bool gql_arguments_valid(struct gql_query_check *c, const struct gql_members *defined, const struct gql_argument *args, uint32_t count, uint32_t offset, struct str what);
bool gql_fields_merge(struct gql_query_check *c, const struct gql_selections *set, const struct gql_type *parent);
#endif
