/* What all texts of GraphQL have in common: see parse.h. */
#include "contract/graphql/parse.h"
#include <stdio.h>

bool gql_fail(struct gql_files *files, struct gql_spot spot, struct err *e, const char *format, ...)
{
	char text[400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct text_place at = gql_place(files, spot);
	err_set(e, ERR_FILE_INVALID, "%s", text);
	err_place(e, files->items[spot.file].source->path, at.line, at.column);
	return false;
}

bool gql_no_room(struct gql_parser *p)
{
	return err_set(p->e, ERR_TOO_LARGE, "%.*s does not fit into the memory for a GraphQL schema; split it into several contracts",
		STR_FMT(p->files->items[p->file].source->path));
}

bool gql_unexpected(struct gql_parser *p, const char *wanted)
{
	struct str found = gql_token_text(p);
	if (p->token.kind == GQL_T_END)
		return gql_fail(p->files, gql_here(p), p->e, "the file ends here, but %s is missing; is it cut short?", wanted);
	return gql_fail(p->files, gql_here(p), p->e, "found `%.*s` where %s is needed", (int)(found.len > 40 ? 40 : found.len), found.p, wanted);
}

bool gql_next(struct gql_parser *p)
{
	p->end = p->token.offset + p->token.len;
	p->token = gql_lex(p->text, p->end);
	return p->token.kind != GQL_T_WRONG || gql_fail(p->files, gql_here(p), p->e, "%s", p->token.wrong);
}

bool gql_parser_start(struct gql_parser *p, struct gql_files *files, uint32_t file, struct err *e)
{
	*p = (struct gql_parser){ .arena = files->arena, .files = files, .file = file, .text = files->items[file].source->text, .e = e };
	return gql_next(p);
}

bool gql_at_word(const struct gql_parser *p, struct str word) { return p->token.kind == GQL_T_NAME && str_eq(gql_token_text(p), word); }

bool gql_maybe(struct gql_parser *p, char c, bool *there)
{
	*there = gql_at(p, c);
	return !*there || gql_next(p);
}

bool gql_expect(struct gql_parser *p, char c, const char *wanted) { return gql_at(p, c) ? gql_next(p) : gql_unexpected(p, wanted); }

bool gql_name(struct gql_parser *p, struct str *name, const char *wanted)
{
	if (p->token.kind != GQL_T_NAME)
		return gql_unexpected(p, wanted);
	*name = gql_token_text(p);
	return gql_next(p);
}

static bool deeper(struct gql_parser *p)
{
	if (++p->depth <= GQL_DEPTH_MAX)
		return true;
	return gql_fail(p->files, gql_here(p), p->e, "nested more than %d deep; make it flatter", GQL_DEPTH_MAX);
}

static bool parse_list(struct gql_parser *p, struct gql_value *v, bool constant)
{
	struct gql_value *items = NULL;
	size_t count = 0, capacity = 0;
	bool closed = false;
	if (!deeper(p) || !gql_next(p))
		return false;
	while (gql_maybe(p, ']', &closed) && !closed) {
		if (!ARENA_PUSH_ROOM(p->arena, items, count, capacity))
			return gql_no_room(p);
		if (!gql_parse_value(p, &items[count++], constant))
			return false;
	}
	p->depth--;
	v->items = items;
	v->count = (uint32_t)count;
	return closed;
}

static bool parse_argument(struct gql_parser *p, struct gql_argument *a, bool constant)
{
	a->offset = p->token.offset;
	return gql_name(p, &a->name, "a name") && gql_expect(p, ':', "`:`") && gql_parse_value(p, &a->value, constant);
}

static bool parse_fields(struct gql_parser *p, const struct gql_argument **args, uint32_t *n, bool constant, char close)
{
	struct gql_argument *items = NULL;
	size_t count = 0, capacity = 0;
	bool closed = false;
	while (gql_maybe(p, close, &closed) && !closed) {
		if (!ARENA_PUSH_ROOM(p->arena, items, count, capacity))
			return gql_no_room(p);
		if (!parse_argument(p, &items[count++], constant))
			return false;
	}
	*args = items;
	*n = (uint32_t)count;
	return closed;
}

static bool parse_object(struct gql_parser *p, struct gql_value *v, bool constant)
{
	if (!deeper(p) || !gql_next(p) || !parse_fields(p, &v->fields, &v->count, constant, '}'))
		return false;
	p->depth--;
	return true;
}

static bool parse_word(struct gql_parser *p, struct gql_value *v)
{
	v->text = gql_token_text(p);
	v->kind = str_eq(v->text, STR("null")) ? GQL_NULL : str_eq(v->text, STR("true")) || str_eq(v->text, STR("false")) ? GQL_BOOLEAN : GQL_ENUM;
	return gql_next(p);
}

static bool parse_text(struct gql_parser *p, struct str *text)
{
	const char *what;
	*text = gql_string(p->arena, p->text, &p->token, &what);
	if (!text->p)
		return what ? gql_fail(p->files, gql_here(p), p->e, "%s", what) : gql_no_room(p);
	return gql_next(p);
}

bool gql_parse_value(struct gql_parser *p, struct gql_value *v, bool constant)
{
	*v = (struct gql_value){ .offset = p->token.offset };
	switch (p->token.kind) {
	case GQL_T_NAME:
		return parse_word(p, v);
	case GQL_T_INT:
	case GQL_T_FLOAT:
		v->kind = p->token.kind == GQL_T_INT ? GQL_INT : GQL_FLOAT;
		v->text = gql_token_text(p);
		return gql_next(p);
	case GQL_T_STRING:
	case GQL_T_BLOCK:
		v->kind = GQL_STRING;
		return parse_text(p, &v->text);
	default:
		break;
	}
	if (gql_at(p, '[')) {
		v->kind = GQL_LIST;
		return parse_list(p, v, constant);
	}
	if (gql_at(p, '{')) {
		v->kind = GQL_OBJECT;
		return parse_object(p, v, constant);
	}
	if (gql_at(p, '$') && !constant) {
		v->kind = GQL_VARIABLE;
		return gql_next(p) && gql_name(p, &v->text, "the variable's name");
	}
	return gql_unexpected(p, constant && gql_at(p, '$') ? "a value without variables" : "a value");
}

bool gql_parse_arguments(struct gql_parser *p, const struct gql_argument **args, uint32_t *count, bool constant)
{
	bool there;
	if (!gql_maybe(p, '(', &there))
		return false;
	if (!there)
		return true;
	if (gql_at(p, ')'))
		return gql_unexpected(p, "an argument");
	return parse_fields(p, args, count, constant, ')');
}

bool gql_parse_uses(struct gql_parser *p, struct gql_uses *uses, bool constant)
{
	while (gql_at(p, '@')) {
		size_t capacity = uses->capacity;
		if (!ARENA_PUSH_ROOM(p->arena, uses->items, uses->count, capacity))
			return gql_no_room(p);
		uses->capacity = (uint32_t)capacity;
		struct gql_use *u = &uses->items[uses->count];
		*u = (struct gql_use){ .spot = gql_here(p) };
		if (!gql_next(p) || !gql_name(p, &u->name, "the directive's name") || !gql_parse_arguments(p, &u->args, &u->count, constant))
			return false;
		uses->count++;
	}
	return true;
}

/* Reads from the outside in, without recursion: opening brackets, the name, then `!` and `]` outward. */
bool gql_parse_ref(struct gql_parser *p, struct gql_ref *r)
{
	bool there;
	*r = (struct gql_ref){ .offset = p->token.offset };
	while (gql_at(p, '[')) {
		if (r->lists == GQL_LISTS_MAX)
			return gql_fail(p->files, gql_here(p), p->e, "a list in more than %d lists; make the type flatter", GQL_LISTS_MAX);
		r->lists++;
		if (!gql_next(p))
			return false;
	}
	r->offset = p->token.offset;
	if (!gql_name(p, &r->name, "the name of a type"))
		return false;
	for (int level = r->lists; level >= 0; level--) {
		if (level < r->lists && !gql_expect(p, ']', "`]`"))
			return false;
		if (!gql_maybe(p, '!', &there))
			return false;
		r->nonnull |= (uint32_t)there << level;
	}
	return true;
}
