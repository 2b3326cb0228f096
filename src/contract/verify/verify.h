/* Verifying pacts against a running provider: each interaction's request is sent, with its provider states set up before, and the answer compared with what the
 * consumer expects. HTTP interactions, messages (asked of an HTTP endpoint, as Pact's verifiers do it) and gRPC calls.
 *
 * Interactions run in the order of their pacts. One that may change the provider, or that sets states, runs alone; safe requests (GET, HEAD, OPTIONS) of which
 * no states are set run up to `parallel` at a time. An interaction's life (verify_run.c):
 *   SETUP      its states are set up, one after the other      all done: EXCHANGE; one refused: TEARDOWN, failed
 *   EXCHANGE   the request is out                              answered: compared, then TEARDOWN; no answer: TEARDOWN, failed
 *   TEARDOWN   the states that were set up are torn down, where that is wanted       all done: over
 *
 * Bounded: pacts as pact.h says, VERIFY_PACTS_MAX of them, answers of VERIFY_ANSWER_MAX bytes, every call by `timeout`. */
#ifndef PLEACH_CONTRACT_VERIFY_H
#define PLEACH_CONTRACT_VERIFY_H
#include "contract/pact/match.h"
#include "net/http_client.h"
#include "net/url.h"

enum {
	VERIFY_PACTS_MAX = 1000,
	VERIFY_ANSWER_MAX = 32 << 20,
	VERIFY_STATE_MAX = 1 << 20,        /* bytes that setting up a state may answer */
	VERIFY_PARALLEL_MAX = 64,
	VERIFY_HEADERS_MAX = 64,           /* overrides */
	VERIFY_JOB_BYTES = 512 << 20,      /* one interaction: request, answer as values, comparison */
	VERIFY_RESULTS_BYTES = 256 << 20   /* all mismatches */
};
enum verify_verdict {
	VERIFY_SKIPPED,                    /* a filter left it out, or --fail-fast ended before it */
	VERIFY_FITS,
	VERIFY_DIFFERS,                    /* mismatches */
	VERIFY_FAILED                      /* nothing to compare: err says why */
};
const char *verify_verdict_name(enum verify_verdict v); /* "skipped", "success", "failed", "error" */

struct verify_header { struct str name, value; };
struct verify_options {
	struct url provider;
	struct url messages, states, grpc; /* host empty: as provider (messages, grpc); none (states) */
	bool teardown;
	struct str interaction, state, consumer; /* filters: text that description, a state's name, the consumer's name must hold, with '*' for any; empty: all */
	bool stateless;                    /* only interactions without states */
	const struct verify_header *headers; /* laid over those of the pact */
	size_t header_count;
	int64_t timeout;                   /* ns for one call; 0: 10 s */
	unsigned parallel;                 /* 0: 4 */
	bool fail_fast;
	struct str version;                /* Pleach's, for User-Agent */
	/* Told after each interaction; may be NULL. */
	void (*progress)(void *ctx, size_t done, size_t all);
	void *ctx;
};

struct verify_pact;
struct verify_result {
	const struct pact_interaction *interaction;
	struct verify_pact *pact;
	struct text_place place;           /* of the interaction in the pact's text */
	struct str title, states;          /* "HTTP GET /orders/1"; "a, b" */
	enum verify_verdict verdict;
	bool pending;                      /* a failure is told and fails nothing */
	struct pact_mismatches mismatches;
	struct err err;
	int64_t took;                      /* ns */
};
struct verify_notice { struct str when, text; };
/* One pact and what came of it. */
struct verify_pact {
	struct str name;                   /* file or URL */
	const struct pact *pact;
	bool pending, wip;
	const struct verify_notice *notices; /* a broker's words for people */
	size_t notice_count;
	struct str provider_link, results_link; /* where a broker takes results; empty: nowhere */
	struct verify_result *results;
	size_t count;
	struct verify_pact *next;
};
struct verify_counts { size_t all, fit, differ, failed, pending, skipped; };

struct verify {
	struct loop *loop;
	struct http_client *http;
	struct verify_options o;
	struct arena arena;                /* pacts and results */
	struct verify_pact *pacts, **last;
	size_t pact_count, total, done;
	bool states_ignored;               /* some interaction names states and there is no URL to set them up */
	/* verify_run.c */
	struct verify_pact *next_pact;
	size_t next_index, running;
	bool exclusive, stop;
	struct deferred start;
};
void verify_init(struct verify *v, struct loop *l, const struct verify_options *o);
void verify_release(struct verify *v);
/* Reads a pact; its text is copied. NULL with e. Interactions that the filters leave out are marked so. A pact of another provider than `provider` (where that is
 * not empty) is refused. */
struct verify_pact *verify_add(struct verify *v, struct str name, struct str text, struct err *e);
/* Runs all of them, the loop with it. Always ends. */
void verify_run(struct verify *v);
struct verify_counts verify_count(const struct verify *v);
/* Whether anything that is not pending does not fit. */
bool verify_fails(const struct verify *v);

/* Reports. `provider` and `version` are what the results are about, as far as known. */
struct verify_about { struct str provider, version, branch, url; };
void verify_report_text(const struct verify *v, const struct verify_about *about, bool color, struct buf *out);
void verify_report_json(const struct verify *v, const struct verify_about *about, struct buf *out);
void verify_report_junit(const struct verify *v, const struct verify_about *about, struct buf *out);
#endif
