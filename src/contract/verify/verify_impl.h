/* The inside of the verifier: one interaction on its way (verify_run.c), and the kinds of exchange (verify_http.c, verify_message.c, verify_grpc.c). */
#ifndef PLEACH_CONTRACT_VERIFY_IMPL_H
#define PLEACH_CONTRACT_VERIFY_IMPL_H
#include "contract/verify/verify.h"

struct verify_job {
	struct verify *run;
	struct verify_result *result;
	struct arena arena;        /* until the interaction is over */
	uint32_t state;            /* the next one to set up, then to tear down */
	uint32_t set_up;           /* how many states are */
	bool tearing_down, exclusive;
	const struct doc *values;  /* what setting up the states answered: an object, or NULL */
	struct pact_part request;  /* with generated values */
	int64_t began;
};
/* Each begins the exchange; verify_answered is called later, exactly once. False with result->err set: it could not begin. */
bool verify_http_begin(struct verify_job *j);
bool verify_message_begin(struct verify_job *j);
bool verify_grpc_begin(struct verify_job *j);
/* The verdict is in the result (verdict, mismatches, err): goes on to the teardown. */
void verify_answered(struct verify_job *j);
/* The result where nothing could be compared; false. */
bool verify_failed(struct verify_job *j, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The verdict of a comparison. */
void verify_compared(struct verify_job *j, bool fits);

/* What is added to a message of HTTP: the overrides, User-Agent; in `b` as lines. `has` tells which names the pact has said already, and may be NULL. */
void verify_common_headers(const struct verify_job *j, bool accept, struct buf *b);
const struct verify_header *verify_override(const struct verify *v, struct str name);
/* The answer's header lines as fields; in the job's arena. */
bool verify_headers(struct verify_job *j, const struct http1_head *head, struct pact_fields *out);
/* The answer's body, decompressed where it came so. False: failed. */
bool verify_body(struct verify_job *j, const struct http_result *r, struct str *body);
/* ERR_… of a call that got no answer, for people: what was called and why not. */
void verify_no_answer(struct verify_job *j, const struct url *u, const char *what, const struct http_result *r);
/* The request of the interaction with its generators' values in j->request. False: failed. */
bool verify_generate(struct verify_job *j);
/* A request with its generators' values; `p` itself where it has none. NULL: failed. */
const struct pact_part *verify_generated(struct verify_job *j, const struct pact_part *p);
#endif
