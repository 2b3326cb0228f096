/* The graph of pairs: which pairs of types meet in which fields, whether what the old one of a pair says is understood by the new one, and which methods carry a pair. */
#include "contract/proto/compare.h"
#include <stdlib.h>

/* How types stand on the wire, and the integers that each can hold. */
static const struct { uint8_t wire, json; int64_t low; uint64_t high; } kinds[PROTO_TYPE_COUNT] = {
	[PROTO_DOUBLE] = { CLASS_DOUBLE, 1, 0, 0 }, [PROTO_FLOAT] = { CLASS_FLOAT, 1, 0, 0 },
	[PROTO_INT64] = { CLASS_VARINT, 2, INT64_MIN, INT64_MAX }, [PROTO_UINT64] = { CLASS_VARINT, 2, 0, UINT64_MAX },
	[PROTO_INT32] = { CLASS_VARINT, 3, INT32_MIN, INT32_MAX }, [PROTO_UINT32] = { CLASS_VARINT, 3, 0, UINT32_MAX },
	[PROTO_FIXED64] = { CLASS_FIXED64, 2, 0, UINT64_MAX }, [PROTO_FIXED32] = { CLASS_FIXED32, 3, 0, UINT32_MAX },
	[PROTO_BOOL] = { CLASS_VARINT, 4, 0, 1 }, [PROTO_STRING] = { CLASS_TEXT, 5, 0, 0 }, [PROTO_GROUP] = { CLASS_GROUP, 6, 0, 0 },
	[PROTO_MESSAGE] = { CLASS_MESSAGE, 6, 0, 0 }, [PROTO_BYTES] = { CLASS_TEXT, 7, 0, 0 }, [PROTO_ENUM] = { CLASS_VARINT, 8, INT32_MIN, INT32_MAX },
	[PROTO_SFIXED32] = { CLASS_FIXED32, 3, INT32_MIN, INT32_MAX }, [PROTO_SFIXED64] = { CLASS_FIXED64, 2, INT64_MIN, INT64_MAX },
	[PROTO_SINT32] = { CLASS_ZIGZAG, 3, INT32_MIN, INT32_MAX }, [PROTO_SINT64] = { CLASS_ZIGZAG, 2, INT64_MIN, INT64_MAX },
};

enum proto_wire proto_wire(uint8_t type) { return (enum proto_wire)kinds[type].wire; }

static bool holds(const struct proto_field *wide, const struct proto_field *narrow)
{
	if (wide->type == PROTO_ENUM && wide->enumeration->features.enum_type == ENUM_CLOSED)
		return false;
	return kinds[wide->type].low <= kinds[narrow->type].low && kinds[wide->type].high >= kinds[narrow->type].high;
}

bool same_type(const struct comparer *c, const struct proto_field *a, const struct proto_field *b)
{
	if (proto_is_message(a) && proto_is_message(b))
		return c->to_new[a->message->id] == b->message;
	if (a->type == PROTO_ENUM && b->type == PROTO_ENUM)
		return c->enum_to_new[a->enumeration->id] == b->enumeration;
	return a->type == b->type;
}

/* Every pair that meets in a field is there before the first judgement; where memory ended, the worst is said. */
static uint8_t judged(const struct comparer *c, uint32_t pair) { return pair == PAIR_NONE ? DIFFERS_WIRE | DIFFERS_JSON : c->pairs[pair].differs; }

uint8_t type_differs(struct comparer *c, const struct proto_field *a, const struct proto_field *b)
{
	uint8_t differs = kinds[a->type].json != kinds[b->type].json ? DIFFERS_JSON : 0;
	if (proto_is_message(a) && proto_is_message(b)) {
		differs = a->type != b->type ? DIFFERS_WIRE : 0;
		return same_type(c, a, b) ? differs : differs | judged(c, pair_of_messages(c, a->message, b->message));
	}
	if (a->type == PROTO_ENUM && b->type == PROTO_ENUM)
		return same_type(c, a, b) ? 0 : judged(c, pair_of_enums(c, a->enumeration, b->enumeration));
	if (a->type == b->type)
		return 0;
	if (kinds[a->type].wire != kinds[b->type].wire)
		return differs | DIFFERS_WIRE;
	if (kinds[a->type].wire == CLASS_TEXT) {
		const struct proto_field *text = a->type == PROTO_STRING ? a : b;
		if (text->features.utf8 != UTF8_VERIFY)
			return differs;
		return differs | (text == b ? DIFFERS_WIRE : DIFFERS_WIDER);
	}
	return differs | (holds(b, a) ? 0 : DIFFERS_LOSS) | (holds(a, b) ? 0 : DIFFERS_WIDER);
}

