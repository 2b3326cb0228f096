/* What registries answer, read without I/O: Consul's catalogue and health, etcd's ranges and watches, Kubernetes' endpoint slices and their watch. Whoever asks
 * (part/discovery.h) gives the answers; what is wrong in them is passed over, and nothing in them is trusted. */
#ifndef PLEACH_CATALOG_DISCOVERY_REGISTRIES_H
#define PLEACH_CATALOG_DISCOVERY_REGISTRIES_H
#include "base/json.h"
#include "catalog/discovery/found.h"

/* --- Consul (developer documentation, "Blocking Queries", HTTP API "Catalog" and "Health") --------------------------------------------------------------------- */

/* The index to ask with next, after asking with `asked` (0: not blocking) and getting `got` in X-Consul-Index: below 1 counts as 1, as 0 would not block; one that goes backwards
 * (restored, another leader) begins anew from 0. */
uint64_t consul_next_index(uint64_t asked, uint64_t got);
/* Patience with answers that come at once: BURST of them, then one each REFILL. Blocking queries return without a change too. */
enum { CONSUL_BURST = 2 };
#define CONSUL_REFILL (INT64_C(15) * 1000000000) /* ns */
struct consul_bucket { int64_t tokens /* ns of refill */, last; bool begun; };
/* Takes one; how long to wait (ns) before the next question. now: monotonic, ns. */
int64_t consul_bucket_take(struct consul_bucket *b, int64_t now);
/* Names of /v1/catalog/services, Consul's own left out; in the arena. NULL: that is no such answer. */
const struct str *consul_names(const struct json *answer, struct arena *a, size_t *n);
/* /v1/health/service/NAME: replaces the service's instances. False: that is no such answer. Proxies and gateways of the mesh are left out. */
bool consul_health(struct found *f, struct str service, const struct json *answer, struct arena *a);

/* --- etcd v3 (documentation "gRPC gateway", rpc.proto): keys and values in base64, 64-bit numbers as text -------------------------------------------------------- */

/* The last byte of the prefix plus one: the end of the range of all keys that begin with it (rpc.proto, RangeRequest); "\0": to the end of all. */
struct str etcd_range_end(struct str prefix, struct arena *a);
enum { ETCD_PAGE = 1000 /* keys */, ETCD_KEYS_MAX = 1000000, ETCD_KEY_MAX = 2 << 20 /* bytes; etcd itself takes requests of 1.5 MiB */, ETCD_BODY_MAX = 4 << 20 };
/* Bodies of questions, appended. A page of at most `limit` keys in their order: from `from` on (empty: from the prefix), as the store was at `revision` (0: now). */
void etcd_range_body(struct buf *out, struct str prefix, struct str from, int64_t revision, int limit, struct arena *a);
/* revision: from which on. */
void etcd_watch_body(struct buf *out, struct str prefix, int64_t revision, struct arena *a);
/* A key below the prefix: `orders/1` is an instance of orders; the value is "host:port", a URL, or JSON with Addr (etcd's own naming for gRPC), or host and port (SkyDNS). */
bool etcd_instance(struct instance *out, struct str prefix, struct str key, struct str value, struct arena *a);
/* The page that begins at `from`; empty: the first, which begins a listing and sets *revision, that of the store, for the others and for the watch. *next: where the next page begins, in the arena;
 * empty: this was the last, and what was in none of them is gone. False: that is no such answer, or one that would not come to an end. */
bool etcd_range(struct found *f, struct str prefix, const struct json *answer, struct str from, int64_t *revision, struct str *next, struct arena *a);
/* An error that says that the revision asked for is compacted away: list anew. */
bool etcd_compacted(const struct json *answer);
enum etcd_line { ETCD_GOES_ON, ETCD_ANEW /* cancelled or compacted: range again */, ETCD_NOT_ITS };
/* A line of a watch. *revision moves on; *changed: something did. */
enum etcd_line etcd_watch(struct found *f, struct str prefix, const struct json *line, int64_t *revision, bool *changed, struct arena *a);

/* --- Kubernetes (API reference, discovery.k8s.io/v1 EndpointSlice; "Efficient detection of changes") --------------------------------------------------------------- */

/* A page of a list; the first (begin) begins a listing. *version: to watch from; *more: the token of the next page, empty: this was the last, and what is gone is gone. */
bool kubernetes_list(struct found *f, const struct json *answer, bool begin, struct str *version, struct str *more, struct arena *a);
enum kubernetes_line { KUBERNETES_GOES_ON, KUBERNETES_ANEW /* the version is too old (410): list again */, KUBERNETES_NOT_ITS };
/* A line of a watch: *version moves on, in the arena. */
enum kubernetes_line kubernetes_watch(struct found *f, const struct json *line, struct str *version, bool *changed, struct arena *a);
#endif
