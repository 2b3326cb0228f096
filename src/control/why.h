/* A trace read for explanation: its spans as steps in the order of the calls, with what each took itself, which are on the critical path, and
 * which call failed first. Pure: no I/O, all in the arena given. */
#ifndef PLEACH_CONTROL_WHY_H
#define PLEACH_CONTROL_WHY_H
#include "base/json.h"

enum { WHY_MAX_STEPS = 5000, WHY_MAX_LINES = 20 };
struct why_step {
	const struct json *span, *attributes;
	struct str id, parent, service, caller, operation, reason;
	int64_t start, end, self, status;
	bool failed, critical, call; /* call: a gateway's record of a call between services */
	uint32_t depth;
	uint32_t parent_index;       /* into steps; UINT32_MAX: a root */
};
struct why {
	struct why_step *steps;      /* depth first, children by start */
	size_t count;
	const struct why_step *root; /* the first */
	const struct why_step *cause;/* the call that failed first and has no failed call below it; else the step with most time of its own */
	bool failed;                 /* some call failed */
	const struct json **lines;   /* log rows that say why: warn and above, by time */
	size_t lines_count;
};
/* False when the trace has no spans. */
bool why_read(struct why *w, struct arena *a, const struct json *trace);
#endif