static uint8_t field_differs(struct comparer *c, const struct proto_field *a, const struct proto_field *b)
{
	uint8_t differs = type_differs(c, a, b);
	if (a->label != b->label)
		differs |= a->label == PROTO_OPTIONAL && b->label == PROTO_OPTIONAL ? 0 : DIFFERS_WIRE;
	if (!str_eq(a->json_name, b->json_name) || proto_is_map(a) != proto_is_map(b))
		differs |= DIFFERS_JSON;
	if (a->has_default != b->has_default || (a->has_default && !str_eq(a->default_text, b->default_text)))
		differs |= DIFFERS_LOSS;
	if ((a->oneof >= 0 && !a->synthetic) != (b->oneof >= 0 && !b->synthetic))
		differs |= DIFFERS_WIRE;
	if (a->type == PROTO_STRING && b->type == PROTO_STRING && a->features.utf8 != b->features.utf8)
		differs |= DIFFERS_WIRE;
	return differs;
}

static uint8_t messages_differ(struct comparer *c, const struct proto_message *a, const struct proto_message *b)
{
	uint8_t differs = a->message_set != b->message_set ? DIFFERS_WIRE : 0;
	for (uint32_t i = 0; i < a->field_count; i++) {
		const struct proto_field *g = proto_field_by_number(b, a->fields[i].number);
		differs |= g ? field_differs(c, &a->fields[i], g) : DIFFERS_LOSS | DIFFERS_JSON | (a->fields[i].label == PROTO_REQUIRED ? DIFFERS_WIRE : 0);
	}
	for (uint32_t i = 0; i < b->field_count; i++)
		if (b->fields[i].label == PROTO_REQUIRED && !proto_field_by_number(a, b->fields[i].number))
			differs |= DIFFERS_WIRE | DIFFERS_JSON;
	return differs;
}

static uint8_t enums_differ(const struct proto_enum *a, const struct proto_enum *b)
{
	uint8_t differs = a->features.enum_type != b->features.enum_type ? DIFFERS_LOSS : 0;
	for (uint32_t i = 0; i < a->value_count; i++) {
		const struct proto_value *v = proto_value_by_number(b, a->values[i].number);
		if (!v)
			differs |= DIFFERS_LOSS | DIFFERS_JSON;
		else if (!str_eq(v->name, a->values[i].name) && !proto_value_by_name(b, a->values[i].name))
			differs |= DIFFERS_JSON;
	}
	if (a->values[0].number != b->values[0].number)
		differs |= DIFFERS_LOSS;
	return differs;
}

static uint32_t new_pair(struct comparer *c, struct pair p)
{
	p.users = p.methods = PAIR_NONE;
	if (!ARENA_PUSH_ROOM(&c->arena, c->pairs, c->pair_count, c->pair_capacity))
		return PAIR_NONE;
	c->pairs[c->pair_count] = p;
	return (uint32_t)c->pair_count++;
}

/* Pairs that are not matched: found again by their two pointers. */
static uint32_t swapped(struct comparer *c, struct pair p, const void *a, const void *b)
{
	const void *both[2] = { a, b };
	const struct str key = str_from((const char *)both, sizeof(both));
	uintptr_t known = (uintptr_t)map_get(&c->swapped, key);
	if (known)
		return (uint32_t)(known - 1);
	uint32_t at = new_pair(c, p);
	struct str copy = arena_str(&c->arena, key);
	return at != PAIR_NONE && copy.p && map_put(&c->swapped, copy, (void *)(uintptr_t)(at + 1)) ? at : PAIR_NONE;
}

uint32_t pair_of_messages(struct comparer *c, const struct proto_message *a, const struct proto_message *b)
{
	if (c->to_new[a->id] == b)
		return c->message_pair[a->id];
	return swapped(c, (struct pair){ .old_message = a, .new_message = b }, a, b);
}

uint32_t pair_of_enums(struct comparer *c, const struct proto_enum *a, const struct proto_enum *b)
{
	if (c->enum_to_new[a->id] == b)
		return c->enum_pair[a->id];
	return swapped(c, (struct pair){ .old_enum = a, .new_enum = b }, a, b);
}

