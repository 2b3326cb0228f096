/* Messages, fields, oneofs, extensions, enums, and what is reserved. */
#include "contract/proto/parse.h"
#include "base/check.h"

const struct str proto_type_names[PROTO_TYPE_COUNT] = {
	[PROTO_DOUBLE] = STR_INIT("double"), [PROTO_FLOAT] = STR_INIT("float"), [PROTO_INT64] = STR_INIT("int64"), [PROTO_UINT64] = STR_INIT("uint64"),
	[PROTO_INT32] = STR_INIT("int32"), [PROTO_FIXED64] = STR_INIT("fixed64"), [PROTO_FIXED32] = STR_INIT("fixed32"), [PROTO_BOOL] = STR_INIT("bool"),
	[PROTO_STRING] = STR_INIT("string"), [PROTO_GROUP] = STR_INIT("group"), [PROTO_MESSAGE] = STR_INIT("message"), [PROTO_BYTES] = STR_INIT("bytes"),
	[PROTO_UINT32] = STR_INIT("uint32"), [PROTO_ENUM] = STR_INIT("enum"), [PROTO_SFIXED32] = STR_INIT("sfixed32"), [PROTO_SFIXED64] = STR_INIT("sfixed64"),
	[PROTO_SINT32] = STR_INIT("sint32"), [PROTO_SINT64] = STR_INIT("sint64"),
};

/* Marks of the stacks that a message's parts are on. */
struct marks { size_t fields, oneofs, messages, enums, extensions, ranges, reserved, names; };
static struct marks marks_of(const struct parser *p)
{
	return (struct marks){ p->fields.count, p->oneofs.count, p->messages.count, p->enums.count, p->extensions.count, p->ranges.count, p->reserved.count, p->names.count };
}
static bool message_body(struct parser *p, struct proto_message *m);

/* The scalar type of a word; 0: it names a message or an enum. */
static uint8_t scalar(struct str word)
{
	if (word.len < 4 || word.len > 8)
		return 0;
	for (uint8_t t = PROTO_DOUBLE; t < PROTO_TYPE_COUNT; t++)
		if (word.p[0] == proto_type_names[t].p[0] && t != PROTO_GROUP && t != PROTO_MESSAGE && t != PROTO_ENUM && str_eq(word, proto_type_names[t]))
			return t;
	return 0;
}

static bool field_type(struct parser *p, struct proto_field *f)
{
	if (p->token.kind == TOKEN_NAME && (f->type = scalar(parse_text(p)))) {
		f->type_given = true;
		parse_next(p);
		return true;
	}
	return parse_dotted(p, &f->type_name, "a type");
}

static bool field_number(struct parser *p, struct proto_field *f)
{
	return parse_expect(p, '=', "`=` and the field's number") && parse_int(p, 1, PROTO_NUMBER_MAX, &f->number, "a field's number");
}

/* "stock_keeping" to "StockKeeping"; `upper_first` as map entries need it. */
static struct str camel(struct arena *a, struct str name, struct str suffix)
{
	char *to = arena_bytes(a, name.len + suffix.len);
	size_t at = 0;
	bool upper = true;
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
	memcpy(to + at, suffix.p, suffix.len);
	return str_from(to, at + suffix.len);
}

static bool push_field(struct parser *p, struct proto_extension *extension, const struct proto_field *f)
{
	if (!extension)
		return PUSH(p, fields, *f);
	extension->field = *f;
	return PUSH(p, extensions, *extension);
}

