/* Private to contract/openapi: the table of shared parts of one description's reading. */
#ifndef PLEACH_CONTRACT_OPENAPI_MEMO_H
#define PLEACH_CONTRACT_OPENAPI_MEMO_H
#include "contract/openapi/openapi.h"
struct memo_slot { const struct doc *node; const void *as; void *part; };
struct openapi_memo { struct memo_slot *slots; size_t count, size; };
#endif
