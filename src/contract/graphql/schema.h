/* From the files of a source to whole schemas. Which files make one contract: all of them, unless two in different folders define a type of the same name;
 * then each folder that has such a conflict in it is taken apart, and its own files and each folder in it stand for themselves. So one
 * schema may be spread over many files and folders, and the schemas of several services may lie in one repository.
 *
 * Tolerated, because real repositories hold it: `extend` of a type that is defined nowhere (a part of a federated graph) counts as its definition, directives
 * that are defined nowhere, a schema without operations. */
#ifndef PLEACH_CONTRACT_GRAPHQL_SCHEMA_H
#define PLEACH_CONTRACT_GRAPHQL_SCHEMA_H
#include "contract/format.h"
#include "contract/graphql/parse.h"

struct gql_model {
	struct contract_model model;
	struct arena arena;
	struct gql_files files;
	struct gql_schema *schemas; /* by name */
	uint32_t count;
};
/* The definitions of the files whose entry in `group` is `number` (all of them between `from` and `to`), joined into *s; references are not yet resolved. */
bool gql_schema_build(struct gql_schema *s, struct gql_files *files, const struct gql_definitions *per_file, const uint32_t *group, uint32_t number, uint32_t from, uint32_t to,
	struct err *e);
/* Resolves all references and refuses what the specification's section 3 forbids, at the first fault. */
bool gql_schema_check(struct gql_schema *s, struct err *e);
void gql_schema_release(struct gql_schema *s);

/* What is wrong with a value for a type; false leaves offset and message in *f. Variables pass (a query's check looks at them). */
struct gql_fault { uint32_t offset; char message[256]; };
bool gql_value_fits(const struct gql_schema *s, const struct gql_ref *r, const struct gql_value *v, struct gql_fault *f);
/* " (did you mean `Order`?)", or "" */
struct gql_hint { char text[160]; };
struct gql_hint gql_hint_member(const struct gql_members *m, struct str typed);
struct gql_hint gql_hint_type(const struct gql_schema *s, struct str typed);
extern const struct contract_format graphql_format;
#endif
