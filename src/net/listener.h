/* Listening sockets of the servers: each accepted connection is handed on; when descriptors run out, accepting is tried again a little later. */
#ifndef PLEACH_NET_LISTENER_H
#define PLEACH_NET_LISTENER_H
#include "base/err.h"
#include "net/loop.h"

/* Takes over the handle. local: came in over a Unix socket. May not close the listener. */
typedef void listener_f(void *ctx, int fd, const struct sys_addr *peer, bool local);

/* A list of them, in its owner; zero-initialised is empty. */
struct listener;
struct listeners { struct listener *first; };
/* Adds one. ERR_PORT_TAKEN says by whom. bound (may be NULL): the real address. */
bool listeners_add(struct listeners *list, struct loop *l, const struct sys_addr *a, struct sys_addr *bound, listener_f *fn, void *ctx, struct err *e);
void listeners_close(struct listeners *list);
#endif
