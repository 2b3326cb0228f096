/* Extensions. Who has an extension reads its number in the extended message as a field of it, so the two versions are compared as fields of the same number; the names
 * and the places of extensions are told as well. For witnesses each side is a message that has this field only. */
#include "contract/proto/compare.h"
#include "contract/proto/witness.h"
#include <stdio.h>

enum { KEY_ROOM = 1100 };

static struct str key_of(char *to, struct str extendee, int32_t number)
{
	int n = snprintf(to, KEY_ROOM, "%.*s#%d", STR_FMT(str_sub(extendee, 0, KEY_ROOM - 20)), number);
	return str_from(to, (size_t)n);
}

static void index_all(struct comparer *c, struct map *m, const struct proto_extension *x, uint32_t count)
{
	char key[KEY_ROOM];
	for (uint32_t i = 0; i < count; i++) {
		struct str name = arena_str(&c->arena, key_of(key, x[i].extendee->full, x[i].field.number));
		if (name.p)
			map_put(m, name, (void *)&x[i]);
	}
}

static void index_message(struct comparer *c, struct map *m, const struct proto_message *message)
{
	index_all(c, m, message->extensions, message->extension_count);
	for (uint32_t i = 0; i < message->message_count; i++)
		index_message(c, m, &message->messages[i]);
}

bool extensions_index(struct comparer *c)
{
	map_init(&c->extensions, 1 << 24);
	for (uint32_t i = 0; i < c->new_model->file_count; i++) {
		const struct proto_file *f = c->new_model->files[i];
		index_all(c, &c->extensions, f->extensions, f->extension_count);
		for (uint32_t j = 0; j < f->message_count; j++)
			index_message(c, &c->extensions, &f->messages[j]);
	}
	return !c->arena.full;
}

/* The new extension with the number of `x` in the message that its extended message became. */
const struct proto_extension *extension_now(struct comparer *c, const struct proto_extension *x)
{
	char key[KEY_ROOM];
	const struct proto_message *extendee = c->to_new[x->extendee->id];
	return extendee ? map_get(&c->extensions, key_of(key, extendee->full, x->field.number)) : NULL;
}

static struct proto_message *alone(struct comparer *c, const struct proto_extension *x)
{
	struct proto_message *m = ARENA_NEW(&c->arena, struct proto_message);
	if (m)
		*m = (struct proto_message){ .name = x->extendee->name, .full = x->extendee->full, .file = x->file, .offset = x->field.offset,
			.fields = (struct proto_field *)&x->field, .field_count = 1, .features = x->field.features };
	return m;
}

static const struct proto_extension *named(const struct proto_model *m, struct str full)
{
	const struct proto_symbol *s = map_get(&m->by_name, full);
	return s && s->kind == PROTO_SYMBOL_EXTENSION ? s->extension : NULL;
}

/* The name stayed and means another number, or another message. */
static void moved(struct comparer *c, const struct proto_extension *x, const struct proto_extension *y)
{
	bool extendee = c->to_new[x->extendee->id] != y->extendee;
	struct str detail = extendee ? arena_printf(&c->out->arena, "%.*s to %.*s", STR_FMT(x->extendee->full), STR_FMT(y->extendee->full))
				     : arena_printf(&c->out->arena, "%d to %d", x->field.number, y->field.number);
	struct change *change = compare_add(c, extendee ? CHANGE_KIND_PROTO_EXTENSION_EXTENDEE_CHANGED : CHANGE_KIND_PROTO_FIELD_NUMBER_CHANGED, x->full, detail, x->file, x->field.offset,
		y->file, y->field.offset);
	compare_say(c, change, extendee ? "extension %.*s extends another message: %.*s" : "extension %.*s changed its number: %.*s", STR_FMT(x->full), STR_FMT(detail));
	struct proto_message *a = alone(c, x), *b = alone(c, y);
	if (a && b && !extendee)
		witness_message(c, change, a, b, &x->field.number, 1);
	witness_code(c, change, x->full, "extends the old message", "extends another message");
}

static void one(struct comparer *c, const struct proto_extension *x)
{
	const struct proto_extension *y = extension_now(c, x), *same_name = named(c->new_model, x->full);
	if (!y) {
		if (same_name)
			moved(c, x, same_name);
		return; /* gone: told with its file */
	}
	struct proto_message *a = alone(c, x), *b = alone(c, y);
	if (a && b)
		compare_extension_field(c, c->message_pair[x->extendee->id], a, b, x->full);
}

typedef void extension_visit(struct comparer *c, const struct proto_extension *x);
static void in_message(struct comparer *c, const struct proto_message *m, extension_visit *visit)
{
	for (uint32_t i = 0; i < m->extension_count; i++)
		visit(c, &m->extensions[i]);
	for (uint32_t i = 0; i < m->message_count; i++)
		in_message(c, &m->messages[i], visit);
}

static void each(struct comparer *c, extension_visit *visit)
{
	for (uint32_t i = 0; i < c->old_model->file_count; i++) {
		const struct proto_file *f = c->old_model->files[i];
		if (f->imported)
			continue;
		for (uint32_t j = 0; j < f->extension_count; j++)
			visit(c, &f->extensions[j]);
		for (uint32_t j = 0; j < f->message_count; j++)
			in_message(c, &f->messages[j], visit);
	}
}

/* The types that meet in an extension are pairs as those that meet in a field. */
static void types(struct comparer *c, const struct proto_extension *x)
{
	const struct proto_extension *y = extension_now(c, x);
	if (!y)
		return;
	const struct proto_field *f = &x->field, *g = &y->field;
	if (proto_is_message(f) && proto_is_message(g))
		pair_use(c, pair_of_messages(c, f->message, g->message), c->message_pair[x->extendee->id]);
	else if (f->type == PROTO_ENUM && g->type == PROTO_ENUM)
		pair_use(c, pair_of_enums(c, f->enumeration, g->enumeration), c->message_pair[x->extendee->id]);
}

bool extensions_pairs(struct comparer *c)
{
	each(c, types);
	return !c->arena.full;
}

void compare_extensions(struct comparer *c) { each(c, one); }
