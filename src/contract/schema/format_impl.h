/* Private to contract/schema: the model of the format json_schema. */
#ifndef PLEACH_CONTRACT_SCHEMA_FORMAT_IMPL_H
#define PLEACH_CONTRACT_SCHEMA_FORMAT_IMPL_H
#include "contract/schema/schema.h"

struct json_schema_contract { struct doc_file *file; const struct schema *schema; };
struct json_schema_model {
	struct contract_model model;
	struct schema_set *set;
	struct json_schema_contract *contracts; /* in the order of paths */
	size_t count;
};
/* By "$schema"; 2020-12 where it names none that is known. */
enum schema_dialect json_schema_dialect(const struct doc *root);
void json_schema_describe(const struct contract_model *m, struct json_out *o);
#endif
