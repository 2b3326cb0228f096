/* One OTLP request on its way into the store, however it came (api_otlp.c: HTTP; api_grpc.c: gRPC): decoded, submitted, and answered after the
 * commit. What differs between the two, how answers are written, stays with them. */
#ifndef PLEACH_STORE_OTLP_H
#define PLEACH_STORE_OTLP_H
#include "store/ingest.h"
#include "store/store.h"

/* Embedded in the request of its kind. */
struct otlp {
	struct store *store;
	enum signal signal;
	bool json;
	/* Called exactly once, by otlp_take or after the commit. error: NULL when everything that could be kept is on disk. */
	void (*done)(struct otlp *o, const struct err *error);
	/* What the answer of a success says. */
	uint64_t rejected, cut, points;
	char why[160];
};
/* "<16 hex>-<n>" (Pleach-Batch); empty is fine. */
bool otlp_batch_id(struct str value, struct batch_id *id, struct err *e);
/* Decodes the body (of the request's encoding) and submits it. The caller has asked store_has_room. */
void otlp_take(struct otlp *o, struct str body, struct batch_id id);
enum { OTLP_WORDS = 320 };
/* The words of a partial success, or of a warning where nothing was rejected; empty for a full success. */
struct str otlp_partial(const struct otlp *o, char space[OTLP_WORDS]);
/* How many records of the signal were not kept. */
uint64_t otlp_rejected(const struct otlp *o);
/* The Export…ServiceResponse in protobuf, the same for all three signals. */
void otlp_response(const struct otlp *o, struct buf *out);
#endif
