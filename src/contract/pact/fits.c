/* A pact beside an OpenAPI description: the operation of each request, its parameters and body, and the answer that is expected of it. Bodies of answers are walked in
 * fits_body.c; what is sent to the provider is judged by the description's schemas as they are. */
#include "contract/pact/fits_impl.h"
#include <stdarg.h>

static struct text_place pact_at(const struct fitting *f, const struct doc *node)
{
	const struct doc *root = f->fit->interaction->node;
	/* A body that was JSON within a text is a document of its own: then the interaction is the place. */
	bool inside = node && node->offset >= root->offset && node->offset < f->pact->file->text.len;
	return doc_place(f->pact->file, inside ? node->offset : root->offset);
}

bool fit_tell(struct fitting *f, bool warning, const struct doc *node, struct change_place contract, struct str where, const char *format, ...)
{
	va_list args;
	struct buf b;
	struct pact_fit *t = f->fit;
	if (f->silent || t->count == PACT_FIT_FINDINGS_MAX || !ARENA_PUSH_ROOM(f->arena, t->findings, t->count, t->capacity))
		return false;
	buf_init(&b, 4096);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	struct str sentence = arena_str(f->arena, buf_str(&b));
	buf_release(&b);
	t->findings[t->count++] = (struct pact_fit_finding){ warning, where, sentence.p ? sentence : STR(""), pact_at(f, node), contract };
	return false;
}

/* --- the operation ---------------------------------------------------------------------------------------------------------------------------- */

/* Whether the path is of the template; how many of its parts stand as they are: the most decide. -1: it is not. */
static int template_fits(struct str template, struct str path)
{
	int plain = 0;
	struct str t = template, p = path;
	while (t.p && p.p) {
		struct str a = str_split(&t, '/'), b = str_split(&p, '/');
		size_t open = str_find_char(a, '{');
		if (open == SIZE_MAX ? !str_eq(a, b) : !b.len || !str_starts(b, str_sub(a, 0, open)))
			return -1;
		plain += open == SIZE_MAX;
	}
	return t.p == NULL && p.p == NULL ? plain : -1;
}

static struct str below(struct str path, struct str base)
{
	bool under = base.len && str_starts(path, base) && path.len > base.len && path.p[base.len] == '/';
	return under ? str_skip(path, base.len) : path;
}

static const struct openapi_operation *find(const struct fitting *f, const struct pact_part *r, bool *path_known)
{
	const struct openapi_operation *best = NULL;
	int most = -1;
	for (size_t i = 0; i < f->model->count; i++) {
		const struct openapi *api = f->model->items[i];
		for (size_t k = 0; k < api->operations.count; k++) {
			const struct openapi_operation *op = api->operations.items[k];
			if (op->path->kind != OPENAPI_OPERATION)
				continue;
			int plain = template_fits(op->path->path, r->path), under = template_fits(op->path->path, below(r->path, api->base));
			plain = plain > under ? plain : under;
			*path_known = *path_known || plain >= 0;
			if (plain > most && str_eq_ci(op->method, r->method)) {
				most = plain;
				best = op;
			}
		}
	}
	return best;
}

/* --- parameters --------------------------------------------------------------------------------------------------------------------------------- */

/* A text as what a schema may take it for: a number, a boolean, or itself. */
static bool value_valid(struct fitting *f, const struct schema *s, struct str text, struct schema_fault *fault)
{
	struct doc d = pact_text_doc(text);
	struct err ignored = { 0 };
	if (!s || schema_valid(s, &d, SCHEMA_USE_REQUEST, fault))
		return true;
	const struct doc *bare = text.len < 100 ? pact_json(f->arena, text, &ignored) : NULL;
	return bare && bare->type != DOC_STRING && schema_valid(s, bare, SCHEMA_USE_REQUEST, fault);
}

static struct doc item_of(struct fitting *f, struct str text)
{
	struct err ignored = { 0 };
	const struct doc *bare = text.len < 100 ? pact_json(f->arena, text, &ignored) : NULL;
	return bare && (doc_is_number(bare) || bare->type == DOC_TRUE || bare->type == DOC_FALSE) ? *bare : pact_text_doc(text);
}

