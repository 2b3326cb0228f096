/* Writing a model as a FileDescriptorSet, as protoc --descriptor_set_out does it: for the tests that hold our reading against protoc's, and for tools that take sets. */
#include "contract/proto/proto.h"
#include "contract/proto/wire.h"

static void text(struct buf *b, uint32_t number, struct str s)
{
	if (s.p)
		pb_bytes(b, number, s);
}

static void options(struct buf *b, uint32_t number, const struct proto_options *o)
{
	if (o && o->bytes.len)
		pb_bytes(b, number, o->bytes);
}

static void type_name(struct buf *b, uint32_t number, struct str full)
{
	size_t mark = wire_begin(b, number, false);
	buf_char(b, '.');
	buf_add(b, full);
	wire_end(b, mark, number, false);
}

static void field(struct buf *b, uint32_t number, const struct proto_file *file, const struct proto_field *f, const struct proto_message *extendee)
{
	bool editions = file->syntax == PROTO_EDITIONS;
	size_t mark = wire_begin(b, number, false);
	text(b, 1, f->name);
	if (extendee)
		type_name(b, 2, extendee->full);
	pb_varint(b, 3, (uint64_t)f->number);
	pb_varint(b, 4, editions && f->label == PROTO_REQUIRED ? PROTO_OPTIONAL : f->label);
	pb_varint(b, 5, editions && f->type == PROTO_GROUP ? PROTO_MESSAGE : f->type);
	if (proto_is_message(f))
		type_name(b, 6, f->message->full);
	else if (f->type == PROTO_ENUM)
		type_name(b, 6, f->enumeration->full);
	if (f->has_default)
		pb_bytes(b, 7, f->default_text);
	options(b, 8, f->options);
	if (f->oneof >= 0)
		pb_varint(b, 9, (uint64_t)f->oneof);
	pb_bytes(b, 10, f->json_name);
	if (f->synthetic)
		pb_varint(b, 17, 1);
	wire_end(b, mark, number, false);
}

static void range(struct buf *b, uint32_t number, const struct proto_range *r, bool exclusive)
{
	size_t mark = wire_begin(b, number, false);
	pb_varint(b, 1, (uint64_t)(int64_t)r->first);
	pb_varint(b, 2, (uint64_t)((int64_t)r->last + exclusive));
	options(b, 3, r->options);
	wire_end(b, mark, number, false);
}

static void enumeration(struct buf *b, uint32_t number, const struct proto_enum *e)
{
	size_t mark = wire_begin(b, number, false);
	text(b, 1, e->name);
	for (uint32_t i = 0; i < e->value_count; i++) {
		size_t value = wire_begin(b, 2, false);
		text(b, 1, e->values[i].name);
		pb_varint(b, 2, (uint64_t)(int64_t)e->values[i].number);
		options(b, 3, e->values[i].options);
		wire_end(b, value, 2, false);
	}
	options(b, 3, e->options);
	for (uint32_t i = 0; i < e->reserved_count; i++)
		range(b, 4, &e->reserved[i], false);
	for (uint32_t i = 0; i < e->reserved_name_count; i++)
		text(b, 5, e->reserved_names[i].name);
	if (e->visibility)
		pb_varint(b, 6, e->visibility);
	wire_end(b, mark, number, false);
}

static void message_options(struct buf *b, const struct proto_message *m)
{
	if (!m->map_entry || (m->options && wire_has(m->options->bytes, 7))) {
		options(b, 7, m->options);
		return;
	}
	size_t mark = wire_begin(b, 7, false);
	pb_varint(b, 7, 1);
	wire_end(b, mark, 7, false);
}

/* As deep as the model, whose depth is limited. */
static void message(struct buf *b, uint32_t number, const struct proto_message *m)
{
	size_t mark = wire_begin(b, number, false);
	text(b, 1, m->name);
	for (uint32_t i = 0; i < m->field_count; i++)
		field(b, 2, m->file, &m->fields[i], NULL);
	for (uint32_t i = 0; i < m->message_count; i++)
		message(b, 3, &m->messages[i]);
	for (uint32_t i = 0; i < m->enum_count; i++)
		enumeration(b, 4, &m->enums[i]);
	for (uint32_t i = 0; i < m->range_count; i++)
		range(b, 5, &m->ranges[i], true);
	for (uint32_t i = 0; i < m->extension_count; i++)
		field(b, 6, m->file, &m->extensions[i].field, m->extensions[i].extendee);
	message_options(b, m);
	for (uint32_t i = 0; i < m->oneof_count; i++) {
		size_t oneof = wire_begin(b, 8, false);
		text(b, 1, m->oneofs[i].name);
		options(b, 2, m->oneofs[i].options);
		wire_end(b, oneof, 8, false);
	}
	for (uint32_t i = 0; i < m->reserved_count; i++)
		range(b, 9, &m->reserved[i], true);
	for (uint32_t i = 0; i < m->reserved_name_count; i++)
		text(b, 10, m->reserved_names[i].name);
	if (m->visibility)
		pb_varint(b, 11, m->visibility);
	wire_end(b, mark, number, false);
}

