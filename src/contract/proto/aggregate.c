/* Values of options as encoded fields: scalars, and messages written in text format ("{ get: \"/v1/items\" additional_bindings { … } }"). Fields of a message are
 * written in order of their numbers, as protoc does it. */
#include "contract/proto/link.h"
#include "contract/proto/wire.h"
#include <math.h>
#include <stdlib.h>

static bool number_fits(const struct proto_field *field, const struct proto_option *v)
{
	bool wide = field->type == PROTO_INT64 || field->type == PROTO_SINT64 || field->type == PROTO_SFIXED64;
	switch (field->type) {
	case PROTO_UINT32: case PROTO_FIXED32:
		return !v->negative && v->integer <= UINT32_MAX;
	case PROTO_UINT64: case PROTO_FIXED64:
		return !v->negative;
	default:
		return v->integer <= (wide ? (uint64_t)INT64_MAX : (uint64_t)INT32_MAX) + v->negative;
	}
}

static void put_integer(const struct proto_field *field, int64_t n, struct buf *out)
{
	uint32_t number = (uint32_t)field->number;
	switch (field->type) {
	case PROTO_SINT32: case PROTO_SINT64:
		pb_varint(out, number, ((uint64_t)n << 1) ^ (uint64_t)(n >> 63));
		break;
	case PROTO_FIXED32: case PROTO_SFIXED32:
		pb_fixed32(out, number, (uint32_t)n);
		break;
	case PROTO_FIXED64: case PROTO_SFIXED64:
		pb_fixed64(out, number, (uint64_t)n);
		break;
	default:
		pb_varint(out, number, (uint64_t)n);
		break;
	}
}

static bool put_real(const struct proto_field *field, const struct proto_option *v, struct buf *out)
{
	double d;
	if (v->kind == PROTO_VALUE_FLOAT)
		d = v->real;
	else if (v->kind == PROTO_VALUE_INT)
		d = v->negative ? -(double)v->integer : (double)v->integer;
	else if (v->kind == PROTO_VALUE_NAME && str_eq_ci(v->text, STR("inf")))
		d = v->negative ? -INFINITY : INFINITY;
	else if (v->kind == PROTO_VALUE_NAME && str_eq_ci(v->text, STR("nan")))
		d = NAN;
	else
		return false;
	if (field->type == PROTO_DOUBLE) {
		pb_put_double(out, (uint32_t)field->number, d);
	} else {
		float f = (float)d;
		uint32_t bits;
		memcpy(&bits, &f, sizeof(bits));
		pb_fixed32(out, (uint32_t)field->number, bits);
	}
	return true;
}

static bool wrong(struct linker *l, const struct proto_file *f, const struct proto_field *field, const struct proto_option *v)
{
	return link_fail(l, f, v->offset, "the value of `%.*s` must be of type %.*s", STR_FMT(field->name),
		STR_FMT(field->type == PROTO_ENUM && field->enumeration ? field->enumeration->full : proto_type_names[field->type]));
}

static bool put_enum(struct linker *l, const struct proto_file *f, const struct proto_field *field, const struct proto_option *v, struct buf *out)
{
	if (v->kind == PROTO_VALUE_INT && number_fits(field, v)) {
		put_integer(field, v->negative ? -(int64_t)v->integer : (int64_t)v->integer, out);
		return true;
	}
	const struct proto_value *named = v->kind == PROTO_VALUE_NAME ? proto_value_by_name(field->enumeration, v->text) : NULL;
	if (!named)
		return v->kind == PROTO_VALUE_NAME ? link_fail(l, f, v->offset, "%.*s has no value `%.*s`", STR_FMT(field->enumeration->full), STR_FMT(v->text)) : wrong(l, f, field, v);
	put_integer(field, named->number, out);
	return true;
}

