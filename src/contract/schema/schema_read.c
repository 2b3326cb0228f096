/* What one schema says, in any dialect, into the normal form: rows of tbl/schema_keywords.h decide which names a dialect knows and what their values must
 * be; what no row knows is ignored, as the specifications demand. A value of the wrong shape is an error with its place. */
#include "base/check.h"
#include "contract/schema/schema_read.h"
#include <math.h>
#include <stdlib.h>

enum { D4 = 1, D6 = 2, D7 = 4, D19 = 8, D20 = 16, SW2 = 32, O30 = 64, O31 = 128 };
enum { ALL = 255, FULL = ALL & ~(SW2 | O30), D6UP = FULL & ~D4, D7UP = D6UP & ~D6, D19UP = D7UP & ~D7 };
enum shape {
	SHAPE_ANY, SHAPE_TEXT, SHAPE_BOOL, SHAPE_NUMBER, SHAPE_NUMBER_OR_BOOL, SHAPE_POSITIVE, SHAPE_COUNT, SHAPE_LIST, SHAPE_NAMES, SHAPE_NAMES_MAP,
	SHAPE_SCHEMA, SHAPE_SCHEMAS, SHAPE_SCHEMA_MAP, SHAPE_ITEMS, SHAPE_ADDITIONAL_ITEMS, SHAPE_DEPENDENCIES
};
static const struct name {
	struct str name;
	uint8_t keyword, shape, dialects;
} names[] = {
#define SCHEMA_NAME(name, symbol, shape, dialects) { STR_INIT(name), KW_##symbol, SHAPE_##shape, dialects },
#include "tbl/schema_keywords.h"
#undef SCHEMA_NAME
};
_Static_assert(ARRAY_LEN(names) < 128, "half of the slots stay empty");

struct reading {
	struct schema_set *set;
	struct schema *schema;
	struct err *err;
	struct schema_entry entries[KW_COUNT];
	uint64_t present;
	const struct doc *additional_items;
	bool nullable;
};

bool schema_read_full(struct err *e) { return err_set(e, ERR_TOO_LARGE, "more than %d schemas, or their memory is used up; compare fewer files at once", SCHEMAS_MAX); }

void schema_read_prepare(struct schema_set *set)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		uint8_t at = (uint8_t)str_hash(names[i].name);
		while (set->name_slots[at])
			at++;
		set->name_slots[at] = (uint8_t)(i + 1);
	}
}

static const struct name *find_name(const struct schema_set *set, struct str key)
{
	for (uint8_t at = (uint8_t)str_hash(key); set->name_slots[at]; at++)
		if (str_eq(names[set->name_slots[at] - 1].name, key))
			return &names[set->name_slots[at] - 1];
	return NULL;
}

static bool fail(struct reading *r, const struct doc *at, struct str keyword, const char *what)
{
	return schema_fail(r->err, schema_file(r->schema), at->offset, "`%.*s` must be %s", STR_FMT(keyword), what);
}

static struct schema *place(struct reading *r, const struct doc *node, struct str keyword)
{
	if (node->type != DOC_OBJECT && node->type != DOC_TRUE && node->type != DOC_FALSE) {
		fail(r, node, keyword, "a schema, which is an object (or `true` or `false`)");
		return NULL;
	}
	struct schema *s = schema_set_place(r->set, r->schema->resource, node, r->schema->dialect);
	if (!s)
		schema_read_full(r->err);
	return s;
}

static void keep(struct reading *r, enum schema_keyword k, const struct doc *value)
{
	r->entries[k] = (struct schema_entry){ .value = value };
	r->present |= KW_BIT(k);
}

static bool keep_one(struct reading *r, enum schema_keyword k, const struct doc *value, struct str keyword)
{
	const struct schema *s = place(r, value, keyword);
	keep(r, k, value);
	r->entries[k].one = s;
	return s != NULL;
}

static bool keep_list(struct reading *r, enum schema_keyword k, const struct doc *value, struct str keyword, bool dependencies)
{
	bool map = value->type == DOC_OBJECT;
	const struct schema **list = ARENA_ARRAY(&r->set->arena, value->count, const struct schema *);
	if (!list)
		return schema_read_full(r->err);
	for (uint32_t i = 0; i < value->count; i++) {
		const struct doc *node = map ? &value->members[i].value : &value->items[i];
		if (dependencies && node->type == DOC_ARRAY)
			continue;
		if (!(list[i] = place(r, node, map ? doc_key(&value->members[i]) : keyword)))
			return false;
	}
	keep(r, k, value);
	r->entries[k].list = list;
	return true;
}

