/* A call of another service over HTTP, JSON both ways, with a time-out, the trace context handed through,
 * and a sentence that says why where it failed. Connections are kept and used again. */
#ifndef SHOP_CLIENT_H
#define SHOP_CLIENT_H

#include <jansson.h>

#include "trace.h"

struct call {
	const char *dependency; /* its address is in the environment: "invoicing" is at INVOICING_URL */
	const char *path;       /* "/v1/invoices" */
	json_t *body;           /* sent with POST; borrowed */
	int timeout_ms;
	const struct trace *trace;
};

struct answer {
	long status;  /* 0: no answer came */
	json_t *body; /* NULL where the answer was no JSON */
	double duration_ms;
	char why[512]; /* a sentence, empty on success */
};

void client_setup(void);    /* once, before the first thread */
void client_teardown(void); /* once, after the last call */

/* True where the dependency answered 2xx with JSON. `answer` is filled in either case; release it. Any thread. */
bool client_post(const struct call *call, struct answer *answer);
void answer_release(struct answer *answer);

#endif