static bool put_bool(const struct proto_field *field, const struct proto_option *v, struct buf *out)
{
	bool yes = v->kind == PROTO_VALUE_NAME ? str_eq(v->text, STR("true")) || str_eq(v->text, STR("True")) || str_eq(v->text, STR("t")) : v->integer == 1;
	bool no = v->kind == PROTO_VALUE_NAME ? str_eq(v->text, STR("false")) || str_eq(v->text, STR("False")) || str_eq(v->text, STR("f")) : v->integer == 0;
	if ((v->kind != PROTO_VALUE_NAME && v->kind != PROTO_VALUE_INT) || v->negative || yes == no)
		return false;
	pb_varint(out, (uint32_t)field->number, yes);
	return true;
}

bool link_scalar(struct linker *l, const struct proto_file *f, const struct proto_field *field, const struct proto_option *v, struct buf *out)
{
	bool ok;
	switch (field->type) {
	case PROTO_STRING: case PROTO_BYTES:
		if (v->kind != PROTO_VALUE_TEXT)
			return wrong(l, f, field, v);
		pb_bytes(out, (uint32_t)field->number, v->text);
		return true;
	case PROTO_ENUM:
		return put_enum(l, f, field, v, out);
	case PROTO_BOOL:
		ok = put_bool(field, v, out);
		break;
	case PROTO_DOUBLE: case PROTO_FLOAT:
		ok = put_real(field, v, out);
		break;
	case PROTO_MESSAGE: case PROTO_GROUP: {
		if (v->kind != PROTO_VALUE_AGGREGATE)
			return link_fail(l, f, v->offset, "the value of `%.*s` is a message: write it as { field: value … }", STR_FMT(field->name));
		bool delimited = field->type == PROTO_GROUP;
		size_t mark = wire_begin(out, (uint32_t)field->number, delimited);
		if (!link_aggregate(l, f, f->package, field->message, v->text, v->offset, out))
			return false;
		wire_end(out, mark, (uint32_t)field->number, delimited);
		return true;
	}
	default:
		ok = v->kind == PROTO_VALUE_INT && number_fits(field, v);
		if (ok)
			put_integer(field, v->negative ? -(int64_t)v->integer : (int64_t)v->integer, out);
	}
	return ok || wrong(l, f, field, v);
}

/* The parts of one message before they are sorted. */
struct part { int32_t number; uint32_t order; size_t start, end; };
struct aggregate {
	struct parser parser;         /* over the text between the braces */
	struct linker *l;
	const struct proto_file *file;
	struct str scope;
	uint32_t base;                /* of the text in the file */
	unsigned depth;
};
static bool fields(struct aggregate *a, const struct proto_message *m, char close, struct buf *out);

static int part_order(const void *x, const void *y)
{
	const struct part *a = x, *b = y;
	return a->number != b->number ? (a->number < b->number ? -1 : 1) : (a->order < b->order ? -1 : 1);
}

static bool fail_here(struct aggregate *a, const char *what)
{
	struct str found = str_sub(parse_text(&a->parser), 0, 40);
	uint32_t at = a->base + a->parser.token.offset;
	if (a->parser.token.kind == TOKEN_END)
		return link_fail(a->l, a->file, at, "the value ends where %s is expected", what);
	return link_fail(a->l, a->file, at, "expected %s, found `%.*s`", what, STR_FMT(found));
}

static bool scalar_value(struct aggregate *a, const struct proto_field *field, struct buf *out)
{
	struct parser *p = &a->parser;
	struct proto_option v = { .offset = a->base + p->token.offset };
	bool overflow = false;
	if (p->token.kind == TOKEN_TEXT) {
		v.kind = PROTO_VALUE_TEXT;
		if (!parse_string(p, &v.text, "a string"))
			return fail_here(a, "a string");
		return link_scalar(a->l, a->file, field, &v, out);
	}
	v.negative = parse_accept(p, '-');
	struct str text = parse_text(p);
	if (p->token.kind == TOKEN_NAME) {
		v.kind = PROTO_VALUE_NAME;
		v.text = text;
	} else if (p->token.kind == TOKEN_INT) {
		v.kind = PROTO_VALUE_INT;
		v.integer = parse_integer_text(text, &overflow);
	} else if (p->token.kind != TOKEN_FLOAT) {
		return fail_here(a, "a value");
	}
	if (p->token.kind == TOKEN_FLOAT || overflow) {
		char z[128] = "";
		memcpy(z, text.p, text.len < sizeof(z) ? text.len : sizeof(z) - 1);
		v.kind = PROTO_VALUE_FLOAT;
		v.real = v.negative ? -strtod(z, NULL) : strtod(z, NULL);
	}
	parse_next(p);
	return link_scalar(a->l, a->file, field, &v, out);
}