static bool is_names(const struct doc *d)
{
	for (uint32_t i = 0; d->type == DOC_ARRAY && i < d->count; i++)
		if (d->items[i].type != DOC_STRING)
			return false;
	return d->type == DOC_ARRAY;
}

static bool is_names_map(const struct doc *d)
{
	for (uint32_t i = 0; d->type == DOC_OBJECT && i < d->count; i++)
		if (!is_names(&d->members[i].value))
			return false;
	return d->type == DOC_OBJECT;
}

static bool read_schemas(struct reading *r, const struct name *n, const struct doc *v)
{
	switch ((enum shape)n->shape) {
	case SHAPE_SCHEMA:
		return keep_one(r, n->keyword, v, n->name);
	case SHAPE_SCHEMAS:
		return v->type == DOC_ARRAY ? keep_list(r, n->keyword, v, n->name, false) : fail(r, v, n->name, "a list of schemas");
	case SHAPE_SCHEMA_MAP:
	case SHAPE_DEPENDENCIES:
		return v->type == DOC_OBJECT ? keep_list(r, n->keyword, v, n->name, n->shape == SHAPE_DEPENDENCIES) : fail(r, v, n->name, "an object with a schema for each name");
	case SHAPE_ITEMS: /* a list of schemas until 2019-09: what 2020-12 calls prefixItems */
		return v->type == DOC_ARRAY ? keep_list(r, KW_PREFIX_ITEMS, v, n->name, false) : keep_one(r, KW_ITEMS, v, n->name);
	default:
		r->additional_items = v;
		return true;
	}
}

static bool read_value(struct reading *r, const struct name *n, const struct doc *v)
{
	bool boolean = v->type == DOC_TRUE || v->type == DOC_FALSE;
	switch ((enum shape)n->shape) {
	case SHAPE_ANY:
		break;
	case SHAPE_TEXT:
		if (v->type != DOC_STRING)
			return n->keyword > KW_UNEVALUATED_PROPERTIES || fail(r, v, n->name, "a text");
		break;
	case SHAPE_BOOL:
		if (!boolean)
			return n->keyword > KW_UNEVALUATED_PROPERTIES || fail(r, v, n->name, "`true` or `false`");
		break;
	case SHAPE_NUMBER:
		if (!doc_is_number(v))
			return fail(r, v, n->name, "a number");
		break;
	case SHAPE_NUMBER_OR_BOOL:
		if (!doc_is_number(v) && !boolean)
			return fail(r, v, n->name, "a number (in draft 4 and OpenAPI 3.0: `true` or `false`)");
		break;
	case SHAPE_POSITIVE:
		if (!doc_is_number(v) || doc_number(v) <= 0)
			return fail(r, v, n->name, "a number above 0");
		break;
	case SHAPE_COUNT:
		if (!doc_is_number(v) || doc_number(v) < 0 || doc_number(v) != floor(doc_number(v)))
			return fail(r, v, n->name, "a whole number from 0");
		break;
	case SHAPE_LIST:
		if (v->type != DOC_ARRAY)
			return fail(r, v, n->name, "a list of values");
		break;
	case SHAPE_NAMES:
		if (boolean)
			return true; /* draft 3's `required: true` in a property, which means nothing here but is often left over */
		if (!is_names(v))
			return fail(r, v, n->name, "a list of property names");
		break;
	case SHAPE_NAMES_MAP:
		if (!is_names_map(v))
			return fail(r, v, n->name, "an object with a list of property names for each name");
		break;
	default:
		return read_schemas(r, n, v);
	}
	keep(r, n->keyword, v);
	return true;
}

static unsigned type_named(struct str name, bool draft4)
{
	static const struct { struct str name; unsigned types; } types[] = {
		{ STR_INIT("string"), TYPE_STRING }, { STR_INIT("object"), TYPE_OBJECT }, { STR_INIT("integer"), TYPE_INTEGER }, { STR_INIT("array"), TYPE_ARRAY },
		{ STR_INIT("boolean"), TYPE_BOOL }, { STR_INIT("number"), TYPE_NUMBER }, { STR_INIT("null"), TYPE_NULL },
	};
	(void)draft4;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(types[i].name, name))
			return types[i].types;
	return 0;
}

