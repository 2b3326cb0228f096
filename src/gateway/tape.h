/* Calls of one consumer to one service, whole, while somebody listens: what a draft of the consumer's contract is made of. Off unless asked for; one listener at a time.
 * Bounded: bodies of TAPE_BODY_MAX (a longer one is told as cut), TAPE_CALLS_MAX calls under view at one time (others pass unseen). A call that a transform changes is not taken.
 * Nothing of it waits or fails a call. */
#ifndef PLEACH_GATEWAY_TAPE_H
#define PLEACH_GATEWAY_TAPE_H
#include "base/buf.h"
#include "gateway/gateway.h"

enum { TAPE_BODY_MAX = 64 << 10, TAPE_CALLS_MAX = 16 };
struct call;
struct tape_call { struct buf request, answer; struct buf answer_type; bool cut; };
struct tape { bool on; char consumer[64], service[64]; size_t calls; void (*take)(void *ctx, const struct taped *t); void *ctx; };
void tape_begin(struct call *k);
/* A piece of the request's body, of the answer's; the answer's head is there. */
void tape_request(struct tape_call *t, struct str piece);
void tape_answer(struct tape_call *t, struct str piece);
void tape_head(struct call *k);
/* The call has ended: told, when it was answered by the service, and forgotten. */
void tape_end(struct call *k);
void tape_drop(struct call *k);
#endif
