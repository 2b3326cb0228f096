/* GET /api/record?consumer=&service= of the gateway, on its Unix socket only: whole calls of an edge as they end, one line of JSON each (schema "RecordedCall" in tbl/schemas.json), until
 * the reader leaves. One reader at a time; a reader that does not keep up misses calls, and is told how many. */
#ifndef PLEACH_PART_RECORD_CALLS_H
#define PLEACH_PART_RECORD_CALLS_H
#include "gateway/gateway.h"
#include "net/http_server.h"

#define RECORD_CALLS_PATH "/api/record"
void record_calls_handle(struct gateway *g, struct http_exchange *x);
#endif
