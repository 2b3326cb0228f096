/* Which message and which enum of the new model each one of the old model became. */
#include "contract/proto/compare.h"

static const struct proto_symbol *named(const struct proto_model *m, struct str full) { return map_get(&m->by_name, full); }

static bool assign(struct comparer *c, const struct proto_message *a, const struct proto_message *b)
{
	if (c->to_new[a->id] || c->to_old[b->id])
		return c->to_new[a->id] == b;
	c->to_new[a->id] = b;
	c->to_old[b->id] = a;
	return true;
}

static bool assign_enum(struct comparer *c, const struct proto_enum *a, const struct proto_enum *b)
{
	if (c->enum_to_new[a->id] || c->enum_to_old[b->id])
		return c->enum_to_new[a->id] == b;
	c->enum_to_new[a->id] = b;
	c->enum_to_old[b->id] = a;
	return true;
}

typedef void message_visit(struct comparer *c, const struct proto_message *m);
typedef void enum_visit(struct comparer *c, const struct proto_enum *e);
static void each(struct comparer *c, const struct proto_message *m, message_visit *visit, enum_visit *visit_enum)
{
	visit(c, m);
	for (uint32_t i = 0; i < m->message_count; i++)
		each(c, &m->messages[i], visit, visit_enum);
	for (uint32_t i = 0; i < m->enum_count; i++)
		visit_enum(c, &m->enums[i]);
}
static void each_of(struct comparer *c, const struct proto_model *m, message_visit *visit, enum_visit *visit_enum)
{
	for (uint32_t i = 0; i < m->file_count; i++) {
		for (uint32_t j = 0; j < m->files[i]->message_count; j++)
			each(c, &m->files[i]->messages[j], visit, visit_enum);
		for (uint32_t j = 0; j < m->files[i]->enum_count; j++)
			visit_enum(c, &m->files[i]->enums[j]);
	}
}

static void by_name(struct comparer *c, const struct proto_message *m)
{
	const struct proto_symbol *s = named(c->new_model, m->full);
	if (s && s->kind == PROTO_SYMBOL_MESSAGE)
		assign(c, m, s->message);
}
static void enum_by_name(struct comparer *c, const struct proto_enum *e)
{
	const struct proto_symbol *s = named(c->new_model, e->full);
	if (s && s->kind == PROTO_SYMBOL_ENUM)
		assign_enum(c, e, s->enumeration);
}

/* The name in the new package of the same file. */
static const struct proto_symbol *in_new_package(struct comparer *c, const struct proto_file *f, struct str full)
{
	const struct proto_file *now = map_get(&c->new_model->by_path, f->path);
	char text[1024];
	if (!now || str_eq(now->package, f->package))
		return NULL;
	struct str nested = f->package.len ? str_skip(full, f->package.len + 1) : full;
	if (now->package.len + 1 + nested.len > sizeof(text))
		return NULL;
	size_t at = now->package.len;
	memcpy(text, now->package.p ? now->package.p : "", at);
	if (at)
		text[at++] = '.';
	memcpy(text + at, nested.p, nested.len);
	return named(c->new_model, str_from(text, at + nested.len));
}
static void by_package(struct comparer *c, const struct proto_message *m)
{
	const struct proto_symbol *s = c->to_new[m->id] ? NULL : in_new_package(c, m->file, m->full);
	if (s && s->kind == PROTO_SYMBOL_MESSAGE)
		assign(c, m, s->message);
}
static void enum_by_package(struct comparer *c, const struct proto_enum *e)
{
	const struct proto_symbol *s = c->enum_to_new[e->id] ? NULL : in_new_package(c, e->file, e->full);
	if (s && s->kind == PROTO_SYMBOL_ENUM)
		assign_enum(c, e, s->enumeration);
}

/* What stands in the place of a gone type: a field's type under the same number, among types that are new. Repeats while it finds something. */
struct queue { const struct proto_message **items; size_t count, capacity; };
static bool push(struct comparer *c, struct queue *q, const struct proto_message *m)
{
	if (!ARENA_PUSH_ROOM(&c->arena, q->items, q->count, q->capacity))
		return false;
	q->items[q->count++] = m;
	return true;
}

