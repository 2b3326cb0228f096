/* What a registry (Consul, etcd, Kubernetes) says is there: instances by the registry's own key, which is a service's name in Consul, a key in etcd, an endpoint slice in
 * Kubernetes. A key is replaced or removed as a whole; a whole listing anew is begun, put, and swept. Not shared between threads; texts are copied. */
#ifndef PLEACH_CATALOG_DISCOVERY_FOUND_H
#define PLEACH_CATALOG_DISCOVERY_FOUND_H
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"

enum { FOUND_KEYS_MAX = 50000, FOUND_INSTANCES_MAX = 100000 /* all in all */, FOUND_KEY_INSTANCES_MAX = 5000, FOUND_TEXT_MAX = 512 /* bytes; what is longer is cut */ };
enum instance_health { INSTANCE_UNKNOWN, INSTANCE_PASSING, INSTANCE_WARNING, INSTANCE_CRITICAL };
struct instance {
	struct str service, id;
	struct str address;         /* "10.0.0.5:8080"; empty: not told */
	struct str owner;           /* as its metadata names one (owner, team); empty: not told */
	enum instance_health health;
};
struct found_entry { struct arena arena; struct str key; struct instance *items; size_t count; bool marked; };
struct found { struct map entries; size_t instances; bool cut /* there was more than is kept */; };
void found_init(struct found *f);
void found_release(struct found *f);
/* Replaces what the key had. None: the key goes. What does not fit is left out, and `cut` says so. */
void found_put(struct found *f, struct str key, const struct instance *items, size_t count);
void found_remove(struct found *f, struct str key);
/* A whole listing: found_begin, found_put for each, and found_sweep, which removes what was not put since. found_keep: as found_put with what it has. */
void found_begin(struct found *f);
void found_keep(struct found *f, struct str key);
void found_sweep(struct found *f);
const char *instance_health_name(enum instance_health h);

/* Of one service, as one registry says. */
struct found_service { struct str service, owner; size_t instances, passing, critical; struct str first; /* address of one of them */ };
/* By name, in the arena with its texts. *n: how many. NULL where memory ends. */
const struct found_service *found_services(const struct found *f, struct arena *a, size_t *n);
#endif
