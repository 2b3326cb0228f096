/* POST /api/logs and its alias /insert/jsonline: JSON lines (or an array, or one object), or text with one record a line. */
#include "model/log_text.h"
#include "store/api.h"
#include "store/internal.h"
#include "store/post.h"

static struct str media_type(const struct http_exchange *x)
{
	struct str value = http1_find(&http_request(x)->head, STR("content-type"));
	return str_trim(str_sub(value, 0, str_find_char(value, ';')));
}

/* What senders call JSON has many names, and curl calls everything a form: only text that says so is text. */
static bool decode(struct post *p, struct str body, struct err *e)
{
	struct lines *l = p->lines;
	struct arena *a = http_arena(p->x);
	l->service = store_api_param(p->x, a, "service", e);
	l->instance = store_api_param(p->x, a, "instance", e);
	if (err_is_set(e))
		return false;
	l->service = log_text_clean(a, l->service);
	l->instance = log_text_clean(a, l->instance);
	if (l->service.len > LOG_FIELDS_NAME || l->instance.len > LOG_FIELDS_NAME)
		return err_set(e, ERR_INPUT, "service and instance are at most %d bytes", LOG_FIELDS_NAME);
	if (str_eq_ci(media_type(p->x), STR("text/plain")))
		lines_read_text(l, body);
	else
		lines_read_json(l, body);
	return true;
}

static void success(struct post *p)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 4096);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_u64(&o, "records", p->counts.records);
	json_kv_u64(&o, "unparsed", p->counts.unparsed);
	json_kv_u64(&o, "retimed", p->counts.retimed);
	json_kv_u64(&o, "cut", p->counts.cut);
	json_out_end(&o);
	store_api_json(p->x, &b);
	buf_release(&b);
}

static void failure(struct http_exchange *x, const struct err *e)
{
	int status = err_http_status(e->code);
	struct buf b;
	struct json_out o;
	buf_init(&b, 8192);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "error", str_z(err_name(e->code)));
	json_kv_str(&o, "message", str_z(e->message));
	json_out_end(&o);
	http_answer(x, status, STR("application/json"), status == 429 || status == 503 || status == 507 ? STR("Retry-After: 1\r\n") : STR(""), buf_str(&b));
	buf_release(&b);
}

const struct post_protocol post_lines = { .decode = decode, .success = success, .failure = failure };
