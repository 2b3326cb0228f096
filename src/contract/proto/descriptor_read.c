/* Reading descriptor sets. A fault in the bytes is an error that says where; nothing in them is believed: lengths, depths and names are checked here or by the
 * steps of link.h, which every model goes through. */
#include "contract/proto/descriptor.h"
#include "contract/proto/wire.h"

struct reader {
	struct linker *l;
	const struct source_file *from;
	struct proto_file *file;
	unsigned depth;
};

/* The first file's name, as far as it is there: a set that was cut off is a set still, and an error says so. */
bool descriptor_recognises(struct str bytes)
{
	size_t at = 1;
	if (bytes.len < 4 || bytes.p[0] != 0x0a)
		return false;
	while (at < bytes.len && at < 6 && bytes.p[at] & 0x80)
		at++;
	at++;
	if (at + 2 > bytes.len || bytes.p[at] != 0x0a || bytes.p[at + 1] & 0x80)
		return false;
	size_t len = (size_t)bytes.p[at + 1];
	struct str name = str_sub(bytes, at + 2, at + 2 + len);
	return name.len < len ? str_is_utf8(name) : str_ends(name, STR(".proto"));
}

static bool damaged(struct reader *r, struct str at)
{
	size_t offset = at.p && at.p >= r->from->text.p ? (size_t)(at.p - r->from->text.p) : 0;
	err_set(r->l->err, ERR_FILE_INVALID, "the descriptor set is cut off or damaged at byte %zu; make it again with `protoc -o` or `buf build -o`", offset);
	err_place(r->l->err, r->from->path, 0, 0);
	return false;
}

/* How many fields of a number a message has; SIZE_MAX where it is malformed. */
static size_t count(struct str message, uint32_t number)
{
	struct wire_field f;
	size_t n = 0;
	while (wire_next(&message, &f))
		n += f.number == number && f.wire == PB_BYTES;
	return message.len ? SIZE_MAX : n;
}

static void *array(struct reader *r, struct str message, uint32_t number, size_t size, uint32_t *n)
{
	size_t wanted = count(message, number);
	*n = 0;
	if (wanted == SIZE_MAX) {
		damaged(r, message);
		return NULL;
	}
	void *items = wanted ? arena_array(&r->l->model->arena, wanted, size) : NULL;
	if (wanted && !items)
		parse_full(r->l->parser);
	return items;
}

static struct proto_options *options(struct reader *r, struct str bytes)
{
	struct proto_options *o = ARENA_NEW(&r->l->model->arena, struct proto_options);
	if (o)
		o->bytes = bytes.p ? bytes : STR("");
	if (count(bytes, 0) == SIZE_MAX)
		damaged(r, bytes);
	return o;
}

static bool read_field(struct reader *r, struct str bytes, struct proto_field *f, struct str *extendee)
{
	struct wire_field w;
	*f = (struct proto_field){ .oneof = -1, .label = PROTO_OPTIONAL };
	for (struct str rest = bytes; wire_next(&rest, &w);) {
		switch (w.number) {
		case 1: f->name = w.bytes; break;
		case 2: *extendee = w.bytes; break;
		case 3: f->number = (int32_t)w.value; break;
		case 4: f->label = w.value >= PROTO_OPTIONAL && w.value <= PROTO_REPEATED ? (uint8_t)w.value : PROTO_OPTIONAL; break;
		case 5: f->type = w.value < PROTO_TYPE_COUNT ? (uint8_t)w.value : 0; break;
		case 6: f->type_name = w.bytes; break;
		case 7: f->default_text = w.bytes; f->has_default = true; break;
		case 8: f->options = options(r, w.bytes); break;
		case 9: f->oneof = (int32_t)w.value; break;
		case 10: f->json_name = w.bytes; break;
		case 17: f->synthetic = w.value != 0; break;
		default: break;
		}
	}
	bool named = proto_is_message(f) || f->type == PROTO_ENUM || !f->type;
	if (str_empty(f->name) || f->number < 1 || named == str_empty(f->type_name))
		return damaged(r, bytes);
	return !err_is_set(r->l->err);
}

