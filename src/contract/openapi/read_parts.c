/* Reading of what operations consist of: parameters, bodies, media types, responses, headers. What is shared by `$ref` is read once. */
#include "contract/openapi/openapi.h"

/* What a node was read as, for the table of shared parts. */
static const char as_parameter, as_body, as_response;

static enum schema_dialect dialect_of(const struct openapi_reader *r)
{
	struct str named = doc_str(doc_get(r->api->file->root, STR("jsonSchemaDialect")));
	if (r->api->version == OPENAPI_SWAGGER_2)
		return SCHEMA_SWAGGER_2;
	if (r->api->version == OPENAPI_30)
		return SCHEMA_OPENAPI_30;
	if (str_find(named, STR("json-schema.org/draft/2020-12")) != SIZE_MAX)
		return SCHEMA_2020_12;
	return str_find(named, STR("json-schema.org/draft-07")) != SIZE_MAX ? SCHEMA_DRAFT7 : SCHEMA_OPENAPI_31;
}

bool openapi_read_schema(struct openapi_reader *r, struct doc_spot at, const struct schema **out)
{
	*out = NULL;
	return !at.node || (*out = schema_set_read(r->model->set, at.file, at.node, dialect_of(r), r->e)) != NULL;
}

struct openapi_life openapi_read_life(struct doc_spot at)
{
	return (struct openapi_life){ doc_true(doc_get(at.node, STR("deprecated"))), spot_member(at, STR("x-sunset")), spot_member(at, STR("x-stability-level")) };
}

enum openapi_stability openapi_stability_of(const struct openapi_life *life)
{
	static const struct str names[] = { { 0 }, STR_INIT("draft"), STR_INIT("alpha"), STR_INIT("beta"), STR_INIT("stable") };
	if (!life->stability.node)
		return STABILITY_NONE;
	for (int i = STABILITY_DRAFT; i <= STABILITY_STABLE; i++)
		if (str_eq(doc_str(life->stability.node), names[i]))
			return (enum openapi_stability)i;
	return STABILITY_INVALID;
}

static const struct str in_names[] = { STR_INIT("path"), STR_INIT("query"), STR_INIT("header"), STR_INIT("cookie"), STR_INIT("querystring") };
const char *openapi_in_name(enum openapi_in in) { return in_names[in].p; }

struct str openapi_media_name(struct arena *a, struct str written)
{
	size_t end = str_find_char(written, ';');
	struct str type = str_strip(str_sub(written, 0, end));
	char *p = arena_bytes(a, type.len + 1);
	for (size_t i = 0; p && i < type.len; i++)
		p[i] = (char)(type.p[i] >= 'A' && type.p[i] <= 'Z' ? type.p[i] | 0x20 : type.p[i]);
	return str_from(p, p ? type.len : 0);
}

bool openapi_media_covers(struct str range, struct str type)
{
	if (str_eq(range, type) || str_eq(range, STR("*/*")) || str_eq(range, STR("*")))
		return true;
	if (str_ends(range, STR("/*")))
		return str_starts(type, str_sub(range, 0, range.len - 1));
	/* "application/ *+json": structured syntax suffixes. */
	size_t star = str_find(range, STR("/*+"));
	return star != SIZE_MAX && str_starts(type, str_sub(range, 0, star + 1)) && str_ends(type, str_skip(range, star + 2));
}

bool openapi_read_content(struct openapi_reader *r, struct doc_spot at, struct openapi_medias *out)
{
	if (!at.node)
		return true;
	if (!openapi_demand_object(r, at, "content"))
		return false;
	for (uint32_t i = 0; i < at.node->count; i++) {
		const struct doc_member *m = &at.node->members[i];
		struct doc_spot media = spot_of(at, m);
		struct openapi_media x = { .type = openapi_media_name(r->arena, doc_key(m)), .spot = media };
		if (!spot_follow(r, &media) || !openapi_demand_object(r, media, "a media type"))
			return false;
		struct doc_spot schema = spot_member(media, STR("schema"));
		x.encoding = doc_get(media.node, STR("encoding"));
		if (!openapi_read_schema(r, schema.node ? schema : spot_member(media, STR("itemSchema")), &x.schema))
			return false;
		if (!x.type.p || !ARENA_PUSH_ROOM(r->arena, out->items, out->count, out->capacity))
			return openapi_full(r);
		out->items[out->count++] = x;
	}
	return true;
}

