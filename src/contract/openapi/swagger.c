/* Swagger 2.0: what it writes differently, read into the structures of OpenAPI 3. Parameters are schemas themselves, a body is a parameter, forms are many
 * parameters, media types stand in lists. Where a schema of its own is needed, a node is made from members of the original, whose places it keeps. */
#include "contract/doc/doc_impl.h"
#include "contract/openapi/openapi.h"

enum { MEMBERS_MAX = 64, FORM_FIELDS_MAX = 512 };

static struct doc text_node(struct str s, uint32_t offset) { return (struct doc){ .offset = offset, .type = DOC_STRING,
	.count = (uint32_t)s.len & 0xfffffff, .p = s.p }; }

static struct doc_member text_member(struct str key, struct str value, uint32_t offset)
{
	return (struct doc_member){ key.p, (uint32_t)key.len, offset, text_node(value, offset) };
}

/* What of a parameter (or header) says which values it has. */
static bool is_schema_key(struct str key)
{
	static const struct str others[] = { STR_INIT("name"), STR_INIT("in"), STR_INIT("required"), STR_INIT("description"), STR_INIT("allowEmptyValue"),
		STR_INIT("collectionFormat"), STR_INIT("deprecated"), STR_INIT("x-sunset"), STR_INIT("x-stability-level") };
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_eq(key, others[i]))
			return false;
	return true;
}

/* The parameter as a schema; `type: file` is text of any bytes. */
static bool schema_of(struct openapi_reader *r, struct doc_spot at, struct doc *out)
{
	struct doc_member members[MEMBERS_MAX];
	size_t count = 0;
	uint32_t first, twice;
	for (uint32_t i = 0; i < at.node->count; i++) {
		const struct doc_member *m = &at.node->members[i];
		if (!is_schema_key(doc_key(m)))
			continue;
		if (count + 2 > MEMBERS_MAX)
			return openapi_fault(r, at, "a parameter may have %d keys", MEMBERS_MAX);
		members[count] = *m;
		if (str_eq(doc_key(m), STR("type")) && str_eq(doc_str(&m->value), STR("file"))) {
			members[count] = text_member(STR("type"), STR("string"), m->key_offset);
			members[++count] = text_member(STR("format"), STR("binary"), m->key_offset);
		}
		count++;
	}
	*out = (struct doc){ .offset = at.node->offset };
	return doc_make_object(r->arena, out, members, count, &first, &twice) || openapi_full(r);
}

static bool read_made(struct openapi_reader *r, struct doc_spot at, const struct schema **out)
{
	struct doc *node = ARENA_NEW(r->arena, struct doc);
	if (!node)
		return openapi_full(r);
	return schema_of(r, at, node) && openapi_read_schema(r, (struct doc_spot){ at.file, node, at.offset }, out);
}

bool swagger_read_header_schema(struct openapi_reader *r, struct doc_spot at, const struct schema **out) { return read_made(r, at, out); }

