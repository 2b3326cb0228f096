/* Whom a change breaks, by what was seen: lays the answer of GET /api/consumers (schema "Consumers" in tbl/schemas.json) over changes. In control and on the
 * command line alike, so both say the same.
 *
 * proved: the consumer's contract names the operation or field, or its calls within the window had it (or, of something that becomes required, were without it).
 * possible: its calls get the answer that changes, or what they have of it cannot be seen (a body that nobody looked at, a cookie, bytes that are no JSON).
 * not_seen: calls were watched for the whole window and none had it. no_data: they were not.
 * A change that every consumer is not_seen for breaks nobody who is known: reports tell it and do not fail for it. */
#ifndef PLEACH_CONTRACT_USAGE_VERDICT_H
#define PLEACH_CONTRACT_USAGE_VERDICT_H
#include "base/json.h"
#include "contract/change.h"

/* Sets `use` of changes of level warning and above that reach an operation of the answer (or all of them). Everything that is kept is copied into the changes'
 * arena. Changes of other contracts are left alone. */
void usage_judge(const struct json *consumers, struct changes *changes);
/* Where the data come from, in one sentence for people; in the arena. */
struct str usage_source_text(struct arena *a, const struct json *consumers);
#endif
