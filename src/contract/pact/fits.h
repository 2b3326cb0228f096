/* A consumer's pact against the provider's OpenAPI description, without running the provider: every request of the pact must be one that the description takes, every
 * expected response one that it may give. Findings that fail: nobody who follows the description would answer as the pact expects. Warnings: the description
 * allows answers that the pact does not take (a member that may be missing, null, a fraction where an integer is expected).
 *
 * A response's example need not be whole (a consumer names what it reads), so `required` asks nothing of it; but what it names must be in the description. */
#ifndef PLEACH_CONTRACT_PACT_FITS_H
#define PLEACH_CONTRACT_PACT_FITS_H
#include "contract/change.h"
#include "contract/format.h"
#include "contract/pact/pact.h"

enum { PACT_FIT_FINDINGS_MAX = 100 /* of one interaction */, PACT_FIT_WORK_MAX = 2000000 /* steps of one pact */ };
enum pact_fit_verdict { PACT_FIT_YES, PACT_FIT_NO, PACT_FIT_UNJUDGED /* messages, bodies that are no JSON: said by its findings */ };
struct pact_fit_finding {
	bool warning;
	struct str where;                  /* "request query limit", "response body $.items[0].name" */
	struct str sentence;
	struct text_place at;              /* in the pact */
	struct change_place contract;      /* in the description; line 0: nowhere */
};
struct pact_fit {
	const struct pact_interaction *interaction;
	enum pact_fit_verdict verdict;
	struct str operation;              /* "GET /orders/{id}"; empty: none was found */
	struct pact_fit_finding *findings;
	size_t count, capacity;
};
struct pact_fits { struct pact_fit *items; uint32_t count, failed, warned, unjudged; };
/* `m` is a model that openapi_format read. All in the pact's arena `a`. False with e only on a limit. */
bool pact_check_openapi(const struct pact *p, const struct contract_model *m, struct arena *a, struct pact_fits *out, struct err *e);
/* gRPC interactions beside the provider's .proto files (a model of proto_format), by the descriptors in the pact; others are not judged. Texts live in `a`. */
bool pact_check_proto(const struct pact *p, const struct contract_model *m, struct arena *a, struct pact_fits *out, struct err *e);
#endif
