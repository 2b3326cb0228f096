/* Options as encoded bytes: each name is followed through the options message of descriptor.proto (and through extensions), its value written as a field of it.
 * An option that no definition is found for is an error, except in a file whose imports are not all there: then it stays text. */
#include "contract/proto/link.h"
#include "contract/proto/wire.h"

static const struct str owner_names[OWNER_COUNT] = {
	STR_INIT("google.protobuf.FileOptions"), STR_INIT("google.protobuf.MessageOptions"), STR_INIT("google.protobuf.FieldOptions"), STR_INIT("google.protobuf.OneofOptions"),
	STR_INIT("google.protobuf.EnumOptions"), STR_INIT("google.protobuf.EnumValueOptions"), STR_INIT("google.protobuf.ServiceOptions"),
	STR_INIT("google.protobuf.MethodOptions"), STR_INIT("google.protobuf.ExtensionRangeOptions"),
};

static bool misses_imports(const struct proto_file *f)
{
	for (uint32_t i = 0; i < f->import_count; i++)
		if (!f->imports[i].file)
			return true;
	return false;
}

/* Takes the next part off an option's name: "(a.b)" with custom, or "c". */
static struct str next_part(struct str *rest, bool *custom)
{
	*custom = str_starts(*rest, STR("("));
	size_t end = *custom ? str_find_char(*rest, ')') : str_find_char(*rest, '.');
	if (end == SIZE_MAX)
		end = rest->len;
	struct str part = str_sub(*rest, *custom, end);
	*rest = str_skip(*rest, end + *custom);
	if (str_starts(*rest, STR(".")))
		*rest = str_skip(*rest, 1);
	return part;
}

static const struct proto_field *part_field(struct linker *l, struct str scope, const struct proto_message *in, struct str part, bool custom)
{
	if (!custom)
		return proto_field_by_name(in, part);
	const struct proto_symbol *s = link_lookup(l, scope, part, false);
	return s && s->kind == PROTO_SYMBOL_EXTENSION && s->extension->extendee == in ? &s->extension->field : NULL;
}

enum { PARTS_MAX = 32 };
static bool interpret(struct linker *l, const struct proto_file *f, struct str scope, const struct proto_message *in, struct proto_option *o)
{
	struct { size_t mark; uint32_t number; bool group; } open[PARTS_MAX];
	size_t depth = 0;
	struct str rest = o->name;
	const struct proto_message *m = in;
	for (;;) {
		bool custom;
		struct str part = next_part(&rest, &custom);
		const struct proto_field *field = part_field(l, scope, m, part, custom);
		if (!field && depth == 0 && custom && misses_imports(f))
			return true;
		if (!field)
			return custom ? link_unknown(l, f, o->offset, scope, part, "the option")
				      : link_fail(l, f, o->offset, "there is no option `%.*s` here; correct its name (a custom one stands in brackets)", STR_FMT(o->name));
		if (depth == 0)
			o->number = (uint32_t)field->number;
		if (str_empty(rest)) {
			if (!link_scalar(l, f, field, o, &l->bytes))
				return false;
			break;
		}
		if (!proto_is_message(field) || field->label == PROTO_REPEATED || depth == PARTS_MAX)
			return link_fail(l, f, o->offset, "option `%.*s`: `%.*s` has no fields that an option could set", STR_FMT(o->name), STR_FMT(part));
		bool group = field->type == PROTO_GROUP;
		open[depth].number = (uint32_t)field->number;
		open[depth].group = group;
		open[depth++].mark = wire_begin(&l->bytes, (uint32_t)field->number, group);
		m = field->message;
	}
	while (depth--)
		wire_end(&l->bytes, open[depth].mark, open[depth].number, open[depth].group);
	return true;
}

static bool is_pseudo(const struct proto_option *o) { return str_eq(o->name, STR("default")) || str_eq(o->name, STR("json_name")); }

static bool options(struct linker *l, const struct proto_file *f, struct str scope, enum proto_owner owner, struct proto_options *set)
{
	if (!set || set->bytes.p)
		return true;
	buf_clear(&l->bytes);
	for (struct proto_option *o = set->first; o; o = o->next)
		if (!(owner == OWNER_FIELD && is_pseudo(o)) && !interpret(l, f, scope, l->options[owner], o))
			return false;
	set->bytes = arena_str(&l->model->arena, buf_str(&l->bytes));
	return (buf_ok(&l->bytes) && set->bytes.p) || parse_full(l->parser);
}

static bool enum_options(struct linker *l, const struct proto_enum *e)
{
	if (!options(l, e->file, e->full, OWNER_ENUM, e->options))
		return false;
	for (uint32_t i = 0; i < e->value_count; i++)
		if (e->values[i].options && !options(l, e->file, e->full, OWNER_VALUE, e->values[i].options))
			return false;
	return true;
}

static bool message_options(struct linker *l, const struct proto_message *m)
{
	bool ok = options(l, m->file, m->full, OWNER_MESSAGE, m->options);
	for (uint32_t i = 0; ok && i < m->field_count; i++)
		ok = options(l, m->file, m->full, OWNER_FIELD, m->fields[i].options);
	for (uint32_t i = 0; ok && i < m->oneof_count; i++)
		ok = options(l, m->file, m->full, OWNER_ONEOF, m->oneofs[i].options);
	for (uint32_t i = 0; ok && i < m->range_count; i++)
		ok = options(l, m->file, m->full, OWNER_RANGE, m->ranges[i].options);
	for (uint32_t i = 0; ok && i < m->extension_count; i++)
		ok = options(l, m->file, m->full, OWNER_FIELD, m->extensions[i].field.options);
	for (uint32_t i = 0; ok && i < m->enum_count; i++)
		ok = enum_options(l, &m->enums[i]);
	for (uint32_t i = 0; ok && i < m->message_count; i++)
		ok = message_options(l, &m->messages[i]);
	return ok;
}

static bool service_options(struct linker *l, const struct proto_service *s)
{
	bool ok = options(l, s->file, s->full, OWNER_SERVICE, s->options);
	for (uint32_t i = 0; ok && i < s->method_count; i++)
		ok = options(l, s->file, s->full, OWNER_METHOD, s->methods[i].options);
	return ok;
}

static bool file_options(struct linker *l, struct proto_file *f)
{
	bool ok = options(l, f, f->package, OWNER_FILE, f->options);
	for (uint32_t i = 0; ok && i < f->message_count; i++)
		ok = message_options(l, &f->messages[i]);
	for (uint32_t i = 0; ok && i < f->enum_count; i++)
		ok = enum_options(l, &f->enums[i]);
	for (uint32_t i = 0; ok && i < f->extension_count; i++)
		ok = options(l, f, f->package, OWNER_FIELD, f->extensions[i].field.options);
	for (uint32_t i = 0; ok && i < f->service_count; i++)
		ok = service_options(l, &f->services[i]);
	return ok;
}

bool link_options(struct linker *l)
{
	for (size_t i = 0; i < OWNER_COUNT; i++) {
		const struct proto_symbol *s = map_get(&l->model->by_name, owner_names[i]);
		l->options[i] = s && s->kind == PROTO_SYMBOL_MESSAGE ? s->message : NULL;
		if (!l->options[i])
			return err_set(l->err, ERR_FILE_INVALID, "google/protobuf/descriptor.proto has no %.*s; take the file that comes with protoc, or leave it out", STR_FMT(owner_names[i]));
	}
	for (uint32_t i = 0; i < l->model->file_count; i++) {
		link_see(l, l->model->files[i]);
		if (!file_options(l, l->model->files[i]))
			return false;
	}
	return true;
}
