/* Schemas of the registry: read from a request, normalised, resolved with what they refer to, and put into answers. */
#include "base/sha256.h"
#include "contract/avro/avro_format.h"
#include "contract/registry/registry_impl.h"

const struct registry_kind registry_kinds[] = {
	{ STR_INIT("JSON"), NULL, STR_INIT("schema.json"), CHANGE_JSON },
	{ STR_INIT("PROTOBUF"), NULL, STR_INIT("schema.proto"), CHANGE_WIRE },
	{ STR_INIT("AVRO"), &avro_format, STR_INIT("schema.avsc"), CHANGE_WIRE },
	{ { 0 }, NULL, { 0 }, 0 },
};

const struct registry_kind *registry_kind(struct str name)
{
	struct str wanted = str_empty(name) ? STR("AVRO") : name;
	for (size_t i = 0; registry_kinds[i].name.p; i++)
		if (registry_kinds[i].format && str_eq_ci(registry_kinds[i].name, wanted))
			return &registry_kinds[i];
	return NULL;
}

static bool no_memory(struct call *c) { return registry_fault(c, REGISTRY_BACKEND, "the schema does not fit into the memory for one request"); }

/* --- references ------------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_reference(struct call *c, const struct json *j, struct registry_reference *r)
{
	r->name = json_get_str(j, STR("name"), STR(""));
	r->subject = json_get_str(j, STR("subject"), STR(""));
	r->version = json_get_i64(j, STR("version"), 0);
	if (str_empty(r->name) || str_empty(r->subject) || (r->version < 1 && r->version != -1) || r->version > INT32_MAX)
		return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: a reference needs \"name\", \"subject\" and \"version\", a number from 1");
	if (r->version == -1)
		r->version = registry_number(c, 0, "SELECT max(version) FROM versions WHERE subject = ? AND deleted = 0", "s", r->subject);
	return !c->error_code;
}

/* Their JSON becomes text of one form, so that equal lists are equal. */
static bool read_references(struct call *c, const struct json *list, struct registry_schema *s)
{
	struct buf b;
	struct json_out o;
	if (!list || list->type == JSON_NULL || (list->type == JSON_ARRAY && !list->count))
		return true;
	if (list->type != JSON_ARRAY || list->count > REGISTRY_REFERENCES_MAX)
		return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: references are a list of at most %d", REGISTRY_REFERENCES_MAX);
	s->list = ARENA_ARRAY(c->arena, list->count, struct registry_reference);
	if (!s->list)
		return no_memory(c);
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	json_out_array(&o);
	for (; s->count < list->count && read_reference(c, &list->items[s->count], &s->list[s->count]); s->count++) {
		json_out_object(&o);
		json_kv_str(&o, "name", s->list[s->count].name);
		json_kv_str(&o, "subject", s->list[s->count].subject);
		json_kv_i64(&o, "version", s->list[s->count].version);
		json_out_end(&o);
	}
	json_out_end(&o);
	s->references = arena_str(c->arena, buf_str(&b));
	bool ok = !c->error_code && buf_ok(&b) && s->references.p;
	buf_release(&b);
	return ok || c->error_code ? ok : no_memory(c);
}

bool registry_schema_from_row(struct call *c, sqlite3_stmt *row, int column, struct registry_schema *s)
{
	struct err e = { 0 };
	*s = (struct registry_schema){ .kind = registry_kind(registry_text(c, row, column)) };
	s->text = registry_text(c, row, column + 1);
	struct str references = registry_text(c, row, column + 2);
	if (!s->kind && !c->error_code)
		return registry_fault(c, REGISTRY_BACKEND, "a kept schema is of a type that this version of Pleach does not serve");
	if (c->error_code || str_empty(references))
		return !c->error_code;
	const struct json *list = json_parse(c->arena, references, &e);
	return list ? read_references(c, list, s) : registry_fault(c, REGISTRY_BACKEND, "the references of a kept schema are damaged: %s", e.message);
}

static bool find_referenced(struct call *c, const struct registry_reference *r, struct registry_schema *s)
{
	sqlite3_stmt *q = registry_query(c, "SELECT s.type, s.text, s.refs FROM versions v JOIN schemas s ON s.id = v.id WHERE v.subject = ? AND v.version = ?", "si", r->subject,
					 r->version);
	bool found = registry_row(c, q) && registry_schema_from_row(c, q, 0, s);
	registry_end(q);
	if (!found && !c->error_code)
		registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: the reference %.*s names version %lld of subject %.*s, which is not there", STR_FMT(r->name),
			       (long long)r->version, STR_FMT(r->subject));
	return found;
}

/* --- as a source --------------------------------------------------------------------------------------------------------------------------------------------- */

struct referenced { struct registry_reference *items; size_t count; };

/* Whether it is there already; a name that means two schemas is a fault. */
static bool known(struct call *c, const struct referenced *all, const struct registry_reference *r, bool by_name)
{
	for (size_t i = 0; i < all->count; i++) {
		bool same = str_eq(all->items[i].subject, r->subject) && all->items[i].version == r->version;
		if (by_name && !same && str_eq(all->items[i].name, r->name))
			registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: the references call two schemas %.*s; give each a name of its own", STR_FMT(r->name));
		if (same && (!by_name || str_eq(all->items[i].name, r->name)))
			return true;
	}
	return false;
}

