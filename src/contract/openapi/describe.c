/* The description as documentation: operations with parameters, bodies and answers, and the schemas of the components as types. */
#include "contract/openapi/openapi.h"

static void text_if(struct json_out *o, const char *key, const struct doc *node, struct str name)
{
	struct str s = doc_str(doc_get(node, name));
	if (s.len)
		json_kv_str(o, key, s);
}

static struct str type_text(const struct openapi_model *m, const struct schema *s) { return s ? schema_type_text(m->set, s) : STR("any"); }

static void parameter(const struct openapi_model *m, const struct openapi_parameter *p, struct json_out *o)
{
	json_out_object(o);
	json_kv_str(o, "name", p->name);
	json_kv_str(o, "in", str_z(openapi_in_name(p->in)));
	json_kv_str(o, "type", type_text(m, p->schema));
	json_kv_bool(o, "required", p->required);
	text_if(o, "description", p->spot.node, STR("description"));
	json_kv_bool(o, "deprecated", p->life.deprecated);
	json_out_end(o);
}

/* "Order", or "Order as application/xml" where it is not JSON. */
static struct str media_text(struct openapi_model *m, const struct openapi_medias *medias)
{
	struct str all = { 0 };
	for (size_t i = 0; i < medias->count; i++) {
		const struct openapi_media *x = &medias->items[i];
		struct str type = type_text(m, x->schema);
		bool json = str_eq(x->type, STR("application/json"));
		all = arena_printf(&m->arena, "%.*s%s%.*s%s%.*s", STR_FMT(all), all.len ? ", " : "", STR_FMT(type), json ? "" : " as ", json ? 0 : (int)x->type.len, x->type.p);
	}
	return all;
}

static void http(const struct openapi *api, const struct openapi_operation *op, struct json_out *o)
{
	if (op->path->kind != OPENAPI_OPERATION)
		return;
	json_out_key(o, STR("http"));
	json_out_object(o);
	json_kv_str(o, "method", op->method);
	json_kv_str(o, "base", api->base);
	json_kv_str(o, "path", op->path->path);
	json_out_end(o);
}

