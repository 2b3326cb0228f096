/* Under which names requests have what a change is about (request_names.h).
 *
 * Parameters and bodies of both sides are walked as written, over references, and each place is looked up among the subjects of the changes that reach
 * requests. Bounded: what is deeper or more than that has no name, and is then judged by the operation alone. */
#include "contract/openapi/compare.h"
#include "contract/request_names.h"

enum { WALK_DEPTH_MAX = 12, WALK_NODES_MAX = 50000 /* of all operations */, NAME_MAX = 200 };

struct walk {
	struct openapi_comparison *c;
	const struct openapi_model *model; /* of the side that is walked */
	const struct openapi_operation *op;
	struct request_names names;
	size_t nodes;
};

static void found(struct walk *w, struct str subject, struct str name) { request_names_add(&w->names, subject, w->op->label, name); }

/* A place within a schema: its pointer as changes name it, and the field that holds it. */
struct at { struct doc_file *file; const struct doc *node; struct str pointer, name; size_t depth; };

static void walk_schema(struct walk *w, struct at at);

static struct str step(struct walk *w, struct str pointer, const char *keyword, struct str key)
{
	struct buf b;
	buf_init(&b, 1 << 14);
	buf_printf(&b, "%.*s/%s%s", STR_FMT(pointer), keyword, key.p ? "/" : "");
	for (size_t i = 0; i < key.len; i++)
		buf_add(&b, key.p[i] == '~' ? STR("~0") : key.p[i] == '/' ? STR("~1") : str_sub(key, i, i + 1));
	struct str s = arena_str(&w->c->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static void walk_properties(struct walk *w, const struct at *at)
{
	const struct doc *properties = doc_get(at->node, STR("properties")), *required = doc_get(at->node, STR("required"));
	struct arena *a = &w->c->arena;
	for (uint32_t i = 0; doc_is(properties, DOC_OBJECT) && i < properties->count; i++) {
		struct str key = doc_key(&properties->members[i]), name = arena_printf(a, "%.*s.%.*s", STR_FMT(at->name), STR_FMT(key));
		if (name.len <= NAME_MAX)
			walk_schema(w, (struct at){ at->file, &properties->members[i].value, step(w, at->pointer, "properties", key), name, at->depth + 1 });
	}
	/* What is required without being declared is a place too. */
	for (uint32_t i = 0; doc_is(required, DOC_ARRAY) && i < required->count && i < WALK_NODES_MAX; i++) {
		struct str key = doc_str(&required->items[i]);
		if (key.len && !doc_get(properties, key))
			found(w, step(w, at->pointer, "properties", key), arena_printf(a, "%.*s.%.*s", STR_FMT(at->name), STR_FMT(key)));
	}
}

static void walk_inside(struct walk *w, const struct at *at)
{
	static const char *const lists[] = { "allOf", "anyOf", "oneOf" };
	const struct doc *items = doc_get(at->node, STR("items")), *others = doc_get(at->node, STR("additionalProperties"));
	walk_properties(w, at);
	if (doc_is(items, DOC_OBJECT))
		walk_schema(w, (struct at){ at->file, items, step(w, at->pointer, "items", (struct str){ 0 }), arena_printf(&w->c->arena, "%.*s[]", STR_FMT(at->name)), at->depth + 1 });
	if (doc_is(others, DOC_OBJECT)) /* any name: told by that of what holds it */
		walk_schema(w, (struct at){ at->file, others, step(w, at->pointer, "additionalProperties", (struct str){ 0 }), at->name, WALK_DEPTH_MAX });
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct doc *list = doc_get(at->node, str_z(lists[i]));
		for (uint32_t k = 0; doc_is(list, DOC_ARRAY) && k < list->count; k++)
			walk_schema(w, (struct at){ at->file, &list->items[k], step(w, at->pointer, lists[i], arena_printf(&w->c->arena, "%u", k)), at->name, at->depth + 1 });
	}
}

/* "body.items[]" is counted as "body.items". */
static struct str counted(struct str name)
{
	while (str_ends(name, STR("[]")))
		name.len -= 2;
	return name;
}

static void walk_schema(struct walk *w, struct at at)
{
	struct err ignored = { 0 };
	if (at.depth > WALK_DEPTH_MAX || ++w->nodes > WALK_NODES_MAX || w->c->arena.full)
		return;
	found(w, at.pointer, counted(at.name));
	const struct doc *before = at.node;
	if (!schema_set_follow(w->model->set, &at.file, &at.node, &ignored))
		return;
	if (at.node != before) {
		at.pointer = schema_pointer_text(&w->c->arena, at.file, at.node->offset);
		found(w, at.pointer, counted(at.name));
	}
	walk_inside(w, &at);
}

static void walk_root(struct walk *w, const struct schema *s, struct str name)
{
	if (!s)
		return;
	struct doc_file *f = schema_file(s);
	walk_schema(w, (struct at){ f, schema_node(s), schema_pointer_text(&w->c->arena, f, schema_node(s)->offset), name, 0 });
}

static struct str parameter_name(struct walk *w, const struct openapi_parameter *p)
{
	struct str s = arena_printf(&w->c->arena, "%s.%.*s", openapi_in_name(p->in), STR_FMT(p->name));
	char *c = (char *)(uintptr_t)s.p;
	for (size_t i = 0; p->in == OPENAPI_HEADER && i < s.len; i++)
		c[i] = c[i] >= 'A' && c[i] <= 'Z' ? (char)(c[i] | 0x20) : c[i];
	return s;
}

static void walk_operation(struct walk *w, const struct openapi_operation *op)
{
	w->op = op;
	for (size_t i = 0; i < op->parameters.count; i++) {
		const struct openapi_parameter *p = op->parameters.items[i];
		struct str name = parameter_name(w, p);
		found(w, openapi_parameter_subject(w->c, op, p), name);
		walk_root(w, p->schema, name);
	}
	if (!op->body)
		return;
	found(w, openapi_subject(w->c, op, op->body->shared, "request body"), STR("body"));
	for (size_t i = 0; i < op->body->medias.count; i++)
		walk_root(w, op->body->medias.items[i].schema, STR("body"));
}

static void walk_model(struct walk *w, const struct openapi_model *m)
{
	w->model = m;
	w->nodes = 0;
	for (size_t i = 0; m && i < m->count; i++)
		for (size_t k = 0; k < m->items[i]->operations.count; k++)
			if (m->items[i]->operations.items[k]->inbound)
				walk_operation(w, m->items[i]->operations.items[k]);
}

void openapi_find_fields(struct openapi_comparison *c)
{
	struct walk w = { .c = c };
	if (request_names_init(&w.names, c->out, 0, &c->arena)) {
		walk_model(&w, c->old_model);
		walk_model(&w, c->new_model);
	}
	request_names_release(&w.names);
}
