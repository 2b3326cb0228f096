/* Who uses what a comparison changes: asked of the running fleet, where there is one and it serves the contract. */
#ifndef PLEACH_CLI_CONTRACT_USE_H
#define PLEACH_CLI_CONTRACT_USE_H
#include "cli/contract.h"

enum { CONTRACT_USES_MAX = 64 /* versions of services that one comparison is about */ };
/* Answers of GET /api/consumers about the contracts of the two sides. None where no fleet runs here, it does not know the contract, or --no-use is given: then a
 * comparison is judged by the contracts alone. The answers live in the cli's arena. */
struct contract_uses { const struct json *answers[CONTRACT_USES_MAX]; size_t count; };
void contract_uses_ask(struct contract_run *r, const struct compared *p, struct contract_uses *u);
/* Lays them over the changes, and tells the report where they come from. */
void contract_uses_judge(struct contract_run *r, const struct contract_uses *u, struct changes *changes);
#endif
