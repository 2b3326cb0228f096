/* Whether a declared transform between two versions of an API (model/transform.h, docs/versions.md) holds: every answer of the new version, transformed, must be one that the
 * old contract allows, and every request of the old version, transformed, one that the new contract takes. Operations that the transform does not name go through as they
 * are, below the other path: they are checked in the same way.
 *
 * By trial: values are made from the schemas (the plainest, then others by chance, the same each time), go through the gateway's own steps, and are judged by the validator.
 * A fault is proved: it comes with the value that shows it. That none is found is no proof; TRANSFORM_TRIED values of each body say so much with confidence. */
#ifndef PLEACH_CONTRACT_VERSIONS_TRANSFORM_CHECK_H
#define PLEACH_CONTRACT_VERSIONS_TRANSFORM_CHECK_H
#include "contract/format.h"
#include "model/transform.h"

enum { TRANSFORM_TRIED = 300 /* values of one body */, TRANSFORM_FAULTS_MAX = 100, TRANSFORM_FAULTS_OF_ONE = 5 /* of one body */, TRANSFORM_SHOWN = 2000 /* bytes of a value that is shown */ };
struct transform_fault {
	struct str operation;        /* of the old version: "GET /v1/orders/{id}" */
	struct str what;             /* "answer 200", "request", "query" */
	struct str sentence;
	struct str before, after;    /* JSON: what the provider (the caller) sends, what comes of it; empty: it is not about a value */
	uint32_t line, column;       /* in the transform's file; 0: it is not about a line of it */
};
struct transform_verdict {
	bool checked;                /* else `why` says what keeps from it */
	struct str why;
	struct transform_fault *faults;
	size_t count, capacity;
	size_t operations, tried;    /* operations looked at, values tried */
	size_t unjudged;             /* bodies that could not be judged: no schema, or no value could be made */
};
/* One side: the API that openapi_format read, and the path under which the service serves it ("/v1"). */
struct transform_side { const struct contract_model *model; struct str route; };
/* t may be NULL: nothing is declared. All texts of the verdict live in `a`. False with e only on a limit. */
bool transform_check(const struct transform *t, const struct transform_side *old_side, const struct transform_side *new_side, struct arena *a, struct transform_verdict *v, struct err *e);
#endif
