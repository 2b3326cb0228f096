/* POST /v1/logs, /v1/traces, /v1/metrics: OTLP/HTTP 1.11. A batch is taken whole or refused; errors are google.rpc.Status messages in the
 * caller's own encoding. Success is answered after the commit (commit.c). */
#include "base/check.h"
#include "base/gzip.h"
#include "base/metric.h"
#include "base/pb.h"
#include "store/api.h"
#include "store/ingest.h"
#include "store/store.h"
#include <stdio.h>
#include <stdlib.h>

struct otlp {
	struct store *store;
	struct http_exchange *x;  /* NULL: the sender is gone; the batch counts all the same */
	enum signal signal;
	bool json;
	uint64_t rejected, cut, points;
	char why[160];
};

/* --- answers -------------------------------------------------------------------------------------------------------------------------------------- */

/* gRPC's code for an HTTP status, where the protocol's tables give one. */
static uint64_t grpc_code(int status)
{
	switch (status) {
	case 400: return 3;          /* INVALID_ARGUMENT */
	case 413: case 415: return 3;
	case 429: return 8;          /* RESOURCE_EXHAUSTED */
	case 507: return 8;
	case 503: return 14;         /* UNAVAILABLE */
	default: return 13;          /* INTERNAL */
	}
}

static struct str type_of(bool json) { return json ? STR("application/json") : STR("application/x-protobuf"); }

static void answer_error(struct http_exchange *x, bool json, const struct err *e)
{
	struct buf b;
	int status = err_http_status(e->code);
	metric_inc(METRIC_STORE_REFUSED);
	buf_init(&b, 8192);
	if (json) {
		struct json_out o;
		json_out_init(&o, &b);
		json_out_object(&o);
		json_kv_u64(&o, "code", grpc_code(status));
		json_kv_str(&o, "message", str_z(e->message));
		json_out_end(&o);
	} else {
		pb_varint(&b, 1, grpc_code(status));
		pb_bytes(&b, 2, str_z(e->message));
	}
	struct str headers = status == 429 || status == 503 || status == 507 ? STR("Retry-After: 1\r\n") : STR("");
	http_answer(x, status, type_of(json), headers, buf_str(&b));
	buf_release(&b);
}

/* The words of a partial success, or of a warning where nothing was rejected; empty for a full success. */
static struct str partial_message(const struct otlp *o, char space[320])
{
	if (o->points)
		return STR("metrics are counted, not kept, by this store");
	int n = 0;
	if (o->rejected)
		n = snprintf(space, 320, "%s", o->why);
	else if (o->cut)
		n = snprintf(space, 320, "%llu record(s) were over a limit of this store and lost a part", (unsigned long long)o->cut);
	return str_from(space, n > 0 ? (size_t)n : 0);
}

static void answer_success(struct otlp *o)
{
	static const char *const fields[] = { "rejectedLogRecords", "rejectedSpans", "rejectedDataPoints" };
	struct buf b;
	char space[320];
	uint64_t rejected = o->signal == SIGNAL_METRICS ? o->points : o->rejected;
	struct str message = partial_message(o, space);
	buf_init(&b, 4096);
	if (o->json) {
		struct json_out j;
		json_out_init(&j, &b);
		json_out_object(&j);
		if (message.len) {
			json_out_key(&j, STR("partialSuccess"));
			json_out_object(&j);
			char digits[24];
			int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)rejected);
			/* 64-bit integers are text in the proto3 JSON mapping. */
			json_kv_str(&j, fields[o->signal], str_from(digits, n > 0 ? (size_t)n : 0));
			json_kv_str(&j, "errorMessage", message);
			json_out_end(&j);
		}
		json_out_end(&j);
	} else if (message.len) {
		size_t mark = pb_begin(&b, 1);
		if (rejected)
			pb_varint(&b, 1, rejected);
		pb_bytes(&b, 2, message);
		pb_end(&b, mark);
	}
	http_answer(o->x, 200, type_of(o->json), STR(""), buf_str(&b));
	buf_release(&b);
}

/* --- the request ----------------------------------------------------------------------------------------------------------------------------------- */

static void gone(void *ctx) { ((struct otlp *)ctx)->x = NULL; }

static void committed(struct batch *b, const struct err *result)
{
	struct otlp *o = b->ctx;
	if (o->x) {
		http_on_gone(o->x, NULL, NULL);
		if (result)
			answer_error(o->x, o->json, result);
		else
			answer_success(o);
	}
	free(o);
}

