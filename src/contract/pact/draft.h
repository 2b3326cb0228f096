/* A draft of a consumer's contract from calls that were recorded (GET /api/record of the gateway): one interaction for each operation and answer status, of version 4. What all calls of one have in
 * common is in it, compared by type; values are those of the first call, secrets blotted out. A draft: what of it the consumer relies on, and the states that the provider must be in, somebody
 * decides who knows. */
#ifndef PLEACH_CONTRACT_PACT_DRAFT_H
#define PLEACH_CONTRACT_PACT_DRAFT_H
#include "base/arena.h"
#include "base/json.h"

enum { DRAFT_INTERACTIONS_MAX = 500, DRAFT_DEPTH_MAX = 32, DRAFT_MEMORY = 256 << 20 };
struct draft_interaction;
struct draft {
	struct arena arena;
	bool (*is_secret)(struct str key);
	struct draft_interaction *items;
	size_t count, capacity;
	size_t calls, left_out;      /* left_out: calls whose bodies were cut, compressed, or no JSON and no text */
};
void draft_init(struct draft *d, bool (*is_secret)(struct str key));
void draft_release(struct draft *d);
/* A line of the recording, parsed. False when the memory or DRAFT_INTERACTIONS_MAX is used up; what is there stays. */
bool draft_add(struct draft *d, const struct json *call);
/* The pact. version: of Pleach. False when `out` is full. */
bool draft_write(const struct draft *d, struct str consumer, struct str provider, struct str version, struct buf *out);
#endif