static void service(struct buf *b, const struct proto_service *s)
{
	size_t mark = wire_begin(b, 6, false);
	text(b, 1, s->name);
	for (uint32_t i = 0; i < s->method_count; i++) {
		const struct proto_method *m = &s->methods[i];
		size_t method = wire_begin(b, 2, false);
		text(b, 1, m->name);
		type_name(b, 2, m->input->full);
		type_name(b, 3, m->output->full);
		if (m->options) /* also empty: protoc has them for each method with braces */
			pb_bytes(b, 4, m->options->bytes);
		if (m->client_streaming)
			pb_varint(b, 5, 1);
		if (m->server_streaming)
			pb_varint(b, 6, 1);
		wire_end(b, method, 2, false);
	}
	options(b, 3, s->options);
	wire_end(b, mark, 6, false);
}

static void imports(struct buf *b, const struct proto_file *f)
{
	uint64_t at = 0;
	for (uint32_t i = 0; i < f->import_count; i++)
		if (f->imports[i].kind != PROTO_IMPORT_OPTION)
			text(b, 3, f->imports[i].file ? f->imports[i].file->path : f->imports[i].path);
	for (uint32_t i = 0; i < f->import_count; i++) {
		if (f->imports[i].kind == PROTO_IMPORT_OPTION) {
			text(b, 15, f->imports[i].file ? f->imports[i].file->path : f->imports[i].path);
			continue;
		}
		if (f->imports[i].kind == PROTO_IMPORT_PUBLIC || f->imports[i].kind == PROTO_IMPORT_WEAK)
			pb_varint(b, f->imports[i].kind == PROTO_IMPORT_PUBLIC ? 10 : 11, at);
		at++;
	}
}

static void file(struct buf *b, const struct proto_file *f)
{
	size_t mark = wire_begin(b, 1, false);
	text(b, 1, f->path);
	if (f->package.len)
		text(b, 2, f->package);
	imports(b, f);
	for (uint32_t i = 0; i < f->message_count; i++)
		message(b, 4, &f->messages[i]);
	for (uint32_t i = 0; i < f->enum_count; i++)
		enumeration(b, 5, &f->enums[i]);
	for (uint32_t i = 0; i < f->service_count; i++)
		service(b, &f->services[i]);
	for (uint32_t i = 0; i < f->extension_count; i++)
		field(b, 7, f, &f->extensions[i].field, f->extensions[i].extendee);
	options(b, 8, f->options);
	if (f->syntax == PROTO_3)
		text(b, 12, STR("proto3"));
	if (f->syntax == PROTO_EDITIONS) {
		text(b, 12, STR("editions"));
		pb_varint(b, 14, f->edition == 2023 ? 1000 : 1001);
	}
	wire_end(b, mark, 1, false);
}

bool proto_write_set(const struct proto_model *m, bool with_imports, struct buf *out)
{
	struct arena scratch;
	arena_init(&scratch, 64 << 20);
	uint8_t *done = ARENA_ARRAY(&scratch, m->file_count + 1, uint8_t);
	struct { const struct proto_file *file; uint32_t next; } *stack = arena_array(&scratch, m->file_count + 1, sizeof(*stack));
	for (uint32_t i = 0; done && stack && i < m->file_count; i++) {
		size_t depth = 0;
		if (done[i] || (m->files[i]->imported && !with_imports))
			continue;
		stack[depth++].file = m->files[i];
		stack[0].next = 0;
		done[i] = 1;
		while (depth) {
			const struct proto_file *f = stack[depth - 1].file;
			if (stack[depth - 1].next == f->import_count) {
				if (with_imports || !f->imported)
					file(out, f);
				depth--;
				continue;
			}
			const struct proto_file *next = f->imports[stack[depth - 1].next++].file;
			if (next && !done[next->index]) {
				done[next->index] = 1;
				stack[depth].file = next;
				stack[depth++].next = 0;
			}
		}
	}
	bool ok = done && stack && buf_ok(out);
	arena_release(&scratch);
	return ok;
}
