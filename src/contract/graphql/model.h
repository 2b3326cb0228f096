/* What the format's parts give each other: reading (model.c), comparing (compare.c), documentation (describe.c). */
#ifndef PLEACH_CONTRACT_GRAPHQL_MODEL_H
#define PLEACH_CONTRACT_GRAPHQL_MODEL_H
#include "contract/graphql/schema.h"

bool gql_recognises(const struct source_file *f);
bool gql_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out, struct err *e);
void gql_describe(const struct contract_model *m, struct json_out *o);
#endif