static void operation(struct openapi_model *m, const struct openapi *api, const struct openapi_operation *op, struct json_out *o)
{
	json_out_object(o);
	json_kv_str(o, "id", op->label);
	http(api, op, o);
	text_if(o, "title", op->spot.node, STR("summary"));
	text_if(o, "description", op->spot.node, STR("description"));
	json_kv_bool(o, "deprecated", op->life.deprecated);
	json_kv_u64(o, "line", doc_place(op->spot.file ? op->spot.file : api->file, op->spot.offset).line);
	json_out_key(o, STR("parameters"));
	json_out_array(o);
	for (size_t i = 0; i < op->parameters.count; i++)
		parameter(m, op->parameters.items[i], o);
	json_out_end(o);
	if (op->body) {
		json_out_key(o, STR("request"));
		json_out_object(o);
		json_kv_str(o, "type", media_text(m, &op->body->medias));
		text_if(o, "description", op->body->spot.node, STR("description"));
		json_out_end(o);
	}
	json_out_key(o, STR("answers"));
	json_out_array(o);
	for (size_t i = 0; i < op->responses.count; i++) {
		const struct openapi_response *r = &op->responses.items[i];
		json_out_object(o);
		json_kv_str(o, "status", r->status);
		json_kv_str(o, "type", media_text(m, &r->body->medias));
		text_if(o, "description", r->body->spot.node, STR("description"));
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

static enum schema_dialect dialect_of(const struct openapi *api)
{
	return api->version == OPENAPI_SWAGGER_2 ? SCHEMA_SWAGGER_2 : api->version == OPENAPI_30 ? SCHEMA_OPENAPI_30 : SCHEMA_OPENAPI_31;
}

static bool is_required(const struct doc *schema, struct str name)
{
	const struct doc *list = doc_get(schema, STR("required"));
	for (uint32_t i = 0; doc_is(list, DOC_ARRAY) && i < list->count; i++)
		if (str_eq(doc_str(&list->items[i]), name))
			return true;
	return false;
}

static void fields(struct openapi_model *m, const struct openapi *api, const struct doc *schema, struct json_out *o)
{
	const struct doc *properties = doc_get(schema, STR("properties"));
	json_out_key(o, STR("fields"));
	json_out_array(o);
	for (uint32_t i = 0; doc_is(properties, DOC_OBJECT) && i < properties->count; i++) {
		const struct doc_member *p = &properties->members[i];
		struct err e = { 0 };
		const struct schema *s = schema_set_read(m->set, api->file, &p->value, dialect_of(api), &e);
		json_out_object(o);
		json_kv_str(o, "name", doc_key(p));
		json_kv_str(o, "type", type_text(m, s));
		json_kv_bool(o, "required", is_required(schema, doc_key(p)));
		text_if(o, "description", &p->value, STR("description"));
		json_kv_bool(o, "deprecated", doc_true(doc_get(&p->value, STR("deprecated"))));
		json_out_end(o);
	}
	json_out_end(o);
}

static void values(const struct doc *list, struct json_out *o)
{
	json_out_key(o, STR("values"));
	json_out_array(o);
	for (uint32_t i = 0; doc_is(list, DOC_ARRAY) && i < list->count; i++) {
		json_out_object(o);
		json_out_key(o, STR("name"));
		if (list->items[i].type == DOC_STRING) {
			json_out_str(o, doc_str(&list->items[i]));
		} else {
			struct buf b;
			struct json_out text;
			buf_init(&b, 4096);
			json_out_init(&text, &b);
			doc_write(&list->items[i], &text);
			json_out_str(o, buf_str(&b));
			buf_release(&b);
		}
		json_out_end(o);
	}
	json_out_end(o);
}

static const char *kind_of(const struct doc *schema)
{
	if (doc_get(schema, STR("enum")))
		return "enum";
	if (doc_get(schema, STR("oneOf")) || doc_get(schema, STR("anyOf")))
		return "union";
	return doc_get(schema, STR("properties")) || doc_get(schema, STR("allOf")) || str_eq(doc_str(doc_get(schema, STR("type"))), STR("object")) ? "message" : "scalar";
}

static void type(struct openapi_model *m, const struct openapi *api, const struct doc_member *s, struct json_out *o)
{
	json_out_object(o);
	json_kv_str(o, "name", doc_key(s));
	json_kv_str(o, "kind", str_z(kind_of(&s->value)));
	text_if(o, "description", &s->value, STR("description"));
	json_kv_bool(o, "deprecated", doc_true(doc_get(&s->value, STR("deprecated"))));
	json_kv_u64(o, "line", doc_place(api->file, s->key_offset).line);
	fields(m, api, &s->value, o);
	values(doc_get(&s->value, STR("enum")), o);
	json_out_end(o);
}

static void contract(struct openapi_model *m, const struct openapi *api, struct json_out *o)
{
	const struct doc *root = api->file->root, *info = doc_get(root, STR("info"));
	const struct doc *types = api->version == OPENAPI_SWAGGER_2 ? doc_get(root, STR("definitions")) : doc_get(doc_get(root, STR("components")), STR("schemas"));
	json_out_object(o);
	json_kv_str(o, "file", api->file->path);
	json_kv_str(o, "title", api->title);
	text_if(o, "version", info, STR("version"));
	text_if(o, "description", info, STR("description"));
	json_out_key(o, STR("operations"));
	json_out_array(o);
	for (size_t i = 0; i < api->operations.count; i++)
		operation(m, api, api->operations.items[i], o);
	json_out_end(o);
	json_out_key(o, STR("types"));
	json_out_array(o);
	for (uint32_t i = 0; doc_is(types, DOC_OBJECT) && i < types->count; i++)
		type(m, api, &types->members[i], o);
	json_out_end(o);
	json_out_end(o);
}

void openapi_describe(const struct contract_model *model, struct json_out *o)
{
	struct openapi_model *m = (struct openapi_model *)(uintptr_t)model; /* types are read, and texts made, on demand */
	json_out_object(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (size_t i = 0; i < m->count; i++)
		contract(m, m->items[i], o);
	json_out_end(o);
	json_out_end(o);
}
