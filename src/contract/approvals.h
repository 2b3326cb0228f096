/* Deliberate breaks. A team that decides to break somebody writes it down, one line a change, in contract-approvals.yaml:
 *
 *     - { change: 3f2a9c01d2e4, owner: billing, reason: "nobody reads it since March", expires: 2027-01-31 }
 *
 * `change` is the fingerprint that every report shows; the last day of validity is `expires`. An approved change fails nothing; an approval that
 * has expired is itself a change (kind approval-expired) and the break counts again. */
#ifndef PLEACH_CONTRACT_APPROVALS_H
#define PLEACH_CONTRACT_APPROVALS_H
#include "contract/change.h"

#define APPROVALS_FILE "contract-approvals.yaml"
enum { APPROVALS_MAX = 10000 };
struct approval {
	uint8_t fingerprint[6];
	struct str owner, reason, expires;
	int64_t ends;             /* wall ns at which it is over: the end of its last day, UTC */
	struct change_place place;
	bool beside;              /* its file stands beside the contract: then it must concern a change of it */
	bool used, expired;       /* set by approvals_apply */
};
struct approvals {
	struct arena arena;
	struct approval *items;
	size_t count, capacity;
};
/* Something to say that is no change: a file that cannot be read, an approval that nobody needs any more. */
struct report_note {
	bool failure;             /* it fails the run */
	struct change_place place;
	struct str text;
};
struct notes { struct arena arena; struct report_note *items; size_t count, capacity; };

void approvals_init(struct approvals *a);
void approvals_release(struct approvals *a);
/* Adds the lines of one file; the text is copied. False with e: file, line, column and what is expected. */
bool approvals_read(struct approvals *a, struct str file, struct str text, bool beside, struct err *e);
/* Adds a change for each expired approval of a change in `c` (and sorts `c` anew), and notes about approvals that concern no change. */
void approvals_apply(struct approvals *a, int64_t now, struct changes *c, struct notes *notes);
/* The valid approval of a change; NULL where there is none. After approvals_apply. */
const struct approval *approvals_of(const struct approvals *a, const struct change *x);

void notes_init(struct notes *n);
void notes_release(struct notes *n);
/* The text is formatted into the notes' arena, the file copied. */
void notes_add(struct notes *n, bool failure, struct change_place place, const char *format, ...) __attribute__((format(printf, 4, 5)));
void notes_error(struct notes *n, const struct err *e);
#endif
