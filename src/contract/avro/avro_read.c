/* Reads the schemas of a source: first every file's definitions (avro_names.c), then what they are made of. Recursion is bounded by
 * AVRO_DEPTH_MAX, which avro_declare has checked for the whole tree; named types are filled where they stand, so a cycle of names is none here. */
#include "contract/avro/avro_impl.h"
#include <stdlib.h>

enum { SET_BYTES_MIN = 64 << 20, NAMES_MAX = 1 << 20, SET_BYTES_PER_BYTE = 48 };

static bool read_use(struct avro_reader *r, const struct doc *node, struct str space, struct str path, struct avro_use *out);

static const struct str *read_texts(struct avro_reader *r, const struct doc *list, size_t *count)
{
	struct str *out = ARENA_ARRAY(&r->set->arena, list->count + 1, struct str);
	for (size_t i = 0; out && i < list->count; i++)
		out[i] = doc_str(&list->items[i]);
	*count = list->count;
	if (!out)
		avro_no_memory(r);
	return out;
}

/* "aliases" of a named type become full names; those of a field stay. */
static bool read_aliases(struct avro_reader *r, const struct doc *node, const struct str *space, const struct str **out, size_t *count)
{
	const struct doc *list = doc_get(node, STR("aliases"));
	struct str own;
	if (!list)
		return true;
	if (list->type != DOC_ARRAY)
		return avro_fault(r, list->offset, "aliases are a list of names, such as [\"oldName\"]");
	struct str *texts = ARENA_ARRAY(&r->set->arena, list->count + 1, struct str);
	if (!texts)
		return avro_no_memory(r);
	for (size_t i = 0; i < list->count; i++) {
		struct str name = doc_str(&list->items[i]);
		if (!avro_name_valid(name, space != NULL))
			return avro_fault(r, list->items[i].offset, "an alias is a name: letters, digits and _");
		texts[i] = space ? avro_full_name(r, &list->items[i], name, *space, &own) : name;
		if (!texts[i].p)
			return avro_no_memory(r);
	}
	*out = texts;
	*count = list->count;
	return true;
}

/* --- logical types: what is not known, or not valid for its type, is ignored ------------------------------------------------------------------ */

static bool decimal_valid(struct avro_schema *s)
{
	const struct doc *precision = doc_get(s->node, STR("precision")), *scale = doc_get(s->node, STR("scale"));
	if (!doc_is(precision, DOC_INT) || precision->i <= 0 || (scale && (scale->type != DOC_INT || scale->i < 0 || scale->i > precision->i)))
		return false;
	s->precision = precision->i;
	s->scale = scale ? scale->i : 0;
	return s->type == AVRO_BYTES || s->type == AVRO_FIXED;
}

static void read_logical(struct avro_schema *s)
{
	static const struct { struct str name; enum avro_type type; } known[] = {
		{ STR_INIT("date"), AVRO_INT },
		{ STR_INIT("time-millis"), AVRO_INT },
		{ STR_INIT("time-micros"), AVRO_LONG },
		{ STR_INIT("timestamp-millis"), AVRO_LONG },
		{ STR_INIT("timestamp-micros"), AVRO_LONG },
		{ STR_INIT("timestamp-nanos"), AVRO_LONG },
		{ STR_INIT("local-timestamp-millis"), AVRO_LONG },
		{ STR_INIT("local-timestamp-micros"), AVRO_LONG },
		{ STR_INIT("local-timestamp-nanos"), AVRO_LONG },
		{ STR_INIT("uuid"), AVRO_STRING },
		{ STR_INIT("duration"), AVRO_FIXED },
	};
	struct str name = doc_str(doc_get(s->node, STR("logicalType")));
	bool valid = str_eq(name, STR("decimal")) && decimal_valid(s);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		valid |= str_eq(name, known[i].name) && s->type == known[i].type && (s->type != AVRO_FIXED || s->size == 12);
	valid |= str_eq(name, STR("uuid")) && s->type == AVRO_FIXED && s->size == 16;
	if (valid)
		s->logical = name;
}

/* --- named types ---------------------------------------------------------------------------------------------------------------------------------- */

