/* Under which names requests have what changes are about: "query.limit", "body.items[].sku" – those by which calls are counted (contract/usage/usage.h), so that a change can be held against what
 * consumers were seen to send. A format walks the requests of both sides when all its changes are there, and says of each place its subject and its name. */
#ifndef PLEACH_CONTRACT_REQUEST_NAMES_H
#define PLEACH_CONTRACT_REQUEST_NAMES_H
#include "base/map.h"
#include "contract/change.h"

enum { REQUEST_NAMES_MAX = 512 /* of one change; what is beyond has none */ };
struct request_names {
	struct changes *out;
	struct map by_subject;             /* to index + 1 of wanted */
	struct wanted_name { struct str subject; size_t change, next; /* index + 1 of another change of this subject */ } *wanted;
	size_t count, capacity;
};
/* The changes from `first` on of level warning and above that reach requests. `a` is scratch. False: there is none of them, nothing need be walked. Always to be released. */
bool request_names_init(struct request_names *n, struct changes *out, size_t first, struct arena *a);
void request_names_release(struct request_names *n);
/* `operation` is as in the changes' reach. The texts are copied. */
void request_names_add(struct request_names *n, struct str subject, struct str operation, struct str name);
#endif
