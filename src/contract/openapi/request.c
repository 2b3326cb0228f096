/* Witnesses that are whole requests: one that the old operation takes, built from what it demands and around what changed, and what the new description makes
 * of it. Values are checked by the schemas' validator; where a value cannot be found, the change stays unproved. */
#include "contract/openapi/compare.h"
#include "contract/openapi/sample.h"
#include "contract/openapi/write_parameter.h"

enum { FILLED_MAX = 64, REQUEST_TEXT_MAX = 16384 };
struct filled { const struct openapi_parameter *parameter; const struct doc *value; };
struct request {
	const struct openapi_operation *op;
	struct filled items[FILLED_MAX];
	size_t count;
	struct str media;           /* empty: no body */
	const struct doc *body;
	const struct openapi_alternative *credentials;
};

/* ---- what the old operation demands ---- */

static bool is_left_out(const struct openapi_parameter *p, const struct openapi_wish *w)
{
	return w->without.len && p->in == w->without_in && (p->in == OPENAPI_HEADER ? str_eq_ci(p->name, w->without) : str_eq(p->name, w->without));
}

static bool fill_parameters(struct openapi_comparison *c, struct request *r, const struct openapi_wish *w)
{
	for (size_t i = 0; i < r->op->parameters.count; i++) {
		const struct openapi_parameter *p = r->op->parameters.items[i];
		if ((!p->required && p != w->with) || is_left_out(p, w))
			continue;
		const struct doc *example = doc_get(p->spot.node, STR("example"));
		if (example && p->schema && !schema_valid(p->schema, example, SCHEMA_USE_REQUEST, NULL))
			example = NULL;
		const struct doc *value = p == w->with && w->parts ? w->parts : example ? example : openapi_sample(&c->arena, p->schema, SCHEMA_USE_REQUEST);
		if (!value || r->count == FILLED_MAX)
			return false;
		r->items[r->count++] = (struct filled){ p, value };
	}
	return true;
}

static bool is_json(struct str type) { return str_eq(type, STR("application/json")) || str_ends(type, STR("+json")); }

static const struct openapi_media *choose_media(const struct openapi_body *b, struct str wanted)
{
	for (size_t i = 0; i < b->medias.count; i++)
		if (wanted.len ? str_eq(b->medias.items[i].type, wanted) : is_json(b->medias.items[i].type))
			return &b->medias.items[i];
	return b->medias.count ? &b->medias.items[0] : NULL;
}

/* Any value was fine before: one that the new schema refuses. */
static const struct doc *refused_value(const struct openapi_pair *pair, struct str type)
{
	static const struct doc values[] = { { .type = DOC_NULL }, { .type = DOC_INT, .i = 0 }, { .type = DOC_STRING, .count = 0, .p = "" },
		{ .type = DOC_ARRAY }, { .type = DOC_OBJECT } };
	const struct openapi_media *n = pair->after && pair->after->body ? choose_media(pair->after->body, type) : NULL;
	for (size_t i = 0; n && n->schema && i < sizeof(values) / sizeof(values[0]); i++)
		if (!schema_valid(n->schema, &values[i], SCHEMA_USE_REQUEST, NULL))
			return &values[i];
	return NULL;
}

static bool fill_body(struct openapi_comparison *c, const struct openapi_pair *pair, struct request *r, const struct openapi_wish *w)
{
	const struct openapi_body *b = r->op->body;
	if (!b || w->no_body || (!b->required && !w->with_body))
		return !b || !w->no_body || !b->required;
	const struct openapi_media *m = choose_media(b, w->media);
	if (!m)
		return false;
	r->media = str_find_char(m->type, '*') == SIZE_MAX ? m->type : str_starts(m->type, STR("text/")) ? STR("text/plain") : STR("application/octet-stream");
	r->body = w->refused ? refused_value(pair, w->media) : openapi_sample(&c->arena, m->schema, SCHEMA_USE_REQUEST);
	return r->body != NULL;
}

static bool build(struct openapi_comparison *c, const struct openapi_pair *pair, struct request *r, const struct openapi_wish *w)
{
	*r = (struct request){ .op = pair->before };
	r->credentials = w->credentials ? w->credentials : pair->before->security->count ? &pair->before->security->items[0] : NULL;
	return fill_parameters(c, r, w) && fill_body(c, pair, r, w);
}

/* ---- the request as text ---- */

static const struct filled *filled_as(const struct request *r, enum openapi_in in, struct str name)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].parameter->in == in && str_eq(r->items[i].parameter->name, name))
			return &r->items[i];
	return NULL;
}

static void add_path(struct buf *b, const struct request *r)
{
	struct str path = r->op->path->path;
	if (r->op->path->kind != OPENAPI_OPERATION) {
		buf_printf(b, "{the receiver of %.*s}", STR_FMT(path));
		return;
	}
	for (size_t at; (at = str_find_char(path, '{')) != SIZE_MAX;) {
		size_t end = str_find_char(str_skip(path, at), '}');
		if (end == SIZE_MAX)
			break;
		const struct filled *f = filled_as(r, OPENAPI_PATH, str_sub(path, at + 1, at + end));
		buf_add(b, str_sub(path, 0, at));
		if (f)
			openapi_write_parameter(b, f->parameter, f->value);
		else
			buf_char(b, '1');
		path = str_skip(path, at + end + 1);
	}
	buf_add(b, path);
}