static bool read_enum(struct avro_reader *r, struct avro_schema *s)
{
	const struct doc *list = doc_get(s->node, STR("symbols")), *fallback = doc_get(s->node, STR("default"));
	size_t count;
	if (!doc_is(list, DOC_ARRAY) || !list->count)
		return avro_fault(r, s->offset, "the enum `%.*s` has no symbols; give it \"symbols\": [\"A\", \"B\"]", STR_FMT(s->name));
	const struct str *texts = read_texts(r, list, &count);
	if (!texts || !avro_index_build(&s->names, &r->set->arena, texts, count))
		return avro_no_memory(r);
	for (size_t i = 0; i < count; i++) {
		if (!avro_name_valid(texts[i], false))
			return avro_fault(r, list->items[i].offset, "a symbol is a name: letters, digits and _, not beginning with a digit");
		if (avro_index_find(&s->names, texts[i]) != i)
			return avro_fault(r, list->items[i].offset, "the symbol `%.*s` is there twice", STR_FMT(texts[i]));
	}
	if (fallback && avro_index_find(&s->names, doc_str(fallback)) == SIZE_MAX)
		return avro_fault(r, fallback->offset, "the default of an enum is one of its symbols");
	if (fallback)
		s->default_symbol = doc_str(fallback);
	return true;
}

static bool read_fixed(struct avro_reader *r, struct avro_schema *s)
{
	const struct doc *size = doc_get(s->node, STR("size"));
	if (!doc_is(size, DOC_INT) || size->i < 0 || size->i > AVRO_FIXED_MAX)
		return avro_fault(r, size ? size->offset : s->offset, "the fixed `%.*s` needs \"size\", a number of bytes up to %d", STR_FMT(s->name), AVRO_FIXED_MAX);
	s->size = size->i;
	return true;
}

static bool read_field(struct avro_reader *r, const struct avro_schema *s, const struct doc *node, struct avro_field *f)
{
	const struct doc *name = doc_get(node, STR("name")), *type = doc_get(node, STR("type")), *order = doc_get(node, STR("order"));
	if (node->type != DOC_OBJECT || !avro_name_valid(doc_str(name), false))
		return avro_fault(r, name ? name->offset : node->offset, "a field of `%.*s` has no valid name; write {\"name\": \"…\", \"type\": …}", STR_FMT(s->name));
	*f = (struct avro_field){ .name = doc_str(name), .node = node, .offset = node->offset };
	if (!type)
		return avro_fault(r, node->offset, "the field `%.*s` of `%.*s` has no type", STR_FMT(f->name), STR_FMT(s->name));
	if (order && !str_eq(doc_str(order), STR("ascending")) && !str_eq(doc_str(order), STR("descending")) && !str_eq(doc_str(order), STR("ignore")))
		return avro_fault(r, order->offset, "the order of a field is ascending, descending or ignore");
	struct str path = arena_printf(&r->set->arena, "%.*s.%.*s", STR_FMT(s->name), STR_FMT(f->name));
	if (!path.p)
		return avro_no_memory(r);
	f->default_value = doc_get(node, STR("default"));
	return read_aliases(r, node, NULL, &f->aliases, &f->aliases_count) && read_use(r, type, s->space, path, &f->use);
}

static bool read_record(struct avro_reader *r, struct avro_schema *s)
{
	const struct doc *list = doc_get(s->node, STR("fields"));
	if (!doc_is(list, DOC_ARRAY))
		return avro_fault(r, s->offset, "the record `%.*s` has no fields; give it \"fields\": […]", STR_FMT(s->name));
	struct avro_field *fields = ARENA_ARRAY(&r->set->arena, list->count + 1, struct avro_field);
	struct str *names = ARENA_ARRAY(&r->set->arena, list->count + 1, struct str);
	if (!fields || !names)
		return avro_no_memory(r);
	for (size_t i = 0; i < list->count; i++) {
		if (!read_field(r, s, &list->items[i], &fields[i]))
			return false;
		names[i] = fields[i].name;
	}
	s->fields = fields;
	s->fields_count = list->count;
	if (!avro_index_build(&s->names, &r->set->arena, names, list->count))
		return avro_no_memory(r);
	for (size_t i = 0; i < list->count; i++)
		if (avro_index_find(&s->names, names[i]) != i)
			return avro_fault(r, fields[i].offset, "the field `%.*s` is there twice in `%.*s`", STR_FMT(names[i]), STR_FMT(s->name));
	return true;
}

/* --- unnamed types --------------------------------------------------------------------------------------------------------------------------------- */

static bool same_branch(const struct avro_schema *a, const struct avro_schema *b) { return a->type == b->type && (!avro_is_named(a) || str_eq(a->name, b->name)); }

