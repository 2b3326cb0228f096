/* JSON Schema as a format of contracts: each file is one contract, the schema of a record that some write and others read, so changes count in both
 * directions. Files are compared by path, or the only one with the only one. What they say as documentation is in describe.c. */
#include "base/check.h"
#include "contract/schema/confluent.h"
#include "contract/schema/format_impl.h"
#include <stdlib.h>

static bool recognises(const struct source_file *f)
{
	enum { BEGINNING = 4096 };
	static const struct str endings[] = { STR_INIT(".schema.json"), STR_INIT(".schema.yaml"), STR_INIT(".schema.yml") };
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (str_ends(f->path, endings[i]))
			return true;
	if (!str_ends(f->path, STR(".json")) && !str_ends(f->path, STR(".yaml")) && !str_ends(f->path, STR(".yml")))
		return false;
	struct str beginning = str_sub(f->text, 0, BEGINNING);
	size_t at = str_find(beginning, STR("$schema"));
	return at != SIZE_MAX && str_find(str_sub(beginning, at, at + 200), STR("json-schema.org/")) != SIZE_MAX;
}

enum schema_dialect json_schema_dialect(const struct doc *root)
{
	static const struct { struct str mark; enum schema_dialect dialect; } rows[] = { { STR_INIT("draft-04"), SCHEMA_DRAFT4 }, { STR_INIT("draft-06"), SCHEMA_DRAFT6 },
		{ STR_INIT("draft-07"), SCHEMA_DRAFT7 }, { STR_INIT("2019-09"), SCHEMA_2019_09 } };
	struct str name = doc_str(doc_get(root, STR("$schema")));
	for (size_t i = 0; name.p && i < ARRAY_LEN(rows); i++)
		if (str_find(name, rows[i].mark) != SIZE_MAX)
			return rows[i].dialect;
	return SCHEMA_2020_12;
}

static void release(struct contract_model *m)
{
	struct json_schema_model *model = CONTAINER_OF(m, struct json_schema_model, model);
	schema_set_free(model->set);
	free(model->contracts);
	free(model);
}

static bool read_contract(struct json_schema_model *m, const struct source_file *f, struct err *e)
{
	struct doc_file *file = schema_set_document(m->set, f->path, e);
	const struct schema *s = file ? schema_set_read(m->set, file, file->root, json_schema_dialect(file->root), e) : NULL;
	if (!s)
		return false;
	m->contracts[m->count++] = (struct json_schema_contract){ file, s };
	return true;
}

static struct contract_model *read_source(const struct source *s, struct err *e)
{
	struct json_schema_model *m = calloc(1, sizeof(*m));
	bool ok = m && (m->set = schema_set_new(s)) && (m->contracts = calloc(s->count + 1, sizeof(*m->contracts)));
	if (!ok)
		err_set(e, ERR_NO_MEMORY, "no memory to read %.*s", STR_FMT(s->name));
	for (size_t i = 0; ok && i < s->count; i++)
		if (contract_format_of(&s->files[i]) == &json_schema_format)
			ok = read_contract(m, &s->files[i], e);
	if (ok) {
		m->model.format = &json_schema_format;
		return &m->model;
	}
	if (m)
		release(&m->model);
	return NULL;
}

static const struct json_schema_contract *partner(const struct json_schema_model *mine, const struct json_schema_contract *k, const struct json_schema_model *other)
{
	if (!other)
		return NULL;
	for (size_t i = 0; i < other->count; i++)
		if (str_eq(other->contracts[i].file->path, k->file->path))
			return &other->contracts[i];
	return mine->count == 1 && other->count == 1 ? &other->contracts[0] : NULL;
}

static bool lone(struct changes *out, const struct json_schema_contract *k, bool removed)
{
	struct str path = arena_str(&out->arena, k->file->path);
	struct change *x = changes_add(out, removed ? CHANGE_KIND_CONTRACT_REMOVED : CHANGE_KIND_CONTRACT_ADDED, path, STR(""));
	if (!x)
		return true;
	x->sentence = arena_printf(&out->arena, "%.*s %s", STR_FMT(path), removed ? "was removed" : "is new");
	*(removed ? &x->old_place : &x->new_place) = (struct change_place){ path, 1, 1 };
	return true;
}

static bool add_roots(struct schema_compare *c, const struct json_schema_model *before, const struct json_schema_model *after, const struct contract_options *options)
{
	enum reach_direction direction = options->directions ? (enum reach_direction)options->directions : REACH_BOTH;
	for (size_t i = 0; i < after->count; i++) {
		const struct json_schema_contract *k = &after->contracts[i], *old = partner(after, k, before);
		if (options->only.len && (!old || !str_eq(old->file->path, options->only)))
			continue;
		const struct schema_root root = { .operation = k->file->path, .direction = direction, .position = SCHEMA_RECORD, .of = k->file->path };
		if (old && !schema_compare_root(c, old->schema, k->schema, &root))
			return false;
	}
	return true;
}

static bool compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out, struct err *e)
{
	const struct json_schema_model *before = old_model ? CONTAINER_OF(old_model, const struct json_schema_model, model) : NULL;
	const struct json_schema_model *after = new_model ? CONTAINER_OF(new_model, const struct json_schema_model, model) : NULL;
	for (size_t i = 0; before && i < before->count; i++)
		if (!partner(before, &before->contracts[i], after))
			lone(out, &before->contracts[i], true);
	for (size_t i = 0; after && i < after->count && options->information; i++)
		if (!partner(after, &after->contracts[i], before))
			lone(out, &after->contracts[i], false);
	if (!before || !after)
		return true;
	struct schema_compare *c = schema_compare_new(before->set, after->set, options, out, confluent_json_label, NULL);
	if (!c)
		return err_set(e, ERR_NO_MEMORY, "no memory to compare schemas");
	bool ok = add_roots(c, before, after, options) && schema_compare_run(c, e);
	schema_compare_free(c);
	return ok;
}

const struct contract_format json_schema_format = { STR_INIT("json_schema"), STR_INIT("JSON Schema"), recognises, read_source, release, compare, json_schema_describe };