/* Several values, or one text with commas: as a list, of numbers where they are some and of texts. */
static bool list_valid(struct fitting *f, const struct openapi_parameter *p, const struct pact_field *v)
{
	struct schema_fault fault;
	size_t n = v->count, most = 1;
	struct str rest = v->count == 1 ? v->values[0] : STR("");
	for (size_t i = 0; i < rest.len; i++)
		most += rest.p[i] == ',';
	struct doc *items = ARENA_ARRAY(f->arena, n > most ? n : most, struct doc), *texts = ARENA_ARRAY(f->arena, n > most ? n : most, struct doc);
	if (!items || !texts || most > 1000 || n > 1000)
		return false;
	for (size_t i = 0; v->count > 1 && i < n; i++) {
		items[i] = item_of(f, v->values[i]);
		texts[i] = pact_text_doc(v->values[i]);
	}
	for (n = v->count > 1 ? n : 0; v->count == 1 && rest.p; n++) {
		struct str one = str_split(&rest, ',');
		items[n] = item_of(f, one);
		texts[n] = pact_text_doc(one);
	}
	struct doc list = { .type = DOC_ARRAY, .count = n & 0xffff, .items = items }, plain = { .type = DOC_ARRAY, .count = n & 0xffff, .items = texts };
	return schema_valid(p->schema, &list, SCHEMA_USE_REQUEST, &fault) || schema_valid(p->schema, &plain, SCHEMA_USE_REQUEST, &fault);
}

static bool parameter(struct fitting *f, const struct openapi_parameter *p, const struct pact_field *v, const struct pact_part *r)
{
	struct str where = arena_printf(f->arena, "request %s %.*s", openapi_in_name(p->in), STR_FMT(str_sub(p->name, 0, 100)));
	struct schema_fault fault = { .message = "" };
	if (!v || !v->count)
		return !p->required || fit_tell(f, false, r->node, spot_place(p->spot), where, "the contract demands it; the request has none");
	if (!p->schema || p->media.len || value_valid(f, p->schema, v->values[0], &fault) || list_valid(f, p, v))
		return true;
	return fit_tell(f, false, v->node ? v->node : r->node, spot_place(p->spot), where, "'%.*s' is not valid: %s", STR_FMT(str_sub(v->values[0], 0, 100)), fault.message);
}

static struct str slot(struct str template, struct str path, struct str name)
{
	struct str t = template, p = path;
	while (t.p && p.p) {
		struct str a = str_split(&t, '/'), b = str_split(&p, '/');
		size_t open = str_find_char(a, '{'), close = str_find_char(a, '}');
		if (open != SIZE_MAX && close != SIZE_MAX && str_eq(str_sub(a, open + 1, close), name))
			return str_sub(b, open, b.len > a.len - close - 1 ? b.len - (a.len - close - 1) : b.len);
	}
	return (struct str){ NULL, 0 };
}

static bool parameters(struct fitting *f, const struct openapi_operation *op, const struct openapi *api, const struct pact_part *r)
{
	bool ok = true;
	for (size_t i = 0; i < op->parameters.count; i++) {
		const struct openapi_parameter *p = op->parameters.items[i];
		struct str path = template_fits(op->path->path, r->path) >= 0 ? r->path : below(r->path, api->base);
		struct str value = p->in == OPENAPI_PATH ? pact_percent_decode(f->arena, slot(op->path->path, path, p->name), false) : STR("");
		struct pact_field of_path = { p->name, &value, 1, doc_get(r->node, STR("path")) };
		if (p->in == OPENAPI_PATH)
			ok = (!value.p || parameter(f, p, &of_path, r)) && ok;
		else if (p->in == OPENAPI_QUERY && !str_eq(p->style, STR("deepObject")))
			ok = parameter(f, p, pact_field(&r->query, p->name), r) && ok;
		else if (p->in == OPENAPI_HEADER && !str_eq_ci(p->name, STR("accept")) && !str_eq_ci(p->name, STR("content-type")) && !str_eq_ci(p->name, STR("authorization")))
			ok = parameter(f, p, pact_field_ci(&r->headers, p->name), r) && ok;
	}
	return ok;
}

/* A parameter that the description does not have: the provider would not see it. Names with brackets may be of a deepObject. */
static bool unknown_parameters(struct fitting *f, const struct openapi_operation *op, const struct pact_part *r)
{
	bool ok = true;
	for (uint32_t i = 0; i < r->query.count; i++) {
		const struct pact_field *q = &r->query.items[i];
		struct str name = str_sub(q->name, 0, str_find_char(q->name, '['));
		bool known = false;
		for (size_t k = 0; !known && k < op->parameters.count; k++) {
			const struct openapi_parameter *p = op->parameters.items[k];
			known = p->in == OPENAPI_QUERYSTRING || (p->in == OPENAPI_QUERY && (str_eq(p->name, q->name) || str_eq(p->name, name) || (p->explode && str_eq(p->style, STR("form")) && p->schema &&
				str_eq(schema_type_text(f->model->set, p->schema), STR("object")))));
		}
		if (!known)
			ok = fit_tell(f, false, q->node ? q->node : r->node, spot_place(op->spot), arena_printf(f->arena, "request query %.*s", STR_FMT(str_sub(q->name, 0, 100))),
				"the contract has no such parameter");
	}
	return ok;
}