static bool read_union(struct avro_reader *r, const struct doc *node, struct str space, struct str path, struct avro_schema *s)
{
	struct avro_use *parts = ARENA_ARRAY(&r->set->arena, node->count + 1, struct avro_use);
	uint32_t seen = 0; /* bit per type */
	if (!parts)
		return avro_no_memory(r);
	if (node->count > AVRO_BRANCHES_MAX)
		return avro_fault(r, node->offset, "this union has %u branches; at most %d are taken", node->count, AVRO_BRANCHES_MAX);
	if (!node->count)
		return avro_fault(r, node->offset, "a union without branches has no values; write at least one type");
	for (size_t i = 0; i < node->count; i++) {
		if (!read_use(r, &node->items[i], space, path, &parts[i]))
			return false;
		const struct avro_schema *b = parts[i].schema;
		if (b->type == AVRO_UNION)
			return avro_fault(r, node->items[i].offset, "a union stands in a union; put its branches into the outer one");
		for (size_t k = 0; (seen >> b->type & 1) && k < i; k++)
			if (same_branch(parts[k].schema, b))
				return avro_fault(r, node->items[i].offset, "`%.*s` is twice in this union; only named types may repeat, under different names",
						  STR_FMT(avro_type_name(b)));
		seen |= 1u << b->type;
	}
	s->parts = parts;
	s->parts_count = node->count;
	return true;
}

static bool read_container(struct avro_reader *r, const struct doc *node, struct str space, struct str path, struct avro_schema *s)
{
	bool map = s->type == AVRO_MAP;
	const struct doc *inner = doc_get(node, map ? STR("values") : STR("items"));
	struct avro_use *part = ARENA_NEW(&r->set->arena, struct avro_use);
	if (!inner)
		return avro_fault(r, node->offset, map ? "a map needs \"values\", the type of its values" : "an array needs \"items\", the type of its items");
	struct str below = arena_printf(&r->set->arena, "%.*s%s", STR_FMT(path), map ? "{}" : "[]");
	if (!below.p || !part)
		return avro_no_memory(r);
	s->parts = part;
	s->parts_count = 1;
	return read_use(r, inner, space, below, part);
}

static bool read_named(struct avro_reader *r, const struct doc *node, struct str space, struct avro_schema **out)
{
	struct str own, name = doc_str(doc_get(node, STR("name")));
	const struct doc *within = doc_get(node, STR("namespace"));
	struct str full = avro_full_name(r, node, name, within ? doc_str(within) : space, &own);
	struct avro_schema *s = full.p ? map_get(r->file->names, full) : NULL;
	if (!s)
		return avro_no_memory(r);
	*out = s;
	if (!read_aliases(r, node, &s->space, &s->aliases, &s->aliases_count))
		return false;
	return s->type == AVRO_RECORD ? read_record(r, s) : s->type == AVRO_ENUM ? read_enum(r, s) : read_fixed(r, s);
}

static bool read_object(struct avro_reader *r, const struct doc *node, struct str space, struct str path, struct avro_schema **out)
{
	const struct doc *type = doc_get(node, STR("type"));
	struct str name = doc_str(type);
	enum avro_type kind;
	if (!doc_is(type, DOC_STRING))
		return avro_fault(r, type ? type->offset : node->offset, "a schema in braces needs \"type\" with the name of a type, such as \"record\" or \"string\"");
	if (str_eq(name, STR("record")) || str_eq(name, STR("error")) || str_eq(name, STR("enum")) || str_eq(name, STR("fixed")))
		return read_named(r, node, space, out);
	if (str_eq(name, STR("array")) || str_eq(name, STR("map"))) {
		*out = avro_schema_new(r, str_eq(name, STR("map")) ? AVRO_MAP : AVRO_ARRAY, node);
		return *out && read_container(r, node, space, path, *out);
	}
	if (avro_primitive(name, &kind)) {
		*out = avro_schema_new(r, kind, node);
		return *out != NULL;
	}
	*out = (struct avro_schema *)avro_refer(r, type, name, space); /* not written through: it is another's */
	return *out != NULL;
}

