/* Messages, asked of an HTTP endpoint of the provider's tests as Pact's verifiers ask it: POST {"description", "providerStates", and of a call "request"}; the
 * message is the answer's body, its metadata the header Pact-Message-Metadata (base64 of a JSON object). */
#include "base/base64.h"
#include "base/check.h"
#include "contract/verify/verify_impl.h"

static const struct url *endpoint(const struct verify *v) { return v->o.messages.host.len ? &v->o.messages : &v->o.provider; }

/* Metadata as fields. The content type is told by the answer's own where the metadata does not. */
static bool read_metadata(struct verify_job *j, const struct http1_head *head, struct pact_fields *out)
{
	struct str coded = http1_find(head, STR("pact-message-metadata")), type = http1_find(head, STR("content-type")), text = STR("{}");
	struct err e = { 0 };
	if (coded.len && !base64_decode(&j->arena, coded, &text))
		return verify_failed(j, ERR_UPSTREAM, "the header Pact-Message-Metadata is no base64");
	struct doc_file *f = doc_parse(&j->arena, STR("Pact-Message-Metadata"), text, &e);
	if (!f || !doc_is(f->root, DOC_OBJECT))
		return verify_failed(j, ERR_UPSTREAM, "the header Pact-Message-Metadata is no JSON object in base64");
	struct pact_field *items = ARENA_ARRAY(&j->arena, f->root->count + 1, struct pact_field);
	struct str *values = ARENA_ARRAY(&j->arena, f->root->count + 1, struct str);
	struct doc *said = ARENA_NEW(&j->arena, struct doc);
	if (!items || !values || !said)
		return verify_failed(j, ERR_NO_MEMORY, "the answer does not fit into memory");
	uint32_t n = 0;
	bool typed = false;
	for (; n < f->root->count; n++) {
		const struct doc_member *m = &f->root->members[n];
		values[n] = doc_str(&m->value);
		items[n] = (struct pact_field){ .name = doc_key(m), .values = &values[n], .count = values[n].p ? 1 : 0, .node = &m->value };
		typed |= str_eq_ci(doc_key(m), STR("contentType")) || str_eq_ci(doc_key(m), STR("content-type"));
	}
	if (!typed && type.len) {
		values[n] = type;
		*said = (struct doc){ .type = DOC_STRING, .count = (uint32_t)type.len & 0xfffffff, .p = type.p };
		items[n] = (struct pact_field){ .name = STR("contentType"), .values = &values[n], .count = 1, .node = said };
		n++;
	}
	*out = (struct pact_fields){ items, n };
	return true;
}

static void on_answer(void *ctx, const struct http_result *r)
{
	struct verify_job *j = ctx;
	const struct pact_interaction *i = j->result->interaction;
	struct pact_actual actual = { .has_body = true };
	if (!r->status)
		verify_no_answer(j, endpoint(j->run), "the endpoint of messages", r);
	else if (r->status < 200 || r->status > 299)
		verify_failed(j, ERR_UPSTREAM, "http://%.*s answered status %d when asked for the message \"%.*s\": %.*s", STR_FMT(endpoint(j->run)->authority), r->status,
			STR_FMT(str_sub(i->description, 0, 100)), STR_FMT(str_sub(r->body, 0, 200)));
	else if (read_metadata(j, r->head, &actual.metadata) && verify_body(j, r, &actual.body)) {
		actual.type = http1_find(r->head, STR("content-type"));
		verify_compared(j, pact_match_message(&i->responses[0], &actual, &j->arena, &j->result->mismatches));
	}
	verify_answered(j);
}

static void put_question(const struct verify_job *j, struct buf *b)
{
	const struct pact_interaction *i = j->result->interaction;
	struct json_out o;
	json_out_init(&o, b);
	json_out_object(&o);
	json_kv_str(&o, "description", i->description);
	if (i->states_count) {
		json_out_key(&o, STR("providerStates"));
		json_out_array(&o);
		for (uint32_t k = 0; k < i->states_count; k++) {
			json_out_object(&o);
			json_kv_str(&o, "name", i->states[k].name);
			if (i->states[k].params) {
				json_out_key(&o, STR("params"));
				doc_write(i->states[k].params, &o);
			}
			json_out_end(&o);
		}
		json_out_end(&o);
	}
	if (i->kind == PACT_CALL && i->request.node) {
		json_out_key(&o, STR("request"));
		doc_write(i->request.node, &o);
	}
	json_out_end(&o);
}

bool verify_message_begin(struct verify_job *j)
{
	const struct verify *v = j->run;
	const struct url *u = endpoint(v);
	struct buf body, headers;
	if (!j->result->interaction->responses_count)
		return verify_failed(j, ERR_FILE_INVALID, "the interaction has no message that could be expected");
	buf_init(&body, 2 * (size_t)PACT_TEXT_MAX);
	buf_init(&headers, HTTP1_MAX_HEAD);
	put_question(j, &body);
	verify_common_headers(j, true, &headers);
	struct http_call_options o = { .method = STR("POST"), .target = u->path.len ? u->path : STR("/"), .headers = buf_str(&headers),
		.content_type = STR("application/json"), .body = buf_str(&body), .timeout = v->o.timeout, .max_body = VERIFY_ANSWER_MAX, .ctx = j };
	url_call(u, &o);
	bool ok = (buf_ok(&body) && buf_ok(&headers)) || verify_failed(j, ERR_TOO_LARGE, "the question for the message is too large to be sent");
	if (ok)
		http_call(v->http, &o, on_answer);
	buf_release(&body);
	buf_release(&headers);
	return ok;
}
