/* OTLP 1.11 in: requests decoded record by record into a batch_builder, from protobuf (ingest_otlp_pb.c) or JSON (ingest_otlp_json.c).
 * Input comes from anybody; a message that is not OTLP fails with ERR_INPUT and words for the sender; a single record that cannot be
 * kept (a span without ids) is rejected and counted in the builder, as OTLP's partial success wants it. */
#ifndef PLEACH_STORE_INGEST_H
#define PLEACH_STORE_INGEST_H
#include "store/batch.h"

enum signal { SIGNAL_LOGS, SIGNAL_TRACES, SIGNAL_METRICS };
enum { INGEST_MAX_DEPTH = 32, INGEST_RECORD_ARENA = 160 << 20, INGEST_JSON_ARENA = 256 << 20 };

struct ingest {
	struct batch_builder *builder;
	struct arena record;      /* of one record: cleared after each */
	struct buf text;          /* for values that become JSON */
	int64_t arrival;          /* wall ns: for records that bring no time */
	uint32_t resource;        /* current one, in the builder */
	struct str scope;         /* current instrumentation scope's name */
	uint64_t points;          /* metric points seen */
};
void ingest_init(struct ingest *in, struct batch_builder *b, int64_t arrival);
void ingest_release(struct ingest *in);
bool ingest_protobuf(struct ingest *in, enum signal s, struct str body, struct err *e);
bool ingest_json(struct ingest *in, enum signal s, struct str body, struct err *e);

/* What both decoders share. Attributes given are those of the resource as sent; the three names are pulled out here. */
void ingest_resource(struct ingest *in, const struct attr *attrs, size_t n);
/* severity_text counts where there is no number. event: event_name. Fills in time and the attributes that have no field of their own. */
void ingest_log(struct ingest *in, struct log_record *r, struct str severity_text, struct str event, int64_t time);
void ingest_span(struct ingest *in, struct span *s);
/* A growing list of attributes in the record arena, with room for three of our own. */
struct attr_list { struct attr *items; size_t count, capacity; };
/* False when the arena is full. Beyond ROW_MAX_ATTRS + 1 attributes are only counted (the row's encoder sees that there were too many). */
bool attr_list_add(struct ingest *in, struct attr_list *l, struct attr a);
#endif
