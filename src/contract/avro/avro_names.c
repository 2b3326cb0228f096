/* Names of Avro's named types: namespaces, definitions, references (specification, "Names"). A file's definitions are declared before any is
 * read, so that references may point forward and to other files. */
#include "contract/avro/avro_impl.h"
#include <stdio.h>

static const struct str primitives[] = { STR_INIT("null"),  STR_INIT("boolean"), STR_INIT("int"),   STR_INIT("long"),
					 STR_INIT("float"), STR_INIT("double"),	 STR_INIT("bytes"), STR_INIT("string") };

bool avro_primitive(struct str name, enum avro_type *type)
{
	for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++)
		if (str_eq(name, primitives[i])) {
			*type = (enum avro_type)i;
			return true;
		}
	return false;
}

struct str avro_type_name(const struct avro_schema *s)
{
	if (s->type <= AVRO_STRING)
		return primitives[s->type];
	if (avro_is_named(s))
		return s->name;
	return s->type == AVRO_ARRAY ? STR("array") : s->type == AVRO_MAP ? STR("map") : STR("union");
}

struct str avro_short_name(struct str full)
{
	size_t at = full.len;
	while (at && full.p[at - 1] != '.')
		at--;
	return str_skip(full, at);
}

bool avro_fault(struct avro_reader *r, uint32_t offset, const char *format, ...)
{
	char text[400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct text_place at = doc_place(r->file->doc, offset);
	err_set(r->e, ERR_FILE_INVALID, "%s", text);
	err_place(r->e, r->file->doc->path, at.line, at.column);
	return false;
}

bool avro_no_memory(struct avro_reader *r) { return err_set(r->e, ERR_TOO_LARGE, "the Avro schemas do not fit into their memory; compare fewer files at once"); }

bool avro_name_valid(struct str name, bool dots)
{
	bool start = true;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (c == '.' && dots && !start) {
			start = true;
			continue;
		}
		if (!letter && (start || c < '0' || c > '9'))
			return false;
		start = false;
	}
	return !start;
}

struct str avro_full_name(struct avro_reader *r, const struct doc *at, struct str name, struct str space, struct str *own_space)
{
	struct str last = avro_short_name(name);
	if (!avro_name_valid(name, true)) {
		avro_fault(r, at->offset, "`%.*s` is no name: write letters, digits and _, not beginning with a digit, with dots between namespaces",
			   (int)(name.len > 80 ? 80 : name.len), name.p);
		return (struct str){ 0 };
	}
	if (last.len != name.len) {
		*own_space = str_sub(name, 0, name.len - last.len - 1);
		return name;
	}
	*own_space = space;
	return str_empty(space) ? name : arena_printf(&r->set->arena, "%.*s.%.*s", STR_FMT(space), STR_FMT(name));
}

struct avro_schema *avro_schema_new(struct avro_reader *r, enum avro_type type, const struct doc *node)
{
	struct avro_set *set = r->set;
	bool room = set->schemas < AVRO_SCHEMAS_MAX && ARENA_PUSH_ROOM(&set->arena, set->all, set->schemas, set->all_capacity);
	struct avro_schema *s = room ? ARENA_NEW(&set->arena, struct avro_schema) : NULL;
	if (!s) {
		avro_no_memory(r);
		return NULL;
	}
	s->type = type;
	s->id = set->schemas++;
	set->all[s->id] = s;
	s->file = r->file->doc;
	s->node = node;
	s->offset = node->offset;
	return s;
}

static bool declare_named(struct avro_reader *r, const struct doc *node, enum avro_type type, struct str *space)
{
	const struct doc *name = doc_get(node, STR("name")), *within = doc_get(node, STR("namespace"));
	if (!doc_is(name, DOC_STRING))
		return avro_fault(r, node->offset, "this %.*s has no name; give it \"name\"", STR_FMT(doc_str(doc_get(node, STR("type")))));
	if (within && (!doc_is(within, DOC_STRING) || (within->count && !avro_name_valid(doc_str(within), true))))
		return avro_fault(r, within->offset, "a namespace is names with dots between them, such as \"com.example.shop\"");
	struct str own, full = avro_full_name(r, name, doc_str(name), within ? doc_str(within) : *space, &own);
	enum avro_type primitive;
	if (!full.p)
		return err_is_set(r->e) ? false : avro_no_memory(r);
	if (avro_primitive(full, &primitive))
		return avro_fault(r, name->offset, "`%.*s` is a type of Avro's own; choose another name", STR_FMT(full));
	struct avro_schema *first = map_get(r->file->names, full);
	if (first)
		return avro_fault(r, name->offset, "`%.*s` is defined a second time; the first is in line %u. Refer to it by its name instead", STR_FMT(full),
				  doc_place(r->file->doc, first->offset).line);
	struct avro_schema *s = avro_schema_new(r, type, node);
	if (!s)
		return false;
	s->name = full;
	s->space = own;
	*space = own;
	const struct avro_schema *other = map_get(&r->set->names, full);
	bool differs = other && !doc_equal(other->node, node);
	if (!map_put(r->file->names, full, s) || (!other && !map_put(&r->set->names, full, s)) || (differs && !map_put(&r->set->doubtful, full, s)))
		return avro_no_memory(r);
	return true;
}