static bool read_use(struct avro_reader *r, const struct doc *node, struct str space, struct str path, struct avro_use *out)
{
	struct avro_schema *s = NULL;
	bool ok;
	enum avro_type kind;
	if (node->type == DOC_ARRAY) {
		s = avro_schema_new(r, AVRO_UNION, node);
		ok = s && read_union(r, node, space, path, s);
	} else if (node->type == DOC_OBJECT) {
		ok = read_object(r, node, space, path, &s);
	} else if (node->type != DOC_STRING) {
		return avro_fault(r, node->offset, "a schema is the name of a type, an object with \"type\", or a list of branches");
	} else if (avro_primitive(doc_str(node), &kind)) {
		s = avro_schema_new(r, kind, node);
		ok = s != NULL;
	} else {
		s = (struct avro_schema *)avro_refer(r, node, doc_str(node), space);
		ok = s != NULL;
	}
	if (!ok)
		return false;
	if (s->node == node)
		read_logical(s);
	*out = (struct avro_use){ s, path, node->offset, r->file->doc };
	return true;
}

/* Defaults can be checked only when all types are filled. */
static bool check_defaults(struct avro_reader *r)
{
	const char *why;
	for (size_t i = 0; i < r->file->names->count; i++) {
		const struct avro_schema *s = r->file->names->entries[i].value;
		for (size_t k = 0; k < s->fields_count; k++) {
			const struct avro_field *f = &s->fields[k];
			if (f->default_value && !avro_default_valid(f->use.schema, f->default_value, &why))
				return avro_fault(r, f->default_value->offset, "the default of `%.*s` does not fit its type: %s", STR_FMT(f->use.path), why);
		}
	}
	return true;
}

/* --- the set ------------------------------------------------------------------------------------------------------------------------------------------ */

static bool open_file(struct avro_reader *r, const struct source_file *f)
{
	r->file->names = ARENA_NEW(&r->set->arena, struct map);
	if (!r->file->names)
		return avro_no_memory(r);
	map_init(r->file->names, NAMES_MAX);
	r->file->doc = doc_parse(&r->set->arena, f->path, f->text, r->e);
	return r->file->doc && avro_declare(r, r->file->doc->root, STR(""), 0);
}

static bool read_root(struct avro_reader *r)
{
	struct avro_use *root = &r->file->root;
	if (!read_use(r, r->file->doc->root, STR(""), r->file->doc->path, root))
		return false;
	if (avro_is_named(root->schema))
		root->path = root->schema->name;
	return true;
}

static bool read_files(struct avro_set *set, const struct source *s, bool (*takes)(const struct source_file *f), struct err *e)
{
	struct avro_reader r = { .set = set, .e = e };
	set->files = ARENA_ARRAY(&set->arena, s->count + 1, struct avro_file);
	if (!set->files)
		return avro_no_memory(&r);
	for (size_t i = 0; i < s->count; i++) {
		if (takes && !takes(&s->files[i]))
			continue;
		r.file = &set->files[set->count++];
		if (!open_file(&r, &s->files[i]))
			return false;
	}
	for (size_t i = 0; i < set->count; i++) {
		r.file = &set->files[i];
		if (!read_root(&r))
			return false;
	}
	for (size_t i = 0; i < set->count; i++) {
		r.file = &set->files[i];
		if (!check_defaults(&r))
			return false;
	}
	return true;
}

struct avro_set *avro_set_read(const struct source *s, bool (*takes)(const struct source_file *f), struct err *e)
{
	struct avro_set *set = calloc(1, sizeof(*set));
	if (!set) {
		err_set(e, ERR_NO_MEMORY, "no memory for Avro schemas");
		return NULL;
	}
	arena_init(&set->arena, SET_BYTES_MIN + s->bytes * SET_BYTES_PER_BYTE);
	map_init(&set->names, NAMES_MAX);
	map_init(&set->doubtful, NAMES_MAX);
	if (!read_files(set, s, takes, e)) {
		avro_set_free(set);
		return NULL;
	}
	return set;
}

void avro_set_free(struct avro_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++)
		if (set->files[i].names)
			map_release(set->files[i].names);
	map_release(&set->names);
	map_release(&set->doubtful);
	arena_release(&set->arena);
	free(set);
}

size_t avro_set_files(const struct avro_set *set) { return set->count; }
const struct avro_file *avro_set_file(const struct avro_set *set, size_t i) { return &set->files[i]; }
uint32_t avro_set_schemas(const struct avro_set *set) { return set->schemas; }
const struct avro_schema *avro_set_schema(const struct avro_set *set, uint32_t id) { return set->all[id]; }
