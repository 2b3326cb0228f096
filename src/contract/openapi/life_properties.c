/* Promises about properties: deprecated, x-sunset and x-stability-level of members of bodies, wherever they are. The schemas of both sides are walked side by
 * side, each pair once a direction, with a list of its own instead of recursion; not at all where no file says anything of the kind. */
#include "contract/openapi/compare.h"
#include "contract/schema/schema_impl.h"

enum { PAIRS_PENDING_MAX = 1 << 20 };
struct walked { const struct schema *before, *after; const struct openapi_pair *pair; };
struct life_walk {
	struct openapi_comparison *c;
	bool response;
	struct pointer_map seen;       /* old schema to the new one it was walked with */
	struct walked *pending;
	size_t count, capacity;
};

static bool source_says(const struct source *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_find(s->files[i].text, STR("x-sunset")) != SIZE_MAX || str_find(s->files[i].text, STR("x-stability-level")) != SIZE_MAX)
			return true;
	return false;
}

bool openapi_speaks_of_life(const struct openapi_comparison *c)
{
	return c->options->grace_stable || c->options->grace_beta || source_says(c->old_model->source) || source_says(c->new_model->source);
}

static void push(struct life_walk *w, const struct schema *before, const struct schema *after, const struct openapi_pair *pair)
{
	while (before && schema_has(before, KW_REF) && schema_one(before, KW_REF) != before && pointer_map_get(&w->seen, before) != after) {
		if (!pointer_map_put(&w->seen, before, (void *)(uintptr_t)after))
			return;
		before = schema_one(before, KW_REF);
	}
	for (unsigned i = 0; after && schema_has(after, KW_REF) && i < SCHEMA_WALK_MAX; i++)
		after = schema_one(after, KW_REF);
	if (!before || !after || w->count == PAIRS_PENDING_MAX || pointer_map_get(&w->seen, before) == after || !ARENA_PUSH_ROOM(&w->c->arena, w->pending,
		w->count, w->capacity))
		return;
	if (pointer_map_put(&w->seen, before, (void *)(uintptr_t)after))
		w->pending[w->count++] = (struct walked){ before, after, pair };
}

static struct doc_spot spot_of_schema(const struct schema *s) { return (struct doc_spot){ schema_file(s), schema_node(s), schema_node(s)->offset }; }

static void property(struct life_walk *w, const struct schema *p, const struct schema *q, struct str name, const struct openapi_pair *pair)
{
	struct doc_spot before = spot_of_schema(p), after = spot_of_schema(q);
	const struct openapi_life was = openapi_read_life(before), is = openapi_read_life(after);
	struct life_pair l = { before, after, &was, &is, w->response ? LIFE_OF_RESPONSE_PROPERTY : LIFE_OF_REQUEST_PROPERTY, { 0 }, { 0 } };
	if (was.deprecated == is.deprecated && doc_equal(was.sunset.node, is.sunset.node) && doc_equal(was.stability.node, is.stability.node))
		return;
	l.subject = schema_pointer_text(&w->c->arena, after.file, after.node->offset);
	l.name = arena_printf(&w->c->arena, "the property `%.*s`", STR_FMT(name));
	openapi_compare_life(w->c, pair, &l);
}

static void inside(struct life_walk *w, const struct walked *x)
{
	static const enum schema_keyword single[] = { KW_ITEMS, KW_ADDITIONAL_PROPERTIES }, lists[] = { KW_ALL_OF, KW_ANY_OF, KW_ONE_OF, KW_PREFIX_ITEMS };
	const struct schema_entry *p = schema_entry(x->before, KW_PROPERTIES), *q = schema_entry(x->after, KW_PROPERTIES);
	for (uint32_t i = 0; p && q && i < p->value->count; i++) {
		struct str name = doc_key(&p->value->members[i]);
		const struct doc_member *m = doc_member(q->value, name);
		if (!m)
			continue;
		const struct schema *after = q->list[m - q->value->members];
		property(w, p->list[i], after, name, x->pair);
		push(w, p->list[i], after, x->pair);
	}
	for (size_t i = 0; i < 2; i++)
		push(w, schema_one(x->before, single[i]), schema_one(x->after, single[i]), x->pair);
	for (size_t i = 0; i < 4; i++) {
		p = schema_entry(x->before, lists[i]);
		q = schema_entry(x->after, lists[i]);
		for (uint32_t j = 0; p && q && j < p->value->count && j < q->value->count; j++)
			push(w, p->list[j], q->list[j], x->pair);
	}
}

static void walk(struct life_walk *w, const struct schema *before, const struct schema *after, const struct openapi_pair *pair)
{
	push(w, before, after, pair);
	while (w->count) {
		const struct walked x = w->pending[--w->count];
		inside(w, &x);
	}
}

static const struct openapi_media *media_named(const struct openapi_medias *all, struct str type)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->items[i].type, type))
			return &all->items[i];
	return NULL;
}

static void walk_medias(struct life_walk *w, const struct openapi_medias *before, const struct openapi_medias *after, const struct openapi_pair *pair)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct openapi_media *n = media_named(after, before->items[i].type);
		if (n)
			walk(w, before->items[i].schema, n->schema, pair);
	}
}

struct life_walks { struct life_walk request, response; };

struct life_walks *openapi_life_walks(struct openapi_comparison *c)
{
	struct life_walks *w = ARENA_NEW(&c->arena, struct life_walks);
	if (w) {
		w->request.c = w->response.c = c;
		w->response.response = true;
	}
	return w;
}

void openapi_compare_property_lives(struct life_walks *w, const struct openapi_pair *pair)
{
	const struct openapi_operation *before = pair->before, *after = pair->after;
	if (before->body && after->body)
		walk_medias(&w->request, &before->body->medias, &after->body->medias, pair);
	for (size_t i = 0; i < before->responses.count; i++)
		for (size_t j = 0; j < after->responses.count; j++)
			if (str_eq_ci(before->responses.items[i].status, after->responses.items[j].status))
				walk_medias(&w->response, &before->responses.items[i].body->medias, &after->responses.items[j].body->medias, pair);
}

void openapi_life_walks_release(struct life_walks *w)
{
	pointer_map_release(&w->request.seen);
	pointer_map_release(&w->response.seen);
}
