/* The description as documentation: what the application sends and receives, and the messages' schemas as types. */
#include "contract/asyncapi/asyncapi.h"

static void text_if(struct json_out *o, const char *key, const struct doc *node, struct str name)
{
	struct str s = doc_str(doc_get(node, name));
	if (s.len)
		json_kv_str(o, key, s);
}

static struct str payload_text(struct asyncapi_model *m, const struct asyncapi_messages *all)
{
	struct str text = { 0 };
	for (size_t i = 0; i < all->count; i++) {
		const struct asyncapi_message *x = all->items[i];
		struct str type = x->payload ? schema_type_text(m->set, x->payload) : x->payload_spot.node ? x->schema_format : STR("any");
		text = arena_printf(&m->arena, "%.*s%s%.*s", STR_FMT(text), text.len ? ", " : "", STR_FMT(type));
	}
	return text;
}

static void operation(struct asyncapi_model *m, const struct asyncapi_operation *op, struct json_out *o)
{
	json_out_object(o);
	json_kv_str(o, "id", op->label);
	text_if(o, "title", op->spot.node, STR("summary"));
	text_if(o, "description", op->spot.node, STR("description"));
	json_kv_bool(o, "deprecated", doc_true(doc_get(op->spot.node, STR("deprecated"))));
	json_kv_u64(o, "line", doc_place(op->spot.file, op->spot.offset).line);
	json_out_key(o, STR("parameters"));
	json_out_array(o);
	const struct doc *parameters = op->channel->parameters.node;
	for (uint32_t i = 0; doc_is(parameters, DOC_OBJECT) && i < parameters->count; i++) {
		json_out_object(o);
		json_kv_str(o, "name", doc_key(&parameters->members[i]));
		json_kv_str(o, "in", STR("path"));
		json_kv_str(o, "type", STR("string"));
		json_kv_bool(o, "required", true);
		text_if(o, "description", &parameters->members[i].value, STR("description"));
		json_kv_bool(o, "deprecated", false);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_key(o, STR("request"));
	json_out_object(o);
	json_kv_str(o, "type", payload_text(m, &op->messages));
	json_out_end(o);
	json_out_key(o, STR("answers"));
	json_out_array(o);
	if (op->reply.node) {
		json_out_object(o);
		json_kv_str(o, "status", STR("reply"));
		json_kv_str(o, "type", payload_text(m, &op->answers));
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

static void type(struct asyncapi_model *m, const struct asyncapi *api, const struct doc_member *s, struct json_out *o)
{
	const struct doc *properties = doc_get(&s->value, STR("properties")), *values = doc_get(&s->value, STR("enum"));
	json_out_object(o);
	json_kv_str(o, "name", doc_key(s));
	json_kv_str(o, "kind", doc_is(values, DOC_ARRAY) ? STR("enum") : STR("message"));
	text_if(o, "description", &s->value, STR("description"));
	json_kv_bool(o, "deprecated", doc_true(doc_get(&s->value, STR("deprecated"))));
	json_kv_u64(o, "line", doc_place(api->file, s->key_offset).line);
	json_out_key(o, STR("fields"));
	json_out_array(o);
	for (uint32_t i = 0; doc_is(properties, DOC_OBJECT) && i < properties->count; i++) {
		const struct doc_member *p = &properties->members[i];
		struct err e = { 0 };
		const struct schema *schema = schema_set_read(m->set, api->file, &p->value, SCHEMA_DRAFT7, &e);
		const struct doc *required = doc_get(&s->value, STR("required"));
		bool is_required = false;
		for (uint32_t j = 0; doc_is(required, DOC_ARRAY) && j < required->count; j++)
			is_required |= str_eq(doc_str(&required->items[j]), doc_key(p));
		json_out_object(o);
		json_kv_str(o, "name", doc_key(p));
		json_kv_str(o, "type", schema ? schema_type_text(m->set, schema) : STR("any"));
		json_kv_bool(o, "required", is_required);
		text_if(o, "description", &p->value, STR("description"));
		json_kv_bool(o, "deprecated", doc_true(doc_get(&p->value, STR("deprecated"))));
		json_out_end(o);
	}
	json_out_end(o);
	json_out_key(o, STR("values"));
	json_out_array(o);
	for (uint32_t i = 0; doc_is(values, DOC_ARRAY) && i < values->count; i++)
		if (values->items[i].type == DOC_STRING) {
			json_out_object(o);
			json_kv_str(o, "name", doc_str(&values->items[i]));
			json_out_end(o);
		}
	json_out_end(o);
	json_out_end(o);
}

void asyncapi_describe(const struct contract_model *model, struct json_out *o)
{
	struct asyncapi_model *m = (struct asyncapi_model *)(uintptr_t)model; /* types are read, and texts made, on demand */
	json_out_object(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (size_t i = 0; i < m->count; i++) {
		const struct asyncapi *api = m->items[i];
		const struct doc *info = doc_get(api->file->root, STR("info")), *types = doc_get(doc_get(api->file->root, STR("components")), STR("schemas"));
		json_out_object(o);
		json_kv_str(o, "file", api->file->path);
		json_kv_str(o, "title", api->title);
		text_if(o, "version", info, STR("version"));
		text_if(o, "description", info, STR("description"));
		json_out_key(o, STR("operations"));
		json_out_array(o);
		for (size_t j = 0; j < api->operations.count; j++)
			operation(m, api->operations.items[j], o);
		json_out_end(o);
		json_out_key(o, STR("types"));
		json_out_array(o);
		for (uint32_t j = 0; doc_is(types, DOC_OBJECT) && j < types->count; j++)
			type(m, api, &types->members[j], o);
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