static bool message_value(struct aggregate *a, const struct proto_field *field, struct buf *out)
{
	char close = parse_at(&a->parser, '<') ? '>' : '}';
	if (!parse_accept(&a->parser, '{') && !parse_accept(&a->parser, '<'))
		return fail_here(a, "`{`");
	if (++a->depth > PROTO_DEPTH_MAX)
		return link_fail(a->l, a->file, a->base, "a value nested more than %d levels deep", PROTO_DEPTH_MAX);
	size_t mark = wire_begin(out, (uint32_t)field->number, field->type == PROTO_GROUP);
	if (!fields(a, field->message, close, out))
		return false;
	parse_next(&a->parser);
	wire_end(out, mark, (uint32_t)field->number, field->type == PROTO_GROUP);
	a->depth--;
	return true;
}

/* The name in brackets: an extension; for Any a type's URL. */
static bool bracket_name(struct aggregate *a, struct str *name)
{
	struct parser *p = &a->parser;
	uint32_t start = p->token.offset;
	while (!parse_at(p, ']')) {
		if (p->token.kind != TOKEN_NAME && p->token.kind != TOKEN_INT && !parse_at(p, '.') && !parse_at(p, '/') && !parse_at(p, '-'))
			return fail_here(a, "an extension's name and `]`");
		parse_next(p);
	}
	*name = str_from(p->lexer.text + start, p->token.offset - start);
	parse_next(p);
	return true;
}

/* "[type.googleapis.com/a.B] { … }" inside of an Any. */
static bool any_value(struct aggregate *a, struct str url, struct buf *out)
{
	size_t slash = url.len;
	while (slash && url.p[slash - 1] != '/')
		slash--;
	const struct proto_symbol *s = map_get(&a->l->model->by_name, str_skip(url, slash));
	if (!s || s->kind != PROTO_SYMBOL_MESSAGE)
		return link_fail(a->l, a->file, a->base, "the type `%.*s` is not known here", STR_FMT(url));
	struct proto_field value = { .name = STR("value"), .number = 2, .type = PROTO_MESSAGE, .label = PROTO_OPTIONAL, .message = s->message };
	pb_bytes(out, 1, url);
	parse_accept(&a->parser, ':');
	return message_value(a, &value, out);
}

static bool field_value(struct aggregate *a, const struct proto_field *field, struct buf *out)
{
	return proto_is_message(field) ? message_value(a, field, out) : scalar_value(a, field, out);
}

static bool push_part(struct aggregate *a, struct part **parts, size_t *count, size_t *capacity, int32_t number, size_t start, size_t end)
{
	if (!ARENA_PUSH_ROOM(a->l->scratch, *parts, *count, *capacity))
		return parse_full(a->l->parser);
	(*parts)[*count] = (struct part){ number, (uint32_t)*count, start, end };
	++*count;
	return true;
}

/* Sorts what stands from `mark` on by field number. */
static bool sort_parts(struct aggregate *a, struct part *parts, size_t count, size_t mark, struct buf *out)
{
	bool sorted = true;
	for (size_t i = 1; i < count; i++)
		sorted = sorted && parts[i - 1].number <= parts[i].number;
	if (sorted)
		return true;
	char *copy = arena_bytes(a->l->scratch, out->len - mark);
	if (!copy)
		return parse_full(a->l->parser);
	memcpy(copy, buf_str(out).p + mark, out->len - mark);
	qsort(parts, count, sizeof(*parts), part_order);
	buf_truncate(out, mark);
	for (size_t i = 0; i < count; i++)
		buf_add(out, str_from(copy + (parts[i].start - mark), parts[i].end - parts[i].start));
	return true;
}

