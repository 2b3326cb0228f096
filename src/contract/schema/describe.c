/* The format json_schema as documentation: the root and each definition is a type with its fields or values. */
#include "base/check.h"
#include "contract/schema/format_impl.h"
#include "contract/schema/schema_impl.h"

static void text_of(struct json_out *o, const char *key, const struct doc *node, struct str name)
{
	struct str text = doc_str(doc_get(node, name));
	if (text.p)
		json_kv_str(o, key, text);
}

static bool requires(const struct doc *node, struct str name)
{
	const struct doc *names = doc_get(node, STR("required"));
	for (uint32_t i = 0; doc_is(names, DOC_ARRAY) && i < names->count; i++)
		if (str_eq(doc_str(&names->items[i]), name))
			return true;
	return false;
}

static void write_field(struct json_out *o, struct json_schema_model *m, struct doc_file *f, const struct doc *owner, const struct doc_member *member)
{
	struct err ignored = { 0 };
	const struct schema *s = schema_set_read(m->set, f, &member->value, json_schema_dialect(f->root), &ignored);
	json_out_object(o);
	json_kv_str(o, "name", doc_key(member));
	json_kv_str(o, "type", s ? schema_type_text(m->set, s) : STR("any"));
	json_kv_bool(o, "required", requires(owner, doc_key(member)));
	text_of(o, "description", &member->value, STR("description"));
	json_kv_bool(o, "deprecated", doc_true(doc_get(&member->value, STR("deprecated"))));
	json_out_end(o);
}

static void write_values(struct json_out *o, const struct doc *values)
{
	json_out_key(o, STR("values"));
	json_out_array(o);
	for (uint32_t i = 0; i < values->count; i++) {
		struct buf b;
		struct json_out text;
		buf_init(&b, SOURCE_FILE_MAX);
		json_out_init(&text, &b);
		doc_write(&values->items[i], &text);
		json_out_object(o);
		json_kv_str(o, "name", values->items[i].type == DOC_STRING ? doc_str(&values->items[i]) : buf_str(&b));
		json_out_end(o);
		buf_release(&b);
	}
	json_out_end(o);
}

static const char *kind_of(const struct doc *node)
{
	if (doc_is(doc_get(node, STR("enum")), DOC_ARRAY))
		return "enum";
	if (doc_get(node, STR("oneOf")) || doc_get(node, STR("anyOf")))
		return "union";
	return doc_is(doc_get(node, STR("properties")), DOC_OBJECT) ? "message" : "scalar";
}

static void write_type(struct json_out *o, struct json_schema_model *m, struct doc_file *f, const struct doc *node, struct str name)
{
	const struct doc *properties = doc_get(node, STR("properties")), *values = doc_get(node, STR("enum"));
	json_out_object(o);
	json_kv_str(o, "name", name);
	json_kv_str(o, "kind", str_z(kind_of(node)));
	text_of(o, "description", node, STR("description"));
	json_kv_bool(o, "deprecated", doc_true(doc_get(node, STR("deprecated"))));
	json_kv_u64(o, "line", doc_place(f, node->offset).line);
	if (doc_is(properties, DOC_OBJECT)) {
		json_out_key(o, STR("fields"));
		json_out_array(o);
		for (uint32_t i = 0; i < properties->count; i++)
			write_field(o, m, f, node, &properties->members[i]);
		json_out_end(o);
	}
	if (doc_is(values, DOC_ARRAY))
		write_values(o, values);
	json_out_end(o);
}

static void write_contract(struct json_out *o, struct json_schema_model *m, const struct json_schema_contract *k)
{
	static const struct str definitions[] = { STR_INIT("$defs"), STR_INIT("definitions") };
	const struct doc *root = k->file->root;
	struct str title = doc_str(doc_get(root, STR("title")));
	json_out_object(o);
	json_kv_str(o, "file", k->file->path);
	json_kv_str(o, "title", title.p ? title : k->file->path);
	text_of(o, "version", root, STR("version"));
	text_of(o, "description", root, STR("description"));
	json_out_key(o, STR("operations"));
	json_out_array(o);
	json_out_end(o);
	json_out_key(o, STR("types"));
	json_out_array(o);
	write_type(o, m, k->file, root, title.p ? title : k->file->path);
	for (size_t d = 0; d < ARRAY_LEN(definitions); d++) {
		const struct doc *map = doc_get(root, definitions[d]);
		for (uint32_t i = 0; doc_is(map, DOC_OBJECT) && i < map->count; i++)
			write_type(o, m, k->file, &map->members[i].value, doc_key(&map->members[i]));
	}
	json_out_end(o);
	json_out_end(o);
}

void json_schema_describe(const struct contract_model *model, struct json_out *o)
{
	struct json_schema_model *m = CONTAINER_OF(model, struct json_schema_model, model);
	json_out_object(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (size_t i = 0; i < m->count; i++)
		write_contract(o, m, &m->contracts[i]);
	json_out_end(o);
	json_out_end(o);
}
