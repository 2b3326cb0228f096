/* A .proto file's top level, and the small steps that all parts of the parser take. */
#include "contract/proto/parse.h"
#include <stdarg.h>
#include <stdio.h>

bool parse_fail(struct parser *p, uint32_t offset, const char *format, ...)
{
	char text[sizeof(p->err->message)];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	uint32_t line = 1, column = 1;
	for (uint32_t i = 0; i < offset && i < p->file->text.len; i++) {
		char c = p->file->text.p[i];
		if (c == '\n')
			line++, column = 1;
		else
			column += ((unsigned char)c & 0xc0) != 0x80;
	}
	err_set(p->err, ERR_FILE_INVALID, "%s", text);
	err_place(p->err, p->file->source_path, line, column);
	return false;
}

bool parse_full(struct parser *p) { return err_set(p->err, ERR_NO_MEMORY, "the Protobuf files do not fit into the memory for contracts; compare fewer at once"); }

void *parse_take(struct parser *p, const void *items, size_t count, size_t size)
{
	void *copy = count ? arena_array(p->arena, count, size) : NULL;
	if (copy)
		memcpy(copy, items, count * size);
	else if (count)
		parse_full(p);
	return copy;
}

bool parse_unexpected(struct parser *p, const char *expected)
{
	struct str found = str_sub(parse_text(p), 0, 40);
	if (p->token.kind == TOKEN_BAD)
		return parse_fail(p, p->token.offset, "%s", p->token.problem);
	if (p->token.kind == TOKEN_END)
		return parse_fail(p, p->token.offset, "the file ends where %s is expected; it may be cut off", expected);
	return parse_fail(p, p->token.offset, "expected %s, found `%.*s`", expected, STR_FMT(found));
}

void parse_next(struct parser *p)
{
	p->end = p->token.end;
	lexer_next(&p->lexer, &p->token);
}

bool parse_accept(struct parser *p, char symbol)
{
	if (!parse_at(p, symbol))
		return false;
	parse_next(p);
	return true;
}

bool parse_accept_word(struct parser *p, struct str word)
{
	if (!parse_at_word(p, word))
		return false;
	parse_next(p);
	return true;
}

bool parse_expect(struct parser *p, char symbol, const char *expected) { return parse_accept(p, symbol) || parse_unexpected(p, expected); }

bool parse_name(struct parser *p, struct str *name, const char *what)
{
	if (p->token.kind != TOKEN_NAME)
		return parse_unexpected(p, what);
	*name = parse_text(p);
	parse_next(p);
	return true;
}

bool parse_joined(struct parser *p, struct str *name)
{
	struct lexer again;
	struct token t;
	char *joined = arena_bytes(p->arena, name->len);
	size_t at = 0;
	if (!joined)
		return parse_full(p);
	lexer_init(&again, *name);
	for (lexer_next(&again, &t); t.kind != TOKEN_END; lexer_next(&again, &t)) {
		memcpy(joined + at, again.text + t.offset, t.end - t.offset);
		at += t.end - t.offset;
	}
	*name = str_from(joined, at);
	return true;
}

bool parse_dotted(struct parser *p, struct str *name, const char *what)
{
	uint32_t start = p->token.offset;
	bool together = true;
	if (parse_accept(p, '.'))
		together = p->token.offset == p->end;
	while (p->token.kind == TOKEN_NAME) {
		parse_next(p);
		if (!parse_at(p, '.'))
			goto done;
		together = together && p->token.offset == p->end;
		parse_next(p);
		together = together && p->token.offset == p->end;
	}
	return parse_unexpected(p, what);
done:
	*name = str_from(p->lexer.text + start, p->end - start);
	if (together)
		return true;
	return parse_joined(p, name);
}

uint64_t parse_integer_text(struct str text, bool *overflow)
{
	unsigned base = 10;
	uint64_t v = 0;
	*overflow = false;
	if (text.len > 1 && text.p[0] == '0') {
		base = (text.p[1] | 32) == 'x' ? 16 : 8;
		text = str_skip(text, base == 16 ? 2 : 1);
	}
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		unsigned digit = c <= '9' ? c - 48u : (c | 32u) - 'a' + 10;
		if (v > (UINT64_MAX - digit) / base)
			*overflow = true;
		v = v * base + digit;
	}
	return v;
}

