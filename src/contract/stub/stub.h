/* A stub of a provider: answers the requests of pacts' HTTP interactions as the pacts say it, so that a consumer can run without the provider.
 *
 * Interactions are found by method and path (one hash look-up; those whose path has rules are tried after that, in the order of the pacts), then the first whose
 * request fits answers. Answers without generators are made once. A request that fits nothing is answered with what comes nearest and why: 404 where no
 * interaction has its path, 500 where one has and the rest differs, as Pact's own mock server does.
 *
 * The header `pleach-state: NAME` chooses among interactions by provider state (an empty one: those without states). */
#ifndef PLEACH_CONTRACT_STUB_H
#define PLEACH_CONTRACT_STUB_H
#include "contract/pact/match.h"
#include "net/http_server.h"

enum {
	STUB_INTERACTIONS_MAX = 100000,
	STUB_BYTES = 1 << 30,              /* of all prepared answers */
	STUB_SCRATCH_BYTES = 256 << 20,    /* of one request's comparison */
	STUB_NEAREST_MAX = 200,            /* interactions that are compared in full to explain a request that fits none */
	STUB_SHOWN_MAX = 3,                /* of them that are told */
	STUB_KNOWN_MAX = 50                /* paths that are told where the path is not known */
};
struct stub_options {
	bool cors;                         /* answers browsers of any origin, preflights too */
	struct str state;                  /* which interactions count where a request names no state; p NULL: all */
	struct str base_url;               /* ours, for generators */
	/* Told of each request that fits nothing; the words are for people. May be NULL. */
	void (*missed)(void *ctx, struct str method, struct str target, struct str words);
	void *ctx;
};
struct stub;
struct stub *stub_new(const struct stub_options *o);
void stub_free(struct stub *s);
/* Adds the HTTP interactions of a pact, which must live as long as the stub; `name` is how answers call it. *added: how many. False with e: a limit, or an answer that
 * cannot be sent. */
bool stub_add(struct stub *s, const struct pact *p, struct str name, size_t *added, struct err *e);
void stub_set_base_url(struct stub *s, struct str url);
/* The handler of an http_server; ctx is the stub. */
void stub_serve(void *ctx, struct http_exchange *x);
#endif