static bool edge(struct comparer *c, uint32_t *list, uint32_t to)
{
	if (!ARENA_PUSH_ROOM(&c->arena, c->edges, c->edge_count, c->edge_capacity))
		return false;
	c->edges[c->edge_count] = (struct pair_edge){ to, *list };
	*list = (uint32_t)c->edge_count++;
	return true;
}

static bool matched_message(struct comparer *c, const struct proto_message *m)
{
	const struct proto_message *b = c->to_new[m->id];
	if (b)
		c->message_pair[m->id] = new_pair(c, (struct pair){ .old_message = m, .new_message = b, .matched = true, .same_name = str_eq(m->full, b->full) });
	for (uint32_t i = 0; i < m->message_count; i++)
		if (!matched_message(c, &m->messages[i]))
			return false;
	for (uint32_t i = 0; i < m->enum_count; i++) {
		const struct proto_enum *e = &m->enums[i], *f = c->enum_to_new[e->id];
		if (f)
			c->enum_pair[e->id] = new_pair(c, (struct pair){ .old_enum = e, .new_enum = f, .matched = true, .same_name = str_eq(e->full, f->full) });
	}
	return !c->arena.full;
}

static bool matched_all(struct comparer *c)
{
	for (uint32_t i = 0; i < c->old_model->file_count; i++) {
		struct proto_file *f = c->old_model->files[i];
		for (uint32_t j = 0; j < f->message_count; j++)
			if (!matched_message(c, &f->messages[j]))
				return false;
		for (uint32_t j = 0; j < f->enum_count; j++) {
			const struct proto_enum *e = &f->enums[j], *g = c->enum_to_new[e->id];
			if (g)
				c->enum_pair[e->id] = new_pair(c, (struct pair){ .old_enum = e, .new_enum = g, .matched = true, .same_name = str_eq(e->full, g->full) });
		}
	}
	return !c->arena.full;
}

/* The pairs that meet in fields of this one; new ones are appended and come here in their turn. */
static bool expand(struct comparer *c, uint32_t at)
{
	const struct proto_message *a = c->pairs[at].old_message, *b = c->pairs[at].new_message;
	for (uint32_t i = 0; a && i < a->field_count; i++) {
		const struct proto_field *f = &a->fields[i], *g = proto_field_by_number(b, f->number);
		uint32_t to = PAIR_NONE;
		if (!g)
			continue;
		if (proto_is_message(f) && proto_is_message(g))
			to = pair_of_messages(c, f->message, g->message);
		else if (f->type == PROTO_ENUM && g->type == PROTO_ENUM)
			to = pair_of_enums(c, f->enumeration, g->enumeration);
		else
			continue;
		if (to == PAIR_NONE || !edge(c, &c->pairs[to].users, at))
			return false;
	}
	return true;
}

static const struct proto_method *method_named(const struct proto_service *s, struct str name)
{
	for (uint32_t i = 0; i < s->method_count; i++)
		if (str_eq(s->methods[i].name, name))
			return &s->methods[i];
	return NULL;
}

static bool use(struct comparer *c, const struct proto_service *s, const struct proto_method *a, const struct proto_method *b)
{
	if (!ARENA_PUSH_ROOM(&c->arena, c->methods, c->method_count, c->method_capacity))
		return false;
	uint32_t index = (uint32_t)c->method_count++;
	c->methods[index].operation = arena_printf(&c->out->arena, "%.*s/%.*s", STR_FMT(s->full), STR_FMT(a->name));
	uint32_t in = pair_of_messages(c, a->input, b->input), out = pair_of_messages(c, a->output, b->output);
	return in != PAIR_NONE && out != PAIR_NONE && edge(c, &c->pairs[in].methods, index * 4 + REACH_REQUEST) && edge(c, &c->pairs[out].methods, index * 4 + REACH_RESPONSE);
}

static bool uses(struct comparer *c)
{
	for (uint32_t i = 0; i < c->old_model->file_count; i++)
		for (uint32_t j = 0; j < c->old_model->files[i]->service_count; j++) {
			const struct proto_service *s = &c->old_model->files[i]->services[j];
			const struct proto_symbol *t = map_get(&c->new_model->by_name, s->full);
			for (uint32_t k = 0; t && t->kind == PROTO_SYMBOL_SERVICE && k < s->method_count; k++) {
				const struct proto_method *b = method_named(t->service, s->methods[k].name);
				if (b && !use(c, s, &s->methods[k], b))
					return false;
			}
		}
	return true;
}