bool parse_int(struct parser *p, int64_t low, int64_t high, int32_t *value, const char *what)
{
	uint32_t offset = p->token.offset;
	bool negative = low < 0 && parse_accept(p, '-'), overflow;
	if (p->token.kind != TOKEN_INT)
		return parse_unexpected(p, what);
	uint64_t v = parse_integer_text(parse_text(p), &overflow);
	int64_t number = negative ? -(int64_t)v : (int64_t)v;
	if (overflow || v > (uint64_t)1 << 40 || number < low || number > high)
		return parse_fail(p, offset, "%s must be from %lld to %lld", what, (long long)low, (long long)high);
	*value = (int32_t)number;
	parse_next(p);
	return true;
}

bool parse_enter(struct parser *p)
{
	if (p->depth == PROTO_DEPTH_MAX)
		return parse_fail(p, p->token.offset, "nested more than %d levels deep; give the inner ones a place of their own", PROTO_DEPTH_MAX);
	p->depth++;
	return true;
}

static bool syntax(struct parser *p)
{
	struct str value;
	bool edition = parse_at_word(p, STR("edition"));
	p->file->syntax_offset = p->token.offset;
	p->file->doc = p->token.doc;
	parse_next(p);
	uint32_t offset;
	if (!parse_expect(p, '=', "`=`") || (offset = p->token.offset, !parse_string(p, &value, "the version in quotes")))
		return false;
	p->file->syntax_given = true;
	if (!edition && str_eq(value, STR("proto2")))
		p->file->syntax = PROTO_2;
	else if (!edition && str_eq(value, STR("proto3")))
		p->file->syntax = PROTO_3;
	else if (edition && (str_eq(value, STR("2023")) || str_eq(value, STR("2024")))) {
		p->file->syntax = PROTO_EDITIONS;
		p->file->edition = str_eq(value, STR("2023")) ? 2023 : 2024;
	} else if (edition)
		return parse_fail(p, offset, "edition \"%.*s\" is not known; 2023 and 2024 are", STR_FMT(str_sub(value, 0, 40)));
	else
		return parse_fail(p, offset, "syntax \"%.*s\" is not known; \"proto2\" and \"proto3\" are", STR_FMT(str_sub(value, 0, 40)));
	return parse_expect(p, ';', "`;` behind the version");
}

static bool import(struct parser *p)
{
	struct proto_import i = { .offset = p->token.offset };
	parse_next(p);
	if (parse_accept_word(p, STR("public")))
		i.kind = PROTO_IMPORT_PUBLIC;
	else if (parse_accept_word(p, STR("weak")))
		i.kind = PROTO_IMPORT_WEAK;
	else if (p->file->edition >= 2024 && parse_accept_word(p, STR("option")))
		i.kind = PROTO_IMPORT_OPTION;
	return parse_string(p, &i.path, "the path of the imported file in quotes") && parse_expect(p, ';', "`;` behind the import") && PUSH(p, imports, i);
}

static bool method_type(struct parser *p, bool *streaming, struct str *type)
{
	if (!parse_expect(p, '(', "`(` before the type"))
		return false;
	*streaming = false;
	if (parse_at_word(p, STR("stream"))) {
		/* `stream` may also be a type's name: then a dot or the bracket follows */
		const struct lexer saved = p->lexer;
		const struct token first = p->token;
		uint32_t end = p->end;
		parse_next(p);
		*streaming = p->token.kind == TOKEN_NAME || (parse_at(p, '.') && p->token.offset != p->end);
		if (!*streaming) {
			p->lexer = saved;
			p->token = first;
			p->end = end;
		}
	}
	return parse_dotted(p, type, "a message's name") && parse_expect(p, ')', "`)` behind the type");
}

