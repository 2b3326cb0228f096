/* SQL tables as documentation. The shape is told in contract/format.h. */
#include "contract/sql/model.h"

static void put_column(struct json_out *o, const struct sql_column *c)
{
	json_out_object(o);
	json_kv_str(o, "name", c->name);
	json_kv_str(o, "type", c->type.text);
	json_kv_bool(o, "required", c->not_null);
	json_kv_str(o, "description", c->comment);
	json_kv_bool(o, "deprecated", false);
	json_out_end(o);
}

static void put_head(struct json_out *o, struct str name, const char *kind, struct str description, uint32_t line)
{
	json_out_object(o);
	json_kv_str(o, "name", name);
	json_kv_str(o, "kind", str_z(kind));
	json_kv_str(o, "description", description);
	json_kv_bool(o, "deprecated", false);
	json_kv_u64(o, "line", line);
}

static void put_table(const struct sql_schema *s, struct json_out *o, const struct sql_table *t)
{
	put_head(o, t->name, t->view ? "view" : "table", t->comment, sql_place(s, t->spot).line);
	json_out_key(o, STR("fields"));
	json_out_array(o);
	for (size_t i = 0; i < t->count; i++)
		put_column(o, &t->columns[i]);
	json_out_end(o);
	json_out_key(o, STR("values"));
	json_out_array(o);
	json_out_end(o);
	json_out_end(o);
}

static void put_enum(const struct sql_schema *s, struct json_out *o, const struct sql_enum *x)
{
	put_head(o, x->name, "enum", STR(""), sql_place(s, x->spot).line);
	json_out_key(o, STR("fields"));
	json_out_array(o);
	json_out_end(o);
	json_out_key(o, STR("values"));
	json_out_array(o);
	for (size_t i = 0; i < x->values.count; i++) {
		json_out_object(o);
		json_kv_str(o, "name", x->values.items[i]);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

void sql_describe(const struct contract_model *model, struct json_out *o)
{
	const struct sql_model *m = (const struct sql_model *)model;
	json_out_object(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (size_t i = 0; i < m->count; i++) {
		const struct sql_schema *s = &m->schemas[i];
		json_out_object(o);
		json_kv_str(o, "file", s->name);
		json_kv_str(o, "title", s->name);
		json_kv_str(o, "version", STR(""));
		json_kv_str(o, "description", STR(""));
		json_out_key(o, STR("operations"));
		json_out_array(o);
		json_out_end(o);
		json_out_key(o, STR("types"));
		json_out_array(o);
		for (uint32_t j = 0; j < s->tables.count; j++)
			put_table(s, o, s->tables.entries[j].value);
		for (uint32_t j = 0; j < s->enums.count; j++)
			put_enum(s, o, s->enums.entries[j].value);
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
