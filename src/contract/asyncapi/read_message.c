/* Messages: payload and headers in the schema language that `schemaFormat` names, content type, correlation id, bindings. What a message does not say, its
 * traits may. Payloads in languages other than JSON Schema are kept as they stand: they are compared as text only. */
#include "contract/asyncapi/asyncapi.h"

static struct str last_part(struct str reference)
{
	size_t at = reference.len;
	while (at && reference.p[at - 1] != '/')
		at--;
	return str_skip(reference, at);
}

/* The message's own member, or its first trait's that has it. */
static bool member_of(struct asyncapi_reader *r, struct doc_spot message, struct str key, struct doc_spot *out)
{
	struct doc_spot traits = spot_member(message, STR("traits"));
	*out = spot_member(message, key);
	for (uint32_t i = 0; !out->node && doc_is(traits.node, DOC_ARRAY) && i < traits.node->count && i < ASYNCAPI_TRAITS_MAX; i++) {
		struct doc_spot trait = spot_item(traits, &traits.node->items[i]);
		if (!spot_go(&trait, r->model->set, r->e))
			return false;
		*out = spot_member(trait, key);
	}
	return true;
}

static bool has(struct str format, const char *part) { return str_find(format, str_z(part)) != SIZE_MAX; }

/* Of JSON Schema in any draft; *other for what is none. */
static enum schema_dialect dialect_of(struct str format, enum asyncapi_language *language)
{
	static const struct { const char *part; enum schema_dialect dialect; } dialects[] = {
		{ "draft-04", SCHEMA_DRAFT4 }, { "draft-06", SCHEMA_DRAFT6 }, { "draft-07", SCHEMA_DRAFT7 }, { "2019-09", SCHEMA_2019_09 }, { "2020-12", SCHEMA_2020_12 },
		{ "openapi;version=3.0", SCHEMA_OPENAPI_30 }, { "openapi+json;version=3.0", SCHEMA_OPENAPI_30 }, { "openapi+yaml;version=3.0", SCHEMA_OPENAPI_30 },
		{ "vnd.oai.openapi", SCHEMA_OPENAPI_31 },
	};
	*language = LANGUAGE_JSON_SCHEMA;
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (has(format, dialects[i].part))
			return dialects[i].dialect;
	if (has(format, "avro"))
		*language = LANGUAGE_AVRO;
	else if (format.len && !has(format, "asyncapi") && !has(format, "schema+"))
		*language = LANGUAGE_OTHER;
	return SCHEMA_DRAFT7;
}

/* AsyncAPI 3's multi-format schema: { schemaFormat, schema }. */
static bool open_schema(struct asyncapi_reader *r, struct doc_spot *at, struct str *format)
{
	struct doc_spot outer = *at;
	if (!spot_go(&outer, r->model->set, r->e))
		return false;
	struct doc_spot inner = spot_member(outer, STR("schema"));
	if (doc_is(doc_get(outer.node, STR("schemaFormat")), DOC_STRING) && inner.node) {
		*format = doc_str(doc_get(outer.node, STR("schemaFormat")));
		*at = inner;
	}
	return true;
}

static bool read_payload(struct asyncapi_reader *r, struct asyncapi_message *m, struct doc_spot at)
{
	if (!at.node)
		return true;
	if (!open_schema(r, &at, &m->schema_format))
		return false;
	enum schema_dialect dialect = dialect_of(m->schema_format, &m->language);
	m->payload_spot = at;
	if (m->language == LANGUAGE_JSON_SCHEMA)
		return (m->payload = schema_set_read(r->model->set, at.file, at.node, dialect, r->e)) != NULL;
	return true;
}

static bool read_headers(struct asyncapi_reader *r, struct asyncapi_message *m, struct doc_spot at)
{
	struct str format = { 0 };
	enum asyncapi_language language;
	if (!at.node)
		return true;
	if (!open_schema(r, &at, &format))
		return false;
	enum schema_dialect dialect = dialect_of(format, &language);
	return language != LANGUAGE_JSON_SCHEMA || (m->headers = schema_set_read(r->model->set, at.file, at.node, dialect, r->e)) != NULL;
}

static bool read_members(struct asyncapi_reader *r, struct asyncapi_message *m)
{
	struct doc_spot payload, headers, type, correlation, format;
	bool ok = member_of(r, m->spot, STR("payload"), &payload) && member_of(r, m->spot, STR("headers"), &headers) && member_of(r, m->spot, STR("contentType"), &type) &&
		  member_of(r, m->spot, STR("correlationId"), &correlation) && member_of(r, m->spot, STR("schemaFormat"), &format) &&
		  member_of(r, m->spot, STR("bindings"), &m->bindings) && (!correlation.node || spot_go(&correlation, r->model->set, r->e));
	if (!ok)
		return false;
	m->content_type = doc_str(type.node);
	if (str_empty(m->content_type))
		m->content_type = r->api->content_type;
	m->schema_format = doc_str(format.node);
	m->correlation = doc_str(doc_get(correlation.node, STR("location")));
	return read_payload(r, m, payload) && read_headers(r, m, headers);
}

bool asyncapi_read_message(struct asyncapi_reader *r, struct doc_spot at, struct str key, struct asyncapi_messages *out)
{
	struct asyncapi_message *m = ARENA_NEW(r->arena, struct asyncapi_message);
	struct str shared = spot_reference(r->arena, at, r->api->file);
	if (!spot_go(&at, r->model->set, r->e) || !asyncapi_demand_object(r, at, "a message"))
		return false;
	if (!m || !ARENA_PUSH_ROOM(r->arena, out->items, out->count, out->capacity))
		return asyncapi_full(r);
	*m = (struct asyncapi_message){ .id = key, .shared = shared, .spot = at, .name = doc_str(doc_get(at.node, STR("name"))) };
	if (str_empty(m->id))
		m->id = doc_str(doc_get(at.node, STR("messageId")));
	if (str_empty(m->id))
		m->id = last_part(shared);
	out->items[out->count++] = m;
	return read_members(r, m);
}