static bool method(struct parser *p)
{
	struct proto_method m = { .offset = p->token.offset, .doc = p->token.doc };
	parse_next(p);
	if (!parse_name(p, &m.name, "the method's name") || !method_type(p, &m.client_streaming, &m.input_name))
		return false;
	if (!parse_accept_word(p, STR("returns")))
		return parse_unexpected(p, "`returns`");
	if (!method_type(p, &m.server_streaming, &m.output_name))
		return false;
	if (!parse_at(p, '{'))
		return parse_expect(p, ';', "`;` or `{` behind the method") && PUSH(p, methods, m);
	parse_next(p);
	m.options = ARENA_NEW(p->arena, struct proto_options);
	if (!m.options)
		return parse_full(p);
	while (!parse_accept(p, '}')) {
		if (parse_accept(p, ';'))
			continue;
		if (!parse_accept_word(p, STR("option")))
			return parse_unexpected(p, "`option` or `}`");
		if (!parse_option_statement(p, &m.options))
			return false;
	}
	return PUSH(p, methods, m);
}

static bool service(struct parser *p)
{
	struct proto_service s = { .offset = p->token.offset, .doc = p->token.doc, .file = p->file };
	size_t mark = p->methods.count;
	parse_next(p);
	if (!parse_name(p, &s.name, "the service's name") || !parse_expect(p, '{', "`{` behind the service's name"))
		return false;
	while (!parse_accept(p, '}')) {
		if (parse_accept(p, ';'))
			continue;
		bool ok;
		if (parse_accept_word(p, STR("option")))
			ok = parse_option_statement(p, &s.options);
		else
			ok = parse_at_word(p, STR("rpc")) ? method(p) : parse_unexpected(p, "`rpc`, `option` or `}`");
		if (!ok)
			return false;
	}
	TAKE(p, methods, mark, s.methods, s.method_count);
	return PUSH(p, services, s);
}

static bool package(struct parser *p)
{
	p->file->package_offset = p->token.offset;
	if (!p->file->doc)
		p->file->doc = p->token.doc;
	if (!str_empty(p->file->package))
		return parse_fail(p, p->token.offset, "a second package; a file has one");
	parse_next(p);
	return parse_dotted(p, &p->file->package, "the package's name") && parse_expect(p, ';', "`;` behind the package");
}

static bool statement(struct parser *p)
{
	uint32_t offset = p->token.offset, doc = p->token.doc;
	uint8_t visibility = 0;
	if (parse_accept(p, ';'))
		return true;
	if (p->file->edition >= 2024 && (parse_at_word(p, STR("export")) || parse_at_word(p, STR("local")))) {
		visibility = parse_at_word(p, STR("export")) ? 2 : 1;
		parse_next(p);
	}
	if (parse_accept_word(p, STR("message")))
		return parse_message(p, offset, doc, visibility);
	if (parse_accept_word(p, STR("enum")))
		return parse_enum(p, offset, doc, visibility);
	if (parse_accept_word(p, STR("option")))
		return parse_option_statement(p, &p->file->options);
	if (parse_at_word(p, STR("service")))
		return service(p);
	if (parse_at_word(p, STR("import")))
		return import(p);
	if (parse_at_word(p, STR("package")))
		return package(p);
	if (parse_accept_word(p, STR("extend")))
		return parse_extend(p);
	return parse_unexpected(p, "`message`, `enum`, `service`, `extend`, `import`, `option` or `package`");
}

bool parse_file(struct parser *p, struct proto_file *f)
{
	p->file = f;
	p->depth = 0;
	p->end = 0;
	p->fields.count = p->oneofs.count = p->messages.count = p->enums.count = p->extensions.count = p->ranges.count = p->reserved.count = 0;
	p->names.count = p->values.count = p->methods.count = p->services.count = p->imports.count = 0;
	lexer_init(&p->lexer, f->text);
	lexer_next(&p->lexer, &p->token);
	while (parse_accept(p, ';'))
		;
	if ((parse_at_word(p, STR("syntax")) || parse_at_word(p, STR("edition"))) && !syntax(p))
		return false;
	while (p->token.kind != TOKEN_END)
		if (!statement(p))
			return false;
	TAKE(p, messages, 0, f->messages, f->message_count);
	TAKE(p, enums, 0, f->enums, f->enum_count);
	TAKE(p, extensions, 0, f->extensions, f->extension_count);
	TAKE(p, services, 0, f->services, f->service_count);
	TAKE(p, imports, 0, f->imports, f->import_count);
	return !p->arena->full || parse_full(p);
}
