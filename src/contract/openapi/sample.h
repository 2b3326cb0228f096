/* Private to contract/openapi and contract/asyncapi: example values of schemas, for witnesses that are whole requests or messages. */
#ifndef PLEACH_CONTRACT_OPENAPI_SAMPLE_H
#define PLEACH_CONTRACT_OPENAPI_SAMPLE_H
#include "contract/schema/schema.h"
/* A value that the schema takes, checked, in `a`; NULL where none was found. Of NULL: any text. */
const struct doc *openapi_sample(struct arena *a, const struct schema *s, enum schema_use use);
#endif
