/* Discovery, for control: follows the registries that pleach.yaml names (Consul, etcd, Kubernetes) and knows at each moment what they say is there. GET /api/discovery answers; the
 * catalogue takes what is there into its picture. A registry that is away keeps what it said last, and how old that is. */
#ifndef PLEACH_PART_DISCOVERY_H
#define PLEACH_PART_DISCOVERY_H
#include "catalog/discovery/found.h"
#include "catalog/picture/picture.h"
#include "net/http_client.h"
#include "net/http_server.h"

#define DISCOVERY_PATH "/api/discovery"
struct discovery;
struct discovery_options {
	struct http_client *client;
	const struct found *registered; /* what has registered here; lives as long */
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *log_ctx;
};
struct discovery *discovery_new(struct loop *l, const struct discovery_options *o, struct err *e);
/* As a guest of control (control/control.h). */
void discovery_fleet(void *discovery, const struct fleet *f);
void discovery_handle(void *discovery, struct http_exchange *x, struct str path);
/* What is there now, for a picture: in the arena. */
const struct picture_found *discovery_found(struct discovery *d, struct arena *a, size_t *n);
/* What could not be asked, in words, in the arena; empty: nothing. */
struct str discovery_missing(const struct discovery *d, struct arena *a);
/* Ends what is under way, frees, then calls closed (maybe at once). */
void discovery_close(struct discovery *d, void (*closed)(void *ctx), void *ctx);
#endif
