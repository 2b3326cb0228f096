/* See otlp.h. */
#include "store/otlp.h"
#include "base/metric.h"
#include "base/pb.h"
#include "store/internal.h"
#include <stdio.h>

bool otlp_batch_id(struct str value, struct batch_id *id, struct err *e)
{
	uint8_t sender[8];
	uint64_t number;
	*id = (struct batch_id){ 0 };
	if (str_empty(value))
		return true;
	if (value.len < 18 || value.p[16] != '-' || !str_to_hex_bytes(str_sub(value, 0, 16), sender, sizeof(sender)) ||
	    !str_to_u64(str_skip(value, 17), &number))
		return err_set(e, ERR_INPUT, "Pleach-Batch is 16 hex digits, a hyphen and a number");
	id->sender = load_le(sender, sizeof(sender));
	id->number = number;
	return true;
}

/* --- in ------------------------------------------------------------------------------------------------------------------------------ */

static struct batch *decode(struct otlp *o, struct str body, struct err *e)
{
	struct batch_builder builder;
	struct ingest in;
	batch_builder_init(&builder);
	ingest_init(&in, &builder, sys_wall());
	/* An empty body is an empty protobuf message: nothing was sent, nothing is wrong. */
	bool ok = str_empty(body) || (o->json ? ingest_json(&in, o->signal, body, e) : ingest_protobuf(&in, o->signal, body, e));
	o->points = in.points;
	o->rejected = builder.rejected;
	o->cut = builder.cut;
	memcpy(o->why, builder.why, sizeof(o->why));
	ingest_release(&in);
	struct batch *b = ok ? batch_finish(&builder, e) : NULL;
	batch_builder_release(&builder);
	return b;
}

static void committed(struct batch *b, const struct err *result)
{
	struct otlp *o = b->ctx;
	o->done(o, result);
}

void otlp_take(struct otlp *o, struct str body, struct batch_id id)
{
	struct err e = { 0 };
	struct batch *b = decode(o, body, &e);
	if (!b) {
		o->done(o, &e);
		return;
	}
	metric_add(METRIC_STORE_REJECTED, o->rejected);
	metric_add(METRIC_STORE_METRIC_POINTS, o->points);
	if (batch_rows(b) == 0) {
		batch_free(b);
		o->done(o, NULL);
		return;
	}
	b->id = id;
	b->done = committed;
	b->ctx = o;
	store_submit(o->store, b);
}

/* --- out ----------------------------------------------------------------------------------------------------------------------------- */

struct str otlp_partial(const struct otlp *o, char space[OTLP_WORDS])
{
	if (o->points)
		return STR("metrics are counted, not kept, by this store");
	int n = 0;
	if (o->rejected)
		n = snprintf(space, OTLP_WORDS, "%s", o->why);
	else if (o->cut)
		n = snprintf(space, OTLP_WORDS, "%llu record(s) were over a limit of this store and lost a part", (unsigned long long)o->cut);
	return str_from(space, n > 0 ? (size_t)n : 0);
}

uint64_t otlp_rejected(const struct otlp *o)
{
	return o->signal == SIGNAL_METRICS ? o->points : o->rejected;
}

void otlp_response(const struct otlp *o, struct buf *out)
{
	char space[OTLP_WORDS];
	struct str message = otlp_partial(o, space);
	if (!message.len)
		return;
	size_t mark = pb_begin(out, 1);
	if (otlp_rejected(o))
		pb_varint(out, 1, otlp_rejected(o));
	pb_bytes(out, 2, message);
	pb_end(out, mark);
}