bool openapi_read_body(struct openapi_reader *r, struct doc_spot at, const struct openapi_body **out)
{
	struct str shared = spot_reference(r->arena, at, r->api->file);
	if (!spot_follow(r, &at))
		return false;
	if ((*out = openapi_known(r, at.node, &as_body)))
		return true;
	if (!openapi_demand_object(r, at, "a request body"))
		return false;
	struct openapi_body *b = ARENA_NEW(r->arena, struct openapi_body);
	if (!b)
		return openapi_full(r);
	*b = (struct openapi_body){ .spot = at, .shared = shared, .required = doc_true(doc_get(at.node, STR("required"))) };
	*out = b;
	return openapi_read_content(r, spot_member(at, STR("content")), &b->medias) && openapi_know(r, at.node, &as_body, b);
}

static bool read_in(struct openapi_reader *r, struct doc_spot at, struct openapi_parameter *p)
{
	struct str in = doc_str(doc_get(at.node, STR("in")));
	p->name = doc_str(doc_get(at.node, STR("name")));
	if (str_empty(p->name))
		return openapi_fault(r, at, "a parameter must have a name");
	for (size_t i = 0; i < sizeof(in_names) / sizeof(in_names[0]); i++)
		if (str_eq(in, in_names[i])) {
			p->in = (enum openapi_in)i;
			return true;
		}
	return openapi_fault(r, at, "the parameter %.*s must say where it is: in: path, query, header or cookie", STR_FMT(p->name));
}

/* How the value is written: style and explode, or the media type of `content`. */
static bool read_form(struct openapi_reader *r, struct doc_spot at, struct openapi_parameter *p)
{
	bool form = p->in == OPENAPI_QUERY || p->in == OPENAPI_COOKIE;
	const struct doc *style = doc_get(at.node, STR("style")), *explode = doc_get(at.node, STR("explode"));
	struct doc_spot content = spot_member(at, STR("content")), schema = spot_member(at, STR("schema"));
	p->style = style ? doc_str(style) : form ? STR("form") : STR("simple");
	p->explode = explode ? doc_true(explode) : str_eq(p->style, STR("form"));
	p->allow_reserved = doc_true(doc_get(at.node, STR("allowReserved")));
	p->allow_empty = doc_true(doc_get(at.node, STR("allowEmptyValue")));
	if (doc_is(content.node, DOC_OBJECT) && content.node->count) {
		p->media = openapi_media_name(r->arena, doc_key(&content.node->members[0]));
		schema = spot_member(spot_of(content, &content.node->members[0]), STR("schema"));
	}
	return openapi_read_schema(r, schema, &p->schema);
}

bool openapi_read_parameter(struct openapi_reader *r, struct doc_spot at, bool of_path, struct openapi_parameter **out)
{
	struct str shared = spot_reference(r->arena, at, r->api->file);
	if (!spot_follow(r, &at))
		return false;
	if ((*out = openapi_known(r, at.node, &as_parameter)))
		return true;
	struct openapi_parameter *p = ARENA_NEW(r->arena, struct openapi_parameter);
	if (!p)
		return openapi_full(r);
	if (!openapi_demand_object(r, at, "a parameter") || !read_in(r, at, p))
		return false;
	p->spot = at;
	p->shared = shared;
	p->of_path = of_path;
	p->life = openapi_read_life(at);
	p->required = p->in == OPENAPI_PATH || doc_true(doc_get(at.node, STR("required")));
	*out = p;
	bool ok = r->api->version == OPENAPI_SWAGGER_2 ? swagger_read_parameter(r, at, p) : read_form(r, at, p);
	if (ok && p->schema)
		p->fallback = doc_get(schema_node(p->schema), STR("default"));
	return ok && openapi_know(r, at.node, &as_parameter, p);
}

