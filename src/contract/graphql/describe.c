/* A GraphQL model as documentation: root fields are operations, the rest are types. The shape is told in contract/format.h. */
#include "contract/graphql/model.h"

static void key_ref(struct json_out *o, const char *key, const struct gql_ref *r)
{
	struct buf b;
	buf_init(&b, 4096);
	gql_ref_write(&b, r);
	json_kv_str(o, key, buf_str(&b));
	buf_release(&b);
}

static bool deprecated(const struct gql_uses *u) { return gql_use_of(u, STR("deprecated")) != NULL; }

static void put_parameter(struct json_out *o, const struct gql_member *m)
{
	json_out_object(o);
	json_kv_str(o, "name", m->name);
	json_kv_str(o, "in", STR("argument"));
	key_ref(o, "type", &m->type);
	json_kv_bool(o, "required", gql_required(m));
	json_kv_str(o, "description", m->description);
	json_kv_bool(o, "deprecated", deprecated(&m->uses));
	json_out_end(o);
}

static void put_operation(const struct gql_schema *s, struct json_out *o, const struct gql_type *root, const struct gql_member *m)
{
	struct buf id;
	buf_init(&id, 4096);
	buf_printf(&id, "%.*s.%.*s", STR_FMT(root->name), STR_FMT(m->name));
	json_out_object(o);
	json_kv_str(o, "id", buf_str(&id));
	json_kv_str(o, "title", m->name);
	json_kv_str(o, "description", m->description);
	json_kv_bool(o, "deprecated", deprecated(&m->uses));
	json_kv_u64(o, "line", gql_place(s->files, m->spot).line);
	json_out_key(o, STR("parameters"));
	json_out_array(o);
	for (uint32_t i = 0; i < m->args.count; i++)
		put_parameter(o, &m->args.items[i]);
	json_out_end(o);
	json_out_key(o, STR("answers"));
	json_out_array(o);
	json_out_object(o);
	json_kv_str(o, "status", STR("data"));
	key_ref(o, "type", &m->type);
	json_kv_str(o, "description", STR(""));
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
	buf_release(&id);
}

static void put_field(struct json_out *o, const struct gql_member *m)
{
	json_out_object(o);
	json_kv_str(o, "name", m->name);
	key_ref(o, "type", &m->type);
	json_kv_bool(o, "required", m->default_value ? false : gql_required_ref(&m->type));
	json_kv_str(o, "description", m->description);
	json_kv_bool(o, "deprecated", deprecated(&m->uses));
	json_out_end(o);
}

static void put_type(const struct gql_schema *s, struct json_out *o, const struct gql_type *t)
{
	static const struct str kinds[] = { STR_INIT("scalar"), STR_INIT("object"), STR_INIT("interface"), STR_INIT("union"), STR_INIT("enum"), STR_INIT("input") };
	json_out_object(o);
	json_kv_str(o, "name", t->name);
	json_kv_str(o, "kind", kinds[t->kind]);
	json_kv_str(o, "description", t->description);
	json_kv_bool(o, "deprecated", deprecated(&t->uses));
	json_kv_u64(o, "line", gql_place(s->files, t->spot).line);
	json_out_key(o, STR("fields"));
	json_out_array(o);
	for (uint32_t i = 0; t->kind != GQL_ENUM_TYPE && i < t->members.count; i++)
		put_field(o, &t->members.items[i]);
	json_out_end(o);
	const struct gql_members *values = t->kind == GQL_UNION ? &t->links : &t->members;
	json_out_key(o, STR("values"));
	json_out_array(o);
	for (uint32_t i = 0; (t->kind == GQL_ENUM_TYPE || t->kind == GQL_UNION) && i < values->count; i++) {
		json_out_object(o);
		json_kv_str(o, "name", values->items[i].name);
		json_kv_str(o, "description", values->items[i].description);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}

static bool is_root(const struct gql_schema *s, const struct gql_type *t) { return t == s->roots[0] || t == s->roots[1] || t == s->roots[2]; }

static void put_schema(const struct gql_schema *s, struct json_out *o)
{
	json_out_object(o);
	json_kv_str(o, "file", s->name);
	json_kv_str(o, "title", s->name);
	json_kv_str(o, "version", STR(""));
	json_kv_str(o, "description", s->description);
	json_out_key(o, STR("operations"));
	json_out_array(o);
	for (int i = 0; i < GQL_OPERATIONS; i++)
		for (uint32_t j = 0; s->roots[i] && j < s->roots[i]->members.count; j++)
			put_operation(s, o, s->roots[i], &s->roots[i]->members.items[j]);
	json_out_end(o);
	json_out_key(o, STR("types"));
	json_out_array(o);
	for (uint32_t i = 0; i < s->types.count; i++)
		if (!s->types.items[i]->builtin && !is_root(s, s->types.items[i]))
			put_type(s, o, s->types.items[i]);
	json_out_end(o);
	json_out_end(o);
}

void gql_describe(const struct contract_model *model, struct json_out *o)
{
	const struct gql_model *m = (const struct gql_model *)model;
	json_out_object(o);
	json_out_key(o, STR("contracts"));
	json_out_array(o);
	for (uint32_t i = 0; i < m->count; i++)
		put_schema(&m->schemas[i], o);
	json_out_end(o);
	json_out_end(o);
}
