/* Fair shares of a bounded queue: while there is plenty of room anybody may add; beyond half of it, each source has a small budget a second. So a
 * service that shouts fills its own share, and the lines of a quiet one still go through. Used by the node's way to the store.
 * Sources are told apart by a hash of their name; two that meet in one slot share its budget. */
#ifndef PLEACH_PART_FAIR_H
#define PLEACH_PART_FAIR_H
#include "base/str.h"

enum { FAIR_SLOTS = 1024 };
struct fair {
	size_t limit;                /* bytes of the queue */
	struct fair_slot { int64_t second, told; size_t bytes; uint64_t lost; } slots[FAIR_SLOTS];
};
/* May this source add n bytes now? queued: what the queue holds; now: monotonic ns. Counts the bytes when it may. */
bool fair_allows(struct fair *f, struct str source, size_t n, size_t queued, int64_t now);
/* Counts a loss of this source; true for the first in its second, with the number of losses since it was last true. */
bool fair_lost(struct fair *f, struct str source, int64_t now, uint64_t *lost);
#endif
