/* A transform beside the contracts of its two versions (contract/versions): in control off the loop's thread, and on the command line. */
#ifndef PLEACH_PART_TRANSFORMS_H
#define PLEACH_PART_TRANSFORMS_H
#include "contract/versions/transform_check.h"
#include "part/side.h"

/* Both sides have been read and not been paired. The verdict's texts live in `a`. False with e: a contract cannot be read, or a limit. */
bool transforms_check(struct side *before, struct side *after, const struct transform *t, struct str old_route, struct str new_route, struct arena *a, struct transform_verdict *v,
		      struct err *e);
/* A fault for people: operation, what, what is wrong, and the value that shows it. */
struct str transforms_sentence(struct arena *a, const struct transform_fault *f);
#endif
