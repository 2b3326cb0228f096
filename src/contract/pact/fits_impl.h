/* Private to contract/pact: one check of a pact against a description. fits.c finds operations and judges parameters; fits_body.c walks expected bodies beside their schemas. */
#ifndef PLEACH_CONTRACT_PACT_FITS_IMPL_H
#define PLEACH_CONTRACT_PACT_FITS_IMPL_H
#include "contract/openapi/openapi.h"
#include "contract/pact/fits.h"
#include "contract/pact/match_impl.h"

struct fitting {
	const struct pact *pact;
	const struct openapi_model *model;
	struct arena *arena;
	struct pact_fit *fit;              /* of the interaction that is judged */
	struct str part;                   /* "response body" */
	struct pact_matching *matching;    /* the rules and where the walk stands */
	uint64_t work;
	bool silent;                       /* a trial: nothing is told */
};
/* Tells; always false. node: in the pact; NULL: the interaction. */
bool fit_tell(struct fitting *f, bool warning, const struct doc *node, struct change_place contract, struct str where, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* The expected body of a response beside its schema. */
bool fit_body(struct fitting *f, const struct pact_part *part, const struct schema *s);
struct change_place fit_schema_place(const struct schema *s);
#endif
