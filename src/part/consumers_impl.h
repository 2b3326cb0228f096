/* Between the files of consumers*.c only (consumers.h). */
#ifndef PLEACH_PART_CONSUMERS_IMPL_H
#define PLEACH_PART_CONSUMERS_IMPL_H
#include "base/json.h"
#include "base/map.h"
#include "contract/broker/broker.h"
#include "part/consumers.h"

/* What is copied of the catalogue; sorted by name, as services of a fleet are. */
struct known_service {
	struct str name, owner, contact, directory;
	struct served *serves;
	size_t serves_count;
	struct str *calls;           /* names of the services that it says it calls */
	size_t calls_count;
};
struct consumers {
	struct loop *loop;
	struct usage *usage;
	struct contracts *contracts;
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *log_ctx;
	struct arena arena;          /* of what is copied */
	struct str root;             /* of the fleet */
	struct known_service *services;
	size_t count;
	int64_t window_ms;
	uint32_t threshold;
	struct str *environments;
	size_t environments_count;
	struct broker *broker;       /* whose pacts count; NULL: none */
	struct map pacts;            /* what was read of pacts: by content or by file and its time (consumers_pacts.c) */
	struct arena files_arena;    /* of `files` */
	struct folder_pact { const struct known_pact *pact; struct str place; } *files; /* pacts in the folders of services, as they were a moment ago */
	size_t files_count, files_capacity;
	int64_t files_at;            /* when they were looked at; monotonic ns, 0: never */
	struct { struct sys_addr store; struct http_client *client; struct http_call *call; struct timer timer; int64_t window; struct buf clients; } spans; /* consumers_spans.c */
	struct timer watch;          /* looks which versions have operations, and forgets what is old */
};
/* What a pact names of a service's version. operation "": its call fits none. */
struct contract_use { struct str operation, consumer, pact /* the broker's path, or a file */; const struct str *fields; size_t fields_count; };
/* Of the broker's pacts that count now and of the files in the services' folders `pacts`, sorted by operation and consumer. Lives in the arena and until the next call.
 * False when the arena is full. */
bool consumers_contracts(struct consumers *c, const struct known_service *s, const struct operation *operations, size_t count, struct arena *a, struct contract_use **list, size_t *n);
void consumers_forget_pacts(struct consumers *c);
void consumers_spans_stop(struct consumers *c);
const struct known_service *consumers_service(const struct consumers *c, struct str name);
#endif