/* map<key, value> name = number: a repeated message with two fields. */
static bool map_field(struct parser *p, struct proto_field *f)
{
	struct proto_message entry = { .map_entry = true, .offset = f->offset, .file = p->file };
	struct proto_field both[2] = { { .name = STR("key"), .number = 1, .label = PROTO_OPTIONAL, .oneof = -1, .offset = f->offset },
		{ .name = STR("value"), .number = 2, .label = PROTO_OPTIONAL, .oneof = -1, .offset = f->offset } };
	parse_next(p);
	uint32_t key = p->token.offset;
	if (!field_type(p, &both[0]) || !parse_expect(p, ',', "`,` behind the key's type") || !field_type(p, &both[1]) || !parse_expect(p, '>', "`>` behind the value's type"))
		return false;
	if (!both[0].type || both[0].type == PROTO_DOUBLE || both[0].type == PROTO_FLOAT || both[0].type == PROTO_BYTES)
		return parse_fail(p, key, "a map's key is a string, a bool or an integer");
	f->label = PROTO_REPEATED;
	if (!parse_name(p, &f->name, "the field's name"))
		return false;
	entry.name = camel(p->arena, f->name, STR("Entry"));
	f->type_name = entry.name;
	f->type = PROTO_MESSAGE;
	entry.fields = parse_take(p, both, 2, sizeof(both[0]));
	entry.field_count = 2;
	return entry.fields && PUSH(p, messages, entry) && field_number(p, f) && parse_option_list(p, &f->options) && parse_expect(p, ';', "`;` behind the field") && PUSH(p, fields, *f);
}

/* [label] group Name = number { … } */
static bool group_field(struct parser *p, struct proto_field *f, struct proto_extension *extension)
{
	struct proto_message m = { .group = true, .offset = f->offset, .doc = f->doc, .file = p->file };
	if (!parse_name(p, &m.name, "the group's name"))
		return false;
	char *lower = arena_bytes(p->arena, m.name.len);
	if (!lower)
		return parse_full(p);
	for (size_t i = 0; i < m.name.len; i++)
		lower[i] = m.name.p[i] >= 'A' && m.name.p[i] <= 'Z' ? (char)(m.name.p[i] + 32) : m.name.p[i];
	f->name = str_from(lower, m.name.len);
	f->type = PROTO_GROUP;
	f->type_name = m.name;
	/* protoc gives the group's message its place before the fields inside are read */
	return field_number(p, f) && parse_option_list(p, &f->options) && parse_expect(p, '{', "`{` behind the group's number") && message_body(p, &m) && PUSH(p, messages, m) &&
	       push_field(p, extension, f);
}

static bool field(struct parser *p, int32_t oneof, struct proto_extension *extension)
{
	struct proto_field f = { .offset = p->token.offset, .doc = p->token.doc, .oneof = oneof, .label = PROTO_OPTIONAL };
	struct str word = parse_text(p);
	bool labelled = true;
	if (parse_accept_word(p, STR("repeated")))
		f.label = PROTO_REPEATED;
	else if (parse_accept_word(p, STR("required")))
		f.label = PROTO_REQUIRED;
	else if (parse_accept_word(p, STR("optional")))
		f.synthetic = p->file->syntax == PROTO_3;
	else
		labelled = false;
	if (labelled && oneof >= 0)
		return parse_fail(p, f.offset, "a field of a oneof has no label; leave `%.*s` out", STR_FMT(word));
	if (f.label == PROTO_REQUIRED && p->file->syntax != PROTO_2)
		return parse_fail(p, f.offset, "`required` is for proto2 only; leave it out, and check the value where it is used");
	if (p->file->syntax == PROTO_EDITIONS && labelled && f.label == PROTO_OPTIONAL)
		return parse_fail(p, f.offset, "in editions a field has no `optional`; leave it out (features.field_presence says whether presence is kept)");
	if (p->file->syntax == PROTO_2 && !labelled && oneof < 0 && !parse_at_word(p, STR("map")))
		return parse_fail(p, f.offset, "a proto2 field begins with `optional`, `required` or `repeated`; for proto3, begin the file with: syntax = \"proto3\";");
	if (parse_at_word(p, STR("group")) && p->file->syntax == PROTO_2) {
		parse_next(p);
		return group_field(p, &f, extension);
	}
	if (!field_type(p, &f))
		return false;
	if (parse_at(p, '<') && str_eq(f.type_name, STR("map"))) {
		if (labelled || oneof >= 0 || extension)
			return parse_fail(p, f.offset, "a map has no label and stands neither in a oneof nor in `extend`");
		return map_field(p, &f);
	}
	return parse_name(p, &f.name, "the field's name") && field_number(p, &f) && parse_option_list(p, &f.options) && parse_expect(p, ';', "`;` behind the field") &&
	       push_field(p, extension, &f);
}

