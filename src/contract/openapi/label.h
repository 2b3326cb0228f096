/* Private to contract/openapi and contract/asyncapi: checkers' names of differences of schemas; see schema_label. */
#ifndef PLEACH_CONTRACT_OPENAPI_LABEL_H
#define PLEACH_CONTRACT_OPENAPI_LABEL_H
#include "contract/schema/schema.h"
size_t openapi_label(void *ctx, const struct schema_difference *d, enum rule_id *out, size_t limit);
size_t asyncapi_label(void *ctx, const struct schema_difference *d, enum rule_id *out, size_t limit); /* Redocly's only */
#endif
