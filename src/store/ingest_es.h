/* Elasticsearch's bulk format in: an action line, then (but for delete) a document. Empty lines between are skipped, the last end of line may be
 * missing; actions are create, index, update and delete in any of their spellings. */
#ifndef PLEACH_STORE_INGEST_ES_H
#define PLEACH_STORE_INGEST_ES_H
#include "base/err.h"
#include "store/lines.h"

/* Records into l; the items of the answer, each followed by a comma but the last, into `items`. index: of actions that name none, may be empty.
 * False with e: an action that is none, or one without its document. */
bool es_bulk_read(struct lines *l, struct str body, struct str index, struct buf *items, struct err *e);
/* The service that an index stands for: its name without date, number and the data stream's "logs-…-default". May be empty. Part of index. */
struct str es_service(struct str index);
#endif