static bool read_header(struct openapi_reader *r, struct doc_spot at, struct openapi_header *h)
{
	h->shared = spot_reference(r->arena, at, r->api->file);
	if (!spot_follow(r, &at) || !openapi_demand_object(r, at, "a header"))
		return false;
	h->spot = at;
	h->required = doc_true(doc_get(at.node, STR("required")));
	if (r->api->version == OPENAPI_SWAGGER_2)
		return swagger_read_header_schema(r, at, &h->schema);
	struct doc_spot content = spot_member(at, STR("content")), schema = spot_member(at, STR("schema"));
	if (doc_is(content.node, DOC_OBJECT) && content.node->count)
		schema = spot_member(spot_of(content, &content.node->members[0]), STR("schema"));
	return openapi_read_schema(r, schema, &h->schema);
}

bool openapi_read_headers(struct openapi_reader *r, struct doc_spot at, struct openapi_headers *out)
{
	if (!at.node)
		return true;
	if (!openapi_demand_object(r, at, "headers"))
		return false;
	for (uint32_t i = 0; i < at.node->count; i++) {
		const struct doc_member *m = &at.node->members[i];
		struct openapi_header h = { .name = doc_key(m), .spot = spot_of(at, m) };
		if (str_eq_ci(h.name, STR("content-type")))
			continue;
		if (!read_header(r, h.spot, &h))
			return false;
		if (!ARENA_PUSH_ROOM(r->arena, out->items, out->count, out->capacity))
			return openapi_full(r);
		out->items[out->count++] = h;
	}
	return true;
}

/* Of Swagger 2.0 the media types depend on the operation's `produces`, so the part is shared only between operations of the same list. */
static bool read_response(struct openapi_reader *r, struct doc_spot at, struct doc_spot operation, const struct openapi_response_body **out)
{
	const void *as = &as_response;
	struct str shared = spot_reference(r->arena, at, r->api->file);
	const struct doc *produces = doc_get(operation.node, STR("produces"));
	if (!spot_follow(r, &at))
		return false;
	if (produces && r->api->version == OPENAPI_SWAGGER_2)
		as = produces;
	if ((*out = openapi_known(r, at.node, as)))
		return true;
	if (!openapi_demand_object(r, at, "a response"))
		return false;
	struct openapi_response_body *b = ARENA_NEW(r->arena, struct openapi_response_body);
	if (!b)
		return openapi_full(r);
	b->spot = at;
	b->shared = shared;
	*out = b;
	bool ok = r->api->version == OPENAPI_SWAGGER_2 ? swagger_read_content(r, at, operation, &b->medias) :
							 openapi_read_content(r, spot_member(at, STR("content")), &b->medias);
	return ok && openapi_read_headers(r, spot_member(at, STR("headers")), &b->headers) && openapi_know(r, at.node, as, b);
}

bool openapi_read_responses(struct openapi_reader *r, struct openapi_operation *op, struct doc_spot at)
{
	struct openapi_responses *all = &op->responses;
	if (!at.node)
		return true;
	if (!openapi_demand_object(r, at, "responses"))
		return false;
	for (uint32_t i = 0; i < at.node->count; i++) {
		const struct doc_member *m = &at.node->members[i];
		struct openapi_response x = { .status = doc_key(m), .spot = spot_of(at, m) };
		if (str_starts(x.status, STR("x-")))
			continue;
		if (!str_eq(x.status, STR("default")) && x.status.len != 3)
			return openapi_fault(r, x.spot, "a response's key must be a status (200), a range (2XX) or default");
		if (!read_response(r, x.spot, op->spot, &x.body))
			return false;
		if (!ARENA_PUSH_ROOM(r->arena, all->items, all->count, all->capacity))
			return openapi_full(r);
		all->items[all->count++] = x;
	}
	return true;
}