/* --- bodies and answers ------------------------------------------------------------------------------------------------------------------------- */

static const struct openapi_media *media_of(const struct openapi_medias *m, struct str type)
{
	for (size_t i = 0; i < m->count; i++)
		if (openapi_media_covers(m->items[i].type, type))
			return &m->items[i];
	return NULL;
}

static bool request_body(struct fitting *f, const struct openapi_operation *op, const struct pact_part *r)
{
	struct schema_fault fault;
	bool sends = r->body.state == PACT_BODY_PRESENT;
	const struct doc *node = doc_get(r->node, STR("body"));
	struct str where = STR("request body");
	if (!sends)
		return !op->body || !op->body->required || fit_tell(f, false, r->node, spot_place(op->body->spot), where, "the contract demands a body; the request has none");
	if (!op->body)
		return fit_tell(f, false, node, spot_place(op->spot), where, "the operation takes no body");
	const struct openapi_media *m = media_of(&op->body->medias, r->body.type);
	if (!m && op->body->medias.count)
		return fit_tell(f, false, node, spot_place(op->body->spot), where, "the operation does not take %.*s", STR_FMT(str_sub(r->body.type, 0, 100)));
	if (!m || !m->schema || !r->body.json)
		return true;
	return schema_valid(m->schema, r->body.json, SCHEMA_USE_REQUEST, &fault) ||
	       fit_tell(f, false, node, spot_place(m->spot), arena_printf(f->arena, "request body %s", fault.instance[0] ? fault.instance : "/"), "%s", fault.message);
}

/* The exact status, its class, or the default. */
static const struct openapi_response *response_of(const struct openapi_operation *op, uint16_t status)
{
	const struct openapi_response *best = NULL;
	char exact[8], class[4] = { (char)('0' + status / 100), 'X', 'X', 0 };
	struct buf b;
	buf_init(&b, sizeof(exact));
	buf_u64(&b, status);
	for (size_t i = 0; i < op->responses.count; i++) {
		const struct openapi_response *r = &op->responses.items[i];
		if (str_eq(r->status, buf_str(&b))) {
			best = r;
			break;
		}
		if (str_eq_ci(r->status, str_z(class)) || (str_eq_ci(r->status, STR("default")) && !best))
			best = r;
	}
	buf_release(&b);
	return best;
}

/* Headers that HTTP itself or whoever stands between may add; a description need not name them. */
static bool common_header(struct str name)
{
	static const char *const names[] = { "content-type", "content-length", "content-encoding", "content-language", "date", "server", "cache-control", "connection", "vary", "etag", "expires",
		"last-modified", "transfer-encoding", "allow", "set-cookie", "strict-transport-security", "pragma", "age", "via" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq_ci(name, str_z(names[i])))
			return true;
	return str_starts(name, STR("Access-Control-")) || str_starts(name, STR("access-control-"));
}

static bool response_headers(struct fitting *f, const struct openapi_response *given, const struct pact_part *r)
{
	bool ok = true;
	for (uint32_t i = 0; i < r->headers.count; i++) {
		const struct pact_field *h = &r->headers.items[i];
		const struct openapi_header *known = NULL;
		struct schema_fault fault = { .message = "" };
		struct str where = arena_printf(f->arena, "response header %.*s", STR_FMT(str_sub(h->name, 0, 100)));
		if (common_header(h->name))
			continue;
		for (size_t k = 0; !known && k < given->body->headers.count; k++)
			known = str_eq_ci(given->body->headers.items[k].name, h->name) ? &given->body->headers.items[k] : NULL;
		if (!known)
			ok = fit_tell(f, false, h->node, spot_place(given->spot), where, "the contract does not give it");
		else if (h->count && !value_valid(f, known->schema, h->values[0], &fault))
			ok = fit_tell(f, false, h->node, spot_place(known->spot), where, "'%.*s' is not valid: %s", STR_FMT(str_sub(h->values[0], 0, 100)), fault.message);
		else if (!known->required)
			fit_tell(f, true, h->node, spot_place(known->spot), where, "the contract does not promise it: it is not required");
	}
	return ok;
}

