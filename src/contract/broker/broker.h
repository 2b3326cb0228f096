/* A broker of consumer-driven contracts: the Pact Broker's HAL API as Pact's own clients use it (docs/pact-broker.md), over one SQLite file. Every change is on disk
 * before it is answered (WAL, synchronous=FULL). Everything but the pacts' texts and the details of results is also in memory, arranged for the
 * matrix (broker_impl.h), so that a question never becomes a query: can-i-deploy takes microseconds however many services there are.
 * One thread. A request is answered before broker_handle returns; webhooks are delivered afterwards and delay nobody. */
#ifndef PLEACH_CONTRACT_BROKER_H
#define PLEACH_CONTRACT_BROKER_H
#include "net/http_server.h"

enum {
	BROKER_PACT_MAX = 10 << 20,          /* bytes of one pact */
	BROKER_BODY_MAX = 16 << 20,          /* bytes of a request: such a pact in base64, and what goes with it */
	BROKER_NAME_MAX = 255,               /* bytes of any name, number of a version, tag, branch */
	BROKER_TEXT_MAX = 2048,              /* bytes of a URL or description */
	BROKER_PACTICIPANTS_MAX = 20000,
	BROKER_ENVIRONMENTS_MAX = 200,
	BROKER_VERSIONS_MAX = 2000000,       /* of all pacticipants together */
	BROKER_PACTS_MAX = 4000000,          /* published, all together; also of results */
	BROKER_TAGS_MAX = 64,                /* of one version; also its branches */
	BROKER_BRANCHES_MAX = 20000,         /* of one pacticipant */
	BROKER_SELECTORS_MAX = 64,           /* of one question */
	BROKER_ROWS_MAX = 20000,             /* rows of the matrix that one question looks at */
	BROKER_RESULTS_MAX = 1 << 20,        /* bytes of the details of one verification */
	BROKER_WEBHOOKS_MAX = 1000,
	BROKER_WEBHOOK_BODY_MAX = 64 << 10,  /* bytes of a webhook's body, before and after its variables are filled in */
	BROKER_DELIVERIES_MAX = 1000,        /* waiting to be sent; more are not sent, which is logged and shown */
	BROKER_DELIVERING_MAX = 8,           /* being sent at one time */
	BROKER_ATTEMPTS_MAX = 5              /* of one delivery */
};
struct broker;
/* Opens the file, or creates it. Never NULL for a fault of the file: then every request is answered with it (503), and `e` is set for the caller's log.
 * NULL only where there is no memory. log: one line about webhooks; must not keep the message. */
struct broker *broker_new(struct loop *l, struct str file, void (*log)(void *ctx, uint8_t severity, struct str message), void *ctx, struct err *e);
/* Answers. `path` is the request's path below the base URL: empty, or beginning with '/'. `prefix` is what stands before it: "/pact-broker". */
void broker_handle(struct broker *b, struct http_exchange *x, struct str prefix, struct str path);
/* Answers GET /api/integrations and /api/integrations/{consumer}/{provider}, for the console; path: what follows "/api/integrations". */
void broker_integrations(struct broker *b, struct http_exchange *x, struct str path);
/* Answers a request whose body is larger than BROKER_BODY_MAX (there is none). */
void broker_refuse_large(struct http_exchange *x);
/* Pacts that count for a provider now: those of consumer versions that are deployed or released in the environments (count 0: of each consumer the newest of its main
 * branch, else its newest). `pact` is its path below the base URL; texts live until the next request. */
struct broker_current { struct str consumer, version, pact, sha /* of its meaning */; int64_t content; };
void broker_current_pacts(const struct broker *b, struct str provider, const struct str *environments, size_t count, void (*each)(void *ctx, const struct broker_current *p), void *ctx);
/* How each provider that has any stands to the pacts that count for it now (as above, without environments): how many there are, and what the newest result of each says; those without one are in neither.
 * failed_of: the consumer of one that failed; empty: none did. Texts live until the next request. */
struct broker_verified { struct str provider; size_t pacts, verified, failed; struct str failed_of; };
void broker_verified_providers(const struct broker *b, void (*each)(void *ctx, const struct broker_verified *v), void *ctx);
/* The text of a content, into the arena; p NULL: it cannot be read. */
struct str broker_content_read(struct broker *b, int64_t content, struct arena *a);
/* Deliveries in progress end unfinished; those that wait are made after the next start. */
void broker_free(struct broker *b);
#endif
