/* Which services sent how many records and spans, per bucket of EDGE_BUCKET: kept and written as the call counts are (edges.h). */
#ifndef PLEACH_STORE_SEEN_H
#define PLEACH_STORE_SEEN_H
#include "store/edges.h"

enum { SEEN_MAX_KEYS = 16384 };
struct seen { int64_t bucket; struct str service; uint64_t records, spans; int64_t last; };
struct seen_table { struct map map; struct arena arena; };
void seen_table_init(struct seen_table *t);
void seen_table_release(struct seen_table *t);
/* Beyond SEEN_MAX_KEYS a service is counted as EDGE_OTHER. */
/* The entry of a service and bucket, made when it is not there (or that of all others, when there are too many); NULL: no memory. It stays where it is. */
struct seen *seen_table_entry(struct seen_table *t, int64_t bucket, struct str service);
void seen_add(struct seen *e, uint64_t records, uint64_t spans, int64_t last);
void seen_table_add(struct seen_table *t, const struct seen *s);
void seen_table_encode(const struct seen_table *t, struct buf *out);
bool seen_decode(struct bytes *r, struct seen *s);
#endif
