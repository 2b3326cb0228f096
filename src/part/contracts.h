/* The contracts of a running fleet, for control: reads the schemas that services name, keeps each distinct version that it has seen with the time at which it saw
 * it first, and answers /api/contracts (tbl/routes.h). Reading and comparing run off the loop's thread; a schema that cannot be read is a problem of its entry, and what
 * was kept of it stays.
 *
 * On disk, below the state folder: contracts/<digest>.lock (a contract's files, in the form of contract.lock) and contracts/index.json (which
 * service's version had which digest since when). */
#ifndef PLEACH_PART_CONTRACTS_H
#define PLEACH_PART_CONTRACTS_H
#include "model/fleet.h"
#include "model/operations.h"
#include "net/http_server.h"

enum { CONTRACTS_MAX = 4096 /* schemas of a fleet */, CONTRACTS_KEPT_MAX = 50 /* versions kept of one */, CONTRACTS_JOBS_MAX = 32 /* asked and not answered yet */ };
struct contracts;
/* `state`: the folder. log: one line for the part's log. NULL with e where the index cannot be read or there is no memory. */
struct contracts *contracts_new(struct loop *l, struct str state, void (*log)(void *ctx, uint8_t severity, struct str message), void *ctx, struct err *e);
/* The files of the fleet changed: what it says of schemas is copied. */
void contracts_fleet(void *contracts, const struct fleet *f);
/* What changes for callers who move from one version of a service's API to another (both as if they had the older one's path), by the newest contracts that are kept.
 * changes == NULL: not known, `problem` says why; asked again later it may be. Holds until the loop's next turn. */
struct changes;
struct contracts_between { const struct changes *changes; struct str problem; };
struct contracts_between contracts_between(struct contracts *c, struct str service, struct str from, struct str to);
/* Whether the transform by which `v` is served holds, by the newest contracts of both versions. verdict == NULL: not known, `problem` says why; asked again later it may be.
 * Holds until the loop's next turn. */
struct transform_verdict;
struct contracts_transform { const struct transform_verdict *verdict; struct str problem; };
struct contracts_transform contracts_transform(struct contracts *c, struct str service, const struct served *v);
/* Answers. `path`: behind "/api/contracts". */
void contracts_handle(void *contracts, struct http_exchange *x, struct str path);
/* What the newest readable contract of a served version takes over HTTP, with paths as the service sees them; NULL, *n == 0: there is none, or it was not read yet.
 * Lives until the loop goes on. */
const struct operation *contracts_operations(void *contracts, struct str service, const struct served *served, size_t *n);
/* What is known of a version's consumers (schema "Consumers"), as JSON into out; false: nothing. */
void contracts_ask_consumers(struct contracts *c, bool (*answer)(void *ctx, struct str service, struct str version, struct buf *out), void *ctx);
/* changed: the operations of any version. */
void contracts_on_operations(struct contracts *c, void (*changed)(void *ctx), void *ctx);
/* Ends what is under way, frees, then calls closed (maybe at once). */
void contracts_close(struct contracts *c, void (*closed)(void *ctx), void *ctx);
#endif
