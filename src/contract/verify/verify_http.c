/* HTTP interactions: the request as the pact says it, with the overrides over it, and its answer compared. Header and body helpers are also those of messages. */
#include "contract/verify/verify_impl.h"
#include "base/check.h"
#include "base/gzip.h"

enum { TARGET_MAX = 1 << 20 };

/* --- what is sent -------------------------------------------------------------------------------------------------------------------------- */

const struct verify_header *verify_override(const struct verify *v, struct str name)
{
	for (size_t i = 0; i < v->o.header_count; i++)
		if (str_eq_ci(v->o.headers[i].name, name))
			return &v->o.headers[i];
	return NULL;
}

static void header_line(struct buf *b, struct str name, struct str value)
{
	buf_add(b, name);
	buf_add(b, STR(": "));
	buf_add(b, value);
	buf_add(b, STR("\r\n"));
}

void verify_common_headers(const struct verify_job *j, bool accept, struct buf *b)
{
	const struct verify *v = j->run;
	for (size_t i = 0; i < v->o.header_count; i++)
		if (!str_eq_ci(v->o.headers[i].name, STR("host")))
			header_line(b, v->o.headers[i].name, v->o.headers[i].value);
	if (!verify_override(v, STR("user-agent")))
		buf_printf(b, "User-Agent: pleach/%.*s\r\n", STR_FMT(v->o.version));
	if (accept && !verify_override(v, STR("accept")))
		buf_add(b, STR("Accept: */*\r\n"));
}

/* Characters that a request's line cannot hold are escaped; an escape that the pact wrote stays. */
static void put_path(struct buf *b, struct str path)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.p[i];
		bool plain = c > 0x20 && c < 0x7f && !strchr("\"#<>?`{}", c);
		if (plain) {
			buf_char(b, (char)c);
		} else {
			buf_char(b, '%');
			buf_char(b, hex[c >> 4]);
			buf_char(b, hex[c & 15]);
		}
	}
}

static void put_target(const struct verify_job *j, struct buf *b)
{
	const struct pact_part *q = &j->request;
	char mark = '?';
	buf_add(b, j->run->o.provider.path);
	if (!str_starts(q->path, STR("/")))
		buf_char(b, '/');
	put_path(b, q->path);
	for (uint32_t i = 0; i < q->query.count; i++) {
		const struct pact_field *f = &q->query.items[i];
		for (uint32_t k = 0; k < f->count || (k == 0 && !f->count); k++, mark = '&') {
			buf_char(b, mark);
			http_escape(b, f->name, ":,");
			if (f->count) {
				buf_char(b, '=');
				http_escape(b, f->values[k], ":,");
			}
		}
	}
}

/* Lines about framing and the connection are the client's business; a pact that has them was recorded from a message. */
static bool is_framing(struct str name)
{
	static const struct str names[] = { STR_INIT("content-length"), STR_INIT("transfer-encoding"), STR_INIT("connection"), STR_INIT("host"), STR_INIT("te"), STR_INIT("upgrade"),
					    STR_INIT("keep-alive"), STR_INIT("expect") };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_ci(names[i], name))
			return true;
	return false;
}

static bool put_headers(struct verify_job *j, struct buf *b)
{
	const struct pact_part *q = &j->request;
	for (uint32_t i = 0; i < q->headers.count; i++) {
		const struct pact_field *f = &q->headers.items[i];
		if (is_framing(f->name) || verify_override(j->run, f->name))
			continue;
		if (!http1_is_token(f->name))
			return verify_failed(j, ERR_INPUT, "the pact's request has the header \"%.*s\", which is no name of a header", STR_FMT(str_sub(f->name, 0, 100)));
		buf_add(b, f->name);
		buf_add(b, STR(": "));
		for (uint32_t k = 0; k < f->count; k++) {
			if (!http1_is_value(f->values[k]))
				return verify_failed(j, ERR_INPUT, "the pact's request has a header %.*s whose value cannot be sent (control characters)", STR_FMT(f->name));
			if (k)
				buf_add(b, STR(", "));
			buf_add(b, f->values[k]);
		}
		buf_add(b, STR("\r\n"));
	}
	verify_common_headers(j, !pact_field_ci(&q->headers, STR("accept")), b);
	return true;
}

/* --- what came back ------------------------------------------------------------------------------------------------------------------------ */

