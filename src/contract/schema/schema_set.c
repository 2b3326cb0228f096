/* The documents and schemas of one side. A schema gets its place in the set when something first refers to it, and its keywords (schema_read.c) when
 * its turn comes, so that cycles and long chains of references cost no stack. Called by the formats. */
#include "contract/schema/schema_read.h"
#include <stdlib.h>

enum { DOCUMENTS_MAX = SOURCE_FILES_MAX, PATTERNS_MAX = 1 << 20 };

static size_t pointer_slot(const struct pointer_map *m, const void *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15ULL;
	size_t at = (size_t)(h >> 32) & (m->size - 1);
	while (m->slots[at].key && m->slots[at].key != key)
		at = (at + 1) & (m->size - 1);
	return at;
}

void *pointer_map_get(const struct pointer_map *m, const void *key) { return m->size ? m->slots[pointer_slot(m, key)].value : NULL; }

bool pointer_map_put(struct pointer_map *m, const void *key, void *value)
{
	if ((size_t)m->count * 4 >= (size_t)m->size * 3) {
		struct pointer_map larger = { .size = m->size ? m->size * 2 : 256, .count = m->count };
		if (!(larger.slots = calloc(larger.size, sizeof(*larger.slots))))
			return false;
		for (size_t i = 0; i < m->size; i++)
			if (m->slots[i].key)
				larger.slots[pointer_slot(&larger, m->slots[i].key)] = m->slots[i];
		free(m->slots);
		*m = larger;
	}
	struct pointer_slot *s = &m->slots[pointer_slot(m, key)];
	m->count += !s->key;
	*s = (struct pointer_slot){ key, value };
	return true;
}

void pointer_map_release(struct pointer_map *m)
{
	free(m->slots);
	*m = (struct pointer_map){ 0 };
}

struct schema_set *schema_set_new(const struct source *s)
{
	struct schema_set *set = calloc(1, sizeof(*set));
	if (!set)
		return NULL;
	set->source = s;
	arena_init(&set->arena, (size_t)8 * SOURCE_MAX);
	map_init(&set->documents, DOCUMENTS_MAX);
	map_init(&set->resources, SCHEMAS_MAX);
	map_init(&set->patterns, PATTERNS_MAX);
	schema_read_prepare(set);
	return set;
}

void schema_set_free(struct schema_set *set)
{
	if (!set)
		return;
	for (struct schema_resource *r = set->first_resource; r; r = r->next) {
		map_release(&r->anchors);
		map_release(&r->dynamic);
	}
	schema_patterns_release(set);
	map_release(&set->documents);
	map_release(&set->resources);
	map_release(&set->patterns);
	pointer_map_release(&set->schemas);
	pointer_map_release(&set->inner);
	free(set->all);
	arena_release(&set->arena);
	free(set);
}

struct doc_file *schema_set_document(struct schema_set *set, struct str path, struct err *e)
{
	struct schema_document *d = map_get(&set->documents, path);
	if (d)
		return d->file;
	const struct source_file *f = source_find(set->source, path);
	if (!f) {
		err_set(e, ERR_NOT_FOUND, "%.*s has no file %.*s", STR_FMT(set->source->name), STR_FMT(path));
		return NULL;
	}
	struct doc_file *file = doc_parse(&set->arena, f->path, f->text, e);
	d = file ? ARENA_NEW(&set->arena, struct schema_document) : NULL;
	if (!d || !map_put(&set->documents, f->path, d)) {
		err_set(e, ERR_TOO_LARGE, "the memory for contracts is used up; compare fewer files at once");
		return NULL;
	}
	*d = (struct schema_document){ .set = set, .file = file };
	return file;
}

struct schema *schema_set_place(struct schema_set *set, const struct schema_resource *resource, const struct doc *node, enum schema_dialect dialect)
{
	struct schema *s = pointer_map_get(&set->schemas, node);
	if (s)
		return s;
	if (set->count == set->capacity) {
		size_t more = set->capacity ? set->capacity * 2 : 256;
		struct schema **moved = more > SCHEMAS_MAX ? NULL : realloc(set->all, more * sizeof(struct schema *));
		if (!moved)
			return NULL;
		set->all = moved;
		set->capacity = more;
	}
	const struct schema_resource *inner = pointer_map_get(&set->inner, node);
	s = ARENA_NEW(&set->arena, struct schema);
	if (!s || !pointer_map_put(&set->schemas, node, s))
		return NULL;
	*s = (struct schema){ .node = node, .resource = inner ? inner : resource, .number = (uint32_t)set->count, .dialect = (uint8_t)dialect, .types = TYPE_ALL };
	set->all[set->count++] = s;
	return s;
}

/* All that a $dynamicRef may lead to: every dynamic anchor of every document read so far. */
static bool place_dynamic(struct schema_set *set, enum schema_dialect dialect)
{
	for (struct schema_resource *r = set->first_resource; r; r = r->next) {
		for (uint32_t i = 0; i < r->dynamic.count; i++)
			if (!schema_set_place(set, r, r->dynamic.entries[i].value, dialect))
				return false;
		if (r->recursive_anchor && !schema_set_place(set, r, r->root, dialect))
			return false;
	}
	return true;
}

static bool read_pending(struct schema_set *set, struct err *e)
{
	while (set->done < set->count) {
		struct schema *s = set->all[set->done++];
		if (!schema_read_keywords(set, s, e))
			return false;
		if (set->done == set->count && set->dynamic && !place_dynamic(set, s->dialect))
			return schema_read_full(e);
	}
	return schema_read_loops(set, e);
}

const struct schema *schema_set_read(struct schema_set *set, struct doc_file *f, const struct doc *node, enum schema_dialect dialect, struct err *e)
{
	struct schema *known = pointer_map_get(&set->schemas, node);
	if (known && known->number < set->done)
		return known;
	struct schema_document *d = schema_document_of(set, f, dialect, e);
	if (!d)
		return NULL;
	struct schema *s = schema_set_place(set, d->resource, node, dialect);
	if (!s) {
		schema_read_full(e);
		return NULL;
	}
	return read_pending(set, e) ? s : NULL;
}

const struct doc *schema_node(const struct schema *s) { return s->node; }
struct doc_file *schema_file(const struct schema *s) { return s->resource->document->file; }