static bool read_range(struct str bytes, bool exclusive, struct proto_range *to)
{
	int32_t first = (int32_t)wire_get(bytes, 1, 0), end = (int32_t)wire_get(bytes, 2, 0);
	*to = (struct proto_range){ .first = first, .last = exclusive && end > INT32_MIN ? end - 1 : end };
	return to->last >= to->first;
}

static bool read_enum(struct reader *r, struct str bytes, struct proto_enum *e)
{
	uint32_t n;
	struct wire_field w;
	*e = (struct proto_enum){ .file = r->file };
	e->values = array(r, bytes, 2, sizeof(*e->values), &n);
	e->reserved = array(r, bytes, 4, sizeof(*e->reserved), &n);
	e->reserved_names = array(r, bytes, 5, sizeof(*e->reserved_names), &n);
	if (err_is_set(r->l->err))
		return false;
	for (struct str rest = bytes; wire_next(&rest, &w);) {
		if (w.number == 1)
			e->name = w.bytes;
		else if (w.number == 2 && w.wire == PB_BYTES) {
			struct str o = wire_get_bytes(w.bytes, 3);
			struct proto_value v = { .name = wire_get_bytes(w.bytes, 1), .number = (int32_t)wire_get(w.bytes, 2, 0), .options = o.p ? options(r, o) : NULL };
			if (str_empty(v.name))
				return damaged(r, w.bytes);
			e->values[e->value_count++] = v;
		} else if (w.number == 3)
			e->options = options(r, w.bytes);
		else if (w.number == 4 && w.wire == PB_BYTES) {
			if (!read_range(w.bytes, false, &e->reserved[e->reserved_count++]))
				return damaged(r, w.bytes);
		} else if (w.number == 5 && w.wire == PB_BYTES)
			e->reserved_names[e->reserved_name_count++].name = w.bytes;
		else if (w.number == 6)
			e->visibility = (uint8_t)w.value;
	}
	return !str_empty(e->name) || damaged(r, bytes);
}

static bool read_extension(struct reader *r, struct str bytes, struct proto_extension *x)
{
	*x = (struct proto_extension){ .file = r->file };
	return read_field(r, bytes, &x->field, &x->extendee_name) && (!str_empty(x->extendee_name) || damaged(r, bytes));
}

static bool read_oneof(struct reader *r, struct str bytes, struct proto_oneof *o)
{
	struct str set = wire_get_bytes(bytes, 2);
	*o = (struct proto_oneof){ .name = wire_get_bytes(bytes, 1), .options = set.p ? options(r, set) : NULL };
	return !str_empty(o->name) || damaged(r, bytes);
}

static bool read_message(struct reader *r, struct str bytes, struct proto_message *m);
static bool message_part(struct reader *r, struct proto_message *m, const struct wire_field *w)
{
	struct str none;
	switch (w->wire == PB_BYTES ? w->number : 0) {
	case 1: m->name = w->bytes; return true;
	case 2: return read_field(r, w->bytes, &m->fields[m->field_count++], &none);
	case 3: return read_message(r, w->bytes, &m->messages[m->message_count++]);
	case 4: return read_enum(r, w->bytes, &m->enums[m->enum_count++]);
	case 5: {
		struct proto_range *range = &m->ranges[m->range_count++];
		struct str set = wire_get_bytes(w->bytes, 3);
		if (!read_range(w->bytes, true, range))
			return damaged(r, w->bytes);
		range->options = set.p ? options(r, set) : NULL;
		return true;
	}
	case 6: return read_extension(r, w->bytes, &m->extensions[m->extension_count++]);
	case 7:
		m->options = options(r, w->bytes);
		m->map_entry = wire_get(w->bytes, 7, 0) != 0;
		return true;
	case 8: return read_oneof(r, w->bytes, &m->oneofs[m->oneof_count++]);
	case 9: return read_range(w->bytes, true, &m->reserved[m->reserved_count++]) || damaged(r, w->bytes);
	case 10: m->reserved_names[m->reserved_name_count++].name = w->bytes; return true;
	default:
		if (w->number == 11)
			m->visibility = (uint8_t)w->value;
		return true;
	}
}

