/* Checks of registered services that ask (catalog/registrar): an HTTP address, with TLS or without, a TCP port, or gRPC's health service (grpc/doc/health-checking.md). Names are looked up off the thread. At
 * most CHECKS_AT_ONCE at a time; the rest waits a second. */
#ifndef PLEACH_PART_CONSUL_CHECKS_H
#define PLEACH_PART_CONSUL_CHECKS_H
#include "catalog/registrar/registrar.h"
#include "net/http_client.h"

enum { CHECKS_AT_ONCE = 64 };
struct consul_checks;
/* asked: a check was answered, and the registrar told. NULL: no memory. */
struct consul_checks *consul_checks_new(struct loop *l, struct http_client *client, struct registrar *r, void (*asked)(void *ctx), void *ctx);
/* Begins those whose time has come. */
void consul_checks_due(struct consul_checks *c, int64_t now);
/* Ends what is under way, telling nobody, frees, then calls closed (maybe at once: a name may still be looked up). The registrar may be gone. */
void consul_checks_close(struct consul_checks *c, void (*closed)(void *ctx), void *ctx);
#endif
