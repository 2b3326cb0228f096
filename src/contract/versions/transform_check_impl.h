/* Between transform_check.c (which operations belong together) and transform_body_check.c (values of their bodies). */
#ifndef PLEACH_CONTRACT_VERSIONS_TRANSFORM_CHECK_IMPL_H
#define PLEACH_CONTRACT_VERSIONS_TRANSFORM_CHECK_IMPL_H
#include "contract/openapi/openapi.h"
#include "contract/schema/schema_sample.h"
#include "contract/versions/transform_check.h"

struct checking {
	struct arena *a;
	struct transform_verdict *v;
	struct schema_sampler *samplers[2]; /* of the old and of the new side */
	const struct transform_operation *of; /* NULL: what goes through as it is */
	struct str operation;
};
/* A fault of the operation that is checked. */
void transform_tell(struct checking *c, struct str what, struct str before, struct str after, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Values of `from` (made by samplers[side]) through the steps must be values of `to`. */
void transform_try_body(struct checking *c, int side, const struct schema *from, const struct schema *to, const struct transform_steps *steps, enum schema_use use, struct str what);
#endif
