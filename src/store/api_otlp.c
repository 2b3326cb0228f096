/* POST /v1/logs, /v1/traces, /v1/metrics: OTLP/HTTP 1.11. A batch is taken whole or refused; errors are google.rpc.Status messages in the
 * caller's own encoding. Success is answered after the commit (otlp.h has what this shares with gRPC). */
#include "base/check.h"
#include "base/gzip.h"
#include "base/metric.h"
#include "base/pb.h"
#include "store/api.h"
#include "store/otlp.h"
#include <stdio.h>
#include <stdlib.h>

struct http_otlp {
	struct otlp otlp;
	struct http_exchange *x;  /* NULL: the sender is gone; the batch counts all the same */
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

static void json_response(const struct otlp *o, struct buf *b)
{
	static const char *const fields[] = { "rejectedLogRecords", "rejectedSpans", "rejectedDataPoints" };
	char space[OTLP_WORDS], digits[24];
	struct str message = otlp_partial(o, space);
	struct json_out j;
	json_out_init(&j, b);
	json_out_object(&j);
	if (message.len) {
		json_out_key(&j, STR("partialSuccess"));
		json_out_object(&j);
		int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)otlp_rejected(o));
		/* 64-bit integers are text in the proto3 JSON mapping. */
		json_kv_str(&j, fields[o->signal], str_from(digits, n > 0 ? (size_t)n : 0));
		json_kv_str(&j, "errorMessage", message);
		json_out_end(&j);
	}
	json_out_end(&j);
}

static void answer_success(struct http_exchange *x, const struct otlp *o)
{
	struct buf b;
	buf_init(&b, 4096);
	if (o->json)
		json_response(o, &b);
	else
		otlp_response(o, &b);
	http_answer(x, 200, type_of(o->json), STR(""), buf_str(&b));
	buf_release(&b);
}

/* --- the request ----------------------------------------------------------------------------------------------------------------------------------- */

static void gone(void *ctx) { ((struct http_otlp *)ctx)->x = NULL; }

static void done(struct otlp *otlp, const struct err *error)
{
	struct http_otlp *o = CONTAINER_OF(otlp, struct http_otlp, otlp);
	if (o->x) {
		http_on_gone(o->x, NULL, NULL);
		if (error)
			answer_error(o->x, otlp->json, error);
		else
			answer_success(o->x, otlp);
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

void store_api_otlp(struct store *s, struct http_exchange *x, int signal)
{
	struct err e = { 0 };
	struct batch_id id;
	struct buf inflated;
	struct str body;
	struct http_otlp *o = calloc(1, sizeof(*o));
	CHECK(o);
	o->otlp = (struct otlp){ .store = s, .signal = (enum signal)signal, .done = done };
	o->x = x;
	buf_init(&inflated, STORE_MAX_BODY);
	http_on_gone(x, gone, o);
	if (encoding(x, &o->otlp.json, &e) && otlp_batch_id(http1_find(&http_request(x)->head, STR("pleach-batch")), &id, &e) &&
	    store_has_room(s, http_request(x)->body.len, &e) && body_of(x, &inflated, &body, &e))
		otlp_take(&o->otlp, body, id);
	else
		done(&o->otlp, &e);
	buf_release(&inflated);
}
