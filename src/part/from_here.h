/* Requests to control that change something on this machine: who may make them, and what they name.
 *
 * Only from this machine: over the Unix socket, or over loopback as JSON (which no page of another origin may send unasked). A page in a browser may if it is the console's own: its origin is the address that was
 * asked, and that is no name, which somebody could have made to lead here. */
#ifndef PLEACH_PART_FROM_HERE_H
#define PLEACH_PART_FROM_HERE_H
#include "net/http_server.h"

/* False with e: why not. */
bool from_here(const struct http_exchange *x, struct err *e);
/* A step of a path without its percent signs, in the exchange's arena; as it is where they are wrong. */
struct str path_step(struct http_exchange *x, struct str raw);
#endif