static bool read_types(struct reading *r)
{
	struct schema *s = r->schema;
	const struct doc *v = r->present & KW_BIT(KW_TYPE) ? r->entries[KW_TYPE].value : NULL;
	if (!v)
		return true;
	const struct doc *names_of = v->type == DOC_ARRAY ? v->items : v;
	uint32_t count = v->type == DOC_ARRAY ? v->count : 1;
	s->types = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct str name = doc_str(&names_of[i]);
		unsigned types = type_named(name, s->dialect == SCHEMA_DRAFT4);
		if (str_eq(name, STR("file")) && s->dialect == SCHEMA_SWAGGER_2)
			types = TYPE_ALL;
		if (!types)
			return fail(r, &names_of[i], STR("type"), "one of \"null\", \"boolean\", \"integer\", \"number\", \"string\", \"array\", \"object\"");
		s->types |= (uint8_t)types;
	}
	if (r->nullable) /* OpenAPI 3.0.3: only where there is a type */
		s->types |= TYPE_NULL;
	return true;
}

/* Draft 4 and OpenAPI 3.0: `exclusiveMinimum: true` makes the minimum exclusive. */
static void read_exclusive(struct reading *r, enum schema_keyword bound, enum schema_keyword exclusive)
{
	const struct doc *v = r->present & KW_BIT(exclusive) ? r->entries[exclusive].value : NULL;
	if (!v || doc_is_number(v))
		return;
	r->present &= ~KW_BIT(exclusive);
	if (v->type != DOC_TRUE || !(r->present & KW_BIT(bound)))
		return;
	keep(r, exclusive, r->entries[bound].value);
	r->present &= ~KW_BIT(bound);
}

static bool read_reference(struct reading *r, enum schema_keyword k)
{
	const struct doc *v = r->entries[k].value;
	const struct schema_resource *to;
	const struct doc *node;
	if (!schema_resolve(r->set, r->schema->resource, doc_str(v), v, r->schema->dialect, &to, &node, r->err))
		return false;
	if (node->type != DOC_OBJECT && node->type != DOC_TRUE && node->type != DOC_FALSE)
		return schema_fail(r->err, schema_file(r->schema), v->offset, "the reference \"%.*s\" leads to what is no schema (an object, `true` or `false`)", STR_FMT(doc_str(v)));
	struct schema *target = schema_set_place(r->set, to, node, r->schema->dialect);
	if (!target)
		return schema_read_full(r->err);
	r->entries[k].one = target;
	r->set->dynamic |= k == KW_DYNAMIC_REF;
	return true;
}

/* In what was before 2019-09 (and in OpenAPI 3.0) a $ref stands for the whole schema: what stands beside it is ignored. */
static bool alone(enum schema_dialect d) { return d == SCHEMA_DRAFT4 || d == SCHEMA_DRAFT6 || d == SCHEMA_DRAFT7 || d == SCHEMA_SWAGGER_2 || d == SCHEMA_OPENAPI_30; }

static bool finish(struct reading *r)
{
	static const enum schema_keyword references[] = { KW_REF, KW_DYNAMIC_REF };
	if (r->present & KW_BIT(KW_REF) && alone(r->schema->dialect))
		r->present = KW_BIT(KW_REF);
	for (size_t i = 0; i < ARRAY_LEN(references); i++)
		if (r->present & KW_BIT(references[i]) && !read_reference(r, references[i]))
			return false;
	if (r->additional_items && r->present & KW_BIT(KW_PREFIX_ITEMS) && !keep_one(r, KW_ITEMS, r->additional_items, STR("additionalItems")))
		return false;
	read_exclusive(r, KW_MINIMUM, KW_EXCLUSIVE_MINIMUM);
	read_exclusive(r, KW_MAXIMUM, KW_EXCLUSIVE_MAXIMUM);
	if (!read_types(r))
		return false;
	size_t count = (size_t)__builtin_popcountll(r->present), at = 0;
	struct schema_entry *entries = ARENA_ARRAY(&r->set->arena, count, struct schema_entry);
	if (!entries)
		return schema_read_full(r->err);
	for (unsigned k = 0; k < KW_COUNT; k++)
		if (r->present >> k & 1)
			entries[at++] = r->entries[k];
	r->schema->entries = entries;
	r->schema->present = r->present;
	return true;
}