static bool note(struct call *c, struct referenced *all, const struct registry_schema *s)
{
	bool by_name = s->kind->format != &avro_format;
	for (size_t i = 0; i < s->count; i++) {
		if (known(c, all, &s->list[i], by_name) || c->error_code)
			continue;
		if (all->count == REGISTRY_REFERENCED_MAX)
			return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: it refers to more than %d others in all", REGISTRY_REFERENCED_MAX);
		all->items[all->count++] = s->list[i];
	}
	return !c->error_code;
}

static bool add_file(struct call *c, struct source *out, struct str path, struct str text)
{
	struct err e = { 0 };
	return source_add(out, path, text, &e) ? true : registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: %s", e.message);
}

bool registry_source(struct call *c, const struct registry_schema *s, struct source *out)
{
	struct err e = { 0 };
	struct referenced all = { .items = ARENA_ARRAY(c->arena, REGISTRY_REFERENCED_MAX, struct registry_reference) };
	source_init(out, s->kind->name);
	if (!all.items)
		return no_memory(c);
	if (!add_file(c, out, s->kind->file, s->text) || !note(c, &all, s))
		return false;
	for (size_t i = 0; i < all.count; i++) {
		struct registry_schema r;
		struct str path = s->kind->format == &avro_format ? arena_printf(c->arena, "references/%zu.avsc", i) : all.items[i].name;
		if (!find_referenced(c, &all.items[i], &r))
			return false;
		if (r.kind != s->kind)
			return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: the reference %.*s is of type %.*s", STR_FMT(all.items[i].name), STR_FMT(r.kind->name));
		if (!add_file(c, out, path, r.text) || !note(c, &all, &r))
			return false;
	}
	return source_sort(out, &e) ? true : registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: %s", e.message);
}

/* --- from a request ------------------------------------------------------------------------------------------------------------------------------------------- */

static bool invalid(struct call *c, const struct registry_schema *s, const struct err *e)
{
	struct str file = str_z(e->file);
	const char *where = str_eq(file, s->kind->file) || !file.len ? "" : e->file;
	return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema of type %.*s: %s%sline %u, column %u: %s", STR_FMT(s->kind->name), where, *where ? ", " : "", e->line,
			      e->column, e->message);
}

/* The text of one form for the same schema: what is told apart by it is another schema. */
static struct str normal_text(struct call *c, const struct registry_schema *s, const struct contract_model *m)
{
	struct buf b;
	buf_init(&b, REGISTRY_SCHEMA_MAX * 4);
	if (s->kind->format == &avro_format) {
		const struct avro_set *set = ((const struct avro_model *)m)->set;
		for (size_t i = 0; i < avro_set_files(set); i++)
			if (str_eq(avro_set_file(set, i)->doc->path, s->kind->file))
				avro_normal(avro_set_file(set, i), &b);
	} else {
		buf_add(&b, str_strip(s->text));
	}
	struct str text = buf_ok(&b) ? arena_str(c->arena, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	return text;
}

static bool normalise(struct call *c, struct registry_schema *s)
{
	struct source source;
	struct err e = { 0 };
	bool ok = registry_source(c, s, &source);
	struct contract_model *m = ok ? s->kind->format->read(&source, &e) : NULL;
	if (ok && !m)
		ok = invalid(c, s, &e);
	if (ok) {
		s->text = normal_text(c, s, m);
		ok = s->text.p || no_memory(c);
	}
	if (m)
		s->kind->format->free(m);
	source_release(&source);
	return ok;
}

static bool identify(struct call *c, struct registry_schema *s)
{
	struct str all = arena_printf(c->arena, "%.*s %zu %.*s%.*s", STR_FMT(s->kind->name), s->text.len, STR_FMT(s->text), STR_FMT(s->references));
	return all.p && sha256(s->hash, all) ? true : no_memory(c);
}

bool registry_schema_from_body(struct call *c, struct registry_schema *s)
{
	const struct json *text = json_get(c->body, STR("schema")), *type = json_get(c->body, STR("schemaType"));
	bool typed = type && type->type != JSON_NULL;
	*s = (struct registry_schema){ .kind = registry_kind(typed && type->type == JSON_STRING ? type->s : STR("")) };
	if (!s->kind || (typed && type->type != JSON_STRING))
		return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: the type is none of those that GET /schemas/types names");
	if (!text || text->type != JSON_STRING || str_empty(str_strip(text->s)))
		return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Empty schema");
	if (text->s.len > REGISTRY_SCHEMA_MAX)
		return registry_fault(c, REGISTRY_INVALID_SCHEMA, "Invalid schema: it has %zu bytes; at most %d are taken", text->s.len, REGISTRY_SCHEMA_MAX);
	s->text = text->s;
	return read_references(c, json_get(c->body, STR("references")), s) && normalise(c, s) && identify(c, s);
}

void registry_schema_json(struct call *c, const struct registry_schema *s)
{
	if (!str_eq(s->kind->name, STR("AVRO")))
		json_kv_str(&c->json, "schemaType", s->kind->name);
	if (s->count) {
		json_out_key(&c->json, STR("references"));
		json_out_raw(&c->json, s->references);
	}
	json_kv_str(&c->json, "schema", s->text);
}