/* Values behind one another as one packed field: each value's tag is taken off. */
static void repack(const struct proto_field *field, size_t start, struct buf *out)
{
	char copy[4096];
	size_t len = out->len - start;
	if (len > sizeof(copy))
		return; /* unpacked values mean the same */
	memcpy(copy, buf_str(out).p + start, len);
	buf_truncate(out, start);
	struct pb_reader r = pb_reader(str_from(copy, len));
	struct pb_field f;
	size_t mark = wire_begin(out, (uint32_t)field->number, false);
	for (const uint8_t *from = r.p; pb_next(&r, &f); from = r.p) {
		while (*from & 0x80)
			from++;
		buf_add_bytes(out, from + 1, (size_t)(r.p - from - 1));
	}
	wire_end(out, mark, (uint32_t)field->number, false);
}

static bool one_field(struct aggregate *a, const struct proto_message *m, struct buf *out, int32_t *number)
{
	struct parser *p = &a->parser;
	const struct proto_field *field;
	struct str name;
	if (parse_accept(p, '[')) {
		if (!bracket_name(a, &name))
			return false;
		if (str_eq(m->full, STR("google.protobuf.Any")) && str_find_char(name, '/') != SIZE_MAX) {
			*number = 1;
			return any_value(a, name, out);
		}
		const struct proto_symbol *s = link_lookup(a->l, a->scope, name, false);
		field = s && s->kind == PROTO_SYMBOL_EXTENSION && s->extension->extendee == m ? &s->extension->field : NULL;
	} else {
		if (p->token.kind != TOKEN_NAME)
			return fail_here(a, "a field's name");
		name = parse_text(p);
		parse_next(p);
		field = proto_field_by_name(m, name);
		for (uint32_t i = 0; !field && i < m->field_count; i++) /* a group is written by its message's name */
			if (m->fields[i].type == PROTO_GROUP && str_eq(m->fields[i].message->name, name))
				field = &m->fields[i];
	}
	if (!field)
		return link_fail(a->l, a->file, a->base + p->token.offset, "%.*s has no field `%.*s`", STR_FMT(m->full), STR_FMT(name));
	*number = field->number;
	size_t start = out->len;
	bool colon = parse_accept(p, ':');
	if (!colon && !proto_is_message(field))
		return fail_here(a, "`:`");
	if (field->label != PROTO_REPEATED || !parse_accept(p, '['))
		return field_value(a, field, out) && (field->packed ? (repack(field, start, out), true) : true);
	while (!parse_accept(p, ']')) {
		if (!field_value(a, field, out))
			return false;
		if (!parse_accept(p, ',') && !parse_at(p, ']'))
			return fail_here(a, "`,` or `]`");
	}
	if (out->len > start && field->packed)
		repack(field, start, out);
	return true;
}

static bool fields(struct aggregate *a, const struct proto_message *m, char close, struct buf *out)
{
	struct part *parts = NULL;
	size_t count = 0, capacity = 0, mark = out->len;
	while (!(close ? parse_at(&a->parser, close) : a->parser.token.kind == TOKEN_END)) {
		int32_t number = 0;
		size_t start = out->len;
		if (!one_field(a, m, out, &number) || !push_part(a, &parts, &count, &capacity, number, start, out->len))
			return false;
		if (!parse_accept(&a->parser, ','))
			parse_accept(&a->parser, ';');
	}
	return sort_parts(a, parts, count, mark, out);
}

bool link_aggregate(struct linker *l, const struct proto_file *f, struct str scope, const struct proto_message *m, struct str text, uint32_t offset, struct buf *out)
{
	struct aggregate a = { .l = l, .file = f, .scope = scope, .base = offset };
	const char *start = f->text.p;
	if (start && text.p >= start && text.p + text.len <= start + f->text.len)
		a.base = (uint32_t)(text.p - start);
	a.parser.file = (struct proto_file *)f;
	a.parser.arena = &l->model->arena;
	a.parser.scratch = l->scratch;
	a.parser.err = l->err;
	lexer_init(&a.parser.lexer, text);
	a.parser.lexer.hash = true;
	lexer_next(&a.parser.lexer, &a.parser.token);
	return fields(&a, m, 0, out) && !err_is_set(l->err);
}
