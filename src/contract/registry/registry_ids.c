/* Schemas by id, and what kinds of them there are. */
#include "contract/registry/registry_impl.h"

static bool find(struct call *c, struct registry_schema *s)
{
	int64_t id = 0;
	str_to_i64(c->parameters[0], &id);
	sqlite3_stmt *q = registry_query(c, "SELECT type, text, refs FROM schemas WHERE id = ?", "i", id);
	bool found = registry_row(c, q) && registry_schema_from_row(c, q, 0, s);
	registry_end(q);
	s->id = id;
	return found || c->error_code ? found : registry_fault(c, REGISTRY_SCHEMA_NOT_FOUND, "Schema %.*s not found", STR_FMT(c->parameters[0]));
}

void registry_schema_by_id(struct call *c)
{
	struct registry_schema s;
	if (!find(c, &s))
		return;
	json_out_object(&c->json);
	registry_schema_json(c, &s);
	if (registry_flag(c, "fetchMaxId"))
		json_kv_i64(&c->json, "maxId", registry_number(c, 0, "SELECT max(id) FROM schemas", ""));
	json_out_end(&c->json);
}

void registry_schema_text_by_id(struct call *c)
{
	struct registry_schema s;
	if (find(c, &s))
		buf_add(&c->out, s.text);
}

void registry_subjects_by_id(struct call *c)
{
	struct registry_schema s;
	if (!find(c, &s))
		return;
	sqlite3_stmt *q = registry_query(c, "SELECT DISTINCT subject FROM versions WHERE id = ? AND (deleted = 0 OR ?) ORDER BY subject", "ii", s.id,
					 (int64_t)registry_flag(c, "deleted"));
	json_out_array(&c->json);
	while (registry_row(c, q))
		json_out_str(&c->json, registry_text(c, q, 0));
	json_out_end(&c->json);
	registry_end(q);
}

void registry_versions_by_id(struct call *c)
{
	struct registry_schema s;
	if (!find(c, &s))
		return;
	sqlite3_stmt *q = registry_query(c, "SELECT subject, version FROM versions WHERE id = ? AND (deleted = 0 OR ?) ORDER BY subject, version", "ii", s.id,
					 (int64_t)registry_flag(c, "deleted"));
	json_out_array(&c->json);
	while (registry_row(c, q)) {
		json_out_object(&c->json);
		json_kv_str(&c->json, "subject", registry_text(c, q, 0));
		json_kv_i64(&c->json, "version", sqlite3_column_int64(q, 1));
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	registry_end(q);
}

void registry_types(struct call *c)
{
	json_out_array(&c->json);
	for (size_t i = 0; registry_kinds[i].name.p; i++)
		if (registry_kinds[i].format)
			json_out_str(&c->json, registry_kinds[i].name);
	json_out_end(&c->json);
}

/* Subjects that name a context (":.context:subject") are kept as any other; ids are shared by all. */
void registry_contexts(struct call *c)
{
	sqlite3_stmt *q = registry_query(c, "SELECT DISTINCT substr(subject, 2, instr(substr(subject, 2), ':') - 1) FROM versions WHERE subject LIKE ':.%:%' AND deleted = 0 ORDER BY 1", "");
	json_out_array(&c->json);
	json_out_str(&c->json, STR("."));
	while (registry_row(c, q))
		json_out_str(&c->json, registry_text(c, q, 0));
	json_out_end(&c->json);
	registry_end(q);
}