bool swagger_read_parameter(struct openapi_reader *r, struct doc_spot at, struct openapi_parameter *p)
{
	static const struct { struct str format, style; bool explode; } forms[] = {
		{ STR_INIT("csv"), STR_INIT("form"), false }, { STR_INIT("multi"), STR_INIT("form"), true }, { STR_INIT("ssv"), STR_INIT("spaceDelimited"), false },
		{ STR_INIT("pipes"), STR_INIT("pipeDelimited"), false }, { STR_INIT("tsv"), STR_INIT("tabDelimited"), false },
	};
	bool query = p->in == OPENAPI_QUERY, list = str_eq(doc_str(doc_get(at.node, STR("type"))), STR("array"));
	struct str format = doc_str(doc_get(at.node, STR("collectionFormat")));
	p->style = query ? STR("form") : STR("simple");
	p->explode = query && !list;
	p->allow_empty = doc_true(doc_get(at.node, STR("allowEmptyValue")));
	for (size_t i = 0; list && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (str_eq(format, forms[i].format) && (query || i)) {
			p->style = forms[i].style;
			p->explode = forms[i].explode;
		}
	return read_made(r, at, &p->schema);
}

bool swagger_read_servers(struct openapi_reader *r, struct doc_spot root)
{
	struct openapi_servers *s = &r->api->servers;
	struct doc_spot host = spot_member(root, STR("host")), base = spot_member(root, STR("basePath")), schemes = spot_member(root, STR("schemes"));
	if (!host.node && !base.node)
		return true;
	for (uint32_t i = 0; i == 0 || (doc_is(schemes.node, DOC_ARRAY) && i < schemes.node->count); i++) {
		struct str scheme = doc_is(schemes.node, DOC_ARRAY) && schemes.node->count ? doc_str(&schemes.node->items[i]) : STR("https");
		struct str url = host.node ? arena_printf(r->arena, "%.*s://%.*s%.*s", STR_FMT(scheme), STR_FMT(doc_str(host.node)), STR_FMT(doc_str(base.node))) :
					     doc_str(base.node);
		if (!url.p || !ARENA_PUSH_ROOM(r->arena, s->items, s->count, s->capacity))
			return openapi_full(r);
		s->items[s->count++] = (struct openapi_server){ url, host.node ? host : base };
	}
	return true;
}

/* The operation's list of media types, or the description's. */
static const struct doc *media_list(const struct openapi_reader *r, struct doc_spot operation, struct str key)
{
	const struct doc *own = doc_get(operation.node, key);
	return own ? own : doc_get(r->api->file->root, key);
}

static bool add_media(struct openapi_reader *r, struct openapi_medias *out, struct str type, struct doc_spot at, const struct schema *schema)
{
	struct openapi_media x = { .type = openapi_media_name(r->arena, type), .spot = at, .schema = schema };
	if (!x.type.p || !ARENA_PUSH_ROOM(r->arena, out->items, out->count, out->capacity))
		return openapi_full(r);
	out->items[out->count++] = x;
	return true;
}

/* One schema under each media type of the list; under `otherwise` where there is no list. */
static bool add_medias(struct openapi_reader *r, struct openapi_medias *out, const struct doc *list, struct str otherwise, struct doc_spot at,
	const struct schema *schema)
{
	size_t before = out->count;
	for (uint32_t i = 0; doc_is(list, DOC_ARRAY) && i < list->count; i++)
		if (doc_is(&list->items[i], DOC_STRING) && !add_media(r, out, doc_str(&list->items[i]), at, schema))
			return false;
	return out->count > before || add_media(r, out, otherwise, at, schema);
}

bool swagger_read_content(struct openapi_reader *r, struct doc_spot response, struct doc_spot operation, struct openapi_medias *out)
{
	struct doc_spot at = spot_member(response, STR("schema"));
	const struct schema *schema;
	if (!at.node)
		return true;
	return openapi_read_schema(r, at, &schema) && add_medias(r, out, media_list(r, operation, STR("produces")), STR("application/json"), at, schema);
}

/* The form parameters of one operation, on their way to be an object. */
struct swagger_form {
	struct doc_member fields[FORM_FIELDS_MAX];
	struct doc required[FORM_FIELDS_MAX];
	size_t count, required_count;
	struct doc_spot first;
	bool file;
};

static bool add_field(struct openapi_reader *r, struct swagger_form *f, struct doc_spot at)
{
	struct str name = doc_str(doc_get(at.node, STR("name")));
	for (size_t i = 0; i < f->count; i++)
		if (str_eq(doc_key(&f->fields[i]), name))
			return true; /* the operation's own overrides the path's */
	if (f->count == FORM_FIELDS_MAX)
		return openapi_fault(r, at, "a form may have %d fields", FORM_FIELDS_MAX);
	struct doc_member *m = &f->fields[f->count];
	*m = (struct doc_member){ name.p, (uint32_t)name.len, at.offset, { 0 } };
	if (!schema_of(r, at, &m->value))
		return false;
	if (!f->count++)
		f->first = at;
	if (doc_true(doc_get(at.node, STR("required"))))
		f->required[f->required_count++] = text_node(name, at.offset);
	f->file |= str_eq(doc_str(doc_get(at.node, STR("type"))), STR("file"));
	return true;
}

static bool form_schema(struct openapi_reader *r, const struct swagger_form *f, const struct schema **out)
{
	struct doc *node = ARENA_NEW(r->arena, struct doc);
	uint32_t first, twice, at = f->first.node->offset;
	struct doc_member members[3] = { text_member(STR("type"), STR("object"), at), text_member(STR("properties"), STR(""), at), text_member(STR("required"),
		STR(""), at) };
	bool ok = node && doc_make_object(r->arena, &members[1].value, f->fields, f->count, &first, &twice) &&
		  doc_make_array(r->arena, &members[2].value, f->required, f->required_count);
	if (!ok || !doc_make_object(r->arena, node, members, f->required_count ? 3 : 2, &first, &twice))
		return openapi_full(r);
	node->offset = at;
	return openapi_read_schema(r, (struct doc_spot){ f->first.file, node, at }, out);
}

static bool is_form_type(struct str type) { return str_starts(type, STR("multipart/")) || str_eq(type, STR("application/x-www-form-urlencoded")); }

static bool form_body(struct openapi_reader *r, struct openapi_operation *op, const struct swagger_form *f, struct doc_spot operation)
{
	struct openapi_body *b = ARENA_NEW(r->arena, struct openapi_body);
	const struct doc *consumes = media_list(r, operation, STR("consumes"));
	const struct schema *schema;
	if (!b)
		return openapi_full(r);
	*b = (struct openapi_body){ .spot = f->first, .required = f->required_count > 0 };
	op->body = b;
	if (!form_schema(r, f, &schema))
		return false;
	for (uint32_t i = 0; doc_is(consumes, DOC_ARRAY) && i < consumes->count; i++)
		if (is_form_type(doc_str(&consumes->items[i])) && !add_media(r, &b->medias, doc_str(&consumes->items[i]), f->first, schema))
			return false;
	return b->medias.count || add_media(r, &b->medias, f->file ? STR("multipart/form-data") : STR("application/x-www-form-urlencoded"), f->first, schema);
}

static bool body_parameter(struct openapi_reader *r, struct openapi_operation *op, struct doc_spot at, struct doc_spot operation)
{
	struct openapi_body *b = ARENA_NEW(r->arena, struct openapi_body);
	const struct schema *schema;
	if (!b)
		return openapi_full(r);
	*b = (struct openapi_body){ .spot = at, .required = doc_true(doc_get(at.node, STR("required"))) };
	op->body = b;
	return openapi_read_schema(r, spot_member(at, STR("schema")), &schema) &&
	       add_medias(r, &b->medias, media_list(r, operation, STR("consumes")), STR("application/json"), at, schema);
}

static bool other_parameter(struct openapi_reader *r, struct openapi_operation *op, struct doc_spot at, bool of_path)
{
	struct openapi_parameters *all = &op->parameters;
	struct openapi_parameter *p;
	if (!openapi_read_parameter(r, at, of_path, &p))
		return false;
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i]->in == p->in && str_eq(all->items[i]->name, p->name))
			return true;
	if (!ARENA_PUSH_ROOM(r->arena, all->items, all->count, all->capacity))
		return openapi_full(r);
	all->items[all->count++] = p;
	return true;
}