static bool oneof(struct parser *p, size_t first)
{
	struct proto_oneof o = { .offset = p->token.offset, .doc = p->token.doc };
	int32_t index = (int32_t)(p->oneofs.count - first);
	size_t at = p->oneofs.count;
	parse_next(p);
	if (!parse_name(p, &o.name, "the oneof's name") || !parse_expect(p, '{', "`{` behind the oneof's name") || !PUSH(p, oneofs, o))
		return false;
	while (!parse_accept(p, '}')) {
		if (parse_accept(p, ';'))
			continue;
		if (!(parse_accept_word(p, STR("option")) ? parse_option_statement(p, &o.options) : field(p, index, NULL)))
			return false;
		p->oneofs.items[at].options = o.options;
	}
	return true;
}

static bool range(struct parser *p, struct proto_range *r, int64_t low, int64_t high, const char *what)
{
	*r = (struct proto_range){ .offset = p->token.offset };
	if (!parse_int(p, low, high, &r->first, what))
		return false;
	r->last = r->first;
	if (!parse_accept_word(p, STR("to")))
		return true;
	if (parse_accept_word(p, STR("max"))) {
		r->last = (int32_t)high;
		return true;
	}
	uint32_t offset = p->token.offset;
	if (!parse_int(p, low, high, &r->last, what))
		return false;
	return r->last >= r->first || parse_fail(p, offset, "a range ends behind its beginning: %d is below %d", r->last, r->first);
}

static bool extension_ranges(struct parser *p)
{
	size_t mark = p->ranges.count;
	struct proto_options *options = NULL;
	struct proto_range r;
	parse_next(p);
	do
		if (!range(p, &r, 1, PROTO_NUMBER_MAX, "an extension's number") || !PUSH(p, ranges, r))
			return false;
	while (parse_accept(p, ','));
	if (!parse_option_list(p, &options))
		return false;
	for (size_t i = mark; i < p->ranges.count; i++)
		p->ranges.items[i].options = options;
	return parse_expect(p, ';', "`;` behind the ranges");
}

bool parse_reserved(struct parser *p, int64_t low, int64_t high)
{
	parse_next(p);
	bool names = p->token.kind == TOKEN_TEXT || p->token.kind == TOKEN_NAME;
	do {
		struct proto_name n = { .offset = p->token.offset };
		struct proto_range r;
		bool ok;
		if (!names)
			ok = range(p, &r, low, high, "a reserved number") && PUSH(p, reserved, r);
		else if (p->token.kind == TOKEN_TEXT)
			ok = parse_string(p, &n.name, "a name in quotes") && PUSH(p, names, n);
		else
			ok = parse_name(p, &n.name, "a name") && PUSH(p, names, n);
		if (!ok)
			return false;
	} while (parse_accept(p, ','));
	return parse_expect(p, ';', "`;` behind what is reserved");
}

bool parse_extend(struct parser *p)
{
	struct proto_extension x = { .file = p->file };
	if (!parse_dotted(p, &x.extendee_name, "the extended message's name") || !parse_expect(p, '{', "`{` behind the extended message's name"))
		return false;
	while (!parse_accept(p, '}'))
		if (!parse_accept(p, ';') && !field(p, -1, &x))
			return false;
	return true;
}

static bool member(struct parser *p, struct proto_message *m, const struct marks *start)
{
	uint32_t offset = p->token.offset, doc = p->token.doc;
	uint8_t visibility = 0;
	if (parse_accept(p, ';'))
		return true;
	if (p->token.kind != TOKEN_NAME && !parse_at(p, '.'))
		return parse_unexpected(p, "a field, `message`, `enum`, `oneof`, `reserved`, `option` or `}`");
	if (p->file->edition >= 2024 && (parse_at_word(p, STR("export")) || parse_at_word(p, STR("local")))) {
		visibility = parse_at_word(p, STR("export")) ? 2 : 1;
		parse_next(p);
	}
	switch (parse_text(p).p[0]) {
	case 'm':
		if (parse_accept_word(p, STR("message")))
			return parse_message(p, offset, doc, visibility);
		break;
	case 'e':
		if (parse_accept_word(p, STR("enum")))
			return parse_enum(p, offset, doc, visibility);
		if (parse_at_word(p, STR("extensions")))
			return extension_ranges(p);
		if (parse_accept_word(p, STR("extend")))
			return parse_extend(p);
		break;
	case 'o':
		if (parse_at_word(p, STR("oneof")))
			return oneof(p, start->oneofs);
		if (parse_accept_word(p, STR("option")))
			return parse_option_statement(p, &m->options);
		break;
	case 'r':
		if (parse_at_word(p, STR("reserved")))
			return parse_reserved(p, 1, PROTO_NUMBER_MAX);
		break;
	default:
		break;
	}
	return field(p, -1, NULL);
}