static const struct doc *scheme_node(const struct openapi *api, struct str name)
{
	for (size_t i = 0; i < api->schemes.count; i++)
		if (str_eq(api->schemes.items[i].name, name))
			return api->schemes.items[i].spot.node;
	return NULL;
}

static void add_credentials(struct buf *b, const struct openapi *api, const struct request *r, struct str in, const char *first, const char *suffix)
{
	for (size_t i = 0; r->credentials && i < r->credentials->count; i++) {
		const struct doc *scheme = scheme_node(api, r->credentials->items[i].scheme);
		if (!scheme || !str_eq(doc_str(doc_get(scheme, STR("in"))), in))
			continue;
		buf_add(b, str_z(first));
		buf_printf(b, "%.*s%s", STR_FMT(doc_str(doc_get(scheme, STR("name")))), suffix);
		if (*first == '?')
			first = "&";
	}
}

static void add_authorization(struct buf *b, const struct openapi *api, const struct request *r)
{
	for (size_t i = 0; r->credentials && i < r->credentials->count; i++) {
		const struct doc *scheme = scheme_node(api, r->credentials->items[i].scheme);
		struct str type = doc_str(doc_get(scheme, STR("type"))), how = doc_str(doc_get(scheme, STR("scheme")));
		if (!scheme || str_eq(type, STR("apiKey")) || str_eq(type, STR("mutualTLS")))
			continue;
		bool basic = str_eq(type, STR("basic")) || str_eq_ci(how, STR("basic"));
		buf_printf(b, "\nAuthorization: %s (%.*s)", basic ? "Basic …" : "Bearer …", STR_FMT(r->credentials->items[i].scheme));
	}
}

static void add_request(struct buf *b, const struct openapi *api, const struct request *r)
{
	const char *before = "?";
	buf_printf(b, "%.*s ", STR_FMT(r->op->method));
	add_path(b, r);
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].parameter->in == OPENAPI_QUERY) {
			buf_add(b, str_z(before));
			openapi_write_parameter(b, r->items[i].parameter, r->items[i].value);
			before = "&";
		}
	add_credentials(b, api, r, STR("query"), before, "=…");
	for (size_t i = 0; i < r->count; i++) {
		const struct openapi_parameter *p = r->items[i].parameter;
		if (p->in != OPENAPI_HEADER && p->in != OPENAPI_COOKIE)
			continue;
		buf_printf(b, "\n%.*s: ", p->in == OPENAPI_HEADER ? (int)p->name.len : 6, p->in == OPENAPI_HEADER ? p->name.p : "Cookie");
		openapi_write_parameter(b, p, r->items[i].value);
	}
	add_credentials(b, api, r, STR("header"), "\n", ": …");
	add_authorization(b, api, r);
	if (r->media.len) {
		struct json_out o;
		buf_printf(b, "\nContent-Type: %.*s\n\n", STR_FMT(r->media));
		json_out_init(&o, b);
		if (r->body->type == DOC_STRING && !is_json(r->media))
			buf_add(b, doc_str(r->body));
		else
			doc_write(r->body, &o);
	}
}

/* ---- what both descriptions make of it ---- */

static const struct openapi_parameter *named(const struct openapi_operation *op, enum openapi_in in, struct str name)
{
	for (size_t i = 0; i < op->parameters.count; i++) {
		const struct openapi_parameter *p = op->parameters.items[i];
		if (p->in == in && (in == OPENAPI_HEADER ? str_eq_ci(p->name, name) : str_eq(p->name, name)))
			return p;
	}
	return NULL;
}

static bool body_refused(const struct openapi_operation *after, const struct request *r, struct buf *why)
{
	struct schema_fault fault = { 0 };
	const struct openapi_media *n = after->body ? choose_media(after->body, r->media) : NULL;
	if (!n || !n->schema || schema_valid(n->schema, r->body, SCHEMA_USE_REQUEST, &fault))
		return false;
	buf_printf(why, "the body is not valid: %s", fault.message);
	return true;
}

static bool media_refused(const struct openapi_operation *after, const struct request *r, struct buf *why)
{
	for (size_t i = 0; i < after->body->medias.count; i++)
		if (openapi_media_covers(after->body->medias.items[i].type, r->media))
			return false;
	buf_printf(why, "a body of %.*s is not taken", STR_FMT(r->media));
	return true;
}

static bool parameter_missing(const struct openapi_operation *after, const struct openapi_wish *w, struct buf *why)
{
	const struct openapi_parameter *q = named(after, w->without_in, w->without);
	if (!q || !q->required)
		return false;
	buf_printf(why, "the %s parameter `%.*s` is missing", openapi_in_name(q->in), STR_FMT(q->name));
	return true;
}