bool schema_read_keywords(struct schema_set *set, struct schema *s, struct err *e)
{
	const struct doc *node = s->node;
	if (node->type == DOC_TRUE || node->type == DOC_FALSE) {
		s->boolean = true;
		s->truth = node->type == DOC_TRUE;
		return true;
	}
	struct reading r = { .set = set, .schema = s, .err = e };
	if (node->type != DOC_OBJECT)
		return schema_fail(e, schema_file(s), node->offset, "a schema must be an object (or `true` or `false`)");
	/* A $ref that stands for everything: nothing beside it is even looked at. */
	bool only_reference = alone(s->dialect) && doc_is(doc_get(node, STR("$ref")), DOC_STRING);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct doc_member *m = &node->members[i];
		const struct name *n = find_name(set, doc_key(m));
		if (n && n->dialects >> s->dialect & 1 && (!only_reference || n->keyword == KW_REF) && !read_value(&r, n, &m->value))
			return false;
		bool nullable = str_eq(doc_key(m), STR("nullable")) && s->dialect == SCHEMA_OPENAPI_30;
		r.nullable |= (nullable || (str_eq(doc_key(m), STR("x-nullable")) && s->dialect == SCHEMA_SWAGGER_2)) && m->value.type == DOC_TRUE;
	}
	return finish(&r);
}

/* Loops. */
enum colour { WHITE, GREY, BLACK };
struct frame { const struct schema *schema; unsigned keyword; uint32_t item; };

/* The next schema that applies to the same value as `f->schema` does; NULL at the end. */
static const struct schema *next_in_place(struct frame *f)
{
	static const struct { enum schema_keyword keyword; bool list; } in_place[] = { { KW_REF, false }, { KW_DYNAMIC_REF, false }, { KW_NOT, false }, { KW_IF, false },
		{ KW_THEN, false }, { KW_ELSE, false }, { KW_ALL_OF, true }, { KW_ANY_OF, true }, { KW_ONE_OF, true }, { KW_DEPENDENT_SCHEMAS, true }, { KW_DEPENDENCIES, true } };
	for (; f->keyword < ARRAY_LEN(in_place); f->keyword++, f->item = 0) {
		const struct schema_entry *entry = schema_entry(f->schema, in_place[f->keyword].keyword);
		if (!entry)
			continue;
		if (!in_place[f->keyword].list) {
			f->keyword++;
			return entry->one;
		}
		while (f->item < entry->value->count) {
			const struct schema *s = entry->list[f->item++];
			if (s)
				return s;
		}
	}
	return NULL;
}

static bool is_leaf(const struct schema *s)
{
	return !(s->present & (KW_BIT(KW_REF) | KW_BIT(KW_DYNAMIC_REF) | KW_BIT(KW_NOT) | KW_BIT(KW_IF) | KW_BIT(KW_ALL_OF) | KW_BIT(KW_ANY_OF) | KW_BIT(KW_ONE_OF) |
		KW_BIT(KW_DEPENDENT_SCHEMAS) | KW_BIT(KW_DEPENDENCIES)));
}

struct search { struct frame *frames; size_t depth, capacity; uint8_t *colours; };

static bool enter(struct search *w, const struct schema *s)
{
	if (w->depth == w->capacity) {
		size_t more = w->capacity ? w->capacity * 2 : 64;
		struct frame *moved = realloc(w->frames, more * sizeof(*moved));
		if (!moved)
			return false;
		w->frames = moved;
		w->capacity = more;
	}
	w->frames[w->depth++] = (struct frame){ .schema = s };
	w->colours[s->number] = GREY;
	return true;
}

static bool search_from(struct search *w, const struct schema *s, struct err *e)
{
	if (is_leaf(s) || w->colours[s->number] != WHITE)
		return true;
	if (!enter(w, s))
		return schema_read_full(e);
	while (w->depth) {
		struct frame *f = &w->frames[w->depth - 1];
		const struct schema *next = next_in_place(f);
		if (!next) {
			w->colours[f->schema->number] = BLACK;
			w->depth--;
		} else if (w->colours[next->number] == GREY) {
			return schema_fail(e, schema_file(f->schema), f->schema->node->offset,
				"this schema applies itself to the same value (by $ref, allOf, anyOf, oneOf, not or if), so no value can ever be checked; break the circle");
		} else if (!is_leaf(next) && w->colours[next->number] == WHITE && !enter(w, next)) {
			return schema_read_full(e);
		}
	}
	return true;
}

bool schema_read_loops(struct schema_set *set, struct err *e)
{
	struct search w = { 0 };
	bool ok = true;
	if (set->loops_checked == set->count)
		return true;
	if (!(w.colours = calloc(set->count, 1)))
		return schema_read_full(e);
	for (size_t i = set->loops_checked; ok && i < set->count; i++)
		ok = search_from(&w, set->all[i], e);
	set->loops_checked = set->count;
	free(w.colours);
	free(w.frames);
	return ok;
}