/* The media type without parameters. */
static struct str media_type(struct str value)
{
	size_t end = str_find_char(value, ';');
	return str_trim(str_sub(value, 0, end));
}

static bool encoding(struct http_exchange *x, bool *json, struct err *e)
{
	struct str type = media_type(http1_find(&http_request(x)->head, STR("content-type")));
	*json = str_eq_ci(type, STR("application/json"));
	if (*json || str_eq_ci(type, STR("application/x-protobuf")) || str_eq_ci(type, STR("application/protobuf")))
		return true;
	return err_set(e, ERR_MEDIA_TYPE, "content type \"%.*s\" is not OTLP: send application/x-protobuf or application/json", STR_FMT(type));
}

void store_otlp_refuse(struct http_exchange *x, const struct err *e)
{
	struct err ignored = { 0 };
	bool json;
	if (encoding(x, &json, &ignored))
		answer_error(x, json, e);
	else
		http_answer_err(x, e);
}

/* The body as it was before compression; `inflated` holds it where there was one. */
static bool body_of(struct http_exchange *x, struct buf *inflated, struct str *body, struct err *e)
{
	const struct http_request *q = http_request(x);
	struct str coding = str_trim(http1_find(&q->head, STR("content-encoding")));
	*body = q->body;
	if (!str_empty(coding) && !str_eq_ci(coding, STR("identity"))) {
		if (!str_eq_ci(coding, STR("gzip")))
			return err_set(e, ERR_MEDIA_TYPE, "content encoding \"%.*s\" is not understood: send gzip or none", STR_FMT(coding));
		if (!gzip_inflate(q->body, inflated, e))
			return false;
		*body = buf_str(inflated);
	}
	if (body->len > STORE_MAX_BODY)
		return err_set(e, ERR_TOO_LARGE, "the body is larger than %d MiB", STORE_MAX_BODY >> 20);
	return true;
}

/* "<16 hex>-<n>"; absent is fine. */
static bool batch_id(struct http_exchange *x, struct batch_id *id, struct err *e)
{
	struct str value = http1_find(&http_request(x)->head, STR("pleach-batch"));
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

static bool decode(struct otlp *o, struct str body, struct batch_builder *builder, struct err *e)
{
	struct ingest in;
	ingest_init(&in, builder, sys_wall());
	/* An empty body is an empty protobuf message: nothing was sent, nothing is wrong. */
	bool ok = str_empty(body) || (o->json ? ingest_json(&in, o->signal, body, e) : ingest_protobuf(&in, o->signal, body, e));
	o->points = in.points;
	o->rejected = builder->rejected;
	o->cut = builder->cut;
	memcpy(o->why, builder->why, sizeof(o->why));
	ingest_release(&in);
	return ok;
}

static void submit(struct otlp *o, struct batch *b, struct batch_id id)
{
	metric_add(METRIC_STORE_REJECTED, o->rejected);
	metric_add(METRIC_STORE_METRIC_POINTS, o->points);
	if (batch_rows(b) == 0) {
		batch_free(b);
		answer_success(o);
		free(o);
		return;
	}
	b->id = id;
	b->done = committed;
	b->ctx = o;
	http_on_gone(o->x, gone, o);
	store_submit(o->store, b);
}

static struct batch *read_batch(struct otlp *o, struct batch_id *id, struct err *e)
{
	struct buf inflated;
	struct batch_builder builder;
	struct str body;
	struct batch *b = NULL;
	buf_init(&inflated, STORE_MAX_BODY);
	batch_builder_init(&builder);
	if (encoding(o->x, &o->json, e) && batch_id(o->x, id, e) && store_has_room(o->store, http_request(o->x)->body.len, e) &&
	    body_of(o->x, &inflated, &body, e) && decode(o, body, &builder, e))
		b = batch_finish(&builder, e);
	batch_builder_release(&builder);
	buf_release(&inflated);
	return b;
}

void store_api_otlp(struct store *s, struct http_exchange *x, int signal)
{
	struct err e = { 0 };
	struct batch_id id;
	struct otlp *o = calloc(1, sizeof(*o));
	CHECK(o);
	o->store = s;
	o->x = x;
	o->signal = (enum signal)signal;
	struct batch *b = read_batch(o, &id, &e);
	if (b) {
		submit(o, b, id);
		return;
	}
	answer_error(x, o->json, &e);
	free(o);
}
