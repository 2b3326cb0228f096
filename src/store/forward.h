/* Messages of the Fluent Forward protocol (Fluentd's Forward Protocol Specification v1, and what Fluent Bit and loggers really send) read into log
 * records. All four modes: one record, an array of entries, entries packed into bytes, the same compressed (gzip, also of several members; zstd).
 *
 * A message is looked through as a whole before any record of it is taken: it is taken whole or refused. Within one that is sound, a record
 * that cannot be read (nested too deep) is rejected alone and counted by the builder. */
#ifndef PLEACH_STORE_FORWARD_H
#define PLEACH_STORE_FORWARD_H
#include "base/msgpack.h"
#include "model/log_fields.h"
#include "store/batch.h"
#include "store/retime.h"

enum {
	FORWARD_MAX_MESSAGE = 16 << 20,   /* bytes as received */
	FORWARD_MAX_INFLATED = 32 << 20,  /* bytes of entries after decompression */
	FORWARD_MAX_RECORDS = 500000,     /* of one message */
	FORWARD_MAX_CHUNK = 256,          /* bytes of a chunk's id */
	FORWARD_MAX_RESOURCES = 8192,     /* in the builder; beyond, who speaks is an attribute of the record */
};
/* Memory that serves message after message; one loop's. */
struct forward_decoder {
	struct log_fields fields;
	struct arena arena;       /* trees of values */
	struct buf inflated, text;
	uint64_t retimed;         /* records whose time is not kept, so far */
};
bool forward_decoder_init(struct forward_decoder *d); /* false: no memory; release it all the same */
void forward_decoder_release(struct forward_decoder *d);

struct forward_message {
	bool nil;                 /* a heartbeat: nothing else is set */
	struct str tag, chunk;    /* chunk empty: no acknowledgement is wanted */
	int64_t signal;           /* fluent_signal: 0 logs, else metrics or traces, which are not for us */
	struct str entries;       /* [time, record] one behind the other */
	uint32_t count;
	bool single;              /* entries holds time and record of one, without the array around them */
};
/* Reads a whole message; text points into it or into the decoder, and is valid until the next call. ERR_INPUT, ERR_TOO_LARGE, ERR_NO_MEMORY. */
bool forward_read(struct forward_decoder *d, struct str bytes, struct forward_message *m, struct err *e);
/* Adds its records. host: of the sender where a record names none; may be empty. */
void forward_add(struct forward_decoder *d, const struct forward_message *m, const struct time_window *w, struct str host, struct batch_builder *b);
#endif
