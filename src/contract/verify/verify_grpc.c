/* gRPC calls of pacts that pact-protobuf-plugin made, without that plugin: the request's bytes go out as they stand in the pact (or encoded anew where generators or
 * states change them), status, metadata and message of the answer are compared, the message by its fields' values. */
#include "base/check.h"
#include "contract/pact/generate.h"
#include "contract/verify/grpc_value.h"
#include "contract/verify/verify_impl.h"
#include "net/grpc_client.h"

struct grpc_exchange { struct verify_job *job; struct grpc_target target; };

static const struct url *endpoint(const struct verify *v) { return v->o.grpc.host.len ? &v->o.grpc : &v->o.provider; }

static bool is_own(struct str name)
{
	return str_eq_ci(name, STR("contentType")) || str_eq_ci(name, STR("content-type")) || str_eq_ci(name, STR("grpc-status")) || str_eq_ci(name, STR("grpc-message"));
}

/* --- what is compared ------------------------------------------------------------------------------------------------------------------------- */

static void differs(struct verify_job *j, enum pact_where where, const char *name, struct str expected, struct str actual, struct str sentence)
{
	struct pact_mismatches *m = &j->result->mismatches;
	if (m->count < PACT_MISMATCHES_MAX && ARENA_PUSH_ROOM(m->arena, m->items, m->count, m->capacity))
		m->items[m->count++] = (struct pact_mismatch){ .where = where, .path = str_z(name), .expected = arena_str(m->arena, expected), .actual = arena_str(m->arena, actual),
			.sentence = arena_str(m->arena, sentence) };
	else
		m->more = true;
}

static struct str said(const struct pact_part *p, struct str name)
{
	const struct pact_field *f = pact_field_ci(&p->metadata, name);
	return !f ? (struct str){ 0 } : f->count ? f->values[0] : doc_str(f->node);
}

/* The status that is expected: its name or number; OK where none is said. */
static bool compare_status(struct verify_job *j, const struct pact_part *p, const struct grpc_reply *r)
{
	struct str status = said(p, STR("grpc-status")), words = said(p, STR("grpc-message"));
	const struct pact_field *f = pact_field_ci(&p->metadata, STR("grpc-status"));
	uint64_t number;
	int wanted = !f ? 0 : doc_is(f->node, DOC_INT) ? (int)f->node->i : str_to_u64(status, &number) && number < 100 ? (int)number : grpc_code_by_name(status);
	bool ok = wanted == (int)r->code;
	if (!ok) {
		struct str sentence = arena_printf(&j->arena, "expected the gRPC status %s but got %s%s%.*s", wanted < 0 ? "that the pact says" : grpc_code_name(wanted), grpc_code_name((int)r->code),
			r->words.len ? ": " : "", STR_FMT(r->words));
		differs(j, PACT_AT_STATUS, "", str_z(grpc_code_name(wanted)), str_z(grpc_code_name((int)r->code)), sentence);
	}
	if (words.len && !str_eq(words, r->words)) {
		struct str sentence = arena_printf(&j->arena, "expected the message \"%.*s\" with the status but got \"%.*s\"", STR_FMT(words), STR_FMT(r->words));
		differs(j, PACT_AT_METADATA, "grpc-message", words, r->words, sentence);
		ok = false;
	}
	return ok;
}

/* Metadata beside the status, by the pact's rules for it. */
static bool compare_metadata(struct verify_job *j, const struct pact_part *p, const struct grpc_reply *r)
{
	struct pact_field *wanted = ARENA_ARRAY(&j->arena, p->metadata.count + 1, struct pact_field), *got = ARENA_ARRAY(&j->arena, r->field_count + 1, struct pact_field);
	struct doc *nodes = ARENA_ARRAY(&j->arena, r->field_count + 1, struct doc);
	struct pact_part only = *p;
	uint32_t n = 0;
	if (!wanted || !got || !nodes)
		return verify_failed(j, ERR_NO_MEMORY, "the answer does not fit into memory");
	for (uint32_t i = 0; i < p->metadata.count; i++)
		if (!is_own(p->metadata.items[i].name))
			wanted[n++] = p->metadata.items[i];
	if (!n)
		return true;
	for (size_t i = 0; i < r->field_count; i++) {
		const struct str *value = &r->fields[i].value;
		nodes[i] = (struct doc){ .type = DOC_STRING, .count = (uint32_t)value->len & 0xfffffff, .p = value->p };
		got[i] = (struct pact_field){ .name = r->fields[i].name, .values = value, .count = 1, .node = &nodes[i] };
	}
	only.metadata = (struct pact_fields){ wanted, n };
	only.body = (struct pact_body){ .state = PACT_BODY_MISSING };
	const struct pact_actual actual = { .metadata = { got, (uint32_t)r->field_count } };
	return pact_match_message(&only, &actual, &j->arena, &j->result->mismatches);
}

static bool compare_message(struct verify_job *j, const struct proto_message *type, const struct pact_part *p, const struct grpc_reply *r)
{
	struct err e = { 0 };
	struct str text, shown;
	if (p->body.state != PACT_BODY_PRESENT)
		return true;
	if (!r->has_message) {
		differs(j, PACT_AT_BODY, "$", STR("a message"), STR(""), STR("expected a message but the answer has none"));
		return false;
	}
	struct doc_file *expected = grpc_value_read(&j->arena, type, p->body.bytes, false, &text, &e);
	if (!expected)
		return verify_failed(j, ERR_FILE_INVALID, "the response of the pact cannot be read: %s", e.message);
	struct doc_file *actual = grpc_value_read(&j->arena, type, r->message, true, &shown, &e);
	if (!actual) {
		differs(j, PACT_AT_BODY, "$", text, STR(""), str_z(e.message));
		return false;
	}
	return pact_match_value(p, expected->root, actual->root, true, &j->arena, &j->result->mismatches);
}

