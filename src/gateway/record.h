/* The record of a call: one span with an event per attempt, encoded as OTLP straight into the sink's memory (model/call.h names everything).
 * What is the same for every call on a route is encoded when the plan is made. */
#ifndef PLEACH_GATEWAY_RECORD_H
#define PLEACH_GATEWAY_RECORD_H
#include "base/arena.h"
#include "gateway/plan.h"

struct call;
bool record_route_attributes(struct arena *a, struct route *r, struct str service);
bool record_caller_attributes(struct arena *a, struct lane *l);
/* Into out; empty when there is no room. */
struct str record_instance_attributes(char *out, size_t room, struct str instance, struct str address);
/* The record's beginning up to the span: the resource. Into out (at least 256 bytes). */
struct str record_resource(char *out, size_t room, struct str instance);
/* Encodes the call as it is now, its end being `end` (monotonic ns), into the sink. A full sink counts the loss itself. */
void record_call(struct call *k, int64_t end);
#endif