static bool alike(const struct proto_message *a, const struct proto_message *b)
{
	uint32_t common = 0;
	if (a->map_entry != b->map_entry)
		return false;
	for (uint32_t i = 0; i < a->field_count; i++) {
		const struct proto_field *f = proto_field_by_number(b, a->fields[i].number);
		common += f && (f->type == a->fields[i].type || str_eq(f->name, a->fields[i].name));
	}
	return common * 2 >= a->field_count && common * 2 >= b->field_count;
}

static bool alike_enums(const struct proto_enum *a, const struct proto_enum *b)
{
	uint32_t common = 0;
	for (uint32_t i = 0; i < a->value_count; i++)
		common += proto_value_by_number(b, a->values[i].number) != NULL;
	return common * 2 >= a->value_count && common * 2 >= b->value_count;
}

static void fields_place(struct comparer *c, const struct proto_message *a, const struct proto_message *b, struct queue *q)
{
	for (uint32_t i = 0; i < a->field_count; i++) {
		const struct proto_field *f = &a->fields[i], *g = proto_field_by_number(b, f->number);
		if (!g)
			continue;
		if (proto_is_message(f) && proto_is_message(g) && !c->to_new[f->message->id] && !c->to_old[g->message->id] && alike(f->message, g->message) &&
			assign(c, f->message, g->message))
			push(c, q, f->message);
		if (f->type == PROTO_ENUM && g->type == PROTO_ENUM && !c->enum_to_new[f->enumeration->id] && !c->enum_to_old[g->enumeration->id] &&
			alike_enums(f->enumeration, g->enumeration))
			assign_enum(c, f->enumeration, g->enumeration);
	}
}

static const struct proto_service *service_named(const struct proto_model *m, struct str full)
{
	const struct proto_symbol *s = named(m, full);
	return s && s->kind == PROTO_SYMBOL_SERVICE ? s->service : NULL;
}

static void method_place(struct comparer *c, const struct proto_message *a, const struct proto_message *b, struct queue *q)
{
	if (!c->to_new[a->id] && !c->to_old[b->id] && alike(a, b) && assign(c, a, b))
		push(c, q, a);
}

static void methods_place(struct comparer *c, struct queue *q)
{
	for (uint32_t i = 0; i < c->old_model->file_count; i++)
		for (uint32_t j = 0; j < c->old_model->files[i]->service_count; j++) {
			const struct proto_service *a = &c->old_model->files[i]->services[j], *b = service_named(c->new_model, a->full);
			for (uint32_t k = 0; b && k < a->method_count; k++)
				for (uint32_t n = 0; n < b->method_count; n++)
					if (str_eq(a->methods[k].name, b->methods[n].name)) {
						method_place(c, a->methods[k].input, b->methods[n].input, q);
						method_place(c, a->methods[k].output, b->methods[n].output, q);
					}
		}
}

/* Messages that are gone and that nobody uses in a place: the same shape under the same last name, or the same shape in the same file. */
static uint64_t shape(const struct proto_message *m)
{
	uint64_t h = m->field_count;
	for (uint32_t i = 0; i < m->field_count; i++) {
		const struct proto_field *f = &m->fields[i];
		uint64_t part[3] = { (uint64_t)f->number, (uint64_t)f->type << 8 | f->label, str_hash(f->name) };
		h += str_hash(str_from((const char *)part, sizeof(part)));
	}
	return h;
}

enum { SHAPES_MAX = 1 << 24 };
struct gone { const struct proto_message *message; uint64_t shape; };
struct lists { struct gone *items; size_t count, capacity; };
static void list(struct comparer *c, struct lists *l, const struct proto_message *m, const struct proto_message **matched)
{
	if (!matched[m->id] && !m->map_entry && m->field_count && ARENA_PUSH_ROOM(&c->arena, l->items, l->count, l->capacity))
		l->items[l->count++] = (struct gone){ m, shape(m) };
	for (uint32_t i = 0; i < m->message_count; i++)
		list(c, l, &m->messages[i], matched);
}

