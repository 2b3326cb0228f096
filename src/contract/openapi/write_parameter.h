/* Private to contract/openapi: values of parameters as they stand in a request. */
#ifndef PLEACH_CONTRACT_OPENAPI_WRITE_PARAMETER_H
#define PLEACH_CONTRACT_OPENAPI_WRITE_PARAMETER_H
#include "contract/openapi/openapi.h"
/* By style and explode, or as JSON under `content`: "ids=1&ids=2", "ids=1,2", in a path "1,2". Query and cookie parameters with their name, others without. */
void openapi_write_parameter(struct buf *b, const struct openapi_parameter *p, const struct doc *value);
#endif
