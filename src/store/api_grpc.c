/* OTLP/gRPC 1.11: the methods of tbl/grpc_methods.h. A batch is taken whole or refused; success is answered after the commit. What this shares
 * with OTLP over HTTP is in otlp.h. Metadata `pleach-batch` names a batch as the header of that name does. */
#include "base/check.h"
#include "base/metric.h"
#include "net/grpc.h"
#include "store/internal.h"
#include "store/otlp.h"
#include <stdlib.h>

struct grpc_otlp {
	struct otlp otlp;
	struct http2_call *call; /* NULL: the sender is gone; the batch counts all the same */
};

static void gone(void *ctx) { ((struct grpc_otlp *)ctx)->call = NULL; }

static void fail(struct http2_call *c, const struct err *e)
{
	metric_inc(METRIC_STORE_REFUSED);
	grpc_fail_err(c, e);
}

static void done(struct otlp *otlp, const struct err *error)
{
	struct grpc_otlp *o = CONTAINER_OF(otlp, struct grpc_otlp, otlp);
	struct buf b;
	buf_init(&b, 4096);
	if (o->call && error) {
		fail(o->call, error);
	} else if (o->call) {
		otlp_response(otlp, &b);
		grpc_answer(o->call, buf_str(&b));
	}
	buf_release(&b);
	free(o);
}

static void take(struct store *s, struct http2_call *c, struct str message, enum signal signal)
{
	struct err e = { 0 };
	struct batch_id id;
	if (!otlp_batch_id(http2_find(c, STR("pleach-batch")), &id, &e)) {
		fail(c, &e);
		return;
	}
	struct grpc_otlp *o = calloc(1, sizeof(*o));
	CHECK(o);
	o->otlp = (struct otlp){ .store = s, .signal = signal, .done = done };
	o->call = c;
	http2_on_gone(c, gone, o);
	otlp_take(&o->otlp, message, id);
}

#define GRPC_METHOD(symbol, path, signal, help)                                                                                                \
	static void take_##symbol(void *ctx, struct http2_call *c, struct str message) { take(ctx, c, message, signal); }
#include "tbl/grpc_methods.h"
#undef GRPC_METHOD

static const struct grpc_method methods[] = {
#define GRPC_METHOD(symbol, path, signal, help) { STR_INIT(path), take_##symbol },
#include "tbl/grpc_methods.h"
#undef GRPC_METHOD
};

static bool admit(void *ctx, size_t received, struct err *e) { return store_has_room(ctx, received, e); }

static void failed(void *ctx)
{
	(void)ctx;
	metric_inc(METRIC_STORE_REFUSED);
}

void store_grpc_options(struct store *s, struct grpc_options *o)
{
	*o = (struct grpc_options){ .methods = methods,
				    .method_count = ARRAY_LEN(methods),
				    .ctx = s,
				    .max_received = STORE_MAX_RECEIVED,
				    .max_message = STORE_MAX_BODY,
				    .admit = admit,
				    .failed = failed };
}