static bool oneofs_hold(struct reader *r, struct str bytes, struct proto_message *m)
{
	if (m->map_entry && (m->field_count != 2 || m->fields[0].number != 1 || m->fields[1].number != 2))
		return damaged(r, bytes);
	for (uint32_t i = 0; i < m->field_count; i++) {
		struct proto_field *f = &m->fields[i];
		if (f->oneof < -1 || f->oneof >= (int32_t)m->oneof_count)
			return damaged(r, bytes);
		if (f->synthetic && f->oneof < 0)
			f->synthetic = false;
		if (f->synthetic)
			m->oneofs[f->oneof].synthetic = true;
	}
	return true;
}

static bool read_message(struct reader *r, struct str bytes, struct proto_message *m)
{
	uint32_t n;
	struct wire_field w;
	*m = (struct proto_message){ .file = r->file };
	if (++r->depth > PROTO_DEPTH_MAX)
		return err_set(r->l->err, ERR_FILE_INVALID, "%.*s: messages nested more than %d levels deep", STR_FMT(r->from->path), PROTO_DEPTH_MAX);
	m->fields = array(r, bytes, 2, sizeof(*m->fields), &n);
	m->messages = array(r, bytes, 3, sizeof(*m->messages), &n);
	m->enums = array(r, bytes, 4, sizeof(*m->enums), &n);
	m->ranges = array(r, bytes, 5, sizeof(*m->ranges), &n);
	m->extensions = array(r, bytes, 6, sizeof(*m->extensions), &n);
	m->oneofs = array(r, bytes, 8, sizeof(*m->oneofs), &n);
	m->reserved = array(r, bytes, 9, sizeof(*m->reserved), &n);
	m->reserved_names = array(r, bytes, 10, sizeof(*m->reserved_names), &n);
	if (err_is_set(r->l->err))
		return false;
	for (struct str rest = bytes; wire_next(&rest, &w);)
		if (!message_part(r, m, &w))
			return false;
	r->depth--;
	return oneofs_hold(r, bytes, m) && (!str_empty(m->name) || damaged(r, bytes));
}

static bool read_method(struct reader *r, struct str bytes, struct proto_method *m)
{
	struct str set = wire_get_bytes(bytes, 4);
	*m = (struct proto_method){ .name = wire_get_bytes(bytes, 1), .input_name = wire_get_bytes(bytes, 2), .output_name = wire_get_bytes(bytes, 3),
		.client_streaming = wire_get(bytes, 5, 0) != 0, .server_streaming = wire_get(bytes, 6, 0) != 0, .options = set.p ? options(r, set) : NULL };
	return (!str_empty(m->name) && !str_empty(m->input_name) && !str_empty(m->output_name)) || damaged(r, bytes);
}

static bool read_service(struct reader *r, struct str bytes, struct proto_service *s)
{
	uint32_t n;
	struct wire_field w;
	struct str set = wire_get_bytes(bytes, 3);
	*s = (struct proto_service){ .file = r->file, .name = wire_get_bytes(bytes, 1), .options = set.p ? options(r, set) : NULL };
	s->methods = array(r, bytes, 2, sizeof(*s->methods), &n);
	for (struct str rest = bytes; !err_is_set(r->l->err) && wire_next(&rest, &w);)
		if (w.number == 2 && w.wire == PB_BYTES && !read_method(r, w.bytes, &s->methods[s->method_count++]))
			return false;
	return !err_is_set(r->l->err) && (!str_empty(s->name) || damaged(r, bytes));
}