static void by_shape(struct comparer *c, struct queue *q)
{
	struct lists gone = { 0 }, fresh = { 0 };
	struct map shapes;
	for (uint32_t i = 0; i < c->old_model->file_count; i++)
		for (uint32_t j = 0; j < c->old_model->files[i]->message_count && !c->old_model->files[i]->imported; j++)
			list(c, &gone, &c->old_model->files[i]->messages[j], c->to_new);
	for (uint32_t i = 0; i < c->new_model->file_count; i++)
		for (uint32_t j = 0; j < c->new_model->files[i]->message_count && !c->new_model->files[i]->imported; j++)
			list(c, &fresh, &c->new_model->files[i]->messages[j], c->to_old);
	map_init(&shapes, SHAPES_MAX);
	for (size_t i = 0; i < fresh.count; i++)
		map_put(&shapes, str_from((const char *)&fresh.items[i].shape, sizeof(uint64_t)), &fresh.items[i]);
	for (size_t i = 0; i < gone.count; i++) {
		const struct gone *g = map_get(&shapes, str_from((const char *)&gone.items[i].shape, sizeof(uint64_t)));
		const struct proto_message *a = gone.items[i].message, *b = g ? g->message : NULL;
		if (b && !c->to_new[a->id] && !c->to_old[b->id] && alike(a, b) && (str_eq(a->name, b->name) || str_eq(a->file->path, b->file->path)) && assign(c, a, b))
			push(c, q, a);
	}
	map_release(&shapes);
}

/* The parts of a renamed message keep their own names below it. */
static void nested_place(struct comparer *c, const struct proto_message *a, const struct proto_message *b, struct queue *q)
{
	for (uint32_t i = 0; i < a->message_count; i++)
		for (uint32_t j = 0; j < b->message_count; j++)
			if (str_eq(a->messages[i].name, b->messages[j].name) && !c->to_new[a->messages[i].id] && !c->to_old[b->messages[j].id] && assign(c, &a->messages[i], &b->messages[j]))
				push(c, q, &a->messages[i]);
	for (uint32_t i = 0; i < a->enum_count; i++)
		for (uint32_t j = 0; j < b->enum_count; j++)
			if (str_eq(a->enums[i].name, b->enums[j].name) && !c->enum_to_new[a->enums[i].id] && !c->enum_to_old[b->enums[j].id])
				assign_enum(c, &a->enums[i], &b->enums[j]);
}

static void start(struct comparer *c, const struct proto_message *m, struct queue *q)
{
	if (c->to_new[m->id])
		push(c, q, m);
	for (uint32_t i = 0; i < m->message_count; i++)
		start(c, &m->messages[i], q);
}

bool match_types(struct comparer *c)
{
	struct queue q = { 0 };
	c->to_new = ARENA_ARRAY(&c->arena, c->old_model->message_count + 1, const struct proto_message *);
	c->to_old = ARENA_ARRAY(&c->arena, c->new_model->message_count + 1, const struct proto_message *);
	c->enum_to_new = ARENA_ARRAY(&c->arena, c->old_model->enum_count + 1, const struct proto_enum *);
	c->enum_to_old = ARENA_ARRAY(&c->arena, c->new_model->enum_count + 1, const struct proto_enum *);
	if (!c->to_new || !c->to_old || !c->enum_to_new || !c->enum_to_old)
		return false;
	each_of(c, c->old_model, by_name, enum_by_name);
	each_of(c, c->old_model, by_package, enum_by_package);
	methods_place(c, &q);
	for (uint32_t i = 0; i < c->old_model->file_count; i++)
		for (uint32_t j = 0; j < c->old_model->files[i]->message_count; j++)
			start(c, &c->old_model->files[i]->messages[j], &q);
	for (size_t i = 0, shaped = 0; i < q.count || !shaped; i++) {
		if (i == q.count) {
			shaped = 1;
			by_shape(c, &q);
			if (i == q.count)
				break;
		}
		const struct proto_message *a = q.items[i], *b = c->to_new[a->id];
		fields_place(c, a, b, &q);
		nested_place(c, a, b, &q);
	}
	return !c->arena.full;
}
