/* Looking things up in a schema, and writing its small parts. */
#include "contract/graphql/ast.h"
#include "base/json.h"

const struct str gql_location_names[GQL_AT_COUNT] = {
#define LOCATION(name) STR_INIT(#name),
	GQL_LOCATIONS(LOCATION)
#undef LOCATION
};
const struct str gql_operation_names[GQL_OPERATIONS] = { STR_INIT("query"), STR_INIT("mutation"), STR_INIT("subscription") };

const struct gql_member *gql_member_of(const struct gql_members *m, struct str name)
{
	if (!m->sorted) {
		for (uint32_t i = 0; i < m->count; i++)
			if (str_eq(m->items[i].name, name))
				return &m->items[i];
		return NULL;
	}
	uint32_t low = 0, high = m->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = str_cmp(m->items[m->sorted[middle]].name, name);
		if (!order)
			return &m->items[m->sorted[middle]];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct gql_use *gql_use_of(const struct gql_uses *u, struct str name)
{
	for (uint32_t i = 0; i < u->count; i++)
		if (str_eq(u->items[i].name, name))
			return &u->items[i];
	return NULL;
}

const struct gql_value *gql_use_argument(const struct gql_use *u, struct str name)
{
	for (uint32_t i = 0; u && i < u->count; i++)
		if (str_eq(u->args[i].name, name))
			return &u->args[i].value;
	return NULL;
}

struct gql_type *gql_type_of(const struct gql_schema *s, struct str name) { return map_get(&s->by_name, name); }
const struct gql_directive *gql_directive_of(const struct gql_schema *s, struct str name) { return map_get(&s->directive_names, name); }

bool gql_possible(const struct gql_type *abstract, const struct gql_type *object)
{
	if (abstract == object)
		return true;
	if (abstract->kind == GQL_UNION)
		return gql_member_of(&abstract->links, object->name) != NULL;
	return abstract->kind == GQL_INTERFACE && gql_member_of(&object->links, abstract->name) != NULL;
}

/* Objects that `t` can be: one, the members of a union, or the objects that implement an interface. Calls until `f` is true. */
static bool any_object(const struct gql_type *t, const struct gql_type *other)
{
	if (t->kind == GQL_OBJECT_TYPE)
		return gql_possible(other, t);
	if (t->kind == GQL_UNION) {
		for (uint32_t i = 0; i < t->links.count; i++)
			if (t->links.items[i].type.type && gql_possible(other, t->links.items[i].type.type))
				return true;
		return false;
	}
	for (uint32_t i = 0; i < t->users.count; i++)
		if (t->users.items[i]->kind == GQL_OBJECT_TYPE && gql_possible(other, t->users.items[i]))
			return true;
	return false;
}

static uint32_t breadth(const struct gql_type *t) { return t->kind == GQL_OBJECT_TYPE ? 1 : t->kind == GQL_UNION ? t->links.count : t->users.count; }

bool gql_overlap(const struct gql_type *a, const struct gql_type *b)
{
	if (a == b)
		return true;
	return breadth(a) <= breadth(b) ? any_object(a, b) : any_object(b, a);
}

enum { UNORDERED_MAX = 256 }; /* larger objects are equal only in the same order */

static bool fields_equal(const struct gql_value *a, const struct gql_value *b)
{
	for (uint32_t i = 0; i < a->count; i++) {
		const struct gql_argument *other = NULL;
		if (a->count > UNORDERED_MAX) {
			if (!str_eq(a->fields[i].name, b->fields[i].name) || !gql_value_equal(&a->fields[i].value, &b->fields[i].value))
				return false;
			continue;
		}
		for (uint32_t j = 0; j < b->count; j++)
			if (str_eq(a->fields[i].name, b->fields[j].name))
				other = &b->fields[j];
		if (!other || !gql_value_equal(&a->fields[i].value, &other->value))
			return false;
	}
	return true;
}

bool gql_value_equal(const struct gql_value *a, const struct gql_value *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind)
		return false;
	if (a->kind == GQL_OBJECT)
		return a->count == b->count && fields_equal(a, b);
	if (a->kind != GQL_LIST)
		return str_eq(a->text, b->text);
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (!gql_value_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

void gql_ref_write(struct buf *b, const struct gql_ref *r)
{
	for (int i = 0; i < r->lists; i++)
		buf_char(b, '[');
	buf_add(b, r->name);
	for (int level = r->lists; level >= 0; level--) {
		if (level < r->lists)
			buf_char(b, ']');
		if (r->nonnull >> level & 1)
			buf_char(b, '!');
	}
}

void gql_value_write(struct buf *b, const struct gql_value *v)
{
	switch ((enum gql_value_kind)v->kind) {
	case GQL_STRING:
		json_quote(b, v->text);
		break;
	case GQL_LIST:
		buf_char(b, '[');
		for (uint32_t i = 0; i < v->count; i++) {
			if (i)
				buf_add(b, STR(", "));
			gql_value_write(b, &v->items[i]);
		}
		buf_char(b, ']');
		break;
	case GQL_OBJECT:
		buf_char(b, '{');
		for (uint32_t i = 0; i < v->count; i++) {
			if (i)
				buf_add(b, STR(", "));
			buf_add(b, v->fields[i].name);
			buf_add(b, STR(": "));
			gql_value_write(b, &v->fields[i].value);
		}
		buf_char(b, '}');
		break;
	case GQL_VARIABLE:
		buf_char(b, '$');
		/* fallthrough */
	default:
		buf_add(b, v->text);
	}
}

enum { TEXT_MAX = 4096 };

struct str gql_value_text(struct arena *a, const struct gql_value *v)
{
	struct buf b;
	buf_init(&b, TEXT_MAX);
	gql_value_write(&b, v);
	struct str s = buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR("a long value");
	buf_release(&b);
	return s;
}

struct str gql_ref_text(struct arena *a, const struct gql_ref *r)
{
	struct buf b;
	buf_init(&b, TEXT_MAX);
	gql_ref_write(&b, r);
	struct str s = buf_ok(&b) ? arena_str(a, buf_str(&b)) : r->name;
	buf_release(&b);
	return s;
}

struct text_place gql_place(struct gql_files *f, struct gql_spot spot)
{
	struct gql_file *file = &f->items[spot.file];
	if (!file->indexed)
		file->indexed = line_index_build(&file->lines, f->arena, file->source->text);
	return file->indexed ? line_index_place(&file->lines, spot.offset) : (struct text_place){ 0, 0 };
}
