/* Private to contract/pact: what the generators share. */
#ifndef PLEACH_CONTRACT_PACT_GENERATE_IMPL_H
#define PLEACH_CONTRACT_PACT_GENERATE_IMPL_H
#include "contract/pact/generate.h"
#include "contract/pact/pact_impl.h"
/* False with static words in `why`. */
bool pact_regex_text(struct str pattern, const struct pact_generate *g, struct arena *a, struct str *out, const char **why);
/* As JSON text, decimals with their fraction. */
void pact_doc_write(struct buf *b, const struct doc *d);
#endif
