/* How long a version of an API is served: what follows from the dates in service.yaml. Pure; times are wall ns. Used by the gateway (headers,
 * brown-outs) and by whoever tells of migrations. */
#ifndef PLEACH_MODEL_LIFETIME_H
#define PLEACH_MODEL_LIFETIME_H
#include "model/fleet.h"

/* Whether anything was said of its end or its place: then answers carry headers. */
static inline bool lifetime_is_said(const struct served *v) { return v->deprecated || v->sunset || v->successor.len || v->documentation.len; }
/* The brown-out that is on at `now`, with *ends set to its end; NULL: none. *change (may be NULL): the next time at which another answer may be right,
 * INT64_MAX: never. */
const struct brownout *lifetime_brownout(const struct served *v, int64_t now, int64_t *ends, int64_t *change);
/* One time of a brown-out; false when there is none with this number (from 0). */
bool lifetime_brownout_time(const struct brownout *b, uint64_t number, int64_t *from, int64_t *to);
/* The number of the time that is on, or else of the next one; of the last one when all are past. */
uint64_t lifetime_brownout_number(const struct brownout *b, int64_t now);
#endif
