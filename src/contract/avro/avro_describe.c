/* Avro schemas as documentation (see contract/format.h): a contract a file, its named types with fields and symbols. */
#include "contract/avro/avro_format.h"

static void type(struct json_out *o, const struct avro_schema *s)
{
	struct buf b;
	buf_init(&b, 4096);
	avro_type_text(s, &b);
	json_kv_str(o, "type", buf_str(&b));
	buf_release(&b);
}

static void description(struct json_out *o, const struct doc *node)
{
	struct str doc = doc_str(doc_get(node, STR("doc")));
	json_kv_str(o, "description", doc.p ? doc : STR(""));
}

static void fields(struct json_out *o, const struct avro_schema *s)
{
	json_out_key(o, STR("fields"));
	json_out_array(o);
	for (size_t i = 0; i < s->fields_count; i++) {
		const struct avro_field *f = &s->fields[i];
		json_out_object(o);
		json_kv_str(o, "name", f->name);
		type(o, f->use.schema);
		json_kv_bool(o, "required", f->default_value == NULL);
		description(o, f->node);
		json_kv_bool(o, "deprecated", false);
		json_out_end(o);
	}
	json_out_end(o);
}

static void values(struct json_out *o, const struct avro_schema *s)
{
	json_out_key(o, STR("values"));
	json_out_array(o);
	for (size_t i = 0; s->type == AVRO_ENUM && i < s->names.count; i++) {
		json_out_object(o);
		json_kv_str(o, "name", s->names.texts[i]);
		json_kv_u64(o, "number", i);
		json_kv_str(o, "description", STR(""));
		json_out_end(o);
	}
	json_out_end(o);
}

static void named(struct json_out *o, const struct avro_schema *s)
{
	json_out_object(o);
	json_kv_str(o, "name", s->name);
	json_kv_str(o, "kind", s->type == AVRO_RECORD ? STR("message") : s->type == AVRO_ENUM ? STR("enum") : STR("scalar"));
	description(o, s->node);
	json_kv_bool(o, "deprecated", false);
	json_kv_u64(o, "line", doc_place(s->file, s->offset).line);
	fields(o, s);
	values(o, s);
	json_out_end(o);
}

static void file(struct json_out *o, const struct avro_file *f)
{
	json_out_object(o);
	json_kv_str(o, "file", f->doc->path);
	json_kv_str(o, "title", f->root.path);
	json_kv_str(o, "version", STR(""));
	description(o, f->root.schema->node);
	json_out_key(o, STR("operations"));
	json_out_array(o);
	json_out_end(o);
	json_out_key(o, STR("types"));
	json_out_array(o);
	for (size_t i = 0; i < f->names->count; i++)
		named(o, f->names->entries[i].value);
	json_out_end(o);
	json_out_end(o);
}

void avro_describe(const struct avro_set *set, struct json_out *o)
{
	json_out_object(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (size_t i = 0; i < avro_set_files(set); i++)
		file(o, avro_set_file(set, i));
	json_out_end(o);
	json_out_end(o);
}
