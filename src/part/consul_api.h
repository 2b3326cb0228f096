/* Consul's API for services that register themselves (catalog/registrar), for control: /v1/agent, /v1/catalog, /v1/health, /v1/status. Registrations are kept on disk; checks are asked (consul_checks.h);
 * blocking queries wait for the next change. */
#ifndef PLEACH_PART_CONSUL_API_H
#define PLEACH_PART_CONSUL_API_H
#include "catalog/registrar/registrar.h"
#include "net/http_client.h"
#include "net/http_server.h"

struct consul_api;
struct consul_api_options { struct http_client *client; struct str file /* where registrations are kept; must live as long */; void (*log)(void *ctx, uint8_t severity, struct str message); void *log_ctx; };
struct consul_api *consul_api_new(struct loop *l, const struct consul_api_options *o, struct err *e);
/* As a guest of control, of each of the prefixes: the request's own path counts. */
void consul_api_handle(void *api, struct http_exchange *x, struct str path);
const struct found *consul_api_found(const struct consul_api *a);
/* Ends what is under way, frees, then calls closed (maybe at once). */
void consul_api_close(struct consul_api *a, void (*closed)(void *ctx), void *ctx);
#endif
