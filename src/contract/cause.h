/* Changes gathered by cause: what is found again and again through shared parts (a parameter of the components that a hundred operations use) is one
 * change that remembers which operations reach it. Used by the comparisons of formats whose operations share parts. */
#ifndef PLEACH_CONTRACT_CAUSE_H
#define PLEACH_CONTRACT_CAUSE_H
#include "contract/spot.h"

struct cause;
struct causes {
	struct changes *out;
	struct arena arena;
	struct cause **slots; /* open addressing, by kind, subject and detail, as changes are told apart */
	struct cause *first, *last;
	size_t count, capacity;
};
void causes_init(struct causes *c, struct changes *out);
void causes_release(struct causes *c);
/* What is seen: kind, where it is on both sides, and `detail` (what tells it from another of the kind and subject). */
struct cause_key { enum change_kind kind; struct doc_spot before, after; struct str detail; };
/* Notes that `operation` reaches the cause. Returns the change when it was seen for the first time, to be filled (places and subject are set,
 * the sentence is not; `subject` and the key's detail are copied, `operation` must live as long as the changes); NULL when it is known already, or was
 * dropped. The pointer holds until the next call. */
struct change *cause_seen(struct causes *c, const struct cause_key *key, struct str subject, struct str operation, enum reach_direction direction);
/* Gives each change its operations, sorted. Once, before the changes are sorted. */
void causes_done(struct causes *c);
#endif
