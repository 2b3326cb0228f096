/* What a consumer's pact names of its provider: of each interaction the call, and which parts of the request and of the answer it has. By this a change of the
 * provider's contract is known to break the consumer (contract/usage/verdict.h). */
#ifndef PLEACH_CONTRACT_PACT_USES_H
#define PLEACH_CONTRACT_PACT_USES_H
#include "contract/pact/pact.h"

enum { PACT_USE_FIELDS_MAX = 1000 /* of one interaction */, PACT_USE_DEPTH = 16 };
/* method and path: "GET" "/v1/orders/1", without a query; of gRPC "POST" "/shop.v1.Orders/Get" (the package may be missing). fields: "query.limit", "header.x-tenant"
 * (lower case), "body", "body.items[].sku" of a JSON request, "answer.total" of a JSON answer; each once. */
struct pact_use { struct str method, path; struct str *fields; size_t count, capacity; };
struct pact_uses { struct pact_use *items; size_t count; };
/* Everything is copied into `out`. False when it is full. Messages that no call asks for have no use here. */
bool pact_uses(const struct pact *p, struct arena *out, struct pact_uses *u);
#endif
