/* The inside of the stub, shared by stub.c (interactions and their index), stub_serve.c (requests) and stub_miss.c (why nothing fits) only. */
#ifndef PLEACH_CONTRACT_STUB_IMPL_H
#define PLEACH_CONTRACT_STUB_IMPL_H
#include "base/arena.h"
#include "contract/pact/generate.h"
#include "contract/stub/stub.h"

struct stub_answer { int status; struct str type, headers, body; };
struct stub_entry {
	const struct pact *pact;
	const struct pact_interaction *interaction;
	struct str name;             /* of the pact */
	struct str path;             /* unescaped */
	struct stub_entry *next;     /* of the same method and path, or the next with rules */
	bool generates;
	struct stub_answer answer;   /* where it does not */
};
struct stub {
	struct stub_options o;
	struct arena arena, scratch;
	struct stub_entry **entries;
	size_t count, capacity;
	struct stub_entry **index;   /* by hash of method and path */
	size_t index_size;
	struct stub_entry *ruled, **ruled_end; /* whose paths have rules */
};
uint64_t stub_key(struct str method, struct str path);
/* The path of a request as it is compared: escapes undone, in `a` where there are any. */
struct str stub_path(struct arena *a, struct str path);
/* An answer of a response part; texts in `a`. */
bool stub_answer_of(const struct pact_part *p, struct arena *a, struct stub_answer *out, struct err *e);
bool stub_state_fits(const struct stub_entry *x, struct str state);
/* Answers a request that fits no interaction. state.p NULL: all count. */
void stub_missed(struct stub *s, struct http_exchange *x, const struct pact_actual *actual, struct str path, struct str state);
#endif
