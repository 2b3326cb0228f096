/* The format avro: which files it takes, how roots of two sources belong together, and the comparison in both directions. */
#include "contract/avro/avro_compare.h"
#include "contract/avro/avro_format.h"
#include <stdlib.h>

enum { SNIFF_BYTES = 4096, KNOWN_MAX = 1 << 22 };
static const size_t COMPARE_BYTES = (size_t)1 << 30;

/* "type": "record" and the like, as no other JSON has it, in the beginning of a file that is not called .avsc. */
static bool says_record(struct str text)
{
	struct str rest = str_sub(text, 0, SNIFF_BYTES);
	size_t at;
	while ((at = str_find(rest, STR("\"type\""))) != SIZE_MAX) {
		rest = str_strip(str_skip(rest, at + 6));
		struct str value = str_starts(rest, STR(":")) ? str_strip(str_skip(rest, 1)) : STR("");
		if (str_starts(value, STR("\"record\"")) || str_starts(value, STR("\"fixed\"")) || str_starts(value, STR("\"enum\"")))
			return true;
	}
	return false;
}

static bool recognises(const struct source_file *f)
{
	if (str_ends(f->path, STR(".avsc")))
		return true;
	struct str head = str_strip(str_sub(f->text, 0, SNIFF_BYTES));
	bool json = str_ends(f->path, STR(".json")) && (str_starts(head, STR("{")) || str_starts(head, STR("[")));
	return json && str_find(head, STR("\"$schema\"")) == SIZE_MAX && str_find(head, STR("\"openapi\"")) == SIZE_MAX && says_record(f->text);
}

static struct contract_model *read_model(const struct source *s, struct err *e)
{
	struct avro_model *m = calloc(1, sizeof(*m));
	if (!m) {
		err_set(e, ERR_NO_MEMORY, "no memory for Avro schemas");
		return NULL;
	}
	m->model.format = &avro_format;
	m->set = avro_set_read(s, recognises, e);
	if (m->set)
		return &m->model;
	free(m);
	return NULL;
}

static void free_model(struct contract_model *m)
{
	struct avro_model *avro = (struct avro_model *)m;
	avro_set_free(avro->set);
	free(avro);
}

/* Files are in the order of their paths. */
static const struct avro_file *file_by_path(const struct avro_set *set, struct str path)
{
	size_t low = 0, high = avro_set_files(set);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct avro_file *f = avro_set_file(set, middle);
		int order = str_cmp(f->doc->path, path);
		if (!order)
			return f;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool is_root(const struct avro_set *set, struct str name)
{
	for (size_t i = 0; !str_empty(name) && i < avro_set_files(set); i++)
		if (str_eq(avro_set_file(set, i)->root.schema->name, name))
			return true;
	return false;
}

/* The new schema that an old root became: the root of the same file where that still defines the type; else the type of its name wherever it is defined
 * now; else the root of the same file, where that is not the root of another one that moved. */
static bool partner(const struct avro_compare *c, const struct avro_file *old, struct avro_use *out)
{
	const struct avro_schema *named = avro_is_named(old->root.schema) ? avro_set_find(c->after, old->root.schema->name) : NULL;
	const struct avro_file *f = file_by_path(c->after, old->doc->path);
	if (f && named && named->file == f->doc) {
		*out = f->root;
		return true;
	}
	if (named) {
		*out = (struct avro_use){ named, named->name, named->offset, named->file };
		return true;
	}
	if (f && is_root(c->before, f->root.schema->name))
		return false;
	if (f)
		*out = f->root;
	return f != NULL;
}

static void whole_file(struct avro_compare *c, enum change_kind kind, const struct avro_file *f)
{
	struct arena *a = &c->out->arena;
	struct str path = arena_str(a, f->doc->path), name = arena_str(a, f->root.path);
	bool gone = kind == CHANGE_KIND_CONTRACT_REMOVED;
	struct change *x = name.p && path.p ? changes_add(c->out, kind, name, STR("avro")) : NULL;
	if (!x)
		return;
	x->sentence = arena_printf(a, gone ? "the schema `%.*s` is gone" : "the schema `%.*s` is new", STR_FMT(name));
	struct text_place at = doc_place(f->doc, f->root.offset);
	*(gone ? &x->old_place : &x->new_place) = (struct change_place){ path, at.line, at.column };
}

static bool is_partner(const struct avro_compare *c, const struct avro_schema *s)
{
	for (size_t i = 0; i < c->roots_count; i++)
		if (c->roots[i].after.schema == s)
			return true;
	return false;
}

static bool pair_roots(struct avro_compare *c)
{
	size_t count = c->before ? avro_set_files(c->before) : 0;
	c->roots = ARENA_ARRAY(&c->arena, count + 1, struct avro_root);
	for (size_t i = 0; c->roots && i < count; i++) {
		const struct avro_file *f = avro_set_file(c->before, i);
		struct avro_root *r = &c->roots[c->roots_count];
		r->before = f->root;
		if (c->after && partner(c, f, &r->after))
			c->roots_count++;
		else
			whole_file(c, CHANGE_KIND_CONTRACT_REMOVED, f);
	}
	for (size_t i = 0; c->roots && c->after && c->options->information && i < avro_set_files(c->after); i++) {
		const struct avro_file *f = avro_set_file(c->after, i);
		if (!is_partner(c, f->root.schema) && !(c->before && avro_is_named(f->root.schema) && avro_set_find(c->before, f->root.schema->name)))
			whole_file(c, CHANGE_KIND_CONTRACT_ADDED, f);
	}
	return c->roots != NULL;
}

static bool compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out,
		    struct err *e)
{
	struct avro_compare c = { .before = old_model ? ((const struct avro_model *)old_model)->set : NULL,
				  .after = new_model ? ((const struct avro_model *)new_model)->set : NULL,
				  .options = options,
				  .out = out };
	uint8_t directions = options->directions ? options->directions : REACH_BOTH;
	arena_init(&c.arena, COMPARE_BYTES);
	map_init(&c.known, KNOWN_MAX);
	c.full = !pair_roots(&c);
	if (!c.full && (directions & REACH_REQUEST))
		avro_compare_direction(&c, REACH_REQUEST);
	if (!c.full && (directions & REACH_RESPONSE))
		avro_compare_direction(&c, REACH_RESPONSE);
	if (!c.full)
		avro_report(&c);
	map_release(&c.known);
	arena_release(&c.arena);
	return c.full ? err_set(e, ERR_TOO_LARGE, "the Avro schemas need more memory to compare than is allowed; compare fewer files at once") : true;
}

static void describe(const struct contract_model *m, struct json_out *o) { avro_describe(((const struct avro_model *)m)->set, o); }

const struct contract_format avro_format = { .name = STR_INIT("avro"),
					     .title = STR_INIT("Avro"),
					     .recognises = recognises,
					     .read = read_model,
					     .free = free_model,
					     .compare = compare,
					     .describe = describe };