static bool response(struct fitting *f, const struct openapi_operation *op, const struct pact_part *r)
{
	const struct openapi_response *given = r->status ? response_of(op, r->status) : NULL;
	const struct doc *node = doc_get(r->node, STR("body"));
	struct str where = STR("response body");
	if (!r->status)
		return true;
	if (!given)
		return fit_tell(f, false, doc_get(r->node, STR("status")), spot_place(op->spot), STR("response status"), "the contract gives no %u here", r->status);
	bool ok = response_headers(f, given, r);
	if (r->body.state != PACT_BODY_PRESENT)
		return ok;
	const struct openapi_media *m = media_of(&given->body->medias, r->body.type);
	if (!m && !given->body->medias.count)
		return fit_tell(f, false, node, spot_place(given->spot), where, "the contract gives no body with status %u", r->status);
	if (!m)
		return fit_tell(f, false, node, spot_place(given->spot), where, "the contract does not give %.*s", STR_FMT(str_sub(r->body.type, 0, 100)));
	if (!m->schema)
		return ok;
	if (!r->body.json) {
		f->fit->verdict = PACT_FIT_UNJUDGED;
		fit_tell(f, true, node, spot_place(m->spot), where, "bodies of %.*s are not judged by their schema; only JSON is", STR_FMT(str_sub(r->body.type, 0, 100)));
		return ok;
	}
	f->part = where;
	return fit_body(f, r, m->schema) && ok;
}

static const struct openapi *api_of(const struct fitting *f, const struct openapi_operation *op)
{
	for (size_t i = 0; i < f->model->count; i++)
		for (size_t k = 0; k < f->model->items[i]->operations.count; k++)
			if (f->model->items[i]->operations.items[k] == op)
				return f->model->items[i];
	return NULL;
}

static void judge(struct fitting *f, const struct pact_interaction *i)
{
	bool path_known = false;
	f->fit->verdict = PACT_FIT_YES;
	if (i->kind != PACT_HTTP) {
		f->fit->verdict = PACT_FIT_UNJUDGED;
		fit_tell(f, true, i->node, (struct change_place){ 0 }, STR("message"), "messages are not judged by an OpenAPI description");
		return;
	}
	const struct openapi_operation *op = find(f, &i->request, &path_known);
	if (!op) {
		fit_tell(f, false, doc_get(i->request.node, path_known ? STR("method") : STR("path")), (struct change_place){ 0 }, STR("request"),
			path_known ? "the contract has the path %.*s, but not with the method %.*s" : "the contract has no path that %.*s is of (method %.*s)",
			STR_FMT(str_sub(i->request.path, 0, 200)), STR_FMT(str_sub(i->request.method, 0, 20)));
		f->fit->verdict = PACT_FIT_NO;
		return;
	}
	f->fit->operation = op->label;
	bool ok = parameters(f, op, api_of(f, op), &i->request);
	/* What the provider refuses may be sent wrongly: that is what such an interaction is about. */
	bool refused = i->responses[0].status >= 400 && i->responses[0].status < 500;
	ok = unknown_parameters(f, op, &i->request) && ok;
	ok = request_body(f, op, &i->request) && ok;
	if (refused && !ok) {
		for (size_t k = 0; k < f->fit->count; k++)
			f->fit->findings[k].warning = true;
		ok = true;
	}
	if (!(response(f, op, &i->responses[0]) && ok))
		f->fit->verdict = PACT_FIT_NO;
}

bool pact_check_openapi(const struct pact *p, const struct contract_model *m, struct arena *a, struct pact_fits *out, struct err *e)
{
	struct fitting f = { .pact = p, .model = (const struct openapi_model *)m, .arena = a, .work = PACT_FIT_WORK_MAX };
	struct pact_fit *items = ARENA_ARRAY(a, p->count ? p->count : 1, struct pact_fit);
	*out = (struct pact_fits){ items, p->count, 0, 0, 0 };
	for (uint32_t i = 0; items && i < p->count; i++) {
		items[i].interaction = &p->interactions[i];
		f.fit = &items[i];
		judge(&f, &p->interactions[i]);
		out->failed += items[i].verdict == PACT_FIT_NO;
		out->unjudged += items[i].verdict == PACT_FIT_UNJUDGED;
		for (size_t k = 0; k < items[i].count; k++)
			out->warned += items[i].findings[k].warning;
	}
	return (items && !a->full) || err_set(e, ERR_TOO_LARGE, "no memory is left to check the pact against the contract");
}
