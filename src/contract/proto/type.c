/* The types of fields, extensions and methods; a field's JSON name. */
#include "contract/proto/link.h"

static struct str json_name(struct linker *l, struct str name)
{
	if (str_find_char(name, '_') == SIZE_MAX)
		return name;
	char *to = arena_bytes(&l->model->arena, name.len);
	size_t at = 0;
	bool upper = false;
	if (!to)
		return (struct str){ 0 };
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];
		if (c == '_') {
			upper = true;
			continue;
		}
		to[at++] = upper && c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
		upper = false;
	}
	return str_from(to, at);
}

/* `json_name` and `default` look like options and are parts of the field. */
static bool pseudo_options(struct linker *l, const struct proto_file *file, struct proto_field *f)
{
	for (const struct proto_option *o = f->options ? f->options->first : NULL; o; o = o->next) {
		if (!str_eq(o->name, STR("json_name")))
			continue;
		if (o->kind != PROTO_VALUE_TEXT)
			return link_fail(l, file, o->offset, "json_name is a string");
		f->json_name = o->text;
		f->has_json_name = true;
	}
	if (!f->json_name.p)
		f->json_name = json_name(l, f->name);
	return true;
}

static bool field(struct linker *l, const struct proto_file *file, struct proto_field *f, struct str scope)
{
	if (!pseudo_options(l, file, f))
		return false;
	if (str_empty(f->type_name))
		return true;
	const struct proto_symbol *s = link_lookup(l, scope, f->type_name, true);
	if (!s)
		return link_unknown(l, file, f->offset, scope, f->type_name, "the type");
	if (s->kind == PROTO_SYMBOL_MESSAGE) {
		f->message = s->message;
		if (f->type != PROTO_GROUP)
			f->type = PROTO_MESSAGE;
	} else if (s->kind == PROTO_SYMBOL_ENUM && f->type != PROTO_GROUP && f->type != PROTO_MESSAGE) {
		f->enumeration = s->enumeration;
		f->type = PROTO_ENUM;
	} else {
		return link_fail(l, file, f->offset, "`%.*s` is no message or enum", STR_FMT(f->type_name));
	}
	return true;
}

static bool extension(struct linker *l, struct proto_extension *x, struct str scope)
{
	if (!field(l, x->file, &x->field, scope))
		return false;
	const struct proto_symbol *s = link_lookup(l, scope, x->extendee_name, true);
	if (!s)
		return link_unknown(l, x->file, x->field.offset, scope, x->extendee_name, "the extended message");
	if (s->kind != PROTO_SYMBOL_MESSAGE)
		return link_fail(l, x->file, x->field.offset, "`%.*s` is no message; only messages are extended", STR_FMT(x->extendee_name));
	x->extendee = s->message;
	return true;
}

static bool message(struct linker *l, struct proto_message *m)
{
	for (uint32_t i = 0; i < m->field_count; i++)
		if (!field(l, m->file, &m->fields[i], m->full))
			return false;
	for (uint32_t i = 0; i < m->extension_count; i++)
		if (!extension(l, &m->extensions[i], m->full))
			return false;
	for (uint32_t i = 0; i < m->message_count; i++)
		if (!message(l, &m->messages[i]))
			return false;
	return true;
}

static bool method_type(struct linker *l, const struct proto_service *s, const struct proto_method *m, struct str name, struct proto_message **to)
{
	const struct proto_symbol *found = link_lookup(l, s->full, name, true);
	if (!found)
		return link_unknown(l, s->file, m->offset, s->full, name, "the message");
	if (found->kind != PROTO_SYMBOL_MESSAGE)
		return link_fail(l, s->file, m->offset, "`%.*s` is no message; a method takes and gives messages", STR_FMT(name));
	*to = found->message;
	return true;
}

bool link_types(struct linker *l)
{
	for (uint32_t i = 0; i < l->model->file_count; i++) {
		struct proto_file *f = l->model->files[i];
		link_see(l, f);
		for (uint32_t j = 0; j < f->message_count; j++)
			if (!message(l, &f->messages[j]))
				return false;
		for (uint32_t j = 0; j < f->extension_count; j++)
			if (!extension(l, &f->extensions[j], f->package))
				return false;
		for (uint32_t j = 0; j < f->service_count; j++)
			for (uint32_t k = 0; k < f->services[j].method_count; k++) {
				struct proto_method *m = &f->services[j].methods[k];
				if (!method_type(l, &f->services[j], m, m->input_name, &m->input) || !method_type(l, &f->services[j], m, m->output_name, &m->output))
					return false;
			}
	}
	return !l->model->arena.full || parse_full(l->parser);
}