static void on_reply(void *ctx, const struct grpc_reply *r)
{
	const struct grpc_exchange *x = ctx;
	struct verify_job *j = x->job;
	const struct pact_part *p = &j->result->interaction->responses[0];
	if (err_is_set(&r->err)) {
		verify_failed(j, r->err.code, "the gRPC call %.*s: %s", STR_FMT(x->target.path), r->err.message);
	} else {
		j->result->verdict = VERIFY_FITS;
		bool fits = compare_status(j, p, r);
		fits = compare_metadata(j, p, r) && fits;
		/* The message of another status than the expected one would be a second report of the same. */
		fits = fits && (r->code != GRPC_OK || compare_message(j, x->target.method->output, p, r));
		if (j->result->verdict != VERIFY_FAILED)
			verify_compared(j, fits);
	}
	struct grpc_target target = x->target;
	verify_answered(j); /* ends the job's arena, and x with it */
	grpc_target_release(&target);
}

/* --- what is sent ------------------------------------------------------------------------------------------------------------------------------ */

/* The request encoded anew with what generators made of its values. */
static bool generate_message(struct verify_job *j, const struct proto_message *type, struct str *message)
{
	const struct pact_part *p = &j->result->interaction->request;
	struct pact_part values = *p;
	struct err e = { 0 };
	struct dyn_fault fault = { 0 };
	struct buf b;
	struct doc_file *f = grpc_value_read(&j->arena, type, p->body.bytes, false, &values.body.bytes, &e);
	if (!f)
		return verify_failed(j, ERR_FILE_INVALID, "the request of the pact cannot be read: %s", e.message);
	values.body.type = STR("application/json");
	values.body.json = f->root;
	const struct pact_part *kept = verify_generated(j, &values);
	struct dyn *d = kept ? dyn_from_json(&j->arena, type, kept->body.bytes, &fault) : NULL;
	if (!kept)
		return false;
	if (!d)
		return verify_failed(j, ERR_FILE_INVALID, "with its generated values the request is no message of its type: %s", fault.text);
	buf_init(&b, GRPC_VALUE_MAX);
	bool ok = dyn_encode(d, &b);
	*message = ok ? arena_str(&j->arena, buf_str(&b)) : STR("");
	buf_release(&b);
	return ok || verify_failed(j, ERR_TOO_LARGE, "the request is too large");
}

/* As HTTP/2 has names. */
static struct str lowered(struct arena *a, struct str name)
{
	char *p = arena_bytes(a, name.len + 1);
	for (size_t k = 0; p && k < name.len; k++)
		p[k] = name.p[k] >= 'A' && name.p[k] <= 'Z' ? (char)(name.p[k] + 32) : name.p[k];
	return str_from(p, p ? name.len : 0);
}

static size_t put_metadata(struct verify_job *j, struct http2_field *fields)
{
	const struct pact_part *p = &j->result->interaction->request;
	const struct verify *v = j->run;
	size_t n = 0;
	for (uint32_t i = 0; i < p->metadata.count && n < GRPC_CLIENT_FIELDS - VERIFY_HEADERS_MAX; i++) {
		struct str value = said(p, p->metadata.items[i].name), name = lowered(&j->arena, p->metadata.items[i].name);
		if (is_own(name) || !value.p || !http1_is_token(name) || !http1_is_value(value) || verify_override(v, name))
			continue;
		fields[n++] = (struct http2_field){ name, value };
	}
	for (size_t i = 0; i < v->o.header_count; i++) {
		struct str name = lowered(&j->arena, v->o.headers[i].name);
		if (name.p && !str_eq(name, STR("host")))
			fields[n++] = (struct http2_field){ name, v->o.headers[i].value };
	}
	return n;
}

bool verify_grpc_begin(struct verify_job *j)
{
	const struct verify *v = j->run;
	const struct pact_interaction *i = j->result->interaction;
	struct grpc_exchange *x = ARENA_NEW(&j->arena, struct grpc_exchange);
	struct http2_field fields[GRPC_CLIENT_FIELDS];
	struct err e = { 0 };
	if (!x || !i->responses_count)
		return verify_failed(j, ERR_FILE_INVALID, "the interaction has no response that could be expected");
	x->job = j;
	bool ok = grpc_target_open(&x->target, j->result->pact->pact, i, &j->arena, &e) || verify_failed(j, e.code, "%s", e.message);
	struct str message = i->request.body.bytes;
	if (ok && endpoint(v)->secure)
		ok = verify_failed(j, ERR_USAGE, "gRPC is called without TLS here: name an address that takes it so (--grpc http://HOST:PORT)");
	if (ok && pact_generates(&i->request))
		ok = generate_message(j, x->target.method->input, &message);
	if (ok) {
		const struct grpc_client_options o = { .address = endpoint(v)->address, .authority = endpoint(v)->authority, .path = x->target.path, .metadata = fields,
			.metadata_count = put_metadata(j, fields), .message = message, .timeout = v->o.timeout, .max_message = VERIFY_ANSWER_MAX };
		ok = grpc_call(v->loop, &o, on_reply, x, &e) || verify_failed(j, e.code, "%s", e.message);
	}
	if (!ok)
		grpc_target_release(&x->target);
	return ok;
}