bool verify_headers(struct verify_job *j, const struct http1_head *head, struct pact_fields *out)
{
	struct pact_field *items = ARENA_ARRAY(&j->arena, head->count + 1, struct pact_field);
	if (!items)
		return verify_failed(j, ERR_NO_MEMORY, "the answer does not fit into memory");
	for (size_t i = 0; i < head->count; i++)
		items[i] = (struct pact_field){ .name = head->headers[i].name, .values = &head->headers[i].value, .count = 1 };
	*out = (struct pact_fields){ items, (uint32_t)head->count };
	return true;
}

bool verify_body(struct verify_job *j, const struct http_result *r, struct str *body)
{
	struct str coding = http1_find(r->head, STR("content-encoding"));
	struct err e = { 0 };
	struct buf b;
	*body = r->body;
	if (!r->body.len || !(str_eq_ci(coding, STR("gzip")) || str_eq_ci(coding, STR("deflate"))))
		return true;
	buf_init(&b, VERIFY_ANSWER_MAX);
	bool ok = gzip_inflate(r->body, &b, &e);
	*body = ok ? arena_str(&j->arena, buf_str(&b)) : *body;
	buf_release(&b);
	return (ok && body->p) || verify_failed(j, ERR_UPSTREAM, "the answer's body is said to be %.*s and is not: %s", STR_FMT(coding), e.message);
}

void verify_no_answer(struct verify_job *j, const struct url *u, const char *what, const struct http_result *r)
{
	if (r->err.code == ERR_TOO_LARGE)
		verify_failed(j, ERR_TOO_LARGE, "%s at %s://%.*s sent an answer of more than %d MiB", what, url_scheme(u), STR_FMT(u->authority), VERIFY_ANSWER_MAX >> 20);
	else if (r->err.code == ERR_TIMEOUT)
		verify_failed(j, ERR_TIMEOUT, "%s at %s://%.*s did not answer within %lld ms (--timeout)", what, url_scheme(u), STR_FMT(u->authority), (long long)(j->run->o.timeout / MSEC));
	else
		verify_failed(j, r->err.code, "%s at %s://%.*s: %s", what, url_scheme(u), STR_FMT(u->authority), r->err.message);
}

static void on_answer(void *ctx, const struct http_result *r)
{
	struct verify_job *j = ctx;
	struct pact_actual actual = { .status = (uint16_t)r->status, .has_body = true };
	if (!r->status)
		verify_no_answer(j, &j->run->o.provider, "the provider", r);
	else if (verify_headers(j, r->head, &actual.headers) && verify_body(j, r, &actual.body))
		verify_compared(j, pact_match_response(&j->result->interaction->responses[0], &actual, &j->arena, &j->result->mismatches));
	verify_answered(j);
}

bool verify_http_begin(struct verify_job *j)
{
	const struct verify *v = j->run;
	struct buf target, headers;
	if (!j->result->interaction->responses_count)
		return verify_failed(j, ERR_FILE_INVALID, "the interaction has no response that could be expected");
	if (!verify_generate(j))
		return false;
	const struct pact_part *q = &j->request;
	bool has_body = q->body.state == PACT_BODY_PRESENT;
	const struct verify_header *type = verify_override(v, STR("content-type")), *host = verify_override(v, STR("host"));
	buf_init(&target, TARGET_MAX);
	buf_init(&headers, HTTP1_MAX_HEAD);
	put_target(j, &target);
	bool ok = put_headers(j, &headers);
	struct http_call_options o = { .method = q->method.len ? q->method : STR("GET"), .target = buf_str(&target),
		.headers = buf_str(&headers), .body = has_body ? q->body.bytes : STR(""), .timeout = v->o.timeout,
		.max_body = VERIFY_ANSWER_MAX, .ctx = j };
	url_call(&v->o.provider, &o);
	if (host)
		o.host = host->value;
	if (has_body && !type && !pact_field_ci(&q->headers, STR("content-type")))
		o.content_type = q->body.type;
	if (ok && (!buf_ok(&target) || !buf_ok(&headers)))
		ok = verify_failed(j, ERR_TOO_LARGE, "the request's line and headers are too large to be sent");
	if (ok)
		http_call(v->http, &o, on_answer);
	buf_release(&target);
	buf_release(&headers);
	return ok;
}
