/* The store's own listeners, for senders that speak no HTTP: syslog (UDP and TCP on one port) and Fluent Forward (TCP). What they bring goes through
 * one intake; while that is full nobody is read. Named addresses only; part of the store's life (store_listen, store_close).
 *
 * Promises. A Forward message with a chunk id is acknowledged when its records are on disk, and sent again (same bytes, same id) it is acknowledged
 * without being kept twice, as far back as CHUNKS messages and the last start of the store. What comes over TCP is never dropped once read.
 * Datagrams that the system dropped because they came faster than they could be kept are counted. */
#ifndef PLEACH_STORE_LISTEN_H
#define PLEACH_STORE_LISTEN_H
#include "base/json.h"
#include "store/store.h"

struct listening;
/* NULL with e: nothing listens then. */
struct listening *listening_new(struct store *s, struct loop *l, const struct store_listen_options *o, struct err *e);
/* No more is read; what was read is handed to the store. The store then waits for its queue; acknowledgements still go out. */
void listening_close(struct listening *l);
void listening_free(struct listening *l); /* NULL is fine */
/* Elements of the array "listeners" of /api/store. NULL is fine. */
void listening_json(const struct listening *l, struct json_out *o);
#endif
