/* POST /loki/api/v1/push (and /api/prom/push): JSON, or protobuf in raw snappy. 204 when all of it is on disk. Senders drop a batch on 400, so only
 * what is no push request at all gets one. */
#include "store/api.h"
#include "store/ingest_loki.h"
#include "store/internal.h"
#include "store/post.h"

static bool is_protobuf(const struct http_exchange *x)
{
	return str_find_ci(http1_find(&http_request(x)->head, STR("content-type")), STR("protobuf")) != SIZE_MAX;
}

/* Protobuf comes in snappy without saying so. */
static struct str coding(const struct http_exchange *x) { return is_protobuf(x) ? STR("snappy") : STR(""); }

static bool decode(struct post *p, struct str body, struct err *e)
{
	return is_protobuf(p->x) ? loki_read_protobuf(p->lines, body, e) : loki_read_json(p->lines, body, e);
}

static void success(struct post *p) { http_answer(p->x, 204, STR(""), STR(""), STR("")); }

static void failure(struct http_exchange *x, const struct err *e)
{
	int status = err_http_status(e->code);
	http_answer(x, status, STR("text/plain; charset=utf-8"), status == 429 || status >= 500 ? STR("Retry-After: 1\r\n") : STR(""), str_z(e->message));
}

void store_api_ready(struct http_exchange *x) { http_answer(x, 200, STR("text/plain; charset=utf-8"), STR(""), STR("ready\n")); }

const struct post_protocol post_loki = { .coding = coding, .decode = decode, .success = success, .failure = failure };