static bool read_syntax(struct reader *r, struct str bytes)
{
	struct str syntax = wire_get_bytes(bytes, 12);
	uint64_t edition = wire_get(bytes, 14, 0);
	r->file->syntax = str_eq(syntax, STR("proto3")) ? PROTO_3 : str_eq(syntax, STR("editions")) ? PROTO_EDITIONS : PROTO_2;
	r->file->edition = edition == 1000 ? 2023 : edition == 1001 ? 2024 : 0;
	if (r->file->syntax != PROTO_EDITIONS || r->file->edition)
		return true;
	return err_set(r->l->err, ERR_FILE_INVALID, "%.*s: edition %llu is not known; 2023 and 2024 are", STR_FMT(r->file->path), (unsigned long long)edition);
}

/* An index into the dependencies: public or weak. */
static bool mark_import(struct reader *r, struct str bytes, uint64_t index, enum proto_import_kind kind)
{
	if (index >= r->file->import_count)
		return damaged(r, bytes);
	r->file->imports[index].kind = (uint8_t)kind;
	return true;
}

static bool file_part(struct reader *r, struct proto_file *f, const struct wire_field *w)
{
	if (w->wire != PB_BYTES)
		return true;
	switch (w->number) {
	case 2: f->package = w->bytes; return true;
	case 3: f->imports[f->import_count++].path = w->bytes; return true;
	case 4: return read_message(r, w->bytes, &f->messages[f->message_count++]);
	case 5: return read_enum(r, w->bytes, &f->enums[f->enum_count++]);
	case 6: return read_service(r, w->bytes, &f->services[f->service_count++]);
	case 7: return read_extension(r, w->bytes, &f->extensions[f->extension_count++]);
	case 8: f->options = options(r, w->bytes); return !err_is_set(r->l->err);
	case 8042: f->imported = f->imported || wire_get(w->bytes, 1, 0); return true; /* buf's image: only there for others */
	default: return true;
	}
}

static bool read_file(struct reader *r, struct str bytes)
{
	uint32_t n;
	struct wire_field w;
	struct str name = wire_get_bytes(bytes, 1);
	if (count(bytes, 1) == SIZE_MAX || str_empty(name))
		return damaged(r, bytes);
	if (map_get(&r->l->model->by_path, name))
		return true;
	struct proto_file *f = r->file = link_new_file(r->l, name);
	if (!f)
		return false;
	f->source_path = r->from->path;
	f->imported = str_starts(name, STR("google/protobuf/")) && proto_wellknown(name).p; /* protoc --include_imports */
	f->imports = array(r, bytes, 3, sizeof(*f->imports), &n);
	f->messages = array(r, bytes, 4, sizeof(*f->messages), &n);
	f->enums = array(r, bytes, 5, sizeof(*f->enums), &n);
	f->services = array(r, bytes, 6, sizeof(*f->services), &n);
	f->extensions = array(r, bytes, 7, sizeof(*f->extensions), &n);
	if (err_is_set(r->l->err) || !read_syntax(r, bytes))
		return false;
	for (struct str rest = bytes; wire_next(&rest, &w);)
		if (!file_part(r, f, &w))
			return false;
	for (struct str rest = bytes; wire_next(&rest, &w);)
		if (w.wire == PB_VARINT && (w.number == 10 || w.number == 11) && !mark_import(r, bytes, w.value, w.number == 10 ? PROTO_IMPORT_PUBLIC : PROTO_IMPORT_WEAK))
			return false;
	return true;
}

bool descriptor_read(struct linker *l, const struct source_file *from)
{
	struct reader r = { .l = l, .from = from };
	struct str rest = from->text;
	struct wire_field f;
	while (wire_next(&rest, &f))
		if (f.number == 1 && f.wire == PB_BYTES) {
			r.depth = 0;
			if (!read_file(&r, f.bytes))
				return false;
		}
	return !rest.len || damaged(&r, rest);
}