/* Each `optional` of proto3 is a oneof of its own, behind the real ones. */
static bool add_synthetic(struct parser *p, const struct marks *start)
{
	for (size_t i = start->fields; i < p->fields.count; i++) {
		struct proto_field *f = &p->fields.items[i];
		if (!f->synthetic)
			continue;
		struct proto_oneof o = { .name = arena_printf(p->arena, "_%.*s", STR_FMT(f->name)), .offset = f->offset, .synthetic = true };
		f->oneof = (int32_t)(p->oneofs.count - start->oneofs);
		if (!PUSH(p, oneofs, o))
			return false;
	}
	return true;
}

static bool message_body(struct parser *p, struct proto_message *m)
{
	struct marks start = marks_of(p);
	if (!parse_enter(p))
		return false;
	while (!parse_accept(p, '}'))
		if (!member(p, m, &start))
			return false;
	if (!add_synthetic(p, &start))
		return false;
	TAKE(p, fields, start.fields, m->fields, m->field_count);
	TAKE(p, oneofs, start.oneofs, m->oneofs, m->oneof_count);
	TAKE(p, messages, start.messages, m->messages, m->message_count);
	TAKE(p, enums, start.enums, m->enums, m->enum_count);
	TAKE(p, extensions, start.extensions, m->extensions, m->extension_count);
	TAKE(p, ranges, start.ranges, m->ranges, m->range_count);
	TAKE(p, reserved, start.reserved, m->reserved, m->reserved_count);
	TAKE(p, names, start.names, m->reserved_names, m->reserved_name_count);
	p->depth--;
	return !err_is_set(p->err);
}

bool parse_message(struct parser *p, uint32_t offset, uint32_t doc, uint8_t visibility)
{
	struct proto_message m = { .offset = offset, .doc = doc, .file = p->file, .visibility = visibility };
	return parse_name(p, &m.name, "the message's name") && parse_expect(p, '{', "`{` behind the message's name") && message_body(p, &m) && PUSH(p, messages, m);
}

static bool enum_value(struct parser *p)
{
	struct proto_value v = { .offset = p->token.offset, .doc = p->token.doc };
	return parse_name(p, &v.name, "a value's name, `option`, `reserved` or `}`") && parse_expect(p, '=', "`=` and the value's number") &&
	       parse_int(p, INT32_MIN, INT32_MAX, &v.number, "an enum value's number") && parse_option_list(p, &v.options) && parse_expect(p, ';', "`;` behind the value") &&
	       PUSH(p, values, v);
}

bool parse_enum(struct parser *p, uint32_t offset, uint32_t doc, uint8_t visibility)
{
	struct proto_enum e = { .offset = offset, .doc = doc, .file = p->file, .visibility = visibility };
	struct marks start = marks_of(p);
	size_t values = p->values.count;
	if (!parse_name(p, &e.name, "the enum's name") || !parse_expect(p, '{', "`{` behind the enum's name"))
		return false;
	while (!parse_accept(p, '}')) {
		if (parse_accept(p, ';'))
			continue;
		bool ok;
		if (parse_accept_word(p, STR("option"))) {
			ok = parse_option_statement(p, &e.options);
		} else if (parse_at_word(p, STR("reserved"))) {
			/* a value may be called `reserved` */
			struct lexer ahead = p->lexer;
			struct token t;
			lexer_next(&ahead, &t);
			ok = t.symbol == '=' ? enum_value(p) : parse_reserved(p, INT32_MIN, INT32_MAX);
		} else {
			ok = enum_value(p);
		}
		if (!ok)
			return false;
	}
	TAKE(p, values, values, e.values, e.value_count);
	TAKE(p, reserved, start.reserved, e.reserved, e.reserved_count);
	TAKE(p, names, start.names, e.reserved_names, e.reserved_name_count);
	return !err_is_set(p->err) && PUSH(p, enums, e);
}
