/* See import.h. An entity is turned into the tree that readers of YAML know, as JSON is YAML; it has no lines. */
#include "catalog/crawl/import.h"
#include "catalog/crawl/reading.h"
#include "catalog/crawl/units.h"
#include <stdlib.h>

enum { SCRATCH = 64 << 20, MEMORY = 512 << 20 };
struct import { struct arena arena, scratch; struct repository repository; struct reading reading; size_t count, gone; };

struct import *import_new(struct str path, int64_t now)
{
	struct import *i = calloc(1, sizeof(*i));
	if (!i)
		return NULL;
	arena_init(&i->arena, MEMORY);
	arena_init(&i->scratch, SCRATCH);
	i->repository = (struct repository){ .path = arena_str(&i->arena, path), .prefix = STR(""), .head = STR(""), .origin = STR(""), .note = STR(""), .crawled = now };
	i->reading = (struct reading){ .arena = &i->arena, .repository = &i->repository, .scratch = &i->scratch };
	return i;
}

void import_free(struct import *i)
{
	if (!i)
		return;
	arena_release(&i->arena);
	arena_release(&i->scratch);
	free(i);
}

size_t import_count(const struct import *i) { return i->count; }

/* --- JSON as the tree of YAML ------------------------------------------------------------------------------------------------------------------------------- */

static struct str scalar(struct arena *a, const struct json *j)
{
	switch (j->type) {
	case JSON_STRING: return j->s;
	case JSON_TRUE: return STR("true");
	case JSON_FALSE: return STR("false");
	case JSON_INT: return arena_printf(a, "%lld", (long long)j->i);
	case JSON_UINT: return arena_printf(a, "%llu", (unsigned long long)j->u);
	case JSON_DOUBLE: return arena_printf(a, "%g", j->d);
	default: return STR("");
	}
}

/* What is deeper than entities are is left out. */
static struct yaml tree(struct arena *a, const struct json *j, int depth)
{
	struct yaml y = { .type = YAML_NULL };
	if (depth > IMPORT_DEPTH || j->type == JSON_NULL)
		return y;
	if (j->type == JSON_ARRAY) {
		y.type = YAML_SEQUENCE;
		y.items = ARENA_ARRAY(a, j->count + 1, struct yaml);
		for (uint32_t i = 0; y.items && i < j->count; i++)
			y.items[y.count++] = tree(a, &j->items[i], depth + 1);
	} else if (j->type == JSON_OBJECT) {
		y.type = YAML_MAPPING;
		y.pairs = ARENA_ARRAY(a, j->count + 1, struct yaml_pair);
		for (uint32_t i = 0; y.pairs && i < j->count; i++)
			y.pairs[y.count++] = (struct yaml_pair){ .key = j->members[i].key, .value = tree(a, &j->members[i].value, depth + 1) };
	} else {
		y.type = YAML_SCALAR;
		y.quoted = j->type == JSON_STRING;
		y.text = scalar(a, j);
	}
	return y;
}

/* --- entities ------------------------------------------------------------------------------------------------------------------------------------------------ */

/* Where the entity was written, as its annotation says: "url:https://…/catalog-info.yaml". */
static struct str place_of(const struct json *entity)
{
	const struct json *notes = json_get(json_get(entity, STR("metadata")), STR("annotations"));
	struct str at = json_get_str(notes, STR("backstage.io/managed-by-location"), json_get_str(notes, STR("backstage.io/managed-by-origin-location"), STR("")));
	return str_starts(at, STR("url:")) ? str_skip(at, 4) : at;
}

static bool is_gone(const struct json *entity)
{
	return str_eq(json_get_str(json_get(json_get(entity, STR("metadata")), STR("annotations")), STR("backstage.io/orphan"), STR("")), STR("true"));
}

static void one(struct import *i, const struct json *entity)
{
	struct err e = { 0 };
	if (is_gone(entity)) {
		i->gone++;
		return;
	}
	arena_reset(&i->scratch);
	struct yaml document = tree(&i->scratch, entity, 0);
	i->reading.file = arena_str(&i->arena, place_of(entity));
	if (i->scratch.full)
		err_set(&e, ERR_TOO_LARGE, "an entity is too large to be read");
	else if (read_backstage_entity(&i->reading, &document, &e))
		return;
	reading_problem(&i->reading, &e);
}

bool import_backstage(struct import *i, const struct json *entities, struct err *e)
{
	if (!entities || entities->type != JSON_ARRAY)
		return err_set(e, ERR_UPSTREAM, "there is no list of entities in what it answers: is this Backstage?");
	if (i->count + entities->count > IMPORT_ENTITIES_MAX)
		return err_set(e, ERR_TOO_LARGE, "it has more than %d entities, which are more than are taken", IMPORT_ENTITIES_MAX);
	for (uint32_t k = 0; k < entities->count; k++)
		one(i, &entities->items[k]);
	i->count += entities->count;
	return true;
}

const struct repository *import_end(struct import *i, struct str head)
{
	i->repository.head = arena_str(&i->arena, head);
	i->repository.files = i->count;
	if (i->gone)
		i->repository.note = arena_printf(&i->arena, "%zu entities whose file is gone were passed over", i->gone);
	return units_make(&i->reading) && !i->arena.full ? &i->repository : NULL;
}