/* Until nothing changes: flags only ever grow, so this ends. */
static bool judge(struct comparer *c)
{
	uint32_t *queue = ARENA_ARRAY(&c->arena, c->pair_count + 1, uint32_t);
	uint8_t *queued = ARENA_ARRAY(&c->arena, c->pair_count + 1, uint8_t);
	size_t head = 0, waiting = 0, room = c->pair_count + 1;
	if (!queue || !queued)
		return false;
	for (size_t i = 0; i < c->pair_count; i++)
		if (!c->pairs[i].matched) {
			queue[waiting++] = (uint32_t)i;
			queued[i] = 1;
		}
	for (; waiting; waiting--, head++) {
		uint32_t at = queue[head % room];
		struct pair *p = &c->pairs[at];
		uint8_t differs = p->old_message ? messages_differ(c, p->old_message, p->new_message) : enums_differ(p->old_enum, p->new_enum);
		queued[at] = 0;
		if (differs == p->differs)
			continue;
		p->differs = differs;
		for (uint32_t e = p->users; e != PAIR_NONE; e = c->edges[e].next)
			if (!c->pairs[c->edges[e].to].matched && !queued[c->edges[e].to]) {
				queued[c->edges[e].to] = 1;
				queue[(head + waiting++) % room] = c->edges[e].to;
			}
	}
	return true;
}

void pair_use(struct comparer *c, uint32_t pair, uint32_t user)
{
	if (pair != PAIR_NONE)
		edge(c, &c->pairs[pair].users, user);
}

bool pairs_build(struct comparer *c)
{
	c->message_pair = ARENA_ARRAY(&c->arena, c->old_model->message_count + 1, uint32_t);
	c->enum_pair = ARENA_ARRAY(&c->arena, c->old_model->enum_count + 1, uint32_t);
	map_init(&c->swapped, 1 << 24);
	if (!c->message_pair || !c->enum_pair || !matched_all(c) || !uses(c) || !extensions_pairs(c))
		return false;
	for (size_t i = 0; i < c->pair_count; i++)
		if (!expand(c, (uint32_t)i))
			return false;
	return judge(c);
}

static int reach_order(const void *x, const void *y)
{
	const struct reach *a = x, *b = y;
	return str_cmp(a->operation, b->operation);
}

/* All pairs above one, breadth first; `found` has room for a direction of every method. */
static uint32_t walk(struct comparer *c, uint32_t start, uint32_t *queue, uint8_t *found)
{
	uint32_t mark = ++c->mark, count = 0;
	size_t head = 0, tail = 0;
	queue[tail++] = start;
	c->pairs[start].mark = mark;
	while (head < tail) {
		const struct pair *p = &c->pairs[queue[head++]];
		for (uint32_t e = p->methods; e != PAIR_NONE; e = c->edges[e].next) {
			uint32_t method = c->edges[e].to / 4;
			count += !found[method];
			found[method] |= c->edges[e].to % 4;
		}
		for (uint32_t e = p->users; e != PAIR_NONE; e = c->edges[e].next)
			if (c->pairs[c->edges[e].to].mark != mark) {
				c->pairs[c->edges[e].to].mark = mark;
				queue[tail++] = c->edges[e].to;
			}
	}
	return count;
}

void pair_reach(struct comparer *c, uint32_t pair, struct change *x)
{
	if (!x || pair == PAIR_NONE)
		return;
	struct pair *p = &c->pairs[pair];
	if (!p->reached && c->method_count) {
		uint32_t *queue = malloc(c->pair_count * sizeof(*queue));
		uint8_t *found = calloc(c->method_count, 1);
		uint32_t count = queue && found ? walk(c, pair, queue, found) : 0;
		struct reach *reach = ARENA_ARRAY(&c->out->arena, count, struct reach);
		for (size_t i = 0, at = 0; reach && i < c->method_count; i++)
			if (found[i])
				reach[at++] = (struct reach){ c->methods[i].operation, found[i] };
		if (reach && count) {
			qsort(reach, count, sizeof(*reach), reach_order);
			p->reach = reach;
			p->reach_count = count;
		}
		free(queue);
		free(found);
	}
	p->reached = true;
	x->reach = p->reach;
	x->reach_count = p->reach_count;
}