static void add_default(struct buf *b, const struct openapi_parameter *p)
{
	struct json_out o;
	buf_printf(b, "valid, `%.*s` is ", STR_FMT(p->name));
	if (!p->fallback) {
		buf_add(b, STR("not set"));
		return;
	}
	json_out_init(&o, b);
	doc_write(p->fallback, &o);
}

/* The same value in both ways of writing. */
static bool is_written_otherwise(const struct openapi_pair *pair, const struct openapi_wish *w, struct buf *before, struct buf *why)
{
	const struct openapi_parameter *q = named(pair->after, w->with->in, w->with->name);
	struct json_out o;
	struct buf old_way, new_way;
	buf_init(&old_way, 4096);
	buf_init(&new_way, 4096);
	openapi_write_parameter(&old_way, w->with, w->parts);
	if (q)
		openapi_write_parameter(&new_way, q, w->parts);
	bool differ = q && !str_eq(buf_str(&old_way), buf_str(&new_way));
	buf_clear(before);
	buf_printf(before, "valid, `%.*s` is ", STR_FMT(w->with->name));
	json_out_init(&o, before);
	doc_write(w->parts, &o);
	buf_printf(why, "that value is written %.*s", STR_FMT(buf_str(&new_way)));
	buf_release(&old_way);
	buf_release(&new_way);
	return differ;
}

/* For the reason of the change; false where the request would be taken after all. */
static bool is_refused(const struct openapi_pair *pair, const struct request *r, const struct change *x, const struct openapi_wish *w,
	struct buf *before, struct buf *why)
{
	const struct openapi_operation *after = pair->after;
	const struct openapi_parameter *p, *q;
	switch (x->kind) {
	case CHANGE_KIND_OPENAPI_PARAMETER_ADDED_REQUIRED:
	case CHANGE_KIND_OPENAPI_PARAMETER_BECAME_REQUIRED:
	case CHANGE_KIND_OPENAPI_PARAMETER_MOVED:
		return parameter_missing(after, w, why);
	case CHANGE_KIND_OPENAPI_PARAMETER_REMOVED:
		buf_printf(why, "the %s parameter `%.*s` is not described any more", openapi_in_name(w->with->in), STR_FMT(w->with->name));
		return !named(after, w->with->in, w->with->name);
	case CHANGE_KIND_OPENAPI_PARAMETER_DEFAULT:
		p = named(pair->before, w->without_in, w->without);
		q = named(after, w->without_in, w->without);
		if (!p || !q)
			return false;
		buf_clear(before);
		add_default(before, p);
		add_default(why, q);
		return true;
	case CHANGE_KIND_OPENAPI_PARAMETER_SERIALIZATION:
		return is_written_otherwise(pair, w, before, why);
	case CHANGE_KIND_OPENAPI_SECURITY_SCHEME_CHANGED:
		buf_printf(why, "the credentials are not where, or what, they must be: %.*s", STR_FMT(x->detail));
		return true; /* compare_security.c has found the ways different */
	case CHANGE_KIND_OPENAPI_BODY_ADDED_REQUIRED:
	case CHANGE_KIND_OPENAPI_BODY_BECAME_REQUIRED:
		buf_add(why, STR("the body is missing"));
		return after->body && after->body->required;
	case CHANGE_KIND_OPENAPI_BODY_REMOVED:
		buf_add(why, STR("no body is described"));
		return !after->body;
	case CHANGE_KIND_OPENAPI_BODY_MEDIA_TYPE_REMOVED:
		return media_refused(after, r, why);
	case CHANGE_KIND_OPENAPI_BODY_SCHEMA_ADDED:
		return body_refused(after, r, why);
	case CHANGE_KIND_OPENAPI_SECURITY_TIGHTENED:
		buf_add(why, STR("the credentials are not enough"));
		return true; /* compare_security.c has asked every alternative */
	case CHANGE_KIND_OPENAPI_SERVER_REMOVED:
		buf_printf(why, "the server %.*s is not described any more", STR_FMT(x->subject));
		return true;
	default:
		buf_printf(why, "no operation %.*s is described", STR_FMT(pair->before->label));
		return !after;
	}
}

void openapi_prove_request(struct openapi_comparison *c, const struct openapi_pair *pair, struct change *x, const struct openapi_wish *wish)
{
	struct request r;
	struct buf text, before, why;
	if (!c->options->witnesses || x->level == CHANGE_INFO || !build(c, pair, &r, wish))
		return;
	buf_init(&text, REQUEST_TEXT_MAX);
	buf_init(&before, 1024);
	buf_init(&why, 2048);
	buf_add(&before, STR("valid"));
	if (is_refused(pair, &r, x, wish, &before, &why)) {
		add_request(&text, c->before, &r);
		struct arena *a = &c->out->arena;
		if (buf_ok(&text))
			x->witness = (struct witness){ WITNESS_PROVED, WITNESS_REQUEST, arena_printf(a, "%.*s request", STR_FMT(pair->before->label)), arena_str(a, buf_str(&text)),
				arena_str(a, buf_str(&before)), arena_str(a, buf_str(&why)) };
	}
	buf_release(&text);
	buf_release(&before);
	buf_release(&why);
}
