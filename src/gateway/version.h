/* What a version of an API that goes away, or that another version's provider serves, means for its calls. Only routes of such versions have one
 * (`route->life`), so calls of all others pay for one look at a pointer. Made with the plan, immutable. */
#ifndef PLEACH_GATEWAY_VERSION_H
#define PLEACH_GATEWAY_VERSION_H
#include "model/lifetime.h"
#include "model/transform.h"

struct version {
	const struct served *served;        /* of the plan's snapshot */
	struct str owner, contact;          /* of the service */
	struct str deprecation, sunset;     /* lines of an answer's head, each with its end; empty: not said */
	struct str links[2];                /* `Link`, as callers within the fleet see the successor's path, and as those at the edge do */
	struct str provider_path;           /* path of `served_by`; empty: it is served itself */
	const struct transform *transform;  /* NULL: only the path changes */
};
struct plan;
struct snap_service;
/* NULL: there is nothing to do for this version, or (with e set) its transform cannot be read. */
const struct version *version_new(struct arena *a, const struct snap_service *s, const struct served *v, struct err *e);

struct call;
/* Appends the lines to an answer that we make ourselves. */
void version_own_lines(const struct version *v, bool outside, struct buf *b);
/* Whether a brown-out is on now; then *ends is its end. */
const struct brownout *version_brownout(const struct call *k, int64_t *ends);

/* --- shift.c: a call to a version that another one's provider serves ----------------------------------------------------------------------- */
struct shift;
/* Admitted: finds the operation, makes the path. CALL_OK, or why the call is refused; what was made is freed by shift_free. */
enum call_reason shift_begin(struct call *k);
void shift_free(struct shift *s);
/* The request's body must be had as a whole before it can be sent: the call is in CALL_COLLECTING. */
bool shift_collects(const struct call *k);
/* Takes what has come of it, begins the first attempt when it is complete. May end the call. */
void shift_collect(struct call *k);
/* The head that the provider gets, and the first part of a body of ours. 0 or why the connection failed. */
int shift_request(struct call *k, struct str data);
/* Sends on of a body of ours what fits; true when there is none, or all has been sent. */
bool shift_request_sent(struct call *k);
/* The answer's head is complete: whether the body is to be collected (then nothing is passed on until it is whole). False with *why set: the
 * call fails. */
bool shift_takes_answer(struct call *k, enum call_reason *why);
bool shift_has_answer(const struct call *k);      /* it is being collected */
bool shift_add(struct call *k, struct str data);  /* false: too large; the call has failed */
/* It is whole: transforms and sends it. False: the call has failed. */
bool shift_answer(struct call *k);
/* Sends on what fits; false when there is more to send, or the call has ended. */
bool shift_answer_sent(struct call *k);
/* The status that the caller gets. */
int shift_status(const struct call *k);
#endif
