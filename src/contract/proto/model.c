/* Looking things up in a model. */
#include "contract/proto/proto.h"
#include "base/check.h"

const struct proto_field *proto_field_by_number(const struct proto_message *m, int32_t number)
{
	uint32_t low = 0, high = m->field_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct proto_field *f = &m->fields[m->by_number ? m->by_number[middle] : middle];
		if (f->number == number)
			return f;
		if (f->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct proto_field *proto_field_by_name(const struct proto_message *m, struct str name)
{
	for (uint32_t i = 0; i < m->field_count; i++)
		if (str_eq(m->fields[i].name, name))
			return &m->fields[i];
	return NULL;
}

const struct proto_value *proto_value_by_number(const struct proto_enum *e, int32_t number)
{
	for (uint32_t i = 0; i < e->value_count; i++)
		if (e->values[i].number == number)
			return &e->values[i];
	return NULL;
}

const struct proto_value *proto_value_by_name(const struct proto_enum *e, struct str name)
{
	for (uint32_t i = 0; i < e->value_count; i++)
		if (str_eq(e->values[i].name, name))
			return &e->values[i];
	return NULL;
}

struct str proto_type_text(struct arena *a, const struct proto_field *f)
{
	if (proto_is_map(f)) {
		struct str key = proto_type_text(a, &f->message->fields[0]), value = proto_type_text(a, &f->message->fields[1]);
		return arena_printf(a, "map<%.*s, %.*s>", STR_FMT(key), STR_FMT(value));
	}
	if (proto_is_message(f) && f->message)
		return f->message->full;
	if (f->type == PROTO_ENUM && f->enumeration)
		return f->enumeration->full;
	return proto_type_names[f->type];
}

struct change_place proto_place(struct proto_model *m, struct proto_file *f, uint32_t offset)
{
	struct change_place place = { .file = f->source_path };
	if (!f->text.len)
		return place;
	if (!f->lines.count && !line_index_build(&f->lines, &m->arena, f->text))
		return place;
	struct text_place at = line_index_place(&f->lines, offset);
	place.line = at.line;
	place.column = at.column;
	return place;
}

const struct proto_option *proto_option_find(const struct proto_options *o, uint32_t number)
{
	for (const struct proto_option *i = o ? o->first : NULL; i; i = i->next)
		if (i->number == number)
			return i;
	return NULL;
}
