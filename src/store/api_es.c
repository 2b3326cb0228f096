/* What Elasticsearch's clients and shippers speak: _bulk, single documents, and the questions around them (tbl/es_answers.h). Each answer is, byte
 * for byte, what the pickiest of them looks for: the product header on all, no blank in the list of items.
 *
 * Full success or refusal, nothing between: several shippers take one good item for a good batch. A shipper that looks at no status at all (rsyslog's
 * omelasticsearch: it says no User-Agent) is not answered but cut off, which it repeats. */
#include "base/check.h"
#include "base/metric.h"
#include "net/http_path.h"
#include "store/api.h"
#include "store/ingest_es.h"
#include "store/internal.h"
#include "store/post.h"

#define PRODUCT "X-Elastic-Product: Elasticsearch\r\n"

static const struct {
	struct str methods, path;
	int status;
	struct str body;
} answers[] = {
#define ES_ANSWER_ROW(methods, path, status, body) { STR_INIT(methods), STR_INIT(path), status, STR_INIT(body) },
#include "tbl/es_answers.h"
#undef ES_ANSWER_ROW
};

static void answer(struct http_exchange *x, int status, struct str headers, struct str body)
{
	http_answer(x, status, STR("application/json"), headers, body);
}

/* --- errors --------------------------------------------------------------------------------------------------------------------------- */

static struct str type_of(int status)
{
	switch (status) {
	case 400: return STR("illegal_argument_exception");
	case 413: return STR("content_too_long_exception");
	case 415: return STR("media_type_header_exception");
	case 429: case 503: return STR("es_rejected_execution_exception");
	default: return STR("exception");
	}
}

static void answer_error(struct http_exchange *x, int status, struct str type, struct str reason)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 8192);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("error"));
	json_out_object(&o);
	json_out_key(&o, STR("root_cause"));
	json_out_array(&o);
	json_out_object(&o);
	json_kv_str(&o, "type", type);
	json_kv_str(&o, "reason", reason);
	json_out_end(&o);
	json_out_end(&o);
	json_kv_str(&o, "type", type);
	json_kv_str(&o, "reason", reason);
	json_out_end(&o);
	json_kv_i64(&o, "status", status);
	json_out_end(&o);
	bool again = status == 429 || status == 503;
	answer(x, status, again ? STR(PRODUCT "Retry-After: 1\r\n") : STR(PRODUCT), buf_str(&b));
	buf_release(&b);
}

static void failure(struct http_exchange *x, const struct err *e)
{
	int status = err_http_status(e->code);
	if (status == 507) /* not among those that clients repeat */
		status = 503;
	bool nameless = str_empty(http1_find(&http_request(x)->head, STR("user-agent")));
	if (nameless && (status == 429 || status >= 500))
		http_drop(x);
	else
		answer_error(x, status, type_of(status), str_z(e->message));
}

/* --- records -------------------------------------------------------------------------------------------------------------------------- */

static bool decode_bulk(struct post *p, struct str body, struct err *e)
{
	return es_bulk_read(p->lines, body, p->parameter, &p->reply, e);
}

static void bulk_done(struct post *p)
{
	struct buf b;
	buf_init(&b, POST_MAX_REPLY + 4096);
	buf_add(&b, STR("{\"took\":1,\"errors\":false,\"items\":["));
	buf_add(&b, buf_str(&p->reply));
	buf_add(&b, STR("]}"));
	answer(p->x, 200, STR(PRODUCT), buf_str(&b));
	buf_release(&b);
}

static bool decode_document(struct post *p, struct str body, struct err *e)
{
	if (str_empty(str_strip(body)))
		return err_set(e, ERR_INPUT, "request body is required");
	p->lines->service = es_service(p->parameter);
	lines_document(p->lines, str_strip(body));
	return true;
}

static void document_done(struct post *p)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "_index", p->parameter);
	json_kv_str(&o, "_id", STR("pleach"));
	json_kv_i64(&o, "_version", 1);
	json_kv_str(&o, "result", STR("created"));
	json_out_key(&o, STR("_shards"));
	json_out_raw(&o, STR("{\"total\":1,\"successful\":1,\"failed\":0}"));
	json_kv_i64(&o, "_seq_no", 0);
	json_kv_i64(&o, "_primary_term", 1);
	json_out_end(&o);
	answer(p->x, 201, STR(PRODUCT), buf_str(&b));
	buf_release(&b);
}

const struct post_protocol post_es_bulk = { .decode = decode_bulk, .success = bulk_done, .failure = failure };
const struct post_protocol post_es_document = { .decode = decode_document, .success = document_done, .failure = failure };

/* --- questions ------------------------------------------------------------------------------------------------------------------------- */

static bool has_method(struct str list, struct str method)
{
	while (list.p) {
		struct str one = str_split(&list, ' ');
		if (str_eq(one, method) || (str_eq(one, STR("GET")) && str_eq(method, STR("HEAD"))))
			return true;
	}
	return false;
}

bool store_api_es(struct http_exchange *x, struct str path)
{
	struct str method = http_request(x)->head.method, parameter;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		if (!has_method(answers[i].methods, method) || !http_path_fits(answers[i].path, path, &parameter))
			continue;
		answer(x, answers[i].status, STR(PRODUCT), answers[i].body);
		return true;
	}
	/* Names that begin with '_' are Elasticsearch's own: whoever asks wants an answer in its form. */
	bool own = str_starts(path, STR("/_")) || str_find(path, STR("/_")) != SIZE_MAX;
	if (own)
		answer_error(x, 404, STR("resource_not_found_exception"), STR("Pleach takes Elasticsearch's _bulk and answers its handshakes; it has no such endpoint"));
	return own;
}