static bool read_list(struct openapi_reader *r, struct openapi_operation *op, struct swagger_form *f, struct doc_spot list, bool of_path, struct doc_spot operation)
{
	for (uint32_t i = 0; i < list.node->count; i++) {
		struct doc_spot entry = spot_item(list, &list.node->items[i]), at = entry;
		if (!spot_follow(r, &at) || !openapi_demand_object(r, at, "a parameter"))
			return false;
		struct str in = doc_str(doc_get(at.node, STR("in")));
		bool ok = true;
		if (str_eq(in, STR("formData")))
			ok = add_field(r, f, at);
		else if (!str_eq(in, STR("body")))
			ok = other_parameter(r, op, entry, of_path);
		else if (!op->body)
			ok = body_parameter(r, op, at, operation);
		if (!ok)
			return false;
	}
	return true;
}

bool swagger_read_parameters(struct openapi_reader *r, struct openapi_operation *op, const struct doc_spot lists[2], struct doc_spot operation)
{
	struct swagger_form *f = ARENA_NEW(r->arena, struct swagger_form);
	if (!f)
		return openapi_full(r);
	for (size_t i = 0; i < 2; i++)
		if (lists[i].node && !read_list(r, op, f, lists[i], i == 1, operation))
			return false;
	return !f->count || op->body || form_body(r, op, f, operation);
}
