/* Our side of a Pact broker (control's own below /pact-broker, or another one): which pacts are to be verified, and the results back. It follows the
 * broker's links as Pact's verifiers do. Each request is waited for; the loop runs meanwhile.
 *
 * Links of a broker are absolute and may name it otherwise than we do (behind a proxy); of a link only path and query count, so credentials go to no other host. */
#ifndef PLEACH_CONTRACT_VERIFY_REMOTE_H
#define PLEACH_CONTRACT_VERIFY_REMOTE_H
#include "base/json.h"
#include "contract/verify/verify.h"

enum { BROKER_ANSWER_MAX = 64 << 20, BROKER_BYTES = 1 << 30, BROKER_LINK_MAX = 8192, BROKER_TAGS_MAX = 64, BROKER_SELECTORS_MAX = 64, BROKER_NOTICES_MAX = 64 };
struct remote {
	struct loop *loop;
	struct http_client *http;
	struct arena arena;          /* answers */
	struct url url;
	struct str headers;          /* Authorization line, or empty */
	int64_t timeout;
	struct str version;          /* Pleach's */
};
/* The address is found at once. token, or user and password, may be empty; what the URL says of a user counts where they are. False with e. */
bool remote_init(struct remote *b, struct loop *l, const struct url *u, struct str token, struct str user, struct str password, int64_t timeout, struct str version, struct err *e);
void remote_release(struct remote *b);

/* One request, waited for. target: path and query, that of the broker's URL included; body: JSON, or empty. Answers live in the arena. False with e for every status that
 * is no success: it says what the broker said. */
bool remote_ask(struct remote *b, const char *method, struct str target, struct str body, struct str *answer, struct err *e);
const struct json *remote_json(struct remote *b, const char *method, struct str target, struct str body, struct err *e);

struct remote_query {
	struct str provider, branch;
	const struct str *tags;      /* of the provider's version */
	size_t tag_count;
	const struct str *selectors; /* JSON objects */
	size_t selector_count;
	bool pending;
	struct str wip_since;        /* a date; empty: none */
};
/* Asks for the pacts and adds them to the verifier, none is no error. */
bool remote_fetch(struct remote *b, const struct remote_query *q, struct verify *v, struct err *e);
/* One pact by its URL's path. */
bool remote_get_pact(struct remote *b, struct str target, struct str name, struct verify *v, struct err *e);

struct remote_results { struct str version, branch, build_url; const struct str *tags; size_t tag_count; };
/* Publishes what came of each pact that the broker gave; branch and tags of the version first. *published: how many pacts' results it took. */
bool remote_publish(struct remote *b, const struct verify *v, const struct remote_results *r, size_t *published, struct err *e);
#endif