/* Types that stand below `node`, whose own namespace is `space`. */
static bool declare_below(struct avro_reader *r, const struct doc *node, struct str space, unsigned depth)
{
	const struct doc *fields = doc_get(node, STR("fields"));
	const struct doc *items = doc_get(node, STR("items")), *values = doc_get(node, STR("values"));
	for (size_t i = 0; doc_is(fields, DOC_ARRAY) && i < fields->count; i++) {
		const struct doc *type = doc_get(&fields->items[i], STR("type"));
		if (type && !avro_declare(r, type, space, depth + 1))
			return false;
	}
	return (!items || avro_declare(r, items, space, depth + 1)) && (!values || avro_declare(r, values, space, depth + 1));
}

bool avro_declare(struct avro_reader *r, const struct doc *node, struct str space, unsigned depth)
{
	if (depth > AVRO_DEPTH_MAX)
		return avro_fault(r, node->offset, "more than %d types within one another; give inner types names and refer to them", AVRO_DEPTH_MAX);
	if (node->type == DOC_ARRAY) {
		for (size_t i = 0; i < node->count; i++)
			if (!avro_declare(r, &node->items[i], space, depth + 1))
				return false;
		return true;
	}
	struct str type = doc_str(doc_get(node, STR("type")));
	enum avro_type named = AVRO_NULL;
	if (str_eq(type, STR("record")) || str_eq(type, STR("error")))
		named = AVRO_RECORD;
	else if (str_eq(type, STR("enum")))
		named = AVRO_ENUM;
	else if (str_eq(type, STR("fixed")))
		named = AVRO_FIXED;
	if (named != AVRO_NULL && !declare_named(r, node, named, &space))
		return false;
	return declare_below(r, node, space, depth);
}

static const struct avro_schema *look_up(const struct avro_reader *r, struct str full)
{
	const struct avro_schema *s = map_get(r->file->names, full);
	return s ? s : map_get(&r->set->names, full);
}

const struct avro_schema *avro_refer(struct avro_reader *r, const struct doc *at, struct str name, struct str space)
{
	struct str own, full = avro_full_name(r, at, name, space, &own);
	if (!full.p) {
		if (!err_is_set(r->e))
			avro_no_memory(r);
		return NULL;
	}
	const struct avro_schema *s = look_up(r, full);
	/* Written without a namespace, it may be one of those that have none. */
	if (!s && full.len != name.len)
		s = look_up(r, name);
	const struct avro_schema *other = s && s->file != r->file->doc ? map_get(&r->set->doubtful, s->name) : NULL;
	if (other) {
		avro_fault(r, at->offset, "`%.*s` is defined differently in %.*s and %.*s; keep one of them, or define it in this file", STR_FMT(s->name),
			   STR_FMT(s->file->path), STR_FMT(other->file->path));
		return NULL;
	}
	if (!s)
		avro_fault(r, at->offset, "no type `%.*s` is defined here or in another file; define it, or add the file that does", STR_FMT(full));
	return s;
}

const struct avro_schema *avro_set_find(const struct avro_set *set, struct str name) { return map_get(&set->names, name); }

bool avro_index_build(struct avro_index *x, struct arena *a, const struct str *texts, size_t count)
{
	size_t size = 4;
	while (size < count * 2)
		size *= 2;
	*x = (struct avro_index){ .texts = texts, .count = count, .mask = size - 1, .slots = ARENA_ARRAY(a, size, uint32_t) };
	for (size_t i = 0; x->slots && i < count; i++) {
		size_t at = str_hash(texts[i]) & x->mask;
		while (x->slots[at])
			at = (at + 1) & x->mask;
		x->slots[at] = (uint32_t)i + 1;
	}
	return x->slots != NULL;
}

size_t avro_index_find(const struct avro_index *x, struct str text)
{
	if (!x->slots)
		return SIZE_MAX;
	for (size_t at = str_hash(text) & x->mask; x->slots[at]; at = (at + 1) & x->mask)
		if (str_eq(x->texts[x->slots[at] - 1], text))
			return x->slots[at] - 1;
	return SIZE_MAX;
}
